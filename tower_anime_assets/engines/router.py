"""Which engine makes what: the project's choice, and for `auto` the service when its URL is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
        PlanError: Services are asked for, by the project or by a set URL, which this version cannot drive; all of
            them are named. Nothing is put in their place.
    """
    refused = [line for kind, names in SERVICES_FOR.items() for line in _refusals(choices, services, kind, names)]
    if refused:
        raise PlanError("\n".join(refused))
    return Engines(
        EmbeddedDirector(),
        EmbeddedSheetPainter(),
        EmbeddedPainter(),
        EmbeddedAnimator(),
        EmbeddedVoice(),
        EmbeddedComposer(),
    )


def _refusals(choices: EngineChoices, services: Mapping[str, str], kind: str, names: Sequence[str]) -> Iterator[str]:
    wanted = getattr(choices, kind)
    for name in names:
        if wanted == name:
            yield (
                f"{kind}: project.yaml asks for {name}, for which this version has no engine; "
                f"set `engines: {{{kind}: embedded}}`"
            )
        elif wanted == "auto" and name in services:
            yield (
                f"{kind}: {SERVICE_VARIABLES[name]} is set, but this version has no engine for {name}; unset it, or "
                f"set `engines: {{{kind}: embedded}}` in project.yaml"
            )
