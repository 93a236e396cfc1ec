"""Verdicts: what the gates found on each take; on the same measure the newest one counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store.database import Database


def record_verdicts(database: Database, take_id: str, verdicts: Sequence[Verdict], thresholds_digest: str = "") -> int:
    """Write the verdicts that say something new about a take, and return how many those were.

    Args:
        database: The record.
        take_id: The take they are on.
        verdicts: In the order in which they are to be shown.
        thresholds_digest: Digest of all bars that were in force, or "".

    Raises:
        ServiceUnavailableError: The database stays away.
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
    return len(database.run_in_transaction(lambda transaction: transaction.fetch_all("verdicts.record", parameters)))


def find_latest(database: Database, take_ids: Iterable[str]) -> dict[str, tuple[Verdict, ...]]:
    """Return the newest verdict on each gate and measure by take id; takes without verdicts are left out."""
    verdicts_by_take: dict[str, list[Verdict]] = {}
    for row in database.fetch_all("verdicts.find_latest", {"take_ids": list(take_ids)}):
        take_id = row.pop("take_id")
        verdicts_by_take.setdefault(take_id, []).append(Verdict(**row))
    return {take_id: tuple(items) for take_id, items in verdicts_by_take.items()}


def find_accepted(database: Database, take_ids: Iterable[str]) -> frozenset[str]:
    """Return which of the takes every gate passed, or a person waived where it did not; unjudged takes are not."""
    rows = database.fetch_all("verdicts.find_accepted", {"take_ids": list(take_ids)})
    return frozenset(row["take_id"] for row in rows)
