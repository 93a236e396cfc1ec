"""Names of a cast as scripts use them: in cues, and in action. Reading cues belongs in `screenplay`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from tower_anime_assets.production.story.model import Character

_NAME_PARTICLES = frozenset(("the", "a", "an", "of", "and", "de", "van", "von", "mr", "mrs", "ms", "miss", "dr", "sir"))
_COMMON_WORDS = frozenset(
    (
        *("old", "young", "big", "little", "man", "woman", "boy", "girl", "doctor", "captain", "king", "queen", "lady"),
        *("black", "white", "red", "blue", "green", "grey", "gray"),
        *("will", "may", "hope", "grace", "joy", "dawn", "rain"),
    )
)
"""Words that identify `Old Man Jenkins` in a cue, but are mostly ordinary words in action."""


class CastNames:
    """Characters by the names that a script may use for them."""

    def __init__(self, characters: Sequence[Character]) -> None:
        self._id_by_name: dict[str, str] = {}
        owners_by_word: dict[str, set[str]] = {}
        spelling_by_word: dict[str, str] = {}
        self.names = [character.name for character in characters]
        for character in characters:
            for name in (character.name, *character.aliases, character.id, character.id.replace("_", " ")):
                self._id_by_name.setdefault(fold_name(name), character.id)
            for word in _name_words(character.name):
                owners_by_word.setdefault(fold_name(word), set()).add(character.id)
                spelling_by_word[fold_name(word)] = word
        for word, owners in owners_by_word.items():
            if len(owners) == 1:
                self._id_by_name.setdefault(word, next(iter(owners)))
        self.full_names = {fold_name(name) for one in characters for name in (one.name, *one.aliases)} | set(
            self._id_by_name
        )
        mention_names = {
            spelling_by_word[word]
            for word, owners in owners_by_word.items()
            if len(owners) == 1 and word not in _COMMON_WORDS
        }
        mention_names |= {name for one in characters for name in (one.name, *one.aliases)}
        self._mention_pattern = _mention_pattern(mention_names)

    def find_id(self, name: str) -> str:
        """Return the id of the character with a name, alias, id or unique word of a name; "" if there is none."""
        return self._id_by_name.get(fold_name(name), "")

    def find_mentions(self, text: str) -> list[str]:
        """Return the ids of the characters that a text names with capital letters, in order."""
        if self._mention_pattern is None:
            return []
        ids = (self.find_id(match.group()) for match in self._mention_pattern.finditer(text))
        return list(dict.fromkeys(filter(None, ids)))


def fold_name(name: str) -> str:
    """Return a name as it is compared with others: without case, width and extra spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("’", "'").split())


def _name_words(name: str) -> list[str]:
    """Return the words of a name that may stand for the whole name."""
    words = (word.strip("\"'“”‘’.,()") for word in name.split() if any(char.isalnum() for char in word))
    return [word for word in words if word.casefold() not in _NAME_PARTICLES]


def _mention_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for the names as written and in capitals; names without word boundaries match anywhere."""
    spellings = {spelling for name in names for spelling in (name, name.upper())}
    if not spellings:
        return None
    parts = []
    for spelling in sorted(spellings, key=lambda text: (-len(text), text)):
        has_word_bounds = spelling[0].isupper() or spelling[-1].isupper() or spelling.isascii()
        parts.append(rf"(?<!\w){re.escape(spelling)}(?!\w)" if has_word_bounds else re.escape(spelling))
    return re.compile("|".join(parts))
