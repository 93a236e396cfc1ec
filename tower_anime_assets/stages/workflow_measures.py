"""What a probe render's figures mean for a workflow: its sizes, lengths and expected seconds, and what to tell people.

Pure: figures in, values of a `workflow.yaml` and sentences out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any, Final

from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.stages.workflow_import import sizes_entry
from tower_anime_assets.workflows.workflow import Lengths, Probe, Sizes, Workflow

_MULTIPLES_PX: Final = (8, 16, 32, 64)
_FRAME_STEPS: Final = (4, 8)
_UNKNOWN_SOURCES: Final = ("estimate: nothing is known", "measured: a probe")
"""How the sources of priors begin that a probe may replace; a person's own figures stay."""


@dataclass(frozen=True)
class Measured:
    """The figures of one render.

    Attributes:
        asked: What the graph was asked for, by role: `width`, `height`, `frames`, `fps`, as far as they are bound.
        given_px: Size of the picture that it started from; None if there was none.
    """

    width_px: int
    height_px: int
    frames: int
    fps: float
    seconds: float
    vram_bytes: int
    asked: Mapping[str, Any]
    given_px: tuple[int, int] | None


def measured_sizes(workflow: Workflow, measured: Measured) -> Sizes:
    """Return a workflow's sizes as a render showed them."""
    sizes = workflow.sizes
    size_px = (measured.width_px, measured.height_px)
    if {"width", "height"} <= measured.asked.keys():
        asked_px = (int(measured.asked["width"]), int(measured.asked["height"]))
        if multiple_px := _floored_multiple(asked_px, size_px):
            return replace(sizes, multiple_px=max(sizes.multiple_px, multiple_px), scale=1.0)
        scale = Fraction(size_px[0], asked_px[0]).limit_denominator(16)
        before_px = sizes.multiple_px if sizes.scale is None else max(1, round(sizes.multiple_px / sizes.scale))
        multiple_px = sizes.multiple_px
        if float(scale) != sizes.scale:
            multiple_px = max(1, int(lcm(before_px, scale.denominator) * scale))
        max_pixels = max(sizes.max_pixels, size_px[0] * size_px[1])
        return replace(sizes, multiple_px=multiple_px, scale=float(scale), max_pixels=max_pixels)
    if measured.given_px is None:
        return replace(sizes, fixed_px=size_px, scale=1.0, max_pixels=max(sizes.max_pixels, size_px[0] * size_px[1]))
    return replace(sizes, scale=float(Fraction(size_px[0], measured.given_px[0]).limit_denominator(16)))


def _floored_multiple(asked_px: tuple[int, int], size_px: tuple[int, int]) -> int:
    """Return the multiple that the sides were floored to; 0 if they were not."""
    if asked_px == size_px or any(made > asked for made, asked in zip(size_px, asked_px, strict=True)):
        return 0
    for multiple_px in _MULTIPLES_PX:
        if tuple(side // multiple_px * multiple_px for side in asked_px) == size_px:
            return multiple_px
    return 0


def measured_lengths(workflow: Workflow, measured: Measured) -> Lengths | None:
    """Return a workflow's lengths as a render showed them; None for pictures."""
    lengths = workflow.lengths
    if lengths is None:
        return None
    if "fps" not in measured.asked and measured.fps > 0:
        lengths = replace(lengths, fps=round(measured.fps, 3))
    if "frames" not in measured.asked:
        return replace(lengths, step=1, offset=measured.frames, max_frames=measured.frames)
    asked = int(measured.asked["frames"])
    for step in _FRAME_STEPS:
        if measured.frames < asked and (asked - 1) // step * step + 1 == measured.frames:
            return replace(lengths, step=max(lengths.step, step), offset=1)
    return lengths


def read_conclusions(workflow: Workflow, measured: Measured) -> tuple[str, ...]:
    """Return what the figures of a render mean, a sentence each."""
    sizes, lengths = measured_sizes(workflow, measured), measured_lengths(workflow, measured)
    said = []
    if sizes.fixed_px is not None:
        said.append(f"It makes {measured.width_px}x{measured.height_px} px only, since no size is bound.")
    if sizes.scale not in (None, 1.0):
        said.append(f"The result is {sizes.scale:g} times as large as what it is asked for or given.")
    if sizes.multiple_px != workflow.sizes.multiple_px:
        said.append(f"Its sides are multiples of {sizes.multiple_px} px.")
    if lengths is not None and lengths != workflow.lengths:
        if "frames" not in measured.asked:
            said.append(f"It makes {measured.frames} frames only, since no number of frames is bound.")
        elif lengths.step != (workflow.lengths.step if workflow.lengths else 0):
            said.append(f"Its lengths are {lengths.step} n + {lengths.offset} frames.")
        if "fps" not in measured.asked:
            said.append(f"It makes {lengths.fps:g} frames per second only, since no rate is bound.")
    asked = measured.asked.get("frames")
    if lengths is not None and isinstance(asked, int) and lengths == workflow.lengths and measured.frames != asked:
        said.append(f"It makes {measured.frames} frames where it is asked for {asked}.")
    rate = measured.asked.get("fps")
    if isinstance(rate, int | float) and measured.fps and abs(measured.fps - rate) > 0.01:
        said.append(f"It makes {measured.fps:g} frames per second where it is asked for {rate:g}.")
    if not measured.vram_bytes:
        said.append("How much memory it fills was not measured: the server has no graphics card, or was done at once.")
    return tuple(said)


def manifest_edits(workflow: Workflow, probe: Probe, measured: Measured) -> dict[tuple[str, ...], Any]:
    """Return what a render changes in a `workflow.yaml`, value by path of keys."""
    entry = plain_data(probe)
    entry["vram_gb"] = round(entry.pop("vram_bytes") / 1e9, 2)
    edits: dict[tuple[str, ...], Any] = {("probe",): entry}
    sizes, lengths = measured_sizes(workflow, measured), measured_lengths(workflow, measured)
    if sizes != workflow.sizes:
        edits["sizes",] = sizes_entry(sizes)
    if lengths is not None and (lengths != workflow.lengths or "lengths" in workflow.inferred_keys):
        edits["lengths",] = plain_data(lengths)
    if workflow.priors.source.startswith(_UNKNOWN_SOURCES) and measured.seconds > 0:
        megapixel_frames = measured.width_px * measured.height_px * measured.frames / 1e6
        edits["priors",] = {
            "seconds_per_megapixel_frame": round(measured.seconds / megapixel_frames, 3),
            "vram_gb": entry["vram_gb"],
            "quality": workflow.priors.quality,
            "source": f"measured: a probe render at {probe.server}, {probe.at}, with loading; quality is estimated",
        }
    return edits
