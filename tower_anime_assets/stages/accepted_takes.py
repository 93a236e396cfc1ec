"""What a run has found accepted of an episode, so that its later steps need not look through every stage anew.

A step builds on accepted takes of the stages before its own, and Dagster runs those first. So within one run what was
accepted once stays what the rest of the run builds on, also when somebody else makes it again meanwhile. What was not
accepted is never kept: the next step looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.store.takes import Take


@dataclass
class AcceptedTakes:
    """An episode's accepted takes by stage, as far as somebody has asked for them."""

    takes: dict[str, tuple[Take, ...]] = field(default_factory=dict)

    def accepted(self, stage: str, look: Callable[[str], tuple[Take, ...]]) -> tuple[Take, ...]:
        """Return the takes of a stage, found by `look` the first time; what `look` raises is raised."""
        if stage not in self.takes:
            self.takes[stage] = look(stage)
        return self.takes[stage]


class Standings:
    """What stands for the runs of one process: of each episode, for the run and the story that asked last."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[str, Project, Episode], AcceptedTakes]] = {}

    def of(self, run_id: str, project: Project, episode: Episode) -> AcceptedTakes:
        """Return what a run has found of an episode as it is written now; nothing is kept for work outside a run."""
        if not run_id:
            return AcceptedTakes()
        asks = (run_id, project, episode)
        known, standing = self._kept.get(episode.key, (None, AcceptedTakes()))
        if known != asks:
            standing = AcceptedTakes()
            self._kept[episode.key] = (asks, standing)
        return standing
