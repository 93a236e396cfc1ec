"""Decisions: what was requested from which engine and why, recorded before the engine is called, and the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tower_anime_assets.errors import Cause, PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.verdicts import SCORE_VERSION
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb

SCRIPT_DRAFT = "script_draft"
"""Type of decisions about drafts of scripts, which belong to no stage of production and make no take."""

PROMPT = "prompt"
"""Type of decisions about words that a director was asked to refine, outside any shot; they make no take either."""

TAKELESS = (SCRIPT_DRAFT, PROMPT)
"""Types of decisions that belong to no stage; whoever makes them settles their own."""


@dataclass(frozen=True, kw_only=True)
class NewDecision:
    """A decision to be recorded.

    Attributes:
        decision_type: The stage: sheet, plan, keyframe, clip, voice, music, mix or master; or one of `TAKELESS`.
        parameters: JSON-ready; everything that the engine is told.
        alternatives: JSON-ready; what else was considered.
        brief_digest: Digest under which the take can be found again.
        attempt: 1 for the first.
        idempotency_key: Two decisions with the same key are one decision.
        replaces: Id of the decision whose take is to be improved on.
        prompt_id: Id that we chose for the render at a service.
        server: Address of the service.
        template_sha256: Digest of the workflow template, if one is used.
        jobs: How many jobs it is at a service, None for what is made here.
        expected_gpu_s: How long a card is expected to work on it, None if nobody can say.
        gpu_second_price: What each of those seconds costs; None, like `job_price`, where no price is set.
        currency: Of both prices.
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
    jobs: int | None = None
    expected_gpu_s: float | None = None
    gpu_second_price: float | None = None
    job_price: float | None = None
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision on record; durations, scores and `error_message` are None until known.

    Attributes:
        cause: Why it gave no take, None if it gave one or is open; see `errors.Cause`.
        score_version: The scale of its score, see `production.verdicts`; None for the first.
    """

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
    cause: str | None = None
    score_version: int | None = None


def record_decision(
    database: Database, new: NewDecision, admit: Callable[[Transaction], None] | None = None
) -> Decision:
    """Record a decision; when this returns, it is committed as `pending`.

    Args:
        database: The record.
        new: What was decided.
        admit: Raises if it must not be decided; asked in the transaction that records it, and not for one on record.

    Raises:
        PlanError: The idempotency key already stands for a decision about something else.
    """
    parameters = vars(new) | {"parameters": jsonb(new.parameters), "alternatives": jsonb(list(new.alternatives))}

    def work(transaction: Transaction) -> Row:
        if admit is not None and transaction.fetch_one("decisions.find_by_key", parameters) is None:
            admit(transaction)
        return transaction.insert_or_find("decisions.record_decision", "decisions.find_by_key", parameters)

    decision = Decision(**database.run_in_transaction(work))
    if (decision.decision_type, decision.brief_digest) != (new.decision_type, new.brief_digest):
        raise PlanError(
            f"idempotency key {new.idempotency_key!r} already stands for {decision.decision_type} decision "
            f"{decision.id}; expected another key for this {new.decision_type}"
        )
    return decision


def find_by_id(database: Database, decision_id: str) -> Decision | None:
    """Return the decision with this id, or None."""
    row = database.fetch_one("decisions.find_by_id", {"id": decision_id})
    return Decision(**row) if row else None


def mark_running(database: Database, decision_id: str) -> Decision:
    """Record that the engine has been called.

    Raises:
        PlanError: The decision has already ended, or does not exist.
    """

    def work(transaction: Transaction) -> Decision:
        transaction.execute("decisions.mark_running", {"id": decision_id})
        return _require_status(transaction, decision_id, "running")

    return database.run_in_transaction(work)


def mark_failed(
    database: Database, decision_id: str, error_message: str, duration_s: float, cause: Cause = Cause.OTHER
) -> Decision:
    """End a decision whose output could not be made.

    Raises:
        PlanError: It has already ended in another way, or does not exist.
    """
    return _end(database, decision_id, DecisionResult("failed", duration_s, error_message=error_message, cause=cause))


def mark_cancelled(database: Database, decision_id: str, duration_s: float) -> Decision:
    """End a decision that a person cancelled.

    Raises:
        PlanError: It has already ended in another way, or does not exist.
    """
    result = DecisionResult("cancelled", duration_s, error_message="called off", cause=Cause.INTERRUPTED)
    return _end(database, decision_id, result)


def mark_lost(
    database: Database,
    decision_id: str,
    reason: str,
    duration_s: float | None = None,
    cause: Cause = Cause.SERVER_LOST,
) -> Decision:
    """End a decision whose job no longer exists, so that it cannot produce a take.

    Raises:
        PlanError: It has already ended in another way, or does not exist.
    """
    return _end(database, decision_id, DecisionResult("lost", duration_s, error_message=reason, cause=cause))


@dataclass(frozen=True)
class DecisionResult:
    """The final status of a decision, its costs in seconds, its score (0..1), what went wrong and who is to blame."""

    status: str
    duration_s: float | None
    cpu_s: float | None = None
    gpu_s: float | None = None
    quality_score: float | None = None
    error_message: str | None = None
    cause: Cause | None = None


def end_decision(transaction: Transaction, decision_id: str, result: DecisionResult) -> Decision:
    """End a decision within a transaction; one that has already ended with this status stays as it is.

    Raises:
        PlanError: It has already ended in another way, or does not exist.
    """
    transaction.execute("decisions.end_decision", {"id": decision_id, **vars(result), "score_version": SCORE_VERSION})
    return _require_status(transaction, decision_id, result.status)


def _end(database: Database, decision_id: str, result: DecisionResult) -> Decision:
    return database.run_in_transaction(lambda transaction: end_decision(transaction, decision_id, result))


def _require_status(transaction: Transaction, decision_id: str, status: str) -> Decision:
    row = transaction.fetch_one("decisions.find_by_id", {"id": decision_id})
    if row is None:
        raise PlanError(f"decision {decision_id} is not on record; record it before it runs or ends")
    if row["status"] != status:
        raise PlanError(
            f"decision {decision_id} has already ended as {row['status']} and cannot become {status}: another "
            "process ended it in the meantime. Run again"
        )
    return Decision(**row)


def list_open(database: Database, episode: EpisodeKey | str, stage: str) -> tuple[Decision, ...]:
    """Return the open decisions of a stage of an episode, newest first.

    The process that holds the lock of the episode and stage may end them, since the one that opened them is gone.

    Args:
        database: The record.
        episode: Episode key, or the id of a project for decisions outside any episode.
        stage: Decision type.
    """
    project_id, _, episode_id = str(episode).partition("-")
    scope = {"project_id": project_id, "episode_id": episode_id, "decision_type": stage}
    return tuple(Decision(**row) for row in database.fetch_all("decisions.list_open", scope))


@dataclass(frozen=True)
class OpenStage:
    """A stage of an episode or project with open decisions, and the time of the newest one."""

    project_id: str
    episode_id: str
    decision_type: str
    newest: datetime

    @property
    def key(self) -> str:
        """Episode key, or the project's id outside any episode."""
        return "-".join(part for part in (self.project_id, self.episode_id) if part)


def list_open_stages(database: Database) -> tuple[OpenStage, ...]:
    """Return the stages with open decisions, the one without new decisions for longest first."""
    return tuple(OpenStage(**row) for row in database.fetch_all("decisions.list_open_stages"))


@dataclass(frozen=True)
class RecentDecision:
    """The main columns of a decision."""

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
    cause: str | None
    timestamp: datetime
    score_version: int | None

    @property
    def subject(self) -> str:
        """Key of the subject, with the line's id if there is one, such as `nexus-e01-sc02-sh0030`."""
        parts = (self.project_id, self.episode_id, self.scene_id, self.shot_id)
        return "-".join(part for part in parts if part) + (f" {self.line_id}" if self.line_id else "")


def list_recent(database: Database, projects: Sequence[str], since: datetime, limit: int) -> tuple[RecentDecision, ...]:
    """Return the decisions of these projects since a given time, newest first."""
    parameters = {"project_ids": list(projects), "since": since, "limit": limit}
    return tuple(RecentDecision(**row) for row in database.fetch_all("decisions.list_recent", parameters))


def find_median_seconds(database: Database, stage: str, engine: str, quality: str = "") -> float | None:
    """Return the median duration of an engine's latest 200 successes at a stage, None before the first.

    Args:
        database: The record.
        stage: Decision type.
        engine: The engine's name.
        quality: Only those at this level; "" for all.
    """
    parameters = {"decision_type": stage, "engine": engine, "quality": quality}
    row = database.fetch_one("decisions.find_median_seconds", parameters)
    return row["seconds"] if row else None


def find_latest_briefs(
    database: Database, project_id: str, episode_id: str
) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Return `parameters["brief"]` of an episode's newest decisions by (stage, scene, shot, line)."""
    rows = database.fetch_all("decisions.find_latest_briefs", {"project_id": project_id, "episode_id": episode_id})
    return {(row["decision_type"], row["scene_id"], row["shot_id"], row["line_id"]): row["brief"] for row in rows}


def find_seeds(database: Database, decision_ids: Iterable[str]) -> dict[str, str]:
    """Return the seeds of decisions' attempts by id, as text; decisions without one on record are absent."""
    rows = database.fetch_all("decisions.list_seeds", {"decision_ids": list(decision_ids)})
    return {str(row["id"]): row["seed"] for row in rows if row["seed"] is not None}
