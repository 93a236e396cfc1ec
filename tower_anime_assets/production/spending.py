"""What work at services costs and how much of it is allowed: prices, caps, and whether another job fits under a cap.

Where prices and caps are written is in `story.spending_keys`; what was spent is in the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

GPU, MONEY = "gpu_seconds", "money"
"""The units of caps, called like their keys."""

EPISODE, DAY, PROJECT, STUDIO, NIGHT = "episode", "day", "project", "studio", "night"
"""What caps are of."""

_TOLERANCE: Final = 1e-9
"""Sums of prices are not exact: by this share of a cap, more still fits."""


@dataclass(frozen=True)
class Price:
    """What work costs; None where nothing is written.

    Attributes:
        gpu_second: A second that a card works.
        job: A job, whatever time it takes.
        gpu_seconds: How long a job takes, until enough is on record.
    """

    gpu_second: float | None = None
    job: float | None = None
    gpu_seconds: float | None = None


@dataclass(frozen=True)
class Prices:
    """The prices of a studio.

    Attributes:
        currency: Of all prices, and of caps in money; "" where no prices are set.
        general: What holds where nothing else does.
        servers: By the address of a ComfyUI server.
        engines: By the engine's name without `comfyui:`; before a server's.
        rates: What one unit of another currency is worth, for what was spent in it.
    """

    currency: str = ""
    general: Price = Price()
    servers: Mapping[str, Price] = field(default_factory=dict)
    engines: Mapping[str, Price] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)

    def of(self, engine: str, server: str = "") -> Price:
        """Return the prices of an engine's work, at a server if that is known."""
        written = (self.engines.get(bare_engine_name(engine)), self.servers.get(server.rstrip("/")), self.general)
        prices = [price for price in written if price is not None]

        def first(name: str) -> float | None:
            return next((value for price in prices if (value := getattr(price, name)) is not None), None)

        return Price(first("gpu_second"), first("job"), first("gpu_seconds"))


NO_PRICES: Final = Prices()


def bare_engine_name(name: str) -> str:
    """Return an engine's name without what says where a workflow runs: `ltx_2b_i2v` of `comfyui:ltx_2b_i2v`."""
    return name.removeprefix("comfyui:").removeprefix("probe:")


@dataclass(frozen=True)
class SpendingCap:
    """How much may be spent.

    Attributes:
        scope: What it is of: `EPISODE`, `DAY`, `PROJECT`, `STUDIO` or `NIGHT`.
        unit: `GPU` or `MONEY`.
        file: The file of the entry, as its writer knows it; of a night's, the variable.
        line: Its 1-based line there.
        project: The show whose work counts, "" for all; of `EPISODE`, the show whose episodes it is of.
        since: From when on work counts, ISO date or time; "" for always.
        created_by: Whose work counts, "" for everybody's.
    """

    scope: str
    unit: str
    limit: float
    file: str = ""
    line: int = 0
    project: str = ""
    since: str = ""
    created_by: str = ""

    @property
    def key(self) -> str:
        """The key that sets it, such as `caps.day.money`."""
        return self.file if self.scope == NIGHT else f"caps.{self.scope}.{self.unit}"

    @property
    def place(self) -> str:
        """Where it is written."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def covers(self, project: str, episode: str) -> bool:
        """Return whether work for an episode, or for a show if `episode` is "", counts."""
        if self.scope == EPISODE and not episode:
            return False
        return self.project in ("", project)


@dataclass(frozen=True)
class SpendingRules:
    """The prices and caps in force for a show."""

    prices: Prices = NO_PRICES
    caps: tuple[SpendingCap, ...] = ()


@dataclass(frozen=True)
class SpentSum:
    """What was spent in a currency, and what work that has not ended is expected to cost.

    Attributes:
        currency: "" for work without a price.
        under_way_decisions: How many decisions are open.
    """

    currency: str
    gpu_s: float
    under_way_gpu_s: float
    money: float
    under_way_money: float
    under_way_decisions: int = 0


@dataclass(frozen=True)
class JobCost:
    """What a take is expected to cost.

    Attributes:
        engine: Who makes it.
        jobs: Jobs at a service, 0 for what is made here and costs nothing.
        gpu_s: Seconds that a card works on it; 0 for a service that is paid by the job, None if nobody can say.
        price: The prices of its work.
        basis: What `gpu_s` rests on, for people.
        has_gpu: Whether a card of a ComfyUI server works on it.
    """

    engine: str
    jobs: int = 0
    gpu_s: float | None = 0.0
    price: Price = Price()
    basis: str = ""
    has_gpu: bool = False

    @property
    def is_hired(self) -> bool:
        """Whether it is made at a service."""
        return self.jobs > 0

    @property
    def money(self) -> float | None:
        """What it costs, None if nobody can say."""
        if not self.is_hired:
            return 0.0
        by_job = self.price.job
        if not self.has_gpu:
            return None if by_job is None else self.jobs * by_job
        if self.price.gpu_second is None:
            return None if by_job is None else self.jobs * by_job
        if self.gpu_s is None:
            return None
        return self.gpu_s * self.price.gpu_second + self.jobs * (by_job or 0.0)

    def amount(self, unit: str) -> float | None:
        """Return what it costs in a cap's unit."""
        return self.money if unit == MONEY else self.gpu_s

    def why_unknown(self, unit: str, prices: Prices) -> str:
        """Return why its cost in a unit is not known and how to tell, a sentence; "" if it is."""
        if self.amount(unit) is not None and (unit == GPU or prices.currency or not self.is_hired):
            return ""
        name = bare_engine_name(self.engine)
        if not name:
            return "it is not known yet what makes all of it"
        if unit == MONEY and not prices.currency:
            return "nothing has a price. Set `prices.currency`, `prices.gpu_second` and `prices.job` in studio.yaml"
        if unit == MONEY and (self.price.gpu_second is None or not self.has_gpu):
            keys = f"`prices.engines.{name}.job`, or `prices.job` for all"
            return f"{name} has no price. Set {keys}, in studio.yaml; 0 is free"
        return (
            f"nobody knows how long {name} takes: it has made nothing yet and declares no pace. "
            f"Set `prices.engines.{name}.gpu_seconds` in studio.yaml, the seconds of a job"
        )


@dataclass(frozen=True)
class CapUse:
    """How much of a cap is used, and what would become of it.

    Attributes:
        what: The cap in words, such as "the day's cap".
        unit: The currency, or "GPU s".
        expected: What is about to be begun, None if nobody can say.
        refusal: Why it may not be begun and what to do, a sentence; "" if it may.
    """

    cap: SpendingCap
    what: str
    unit: str
    spent: float
    under_way: float
    expected: float | None
    refusal: str = ""

    @property
    def left(self) -> float:
        """What is neither spent nor kept for what is under way; never less than 0."""
        return max(0.0, self.cap.limit - self.spent - self.under_way)

    def __str__(self) -> str:
        amounts = f"{self.show(self.spent)} spent, {self.show(self.under_way)} under way"
        expected = "an unknown amount" if self.expected is None else self.show(self.expected)
        return f"{self.what} of {self.show(self.cap.limit)} ({self.cap.place}): {amounts}, this takes {expected}"

    def show(self, amount: float) -> str:
        """Return an amount with its unit."""
        return show_amount(amount, self.unit)


def show_amount(amount: float, unit: str) -> str:
    """Return an amount with its unit, for people: `61 s`, `0.34 EUR`, `0.0004 EUR`."""
    if unit == "GPU s":
        return f"{amount:,.0f} s" if amount >= 10 or amount == int(amount) else f"{amount:.1f} s"
    text = f"{amount:,.2f}"
    return f"{text} {unit}" if amount == 0 or amount >= 0.1 else f"{amount:.4f} {unit}"


def use_of(
    cap: SpendingCap, sums: Sequence[SpentSum], prices: Prices, costs: Iterable[JobCost], subject: str = ""
) -> CapUse:
    """Return how much of a cap is used, and whether more may be begun.

    What nobody knows the cost of may not be begun under a cap, and neither may anything where it is not known what was
    spent.

    Args:
        cap: The cap.
        sums: What was spent of it, by currency.
        prices: The prices in force.
        costs: What is to be begun.
        subject: Key of the episode that a cap of an episode is looked at for.
    """
    hired = [cost for cost in costs if cost.is_hired]
    unit = prices.currency or "money" if cap.unit == MONEY else "GPU s"
    amounts = [cost.amount(cap.unit) for cost in hired]
    doubt = next(filter(None, (cost.why_unknown(cap.unit, prices) for cost in hired)), "")
    expected = None if doubt else sum(amount for amount in amounts if amount is not None)
    spent = under_way = 0.0
    for one in sums:
        rate = 1.0
        if cap.unit == MONEY and one.currency not in ("", prices.currency) and one.money + one.under_way_money > 0:
            rate = prices.rates.get(one.currency, 0.0)
            if not rate and hired:
                doubt = doubt or (
                    f"{show_amount(one.money + one.under_way_money, one.currency)} of it are in another currency. Set "
                    f"`prices.rates.{one.currency}` in studio.yaml, what one {one.currency} is in {unit}"
                )
        spent += rate * one.money if cap.unit == MONEY else one.gpu_s
        under_way += rate * one.under_way_money if cap.unit == MONEY else one.under_way_gpu_s
    use = CapUse(cap, _name_of(cap, subject), unit, spent, under_way, expected)
    return _refused(use, doubt)


def _refused(use: CapUse, doubt: str) -> CapUse:
    cap = use.cap
    if doubt:
        refusal = f"{use.what} of {use.show(cap.limit)} ({cap.place}) cannot be kept, because {doubt}"
    elif use.expected and use.spent + use.under_way + use.expected > cap.limit * (1 + _TOLERANCE):
        refusal = (
            f"{use.what} of {use.show(cap.limit)}{'' if cap.scope == NIGHT else f' ({cap.place})'} has no room for "
            f"it: {use.show(use.spent)} are spent, {use.show(use.under_way)} under way, and it would take about "
            f"{use.show(use.expected)}. {_way_out(cap)}"
        )
    else:
        return use
    return CapUse(cap, use.what, use.unit, use.spent, use.under_way, use.expected, refusal)


def _name_of(cap: SpendingCap, subject: str) -> str:
    if cap.scope == NIGHT:
        return "the night's GPU budget"
    if cap.scope == EPISODE:
        return f"the cap of episode {subject}" if subject else "the cap of each episode"
    if cap.scope == DAY:
        return f"the day's cap of {cap.project}" if cap.project else "the day's cap"
    return f"the cap of {cap.project}" if cap.project else "the studio's cap"


def _way_out(cap: SpendingCap) -> str:
    if cap.scope == NIGHT:
        return "The next night goes on; TOWER_OVERNIGHT_GPU_S sets the budget"
    wait = ", or go on after midnight UTC" if cap.scope == DAY else ""
    return f"Raise `{cap.key}` in {cap.file}{wait}"
