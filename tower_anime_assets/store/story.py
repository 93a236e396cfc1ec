"""The story as the files said it last: projects, casts, episodes, scenes, lines and shot plans.

Each save is one transaction. Rows that say the same already are not touched, and what has gone from the files is
marked, not deleted, since takes and decisions still speak of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.codec import from_plain, to_plain
from tower_anime_assets.production.planning.shots import EpisodePlan
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.model import Character, Episode, Project, Scene
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb


def save_project(database: Database, project: Project) -> None:
    """Write a project and its cast.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    project_json = to_plain(project)
    project_json.pop("characters")

    def work(transaction: Transaction) -> None:
        parameters = {"id": project.id, "title": project.title, "story": jsonb(project_json)}
        transaction.execute("story.save_project", parameters)
        _save_cast(transaction, project.id, project.characters)

    database.run_in_transaction(work)


def save_characters(database: Database, project: Project) -> None:
    """Write the cast of a project that is there already.

    Raises:
        PlanError: The project has not been saved.
    """
    if load_project(database, project.id) is None:
        raise PlanError(f"project {project.id} is not in the database; save it before its cast")
    database.run_in_transaction(lambda transaction: _save_cast(transaction, project.id, project.characters))


def _save_cast(transaction: Transaction, project_id: str, cast: tuple[Character, ...]) -> None:
    characters = [to_plain(character) for character in cast]
    transaction.execute("story.save_characters", {"project_id": project_id, "characters": jsonb(characters)})
    ids = [character.id for character in cast]
    transaction.execute("story.mark_characters", {"project_id": project_id, "ids": ids})


def save_episode(database: Database, project: Project, episode: Episode) -> None:
    """Write an episode, its scenes and lines.

    Raises:
        PlanError: It belongs to another project, or its project has not been saved.
        ServiceUnavailableError: The database stays away.
    """
    if episode.project != project.id:
        raise PlanError(f"episode {episode.id} belongs to {episode.project}, not to {project.id}")
    if load_project(database, project.id) is None:
        raise PlanError(f"project {project.id} is not in the database; save it before its episodes")
    scope = {"project_id": episode.project, "episode_id": episode.id}
    episode_json = to_plain(episode)
    scenes = episode_json.pop("scenes")
    lines = [
        {"id": speech.id, "scene_id": scene.id, "character_id": speech.character, "spoken": speech.text}
        for scene in episode.scenes
        for speech in scene.speeches
    ]

    def work(transaction: Transaction) -> None:
        parameters: dict[str, Any] = {"project_id": episode.project, "id": episode.id, "title": episode.title}
        parameters |= {"source_sha256": episode.source_sha256, "story": jsonb(episode_json)}
        transaction.execute("story.save_episode", parameters)
        transaction.execute("story.save_scenes", {**scope, "scenes": jsonb(scenes)})
        transaction.execute("story.mark_scenes", {**scope, "ids": [scene.id for scene in episode.scenes]})
        transaction.execute("story.save_lines", {**scope, "lines": jsonb(lines)})
        transaction.execute("story.mark_lines", {**scope, "ids": [line["id"] for line in lines]})

    database.run_in_transaction(work)


def save_set_ups(database: Database, key: EpisodeKey, set_ups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write what each scene of an episode hands to every engine, and return what was written, in story order.

    Args:
        database: The record.
        key: The episode.
        set_ups: JSON-ready, each with its scene's id as `scene`.

    Raises:
        ServiceUnavailableError: The database does not answer.
    """
    parameters = {"project_id": key.project, "episode_id": key.episode, "set_ups": jsonb(list(set_ups))}
    rows = database.run_in_transaction(lambda transaction: transaction.fetch_all("story.save_set_ups", parameters))
    return [row["set_up"] for row in sorted(rows, key=lambda row: row["number"])]


def save_plan(database: Database, plan: EpisodePlan) -> None:
    """Write an episode's plan in place of the one before.

    Raises:
        PlanError: Its episode, or a scene of it, has not been saved.
        ServiceUnavailableError: The database stays away.
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
        raise PlanError(f"the plan of {key} has shots of {', '.join(unknown_scene_ids)}, but no such scenes")

    def work(transaction: Transaction) -> None:
        if transaction.fetch_one("story.save_plan", {**scope, "plan": jsonb(plan_json)}) is None:
            raise PlanError(f"{key} is not in the database; read its screenplay before planning it")
        transaction.execute("story.save_scene_plans", {**scope, "scenes": jsonb(scenes)})
        planned_ids = [row["id"] for row in transaction.fetch_all("story.list_planned_scenes", scope)]
        if planned_ids != scene_ids:
            missing = ", ".join(sorted(set(scene_ids) - set(planned_ids)))
            raise PlanError(f"the plan of {key} has scenes that its screenplay in the database has not: {missing}")
        transaction.execute("story.save_shots", {**scope, "shots": jsonb(shots)})
        ids = [f"{shot['scene']}-{shot['id']}" for shot in shots]
        transaction.execute("story.mark_shots", {**scope, "ids": ids})

    database.run_in_transaction(work)


def load_project(database: Database, project_id: str) -> Project | None:
    """Return a project with its cast, None when it has not been saved.

    Raises:
        PlanError: Another version of this program saved it in another shape.
    """
    if not project_id:
        return None
    row = database.fetch_one("story.load_projects", {"id": project_id})
    return _project_from_row(row) if row else None


def load_projects(database: Database) -> tuple[Project, ...]:
    """Return every project with its cast, by id.

    Raises:
        PlanError: Another version of this program saved one in another shape.
    """
    return tuple(_project_from_row(row) for row in database.fetch_all("story.load_projects", {"id": ""}))


def _project_from_row(row: Row) -> Project:
    return from_plain(Project, {**row["story"], "characters": row["characters"]})


def load_episode(database: Database, key: EpisodeKey) -> Episode | None:
    """Return an episode with its scenes, None when it has not been saved.

    Raises:
        PlanError: Another version of this program saved it in another shape.
    """
    row = database.fetch_one("story.load_episode", {"project_id": key.project, "episode_id": key.episode})
    return from_plain(Episode, {**row["story"], "scenes": row["scenes"]}) if row else None


def load_scenes(database: Database, key: EpisodeKey) -> tuple[Scene, ...]:
    """Return an episode's scenes in order, () when it has not been saved."""
    episode = load_episode(database, key)
    return episode.scenes if episode else ()


def load_plan(database: Database, key: EpisodeKey | str) -> EpisodePlan | None:
    """Return an episode's plan as it was saved last, None before that.

    Raises:
        PlanError: Another version of this program saved it in another shape.
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
    """Return (key, title) of every episode, by key."""
    return tuple((f"{row['project_id']}-{row['id']}", row["title"]) for row in database.fetch_all("story.list_titles"))
