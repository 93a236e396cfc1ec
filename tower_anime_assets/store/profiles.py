"""Daily sums of the results of each engine and shot type, and its latest runs: the data that routing uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from tower_anime_assets.errors import Cause
from tower_anime_assets.production.learning.breaker import RunResult
from tower_anime_assets.production.learning.changes import counted_tallies
from tower_anime_assets.production.learning.profiles import EngineTally
from tower_anime_assets.store.database import Database, Transaction

SUMMING_OVERLAP = timedelta(minutes=10)
"""A row that is committed late may have a time before the last summing, so each summing goes back this far."""

SUMMED_AT_ONCE = timedelta(days=7)
"""What is summed in one transaction, well within the limits of a statement."""

LATEST_RUNS = 24
"""Runs that an engine's circuit breaker looks at: three times the number of scattered failures that trips it."""

COUNTED_HALF_LIVES = 8
"""Days with a weight of less than 1 / 2**8 are left out."""


@dataclass(frozen=True)
class EngineRun:
    """The result of a run and its server, "" for an embedded engine."""

    engine: str
    server: str
    run: RunResult


@dataclass(frozen=True)
class EngineStatistics:
    """The results of an engine's runs; durations and scores are None before the first success.

    Attributes:
        stage: `keyframe` or `clip`.
        accepted: Number of accepted takes.
        gpu_s: GPU time of all runs; `cpu_s` likewise.
        mean_score: Of its accepted takes, 0..1, on today's scale.
        scored_before: Number of takes with a score of an earlier scale, which is not in `mean_score`.
        vram_bytes: Peak memory of a run, None if no server reported it.
    """

    engine: str
    stage: str
    runs: int
    succeeded: int
    accepted: int
    median_s: float | None
    p95_s: float | None
    gpu_s: float
    cpu_s: float
    mean_score: float | None
    scored_before: int
    vram_bytes: int | None


@dataclass(frozen=True)
class FailureCount:
    """How many runs of an engine failed for a reason: the name of a gate, or a cause of `errors.Cause`."""

    engine: str
    reason: str
    runs: int


@dataclass(frozen=True)
class PredictedRun:
    """The duration predicted when an engine was chosen, with its bounds, and the actual one."""

    engine: str
    predicted_s: float
    low_s: float
    high_s: float
    seconds: float
    at: datetime


@dataclass(frozen=True)
class CostRow:
    """The costs of an engine's takes of a character in a framing; `character` is "" for a shot without any."""

    engine: str
    character: str
    framing: str
    accepted: int
    gpu_s: float
    cpu_s: float


def refresh_profiles(database: Database) -> int:
    """Sum the days with changes since the last time, and return the number of rows written.

    A long record that was never summed is gone through `SUMMED_AT_ONCE` at a time, each kept before the next begins.
    """
    row_count, is_done = 0, False
    while not is_done:
        written, is_done = database.run_in_transaction(_sum_next_days)
        row_count += written
    return row_count


def _sum_next_days(transaction: Transaction) -> tuple[int, bool]:
    """Sum the next days with changes; return the number of rows written, and whether that was all."""
    state = transaction.fetch_one("profiles.lock_state")
    assert state is not None  # noqa: S101 - the migration inserted it
    now = state["now"]
    # Nothing is judged before it is made, so nothing changed before the first run's end.
    since = max(state["summed_until"], min(state["first_finished_at"] or now, now) - SUMMING_OVERLAP)
    until = since + SUMMED_AT_ONCE
    is_last = until >= now
    written = transaction.fetch_all(
        "profiles.sum_days", {"since": since, "until": datetime.max.replace(tzinfo=UTC) if is_last else until}
    )
    transaction.execute("profiles.record_summed_until", {"until": now - SUMMING_OVERLAP if is_last else until})
    return len(written), is_last


def list_tallies(
    database: Database, engines: Sequence[str], now: datetime, half_life_days: float
) -> dict[str, dict[str, EngineTally]]:
    """Return the weighted sums of these engines by engine and shot type, as of the last `refresh_profiles`.

    A run counts half after every half-life, and by the chance that its workflow has not been replaced since.
    """
    parameters = {
        "engines": list(engines),
        "today": now.date(),
        "half_life_days": half_life_days,
        "days": ceil(COUNTED_HALF_LIVES * half_life_days),
    }
    days_by_engine: dict[str, dict[int, dict[str, EngineTally]]] = {}
    for row in database.fetch_all("profiles.list_tallies", parameters):
        engine, shot_type, days_ago = row.pop("engine"), row.pop("shot_type"), row.pop("days_ago")
        days_by_engine.setdefault(engine, {}).setdefault(days_ago, {})[shot_type] = EngineTally(**row)
    return {engine: counted_tallies(days) for engine, days in days_by_engine.items()}


def list_latest_runs(database: Database, engines: Sequence[str]) -> tuple[EngineRun, ...]:
    """Return the latest runs of these engines that say something about them, sorted by engine, oldest first.

    What was interrupted or lost is left out, and so is what somebody had forgotten by `record_reset`.
    """
    rows = database.fetch_all("profiles.list_latest_runs", {"engines": list(engines), "limit": LATEST_RUNS})
    return tuple(
        EngineRun(
            row["engine"],
            row["server"],
            RunResult(
                row["at"],
                Cause(row["cause"]) if row["cause"] else None,
                (row["error_message"] or "").partition("\n")[0],
                row["brief_digest"],
            ),
        )
        for row in rows
    )


def record_reset(database: Database, subject: str, who: str, why: str = "") -> datetime:
    """Record that earlier failures shall count no more, and return since when.

    Args:
        database: The record.
        subject: An engine such as `comfyui:ltx_2b_i2v`, the address of a server, or "" for all.
        who: Who wants it.
        why: For people.
    """
    parameters = {"subject": subject, "who": who, "why": why}
    row = database.run_in_transaction(lambda transaction: transaction.fetch_one("profiles.record_reset", parameters))
    assert row is not None  # noqa: S101 - it was just inserted
    at: datetime = row["timestamp"]
    return at


def has_reset_since(database: Database, at: datetime) -> bool:
    """Return whether somebody has had failures forgotten since then."""
    return database.fetch_one("profiles.find_reset_since", {"at": at}) is not None


def find_newest_runs_begin(database: Database, runs: int) -> datetime | None:
    """Return when the first of the newest `runs` runs ended; None if there are fewer."""
    row = database.fetch_one("profiles.find_newest_runs_begin", {"runs": runs})
    return row["finished_at"] if row else None


def list_engine_statistics(database: Database, since: datetime) -> tuple[EngineStatistics, ...]:
    """Return the results of every engine's runs since a given time."""
    rows = database.fetch_all("profiles.list_engine_statistics", {"since": since})
    return tuple(EngineStatistics(**row) for row in rows)


def list_failures(database: Database, since: datetime) -> tuple[FailureCount, ...]:
    """Return why runs failed since a given time; a take rejected by two gates counts for both."""
    return tuple(FailureCount(**row) for row in database.fetch_all("profiles.list_failures", {"since": since}))


def list_predictions(database: Database, since: datetime) -> tuple[PredictedRun, ...]:
    """Return the newest 2,000 runs since a given time with a predicted duration, oldest first."""
    return tuple(PredictedRun(**row) for row in database.fetch_all("profiles.list_predictions", {"since": since}))


def list_costs(database: Database, since: datetime) -> tuple[CostRow, ...]:
    """Return the costs of takes since a given time; a take with two characters counts for both."""
    return tuple(CostRow(**row) for row in database.fetch_all("profiles.list_costs", {"since": since}))
