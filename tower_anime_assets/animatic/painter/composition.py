"""Composition of a keyframe: camera and set, subjects in their framing and the light over all, as a layered picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tower_anime_assets.animatic.painter import pixels
from tower_anime_assets.animatic.painter.backdrop import draw_horizon, draw_sky
from tower_anime_assets.animatic.painter.colour import mix, rgb, scale_rgb
from tower_anime_assets.animatic.painter.figure import Box, Stance, draw_figure, face_boxes, head_box
from tower_anime_assets.animatic.painter.inserts import draw_insert
from tower_anime_assets.animatic.painter.light import Light, light_of
from tower_anime_assets.animatic.painter.look import Look, look_of
from tower_anime_assets.animatic.painter.outdoors import build_outdoors
from tower_anime_assets.animatic.painter.places import GREEN_PLACES, place_kind
from tower_anime_assets.animatic.painter.rooms import ROOMS, build_room, has_windows
from tower_anime_assets.animatic.painter.set_builder import Camera, SetBuilder
from tower_anime_assets.animatic.painter.vector import Pen, band, polygon, render, smooth
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.layer_file import composite
from tower_anime_assets.media.layers import Layer, LayeredPicture, Patch, Rgba
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.reframing import portrait_gain
from tower_anime_assets.production.planning.shots import Facing, Framing, Pose, Subject

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


@dataclass(frozen=True)
class _Lens:
    """How a framing is shot.

    Attributes:
        head: Height of a head, as a share of the frame's unit.
        crown: Height of the crown below the frame's top, as a share of the frame's height.
        focal: Focal length, as a share of the frame's width.
        blur: How far the place is out of focus, px at 512 lines.
        spread: How far apart subjects stand, 1 fills the frame.
    """

    head: float
    crown: float
    focal: float
    blur: float
    spread: float


_LENSES = {
    Framing.WIDE: _Lens(0.094, 0.0, 0.95, 0.0, 0.82),
    Framing.MEDIUM: _Lens(0.290, 0.155, 1.5, 1.3, 0.62),
    Framing.TWO_SHOT: _Lens(0.232, 0.205, 1.3, 0.9, 0.74),
    Framing.CLOSE_UP: _Lens(0.555, 0.165, 2.2, 3.2, 0.36),
    Framing.OVER_SHOULDER: _Lens(0.305, 0.16, 1.7, 2.0, 0.66),
    Framing.INSERT: _Lens(0.6, 0.1, 2.2, 4.0, 0.4),
}

_REACHING_POSES = (Pose.POINT, Pose.REACH, Pose.RUN, Pose.TYPE)
_LONG_PLACES = ("corridor", "train", "street", "alley", "highway", "shrine", "forest", "park", "server", "station")

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
class _Frame:
    """The frame and the margin around it, px."""

    width: int
    height: int
    margin: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the canvas."""
        return self.width + 2 * self.margin, self.height + 2 * self.margin

    @property
    def unit(self) -> float:
        """The length that figures are measured by."""
        return min(float(self.height), self.width * 0.9)


@dataclass(frozen=True)
class _PlacedSubject:
    """A subject on the canvas: scale in px per figure unit, and where the figure's origin lies."""

    subject: Subject
    stance: Stance
    scale: float
    x: float
    y: float

    def on_canvas(self, box: Box) -> Box:
        """Return a box of the figure in px of the canvas."""
        left, top, right, bottom = (side * self.scale for side in box)
        return self.x + left, self.y + top, self.x + right, self.y + bottom


def margin_of(width_px: int, height_px: int) -> int:
    """Return how far the canvas reaches beyond the frame on every side, px."""
    return max(8, round(max(width_px, height_px) * 0.125 / 2) * 2)


def draw_keyframe(brief: KeyframeBrief, drawing: DrawingOptions | None = None) -> LayeredPicture:
    """Return the keyframe of a brief in layers, from sky to foreground.

    Raises:
        MediaError: The size cannot be drawn, or a subject is not in the cast.
    """
    drawing = drawing or DrawingOptions(seed=brief.seed)
    if not (64 <= brief.width_px <= 4096 and 64 <= brief.height_px <= 4096):
        raise MediaError(
            f"a keyframe of {brief.width_px}x{brief.height_px} px cannot be drawn; expected sides of 64 to 4096 px. "
            "Set another delivery.working"
        )
    frame = _Frame(brief.width_px, brief.height_px, margin_of(brief.width_px, brief.height_px))
    light = light_of(brief.setting, brief.effects, brief.style.palette, drawing.saturation)
    placed = _place_subjects(brief, frame, light, drawing)
    layers = _background_layers(brief, frame, light, drawing)
    if brief.framing is Framing.INSERT:
        layers.extend(_insert_layers(brief, frame, light, drawing))
    else:
        layers.extend(_figure_layer(one, frame, light) for one in placed)
    if brief.framing is Framing.WIDE and (near := _foreground_layer(frame, light, placed, brief)) is not None:
        layers.append(near)
    graded = tuple(_grade_layer(layer, drawing) for layer in layers)
    return LayeredPicture(frame.width, frame.height, frame.margin, graded)


def _grade_layer(layer: Layer, drawing: DrawingOptions) -> Layer:
    if layer.glow or (drawing.contrast == 1.0 and drawing.saturation == 1.0):
        return layer

    def grade(image: Rgba) -> Rgba:
        return pixels.graded(image, drawing.contrast, drawing.saturation)

    patches = tuple(replace(patch, image=grade(patch.image)) for patch in layer.patches)
    return replace(layer, image=grade(layer.image), patches=patches)


def _looks(brief: KeyframeBrief) -> dict[str, Look]:
    looks = {character.id: look_of(character.appearance) for character in brief.cast}
    for subject in brief.subjects:
        if subject.character not in looks:
            raise MediaError(f"subject {subject.character!r} is not in the keyframe's cast: {sorted(looks)}")
    return looks


def _place_subjects(brief: KeyframeBrief, frame: _Frame, light: Light, drawing: DrawingOptions) -> list[_PlacedSubject]:
    looks = _looks(brief)
    placed = [_place_subject(one, looks[one.character], brief, frame, light, drawing) for one in brief.subjects]
    figures = _separate_subjects([one for one in placed if not one.subject.is_foreground], frame)
    if brief.framing is Framing.WIDE:  # low figures in front, or knees and coats would hide their faces
        figures.sort(key=lambda one: one.subject.pose in (Pose.SIT, Pose.CROUCH))
    near = [_keep_clear_of_faces(one, figures, frame) for one in placed if one.subject.is_foreground]
    return [*figures, *near]


def _lens_for(brief: KeyframeBrief, frame: _Frame) -> _Lens:
    """Return the lens of a brief's framing, closer in a portrait frame, which has height to spare."""
    people = sum(not subject.is_foreground for subject in brief.subjects)
    lens = _LENSES[brief.framing]
    return replace(lens, head=lens.head * portrait_gain(brief.framing, people, frame.width, frame.height))


def _place_subject(
    subject: Subject, look: Look, brief: KeyframeBrief, frame: _Frame, light: Light, drawing: DrawingOptions
) -> _PlacedSubject:
    lens = _lens_for(brief, frame)
    sway = (seed_from("sway", drawing.seed, subject.character, brief.occurrence) % 100) / 100 * 5 - 2.5
    head = lens.head * frame.unit
    crown = frame.margin + lens.crown * frame.height
    facing, pose = subject.facing, subject.pose
    if subject.is_foreground:
        head, crown, facing, pose = 0.43 * frame.unit, frame.margin + 0.3 * frame.height, Facing.AWAY, Pose.STAND
    scale = head / 100
    line = (0.8 + 0.62 * scale) / scale * drawing.detail
    wide = brief.framing is Framing.WIDE
    # a tilting camera looks below the frame: legs are drawn wherever the canvas reaches below the hips
    legs = wide or (crown + 250 * scale < frame.size[1] and not subject.is_foreground)
    stance = Stance(look, subject.emotion, pose, facing, legs, line, light.side, sway)
    body = stance.body
    if wide:
        crown = frame.margin + frame.height * 0.925 - body.ground_y * scale
    elif pose in (Pose.SIT, Pose.CROUCH) and not subject.is_foreground:
        # in closer framings the camera goes down with a figure that sits or crouches
        crown -= body.drop * scale
    x = frame.margin + frame.width * (0.5 + 0.5 * subject.x * lens.spread)
    if look.is_child and not wide:
        crown += head * 0.25
    return _PlacedSubject(subject, stance, scale, x, crown)


def _separate_subjects(placed: list[_PlacedSubject], frame: _Frame) -> list[_PlacedSubject]:
    """Move figures sideways until no head hides another; one that leans is placed by its head."""
    leaning = {one.subject.character: _head_offset(one) for one in placed}
    order = sorted(placed, key=lambda one: one.x)
    need = [118 * one.scale for one in order]
    total = sum(need)
    room = frame.width * 0.94
    squeeze = min(1.0, room / total) if total else 1.0
    xs = [one.x + leaning[one.subject.character] * 0.7 for one in order]
    for _ in range(24):
        for index in range(len(xs) - 1):
            gap = (need[index] + need[index + 1]) / 2 * squeeze - (xs[index + 1] - xs[index])
            if gap > 0:
                xs[index] -= gap / 2
                xs[index + 1] += gap / 2
        low, high = frame.margin + frame.width * 0.03, frame.margin + frame.width * 0.97
        xs = [
            min(max(x, low + half / 2 * squeeze), high - half / 2 * squeeze) for x, half in zip(xs, need, strict=True)
        ]
    moved = {one.subject.character: x - leaning[one.subject.character] * 0.7 for one, x in zip(order, xs, strict=True)}
    return [replace(one, x=moved[one.subject.character]) for one in placed]


def _head_offset(figure: _PlacedSubject) -> float:
    left, _, right, _ = head_box(figure.stance)
    return (left + right) / 2 * figure.scale


def _keep_clear_of_faces(near: _PlacedSubject, figures: list[_PlacedSubject], frame: _Frame) -> _PlacedSubject:
    """Move a foreground figure sideways until it hides no face."""
    half = 62 * near.scale
    x = min(max(near.x, frame.margin + frame.width * 0.02), frame.margin + frame.width * 0.98)
    for other in figures:
        left, _, right, _ = other.on_canvas(head_box(other.stance))
        x = min(x, left - half) if near.subject.x <= other.subject.x else max(x, right + half)
    return replace(near, x=x)


def _camera_for(brief: KeyframeBrief, frame: _Frame, drawing: DrawingOptions) -> Camera:
    lens = _lens_for(brief, frame)
    kind = place_kind(brief.setting)
    width, _ = frame.size
    focal = lens.focal * frame.width * (1.0 if frame.width >= frame.height else 1.35)
    per_metre = lens.head * frame.unit / 100 / METRES_PER_UNIT
    eye_m = 1.45
    if brief.framing is Framing.WIDE:
        sole = frame.margin + frame.height * 0.925
        if not brief.subjects:
            per_metre, eye_m, sole = per_metre * 0.9, 2.1, frame.margin + frame.height * 1.06
    else:
        sole = frame.margin + lens.crown * frame.height + 664 * lens.head * frame.unit / 100
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
        yaw_deg, eye_m, focal = yaw_deg + turned_deg, eye_m + raised_m, focal * focal_gain
        horizon += raised_m * frame.unit * 0.035
    distance_m = focal / per_metre
    shift_m = turn * 0.12 * distance_m + jitter * 0.2
    return Camera(focal, width / 2, horizon, eye_m, distance_m, yaw_deg, shift_m)


def _background_layers(brief: KeyframeBrief, frame: _Frame, light: Light, drawing: DrawingOptions) -> list[Layer]:
    camera = _camera_for(brief, frame, drawing)
    kind = place_kind(brief.setting)
    seed = seed_from("place", brief.setting.place.strip().lower())
    width, height = frame.size
    indoors = kind in ROOMS
    is_subject = not brief.subjects and brief.framing is not Framing.INSERT  # nothing stands before the place
    blur = 0.0 if is_subject else _LENSES[brief.framing].blur * frame.unit / 512 / max(0.6, drawing.detail)
    # a blurred place is drawn small and enlarged: the same picture in a fraction of the time
    render_scale = 0.5 if blur >= 1.2 else 1.0
    size = round(width * render_scale), round(height * render_scale)

    def rasterize(elements: str) -> Rgba:
        image = render(elements, *size, (0, 0, width, height))
        if blur:
            image = pixels.softened(image, blur * render_scale)
        return pixels.enlarged(image, width, height) if render_scale < 1 else image

    build_set = build_room if indoors else build_outdoors
    set_builder = build_set(camera, light, (width, height), kind, seed)
    layers: list[Layer] = []
    outside = not indoors or has_windows(kind)
    if outside:
        layers.append(Layer("sky", 0.05, _sky_image(light, frame, camera, seed, kind == "ship")))
        if kind != "ship":
            layers.append(Layer("far", 0.3, rasterize(draw_horizon(camera, light, kind, (width, height), seed))))
    place_image = rasterize(set_builder.set_svg("s"))
    if not layers:
        place_image = _flatten_onto(place_image, scale_rgb(ROOMS[kind].wall, 0.5))
    _mirror_ground(place_image, layers, camera.horizon_px, _gloss(kind, light))
    if light.weather == "fog" and not indoors:
        for image in [layer.image for layer in layers[1:]] + [place_image]:
            _add_fog(image, camera.horizon_px, light.haze, frame.height)
    layers.append(Layer("room" if indoors else "place", 0.75, place_image))
    glow = _glow_image(set_builder, light, frame, indoors and outside, blur)
    if glow is not None:
        layers.append(Layer("lights", 0.75, glow, glow=True))
    return layers


def _sky_image(light: Light, frame: _Frame, camera: Camera, seed: int, space: bool) -> Rgba:
    width, height = frame.size
    horizon = min(0.95, max(0.2, camera.horizon_px / height))
    stops = ((0.0, light.sky[0]), (horizon * 0.62, light.sky[1]), (horizon, light.sky[2]), (1.0, light.haze))
    if space:
        stops = ((0.0, "#05060f"), (0.5, "#0b1030"), (0.8, "#1a1648"), (1.0, "#0a0a1c"))
    sky = pixels.gradient(width, height, stops)
    elements = draw_sky(light, (width, height), horizon * height, seed, space)
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
    "ship": 0.25,
    "hospital": 0.16,
    "train": 0.12,
}


def _gloss(kind: str, light: Light) -> float:
    if kind in ROOMS:
        return _FLOOR_GLOSS.get(kind, 0.06)
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


def _glow_image(set_builder: SetBuilder, light: Light, frame: _Frame, beams: bool, blur: float) -> Rgba | None:
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


def _figure_layer(figure: _PlacedSubject, frame: _Frame, light: Light) -> Layer:
    width, height = frame.size
    look, pose = figure.stance.look, figure.stance.pose
    wide = 260.0 if pose in _REACHING_POSES or look.marks & {"wings", "cape"} else 170.0
    left, top, right, low = figure.on_canvas((-wide, -130.0, wide, 700.0))
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
    line_px, rim_px = figure.stance.line_width * figure.scale * 0.6, max(1.0, 2.1 * figure.scale)
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
    depth = 1.25 if figure.subject.is_foreground else 1.0
    return Layer(name, depth, image, name, patches)


def _view_box(figure: _PlacedSubject, x0: int, y0: int, x1: int, y1: int) -> Box:
    """Return the part of figure space that a box of whole pixels shows, as (x, y, width, height)."""
    scale = figure.scale
    return (x0 - figure.x) / scale, (y0 - figure.y) / scale, (x1 - x0) / scale, (y1 - y0) / scale


def _contact_shadow(figure: _PlacedSubject) -> str:
    body = figure.stance.body
    xs = [leg.ankle[0] for leg in body.legs]
    middle, half = (min(xs) + max(xs)) / 2 + 8, (max(xs) - min(xs)) / 2 + 62
    if figure.stance.is_mirrored:
        middle = -middle
    y = body.ground_y - 4
    ring = f'<ellipse cx="{middle:.1f}" cy="{y:.1f}" rx="{half:.1f}" ry="15" fill="#0a0820" fill-opacity="0.42"/>'
    wide = f'cx="{middle + 16:.1f}" cy="{y:.1f}" rx="{half * 1.5:.1f}" ry="20"'
    return f'{ring}<ellipse {wide} fill="#0a0820" fill-opacity="0.18"/>'


def _patches(
    figure: _PlacedSubject,
    frame: _Frame,
    origin: tuple[int, int],
    edge: pixels.Plane,
    tint: str,
    rim: str,
    strength: float,
) -> tuple[Patch, ...]:
    mouth, eyes = face_boxes(figure.stance)
    patches = []
    for name, box, shape in (("mouth-half", mouth, "half"), ("mouth-open", mouth, "open"), ("eyes-closed", eyes, "")):
        left, top, right, low = figure.on_canvas(box)
        x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
        x1, y1 = min(frame.size[0], math.ceil(right)), min(frame.size[1], math.ceil(low))
        if x1 - x0 < 3 or y1 - y0 < 3:
            continue
        drawn = draw_figure(figure.stance, shape, "" if shape else "closed", head_only=True)
        part = render(drawn, x1 - x0, y1 - y0, _view_box(figure, x0, y0, x1, y1))
        across = edge[y0 - origin[1] : y1 - origin[1], x0 - origin[0] : x1 - origin[0]]
        patches.append(Patch(name, x0, y0, pixels.tinted(part, tint, across, rim, strength)))
    return tuple(patches)


def _insert_layers(brief: KeyframeBrief, frame: _Frame, light: Light, drawing: DrawingOptions) -> list[Layer]:
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


def _foreground_layer(frame: _Frame, light: Light, placed: list[_PlacedSubject], brief: KeyframeBrief) -> Layer | None:
    """Return something dark and blurred in a lower corner of the picture; None if a figure stands there."""
    seed = seed_from("foreground", brief.setting.place)
    side = 1 if seed % 2 else -1
    edge = frame.margin + (frame.width if side > 0 else 0)
    if any(abs(edge - one.x) < frame.width * 0.2 for one in placed):
        return None
    width, height = frame.size
    pen = Pen(prefix="f")
    dark = mix(scale_rgb(light.haze, 0.22), "#080812", 0.5)
    unit, low = frame.unit, frame.margin + frame.height
    if place_kind(brief.setting) not in GREEN_PLACES:
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
