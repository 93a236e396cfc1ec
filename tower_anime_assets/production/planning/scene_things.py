"""Things of a scene's action: which are seen, known or not, and which are worth a close look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tower_anime_assets.production.languages.detection import ENGLISH, language_of_script, language_of_words
from tower_anime_assets.production.planning.foreign_things import foreign_things_in
from tower_anime_assets.production.planning.handled_things import handled_nouns, main_noun
from tower_anime_assets.production.planning.things import Thing, colours_named, count_of, find, things_in
from tower_anime_assets.production.story.model import Character


@dataclass(frozen=True)
class SceneThing:
    """A thing that an action shows.

    Attributes:
        words: What its writer calls it, in lower case.
        thing: What is known of it; None for a thing that no table knows.
        start: Position in its text.
    """

    words: str
    thing: Thing | None
    start: int

    @property
    def is_drawn(self) -> bool:
        """Whether the animatic has a drawing of it."""
        return self.thing is not None and self.thing.is_drawn

    @property
    def is_landmark(self) -> bool:
        """Whether it is part of a view rather than something in it: a building, a tree."""
        return self.thing is not None and (
            self.thing.kind == "building" or (self.thing.size_m > 4 and self.thing.kind == "plant")
        )

    @property
    def is_living(self) -> bool:
        """Whether it is an animal or another being."""
        return self.thing is not None and self.thing.is_living

    @property
    def is_seen_from_afar(self) -> bool:
        """Whether an animal is large enough to be seen in a wide shot."""
        return self.thing is not None and (self.thing.kind == "head" or self.thing.size_m >= _SMALL_ANIMAL_M)

    def is_worth_a_close_look(self, *, in_wide_view: bool) -> bool:
        """Return whether a shot without people is about it: small enough, and not merely part of a wide view."""
        if self.thing is None:
            return True
        if self.thing.is_living:
            return not self.is_seen_from_afar
        if self.thing.size_m >= _LARGE_M:
            return False
        return not in_wide_view or (self.thing.kind in ("hand-drawn", "undrawn") and self.thing.name != "hologram")


class ThingColours:
    """The colours of a scene's things, so that "a white fox" is white where it is "the fox" later on."""

    def __init__(self) -> None:
        self._colours: dict[str, str] = {}

    def recall(self, seen: SceneThing, text: str) -> SceneThing:
        """Return a thing in the colour in which it was introduced, and remember the one that its words name.

        Args:
            seen: The thing.
            text: The English text that its `start` is a position of.
        """
        if seen.thing is None:
            return seen
        if named := colours_named(seen.words):
            self._colours[seen.thing.name] = named[-1]
        elif (colour := self._colours.get(seen.thing.name)) and count_of(seen.words) == 1:
            if _KNOWN_ALREADY.search(text[max(0, seen.start - _LOOK_BACK) : seen.start]):
                before, bracket, english = seen.words.partition("(")
                words = f"{before}({colour} {english}" if bracket else f"{colour} {before}"
                return replace(seen, words=words)
            del self._colours[seen.thing.name]  # another one
        return seen


_KNOWN_ALREADY = re.compile(r"\b(?:the|his|her|its|their|this|that)\s+(?:\w+\s+)?$", re.IGNORECASE)
"""What stands before a thing that was introduced earlier, and a word that describes it."""

_LOOK_BACK = 60
"""Characters in which that is looked for."""

_SUBJECT_WITHIN_WORDS = 5
_OTHER_SUBJECT = re.compile(r"\b(?:with|who|whose|and|of|in|on|for|woman|man|girl|boy|monk)\b|[,.;:]", re.IGNORECASE)

_SMALL_ANIMAL_M = 0.3
_LARGE_M = 1.1
"""From this length on, a thing is shown in its place."""


@lru_cache(maxsize=8192)
def things_seen(text: str, species: frozenset[str] = frozenset(), language: str = "") -> tuple[SceneThing, ...]:
    """Return the things of an action, in order.

    Args:
        text: The action, without the names of characters.
        species: What characters of the scene are, such as "cat": the cat is then one of them, and no thing.
        language: Of a text in Latin letters, where more of it is known than this piece tells.
    """
    language = language_of_script(text) or language or language_of_words(text)
    known = list(foreign_things_in(text, language)) if language != ENGLISH else list(things_in(text))
    seen = [SceneThing(item.words, item.thing, item.start) for item in known if item.thing.name not in species]
    for words, start in handled_nouns(text) if language == ENGLISH else ():
        if not any(item.start <= start < item.end for item in known):
            seen.append(SceneThing(words, None, start))
    return tuple(sorted(seen, key=lambda item: item.start))


def objects_in(text: str) -> list[str]:
    """Return the things that a text shows, by their writer's words, in order."""
    return [item.words for item in things_seen(text)]


def things_of_insert(wishes: Sequence[str], paragraph: str, *, has_hands: bool) -> tuple[str, ...]:
    """Return what an insert shows whose action names no thing: what its note says, somebody's hands, else any noun."""
    named = tuple(thing for wish in wishes for thing in objects_in(wish))[:2]
    if named or has_hands:
        return named or ("hand",)
    return tuple(filter(None, (main_noun(" ".join((*wishes, paragraph))),)))


def species_of(cast: Iterable[Character]) -> frozenset[str]:
    """Return what the characters of a scene are, as far as their descriptions name an animal or a robot."""
    return frozenset(filter(None, map(_species_of, cast)))


def _species_of(character: Character) -> str:
    """Return what a character is by its appearance, else by its description; "" for a human."""
    thing = find(character.appearance.species) if character.appearance.species else None
    return thing.name if thing is not None else _species_in(character.description)


@lru_cache(maxsize=512)
def _species_in(description: str) -> str:
    """Return the animal that a description is of, as in "A fat orange cat with a blue collar"; "" for none."""
    for item in things_in(description):
        before = description[: item.start]
        is_subject = len(before.split()) <= _SUBJECT_WITHIN_WORDS and not _OTHER_SUBJECT.search(before)
        return item.thing.name if item.thing.is_living and is_subject else ""
    return ""
