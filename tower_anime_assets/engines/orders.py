"""Orders for takes: what a stage wants of an engine, how the output is measured and judged, and how an order ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from tower_anime_assets.engines.protocols import BriefVersionedEngine, Engine, RemoteEngine
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.planning.asked_changes import AskedShot
from tower_anime_assets.production.planning.briefs import Brief, brief_digest
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.store.rulings import Lock
from tower_anime_assets.store.takes import Take

B = TypeVar("B", bound=Brief)

NO_MEASURES: Mapping[str, float] = {}


@dataclass(frozen=True)
class Measurement:
    """What was measured on a new take.

    Attributes:
        numbers: Values by measure, for the gates.
        details: JSON-ready facts, kept with the take.
        files: Pictures of the take by role, kept beside it.
    """

    numbers: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def merged_with(self, other: Measurement) -> Measurement:
        """Return both measurements as one; the other's values win."""
        numbers = {**self.numbers, **other.numbers}
        return Measurement(numbers, {**self.details, **other.details}, {**self.files, **other.files})


@dataclass(frozen=True)
class Order(Generic[B]):
    """A take that a stage wants.

    Attributes:
        stage: The stage's name, which is also the decision's type.
        subject: What a person calls the take: a shot key, a line id, a scene id.
        position: Where in the show it belongs.
        measure: Measures a new take; raises when that is not possible.
        thresholds: The bars of its gates.
        reasoning: Why it is made like this, for people.
        inputs: Files that the brief builds on, by role.
        context: Returns numbers that depend on other takes, from a take's details; called each time it is judged.
        alternatives: What was considered instead, JSON-ready.
        review: Has another service look at a new take and puts its answer on record; None for no review.
        alternates: The same order on other engines, best first: an accepted take of theirs serves too.
        may_fall_back: Whether the alternates take over, in their order, when this order's engine fails.
        is_found_only: Whether its takes serve where they exist, but none is made: another way of making the same.
        is_pinned: Whether a writer chose its engine: then it is never rested after failures.
        stands_for: The digest of the order whose take a person had changed, which the new take is found by; "" for its
            own.
        asked: What a person asked to be otherwise, which its brief holds already; None for the plan's own.
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
    context: Callable[[Mapping[str, Any]], Mapping[str, float]] = lambda _details: NO_MEASURES
    alternatives: tuple[Any, ...] = ()
    review: Callable[[EngineOutput, Attempt], Measurement] | None = None
    alternates: tuple[Order[B], ...] = ()
    may_fall_back: bool = False
    is_found_only: bool = False
    is_pinned: bool = False
    stands_for: str = ""
    asked: AskedShot | None = None

    @cached_property
    def digest(self) -> str:
        """The digest that its takes are found by."""
        return self.stands_for or brief_digest(self.brief, self.engine.name, self.engine_version)

    @cached_property
    def engine_version(self) -> str:
        """The version of its engine that counts for its brief."""
        if isinstance(self.engine, BriefVersionedEngine):
            return self.engine.version_for(self.brief)
        return self.engine.version

    @property
    def variants(self) -> tuple[Order[B], ...]:
        """This order, then its alternates."""
        return (self, *self.alternates)

    @property
    def digests(self) -> tuple[str, ...]:
        """Its own digest, then those of its alternates."""
        return tuple(order.digest for order in self.variants)

    @property
    def unfollowed(self) -> tuple[str, ...]:
        """What a person asked for in words that its engine, which reads no prompts, cannot follow."""
        return self.asked.left if self.asked is not None and not isinstance(self.engine, RemoteEngine) else ()

    @property
    def unfollowed_sentence(self) -> str:
        """The same in a sentence, "" where there is nothing of the kind."""
        words = ", ".join(map(repr, self.unfollowed))
        return f"An animatic is drawn from the plan's values and cannot follow {words}." if words else ""

    def with_unfollowed_told(self) -> Order[B]:
        """Return the order with a reasoning that says what its engine cannot follow."""
        return replace(self, reasoning=f"{self.reasoning} {self.unfollowed_sentence}".strip())

    def asked_record(self) -> dict[str, Any]:
        """Return what a person asked for, JSON-ready, as a take's details have it; {} for nothing."""
        if self.asked is None:
            return {}
        change = self.asked.change
        return {
            "key": change.key,
            "request": change.request_id,
            "who": change.who,
            "words": change.words,
            "seed": change.seed,
            "followed": list(self.asked.followed),
            "not_followed": list(self.unfollowed),
        }

    def asked_prompt(self) -> list[Any]:
        """Return the parts of the prompts that hold a person's words, JSON-ready; [] for the plan's own prompts."""
        parts: list[Any] = plain_data(self.asked.shot.prompt_parts) if self.asked is not None else []
        return parts

    def with_context(self, context: Callable[[Mapping[str, Any]], Mapping[str, float]]) -> Order[B]:
        """Return the order and its alternates with another `context`."""
        alternates = tuple(replace(alternate, context=context) for alternate in self.alternates)
        return replace(self, context=context, alternates=alternates)


@dataclass(frozen=True)
class Outcome:
    """How an order ended.

    Attributes:
        take: The accepted take, or the best candidate when none was accepted.
        accepted: Whether every gate passed the take, or a person waived the gates that did not.
        attempts: Takes made in this run; 0 when the take was found.
        verdicts: The take's verdicts.
        seconds: Wall-clock seconds spent in this run.
        cpu_s: CPU seconds spent in this run.
        gpu_s: GPU seconds spent in this run.
        waived: Gates that a person waived for the take.
        lock: The lock by which a person has it used whatever its gates and its digest say, None for none.
        lock_changes: What a locked take rests on and has changed since it was made.
        stands_as: Digest of the variant of its order that a locked take stands for; "" for its own.
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
    lock: Lock | None = None
    lock_changes: tuple[str, ...] = ()
    stands_as: str = ""

    @property
    def digest(self) -> str:
        """The digest of the variant of its order that it stands for."""
        return self.stands_as or self.take.brief_digest

    @property
    def lock_sentence(self) -> str:
        """Who locked it, and what has changed since, in words; "" if nobody did."""
        if self.lock is None:
            return ""
        changed = f", although this has changed since: {', '.join(self.lock_changes)}" if self.lock_changes else ""
        missed = f"; it misses {', '.join(dict.fromkeys(one.gate for one in self._missed))}" if self._missed else ""
        return f"take {self.take.id} is used because {self.lock.who} locked it ({self.lock.note}){changed}{missed}"

    @property
    def _missed(self) -> tuple[Verdict, ...]:
        return tuple(item for item in self.verdicts if not item.passed and item.gate not in self.waived)

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The verdicts that keep it from being accepted; none keeps a locked take."""
        return () if self.lock is not None else self._missed
