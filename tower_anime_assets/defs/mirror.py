"""The `shot` asset: a mirror that shows each shot's status, picture, attempts and history, with no runs of its own."""

import threading
import time
from collections.abc import Sequence

import dagster as dg

from tower_anime_assets.defs.metadata import Metadata, rounded
from tower_anime_assets.defs.partitions import episodes, shots
from tower_anime_assets.engines.generate import Outcome
from tower_anime_assets.stages.episode import SHOT_STAGES
from tower_anime_assets.stages.studio import Studio

PROGRESS_EVERY_S = 15.0

SHOT = dg.AssetKey("shot")
SCREENPLAYS = dg.AssetKey("screenplays")

screenplays = dg.AssetSpec(
    SCREENPLAYS,
    partitions_def=episodes,
    group_name="story",
    description="The screenplay files that a writer keeps: `projects/SHOW/episodes/*.fountain`, with the project and "
    "character files that go with them. Observed by the sensor `new_scripts`, never written.",
    kinds={"fountain", "yaml"},
    owners=["team:writers"],
)

shot = dg.AssetSpec(
    SHOT,
    partitions_def=shots,
    deps=[],
    group_name="shots",
    description="Mirror of every shot: newest picture, status, attempts, scores. Written while an episode is made; "
    "cannot be materialized by itself: launch `keyframes` or `ltx_clips` of its episode with `shots` and `force`.",
    kinds={"image", "video"},
    owners=["team:direction"],
)


class RunListener:
    """Writes what happens in a stage to the run's log, and each shot's outcome to its mirror. Thread-safe."""

    def __init__(self, context: dg.AssetExecutionContext, studio: Studio) -> None:
        self._context = context
        self._studio = studio
        self._outer = studio.listener
        self._lock = threading.Lock()
        self._said: dict[str, float] = {}

    def stage_begins(self, stage: str, total: int, expected_s: float) -> None:
        """Say how much there is to do."""
        self._context.log.info(f"{stage}: {total} wanted, about {expected_s:.0f} s of making expected")
        self._outer.stage_begins(stage, total, expected_s)

    def take_attempted(self, stage: str, outcome: Outcome) -> None:
        """Observe a shot's rejected attempt; an accepted one is mirrored when it is settled."""
        self._outer.take_attempted(stage, outcome)
        if outcome.accepted or stage not in SHOT_STAGES:
            return
        with self._lock:
            metadata = self._metadata(stage, outcome)
            self._context.log_event(dg.AssetObservation(SHOT, partition=outcome.subject, metadata=metadata))

    def take_settled(self, stage: str, outcome: Outcome, done: int, total: int) -> None:
        """Log a take that was made, and mirror a shot."""
        self._outer.take_settled(stage, outcome, done, total)
        if outcome.attempts == 0:
            return
        state = "accepted" if outcome.accepted else "rejected: " + "; ".join(map(str, outcome.failed))
        with self._lock:
            self._context.log.info(f"{stage} {done}/{total} {outcome.subject}: {state} ({outcome.seconds:.1f} s)")
            if stage in SHOT_STAGES:
                self._context.log_event(self._mirrored(stage, outcome))

    def take_progresses(self, stage: str, subject: str, part: float, words: str) -> None:
        """Log how far a shot is, at most every `PROGRESS_EVERY_S` seconds each: events are rows in a database."""
        self._outer.take_progresses(stage, subject, part, words)
        now = time.monotonic()
        with self._lock:
            if now - self._said.setdefault(subject, now) >= PROGRESS_EVERY_S:
                self._said[subject] = now
                self._context.log.info(f"{stage} {subject}: {part:.0%} {words}")

    def waits(self, stage: str, words: str) -> None:
        """Say why the stage waits."""
        self._context.log.info(words)
        self._outer.waits(stage, words)

    def gate_judged(self, gate: str, failed: Sequence[str]) -> None:
        """Pass it on; the check's own event is the record."""
        self._outer.gate_judged(gate, failed)

    def _mirrored(self, stage: str, outcome: Outcome) -> dg.AssetMaterialization:
        return dg.AssetMaterialization(SHOT, partition=outcome.subject, metadata=self._metadata(stage, outcome))

    def _metadata(self, stage: str, outcome: Outcome) -> Metadata:
        base = self._studio.settings.media_url
        metadata: Metadata = {}
        thumb = outcome.take.files.get("thumb")
        if thumb is not None:
            metadata["picture"] = dg.MetadataValue.md(f"![{outcome.subject}]({base}/media/{thumb.path})")
        metadata |= {
            "watch": dg.MetadataValue.url(f"{base}/shots/{outcome.subject}"),
            "stage": stage,
            "accepted": outcome.accepted,
        }
        if outcome.failed:
            metadata["failed"] = "; ".join(f"{verdict.gate}: {verdict}" for verdict in outcome.failed)
        metadata |= {
            "attempts": outcome.attempts,
            "seconds": rounded(outcome.seconds),
            "engine": outcome.take.engine,
            "reason": outcome.take.reasoning,
            **{verdict.measure: rounded(verdict.value) for verdict in outcome.verdicts},
            "decision": str(outcome.take.decision_id),
        }
        return metadata
