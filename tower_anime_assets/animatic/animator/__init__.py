"""The embedded animator: clips from layered keyframes, by camera moves, acting and weather."""

from tower_anime_assets.animatic.animator.engine import EmbeddedAnimator

__all__ = ["EmbeddedAnimator"]
