"""What the web process serves: Dagster's web UI below /dagster, the API below /api, the panel and the media files.

It stands behind the `guard`; media have byte ranges for seeking in videos.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tower_anime_assets.errors import ServiceError, TowerError
from tower_anime_assets.stages.run_launching import RunLauncher
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web import pages
from tower_anime_assets.web.access import Access
from tower_anime_assets.web.api.app import serve_api
from tower_anime_assets.web.earlier_addresses import earlier_routes
from tower_anime_assets.web.media import media_origin, media_routes
from tower_anime_assets.web.mounted import MountedApp
from tower_anime_assets.web.panel import panel_routes
from tower_anime_assets.web.request_rules import DAGSTER_PREFIX, HEALTH_PATH, is_below_api, is_below_dagster
from tower_anime_assets.web.sign_in import sign_in_routes


def build_app(
    studio: Studio,
    dagster: MountedApp | None = None,
    access: Access | None = None,
    runs: RunLauncher | None = None,
) -> ASGIApp:
    """Return the application; it closes the studio when the server ends.

    Args:
        studio: What the panel and the API show.
        dagster: Dagster's web UI, which is opened when the server starts; None for the panel and the API alone.
        access: Who signs in and out; None for nobody.
        runs: Who starts and shows runs; None for nobody.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with dagster.running() if dagster else contextlib.nullcontext():
            yield
        studio.close()

    routes = [*panel_routes(media_origin=media_origin(studio)), *earlier_routes(), *media_routes(studio)]
    if dagster:
        # Dagster's pages ask for the icons of running tabs without its prefix.
        routes += [Route(HEALTH_PATH, _Health(dagster)), Route("/favicon-run-{state}.svg", _redirect_to_dagster)]
    if access:
        routes += sign_in_routes(access)
    pages_app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={TowerError: _error_response})

    api = serve_api(studio, runs)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if dagster and scope["type"] != "lifespan" and is_below_dagster(scope):
            await dagster(scope, receive, send)
        elif scope["type"] == "http" and is_below_api(scope):
            await api(scope, receive, send)
        else:
            await pages_app(scope, receive, send)

    return app


class _Health:
    """Whether the process answers, and how far Dagster's web UI is; nothing that a stranger could use."""

    def __init__(self, dagster: MountedApp) -> None:
        self._dagster = dagster

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Not in a thread: it answers while all of them are busy.
        await JSONResponse({"status": "ok", "dagster": self._dagster.state})(scope, receive, send)


async def _redirect_to_dagster(request: Request) -> Response:
    return RedirectResponse(f"{DAGSTER_PREFIX}{request.url.path}")


def _error_response(_request: Request, error: Exception) -> Response:
    """Return a page with the message of an error of ours."""
    status = 503 if isinstance(error, ServiceError) else 404
    return HTMLResponse(pages.error_page(str(error)), status)
