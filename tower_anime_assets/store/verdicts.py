"""Verdicts of gates on takes; of those on the same measure, the newest counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store.database import Database


def record_verdicts(database: Database, take_id: str, verdicts: Sequence[Verdict], thresholds_digest: str = "") -> int:
    """Record the verdicts that differ from the newest ones on a take, and return their number.

    Args:
        database: The record.
        take_id: The take.
        verdicts: In the order in which they are shown.
        thresholds_digest: Digest of all thresholds in force, or "".
    """
    parameters = {
        "take_id": take_id,
        "thresholds_digest": thresholds_digest,
        "gates": [item.gate for item in verdicts],
        "measures": [item.measure for item in verdicts],
        "values": [item.value for item in verdicts],
        "lows": [item.low for item in verdicts],
        "highs": [item.high for item in verdicts],
        "units": [item.unit for item in verdicts],
        "passed": [item.passed for item in verdicts],
        "remedies": [item.remedy for item in verdicts],
    }
    return len(
        database.run_in_transaction(lambda transaction: transaction.fetch_all("verdicts.record_verdicts", parameters))
    )


def find_latest(database: Database, take_ids: Iterable[str]) -> dict[str, tuple[Verdict, ...]]:
    """Return the newest verdicts on each gate and measure by take id; takes without verdicts are absent."""
    verdicts_by_take: dict[str, list[Verdict]] = {}
    for row in database.fetch_all("verdicts.find_latest", {"take_ids": list(take_ids)}):
        take_id = row.pop("take_id")
        verdicts_by_take.setdefault(take_id, []).append(Verdict(**row))
    return {take_id: tuple(items) for take_id, items in verdicts_by_take.items()}


def find_accepted(database: Database, take_ids: Iterable[str]) -> frozenset[str]:
    """Return the takes whose newest verdicts all passed or were waived; a take without verdicts is not accepted."""
    rows = database.fetch_all("verdicts.find_accepted", {"take_ids": list(take_ids)})
    return frozenset(row["take_id"] for row in rows)
