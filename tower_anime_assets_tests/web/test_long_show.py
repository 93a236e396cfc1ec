"""What reads of a long show, and its pages, ask for: it is counted, since how long that takes depends on the machine.

The seconds are measured by `python -m benchmarks.panel`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser, Request
from starlette.types import ASGIApp

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.answers import Answers
from tower_anime_assets.stages.rulings import lock_take
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story
from tower_anime_assets.store.database import Database, Transaction
from tower_anime_assets.web.addresses import allowed_hosts, allowed_origins
from tower_anime_assets.web.app import build_app
from tower_anime_assets.web.guard import Guard
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.filled_show import fill_show
from tower_anime_assets_tests.web.api.conftest import client_of
from tower_anime_assets_tests.web.test_panel import EverybodyIsLuna, browser
from tower_anime_assets_tests.web.test_sign_in import needs_chromium, serve

__all__ = ["browser"]

KEY = EpisodeKey("long", "e01")
MOST_BYTES_OF_SHOT = 1_500
"""Of a storyboard or a cut list, for each shot; 500 of them are less than a second of a slow network."""
MOST_SCRIPT_BYTES = 450_000
MOST_PICTURE_BYTES = 60_000
MOST_REQUESTS = 12
"""Until the first picture of a shot is there, its own among them."""


@dataclass(frozen=True)
class LongShow:
    """A show whose episode is long, and how often the record was asked when it was short and alone."""

    studio: Studio
    short: Mapping[str, tuple[int, int]]
    long: Mapping[str, tuple[int, int]]


def addresses(studio: Studio) -> dict[str, str]:
    """Return an address of each kind that the panel reads of an episode."""
    plan = story.load_plan(studio.database, KEY)
    assert plan is not None
    shot = plan.shots[1].key
    return {
        "episodes": "/api/episodes?limit=200",
        "episode": f"/api/episodes/{KEY}",
        "storyboard": f"/api/episodes/{KEY}/storyboard",
        "approvals": f"/api/approvals/{KEY}",
        "timeline": f"/api/timelines/{KEY}",
        "shot": f"/api/shots/{shot}",
        "prompts": f"/api/prompts/{shot}",
        "history": f"/api/audit/{shot}",
        "script": f"/api/scripts/{KEY}",
        "project": "/api/projects/long",
        "gates": "/api/gates?project=long",
        "facts": "/api/facts?project=long",
        "estimate": f"/api/estimates/{KEY}",
    }


@contextmanager
def counted_queries() -> Iterator[Counter[str]]:
    """Give a counter of the queries that run while the block does, by their names."""
    counted: Counter[str] = Counter()
    run: Callable[..., Any] = Transaction._run_query

    def count(self: Transaction, name: str, parameters: Mapping[str, Any] | None) -> Any:
        counted[name] += 1
        return run(self, name, parameters)

    with patch.object(Transaction, "_run_query", count):
        yield counted


def queries_by_address(studio: Studio) -> dict[str, tuple[int, int]]:
    """Return how many queries each address takes as the first that is read, and when nothing has changed since."""
    found = {}
    for name, address in addresses(studio).items():
        with client_of(replace(studio, answers=Answers(), summaries=Answers())) as client:
            counts = []
            for _ in range(2):
                with counted_queries() as counted:
                    assert client.get(address).status_code == 200, name
                counts.append(counted.total())
        found[name] = (counts[0], counts[1])
    return found


@pytest.fixture(scope="module")
def show(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LongShow]:
    folder = tmp_path_factory.mktemp("long")
    studio = Studio(Settings(folder / "projects", folder / "home"), Database(database_server.make_database()))
    fill_show(studio, {"e01": 1})
    short = queries_by_address(studio)
    fill_show(studio, {"e01": 3, "e02": 1, "e03": 1})
    yield LongShow(studio, short, queries_by_address(studio))
    studio.close()


@pytest.mark.slow
def test_reads_ask_the_record_as_often_for_many_shots_and_episodes_as_for_few(show: LongShow) -> None:
    assert {name: warm for name, (_cold, warm) in show.long.items()} == {
        name: warm for name, (_cold, warm) in show.short.items()
    }
    # For the first time each episode is looked for, and of an estimate each scene's plan, which rests on those before.
    first = {name: cold for name, (cold, _warm) in show.long.items() if name not in ("episodes", "estimate")}
    assert first == {name: show.short[name][0] for name in first}
    assert max(warm for _cold, warm in show.long.values()) <= 20


@pytest.mark.slow
def test_what_is_read_again_of_an_episode_takes_one_look_at_the_record(show: LongShow) -> None:
    # The list of episodes takes one more: which there are on record.
    assert {name: show.long[name][1] for name in ("storyboard", "timeline", "approvals")} == {
        "storyboard": 1,
        "timeline": 1,
        "approvals": 2,
    }
    assert show.long["episodes"][1] == 2


@pytest.mark.slow
def test_answers_have_no_more_bytes_for_a_shot_than_a_slow_network_carries(show: LongShow) -> None:
    plan = story.load_plan(show.studio.database, KEY)
    assert plan is not None
    with client_of(show.studio) as client:
        for name in ("storyboard", "timeline", "episode"):
            size_bytes = len(client.get(addresses(show.studio)[name]).content)
            assert size_bytes < MOST_BYTES_OF_SHOT * len(plan.shots), name


@pytest.mark.slow
def test_what_was_kept_is_not_shown_after_a_decision(show: LongShow) -> None:
    with client_of(show.studio) as client:
        urls = addresses(show.studio)
        before = {name: client.get(urls[name]).json() for name in ("storyboard", "episodes", "timeline", "episode")}
        shot = before["storyboard"]["scenes"][0]["shots"][1]
        lock_take(show.studio, shot["clip"]["id"], "Mei", "the best")
        board = client.get(urls["storyboard"]).json()
        assert board["scenes"][0]["shots"][1]["locked_by"] == "Mei"
        assert client.get(urls["timeline"]).json()["shots"][1]["state"] == "locked"
        assert client.get(urls["episodes"]).json()["items"][0]["shots"] == before["episodes"]["items"][0]["shots"]


@needs_chromium
@pytest.mark.browser
@pytest.mark.slow
def test_the_first_picture_of_a_shot_takes_few_requests_and_small_files(show: LongShow, browser: Browser) -> None:
    studio = show.studio
    shot = addresses(studio)["shot"].rpartition("/")[2]

    def build(port: int) -> ASGIApp:
        settings = Settings(Path("/projects"), Path("/home"), web_port=port)
        return Guard(build_app(studio), allowed_hosts(settings), allowed_origins(settings), EverybodyIsLuna())

    with serve(build) as port, browser.new_context() as context:
        page = context.new_page()
        asked: list[Request] = []
        page.on("request", lambda request: asked.append(request))
        page.goto(f"http://127.0.0.1:{port}/shot/{shot}", wait_until="commit")
        page.locator(".viewer img").first.wait_for()
        picture = page.locator(".viewer img").first.get_attribute("src") or ""
        until_then = asked[: next(at for at, one in enumerate(asked) if one.url.endswith(picture)) + 1]
        paths = [one.url.removeprefix(f"http://127.0.0.1:{port}") for one in until_then]
        assert len(paths) <= MOST_REQUESTS, paths
        assert paths.count(f"/api/shots/{shot}") == 1, "it is asked for early, and not again"
        assert paths.index(f"/api/shots/{shot}") < paths.index(picture)
        page.wait_for_load_state("load")
        sizes = {one.url: len(one.response().body()) for one in until_then if ".js" in one.url}  # type: ignore[union-attr]
        assert sum(sizes.values()) < MOST_SCRIPT_BYTES, sizes
        assert len(context.request.get(f"http://127.0.0.1:{port}{picture}").body()) < MOST_PICTURE_BYTES
