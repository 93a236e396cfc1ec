"""The embedded director: breaks scenes into shots by the rules of film grammar, the same way every time."""

from tower_anime_assets.engines.embedded.director.engine import EmbeddedDirector

__all__ = ["EmbeddedDirector"]
