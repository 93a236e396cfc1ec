"""Directors that are services: asked over a wire, their answers judged before anything of them is used."""

from tower_anime_assets.engines.remote.director.echo_brain import EchoBrainDirector
from tower_anime_assets.engines.remote.director.ollama import OllamaDirector

__all__ = ["EchoBrainDirector", "OllamaDirector"]
