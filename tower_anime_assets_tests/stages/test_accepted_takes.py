"""What one step of a run found accepted, the run's later steps build on; nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tower_anime_assets.engines.generate import Order, Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.stages import clips, stills
from tower_anime_assets.stages.accepted_takes import AcceptedTakes
from tower_anime_assets.stages.opening import saved_work
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.takes import Take
from tower_anime_assets_tests.stages.conftest import MadeEpisode


@pytest.fixture
def looks(made_episode: MadeEpisode, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Return which stages are looked through to say what clips a run wants."""

    seen: list[str] = []
    known = Studio.accepted

    def noted(
        studio: Studio, stage: str, episode: str, found: Sequence[tuple[Order[Any], Outcome | None]]
    ) -> tuple[Take, ...]:
        seen.append(stage)
        return known(studio, stage, episode, found)

    monkeypatch.setattr(Studio, "accepted", noted)

    def looked(run_id: str) -> list[str]:
        seen.clear()
        assert saved_work(replace(made_episode.studio, run_id=run_id), made_episode.key).orders(clips.STAGE)
        return list(seen)

    return looked


def test_a_run_looks_once_at_what_it_builds_on(looks: Callable[[str], list[str]]) -> None:
    assert looks("a run") == ["plan", stills.KEYFRAME]
    assert looks("a run") == []
    assert looks("another run") == ["plan", stills.KEYFRAME]


def test_work_outside_a_run_always_looks(looks: Callable[[str], list[str]]) -> None:
    assert looks("") == looks("") == ["plan", stills.KEYFRAME]


def test_a_changed_story_is_looked_at_anew(made_episode: MadeEpisode) -> None:
    work = made_episode.work
    standings = made_episode.studio.standings
    first = standings.of("run", work.project, work.episode)
    assert standings.of("run", work.project, work.episode) is first
    assert standings.of("run", work.project, replace(work.episode, title="Another")) is not first
    assert standings.of("run", replace(work.project, title="Another"), work.episode) is not first


def test_what_was_not_accepted_is_looked_at_again() -> None:
    standing = AcceptedTakes()
    answers: list[tuple[Take, ...] | None] = [None, ()]

    def look(_stage: str) -> tuple[Take, ...]:
        if (answer := answers.pop(0)) is None:
            raise NotAcceptedError("not yet")
        return answer

    with pytest.raises(NotAcceptedError):
        standing.accepted(stills.KEYFRAME, look)
    assert standing.accepted(stills.KEYFRAME, look) == ()
    assert standing.accepted(stills.KEYFRAME, look) == ()
    assert answers == []
