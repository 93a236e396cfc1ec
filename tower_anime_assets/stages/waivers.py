"""Waivers: a person's decision to pass a take that a gate rejected, with who and why, on record for good."""

from __future__ import annotations

import re
from typing import Any

from tower_anime_assets.engines.generate import Order, Outcome
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import clips, masters, mixes, shot_plans, sounds, stills
from tower_anime_assets.stages.opening import saved_work
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story, waivers

GATE_STAGES = {
    bar.gate: stage
    for stage, bars in (
        (stills.SHEET, thresholds.SHEETS),
        (shot_plans.STAGE, thresholds.STORY),
        (stills.KEYFRAME, thresholds.KEYFRAMES),
        (clips.STAGE, thresholds.CLIPS),
        (sounds.VOICE, thresholds.VOICES),
        (sounds.CUE, thresholds.MUSIC),
        (mixes.STAGE, thresholds.MIX),
        (masters.STAGE, thresholds.MASTER),
    )
    for bar in bars
}

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
    stage = GATE_STAGES.get(gate)
    if stage is None:
        raise PlanError(f"no gate {gate!r}; there are {', '.join(sorted(GATE_STAGES))}")
    match = _SUBJECT.fullmatch(key)
    if match is None:
        raise PlanError(f"{key!r} names no shot, line, scene, episode or character")
    episode = EpisodeKey.parse(match["episode"])
    found = _standing(studio, episode, stage)
    for order, outcome in found:
        if key not in (order.subject, f"{episode}-{order.subject}"):
            continue
        if outcome is None:
            raise PlanError(f"{key} has no {stage} take yet, so there is nothing to pass")
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


def _standing(studio: Studio, episode: EpisodeKey, stage: str) -> list[tuple[Order[Any], Outcome | None]]:
    """Return what stands for every order of a stage; a sheet's key reads like an episode's.

    Raises:
        PlanError: There is no such project or episode on record.
    """
    if stage == stills.SHEET:
        project = story.load_project(studio.database, episode.project)
        if project is None:
            raise PlanError(f"there is no project {episode.project!r} on record")
        orders = stills.sheet_orders(project, studio.engines(project).sheets)
        return list(zip(orders, studio.look(orders), strict=True))
    known = [text for text, _title in story.list_titles(studio.database)]
    if str(episode) not in known:
        raise PlanError(f"there is no episode {episode} on record. {did_you_mean(str(episode), known)}")
    return saved_work(studio, episode).look_at(stage)
