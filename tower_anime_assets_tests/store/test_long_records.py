"""What is asked of a record reads as many rows when the record is four times as long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.filled_record import FilledRecord, fill
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.store import (
    attempts,
    audit,
    consultations,
    decisions,
    feedback,
    nights,
    profiles,
    sessions,
    spending,
    statistics,
    takes,
    verdicts,
    workflows,
)
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.store.rows_read import count_rows_read

pytestmark = pytest.mark.slow

SHORT, LONG = 6_000, 24_000
STEP_S = 600.0
"""The short record is of six weeks, the long one of half a year."""
NOISE = 40
"""Rows that may be read more: a block of a BRIN index more or less, some pages of a deeper tree."""


@dataclass
class FilledDatabase:
    """A database with what was filled in."""

    database: Database
    filled: FilledRecord

    @property
    def shot(self) -> ShotKey:
        return ShotKey(*self.filled.shot)

    @property
    def decision_ids(self) -> list[str]:
        return [row["id"] for row in audit.load_trail(self.database, self.shot).decisions]


@pytest.fixture(scope="module")
def records(database_server: DatabaseServer) -> Iterator[tuple[FilledDatabase, FilledDatabase]]:
    """A record, and one of four times its length, of the same two projects."""
    made = []
    for count in (SHORT, LONG):
        database = Database(database_server.make_database())
        made.append(FilledDatabase(database, fill(database.url, count, projects=2, step_s=STEP_S)))
        profiles.refresh_profiles(database)
    yield made[0], made[1]
    for each in made:
        each.database.close()


def _shot(record: FilledDatabase) -> None:
    trail = audit.load_trail(record.database, record.shot)
    assert len(trail.decisions) == 8
    assert len(trail.takes) == len(trail.verdicts) >= 7
    feedback.find_by_decisions(record.database, record.decision_ids)
    verdicts.find_accepted(record.database, [row["id"] for row in trail.takes])


def _jobs(record: FilledDatabase) -> None:
    trail = audit.load_trail(record.database, record.shot)
    for run in trail.workflows:
        for one_id in (run["id"], run["prompt_id"], run["decision_id"]):
            assert [job.id for job in workflows.find_jobs(record.database, one_id)] == [run["id"]]


def _learning(record: FilledDatabase) -> None:
    newest = attempts.list_newest(record.database, ["p00", "p01"], limit=200, with_cast=False)
    assert len(newest) == 200
    assert attempts.list_newest(record.database, ["p00"], engine="comfyui:w1", stage="clip", limit=20, with_cast=False)


def _episode(record: FilledDatabase) -> None:
    project, episode = record.shot.project, record.shot.episode
    assert len(statistics.list_scores(record.database, project, episode)) == 1_800
    assert len(statistics.list_measures(record.database, project, episode)) == 1_800
    assert attempts.list_newest(record.database, [project], episode_id=episode, with_cast=False)


def _recent(record: FilledDatabase) -> None:
    since = datetime.now(UTC) - timedelta(days=5)
    assert profiles.list_engine_statistics(record.database, since)
    assert profiles.list_failures(record.database, since)
    assert profiles.list_costs(record.database, since)
    assert nights.list_work(record.database, since, "bench")
    assert nights.list_failures(record.database, since, "bench")
    assert decisions.list_recent(record.database, ["p00", "p01"], since, 50)


def _decide(record: FilledDatabase) -> None:
    key = EpisodeKey(record.shot.project, record.shot.episode)
    assert decisions.list_open(record.database, key, "clip") == ()
    decisions.list_open_stages(record.database)
    decisions.find_median_seconds(record.database, "clip", "comfyui:w4")
    spending.find_pace(record.database, "clip", "comfyui:w4", "standard")
    profiles.list_latest_runs(record.database, ["comfyui:w1", "none"])
    takes.find_by_digests(record.database, ["0" * 64])
    takes.find_newest(record.database, key, "clip")
    consultations.find_draft_state(record.database, "p00", "0" * 64)
    sessions.list_summaries(record.database)
    audit.read_chain_mark(record.database)


def _again(record: FilledDatabase) -> None:
    profiles.refresh_profiles(record.database)


def _verify_end(record: FilledDatabase) -> None:
    newest = audit.read_chain_mark(record.database).seq
    assert audit.verify_links(record.database, None, newest - 999).texts == []


OPERATIONS: dict[str, Callable[[FilledDatabase], None]] = {
    "everything about a shot": _shot,
    "the jobs of a shot": _jobs,
    "the newest attempts": _learning,
    "the report of an episode": _episode,
    "what the last days came to": _recent,
    "what is asked before a decision": _decide,
    "summing the runs once more": _again,
    "verifying the newest links": _verify_end,
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_read_does_not_grow_with_the_record(
    records: tuple[FilledDatabase, FilledDatabase], operation: str
) -> None:
    counts: list[Counter[str]] = []
    for record in records:
        with count_rows_read() as counted:
            OPERATIONS[operation](record)
        counts.append(counted)
    short, long = counts
    assert short.total() > 0
    grown = {name: (short[name], rows) for name, rows in long.items() if rows > short[name] * 1.2 + NOISE}
    assert grown == {}, "read in the short record, and in the long one"


def test_a_record_that_was_filled_in_is_sound(records: tuple[FilledDatabase, FilledDatabase]) -> None:
    assert audit.find_chain_problems(records[0].database) == ()


def test_a_long_record_is_summed_week_by_week_as_it_would_be_at_once(
    records: tuple[FilledDatabase, FilledDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = records[1].database
    sums: list[dict[Any, Any]] = []
    for at_once in (timedelta(days=7), timedelta(days=10_000)):
        monkeypatch.setattr(profiles, "SUMMED_AT_ONCE", at_once)
        with database.session() as session:
            session._connection.execute("DELETE FROM workflow_profiles_daily")
            session._connection.execute("UPDATE workflow_profiles_state SET summed_until = '-infinity'")
        profiles.refresh_profiles(database)
        with database.session() as session:
            query = "SELECT engine, day, runs, accepted, score_sum, log_pace_sum, gpu_s FROM workflow_profiles_daily"
            rows = session._connection.execute(query).fetchall()
        sums.append({(row.pop("engine"), row.pop("day")): row for row in rows})
    weekly, at_one_go = sums
    assert len(weekly) > 100
    assert weekly.keys() == at_one_go.keys()
    assert all(row == pytest.approx(at_one_go[key]) for key, row in weekly.items())
