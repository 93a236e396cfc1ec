"""Servers are shared in turn, set aside when they are silent, and held against other processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event, Lock

import pytest

from tower_anime_assets.engines.remote.comfyui.dispatch import LocalDispatcher
from tower_anime_assets.engines.remote.comfyui.fleet import FIRST_BACKOFF_S, Fleet
from tower_anime_assets.errors import RenderLostError, ServiceUnavailableError, StoppedError
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI


@pytest.fixture
def servers() -> Iterator[tuple[FakeComfyUI, FakeComfyUI]]:
    with FakeComfyUI() as first, FakeComfyUI() as second:
        yield first, second


@pytest.fixture
def fleet(servers: tuple[FakeComfyUI, FakeComfyUI]) -> Iterator[Fleet]:
    made = Fleet([server.url for server in servers])
    yield made
    made.close()


def noting(waits: Event) -> Callable[[], bool]:
    """Return an `is_stopped` that notes that it was asked, which is done while waiting, and never stops."""

    def is_stopped() -> bool:
        waits.set()
        return False

    return is_stopped


def test_two_attempts_get_two_servers(fleet: Fleet) -> None:
    with fleet.hold() as one, fleet.hold() as other:
        assert {one.client.url, other.client.url} == set(fleet.servers)
    assert fleet.lanes == 2


def test_no_server_has_two_jobs_at_once(fleet: Fleet) -> None:
    held: list[str] = []
    most: list[int] = []
    lock = Lock()

    def work(_number: int) -> None:
        with fleet.hold() as hold:
            with lock:
                held.append(hold.client.url)
                most.append(max(held.count(url) for url in fleet.servers))
            time.sleep(0.01)
            with lock:
                held.remove(hold.client.url)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(24)))
    assert max(most) == 1


def test_whoever_waits_longest_is_served_first(servers: tuple[FakeComfyUI, FakeComfyUI]) -> None:
    fleet = Fleet([servers[0].url])
    served: list[int] = []

    def work(number: int, waits: Event) -> None:
        with fleet.hold(is_stopped=noting(waits)):
            served.append(number)

    with ThreadPoolExecutor(4) as pool:
        with fleet.hold():
            for number in range(4):
                waits = Event()
                pool.submit(work, number, waits)
                assert waits.wait(5)
        pool.shutdown()
    fleet.close()
    assert served == [0, 1, 2, 3]


def test_a_dead_server_is_set_aside_and_the_other_serves(
    servers: tuple[FakeComfyUI, FakeComfyUI], fleet: Fleet
) -> None:
    servers[0].kill()
    for _ in range(3):
        with fleet.hold() as hold:
            assert hold.client.url == servers[1].url
    asked = time.monotonic()
    with fleet.hold() as hold:
        assert hold.client.url == servers[1].url
    assert time.monotonic() - asked < FIRST_BACKOFF_S


def test_a_server_that_dies_while_held_is_not_given_out_next(
    servers: tuple[FakeComfyUI, FakeComfyUI], fleet: Fleet
) -> None:
    with pytest.raises(ServiceUnavailableError), fleet.hold(servers[0].url) as hold:
        raise ServiceUnavailableError(f"{hold.client.url} fell silent")
    taken = []
    for _ in range(2):
        with fleet.hold() as hold:
            taken.append(hold.client.url)
    assert taken == [servers[1].url] * 2


def test_a_server_that_was_set_aside_serves_again_when_it_is_the_last(
    servers: tuple[FakeComfyUI, FakeComfyUI], fleet: Fleet
) -> None:
    servers[0].kill()
    with fleet.hold():
        pass
    servers[0].start()
    servers[1].kill()
    with fleet.hold() as hold:
        assert hold.client.url == servers[0].url


def test_when_none_answers_each_is_named_with_its_reason(
    servers: tuple[FakeComfyUI, FakeComfyUI], fleet: Fleet
) -> None:
    for server in servers:
        server.kill()
    with pytest.raises(ServiceUnavailableError) as caught, fleet.hold():
        pass
    for server in servers:
        assert f"{server.url}: " in str(caught.value)
    assert "unset COMFYUI_URL" in str(caught.value)


def test_a_named_server_is_waited_for_even_though_another_is_free(fleet: Fleet) -> None:
    wanted = fleet.servers[0]
    with ThreadPoolExecutor(1) as pool:
        waits = Event()

        def work() -> str:
            with fleet.hold(wanted, noting(waits)) as hold:
                return hold.client.url

        with fleet.hold(wanted):
            waiting = pool.submit(work)
            assert waits.wait(5)
            assert not waiting.done()
        assert waiting.result(5) == wanted


def test_a_server_that_is_no_longer_configured_has_lost_its_jobs(fleet: Fleet) -> None:
    with pytest.raises(RenderLostError, match="no longer a server of COMFYUI_URL"), fleet.hold("http://127.0.0.1:9"):
        pass


def test_a_lost_job_does_not_set_its_server_aside(servers: tuple[FakeComfyUI, FakeComfyUI]) -> None:
    fleet = Fleet([servers[0].url])
    with pytest.raises(RenderLostError), fleet.hold():
        raise RenderLostError("restarted")
    with fleet.hold() as hold:
        assert hold.client.url == servers[0].url
    fleet.close()


def test_a_stopped_run_waits_no_longer(fleet: Fleet) -> None:
    stopped = Event()
    with ThreadPoolExecutor(1) as pool, ExitStack() as held:
        for url in fleet.servers:
            held.enter_context(fleet.hold(url))

        def work() -> None:
            with fleet.hold(is_stopped=stopped.is_set):
                raise AssertionError("no server was free")

        waiting = pool.submit(work)
        stopped.set()
        with pytest.raises(StoppedError):
            waiting.result(5)


def test_the_dispatcher_has_each_server_back_after_its_lease(servers: tuple[FakeComfyUI, FakeComfyUI]) -> None:
    dispatcher = LocalDispatcher()
    fleet = Fleet([server.url for server in servers], dispatcher=dispatcher)
    with fleet.hold() as hold:
        assert dispatcher.busy == {hold.client.url}
    assert dispatcher.busy == set()
    fleet.close()


def test_only_servers_that_were_used_and_are_idle_are_told_to_unload(
    servers: tuple[FakeComfyUI, FakeComfyUI], fleet: Fleet
) -> None:
    def freed() -> list[int]:
        return [sum(request.path == "/free" for request in server.requests) for server in servers]

    fleet.unload_idle_models()
    assert freed() == [0, 0]
    with fleet.hold(servers[0].url):
        pass
    with fleet.hold(servers[1].url):
        fleet.unload_idle_models()
        assert freed() == [1, 0]
    fleet.unload_idle_models()
    assert freed() == [1, 1]


def test_a_server_that_is_given_back_early_serves_the_next_while_the_first_goes_on() -> None:
    dispatcher = LocalDispatcher()
    with FakeComfyUI() as server:
        fleet = Fleet([server.url], dispatcher=dispatcher)
        with fleet.hold() as first:
            first.release()
            first.release()
            with fleet.hold() as second:
                assert second.client.url == first.client.url
                assert dispatcher.busy == {server.url}
            assert dispatcher.busy == set()
        with fleet.hold():  # the first one's end has not released what was another's
            assert dispatcher.busy == {server.url}
        fleet.close()


def test_what_fails_after_a_server_was_given_back_is_not_its_fault(
    servers: tuple[FakeComfyUI, FakeComfyUI],
) -> None:
    fleet = Fleet([server.url for server in servers])

    def fail_later() -> None:
        with fleet.hold() as held:
            held.release()
            raise ServiceUnavailableError(f"the database does not answer; {held.client.url} did")

    with pytest.raises(ServiceUnavailableError, match=servers[0].url):
        fail_later()
    with fleet.hold() as other:
        assert other.client.url == servers[1].url
    with fleet.hold() as longest_unused:  # one that was set aside would come last
        assert longest_unused.client.url == servers[0].url
    fleet.close()
