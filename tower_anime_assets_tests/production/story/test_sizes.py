"""A delivery of any size is made at a size that models can make, of its shape, and what was made before is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.story.model import Delivery, WorkingSize
from tower_anime_assets.production.story.sizes import (
    DIRECT_PIXELS,
    MAX_SIDE_PX,
    MIN_SIDE_PX,
    MIN_WORKING_SIDE_PX,
    WORKING_MULTIPLE_PX,
    cropped_share,
    derive_working_size,
    is_deliverable,
)


@pytest.mark.parametrize(
    ("delivery", "working"),
    [
        ((768, 512), (768, 512)),
        ((1280, 704), (1280, 704)),
        ((1280, 720), (1024, 576)),
        ((1920, 1080), (1024, 576)),
        ((3840, 2160), (1024, 576)),
        ((720, 1280), (576, 1024)),
        ((1080, 1920), (576, 1024)),
        ((1080, 1350), (640, 800)),
        ((1080, 1080), (768, 768)),
        ((384, 256), (384, 256)),
    ],
)
def test_the_usual_deliveries_are_made_at_their_own_shape(delivery: tuple[int, int], working: tuple[int, int]) -> None:
    assert derive_working_size(*delivery) == working
    assert cropped_share(working, delivery) == 0


even = st.integers(MIN_SIDE_PX // 2, MAX_SIDE_PX // 2).map(lambda half: 2 * half)


@given(even, even)
def test_any_even_size_has_a_working_size_that_models_make_and_that_loses_little(width: int, height: int) -> None:
    if not is_deliverable(width, height):
        return
    made = derive_working_size(width, height)
    assert all(side % WORKING_MULTIPLE_PX == 0 and side >= MIN_WORKING_SIDE_PX for side in made)
    assert made[0] * made[1] <= DIRECT_PIXELS
    assert cropped_share(made, (width, height)) <= 0.04


def test_a_written_working_size_is_taken_and_none_leaves_no_trace_in_digests() -> None:
    assert Delivery(1080, 1920, working=WorkingSize(1024, 576)).working_px == (1024, 576)
    assert "working" not in canonical_json(Delivery(1080, 1920))
