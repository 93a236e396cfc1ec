"""Nights: a GPU budget that ends in the middle, a stubborn shot, and the next night that goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.errors import BudgetSpentError
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.night import NIGHT_USER, Night, night_cap
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import nights, spending
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import FILES, STILL
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.stages.tour_run import keyframe_orders, open_tour_studio

JOB_S = 10.0
"""GPU seconds of every job, whatever this machine needs for it."""

STUBBORN_SEED = 1
BAR = Threshold("is_liked", "liked", 0.5, None, "", "nobody likes it", "draw another")


@pytest.fixture
def server() -> Iterator[FakeComfyUI]:
    with FakeComfyUI(files=FILES) as running:
        running.jobs.duration_s = lambda _graph: 0.01
        yield running


@pytest.fixture
def studio(database: Database, server: FakeComfyUI, tmp_path: Path) -> Iterator[Studio]:
    made = open_tour_studio(database, tmp_path, [server.url])
    yield made
    for fleet in made.fleets:
        fleet.close()


class TenSecondKeyframes(ComfyUIKeyframes):
    """Keyframes whose jobs take the same GPU seconds on every machine."""

    def make(self, brief: KeyframeBrief, attempt: Attempt) -> EngineOutput:
        return replace(super().make(brief, attempt), gpu_s=JOB_S)


def orders_of(studio: Studio, episode: str, seeds: Sequence[int]) -> list[Order[KeyframeBrief]]:
    """Return an order for every seed; nobody ever likes the take of `STUBBORN_SEED`."""

    def measure(seed: int, _made: EngineOutput) -> Measurement:
        return Measurement({"liked": 0.0 if seed == STUBBORN_SEED else 1.0})

    engine = TenSecondKeyframes(STILL, studio.fleets[0])
    return [
        replace(order, engine=engine, thresholds=(BAR,), measure=lambda made, seed=seed: measure(seed, made))  # type: ignore[misc]
        for seed, order in zip(seeds, keyframe_orders(studio, episode, seeds), strict=True)
    ]


def work_through(studio: Studio, night: Night, episode: str, seeds: Sequence[int]) -> StageReport:
    run = Run(studio, f"{episode} {night.tag}", NIGHT_USER, night=night)
    return run.fulfill(KEYFRAMES, f"tour-{episode}", orders_of(studio, episode, seeds), attempts=2)


def spent_s(studio: Studio, night: Night) -> float:
    return sum(one.gpu_s for one in spending.sum_spending(studio.database, night_cap(night, 0), "", ""))


def test_a_night_keeps_its_budget_passes_a_stubborn_shot_and_the_next_one_goes_on(
    studio: Studio, server: FakeComfyUI
) -> None:
    by_day = Run(studio, "day").fulfill(KEYFRAMES, "tour-e01", orders_of(studio, "e01", [9]), attempts=1)
    assert by_day.made == 1, "so that the length of a job is known"
    assert spent_s(studio, Night(datetime(2026, 1, 1, tzinfo=UTC))) == 0, "work of the day is not the night's"

    budget_s = 5.9 * JOB_S
    studio.settings = replace(studio.settings, overnight_gpu_s=budget_s)
    first = Night(datetime.now(UTC))
    report = work_through(studio, first, "e01", [1, 2, 3, 9])
    assert [(outcome.accepted, outcome.attempts) for outcome in report.outcomes] == [
        (False, 2),
        (True, 1),
        (True, 1),
        (True, 0),
    ]
    with pytest.raises(
        BudgetSpentError, match=r"GPU budget of 59 s has no room for it.*TOWER_OVERNIGHT_GPU_S"
    ) as ended:
        work_through(studio, first, "e02", [21, 22, 23])
    (note,) = ended.value.__notes__
    assert "1 of 3 are there and kept" in note
    assert spent_s(studio, first) == 5 * JOB_S
    assert server.submissions.total() == 6

    studio.settings = replace(studio.settings, overnight_gpu_s=60.0)
    second = Night(datetime.now(UTC))
    again = work_through(studio, second, "e01", [1, 2, 3, 9])
    assert [outcome.attempts for outcome in again.outcomes] == [0, 0, 0, 0], "the stubborn shot waits for a person"
    finished = work_through(studio, second, "e02", [21, 22, 23])
    assert finished.made == 2
    assert server.submissions.total() == 8

    (worked,) = [
        item for item in nights.list_work(studio.database, first.began_at, NIGHT_USER) if item.key == "tour-e01"
    ]
    assert (worked.stage, worked.made, worked.rejected, worked.failed) == ("keyframe", 4, 2, 0)
    by_hand = Run(studio, "person").fulfill(KEYFRAMES, "tour-e01", orders_of(studio, "e01", [1]), attempts=2)
    assert by_hand.made > 0, "a person's run tries it again"


def test_without_a_budget_a_night_is_not_limited(studio: Studio) -> None:
    report = work_through(studio, Night(datetime.now(UTC)), "e03", [31, 32])
    assert report.made == 2


def test_a_budget_of_nothing_begins_nothing(studio: Studio, server: FakeComfyUI) -> None:
    studio.settings = replace(studio.settings, overnight_gpu_s=0.0)
    with pytest.raises(BudgetSpentError):
        work_through(studio, Night(datetime.now(UTC)), "e04", [41])
    assert server.submissions.total() == 0


def test_a_night_is_named_after_the_day_on_which_it_begins_where_the_studio_is() -> None:
    night = Night(datetime(2026, 1, 2, 15, 30, tzinfo=UTC).astimezone(ZoneInfo("Asia/Tokyo")))
    assert night.date == "2026-01-03"
    assert Night.from_tag(night.tag) == night
    assert Night.from_tag(night.tag).date == night.date
