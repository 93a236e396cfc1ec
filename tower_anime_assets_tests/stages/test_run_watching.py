"""Following runs: a look serves everybody, an unchanged run is told now and then, its end ends it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tower_anime_assets.errors import ServiceUnavailableError, UnknownKeyError
from tower_anime_assets.stages.run_launching import RunStatus, RunView
from tower_anime_assets.stages.run_watching import RunWatches

RUN = RunView(
    "r1", "produce_episode", RunStatus.RUNNING, "nexus-e01", (), "mira", "", "", datetime.now(UTC), None, None
)


class Runs:
    """A run that goes on with every look."""

    def __init__(self, looks: int, *, changes: bool = True) -> None:
        self.looks = 0
        self._last = looks
        self._changes = changes

    def read(self, run_id: str) -> RunView:
        if run_id != RUN.id:
            raise UnknownKeyError(f"there is no run {run_id}")
        self.looks += 1
        if self.looks >= self._last:
            return replace(RUN, status=RunStatus.SUCCEEDED)
        return replace(RUN, ahead=self.looks) if self._changes else RUN


async def follow(watches: RunWatches, pause_s: float = 0.0, run_id: str = RUN.id) -> list[RunView]:
    views = []
    async for view in watches.watch(run_id):
        views.append(view)
        await asyncio.sleep(pause_s)
    return views


def test_every_change_is_told_until_the_end() -> None:
    views = asyncio.run(follow(RunWatches(Runs(5).read, poll_s=0.01)))
    assert [view.ahead for view in views] == [1, 2, 3, 4, 0]
    assert views[-1].status is RunStatus.SUCCEEDED


def test_an_unchanged_run_is_told_once_and_then_at_every_heartbeat() -> None:
    assert len(asyncio.run(follow(RunWatches(Runs(8, changes=False).read, poll_s=0.01, heartbeat_s=60)))) == 2
    assert len(asyncio.run(follow(RunWatches(Runs(8, changes=False).read, poll_s=0.01, heartbeat_s=0)))) == 8


def test_many_who_watch_one_run_cost_as_many_looks_as_one() -> None:
    runs = Runs(10)

    async def watch_together() -> list[list[RunView]]:
        watches = RunWatches(runs.read, poll_s=0.05)
        return await asyncio.gather(*(follow(watches) for _ in range(20)))

    seen = asyncio.run(watch_together())
    assert all(views[-1].status is RunStatus.SUCCEEDED for views in seen)
    assert runs.looks < 20


def test_a_slow_reader_is_given_the_newest_and_holds_up_nobody() -> None:
    async def watch_together() -> tuple[list[RunView], list[RunView]]:
        watches = RunWatches(Runs(12).read, poll_s=0.02)
        return await asyncio.gather(follow(watches), follow(watches, pause_s=0.15))

    quick, slow = asyncio.run(watch_together())
    assert len(slow) < len(quick)
    assert slow[-1].status is quick[-1].status is RunStatus.SUCCEEDED


def test_too_many_are_refused_and_whoever_leaves_makes_room() -> None:
    async def crowd() -> None:
        watches = RunWatches(Runs(10**6).read, poll_s=0.01, max_watches=2)
        async with aclosing(watches.watch(RUN.id)) as first, aclosing(watches.watch(RUN.id)) as second:
            await anext(first)
            await anext(second)
            with pytest.raises(ServiceUnavailableError, match="2 pages watch runs already"):
                await anext(watches.watch(RUN.id))
            await second.aclose()
            async with aclosing(watches.watch(RUN.id)) as third:
                assert (await anext(third)).id == RUN.id

    asyncio.run(crowd())


def test_an_unknown_run_ends_the_watch_and_is_forgotten() -> None:
    async def ask_twice() -> None:
        watches = RunWatches(Runs(3).read, poll_s=0.01, max_watches=1)
        for _ in range(2):
            with pytest.raises(UnknownKeyError):
                await follow(watches, run_id="nobody")

    asyncio.run(ask_twice())
