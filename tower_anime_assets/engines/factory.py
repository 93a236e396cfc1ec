"""The engines of a project: by its own choice, and for `auto` the service whose URL is set.

A configured service that cannot be used is an error with its name; nothing replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.animatic.composer import EmbeddedComposer
from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.animatic.painter.engine import EmbeddedPainter, EmbeddedSheetPainter
from tower_anime_assets.animatic.painter.picture_source import PaintedPictures
from tower_anime_assets.animatic.voice import EmbeddedVoice
from tower_anime_assets.engines.finishing import EmbeddedInterpolator, EmbeddedScaler
from tower_anime_assets.engines.protocols import (
    ClipEngine,
    Director,
    InterpolationEngine,
    KeyframeEngine,
    MusicEngine,
    SheetEngine,
    UpscaleEngine,
    VoiceEngine,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.model import EngineChoices
from tower_anime_assets.production.story.show_keys import SERVICES_BY_ROLE
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, Settings
from tower_anime_assets.workflows.registry import Registry
from tower_anime_assets.workflows.workflow import Workflow

if TYPE_CHECKING:  # what talks to a service is loaded where a service is configured
    from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
    from tower_anime_assets.engines.remote.comfyui.finishing import ComfyUIInterpolator, ComfyUIUpscaler
    from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
    from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
    from tower_anime_assets.engines.remote.comfyui.preflight import Preflight

EMBEDDED, COMFYUI = "embedded", "comfyui"
OFF = "off"
"""The choice of nobody for a role."""

LIBRARY = "library"
"""The choice of a show's own music files where they suit; what they do not is made as with `auto`."""

FINISHING_ROLES = ("upscale", "interpolate")
"""Roles whose work is done to clips, and only where the delivery asks for it."""

E = TypeVar("E", "ComfyUIKeyframes", "ComfyUIClips", "ComfyUIUpscaler", "ComfyUIInterpolator")


class Engines:
    """The engines of a project; those of keyframes and clips may differ from shot to shot.

    Args:
        choices: The project's `engines`.
        settings: Which services are configured.
        fleet: Returns the ComfyUI servers; called only when something is rendered there.
        load_registry: Returns the project's workflows; called once, likewise.
        preflight: Checks of servers that passed already in this process.

    Raises:
        PlanError: The project asks for services that are not configured; all of them are named.
    """

    def __init__(
        self,
        choices: EngineChoices,
        settings: Settings,
        fleet: Callable[[], Fleet],
        load_registry: Callable[[], Registry],
        preflight: Preflight,
    ) -> None:
        self._services = resolve_services(choices, settings)
        self._fleet = fleet
        self._load_registry = load_registry
        self._preflight = preflight
        self._candidates = choices.candidates
        self._workflow_engines: dict[tuple[str, str], Any] = {}
        self.director = _build_director(self._services["director"], settings)
        self.sheets: SheetEngine = EmbeddedSheetPainter()
        self.voice = build_voice(self._services["voice"], settings)
        self.music = _build_music(self._services["music"], settings)

    @cached_property
    def music_library(self) -> MusicEngine:
        """The engine that cuts cues from the show's own music files."""
        from tower_anime_assets.engines.music_library import MusicLibrary

        return MusicLibrary()

    def is_routed(self, kind: str) -> bool:
        """Return whether a workflow chosen per shot does something, such as `clips`, and not the embedded engine."""
        return self._services[kind] == "comfyui"

    def keyframes(self, name: str = "") -> KeyframeEngine:
        """Return a keyframe engine by name, such as `comfyui:sdxl_anime_t2i`; "" is the embedded one.

        Raises:
            PlanError: There is no such workflow, or it does not make images.
        """
        if name in ("", EmbeddedPainter.name):
            return EmbeddedPainter()
        from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes

        make = partial(ComfyUIKeyframes, candidates=self._candidates, source=PaintedPictures())
        return self._workflow_engine("keyframes", name, make)

    def clips(self, name: str = "") -> ClipEngine:
        """Return a clip engine by name, such as `comfyui:ltx_2b_i2v`; "" is the embedded one.

        Raises:
            PlanError: There is no such workflow, or it does not make videos.
        """
        if name in ("", EmbeddedAnimator.name):
            return EmbeddedAnimator()
        from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips

        return self._workflow_engine("clips", name, ComfyUIClips)

    def upscaler(self, name: str = "") -> UpscaleEngine:
        """Return an engine that upscales clips, by name; "" is the embedded one.

        Raises:
            PlanError: There is no such workflow, or it does not upscale videos.
        """
        if name in ("", EmbeddedScaler.name):
            return EmbeddedScaler()
        from tower_anime_assets.engines.remote.comfyui.finishing import ComfyUIUpscaler

        return self._workflow_engine("upscale", name, ComfyUIUpscaler)

    def interpolator(self, name: str = "") -> InterpolationEngine:
        """Return an engine that interpolates clips, by name; "" is the embedded one.

        Raises:
            PlanError: There is no such workflow, or it does not interpolate videos.
        """
        if name in ("", EmbeddedInterpolator.name):
            return EmbeddedInterpolator()
        from tower_anime_assets.engines.remote.comfyui.finishing import ComfyUIInterpolator

        return self._workflow_engine("interpolate", name, ComfyUIInterpolator)

    def _workflow_engine(self, kind: str, name: str, make: Callable[[Workflow, Fleet, Preflight], E]) -> E:
        """Return a workflow's engine, made once: every shot asks for those of all its candidates."""
        if (kind, name) not in self._workflow_engines:
            workflow = self._registry.workflow(name.removeprefix("comfyui:"))
            self._workflow_engines[kind, name] = make(workflow, self._fleet(), self._preflight)
        engine: E = self._workflow_engines[kind, name]
        return engine

    @cached_property
    def _registry(self) -> Registry:
        return self._load_registry()


def resolve_services(choices: EngineChoices, settings: Settings) -> dict[str, str]:
    """Return by role, such as `director` or `clips`, who does it: `embedded` or a service's name.

    Raises:
        PlanError: The project asks for services that are not configured; all of them are named.
    """
    service_by_role = {role: service_of(role, choices, settings) for role in SERVICES_BY_ROLE}
    problems = [line for role, name in service_by_role.items() for line in _missing_settings(role, name, settings)]
    if problems:
        raise PlanError("\n".join(problems))
    return service_by_role


def is_animatic(engine: str) -> bool:
    """Return whether a clip's engine, by its name, is the embedded one."""
    return engine == EmbeddedAnimator.name


def is_embedded(role: str, choices: EngineChoices, settings: Settings) -> bool:
    """Return whether an embedded engine does something, such as `voice`."""
    return service_of(role, choices, settings) == EMBEDDED


def service_of(role: str, choices: EngineChoices, settings: Settings) -> str:
    """Return who does a role's work, such as `clips`: `embedded`, `off`, or a service's name, configured or not."""
    choice = str(getattr(choices, role))
    if choice not in ("auto", LIBRARY):
        return choice
    if role in FINISHING_ROLES and service_of("clips", choices, settings) == EMBEDDED:
        return EMBEDDED  # an animatic is finished as it is drawn, unless the project says otherwise
    services = SERVICES_BY_ROLE[role]
    configured = (name for name in services if name in settings.services and _is_fully_configured(name, settings))
    return next(configured, EMBEDDED)


def _is_fully_configured(name: str, settings: Settings) -> bool:
    """Return whether `auto` may choose a service; Ollama without a model may be set up for the vision check alone."""
    return name != "ollama" or bool(settings.ollama_model)


def _missing_settings(role: str, name: str, settings: Settings) -> Iterator[str]:
    if name in (EMBEDDED, OFF):
        return
    if name not in settings.services:
        yield (
            f"{role}: project.yaml asks for {name}, but {SERVICE_URL_VARIABLES[name]} is not set. Set it to the "
            f"service's address, or write `engines: {{{role}: embedded}}`"
        )
    elif not _is_fully_configured(name, settings):
        yield f"{role}: project.yaml asks for {name}, but OLLAMA_MODEL is not set. Set it to the model that directs"


def _build_director(name: str, settings: Settings) -> Director:
    if name == "echo_brain":
        from tower_anime_assets.engines.remote.director.echo_brain import EchoBrainDirector

        return EchoBrainDirector(settings.services[name], settings.token_of(name))
    if name == "ollama":
        from tower_anime_assets.engines.remote.director.ollama import OllamaDirector

        return OllamaDirector(settings.services[name], settings.ollama_model, settings.token_of(name))
    return EmbeddedDirector()


def build_voice(name: str, settings: Settings) -> VoiceEngine:
    """Return the voice engine of a resolved service name, see `resolve_services`."""
    if name == "echo_voice":
        from tower_anime_assets.engines.remote.voice import EchoVoice

        return EchoVoice(settings.services[name], settings.token_of(name), settings.audio_root)
    return EmbeddedVoice()


def _build_music(name: str, settings: Settings) -> MusicEngine:
    if name == "music":
        from tower_anime_assets.engines.remote.music import MusicService

        return MusicService(settings.services[name], settings.token_of(name), settings.audio_root, settings.stall_s)
    return EmbeddedComposer()
