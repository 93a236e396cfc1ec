"""What a stage reports: while it works, to a listener; when it is done, as a report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tower_anime_assets.engines.generate import Outcome
from tower_anime_assets.production.digest import digest


class Listener(Protocol):
    """Somebody who follows the work: a terminal, Dagster's event log. Called from worker threads."""

    def stage_begins(self, stage: str, total: int, expected_s: float) -> None:
        """`total` takes are wanted; those not yet there are expected to need `expected_s` seconds."""

    def take_attempted(self, stage: str, outcome: Outcome) -> None:
        """A take was made and judged; `attempts` counts it. More attempts may follow when it was rejected."""

    def take_settled(self, stage: str, outcome: Outcome, done: int, total: int) -> None:
        """One order has ended, found or made, accepted or not."""

    def take_progresses(self, stage: str, subject: str, part: float, words: str) -> None:
        """An order is being made and is `part` (0..1) done; called often."""

    def waits(self, stage: str, words: str) -> None:
        """The stage cannot go on yet, and why."""

    def gate_judged(self, gate: str, failed: Sequence[str]) -> None:
        """A gate was evaluated; `failed` names what it rejected."""


class Silence:
    """A listener that says nothing."""

    def stage_begins(self, stage: str, total: int, expected_s: float) -> None:
        """Say nothing."""

    def take_attempted(self, stage: str, outcome: Outcome) -> None:
        """Say nothing."""

    def take_settled(self, stage: str, outcome: Outcome, done: int, total: int) -> None:
        """Say nothing."""

    def take_progresses(self, stage: str, subject: str, part: float, words: str) -> None:
        """Say nothing."""

    def waits(self, stage: str, words: str) -> None:
        """Say nothing."""

    def gate_judged(self, gate: str, failed: Sequence[str]) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class StageReport:
    """How a stage ended for one episode.

    Attributes:
        outcomes: One per order, in story order.
        facts: More that a person would look for, JSON-ready.
    """

    stage: str
    episode: str
    outcomes: Sequence[Outcome]
    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def engine(self) -> str:
        """Names of the engines that made the takes, comma-separated."""
        return ", ".join(sorted({outcome.take.engine for outcome in self.outcomes}))

    @property
    def made(self) -> int:
        """Takes made now."""
        return sum(outcome.attempts for outcome in self.outcomes)

    @property
    def reused(self) -> int:
        """Orders for which an accepted take was found."""
        return sum(1 for outcome in self.outcomes if outcome.attempts == 0)

    @property
    def rejected(self) -> tuple[Outcome, ...]:
        """Orders that ended without an accepted take."""
        return tuple(outcome for outcome in self.outcomes if not outcome.accepted)

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the takes made now."""
        return sum(outcome.cpu_s for outcome in self.outcomes)

    @property
    def gpu_s(self) -> float:
        """GPU seconds of the takes made now."""
        return sum(outcome.gpu_s for outcome in self.outcomes)

    @property
    def digest(self) -> str:
        """Equal for equal content: what was made, and whether it was accepted."""
        return digest([[outcome.take.files["main"].sha256, outcome.accepted] for outcome in self.outcomes])

    def means(self) -> dict[str, float]:
        """Return the mean of every measure over the orders."""
        sums: defaultdict[str, float] = defaultdict(float)
        counts: Counter[str] = Counter()
        for outcome in self.outcomes:
            for verdict in outcome.verdicts:
                sums[verdict.measure] += verdict.value
                counts[verdict.measure] += 1
        return {name: sums[name] / counts[name] for name in sorted(sums)}
