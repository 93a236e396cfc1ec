"""Keyframes and clips in turn: each keyframe of a scene starts from the last frame of the clip before it.

A scene is made shot by shot, since the next one can only be asked for when its start is there; scenes are made side by
side. The clips are the clip stage's own, from the same orders, so that it finds them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tower_anime_assets.engines.generate import Order, Outcome
from tower_anime_assets.production.planning.shots import EpisodePlan, Shot
from tower_anime_assets.stages import clips, stills
from tower_anime_assets.store.takes import Take

Step = tuple[Order[Any], Outcome | None]


class Orders(Protocol):
    """Says what is wanted of a shot once what it builds on is there."""

    def keyframe_after(self, shot: Shot, keyframe: Take | None, clip: Take | None) -> Order[Any]:
        """Return the order for a shot's keyframe; given are the shot before's takes, None for a scene's first."""

    def clip_of(self, shot: Shot, keyframe: Take) -> Order[Any]:
        """Return the order for a shot's clip."""


@dataclass(frozen=True)
class InTurn:
    """What came of every shot that could be asked for, by shot key; the others wait."""

    keyframes: dict[str, Step] = field(default_factory=dict)
    clips: dict[str, Step] = field(default_factory=dict)

    def of(self, stage: str) -> dict[str, Step]:
        """Return what came of one stage's orders."""
        return self.keyframes if stage == stills.KEYFRAME else self.clips

    @property
    def rejected(self) -> tuple[Outcome, ...]:
        """Takes that are there and not accepted."""
        steps = (*self.keyframes.values(), *self.clips.values())
        return tuple(outcome for _order, outcome in steps if outcome is not None and not outcome.accepted)


def in_turn(
    plan: EpisodePlan,
    orders: Orders,
    settle: Callable[[str, Sequence[Order[Any]]], Sequence[Outcome | None]],
    *,
    last_clips: bool,
) -> InTurn:
    """Have the shots of every scene settled, or only looked for, one after the other.

    Args:
        plan: The episode's.
        orders: What is wanted of a shot.
        settle: Given a stage and orders of different scenes, returns what came of each, None where nothing is there.
        last_clips: Whether the clip of each scene's last shot is wanted too, from which no keyframe starts.
    """
    found = InTurn()
    going = [scene.shots for scene in plan.scenes if scene.shots]
    before: dict[str, tuple[Take, Take]] = {}
    number = 0
    while going:
        shots = [scene[number] for scene in going]
        wanted = [orders.keyframe_after(shot, *before.get(shot.scene, (None, None))) for shot in shots]
        keyframes = _accepted(found.keyframes, wanted, settle(stills.KEYFRAME, wanted))
        if not last_clips:
            going = [scene for scene in going if len(scene) > number + 1]
        filmed = [scene[number] for scene in going if scene[number].key in keyframes]
        wanted = [orders.clip_of(shot, keyframes[shot.key]) for shot in filmed]
        filled = _accepted(found.clips, wanted, settle(clips.STAGE, wanted) if wanted else ())
        before = {shot.scene: (keyframes[shot.key], filled[shot.key]) for shot in filmed if shot.key in filled}
        going = [scene for scene in going if scene[number].key in filled and len(scene) > number + 1]
        number += 1
    return found


def _accepted(
    into: dict[str, Step], orders: Sequence[Order[Any]], outcomes: Sequence[Outcome | None]
) -> dict[str, Take]:
    """Put steps where they belong, and return the accepted takes by shot key."""
    into.update({order.subject: (order, outcome) for order, outcome in zip(orders, outcomes, strict=True)})
    pairs = zip(orders, outcomes, strict=True)
    return {order.subject: outcome.take for order, outcome in pairs if outcome is not None and outcome.accepted}
