"""The path on which a graph's picture comes about: from the node that saves it back to latents and loaded files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from tower_anime_assets.workflows.graphs import input_links, upstream_nodes
from tower_anime_assets.workflows.node_inputs import NodeInputs, side_of, words_of
from tower_anime_assets.workflows.workflow import is_link, value_at

_CORE_VIDEO_SAVERS: Final = frozenset({"SaveVideo", "SaveWEBM", "SaveAnimatedWEBP", "SaveAnimatedPNG"})
_PICTURE_INPUTS: Final = frozenset({"images", "image", "video", "frames", "pictures", "input_images"})
_PICTURE_TYPES: Final = frozenset({"IMAGE", "VIDEO"})
_RATE_INPUTS: Final = frozenset({"fps", "frame_rate", "framerate"})
_PREVIEW: Final = re.compile("preview|compare|display|show", re.IGNORECASE)

_ASIDE_WORDS: Final = frozenset(
    [
        "model",
        "clip",
        "vae",
        "conditioning",
        "control",
        "controlnet",
        "net",
        "mask",
        "masks",
        "vision",
        "style",
        "text",
        "guider",
        "sampler",
        "sigmas",
        "noise",
        "ipadapter",
        "audio",
        "lora",
        "loras",
        "motion",
        "teacache",
        "cache",
        "pipe",
        "bbox",
        "sam",
        "detector",
    ]
)
"""Words in the names of inputs that do not bring the picture itself."""

_SIDE_NAME: Final = re.compile(r"(?:empty_latent_|latent_|image_|video_|custom_|target_)?(width|height)")
_FACTOR_INPUTS: Final = frozenset({"scale_by", "upscale_by", "rescale_factor", "upscale_factor"})
_REFERENCE_CLASSES: Final = re.compile("ipadapter|instantid|pulid|faceid|reactor|redux|clipvision", re.IGNORECASE)
_CONTROL_CLASSES: Final = re.compile("control.?net|preprocessor|t2iadapter", re.IGNORECASE)
_END_INPUTS: Final = frozenset({"end_image", "last_image", "image_end", "end_frame", "last_frame", "tail_image"})
_START_INPUTS: Final = frozenset({"start_image", "init_image", "first_image", "image_start", "pixels", "start_frame"})

_Uses = dict[str, list[tuple[str, str, int]]]
"""(node, input, output) of everything that is linked to a node, by that node."""


@dataclass(frozen=True)
class PicturePath:
    """The nodes that the picture comes from.

    Attributes:
        nodes: Nearest to the output first.
        sides: Places of `width` and of `height`; the first is that of the result.
        scale: How many times larger the result is than its first place says; None if only a run can tell.
        size_node: The node that sets the result's size; "" if none does.
    """

    nodes: tuple[str, ...]
    sides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scale: Fraction | None = Fraction(1)
    size_node: str = ""
    depths: Mapping[str, int] = field(default_factory=dict)

    def side_places(self, side: str) -> tuple[str, ...]:
        """Return the places of the width or the height."""
        return self.sides.get(side, ())

    def depth_of(self, node: str) -> int:
        """Return how far a node is from the output; 0 for one that is not upstream of it."""
        return self.depths.get(node, 0)


def find_outputs(inputs: NodeInputs) -> tuple[tuple[str, ...], bool]:
    """Return the node that saves the result, and whether that is a video.

    A node saves if the server says so, or else if it takes pictures and a `filename_prefix`. Of several the one with
    the most behind it counts, and a video before a picture.
    """
    savers = [node for node in inputs.graph if _saves(inputs, node)]
    videos = [node for node in savers if _makes_video(inputs, node)]
    chosen = videos or savers
    depths = {node: sum(1 for _ in upstream_nodes(inputs.graph, node)) for node in chosen}
    best = max(depths.values(), default=0)
    return tuple(node for node in chosen if depths[node] == best), bool(videos)


def _saves(inputs: NodeInputs, node: str) -> bool:
    own = inputs.graph[node]["inputs"]
    info = inputs.object_info.get(inputs.class_of(node))
    takes_picture = any(
        is_link(value) and (name in _PICTURE_INPUTS or _declared(inputs, node, name) in _PICTURE_TYPES)
        for name, value in own.items()
    )
    if not takes_picture or _PREVIEW.search(inputs.class_of(node)) or own.get("save_output") is False:
        return False
    if info is not None:
        return bool(info.get("output_node"))
    return "filename_prefix" in own or "output_path" in own


def _declared(inputs: NodeInputs, node: str, name: str) -> Any:
    declared = inputs.declaration(node, name)
    return declared[0] if isinstance(declared, list | tuple) and declared else None


def _makes_video(inputs: NodeInputs, node: str) -> bool:
    own = inputs.graph[node]["inputs"]
    is_clip = bool(_RATE_INPUTS & own.keys()) or is_link(own.get("video"))
    return inputs.class_of(node) in _CORE_VIDEO_SAVERS or is_clip


def find_picture_path(inputs: NodeInputs, output_nodes: tuple[str, ...]) -> PicturePath:
    """Return the path of the picture that output nodes save."""
    graph = inputs.graph
    queue = [node for node in output_nodes if node in graph]
    nodes = list(queue)
    on_path = set(nodes)
    for node in nodes:
        for name, source, _output in input_links(graph[node]):
            if source not in on_path and not (words_of(name) & _ASIDE_WORDS or side_of(name)):
                on_path.add(source)
                nodes.append(source)
    depths: dict[str, int] = dict.fromkeys(queue, 0)
    pending = list(queue)
    for node in pending:  # breadth first over all links, for which sampler comes first
        for _name, source, _output in input_links(graph[node]):
            if source not in depths:
                depths[source] = depths[node] + 1
                pending.append(source)
    sized = [(node, sides) for node in nodes if (sides := _sides_of(inputs, node))]
    places: dict[str, dict[str, None]] = {"width": {}, "height": {}}
    for _node, sides in sized:
        for side, found in sides.items():
            places[side] |= dict.fromkeys(found)
    size_node = sized[0][0] if sized else ""
    scale = _scale_between(inputs, nodes, size_node) if size_node else Fraction(1)
    return PicturePath(tuple(nodes), {side: tuple(found) for side, found in places.items()}, scale, size_node, depths)


def _sides_of(inputs: NodeInputs, node: str) -> dict[str, list[str]]:
    """Return the places of a node's width and height, as far as they are not computed; {} unless it takes both."""
    sides: dict[str, list[str]] = {}
    for name in inputs.graph[node]["inputs"]:
        if match := _SIDE_NAME.fullmatch(name):
            sides.setdefault(match[1], []).extend(inputs.number_places(node, name))
    found = {side: places for side, places in sides.items() if places and _is_set(inputs, places)}
    return found if len(sides) == 2 else {}


def _is_set(inputs: NodeInputs, places: list[str]) -> bool:
    """Return whether a side has a length; a scaler takes 0 for "as the other side needs it"."""
    return all(value_at(inputs.graph, place) > 0 for place in places)


def _scale_between(inputs: NodeInputs, nodes: list[str], size_node: str) -> Fraction | None:
    """Return by how much the picture grows after the node that sets its size; None if a model decides it."""
    scale = Fraction(1)
    downstream = _downstream_nodes(inputs.graph, size_node)
    for node in nodes:
        if node == size_node or node not in downstream:
            continue
        own = inputs.graph[node]["inputs"]
        if "scale_to" in inputs.class_of(node).lower() or "ToTotalPixels" in inputs.class_of(node):
            return None
        factor = next((own[name] for name in own if name in _FACTOR_INPUTS), None)
        if is_link(factor):
            return None
        if isinstance(factor, int | float):
            scale *= Fraction(str(factor)).limit_denominator(1000)
        elif "UpscaleWithModel" in inputs.class_of(node):
            return None
    return scale


def _downstream_nodes(graph: Mapping[str, Any], node_id: str) -> set[str]:
    """Return the ids of a node and of all nodes that depend on it."""
    uses_by_source = _uses_by_source(graph)
    queue = [node_id]
    visited = set(queue)
    for current in queue:
        for user, _name, _output in uses_by_source.get(current, ()):
            if user not in visited:
                visited.add(user)
                queue.append(user)
    return visited


def _uses_by_source(graph: Mapping[str, Any]) -> _Uses:
    """Return (node, input, output) of everything that is linked to a node, by that node."""
    uses: _Uses = {}
    for node_id, node in graph.items():
        for name, source, output in input_links(node):
            uses.setdefault(source, []).append((node_id, name, output))
    return uses


# Loaded pictures, videos and sounds -----------------------------------------------------------------------------------


def media_roles(inputs: NodeInputs, used: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (role, place) of the files that a graph loads from the server's input folder.

    The init image is the first that the picture itself comes from; references of an IP adapter and control pictures
    stay the graph's own.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    uses_by_source = _uses_by_source({node: inputs.graph[node] for node in used})
    for node in used:
        for name, value in inputs.graph[node]["inputs"].items():
            if isinstance(value, str) and (kind := _file_kind(inputs, node, name, value)):
                role, rank = (kind, 0) if kind != "image" else _image_role(inputs, node, uses_by_source)
                if role:
                    found.setdefault(role, []).append((rank, f"{node}.inputs.{name}"))
    for role, ranked in found.items():
        first = min(ranked, key=lambda item: item[0])
        yield role, first[1]


def _file_kind(inputs: NodeInputs, node: str, name: str, value: str) -> str:
    """Return what kind of file an input loads: image, mask, video, audio; "" if it loads none."""
    config = inputs.config(node, name)
    name_of_class = inputs.class_of(node)
    if not config.get("image_upload") and not config.get("video_upload") and "load" not in name_of_class.lower():
        return ""
    if name == "image" or config.get("image_upload"):
        return "mask" if "LoadImageMask" in name_of_class else "image"
    if name in ("video", "file") and ("video" in name_of_class.lower() or config.get("video_upload")):
        return "video"
    return "audio" if name in ("audio", "audio_file") else ""


def _image_role(inputs: NodeInputs, loader: str, uses_by_source: _Uses) -> tuple[str, int]:
    """Return what becomes of a loaded picture, and how likely it is the init image: smaller is likelier."""
    uses = list(_uses_of(inputs, loader, uses_by_source))
    if uses and all(output == 1 for _node, _name, output in uses):
        return "mask", 0
    names = {name for _node, name, output in uses if output == 0}
    classes = {inputs.class_of(node) for node, _name, output in uses if output == 0}
    if names & _END_INPUTS:
        return "end_image", 0
    if names & _START_INPUTS:
        return "image", 0
    is_aside = [bool(_REFERENCE_CLASSES.search(one) or _CONTROL_CLASSES.search(one)) for one in classes]
    if is_aside and all(is_aside):
        return "", 0
    return "image", 1


def _uses_of(inputs: NodeInputs, loader: str, uses_by_source: _Uses) -> Iterator[tuple[str, str, int]]:
    """Yield (node, input, output) of everything that takes a picture, also after it was scaled, padded or the like."""
    queue: list[tuple[str, int | None]] = [(loader, None)]
    seen = {loader}
    for node, first_output in queue:
        for other, name, output in uses_by_source.get(node, ()):
            from_loader = output if first_output is None else first_output
            if _only_changes_picture(inputs, other, name):
                if other not in seen:
                    seen.add(other)
                    queue.append((other, from_loader))
            else:
                yield other, name, from_loader


def _only_changes_picture(inputs: NodeInputs, node: str, name: str) -> bool:
    """Return whether a node gives the picture that it takes, changed: its only linked input is that picture."""
    if name not in ("image", "images", "pixels_in", "", "*"):
        return False
    links = [key for key, _source, _output in input_links(inputs.graph[node])]
    is_aside = _REFERENCE_CLASSES.search(inputs.class_of(node)) or _CONTROL_CLASSES.search(inputs.class_of(node))
    return len(links) == 1 and not is_aside
