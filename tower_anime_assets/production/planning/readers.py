"""Who reads a text: the language of every passage of a line, and so the synthesizer that speaks it.

Japanese is read by Open JTalk, everything else by espeak-ng. A line is Japanese if it holds kana; characters that
Japanese and Chinese share decide nothing by themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.planning.romaji import kana_of

JAPANESE = "ja"
CHINESE = frozenset({"zh", "cmn", "yue", "hak"})

OPEN_JTALK = "open-jtalk"
"""The reader of Japanese, as briefs name it; espeak-ng, the usual one, has no name there."""

LANGUAGE_OF_SCRIPT = {
    "ARABIC": "ar",
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "CHEROKEE": "chr",
    "CJK": "cmn",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": JAPANESE,
    "KANNADA": "kn",
    "KATAKANA": JAPANESE,
    "LATIN": "en",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
}
"""The language that reads a script when the voice's own does not; other scripts cannot be spoken."""

SCRIPTS_OF_LANGUAGE = {
    "ar": {"ARABIC"}, "fa": {"ARABIC"}, "ur": {"ARABIC"}, "sd": {"ARABIC"}, "ug": {"ARABIC"},
    "hy": {"ARMENIAN"}, "bn": {"BENGALI"}, "as": {"BENGALI"}, "bpy": {"BENGALI"}, "chr": {"CHEROKEE"},
    "cmn": {"CJK"}, "zh": {"CJK"}, "yue": {"CJK"}, "hak": {"LATIN"},
    "ru": {"CYRILLIC"}, "uk": {"CYRILLIC"}, "be": {"CYRILLIC"}, "bg": {"CYRILLIC"}, "mk": {"CYRILLIC"},
    "sr": {"CYRILLIC", "LATIN"}, "kk": {"CYRILLIC"}, "ky": {"CYRILLIC"}, "tt": {"CYRILLIC"}, "ba": {"CYRILLIC"},
    "hi": {"DEVANAGARI"}, "mr": {"DEVANAGARI"}, "ne": {"DEVANAGARI"}, "kok": {"DEVANAGARI"},
    "am": {"ETHIOPIC"}, "ti": {"ETHIOPIC"}, "ka": {"GEORGIAN"}, "el": {"GREEK"}, "grc": {"GREEK"},
    "gu": {"GUJARATI"}, "pa": {"GURMUKHI"}, "ko": {"HANGUL"}, "he": {"HEBREW"},
    "ja": {"HIRAGANA", "KATAKANA", "CJK"},
    "kn": {"KANNADA"}, "ml": {"MALAYALAM"}, "my": {"MYANMAR"}, "or": {"ORIYA"}, "si": {"SINHALA"},
    "ta": {"TAMIL"}, "te": {"TELUGU"}, "th": {"THAI"},
}  # fmt: skip
"""Scripts that a language's voice reads, by primary subtag; every other language reads LATIN."""

_KANA = frozenset({"HIRAGANA", "KATAKANA"})
_ELLIPSIS = re.compile(r"(?:\.{2,}|…)+")
_SPOKEN_MARKS = frozenset("&%@#*/\\§")
_SILENT_SYMBOLS = frozenset("<>|^`´¨~_♪♫♩♬★☆")
_LATIN_RUN = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class Word:
    """A written word or a part of one: its token's index in the line, -1 if it holds neither letter nor digit."""

    index: int
    text: str


@dataclass(frozen=True)
class Passage:
    """A run of words that one language's voice reads."""

    language: str
    words: tuple[Word, ...]

    @property
    def is_japanese(self) -> bool:
        """Whether Open JTalk reads it."""
        return primary_tag(self.language) == JAPANESE

    @property
    def text(self) -> str:
        """The words, separated by spaces."""
        return " ".join(word.text for word in self.words)


def primary_tag(language: str) -> str:
    """Return the first part of a BCP 47 tag, in lower case."""
    return language.lower().partition("-")[0]


def script_of(character: str) -> str:
    """Return the script of a letter as Unicode names it, such as LATIN or CJK; "" for other characters."""
    if not character.isalpha():
        return ""
    if character.isascii():
        return "LATIN"
    script = unicodedata.name(character, "UNKNOWN").replace("-", " ").split()[0]
    return "CJK" if script == "IDEOGRAPHIC" else script


def has_kana(text: str) -> bool:
    """Return whether a text holds kana, so that it is Japanese."""
    return not text.isascii() and any(
        script_of(character) in _KANA for character in unicodedata.normalize("NFKC", text)
    )


def has_kanji(text: str) -> bool:
    """Return whether a text holds characters that Japanese and Chinese share."""
    return not text.isascii() and any(script_of(character) == "CJK" for character in text)


def spoken_language(text: str, language: str, *, is_among_japanese: bool = False) -> str:
    """Return the language that a line is spoken in.

    Args:
        text: The line.
        language: The voice's BCP 47 tag.
        is_among_japanese: Whether other lines of the episode hold kana: then kanji alone are Japanese too.
    """
    if text.isascii() or primary_tag(language) == JAPANESE:
        return language
    scripts = {script_of(character) for character in unicodedata.normalize("NFKC", text)}
    if scripts & _KANA:
        return JAPANESE
    is_japanese = is_among_japanese and "CJK" in scripts and primary_tag(language) not in CHINESE
    return JAPANESE if is_japanese else language


def reader_of(text: str, language: str) -> str:
    """Return `OPEN_JTALK` if it reads any part of a line, else ""."""
    if text.isascii():
        return ""
    return OPEN_JTALK if any(passage.is_japanese for passage in split_passages(text.split(), language)) else ""


def is_word(text: str) -> bool:
    """Return whether a text holds a letter or digit."""
    return any(character.isalnum() for character in text)


def is_pause(text: str) -> bool:
    """Return whether a line is a pause: it holds nothing that a voice reads."""
    return not any(_is_readable(character) for character in unicodedata.normalize("NFKC", text))


def unreadable_words(text: str) -> tuple[str, ...]:
    """Return the words of a line that no voice reads, in order."""
    if text.isascii():
        return ()
    return tuple(
        token
        for token in text.split()
        if is_word(token) and not any(map(_is_readable, unicodedata.normalize("NFKC", token)))
    )


def _is_readable(character: str) -> bool:
    if script := script_of(character):
        return script in LANGUAGE_OF_SCRIPT
    if character.isalnum() or character in _SPOKEN_MARKS:
        return True
    return unicodedata.category(character) in ("So", "Sc", "Sm") and character not in _SILENT_SYMBOLS


def split_passages(tokens: Sequence[str], language: str) -> list[Passage]:
    """Return a line as passages, in order; runs of dots are commas in them.

    Letters of scripts that no voice reads are left out. In a Japanese line, abbreviations and names in Latin letters
    are Japanese too, names in kana: they would be spoken by somebody else otherwise.
    """
    language = spoken_language(" ".join(tokens), language)
    is_japanese_line = primary_tag(language) == JAPANESE and any(
        script_of(character) in SCRIPTS_OF_LANGUAGE[JAPANESE] for token in tokens for character in token
    )
    runs: list[tuple[str, list[Word]]] = []
    for index, token in enumerate(tokens):
        plain = _ELLIPSIS.sub(",", unicodedata.normalize("NFKC", token))
        for part_language, text in _split_token(plain, language, is_japanese_line=is_japanese_line):
            if not runs or runs[-1][0] != part_language:
                runs.append((part_language, []))
            runs[-1][1].append(Word(index if is_word(text) else -1, text))
    return [Passage(part_language, tuple(words)) for part_language, words in runs]


def _split_token(token: str, language: str, *, is_japanese_line: bool) -> list[tuple[str, str]]:
    """Return a token as (language, text) parts, one for each run of one language and the marks around it."""
    pieces = _latin_and_other(token) if is_japanese_line else ((token, False),)
    parts: list[tuple[str, str]] = []
    for piece, is_latin in pieces:
        kana = kana_of(piece) if is_latin else ""
        is_own = is_latin and (bool(kana) or piece.isupper())
        for character in kana or piece:
            script = "" if is_own else script_of(character)
            if is_own:
                part_language = language
            elif script:
                part_language = _reading_language(script, language)
            else:
                part_language = parts[-1][0] if parts else language
            if not part_language:
                continue
            if parts and parts[-1][0] == part_language:
                parts[-1] = (part_language, parts[-1][1] + character)
            else:
                parts.append((part_language, character))
    return parts


def _latin_and_other(token: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a token, and whether each is a run of Latin letters."""
    end = 0
    for match in _LATIN_RUN.finditer(token):
        if match.start() > end:
            yield token[end : match.start()], False
        yield match[0], True
        end = match.end()
    if end < len(token):
        yield token[end:], False


def _reading_language(script: str, language: str) -> str:
    """Return the language that reads a script, or ""."""
    own_scripts = SCRIPTS_OF_LANGUAGE.get(primary_tag(language), {"LATIN"})
    return language if script in own_scripts else LANGUAGE_OF_SCRIPT.get(script, "")
