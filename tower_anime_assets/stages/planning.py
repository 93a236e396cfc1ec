"""Scenes to shots: each scene's plan is a take of the director, judged as one; together they are the episode's plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.engines.generate import Measured, Order, Outcome, Place
from tower_anime_assets.engines.protocols import Attempt, Director, Made
from tower_anime_assets.production import codec
from tower_anime_assets.production.assembly import assemble
from tower_anime_assets.production.briefs import PlanBrief
from tower_anime_assets.production.digest import canonical_json, plain, seed_of
from tower_anime_assets.production.plan_rules import plan_measures
from tower_anime_assets.production.shots import EpisodePlan, ScenePlan
from tower_anime_assets.production.story import Episode, Project, Scene
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.quality.thresholds import STORY, with_overrides
from tower_anime_assets.stages.progress import StageReport
from tower_anime_assets.stages.studio import Studio

STAGE = "plan"


@dataclass(frozen=True)
class DirectorEngine:
    """A director as an engine: the take is the scene's plan, a JSON file."""

    director: Director
    project: Project
    scene: Scene
    earlier: tuple[ScenePlan, ...]
    lanes: int = 1

    @property
    def name(self) -> str:
        """The director's name."""
        return self.director.name

    @property
    def version(self) -> str:
        """The director's version."""
        return self.director.version

    def plan_attempt(self, brief: PlanBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the attempt's parameters; a rule-based director plans the same way every time."""
        return {"seed": seed_of(brief, number), "complaints": [str(verdict) for verdict in complaints]}
