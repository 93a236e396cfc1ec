"""The API's documentation at /api/docs: Swagger UI with files of a package, and no script in the page."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import fastapi_offline
from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, Response

from tower_anime_assets.web.api.problems import problem_response

PREFIX: Final = "/api/docs"
OPENAPI_PATH: Final = "/api/openapi.json"

_FOLDER: Final = Path(fastapi_offline.__file__).parent / "static"
_FILES: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon.png": "image/png",
}
_START: Final = f"""window.onload = () => SwaggerUIBundle({{
  url: "{OPENAPI_PATH}", dom_id: "#docs", deepLinking: true, validatorUrl: null,
}});
"""
_PAGE: Final = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tower API</title>
<link rel="icon" href="{PREFIX}/favicon.png">
<link rel="stylesheet" href="{PREFIX}/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="{PREFIX}/swagger-ui-bundle.js"></script>
<script src="{PREFIX}/start.js"></script>
</body>
</html>
"""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)


@router.get(PREFIX)
async def docs_page() -> Response:
    """Return the page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get(f"{PREFIX}/{{name}}")
async def docs_file(name: str) -> Response:
    """Return one of the page's files."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in _FILES:
        return problem_response(404, "the documentation has no such file")
    return FileResponse(_FOLDER / name, media_type=_FILES[name])
