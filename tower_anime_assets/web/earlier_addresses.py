"""Where pages were before the panel had them: links of earlier runs still lead to what they showed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tower_anime_assets.reports import panel_addresses

_MOVED: Final[Mapping[str, Callable[[str], str]]] = {
    "/episodes": lambda _key: panel_addresses.HOME,
    "/episodes/{key}": panel_addresses.storyboard_page,
    "/episodes/{key}/trail": panel_addresses.trail_page,
    "/episodes/{key}/scores": panel_addresses.scores_page,
    "/shots/{key}": panel_addresses.shot_page,
    "/attempts/{key}": panel_addresses.attempt_page,
    "/graphs/{key}.json": panel_addresses.graph_file,
}
"""The address of today by the earlier one."""


def earlier_routes() -> list[Route]:
    """Return the routes of the earlier addresses, which lead to those of today."""
    return [Route(earlier, _redirect(address)) for earlier, address in _MOVED.items()]


def _redirect(address: Callable[[str], str]) -> Callable[[Request], Response]:
    def redirect(request: Request) -> Response:
        key = quote(request.path_params.get("key", ""), safe="")
        return RedirectResponse(address(key), 308)

    return redirect
