"""Attempts as `generate` makes them, without a database: a folder, a journal, job ids that stay the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.production.attempt import Attempt, EngineOutput, Lease, RemoteContext, Submission
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Lora, Style, Voice
from tower_anime_assets.production.verdicts import Verdict

JOBS = UUID("0b9ac5a0-3f5e-4a43-9a44-0c9c5f7d9f01")
STREET = Setting("NEON STREET", False, "night", "clear", "tense")
AKIRA = Character(
    "akira",
    "Akira",
    "a street racer",
    Appearance("#1d2a52", "spiky", "#f2cdb2", "#2f62c9", "#2f62c9", "jacket", "#19d3e6"),
    Voice(),
    lora=Lora("akira_sdxl.safetensors", "", 0.8, 0.6, "akira_style"),
)
LUNA = replace(AKIRA, id="luna", name="Luna", lora=Lora("luna_sdxl.safetensors", "", 0.9, 0.9, "luna_style"))


def subject(character: str, *, is_foreground: bool = False) -> Subject:
    return Subject(character, Emotion.NEUTRAL, Pose.STAND, Facing.CAMERA, 0.0, is_foreground)


TWO_PEOPLE: Mapping[str, Any] = {
    "framing": Framing.TWO_SHOT,
    "subjects": (replace(subject("akira"), x=-0.4), replace(subject("luna"), x=0.4)),
    "cast": (AKIRA, LUNA),
}
"""What a brief of two people has otherwise."""


def keyframe_brief(**changes: Any) -> KeyframeBrief:
    brief = KeyframeBrief(
        framing=Framing.MEDIUM,
        move=Move.STATIC,
        subjects=(subject("akira"),),
        cast=(AKIRA,),
        setting=STREET,
        objects=(),
        effects=(),
        prompt="medium shot, a street racer, neon street",
        negative="blurry",
        style=Style(positive="anime, cel shading"),
        width_px=256,
        height_px=192,
        seed=11,
        occurrence=0,
    )
    return replace(brief, **changes)


def clip_brief(keyframe_sha256: str = "0" * 64, **changes: Any) -> ClipBrief:
    brief = ClipBrief(
        keyframe_sha256=keyframe_sha256,
        frames=25,
        fps=24,
        width_px=256,
        height_px=192,
        framing=Framing.MEDIUM,
        move=Move.PUSH_IN,
        activity=0.2,
        setting=STREET,
        effects=(),
        speaking=(),
        card="",
        prompt="medium shot, a street racer, neon street",
        negative="blurry",
        seed=12,
    )
    return replace(brief, **changes)


def complaint(measure: str) -> Verdict:
    return Verdict("gate", measure, 0.0, 1.0, None, "unit", False, "remedy")


@dataclass
class Bench:
    """Everything around an engine.

    Attributes:
        journal: Every submission's end, by part, the first that was said: as the database keeps it.
        progress: What was said on the way.
    """

    folder: Path
    journal: dict[tuple[str, int], Submission] = field(default_factory=dict)
    progress: list[tuple[float, str]] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)

    def prompt_id(self, key: str, part: int) -> str:
        return str(uuid5(JOBS, f"{key}:{part}"))

    def _keep(self, key: str, done: Submission) -> None:
        self.journal.setdefault((key, done.part), done)

    def make(
        self,
        engine: RemoteEngine[Any],
        brief: Any,
        *,
        key: str = "one",
        inputs: Mapping[str, Path] | None = None,
        number: int = 1,
        complaints: tuple[Verdict, ...] = (),
        server: str = "",
        resumes: bool = False,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> EngineOutput:
        """Make one attempt; `key` stands for its decision."""
        parameters = engine.plan_attempt(brief, number, complaints)
        given = inputs or {}
        folder = self.folder / f"{key}-{len(self.leases)}"
        folder.mkdir(parents=True)
        with engine.lease(brief, parameters, given, server, is_stopped) as lease:
            self.leases.append(lease)
            parameters |= lease.decided
            rendering = RemoteContext(
                lease,
                lambda part: self.prompt_id(key, part),
                resumes,
                lambda done: self._keep(key, done),
            )
            return engine.make(
                brief,
                Attempt(
                    number,
                    parameters["seed"],
                    parameters,
                    folder,
                    given,
                    report_progress=lambda part, words: self.progress.append((part, words)),
                    decision_id=key,
                    is_stopped=is_stopped,
                    remote=rendering,
                ),
            )
