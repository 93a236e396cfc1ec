"""One take that cannot be made costs that take alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.engines.orders import Order, StoryPosition
from tower_anime_assets.errors import MediaError
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.run import Details, Run
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

    assert not getattr(caught.value, "__notes__", [])
    assert [outcome is not None for outcome in run.find_takes(orders, distance)] == [False, True, True, True]
