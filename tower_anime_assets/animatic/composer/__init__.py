"""The embedded composer: cues written by rules of harmony and form, played from a sound font."""

from tower_anime_assets.animatic.composer.engine import EmbeddedComposer

__all__ = ["EmbeddedComposer"]
