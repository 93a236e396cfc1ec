"""Lessons: what each director learned from a decision that it was told of, once per decision and director."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tower_anime_assets.production.learning.lessons import Lesson
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.store.database import Database, Row, jsonb

MAX_NEWEST: Final = 40
"""Lessons that are read for a plan: it is told a few sentences of the newest."""


@dataclass(frozen=True, kw_only=True)
class RecordedLesson:
    """A lesson on record.

    Attributes:
        consultation_id: The question and its answer.
        director: The name of the director that was told.
        ending: "accepted", or "exhausted" where no attempt was.
        scores: What was measured, as the director was told it, 0..1 by its names.
        timestamp: When it was told.
        stage: The stage of the take, "keyframe" or "clip".
    """

    id: str
    decision_id: str
    consultation_id: str
    director: str
    ending: str
    scores: Mapping[str, float]
    lesson: Lesson
    timestamp: datetime
    stage: str
    project_id: str
    episode_id: str
    scene_id: str
    shot_id: str

    @property
    def shot(self) -> str:
        """The shot's key."""
        return f"{self.project_id}-{self.episode_id}-{self.scene_id}-{self.shot_id}"


def record_lesson(
    database: Database,
    decision_id: str,
    director: str,
    *,
    consultation_key: str,
    ending: str,
    scores: Mapping[str, float],
    lesson: Lesson,
) -> RecordedLesson:
    """Record what a director learned from a decision, or return what it had learned before.

    Args:
        database: The record.
        decision_id: The decision that made the take.
        director: The director's name.
        consultation_key: Idempotency key of the consultation with its answer.
        ending: "accepted" or "exhausted".
        scores: What it was told.
        lesson: What it answered.
    """
    parameters = {
        "decision_id": decision_id,
        "director": director,
        "consultation_key": consultation_key,
        "ending": ending,
        "scores": jsonb(scores),
        "learned": list(lesson.learned),
        "recommendations": list(lesson.recommendations),
        "confidences": jsonb(lesson.confidences),
    }
    row = database.insert_or_find("lessons.record_lesson", "lessons.find_by_decision", parameters)
    return _lesson_from_row(row)


def find_by_decisions(database: Database, decision_ids: Iterable[str], director: str) -> tuple[RecordedLesson, ...]:
    """Return what a director has learned from these decisions, in the order in which it was told."""
    parameters = {"decision_ids": list(decision_ids), "director": director}
    return tuple(_lesson_from_row(row) for row in database.fetch_all("lessons.find_by_decisions", parameters))


def list_by_story(database: Database, key: EpisodeKey | ShotKey) -> tuple[RecordedLesson, ...]:
    """Return what directors have learned from an episode or a shot, oldest first."""
    scene, shot = (key.scene, key.shot) if isinstance(key, ShotKey) else ("", "")
    scope = {"project_id": key.project, "episode_id": key.episode, "scene_id": scene, "shot_id": shot}
    return tuple(_lesson_from_row(row) for row in database.fetch_all("lessons.list_by_story", scope))


def list_newest(database: Database, project_id: str, limit: int = MAX_NEWEST) -> tuple[RecordedLesson, ...]:
    """Return the newest lessons of a project, newest first."""
    rows = database.fetch_all("lessons.list_newest", {"project_id": project_id, "limit": limit})
    return tuple(_lesson_from_row(row) for row in rows)


def _lesson_from_row(row: Row) -> RecordedLesson:
    lesson = Lesson(tuple(row["learned"]), tuple(row["recommendations"]), row["confidences"])
    kept = {name: value for name, value in row.items() if name not in ("learned", "recommendations", "confidences")}
    return RecordedLesson(**kept, lesson=lesson)
