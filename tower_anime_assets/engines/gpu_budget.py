"""A night's GPU budget: what was spent, what is being spent, and whether another job fits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import PacedEngine, RemoteEngine
from tower_anime_assets.errors import BudgetSpentError
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.store import nights
from tower_anime_assets.store.database import Database


@dataclass(frozen=True)
class GpuBudget:
    """The GPU seconds that all runs of a night may take together; jobs at servers count, nothing else does.

    Attributes:
        limit_s: How many.
        since: When the night began.
        created_by: Whose decisions are the night's.
        run_id: This run, whose jobs under way are known here.
    """

    database: Database
    limit_s: float
    since: datetime
    created_by: str
    run_id: str = ""
    _reserved: dict[int, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def reserve(self, order: Order[Any]) -> Iterator[None]:
        """Keep room for one attempt at an order while it is made.

        Raises:
            BudgetSpentError: What was spent, what is under way and what it is predicted to take exceed the limit.
        """
        if not isinstance(order.engine, RemoteEngine):
            yield
            return
        expected_s = self._predict(order)
        with self._lock:
            night = nights.read_spending(self.database, self.since, self.created_by, self.run_id)
            under_way_s = sum(self._reserved.values()) + night.open_jobs * expected_s
            if night.gpu_s + under_way_s + expected_s > self.limit_s or night.gpu_s >= self.limit_s:
                raise BudgetSpentError(
                    f"the night's GPU budget of {self.limit_s:.0f} s has no room for it: {night.gpu_s:.0f} s are "
                    f"spent, {under_way_s:.0f} s under way, and it would take about {expected_s:.0f} s. "
                    "The next night goes on; TOWER_OVERNIGHT_GPU_S sets the budget"
                )
            key = max(self._reserved, default=0) + 1
            self._reserved[key] = expected_s
        try:
            yield
        finally:
            with self._lock:
                del self._reserved[key]

    def _predict(self, order: Order[Any]) -> float:
        """Return the seconds that a job will take: as its engine's jobs did, before the first as the engine says."""
        quality = getattr(order.brief, "quality", STANDARD)
        seconds = nights.find_median_gpu_seconds(self.database, order.stage, order.engine.name, quality)
        if seconds is None and isinstance(order.engine, PacedEngine):
            seconds = order.engine.expected_s(order.brief)
        return seconds or 0.0
