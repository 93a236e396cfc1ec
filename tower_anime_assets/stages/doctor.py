"""What is missing or wrong on this machine, found before anything runs."""

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
from tower_anime_assets.errors import ServiceError, ServiceUnavailableError, StoryError, TowerError
from tower_anime_assets.media import ffmpeg, show_files, speech
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, Settings, resource_root
from tower_anime_assets.stages.ingest import check_episode
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.store import server

NEEDED_BYTES = 2_000_000_000
"""Room for a few episodes with all their takes: a two-minute animatic needs about 250 MB."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        code: The exit code it stands for when it is wrong: 2 input, 3 service or machine.
    """

    what: str
    ok: bool
    says: str
    remedy: str = ""
    code: int = 3


def run_checks(settings: Settings) -> list[Check]:
    """Return what was looked at, in the order in which a run would need it."""
    return [
        _python(),
        _try_check("schema files", lambda: str(resource_root() / "sql"), "Install the package again."),
        _try_check("ffmpeg", ffmpeg.executable_path, "Run `make demo` again: it installs imageio-ffmpeg."),
        _try_check("speech", _speech, "Run `make demo` again: it installs espeakng-loader."),
        _disk(settings),
        _writable(settings),
        _try_check("database", lambda: _database(settings), "See `tower db status`."),
        *_shows(settings),
        *_services(settings),
    ]


def refuse_absent_services(settings: Settings, project: Project) -> None:
    """Refuse to begin an episode while services that it needs are away; asks each once and writes nothing.

    Raises:
        ServiceUnavailableError: All of those that do not answer, each with its reason; of a fleet, none answers.
    """
    wanted = set(factory.resolve_services(project.engines, settings).values()) - {factory.EMBEDDED}
    away = [reason for name in sorted(wanted) for reason in _absences(name, settings)]
    if away:
        raise ServiceUnavailableError("\n".join(away))


def _absences(name: str, settings: Settings) -> Iterator[str]:
    if name != "comfyui":
        try:
            _LOOKS[name](settings)
        except ServiceUnavailableError as error:
            yield str(error)
        except ServiceError:  # it answers; what is wrong with its answer is said when it is asked for something
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


def _speech() -> str:
    spoken = speech.synthesize_speech("ready", "", 50, 160)
    return f"espeak-ng speaks, {spoken.words[-1].end_s:.2f} s for a word"


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer.")


def _disk(settings: Settings) -> Check:
    folder = settings.home
    try:
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", False, f"cannot look at {folder}: {error.strerror}", "Set TOWER_HOME to your folder.")
    says = f"{free / 1e9:.1f} GB free at {folder}"
    return Check("disk", free >= NEEDED_BYTES, says, f"Free some space: {NEEDED_BYTES / 1e9:.0f} GB are wanted.")


def _writable(settings: Settings) -> Check:
    try:
        settings.media.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=settings.media):
            return Check("media folder", True, str(settings.media))
    except OSError as error:
        says = f"cannot write {settings.media}: {error.strerror}"
        return Check("media folder", False, says, "Make it writable, or set TOWER_HOME to another folder.")


def _database(settings: Settings) -> str:
    with open_studio(settings):
        return str(server.read_server_status(settings))


def _shows(settings: Settings) -> Iterator[Check]:
    try:
        keys = show_files.list_episodes(settings.projects)
    except TowerError as error:
        yield Check("projects", False, str(error), "Set TOWER_PROJECTS, or write one: tower init DIR", 2)
        return
    for fault in show_files.check_names(settings.projects):
        yield Check("names", False, str(fault), fault.remedy, 2)
    if not keys:
        yield Check("projects", False, f"none in {settings.projects}", "Write one: tower init DIR", 2)
    for key in keys:
        try:
            _project, episode = check_episode(settings, key)
            yield Check(f"episode {key}", True, f"{episode.title}: {len(episode.scenes)} scenes")
        except StoryError as error:
            yield Check(f"episode {key}", False, "\n".join(map(str, error.faults)), "Mend the lines named.", 2)
        except TowerError as error:
            yield Check(f"episode {key}", False, str(error), "Mend project.yaml or the environment.", 2)


def check_service(settings: Settings, name: str, address: str) -> list[Check]:
    """Return what was looked at in one configured server; `address` is where it is, of a fleet one of them."""
    return list(_service(replace(settings, services={**settings.services, name: address}), name))


def _services(settings: Settings) -> Iterator[Check]:
    for name, variable in SERVICE_URL_VARIABLES.items():
        if name in settings.services:
            yield from _service(settings, name)
        else:
            yield Check(name, True, f"not configured ({variable} is not set): the embedded engine serves")


def _service(settings: Settings, name: str) -> Iterator[Check]:
    if name == "comfyui":
        yield from _servers(settings)
    else:
        yield _try_check(name, partial(_LOOKS[name], settings), f"Start it, or correct {SERVICE_URL_VARIABLES[name]}.")


def _servers(settings: Settings) -> Iterator[Check]:
    """Look at every ComfyUI server once per project that would be rendered there."""
    seen = set()
    for project in _projects(settings):
        for found in preflight.check_servers(settings, project):
            if found.subject not in seen:
                seen.add(found.subject)
                yield Check(found.subject, found.ok, found.message, found.remedy)
    if not seen:
        yield Check("comfyui", True, f"{len(settings.comfyui_servers)} configured, and no project that renders there")


def _projects(settings: Settings) -> Iterator[Project]:
    try:
        names = show_files.list_projects(settings.projects)
    except TowerError:  # named where the projects are looked at
        return
    for name in names:
        try:
            yield show_files.load_project(settings.projects, name)
        except StoryError:
            continue


def _voices(settings: Settings) -> str:
    wanted = {one.voice.service_voice for project in _projects(settings) for one in project.characters}
    names = sorted(name for name in wanted if name)
    return voice.check_service(settings.services["echo_voice"], settings.auth_token, settings.audio_root, names)


def _models(settings: Settings) -> str:
    models = (settings.ollama_model, settings.ollama_vision_model, settings.ollama_embed_model)
    return ollama.check_service(settings.services["ollama"], models, settings.auth_token)


_LOOKS: Mapping[str, Callable[[Settings], str]] = {
    "echo_brain": lambda settings: echo_brain.check_service(settings.services["echo_brain"], settings.auth_token),
    "echo_voice": _voices,
    "music": lambda settings: music.check_service(settings.services["music"], settings.auth_token, settings.audio_root),
    "ollama": _models,
}
