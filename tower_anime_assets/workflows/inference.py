"""Inference of a workflow's properties from its graph: by where its links lead, and by what kind its inputs are.

A graph exported from ComfyUI does not say which text is the prompt or which picture is the init image, but what becomes
of them does: what leads into `positive` is the prompt. Classes of nodes decide only where nothing else tells. A
`workflow.yaml` can correct everything inferred here.

Source: the inputs of ComfyUI's core nodes, `GET /object_info` of 0.3.64.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from tower_anime_assets.production.digest import digest
from tower_anime_assets.workflows.capabilities import find_gaps, guess_capability, known_roles
from tower_anime_assets.workflows.filling import is_legal_length
from tower_anime_assets.workflows.graphs import ObjectInfo, upstream_nodes
from tower_anime_assets.workflows.limits import infer_lengths, infer_sizes
from tower_anime_assets.workflows.model_inputs import lora_slots, model_files
from tower_anime_assets.workflows.node_inputs import NodeInputs
from tower_anime_assets.workflows.picture_path import PicturePath, find_outputs, find_picture_path, media_roles
from tower_anime_assets.workflows.prompt_inference import Prompts, find_prompts
from tower_anime_assets.workflows.workflow import (
    BATCH,
    INPUT_ROLES,
    Lengths,
    LoraSlot,
    ModelFile,
    Probe,
    Sizes,
    is_link,
    value_at,
)

NO_WORDS: Final = "no words lead into it: what a script says reaches its result only through the picture"

_SCALAR_INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "steps": ("steps",),
    "cfg": ("cfg",),
    "sampler": ("sampler_name",),
    "scheduler": ("scheduler",),
    "sigmas": ("sigmas",),
    "denoise": ("denoise", "denoise_strength"),
    "shift": ("shift",),
    "checkpoint": ("ckpt_name",),
}
"""Names of the inputs of each role that a sampler, scheduler, guider or loader has."""

_SAMPLING_CLASSES: Final = ("sampl", "schedul", "guider", "sigmas", "loader")
_STRENGTH_CLASSES: Final = frozenset({"LTXVImgToVideo", "WanVaceToVideo"})
_SEED_INPUTS: Final = frozenset({"seed", "noise_seed"})
_RATE_INPUTS: Final = frozenset({"fps", "frame_rate", "framerate", "video_fps", "output_fps"})
_FRAME_INPUTS: Final = frozenset(
    {"length", "num_frames", "video_frames", "video_length", "frames", "frame_count", "frames_number", "n_frames"}
)
_REPEAT_INPUTS: Final = frozenset({"batch_size", "amount"})
"""Inputs that say how many pictures a node makes: those of a clip, where no input is named for its frames."""

_MAX_ENLARGED_FRAMES: Final = 12
"""Of a clip, in one job: four times larger than 1024x576 they are 1.4 GB of a server's memory."""


@dataclass(frozen=True)
class InferredWorkflow:
    """What a graph tells about itself; fields as in `Workflow`.

    Attributes:
        encodes_text: Whether the graph turns text into a conditioning.
        remarks: As in `Workflow`.
    """

    medium: str
    capabilities: frozenset[str]
    bindings: Mapping[str, tuple[str, ...]]
    output_nodes: tuple[str, ...]
    models: tuple[ModelFile, ...]
    lora_after: tuple[LoraSlot, ...]
    sizes: Sizes
    lengths: Lengths | None
    gaps: tuple[str, ...] = ()
    encodes_text: bool = False
    remarks: tuple[str, ...] = ()


def infer_workflow(
    graph: Mapping[str, Any],
    object_info: ObjectInfo | None = None,
    titles: Mapping[str, str] | None = None,
    stated: Mapping[str, Any] | None = None,
) -> InferredWorkflow:
    """Return everything that can be inferred from a graph.

    Args:
        graph: In API format.
        object_info: A server's node classes, for what the names of inputs do not tell.
        titles: What the editor shows above each node, by node id.
        stated: Fields of `Workflow` that a person or a probe states; what is claimed depends on them.
    """
    stated = stated or {}
    inputs = NodeInputs(graph, object_info or {}, titles or {})
    output_nodes, saves_video = find_outputs(inputs)
    output_nodes = tuple(stated.get("output_nodes", output_nodes))
    is_video = stated["medium"] == "video" if "medium" in stated else saves_video
    upstream = _all_upstream(graph, output_nodes)
    used = [node for node in graph if node in upstream]
    path = find_picture_path(inputs, output_nodes)
    prompts = find_prompts(inputs, output_nodes)
    bindings = _infer_bindings(inputs, used, output_nodes, path, prompts, is_video=is_video)
    bindings |= {role: places for role, places in (stated.get("bindings") or {}).items() if places}
    for role, places in (stated.get("bindings") or {}).items():
        if not places:
            bindings.pop(role, None)
    sizes = stated.get("sizes") or infer_sizes(inputs, bindings, path)
    lengths = stated.get("lengths") or infer_lengths(inputs, bindings)
    only_enlarges = any("UpscaleWithModel" in inputs.class_of(node) for node in used)
    capability = guess_capability(bindings, is_video=is_video, only_enlarges=only_enlarges)
    if is_video and capability == "super_resolution" and "lengths" not in stated:
        lengths = replace(lengths, max_frames=_MAX_ENLARGED_FRAMES)
    gaps = find_gaps(
        capability,
        bindings,
        encodes_text=prompts.encodes_text,
        known=known_roles(stated.get("sizes"), stated.get("lengths")),
        is_unclear=prompts.is_unclear,
    )
    gaps += tuple(f"{capability}: {gap}" for gap in _size_gaps(capability, sizes, bindings))
    gaps += tuple(f"{capability}: {gap}" for gap in _probe_gaps(graph, stated.get("probe"), bindings, lengths))
    remarks = prompts.remarks if "prompt" in bindings else (*prompts.remarks, *prompts.unclear_remarks)
    if capability in ("image_to_video", "image_editing") and not prompts.encodes_text:
        remarks += (NO_WORDS,)
    return InferredWorkflow(
        "video" if is_video else "image",
        frozenset() if gaps else frozenset({capability}),
        bindings,
        output_nodes,
        model_files(graph),
        tuple(lora_slots(graph, inputs.object_info)),
        sizes,
        lengths if is_video and saves_video else None,
        gaps,
        prompts.encodes_text,
        remarks,
    )


def _size_gaps(capability: str, sizes: Sizes, bindings: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield what is not known of a result's size, where it is not the point to enlarge a picture."""
    if capability == "super_resolution":
        return
    if sizes.scale is None:
        yield "how much larger the result is than what it is asked for was not measured"
    elif sizes.scale != 1 and "width" not in bindings:
        yield f"the result is {sizes.scale:g} times as large as the picture that it starts from, and no size is bound"


def _probe_gaps(
    graph: Mapping[str, Any], probe: Probe | None, bindings: Mapping[str, tuple[str, ...]], lengths: Lengths | None
) -> Iterator[str]:
    """Yield in what a probe render of the same graph differed from what it was asked for."""
    if probe is None or lengths is None or probe.graph_sha256 != digest(graph):
        return
    asked: dict[str, Any] = {}
    for role in ("frames", "fps"):
        with suppress(KeyError):  # not bound, or by a manifest to what is not there: a fault of its own
            asked[role] = value_at(graph, bindings[role][0])
    frames, fps = asked.get("frames"), asked.get("fps")
    if isinstance(frames, int) and is_legal_length(lengths, frames) and probe.frames < frames:
        yield f"it made {probe.frames} frames where it was asked for {frames}"
    if isinstance(fps, int | float) and abs(probe.fps - fps) > _RATE_TOLERANCE:
        yield f"it made {probe.fps:g} frames per second where it was asked for {fps:g}"


_RATE_TOLERANCE: Final = 0.01


def unused_nodes(graph: Mapping[str, Any], output_nodes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the nodes that no output depends on; servers ignore them."""
    return tuple(sorted(set(graph) - _all_upstream(graph, output_nodes)))


def _all_upstream(graph: Mapping[str, Any], output_nodes: tuple[str, ...]) -> set[str]:
    return set(upstream_nodes(graph, *(node for node in output_nodes if node in graph)))


class _Bindings:
    """Places by role, each once, in the order in which they were found."""

    def __init__(self) -> None:
        self._places: dict[str, dict[str, None]] = {}

    def add(self, role: str, places: Iterator[str] | tuple[str, ...] | list[str]) -> None:
        for place in places:
            self._places.setdefault(role, {})[place] = None

    def all(self) -> dict[str, tuple[str, ...]]:
        return {role: tuple(places) for role, places in sorted(self._places.items())}


def _infer_bindings(
    inputs: NodeInputs,
    used: list[str],
    output_nodes: tuple[str, ...],
    path: PicturePath,
    prompts: Prompts,
    *,
    is_video: bool,
) -> dict[str, tuple[str, ...]]:
    graph = inputs.graph
    found = _Bindings()
    found.add("prompt", prompts.prompt)
    found.add("negative", prompts.negative)
    for node in used:
        for name in graph[node]["inputs"]:
            if name in _SEED_INPUTS:
                found.add("seed", inputs.number_places(node, name))
            elif name == "multiplier" and "VFI" in inputs.class_of(node):
                found.add("multiplier", inputs.number_places(node, name))
            elif is_video and name in _RATE_INPUTS:
                found.add("fps", inputs.number_places(node, name))
    for role, places in _scalar_places(inputs, used, path).items():
        found.add(role, places)
    for side in ("width", "height"):
        found.add(side, path.side_places(side))
    if is_video:
        found.add("frames", _frame_places(inputs, used, path))
    for role, place in media_roles(inputs, used):
        found.add(role, (place,))
    for node in output_nodes:
        if node in graph and isinstance(graph[node]["inputs"].get("filename_prefix"), str | list):
            found.add("filename_prefix", inputs.string_places(node, "filename_prefix"))
    if not is_video:
        for node in path.nodes:  # a batch of a video's latents would be one long video
            if "batch_size" in graph[node]["inputs"]:
                found.add(BATCH, inputs.number_places(node, "batch_size"))
    # What this version has no use for is not bound.
    return {role: places for role, places in found.all().items() if role in INPUT_ROLES}


def _scalar_places(inputs: NodeInputs, used: list[str], path: PicturePath) -> dict[str, list[str]]:
    """Return the places of samplers' settings by role.

    Each job sets a role to one value, so what a graph sets otherwise at a later stage, such as a detailer's denoise, is
    left to the graph: only the places that equal the earliest stage's are bound.
    """
    places_by_role: dict[str, list[str]] = {}
    is_split = any(_splits_steps(inputs, node) for node in used)
    for node in used:
        own_inputs = inputs.graph[node]["inputs"]
        is_sampling = any(word in inputs.class_of(node).lower() for word in _SAMPLING_CLASSES)
        is_sampling = is_sampling or bool(_SEED_INPUTS & own_inputs.keys() and "steps" in own_inputs)
        for role, names in _SCALAR_INPUTS.items():
            is_role = (is_sampling or role == "shift") and not (role == "steps" and is_split)
            for name in names if is_role else ():
                find = inputs.string_places if role in _TEXT_ROLES else inputs.number_places
                places_by_role.setdefault(role, []).extend(find(node, name))
        if inputs.class_of(node) in _STRENGTH_CLASSES:
            places_by_role.setdefault("strength", []).extend(inputs.number_places(node, "strength"))
    result = {}
    for role, places in places_by_role.items():
        unique = list(dict.fromkeys(places))
        if unique:
            first = max(unique, key=lambda place: path.depth_of(place.split(".")[0]))
            value = value_at(inputs.graph, first)
            result[role] = [place for place in unique if value_at(inputs.graph, place) == value]
    return result


_TEXT_ROLES: Final = frozenset({"sampler", "scheduler", "sigmas", "checkpoint"})


def _splits_steps(inputs: NodeInputs, node: str) -> bool:
    """Return whether a sampler makes only some of the steps: another goes on where it stops."""
    own_inputs = inputs.graph[node]["inputs"]
    if "start_at_step" in own_inputs:
        return True
    start, end, steps = (own_inputs.get(name) for name in ("start_step", "end_step", "steps"))
    if start is None and end is None:
        return False
    is_late = isinstance(start, int) and start > 0
    is_early = isinstance(end, int) and end >= 0 and not (isinstance(steps, int) and end >= steps)
    return is_late or is_early or is_link(start) or is_link(end)


def _frame_places(inputs: NodeInputs, used: list[str], path: PicturePath) -> list[str]:
    """Return the places of a clip's number of frames."""
    named = [
        place
        for node in used
        for name in inputs.graph[node]["inputs"]
        if name in _FRAME_INPUTS and node in path.nodes
        for place in inputs.number_places(node, name)
    ]
    if named:
        return named
    repeated: list[str] = []
    for node in path.nodes:
        for name in inputs.graph[node]["inputs"]:
            if name in _REPEAT_INPUTS:
                repeated += inputs.number_places(node, name)
    many = [place for place in repeated if value_at(inputs.graph, place) > 1]
    if many:
        return many[:1]
    if repeated:
        return repeated[:1]
    return [place for node in used for place in inputs.number_places(node, "frame_load_cap")]
