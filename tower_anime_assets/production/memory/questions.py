"""Questions to the memory: their telling words, the names that they may hold, and the predicates that answer them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tower_anime_assets.production.memory.facts import PREDICATES, normalised
from tower_anime_assets.production.memory.question_words import (
    ASKED_PREDICATES,
    LIGHT_WORDS,
    QUESTION_WORDS,
    STOP_WORDS,
    UNSPACED_QUESTION_WORDS,
)
from tower_anime_assets.production.memory.search_words import fold_text

MAX_WORDS: Final = 24
"""Words of a question that are looked at."""

_UMLAUTS: Final = {"ae": "ä", "oe": "ö", "ue": "ü"}
_MAX_NAME_WORDS: Final = 5
_MAX_UNSPACED_NAME_CHARS: Final = 10
_MAX_NAMES: Final = 600
_LIGHT_WEIGHT: Final = 0.3
_BEST_ANSWER: Final = 1.5
_NEXT_BEST: Final = 0.05

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_SOUNDED = re.compile("[\u30a1-\u30fa\u30fc\uac00-\ud7af]{2,}")
_TELLING_PART = re.compile(
    "[\u30a1-\u30ff]+|[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[\uac00-\ud7af]{2,}"
)
_POSSESSIVE = re.compile(r"[’']s\b")


@dataclass(frozen=True)
class Keyword:
    """A telling word of a question.

    Attributes:
        text: The word as it is compared; of a script without spaces, a run of its characters.
        weight: How much it counts, 0..1.
        predicates: Those that it asks for, whatever words a fact states them with.
    """

    text: str
    weight: float
    predicates: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemoryQuestion:
    """A question as it is compared with facts.

    Attributes:
        keywords: Its telling words in order; all of its words if none is telling.
        names: Everything in it that may be a name, as facts compare names.
        sounds: Names in kana or Hangul by how they sound, for names that facts have in Latin letters.
        asked_for: Predicates that answer its question word, the best first.
    """

    keywords: tuple[Keyword, ...]
    names: tuple[str, ...]
    sounds: Mapping[str, str]
    asked_for: tuple[str, ...]

    @property
    def predicate_weights(self) -> dict[str, float]:
        """How well each known predicate answers the question, 0..1.5."""
        by_words = [predicate for keyword in self.keywords for predicate in keyword.predicates]
        weights = {name: predicate.answer for name, predicate in PREDICATES.items()}
        for position, name in enumerate(dict.fromkeys(by_words or self.asked_for)):
            weights[name] = max(weights[name], _BEST_ANSWER - _NEXT_BEST * position)
        return weights


def read_question(text: str) -> MemoryQuestion:
    """Return a question in the form in which it is compared with facts."""
    folded = _POSSESSIVE.sub("", fold_text(text))
    asked_for: list[str] = []
    for word, predicates in sorted(UNSPACED_QUESTION_WORDS.items(), key=lambda item: -len(item[0])):
        if word in folded:
            asked_for += predicates
            folded = folded.replace(word, " ")
    words = list(_iter_words(folded))[:MAX_WORDS]
    for word in words:
        asked_for += QUESTION_WORDS.get(word, ())
    telling = [word for word in words if word not in STOP_WORDS] or words
    keywords = [
        Keyword(word, _LIGHT_WEIGHT if word in LIGHT_WORDS else 1.0, ASKED_PREDICATES.get(word, ()))
        for word in dict.fromkeys(telling)
    ]
    names = tuple(dict.fromkeys(_iter_names(normalised(text))))[:_MAX_NAMES]
    sounds = {sound_of(run): fold_text(run) for run in _SOUNDED.findall(unicodedata.normalize("NFKC", text))}
    return MemoryQuestion(tuple(keywords), names, sounds, tuple(asked_for))


def _iter_words(folded: str) -> Iterator[str]:
    """Yield words; of a run without spaces, its parts in kanji, katakana or Hangul, or all of it if it has none."""
    for match in _WORD.finditer(folded):
        position = 0
        for run in _UNSPACED.finditer(match[0]):
            if run.start() > position:
                yield match[0][position : run.start()]
            yield from _TELLING_PART.findall(run[0]) or [run[0]]
            position = run.end()
        if position < len(match[0]):
            yield match[0][position:]


def _iter_names(text: str) -> Iterator[str]:
    """Yield every run of one to five words, without the marks around it, and every part of a run without spaces."""
    words = [word.strip(".,;:!?¿¡\"'’“”„«»()[]…。、？！「」『』") for word in text.split()][:MAX_WORDS]
    words = [_POSSESSIVE.sub("", word) for word in words if word]
    for length in range(min(_MAX_NAME_WORDS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            name = " ".join(words[start : start + length])
            yield name
            if any(pair in name for pair in _UMLAUTS):
                yield with_umlauts(name)
            if name.endswith("s") and len(name) > 3:
                yield name[:-1]  # a genitive, such as "Lunas Haare"
    for run in _UNSPACED.findall(text):
        for length in range(min(_MAX_UNSPACED_NAME_CHARS, len(run)), 0, -1):
            yield from (run[start : start + length] for start in range(len(run) - length + 1))


def with_umlauts(text: str) -> str:
    """Return a text with ae, oe and ue written as ä, ö and ü, as names are without a German keyboard."""
    for pair, letter in _UMLAUTS.items():
        text = text.replace(pair, letter)
    return text


def sound_of(name: str) -> str:
    """Return roughly how a name sounds, in Latin letters: of kana and Hangul by the names of their characters.

    Only for comparison: r stands for l too, b for v, k for c; long vowels are short. Luna, ルナ, 루나 are "runa".

    Source: Unicode names every kana and Hangul character by its sound, such as KATAKANA LETTER RU.
    """
    parts: list[str] = []
    for character in unicodedata.normalize("NFKC", name):
        label = unicodedata.name(character, "")
        if label.startswith(("KATAKANA LETTER", "HIRAGANA LETTER", "HANGUL SYLLABLE")):
            sound = label.rpartition(" ")[2].lower()
            if "SMALL" in label and parts and sound.startswith("y"):
                parts[-1] = parts[-1][:-1]  # KI and small YA are "kya"
            elif "SMALL" in label and parts and sound in "aiueo":
                parts[-1] = parts[-1].rstrip("aiueo")  # VU and small I are "vi"
            parts.append("" if "SMALL TU" in label else sound)
        elif character.isalpha() and character.isascii():
            parts.append(character.lower())
    sound = "".join(parts)
    for written, heard in (("l", "r"), ("v", "b"), ("ck", "k"), ("c", "k"), ("tu", "tsu"), ("x", "ks"), ("z", "s")):
        sound = sound.replace(written, heard)
    return re.sub(r"(.)\1+", r"\1", sound)


def names_by_sound(question: MemoryQuestion, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return what a question in kana or Hangul calls each of these names that it names, by the name as facts have it.

    A name is heard if a word of it sounds the same, or has the same three or more consonants in the same order:
    ヴィクトル is Viktor.
    """
    heard: dict[str, tuple[str, ...]] = {}
    for name in names:
        words = [sound_of(word) for word in name.split()]
        found = [run for sound, run in question.sounds.items() if any(_sounds_alike(sound, word) for word in words)]
        if found:
            heard[normalised(name)] = tuple(found)
    return heard


def _sounds_alike(heard: str, word: str) -> bool:
    if heard == word or (len(word) > 3 and heard.startswith(word)):
        return bool(word)
    consonants = re.sub("[aeiouy]", "", word)
    return len(consonants) >= 3 and re.sub("[aeiouy]", "", heard) == consonants
