"""Gate results: the verdicts of a stage's gates on its current takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.stages.stage import ProjectRun, Stage


@dataclass
class GateResult:
    """One gate's verdicts over all orders of a stage."""

    gate: str
    judged: list[tuple[Outcome, Verdict]] = field(default_factory=list)

    @property
    def failed(self) -> list[tuple[Outcome, Verdict]]:
        """Verdicts that stop the episode, worst first."""
        missed = [item for item in self.judged if not item[1].passed and self.gate not in item[0].waived]
        return sorted(missed, key=lambda item: item[1].margin)

    @property
    def waived(self) -> list[tuple[Outcome, Verdict]]:
        """Verdicts that a person decided to pass."""
        return [item for item in self.judged if not item[1].passed and self.gate in item[0].waived]

    def series(self) -> dict[str, list[float]]:
        """Return every measured value by measure, in story order."""
        values: dict[str, list[float]] = {}
        for _outcome, verdict in self.judged:
            values.setdefault(verdict.measure, []).append(verdict.value)
        return values

    def worst(self, measure: str) -> Verdict:
        """Return the verdict of a measure that lies farthest outside its bar, or if all pass, nearest to it."""
        return min((item[1] for item in self.judged if item[1].measure == measure), key=lambda item: item.margin)


def gate_results(run: ProjectRun, stage: Stage[Any]) -> dict[str, GateResult]:
    """Return the results of a stage's gates for a project or an episode, by gate.

    Raises:
        NotAcceptedError: A take does not exist yet.
    """
    takes = run.find(stage)
    missing = [order.subject for order, outcome in takes if outcome is None]
    if missing:
        raise NotAcceptedError(
            f"{stage.name}: {', '.join(missing[:8])} cannot be judged: not made yet. Materialize `{stage.asset}` first"
        )
    results: dict[str, GateResult] = {}
    for order, outcome in takes:
        for threshold in (threshold for variant in order.variants for threshold in variant.thresholds):
            results.setdefault(threshold.gate, GateResult(threshold.gate))
        if outcome is not None:
            for verdict in outcome.verdicts:
                results[verdict.gate].judged.append((outcome, verdict))
    return results
