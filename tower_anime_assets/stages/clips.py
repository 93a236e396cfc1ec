"""Clips: the moving picture of every shot, made from its accepted keyframe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.protocols import LoraEngine, RemoteEngine
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.media.mezzanine import KEYFRAME_EVERY_FRAMES, X264_OPTIONS
from tower_anime_assets.production.attempt import LAST_FRAME, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import ClipBrief, MouthSpan
from tower_anime_assets.production.planning.motion import expected_motion_px
from tower_anime_assets.production.planning.prompts import literal_passages
from tower_anime_assets.production.planning.reframing import fit_of
from tower_anime_assets.production.planning.shots import EpisodePlan, Shot
from tower_anime_assets.production.story.model import Lora, Project
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import asked_takes, routing
from tower_anime_assets.stages.clip_forms import AS_WRITTEN, FinishingPolicy, finishing_policy, made_brief, other_forms
from tower_anime_assets.stages.engine_choice import EngineChoice, choice_from_ranking
from tower_anime_assets.stages.init_images import PREVIOUS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.shot_pictures import ends_on_picture, with_end_image
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan, shot_keys
from tower_anime_assets.stages.shots import following_shots, shot_loras, shot_position
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
        loops=shot.loops and not spans,
        quality=project.delivery.quality,
    )


def order_clip(
    run: EpisodeRun, shot: Shot, keyframe: Take, following: Shot | None = None, end: Take | None = None
) -> Order[ClipBrief]:
    """Return the order for one shot's clip in an episode, with the engine chosen for it.

    Args:
        run: The episode.
        shot: The shot.
        keyframe: Its accepted keyframe.
        following: The shot after it in its scene, None if there is none, or its keyframe is made from this clip.
        end: The accepted keyframe of that shot, None if there is none yet.
    """
    policy, choice = finishing_policy(run, shot), clip_engine_choice(run, shot, following)
    end_path = run.studio.media.path_of(end.files["main"].path) if end is not None else None

    def build(seen: Shot) -> Order[ClipBrief]:
        order = clip_order(run.project, seen, keyframe, choice, run.studio.media, policy)
        return with_end_image(order, end, end_path)

    return asked_takes.clip_as_asked(run, shot, keyframe, build)


def clip_order(
    project: Project,
    shot: Shot,
    keyframe: Take,
    choice: EngineChoice[ClipBrief],
    media: MediaStore,
    policy: FinishingPolicy = AS_WRITTEN,
) -> Order[ClipBrief]:
    """Return the order for one shot's clip, made from its accepted keyframe.

    Its brief is the clip's as its engine makes it. Clips that exist in another form are found, but not made.
    """
    inputs = {role: media.path_of(file.path) for role, file in keyframe.files.items()}
    inputs["picture"] = inputs.pop("main")
    brief = clip_brief(project, shot, keyframe.files["main"].sha256)
    order = choice.order(
        stage=CLIPS.name,
        subject=shot.key,
        position=shot_position(shot),
        brief=brief,
        measure=partial(measure_clip_file, brief, media, keyframe),
        thresholds=CLIPS.thresholds_for(project),
        reasoning=f"{shot.move} over {shot.frames} frames from keyframe {brief.keyframe_sha256[:12]}.",
        inputs=inputs,
    )
    loras = shot_loras(project, shot)
    variants = [_fitted_to_engine(variant, loras) for variant in order.variants]

    def in_form(variant: Order[ClipBrief], made: ClipBrief, *, is_found_only: bool) -> Order[ClipBrief]:
        measure = partial(measure_clip_file, made, media, keyframe, delivered=brief)
        return replace(variant, brief=made, measure=measure, alternates=(), is_found_only=is_found_only)

    made = [in_form(one, made_brief(one.brief, one.engine, policy), is_found_only=False) for one in variants]
    found = [
        in_form(one, form, is_found_only=True)
        for one in variants
        for form in other_forms(one.brief, one.engine, policy)
    ]
    return replace(made[0], alternates=(*made[1:], *found))


def _orders(run: EpisodeRun) -> list[Order[ClipBrief]]:
    plan = episode_plan(run)
    takes = dict(zip((shot.key for shot in plan.shots), run.accepted(KEYFRAMES), strict=True))
    return _orders_of(run, plan, takes)


def _ready_orders(run: EpisodeRun) -> list[Order[ClipBrief]]:
    plan = episode_plan(run)
    outcomes = zip((shot.key for shot in plan.shots), run.find(KEYFRAMES), strict=True)
    takes = {key: outcome.take for key, (_order, outcome) in outcomes if outcome is not None and outcome.accepted}
    orders = _orders_of(run, plan, takes)
    return [order for order in orders if "end_image" in order.inputs or not ends_on_picture(order)]


def _orders_of(run: EpisodeRun, plan: EpisodePlan, takes: Mapping[str, Take]) -> list[Order[ClipBrief]]:
    """Return the orders of all shots whose keyframes are among these takes, by shot key."""
    following = following_shots(plan)
    orders = []
    for shot in plan.shots:
        if shot.key in takes:
            after = following.get(shot.key)
            end = takes.get(after.key) if after is not None else None
            orders.append(order_clip(run, shot, takes[shot.key], after, end))
    return orders


def clip_engine_choice(run: EpisodeRun, shot: Shot, following: Shot | None) -> EngineChoice[ClipBrief]:
    """Return the engine for a shot's clip; `following` as in `order_clip`."""
    if not run.engines.is_routed("clips"):
        return EngineChoice(run.engines.clips())
    return choice_from_ranking(run.router.rank(shot, routing.VIDEO, following), run.engines.clips)


def _fitted_to_engine(order: Order[ClipBrief], loras: tuple[Lora, ...]) -> Order[ClipBrief]:
    """Return an order with what its engine can do: the LoRAs that fit its model, and the gates that apply."""
    if loras and isinstance(order.engine, LoraEngine):
        order = replace(order, brief=replace(order.brief, loras=order.engine.usable_loras(loras)))
    return _without_keyframe_gate(order)


def _without_keyframe_gate(order: Order[ClipBrief]) -> Order[ClipBrief]:
    """Return an order without the gate that compares with the keyframe, if its workflow takes no picture."""
    if not isinstance(order.engine, RemoteEngine) or order.engine.takes_picture:
        return order
    return replace(order, thresholds=tuple(bar for bar in order.thresholds if bar.gate != FROM_KEYFRAME))


def measure_clip_file(
    brief: ClipBrief, media: MediaStore, keyframe: Take, output: EngineOutput, delivered: ClipBrief | None = None
) -> Measurement:
    """Return what was measured on a clip.

    Args:
        brief: What the file is to be: its size, length and rate.
        media: Where the keyframe is.
        keyframe: The still that it starts from.
        output: Holds the file.
        delivered: The clip as the delivery shows it, where that has another length: motion is planned for that.
    """
    from tower_anime_assets.media import frames, pictures
    from tower_anime_assets.media.fitting import fit_frame
    from tower_anime_assets.quality import video

    path = output.files["main"]
    facts = frames.probe(path)
    motion_px = _planned_motion_px(brief, delivered or brief)
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
    numbers = video.clip_measures(facts, brief, mezzanine, stream)
    if brief.loops:
        numbers["loop_gap_steps"] = video.loop_gap_steps(frames.luma_frames(path))
    return Measurement(
        numbers,
        {"expected_motion_px": list(motion_px), "encoding_faults": list(video.encoding_faults(facts, mezzanine))},
        files,
    )


def _planned_motion_px(brief: ClipBrief, delivered: ClipBrief) -> tuple[float, float]:
    """Return the planned motion of a clip, px per frame: of fewer frames each shows more of it."""
    if brief.frames == delivered.frames:
        return expected_motion_px(brief)
    share = (delivered.frames - 1) / (brief.frames - 1)
    low, high = expected_motion_px(replace(delivered, fit=brief.fit))
    return low * share, high * share


CLIPS: Stage[EpisodeRun] = Stage(
    name="clip",
    asset="ltx_clips",
    title="Clips",
    version="3",
    thresholds=thresholds.CLIPS,
    subjects=shot_keys,
    orders=_orders,
    engine_name=lambda run: "" if run.engines.is_routed("clips") else run.engines.clips().name,
    prior_s=2.0,
    builds_on=(SHOT_PLANS, KEYFRAMES),
    is_by_shot=True,
    ready_orders=_ready_orders,
)
