"""The progress display of `tower produce`: stage, shot n of m, time left. It writes to stderr only."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Column

from tower_anime_assets.engines.generate import Outcome
from tower_anime_assets.stages.dry_run import PlannedTake

TITLES = {
    "sheet": "Character sheets",
    "plan": "Shot plan",
    "keyframe": "Keyframes",
    "clip": "Clips",
    "music": "Music",
    "voice": "Voices",
    "mix": "Mix",
    "master": "Master",
}


PRIOR_PACE = 0.6
"""Wall-clock seconds per predicted second before anything was made: lanes work side by side."""

PRIOR_WEIGHT_S = 5.0
"""How many predicted seconds must be over before the run's own pace counts as much as the prior."""


def words_for(seconds: float) -> str:
    """Return a time left in words: `40 s`, `3:05 min`, `2 h 10 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@contextmanager
def console_beside_capture(quiet: bool) -> Iterator[Console]:
    """Give a console on the stderr that we were started with, whatever is done to stderr meanwhile.

    Dagster catches what its steps write there and plays it back late.
    """
    with os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace") as stderr:
        yield Console(file=stderr, quiet=quiet)


class TimeLeft:
    """How long a run will still take: what was foreseen and is not yet made, at the pace of what was made so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._per_take: dict[str, float] = {}
        self._to_make: dict[str, int] = {}
        self._over_s = 0.0
        self._spent_s = 0.0

    def expect(self, foreseen: Iterable[PlannedTake]) -> None:
        """Take note of what will have to be made."""
        for item in foreseen:
            if item.predicted_s > 0:
                self._to_make[item.stage] = self._to_make.get(item.stage, 0) + 1
                self._per_take[item.stage] = item.predicted_s

    def tick(self) -> None:
        """Something begins, or was found and not made: the time until now was none of making."""
        self._last = self._clock()

    def made(self, stage: str) -> None:
        """A take of a stage has been made since the last call."""
        now = self._clock()
        self._spent_s += now - self._last
        self._last = now
        if self._to_make.get(stage, 0) > 0:
            self._to_make[stage] -= 1
            self._over_s += self._per_take[stage]

    @property
    def seconds(self) -> float:
        """The time left, seconds; 0 when nothing foreseen is left to make."""
        left_s = sum(count * self._per_take[stage] for stage, count in self._to_make.items())
        pace = (PRIOR_WEIGHT_S * PRIOR_PACE + self._spent_s) / (PRIOR_WEIGHT_S + self._over_s)
        return left_s * pace


class Display:
    """Follows a run as its listener and shows it: bars on a terminal, a line per stage elsewhere, nothing if quiet."""

    def __init__(self, console: Console) -> None:
        self.made = 0
        self.reused = 0
        self.gates: dict[str, list[str]] = {}
        self._lock = threading.Lock()
        self._console = console
        self._left = TimeLeft()
        self._tasks: dict[str, TaskID] = {}
        self._bars = Progress(
            TextColumn("{task.description:<16}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}", markup=False, table_column=Column(no_wrap=True)),
            console=self._console,
            disable=console.quiet or not console.is_terminal,
        )

    def __enter__(self) -> Display:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def expect(self, foreseen: Iterable[PlannedTake]) -> None:
        """Take note of what the run will have to make, for the time left."""
        self._left.expect(foreseen)

    def stage_begins(self, stage: str, total: int, expected_s: float) -> None:
        """Open the stage's bar, or make it longer."""
        with self._lock:
            self._left.tick()
            title = TITLES.get(stage, stage)
            if stage in self._tasks:
                task = self._tasks[stage]
                self._bars.update(task, total=(self._bars.tasks[task].total or 0) + total)
                return
            self._tasks[stage] = self._bars.add_task(title, total=total, note=self._note(""))
            if self._bars.disable:
                self._say(f"{title}: {total}" + self._note(", "))

    def take_attempted(self, stage: str, outcome: Outcome) -> None:
        """Say nothing: what counts is how the order ends."""

    def take_settled(self, stage: str, outcome: Outcome, done: int, total: int) -> None:
        """Count a take, move the bar, and say what was rejected."""
        with self._lock:
            self.made += outcome.attempts
            self.reused += outcome.attempts == 0
            if outcome.attempts:
                self._left.made(stage)
            else:
                self._left.tick()
            self._bars.update(self._tasks[stage], advance=1, note=outcome.subject + self._note(", "))
            if self._bars.tasks[self._tasks[stage]].finished:
                self._bars.update(self._tasks[stage], note="")
            if not outcome.accepted:
                self._say(f"  {outcome.subject} rejected: {'; '.join(map(str, outcome.failed))}")

    def take_progresses(self, stage: str, subject: str, part: float, words: str) -> None:
        """Show how far a take is that takes long."""
        with self._lock:
            if stage in self._tasks:
                self._bars.update(self._tasks[stage], note=f"{subject} {part:.0%} {words}" + self._note(", "))

    def waits(self, stage: str, words: str) -> None:
        """Say why the stage waits."""
        self._say(words)

    def gate_judged(self, gate: str, failed: Sequence[str]) -> None:
        """Remember a gate's result."""
        self.gates[gate] = list(failed)

    def _say(self, words: str) -> None:
        self._console.print(words, highlight=False, markup=False, soft_wrap=not self._console.is_terminal)

    def _note(self, before: str) -> str:
        left_s = self._left.seconds
        return f"{before}about {words_for(left_s)} left" if left_s >= 1 else ""
