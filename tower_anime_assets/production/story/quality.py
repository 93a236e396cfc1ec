"""Levels of quality: what a run at `draft` or `final` makes otherwise than at `standard`.

Steps of models are chosen where a workflow is known; sizes, candidates and upscaling here. What the writer wrote wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tower_anime_assets.errors import PlanError, StoryWarning
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.story.sizes import DRAFT, FINAL, QUALITY_LEVELS, STANDARD

CANDIDATES: Final = {DRAFT: 1, FINAL: 4}
"""Pictures that a service makes of a keyframe in one job."""

FINAL_STEPS_SHARE: Final = 0.5
"""How far the steps of a final are from the workflow's own to its highest: past that, models change little."""

STEPS: Final = "steps"
QUALITY: Final = "quality"
"""The parameter that names an attempt's level of quality, where it is not the standard one."""


def at_quality(project: Project, quality: str = "") -> Project:
    """Return a project as a run makes it at a level, "" for the project's own; at `standard`, as it is written.

    Raises:
        PlanError: There is no such level.
    """
    level = quality or project.quality
    if level not in QUALITY_LEVELS:
        raise PlanError(f"the quality is {level!r}; expected one of {', '.join(QUALITY_LEVELS)}")
    if level == STANDARD:
        return project
    engines = project.engines
    if not engines.candidates:
        engines = replace(engines, candidates=CANDIDATES[level])
    if level == DRAFT and engines.upscale == "auto":
        engines = replace(engines, upscale="off")
    return replace(project, delivery=replace(project.delivery, quality=level), engines=engines)


def steps_at(quality: str, steps: float, tunable: Tunable) -> float:
    """Return the steps of a model at a level: a draft takes the fewest that its workflow allows, a final more.

    Args:
        quality: The level.
        steps: The workflow's own.
        tunable: The workflow's range.
    """
    if quality == DRAFT:
        return min(steps, tunable.low)
    if quality == FINAL:
        return max(steps, steps + FINAL_STEPS_SHARE * (tunable.high - steps))
    return steps


def quality_notes(project: Project, quality: str = "") -> tuple[StoryWarning, ...]:
    """Return what a writer wrote that a level, "" for the project's own, leaves as it is."""
    level = quality or project.quality
    return tuple(_notes(project, level)) if level != STANDARD else ()


def run_notes(project: Project, quality: str) -> tuple[StoryWarning, ...]:
    """Return the notes of a run at another level than the project's own, whose notes are among the story's."""
    return quality_notes(project, quality) if quality and quality != project.quality else ()


def _notes(project: Project, level: str) -> Iterator[StoryWarning]:
    def note(written: str, instead: str, remedy: str) -> StoryWarning:
        return StoryWarning(f"{project.id}/project.yaml", 0, written, instead, remedy, is_note=True)

    working = project.delivery.working
    if working.width_px:
        yield note(
            f"delivery.working is {working.width_px}x{working.height_px}",
            f"the pictures of a {level} are made at that size too",
            "Leave it out, and the level decides.",
        )
    if project.engines.candidates:
        yield note(
            f"engines.candidates is {project.engines.candidates}",
            f"a {level} makes as many too",
            "Leave it out, and the level decides.",
        )
    if level == DRAFT and project.engines.upscale not in ("auto", "off"):
        yield note(
            f"engines.upscale is {project.engines.upscale}", "drafts are upscaled too", "With `auto` they are not."
        )
    if STEPS in project.learning.pins:
        yield note(
            f"learning.pins has {STEPS}: {project.learning.pins[STEPS]:g}",
            f"a {level} has as many",
            "Leave it out, and the level decides.",
        )
