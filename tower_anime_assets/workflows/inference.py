"""Inference of a workflow's properties from its graph: by the classes of nodes and their links.

A graph exported from ComfyUI does not say which text is the prompt or which picture is the init image, but the samplers
do: what leads into `positive` is the prompt. A `workflow.yaml` can correct everything inferred here.

Source: the inputs of ComfyUI's core nodes, `GET /object_info` of 0.3.64.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tower_anime_assets.workflows.graphs import input_links, upstream_nodes
from tower_anime_assets.workflows.workflow import Lengths, LoraSlot, ModelFile, Sizes, is_link, value_at

_INPUTS_BY_ROLE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "seed": (
        ("KSampler", "seed"),
        ("KSamplerAdvanced", "noise_seed"),
        ("SamplerCustom", "noise_seed"),
        ("RandomNoise", "noise_seed"),
    ),
    "steps": (("KSampler", "steps"), ("BasicScheduler", "steps"), ("LTXVScheduler", "steps")),
    "cfg": (("KSampler", "cfg"), ("KSamplerAdvanced", "cfg"), ("SamplerCustom", "cfg"), ("CFGGuider", "cfg")),
    "sampler": (
        ("KSampler", "sampler_name"),
        ("KSamplerAdvanced", "sampler_name"),
        ("KSamplerSelect", "sampler_name"),
    ),
    "scheduler": (("KSampler", "scheduler"), ("KSamplerAdvanced", "scheduler"), ("BasicScheduler", "scheduler")),
    "sigmas": (("ManualSigmas", "sigmas"),),
    "denoise": (("KSampler", "denoise"), ("BasicScheduler", "denoise")),
    "shift": (("ModelSamplingSD3", "shift"), ("ModelSamplingAuraFlow", "shift")),
    "checkpoint": (("CheckpointLoaderSimple", "ckpt_name"),),
    "strength": (("LTXVImgToVideo", "strength"), ("WanVaceToVideo", "strength")),
    "fps": (
        ("CreateVideo", "fps"),
        ("LTXVConditioning", "frame_rate"),
        ("SaveWEBM", "fps"),
        ("SaveAnimatedWEBP", "fps"),
        ("SaveAnimatedPNG", "fps"),
    ),
    "mask": (("LoadImageMask", "image"),),
    "video": (("LoadVideo", "file"),),
    "audio": (("LoadAudio", "audio"),),
    "filename_prefix": tuple(
        (name, "filename_prefix")
        for name in ("SaveImage", "SaveVideo", "SaveWEBM", "SaveAnimatedWEBP", "SaveAnimatedPNG", "VHS_VideoCombine")
    ),
}
"""Class and input of every role that the class alone decides. Two-stage samplers (KSamplerAdvanced) have no `steps`
here: the step at which one hands over to the other would have to change with it."""

_VIDEO_SAVE_CLASSES: Final = frozenset(
    {"SaveVideo", "SaveWEBM", "SaveAnimatedWEBP", "SaveAnimatedPNG", "VHS_VideoCombine"}
)
_SAVE_CLASSES: Final = _VIDEO_SAVE_CLASSES | {"SaveImage"}
_CONDITIONED_CLASSES: Final = ("KSampler", "KSamplerAdvanced", "SamplerCustom", "CFGGuider", "BasicGuider")
_TEXT_INPUTS: Final = ("text", "prompt", "text_g", "text_l", "t5xxl", "clip_l", "clip_g", "llama")

_MODEL_INPUTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "CheckpointLoaderSimple": (("ckpt_name", "checkpoints"),),
    "UNETLoader": (("unet_name", "diffusion_models"),),
    "CLIPLoader": (("clip_name", "text_encoders"),),
    "DualCLIPLoader": (("clip_name1", "text_encoders"), ("clip_name2", "text_encoders")),
    "TripleCLIPLoader": tuple((f"clip_name{number}", "text_encoders") for number in (1, 2, 3)),
    "VAELoader": (("vae_name", "vae"),),
    "CLIPVisionLoader": (("clip_name", "clip_vision"),),
    "LoraLoader": (("lora_name", "loras"),),
    "LoraLoaderModelOnly": (("lora_name", "loras"),),
    "UpscaleModelLoader": (("model_name", "upscale_models"),),
    "ControlNetLoader": (("control_net_name", "controlnet"),),
}
"""Inputs that name a model file, and its folder below ComfyUI's `models/`."""

_WAN_LIMITS: Final = (16, 4, 81)
_LATENT_LIMITS: Final[Mapping[str, tuple[int, int, int]]] = {
    "EmptyLatentImage": (8, 0, 1),
    "EmptySD3LatentImage": (16, 0, 1),
    "EmptyQwenImageLayeredLatentImage": (16, 0, 1),
    "EmptyLTXVLatentVideo": (32, 8, 257),
    "LTXVImgToVideo": (32, 8, 257),
    "EmptyHunyuanLatentVideo": (16, 4, 129),
    "HunyuanImageToVideo": (16, 4, 129),
    "EmptyHunyuanVideo15Latent": (16, 4, 121),
    "HunyuanVideo15ImageToVideo": (16, 4, 121),
    "WanImageToVideo": _WAN_LIMITS,
    "WanFirstLastFrameToVideo": _WAN_LIMITS,
    "WanFunInpaintToVideo": _WAN_LIMITS,
    "WanVaceToVideo": _WAN_LIMITS,
    "Wan22ImageToVideoLatent": (32, 4, 121),
}
"""Nodes that decide size and length: multiple of a side, px; step of frames (0 for pictures); most useful frames."""

_MIN_SIDE_PX: Final = 64
_MAX_PIXELS: Final = 2048 * 2048
_DEFAULT_FPS: Final = 24.0
_MAX_FPS: Final = 240


@dataclass(frozen=True)
class InferredWorkflow:
    """What a graph tells about itself; fields as in `Workflow`."""

    medium: str
    capabilities: frozenset[str]
    bindings: Mapping[str, tuple[str, ...]]
    output_nodes: tuple[str, ...]
    models: tuple[ModelFile, ...]
    lora_after: tuple[LoraSlot, ...]
    sizes: Sizes
    lengths: Lengths | None


def infer_workflow(graph: Mapping[str, Any]) -> InferredWorkflow:
    """Return everything that can be inferred from a graph."""
    bindings = _infer_bindings(graph)
    outputs = tuple(node_id for node_id, node in graph.items() if node["class_type"] in _SAVE_CLASSES)
    is_video = any(graph[node_id]["class_type"] in _VIDEO_SAVE_CLASSES for node_id in outputs)
    sizes, lengths = _infer_limits(graph, bindings)
    return InferredWorkflow(
        "video" if is_video else "image",
        _infer_capabilities(graph, bindings, is_video=is_video),
        bindings,
        outputs,
        model_files(graph),
        tuple(_infer_lora_slots(graph)),
        sizes,
        lengths if is_video else None,
    )


def model_files(graph: Mapping[str, Any]) -> tuple[ModelFile, ...]:
    """Return the model files that a graph names, in its order."""
    return tuple(
        ModelFile(folder, node["inputs"][name], f"{node_id}.inputs.{name}")
        for node_id, node in graph.items()
        for name, folder in _MODEL_INPUTS.get(node["class_type"], ())
        if isinstance(node["inputs"].get(name), str)
    )


def _infer_bindings(graph: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    places_by_role: dict[str, dict[str, None]] = {}

    def bind(role: str, place: str) -> None:
        places_by_role.setdefault(role, {})[place] = None

    for role, inputs in _INPUTS_BY_ROLE.items():
        for class_type, name in inputs:
            for node_id in _nodes_of_class(graph, class_type):
                for place in _literal_places(graph, node_id, name):
                    bind(role, place)
    for role, side in (("prompt", "positive"), ("negative", "negative")):
        for place in _prompt_places(graph, side):
            if role == "prompt" or place not in places_by_role.get("prompt", {}):
                bind(role, place)
    for node_id, node in graph.items():
        if node["class_type"] in _LATENT_LIMITS:
            for role, name in (("width", "width"), ("height", "height"), ("frames", "length")):
                for place in _literal_places(graph, node_id, name):
                    bind(role, place)
    for role, node_id in _image_loader_roles(graph):
        bind(role, f"{node_id}.inputs.image")
    return {role: tuple(places) for role, places in sorted(places_by_role.items())}


def _nodes_of_class(graph: Mapping[str, Any], class_type: str) -> Iterator[str]:
    return (node_id for node_id, node in graph.items() if node["class_type"] == class_type)


def _literal_places(graph: Mapping[str, Any], node_id: str, name: str) -> Iterator[str]:
    """Yield the place of an input's literal value, which may be in a Primitive node; nothing if it is computed."""
    value = graph[node_id]["inputs"].get(name)
    if value is None:
        return
    if not is_link(value):
        yield f"{node_id}.inputs.{name}"
    elif graph[value[0]]["class_type"].startswith("Primitive"):
        yield from _literal_places(graph, value[0], "value")


def _prompt_places(graph: Mapping[str, Any], side: str) -> Iterator[str]:
    """Yield the places of the texts that lead into a sampler's `positive` or `negative`."""
    for class_type in _CONDITIONED_CLASSES:
        name = "conditioning" if class_type == "BasicGuider" else side
        if class_type == "BasicGuider" and side == "negative":
            continue
        for node_id in _nodes_of_class(graph, class_type):
            value = graph[node_id]["inputs"].get(name)
            if is_link(value):
                yield from _prompt_places_upstream(graph, value[0], value[1])


def _prompt_places_upstream(graph: Mapping[str, Any], node_id: str, output: int) -> Iterator[str]:
    """Yield the places of the texts behind a conditioning; a node that takes a pair returns it in the same order."""
    queue, visited = [(node_id, output)], set()
    while queue:
        current = queue.pop(0)
        if current in visited:
            continue
        visited.add(current)
        node = graph[current[0]]
        inputs = node["inputs"]
        text_places = [place for name in _TEXT_INPUTS for place in _literal_places(graph, current[0], name)]
        if text_places:
            yield from text_places
        elif "positive" in inputs or "negative" in inputs:
            link = inputs.get("negative" if current[1] == 1 else "positive")
            queue = [(link[0], link[1]), *queue] if is_link(link) else queue
        elif node["class_type"] != "ConditioningZeroOut":
            conditionings = [
                (source, out) for name, source, out in input_links(node) if name.startswith("conditioning")
            ]
            queue = [*conditionings, *queue]


def _image_loader_roles(graph: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (role, LoadImage node): end images, masks, and the first of the others as init image."""
    loaders = list(_nodes_of_class(graph, "LoadImage"))
    uses_by_loader: dict[str, set[tuple[str, int]]] = {
        loader: {
            (name, output) for node in graph.values() for name, source, output in input_links(node) if source == loader
        }
        for loader in loaders
    }
    has_image = False
    for loader, uses in uses_by_loader.items():
        if any(name in ("end_image", "last_image") for name, _ in uses):
            yield "end_image", loader
        elif uses and all(output == 1 for _, output in uses):
            yield "mask", loader
        elif not has_image:
            has_image = True
            yield "image", loader


def _infer_lora_slots(graph: Mapping[str, Any]) -> Iterator[LoraSlot]:
    used_outputs = {(source, output) for node in graph.values() for _, source, output in input_links(node)}
    for node_id, node in graph.items():
        if (node_id, 0) not in used_outputs:
            continue
        if node["class_type"] == "CheckpointLoaderSimple":
            yield LoraSlot((node_id, 0), (node_id, 1) if (node_id, 1) in used_outputs else None)
        elif node["class_type"] == "UNETLoader":
            yield LoraSlot((node_id, 0))


def _infer_limits(graph: Mapping[str, Any], bindings: Mapping[str, tuple[str, ...]]) -> tuple[Sizes, Lengths | None]:
    """Return the sizes and lengths that all nodes with limits can make."""
    rules = [_LATENT_LIMITS[node["class_type"]] for node in graph.values() if node["class_type"] in _LATENT_LIMITS]
    multiple_px = max((rule[0] for rule in rules), default=1)
    graph_fps = value_at(graph, bindings["fps"][0]) if "fps" in bindings else None
    fps = float(graph_fps) if isinstance(graph_fps, int | float) and 0 < graph_fps <= _MAX_FPS else _DEFAULT_FPS
    clip_rules = [rule for rule in rules if rule[1]]
    lengths = (
        Lengths(max(r[1] for r in clip_rules), 1, min(r[2] for r in clip_rules), fps)
        if clip_rules
        else Lengths(1, 1, 81, fps)
    )
    return Sizes(multiple_px, _MIN_SIDE_PX, _MAX_PIXELS), lengths


def _infer_capabilities(
    graph: Mapping[str, Any], bindings: Mapping[str, tuple[str, ...]], *, is_video: bool
) -> frozenset[str]:
    classes = {node["class_type"] for node in graph.values()}
    if is_video:
        if "video" in bindings and "mask" in bindings:
            return frozenset({"video_inpainting"})
        return frozenset({"image_to_video" if "image" in bindings else "text_to_video"})
    if "prompt" not in bindings and "ImageUpscaleWithModel" in classes:
        return frozenset({"super_resolution"})
    return frozenset({"image_editing" if "image" in bindings else "text_to_image"})


def unused_nodes(graph: Mapping[str, Any], output_nodes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the nodes that no output depends on; servers ignore them."""
    used_ids = {node_id for output in output_nodes for node_id in upstream_nodes(graph, output)}
    return tuple(sorted(set(graph) - used_ids))
