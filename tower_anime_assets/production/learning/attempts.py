"""Attempts on record, as learning sees them, and rates of success.

Light, since every suggestion imports it; `statistics` holds what needs NumPy and SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from tower_anime_assets.production.verdicts import SCORE_AT_BAR

Z_95: Final = 1.959963984540054
"""How many standard deviations to either side hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class AttemptRecord:
    """One attempt on record that gave a take: how it was made, and what came of it.

    One that gave none, because it was interrupted, lost or broken, is no verdict on quality and not among them.

    Attributes:
        parameters: The parameters of the engine's attempt, JSON-ready.
        source: Where its suggested parameters came from, "" when nothing was suggested.
        score: How good it is, 0..1, as `verdicts.score` says; None if it was scored on an earlier scale.
        passed: Whether every gate passed it or was waived.
        brief: Digest of what was wanted; attempts at the same thing share it.
        failed: Gates that rejected it, including waived ones: a waiver lets a take pass, it does not make it right.
        opinion: What a person said last: "good", "bad", or "".
        reasons: Why people found it good or bad, as `opinion:kind`.
    """

    decision_id: str
    project: str
    episode: str
    shot: str
    stage: str
    engine: str
    timestamp: datetime
    attempt: int
    parameters: Mapping[str, Any]
    source: str
    framing: str
    mood: str
    characters: tuple[str, ...]
    prompt: str
    score: float | None
    passed: bool
    failed: tuple[str, ...] = ()
    opinion: str = ""
    reasons: tuple[str, ...] = ()
    brief: str = ""

    @cached_property
    def is_success(self) -> bool:
        """Whether it counts as a success: a person's opinion counts before the gates."""
        return self.opinion == "good" or (self.passed and self.opinion != "bad")

    @cached_property
    def worth(self) -> float:
        """What it is worth to learning, 0..1: its score, unless a person's opinion puts it on the other side of 0.5.

        A success is worth at least 0.5. What the gates passed and a person called bad is worth half of its score.
        Without a score on today's scale, success alone counts: 0.75, or 0.25.
        """
        if self.score is None:
            return 0.75 if self.is_success else 0.25
        if self.is_success:
            return max(self.score, SCORE_AT_BAR)
        return self.score if self.score < SCORE_AT_BAR else SCORE_AT_BAR * self.score

    @cached_property
    def numeric_parameters(self) -> dict[str, float]:
        """Its numeric parameters, without the seed."""
        return {
            name: float(value)
            for name, value in self.parameters.items()
            if name != "seed" and isinstance(value, int | float) and math.isfinite(value)
        }


@dataclass(frozen=True)
class SuccessRate:
    """A share of successes with its 95 % interval."""

    successes: int
    tries: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Successes per try, 0..1; 0 without tries."""
        return self.successes / self.tries if self.tries else 0.0

    def __str__(self) -> str:
        return f"{self.share:.0%} of {self.tries} ({self.low:.0%} to {self.high:.0%})"


def wilson_rate(successes: int, tries: int) -> SuccessRate:
    """Return a share with its 95 % Wilson score interval, 0 to 1 without tries.

    Source:
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if tries == 0:
        return SuccessRate(0, 0, 0.0, 1.0)
    share, z_squared = successes / tries, Z_95**2
    centre = (share + z_squared / (2 * tries)) / (1 + z_squared / tries)
    half_width = Z_95 / (1 + z_squared / tries) * math.sqrt(share * (1 - share) / tries + z_squared / (4 * tries**2))
    return SuccessRate(successes, tries, max(0.0, centre - half_width), min(1.0, centre + half_width))


def scores_of(rows: Iterable[AttemptRecord]) -> list[float]:
    """Return the scores of the attempts that have one, in the same order."""
    return [row.score for row in rows if row.score is not None]


def success_rate(rows: Sequence[AttemptRecord]) -> SuccessRate:
    """Return how many of the attempts succeeded."""
    return wilson_rate(sum(row.is_success for row in rows), len(rows))
