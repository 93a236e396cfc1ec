"""What was decided lately in a project, for those who want to know what has been going on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.store.database import Database


@dataclass(frozen=True)
class RecentDecision:
    """A decision in short; `quality_score` is 0..1, None while there is none."""

    project_id: str
    episode_id: str
    scene_id: str
    shot_id: str
    line_id: str
    decision_type: str
    status: str
    engine: str
    quality_score: float | None
    reasoning: str
    error_message: str | None
    timestamp: datetime

    @property
    def subject(self) -> str:
        """What it is of, such as `nexus-e01-sc02-sh0030`."""
        parts = (self.project_id, self.episode_id, self.scene_id, self.shot_id)
        return "-".join(part for part in parts if part) + (f" {self.line_id}" if self.line_id else "")


def list_recent(database: Database, projects: Sequence[str], since: datetime, limit: int) -> tuple[RecentDecision, ...]:
    """Return the decisions of these projects since a moment, newest first."""
    parameters = {"project_ids": list(projects), "since": since, "limit": limit}
    return tuple(RecentDecision(**row) for row in database.fetch_all("recent.list_decisions", parameters))
