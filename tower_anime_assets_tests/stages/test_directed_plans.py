"""Plans of a director behind a service: every consultation is on record with its decision, however the run ends."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.engines.remote.director.answers import repeats_line
from tower_anime_assets.engines.remote.director.echo_brain import EchoBrainDirector
from tower_anime_assets.engines.remote.director.ollama import OllamaDirector
from tower_anime_assets.errors import ServiceError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.planning.briefs import PlanBrief
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.dry_run import episode_from_files, plan_takes
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, plan_in, scene_plan_order
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, decisions
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import Take
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.echo_brain import PLAN, REFINE, FakeEchoBrain
from tower_anime_assets_tests.fakes.ollama import FakeOllama
from tower_anime_assets_tests.small_show import KEY, write_small_show


@pytest.fixture
def fake() -> Iterator[FakeEchoBrain]:
    with FakeEchoBrain() as running:
        yield running


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    write_small_show(tmp_path / "projects")
    return tmp_path / "projects"


def studio_in(projects: Path, database: Database) -> Studio:
    return Studio(Settings(projects=projects, home=projects.parent / "home"), database)


def order_of(projects: Path, director: Director, scene: int = 0, facts: tuple[str, ...] = ()) -> Order[PlanBrief]:
    project, episode = show_files.load_episode(projects, EpisodeKey.parse(KEY))
    return scene_plan_order(project, episode, episode.scenes[scene], (), director, facts=facts)


def settle(studio: Studio, order: Order[PlanBrief]) -> Take:
    outcome = Run(studio).fulfill(SHOT_PLANS, KEY, [order], attempts=1).outcomes[0]
    assert outcome.accepted, outcome.failed
    return outcome.take


def newest_decision(database: Database) -> str:
    return str(audit.load_trail(database, EpisodeKey.parse(KEY)).decisions[-1]["id"])


def asked_of(database: Database, decision_id: str) -> list[SimpleNamespace]:
    rows = audit.load_trail(database, EpisodeKey.parse(KEY)).consultations
    return [SimpleNamespace(**row) for row in rows if row["decision_id"] == decision_id]


def test_a_plan_and_each_of_its_prompts_is_a_consultation_of_one_decision(
    projects: Path, database: Database, fake: FakeEchoBrain
) -> None:
    order = order_of(projects, EchoBrainDirector(fake.url), facts=("Akira is hunted",))
    take = settle(studio_in(projects, database), order)
    plan = plan_in(take.details)
    kept = asked_of(database, take.decision_id)
    assert len(kept) == 1 + len(plan.shots) == len(fake.requests)
    assert [json.loads(one.query) for one in kept] == [request for _path, request in fake.requests]
    assert all(json.loads(one.response) for one in kept)
    assert {one.model_used for one in kept} == {"echo_brain"}
    decision = decisions.find_by_id(database, take.decision_id)
    assert decision is not None
    assert decision.parameters["attempt"]["facts"] == ["Akira is hunted"]
    assert "Akira is hunted" in fake.asked(PLAN)[0]["scene_description"]
    assert {request["session_id"] for _path, request in fake.requests} == {take.decision_id}
    assert [request["camera_angle"] for request in fake.asked(REFINE)] == [shot.framing.value for shot in plan.shots]


def test_refined_prompts_say_what_the_service_added_and_hold_no_dialogue(
    projects: Path, database: Database, fake: FakeEchoBrain
) -> None:
    director = EchoBrainDirector(fake.url)
    take = settle(studio_in(projects, database), order_of(projects, director, scene=1))
    lines = ("Close the door.", "It is closed.")
    for shot in plan_in(take.details).shots:
        added = {part.text: part.role for part in shot.prompt_parts if part.source == "echo-brain"}
        assert added["volumetric haze"] == "enhanced"
        assert added["jpeg artifacts"] == "negative"
        assert {part.source for part in shot.prompt_parts if part.text == "film grain"} == {"echo-brain: scene"}
        assert "film grain" in shot.prompt
        assert "jpeg artifacts" in shot.negative
        assert not any(repeats_line(shot.prompt, line) for line in lines)
    tags = fake.asked(REFINE)[1]["context_tags"]
    assert any(tag.startswith("the shot before, which this one must not look like") for tag in tags)


def test_what_is_remembered_anew_makes_no_plan_stale_and_rules_need_no_memory(
    projects: Path, database: Database, fake: FakeEchoBrain
) -> None:
    director = EchoBrainDirector(fake.url)
    assert order_of(projects, director).digest == order_of(projects, director, facts=("new",)).digest
    local = order_of(projects, EmbeddedDirector(), facts=("new",))
    assert "facts" not in local.engine.plan_attempt(local.brief, 1, ())
    assert local.digest != order_of(projects, director).digest


def test_two_broken_answers_fail_the_decision_and_both_are_kept(
    projects: Path, database: Database, fake: FakeEchoBrain
) -> None:
    fake.otherwise = "unknown_character"
    with pytest.raises(ServiceRejectedError, match="Godzilla"):
        settle(studio_in(projects, database), order_of(projects, EchoBrainDirector(fake.url)))
    decision = decisions.find_by_id(database, newest_decision(database))
    assert decision is not None
    assert decision.status == "failed"
    assert "Godzilla" in (decision.error_message or "")
    kept = asked_of(database, decision.id)
    assert len(kept) == 2
    assert all("Godzilla" in one.response for one in kept)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (["error_500"], 1),
        (["slow"], 1),
        (["", "html", "html"], 3),
        (["", "", "truncated_json", "missing_fields"], 4),
        (["", "drop"], 2),
    ],
)
def test_a_director_that_breaks_down_on_the_way_leaves_every_question_on_record(
    script: list[str], expected: int, projects: Path, database: Database, fake: FakeEchoBrain
) -> None:
    fake.script, fake.slow_s = script, 1.0
    director = EchoBrainDirector(fake.url, answer_timeout_s=0.5)
    with pytest.raises(ServiceError):
        settle(studio_in(projects, database), order_of(projects, director))
    decision = decisions.find_by_id(database, newest_decision(database))
    assert decision is not None
    assert decision.status == "failed"
    assert len(asked_of(database, decision.id)) == len(fake.requests) == expected


def _settle(projects: str, database_url: str, echo_brain_url: str) -> None:
    database = Database(database_url)
    settle(studio_in(Path(projects), database), order_of(Path(projects), EchoBrainDirector(echo_brain_url), 1))


def test_all_that_was_asked_before_a_run_was_killed_is_on_record_and_the_next_run_asks_again(
    projects: Path, database: Database, fake: FakeEchoBrain
) -> None:
    fake.script, fake.slow_s = ["", "", "slow"], 3.0
    run = multiprocessing.get_context("spawn").Process(target=_settle, args=(str(projects), database.url, fake.url))
    run.start()
    deadline = time.monotonic() + 30
    while len(fake.requests) < 3:
        assert time.monotonic() < deadline
        assert run.is_alive()
        time.sleep(0.02)
    assert run.pid is not None
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    killed = newest_decision(database)
    kept = asked_of(database, killed)
    assert [json.loads(one.query) for one in kept] == [request for _path, request in fake.requests[:3]]
    assert [bool(one.response) for one in kept] == [True, True, False], "the last one was never answered, and says so"
    take = settle(studio_in(projects, database), order_of(projects, EchoBrainDirector(fake.url), 1))
    lost = decisions.find_by_id(database, killed)
    assert lost is not None
    assert lost.status == "lost"
    assert len(asked_of(database, take.decision_id)) == 1 + len(plan_in(take.details).shots)


def test_ollama_plans_and_leaves_the_card_free(projects: Path, database: Database) -> None:
    with FakeOllama() as ollama:
        take = settle(studio_in(projects, database), order_of(projects, OllamaDirector(ollama.url, "tiny")))
        assert ollama.loaded == set()
        asked = [chat for chat in ollama.chats if chat["messages"]]
        kept = asked_of(database, take.decision_id)
        assert len(kept) == len(asked)
        assert [json.loads(one.query) for one in kept] == asked
        assert {one.model_used for one in kept} == {"tiny"}


def test_a_model_that_lies_twice_leaves_the_card_free_too(projects: Path, database: Database) -> None:
    with FakeOllama() as ollama:
        ollama.script = ["", "prose", "prose"]
        with pytest.raises(ServiceRejectedError):
            settle(studio_in(projects, database), order_of(projects, OllamaDirector(ollama.url, "tiny")))
        assert ollama.loaded == set()
        assert len(asked_of(database, newest_decision(database))) == 3


def test_a_service_that_is_gone_says_so_first_and_that_it_was_not_released_second(
    projects: Path, database: Database
) -> None:
    director = OllamaDirector("http://127.0.0.1:9", "tiny")
    with pytest.raises(ServiceUnavailableError, match="api/chat") as caught:
        settle(studio_in(projects, database), order_of(projects, director))
    assert any("could not be released" in note for note in caught.value.__notes__)


def test_an_episode_that_a_service_has_still_to_plan_can_be_foreseen(
    projects: Path, database_server: DatabaseServer, fake: FakeEchoBrain
) -> None:
    empty = Database(database_server.make_database())
    studio = Studio(Settings(projects, projects.parent / "home", services={"echo_brain": fake.url}), empty)
    key = EpisodeKey.parse(KEY)
    found = {(item.stage, item.shot): item.state for item in plan_takes(studio, key)}
    assert found["plan", "sc01"] == "missing"
    assert found["keyframe", KEY] == found["clip", KEY] == "waits"
    assert fake.requests == []
    episode_from_files(studio, key).make(SHOT_PLANS)
    asked = len(fake.requests)
    found = {(item.stage, item.shot): item.state for item in plan_takes(studio, key)}
    assert found["plan", "sc01"] == found["plan", "sc02"] == "ready"
    assert found["keyframe", "small-e01-sc01-sh0010"] == "missing"
    assert len(fake.requests) == asked
    studio.close()
