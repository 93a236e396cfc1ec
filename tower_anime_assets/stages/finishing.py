"""Finishing: clips interpolated to the delivery's rate and upscaled to its size, between clip and master.

A shot has work here only where its clip is of another rate or size than the delivery's. Its last take, whichever stage
made it, is what the gates of clips judge and what the master is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from tower_anime_assets.engines.finishing import CLIP, EmbeddedInterpolator, EmbeddedScaler
from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.protocols import Engine
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.planning.briefs import ClipBrief, FinishingBrief, InterpolationBrief, UpscaleBrief
from tower_anime_assets.production.planning.shots import Shot
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import routing
from tower_anime_assets.stages.clip_forms import finishing_policy, is_finishing_possible, made_brief
from tower_anime_assets.stages.clips import CLIPS, clip_brief, clip_engine_choice, measure_clip_file
from tower_anime_assets.stages.engine_choice import EngineChoice, choice_from_ranking
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan
from tower_anime_assets.stages.shots import following_shots, shot_position
from tower_anime_assets.stages.stage import NOTHING_AGAIN, EpisodeRun, FoundTake, Selection, Stage
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.store.takes import Take

B = TypeVar("B", bound=FinishingBrief)


@dataclass(frozen=True)
class _ShotClip:
    """A shot's clip on its way to the delivery.

    Attributes:
        delivered: What is to be delivered.
        made: What the clip is, or will be as far as can be foreseen.
        order: The order that the take was found for, None before the shot has a keyframe.
        take: The clip, None while there is none that may be used.
    """

    shot: Shot
    delivered: ClipBrief
    made: ClipBrief
    order: Order[ClipBrief] | None = None
    take: Take | None = None

    @property
    def is_interpolated(self) -> bool:
        return (self.made.fps, self.made.frames) != (self.delivered.fps, self.delivered.frames)

    @property
    def is_upscaled(self) -> bool:
        return self.made.fit != self.delivered.fit


def make_clips(run: EpisodeRun, selection: Selection = NOTHING_AGAIN) -> StageReport:
    """Find or make every clip, and have it brought to the delivery's rate and size where it is made otherwise.

    Returns:
        How the clips ended: of each shot the take that is delivered, or the one that kept it from getting there.

    Raises:
        NotAcceptedError: A stage before it is unfinished; what does not need it was made.
        TowerError: Something could not be made.
    """
    try:
        report = run.make(CLIPS, selection)
    except NotAcceptedError:
        for stage in FINISHING_STAGES:
            _make_ready(run, stage)
        raise
    for stage in FINISHING_STAGES:
        report = _merged(report, _make_ready(run, stage))
    return report


def delivered_clips(run: EpisodeRun) -> tuple[Take, ...]:
    """Return the take of every shot that goes into the master, in story order.

    Raises:
        NotAcceptedError: Some are missing or rejected; the message names them and says what to do.
    """
    clips = run.accepted(CLIPS)
    if not is_finishing_possible(run):
        return clips
    keys = [shot.key for shot in episode_plan(run).shots]
    takes = dict(zip(keys, clips, strict=True))
    for stage in FINISHING_STAGES:
        if subjects := stage.subjects(run):
            takes |= zip(subjects, run.accepted(stage), strict=True)
    return tuple(takes[key] for key in keys)


def finishing_media(run: EpisodeRun, shot: Shot) -> dict[str, str]:
    """Return the medium by stage, of the stages that a server's workflow does for a shot: what `tower route` ranks."""
    return {
        stage.name: medium
        for stage, kind, medium in (
            (INTERPOLATIONS, "interpolate", routing.INTERPOLATED),
            (UPSCALES, "upscale", routing.UPSCALED),
        )
        if run.engines.is_routed(kind) and shot.key in stage.subjects(run) and run.router.has_candidate(shot, medium)
    }


# What is to be done to which clip -------------------------------------------------------------------------------------


def _shot_clips(run: EpisodeRun) -> list[_ShotClip]:
    """Return every shot's clip as it stands; [] for a show whose clips are finished as they are written."""
    if not is_finishing_possible(run):
        return []
    return run.once(_find_shot_clips) if run.is_dry else _find_shot_clips(run)


def _find_shot_clips(run: EpisodeRun) -> list[_ShotClip]:
    try:
        found = {order.subject: (order, outcome) for order, outcome in run.find(CLIPS, partial=True)}
    except NotAcceptedError:  # a stage before it is unfinished
        found = {}
    return [_shot_clip(run, shot, *found.get(shot.key, (None, None))) for shot in episode_plan(run).shots]


def _shot_clip(run: EpisodeRun, shot: Shot, order: Order[ClipBrief] | None, outcome: Outcome | None) -> _ShotClip:
    if order is None:
        delivered = clip_brief(run.project, shot, "")
        following = following_shots(episode_plan(run)).get(shot.key)
        choice = clip_engine_choice(run, shot, following)
        made = made_brief(delivered, choice.engine, finishing_policy(run, shot))
        return _ShotClip(shot, delivered, made)
    if outcome is None or not (outcome.accepted or run.run.uses_best):
        return _ShotClip(shot, _delivered(run, shot, order), order.brief)
    variant = next(one for one in order.variants if one.digest == outcome.digest)
    return _ShotClip(shot, _delivered(run, shot, variant), variant.brief, variant, outcome.take)


def _delivered(run: EpisodeRun, shot: Shot, order: Order[ClipBrief]) -> ClipBrief:
    """Return the brief of a clip as the delivery shows it: of the shot as planned, or as a person asked for it."""
    seen = order.asked.shot if order.asked is not None else shot
    return clip_brief(run.project, seen, order.brief.keyframe_sha256)


def _subjects(is_wanted: Callable[[_ShotClip], bool], run: EpisodeRun) -> list[str]:
    try:
        return [clip.shot.key for clip in _shot_clips(run) if is_wanted(clip)]
    except NotAcceptedError:  # its shots are not planned yet: what they will need is not known
        return []


def _orders_of_all(ready_orders: Callable[[EpisodeRun], list[Order[Any]]], run: EpisodeRun) -> list[Order[Any]]:
    """Return the orders for every clip that has work; refused while one of them is missing or rejected."""
    if is_finishing_possible(run):
        run.accepted(CLIPS)
    return ready_orders(run)


def _interpolation_orders(run: EpisodeRun) -> list[Order[InterpolationBrief]]:
    clips = [clip for clip in _shot_clips(run) if clip.is_interpolated and clip.take is not None]
    keyframes = _keyframes(run) if clips else {}
    return [_order_interpolation(run, clip, keyframes[clip.shot.key]) for clip in clips]


def _order_interpolation(run: EpisodeRun, clip: _ShotClip, keyframe: Take) -> Order[InterpolationBrief]:
    made, delivered = clip.made, clip.delivered
    assert clip.take is not None  # noqa: S101 - only clips that exist are ordered
    brief, choice = _interpolation_brief(clip, clip.take.files["main"].sha256), _interpolator_choice(run, clip)
    why = f"From {made.frames} frames at {made.fps} per second to {delivered.frames} at {delivered.fps}."
    shown_as = replace(delivered, fit=made.fit, keeps_last=False)
    return _finishing_order(INTERPOLATIONS, run, clip, clip.take, keyframe, brief, choice, shown_as, why)


def _interpolation_brief(clip: _ShotClip, sha256: str) -> InterpolationBrief:
    return InterpolationBrief(
        clip_sha256=sha256,
        made_frames=clip.made.frames,
        made_fps=clip.made.fps,
        frames=clip.delivered.frames,
        fps=clip.delivered.fps,
        width_px=clip.made.width_px,
        height_px=clip.made.height_px,
        card="" if clip.is_upscaled else clip.delivered.card,
    )


def _interpolator_choice(run: EpisodeRun, clip: _ShotClip) -> EngineChoice[InterpolationBrief]:
    return _engine_choice(run, clip.shot, "interpolate", routing.INTERPOLATED, run.engines.interpolator)


def _upscale_orders(run: EpisodeRun) -> list[Order[UpscaleBrief]]:
    clips = [clip for clip in _shot_clips(run) if clip.is_upscaled and clip.take is not None]
    interpolated: dict[str, Take] = {}
    if any(clip.is_interpolated for clip in clips):
        interpolated = _usable_takes(run, run.find(INTERPOLATIONS, partial=True))
    keyframes = _keyframes(run) if clips else {}
    orders = []
    for clip in clips:
        source = interpolated.get(clip.shot.key) if clip.is_interpolated else clip.take
        if source is not None:
            orders.append(_order_upscale(run, clip, source, keyframes[clip.shot.key]))
    return orders


def _order_upscale(run: EpisodeRun, clip: _ShotClip, source: Take, keyframe: Take) -> Order[UpscaleBrief]:
    made, delivered = clip.made, clip.delivered
    brief, choice = _upscale_brief(clip, source.files["main"].sha256), _upscaler_choice(run, clip)
    assert delivered.fit is not None  # noqa: S101 - or the clip would have the delivery's size
    why = f"From {made.width_px}x{made.height_px} px to {delivered.fit.width_px}x{delivered.fit.height_px}."
    shown_as = replace(delivered, keeps_last=False)
    return _finishing_order(UPSCALES, run, clip, source, keyframe, brief, choice, shown_as, why)


def _upscale_brief(clip: _ShotClip, sha256: str) -> UpscaleBrief:
    delivered = clip.delivered
    assert delivered.fit is not None  # noqa: S101 - or the clip would have the delivery's size
    return UpscaleBrief(
        clip_sha256=sha256,
        frames=delivered.frames,
        fps=delivered.fps,
        width_px=clip.made.width_px,
        height_px=clip.made.height_px,
        fit=delivered.fit,
        card=delivered.card,
    )


def _upscaler_choice(run: EpisodeRun, clip: _ShotClip) -> EngineChoice[UpscaleBrief]:
    return _engine_choice(run, clip.shot, "upscale", routing.UPSCALED, run.engines.upscaler)


def foreseen_finishing(run: EpisodeRun, stage: Stage[Any]) -> dict[str, tuple[Engine[Any], FinishingBrief]]:
    """Return who will finish each shot's clip and what is made, before there are clips; other shots are absent.

    Raises:
        NotAcceptedError: The shots are not planned yet.
    """
    clips = _shot_clips(run)
    if stage is INTERPOLATIONS:
        wanted = [clip for clip in clips if clip.is_interpolated]
        return {one.shot.key: (_interpolator_choice(run, one).engine, _interpolation_brief(one, "")) for one in wanted}
    wanted = [clip for clip in clips if clip.is_upscaled]
    return {one.shot.key: (_upscaler_choice(run, one).engine, _upscale_brief(one, "")) for one in wanted}


def _finishing_order(
    stage: Stage[EpisodeRun],
    run: EpisodeRun,
    clip: _ShotClip,
    source: Take,
    keyframe: Take,
    brief: B,
    choice: EngineChoice[B],
    shown_as: ClipBrief,
    reasoning: str,
) -> Order[B]:
    """Return the order for a finished clip."""
    media = run.studio.media
    assert clip.order is not None  # noqa: S101 - a clip that exists was ordered
    gates = {bar.gate for bar in clip.order.thresholds}  # a workflow without an init image starts from no keyframe
    return choice.order(
        stage=stage.name,
        subject=clip.shot.key,
        position=shot_position(clip.shot),
        brief=brief,
        measure=partial(measure_clip_file, shown_as, media, keyframe),
        thresholds=tuple(bar for bar in stage.thresholds_for(run.project) if bar.gate in gates),
        reasoning=reasoning,
        inputs={CLIP: media.path_of(source.files["main"].path)},
    )


def _engine_choice(
    run: EpisodeRun, shot: Shot, kind: str, medium: str, engine_named: Callable[..., Engine[B]]
) -> EngineChoice[B]:
    """Return the engine for a clip: the servers' best workflow where that is wanted and there is one, else our own.

    What a server's workflow has made already serves where the server has lost it: nothing is replaced by less.
    """
    if not run.engines.is_routed(kind):
        return EngineChoice(engine_named())
    if getattr(run.project.engines, kind) == "comfyui" or run.router.has_candidate(shot, medium):
        return choice_from_ranking(run.router.rank(shot, medium), engine_named)
    others = tuple(engine_named(candidate.engine) for candidate in run.router.candidates[medium])
    return EngineChoice(engine_named(), others, reasoning=f"No server has a workflow that makes {medium}.")


def _keyframes(run: EpisodeRun) -> Mapping[str, Take]:
    return {order.subject: outcome.take for order, outcome in run.find(KEYFRAMES, partial=True) if outcome is not None}


def _usable_takes(run: EpisodeRun, found: Iterable[FoundTake]) -> dict[str, Take]:
    return {
        order.subject: outcome.take
        for order, outcome in found
        if outcome is not None and (outcome.accepted or run.run.uses_best)
    }


# Making ---------------------------------------------------------------------------------------------------------------


def _make_ready(run: EpisodeRun, stage: Stage[EpisodeRun]) -> StageReport | None:
    """Make the takes of a stage for every clip that is there; None where it has no work.

    Clips that are missing or rejected are told by their own gates.
    """
    assert stage.ready_orders is not None  # noqa: S101 - both have them
    orders = stage.ready_orders(run)
    if not orders:
        return None
    report = run.run.fulfill(stage, run.key, orders, attempts=stage.attempts_for(run.project))
    if report.made:
        run.studio.free_graphics_memory()
    return report


def _merged(clips: StageReport, finished: StageReport | None) -> StageReport:
    """Return the report of clips with the takes that finish some of them in their places, and with both costs."""
    if finished is None:
        return clips
    by_shot = {outcome.subject: outcome for outcome in finished.outcomes}
    outcomes = [
        _added(outcome, by_shot[outcome.subject]) if outcome.subject in by_shot else outcome
        for outcome in clips.outcomes
    ]
    figures = {
        **clips.figures,
        f"{finished.stage}_takes": len(finished.outcomes),
        f"{finished.stage}_made": finished.made,
        f"{finished.stage}_engine": finished.engine,
        f"{finished.stage}_seconds": finished.seconds,
    }
    return replace(clips, outcomes=outcomes, seconds=clips.seconds + finished.seconds, figures=figures)


def _added(before: Outcome, outcome: Outcome) -> Outcome:
    return replace(
        outcome,
        attempts=before.attempts + outcome.attempts,
        seconds=before.seconds + outcome.seconds,
        cpu_s=before.cpu_s + outcome.cpu_s,
        gpu_s=before.gpu_s + outcome.gpu_s,
    )


def _is_interpolated(clip: _ShotClip) -> bool:
    return clip.is_interpolated


def _is_upscaled(clip: _ShotClip) -> bool:
    return clip.is_upscaled


INTERPOLATIONS: Stage[EpisodeRun] = Stage(
    name="interpolation",
    asset=CLIPS.asset,
    title="Clips at the delivery's rate",
    thresholds=thresholds.FINISHED_CLIPS,
    subjects=partial(_subjects, _is_interpolated),
    orders=partial(_orders_of_all, _interpolation_orders),
    engine_name=lambda run: "" if run.engines.is_routed("interpolate") else EmbeddedInterpolator.name,
    prior_s=10.0,
    builds_on=(SHOT_PLANS, KEYFRAMES, CLIPS),
    is_by_shot=True,
    is_deterministic=True,
    ready_orders=_interpolation_orders,
    finishes=CLIPS,
)

UPSCALES: Stage[EpisodeRun] = Stage(
    name="upscale",
    asset=CLIPS.asset,
    title="Clips at the delivery's size",
    thresholds=thresholds.FINISHED_CLIPS,
    subjects=partial(_subjects, _is_upscaled),
    orders=partial(_orders_of_all, _upscale_orders),
    engine_name=lambda run: "" if run.engines.is_routed("upscale") else EmbeddedScaler.name,
    prior_s=20.0,
    builds_on=(SHOT_PLANS, KEYFRAMES, CLIPS, INTERPOLATIONS),
    is_by_shot=True,
    is_deterministic=True,
    ready_orders=_upscale_orders,
    finishes=CLIPS,
)

FINISHING_STAGES = (INTERPOLATIONS, UPSCALES)
"""The stages between clip and master, in their order."""
