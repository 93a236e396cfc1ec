"""Everything that is missing is said at once, with where to put it; nothing is submitted before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.preflight import (
    Preflight,
    ServerProblem,
    find_problems,
    known_incompatibilities,
)
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.production.story.model import Lora
from tower_anime_assets.workflows.workflow import Workflow
from tower_anime_assets_tests.engines.remote.comfyui.bench import Bench, keyframe_brief
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
        priors=replace(STILL.priors, min_vram_bytes=40_000_000_000),
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
        "graphics card: expected at least 40.0 GB of memory, found 12.9 GB",
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


def test_the_same_file_in_another_folder_is_no_problem_and_two_of_them_are_pointed_out() -> None:
    with FakeComfyUI(files={**FILES, "checkpoints": ["sub/Anime_SDXL.safetensors"]}) as server:
        client = ComfyUIClient(server.url)
        assert find_problems(client, STILL) == ()
        server.add_file("checkpoints", "old/anime_sdxl.safetensors")
        (problem,) = find_problems(client, STILL)
        client.close()
    assert problem.actual == "only old/anime_sdxl.safetensors, sub/Anime_SDXL.safetensors"
    assert "tower models map anime_sdxl.safetensors FILE" in problem.remedy


def test_a_lora_for_a_graph_without_a_place_for_one_is_a_problem(server: FakeComfyUI) -> None:
    client = ComfyUIClient(server.url)
    (problem,) = find_problems(client, CLIP, [Lora("akira_sdxl.safetensors")])
    assert "takes none" in problem.actual
    client.close()


def test_neither_little_free_memory_nor_a_model_larger_than_the_card_stops_a_job(server: FakeComfyUI) -> None:
    client = ComfyUIClient(server.url)
    large = replace(CLIP, priors=replace(CLIP.priors, vram_bytes=20_200_000_000))
    server.faults.answers["/system_stats"] = {
        "system": {"comfyui_version": "0.3.64"},
        "devices": [{"name": "cuda:0", "vram_total": 12_884_901_888, "vram_free": 2_000_000_000}],
    }
    assert find_problems(client, large) == ()
    Preflight().require_runnable(client, large, (), files_of(large))
    client.close()


def test_a_graph_that_the_server_would_reject_is_a_problem_and_one_that_it_converts_is_none(
    server: FakeComfyUI,
) -> None:
    client = ComfyUIClient(server.url)
    sampler = STILL.graph["smp"]
    lenient = {**sampler, "inputs": {**sampler["inputs"], "steps": "20", "note": "mine"}}
    strict = {**sampler, "inputs": {**sampler["inputs"], "steps": 0, "scheduler": "mine"}}
    assert find_problems(client, replace(STILL, graph={**STILL.graph, "smp": lenient})) == ()
    said = " ".join(words(find_problems(client, replace(STILL, graph={**STILL.graph, "smp": strict}))))
    assert "graph of small_still: expected a number from 1 to 10000, found smp.inputs.steps is 0" in said
    assert "smp.inputs.scheduler is 'mine'" in said
    client.close()


def test_another_ltx_needs_no_t5_encoder() -> None:
    ltx2 = replace(CLIP, base_model="LTX-2")
    assert [
        *known_incompatibilities(ltx2, {**files_of(CLIP), "clip.inputs.clip_name": "gemma_3_12b.safetensors"})
    ] == []


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
