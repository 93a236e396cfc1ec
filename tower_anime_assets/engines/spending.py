"""The guard before every engine that costs something: what a job will cost, and whether the caps have room for it.

Room is kept by the decision itself: it is recorded with what it is expected to cost, in a transaction that has added up
what was spent and what is under way while no other transaction of any process may do so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import Engine, PacedEngine, RemoteEngine, ServiceEngine
from tower_anime_assets.errors import BudgetSpentError
from tower_anime_assets.production.spending import CapUse, JobCost, Price, SpendingCap, SpendingRules, use_of
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.store import spending
from tower_anime_assets.store.database import Database, Transaction
from tower_anime_assets.store.spending import MeasuredPace, RowReader
from tower_anime_assets.workflows.workflow import BATCH

_NO_PARAMETERS: Final[Mapping[str, Any]] = {}


def is_hired(engine: Engine[Any]) -> bool:
    """Return whether an engine's work is done at a service, which may charge for it."""
    return isinstance(engine, RemoteEngine) or (isinstance(engine, ServiceEngine) and engine.is_service)


@dataclass(frozen=True)
class SpendingGuard:
    """Keeps jobs within the caps.

    Attributes:
        database: The record.
        load_rules: Returns the prices and caps in force for a show.
        servers: The addresses of the ComfyUI servers.
        night: The cap of the night that the work belongs to.
        paces: What is known already of how fast engines are, by stage, engine and quality; None to ask each time.
    """

    database: Database
    load_rules: Callable[[str], SpendingRules]
    servers: Sequence[str] = ()
    night: SpendingCap | None = None
    paces: dict[tuple[str, str, str], MeasuredPace | None] | None = None

    def rules_for(self, project: str) -> SpendingRules:
        """Return the prices and caps in force for a show, with that of the night.

        Raises:
            StoryError: The files that they are in cannot be used.
        """
        rules = self.load_rules(project)
        return rules if self.night is None else SpendingRules(rules.prices, (*rules.caps, self.night))

    def check(self, order: Order[Any]) -> None:
        """Refuse an attempt that the caps have no room for, wherever it were made; keeps no room.

        It is asked before a server is waited for. What counts is what `admit` finds when a server is there.

        Raises:
            BudgetSpentError: A cap has no room for it.
            StoryError: The files with prices and caps cannot be used.
        """
        if not is_hired(order.engine):
            return
        rules = self.rules_for(order.position.project)
        cost = self.cost_of(order, rules, is_dearest=False)
        self._refuse_above(rules, cost, order.position.project, order.position.episode, self.database)

    def cost_of(
        self,
        order: Order[Any],
        rules: SpendingRules,
        parameters: Mapping[str, Any] = _NO_PARAMETERS,
        server: str = "",
        *,
        is_dearest: bool = True,
    ) -> JobCost:
        """Return what an attempt at an order is expected to cost.

        Args:
            order: The order.
            rules: The prices in force.
            parameters: Those of the attempt, as far as they are known.
            server: Where it is made, "" for not known yet.
            is_dearest: Whether it is then taken for the dearest of the servers, not for the cheapest.
        """
        return self.cost_of_brief(
            order.stage, order.engine, order.brief, rules, parameters, server, is_dearest=is_dearest
        )

    def cost_of_brief(
        self,
        stage: str,
        engine: Engine[Any],
        brief: Any,
        rules: SpendingRules,
        parameters: Mapping[str, Any] = _NO_PARAMETERS,
        server: str = "",
        *,
        is_dearest: bool = True,
    ) -> JobCost:
        """Return the same for what cannot be ordered yet."""
        if not is_hired(engine):
            return JobCost(engine.name)
        places = [server] if server else [*self.servers] or [""]
        prices = [rules.prices.of(engine.name, place) for place in places]
        jobs = len(parameters.get("parts", ())) or 1
        if not isinstance(engine, RemoteEngine):
            return JobCost(engine.name, jobs, 0.0, prices[0], "paid by the job")
        gpu_s, basis = self._predict(stage, engine, brief, parameters, prices[0])
        costs = [JobCost(engine.name, jobs, gpu_s, price, basis, has_gpu=True) for price in prices]
        if any(cost.money is None for cost in costs):
            return next(cost for cost in costs if cost.money is None)
        return sorted(costs, key=lambda cost: cost.money or 0.0)[-1 if is_dearest else 0]

    def charge(
        self, cost: JobCost, rules: SpendingRules, project: str, episode: str
    ) -> tuple[dict[str, Any], Callable[[Transaction], None] | None]:
        """Return what of a decision keeps room for a job, and what admits the decision; see `store.decisions`."""
        if not cost.is_hired:
            return {}, None
        fields: dict[str, Any] = {"jobs": cost.jobs, "expected_gpu_s": cost.gpu_s}
        if rules.prices.currency and cost.money is not None:
            fields |= {
                "currency": rules.prices.currency,
                "gpu_second_price": (cost.price.gpu_second or 0.0) if cost.has_gpu else 0.0,
                "job_price": cost.price.job or 0.0,
            }

        def admit(transaction: Transaction) -> None:
            spending.wait_for_turn(transaction)
            self._refuse_above(rules, cost, project, episode, transaction)

        return fields, admit

    def charge_call(
        self, service: str, project: str, episode: str
    ) -> tuple[dict[str, Any], Callable[[Transaction], None] | None]:
        """Return the same for a question to a service, which is paid by the job."""
        rules = self.rules_for(project)
        cost = JobCost(service, 1, 0.0, rules.prices.of(service), "paid by the job")
        return self.charge(cost, rules, project, episode)

    def uses(
        self, rules: SpendingRules, costs: Sequence[JobCost], project: str, episode: str, reader: RowReader
    ) -> tuple[CapUse, ...]:
        """Return how much of each cap is used that work for an episode counts for, with what is to be begun."""
        return tuple(
            use_of(
                cap,
                spending.sum_spending(reader, cap, project, episode),
                rules.prices,
                costs,
                "-".join(filter(None, (project, episode))),
            )
            for cap in rules.caps
            if cap.covers(project, episode)
        )

    def _refuse_above(self, rules: SpendingRules, cost: JobCost, project: str, episode: str, reader: RowReader) -> None:
        if rules.caps:
            refused = [use for use in self.uses(rules, [cost], project, episode, reader) if use.refusal]
            if refused:
                raise refusal_error(refused)

    def _find_pace(self, stage: str, engine: str, quality: str) -> MeasuredPace | None:
        if self.paces is None:
            return spending.find_pace(self.database, stage, engine, quality)
        key = (stage, engine, quality)
        if key not in self.paces:
            self.paces[key] = spending.find_pace(self.database, stage, engine, quality)
        return self.paces[key]

    def _predict(
        self, stage: str, engine: Engine[Any], brief: Any, parameters: Mapping[str, Any], price: Price
    ) -> tuple[float | None, str]:
        """Return the GPU seconds of a job and what that rests on: the record, the studio's file, or its engine."""
        quality = getattr(brief, "quality", STANDARD)
        pace = self._find_pace(stage, engine.name, quality)
        candidates = int(parameters.get(BATCH, getattr(engine, "candidates", 1)))
        if pace is not None:
            return pace.seconds * _units(brief) * candidates, f"median of {pace.jobs} jobs"
        if price.gpu_seconds is not None:
            return price.gpu_seconds, "studio.yaml"
        if isinstance(engine, PacedEngine) and (seconds := engine.expected_s(brief)) > 0:
            return seconds, "the workflow's declared pace"
        return None, "unknown"


def refusal_error(refused: Sequence[CapUse]) -> BudgetSpentError:
    """Return the error for what caps have no room for; its message is a line."""
    first = refused[0]
    return BudgetSpentError(
        "; ".join(use.refusal for use in refused),
        cap=first.cap.key,
        unit=first.unit,
        limit=first.cap.limit,
        spent=first.spent,
        under_way=first.under_way,
        expected=first.expected,
    )


def _units(brief: Any) -> float:
    """Return the frames of a brief times its pixels, as `spending.find_pace` has them."""
    width_px, height_px = getattr(brief, "width_px", None), getattr(brief, "height_px", None)
    pixels = width_px * height_px if width_px and height_px else 1
    return float((getattr(brief, "frames", None) or 1) * pixels)
