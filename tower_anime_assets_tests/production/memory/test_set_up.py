from __future__ import annotations

from dataclasses import replace

import pytest

from tower_anime_assets.production.memory.facts import PREDICATES, Statement, problems_of
from tower_anime_assets.production.memory.set_up import (
    SERVICES,
    STANDARD_CLIP,
    STANDARD_WORKFLOW,
    STEPS,
    WorkflowSummary,
    facts_of_setup,
    facts_of_studio,
)
from tower_anime_assets.production.story.model import Project, Routing
from tower_anime_assets.settings import SERVICE_URL_VARIABLES
from tower_anime_assets.stages.registry import STAGES
from tower_anime_assets.workflows.registry import load_registry

SHOW = Project("nexus", "Nexus", ())
EMBEDDED = dict.fromkeys(("director", "keyframes", "clips", "voice", "music"), "embedded")
GATES = {stage.name: tuple(bar.gate for bar in stage.thresholds) for stage in STAGES}


def objects(said: tuple[Statement, ...], subject: str, predicate: str) -> list[str]:
    return [each.object for each in said if (each.subject, each.predicate) == (subject, predicate)]


def test_services_and_models_are_named() -> None:
    said = facts_of_setup(SHOW, ["comfyui"], ["qwen3:8b"], EMBEDDED)
    assert objects(said, "Nexus", "uses_service") == ["comfyui"]
    assert objects(said, "Nexus", "uses_model") == ["qwen3:8b"]


def test_what_makes_the_clips_is_told_as_it_is() -> None:
    (drawn,) = objects(facts_of_setup(SHOW, [], [], EMBEDDED), "clips", "is_made_with")
    assert "the embedded animator" in drawn
    assert "121 frames of 768x512 at 24 fps" in drawn
    assert "because COMFYUI_URL is not set" in drawn
    (chosen,) = objects(facts_of_setup(SHOW, ["comfyui"], [], EMBEDDED), "clips", "is_made_with")
    assert "because project.yaml says so" in chosen
    pinned = replace(SHOW, routing=Routing(strategy="fastest", pins={"e01": "wan22_5b_i2v"}))
    (routed,) = objects(
        facts_of_setup(pinned, ["comfyui"], [], {**EMBEDDED, "clips": "comfyui"}), "clips", "is_made_with"
    )
    assert routed.startswith("ComfyUI")
    assert "the strategy fastest" in routed
    assert "e01 is pinned to wan22_5b_i2v" in routed
    assert "animator" not in routed


def test_the_standard_clip_is_the_workflow_of_that_name() -> None:
    workflow = load_registry().workflow(STANDARD_WORKFLOW)
    assert workflow.title.startswith("LTX Video 2B 0.9.8 distilled")
    assert workflow.status == "proven"
    assert all(model.file.rpartition("/")[2] in STANDARD_CLIP for model in workflow.models)
    assert workflow.lengths is not None
    assert (121 - workflow.lengths.offset) % workflow.lengths.step == 0
    assert workflow.lengths.max_frames >= 121
    assert f"{121 / 24:.2f} s" in STANDARD_CLIP


def test_every_service_has_its_variable_port_and_purpose() -> None:
    assert {service.key: service.variable for service in SERVICES if service.key} == SERVICE_URL_VARIABLES
    said = facts_of_studio(["echo_brain"], False, GATES, [])
    assert objects(said, "ComfyUI", "usual_port") == ["8188"]
    assert objects(said, "PostgreSQL", "is_set_by") == ["the variable TOWER_DATABASE_URL"]
    (configured,) = objects(said, "Echo Brain", "described_as")
    assert configured.endswith("Configured here")
    (absent,) = objects(said, "Music", "described_as")
    assert absent.endswith("Not configured here, so the embedded composer writes it")


def test_the_order_of_work_names_every_stage_and_gate_once() -> None:
    said = facts_of_studio([], True, GATES, [])
    assert objects(said, "order of work", "described_as")[0].startswith(
        "story -> image -> video -> music -> voice -> compilation"
    )
    assert objects(said, "image", "is_followed_by") == ["video"]
    assert objects(said, "image", "follows") == ["story"]
    assert objects(said, "compilation", "is_followed_by") == []
    told = [stage for step in STEPS for stage in step.stages]
    assert sorted(told) == sorted(stage.name for stage in STAGES if stage.finishes is None)
    assert objects(said, "music", "has_gates") == [", ".join(dict.fromkeys(GATES["music"]))]


@pytest.mark.parametrize("name", sorted(load_registry().workflows))
def test_a_workflow_is_told_with_its_status(name: str) -> None:
    known = load_registry().workflow(name)
    summary = WorkflowSummary(known.name, known.title, known.medium, known.status, known.notes, known.aliases)
    said = facts_of_studio([], False, {}, [summary])
    (described,) = objects(said, known.name, "described_as")
    assert described.startswith(known.title)
    assert ("never routed to" in described) == (known.status == "deprecated")


def test_what_is_said_can_be_stored_and_has_a_wording() -> None:
    said = (*facts_of_setup(SHOW, ["comfyui"], ["m"], EMBEDDED), *facts_of_studio(["music"], False, GATES, []))
    assert [problem for each in said for problem in problems_of(each)] == []
    assert {each.predicate for each in said} <= set(PREDICATES)
    assert len({each.identity for each in said}) == len(said)
