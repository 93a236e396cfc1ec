"""Character sheets and keyframes: the stills that everything else grows from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tower_anime_assets.engines.generate import Measurement, Order, StoryPosition
from tower_anime_assets.engines.protocols import SheetEngine
from tower_anime_assets.media import pictures
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import KeyframeBrief, SheetBrief
from tower_anime_assets.production.planning.shots import EpisodePlan, Framing, Shot
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.model import Character, Project
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.quality import image
from tower_anime_assets.quality.thresholds import KEYFRAMES, SHEETS, with_overrides
from tower_anime_assets.stages.engine_choice import EngineChoice
from tower_anime_assets.stages.vision_check import VisionModel, check_keyframe

SHEET = "sheet"
KEYFRAME = "keyframe"

THUMBNAIL_WIDTH_PX = 320
"""Width of the pictures that the web UI shows inline."""

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class InitImage:
    """The picture that a keyframe is made from."""

    path: Path
    sha256: str


def sheet_bars(project: Project) -> tuple[Threshold, ...]:
    """Return what the gates of reference sheets ask in this project."""
    return with_overrides(SHEETS, project.thresholds)


def keyframe_bars(project: Project) -> tuple[Threshold, ...]:
    """Return what the image gates ask in this project."""
    return with_overrides(KEYFRAMES, project.thresholds)


def sheet_orders(project: Project, engine: SheetEngine) -> list[Order[SheetBrief]]:
    """Return an order for each character's reference sheet."""
    return [
        Order(
            stage=SHEET,
            subject=f"{project.id}-{character.id}",
            position=StoryPosition(project.id),
            brief=SheetBrief(character, project.style),
            engine=engine,
            measure=partial(_measure_sheet, character),
            thresholds=sheet_bars(project),
            reasoning=f"Reference sheet of {character.name}: every keyframe is held against its colours.",
        )
        for character in project.characters
    ]


def visible_cast(project: Project, shot: Shot) -> tuple[Character, ...]:
    """Return the characters whose colours the picture must show.

    Not those seen from behind in the foreground, and nobody in an insert, which shows a hand at most.
    """
    if shot.framing is Framing.INSERT:
        return ()
    names = dict.fromkeys(subject.character for subject in shot.subjects if not subject.is_foreground)
    return tuple(project.character(name) for name in names)


def keyframe_brief(project: Project, shot: Shot, start_sha256: str = "") -> KeyframeBrief:
    """Return what a painter is told of a shot; nothing in it depends on the shot's number or its lines."""
    cast = tuple(project.character(name) for name in dict.fromkeys(subject.character for subject in shot.subjects))
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
        width_px=project.delivery.width_px,
        height_px=project.delivery.height_px,
        seed=seed_from(*look),
        occurrence=shot.occurrence,
        start_sha256=start_sha256,
    )


def place_of(shot: Shot) -> StoryPosition:
    """Return where a shot's takes belong."""
    key = ShotKey.parse(shot.key)
    return StoryPosition(key.project, key.episode, key.scene, key.shot)


def keyframe_orders(
    project: Project,
    plan: EpisodePlan,
    chosen_for: Callable[[Shot], EngineChoice[KeyframeBrief]],
    eye: VisionModel | None = None,
    start_of: Callable[[Shot], InitImage | None] = lambda _shot: None,
) -> list[Order[KeyframeBrief]]:
    """Return an order for each shot's keyframe, at which the `eye` looks too, if there is one."""
    return [keyframe_order(project, shot, chosen_for(shot), eye, start_of(shot)) for shot in plan.shots]


def keyframe_order(
    project: Project, shot: Shot, chosen: EngineChoice[KeyframeBrief], eye: VisionModel | None, start: InitImage | None
) -> Order[KeyframeBrief]:
    """Return the order for one shot's keyframe, made from `start`, or from words when there is none."""
    return chosen.order(
        stage=KEYFRAME,
        subject=shot.key,
        position=place_of(shot),
        brief=keyframe_brief(project, shot, start.sha256 if start is not None else ""),
        measure=partial(_measure_keyframe, project, visible_cast(project, shot), shot.framing is Framing.CLOSE_UP),
        thresholds=keyframe_bars(project),
        reasoning=shot.reasoning if start is None else f"{shot.reasoning} Begun from picture {start.sha256[:12]}.",
        inputs={"picture": start.path} if start is not None else {},
        review=partial(_seen, eye, project, shot) if eye is not None else None,
    )


def _seen(eye: VisionModel, project: Project, shot: Shot, made: EngineOutput, attempt: Attempt) -> Measurement:
    picture = made.files["main"]
    numbers, facts, _said = check_keyframe(
        eye, picture, project, shot, attempt.record_consultation, attempt.record_question
    )
    return Measurement(numbers, facts)


def beside(facts: Facts, before: Facts | None) -> Mapping[str, float]:
    """Return how far a keyframe is from the one before it; 64 bits when there is none."""
    if before is None:
        return {"neighbour_distance_bits": 64.0}
    return {
        "neighbour_distance_bits": float(image.hash_distance_bits(int(facts["phash"], 16), int(before["phash"], 16)))
    }


def _measure_sheet(character: Character, made: EngineOutput) -> Measurement:
    path = made.files["main"]
    picture = pictures.read_picture(path)
    height, width = picture.shape[:2]
    return Measurement(image.still_measures(picture, (width, height), (character,)), {}, write_thumbnail(path, picture))


def _measure_keyframe(project: Project, cast: tuple[Character, ...], is_close: bool, made: EngineOutput) -> Measurement:
    path = made.files["main"]
    picture = pictures.read_picture(path)
    size = (project.delivery.width_px, project.delivery.height_px)
    numbers = image.still_measures(picture, size, cast, is_close=is_close)
    return Measurement(numbers, {"phash": f"{image.perceptual_hash(picture):016x}"}, write_thumbnail(path, picture))


def write_thumbnail(path: Path, picture: pictures.Picture) -> dict[str, Path]:
    """Write a take's small picture beside its file, and return it by its role."""
    small = path.with_name("thumb.jpg")
    pictures.write_jpeg(small, pictures.thumbnail(picture, THUMBNAIL_WIDTH_PX))
    return {"thumb": small}
