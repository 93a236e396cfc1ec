"""Names of a cast as scripts use them: in cues, and in action. Reading cues belongs in `speakers`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.story.model import Character
from tower_anime_assets.production.story.name_words import (
    DEFINITE_ARTICLES,
    FUNCTION_WORDS,
    NAME_PARTICLES,
    ORDINARY_WORDS,
    OTHER_DETERMINERS,
    ROLE_NOUNS,
)
from tower_anime_assets.production.story.source import strip_invisible

_ACCENTS = re.compile("[\u0300-\u036f]")
_JOINING_MARKS = frozenset(".'’‘`´\"“”„«»")
_NUMBER_WORD = re.compile(r"\b(?:no|nr)\s+(?=\d)")
_EAST_ASIAN = "\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_WORD = re.compile(
    f"[^\\W_{_EAST_ASIAN}](?:[^\\W_{_EAST_ASIAN}]|[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff])*|[{_EAST_ASIAN}]+"
)
"""A word, with accents that are characters of their own and what nobody sees; a particle behind a name is another."""

_NAME_GAP = re.compile(r"[\s.'’‘\"“”_#·・-]{0,3}")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:;。！？\n\"“”«»(\[-])\s*$")
_OWNER = re.compile(r"['’]s\b|(?<=s)['’](?!\w)")
_CYRILLIC = re.compile(r"[а-я]{3,}")
_CYRILLIC_ENDINGS = (*"аяуюыиеоь", "ои", "еи", "ою", "ею", "ом", "ем", "ам", "ям", "ами", "ями", "ах", "ях")
_MIN_LOWER_CASE_CHARS = 3
_LATIN_BY_LETTER = str.maketrans(
    dict(
        zip(
            "абвгдеёзийклмнопрстуфыэіїєґαβγδεζηικλμνξοπρστυφω",
            "abvgdeeziiklmnoprstufyeiiegabgdeziiklmnxoprstyfo",
            strict=True,
        )
    )
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
    | {
        "θ": "th",
        "ς": "s",
        "χ": "ch",
        "ψ": "ps",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
    }
)


def fold_name(name: str) -> str:
    """Return a name as it is compared with others: without case, width, invisible characters and extra spaces."""
    text = unicodedata.normalize("NFKC", strip_invisible(name)).casefold()
    # Turkish has an i with and one without a dot, and either may be meant by a capital.
    return " ".join(text.replace("i\u0307", "i").replace("ı", "i").replace("’", "'").split())


def loose_name(name: str) -> str:
    """Return a name without accents and punctuation too: `ELODIE` is `Élodie`, `J.J.` is `JJ`, `GUARD 2` is `#2`."""
    folded = fold_name(name)
    if folded.isalnum() and folded.isascii():
        return folded
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))
    kept = "".join(
        char if char.isalnum() or unicodedata.category(char)[0] == "M" else " "
        for char in plain
        if char not in _JOINING_MARKS
    )
    return " ".join(_NUMBER_WORD.sub("", kept).split()) or folded


def clean_name(text: str) -> str:
    """Return the name on a cue line without the colon, quotes and invisible characters around it."""
    plain = " ".join(strip_invisible(text).split())
    return plain.strip('"“”„«»').rstrip(":：* ").strip() or plain


def slug_of(name: str) -> str:
    """Return a name as an id of `a-z`, `0-9` and single `_`, at most 40 characters; "" if no letter can be kept."""
    text = loose_name(name).translate(_LATIN_BY_LETTER)
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")[:40].strip("_")


def is_proper_word(word: str) -> bool:
    """Return whether a loose word of a name is hardly anything but a name."""
    return len(word) > 1 and not _is_common(word)


@dataclass(frozen=True)
class Mention:
    """Where a text names a character.

    Attributes:
        is_owner: Whether as the owner of something: "Luna's".
    """

    character: str
    start: int
    end: int
    is_owner: bool


@dataclass(frozen=True)
class _Spelling:
    """Words that may name a character in action.

    Attributes:
        words: Loose words, in order.
        is_whole: Whether they are a name or alias as a whole; otherwise one word of it.
        is_noun: Whether the one word says what somebody is, like "cat".
    """

    words: tuple[str, ...]
    character: str
    is_whole: bool
    is_noun: bool


class CastNames:
    """Characters by the names that a script may use for them."""

    def __init__(self, characters: Sequence[Character]) -> None:
        self._id_by_name: dict[str, str] = {}
        self._owners_by_word: dict[str, dict[str, None]] = {}
        self.names = [character.name for character in characters]
        self._name_by_id = {character.id: character.name for character in characters}
        for character in characters:
            for name in (character.name, *character.aliases, character.id, character.id.replace("_", " ")):
                self._id_by_name.setdefault(fold_name(name), character.id)
            for word in _name_words(character.name):
                self._owners_by_word.setdefault(fold_name(word), {}).setdefault(character.id)
        self.full_names = {fold_name(name) for one in characters for name in (one.name, *one.aliases)}
        for word, owners in self._owners_by_word.items():
            if len(owners) == 1:
                self._id_by_name.setdefault(word, next(iter(owners)))
        self.full_names |= set(self._id_by_name)
        self._id_by_loose_name = self._unique_loose_names()
        self._spellings_by_first_word: dict[str, list[_Spelling]] = {}
        for spelling in self._find_spellings(characters):
            self._spellings_by_first_word.setdefault(spelling.words[0], []).append(spelling)
        for spellings in self._spellings_by_first_word.values():
            spellings.sort(key=lambda one: (-len(one.words), not one.is_whole))
        self._base_by_form = self._inflect_words()
        self._key_by_word: dict[str, str] = {}
        self._caseless_ids = _caseless_names(characters)
        self._caseless_pattern = _caseless_pattern(self._caseless_ids)

    def find_id(self, name: str) -> str:
        """Return the id of the character with a name, alias, id or unique word of a name; "" if there is none."""
        clean = clean_name(name)
        return self._id_by_name.get(fold_name(clean), "") or self._id_by_loose_name.get(loose_name(clean), "")

    def name_of(self, character: str) -> str:
        """Return the name of the character with an id."""
        return self._name_by_id[character]

    def find_owners(self, word: str) -> list[str]:
        """Return the ids of the characters whose names hold a word."""
        return list(self._owners_by_word.get(fold_name(clean_name(word)), ()))

    def is_full_name(self, text: str) -> bool:
        """Return whether a text is nothing but somebody's name, alias, id or unique word of a name."""
        return fold_name(clean_name(text)) in self.full_names

    def find_mentions(self, text: str) -> list[str]:
        """Return the ids of the characters that a text names, in order."""
        return list(dict.fromkeys(mention.character for mention in self.locate_mentions(strip_invisible(text))))

    def locate_mentions(self, text: str) -> list[Mention]:
        """Return where a text names characters, in order; positions are those of the text.

        A name counts in any case, but a word that is ordinary too only where it cannot be meant otherwise: `Will` with
        a capital, "the cat" with its article.
        """
        mentions = []
        words = list(_WORD.finditer(text))
        keys = [self._word_key(word.group()) for word in words]
        index = 0
        while index < len(words):
            for spelling in self._spellings_by_first_word.get(keys[index], ()):
                last = index + len(spelling.words) - 1
                if _is_written(spelling, keys, words, index, text) and self._is_meant(spelling, words, index, text):
                    end = words[last].end()
                    owner = _OWNER.match(text, end) is not None
                    mentions.append(Mention(spelling.character, words[index].start(), end, owner))
                    index = last
                    break
            index += 1
        if self._caseless_pattern is not None:
            for match in self._caseless_pattern.finditer(text):
                mentions.append(Mention(self._caseless_ids[match.group()], match.start(), match.end(), False))
            mentions.sort(key=lambda mention: mention.start)
        return mentions

    def _word_key(self, word: str) -> str:
        """Return the word as spellings have it; remembered, since a script's words repeat."""
        key = self._key_by_word.get(word)
        if key is None:
            loose = loose_name(word)
            key = self._key_by_word[word] = self._base_by_form.get(loose, loose)
        return key

    def _unique_loose_names(self) -> dict[str, str]:
        owners_by_name: dict[str, set[str]] = {}
        for name, owner in self._id_by_name.items():
            if loose := loose_name(name):
                owners_by_name.setdefault(loose, set()).add(owner)
        return {name: next(iter(owners)) for name, owners in owners_by_name.items() if len(owners) == 1}

    def _find_spellings(self, characters: Sequence[Character]) -> Iterable[_Spelling]:
        seen: set[tuple[str, ...]] = set()
        for character in characters:
            for name in (character.name, *character.aliases):
                words = _loose_words(name)
                if words and not _is_caseless(name) and words not in seen:
                    seen.add(words)
                    yield _Spelling(words, character.id, True, len(words) == 1 and _is_noun(words[0], character))
        for character in characters:
            if _is_caseless(character.name):
                continue
            names = [word for word in _name_words(character.name) if len(self._owners_by_word[fold_name(word)]) == 1]
            is_description = all(_is_common(word) for word in _loose_words(character.name))
            for word in (_loose_words(name) for name in names):
                if word in seen or len("".join(word)) < 2:
                    continue
                is_head = is_description and word[0] in ROLE_NOUNS and word == _head_word(character.name)
                if is_head or not all(map(_is_common, word)):
                    seen.add(word)
                    yield _Spelling(word, character.id, False, len(word) == 1 and _is_noun(word[0], character))

    def _is_meant(self, spelling: _Spelling, words: list[re.Match[str]], index: int, text: str) -> bool:
        """Return whether words that spell a name are the name where they stand."""
        start, end = words[index].start(), words[index + len(spelling.words) - 1].end()
        word = spelling.words[0]
        if any(char.isupper() for char in text[start:end]):
            if len(spelling.words) > 1 or word not in ORDINARY_WORDS:
                return True
            if text.isupper():
                return False
            following = words[index + 1].group().casefold() if index + 1 < len(words) else ""
            return not _begins_sentence(text, start) or following not in FUNCTION_WORDS
        if len(spelling.words) > 1 or word.isdigit():
            return True
        is_ordinary = word in ORDINARY_WORDS and word not in ROLE_NOUNS
        if is_ordinary or len(word) < _MIN_LOWER_CASE_CHARS or loose_name(words[index].group()) != word:
            return False
        previous = words[index - 1].group().casefold() if index else ""
        return previous in DEFINITE_ARTICLES or (previous not in OTHER_DETERMINERS and not spelling.is_noun)

    def _inflect_words(self) -> dict[str, str]:
        """Return the words of Russian names by their forms in other cases."""
        names = {
            word for spellings in self._spellings_by_first_word.values() for one in spellings for word in one.words
        }
        base_by_form: dict[str, str] = {}
        for name in sorted(names):
            if _CYRILLIC.fullmatch(name):
                stem = name[:-1] if name[-1] in "аяйьоеыи" and len(name) > 3 else name
                for ending in _CYRILLIC_ENDINGS:
                    if stem + ending not in names:
                        base_by_form.setdefault(stem + ending, name)
        return base_by_form


def _is_written(spelling: _Spelling, keys: list[str], words: list[re.Match[str]], index: int, text: str) -> bool:
    """Return whether the words of a spelling stand in a text from a word on, with nothing but spaces between them."""
    count = len(spelling.words)
    if tuple(keys[index : index + count]) != spelling.words:
        return False
    return all(
        _NAME_GAP.fullmatch(text, words[number].end(), words[number + 1].start())
        for number in range(index, index + count - 1)
    )


def _begins_sentence(text: str, start: int) -> bool:
    return _SENTENCE_START.search(text, max(0, start - 8), start) is not None or start == 0


def _name_words(name: str) -> list[str]:
    """Return the words of a name that may stand for the whole name."""
    words = (word.strip("\"'“”‘’.,()") for word in name.split() if any(char.isalnum() for char in word))
    return [word for word in words if word.casefold() not in NAME_PARTICLES]


def _loose_words(name: str) -> tuple[str, ...]:
    return tuple(loose_name(word) for word in _WORD.findall(name))


def _head_word(name: str) -> tuple[str, ...]:
    words = [word for word in _loose_words(name) if not word.isdigit()]
    return tuple(words[-1:])


def _is_common(word: str) -> bool:
    return word in ORDINARY_WORDS or word in ROLE_NOUNS or word in NAME_PARTICLES or word.isdigit()


def _is_noun(word: str, character: Character) -> bool:
    """Return whether a name says what somebody is: `Cat`, or a word that the description has in lower case."""
    return word in ROLE_NOUNS or re.search(rf"(?<!\w){re.escape(word)}(?!\w)", character.description) is not None


def _is_caseless(name: str) -> bool:
    """Return whether a name is in a writing system without capitals, mostly one without spaces between words too."""
    return not name.isascii() and not name[:1].isupper() and not name[-1:].isupper() and not name[:1].islower()


def _caseless_names(characters: Sequence[Character]) -> dict[str, str]:
    """Return character ids by their names, and the unique words of names, in writing systems without capitals."""
    ids: dict[str, str] = {}
    owners_by_word: dict[str, set[str]] = {}
    for character in characters:
        for name in filter(_is_caseless, (character.name, *character.aliases)):
            ids.setdefault(name, character.id)
        for word in filter(_is_caseless, _name_words(character.name)):
            owners_by_word.setdefault(word, set()).add(character.id)
    for word, owners in owners_by_word.items():
        if len(owners) == 1:
            ids.setdefault(word, next(iter(owners)))
    return ids


def _caseless_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for names that stand anywhere; one character alone is no part of a longer Chinese word."""
    parts = [
        rf"(?<![一-鿿々]){re.escape(name)}(?![一-鿿々])" if len(name) == 1 else re.escape(name)
        for name in sorted(names, key=lambda text: (-len(text), text))
    ]
    return re.compile("|".join(parts)) if parts else None
