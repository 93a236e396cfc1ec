"""A card that is too small: less is asked of it, then another server, and what was made smaller is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order, Outcome
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.errors import Cause, ServiceRejectedError
from tower_anime_assets.media.files import MediaStore, sha256_of
from tower_anime_assets.media.frames import probe
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.store import audit
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import clip_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

HOLDS_TWO_THIRDS = 224 * 160
HOLDS_NOTHING = 1


@dataclass
class Maker:
    """Makes clips of 256x192 px on record, each of an episode of its own, and keeps what is told meanwhile."""

    database: Database
    folder: Path
    keyframe: Path
    too_much: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def order(self, fleet: Fleet, episode: str, frames: int = 17) -> Order[ClipBrief]:
        def measure(made: EngineOutput) -> Measurement:
            facts = probe(made.files["main"])
            assert (facts.width_px, facts.height_px, facts.frames) == (256, 192, frames)
            return Measurement({})

        return Order(
            "clip",
            f"small-{episode}-sc01-sh0010",
            StoryPosition("small", episode, "sc01", "sh0010"),
            clip_brief(sha256_of(self.keyframe), seed=int(episode[1:]), frames=frames),
            ComfyUIClips(CLIP, fleet),
            measure,
            (),
            "A clip.",
            inputs={"picture": self.keyframe},
        )

    def make(self, fleet: Fleet, episode: str, frames: int = 17) -> Outcome:
        runner = AttemptRunner(
            Record(self.database, MediaStore(self.folder / "media")),
            on_note=lambda _subject, words: self.notes.append(words),
            too_much=self.too_much,
        )
        return generate(self.order(fleet, episode, frames), runner, {}, attempts=1)

    def decisions(self, episode: str) -> list[dict[str, Any]]:
        return list(audit.load_trail(self.database, EpisodeKey("small", episode)).decisions)


@pytest.fixture
def maker(database: Database, tmp_path: Path, keyframe: Path) -> Maker:
    return Maker(database, tmp_path, keyframe)


@pytest.fixture
def two_servers(server: FakeComfyUI, second_server: FakeComfyUI) -> Iterator[Fleet]:
    made = Fleet([server.url, second_server.url], stall_s=20.0, poll_s=0.05)
    yield made
    made.close()


def sizes_of(rows: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(row["parameters"]["attempt"]["width_px"], row["parameters"]["attempt"]["height_px"]) for row in rows]


def test_less_is_asked_of_a_full_card_and_the_clip_is_delivered_whole(
    server: FakeComfyUI, fleet: Fleet, maker: Maker
) -> None:
    server.jobs.faults.card_px = HOLDS_TWO_THIRDS
    outcome = maker.make(fleet, "e01")
    whole, smaller = maker.decisions("e01")
    assert (whole["status"], whole["cause"], smaller["status"]) == ("failed", Cause.OUT_OF_MEMORY, "succeeded")
    assert sizes_of([whole, smaller]) == [(256, 192), (224, 160)]
    how = "at 224x160 px instead of 256x192 and scaled up"
    assert smaller["reasoning"].endswith(f"the card of {server.url} is too small for it: tried again {how}.")
    assert outcome.take.details["made_px"] == [224, 160]
    assert outcome.take.details["reduced"] == how
    assert maker.notes == [f"the card of {server.url} is too small for it: tried again {how}"]


def test_shots_that_follow_need_not_find_out_again_and_smaller_ones_are_made_whole(
    server: FakeComfyUI, fleet: Fleet, maker: Maker
) -> None:
    server.jobs.faults.card_px = HOLDS_TWO_THIRDS
    maker.make(fleet, "e02")
    server.jobs.faults.card_px = 0
    maker.make(fleet, "e03")
    (row,) = maker.decisions("e03")
    assert sizes_of([row]) == [(224, 160)]
    assert "Made with less: the card was too small for others like it" in row["reasoning"]
    assert len(maker.notes) == 2
    maker.make(fleet, "e04", frames=9)
    assert sizes_of(maker.decisions("e04")) == [(256, 192)]


def test_when_nothing_smaller_helps_another_server_makes_it_whole(
    server: FakeComfyUI, second_server: FakeComfyUI, two_servers: Fleet, maker: Maker
) -> None:
    server.jobs.faults.card_px = HOLDS_NOTHING
    outcome = maker.make(two_servers, "e05")
    rows = maker.decisions("e05")
    assert [row["server"] for row in rows] == [server.url] * 4 + [second_server.url]
    assert sizes_of(rows) == [(256, 192), (224, 160), (192, 128), (128, 96), (256, 192)]
    assert "reduced" not in outcome.take.details
    assert maker.notes[-1] == f"the card of {server.url} is too small for it: tried again whole at another server"


def test_when_every_card_is_too_small_that_is_the_error(
    server: FakeComfyUI, second_server: FakeComfyUI, two_servers: Fleet, maker: Maker
) -> None:
    for one in (server, second_server):
        one.jobs.faults.card_px = HOLDS_NOTHING
    with pytest.raises(ServiceRejectedError, match="Allocation on device") as caught:
        maker.make(two_servers, "e06")
    assert caught.value.cause is Cause.OUT_OF_MEMORY
    assert {row["cause"] for row in maker.decisions("e06")} == {Cause.OUT_OF_MEMORY}
    assert len(maker.decisions("e06")) == 8


def test_when_the_only_other_server_is_away_the_full_card_is_the_error(
    server: FakeComfyUI, second_server: FakeComfyUI, two_servers: Fleet, maker: Maker
) -> None:
    second_server.kill()
    server.jobs.faults.card_px = HOLDS_NOTHING
    with pytest.raises(ServiceRejectedError, match="Allocation on device"):
        maker.make(two_servers, "e07")


def test_a_broken_graph_is_not_tried_smaller(server: FakeComfyUI, fleet: Fleet, maker: Maker) -> None:
    server.jobs.faults.node_error = "shapes cannot be multiplied"
    with pytest.raises(ServiceRejectedError, match="cannot be multiplied"):
        maker.make(fleet, "e08")
    (row,) = maker.decisions("e08")
    assert row["cause"] == Cause.BROKEN_GRAPH
