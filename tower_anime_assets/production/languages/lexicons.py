"""The words of each language by form: what English calls them, and of what kind they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from tower_anime_assets.production.languages import (
    chinese,
    french,
    german,
    italian,
    japanese,
    korean,
    portuguese,
    russian,
    spanish,
)
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.things import all_things

_MODULES: Mapping[str, ModuleType] = {
    "de": german, "fr": french, "es": spanish, "it": italian, "pt": portuguese, "ru": russian, "ja": japanese,
    "zh": chinese, "ko": korean,
}  # fmt: skip
LANGUAGES = frozenset(_MODULES)
"""Languages whose action is read by words."""

_NAMED_BY_EMOJI = LANGUAGES | {"ar", "fa", "id", "tr"}
"""Languages in which the `emoji` package names things."""

_PREPOSITIONS = word_set("with without in on at of from to for under over before behind beside between through against")
_NEGATIONS = word_set("not no never without nothing nobody")
_VAGUE_GLYPHS = frozenset("🍳🎎🎭🎣🎿🏸🎳🎾🏓⛽🎮🛷🏕🎴🚧🏗🥘🍲🚨🧪🎨🧵🪢🛒⚽🏐🏈🥅🪧🔈🛎🌿🎋🍂🪮🐛🌸🌼🗽🎠🏎🕹🍡🍢🍥🥮")
"""Glyphs whose names in other languages also mean an activity, a festival or a whole kind of things."""

_MIN_INFLECTED_CHARS = 4
"""Names of the `emoji` package that are shorter count in their own form only."""


@dataclass(frozen=True)
class Meaning:
    """What a form means.

    Attributes:
        english: English words for it.
        kind: noun, adjective, verb, determiner, preposition, negation, small; "thing" is a noun by its emoji's name.
    """

    english: str
    kind: str

    @property
    def is_noun(self) -> bool:
        """Whether it names somebody or something."""
        return self.kind in ("noun", "thing")


@dataclass(frozen=True)
class Lexicon:
    """The words of one language.

    Attributes:
        forms: Meanings by form in lower case, words of a phrase joined by a space; the commonest meaning first.
        longest: Number of words, or in languages without spaces of characters, of the longest form.
        adjectives_follow: Whether adjectives stand behind their nouns.
        capitalises_nouns: Whether nouns, and only they, begin with a capital.
        drops_subjects: Whether a sentence may go without a pronoun for whoever was named last.
        compound_endings: English by second half of words such as "schwarzhaarig".
        not_compounds: Words that are not what their second half says.
        has_compounds: Whether words are joined to longer ones.
    """

    forms: Mapping[str, tuple[Meaning, ...]]
    longest: int
    adjectives_follow: bool
    capitalises_nouns: bool
    drops_subjects: bool
    compound_endings: Mapping[str, str]
    not_compounds: frozenset[str]
    has_compounds: bool


@cache
def lexicon_of(language: str) -> Lexicon:
    """Return the words of a language; of one that is not among `LANGUAGES`, at most the names of things.

    The data of the `emoji` package is read on the first call.
    """
    module = _MODULES.get(language)
    is_spaced = language not in ("ja", "zh")
    forms: dict[str, list[Meaning]] = {}
    for form, meaning in _written_meanings(module) if module is not None else ():
        known = forms.setdefault(form, [])
        if meaning not in known:
            known.append(meaning)
    for form, meaning in _thing_names(language, module) if language in _NAMED_BY_EMOJI else ():
        forms.setdefault(form, [meaning])
    return Lexicon(
        forms={form: tuple(meanings) for form, meanings in forms.items()},
        longest=max((len(form.split(" ")) if is_spaced else len(form) for form in forms), default=1),
        adjectives_follow=language in ("fr", "es", "it", "pt"),
        capitalises_nouns=language == "de",
        drops_subjects=language in ("es", "it", "pt", "ja", "zh", "ko"),
        compound_endings=dict(_compound_endings(module)),
        not_compounds=word_set(getattr(module, "NOT_COMPOUNDS", "")),
        has_compounds=language == "de",
    )


def _written_meanings(module: ModuleType) -> Iterator[tuple[str, Meaning]]:
    """Yield (form, meaning) of every word of a language's own table."""
    for section, kind in (
        ("DETERMINERS", "determiner"),
        ("SMALL_WORDS", "small"),
        ("NOUNS", "noun"),
        ("ADJECTIVES", "adjective"),
        ("VERBS", "verb"),
    ):
        for english, words in _rows(getattr(module, section)):
            for word in words:
                for form in _forms(word, module.ENDINGS.get(kind, ())):
                    is_denied = kind == "verb" and form.endswith(getattr(module, "DENYING_ENDINGS", ()))
                    yield form, Meaning(f"does not {english}" if is_denied else english, _kind_of(english, kind))


def _kind_of(english: str, kind: str) -> str:
    if kind in ("small", "determiner") and english in _NEGATIONS:
        return "negation"
    return "preposition" if kind == "small" and english in _PREPOSITIONS else kind


def _rows(text: str) -> Iterator[tuple[str, list[str]]]:
    for row in text.strip().splitlines():
        english, _, words = row.partition(": ")
        yield english, words.split()


def _forms(word: str, endings: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the forms of a word, spaces for `_`; `!` marks one that has no other."""
    plain = word.rstrip("!").replace("_", " ")
    if not word.endswith("!"):
        for ending, templates in endings:
            if plain.endswith(ending) and len(plain) > len(ending):
                stem = plain[: len(plain) - len(ending)] if ending else plain
                yield plain
                yield from (template.replace("{}", stem) for template in templates.split())
                return
    yield plain


def _compound_endings(module: ModuleType | None) -> Iterator[tuple[str, str]]:
    for english, words in _rows(getattr(module, "COMPOUND_ENDINGS", "")):
        yield from ((word, english) for word in words)


def _thing_names(language: str, module: ModuleType | None) -> Iterator[tuple[str, Meaning]]:
    """Yield (form, meaning) of the things that the `emoji` package names in a language."""
    endings = module.ENDINGS.get("noun", ()) if module is not None else ()
    for name, thing in emoji_names(language).items():
        is_inflected = len(name) >= _MIN_INFLECTED_CHARS and " " not in name
        for form in _forms(name.replace(" ", "_"), endings if is_inflected else ()):
            yield form, Meaning(thing, "thing")


@cache
def emoji_names(language: str) -> Mapping[str, str]:
    """Return the English names of things by what the `emoji` package calls them in a language, in lower case."""
    import emoji  # it reads its data when it is imported, which only texts in other languages need

    emoji.config.load_language(language)
    names: dict[str, str] = {}
    for thing in all_things().values():
        if not thing.glyph or thing.glyph in _VAGUE_GLYPHS:
            continue
        entry = emoji.EMOJI_DATA.get(thing.glyph) or emoji.EMOJI_DATA.get(f"{thing.glyph}\ufe0f") or {}
        name = str(entry.get(language, "")).strip(":").replace("_", " ").lower()
        for ending in ("の顔", " 얼굴"):  # "face of a wolf": the drawing shows the head alone
            name = name.removesuffix(ending)
        if name:
            names.setdefault(name, thing.name)
    return names
