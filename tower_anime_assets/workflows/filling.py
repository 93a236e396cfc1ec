"""Workflows filled with values: the template graph and the changes to it. Nothing is rounded or dropped."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.workflows.graphs import is_relative_inside
from tower_anime_assets.workflows.loras import LoraUse, insert_loras
from tower_anime_assets.workflows.workflow import Lengths, Sizes, Workflow, value_at

_FILE_ROLES = ("image", "mask", "end_image", "video", "audio", "checkpoint", "filename_prefix")


def fill_workflow(
    workflow: Workflow,
    values: Mapping[str, Any],
    loras: Sequence[LoraUse] = (),
    models: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template graph and the changes by place that together are sent.

    Args:
        workflow: One with a graph.
        values: Value by role; other roles keep the workflow's default or the graph's value.
        loras: Inserted after the model's loader, in this order.
        models: File by place, where it differs from the workflow's own.

    Returns:
        The template has a loader for each LoRA, but no values: other values of the same roles give the same template.
        `store.workflows.fill_template` takes both.

    Raises:
        PlanError: There is no graph, a role has no binding, a value has the wrong type, a LoRA does not fit, or a size
            or length is not legal (the server would reduce it silently).
    """
    if not workflow.graph:
        raise PlanError(f"workflow {workflow.name} has no graph: {workflow.notes or 'ComfyUI does not run it'}")
    role_values = {**workflow.defaults, **values}
    changes = {
        place: value for role, value in role_values.items() for place, value in _values_by_place(workflow, role, value)
    }
    _check_size(workflow, role_values)
    _check_length(workflow, role_values)
    model_places = {item.place for item in workflow.models}
    for place, file in (models or {}).items():
        if place not in model_places:
            raise PlanError(f"workflow {workflow.name} loads no model at {place}. {did_you_mean(place, model_places)}")
        if not is_relative_inside(file):
            raise PlanError(f"model {file!r} is not a name below ComfyUI/models; expected one without `..`")
        changes[place] = file
    graph = copy.deepcopy(dict(workflow.graph))
    template, lora_changes = insert_loras(workflow, graph, loras)
    return template, changes | lora_changes


def is_legal_length(lengths: Lengths, frames: int) -> bool:
    """Return whether a workflow can make a clip of exactly this length."""
    return lengths.offset <= frames <= lengths.max_frames and (frames - lengths.offset) % lengths.step == 0


def is_legal_size(sizes: Sizes, width_px: int, height_px: int) -> bool:
    """Return whether a workflow can make a picture of exactly this size."""
    sides = (width_px, height_px)
    return (
        all(side >= sizes.min_px and side % sizes.multiple_px == 0 for side in sides)
        and width_px * height_px <= sizes.max_pixels
    )


def _values_by_place(workflow: Workflow, role: str, value: Any) -> list[tuple[str, Any]]:
    """Return (place, value) for every place that a role is bound to, with the type of number that the graph has."""
    places = workflow.bindings.get(role, ())
    if not places:
        raise PlanError(
            f"workflow {workflow.name} takes no {role}. {did_you_mean(role, workflow.bindings)} "
            f"Bind it in {workflow.file.name}, or choose another workflow"
        )
    if role in _FILE_ROLES and (not isinstance(value, str) or not is_relative_inside(value)):
        raise PlanError(f"{role} of workflow {workflow.name} is {value!r}; expected a name without `..`")
    return [(place, _convert_value(workflow, role, value_at(workflow.graph, place), value)) for place in places]


def _convert_value(workflow: Workflow, role: str, template_value: Any, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(template_value, str) != isinstance(value, str) or (
        isinstance(template_value, int | float) and not is_number
    ):
        raise PlanError(
            f"{role} of workflow {workflow.name} is {value!r}; expected a value such as {template_value!r} in its graph"
        )
    if isinstance(template_value, float):
        return float(value)
    if isinstance(template_value, int) and not isinstance(template_value, bool):
        if value != int(value):
            raise PlanError(
                f"{role} of workflow {workflow.name} is {value}; expected a whole number such as {template_value}"
            )
        return int(value)
    return value


def _check_size(workflow: Workflow, role_values: Mapping[str, Any]) -> None:
    if "width" not in role_values and "height" not in role_values:
        return
    width_px, height_px = (_side_px(workflow, side, role_values) for side in ("width", "height"))
    sizes = workflow.sizes
    if not is_legal_size(sizes, width_px, height_px):
        raise PlanError(
            f"workflow {workflow.name} cannot make {width_px}x{height_px} px; expected sides of at least "
            f"{sizes.min_px} px in multiples of {sizes.multiple_px}, and at most {sizes.max_pixels} pixels in all"
        )


def _side_px(workflow: Workflow, side: str, role_values: Mapping[str, Any]) -> int:
    """Return a side's length, px; without any in the graph, the shortest legal one."""
    if side in role_values:
        return int(role_values[side])
    places = workflow.bindings.get(side, ())
    return int(value_at(workflow.graph, places[0])) if places else workflow.sizes.min_px


def _check_length(workflow: Workflow, role_values: Mapping[str, Any]) -> None:
    if "frames" not in role_values:
        return
    lengths = workflow.lengths
    if lengths is None:
        raise PlanError(f"workflow {workflow.name} makes pictures; it cannot make {role_values['frames']} frames")
    if not is_legal_length(lengths, role_values["frames"]):
        raise PlanError(
            f"workflow {workflow.name} cannot make {role_values['frames']} frames; expected {lengths.step} n + "
            f"{lengths.offset}, at most {lengths.max_frames}"
        )
