"""What nights of unattended work decided and made; what they may spend is in `spending`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.store.database import Database

MAX_FAILURES = 200
"""Decisions without a take that are listed of one night; all are on record."""


@dataclass(frozen=True)
class StageWork:
    """What was decided of a stage of an episode with one engine.

    Attributes:
        episode_id: "" for what belongs to the project, such as character sheets.
        made: Takes, of which `rejected` passed not all gates.
        failed: Attempts that gave no take.
    """

    project_id: str
    episode_id: str
    stage: str
    engine: str
    made: int
    rejected: int
    failed: int
    gpu_s: float
    cpu_s: float

    @property
    def key(self) -> str:
        """Episode key, or the project's id."""
        return "-".join(part for part in (self.project_id, self.episode_id) if part)


@dataclass(frozen=True)
class FailedAttempt:
    """A decision that gave no take."""

    project_id: str
    episode_id: str
    scene_id: str
    shot_id: str
    line_id: str
    stage: str
    engine: str
    error_message: str | None

    @property
    def key(self) -> str:
        """Episode key, or the project's id."""
        return "-".join(part for part in (self.project_id, self.episode_id) if part)

    @property
    def subject(self) -> str:
        """Key of what it was to be a take of."""
        parts = (self.project_id, self.episode_id, self.scene_id, self.shot_id)
        return "-".join(part for part in parts if part) + (f" {self.line_id}" if self.line_id else "")


def list_work(database: Database, since: datetime, created_by: str) -> Sequence[StageWork]:
    """Return what somebody's decisions since a given time made, by episode, in the order of the work."""
    rows = database.fetch_all("nights.list_work", {"since": since, "created_by": created_by})
    return tuple(StageWork(**row) for row in rows)


def list_failures(database: Database, since: datetime, created_by: str) -> Sequence[FailedAttempt]:
    """Return the decisions of somebody since a given time that gave no take, oldest first, at most `MAX_FAILURES`."""
    parameters = {"since": since, "created_by": created_by, "limit": MAX_FAILURES}
    return tuple(FailedAttempt(**row) for row in database.fetch_all("nights.list_failures", parameters))
