"""Strategies by which a project may rank its candidates: functions from an estimate to a value, more is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tower_anime_assets.production.learning.candidates import ShotRequirements
from tower_anime_assets.production.learning.profiles import Estimate
from tower_anime_assets.production.story.model import Routing

ATTEMPTS_PER_SHOT = 3
"""Attempts that a shot usually has, see `engines.attempts`; `best_quality` counts on them."""

StrategyValue = Callable[[Estimate, Routing, ShotRequirements], float]


def _best_quality(estimate: Estimate, _rules: Routing, _requirements: ShotRequirements) -> float:
    """Return quality * (1 - (1 - yield) ** 3): the score, if any of three attempts is accepted."""
    return estimate.quality * (1.0 - (1.0 - estimate.accepted_per_run) ** ATTEMPTS_PER_SHOT)


def _fastest(estimate: Estimate, _rules: Routing, _requirements: ShotRequirements) -> float:
    return 1.0 / max(estimate.seconds_per_accepted, 1e-6)


def balanced_utility(estimate: Estimate, rules: Routing, requirements: ShotRequirements) -> float:
    """Return what `balanced` maximises, 0 to 1.

    quality^q * yield^a * (patience / (patience + seconds per accepted take))^s * (1 / (1 + VRAM in GB / 12))^m, with
    the project's weights q, a, s, m (1, 1, 1, 0 by default) and its patience for a clip or a keyframe in seconds: what
    takes as long as the patience is worth half of what takes no time.
    """
    patience = rules.keyframe_patience_s if requirements.medium == "image" else rules.clip_patience_s
    speed_share = patience / (patience + estimate.seconds_per_accepted)
    memory_share = 1.0 / (1.0 + estimate.vram_bytes / 12e9)
    return float(
        max(estimate.quality, 1e-3) ** rules.quality_weight
        * estimate.accepted_per_run**rules.acceptance_weight
        * speed_share**rules.speed_weight
        * memory_share**rules.memory_weight
    )


def _least_memory(estimate: Estimate, _rules: Routing, _requirements: ShotRequirements) -> float:
    return -float(estimate.vram_bytes)


def _round_robin(_estimate: Estimate, _rules: Routing, _requirements: ShotRequirements) -> float:
    """Return the same for all: they are ordered by whose turn it is."""
    return 0.0


STRATEGIES: Mapping[str, StrategyValue] = {
    "best_quality": _best_quality,
    "fastest": _fastest,
    "balanced": balanced_utility,
    "least_memory": _least_memory,
    "round_robin": _round_robin,
}
EXPLORING_STRATEGIES = frozenset({"best_quality", "fastest", "balanced"})
"""Strategies whose values have to be learned; the others gain nothing from trials."""
