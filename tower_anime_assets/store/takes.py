"""Takes: what an engine made for a decision, with its files and measurements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Protocol

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey, StoryPosition
from tower_anime_assets.production.verdicts import graded_score
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb
from tower_anime_assets.store.decisions import DecisionResult, end_decision

TAKE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}[0-9a-f-]{0,23}")
"""A take's id or its beginning, as long as lists show it."""

MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".wav": "audio/wav",
    ".mid": "audio/midi",
    ".json": "application/json",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
}


class MediaFile(Protocol):
    """What a media store knows of a file."""

    @property
    def sha256(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


@dataclass(frozen=True)
class TakeFile:
    """A file of a take.

    Attributes:
        sha256: Digest of its bytes, 64 hex digits.
        path: Relative to the media store.
        size_bytes: Its length when it was stored.
        media_type: Such as "image/png".
    """

    sha256: str
    path: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, kw_only=True)
class NewTake:
    """A take to be recorded; its files are already in the media store.

    Attributes:
        files: By role; `main` is the take itself.
        measured: The numbers that gates judge.
        details: JSON-ready facts about the take.
        quality_score: 0..1.
        candidate_rank: Its place among the candidates of its decision, 0 for the best; None for an only take.
    """

    decision_id: str
    brief_digest: str
    stage: str
    project_id: str
    files: Mapping[str, MediaFile]
    episode_id: str = ""
    scene_id: str = ""
    shot_id: str = ""
    line_id: str = ""
    measured: Mapping[str, float]
    details: Mapping[str, Any]
    duration_s: float
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    quality_score: float | None = None
    candidate_rank: int | None = None


@dataclass(frozen=True, kw_only=True)
class Take:
    """A take on record, with the engine, attempt and costs of its decision."""

    id: str
    decision_id: str
    brief_digest: str
    stage: str
    project_id: str
    episode_id: str
    scene_id: str
    shot_id: str
    line_id: str
    files: Mapping[str, TakeFile]
    measured: Mapping[str, float]
    details: Mapping[str, Any]
    created_at: datetime
    attempt: int
    engine: str
    engine_version: str
    reasoning: str
    duration_s: float
    cpu_s: float
    gpu_s: float
    quality_score: float | None
    candidate_rank: int | None = None
    chosen_at: datetime | None = None
    score_version: int | None = None

    @property
    def position(self) -> StoryPosition:
        """The place that it was made for."""
        return StoryPosition(self.project_id, self.episode_id, self.scene_id, self.shot_id, self.line_id)

    @property
    def score(self) -> float | None:
        """Its decision's score on today's scale, 0..1; None without one, or if it is of an earlier scale."""
        return graded_score(self.quality_score, self.score_version)

    @property
    def preferred_at(self) -> datetime:
        """When it was made, or chosen by a person since: of several takes of a thing the newest in this is used."""
        return max(self.created_at, self.chosen_at) if self.chosen_at is not None else self.created_at


def record_take(database: Database, new: NewTake) -> Take:
    """Record the only take of a decision; see `record_candidates`."""
    (take,) = record_candidates(database, [new])
    return take


def record_candidates(database: Database, candidates: Sequence[NewTake]) -> tuple[Take, ...]:
    """Record the takes of one decision and end it as succeeded, or none of it; return the takes on record, best first.

    Args:
        database: The record.
        candidates: The best first; the decision has its score. It is the newest on record, so that it is preferred.

    Raises:
        PlanError: The decision has ended in another way, or does not exist.
    """
    best = candidates[0]
    result = DecisionResult("succeeded", best.duration_s, best.cpu_s, best.gpu_s, best.quality_score)

    def work(transaction: Transaction) -> list[Row]:
        end_decision(transaction, best.decision_id, result)
        return [
            transaction.insert_or_find("takes.record_take", "takes.find_candidate", _take_row(new))
            for new in reversed(candidates)
        ]

    return tuple(map(_take_from_row, reversed(database.run_in_transaction(work))))


def _take_row(new: NewTake) -> dict[str, Any]:
    return vars(new) | {
        "files": jsonb({role: _file_json(file) for role, file in new.files.items()}),
        "measured": jsonb({name: float(value) for name, value in new.measured.items()}),
        "details": jsonb(new.details),
    }


def find_by_id(database: Database, take_id: str) -> Take | None:
    """Return the take with this id, or None."""
    row = database.fetch_one("takes.find_by_id", {"id": take_id})
    return _take_from_row(row) if row else None


def find_by_prefix(database: Database, prefix: str) -> tuple[Take, ...]:
    """Return the takes whose ids begin with a text, at most three: one that it names alone, or several."""
    return tuple(map(_take_from_row, database.fetch_all("takes.find_by_prefix", {"prefix": prefix})))


def find_by_digests(database: Database, digests: Sequence[str], stage: str = "") -> dict[str, tuple[Take, ...]]:
    """Return the takes by digest, newest first, only of one stage unless it is ""; digests without takes are absent."""
    takes_by_digest: dict[str, list[Take]] = {}
    for row in database.fetch_all("takes.find_by_digests", {"digests": list(digests), "stage": stage}):
        takes_by_digest.setdefault(row["brief_digest"], []).append(_take_from_row(row))
    return {digest: tuple(takes) for digest, takes in takes_by_digest.items()}


def list_by_shot(database: Database, key: ShotKey, stage: str = "") -> tuple[Take, ...]:
    """Return the takes of a shot, oldest first, only of one stage unless it is ""."""
    return _list_by_scope(database, key.episode_key, key.scene, key.shot, stage)


def list_by_episode(database: Database, key: EpisodeKey, stage: str = "") -> tuple[Take, ...]:
    """Return the takes of an episode, oldest first, only of one stage unless it is ""."""
    return _list_by_scope(database, key, "", "", stage)


@dataclass(frozen=True)
class PlannedPrompt:
    """A shot's prompts as a plan has them.

    Attributes:
        decision_id: That of the plan.
        parts: What they were put together from, `{"role", "text", "source"}` each; () where that is not on record.
    """

    decision_id: str
    scene_id: str
    prompt: str
    negative: str
    parts: Sequence[Mapping[str, str]]


def find_planned_prompts(database: Database, key: EpisodeKey, prompts: Iterable[str]) -> dict[str, PlannedPrompt]:
    """Return where these prompts were planned, by prompt, of several plans the newest; those of no plan are absent."""
    scope = {"project_id": key.project, "episode_id": key.episode, "prompts": list(prompts)}
    planned: dict[str, PlannedPrompt] = {}
    for row in database.fetch_all("takes.list_planned_prompts", scope):
        parts = row.pop("prompt_parts") or ()
        planned.setdefault(row["prompt"], PlannedPrompt(**row, parts=parts))
    return planned


def find_newest(database: Database, key: EpisodeKey, stage: str, *, is_draft: bool | None = None) -> Take | None:
    """Return the newest take of a stage of an episode, accepted or not, or None.

    Args:
        database: The database.
        key: The episode.
        stage: The stage.
        is_draft: Of masters: whether drafts are meant, or those of all other levels; None for any.
    """
    scope = {"project_id": key.project, "episode_id": key.episode, "stage": stage, "is_draft": is_draft}
    row = database.fetch_one("takes.find_newest", scope)
    return _take_from_row(row) if row else None


def _list_by_scope(database: Database, key: EpisodeKey, scene: str, shot: str, stage: str) -> tuple[Take, ...]:
    scope = {"project_id": key.project, "episode_id": key.episode, "scene_id": scene, "shot_id": shot, "stage": stage}
    return tuple(map(_take_from_row, database.fetch_all("takes.list_by_scope", scope)))


def _take_from_row(row: Row) -> Take:
    files = {role: TakeFile(**file) for role, file in row["files"].items()}
    # Infinities and NaN are stored as strings, which float() reads back.
    measured = {name: float(value) for name, value in row["measured"].items()}
    return Take(**{**row, "files": files, "measured": measured})


def _file_json(file: MediaFile) -> dict[str, Any]:
    suffix = PurePosixPath(file.path).suffix
    media_type = MEDIA_TYPES.get(suffix, "application/octet-stream")
    return {"sha256": file.sha256, "path": file.path, "size_bytes": file.size_bytes, "media_type": media_type}
