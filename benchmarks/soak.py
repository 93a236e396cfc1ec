"""A simulated day of 300 episodes' orders at faulty services, with two kills an hour: what it loses, and what it leaks.

`python -m benchmarks.soak --minutes 10` is a day on two cores that do nothing else; fewer minutes are a shorter day
with as many kills for each episode. `make check` has half a minute of the same.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.services import _roomy
from benchmarks.table import Row, print_rows
from tower_anime_assets.settings import Settings
from tower_anime_assets.store import migrations, server
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.soak.long_day import EPISODES_A_DAY, MOST_GROWTH, spend_day

MINUTES_OF_DAY: Final = 10
MINUTES: Final = 2.0
"""In `make bench`."""


def measure(minutes: float = MINUTES) -> list[Row]:
    """Return what a day of so many minutes came to."""
    episodes = max(6, round(EPISODES_A_DAY * minutes / MINUTES_OF_DAY))
    with tempfile.TemporaryDirectory(prefix="tower-", dir=_roomy()) as folder:
        settings = Settings(projects=Path(folder), home=Path(folder))
        database = Database(server.ensure_server(settings).url)
        try:
            migrations.apply_migrations(database)
            day = spend_day(database, Path(folder) / "day", episodes)
        finally:
            database.close()
            server.stop_server(settings, only_if_unused=False)
    for words in (*day.problems, *day.leftovers, *day.grown):
        print(words, file=sys.stderr)
    rows = [
        Row(f"{episodes} episodes' orders, {day.kills} kills, {day.calls:,} calls", day.seconds, "s", "shown", True),
        Row("Calls that went wrong", 100 * day.spoiled / max(day.calls, 1), "%", "shown", True),
        Row("Made twice, lost, left open or unsound", len(day.problems), "", "none", not day.problems),
        Row("Jobs made again after a kill or a spoiled answer", len(day.unused_jobs), "", "few", True),
        Row("Temporary files left", len(day.leftovers), "", "none", not day.leftovers),
    ]
    for name, use in day.uses.items():
        for figure in use.figures:
            early, late = use.early_and_late(figure)
            promise = f"at most {MOST_GROWTH} x"
            label = f"{figure[0].upper()}{figure[1:]} of {name}, late against early"
            rows.append(Row(label, late / max(early, 1), "x", promise, not use.has_grown(figure)))
    return rows


def main() -> int:
    """Spend a day and print its table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES_OF_DAY, help="10 is a whole day")
    rows = measure(parser.parse_args().minutes)
    print_rows(rows)
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
