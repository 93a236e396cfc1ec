"""Small graphs as people build them, with nodes of common packs; names of classes and inputs are the packs'."""

from __future__ import annotations

from typing import Any

Graph = dict[str, Any]


def node(class_type: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs, **({"_meta": {"title": title}} if title else {})}


def sampler(**changes: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0], "seed": 1, "steps": 20,
        "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
    }  # fmt: skip
    return node("KSampler", **{**inputs, **changes})


def stills(prompt: Any = "a cat", **others: dict[str, Any]) -> Graph:
    """Text to image with a checkpoint; `prompt` may be a link."""
    return {
        "4": node("CheckpointLoaderSimple", ckpt_name="sd.safetensors"),
        "6": node("CLIPTextEncode", text=prompt, clip=["4", 1]),
        "7": node("CLIPTextEncode", text="bad", clip=["4", 1]),
        "5": node("EmptyLatentImage", width=512, height=512, batch_size=1),
        "3": sampler(),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", images=["8", 0], filename_prefix="x"),
        **others,
    }


def joined(**parts: Any) -> Graph:
    return stills(["10", 0], **{"10": node("Text Concatenate", delimiter=", ", clean_whitespace="true", **parts)})


def clip(images: list[Any]) -> Graph:
    return {"90": node("VHS_VideoCombine", images=images, frame_rate=8, filename_prefix="v", format="video/h264-mp4")}


def wan_wrapper() -> Graph:
    return {
        "1": node("WanVideoModelLoader", model="WanVideo/wan_i2v.safetensors", base_precision="fp16"),
        "2": node("WanVideoVAELoader", model_name="wan_vae.safetensors", precision="bf16"),
        "3": node("LoadWanVideoT5TextEncoder", model_name="umt5.safetensors", precision="bf16"),
        "4": node("WanVideoTextEncode", positive_prompt="a cat", negative_prompt="bad", t5=["3", 0]),
        "5": node("LoadImage", image="a.png"),
        "6": node("ImageResizeKJv2", image=["5", 0], width=832, height=480, keep_proportion="crop", divisible_by=16),
        "7": node("WanVideoClipVisionEncode", clip_vision=["8", 0], image_1=["6", 0], strength_1=1.0),
        "8": node("CLIPVisionLoader", clip_name="vision.safetensors"),
        "9": node(
            "WanVideoImageToVideoEncode", vae=["2", 0], start_image=["6", 0], clip_embeds=["7", 0], width=["6", 1],
            height=["6", 2], num_frames=81,
        ),
        "10": node(
            "WanVideoSampler", model=["1", 0], image_embeds=["9", 0], text_embeds=["4", 0], steps=20, cfg=6.0,
            shift=5.0, seed=["20", 0], scheduler="unipc",
        ),
        "11": node("WanVideoDecode", vae=["2", 0], samples=["10", 0], enable_vae_tiling=False, tile_x=272),
        "20": node("Seed (rgthree)", seed=5),
        **clip(["11", 0]),
    }  # fmt: skip


def animatediff() -> Graph:
    moved = node("ADE_AnimateDiffLoaderGen1", model=["4", 0], model_name="mm.ckpt", beta_schedule="autoselect")
    graph = stills(**{"2": moved, "3": sampler(model=["2", 0])}, **clip(["8", 0]))
    graph["5"]["inputs"]["batch_size"] = 16
    del graph["9"]
    return graph


def svd() -> Graph:
    return {
        "1": node("ImageOnlyCheckpointLoader", ckpt_name="svd.safetensors"),
        "2": node("LoadImage", image="a.png"),
        "5": node(
            "SVD_img2vid_Conditioning", clip_vision=["1", 1], init_image=["2", 0], vae=["1", 2], width=1024, height=576,
            video_frames=14, motion_bucket_id=127, fps=6, augmentation_level=0.0,
        ),
        "3": sampler(model=["1", 0], positive=["5", 0], negative=["5", 1], latent_image=["5", 2]),
        "8": node("VAEDecode", samples=["3", 0], vae=["1", 2]),
        **clip(["8", 0]),
    }  # fmt: skip


def repeated() -> Graph:
    return {
        "1": node("LoadImage", image="a.png"),
        "2": node("RepeatImageBatch", image=["1", 0], amount=9),
        "3": node("CreateVideo", images=["2", 0], fps=24.0),
        "4": node("SaveVideo", video=["3", 0], filename_prefix="v", format="auto", codec="auto"),
    }


def two_passes() -> Graph:
    """A second pass at twice the size with its own denoise, and a detailer with its own words."""
    graph = stills(
        **{
            "20": node("LatentUpscale", samples=["3", 0], upscale_method="bislerp", width=1024, height=1024, crop="x"),
            "21": sampler(latent_image=["20", 0], denoise=0.5, steps=8),
            "31": node("CLIPTextEncode", text="detailed face", clip=["4", 1]),
            "32": node("UltralyticsDetectorProvider", model_name="bbox/face.pt"),
        }
    )
    graph["30"] = sampler(positive=["31", 0], denoise=0.4)
    graph["30"]["class_type"] = "FaceDetailer"
    del graph["30"]["inputs"]["latent_image"]
    graph["30"]["inputs"] |= {"image": ["8", 0], "bbox_detector": ["32", 0], "guide_size": 384, "wildcard": ""}
    graph["8"]["inputs"]["samples"] = ["21", 0]
    graph["9"]["inputs"]["images"] = ["30", 0]
    return graph


def enlarged(*, by: float | None) -> Graph:
    """A picture enlarged after it is decoded, by a factor or by a model."""
    graph = stills()
    graph["20"] = node("UpscaleModelLoader", model_name="4x.pth")
    graph["21"] = (
        node("ImageUpscaleWithModel", upscale_model=["20", 0], image=["8", 0])
        if by is None
        else node("ImageScaleBy", image=["8", 0], upscale_method="lanczos", scale_by=by)
    )
    graph["9"]["inputs"]["images"] = ["21", 0]
    return graph


def flux_gguf() -> Graph:
    stack: dict[str, Any] = {
        "lora_1": {"on": True, "lora": "x.safetensors", "strength": 1.0},
        "lora_2": {"on": False, "lora": "y.safetensors", "strength": 1.0},
    }
    return {
        "1": node("UnetLoaderGGUF", unet_name="flux-Q4.gguf"),
        "2": node("DualCLIPLoaderGGUF", clip_name1="t5-Q4.gguf", clip_name2="clip_l.safetensors", type="flux"),
        "3": node("VAELoader", vae_name="ae.safetensors"),
        "4": node("Power Lora Loader (rgthree)", model=["1", 0], clip=["2", 0], **stack),
        "5": node("CLIPTextEncode", text=["15", 0], clip=["4", 1]),
        "15": node("CR Text", text="a cat"),
        "6": node("FluxGuidance", conditioning=["5", 0], guidance=3.5),
        "7": node("BasicGuider", model=["4", 0], conditioning=["6", 0]),
        "8": node("EmptySD3LatentImage", width=["16", 0], height=["17", 0], batch_size=1),
        "16": node("INTConstant", value=1024),
        "17": node("easy int", value=768),
        "9": node("RandomNoise", noise_seed=3),
        "10": node("KSamplerSelect", sampler_name="euler"),
        "11": node("BasicScheduler", model=["4", 0], scheduler="simple", steps=20, denoise=1.0),
        "12": node(
            "SamplerCustomAdvanced", noise=["9", 0], guider=["7", 0], sampler=["10", 0], sigmas=["11", 0],
            latent_image=["8", 0],
        ),
        "13": node("VAEDecodeTiled", samples=["12", 0], vae=["3", 0], tile_size=512),
        "14": node("Image Save", images=["13", 0], output_path="x", filename_prefix="y"),
    }  # fmt: skip


def efficient() -> Graph:
    stack: dict[str, Any] = {
        "lora_count": 2,
        "lora_name_1": "a.safetensors",
        "lora_name_2": "None",
        "lora_name_3": "c.safetensors",
    }
    return {
        "1": node(
            "Efficient Loader", ckpt_name="m.safetensors", vae_name="Baked VAE", lora_name="None", positive="a cat",
            negative="bad", clip_skip=-2, empty_latent_width=512, empty_latent_height=768, batch_size=1,
            lora_stack=["5", 0],
        ),
        "2": node(
            "KSampler (Efficient)", model=["1", 0], positive=["1", 1], negative=["1", 2], latent_image=["1", 3], seed=4,
            steps=20, cfg=7.0, sampler_name="euler", scheduler="normal", denoise=1.0, preview_method="auto",
        ),
        "3": node("SaveImage", images=["2", 5], filename_prefix="x"),
        "5": node("LoRA Stacker", input_mode="simple", **stack),
    }  # fmt: skip


def referenced() -> Graph:
    """A reference by an IP adapter and a pose by ControlNet: neither is what the picture starts from."""
    return stills(
        **{
            "30": node("LoadImage", image="ref.png"),
            "31": node("IPAdapterModelLoader", ipadapter_file="plus.safetensors"),
            "32": node("IPAdapterAdvanced", model=["4", 0], ipadapter=["31", 0], image=["30", 0], weight=1.0),
            "33": node("LoadImage", image="pose.png"),
            "34": node("ControlNetLoader", control_net_name="pose.safetensors"),
            "36": node("OpenposePreprocessor", image=["33", 0], resolution=512),
            "35": node(
                "ControlNetApplyAdvanced", positive=["6", 0], negative=["7", 0], control_net=["34", 0], image=["36", 0],
                strength=1.0,
            ),
            "3": sampler(model=["32", 0], positive=["35", 0], negative=["35", 1]),
        }
    )  # fmt: skip


def video_to_video() -> Graph:
    graph = stills(
        **{
            "1": node("VHS_LoadVideo", video="a.mp4", force_rate=0, frame_load_cap=48, skip_first_frames=0),
            "2": node("VAEEncode", pixels=["1", 0], vae=["4", 2]),
            "3": sampler(latent_image=["2", 0], denoise=0.6),
        },
        **clip(["8", 0]),
    )
    del graph["9"]
    return graph
