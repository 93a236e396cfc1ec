"""Who stands where: one side of the line for each character and scene, and the subjects of a shot by its framing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tower_anime_assets.production.planning.drafts import Act, Draft
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Subject

MOST_IN_FRAME = 4
_GROUP_X = (0.32, 0.6, 0.8, 0.95)
"""Distance from the middle of the first, second, ... of those of a side who share a frame: in the same order always."""

_SINGLE_X: Mapping[Framing, float] = {
    Framing.WIDE: 0.3,
    Framing.MEDIUM: 0.22,
    Framing.CLOSE_UP: 0.12,
    Framing.OVER_SHOULDER: 0.28,
    Framing.TWO_SHOT: 0.36,
    Framing.INSERT: 0.1,
}
_FOREGROUND_X = 0.72
_AT_REST = Act(Emotion.NEUTRAL, Pose.STAND)


class Blocking:
    """Each character's side of the picture for a whole scene: the 180-degree line is never crossed.

    Attributes:
        travel: Whither everything moves that moves through the place.
    """

    def __init__(self, present: Sequence[str], asked_moves: Sequence[Move]) -> None:
        self._side = {name: (-1 if number % 2 == 0 else 1) for number, name in enumerate(present)}
        self._rank = {name: number // 2 for number, name in enumerate(present)}
        tracks = [move for move in asked_moves if move in (Move.TRACK_LEFT, Move.TRACK_RIGHT)]
        self.travel = Facing.LEFT if tracks and tracks[0] is Move.TRACK_LEFT else Facing.RIGHT

    def are_opposite(self, one: str, other: str) -> bool:
        """Return whether two stand on different sides, so that one can be looked past to the other."""
        return self._side[one] != self._side[other]

    def facing(self, name: str) -> Facing:
        """Return whither somebody looks whenever they stand: towards the other side."""
        return Facing.RIGHT if self._side[name] < 0 else Facing.LEFT

    def subjects(self, draft: Draft) -> tuple[Subject, ...]:
        """Return everybody in a shot, left to right, the foreground last."""
        shown = draft.focus[:1] if draft.framing in (Framing.CLOSE_UP, Framing.INSERT) else draft.focus
        shown = shown[: 2 if draft.framing is Framing.TWO_SHOT else MOST_IN_FRAME]
        if draft.framing is Framing.OVER_SHOULDER and draft.listener:
            speaker = self._placed(draft.focus[0], draft.focus[:1], draft)
            return (speaker, self._foreground(draft.listener, draft))
        placed = [self._placed(name, shown, draft) for name in shown]
        return tuple(sorted(placed, key=lambda subject: subject.x))

    def _placed(self, name: str, shown: Sequence[str], draft: Draft) -> Subject:
        act = draft.acts.get(name, _AT_REST)
        facing = self.travel if draft.travels and act.pose in (Pose.RUN, Pose.SIT) else self.facing(name)
        return Subject(name, act.emotion, act.pose, facing, self._x(name, shown, draft.framing))

    def _x(self, name: str, shown: Sequence[str], framing: Framing) -> float:
        side = self._side[name]
        same_side = sorted((other for other in shown if self._side[other] == side), key=lambda one: self._rank[one])
        if len(shown) > 1 and (framing is Framing.WIDE or len(same_side) > 1):
            return side * _GROUP_X[same_side.index(name)]
        return side * _SINGLE_X[framing]

    def _foreground(self, listener: str, draft: Draft) -> Subject:
        act = draft.acts.get(listener, _AT_REST)
        x = self._side[listener] * _FOREGROUND_X
        return Subject(listener, act.emotion, act.pose, Facing.AWAY, x, is_foreground=True)
