"""What one step of a run found accepted, the run's later steps build on; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES, STAGE_OF_GATE, STAGES, stage_named
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import EpisodeRun, FoundTake, Stage
from tower_anime_assets_tests.stages.conftest import MadeEpisode


@pytest.fixture
def searches(made_episode: MadeEpisode, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Return which stages are searched to form the orders of clips on behalf of a run."""
    names: list[str] = []
    find = EpisodeRun.find

    def noted(run: EpisodeRun, stage: Stage[Any], *, partial: bool = False) -> list[FoundTake]:
        names.append(stage.name)
        return find(run, stage, partial=partial)

    monkeypatch.setattr(EpisodeRun, "find", noted)

    def searched(run_id: str) -> list[str]:
        names.clear()
        assert CLIPS.orders(saved_episode(Run(made_episode.studio, run_id), made_episode.key))
        return list(names)

    return searched


def test_a_run_searches_once_for_what_it_builds_on(searches: Callable[[str], list[str]]) -> None:
    assert searches("a run") == ["plan", "keyframe"]
    assert searches("a run") == []
    assert searches("another run") == ["plan", "keyframe"]


def test_outside_a_run_every_look_searches(searches: Callable[[str], list[str]]) -> None:
    assert searches("") == searches("") == ["plan", "keyframe"]


def test_a_changed_story_starts_an_empty_cache(made_episode: MadeEpisode) -> None:
    work = made_episode.work
    state = made_episode.studio.run_state("run")
    first = state.accepted_takes(work.project, work.episode)
    assert state.accepted_takes(work.project, work.episode) is first
    assert state.accepted_takes(work.project, replace(work.episode, title="Another")) is not first
    assert state.accepted_takes(replace(work.project, title="Another"), work.episode) is not first


def test_what_was_not_accepted_is_searched_again(made_episode: MadeEpisode, monkeypatch: pytest.MonkeyPatch) -> None:
    work = saved_episode(Run(made_episode.studio, "impatient"), made_episode.key)
    found = work.find(MASTERS)
    (order, outcome) = found[0]
    answers = [[(order, None)], [(order, outcome)]]
    monkeypatch.setattr(work, "find", lambda _stage: answers.pop(0))
    with pytest.raises(NotAcceptedError, match="materialize `compiled_episodes` first"):
        work.accepted(MASTERS)
    assert outcome is not None
    assert work.accepted(MASTERS) == (outcome.take,)
    assert work.accepted(MASTERS) == (outcome.take,), "found once"
    assert answers == []


def test_every_stage_stands_after_what_it_builds_on_and_no_gate_judges_two_stages() -> None:
    for index, stage in enumerate(STAGES):
        assert set(stage.builds_on) <= set(STAGES[:index]), stage.name
        assert stage_named(stage.name) is stage
    gates = [gate for stage in STAGES for gate in {threshold.gate for threshold in stage.thresholds}]
    assert len(gates) == len(set(gates)) == len(STAGE_OF_GATE)
    assert [stage.name for stage in EPISODE_STAGES if stage.is_deterministic] == ["plan", "mix", "master"]
    assert EPISODE_STAGES[0] is SHOT_PLANS
    assert KEYFRAMES.is_by_shot
    assert CLIPS.is_by_shot
