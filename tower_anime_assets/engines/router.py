"""Which engine makes what: the project's choice, and for `auto` the service when its URL is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tower_anime_assets.engines.embedded.animator import EmbeddedAnimator
from tower_anime_assets.engines.embedded.composer import EmbeddedComposer
from tower_anime_assets.engines.embedded.director import EmbeddedDirector
from tower_anime_assets.engines.embedded.painter.engine import EmbeddedPainter, EmbeddedSheetPainter
from tower_anime_assets.engines.embedded.voice import EmbeddedVoice
from tower_anime_assets.engines.protocols import (
    ClipEngine,
    Director,
    KeyframeEngine,
    MusicEngine,
    SheetEngine,
    VoiceEngine,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story import EngineChoices
from tower_anime_assets.settings import SERVICE_VARIABLES

SERVICES_FOR: Mapping[str, tuple[str, ...]] = {
    "director": ("echo_brain", "ollama"),
    "keyframes": ("comfyui",),
    "clips": ("comfyui",),
    "voice": ("echo_voice",),
    "music": ("music",),
}
"""Services that could do each kind of work."""


@dataclass(frozen=True)
class Engines:
    """One engine of each kind, chosen for a project."""

    director: Director
    sheets: SheetEngine
    keyframes: KeyframeEngine
    clips: ClipEngine
    voice: VoiceEngine
    music: MusicEngine


def choose(choices: EngineChoices, services: Mapping[str, str]) -> Engines:
    """Return the engines for a project.

    Args:
        choices: The project's `engines`.
        services: URL by service name, those that are set.

    Raises:
        PlanError: A service is asked for, by the project or by a set URL, which this version cannot drive. Nothing
            is put in its place.
    """
    for kind, names in SERVICES_FOR.items():
        wanted = getattr(choices, kind)
        asked = [name for name in names if wanted == name or (wanted == "auto" and name in services)]
        if asked:
            raise PlanError(
                f"{kind}: this version has no engine for {asked[0]} yet; set `engines: {{{kind}: embedded}}` in "
                f"project.yaml, or unset {SERVICE_VARIABLES[asked[0]]}"
            )
    return Engines(
        EmbeddedDirector(),
        EmbeddedSheetPainter(),
        EmbeddedPainter(),
        EmbeddedAnimator(),
        EmbeddedVoice(),
        EmbeddedComposer(),
    )
