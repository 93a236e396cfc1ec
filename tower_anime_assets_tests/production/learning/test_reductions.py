"""What is given up when a card is too small: one rule, one step after the other."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.learning.reductions import (
    BATCH,
    Precision,
    SizeGrid,
    memory_load,
    memory_reductions,
)

GRID = SizeGrid(32, 256)
FP8 = Precision("fp8", {"unet.inputs.unet_name": "wan_fp8.safetensors"})
WHOLE = {"width_px": 1216, "height_px": 704, "models": {"unet.inputs.unet_name": "wan_fp16.safetensors", "vae": "v"}}


def words(parameters: dict[str, Any], *precisions: Precision, grid: SizeGrid = GRID) -> list[str]:
    return [step.words for step in memory_reductions(parameters, grid, precisions)]


def test_sizes_go_down_by_a_third_of_the_pixels_and_not_below_a_half() -> None:
    assert words(WHOLE) == [
        "at 992x576 px instead of 1216x704 and scaled up",
        "at 800x480 px instead of 1216x704 and scaled up",
        "at 608x352 px instead of 1216x704 and scaled up",
    ]


def test_what_nobody_sees_is_given_up_first_and_precision_last() -> None:
    steps = memory_reductions({**WHOLE, BATCH: 4}, GRID, (FP8,))
    assert [step.words.split(" px")[0] for step in steps] == [
        "2 of 4 candidates",
        "1 of 4 candidates",
        "1 of 4 candidates, at 992x576",
        "1 of 4 candidates, at 800x480",
        "1 of 4 candidates, at 608x352",
        "1 of 4 candidates, with models in fp8",
        "1 of 4 candidates, with models in fp8, at 992x576",
        "1 of 4 candidates, with models in fp8, at 800x480",
        "1 of 4 candidates, with models in fp8, at 608x352",
    ]
    whole_again = steps[5].changes
    assert "width_px" not in whole_again
    assert whole_again["models"] == {"unet.inputs.unet_name": "wan_fp8.safetensors", "vae": "v"}


def test_nothing_is_left_where_the_workflow_makes_nothing_smaller() -> None:
    assert words({"width_px": 256, "height_px": 256}) == []
    assert words({"width_px": 1024, "height_px": 1024}, grid=SizeGrid(1024, 1024)) == []


@given(st.integers(8, 160), st.integers(8, 160), st.sampled_from([1, 2, 8, 16, 32, 64]), st.integers(1, 512))
def test_every_step_is_legal_smaller_than_the_one_before_and_of_the_same_shape(
    columns: int, rows: int, multiple_px: int, min_px: int
) -> None:
    width, height = columns * multiple_px, rows * multiple_px
    last = width * height
    for step in memory_reductions({"width_px": width, "height_px": height}, SizeGrid(multiple_px, min_px)):
        smaller = step.changes["width_px"], step.changes["height_px"]
        assert all(side % multiple_px == 0 and side >= min_px for side in smaller)
        assert smaller[0] * smaller[1] < last
        assert smaller[0] <= width
        assert smaller[1] <= height
        assert abs(smaller[0] * height - smaller[1] * width) <= multiple_px * max(width, height)
        last = smaller[0] * smaller[1]


def test_a_load_is_all_that_a_card_must_hold_at_once() -> None:
    assert memory_load({"width_px": 10, "height_px": 10}) == 100
    parts = [{"frames": 25}, {"frames": 33}]
    assert memory_load({"width_px": 10, "height_px": 10, "parts": parts, BATCH: 2}) == 6600
