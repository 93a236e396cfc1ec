"""What one step of a run found accepted, the run's later steps build on; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tower_anime_assets.engines import resting
from tower_anime_assets.engines.orders import Order
from tower_anime_assets.errors import NotAcceptedError, ServiceUnavailableError
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.events import Event, Waiting
from tower_anime_assets.stages.finishing import FINISHING_STAGES
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES, STAGE_OF_GATE, STAGES, stage_named
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import EpisodeRun, FoundTake, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import sessions
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


def test_a_run_that_has_ended_leaves_nothing_behind_in_its_process(made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    for run_id in ("first", "second"):
        run = Run(studio, run_id)
        session_id = run._session_of(made_episode.key.project)
        assert session_id is not None
        studio.recorder(run_id)
        studio.end_run(run_id)
        assert sessions.load_session(studio.database, session_id).ended_at is not None
        assert (run_id in studio.runs, run_id in studio.recorders) == (False, False)
    Run(studio, "third")._session_of(made_episode.key.project)
    studio.end_runs()
    assert (studio.runs, studio.recorders) == ({}, {})


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


def test_drawn_keyframes_are_compared_with_the_sheets_of_their_cast(made_episode: MadeEpisode) -> None:
    measured = [take.measured for take in made_episode.work.accepted(KEYFRAMES)]
    similarities = [numbers["identity_similarity"] for numbers in measured if "identity_similarity" in numbers]
    assert similarities
    assert all(0.0 < similarity < 1.0 for similarity in similarities)


def test_every_stage_stands_after_what_it_builds_on_and_no_gate_judges_two_stages() -> None:
    for index, stage in enumerate(STAGES):
        assert set(stage.builds_on) <= set(STAGES[:index]), stage.name
        assert stage_named(stage.name) is stage
    judging = [stage for stage in STAGES if stage.finishes is None]
    gates = [gate for stage in judging for gate in {threshold.gate for threshold in stage.thresholds}]
    assert len(gates) == len(set(gates)) == len(STAGE_OF_GATE)
    for stage in FINISHING_STAGES:
        assert (stage.finishes, stage.asset) == (CLIPS, CLIPS.asset)
        assert [bar.gate for bar in stage.thresholds] == [bar.gate for bar in CLIPS.thresholds], "the same gates"
    deterministic = [stage.name for stage in EPISODE_STAGES if stage.is_deterministic]
    assert deterministic == ["plan", "interpolation", "upscale", "mix", "master"]
    assert EPISODE_STAGES[0] is SHOT_PLANS
    assert KEYFRAMES.is_by_shot
    assert CLIPS.is_by_shot


def test_a_stage_waits_for_servers_that_are_away_and_asks_them_anew(
    made_episode: MadeEpisode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "FIRST_RETRY_S", 0.05)
    said: list[str] = []
    routers: list[int] = []

    def emit(event: Event) -> None:
        if isinstance(event, Waiting):
            said.append(event.words)

    def orders(_run: EpisodeRun) -> list[Order[Any]]:
        routers.append(len(made_episode.studio.routers))
        made_episode.studio.routers["asked"] = (0.0, None)  # type: ignore[assignment]
        if len(routers) < 3:
            raise ServiceUnavailableError("no server that can make it answers (asked at 12:00:00 UTC)\n  gpu1 is off")
        return []

    waiting = replace(KEYFRAMES, orders=orders)
    work = saved_episode(Run(made_episode.studio, "waiting", emit=emit), made_episode.key)
    assert work.make(waiting).outcomes == ()
    assert routers == [0, 0, 0], "what was known of the servers is forgotten"
    assert [words.split("; ")[0] for words in said] == [
        "no server that can make it answers (asked at 12:00:00 UTC)"
    ] * 2
    made_episode.studio.routers.clear()
    routers.clear()
    impatient = Studio(replace(made_episode.studio.settings, away_s=0.0), made_episode.studio.database)
    with pytest.raises(ServiceUnavailableError, match="gpu1 is off"):
        saved_episode(Run(impatient, "impatient too"), made_episode.key).make(waiting)
