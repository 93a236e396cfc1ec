from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.engines.factory import service_of
from tower_anime_assets.errors import Cause, PlanError, ServiceUnavailableError
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
from tower_anime_assets.store import decisions
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
    assert (clip.frames, clip.has_init_image) == (spoken.frames, True)
    assert still.shot_type == spoken.framing
    assert (still.frames, still.has_init_image) == (1, False)
    with_akira = next(
        shot
        for shot in shots
        if shot.framing is not Framing.INSERT
        and any(subject.character == "akira" and not subject.is_foreground for subject in shot.subjects)
    )
    assert [routing.requirements_of(project, with_akira, medium).loras for medium in (IMAGE, VIDEO)] == [(lora,)] * 2
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


def test_only_a_workflows_own_failures_rest_it() -> None:
    def runs(cause: Cause) -> list[EngineRun]:
        ends = [RunResult(NOW + timedelta(minutes=at), cause, "as it was said") for at in range(3)]
        return [EngineRun("comfyui:ltx", "http://gpu1", run) for run in ends]

    states = {cause: routing.breakers_of(runs(cause), NOW)["comfyui:ltx"].state for cause in Cause}
    assert {cause for cause, state in states.items() if state == "open"} == {Cause.OUT_OF_MEMORY, Cause.BROKEN_GRAPH}


def test_a_server_that_answers_is_used_however_often_it_was_restarted(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    with FakeComfyUI() as server:
        settings = settings_of(tmp_path, comfyui=server.url)
        ltx = routing.open_router(nexus[0], settings, database, (VIDEO,)).rank(nexus[1][0], VIDEO).chosen.engine
        for number in range(5):
            new = decisions.NewDecision(
                project_id="nexus", decision_type="clip", parameters={"brief": {}}, reasoning="a clip", engine=ltx,
                brief_digest="d" * 64, idempotency_key=f"lost {number}", server=server.url,
            )  # fmt: skip
            begun = decisions.record_decision(database, new)
            decisions.mark_failed(database, begun.id, "ServiceUnavailable: it died", 1.0, Cause.SERVER_LOST)
        again = routing.open_router(nexus[0], settings, database, (VIDEO,)).rank(nexus[1][0], VIDEO)
    assert again.chosen.engine == ltx
    assert "set aside until" not in again.as_text()


def test_what_a_server_that_is_away_may_have_is_not_wrong_input(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    with FakeComfyUI(files={}) as bare:
        settings = settings_of(tmp_path, comfyui=f"{bare.url},http://127.0.0.1:9")
        router = routing.open_router(nexus[0], settings, database, (VIDEO,))
        with pytest.raises(ServiceUnavailableError, match=r"ComfyUI/models/.*http://127\.0\.0\.1:9 does not answer"):
            router.rank(nexus[1][0], VIDEO)


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


# Pictures of a shot ---------------------------------------------------------------------------------------------------

ABLE = (routing.ServerHealth("http://gpu1", True, "ComfyUI 0.3.64 on RTX 3060", 12_884_901_888),)


def router_of(
    project: Project, *, framing: str = "words", likeness: str = "words", keyframes_from: str = "words"
) -> routing.Router:
    """Return a router of all shipped workflows on a server that has every model."""
    engines = EngineChoices(framing=framing, likeness=likeness, keyframes_from=keyframes_from)
    project = replace(project, engines=engines, routing=Routing(explore=False))
    by_medium = {medium: routing.candidates(workflows(medium), ABLE) for medium in (IMAGE, VIDEO)}
    return routing.Router(project, by_medium, {}, {}, datetime.now(UTC))


def usable(router: routing.Router, shot: Shot, medium: str = IMAGE, following: Shot | None = None) -> set[str]:
    return {candidate.name for candidate in router.rank(shot, medium, following).usable}


def alone(shots: tuple[Shot, ...]) -> Shot:
    return next(shot for shot in shots if len(shot.subjects) == 1 and shot.framing is not Framing.INSERT)


def in_two(shots: tuple[Shot, ...]) -> Shot:
    first = alone(shots)
    (one,) = first.subjects
    other = replace(one, character="luna" if one.character != "luna" else "akira", x=0.4)
    return replace(first, framing=Framing.TWO_SHOT, subjects=(replace(one, x=-0.4), other))


def test_without_a_word_of_it_no_shot_is_made_with_control_pictures(nexus: tuple[Project, tuple[Shot, ...]]) -> None:
    project, shots = nexus
    router = router_of(project)
    takers = {item.name for item in workflows(IMAGE) if item.picture_roles}
    for shot in (*shots, in_two(shots)):
        assert not usable(router, shot) & takers
        assert not usable(router, shot, VIDEO) & {"wan22_14b_first_last", "ltx_2b_first_last"}


def test_framing_by_the_animatic_takes_what_the_shot_has(nexus: tuple[Project, tuple[Shot, ...]]) -> None:
    project, shots = nexus
    router = router_of(project, framing="animatic")
    depth_and_lines = {"sdxl_controlnet_depth", "sdxl_controlnet_lines"}
    assert usable(router, replace(alone(shots), subjects=())) == depth_and_lines
    assert usable(router, alone(shots)) == {*depth_and_lines, "sdxl_controlnet_pose"}
    regions = {"sdxl_regional_two", "sdxl_regional_two_pose", "sdxl_ipadapter_two_references"}
    assert usable(router, in_two(shots)) == {*depth_and_lines, "sdxl_controlnet_pose", *regions}
    assert usable(router, replace(in_two(shots), framing=Framing.INSERT)) == depth_and_lines


def test_likeness_by_references_takes_as_many_as_there_are_characters(
    nexus: tuple[Project, tuple[Shot, ...]],
) -> None:
    project, shots = nexus
    router = router_of(project, likeness="references")
    one = {"qwen_image_edit_2509_reference", "flux_kontext_reference", "sdxl_ipadapter_reference"}
    assert usable(router, alone(shots)) & one == one  # also those that fill more than the card of 12 GB
    assert usable(router, in_two(shots)) == {
        "sdxl_ipadapter_two_references",
        "qwen_image_edit_2509_two_references",
        "flux_kontext_two_references",
    }
    assert "sdxl_anime_t2i" in usable(router, replace(alone(shots), subjects=()))


def test_more_characters_than_any_workflow_takes_references_of_are_made_from_words_and_that_is_said(
    nexus: tuple[Project, tuple[Shot, ...]],
) -> None:
    project, shots = nexus
    (one,) = alone(shots).subjects
    crowd = tuple(replace(one, character=name) for name in ("akira", "luna", "viktor"))
    shot = replace(alone(shots), subjects=crowd)
    router = router_of(project, likeness="references")
    few = [item for item in router.candidates[IMAGE] if "reference_3" not in item.picture_roles]
    ranking = replace(router, candidates={**router.candidates, IMAGE: tuple(few)}).rank(shot, IMAGE)
    assert "sdxl_anime_t2i" in {candidate.name for candidate in ranking.usable}
    assert "no workflow takes references of 3 characters" in ranking.reasoning


def test_a_pinned_workflow_holds_the_framing_of_the_shots_that_it_can(
    nexus: tuple[Project, tuple[Shot, ...]],
) -> None:
    project, shots = nexus
    router, pin = router_of(project), ("sdxl_controlnet_pose",)
    assert router.rank(replace(alone(shots), engines=pin), IMAGE).chosen.name == "sdxl_controlnet_pose"
    with pytest.raises(PlanError, match="pinned by the script, but it holds a pose, and nobody of human shape"):
        router.rank(replace(alone(shots), subjects=(), engines=pin), IMAGE)
    held = router_of(project, framing="animatic", likeness="references")
    for name in ("sdxl_anime_t2i", "sdxl_controlnet_depth"):
        assert held.rank(replace(alone(shots), engines=(name,)), IMAGE).chosen.name == name, "a pin is nearer"


def test_a_clip_pinned_to_a_first_and_a_last_picture_needs_a_shot_that_follows(
    nexus: tuple[Project, tuple[Shot, ...]],
) -> None:
    project, shots = nexus
    shot = replace(alone(shots), engines=("ltx_2b_first_last",))
    router = router_of(project)
    assert router.rank(shot, VIDEO, shots[-1]).chosen.name == "ltx_2b_first_last"
    for impossible, following in ((router, None), (router_of(project, keyframes_from="previous"), shots[-1])):
        with pytest.raises(PlanError, match="it ends on the next shot's keyframe, which is not known"):
            impossible.rank(shot, VIDEO, following)


def test_a_shot_has_as_many_references_as_characters_to_recognise(nexus: tuple[Project, tuple[Shot, ...]]) -> None:
    project, shots = nexus
    shot = in_two(shots)
    behind = replace(shot, subjects=(shot.subjects[0], replace(shot.subjects[1], is_foreground=True)))
    given = {one: routing.requirements_of(project, one, IMAGE).pictures for one in (shot, behind)}
    assert {"reference_1", "reference_2", "region_mask_2"} <= given[shot]
    assert "reference_2" not in given[behind]
    assert {"reference_1", "region_mask_2", "control_pose"} <= given[behind]


def test_clips_are_upscaled_by_workflows_that_take_a_video_and_fit(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    project, shots = nexus
    large = replace(project, delivery=replace(project.delivery, width_px=1920, height_px=1080))
    with FakeComfyUI() as whole, FakeComfyUI(files={}) as bare:
        able, unable = (
            routing.open_router(large, settings_of(tmp_path, comfyui=url), database, (routing.UPSCALED,))
            for url in (whole.url, bare.url)
        )
        assert able.has_candidate(shots[0], routing.UPSCALED)
        ranking = able.rank(shots[0], routing.UPSCALED)
        assert [row.candidate.name for row in ranking.rows] == ["upscale_4x_video"], "not the one for pictures"
        assert not unable.has_candidate(shots[0], routing.UPSCALED)
        with pytest.raises(PlanError, match=r"no workflow can make it \(super_resolution\)"):
            unable.rank(shots[0], routing.UPSCALED)
        blocked = replace(large, routing=Routing(blocked=("upscale_4x_video",)))
        settings = settings_of(tmp_path, comfyui=whole.url)
        router = routing.open_router(blocked, settings, database, (routing.UPSCALED,))
        assert not router.has_candidate(shots[0], routing.UPSCALED)


def test_a_pin_of_another_kind_of_work_does_not_stop_a_clip(
    database: Database, tmp_path: Path, nexus: tuple[Project, tuple[Shot, ...]]
) -> None:
    with FakeComfyUI() as server:
        router = routing.open_router(nexus[0], settings_of(tmp_path, comfyui=server.url), database, (VIDEO,))
        ranking = router.rank(replace(nexus[1][0], engines=("upscale_4x_video",)), VIDEO)
        assert ranking.chosen.engine.startswith("comfyui:")
        with pytest.raises(PlanError, match="which is not a workflow"):
            router.rank(replace(nexus[1][0], engines=("upscale_4x_vidoe",)), VIDEO)


def test_a_workflow_of_another_rate_is_no_obstacle_where_clips_are_interpolated(
    nexus: tuple[Project, tuple[Shot, ...]],
) -> None:
    from tower_anime_assets.production.learning.candidates import why_unusable

    project, shots = nexus
    (candidate,) = routing.candidates([load_registry().workflow("wan22_5b_i2v")], [UP])
    fixed = replace(candidate, fps=16.0)
    assert "frames per second" not in why_unusable(fixed, routing.requirements_of(project, shots[0], VIDEO), Routing())
    assert "16.5 frames per second only" in why_unusable(
        replace(fixed, fps=16.5), routing.requirements_of(project, shots[0], VIDEO), Routing()
    )
    strict = replace(project, engines=EngineChoices(interpolate="off"))
    requirements = routing.requirements_of(strict, shots[0], VIDEO)
    assert "16 frames per second only, not 24" in why_unusable(fixed, requirements, Routing())


def test_an_animatic_asks_no_server_who_could_upscale_it(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, comfyui="http://127.0.0.1:9")
    drawn = EngineChoices(clips="embedded")
    assert [service_of(kind, drawn, settings) for kind in ("upscale", "interpolate")] == ["embedded", "embedded"]
    assert service_of("upscale", replace(drawn, upscale="comfyui"), settings) == "comfyui"
    assert service_of("upscale", EngineChoices(), settings) == "comfyui"
    assert service_of("upscale", EngineChoices(upscale="off"), settings) == "off"
