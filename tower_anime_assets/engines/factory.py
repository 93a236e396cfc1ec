"""Which engine makes what: the project's choice, and for `auto` the service when its URL is set.

A configured service is never replaced by anything: if it cannot be used, that is an error with its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.animatic.composer import EmbeddedComposer
from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.animatic.painter.engine import EmbeddedPainter, EmbeddedSheetPainter
from tower_anime_assets.animatic.voice import EmbeddedVoice
from tower_anime_assets.engines.protocols import (
    ClipEngine,
    Director,
    KeyframeEngine,
    MusicEngine,
    SheetEngine,
    VoiceEngine,
)
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight
from tower_anime_assets.engines.remote.director.echo_brain import EchoBrainDirector
from tower_anime_assets.engines.remote.director.ollama import OllamaDirector
from tower_anime_assets.engines.remote.music import MusicService
from tower_anime_assets.engines.remote.voice import EchoVoice
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.model import EngineChoices
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, Settings
from tower_anime_assets.workflows.registry import Registry
from tower_anime_assets.workflows.workflow import Workflow

EMBEDDED = "embedded"

SERVICES_FOR: Mapping[str, tuple[str, ...]] = {
    "director": ("echo_brain", "ollama"),
    "keyframes": ("comfyui",),
    "clips": ("comfyui",),
    "voice": ("echo_voice",),
    "music": ("music",),
}
"""Services that could do each kind of work; for `auto` the first that is configured does it."""


class WorkflowEngines:
    """The engines of workflows, each made once: every shot asks for those of all its candidates.

    Args:
        fleet: Returns the ComfyUI servers; called only when something is to be rendered there.
        registry: Returns the workflows.
        preflight: What has been found right at which server.
    """

    def __init__(
        self, fleet: Callable[[], Fleet], registry: Callable[[], Registry], preflight: Preflight | None = None
    ) -> None:
        self._fleet = fleet
        self._read = registry
        self._preflight = preflight or Preflight()
        self._stills: dict[str, ComfyUIKeyframes] = {}
        self._clips: dict[str, ComfyUIClips] = {}

    @cached_property
    def _registry(self) -> Registry:
        return self._read()

    def stills(self, name: str) -> ComfyUIKeyframes:
        """Return the engine of stills `comfyui:NAME`.

        Raises:
            PlanError: There is no such workflow, or it makes no stills.
        """
        if name not in self._stills:
            self._stills[name] = ComfyUIKeyframes(self._workflow(name), self._fleet(), self._preflight)
        return self._stills[name]

    def clips(self, name: str) -> ComfyUIClips:
        """Return the engine of clips `comfyui:NAME`.

        Raises:
            PlanError: There is no such workflow, or it makes no clips.
        """
        if name not in self._clips:
            self._clips[name] = ComfyUIClips(self._workflow(name), self._fleet(), self._preflight)
        return self._clips[name]

    def _workflow(self, name: str) -> Workflow:
        return self._registry.workflow(name.removeprefix("comfyui:"))


@dataclass(frozen=True)
class Engines:
    """The engines of a project. Who makes a keyframe or a clip may differ from shot to shot."""

    director: Director
    sheets: SheetEngine
    voice: VoiceEngine
    music: MusicEngine
    routed: frozenset[str]
    rendering: WorkflowEngines

    def is_routed(self, kind: str) -> bool:
        """Return whether a workflow is chosen per shot for `keyframes` or `clips`; else it is the embedded engine."""
        return kind in self.routed

    def keyframes(self, name: str = "") -> KeyframeEngine:
        """Return the engine of stills with this name, such as `comfyui:sdxl_anime_t2i`; "" for the embedded one.

        Raises:
            PlanError: There is no such workflow.
        """
        if name in ("", EmbeddedPainter.name):
            return EmbeddedPainter()
        return self.rendering.stills(name)

    def clips(self, name: str = "") -> ClipEngine:
        """Return the engine of clips with this name, such as `comfyui:ltx_2b_i2v`; "" for the embedded one.

        Raises:
            PlanError: There is no such workflow.
        """
        if name in ("", EmbeddedAnimator.name):
            return EmbeddedAnimator()
        return self.rendering.clips(name)


def serving(choices: EngineChoices, settings: Settings) -> dict[str, str]:
    """Return who does each kind of work: `embedded`, or a service's name.

    Raises:
        PlanError: The project asks for services that are not configured; all of them are named.
    """
    found = {kind: _one_of(kind, getattr(choices, kind), names, settings) for kind, names in SERVICES_FOR.items()}
    missing = [line for kind, name in found.items() for line in _missing(kind, name, settings)]
    if missing:
        raise PlanError("\n".join(missing))
    return found


def choose(choices: EngineChoices, settings: Settings, rendering: WorkflowEngines) -> Engines:
    """Return the engines of a project.

    Args:
        choices: The project's `engines`.
        settings: Which services there are.
        rendering: The engines of workflows.

    Raises:
        PlanError: The project asks for services that are not configured; all of them are named.
    """
    who = serving(choices, settings)
    return Engines(
        _director(who["director"], settings),
        EmbeddedSheetPainter(),
        _voice(who["voice"], settings),
        _music(who["music"], settings),
        frozenset(kind for kind in ("keyframes", "clips") if who[kind] == "comfyui"),
        rendering,
    )


def _one_of(kind: str, wanted: str, names: tuple[str, ...], settings: Settings) -> str:
    if wanted != "auto":
        return wanted
    return next((name for name in names if name in settings.services and _is_complete(name, settings)), EMBEDDED)


def _is_complete(name: str, settings: Settings) -> bool:
    """Return whether a service may be taken without being named: Ollama may be there for its eye alone."""
    return name != "ollama" or bool(settings.ollama_model)


def _missing(kind: str, name: str, settings: Settings) -> Iterator[str]:
    if name == EMBEDDED:
        return
    if name not in settings.services:
        yield (
            f"{kind}: project.yaml asks for {name}, but {SERVICE_URL_VARIABLES[name]} is not set; set it to the service's "
            f"address, or set `engines: {{{kind}: embedded}}`"
        )
    elif not _is_complete(name, settings):
        yield f"{kind}: project.yaml asks for {name}, but OLLAMA_MODEL is not set; name the model that directs"


def _director(name: str, settings: Settings) -> Director:
    if name == "echo_brain":
        return EchoBrainDirector(settings.services[name], settings.auth_token)
    if name == "ollama":
        return OllamaDirector(settings.services[name], settings.ollama_model, settings.auth_token)
    return EmbeddedDirector()


def _voice(name: str, settings: Settings) -> VoiceEngine:
    if name == "echo_voice":
        return EchoVoice(settings.services[name], settings.auth_token, settings.audio_root)
    return EmbeddedVoice()


def _music(name: str, settings: Settings) -> MusicEngine:
    if name == "music":
        return MusicService(settings.services[name], settings.auth_token, settings.audio_root, settings.stall_s)
    return EmbeddedComposer()
