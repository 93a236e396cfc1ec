"""What is asked of a workflow: all of it in the parameters, all of it legal, changed as the gates complained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.animatic.painter.picture_source import PaintedPictures
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes, colour_words, nearest_colour_name
from tower_anime_assets.engines.remote.comfyui.request import build_graph, legal_size, lora_uses, split_into_parts
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.planning.shots import Framing, Move
from tower_anime_assets.production.story.appearance import derive_appearance
from tower_anime_assets.production.story.appearance_words import COLOURS
from tower_anime_assets.production.story.model import Lora, Style
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.workflow import Lengths, Sizes, Workflow
from tower_anime_assets_tests.engines.remote.comfyui.bench import (
    AKIRA,
    LUNA,
    TWO_PEOPLE,
    clip_brief,
    complaint,
    keyframe_brief,
    subject,
)
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, STILL

NOWHERE = Fleet(["http://127.0.0.1:9"])
STILLS = ComfyUIKeyframes(STILL, NOWHERE)
CLIPS = ComfyUIClips(CLIP, NOWHERE)


def sent(engine: ComfyUIKeyframes | ComfyUIClips, parameters: dict[str, Any], image: str = "") -> dict[str, Any]:
    return build_graph(engine.workflow, parameters, parameters["parts"][0], "tower/x", image)[1]


def test_both_are_remote_engines_named_for_their_workflow() -> None:
    assert isinstance(STILLS, RemoteEngine)
    assert isinstance(CLIPS, RemoteEngine)
    assert (STILLS.name, CLIPS.name) == ("comfyui:small_still", "comfyui:small_clip")
    assert len(STILLS.version) == 12


def test_another_graph_is_another_version() -> None:
    changed = replace(STILL, defaults={"steps": 25})
    assert ComfyUIKeyframes(changed, NOWHERE).version != STILLS.version
    other_file = replace(STILL, models=(replace(STILL.models[0], file="other.safetensors"),))
    assert ComfyUIKeyframes(other_file, NOWHERE).version != STILLS.version


def test_a_workflow_of_stills_makes_no_clips() -> None:
    with pytest.raises(PlanError, match="makes images; expected one that makes videos"):
        ComfyUIClips(STILL, NOWHERE)


def test_the_parameters_alone_give_the_graph() -> None:
    parameters = STILLS.plan_attempt(keyframe_brief(), 1, ())
    changes = sent(STILLS, parameters)
    assert changes["smp.inputs.steps"] == 24  # the default, not the graph's 28
    assert changes["smp.inputs.cfg"] == 5.0
    assert changes["smp.inputs.sampler_name"] == "euler_ancestral"
    assert changes["smp.inputs.seed"] == parameters["seed"] == 11
    assert changes["ckpt.inputs.ckpt_name"] == "anime_sdxl.safetensors"
    assert (changes["lat.inputs.width"], changes["lat.inputs.height"]) == (256, 192)
    assert canonical_json(parameters)


def test_the_prompt_is_the_brief_the_colours_the_style_then_triggers() -> None:
    style = Style(positive="anime, cel shading", loras=(Lora("ink.safetensors", "", 0.5, 0.5, "ink_style"),))
    prompt = STILLS.plan_attempt(keyframe_brief(style=style), 1, ())["prompt"]
    order = ["medium shot", "navy hair #1d2a52", "blue jacket #2f62c9", "anime", "akira_style", "ink_style"]
    assert [prompt.index(part) for part in order] == sorted(prompt.index(part) for part in order)


def test_a_description_reaches_the_server_word_for_word_and_its_brackets_are_no_weights() -> None:
    description = "a racer (34), a scar, a scar, (blue:1.2) hair"
    racer = replace(AKIRA, description=description)
    prompt = f"medium shot, {description}, a scar, (ink:1.2), neon street"
    still = keyframe_brief(prompt=prompt, cast=(racer,), literal=(description,))
    clip = clip_brief(prompt=prompt, literal=(description,))
    escaped = description.replace("(", r"\(").replace(")", r"\)")
    for sent_prompt in (
        STILLS.plan_attempt(still, 1, ())["prompt"],
        CLIPS.plan_attempt(clip, 1, ())["prompt"],
    ):
        assert sent_prompt.startswith(f"medium shot, {escaped}, a scar, (ink:1.2), neon street")


def test_the_colours_of_a_robot_are_of_its_body() -> None:
    look = derive_appearance("Akira", "a small white robot with one big blue eye")
    robot = replace(AKIRA, description="a small white robot with one big blue eye", appearance=look)
    assert colour_words(robot) == "blue eyes #2f62c9, white body #f4f5f7"


def test_characters_who_are_seen_bring_their_loras_before_the_styles() -> None:
    style = Style(loras=(Lora("ink.safetensors", "", 0.5, 0.4),))
    both = keyframe_brief(
        subjects=(subject("luna"), subject("akira", is_foreground=True)), cast=(LUNA, AKIRA), style=style
    )
    uses = lora_uses(STILLS.plan_attempt(both, 1, ()))
    assert [(use.file, use.strength_model, use.strength_clip) for use in uses] == [
        ("luna_sdxl.safetensors", 0.9, 0.9),
        ("ink.safetensors", 0.5, 0.4),
    ]


def test_an_insert_shows_nobody() -> None:
    parameters = STILLS.plan_attempt(keyframe_brief(framing=Framing.INSERT), 1, ())
    assert parameters["loras"] == []
    assert "people" in parameters["negative"].split(", ")
    assert "jacket" not in parameters["prompt"]


def test_the_styles_checkpoint_takes_the_workflows_place() -> None:
    parameters = STILLS.plan_attempt(keyframe_brief(style=Style(checkpoint="mine.safetensors")), 1, ())
    assert sent(STILLS, parameters)["ckpt.inputs.ckpt_name"] == "mine.safetensors"


def test_wrong_colours_raise_the_lora_and_name_the_colours_twice() -> None:
    parameters = STILLS.plan_attempt(keyframe_brief(), 2, (complaint("sheet_colour_share"),))
    assert parameters["prompt"].count("navy hair #1d2a52") == 2
    (use,) = lora_uses(parameters)
    assert use.strength_model == pytest.approx(0.95)
    assert use.strength_clip == pytest.approx(0.6 * 0.95 / 0.8, abs=1e-4)  # kept in proportion
    assert parameters["seed"] != 11
    assert len(parameters["changed"]) == 2


def test_who_is_bald_has_no_colour_of_hair() -> None:
    assert colour_words(AKIRA).startswith("navy hair #1d2a52, blue eyes #2f62c9")
    bald = replace(AKIRA, appearance=replace(AKIRA.appearance, hair_style="bald"))
    assert "hair" not in colour_words(bald)


def test_a_soft_still_gets_more_whole_steps() -> None:
    parameters = STILLS.plan_attempt(keyframe_brief(), 2, (complaint("sharpness_var"),))
    assert parameters["steps"] == 30
    assert isinstance(parameters["steps"], int)


def test_a_frozen_clip_is_asked_for_more_motion_and_held_less() -> None:
    first, second = (
        CLIPS.plan_attempt(clip_brief(), 1, ()),
        CLIPS.plan_attempt(clip_brief(), 2, (complaint("frozen_run_frames"),)),
    )
    assert "gentle natural motion" in first["prompt"]
    assert "lively motion" in second["prompt"]
    assert second["strength"] < first["strength"] == 0.9


def test_a_clip_says_what_the_camera_does_and_who_talks() -> None:
    prompt = CLIPS.plan_attempt(clip_brief(move=Move.PAN_LEFT), 1, ())["prompt"]
    assert "camera pans left" in prompt
    assert "talking" not in prompt


SHIPPED = [item for item in load_registry().all() if item.is_routable and item.graph]


@pytest.mark.parametrize("workflow", [item for item in SHIPPED if item.medium == "image"], ids=lambda item: item.name)
def test_every_shipped_workflow_of_stills_can_be_asked_for_a_keyframe(workflow: Workflow) -> None:
    engine = ComfyUIKeyframes(workflow, NOWHERE, source=PaintedPictures())
    shown = TWO_PEOPLE if "region_mask_1" in workflow.bindings else {"cast": (), "subjects": ()}
    parameters = engine.plan_attempt(keyframe_brief(**shown, width_px=768, height_px=512), 1, ())
    changes = sent(engine, parameters, "tower/x.png")
    words = ("prompt", "seed", "region_prompt_1", "region_prompt_2")
    assert all(place in changes for role in words for place in workflow.bindings.get(role, ()))
    assert fill_template(*build_graph(workflow, parameters, parameters["parts"][0], "tower/x", "tower/x.png"))


CLIP_MAKERS = [
    item
    for item in SHIPPED
    if item.medium == "video" and not item.capabilities & {"super_resolution", "frame_interpolation"}
]


@pytest.mark.parametrize("workflow", CLIP_MAKERS, ids=lambda item: item.name)
def test_every_shipped_workflow_of_clips_can_be_asked_for_a_clip(workflow: Workflow) -> None:
    engine = ComfyUIClips(workflow, NOWHERE)
    brief = clip_brief(width_px=768, height_px=512, frames=73)
    parameters = engine.plan_attempt(brief, 1, ())
    changes = sent(engine, parameters, "tower/x.png")
    asked = {role: changes[workflow.bindings[role][0]] for role in ("width", "height", "frames", "fps", "prompt")}
    assert asked == {"width": 768, "height": 512, "frames": 73, "fps": 24, "prompt": parameters["prompt"]}
    assert fill_template(*build_graph(workflow, parameters, parameters["parts"][0], "tower/x", "tower/x.png"))


def test_planning_is_pure() -> None:
    brief, complaints = keyframe_brief(), (complaint("luma_std"),)
    assert STILLS.plan_attempt(brief, 3, complaints) == STILLS.plan_attempt(brief, 3, complaints)


def test_a_lora_of_another_base_is_left_out_with_the_reason_on_record() -> None:
    mixed = replace(
        AKIRA,
        lora=Lora("akira_flux.safetensors", "Flux.1", trigger="fluxword"),
        loras=(Lora("akira_pony.safetensors", "Pony", 0.7, 0.6, "ponyword"), Lora("new.safetensors", "FancyNet")),
    )
    parameters = STILLS.plan_attempt(keyframe_brief(cast=(mixed,)), 1, ())
    assert parameters["loras"] == [
        {"file": "akira_pony.safetensors", "base_model": "Pony", "strength_model": 0.7, "strength_clip": 0.6},
        {
            "file": "new.safetensors",
            "base_model": "FancyNet",
            "strength_model": 0.8,
            "strength_clip": 0.8,
            "doubt": "'FancyNet' is not a base model that is known here",
        },
    ]
    (left_out,) = parameters["loras_left_out"]
    assert left_out["reason"] == "it is for Flux.1, the model is SDXL"
    assert "ponyword" in parameters["prompt"]
    assert "fluxword" not in parameters["prompt"]
    assert sent(STILLS, parameters)["ckpt_lora2.inputs.lora_name"] == "new.safetensors"


def test_a_clip_is_made_with_the_loras_of_its_model_and_their_triggers() -> None:
    ltx = ComfyUIClips(load_registry().workflow("ltx_2b_i2v"), NOWHERE)
    loras = (Lora("mei_working_v1.safetensors", "LTX Video 2B", 0.9, trigger="mei"), Lora("pan.safetensors", "ltxv-2b"))
    assert ltx.usable_loras((*loras, Lora("akira.safetensors", "SDXL"))) == loras
    parameters = ltx.plan_attempt(clip_brief(loras=loras, width_px=512, height_px=320), 1, ())
    changes = sent(ltx, parameters)
    assert changes["checkpoint_lora1.inputs.lora_name"] == "mei_working_v1.safetensors"
    assert changes["checkpoint_lora1.inputs.strength_model"] == 0.9
    assert changes["checkpoint_lora2.inputs.lora_name"] == "pan.safetensors"
    assert parameters["prompt"].endswith(", mei")
    assert parameters["lora_strength"] == 0.9


def test_a_workflow_without_a_place_for_loras_uses_none() -> None:
    clips = ComfyUIClips(CLIP, NOWHERE)
    assert clips.usable_loras((Lora("mei.safetensors", "LTX Video 2B"),)) == ()


def test_a_rate_that_the_workflow_cannot_make_is_refused() -> None:
    fixed = replace(
        CLIP,
        bindings={role: places for role, places in CLIP.bindings.items() if role != "fps"},
        lengths=Lengths(4, 1, 81, 16.0),
    )
    with pytest.raises(PlanError, match="makes 16 frames per second; the delivery needs 24"):
        ComfyUIClips(fixed, NOWHERE).plan_attempt(clip_brief(), 1, ())


def test_a_size_over_the_workflows_most_is_refused_instead_of_enlarged() -> None:
    with pytest.raises(
        PlanError, match=r"1920x1080 px needs a picture of 1920x1088 px, more than .* at most about \d+x\d+ px"
    ):
        CLIPS.plan_attempt(clip_brief(width_px=1920, height_px=1080), 1, ())


def test_a_long_clip_of_a_workflow_without_a_picture_is_refused() -> None:
    with pytest.raises(PlanError, match="cannot continue from a last frame"):
        split_into_parts(Lengths(8, 1, 121, 24.0), 200, 1, can_extend=False)


@given(st.integers(2, 1500), st.sampled_from([(8, 1, 121), (4, 1, 81), (8, 1, 260), (1, 0, 50)]))
def test_parts_cover_a_clip_with_legal_lengths_about_equally_long(frames: int, rule: tuple[int, int, int]) -> None:
    step, offset, most = rule
    parts = split_into_parts(Lengths(step, offset, most, 24.0), frames, 7, can_extend=True)
    assert frames <= sum(part["frames"] for part in parts) - (len(parts) - 1)
    assert all((part["frames"] - offset) % step == 0 and offset <= part["frames"] <= most for part in parts)
    assert len({part["frames"] for part in parts}) == 1
    assert len({part["seed"] for part in parts}) == len(parts)
    assert len(parts) == 1 or frames > most - step


@given(st.integers(64, 1600), st.integers(64, 900), st.sampled_from([8, 16, 32, 64]), st.sampled_from([16, 256]))
def test_a_legal_size_covers_what_was_wanted(width: int, height: int, multiple: int, least: int) -> None:
    sizes = Sizes(multiple, least, 64_000_000)
    legal = legal_size(sizes, width, height)
    assert all(side % multiple == 0 and side >= least for side in legal)
    assert legal[0] >= width
    assert legal[1] >= height


@pytest.mark.parametrize("name", ["silver", "crimson", "navy", "turquoise", "blue"])
def test_a_colour_is_named_by_the_word_that_means_it(name: str) -> None:
    assert nearest_colour_name(COLOURS[name]) == name
