"""A server has its next job while the last file is finished here, unless somebody needs its card for that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import clip_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, FILES
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import drawn

EPISODE = "inuse-e01"


@pytest.fixture
def server() -> Iterator[FakeComfyUI]:
    with FakeComfyUI(files=FILES) as running:
        yield running


@pytest.fixture
def fleet(server: FakeComfyUI) -> Iterator[Fleet]:
    made = Fleet([server.url], stall_s=20.0, poll_s=0.05)
    yield made
    made.close()


@pytest.fixture
def studio(tmp_path: Path, database: Database) -> Studio:
    return Studio(Settings(projects=tmp_path, home=tmp_path), database)


def orders(
    tmp_path: Path, fleet: Fleet, measure: Callable[[EngineOutput], Measurement], seed: int
) -> list[Order[ClipBrief]]:
    """Return two orders whose gates ask nothing."""
    keyframe = tmp_path / "keyframe.png"
    write_png(keyframe, drawn(256, 192, seed))
    engine = ComfyUIClips(CLIP, fleet)
    return [
        Order(
            "clip",
            f"{EPISODE}-sc01-{shot}",
            StoryPosition("inuse", "e01", "sc01", shot),
            clip_brief(sha256_of(keyframe), seed=number),
            engine,
            measure,
            (),
            "A clip.",
            inputs={"picture": keyframe},
        )
        for number, shot in enumerate(("sh0010", "sh0020"))
    ]


def test_the_next_job_runs_while_the_last_clip_is_measured(
    tmp_path: Path, server: FakeComfyUI, fleet: Fleet, studio: Studio
) -> None:
    seen: list[int] = []

    def measure(_made: EngineOutput) -> Measurement:
        until = time.monotonic() + 10
        while len(server.runs) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        seen.append(len(server.runs))
        return Measurement({})

    report = Run(studio).fulfill(CLIPS, EPISODE, orders(tmp_path, fleet, measure, 1), attempts=1)
    assert [outcome.attempts for outcome in report.outcomes] == [1, 1]
    assert seen == [2, 2]


def test_a_server_waits_for_whoever_looks_at_its_takes(
    tmp_path: Path, server: FakeComfyUI, fleet: Fleet, studio: Studio
) -> None:
    submitted: list[int] = []

    def look(_made: EngineOutput, _attempt: Attempt) -> Measurement:
        time.sleep(0.3)
        submitted.append(sum(server.submissions.values()))
        return Measurement({})

    wanted = [replace(order, review=look) for order in orders(tmp_path, fleet, lambda _made: Measurement({}), 2)]
    Run(studio).fulfill(CLIPS, EPISODE, wanted, attempts=1)
    assert submitted == [1, 2]
