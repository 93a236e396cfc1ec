"""What keeps a candidate from making a shot, and the sizes and lengths that it can make."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.learning.candidates import (
    legal_frames,
    legal_size,
    unknown_workflow_messages,
    why_unusable,
)
from tower_anime_assets.production.story.model import Routing
from tower_anime_assets_tests.production.learning.shot_candidates import SHOT, candidate


def test_a_permanent_obstacle_is_the_only_one_reported() -> None:
    both = candidate(
        "both", status="deprecated", max_pixels=1, missing_on_servers=("both servers: node X is not there",)
    )
    big = candidate(
        "big", vram_bytes=24_000_000_000, card_bytes=12_000_000_000, missing_on_servers=("both servers: a file",)
    )
    assert why_unusable(both, SHOT, Routing(explore=False)) == "it is deprecated"
    assert why_unusable(big, SHOT, Routing(explore=False)) == "it needs 24.0 GB of VRAM; the largest card has 12.0"


@given(st.integers(1, 300), st.integers(1, 16), st.integers(0, 8))
def test_a_legal_length_holds_the_shot_and_is_the_shortest(frames: int, step: int, offset: int) -> None:
    one = candidate("w", frame_step=step, frame_offset=offset)
    legal = legal_frames(one, frames)
    assert legal >= frames
    assert (legal - offset) % step == 0
    assert legal - step < frames or legal == offset


def test_sizes_are_enlarged_to_what_a_model_can_make() -> None:
    assert legal_size(candidate("w", size_multiple_px=32, min_px=576), 768, 512) == (864, 576)
    assert legal_size(candidate("w"), 768, 512) == (768, 512)


def test_every_unknown_name_in_the_rules_is_reported() -> None:
    rules = Routing(blocked=("quik", "small"), pins={"e01": "carefull", "close-up": "x" * 20})
    assert unknown_workflow_messages(rules, ["careful", "quick", "small"]) == [
        "routing.blocked names 'quik', which is not a workflow; did you mean quick?",
        "routing.pins.e01 names 'carefull', which is not a workflow; did you mean careful?",
        f"routing.pins.close-up names '{'x' * 20}', which is not a workflow",
    ]
