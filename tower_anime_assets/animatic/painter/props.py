"""Props of a wide shot: the animals, vehicles and other things that its action names, in the place at their size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tower_anime_assets.animatic.painter import pixels
from tower_anime_assets.animatic.painter.colour import mix
from tower_anime_assets.animatic.painter.inserts import draw_insert
from tower_anime_assets.animatic.painter.light import Light, apply_ambient
from tower_anime_assets.animatic.painter.prop_animals import animal_shape, draw_animal, has_rig
from tower_anime_assets.animatic.painter.set_builder import Camera
from tower_anime_assets.animatic.painter.things import FLOATING, draw_stand_in, draw_thing, thing_size
from tower_anime_assets.animatic.painter.vector import ellipse, render
from tower_anime_assets.media.layers import Layer
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.things import Thing, colour_of, count_of, find

_MIN_M = 0.3
"""Smaller things would be specks."""

_MIN_BESIDE_PEOPLE_M = 0.8
"""Where people are in the picture, a smaller thing is rather in their hands than on the floor."""

_MAX_SHARE = 0.42
"""The most of a frame's height that a prop takes; larger ones stand further away."""

_WHOLE_BY_HEAD = 3.6
"""How many times its head an animal measures of which only the head is drawn."""

_PLACES = (0.5, -0.5, 0.1, -0.16, 0.78, -0.78)
"""Where props stand, as shares of half the frame's width from its middle; those far from people are taken first."""

_STAGED_KINDS = frozenset(
    {"animal", "head", "vehicle", "building", "instrument", "plant", "household", "device", "tool"}
)


_STAGED_DRAWINGS = {"motorbike": (744.0, 252.0, 0.6), "drone": (804.0, 90.0, 0.3)}
"""By drawing made by hand, its width and the height of its foot in its own units, and its height by its width."""


@dataclass(frozen=True)
class Floor:
    """The frame on the canvas, and who stands in it.

    Attributes:
        width_px: Of the canvas.
        height_px: Of the canvas.
        frame_px: Width and height of the frame.
        taken_px: x on the canvas of those in the picture.
    """

    width_px: int
    height_px: int
    frame_px: tuple[int, int]
    taken_px: tuple[float, ...]


@dataclass(frozen=True)
class _Prop:
    thing: Thing
    words: str
    x_px: float
    foot_px: float
    size_px: float
    distance_m: float
    is_mirrored: bool


def staged_things(objects: Sequence[str], place: str, *, has_people: bool = False) -> list[tuple[Thing, str]]:
    """Return what of a shot's objects stands about in a wide shot, with its words; not what the place itself is."""
    least_m = _MIN_BESIDE_PEOPLE_M if has_people else _MIN_M
    staged = []
    for words in objects:
        thing = find(words)
        if thing is not None and thing.drawing in _STAGED_DRAWINGS and not has_people:
            staged.append((thing, words))
        if thing is None or thing.kind not in _STAGED_KINDS or thing.size_m < (_MIN_M if thing.is_living else least_m):
            continue
        if not {thing.name, *words.split()} & set(place.lower().replace("-", " ").split()):
            staged.append((thing, words))
    return staged


def draw_props(
    objects: Sequence[str], place: str, floor: Floor, camera: Camera, light: Light, line: float
) -> Layer | None:
    """Return the layer of a wide shot's props, lit like figures; None for none.

    Args:
        objects: What the shot names.
        place: Where it is.
        floor: The frame, and who is in it.
        camera: Of the shot.
        light: Of the shot.
        line: Width of lines, px.
    """
    props = sorted(
        _stand(staged_things(objects, place, has_people=bool(floor.taken_px)), floor, camera),
        key=lambda prop: -prop.distance_m,
    )
    if not props:
        return None
    elements = "".join(_draw(prop, light, line, f"w{number}") for number, prop in enumerate(props))
    image = render(elements, floor.width_px, floor.height_px)
    edge = pixels.rim_mask(np.ascontiguousarray(image[..., 3]), light.side, line, max(1.0, line * 1.4))
    strength = {"night": 0.85, "dusk": 0.85, "dawn": 0.7}.get(light.day_phase, 0.45)
    return Layer("props", 0.9, pixels.tinted(image, light.tint, edge, light.rim, strength))


def _stand(things: Sequence[tuple[Thing, str]], floor: Floor, camera: Camera) -> list[_Prop]:
    width, height = floor.frame_px
    middle, margin = floor.width_px / 2, (floor.height_px - height) / 2
    spots = [middle + share * width / 2 for share in _PLACES]
    taken = list(floor.taken_px)
    props: list[_Prop] = []
    for thing, words in things:
        across, high = _shape_of(thing)
        count = count_of(words)
        size_m = thing.size_m * (_WHOLE_BY_HEAD if thing.kind == "head" else 1.0)
        limit_px = _MAX_SHARE * height / (1.0 if count < 3 else 1.6)
        lowest_px = margin + height * 0.93
        distance_m = max(
            camera.distance_m * 1.08,
            camera.focal_px * size_m * max(high, 0.6) / limit_px,
            camera.focal_px * camera.eye_m / max(lowest_px - camera.horizon_px, height * 0.05),
        )
        size_px = camera.focal_px * size_m / distance_m
        foot_px = camera.horizon_px + camera.focal_px * camera.eye_m / distance_m
        if _is_floating(thing):
            foot_px = margin + height * 0.32 + size_px * high / 2
        start = max(spots, key=lambda x: min((abs(x - other) for other in taken), default=0.0) - abs(x - middle) * 0.01)
        half_px = size_px * across * (0.5 + 0.56 * (count - 1))
        reach_px = max(0.0, width * 0.48 - half_px)
        start = start if taken else spots[seed_from("prop", words) % 2 + 2]
        start = min(max(start, middle - reach_px), middle + reach_px)
        for number in range(count):
            step = (number + 1) // 2 * (1 if number % 2 else -1)
            nearer = 1.0 + 0.05 * (seed_from("row", words, number) % 5 - 2)
            x_px = start + step * size_px * across * 1.12
            depth_px = (nearer - 1) * (foot_px - camera.horizon_px)
            props.append(
                _Prop(thing, words, x_px, foot_px + depth_px, size_px * nearer, distance_m / nearer, x_px > middle)
            )
        taken.append(start)
    return props


def _is_floating(thing: Thing) -> bool:
    return thing.glyph in FLOATING or thing.drawing == "drone"


def _shape_of(thing: Thing) -> tuple[float, float]:
    """Return width and height of a prop whose longer side is 1."""
    if thing.drawing:
        return 1.0, _STAGED_DRAWINGS[thing.drawing][2]
    if has_rig(thing):
        return animal_shape(thing)
    return (1.0, 0.8) if not thing.glyph or thing.kind == "head" else thing_size(thing, 1.0)


def _draw_by_hand(prop: _Prop, light: Light, line: float, prefix: str) -> str:
    across, foot, _high = _STAGED_DRAWINGS[prop.thing.drawing]
    scale = prop.size_px / across
    drawn, _lights = draw_insert((prop.words,), None, light, line / scale, prefix)
    flip = -scale if prop.is_mirrored else scale
    return f'<g transform="scale({flip:.4f} {scale:.4f}) translate(0 {-foot:.1f})">{drawn}</g>'


def _draw(prop: _Prop, light: Light, line: float, prefix: str) -> str:
    far = 1 - math.exp(-prop.distance_m / light.haze_m)
    colour = colour_of(prop.words, prop.thing)
    # what is near keeps the colour that the text names, as figures do
    near = mix(colour, apply_ambient(colour, light), min(1.0, 0.35 + far))
    shown = mix(near, light.haze, 0.7 * far)
    size, shift = prop.size_px, (2.4 * light.side, -1.5)
    place = f"translate({prop.x_px:.1f} {prop.foot_px:.1f})"
    if prop.thing.drawing:
        drawn, across = _draw_by_hand(prop, light, line, prefix), size
    elif has_rig(prop.thing):
        drawn = draw_animal(
            prop.thing, shown, size, line=line, light_x=light.side, prefix=prefix, is_mirrored=prop.is_mirrored
        )
        across = animal_shape(prop.thing)[0] * size
    elif prop.thing.kind == "head" or not prop.thing.glyph:
        drawn = draw_stand_in(prop.words, size, size * 0.8, line=line, shift=shift, prefix=prefix)
        across = size
    else:
        drawn = draw_thing(prop.thing, shown, size, line=line, shift=shift, prefix=prefix, is_mirrored=prop.is_mirrored)
        across = thing_size(prop.thing, size)[0]
    shadow = ""
    if not _is_floating(prop.thing):
        shadow = f'<path d="{ellipse(0, 0, across * 0.5, size * 0.045)}" fill="#0a0820" fill-opacity="0.34"/>'
    return f'<g transform="{place}">{shadow}{drawn}</g>'
