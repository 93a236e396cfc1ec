"""Model files that a graph names, and the outputs after which LoRA loaders can be inserted.

Source: the loaders of ComfyUI's core nodes, `GET /object_info` of 0.3.64; those of node packs by the suffix of the
file's name, since every one of them lists files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tower_anime_assets.workflows.graphs import ObjectInfo
from tower_anime_assets.workflows.node_inputs import MODEL_SUFFIXES, linked_sources
from tower_anime_assets.workflows.workflow import LoraSlot, ModelFile

_CORE_INPUTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
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

_FOLDER_OF_CLASS: Final = (
    ("animatediff.*lora|ade_.*lora", "animatediff_motion_lora"),
    ("animatediff|ade_", "animatediff_models"),
    ("clip.?vision", "clip_vision"),
    ("ipadapter", "ipadapter"),
    ("control.?net|t2iadapter", "controlnet"),
    ("lora", "loras"),
    ("vae", "vae"),
    ("t5|text.?encoder|cliploader", "text_encoders"),
    ("upscale.?model", "upscale_models"),
    ("style.?model", "style_models"),
    ("sam.?(model.?)?loader", "sams"),
    ("ultralytics", "ultralytics"),
    ("instantid", "instantid"),
    ("pulid", "pulid"),
)
_FOLDER_OF_NAME: Final = (
    (r"lora", "loras"),
    (r"ckpt|checkpoint", "checkpoints"),
    (r"vae", "vae"),
    (r"control_net|controlnet", "controlnet"),
    (r"ipadapter", "ipadapter"),
    (r"unet|diffusion_model", "diffusion_models"),
    (r"clip_vision", "clip_vision"),
    (r"clip|t5|text_encoder", "text_encoders"),
    (r"upscale", "upscale_models"),
    (r"style_model", "style_models"),
    (r"embedding", "embeddings"),
)


def model_files(graph: Mapping[str, Any]) -> tuple[ModelFile, ...]:
    """Return the model files that a graph names, in its order; LoRAs that a stack has switched off are left out."""
    return tuple(
        ModelFile(folder, file, f"{node_id}.inputs.{name}")
        for node_id, node in graph.items()
        for name, file, folder in _named_files(node)
    )


def _named_files(node: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (input, file, folder) of every model file that a node names."""
    known = dict(_CORE_INPUTS.get(node["class_type"], ()))
    inputs = node["inputs"]
    for name in known:
        if isinstance(inputs.get(name), str):
            yield name, inputs[name], known[name]
    for name, value in inputs.items():
        if name in known or not _is_switched_on(name, inputs):
            continue
        if _is_model_file(value):
            yield name, value, _folder_of(node["class_type"], name)
        elif isinstance(value, dict) and value.get("on", True):  # one line of a stack: {"on", "lora", "strength"}
            for key, held in value.items():
                if _is_model_file(held) and "." not in key:
                    yield f"{name}.{key}", held, _folder_of(node["class_type"], key)


def _is_model_file(value: Any) -> bool:
    return isinstance(value, str) and value.lower().endswith(MODEL_SUFFIXES) and "\n" not in value


def _is_switched_on(name: str, inputs: Mapping[str, Any]) -> bool:
    """Return whether a numbered input of a stack is used: some stacks have a switch, and a count, beside it."""
    number = re.search(r"(\d+)$", name)
    if number is None:
        return True
    if inputs.get(f"switch_{number[1]}") in ("Off", False):
        return False
    count = next((inputs[key] for key in ("lora_count", "num_loras") if isinstance(inputs.get(key), int)), None)
    return count is None or int(number[1]) <= count


def _folder_of(class_type: str, name: str) -> str:
    """Return the folder below ComfyUI's `models/` in which a loader's file lies, as far as names tell."""
    specific = next((folder for pattern, folder in _FOLDER_OF_CLASS[:2] if re.search(pattern, class_type.lower())), "")
    by_name = next((folder for pattern, folder in _FOLDER_OF_NAME if re.search(pattern, name.lower())), "")
    by_class = next((folder for pattern, folder in _FOLDER_OF_CLASS if re.search(pattern, class_type.lower())), "")
    return specific or by_name or by_class or "diffusion_models"


def lora_slots(graph: Mapping[str, Any], object_info: ObjectInfo) -> Iterator[LoraSlot]:
    """Yield the outputs after which LoRA loaders go: those of the nodes that load a model from a file.

    Without `object_info` a loader is known by its name; wrappers with model types of their own take no core loader.
    """
    used = linked_sources(graph)
    for node_id, node in graph.items():
        if (node_id, 0) not in used:
            continue
        folders = {folder for _name, _file, folder in _named_files(node)}
        if not folders & {"checkpoints", "diffusion_models"}:
            continue
        outputs = (object_info.get(node["class_type"]) or {}).get("output")
        if outputs is None:
            outputs = _outputs_by_name(node["class_type"])
        if outputs[:1] == ["MODEL"]:
            has_clip = list(outputs[1:2]) == ["CLIP"] and (node_id, 1) in used
            yield LoraSlot((node_id, 0), (node_id, 1) if has_clip else None)


def _outputs_by_name(class_type: str) -> list[str]:
    if re.match(r"(Image.?Only)?Checkpoint.?Loader", class_type, re.IGNORECASE):
        return ["MODEL"] if class_type.lower().startswith("image") else ["MODEL", "CLIP", "VAE"]
    return ["MODEL"] if re.match(r"UNET.?Loader", class_type, re.IGNORECASE) else []
