"""Figures as layers of a keyframe: in the light of the place, with their mouths and eyelids, their shadow and label."""

from __future__ import annotations

import math

import numpy as np

from tower_anime_assets.animatic.painter import pixels
from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.figure import draw_figure, is_stand_in
from tower_anime_assets.animatic.painter.light import Light
from tower_anime_assets.animatic.painter.staging import Frame, PlacedSubject
from tower_anime_assets.animatic.painter.stance import Box
from tower_anime_assets.animatic.painter.stand_in import label_stand_in
from tower_anime_assets.animatic.painter.vector import render
from tower_anime_assets.media.layers import Layer, Patch


def figure_layer(figure: PlacedSubject, frame: Frame, light: Light) -> Layer:
    """Return a figure as a layer of the canvas's size."""
    width, height = frame.size
    geometry = figure.geometry
    left, top, right, low = figure.on_canvas(geometry.bounds)
    if not figure.stance.shows_legs:
        low = height
    x0, y0, x1, y1 = max(0, int(left)), max(0, int(top)), min(width, math.ceil(right)), min(height, math.ceil(low))
    image = np.zeros((height, width, 4), np.uint8)
    name = figure.subject.character
    if x1 - x0 < 2 or y1 - y0 < 2:
        return Layer(name, 1.0, image, name)
    figure_svg = draw_figure(figure.stance)
    if figure.stance.shows_legs:
        figure_svg = _contact_shadow(figure) + figure_svg
    crop = render(figure_svg, x1 - x0, y1 - y0, _view_box(figure, x0, y0, x1, y1))
    line_px = figure.stance.line_width * figure.scale * 0.6
    rim_px = max(1.0, 2.1 * figure.scale * geometry.face_height / 100)
    edge = pixels.rim_mask(np.ascontiguousarray(crop[..., 3]), light.side, line_px, rim_px)
    strength = {"night": 0.85, "dusk": 0.85, "dawn": 0.7}.get(light.day_phase, 0.45)
    tint = light.tint
    if figure.subject.is_foreground:
        tint, strength = mix(scale_rgb(tint, 0.38), light.haze, 0.16), strength * 0.9
    tinted_crop = pixels.tinted(crop, tint, edge, light.rim, strength)
    if figure.subject.is_foreground:
        tinted_crop = pixels.softened(tinted_crop, 2.2 * frame.unit / 512)
    image[y0:y1, x0:x1] = tinted_crop
    patches: tuple[Patch, ...] = ()
    if figure.stance.has_face and not figure.subject.is_foreground:
        patches = _patches(figure, frame, (x0, y0), edge, tint, light.rim, strength)
    if is_stand_in(figure.stance) and not figure.subject.is_foreground:
        seen = (frame.margin, frame.margin, frame.margin + frame.width, frame.margin + frame.height)
        label_stand_in(image, figure.stance.look, figure.on_canvas(geometry.head), frame.unit, seen)
    depth = 1.25 if figure.subject.is_foreground else 1.0
    return Layer(name, depth, image, name, patches)


def _view_box(figure: PlacedSubject, x0: int, y0: int, x1: int, y1: int) -> Box:
    """Return the part of figure space that a box of whole pixels shows, as (x, y, width, height)."""
    scale = figure.scale
    return (x0 - figure.x) / scale, (y0 - figure.y) / scale, (x1 - x0) / scale, (y1 - y0) / scale


def _contact_shadow(figure: PlacedSubject) -> str:
    geometry = figure.geometry
    left, right = geometry.feet
    if left == right:
        return ""  # what floats touches nothing
    size = 1.0 if figure.stance.look.has_human_body else min(1.0, geometry.height / 664 + 0.1)
    middle, half = (left + right) / 2 + (-8 if figure.stance.is_mirrored else 8) * size, (right - left) / 2 + 62 * size
    y = geometry.ground_y - 4 * size
    near = f'cx="{middle:.1f}" cy="{y:.1f}" rx="{half:.1f}" ry="{15 * size:.1f}"'
    wide = f'cx="{middle + 16 * size:.1f}" cy="{y:.1f}" rx="{half * 1.5:.1f}" ry="{20 * size:.1f}"'
    dark = 'fill="#0a0820" fill-opacity='
    return f'<ellipse {near} {dark}"0.42"/><ellipse {wide} {dark}"0.18"/>'


def _patches(
    figure: PlacedSubject,
    frame: Frame,
    origin: tuple[int, int],
    edge: pixels.Plane,
    tint: str,
    rim: str,
    strength: float,
) -> tuple[Patch, ...]:
    geometry = figure.geometry
    patches = []
    for name, box, shape in (
        ("mouth-half", geometry.mouth, "half"),
        ("mouth-open", geometry.mouth, "open"),
        ("eyes-closed", geometry.eyes, ""),
    ):
        if box is None:
            continue
        left, top, right, low = figure.on_canvas(box)
        x0, y0 = max(origin[0], math.floor(left)), max(origin[1], math.floor(top))
        x1 = min(origin[0] + edge.shape[1], math.ceil(right))
        y1 = min(origin[1] + edge.shape[0], math.ceil(low))
        if x1 - x0 < 3 or y1 - y0 < 3:
            continue
        drawn = draw_figure(figure.stance, shape, "" if shape else "closed", head_only=True)
        part = render(drawn, x1 - x0, y1 - y0, _view_box(figure, x0, y0, x1, y1))
        across = edge[y0 - origin[1] : y1 - origin[1], x0 - origin[0] : x1 - origin[0]]
        patches.append(Patch(name, x0, y0, pixels.tinted(part, tint, across, rim, strength)))
    return tuple(patches)
