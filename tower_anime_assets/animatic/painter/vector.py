"""Shapes as SVG paths, a pen that collects them, and the renderer that turns them into pixels.

Points are (x, y) with y downwards. A point with a third value is a corner, where a curve may turn sharply.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np

from tower_anime_assets.animatic.painter.colour import Tone, mix
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media import svg
from tower_anime_assets.media.layers import Rgba

Point = tuple[float, ...]
Points = Sequence[Point]

_STEPS = 5
"""Samples between two points of a brush stroke's spine."""


def corner(x: float, y: float) -> Point:
    """Return a point at which a smooth curve may turn sharply."""
    return (x, y, 1.0)


def polyline(points: Points) -> str:
    """Return the open straight-edged path through the points."""
    return "M" + "L".join(f"{p[0]:.1f},{p[1]:.1f}" for p in points)


def polygon(points: Points) -> str:
    """Return the closed straight-edged path through the points."""
    return polyline(points) + "Z"


def smooth(points: Points, closed: bool = True) -> str:
    """Return the curve through the points (Catmull-Rom as cubic Béziers; handles vanish at corners)."""
    count = len(points)
    parts = [f"M{points[0][0]:.1f},{points[0][1]:.1f}"]
    for index in range(count if closed else count - 1):
        a, b = points[index], points[(index + 1) % count]
        before = points[index - 1] if closed or index else a
        after = points[(index + 2) % count] if closed or index + 2 < count else b
        one = a if len(a) > 2 else (a[0] + (b[0] - before[0]) / 6.0, a[1] + (b[1] - before[1]) / 6.0)
        two = b if len(b) > 2 else (b[0] - (after[0] - a[0]) / 6.0, b[1] - (after[1] - a[1]) / 6.0)
        parts.append(f"C{one[0]:.1f},{one[1]:.1f} {two[0]:.1f},{two[1]:.1f} {b[0]:.1f},{b[1]:.1f}")
    return "".join(parts) + ("Z" if closed else "")


def _sample_curve(points: Points) -> list[tuple[float, float]]:
    """Return points on the smooth open curve through the given ones, `_STEPS` for each stretch."""
    sampled: list[tuple[float, float]] = []
    last = len(points) - 1
    for index in range(last):
        a, b = points[index], points[index + 1]
        before, after = points[max(index - 1, 0)], points[min(index + 2, last)]
        for step in range(_STEPS):
            t = step / _STEPS
            sampled.append((_catmull(before[0], a[0], b[0], after[0], t), _catmull(before[1], a[1], b[1], after[1], t)))
    sampled.append((points[last][0], points[last][1]))
    return sampled


def _catmull(before: float, a: float, b: float, after: float, t: float) -> float:
    slope_a, slope_b = (b - before) / 2, (after - a) / 2
    cube, square = t * t * t, t * t
    return (
        (2 * cube - 3 * square + 1) * a
        + (cube - 2 * square + t) * slope_a
        + (3 * square - 2 * cube) * b
        + (cube - square) * slope_b
    )


def band(points: Points, widths: Sequence[float], low: float = -1.0, high: float = 1.0, rounded: bool = False) -> str:
    """Return the outline of a brush stroke along a curve: a limb, a lock of hair, a line of varying weight.

    Args:
        points: The stroke's spine.
        widths: Full width at each point of the spine; 0 makes a tip.
        low: Left edge of the part to return, in half widths; -1 to 1 is the whole stroke.
        high: Right edge of that part.
        rounded: Whether the stroke begins in a half circle, as a shoulder or a hip does.
    """
    spine = _sample_curve(points)
    one: list[Point] = []
    other: list[Point] = []
    last = len(spine) - 1
    for index, (x, y) in enumerate(spine):
        ahead, behind = spine[min(index + 1, last)], spine[max(index - 1, 0)]
        dx, dy = ahead[0] - behind[0], ahead[1] - behind[1]
        length = math.hypot(dx, dy) or 1.0
        whole, part = divmod(index, _STEPS)
        half = widths[-1] / 2
        if whole < len(widths) - 1:
            half = (widths[whole] + (widths[whole + 1] - widths[whole]) * part / _STEPS) / 2
        nx, ny = -dy / length * half, dx / length * half
        one.append((x + nx * low, y + ny * low))
        other.append((x + nx * high, y + ny * high))
    if rounded:
        (x, y), (ahead_x, ahead_y) = spine[0], spine[1]
        length = math.hypot(ahead_x - x, ahead_y - y) or 1.0
        tx, ty, half = (ahead_x - x) / length, (ahead_y - y) / length, widths[0] / 2
        for index in range(1, 7):
            across = high + (low - high) * index / 7
            back = math.sqrt(max(0.0, 1 - across * across))
            other.insert(0, (x + (-ty * across - tx * back) * half, y + (tx * across - ty * back) * half))
    return polygon([*one, *reversed(other)])


def ellipse(x: float, y: float, across: float, down: float) -> str:
    """Return an ellipse as a path, by its centre and half axes."""
    return (
        f"M{x - across:.2f},{y:.2f}A{across:.2f},{down:.2f} 0 1 0 {x + across:.2f},{y:.2f}"
        f"A{across:.2f},{down:.2f} 0 1 0 {x - across:.2f},{y:.2f}Z"
    )


def box(x: float, y: float, width: float, height: float) -> str:
    """Return an upright rectangle as a path."""
    return f"M{x:.1f},{y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}Z"


def rounded_box(x: float, y: float, wide: float, tall: float, radius: float) -> str:
    """Return an upright rectangle with round corners as a path, by its middle and half sides."""
    r = min(radius, wide, tall)
    left, top, right, low = x - wide, y - tall, x + wide, y + tall
    return (
        f"M{left + r:.1f},{top:.1f}H{right - r:.1f}Q{right:.1f},{top:.1f} {right:.1f},{top + r:.1f}"
        f"V{low - r:.1f}Q{right:.1f},{low:.1f} {right - r:.1f},{low:.1f}H{left + r:.1f}"
        f"Q{left:.1f},{low:.1f} {left:.1f},{low - r:.1f}V{top + r:.1f}Q{left:.1f},{top:.1f} {left + r:.1f},{top:.1f}Z"
    )


class Pen:
    """Collects shapes in drawing order.

    Attributes:
        line: Width of lines where no other is given, in the drawing's units.
        shift: How far light displaces the lit part of a cel-shaded shape, (x, y).
        prefix: Starts the ids of clips and gradients; pens whose drawings are joined need different ones.
    """

    def __init__(self, line: float = 1.0, shift: tuple[float, float] = (-5.0, -3.0), prefix: str = "p") -> None:
        self.line = line
        self.shift = shift
        self.prefix = prefix
        self._parts: list[str] = []
        self._id_count = 0

    @property
    def svg(self) -> str:
        """Everything drawn so far, as SVG elements."""
        return "".join(self._parts)

    def add(self, element: str) -> None:
        """Append a ready SVG element."""
        self._parts.append(element)

    def fill(self, path: str, colour: str, opacity: float = 1.0) -> None:
        """Fill a path."""
        opacity_attribute = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._parts.append(f'<path d="{path}" fill="{colour}"{opacity_attribute}/>')

    def stroke(self, path: str, colour: str, width: float = 0.0, opacity: float = 1.0) -> None:
        """Draw a path as a line with round ends, of the pen's width unless another is given."""
        opacity_attribute = f' stroke-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._parts.append(
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width or self.line:.2f}" '
            f'stroke-linecap="round" stroke-linejoin="round"{opacity_attribute}/>'
        )

    def glow_line(self, path: str, colour: str, width: float) -> None:
        """Draw a line that seems to shine: wide and faint, then narrow and bright."""
        self.stroke(path, colour, width * 3.2, 0.22)
        self.stroke(path, colour, width)
        self.stroke(path, mix(colour, "#ffffff", 0.6), width * 0.4, 0.9)

    def shape(self, path: str, colour: str, line: str, width: float = 0.0) -> None:
        """Fill a path and draw its outline."""
        self._parts.append(
            f'<path d="{path}" fill="{colour}" stroke="{line}" stroke-width="{width or self.line:.2f}" '
            'stroke-linejoin="round"/>'
        )

    def cel(self, path: str, tone: Tone, width: float = 0.0, reach: float = 1.0) -> None:
        """Draw a shape in two tones: shade all over, base displaced towards the light, then the outline."""
        x, y = self.shift[0] * reach, self.shift[1] * reach
        with self.clip_to(path):
            self.fill(path, tone.shade)
            self._parts.append(f'<path d="{path}" fill="{tone.base}" transform="translate({x:.1f} {y:.1f})"/>')
        self.stroke(path, tone.line, width)

    def union(self, paths: Sequence[str], tone: Tone, width: float = 0.0, reach: float = 1.0) -> None:
        """Draw overlapping shapes as one in two tones: no line runs where they join."""
        x, y = self.shift[0] * reach, self.shift[1] * reach
        for path in paths:
            self.stroke(path, tone.line, 2 * (width or self.line))
        with self.clip_to(*paths):
            for path in paths:
                self.fill(path, tone.shade)
            for path in paths:
                self._parts.append(f'<path d="{path}" fill="{tone.base}" transform="translate({x:.1f} {y:.1f})"/>')

    def limb(self, points: Points, widths: Sequence[float], tone: Tone) -> None:
        """Draw a limb in two tones, the shade along the edge away from the light."""
        path = band(points, widths, rounded=True)
        dx, dy = points[-1][0] - points[0][0], points[-1][1] - points[0][1]
        # the normal of the spine points to its right-hand edge; the shade lies where it runs with the light's shadow
        away = 1.0 if (-dy * -self.shift[0] + dx * -self.shift[1]) > 0 else -1.0
        self.fill(path, tone.base)
        self.fill(band(points, widths, min(away, 0.3 * away), max(away, 0.3 * away), rounded=True), tone.shade)
        self.stroke(path, tone.line)

    def taper(self, points: Points, width: float, colour: str, opacity: float = 1.0) -> None:
        """Draw a line that swells in the middle and ends in points."""
        count = len(points)
        widths = [0.0, *([width] * (count - 2)), 0.0] if count > 2 else [width, 0.0]
        self.fill(band(points, widths), colour, opacity)

    def gradient(self, path: str, top: str, bottom: str) -> None:
        """Fill a path from one colour at its top to another at its bottom."""
        self._fill_with_stops(path, f'stop-color="{top}"', f'stop-color="{bottom}"')

    def fade(self, path: str, colour: str, opacity: float) -> None:
        """Fill a path with a colour that fades out from its top to its bottom."""
        stop = f'stop-color="{colour}" stop-opacity='
        self._fill_with_stops(path, f'{stop}"{opacity:.2f}"', f'{stop}"0"')

    def _fill_with_stops(self, path: str, top: str, bottom: str) -> None:
        name = self._next_id("g")
        self._parts.append(
            f'<linearGradient id="{name}" x2="0" y2="1"><stop {top}/><stop offset="1" {bottom}/></linearGradient>'
            f'<path d="{path}" fill="url(#{name})"/>'
        )

    def _next_id(self, kind: str) -> str:
        self._id_count += 1
        return f"{self.prefix}{kind}{self._id_count}"

    @contextmanager
    def clip_to(self, *paths: str) -> Iterator[None]:
        """Clip everything drawn within to what these paths cover together."""
        name = self._next_id("c")
        shapes = "".join(f'<path d="{path}"/>' for path in paths)
        self._parts.append(f'<clipPath id="{name}">{shapes}</clipPath><g clip-path="url(#{name})">')
        yield
        self._parts.append("</g>")

    @contextmanager
    def scaled(self, scale: float, fixed_y: float = 0.0) -> Iterator[None]:
        """Draw everything within at another size about (0, `fixed_y`), with lines as wide as before."""
        line = self.line
        self.line = line / scale
        self._parts.append(f'<g transform="translate(0 {fixed_y * (1 - scale):.3f}) scale({scale:.5f})">')
        yield
        self._parts.append("</g>")
        self.line = line

    @contextmanager
    def transform(self, transform: str) -> Iterator[None]:
        """Draw everything within under an SVG transform."""
        self._parts.append(f'<g transform="{transform}">')
        yield
        self._parts.append("</g>")


def render(elements: str, width: int, height: int, view: tuple[float, float, float, float] | None = None) -> Rgba:
    """Return SVG elements as pixels, (height, width, 4) uint8 sRGB, straight alpha.

    Args:
        elements: Without the outer `svg`.
        width: Of the picture, px.
        height: Of the picture, px.
        view: (x, y, width, height) of what is shown, in the drawing's units; None when these are pixels.

    Raises:
        MediaError: The drawing could not be rendered.
    """
    x, y, across, down = view or (0, 0, width, height)
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{x:.5f} {y:.5f} {across:.5f} {down:.5f}" preserveAspectRatio="none">{elements}</svg>'
    )
    decoded = cv2.imdecode(np.frombuffer(svg.render_svg(text), np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.shape != (height, width, 4):
        raise MediaError(f"the SVG renderer did not return a picture of {width}x{height} px in RGBA")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA), np.uint8)
