"""From the writers' files to the database: validated first, then written whole."""

from __future__ import annotations

from tower_anime_assets.engines import factory
from tower_anime_assets.engines.generate import Outcome
from tower_anime_assets.errors import Fault, NotAcceptedError, StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.planning.shots import EpisodePlan
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project, Scene
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.quality.thresholds import ALL, with_overrides
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import stills
from tower_anime_assets.stages.episode import EpisodeWork
from tower_anime_assets.stages.reporting import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story


def check_episode(settings: Settings, key: EpisodeKey) -> tuple[Project, Episode]:
    """Return an episode and its project as the files say them; starts and writes nothing.

    Raises:
        StoryError: The writers' files are wrong; every fault is named.
        PlanError: The project or the environment asks for an engine that there is none of.
    """
    project, episode = show_files.load_episode(settings.projects, key)
    measures = sorted({bar.measure for bar in ALL})
    file = f"{project.id}/{show_files.PROJECT_FILE}"
    faults = [
        Fault(file, 0, f"thresholds: no gate measures {name!r}", "a measure of a gate", did_you_mean(name, measures))
        for name in project.thresholds
        if name not in measures
    ]
    if faults:
        raise StoryError(faults)
    with_overrides(ALL, project.thresholds)
    factory.serving(project.engines, settings)
    return project, episode


def read_characters(studio: Studio) -> StageReport:
    """Read every project and its cast, and have each character's reference sheet made.

    Raises:
        StoryError: Some project or character files are wrong; every fault of every project is named, and none of
            them is written.
    """
    folder = studio.settings.projects
    faults: list[Fault] = []
    projects: list[Project] = []
    for project_id in show_files.list_projects(folder):
        try:
            projects.append(show_files.load_project(folder, project_id))
        except StoryError as error:
            faults += error.faults
    if faults:
        raise StoryError(faults)
    outcomes: list[Outcome] = []
    seconds = 0.0
    for project in projects:
        story.save_project(studio.database, project)
        engines = studio.engines(project)
        report = studio.settle(
            stills.SHEET, project.id, stills.sheet_orders(project, engines.sheets), attempts=project.engines.attempts
        )
        outcomes += report.outcomes
        seconds += report.seconds
    facts = {"projects": len(projects), "characters": sum(len(project.characters) for project in projects)}
    return StageReport(stills.SHEET, "characters", outcomes, seconds, facts)


def read_episode(studio: Studio, key: EpisodeKey) -> Episode:
    """Read an episode's screenplay into the database, together with its project as the files say it now.

    Raises:
        StoryError: The files are wrong; nothing is written.
    """
    project, episode = show_files.load_episode(studio.settings.projects, key)
    story.save_project(studio.database, project)
    story.save_episode(studio.database, project, episode)
    return episode


def read_scenes(studio: Studio, key: EpisodeKey) -> tuple[Project, tuple[Scene, ...]]:
    """Return an episode's project and scenes from the database.

    Raises:
        NotAcceptedError: The screenplay has not been read yet.
    """
    project = story.load_project(studio.database, key.project)
    episode = story.load_episode(studio.database, key)
    if project is None or episode is None:
        raise NotAcceptedError(f"the screenplay of {key} is not in the database yet: materialize `episodes` first")
    return project, episode.scenes


def save_plan(work: EpisodeWork) -> EpisodePlan:
    """Write the episode's plan to the database, whether or not its gates pass, and return it."""
    plan = work.newest_plan()
    story.save_plan(work.studio.database, plan)
    return plan
