"""Signing in with a token and signing out: plain pages without scripts, which set and delete the session's cookie.

The cookie is SameSite=Strict, so a browser that follows a link in a chat or mail arrives without it. Such an arrival is
answered by a page that at once asks again: that time the page asks, not the other site, and the cookie comes along.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import parse_qs, quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tower_anime_assets.errors import TowerError
from tower_anime_assets.web.access import Access, AccessDenied, Caller
from tower_anime_assets.web.pages import html_page
from tower_anime_assets.web.request_rules import SIGN_IN_PATH, SIGN_OUT_PATH

MAX_FORM_BYTES = 8192

_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f]*")
"""No `//` at the start and no backslash, which begin a host, and no control characters, which browsers leave out."""

_HEADERS = {"Cache-Control": "no-store"}
"""Besides those that the guard adds. A stricter Referrer-Policy would have forms sent with `Origin: null`."""


def sign_in_routes(access: Access) -> list[Route]:
    """Return the routes of signing in and out."""

    async def show(request: Request) -> Response:
        return await _show(access, request)

    async def sign_in(request: Request) -> Response:
        return await _sign_in(access, request)

    async def sign_out(request: Request) -> Response:
        cookie = await access.sign_out(request.scope)
        return RedirectResponse(SIGN_IN_PATH, 303, {**_HEADERS, "Set-Cookie": cookie})

    return [
        Route(SIGN_IN_PATH, show, methods=["GET"]),
        Route(SIGN_IN_PATH, sign_in, methods=["POST"]),
        Route(SIGN_OUT_PATH, sign_out, methods=["POST"]),
    ]


def local_path(text: str) -> str:
    """Return a path of ours with its query, "" for whatever may lead a browser elsewhere or back to signing in."""
    if len(text) > 2000 or not _LOCAL_PATH.fullmatch(text):
        return ""
    path = text.partition("?")[0].partition("#")[0]
    return "" if path in (SIGN_IN_PATH, SIGN_OUT_PATH) else text


async def _show(access: Access, request: Request) -> Response:
    target = local_path(request.query_params.get("next", ""))
    try:
        caller = await access.identify(request.scope)
    except AccessDenied as denied:
        # Browsers do not tell plain http servers of other machines where they come from.
        is_ours = request.headers.get("sec-fetch-site") in ("same-origin", "none") or "again" in request.query_params
        if not is_ours:
            return _ask_again(target)
        return _form(target, "" if denied.status == 401 else denied.message, denied)
    if target:
        return RedirectResponse(target, 303, _HEADERS)
    return _page("Signed in", _account(caller))


async def _sign_in(access: Access, request: Request) -> Response:
    form = await _read_form(request)
    if form is None:
        return _form("", "The form could not be read.", AccessDenied(413, ""))
    target = local_path(form.get("next", ""))
    token = form.get("token", "").strip()
    if not token:
        return _form(target, "Enter your token.", AccessDenied(400, ""))
    try:
        cookie = await access.sign_in(request.scope, token)
    except AccessDenied as denied:
        return _form(target, denied.message, denied)
    except TowerError as error:
        return _form(target, str(error), AccessDenied(503, ""))
    return RedirectResponse(target or "/", 303, {**_HEADERS, "Set-Cookie": cookie})


async def _read_form(request: Request) -> dict[str, str] | None:
    """Return the fields of a form as browsers send them, None if it is too long or not one."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_FORM_BYTES:
                return None
        fields = parse_qs(body.decode(), max_num_fields=10)
    except (ClientDisconnect, ValueError):
        return None
    return {name: values[0] for name, values in fields.items()}


def _ask_again(target: str) -> Response:
    """Return a page that asks for itself at once, as one of this site."""
    url = f"{SIGN_IN_PATH}?again=1&next={quote(target, safe='')}"
    body = f'<h1>Opening ...</h1><p><a href="{escape(url)}">Go on</a></p>'
    return _page("Opening", body, headers={"Refresh": f"0; url={url}"})


def _form(target: str, problem: str, denied: AccessDenied) -> Response:
    error = f'<p class="bad" role="alert" id="problem">{escape(problem)}</p>' if problem else ""
    described = ' aria-describedby="problem" aria-invalid="true"' if problem else ""
    body = (
        f'<main><h1>Sign in</h1>{error}<form method="post" action="{SIGN_IN_PATH}">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        '<label for="token">Token</label>'
        f'<input id="token" name="token" type="password" required autofocus spellcheck="false"'
        f' autocomplete="current-password"{described}><button type="submit">Sign in</button></form>'
        '<p class="dim">No token? Ask whoever runs this Tower for one: <code>tower token add NAME --scope read</code>'
        "</p></main>"
    )
    retry = {} if denied.retry_after_s is None else {"Retry-After": f"{denied.retry_after_s:.0f}"}
    return _page("Sign in", body, 200 if not problem else denied.status, retry)


def _account(caller: Caller) -> str:
    body = (
        f"<main><h1>Signed in</h1><p>As <b>{escape(caller.name)}</b>, with the scope <b>{caller.scope.value}</b>.</p>"
    )
    if caller.has_cookie:
        body += f'<form method="post" action="{SIGN_OUT_PATH}"><button type="submit">Sign out</button></form>'
    return f'{body}<p><a href="/">The Director panel</a></p></main>'


def _page(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(html_page(title, body, has_links=False), status, {**_HEADERS, **(headers or {})})
