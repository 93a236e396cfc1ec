"""Faces of animals, ghosts and vehicles: eyes, brows and mouths in the expressions of `faces`.

In head units like `faces`: the head is about 100 high, (0, 0) is its middle, a turned head looks right.
"""

from __future__ import annotations

from tower_anime_assets.animatic.painter.colour import INK, mix, scale_rgb
from tower_anime_assets.animatic.painter.faces import Expression, EyeShape, FaceLayout, draw_emotion_marks
from tower_anime_assets.animatic.painter.vector import Pen, Point, box, corner, ellipse, smooth

_MOUTH_LIFTS = {"smile": -2.6, "soft": -1.2, "smirk": -1.6, "frown": 3.0, "waver": 2.2, "flat": 0.8, "grit": 0.6}
"""How high the corners of a closed mouth are, head units; negative is up."""


def eye_pair(turned: bool, apart: float, y: float, wide: float, tall: float, turn: float) -> tuple[EyeShape, EyeShape]:
    """Return both eyes of a creature; a turned head shows the far one narrower and further to the right."""
    if not turned:
        return EyeShape(-apart, y, wide, tall, -1), EyeShape(apart, y, wide, tall, 1)
    return EyeShape(turn - apart * 0.92, y, wide, tall, -1), EyeShape(turn + apart * 0.84, y, wide * 0.78, tall, 1)


def draw_creature_eyes(
    pen: Pen, face: FaceLayout, expression: Expression, colour: str, brow: str, eyes: str, gaze_y: float = 0.0
) -> None:
    """Draw both eyes, open or "closed", with their brows.

    Args:
        pen: In head units.
        face: Where the eyes are.
        expression: How they are set.
        colour: Of the iris.
        brow: Colour of brows and lids.
        eyes: "closed" for a blink.
        gaze_y: How far they look down.
    """
    for eye in face.eyes:
        if eyes == "closed":
            _draw_closed_eye(pen, eye, brow, expression)
        else:
            _draw_open_eye(pen, eye, expression, colour, brow, gaze_y)
        if expression.brow_in or expression.brow_out:
            _draw_brow(pen, eye, expression, brow)


def _draw_open_eye(pen: Pen, eye: EyeShape, expression: Expression, colour: str, line: str, gaze_y: float) -> None:
    out, w, h = eye.outer, eye.half_width, eye.half_height
    top = h * min(1.15, 0.25 + 0.75 * expression.lids)
    low = h * (1 - 0.45 * max(0.0, expression.lower))
    slant = expression.slant * h * 0.8
    upper: list[Point] = [
        corner(eye.x - out * w, eye.y + max(0.0, slant) * 0.2),
        (eye.x - out * w * 0.55, eye.y - top * 0.78 + slant * 0.8),
        (eye.x, eye.y - top + slant * 0.25),
        (eye.x + out * w * 0.6, eye.y - top * 0.76 - slant * 0.3),
        corner(eye.x + out * w, eye.y - min(0.0, slant) * 0.4),
    ]
    lower: list[Point] = [
        (eye.x + out * w * 0.66, eye.y + low * 0.76), (eye.x, eye.y + low),
        (eye.x - out * w * 0.66, eye.y + low * 0.76),
    ]  # fmt: skip
    shape = smooth([*upper, *lower])
    pen.fill(shape, "#fbfaff")
    across = w * 0.84 * (0.7 + 0.3 * expression.iris)
    down = h * 0.9 * (0.7 + 0.3 * expression.iris)
    x = eye.x + expression.gaze[0] * 0.8 - 0.5 * out
    y = eye.y + expression.gaze[1] * 0.8 + gaze_y * h * 0.2
    dark, bright = mix(scale_rgb(colour, 0.4), "#0c0820", 0.4), mix(colour, "#ffffff", 0.4)
    with pen.clip_to(shape):
        pen.fill(ellipse(x, y, across, down), dark)
        pen.gradient(ellipse(x, y + down * 0.08, across * 0.86, down * 0.86), mix(colour, dark, 0.5), bright)
        pen.fill(ellipse(x, y, across * 0.46, down * 0.6), "#0a0612")
        pen.fill(smooth([*upper, (eye.x, eye.y - top * 0.55)]), "#000000", 0.22)
    pen.fill(ellipse(x - across * 0.34, y - down * 0.4, across * 0.34, down * 0.26), "#ffffff")
    pen.fill(ellipse(x + across * 0.4, y + down * 0.42, across * 0.16, down * 0.13), "#ffffff", 0.95)
    lash = mix(line, INK, 0.75)
    pen.stroke(smooth(upper, closed=False), lash, pen.line * 2.1)
    pen.stroke(smooth([upper[-1], *lower, upper[0]], closed=False), lash, pen.line * 0.9)


def _draw_closed_eye(pen: Pen, eye: EyeShape, line: str, expression: Expression) -> None:
    y, w, bend = eye.y + eye.half_height * 0.3, eye.half_width, eye.half_height * 0.34
    if expression.mouth == "smile":
        bend = -bend
    curve = [(eye.x - w, y), (eye.x, y + bend), (eye.x + w, y)]
    pen.stroke(smooth(curve, closed=False), mix(line, INK, 0.75), pen.line * 2.0)


def _draw_brow(pen: Pen, eye: EyeShape, expression: Expression, colour: str) -> None:
    out, w = eye.outer, eye.half_width
    y = eye.y - eye.half_height - 5.0
    points = [
        (eye.x - out * w * 0.8, y + 1.5 - expression.brow_in * 0.8),
        (eye.x, y - 1.0 - (expression.brow_in + expression.brow_out) * 0.4),
        (eye.x + out * w * 0.8, y - 0.5 - expression.brow_out * 0.8),
    ]
    pen.taper(points, pen.line * 2.0, mix(colour, INK, 0.4))


def draw_muzzle_mouth(pen: Pen, face: FaceLayout, expression: Expression, mouth: str, line: str) -> None:
    """Draw the mouth below a nose: two curves that meet under it, or open when it speaks."""
    (x, y), w = face.mouth, face.mouth_width
    nose_y = face.nose[1]
    shape = mouth or expression.mouth
    pen.stroke(f"M{face.nose[0]:.1f},{nose_y:.1f}L{x:.1f},{y - 1:.1f}", line, pen.line * 1.1)
    down = {"half": 5.0, "open": 10.5, "small-o": 6.0, "grit": 3.6}.get(shape, 0.0)
    lift = _MOUTH_LIFTS.get(shape, -1.0)
    if down:
        narrow = 0.55 if shape == "small-o" else 0.78
        hole = smooth([corner(x - w * narrow, y), (x, y + 1.2), corner(x + w * narrow, y), (x, y + down * 1.15)])
        pen.fill(hole, "#6b1f2e")
        with pen.clip_to(hole):
            if shape == "grit":
                pen.fill(box(x - w, y - 1, 2 * w, 3.2), "#ffffff")
            else:
                pen.fill(ellipse(x, y + down * 1.05, w * 0.5, down * 0.5), "#e0707c")
        pen.stroke(hole, line, pen.line)
        lift = min(lift, -1.2)
    for side in (-1, 1):
        curve = [(x, y), (x + side * w * 0.5, y + 2.6), (x + side * w, y + lift)]
        pen.stroke(smooth(curve, closed=False), line, pen.line * 1.25)


def draw_plain_mouth(pen: Pen, face: FaceLayout, expression: Expression, mouth: str, line: str) -> None:
    """Draw a mouth without a nose above it, as ghosts and vehicles have."""
    (x, y), w = face.mouth, face.mouth_width
    shape = mouth or expression.mouth
    down = {"half": 5.0, "open": 11.0, "small-o": 6.5, "smile": 6.5}.get(shape, 0.0)
    if not down:
        lift = _MOUTH_LIFTS.get(shape, -0.6)
        curve = [(x - w * 0.7, y + lift), (x, y + 1.8 - lift * 0.4), (x + w * 0.7, y + lift)]
        pen.stroke(smooth(curve, closed=False), line, pen.line * 1.6)
        return
    narrow = 0.45 if shape == "small-o" else 0.75
    upper = y - 1.0 if shape != "small-o" else y - 4.0
    hole = smooth([corner(x - w * narrow, upper), (x, upper + 1.0), corner(x + w * narrow, upper), (x, y + down)])
    pen.fill(hole, "#6b1f2e")
    with pen.clip_to(hole):
        pen.fill(ellipse(x, y + down, w * 0.5, down * 0.5), "#e0707c")
    pen.stroke(hole, line, pen.line * 1.1)


def draw_creature_marks(pen: Pen, face: FaceLayout, expression: Expression) -> None:
    """Draw blush, sweat and tears."""
    if "blush" in expression.marks:
        for eye in face.eyes:
            pen.fill(
                ellipse(eye.x + 4 * eye.outer, eye.y + eye.half_height + 6, eye.half_width * 0.8, 4.4), "#f0566a", 0.38
            )
    draw_emotion_marks(pen, face, expression)
