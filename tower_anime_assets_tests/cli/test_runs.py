"""What a run in the `tower` command's process needs around it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tower_anime_assets.cli.runs import run_stoppable
from tower_anime_assets.stages.events import ignore


@pytest.fixture
def asked_to_end_is_interrupted() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("asked_to_end_is_interrupted")
def test_a_signal_that_one_of_its_threads_is_given_stops_a_run() -> None:
    stopped = threading.Event()
    noticed: list[bool] = []

    def work() -> None:
        time.sleep(0.2)  # by then the main thread waits
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # as in threads that libraries start
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        noticed.append(stopped.wait(10))

    with pytest.raises(KeyboardInterrupt):
        run_stoppable(work, stopped, ignore)
    assert noticed == [True]


def test_what_the_work_returns_or_raises_comes_through() -> None:
    assert run_stoppable(lambda: 3, threading.Event(), ignore) == 3

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_stoppable(fail, threading.Event(), ignore)
