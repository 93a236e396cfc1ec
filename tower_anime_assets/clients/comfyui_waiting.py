"""Waiting for a ComfyUI server: what people are told meanwhile, and when to give it up or to leave it.

A server that computes answers late, and a sampler step can take minutes, so silence, slowness and other people's jobs
are told apart. Whoever waits is told within `NOTICE_S`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from threading import Thread, local
from typing import Any, Final, TypeVar

from tower_anime_assets.clients.comfyui_jobs import JobState
from tower_anime_assets.clients.comfyui_socket import JobProgress
from tower_anime_assets.errors import ServiceUnavailableError, StoppedError
from tower_anime_assets.production.attempt import NO_WAIT, ReportWait, ServerWait, ignore_wait

T = TypeVar("T")

NOTICE_S: Final = 4.0
"""Silence or slowness for this long is told: with the pauses between polls, a terminal shows it within 5 s."""

UNREACHABLE_S: Final = 30.0
_UNREACHABLE_POLLS: Final = 3
"""A server is given up after this long without an answer, and at least this many polls."""

CALL_OFF_S: Final = 10.0
"""How long a job is looked after that was asked to end: it ends after the sampler's current step."""

_USUAL_STEPS, _SLOW_S = 2.0, 30.0
"""A step is slow once it takes this many times as long as the longest one of its job, and in any case after so long."""

_SLICE_S: Final = 0.25
"""How often somebody who waits for an answer looks whether the run was stopped."""

_VRAM_POLL_S: Final = 5.0

_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.1, 2.0


def look_pauses() -> Iterator[float]:
    """Yield the pauses between looks at a job that was asked to end, seconds: growing, endlessly."""
    pause_s = _FIRST_LOOK_S
    while True:
        yield pause_s
        pause_s = min(_LONGEST_LOOK_S, 2 * pause_s)


class _Attention(local):
    """Who waits in this thread, and for how long at most."""

    report: ReportWait | None = None
    is_stopped: Callable[[], bool] = staticmethod(lambda: False)
    deadline_s: float | None = None


class ServerRequests:
    """The requests to one server, made so that whoever waits for the answer is told why, and can leave.

    Args:
        url: The server's address, for messages.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._attention = _Attention()

    @contextmanager
    def attended_by(self, report: ReportWait, is_stopped: Callable[[], bool]) -> Iterator[None]:
        """Tell somebody about waits of this thread in the block; its requests end early when the run is stopped."""
        with self._with_attention(report=report, is_stopped=is_stopped):
            yield

    @contextmanager
    def within(self, seconds: float) -> Iterator[float]:
        """Give up requests of this thread in the block after a time in all; a stopped run does not end them earlier.

        Yields:
            The deadline, on the clock of `time.monotonic`.
        """
        deadline_s = time.monotonic() + seconds
        with self._with_attention(deadline_s=deadline_s):
            yield deadline_s

    def report(self, state: ServerWait) -> None:
        """Tell whoever waits in this thread, if anybody does."""
        (self._attention.report or ignore_wait)(state)

    def run(self, what: str, request: Callable[[], T], *, stays_s: float = 0.0) -> T:
        """Return what a request answers.

        Args:
            what: What is asked, for people.
            request: Makes the request; it goes on in its own thread when nobody waits for it any more.
            stays_s: How long the answer is waited for after the run was stopped.

        Raises:
            StoppedError: The run was stopped before an answer came.
            ServiceUnavailableError: No answer came before the deadline.
        """
        if self._attention.report is None and self._attention.deadline_s is None:
            return request()
        answer: Future[T] = Future()
        # A daemon: a process that ends does not wait for an answer that nobody reads.
        Thread(target=_carry_out, args=(request, answer), name="comfyui request", daemon=True).start()
        is_told = self._wait_for(answer, what, stays_s)
        result = answer.result()
        if is_told:
            self.report(NO_WAIT)
        return result

    @contextmanager
    def _with_attention(self, **changes: Any) -> Iterator[None]:
        before = {name: getattr(self._attention, name) for name in changes}
        vars(self._attention).update(changes)
        try:
            yield
        finally:
            vars(self._attention).update(before)

    def _wait_for(self, answer: Future[T], what: str, stays_s: float) -> bool:
        """Return once there is an answer, and whether somebody was told that it is late."""
        attention, is_told, started_s, stopped_s = self._attention, False, time.monotonic(), float("inf")
        while not wait([answer], _SLICE_S).done:
            now_s = time.monotonic()
            if attention.deadline_s is not None:
                if now_s >= attention.deadline_s:
                    raise ServiceUnavailableError(f"ComfyUI at {self._url} has not answered {what} in time")
                continue
            if attention.is_stopped():
                stopped_s = min(stopped_s, now_s)
            if now_s >= stopped_s + stays_s:
                raise StoppedError(f"stopped before {self._url} answered {what}; run again to go on from here")
            if now_s - started_s >= NOTICE_S:
                is_told = True
                words = f"{self._url} has not answered {what} for {now_s - started_s:.0f} s; still waiting for it"
                self.report(ServerWait(silence_of(self._url), words))
        return is_told


def _carry_out(request: Callable[[], T], answer: Future[T]) -> None:
    try:
        result = request()
    except BaseException as error:  # noqa: BLE001 - raised where the answer is waited for
        answer.set_exception(error)
    else:
        answer.set_result(result)


def silence_of(url: str) -> str:
    """Return the cause of waiting for a server that does not answer."""
    return f"{url} does not answer"


class JobWatchdog:
    """When a job last made progress and its server last answered.

    Args:
        url: The server's address, for messages.
        stall_s: How long the job may make no progress.

    Attributes:
        peak_vram_bytes: The most of the card's memory that was in use; 0 if it was not polled.
    """

    def __init__(self, url: str, stall_s: float) -> None:
        self.peak_vram_bytes = 0
        self._url = url
        self._stall_s = stall_s
        self._progressed_at_s = self._answered_at_s = self._in_place_since_s = time.monotonic()
        self._longest_step_s = 0.0
        self._failed_polls = 0
        self._silence = ""
        self._last_state: tuple[JobState, int] | None = None
        self._vram_polled_at_s = float("-inf")

    @property
    def _silence_limit_s(self) -> float:
        return min(UNREACHABLE_S, self._stall_s)

    @property
    def _usual_s(self) -> float:
        return min(_SLOW_S, max(NOTICE_S, _USUAL_STEPS * self._longest_step_s))

    def record_progress(self) -> None:
        """Record that the job made progress."""
        now_s = time.monotonic()
        if self._last_state is not None and self._last_state[0] is JobState.RUNNING:
            self._longest_step_s = max(self._longest_step_s, now_s - self._progressed_at_s)
        self._progressed_at_s = now_s

    def record_poll(self, state: JobState, jobs_ahead: int) -> None:
        """Record an answer; a new state or place is progress, and so is any job that runs before ours."""
        self._answered_at_s, self._failed_polls = time.monotonic(), 0
        has_moved = self._last_state != (state, jobs_ahead)
        if has_moved or jobs_ahead:
            self._progressed_at_s = self._answered_at_s
        if self._last_state is None or self._last_state[0] != state:
            self._in_place_since_s = self._answered_at_s
        self._last_state = (state, jobs_ahead)

    def record_failed_poll(self, reason: str) -> bool:
        """Record a poll without an answer; return whether the server should be given up."""
        self._failed_polls += 1
        self._silence = reason
        silent_s = time.monotonic() - self._answered_at_s
        return self._failed_polls >= _UNREACHABLE_POLLS and silent_s >= self._silence_limit_s

    def is_vram_poll_due(self) -> bool:
        """Return whether the card's memory should be polled again."""
        return time.monotonic() - self._vram_polled_at_s >= _VRAM_POLL_S

    def record_vram(self, used_bytes: int) -> None:
        """Record the card's memory in use, 0 for a server without a card."""
        self._vram_polled_at_s = time.monotonic()
        self.peak_vram_bytes = max(self.peak_vram_bytes, used_bytes)

    def find_wait(self, job_progress: JobProgress) -> ServerWait:
        """Return what keeps the job waiting now for longer than usual, and what happens next; `NO_WAIT` if nothing."""
        now_s = time.monotonic()
        state, jobs_ahead = self._last_state or (JobState.UNKNOWN, 0)
        silent_s, still_s = now_s - self._answered_at_s, now_s - self._progressed_at_s
        if self._failed_polls and silent_s >= NOTICE_S:
            words = (
                f"has not answered for {silent_s:.0f} s ({self._silence}); asked again and again, and given up after "
            )
            return ServerWait(silence_of(self._url), f"{self._url} {words}{self._silence_limit_s:.0f} s")
        if state is JobState.QUEUED and now_s - self._in_place_since_s >= NOTICE_S:
            jobs = f"{jobs_ahead} job{'s' if jobs_ahead != 1 else ''} of others"
            words = f"answers; {jobs} before ours in its queue; waiting for as long as it answers"
            return ServerWait(f"{self._url} works for others", f"{self._url} {words}")
        if state is JobState.RUNNING and still_s >= self._usual_s:
            words = f"answers; {job_progress.standing} for {still_s:.0f} s; given up after {self._stall_s:.0f} s "
            return ServerWait(f"{self._url} is slow", f"{self._url} {words}without progress (TOWER_STALL_S)")
        return NO_WAIT

    def raise_if_stalled(self, service_name: str, prompt_id: str) -> None:
        """Raise ServiceUnavailableError if the job has made no progress for too long."""
        stalled_s = time.monotonic() - self._progressed_at_s
        if stalled_s > self._stall_s:
            raise ServiceUnavailableError(
                f"{service_name} at {self._url}: job {prompt_id} made no progress for {stalled_s:.0f} s, over the "
                f"limit of {self._stall_s:.0f} s (TOWER_STALL_S). See the server's log"
            )
