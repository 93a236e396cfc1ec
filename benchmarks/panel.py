"""The Director panel on an episode of 500 shots: every read of the API, its storyboard, and the picture of a shot.

`python -m benchmarks.panel` prints its table. The web process is the one of `tower up`, in a process of its own; the
pages are opened in Chromium. How long all that takes depends on the machine and its load, so the time of the processor
is shown beside. What depends on neither is counted in `tower_anime_assets_tests/web/test_long_show.py`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from benchmarks.long_record import _tune
from benchmarks.services import _roomy
from benchmarks.table import Row, print_rows
from tower_anime_assets.defs.instance import dagster_environment
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import migrations, server
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.panel import BUILT_PANEL
from tower_anime_assets_tests.defs.running_tower import free_port
from tower_anime_assets_tests.fakes.director_api import write_film
from tower_anime_assets_tests.filled_show import PROJECT_ID, SHOTS_OF_SCENE, fill_show
from tower_anime_assets_tests.web.test_sign_in import ARGUMENTS, CHROMIUM

SHOTS: Final = 500
EPISODE: Final = f"{PROJECT_ID}-e01"
READS: Final = 40
"""Of each address."""
VISITS: Final = 7
"""Of each page."""
MOST_READ_MS, MOST_PAGE_MS, MOST_PICTURE_MS = 50, 1000, 300
VIEWPORT: Final = {"width": 1440, "height": 900}
START_S: Final = 120

Address = Callable[[int], str]
"""Returns the address that is read the n-th time."""


@dataclass(frozen=True)
class Reads:
    """How long reads of one address took.

    Attributes:
        times_ms: Of each, from the request to the whole answer.
        cpu_ms: Processor time of the web process for one, mean.
    """

    times_ms: tuple[float, ...]
    cpu_ms: float
    size_bytes: int

    @property
    def p95_ms(self) -> float:
        """The time that one in twenty took longer than."""
        return statistics.quantiles(self.times_ms, n=20)[-1]


def measure(shots: int = SHOTS) -> list[Row]:
    """Return the figures of an episode of so many shots."""
    if not (BUILT_PANEL / "index.html").is_file():
        raise SystemExit("the panel is not built: run `make panel`")
    with tempfile.TemporaryDirectory(prefix="tower-", dir=_roomy()) as folder:
        settings = Settings(Path(folder) / "projects", Path(folder) / "home", web_port=free_port())
        settings.home.mkdir()
        url = server.ensure_server(settings).url
        try:
            _fill(settings, url, shots)
            with _served(settings, url) as web:
                return [*web.read_rows(), *web.page_rows()]
        finally:
            server.stop_server(settings, only_if_unused=False)


def _fill(settings: Settings, url: str, shots: int) -> None:
    began = time.monotonic()
    database = Database(url)
    _tune(url)
    migrations.apply_migrations(database)
    film = settings.home / "film.mp4"
    write_film(film, seconds=4)
    studio = Studio(settings, database)
    fill_show(studio, {"e01": shots // SHOTS_OF_SCENE}, clip=film)
    studio.close()
    print(f"{shots} shots filled in {time.monotonic() - began:.0f} s", file=sys.stderr)


@contextmanager
def _served(settings: Settings, url: str) -> Iterator[_Web]:
    """Give the web process of `tower up`, once Dagster is open in it."""
    environment = {**os.environ, **dagster_environment(settings, url)}
    command = [sys.executable, "-m", "tower_anime_assets.cli.web_process"]
    address = f"http://127.0.0.1:{settings.web_port}"
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as client,
    ):
        try:
            until = time.monotonic() + START_S
            while not _is_open(client):
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit("the web process did not start")
                time.sleep(0.2)
            yield _Web(client, process.pid, address)
        finally:
            process.terminate()


def _is_open(client: httpx.Client) -> bool:
    try:
        return bool(client.get("/health").json()["dagster"] == "open")
    except httpx.TransportError:
        return False


@dataclass(frozen=True)
class _Web:
    client: httpx.Client
    pid: int
    address: str

    def read_rows(self) -> list[Row]:
        """Return the rows of the API's reads: each address when nothing changed, and once after a decision."""
        addresses, shots = self._addresses()
        for address in addresses.values():
            self._get(address(0))  # for the first time of all: modules are imported
        reads = {name: self._read(address) for name, address in addresses.items()}
        all_ms = [one for each in reads.values() for one in each.times_ms]
        p95_ms = statistics.quantiles(all_ms, n=20)[-1]
        slowest = max(reads, key=lambda name: reads[name].p95_ms)
        promise = f"under {MOST_READ_MS} ms"
        rows = [
            Row(f"Reads of the API, {len(reads)} addresses, p95", p95_ms, "ms", promise, p95_ms < MOST_READ_MS),
            Row(
                f"The slowest of them, {slowest}, p95",
                reads[slowest].p95_ms,
                "ms",
                promise,
                reads[slowest].p95_ms < MOST_READ_MS,
            ),
        ]
        for name, one in reads.items():
            label = f"{name}, {one.size_bytes / 1000:,.0f} kB, p95; processor {one.cpu_ms:.1f} ms"
            rows.append(Row(label, one.p95_ms, "ms", "shown", True))
        return rows + self._rows_after_decisions(addresses, shots)

    def _rows_after_decisions(self, addresses: Mapping[str, Address], shots: Sequence[str]) -> list[Row]:
        rows = []
        for name in ("storyboard", "shot", "timeline", "episode", "episodes", "approvals"):
            times, used_s = [], []
            for number in range(5):
                self._decide(shots[number * 7])
                before = self._cpu_s()
                times.append(self._get(addresses[name](number))[0])
                used_s.append(self._cpu_s() - before)
            label = f"{name} as the first read after a decision; processor {statistics.median(used_s) * 1e3:.0f} ms"
            rows.append(Row(label, statistics.median(times), "ms", "shown", True))
        return rows

    def _addresses(self) -> tuple[dict[str, Address], list[str]]:
        """Return every address that the panel reads by what it is of, and the keys of the shots."""
        board = self.client.get(f"/api/episodes/{EPISODE}/storyboard").raise_for_status().json()
        listed = [shot for scene in board["scenes"] for shot in scene["shots"]]
        keys, takes = [shot["key"] for shot in listed], [shot["keyframe"]["id"] for shot in listed]

        def always(address: str) -> Address:
            return lambda _number: address

        def of(base: str, names: Sequence[str]) -> Address:
            return lambda number: base + names[number * 37 % len(names)]

        addresses = {
            "me": always("/api/me"),
            "episodes": always("/api/episodes?limit=200"),
            "episode": always(f"/api/episodes/{EPISODE}"),
            "storyboard": always(f"/api/episodes/{EPISODE}/storyboard"),
            "approvals": always(f"/api/approvals/{EPISODE}"),
            "timeline": always(f"/api/timelines/{EPISODE}"),
            "shot": of("/api/shots/", keys),
            "take": of("/api/takes/", takes),
            "prompts": of("/api/prompts/", keys),
            "history of a shot": of("/api/audit/", keys),
            "history of an episode": always(f"/api/audit/{EPISODE}"),
            "feedback": always(f"/api/feedback?key={EPISODE}"),
            "waivers": always(f"/api/waivers?key={EPISODE}"),
            "gates": always(f"/api/gates?project={PROJECT_ID}"),
            "projects": always("/api/projects?limit=200"),
            "project": always(f"/api/projects/{PROJECT_ID}"),
            "script": always(f"/api/scripts/{EPISODE}"),
            "memory": always(f"/api/facts?project={PROJECT_ID}&limit=100"),
            "quality": always(f"/api/quality/{PROJECT_ID}"),
            "sessions": always(f"/api/sessions?project={PROJECT_ID}&limit=50"),
            "runs": always("/api/runs?active=true"),
            "next night": always("/api/nights"),
            "reasons": always("/api/reasons"),
            "estimate": always(f"/api/estimates/{EPISODE}"),
        }
        return addresses, keys

    def _read(self, address: Address) -> Reads:
        before = self._cpu_s()
        answers = [self._get(address(number)) for number in range(READS)]
        cpu_ms = (self._cpu_s() - before) / READS * 1e3
        return Reads(tuple(took for took, _size in answers), cpu_ms, max(size for _took, size in answers))

    def _get(self, address: str) -> tuple[float, int]:
        began = time.perf_counter()
        answer = self.client.get(address)
        took_ms = (time.perf_counter() - began) * 1e3
        answer.raise_for_status()
        return took_ms, len(answer.content)

    def _decide(self, shot: str) -> None:
        """Lock the shot's take in use, or let go of it."""
        is_locked = self.client.get(f"/api/shots/{shot}").json()["locked_by"] is not None
        action = "release" if is_locked else "lock"
        headers = {"Origin": self.address, "Idempotency-Key": f"bench-{time.monotonic_ns()}"}
        body = {"why": "it is the best"}
        self.client.post(f"/api/shots/{shot}/{action}", json=body, headers=headers).raise_for_status()

    def _cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def page_rows(self) -> list[Row]:
        """Return the rows of the pages in Chromium."""
        _addresses, shots = self._addresses()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            try:
                return [
                    *_storyboard_rows(browser, f"{self.address}/storyboard/{EPISODE}"),
                    *_picture_rows(browser, self.address, shots),
                ]
            finally:
                browser.close()


# In the browser -------------------------------------------------------------------------------------------------------

_WATCH_STORYBOARD: Final = """
(() => {
  const chosen = () => document.querySelector('[role=option][aria-selected=true]');
  const soon = (then) => requestAnimationFrame(() => setTimeout(then));
  const watcher = new MutationObserver(() => {
    const first = chosen();
    if (!first) return;
    watcher.disconnect();
    soon(() => {
      window.renderedMs = performance.now();
      const step = () => document.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
      step();
      soon(() => {
        const now = chosen();
        if (!now || now === first) throw new Error('the storyboard does not answer a key');
        window.interactiveMs = performance.now();
      });
    });
  });
  watcher.observe(document, {subtree: true, childList: true, attributes: true});
})();
"""
"""Notes when the first shots are on the screen, and when a key has moved the selection there."""

_WATCH_PICTURE: Final = """
window.pictureFrom = 0;
document.addEventListener('load', (event) => {
  const picture = event.target;
  if (window.pictureMs || !(picture instanceof HTMLImageElement) || !picture.closest('.viewer')) return;
  if (window.pictureOf && !picture.src.includes(window.pictureOf)) return;
  requestAnimationFrame(() => setTimeout(() => { window.pictureMs = performance.now() - window.pictureFrom; }));
}, true);
"""
"""Notes when the first picture of a shot is on the screen, counted from the navigation or from a key."""


def _storyboard_rows(browser: Browser, url: str) -> list[Row]:
    rows = []
    promise = f"under {MOST_PAGE_MS} ms"
    for what, is_known in (("opened for the first time", False), ("opened again", True)):
        visits = [_visit_storyboard(browser, url, is_known=is_known) for _ in range(VISITS)]
        interactive, rendered, busy = (statistics.median(figures) for figures in zip(*visits, strict=True))
        label = f"The storyboard of {SHOTS} shots, {what}, answers a key"
        rows += [
            Row(
                f"{label}; processor of the page {busy:.0f} ms", interactive, "ms", promise, interactive < MOST_PAGE_MS
            ),
            Row("Its first shots are shown", rendered, "ms", "shown", True),
        ]
    return rows


def _visit_storyboard(browser: Browser, url: str, *, is_known: bool) -> tuple[float, float, float]:
    """Return when the page answered a key and when it showed shots, and the processor time of its thread, ms."""
    with _context(browser) as context:
        page = context.new_page()
        if is_known:
            page.goto(url)
            page.locator("[role=option]").first.wait_for()
            page.goto("about:blank")
        page.add_init_script(_WATCH_STORYBOARD)
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(url, wait_until="commit")
        interactive = _note_of(page, "interactiveMs")
        return interactive, _note_of(page, "renderedMs"), _busy_ms(session)


def _picture_rows(browser: Browser, address: str, shots: Sequence[str]) -> list[Row]:
    promise = f"under {MOST_PICTURE_MS} ms"
    rows = []
    ways: dict[str, Callable[[str, str], float]] = {
        "opened for the first time": lambda shot, _next: _visit_shot(browser, f"{address}/shot/{shot}", is_known=False),
        "opened with the panel's files at hand": lambda shot, _next: _visit_shot(
            browser, f"{address}/shot/{shot}", is_known=True
        ),
        "from the shot before it": lambda shot, after: _step_to_shot(browser, f"{address}/shot/{shot}", after),
        "from the storyboard": lambda shot, _next: _open_from_storyboard(browser, address, shot),
    }
    for way, visit in ways.items():
        times = [visit(shots[20 + number * 31], shots[21 + number * 31]) for number in range(VISITS)]
        took_ms = statistics.median(times)
        rows.append(Row(f"The first picture of a shot, {way}", took_ms, "ms", promise, took_ms < MOST_PICTURE_MS))
    return rows


def _visit_shot(browser: Browser, url: str, *, is_known: bool) -> float:
    """Return after how many ms of a navigation a shot's first picture was on the screen."""
    with _context(browser) as context:
        page = context.new_page()
        if is_known:
            other = url.rpartition("-sc")[0] + "-sc01-sh0010"
            page.goto(other)
            page.locator(".viewer img").first.wait_for()
            page.goto("about:blank")
        page.add_init_script(_WATCH_PICTURE)
        page.goto(url, wait_until="commit")
        return _note_of(page, "pictureMs")


def _step_to_shot(browser: Browser, url: str, after: str) -> float:
    with _context(browser) as context:
        page = context.new_page()
        page.add_init_script(_WATCH_PICTURE)
        page.goto(url)
        _note_of(page, "pictureMs")
        page.wait_for_timeout(1500)  # as somebody looks at it
        page.evaluate("window.pictureMs = 0; window.pictureFrom = performance.now()")
        page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: ']', bubbles: true}))")
        page.wait_for_url(f"**/{after}")
        return _note_of(page, "pictureMs")


def _open_from_storyboard(browser: Browser, address: str, shot: str) -> float:
    with _context(browser) as context:
        page = context.new_page()
        page.add_init_script(_WATCH_PICTURE)
        page.goto(f"{address}/storyboard/{EPISODE}")
        card = page.locator(f"#shot-{shot}")
        card.scroll_into_view_if_needed()
        card.click()
        page.wait_for_timeout(1000)
        page.evaluate("window.pictureMs = 0; window.pictureFrom = performance.now()")
        page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))")
        page.wait_for_url(f"**/shot/{shot}")
        return _note_of(page, "pictureMs")


def _note_of(page: Page, name: str) -> float:
    """Return what the page's watcher has noted, once it has; a page's policy forbids `wait_for_function`."""
    until = time.monotonic() + START_S
    while not (noted := page.evaluate(f"window.{name}")):
        if time.monotonic() > until:
            raise SystemExit(f"{page.url} has noted no {name}")
        page.wait_for_timeout(20)
    return float(noted)


def _busy_ms(session: CDPSession) -> float:
    """Return the processor time of the page's main thread since its metrics were enabled."""
    metrics: Sequence[Mapping[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration") * 1e3


@contextmanager
def _context(browser: Browser) -> Iterator[BrowserContext]:
    """Give a browser that has never been here."""
    context = browser.new_context(viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]})
    context.set_default_timeout(60_000)
    try:
        yield context
    finally:
        context.close()


def main() -> int:
    """Print the table; return the exit code."""
    print(f"load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    rows = measure()
    print(f"load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    print_rows(rows)
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
