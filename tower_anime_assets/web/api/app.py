"""The API as one application: its routers, its document at /api/openapi.json, and what every request goes through."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from tower_anime_assets.stages.run_launching import RunLauncher
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.api import (
    anime,
    anime_jobs,
    audit_trail,
    batches,
    director,
    docs_page,
    episode_approvals,
    episodes,
    estimates,
    fleet,
    gates,
    memory,
    nights,
    problems,
    projects,
    reasons,
    runs,
    scripts,
    shot_decisions,
    shot_imports,
    shot_notes,
    shots,
    show_creation,
    show_files,
    show_pictures,
    system,
    take_decisions,
    trails,
)
from tower_anime_assets.web.api.body_limits import LimitedBodies
from tower_anime_assets.web.api.context import CONTEXT_KEY, ApiContext, Needs
from tower_anime_assets.web.api.idempotency import IdempotentRequests

PREFIX: Final = "/api"
ROUTERS: Final[tuple[APIRouter, ...]] = (
    system.router,
    reasons.router,
    shot_decisions.router,
    take_decisions.router,
    shot_imports.router,
    episode_approvals.router,
    batches.router,
    projects.router,
    episodes.router,
    show_creation.router,
    show_files.router,
    show_pictures.router,
    scripts.router,
    shot_notes.router,
    shots.router,
    gates.router,
    memory.router,
    runs.router,
    estimates.router,
    nights.router,
    fleet.router,
    audit_trail.router,
    trails.router,
    director.router,
    anime.router,
    anime_jobs.router,
)
"""Every router, in the order of the documentation; a new noun is added here."""

_DESCRIPTION: Final = """\
What the Director panel and a studio's own tools do with Tower.

- **Who asks** is told by a bearer token or a signed-in browser; every change stands on record with that name.
- **Lists** come in pages: give `next` back as `after`.
- **Two people**: answers have an `ETag`; a change with `If-Match` is refused with 412 if somebody decided meanwhile.
- **Repeating**: a POST with an `Idempotency-Key` is carried out once, however often it is sent.
- **Problems** are `application/problem+json`, with the message, what to do, and the exit code that `tower` has for it.
"""


def build_api(studio: Studio, launcher: RunLauncher | None = None) -> FastAPI:
    """Return the API.

    Args:
        studio: What it shows and changes.
        launcher: Who starts and shows runs; None for nobody.

    Raises:
        LookupError: A route that changes something does not say which scope it needs: a bug.
    """
    app = FastAPI(
        title="Tower API",
        version=system.VERSION,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=docs_page.OPENAPI_PATH,
        responses=problems.RESPONSES,
        generate_unique_id_function=lambda route: route.name,
    )
    setattr(app.state, CONTEXT_KEY, ApiContext(studio, launcher))
    problems.add_handlers(app)
    app.include_router(docs_page.router)
    for router in ROUTERS:
        _require_scopes(router)
        app.include_router(router, prefix=PREFIX)
    return app


def serve_api(studio: Studio, launcher: RunLauncher | None = None) -> ASGIApp:
    """Return the API with what every request goes through before it."""
    return IdempotentRequests(LimitedBodies(build_api(studio, launcher)), studio.database)


def _require_scopes(router: APIRouter) -> None:
    for route in router.routes:
        if not isinstance(route, APIRoute) or (route.methods or set()) <= {"GET", "HEAD"}:
            continue
        if not _has_scope(route.dependant):
            raise LookupError(f"{route.name} changes something and does not say which scope it needs")


def _has_scope(dependant: Dependant) -> bool:
    return isinstance(dependant.call, Needs) or any(map(_has_scope, dependant.dependencies))
