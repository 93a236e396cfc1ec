"""How many rows the queries of an operation read from tables and indexes, as PostgreSQL counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from tower_anime_assets.store.database import Transaction
from tower_anime_assets.store.queries import query_text

EXPLAIN = b"EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, FORMAT JSON) "


@contextmanager
def count_rows_read() -> Iterator[Counter[str]]:
    """Give a counter of the rows that each query reads, by its name, while the block runs.

    A query is explained, which runs it, and then run; what it writes is therefore written twice or refused.
    """
    counted: Counter[str] = Counter()
    run: Callable[..., Any] = Transaction._run_query

    def explained(self: Transaction, name: str, parameters: Mapping[str, Any] | None) -> Any:
        text = query_text(name).decode()
        body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        if body.lstrip().startswith("SELECT") or body.lstrip().startswith("WITH"):
            with self._connection.transaction(force_rollback=True):
                cursor = self._connection.execute(EXPLAIN + query_text(name), parameters)
                row: Any = cursor.fetchone()
            counted[name] += round(_rows_of(row["QUERY PLAN"][0]["Plan"]))
        return run(self, name, parameters)

    with patch.object(Transaction, "_run_query", explained):
        yield counted


def _rows_of(plan: Mapping[str, Any]) -> float:
    """Return the rows that the scans of a plan read: those they passed on, and those they filtered out."""
    own = 0.0
    if "Relation Name" in plan or "Index Name" in plan:
        removed = sum(value for name, value in plan.items() if name.startswith("Rows Removed by"))
        own = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return own + sum(map(_rows_of, plan.get("Plans", ())))
