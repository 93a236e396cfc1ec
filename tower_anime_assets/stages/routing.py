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
from tower_anime_assets.engines.factory import service_of
from tower_anime_assets.engines.remote.comfyui import preflight
from tower_anime_assets.errors import PlanError, ServiceError
from tower_anime_assets.production.attempt import ReportWait, ignore_wait
from tower_anime_assets.production.learning.breaker import BreakerState, RunResult, breaker_state
from tower_anime_assets.production.learning.candidates import (
    Candidate,
    ShotRequirements,
    shot_type,
    unknown_workflow_messages,
    why_unusable,
)
from tower_anime_assets.production.learning.profiles import Profiles
from tower_anime_assets.production.learning.ranking import Ranking, rank_candidates
from tower_anime_assets.production.planning.briefs import UpscaleBrief
from tower_anime_assets.production.planning.reframing import fit_of
from tower_anime_assets.production.planning.shots import Framing, Purpose, Shot
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.model import Project, Routing
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import shot_pictures
from tower_anime_assets.stages.init_images import PREVIOUS, starts_from_picture
from tower_anime_assets.stages.shots import shot_loras
from tower_anime_assets.store import profiles
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.model_choice import CHECKPOINT_FOLDER
from tower_anime_assets.workflows.registry import load_registry_for
from tower_anime_assets.workflows.workflow import COMFYUI, EMBEDDED, REFERENCE_ROLES, Workflow

IMAGE, VIDEO, UPSCALED, INTERPOLATED = "image", "video", "upscaled video", "interpolated video"
MEDIUM_OF_ENGINES: Mapping[str, str] = {
    "keyframes": IMAGE,
    "clips": VIDEO,
    "upscale": UPSCALED,
    "interpolate": INTERPOLATED,
}
"""Medium by the kind of engine that makes it, as in `engines:` of project.yaml."""

_ENGINES_OF_MEDIUM = {medium: kind for kind, medium in MEDIUM_OF_ENGINES.items()}
_FINISHING_CAPABILITIES: Mapping[str, str] = {UPSCALED: "super_resolution", INTERPOLATED: "frame_interpolation"}
"""Capability by medium, of workflows that take a clip and return one."""


def medium_of(workflow: Workflow) -> str:
    """Return what a workflow makes, as the ranking sees it: videos made of videos are media of their own."""
    for medium, capability in _FINISHING_CAPABILITIES.items():
        if workflow.medium == VIDEO and capability in workflow.capabilities:
            return medium
    return workflow.medium


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
        missing_loras: What it says of every LoRA file that it lacks, by file.
        taken: The model files that are taken there instead of those that are wanted, in words, by workflow name.
    """

    url: str
    is_up: bool
    detail: str
    card_bytes: int = 0
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing_loras: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def examine_servers(
    settings: Settings,
    workflows: Iterable[Workflow],
    checkpoint: str = "",
    loras: Sequence[str] = (),
    report: ReportWait = ignore_wait,
) -> tuple[ServerHealth, ...]:
    """Return the state of each configured server and what it lacks for each workflow.

    Args:
        settings: Names the servers.
        workflows: The workflows to check; those without a graph are skipped.
        checkpoint: The checkpoint file that the project's style names instead of the workflows' own, "" for none.
        loras: Files of the LoRAs that the project names.
        report: Told while a server is waited for; from any thread.
    """
    with_graph = [workflow for workflow in workflows if workflow.graph]
    servers = settings.comfyui_servers
    with ThreadPoolExecutor(max(1, len(servers))) as pool:  # side by side: a server that is down costs seconds
        return tuple(
            pool.map(lambda url: _examine_server(settings, url, with_graph, checkpoint, loras, report), servers)
        )


def _examine_server(
    settings: Settings,
    url: str,
    workflows: Sequence[Workflow],
    checkpoint: str,
    loras: Sequence[str],
    report: ReportWait,
) -> ServerHealth:
    client = ComfyUIClient(url, settings.token_of("comfyui"), caches_node_info=True)
    try:
        with client.attended_by(report):
            stats = client.system_stats()
            found = {workflow.name: _inspect(client, stats, workflow, checkpoint) for workflow in workflows}
            with_loras = next((workflow for workflow in workflows if workflow.lora_after), None)
            missing_loras = preflight.missing_lora_files(client, with_loras, loras) if loras and with_loras else {}
    except ServiceError as error:
        return ServerHealth(url, False, str(error))
    finally:
        client.close()
    card = 0 if stats.is_cpu else stats.vram_total_bytes
    free = "" if stats.is_cpu else f", {stats.vram_free_bytes / 1e9:.1f} of {card / 1e9:.1f} GB free"
    detail = f"ComfyUI {stats.version} on {stats.device}{free}"
    return ServerHealth(
        url,
        True,
        detail,
        card,
        {name: tuple(map(str, one.problems)) for name, one in found.items() if one.problems},
        {file: str(told) for file, told in missing_loras.items()},
        {name: one.taken for name, one in found.items() if one.taken},
    )


def _inspect(
    client: ComfyUIClient, stats: SystemStats, workflow: Workflow, checkpoint: str
) -> preflight.WorkflowInspection:
    models = preflight.resolve_models(workflow, checkpoint if workflow.medium == IMAGE else "")
    return preflight.inspect_workflow(client, workflow, models=models, stats=stats)


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
    down = "; ".join(f"{server.url} does not answer: {server.detail}" for server in servers if not server.is_up)
    return Candidate(
        name=workflow.name,
        engine=f"comfyui:{workflow.name}",
        medium=medium_of(workflow),
        capabilities=workflow.capabilities,
        quality=workflow.priors.quality,
        pace=workflow.priors.seconds_per_megapixel_frame,
        vram_bytes=workflow.priors.vram_bytes,
        min_vram_bytes=workflow.priors.min_vram_bytes,
        supports_loras=bool(workflow.lora_after),
        takes_checkpoint=workflow.medium == IMAGE and any(item.folder == CHECKPOINT_FOLDER for item in workflow.models),
        lora_gaps=tuple(
            {file: f"{server.url}: {problem}" for file, problem in server.missing_loras.items()}
            for server in able or up
        ),
        base_model=workflow.base_model,
        status=workflow.status,
        gaps=workflow.gaps,
        fixed_px=workflow.sizes.fixed_px,
        size_multiple_px=workflow.sizes.multiple_px,
        min_px=workflow.sizes.min_px,
        max_pixels=workflow.sizes.max_pixels,
        frame_step=lengths.step if lengths else 0,
        frame_offset=lengths.offset if lengths else 0,
        max_frames=lengths.max_frames if lengths else 0,
        needs_init_image="image" in workflow.bindings,
        picture_roles=workflow.picture_roles,
        fps=lengths.fps if lengths and "fps" not in workflow.bindings else 0.0,
        card_bytes=max((server.card_bytes for server in able or up), default=0),
        missing_on_servers=lacks,
        down_reason="" if able else down or ("" if up else "no ComfyUI server is configured: set COMFYUI_URL"),
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


def _unused_checkpoint(ranking: Ranking) -> str:
    chosen, checkpoint = ranking.chosen, ranking.requirements.checkpoint
    if not checkpoint or chosen.takes_checkpoint or not chosen.engine.startswith(f"{COMFYUI}:"):
        return ""
    return f"the style's checkpoint {checkpoint} is not used: {chosen.name} loads models of its own"


def requirements_of(
    project: Project,
    shot: Shot,
    medium: str,
    following: Shot | None = None,
    reference_counts: frozenset[int] = shot_pictures.ALL_REFERENCE_COUNTS,
) -> ShotRequirements:
    """Return what a shot needs of the workflow that makes its keyframe or its clip, or finishes the clip.

    Args:
        project: The show.
        shot: The shot.
        medium: One of the values of `MEDIUM_OF_ENGINES`.
        following: The shot after it in its scene, None for the last one.
        reference_counts: Numbers of characters that there are workflows with references for.
    """
    if medium in _FINISHING_CAPABILITIES:
        return _finishing_requirements(project, shot, medium)
    speaks = medium == VIDEO and any(span.on_screen for span in shot.speech)
    pins, pinned_by = pins_of(project.routing, shot)
    has_start = medium == IMAGE and starts_from_picture(project, shot)
    width_px, height_px = project.delivery.working_px
    capabilities = _FROM_A_PICTURE if has_start else _capabilities(shot, medium)
    also: tuple[tuple[str, ...], ...] = ()
    pictures = shot_pictures.keyframe_pictures(project, shot)
    if medium == IMAGE:
        capabilities, also = shot_pictures.required_capabilities(
            project, shot, capabilities, has_start=has_start, reference_counts=reference_counts
        )
    elif following is not None and project.engines.keyframes_from != PREVIOUS:
        pictures = frozenset({"end_image"})
    return ShotRequirements(
        subject=shot.key,
        medium=medium,
        has_init_image=medium == VIDEO or has_start,
        capabilities=capabilities,
        also=also,
        pictures=pictures,
        shot_type=shot_type(shot.framing, speaks=speaks),
        width_px=width_px,
        height_px=height_px,
        frames=shot.frames if medium == VIDEO else 1,
        fps=project.delivery.fps,
        loras=shot_loras(project, shot),
        checkpoint=project.style.checkpoint if medium == IMAGE else "",
        pins=pins,
        pinned_by=pinned_by,
        position=_position(shot.key),
        takes_any_rate=project.engines.interpolate != "off",
    )


def _finishing_requirements(project: Project, shot: Shot, medium: str) -> ShotRequirements:
    """Return what a shot needs of the workflow that upscales or interpolates its clip."""
    pins, pinned_by = pins_of(project.routing, shot)
    width_px, height_px = project.delivery.working_px
    fit = fit_of(project.delivery, shot)
    if medium == UPSCALED and fit is not None:
        width_px, height_px = UpscaleBrief(
            "", shot.frames, project.delivery.fps, width_px, height_px, fit, ""
        ).scaled_px
    return ShotRequirements(
        subject=shot.key,
        medium=medium,
        capabilities=(_FINISHING_CAPABILITIES[medium],),
        shot_type=medium,
        width_px=width_px,
        height_px=height_px,
        frames=shot.frames,
        fps=project.delivery.fps,
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
        servers: The ComfyUI servers, as they were found.
    """

    project: Project
    candidates: Mapping[str, tuple[Candidate, ...]]
    profiles: Profiles
    breakers: Mapping[str, BreakerState]
    now: datetime
    dormant: Mapping[str, str] = field(default_factory=dict)
    workflows: frozenset[str] = frozenset()
    ranked_so_far: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    servers: tuple[ServerHealth, ...] = ()

    def assuming_servers(self) -> Router:
        """Return the router as it would rank if servers that do not answer had all that any workflow needs."""
        if all(server.is_up for server in self.servers):
            return self
        assumed = {
            medium: tuple(replace(one, down_reason="", missing_on_servers=(), lora_gaps=()) for one in here)
            for medium, here in self.candidates.items()
        }
        return replace(self, candidates=assumed)

    def try_rank(self, shot: Shot, medium: str, following: Shot | None = None) -> Ranking:
        """Return the ranking for a shot as `rank` does, without counting it as chosen.

        Raises:
            PlanError: As `rank`.
            ServiceUnavailableError: As `rank`.
        """
        return replace(self, ranked_so_far={}).rank(shot, medium, following)

    def rank(self, shot: Shot, medium: str, following: Shot | None = None) -> Ranking:
        """Return the ranking of all workflows that could make a shot's keyframe ("image") or clip ("video").

        A pinned workflow may also be one that takes more than a shot ordinarily has: its framing, its characters'
        pictures, the keyframe of the shot that follows in the scene.

        Raises:
            PlanError: No workflow can make it, or the pinned one cannot; the message says what each lacks.
            ServiceUnavailableError: The servers of those that could do not answer.
        """
        counts = self._reference_counts()
        requirements = requirements_of(self.project, shot, medium, following, counts)
        if medium == IMAGE and self._is_drawn_here(shot):
            requirements = replace(requirements, has_init_image=False, capabilities=_FROM_PROMPT, also=())
        dormant_pins = tuple(pin for pin in requirements.pins if medium in self.dormant and pin in self.workflows)
        note = (
            f"{requirements.pinned_by} pins {', '.join(dormant_pins)}: {self.dormant[medium]}" if dormant_pins else ""
        )
        if medium == IMAGE and not self._is_drawn_here(shot):
            note = "; ".join(filter(None, (note, shot_pictures.unmet_likeness(self.project, shot, counts))))
        requirements = replace(requirements, pins=tuple(pin for pin in requirements.pins if pin not in dormant_pins))
        pinned = self._pinned(requirements)
        if pinned is not None and not (medium == IMAGE and self._is_drawn_here(shot)):
            # a pin is nearer than what the show asks of all its shots
            ordinary = requirements_of(shot_pictures.without_wishes(self.project), shot, medium).capabilities
            more = shot_pictures.PINNED_CAPABILITIES[medium] if pinned.picture_roles else ()
            requirements = replace(requirements, capabilities=(*ordinary, *more), also=())
        all_candidates = (
            *self.candidates[medium],
            *(one for other in self.candidates if other != medium for one in self.candidates[other]),
        )
        known = {name for candidate in all_candidates for name in candidate.names}
        elsewhere = {pin for pin in requirements.pins if pin in self.workflows and pin not in known}
        requirements = replace(requirements, pins=tuple(pin for pin in requirements.pins if pin not in elsewhere))
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
        return replace(ranking, note="; ".join(filter(None, (note, _unused_checkpoint(ranking)))))

    def rank_inpainting(self, shot: Shot) -> Ranking:
        """Return the ranking of all workflows that could paint a region of a shot's keyframe anew.

        Raises:
            PlanError: No workflow can; the message says what each lacks.
            ServiceUnavailableError: The servers of those that could do not answer.
        """
        requirements = replace(
            requirements_of(self.project, shot, IMAGE),
            capabilities=("image_inpainting",),
            also=(),
            pictures=frozenset({"mask"}),
            has_init_image=True,
            pins=(),
        )
        return rank_candidates(
            requirements, self.candidates[IMAGE], self.profiles, self.project.routing, self.now, self.breakers
        )

    def _reference_counts(self) -> frozenset[int]:
        takers = [one for one in self.candidates.get(IMAGE, ()) if "character_reference" in one.capabilities]
        return frozenset(len([role for role in one.picture_roles if role in REFERENCE_ROLES]) for one in takers)

    def _pinned(self, requirements: ShotRequirements) -> Candidate | None:
        by_name = {name: one for one in self.candidates[requirements.medium] for name in one.names}
        return next((by_name[pin] for pin in requirements.pins if pin in by_name), None)

    def has_candidate(self, shot: Shot, medium: str) -> bool:
        """Return whether a workflow could make something of a shot, or is pinned for it."""
        requirements = requirements_of(self.project, shot, medium)
        return any(
            candidate.names & set(requirements.pins) or not why_unusable(candidate, requirements, self.project.routing)
            for candidate in self.candidates.get(medium, ())
        )

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


def survey_workflows(
    project: Project,
    settings: Settings,
    media: Sequence[str] = (IMAGE, VIDEO),
    report: ReportWait = ignore_wait,
) -> Router:
    """Return a project's router for the current state of files and servers, without anything that is on record.

    Args:
        project: The show.
        settings: Names the servers and the operator's overrides.
        media: "image", "video" or both; servers are asked only about workflows of these.
        report: Told while a server is waited for; from any thread.

    Raises:
        PlanError: The rules name unknown workflows; the message lists them all.
        StoryError: Workflow files are wrong; the error lists every fault.
    """
    registry = load_registry_for(settings, project.id)
    names = frozenset(name for item in registry.all() for name in (item.name, *item.aliases))
    embedded_names = frozenset(name for one in embedded(registry.all()) for name in (one.name, *one.aliases))
    project = replace(project, routing=rules_of(project, settings, names | embedded_names))
    kinds = {medium: _ENGINES_OF_MEDIUM[medium] for medium in media}
    remote = {medium: service_of(kind, project.engines, settings) == COMFYUI for medium, kind in kinds.items()}
    comfyui_workflows = [item for item in registry.all() if item.engine == COMFYUI and remote.get(medium_of(item))]
    comfyui_workflows = [item for item in comfyui_workflows if item.is_routable]
    servers: tuple[ServerHealth, ...] = ()
    if comfyui_workflows:
        lora_files = [lora.file for lora in project.loras]
        servers = examine_servers(settings, comfyui_workflows, project.style.checkpoint, lora_files, report)
    return Router(
        project,
        {medium: _candidates_for(medium, is_remote, registry.all(), servers) for medium, is_remote in remote.items()},
        {},
        {},
        datetime.now(UTC),
        {medium: _DORMANT_REASON for medium, is_remote in remote.items() if not is_remote},
        names - embedded_names,
        servers=servers,
    )


def open_router(
    project: Project,
    settings: Settings,
    database: Database,
    media: Sequence[str] = (IMAGE, VIDEO),
    report: ReportWait = ignore_wait,
) -> Router:
    """Update the workflow profiles from the record, then return a project's router for the current state.

    Args:
        project: The show.
        settings: Names the servers and the operator's overrides.
        database: The record.
        media: What is made, of the values of `MEDIUM_OF_ENGINES`; servers are asked only about workflows of these.
        report: Told while a server is waited for; from any thread.

    Raises:
        PlanError: The rules name unknown workflows; the message lists them all.
        StoryError: Workflow files are wrong; the error lists every fault.
        ServiceUnavailableError: The database does not answer.
    """
    router = survey_workflows(project, settings, media, report)
    profiles.refresh_profiles(database)
    engines = [one.engine for options in router.candidates.values() for one in options]
    runs = profiles.list_latest_runs(database, [engine for engine in engines if engine.startswith("comfyui:")])
    return replace(
        router,
        profiles=profiles.list_tallies(database, engines, router.now, router.project.routing.half_life_days),
        breakers=breakers_of(runs, router.now),
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


def _candidates_for(
    medium: str, is_remote: bool, workflows: Sequence[Workflow], servers: Sequence[ServerHealth]
) -> tuple[Candidate, ...]:
    here = [item for item in workflows if medium_of(item) == medium]
    if not is_remote:
        return embedded(here)
    return (*candidates(here, servers), *embedded(here, "a configured service is not replaced unless it is pinned"))


# Breakers -------------------------------------------------------------------------------------------------------------


def breakers_of(runs: Sequence[profiles.EngineRun], now: datetime) -> dict[str, BreakerState]:
    """Return the circuit breaker of each workflow after its latest runs, by engine name."""
    by_engine: dict[str, list[RunResult]] = {}
    for run in runs:
        by_engine.setdefault(run.engine, []).append(run.run)
    return {engine: breaker_state(results, now) for engine, results in by_engine.items()}
