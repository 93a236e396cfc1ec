"""Facts as (subject, predicate, object): their wording, their limits, and when one supersedes another.

Facts of the writer's files belong in `extraction`, the file format in `json_lines`, search words in `search_words`,
rows in `store.facts`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.source import shorten

MAX_SUBJECT_CHARS = 200
MAX_PREDICATE_CHARS = 80
MAX_OBJECT_CHARS = 2000
MAX_SOURCE_CHARS = 200
"""Characters; subject, predicate and source share an index entry of at most 2,700 bytes."""

PERSON_SOURCE_PREFIX = "person:"
"""Prefix of the source of facts that a person stored."""

CLIENT_SOURCE_PREFIX = "mcp:"
"""Prefix of the source of facts that a program stored over the Model Context Protocol."""

FILE_SOURCE_PREFIX = "file:"
"""Prefix of the source of facts from the writer's files."""

_CONTROL_CHARACTER = re.compile("[\\x00-\\x08\\x0e-\\x1f\\x7f\\ud800-\\udfff]")

CLIENT_CONFIDENCE = 0.8
"""Confidence of a program's facts; those of the writer's files and of people have 1."""


UNKNOWN_ANSWER = 0.8
"""How much a fact of an unknown predicate says about its subject; somebody thought it worth telling."""

_DESCRIPTION, _KIND, _DETAIL, _COUNT, _OTHER_NAME = 1.0, 0.6, 0.5, 0.35, 0.25


@dataclass(frozen=True)
class Predicate:
    """How facts with a predicate are worded, superseded and ranked.

    Attributes:
        sentence: Wording with {subject} and {object}.
        is_single: Whether a subject has one object at a time, so that a new one supersedes the old.
        weight: How much it helps to direct a scene, 0..1; 0 if the director gets it by other means, or if it only
            counts things.
        answer: How much it says about its subject to somebody who asks what that is, 0..1: a description says most, a
            count or another name says little.
    """

    sentence: str
    is_single: bool = False
    weight: float = 1.0
    answer: float = UNKNOWN_ANSWER


def _single_valued(sentence: str, weight: float = 0.0, answer: float = _DETAIL) -> Predicate:
    return Predicate(sentence, is_single=True, weight=weight, answer=answer)


def _many_valued(sentence: str, weight: float = 0.0, answer: float = _DETAIL) -> Predicate:
    return Predicate(sentence, weight=weight, answer=answer)


PREDICATES: Mapping[str, Predicate] = {
    # a member of the cast: the director gets these with the cast
    "described_as": _single_valued("{subject}: {object}", answer=_DESCRIPTION),
    "kind": _single_valued("{subject} is of the kind {object}", answer=_KIND),
    "species": _single_valued("{subject} is: {object}", answer=_KIND),
    "body_colour": _single_valued("{subject}'s body is {object}"),
    "hair_colour": _single_valued("{subject}'s hair is {object}"),
    "hair_style": _single_valued("{subject} wears the hair {object}"),
    "skin_colour": _single_valued("{subject}'s skin is {object}"),
    "eye_colour": _single_valued("{subject}'s eyes are {object}"),
    "outfit_colour": _single_valued("{subject}'s clothes are {object}"),
    "outfit_style": _single_valued("{subject} wears: {object}"),
    "accent_colour": _single_valued("{subject}'s accent colour is {object}"),
    "build": _single_valued("{subject}'s build is {object}"),
    "presents": _single_valued("{subject} looks {object}"),
    "age_years": _single_valued("{subject} is {object} years old"),
    "voice": _single_valued("{subject}'s voice: {object}"),
    "language": _single_valued("{subject} speaks {object}", answer=_COUNT),
    "lora": _single_valued("{subject} is drawn with the LoRA {object}", answer=_COUNT),
    "lora_trigger": _single_valued("the LoRA of {subject} is called by {object}", answer=_COUNT),
    "alias": _many_valued("{subject} is also called {object}", answer=_OTHER_NAME),
    "feature": _many_valued("{subject} has {object}"),
    "reference_picture": _many_valued("a reference picture of {subject} is {object}", answer=_OTHER_NAME),
    "is_a": _many_valued("kind of {subject}: {object}", answer=_KIND),
    # what people add about the cast
    "lives_in": _single_valued("{subject} lives in {object}", 1.0, answer=UNKNOWN_ANSWER),
    "works_as": _single_valued("{subject} works as {object}", 1.0, answer=UNKNOWN_ANSWER),
    "works_for": _single_valued("{subject} works for {object}", 1.0, answer=UNKNOWN_ANSWER),
    "status": _single_valued("{subject} is now {object}", 1.0, answer=UNKNOWN_ANSWER),
    "wears": _single_valued("{subject} wears {object}", 1.0, answer=UNKNOWN_ANSWER),
    "knows": Predicate("{subject} knows {object}"),
    "wants": Predicate("{subject} wants {object}"),
    "fears": Predicate("{subject} fears {object}"),
    "owns": Predicate("{subject} owns {object}"),
    "loves": Predicate("{subject} loves {object}"),
    "hates": Predicate("{subject} hates {object}"),
    "injured": Predicate("{subject} is injured: {object}"),
    "must_not": Predicate("{subject} must not {object}"),
    # the show
    "logline": _single_valued("{subject}: {object}", 0.3, answer=_DESCRIPTION),
    "art_direction": _single_valued("{subject} is drawn as {object}"),
    "positive_prompt": _single_valued("{subject} is prompted with {object}"),
    "negative_prompt": _single_valued("{subject} is prompted against {object}"),
    "checkpoint": _single_valued("{subject} uses the checkpoint {object}"),
    "frame_size": _single_valued("{subject} is {object} pixels large"),
    "frame_rate": _single_valued("{subject} runs at {object} frames per second"),
    "longest_clip": _single_valued("clips of {subject} have at most {object} frames"),
    "loudness": _single_valued("{subject} is mixed to {object}"),
    "title": _single_valued("{subject} is titled {object}", answer=_KIND),
    "palette_colour": _many_valued("{object} belongs to the palette of {subject}"),
    "uses_lora": _many_valued("{subject} uses the LoRA {object}"),
    "uses_model": _many_valued("{subject} uses the model {object}"),
    "uses_service": _many_valued("{subject} uses the service {object}"),
    "made_by": _many_valued("engine of {subject} for {object}"),
    # scripts: the director has the script, and is told only what a place holds in other scenes
    "appears_in": _many_valued("{subject} appears in {object}", answer=_COUNT),
    "speaks_in": _many_valued("{subject} speaks in {object}", answer=_COUNT),
    "shares_scene_with": _many_valued("{subject} shares a scene with {object}", answer=_COUNT),
    "speaks_with": _many_valued("{subject} speaks with {object}", answer=_COUNT),
    "plays_at": _single_valued("{subject} plays at {object}"),
    "time_of_day": _single_valued("{subject} plays at {object}"),
    "weather": _single_valued("the weather of {subject} is {object}"),
    "mood": _single_valued("the mood of {subject} is {object}"),
    "music": _single_valued("the music of {subject}: {object}"),
    "synopsis": _single_valued("{subject}: {object}", answer=_DESCRIPTION),
    "shows": _many_valued("{subject} shows: {object}"),
    "seen_at": _many_valued("{subject} is seen at {object}", answer=_COUNT),
    "holds": _many_valued("{subject} has been shown with: {object}", 0.6),
    "is_inside": _single_valued("{subject} is inside: {object}", answer=_COUNT),
    # the studio: what makes what, in which order, with which services
    "is_made_with": _single_valued("{subject}: made with {object}", answer=_DESCRIPTION),
    "is_followed_by": _single_valued("after {subject} comes {object}"),
    "follows": _single_valued("before {subject} comes {object}"),
    "has_gates": _single_valued("gates of {subject}: {object}"),
    "usual_port": _single_valued("the usual port of {subject} is {object}"),
    "is_set_by": _single_valued("{subject} is set by {object}"),
}
"""Known predicates. Any other may be stored too: it has many objects and the weight 1."""


def normalised(text: str) -> str:
    """Return a name in the form that is compared: without differences of case, character width and white space."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def predicate_key(text: str) -> str:
    """Return a predicate in the form that is compared: "Hair colour" and "hair-colour" become "hair_colour"."""
    return "_".join(normalised(text).replace("-", " ").replace("_", " ").split())


def predicate_for(predicate: str) -> Predicate:
    """Return the known predicate, or one worded from its own name."""
    key = predicate_key(predicate)
    words = " ".join(re.sub("[{}_]", " ", key).split())
    return PREDICATES.get(key) or Predicate(f"{{subject}} {words} {{object}}")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A fact as a source states it.

    Attributes:
        source: `file:characters/akira.yaml`, `person:mei`, `mcp:claude`, or any other name.
        confidence: 0..1.
        timestamp: When it was first stated; None for now.
    """

    subject: str
    predicate: str
    object: str
    source: str
    confidence: float = 1.0
    timestamp: datetime | None = None

    @cached_property
    def topic(self) -> tuple[str, str]:
        """Subject and predicate in the form that is compared."""
        return normalised(self.subject), predicate_key(self.predicate)

    @cached_property
    def triple(self) -> tuple[str, str, str]:
        """Subject, predicate and object in the form that is compared."""
        return (*self.topic, normalised(self.object))

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """The triple and its source; a fact is stored once for each."""
        return (*self.triple, self.source)

    @property
    def sentence(self) -> str:
        """The statement as a sentence without a full stop."""
        wording = predicate_for(self.predicate).sentence
        placeholders = wording.replace("{subject}", "\0").replace("{object}", "\1")
        return placeholders.replace("\0", self.subject.strip()).replace("\1", self.object.strip())


@dataclass(frozen=True, kw_only=True)
class Fact(Statement):
    """A stored statement.

    Attributes:
        ended_at: When it ceased to hold; None while it holds.
        superseded_by: Id of the fact that took its place, or None.
    """

    id: str
    project: str
    ended_at: datetime | None = None
    superseded_by: str | None = None


@dataclass(frozen=True)
class FactChanges:
    """The changes that store a number of statements.

    Attributes:
        new_facts: Facts to write, some of them already superseded.
        ended_by: The new fact's id, or None, by the id of each stored fact that ends.
        results: One word per statement, in order: `stored`, `known` (stored before) or `overruled` (stored, but a more
            confident or later statement holds).
    """

    new_facts: tuple[Fact, ...]
    ended_by: Mapping[str, str | None]
    results: tuple[str, ...] = ()


def problems_of(statement: Statement) -> list[tuple[str, str]]:
    """Return (problem, expected) for everything that is wrong with a statement; [] if it can be stored."""
    problems = []
    limits = {
        "subject": MAX_SUBJECT_CHARS,
        "predicate": MAX_PREDICATE_CHARS,
        "object": MAX_OBJECT_CHARS,
        "source": MAX_SOURCE_CHARS,
    }
    for name, limit in limits.items():
        text: str = getattr(statement, name)
        if not normalised(text):
            problems.append((f"{name} is empty", f"1 to {limit} characters"))
        elif len(text) > limit:
            problems.append((f"{name} has {len(text):,} characters", f"at most {limit:,}"))
        elif _CONTROL_CHARACTER.search(text):
            problems.append((f"{name} holds a control character: {shorten(ascii(text))}", "plain text"))
    if not problems and not statement.topic[1]:
        problems.append((f"predicate is {statement.predicate!r}", "a word such as hair_colour"))
    if not 0 <= statement.confidence <= 1:  # NaN is in no range
        problems.append((f"confidence is {statement.confidence}", "a number from 0 to 1"))
    return problems


def validate_statement(statement: Statement) -> Statement:
    """Return the statement.

    Raises:
        PlanError: It cannot be stored; everything that is wrong with it is named.
    """
    if problems := problems_of(statement):
        details = "; ".join(f"{problem}, expected {expected}" for problem, expected in problems)
        raise PlanError(f"this fact cannot be stored: {details}. Write it as SUBJECT PREDICATE OBJECT")
    return statement


def plan_fact_changes(
    existing_facts: Iterable[Fact], incoming_facts: Iterable[Fact], *, is_reingest: bool = False
) -> FactChanges:
    """Return the changes that store new facts beside existing ones.

    A source's fact is stored once; stated again with more confidence, it replaces the first. A predicate with one
    object at a time keeps the newest, unless another source with more confidence disagrees or the new one is dated
    before the current one: then the new fact is stored as superseded.

    Args:
        existing_facts: Every fact ever stored about the same subjects and predicates, oldest first.
        incoming_facts: The new statements in order, each as the fact that it becomes if it is stored.
        is_reingest: Whether a source is read again: then it does not restate what another source has corrected since.
    """
    ledger = _FactLedger(existing_facts)
    results = tuple(ledger.record(fact, is_reingest) for fact in incoming_facts)
    return FactChanges(tuple(ledger.new_facts.values()), ledger.ended_by, results)


@dataclass
class _FactLedger:
    """Existing and new facts while statements are stored one by one."""

    existing_facts: Iterable[Fact]
    by_id: dict[str, Fact] = field(default_factory=dict)
    newest_by_identity: dict[tuple[str, str, str, str], Fact] = field(default_factory=dict)
    current_by_topic: defaultdict[tuple[str, str], dict[str, Fact]] = field(default_factory=lambda: defaultdict(dict))
    new_facts: dict[str, Fact] = field(default_factory=dict)
    ended_by: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fact in self.existing_facts:
            self._index(fact)

    def _index(self, fact: Fact) -> None:
        is_current = fact.ended_at is None and fact.superseded_by is None
        self.by_id[fact.id] = fact
        if is_current:
            self.current_by_topic[fact.topic][fact.id] = fact
        if (
            is_current
            or fact.identity not in self.newest_by_identity
            or not self._is_current(self.newest_by_identity[fact.identity])
        ):
            self.newest_by_identity[fact.identity] = fact

    def _is_current(self, fact: Fact) -> bool:
        return fact.id in self.current_by_topic[fact.topic]

    def record(self, fact: Fact, is_reingest: bool) -> str:
        previous = self.newest_by_identity.get(fact.identity)
        is_no_more_confident = previous is not None and previous.confidence >= fact.confidence
        if (
            previous is not None
            and is_no_more_confident
            and (self._is_current(previous) or self._is_corrected_elsewhere(previous, is_reingest))
        ):
            return "known"
        conflicts = self._conflicting_facts(fact)
        outranking = [rival for rival in conflicts if _outranks(rival, fact)]
        if outranking:
            if previous is not None and is_no_more_confident and previous.superseded_by is not None:
                return "known"
            self._add_new(replace(fact, superseded_by=max(outranking, key=lambda rival: rival.confidence).id))
            return "overruled"
        if previous is not None and self._is_current(previous):
            conflicts.append(previous)
        for rival in conflicts:
            self._supersede(rival, fact.id)
        self._add_new(fact)
        return "stored"

    def _is_corrected_elsewhere(self, previous: Fact, is_reingest: bool) -> bool:
        """Return whether a source that is read again only repeats what another has corrected since."""
        successor = self.by_id.get(previous.superseded_by or "")
        if not is_reingest or successor is None:
            return False
        return successor.source != previous.source and successor.id in self.current_by_topic[successor.topic]

    def _conflicting_facts(self, fact: Fact) -> list[Fact]:
        if not predicate_for(fact.predicate).is_single:
            return []
        return [other for other in self.current_by_topic[fact.topic].values() if other.triple != fact.triple]

    def _add_new(self, fact: Fact) -> None:
        self.new_facts[fact.id] = fact
        self._index(fact)

    def _supersede(self, fact: Fact, successor_id: str) -> None:
        del self.current_by_topic[fact.topic][fact.id]
        if fact.id in self.new_facts:
            self.new_facts[fact.id] = self.by_id[fact.id] = replace(fact, superseded_by=successor_id)
        else:
            self.ended_by[fact.id] = successor_id


def _outranks(rival: Fact, fact: Fact) -> bool:
    """Return whether a fact holds against a new one: it is later, or from another source with more confidence."""
    if fact.timestamp is not None and (rival.timestamp is None or rival.timestamp > fact.timestamp):
        return True
    return rival.source != fact.source and rival.confidence > fact.confidence


def facts_no_longer_stated(existing_facts: Iterable[Fact], statements: Sequence[Statement]) -> tuple[Fact, ...]:
    """Return the existing facts that their sources, read again, no longer state."""
    stated_identities = {statement.identity for statement in statements}
    return tuple(fact for fact in existing_facts if fact.identity not in stated_identities)
