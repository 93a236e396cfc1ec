"""Blocking: which side of the line each character of a scene stands on, and where a shot's subjects appear in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tower_anime_assets.production.planning.drafts import Draft, Performance
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Subject

MAX_IN_FRAME = 4
_GROUP_X = (0.32, 0.6, 0.8, 0.95)
"""Distance from the middle of the first, second, ... of those on one side who share a frame, always in one order."""

_SINGLE_X: Mapping[Framing, float] = {
    Framing.WIDE: 0.3,
    Framing.MEDIUM: 0.22,
    Framing.CLOSE_UP: 0.12,
    Framing.OVER_SHOULDER: 0.28,
    Framing.TWO_SHOT: 0.36,
    Framing.INSERT: 0.1,
}
_FOREGROUND_X = 0.72
_EMBRACE_X = 0.1
"""How far from the middle two stand who hold each other."""
_ALWAYS_SEATED = frozenset({Pose.SIT, Pose.DRIVE})
_DEFAULT_PERFORMANCE = Performance(Emotion.NEUTRAL, Pose.STAND)


class Blocking:
    """Each character's side of the picture for a whole scene: the 180-degree line is never crossed.

    Attributes:
        travel_direction: Where everything goes that moves through the place.
    """

    def __init__(self, present: Sequence[str], requested_moves: Sequence[Move], minors: Collection[str] = ()) -> None:
        """Place those who are present; `minors` are the ids of those under 18, who play nothing romantic."""
        self._minors = frozenset(minors)
        self._side = {name: (-1 if number % 2 == 0 else 1) for number, name in enumerate(present)}
        self._rank = {name: number // 2 for number, name in enumerate(present)}
        tracking_moves = [move for move in requested_moves if move in (Move.TRACK_LEFT, Move.TRACK_RIGHT)]
        self.travel_direction = Facing.LEFT if tracking_moves and tracking_moves[0] is Move.TRACK_LEFT else Facing.RIGHT

    def are_opposite(self, one: str, other: str) -> bool:
        """Return whether two people stand on different sides, so that one can be seen past the other."""
        return self._side[one] != self._side[other]

    def facing(self, name: str) -> Facing:
        """Return where somebody looks when standing: towards the other side."""
        return Facing.RIGHT if self._side[name] < 0 else Facing.LEFT

    def subjects(self, draft: Draft) -> tuple[Subject, ...]:
        """Return the subjects of a shot, left to right, one in the foreground last."""
        visible = draft.focus[:1] if draft.framing in (Framing.CLOSE_UP, Framing.INSERT) else draft.focus
        visible = visible[: 2 if draft.framing is Framing.TWO_SHOT else MAX_IN_FRAME]
        return tuple(self._without_romance(self._placed(draft, visible)))

    def _without_romance(self, subjects: Sequence[Subject]) -> list[Subject]:
        """Return subjects of whom no minor looks tender, whichever director said so."""
        return [
            replace(subject, emotion=Emotion.HAPPY)
            if subject.character in self._minors and subject.emotion is Emotion.TENDER
            else subject
            for subject in subjects
        ]

    def _placed(self, draft: Draft, visible: Sequence[str]) -> Sequence[Subject]:
        if draft.framing is Framing.OVER_SHOULDER and draft.listener:
            speaker = self._place_subject(draft.focus[0], draft.focus[:1], draft)
            return (speaker, self._foreground_subject(draft.listener, draft))
        placed_subjects = [self._place_subject(name, visible, draft) for name in visible]
        return sorted(placed_subjects, key=lambda subject: subject.x)

    def _place_subject(self, name: str, visible: Sequence[str], draft: Draft) -> Subject:
        performance = draft.performances.get(name, _DEFAULT_PERFORMANCE)
        facing = (
            self.travel_direction if draft.travels and performance.pose in (Pose.RUN, Pose.SIT) else self.facing(name)
        )
        return Subject(
            name,
            performance.emotion,
            performance.pose,
            facing,
            self._subject_x(name, visible, draft),
            holds=performance.holds,
            is_seated=performance.is_seated and performance.pose not in _ALWAYS_SEATED,
        )

    def _subject_x(self, name: str, visible: Sequence[str], draft: Draft) -> float:
        side, framing = self._side[name], draft.framing
        embracing = [one for one in visible if draft.performances.get(one, _DEFAULT_PERFORMANCE).pose is Pose.EMBRACE]
        if name in embracing and len(embracing) == 2:
            return _EMBRACE_X if name == max(embracing, key=lambda one: self._side[one]) else -_EMBRACE_X
        same_side = sorted((other for other in visible if self._side[other] == side), key=lambda one: self._rank[one])
        if len(visible) > 1 and (framing is Framing.WIDE or len(same_side) > 1):
            return side * _GROUP_X[same_side.index(name)]
        return side * _SINGLE_X[framing]

    def _foreground_subject(self, listener: str, draft: Draft) -> Subject:
        performance = draft.performances.get(listener, _DEFAULT_PERFORMANCE)
        x = self._side[listener] * _FOREGROUND_X
        return Subject(listener, performance.emotion, performance.pose, Facing.AWAY, x, is_foreground=True)
