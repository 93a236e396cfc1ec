"""The kind of a model file, by the header of its safetensors file: what its author wrote there, or its tensors.

A kind is a family such as `sdxl` or `wan`; a file whose header says nothing has none. Names of files are never read.

Source: the ModelSpec standard (`modelspec.architecture`), kohya's `ss_base_model_version`, Lightricks' `config`, and
the tensors by which ComfyUI itself recognises models (comfy/model_detection.py, comfy/sd.py of 0.3.64).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tower_anime_assets.workflows.workflow import ModelFile, Workflow

TensorShapes = Mapping[str, tuple[int, ...]]
"""Shape by tensor name."""

_ARCHITECTURES: Final = (
    (r"stable-?diffusion-?xl|sdxl", "sdxl"),
    (r"stable-?diffusion-?v?3|sd3", "sd3"),
    (r"stable-?diffusion-?v?2|sd_?v?2", "sd2"),
    (r"stable-?diffusion-?v?1|sd_?v?1|sd-?1\.5", "sd15"),
    (r"flux", "flux"),
    (r"ltx", "ltx"),
    (r"wan", "wan"),
    (r"hunyuan-?_?video", "hunyuan_video"),
    (r"qwen-?_?image", "qwen_image"),
)
"""Words by which authors name architectures, and the kind."""

_KIND_OF_BASE_MODEL: Final = (
    *(("sdxl", "sdxl"), ("sd15", "sd15"), ("ltx", "ltx"), ("wan", "wan"), ("hunyuan_video", "hunyuan_video")),
    *(("qwen_image", "qwen_image"), ("flux", "flux"), ("sd3", "sd3")),
)
_TEXT_ENCODER_OF_TYPE: Final[Mapping[str, str]] = {
    "ltxv": "t5xxl",
    "wan": "umt5",
    "qwen_image": "qwen25_vl",
    "mochi": "t5xxl",
}
"""Kind of the one text encoder that a `CLIPLoader` of a type loads."""


def metadata_kind(metadata: Mapping[str, str]) -> str:
    """Return the kind that the author of a file wrote into its header, "" for none."""
    if "transformer" in metadata.get("config", "") and "CausalVideoAutoencoder" in metadata["config"]:
        return "ltx"
    for key in ("modelspec.architecture", "ss_base_model_version"):
        named = metadata.get(key, "").casefold()
        for pattern, kind in _ARCHITECTURES:
            if named and re.search(pattern, named):
                return kind
    return ""


def tensor_kind(shapes: TensorShapes) -> str:
    """Return the kind that a file's tensors show, "" for none that is known."""
    names = [name.removeprefix("model.diffusion_model.").removeprefix("diffusion_model.") for name in shapes]
    bare = dict(zip(names, shapes.values(), strict=True))

    def has(*parts: str) -> bool:
        return all(any(part in name for name in bare) for part in parts)

    if has("input_blocks.0.0.weight"):
        if has("label_emb.0.0.weight"):
            return "sdxl"
        context = next((shape for name, shape in bare.items() if name.endswith("attn2.to_k.weight")), (0, 0))
        return {768: "sd15", 1024: "sd2", 2048: "sdxl"}.get(context[-1], "")
    for kind, parts in (
        ("flux", ("double_blocks.0.img_attn.norm.key_norm",)),
        ("hunyuan_video", ("txt_in.individual_token_refiner.blocks.0",)),
        ("sd3", ("joint_blocks.0.context_block.attn.qkv",)),
        ("qwen_image", ("transformer_blocks.0.img_mod.1",)),
        ("ltx", ("patchify_proj.weight", "adaln_single.emb.timestep_embedder")),
        ("wan", ("blocks.0.self_attn.norm_k.weight", "head.modulation")),
        ("umt5", ("encoder.block.1.layer.0.SelfAttention.relative_attention_bias",)),
        ("t5xxl", ("encoder.block.0.layer.0.SelfAttention.q",)),
        ("qwen25_vl", ("layers.0.self_attn.k_proj.bias",)),
    ):
        if has(*parts):
            return kind
    return ""


def wanted_kind(workflow: Workflow, item: ModelFile) -> str:
    """Return the kind of file that belongs at a place of a workflow, "" where that is not known."""
    if item.folder in ("checkpoints", "diffusion_models", "loras"):
        base_model = workflow.base_model.casefold()
        return next((kind for prefix, kind in _KIND_OF_BASE_MODEL if base_model.startswith(prefix)), "")
    if item.folder == "text_encoders":
        inputs = workflow.graph[item.place.split(".")[0]]["inputs"]
        return _TEXT_ENCODER_OF_TYPE.get(str(inputs.get("type")), "")
    return ""
