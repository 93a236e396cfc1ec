"""What kind of model a file is, by its header."""

from __future__ import annotations

import pytest

from tower_anime_assets.workflows.model_kinds import metadata_kind, tensor_kind, wanted_kind
from tower_anime_assets.workflows.registry import load_registry


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base"}, "sdxl"),
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, "sdxl"),
        ({"modelspec.architecture": "stable-diffusion-v1"}, "sd15"),
        ({"modelspec.architecture": "flux-1-dev"}, "flux"),
        ({"ss_base_model_version": "sdxl_base_v1-0"}, "sdxl"),
        ({"ss_base_model_version": "sd_v1"}, "sd15"),
        ({"ss_base_model_version": "wan2.1"}, "wan"),
        ({"config": '{"transformer": {}, "vae": {"_class_name": "CausalVideoAutoencoder"}}'}, "ltx"),
        ({"config": "{}", "format": "pt"}, ""),
        ({"ss_output_name": "sdxl_wan_flux"}, ""),  # a name is no architecture
        ({}, ""),
    ],
)
def test_what_an_author_wrote(metadata: dict[str, str], kind: str) -> None:
    assert metadata_kind(metadata) == kind


_UNET = "model.diffusion_model."
_CONTEXT = f"{_UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
_FIRST = f"{_UNET}input_blocks.0.0.weight"
_ATTENTION = "encoder.block.0.layer.0.SelfAttention.q.weight"
_SECOND_BIAS = "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight"
_STEP = f"{_UNET}adaln_single.emb.timestep_embedder.linear_1.bias"


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ({_FIRST: (320, 4, 3, 3), _CONTEXT: (320, 768)}, "sd15"),
        ({_FIRST: (320, 4, 3, 3), _CONTEXT: (320, 1024)}, "sd2"),
        ({_FIRST: (320, 4, 3, 3), f"{_UNET}label_emb.0.0.weight": (1280, 2816)}, "sdxl"),
        ({f"{_UNET}patchify_proj.weight": (1, 1), _STEP: (1,)}, "ltx"),
        ({"blocks.0.self_attn.norm_k.weight": (1,), "head.modulation": (1, 2, 5120)}, "wan"),
        ({"transformer_blocks.0.img_mod.1.weight": (1, 1)}, "qwen_image"),
        ({_ATTENTION: (4096, 4096)}, "t5xxl"),
        ({_ATTENTION: (4096, 4096), _SECOND_BIAS: (32, 64)}, "umt5"),
        ({"decoder.conv_in.weight": (1,)}, ""),
        ({}, ""),
    ],
)
def test_what_tensors_show(shapes: dict[str, tuple[int, ...]], kind: str) -> None:
    assert tensor_kind(shapes) == kind


def test_what_belongs_at_a_place_comes_from_the_workflow() -> None:
    registry = load_registry()
    kinds = {
        (name, item.folder): wanted_kind(registry.workflow(name), item)
        for name in ("ltx_2b_i2v", "sdxl_anime_t2i", "wan22_5b_i2v", "upscale_4x")
        for item in registry.workflow(name).models
    }
    assert kinds == {
        ("ltx_2b_i2v", "checkpoints"): "ltx",
        ("ltx_2b_i2v", "text_encoders"): "t5xxl",
        ("sdxl_anime_t2i", "checkpoints"): "sdxl",
        ("wan22_5b_i2v", "diffusion_models"): "wan",
        ("wan22_5b_i2v", "text_encoders"): "umt5",
        ("wan22_5b_i2v", "vae"): "",
        ("upscale_4x", "upscale_models"): "",
    }
