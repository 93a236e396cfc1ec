"""What keeps a candidate from making a shot, and the sizes and lengths that it can make."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.learning.candidates import (
    legal_frames,
    legal_size,
    unknown_workflow_messages,
    why_unusable,
)
from tower_anime_assets.production.story.model import Lora, Routing
from tower_anime_assets_tests.production.learning.shot_candidates import SHOT, candidate


def test_a_permanent_obstacle_is_the_only_one_reported() -> None:
    both = candidate(
        "both", status="deprecated", max_pixels=1, missing_on_servers=("both servers: node X is not there",)
    )
    big = candidate(
        "big", min_vram_bytes=24_000_000_000, card_bytes=12_000_000_000, missing_on_servers=("both servers: a file",)
    )
    assert why_unusable(both, SHOT, Routing(explore=False)) == "it is deprecated"
    assert why_unusable(big, SHOT, Routing(explore=False)) == (
        "it does not run below 24.0 GB of VRAM; the largest card has 12.0"
    )


def test_what_a_workflow_fills_on_a_large_card_keeps_it_from_no_small_one() -> None:
    fills_more = candidate("w", vram_bytes=20_200_000_000, card_bytes=12_884_901_888)
    assert why_unusable(fills_more, SHOT, Routing(explore=False)) == ""


def test_lora_files_are_missing_where_no_one_server_has_all_of_them() -> None:
    shot = replace(SHOT, loras=(Lora("a.safetensors", "ltx_2b"), Lora("b.safetensors", "LTX Video 2B")))
    apart = candidate("w", base_model="ltx_2b", lora_gaps=({"a.safetensors": "gpu1: a"}, {"b.safetensors": "gpu2: b"}))
    assert why_unusable(apart, shot, Routing()) == "gpu1: a"
    assert why_unusable(apart, shot, Routing(), with_lora_files=False) == ""
    assert why_unusable(replace(apart, lora_gaps=(*apart.lora_gaps, {})), shot, Routing()) == ""
    assert why_unusable(replace(apart, base_model="sdxl"), shot, Routing()) == ""


def test_what_needs_a_hand_says_what_for_and_a_size_that_cannot_be_set_fits_itself_only() -> None:
    gaps = ("text_to_image: no prompt is bound",)
    unbound = candidate("mine", status="needs a hand", gaps=gaps, capabilities=frozenset())
    assert why_unusable(unbound, SHOT, Routing()) == (
        "it needs a hand: text_to_image: no prompt is bound. See `tower workflows inspect mine`"
    )
    assert why_unusable(candidate("w", fixed_px=(64, 32)), SHOT, Routing()) == "it makes 64 x 32 px only"
    assert why_unusable(candidate("w", fixed_px=(SHOT.width_px, SHOT.height_px)), SHOT, Routing()) == ""


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


HOLDS_POSE = candidate("pose", capabilities=frozenset({"controlnet_pose"}), picture_roles=("control_pose",))
TWO = ("reference_1", "reference_2")


def test_a_candidate_must_be_given_every_picture_that_it_takes() -> None:
    shot = replace(SHOT, capabilities=("controlnet_pose", "controlnet_depth"))
    assert why_unusable(HOLDS_POSE, shot, Routing()) == "it holds a pose, and nobody of human shape is in the shot"
    given = replace(shot, pictures=frozenset({"control_pose", "control_depth", "region_mask_1", "region_mask_2"}))
    assert why_unusable(HOLDS_POSE, given, Routing()) == ""


def test_no_character_is_left_out_of_the_references() -> None:
    two = candidate("two", picture_roles=TWO)
    reasons = {
        count: why_unusable(
            two, replace(SHOT, pictures=frozenset(f"reference_{n + 1}" for n in range(count))), Routing()
        )
        for count in range(4)
    }
    assert reasons[2] == ""
    assert reasons[3] == "it shows 2 characters by reference, and the shot has 3 characters to recognise"
    assert reasons[1] == "it shows 2 characters by reference, and the shot has 1 character to recognise"
    assert reasons[0] == "it shows 2 characters by reference, and the shot has no characters to recognise"


def test_one_capability_of_each_group_is_needed() -> None:
    shot = replace(SHOT, capabilities=("controlnet_pose",), also=(("character_reference",),), pictures=frozenset())
    both = candidate("both", capabilities=frozenset({"controlnet_pose", "character_reference"}))
    assert why_unusable(both, shot, Routing()) == ""
    one = candidate("one", capabilities=frozenset({"controlnet_pose"}))
    assert why_unusable(one, shot, Routing()) == "it does controlnet_pose; the shot needs character_reference"
