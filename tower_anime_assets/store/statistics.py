"""Scores and measures over time as flat rows for tables and plots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.store.database import Database


@dataclass(frozen=True)
class ScoreRow:
    """The score of an attempt, 0..1, whether its take is accepted, and its costs in seconds.

    Attributes:
        score: None if it is of an earlier scale.
    """

    timestamp: datetime
    episode_id: str
    scene_id: str
    shot_id: str
    line_id: str
    stage: str
    engine: str
    attempt: int
    score: float | None
    accepted: bool
    duration_s: float
    cpu_s: float
    gpu_s: float


@dataclass(frozen=True)
class MeasureRow:
    """A measured value of a take."""

    timestamp: datetime
    episode_id: str
    scene_id: str
    shot_id: str
    line_id: str
    stage: str
    gate: str
    measure: str
    value: float
    unit: str
    passed: bool


def list_scores(database: Database, project_id: str, episode_id: str = "") -> tuple[ScoreRow, ...]:
    """Return every score of a project, only of one episode unless it is "", oldest first."""
    scope = {"project_id": project_id, "episode_id": episode_id}
    return tuple(ScoreRow(**row) for row in database.fetch_all("statistics.list_scores", scope))


def list_measures(database: Database, project_id: str, episode_id: str = "") -> tuple[MeasureRow, ...]:
    """Return every measure of a project's takes, only of one episode unless it is "", oldest take first."""
    scope = {"project_id": project_id, "episode_id": episode_id}
    return tuple(MeasureRow(**row) for row in database.fetch_all("statistics.list_measures", scope))
