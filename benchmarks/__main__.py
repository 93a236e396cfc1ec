"""Run every benchmark and print one table; exit 1 when a promise is not kept."""

from __future__ import annotations

import sys

from benchmarks import (
    clips,
    deliverables,
    episode,
    facts,
    fleet,
    learning,
    long_record,
    media,
    panel,
    quality,
    routing,
    services,
    soak,
)
from benchmarks import compile as compiling
from benchmarks.table import Row, print_rows


def main() -> int:
    """Measure everything; return the exit code."""
    rows: list[Row] = []
    for part in (
        episode, deliverables, quality, compiling, clips, learning, facts, routing, services, media, fleet, long_record,
        panel, soak,
    ):  # fmt: skip
        print(f"measuring {part.__name__} ...", file=sys.stderr)
        rows += part.measure()
    print_rows(rows)
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
