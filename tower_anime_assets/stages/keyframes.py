"""Keyframes: the still that every shot's clip is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.protocols import Engine, LoraEngine
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.prompts import literal_passages
from tower_anime_assets.production.planning.shots import Framing, Shot
from tower_anime_assets.production.story.model import Character, Project
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import approval_state, asked_takes, init_images, routing
from tower_anime_assets.stages.engine_choice import EngineChoice, choice_from_ranking
from tower_anime_assets.stages.events import Noted
from tower_anime_assets.stages.init_images import InitImage
from tower_anime_assets.stages.likeness import ExtraMeasures, extra_measures, sheet_paths
from tower_anime_assets.stages.run import Details
from tower_anime_assets.stages.shot_pictures import with_references
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan, shot_keys
from tower_anime_assets.stages.shots import measurable_cast, shot_position
from tower_anime_assets.stages.stage import EpisodeRun, Stage
from tower_anime_assets.stages.thumbnails import write_thumbnail
from tower_anime_assets.stages.vision_check import VisionModel, check_keyframe


def keyframe_brief(project: Project, shot: Shot, start_sha256: str = "") -> KeyframeBrief:
    """Return the brief of a shot's keyframe; nothing in it depends on the shot's number or its lines."""
    cast = tuple(project.character(name) for name in dict.fromkeys(subject.character for subject in shot.subjects))
    width_px, height_px = project.delivery.working_px
    look = (shot.framing, shot.subjects, shot.setting, shot.objects, shot.occurrence, project.seed)
    return KeyframeBrief(
        framing=shot.framing,
        move=shot.move,
        subjects=shot.subjects,
        cast=cast,
        setting=shot.setting,
        objects=shot.objects,
        effects=shot.effects,
        prompt=shot.prompt,
        negative=shot.negative,
        style=project.style,
        width_px=width_px,
        height_px=height_px,
        seed=seed_from(*look),
        occurrence=shot.occurrence,
        start_sha256=start_sha256,
        literal=literal_passages(shot),
        quality=project.delivery.quality,
    )


def order_keyframe(run: EpisodeRun, shot: Shot, init_image: InitImage | None) -> Order[KeyframeBrief]:
    """Return the order for one shot's keyframe in an episode, with the engine chosen for it."""
    vision_model = VisionModel.from_settings(run.studio.settings)
    projects, sheets = run.studio.settings.projects, partial(sheet_paths, run)
    choice = _engine_choice(run, shot)

    def build(seen: Shot) -> Order[KeyframeBrief]:
        order = keyframe_order(
            run.project,
            seen,
            choice,
            init_image,
            vision_model,
            lambda engine: extra_measures(run.project, seen, engine, projects, sheets),
        )
        return with_references(order, run.project, projects)

    return asked_takes.keyframe_as_asked(run, shot, build)


def keyframe_order(
    project: Project,
    shot: Shot,
    choice: EngineChoice[KeyframeBrief],
    init_image: InitImage | None = None,
    vision_model: VisionModel | None = None,
    extra_for: Callable[[Engine[KeyframeBrief]], ExtraMeasures] | None = None,
) -> Order[KeyframeBrief]:
    """Return the order for one shot's keyframe, made from `init_image`, or from the prompt alone.

    Args:
        project: The show.
        shot: The shot.
        choice: The engine that makes it.
        init_image: The picture it starts from, None for none.
        vision_model: The model that checks it against the plan, None for no check.
        extra_for: Returns what else is measured of an engine's pictures, None for nothing.
    """
    sha256 = init_image.sha256 if init_image is not None else ""
    measure = partial(_measure, project, measurable_cast(project, shot), shot.framing is Framing.CLOSE_UP)
    order = choice.order(
        stage=KEYFRAMES.name,
        subject=shot.key,
        position=shot_position(shot),
        brief=keyframe_brief(project, shot, sha256),
        measure=measure,
        thresholds=KEYFRAMES.thresholds_for(project),
        reasoning=f"{shot.reasoning} Begun from picture {sha256[:12]}." if sha256 else shot.reasoning,
        inputs={"picture": init_image.path} if init_image is not None else {},
        review=partial(_review, vision_model, project, shot) if vision_model is not None else None,
    )
    order, *alternates = (_fitted_to_engine(variant) for variant in order.variants)
    if extra_for is not None:
        order, *alternates = (
            replace(variant, measure=partial(measure, extra=extra_for(variant.engine)))
            for variant in (order, *alternates)
        )
    return replace(order, alternates=tuple(alternates))


def _fitted_to_engine(order: Order[KeyframeBrief]) -> Order[KeyframeBrief]:
    """Return an order with the LoRAs that its engine is run with: others, such as those of clips, change nothing."""
    brief, engine = order.brief, order.engine
    if isinstance(engine, LoraEngine):
        style = replace(brief.style, loras=engine.usable_loras(brief.style.loras))
        cast = tuple(_with_usable_loras(one, engine) for one in brief.cast)
        return replace(order, brief=replace(brief, cast=cast, style=style))
    return replace(order, brief=replace(brief, cast=tuple(replace(one, loras=()) for one in brief.cast)))


def _with_usable_loras(character: Character, engine: LoraEngine) -> Character:
    usable = engine.usable_loras(character.all_loras)
    lora = character.lora if character.lora in usable else None
    return replace(character, lora=lora, loras=tuple(one for one in character.loras if one in usable))


def distance_from_previous(details: Details, previous: Details | None) -> Mapping[str, float]:
    """Return how far a keyframe's perceptual hash is from the one before it; 64 bits for the first."""
    if previous is None:
        return {"neighbour_distance_bits": 64.0}
    distance_bits = (int(details["phash"], 16) ^ int(previous["phash"], 16)).bit_count()
    return {"neighbour_distance_bits": float(distance_bits)}


def _orders(run: EpisodeRun) -> list[Order[KeyframeBrief]]:
    if not run.is_dry:
        run.once(_tell_lost_requests)
    return [order_keyframe(run, shot, reference_image_of(run, shot)) for shot in episode_plan(run).shots]


def _tell_lost_requests(run: EpisodeRun) -> None:
    for sentence in asked_takes.lost_requests(run):
        run.run.emit(Noted(KEYFRAMES.name, sentence.partition(":")[0], sentence))


def reference_image_of(run: EpisodeRun, shot: Shot) -> InitImage | None:
    """Return the picture of a character that a shot's keyframe starts from, None where it starts from none."""
    if run.project.engines.keyframes_from != init_images.REFERENCE or not run.router.starts_from_picture(shot):
        return None
    return init_images.reference_image(run.project, shot, run.studio.settings.projects)


def _engine_choice(run: EpisodeRun, shot: Shot) -> EngineChoice[KeyframeBrief]:
    if not run.engines.is_routed("keyframes"):
        return EngineChoice(run.engines.keyframes())
    return choice_from_ranking(run.router.rank(shot, routing.IMAGE), run.engines.keyframes)


def _review(model: VisionModel, project: Project, shot: Shot, output: EngineOutput, attempt: Attempt) -> Measurement:
    numbers, details, _consultation = check_keyframe(
        model, output.files["main"], project, shot, attempt.record_consultation, attempt.record_question
    )
    return Measurement(numbers, details)


def _measure(
    project: Project,
    cast: tuple[Character, ...],
    is_close: bool,
    output: EngineOutput,
    extra: ExtraMeasures | None = None,
) -> Measurement:
    from tower_anime_assets.media import pictures
    from tower_anime_assets.quality import image

    path = output.files["main"]
    picture = pictures.read_picture(path)
    measures = image.still_measures(picture, project.delivery.working_px, cast, is_close=is_close)
    if extra is not None:
        measures |= extra.measure(picture)
    return Measurement(measures, {"phash": f"{image.perceptual_hash(picture):016x}"}, write_thumbnail(path, picture))


KEYFRAMES: Stage[EpisodeRun] = Stage(
    name="keyframe",
    asset="keyframes",
    title="Keyframes",
    version="3",
    thresholds=thresholds.KEYFRAMES,
    subjects=shot_keys,
    orders=_orders,
    engine_name=lambda run: "" if run.engines.is_routed("keyframes") else run.engines.keyframes().name,
    prior_s=1.0,
    builds_on=(SHOT_PLANS,),
    is_by_shot=True,
    gates_block=False,
    compare=distance_from_previous,
    approval=approval_state.KEYFRAMES,
)
