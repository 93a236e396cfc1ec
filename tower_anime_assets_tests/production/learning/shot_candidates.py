"""Candidates for one shot, and what happened with them, to test with."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from tower_anime_assets.production.learning.candidates import Candidate, ShotRequirements
from tower_anime_assets.production.learning.profiles import EngineTally

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOT = ShotRequirements("nexus-e01-sc02-sh0030", "video", ("image_to_video",), "close-up, speaking", 768, 512, 121)


def candidate(name: str, **changes: Any) -> Candidate:
    usual: dict[str, Any] = {
        "name": name,
        "engine": f"comfyui:{name}",
        "medium": "video",
        "capabilities": frozenset({"image_to_video"}),
        "quality": 0.7,
        "pace": 3.0,
        "vram_bytes": 8_000_000_000,
    }
    return Candidate(**{**usual, **changes})


def history(
    accepted: float, quality: float, seconds: float, runs: int = 200, vram_gb: float = 8.0
) -> dict[str, EngineTally]:
    """Return so many runs of the shot's type that priors no longer matter."""
    tally = EngineTally(
        runs=runs,
        succeeded=runs,
        judged=runs,
        accepted=runs * accepted,
        scored=runs,
        score_sum=runs * quality,
        timed=runs,
        log_pace_sum=runs * math.log(seconds / SHOT.megapixel_frames),
        vram_bytes=int(vram_gb * 1e9),
        rows=runs,
    )
    return {SHOT.shot_type: tally}


# Accepted share, mean score, seconds, GB: each is the best at one thing.
THREE = (candidate("careful"), candidate("quick"), candidate("small"))
BEFORE = {
    "comfyui:careful": history(0.9, 0.95, 900, vram_gb=24),
    "comfyui:quick": history(0.5, 0.60, 40, vram_gb=12),
    "comfyui:small": history(0.8, 0.75, 150, vram_gb=5),
}
