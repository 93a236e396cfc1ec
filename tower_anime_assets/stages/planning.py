"""Scenes to shots: each scene's plan is a take of the director, judged as one; together they are the episode's plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.engines.generate import Measured, Order, Place
from tower_anime_assets.engines.protocols import Attempt, Director, Made
from tower_anime_assets.production import codec
from tower_anime_assets.production.briefs import PlanBrief
from tower_anime_assets.production.digest import canonical_json, plain, seed_of
from tower_anime_assets.production.plan_rules import plan_measures
from tower_anime_assets.production.shots import ScenePlan
from tower_anime_assets.production.story import Episode, Project, Scene
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.quality.thresholds import STORY, with_overrides

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

    def make(self, _brief: PlanBrief, attempt: Attempt) -> Made:
        """Have the scene planned and written down."""
        plan = codec.to_plain(self.director.plan_scene(self.project, self.scene, self.earlier))
        path = attempt.folder / "plan.json"
        path.write_text(canonical_json(plan))
        return Made({"main": path}, {"plan": plan})


def without_lines(value: Any) -> Any:
    """Return plain data less its source line numbers: where a scene stands in the file is no part of what it says."""
    if isinstance(value, Mapping):
        return {key: without_lines(item) for key, item in value.items() if key != "line"}
    return [without_lines(item) for item in value] if isinstance(value, list) else value


def _seen_before(plan: ScenePlan) -> str:
    """What the director may know of an earlier scene: where it was, and how it ended."""
    last = plan.shots[-1]
    who = [subject.character for subject in last.subjects]
    return canonical_json([plan.scene, last.setting.place, last.framing, last.move, who])


def bars(project: Project) -> tuple[Threshold, ...]:
    """Return what the story gates ask in this project."""
    return with_overrides(STORY, project.thresholds)


def order(
    project: Project, episode: Episode, scene: Scene, earlier: tuple[ScenePlan, ...], director: Director
) -> Order[PlanBrief]:
    """Return the order for one scene's plan; `earlier` are the plans of the scenes before it."""
    brief = PlanBrief(
        episode.key,
        canonical_json(without_lines(plain(scene))),
        tuple(project.character(name) for name in scene.cast),
        project.style,
        project.delivery,
        tuple(_seen_before(plan) for plan in earlier),
    )
    return Order(
        stage=STAGE,
        subject=scene.id,
        place=Place(project.id, episode.id, scene.id),
        brief=brief,
        engine=DirectorEngine(director, project, scene, earlier),
        measure=lambda made: Measured(plan_measures(project, scene, plan_in(made.details))),
        bars=bars(project),
        reasoning=f"Scene {scene.number}, {scene.heading}: {len(scene.speeches)} lines, mood {scene.mood}.",
    )


def plan_in(details: Mapping[str, Any]) -> ScenePlan:
    """Return the scene plan that a take's details hold."""
    return codec.from_plain(ScenePlan, details["plan"])
