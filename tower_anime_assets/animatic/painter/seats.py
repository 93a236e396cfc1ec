"""A wheelchair under somebody who sits: what is behind them, and what is in front. In figure units, see `body`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tower_anime_assets.animatic.painter.body import Skeleton
from tower_anime_assets.animatic.painter.colour import Tone, mix, tone
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, band, corner, ellipse, polyline, smooth

_WHEEL = 112.0
_TUBE = tone("#9aa3b5")
_TYRE = "#23252f"


def draw_wheelchair_behind(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the far wheel, the frame, the seat and the back rest."""
    ground = body.ground_y
    cloth = tone(mix("#2b3046", look.accent.base, 0.25))
    if body.view == "turned":
        _draw_wheel(pen, 22, ground - _WHEEL - 6, _WHEEL * 0.86, _WHEEL, look.accent, is_far=True)
        _draw_tube(pen, [(-74, 500), (40, 512), (104, 560), (112, ground - 22)])
        _draw_tube(pen, [(-66, 300), (-72, 420), (-70, ground - _WHEEL)])
        handle = [(-66, 300), (-80, 288), (-112, 290)]
        _draw_tube(pen, handle)
        pen.stroke(polyline(handle[1:]), _TYRE, 17)
        rest = [corner(-84, 312), (-88, 400), corner(-82, 506), corner(-54, 506), (-58, 400), corner(-50, 316)]
        pen.cel(smooth(rest), cloth)
    else:
        for side in (-1, 1):
            _draw_tube(pen, [(side * 74, 292), (side * 76, 420), (side * 72, ground - 90)])
            pen.stroke(polyline([(side * 74, 296), (side * 76, 274)]), _TYRE, 18)
        rest = [corner(-76, 300), (0, 292), corner(76, 300), (78, 400), corner(72, 510), corner(-72, 510), (-78, 400)]
        pen.cel(smooth(rest), cloth)
    seat = [corner(-82, 496), corner(64, 496), corner(68, 518), corner(-82, 518)]
    pen.cel(smooth(seat), cloth)


def draw_wheelchair_front(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the near wheel or both, the arm rest and the foot rest."""
    ground = body.ground_y
    if body.view == "turned":
        _draw_tube(pen, [(72, ground - 60), (122, ground - 30), (150, ground - 16)])
        pen.stroke(polyline([(84, ground - 10), (152, ground - 10)]), _TYRE, 11)
        _draw_wheel(pen, 92, ground - 26, 24, 26, look.accent, is_far=False)
        _draw_tube(pen, [(-66, 446), (-30, 438), (18, 440)])
        _draw_wheel(pen, -24, ground - _WHEEL, _WHEEL * 0.94, _WHEEL, look.accent, is_far=False)
        return
    for side in (-1, 1):
        if body.view == "front":
            pen.stroke(polyline([(side * 10, ground - 8), (side * 48, ground - 8)]), _TYRE, 12)
        _draw_tube(pen, [(side * 84, 450), (side * 86, 500), (side * 92, ground - _WHEEL)])
        tyre = ellipse(side * 98, ground - _WHEEL, 17, _WHEEL)
        pen.shape(tyre, _TYRE, "#12131a")
        pen.stroke(ellipse(side * 98, ground - _WHEEL, 8, _WHEEL - 12), _TUBE.light, 3.5)
        pen.stroke(ellipse(side * 110, ground - _WHEEL, 8, _WHEEL - 18), look.accent.base, 4)
    if body.view == "back":
        strap = [(-70, 470), (0, 480), (70, 470)]
        pen.shape(band(strap, [16, 16, 16]), look.accent.shade, look.accent.line)


def _draw_tube(pen: Pen, points: Sequence[tuple[float, float]]) -> None:
    path = smooth(points, closed=False)
    pen.stroke(path, _TUBE.line, 12)
    pen.stroke(path, _TUBE.base, 12 - 2 * pen.line)
    pen.stroke(path, _TUBE.light, 2.5, 0.8)


def _draw_wheel(pen: Pen, x: float, y: float, across: float, down: float, accent: Tone, is_far: bool) -> None:
    share = down / _WHEEL
    spokes = 14 if share > 0.5 else 5
    metal = _TUBE.shade if is_far else _TUBE.light
    for index in range(spokes):
        angle = 2 * math.pi * index / spokes + 0.1
        tip = (x + across * 0.9 * math.cos(angle), y + down * 0.9 * math.sin(angle))
        pen.stroke(polyline([(x, y), tip]), metal, 1.8, 0.9)
    pen.stroke(ellipse(x, y, across - 6 * share, down - 6 * share), _TYRE, 13 * max(share, 0.5))
    pen.stroke(ellipse(x, y, across - 15 * share, down - 15 * share), metal, 3.0)
    if not is_far and share > 0.5:
        pen.stroke(ellipse(x, y, across * 0.78, down * 0.78), accent.base, 4.0)
    pen.shape(ellipse(x, y, 11 * max(share, 0.6), 11 * max(share, 0.6)), _TUBE.shade, _TUBE.line)
