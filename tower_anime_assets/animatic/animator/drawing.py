"""What effects are drawn with: the facts of the clip, an overlay of light, a bloom, drifting points."""

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
    """What effects need to know about the clip.

    Attributes:
        brief: Of the clip.
        path: Of its camera.
        seed: Of everything random.
        gain: Strength of all effects, 1 as planned.
        is_bright: Whether the still is so bright that light drawn over it would not show.
    """

    brief: ClipBrief
    path: CameraPath
    seed: int
    gain: float
    is_bright: bool

    @property
    def unit(self) -> float:
        """Pixels per line of a 512-line picture, the height that sizes are given for."""
        return self.brief.height_px / 512

    @property
    def speed_scale(self) -> float:
        """Factor on speeds, which are given per frame at 24 frames per second."""
        return 24 / self.brief.fps

    @property
    def is_dark(self) -> bool:
        """Whether it is night or dusk."""
        return self.brief.setting.time_of_day in ("night", "dusk")

    def rng(self, name: str) -> np.random.Generator:
        """Return the random numbers of one effect; they do not depend on the other effects."""
        return np.random.default_rng(seed_from(self.seed, name))

    def onset(self, frame_index: int, first: float = 0.4) -> float:
        """Return how much of an effect shows at a frame: from `first` at the start to 1 after a third of a second."""
        return first + (1.0 - first) * min(1.0, frame_index / (self.brief.fps * _ONSET_S))


class Effect(Protocol):
    """Something drawn on every frame.

    Attributes:
        is_behind: Whether it is drawn behind the figures.
    """

    is_behind: bool

    def draw(self, frame: Bgra, frame_index: int) -> None:
        """Draw the effect into a frame, in place."""
        ...


class Overlay:
    """A black sheet of the frame's size that effects share: they draw on it, add it to the frame as light, clear it."""

    def __init__(self, height_px: int, width_px: int) -> None:
        self.pixels = np.zeros((height_px, width_px, 4), np.uint8)

    def draw_lines(self, starts: Floats, ends: Floats, colour: Colour, thickness: int) -> None:
        """Draw lines between (n, 2) points in (x, y) px, to a sixteenth of a pixel."""
        if len(starts):
            points = np.stack((starts, ends), axis=1) * (1 << SUBPIXEL_BITS)
            cv2.polylines(
                self.pixels, list(points.astype(np.int32)), False, colour, thickness, cv2.LINE_AA, SUBPIXEL_BITS
            )

    def draw_dots(self, centres: Floats, colour: Colour, size: int) -> None:
        """Draw round dots of about this diameter, px, at (n, 2) points."""
        self.draw_lines(centres, centres + 0.07, colour, size)

    def fill_areas(self, corners: Floats, colour: Colour) -> None:
        """Fill (n, corners, 2) polygons."""
        if len(corners):
            points = (corners * (1 << SUBPIXEL_BITS)).astype(np.int32)
            cv2.fillPoly(self.pixels, list(points), colour, cv2.LINE_AA, SUBPIXEL_BITS)

    def add_to(self, frame: Bgra) -> None:
        """Add what was drawn to the frame as light, and clear the sheet."""
        cv2.add(frame, self.pixels, dst=frame)
        self.pixels.fill(0)

    def subtract_from(self, frame: Bgra) -> None:
        """Subtract what was drawn from the frame as shade, and clear the sheet."""
        cv2.subtract(frame, self.pixels, dst=frame)
        self.pixels.fill(0)


class Bloom:
    """An overlay of a quarter of the frame's size that is added blurred: halos and distant lamps."""

    DOWNSCALE = 4

    def __init__(self, height_px: int, width_px: int) -> None:
        self.small = Overlay(height_px // self.DOWNSCALE, width_px // self.DOWNSCALE)
        self._full = np.zeros((height_px, width_px, 4), np.uint8)

    def add_to(self, frame: Bgra, blur_px: float) -> None:
        """Add what was drawn on `small`, blurred by this many of its own pixels, and clear it."""
        cv2.GaussianBlur(self.small.pixels, (0, 0), blur_px, dst=self.small.pixels)
        cv2.resize(self.small.pixels, frame.shape[1::-1], dst=self._full)
        cv2.add(frame, self._full, dst=frame)
        self.small.pixels.fill(0)


def dimmed(colour: Colour, share: float) -> Colour:
    """Return a colour multiplied by a share, clipped to 0..255."""
    blue, green, red = (int(min(max(part * share, 0.0), 255.0)) for part in colour)
    return blue, green, red


def wrapped(values: Floats, period: float) -> tuple[Floats, Floats]:
    """Return the values modulo a period, and how many whole periods each holds."""
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
