"""Engines that have sounds made by the studio's own services."""

from tower_anime_assets.engines.services.music import MusicService
from tower_anime_assets.engines.services.voice import EchoVoice

__all__ = ["EchoVoice", "MusicService"]
