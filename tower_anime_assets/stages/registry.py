"""Every stage, in the order in which a run does them."""

from __future__ import annotations

from typing import Any, Final

from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.finishing import INTERPOLATIONS, UPSCALES
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import Stage
from tower_anime_assets.stages.voices import VOICES

EPISODE_STAGES: Final[tuple[Stage[Any], ...]] = (
    SHOT_PLANS,
    KEYFRAMES,
    CLIPS,
    INTERPOLATIONS,
    UPSCALES,
    VOICES,
    MUSIC,
    MIXES,
    MASTERS,
)
"""The stages that make takes for an episode."""

STAGES: Final[tuple[Stage[Any], ...]] = (SHEETS, *EPISODE_STAGES)

STAGE_OF_GATE: Final = {
    threshold.gate: stage for stage in STAGES if stage.finishes is None for threshold in stage.thresholds
}
"""The stage whose takes a gate judges; those of the stages that finish it are judged by it too."""


def stage_named(name: str) -> Stage[Any]:
    """Return the stage with this name.

    Raises:
        KeyError: There is no such stage.
    """
    return {stage.name: stage for stage in STAGES}[name]
