"""The record after many years: capture, a shot's page, `tower audit`, reports and verification.

`python -m benchmarks.long_record --decisions 10000000` fills a database of that size first, which takes about 5 kB of
disk for each decision; `make bench` has 200,000. The promised times hold for 10 million. That what is read does not
grow with the record is checked by counting rows, in `tower_anime_assets_tests/store/test_long_records.py`.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks.filled_record import FilledRecord, fill
from benchmarks.services import _roomy, p99, record_one
from benchmarks.table import Row, print_rows
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.reports.audit_trail import key_words
from tower_anime_assets.reports.reports import quality_report, update_patterns
from tower_anime_assets.reports.trail_pages import load_trail_page
from tower_anime_assets.reports.workflows import workflow_report
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, migrations, profiles, server
from tower_anime_assets.store.database import Database

DECISIONS: Final = 200_000
BYTES_OF_DECISION: Final = 5_000
WRITES: Final = 300
MOST_CAPTURE_MS, MOST_PAGE_MS, MOST_AUDIT_S, MOST_REPORT_S = 50, 300, 1.0, 10.0
VERIFIED_LINKS: Final = 50_000


def measure(decisions: int = DECISIONS) -> list[Row]:
    """Return the figures of a record of this size."""
    with tempfile.TemporaryDirectory(prefix="tower-", dir=_roomy()) as folder:
        free_bytes = shutil.disk_usage(folder).free
        if free_bytes < decisions * BYTES_OF_DECISION:
            raise SystemExit(
                f"{decisions:,} decisions need about {decisions * BYTES_OF_DECISION / 1e9:.0f} GB; there are "
                f"{free_bytes / 1e9:.0f} GB free for {folder}. Free some space, or ask for fewer with --decisions"
            )
        settings = Settings(projects=Path(folder), home=Path(folder))
        database = Database(server.ensure_server(settings).url)
        try:
            _tune(database.url)
            migrations.apply_migrations(database)
            filled = fill(database.url, decisions)
            return measure_record(settings, database, filled)
        finally:
            database.close()
            server.stop_server(settings, only_if_unused=False)


def _tune(url: str) -> None:
    """Have the filling go easy on the disk; nothing of it lasts."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '4GB'"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")


def measure_record(settings: Settings, database: Database, filled: FilledRecord) -> list[Row]:
    """Return the figures of a record that is there."""
    studio = Studio(settings, database)
    project, episode, scene, shot = filled.shot
    shot_key, episode_key = ShotKey(project, episode, scene, shot), EpisodeKey(project, episode)
    of = f"{filled.decisions:,} decisions"
    captures = p99([sum(record_one(database, number).values()) for number in range(WRITES)])
    page_ms = _median_s(lambda: load_trail_page(studio, shot_key), 9) * 1e3
    audit_s = _median_s(lambda: key_words(settings, str(shot_key)), 3)
    summed_s = _median_s(lambda: profiles.refresh_profiles(database), 1)
    again_s = _median_s(lambda: profiles.refresh_profiles(database), 3)
    rows = [
        Row(f"One job's whole record with {of}, p99", captures, "ms", f"under {MOST_CAPTURE_MS} ms", captures < 50),
        Row("The trail of a shot", page_ms, "ms", f"under {MOST_PAGE_MS} ms", page_ms < MOST_PAGE_MS),
        Row("`tower audit SHOT`, start-up aside", audit_s, "s", f"under {MOST_AUDIT_S:.0f} s", audit_s < MOST_AUDIT_S),
        Row("All workflow runs summed for the first time", summed_s, "s", "shown", True),
        Row("The same again, as routing does each minute", again_s * 1e3, "ms", "shown", True),
    ]
    reports: dict[str, Callable[[], Any]] = {
        "The quality report of an episode": lambda: quality_report(studio, episode_key),
        "The learning report of a show": lambda: update_patterns(studio, project),
        "The report on all workflows, newest 50,000 runs": lambda: workflow_report(studio, datetime.now(UTC)),
    }
    for name, make in reports.items():
        seconds = _median_s(make, 1)
        rows.append(Row(name, seconds, "s", f"under {MOST_REPORT_S:.0f} s", seconds < MOST_REPORT_S))
    newest = audit.read_chain_mark(database).seq
    first = max(1, newest - VERIFIED_LINKS + 1)
    pace = (newest - first + 1) / _median_s(lambda: _verify_end(database, first), 1)
    rows.append(Row("Links verified, without files", pace, "/s", "shown", True))
    return rows


def _verify_end(database: Database, first: int) -> None:
    """Verify the end of a chain, without looking for rows that it does not know."""
    if problems := audit.verify_links(database, None, first).texts:
        raise SystemExit(f"the record that was filled in is not sound: {problems[:3]}")


def _median_s(work: Callable[[], Any], times: int) -> float:
    """Return the median seconds of some work."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def main() -> int:
    """Print the table of a record of the size that is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_record", description=__doc__)
    parser.add_argument("--decisions", type=int, default=DECISIONS)
    rows = measure(parser.parse_args().decisions)
    print_rows(rows)
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
