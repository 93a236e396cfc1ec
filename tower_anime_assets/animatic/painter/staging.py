"""Staging: how large the figures of a keyframe are and where they stand, so that every head is in the picture.

All figures of a shot are drawn to one scale, except somebody seen over the shoulder, who is nearer to the camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT
from tower_anime_assets.animatic.painter.figure import geometry_of
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.poses import SEATED_POSES
from tower_anime_assets.animatic.painter.stance import Box, Geometry, Stance
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.reframing import portrait_gain
from tower_anime_assets.production.planning.shots import Facing, Framing, Pose, Subject


@dataclass(frozen=True)
class Lens:
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


LENSES = {
    Framing.WIDE: Lens(0.094, 0.0, 0.95, 0.0, 0.82),
    Framing.MEDIUM: Lens(0.290, 0.155, 1.5, 1.3, 0.62),
    Framing.TWO_SHOT: Lens(0.232, 0.205, 1.3, 0.9, 0.74),
    Framing.CLOSE_UP: Lens(0.555, 0.165, 2.2, 3.2, 0.36),
    Framing.OVER_SHOULDER: Lens(0.305, 0.16, 1.7, 2.0, 0.66),
    Framing.INSERT: Lens(0.6, 0.1, 2.2, 4.0, 0.4),
}

SOLE_SHARE = 0.925
"""Where the ground under the figures of a wide shot is, as a share of the frame's height."""

_LOWEST_CHIN = 0.93
"""Where the lowest chin of a closer shot may be."""

_WIDE_HEIGHT, _WIDE_GAIN = 0.5, 2.4
"""The camera of a wide shot comes nearer where nobody is as tall as this, relative to a human; and how much at most."""

_LEAST_GAIN = 0.62
"""How far the camera of a wide shot goes back for a long body: people beside it must stay visible."""

_SWEEPING_POSES = frozenset({Pose.THROW, Pose.DANCE, Pose.FALL, Pose.FIGHT, Pose.EMBRACE, Pose.GIVE, Pose.SLEEP})

_LARGE_FACE = 150.0
"""Height above which a face is a giant's or a vehicle's, figure units; a human's is 100."""

_LEAST_SHARE = 0.76
"""Height of the tallest in a medium or two-shot, as a share of the frame's: small creatures are seen near and whole."""

_ASIDE = {Framing.WIDE: 0.25, Framing.MEDIUM: 0.75, Framing.TWO_SHOT: 0.75, Framing.OVER_SHOULDER: 0.9}
"""How far a long body is moved so that its head is where the plan puts the subject; 1 in a close-up."""


@dataclass(frozen=True)
class Frame:
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
class PlacedSubject:
    """A subject on the canvas: scale in px per figure unit, and where the figure's origin lies."""

    subject: Subject
    stance: Stance
    scale: float
    x: float
    y: float

    @property
    def geometry(self) -> Geometry:
        """Where the parts of the figure lie, figure units."""
        return geometry_of(self.stance)

    def on_canvas(self, box: Box) -> Box:
        """Return a box of the figure in px of the canvas."""
        left, top, right, bottom = (side * self.scale for side in box)
        return self.x + left, self.y + top, self.x + right, self.y + bottom


@dataclass(frozen=True)
class Staging:
    """The figures of a shot, from back to front, and the scale of the place around them.

    Attributes:
        placed: Somebody in the foreground comes last.
        scale: Px per figure unit at the plane of the subjects.
        tallest: Height of the tallest of them, figure units.
    """

    placed: tuple[PlacedSubject, ...]
    scale: float
    tallest: float


def stage_subjects(
    brief: KeyframeBrief, looks: Mapping[str, Look], frame: Frame, light_x: float, seed: int, detail: float
) -> Staging:
    """Return where the subjects of a brief stand.

    Args:
        brief: Of the keyframe.
        looks: By character.
        frame: What is seen.
        light_x: Side of the light.
        seed: Varies hair a little.
        detail: Weight of lines.
    """
    stances = [_rough_stance(subject, looks[subject.character], light_x, seed, brief) for subject in brief.subjects]
    stances = _with_gazes(brief.subjects, stances)
    far = [geometry_of(one) for one, subject in zip(stances, brief.subjects, strict=True) if not subject.is_foreground]
    scale = _scale_of(far, brief, frame)
    tallest = max((one.height for one in far), default=ADULT_HEIGHT)
    shares_height = all(one.height == tallest for one in far)
    placed = [
        _place(subject, stance, scale, tallest, brief, frame, detail, shares_height)
        for subject, stance in zip(brief.subjects, stances, strict=True)
    ]
    figures = _separate([one for one in placed if not one.subject.is_foreground], frame)
    if brief.framing is Framing.WIDE:
        # low figures in front, or knees and coats would hide their faces
        figures.sort(key=lambda one: (-round(one.geometry.height), not _sweeps(one.subject), _is_low(one.subject)))
    else:
        figures.sort(key=lambda one: (-round(one.geometry.height), not _sweeps(one.subject)))
    near = [_keep_clear_of_faces(one, figures, frame) for one in placed if one.subject.is_foreground]
    return Staging((*figures, *near), scale, tallest)


def _sweeps(subject: Subject) -> bool:
    """Return whether an action throws arms about, which must not cover the face of a neighbour."""
    return subject.pose in _SWEEPING_POSES


def _is_low(subject: Subject) -> bool:
    return subject.is_seated or subject.pose in SEATED_POSES or subject.pose in (Pose.CROUCH, Pose.PRAY, Pose.FALL)


def _rough_stance(subject: Subject, look: Look, light_x: float, seed: int, brief: KeyframeBrief) -> Stance:
    sway = (seed_from("sway", seed, subject.character, brief.occurrence) % 100) / 100 * 5 - 2.5
    facing, pose, holds, is_seated = subject.facing, subject.pose, subject.holds, subject.is_seated
    if subject.is_foreground:
        facing, pose, holds, is_seated = Facing.AWAY, Pose.STAND, "", False
    return Stance(look, subject.emotion, pose, facing, True, 1.6, light_x, sway, holds=holds, is_seated=is_seated)


def _with_gazes(subjects: tuple[Subject, ...], stances: list[Stance]) -> list[Stance]:
    """Let those who look at somebody much smaller look down, and the other way round."""
    if len(stances) < 2:
        return stances
    heights = [geometry_of(stance).height for stance in stances]
    turned = []
    for index, stance in enumerate(stances):
        others = [tall for at, tall in enumerate(heights) if at != index]
        gap = (heights[index] - sum(others) / len(others)) / ADULT_HEIGHT
        faces_them = subjects[index].facing in (Facing.LEFT, Facing.RIGHT)
        gaze = max(-1.0, min(1.0, gap * 2.5)) if faces_them and abs(gap) > 0.15 else 0.0
        turned.append(replace(stance, gaze_y=gaze) if gaze else stance)
    return turned


def _lens_for(brief: KeyframeBrief, frame: Frame) -> Lens:
    """Return the lens of a brief's framing, closer in a portrait frame, which has height to spare."""
    people = sum(not subject.is_foreground for subject in brief.subjects)
    lens = LENSES[brief.framing]
    return replace(lens, head=lens.head * portrait_gain(brief.framing, people, frame.width, frame.height))


def _scale_of(figures: list[Geometry], brief: KeyframeBrief, frame: Frame) -> float:
    """Return px per figure unit: as the lens says, unless heads would be cut off or figures be too small to see."""
    lens = _lens_for(brief, frame)
    normal = lens.head * frame.unit / 100
    if not figures:
        return normal
    tallest = max(one.height for one in figures)
    if brief.framing is Framing.WIDE:
        gain = 1.0
        if tallest < _WIDE_HEIGHT * ADULT_HEIGHT:
            gain = min(_WIDE_GAIN, _WIDE_HEIGHT * ADULT_HEIGHT / tallest)
        top = max(one.ground_y - min(one.head[1], one.crown_y) for one in figures)
        room = frame.height * (SOLE_SHARE - 0.06)
        if top * normal * gain > room and tallest > ADULT_HEIGHT * 1.02:
            gain = room / (top * normal)
        widest = max(one.bounds[2] - one.bounds[0] for one in figures if one.height) * normal
        if tallest > ADULT_HEIGHT * 1.02 and widest * gain > frame.width:
            gain = min(gain, max(frame.width / widest, _LEAST_GAIN))
        return normal * gain
    # a giant's face may be cut off below beside somebody of our size, not the other way round
    faces = [one.face_height for one in figures]
    scale = lens.head * frame.unit / max([tall for tall in faces if tall <= _LARGE_FACE] or [min(faces)])
    if brief.framing is not Framing.CLOSE_UP:
        scale = max(scale, _LEAST_SHARE * frame.height / tallest)
    crown = lens.crown * frame.height
    room = (_LOWEST_CHIN * frame.height - crown) if len(figures) > 1 else frame.height * 0.92
    for one in figures:
        low = one.head[3] if one.mouth is None or one.face_height <= _LARGE_FACE else one.mouth[3]
        chin = tallest - one.height + low if len(figures) > 1 else low - one.head[1]
        scale = min(scale, room / chin)
    return min(scale, frame.width * 0.94 / sum(one.head[2] - one.head[0] for one in figures))


def _place(
    subject: Subject,
    stance: Stance,
    scale: float,
    tallest: float,
    brief: KeyframeBrief,
    frame: Frame,
    detail: float,
    shares_height: bool,
) -> PlacedSubject:
    lens, geometry = _lens_for(brief, frame), geometry_of(stance)
    wide = brief.framing is Framing.WIDE
    crown = frame.margin + lens.crown * frame.height
    if subject.is_foreground:
        is_giant = geometry.face_height > _LARGE_FACE
        scale = 0.95 * frame.height / geometry.height if is_giant else 0.43 * frame.unit / geometry.face_height
        # somebody small stands lower beside who is looked at, somebody tall higher
        share = max(-0.16, min(0.3, (tallest - geometry.height) / max(tallest, geometry.height) * 0.42))
        crown = frame.margin + (0.08 if is_giant else 0.3 + share) * frame.height
    face_scale = scale * geometry.face_height / 100
    line = (0.8 + 0.62 * face_scale) / scale * detail
    # a tilting camera looks below the frame: legs are drawn wherever the canvas reaches below the hips
    legs = wide or (crown + 250 * scale < frame.size[1] and not subject.is_foreground)
    stance = replace(stance, shows_legs=legs, line_width=line)
    look = stance.look
    if wide:
        y = frame.margin + frame.height * SOLE_SHARE - geometry.ground_y * scale
    elif subject.is_foreground:
        y = crown - (geometry.crown_y if look.has_human_body else min(0.0, geometry.head[1])) * scale
    else:
        y = crown + (tallest - geometry.height) * scale
        if (_is_low(subject) or look.uses_wheelchair) and shares_height:
            # in closer framings the camera goes down with a figure that sits or crouches
            sunk = geometry.crown_y if look.has_human_body else 0.0
            y -= sunk * scale
        if not look.has_human_body and geometry.height >= tallest:
            y -= geometry.head[1] * scale + lens.crown * frame.height * 0.25
    x = frame.margin + frame.width * (0.5 + 0.5 * subject.x * lens.spread)
    if not look.has_human_body:
        middle = (geometry.head[0] + geometry.head[2]) / 2 * scale
        x -= middle * _ASIDE.get(brief.framing, 1.0)
        if wide:  # a long body stays in the picture if it fits
            left, right = geometry.bounds[0] * scale, geometry.bounds[2] * scale
            low, high = frame.margin - left, frame.margin + frame.width - right
            if low > high:  # of one that does not fit, at least the head
                low = frame.margin - geometry.head[0] * scale
                high = max(low, frame.margin + frame.width - geometry.head[2] * scale)
                x = min(max((2 * frame.margin + frame.width - left - right) / 2, low), high)
            x = min(max(x, low), high)
    elif look.is_child and not wide and geometry.height >= tallest:
        y += lens.head * frame.unit * 0.25
    return PlacedSubject(subject, stance, scale, x, y)


def _head_width(one: PlacedSubject) -> float:
    """Return how much room a head needs beside others, px."""
    if one.stance.look.has_human_body:
        return (210 if _sweeps(one.subject) else 118) * one.scale * one.geometry.face_height / 100
    left, _, right, _ = one.geometry.head
    return (right - left) * one.scale * 1.08


def _separate(placed: list[PlacedSubject], frame: Frame) -> list[PlacedSubject]:
    """Move figures sideways until no head hides another; one that leans is placed by its head."""
    leaning = {
        one.subject.character: _head_offset(one) * (0.7 if one.stance.look.has_human_body else 1.0) for one in placed
    }
    order = sorted(placed, key=lambda one: one.x + leaning[one.subject.character])
    if all(one.stance.look.has_human_body for one in placed):
        order = sorted(placed, key=lambda one: one.x)
    need = [_head_width(one) for one in order]
    total = sum(need)
    room = frame.width * 0.94
    squeeze = min(1.0, room / total) if total else 1.0
    xs = [one.x + leaning[one.subject.character] for one in order]
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
    moved = {one.subject.character: x - leaning[one.subject.character] for one, x in zip(order, xs, strict=True)}
    return [replace(one, x=moved[one.subject.character]) for one in placed]


def _head_offset(figure: PlacedSubject) -> float:
    left, _, right, _ = figure.geometry.head
    return (left + right) / 2 * figure.scale


def _keep_clear_of_faces(near: PlacedSubject, figures: list[PlacedSubject], frame: Frame) -> PlacedSubject:
    """Move a foreground figure sideways until it hides no face."""
    half = 62 * near.scale * near.geometry.face_height / 100
    x = min(max(near.x, frame.margin + frame.width * 0.02), frame.margin + frame.width * 0.98)
    for other in figures:
        left, _, right, _ = other.on_canvas(other.geometry.head)
        x = min(x, left - half) if near.subject.x <= other.subject.x else max(x, right + half)
    return replace(near, x=x)
