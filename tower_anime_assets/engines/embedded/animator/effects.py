"""What moves in the picture by itself: weather, particles and lights, drawn over each frame.

Every particle's place is a function of the frame's number, so frames can be drawn in any order and always look alike.
Effects are light or nearly so, begin softly (a clip starts from its still), and none of them flashes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.engines.embedded.animator.camera import CameraPath
from tower_anime_assets.production.briefs import ClipBrief
from tower_anime_assets.production.digest import seed_of
from tower_anime_assets.production.shots import Move

Bgra = NDArray[np.uint8]
Floats = NDArray[np.float64]
Colour = tuple[int, int, int]
"""Blue, green, red, 0..255."""

_SUBPIXEL_BITS = 4
_GOLDEN = 0.6180339887498949
_ONSET_S = 0.5


@dataclass(frozen=True)
class Scene:
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
    def is_dark(self) -> bool:
        """Whether it is night or dusk."""
        return self.brief.setting.time_of_day in ("night", "dusk")

    def rng(self, name: str) -> np.random.Generator:
        """Return the random numbers of one effect, untouched by which others there are."""
        return np.random.default_rng(seed_of(self.seed, name))


class Effect(Protocol):
    """Something drawn over every frame."""

    def draw(self, frame: Bgra, at: int) -> None:
        """Draw what frame `at` shows into it."""
        ...


class Overlay:
    """A black sheet of the frame's size that effects share: drawn on, added to the frame as light, wiped."""

    def __init__(self, height_px: int, width_px: int) -> None:
        self.light = np.zeros((height_px, width_px, 4), np.uint8)

    def lines(self, starts: Floats, ends: Floats, colour: Colour, thickness: int) -> None:
        """Draw lines between (n, 2) points in (x, y) px, to a sixteenth of a pixel."""
        if len(starts):
            points = np.stack((starts, ends), axis=1) * (1 << _SUBPIXEL_BITS)
            cv2.polylines(
                self.light, list(points.astype(np.int32)), False, colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS
            )

    def dots(self, centres: Floats, colour: Colour, size: int) -> None:
        """Draw round dots of about this diameter, px."""
        self.lines(centres, centres + 0.07, colour, size)

    def areas(self, corners: Floats, colour: Colour) -> None:
        """Fill (n, corners, 2) polygons."""
        if len(corners):
            points = (corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
            cv2.fillPoly(self.light, list(points), colour, cv2.LINE_AA, _SUBPIXEL_BITS)

    def add_to(self, frame: Bgra) -> None:
        """Add what was drawn to the frame as light, and wipe the sheet."""
        cv2.add(frame, self.light, dst=frame)
        self.light.fill(0)

    def take_from(self, frame: Bgra) -> None:
        """Take what was drawn from the frame as shade, and wipe the sheet."""
        cv2.subtract(frame, self.light, dst=frame)
        self.light.fill(0)


def _dimmed(colour: Colour, share: float) -> Colour:
    blue, green, red = (int(min(max(part * share, 0.0), 255.0)) for part in colour)
    return blue, green, red


def _wrapped(values: Floats, period: float) -> tuple[Floats, Floats]:
    """Return the values modulo a period, and how many periods each has behind it."""
    laps = np.floor(values / period)
    return values - laps * period, laps


def _onset(scene: Scene, at: int, first: float = 0.35) -> float:
    """Return how much of an effect shows: part of it at once, all of it after half a second."""
    rise = min(1.0, at / (scene.brief.fps * _ONSET_S))
    return first + (1.0 - first) * rise


class _Swarm:
    """Points that drift with the wind, leave the frame and come back elsewhere."""

    def __init__(self, scene: Scene, rng: np.random.Generator, count: int, reach_px: float) -> None:
        self.width = scene.brief.width_px + 2 * reach_px
        self.height = scene.brief.height_px + 2 * reach_px
        self.reach = reach_px
        self.start = rng.uniform(0.0, 1.0, (count, 2)) * (self.width, self.height)
        self.phase = rng.uniform(0.0, 2 * np.pi, count)
        self.pace = rng.uniform(0.75, 1.25, count)
        self.scene = scene

    def at(
        self, frame: int, velocity: tuple[float, float], depth: float, sway_px: float = 0.0, sway_s: float = 2.0
    ) -> Floats:
        """Return (count, 2) places in the frame, px, for a mean velocity in px per frame."""
        path = self.scene.path
        moved = frame * self.pace[:, None] * velocity - depth * np.array((path.x_px[frame], path.y_px[frame]))
        swing = sway_px * np.sin(self.phase + 2 * np.pi * frame / (sway_s * self.scene.brief.fps))
        y, laps = _wrapped(self.start[:, 1] + moved[:, 1], self.height)
        x, _ = _wrapped(self.start[:, 0] + moved[:, 0] + swing + laps * _GOLDEN * self.width, self.width)
        return np.stack((x, y), axis=1) - self.reach


class Rain:
    """Streaks in three depths, leaning with the wind, and splashes where the ground is."""

    _DEPTHS = ((90, 15.0, 17.0, 1, 0.55), (70, 22.0, 30.0, 1, 0.8), (26, 31.0, 52.0, 2, 1.0))
    """Drops, speed (px per frame), length (px), thickness (px), brightness; for 512 lines, far to near."""

    def __init__(self, scene: Scene, overlay: Overlay) -> None:
        rng = scene.rng("rain")
        self.scene, self.overlay = scene, overlay
        storm = scene.brief.setting.weather == "storm"
        self.lean = rng.choice([-1.0, 1.0]) * (0.42 if storm else 0.16)
        amount = scene.gain * (1.35 if storm else 1.0) * scene.brief.width_px / (768 * scene.unit)
        self.colour = (112, 104, 96) if scene.is_dark else (92, 88, 84)
        self.swarms = [_Swarm(scene, rng, max(int(depth[0] * amount), 1), 60 * scene.unit) for depth in self._DEPTHS]
        self.splashes = rng.uniform(0.0, 1.0, (40, 3))

    def draw(self, frame: Bgra, at: int) -> None:
        unit, onset = self.scene.unit, _onset(self.scene, at)
        for swarm, (_, speed, length, thickness, share) in zip(self.swarms, self._DEPTHS, strict=True):
            heads = swarm.at(at, (self.lean * speed * unit, speed * unit), share)
            tails = heads - np.array((self.lean, 1.0)) * length * unit
            self.overlay.lines(tails, heads, _dimmed(self.colour, share * onset), max(1, round(thickness * unit)))
        if not self.scene.brief.setting.interior:
            self._splash(at, onset)
        self.overlay.add_to(frame)

    def _splash(self, at: int, onset: float) -> None:
        """Draw drops that burst on the ground: each lasts four frames, then bursts somewhere else."""
        unit, brief = self.scene.unit, self.scene.brief
        age, lap = _wrapped(at + self.splashes[:, 2] * 12, 12.0)
        alive = age < 4
        x, _ = _wrapped(self.splashes[:, 0] + lap * _GOLDEN, 1.0)
        y, _ = _wrapped(self.splashes[:, 1] + lap * _GOLDEN * _GOLDEN, 1.0)
        places = np.stack((x * brief.width_px, (0.82 + 0.18 * y) * brief.height_px), axis=1)[alive]
        spread = (1.5 + 1.5 * age[alive])[:, None] * unit
        for side in (-1.0, 1.0):
            out = places + spread * np.array((side, -0.7))
            self.overlay.lines(places + spread * np.array((side * 0.5, -0.1)), out, _dimmed(self.colour, onset), 1)


class Snow:
    """Flakes in three sizes that sway as they fall."""

    _DEPTHS = ((110, 0.9, 1, 0.6), (60, 1.5, 3, 0.8), (18, 2.4, 5, 1.0))

    def __init__(self, scene: Scene, overlay: Overlay) -> None:
        rng = scene.rng("snow")
        self.scene, self.overlay = scene, overlay
        self.wind = rng.uniform(-0.5, 0.5)
        amount = scene.gain * scene.brief.width_px / (768 * scene.unit)
        self.swarms = [_Swarm(scene, rng, max(int(depth[0] * amount), 1), 14 * scene.unit) for depth in self._DEPTHS]

    def draw(self, frame: Bgra, at: int) -> None:
        unit, onset = self.scene.unit, _onset(self.scene, at)
        for swarm, (_, speed, size, share) in zip(self.swarms, self._DEPTHS, strict=True):
            places = swarm.at(at, (self.wind * speed * unit, speed * unit), share, sway_px=7 * share * unit, sway_s=2.6)
            self.overlay.dots(places, _dimmed((215, 210, 205), share * onset), max(1, round(size * unit)))
        self.overlay.add_to(frame)


class Motes:
    """Slow points of light: dust in a beam, or embers that rise and glow."""

    def __init__(
        self, scene: Scene, overlay: Overlay, name: str, count: int, colour: Colour, rise_px: float, sway_px: float
    ) -> None:
        rng = scene.rng(name)
        self.scene, self.overlay, self.colour = scene, overlay, colour
        self.rise, self.sway = -rise_px * scene.unit, sway_px * scene.unit
        self.wind = rng.uniform(-0.35, 0.35) * scene.unit
        count = max(int(count * scene.gain), 6)
        self.sizes = ((1, count // 2), (2, count // 3), (3, count // 6 + 1))
        self.swarms = [_Swarm(scene, rng, number, 12 * scene.unit) for _, number in self.sizes]

    def draw(self, frame: Bgra, at: int) -> None:
        onset, seconds = _onset(self.scene, at), at / self.scene.brief.fps
        for swarm, (size, _) in zip(self.swarms, self.sizes, strict=True):
            places = swarm.at(at, (self.wind, self.rise), 0.6 + 0.3 * size, self.sway * size, 4.0)
            bright = 0.5 + 0.5 * np.sin(swarm.phase + 2 * np.pi * seconds / 2.7)
            for low, high, share in ((0.0, 0.4, 0.35), (0.4, 0.75, 0.65), (0.75, 1.1, 1.0)):
                shining = places[(bright >= low) & (bright < high)]
                self.overlay.dots(shining, _dimmed(self.colour, share * onset), max(1, round(size * self.scene.unit)))
        self.overlay.add_to(frame)


class Sparks:
    """Bursts of glowing drops that fly, fall and die."""

    _LIFE_S = 0.7
    _PER_BURST = 26

    def __init__(self, scene: Scene, overlay: Overlay) -> None:
        rng = scene.rng("sparks")
        self.scene, self.overlay = scene, overlay
        brief = scene.brief
        gap = brief.fps * 0.85 / max(scene.gain, 0.3)
        starts = np.arange(-0.3 * gap, brief.frames, gap) + rng.uniform(-0.2, 0.2) * gap
        sources = rng.uniform((0.12, 0.25), (0.88, 0.6), (2, 2)) * (brief.width_px, brief.height_px)
        self.bursts = [
            (start, sources[rng.integers(2)], self._velocities(rng) * scene.unit * 24 / brief.fps) for start in starts
        ]

    def _velocities(self, rng: np.random.Generator) -> Floats:
        angle = rng.uniform(0.0, 2 * np.pi, self._PER_BURST)
        speed = rng.uniform(1.5, 8.5, self._PER_BURST)
        return np.stack((speed * np.cos(angle), speed * np.sin(angle) - 2.0), axis=1)

    def draw(self, frame: Bgra, at: int) -> None:
        fps, onset = self.scene.brief.fps, _onset(self.scene, at)
        fall = 0.42 * self.scene.unit * (24 / fps) ** 2
        for start, source, velocity in self.bursts:
            age = at - start
            left = 1.0 - age / (fps * self._LIFE_S)
            if age < 0 or left <= 0:
                continue
            heads = source + velocity * age + np.array((0.0, 0.5 * fall * age * age))
            tails = heads - (velocity + np.array((0.0, fall * age))) * 0.9
            self.overlay.lines(tails, heads, _dimmed((20, 70, 150), left * onset), max(2, round(4 * self.scene.unit)))
            self.overlay.lines(tails, heads, _dimmed((120, 210, 255), left * onset), max(1, round(self.scene.unit)))
        self.overlay.add_to(frame)


class SpeedLines:
    """The lines of action: streaks past a camera that travels, else rays that point at the middle. Drawn on twos."""

    def __init__(self, scene: Scene, overlay: Overlay) -> None:
        self.scene, self.overlay = scene, overlay
        self.seed = seed_of(scene.seed, "speed-lines")
        moves_across = (Move.PAN_LEFT, Move.PAN_RIGHT, Move.TRACK_LEFT, Move.TRACK_RIGHT)
        self.corners: Callable[[np.random.Generator], Floats] = (
            self._streaks if scene.brief.move in moves_across else self._rays
        )

    def draw(self, frame: Bgra, at: int) -> None:
        rng = np.random.default_rng((self.seed, at // max(1, round(self.scene.brief.fps / 12))))
        shade = 105 * min(self.scene.gain, 1.5) * _onset(self.scene, at)
        self.overlay.areas(self.corners(rng), _dimmed((1, 1, 1), shade))
        (self.overlay.take_from if self.scene.is_bright else self.overlay.add_to)(frame)

    def _rays(self, rng: np.random.Generator) -> Floats:
        brief = self.scene.brief
        count = 46
        angle = (np.arange(count) + rng.uniform(-0.4, 0.4, count)) * 2 * np.pi / count
        width = rng.uniform(0.002, 0.013, count)
        inner = rng.uniform(0.72, 0.98, count)
        half = np.array((brief.width_px, brief.height_px)) / 2

        def around(turned: Floats, radius: Floats) -> Floats:
            return np.asarray(half + half * np.stack((np.cos(turned), np.sin(turned)), axis=1) * radius[:, None])

        outer = np.full(count, 1.6)
        return np.stack((around(angle, inner), around(angle - width, outer), around(angle + width, outer)), axis=1)

    def _streaks(self, rng: np.random.Generator) -> Floats:
        brief, count = self.scene.brief, 30
        edge = np.where(rng.uniform(size=count) < 0.5, rng.uniform(0.0, 0.3, count), rng.uniform(0.7, 1.0, count))
        y, x = edge * brief.height_px, rng.uniform(-0.3, 1.0, count) * brief.width_px
        length = rng.uniform(0.15, 0.5, count) * brief.width_px
        thick = rng.uniform(0.8, 2.6, count) * self.scene.unit
        return np.stack(
            [
                np.stack(corner, axis=1)
                for corner in (
                    (x, y),
                    (x + length / 2, y - thick / 2),
                    (x + length, y),
                    (x + length / 2, y + thick / 2),
                )
            ],
            axis=1,
        )


class Petals:
    """Blossom on the wind, turning as it falls."""

    _COLOURS: tuple[Colour, ...] = ((214, 190, 250), (190, 160, 240), (230, 215, 253))

    def __init__(self, scene: Scene, overlay: Overlay) -> None:
        rng = scene.rng("petals")
        self.scene = scene
        count = max(int(12 * scene.gain), 3)
        self.swarms = [_Swarm(scene, rng, count, 16 * scene.unit) for _ in self._COLOURS]
        self.wind = rng.choice([-1.0, 1.0]) * rng.uniform(0.8, 1.5) * scene.unit
        self.size = [rng.uniform(3.0, 6.5, count) * scene.unit for _ in self._COLOURS]

    def draw(self, frame: Bgra, at: int) -> None:
        seconds = at / self.scene.brief.fps
        for swarm, colour, size in zip(self.swarms, self._COLOURS, self.size, strict=True):
            places = swarm.at(at, (self.wind, 1.3 * self.scene.unit), 1.1, 12 * self.scene.unit, 2.3)
            turn = swarm.phase + seconds * 2.2 * swarm.pace
            narrow = 0.35 + 0.6 * np.abs(np.sin(seconds * 1.7 + swarm.phase))
            around = np.linspace(0.0, 2 * np.pi, 10, endpoint=False)
            x, y = size[:, None] * np.cos(around), (size * narrow)[:, None] * np.sin(around) * 0.6
            cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
            corners = places[:, None, :] + np.stack((x * cos - y * sin, x * sin + y * cos), axis=2)
            points = (corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
            cv2.fillPoly(frame, list(points), (*colour, 255), cv2.LINE_AA, _SUBPIXEL_BITS)


class Fog:
    """Banks of haze that drift across, thicker towards the ground."""

    _GRAIN = 8

    def __init__(self, scene: Scene, overlay: Overlay) -> None:
        rng = scene.rng("fog")
        brief = scene.brief
        self.scene = scene
        self.size = (brief.width_px // self._GRAIN, brief.height_px // self._GRAIN)
        banks = _clouds(rng, self.size[1], 2 * self.size[0])
        self.banks = np.hstack((banks, banks[:, : self.size[0] + 2]))
        self.ramp = np.linspace(0.45, 1.0, self.size[1])[:, None].astype(np.float32)
        self.speed = rng.choice([-1.0, 1.0]) * 0.9 * scene.unit / self._GRAIN
        self.colour = np.array((92, 84, 78, 0) if brief.setting.time_of_day == "night" else (208, 204, 200, 0), float)
        shape = (brief.height_px, brief.width_px)
        self._alpha, self._rest = np.zeros(shape, np.uint8), np.zeros((*shape, 4), np.uint8)
        self._haze = np.zeros_like(self._rest)

    def draw(self, frame: Bgra, at: int) -> None:
        wide, tall = self.size
        offset = (at * self.speed) % (2 * wide)
        part = cv2.getRectSubPix(self.banks, (wide, tall), (offset + (wide - 1) / 2, (tall - 1) / 2))
        thick = part * self.ramp * (95.0 * self.scene.gain * _onset(self.scene, at, 0.15))
        cv2.resize(np.clip(thick, 0, 160).astype(np.uint8), frame.shape[1::-1], dst=self._alpha)
        cv2.merge((self._alpha, self._alpha, self._alpha, self._alpha), dst=self._haze)
        cv2.bitwise_not(self._haze, dst=self._rest)
        cv2.multiply(frame, self._rest, dst=frame, scale=1 / 255)
        cv2.multiply(self._haze, self.colour, dst=self._haze, scale=1 / 255)
        cv2.add(frame, self._haze, dst=frame)


def _clouds(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Return a cloudy texture, 0..1, that joins at its left and right edge: noise whose waves fade with their rate."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    rate = np.hypot(rows * height, columns * height)
    rate[0, 0] = 1.0
    waves = np.exp(2j * np.pi * rng.uniform(size=rate.shape)) * rate**-1.7
    waves[0, 0] = 0.0
    field = np.fft.irfft2(waves, s=(height, width))
    return np.asarray((field - field.min()) / np.ptp(field), np.float32)


class Pulse:
    """A soft light from one side that swells and fades, such as a screen's or a sign's."""

    def __init__(self, scene: Scene, overlay: Overlay, name: str, colour: Colour, rate_hz: float) -> None:
        rng = scene.rng(name)
        brief = scene.brief
        self.overlay = overlay
        tall, wide = brief.height_px // 8, brief.width_px // 8
        x, y = np.meshgrid(np.linspace(-1, 1, wide), np.linspace(-1, 1, tall))
        source = (rng.choice([-1.0, 1.0]) * 0.9, rng.uniform(-0.2, 0.9))
        near = np.exp(-((x - source[0]) ** 2 / 0.9 + (y - source[1]) ** 2 / 1.4))
        light = near[..., None] * np.array((*colour, 0)) * min(scene.gain, 1.6)
        self.light = np.asarray(cv2.resize(light.astype(np.float32), (brief.width_px, brief.height_px)))
        self.light = np.clip(self.light + 0.5, 0, 255).astype(np.uint8)
        seconds = np.arange(brief.frames) / brief.fps
        swell = 0.5 - 0.5 * np.cos(2 * np.pi * rate_hz * seconds)
        ripple = 0.12 * np.sin(2 * np.pi * rate_hz * 2.6 * seconds + rng.uniform(0, 6.28))
        self.share = np.clip(swell + ripple * np.minimum(seconds, 1.0), 0.0, 1.0)

    def draw(self, frame: Bgra, at: int) -> None:
        cv2.scaleAdd(self.light, float(self.share[at]), frame, dst=frame)


class Traffic:
    """Head and tail lights that pass along the lower edge, out of focus."""

    _GRAIN = 4

    def __init__(self, scene: Scene, overlay: Overlay) -> None:
        rng = scene.rng("traffic")
        brief = scene.brief
        self.scene = scene
        self.low = Overlay(brief.height_px // self._GRAIN, brief.width_px // self._GRAIN)
        self.full = np.zeros((brief.height_px, brief.width_px, 4), np.uint8)
        count = 7
        self.start = rng.uniform(0.0, 1.0, count)
        self.heading = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
        self.speed = rng.uniform(0.006, 0.012, count) * 24 / brief.fps
        self.row = np.where(self.heading > 0, 0.93, 0.87) + rng.uniform(-0.012, 0.012, count)

    def draw(self, frame: Bgra, at: int) -> None:
        wide, tall = self.low.light.shape[1], self.low.light.shape[0]
        place, _ = _wrapped(self.start + self.heading * self.speed * at, 1.0)
        x, y = (place * 1.4 - 0.2) * wide, self.row * tall
        onset = _onset(self.scene, at) * self.scene.gain
        for heading, colour in ((1.0, (60, 60, 235)), (-1.0, (190, 230, 255))):
            own = self.heading == heading
            lamps = np.stack((x, y), axis=1)[own]
            trail = lamps - np.array((heading * wide * 0.05, 0.0))
            self.low.lines(trail, lamps, _dimmed(colour, 0.35 * onset), 2)
            self.low.dots(lamps, _dimmed(colour, onset), 4)
        cv2.GaussianBlur(self.low.light, (0, 0), 1.6, dst=self.low.light)
        cv2.resize(self.low.light, frame.shape[1::-1], dst=self.full)
        self.low.light.fill(0)
        cv2.add(frame, self.full, dst=frame)


class Lightning:
    """Distant lightning: the whole sky brightens a little and dies away, seconds apart."""

    _LEVELS = (0.55, 1.0, 0.75, 0.5, 0.3, 0.15)
    _GAP_S = (2.6, 4.5)
    _TINT = np.array((1.0, 0.95, 0.88, 0.0))

    def __init__(self, scene: Scene, overlay: Overlay) -> None:
        rng = scene.rng("lightning")
        brief = scene.brief
        self.level = np.zeros(brief.frames)
        at_s = rng.uniform(0.9, 2.0)
        while (first := round(at_s * brief.fps)) < brief.frames:
            end = min(first + len(self._LEVELS), brief.frames)
            self.level[first:end] = np.array(self._LEVELS[: end - first]) * 40.0 * min(scene.gain, 1.2)
            at_s += rng.uniform(*self._GAP_S)

    def draw(self, frame: Bgra, at: int) -> None:
        if self.level[at] >= 1.0:
            cv2.add(frame, self.level[at] * self._TINT, dst=frame)


def _dust(scene: Scene, overlay: Overlay) -> Effect:
    return Motes(scene, overlay, "dust", 46, (120, 135, 140), rise_px=0.22, sway_px=1.6)


def _embers(scene: Scene, overlay: Overlay) -> Effect:
    return Motes(scene, overlay, "embers", 54, (40, 120, 255), rise_px=1.5, sway_px=3.0)


def _screen_glow(scene: Scene, overlay: Overlay) -> Effect:
    return Pulse(scene, overlay, "screen-glow", (44, 34, 12), rate_hz=0.55)


def _neon(scene: Scene, overlay: Overlay) -> Effect:
    return Pulse(scene, overlay, "neon-flicker", (40, 8, 36), rate_hz=0.9)


_MAKERS: dict[str, Callable[[Scene, Overlay], Effect]] = {
    "fog": Fog,
    "traffic": Traffic,
    "screen-glow": _screen_glow,
    "neon-flicker": _neon,
    "dust": _dust,
    "embers": _embers,
    "petals": Petals,
    "snow": Snow,
    "rain": Rain,
    "sparks": Sparks,
    "lightning": Lightning,
    "speed-lines": SpeedLines,
}
"""Every effect, in the order in which they are drawn: far and large first."""


def effect_names(brief: ClipBrief) -> tuple[str, ...]:
    """Return the effects of a clip, in drawing order: those of the plan, and outdoors those of the weather."""
    wanted = set(brief.effects)
    if not brief.setting.interior:
        weather = brief.setting.weather
        wanted |= {"rain", "lightning"} if weather == "storm" else {weather}
    return tuple(name for name in _MAKERS if name in wanted)


def make_effects(scene: Scene) -> list[Effect]:
    """Return the effects of a clip, ready to draw."""
    overlay = Overlay(scene.brief.height_px, scene.brief.width_px)
    return [_MAKERS[name](scene, overlay) for name in effect_names(scene.brief)]


def glow_light(scene: Scene) -> Floats:
    """Return (frames,) the brightness of glowing layers, 1 at the start: alive, and nervous where neon flickers.

    Dips come at least half a second apart, well under three a second.
    """
    brief, rng = scene.brief, scene.rng("glow")
    seconds = np.arange(brief.frames) / brief.fps
    light = 1.0 + 0.05 * np.sin(2 * np.pi * 0.45 * seconds) + 0.03 * np.sin(2 * np.pi * 1.1 * seconds)
    if "neon-flicker" in brief.effects:
        at_s = rng.uniform(0.4, 1.0)
        while (first := round(at_s * brief.fps)) < brief.frames:
            light[first : first + max(1, round(brief.fps * rng.uniform(0.05, 0.14)))] *= 1.0 - 0.4 * min(
                scene.gain, 1.2
            )
            at_s += rng.uniform(0.6, 1.7)
    return np.asarray(light)
