"""Things: which words of a text name a thing, as its writer calls it, and what is known of it: drawing, colour, size.

Prefers "not drawn" to wrong: a name counts whole, in its singular or plural, as the head of its noun phrase ("paper
lantern" is a lantern, "lantern festival" is none), and where a word is also a verb, only after an article or the like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tower_anime_assets.production.planning.hand_drawn_things import (
    GLYPH_BY_DRAWING,
    HAND_DRAWN_ROWS,
    UNDRAWN_ROWS,
    WHOLE_BY_DRAWING,
)
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.noun_phrases import (
    ALSO_VERBS,
    TextWord,
    adjunct_before,
    follows_article,
    head_is_modifier,
    is_apposition,
    is_comparison,
    is_definite,
    modifiers_before,
    number_of,
    tokens_of,
)
from tower_anime_assets.production.planning.thing_table import THING_ROWS
from tower_anime_assets.production.story.appearance_words import COLOURS

MAX_COUNT = 12
"""Of one thing, more are not drawn apart."""

_NEUTRAL_COLOUR = "#a9b0bd"
_MAX_NAME_WORDS = 4
_MASS_KINDS = frozenset({"food", "drink"})
_LIVING_KINDS = frozenset({"animal", "head"})
_STUFF = word_set("glass paper ice iron stone camera")
"""Words that with "the" mean something else: a pane and not a tumbler, the camera that films the scene."""

_SHAPES = word_set(
    "ring chain sheet fountain shower nest crown hook page crystal bolt thread ghost mask trumpet bed key rose "
    "flower ladder tongue necklace net web seal curtain blanket carpet pillow barrel apple crystals bolts"
)
"""Before "of", these are shapes and measures of something else: a bolt of lightning, a ghost of a smile."""

_FALSE_COMPOUNDS = word_set(
    "sea-horse wolf-whistle gummy-bear guinea-fowl prairie-dog clothes-horse saw-horse rocking-horse hobby-horse "
    "star-fish jelly-fish sword-fish cat-fish lady-bird toy-soldier fire-fly dragon-fly horse-fly butter-fly "
    "may-fly computer-bug bed-bug time-bomb bath-bomb bus-stop key-hole paper-tiger water-hammer clock-tower "
    "fire-place phone-box match-box voice-box black-box poor-box sand-box horse-box ice-box snuff-box window-box "
    "fuse-box flower-bed river-bed sea-bed seed-bed electric-chair sun-lamp signal-lamp roulette-wheel dining-car "
    "sleeping-car hair-pin spring-roll answer-key arrow-key fire-ball book-worm tape-worm opera-glasses "
    "hour-glass prison-cell chess-board air-ship war-ship table-leaf rain-coat water-bear trojan-horse "
    "silver-fish black-board mother-board snow-board surf-board straw-man snow-ball crystal-palace finger-nail "
    "nail-varnish boxing-ring key-ring fairy-ring smoke-ring tree-ring onion-ring ear-ring nose-ring egg-plant "
    "picture-book comic-book cook-book check-book cheque-book hymn-book cinnamon-roll sea-lion mountain-lion "
    "sea-urchin sea-cow sea-snail bath-house light-house green-house ware-house opera-house club-house "
    "power-house ant-lion wine-cellar church-mouse coral-snake rubber-duck lame-duck sitting-duck cold-fish "
    "shell-fish cray-fish water-tank think-tank fish-tank cable-car side-car street-car box-car tram-car "
    "bull-fighter foot-print rain-drop snow-man scare-crow hand-cart golf-cart magic-carpet computer-program "
    "bread-board dash-board"
)
"""Compounds that are not what their last word says, their words joined by hyphens."""


@dataclass(frozen=True)
class Thing:
    """A thing by name.

    Attributes:
        name: Its own name, in the singular.
        kind: Such as "animal", "head" (an animal of which only the head is drawn), "tool"; "hand-drawn" or "undrawn".
        drawing: Name of its hand-made drawing, "" for none.
        glyph: Its character in Noto Emoji, "" for none.
        colour: What it usually has, `#rrggbb`.
        size_m: Length of its longer side, metres.
    """

    name: str
    kind: str
    drawing: str
    glyph: str
    colour: str
    size_m: float

    @property
    def is_drawn(self) -> bool:
        """Whether there is a drawing of it; otherwise a labelled stand-in is shown."""
        return bool(self.drawing or self.glyph)

    @property
    def is_living(self) -> bool:
        """Whether it is an animal or another being."""
        return self.kind in _LIVING_KINDS

    @property
    def is_large(self) -> bool:
        """Whether it is too large to be held."""
        return self.size_m >= 1.5


@dataclass(frozen=True)
class ThingMention:
    """A thing that a text names.

    Attributes:
        thing: What is known of it.
        words: What its writer calls it, in lower case, with colour and number: "three red lanterns".
        start: Position of its first word in the text.
        end: Position after its last word.
    """

    thing: Thing
    words: str
    start: int
    end: int


def in_english(words: str) -> str:
    """Return what a phrase is called in English: what stands in brackets behind a word of another language."""
    before, bracket, gloss = words.partition(" (")
    return gloss.removesuffix(")") if bracket and gloss else before


def find(words: str) -> Thing | None:
    """Return the thing that a noun phrase names, such as "three red lanterns", None where it is not known.

    The whole phrase counts before its last words, so that "tea cup" is not looked up as "cup" first.
    """
    tokens = [token.lower for token in tokens_of(in_english(words))]
    for first in range(len(tokens)):
        tail = tokens[first:]
        if len(tail) <= _MAX_NAME_WORDS and (thing := _things_by_name().get(" ".join(tail))) is not None:
            before = tokens[first - 1] if first else ""
            return None if f"{before}-{thing.name}" in _FALSE_COMPOUNDS else thing
    return None


def colour_of(words: str, thing: Thing | None, usual: str = _NEUTRAL_COLOUR) -> str:
    """Return the colour that a phrase names, `#rrggbb`, else the thing's usual one, else `usual`."""
    if named := colours_named(words):
        return COLOURS[named[-1]]
    return thing.colour if thing is not None else usual


def colours_named(words: str) -> list[str]:
    """Return the words for colours in a phrase, besides those of the thing's own name, such as an orange's."""
    tokens = [token.lower for token in tokens_of(in_english(words))]
    described = tokens[: len(tokens) - _own_name_length(tokens)]
    return [part for word in described for part in word.split("-") if part in COLOURS]


def count_of(words: str) -> int:
    """Return how many of a thing a phrase names: 3 for "three crows", 3 for "crows", 1 for "a crow"; at most 12."""
    tokens = [token.lower for token in tokens_of(in_english(words))]
    for word in tokens:
        if (number := number_of(word)) is not None:
            return max(1, min(number, MAX_COUNT))
    tail = " ".join(tokens[len(tokens) - max(1, _own_name_length(tokens)) :])
    return 3 if tail in _plural_names() else 1


def things_in(text: str) -> Iterator[ThingMention]:
    """Yield the things that an English text names, in order."""
    tokens = tokens_of(text)
    index = 0
    while index < len(tokens):
        length = _name_length_at(tokens, index)
        if length and _is_noun_here(tokens, index, length):
            yield _mention(tokens, index, length)
        index += max(1, length)


def objects_in(text: str) -> list[str]:
    """Return the things that a text names, by their writer's words, in order; parts of some stand for the whole."""
    return [mention.words for mention in things_in(text)]


def _mention(tokens: Sequence[TextWord], index: int, length: int) -> ThingMention:
    name = " ".join(token.lower for token in tokens[index : index + length])
    thing = _things_by_name()[name]
    last = tokens[index + length - 1]
    end = last.start + len(last.lower)
    first = modifiers_before(tokens, index)
    if thing.drawing in WHOLE_BY_DRAWING:
        return ThingMention(thing, WHOLE_BY_DRAWING[thing.drawing], tokens[index].start, end)
    qualities = [token.lower for token in tokens[first:index] if _is_quality(token.lower)]
    adjunct = adjunct_before(tokens, index)
    if adjunct is not None and thing.drawing not in WHOLE_BY_DRAWING:
        name = f"{tokens[adjunct].lower} {name}"
        qualities = [
            token.lower for token in tokens[modifiers_before(tokens, adjunct) : adjunct] if _is_quality(token.lower)
        ]
    keeps_number = thing.is_living or any(number_of(word) is not None for word in qualities)
    singular = name if keeps_number else _singular_of(name)
    return ThingMention(thing, " ".join([*qualities, singular]), tokens[index].start, end)


def _singular_of(words: str) -> str:
    """Return a phrase with its name in the singular."""
    tokens = words.split()
    for first in range(len(tokens)):
        tail = " ".join(tokens[first:])
        if tail in _things_by_name() and tail not in _singular_names():
            return words
        if tail in _singular_names():
            return " ".join([*tokens[:first], _singular_names()[tail]])
    return words


def _is_quality(word: str) -> bool:
    return number_of(word) not in (None, 1) or any(part in COLOURS for part in word.split("-"))


def _name_length_at(tokens: Sequence[TextWord], index: int) -> int:
    """Return how many tokens from an index on are the longest name of a thing, 0 for none."""
    longest = _longest_names().get(tokens[index].lower, 0)
    for length in range(min(longest, len(tokens) - index), 0, -1):
        words = tokens[index : index + length]
        if any(not token.is_joined for token in words[1:]):
            continue
        if " ".join(token.lower for token in words) in _things_by_name():
            return length
    return 0


def _is_noun_here(tokens: Sequence[TextWord], index: int, length: int) -> bool:
    """Return whether a name at this place of a text is a noun that stands for the thing itself."""
    last = tokens[index + length - 1]
    name = " ".join(token.lower for token in tokens[index : index + length])
    is_plural = name in _plural_names() or name.endswith(" glasses")
    if is_comparison(tokens, index) or head_is_modifier(
        tokens, index + length, is_plural=is_plural, nouns=_noun_words()
    ):
        return False
    if index and tokens[index].is_joined and f"{tokens[index - 1].lower}-{name}" in _FALSE_COMPOUNDS:
        return False
    has_article = follows_article(tokens, index)
    singular = _singular_names().get(name, name)
    if length == 1 and singular in ALSO_VERBS and not has_article:
        return False
    if name in _SHAPES and _is_followed_by_of(tokens, index + length):
        return False
    if is_apposition(tokens, index) or (name in _STUFF and is_definite(tokens, index)):
        return False
    if last.is_capitalised and not follows_article(tokens, index, is_strict=True):  # a name, or a sentence's first word
        first = tokens[index]
        starts_sentence = first.starts_sentence
        return starts_sentence and (is_plural or length > 1 or _things_by_name()[name].kind in _MASS_KINDS)
    return True


def _is_followed_by_of(tokens: Sequence[TextWord], after: int) -> bool:
    return after < len(tokens) and tokens[after].is_joined and tokens[after].lower == "of"


def _own_name_length(tokens: Sequence[str]) -> int:
    """Return how many of a phrase's last words are the thing's name."""
    for first in range(len(tokens)):
        if len(tokens) - first <= _MAX_NAME_WORDS and " ".join(tokens[first:]) in _things_by_name():
            return len(tokens) - first
    return 0


def _plural(name: str) -> str:
    head, _, last = name.rpartition(" ")
    before, of, after = name.partition(" of ")
    if of:
        return f"{_plural(before)} of {after}"
    prefix = f"{head} " if head else ""
    if last in _IRREGULAR_PLURALS:
        return prefix + _IRREGULAR_PLURALS[last]
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        return f"{prefix}{last[:-1]}ies"
    if last.endswith(("s", "x", "z", "ch", "sh")):
        return f"{prefix}{last}es"
    return f"{prefix}{last}s"


_ALWAYS_PLURAL = word_set("noodles scissors shears jeans trousers shorts scales spectacles sunglasses headphones")
_IRREGULAR_PLURALS: Mapping[str, str] = {
    "mouse": "mice", "goose": "geese", "ox": "oxen", "sheep": "sheep", "deer": "deer", "fish": "fish", "loaf": "loaves",
    "knife": "knives", "leaf": "leaves", "wolf": "wolves", "calf": "calves", "sheaf": "sheaves", "die": "dice",
    "koi": "koi", "moose": "moose", "bison": "bison", "torii": "torii", "tomato": "tomatoes", "potato": "potatoes",
    "mango": "mangoes", "mosquito": "mosquitoes", "noodles": "noodles", "scissors": "scissors", "shears": "shears",
    "jeans": "jeans", "trousers": "trousers", "shorts": "shorts", "scales": "scales", "spectacles": "spectacles",
    "sunglasses": "sunglasses", "headphones": "headphones",
    "aircraft": "aircraft", "squid": "squid", "shrimp": "shrimp",
    "dominoes": "dominoes", "scarf": "scarves", "fries": "fries", "udon": "udon", "soba": "soba", "sushi": "sushi",
    "books": "books", "beads": "beads", "spacecraft": "spacecraft", "sabre": "sabres",
}  # fmt: skip


@lru_cache(maxsize=1)
def _things_by_name() -> Mapping[str, Thing]:
    """Return every thing by each of its names, singular and plural, in lower case."""
    things: dict[str, Thing] = {}
    for names, thing in _rows():
        for name in names:
            for spelling in _spellings(name):
                things.setdefault(spelling, thing)
    return things


@lru_cache(maxsize=1)
def _longest_names() -> Mapping[str, int]:
    """Return the number of words of the longest name by its first word."""
    longest: dict[str, int] = {}
    for name in _things_by_name():
        words = name.split()
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


def _rows() -> Iterator[tuple[list[str], Thing]]:
    for row in HAND_DRAWN_ROWS.strip().splitlines():
        drawing, size_m, names = row.split(" ", 2)
        words = names.split(", ")
        glyph, colour = GLYPH_BY_DRAWING.get(drawing, ("", _NEUTRAL_COLOUR[1:]))
        yield words, Thing(words[0], "hand-drawn", drawing, glyph, f"#{colour}", float(size_m))
    for kind, rows in THING_ROWS.items():
        for row in rows.strip().splitlines():
            glyph, colour, size_m, names = row.split(" ", 3)
            words = names.split(", ")
            yield words, Thing(words[0], kind, "", glyph.removesuffix("\ufe0f"), f"#{colour}", float(size_m))
    for row in UNDRAWN_ROWS.strip().splitlines():
        size_m, names = row.split(" ", 1)
        for name in names.split(", "):
            yield [name], Thing(name, "undrawn", "", "", _NEUTRAL_COLOUR, float(size_m))


def _spellings(name: str) -> Iterator[str]:
    for word in (name, _plural(name)):
        yield word
        if "-" in word:
            yield word.replace("-", " ")
        elif " " in word and " of " not in word:
            yield word.replace(" ", "-")


@lru_cache(maxsize=1)
def _singular_names() -> Mapping[str, str]:
    """Return the singular of every plural name."""
    plurals = {_plural(name): name for names, _thing in _rows() for name in names if _plural(name) != name}
    return plurals | {name: name for name in _ALWAYS_PLURAL}


def _plural_names() -> Mapping[str, str]:
    return _singular_names()


@lru_cache(maxsize=1)
def _noun_words() -> frozenset[str]:
    """Return the one-word names that are not verbs too: after another noun, they are the head of a compound."""
    return frozenset(
        name for name in _things_by_name() if " " not in name and _singular_names().get(name, name) not in ALSO_VERBS
    )


def all_things() -> Mapping[str, Thing]:
    """Return every thing by its names in the singular, in the tables' order."""
    things: dict[str, Thing] = {}
    for names, thing in _rows():
        for name in names:
            things.setdefault(name, thing)
    return things
