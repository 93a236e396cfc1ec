from __future__ import annotations

from typing import Any

import pytest

from tower_anime_assets.workflows.inference import infer_workflow
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.workflow import Lengths, LoraSlot


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def stills() -> dict[str, Any]:
    """A graph as an editor exports it: ids are numbers, the order says nothing, negative stands before positive."""
    return {
        "9": node("SaveImage", images=["8", 0], filename_prefix="ComfyUI"),
        "7": node("CLIPTextEncode", text="blurry", clip=["4", 1]),
        "6": node("CLIPTextEncode", text="a street", clip=["4", 1]),
        "3": node(
            "KSampler",
            model=["4", 0],
            positive=["6", 0],
            negative=["7", 0],
            latent_image=["5", 0],
            seed=1,
            steps=20,
            cfg=7.0,
            sampler_name="euler",
            scheduler="normal",
            denoise=1.0,
        ),
        "4": node("CheckpointLoaderSimple", ckpt_name="sdxl.safetensors"),
        "5": node("EmptyLatentImage", width=1024, height=768, batch_size=1),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
    }


def test_an_export_alone_says_where_everything_goes() -> None:
    found = infer_workflow(stills())
    assert (found.medium, found.output_nodes) == ("image", ("9",))
    assert found.capabilities == {"text_to_image"}
    assert found.lengths is None
    assert found.bindings == {
        "prompt": ("6.inputs.text",),
        "negative": ("7.inputs.text",),
        "seed": ("3.inputs.seed",),
        "width": ("5.inputs.width",),
        "height": ("5.inputs.height",),
        "batch": ("5.inputs.batch_size",),
        "steps": ("3.inputs.steps",),
        "cfg": ("3.inputs.cfg",),
        "sampler": ("3.inputs.sampler_name",),
        "scheduler": ("3.inputs.scheduler",),
        "denoise": ("3.inputs.denoise",),
        "checkpoint": ("4.inputs.ckpt_name",),
        "filename_prefix": ("9.inputs.filename_prefix",),
    }
    assert found.lora_after == (LoraSlot(("4", 0), ("4", 1)),)
    assert [(item.folder, item.place) for item in found.models] == [("checkpoints", "4.inputs.ckpt_name")]


def test_texts_are_found_through_whatever_changes_a_conditioning() -> None:
    graph = stills()
    graph["10"] = node("ConditioningSetMask", conditioning=["6", 0], mask=["12", 0], strength=1.0)
    graph["11"] = node("ConditioningCombine", conditioning_1=["10", 0], conditioning_2=["13", 0])
    graph["13"] = node("CLIPTextEncode", text="rain", clip=["4", 1])
    graph["12"] = node("LoadImageMask", image="mask.png", channel="red")
    graph["3"]["inputs"]["positive"] = ["11", 0]
    found = infer_workflow(graph)
    assert found.bindings["prompt"] == ("6.inputs.text", "13.inputs.text")
    assert found.bindings["mask"] == ("12.inputs.image",)


def test_a_pair_of_conditionings_is_followed_each_to_its_own_text() -> None:
    graph = stills()
    graph["10"] = node("ControlNetApplyAdvanced", positive=["6", 0], negative=["7", 0], strength=1.0)
    graph["3"]["inputs"] |= {"positive": ["10", 0], "negative": ["10", 1]}
    found = infer_workflow(graph)
    assert (found.bindings["prompt"], found.bindings["negative"]) == (("6.inputs.text",), ("7.inputs.text",))


@pytest.mark.parametrize("negative", [["6", 0], ["10", 0]])
def test_a_negative_that_is_empty_or_the_prompt_itself_is_bound_to_nothing(negative: list[Any]) -> None:
    graph = stills()
    graph["10"] = node("ConditioningZeroOut", conditioning=["6", 0])
    graph["3"]["inputs"]["negative"] = negative
    assert "negative" not in infer_workflow(graph).bindings


def test_values_held_by_primitives_are_bound_there_and_computed_ones_not_at_all() -> None:
    graph = stills()
    graph["20"] = node("PrimitiveInt", value=640)
    graph["21"] = node("GetImageSize", image=["8", 0])
    graph["5"]["inputs"] |= {"width": ["20", 0], "height": ["21", 1]}
    found = infer_workflow(graph)
    assert found.bindings["width"] == ("20.inputs.value",)
    assert "height" not in found.bindings


def test_the_last_picture_is_told_from_the_first() -> None:
    graph = {
        "a": node("LoadImage", image="end.png"),
        "b": node("LoadImage", image="start.png"),
        "c": node(
            "WanFirstLastFrameToVideo", start_image=["b", 0], end_image=["a", 0], width=640, height=640, length=81
        ),
        "d": node("CreateVideo", images=["c", 2], fps=16.0),
        "e": node("SaveVideo", video=["d", 0], filename_prefix="v"),
    }
    found = infer_workflow(graph)
    assert (found.bindings["image"], found.bindings["end_image"]) == (("b.inputs.image",), ("a.inputs.image",))
    assert found.lengths == Lengths(4, 1, 81, 16.0)
    assert found.capabilities == {"image_to_video"}


def test_a_picture_of_which_only_the_mask_is_used_is_a_mask() -> None:
    graph = stills()
    graph["30"] = node("LoadImage", image="face.png")
    graph["31"] = node("ConditioningSetMask", conditioning=["6", 0], mask=["30", 1], strength=1.0)
    graph["3"]["inputs"]["positive"] = ["31", 0]
    assert infer_workflow(graph).bindings["mask"] == ("30.inputs.image",)
    assert "image" not in infer_workflow(graph).bindings


def test_two_samplers_in_a_row_share_a_seed_and_leave_their_steps_alone() -> None:
    found = infer_workflow(load_registry().workflow("wan22_14b_i2v").graph)
    assert found.bindings["seed"] == ("sampled_high.inputs.noise_seed", "sampled_low.inputs.noise_seed")
    assert "steps" not in found.bindings
    assert [slot.model[0] for slot in found.lora_after] == ["model_high", "model_low"]


def test_what_the_shipped_manifests_say_is_mostly_what_the_graphs_say() -> None:
    for workflow in load_registry().all():
        if workflow.graph and workflow.name != "wan21_vace_inpaint":
            if not set(workflow.picture_roles) - {"mask"}:  # of other pictures a graph says nothing
                assert infer_workflow(workflow.graph).bindings == workflow.bindings
            assert infer_workflow(workflow.graph).output_nodes == workflow.output_nodes
            assert infer_workflow(workflow.graph).medium == workflow.medium
