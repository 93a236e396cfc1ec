"""Decisions: what was asked of which engine and why, on record before the engine is called, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb


@dataclass(frozen=True, kw_only=True)
class NewDecision:
    """A decision to be put on record.

    Attributes:
        decision_type: The stage: sheet, plan, keyframe, clip, voice, music, mix or master.
        parameters: JSON-ready; everything the engine is told.
        alternatives: JSON-ready; what was considered instead.
        brief_digest: Digest under which a take of it is found again.
        attempt: 1 for the first.
        idempotency_key: Two decisions with one key are one decision.
        replaces: Id of the decision whose take this one is to better.
        prompt_id: The render's id at a service, chosen by us.
        server: The service's address.
        template_sha256: Digest of the workflow template, when one is used.
    """

    project_id: str
    decision_type: str
    parameters: Mapping[str, Any]
    reasoning: str
    engine: str
    brief_digest: str
    idempotency_key: str
    episode_id: str = ""
    scene_id: str = ""
    shot_id: str = ""
    line_id: str = ""
    alternatives: Sequence[Any] = ()
    engine_version: str = ""
    attempt: int = 1
    replaces: str | None = None
    run_id: str = ""
    created_by: str = "tower"
    session_id: str | None = None
    prompt_id: str = ""
    server: str = ""
    template_sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision on record; seconds, scores and `error_message` are None until known."""

    id: str
    project_id: str
    episode_id: str
    scene_id: str
    shot_id: str
    line_id: str
    decision_type: str
    parameters: Mapping[str, Any]
    reasoning: str
    alternatives: Sequence[Any]
    timestamp: datetime
    status: str
    quality_score: float | None
    created_by: str
    session_id: str | None
    idempotency_key: str
    engine: str
    engine_version: str
    brief_digest: str
    attempt: int
    replaces: str | None
    run_id: str
    prompt_id: str
    server: str
    template_sha256: str | None
    started_at: datetime | None
    finished_at: datetime | None
    duration_s: float | None
    cpu_s: float | None
    gpu_s: float | None
    error_message: str | None


def record_decision(database: Database, new: NewDecision) -> Decision:
    """Put a decision on record; when this returns, it is committed as `pending`.

    Raises:
        PlanError: The idempotency key already stands for a decision of something else.
        ServiceUnavailableError: The database stays away.
    """
    parameters = {
        **{name: getattr(new, name) for name in new.__dataclass_fields__},
        "parameters": jsonb(new.parameters),
        "alternatives": jsonb(list(new.alternatives)),
    }

    def work(transaction: Transaction) -> Row:
        inserted = transaction.fetch_one("decisions.decide", parameters)
        row = inserted or transaction.fetch_one("decisions.find_by_key", {"idempotency_key": new.idempotency_key})
        assert row is not None  # noqa: S101 - the key was taken, and decisions are never deleted
        return row

    decision = Decision(**database.run_in_transaction(work))
    if (decision.decision_type, decision.brief_digest) != (new.decision_type, new.brief_digest):
        raise PlanError(
            f"idempotency key {new.idempotency_key!r} already stands for {decision.decision_type} decision "
            f"{decision.id}; expected a key of its own for this {new.decision_type}"
        )
    return decision


def find_by_id(database: Database, decision_id: str) -> Decision | None:
    """Return the decision with this id, None when there is none."""
    row = database.fetch_one("decisions.find_by_id", {"id": decision_id})
    return Decision(**row) if row else None


def mark_running(database: Database, decision_id: str) -> Decision:
    """Say that the engine has been called.

    Raises:
        PlanError: The decision has ended already, or does not exist.
    """

    def work(transaction: Transaction) -> Decision:
        transaction.fetch_one("decisions.start", {"id": decision_id})
        return _require_status(transaction, decision_id, "running")

    return database.run_in_transaction(work)


def mark_succeeded(
    database: Database,
    decision_id: str,
    *,
    duration_s: float,
    quality_score: float | None = None,
    cpu_s: float = 0.0,
    gpu_s: float = 0.0,
) -> Decision:
    """End a decision well. Decisions that make takes are ended by `takes.keep` instead.

    Raises:
        PlanError: It has ended otherwise already, or does not exist.
    """
    result = DecisionResult("succeeded", duration_s, cpu_s, gpu_s, quality_score)
    return database.run_in_transaction(lambda transaction: end_decision(transaction, decision_id, result))


def mark_failed(database: Database, decision_id: str, error_message: str, duration_s: float) -> Decision:
    """End a decision that could not be carried out.

    Raises:
        PlanError: It has ended otherwise already, or does not exist.
    """
    result = DecisionResult("failed", duration_s, error_message=error_message)
    return database.run_in_transaction(lambda transaction: end_decision(transaction, decision_id, result))


def mark_cancelled(database: Database, decision_id: str, duration_s: float) -> Decision:
    """End a decision that somebody called off.

    Raises:
        PlanError: It has ended otherwise already, or does not exist.
    """
    result = DecisionResult("cancelled", duration_s, error_message="called off")
    return database.run_in_transaction(lambda transaction: end_decision(transaction, decision_id, result))


def mark_lost(database: Database, decision_id: str, reason: str, duration_s: float | None = None) -> Decision:
    """End a decision whose job is gone: nobody works on it, and nothing will come of it.

    Raises:
        PlanError: It has ended otherwise already, or does not exist.
    """
    result = DecisionResult("lost", duration_s, error_message=reason)
    return database.run_in_transaction(lambda transaction: end_decision(transaction, decision_id, result))


@dataclass(frozen=True)
class DecisionResult:
    """How a decision ends."""

    status: str
    duration_s: float | None
    cpu_s: float | None = None
    gpu_s: float | None = None
    quality_score: float | None = None
    error_message: str | None = None


def end_decision(transaction: Transaction, decision_id: str, result: DecisionResult) -> Decision:
    """End a decision within a transaction; ending it twice in the same way is ending it once.

    Raises:
        PlanError: It has ended otherwise already, or does not exist.
    """
    transaction.fetch_one("decisions.end", {"id": decision_id, **asdict(result)})
    return _require_status(transaction, decision_id, result.status)


def _require_status(transaction: Transaction, decision_id: str, status: str) -> Decision:
    row = transaction.fetch_one("decisions.find_by_id", {"id": decision_id})
    if row is None:
        raise PlanError(f"there is no decision {decision_id}; decide first")
    if row["status"] != status:
        raise PlanError(
            f"decision {decision_id} has already ended as {row['status']}, so it cannot become {status}: another "
            "process settled it meanwhile. Run again"
        )
    return Decision(**row)


def list_open(database: Database, episode: EpisodeKey | str, stage: str) -> tuple[Decision, ...]:
    """Return the open decisions of a stage of an episode, newest first.

    Whoever holds the lock of that episode and stage may settle them: whoever opened them has ended.

    Args:
        database: The record.
        episode: Episode key, or a project's id for what belongs to no episode.
        stage: Decision type.
    """
    project_id, _, episode_id = str(episode).partition("-")
    scope = {"project_id": project_id, "episode_id": episode_id, "decision_type": stage}
    return tuple(Decision(**row) for row in database.fetch_all("decisions.list_open", scope))


@dataclass(frozen=True)
class OpenStage:
    """A stage of an episode (or project) in which decisions are open, and since when the newest is."""

    project_id: str
    episode_id: str
    decision_type: str
    newest: datetime

    @property
    def key(self) -> str:
        """Episode key, or the project's id for what belongs to no episode."""
        return "-".join(part for part in (self.project_id, self.episode_id) if part)


def list_open_stages(database: Database) -> tuple[OpenStage, ...]:
    """Return where decisions are open, the longest untouched first."""
    return tuple(OpenStage(**row) for row in database.fetch_all("decisions.list_open_places"))


def find_median_seconds(database: Database, stage: str, engine: str) -> float | None:
    """Return the median seconds of the engine's newest 200 successes at a stage, None before the first."""
    row = database.fetch_one("decisions.median_seconds", {"decision_type": stage, "engine": engine})
    return row["seconds"] if row else None


def find_latest_briefs(
    database: Database, project_id: str, episode_id: str
) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Return `parameters["brief"]` of the newest decision by (stage, scene, shot, line) of an episode."""
    rows = database.fetch_all("decisions.latest_briefs", {"project_id": project_id, "episode_id": episode_id})
    return {(row["decision_type"], row["scene_id"], row["shot_id"], row["line_id"]): row["brief"] for row in rows}
