"""Character sheets: the reference picture of every character, whose colours keyframes are compared with."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.planning.briefs import SheetBrief
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import Character
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages.stage import ProjectRun, Stage
from tower_anime_assets.stages.thumbnails import write_thumbnail


def _subject(run: ProjectRun, character: Character) -> str:
    return f"{run.project.id}-{character.id}"


def _subjects(run: ProjectRun) -> list[str]:
    return [_subject(run, character) for character in run.project.characters]


def _orders(run: ProjectRun) -> list[Order[SheetBrief]]:
    return [
        Order(
            stage=SHEETS.name,
            subject=_subject(run, character),
            position=StoryPosition(run.project.id),
            brief=SheetBrief(replace(character, loras=()), run.project.style),
            engine=run.engines.sheets,
            measure=partial(_measure, character),
            thresholds=SHEETS.thresholds_for(run.project),
            reasoning=f"Reference sheet of {character.name}: every keyframe is held against its colours.",
        )
        for character in run.project.characters
    ]


def _measure(character: Character, output: EngineOutput) -> Measurement:
    from tower_anime_assets.media import pictures
    from tower_anime_assets.quality import image

    path = output.files["main"]
    picture = pictures.read_picture(path)
    height, width = picture.shape[:2]
    measures = image.still_measures(picture, (width, height), (character,))
    return Measurement(measures, {}, write_thumbnail(path, picture))


SHEETS: Stage[ProjectRun] = Stage(
    name="sheet",
    asset="characters",
    title="Character sheets",
    version="2",
    thresholds=thresholds.SHEETS,
    subjects=_subjects,
    orders=_orders,
    engine_name=lambda run: run.engines.sheets.name,
    prior_s=1.0,
)
