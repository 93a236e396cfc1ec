"""How far a run is, from its events: counts per stage, the time left, and the sentences that a terminal prints.

`tower produce` shows it, and every run saves it, so that other processes can watch.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Protocol

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
from tower_anime_assets.store import run_progress
from tower_anime_assets.store.database import Database

PRIOR_PACE: Final = 0.6
"""Wall-clock seconds per predicted second before anything was made; below 1, because lanes work in parallel."""

PRIOR_WEIGHT_S: Final = 5.0
"""Predicted seconds after which the run's own pace counts as much as the prior."""

MAX_LINES: Final = 20
"""The newest sentences that a run's progress holds."""

MAX_LINE_CHARACTERS: Final = 500

SAVE_EVERY_S: Final = 0.5
"""How often progress is saved at most; a stage that begins or ends is saved at once."""


class Predicted(Protocol):
    """A take that may have to be made; seconds are 0 where it is there."""

    @property
    def stage(self) -> str: ...
    @property
    def predicted_s(self) -> float: ...


def format_duration(seconds: float) -> str:
    """Return a duration as `40 s`, `3:05 min` or `2 h 10 min`."""
    whole_s = max(0, round(seconds))
    if whole_s < 60:
        return f"{whole_s} s"
    if whole_s < 3600:
        return f"{whole_s // 60}:{whole_s % 60:02d} min"
    return f"{whole_s // 3600} h {whole_s % 3600 // 60} min"


@dataclass(frozen=True)
class StageProgress:
    """How far a stage of a run is.

    Attributes:
        stage: The stage's name.
        title: The stage's name for people.
        total: How many takes are wanted, as far as is known.
        done: How many of them were found or made.
        made: Attempts made, accepted or not.
        reused: Takes that were there already.
        rejected: Takes whose last attempt a gate rejected.
        doing: What is made now, or waited for, in words.
    """

    stage: str
    title: str
    total: int
    done: int = 0
    made: int = 0
    reused: int = 0
    rejected: int = 0
    doing: str = ""


@dataclass(frozen=True)
class RunProgress:
    """How far a run is.

    Attributes:
        stages: Those that have begun, in their order.
        left_s: Seconds that it will still need, as predicted; 0 where nothing is left to make or nothing is known.
        lines: The newest sentences that a terminal shows, oldest first.
    """

    stages: tuple[StageProgress, ...] = ()
    left_s: float = 0.0
    lines: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {**asdict(self), "left_s": round(self.left_s, 1)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunProgress:
        """Return what `as_json` was made of."""
        return cls(
            tuple(StageProgress(**stage) for stage in data["stages"]), float(data["left_s"]), tuple(data["lines"])
        )


NO_PROGRESS: Final = RunProgress()
"""That of a run which has not said anything."""


class TimeLeft:
    """The time that a run still needs: the predicted time of the takes left, at the pace of those made."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lap_start_s = clock()
        self._predicted_s: dict[str, float] = {}
        self._takes_left: dict[str, int] = {}
        self._predicted_done_s = 0.0
        self._spent_s = 0.0

    def add_planned(self, planned_takes: Iterable[Predicted]) -> None:
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


class ProgressTally:
    """Counts a run's events; for one thread at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.stages: dict[str, StageProgress] = {}
        self.notes: list[str] = []
        self._time_left = TimeLeft(clock)
        self._wait_lines = WaitLines(clock)
        self._waits: dict[str, tuple[str, str]] = {}
        self._model_notes: set[str] = set()
        self._lines: deque[str] = deque(maxlen=MAX_LINES)

    def add_planned(self, planned_takes: Iterable[Predicted]) -> None:
        """Add the takes that the run will make to the time left."""
        self._time_left.add_planned(planned_takes)

    def receive(self, event: Event) -> list[str]:
        """Count an event, and return the sentences that tell it; often none."""
        lines = self._lines_for(event)
        self._lines += (line.strip()[:MAX_LINE_CHARACTERS] for line in lines)
        return lines

    def snapshot(self) -> RunProgress:
        """Return how far the run is now."""
        waits = dict(self._waits.values())
        stages = (
            replace(stage, doing=waits.get(name, stage.doing)[:MAX_LINE_CHARACTERS])
            for name, stage in self.stages.items()
        )
        return RunProgress(tuple(stages), self._time_left.remaining_s, tuple(self._lines))

    def time_left_note(self, prefix: str = "") -> str:
        """Return the time left in words after a prefix, "" where next to nothing is left."""
        left_s = self._time_left.remaining_s
        return f"{prefix}about {format_duration(left_s)} left" if left_s >= 1 else ""

    def _lines_for(self, event: Event) -> list[str]:
        match event:
            case StageStarted():
                return self._start_stage(event)
            case TakeFinished():
                return self._finish_take(event)
            case TakeProgressed(name, subject, part, words) if name in self.stages:
                self.stages[name] = replace(self.stages[name], doing=f"{subject} {part:.0%} {words}")
                return []
            case Waiting(_name, words):
                return [words]
            case ServerWaited(name, subject, wait):
                self._waits.pop(subject, None)
                if wait.cause:
                    self._waits[subject] = (name, f"{subject}: {wait.words}")
                return [f"  {line}" for line in self._wait_lines.lines_for(subject, wait)]
            case Noted(name, subject, words):
                self.notes.append(f"{name} {subject}: {words}")
                return [f"  {self.notes[-1]}"]
            case LessonsTold():
                return [event.words]
            case TakeProgressed() | TakeAttempted() | GateEvaluated():  # only a finished take counts
                return []

    def _start_stage(self, event: StageStarted) -> list[str]:
        """Add a stage, or lengthen it: one whose shots wait for others begins again for each."""
        self._time_left.skip_elapsed()
        if (known := self.stages.get(event.stage)) is not None:
            self.stages[event.stage] = replace(known, total=known.total + event.total)
            return []
        self.stages[event.stage] = StageProgress(event.stage, event.title, event.total)
        return [f"{event.title}: {event.total}" + self.time_left_note(", ")]

    def _finish_take(self, event: TakeFinished) -> list[str]:
        outcome, stage = event.outcome, self.stages[event.stage]
        self._waits.pop(outcome.subject, None)
        self.stages[event.stage] = replace(
            stage,
            done=stage.done + 1,
            made=stage.made + outcome.attempts,
            reused=stage.reused + (outcome.attempts == 0),
            rejected=stage.rejected + (not outcome.accepted),
            doing="" if stage.done + 1 >= stage.total else outcome.subject,
        )
        if outcome.attempts:
            self._time_left.record_take(event.stage)
        else:
            self._time_left.skip_elapsed()
        taken_models = outcome.take.details.get("taken_models", ()) if outcome.attempts else ()
        model_notes = [note for note in dict.fromkeys(taken_models) if note not in self._model_notes]
        self._model_notes.update(model_notes)
        lines = [f"  model {note}" for note in model_notes]
        if not outcome.accepted:
            lines.append(f"  {outcome.subject} rejected: {'; '.join(map(str, outcome.failed))}")
        return lines


class ProgressRecorder:
    """Saves how far a run is in the database, seldom enough to cost nothing. Thread-safe."""

    def __init__(self, database: Database, run_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._run_id = run_id
        self._clock = clock
        self._tally = ProgressTally(clock)
        self._lock = threading.Lock()
        self._saved_s = float("-inf")
        self._is_saved = True

    def add_planned(self, planned_takes: Iterable[Predicted]) -> None:
        """Add the takes that the run will make, and save that."""
        with self._lock:
            self._tally.add_planned(planned_takes)
            self._save()

    def receive(self, event: Event) -> None:
        """Count an event; saved with those that follow soon, or by `save`."""
        with self._lock:
            lines = self._tally.receive(event)
            self._is_saved = False
            ends_stage = isinstance(event, TakeFinished) and event.done >= event.total
            if lines or ends_stage or self._clock() - self._saved_s >= SAVE_EVERY_S:
                self._save()

    def save(self) -> None:
        """Save what is not saved yet: a step of the run ends."""
        with self._lock:
            if not self._is_saved:
                self._save()

    def _save(self) -> None:
        run_progress.save_progress(self._database, self._run_id, self._tally.snapshot().as_json())
        self._saved_s, self._is_saved = self._clock(), True
