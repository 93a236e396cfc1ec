"""A web UI that takes long to open, cannot be opened, or is open, beside pages that answer in the meantime."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.web.mounted import MountedApp, MountState
from tower_anime_assets_tests.web.asgi_client import Answer, ask, connect

LONGEST_S = 10


class SlowUi:
    """Opens when it is told to; its application answers with the path that it was handed."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.may_open = threading.Event()
        self.is_closed = False
        self.failure = failure

    @contextmanager
    def open(self) -> Iterator[Any]:
        assert self.may_open.wait(LONGEST_S)
        if self.failure:
            raise self.failure

        async def app(scope: Any, _receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": scope["path"].encode()})

        yield app
        self.is_closed = True


def run(ui: SlowUi, tmp_path: Path, *, opens: bool) -> tuple[MountedApp, Answer, Answer]:
    """Serve a UI, and return it with its answers while it opens and, if it may open, after that."""
    mounted = MountedApp("/dagster", "The UI", ui.open, tmp_path)

    async def serve() -> tuple[Answer, Answer]:
        async with mounted.running():
            early = await asyncio.to_thread(ask, mounted, "GET", "/dagster/runs")
            assert not (await asyncio.to_thread(connect, mounted, "/dagster/graphql")).is_accepted
            if opens:
                ui.may_open.set()
                async with asyncio.timeout(LONGEST_S):
                    while mounted.state == MountState.OPENING:
                        await asyncio.sleep(0.01)
            return early, await asyncio.to_thread(ask, mounted, "GET", "/dagster/runs")

    return (mounted, *asyncio.run(serve()))


def test_a_page_that_loads_again_stands_for_it_until_it_is_open(tmp_path: Path) -> None:
    ui = SlowUi()
    mounted, early, later = run(ui, tmp_path, opens=True)
    assert (early.status, early.header("retry-after"), early.header("refresh")) == (503, "2", "2")
    assert b"The UI is starting" in early.body
    assert (mounted.state, later.status, later.body) == (MountState.OPEN, 200, b"/dagster/runs")
    assert ui.is_closed
    assert ask(mounted, "GET", "/dagster").header("location") == "/dagster/"


def test_one_that_cannot_be_opened_says_why_and_what_to_do(tmp_path: Path) -> None:
    failure = ServiceUnavailableError("the database at <db> does not answer")
    mounted, _early, later = run(SlowUi(failure), tmp_path, opens=True)
    assert (mounted.state, later.status, later.header("refresh")) == (MountState.FAILED, 503, "")
    assert b"the database at &lt;db&gt; does not answer<br>" in later.body
    assert b"start `tower up` again" in later.body


def test_the_end_does_not_wait_for_one_that_is_still_opening(tmp_path: Path) -> None:
    ui = SlowUi()
    mounted, _early, later = run(ui, tmp_path, opens=False)  # `may_open` waits longer than this test may take
    assert (mounted.state, later.status, ui.is_closed) == (MountState.OPENING, 503, False)
    ui.may_open.set()
