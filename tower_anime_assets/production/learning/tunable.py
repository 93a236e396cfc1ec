"""The range within which retries and suggestions may move a number of an attempt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tunable:
    """The values that a parameter may take: from `low` to `high`, `step` apart (0: any between)."""

    low: float
    high: float
    step: float
