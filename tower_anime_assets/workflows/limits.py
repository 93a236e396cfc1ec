"""Sizes and lengths that a graph can make, inferred from the nodes that decide them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Any, Final

from tower_anime_assets.workflows.node_inputs import NodeInputs
from tower_anime_assets.workflows.picture_path import PicturePath
from tower_anime_assets.workflows.workflow import Lengths, Sizes, value_at

_WAN_LIMITS: Final = (16, 4, 81)
_LATENT_LIMITS: Final[Mapping[str, tuple[int, int, int]]] = {
    "EmptyLatentImage": (8, 0, 1),
    "EmptySD3LatentImage": (16, 0, 1),
    "EmptyQwenImageLayeredLatentImage": (16, 0, 1),
    "EmptyLTXVLatentVideo": (32, 8, 257),
    "LTXVImgToVideo": (32, 8, 257),
    "EmptyHunyuanLatentVideo": (16, 4, 129),
    "HunyuanImageToVideo": (16, 4, 129),
    "EmptyHunyuanVideo15Latent": (16, 4, 121),
    "HunyuanVideo15ImageToVideo": (16, 4, 121),
    "WanImageToVideo": _WAN_LIMITS,
    "WanFirstLastFrameToVideo": _WAN_LIMITS,
    "WanFunInpaintToVideo": _WAN_LIMITS,
    "WanVaceToVideo": _WAN_LIMITS,
    "Wan22ImageToVideoLatent": (32, 4, 121),
    "WanVideoEmptyEmbeds": _WAN_LIMITS,
    "WanVideoImageToVideoEncode": _WAN_LIMITS,
    "SVD_img2vid_Conditioning": (8, 1, 25),
}
"""Nodes that decide size and length: multiple of a side, px; step of frames (0 for pictures); most useful frames."""

_MIN_SIDE_PX: Final = 64
_MAX_PIXELS: Final = 2048 * 2048
_DEFAULT_FPS: Final = 24.0
_MAX_FPS: Final = 240
_DEFAULT_MAX_FRAMES: Final = 81
_ANIMATEDIFF_FRAMES: Final = 32
_LATENT_MULTIPLE_PX: Final = 8
"""What the autoencoders of all image models divide by, where nothing says more."""


def infer_sizes(inputs: NodeInputs, bindings: Mapping[str, tuple[str, ...]], path: PicturePath) -> Sizes:
    """Return the sizes that all nodes with limits can make, as they come out of the graph.

    `scale` is None where only a run can tell how much larger the result is than what `width` and `height` say.
    """
    graph = inputs.graph
    rules = [_LATENT_LIMITS[node["class_type"]] for node in graph.values() if node["class_type"] in _LATENT_LIMITS]
    multiples = [rule[0] for rule in rules]
    if "width" in bindings and not multiples:
        multiples = [_declared_multiple(inputs, place) for place in bindings["width"]]
    multiple_px = max(multiples, default=1)
    own_sides = [_number(graph, bindings, side) for side in ("width", "height")]
    scale = path.scale
    if scale not in (None, 1) and "width" in bindings:
        assert scale is not None  # noqa: S101 - for the type checker
        multiple_px = _scaled_multiple(multiple_px, scale)
        own_sides = [side * scale for side in own_sides]
    min_px = min([_MIN_SIDE_PX, *(int(side) for side in own_sides if side > 0)])
    max_pixels = max(_MAX_PIXELS, int(own_sides[0] * own_sides[1]))
    return Sizes(multiple_px, min_px, max_pixels, None if scale is None else float(scale))


def _declared_multiple(inputs: NodeInputs, place: str) -> int:
    step = _config_of(inputs, place).get("step")
    return step if isinstance(step, int) and step > 1 else _LATENT_MULTIPLE_PX


def _scaled_multiple(multiple_px: int, scale: Fraction) -> int:
    """Return the smallest side that is a whole multiple before scaling and a whole number of pixels after it."""
    before = lcm(multiple_px, scale.denominator)
    return max(1, int(before * scale))


def infer_lengths(inputs: NodeInputs, bindings: Mapping[str, tuple[str, ...]]) -> Lengths:
    """Return the lengths that all nodes with limits can make, and the graph's own rate."""
    graph = inputs.graph
    rules = [_LATENT_LIMITS[node["class_type"]] for node in graph.values() if node["class_type"] in _LATENT_LIMITS]
    clip_rules = [rule for rule in rules if rule[1]]
    fps = _number(graph, bindings, "fps")
    fps = float(fps) if 0 < fps <= _MAX_FPS else _DEFAULT_FPS
    own_frames = int(_number(graph, bindings, "frames"))
    if clip_rules:
        step, most = max(rule[1] for rule in clip_rules), min(rule[2] for rule in clip_rules)
        is_longer = own_frames > most and (own_frames - 1) % step == 0
        return Lengths(step, 1, own_frames if is_longer else most, fps)
    step, offset = _declared_step(inputs, bindings)
    is_animatediff = any(node["class_type"].startswith(("ADE_", "AnimateDiff")) for node in graph.values())
    most = _ANIMATEDIFF_FRAMES if is_animatediff else _DEFAULT_MAX_FRAMES
    return Lengths(step, offset, max(most, own_frames), fps)


def _declared_step(inputs: NodeInputs, bindings: Mapping[str, tuple[str, ...]]) -> tuple[int, int]:
    """Return step and offset of the frames as the server declares them; every length where it says nothing."""
    for place in bindings.get("frames", ()):
        config = _config_of(inputs, place)
        step, low = config.get("step"), config.get("min", 1)
        if isinstance(step, int) and isinstance(low, int) and step > 1:
            return step, low % step
    return 1, 1


def _config_of(inputs: NodeInputs, place: str) -> Mapping[str, Any]:
    node, _inputs, name = place.split(".", 2)
    return inputs.config(node, name) if node in inputs.graph else {}


def _number(graph: Mapping[str, Any], bindings: Mapping[str, tuple[str, ...]], role: str) -> Any:
    """Return the graph's own value of a role, 0 if it has none."""
    try:
        value = value_at(graph, bindings[role][0]) if role in bindings else 0
    except (KeyError, ValueError):  # a manifest's binding to nothing is a fault of its own
        return 0
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0
