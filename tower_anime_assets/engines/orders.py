"""Orders for takes: what a stage wants of an engine, how its output is measured and judged, and how an order ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from tower_anime_assets.engines.protocols import Engine
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import Brief, brief_digest
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.store.takes import Take

B = TypeVar("B", bound=Brief)

NO_MEASURES: Mapping[str, float] = {}


@dataclass(frozen=True)
class StoryPosition:
    """Where in a show a take belongs; parts that do not apply are ""."""

    project: str
    episode: str = ""
    scene: str = ""
    shot: str = ""
    line_id: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it apart within its episode: scene, shot and line."""
        return (self.scene, self.shot, self.line_id)


@dataclass(frozen=True)
class Measurement:
    """What was measured on a fresh take: numbers for the gates, facts kept with it, pictures of it by role."""

    numbers: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def merged_with(self, other: Measurement) -> Measurement:
        """Return both together."""
        numbers = {**self.numbers, **other.numbers}
        return Measurement(numbers, {**self.details, **other.details}, {**self.files, **other.files})


@dataclass(frozen=True)
class Order(Generic[B]):
    """A take that a stage wants.

    Attributes:
        stage: Also the decision's type: sheet, plan, keyframe, clip, voice, music, mix, master.
        subject: What a person calls it: a shot key, a line, a scene.
        inputs: Files that the brief builds on, by role.
        measure: Measures a fresh take; raises when it cannot.
        context: Numbers that depend on other takes, formed anew from a take's facts each time it is judged.
        witness: Has somebody else look at a fresh take too, and puts what they say on record; None for nobody.
        bars: What its gates ask.
        reasoning: Why it is made like this, in words.
        alternatives: What was considered instead.
        others: The same order on other engines, the best first: an accepted take of theirs serves too.
        hands_on: Whether the others may take over, in their order, when this one's engine fails.
    """

    stage: str
    subject: str
    position: StoryPosition
    brief: B
    engine: Engine[B]
    measure: Callable[[EngineOutput], Measurement]
    thresholds: tuple[Threshold, ...]
    reasoning: str
    inputs: Mapping[str, Path] = field(default_factory=dict)
    context: Callable[[Mapping[str, Any]], Mapping[str, float]] = lambda _facts: NO_MEASURES
    alternatives: tuple[Any, ...] = ()
    review: Callable[[EngineOutput, Attempt], Measurement] | None = None
    alternates: tuple[Order[B], ...] = ()
    may_fall_back: bool = False

    @cached_property
    def digest(self) -> str:
        """The digest under which its takes are found again."""
        return brief_digest(self.brief, self.engine.name, self.engine.version)

    @property
    def variants(self) -> tuple[Order[B], ...]:
        """It and the others."""
        return (self, *self.alternates)

    @property
    def digests(self) -> tuple[str, ...]:
        """Its own digest, then those of the others."""
        return tuple(order.digest for order in self.variants)

    def with_context(self, context: Callable[[Mapping[str, Any]], Mapping[str, float]]) -> Order[B]:
        """Return it, and the others, with the numbers that depend on other takes."""
        others = tuple(replace(other, context=context) for other in self.alternates)
        return replace(self, context=context, alternates=others)


@dataclass(frozen=True)
class Outcome:
    """How an order ended.

    Attributes:
        take: The accepted take, or the best candidate when none was accepted.
        accepted: Whether every gate passed it, or a person waived what failed.
        attempts: Takes made for it now; 0 when it was found.
        verdicts: The take's verdicts.
        seconds: Wall-clock time spent now.
    """

    subject: str
    take: Take
    accepted: bool
    attempts: int
    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    waived: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The verdicts that keep it from being accepted."""
        return tuple(item for item in self.verdicts if not item.passed and item.gate not in self.waived)
