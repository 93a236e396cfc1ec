"""The embedded animator as an engine: layered keyframe in, clip out."""

from __future__ import annotations

import time
from typing import Any

from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.verdicts import Verdict


class EmbeddedAnimator:
    """Animates a layered keyframe by camera, parallax, acting and weather; the same brief gives the same frames."""

    name = "embedded-animator"
    version = "1"
    lanes = LANES

    def plan_attempt(self, brief: ClipBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return seed, motion gain and effect gain, changed to answer the complaints."""
        from tower_anime_assets.animatic.animator.effects import effect_names

        failed = {verdict.measure for verdict in complaints}
        step = 1.0 + 0.5 * max(number - 1, 1)
        motion_gain = effect_gain = 1.0
        if "frozen_run_frames" in failed:
            motion_gain, effect_gain = motion_gain * step, effect_gain * step
        if failed & {"flashes_per_s", "start_ssim"}:
            effect_gain /= step * 1.5
        if "motion_off_range_px" in failed:  # too much motion comes from effects, too little from everything else
            if effect_names(brief):
                effect_gain /= step
            else:
                motion_gain *= step
        return {
            "seed": seed_from(brief.seed, number),
            "motion_gain": round(motion_gain, 3),
            "effect_gain": round(effect_gain, 3),
        }

    def make(self, brief: ClipBrief, attempt: Attempt) -> EngineOutput:
        """Make the clip from the inputs `picture` and, if given, `layers`.

        Raises:
            MediaError: The keyframe is missing or damaged, its size is not the brief's, its layers belong to another
                picture, or the clip cannot be written.
        """
        from tower_anime_assets.animatic.animator.clip_renderer import render_clip

        cpu_start_s = time.thread_time()
        target = attempt.folder / "clip.mp4"
        details = render_clip(brief, attempt, target)
        return EngineOutput({"main": target}, details, cpu_s=time.thread_time() - cpu_start_s)
