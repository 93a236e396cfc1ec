"""A text in another language as English: its words one by one, in English order, read by the same tables as English.

This is no translation. Whatever a word table lacks stands as `/` in it and is listed, so that nothing is read into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tower_anime_assets.production.languages.gloss_words import GlossWord, words_of
from tower_anime_assets.production.languages.lexicons import LANGUAGES, Lexicon, lexicon_of
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.noun_phrases import number_of
from tower_anime_assets.production.story import appearance_words, looks_words

NOT_UNDERSTOOD = "/"
"""What stands for words that are not understood; a mark that joins no words and ends no sentence."""

_AUXILIARIES = word_set("is are has have will can must begins")
_PRONOUNS = word_set("he she it they we i him them who")
_SUBJECT_PRONOUNS = word_set("he she it they we i who")
_ARTICLES = word_set(
    "the a an his her its their my your our this every no one two three four five six seven eight nine ten"
)
_WITHOUT_ARTICLES = frozenset(("ru", "ja", "zh", "ko"))
_VERB_LAST = frozenset(("ja", "ko"))
_HEADS_LAST = frozenset(("ja", "zh", "ko"))
"""Languages in which whoever has a beard is named behind it."""
LOOKS_NOUNS = (
    appearance_words.HAIR_NOUNS | appearance_words.EYE_NOUNS | appearance_words.OUTFIT_WORDS.keys()
    | looks_words.SECONDARY_NOUNS | looks_words.GARMENTS | looks_words.PLAIN_NOUNS | {"beard", "scar"}
)  # fmt: skip
_CLOSING = frozenset(".,;:!?)…")


@dataclass(frozen=True)
class Gloss:
    """A text as English.

    Attributes:
        english: The text in English words.
        words: Its words, in English order.
        starts: Where each of the words begins in `english`.
        unknown: The words that are not understood, as written.
        lacks_subject: Whether nobody is named as doing what it says: in many languages it is then who was named last.
    """

    english: str
    words: tuple[GlossWord, ...]
    starts: tuple[int, ...]
    unknown: tuple[str, ...]
    lacks_subject: bool

    def written(self, start: int, end: int) -> str:
        """Return the writer's words for a span of `english`."""
        spans = [
            (word.start, word.end)
            for word, at in zip(self.words, self.starts, strict=True)
            if at < end and at + max(1, len(word.english)) > start and word.end > word.start and word.kind != "mark"
        ]
        texts = [word.text for word in sorted(self.words, key=lambda one: one.start) if (word.start, word.end) in spans]
        joint = "" if any("぀" <= char <= "鿿" for text in texts for char in text) else " "
        return joint.join(texts)


def has_gloss(language: str) -> bool:
    """Return whether texts in a language are read by words."""
    return language in LANGUAGES


@lru_cache(maxsize=4096)
def read_gloss(text: str, language: str, names: tuple[tuple[int, int], ...] = ()) -> Gloss:
    """Return a text in one of `LANGUAGES` as English.

    Args:
        text: The text.
        language: Its language.
        names: (start, end) of the names of characters; they stay as they are written.
    """
    lexicon = lexicon_of(language)
    written = words_of(text, language, names)
    clauses: list[list[GlossWord]] = []
    lacks_subject = False
    for clause in _clauses(written):
        if lexicon.adjectives_follow:
            clause = _adjectives_first(clause)
        if language in _VERB_LAST:
            clause = _verb_behind_subject(clause)
        else:
            clause = _negation_first(_verb_second(clause, lexicon))
        if language == "zh":
            clause = _verb_before_phrases(clause)
        lacks_subject = lacks_subject or (lexicon.drops_subjects and not clauses and _lacks_subject(clause))
        if language in _HEADS_LAST:
            clause = _heads_first(clause)
        clauses.append(_with_articles(clause) if language in _WITHOUT_ARTICLES else clause)
    words = _with_ages(word for clause in clauses for word in _with_doers(_with_denials(clause)))
    english, starts = _join(words)
    unknown = tuple(word.text for word in written if word.kind == "unknown")
    return Gloss(english, tuple(words), tuple(starts), unknown, lacks_subject)


def in_english(text: str, language: str, names: tuple[tuple[int, int], ...] = ()) -> str:
    """Return a text as English where its language is read by words, else as it is."""
    return read_gloss(text, language, names).english if language in LANGUAGES else text


def is_definite_noun(gloss: Gloss, at: int) -> bool:
    """Return whether an article, a number or an owner leads to the noun at an index."""
    first = first_of_phrase(gloss.words, at)
    return first > 0 and gloss.words[first - 1].english.rpartition(" ")[2] in _ARTICLES


def first_of_phrase(words: Sequence[GlossWord], at: int) -> int:
    """Return the index of the first of the adjectives and numbers directly before a word."""
    while at > 0 and words[at - 1].kind in ("adjective", "number"):
        at -= 1
    return at


def _with_denials(clause: list[GlossWord]) -> list[GlossWord]:
    """Return a clause with "does not" for a "not" before its verb."""
    verbs = {at for at, word in enumerate(clause) if word.kind == "verb"}
    return [
        replace(word, english="does not") if word.english == "not" and at + 1 in verbs else word
        for at, word in enumerate(clause)
    ]


def _with_ages(words: Iterable[GlossWord]) -> list[GlossWord]:
    """Return words with "years old" for years behind a number."""
    aged: list[GlossWord] = []
    for word in words:
        follows_number = bool(aged) and (aged[-1].kind == "number" or number_of(aged[-1].english) is not None)
        aged.append(replace(word, english="years old") if word.english == "years" and follows_number else word)
    return aged


def _clauses(words: Sequence[GlossWord]) -> Iterator[list[GlossWord]]:
    """Yield the words up to each punctuation mark, with it."""
    clause: list[GlossWord] = []
    for word in words:
        clause.append(word)
        if word.ends_clause:
            yield clause
            clause = []
    if clause:
        yield clause


def _adjectives_first(clause: list[GlossWord]) -> list[GlossWord]:
    """Return a clause with the adjectives that follow a noun put before it: "black cat" for "gato negro"."""
    words: list[GlossWord] = []
    at = 0
    while at < len(clause):
        word = clause[at]
        at += 1
        if not word.is_noun or word.kind == "name":
            words.append(word)
            continue
        first = at
        while at < len(clause) and (clause[at].kind == "adjective" or _joins_adjectives(clause, at)):
            at += 1
        words += [*clause[first:at], word]
    return words


def _joins_adjectives(clause: Sequence[GlossWord], at: int) -> bool:
    """Return whether the word at an index is an "and" between two adjectives."""
    neighbours = (at - 1, at + 1)
    return clause[at].english == "and" and all(
        0 <= one < len(clause) and clause[one].kind == "adjective" for one in neighbours
    )


def _verb_second(clause: list[GlossWord], lexicon: Lexicon) -> list[GlossWord]:
    """Return a clause with its verb between the one who does something and what it is done to."""
    verbs = [at for at, word in enumerate(clause) if word.kind == "verb"]
    if not verbs:
        return clause
    first = verbs[0]
    if lexicon.capitalises_nouns:  # German has the verb last in many clauses
        auxiliary = next((at for at in range(first) if clause[at].english in _AUXILIARIES), -1)
        goal = auxiliary + 1 if auxiliary >= 0 else 0
        is_last = first == len(clause) - 1 or clause[first + 1].ends_clause
        if auxiliary < 0 and is_last:
            subject = next((at for at in range(first) if _is_subject(clause, at)), -1)
            goal = subject + 1 if subject >= 0 else 0
        if 0 < goal < first:
            return [*clause[:goal], clause[first], *clause[goal:first], *clause[first + 1 :]]
    after = first + 1
    has_subject = any(_is_subject(clause, at) for at in range(first))
    if not has_subject and after < len(clause):
        following = clause[after]
        if following.kind == "name" or following.english in _SUBJECT_PRONOUNS:
            return [*clause[:first], following, clause[first], *clause[after + 1 :]]
    return clause


def _is_subject(clause: Sequence[GlossWord], at: int) -> bool:
    """Return whether somebody or something at an index may do something: no preposition stands before it."""
    word = clause[at]
    if not (word.is_noun or word.english in _SUBJECT_PRONOUNS):
        return False
    first = first_of_phrase(clause, at)
    while first > 0 and clause[first - 1].kind == "determiner" and " " not in clause[first - 1].english:
        first -= 1
    if not first:
        return True
    before = clause[first - 1]
    return before.kind not in ("preposition", "verb") and " " not in before.english


def _negation_first(clause: list[GlossWord]) -> list[GlossWord]:
    """Return a clause with a "not" that stands behind its verb put before it."""
    verb = next((at for at, word in enumerate(clause) if word.kind == "verb"), -1)
    negation = next((at for at, word in enumerate(clause) if word.english in ("not", "never")), -1)
    if not 0 <= verb < negation:
        return clause
    return [*clause[:verb], clause[negation], *clause[verb:negation], *clause[negation + 1 :]]


def _verb_behind_subject(clause: list[GlossWord]) -> list[GlossWord]:
    """Return a clause of a language that has its verbs last with them behind who does something, else at its start."""
    verbs = [
        at
        for at, word in enumerate(clause)
        if word.kind == "verb" and not (at + 1 < len(clause) and clause[at + 1].kind in ("noun", "thing"))
    ]
    marker = next((at for at, word in enumerate(clause) if word.kind == "subject"), -1)
    goal = marker + 1
    if marker < 0:
        goal = next((at + 1 for at, word in enumerate(clause) if word.kind == "name"), 0)
    moved: list[GlossWord] = []
    for at in verbs:
        if at >= goal:
            is_negated = at + 1 < len(clause) and clause[at + 1].kind == "negation"
            moved += [clause[at + 1], clause[at]] if is_negated else [clause[at]]
    rest = [word for word in clause[goal:] if not any(word is one for one in moved)]
    return [*clause[:goal], *moved, *rest]


def _heads_first(clause: list[GlossWord]) -> list[GlossWord]:
    """Return a clause with whoever has looks before them: "old man with white beard" for 白い髭の老人."""
    for at, word in enumerate(clause):
        if not word.is_noun or word.english not in LOOKS_NOUNS:
            continue
        first = first_of_phrase(clause, at)
        head = next((index for index in range(at + 1, len(clause)) if not _leads_on(clause[index])), len(clause))
        if head < len(clause) and clause[head].is_noun and clause[head].kind != "name":
            looks = clause[first : at + 1]
            link = GlossWord("", word.end, word.end, "with", "preposition")
            between = [one for one in clause[at + 1 : head] if one.english and one.kind not in ("small", "verb")]
            lead = clause[:first]
            if lead and lead[-1].english in ("wears", "holds"):
                lead.pop()
            return [*lead, *between, clause[head], link, *looks, *_heads_first(clause[head + 1 :])]
    return clause


def _leads_on(word: GlossWord) -> bool:
    """Return whether a word behind looks leads on to whoever has them."""
    if word.english in ("years old", "wears", "holds") or word.kind in ("adjective", "number", "determiner"):
        return True
    return not word.english and word.kind not in ("subject", "unknown")


def _verb_before_phrases(clause: list[GlossWord]) -> list[GlossWord]:
    """Return a clause with its verb behind who does something, before the phrases that Chinese puts between them."""
    verb = next((at for at, word in enumerate(clause) if word.kind == "verb"), -1)
    phrase = next((at for at in range(verb) if clause[at].kind == "preposition" or clause[at].text == "把"), -1)
    if phrase < 0:
        return clause
    if phrase == verb - 1:  # 在吃: what goes on
        return [*clause[:phrase], *clause[verb:]]
    if not any(word.is_noun for word in clause[:phrase]):
        return clause
    return [*clause[:phrase], clause[verb], *clause[phrase:verb], *clause[verb + 1 :]]


def _with_doers(clause: list[GlossWord]) -> list[GlossWord]:
    """Return a clause with "then" between a name without capitals and its verb, so that it is nobody's but theirs."""
    words: list[GlossWord] = []
    for word in clause:
        before = next((one for one in reversed(words) if one.english), None)
        if word.english == "carries" and _names_garment(clause, word):
            word = replace(word, english="wears")
        is_theirs = before is not None and before.kind == "name" and not before.text[:1].isupper()
        words.append(replace(word, english=f"then {word.english}") if word.kind == "verb" and is_theirs else word)
    return words


def _names_garment(clause: Sequence[GlossWord], verb: GlossWord) -> bool:
    """Return whether clothes follow a verb: "Sie trägt einen Mantel" is said of what she wears."""
    rest = clause[next(at for at, word in enumerate(clause) if word is verb) :]
    following = next((word.english for word in rest if word.is_noun), "")
    return following in appearance_words.OUTFIT_WORDS or following in looks_words.GARMENTS


def _lacks_subject(clause: Sequence[GlossWord]) -> bool:
    verb = next((at for at, word in enumerate(clause) if word.kind == "verb"), -1)
    if verb < 0 or any(word.kind in ("name", "subject", "unknown") for word in clause):
        return False
    return not any(_is_subject(clause, at) for at in range(verb))


def _with_articles(clause: list[GlossWord]) -> list[GlossWord]:
    """Return a clause of a language without articles with one before each thing that has no number or owner."""
    words: list[GlossWord] = []
    for at, word in enumerate(clause):
        if word.kind in ("adjective", "noun", "thing") and (not at or not _continues(clause, at)):
            shown = next((one for one in reversed(words) if one.english or one.kind == "subject"), None)
            article = (
                ", a" if shown is not None and shown.kind == "name" else "a"
            )  # "PIP, a robot" for PIPという名のロボット
            words.append(GlossWord("", word.start, word.start, article, "determiner"))
        words.append(word)
    return words


def _continues(clause: Sequence[GlossWord], at: int) -> bool:
    """Return whether the word at an index goes on with a phrase, or is an adjective without a noun."""
    before = clause[at - 1]
    if before.kind in ("adjective", "determiner", "number", "negation"):
        return True
    rest = (word for word in clause[at:] if word.kind != "adjective")
    following = next(rest, None)
    return clause[at].kind == "adjective" and (following is None or following.kind not in ("noun", "thing"))


def _join(words: Sequence[GlossWord]) -> tuple[str, list[int]]:
    """Return the English of some words as a text, and where each begins in it."""
    text = ""
    starts = []
    is_open = False
    for word in words:
        english = word.english
        if word.kind == "unknown":
            english = "" if is_open else NOT_UNDERSTOOD
        is_open = word.kind == "unknown" or (is_open and not english)
        if english and text and english[0] not in _CLOSING and not text.endswith(("(", "¿", "¡", "'")):
            text += " "
        starts.append(len(text))
        text += english
    return text, starts
