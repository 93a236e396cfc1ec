"""Retries of an attempt whose card was too small for it: with less at the same server, then whole at another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tower_anime_assets.engines.attempts import AttemptPlan
from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import FrugalEngine, RemoteEngine
from tower_anime_assets.production.learning.reductions import Reduction, memory_load
from tower_anime_assets.production.value_origins import with_origins


@dataclass
class MemoryRetries:
    """How far one order's attempts have been reduced.

    Attributes:
        too_much: The smallest load that was too much for a card in this run, by engine, where there is one server: the
            shots that follow need not find out again.
        server: The only server for which they are reduced now, "" for any.
        level: How many steps of the engine's `reductions` are taken.
        full_servers: Servers at which even the last step was too much.
    """

    too_much: dict[str, int] = field(default_factory=dict)
    server: str = ""
    level: int = 0
    full_servers: frozenset[str] = frozenset()

    def begin(self, order: Order[Any], planned: AttemptPlan) -> str:
        """Reduce an attempt at once whose load was too much before; return how, for a person, "" for not at all."""
        limit = self.too_much.get(order.engine.name)
        if limit is None or self.level or self.full_servers or memory_load(planned.parameters) < limit:
            return ""
        steps = _steps(order, planned)
        loads = [memory_load({**planned.parameters, **step.changes}) for step in steps]
        self.level = next((level for level, load in enumerate(loads, 1) if load < limit), 0)
        return f"the card was too small for others like it: made {steps[self.level - 1].words}" if self.level else ""

    def fit(self, order: Order[Any], planned: AttemptPlan, reasoning: str) -> AttemptPlan:
        """Return the planned attempt, reduced as far as it has come to, with this reasoning."""
        steps = _steps(order, planned)[: self.level]
        if not steps:
            return replace(planned, reasoning=reasoning)
        parameters = {**planned.parameters, **steps[-1].changes, "reduced": steps[-1].words}
        origin = f"the card was too small: made {steps[-1].words}"
        origins = {
            name: origin
            for name, value in steps[-1].changes.items()
            if isinstance(value, int) and value != planned.parameters.get(name)
        }
        return replace(planned, parameters=with_origins(parameters, origins), reasoning=reasoning)

    def step_down(self, order: Order[Any], planned: AttemptPlan, server: str) -> str:
        """Note that a server's card was too small, and return what is tried next, for a person; "" for nothing."""
        steps = _steps(order, planned)
        lanes = order.engine.lanes if isinstance(order.engine, RemoteEngine) else 1
        if lanes == 1 and steps:
            load = memory_load(self.fit(order, planned, "").parameters)
            self.too_much[order.engine.name] = min(load, self.too_much.get(order.engine.name, load))
        if self.level < len(steps):
            self.server, self.level = server, self.level + 1
            return f"the card of {server} is too small for it: tried again {steps[self.level - 1].words}"
        self.full_servers |= {server}
        self.server, self.level = "", 0
        if len(self.full_servers) < lanes:
            return f"the card of {server} is too small for it: tried again whole at another server"
        return ""

    def leave_server(self) -> bool:
        """Let any server serve, with what is reduced; return whether only one would have served until now."""
        was_bound, self.server = self.server != "", ""
        return was_bound


def _steps(order: Order[Any], planned: AttemptPlan) -> Sequence[Reduction]:
    return order.engine.reductions(planned.parameters) if isinstance(order.engine, FrugalEngine) else ()
