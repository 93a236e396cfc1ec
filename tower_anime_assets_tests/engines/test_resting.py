"""A workflow that keeps failing pauses, says so and goes on; servers that are away are waited for, for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tower_anime_assets.engines import resting
from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import MAX_SERVER_MOVES, generate
from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.resting import AwayServers, Waiter, wait_for_turn
from tower_anime_assets.errors import (
    EXIT_SERVICE,
    Cause,
    NotNowError,
    RenderGivenUpError,
    RenderLostError,
    ServiceUnavailableError,
    StoppedError,
)
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.learning import breaker
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.store import decisions, profiles
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.engines.test_generate_remote import Bench, RemoteTone, Server

ENGINE = "comfyui:tone"


@pytest.fixture
def record(database_server: DatabaseServer) -> Iterator[Database]:
    made = Database(database_server.make_database())
    yield made
    made.close()


@pytest.fixture
def waits() -> Waits:
    return Waits()


@dataclass
class Waits:
    """A waiter that keeps what it says."""

    said: list[str] = field(default_factory=list)
    is_stopped: bool = False

    @property
    def waiter(self) -> Waiter:
        return Waiter(lambda subject, words: self.said.append(f"{subject}: {words}"), lambda: self.is_stopped)


def order(**changes: Any) -> Order[MusicBrief]:
    found = Bench(None).order(RemoteTone([Server("http://a")], name=ENGINE), 1)  # type: ignore[arg-type]
    return replace(found, **changes)


def fail(database: Database, times: int, cause: Cause = Cause.BROKEN_GRAPH) -> None:
    for number in range(times):
        new = NewDecision(
            project_id="p", decision_type="clip", parameters={}, reasoning="a clip", engine=ENGINE,
            brief_digest="d" * 64, idempotency_key=f"{time.monotonic()} {number}",
        )  # fmt: skip
        decisions.mark_failed(database, decisions.record_decision(database, new).id, "node 7", 1.0, cause)


def test_alone_it_waits_says_so_and_goes_on(record: Database, waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "FIRST_PAUSE", timedelta(seconds=0.4))
    fail(record, 3)
    began = time.monotonic()
    wait_for_turn(order(), record, waits.waiter)
    assert time.monotonic() - began > 0.2
    (said,) = waits.said
    assert said.startswith(f"sc01: {ENGINE} rests until ")
    assert "after 3 failures in a row, the last: node 7; there is no other, so it is tried again then" in said
    assert said.endswith("pin it, or `tower route --clear tone`")


def test_a_pin_and_a_cleared_breaker_end_the_wait_at_once(record: Database, waits: Waits) -> None:
    fail(record, 4)
    wait_for_turn(order(is_pinned=True), record, waits.waiter)
    assert waits.said == []
    waiting = Thread(target=wait_for_turn, args=(order(), record, waits.waiter))
    began = time.monotonic()
    waiting.start()
    while not waits.said:
        time.sleep(0.01)
    profiles.record_reset(record, ENGINE, "mika")
    waiting.join(10)
    assert not waiting.is_alive()
    assert time.monotonic() - began < 8, "the pause was 20 s"


def test_a_run_that_is_stopped_waits_no_longer(record: Database, waits: Waits) -> None:
    fail(record, 3)
    waits.is_stopped = True
    with pytest.raises(StoppedError):
        wait_for_turn(order(), record, waits.waiter)


def test_not_now_names_the_time_and_the_ways_out(record: Database, waits: Waits) -> None:
    fail(record, 7)
    soon = datetime.now(UTC) + timedelta(seconds=160)
    with pytest.raises(NotNowError) as caught:
        wait_for_turn(order(), record, waits.waiter)
    said = str(caught.value)
    assert any(f"{soon + timedelta(seconds=late):%H:%M:%S} UTC" in said for late in range(-8, 1)), said
    assert "pin it, or `tower route --clear tone`" in said
    assert (caught.value.exit_code, caught.value.transient) == (EXIT_SERVICE, False)
    assert waits.said == []


def test_where_another_may_take_over_nobody_waits(record: Database, waits: Waits) -> None:
    fail(record, 3)
    with pytest.raises(NotNowError, match="rests until"):
        wait_for_turn(order(alternates=(order(),), may_fall_back=True), record, waits.waiter)


@pytest.mark.parametrize("cause", [Cause.INTERRUPTED, Cause.SERVER_LOST, Cause.OTHER])
def test_what_is_nobodys_fault_makes_nobody_wait(record: Database, waits: Waits, cause: Cause) -> None:
    fail(record, 9, cause)
    wait_for_turn(order(), record, waits.waiter)
    assert waits.said == []


def runner_of(database: Database, tmp_path: Path, waits: Waits, away_s: float) -> AttemptRunner:
    record = Record(database, MediaStore(tmp_path / "media"))
    return AttemptRunner(record, on_wait=waits.waiter.say, away=AwayServers(away_s))


def test_the_only_server_is_waited_for_with_growing_pauses(
    database: Database, tmp_path: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "FIRST_RETRY_S", 0.1)
    server = Server("http://a", is_down=True)
    asked: list[float] = []

    class Reviving(RemoteTone):
        def lease(self, *arguments: Any, **more: Any) -> Any:
            asked.append(time.monotonic())
            server.is_down = len(asked) < 4
            return super().lease(*arguments, **more)

    runner = runner_of(database, tmp_path, waits, 30.0)
    bench = Bench(runner)
    outcome = bench.run(bench.order(Reviving([server]), 71))
    assert outcome.accepted
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert pauses == sorted(pauses)
    assert [words.split("; asked again in ")[0] for words in waits.said] == ["sc01: no server answers"] * 3
    assert "Ctrl-C ends the wait" in waits.said[0]


def test_after_a_while_servers_that_are_away_are_the_error_and_nobody_waits_again(
    database: Database, tmp_path: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "FIRST_RETRY_S", 0.1)
    runner = runner_of(database, tmp_path, waits, 1.5)
    bench = Bench(runner)
    engine = RemoteTone([Server("http://a", is_down=True)])
    with pytest.raises(ServiceUnavailableError, match="no server answers"):
        bench.run(bench.order(engine, 72))
    began, said = time.monotonic(), len(waits.said)
    with pytest.raises(ServiceUnavailableError, match="no server answers"):
        bench.run(bench.order(engine, 73))
    assert time.monotonic() - began < 1.5
    assert len(waits.said) == said >= 1


def test_a_job_that_is_lost_again_and_again_is_given_up_and_is_no_absence(
    database: Database, tmp_path: Path, waits: Waits
) -> None:
    def lose(server: Server, _job: str) -> None:
        raise RenderLostError(f"{server.address} was restarted")

    bench = Bench(runner_of(database, tmp_path, waits, 0.0))
    wanted = bench.order(RemoteTone([Server("http://a")], during=lose), 74)
    with pytest.raises(RenderGivenUpError, match="begun 4 times: http://a was restarted") as caught:
        bench.run(wanted)
    assert not isinstance(caught.value, ServiceUnavailableError), "other shots are still made"
    rows, _jobs = bench.trail(wanted)
    assert [(row["status"], row["cause"]) for row in rows] == [("lost", Cause.SERVER_LOST)] * (MAX_SERVER_MOVES + 1)


def test_an_interrupt_is_not_answered_by_another_engine(
    database: Database, tmp_path: Path, waits: Waits, make_interrupt: Callable[[], Exception]
) -> None:
    def interrupt(_server: Server, _job: str) -> None:
        raise make_interrupt()

    bench = Bench(runner_of(database, tmp_path, waits, 0.0))
    spare = Server("http://b")
    other = bench.order(RemoteTone([spare], name="spare-tone"), 75)
    stopped = bench.order(
        RemoteTone([Server("http://a")], during=interrupt), 75, alternates=(other,), may_fall_back=True
    )
    with pytest.raises(Exception, match="was interrupted"):
        generate(stopped, bench.runner, {}, attempts=1)
    assert spare.submitted == []
    (row,) = bench.trail(stopped)[0]
    assert (row["status"], row["cause"]) == ("failed", Cause.INTERRUPTED)


@pytest.fixture
def make_interrupt() -> Callable[[], Exception]:
    from tower_anime_assets.clients.comfyui import Failure, Job, JobState, RenderFailedError

    failure = Failure("interrupted", "3", "KSampler", Cause.INTERRUPTED)
    return lambda: RenderFailedError("job 7 was interrupted", Job("7", JobState.FAILED, failure=failure))
