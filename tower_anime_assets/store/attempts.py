"""Attempts with their verdicts and feedback, as learning needs them, and the patterns learned from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tower_anime_assets.production.codec import from_plain
from tower_anime_assets.production.learning.attempts import AttemptRecord
from tower_anime_assets.production.story.model import Learning
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb

if TYPE_CHECKING:
    from tower_anime_assets.production.learning.statistics import Pattern

MAX_ATTEMPTS: Final = 2000
"""Older attempts say little about today's engines and shows."""


def list_newest(
    database: Database,
    project_ids: Iterable[str],
    *,
    engine: str = "",
    stage: str = "",
    episode_id: str = "",
    limit: int = MAX_ATTEMPTS,
    with_cast: bool = True,
) -> tuple[AttemptRecord, ...]:
    """Return the newest attempts that made a take, newest first.

    Args:
        database: The record.
        project_ids: Only attempts of these projects are read.
        engine: Only attempts of this engine, unless "".
        stage: Only attempts of this stage, unless "".
        episode_id: Only attempts of this episode, unless "".
        limit: Maximum number of attempts.
        with_cast: Whether to look up the characters in clips, which takes longer; otherwise they are ().
    """
    parameters = {
        "project_ids": sorted(set(project_ids)),
        "engine": engine,
        "stage": stage,
        "episode_id": episode_id,
        "limit": limit,
        "with_cast": with_cast,
    }
    return tuple(_attempt_record_from_row(row) for row in database.fetch_all("attempts.list_newest", parameters))


def _attempt_record_from_row(row: Row) -> AttemptRecord:
    tuples = {name: tuple(row[name]) for name in ("failed", "reasons")}
    characters = tuple(dict.fromkeys(str(name) for name in row["characters"]))
    return AttemptRecord(**{**row, **tuples, "characters": characters, "parameters": row["parameters"] or {}})


def list_learning_settings(database: Database) -> dict[str, Learning]:
    """Return the learning settings of each project by project id."""
    return {
        row["project_id"]: from_plain(Learning, row["learning"]) if row["learning"] else Learning()
        for row in database.fetch_all("attempts.list_learning_settings")
    }


def projects_to_learn_from(settings: Mapping[str, Learning], project_id: str) -> tuple[str, ...]:
    """Return the projects that a project may learn from: itself first, then those with which it shares mutually."""
    own_settings = settings.get(project_id, Learning())
    mutual = [
        other for other in own_settings.share_with if other in settings and project_id in settings[other].share_with
    ]
    return (project_id, *(other for other in dict.fromkeys(mutual) if other != project_id))


@dataclass(frozen=True, kw_only=True)
class StoredPattern:
    """A learned pattern on record; `pattern` is its text."""

    project_id: str
    stage: str
    engine: str
    pattern: str
    conditions: Mapping[str, str]
    evidence: Mapping[str, Any]
    samples: int
    mean_score: float | None
    timestamp: datetime


def replace_patterns(database: Database, project_id: str, patterns: Sequence[Pattern]) -> None:
    """Save the patterns of a project, and delete earlier ones that no longer hold."""

    def work(transaction: Transaction) -> None:
        current = {
            "stages": [pattern.stage for pattern in patterns],
            "engines": [pattern.engine for pattern in patterns],
            "patterns": [pattern.text for pattern in patterns],
        }
        transaction.execute("attempts.delete_other_patterns", {"project_id": project_id, **current})
        for pattern in patterns:
            transaction.execute(
                "attempts.save_pattern",
                {
                    "project_id": project_id,
                    "stage": pattern.stage,
                    "engine": pattern.engine,
                    "pattern": pattern.text,
                    "conditions": jsonb(pattern.conditions),
                    "evidence": jsonb(pattern.evidence),
                    "samples": pattern.samples,
                    "mean_score": pattern.mean_score,
                },
            )

    database.run_in_transaction(work)


def list_patterns(database: Database, project_id: str) -> tuple[StoredPattern, ...]:
    """Return the patterns of a project, those with the most samples first."""
    rows = database.fetch_all("attempts.list_patterns", {"project_id": project_id})
    return tuple(StoredPattern(**row) for row in rows)
