"""The built Director panel: one page for every address of its router, and its files.

The panel's source is in `panel/`; it is built into `panel_dist/`, which the wheel carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from tower_anime_assets.web import pages

BUILT_PANEL: Final = Path(__file__).parent / "panel_dist"

PAGES: Final = ("/", "/storyboard", "/shot", "/script", "/cast", "/settings", "/quality", "/batch", "/memory")
"""Where the panel's pages are, as `panel/src/routes.ts` lists them; what follows them is the panel's to read."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the panel: everything comes from here, and nothing in the page is a script or a style."""

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".json": "application/json",
}

_FILES_PREFIX: Final = "panel"
_CHECK_EACH_TIME: Final = "no-cache"
_NEVER_CHANGES: Final = "private, max-age=31536000, immutable"

_NOT_BUILT: Final = """\
<h1>The Director panel is not built</h1>
<p>Run <code>make up</code> in the checkout: it builds the panel, which takes under a minute, and starts everything.
<code>make panel</code> builds it alone; it is here as soon as you load this page again.</p>
<p>Without it: <a href="/episodes">the episodes</a> and <a href="/dagster/">Dagster</a>.</p>"""


def panel_routes(folder: Path = BUILT_PANEL) -> list[Route]:
    """Return the routes of the panel's pages and files.

    Args:
        folder: Where it is built; it may be built later, while the process runs.
    """

    def page(request: Request) -> Response:
        return _page(folder, is_home=request.url.path == "/")

    def file(request: Request) -> Response:
        return _file(folder, request.path_params["path"])

    addresses = [*PAGES, *(f"{path}/{{rest:path}}" for path in PAGES if path != "/")]
    return [*(Route(path, page) for path in addresses), Route(f"/{_FILES_PREFIX}/{{path:path}}", file)]


def _page(folder: Path, *, is_home: bool) -> Response:
    index = folder / "index.html"
    if not index.is_file():
        body = pages.html_page("The Director panel", _NOT_BUILT)
        return HTMLResponse(body, 200 if is_home else 404, {"Cache-Control": "no-store"})
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": _CHECK_EACH_TIME}
    return HTMLResponse(index.read_bytes(), headers=headers)


def _file(folder: Path, path: str) -> Response:
    """Return a file of the panel; those with a digest in their name never change."""
    root = (folder / _FILES_PREFIX).resolve()
    target = root / path
    media_type = MEDIA_TYPES.get(target.suffix)
    if media_type is None or "\0" in path or not target.resolve().is_relative_to(root) or not target.is_file():
        raise HTTPException(404, "no such file")
    is_hashed = target.resolve().is_relative_to(root / "assets")
    return FileResponse(
        target, media_type=media_type, headers={"Cache-Control": _NEVER_CHANGES if is_hashed else _CHECK_EACH_TIME}
    )
