"""Servers are shared between processes: one job at a time, fairly, by priority; what a dead process had is freed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest

from tower_anime_assets.engines.remote.comfyui.dispatch import ServerRequest
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.errors import ServiceRejectedError, ServiceUnavailableError, StoppedError
from tower_anime_assets.production.attempt import NO_WAIT, Claimant, JobPriority, ServerWait
from tower_anime_assets.stages import shared_dispatch
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shared_dispatch import SharedDispatcher, SharedTicket
from tower_anime_assets.store import fleet
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.fleet import ACTIVE, DRAINING, PAUSED
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import FILES
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.stages.fleet_simulation import (
    Simulation,
    Worker,
    addresses,
    busy_share,
    jain_index,
    most_at_once,
    read_leases,
    seconds_of_episodes,
    started,
)
from tower_anime_assets_tests.stages.tour_run import PROJECT, keyframe_orders, open_tour_studio

ONE = addresses(1)


@pytest.fixture
def database(database_server: Any) -> Iterator[Database]:
    """A database of its own for each test: the fleet is one for all who use a database."""
    made = Database(database_server.make_database())
    yield made
    made.close()


@pytest.fixture
def box(database: Database) -> Iterator[Callable[..., SharedDispatcher]]:
    """Gives dispatchers, each as another process's, which are closed in the end."""
    boxes = []

    def make(servers: Sequence[str] = ONE) -> SharedDispatcher:
        boxes.append(SharedDispatcher(Database(database.url), servers))
        return boxes[-1]

    yield make
    for made in boxes:
        made.close()
        made.database.close()


def ask(
    box: SharedDispatcher, episode: str = "show-e01", priority: JobPriority = JobPriority.USUAL, **more: Any
) -> SharedTicket:
    request = {"acceptable": lambda: box.servers, "claimant": Claimant("run", episode, priority)}
    return box.ask(ServerRequest(**{**request, **more}))


def until(happened: Callable[[], Any], within_s: float = 15.0) -> Any:
    deadline_s = time.monotonic() + within_s
    while not (result := happened()):
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.01)
    return result


def served(ticket: SharedTicket) -> str:
    """Wait until a ticket has its server, and return it."""
    return str(until(lambda: ticket.wait(0.05)))


def told(ticket: SharedTicket) -> ServerWait:
    """Wait until a ticket says what keeps it waiting."""

    def reason() -> ServerWait | None:
        assert not ticket.wait(0.05)
        return ticket.reason if ticket.reason != NO_WAIT else None

    waits = until(reason)
    assert isinstance(waits, ServerWait)
    return waits


def order_served(tickets: dict[str, SharedTicket]) -> list[str]:
    """Return the names of tickets in the order in which they have the one server, each for a moment."""
    order = []
    while tickets:
        name = until(lambda: next((name for name, one in tickets.items() if one.server), None))
        tickets.pop(name).release(was_used=True)
        order.append(name)
    return order


def test_a_server_that_is_given_back_goes_to_another_process_at_once(box: Callable[..., SharedDispatcher]) -> None:
    here, there = box(), box()
    held = ask(here)
    assert held.server == ONE[0]
    waiting = ask(there)
    assert waiting.server == ""
    held.release(was_used=True)
    assert served(waiting) == ONE[0]
    waiting.release(was_used=True)


def test_a_person_goes_before_usual_runs_and_those_before_a_night(box: Callable[..., SharedDispatcher]) -> None:
    here, there = box(), box()
    held = ask(here)
    tickets = {
        "night": ask(here, "show-e01", JobPriority.OVERNIGHT),
        "usual": ask(there, "show-e02"),
        "person": ask(here, "show-e03", JobPriority.PERSON),
        "at its server": ask(there, "show-e04", JobPriority.AT_SERVER, server=ONE[0]),
    }
    held.release(was_used=True)
    assert order_served(tickets) == ["at its server", "person", "usual", "night"]


def test_an_episode_with_few_shots_does_not_wait_for_all_of_another(box: Callable[..., SharedDispatcher]) -> None:
    here, there = box(), box()
    held = ask(here, "show-e01")
    tickets = {f"e01 {number}": ask(here, "show-e01") for number in range(6)}
    tickets |= {f"e02 {number}": ask(there, "show-e02") for number in range(2)}
    held.release(was_used=True)
    order = order_served(tickets)
    assert max(order.index("e02 0"), order.index("e02 1")) <= 4
    assert [name for name in order if name.startswith("e01")] == [f"e01 {number}" for number in range(6)]


def test_what_was_not_served_for_long_is_served_once_before_others(
    box: Callable[..., SharedDispatcher], database: Database
) -> None:
    here = box()
    held = ask(here, "show-e01")
    tickets = {f"night {number}": ask(here, "show-e02", JobPriority.OVERNIGHT) for number in range(2)}
    tickets |= {f"usual {number}": ask(here, "show-e01") for number in range(2)}
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("UPDATE fleet_requests SET asked_at = asked_at - interval '31 min' WHERE priority = 3")
        connection.execute(
            "UPDATE fleet_queues SET waiting_since = waiting_since - interval '31 min' WHERE priority = 3"
        )
    held.release(was_used=True)
    assert order_served(tickets) == ["night 0", "usual 0", "usual 1", "night 1"]


def test_a_server_has_as_many_jobs_at_once_as_it_may(box: Callable[..., SharedDispatcher], database: Database) -> None:
    here, there = box(), box()
    first, second = ask(here), ask(there)
    assert (first.server, second.server) == (ONE[0], "")
    fleet.change_server(database, ONE[0], "Mei", "two cards", max_jobs=2)
    assert served(second) == ONE[0]
    assert ask(here).server == ""


def test_a_server_that_makes_pictures_only_is_given_no_clips(
    box: Callable[..., SharedDispatcher], database: Database
) -> None:
    servers = addresses(2)
    here = box(servers)
    ask(here).release(was_used=False)
    fleet.change_server(database, servers[0], "Mei", "8 GB", media=["image"])
    clips = [ask(here) for _ in range(2)]
    assert [clip.server for clip in clips] == [servers[1], ""]
    assert ask(here, medium="image").server == servers[0]
    fleet.change_server(database, servers[1], "Mei", "8 GB", media=["image"])
    with pytest.raises(
        ServiceRejectedError, match=r"no ComfyUI server may make a video(.|\n)*images only by Mei: 8 GB"
    ):
        until(lambda: clips[1].wait(0.1))


@pytest.mark.parametrize("state", [PAUSED, DRAINING])
def test_a_paused_server_finishes_its_job_and_is_given_no_other_until_it_is_resumed(
    box: Callable[..., SharedDispatcher], database: Database, state: str
) -> None:
    here, there = box(), box()
    held = ask(here)
    fleet.change_server(database, ONE[0], "Mei", "new card", state=state)
    waiting = ask(there)
    wait = told(waiting)
    assert wait.cause == f"{ONE[0]} is {state} by Mei: new card"
    assert f"tower fleet resume {ONE[0]}" in wait.words
    assert [one.server for one in fleet.list_requests(database)] == [ONE[0], ""]
    held.release(was_used=True)
    time.sleep(0.3)
    assert waiting.wait(0.05) == ""
    assert [one.server for one in fleet.list_requests(database)] == [""]
    fleet.change_server(database, ONE[0], "Akira", "done", state=ACTIVE)
    assert served(waiting) == ONE[0]


def test_a_job_that_is_at_a_paused_server_is_fetched(box: Callable[..., SharedDispatcher], database: Database) -> None:
    fleet.change_server(database, ONE[0], "Mei", "new card", state=PAUSED)
    here = box()
    assert ask(here).server == ""
    assert ask(here, priority=JobPriority.AT_SERVER, server=ONE[0]).server == ONE[0]


def test_who_waits_is_told_of_other_runs_and_how_many_are_before_it(box: Callable[..., SharedDispatcher]) -> None:
    here, there = box(), box()
    held = ask(here)
    before = [ask(here), ask(here)]
    waiting = ask(there)
    assert told(waiting).cause == f"another run uses {ONE[0]}"
    words = f"another run uses {ONE[0]}; waiting for it, 2 jobs of other runs are before it"
    until(lambda: told(waiting).words == words)
    assert not before[0].wait(0.05)
    assert before[0].reason == NO_WAIT, "its own run is no other run"
    held.release(was_used=True)


def test_a_server_that_will_not_do_any_more_is_given_back(box: Callable[..., SharedDispatcher]) -> None:
    servers = addresses(2)
    here, there = box(servers), box(servers)
    held = [ask(here), ask(here)]
    bad: set[str] = set()
    waiting = ask(there, acceptable=lambda: [url for url in servers if url not in bad])
    bad.add(held[0].server)
    held[0].release(was_used=True)  # before the process that waits has told anybody
    time.sleep(0.2)
    assert not waiting.wait(0.05)
    assert ask(here).server == held[0].server
    good = held[1].server
    held[1].release(was_used=True)
    assert served(waiting) == good


def test_a_lost_connection_costs_neither_a_lease_nor_a_place(
    box: Callable[..., SharedDispatcher], database: Database
) -> None:
    here, there = box(), box()
    held, waiting = ask(here), ask(there)
    before = {here.holder, there.holder}
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'fleet' AND pid <> pg_backend_pid()"
        )
    until(lambda: before.isdisjoint({here.holder, there.holder}))
    time.sleep(2.0)
    assert [one.server for one in fleet.list_requests(database)] == [ONE[0], ""]
    assert waiting.wait(0.05) == ""
    held.release(was_used=True)
    assert served(waiting) == ONE[0]


def test_a_database_that_lost_the_leases_is_told_them_again(
    box: Callable[..., SharedDispatcher], database: Database
) -> None:
    here, there = box(), box()
    held, waiting = ask(here), ask(there)
    with psycopg.connect(database.url, autocommit=True) as connection:
        # what a crash does to unlogged tables
        connection.execute(
            "TRUNCATE fleet_holders, fleet_requests, fleet_queues, fleet_clocks, fleet_usage, fleet_sweeps"
        )
    until(lambda: [one.server for one in fleet.list_requests(database)] == [ONE[0], ""])
    assert held.server == ONE[0]
    held.release(was_used=True)
    assert served(waiting) == ONE[0]


def test_a_machine_that_is_gone_without_a_word_has_its_servers_for_a_minute(
    box: Callable[..., SharedDispatcher], database: Database
) -> None:
    here = box()
    with fleet.open_holder(database, ONE) as lost:  # its lock stays held, as one of a machine without power
        request = fleet.NewRequest("0" * 32, "run", "show-e01", 2, "video", "", (), 0.0)
        assert fleet.ask(database, lost.holder, request) == ONE[0]
        waiting = ask(here)
        time.sleep(1.5)
        assert waiting.wait(0.05) == ""
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(
                "UPDATE fleet_holders SET seen_at = seen_at - interval '61 s' WHERE id = %s", [lost.holder]
            )
        assert served(waiting) == ONE[0]


def test_a_run_that_was_given_nothing_for_hours_gives_up_and_says_why(
    box: Callable[..., SharedDispatcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = box(), box()
    held = ask(here)
    waiting = ask(there)
    told(waiting)
    monkeypatch.setattr(shared_dispatch, "MAX_WAIT_S", 0.1)
    with pytest.raises(ServiceUnavailableError, match="another run uses"):
        until(lambda: waiting.wait(0.1))
    held.release(was_used=True)


def test_a_fleet_stops_waiting_when_it_is_told_to(database: Database) -> None:
    with FakeComfyUI() as server:
        fleets = [Fleet([server.url], dispatcher=SharedDispatcher(database, (server.url,))) for _ in range(2)]
        waits: list[ServerWait] = []
        stops = []

        def wait() -> None:
            try:
                with fleets[1].hold(is_stopped=lambda: bool(waits), report=waits.append):
                    stops.append("served")
            except StoppedError:
                stops.append("stopped")

        with fleets[0].hold():
            thread = Thread(target=wait)
            thread.start()
            thread.join(15)
        assert stops == ["stopped"]
        assert waits[0].cause == f"another run uses {server.url}"
        assert fleet.list_requests(database) == ()
        for one in fleets:
            one.close()


def test_a_runs_jobs_are_asked_for_by_its_episode_medium_and_priority(database: Database, tmp_path: Path) -> None:
    with FakeComfyUI(files=FILES) as server:
        server.jobs.duration_s, server.jobs.steps = 0.5, 4
        studio = open_tour_studio(database, tmp_path, [server.url])
        with ThreadPoolExecutor(1) as pool:
            run = Run(studio, id="", priority=JobPriority.PERSON)
            orders = keyframe_orders(studio, "e01", [10, 20])
            made = pool.submit(run.fulfill, KEYFRAMES, f"{PROJECT}-e01", orders, attempts=1)
            first, second = until(lambda: both if len(both := fleet.list_requests(database)) == 2 else None)
            assert all(outcome.accepted for outcome in made.result(60).outcomes)
        assert (first.server, second.server) == (server.url, "")
        for one in (first, second):
            assert (one.episode, one.medium, one.priority) == (f"{PROJECT}-e01", "image", JobPriority.PERSON)
        assert fleet.list_requests(database) == ()
        studio.close()


def test_figures_say_who_waits_and_how_long_it_took(box: Callable[..., SharedDispatcher], database: Database) -> None:
    here = box(addresses(2))
    done = ask(here)
    time.sleep(0.05)
    done.release(was_used=True)
    fleet.change_server(database, addresses(2)[1], "Mei", "", state=PAUSED)
    held, _waiting = ask(here), ask(here, priority=JobPriority.OVERNIGHT)
    figures = fleet.fleet_figures(database)
    assert (figures.servers, figures.places, figures.held) == (2, 1, 1)
    assert figures.states == {ACTIVE: 1, PAUSED: 1, DRAINING: 0}
    assert figures.waiting == {JobPriority.OVERNIGHT: 1}
    assert figures.jobs == 1
    assert 0 <= figures.wait_p50_s <= figures.wait_p99_s < 5
    assert 0 < figures.utilisation < 0.1
    held.release(was_used=True)


@pytest.mark.slow
def test_processes_share_servers_fairly_and_a_killed_one_frees_its_own(database: Database, tmp_path: Path) -> None:
    servers, seconds = addresses(6), 8.0
    workers = (
        Worker("show-e01", backlog=6, job_s=0.2),
        Worker("show-e01", backlog=6, job_s=0.2),
        Worker("show-e01", backlog=6, job_s=0.2),
        Worker("show-e02", backlog=6, job_s=0.4),
        Worker("show-e03", backlog=6, job_s=0.1),
        Worker("night-e01", JobPriority.OVERNIGHT, backlog=6, job_s=0.2),
        Worker("shot-e01", JobPriority.PERSON, backlog=1, job_s=0.2, pause_s=0.5),
        Worker("killed-e01", backlog=3, job_s=600.0),
    )
    simulation = Simulation(database.url, str(tmp_path), servers, workers, seconds)
    with started(simulation) as processes:
        killed = processes[-1]
        until(lambda: len([one for one in fleet.list_requests(database) if one.pid == killed]) == 3)
        until(lambda: any(one.pid == killed and one.server for one in fleet.list_requests(database)))
        time.sleep(0.5)  # it notes that it has asked for everything
        had = {one.server for one in fleet.list_requests(database) if one.pid == killed and one.server}
        os.kill(killed, signal.SIGKILL)
        since = time.monotonic()
        with suppress(psycopg.Error):
            until(lambda: not [one for one in fleet.list_requests(database) if one.pid == killed])
        freed_s = time.monotonic() - since
    leases = read_leases(simulation)
    assert most_at_once(leases) == 1, "two jobs at one server"
    assert had <= {lease.server for lease in leases if lease.leased > since}, "what the killed one had is not used"
    assert freed_s < 6.0  # at once, unless the database is younger than five seconds
    until_s = max(lease.ended for lease in leases) - 0.5
    shares = seconds_of_episodes(leases, JobPriority.USUAL, since + 1.5, until_s)
    assert shares.keys() == {"show-e01", "show-e02", "show-e03"}
    assert jain_index(list(shares.values())) > 0.9, shares
    night = seconds_of_episodes(leases, JobPriority.OVERNIGHT, since + 1.5, until_s)
    assert sum(night.values()) == 0, "a night went first"
    waits = [one.leased - one.asked for one in leases if one.priority == JobPriority.PERSON and one.asked > since + 1.5]
    usual = [one.leased - one.asked for one in leases if one.priority == JobPriority.USUAL and one.asked > since + 1.5]
    assert sum(waits) / len(waits) < sum(usual) / len(usual), "a person waited as long as a run"
    assert busy_share(leases, len(servers), since + 1.5, until_s) > 0.6
