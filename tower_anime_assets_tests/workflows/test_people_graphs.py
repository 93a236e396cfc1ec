"""What is found in graphs as people build them, and what is not claimed of them."""

from __future__ import annotations

from typing import Any

import pytest

from tower_anime_assets.workflows.inference import InferredWorkflow, infer_workflow
from tower_anime_assets.workflows.workflow import Lengths, LoraSlot
from tower_anime_assets_tests.workflows import people_graphs as people
from tower_anime_assets_tests.workflows.known_nodes import facts
from tower_anime_assets_tests.workflows.people_graphs import Graph, node

REROUTE: Graph = {"11": {"class_type": "Reroute", "inputs": {"": ["10", 0]}}}


def inferred(graph: Graph, object_info: Any = None) -> InferredWorkflow:
    titles = {name: one["_meta"]["title"] for name, one in graph.items() if "_meta" in one}
    return infer_workflow(graph, object_info, titles)


def own(name: str, **values: Any) -> dict[str, Any]:
    return {"10": node(name, **values)}


@pytest.mark.parametrize(
    ("graph", "prompt"),
    [
        (people.stills(), "6.inputs.text"),
        (people.stills(["10", 0], **own("PrimitiveString", value="a cat")), "10.inputs.value"),
        (people.stills(["10", 0], **own("String Literal", string="a cat")), "10.inputs.string"),
        (people.stills(["10", 0], **own("easy positive", positive="a cat")), "10.inputs.positive"),
        (people.stills(["11", 0], **own("Text Multiline", text="a cat"), **REROUTE),
         "10.inputs.text"),
        (people.joined(text_a="", text_b="a cat"), "10.inputs.text_b"),
        (people.joined(text_a=["11", 0], text_b="masterpiece") | {"11": node("String", string="a cat")},
         "11.inputs.string"),
        (people.joined(text_a=["11", 0], text_b=["12", 0])
         | {"11": node("String", "My prompt", string="a cat"), "12": node("String", "Style", string="masterpiece")},
         "11.inputs.string"),
    ],
)  # fmt: skip
def test_a_prompt_is_found_where_it_is_written(graph: Graph, prompt: str) -> None:
    found = inferred(graph)
    assert found.bindings["prompt"] == (prompt,)
    assert found.capabilities == {"text_to_image"}
    assert found.gaps == ()


def test_words_that_stay_beside_the_prompt_are_told() -> None:
    found = inferred(people.joined(text_a=["11", 0], text_b="masterpiece") | {"11": node("String", string="a cat")})
    assert found.remarks == ("10.inputs.text_b 'masterpiece' stays beside the prompt",)


@pytest.mark.parametrize(
    "graph",
    [
        people.joined(text_a="a cat", text_b="in a street"),
        people.joined(text_a=["11", 0], text_b="a cat") | {"11": node("Florence2Run", image=["9", 0], task="caption")},
        people.stills(["10", 0], **own("Florence2Run", image=["8", 0], task="caption")),
    ],
)
def test_a_text_of_which_no_part_is_clearly_the_prompt_needs_a_hand(graph: Graph) -> None:
    found = inferred(graph)
    assert found.capabilities == frozenset()
    assert len(found.gaps) == 1
    assert found.gaps[0].startswith("text_to_image: no prompt is bound: a text is joined of several parts")
    assert found.remarks


def test_kijais_wan_wrapper_is_read_by_the_kinds_of_its_inputs() -> None:
    found = inferred(people.wan_wrapper())
    assert found.capabilities == {"image_to_video"}
    roles = ("prompt", "negative", "image", "frames", "fps", "seed", "width")
    assert {role: found.bindings[role] for role in roles} == {
        "prompt": ("4.inputs.positive_prompt",),
        "negative": ("4.inputs.negative_prompt",),
        "image": ("5.inputs.image",),
        "frames": ("9.inputs.num_frames",),
        "fps": ("90.inputs.frame_rate",),
        "seed": ("20.inputs.seed",),
        "width": ("6.inputs.width",),
    }
    assert found.lengths == Lengths(4, 1, 81, 8.0)
    assert found.lora_after == ()  # its models are of a type that core LoRA loaders do not take
    assert [(item.folder, item.file) for item in found.models] == [
        ("diffusion_models", "WanVideo/wan_i2v.safetensors"),
        ("vae", "wan_vae.safetensors"),
        ("text_encoders", "umt5.safetensors"),
        ("clip_vision", "vision.safetensors"),
    ]


@pytest.mark.parametrize(
    ("graph", "capability", "frames", "fps"),
    [
        (people.animatediff(), "text_to_video", ("5.inputs.batch_size",), ("90.inputs.frame_rate",)),
        (people.svd(), "image_to_video", ("5.inputs.video_frames",), ("5.inputs.fps", "90.inputs.frame_rate")),
        (people.repeated(), "image_to_video", ("2.inputs.amount",), ("3.inputs.fps",)),
    ],
)
def test_the_frames_of_a_clip_are_found_under_any_name(
    graph: Graph, capability: str, frames: tuple[str, ...], fps: tuple[str, ...]
) -> None:
    found = inferred(graph)
    assert found.medium == "video"
    assert found.capabilities == {capability}
    assert (found.bindings["frames"], found.bindings["fps"]) == (frames, fps)


def test_a_clip_needs_its_frames_and_its_rate_and_a_picture_if_it_is_to_start_from_one() -> None:
    graph = people.svd()
    graph["90"] = node("VHS_VideoCombine", images=["8", 0], frame_rate=["91", 0], filename_prefix="v", format="x")
    graph["91"] = node("Math", a=1.0, b=2.0, operation="add")
    graph["5"]["inputs"] |= {"video_frames": ["91", 1], "fps": ["91", 0]}
    assert inferred(graph).gaps == (
        "image_to_video: no number of frames is bound",
        "image_to_video: no frame rate is bound",
    )
    stated = {"lengths": Lengths(1, 25, 25, 8.0)}  # as a probe leaves them
    assert infer_workflow(graph, stated=stated).gaps == ()


def test_a_later_stage_keeps_what_its_author_set_otherwise() -> None:
    found = inferred(people.two_passes())
    assert found.bindings["denoise"] == ("3.inputs.denoise",)
    assert found.bindings["steps"] == ("3.inputs.steps", "30.inputs.steps")  # the second pass has 8
    assert found.bindings["cfg"] == ("3.inputs.cfg", "21.inputs.cfg", "30.inputs.cfg")
    assert found.bindings["seed"] == ("3.inputs.seed", "21.inputs.seed", "30.inputs.seed")
    assert found.bindings["prompt"] == ("6.inputs.text",)
    assert found.remarks == ("31.inputs.text keeps its own text, as that of node 30",)
    assert found.bindings["width"] == ("20.inputs.width", "5.inputs.width")  # the result's own size first


def test_an_enlarged_result_is_known_by_its_factor_or_needs_a_probe() -> None:
    sizes = inferred(people.enlarged(by=1.5)).sizes
    assert (sizes.scale, sizes.multiple_px) == (1.5, 12)
    unknown = inferred(people.enlarged(by=None))
    assert unknown.sizes.scale is None
    assert unknown.capabilities == frozenset()
    assert "was not measured" in unknown.gaps[0]


def test_a_size_that_is_not_bound_needs_a_hand_until_it_is_measured() -> None:
    graph = people.stills(**{"5": node("SDXLEmptyLatentSizePicker+", resolution="1024x1024 (1.0)", batch_size=1)})
    assert [gap.split(",")[0] for gap in inferred(graph).gaps] == [
        "text_to_image: no width is bound",
        "text_to_image: no height is bound",
    ]


def test_gguf_stacks_and_value_nodes_are_found() -> None:
    found = inferred(people.flux_gguf())
    assert found.output_nodes == ("14",)
    assert (found.bindings["width"], found.bindings["height"]) == (("16.inputs.value",), ("17.inputs.value",))
    assert found.bindings["prompt"] == ("15.inputs.text",)
    assert found.lora_after == (LoraSlot(("1", 0)),)
    assert [(item.folder, item.place) for item in found.models] == [
        ("diffusion_models", "1.inputs.unet_name"),
        ("text_encoders", "2.inputs.clip_name1"),
        ("text_encoders", "2.inputs.clip_name2"),
        ("vae", "3.inputs.vae_name"),
        ("loras", "4.inputs.lora_1.lora"),
    ]


def test_a_loader_that_holds_everything_is_read_by_its_names() -> None:
    found = inferred(people.efficient())
    assert (found.bindings["prompt"], found.bindings["negative"]) == (("1.inputs.positive",), ("1.inputs.negative",))
    assert found.bindings["height"] == ("1.inputs.empty_latent_height",)
    assert [item.place for item in found.models] == ["1.inputs.ckpt_name", "5.inputs.lora_name_1"]


def test_references_and_control_pictures_are_not_what_a_picture_starts_from() -> None:
    found = inferred(people.referenced())
    assert found.capabilities == {"text_to_image"}
    assert "image" not in found.bindings
    assert {(item.folder, item.file) for item in found.models} == {
        ("checkpoints", "sd.safetensors"),
        ("ipadapter", "plus.safetensors"),
        ("controlnet", "pose.safetensors"),
    }


def test_what_starts_from_a_video_is_claimed_for_nothing() -> None:
    assert inferred(people.video_to_video()).gaps == ("it starts from a video, and nothing that is made here does",)


def test_any_node_saves_that_the_server_calls_an_output() -> None:
    graph = people.stills()
    graph["9"] = node("Publish Picture", picture=["8", 0], folder="x")
    declared = {"input": {"required": {"picture": ["IMAGE"], "folder": ["STRING", {}]}}, "output": []}
    assert inferred(graph, {**facts(), "Publish Picture": {**declared, "output_node": True}}).output_nodes == ("9",)
    assert inferred(graph, {**facts(), "Publish Picture": {**declared, "output_node": False}}).output_nodes == ()


def test_the_server_says_which_lengths_are_legal() -> None:
    graph = people.animatediff()
    graph["5"] = node("EmptyNewLatent", width=512, height=512, frames=13)
    frames = ["INT", {"min": 1, "max": 999, "step": 4}]
    sides = {name: ["INT", {"min": 64, "max": 4096, "step": 32}] for name in ("width", "height")}
    declared = {"input": {"required": {**sides, "frames": frames}}, "output": ["LATENT"]}
    found = inferred(graph, {"EmptyNewLatent": declared})
    assert found.lengths is not None
    assert (found.lengths.step, found.lengths.offset, found.sizes.multiple_px) == (4, 1, 32)


def test_a_text_that_is_joined_of_itself_many_times_is_read_at_once() -> None:
    graph = people.stills(["n20", 0], n0=node("String", string="a cat"))
    for number in range(1, 21):
        before = [f"n{number - 1}", 0]
        graph[f"n{number}"] = node("Text Concatenate", text_a=before, text_b=before, text_c=before)
    assert inferred(graph).bindings["prompt"] == ("n0.inputs.string",)
