"""Shows as people see them: what their files say, their cast with sheets, and what was not understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tower_anime_assets.errors import MAX_REPORTED, Fault, NotAcceptedError, StoryError, StoryWarning, UnknownKeyError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import is_slug
from tower_anime_assets.production.story.model import (
    Appearance,
    Character,
    Delivery,
    EngineChoices,
    Lora,
    Project,
    Style,
    Voice,
)
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.reports.take_summaries import TakeSummary, outcome_summary
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.opening import saved_project
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story


@dataclass(frozen=True)
class ProjectSummary:
    """A show in short.

    Attributes:
        faults: How many faults its files have; such a show cannot be made.
    """

    id: str
    title: str
    logline: str
    characters: int
    episodes: int
    faults: int


@dataclass(frozen=True)
class CharacterPage:
    """A member of the cast.

    Attributes:
        loras: In the order of its file.
        has_own_lora: Whether the first of them is under `lora`, and only the others are under `loras`.
        references: Paths from the show's folder.
        sheet: The character sheet; null before it is made.
        warnings: What of its file is used otherwise than written.
    """

    id: str
    name: str
    description: str
    aliases: tuple[str, ...]
    appearance: Appearance
    voice: Voice
    loras: tuple[Lora, ...]
    has_own_lora: bool
    references: tuple[str, ...]
    sheet: TakeSummary | None
    warnings: tuple[StoryWarning, ...]


@dataclass(frozen=True)
class ShowCap:
    """How much may be spent on a show.

    Attributes:
        scope: "episode", "day" or "project".
        unit: "gpu_seconds" or "money".
        since: From when on work counts, ISO date; "" for always.
    """

    scope: str
    unit: str
    limit: float
    since: str


@dataclass(frozen=True)
class ProjectPage:
    """A show.

    Attributes:
        approvals: What people approve before the next stage begins.
        warnings: What of its files is used otherwise than written, those of the cast too.
        faults: What keeps its files from being used.
    """

    id: str
    title: str
    logline: str
    style: Style
    delivery: Delivery
    engines: EngineChoices
    quality: str
    seed: int
    caps: tuple[ShowCap, ...]
    thresholds: Mapping[str, Mapping[str, float]]
    approvals: tuple[str, ...]
    cast: tuple[CharacterPage, ...]
    episodes: tuple[str, ...]
    warnings: tuple[StoryWarning, ...]
    faults: tuple[Fault, ...]


def list_project_ids(studio: Studio) -> list[str]:
    """Return the ids of every show, in files or on record, in order."""
    on_record = (key.partition("-")[0] for key, _title in story.list_titles(studio.database))
    return sorted({*show_files.list_projects(studio.settings.projects), *on_record})


def summarise_project(studio: Studio, project_id: str) -> ProjectSummary:
    """Return a show in short."""
    project, faults = _read(studio, project_id)
    keys = [key for key in show_files.list_episodes(studio.settings.projects) if key.project == project_id]
    if project is None:
        return ProjectSummary(project_id, project_id, "", 0, len(keys), len(faults))
    return ProjectSummary(project_id, project.title, project.logline, len(project.characters), len(keys), len(faults))


def load_project_page(studio: Studio, project_id: str) -> ProjectPage:
    """Return a show, as its files are; where they are faulty, as they were last read.

    Raises:
        UnknownKeyError: There is no such show.
        StoryError: Its files are faulty, and were never read.
    """
    require_project(studio, project_id)
    project, faults = _read(studio, project_id)
    if project is None:
        raise StoryError(faults)
    sheets = _sheets(studio, project_id)
    keys = [str(key) for key in show_files.list_episodes(studio.settings.projects) if key.project == project_id]
    return ProjectPage(
        id=project.id,
        title=project.title,
        logline=project.logline,
        style=project.style,
        delivery=project.delivery,
        engines=project.engines,
        quality=project.quality,
        seed=project.seed,
        caps=tuple(ShowCap(cap.scope, cap.unit, cap.limit, cap.since) for cap in project.caps),
        thresholds=project.thresholds,
        approvals=project.approvals,
        cast=tuple(_character(project, one, sheets.get(f"{project.id}-{one.id}")) for one in project.characters),
        episodes=tuple(keys),
        warnings=project.warnings[:MAX_REPORTED],
        faults=faults[:MAX_REPORTED],
    )


def read_references(studio: Studio, project_id: str) -> frozenset[str]:
    """Return the reference pictures that the cast of a show names, by their paths from its folder."""
    project, _faults = _read(studio, project_id)
    return frozenset(file for one in (project.characters if project else ()) for file in one.references)


def require_project(studio: Studio, project_id: str) -> None:
    """Refuse an id that no show has.

    Raises:
        UnknownKeyError: There is no such show, in files or on record.
    """
    known = list_project_ids(studio)
    if project_id not in known:
        raise UnknownKeyError(f"there is no project {project_id!r}. {did_you_mean(project_id, known)}")


def _read(studio: Studio, project_id: str) -> tuple[Project | None, tuple[Fault, ...]]:
    """Return a show as its files are, or else as they were last read, and what is wrong with them now."""
    projects = studio.settings.projects

    def read() -> tuple[tuple[Project | None, tuple[Fault, ...]], float]:
        try:
            return (show_files.load_project(projects, project_id), ()), float("inf")
        except StoryError as error:
            return (None, error.faults), float("inf")

    stamp = show_files.cast_fingerprint(projects, project_id) if is_slug(project_id) else ""
    project, faults = studio.answers.get(f"project {project_id}", stamp, read)
    return project or story.load_project(studio.database, project_id), faults


def _sheets(studio: Studio, project_id: str) -> dict[str, TakeSummary]:
    try:
        found = saved_project(Run(studio), project_id).find(SHEETS)
    except NotAcceptedError:  # it was never read
        return {}
    summaries = {order.subject: outcome_summary(outcome) for order, outcome in found}
    return {subject: summary for subject, summary in summaries.items() if summary is not None}


def _character(project: Project, character: Character, sheet: TakeSummary | None) -> CharacterPage:
    file = f"/{show_files.CHARACTERS_FOLDER}/{character.id}."
    return CharacterPage(
        id=character.id,
        name=character.name,
        description=character.description,
        aliases=character.aliases,
        appearance=character.appearance,
        voice=character.voice,
        loras=character.all_loras,
        has_own_lora=character.lora is not None,
        references=character.references,
        sheet=sheet,
        warnings=tuple(one for one in project.warnings if file in f"/{one.file}"),
    )
