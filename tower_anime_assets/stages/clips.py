"""Clips: the moving picture of every shot, made from its accepted keyframe."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.media.mezzanine import KEYFRAME_EVERY_FRAMES, X264_OPTIONS
from tower_anime_assets.production.attempt import LAST_FRAME, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import ClipBrief, MouthSpan
from tower_anime_assets.production.planning.motion import expected_motion_px
from tower_anime_assets.production.planning.prompts import literal_passages
from tower_anime_assets.production.planning.reframing import fit_of
from tower_anime_assets.production.planning.shots import Shot
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import routing
from tower_anime_assets.stages.engine_choice import EngineChoice, choice_from_ranking
from tower_anime_assets.stages.init_images import PREVIOUS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan, shot_keys
from tower_anime_assets.stages.shots import shot_position
from tower_anime_assets.stages.stage import EpisodeRun, Stage
from tower_anime_assets.stages.thumbnails import write_thumbnail
from tower_anime_assets.store.takes import Take

FROM_KEYFRAME = "clips_start_from_their_keyframe"
"""The gate that compares a clip with its keyframe."""


def clip_brief(project: Project, shot: Shot, keyframe_sha256: str) -> ClipBrief:
    """Return the brief of a shot's clip; it holds when lines are spoken, not their words."""
    spans = tuple(MouthSpan(span.character, span.start_frame, span.end_frame) for span in shot.speech if span.on_screen)
    width_px, height_px = project.delivery.working_px
    return ClipBrief(
        keyframe_sha256=keyframe_sha256,
        frames=shot.frames,
        fps=project.delivery.fps,
        width_px=width_px,
        height_px=height_px,
        framing=shot.framing,
        move=shot.move,
        activity=shot.activity,
        setting=shot.setting,
        effects=shot.effects,
        speaking=spans,
        card=shot.card,
        prompt=shot.prompt,
        negative=shot.negative,
        seed=seed_from(keyframe_sha256, shot.move, shot.frames, project.seed),
        keeps_last=project.engines.keyframes_from == PREVIOUS,
        fit=fit_of(project.delivery, shot),
        literal=literal_passages(shot),
    )


def order_clip(run: EpisodeRun, shot: Shot, keyframe: Take) -> Order[ClipBrief]:
    """Return the order for one shot's clip in an episode, with the engine chosen for it."""
    return clip_order(run.project, shot, keyframe, _engine_choice(run, shot), run.studio.media)


def clip_order(
    project: Project, shot: Shot, keyframe: Take, choice: EngineChoice[ClipBrief], media: MediaStore
) -> Order[ClipBrief]:
    """Return the order for one shot's clip, made from its accepted keyframe."""
    inputs = {role: media.path_of(file.path) for role, file in keyframe.files.items()}
    inputs["picture"] = inputs.pop("main")
    brief = clip_brief(project, shot, keyframe.files["main"].sha256)
    order = choice.order(
        stage=CLIPS.name,
        subject=shot.key,
        position=shot_position(shot),
        brief=brief,
        measure=partial(_measure, brief, media, keyframe),
        thresholds=CLIPS.thresholds_for(project),
        reasoning=f"{shot.move} over {shot.frames} frames from keyframe {brief.keyframe_sha256[:12]}.",
        inputs=inputs,
    )
    alternates = tuple(_without_keyframe_gate(alternate) for alternate in order.alternates)
    return replace(_without_keyframe_gate(order), alternates=alternates)


def _orders(run: EpisodeRun) -> list[Order[ClipBrief]]:
    shots = episode_plan(run).shots
    return [order_clip(run, shot, take) for shot, take in zip(shots, run.accepted(KEYFRAMES), strict=True)]


def _ready_orders(run: EpisodeRun) -> list[Order[ClipBrief]]:
    keyframes = zip(episode_plan(run).shots, run.find(KEYFRAMES), strict=True)
    return [
        order_clip(run, shot, outcome.take)
        for shot, (_order, outcome) in keyframes
        if outcome is not None and outcome.accepted
    ]


def _engine_choice(run: EpisodeRun, shot: Shot) -> EngineChoice[ClipBrief]:
    if not run.engines.is_routed("clips"):
        return EngineChoice(run.engines.clips())
    return choice_from_ranking(run.router.rank(shot, routing.VIDEO), run.engines.clips)


def _without_keyframe_gate(order: Order[ClipBrief]) -> Order[ClipBrief]:
    """Return an order without the gate that compares with the keyframe, if its workflow takes no picture."""
    if not isinstance(order.engine, RemoteEngine) or order.engine.takes_picture:
        return order
    return replace(order, thresholds=tuple(bar for bar in order.thresholds if bar.gate != FROM_KEYFRAME))


def _measure(brief: ClipBrief, media: MediaStore, keyframe: Take, output: EngineOutput) -> Measurement:
    from tower_anime_assets.media import frames, pictures
    from tower_anime_assets.media.fitting import fit_frame
    from tower_anime_assets.quality import video

    path = output.files["main"]
    facts = frames.probe(path)
    motion_px = expected_motion_px(brief)
    still = pictures.read_picture(media.path_of(keyframe.files["main"].path))
    if brief.fit is not None:
        still = fit_frame(still, brief.fit)
    middle, last = facts.frames // 2, facts.frames - 1
    takes_last = brief.keeps_last and brief.fit is None  # else its engine has kept it, as it was made
    capture = frames.FrameCapture(frozenset({middle, last} if takes_last else {middle}))
    luma = frames.luma_frames(path, capture=capture)
    stream = video.measure_clip(luma, float(facts.fps), video.limited_range_luma(still), motion_px)
    mezzanine = video.EncodingSpec("h264", X264_OPTIONS["pix_fmt"], "High", KEYFRAME_EVERY_FRAMES)
    files = write_thumbnail(path, capture.pictures[middle])
    if takes_last:
        files[LAST_FRAME] = path.with_name("last.png")
        pictures.write_png(files[LAST_FRAME], capture.pictures[last])
    return Measurement(
        video.clip_measures(facts, brief, mezzanine, stream),
        {"expected_motion_px": list(motion_px), "encoding_faults": list(video.encoding_faults(facts, mezzanine))},
        files,
    )


CLIPS: Stage[EpisodeRun] = Stage(
    name="clip",
    asset="ltx_clips",
    title="Clips",
    version="2",
    thresholds=thresholds.CLIPS,
    subjects=shot_keys,
    orders=_orders,
    engine_name=lambda run: "" if run.engines.is_routed("clips") else run.engines.clips().name,
    prior_s=2.0,
    builds_on=(SHOT_PLANS, KEYFRAMES),
    is_by_shot=True,
    ready_orders=_ready_orders,
)
