"""Composition of a keyframe: camera and set, subjects in their framing and the light over all, as a layered picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tower_anime_assets.animatic.painter import pixels
from tower_anime_assets.animatic.painter.backdrop import draw_horizon, draw_sky, sky_stops
from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT
from tower_anime_assets.animatic.painter.colour import mix, rgb, scale_rgb
from tower_anime_assets.animatic.painter.figure_layers import figure_layer
from tower_anime_assets.animatic.painter.inserts import draw_insert
from tower_anime_assets.animatic.painter.light import Light, light_in
from tower_anime_assets.animatic.painter.look import Look, look_of
from tower_anime_assets.animatic.painter.outdoors import build_outdoors
from tower_anime_assets.animatic.painter.place_label import label_place
from tower_anime_assets.animatic.painter.places import (
    HORIZON_BY_KIND,
    LEAFY_KINDS,
    OPEN_KINDS,
    is_neutral,
    set_kind,
)
from tower_anime_assets.animatic.painter.props import Floor, draw_props
from tower_anime_assets.animatic.painter.rooms import ROOMS, build_room, has_windows
from tower_anime_assets.animatic.painter.set_builder import Camera, SetBuilder
from tower_anime_assets.animatic.painter.staging import (
    LENSES,
    SOLE_SHARE,
    Frame,
    PlacedSubject,
    Staging,
    stage_subjects,
)
from tower_anime_assets.animatic.painter.vector import Pen, band, polygon, render, smooth
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.layer_file import composite
from tower_anime_assets.media.layers import Layer, LayeredPicture, Rgba
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Facing, Framing

METRES_PER_UNIT = 1.7 / 664
"""A standing adult is 664 figure units or 1.7 m high."""


@dataclass(frozen=True)
class DrawingOptions:
    """What may differ between attempts at a keyframe.

    Attributes:
        seed: Varies hair and camera angle a little.
        detail: Weight of lines and sharpness of the background, 1 is normal.
        contrast: Factor about middle grey.
        saturation: Factor on all colours.
        mirror_place: Look at the place from the other side.
    """

    seed: int = 0
    detail: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    mirror_place: bool = False


_LONG_PLACES = frozenset({
    "corridor", "train", "street", "alley", "highway", "shrine", "forest", "park", "server", "station", "temple",
    "castle", "bridge", "railway", "plane", "church", "throne room", "market", "village", "ship deck", "car",
    "elevator", "cave",
})  # fmt: skip
"""Sets that are built along the line of sight: the camera turns less in them."""

_NARROW_M = 2.0
"""In a room narrower than twice this, a camera that turns would look at it from outside."""

_REPEAT_VIEWS = (
    (0.0, 0.0, 1.0),
    (17.0, -1.1, 1.25),
    (-19.0, 2.6, 0.9),
    (9.0, -0.6, 1.7),
    (-11.0, 1.6, 1.4),
    (26.0, 3.4, 1.05),
)
"""Degrees turned, metres raised and focal gain of the first, second, ... empty wide shot of a place."""


@dataclass(frozen=True)
class Layout:
    """Where everything in a keyframe is: what its drawing and its control pictures have in common.

    Attributes:
        kind: The set's.
    """

    frame: Frame
    kind: str
    light: Light
    staging: Staging
    camera: Camera


def margin_of(width_px: int, height_px: int) -> int:
    """Return how far the canvas reaches beyond the frame on every side, px."""
    return max(8, round(max(width_px, height_px) * 0.125 / 2) * 2)


def draw_keyframe(brief: KeyframeBrief, drawing: DrawingOptions | None = None) -> LayeredPicture:
    """Return the keyframe of a brief in layers, from sky to foreground.

    Raises:
        MediaError: The size cannot be drawn, or a subject is not in the cast.
    """
    drawing = drawing or DrawingOptions(seed=brief.seed)
    layout = layout_of(brief, drawing)
    frame, light, staging = layout.frame, layout.light, layout.staging
    placed = staging.placed
    layers = _background_layers(brief, layout, drawing)
    if brief.framing is Framing.WIDE and brief.objects:
        layers.extend(_prop_layers(brief, layout, drawing))
    if brief.framing is Framing.INSERT:
        layers.extend(_insert_layers(brief, frame, light, drawing))
    else:
        layers.extend(figure_layer(one, frame, light) for one in placed)
    if brief.framing is Framing.WIDE and (near := _foreground_layer(frame, light, placed, brief)) is not None:
        layers.append(near)
    graded = tuple(_grade_layer(layer, drawing) for layer in layers)
    return LayeredPicture(frame.width, frame.height, frame.margin, graded)


def layout_of(brief: KeyframeBrief, drawing: DrawingOptions) -> Layout:
    """Return where everything in the keyframe of a brief is.

    Raises:
        MediaError: The size cannot be drawn, or a subject is not in the cast.
    """
    if not (64 <= brief.width_px <= 4096 and 64 <= brief.height_px <= 4096):
        raise MediaError(
            f"a keyframe of {brief.width_px}x{brief.height_px} px cannot be drawn; expected sides of 64 to 4096 px. "
            "Set another delivery.working"
        )
    frame = Frame(brief.width_px, brief.height_px, margin_of(brief.width_px, brief.height_px))
    kind = set_kind(brief.setting)
    light = light_in(kind, brief.setting, brief.effects, brief.style.palette, drawing.saturation)
    staging = stage_subjects(brief, _looks(brief), frame, light.side, drawing.seed, drawing.detail)
    return Layout(frame, kind, light, staging, _camera_for(brief, frame, drawing, staging))


def set_of(brief: KeyframeBrief, layout: Layout) -> SetBuilder:
    """Return the set of a keyframe, before its camera."""
    build_set = build_room if layout.kind in ROOMS else build_outdoors
    return build_set(layout.camera, layout.light, layout.frame.size, layout.kind, _place_seed(brief))


def _place_seed(brief: KeyframeBrief) -> int:
    return seed_from("place", brief.setting.place.strip().lower())


def _grade_layer(layer: Layer, drawing: DrawingOptions) -> Layer:
    if layer.glow or (drawing.contrast == 1.0 and drawing.saturation == 1.0):
        return layer

    def grade(image: Rgba) -> Rgba:
        return pixels.graded(image, drawing.contrast, drawing.saturation)

    patches = tuple(replace(patch, image=grade(patch.image)) for patch in layer.patches)
    return replace(layer, image=grade(layer.image), patches=patches)


def _looks(brief: KeyframeBrief) -> dict[str, Look]:
    looks = {one.id: look_of(one.appearance, one.description, one.name or one.id) for one in brief.cast}
    for subject in brief.subjects:
        if subject.character not in looks:
            raise MediaError(f"subject {subject.character!r} is not in the keyframe's cast: {sorted(looks)}")
    return looks


def _camera_for(brief: KeyframeBrief, frame: Frame, drawing: DrawingOptions, staging: Staging) -> Camera:
    lens = LENSES[brief.framing]
    kind = set_kind(brief.setting)
    width, _ = frame.size
    focal = lens.focal * frame.width * (1.0 if frame.width >= frame.height else 1.35)
    per_metre = staging.scale / METRES_PER_UNIT
    # the camera goes down to those who are small
    eye_m = 1.45 * min(1.0, max(0.12, staging.tallest / ADULT_HEIGHT))
    if brief.framing is Framing.WIDE:
        sole = frame.margin + frame.height * SOLE_SHARE
        eye_m = max(eye_m, 0.9)
        if not brief.subjects:
            per_metre, eye_m, sole = per_metre * 0.9, 2.1, frame.margin + frame.height * 1.06
    else:
        sole = frame.margin + lens.crown * frame.height + staging.tallest * staging.scale
    horizon = sole - eye_m * per_metre
    jitter = (seed_from("camera", drawing.seed, brief.occurrence, brief.setting.place) % 1000) / 1000 - 0.5
    yaw_deg = (seed_from("yaw", brief.setting.place) % 100 / 100 - 0.5) * 14 + jitter * 5
    main_subject = next((one for one in brief.subjects if not one.is_foreground), None)
    turn = {Facing.LEFT: -1.0, Facing.RIGHT: 1.0}.get(main_subject.facing, 0.0) if main_subject else 0.0
    reach = {Framing.WIDE: 5.0, Framing.TWO_SHOT: 10.0}.get(brief.framing, 25.0)
    yaw_deg += turn * reach + ((brief.occurrence % 5) - (2 if brief.occurrence else 0)) * 3.0
    if drawing.mirror_place:
        yaw_deg = -yaw_deg - 24
    if kind in _LONG_PLACES:
        yaw_deg *= 0.55
    if not brief.subjects and brief.framing is Framing.WIDE:
        # a place shown again is seen from elsewhere
        turned_deg, raised_m, focal_gain = _REPEAT_VIEWS[brief.occurrence % len(_REPEAT_VIEWS)]
        raised_m = min(raised_m, _ceiling_m(kind) - eye_m)
        if kind in ROOMS and ROOMS[kind].half_width_m < _NARROW_M:
            turned_deg *= 0.25
        yaw_deg, eye_m, focal = yaw_deg + turned_deg, eye_m + raised_m, focal * focal_gain
        horizon += raised_m * frame.unit * 0.035
    distance_m = focal / per_metre
    shift_m = turn * 0.12 * distance_m + jitter * 0.2
    return Camera(focal, width / 2, horizon, eye_m, distance_m, yaw_deg, shift_m)


def _ceiling_m(kind: str) -> float:
    """Return how high a camera may look from: below the ceiling of a room."""
    if kind in ROOMS:
        return ROOMS[kind].height_m - 0.4
    return 2.4 if kind == "cave" else 20.0


def _background_layers(brief: KeyframeBrief, layout: Layout, drawing: DrawingOptions) -> list[Layer]:
    frame, kind, light, camera = layout.frame, layout.kind, layout.light, layout.camera
    seed = _place_seed(brief)
    width, height = frame.size
    indoors = kind in ROOMS
    is_subject = not brief.subjects and brief.framing is not Framing.INSERT  # nothing stands before the place
    blur = 0.0 if is_subject else LENSES[brief.framing].blur * frame.unit / 512 / max(0.6, drawing.detail)
    # a blurred place is drawn small and enlarged: the same picture in a fraction of the time
    render_scale = 0.5 if blur >= 1.2 else 1.0
    size = round(width * render_scale), round(height * render_scale)

    def rasterize(elements: str) -> Rgba:
        image = render(elements, *size, (0, 0, width, height))
        if blur:
            image = pixels.softened(image, blur * render_scale)
        return pixels.enlarged(image, width, height) if render_scale < 1 else image

    set_builder = set_of(brief, layout)
    layers: list[Layer] = []
    outside = not indoors or has_windows(kind)
    if outside:
        layers.append(Layer("sky", 0.05, _sky_image(light, frame, camera, seed, kind)))
        if HORIZON_BY_KIND.get(kind) != "nothing":
            layers.append(Layer("far", 0.3, rasterize(draw_horizon(camera, light, kind, (width, height), seed))))
    place_image = rasterize(set_builder.set_svg("s"))
    if not layers:
        place_image = _flatten_onto(place_image, scale_rgb(ROOMS[kind].wall, 0.5))
    _mirror_ground(place_image, layers, camera.horizon_px, _gloss(kind, light))
    if light.weather == "fog" and not indoors:
        for image in [layer.image for layer in layers[1:]] + [place_image]:
            _add_fog(image, camera.horizon_px, light.haze, frame.height)
    if is_neutral(kind):
        label_place(place_image, brief.setting.place, (frame.margin, frame.margin, frame.width, frame.height))
    layers.append(Layer("room" if indoors else "place", 0.75, place_image))
    glow = _glow_image(set_builder, light, frame, indoors and outside, blur)
    if glow is not None:
        layers.append(Layer("lights", 0.75, glow, glow=True))
    return layers


def _sky_image(light: Light, frame: Frame, camera: Camera, seed: int, kind: str) -> Rgba:
    width, height = frame.size
    horizon = min(0.95, max(0.2, camera.horizon_px / height))
    sky = pixels.gradient(width, height, sky_stops(light, horizon, kind))
    elements = draw_sky(light, (width, height), horizon * height, seed, kind)
    half = render(elements, width // 2, height // 2, (0, 0, width, height))
    composite(sky, pixels.enlarged(half, width, height))
    return np.asarray(cv2.cvtColor(sky, cv2.COLOR_RGB2RGBA), np.uint8)


def _flatten_onto(image: Rgba, behind: str) -> Rgba:
    height, width = image.shape[:2]
    base = np.full((height, width, 3), rgb(behind), np.uint8)
    composite(base, image)
    return np.asarray(cv2.cvtColor(base, cv2.COLOR_RGB2RGBA), np.uint8)


_FLOOR_GLOSS = {
    "lab": 0.2,
    "office": 0.22,
    "corridor": 0.22,
    "server": 0.25,
    "spaceship": 0.25,
    "dojo": 0.2,
    "gym": 0.22,
    "bath house": 0.2,
    "theatre": 0.08,
    "museum": 0.2,
    "elevator": 0.2,
    "bathroom": 0.16,
    "hospital": 0.16,
    "train": 0.12,
}


def _gloss(kind: str, light: Light) -> float:
    if kind in ROOMS:
        return _FLOOR_GLOSS.get(kind, 0.06)
    if kind in ("sky", "space", "planet", "underwater", "cave"):
        return 0.0
    if light.is_wet:
        return 0.5
    return 0.14 if light.day_phase == "night" and kind in ("street", "alley", "highway") else 0.0


def _mirror_ground(place: Rgba, behind: list[Layer], horizon: float, gloss: float) -> None:
    """Mirror what stands above the horizon in the ground, smeared downwards, in place."""
    height, width = place.shape[:2]
    top = int(horizon)
    rows = min(height - top, top)
    if gloss <= 0 or rows < 16:
        return
    above = np.zeros((rows, width, 3), np.uint8)
    for image in [layer.image for layer in behind] + [place]:
        composite(above, image[top - rows : top])
    mirrored = cv2.blur(cv2.flip(above, 0), (5, max(3, rows // 9) | 1))
    down = np.arange(rows, dtype=np.float32) / rows
    # nothing at the horizon itself, and gone again where the mirrored picture ends
    share = np.clip(down / 0.35, 0, 1) * np.clip((1 - down) / 0.3, 0, 1) * gloss
    ground = place[top : top + rows]
    lighter = cv2.max(cv2.cvtColor(ground, cv2.COLOR_RGBA2RGB), mirrored)
    lit = np.asarray(cv2.addWeighted(lighter, 0.75, mirrored, 0.25, 0), np.uint8)
    pixels.blend_rows(ground, lit, share)


def _add_fog(image: Rgba, horizon: float, haze: str, tall: int) -> None:
    """Lay fog over a picture, thickest at the horizon, in place."""
    rows = np.arange(image.shape[0], dtype=np.float32)
    share = 0.5 * np.exp(-(((rows - horizon) / (tall * 0.42)) ** 2))
    pixels.blend_rows(image, np.full((*image.shape[:2], 3), rgb(haze), np.uint8), share)


def _glow_image(set_builder: SetBuilder, light: Light, frame: Frame, beams: bool, blur: float) -> Rgba | None:
    width, height = frame.size
    lights_svg = set_builder.lights_svg("l")
    if beams and light.day_phase in ("day", "dawn", "dusk") and light.weather == "clear":
        pen = Pen(prefix="b")
        for index in range(3):
            x = width * (0.16 + index * 0.27)
            lean = width * 0.2 * -light.side
            low = [(x + width * 0.13 + lean, height), (x - width * 0.02 + lean, height)]
            beam = polygon([(x, -20), (x + width * 0.09, -20), *low])
            pen.fill(beam, mix(light.rim, light.sky[2], 0.4), 0.16)
        lights_svg += pen.svg
    if not lights_svg:
        return None
    quarter = render(lights_svg, width // 4, height // 4, (0, 0, width, height))
    strength = 0.75 if light.is_dark else 0.5
    return pixels.bloom(quarter, width, height, (2.2 + blur * 0.5) * frame.unit / 512, strength)


def _prop_layers(brief: KeyframeBrief, layout: Layout, drawing: DrawingOptions) -> list[Layer]:
    """Return the layer of what the action names besides people; none where nothing of it stands about."""
    frame = layout.frame
    floor = Floor(*frame.size, (frame.width, frame.height), tuple(one.x for one in layout.staging.placed))
    line = max(0.8, 1.5 * frame.unit / 512) * drawing.detail
    held = {subject.holds for subject in brief.subjects}
    objects = [words for words in brief.objects if words not in held]
    props = draw_props(objects, brief.setting.place, floor, layout.camera, layout.light, line)
    return [props] if props is not None else []


def _insert_layers(brief: KeyframeBrief, frame: Frame, light: Light, drawing: DrawingOptions) -> list[Layer]:
    width, height = frame.size
    looks = _looks(brief)
    look = looks[brief.subjects[0].character] if brief.subjects else None
    object_svg, lights_svg = draw_insert(brief.objects, look, light, 1.6 * drawing.detail)
    scale = frame.unit / 512
    view = (-width / 2 / scale, -height / 2 / scale, width / scale, height / scale)
    image = render(object_svg, width, height, view)
    edge = pixels.rim_mask(np.ascontiguousarray(image[..., 3]), light.side, 1.5, 4 * scale)
    tinted_image = pixels.tinted(image, light.tint, edge, light.rim, 0.7)
    layers = [Layer("object", 1.0, tinted_image)]
    if lights_svg:
        quarter = render(lights_svg, width // 4, height // 4, view)
        layers.append(Layer("object-light", 1.0, pixels.bloom(quarter, width, height, 3.0 * scale, 0.8), glow=True))
    return layers


def _foreground_layer(
    frame: Frame, light: Light, placed: tuple[PlacedSubject, ...], brief: KeyframeBrief
) -> Layer | None:
    """Return something dark and blurred in a lower corner of the picture; None if a figure stands there."""
    seed = seed_from("foreground", brief.setting.place)
    side = 1 if seed % 2 else -1
    edge = frame.margin + (frame.width if side > 0 else 0)
    if any(abs(edge - one.x) < frame.width * 0.2 for one in placed):
        return None
    kind = set_kind(brief.setting)
    if kind in OPEN_KINDS:
        return None
    width, height = frame.size
    pen = Pen(prefix="f")
    dark = mix(scale_rgb(light.haze, 0.22), "#080812", 0.5)
    unit, low = frame.unit, frame.margin + frame.height
    if kind not in LEAFY_KINDS:
        # the back of a chair or the corner of a crate
        top, wide = low - unit * 0.11, unit * 0.24
        outer, inner = edge + side * frame.margin, edge - side * wide
        points = [(outer, top), (edge - side * wide * 0.7, top), (inner, top + unit * 0.05), (inner, height + 40)]
        pen.fill(smooth([*points, (outer + side * frame.margin, height + 40)]), dark)
    else:
        for index in range(7):
            lean = 0.12 + index * 0.2
            reach = unit * (0.34 - 0.03 * ((seed >> index) % 4))
            root = (edge + side * frame.margin * 0.6, low + unit * 0.06)
            tip = (root[0] - side * reach * math.sin(lean), root[1] - reach * math.cos(lean))
            middle = ((root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2 - unit * 0.03)
            pen.fill(band([root, middle, tip], [unit * 0.02, unit * 0.05, 0]), dark)
    small = render(pen.svg, width // 4, height // 4, (0, 0, width, height))
    soft = pixels.softened(small, 1.1 * unit / 512)
    return Layer("foreground", 1.4, pixels.enlarged(soft, width, height))
