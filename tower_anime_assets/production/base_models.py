"""Names of base models as people write them, and whether a LoRA of one fits a workflow of another.

A LoRA is a set of changes to the layers of one architecture. What fits is decided by architecture: Pony, Illustrious
and NoobAI are checkpoints of SDXL's. A name that is not in the table decides nothing: the LoRA is used with a doubt, or
not used with a reason, and people are told.

Source: the names are those of Civitai's list of base models, of ComfyUI-Manager's model list (`base`), of the
`base_model` of our own workflows, of the vendors' repositories and file names, and of the metadata that trainers write
into LoRA files (`ss_base_model_version` of kohya-ss/sd-scripts, `modelspec.architecture` of Stability AI's ModelSpec).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

KEYFRAMES: Final = "keyframes"
CLIPS: Final = "clips"
STAGE_OF_MEDIUM: Final[Mapping[str, str]] = {"image": KEYFRAMES, "video": CLIPS}


@dataclass(frozen=True)
class Architecture:
    """The layers that a LoRA changes.

    Attributes:
        title: Its name in messages.
        medium: What its models usually make: `image` or `video`.
        pattern: The whole of its names, as `_fold` leaves them: letters and digits only.
        also_loads: Other architectures whose LoRAs load here, because the layers have the same shapes; how well they
            work differs from one to the next.
    """

    title: str
    medium: str
    pattern: str
    also_loads: frozenset[str] = frozenset()


_LTX: Final = r"ltx(?:v|video)?"
_WAN: Final = r"wan(?:video)?"
_HUNYUAN: Final = r"(?:hunyuan|hy)"
_SD: Final = r"(?:sd|stablediffusion)"
_FAST: Final = r"(?:turbo|lightning|hyper|lcm|distilled|dmd2?)?"

ARCHITECTURES: Final[Mapping[str, Architecture]] = {
    "sd15": Architecture("Stable Diffusion 1.5", "image", rf"{_SD}v?1(?:[1-5x])?{_FAST}"),
    "sd2": Architecture("Stable Diffusion 2", "image", rf"{_SD}v?2[01x]?(?:768|512)?v?"),
    "sd3": Architecture("Stable Diffusion 3", "image", rf"{_SD}v?3(?:medium)?"),
    "sd35": Architecture("Stable Diffusion 3.5", "image", rf"{_SD}v?35(?:large|medium)?{_FAST}"),
    "sdxl": Architecture(
        "SDXL",
        "image",
        rf"(?:{_SD}xl|xl)(?:v?(?:09|10?))?{_FAST}"
        r"|(?:sdxl)?pony(?:diffusion)?(?:v?6)?(?:xl)?(?:v?6)?"
        r"|(?:sdxl)?illustrious(?:xl)?(?:v?\d{1,3})?"
        r"|(?:sdxl)?noob(?:ai)?(?:xl)?(?:naixl)?(?:vpred|epspred|eps)?(?:v?\d{1,3})?"
        r"|(?:sdxl)?animagine(?:xl)?(?:v?\d{1,2})?",
    ),
    "flux1": Architecture(
        "Flux.1", "image", r"fluxv?1?(?:d|s|dev|schnell|pro|krea|kreadev)?", frozenset({"flux1_kontext"})
    ),
    "flux1_kontext": Architecture("Flux.1 Kontext", "image", r"fluxv?1?kontext(?:dev)?", frozenset({"flux1"})),
    "flux2": Architecture("Flux.2", "image", r"fluxv?2(?:d|dev)?"),
    "flux2_klein": Architecture("Flux.2 Klein", "image", r"fluxv?2klein(?:[49]b)?"),
    "qwen_image": Architecture("Qwen-Image", "image", r"qwen(?:image)?(?:2|21|2512)?", frozenset({"qwen_image_edit"})),
    "qwen_image_edit": Architecture(
        "Qwen-Image-Edit", "image", r"qwen(?:image)?edit(?:plus)?(?:25\d\d)?", frozenset({"qwen_image"})
    ),
    "qwen_image_layered": Architecture("Qwen-Image-Layered", "image", r"qwen(?:image)?layered"),
    "anima": Architecture("Anima", "image", r"anima(?:preview)?"),
    "newbie_image": Architecture("NewBie-Image", "image", r"newbie(?:image|ai)?(?:exp)?(?:v?01)?"),
    "z_image": Architecture("Z-Image", "image", r"zimage(?:turbo)?"),
    "chroma": Architecture("Chroma", "image", r"chroma(?:v?1)?(?:hd)?"),
    "hidream": Architecture("HiDream", "image", r"hidream(?:i1)?(?:full|fast|dev)?"),
    "kolors": Architecture("Kolors", "image", r"kolors"),
    "lumina2": Architecture("Lumina 2", "image", r"lumina(?:v?2)?(?:0)?"),
    "auraflow": Architecture("AuraFlow", "image", r"auraflow(?:v?0\d)?|ponyv?7"),
    "pixart": Architecture("PixArt", "image", r"pixart(?:a|e|alpha|sigma)?"),
    "hunyuan_dit": Architecture("Hunyuan-DiT", "image", rf"{_HUNYUAN}(?:dit|1|dit1\d?)"),
    "ltx_2b": Architecture(
        "LTX Video 2B",
        "video",
        rf"{_LTX}(?:v?09\d?)?2b(?:v?09\d?)?|{_LTX}v?09[0-6]?",  # 0.9 to 0.9.6 were 2B only
    ),
    "ltx_13b": Architecture("LTX Video 13B", "video", rf"{_LTX}(?:v?09\d?)?13b(?:v?09\d?)?|{_LTX}v?097"),
    "ltx_2": Architecture("LTX-2", "video", rf"{_LTX}v?2[03]?(?:19b|22b)?"),
    "wan21_1_3b": Architecture("Wan 2.1 1.3B", "video", rf"{_WAN}(?:21)?13b"),
    "wan21_14b": Architecture("Wan 2.1 14B", "video", rf"{_WAN}(?:21)?a?14b(?:21)?", frozenset({"wan22_14b"})),
    "wan22_14b": Architecture("Wan 2.2 14B", "video", rf"{_WAN}22a?14b|{_WAN}a?14b22", frozenset({"wan21_14b"})),
    "wan22_5b": Architecture("Wan 2.2 5B", "video", rf"{_WAN}(?:22)?5b(?:22)?"),
    "hunyuan_video": Architecture("HunyuanVideo", "video", rf"{_HUNYUAN}(?:video|v)(?:v?10?)?(?:13b)?"),
    "hunyuan_video_15": Architecture("HunyuanVideo 1.5", "video", rf"{_HUNYUAN}(?:video|v)v?15(?:83b|8b)?"),
    "cogvideox": Architecture("CogVideoX", "video", r"cogvideox?(?:v?15)?(?:[25]b)?"),
    "mochi": Architecture("Mochi", "video", r"mochi(?:v?1)?"),
    "svd": Architecture("Stable Video Diffusion", "video", r"svd(?:xt)?(?:v?11)?|stablevideodiffusion(?:xt)?(?:v?11)?"),
    "cosmos": Architecture("Cosmos", "video", r"(?:nvidia)?cosmos(?:predict)?(?:v?[12]0?)?(?:[27]b|14b)?"),
}
"""Architectures by id; the ids are what our own workflows name as `base_model`."""

_UNCLEAR_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    rf"{_LTX}(?:v?098)?": ("ltx_2b", "ltx_13b"),
    _WAN: ("wan21_1_3b", "wan21_14b", "wan22_14b", "wan22_5b"),
    rf"{_WAN}21": ("wan21_1_3b", "wan21_14b"),
    rf"{_WAN}22": ("wan22_14b", "wan22_5b"),
    _HUNYUAN: ("hunyuan_video", "hunyuan_video_15", "hunyuan_dit"),
    _SD: ("sd15", "sd2", "sdxl", "sd3", "sd35"),
}
"""Names that people write for several architectures, as patterns."""

_PHRASES: Final = re.compile(
    r"\b(?:text|image|words|picture|keyframes?)[ _-]?(?:and[ _-]?\w+[ _-]?)?to[ _-]?(?:video|image)\b"
    r"|\bq\d[_-](?:k(?:[_-][sml])?|\d)\b"
)
"""What a model is for, and quantizations of GGUF files."""

_QUALIFIERS: Final = frozenset(
    (
        *("fp4", "fp8", "fp16", "fp32", "bf16", "int8", "e4m3fn", "e5m2", "scaled"),
        *("mixed", "gguf", "pruned", "ema", "emaonly", "safetensors", "ckpt"),
        *("model", "models", "base", "checkpoint", "checkpoints", "lora", "loras", "locon", "for"),
        *("the", "a", "based", "trained", "on", "finetune", "t2v", "i2v", "ti2v"),
        *("t2i", "i2i", "flf2v", "s2v", "v2v", "fun", "480p", "540p", "720p"),
        *("768p", "1080p", "high", "low", "noise", "distilled", "dev", "style", "character", "motion"),
    )
)
"""Words beside a model's name that say nothing about its layers: precision, size of the pictures, use."""


@dataclass(frozen=True)
class LoraFit:
    """Whether a LoRA is used with a model.

    Attributes:
        is_used: Whether it is.
        reason: Why it is not; "" where it is.
        doubt: What is not certain about its use; "" where it is certain or not used.
    """

    is_used: bool
    reason: str = ""
    doubt: str = ""


def lora_fit(lora_base: str, stage: str, model_base: str, medium: str) -> LoraFit:
    """Return whether a LoRA is used with a workflow's model.

    Args:
        lora_base: The base model that the LoRA states, "" for none.
        stage: The stage that it states, `keyframes` or `clips`; "" for none.
        model_base: The base model that the workflow states, "" for none.
        medium: What the workflow makes: `image` or `video`.
    """
    here = STAGE_OF_MEDIUM[medium]
    if stage and stage != here:
        return LoraFit(False, f"it is for {stage} (`stage: {stage}`)")
    if not lora_base:
        doubt = f"it states no base model, so whether it fits {_title(model_base)} is not known"
        return LoraFit(True, doubt=doubt) if here == KEYFRAMES or stage else LoraFit(False, _NO_BASE_FOR_CLIPS)
    if _fold(lora_base) == _fold(model_base):
        return LoraFit(True)
    lora_ids, model_ids = architectures_of(lora_base), architectures_of(model_base)
    if not lora_ids:
        if here == CLIPS and not stage:
            return LoraFit(False, f"{lora_base!r} is not known as a video model")
        return LoraFit(True, doubt=f"{lora_base!r} is not a base model that is known here")
    if not model_ids:
        if all(ARCHITECTURES[one].medium != medium for one in lora_ids):
            return LoraFit(False, f"{lora_base} makes {'videos' if medium == 'image' else 'images'}")
        named = f"names {model_base!r}, which is not known here" if model_base else "states no base model"
        return LoraFit(True, doubt=f"the workflow {named}")
    if lora_ids & model_ids:
        is_clear = len(lora_ids) == 1
        return LoraFit(True, doubt="" if is_clear else f"{lora_base!r} may be {_alternatives(lora_ids)}")
    if any(ARCHITECTURES[one].also_loads & lora_ids for one in model_ids):
        return LoraFit(True, doubt=f"it is for {lora_base}, whose layers have the shapes of {_title(model_base)}'s")
    return LoraFit(False, f"it is for {lora_base}, the model is {_title(model_base)}")


_NO_BASE_FOR_CLIPS: Final = "it states no base model, and is taken for one of keyframes"


@cache
def architectures_of(name: str) -> frozenset[str]:
    """Return the architectures that a name may mean: one, several where it is unclear, none where it is not known."""
    folded = _fold(name)
    for architecture_id, architecture in ARCHITECTURES.items():
        if re.fullmatch(architecture.pattern, folded):
            return frozenset({architecture_id})
    return frozenset(
        one for pattern, several in _UNCLEAR_NAMES.items() if re.fullmatch(pattern, folded) for one in several
    )


def _fold(name: str) -> str:
    """Return a name as lower-case letters and digits, without its owner, file suffix and qualifiers."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub(r"/lora$", "", text.strip())
    text = _PHRASES.sub(" ", re.split(r"[\\/]", text)[-1])
    words = [word for word in re.split(r"[^a-z0-9]+", text) if word not in _QUALIFIERS]
    return "".join(words) or "".join(char for char in text if char.isalnum())


def _title(name: str) -> str:
    ids = architectures_of(name)
    return ARCHITECTURES[next(iter(ids))].title if len(ids) == 1 else name or "the workflow's model"


def _alternatives(ids: frozenset[str]) -> str:
    return " or ".join(architecture.title for one, architecture in ARCHITECTURES.items() if one in ids)
