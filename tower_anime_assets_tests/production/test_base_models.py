"""Base models by the names that people write, and which LoRAs fit which workflows."""

from __future__ import annotations

import pytest

from tower_anime_assets.production.base_models import ARCHITECTURES, LoraFit, architectures_of, lora_fit
from tower_anime_assets.workflows.registry import load_registry

SPELLINGS = {
    "ltx_2b": """LTX Video 2B|ltx_2b|LTXV 2B|ltxv-2b-0.9.8-distilled|LTX-Video-2B|ltx video 2b|LTX2B|ltxv_2b_0.9.6_dev
        |ltx-video-2b-v0.9.5.safetensors|LTX Video 0.9.1|ltxv-2b-0.9.8-distilled-fp8.safetensors|LTX-Video 2B v0.9
        |Lightricks/LTX-Video-0.9.5|ltx_video_2b|LTX  VIDEO (2B)|ＬＴＸ Video 2B|ltxv 0.9.8 2B
        |LTX Video 2B (image to video)""",
    "ltx_13b": "LTX Video 13B|ltxv-13b-0.9.8-dev|LTXV 13B 0.9.7 distilled|ltxv 0.9.7|LTX-Video-0.9.8-13B-distilled",
    "ltx_2": "LTX-2|LTXV2|LTXV 2.3|ltx-2-19b-dev-fp8.safetensors|Lightricks/LTX-2|LTX 2",
    "sdxl": """SDXL 1.0|sdxl|SDXL|SD XL|sdxl_base_v1-0|stable-diffusion-xl-v1-base/lora|Stable Diffusion XL
        |stabilityai/stable-diffusion-xl-base-1.0|SDXL Lightning|SDXL Hyper|SDXL Turbo|SDXL 1.0 LCM|Illustrious
        |Illustrious XL v2.0|Illustrious-XL|NoobAI|NoobAI-XL (NAI-XL) V-Pred|noobai XL eps-pred 1.1|Pony
        |Pony Diffusion V6 XL
        |ponyDiffusionV6XL|Animagine XL 4.0|animagine-xl-3.1|SDXL 0.9|sd_xl_base_1.0.safetensors|SDXL (Pony)""",
    "sd15": "SD 1.5|sd15|SD1.x|sd_v1|Stable Diffusion 1.5|runwayml/stable-diffusion-v1-5|SD 1.4|SD 1.5 LCM",
    "sd35": "SD 3.5|SD 3.5 Large Turbo|sd3.5_medium",
    "flux1": "Flux.1 D|FLUX.1-dev|flux1|flux1-dev-fp8.safetensors|Flux.1 S|Flux|black-forest-labs/FLUX.1-schnell",
    "flux1_kontext": "Flux.1 Kontext|flux1-kontext-dev",
    "qwen_image": "Qwen|Qwen-Image|qwen_image_fp8_e4m3fn.safetensors|qwen image|Qwen 2",
    "qwen_image_edit": "Qwen-Image-Edit-2509|qwen_image_edit|Qwen Image Edit|qwen_image_edit_2509_fp8_e4m3fn",
    "wan21_1_3b": "Wan 2.1 1.3B|Wan Video 1.3B t2v|wan2.1_t2v_1.3B_fp16.safetensors|wan21_1_3b|Wan-AI/Wan2.1-T2V-1.3B",
    "wan21_14b": "Wan 2.1 14B|Wan Video 14B t2v|Wan Video 14B i2v 480p|wan2.1-i2v-14b-720p-Q4_K_M.gguf|wan21_14b",
    "wan22_14b": """Wan 2.2 14B|Wan Video 2.2 I2V-A14B|Wan Video 2.2 T2V-A14B|wan22_14b|WAN2.2 A14B
        |wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors|Wan2.2-I2V-A14B|wan video 2.2 14b""",
    "wan22_5b": "Wan 2.2 5B|Wan Video 2.2 TI2V-5B|wan2.2_ti2v_5B_fp16.safetensors|wan22_5b",
    "hunyuan_video": "Hunyuan Video|HunyuanVideo|hunyuan_video|hunyuan_video_t2v_720p_bf16.safetensors|HYVideo",
    "hunyuan_video_15": "HunyuanVideo 1.5|hunyuan_video_15|Hunyuan Video v1.5",
    "auraflow": "AuraFlow|Aura Flow|Pony V7",
    "z_image": "ZImageTurbo|Z-Image Turbo|Z Image|Z-Image",
    "newbie_image": "NewBie image|newbie_image|NewBie-image-Exp0.1",
    "anima": "Anima|anima",
    "svd": "SVD|SVD XT|Stable Video Diffusion",
}  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "architecture"),
    [(name.strip(), known) for known, names in SPELLINGS.items() for name in names.split("|")],
)
def test_a_name_is_known_as_its_users_write_it(spelling: str, architecture: str) -> None:
    assert architectures_of(spelling) == {architecture}


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("LTX Video", {"ltx_2b", "ltx_13b"}),
        ("LTXV", {"ltx_2b", "ltx_13b"}),
        ("ltxv 0.9.8", {"ltx_2b", "ltx_13b"}),
        ("Wan 2.2", {"wan22_14b", "wan22_5b"}),
        ("Wan2.1", {"wan21_1_3b", "wan21_14b"}),
    ],
)
def test_a_name_of_several_models_says_which_it_may_be(name: str, several: set[str]) -> None:
    assert architectures_of(name) == several


@pytest.mark.parametrize("name", ["", "anime", "my_checkpoint_v3", "AnythingV5", "LTX 99B", "wan 3", "flux 9"])
def test_a_name_that_is_not_in_the_table_is_not_guessed(name: str) -> None:
    assert architectures_of(name) == frozenset()


def test_every_shipped_workflow_names_a_known_base_model() -> None:
    names = {item.base_model for item in load_registry(()).all() if item.base_model}
    assert {name: architectures_of(name) for name in names} == {name: {name} for name in names}


def test_every_architecture_knows_its_own_id_and_title() -> None:
    for known, architecture in ARCHITECTURES.items():
        assert architectures_of(known) == architectures_of(architecture.title) == {known}


@pytest.mark.parametrize(
    ("lora", "model", "medium", "used"),
    [
        ("LTX Video 2B", "ltx_2b", "video", True),
        ("LTX Video 2B", "sdxl", "image", False),
        ("SDXL 1.0", "ltx_2b", "video", False),
        ("Illustrious", "sdxl", "image", True),
        ("LTX-2", "ltx_2b", "video", False),
        ("SD 1.5", "SD1.5", "video", True),  # AnimateDiff: an image model's LoRA in a video workflow
        ("My-Own Model", "my own model", "video", True),
    ],
)
def test_what_is_known_is_decided_without_a_doubt(lora: str, model: str, medium: str, *, used: bool) -> None:
    fit = lora_fit(lora, "", model, medium)
    assert (fit.is_used, fit.doubt) == (used, "")
    assert bool(fit.reason) is not used


@pytest.mark.parametrize(
    ("lora", "stage", "model", "medium", "doubt"),
    [
        ("", "", "sdxl", "image", "it states no base model"),
        ("FancyNet", "", "sdxl", "image", "'FancyNet' is not a base model that is known here"),
        ("FancyNet", "clips", "ltx_2b", "video", "'FancyNet' is not a base model that is known here"),
        ("SDXL", "", "", "image", "the workflow states no base model"),
        ("SDXL", "", "FancyNet", "image", "names 'FancyNet'"),
        ("LTXV", "", "ltx_2b", "video", "'LTXV' may be LTX Video 2B or LTX Video 13B"),
        ("Wan 2.1 14B", "", "wan22_14b", "video", "whose layers have the shapes of Wan 2.2 14B's"),
    ],
)
def test_what_is_not_known_is_used_with_a_doubt(lora: str, stage: str, model: str, medium: str, doubt: str) -> None:
    fit = lora_fit(lora, stage, model, medium)
    assert fit.is_used
    assert doubt in fit.doubt


@pytest.mark.parametrize(
    ("lora", "stage", "model", "medium", "reason"),
    [
        ("", "", "ltx_2b", "video", "it states no base model"),
        ("FancyNet", "", "ltx_2b", "video", "'FancyNet' is not known as a video model"),
        ("SDXL", "clips", "sdxl", "image", "it is for clips"),
        ("LTX Video 2B", "", "", "image", "LTX Video 2B makes videos"),
        ("LTX Video 2B", "", "sdxl", "image", "it is for LTX Video 2B, the model is SDXL"),
    ],
)
def test_what_is_not_used_says_why(lora: str, stage: str, model: str, medium: str, reason: str) -> None:
    fit = lora_fit(lora, stage, model, medium)
    assert fit == LoraFit(False, fit.reason)
    assert reason in fit.reason
