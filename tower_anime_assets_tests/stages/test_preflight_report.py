"""One preflight: what can make a show's pictures, what is missing at which server, and what becomes of every LoRA."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.animatic.painter.engine import EmbeddedPainter
from tower_anime_assets.engines.protocols import LoraEngine
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.media import show_files
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.shots import Framing, Shot
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import EngineChoices, Lora, Project, Routing
from tower_anime_assets.settings import Settings, resource_root
from tower_anime_assets.stages import doctor
from tower_anime_assets.stages.clips import clip_order
from tower_anime_assets.stages.engine_choice import EngineChoice
from tower_anime_assets.stages.keyframes import keyframe_order
from tower_anime_assets.stages.preflight_report import PreflightReport, preflight_report
from tower_anime_assets.stages.routing import IMAGE, VIDEO, survey_workflows
from tower_anime_assets.stages.shots import shot_loras
from tower_anime_assets.store.takes import Take, TakeFile
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets_tests.fakes import comfyui
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

MEI = Lora("mei_working_v1.safetensors", "LTX Video 2B", trigger="mei")
XL = Lora("akira_xl.safetensors", "Illustrious")
ODD = Lora("odd.safetensors", "SD 3.5")
PROJECTS = resource_root() / "projects"


@cache
def nexus() -> tuple[Project, tuple[Shot, ...]]:
    project, episode = show_files.load_episode(PROJECTS, EpisodeKey.parse("nexus-e01"))
    plan = EmbeddedDirector().plan_scene(project, episode.scenes[0], ())
    return project, assemble_episode(project, episode, [plan]).shots


def show(*loras: Lora, **changes: object) -> Project:
    project = nexus()[0]
    cast = tuple(replace(one, loras=loras) if one.id == "akira" else one for one in project.characters)
    return replace(project, characters=cast, **changes)  # type: ignore[arg-type]


def files_with(*loras: str) -> dict[str, list[str]]:
    published: dict[str, list[str]] = json.loads(comfyui._MODEL_FILES.read_text())
    return {**published, "loras": [*published.get("loras", []), *loras]}


def settings_of(tmp_path: Path, *servers: FakeComfyUI | str) -> Settings:
    urls = [server if isinstance(server, str) else server.url for server in servers]
    return Settings(PROJECTS, tmp_path, services={"comfyui": ",".join(urls)} if urls else {})


def report_of(tmp_path: Path, project: Project, *servers: FakeComfyUI | str, shots: int = 9) -> PreflightReport:
    router = survey_workflows(project, settings_of(tmp_path, *servers))
    return preflight_report("nexus-e01", router, nexus()[1][:shots])


@pytest.fixture(scope="module")
def tmp_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_each_lora_goes_to_the_stage_whose_model_it_fits_and_one_that_fits_none_has_both_reasons(
    tmp_home: Path,
) -> None:
    with FakeComfyUI(files=files_with(MEI.file, XL.file, ODD.file)) as server:
        router = survey_workflows(show(MEI, XL, ODD), settings_of(tmp_home, server))
        report = preflight_report("nexus-e01", router, nexus()[1])
    assert report.error is None
    (warning,) = report.warnings
    assert warning.file == "nexus/characters/akira.yaml"
    assert warning.problem == "LoRA odd.safetensors is used for neither keyframes nor clips"
    assert "keyframes: it is for SD 3.5, the model is SDXL; clips: it is for SD 3.5" in warning.instead
    assert warning.instead.endswith("the model is LTX Video 2B; pictures are made without it")
    shot = next(shot for shot in nexus()[1] if shot_loras(show(MEI), shot))
    assert {lora.file: fit.is_used for lora, fit in router.rank(shot, IMAGE).lora_fits} == {
        MEI.file: False, XL.file: True, ODD.file: False,
    }  # fmt: skip
    ranking = router.rank(shot, VIDEO)
    assert ranking.chosen.base_model == "ltx_2b"
    assert ranking.lora_fits[0][1].is_used


def test_unknown_and_unstated_base_models_are_told(tmp_home: Path) -> None:
    fancy, bare = Lora("fancy.safetensors", "FancyNet"), Lora("bare.safetensors")
    with FakeComfyUI(files=files_with(fancy.file, bare.file)) as server:
        report = report_of(tmp_home, show(fancy, bare), server)
    told = {warning.problem.split(":")[0]: warning for warning in report.warnings}
    assert not told["LoRA fancy.safetensors"].is_note
    assert "it is used for keyframes" in told["LoRA fancy.safetensors"].instead
    assert told["LoRA bare.safetensors"].is_note


def test_what_is_missing_for_keyframes_and_clips_is_one_list_with_every_lora(tmp_home: Path) -> None:
    with FakeComfyUI(files={}) as server:
        report = report_of(tmp_home, show(MEI, XL), server)
    assert isinstance(report.error, PlanError)
    assert report.exit_code == 2
    said = str(report.error)
    for expected in (
        "nexus-e01 cannot be made:",
        "keyframes of nexus-e01-sc01-sh0010",
        "sdxl_anime_t2i lacks least",
        "ComfyUI/models/loras/akira_xl.safetensors",
        "clips of nexus-e01-sc01-sh0010",
        "t5xxl_fp16.safetensors",
        "ComfyUI/models/loras/mei_working_v1.safetensors",
    ):
        assert expected in said
    assert said.count("ComfyUI/models/loras/mei_working_v1.safetensors") == 1


def test_a_missing_lora_stops_although_another_model_could_do_without_it(tmp_home: Path) -> None:
    with FakeComfyUI(files=files_with(XL.file)) as server:
        report = report_of(tmp_home, show(MEI, XL), server)
    (obstacle,) = report.obstacles
    assert obstacle.stage == "clips"
    assert "mei_working_v1.safetensors" in obstacle.message
    assert not obstacle.is_away


def test_of_two_servers_it_says_which_lacks_what(tmp_home: Path) -> None:
    with FakeComfyUI() as whole, FakeComfyUI(files={}) as bare:
        report = report_of(tmp_home, show(), whole, bare)
    assert report.error is None
    at_whole, at_bare = report.able["clips"]
    assert at_whole.startswith(f"{whole.url}: ")
    assert (
        "slower there, because larger than the card: hunyuan_video_t2v (20.0 GB), wan22_14b_i2v (20.2 GB)" in at_whole
    )
    assert at_bare.startswith(f"{bare.url}: nothing yet; ltx_2b_distilled_i2v_scheduler lacks")


def test_a_server_that_is_away_is_no_fault_of_the_show_and_its_loras_are_judged_all_the_same(tmp_home: Path) -> None:
    report = report_of(tmp_home, show(MEI, ODD), "http://127.0.0.1:9")
    assert isinstance(report.error, ServiceUnavailableError)
    assert (report.is_away, report.exit_code) == (True, 3)
    assert "http://127.0.0.1:9 could not be asked" in report.unasked[0]
    assert [warning.problem for warning in report.warnings] == [
        "LoRA odd.safetensors is used for neither keyframes nor clips"
    ]


def test_a_workflow_of_14b_is_used_on_a_card_of_12_gb_when_it_is_pinned(tmp_home: Path) -> None:
    with FakeComfyUI() as server:
        router = survey_workflows(
            show(routing=Routing(pins={"e01": "wan22_14b_i2v"})), settings_of(tmp_home, server), (VIDEO,)
        )
        ranking = router.rank(nexus()[1][0], VIDEO)
    assert (ranking.chosen.name, ranking.chosen.card_bytes) == ("wan22_14b_i2v", 12_884_901_888)
    assert "slower" in ranking.reasoning


def test_a_show_drawn_here_needs_no_preflight(tmp_home: Path) -> None:
    drawn = show(MEI, engines=EngineChoices(keyframes="embedded", clips="embedded"))
    report = report_of(tmp_home, drawn, "http://127.0.0.1:9")
    assert (report.servers, report.error, report.warnings) == ((), None, ())


def test_before_shots_are_known_the_project_is_checked_in_general(tmp_home: Path) -> None:
    with FakeComfyUI(files=files_with(MEI.file, ODD.file)) as server:
        report = report_of(tmp_home, show(MEI, ODD), server, shots=0)
        bare = report_of(tmp_home, show(), "http://127.0.0.1:9", shots=0)
    assert report.error is None
    assert [warning.problem for warning in report.warnings] == [
        "LoRA odd.safetensors is used for neither keyframes nor clips"
    ]
    assert {obstacle.stage for obstacle in bare.obstacles} == {"keyframes", "clips"}


def test_the_doctor_says_what_the_report_says(tmp_path: Path) -> None:
    with FakeComfyUI(files={}) as bare:
        checks = doctor.check_service(settings_of(tmp_path), "comfyui", bare.url)
    by_subject = {check.subject: check for check in checks}
    assert by_subject[f"ComfyUI {bare.url}"].ok
    clips = by_subject["nexus: clips"]
    assert (clips.ok, clips.code) == (False, 2)
    assert "ltx_2b_distilled_i2v_scheduler lacks least" in clips.message


def test_engines_take_the_loras_that_fit_their_model() -> None:
    fleet = Fleet(["http://127.0.0.1:9"])
    clips = ComfyUIClips(load_registry().workflow("ltx_2b_i2v"), fleet)
    stills = ComfyUIKeyframes(load_registry().workflow("sdxl_anime_t2i"), fleet)
    fleet.close()
    assert isinstance(clips, LoraEngine)
    assert clips.usable_loras((MEI, XL, ODD)) == (MEI,)
    assert stills.usable_loras((MEI, XL, ODD)) == (XL,)


def test_a_lora_of_clips_makes_only_the_clips_anew_that_are_made_with_it() -> None:
    fleet, registry = Fleet(["http://127.0.0.1:9"]), load_registry()
    ltx, wan = (ComfyUIClips(registry.workflow(name), fleet) for name in ("ltx_2b_i2v", "wan22_14b_i2v"))
    still = ComfyUIKeyframes(registry.workflow("sdxl_anime_t2i"), fleet)
    fleet.close()
    shot = next(shot for shot in nexus()[1] if shot_loras(show(MEI), shot))
    take = Take(
        id="take",
        decision_id="decision",
        brief_digest="digest",
        stage="keyframe",
        project_id="nexus",
        episode_id="e01",
        scene_id="sc01",
        shot_id="sh0010",
        line_id="",
        files={"main": TakeFile("0" * 64, "a.png", 1, "image/png")},
        measured={},
        details={},
        created_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        attempt=1,
        engine="embedded-painter",
        engine_version="1",
        reasoning="",
        duration_s=0.0,
        cpu_s=0.0,
        gpu_s=0.0,
        quality_score=None,
    )

    def clip_digests(*loras: Lora) -> tuple[str, ...]:
        choice = EngineChoice(ltx, (wan, EmbeddedAnimator()))
        return clip_order(show(*loras), shot, take, choice, MediaStore(Path("media"))).digests

    def still_digests(*loras: Lora) -> tuple[str, ...]:
        return keyframe_order(show(*loras), shot, EngineChoice(still, (EmbeddedPainter(),))).digests

    without, with_mei = clip_digests(), clip_digests(MEI)
    assert [old == new for old, new in zip(without, with_mei, strict=True)][:3] == [False, True, True]
    assert all(old == new for old, new in zip(without[3:], with_mei[3:], strict=True)), "other forms of the clips"
    assert clip_digests(XL) == without
    assert still_digests(MEI) == still_digests()
    assert [old == new for old, new in zip(still_digests(), still_digests(XL), strict=True)] == [False, True]


def test_nobody_who_is_not_seen_brings_a_lora() -> None:
    project, shots = show(MEI), nexus()[1]
    with_akira = next(shot for shot in shots if shot_loras(project, shot))
    assert shot_loras(project, replace(with_akira, framing=Framing.INSERT)) == ()
    from_behind = tuple(replace(subject, is_foreground=True) for subject in with_akira.subjects)
    assert shot_loras(project, replace(with_akira, subjects=from_behind)) == ()
