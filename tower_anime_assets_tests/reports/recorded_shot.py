"""A shot whose attempts are written to the record as a test needs them, without an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tower_anime_assets.errors import Cause
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store import consultations, decisions, takes, verdicts, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import Take

SHARP = Verdict("keyframes_are_sharp", "edge_acuity", 9.0, 6.0, None, "px", True, "")
SOFT = Verdict("keyframes_are_sharp", "edge_acuity", 3.0, 6.0, None, "px", False, "Ask for more steps.")
GRAPH = {"smp": {"class_type": "KSampler", "inputs": {"seed": 0, "steps": 20}}}


@dataclass(frozen=True)
class StoredFile:
    """A file that a test claims to be in the media store."""

    sha256: str
    path: str
    size_bytes: int = 1


@dataclass
class RecordedShot:
    """One shot of an episode.

    Attributes:
        key: The shot.
        stage: The stage of its attempts.
    """

    database: Database
    key: ShotKey
    stage: str = "keyframe"
    count: int = field(default=0, init=False)

    def decide(self, number: int = 1, /, **attempt: Any) -> decisions.Decision:
        """Record a decision for attempt `number` with these parameters, and that it was begun."""
        self.count += 1
        made = decisions.record_decision(
            self.database,
            decisions.NewDecision(
                project_id=self.key.project,
                episode_id=self.key.episode,
                scene_id=self.key.scene,
                shot_id=self.key.shot,
                decision_type=self.stage,
                parameters={"brief": {"prompt": "a street"}, "attempt": {"seed": self.count, **attempt}},
                reasoning="A <i>street</i>.",
                alternatives=[{"engine": "comfyui:small", "state": "chosen", "why": "the only one", "value": 0.5}],
                engine="comfyui:small",
                brief_digest="d" * 64,
                attempt=number,
                idempotency_key=str(uuid4()),
                server="http://gpu:8188",
            ),
        )
        return decisions.mark_running(self.database, made.id)

    def make(self, number: int = 1, verdict: Verdict = SHARP, score: float = 0.75, /, **attempt: Any) -> Take:
        """Record an attempt that gave a take with this verdict and score."""
        decision = self.decide(number, **attempt)
        take = takes.record_take(
            self.database,
            takes.NewTake(
                decision_id=decision.id, brief_digest="d" * 64, stage=self.stage, project_id=self.key.project,
                episode_id=self.key.episode, scene_id=self.key.scene, shot_id=self.key.shot,
                files={"main": StoredFile(f"{self.count:064x}", f"ab/{self.count:064x}.png")},
                measured={verdict.measure: verdict.value}, details={}, duration_s=2.0, gpu_s=1.5, quality_score=score,
            ),
        )  # fmt: skip
        verdicts.record_verdicts(self.database, take.id, (verdict,))
        return take

    def interrupt(self, number: int = 1, /) -> None:
        """Record an attempt that somebody interrupted at its server."""
        decision = self.decide(number)
        decisions.mark_failed(self.database, decision.id, "somebody stopped the job", 1.0, Cause.INTERRUPTED)

    def ask(self, decision_id: str, used: str, overruled: Sequence[str]) -> None:
        """Record that a director was asked for a decision."""
        consultations.record_consultation(
            self.database,
            consultations.NewConsultation(
                decision_id=decision_id, query='{"scene": "<b>"}', response='{"shots": []}', model_used="echo_brain",
                idempotency_key=str(uuid4()), duration_s=1.25, used=used, overruled=overruled,
            ),
        )  # fmt: skip

    def send(self, decision_id: str, changes: Mapping[str, Any]) -> workflows.WorkflowRun:
        """Record the job that was sent for a decision."""
        return workflows.record_run(
            self.database,
            workflows.NewWorkflowRun(
                decision_id=decision_id, template_sha256=workflows.save_template(self.database, "small", GRAPH),
                changes=changes, execution_time=1.5, idempotency_key=f"{decision_id}:0", part=0,
                prompt_id=str(uuid4()), server="http://gpu:8188",
            ),
        )  # fmt: skip
