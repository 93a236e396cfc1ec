"""Checks of this machine, its services and the shows' files, before anything runs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from tower_anime_assets.engines import factory
from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.engines.remote import music, voice
from tower_anime_assets.engines.remote.comfyui import preflight
from tower_anime_assets.engines.remote.director import echo_brain, ollama
from tower_anime_assets.errors import (
    EXIT_INPUT,
    EXIT_SERVICE,
    MediaError,
    MediaStoreError,
    PlanError,
    ServiceError,
    ServiceUnavailableError,
    StoryError,
    StoryWarning,
    TowerError,
    list_some,
)
from tower_anime_assets.media import ffmpeg, show_files, speech
from tower_anime_assets.media.stores import open_media
from tower_anime_assets.production.attempt import ReportWait, ignore_wait
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.shots import ScenePlan, Shot
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, Settings, resource_root
from tower_anime_assets.stages import exposure, routing
from tower_anime_assets.stages.farm_report import examine_farm
from tower_anime_assets.stages.ingest import check_episode
from tower_anime_assets.stages.media_identity import why_other_media
from tower_anime_assets.stages.model_map_warnings import studio_map_warnings
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.preflight_report import PreflightReport, preflight_report
from tower_anime_assets.stages.routing import survey_workflows
from tower_anime_assets.stages.story_warnings import story_warnings, without_notes
from tower_anime_assets.store import access_tokens, server
from tower_anime_assets.workflows.model_maps import map_file
from tower_anime_assets.workflows.registry import load_registry_for

NEEDED_BYTES = 2_000_000_000
"""Room for a few episodes with all their takes: a two-minute animatic needs about 250 MB."""


@dataclass(frozen=True)
class Check:
    """The result of one check.

    Attributes:
        code: The exit code if the check fails: 2 input, 3 service or machine.
        warnings: What of a show is used otherwise than written; it does not fail the check.
    """

    subject: str
    ok: bool
    message: str
    remedy: str = ""
    code: int = 3
    warnings: tuple[StoryWarning, ...] = ()


def run_checks(settings: Settings) -> list[Check]:
    """Return the results of all checks, in the order in which a run would need them."""
    return [
        _check_python(),
        _try_check("schema files", lambda: str(resource_root() / "sql"), "Install the package again."),
        _try_check("ffmpeg", ffmpeg.executable_path, "Run `make demo` again: it installs imageio-ffmpeg."),
        _try_check("speech", _check_speech, "Run `make demo` again: it installs espeakng-loader."),
        _check_disk(settings),
        _check_media(settings),
        *_check_database(settings),
        *_check_shows(settings),
        *check_model_map(settings),
        *_check_services(settings),
    ]


def refuse_absent_services(settings: Settings, project: Project, report: ReportWait = ignore_wait) -> None:
    """Refuse to start an episode while services that it needs are unavailable; asks each once and writes nothing.

    Args:
        settings: Names the services.
        project: Whose engines decide which it needs.
        report: Told while a ComfyUI server is waited for.

    Raises:
        ServiceUnavailableError: Some do not answer; the message says why. Of several ComfyUI servers, one is enough.
    """
    services = set(factory.resolve_services(project.engines, settings).values()) - {factory.EMBEDDED, factory.OFF}
    reasons = [reason for name in sorted(services) for reason in _unavailable_reasons(name, settings, report)]
    if reasons:
        raise ServiceUnavailableError("\n".join(reasons))


def _unavailable_reasons(name: str, settings: Settings, report: ReportWait) -> Iterator[str]:
    if name != "comfyui":
        try:
            _SERVICE_CHECKS[name](settings)
        except ServiceUnavailableError as error:
            yield str(error)
        except ServiceError:  # it is up; what is wrong with its answers is reported when they are needed
            return
        return
    token = settings.token_of("comfyui")
    reasons = [preflight.unavailable_reason(server, token, report) for server in settings.comfyui_servers]
    if all(reasons):
        yield from reasons


def _try_check(what: str, look: Callable[[], str], remedy: str) -> Check:
    try:
        return Check(what, True, look())
    except TowerError as error:
        return Check(what, False, str(error), remedy)


def _check_speech() -> str:
    sample = speech.synthesize_speech("ready", "", 50, 160)
    return f"espeak-ng works: a test word took {sample.words[-1].end_s:.2f} s of speech"


def _check_python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer.")


def _check_disk(settings: Settings) -> Check:
    folder = settings.home
    try:
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", False, f"cannot read {folder}: {error.strerror}", "Set TOWER_HOME to a folder of yours.")
    message = f"{free / 1e9:.1f} GB free at {folder}"
    return Check("disk", free >= NEEDED_BYTES, message, f"Free some space: {NEEDED_BYTES / 1e9:.0f} GB are needed.")


def _check_media(settings: Settings) -> Check:
    """Check that media can be written and read where they are kept."""
    subject = "media store" if settings.media_url else "media folder"
    try:
        media = open_media(settings)
        media.try_out()
    except MediaStoreError as error:
        return Check(subject, False, str(error), "docs/media.md says how a bucket is reached.")
    except MediaError as error:
        remedy = "Make it writable, or set TOWER_MEDIA_URL or TOWER_HOME to another folder."
        return Check(subject, False, str(error), remedy)
    if not media.is_remote:
        return Check(subject, True, media.address)
    kept = f"{settings.media_cache_bytes / 1e9:.1f} GB of it are kept in {media.root}"
    return Check(subject, True, f"{media.address} can be written and read; at most {kept}")


def _check_database(settings: Settings) -> Iterator[Check]:
    """Check the database, who may use the web server, and who makes runs on other machines: all of it is in it."""
    try:
        with open_studio(settings) as studio:
            status = str(server.read_server_status(settings))
            tokens = access_tokens.list_tokens(studio.database)
            findings = examine_farm(settings, studio.database)
            other_media = _try_check("media store", lambda: why_other_media(studio), "")
    except TowerError as error:
        yield Check("database", False, str(error), "See `tower db status`.")
        return
    yield Check("database", True, status)
    if other_media.ok and other_media.message:  # where it cannot be read, the check before says so
        yield Check("media store", False, other_media.message, "docs/media.md says how media are moved.", EXIT_INPUT)
    try:
        exposure.refuse_unprotected(settings, tokens)
    except PlanError as error:
        yield Check("access", False, str(error), "Until then, `tower up` does not start.", EXIT_INPUT)
        return
    message = exposure.describe_exposure(settings, tokens)
    yield Check("access", True, message, warnings=exposure.exposure_warnings(settings, tokens))
    for one in findings:
        yield Check(one.subject, not one.remedy, one.message, one.remedy, EXIT_SERVICE)


def _check_shows(settings: Settings) -> Iterator[Check]:
    try:
        keys = show_files.list_episodes(settings.projects)
    except TowerError as error:
        yield Check("projects", False, str(error), "Set TOWER_PROJECTS, or create a show: tower init DIR", 2)
        return
    for fault in show_files.check_names(settings.projects):
        yield Check("names", False, str(fault), fault.remedy, 2)
    if not keys:
        yield Check("projects", False, f"no episodes in {settings.projects}", "Create a show: tower init DIR", 2)
    for key in keys:
        try:
            project, episode = check_episode(settings, key)
            warnings = without_notes(story_warnings(project, episode, settings))
            message = f"{episode.title}: {len(episode.scenes)} scenes"
            yield Check(f"episode {key}", True, message, warnings=warnings)
        except StoryError as error:
            yield Check(f"episode {key}", False, "\n".join(list_some(error.faults)), "Correct the lines named.", 2)
        except TowerError as error:
            yield Check(f"episode {key}", False, str(error), "Correct project.yaml or the environment.", 2)


def check_model_map(settings: Settings) -> Iterator[Check]:
    """Return the check of the studio's map of model files, if there is one."""
    if not map_file(settings).exists():
        return
    try:
        warnings = studio_map_warnings(settings, _iter_projects(settings))
    except StoryError as error:
        yield Check("model map", False, "\n".join(list_some(error.faults)), "Correct the lines named.", 2)
        return
    yield Check("model map", True, f"{map_file(settings)}: {len(warnings)} entries without effect", warnings=warnings)


def check_service(settings: Settings, name: str, address: str) -> list[Check]:
    """Return the checks of one service at an address, such as one of several ComfyUI servers."""
    return list(_check_service(replace(settings, services={**settings.services, name: address}), name))


def _check_services(settings: Settings) -> Iterator[Check]:
    for name, variable in SERVICE_URL_VARIABLES.items():
        if name in settings.services:
            yield from _check_service(settings, name)
        else:
            yield Check(name, True, f"not configured ({variable} is not set); the embedded engine is used")


def _check_service(settings: Settings, name: str) -> Iterator[Check]:
    if name == "comfyui":
        yield from _check_comfyui(settings)
    else:
        yield _try_check(
            name, partial(_SERVICE_CHECKS[name], settings), f"Start it, or correct {SERVICE_URL_VARIABLES[name]}."
        )


def _check_comfyui(settings: Settings) -> Iterator[Check]:
    """Check every ComfyUI server, then what the shows need of them: the one preflight of `preflight_report`."""
    reports: list[PreflightReport] = []
    finishing: list[Check] = []
    for project in _iter_projects(settings):
        try:
            router = survey_workflows(project, settings)
        except TowerError as error:
            yield Check(f"{project.id}: workflows", False, str(error), "Correct the files named.", error.exit_code)
            continue
        reports.append(preflight_report(project.id, router, _foreseeable_shots(settings, project)))
        finishing += _check_finishing(settings, project)
    reports = [report for report in reports if report.servers]
    health_by_url = {health.url: health for report in reports for health in report.servers}
    if not health_by_url:
        yield Check("comfyui", True, f"{len(settings.comfyui_servers)} configured; no project uses them")
    for health in health_by_url.values():
        yield Check(f"ComfyUI {health.url}", health.is_up, health.detail, "Start it, or correct COMFYUI_URL.")
    for report in reports:
        for stage, lines in report.able.items():
            obstacles = [one for one in report.obstacles if one.stage == stage]
            message = "\n".join(str(one) for one in obstacles) or "\n".join(lines)
            is_away = all(one.is_away for one in obstacles)
            yield Check(
                f"{report.subject}: {stage}",
                not obstacles,
                message,
                "Start a server that answers." if is_away else "Do one of the things named for each file or node.",
                EXIT_SERVICE if is_away else EXIT_INPUT,
                without_notes(report.warnings) if stage == next(iter(report.able)) else (),
            )
    yield from finishing


def _foreseeable_shots(settings: Settings, project: Project) -> list[Shot]:
    """Return the shots that a director of this process would plan for all episodes; [] where a service plans them."""
    load_registry = partial(load_registry_for, settings, project.id)
    try:
        engines = factory.Engines(project.engines, settings, _no_fleet, load_registry, preflight.Preflight())
        if not engines.director.is_local:
            return []
        keys = [key for key in show_files.list_episodes(settings.projects) if key.project == project.id]
        episodes = [show_files.load_episode(settings.projects, key) for key in keys]
    except TowerError:  # the show's files are wrong, which `_check_shows` reports
        return []
    return [shot for show, episode in episodes for shot in _planned_shots(engines.director, show, episode)]


def _no_fleet() -> NoReturn:
    raise AssertionError("nothing is rendered by checks")


def _planned_shots(director: Director, project: Project, episode: Episode) -> tuple[Shot, ...]:
    plans: tuple[ScenePlan, ...] = ()
    for scene in episode.scenes:
        plans += (director.plan_scene(project, scene, plans),)
    return assemble_episode(project, episode, plans).shots


def _check_finishing(settings: Settings, project: Project) -> Iterator[Check]:
    """Check who upscales and interpolates a project's clips, where its delivery asks for it."""
    delivery, choices = project.delivery, project.engines
    wanted = {
        "upscale": (routing.UPSCALED, delivery.working_px != delivery.size_px, "scaled by a filter"),
        "interpolate": (routing.INTERPOLATED, choices.interpolate == factory.COMFYUI, "interpolated by optical flow"),
    }
    for kind, (medium, is_wanted, instead) in wanted.items():
        if not is_wanted or factory.service_of(kind, choices, settings) != factory.COMFYUI:
            continue
        workflows = [one for one in load_registry_for(settings, project.id).all() if routing.medium_of(one) == medium]
        found = routing.candidates(workflows, routing.examine_servers(settings, workflows))
        ready = [one.name for one in found if not one.missing_on_servers and not one.down_reason]
        if ready:
            yield Check(f"{project.id}: {medium}", True, f"complete: {', '.join(ready)}")
            continue
        lacks = "\n".join(
            f"{one.name}: {what}" for one in found for what in (*one.missing_on_servers, one.down_reason) if what
        )
        is_ok = getattr(choices, kind) == "auto"
        message = f"no server has a workflow for it, so clips are {instead} here" if is_ok else "no server can make it"
        remedy = f"Put the files where they belong, or write `engines: {{{kind}: embedded}}`."
        yield Check(f"{project.id}: {medium}", is_ok, f"{message}\n{lacks}".strip(), remedy)


def _iter_projects(settings: Settings) -> Iterator[Project]:
    try:
        names = show_files.list_projects(settings.projects)
    except TowerError:  # reported by `_check_shows`
        return
    for name in names:
        try:
            yield show_files.load_project(settings.projects, name)
        except StoryError:
            continue


def _check_voices(settings: Settings) -> str:
    voices = {one.voice.service_voice for project in _iter_projects(settings) for one in project.characters}
    names = sorted(name for name in voices if name)
    return voice.check_service(
        settings.services["echo_voice"], settings.token_of("echo_voice"), settings.audio_root, names
    )


def _check_ollama(settings: Settings) -> str:
    models = (settings.ollama_model, settings.ollama_vision_model, settings.ollama_embed_model)
    return ollama.check_service(settings.services["ollama"], models, settings.token_of("ollama"))


_SERVICE_CHECKS: Mapping[str, Callable[[Settings], str]] = {
    "echo_brain": lambda settings: echo_brain.check_service(
        settings.services["echo_brain"], settings.token_of("echo_brain")
    ),
    "echo_voice": _check_voices,
    "music": lambda settings: music.check_service(
        settings.services["music"], settings.token_of("music"), settings.audio_root
    ),
    "ollama": _check_ollama,
}
