"""Words of a text in another language with what they mean, in the order in which they are written.

Languages with spaces are read token by token, the longest phrase first; Japanese and Chinese by the longest known word
at each place. What is not known for sure is not understood: no word is guessed from a part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tower_anime_assets.production.languages.lexicons import Lexicon, Meaning, lexicon_of

_TOKEN = re.compile(
    r"[A-Za-zÀ-ɏ]+(?=[가-힣])|\d+(?:[.,]\d+)?|[^\W\d_]+['’](?=[^\W\d_])|[^\W\d_]+(?:-[^\W\d_]+)*['’]?|[^\w\s]|_"
)
_SENTENCE_MARKS = frozenset(".!?…。！？:：;；")
_LINKING = ("", "s", "n", "en", "es", "er", "e")
_MIN_PART_CHARS = 3
_MAX_COMPOUND_CHARS = 40
_CLITICS = ("-se", "-lhe", "-o", "-a", "-os", "-as", "-lo", "-la", "-me", "-nos")
_KOREAN_PARTICLES = (
    *(
        "에서는",
        "에게서",
        "으로는",
        "이라는",
        "라는",
        "에서",
        "에게",
        "으로",
        "까지",
        "부터",
        "처럼",
        "들이",
        "들은",
        "들을",
        "한테",
    ),
    *("이", "가", "을", "를", "은", "는", "의", "에", "와", "과", "도", "로", "만", "들"),
)
_SUBJECT_PARTICLES = frozenset(("이", "가", "은", "는", "들이", "들은", "도", "は", "が", "も"))
_HAN_RUN, _KATAKANA, _HIRAGANA = re.compile("[一-鿿々]"), re.compile("[ァ-ヿ]"), re.compile("[ぁ-ゖ]")
_NUMERALS = {char: number for number, char in enumerate("一二三四五六七八九", 1)}
_NUMERAL_RUN = re.compile("[一二三四五六七八九十百]+(?=[歳才岁歲])")


@dataclass(frozen=True)
class GlossWord:
    """A word as written, and as English has it.

    Attributes:
        start: Position of its first character in the text.
        end: Position after its last character.
        english: "" for a word that is not understood, and for a word that English does without.
        kind: That of its `Meaning`; name, number, mark, subject (a particle behind who does something), or unknown.
    """

    text: str
    start: int
    end: int
    english: str
    kind: str

    @property
    def is_noun(self) -> bool:
        """Whether it names somebody or something."""
        return self.kind in ("noun", "thing", "name")

    @property
    def ends_clause(self) -> bool:
        """Whether a new clause begins behind it."""
        return self.kind == "mark"


def words_of(text: str, language: str, names: Sequence[tuple[int, int]] = ()) -> list[GlossWord]:
    """Return the words of a text.

    Args:
        text: The text.
        language: One of `lexicons.LANGUAGES`.
        names: (start, end) of the names of characters, which mean nobody else.
    """
    words: list[GlossWord] = []
    end = 0
    for start, stop in sorted((*names, (len(text), len(text)))):
        if start < end:
            continue
        part = text[end:start]
        before = words[-1] if words else None
        read = _unspaced if language in ("ja", "zh") else _spaced
        words += (replace(word, start=word.start + end, end=word.end + end) for word in read(part, language, before))
        if stop > start:
            words.append(GlossWord(text[start:stop], start, stop, text[start:stop], "name"))
        end = max(end, stop)
    return words


# Languages with spaces -----------------------------------------------------------------------------------------------


def _spaced(text: str, language: str, before: GlossWord | None) -> Iterator[GlossWord]:
    lexicon = lexicon_of(language)
    tokens = list(_TOKEN.finditer(text))
    at = 0
    earlier = [before] if before is not None else []
    while at < len(tokens):
        word, count = _word_at(text, tokens, at, lexicon, earlier, language)
        yield from (_split_korean(word, lexicon) if language == "ko" else (word,))
        earlier.append(word)
        at += count


def _word_at(
    text: str, tokens: list[re.Match[str]], at: int, lexicon: Lexicon, earlier: Sequence[GlossWord], language: str
) -> tuple[GlossWord, int]:
    """Return the word that begins at a token, and how many tokens it has."""
    first = tokens[at]
    if first[0][0].isdigit():
        return _as_word(first, first[0], "number"), 1
    if not first[0][0].isalnum():
        return _as_word(first, first[0], "mark"), 1
    if language == "ko" and earlier and earlier[-1].kind == "name" and _is_joined(text, first, earlier[-1]):
        particle = next((one for one in _KOREAN_PARTICLES if first[0] == one), "")
        if particle:
            return _as_word(first, "", "subject" if particle in _SUBJECT_PARTICLES else "small"), 1
    starts_sentence = not earlier or earlier[-1].text in _SENTENCE_MARKS
    for count in range(min(lexicon.longest, len(tokens) - at), 0, -1):
        last = tokens[at + count - 1]
        if count > 1 and not all(token[0][0].isalpha() for token in tokens[at : at + count]):
            continue
        written = text[first.start() : last.end()]
        form = re.sub(r"\s+", " ", written.lower().replace("’", "'"))
        following = tokens[at + count][0] if at + count < len(tokens) else ""
        meaning = _chosen(lexicon, form, written, earlier, following, starts_sentence=starts_sentence)
        if meaning is not None:
            return GlossWord(written, first.start(), last.end(), _emitted(meaning), meaning.kind), count
    meaning = _derived(lexicon, first[0], language)
    if meaning is not None:
        return _as_word(first, _emitted(meaning), meaning.kind), 1
    is_shouted = len(first[0]) > 1 and first[0].isupper()
    is_name = is_shouted or (first[0][0].isupper() and not starts_sentence and not lexicon.capitalises_nouns)
    return (_as_word(first, first[0], "name") if is_name else _as_word(first, "", "unknown")), 1


def _is_joined(text: str, token: re.Match[str], before: GlossWord) -> bool:
    """Return whether no space stands between a token and the word before it, here or in the part of text before."""
    return not token.start() or (token.start() > 0 and not text[token.start() - 1].isspace() and before.kind == "name")


def _as_word(token: re.Match[str], english: str, kind: str) -> GlossWord:
    return GlossWord(token[0], token.start(), token.end(), english, kind)


def _emitted(meaning: Meaning) -> str:
    return "" if meaning.english == "-" else meaning.english


def _chosen(
    lexicon: Lexicon, form: str, written: str, earlier: Sequence[GlossWord], following: str, *, starts_sentence: bool
) -> Meaning | None:
    """Return what a form means beside its neighbours."""
    meanings = lexicon.forms.get(form, ())
    if lexicon.capitalises_nouns and not (starts_sentence or written.isupper()):
        is_capital = written[0].isupper()
        nouns = [one for one in meanings if one.is_noun]
        others = [one for one in meanings if not one.is_noun]
        meanings = tuple((nouns or others) if is_capital else others)
    if len(meanings) < 2:
        return meanings[0] if meanings else None
    kinds = _likely_kinds(lexicon, earlier, following)
    return min(meanings, key=lambda one: kinds.index(one.kind) if one.kind in kinds else len(kinds))


def _likely_kinds(lexicon: Lexicon, earlier: Sequence[GlossWord], following: str) -> tuple[str, ...]:
    """Return the kinds that a word may have behind the words before it, the likeliest first."""
    follows = {one.kind for one in lexicon.forms.get(following.lower(), ())}
    if not follows and following.islower():
        follows = {"noun"}  # a word that no table has, most likely
    kind = earlier[-1].kind if earlier else ""
    if kind == "adjective" and lexicon.adjectives_follow:
        before = next((word for word in reversed(earlier) if word.kind != "adjective" and word.english != "and"), None)
        kind = "noun" if before is not None and before.is_noun else kind
    if kind == "small" and earlier[-1].english == "and" and len(earlier) > 1:
        kind = earlier[-2].kind if earlier[-2].kind == "adjective" else kind
        if kind == "adjective" and "noun" not in follows:
            return ("adjective", "verb", "noun")
    if kind in ("determiner", "adjective", "preposition", "number"):
        return ("adjective", "noun", "thing") if follows & {"noun", "thing"} else ("noun", "thing", "adjective")
    if kind in ("noun", "thing", "name"):
        is_followed = lexicon.adjectives_follow and not follows & {"determiner"}
        return ("adjective", "verb", "preposition") if is_followed else ("verb", "preposition", "small", "adjective")
    if kind in ("negation", "small"):
        return ("verb", "small", "determiner")
    return ("determiner", "small", "preposition", "verb")


def _derived(lexicon: Lexicon, token: str, language: str) -> Meaning | None:
    """Return what a word that no table has means by its parts, None where they do not tell for sure."""
    form = token.lower()
    if language == "ko":
        return _korean_meaning(lexicon, form)
    if language == "pt" or language == "es":
        for clitic in _CLITICS:
            if form.endswith(clitic) and (meanings := lexicon.forms.get(form.removesuffix(clitic))):
                return meanings[0]
    return _compound(lexicon, token) if lexicon.has_compounds else None


def _compound(lexicon: Lexicon, token: str) -> Meaning | None:
    form = token.lower()
    if len(form) > _MAX_COMPOUND_CHARS or any(form.startswith(word) for word in lexicon.not_compounds):
        return None
    for at in range(_MIN_PART_CHARS, len(form) - _MIN_PART_CHARS + 1):
        first, second = form[:at], form[at:]
        if second in lexicon.compound_endings:
            colour = next((one for one in lexicon.forms.get(first, ()) if one.kind == "adjective"), None)
            return Meaning(f"{colour.english}-{lexicon.compound_endings[second]}", "adjective") if colour else None
        noun = next((one for one in lexicon.forms.get(second, ()) if one.kind == "noun"), None)
        if noun is not None and token[0].isupper() and _is_first_part(lexicon, first):
            return noun
    return None


def _is_first_part(lexicon: Lexicon, part: str) -> bool:
    forms = (part.removesuffix(link) for link in _LINKING if part.endswith(link))
    return any(one.kind in ("noun", "adjective", "thing") for form in forms for one in lexicon.forms.get(form, ()))


def _without_particles(lexicon: Lexicon, form: str) -> str:
    """Return a Korean word without what is joined to its end, "" where no known word is left."""
    stem = form
    for _ in range(2):
        particle = next((one for one in _KOREAN_PARTICLES if stem.endswith(one) and len(stem) > len(one)), "")
        stem = stem.removesuffix(particle)
        if any(one.kind not in ("verb", "adjective") for one in lexicon.forms.get(stem, ())):
            return stem
    return ""


def _korean_meaning(lexicon: Lexicon, form: str) -> Meaning | None:
    """Return what a Korean word means without its particles, or as a form of a verb."""
    if stem := _without_particles(lexicon, form):
        return next(one for one in lexicon.forms[stem] if one.kind not in ("verb", "adjective"))
    for length in range(len(form) - 1, 0, -1):
        for one in lexicon.forms.get(form[:length], ()):
            if one.kind == "verb" and _KOREAN_ENDING.fullmatch(form[length:]):
                return one
    return None


_KOREAN_ENDING = re.compile(
    "(?:고|며|면서|면|다|는다|는|던|지|려고|려|게|기|아|어|여|았다|었다|였다|습니다|어서|아서|여서|은|을|러|자|네|니|지만|었습니다|았습니다"
    "|는데|어요|아요|었던|았던|고는|기를|기|었고|았고|인다|이며|이고)"
)


def _split_korean(word: GlossWord, lexicon: Lexicon) -> Iterator[GlossWord]:
    """Yield a Korean word without its particle, and the particle where it marks who does something."""
    stem = _without_particles(lexicon, word.text) if word.is_noun and word.text not in lexicon.forms else ""
    if not stem:
        yield word
        return
    yield replace(word, text=stem, end=word.start + len(stem))
    if word.text.removeprefix(stem) in _SUBJECT_PARTICLES:
        yield GlossWord(word.text.removeprefix(stem), word.start + len(stem), word.end, "", "subject")


# Languages without spaces --------------------------------------------------------------------------------------------


def _unspaced(text: str, language: str, before: GlossWord | None) -> Iterator[GlossWord]:
    lexicon = lexicon_of(language)
    unknown = -1
    at = 0
    previous = before
    while at < len(text):
        word = _unspaced_word(text, at, lexicon, previous, language, follows_unknown=unknown >= 0)
        if word is None:
            unknown = at if unknown < 0 else unknown
            at += 1
            continue
        if unknown >= 0:
            previous = _unknown(text, unknown, at)
            yield previous
            unknown = -1
        if word.kind:
            yield word
            previous = word
        at = word.end
    if unknown >= 0:
        yield _unknown(text, unknown, at)


def _unknown(text: str, start: int, end: int) -> GlossWord:
    written = text[start:end]
    is_name = written.isascii() or all(_KATAKANA.match(char) for char in written)
    return GlossWord(written, start, end, written if is_name else "", "name" if is_name else "unknown")


def _unspaced_word(
    text: str, at: int, lexicon: Lexicon, previous: GlossWord | None, language: str, *, follows_unknown: bool
) -> GlossWord | None:
    """Return the longest word that begins at a place, a word without a kind for spaces; None where none is known."""
    char = text[at]
    if char.isspace():
        return GlossWord(char, at, at + 1, "", "")
    if match := _NUMERAL_RUN.match(text, at) or re.compile(r"\d+").match(text, at):
        return GlossWord(match[0], at, match.end(), _arabic_number(match[0]), "number")
    if not char.isalnum() and char != "ー":
        return GlossWord(char, at, at + 1, _ENGLISH_MARKS.get(char, char), "mark")
    for length in range(min(lexicon.longest, len(text) - at), 0, -1):
        written = text[at : at + length]
        meanings = lexicon.forms.get(written, ())
        if not meanings:
            continue
        meaning = meanings[0]
        if _may_stand(text, at, at + length, meaning, lexicon, previous, language, follows_unknown=follows_unknown):
            kind = "subject" if language == "ja" and written in _SUBJECT_PARTICLES else meaning.kind
            return GlossWord(written, at, at + length, _emitted(meaning), kind)
    return None


_ENGLISH_MARKS = {
    "、": ",",
    "，": ",",
    "。": ".",
    "！": "!",
    "？": "?",
    "：": ":",
    "；": ";",
    "・": ",",
    "「": '"',
    "」": '"',
}


def _may_stand(
    text: str,
    start: int,
    end: int,
    meaning: Meaning,
    lexicon: Lexicon,
    previous: GlossWord | None,
    language: str,
    *,
    follows_unknown: bool,
) -> bool:
    """Return whether a known word is no part of a longer one that is not known."""
    is_short = end - start == 1
    if follows_unknown:
        last = text[start - 1]
        is_one_word = any(pattern.match(last) and pattern.match(text[start]) for pattern in (_HAN_RUN, _KATAKANA))
        if is_one_word and (is_short or language == "ja") and meaning.kind != "small":
            return False
        if language == "ja" and _HIRAGANA.match(text[start]) and meaning.kind in ("noun", "thing", "verb"):
            return False
    if meaning.kind in ("small", "preposition", "determiner", "negation", "adjective", "verb") or end >= len(text):
        return True
    is_split_word = any(pattern.match(text[end - 1]) and pattern.match(text[end]) for pattern in (_HAN_RUN, _KATAKANA))
    if language == "ja" and _HIRAGANA.match(text[start]) and previous is not None and previous.kind == "unknown":
        return False
    if language == "ja":
        return not is_split_word
    return not (is_split_word and is_short) or _begins_known(text, end, lexicon)


def _begins_known(text: str, at: int, lexicon: Lexicon) -> bool:
    return any(text[at : at + length] in lexicon.forms for length in range(1, lexicon.longest + 1))


def _arabic_number(text: str) -> str:
    """Return a number below a thousand that is written in Chinese characters in figures: 七十八 is 78."""
    if text.isdigit() and text.isascii():
        return text
    total, digit = 0, 0
    for char in text:
        if char in _NUMERALS:
            digit = _NUMERALS[char]
        elif char in ("十", "百"):
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
    return str(total + digit) if total + digit else text
