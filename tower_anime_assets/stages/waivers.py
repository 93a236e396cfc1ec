"""Waivers: a person's recorded decision to pass a take that a gate rejected, with name and reason."""

from __future__ import annotations

import re
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.delivery import MAIN
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import STAGE_OF_GATE
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import FoundTake, ProjectRun, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story, waivers

_SUBJECT = re.compile(r"(?P<episode>[a-z0-9_]+-[a-z0-9_]+)(?P<rest>-.+)?")


def waive(studio: Studio, key: str, gate: str, who: str, why: str) -> str:
    """Record a waiver for the current take of `key`, and return a sentence that says what was done.

    Args:
        studio: The studio.
        key: A shot (`nexus-e01-sc02-sh0030`), line (`nexus-e01-sc02-l003`), scene (`nexus-e01-sc02`), episode
            (`nexus-e01`) or character (`nexus-akira`).
        gate: The gate to pass.
        who: Who decides.
        why: The reason; not empty.

    Raises:
        PlanError: The gate or take does not exist, or the gate does not reject the take.
    """
    if not why.strip():
        raise PlanError("a waiver needs a reason: pass --why TEXT")
    stage = STAGE_OF_GATE.get(gate)
    if stage is None:
        raise PlanError(f"unknown gate {gate!r}; expected one of {', '.join(sorted(STAGE_OF_GATE))}")
    match = _SUBJECT.fullmatch(key)
    if match is None:
        raise PlanError(f"{key!r} names no shot, line, scene, episode or character")
    episode = EpisodeKey.parse(match["episode"])
    takes = _find_takes(studio, episode, stage)
    for order, outcome in takes:
        if key not in (order.subject, f"{episode}-{order.subject}"):
            continue
        if outcome is None:
            raise PlanError(f"{key} has no {stage.name} take yet, so there is nothing to waive")
        failed = sorted({verdict.gate for verdict in outcome.failed})
        if gate not in failed:
            state = f"it fails {', '.join(failed)}" if failed else "every gate passes it"
            raise PlanError(f"{gate} does not reject {key}: {state}")
        waivers.record_waiver(studio.database, outcome.take.id, gate, who, why)
        rest = [name for name in failed if name != gate]
        after = f"; it still fails {', '.join(rest)}" if rest else "; it is accepted now"
        if not rest and stage.deliver is not None:
            after += f" and delivered: {stage.deliver(studio, order.subject, outcome.take)[MAIN]}"
        return f"{key}: {gate} waived by {who} for take {outcome.take.id}{after}"
    subjects = ", ".join(order.subject for order, _outcome in takes[:40])
    raise PlanError(f"{gate} does not judge {key!r}; it judges {subjects}")


def _find_takes(studio: Studio, episode: EpisodeKey, stage: Stage[Any]) -> list[FoundTake]:
    """Return a stage's orders with their current takes; a character sheet's key has the form of an episode's.

    Raises:
        PlanError: The project or episode is not in the database.
    """
    run = Run(studio)
    if stage is SHEETS:
        project = story.load_project(studio.database, episode.project)
        if project is None:
            raise PlanError(f"project {episode.project!r} is not in the database: materialize `characters` first")
        return ProjectRun(run, project, studio.engines(project)).find(stage)
    keys = [text for text, _title in story.list_titles(studio.database)]
    if str(episode) not in keys:
        raise PlanError(f"episode {episode} is not in the database. {did_you_mean(str(episode), keys)}")
    return saved_episode(run, episode).find(stage, partial=True)
