"""What every effect is drawn with: the facts of the clip, a sheet of light to draw on, points that drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.animatic.animator.camera import CameraPath
from tower_anime_assets.media.layers import Bgra
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import ClipBrief

Floats = NDArray[np.float64]
Colour = tuple[int, int, int]
"""Blue, green, red, 0..255."""

SUBPIXEL_BITS = 4
GOLDEN_RATIO = 0.6180339887498949
_ONSET_S = 0.35


@dataclass(frozen=True)
class ClipScene:
    """What effects must know of the clip.

    Attributes:
        unit: Pixels per line of a 512-line picture: sizes are given for that height.
        gain: Strength of all effects, 1 as planned.
        is_bright: Whether the still is light, so that light drawn over it would not show.
    """

    brief: ClipBrief
    path: CameraPath
    seed: int
    gain: float
    is_bright: bool

    @property
    def unit(self) -> float:
        return self.brief.height_px / 512

    @property
    def speed_scale(self) -> float:
        """Frames of 24 to the second that one of this clip's frames lasts: speeds are given for that rate."""
        return 24 / self.brief.fps

    @property
    def is_dark(self) -> bool:
        """Whether it is night or dusk."""
        return self.brief.setting.time_of_day in ("night", "dusk")

    def rng(self, name: str) -> np.random.Generator:
        """Return the random numbers of one effect, untouched by which others there are."""
        return np.random.default_rng(seed_from(self.seed, name))

    def onset(self, frame_index: int, first: float = 0.4) -> float:
        """Return how much of an effect shows at a frame: `first` of it at once, all of it after a third of a second."""
        return first + (1.0 - first) * min(1.0, frame_index / (self.brief.fps * _ONSET_S))


class Effect(Protocol):
    """Something drawn on every frame.

    Attributes:
        is_behind: Whether the figures stand in front of it.
    """

    is_behind: bool

    def draw(self, frame: Bgra, frame_index: int) -> None:
        """Draw what frame `at` shows into it."""
        ...


class Overlay:
    """A black sheet of the frame's size that effects share: drawn on, added to the frame as light, wiped."""

    def __init__(self, height_px: int, width_px: int) -> None:
        self.light = np.zeros((height_px, width_px, 4), np.uint8)

    def draw_lines(self, starts: Floats, ends: Floats, colour: Colour, thickness: int) -> None:
        """Draw lines between (n, 2) points in (x, y) px, to a sixteenth of a pixel."""
        if len(starts):
            points = np.stack((starts, ends), axis=1) * (1 << SUBPIXEL_BITS)
            cv2.polylines(
                self.light, list(points.astype(np.int32)), False, colour, thickness, cv2.LINE_AA, SUBPIXEL_BITS
            )

    def draw_dots(self, centres: Floats, colour: Colour, size: int) -> None:
        """Draw round dots of about this diameter, px."""
        self.draw_lines(centres, centres + 0.07, colour, size)

    def fill_areas(self, corners: Floats, colour: Colour) -> None:
        """Fill (n, corners, 2) polygons."""
        if len(corners):
            points = (corners * (1 << SUBPIXEL_BITS)).astype(np.int32)
            cv2.fillPoly(self.light, list(points), colour, cv2.LINE_AA, SUBPIXEL_BITS)

    def add_to(self, frame: Bgra) -> None:
        """Add what was drawn to the frame as light, and wipe the sheet."""
        cv2.add(frame, self.light, dst=frame)
        self.light.fill(0)

    def subtract_from(self, frame: Bgra) -> None:
        """Take what was drawn from the frame as shade, and wipe the sheet."""
        cv2.subtract(frame, self.light, dst=frame)
        self.light.fill(0)


class Bloom:
    """A small overlay, a quarter of the frame's size, that is added out of focus: halos and distant lamps."""

    DOWNSCALE = 4

    def __init__(self, height_px: int, width_px: int) -> None:
        self.small = Overlay(height_px // self.DOWNSCALE, width_px // self.DOWNSCALE)
        self._full = np.zeros((height_px, width_px, 4), np.uint8)

    def add_to(self, frame: Bgra, blur_px: float) -> None:
        """Add what was drawn on `small`, blurred by this many of its own pixels, and wipe it."""
        cv2.GaussianBlur(self.small.light, (0, 0), blur_px, dst=self.small.light)
        cv2.resize(self.small.light, frame.shape[1::-1], dst=self._full)
        cv2.add(frame, self._full, dst=frame)
        self.small.light.fill(0)


def dimmed(colour: Colour, share: float) -> Colour:
    """Return a colour with this share of its light, held within 0..255."""
    blue, green, red = (int(min(max(part * share, 0.0), 255.0)) for part in colour)
    return blue, green, red


def wrapped(values: Floats, period: float) -> tuple[Floats, Floats]:
    """Return the values modulo a period, and how many periods each has behind it."""
    laps = np.floor(values / period)
    return values - laps * period, laps


class Swarm:
    """Points that drift with the wind, leave the frame and come back elsewhere."""

    def __init__(self, scene: ClipScene, rng: np.random.Generator, count: int, reach_px: float) -> None:
        self.width = scene.brief.width_px + 2 * reach_px
        self.height = scene.brief.height_px + 2 * reach_px
        self.reach = reach_px
        self.start = rng.uniform(0.0, 1.0, (count, 2)) * (self.width, self.height)
        self.phase = rng.uniform(0.0, 2 * np.pi, count)
        self.speeds = rng.uniform(0.75, 1.25, count)
        self.scene = scene

    def positions(
        self, frame_index: int, velocity: tuple[float, float], depth: float, sway_px: float = 0.0, sway_s: float = 2.0
    ) -> Floats:
        """Return (count, 2) places in the frame, px, for a mean velocity in px per frame at 24 frames per second."""
        path = self.scene.path
        moved = frame_index * self.scene.speed_scale * self.speeds[:, None] * velocity - depth * np.array(
            (path.x_px[frame_index], path.y_px[frame_index])
        )
        swing = sway_px * np.sin(self.phase + 2 * np.pi * frame_index / (sway_s * self.scene.brief.fps))
        y, laps = wrapped(self.start[:, 1] + moved[:, 1], self.height)
        x, _ = wrapped(self.start[:, 0] + moved[:, 0] + swing + laps * GOLDEN_RATIO * self.width, self.width)
        return np.stack((x, y), axis=1) - self.reach
