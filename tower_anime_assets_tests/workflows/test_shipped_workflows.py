from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.filling import fill_workflow
from tower_anime_assets.workflows.graphs import is_relative_inside
from tower_anime_assets.workflows.inference import unused_nodes
from tower_anime_assets.workflows.loras import LoraUse
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.validation import validate_graph
from tower_anime_assets.workflows.workflow import CAPABILITIES, Workflow, value_at
from tower_anime_assets_tests.workflows.known_nodes import facts

SHIPPED = load_registry().all()
WITH_GRAPH = [workflow for workflow in SHIPPED if workflow.graph]
PACKS = {"rife_interpolation", "sdxl_ipadapter_reference", "sdxl_ipadapter_two_references"}
"""Workflows with nodes of a pack: no version of ComfyUI itself has them."""
LORAS = (LoraUse("mei.safetensors", 0.8, 0.8), LoraUse("style.safetensors", 0.5, 0.4))


def by_name(workflows: list[Workflow] | tuple[Workflow, ...]) -> list[object]:
    return [pytest.param(workflow, id=workflow.name) for workflow in workflows]


@pytest.mark.parametrize("workflow", by_name([item for item in WITH_GRAPH if item.is_validated]))
def test_a_graph_that_is_called_validated_is_taken_by_the_nodes_of_0_3_64(workflow: Workflow) -> None:
    assert validate_graph(workflow, facts()) == ()


@pytest.mark.parametrize("workflow", by_name([item for item in WITH_GRAPH if not item.is_validated]))
def test_a_graph_that_is_called_unvalidated_is_refused_there_and_experimental(workflow: Workflow) -> None:
    assert validate_graph(workflow, facts())
    assert workflow.status == "experimental"
    assert (workflow.min_comfyui > "0.3.64") == (workflow.name not in PACKS)


@pytest.mark.parametrize(
    "name",
    [
        "ltx_2b_distilled_i2v",
        "newbie_image_t2i",
        "hunyuan_video_15_t2v",
        "hunyuan_video_15_i2v",
        *sorted(PACKS - {"rife_interpolation"}),
    ],
)
def test_newer_graphs_fit_what_published_graphs_show_of_newer_nodes(name: str) -> None:
    assert validate_graph(load_registry().workflow(name), facts("99.0")) == ()


@pytest.mark.parametrize("workflow", by_name([item for item in WITH_GRAPH if item.is_validated and item.lora_after]))
def test_loras_keep_a_graph_valid(workflow: Workflow) -> None:
    template, changes = fill_workflow(workflow, {}, LORAS)
    sent = json.loads(fill_template(template, changes))
    added = [node for name, node in sent.items() if name not in workflow.graph]
    assert len(added) == len(LORAS) * len(workflow.lora_after)
    assert {node["inputs"]["lora_name"] for node in added} == {"mei.safetensors", "style.safetensors"}
    assert validate_graph(replace(workflow, graph=sent), facts()) == ()


@pytest.mark.parametrize("workflow", by_name(WITH_GRAPH))
def test_every_node_serves_the_output_and_every_file_stays_inside(workflow: Workflow) -> None:
    assert unused_nodes(workflow.graph, workflow.output_nodes) == ()
    assert all(is_relative_inside(item.file) for item in workflow.models)


@pytest.mark.parametrize("workflow", by_name([item for item in WITH_GRAPH if "prompt" in item.bindings]))
def test_a_prompt_never_stands_where_the_negative_does(workflow: Workflow) -> None:
    assert not set(workflow.bindings["prompt"]) & set(workflow.bindings.get("negative", ()))
    assert {"seed", "filename_prefix"} <= workflow.bindings.keys()


@pytest.mark.parametrize("workflow", by_name([item for item in SHIPPED if item.medium == "video"]))
def test_a_clip_has_lengths_and_if_it_is_run_by_comfyui_a_length_and_a_rate(workflow: Workflow) -> None:
    assert workflow.lengths is not None
    if "video" in workflow.bindings and "mask" not in workflow.bindings:  # a clip of a clip has that one's
        assert workflow.capabilities <= {"super_resolution", "frame_interpolation"}
    elif workflow.graph:
        assert {"frames", "fps", "width", "height"} <= workflow.bindings.keys()
        assert ("image" in workflow.bindings) == bool(workflow.capabilities & {"image_to_video", "first_last_frame"})


@pytest.mark.parametrize("workflow", by_name(SHIPPED))
def test_it_says_where_its_figures_come_from_and_what_the_licence_is(workflow: Workflow) -> None:
    assert workflow.priors.source.startswith(("measured", "vendor", "estimate"))
    assert 0 < workflow.priors.seconds_per_megapixel_frame < 1000
    assert 0 < workflow.priors.quality < 1
    assert workflow.licence


@pytest.mark.parametrize("workflow", by_name(WITH_GRAPH))
def test_what_may_be_tuned_begins_within_its_range(workflow: Workflow) -> None:
    for role, part in workflow.tunable.items():
        if role in workflow.bindings:
            value = workflow.defaults.get(role, value_at(workflow.graph, workflow.bindings[role][0]))
            assert part.low <= value <= part.high, role


@pytest.mark.parametrize("workflow", by_name([item for item in WITH_GRAPH if item.picture_roles]))
def test_a_workflow_of_shots_with_more_than_words_makes_no_ordinary_shot(workflow: Workflow) -> None:
    assert not workflow.capabilities & {"text_to_image", "anime_generation", "image_editing", "image_to_video"}
    masks = {role[-1] for role in workflow.picture_roles if role.startswith("region_mask")}
    words = {role[-1] for role in workflow.bindings if role.startswith("region_prompt")}
    assert masks == words
    places = [place for places in workflow.bindings.values() for place in places]
    assert len(places) == len(set(places))


def test_every_capability_is_served() -> None:
    assert frozenset().union(*(workflow.capabilities for workflow in SHIPPED)) == set(CAPABILITIES)


def test_the_studios_name_for_its_standard_clip_is_known() -> None:
    workflow = load_registry().workflow("ltx_2b_121_frame_workflow")
    assert {item.file for item in workflow.models} == {
        "ltx-2/ltxv-2b-0.9.8-distilled.safetensors",
        "t5xxl_fp16.safetensors",
    }
    template, changes = fill_workflow(workflow, {})
    sent = json.loads(fill_template(template, changes))
    sizes = {role: value_at(sent, workflow.bindings[role][0]) for role in ("width", "height", "frames", "fps")}
    assert sizes == {"width": 768, "height": 512, "frames": 121, "fps": 24.0}
    assert workflow.status == "proven"


def test_the_distilled_sigmas_are_the_vendors() -> None:
    workflow = load_registry().workflow("ltx_2b_distilled_i2v")
    sigmas = [float(part) for part in value_at(workflow.graph, workflow.bindings["sigmas"][0]).split(",")]
    assert sigmas == [1.0, 0.9937, 0.9875, 0.9812, 0.975, 0.9094, 0.725, 0.4219, 0.0]
    assert value_at(workflow.graph, workflow.bindings["cfg"][0]) == 1.0


def test_animatediff_is_listed_and_cannot_be_run() -> None:
    workflow = load_registry().workflow("animatediff")
    assert (workflow.status, workflow.is_routable) == ("deprecated", False)
    with pytest.raises(PlanError, match="animatediff has no graph"):
        fill_workflow(workflow, {})


def test_the_embedded_engines_are_entries_by_the_names_that_decisions_have() -> None:
    own = {workflow.name: workflow for workflow in SHIPPED if workflow.engine == "embedded"}
    assert set(own) == {"embedded-painter", "embedded-animator"}
    assert all(workflow.is_routable and not workflow.graph for workflow in own.values())
