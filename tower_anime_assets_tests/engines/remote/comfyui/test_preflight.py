"""Everything that is missing is said at once, with where to put it; nothing is submitted before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.preflight import (
    Preflight,
    ServerProblem,
    check_servers,
    find_problems,
    known_incompatibilities,
)
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.production.story.model import Character, EngineChoices, Lora, Project, Style
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.workflow import Workflow
from tower_anime_assets_tests.engines.remote.comfyui.bench import AKIRA, Bench, keyframe_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, FILES, STILL
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI


@pytest.fixture
def bare() -> FakeComfyUI:
    return FakeComfyUI(files={"checkpoints": ["other.safetensors"]})


def files_of(workflow: Workflow) -> dict[str, str]:
    return {item.place: item.file for item in workflow.models}


def words(problems: tuple[ServerProblem, ...]) -> list[str]:
    return [str(problem) for problem in problems]


def test_a_complete_server_has_no_problems(server: FakeComfyUI) -> None:
    client = ComfyUIClient(server.url)
    assert find_problems(client, STILL, [Lora("akira_sdxl.safetensors", "sdxl")]) == ()
    assert find_problems(client, CLIP) == ()
    client.close()


def test_everything_that_is_missing_is_named_at_once_with_its_folder(bare: FakeComfyUI, bench: Bench) -> None:
    needy = replace(
        STILL,
        graph={**STILL.graph, "new": {"class_type": "NodeOfTomorrow", "inputs": {}}},
        min_comfyui="9.1",
        priors=replace(STILL.priors, vram_bytes=40_000_000_000),
    )
    with bare:
        fleet = Fleet([bare.url])
        with pytest.raises(ServiceRejectedError) as caught:
            bench.make(ComfyUIKeyframes(needy, fleet), keyframe_brief())
        fleet.close()
        assert not bare.submissions
    said = str(caught.value)
    for expected in (
        f"ComfyUI at {bare.url} cannot run small_still:",
        "ComfyUI/models/checkpoints/anime_sdxl.safetensors",
        "from the studio's own training, 6.9 GB",
        "ComfyUI/models/loras/akira_sdxl.safetensors",
        "node NodeOfTomorrow",
        "9.1 or newer, found 0.3.64",
        "graphics card: expected 40.0 GB of memory, found 12.9 GB",
    ):
        assert expected in said
    assert bench.journal == {}


def test_what_was_missing_is_looked_at_again_and_what_was_right_is_not(server: FakeComfyUI) -> None:
    client, preflight = ComfyUIClient(server.url), Preflight()
    files = server.files["checkpoints"]
    files.remove("anime_sdxl.safetensors")
    for _ in range(2):
        with pytest.raises(ServiceRejectedError, match="anime_sdxl"):
            preflight.require_runnable(client, STILL, (), files_of(STILL))
    files.append("anime_sdxl.safetensors")
    preflight.require_runnable(client, STILL, (), files_of(STILL))
    asked = len(server.requests)
    preflight.require_runnable(client, STILL, (), files_of(STILL))
    assert len(server.requests) == asked
    client.close()


def test_the_same_file_in_another_folder_is_pointed_out() -> None:
    with FakeComfyUI(files={**FILES, "checkpoints": ["sub/Anime_SDXL.safetensors"]}) as server:
        client = ComfyUIClient(server.url)
        (problem,) = find_problems(client, STILL)
        client.close()
    assert problem.actual == "only sub/Anime_SDXL.safetensors"


def test_a_lora_of_another_base_model_is_a_problem(server: FakeComfyUI) -> None:
    client = ComfyUIClient(server.url)
    (problem,) = find_problems(client, STILL, [Lora("akira_sdxl.safetensors", "Flux.1")])
    assert (problem.expected, problem.actual) == ("one for SDXL", "one for Flux.1")
    (problem,) = find_problems(client, CLIP, [Lora("akira_sdxl.safetensors")])
    assert "takes none" in problem.actual
    client.close()


def test_little_free_memory_is_told_to_people_but_stops_no_job(server: FakeComfyUI) -> None:
    client = ComfyUIClient(server.url)
    tight = replace(CLIP, priors=replace(CLIP.priors, vram_bytes=12_000_000_000))
    server.faults.answers["/system_stats"] = {
        "system": {"comfyui_version": "0.3.64"},
        "devices": [{"name": "cuda:0", "vram_total": 12_884_901_888, "vram_free": 2_000_000_000}],
    }
    assert "video memory: expected 12.0 GB free, found 2.0 GB of 12.9 GB" in words(find_problems(client, tight))[0]
    Preflight().require_runnable(client, tight, (), files_of(tight))
    client.close()


@pytest.mark.parametrize(
    ("files", "loader", "said"),
    [
        ({}, "UNETLoader", "through UNETLoader"),
        ({"clip.inputs.clip_name": "gemma_3_12b.safetensors"}, "CheckpointLoaderSimple", "Gemma encoder"),
        ({"clip.inputs.clip_name": "clip_l.safetensors"}, "CheckpointLoaderSimple", "text encoder: expected a T5-XXL"),
    ],
)
def test_known_failures_of_ltx_are_refused(files: dict[str, str], loader: str, said: str) -> None:
    graph = {**CLIP.graph, "ckpt": {**CLIP.graph["ckpt"], "class_type": loader}}
    found = known_incompatibilities(replace(CLIP, graph=graph), {**files_of(CLIP), **files})
    assert any(said in str(problem) for problem in found)


def test_the_small_workflows_hold_none_of_the_known_failures() -> None:
    assert [*known_incompatibilities(CLIP, files_of(CLIP)), *known_incompatibilities(STILL, files_of(STILL))] == []


def project(*, engines: EngineChoices = EngineChoices(), cast: tuple[Character, ...] = (AKIRA,)) -> Project:  # noqa: B008 - frozen
    return Project("nexus", "Nexus", cast, style=Style(), engines=engines)


def settings(tmp_path: Path, *servers: str) -> Settings:
    return Settings(
        tmp_path / "projects", tmp_path / "home", services={"comfyui": ",".join(servers)} if servers else {}
    )


def test_the_doctor_says_what_each_server_can_do_and_lacks(
    server: FakeComfyUI, bare: FakeComfyUI, tmp_path: Path
) -> None:
    with bare:
        said = check_servers(settings(tmp_path, server.url, bare.url, "http://127.0.0.1:9"), project(), (STILL, CLIP))
    by_what = {finding.subject: finding for finding in said}
    assert by_what[f"nexus: keyframes at {server.url}"].ok
    assert by_what[f"nexus: clips at {server.url}"].message == "complete: small_clip"
    lacking = by_what[f"nexus: keyframes at {bare.url}"]
    assert not lacking.ok
    assert "ComfyUI/models/loras/akira_sdxl.safetensors" in lacking.message
    assert not by_what["ComfyUI http://127.0.0.1:9"].ok


def test_without_a_choice_one_complete_workflow_for_each_kind_of_work_is_enough(tmp_path: Path) -> None:
    with FakeComfyUI() as usual, FakeComfyUI(files={}) as empty:
        said = check_servers(settings(tmp_path, usual.url, empty.url), project(cast=()))
    by_what = {finding.subject: finding for finding in said}
    assert "sdxl_anime_t2i" in by_what[f"nexus: keyframes at {usual.url}"].message
    assert "ltx_2b_i2v" in by_what[f"nexus: clips at {usual.url}"].message
    nearest = by_what[f"nexus: keyframes at {empty.url}"]
    assert not nearest.ok
    assert "sdxl_anime_t2i: file" in nearest.message  # it lacks the fewest files


def test_the_doctor_asks_no_server_for_a_project_that_wants_none(tmp_path: Path) -> None:
    embedded = project(engines=EngineChoices(keyframes="embedded", clips="embedded"))
    assert check_servers(settings(tmp_path, "http://127.0.0.1:9"), embedded) == []
    assert check_servers(settings(tmp_path), project()) == []
