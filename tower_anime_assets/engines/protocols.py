"""The protocols that every engine keeps, embedded or service.

An engine turns a brief into files in a folder it is given, or raises. It judges nothing, keeps nothing, never
returns a stand-in, and knows neither shots nor the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tower_anime_assets.production.briefs import ClipBrief, KeyframeBrief, MusicBrief, SheetBrief, VoiceBrief
from tower_anime_assets.production.shots import ScenePlan
from tower_anime_assets.production.story import Project, Scene
from tower_anime_assets.production.verdicts import Verdict

B = TypeVar("B", contravariant=True)


@dataclass(frozen=True)
class Attempt:
    """One try at a brief.

    Attributes:
        number: 1 for the first.
        seed: Seed of this attempt.
        parameters: What `plan_attempt` decided; already on record.
        folder: An empty folder of this attempt's own; files left in it are not kept unless `Made` names them.
        inputs: Files of the takes that the brief builds on, by role: a clip gets its keyframe's `picture` and,
            where its engine made one, `layers`.
        progress: Called with 0..1 and a few words; may be called from any thread.
        decision_id: The committed decision.
    """

    number: int
    seed: int
    parameters: Mapping[str, Any]
    folder: Path
    inputs: Mapping[str, Path] = field(default_factory=dict)
    progress: Callable[[float, str], None] = lambda _part, _words: None
    decision_id: str = ""


@dataclass(frozen=True)
class Made:
    """What an engine made.

    Attributes:
        files: Path by role; the role `main` is the take itself, others go with it (`layers`, `words`).
        details: JSON-ready facts about it, such as word times; kept with the take.
        cpu_s: CPU seconds spent here, as far as known.
        gpu_s: GPU seconds spent, 0 for CPU engines.
    """

    files: Mapping[str, Path]
    details: Mapping[str, Any] = field(default_factory=dict)
    cpu_s: float = 0.0
    gpu_s: float = 0.0


class Engine(Protocol[B]):
    """Whatever makes takes of one kind.

    Attributes:
        name: Stays the same over versions; part of every digest, such as "embedded-painter".
        version: Changes when the same brief would come out differently; part of every digest.
        lanes: How many attempts may run at once.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def lanes(self) -> int: ...

    def plan_attempt(self, brief: B, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the JSON-ready parameters for attempt `number`, changed to meet the failed verdicts before it.

        Must hold an integer `seed`. Pure: the same arguments give the same parameters.
        """
        ...

    def make(self, brief: B, attempt: Attempt) -> Made:
        """Make one take.

        Raises:
            MediaError: It could not be made.
            ServiceError: The service behind the engine failed.
        """
        ...


SheetEngine = Engine[SheetBrief]
KeyframeEngine = Engine[KeyframeBrief]
ClipEngine = Engine[ClipBrief]
VoiceEngine = Engine[VoiceBrief]
MusicEngine = Engine[MusicBrief]


@dataclass(frozen=True)
class RefinedPrompt:
    """A prompt made better, and what was added."""

    prompt: str
    negative: str
    style_keywords: tuple[str, ...] = ()
    cinematic_terms: tuple[str, ...] = ()
    consistency_hints: tuple[str, ...] = ()


class Director(Protocol):
    """Plans scenes, refines prompts, learns from scores.

    Attributes:
        is_local: Plans by rules in this process: the same story gives the same plan at no cost, so it can be foreseen.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def is_local(self) -> bool: ...

    def plan_scene(self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...]) -> ScenePlan:
        """Return the scene as shots with whole legal frames; `earlier` are the plans of the scenes before it.

        Raises:
            PlanError: The scene cannot be planned.
            ServiceError: The service behind the director failed.
        """
        ...

    def refine_prompt(
        self, project: Project, prompt: str, negative: str, character: str, emotion: str
    ) -> RefinedPrompt:
        """Return the prompt with the project's style and the character's features worked in."""
        ...

    def learn(
        self, decision_id: str, prompt: str, scores: Mapping[str, float], tags: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Take note of how a take scored; return what was learned, in words."""
        ...
