"""The Director panel: how it is served, and the built panel in a browser before a studio from memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.types import ASGIApp

from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.web.access import Caller
from tower_anime_assets.web.addresses import allowed_hosts, allowed_origins
from tower_anime_assets.web.guard import Guard
from tower_anime_assets.web.panel import BUILT_PANEL, PAGES, panel_routes
from tower_anime_assets_tests.fakes.director_api import EPISODE, DirectorApi, write_film
from tower_anime_assets_tests.web.asgi_client import Answer, ask
from tower_anime_assets_tests.web.test_sign_in import ARGUMENTS, CHROMIUM, needs_chromium, serve

ROOT = Path(__file__).parents[2]
AXE = ROOT / "panel" / "node_modules" / "axe-core" / "axe.min.js"
STORYBOARD = f"/storyboard/{EPISODE}"
SCREENS = ((390, 844), (1280, 800), (2560, 1300))


class EverybodyIsLuna:
    async def identify(self, _scope: Mapping[str, Any]) -> Caller:
        return Caller("Luna", Scope.SPEND, has_cookie=False)


def guarded(app: ASGIApp, port: int) -> Guard:
    settings = Settings(Path("/projects"), Path("/home"), web_port=port)
    return Guard(app, allowed_hosts(settings), allowed_origins(settings), EverybodyIsLuna())


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A panel as Vite leaves it, in small."""
    assets = tmp_path / "built" / "panel" / "assets"
    assets.mkdir(parents=True)
    (assets / "index-abc123.js").write_text("export {};")
    (assets.parent / "theme.js").write_text("// theme")
    (assets.parent / "notes.txt").write_text("not served")
    (tmp_path / "built" / "index.html").write_text('<div id="panel"></div>')
    (tmp_path / "secret.js").write_text("// not ours")
    return tmp_path / "built"


def get(folder: Path, path: str) -> Answer:
    return ask(guarded(Starlette(routes=panel_routes(folder)), 3000), "GET", path, [("Host", "127.0.0.1:3000")])


@pytest.mark.parametrize("path", ["/", STORYBOARD, "/shot/nexus-e01-sc01-sh0010", "/cast/nexus", "/quality", "/batch"])
def test_every_page_of_the_panel_is_answered_with_it_and_asked_for_anew(built: Path, path: str) -> None:
    answer = get(built, path)
    assert (answer.status, answer.body) == (200, b'<div id="panel"></div>')
    assert answer.header("cache-control") == "no-cache"


@pytest.mark.parametrize(
    "path", ["/api/x", "/media/x.png", "/dagster/", "/health", "/sign-in", "/episodes/x", "/nowhere"]
)
def test_the_panel_takes_no_address_of_anybody_else(built: Path, path: str) -> None:
    assert get(built, path).status == 404


def test_the_panels_pages_are_those_that_its_router_has() -> None:
    paths = re.findall(r'path: "(/[^":]*)', (ROOT / "panel" / "src" / "routes.ts").read_text())
    assert {path.rstrip("/") or "/" for path in paths} == set(PAGES)


def test_files_with_a_digest_in_their_name_are_kept_and_others_asked_for_anew(built: Path) -> None:
    script = get(built, "/panel/assets/index-abc123.js")
    assert (script.status, script.header("content-type")) == (200, "text/javascript; charset=utf-8")
    assert script.header("cache-control") == "private, max-age=31536000, immutable"
    assert get(built, "/panel/theme.js").header("cache-control") == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.js",
        "..%2fsecret.js",
        "../../secret.js",
        "assets/../../../secret.js",
        "//etc/passwd",
        "notes.txt",
        "x.js",
    ],
)
def test_nothing_but_the_panels_own_files_is_served(built: Path, path: str) -> None:
    assert get(built, f"/panel/{path}").status == 404


def test_a_link_in_the_panels_folder_leads_nowhere(built: Path) -> None:
    (built / "panel" / "link.js").symlink_to(built.parent / "secret.js")
    assert get(built, "/panel/link.js").status == 404


def test_the_panel_may_run_its_own_files_only(built: Path) -> None:
    policy = get(built, "/").header("content-security-policy")
    assert "script-src 'self'; style-src 'self';" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert get(built, "/").header("x-frame-options") == "DENY"


def test_a_panel_that_is_not_built_says_how_to_build_it_and_what_works_meanwhile(tmp_path: Path) -> None:
    home, page = get(tmp_path, "/"), get(tmp_path, STORYBOARD)
    assert (home.status, page.status) == (200, 404)
    for words in (b"<code>make up</code>", b'href="/api/docs"', b'href="/dagster/"'):
        assert words in home.body
    for words in (b"<code>tower audit nexus-e01</code>", b'href="/api/episodes/nexus-e01/storyboard"'):
        assert words in page.body
    assert b"<script>" not in get(tmp_path, "/trail/<script>").body
    assert home.header("cache-control") == "no-store"
    (tmp_path / "index.html").write_text("built meanwhile")
    assert get(tmp_path, "/").body == b"built meanwhile"


@dataclass
class Opened:
    """The built panel before a studio from memory, in a browser."""

    url: str
    api: DirectorApi
    browser: Browser


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_film(path, seconds=20)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not (BUILT_PANEL / "index.html").is_file() or not AXE.is_file():
        pytest.fail("the panel is not built; run `make panel`")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def opened(film: Path, browser: Browser) -> Iterator[Opened]:
    api = DirectorApi(film=film)
    with serve(lambda port: guarded(api.app(BUILT_PANEL), port)) as port:
        yield Opened(f"http://127.0.0.1:{port}", api, browser)


def open_page(opened: Opened, width: int, height: int, theme: str = "dark") -> tuple[Page, list[str]]:
    """Return a page of this size, and what its console says that is wrong."""
    scheme: Any = theme
    context = opened.browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(30_000)
    wrong: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(f"{message.text} {message.location['url']}")

    page.on("console", note)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return page, wrong


def violations(page: Page) -> list[str]:
    """Return what axe finds: the rule, and where."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@needs_chromium
@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen[0]))
def test_pages_fit_every_screen_in_both_themes_and_axe_finds_nothing(
    opened: Opened, screen: tuple[int, int], theme: str, tmp_path: Path
) -> None:
    page, wrong = open_page(opened, *screen, theme)
    for path, ready in (
        ("/", "article"),
        (STORYBOARD, ".approvals"),
        (f"{STORYBOARD}?quality=draft", "[role=note]"),
        ("/quality", ".chart canvas"),
        ("/batch", "[aria-labelledby=night-heading] table"),
    ):
        page.goto(f"{opened.url}{path}")
        page.locator(ready).first.wait_for()
        page.wait_for_load_state("load")
        page.screenshot(path=tmp_path / f"{path.split('/')[1] or 'home'}-{screen[0]}-{theme}.png")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= screen[0], path
    assert wrong == [], "the console is silent, also about the Content-Security-Policy"
    page.context.close()


@needs_chromium
@pytest.mark.browser
def test_a_director_judges_an_episode_with_the_keyboard_alone(opened: Opened) -> None:
    page, wrong = open_page(opened, 1280, 800)
    page.goto(f"{opened.url}/")
    page.get_by_role("link", name="The keyframes wait for a person's approval").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Signal in the Noise")).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(7)
    page.keyboard.press("1")
    expect(page.get_by_role("option")).to_have_count(28)
    chosen = page.locator("[aria-selected=true]")
    page.keyboard.press("Space")
    expect(chosen).not_to_have_id(f"shot-{EPISODE}-sc01-sh0010", timeout=30_000)  # the film has gone on
    page.keyboard.press("k")
    assert page.evaluate("document.querySelector('video').paused")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(chosen).to_have_id(f"shot-{EPISODE}-sc01-sh0020")
    page.keyboard.press("a")
    expect(page.get_by_text("sc01 · sh0020 approved", exact=True)).to_be_visible()
    expect(chosen).to_have_id(f"shot-{EPISODE}-sc01-sh0030")
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    expect(dialog.get_by_role("option", name="Hands, faces or bodies")).to_be_attached()
    assert violations(page) == []
    page.keyboard.type("hands")
    page.keyboard.press("Tab")
    page.keyboard.type("six fingers")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(chosen).to_be_focused()
    assert [(key[-6:], action, body) for key, action, body, _headers in opened.api.decisions] == [
        ("sh0020", "approve", {}),
        ("sh0030", "reject", {"reason": "anatomy", "note": "six fingers"}),
    ]
    assert opened.api.decisions[1][3]["if-match"] == '"v1"'
    assert wrong == []
    opened.api.refusal = {
        "title": "Somebody else has decided meanwhile",
        "status": 412,
        "detail": "Viktor rejected this shot. Look at it again.",
        "remedy": "Look at it again.",
    }
    page.keyboard.press("a")
    told = page.locator(".toast.bad")
    expect(told).to_contain_text("Viktor rejected this shot.")
    expect(told).to_contain_text("Look at it again.")
    assert violations(page) == []
    page.context.close()


@needs_chromium
@pytest.mark.browser
def test_drafts_are_made_and_shown_and_work_is_cancelled_with_the_keyboard_alone(opened: Opened) -> None:
    page, wrong = open_page(opened, 1280, 800)
    dialog = page.get_by_role("dialog")
    page.goto(f"{opened.url}{STORYBOARD}")
    page.get_by_role("button", name="Draft", exact=True).focus()
    page.keyboard.press("Space")
    page.wait_for_url("**?quality=draft")
    expect(page.get_by_role("note")).to_contain_text("These are drafts. The show is made at standard")
    page.get_by_role("button", name="Make …").focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Level of quality")).to_be_focused()
    expect(dialog.get_by_text("up to 1.51 EUR if gates reject")).to_be_visible()
    assert violations(page) == []
    dialog.get_by_label("Why").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Make …")).to_be_focused()
    assert opened.api.work.begun == [{"kind": "episode", "keys": [EPISODE], "quality": "draft"}]
    page.goto(f"{opened.url}/")
    cancel = page.get_by_role("main").get_by_role("button", name="Cancel Making nexus-e02")
    cancel.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("What it has made is kept")
    page.keyboard.press("Escape")
    expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Cancel the run")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("cancelled by Luna")
    opened.api.run["status"] = "canceled"
    expect(page.get_by_text("Making nexus-e02: cancelled", exact=True)).to_be_visible(timeout=30_000)
    assert wrong == []
    page.context.close()


@needs_chromium
@pytest.mark.browser
def test_a_storyboard_of_500_shots_loads_the_pictures_that_are_seen(opened: Opened) -> None:
    opened.api.scenes, opened.api.shots_per_scene = 50, 10
    page, _wrong = open_page(opened, 1280, 800)
    page.goto(f"{opened.url}{STORYBOARD}")
    expect(page.get_by_role("option")).to_have_count(500)
    loaded = page.evaluate("[...document.images].filter((image) => image.complete && image.naturalWidth).length")
    assert loaded < 150, "the others load when somebody goes there"
    page.keyboard.press("End")
    last = page.locator(f"#shot-{EPISODE}-sc50-sh0100")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    page.context.close()


@needs_chromium
@pytest.mark.browser
def test_whoever_is_not_signed_in_comes_to_the_sign_in_page(opened: Opened) -> None:
    opened.api.is_signed_in = False
    page, _wrong = open_page(opened, 1000, 700)
    page.goto(f"{opened.url}{STORYBOARD}")
    page.wait_for_url(f"{opened.url}/sign-in?next=**")
    assert page.url.endswith("next=%2Fstoryboard%2Fnexus-e01")
    page.context.close()
