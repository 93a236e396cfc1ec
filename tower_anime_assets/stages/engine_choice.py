"""The engine chosen for a shot: the only one, or the best-ranked workflow, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import Engine, RemoteEngine
from tower_anime_assets.production.learning.ranking import Ranking
from tower_anime_assets.production.planning.briefs import Brief
from tower_anime_assets.production.verdicts import Threshold

B = TypeVar("B", bound=Brief)


@dataclass(frozen=True)
class EngineChoice(Generic[B]):
    """The engine for an order, and the engines that could make it instead.

    Attributes:
        alternates: Best first; an accepted take of theirs is used too.
        may_fall_back: Whether they may take over if the chosen one fails.
        reasoning: Why this one, "" if there was no choice.
        alternatives: The whole ranking, JSON-ready.
        is_pinned: Whether a writer chose it.
    """

    engine: Engine[B]
    alternates: tuple[Engine[B], ...] = ()
    may_fall_back: bool = False
    reasoning: str = ""
    alternatives: tuple[Any, ...] = ()
    is_pinned: bool = False

    def order(self, *, reasoning: str, **fields: Any) -> Order[B]:
        """Return the order for the chosen engine, with its alternates as orders of the same brief."""
        why = f"{reasoning} {self.reasoning}".strip()
        given: Order[B] = Order(engine=self.engine, reasoning=why, alternatives=self.alternatives, **fields)
        others = tuple(_with_own_remedies(replace(given, engine=engine)) for engine in self.alternates)
        return replace(
            _with_own_remedies(given), alternates=others, may_fall_back=self.may_fall_back, is_pinned=self.is_pinned
        )


def _with_own_remedies(order: Order[B]) -> Order[B]:
    """Return an order whose gates advise what its engine can change."""
    if isinstance(order.engine, RemoteEngine):
        return order
    return replace(order, thresholds=_with_embedded_remedies(order.thresholds))


@lru_cache(maxsize=32)
def _with_embedded_remedies(bars: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
    return tuple(replace(bar, remedy=bar.embedded_remedy or bar.remedy) for bar in bars)


def choice_from_ranking(ranking: Ranking, engine_named: Callable[[str], Engine[B]]) -> EngineChoice[B]:
    """Return the engine that a ranking chose, with the engines for the lower ranks."""
    others = tuple(engine_named(one.engine) for one in ranking.usable[1:])
    return EngineChoice(
        engine_named(ranking.chosen.engine),
        others,
        ranking.on_failure == "next",
        ranking.reasoning,
        ranking.alternatives,
        ranking.is_pinned,
    )
