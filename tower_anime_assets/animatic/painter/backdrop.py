"""What lies behind a set: the sky, and the skyline or hills on the horizon."""

from __future__ import annotations

import math
import random

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.exterior import detail_rng
from tower_anime_assets.animatic.painter.light import Light, apply_ambient
from tower_anime_assets.animatic.painter.places import HORIZON_BY_KIND, SPACE_KINDS
from tower_anime_assets.animatic.painter.set_builder import Camera
from tower_anime_assets.animatic.painter.vector import Pen, Point, box, ellipse, polygon, smooth


def sky_stops(light: Light, horizon: float, kind: str) -> tuple[tuple[float, str], ...]:
    """Return the colours behind everything, as (share of the height, colour), from top to bottom.

    Args:
        light: Of the shot.
        horizon: Height of the horizon, as a share of the canvas from the top.
        kind: Of place.
    """
    if kind in SPACE_KINDS:
        return (0.0, "#05060f"), (0.5, "#0b1030"), (0.8, "#1a1648"), (1.0, "#0a0a1c")
    if kind == "underwater":
        return (0.0, mix(light.haze, "#c8f4ff", 0.45)), (0.45, light.haze), (1.0, scale_rgb(light.haze, 0.45))
    if kind == "cave":
        return (0.0, scale_rgb(light.haze, 0.6)), (horizon, light.haze), (1.0, scale_rgb(light.haze, 0.5))
    if kind == "sky":
        return (0.0, light.sky[0]), (0.45, light.sky[1]), (1.0, light.sky[2])
    return (0.0, light.sky[0]), (horizon * 0.62, light.sky[1]), (horizon, light.sky[2]), (1.0, light.haze)


def draw_sky(light: Light, size: tuple[int, int], horizon: float, seed: int, kind: str) -> str:
    """Return sun, moon, stars and clouds as SVG elements, without the sky's own gradient.

    Args:
        light: Of the shot.
        size: Width and height of the canvas, px.
        horizon: Height of the horizon on it, px from the top.
        seed: Decides the details.
        kind: Of place: in space there are stars and a planet instead of weather, under water beams of light.
    """
    width, height = size
    pen = Pen(prefix="k")
    rng = detail_rng(seed, "sky")
    clear, space = light.weather == "clear", kind in SPACE_KINDS
    if kind == "cave":
        return ""
    if kind == "underwater":
        _draw_beams(pen, light, rng, size)
        return pen.svg
    if space or (light.day_phase == "night" and clear):
        for _ in range(110 if space else 70):
            radius = rng.uniform(0.4, 1.5)
            pen.fill(
                ellipse(rng.uniform(0, width), rng.uniform(0, horizon * (1.7 if space else 0.9)), radius, radius),
                "#ffffff",
                rng.uniform(0.4, 1.0),
            )
    if space:
        x, y, radius = width * 0.7, height * 0.36, height * 0.2
        pen.gradient(
            ellipse(x, y, radius, radius), mix(light.neon[0], "#ffffff", 0.3), mix(light.neon[1], "#0a0a20", 0.7)
        )
        return pen.svg
    if kind == "sky":
        horizon = height * 0.8
    x = width * (0.28 if light.side < 0 else 0.74) + rng.uniform(-40, 40)
    if clear and light.day_phase == "night":
        pen.fill(ellipse(x, height * 0.2, 62, 62), "#cfd8ff", 0.10)
        pen.fill(ellipse(x, height * 0.2, 44, 44), "#dfe6ff", 0.16)
        pen.fill(ellipse(x, height * 0.2, 30, 30), "#f4f6ff")
        pen.fill(ellipse(x + 9, height * 0.2 - 4, 5, 5), "#d5daf0")
        pen.fill(ellipse(x - 8, height * 0.2 + 9, 7, 6), "#d9def2")
    elif clear and light.day_phase in ("dusk", "dawn"):
        for radius, opacity in ((150, 0.12), (95, 0.18), (58, 0.3)):
            pen.fill(ellipse(x, horizon - 40, radius, radius), "#ffe2a0", opacity)
        pen.fill(ellipse(x, horizon - 40, 36, 36), "#fff6dc")
    _clouds(pen, light, rng, width, horizon)
    return pen.svg


def _draw_beams(pen: Pen, light: Light, rng: random.Random, size: tuple[int, int]) -> None:
    """Draw light that falls through the surface of the water, and bubbles."""
    width, height = size
    bright = mix(light.haze, "#ffffff", 0.7)
    for index in range(7):
        x, wide = width * (0.05 + index * 0.15) + rng.uniform(-20, 20), width * rng.uniform(0.03, 0.08)
        lean = width * 0.14 * -light.side
        low = height * rng.uniform(0.6, 0.95)
        pen.fade(polygon([(x, -10), (x + wide, -10), (x + wide * 1.8 + lean, low), (x + lean, low)]), bright, 0.34)
    for _ in range(46):
        radius = rng.uniform(1.0, 4.5) * height / 512
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        pen.stroke(ellipse(x, y, radius, radius), bright, radius * 0.35, 0.6)


def _clouds(pen: Pen, light: Light, rng: random.Random, width: int, horizon: float) -> None:
    heavy = light.weather in ("rain", "storm", "overcast", "snow")
    bright = {"night": "#4d5aa0", "dusk": "#ffd0a8", "dawn": "#fff0e6"}.get(light.day_phase, "#ffffff")
    if heavy:
        bright = mix(light.sky[1], "#ffffff", 0.16)
    dark = mix(bright, light.sky[0], 0.5)
    for _ in range(9 if heavy else 5):
        x, y = rng.uniform(-60, width + 60), rng.uniform(horizon * 0.12, horizon * 0.8)
        size = rng.uniform(0.5, 1.2) * (width / 7) * (0.5 + 0.6 * (1 - y / max(1.0, horizon)))
        puffs = [
            (x + size * at, y - size * 0.1 * math.cos(at * 1.5), size * rng.uniform(0.18, 0.3) * (1.1 - abs(at) * 0.7))
            for at in (-0.8, -0.5, -0.2, 0.1, 0.4, 0.75)
        ]
        opacity = 0.9 if heavy else 0.85 if light.day_phase != "night" else 0.6
        low = smooth([(x - size * 1.05, y), (x, y - size * 0.12), (x + size * 1.05, y), (x, y + size * 0.07)])
        pen.fill(low + "".join(ellipse(px, py, radius * 1.25, radius) for px, py, radius in puffs), dark, opacity)
        lit = [(px + size * 0.03 * light.side, py - radius * 0.22, radius * 0.82) for px, py, radius in puffs]
        pen.fill("".join(ellipse(px, py, radius * 1.2, radius * 0.8) for px, py, radius in lit), bright, opacity)


def draw_horizon(camera: Camera, light: Light, kind: str, size: tuple[int, int], seed: int) -> str:
    """Return the skyline or the hills on the horizon as SVG elements; they turn with the camera."""
    pen = Pen(prefix="h")
    horizon = HORIZON_BY_KIND.get(kind, "skyline")
    if horizon == "skyline":
        _skyline(pen, camera, light, size, seed)
    elif horizon != "nothing":
        _hills(pen, camera, light, horizon, size, seed)
    return pen.svg


def _angle_x(camera: Camera, degrees: float) -> float:
    """Return x on the canvas of a direction."""
    return camera.centre_px + camera.focal_px * math.radians(degrees + camera.yaw_deg)


def _skyline(pen: Pen, camera: Camera, light: Light, size: tuple[int, int], seed: int) -> None:
    # seen from a height, the city goes on below the horizon
    low = float(size[1])
    pen.fill(box(0, camera.horizon_px, size[0], low), mix(apply_ambient("#6a7390", light), light.haze, 0.7))
    for row, (tall, share) in enumerate(((11.0, 0.82), (6.5, 0.55))):
        body = apply_ambient("#7d86a8", light)
        colour = mix(body, light.haze, share)
        degrees = -100.0
        index = 0
        while degrees < 100:
            rng = detail_rng(seed, "tower", row, index)
            wide = rng.uniform(1.8, 4.2)
            left, right = _angle_x(camera, degrees), _angle_x(camera, degrees + wide)
            high = math.radians(tall * rng.uniform(0.35, 1.5)) * camera.focal_px
            if right > 0 and left < size[0]:
                top = camera.horizon_px - high
                pen.fill(box(left, top, right - left, low - top), colour)
                pen.fill(
                    box(left + (right - left) * 0.62, top, (right - left) * 0.38, low - top), scale_rgb(colour, 0.9)
                )
                if rng.random() < 0.3:
                    pen.fill(box((left + right) / 2 - 1.5, top - high * 0.2, 3, high * 0.2), colour)
                _tower_windows(pen, rng, light, (left, top, right, min(low, camera.horizon_px + high * 0.6)), colour)
            degrees += wide + rng.uniform(-0.6, 0.7)
            index += 1


def _tower_windows(
    pen: Pen, rng: random.Random, light: Light, face: tuple[float, float, float, float], wall: str
) -> None:
    left, top, right, low = face
    step = max(7.0, (right - left) / 6)
    on = [mix(rng.choice(("#ffdf9a", "#ffe9bd", "#c4ecff", light.neon[0])), wall, 0.2), mix(wall, light.haze, 0.35)]
    paths = {0: "", 1: ""}
    y = top + step
    while y < low:
        x = left + step * 0.6
        while x < right - step * 0.7:
            lit = rng.random() < light.lit * 0.8
            paths[0 if lit else 1] += box(x, y, step * 0.4, step * 0.5)
            x += step
        y += step * 1.25
    for which, path in paths.items():
        if path:
            pen.fill(path, on[which])


def _hills(pen: Pen, camera: Camera, light: Light, horizon: str, size: tuple[int, int], seed: int) -> None:
    low = camera.horizon_px + 26
    base = {"desert": "#c09a70", "mountains": "#7d8ca8", "sea": "#6f8fa8"}.get(horizon, "#5f8068")
    rows = ((9.0, 0.7), (5.0, 0.45)) if horizon == "mountains" else ((4.0, 0.72), (2.4, 0.5))
    if horizon == "sea":
        rows = ((1.4, 0.7), (0.6, 0.6))
    for row, (tall, share) in enumerate(rows):
        colour = mix(apply_ambient(base, light), light.haze, share)
        points: list[Point] = []
        for index in range(-24, 25):
            rng = detail_rng(seed, "hill", row, index)
            x = _angle_x(camera, index * 4.5)
            y = camera.horizon_px - math.radians(tall * rng.uniform(0.3, 1.25)) * camera.focal_px
            points.append((x, y, 1.0) if horizon == "mountains" else (x, y))
        path = [(points[0][0], low, 1.0), *points, (points[-1][0], low, 1.0)]
        pen.fill(polygon(path) if horizon == "mountains" else smooth(path), colour)
        if horizon == "mountains" and row == 0:
            for before, point, after in zip(points, points[1:], points[2:], strict=False):
                if point[1] < before[1] and point[1] < after[1] and -50 < point[0] < size[0] + 50:
                    high = (camera.horizon_px - point[1]) * 0.35
                    pen.fill(
                        polygon(
                            [
                                point,
                                (point[0] + high * 0.7, point[1] + high),
                                (point[0] + high * 0.2, point[1] + high * 0.7),
                                (point[0] - high * 0.2, point[1] + high),
                                (point[0] - high * 0.6, point[1] + high * 0.8),
                            ]
                        ),
                        mix("#f6f9ff", light.haze, 0.3),
                    )
