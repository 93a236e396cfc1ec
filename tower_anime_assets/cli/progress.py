"""The progress display of `tower produce`: stage, shot n of m, time left. It writes to stderr only."""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from tower_anime_assets.engines.generate import Outcome
from tower_anime_assets.stages.foresight import Foreseen

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


class Display:
    """Follows a run as its listener and shows it: bars on a terminal, a line per stage elsewhere, nothing if quiet."""

    def __init__(self, quiet: bool = False) -> None:
        self.made = 0
        self.reused = 0
        self.gates: dict[str, list[str]] = {}
        self._lock = threading.Lock()
        self._console = Console(stderr=True, quiet=quiet)
        self._expected: defaultdict[str, float] = defaultdict(float)
        self._spent = 0.0
        self._foreseen = 0.0
        self._began = time.monotonic()
        self._tasks: dict[str, TaskID] = {}
        self._bars = Progress(
            TextColumn("{task.description:<17}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            disable=quiet or not sys.stderr.isatty(),
        )

    def __enter__(self) -> Display:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def expect(self, foreseen: Iterable[Foreseen]) -> None:
        """Take note of what the run will have to make, for the time left."""
        for item in foreseen:
            self._expected[item.stage] += item.predicted_s

    def stage_begins(self, stage: str, total: int, expected_s: float) -> None:
        """Open the stage's bar."""
        with self._lock:
            title = TITLES.get(stage, stage)
            if stage in self._tasks:
                task = self._tasks[stage]
                self._bars.update(task, total=(self._bars.tasks[task].total or 0) + total)
            else:
                self._tasks[stage] = self._bars.add_task(title, total=total, note="")
                if self._bars.disable:
                    self._console.print(f"{title}: {total}{self._left()}", highlight=False)

    def take_settled(self, stage: str, outcome: Outcome, done: int, total: int) -> None:
        """Count a take, move the bar, and say what was rejected."""
        with self._lock:
            self.made += outcome.attempts
            self.reused += outcome.attempts == 0
            task = self._tasks[stage]
            self._bars.update(task, advance=1, note=f"{outcome.subject}{self._left()}")
            if not outcome.accepted:
                why = "; ".join(map(str, outcome.failed))
                self._console.print(f"  {outcome.subject} rejected: {why}", highlight=False)

    def waits(self, stage: str, words: str) -> None:
        """Say why the stage waits."""
        self._console.print(words, highlight=False)

    def gate_judged(self, gate: str, failed: Sequence[str]) -> None:
        """Remember a gate's result."""
        self.gates[gate] = list(failed)

    def _left(self) -> str:
        """Return the time left in words: what was foreseen and is not yet over, at the pace so far."""
        total = sum(self._expected.values())
        if total <= 0:
            return ""
        over = 0.0
        for stage, seconds in self._expected.items():
            if stage in self._tasks:
                bar = self._bars.tasks[self._tasks[stage]]
                over += seconds * min(1.0, bar.completed / (bar.total or 1))
        elapsed = time.monotonic() - self._began
        pace = elapsed / over if over > total * 0.05 else 0.6
        left = max(0.0, (total - over) * pace)
        return f", about {left // 60:.0f}:{left % 60:02.0f} left"
