"""The effects of a clip and the order in which they are drawn.

The place of every particle is a function of the frame number, so frames can be drawn in any order. Effects add light or
little more, begin softly because a clip starts from its still, and never flash.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tower_anime_assets.animatic.animator.drawing import ClipScene, Effect, Floats, Overlay
from tower_anime_assets.animatic.animator.lights import PulsingLight, Traffic
from tower_anime_assets.animatic.animator.particles import DUST, EMBERS, Motes, Petals, Sparks
from tower_anime_assets.animatic.animator.speed_lines import SpeedLines
from tower_anime_assets.animatic.animator.weather import Fog, Lightning, Rain, Snow
from tower_anime_assets.production.planning.briefs import ClipBrief

_EFFECT_FACTORIES: dict[str, Callable[[ClipScene, Overlay], Effect]] = {
    "fog": lambda scene, _: Fog(scene),
    "traffic": lambda scene, _: Traffic(scene),
    "screen-glow": lambda scene, _: PulsingLight(scene, "screen-glow", (44, 34, 12), rate_hz=0.55),
    "neon-flicker": lambda scene, _: PulsingLight(scene, "neon-flicker", (24, 5, 22), rate_hz=0.8),
    "dust": lambda scene, overlay: Motes(scene, overlay, "dust", DUST),
    "embers": lambda scene, overlay: Motes(scene, overlay, "embers", EMBERS),
    "petals": lambda scene, _: Petals(scene),
    "snow": Snow,
    "rain": Rain,
    "sparks": Sparks,
    "lightning": lambda scene, _: Lightning(scene),
    "speed-lines": SpeedLines,
}
"""All effects in drawing order: far and large ones first."""


_DIRECTED = (Traffic, Motes, Petals, Snow, Rain, Sparks, SpeedLines)


def is_directed(effect: Effect) -> bool:
    """Return whether an effect would look wrong backwards, as falling rain does; in a loop it runs on."""
    return isinstance(effect, _DIRECTED)


def effect_names(brief: ClipBrief) -> tuple[str, ...]:
    """Return the effects of a clip in drawing order: those of the plan, and outdoors those of the weather."""
    active = set(brief.effects)
    if not brief.setting.interior:
        weather = brief.setting.weather
        active |= {"rain", "lightning"} if weather == "storm" else {weather}
    return tuple(name for name in _EFFECT_FACTORIES if name in active)


def make_effects(scene: ClipScene) -> list[Effect]:
    """Return the effects of a clip, ready to draw."""
    overlay = Overlay(scene.brief.height_px, scene.brief.width_px)
    return [_EFFECT_FACTORIES[name](scene, overlay) for name in effect_names(scene.brief)]


def glow_brightness(scene: ClipScene) -> Floats:
    """Return the brightness of glowing layers, (frames,), 1 at the start: slow waves, and dips where neon flickers.

    Dips are at least half a second apart: fewer than three a second, which would count as flashing.
    """
    brief, rng = scene.brief, scene.rng("glow")
    seconds = np.arange(brief.frames) / brief.fps
    brightness = 1.0 + 0.05 * np.sin(2 * np.pi * 0.45 * seconds) + 0.03 * np.sin(2 * np.pi * 1.1 * seconds)
    if "neon-flicker" in brief.effects:
        at_s = rng.uniform(0.4, 1.0)
        while (start_frame := round(at_s * brief.fps)) < brief.frames:
            brightness[start_frame : start_frame + max(1, round(brief.fps * rng.uniform(0.05, 0.14)))] *= (
                1.0 - 0.4 * min(scene.gain, 1.2)
            )
            at_s += rng.uniform(0.6, 1.7)
    return np.asarray(brightness)
