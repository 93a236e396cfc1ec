"""Heads without hair: skull, ears, eyes, brows, nose, mouth, and the marks a face carries.

Everything is drawn in head units: the head is 100 high, (0, 0) is its middle, the chin at y = 50. A head seen
three-quarter looks to the right; mirroring is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import INK, mix, scale_rgb
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, Point, band, box, corner, ellipse, polygon, smooth
from tower_anime_assets.production.planning.shots import Emotion


@dataclass(frozen=True)
class Expression:
    """How a face is set.

    Attributes:
        lids: How far the upper lid is open, 1 is at rest.
        lower: How far the lower lid is raised, 0 to 1.
        slant: Upper lid's slope: positive lowers the inner corner (anger), negative the outer one (sorrow).
        iris: Size of the iris, 1 at rest.
        gaze: Displacement of the gaze, head units (x, y).
        brow_in: Height of the brow's inner end, positive is up.
        brow_out: Height of its outer end.
        mouth: Shape of the mouth at rest: line, flat, smile, soft, frown, firm, smirk, waver, grit or small-o.
        marks: Of blush, sweat, tears, gloom, shine.
        tilt_deg: The head's tilt, clockwise.
    """

    lids: float = 1.0
    lower: float = 0.0
    slant: float = 0.0
    iris: float = 1.0
    gaze: tuple[float, float] = (0.0, 0.0)
    brow_in: float = 0.0
    brow_out: float = 0.0
    mouth: str = "line"
    marks: tuple[str, ...] = ()
    tilt_deg: float = 0.0


EXPRESSIONS: dict[Emotion, Expression] = {
    Emotion.NEUTRAL: Expression(),
    Emotion.HAPPY: Expression(0.92, 0.3, 0.0, 1.06, (0, 0), 3, 2, "smile", ("blush", "shine"), 3),
    Emotion.SAD: Expression(0.76, 0.1, -0.32, 1.0, (-1, 2.0), 6.5, -4.0, "frown", ("tears",), 4),
    Emotion.ANGRY: Expression(0.84, 0.2, 0.5, 0.84, (0, 0), -6.5, 5.0, "grit", (), -2),
    Emotion.AFRAID: Expression(1.2, -0.15, -0.15, 0.66, (0, 0), 7, -0.5, "waver", ("sweat", "gloom"), -3),
    Emotion.SURPRISED: Expression(1.26, -0.2, 0.0, 0.78, (0, -0.5), 8, 6.5, "small-o", (), -1),
    Emotion.DETERMINED: Expression(0.84, 0.22, 0.42, 1.0, (0, 0), -6.5, 4.5, "firm", ("shine",), 1),
    Emotion.TENSE: Expression(1.04, 0.3, 0.05, 0.76, (1.2, 0), -4.0, -1.5, "flat", ("sweat",), -1),
    Emotion.TENDER: Expression(0.78, 0.12, -0.1, 1.06, (0, 1.0), 3.5, -1.0, "soft", ("blush", "shine"), 5),
    Emotion.SMUG: Expression(0.62, 0.22, 0.08, 0.96, (1.5, 0), -1.5, 5.0, "smirk", (), -4),
}
"""The expression of each emotion."""


@dataclass(frozen=True)
class EyeShape:
    """Where an eye lies; `outer` is 1 when its outer corner is on the right, -1 when on the left."""

    x: float
    y: float
    half_width: float
    half_height: float
    outer: int


@dataclass(frozen=True)
class FaceLayout:
    """Where the parts of a face lie in head units."""

    turned: bool
    outline: tuple[Point, ...]
    eyes: tuple[EyeShape, EyeShape]
    nose: tuple[float, float]
    mouth: tuple[float, float]
    mouth_width: float

    @property
    def mouth_box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of what a speaking mouth may change."""
        x, y = self.mouth
        return x - self.mouth_width - 4, y - 9, x + self.mouth_width + 4, y + 12

    @property
    def eyes_box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of what a blink may change."""
        left, right = self.eyes
        return left.x - 16, left.y - 19, right.x + 15, left.y + 16


def face_layout_of(look: Look, turned: bool) -> FaceLayout:
    """Return the face of a look, three-quarter when `turned`, else from the front."""
    soft = look.softness
    jaw = (1 - soft) * 4.0 + {"broad": 2.0, "plump": 4.0, "heavy": 5.5, "fat": 7.0}.get(look.build, 0.0)
    chin = 4.5 + (1 - soft) * 5.0
    tall = 6.9 + 4.0 * soft
    wide = 9.4 + 1.3 * soft
    eye_y = 7.0 if soft > 0.4 else 5.0
    if look.is_child:
        young = max(0.0, (9 - look.age_years) / 9)
        eye_y, tall, wide, jaw = 10.0 + 3 * young, 11.5 + 1.2 * young, 11.0 + 0.8 * young, 1.5 + 3.5 * young
        chin += 2.5 * young
    if not turned:
        half = [(37.5, -16.0), (36.6, 6.0), (32.0 + jaw * 0.35, 22.0), (22.0 + jaw * 1.1, 37.0), (chin + 3.5, 48.5)]
        left = [(-x, y) for x, y in reversed(half)]
        outline = (*half, (0.0, 51.5), *left, (-29.0, -42.0), (0.0, -51.0), (29.0, -42.0))
        eyes = (EyeShape(-17.2, eye_y, wide, tall, -1), EyeShape(17.2, eye_y, wide, tall, 1))
        return FaceLayout(False, outline, eyes, (0.8, 23.0), (0.0, 34.5), 9.0)
    outline = (
        (34.5, -18.0), (32.6, -5.0), (34.2, 7.0), (31.5 + jaw * 0.2, 20.0), (26.0 + jaw * 0.6, 34.0),
        (16.0 + chin * 0.55, 48.0), (11.5, 51.5), (3.5 - chin * 0.2, 49.0), (-13.0 - jaw * 1.1, 39.0),
        (-26.5 - jaw * 0.7, 25.0), (-32.0, 6.0), (-34.0, -16.0), (-27.0, -42.0), (2.0, -51.0), (27.0, -42.0),
    )  # fmt: skip
    eyes = (EyeShape(-7.5, eye_y, wide, tall, -1), EyeShape(22.0, eye_y, wide * 0.76, tall * 0.98, 1))
    return FaceLayout(True, outline, eyes, (17.5, 22.0), (12.0, 34.8), 8.0)


def draw_face(
    pen: Pen, look: Look, face: FaceLayout, expression: Expression, mouth: str = "", eyes: str = "", bangs: str = ""
) -> None:
    """Draw a face on a head.

    Args:
        pen: What to draw with, in head units.
        look: Whose face.
        face: Where its parts lie.
        expression: How it is set.
        mouth: "half" or "open" for a speaking mouth, "" for the expression's own.
        eyes: "closed" for a blink, "" for the expression's own.
        bangs: Path of the hair over the forehead, whose shadow falls on the face; "" without hair.
    """
    outline = smooth(face.outline)
    _draw_ears(pen, look, face)
    pen.fill(outline, look.skin.base)
    with pen.clip_to(outline):
        _draw_shades(pen, look, face, expression, bangs)
    pen.stroke(outline, look.skin.line)
    _draw_nose(pen, look, face)
    for eye in face.eyes:
        if eyes == "closed":
            _draw_closed_eye(pen, look, eye, expression)
        else:
            _draw_open_eye(pen, look, eye, expression)
        _draw_brow(pen, look, eye, expression)
    _draw_age_lines(pen, look, face)
    _draw_mouth(pen, look, face, mouth or expression.mouth)
    _draw_beard(pen, look, face)
    draw_emotion_marks(pen, face, expression)


def _draw_ears(pen: Pen, look: Look, face: FaceLayout) -> None:
    for side in (-1,) if face.turned else (-1, 1):
        x = -33.5 if face.turned else 37.5 * side
        ear = smooth([(x, -6), (x + 6.5 * side, -5), (x + 7.5 * side, 5), (x + 3.5 * side, 16), (x, 18)])
        pen.cel(ear, look.skin, reach=0.5)
        pen.taper([(x + 1.5 * side, -2), (x + 4.5 * side, 1), (x + 2.5 * side, 11)], pen.line * 0.8, look.skin.line)
        if "earrings" in look.marks:
            pen.shape(ellipse(x + 4 * side, 20, 2.2, 3.4), look.accent.light, look.accent.line, pen.line * 0.6)


def _draw_shades(pen: Pen, look: Look, face: FaceLayout, expression: Expression, bangs: str) -> None:
    shade = look.skin.shade
    if bangs:
        pen.add(f'<path d="{bangs}" fill="{shade}" transform="translate({-pen.shift[0] * 0.4:.1f} 6.5)"/>')
    # the side of the face away from the light, as one crescent
    away = 1 if pen.shift[0] < 0 else -1
    edge = 37.0 * away + (0 if away > 0 or not face.turned else 3)
    inner = [(edge - 5.5 * away, 0), (edge - 10 * away, 20), (edge - 19 * away, 36), corner(edge - 30 * away, 52)]
    pen.fill(smooth([corner(edge, -30), *inner, corner(edge, 56)]), shade)
    if "gloom" in expression.marks:
        pen.fade(box(-50, -40, 100, 62), "#4a5bb0", 0.85)
    if "blush" in expression.marks:
        for eye in face.eyes:
            x = eye.x + (3.5 * eye.outer)
            pen.fill(ellipse(x, eye.y + 15.5, eye.half_width * 0.95, 4.6), "#f0566a", 0.32)
            for step in (-3.2, 0.0, 3.2):
                pen.stroke(f"M{x + step + 1:.1f},{eye.y + 13.6:.1f}l-2.2,4", "#d8384f", pen.line * 0.55, 0.75)


def _draw_nose(pen: Pen, look: Look, face: FaceLayout) -> None:
    (x, y), skin = face.nose, look.skin
    strong = 1 - look.softness
    if face.turned:
        pen.fill(polygon([(x + 0.6, y - 4.5 - 5 * strong), (x + 4.6, y + 1.2), (x - 0.5, y + 2.6)]), skin.shade)
        ridge = [(x + 2.2, y - 4 - 9 * strong), (x + 5.0, y + 0.8), (x + 1.4, y + 2.4)]
        pen.taper(ridge, pen.line * 0.95, skin.line)
        return
    pen.fill(polygon([(x - 1.0, y - 5 - 4 * strong), (x + 3.4, y + 2.0), (x - 1.6, y + 2.4)]), skin.shade)
    pen.taper([(x - 1.8, y + 2.0), (x + 0.6, y + 3.0), (x + 3.0, y + 1.4)], pen.line * 0.9, skin.line)
    if strong > 0.5:
        pen.taper([(x + 3.6, y - 14), (x + 2.4, y - 6), (x + 3.8, y + 0.6)], pen.line * 0.7, skin.line, 0.7)


def _lids(eye: EyeShape, expression: Expression) -> tuple[list[Point], list[Point]]:
    """Return the upper lid from the inner to the outer corner, and the lower lid back."""
    out, w, h = eye.outer, eye.half_width, eye.half_height
    top = h * min(1.28, expression.lids)
    low = h * (0.86 - 0.5 * expression.lower)
    slant = expression.slant * h
    inner = (eye.x - out * w, eye.y + 2.0 + max(0.0, slant) * 0.4)
    outer = (eye.x + out * w, eye.y - 0.6 - min(0.0, slant) * 0.7)
    upper: list[Point] = [
        inner,
        (eye.x - out * w * 0.55, eye.y - top * 0.76 + slant * 0.75),
        (eye.x + out * w * 0.1, eye.y - top),
        (eye.x + out * w * 0.68, eye.y - top * 0.68 - slant * 0.45),
        outer,
    ]
    lower: list[Point] = [
        outer,
        (eye.x + out * w * 0.6, eye.y + low * 0.88),
        (eye.x - out * w * 0.1, eye.y + low),
        (eye.x - out * w * 0.7, eye.y + low * 0.66),
        inner,
    ]
    return upper, lower


def _draw_open_eye(pen: Pen, look: Look, eye: EyeShape, expression: Expression) -> None:
    upper, lower = _lids(eye, expression)
    shape = smooth([corner(*upper[0]), *upper[1:-1], corner(*upper[-1]), *lower[1:-1]])
    pen.fill(shape, "#fbfaff")
    across = eye.half_width * (0.64 + 0.06 * look.softness) * expression.iris
    down = eye.half_height * 0.98 * expression.iris
    if look.softness < 0.35:
        across, down = across * 0.86, down * 1.05
    x, y = eye.x + expression.gaze[0] - 0.4 * eye.outer, eye.y + expression.gaze[1] - 0.2
    dark, bright = mix(scale_rgb(look.eye, 0.42), "#0c0820", 0.35), mix(look.eye, "#ffffff", 0.42)
    with pen.clip_to(shape):
        # the lash's shadow on the white, then the iris: rim, body from dark to bright, pupil, lights
        pen.fill(band(upper, [3.0, 5.5, 6.5, 6.0, 4.0]), "#b9b6d6", 0.85)
        pen.fill(ellipse(x, y, across, down), dark)
        pen.gradient(ellipse(x, y + down * 0.06, across * 0.86, down * 0.88), mix(look.eye, dark, 0.55), bright)
        pen.fill(ellipse(x, y + down * 0.56, across * 0.56, down * 0.26), mix(bright, "#ffffff", 0.35), 0.75)
        pen.fill(ellipse(x, y - down * 0.02, across * 0.4, down * 0.46), mix(dark, "#05030c", 0.6))
        pen.fill(band(upper, [2.0, 4.0, 4.6, 4.2, 2.5]), dark, 0.6)
    pen.fill(ellipse(x - across * 0.36, y - down * 0.42, across * 0.36, down * 0.27), "#ffffff")
    pen.fill(ellipse(x + across * 0.42, y + down * 0.42, across * 0.17, down * 0.13), "#ffffff", 0.95)
    if "shine" in expression.marks:
        pen.fill(ellipse(x - across * 0.3, y + down * 0.5, across * 0.13, down * 0.1), "#ffffff", 0.9)
    _draw_lashes(pen, look, eye, upper, lower)


def _draw_lashes(pen: Pen, look: Look, eye: EyeShape, upper: list[Point], lower: list[Point]) -> None:
    lash = mix(look.hair.line, INK, 0.6)
    out = eye.outer
    weight = 2.6 + 1.5 * look.softness
    tip = (upper[-1][0] + out * (2.2 + 1.5 * look.softness), upper[-1][1] - 1.6)
    pen.fill(band([*upper, tip], [0.9, weight * 0.75, weight, weight * 1.15, weight * 0.85, 0.0]), lash)
    if look.softness > 0.5:
        x, y = upper[3]
        pen.taper([(x, y), (x + out * 3.4, y - 1.0), (x + out * 5.6, y - 3.8)], weight * 0.5, lash)
    pen.taper([lower[0], lower[1], lower[2]], pen.line * 0.9, lash)
    lid = [(x, y - 4.2) for x, y in upper[1:4]]
    pen.taper(lid, pen.line * 0.75, look.skin.line, 0.75)


def _draw_closed_eye(pen: Pen, look: Look, eye: EyeShape, expression: Expression) -> None:
    out, w, h = eye.outer, eye.half_width, eye.half_height
    lash = mix(look.hair.line, INK, 0.6)
    y = eye.y + h * 0.42
    drop = -expression.slant * 2
    curve = [
        (eye.x - out * w, y - 2.0 - drop),
        (eye.x - out * w * 0.4, y + 1.6),
        (eye.x + out * w * 0.3, y + 2.2),
        (eye.x + out * w, y - 0.8 + drop),
        (eye.x + out * (w + 2.5), y - 1.6 + drop),
    ]
    weight = 2.2 + 0.8 * look.softness
    pen.fill(band(curve, [0.6, weight * 0.8, weight, weight * 0.9, 0.0]), lash)
    pen.taper([(p[0], p[1] - h * 0.8) for p in curve[:4]], pen.line * 0.7, look.skin.line, 0.7)
    if look.softness > 0.5:
        for (x, low), dx, dy in ((curve[2], 1.6, 3.2), (curve[3], 2.2, 2.6)):
            pen.taper([(x, low), (x + out * dx, low + dy)], weight * 0.6, lash)


def _draw_brow(pen: Pen, look: Look, eye: EyeShape, expression: Expression) -> None:
    out, w = eye.outer, eye.half_width
    y = eye.y - eye.half_height - 7.5 - (expression.lids - 1) * 8
    weight = (1.9 + 2.5 * (1 - look.softness)) * (1.35 if look.is_old and look.presents != "feminine" else 1.0)
    points = [
        (eye.x - out * w * 0.95, y + 1.5 - expression.brow_in),
        (eye.x - out * w * 0.2, y - 1.2 - (expression.brow_in * 0.6 + expression.brow_out * 0.4)),
        (eye.x + out * w * 0.6, y - 2.4 - expression.brow_out),
        (eye.x + out * w * 1.2, y + 0.8 - expression.brow_out),
    ]
    colour = mix(look.hair.base, look.hair.line, 0.7) if look.has_hair else look.skin.line
    if "long-beard" in look.marks:
        colour = mix(look.hair.base, look.hair.line, 0.25)
    pen.fill(band(points, [weight * 0.7, weight, weight * 0.8, 0.0]), colour)
    if expression.slant > 0.4:
        x = eye.x - out * (w + 2.2)
        pen.taper([(x, y - 1), (x + out * 0.8, y + 2), (x, y + 5)], pen.line * 0.8, look.skin.line, 0.8)


def _draw_age_lines(pen: Pen, look: Look, face: FaceLayout) -> None:
    if look.age_years < 42:
        return
    line = look.skin.line
    for eye in face.eyes:
        w, y = eye.half_width, eye.y + eye.half_height
        pouch = [(eye.x - eye.outer * w * 0.8, y + 2), (eye.x, y + 4.2), (eye.x + eye.outer * w * 0.6, y + 3)]
        pen.taper(pouch, pen.line * 0.7, line, 0.6)
    x, y = face.mouth
    for side in (-1, 1):
        start = x + side * (face.mouth_width + 2.0)
        fold = [(start - side * 1.5, y - 10), (start + side * 1.6, y - 4), (start + side * 1.4, y + 1)]
        pen.taper(fold, pen.line * 0.8, line, 0.65)
    if look.age_years >= 60:
        x = face.nose[0] * 0.8
        for step in (0.0, 5.0):
            pen.taper([(x - 11, -17 - step), (x, -18.5 - step), (x + 11, -17 - step)], pen.line * 0.6, line, 0.5)
    if look.is_old:
        _draw_deep_lines(pen, look, face)


def _draw_deep_lines(pen: Pen, look: Look, face: FaceLayout) -> None:
    """Draw crow's feet, hollow cheeks and a third line on the brow."""
    line = look.skin.line
    for eye in face.eyes:
        x, y = eye.x + eye.outer * (eye.half_width + 3.0), eye.y + 1.0
        for rise in (-3.0, 0.5, 4.0):
            foot = [(x, y + rise * 0.4), (x + eye.outer * 3.2, y + rise), (x + eye.outer * 6.0, y + rise * 1.7)]
            pen.taper(foot, pen.line * 0.75, line, 0.6)
    x, y = face.mouth
    for side in (-1, 1):
        cheek = x + side * (face.mouth_width + (9.0 if not face.turned or side < 0 else 4.5))
        hollow = [(cheek + side * 3, y - 12), (cheek, y - 5), (cheek - side * 1.5, y + 3)]
        pen.taper(hollow, pen.line * 0.9, line, 0.45)
    x = face.nose[0] * 0.8
    pen.taper([(x - 9, -27.5), (x, -29), (x + 9, -27.5)], pen.line * 0.6, line, 0.45)


_MOUTH_CURVES: dict[str, tuple[Point, ...]] = {
    "line": ((-0.7, 0), (0, 0.9), (0.7, -0.2)),
    "flat": ((-1.0, 1.2), (0, -0.6), (1.0, 1.6)),
    "smile": ((-1.15, -2.4), (-0.4, 2.0), (0.4, 2.0), (1.15, -2.4)),
    "soft": ((-0.75, -1.0), (0, 1.6), (0.75, -1.0)),
    "frown": ((-0.75, 2.6), (0, -0.6), (0.75, 2.4)),
    "firm": ((-0.9, 1.0), (-0.2, -0.2), (0.9, 1.2)),
    "smirk": ((-0.8, 1.2), (0.2, 1.2), (1.2, -3.4)),
    "waver": ((-0.85, 1.6), (-0.4, -1.2), (0, 1.4), (0.4, -1.2), (0.85, 1.6)),
}
"""Closed mouths: x as a share of the mouth's width, y in head units, from its middle."""

_OPEN_MOUTHS = {"small-o": (0.42, 4.2), "half": (0.62, 3.4), "open": (0.86, 7.4)}
"""Half width as a share of the mouth's, and depth in head units."""


def _draw_mouth(pen: Pen, look: Look, face: FaceLayout, shape: str) -> None:
    (x, y), w, line = face.mouth, face.mouth_width, look.skin.line
    if shape in _MOUTH_CURVES:
        pen.taper([(x + w * share, y + dy) for share, dy in _MOUTH_CURVES[shape]], pen.line * 1.25, line)
        if shape in ("line", "firm", "soft", "flat"):
            lower_lip = [(x - w * 0.3, y + 5.2), (x, y + 5.7), (x + w * 0.3, y + 5.2)]
            pen.taper(lower_lip, pen.line * 0.7, line, 0.55)
    elif shape == "grit":
        upper = [corner(x - w, y - 1.5), (x, y - 3.2), corner(x + w, y - 1.8)]
        teeth = smooth([*upper, (x + w * 0.8, y + 3.6), (x, y + 3.4), (x - w * 0.8, y + 4.0)])
        pen.shape(teeth, "#f6f4fa", line, pen.line * 1.25 * 0.9)
        pen.taper([(x - w * 0.85, y + 0.8), (x, y + 0.1), (x + w * 0.85, y + 0.6)], pen.line * 0.7, line, 0.8)
    else:
        share, down = _OPEN_MOUTHS[shape]
        _draw_open_mouth(pen, look, x, y, w * share, down)


def _draw_open_mouth(pen: Pen, look: Look, x: float, y: float, across: float, down: float) -> None:
    upper = [(x - across, y - 2.0), (x, y - 2.8), (x + across, y - 2.0)]
    lower = [(x + across * 0.72, y + down * 0.7), (x, y + down), (x - across * 0.72, y + down * 0.7)]
    hole = smooth([*upper, *lower])
    pen.fill(hole, "#6b1f2e")
    with pen.clip_to(hole):
        if down > 3.8:
            pen.fill(box(x - across, y - 3.2, across * 2, 2.4), "#ffffff")
        pen.fill(ellipse(x, y + down * 1.02, across * 0.75, down * 0.5), "#d9616c")
    pen.stroke(hole, look.skin.line, pen.line * 0.95)


def _draw_beard(pen: Pen, look: Look, face: FaceLayout) -> None:
    (x, y), w, hair = face.mouth, face.mouth_width, look.hair
    if "stubble" in look.marks:
        cheeks = [(x - 32, y - 12), (x - 14, y + 3), (x, y + 4), (x + 14, y + 3), (x + 26, y - 10)]
        with pen.clip_to(smooth(face.outline)):
            pen.fill(smooth([*cheeks, (x + 20, y + 20), (x - 26, y + 20)]), hair.base, 0.22)
    if "long-beard" in look.marks:
        return
    if "beard" in look.marks:
        beard = [
            corner(x - w - 3, y - 4), (x - w - 1, y + 8), (x - 5, y + 20), (x, y + 22), (x + 5, y + 20),
            (x + w + 1, y + 8), corner(x + w + 3, y - 4), (x + w * 0.7, y + 5), (x, y + 4.5), (x - w * 0.7, y + 5),
        ]  # fmt: skip
        pen.cel(smooth(beard), hair, reach=0.4)
    if "moustache" in look.marks or "beard" in look.marks:
        upper = [corner(x - w - 3, y - 1), (x - w * 0.5, y - 6), (x, y - 5), (x + w * 0.5, y - 6)]
        moustache = smooth([*upper, corner(x + w + 3, y - 1), (x, y - 2.4)])
        pen.shape(moustache, hair.base, hair.line, pen.line * 0.8)


def draw_long_beard(pen: Pen, look: Look, face: FaceLayout, is_speaking: bool) -> None:
    """Draw a beard that falls over the chest, with its moustache; the mouth stays free between them."""
    if "long-beard" not in look.marks:
        return
    (x, y), w, hair = face.mouth, face.mouth_width, look.hair
    left, right, low = (x - 34, x + 19, 128.0) if face.turned else (x - 31, x + 31, 132.0)
    gap = 8.5 if is_speaking else 3.0
    beard = [
        corner(left - 1, y - 24), (left + 1, y + 6), (left + 7, y + 40), (x - 15, low - 22), corner(x - 11, low - 9),
        (x - 5, low - 8), corner(x + 2, low + 6), (x + 7, low - 14), corner(x + 12, low - 18), (right - 6, y + 40),
        (right - 0.5, y + 6), corner(right + 1, y - 22), (right - 4, y - 8), (x + w + 2, y - 3), corner(x + w, y + 1),
        (x + w * 0.5, y + gap), (x, y + gap + 1.2), (x - w * 0.5, y + gap), corner(x - w, y + 1), (x - w - 2, y - 3),
        (left + 5, y - 9),
    ]  # fmt: skip
    pen.cel(smooth(beard), hair, reach=0.9)
    for start, bend, end in ((-15, -13, -9), (-6, -5, -3), (4, 3, 2), (12, 9, 5)):
        strand = [(x + start, y + 14), (x + bend, y + 46), (x + end, low - 22)]
        pen.taper(strand, pen.line * 1.2, hair.line, 0.55)
    for side in (-1, 1):
        curl = [
            corner(x, y - 7.5), (x + side * w * 0.8, y - 7), (x + side * (w + 8), y + 1),
            corner(x + side * (w + 11), y + 13),
            (x + side * (w + 3), y + 4), (x + side * w * 0.6, y - 1.5), corner(x, y - 2.2),
        ]  # fmt: skip
        pen.cel(smooth(curl), hair, pen.line * 0.8, reach=0.3)


def draw_emotion_marks(pen: Pen, face: FaceLayout, expression: Expression) -> None:
    """Draw sweat and tears."""
    if "sweat" in expression.marks:
        eye = face.eyes[0]
        x, y = eye.x - eye.half_width - 6, eye.y + 15
        drop = smooth([corner(x + 1.5, y - 7), (x + 4.2, y + 1), (x, y + 4.2), (x - 4.0, y + 1)])
        pen.shape(drop, "#dff3ff", "#4b7fb0", pen.line * 0.8)
        pen.fill(ellipse(x - 1.2, y + 1.2, 1.0, 1.5), "#ffffff")
    if "tears" in expression.marks:
        for eye in face.eyes:
            out, x, y = eye.outer, eye.x - eye.outer * eye.half_width * 0.2, eye.y + eye.half_height * 0.74
            pen.fill(smooth([(x - 4, y), (x, y + 1.6), (x + 4, y), (x, y - 1.2)]), "#e4f4ff", 0.95)
            tear = [(x + out * 3, y), (x + out * 4.4, y + 8), (x + out * 3, y + 10), (x + out * 1.8, y + 8)]
            pen.fill(smooth(tear), "#d3ecff", 0.9)


def draw_marks(pen: Pen, look: Look, face: FaceLayout) -> None:
    """Draw what lies over eyes and skin but under the hair: scars, glasses, tattoos, monocle, mask."""
    left, right = face.eyes
    marks = look.marks
    glow = mix(look.accent.base, "#ffffff", 0.25)
    if "freckles" in marks:
        spot = mix(look.skin.shade, look.skin.line, 0.35)
        for eye in face.eyes:
            for dx, dy in ((-5, 14), (-2, 17), (1, 14.5), (4.5, 17), (6.5, 13.5)):
                pen.fill(ellipse(eye.x + dx, eye.y + dy, 1.15, 1.0), spot)
    if "scar" in marks:
        (x, y), colour = (right.x + 1.5, right.y), mix(look.skin.shade, "#a03040", 0.45)
        pen.taper([(x - 3.5, y - 22), (x, y - 4), (x + 1.5, y + 20)], 2.6, colour)
        pen.taper([(x - 4, y + 10), (x + 5, y + 7)], 1.6, colour)
    if "tattoos" in marks:
        _draw_face_tattoo(pen, left, glow)
    if "cyber-eye" in marks:
        x, y = right.x + right.half_width, right.y + 8
        pen.stroke(f"M{x - 4:.1f},{y + 12:.1f}l3,-8l-1,-6", glow, pen.line * 1.3)
        pen.fill(ellipse(x - 4, y + 12, 1.6, 1.6), glow)
    if "eyepatch" in marks:
        pen.stroke(f"M{right.x - 30:.1f},-30L{right.x + 16:.1f},{right.y + 12:.1f}", INK, pen.line * 2)
        pen.shape(ellipse(right.x, right.y, right.half_width + 3.5, right.half_height + 3.5), "#1d1b29", INK)
    if "mask" in marks:
        x, y = face.mouth
        edge_left, edge_right = (x - 24, x + 17) if face.turned else (x - 30, x + 30)
        upper = [(edge_left, y - 14), (x, y - 11), (edge_right, y - 14)]
        pen.cel(smooth([*upper, (x + 17, y + 9), (x, y + 15), (x - 19, y + 8)]), look.accent, reach=0.6)
    if "glasses" in marks or "goggles" in marks:
        _draw_glasses(pen, look, face, glow)
    if "visor" in marks:
        x0, x1, y = left.x - 18, right.x + 13, left.y
        visor = polygon([(x0, y - 10), (x1, y - 10), (x1 - 2, y + 8), (x0 + 2, y + 8)])
        pen.fill(visor, glow, 0.32)
        pen.stroke(visor, glow, pen.line * 1.2)
    if "monocle" in marks:
        _draw_monocle(pen, look, right, glow)


def _draw_face_tattoo(pen: Pen, eye: EyeShape, glow: str) -> None:
    x, y = eye.x - eye.half_width * 0.9, eye.y + eye.half_height
    for width, opacity in ((3.4, 0.25), (1.3, 0.95)):
        pen.stroke(f"M{x - 6:.1f},{y - 1:.1f}l3,5l7,2l4,6", glow, width, opacity)
        pen.stroke(f"M{x - 9:.1f},{y + 4:.1f}l4,6l5,2", glow, width, opacity)
        pen.stroke(f"M{x + 1:.1f},{y + 6:.1f}l-1,6l3,4", glow, width, opacity)
    pen.fill(ellipse(x + 8, y + 12, 1.6, 1.6), "#ffffff")
    pen.fill(ellipse(x + 0.2, y + 12, 1.2, 1.2), "#ffffff")


def _draw_glasses(pen: Pen, look: Look, face: FaceLayout, glow: str) -> None:
    left, right = face.eyes
    if "glasses" in look.marks:
        frame, glass, opacity, weight = look.accent.line, "#dff4ff", 0.16, 1.5
    else:
        frame, glass, opacity, weight = look.accent.shade, glow, 0.35, 2.6
    for eye in face.eyes:
        x, y, wide, tall = eye.x, eye.y, eye.half_width + 3.6, eye.half_height + 2.4
        upper = [(x - wide, y - 1), (x - wide * 0.7, y - tall + 1), (x + wide * 0.7, y - tall + 1), (x + wide, y - 1)]
        lens = smooth([*upper, (x + wide * 0.66, y + tall), (x - wide * 0.66, y + tall)])
        pen.fill(lens, glass, opacity)
        glint = [(x - wide * 0.5, y - tall + 2), (x - wide * 0.15, y - tall + 2), (x - wide * 0.6, y + 2)]
        pen.fill(polygon(glint), "#ffffff", 0.5)
        pen.stroke(lens, frame, pen.line * weight)
    inner, outer = left.x + left.half_width + 3.6, right.x - right.half_width - 3.6
    bridge = [(inner, left.y - 2), ((inner + outer) / 2, left.y - 4), (outer, right.y - 2)]
    pen.stroke(smooth(bridge, closed=False), frame, pen.line * 1.4)
    ear_x = -33 if face.turned else -37
    temple = f"M{left.x - left.half_width - 3.4:.1f},{left.y - 2:.1f}L{ear_x:.1f},-2"
    pen.stroke(temple, frame, pen.line * 1.4)


def _draw_monocle(pen: Pen, look: Look, eye: EyeShape, glow: str) -> None:
    x, y = eye.x, eye.y
    wide, tall = eye.half_width + 4.0, max(eye.half_width, eye.half_height) + 3.2
    rim = ellipse(x, y, wide, tall)
    pen.fill(rim, glow, 0.3)
    glint = [(x - wide * 0.6, y - tall * 0.5), (x - wide * 0.1, y - tall * 0.85), (x - wide * 0.5, y + tall * 0.3)]
    pen.fill(polygon(glint), "#ffffff", 0.55)
    pen.stroke(rim, look.accent.line, pen.line * 2.0)
    pen.stroke(rim, glow, pen.line * 1.1)
    for step in (-0.35, 0.1, 0.5):
        pen.stroke(f"M{x + wide * 0.15:.1f},{y + tall * step:.1f}h{wide * 0.5:.1f}", glow, pen.line * 0.6, 0.9)
    pen.stroke(f"M{x + wide * 0.8:.1f},{y + tall * 0.6:.1f}l2,9l-2,8", glow, pen.line * 0.9)
