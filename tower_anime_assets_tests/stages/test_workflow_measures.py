"""What the figures of a probe render mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.stages.workflow_measures import Measured, measured_lengths, measured_sizes, read_conclusions
from tower_anime_assets.workflows.registry import ExportedGraph, infer_export, load_registry
from tower_anime_assets.workflows.workflow import Lengths, Workflow
from tower_anime_assets_tests.workflows import people_graphs as people

CLIP = infer_export(ExportedGraph(Path("x.json"), people.animatediff()), "clip")


def measured(size_px: tuple[int, int], made: int = 1, rate: float = 0.0, **asked: Any) -> Measured:
    return Measured(*size_px, made, rate, 2.0, 0, asked, None)


@pytest.mark.parametrize(
    ("asked_px", "made_px", "scale", "multiple_px"),
    [
        ((512, 512), (512, 512), 1.0, 8),
        ((80, 80), (64, 64), 1.0, 32),  # floored: by 16 it would be 80
        ((1000, 600), (992, 576), 1.0, 32),
        ((512, 384), (2048, 1536), 4.0, 32),
        ((512, 384), (768, 576), 1.5, 12),
    ],
)
def test_a_result_of_another_size_was_floored_or_enlarged(
    asked_px: tuple[int, int], made_px: tuple[int, int], scale: float, multiple_px: int
) -> None:
    sizes = measured_sizes(CLIP, measured(made_px, width=asked_px[0], height=asked_px[1]))
    assert (sizes.scale, sizes.multiple_px) == (scale, multiple_px)


@pytest.mark.parametrize(
    ("asked", "made", "lengths"),
    [
        ({"frames": 16, "fps": 8}, 16, Lengths(1, 1, 32, 8.0)),
        ({"frames": 20, "fps": 8}, 17, Lengths(4, 1, 32, 8.0)),
        ({"frames": 96, "fps": 8}, 89, Lengths(8, 1, 32, 8.0)),
        ({"fps": 8}, 25, Lengths(1, 25, 25, 8.0)),
        ({"frames": 16}, 16, Lengths(1, 1, 32, 12.0)),
    ],
)
def test_a_length_and_a_rate_follow_what_was_made(asked: dict[str, Any], made: int, lengths: Lengths) -> None:
    assert measured_lengths(CLIP, measured((64, 64), made, 12.0 if "fps" not in asked else 8.0, **asked)) == lengths


def test_what_a_workflow_does_not_obey_is_said() -> None:
    said = read_conclusions(CLIP, measured((64, 64), 5, 12.0, width=64, height=64, frames=16, fps=8))
    assert "It makes 5 frames where it is asked for 16." in said
    assert "It makes 12 frames per second where it is asked for 8." in said
    stills: Workflow = load_registry().workflow("sdxl_anime_t2i")
    assert measured_lengths(stills, measured((64, 64))) is None
