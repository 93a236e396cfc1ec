"""Two workflows for tests: a still by SDXL with LoRAs, a clip by LTX Video from a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.workflows.workflow import (
    Lengths,
    LoraSlot,
    ModelFile,
    Priors,
    Sizes,
    Workflow,
)


def _node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


STILL = Workflow(
    name="small_still",
    version="1",
    title="A still",
    capabilities=frozenset({"text_to_image", "anime_generation"}),
    status="proven",
    is_validated=True,
    medium="image",
    graph={
        "ckpt": _node("CheckpointLoaderSimple", ckpt_name="anime_sdxl.safetensors"),
        "pos": _node("CLIPTextEncode", text="", clip=["ckpt", 1]),
        "neg": _node("CLIPTextEncode", text="", clip=["ckpt", 1]),
        "lat": _node("EmptyLatentImage", width=1024, height=1024, batch_size=1),
        "smp": _node(
            "KSampler",
            model=["ckpt", 0],
            positive=["pos", 0],
            negative=["neg", 0],
            latent_image=["lat", 0],
            seed=1,
            steps=28,
            cfg=5.0,
            sampler_name="euler_ancestral",
            scheduler="normal",
            denoise=1.0,
        ),
        "dec": _node("VAEDecode", samples=["smp", 0], vae=["ckpt", 2]),
        "out": _node("SaveImage", images=["dec", 0], filename_prefix="tower"),
    },
    bindings={
        "prompt": ("pos.inputs.text",),
        "negative": ("neg.inputs.text",),
        "seed": ("smp.inputs.seed",),
        "width": ("lat.inputs.width",),
        "height": ("lat.inputs.height",),
        "steps": ("smp.inputs.steps",),
        "cfg": ("smp.inputs.cfg",),
        "sampler": ("smp.inputs.sampler_name",),
        "scheduler": ("smp.inputs.scheduler",),
        "denoise": ("smp.inputs.denoise",),
        "filename_prefix": ("out.inputs.filename_prefix",),
    },
    output_nodes=("out",),
    models=(
        ModelFile(
            "checkpoints", "anime_sdxl.safetensors", "ckpt.inputs.ckpt_name", 6_900_000_000, "the studio's own training"
        ),
    ),
    base_model="SDXL",
    lora_after=(LoraSlot(("ckpt", 0), ("ckpt", 1)),),
    min_comfyui="0.3.0",
    sizes=Sizes(8, 64, 1_600_000),
    lengths=None,
    priors=Priors(12.0, 7_000_000_000, 0.7),
    defaults={"steps": 24},
    tunable={
        "steps": Tunable(12, 40, 2),
        "cfg": Tunable(2.0, 9.0, 0.5),
        "lora_strength": Tunable(0.4, 1.2, 0.05),
    },
    licence="",
    notes="",
    file=Path("small_still/workflow.yaml"),
)

CLIP = Workflow(
    name="small_clip",
    version="1",
    title="A clip",
    capabilities=frozenset({"image_to_video"}),
    status="proven",
    is_validated=True,
    medium="video",
    graph={
        "ckpt": _node("CheckpointLoaderSimple", ckpt_name="ltxv-2b-0.9.8-distilled.safetensors"),
        "clip": _node("CLIPLoader", clip_name="t5xxl_fp16.safetensors", type="ltxv", device="default"),
        "pos": _node("CLIPTextEncode", text="", clip=["clip", 0]),
        "neg": _node("CLIPTextEncode", text="", clip=["clip", 0]),
        "img": _node("LoadImage", image="start.png"),
        "i2v": _node(
            "LTXVImgToVideo",
            positive=["pos", 0],
            negative=["neg", 0],
            vae=["ckpt", 2],
            image=["img", 0],
            width=768,
            height=512,
            length=97,
            batch_size=1,
            strength=0.9,
        ),
        "cond": _node("LTXVConditioning", positive=["i2v", 0], negative=["i2v", 1], frame_rate=24.0),
        "sel": _node("KSamplerSelect", sampler_name="euler"),
        "sig": _node(
            "LTXVScheduler", steps=30, max_shift=2.05, base_shift=0.95, stretch=True, terminal=0.1, latent=["i2v", 2]
        ),
        "smp": _node(
            "SamplerCustom",
            model=["ckpt", 0],
            add_noise=True,
            noise_seed=1,
            cfg=3.0,
            positive=["cond", 0],
            negative=["cond", 1],
            sampler=["sel", 0],
            sigmas=["sig", 0],
            latent_image=["i2v", 2],
        ),
        "dec": _node("VAEDecode", samples=["smp", 0], vae=["ckpt", 2]),
        "cv": _node("CreateVideo", images=["dec", 0], fps=24.0),
        "out": _node("SaveVideo", video=["cv", 0], filename_prefix="tower", format="auto", codec="auto"),
    },
    bindings={
        "prompt": ("pos.inputs.text",),
        "negative": ("neg.inputs.text",),
        "seed": ("smp.inputs.noise_seed",),
        "width": ("i2v.inputs.width",),
        "height": ("i2v.inputs.height",),
        "frames": ("i2v.inputs.length",),
        "fps": ("cond.inputs.frame_rate", "cv.inputs.fps"),
        "image": ("img.inputs.image",),
        "steps": ("sig.inputs.steps",),
        "cfg": ("smp.inputs.cfg",),
        "sampler": ("sel.inputs.sampler_name",),
        "strength": ("i2v.inputs.strength",),
        "filename_prefix": ("out.inputs.filename_prefix",),
    },
    output_nodes=("out",),
    models=(
        ModelFile(
            "checkpoints",
            "ltxv-2b-0.9.8-distilled.safetensors",
            "ckpt.inputs.ckpt_name",
            6_300_000_000,
            "huggingface.co/Lightricks/LTX-Video",
        ),
        ModelFile("text_encoders", "t5xxl_fp16.safetensors", "clip.inputs.clip_name", 9_800_000_000),
    ),
    base_model="LTX Video 2B",
    lora_after=(),
    min_comfyui="0.3.31",
    sizes=Sizes(32, 64, 1_000_000),
    lengths=Lengths(8, 1, 41, 24.0),
    priors=Priors(4.0, 8_000_000_000, 0.6),
    defaults={},
    tunable={
        "steps": Tunable(10, 40, 2),
        "cfg": Tunable(1.0, 6.0, 0.5),
        "strength": Tunable(0.5, 1.0, 0.05),
    },
    licence="",
    notes="",
    file=Path("small_clip/workflow.yaml"),
)

FILES = {
    "checkpoints": ["anime_sdxl.safetensors", "ltxv-2b-0.9.8-distilled.safetensors"],
    "text_encoders": ["t5xxl_fp16.safetensors"],
    "loras": ["akira_sdxl.safetensors", "luna_sdxl.safetensors"],
}
"""What a server must hold for both, by folder."""
