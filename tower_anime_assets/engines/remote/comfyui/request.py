"""An attempt's parameters, and the workflow graph that they stand for.

Parameters hold everything that is sent, under the names of the workflow's bindings, so that a decision alone rebuilds
its graph.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, sqrt
from typing import Any, Final

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import digest, seed_from
from tower_anime_assets.production.learning.retries import adjust_parameters
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief
from tower_anime_assets.production.planning.prompts import extend_prompt, merge_prompts
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.model import Lora
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.workflows.filling import fill_workflow
from tower_anime_assets.workflows.loras import LoraUse
from tower_anime_assets.workflows.workflow import Lengths, Sizes, Workflow, value_at

SCALAR_ROLES: Final = ("steps", "cfg", "sampler", "scheduler", "sigmas", "denoise", "shift", "strength")
"""Bindings with a default in the workflow, which retries and suggestions may change."""

LORA_STRENGTH: Final = "lora_strength"
"""The parameter that scales all LoRAs: the first one's strength on the model."""


def engine_version(workflow: Workflow, code_version: str) -> str:
    """Return a workflow engine's version, 12 hex digits: changes with the workflow, its models and our code."""
    return digest(workflow.sha256, {item.place: item.file for item in workflow.models}, code_version)[:12]


def scalar_defaults(workflow: Workflow) -> dict[str, Any]:
    """Return the value of every scalar binding: the workflow's default, else its graph's value."""
    return {
        role: workflow.defaults.get(role, value_at(workflow.graph, workflow.bindings[role][0]))
        for role in SCALAR_ROLES
        if role in workflow.bindings
    }


def lora_parameters(characters: Sequence[Lora], style: Sequence[Lora]) -> list[dict[str, Any]]:
    """Return the LoRAs of an attempt, JSON-ready: the characters' before the style's, each file once."""
    lora_by_file: dict[str, Lora] = {}
    for lora in (*characters, *style):
        lora_by_file.setdefault(lora.file, lora)
    return [
        {
            "file": lora.file,
            "base_model": lora.base_model,
            "strength_model": lora.strength_model,
            "strength_clip": lora.strength_clip,
        }
        for lora in lora_by_file.values()
    ]


def adjust_for_complaints(
    parameters: Mapping[str, Any], complaints: Sequence[Verdict], number: int, workflow: Workflow
) -> dict[str, Any]:
    """Return parameters adjusted to what the gates complained of, with the reasons under `changed`."""
    numbers = {
        name: float(value)
        for name, value in parameters.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    values, reasons = adjust_parameters(numbers, complaints, number, workflow.tunable)
    changed = {
        name: int(value) if isinstance(parameters[name], int) and value == int(value) else value
        for name, value in values.items()
        if value != numbers[name]
    }
    return {**parameters, **changed, "changed": list(reasons)}


def lora_uses(parameters: Mapping[str, Any]) -> tuple[LoraUse, ...]:
    """Return the LoRAs of an attempt, all scaled by `lora_strength`."""
    loras: Sequence[Mapping[str, Any]] = parameters["loras"]
    if not loras:
        return ()
    first_strength = loras[0]["strength_model"]
    scale = parameters.get(LORA_STRENGTH, first_strength) / first_strength if first_strength else 1.0
    return tuple(
        LoraUse(
            item["file"],
            round(item["strength_model"] * scale, 4),
            round(item["strength_clip"] * scale, 4),
            item["base_model"],
        )
        for item in loras
    )


def legal_size(sizes: Sizes, width_px: int, height_px: int) -> tuple[int, int]:
    """Return the smallest size that a workflow can make and that covers the given one.

    Raises:
        PlanError: Every such size has more pixels than the workflow can make.
    """
    scale = max(Fraction(1), Fraction(sizes.min_px, width_px), Fraction(sizes.min_px, height_px))
    width, height = (ceil(side * scale / sizes.multiple_px) * sizes.multiple_px for side in (width_px, height_px))
    if width * height > sizes.max_pixels:
        share = sqrt(sizes.max_pixels / (width_px * height_px))
        raise PlanError(
            f"{width_px}x{height_px} px needs a picture of {width}x{height} px, more than this workflow's "
            f"{sizes.max_pixels} pixels; expected at most about {int(width_px * share)}x{int(height_px * share)} px. "
            "Choose a smaller delivery size or another workflow"
        )
    return width, height


def split_into_parts(lengths: Lengths, frames: int, seed: int, *, can_extend: bool) -> list[dict[str, int]]:
    """Return the jobs, `{"frames", "seed"}` each, that together make a clip of at least `frames` frames.

    Each part begins with the last frame of the one before. All are about equally long, because models do badly at very
    short clips.

    Raises:
        PlanError: The workflow cannot make a clip this long, and cannot extend one.
    """
    max_part_frames = lengths.offset + (lengths.max_frames - lengths.offset) // lengths.step * lengths.step
    if max_part_frames < 2:
        raise PlanError(f"the workflow's longest clip is {max_part_frames} frames: fix `lengths` in its workflow.yaml")
    part_count = max(1, ceil((frames - 1) / (max_part_frames - 1)))
    if part_count > 1 and not can_extend:
        raise PlanError(
            f"{frames} frames are more than the {max_part_frames} that this workflow makes, and it takes no picture to "
            "continue from. Choose a workflow with image_to_video, or shorten the shot"
        )
    min_part_frames = ceil((frames - 1) / part_count) + 1
    part_frames = lengths.offset + max(0, ceil((min_part_frames - lengths.offset) / lengths.step)) * lengths.step
    seeds = [seed, *(seed_from(seed, "part", number) for number in range(1, part_count))]
    return [{"frames": part_frames, "seed": part_seed} for part_seed in seeds]


def output_prefix(brief: Any, parameters: Mapping[str, Any]) -> str:
    """Return the prefix of the file names that a server gives to an attempt's outputs."""
    return f"tower/{digest(brief)[:16]}-{digest(dict(parameters))[:8]}"


def build_graph(
    workflow: Workflow, parameters: Mapping[str, Any], part: Mapping[str, Any], prefix: str, image_name: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template, and the changes in it for one part of an attempt.

    Args:
        parameters: What `plan_attempt` returned.
        part: One of `parameters["parts"]`.
        prefix: See `output_prefix`.
        image_name: The picture's name at the server; "" for none.

    Raises:
        PlanError: The workflow does not take these values.
    """
    values: dict[str, Any] = {
        "prompt": parameters["prompt"],
        "negative": parameters["negative"],
        "seed": part["seed"],
        "width": parameters["width_px"],
        "height": parameters["height_px"],
        "frames": part["frames"],
        "fps": parameters.get("fps"),
        "filename_prefix": prefix,
        "image": image_name,
        **{role: parameters[role] for role in SCALAR_ROLES if role in parameters},
    }
    bound_values = {
        role: value
        for role, value in values.items()
        if role in workflow.bindings and (value not in (None, "") or role == "negative")
    }
    return fill_workflow(workflow, bound_values, lora_uses(parameters), parameters["models"])


def join_prompt(brief: KeyframeBrief | ClipBrief, *parts: str, repeated: Sequence[str] = ()) -> str:
    """Return a brief's prompt as it stands, every new phrase of the parts once, and then the repeated ones."""
    return ", ".join(filter(None, (extend_prompt(escape_passages(brief.prompt, brief.literal), *parts), *repeated)))


def escape_passages(prompt: str, passages: Sequence[str]) -> str:
    """Return a prompt in which brackets of these passages are words, not weights.

    Source:
        ComfyUI comfy/sd1_clip.py: `(words:1.2)` sets a weight unless both brackets follow a backslash; a word that
        begins with `embedding:` loads a file.
    """
    if not passages:
        return prompt
    any_passage = "|".join(re.escape(passage) for passage in sorted(passages, key=len, reverse=True))
    return re.sub(any_passage, lambda match: _escape(match[0]), prompt)


def _escape(words: str) -> str:
    return re.sub(r"embedding:", "embedding :", re.sub(r"([()])", r"\\\1", words), flags=re.IGNORECASE)


def negative_prompt(brief: KeyframeBrief | ClipBrief) -> str:
    """Return a brief's negative prompt; an insert shows nobody."""
    return merge_prompts(brief.negative, "people") if brief.framing is Framing.INSERT else brief.negative
