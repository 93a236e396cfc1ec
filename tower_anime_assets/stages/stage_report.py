"""Stage reports: how a stage ended for one project or episode, with its costs and the means of its measures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.digest import digest


@dataclass(frozen=True)
class StageReport:
    """How a stage ended.

    Attributes:
        stage: The stage's name.
        key: Episode key, or a project's id.
        outcomes: One per order, in story order.
        figures: More that a person would look for, JSON-ready.
    """

    stage: str
    key: str
    outcomes: Sequence[Outcome]
    seconds: float
    figures: Mapping[str, Any] = field(default_factory=dict)

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
        """Equal for equal content: which engine made what, and whether it was accepted."""
        return digest(
            [[outcome.take.engine, outcome.take.files["main"].sha256, outcome.accepted] for outcome in self.outcomes]
        )

    def means(self) -> dict[str, float]:
        """Return the mean of every measure over the orders."""
        sums: defaultdict[str, float] = defaultdict(float)
        counts: Counter[str] = Counter()
        for outcome in self.outcomes:
            for verdict in outcome.verdicts:
                sums[verdict.measure] += verdict.value
                counts[verdict.measure] += 1
        return {name: sums[name] / counts[name] for name in sorted(sums)}
