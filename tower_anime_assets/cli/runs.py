"""Running a task so that Ctrl-C, SIGTERM and SIGHUP stop it gracefully."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Event as Flag
from types import FrameType
from typing import Any, TypeVar

from tower_anime_assets.errors import EXIT_STOPPED
from tower_anime_assets.media.child_ends import STOP_SIGNALS
from tower_anime_assets.stages.events import Emit, Waiting

T = TypeVar("T")

SIGNAL_POLL_S = 0.5
"""How long a signal may go unnoticed if the kernel delivers it to another thread."""


SAME_STOP_S = 0.7
"""How soon after one another signals belong to one stop; nobody presses Ctrl-C twice that fast and means it."""


def run_stoppable(
    task: Callable[[], T],
    stop_event: Flag,
    emit: Emit,
    list_left: Callable[[], Sequence[object]] = list,
    print_last: Callable[[str], None] = lambda _words: None,
) -> T:
    """Run a task in a thread, so that Ctrl-C or SIGTERM asks it to stop instead of interrupting it.

    In the main thread Dagster would handle the signals itself, and retry an interrupted step. They are blocked in the
    thread and all that it starts, because a terminal, `timeout` and systemd send them to every child process too.

    Args:
        task: The task; must check `stop_event`.
        stop_event: Set at the first signal.
        emit: Receives a note that the task is stopping.
        list_left: Returns what goes on elsewhere when this process ends, such as jobs at servers, as sentences.
        print_last: Prints before the process exits at once, whatever else is shown.

    Raises:
        KeyboardInterrupt: The task was stopped; its notes say what goes on elsewhere. At the second signal the process
            says so and exits at once.
    """
    with ThreadPoolExecutor(1, "run", partial(signal.pthread_sigmask, signal.SIG_BLOCK, STOP_SIGNALS)) as pool:
        future = pool.submit(task)
        try:
            _wait_for(future)
        except KeyboardInterrupt as interrupt:
            stop_event.set()
            emit(Waiting("", "stopping after the takes in progress; Ctrl-C again stops at once"))
            try:
                _wait_for(future)
            except KeyboardInterrupt:
                print_last("\n".join(["stopped at once", *map(str, list_left())]))
                os._exit(EXIT_STOPPED)  # the next run settles open decisions, as after a kill
            for left in list_left():
                interrupt.add_note(str(left))
            raise
        return future.result()


def stop_on_signals() -> None:
    """Take SIGTERM and SIGHUP like Ctrl-C: settle open decisions, then end. What is ignored, as by `nohup`, stays so.

    Signals within `SAME_STOP_S` are one: `timeout` sends SIGTERM to us and then to our group, systemd SIGTERM and
    SIGHUP. The second one would else stop the process at once.
    """
    last_s = float("-inf")

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal last_s
        if time.monotonic() - last_s < SAME_STOP_S:
            return
        last_s = time.monotonic()
        signal.default_int_handler(number, frame)

    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def _wait_for(future: Future[Any]) -> None:
    """Wait for a task in short steps, because a signal delivered to another thread does not wake this one."""
    while not future.done():
        wait([future], timeout=SIGNAL_POLL_S)
