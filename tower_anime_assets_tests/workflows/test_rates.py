"""The rate at which a workflow makes a clip for a delivery."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tower_anime_assets.workflows.inference import infer_workflow
from tower_anime_assets.workflows.rates import made_rate
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.workflow import Workflow


def workflow(name: str, own_fps: float = 0.0, *, binds_fps: bool = True) -> Workflow:
    found = load_registry().workflow(name)
    assert found.lengths is not None
    bindings = {role: places for role, places in found.bindings.items() if binds_fps or role != "fps"}
    lengths = replace(found.lengths, fps=own_fps) if own_fps else found.lengths
    return replace(found, bindings=bindings, lengths=lengths)


@pytest.mark.parametrize(
    ("made", "fps", "expected"),
    [
        (workflow("wan22_14b_i2v"), 24, 16),  # its rate is only the file's
        (workflow("wan22_14b_i2v"), 16, 16),
        (workflow("wan22_14b_i2v"), 12, 16),
        (workflow("ltx_2b_i2v"), 25, 25),  # the model is told
        (workflow("ltx_2b_i2v"), 60, 60),
        (workflow("hunyuan_video_t2v"), 25, 25),  # near enough to be shown frame for frame
        (workflow("wan22_14b_i2v", 24.0), 25, 25),
        (workflow("wan22_14b_i2v", 24.0), 30, 24),
        (workflow("wan22_14b_i2v", 24.0, binds_fps=False), 25, 24),  # the file's rate cannot be set
        (workflow("wan22_14b_i2v", 7.5), 24, 24),  # not in whole frames
    ],
)
def test_a_clip_is_made_at_the_deliverys_rate_where_the_model_can_and_else_at_its_own(
    made: Workflow, fps: int, expected: int
) -> None:
    assert made_rate(made, fps) == expected


def test_an_exported_upscaler_is_known_by_its_nodes_and_bounded_in_memory() -> None:
    found = infer_workflow(load_registry().workflow("upscale_4x_video").graph)
    assert found.capabilities == {"super_resolution"}
    assert found.bindings["video"] == ("clip.inputs.file",)
    assert (found.bindings["width"], found.bindings["height"]) == (("scaled.inputs.width",), ("scaled.inputs.height",))
    assert found.lengths is not None
    assert found.lengths.max_frames == 12


def test_an_exported_interpolator_is_known_by_its_multiplier() -> None:
    found = infer_workflow(load_registry().workflow("rife_interpolation").graph)
    assert found.capabilities == {"frame_interpolation"}
    assert found.bindings["multiplier"] == ("rife.inputs.multiplier",)
