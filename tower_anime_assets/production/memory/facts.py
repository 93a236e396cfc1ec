"""Facts: what is remembered as (subject, predicate, object), when one takes another's place, and how each is worded.

Pure: what the project's files say as facts belongs in `story_facts`, the file format in `fact_lines`, the words by
which facts are searched in `fact_words`, rows in `store.facts`.
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
from tower_anime_assets.production.story.source import shortened

MAX_SUBJECT = 200
MAX_PREDICATE = 80
MAX_OBJECT = 2000
MAX_SOURCE = 200
"""Characters; the first, second and fourth stand together in one index entry of at most 2,700 bytes."""

PERSON = "person:"
"""Prefix of the source of facts that somebody stored by hand."""

CLIENT = "mcp:"
"""Prefix of the source of facts that a program stored over the Model Context Protocol."""

FILES = "file:"
"""Prefix of the source of facts that the writer's files say."""

_UNPRINTABLE = re.compile("[\\x00-\\x08\\x0e-\\x1f\\x7f\\ud800-\\udfff]")

CLIENT_CONFIDENCE = 0.8
"""What a program's facts count for: below the writer's files and a person's word, which count for 1."""


@dataclass(frozen=True)
class Predicate:
    """What is known of a predicate.

    Attributes:
        sentence: Its wording, with {subject} and {object}.
        is_single: Whether a subject has one object of it at a time, so that a new one supersedes the old.
        weight: How much it helps whoever directs a scene, 0..1; 0 where they are told of it by other means, or where it
            only counts things.
    """

    sentence: str
    is_single: bool = False
    weight: float = 1.0


def _single(sentence: str, weight: float = 0.0) -> Predicate:
    return Predicate(sentence, is_single=True, weight=weight)


PREDICATES: Mapping[str, Predicate] = {
    # a member of the cast: the director is sent these with the cast itself
    "described_as": _single("{subject}: {object}"),
    "hair_colour": _single("{subject}'s hair is {object}"),
    "hair_style": _single("{subject} wears the hair {object}"),
    "skin_colour": _single("{subject}'s skin is {object}"),
    "eye_colour": _single("{subject}'s eyes are {object}"),
    "outfit_colour": _single("{subject}'s clothes are {object}"),
    "outfit_style": _single("{subject} wears: {object}"),
    "accent_colour": _single("{subject}'s accent colour is {object}"),
    "build": _single("{subject}'s build is {object}"),
    "presents": _single("{subject} looks {object}"),
    "age_years": _single("{subject} is {object} years old"),
    "voice": _single("{subject}'s voice: {object}"),
    "language": _single("{subject} speaks {object}"),
    "lora": _single("{subject} is drawn with the LoRA {object}"),
    "lora_trigger": _single("the LoRA of {subject} is called by {object}"),
    "alias": Predicate("{subject} is also called {object}", weight=0.0),
    "feature": Predicate("{subject} has {object}", weight=0.0),
    "reference_picture": Predicate("a reference picture of {subject} is {object}", weight=0.0),
    "is_a": Predicate("kind of {subject}: {object}", weight=0.0),
    # what a story adds to its cast, mostly by hand
    "lives_in": _single("{subject} lives in {object}", 1.0),
    "works_as": _single("{subject} works as {object}", 1.0),
    "works_for": _single("{subject} works for {object}", 1.0),
    "status": _single("{subject} is now {object}", 1.0),
    "wears": _single("{subject} wears {object}", 1.0),
    "knows": Predicate("{subject} knows {object}"),
    "wants": Predicate("{subject} wants {object}"),
    "fears": Predicate("{subject} fears {object}"),
    "owns": Predicate("{subject} owns {object}"),
    "loves": Predicate("{subject} loves {object}"),
    "hates": Predicate("{subject} hates {object}"),
    "injured": Predicate("{subject} is injured: {object}"),
    "must_not": Predicate("{subject} must not {object}"),
    # the show
    "logline": _single("{subject}: {object}", 0.3),
    "art_direction": _single("{subject} is drawn as {object}"),
    "positive_prompt": _single("{subject} is prompted with {object}"),
    "negative_prompt": _single("{subject} is prompted against {object}"),
    "checkpoint": _single("{subject} uses the checkpoint {object}"),
    "frame_size": _single("{subject} is {object} pixels large"),
    "frame_rate": _single("{subject} runs at {object} frames per second"),
    "longest_clip": _single("clips of {subject} have at most {object} frames"),
    "loudness": _single("{subject} is mixed to {object}"),
    "title": _single("{subject} is titled {object}"),
    "palette_colour": Predicate("{object} belongs to the palette of {subject}", weight=0.0),
    "uses_lora": Predicate("{subject} uses the LoRA {object}", weight=0.0),
    "uses_model": Predicate("{subject} uses the model {object}", weight=0.0),
    "uses_service": Predicate("{subject} uses the service {object}", weight=0.0),
    "made_by": Predicate("engine of {subject} for {object}", weight=0.0),
    # scripts: who is where, with whom; a director has the script, and is told only what a place holds elsewhere in it
    "appears_in": Predicate("{subject} appears in {object}", weight=0.0),
    "speaks_in": Predicate("{subject} speaks in {object}", weight=0.0),
    "shares_scene_with": Predicate("{subject} shares a scene with {object}", weight=0.0),
    "speaks_with": Predicate("{subject} speaks with {object}", weight=0.0),
    "plays_at": _single("{subject} plays at {object}"),
    "time_of_day": _single("{subject} plays at {object}"),
    "weather": _single("the weather of {subject} is {object}"),
    "mood": _single("the mood of {subject} is {object}"),
    "music": _single("the music of {subject}: {object}"),
    "synopsis": _single("{subject}: {object}"),
    "shows": Predicate("{subject} shows: {object}", weight=0.0),
    "seen_at": Predicate("{subject} is seen at {object}", weight=0.0),
    "holds": Predicate("{subject} has been shown with: {object}", weight=0.6),
    "is_inside": _single("{subject} is inside: {object}"),
}
"""Predicates with a meaning of their own. Any other may be stored too: it has many objects, and weighs 1."""


def normalised(text: str) -> str:
    """Return what a name is compared by: without regard to case, width of characters, and white space."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def predicate_key(text: str) -> str:
    """Return what a predicate is compared by: "Hair colour", "hair-colour" and "hair_colour" are one."""
    return "_".join(normalised(text).replace("-", " ").replace("_", " ").split())


def meaning_of(predicate: str) -> Predicate:
    """Return what is known of a predicate, or the usual meaning of an unknown one."""
    key = predicate_key(predicate)
    words = " ".join(re.sub("[{}_]", " ", key).split())
    return PREDICATES.get(key) or Predicate(f"{{subject}} {words} {{object}}")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Something that somebody says, as it was written.

    Attributes:
        source: Who says it: `file:characters/akira.yaml`, `person:mei`, `mcp:claude`, or any other name.
        confidence: 0..1.
        timestamp: When it was first said; None for now.
    """

    subject: str
    predicate: str
    object: str
    source: str
    confidence: float = 1.0
    timestamp: datetime | None = None

    @cached_property
    def about(self) -> tuple[str, str]:
        """Subject and predicate as they are compared."""
        return normalised(self.subject), predicate_key(self.predicate)

    @cached_property
    def triple(self) -> tuple[str, str, str]:
        """Subject, predicate and object as they are compared."""
        return (*self.about, normalised(self.object))

    @property
    def said(self) -> tuple[str, str, str, str]:
        """The triple and its source: what is stored once."""
        return (*self.triple, self.source)

    @property
    def sentence(self) -> str:
        """The statement in words, without a full stop of its own."""
        wording = meaning_of(self.predicate).sentence
        parts = wording.replace("{subject}", "\0").replace("{object}", "\1")
        return parts.replace("\0", self.subject.strip()).replace("\1", self.object.strip())


@dataclass(frozen=True, kw_only=True)
class Fact(Statement):
    """A statement on record.

    Attributes:
        ended_at: When it ceased to hold; None while it holds.
        superseded_by: Id of the fact that took its place; None when none did.
    """

    id: str
    project: str
    ended_at: datetime | None = None
    superseded_by: str | None = None


@dataclass(frozen=True)
class Settled:
    """What storing statements comes to.

    Attributes:
        new: Facts to write, some of them already superseded.
        ended: Ids of facts on record that end, each with the id of the new fact that takes its place, or None.
        results: One word per statement, in order: `stored`, `known` (on record already) or `overruled` (kept, but
            what a more confident source says, or what was said later, holds).
    """

    new: tuple[Fact, ...]
    ended: Mapping[str, str | None]
    results: tuple[str, ...] = ()


def problems_of(statement: Statement) -> list[tuple[str, str]]:
    """Return (what is wrong, what was expected) of a statement; [] when it can be stored."""
    found = []
    limits = {"subject": MAX_SUBJECT, "predicate": MAX_PREDICATE, "object": MAX_OBJECT, "source": MAX_SOURCE}
    for name, limit in limits.items():
        text: str = getattr(statement, name)
        if not normalised(text):
            found.append((f"{name} is empty", f"1 to {limit} characters"))
        elif len(text) > limit:
            found.append((f"{name} has {len(text):,} characters", f"at most {limit:,}"))
        elif _UNPRINTABLE.search(text):
            found.append((f"{name} holds a control character: {shortened(ascii(text))}", "plain text"))
    if not found and not statement.about[1]:
        found.append((f"predicate is {statement.predicate!r}", "a word such as hair_colour"))
    if not 0 <= statement.confidence <= 1:  # NaN is in no range
        found.append((f"confidence is {statement.confidence}", "a number from 0 to 1"))
    return found


def checked(statement: Statement) -> Statement:
    """Return the statement, if it can be stored.

    Raises:
        PlanError: It cannot; everything that is wrong with it is named.
    """
    if problems := problems_of(statement):
        said = "; ".join(f"{problem}, expected {expected}" for problem, expected in problems)
        raise PlanError(f"this fact cannot be stored: {said}. Write it as SUBJECT PREDICATE OBJECT")
    return statement


def settle(record: Iterable[Fact], said: Iterable[Fact], *, is_reread: bool = False) -> Settled:
    """Return what it comes to when statements are stored beside what is on record.

    A source says a thing once; again with more confidence takes the place of the first. A predicate with one object at
    a time keeps the newest, unless another source said otherwise with more confidence: then the newcomer is kept as
    superseded. So is one that an import dates before what holds now.

    Args:
        record: Every fact ever stored about the same subjects and predicates, oldest first.
        said: The statements in order, each as the fact that it becomes if it is stored.
        is_reread: A source is read once more: what it has always said, and what another source has put right since,
            it does not say anew.
    """
    state = _Record(record)
    results = tuple(state.hear(fact, is_reread) for fact in said)
    return Settled(tuple(state.new.values()), state.ended, results)


@dataclass
class _Record:
    """What is on record while statements are settled one by one."""

    given: Iterable[Fact]
    by_id: dict[str, Fact] = field(default_factory=dict)
    newest: dict[tuple[str, str, str, str], Fact] = field(default_factory=dict)
    current: defaultdict[tuple[str, str], dict[str, Fact]] = field(default_factory=lambda: defaultdict(dict))
    new: dict[str, Fact] = field(default_factory=dict)
    ended: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fact in self.given:
            self._keep(fact)

    def _keep(self, fact: Fact) -> None:
        holds = fact.ended_at is None and fact.superseded_by is None
        self.by_id[fact.id] = fact
        if holds:
            self.current[fact.about][fact.id] = fact
        if holds or fact.said not in self.newest or not self._holds(self.newest[fact.said]):
            self.newest[fact.said] = fact

    def _holds(self, fact: Fact) -> bool:
        return fact.id in self.current[fact.about]

    def hear(self, fact: Fact, is_reread: bool) -> str:
        before = self.newest.get(fact.said)
        says_no_more = before is not None and before.confidence >= fact.confidence
        if before is not None and says_no_more and (self._holds(before) or self._stale(before, is_reread)):
            return "known"
        rivals = self._rivals(fact)
        stronger = [rival for rival in rivals if _outranks(rival, fact)]
        if stronger:
            if before is not None and says_no_more and before.superseded_by is not None:
                return "known"
            self._add(replace(fact, superseded_by=max(stronger, key=lambda rival: rival.confidence).id))
            return "overruled"
        if before is not None and self._holds(before):
            rivals.append(before)
        for rival in rivals:
            self._end(rival, fact.id)
        self._add(fact)
        return "stored"

    def _stale(self, before: Fact, is_reread: bool) -> bool:
        """Whether a source, read once more, only repeats what another has put right since."""
        winner = self.by_id.get(before.superseded_by or "")
        if not is_reread or winner is None:
            return False
        return winner.source != before.source and winner.id in self.current[winner.about]

    def _rivals(self, fact: Fact) -> list[Fact]:
        if not meaning_of(fact.predicate).is_single:
            return []
        return [other for other in self.current[fact.about].values() if other.triple != fact.triple]

    def _add(self, fact: Fact) -> None:
        self.new[fact.id] = fact
        self._keep(fact)

    def _end(self, fact: Fact, by: str) -> None:
        del self.current[fact.about][fact.id]
        if fact.id in self.new:
            self.new[fact.id] = self.by_id[fact.id] = replace(fact, superseded_by=by)
        else:
            self.ended[fact.id] = by


def _outranks(rival: Fact, fact: Fact) -> bool:
    """Whether a fact on record stands against a new one: said later, or by another source with more confidence."""
    if fact.timestamp is not None and (rival.timestamp is None or rival.timestamp > fact.timestamp):
        return True
    return rival.source != fact.source and rival.confidence > fact.confidence


def no_longer_said(record: Iterable[Fact], said: Sequence[Statement]) -> tuple[Fact, ...]:
    """Return the facts on record that their sources, just read once more, do not say any longer."""
    still = {statement.said for statement in said}
    return tuple(fact for fact in record if fact.said not in still)
