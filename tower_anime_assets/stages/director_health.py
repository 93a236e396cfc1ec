"""Whether the director of a show answers, and whether what it is asked can be put on record."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.engines.factory import EMBEDDED, resolve_services
from tower_anime_assets.errors import PlanError, ServiceError
from tower_anime_assets.production.story.model import EngineChoices
from tower_anime_assets.settings import hide_secrets
from tower_anime_assets.stages.described_scenes import load_named_project
from tower_anime_assets.stages.studio import Studio


@dataclass(frozen=True)
class DirectorState:
    """How a director is.

    Attributes:
        director: `echo_brain`, `ollama` or `embedded`; "" where the show asks for one that is not configured.
        database: "connected", or why it is not.
        detail: A sentence.
    """

    is_healthy: bool
    director: str
    database: str
    detail: str


def check_director(studio: Studio, project_id: str = "") -> DirectorState:
    """Return how the director of a show is, or for "" the one that a show gets which names none.

    Raises:
        UnknownKeyError: There is no such show.
        StoryError: Its files are wrong.
    """
    settings = studio.settings
    choices = load_named_project(settings, project_id).engines if project_id else EngineChoices()
    database = "connected"
    try:
        _ = studio.chain_mark
    except ServiceError as error:
        database = hide_secrets(str(error))
    try:
        name = resolve_services(choices, settings)["director"]
        detail = _ask(studio, name)
    except PlanError as error:
        return DirectorState(False, "", database, str(error))
    except ServiceError as error:
        return DirectorState(False, name, database, hide_secrets(str(error)))
    return DirectorState(database == "connected", name, database, detail)


def _ask(studio: Studio, name: str) -> str:
    if name == EMBEDDED:
        return "plans by rules, in this process"
    from tower_anime_assets.engines.remote.director import echo_brain, ollama

    settings = studio.settings
    if name == "echo_brain":
        return echo_brain.check_service(settings.services[name], settings.token_of(name))
    return ollama.check_service(settings.services[name], [settings.ollama_model], settings.token_of(name))
