"""Having the failures of a workflow or a server forgotten, on record, so that it is used again at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.learning.breaker import BreakerState
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages.routing import breakers_of
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.workflow_library import list_workflows
from tower_anime_assets.store import profiles
from tower_anime_assets.workflows.workflow import COMFYUI

ALL = "all"


@dataclass(frozen=True)
class ClearedBreakers:
    """What was forgotten.

    Attributes:
        subject: The engine, the server's address, or "" for everything.
        at: Failures up to this time count no more.
        in_use_again: The breakers that this ended, by engine name, as they were.
    """

    subject: str
    at: datetime
    in_use_again: dict[str, BreakerState]


def clear_breakers(studio: Studio, name: str, who: str, why: str = "") -> ClearedBreakers:
    """Have the failures of a workflow, of a server or of all forgotten.

    Runs follow at once, also those that wait.

    Args:
        studio: The studio.
        name: A workflow, the address of a server, or "all".
        who: Who wants it.
        why: For people.

    Raises:
        PlanError: There is no such workflow or server, or `who` is empty.
    """
    if not who.strip():
        raise PlanError("what is cleared is on record with a name: pass --who NAME")
    engines = [f"comfyui:{workflow.name}" for workflow in list_workflows(studio.settings)]
    subject = _subject(studio, name)
    before = _rested(studio, engines)
    at = profiles.record_reset(studio.database, subject, who, why)
    after = _rested(studio, engines)
    return ClearedBreakers(subject, at, {engine: state for engine, state in before.items() if engine not in after})


def _rested(studio: Studio, engines: list[str]) -> dict[str, BreakerState]:
    runs = profiles.list_latest_runs(studio.database, sorted(set(engines)))
    states = breakers_of(runs, datetime.now(UTC))
    return {engine: state for engine, state in states.items() if state.until is not None}


def _subject(studio: Studio, name: str) -> str:
    if name == ALL:
        return ""
    servers = studio.settings.comfyui_servers
    if "://" in name:
        address = name.rstrip("/")
        if address not in servers:
            raise PlanError(f"{name} is none of the servers of COMFYUI_URL ({', '.join(servers) or 'there is none'})")
        return address
    workflows = [workflow for workflow in list_workflows(studio.settings) if workflow.engine == COMFYUI]
    names = {alias: workflow.name for workflow in workflows for alias in (workflow.name, *workflow.aliases)}
    wanted = name.removeprefix("comfyui:")
    if wanted not in names:
        raise PlanError(
            f"there is no workflow {name!r} to clear; expected one, a server's address, or {ALL}. "
            f"{did_you_mean(wanted, names)}"
        )
    return f"comfyui:{names[wanted]}"
