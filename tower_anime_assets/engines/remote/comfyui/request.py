"""An attempt's parameters, and the workflow graph that they stand for.

Parameters hold everything that is sent, under the names of the workflow's bindings, so that a decision alone rebuilds
its graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, sqrt
from typing import Any, Final

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import digest, seed_from
from tower_anime_assets.production.learning.retries import adjust_parameters
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief
from tower_anime_assets.production.planning.prompt_sources import SourcedText, added_phrases
from tower_anime_assets.production.planning.prompts import merge_prompts
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.model import Lora
from tower_anime_assets.production.story.quality import QUALITY, STEPS, steps_at
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.production.value_origins import RETRY_RULE, with_origins
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.workflows.filling import fill_workflow
from tower_anime_assets.workflows.loras import LoraUse, workflow_lora_fit
from tower_anime_assets.workflows.model_choice import ModelChoice
from tower_anime_assets.workflows.workflow import BATCH, Lengths, LoaderNode, Sizes, Workflow, value_at

SCALAR_ROLES: Final = (
    *("steps", "cfg", "sampler", "scheduler", "sigmas", "denoise", "shift", "strength"),
    *("control_strength", "reference_strength"),
)
"""Bindings with a default in the workflow, which retries and suggestions may change."""

_NO_NAMES: Final[Mapping[str, str]] = {}
_NOBODY: Final = SourcedText("people", "the engine: an insert shows nobody", "negative")

LORA_STRENGTH: Final = "lora_strength"
"""The parameter that scales all LoRAs: the first one's strength on the model."""

TAKEN_MODELS: Final = "taken_models"
"""The parameter with the model files that a server has otherwise than they are asked for; see `ModelChoice`."""


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


def quality_defaults(workflow: Workflow, quality: str) -> dict[str, Any]:
    """Return the scalar bindings at a level of quality: other steps, where the workflow lets them be tuned."""
    values = scalar_defaults(workflow)
    tunable = workflow.tunable.get(STEPS)
    if quality == STANDARD:
        return values
    if tunable is not None and isinstance(values.get(STEPS), int | float):
        values[STEPS] = round(steps_at(quality, values[STEPS], tunable))
    return {**values, QUALITY: quality}


def steps_share(workflow: Workflow, quality: str) -> float:
    """Return how many times the workflow's own steps a level of quality takes."""
    own, taken = scalar_defaults(workflow).get(STEPS), quality_defaults(workflow, quality).get(STEPS)
    return taken / own if own and taken else 1.0


def lora_parameters(workflow: Workflow, loras: Sequence[Lora]) -> dict[str, Any]:
    """Return the parameters that say which LoRAs an attempt is made with, JSON-ready, each file once.

    Returns:
        `loras`, the used ones in their order; `lora_strength` where there is one; and where some do not fit the
        workflow, `loras_left_out` with the reasons.
    """
    lora_by_file: dict[str, Lora] = {}
    for lora in loras:
        lora_by_file.setdefault(lora.file, lora)
    used, left_out = [], []
    for lora in lora_by_file.values():
        fit = workflow_lora_fit(workflow, lora)
        row = {"file": lora.file, "base_model": lora.base_model}
        if not fit.is_used:
            left_out.append({**row, "reason": fit.reason})
            continue
        strengths = {"strength_model": lora.strength_model, "strength_clip": lora.strength_clip}
        used.append({**row, **strengths, **({"doubt": fit.doubt} if fit.doubt and lora.base_model else {})})
    return {
        "loras": used,
        **({LORA_STRENGTH: used[0]["strength_model"]} if used else {}),
        **({"loras_left_out": left_out} if left_out else {}),
    }


def lora_triggers(parameters: Mapping[str, Any], loras: Sequence[Lora]) -> list[SourcedText]:
    """Return the trigger words of the LoRAs that an attempt is made with."""
    used_files = {item["file"] for item in parameters["loras"]}
    used = (lora for lora in loras if lora.file in used_files and lora.trigger)
    return [SourcedText(lora.trigger, f"LoRA {lora.file}", "trigger") for lora in used]


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
    origins = {
        name: f"{RETRY_RULE}: " + "; ".join(reason for reason in reasons if reason.startswith(f"{name} "))
        for name in changed
    }
    return with_origins({**parameters, **changed, "changed": list(reasons)}, origins)


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
        )
        for item in loras
    )


def taken_models(choices: Sequence[ModelChoice]) -> list[dict[str, Any]]:
    """Return the files that a server has otherwise than they are asked for, JSON-ready."""
    return [choice.as_record() for choice in choices if choice.is_other]


def mapped_files(workflow: Workflow, brief: KeyframeBrief | ClipBrief) -> dict[str, str]:
    """Return the server's file by name of each LoRA and checkpoint that a brief names and a map replaces."""
    if not workflow.model_map.entries:
        return {}
    if isinstance(brief, ClipBrief):
        names = [lora.file for lora in brief.loras]
    else:
        loras = (*(lora for one in brief.cast for lora in one.all_loras), *brief.style.loras)
        names = [*(lora.file for lora in loras), *filter(None, [brief.style.checkpoint])]
    entries = {name: workflow.model_map.for_file(name) for name in names}
    return {name: entry.file for name, entry in entries.items() if entry is not None}


def model_note(decided: Mapping[str, Any]) -> str:
    """Return a sentence on the model files that a server has otherwise than they are asked for, "" for none."""
    notes = model_details(decided).get(TAKEN_MODELS, ())
    return f"Models: {'; '.join(notes)}." if notes else ""


def model_details(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sentence for each model file that was taken instead of the one that is wanted, as details of a take."""
    taken: Sequence[Mapping[str, Any]] = parameters.get(TAKEN_MODELS, ())
    notes = [f"{item['wanted']}: taken {item['file']} ({item['why']})" for item in taken]
    return {TAKEN_MODELS: notes} if notes else {}


def legal_size(sizes: Sizes, width_px: int, height_px: int) -> tuple[int, int]:
    """Return the smallest size that a workflow can make and that covers the given one.

    Raises:
        PlanError: Every such size has more pixels than the workflow can make, or it makes one other size only.
    """
    if sizes.fixed_px is not None:
        if sizes.fixed_px != (width_px, height_px):
            raise PlanError(
                f"this workflow makes {sizes.fixed_px[0]}x{sizes.fixed_px[1]} px only, not {width_px}x{height_px} px. "
                "Set that as delivery.working, bind its size, or choose another workflow"
            )
        return sizes.fixed_px
    scale = max(Fraction(1), Fraction(sizes.min_px, width_px), Fraction(sizes.min_px, height_px))
    width, height = (ceil(side * scale / sizes.multiple_px) * sizes.multiple_px for side in (width_px, height_px))
    if width * height > sizes.max_pixels:
        share = sqrt(sizes.max_pixels / (width_px * height_px))
        raise PlanError(
            f"{width_px}x{height_px} px needs a picture of {width}x{height} px, more than this workflow's "
            f"{sizes.max_pixels} pixels; expected at most about {int(width_px * share)}x{int(height_px * share)} px. "
            "Set a smaller delivery.working, or choose another workflow"
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
            f"{frames} frames are more than the {max_part_frames} that this workflow makes, and it cannot continue "
            "from a last frame. Choose a workflow with image_to_video, or shorten the shot"
        )
    min_part_frames = ceil((frames - 1) / part_count) + 1
    part_frames = lengths.offset + max(0, ceil((min_part_frames - lengths.offset) / lengths.step)) * lengths.step
    seeds = [seed, *(seed_from(seed, "part", number) for number in range(1, part_count))]
    return [{"frames": part_frames, "seed": part_seed} for part_seed in seeds]


def reduced_note(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a take's details say of an attempt that was made smaller, {} for any other."""
    return {"reduced": parameters["reduced"]} if "reduced" in parameters else {}


def output_prefix(brief: Any, parameters: Mapping[str, Any]) -> str:
    """Return the prefix of the file names that a server gives to an attempt's outputs."""
    return f"tower/{digest(brief)[:16]}-{digest(dict(parameters))[:8]}"


def fill_with_models(
    workflow: Workflow, values: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template, and the changes in it: values by role, and the model files that an attempt takes.

    Raises:
        PlanError: The workflow does not take these values.
    """
    taken: Sequence[Mapping[str, Any]] = parameters.get(TAKEN_MODELS, ())
    lora_files = {item["wanted"]: item["file"] for item in taken if not item["place"]}
    loras = [replace(lora, file=lora_files.get(lora.file, lora.file)) for lora in lora_uses(parameters)]
    models = {**parameters["models"], **{item["place"]: item["file"] for item in taken if item["place"]}}
    loaders = {item["place"]: LoaderNode(**item["loader"]) for item in taken if "loader" in item}
    return fill_workflow(workflow, values, loras, models, loaders)


def build_graph(
    workflow: Workflow,
    parameters: Mapping[str, Any],
    part: Mapping[str, Any],
    prefix: str,
    image_name: str,
    picture_names: Mapping[str, str] = _NO_NAMES,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template, and the changes in it for one part of an attempt.

    Args:
        parameters: What `plan_attempt` returned.
        part: One of `parameters["parts"]`.
        prefix: See `output_prefix`.
        image_name: The picture's name at the server; "" for none.
        picture_names: The names there of all other pictures, by role.

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
        BATCH: parameters.get(BATCH),
        "filename_prefix": prefix,
        "image": image_name,
        **picture_names,
        **parameters.get("region_prompts", {}),
        **{role: parameters[role] for role in SCALAR_ROLES if role in parameters},
    }
    bound_values = {
        role: value
        for role, value in values.items()
        if role in workflow.bindings and (value not in (None, "") or role == "negative")
    }
    return fill_with_models(workflow, bound_values, parameters)


def prompt_additions(
    brief: KeyframeBrief | ClipBrief, parts: Iterable[SourcedText], repeated: Sequence[SourcedText] = ()
) -> tuple[SourcedText, ...]:
    """Return what is added to a brief's prompt: every new phrase of the parts once, and then the repeated ones."""
    prompt = escape_passages(brief.prompt, brief.literal)
    return (*added_phrases(prompt, parts), *(part for part in repeated if part.text))


def join_prompt(brief: KeyframeBrief | ClipBrief, additions: Iterable[SourcedText]) -> str:
    """Return a brief's prompt as it stands, and what is added to it."""
    prompt = escape_passages(brief.prompt, brief.literal).strip()
    return ", ".join(filter(None, (prompt, *(addition.text for addition in additions))))


def describe_region(description: str, *phrases: str) -> str:
    """Return the prompt for one character's part of a picture; brackets in the writer's description are words."""
    return merge_prompts(_escape(description), *phrases)


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
    return merge_prompts(brief.negative, _NOBODY.text) if brief.framing is Framing.INSERT else brief.negative


def negative_additions(brief: KeyframeBrief | ClipBrief) -> tuple[SourcedText, ...]:
    """Return what `negative_prompt` adds to a brief's own."""
    return added_phrases(brief.negative, [_NOBODY]) if brief.framing is Framing.INSERT else ()
