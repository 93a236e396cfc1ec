"""What happened with each engine by type of shot, summed by day, and the newest runs: what routing goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from tower_anime_assets.production.learning.breaker import RunResult
from tower_anime_assets.production.learning.profiles import RUNS_HALF_LIFE, EngineTally
from tower_anime_assets.store.database import Database, Transaction

SUMMING_OVERLAP = timedelta(minutes=10)
"""What committed late may carry a time from before the last summing: it is looked back this far."""

LATEST_RUNS = 24
"""Runs of an engine that its breaker looks at: three times the scattered failures that it counts."""

COUNTED_HALF_LIVES = 8
"""Days that count for less than 1 / 2**8 of a new one are left out."""


@dataclass(frozen=True)
class EngineRun:
    """How a run ended, and on which server, "" for an engine of our own."""

    engine: str
    server: str
    run: RunResult


@dataclass(frozen=True)
class EngineStatistics:
    """What became of an engine's runs; seconds and scores are None before the first success.

    Attributes:
        stage: `keyframe` or `clip`.
        accepted: Takes that every gate passed or a person waived.
        gpu_s: GPU seconds of all its runs.
        vram_bytes: Most that a run was seen to use, None when no server told.
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
    """How often an engine's runs ended for one reason: a gate's name, a kind of error, or `lost`."""

    engine: str
    reason: str
    runs: int


@dataclass(frozen=True)
class PredictedRun:
    """The seconds that were predicted when an engine was chosen, with their bounds, and those that it took."""

    engine: str
    predicted_s: float
    low_s: float
    high_s: float
    seconds: float
    at: datetime


@dataclass(frozen=True)
class CostRow:
    """What an engine's takes of a character in a framing cost; `character` is "" where nobody is in the frame."""

    engine: str
    character: str
    framing: str
    accepted: int
    gpu_s: float
    cpu_s: float


def refresh_profiles(database: Database) -> int:
    """Sum what is new in the record, and return how many daily rows were written.

    Raises:
        ServiceUnavailableError: The database stays away.
    """

    def work(transaction: Transaction) -> int:
        state = transaction.fetch_one("profiles.hold_state")
        assert state is not None  # noqa: S101 - the migration wrote it
        day_rows = transaction.fetch_all("profiles.sum_days", {"since": state["summed_until"]})
        transaction.execute("profiles.note_summed", {"until": state["now"] - SUMMING_OVERLAP})
        return len(day_rows)

    return database.run_in_transaction(work)


def list_tallies(
    database: Database, engines: Sequence[str], now: datetime, half_life_days: float
) -> dict[str, dict[str, EngineTally]]:
    """Return the aged tallies of these engines, by engine and shot type, as far as they were summed."""
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
    """Return the newest ended runs of these engines, by engine, each one's oldest first."""
    rows = database.fetch_all("profiles.list_latest_runs", {"engines": list(engines), "limit": LATEST_RUNS})
    return tuple(
        EngineRun(row["engine"], row["server"], RunResult(row["at"], row["failed"], row["error_message"] or ""))
        for row in rows
    )


def list_engine_statistics(database: Database, since: datetime) -> tuple[EngineStatistics, ...]:
    """Return what became of every engine's runs since a moment."""
    return tuple(EngineStatistics(**row) for row in database.fetch_all("profiles.list_figures", {"since": since}))


def list_failures(database: Database, since: datetime) -> tuple[FailureCount, ...]:
    """Return why runs came to nothing since a moment; a take rejected by two gates counts for both."""
    return tuple(FailureCount(**row) for row in database.fetch_all("profiles.list_failures", {"since": since}))


def list_predictions(database: Database, since: datetime) -> tuple[PredictedRun, ...]:
    """Return the newest 2,000 runs since a moment whose seconds had been predicted, oldest first."""
    return tuple(PredictedRun(**row) for row in database.fetch_all("profiles.list_predictions", {"since": since}))


def list_costs(database: Database, since: datetime) -> tuple[CostRow, ...]:
    """Return what takes cost since a moment; a take with two characters counts for both."""
    return tuple(CostRow(**row) for row in database.fetch_all("profiles.list_costs", {"since": since}))
