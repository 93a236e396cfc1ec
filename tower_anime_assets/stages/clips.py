"""Clips: the moving picture of every shot, each grown from its accepted keyframe."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from tower_anime_assets.engines.generate import Measurement, Order
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.media import frames, pictures
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.media.mezzanine import KEYFRAME_EVERY_FRAMES, X264_OPTIONS
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import ClipBrief, MouthSpan
from tower_anime_assets.production.planning.motion import expected_motion_px
from tower_anime_assets.production.planning.shots import Shot
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.quality import video
from tower_anime_assets.quality.thresholds import CLIPS, with_overrides
from tower_anime_assets.stages.engine_choice import EngineChoice
from tower_anime_assets.stages.init_images import LAST, PREVIOUS
from tower_anime_assets.stages.stills import place_of, write_thumbnail
from tower_anime_assets.store.takes import Take

STAGE = "clip"

FROM_KEYFRAME = "clips_start_from_their_keyframe"


def bars(project: Project) -> tuple[Threshold, ...]:
    """Return what the video gates ask in this project."""
    return with_overrides(CLIPS, project.thresholds)


def clip_brief(project: Project, shot: Shot, keyframe_sha256: str) -> ClipBrief:
    """Return what an animator is told of a shot; the words that are spoken are no part of it, only when."""
    spans = tuple(MouthSpan(span.character, span.start_frame, span.end_frame) for span in shot.speech if span.on_screen)
    return ClipBrief(
        keyframe_sha256=keyframe_sha256,
        frames=shot.frames,
        fps=project.delivery.fps,
        width_px=project.delivery.width_px,
        height_px=project.delivery.height_px,
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
    )


def orders(
    project: Project,
    shots: Iterable[tuple[Shot, Take]],
    chosen_for: Callable[[Shot], EngineChoice[ClipBrief]],
    media: MediaStore,
) -> list[Order[ClipBrief]]:
    """Return an order for each shot's clip; with each shot comes its accepted keyframe."""
    bar = bars(project)
    wanted = []
    for shot, keyframe in shots:
        inputs = {role: media.path_of(file.path) for role, file in keyframe.files.items()}
        inputs["picture"] = inputs.pop("main")
        brief = clip_brief(project, shot, keyframe.files["main"].sha256)
        asked = chosen_for(shot).order(
            stage=STAGE,
            subject=shot.key,
            position=place_of(shot),
            brief=brief,
            measure=partial(_measure, brief, media, keyframe),
            thresholds=bar,
            reasoning=f"{shot.move} over {shot.frames} frames from keyframe {brief.keyframe_sha256[:12]}.",
            inputs=inputs,
        )
        others = tuple(_fitting(other) for other in asked.alternates)
        wanted.append(replace(_fitting(asked), alternates=others))
    return wanted


def _fitting(order: Order[ClipBrief]) -> Order[ClipBrief]:
    """Return an order without the gate that asks for its keyframe, if its workflow makes pictures from words alone."""
    if not isinstance(order.engine, RemoteEngine) or order.engine.takes_picture:
        return order
    return replace(order, thresholds=tuple(bar for bar in order.thresholds if bar.gate != FROM_KEYFRAME))


def _measure(brief: ClipBrief, media: MediaStore, keyframe: Take, made: EngineOutput) -> Measurement:
    path = made.files["main"]
    found = frames.probe(path)
    motion_px = expected_motion_px(brief)
    still = pictures.read_picture(media.path_of(keyframe.files["main"].path))
    middle, last = found.frames // 2, found.frames - 1
    kept = frames.Kept(frozenset({middle, last} if brief.keeps_last else {middle}))
    luma = frames.luma_frames(path, kept=kept)
    stream = video.measure_clip(luma, float(found.fps), video.stored_luma(still), motion_px)
    facts = video.ClipFacts(
        frames=found.frames,
        width_px=found.width_px,
        height_px=found.height_px,
        fps=float(found.fps),
        codec=found.codec,
        pix_fmt=found.pix_fmt,
        profile=found.profile,
        key_frames=found.key_frames,
        open_gops=found.open_gops,
        is_steady=found.is_steady,
        is_full_range=found.is_full_range,
    )
    plan = video.ClipPlan(brief.frames, brief.width_px, brief.height_px, brief.fps, motion_px)
    house = video.Encoding("h264", X264_OPTIONS["pix_fmt"], "High", KEYFRAME_EVERY_FRAMES)
    shown = write_thumbnail(path, kept.pictures[middle])
    if brief.keeps_last:
        shown[LAST] = path.with_name("last.png")
        pictures.write_png(shown[LAST], kept.pictures[last])
    return Measurement(
        video.clip_measures(facts, plan, house, stream),
        {"expected_motion_px": list(motion_px), "encoding_faults": list(video.encoding_faults(facts, house))},
        shown,
    )
