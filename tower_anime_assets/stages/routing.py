"""Routing of shots to workflows: the inputs of the ranking, gathered from registry, servers, record and rules.

The ranking itself is `production.learning.ranking`. Nothing is written here except the daily profiles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.animatic.painter.engine import EmbeddedPainter
from tower_anime_assets.clients.comfyui import ComfyUIClient, SystemStats
from tower_anime_assets.engines.remote.comfyui import preflight
from tower_anime_assets.errors import PlanError, ServiceError
from tower_anime_assets.production.learning.breaker import BreakerState, RunResult, breaker_state
from tower_anime_assets.production.learning.candidates import (
    Candidate,
    ShotRequirements,
    shot_type,
    unknown_workflow_messages,
)
from tower_anime_assets.production.learning.profiles import Profiles
from tower_anime_assets.production.learning.ranking import Ranking, rank_candidates
from tower_anime_assets.production.planning.shots import Framing, Purpose, Shot
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.model import Lora, Project, Routing
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.init_images import starts_from_picture
from tower_anime_assets.store import profiles
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.registry import load_registry_for
from tower_anime_assets.workflows.workflow import COMFYUI, EMBEDDED, Workflow

IMAGE, VIDEO = "image", "video"
MEDIUM_OF_ENGINES: Mapping[str, str] = {"keyframes": IMAGE, "clips": VIDEO}
"""Medium by the kind of engine that makes it, as in `engines:` of project.yaml."""


@dataclass(frozen=True)
class _EmbeddedEngine:
    """An embedded engine: its name in decisions, and seconds per megapixel and frame, measured on two cores."""

    engine: str
    pace: float


_EMBEDDED_ENGINES: Mapping[str, _EmbeddedEngine] = {
    IMAGE: _EmbeddedEngine(EmbeddedPainter.name, 1.5),
    VIDEO: _EmbeddedEngine(EmbeddedAnimator.name, 0.06),
}


@dataclass(frozen=True)
class ServerHealth:
    """The state of a ComfyUI server.

    Attributes:
        detail: Its version and graphics card, or why it cannot be used now.
        card_bytes: Graphics memory; 0 without a card.
        missing: What each workflow needs and the server lacks, by workflow name; workflows it can run are left out.
    """

    url: str
    is_up: bool
    detail: str
    card_bytes: int = 0
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def examine_servers(
    settings: Settings, workflows: Iterable[Workflow], checkpoint: str = ""
) -> tuple[ServerHealth, ...]:
    """Return the state of each configured server and what it lacks for each workflow.

    Args:
        settings: Names the servers.
        workflows: The workflows to check; those that are not routable are skipped.
        checkpoint: The checkpoint file that the project's style names instead of the workflows' own, "" for none.
    """
    routable = [workflow for workflow in workflows if workflow.is_routable and workflow.graph]
    servers = settings.comfyui_servers
    with ThreadPoolExecutor(max(1, len(servers))) as pool:  # side by side: a server that is down costs seconds
        return tuple(pool.map(lambda url: _examine_server(settings, url, routable, checkpoint), servers))


def _examine_server(settings: Settings, url: str, workflows: Sequence[Workflow], checkpoint: str) -> ServerHealth:
    client = ComfyUIClient(url, settings.auth_token, caches_node_info=True)
    try:
        stats = client.system_stats()
        lacks = {workflow.name: _missing_for(client, stats, workflow, checkpoint) for workflow in workflows}
    except ServiceError as error:
        return ServerHealth(url, False, str(error))
    finally:
        client.close()
    card = 0 if stats.is_cpu else stats.vram_total_bytes
    detail = f"ComfyUI {stats.version} on {stats.device}"
    return ServerHealth(url, True, detail, card, {name: lacking for name, lacking in lacks.items() if lacking})


def _missing_for(client: ComfyUIClient, stats: SystemStats, workflow: Workflow, checkpoint: str) -> tuple[str, ...]:
    """Return what a server lacks for a workflow; graphics memory in use at the moment does not count."""
    models = preflight.resolve_models(workflow, checkpoint) if workflow.medium == IMAGE else {}
    problems = preflight.find_problems(client, workflow, models=models, stats=stats)
    return tuple(str(problem) for problem in problems if problem.subject != "video memory")


# Candidates -----------------------------------------------------------------------------------------------------------


def candidates(workflows: Iterable[Workflow], servers: Sequence[ServerHealth]) -> tuple[Candidate, ...]:
    """Return the ComfyUI workflows as candidates, with what the servers lack for each."""
    return tuple(_candidate(workflow, servers) for workflow in workflows if workflow.engine == COMFYUI)


def embedded(workflows: Iterable[Workflow], why_aside: str = "") -> tuple[Candidate, ...]:
    """Return the embedded engines in a registry as candidates; they need no service.

    Args:
        workflows: Entries of a registry.
        why_aside: Why they are used only where a writer pins them, "" if they need no pin.
    """
    return tuple(
        Candidate(
            name=item.name,
            engine=_EMBEDDED_ENGINES[item.medium].engine,
            medium=item.medium,
            capabilities=item.capabilities,
            quality=item.priors.quality,
            pace=_EMBEDDED_ENGINES[item.medium].pace,
            supports_loras=False,
            aliases=(EMBEDDED, _EMBEDDED_ENGINES[item.medium].engine, *item.aliases),
            only_if_pinned=why_aside,
        )
        for item in workflows
        if item.engine == EMBEDDED and item.medium in _EMBEDDED_ENGINES
    )


def _candidate(workflow: Workflow, servers: Sequence[ServerHealth]) -> Candidate:
    lengths = workflow.lengths
    up = [server for server in servers if server.is_up]
    able = [server for server in up if not server.missing.get(workflow.name)]
    lacks: tuple[str, ...] = ()
    if up and not able:
        lacks = _merge_missing(up, workflow.name)
    down = "; ".join(f"{server.url} does not answer: {server.detail}" for server in servers)
    return Candidate(
        name=workflow.name,
        engine=f"comfyui:{workflow.name}",
        medium=workflow.medium,
        capabilities=workflow.capabilities,
        quality=workflow.priors.quality,
        pace=workflow.priors.seconds_per_megapixel_frame,
        vram_bytes=workflow.priors.vram_bytes,
        base_model=workflow.base_model,
        status=workflow.status,
        size_multiple_px=workflow.sizes.multiple_px,
        min_px=workflow.sizes.min_px,
        max_pixels=workflow.sizes.max_pixels,
        frame_step=lengths.step if lengths else 0,
        frame_offset=lengths.offset if lengths else 0,
        max_frames=lengths.max_frames if lengths else 0,
        needs_init_image="image" in workflow.bindings,
        fps=lengths.fps if lengths and "fps" not in workflow.bindings else 0.0,
        card_bytes=max((server.card_bytes for server in able or up), default=0),
        missing_on_servers=lacks,
        down_reason="" if up else down or "no ComfyUI server is configured: set COMFYUI_URL",
        aliases=workflow.aliases,
    )


def _merge_missing(servers: Sequence[ServerHealth], workflow: str) -> tuple[str, ...]:
    """Return what servers lack for a workflow, one line per missing thing, with the servers that lack it."""
    without: dict[str, list[str]] = {}
    for server in servers:
        for missing in server.missing[workflow]:
            without.setdefault(missing, []).append(server.url)
    return tuple(f"{_server_names(urls, len(servers))}: {missing}" for missing, urls in without.items())


def _server_names(urls: Sequence[str], of: int) -> str:
    if len(urls) == of > 1:
        return "both servers" if of == 2 else f"all {of} servers"
    return ", ".join(urls)


# Requests -------------------------------------------------------------------------------------------------------------


def requirements_of(project: Project, shot: Shot, medium: str) -> ShotRequirements:
    """Return what a shot needs of the workflow that makes its keyframe ("image") or its clip ("video")."""
    speaks = medium == VIDEO and any(span.on_screen for span in shot.speech)
    pins, pinned_by = pins_of(project.routing, shot)
    has_start = medium == IMAGE and starts_from_picture(project, shot)
    width_px, height_px = project.delivery.working_px
    return ShotRequirements(
        subject=shot.key,
        medium=medium,
        has_init_image=medium == VIDEO or has_start,
        capabilities=_FROM_A_PICTURE if has_start else _capabilities(shot, medium),
        shot_type=shot_type(shot.framing, speaks=speaks),
        width_px=width_px,
        height_px=height_px,
        frames=shot.frames if medium == VIDEO else 1,
        fps=project.delivery.fps,
        loras=_loras(project, shot) if medium == IMAGE else {},
        pins=pins,
        pinned_by=pinned_by,
        position=_position(shot.key),
    )


def pins_of(rules: Routing, shot: Shot) -> tuple[tuple[str, ...], str]:
    """Return the pins that hold for a shot, the nearest first, and who set them."""
    parts = shot.key.split("-")[1:]
    places = ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
    place_pins = [rules.pins[place] for place in (*places, shot.framing) if place in rules.pins]
    sources = [*(["the script"] if shot.engines else []), *(["the project's routing"] if place_pins else [])]
    return (*shot.engines, *place_pins), " and ".join(sources)


_FROM_PROMPT = ("text_to_image", "anime_generation")
_FROM_A_PICTURE = ("image_editing",)


def _capabilities(shot: Shot, medium: str) -> tuple[str, ...]:
    if medium == IMAGE:
        return _FROM_PROMPT
    is_empty = not shot.subjects and (shot.purpose is Purpose.ESTABLISHING or shot.framing is Framing.WIDE)
    return ("image_to_video", "text_to_video") if is_empty else ("image_to_video",)


def _loras(project: Project, shot: Shot) -> dict[str, str]:
    """Return the base model of each LoRA that a keyframe of the shot is made with, by file."""
    cast = (project.character(subject.character).lora for subject in shot.subjects)
    files: list[Lora] = [lora for lora in cast if lora is not None] + list(project.style.loras)
    return {lora.file: lora.base_model for lora in files}


def _position(key: str) -> int:
    """Return a number for a shot's place in the story: neighbours are one apart, and it never changes."""
    at = ShotKey.parse(key)
    return int(at.scene[2:]) + int(at.shot[2:]) // 10


# Ranking --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Router:
    """Everything that a project's shots are ranked by, at one moment.

    Attributes:
        project: The show, with the operator's overrides in its routing rules.
        candidates: The workflows that may be chosen or pinned, by medium.
        profiles: Past results, aged to `now`.
        breakers: The circuit breaker of each engine, by engine name.
        now: When the router was built.
        dormant: Why pins of workflows do not apply, by medium; media whose pins apply are left out.
        workflows: Names of all ComfyUI workflows.
        ranked_so_far: What this router has chosen, as (shot type, engine) by medium and shot. All shots of a stage are
            ranked before any is made; this keeps them from all trying the same new workflow.
    """

    project: Project
    candidates: Mapping[str, tuple[Candidate, ...]]
    profiles: Profiles
    breakers: Mapping[str, BreakerState]
    now: datetime
    dormant: Mapping[str, str] = field(default_factory=dict)
    workflows: frozenset[str] = frozenset()
    ranked_so_far: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def rank(self, shot: Shot, medium: str) -> Ranking:
        """Return the ranking of all workflows that could make a shot's keyframe ("image") or clip ("video").

        Raises:
            PlanError: No workflow can make it, or the pinned one cannot; the message says what each lacks.
            ServiceUnavailableError: The servers of those that could do not answer.
        """
        requirements = requirements_of(self.project, shot, medium)
        if medium == IMAGE and self._is_drawn_here(shot):
            requirements = replace(requirements, has_init_image=False, capabilities=_FROM_PROMPT)
        dormant_pins = tuple(pin for pin in requirements.pins if medium in self.dormant and pin in self.workflows)
        note = (
            f"{requirements.pinned_by} pins {', '.join(dormant_pins)}: {self.dormant[medium]}" if dormant_pins else ""
        )
        requirements = replace(requirements, pins=tuple(pin for pin in requirements.pins if pin not in dormant_pins))
        all_candidates = (
            *self.candidates[medium],
            *(one for other in self.candidates if other != medium for one in self.candidates[other]),
        )
        current = (medium, shot.key)
        others = Counter(
            engine
            for key, (kind, engine) in self.ranked_so_far.items()
            if key != current and kind == requirements.shot_type
        )
        ranking = rank_candidates(
            requirements, all_candidates, self.profiles, self.project.routing, self.now, self.breakers, others
        )
        self.ranked_so_far[current] = (requirements.shot_type, ranking.chosen.engine)
        return replace(ranking, note=note)

    def starts_from_picture(self, shot: Shot) -> bool:
        """Return whether a shot's keyframe is made from an init image; never if the embedded painter draws it."""
        return starts_from_picture(self.project, shot) and not self._is_drawn_here(shot)

    def _is_drawn_here(self, shot: Shot) -> bool:
        """Return whether the embedded painter draws a shot: no service is configured, or the painter is pinned."""
        if IMAGE in self.dormant:
            return True
        by_name = {name: one for one in self.candidates[IMAGE] for name in (one.name, *one.aliases)}
        pin = next((pin for pin in pins_of(self.project.routing, shot)[0] if pin in by_name), "")
        return pin != "" and by_name[pin].engine == EmbeddedPainter.name


def open_router(
    project: Project, settings: Settings, database: Database, media: Sequence[str] = (IMAGE, VIDEO)
) -> Router:
    """Update the workflow profiles from the record, then return a project's router for the current state.

    Args:
        project: The show.
        settings: Names the servers and the operator's overrides.
        database: The record.
        media: "image", "video" or both; servers are asked only about workflows of these.

    Raises:
        PlanError: The rules name unknown workflows; the message lists them all.
        StoryError: Workflow files are wrong; the error lists every fault.
        ServiceUnavailableError: The database does not answer.
    """
    registry = load_registry_for(settings, project.id)
    names = frozenset(name for item in registry.all() for name in (item.name, *item.aliases))
    embedded_names = frozenset(name for one in embedded(registry.all()) for name in (one.name, *one.aliases))
    project = replace(project, routing=rules_of(project, settings, names | embedded_names))
    remote = {medium: _is_remote(project, settings, medium) for medium in media}
    comfyui_workflows = [item for item in registry.all() if item.engine == COMFYUI and remote.get(item.medium)]
    profiles.refresh_profiles(database)
    now = datetime.now(UTC)
    runs = profiles.list_latest_runs(database, [f"comfyui:{workflow.name}" for workflow in comfyui_workflows])
    servers = [
        _with_breaker(server, runs, now)
        for server in examine_servers(settings, comfyui_workflows, project.style.checkpoint)
    ]
    candidates_by_medium = {
        medium: _candidates_for(medium, is_remote, registry.all(), servers) for medium, is_remote in remote.items()
    }
    engines = [one.engine for options in candidates_by_medium.values() for one in options]
    return Router(
        project,
        candidates_by_medium,
        profiles.list_tallies(database, engines, now, project.routing.half_life_days),
        breakers_of(runs, now),
        now,
        {medium: _DORMANT_REASON for medium, is_remote in remote.items() if not is_remote},
        names - embedded_names,
    )


_DORMANT_REASON = "not in force while an embedded engine makes it"


def rules_of(project: Project, settings: Settings, names: Iterable[str]) -> Routing:
    """Return a project's rules with the operator's overrides.

    Args:
        names: Every name of a workflow.

    Raises:
        PlanError: The rules name unknown workflows; the message lists them all.
    """
    rules = replace(
        project.routing,
        strategy=settings.routing_strategy or project.routing.strategy,
        blocked=(*project.routing.blocked, *settings.routing_blocked),
    )
    faults = unknown_workflow_messages(rules, sorted(names))
    if faults:
        raise PlanError("\n".join([*faults, "`tower workflows list` shows all workflows"]))
    return rules


def _is_remote(project: Project, settings: Settings, medium: str) -> bool:
    """Return whether ComfyUI makes this medium: the project says so, or leaves it open and a server is configured."""
    choice = project.engines.keyframes if medium == IMAGE else project.engines.clips
    return choice == "comfyui" or (choice == "auto" and bool(settings.comfyui_servers))


def _candidates_for(
    medium: str, is_remote: bool, workflows: Sequence[Workflow], servers: Sequence[ServerHealth]
) -> tuple[Candidate, ...]:
    here = [item for item in workflows if item.medium == medium]
    if not is_remote:
        return embedded(here)
    return (*candidates(here, servers), *embedded(here, "a configured service is not replaced unless it is pinned"))


# Breakers -------------------------------------------------------------------------------------------------------------


def _is_server_failure(run: RunResult) -> bool:
    """Return whether a run failed because its server was unavailable, which is not the workflow's fault."""
    return run.failed and run.why.startswith("ServiceUnavailable")


def breakers_of(runs: Sequence[profiles.EngineRun], now: datetime) -> dict[str, BreakerState]:
    """Return the circuit breaker of each workflow after its latest runs, by engine name."""
    by_engine: dict[str, list[RunResult]] = {}
    for run in runs:
        if not _is_server_failure(run.run):
            by_engine.setdefault(run.engine, []).append(run.run)
    return {engine: breaker_state(results, now) for engine, results in by_engine.items()}


def _with_breaker(server: ServerHealth, runs: Sequence[profiles.EngineRun], now: datetime) -> ServerHealth:
    """Return a server, marked as down while its circuit breaker is open because it failed repeatedly."""
    server_runs = sorted((one.run for one in runs if one.server == server.url), key=lambda run: run.at)
    breaker = breaker_state([replace(run, failed=_is_server_failure(run)) for run in server_runs], now)
    if breaker.state != "open" or breaker.until is None:
        return server
    return replace(server, is_up=False, detail=f"set aside until {breaker.until:%H:%M} UTC after {breaker.why}")
