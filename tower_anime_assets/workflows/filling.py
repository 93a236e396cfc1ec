"""Workflows filled with values: the template graph and the changes to it. Nothing is rounded or dropped."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.workflows.graphs import is_relative_inside
from tower_anime_assets.workflows.loras import LoraUse, insert_loras
from tower_anime_assets.workflows.workflow import PICTURE_ROLES, Lengths, LoaderNode, Sizes, Workflow, value_at

_SIDE_ROLES = ("width", "height")
_LATENT_MULTIPLE_PX = 8
_FILE_ROLES = ("image", "video", "audio", "checkpoint", "filename_prefix", *PICTURE_ROLES)


def fill_workflow(
    workflow: Workflow,
    values: Mapping[str, Any],
    loras: Sequence[LoraUse] = (),
    models: Mapping[str, str] | None = None,
    loaders: Mapping[str, LoaderNode] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template graph and the changes by place that together are sent.

    Args:
        workflow: One with a graph.
        values: Value by role; other roles keep the workflow's default or the graph's value.
        loras: Inserted after the model's loader, in this order.
        models: File by place, where it differs from the graph's own.
        loaders: The node that loads a place's file, where it is not the graph's own.

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
    if all(isinstance(role_values.get(side, 0), int | float) for side in _SIDE_ROLES):
        _check_size(workflow, role_values)
    changes = {
        place: value for role, value in role_values.items() for place, value in _values_by_place(workflow, role, value)
    }
    _check_length(workflow, role_values)
    model_places = {item.place for item in workflow.models}
    for place, file in (models or {}).items():
        if place not in model_places:
            raise PlanError(f"workflow {workflow.name} loads no model at {place}. {did_you_mean(place, model_places)}")
        if not is_relative_inside(file):
            raise PlanError(f"model {file!r} is not a name below ComfyUI/models; expected one without `..`")
        changes[place] = file
    graph = copy.deepcopy(dict(workflow.graph))
    for place, loader in (loaders or {}).items():
        node = place.split(".")[0]
        graph[node] = {"class_type": loader.class_type, "inputs": {**loader.inputs, loader.input: ""}}
        file = changes.pop(place)
        changes = {at: value for at, value in changes.items() if not at.startswith(f"{node}.inputs.")}
        changes[f"{node}.inputs.{loader.input}"] = file
    template, lora_changes = insert_loras(workflow, graph, loras)
    return template, changes | lora_changes


def is_legal_length(lengths: Lengths, frames: int) -> bool:
    """Return whether a workflow can make a clip of exactly this length."""
    return lengths.offset <= frames <= lengths.max_frames and (frames - lengths.offset) % lengths.step == 0


def is_legal_size(sizes: Sizes, width_px: int, height_px: int) -> bool:
    """Return whether a workflow can make a picture of exactly this size."""
    sides = (width_px, height_px)
    if sizes.fixed_px is not None:
        return sides == sizes.fixed_px
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
    values = _sides_by_place(workflow, places, value) if role in _SIDE_ROLES else [value] * len(places)
    return [
        (place, _convert_value(workflow, role, value_at(workflow.graph, place), own))
        for place, own in zip(places, values, strict=True)
    ]


def _sides_by_place(workflow: Workflow, places: Sequence[str], side_px: Any) -> list[Any]:
    """Return what a side is set to at each place: the first is that of the result, before it is enlarged.

    Earlier stages of a graph keep the proportion that they have to it, such as a first pass at half the size.
    """
    if not isinstance(side_px, int | float) or isinstance(side_px, bool):
        return [side_px] * len(places)
    scale = Fraction(str(workflow.sizes.scale or 1.0))
    first_px = Fraction(side_px) / scale
    own = [value_at(workflow.graph, place) for place in places]
    has_numbers = all(isinstance(value, int | float) and not isinstance(value, bool) and value > 0 for value in own)
    if not has_numbers or all(value == own[0] for value in own):
        return [_plain_number(first_px)] * len(places)
    multiple_px = _LATENT_MULTIPLE_PX
    sides = [first_px * Fraction(str(value)) / Fraction(str(own[0])) for value in own]
    others = [max(multiple_px, round(side / multiple_px) * multiple_px) for side in sides[1:]]
    return [_plain_number(first_px), *others]


def _plain_number(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)


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
        if sizes.fixed_px is not None:
            raise PlanError(
                f"workflow {workflow.name} cannot make {width_px}x{height_px} px; its graph makes "
                f"{sizes.fixed_px[0]}x{sizes.fixed_px[1]} px only"
            )
        raise PlanError(
            f"workflow {workflow.name} cannot make {width_px}x{height_px} px; expected sides of at least "
            f"{sizes.min_px} px in multiples of {sizes.multiple_px}, and at most {sizes.max_pixels} pixels in all"
        )


def _side_px(workflow: Workflow, side: str, role_values: Mapping[str, Any]) -> int:
    """Return a side's length, px; without any in the graph, the shortest legal one."""
    if side in role_values:
        return int(role_values[side])
    places = workflow.bindings.get(side, ())
    scale = workflow.sizes.scale or 1.0
    return int(value_at(workflow.graph, places[0]) * scale) if places else workflow.sizes.min_px


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
