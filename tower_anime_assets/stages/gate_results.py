"""What a stage's gates find for an episode, read from the takes that stand for it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets.engines.generate import Order, Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.stages import stills
from tower_anime_assets.stages.opening import saved_work
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story


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
        """Return the verdict of a measure that lies farthest outside, or least far inside, its bar."""
        return min((item[1] for item in self.judged if item[1].measure == measure), key=lambda item: item.margin)


def results_by_gate(stage: str, found: Sequence[tuple[Order[Any], Outcome | None]]) -> dict[str, GateResult]:
    """Return a finding per gate.

    Raises:
        NotAcceptedError: Something is not made, so that it cannot be judged.
    """
    missing = [order.subject for order, outcome in found if outcome is None]
    if missing:
        raise NotAcceptedError(f"{stage}: {', '.join(missing[:8])} cannot be judged, since nothing is made for it yet")
    findings: dict[str, GateResult] = {}
    for order, outcome in found:
        for bar in (bar for other in order.variants for bar in other.thresholds):
            findings.setdefault(bar.gate, GateResult(bar.gate))
        if outcome is not None:
            for verdict in outcome.verdicts:
                findings[verdict.gate].judged.append((outcome, verdict))
    return findings


def episode_gate_results(studio: Studio, partition: str, stage: str) -> dict[str, GateResult]:
    """Return what the gates of a stage find for an episode, by gate."""
    work = saved_work(studio, EpisodeKey.parse(partition))
    return results_by_gate(stage, work.look(stage))


def character_gate_results(studio: Studio) -> dict[str, GateResult]:
    """Return what the gates of reference sheets find over every project, by gate."""
    found: list[tuple[Order[Any], Outcome | None]] = []
    for project in story.load_projects(studio.database):
        engines = studio.engines(project)
        orders = stills.sheet_orders(project, engines.sheets)
        found += zip(orders, studio.look(orders), strict=True)
    return results_by_gate(stills.SHEET, found)
