"""Who makes a shot's picture: the one engine there is, or the best of several workflows, with why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import Engine
from tower_anime_assets.production.learning.ranking import Ranking
from tower_anime_assets.production.planning.briefs import Brief

B = TypeVar("B", bound=Brief)


@dataclass(frozen=True)
class EngineChoice(Generic[B]):
    """The engine for an order, and who else could make it.

    Attributes:
        others: The best first; an accepted take of theirs serves too.
        hands_on: Whether they may take over when the chosen one fails.
        reasoning: Why this one, "" when there was no choice.
        alternatives: The whole ranking, JSON-ready.
    """

    engine: Engine[B]
    alternates: tuple[Engine[B], ...] = ()
    may_fall_back: bool = False
    reasoning: str = ""
    alternatives: tuple[Any, ...] = ()

    def order(self, *, reasoning: str, **wanted: Any) -> Order[B]:
        """Return the order for the chosen engine, with the same one for each of the others."""
        why = f"{reasoning} {self.reasoning}".strip()
        first: Order[B] = Order(engine=self.engine, reasoning=why, alternatives=self.alternatives, **wanted)
        others = tuple(replace(first, engine=engine) for engine in self.alternates)
        return replace(first, alternates=others, may_fall_back=self.may_fall_back)


def choice_from_ranking(ranking: Ranking, engine_named: Callable[[str], Engine[B]]) -> EngineChoice[B]:
    """Return what a ranking chose, with its engines made by name."""
    others = tuple(engine_named(one.engine) for one in ranking.usable[1:])
    return EngineChoice(
        engine_named(ranking.chosen.engine),
        others,
        ranking.on_failure == "next",
        ranking.reasoning,
        ranking.alternatives,
    )
