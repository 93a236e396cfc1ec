from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.learning.breaker import RunResult
from tower_anime_assets.production.learning.ranking import MAX_REASONS_SHOWN
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.shots import Framing, Shot
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import EngineChoices, Lora, Project, Routing
from tower_anime_assets.settings import Settings, resource_root
from tower_anime_assets.stages import routing
from tower_anime_assets.stages.routing import IMAGE, VIDEO, ServerHealth
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.profiles import EngineRun
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.workflow import Workflow
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UP = ServerHealth("http://gpu1", True, "ComfyUI 0.3.60 on cuda:0", 12_000_000_000)


@pytest.fixture(scope="module")
def database(database_server: DatabaseServer) -> Iterator[Database]:
    made = Database(database_server.make_database())
    yield made
    made.close()


@pytest.fixture(scope="module")
def nexus() -> tuple[Project, tuple[Shot, ...]]:
    """Returns the bundled show and the planned shots of its first episode's first scene."""
    project, episode = show_files.load_episode(resource_root() / "projects", EpisodeKey.parse("nexus-e01"))
    plan = EmbeddedDirector().plan_scene(project, episode.scenes[0], ())
    return project, assemble_episode(project, episode, [plan]).shots


def settings_of(tmp_path: Path, **services: str) -> Settings:
    return Settings(projects=resource_root() / "projects", home=tmp_path, services=services)


def workflows(medium: str) -> list[Workflow]:
    return [item for item in load_registry(()).all() if item.medium == medium]


def test_without_a_service_the_embedded_engine_is_the_one_candidate(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    project, shots = nexus
    router = routing.open_router(project, settings_of(tmp_path), database)
    ranking = router.rank(shots[0], VIDEO)
    assert [row.candidate.engine for row in ranking.rows] == [EmbeddedAnimator.name]
    assert router.rank(shots[0], IMAGE).chosen.engine == "embedded-painter"


def test_pins_of_workflows_rest_where_no_service_is_and_say_so(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    project, shots = nexus
    router = routing.open_router(project, settings_of(tmp_path), database)
    ranking = router.rank(replace(shots[0], engines=("wan22_14b_i2v",)), VIDEO)
    assert ranking.chosen.engine == EmbeddedAnimator.name
    assert "the script pins wan22_14b_i2v: not in force while an embedded engine makes it" in ranking.as_text()
    with pytest.raises(PlanError, match="pins 'wan22_14b_i2w', which is not a workflow"):
        router.rank(replace(shots[0], engines=("wan22_14b_i2w",)), VIDEO)


def test_a_service_that_is_away_is_never_replaced_but_by_a_pin(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    project, shots = nexus
    router = routing.open_router(project, settings_of(tmp_path, comfyui="http://127.0.0.1:9"), database)
    with pytest.raises(ServiceUnavailableError, match=r"http://127\.0\.0\.1:9 does not answer"):
        router.rank(shots[0], VIDEO)
    assert router.rank(replace(shots[0], engines=("embedded",)), VIDEO).chosen.engine == EmbeddedAnimator.name


def test_names_that_are_none_are_all_named_before_anything_is_made(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    rules = Routing(blocked=("wan22_14b_i2w",), pins={"e01": "ltx_2b_i2w"})
    settings = replace(settings_of(tmp_path), routing_blocked=("nobody_at_all",))
    with pytest.raises(PlanError) as caught:
        routing.open_router(replace(nexus[0], routing=rules), settings, database)
    said = str(caught.value)
    assert "did you mean wan22_14b_i2v?" in said
    assert "did you mean ltx_2b_i2v?" in said
    assert "nobody_at_all" in said


def test_the_operator_overrides_strategy_and_adds_blocks(
    tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    project = replace(nexus[0], routing=Routing(strategy="fastest", blocked=("a",)))
    settings = replace(settings_of(tmp_path), routing_strategy="best_quality", routing_blocked=("b",))
    rules = routing.rules_of(project, settings, ["a", "b"])
    assert (rules.strategy, rules.blocked) == ("best_quality", ("a", "b"))
    assert routing.rules_of(project, settings_of(tmp_path), ["a"]).strategy == "fastest"


def test_every_shipped_workflow_is_a_candidate_with_its_priors() -> None:
    found = {one.name: one for one in routing.candidates(workflows(VIDEO), [UP])}
    wan = found["wan22_14b_i2v"]
    assert (wan.engine, wan.base_model, wan.card_bytes) == ("comfyui:wan22_14b_i2v", "wan22_14b", 12_000_000_000)
    assert wan.needs_init_image
    assert found["animatediff"].status == "deprecated"
    assert all(one.down_reason == "" for one in found.values())
    assert not any(one.engine.startswith("embedded") for one in found.values())


def test_a_workflow_is_able_where_one_server_has_all_it_needs() -> None:
    poor = ServerHealth("http://gpu2", True, "", 24_000_000_000, {"wan22_14b_i2v": ("node X is not there",)})
    (both,) = [one for one in routing.candidates(workflows(VIDEO), [poor, UP]) if one.name == "wan22_14b_i2v"]
    assert (both.missing_on_servers, both.card_bytes) == ((), 12_000_000_000)
    (alone,) = [one for one in routing.candidates(workflows(VIDEO), [poor]) if one.name == "wan22_14b_i2v"]
    assert alone.missing_on_servers == ("http://gpu2: node X is not there",)


def test_what_servers_lack_alike_is_said_once() -> None:
    def lacks_of(*servers: tuple[str, ...]) -> tuple[str, ...]:
        health = [replace(UP, url=f"http://gpu{at}", missing={"ltx_2b_i2v": lacks}) for at, lacks in enumerate(servers)]
        (found,) = [one for one in routing.candidates(workflows(VIDEO), health) if one.name == "ltx_2b_i2v"]
        return found.missing_on_servers

    assert lacks_of(("X", "Y"), ("X",)) == ("both servers: X", "http://gpu0: Y")
    assert lacks_of(("X",), ("X",), ("X",)) == ("all 3 servers: X",)
    assert lacks_of(("X", "Y"), ("X",), ("Y",)) == ("http://gpu0, http://gpu1: X", "http://gpu0, http://gpu2: Y")


def test_two_servers_are_examined_and_the_one_that_lacks_a_node_and_a_file_is_told(tmp_path: Path) -> None:
    ltx = [item for item in workflows(VIDEO) if item.name == "ltx_2b_i2v"]
    with FakeComfyUI() as whole, FakeComfyUI(files={}) as bare:
        settings = settings_of(tmp_path, comfyui=f"{whole.url},{bare.url}")
        first, second = routing.examine_servers(settings, ltx)
        assert (first.url, first.is_up, dict(first.missing)) == (whole.url, True, {})
        assert second.is_up
        assert any("ComfyUI/models/" in missing for missing in second.missing["ltx_2b_i2v"])
        assert routing.candidates(ltx, (first, second))[0].missing_on_servers == ()
        assert all(
            said.startswith(f"{bare.url}: ") for said in routing.candidates(ltx, (second,))[0].missing_on_servers
        )
        whole.kill()
        first, second = routing.examine_servers(settings, ltx)
        assert (first.is_up, second.is_up) == (False, True)
        assert whole.url in first.detail


def test_nobody_at_two_bare_servers_is_said_shortly(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    with FakeComfyUI(files={}) as one, FakeComfyUI(files={}) as other:
        settings = settings_of(tmp_path, comfyui=f"{one.url},{other.url}")
        router = routing.open_router(nexus[0], settings, database, (VIDEO,))
        with pytest.raises(PlanError) as caught:
            router.rank(nexus[1][0], VIDEO)
    said = str(caught.value)
    assert "both servers: " in said
    assert one.url not in said
    assert other.url not in said
    assert len(said.splitlines()) <= 2 + MAX_REASONS_SHOWN


def test_shots_ranked_before_any_is_made_do_not_all_try_the_same_newcomer(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    project, shots = nexus
    with FakeComfyUI() as server:
        router = routing.open_router(project, settings_of(tmp_path, comfyui=server.url), database, (VIDEO,))
    many = [replace(shots[0], key=f"nexus-e01-sc01-sh{number:04d}") for number in range(10, 610, 10)]
    rankings = [router.rank(shot, VIDEO) for shot in many]
    assert len({ranking.chosen.engine for ranking in rankings}) > 1
    assert router.rank(many[-1], VIDEO) == rankings[-1]


def test_what_a_shot_asks_for(nexus: tuple[Project, tuple[Shot, ...]]) -> None:
    project, shots = nexus
    lora = Lora("akira.safetensors", "sdxl")
    cast = tuple(replace(one, lora=lora) if one.id == "akira" else one for one in project.characters)
    project = replace(project, characters=cast)
    spoken = next(shot for shot in shots if any(span.on_screen for span in shot.speech))
    clip, still = routing.requirements_of(project, spoken, VIDEO), routing.requirements_of(project, spoken, IMAGE)
    assert clip.shot_type == f"{spoken.framing}, speaking"
    assert (clip.frames, clip.has_init_image, clip.loras) == (spoken.frames, True, {})
    assert still.shot_type == spoken.framing
    assert (still.frames, still.has_init_image) == (1, False)
    with_akira = next(shot for shot in shots if any(subject.character == "akira" for subject in shot.subjects))
    assert routing.requirements_of(project, with_akira, IMAGE).loras == {"akira.safetensors": "sdxl"}
    neighbours = [routing.requirements_of(project, shot, VIDEO).position for shot in shots]
    assert neighbours == list(range(neighbours[0], neighbours[0] + len(shots)))


def test_the_nearest_pin_comes_first(nexus: tuple[Project, tuple[Shot, ...]]) -> None:
    shot = replace(nexus[1][0], key="nexus-e01-sc02-sh0030", framing=Framing.CLOSE_UP, engines=("scripted",))
    pins = {"e01": "d", "close-up": "e", "e01-sc02": "c", "e01-sc02-sh0030": "b", "e02": "x", "wide": "y"}
    assert routing.pins_of(Routing(pins=pins), shot) == (
        ("scripted", "b", "c", "d", "e"),
        "the script and the project's routing",
    )


def test_a_project_that_chooses_comfyui_needs_one(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    project = replace(nexus[0], engines=EngineChoices(clips="comfyui"))
    router = routing.open_router(project, settings_of(tmp_path), database)
    with pytest.raises(ServiceUnavailableError, match="set COMFYUI_URL"):
        router.rank(nexus[1][0], VIDEO)


def test_a_servers_absence_is_not_held_against_its_workflows() -> None:
    away = [
        RunResult(NOW + timedelta(minutes=at), failed=True, why="ServiceUnavailable: gpu1 is off") for at in range(3)
    ]
    runs = [EngineRun("comfyui:ltx", "http://gpu1", run) for run in away]
    later = NOW + timedelta(minutes=5)
    assert routing.breakers_of(runs, later) == {}
    rested = routing._with_breaker(UP, runs, later)
    assert (rested.is_up, "set aside until 12:12 UTC" in rested.detail) == (False, True)
    assert routing._with_breaker(UP, runs, NOW + timedelta(hours=1)).is_up
    broken = [replace(one, run=replace(one.run, why="RenderFailed: node 7")) for one in runs]
    assert routing.breakers_of(broken, later)["comfyui:ltx"].state == "open"
    assert routing._with_breaker(UP, broken, later).is_up


def test_a_server_is_asked_once_for_itself_and_once_for_each_node(tmp_path: Path) -> None:
    with FakeComfyUI() as server:
        health = routing.examine_servers(settings_of(tmp_path, comfyui=server.url), load_registry(()).all())
        asked = [request.path for request in server.requests]
    assert [one.is_up for one in health] == [True]
    assert len(asked) == len(set(asked)) > 20


def test_servers_are_examined_side_by_side(tmp_path: Path) -> None:
    def seconds(*servers: FakeComfyUI) -> float:
        settings = settings_of(tmp_path, comfyui=",".join(server.url for server in servers))
        began = time.monotonic()
        health = routing.examine_servers(settings, [load_registry(()).workflow("upscale_4x")])
        assert [one.url for one in health] == [server.url for server in servers]
        assert all(one.is_up for one in health)
        return time.monotonic() - began

    with FakeComfyUI() as one, FakeComfyUI() as other:
        for server in (one, other):
            server.faults.every, server.faults.slow_s = "slow", 0.2
        assert seconds(one, other) < 1.6 * seconds(one)
