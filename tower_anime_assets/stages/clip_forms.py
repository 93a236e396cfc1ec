"""Forms of a clip: as the delivery shows it, and as an engine makes it where stages between clip and master follow.

A clip that is made at the delivery's size and rate is finished as it is written. One that is upscaled or interpolated
afterwards is stored as the model made it: then another delivery, another upscaler or another title card needs no GPU
time for the clip itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from tower_anime_assets.engines.protocols import ClipEngine, RatedEngine, RemoteEngine
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.shots import Shot
from tower_anime_assets.stages import routing
from tower_anime_assets.stages.stage import EpisodeRun


@dataclass(frozen=True)
class FinishingPolicy:
    """What is left to the stages after a clip.

    Attributes:
        upscales: Whether clips are brought to the delivery's size by a stage of its own.
        interpolates: Whether clips may be made at a model's own rate.
        includes_drawn: Whether the clips of the embedded engine are left to them too.
    """

    upscales: bool = False
    interpolates: bool = False
    includes_drawn: bool = False


AS_WRITTEN = FinishingPolicy()
"""Clips are finished as they are written."""


def is_finishing_possible(run: EpisodeRun) -> bool:
    """Return whether clips of this show may need a stage after them at all; asks nobody."""
    choices = run.project.engines
    return run.engines.is_routed("clips") or choices.upscale in ("embedded", "comfyui")


def finishing_policy(run: EpisodeRun, shot: Shot) -> FinishingPolicy:
    """Return what is left to later stages of a shot's clip: as the project says; for `auto`, by what servers have."""
    if not is_finishing_possible(run):
        return AS_WRITTEN
    choices, delivery = run.project.engines, run.project.delivery
    is_chosen = choices.upscale in ("embedded", "comfyui")
    return FinishingPolicy(
        upscales=delivery.working_px != delivery.size_px
        and (is_chosen or (run.engines.is_routed("upscale") and run.router.has_candidate(shot, routing.UPSCALED))),
        interpolates=choices.interpolate != "off",
        includes_drawn=is_chosen,
    )


def made_brief(delivered: ClipBrief, engine: ClipEngine, policy: FinishingPolicy) -> ClipBrief:
    """Return the brief of a clip as an engine makes it: the delivered one's own where nothing is left to be done."""
    fps = delivered.fps
    if policy.interpolates and isinstance(engine, RatedEngine) and delivered.frames > 1:
        fps = engine.rate_for(delivered.fps)
    is_open = isinstance(engine, RemoteEngine) or policy.includes_drawn
    if fps == delivered.fps and not (policy.upscales and is_open and delivered.fit is not None):
        return delivered
    return _at_rate(replace(delivered, fit=None, card=""), fps)


def other_forms(delivered: ClipBrief, engine: ClipEngine, policy: FinishingPolicy) -> Iterator[ClipBrief]:
    """Yield the briefs that the same engine would get by other policies: a take of one that exists serves as well."""
    seen = [made_brief(delivered, engine, policy)]
    for upscales, interpolates in product((True, False), repeat=2):
        brief = made_brief(delivered, engine, replace(policy, upscales=upscales, interpolates=interpolates))
        if brief not in seen:
            seen.append(brief)
            yield brief


def _at_rate(brief: ClipBrief, fps: int) -> ClipBrief:
    """Return the brief of a clip that lasts as long at another rate, to the nearest frame; at least two frames."""
    if fps == brief.fps:
        return brief
    frames = max(2, round((brief.frames - 1) * fps / brief.fps) + 1)
    share = (frames - 1) / (brief.frames - 1)
    speaking = tuple(
        replace(span, start_frame=round(span.start_frame * share), end_frame=min(frames, round(span.end_frame * share)))
        for span in brief.speaking
    )
    return replace(brief, fps=fps, frames=frames, speaking=speaking)
