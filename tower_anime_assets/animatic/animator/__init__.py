"""The embedded clip engine: moves a layered picture as a camera, a cast and the weather would."""

from tower_anime_assets.animatic.animator.engine import EmbeddedAnimator

__all__ = ["EmbeddedAnimator"]
