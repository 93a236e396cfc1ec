"""Gate results: the verdicts of a stage's gates on its current takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.verdicts import Verdict


@dataclass
class GateResult:
    """One gate's verdicts over all takes of a stage."""

    gate: str
    judged: list[tuple[Outcome, Verdict]] = field(default_factory=list)

    @property
    def failed(self) -> list[tuple[Outcome, Verdict]]:
        """Verdicts that stop the episode, worst first."""
        missed = [item for item in self.judged if not item[1].passed and not self._is_passed(item[0])]
        return sorted(missed, key=lambda item: item[1].margin)

    @property
    def waived(self) -> list[tuple[Outcome, Verdict]]:
        """Verdicts that a person decided to pass."""
        return [item for item in self.judged if not item[1].passed and self._is_passed(item[0])]

    def _is_passed(self, outcome: Outcome) -> bool:
        """Return whether a person has a take used that misses the gate: waived, or locked."""
        return self.gate in outcome.waived or outcome.lock is not None

    def series(self) -> dict[str, list[float]]:
        """Return every measured value by measure, in story order."""
        values: dict[str, list[float]] = {}
        for _outcome, verdict in self.judged:
            values.setdefault(verdict.measure, []).append(verdict.value)
        return values

    def worst(self, measure: str) -> Verdict:
        """Return the verdict of a measure that lies farthest outside its bar, or if all pass, nearest to it."""
        return min((item[1] for item in self.judged if item[1].measure == measure), key=lambda item: item.margin)


def gate_results(outcomes: Sequence[Outcome]) -> dict[str, GateResult]:
    """Return the results of the gates that judged a stage's takes, by gate."""
    results: dict[str, GateResult] = {}
    for outcome in outcomes:
        for verdict in outcome.verdicts:
            results.setdefault(verdict.gate, GateResult(verdict.gate)).judged.append((outcome, verdict))
    return results
