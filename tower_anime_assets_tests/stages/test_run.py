"""One take that cannot be made costs that take alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.errors import MediaError
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.run import Details, Failed, Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.test_generate import ToneEngine, loudness


class MuteAtFirst(ToneEngine):
    """Cannot make the cue with seed 0."""

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        if brief.seed == 0:
            raise MediaError("the first cue cannot be written")
        return super().make(brief, attempt)


def distance(details: Details, previous: Details | None) -> Mapping[str, float]:
    return {"distance": 64.0 if previous is None else 1.0}


def order(number: int) -> Order[Any]:
    brief = MusicBrief("calm", "", 9, 1.0, "day", False, number)
    position = StoryPosition("alone", "e01", f"sc{number:02}")
    return Order("music", f"sc{number:02}", position, brief, MuteAtFirst(), loudness, (), "A calm tone.")


def test_what_a_take_is_compared_with_does_not_decide_whether_it_is_kept(tmp_path: Path, database: Database) -> None:
    run = Run(Studio(Settings(projects=tmp_path, home=tmp_path), database))
    orders = [order(number) for number in range(4)]

    with pytest.raises(MediaError, match="the first cue") as caught:
        run.fulfill(MUSIC, "alone-e01", orders, attempts=1, compare=distance)

    assert caught.value.__notes__ == ["sc00 could not be made; 3 of 4 are there and kept; run again for the rest"]
    assert [outcome is not None for outcome in run.find_takes(orders, distance)] == [False, True, True, True]


def test_an_order_whose_twin_failed_is_made_for_itself(tmp_path: Path, database: Database) -> None:
    """The same brief twice: the first fails for a reason of its own, such as an interrupt."""
    failures = iter([MediaError("somebody stopped it")])

    class FailsOnce(ToneEngine):
        def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
            if (failure := next(failures, None)) is not None:
                raise failure
            return super().make(brief, attempt)

    run = Run(Studio(Settings(projects=tmp_path, home=tmp_path), database))
    twins = [replace(order(7), engine=FailsOnce(name="fails-once"), subject=f"sc{number}") for number in range(3)]
    failed: list[Failed] = []
    report = run.fulfill(MUSIC, "alone-e02", twins, attempts=1, failures=failed)
    assert [(one.subject, str(one.error)) for one in failed] == [("sc0", "somebody stopped it")]
    assert [(outcome.subject, outcome.attempts) for outcome in report.outcomes] == [("sc1", 1), ("sc2", 0)]


def test_a_bug_in_one_take_costs_that_take_alone(tmp_path: Path, database: Database) -> None:
    class Buggy(ToneEngine):
        def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
            if brief.seed == 10:
                raise ZeroDivisionError("a measure of nothing")
            return super().make(brief, attempt)

    run = Run(Studio(Settings(projects=tmp_path, home=tmp_path), database))
    orders = [replace(order(number), engine=Buggy(name="buggy")) for number in range(10, 14)]
    with pytest.raises(ZeroDivisionError):
        run.fulfill(MUSIC, "alone-e03", orders, attempts=1, compare=distance)
    assert [outcome is not None for outcome in run.find_takes(orders, distance)] == [False, True, True, True]
