"""Daily sums of the results of each engine and shot type, and its latest runs: the data that routing uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from tower_anime_assets.production.learning.breaker import RunResult
from tower_anime_assets.production.learning.profiles import RUNS_HALF_LIFE, EngineTally
from tower_anime_assets.store.database import Database, Transaction

SUMMING_OVERLAP = timedelta(minutes=10)
"""A row that is committed late may have a time before the last summing, so each summing goes back this far."""

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
        gpu_s: GPU time of all runs.
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
    mean_score: float | None
    vram_bytes: int | None


@dataclass(frozen=True)
class FailureCount:
    """How many runs of an engine failed for a reason: the name of a gate, a kind of error, or `lost`."""

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
    """Sum the days with changes since the last time, and return the number of rows written."""

    def work(transaction: Transaction) -> int:
        state = transaction.fetch_one("profiles.lock_state")
        assert state is not None  # noqa: S101 - the migration inserted it
        day_rows = transaction.fetch_all("profiles.sum_days", {"since": state["summed_until"]})
        transaction.execute("profiles.record_summed_until", {"until": state["now"] - SUMMING_OVERLAP})
        return len(day_rows)

    return database.run_in_transaction(work)


def list_tallies(
    database: Database, engines: Sequence[str], now: datetime, half_life_days: float
) -> dict[str, dict[str, EngineTally]]:
    """Return the weighted sums of these engines by engine and shot type, as of the last `refresh_profiles`."""
    parameters = {
        "engines": list(engines),
        "today": now.date(),
        "half_life_days": half_life_days,
        "runs_half_life": RUNS_HALF_LIFE,
        "days": ceil(COUNTED_HALF_LIVES * half_life_days),
    }
    tallies_by_engine: dict[str, dict[str, EngineTally]] = {}
    for row in database.fetch_all("profiles.list_tallies", parameters):
        engine, shot_type = row.pop("engine"), row.pop("shot_type")
        tallies_by_engine.setdefault(engine, {})[shot_type] = EngineTally(**row)
    return tallies_by_engine


def list_latest_runs(database: Database, engines: Sequence[str]) -> tuple[EngineRun, ...]:
    """Return the latest runs of these engines, sorted by engine, oldest first."""
    rows = database.fetch_all("profiles.list_latest_runs", {"engines": list(engines), "limit": LATEST_RUNS})
    return tuple(
        EngineRun(row["engine"], row["server"], RunResult(row["at"], row["failed"], row["error_message"] or ""))
        for row in rows
    )


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
