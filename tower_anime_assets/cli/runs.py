"""Running a task so that Ctrl-C and SIGTERM stop it gracefully."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Event as Flag
from typing import Any, TypeVar

from tower_anime_assets.errors import EXIT_STOPPED
from tower_anime_assets.stages.events import Emit, Waiting

T = TypeVar("T")

SIGNAL_POLL_S = 0.5
"""How long a signal may go unnoticed if the kernel delivers it to another thread."""


def run_stoppable(task: Callable[[], T], stop_event: Flag, emit: Emit) -> T:
    """Run a task in a thread, so that Ctrl-C or SIGTERM asks it to stop instead of interrupting it.

    In the main thread Dagster would handle the signals itself, and retry an interrupted step. SIGINT is blocked in the
    thread and all that it starts, because a terminal sends it to every child process too.

    Args:
        task: The task; must check `stop_event`.
        stop_event: Set at the first signal.
        emit: Receives a note that the task is stopping.

    Raises:
        KeyboardInterrupt: The task was stopped; at the second signal the process exits at once.
    """
    with ThreadPoolExecutor(1, "run", partial(signal.pthread_sigmask, signal.SIG_BLOCK, {signal.SIGINT})) as pool:
        future = pool.submit(task)
        try:
            _wait_for(future)
        except KeyboardInterrupt:
            stop_event.set()
            emit(Waiting("", "stopping after the takes in progress; Ctrl-C again stops at once"))
            try:
                _wait_for(future)
            except KeyboardInterrupt:
                os._exit(EXIT_STOPPED)  # the next run settles open decisions, as after a kill
            raise
        return future.result()


def _wait_for(future: Future[Any]) -> None:
    """Wait for a task in short steps, because a signal delivered to another thread does not wake this one."""
    while not future.done():
        wait([future], timeout=SIGNAL_POLL_S)
