"""Facts on record: stored, superseded and ended, never changed or deleted; and three ways of searching them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.memory.facts import (
    Fact,
    FactChanges,
    Statement,
    facts_no_longer_stated,
    normalised,
    plan_fact_changes,
    predicate_key,
    validate_statement,
)
from tower_anime_assets.production.memory.search_words import tsquery_of, tsvector_of
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb

BATCH_SIZE = 2000
"""Statements per transaction."""

NO_WEIGHTS: Mapping[str, float] = MappingProxyType({})
"""Every predicate counts the same."""


@dataclass(frozen=True)
class FactMatch:
    """A fact found by a search; scores are only comparable within one search."""

    fact: Fact
    score: float


@dataclass(frozen=True)
class FactCounts:
    """Numbers of facts: stored, already known, overruled by a more confident source, superseded and ended."""

    stored: int = 0
    known: int = 0
    overruled: int = 0
    superseded: int = 0
    ended: int = 0

    def __add__(self, other: FactCounts) -> FactCounts:
        return FactCounts(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def store_statements(database: Database, project_id: str, statements: Iterable[Statement]) -> FactCounts:
    """Store statements in order, in batches of 2,000; each batch is stored completely or not at all.

    Raises:
        PlanError: A statement is invalid; earlier batches have been stored.
    """
    counts = FactCounts()
    remaining = iter(statements)
    while batch := [validate_statement(statement) for statement in islice(remaining, BATCH_SIZE)]:
        counts += database.run_in_transaction(partial(_store_batch, project_id=project_id, statements=batch))
    return counts


def replace_statements(
    database: Database, project_id: str, statements: Sequence[Statement], sources: Sequence[str]
) -> FactCounts:
    """Store the statements of some sources, and end facts that the sources no longer state, in one transaction.

    Args:
        database: The record.
        project_id: The project.
        statements: Everything that the sources state.
        sources: Prefixes of the sources that were read, such as `file:`.

    Raises:
        PlanError: A statement is invalid, or comes from another source.
    """
    return database.run_in_transaction(
        lambda transaction: replace_in_transaction(transaction, project_id, statements, sources)
    )


def replace_in_transaction(
    transaction: Transaction, project_id: str, statements: Sequence[Statement], sources: Sequence[str]
) -> FactCounts:
    """Do what `replace_statements` does, as a part of a transaction that writes more than facts."""
    for statement in map(validate_statement, statements):
        if not statement.source.startswith(tuple(sources)):
            raise PlanError(f"a statement comes from {statement.source!r}; expected one of {', '.join(sources)}")
    _lock_project(transaction, project_id)
    rows = transaction.fetch_all("facts.list_by_source", {"project_id": project_id, "prefixes": list(sources)})
    ended_facts = facts_no_longer_stated(map(fact_from_row, rows), statements)
    _end_facts(transaction, project_id, {fact.id: None for fact in ended_facts})
    return _store_batch(transaction, project_id, statements, is_reread=True) + FactCounts(ended=len(ended_facts))


def end_sources_except(transaction: Transaction, project_id: str, prefix: str, sources: Sequence[str]) -> int:
    """End the current facts whose source starts with a prefix and is none of these; return how many."""
    _lock_project(transaction, project_id)
    rows = transaction.fetch_all("facts.list_by_source", {"project_id": project_id, "prefixes": [prefix]})
    return _end_facts(transaction, project_id, {row["id"]: None for row in rows if row["source"] not in sources})


def states_exactly(
    database: Database, project_id: str, statements: Sequence[Statement], sources: Sequence[str]
) -> bool:
    """Return whether the current facts of these sources (prefixes) are these statements, and no others."""
    parameters = {"project_id": project_id, "prefixes": list(sources)}
    current = {fact_from_row(row).identity for row in database.fetch_all("facts.list_by_source", parameters)}
    return current == {statement.identity for statement in statements}


def _lock_project(transaction: Transaction, project_id: str) -> None:
    # One writer per project at a time, so that new facts are compared with all facts on record.
    transaction.execute("facts.lock_project", {"project_id": project_id})


def _store_batch(
    transaction: Transaction, project_id: str, statements: Sequence[Statement], *, is_reread: bool = False
) -> FactCounts:
    _lock_project(transaction, project_id)
    pairs = {statement.topic for statement in statements}
    about = {"subject_keys": [subject for subject, _ in pairs], "predicate_keys": [predicate for _, predicate in pairs]}
    stored_facts = [
        fact_from_row(row) for row in transaction.fetch_all("facts.list_by_pairs", {"project_id": project_id, **about})
    ]
    changes = plan_fact_changes(
        stored_facts, [_new_fact(project_id, statement) for statement in statements], is_reingest=is_reread
    )
    _write_changes(transaction, project_id, changes)
    superseded = len(changes.ended_by) + sum(1 for fact in changes.new_facts if fact.superseded_by)
    counts = {name: changes.results.count(name) for name in ("stored", "known", "overruled")}
    return FactCounts(**counts, superseded=superseded - counts["overruled"])


def _new_fact(project_id: str, statement: Statement) -> Fact:
    fields = {name: getattr(statement, name) for name in ("subject", "predicate", "object", "source", "confidence")}
    return Fact(id=str(uuid4()), project=project_id, timestamp=statement.timestamp, **fields)


def _write_changes(transaction: Transaction, project_id: str, changes: FactChanges) -> None:
    _end_facts(transaction, project_id, changes.ended_by)
    if changes.new_facts:
        clock = transaction.fetch_one("facts.read_clock")
        assert clock is not None  # noqa: S101 - the query always returns a row
        # One microsecond apart, so that lists keep the order of a batch.
        rows = [
            _fact_json(fact, clock["now"] + timedelta(microseconds=position))
            for position, fact in enumerate(changes.new_facts)
        ]
        transaction.execute("facts.store_facts", {"project_id": project_id, "facts": jsonb(rows)})


def _fact_json(fact: Fact, now: datetime) -> dict[str, Any]:
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


def _end_facts(transaction: Transaction, project_id: str, ended: Mapping[str, str | None]) -> int:
    rows = [{"id": id_, "superseded_by": by} for id_, by in ended.items()]
    return transaction.execute("facts.end_facts", {"project_id": project_id, "ended": jsonb(rows)}) if rows else 0


def end_fact(database: Database, project_id: str, fact_id: str) -> None:
    """Mark a fact as no longer true; it stays on record.

    Raises:
        PlanError: The project has no fact with this id.
    """
    try:
        id_ = str(UUID(fact_id))
    except ValueError as error:
        raise PlanError(f"{fact_id!r} is not a fact id; `tower facts get SUBJECT --json` shows the ids") from error

    # The row count of the update would not tell: it is 0 when a retry repeats it.
    def work(transaction: Transaction) -> bool:
        _end_facts(transaction, project_id, {id_: None})
        return transaction.fetch_one("facts.find_ended", {"project_id": project_id, "id": id_}) is not None

    if not database.run_in_transaction(work):
        raise PlanError(f"{project_id} has no fact {fact_id}; `tower facts get SUBJECT --json` shows the ids")


def find_facts(
    database: Database,
    projects: Sequence[str],
    subject: str = "",
    predicate: str = "",
    *,
    history: bool = False,
    limit: int = 1000,
) -> tuple[Fact, ...]:
    """Return the facts with a subject, a predicate, or both, oldest first.

    Args:
        database: The record.
        projects: The projects to search.
        subject: May be "" if there is a predicate.
        predicate: May be "" if there is a subject.
        history: Whether to include ended and superseded facts.
        limit: Maximum number of facts.

    Raises:
        PlanError: Subject and predicate are both empty.
    """
    parameters: dict[str, Any] = {"project_ids": list(projects), "history": history, "limit": limit}
    parameters |= {"subject_key": normalised(subject), "predicate_key": predicate_key(predicate)}
    if parameters["subject_key"]:
        return tuple(map(fact_from_row, database.fetch_all("facts.list_by_subject", parameters)))
    if parameters["predicate_key"]:
        return tuple(map(fact_from_row, database.fetch_all("facts.list_by_predicate", parameters)))
    raise PlanError("name a subject, a predicate or both, such as: tower facts get 'Luna Chen'")


def list_for_subjects(
    database: Database,
    projects: Sequence[str],
    subjects: Iterable[str],
    *,
    except_predicates: Iterable[str],
    limit: int,
) -> tuple[Fact, ...]:
    """Return current facts about these subjects, except for some predicates, the most confident first."""
    parameters: dict[str, Any] = {"project_ids": list(projects), "limit": limit}
    parameters |= {"subject_keys": [normalised(name) for name in subjects], "except_keys": list(except_predicates)}
    return tuple(map(fact_from_row, database.fetch_all("facts.list_for_subjects", parameters)))


def list_by_object(database: Database, projects: Sequence[str], object_: str, *, limit: int = 1000) -> tuple[Fact, ...]:
    """Return the current facts with exactly this object, oldest first."""
    parameters = {"project_ids": list(projects), "object_key": normalised(object_), "limit": limit}
    return tuple(map(fact_from_row, database.fetch_all("facts.list_by_object", parameters)))


def list_all(database: Database, project_id: str) -> tuple[Fact, ...]:
    """Return every current fact of a project, oldest first."""
    rows = database.fetch_all("facts.list_by_source", {"project_id": project_id, "prefixes": [""]})
    return tuple(map(fact_from_row, rows))


def list_page(database: Database, project_id: str, after: tuple[datetime, str], limit: int) -> tuple[Fact, ...]:
    """Return the next current facts of a project, oldest first.

    Args:
        database: The record.
        project_id: The show.
        after: Time and id of the fact before them.
        limit: How many at most.
    """
    parameters = {"project_id": project_id, "after": after[0], "after_id": after[1], "limit": limit}
    return tuple(map(fact_from_row, database.fetch_all("facts.list_page", parameters)))


def list_recent(database: Database, projects: Sequence[str], since: datetime, limit: int) -> tuple[Fact, ...]:
    """Return the facts that were stored or ended since a given time, newest first."""
    parameters = {"project_ids": list(projects), "since": since, "limit": limit}
    return tuple(map(fact_from_row, database.fetch_all("facts.list_recent", parameters)))


def search_words(
    database: Database, projects: Sequence[str], text: str, limit: int, weights: Mapping[str, float] = NO_WEIGHTS
) -> tuple[FactMatch, ...]:
    """Return the current facts that contain words of a query, best first: those with all words, then the others.

    Args:
        database: The record.
        projects: The projects to search.
        text: The query.
        limit: Largest number of facts.
        weights: How much each predicate counts; 1 for those that are not named.
    """
    matches: dict[str, FactMatch] = {}
    for query in dict.fromkeys(tsquery_of(text, matches_all=wants_all) for wants_all in (True, False)):
        if query and len(matches) < limit:
            parameters = {"project_ids": list(projects), "query": query, "limit": limit, **_weight_lists(weights)}
            for row in database.fetch_all("facts.search_words", parameters):
                matches.setdefault(row["id"], _match_from_row(row))
    return tuple(islice(matches.values(), limit))


def list_named_subjects(
    database: Database, projects: Sequence[str], names: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return the subjects that have one of these names, or are also called by one, each with those names.

    Args:
        database: The record.
        projects: The projects to search.
        names: In the form that is compared; see `normalised`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for row in database.fetch_all("facts.list_named_subjects", {"project_ids": list(projects), "names": list(names)}):
        found[row["subject_key"]] = (*found.get(row["subject_key"], ()), row["name"])
    return found


def list_about_subjects(
    database: Database, projects: Sequence[str], subjects: Iterable[str], weights: Mapping[str, float], limit: int
) -> tuple[Fact, ...]:
    """Return current facts about these subjects, those whose predicate has the largest weight first."""
    parameters: dict[str, Any] = {"project_ids": list(projects), "limit": limit, **_weight_lists(weights)}
    parameters["subject_keys"] = [normalised(name) for name in subjects]
    return tuple(map(fact_from_row, database.fetch_all("facts.list_about_subjects", parameters)))


def _weight_lists(weights: Mapping[str, float]) -> dict[str, list[Any]]:
    return {"predicate_keys": list(weights), "weights": list(weights.values())}


def list_names(database: Database, projects: Sequence[str]) -> tuple[str, ...]:
    """Return the names of everything that current facts are about, other names too."""
    return tuple(row["name"] for row in database.fetch_all("facts.list_subjects", {"project_ids": list(projects)}))


def has_facts(database: Database, projects: Sequence[str]) -> bool:
    """Return whether anything is known."""
    return database.fetch_one("facts.find_any", {"project_ids": list(projects)}) is not None


def list_sharing_projects(database: Database, project_id: str) -> tuple[str, ...]:
    """Return the ids of the projects that share their memory with a project, because each names the other."""
    return tuple(row["id"] for row in database.fetch_all("facts.list_sharing_projects", {"project_id": project_id}))


def supports_embeddings(database: Database) -> bool:
    """Return whether this server can store embeddings, because it has pgvector 0.7 or later."""
    return database.fetch_one("facts.find_embedding_column") is not None


def list_unembedded(database: Database, projects: Sequence[str], model: str, limit: int) -> tuple[Fact, ...]:
    """Return current facts without an embedding by this model, oldest first."""
    parameters = {"project_ids": list(projects), "model": model, "limit": limit}
    return tuple(map(fact_from_row, database.fetch_all("facts.list_unembedded", parameters)))


def save_embeddings(database: Database, model: str, vectors: Mapping[str, Sequence[float]]) -> None:
    """Store the embeddings that a model made of facts, by fact id."""
    rows = [{"id": id_, "embedding": _vector_literal(vector)} for id_, vector in vectors.items()]
    database.run_in_transaction(
        lambda transaction: transaction.execute("facts.save_embeddings", {"model": model, "embeddings": jsonb(rows)})
    )


def search_meaning(
    database: Database, projects: Sequence[str], model: str, vector: Sequence[float], limit: int
) -> tuple[FactMatch, ...]:
    """Return the current facts nearest in meaning, best first; `score` is the cosine similarity, -1..1."""
    parameters = {"project_ids": list(projects), "model": model, "vector": _vector_literal(vector), "limit": limit}
    return tuple(map(_match_from_row, database.fetch_all("facts.search_meaning", parameters)))


def _vector_literal(values: Sequence[float]) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in values) + "]"


def fact_from_row(row: Row) -> Fact:
    """Return the fact that a row of a query holds."""
    fields = {name: value for name, value in row.items() if name not in ("project_id", "score")}
    return Fact(project=row["project_id"], **fields)


def _match_from_row(row: Row) -> FactMatch:
    return FactMatch(fact_from_row(row), float(row["score"]))
