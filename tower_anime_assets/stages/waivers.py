"""Waivers: a person's recorded decision to pass a take that a gate rejected, with name and reason."""

from __future__ import annotations

import re
from typing import Any

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.delivery import MAIN
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import STAGE_OF_GATE, STAGES
from tower_anime_assets.stages.rulings import TakeDecision, as_seen
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import FoundTake, ProjectRun, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story, takes, verdicts, waivers
from tower_anime_assets.store.takes import TAKE_ID, Take

_SUBJECT = re.compile(r"(?P<episode>[a-z0-9_]+-[a-z0-9_]+)(?P<rest>-.+)?")


def waive(
    studio: Studio, key: str, gate: str, who: str, why: str, quality: str = "", *, seen: str | None = None
) -> TakeDecision:
    """Record a waiver for the current take of `key`.

    Args:
        studio: The studio.
        key: A shot (`nexus-e01-sc02-sh0030`), line (`nexus-e01-sc02-l003`), scene (`nexus-e01-sc02`), episode
            (`nexus-e01`) or character (`nexus-akira`), for its current take; or a take's id or its beginning.
        gate: The gate to pass.
        who: Who decides.
        why: The reason; not empty.
        quality: The level of quality that the take was made at, "" for the project's own.
        seen: The version of the take's place that the person looked at, see `stages.rulings`; None for that of now.

    Raises:
        PlanError: The gate or take does not exist, or the gate does not reject the take.
        ConflictError: Somebody has decided about the take's place since the person looked.
    """
    if not why.strip():
        raise PlanError("a waiver needs a reason: pass --why TEXT")
    stage = STAGE_OF_GATE.get(gate)
    if stage is None:
        raise PlanError(f"unknown gate {gate!r}; expected one of {', '.join(sorted(STAGE_OF_GATE))}")
    if TAKE_ID.fullmatch(key):
        return _waive_take(studio, key, gate, who, why, seen)
    match = _SUBJECT.fullmatch(key)
    if match is None:
        raise PlanError(f"{key!r} names no shot, line, scene, episode or character")
    episode = EpisodeKey.parse(match["episode"])
    found = _find_takes(studio, episode, stage, quality)
    for finishing in (one for one in STAGES if one.finishes is stage):  # the gates of what it finishes judge its takes
        found = _with_rejected(found, _find_takes(studio, episode, finishing, quality), gate)
    for order, outcome in found:
        if key not in (order.subject, f"{episode}-{order.subject}"):
            continue
        seen = as_seen(studio, order.position, seen)
        if outcome is None:
            raise PlanError(f"{key} has no {stage.name} take yet, so there is nothing to waive")
        failed = sorted({verdict.gate for verdict in outcome.failed})
        if gate not in failed:
            state = f"it fails {', '.join(failed)}" if failed else "every gate passes it"
            raise PlanError(f"{gate} does not reject {key}: {state}")
        waiver = _record(studio, outcome.take, gate, who, why, seen)
        rest = [name for name in failed if name != gate]
        after = f"; it still fails {', '.join(rest)}" if rest else "; it is accepted now"
        if not rest and (waits := episode_waits(studio, episode, stage, quality)):
            after += f". {waits}"
        elif not rest and stage.deliver is not None:
            delivered = stage.deliver(studio, order.subject, outcome.take, quality=order.brief.delivery.quality)
            after += f" and delivered: {delivered[MAIN]}"
        return TakeDecision(outcome.take.id, waiver, f"{key}: {gate} waived by {who} for take {outcome.take.id}{after}")
    subjects = ", ".join(order.subject for order, _outcome in found[:40])
    raise PlanError(f"{gate} does not judge {key!r}; it judges {subjects}")


def episode_waits(studio: Studio, episode: EpisodeKey, stage: Stage[Any], quality: str) -> str:
    """Return what of an episode's stage waits for whose approval, a sentence; "" for nothing."""
    return "" if stage is SHEETS else saved_episode(Run(studio, quality=quality), episode).waits_for_approval(stage)


def _record(studio: Studio, take: Take, gate: str, who: str, why: str, seen: str) -> str:
    """Record a waiver, and return its id, which is the version of the take's place with it."""
    place = take.position
    return waivers.record_waiver(studio.database, take.id, gate, who, why, place=place, seen=seen).id


def _waive_take(studio: Studio, take_id: str, gate: str, who: str, why: str, seen: str | None) -> TakeDecision:
    """Record a waiver for one take, in use or not.

    Raises:
        PlanError: There is no such take (UnknownKeyError), or the gate does not reject it.
    """
    found = takes.find_by_prefix(studio.database, take_id)
    if len(found) != 1:
        raise UnknownKeyError(f"{take_id} {'names several takes' if found else 'is no take on record'}")
    (take,) = found
    seen = as_seen(studio, take.position, seen)
    failed = {one.gate for one in verdicts.find_latest(studio.database, [take.id]).get(take.id, ()) if not one.passed}
    if gate not in failed:  # it may by the bars of now
        orders = _find_takes(studio, EpisodeKey(take.project_id, take.episode_id), STAGE_OF_GATE[gate], "")
        now = next((outcome for _order, outcome in orders if outcome is not None and outcome.take.id == take.id), None)
        failed = {one.gate for one in now.failed} if now is not None else failed
    if gate not in failed:
        state = f"it fails {', '.join(sorted(failed))}" if failed else "every gate passes it"
        raise PlanError(f"{gate} does not reject take {take.id}: {state}")
    waiver = _record(studio, take, gate, who, why, seen)
    rest = failed - {one.gate for one in waivers.find_by_takes(studio.database, [take.id])}
    after = f"it still fails {', '.join(sorted(rest))}" if rest else "it is accepted now"
    return TakeDecision(take.id, waiver, f"{gate} waived by {who} for {take.stage} take {take.id}; {after}")


def _with_rejected(current: list[FoundTake], finished: list[FoundTake], gate: str) -> list[FoundTake]:
    """Return current takes, with finished ones in the places of those that they finish where the gate rejects them."""
    rejected = {
        order.subject: (order, outcome)
        for order, outcome in finished
        if outcome is not None and gate in {verdict.gate for verdict in outcome.failed}
    }
    return [rejected.get(order.subject, (order, outcome)) for order, outcome in current]


def _find_takes(studio: Studio, episode: EpisodeKey, stage: Stage[Any], quality: str) -> list[FoundTake]:
    """Return a stage's orders with their current takes; a character sheet's key has the form of an episode's.

    Raises:
        PlanError: The project or episode is not in the database.
    """
    run = Run(studio, quality=quality)
    if stage is SHEETS:
        project = story.load_project(studio.database, episode.project)
        if project is None:
            raise PlanError(f"project {episode.project!r} is not in the database: materialize `characters` first")
        return ProjectRun(run, project, studio.engines(project)).find(stage)
    keys = [text for text, _title in story.list_titles(studio.database)]
    if str(episode) not in keys:
        raise PlanError(f"episode {episode} is not in the database. {did_you_mean(str(episode), keys)}")
    return saved_episode(run, episode).find(stage, partial=True)
