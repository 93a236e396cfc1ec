"""Takes: what an engine made for a decision, with its files and measurements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Protocol

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb
from tower_anime_assets.store.decisions import DecisionResult, end_decision

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


def record_take(database: Database, new: NewTake) -> Take:
    """Record a take and end its decision as succeeded, or neither; return the earlier take if there is one.

    Raises:
        PlanError: The decision has ended in another way, or does not exist.
    """
    result = DecisionResult("succeeded", new.duration_s, new.cpu_s, new.gpu_s, new.quality_score)
    parameters = vars(new) | {
        "files": jsonb({role: _file_json(file) for role, file in new.files.items()}),
        "measured": jsonb({name: float(value) for name, value in new.measured.items()}),
        "details": jsonb(new.details),
    }

    def work(transaction: Transaction) -> Row:
        end_decision(transaction, new.decision_id, result)
        return transaction.insert_or_find("takes.record_take", "takes.find_by_decision", parameters)

    return _take_from_row(database.run_in_transaction(work))


def find_by_id(database: Database, take_id: str) -> Take | None:
    """Return the take with this id, or None."""
    row = database.fetch_one("takes.find_by_id", {"id": take_id})
    return _take_from_row(row) if row else None


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


def find_newest(database: Database, key: EpisodeKey, stage: str) -> Take | None:
    """Return the newest take of a stage of an episode, accepted or not, or None."""
    scope = {"project_id": key.project, "episode_id": key.episode, "stage": stage}
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
