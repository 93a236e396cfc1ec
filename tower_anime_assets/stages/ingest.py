"""Ingest: the writers' files are validated, then written to the database together with the facts that they state."""

from __future__ import annotations

from typing import Any

from tower_anime_assets.engines import factory
from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import canonical_json, plain_data
from tower_anime_assets.production.planning.shots import EpisodePlan
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.quality.thresholds import ALL_THRESHOLDS, with_overrides
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.line_windows import measure_lines, unspeakable_faults
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import newest_plan
from tower_anime_assets.stages.stage import EpisodeRun, ProjectRun
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.story_warnings import story_warnings, without_notes
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story
from tower_anime_assets.store.database import Transaction


def check_episode(
    settings: Settings, key: EpisodeKey, *, strict: bool = False, reads_unaccepted: bool = False
) -> tuple[Project, Episode]:
    """Return an episode and its project from the files; starts no service and writes no record.

    Args:
        settings: Where the files are.
        key: The episode.
        strict: Whether warnings count as faults.
        reads_unaccepted: Whether a draft that nobody has accepted is read where there is no script; else it is a fault.

    Raises:
        StoryError: The writers' files are wrong; the error lists every fault.
        PlanError: The project or the environment asks for an engine that is not available.
        MediaError: The embedded voice could not be asked for the length of a line.
    """
    draft = show_files.draft_episode_files(settings.projects, key, reads_unaccepted=reads_unaccepted)
    faults = [*draft.faults, *threshold_faults(draft.project)]
    if draft.episode is None or faults:
        raise StoryError(faults)
    if strict and (warnings := without_notes(story_warnings(draft.project, draft.episode, settings))):
        raise StoryError([warning.as_fault() for warning in warnings])
    with_overrides(ALL_THRESHOLDS, draft.project.thresholds)
    services = factory.resolve_services(draft.project.engines, settings)
    voice = factory.build_voice(services["voice"], settings)
    lengths_s = measure_lines(draft.project, draft.episode, voice, settings.home)
    if unspeakable := unspeakable_faults(draft.project, draft.episode, lengths_s):
        raise StoryError(unspeakable)
    return draft.project, draft.episode


def threshold_faults(project: Project) -> list[Fault]:
    """Return a fault for every threshold of a project that no gate has."""
    measures = sorted({bar.measure for bar in ALL_THRESHOLDS})
    file = f"{project.id}/{show_files.PROJECT_FILE}"
    return [
        Fault(file, 0, f"thresholds: no gate measures {name!r}", "a measure of a gate", did_you_mean(name, measures))
        for name in project.thresholds
        if name not in measures
    ]


def read_characters(run: Run, project_id: str) -> StageReport:
    """Read a project and its cast into the database and the memory, and make each character's reference sheet.

    Raises:
        StoryError: The project's or its characters' files are wrong; the error lists every fault. Nothing is written.
    """
    studio = run.studio
    project = show_files.load_project(studio.settings.projects, project_id)

    def work(transaction: Transaction) -> None:
        story.write_project(transaction, project)
        memory.write_project_facts(transaction, studio.settings, project)

    studio.database.run_in_transaction(work)
    return ProjectRun(run, project, studio.engines(project)).make(SHEETS)


def read_episode(studio: Studio, key: EpisodeKey) -> tuple[Project, Episode]:
    """Read an episode's screenplay, together with its project, into the database and the memory; return both.

    Raises:
        StoryError: The files are wrong; nothing is written.
    """
    project, episode = show_files.load_episode(studio.settings.projects, key)

    def work(transaction: Transaction) -> None:
        story.write_project(transaction, project)
        story.write_episode(transaction, project, episode)
        memory.write_project_facts(transaction, studio.settings, project)
        memory.write_episode_facts(transaction, project, episode)

    studio.database.run_in_transaction(work)
    return project, episode


def save_set_ups(studio: Studio, key: EpisodeKey) -> list[dict[str, Any]]:
    """Write each scene's set-up, which every engine shares, and return them in story order.

    Raises:
        NotAcceptedError: The screenplay has not been read yet.
    """
    episode = saved_episode(Run(studio), key)
    style = plain_data(episode.project.style)
    fps = episode.project.delivery.fps
    set_ups = [
        {
            "scene": scene.id,
            "heading": scene.heading,
            "place": scene.place,
            "time": scene.time_of_day,
            "weather": scene.weather,
            "mood": scene.mood,
            "cast": ", ".join(scene.cast),
            "target_s": round(scene.target_frames / fps, 1),
            "lines": len(scene.speeches),
            "music": scene.music_file.file if scene.music_file else scene.music,
            "style": canonical_json(style),
        }
        for scene in episode.episode.scenes
    ]
    return story.save_set_ups(studio.database, key, set_ups)


def save_plan(run: EpisodeRun) -> EpisodePlan:
    """Write the episode's plan to the database, whether or not its gates pass, and return it."""
    plan = newest_plan(run)
    story.save_plan(run.studio.database, plan)
    return plan
