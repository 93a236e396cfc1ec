"""Facts on record: stored, superseded, ended, never changed or deleted; searched exactly, by words and by meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.memory.facts import (
    Fact,
    Settled,
    Statement,
    checked,
    no_longer_said,
    normalised,
    predicate_key,
    settle,
)
from tower_anime_assets.production.memory.search_words import tsquery_of, tsvector_of
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb

BATCH = 2000
"""Statements that are settled and written in one transaction."""


@dataclass(frozen=True)
class Found:
    """A fact that a search found; scores of one search compare, those of two searches do not."""

    fact: Fact
    score: float


@dataclass(frozen=True)
class Tally:
    """How many facts were stored, known before, overruled by a more confident source, superseded, and ended."""

    stored: int = 0
    known: int = 0
    overruled: int = 0
    superseded: int = 0
    ended: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.stored + other.stored,
            self.known + other.known,
            self.overruled + other.overruled,
            self.superseded + other.superseded,
            self.ended + other.ended,
        )


def remember(database: Database, project_id: str, said: Iterable[Statement]) -> Tally:
    """Store statements in their order, in batches of 2,000, each whole or not at all; again changes nothing more.

    Raises:
        PlanError: A statement cannot be stored; those in the batches before it are.
        ServiceUnavailable: The database stays away.
    """
    tally = Tally()
    rest = iter(said)
    while batch := [checked(statement) for statement in islice(rest, BATCH)]:
        tally += database.run(lambda transaction, batch=batch: _settled(transaction, project_id, batch))  # type: ignore[misc]
    return tally


def reread(database: Database, project_id: str, said: Sequence[Statement], sources: Sequence[str]) -> Tally:
    """Store what sources say now, and end what they no longer say; all or nothing.

    Args:
        said: Everything that the sources say.
        sources: Prefixes of the names of the sources that were read, such as `file:`.

    Raises:
        PlanError: A statement cannot be stored, or is of another source.
        ServiceUnavailable: The database stays away.
    """
    for statement in map(checked, said):
        if not statement.source.startswith(tuple(sources)):
            raise PlanError(f"{statement.source!r} was not among the sources read: {', '.join(sources)}")

    def work(transaction: Transaction) -> Tally:
        _lock(transaction, project_id)
        rows = transaction.rows("facts.list_said_by", {"project_id": project_id, "prefixes": list(sources)})
        gone = no_longer_said(map(_fact, rows), said)
        _end(transaction, project_id, {fact.id: None for fact in gone})
        return _settled(transaction, project_id, said, is_reread=True) + Tally(ended=len(gone))

    return database.run(work)


def _lock(transaction: Transaction, project_id: str) -> None:
    # One writer per project at a time, so that what is settled is settled against all that is on record.
    transaction.execute("facts.lock_project", {"project_id": project_id})


def _settled(transaction: Transaction, project_id: str, said: Sequence[Statement], *, is_reread: bool = False) -> Tally:
    _lock(transaction, project_id)
    pairs = {statement.about for statement in said}
    about = {"subject_keys": [subject for subject, _ in pairs], "predicate_keys": [predicate for _, predicate in pairs]}
    record = [_fact(row) for row in transaction.rows("facts.list_about", {"project_id": project_id, **about})]
    settled = settle(record, [_new(project_id, statement) for statement in said], is_reread=is_reread)
    _write(transaction, project_id, settled)
    superseded = len(settled.ended) + sum(1 for fact in settled.new if fact.superseded_by)
    counts = {name: settled.results.count(name) for name in ("stored", "known", "overruled")}
    return Tally(**counts, superseded=superseded - counts["overruled"])


def _new(project_id: str, statement: Statement) -> Fact:
    said = {name: getattr(statement, name) for name in ("subject", "predicate", "object", "source", "confidence")}
    return Fact(id=str(uuid4()), project=project_id, timestamp=statement.timestamp, **said)


def _write(transaction: Transaction, project_id: str, settled: Settled) -> None:
    _end(transaction, project_id, settled.ended)
    if settled.new:
        moment = transaction.row("facts.read_clock")
        assert moment is not None  # noqa: S101 - a clock always answers
        # A microsecond apart, so that what was said first in a batch stays first in every list.
        rows = [_plain(fact, moment["now"] + timedelta(microseconds=at)) for at, fact in enumerate(settled.new)]
        transaction.execute("facts.store_facts", {"project_id": project_id, "facts": jsonb(rows)})


def _plain(fact: Fact, now: datetime) -> dict[str, Any]:
    subject, predicate, object_ = fact.triple
    return {
        "id": fact.id,
        "subject": fact.subject,
        "predicate": fact.predicate,
        "object": fact.object,
        "subject_key": subject,
        "predicate_key": predicate,
        "object_key": object_,
        "words": tsvector_of(fact.subject, fact.predicate, fact.object),
        "confidence": fact.confidence,
        "source": fact.source,
        "timestamp": (fact.timestamp or now).isoformat(),
        "ended_at": now.isoformat() if fact.superseded_by else None,
        "superseded_by": fact.superseded_by,
    }


def _end(transaction: Transaction, project_id: str, ended: Mapping[str, str | None]) -> int:
    rows = [{"id": id_, "superseded_by": by} for id_, by in ended.items()]
    return transaction.execute("facts.end_facts", {"project_id": project_id, "ended": jsonb(rows)}) if rows else 0


def end(database: Database, project_id: str, fact_id: str) -> None:
    """Mark a current fact as no longer true; it stays on record.

    Raises:
        PlanError: The project has no current fact with this id.
    """
    try:
        id_ = str(UUID(fact_id))
    except ValueError as error:
        raise PlanError(f"{fact_id!r} is no id of a fact; `tower facts get SUBJECT --json` shows them") from error

    # Not found out of the count of the update: done twice, after a lost connection, it would be 0.
    def work(transaction: Transaction) -> bool:
        _end(transaction, project_id, {id_: None})
        return transaction.row("facts.find_ended", {"project_id": project_id, "id": id_}) is not None

    if not database.run(work):
        raise PlanError(f"{project_id} has no fact {fact_id}; `tower facts get SUBJECT --json` shows the ids")


def get(
    database: Database,
    projects: Sequence[str],
    subject: str = "",
    predicate: str = "",
    *,
    history: bool = False,
    limit: int = 1000,
) -> tuple[Fact, ...]:
    """Return the facts of a subject, of a predicate, or of both, oldest first.

    Args:
        projects: Whose memory is looked in.
        history: Ended and superseded facts too.

    Raises:
        PlanError: Neither is given.
    """
    asked: dict[str, Any] = {"project_ids": list(projects), "history": history, "limit": limit}
    asked |= {"subject_key": normalised(subject), "predicate_key": predicate_key(predicate)}
    if asked["subject_key"]:
        return tuple(map(_fact, database.rows("facts.list_of_subject", asked)))
    if asked["predicate_key"]:
        return tuple(map(_fact, database.rows("facts.list_of_predicate", asked)))
    raise PlanError("name a subject, a predicate or both, such as: tower facts get 'Luna Chen'")


def list_for_subjects(
    database: Database, projects: Sequence[str], subjects: Iterable[str], *, besides: Iterable[str], limit: int
) -> tuple[Fact, ...]:
    """Return current facts about any of these subjects, without those of some predicates, the surest first."""
    asked: dict[str, Any] = {"project_ids": list(projects), "limit": limit}
    asked |= {"subject_keys": [normalised(name) for name in subjects], "except_keys": list(besides)}
    return tuple(map(_fact, database.rows("facts.list_for_subjects", asked)))


def get_by_object(database: Database, projects: Sequence[str], object_: str, *, limit: int = 1000) -> tuple[Fact, ...]:
    """Return the current facts that say just this of any subject, oldest first."""
    asked = {"project_ids": list(projects), "object_key": normalised(object_), "limit": limit}
    return tuple(map(_fact, database.rows("facts.list_of_object", asked)))


def list_all(database: Database, project_id: str) -> tuple[Fact, ...]:
    """Return every current fact of a project, oldest first."""
    return tuple(map(_fact, database.rows("facts.list_all", {"project_id": project_id})))


def list_recent(database: Database, projects: Sequence[str], since: datetime, limit: int) -> tuple[Fact, ...]:
    """Return the facts that were stored or have ended since a moment, newest first."""
    asked = {"project_ids": list(projects), "since": since, "limit": limit}
    return tuple(map(_fact, database.rows("facts.list_recent", asked)))


def search(database: Database, projects: Sequence[str], text: str, limit: int) -> tuple[Found, ...]:
    """Return the current facts that hold the words of a query, best first: those with all, then those with any."""
    found: dict[str, Found] = {}
    for query in dict.fromkeys(tsquery_of(text, wants_all=wants_all) for wants_all in (True, False)):
        if query and len(found) < limit:
            asked = {"project_ids": list(projects), "query": query, "limit": limit}
            for row in database.rows("facts.search_words", asked):
                found.setdefault(row["id"], _found(row))
    return tuple(islice(found.values(), limit))


def list_sharers(database: Database, project_id: str) -> tuple[str, ...]:
    """Return the ids of the projects that share their memory with a project: each names the other."""
    return tuple(row["id"] for row in database.rows("facts.list_sharers", {"project_id": project_id}))


def can_embed(database: Database) -> bool:
    """Return whether this server can keep embeddings: whether pgvector 0.7 or later was there to be installed."""
    return database.row("facts.find_embedding_column") is not None


def list_unembedded(database: Database, projects: Sequence[str], model: str, limit: int) -> tuple[Fact, ...]:
    """Return current facts that have no embedding of this model yet."""
    asked = {"project_ids": list(projects), "model": model, "limit": limit}
    return tuple(map(_fact, database.rows("facts.list_unembedded", asked)))


def keep_embeddings(database: Database, model: str, vectors: Mapping[str, Sequence[float]]) -> None:
    """Write the embeddings that a model made of facts, by fact id."""
    rows = [{"id": id_, "embedding": _vector(vector)} for id_, vector in vectors.items()]
    database.run(
        lambda transaction: transaction.execute("facts.keep_embeddings", {"model": model, "embeddings": jsonb(rows)})
    )


def search_meaning(
    database: Database, projects: Sequence[str], model: str, vector: Sequence[float], limit: int
) -> tuple[Found, ...]:
    """Return the current facts nearest in meaning, best first; `score` is the cosine similarity, -1..1."""
    asked = {"project_ids": list(projects), "model": model, "vector": _vector(vector), "limit": limit}
    return tuple(map(_found, database.rows("facts.search_meaning", asked)))


def _vector(values: Sequence[float]) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in values) + "]"


def _fact(row: Row) -> Fact:
    named = {name: value for name, value in row.items() if name not in ("project_id", "score")}
    return Fact(project=row["project_id"], **named)


def _found(row: Row) -> Found:
    return Found(_fact(row), float(row["score"]))
