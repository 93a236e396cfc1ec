"""Projects, casts, episodes, scenes, lines and shot plans as of the last time their files were read.

Each save is one transaction and leaves unchanged rows alone. What is no longer in the files is marked as removed, not
deleted, since takes and decisions still refer to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.codec import from_plain, to_plain
from tower_anime_assets.production.planning.shots import EpisodePlan
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.story.sizes import QUALITY_LEVELS
from tower_anime_assets.store.database import Database, Transaction, jsonb

_DECIDING_TABLES: Final = (
    "takes",
    "verdicts",
    "waivers",
    "take_choices",
    "take_rulings",
    "take_requests",
    "approvals",
    "breaker_resets",
)
"""The tables of the record whose rows can change which take of a story is used, or what it waits for."""


def save_project(database: Database, project: Project) -> None:
    """Save a project and its cast."""
    database.run_in_transaction(lambda transaction: write_project(transaction, project))


def write_project(transaction: Transaction, project: Project) -> None:
    """Save a project and its cast as a part of a transaction."""
    project_json = to_plain(project)
    characters = project_json.pop("characters")
    parameters = {"id": project.id, "title": project.title, "story": jsonb(project_json)}
    transaction.execute("story.save_project", parameters)
    transaction.execute("story.save_characters", {"project_id": project.id, "characters": jsonb(characters)})
    ids = [character.id for character in project.characters]
    transaction.execute("story.mark_removed_characters", {"project_id": project.id, "ids": ids})


def save_episode(database: Database, project: Project, episode: Episode) -> None:
    """Save an episode with its scenes and lines.

    Raises:
        PlanError: It belongs to another project, or its project has not been saved.
    """
    _require_own_episode(project, episode)
    if load_project(database, project.id) is None:
        raise PlanError(f"project {project.id} is not in the database; save it before its episodes")
    database.run_in_transaction(lambda transaction: write_episode(transaction, project, episode))


def write_episode(transaction: Transaction, project: Project, episode: Episode) -> None:
    """Save an episode with its scenes and lines as a part of a transaction, in which its project is saved before.

    Raises:
        PlanError: It belongs to another project.
    """
    _require_own_episode(project, episode)
    scope = {"project_id": episode.project, "episode_id": episode.id}
    episode_json = to_plain(episode)
    scenes = episode_json.pop("scenes")
    lines = [
        {"id": speech.id, "scene_id": scene.id, "character_id": speech.character, "spoken": speech.text}
        for scene in episode.scenes
        for speech in scene.speeches
    ]
    parameters: dict[str, Any] = {"project_id": episode.project, "id": episode.id, "title": episode.title}
    parameters |= {"source_sha256": episode.source_sha256, "story": jsonb(episode_json)}
    transaction.execute("story.save_episode", parameters)
    transaction.execute("story.save_scenes", {**scope, "scenes": jsonb(scenes)})
    transaction.execute("story.mark_removed_scenes", {**scope, "ids": [scene.id for scene in episode.scenes]})
    transaction.execute("story.save_lines", {**scope, "lines": jsonb(lines)})
    transaction.execute("story.mark_removed_lines", {**scope, "ids": [line["id"] for line in lines]})


def _require_own_episode(project: Project, episode: Episode) -> None:
    if episode.project != project.id:
        raise PlanError(f"episode {episode.id} belongs to {episode.project}, not to {project.id}")


def save_set_ups(database: Database, key: EpisodeKey, set_ups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Save what each scene of an episode passes to every engine, and return it in story order.

    Args:
        database: The record.
        key: The episode.
        set_ups: JSON-ready, each with the id of its scene as `scene`.
    """
    parameters = {"project_id": key.project, "episode_id": key.episode, "set_ups": jsonb(list(set_ups))}
    rows = database.run_in_transaction(lambda transaction: transaction.fetch_all("story.save_set_ups", parameters))
    return [row["set_up"] for row in sorted(rows, key=lambda row: row["number"])]


def save_plan(database: Database, plan: EpisodePlan) -> None:
    """Save the plan of an episode in place of the previous one.

    Raises:
        PlanError: The episode, or one of its scenes, has not been saved.
    """
    key = EpisodeKey.parse(plan.episode)
    scope = {"project_id": key.project, "episode_id": key.episode}
    plan_json = to_plain(plan)
    scenes = plan_json.pop("scenes")
    shots = []
    for scene in scenes:
        for shot in scene.pop("shots"):
            shots.append({"scene": shot["scene"], "id": ShotKey.parse(shot["key"]).shot, "shot": shot})
    scene_ids = [scene["scene"] for scene in scenes]
    if unknown_scene_ids := sorted({shot["scene"] for shot in shots} - set(scene_ids)):
        raise PlanError(f"the plan of {key} has shots of {', '.join(unknown_scene_ids)}, but not those scenes")

    def work(transaction: Transaction) -> None:
        if transaction.fetch_one("story.save_plan", {**scope, "plan": jsonb(plan_json)}) is None:
            raise PlanError(f"{key} is not in the database; read its screenplay before planning it")
        transaction.execute("story.save_scene_plans", {**scope, "scenes": jsonb(scenes)})
        planned_ids = [row["id"] for row in transaction.fetch_all("story.list_planned_scenes", scope)]
        if planned_ids != scene_ids:
            missing = ", ".join(sorted(set(scene_ids) - set(planned_ids)))
            raise PlanError(f"the plan of {key} has scenes that are not in its screenplay in the database: {missing}")
        transaction.execute("story.save_shots", {**scope, "shots": jsonb(shots)})
        ids = [f"{shot['scene']}-{shot['id']}" for shot in shots]
        transaction.execute("story.mark_removed_shots", {**scope, "ids": ids})

    database.run_in_transaction(work)


def load_project(database: Database, project_id: str) -> Project | None:
    """Return a project with its cast, None if it has not been saved.

    Raises:
        PlanError: Another version of this program saved it in a different format.
    """
    row = database.fetch_one("story.load_project", {"id": project_id})
    return from_plain(Project, {**row["story"], "characters": row["characters"]}) if row else None


def load_episode(database: Database, key: EpisodeKey) -> Episode | None:
    """Return an episode with its scenes, None if it has not been saved.

    Raises:
        PlanError: Another version of this program saved it in a different format.
    """
    row = database.fetch_one("story.load_episode", {"project_id": key.project, "episode_id": key.episode})
    return from_plain(Episode, {**row["story"], "scenes": row["scenes"]}) if row else None


def load_plan(database: Database, key: EpisodeKey | str) -> EpisodePlan | None:
    """Return the saved plan of an episode, None if there is none.

    Raises:
        PlanError: Another version of this program saved it in a different format.
    """
    key = EpisodeKey.parse(key) if isinstance(key, str) else key
    row = database.fetch_one("story.load_plan", {"project_id": key.project, "episode_id": key.episode})
    if row is None:
        return None
    scenes = [
        {**scene, "shots": [shot for shot in row["shots"] if shot["scene"] == scene["scene"]]}
        for scene in row["scenes"]
    ]
    return from_plain(EpisodePlan, {**row["plan"], "scenes": scenes})


def list_titles(database: Database) -> tuple[tuple[str, str], ...]:
    """Return (key, title) of every episode, sorted by key."""
    return tuple((f"{row['project_id']}-{row['id']}", row["title"]) for row in database.fetch_all("story.list_titles"))


def read_stamp(database: Database, key: EpisodeKey) -> str:
    """Return a text that differs once the story of an episode, or anything that decides which takes it uses, does."""
    scope = {"project_id": key.project, "episode_id": key.episode, "tables": list(_DECIDING_TABLES)}
    row = database.fetch_one("story.read_stamp", scope)
    assert row is not None  # noqa: S101 - the query gives one row
    return f"{row['link']} {row['story']}"


def list_made_levels(database: Database, key: EpisodeKey) -> tuple[str, ...]:
    """Return the levels of quality at which keyframes or clips of an episode were made, the roughest first."""
    rows = database.fetch_all("story.list_made_levels", {"project_id": key.project, "episode_id": key.episode})
    made = {row["quality"] for row in rows}
    return tuple(level for level in QUALITY_LEVELS if level in made)


def list_made_places(database: Database, key: EpisodeKey) -> frozenset[tuple[str, str, str, str]]:
    """Return stage, scene, shot and line of everything that was ever made of an episode."""
    scope = {"project_id": key.project, "episode_id": key.episode}
    rows = database.fetch_all("story.list_made_places", scope)
    return frozenset((row["stage"], row["scene_id"], row["shot_id"], row["line_id"]) for row in rows)
