"""What of a description the painter leaves out: phrases about looks with words that no table knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import chain

from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story import kind_words, looks_words
from tower_anime_assets.production.story.described_kind import singular
from tower_anime_assets.production.story.described_looks import (
    COLOURS_BY_MATERIAL,
    FEATURES,
    UNPAINTED_FEATURES,
    DescribedLooks,
)
from tower_anime_assets.production.story.description_tokens import (
    is_adjective,
    is_number,
    split_phrases,
    split_sentences,
)

_MAX_PHRASES = 12
_MAX_PHRASE_CHARS = 60
_MAX_BARE_WORDS = 5
_LOOKS_ENDINGS = word_set(
    "legged armed faced nosed eared toothed necked tailed headed fingered shaped covered cheeked lipped chinned handed "
    "plated horned winged eyed coloured colored patterned clad lined trimmed"
)
"""Second halves of words such as "three-legged"."""
_KNOWN_MODIFIERS = (
    word_set(
        "left right single matching simple plain expensive traditional usual new old long short big large small little "
        "tiny huge tall deep dark light bright thick wide narrow round full hooded body head surface outer main whole "
        "thin slim heavy loose tight high low clean fine good-looking"
    )
    | set(kind_words.SIZE_FACTORS)
    | set(tables.COLOURS)
    | set(tables.COLOUR_MODIFIERS)
    | set(tables.HAIR_STYLE_WORDS)
    | set(tables.HAIR_LENGTH_WORDS)
    | set(tables.BUILD_WORDS)
    | set(tables.OUTFIT_BY_OCCUPATION)
    | set(tables.SKIN_WORDS)
    | set(looks_words.TEMPER)
    | {word for _, phrases in tables.FEATURES for phrase in phrases for word in phrase.split()[:-1]}
)
_ADJECTIVE_ENDINGS = (
    *("ous", "ful", "ive", "able", "ible", "al", "ic", "ent", "ant", "ary", "y", "ish", "less", "some", "ate", "id"),
    *("own", "est", "ile", "ure", "ite", "ense"),
)
_COUNTED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("eyes", "arms", "hands", "ears", "wings", "horns", "feet", "antennae", "antennas"), ("two", "2")),
    **dict.fromkeys(("eye", "arm", "leg", "head", "tail", "horn", "mouth", "wing"), ()),
    **dict.fromkeys(("heads", "tails", "mouths", "noses", "tentacles"), ()),
    "legs": ("two", "2", "four", "4"),
}
"""By part of a body, how many of it are drawn."""
_MATERIALS = word_set("metal metallic chrome steel tin iron brass wooden fur feathered furry fluffy")
"""Words that a body's colour says on beings that are not human."""


class _Mode(Enum):
    LEAD = "lead"  # before the first "with": adjectives, and what somebody is
    LOOKS = "looks"  # after "with", "wearing" and the like
    CLOTHES = "clothes"  # after "in", where clothes or places may follow
    BARE = "bare"  # after a comma or "is"
    MISSING = "missing"  # "without arms"
    ASIDE = "aside"  # anything else


def undrawn_phrases(text: str, looks: DescribedLooks) -> tuple[str, ...]:
    """Return the phrases about looks that are not drawn, in the writer's words, each once, at most twelve."""
    if looks.gloss is not None:
        phrases: Iterator[str] = chain(looks.gloss.unknown, _Reading(looks.gloss.english, looks).phrases())
    elif not looks.is_english:
        phrases = iter(re.split(r"[、。,，.;；:!?()（）\n]+", text))
    else:
        phrases = _Reading(text, looks).phrases()
    unique: dict[str, str] = {}
    for phrase in phrases:
        plain = " ".join(phrase.split())
        if plain and plain.lower() not in unique:
            unique[plain.lower()] = plain[:_MAX_PHRASE_CHARS]
    return tuple(unique.values())[:_MAX_PHRASES]


_CREATURE_FEATURES: Mapping[str, frozenset[str]] = {
    "animal": word_set("collar stripes spots horns tail"),
    "bird": word_set("wings tail"),
    "robot": frozenset(("antenna", "round body", "wheels", "one eye", "visor")),
    "monster": word_set("horns tail wings"),
    "vehicle": word_set("stripes wheels"),
}
"""By kind, the features that a figure without a human body has."""


def is_human_bodied(looks: DescribedLooks) -> bool:
    """Return whether a character is drawn with a human's body, which clothes and features fit."""
    described = looks.described
    if described.kind in ("spirit", "monster"):
        is_winged = described.species in kind_words.WINGED_SPIRITS
        return described.is_person_shaped or bool(looks.presents) or is_winged
    return described.kind == "human"


def _words_of(feature: str) -> set[str]:
    phrases = next((phrases for name, phrases in FEATURES if name == feature), ())
    return {word for phrase in (feature.lower(), *phrases) for word in phrase.split()}


class _Reading:
    """Goes through a description once, and says of each of its chunks what is not drawn."""

    def __init__(self, text: str, looks: DescribedLooks) -> None:
        self._text, self._looks, self._tokens = text, looks, looks.tokens
        self._described = looks.described
        self._is_human = looks.described.kind == "human"
        self._is_dressed = is_human_bodied(looks)
        self._drawn_features = {feature for feature in looks.features if self._draws(feature)}
        self._feature_words = {word for feature in self._drawn_features for word in _words_of(feature)}
        main = looks.outfit_colour or looks.body_colour
        drawn = {looks.accent_colour, main}
        self._other_colours = {at for at, colour in looks.second_colours if colour not in drawn}

    def phrases(self) -> Iterator[str]:
        said: set[str] = set()
        if self._described.species in kind_words.HUMAN_SPECIES:
            yield self._described.species
        for number, (start, end) in enumerate(split_sentences(self._tokens)):
            for mode, first, last in self._chunks(start, end, is_first=number == 0):
                for phrase in self._judge(mode, first, last):
                    said |= {word.lower() for word in phrase.replace("-", " ").split()}
                    yield phrase
        for feature in self._looks.features:
            if feature not in self._drawn_features and said.isdisjoint(_words_of(feature)):
                yield feature

    def _draws(self, feature: str) -> bool:
        """Return whether the figure of such a character has a feature."""
        if self._is_dressed:
            return feature not in UNPAINTED_FEATURES
        kinds = [self._described.kind]
        if self._described.base is not None and self._described.base.mobility == "four-legged":
            kinds.append("animal")  # a robot dog has the figure of a dog
        return any(feature in _CREATURE_FEATURES.get(kind, ()) for kind in kinds)

    def _chunks(self, start: int, end: int, *, is_first: bool) -> Iterator[tuple[_Mode, int, int]]:
        """Yield (mode, first, end) of the chunks of a sentence."""
        mode, first = self._opening(start, end, is_first=is_first)
        before = mode
        for at in range(first, end):
            token = self._tokens[at]
            word = token.word
            next_mode: _Mode | None = None
            if token.is_mark:
                next_mode = _Mode.ASIDE if mode is _Mode.ASIDE else _Mode.BARE
                if _Mode.LOOKS in (mode, before) or mode is _Mode.CLOTHES:
                    next_mode = _Mode.LOOKS if self._starts_noun_phrase(at + 1, end) else next_mode
                if mode is _Mode.ASIDE and before is not _Mode.ASIDE:
                    next_mode = before
            elif token.joins_next or (at and self._tokens[at - 1].joins_next):
                continue
            elif word in ("no", "without", "not", "never"):
                next_mode = _Mode.ASIDE
                yield from self._missing_parts(at, end)
            elif word == "made" and self._is_human and at + 1 < end and self._tokens[at + 1].word == "of":
                next_mode = _Mode.LOOKS
            elif word == "of" and mode is _Mode.LOOKS and self._tokens[at - 1].word == "made":
                continue
            elif word in looks_words.LOOKS_OPENERS:
                is_verb = word in ("has", "have", "having") and not self._starts_noun_phrase(at + 1, end)
                next_mode = _Mode.ASIDE if is_verb else _Mode.LOOKS
            elif word == "in":
                next_mode = _Mode.CLOTHES if mode in (_Mode.LEAD, _Mode.LOOKS, _Mode.BARE) else mode
            elif word in looks_words.ASIDE_WORDS or word in looks_words.SUBJECTS:
                next_mode = _Mode.ASIDE
            elif word in ("is", "are", "was", "were"):
                next_mode = _Mode.BARE if mode is not _Mode.ASIDE else mode
            elif word in looks_words.PREPOSITIONS:
                next_mode, before = _Mode.ASIDE, mode if mode is not _Mode.ASIDE else before
            elif word in ("and", "but", "or"):
                next_mode = before if mode is _Mode.ASIDE and self._starts_noun_phrase(at + 1, end) else mode
            if next_mode is None:
                continue
            yield mode, first, at
            if next_mode is not _Mode.ASIDE or word in looks_words.ASIDE_WORDS | looks_words.SUBJECTS:
                before = next_mode
            mode, first = next_mode, at + 1
        yield mode, first, end

    def _opening(self, start: int, end: int, *, is_first: bool) -> tuple[_Mode, int]:
        """Return in which mode a sentence begins, and where."""
        words = [token.word for token in self._tokens[start : min(end, start + 3)]]
        if not words:
            return _Mode.ASIDE, start
        if is_first:
            return _Mode.LEAD, max(start, min(self._described.lead[0], end))
        if words[0] in ("his", "her", "its", "their"):
            return _Mode.LOOKS, start + 1
        if len(words) > 1 and words[1] in (*looks_words.LOOKS_OPENERS, "is", "was"):
            is_about_self = words[0] in looks_words.SUBJECTS or self._tokens[start].is_capital
            if is_about_self and words[0] not in ("this", "that", "there", "what"):
                return (_Mode.BARE if words[1] in ("is", "was") else _Mode.LOOKS), start + 2
        if words[0] in looks_words.LOOKS_OPENERS:
            return _Mode.LOOKS, start + 1
        first_end = next((last for _, last in split_phrases(self._tokens, start, end)), start)
        phrase = self._tokens[start:first_end]
        is_fragment = 0 < len(phrase) <= _MAX_BARE_WORDS and not any(
            item.word in looks_words.ASIDE_WORDS or item.word in looks_words.SUBJECTS for item in phrase
        )
        if is_fragment and (is_adjective(phrase[-1]) or any(_is_looks_word(item.word) for item in phrase)):
            return _Mode.BARE, start
        return _Mode.ASIDE, start

    def _starts_noun_phrase(self, at: int, end: int) -> bool:
        if at >= end:
            return False
        word = self._tokens[at].word
        return (
            word in looks_words.ARTICLES or word in _KNOWN_MODIFIERS or is_number(word) or word in self._feature_words
        )

    def _judge(self, mode: _Mode, first: int, end: int) -> Iterator[str]:
        """Yield what of a chunk is not drawn."""
        if mode is _Mode.ASIDE:
            return
        if mode is _Mode.MISSING:
            yield self._slice(first, end)
            return
        content = [at for at in range(first, end) if self._is_content(at)]
        if not content or (mode is _Mode.BARE and len(content) > _MAX_BARE_WORDS):
            return
        counted = self._miscounted(content[-1], first)
        if counted:
            yield counted
            return
        has_colour = self._tokens[content[0]].word in tables.COLOURS and len(content) > 1
        is_plain = not self._is_looks_noun(content[-1]) and not has_colour and not self._is_thing(content)
        if mode is _Mode.LEAD or (mode is _Mode.BARE and is_plain):
            for at in content:
                if self._is_undrawn_adjective(at):
                    yield self._slice(self._joined_start(at), at + 1)
            return
        noun = content[-1]
        word = self._tokens[noun].word
        if word in looks_words.ABSTRACT_NOUNS or (mode is _Mode.CLOTHES and not self._is_worn(content)):
            return
        if mode is not _Mode.BARE and self._is_person_or_temper(content):
            return
        is_garment = mode is _Mode.CLOTHES and not self._is_dressed
        is_known_noun = self._is_drawn_noun(noun) and not is_garment
        unknown = [at for at in content if at != noun and not self._is_known_modifier(at)]
        if noun in self._other_colours:
            yield self._slice(content[0], noun + 1)
        elif is_known_noun:
            if unknown:
                yield self._slice(self._joined_start(unknown[0]), noun + 1)
        elif word in looks_words.PLAIN_NOUNS:
            is_shaved = word == "head" and self._looks.hair_style == "bald"
            if len(content) == 1 and noun + 1 < len(self._tokens) and self._tokens[noun + 1].word == "of":
                yield self._slice(noun, min(noun + 4, len(self._tokens)))  # the head of a bull
            if len(content) > 1 and not is_shaved and not self._is_feature(noun):
                yield self._slice(self._counted_start(content[0], first), noun + 1)
        elif self._is_undrawn_adjective(noun) or not self._is_known_modifier(noun) or self._names_colour(noun, first):
            yield self._slice(self._counted_start(content[0], first), noun + 1)

    def _missing_parts(self, at: int, end: int) -> Iterator[tuple[_Mode, int, int]]:
        """Yield "without arms" and the like: bodies are drawn with all that others have."""
        for noun in range(at + 1, min(end, at + 3)):
            if self._tokens[noun].word in _COUNTED or self._tokens[noun].word in (
                "face",
                "nose",
                "neck",
                "hand",
                "foot",
            ):
                yield _Mode.MISSING, at, noun + 1

    def _is_thing(self, content: Sequence[int]) -> bool:
        """Return whether a few words after a comma name a thing, and not a temper or a person."""
        word = self._tokens[content[-1]].word
        is_known = word in looks_words.TEMPER or word in looks_words.ORIGINS or word in looks_words.ABSTRACT_NOUNS
        if (
            is_known
            or len(content) > 2
            or is_adjective(self._tokens[content[-1]])
            or self._is_person_or_temper(content)
        ):
            return False
        is_joined = self._joined_start(content[-1]) < content[-1]
        return not (is_joined or word.endswith(_ADJECTIVE_ENDINGS) or word.endswith(kind_words.PERSON_ENDINGS))

    def _names_colour(self, noun: int, first: int) -> bool:
        """Return whether a colour word stands for a thing, as in "a red rose"."""
        words = [self._tokens[at].word for at in (first, noun - 1)]
        return words[0] in ("a", "an") and words[1] in tables.COLOURS and self._tokens[noun].word in tables.COLOURS

    def _counted_start(self, at: int, first: int) -> int:
        """Return the start of a phrase with the number before it."""
        start = self._joined_start(at)
        return start - 1 if start > first and is_number(self._tokens[start - 1].word) else start

    def _miscounted(self, noun: int, first: int) -> str:
        """Return "four eyes" and the like: bodies are drawn with as many as usual."""
        word = self._tokens[noun].word
        if word not in _COUNTED or "one eye" in self._looks.features:
            return ""
        for at in range(noun - 1, max(first, noun - 4) - 1, -1):
            number = self._tokens[at].word
            if is_number(number) and number not in _COUNTED[word]:
                return self._slice(at, noun + 1)
        return ""

    def _slice(self, first: int, end: int) -> str:
        start, stop = self._tokens[first].start, self._tokens[end - 1].end
        gloss = self._looks.gloss
        return self._text[start:stop] if gloss is None else gloss.written(start, stop)

    def _joined_start(self, at: int) -> int:
        """Return the first word of a compound such as "three-legged" that ends at `at`."""
        while at and self._tokens[at - 1].joins_next:
            at -= 1
        return at

    def _is_content(self, at: int) -> bool:
        token = self._tokens[at]
        word = token.word
        if token.is_mark or token.joins_next or len(word) == 1 or word in looks_words.FUNCTION_WORDS or is_number(word):
            return False
        is_adverb = word.endswith("ly") and word not in looks_words.LOOKS_ADJECTIVES and not _is_looks_word(word)
        if is_adverb or word.endswith("'s") or word in ("year", "years", "old", "yo", "bit", "kind"):
            return False
        is_name = token.is_capital and at > 0 and self._tokens[at - 1].word not in ".!?"
        return not (is_name and not _is_looks_word(word))

    def _is_undrawn_adjective(self, at: int) -> bool:
        word = self._tokens[at].word
        start = self._joined_start(at)
        if start < at:
            compound = "-".join(item.word for item in self._tokens[start : at + 1])
            if compound in tables.BUILD_WORDS or self._is_feature(at) or word in ("eyed", "haired", "skinned"):
                return False
            if word in ("high", "sized", "year", "old", "ish", "aged") or word in tables.DECADES or is_number(word):
                return False
            return compound in looks_words.LOOKS_ADJECTIVES or word in _LOOKS_ENDINGS
        if word not in looks_words.LOOKS_ADJECTIVES or word in tables.BUILD_WORDS or self._is_feature(at):
            return False
        if word in ("tanned", "sunburnt", "gaunt", "slender", "chubby", "plump"):
            return False
        if not self._is_human and (
            word in _MATERIALS
            or word in COLOURS_BY_MATERIAL
            or word in ("mechanical", "clockwork", "wooden", "translucent")
        ):
            return False
        return word not in self._described.species.split()

    def _is_feature(self, at: int) -> bool:
        word = self._tokens[at].word
        if word == "shaped":
            return "round body" in self._drawn_features
        return word in self._feature_words

    def _is_drawn_noun(self, at: int) -> bool:
        word = self._tokens[at].word
        if word in looks_words.BODY_NOUNS or word in looks_words.LIGHT_NOUNS:
            return not self._is_human or word in tables.OUTFIT_WORDS or word in ("skin", "eyes", "eye")
        if word in ("hair", "haired") and not self._is_human and not self._described.is_person_shaped:
            return False
        if word in tables.COLOURS:  # "in red"
            return True
        return (
            word in tables.HAIR_NOUNS
            or word in tables.HAIR_STYLE_WORDS
            or word in tables.EYE_NOUNS
            or word in tables.SKIN_NOUNS
            or (self._is_dressed and word in tables.OUTFIT_WORDS)
            or (word in ("beard", "wheelchair", "stubble") or self._is_feature(at))
            or singular(word) == self._described.species
        )

    def _is_known_modifier(self, at: int) -> bool:
        word = self._tokens[at].word
        if self._joined_start(at) < at:
            return not self._is_undrawn_adjective(at)
        if not self._is_human and word in _MATERIALS:
            return True
        return word in _KNOWN_MODIFIERS or word in self._feature_words or word in tables.AGE_WORDS

    def _is_looks_noun(self, at: int) -> bool:
        return _is_looks_word(self._tokens[at].word)

    def _is_worn(self, content: Sequence[int]) -> bool:
        return any(
            self._tokens[at].word in looks_words.GARMENTS or self._tokens[at].word in tables.OUTFIT_WORDS
            for at in content
        )

    def _is_person_or_temper(self, content: Sequence[int]) -> bool:
        word = self._tokens[content[-1]].word
        if word in looks_words.TEMPER and len(content) == 1:
            return True
        return singular(word) in kind_words.PEOPLE or word.endswith(("sister", "brother", "friend"))


def _is_looks_word(word: str) -> bool:
    """Return whether a noun is about looks wherever it stands."""
    return (
        word in tables.HAIR_NOUNS
        or word in tables.EYE_NOUNS
        or word in tables.SKIN_NOUNS
        or word in tables.OUTFIT_WORDS
        or word in looks_words.GARMENTS
        or word in looks_words.SECONDARY_NOUNS
        or word in looks_words.BODY_NOUNS
        or word in looks_words.PLAIN_NOUNS
    )
