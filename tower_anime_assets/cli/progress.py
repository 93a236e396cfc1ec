"""The progress display of `tower produce` on stderr: stage, shot n of m, time left."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
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
    ServerWaited,
    StageStarted,
    TakeFinished,
    TakeProgressed,
)
from tower_anime_assets.stages.run_progress import ProgressTally

COLUMNS_BEFORE_NOTE = 50
MIN_NOTE_CHARACTERS = 20
"""Width of a bar with its title and count, and what is left to the note on a narrow terminal; a longer one is cut."""


@contextmanager
def uncaptured_console(quiet: bool) -> Iterator[Console]:
    """Yield a console on a copy of stderr, because Dagster captures what its steps write to stderr itself."""
    with os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace") as stderr:
        yield TerminalConsole(file=stderr, quiet=quiet)


class ProgressDisplay:
    """Receives a run's events and shows them: bars on a terminal, a line per stage elsewhere, nothing if quiet."""

    def __init__(self, console: Console) -> None:
        self.failed_by_gate: dict[str, list[str]] = {}
        self._tally = ProgressTally()
        self._lock = threading.Lock()
        self._console = console
        self._task_ids: dict[str, TaskID] = {}
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

    @property
    def made_takes(self) -> int:
        """Attempts made so far."""
        return sum(stage.made for stage in self._tally.stages.values())

    @property
    def reused_takes(self) -> int:
        """Takes that were there already."""
        return sum(stage.reused for stage in self._tally.stages.values())

    @property
    def notes(self) -> list[str]:
        """What was made otherwise than it was asked for."""
        return self._tally.notes

    def add_planned(self, planned_takes: Iterable[PlannedTake]) -> None:
        """Add the takes that the run will make to the time left."""
        self._tally.add_planned(planned_takes)

    def __call__(self, event: Event) -> None:
        """Show an event; may be called from any thread."""
        with self._lock:
            lines = self._tally.receive(event)
            match event:
                case StageStarted():
                    self._start_stage(event)
                    self._print(lines if self._progress.disable else [])
                case TakeFinished():
                    self._finish_take(event)
                    self._print(lines)
                case TakeProgressed(stage, subject, part, words) if stage in self._task_ids:
                    self._set_note(stage, f"{subject} {part:.0%} {words}" + self._tally.time_left_note(", "))
                case ServerWaited(stage, subject, wait):
                    self._show_wait(stage, subject, wait, lines)
                case GateEvaluated(gate, failed):
                    self.failed_by_gate[gate] = list(failed)
                case _:
                    self._print(lines)

    def _start_stage(self, event: StageStarted) -> None:
        """Add the stage's bar, or make it longer."""
        if event.stage in self._task_ids:
            task_id = self._task_ids[event.stage]
            self._progress.update(task_id, total=(self._progress.tasks[task_id].total or 0) + event.total)
            return
        self._task_ids[event.stage] = self._progress.add_task(
            event.title, total=event.total, note=self._tally.time_left_note()
        )

    def print_last(self, message: str) -> None:
        """Print before the process exits at once: also where nothing else is shown, and with the cursor back."""
        self._console.show_cursor()
        print(f"\n{clean(message)}", file=self._console.file, flush=True)

    def _show_wait(self, stage: str, subject: str, wait: ServerWait, lines: Sequence[str]) -> None:
        """Show why a take waits: in the stage's bar while it does, or as lines where there are no bars."""
        has_ended = self._waits.pop(subject, "") and not wait.cause
        if wait.cause:
            self._waits[subject] = wait.words
        if stage not in self._task_ids or self._progress.disable:
            self._print(lines)
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
        """Advance the bar of a take's stage."""
        subject, task_id = event.outcome.subject, self._task_ids[event.stage]
        self._waits.pop(subject, None)
        self._progress.update(task_id, advance=1)
        self._set_note(event.stage, subject + self._tally.time_left_note(", "))
        if self._progress.tasks[task_id].finished:
            self._progress.update(task_id, note="")

    def _print(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._console.print(line, highlight=False, markup=False, soft_wrap=not self._console.is_terminal)
