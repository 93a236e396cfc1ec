"""Where the values of a workflow's attempt come from: its defaults, its graph, the show's files, the plan, the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tower_anime_assets.engines.remote.comfyui.request import LORA_STRENGTH, SCALAR_ROLES, scalar_defaults
from tower_anime_assets.production.learning.retries import COLOUR_REPEATS, MOTION
from tower_anime_assets.production.story.quality import QUALITY, STEPS
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.production.value_origins import (
    MODEL_MAP,
    WORKFLOW_DEFAULT,
    WORKFLOW_GRAPH,
    with_file_digests,
    with_origins,
)
from tower_anime_assets.workflows.model_choice import CHECKPOINT_FOLDER, AskedModel, asked_models
from tower_anime_assets.workflows.workflow import BATCH, Workflow, value_at

STYLE_CHECKPOINT = "project.yaml: style.checkpoint"


def attempt_origins(workflow: Workflow, parameters: Mapping[str, Any], checkpoint: str = "") -> dict[str, str]:
    """Return where the values of a first attempt come from, by name; that of a model file under `models.PLACE`.

    Args:
        workflow: The workflow.
        parameters: The attempt's, before retries and suggestions change them.
        checkpoint: The checkpoint that the style names, "" for none.
    """
    origins = {
        "seed": "the plan: what the shot shows, and the show's seed; another for each attempt",
        "width_px": "project.yaml: delivery, as the workflow makes it",
        "height_px": "project.yaml: delivery, as the workflow makes it",
        "fps": "project.yaml: delivery, as the workflow makes it",
        "parts": "the plan: the shot's length, as the workflow makes it",
        "region_prompts": "the files of the characters: looks and colours",
        MOTION: "the plan: how much moves in the shot",
        COLOUR_REPEATS: "the engine: colours are named once",
        LORA_STRENGTH: "the file that names the LoRA: strength",
        BATCH: _candidates_origin(workflow, parameters),
    }
    for role in SCALAR_ROLES:
        origins[role] = WORKFLOW_DEFAULT if role in workflow.defaults else WORKFLOW_GRAPH
    level = parameters.get(QUALITY, STANDARD)
    if level != STANDARD:
        origins[QUALITY] = "project.yaml or the run: quality"
        if parameters.get(STEPS) != scalar_defaults(workflow).get(STEPS):
            origins[STEPS] = f"quality level {level}"
    models = {
        f"models.{asked.place}": _model_origin(workflow, asked, checkpoint)
        for asked in asked_models(workflow, checkpoint)
    }
    return {**{name: origin for name, origin in origins.items() if name in parameters}, **models}


def with_workflow_origins(workflow: Workflow, parameters: Mapping[str, Any], checkpoint: str = "") -> dict[str, Any]:
    """Return a first attempt's parameters with where they come from, and what is published of its model files."""
    published = {item.file: item.sha256 for item in workflow.models}
    published |= {variant.file: variant.sha256 for item in workflow.models for variant in item.variants}
    known = {file: sha256 for file, sha256 in published.items() if sha256}
    return with_file_digests(with_origins(parameters, attempt_origins(workflow, parameters, checkpoint)), known)


def _candidates_origin(workflow: Workflow, parameters: Mapping[str, Any]) -> str:
    places = workflow.bindings.get(BATCH, ())
    if places and value_at(workflow.graph, places[0]) == parameters.get(BATCH):
        return WORKFLOW_GRAPH
    level = parameters.get(QUALITY, STANDARD)
    by_level = f", or quality level {level}" if level != STANDARD else ""
    return f"project.yaml: engines.candidates{by_level}"


def _model_origin(workflow: Workflow, asked: AskedModel, checkpoint: str) -> str:
    if asked.mapped is not None:
        return f"{MODEL_MAP}: {asked.mapped} instead of {asked.wanted}"
    own = next(item for item in workflow.models if item.place == asked.place)
    is_styled = own.folder == CHECKPOINT_FOLDER and asked.wanted == checkpoint
    return STYLE_CHECKPOINT if is_styled else WORKFLOW_GRAPH
