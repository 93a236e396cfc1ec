"""Whether the API answers, and who it takes a caller for."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tower_anime_assets.settings import Scope
from tower_anime_assets.store import audit
from tower_anime_assets.web.api.context import CallerDep, StudioDep

VERSION: Final = version("tower-anime-assets")

router = APIRouter(tags=["system"])


class Health(BaseModel):
    """How the server is."""

    status: str
    version: str
    record: int = Field(description="Links of the audit chain.")


class Me(BaseModel):
    """Who a request stands on record for."""

    name: str
    scope: Scope


@router.get("/health")
def read_health(studio: StudioDep) -> Health:
    """Return whether the record can be read; 503 if it cannot."""
    return Health(status="ok", version=VERSION, record=audit.read_chain_mark(studio.database).seq)


@router.get("/me")
def read_me(caller: CallerDep) -> Me:
    """Return who you are to Tower."""
    return Me(name=caller.name, scope=caller.scope)
