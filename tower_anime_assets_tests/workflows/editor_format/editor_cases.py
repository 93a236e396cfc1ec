"""Workflows in the editor's format that cover every rule of conversion, each as small as it can be.

`data/queued_VERSION.json` holds what each version of the editor queues for them; `scripts/record_editor_graphs.py`
records it. Node ids are below 100, links are numbered in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tower_anime_assets_tests.workflows.editor_format.canvas import Canvas

LOOK = "11111111-1111-4111-8111-111111111111"
OUTER = "22222222-2222-4222-8222-222222222222"

_INPUTS_BY_CLASS: dict[str, dict[str, dict[str, Any]]] = {
    "CaseControlledChoice": {
        "required": {
            "image": ["IMAGE"],
            "look": [["ink", "oil", "pencil"], {"control_after_generate": True}],
            "strength": ["FLOAT", {"default": 0.5}],
        }
    },
    "CaseListValue": {
        "required": {
            "image": ["IMAGE"],
            "looks": ["COMBO", {"options": ["ink", "oil"], "multiselect": True}],
            "strength": ["FLOAT", {"default": 0.5}],
        }
    },
    "CaseDynamicChoice": {
        "required": {
            "image": ["IMAGE"],
            "size": [
                "COMFY_DYNAMICCOMBO_V3",
                {
                    "options": [
                        {"key": "by factor", "inputs": {"required": {"factor": ["FLOAT", {"default": 2.0}]}}},
                        {
                            "key": "by side",
                            "inputs": {
                                "required": {
                                    "width": ["INT", {"default": 64}],
                                    "height": ["INT", {"default": 64}],
                                },
                                "optional": {
                                    "fit": [
                                        "COMFY_DYNAMICCOMBO_V3",
                                        {
                                            "options": [
                                                {"key": "crop", "inputs": {"required": {}}},
                                                {
                                                    "key": "pad",
                                                    "inputs": {
                                                        "required": {"colour": ["STRING", {"default": "black"}]}
                                                    },
                                                },
                                            ]
                                        },
                                    ]
                                },
                            },
                        },
                    ]
                },
            ],
            "sharpen": ["BOOLEAN", {"default": False}],
        }
    },
    "CaseAutogrow": {
        "required": {
            "images": [
                "COMFY_AUTOGROW_V3",
                {
                    "template": {
                        "input": {"required": {"image": ["IMAGE", {}]}},
                        "prefix": "image",
                        "min": 1,
                        "max": 8,
                    }
                },
            ],
            "strength": ["FLOAT", {"default": 0.5}],
        }
    },
    "CaseOrder": {
        "required": {
            "image": ["IMAGE"],
            "first": ["INT", {"default": 1}],
            "second": ["STRING", {"default": "two"}],
        },
        "optional": {
            "note": ["STRING", {"default": "none"}],
            "mask": ["MASK"],
            "noise_seed": ["INT", {"default": 3}],
        },
    },
    "CaseNewKinds": {
        "required": {
            "image": ["IMAGE"],
            "box": ["BOUNDING_BOX", {}],
            "curve": ["CURVE", {}],
            "tint": ["COLOR", {"default": "#000000"}],
            "speed": ["FLOAT", {"default": 1.0, "control_after_generate": True}],
            "compared": ["IMAGECOMPARE", {}],
            "label": ["CASE_LABEL", {"widgetType": "STRING", "default": "none"}],
            "tail": ["FLOAT", {"default": 0.25}],
        }
    },
    "CaseRows": {
        "required": {
            "image": ["IMAGE"],
            "rows": [
                "COMFY_DYNAMICGROUP_V3",
                {"template": {"required": {"weight": ["FLOAT", {"default": 0.5}]}}, "min": 1, "max": 4},
            ],
            "tail": ["FLOAT", {"default": 0.25}],
        }
    },
    "CaseGrowingTexts": {
        "required": {
            "image": ["IMAGE"],
            "texts": [
                "COMFY_AUTOGROW_V3",
                {
                    "template": {
                        "input": {"required": {"text": ["STRING", {"default": "t"}]}},
                        "prefix": "text",
                        "min": 1,
                        "max": 8,
                    }
                },
            ],
            "tail": ["FLOAT", {"default": 0.25}],
        }
    },
    "CaseUnknownKind": {"required": {"image": ["IMAGE"], "new": ["COMFY_NEWKIND_V4", {}]}},
    "CaseUpload": {
        "required": {"image": [["a.png", "b.png"], {"image_upload": True}]},
        "optional": {"strength": ["FLOAT", {"default": 0.5}], "seed": ["INT", {"default": 1}]},
    },
    "CaseForced": {
        "required": {
            "image": ["IMAGE"],
            "seed": ["INT", {"default": 0, "forceInput": True}],
            "steps": ["INT", {"default": 4}],
            "prompt": ["STRING", {"forceInput": True}],
            "cfg": ["FLOAT", {"default": 1.0}],
        }
    },
}

MORE_CLASSES: dict[str, Any] = {
    name: {
        "input": inputs,
        "input_order": {part: list(names) for part, names in inputs.items()},
        "output": ["IMAGE"],
        "output_is_list": [False],
        "output_name": ["IMAGE"],
        "name": name,
        "display_name": name,
        "description": "",
        "python_module": "custom_nodes.editor_cases",
        "category": "editor cases",
        "output_node": False,
    }
    for name, inputs in _INPUTS_BY_CLASS.items()
}
"""Node classes of our own, for kinds of inputs that the recorded server's classes do not have."""
MORE_CLASSES["CaseOrder"]["input_order"] = {
    "required": ["second", "image", "first"],
    "optional": ["noise_seed", "note"],
}


@dataclass(frozen=True)
class EditorCase:
    """A workflow and the rules that it is about."""

    rules: str
    workflow: dict[str, Any]


CASES: dict[str, EditorCase] = {}


def case(rules: str) -> Callable[[Callable[[Canvas], object]], Callable[[Canvas], object]]:
    """Add the workflow that a function draws."""

    def add(draw: Callable[[Canvas], object]) -> Callable[[Canvas], object]:
        canvas = Canvas()
        draw(canvas)
        CASES[draw.__name__] = EditorCase(rules, canvas.saved())
        return draw

    return add


def picture(canvas: Canvas, node_id: Any = 1, width: int = 64, height: int = 64, **more: Any) -> Any:
    """Add a picture to begin with."""
    canvas.add(node_id, "EmptyImage", [width, height, 1, 0], gives="IMAGE", **more)
    return node_id


def save(canvas: Canvas, source: Any, number: int = 0, node_id: Any = 90, prefix: str = "out") -> None:
    """Save an output."""
    canvas.add(node_id, "SaveImage", [prefix])
    canvas.link(source, number, node_id, "images", "IMAGE")


def scale(canvas: Canvas, node_id: Any, source: Any = None, *, width: int = 32, mode: int = 0, number: int = 0) -> Any:
    """Scale a picture."""
    values = ["bilinear", width, 16, "disabled"]
    canvas.add(node_id, "ImageScale", values, gives="IMAGE", takes="image:IMAGE", mode=mode)
    if source is not None:
        canvas.link(source, number, node_id, "image", "IMAGE")
    return node_id


def text_to_image(canvas: Canvas, *, sampler_values: Any = None, prompt: str = "a cat", prefix: str = "out") -> None:
    """Draw the usual graph from a checkpoint to a picture."""
    canvas.add(4, "CheckpointLoaderSimple", ["model.safetensors"], gives="MODEL CLIP VAE")
    canvas.add(6, "CLIPTextEncode", [prompt], gives="CONDITIONING")
    canvas.add(7, "CLIPTextEncode", ["blurry"], gives="CONDITIONING", title="what to avoid")
    canvas.add(5, "EmptyLatentImage", [64, 64, 1], gives="LATENT")
    values = sampler_values or [7, "fixed", 3, 8, "euler", "normal", 1]
    canvas.add(3, "KSampler", values, gives="LATENT")
    canvas.add(8, "VAEDecode", gives="IMAGE")
    canvas.add(9, "SaveImage", [prefix])
    canvas.link(4, 0, 3, "model", "MODEL")
    canvas.link(4, 1, 6, "clip", "CLIP")
    canvas.link(4, 1, 7, "clip", "CLIP")
    canvas.link(6, 0, 3, "positive", "CONDITIONING")
    canvas.link(7, 0, 3, "negative", "CONDITIONING")
    canvas.link(5, 0, 3, "latent_image", "LATENT")
    canvas.link(3, 0, 8, "samples", "LATENT")
    canvas.link(4, 2, 8, "vae", "VAE")
    canvas.link(8, 0, 9, "images", "IMAGE")


@case("2, 3: values by place; the word after a seed is no value")
def seed_with_control(canvas: Canvas) -> None:
    text_to_image(canvas)


@case("3: old files say true or false after a seed")
def seed_with_boolean_control(canvas: Canvas) -> None:
    text_to_image(canvas, sampler_values=[156680208700286, True, 20, 8, "euler", "normal", 1])


@case("13: old sampler names")
def sampler_with_old_name(canvas: Canvas) -> None:
    text_to_image(canvas, sampler_values=[7, "randomize", 3, 8, "sample_euler", "normal", 1])


@case("2: a value keeps its place when its widget is an input, linked or not")
def widget_as_input(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "PrimitiveInt", [48, "fixed"], gives="INT")
    canvas.add(3, "ImageScale", ["area", 10, 20, "center"], gives="IMAGE")
    canvas.link(1, 0, 3, "image", "IMAGE")
    canvas.nodes[3]["inputs"].append({"name": "height", "type": "INT", "link": None, "widget": {"name": "height"}})
    canvas.link(2, 0, 3, "width", "INT", widget=True)
    save(canvas, 3)


@case("2: the order of the server's list, required before optional, inputs outside the order last")
def order_of_values(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "CaseOrder", ["zwei", 5, 77, "increment", "a note"], gives="IMAGE")
    canvas.link(1, 0, 2, "image", "IMAGE")
    save(canvas, 2)


@case("3: a choice with control is followed by two values")
def choice_with_control(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "CaseControlledChoice", ["oil", "increment", "/o/", 0.25], gives="IMAGE")
    canvas.link(1, 0, 2, "image", "IMAGE")
    save(canvas, 2)


@case("4: an old file has values for inputs that are sockets now")
def values_of_forced_sockets(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "CaseForced", [5, 30, "old prompt", 7.5], gives="IMAGE", takes="image:IMAGE seed:INT prompt:STRING")
    canvas.link(1, 0, 2, "image", "IMAGE")
    canvas.add(3, "PrimitiveInt", [12, "fixed"], gives="INT")
    canvas.link(3, 0, 2, "seed", "INT")
    canvas.add(4, "CaseForced", [31, 6.5], gives="IMAGE", takes="image:IMAGE seed:INT prompt:STRING")
    canvas.link(2, 0, 4, "image", "IMAGE")
    save(canvas, 4)


@case("5: missing values have their defaults; null in a choice is its first option")
def too_few_values(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "ImageScale", [None, 40], gives="IMAGE")
    canvas.link(1, 0, 2, "image", "IMAGE")
    canvas.add(3, "ImageScale", gives="IMAGE")
    canvas.link(2, 0, 3, "image", "IMAGE")
    save(canvas, 3)


@case("5: more values than widgets, as upload buttons leave them; a choice that the server does not list stays")
def too_many_values(canvas: Canvas) -> None:
    canvas.add(1, "LoadImage", ["not there.png", "image"], gives="IMAGE MASK")
    scale(canvas, 2, 1)
    canvas.nodes[2]["widgets_values"] = ["no such method", 8, 8, "disabled", "surplus"]
    save(canvas, 2)


@case("6: the inputs of a dynamic choice follow it at once, nested alike")
def dynamic_choices(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "CaseDynamicChoice", ["by side", 640, 480, "pad", "white", True], gives="IMAGE")
    canvas.link(1, 0, 2, "image", "IMAGE")
    canvas.add(3, "CaseDynamicChoice", ["by factor", 4.0, False], gives="IMAGE")
    canvas.link(2, 0, 3, "image", "IMAGE")
    save(canvas, 3)


@case("6: sockets that grow keep their dotted names; unlinked ones vanish")
def growing_sockets(canvas: Canvas) -> None:
    picture(canvas, 1)
    picture(canvas, 2, 32)
    canvas.add(3, "CaseAutogrow", [0.75], gives="IMAGE")
    canvas.link(1, 0, 3, "images.image0", "IMAGE")
    canvas.link(2, 0, 3, "images.image1", "IMAGE")
    canvas.nodes[3]["inputs"].append({"name": "images.image2", "type": "IMAGE", "link": None})
    save(canvas, 3)


@case("2, 6: widgets of newer kinds: boxes with their parts, curves, comparisons, types of a pack's own")
def newer_widgets(canvas: Canvas) -> None:
    picture(canvas)
    box = {"x": 1, "y": 2, "width": 3, "height": 4}
    curve = {"points": [[0, 0], [1, 0.5]], "interpolation": "linear"}
    canvas.add(2, "CaseNewKinds", [box, 1, 2, 3, 4, curve, "#ff0000", 1.5, "fixed", "mine", 0.75], gives="IMAGE")
    canvas.link(1, 0, 2, "image", "IMAGE")
    save(canvas, 2)


@case("6: rows of a group: their number, then the values of each")
def rows_of_groups(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "CaseRows", [2, 0.125, 0.25, 0.75], gives="IMAGE")
    canvas.link(1, 0, 2, "image", "IMAGE")
    save(canvas, 2)


@case("6: texts that grow")
def growing_texts(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "CaseGrowingTexts", ["one", "two", 0.75], gives="IMAGE")
    canvas.link(1, 0, 2, "image", "IMAGE")
    for number in range(2):
        name = f"texts.text{number}"
        canvas.nodes[2]["inputs"].append({"name": name, "type": "STRING", "link": None, "widget": {"name": name}})
    save(canvas, 2)


@case("7: a list as a value is wrapped, or it would read as a link")
def list_as_value(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "CaseListValue", [["ink", "oil"], 0.5], gives="IMAGE")
    canvas.link(1, 0, 2, "image", "IMAGE")
    save(canvas, 2)


@case("8: links go by the input's name, whatever number the link has for it")
def wrong_target_slots(canvas: Canvas) -> None:
    picture(canvas, 1)
    picture(canvas, 2, 32)
    canvas.add(3, "ImageBlend", [0.25, "screen"], gives="IMAGE", takes="image2:IMAGE image1:IMAGE")
    canvas.link(1, 0, 3, "image1", "IMAGE")
    canvas.link(2, 0, 3, "image2", "IMAGE")
    save(canvas, 3)


@case("8: a link from nowhere is dropped, and the value beneath it stays")
def links_from_nowhere(canvas: Canvas) -> None:
    picture(canvas)
    scale(canvas, 2, 1)
    canvas.nodes[2]["inputs"].append({"name": "width", "type": "INT", "link": 77, "widget": {"name": "width"}})
    save(canvas, 2)


@case("8, 9: a muted node is left out with its links, and the value beneath stays")
def muted_sources(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "PrimitiveInt", [99, "fixed"], gives="INT", mode=2)
    scale(canvas, 3, 1)
    canvas.link(2, 0, 3, "width", "INT", widget=True)
    scale(canvas, 4, 1, mode=2)
    canvas.add(5, "ImageBlend", [0.5, "normal"], gives="IMAGE")
    canvas.link(3, 0, 5, "image1", "IMAGE")
    canvas.link(4, 0, 5, "image2", "IMAGE")
    save(canvas, 5)


@case("9: a muted reroute cuts its link")
def muted_reroute(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "Reroute", gives="IMAGE", mode=2)
    canvas.link(1, 0, 2, "", "*")
    canvas.add(3, "ImageBatch", gives="IMAGE")
    canvas.link(1, 0, 3, "image1", "IMAGE")
    canvas.link(2, 0, 3, "image2", "IMAGE")
    save(canvas, 3)


@case("9: bypassed nodes in a row")
def bypassed_chain(canvas: Canvas) -> None:
    picture(canvas)
    scale(canvas, 2, 1, mode=4)
    scale(canvas, 3, 2, mode=4)
    canvas.add(4, "Reroute", gives="IMAGE", mode=4)
    canvas.link(3, 0, 4, "", "*")
    save(canvas, 4)


@case("9: each output of a bypassed node hands on the input in its own place")
def bypassed_pair(canvas: Canvas) -> None:
    text_to_image(canvas)
    canvas.add(20, "ControlNetLoader", ["cn.safetensors"], gives="CONTROL_NET")
    picture(canvas, 21)
    takes = "positive:CONDITIONING negative:CONDITIONING control_net:CONTROL_NET image:IMAGE"
    values = [0.8, 0, 1]
    canvas.add(22, "ControlNetApplyAdvanced", values, gives="CONDITIONING CONDITIONING", takes=takes, mode=4)
    canvas.link(6, 0, 22, "positive", "CONDITIONING")
    canvas.link(7, 0, 22, "negative", "CONDITIONING")
    canvas.link(20, 0, 22, "control_net", "CONTROL_NET")
    canvas.link(21, 0, 22, "image", "IMAGE")
    canvas.link(22, 0, 3, "positive", "CONDITIONING")
    canvas.link(22, 1, 3, "negative", "CONDITIONING")


@case("9: a bypassed node without an input of the type hands on nothing; one of exactly the type comes first")
def bypassed_by_type(canvas: Canvas) -> None:
    text_to_image(canvas)
    canvas.nodes[8]["mode"] = 4
    canvas.add(20, "LoraLoader", ["style.safetensors", 1, 1], gives="MODEL CLIP", takes="model:MODEL clip:CLIP", mode=4)
    canvas.link(4, 0, 20, "model", "MODEL")
    canvas.link(4, 1, 20, "clip", "CLIP")
    canvas.link(20, 0, 3, "model", "MODEL")
    canvas.link(20, 1, 6, "clip", "CLIP")
    canvas.add(21, "VAEEncode", gives="LATENT", takes="pixels:IMAGE vae:VAE", mode=4)
    canvas.link(4, 2, 21, "vae", "VAE")
    canvas.link(21, 0, 3, "latent_image", "LATENT")


@case("9: an input of any type gets the input in the same place of a bypassed node, or its first")
def bypassed_for_any_type(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "GetImageSize", gives="INT INT INT", takes="image:IMAGE", mode=4)
    canvas.link(1, 0, 2, "image", "IMAGE")
    canvas.add(3, "PreviewAny")
    canvas.link(2, 1, 3, "source", "*")
    canvas.add(4, "LoadImage", ["a.png", "image"], gives="IMAGE MASK", mode=4)
    canvas.add(5, "PreviewAny")
    canvas.link(4, 1, 5, "source", "*")


@case("9: a widget's socket of a bypassed node is one of its inputs")
def bypassed_with_widget_input(canvas: Canvas) -> None:
    canvas.add(1, "PrimitiveInt", [24, "fixed"], gives="INT")
    canvas.add(2, "PrimitiveInt", [1, "fixed"], gives="INT", mode=4)
    canvas.link(1, 0, 2, "value", "INT", widget=True)
    picture(canvas, 3)
    scale(canvas, 4, 3)
    canvas.link(2, 0, 4, "height", "INT", widget=True)
    save(canvas, 4)


@case("10: reroutes in a row")
def reroutes(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "Reroute", gives="IMAGE")
    canvas.link(1, 0, 2, "", "*")
    canvas.add(3, "Reroute", gives="*")
    canvas.link(2, 0, 3, "", "*")
    save(canvas, 3)
    canvas.add(5, "Reroute", gives="*", takes=":*")
    canvas.add(6, "ImageBatch", gives="IMAGE")
    canvas.link(3, 0, 6, "image1", "IMAGE")
    canvas.link(5, 0, 6, "image2", "IMAGE")


@case("10: a primitive writes its value into every widget that it is linked to, also when muted")
def primitives(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "PrimitiveNode", [320, "fixed"], gives="INT", properties={"Run widget replace on values": False})
    canvas.add(
        3, "PrimitiveNode", ["center"], gives="COMBO", mode=2, properties={"Run widget replace on values": False}
    )
    scale(canvas, 4, 1)
    canvas.link(2, 0, 4, "width", "INT", widget=True)
    canvas.link(2, 0, 4, "height", "INT", widget=True)
    canvas.link(3, 0, 4, "crop", "COMBO", widget=True)
    save(canvas, 4)


@case("10: a primitive does not write through a reroute")
def primitive_behind_reroute(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "PrimitiveNode", [320, "fixed"], gives="INT", properties={"Run widget replace on values": False})
    canvas.add(5, "Reroute", gives="INT")
    canvas.link(2, 0, 5, "", "*")
    scale(canvas, 4, 1)
    canvas.link(5, 0, 4, "width", "INT", widget=True)
    save(canvas, 4)


def look(canvas: Canvas, *, width: int = 32) -> None:
    """Define a subgraph that scales a picture to a width that it shows, then tints it."""
    inside = Canvas()
    scale(inside, 1, width=width)
    scale(inside, 2, 1, width=5)
    inside.takes_in("picture", "IMAGE", (1, "image"))
    inside.takes_in("width", "INT", (1, "width"), widget=True)
    inside.gives_out("IMAGE", "IMAGE", 2, 0)
    canvas.define(LOOK, "look", inside)


@case("11: ids inside a subgraph; an instance's values win over those inside, for each instance")
def two_instances(canvas: Canvas) -> None:
    look(canvas)
    picture(canvas, 50)
    canvas.use(10, LOOK, [111])
    canvas.use(11, LOOK, [222])
    canvas.link(50, 0, 10, "picture", "IMAGE")
    canvas.link(10, 0, 11, "picture", "IMAGE")
    save(canvas, 11)


@case("11: without values of its own an instance has those inside; a link wins over both")
def values_inside_and_links(canvas: Canvas) -> None:
    look(canvas, width=77)
    picture(canvas, 50)
    canvas.use(10, LOOK)
    canvas.link(50, 0, 10, "picture", "IMAGE")
    canvas.use(11, LOOK, [222])
    canvas.link(10, 0, 11, "picture", "IMAGE")
    canvas.add(51, "PrimitiveInt", [48, "fixed"], gives="INT")
    canvas.link(51, 0, 11, "width", "INT", widget=True)
    save(canvas, 11)


@case("11: nothing inside a muted or bypassed instance is sent; a bypassed one hands on")
def instances_left_out(canvas: Canvas) -> None:
    look(canvas)
    picture(canvas, 50)
    canvas.use(10, LOOK, [111], mode=4)
    canvas.link(50, 0, 10, "picture", "IMAGE")
    canvas.use(11, LOOK, [222], mode=2)
    canvas.link(10, 0, 11, "picture", "IMAGE")
    canvas.add(12, "ImageBatch", gives="IMAGE")
    canvas.link(10, 0, 12, "image1", "IMAGE")
    canvas.link(11, 0, 12, "image2", "IMAGE")
    save(canvas, 12)


@case("11: subgraphs inside subgraphs, with a value shown through both")
def nested_subgraphs(canvas: Canvas) -> None:
    look(canvas)
    middle = Canvas()
    middle.definitions = canvas.definitions
    middle.use(7, LOOK, [333])
    middle.use(8, LOOK, [444])
    middle.link(7, 0, 8, "picture", "IMAGE")
    middle.takes_in("picture", "IMAGE", (7, "picture"))
    middle.takes_in("wide", "INT", (7, "width"), widget=True)
    middle.gives_out("IMAGE", "IMAGE", 8, 0)
    canvas.define(OUTER, "outer", middle)
    picture(canvas, 50)
    canvas.use(20, OUTER, [555])
    canvas.link(50, 0, 20, "picture", "IMAGE")
    canvas.use(21, OUTER)
    canvas.link(20, 0, 21, "picture", "IMAGE")
    save(canvas, 21)


@case("11: widgets shown by `proxyWidgets`, without an input that leads to them")
def proxy_widgets(canvas: Canvas) -> None:
    look(canvas)
    picture(canvas, 50)
    canvas.use(10, LOOK, [111, 888], proxies=[["1", "width"], ["2", "width"]])
    canvas.link(50, 0, 10, "picture", "IMAGE")
    canvas.use(11, LOOK, [999, 222], proxies=[["2", "width"], ["-1", "width"]])
    canvas.link(10, 0, 11, "picture", "IMAGE")
    canvas.use(12, LOOK, [], proxies=[["2", "height"], ["1", "width"]])
    canvas.link(11, 0, 12, "picture", "IMAGE")
    save(canvas, 12)


@case("9, 10, 11: reroute, primitive and bypassed node inside a subgraph")
def helpers_inside_subgraph(canvas: Canvas) -> None:
    inside = Canvas()
    inside.add(1, "Reroute", gives="IMAGE", takes=":*")
    scale(inside, 2, 1, mode=4)
    scale(inside, 3, 2)
    inside.add(4, "PrimitiveNode", [12, "fixed"], gives="INT", properties={"Run widget replace on values": False})
    inside.link(4, 0, 3, "height", "INT", widget=True)
    inside.takes_in("picture", "IMAGE", (1, ""))
    inside.takes_in("crop", "COMBO", (3, "crop"), (2, "crop"), widget=True)
    inside.gives_out("IMAGE", "IMAGE", 3, 0)
    canvas.define(LOOK, "look", inside)
    picture(canvas, 50)
    canvas.use(10, LOOK, ["center"])
    canvas.link(50, 0, 10, "picture", "IMAGE")
    save(canvas, 10)


@case("12, 11: a prompt with choices shown by a subgraph")
def promoted_prompt(canvas: Canvas) -> None:
    inside = Canvas()
    inside.add(1, "CLIPTextEncode", ["inside {a|b}"], gives="CONDITIONING")
    inside.takes_in("clip", "CLIP", (1, "clip"))
    inside.takes_in("text", "STRING", (1, "text"), widget=True)
    inside.gives_out("CONDITIONING", "CONDITIONING", 1, 0)
    canvas.define(LOOK, "prompt", inside)
    canvas.add(50, "CLIPLoader", ["clip.safetensors", "ltxv", "default"], gives="CLIP")
    canvas.use(10, LOOK, ["outside {c|d} // note"])
    canvas.use(11, LOOK)
    canvas.add(60, "ConditioningCombine", gives="CONDITIONING")
    for node_id, name in ((10, "conditioning_1"), (11, "conditioning_2")):
        canvas.link(50, 0, node_id, "clip", "CLIP")
        canvas.link(node_id, 0, 60, name, "CONDITIONING")


@case("12: comments are cut, also the rest of a URL; choices are made, also nested ones; escapes are undone")
def dynamic_prompts(canvas: Canvas) -> None:
    prompt = "{red|blue} hair, {long {wavy|straight}|short}, // not this\nsee http://example.org/x\n"
    text_to_image(canvas, prompt=prompt + r"/* nor\nthis */ \{kept\|as it is\} {one} {|empty} {open|end")
    canvas.nodes[7]["widgets_values"] = ["日本語、{夜|昼}\n第二行"]


@case("13: placeholders in the file names of nodes that save; unsafe characters become underscores")
def file_name_placeholders(canvas: Canvas) -> None:
    text_to_image(
        canvas, prefix="%KSampler.seed%/%what to avoid.text%-%KSampler.cfg%-%width%-%No.node%-%KSampler.no%-100%"
    )
    canvas.nodes[7]["properties"] = {}
    canvas.nodes[7]["widgets_values"] = ['a/b:c*"d"|e']
    canvas.add(20, "CreateVideo", [24], gives="VIDEO")
    canvas.link(8, 0, 20, "images", "IMAGE")
    canvas.add(21, "SaveVideo", ["v/%KSampler.steps%", "auto", "auto"])
    canvas.link(20, 0, 21, "video", "VIDEO")
    canvas.add(22, "PrimitiveString", ["%KSampler.steps%"], gives="STRING")
    canvas.add(23, "PreviewAny")
    canvas.link(22, 0, 23, "source", "*")


@case("14: notes, groups, native reroutes and colours say nothing; links to what is left out are dropped")
def decoration(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "Note", ["a note"])
    canvas.add(3, "MarkdownNote", ["# a note"])
    save(canvas, 1)
    canvas.nodes[1] |= {"color": "#223", "bgcolor": "#335", "flags": {"collapsed": True}, "mode": 3}


@case("8: links as objects, ids as texts")
def links_as_objects(canvas: Canvas) -> None:
    canvas.links_are_objects = True
    picture(canvas)
    scale(canvas, 2, 1)
    save(canvas, 2)


@case("10, 11: a primitive linked to a value that a subgraph shows")
def primitive_into_subgraph(canvas: Canvas) -> None:
    look(canvas)
    picture(canvas, 50)
    canvas.use(10, LOOK, [111])
    canvas.link(50, 0, 10, "picture", "IMAGE")
    canvas.add(51, "PrimitiveNode", [640, "fixed"], gives="INT", properties={"Run widget replace on values": False})
    canvas.link(51, 0, 10, "width", "INT", widget=True)
    save(canvas, 10)


@case("11: an input that leads straight through a subgraph")
def straight_through_subgraph(canvas: Canvas) -> None:
    inside = Canvas()
    scale(inside, 1)
    inside.takes_in("picture", "IMAGE", (1, "image"))
    inside.gives_out("scaled", "IMAGE", 1, 0)
    inside.gives_out("as it was", "IMAGE", -10, 0)
    canvas.define(LOOK, "look", inside)
    picture(canvas, 50)
    canvas.use(10, LOOK)
    canvas.link(50, 0, 10, "picture", "IMAGE")
    save(canvas, 10, 0, 90)
    save(canvas, 10, 1, 91)


@case("5: null in a text area is the empty text")
def null_as_text(canvas: Canvas) -> None:
    canvas.add(1, "StringConcatenate", [None, "b", None], gives="STRING")
    canvas.add(2, "PreviewAny")
    canvas.link(1, 0, 2, "source", "*")


@case("2: an upload button between two values, as new files and as old ones have it")
def values_around_upload_button(canvas: Canvas) -> None:
    canvas.add(1, "CaseUpload", ["b.png", 0.75, 9, "fixed"], gives="IMAGE")
    canvas.add(2, "CaseUpload", ["b.png", 0.75, 9, "fixed", "image"], gives="IMAGE")
    canvas.add(3, "ImageBatch", gives="IMAGE")
    canvas.link(1, 0, 3, "image1", "IMAGE")
    canvas.link(2, 0, 3, "image2", "IMAGE")
    save(canvas, 3)


@case("10: a primitive's number is brought into the ranges of all its targets")
def primitive_out_of_range(canvas: Canvas) -> None:
    text_to_image(canvas)
    canvas.add(20, "PrimitiveNode", [7.5, "fixed"], gives="FLOAT", properties={"Run widget replace on values": False})
    canvas.link(20, 0, 3, "denoise", "FLOAT", widget=True)
    canvas.link(20, 0, 3, "cfg", "FLOAT", widget=True)
    canvas.add(21, "PrimitiveNode", [0, "fixed"], gives="INT", properties={"Run widget replace on values": False})
    canvas.link(21, 0, 3, "steps", "INT", widget=True)


@case("10: a primitive whose first link leads to a reroute writes nothing")
def primitive_of_reroute_first(canvas: Canvas) -> None:
    picture(canvas)
    canvas.add(2, "PrimitiveNode", [320, "fixed"], gives="INT", properties={"Run widget replace on values": False})
    canvas.add(5, "Reroute", gives="INT")
    canvas.link(2, 0, 5, "", "*")
    scale(canvas, 4, 1)
    canvas.link(2, 0, 4, "width", "INT", widget=True)
    save(canvas, 4)


@case("10: a primitive's text with placeholders")
def primitive_with_placeholders(canvas: Canvas) -> None:
    text_to_image(canvas)
    canvas.add(20, "PrimitiveNode", ["steps %KSampler.steps%"], gives="STRING")
    canvas.nodes[20]["properties"] = {"Run widget replace on values": True}
    canvas.link(20, 0, 7, "text", "STRING", widget=True)


@case("11: an input that leads to two widgets, one of which `proxyWidgets` shows by itself")
def proxied_out_of_shared_input(canvas: Canvas) -> None:
    inside = Canvas()
    scale(inside, 1)
    scale(inside, 2, 1, width=5)
    scale(inside, 3, 2, width=6)
    inside.takes_in("picture", "IMAGE", (1, "image"))
    inside.takes_in("width", "INT", (1, "width"), (2, "width"), (3, "width"), widget=True)
    inside.gives_out("IMAGE", "IMAGE", 3, 0)
    canvas.define(LOOK, "look", inside)
    picture(canvas, 50)
    canvas.use(10, LOOK, [111, 222], proxies=[["1", "width"], ["2", "width"], ["3", "width"]])
    canvas.link(50, 0, 10, "picture", "IMAGE")
    canvas.use(11, LOOK, [333])
    canvas.link(10, 0, 11, "picture", "IMAGE")
    save(canvas, 11)


@case("9, 11: a bypassed node hands on the value that an instance gives its widget")
def proxied_widget_of_bypassed_node(canvas: Canvas) -> None:
    inside = Canvas()
    inside.add(1, "PrimitiveInt", [436, "fixed"], gives="INT", mode=4)
    scale(inside, 2)
    inside.link(1, 0, 2, "width", "INT", widget=True)
    inside.takes_in("picture", "IMAGE", (2, "image"))
    inside.gives_out("IMAGE", "IMAGE", 2, 0)
    canvas.define(LOOK, "look", inside)
    picture(canvas, 50)
    canvas.use(10, LOOK, [777], proxies=[["1", "value"]])
    canvas.link(50, 0, 10, "picture", "IMAGE")
    save(canvas, 10)


@case("10, 11: a primitive inside, shown by `proxyWidgets`")
def proxied_primitive(canvas: Canvas) -> None:
    inside = Canvas()
    inside.add(1, "PrimitiveNode", [12, "fixed"], gives="INT", properties={"Run widget replace on values": False})
    scale(inside, 2)
    inside.link(1, 0, 2, "width", "INT", widget=True)
    inside.link(1, 0, 2, "height", "INT", widget=True)
    inside.takes_in("picture", "IMAGE", (2, "image"))
    inside.gives_out("IMAGE", "IMAGE", 2, 0)
    canvas.define(LOOK, "look", inside)
    picture(canvas, 50)
    canvas.use(10, LOOK, [777], proxies=[["1", "value"]])
    canvas.link(50, 0, 10, "picture", "IMAGE")
    save(canvas, 10)


@case("11: values by `proxyWidgets` are of that list alone, also for what another instance lists")
def proxies_of_two_instances(canvas: Canvas) -> None:
    look(canvas)
    picture(canvas, 50)
    canvas.use(10, LOOK, [735], proxies=[["2", "width"], ["2", "height"]])
    canvas.link(50, 0, 10, "picture", "IMAGE")
    canvas.use(11, LOOK, [752], proxies=[["1", "height"], ["2", "height"], ["1", "width"]])
    canvas.link(10, 0, 11, "picture", "IMAGE")
    save(canvas, 11)


@case("11: subgraphs inside subgraphs with values of their own under `proxyWidgets`")
def nested_proxies(canvas: Canvas) -> None:
    look(canvas)
    middle = Canvas()
    middle.definitions = canvas.definitions
    middle.use(7, LOOK, [333, 444], proxies=[["1", "width"], ["2", "width"]])
    middle.takes_in("picture", "IMAGE", (7, "picture"))
    middle.gives_out("IMAGE", "IMAGE", 7, 0)
    canvas.define(OUTER, "outer", middle)
    picture(canvas, 50)
    canvas.use(20, OUTER, [555], proxies=[["7", "width"]])
    canvas.link(50, 0, 20, "picture", "IMAGE")
    save(canvas, 20)


@case("11: a muted instance inside a subgraph")
def muted_instance_inside(canvas: Canvas) -> None:
    look(canvas)
    middle = Canvas()
    middle.definitions = canvas.definitions
    scale(middle, 6)
    middle.use(7, LOOK, [333], mode=2)
    middle.link(6, 0, 7, "picture", "IMAGE")
    middle.takes_in("picture", "IMAGE", (6, "image"))
    middle.gives_out("IMAGE", "IMAGE", 6, 0)
    canvas.define(OUTER, "outer", middle)
    picture(canvas, 50)
    canvas.use(20, OUTER)
    canvas.link(50, 0, 20, "picture", "IMAGE")
    save(canvas, 20)


@case("14: reroutes in a circle")
def circle_of_reroutes(canvas: Canvas) -> None:
    canvas.add(1, "Reroute", gives="IMAGE")
    canvas.add(2, "Reroute", gives="IMAGE")
    canvas.link(1, 0, 2, "", "*")
    canvas.link(2, 0, 1, "", "*")
    save(canvas, 2)
