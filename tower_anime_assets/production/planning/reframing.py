"""Reframing: which part of a shot a delivery of another shape shows, so that nobody's head is cut off.

Everything is in shares of the frame's sides. Where heads are is known from the framing and from where the plan places
its subjects; engines follow the plan about as closely as these boxes are wide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.planning.briefs import Fit
from tower_anime_assets.production.planning.motion import TRAVEL_PER_FRAME, ZOOM_PER_FRAME, camera_gain
from tower_anime_assets.production.planning.shots import Facing, Framing, Pose, Shot, Subject
from tower_anime_assets.production.story.model import Delivery
from tower_anime_assets.production.story.sizes import cropped_share

SAME_SHAPE_SHARE = 0.04
"""Two sizes are of one shape if no more than this is cropped between them."""


@dataclass(frozen=True)
class _HeadPlace:
    """Where a framing has its heads.

    Attributes:
        head: Height of a head with its hair, as a share of the shorter side.
        crown: Its top below the frame's, as a share of the height.
        spread: How far apart subjects stand; 1 fills the width.
    """

    head: float
    crown: float
    spread: float


_HEADS: Mapping[Framing, _HeadPlace] = {
    Framing.WIDE: _HeadPlace(0.13, 0.26, 0.82),
    Framing.MEDIUM: _HeadPlace(0.36, 0.11, 0.62),
    Framing.TWO_SHOT: _HeadPlace(0.3, 0.15, 0.74),
    Framing.CLOSE_UP: _HeadPlace(0.7, 0.08, 0.36),
    Framing.OVER_SHOULDER: _HeadPlace(0.38, 0.11, 0.66),
    Framing.INSERT: _HeadPlace(0.6, 0.2, 0.4),
}
_FEET_SHARE = 0.925
_BODY_HEADS = 5.2
_HEAD_WIDTH = 0.9
_HEAD_DISTANCE = 1.05  # of two heads side by side, in widths of one
_LEAN_SHARE = 0.6  # how far a runner's head is before the body, in widths of a head
_SEPARATION_ROUNDS = 12
_MAX_TRAVEL_SHARE = 0.12
_TALL_WIDE_GAINS = {0: 1.6, 1: 1.6, 2: 1.4, 3: 1.15}
"""How much larger a wide shot shows things in a frame of 9:16, by the number of people, who must fit side by side."""

_TALL_MEDIUM_GAIN = 1.2
"""Of one person, who would be shown from head to foot otherwise."""

_TALLEST_RATIO = 16 / 9
_HEADROOM_SHARE = 0.12
_HORIZON_SHARE = 0.6  # of a wide shot: what stands in a place is around it, above is sky or ceiling
_SITTING_DROP = 0.1


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def around(self, other: _Box) -> _Box:
        return _Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def portrait_gain(framing: Framing, people: int, width_px: int, height_px: int) -> float:
    """Return how much larger a framing shows things in a portrait frame, which has height to spare; 1 in any other."""
    tallness = min(1.0, (height_px / width_px - 1) / (_TALLEST_RATIO - 1))
    if tallness <= 0:
        return 1.0
    gain = _TALL_MEDIUM_GAIN if framing is Framing.MEDIUM and people == 1 else 1.0
    if framing is Framing.WIDE:
        gain = _TALL_WIDE_GAINS.get(people, 1.0)
    return 1 + (gain - 1) * tallness


def fit_of(delivery: Delivery, shot: Shot) -> Fit | None:
    """Return how a shot's frames become those of the delivery, None where they are made at its size.

    Of a delivery of another shape the part with everybody's head is shown; where heads are further apart than it is
    wide, a part that is wide enough.
    """
    made_px, size_px = delivery.working_px, delivery.size_px
    if made_px == size_px:
        return None
    if cropped_share(made_px, size_px) <= SAME_SHAPE_SHARE:
        return Fit(*size_px)
    shape = size_px[0] / size_px[1] / (made_px[0] / made_px[1])  # width to height of the window, in shares
    width, height = min(1.0, shape), min(1.0, 1 / shape)
    heads = _moved(_heads_of(shot.framing, shot.subjects, made_px), shot)
    if heads is None:
        middle_y = _HORIZON_SHARE if shot.framing is Framing.WIDE else 0.5
        return _window((1 - width) / 2, middle_y - height / 2, width, height, size_px)
    width = min(1.0, max(width, heads.right - heads.left))
    height = min(1.0, max(height, heads.bottom - heads.top))
    spare = height - (heads.bottom - heads.top)
    top = heads.top - min(_HEADROOM_SHARE * height, spare / 2)  # bodies below rather than a wall above
    return _window((heads.left + heads.right - width) / 2, top, width, height, size_px)


def _window(left: float, top: float, width: float, height: float, size_px: tuple[int, int]) -> Fit:
    """Return a window moved into the frame, where it reaches beyond it."""
    left, top = min(max(0.0, left), 1.0 - width), min(max(0.0, top), 1.0 - height)
    return Fit(*size_px, *(round(share, 4) for share in (left, top, left + width, top + height)))


def _heads_of(framing: Framing, subjects: Sequence[Subject], made_px: tuple[int, int]) -> _Box | None:
    """Return the box around the heads of a shot's subjects, without those seen from behind; None without any."""
    place = _HEADS[framing]
    people = sum(not subject.is_foreground for subject in subjects)
    unit_px = min(float(made_px[1]), made_px[0] * 0.9) * portrait_gain(framing, people, *made_px)
    head_width, head_height = place.head * unit_px * _HEAD_WIDTH / made_px[0], place.head * unit_px / made_px[1]
    crown = place.crown
    if framing is Framing.WIDE:
        crown = _FEET_SHARE - _BODY_HEADS * head_height
    faces = [subject for subject in subjects if not subject.is_foreground]
    if not faces or framing is Framing.INSERT:
        return None
    faces.sort(key=lambda subject: subject.x)
    middles = _apart([0.5 + 0.5 * subject.x * place.spread for subject in faces], _HEAD_DISTANCE * head_width)
    box: _Box | None = None
    for subject, middle in zip(faces, middles, strict=True):
        lean = _LEAN_SHARE * head_width if subject.pose in (Pose.RUN, Pose.CROUCH) else 0.0
        head = _Box(
            middle - head_width / 2 - (lean if subject.facing is Facing.LEFT else 0.0),
            crown,
            middle + head_width / 2 + (lean if subject.facing is Facing.RIGHT else 0.0),
            crown + head_height * (1 + _SITTING_DROP),
        )
        box = head if box is None else box.around(head)
    return box


def _apart(middles: list[float], distance: float) -> list[float]:
    """Return sorted places moved apart until no two are nearer than a distance, within the frame where they fit."""
    moved = list(middles)
    for _ in range(_SEPARATION_ROUNDS):
        for index in range(len(moved) - 1):
            gap = distance - (moved[index + 1] - moved[index])
            if gap > 0:
                moved[index] -= gap / 2
                moved[index + 1] += gap / 2
        moved = [min(max(middle, distance / 2), 1 - distance / 2) for middle in moved]
    return moved


def _moved(box: _Box | None, shot: Shot) -> _Box | None:
    """Return a box with room for what the camera's move does to what is in it."""
    if box is None:
        return None
    gain = camera_gain(shot.framing, shot.activity)
    travel = min(TRAVEL_PER_FRAME.get(shot.move, 0.0) * gain * shot.frames, _MAX_TRAVEL_SHARE) / 2
    zoom = 1.0 + abs(ZOOM_PER_FRAME.get(shot.move, 0.0)) * gain * shot.frames
    left, top, right, bottom = (0.5 + (side - 0.5) * zoom for side in (box.left, box.top, box.right, box.bottom))
    return box.around(_Box(left - travel, top - travel, right + travel, bottom + travel))
