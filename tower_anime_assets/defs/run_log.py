"""The run log: a stage's events in Dagster's event log, and each shot's outcomes on the `shot` asset."""

import threading
import time

import dagster as dg

from tower_anime_assets.defs.metadata import outcome_metadata
from tower_anime_assets.defs.partitions import SHOT
from tower_anime_assets.engines.orders import Outcome
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
from tower_anime_assets.stages.registry import stage_named
from tower_anime_assets.stages.run_progress import ProgressRecorder
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.wait_lines import WaitLines

PROGRESS_EVERY_S = 15.0
"""How often the progress of one take is logged: events are rows in a database."""


class RunLog:
    """Writes a run's events to the log of a Dagster step, saves how far the run is, and passes them on. Thread-safe."""

    def __init__(
        self, context: dg.AssetExecutionContext, studio: Studio, recorder: ProgressRecorder | None = None
    ) -> None:
        self._context = context
        self._studio = studio
        self._recorder = recorder
        self._lock = threading.Lock()
        self._logged_at: dict[str, float] = {}
        self._wait_lines = WaitLines()

    def __call__(self, event: Event) -> None:
        """Log an event, and pass it on to the studio's own listener."""
        self._studio.emit(event)
        if self._recorder is not None:
            self._recorder.receive(event)
        with self._lock:
            self._log(event)

    def _log(self, event: Event) -> None:
        match event:
            case StageStarted(stage, _title, total, expected_s):
                self._context.log.info(
                    f"{stage}: {total} takes to make or reuse, expected to need about {expected_s:.0f} s"
                )
            case TakeAttempted(stage, outcome) if stage_named(stage).is_by_shot and not outcome.accepted:
                # An accepted attempt is shown when the take is finished.
                metadata = outcome_metadata(outcome, self._studio)
                self._context.log_event(dg.AssetObservation(SHOT, partition=outcome.subject, metadata=metadata))
            case TakeFinished(_stage, outcome) if outcome.attempts > 0:
                self._log_finished(event, outcome)
            case TakeProgressed(stage, subject, part, words):
                now = time.monotonic()
                if now - self._logged_at.setdefault(subject, now) >= PROGRESS_EVERY_S:
                    self._logged_at[subject] = now
                    self._context.log.info(f"{stage} {subject}: {part:.0%} {words}")
            case Waiting(_stage, words):
                self._context.log.info(words)
            case ServerWaited(stage, subject, wait):
                for line in self._wait_lines.lines_for(subject, wait):
                    self._context.log.warning(f"{stage} {line}".strip())
            case LessonsTold():
                self._context.log.info(event.words)
            case Noted(stage, subject, words):
                self._context.log.warning(f"{stage} {subject}: {words}")
            case TakeAttempted() | TakeFinished() | GateEvaluated():  # a check's own event is the record of a gate
                pass

    def _log_finished(self, event: TakeFinished, outcome: Outcome) -> None:
        state = "accepted" if outcome.accepted else "rejected: " + "; ".join(map(str, outcome.failed))
        progress = f"{event.stage} {event.done}/{event.total}"
        self._context.log.info(f"{progress} {outcome.subject}: {state} ({outcome.seconds:.1f} s)")
        if stage_named(event.stage).is_by_shot:
            metadata = outcome_metadata(outcome, self._studio)
            self._context.log_event(dg.AssetMaterialization(SHOT, partition=outcome.subject, metadata=metadata))
