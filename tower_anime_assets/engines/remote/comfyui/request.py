"""What an attempt asks of a workflow: its parameters, and the graph that they stand for.

The parameters hold everything that is sent, under the names of the workflow's bindings, so that the decision that
keeps them rebuilds the graph without the brief, the project or this machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, sqrt
from typing import Any, Final

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import digest, seed_from
from tower_anime_assets.production.learning.retries import adjust_parameters
from tower_anime_assets.production.planning.prompts import merge_prompts
from tower_anime_assets.production.story.model import Lora
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.workflows.filling import fill_workflow
from tower_anime_assets.workflows.loras import LoraUse
from tower_anime_assets.workflows.workflow import Lengths, Sizes, Workflow, value_at

SCALAR_ROLES: Final = ("steps", "cfg", "sampler", "scheduler", "sigmas", "denoise", "shift", "strength")
"""Bindings that a workflow gives a default for, and retries or advice may change."""

LORA_STRENGTH: Final = "lora_strength"
"""Strength of the first LoRA on the model; the others keep their proportion to it."""


@dataclass(frozen=True)
class Part:
    """One job of an attempt: `frames` is 1 for a still."""

    frames: int
    seed: int


def identity(workflow: Workflow, code_version: str) -> str:
    """Return the version of an engine that drives a workflow: changed by the workflow or by our code, 12 hex."""
    return digest(workflow.sha256, {item.place: item.file for item in workflow.models}, code_version)[:12]


def scalars(workflow: Workflow) -> dict[str, Any]:
    """Return the value of every scalar binding: the workflow's default, else what stands in its graph."""
    found: dict[str, Any] = {}
    for role in SCALAR_ROLES:
        if role in workflow.bindings:
            found[role] = workflow.defaults.get(role, value_at(workflow.graph, workflow.bindings[role][0]))
    return found


def loras_of(characters: Sequence[Lora], style: Sequence[Lora]) -> list[dict[str, Any]]:
    """Return the LoRAs of an attempt, characters' before the style's, each file once."""
    kept: dict[str, Lora] = {}
    for lora in (*characters, *style):
        kept.setdefault(lora.file, lora)
    return [
        {
            "file": lora.file,
            "base_model": lora.base_model,
            "strength_model": lora.strength_model,
            "strength_clip": lora.strength_clip,
        }
        for lora in kept.values()
    ]


def moved(
    parameters: Mapping[str, Any], complaints: Sequence[Verdict], number: int, workflow: Workflow
) -> dict[str, Any]:
    """Return parameters with what the gates complained of changed, and under `changed` why."""
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
    """Return the LoRAs as a graph takes them, all scaled as `lora_strength` scales the first."""
    loras: Sequence[Mapping[str, Any]] = parameters["loras"]
    if not loras:
        return ()
    first = loras[0]["strength_model"]
    share = parameters.get(LORA_STRENGTH, first) / first if first else 1.0
    return tuple(
        LoraUse(
            item["file"],
            round(item["strength_model"] * share, 4),
            round(item["strength_clip"] * share, 4),
            item["base_model"],
        )
        for item in loras
    )


def legal_size(sizes: Sizes, width_px: int, height_px: int) -> tuple[int, int]:
    """Return the smallest size that a workflow can make and that covers a size without enlarging it.

    Raises:
        PlanError: Every size that covers it is over the workflow's most pixels.
    """
    enlarged = max(Fraction(1), Fraction(sizes.min_px, width_px), Fraction(sizes.min_px, height_px))
    width, height = (ceil(side * enlarged / sizes.multiple_px) * sizes.multiple_px for side in (width_px, height_px))
    if width * height > sizes.max_pixels:
        share = sqrt(sizes.max_pixels / (width_px * height_px))
        raise PlanError(
            f"{width_px}x{height_px} px needs a picture of {width}x{height}, over this workflow's "
            f"{sizes.max_pixels} pixels; expected at most about {int(width_px * share)}x{int(height_px * share)} px. "
            "Choose a smaller delivery size or another workflow"
        )
    return width, height


def legal_parts(lengths: Lengths, frames: int, seed: int, *, can_extend: bool) -> tuple[Part, ...]:
    """Return the jobs that together make a clip of at least so many frames.

    Each after the first begins with the last frame of the one before, so it adds one frame fewer than it has. They
    are about equally long: a model does badly at very short clips.

    Raises:
        PlanError: The clip is longer than the workflow's longest, and it cannot be extended.
    """
    longest = lengths.offset + (lengths.max_frames - lengths.offset) // lengths.step * lengths.step
    if longest < 2:
        raise PlanError(f"the workflow's longest clip is {longest} frames: mend `lengths` in its workflow.yaml")
    count = max(1, ceil((frames - 1) / (longest - 1)))
    if count > 1 and not can_extend:
        raise PlanError(
            f"{frames} frames are more than the {longest} that this workflow makes, and it takes no picture to go on "
            "from. Choose a workflow with image_to_video, or shorten the shot"
        )
    each = ceil((frames - 1) / count) + 1
    legal = lengths.offset + max(0, ceil((each - lengths.offset) / lengths.step)) * lengths.step
    return tuple(Part(legal, seed if not number else seed_from(seed, "part", number)) for number in range(count))


def prefix_of(brief: Any, parameters: Mapping[str, Any]) -> str:
    """Return the start of the names under which a server keeps what an attempt makes."""
    return f"tower/{digest(brief)[:16]}-{digest(dict(parameters))[:8]}"


def graph_of(
    workflow: Workflow, parameters: Mapping[str, Any], part: Mapping[str, Any], prefix: str, image: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template and the changes in it for one part of an attempt.

    Args:
        parameters: What `plan_attempt` decided.
        part: One of `parameters["parts"]`.
        prefix: How the server is to name the outputs.
        image: What LoadImage takes; "" when no picture is given.

    Raises:
        PlanError: The workflow cannot be asked this.
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
        "image": image,
        **{role: parameters[role] for role in SCALAR_ROLES if role in parameters},
    }
    asked = {
        role: value
        for role, value in values.items()
        if role in workflow.bindings and (value not in (None, "") or role == "negative")
    }
    return fill_workflow(workflow, asked, lora_uses(parameters), parameters["models"])


def prompt_text(*parts: str, repeated: Sequence[str] = ()) -> str:
    """Return a prompt: every phrase once, in order, then what is to be said again."""
    return ", ".join(filter(None, (merge_prompts(*parts), *repeated)))
