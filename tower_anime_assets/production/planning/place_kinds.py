"""The kind of place that a heading names: one vocabulary for planning, for stand-ins and for whoever draws places.

Whole words decide, never parts of words: "bathhouse" is no house, and "training room" no train. In English the last
word of the phrase before a preposition does ("castle street" is a street, "kitchen of the castle" a kitchen); in
Japanese, Chinese and Korean the end of the text; in the other languages the first word that is known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.place_words import PlaceMeaning, english_meanings, foreign_meanings

_ENGLISH = english_meanings()
_FOREIGN = foreign_meanings()
_EAST_ASIAN = {word: meaning for word, meaning in _FOREIGN.items() if ord(word[0]) > 0x2E80}
_LONGEST_PHRASE = 5
_LONGEST_EAST_ASIAN = max(map(len, _EAST_ASIAN))

_PARTS = re.compile(r"\s+[-‐‑–—]+\s+|\s*(?:--|[–—/|;:>])\s*|\s*[(\[（【]|[)\]）】]|\s*[,、，・]\s*|(?<=[.])\s+")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?(?:-[^\W\d_]+)*")
_ELISION = re.compile(r"\b([dl])'")
_KOREAN = re.compile("[\uac00-\ud7a3]")
_LATIN_END = 0x530
"""Up to here are the letters whose accents are dropped: Latin, Greek, Cyrillic; those of Japanese mean something."""

_PREPOSITIONS = word_set(
    "of in at on near by outside inside under above over behind beside beneath below within with from between along "
    "across off next overlooking beyond around through toward towards facing opposite before against and "
    "de du des d del della delle dei degli di do da das dos dal dalla au aux dans sur sous devant derriere pres en sul "
    "sulla nel nella na no em im am beim vor hinter auf unter uber neben bei zum zur von vom der und et y e с в на у "
    "за под над около возле перед к"
)
_DETERMINERS = word_set(
    "the a an le la les l un une el los las una il lo gli i o os as um uma der die das den dem ein eine einem einer the"
)
_PARTS_OF_PLACES = word_set(
    "top edge middle centre center front back side outside inside entrance gate gates outskirts foot heart end corner "
    "part interior exterior grounds bottom depths bank banks mouth rear surface doorway door threshold window view "
    "border perimeter area zone section"
)
"""Words for a part of any place: what it is a part of decides."""

_TRAILING_WORDS = word_set(
    "same later continuous moments flashback dream past present upstairs downstairs upper lower north south east west "
    "left right establishing"
)
_PLAIN_WORDS = word_set(
    "small big large huge tiny old new empty dark bright abandoned dusty white black red blue green grey gray cold "
    "warm quiet busy crowded narrow wide long private main first second third other same different another next poor "
    "rich cosy cozy messy tidy bare little grand vast low high dim dimly lit sunny rainy snowy foggy nearby his her "
    "their my our your back front upper lower ground top inner outer west east north south hidden secret deserted "
    "simple modest"
)
"""Words that describe any place and change none."""

_ENGLISH_HOMOGRAPHS = word_set(
    "auto bach bad bois camion cantina casa champ claro cote dom forge gang grab hof hotel kai lager mar mata mer mina "
    "moor nave orbit ponte pont port pre rio scale see steg tal via villa volcan"
)
"""Words of other languages that may be English words or names; they count only where they stand alone."""

_NARROW_KINDS = word_set(
    "kitchen bathroom bedroom corridor elevator cellar lab server garage bar rooftop prison library"
)
_WIDE_KINDS = word_set(
    "village street forest beach desert mountain field park planet space river lake sky highway ruins camp market"
)


@dataclass(frozen=True)
class _PlaceReading:
    """A kind of place, and whether only a vague word says so."""

    kind: str
    is_vague: bool = False

    @property
    def breadth(self) -> int:
        """How much else the place may be a part of: rooms are the narrowest."""
        return 0 if self.kind in _NARROW_KINDS else 3 if self.kind in _WIDE_KINDS else 2 if self.is_vague else 1


@lru_cache(maxsize=4096)
def place_kind(place: str, interior: bool) -> str | None:
    """Return the kind of place that a heading's words name, None when they name none that we know.

    Args:
        place: As the writer wrote it, in any of ten languages: "CASTLE - KITCHEN", "LA CUISINE DU CHÂTEAU", "神社".
        interior: Whether the heading says that it is indoors.
    """
    parts = [_tokens(part) for part in _PARTS.split(place) if part]
    readings = [reading for tokens in parts if (reading := _read_phrase(tokens, interior))]
    # of several parts the narrowest place counts, as the camera is in the kitchen and not in the castle; then the last
    narrowest = min(reversed(readings), key=lambda reading: reading.breadth, default=None)
    return narrowest.kind if narrowest else None


def _folded(text: str) -> str:
    """Return a text in lower case, in one form of each letter, without the accents of alphabets."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return "".join(
        unicodedata.normalize("NFD", letter)[0]
        if ord(letter) < _LATIN_END or 0x1E00 <= ord(letter) < 0x1F00
        else letter
        for letter in text
    )


def _tokens(part: str) -> list[str]:
    """Return the words of a part of a heading; an owner keeps the apostrophe, by which it is told from a place."""
    tokens: list[str] = []
    for token in _TOKEN.findall(_ELISION.sub(r"\1 ", _folded(part))):
        is_compound = "-" in token and token not in _ENGLISH and token not in _FOREIGN
        tokens += token.split("-") if is_compound else [token]
    return tokens


def _phrase(tokens: Sequence[str]) -> str:
    return " ".join(tokens).replace("'", "")


def _read_phrase(tokens: list[str], interior: bool) -> _PlaceReading | None:
    tokens = _trimmed(tokens)
    if not tokens:
        return None
    whole = _phrase(tokens)
    if whole in _ENGLISH or whole in _FOREIGN:
        return _reading(_ENGLISH[whole] if whole in _ENGLISH else _FOREIGN[whole], interior)
    if (meaning := _east_asian_meaning(whole)) is not None:
        return _reading(meaning, interior)
    if (opening := _opening_phrase(tokens)) is not None:
        return _reading(opening, interior)
    head, complement = _cut_at_preposition(tokens)
    if complement and (not head or all(token in _PARTS_OF_PLACES for token in head)):
        return _read_phrase(complement, interior)
    reading = _read_head(head, interior)
    if complement and reading and reading.is_vague:  # "back room of the bar"
        return _read_phrase(complement, interior) or reading
    return reading


def _trimmed(tokens: list[str]) -> list[str]:
    """Return the tokens without articles before and without numbers and remarks behind."""
    start, end = 0, len(tokens)
    while start < end and tokens[start] in _DETERMINERS:
        start += 1
    while end > start + 1 and (tokens[end - 1] in _TRAILING_WORDS or _is_number(tokens[end - 1])):
        end -= 1
    return tokens[start:end]


def _is_number(token: str) -> bool:
    """Return whether a token numbers a place, as in "cell b" or "hall iii"."""
    return token in ("ii", "iii", "iv", "no", "nr") or token[0].isdigit() or (len(token) == 1 and token.isascii())


def _east_asian_meaning(text: str) -> PlaceMeaning | None:
    """Return what the end of a Japanese, Chinese or Korean text means: the longest word of the table that ends it."""
    for length in range(min(len(text), _LONGEST_EAST_ASIAN), 0, -1):
        ending = text[-length:]
        # one Korean syllable ends many other words, so it must stand alone
        is_part_of_word = length == 1 and _KOREAN.match(text[-2:-1] or " ") is not None
        if ending in _EAST_ASIAN and not is_part_of_word:
            return _EAST_ASIAN[ending]
    return None


def _opening_phrase(tokens: list[str]) -> PlaceMeaning | None:
    """Return what a phrase with a preposition in it means that opens a text: "salle de bain", "under the sea"."""
    for length in range(min(len(tokens), _LONGEST_PHRASE), 1, -1):
        phrase = tokens[:length]
        if not _PREPOSITIONS.intersection(phrase) or (length < len(tokens) and tokens[length] not in _PREPOSITIONS):
            continue
        meaning = _ENGLISH.get(_phrase(phrase)) or _FOREIGN.get(_phrase(phrase))
        if meaning is not None:
            return meaning
    return None


def _cut_at_preposition(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands before the first preposition, and what it leads to."""
    at = next((index for index, token in enumerate(tokens) if token in _PREPOSITIONS), len(tokens))
    rest = tokens[at:]
    while rest and (rest[0] in _PREPOSITIONS or rest[0] in _DETERMINERS):
        rest = rest[1:]
    return tokens[:at], rest


def _read_head(tokens: list[str], interior: bool) -> _PlaceReading | None:
    tokens = _trimmed(tokens)
    if not tokens:
        return None
    for length in range(min(len(tokens), _LONGEST_PHRASE), 0, -1):
        phrase = _phrase(tokens[-length:])
        if phrase in _ENGLISH:
            meaning = _ENGLISH[phrase]
            return (
                _read_vague(meaning, tokens[:-length], interior)
                if meaning and meaning.is_vague
                else _reading(meaning, interior)
            )
    if len(tokens) > 1 and tokens[-1] in _PARTS_OF_PLACES:
        return _read_head(tokens[:-1], interior)
    for start in range(len(tokens)):
        for length in range(min(len(tokens) - start, _LONGEST_PHRASE), 0, -1):
            phrase = " ".join(tokens[start : start + length])
            if phrase in _FOREIGN and phrase not in _ENGLISH_HOMOGRAPHS:
                return _reading(_FOREIGN[phrase], interior)
    return None


def _read_vague(meaning: PlaceMeaning, before: list[str], interior: bool) -> _PlaceReading | None:
    """Return the kind of a vague word: that of the known place before it, its own when nothing but plain words is."""
    if all(token in _PLAIN_WORDS or not token.isalpha() for token in before):
        return _reading(meaning, interior)
    return _read_head(before, interior)


def _reading(meaning: PlaceMeaning | None, interior: bool) -> _PlaceReading | None:
    kind = meaning and (meaning.interior if interior else meaning.exterior)
    return _PlaceReading(kind, meaning.is_vague) if meaning and kind else None


_ALL_MEANINGS = [meaning for meaning in (*_ENGLISH.values(), *_FOREIGN.values()) if meaning]

INTERIOR_KINDS = frozenset(meaning.interior for meaning in _ALL_MEANINGS) - {""}
"""Every kind of place that an interior heading may name; some of them are open, such as "forest"."""

EXTERIOR_KINDS = frozenset(meaning.exterior for meaning in _ALL_MEANINGS) - {""}
"""Every kind of place that an exterior heading may name."""
