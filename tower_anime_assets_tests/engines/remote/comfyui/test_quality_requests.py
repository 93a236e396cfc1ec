"""What a level of quality asks of the shipped workflows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.request import quality_defaults, scalar_defaults
from tower_anime_assets.production.planning.briefs import brief_digest
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.workflow import BATCH
from tower_anime_assets_tests.engines.remote.comfyui.bench import clip_brief, keyframe_brief

REGISTRY = load_registry()
STEPPED = sorted(
    one.name for one in REGISTRY.all() if "steps" in one.tunable and isinstance(scalar_defaults(one).get("steps"), int)
)


@pytest.mark.parametrize("name", STEPPED)
def test_a_draft_takes_fewer_steps_and_a_final_more_within_the_workflows_range(name: str) -> None:
    workflow = REGISTRY.workflow(name)
    knob = workflow.tunable["steps"]
    steps = [quality_defaults(workflow, level)["steps"] for level in ("draft", "standard", "final")]
    assert knob.low <= steps[0] <= steps[1] <= steps[2] <= knob.high
    assert steps[1] == scalar_defaults(workflow)["steps"]
    assert quality_defaults(workflow, "standard") == scalar_defaults(workflow)


def test_there_are_workflows_whose_steps_a_level_changes() -> None:
    assert {"ltx_2b_i2v", "sdxl_anime_t2i"} <= set(STEPPED)


def test_an_attempt_says_its_level_steps_and_candidates_and_a_plan_foresees_its_time() -> None:
    fleet = Fleet(["http://127.0.0.1:9"])
    workflow = REGISTRY.workflow("sdxl_anime_t2i")
    brief = keyframe_brief(width_px=768, height_px=512)
    planned = {
        level: ComfyUIKeyframes(workflow, fleet, candidates=candidates).plan_attempt(
            replace(brief, quality=level), 1, ()
        )
        for level, candidates in (("draft", 1), ("standard", 0), ("final", 4))
    }
    assert [(one["steps"], one.get("quality"), one.get(BATCH, 1)) for one in planned.values()] == [
        (20, "draft", 1),
        (28, None, 1),
        (34, "final", 4),
    ]
    engine = ComfyUIKeyframes(workflow, fleet)
    standard_s = engine.expected_s(brief)
    assert engine.expected_s(replace(brief, quality="draft")) == pytest.approx(standard_s * 20 / 28)
    assert engine.expected_s(replace(brief, quality="final")) == pytest.approx(standard_s * 34 / 28)
    fleet.close()


def test_only_other_levels_are_in_a_digest() -> None:
    for brief in (keyframe_brief(), clip_brief()):
        digests = {
            brief_digest(replace(brief, quality=level), "engine", "1") for level in ("draft", "standard", "final")
        }
        assert len(digests) == 3
    # Recorded before there were levels.
    assert (
        brief_digest(keyframe_brief(), "engine", "1")
        == "0238b9e775c36f472e0dacfdf8934dffa7c12b33697d56a8ac794d949eb81d76"
    )
    assert (
        brief_digest(clip_brief(), "engine", "1") == "ef036eecf023f44f6baecca4e354806f6683be5ba10dab5b7df03d9adb36b8f7"
    )
