"""Shot chaining: each keyframe of a scene starts from the last frame of the clip before it.

A scene is made shot by shot, since the next keyframe can only be ordered when its init image exists; scenes are made
side by side. The clips are the clip stage's own, from the same orders, so that it finds them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Shot
from tower_anime_assets.stages import init_images
from tower_anime_assets.stages.clips import CLIPS, order_clip
from tower_anime_assets.stages.keyframes import KEYFRAMES, distance_from_previous, order_keyframe
from tower_anime_assets.stages.run import Failed, raise_first
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.stage import EpisodeRun, FoundTake, Selection, Stage, describe_rejected
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.store.takes import Take

Resolve = Callable[[Stage[Any], Sequence[Order[Any]]], Sequence[Outcome | None]]
"""Given a stage and orders of different scenes, returns what came of each, None where no take exists."""


@dataclass(frozen=True)
class ChainedTakes:
    """What came of every shot that could be ordered, by shot key; the others wait."""

    keyframes: dict[str, FoundTake] = field(default_factory=dict)
    clips: dict[str, FoundTake] = field(default_factory=dict)

    def of_stage(self, stage: Stage[Any]) -> dict[str, FoundTake]:
        """Return what came of one stage's orders."""
        return self.keyframes if stage is KEYFRAMES else self.clips

    @property
    def rejected(self) -> tuple[Outcome, ...]:
        """Takes that exist and are not accepted."""
        found = (*self.keyframes.values(), *self.clips.values())
        return tuple(outcome for _order, outcome in found if outcome is not None and not outcome.accepted)


class ShotChain:
    """Finds and makes keyframes and clips in turn; what fails in one scene holds up the rest of that scene alone."""

    stages = (KEYFRAMES, CLIPS)

    def find(self, run: EpisodeRun, stage: Stage[Any], *, partial: bool) -> list[FoundTake]:
        """Return a stage's orders with their takes, those of every shot or, if `partial`, of shots that do not wait."""
        chained = _find(run)
        return list(chained.of_stage(stage).values()) if partial else _require_all(run, stage, chained)

    def make(self, run: EpisodeRun, stage: Stage[Any], selection: Selection) -> StageReport:
        """Make keyframes and clips in turn; a clip made again is followed by the keyframes that start from it."""
        if stage is CLIPS:
            run.accepted(KEYFRAMES)
        again = selection.subjects_to_remake(stage.subjects(run))
        earlier = _find(run)
        reports: list[StageReport] = []
        failures: list[Failed] = []

        def fulfill(now: Stage[Any], orders: Sequence[Order[Any]]) -> Sequence[Outcome | None]:
            report = run.run.fulfill(
                now,
                run.key,
                orders,
                attempts=now.attempts_for(run.project),
                again=again if now is stage else frozenset(),
                spared=[order for order, _outcome in earlier.of_stage(now).values()],
                failures=failures,
            )
            reports.append(report)
            made = {outcome.subject: outcome for outcome in report.outcomes}
            return [made.get(order.subject) for order in orders]

        try:
            chained = resolve_in_turn(run, fulfill, with_last_clips=stage is CLIPS)
        finally:
            if any(report.made for report in reports):
                run.studio.free_graphics_memory()
        raise_first([*(outcome for report in reports for outcome in report.outcomes), *failures])
        outcomes = [outcome for _order, outcome in _require_all(run, stage, chained) if outcome is not None]
        return StageReport(stage.name, run.key, outcomes, sum(report.seconds for report in reports))


def resolve_in_turn(run: EpisodeRun, resolve: Resolve, *, with_last_clips: bool) -> ChainedTakes:
    """Have the shots of every scene made, or only found, one after the other.

    Args:
        run: The episode.
        resolve: Makes or finds the takes of orders.
        with_last_clips: Whether the clip of each scene's last shot is wanted too, from which no keyframe starts.
    """
    chained = ChainedTakes()
    scenes = [scene.shots for scene in episode_plan(run).scenes if scene.shots]
    previous: dict[str, tuple[Take, Take]] = {}
    index = 0
    while scenes:
        shots = [scene[index] for scene in scenes]
        orders = [_keyframe_after(run, shot, *previous.get(shot.scene, (None, None))) for shot in shots]
        or_best = run.run.uses_best
        keyframes = _add_usable(chained.keyframes, orders, resolve(KEYFRAMES, orders), or_best)
        if not with_last_clips:
            scenes = [scene for scene in scenes if len(scene) > index + 1]
        ready = [scene[index] for scene in scenes if scene[index].key in keyframes]
        clip_orders = [order_clip(run, shot, keyframes[shot.key]) for shot in ready]
        clips = _add_usable(chained.clips, clip_orders, resolve(CLIPS, clip_orders) if clip_orders else (), or_best)
        previous = {shot.scene: (keyframes[shot.key], clips[shot.key]) for shot in ready if shot.key in clips}
        scenes = [scene for scene in scenes if scene[index].key in clips and len(scene) > index + 1]
        index += 1
    return chained


def _find(run: EpisodeRun) -> ChainedTakes:
    return resolve_in_turn(run, lambda _stage, orders: run.run.find_takes(orders), with_last_clips=True)


def _keyframe_after(run: EpisodeRun, shot: Shot, keyframe: Take | None, clip: Take | None) -> Order[KeyframeBrief]:
    """Return the order for a keyframe that starts from the clip before; both takes are None for a first shot."""
    init_image = None
    if clip is not None and run.router.starts_from_picture(shot):
        init_image = init_images.last_frame_of(clip, run.studio.media)
    previous = keyframe.details if keyframe is not None else None
    order = order_keyframe(run, shot, init_image)
    return order.with_context(lambda details: distance_from_previous(details, previous))


def _add_usable(
    found: dict[str, FoundTake], orders: Sequence[Order[Any]], outcomes: Sequence[Outcome | None], or_best: bool
) -> dict[str, Take]:
    """Add what came of orders to `found`, and return the takes that later shots build on, by shot key."""
    pairs = list(zip(orders, outcomes, strict=True))
    found.update({order.subject: (order, outcome) for order, outcome in pairs})
    return {
        order.subject: outcome.take for order, outcome in pairs if outcome is not None and (outcome.accepted or or_best)
    }


def _require_all(run: EpisodeRun, stage: Stage[Any], chained: ChainedTakes) -> list[FoundTake]:
    """Return what came of a stage's orders, in story order.

    Raises:
        NotAcceptedError: Some shots still wait for the one before them.
    """
    found = chained.of_stage(stage)
    subjects = stage.subjects(run)
    waiting = [key for key in subjects if key not in found]
    if not waiting:
        return [found[key] for key in subjects]
    reason = f"{', '.join(waiting)} wait{'s' if len(waiting) == 1 else ''} for what comes before in the scene"
    if not chained.rejected:
        raise NotAcceptedError(f"{run.key}: {reason}, which is not made yet: materialize `keyframes` first")
    what = describe_rejected("keyframe or clip", run.key, chained.rejected, run.run.quality)
    raise NotAcceptedError(f"{reason}\n{what}")
