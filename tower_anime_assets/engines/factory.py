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


class WorkflowEngineCache:
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
        self._load_registry = registry
        self._preflight = preflight or Preflight()
        self._keyframes: dict[str, ComfyUIKeyframes] = {}
        self._clips: dict[str, ComfyUIClips] = {}

    @cached_property
    def _registry(self) -> Registry:
        return self._load_registry()

    def keyframes(self, name: str) -> ComfyUIKeyframes:
        """Return the engine of stills `comfyui:NAME`.

        Raises:
            PlanError: There is no such workflow, or it makes no stills.
        """
        if name not in self._keyframes:
            self._keyframes[name] = ComfyUIKeyframes(self._workflow(name), self._fleet(), self._preflight)
        return self._keyframes[name]

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
    routed_kinds: frozenset[str]
    workflow_engines: WorkflowEngineCache

    def is_routed(self, kind: str) -> bool:
        """Return whether a workflow is chosen per shot for `keyframes` or `clips`; else it is the embedded engine."""
        return kind in self.routed_kinds

    def keyframes(self, name: str = "") -> KeyframeEngine:
        """Return the engine of stills with this name, such as `comfyui:sdxl_anime_t2i`; "" for the embedded one.

        Raises:
            PlanError: There is no such workflow.
        """
        if name in ("", EmbeddedPainter.name):
            return EmbeddedPainter()
        return self.workflow_engines.keyframes(name)

    def clips(self, name: str = "") -> ClipEngine:
        """Return the engine of clips with this name, such as `comfyui:ltx_2b_i2v`; "" for the embedded one.

        Raises:
            PlanError: There is no such workflow.
        """
        if name in ("", EmbeddedAnimator.name):
            return EmbeddedAnimator()
        return self.workflow_engines.clips(name)


def resolve_services(choices: EngineChoices, settings: Settings) -> dict[str, str]:
    """Return who does each kind of work: `embedded`, or a service's name.

    Raises:
        PlanError: The project asks for services that are not configured; all of them are named.
    """
    service_by_kind = {
        kind: _resolve_service(kind, getattr(choices, kind), names, settings) for kind, names in SERVICES_FOR.items()
    }
    problems = [line for kind, name in service_by_kind.items() for line in _missing_settings(kind, name, settings)]
    if problems:
        raise PlanError("\n".join(problems))
    return service_by_kind


def build_engines(choices: EngineChoices, settings: Settings, workflow_engines: WorkflowEngineCache) -> Engines:
    """Return the engines of a project.

    Args:
        choices: The project's `engines`.
        settings: Which services there are.
        rendering: The engines of workflows.

    Raises:
        PlanError: The project asks for services that are not configured; all of them are named.
    """
    service_by_kind = resolve_services(choices, settings)
    return Engines(
        _build_director(service_by_kind["director"], settings),
        EmbeddedSheetPainter(),
        _build_voice(service_by_kind["voice"], settings),
        _build_music(service_by_kind["music"], settings),
        frozenset(kind for kind in ("keyframes", "clips") if service_by_kind[kind] == "comfyui"),
        workflow_engines,
    )


def _resolve_service(kind: str, choice: str, names: tuple[str, ...], settings: Settings) -> str:
    if choice != "auto":
        return choice
    return next(
        (name for name in names if name in settings.services and _is_fully_configured(name, settings)), EMBEDDED
    )


def _is_fully_configured(name: str, settings: Settings) -> bool:
    """Return whether a service may be taken without being named: Ollama may be there for its eye alone."""
    return name != "ollama" or bool(settings.ollama_model)


def _missing_settings(kind: str, name: str, settings: Settings) -> Iterator[str]:
    if name == EMBEDDED:
        return
    if name not in settings.services:
        yield (
            f"{kind}: project.yaml asks for {name}, but {SERVICE_URL_VARIABLES[name]} is not set; set it to the service's "
            f"address, or set `engines: {{{kind}: embedded}}`"
        )
    elif not _is_fully_configured(name, settings):
        yield f"{kind}: project.yaml asks for {name}, but OLLAMA_MODEL is not set; name the model that directs"


def _build_director(name: str, settings: Settings) -> Director:
    if name == "echo_brain":
        return EchoBrainDirector(settings.services[name], settings.auth_token)
    if name == "ollama":
        return OllamaDirector(settings.services[name], settings.ollama_model, settings.auth_token)
    return EmbeddedDirector()


def _build_voice(name: str, settings: Settings) -> VoiceEngine:
    if name == "echo_voice":
        return EchoVoice(settings.services[name], settings.auth_token, settings.audio_root)
    return EmbeddedVoice()


def _build_music(name: str, settings: Settings) -> MusicEngine:
    if name == "music":
        return MusicService(settings.services[name], settings.auth_token, settings.audio_root, settings.stall_s)
    return EmbeddedComposer()
