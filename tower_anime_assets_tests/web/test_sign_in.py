"""Signing in and out behind the guard, over HTTP and as a person does it in a browser."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpx
import pytest
import uvicorn
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.store import access_tokens
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.access import CALLER_KEY, Access
from tower_anime_assets.web.addresses import allowed_hosts, allowed_origins
from tower_anime_assets.web.guard import Guard
from tower_anime_assets.web.pages import html_page
from tower_anime_assets.web.sign_in import local_path, sign_in_routes
from tower_anime_assets_tests.conftest import DatabaseServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")

PATH = "/episodes/nexus-e01?a=1"

ELSEWHERE = [
    "http://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "/\r\n/evil.example", "///evil.example", "https:evil.example", "javascript:alert(1)",
    " //evil.example", "/ /evil.example", "evil.example", "\x00//evil.example", "/\x85/evil.example",
    "/a\\..\\..//evil.example", "/a\r\nSet-Cookie: x=1",
]  # fmt: skip
"""What would lead a browser away, or put a header into the answer."""


@dataclass
class Served:
    """A server with a page and a WebSocket behind the guard.

    Attributes:
        token: Luna's, who may direct.
    """

    url: str
    database: Database
    token: str

    def sign_in(self, client: httpx.Client, token: str, target: str = "") -> httpx.Response:
        """Send the form as a browser does."""
        return client.post("/sign-in", data={"token": token, "next": target}, headers={"Origin": self.url})

    def give(self, name: str) -> str:
        return access_tokens.add_token(self.database, name, Scope.READ, None, "me")


@contextlib.contextmanager
def serve(build: Callable[[int], ASGIApp]) -> Iterator[int]:
    """Serve an application that knows its port on loopback."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
        server = uvicorn.Server(uvicorn.Config(build(port), log_level="error", proxy_headers=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "it did not start"
            time.sleep(0.01)
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join(10)


async def show_page(request: Request) -> Response:
    caller = request.scope["state"][CALLER_KEY]
    return HTMLResponse(html_page("Page", f"<h1>{request.url.path} for {caller.name}</h1>"))


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


@pytest.fixture(scope="module")
def served(database_server: DatabaseServer) -> Iterator[Served]:
    database = Database(database_server.make_database())
    token = access_tokens.add_token(database, "Luna", Scope.DIRECT, None, "me")

    def build(port: int) -> ASGIApp:
        settings = Settings(Path("/projects"), Path("/home"), web_port=port)
        access = Access(settings, database)
        routes = [*sign_in_routes(access), WebSocketRoute("/live", echo), Route("/{path:path}", show_page)]
        return Guard(Starlette(routes=routes), allowed_hosts(settings), allowed_origins(settings), access)

    with serve(build) as port:
        yield Served(f"http://127.0.0.1:{port}", database, token)
    database.close()


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, trust_env=False) as made:
        yield made


def test_a_page_leads_to_the_form_and_the_form_to_the_page(served: Served, client: httpx.Client) -> None:
    asked = client.get(PATH, headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, f"/sign-in?next={quote(PATH)}")
    form = client.get(asked.headers["location"], headers={"Sec-Fetch-Site": "same-origin"})
    assert f'name="next" value="{PATH}"' in form.text
    assert form.headers["cache-control"] == "no-store"
    assert "script" not in form.text
    signed_in = served.sign_in(client, f" {served.token}\n", PATH)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, PATH)
    assert signed_in.headers["cache-control"] == "no-store"
    assert served.token not in str(signed_in.headers)
    assert "for Luna" in client.get(PATH).text
    assert client.get("/sign-in", params={"next": PATH}).headers["location"] == PATH
    assert client.post("/sign-out", headers={"Origin": served.url}).headers["location"] == "/sign-in"
    assert client.get(PATH).status_code == 401
    assert client.get(PATH).headers["www-authenticate"] == "Bearer"


def test_whoever_is_wrong_is_told_without_what_they_sent(served: Served, client: httpx.Client) -> None:
    wrong = served.sign_in(client, "tower_wrong<b>", PATH)
    assert wrong.status_code == 401
    assert 'role="alert"' in wrong.text
    assert "This token is not valid" in wrong.text
    assert "wrong<b>" not in wrong.text
    assert f'name="next" value="{PATH}"' in wrong.text
    assert "Set-Cookie" not in wrong.headers
    assert served.sign_in(client, "  ").status_code == 400


@pytest.mark.chaos
@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_nowhere_else(served: Served, client: httpx.Client, target: str) -> None:
    signed_in = served.sign_in(client, served.token, target)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
    assert "x=1" not in str(signed_in.headers)
    shown = client.get("/sign-in", params={"next": target})
    assert shown.status_code == 200, "signed in already, and not led anywhere"
    arrived = httpx.get(f"{served.url}/sign-in", params={"next": target}, trust_env=False)
    assert "evil" not in arrived.headers["refresh"]
    assert "evil" not in arrived.text


@pytest.mark.chaos
@given(st.text() | st.text(alphabet="/\\.:@?#% \t\n\rabhtps") | st.text(alphabet="/.?").map(lambda end: f"/{end}"))
@example("/sign-in?next=/sign-in")
@example("/sign-out")
def test_a_path_of_ours_stays_with_us_and_never_returns_to_signing_in(text: str) -> None:
    path = local_path(text)
    if path:
        assert path == text
        assert urlsplit(urljoin("http://tower.example/sign-in", path)).netloc == "tower.example"
        assert not path.startswith(("/sign-in?", "/sign-out"))
        assert path.isprintable() or not path.isascii()


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"token=" + b"a" * 9000, 413),
        (b"&".join(b"a%d=1" % number for number in range(50)), 413),
        (b"\xff\xfe=\xff", 413),
        (b"", 400),
        (b"token=%00%ff%fe", 401),
        (urlencode({"token": "\u202e\ud83d\ude00" * 20}, errors="surrogatepass").encode(), 401),
    ],
)
def test_a_form_that_no_browser_sends_is_refused(
    served: Served, client: httpx.Client, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=body, headers=headers).status_code == status
    assert served.url


@pytest.mark.chaos
def test_other_sites_sign_nobody_in_or_out(served: Served, client: httpx.Client) -> None:
    form = {"token": served.token}
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/sign-in", data=form, headers=headers).status_code == 403
    served.sign_in(client, served.token)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "same-site"}, {}):
        assert client.post("/sign-out", headers=headers).status_code == 403
    client.get("/sign-out")
    assert client.get(PATH).status_code == 200, "still signed in"


@pytest.mark.chaos
def test_a_live_page_ends_with_its_token(served: Served, client: httpx.Client) -> None:
    token = served.give("Viktor")
    served.sign_in(client, token)
    url, cookie = served.url.replace("http", "ws") + "/live", "; ".join(f"{k}={v}" for k, v in client.cookies.items())
    ways = ({"Authorization": f"Bearer {token}"}, {"Cookie": cookie, "Origin": served.url})
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(connect(url, additional_headers=way, proxy=None)) for way in ways]
        for socket_ in sockets:
            socket_.send('{"type": "ping"}')
            assert socket_.recv(timeout=10) == '{"type": "ping"}'
        access_tokens.revoke_token(served.database, "Viktor", "me")
        time.sleep(2.1)
        for socket_ in sockets:
            socket_.send('{"type": "ping"}')
            with pytest.raises(ConnectionClosed) as closed:
                socket_.recv(timeout=10)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
    assert client.get(PATH).status_code == 401


@pytest.fixture(scope="module")
def elsewhere(served: Served) -> Iterator[str]:
    """Another site, with a link to ours: `localhost` and `127.0.0.1` are different sites."""

    async def link(_request: Request) -> Response:
        return HTMLResponse(f'<a href="{served.url}{PATH}">the new episode</a>')

    with serve(lambda _port: Starlette(routes=[Route("/", link)])) as port:
        yield f"http://localhost:{port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    made = context.new_page()
    made.set_default_timeout(20_000)
    yield made
    context.close()


@needs_chromium
@pytest.mark.browser
def test_a_person_signs_in_follows_links_from_elsewhere_reloads_and_signs_out(
    served: Served, elsewhere: str, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{served.url}{PATH}")
    expect(page.get_by_label("Token")).to_be_focused()
    page.screenshot(path=tmp_path / "sign-in.png")
    page.keyboard.type("tower_mistyped")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This token is not valid")
    page.screenshot(path=tmp_path / "refused.png")
    page.get_by_label("Token").fill(served.token)
    page.get_by_role("button", name="Sign in").click()
    heading = page.get_by_role("heading")
    expect(heading).to_have_text("/episodes/nexus-e01 for Luna")
    assert page.url == f"{served.url}{PATH}"
    page.goto(elsewhere)
    page.get_by_role("link").click()
    expect(heading).to_have_text("/episodes/nexus-e01 for Luna")
    page.reload()
    expect(heading).to_have_text("/episodes/nexus-e01 for Luna")
    assert page.url == f"{served.url}{PATH}"
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.goto(f"{served.url}/sign-in")
    expect(page.get_by_role("main")).to_contain_text("As Luna, with the scope direct.")
    page.screenshot(path=tmp_path / "account.png")
    page.get_by_role("button", name="Sign out").click()
    expect(heading).to_have_text("Sign in")
    page.goto(elsewhere)
    page.get_by_role("link").click()
    expect(heading).to_have_text("Sign in")
    assert page.context.cookies() == []


@needs_chromium
@pytest.mark.browser
@pytest.mark.chaos
def test_a_browser_takes_every_path_that_is_let_through_for_one_of_ours(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/sign-in")
    tries = [*ELSEWHERE, PATH, "/..//evil.example", "/.//evil.example", "/%2f/evil.example", "/%5cevil.example",
             "/a?next=//evil.example", "/@evil.example", "/:80/evil", "/#//evil.example", "/\u2025//evil.example",
             "/\uff0f/evil.example", "/\u3002evil.example"]  # fmt: skip
    allowed = [path for path in tries if local_path(path)]
    hosts = page.evaluate("paths => paths.map(path => new URL(path, location.href).origin)", allowed)
    assert len(allowed) > 8
    assert set(hosts) == {served.url}
