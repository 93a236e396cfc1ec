"""One fault costs one shot: four jobs in a server's queue, the first stopped by somebody else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.clients.comfyui import RenderFailedError
from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.errors import Cause
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.run import Details, Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, profiles
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import clip_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, FILES
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import drawn

EPISODE = "fault-e01"
ENGINE = "comfyui:small_clip"


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


def orders(tmp_path: Path, fleet: Fleet) -> list[Order[ClipBrief]]:
    keyframe = tmp_path / "keyframe.png"
    write_png(keyframe, drawn(128, 96, 1))
    return [
        Order(
            "clip",
            f"{EPISODE}-sc01-sh00{number}0",
            StoryPosition("fault", "e01", "sc01", f"sh00{number}0"),
            clip_brief(sha256_of(keyframe), seed=number, frames=9, width_px=128, height_px=96),
            ComfyUIClips(CLIP, fleet),
            lambda _made: Measurement({}),
            (),
            "A clip.",
            inputs={"picture": keyframe},
        )
        for number in range(1, 5)
    ]


def compared(_details: Details, previous: Details | None) -> Mapping[str, float]:
    return {"distance": 64.0 if previous is None else 1.0}


def until(happened: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_one_interrupt_from_outside_fails_one_shot_and_the_run_after_it_goes_on(
    tmp_path: Path, server: FakeComfyUI, fleet: Fleet, studio: Studio
) -> None:
    wanted = orders(tmp_path, fleet)
    server.jobs.duration_s = lambda _graph: 5.0 if not server.runs else 0.02
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(lambda: Run(studio).fulfill(CLIPS, EPISODE, wanted, attempts=1, compare=compared))
        until(lambda: server.jobs.running is not None)
        server.jobs.interrupt(None)  # as the Cancel button of ComfyUI's own page
        with pytest.raises(RenderFailedError, match="was interrupted") as caught:
            running.result()
    assert caught.value.cause is Cause.INTERRUPTED
    assert "3 of 4 are there and kept" in caught.value.__notes__[0]
    found = Run(studio).find_takes(wanted, compared)
    assert [outcome is not None for outcome in found].count(False) == 1
    causes = [row["cause"] for row in audit.load_trail(studio.database, EpisodeKey.parse(EPISODE)).decisions]
    assert sorted(map(str, causes)) == ["None", "None", "None", "interrupted"]

    kept = {outcome.take.id for outcome in found if outcome is not None}
    again = Run(studio).fulfill(CLIPS, EPISODE, wanted, attempts=1, compare=compared)
    assert sorted(outcome.attempts for outcome in again.outcomes) == [0, 0, 0, 1]
    assert kept < {outcome.take.id for outcome in again.outcomes}
    assert server.submissions.total() == 5


def test_however_often_somebody_interrupts_the_workflow_stays_in_use(
    tmp_path: Path, server: FakeComfyUI, fleet: Fleet, studio: Studio
) -> None:
    (wanted, *_others) = orders(tmp_path, fleet)
    server.jobs.duration_s = 5.0
    for _time in range(4):
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(lambda: Run(studio).fulfill(CLIPS, "fault-e02", [wanted], attempts=1))
            until(lambda: server.jobs.running is not None)
            server.jobs.interrupt(None)
            with pytest.raises(RenderFailedError, match="was interrupted"):
                running.result()
    assert all(one.run.cause is None for one in profiles.list_latest_runs(studio.database, [ENGINE]))
    server.jobs.duration_s = 0.02
    began = time.monotonic()
    assert Run(studio).fulfill(CLIPS, "fault-e02", [wanted], attempts=1).made in (0, 1)
    assert time.monotonic() - began < 9, "nobody waits"
