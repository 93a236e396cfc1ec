"""Waivers: a person's decision to pass a take that a gate rejected, with who and why, on record for good."""

from __future__ import annotations

import re
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import STAGE_OF_GATE
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import FoundTake, ProjectRun, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story, waivers

_SUBJECT = re.compile(r"(?P<episode>[a-z0-9_]+-[a-z0-9_]+)(?P<rest>-.+)?")


def waive(studio: Studio, key: str, gate: str, who: str, why: str) -> str:
    """Put a waiver on record for the take that stands for `key` now, and return what was done in words.

    Args:
        studio: The studio.
        key: A shot (`nexus-e01-sc02-sh0030`), line (`nexus-e01-sc02-l003`), scene (`nexus-e01-sc02`), episode
            (`nexus-e01`) or character (`nexus-akira`).
        gate: The gate to pass.
        who: Who decides.
        why: The reason; not empty.

    Raises:
        PlanError: There is no such gate, no such take, or the gate does not reject it.
    """
    if not why.strip():
        raise PlanError("a waiver needs a reason: --why")
    stage = STAGE_OF_GATE.get(gate)
    if stage is None:
        raise PlanError(f"no gate {gate!r}; there are {', '.join(sorted(STAGE_OF_GATE))}")
    match = _SUBJECT.fullmatch(key)
    if match is None:
        raise PlanError(f"{key!r} names no shot, line, scene, episode or character")
    episode = EpisodeKey.parse(match["episode"])
    found = _find(studio, episode, stage)
    for order, outcome in found:
        if key not in (order.subject, f"{episode}-{order.subject}"):
            continue
        if outcome is None:
            raise PlanError(f"{key} has no {stage.name} take yet, so there is nothing to pass")
        failed = sorted({verdict.gate for verdict in outcome.failed})
        if gate not in failed:
            state = f"it fails {', '.join(failed)}" if failed else "every gate passes it"
            raise PlanError(f"{gate} does not reject {key}: {state}")
        waivers.record_waiver(studio.database, outcome.take.id, gate, who, why)
        rest = [name for name in failed if name != gate]
        after = f"; it still fails {', '.join(rest)}" if rest else "; it is accepted now"
        return f"{key}: {gate} waived by {who} for take {outcome.take.id}{after}"
    subjects = ", ".join(order.subject for order, _outcome in found[:40])
    raise PlanError(f"{gate} judges no take of {key!r}; it judges {subjects}")


def _find(studio: Studio, episode: EpisodeKey, stage: Stage[Any]) -> list[FoundTake]:
    """Return the takes that stand for a stage's orders; a sheet's key reads like an episode's.

    Raises:
        PlanError: There is no such project or episode on record.
    """
    run = Run(studio)
    if stage is SHEETS:
        project = story.load_project(studio.database, episode.project)
        if project is None:
            raise PlanError(f"there is no project {episode.project!r} on record")
        return ProjectRun(run, project, studio.engines(project)).find(stage)
    known = [text for text, _title in story.list_titles(studio.database)]
    if str(episode) not in known:
        raise PlanError(f"there is no episode {episode} on record. {did_you_mean(str(episode), known)}")
    return saved_episode(run, episode).find(stage, partial=True)
