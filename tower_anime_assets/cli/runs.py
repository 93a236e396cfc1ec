"""Running work so that Ctrl-C and SIGTERM ask it to stop and do not break it off."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Event as Flag
from typing import Any, TypeVar

from tower_anime_assets.stages.events import Emit, Waiting

T = TypeVar("T")

SIGNAL_POLL_S = 0.5
"""How long a signal may go unnoticed that the kernel gives to one of the run's threads."""


def run_stoppable(task: Callable[[], T], stop_event: Flag, emit: Emit) -> T:
    """Do `work` in a thread of its own, so that Ctrl-C or SIGTERM asks it to stop and does not break it off.

    Dagster takes signals over where it runs in the main thread, and tries an interrupted step again. The thread, those
    that it starts and their child processes have SIGINT blocked, for a terminal sends it to all of them.

    Args:
        work: What is done; must look at `stopped`.
        stopped: Set at the first signal.
        emit: Receives what happens then.

    Raises:
        KeyboardInterrupt: It was stopped; at the second signal the process ends at once.
    """
    with ThreadPoolExecutor(1, "run", partial(signal.pthread_sigmask, signal.SIG_BLOCK, {signal.SIGINT})) as pool:
        future = pool.submit(task)
        try:
            _wait_for(future)
        except KeyboardInterrupt:
            stop_event.set()
            emit(Waiting("", "stopping: what is being made is finished first; Ctrl-C again ends it at once"))
            try:
                _wait_for(future)
            except KeyboardInterrupt:
                os._exit(130)  # what is open on record is settled by the next run, as after a kill
            raise
        return future.result()


def _wait_for(future: Future[Any]) -> None:
    """Wait until it is done, looking up now and then: a signal that another thread was given does not wake this one."""
    while not future.done():
        wait([future], timeout=SIGNAL_POLL_S)
