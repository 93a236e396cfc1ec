"""The progress display of `tower produce` on stderr: stage, shot n of m, time left."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Column

from tower_anime_assets.cli.output import clean
from tower_anime_assets.cli.terminal import TerminalConsole
from tower_anime_assets.production.attempt import ServerWait
from tower_anime_assets.stages.dry_run import PlannedTake
from tower_anime_assets.stages.events import (
    Event,
    GateEvaluated,
    LessonsTold,
    Noted,
    ServerWaited,
    StageStarted,
    TakeAttempted,
    TakeFinished,
    TakeProgressed,
    Waiting,
)
from tower_anime_assets.stages.wait_lines import WaitLines

PRIOR_PACE = 0.6
"""Wall-clock seconds per predicted second before anything was made; below 1, because lanes work in parallel."""

PRIOR_WEIGHT_S = 5.0
"""Predicted seconds after which the run's own pace counts as much as the prior."""


COLUMNS_BEFORE_NOTE = 50
MIN_NOTE_CHARACTERS = 20
"""Width of a bar with its title and count, and what is left to the note on a narrow terminal; a longer one is cut."""


def format_duration(seconds: float) -> str:
    """Return a duration as `40 s`, `3:05 min` or `2 h 10 min`."""
    whole_s = max(0, round(seconds))
    if whole_s < 60:
        return f"{whole_s} s"
    if whole_s < 3600:
        return f"{whole_s // 60}:{whole_s % 60:02d} min"
    return f"{whole_s // 3600} h {whole_s % 3600 // 60} min"


@contextmanager
def uncaptured_console(quiet: bool) -> Iterator[Console]:
    """Yield a console on a copy of stderr, because Dagster captures what its steps write to stderr itself."""
    with os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace") as stderr:
        yield TerminalConsole(file=stderr, quiet=quiet)


class TimeLeft:
    """The time that a run still needs: the predicted time of the takes left, at the pace of those made."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lap_start_s = clock()
        self._predicted_s: dict[str, float] = {}
        self._takes_left: dict[str, int] = {}
        self._predicted_done_s = 0.0
        self._spent_s = 0.0

    def add_planned(self, planned_takes: Iterable[PlannedTake]) -> None:
        """Add the takes that will be made."""
        for item in planned_takes:
            if item.predicted_s > 0:
                self._takes_left[item.stage] = self._takes_left.get(item.stage, 0) + 1
                self._predicted_s[item.stage] = item.predicted_s

    def skip_elapsed(self) -> None:
        """Leave the time since the last call out of the pace: a stage began, or a take was reused."""
        self._lap_start_s = self._clock()

    def record_take(self, stage: str) -> None:
        """Count a take that was made since the last call."""
        now_s = self._clock()
        self._spent_s += now_s - self._lap_start_s
        self._lap_start_s = now_s
        if self._takes_left.get(stage, 0) > 0:
            self._takes_left[stage] -= 1
            self._predicted_done_s += self._predicted_s[stage]

    @property
    def remaining_s(self) -> float:
        """The time left; 0 when no predicted take is left to make."""
        left_s = sum(count * self._predicted_s[stage] for stage, count in self._takes_left.items())
        pace = (PRIOR_WEIGHT_S * PRIOR_PACE + self._spent_s) / (PRIOR_WEIGHT_S + self._predicted_done_s)
        return left_s * pace


class ProgressDisplay:
    """Receives a run's events and shows them: bars on a terminal, a line per stage elsewhere, nothing if quiet."""

    def __init__(self, console: Console) -> None:
        self.made_takes = 0
        self.reused_takes = 0
        self.failed_by_gate: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self._printed_notes: set[str] = set()
        self._lock = threading.Lock()
        self._console = console
        self._time_left = TimeLeft()
        self._task_ids: dict[str, TaskID] = {}
        self._wait_lines = WaitLines()
        self._waits: dict[str, str] = {}
        self._progress = Progress(
            TextColumn("{task.description:<16}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}", markup=False, table_column=Column(no_wrap=True)),
            console=self._console,
            disable=console.quiet or not console.is_terminal,
        )

    def __enter__(self) -> ProgressDisplay:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def add_planned(self, planned_takes: Iterable[PlannedTake]) -> None:
        """Add the takes that the run will make to the time left."""
        self._time_left.add_planned(planned_takes)

    def __call__(self, event: Event) -> None:
        """Show an event; may be called from any thread."""
        with self._lock:
            match event:
                case StageStarted():
                    self._start_stage(event)
                case TakeFinished():
                    self._finish_take(event)
                case TakeProgressed(stage, subject, part, words) if stage in self._task_ids:
                    self._set_note(stage, f"{subject} {part:.0%} {words}" + self._time_left_note(", "))
                case Waiting(_stage, words):
                    self._print(words)
                case ServerWaited(stage, subject, wait):
                    self._show_wait(stage, subject, wait)
                case Noted(stage, subject, words):
                    self.notes.append(f"{stage} {subject}: {words}")
                    self._print(f"  {self.notes[-1]}")
                case LessonsTold():
                    self._print(event.words)
                case GateEvaluated(gate, failed):
                    self.failed_by_gate[gate] = list(failed)
                case TakeProgressed() | TakeAttempted():  # only a finished take counts
                    pass

    def _start_stage(self, event: StageStarted) -> None:
        """Add the stage's bar, or make it longer."""
        self._time_left.skip_elapsed()
        if event.stage in self._task_ids:
            task_id = self._task_ids[event.stage]
            self._progress.update(task_id, total=(self._progress.tasks[task_id].total or 0) + event.total)
            return
        self._task_ids[event.stage] = self._progress.add_task(
            event.title, total=event.total, note=self._time_left_note("")
        )
        if self._progress.disable:
            self._print(f"{event.title}: {event.total}" + self._time_left_note(", "))

    def print_last(self, message: str) -> None:
        """Print before the process exits at once: also where nothing else is shown, and with the cursor back."""
        self._console.show_cursor()
        print(f"\n{clean(message)}", file=self._console.file, flush=True)

    def _show_wait(self, stage: str, subject: str, wait: ServerWait) -> None:
        """Show why a take waits: in the stage's bar while it does, or as lines where there are no bars."""
        has_ended = self._waits.pop(subject, "") and not wait.cause
        if wait.cause:
            self._waits[subject] = wait.words
        lines = self._wait_lines.lines_for(subject, wait)
        if stage not in self._task_ids or self._progress.disable:
            for line in lines:
                self._print(f"  {line}")
        elif wait.cause or has_ended:
            self._set_note(stage, "")

    def _set_note(self, stage: str, note: str) -> None:
        """Write beside a stage's bar; what waits comes first, and is gone when it goes on."""
        waits = [f"{subject}: {words}" for subject, words in list(self._waits.items())[:1]]
        text = clean(" | ".join(filter(None, [*waits, note]))).replace("\n", " ")
        room = max(MIN_NOTE_CHARACTERS, self._console.width - COLUMNS_BEFORE_NOTE)
        text = text if len(text) <= room else f"{text[: room - 1]}…"
        self._progress.update(self._task_ids[stage], note=text)

    def _finish_take(self, event: TakeFinished) -> None:
        """Count a take, advance the bar, and print a rejection."""
        outcome, task_id = event.outcome, self._task_ids[event.stage]
        self._waits.pop(outcome.subject, None)
        self.made_takes += outcome.attempts
        self.reused_takes += outcome.attempts == 0
        if outcome.attempts:
            self._time_left.record_take(event.stage)
        else:
            self._time_left.skip_elapsed()
        self._print_model_notes(event)
        self._progress.update(task_id, advance=1)
        self._set_note(event.stage, outcome.subject + self._time_left_note(", "))
        if self._progress.tasks[task_id].finished:
            self._progress.update(task_id, note="")
        if not outcome.accepted:
            self._print(f"  {outcome.subject} rejected: {'; '.join(map(str, outcome.failed))}")

    def _print_model_notes(self, event: TakeFinished) -> None:
        """Print once which model files were taken instead of those that were wanted."""
        notes = event.outcome.take.details.get("taken_models", ()) if event.outcome.attempts else ()
        for note in notes:
            if note not in self._printed_notes:
                self._printed_notes.add(note)
                self._print(f"  model {note}")

    def _print(self, message: str) -> None:
        self._console.print(message, highlight=False, markup=False, soft_wrap=not self._console.is_terminal)

    def _time_left_note(self, prefix: str) -> str:
        left_s = self._time_left.remaining_s
        return f"{prefix}about {format_duration(left_s)} left" if left_s >= 1 else ""
