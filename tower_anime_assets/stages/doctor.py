"""Checks of this machine, its services and the shows' files, before anything runs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from tower_anime_assets.engines import factory
from tower_anime_assets.engines.remote import music, voice
from tower_anime_assets.engines.remote.comfyui import preflight
from tower_anime_assets.engines.remote.director import echo_brain, ollama
from tower_anime_assets.errors import ServiceError, ServiceUnavailableError, StoryError, StoryWarning, TowerError
from tower_anime_assets.media import ffmpeg, show_files, speech
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, Settings, resource_root
from tower_anime_assets.stages.ingest import check_episode
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.story_warnings import story_warnings, without_notes
from tower_anime_assets.store import server

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
        _check_media_folder(settings),
        _try_check("database", lambda: _check_database(settings), "See `tower db status`."),
        *_check_shows(settings),
        *_check_services(settings),
    ]


def refuse_absent_services(settings: Settings, project: Project) -> None:
    """Refuse to start an episode while services that it needs are unavailable; asks each once and writes nothing.

    Raises:
        ServiceUnavailableError: Some do not answer; the message says why. Of several ComfyUI servers, one is enough.
    """
    services = set(factory.resolve_services(project.engines, settings).values()) - {factory.EMBEDDED}
    reasons = [reason for name in sorted(services) for reason in _unavailable_reasons(name, settings)]
    if reasons:
        raise ServiceUnavailableError("\n".join(reasons))


def _unavailable_reasons(name: str, settings: Settings) -> Iterator[str]:
    if name != "comfyui":
        try:
            _SERVICE_CHECKS[name](settings)
        except ServiceUnavailableError as error:
            yield str(error)
        except ServiceError:  # it is up; what is wrong with its answers is reported when they are needed
            return
        return
    reasons = [preflight.unavailable_reason(server, settings.auth_token) for server in settings.comfyui_servers]
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


def _check_media_folder(settings: Settings) -> Check:
    try:
        settings.media.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=settings.media):
            return Check("media folder", True, str(settings.media))
    except OSError as error:
        message = f"cannot write {settings.media}: {error.strerror}"
        return Check("media folder", False, message, "Make it writable, or set TOWER_HOME to another folder.")


def _check_database(settings: Settings) -> str:
    with open_studio(settings):
        return str(server.read_server_status(settings))


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
            warnings = without_notes(story_warnings(project, episode))
            message = f"{episode.title}: {len(episode.scenes)} scenes"
            yield Check(f"episode {key}", True, message, warnings=warnings)
        except StoryError as error:
            yield Check(f"episode {key}", False, "\n".join(map(str, error.faults)), "Correct the lines named.", 2)
        except TowerError as error:
            yield Check(f"episode {key}", False, str(error), "Correct project.yaml or the environment.", 2)


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
    """Check every ComfyUI server for each project that would be rendered there."""
    seen = set()
    for project in _iter_projects(settings):
        for result in preflight.check_servers(settings, project):
            if result.subject not in seen:
                seen.add(result.subject)
                yield Check(result.subject, result.ok, result.message, result.remedy)
    if not seen:
        yield Check("comfyui", True, f"{len(settings.comfyui_servers)} configured; no project uses them")


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
    return voice.check_service(settings.services["echo_voice"], settings.auth_token, settings.audio_root, names)


def _check_ollama(settings: Settings) -> str:
    models = (settings.ollama_model, settings.ollama_vision_model, settings.ollama_embed_model)
    return ollama.check_service(settings.services["ollama"], models, settings.auth_token)


_SERVICE_CHECKS: Mapping[str, Callable[[Settings], str]] = {
    "echo_brain": lambda settings: echo_brain.check_service(settings.services["echo_brain"], settings.auth_token),
    "echo_voice": _check_voices,
    "music": lambda settings: music.check_service(settings.services["music"], settings.auth_token, settings.audio_root),
    "ollama": _check_ollama,
}
