"""What a description says somebody is: kind and species, age, how they present, how tall they are, how they move."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story import kind_words, looks_words
from tower_anime_assets.production.story.description_tokens import (
    Token,
    after_copula,
    after_owner,
    ends_phrase,
    is_adjective,
    is_negated,
    lead_end,
    split_phrases,
    split_sentences,
)
from tower_anime_assets.production.story.kind_words import SPECIES, Species

_GROUPS = word_set("kind sort type piece pack flock swarm pair group herd school breed member fleet family bit")
_TITLES = word_set("mr mrs ms miss dr sir madam lord lady officer agent sergeant colonel major inspector father sister")
_DETERMINERS = word_set("his her their its my")
_AFTER_NOUN = looks_words.ASIDE_WORDS | {"a", "an", "the"}
"""Words that end a phrase which has its noun."""
_MAX_PHRASES = 8
_LIKENESSES = frozenset(("ghost", "spirit", "phantom", "statue", "doll", "hologram", "puppet", "mannequin", "skeleton"))
_PERSON_MONSTERS = frozenset(("alien", "demon", "skeleton", "oni", "goblin"))
_CHILD_NOUNS = frozenset(("boy", "girl", "child", "kid"))
_CHILD_AGES = {"little": 7, "small": 8, "tiny": 5, "young": 8}
_LOOSE_AGE_WORDS = word_set(
    "elderly teenage teenager teen middle grandmother grandfather octogenarian septuagenarian centenarian toddler "
    "adolescent schoolboy schoolgirl"
)
"""Age words that are believed outside the lead of a description, too."""
_SMALLER_NOUNS = (
    tables.HAIR_NOUNS
    | tables.EYE_NOUNS
    | tables.HAIR_STYLE_WORDS.keys()
    | tables.OUTFIT_WORDS.keys()
    | looks_words.GARMENTS
    | looks_words.SECONDARY_NOUNS
    | {"nose", "legs", "arms", "hands", "feet", "neck", "face", "ears", "beard"}
)
_BEING_AGE_WORDS = word_set("old young elderly ancient baby newborn infant aged")
"""Age words that are said of those who are not human, too."""
_MAX_HUMAN_AGE = 120


@dataclass(frozen=True)
class DescribedKind:
    """What somebody is, as far as it is said.

    Attributes:
        species: The writer's word, "" for humans and where none is said.
        base: What is known of the species, None for humans.
        head: Index of the noun that the description is about, -1 without one.
        lead: (first, end) of the words about it before "with", "who" and the like.
        is_person_shaped: Whether it is said to be a girl, a butler and the like, whatever its kind.
    """

    kind: str
    species: str
    base: Species | None
    head: int
    lead: tuple[int, int]
    is_person_shaped: bool = False


def singular(word: str) -> str:
    """Return the singular of a species that the tables know, else the word."""
    if word in SPECIES or word in kind_words.HUMAN_SPECIES:
        return word
    if word in kind_words.PLURALS:
        return kind_words.PLURALS[word]
    root = word.removesuffix("s")
    return root if root in SPECIES or root in kind_words.HUMAN_SPECIES or root in kind_words.PEOPLE else word


def find_kind(tokens: Sequence[Token]) -> DescribedKind:
    """Return what a description is about: the noun at the head of its first phrase that has one."""
    phrases = [phrase for sentence in list(split_sentences(tokens))[:2] for phrase in split_phrases(tokens, *sentence)]
    sentence_end = next((end for _, end in split_sentences(tokens)), 0)
    lead: tuple[int, int] | None = None
    for number, (first, end) in enumerate(phrases[:_MAX_PHRASES]):
        start = after_owner(tokens, after_copula(tokens, first, end), end)
        head = _head_of(tokens, start, end)
        lead = lead or (start, lead_end(tokens, start, max(sentence_end, end)))
        if head < 0:
            continue
        described = None if _is_name(tokens, phrases, number, head) else _kind_at(tokens, start, head)
        if described is not None:
            return described if number else replace(described, lead=lead)
        is_noun_phrase = tokens[start].word in looks_words.ARTICLES
        if is_noun_phrase or _is_person_like(tokens[head].word):
            return DescribedKind("human", "", None, head, lead)
    return DescribedKind("human", "", None, -1, lead or (0, 0))


def _is_name(tokens: Sequence[Token], phrases: Sequence[tuple[int, int]], number: int, head: int) -> bool:
    """Return whether a species is a name: Captain Crane; Robin, a boy; the Cat, a burglar."""
    first, end = phrases[number]
    if not tokens[head].is_capital or singular(tokens[head].word) not in SPECIES:
        return False
    if any(token.word in kind_words.PEOPLE or token.word in _TITLES for token in tokens[first:head]):
        return True
    has_article = tokens[first].word in ("a", "an", "one", "some")
    later = phrases[number + 1 : number + 2]
    is_introduced = any(
        tokens[start].word in ("a", "an", "the") and _head_of(tokens, start, stop) >= 0 for start, stop in later
    )
    return is_introduced and not has_article and end - first <= 2


def _head_of(tokens: Sequence[Token], start: int, end: int) -> int:
    """Return the index of the noun at the head of a phrase, -1 if it only holds adjectives and names."""
    head, at = -1, start
    is_title_case = sum(token.is_capital for token in tokens[start:end]) * 2 > end - start
    while at < end:
        token = tokens[at]
        if token.word == "of" and head >= 0 and tokens[head].word in _GROUPS:
            head = -1
        elif token.word in ("and", "or") and head < 0:
            pass
        elif token.word in looks_words.SUBJECTS or (at > start and _ends_noun_phrase(tokens, at, has_noun=head >= 0)):
            break
        elif not is_adjective(token) and not token.is_mark:
            is_name = token.is_capital and at > 0 and not is_title_case and singular(token.word) not in SPECIES
            if not (is_name or token.word.endswith(("'s", "s'"))):
                head = at
        at += 1
    return _person_in_likeness(tokens, head, end)


def _ends_noun_phrase(tokens: Sequence[Token], at: int, *, has_noun: bool) -> bool:
    word = tokens[at].word
    is_after_noun = word in _AFTER_NOUN or (word.endswith("ing") and singular(word) not in SPECIES)  # "missing an eye"
    return ends_phrase(tokens, at) or word in _DETERMINERS or (has_noun and is_after_noun)


def _person_in_likeness(tokens: Sequence[Token], head: int, end: int) -> int:
    """Return whom "a bear of a man" is about: the man."""
    words = [token.word for token in tokens[head + 1 : min(end, head + 4)]]
    is_of_one = head >= 0 and words[:2] in (["of", "a"], ["of", "an"]) and len(words) == 3
    if is_of_one and words[2] in kind_words.OF_PERSONS and tokens[head].word not in _LIKENESSES:
        return head + 3
    return head


def _kind_at(tokens: Sequence[Token], start: int, head: int) -> DescribedKind | None:
    """Return what the noun at the head says, None if no table knows it."""
    word = singular(tokens[head].word)
    before = [token for token in tokens[start:head] if not token.joins_next or token.word in kind_words.MADE_OF]
    before_words = [singular(token.word) for token in before]
    pair = f"{before_words[-1]} {word}" if before_words else ""
    span = (start, head + 1)
    if pair in SPECIES:
        return DescribedKind(SPECIES[pair].kind, pair, SPECIES[pair], head, span)
    if word in SPECIES:
        return _species_with_modifiers(word, before_words, head, span)
    if word in kind_words.HUMAN_SPECIES:
        return DescribedKind("human", word, None, head, span)
    is_person = word in kind_words.OF_PERSONS or (_is_person_like(word) and word not in kind_words.NOT_MADE_OF)
    if is_person:
        for other in before_words:
            base = SPECIES.get(other)
            is_monster = other in _PERSON_MONSTERS and word in kind_words.OF_PERSONS
            if base is not None and (base.kind in ("robot", "spirit") or is_monster):
                mobility = base.mobility or "two-legged"
                return DescribedKind(base.kind, other, Species(base.kind, 1.0, mobility), head, span, True)
            if other in ("robotic", "mechanical", "clockwork"):
                return DescribedKind("robot", other, Species("robot", 1.0, "two-legged"), head, span, True)
    if word in kind_words.PEOPLE or word in tables.PRESENTATION_WORDS or word in tables.AGE_WORDS:
        return DescribedKind("human", "", None, head, span)
    return None


def _species_with_modifiers(word: str, before: Sequence[str], head: int, span: tuple[int, int]) -> DescribedKind:
    """Return the kind of a species, and what "robot", "ghost" or "toy" before it makes of it."""
    base = SPECIES[word]
    if base.kind in ("animal", "bird", "monster"):
        for other in before:
            if other in kind_words.MADE_OF:
                return DescribedKind(
                    "robot", f"{other} {word}", Species("robot", base.height, base.mobility), head, span
                )
            if other in kind_words.SPIRIT_OF:
                return DescribedKind(
                    "spirit", f"{other} {word}", Species("spirit", base.height, base.mobility), head, span
                )
            if other in kind_words.TOY_OF:
                return DescribedKind("thing", f"{other} {word}", Species("thing", 0.25, base.mobility), head, span)
    animal = next((SPECIES[other] for other in before if other in SPECIES), None)
    if base.kind in ("robot", "spirit", "thing") and animal is not None and animal.kind in ("animal", "bird"):
        other = next(item for item in before if item in SPECIES)
        height = animal.height if base.kind != "thing" else base.height
        return DescribedKind(base.kind, f"{other} {word}", Species(base.kind, height, animal.mobility), head, span)
    return DescribedKind(base.kind, word, base, head, span)


def _is_person_like(word: str) -> bool:
    return word in kind_words.PEOPLE or word.endswith(kind_words.PERSON_ENDINGS)


# Age -----------------------------------------------------------------------------------------------------------------

_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NUMBER = rf"(?<![\w.,])(\d{{1,4}}|(?:{_TENS})(?:[ -](?:{_UNITS}))?|{_TEENS}|{_UNITS}|a hundred|(?:a )?thousand)"
_MORE = r"(?:\s*(?:\+|plus|years?|yrs?|if a day)(?!\w))?"
_END = r"(?=\s*(?:$|[,;:!?()\n—–]|\.(?!\d)|(?:with|who|whose|in|and|has|had|is|wearing|or|that|from|but|at|dressed)\b))"
_AGE_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NUMBER}[\s-]*(?:years?|yrs?)[\s-]*(?:old\b|young\b|of age\b)",
        rf"{_NUMBER}[\s-]?(?:yo|y/o)\b",
        rf"\b(?:aged|age|age of|age:|turning|turned)\s+(?:about\s+|around\s+)?{_NUMBER}(?![\w-])",
        rf"{_NUMBER}(?:-|\s)?(?:ish|odd|something)\b",
        rf"\b(?:older|younger|more|less) than\s+{_NUMBER}",
        rf"(?:\b|[’'])(?:is|was|s|looks|of|about|around|nearly|almost|over|pushing|barely|some)\s+{_NUMBER}(?:\s+years?)?{_END}",
        rf"(?:^|[,;(\n—–])\s*(?:about\s+|around\s+|maybe\s+|both\s+|all\s+)?{_NUMBER}{_MORE}\s*(?=[,;)\n—–]|\.(?!\d)|$)",
        rf"{_NUMBER}\s*(?:{'|'.join(looks_words.AGE_UNITS)})",
    )
)
_PARENTS = re.compile(
    r"\b(?:mother|father|parent|mum|mom|dad|widow|widower|grandmother|grandfather|owner|captain|leader|one|out|crew|team"
    r"|part|chapter|winner|set|group|best|survivor|master|number|head) of $"
)
_DECADE = re.compile(
    r"(?<!\w)((?:in|from|of) the\s+)?(?:(early|mid|middle|late)[\s-]+)?(?:(1?\d0)['’]?s\b|("
    + "|".join(tables.DECADES)
    + r")\b)"
)
_MONTHS = re.compile(rf"{_NUMBER}[\s-]*(?:months?|weeks?|days?)[\s-]*old\b")


def stated_age(text: str) -> int | None:
    """Return the age in years that a text gives as a number or a decade of life; 0 for one that no human reaches."""
    lower_text = " ".join(text.lower().split())
    if _MONTHS.search(lower_text):
        return 1
    for pattern in _AGE_PATTERNS:
        for match in pattern.finditer(lower_text):
            number = _number(match[1])
            before = lower_text[max(0, match.start(1) - 24) : match.start(1)]
            if number < 20 and _PARENTS.search(before):
                continue
            return max(1, number) if number <= _MAX_HUMAN_AGE else 0
    for match in _DECADE.finditer(lower_text):
        if match[1] and not match[2]:  # "in the thirties" is a time, not an age
            continue
        middle = tables.DECADES[match[4]] if match[4] else int(match[3]) + 4
        return max(1, middle + {"early": -2, "late": 4}.get(match[2] or "", 0))
    return None


def _number(words: str) -> int:
    if words[0].isdigit():
        return int(words)
    if words.startswith("a ") or words.endswith("thousand"):
        return 100 if words.endswith("hundred") else 1000
    parts = re.split(r"[ -]", words)
    return tables.TENS.get(parts[0], 0) + (
        tables.SMALL_NUMBERS.index(parts[-1]) if parts[-1] in tables.SMALL_NUMBERS else 0
    )


def age_from_words(tokens: Sequence[Token], described: DescribedKind) -> int | None:
    """Return the age that words such as "old" or "boy" mean, None without any: those in the lead, then clear ones."""
    lead = [token.word for token in _lead_tokens(tokens, described)]
    is_person = described.kind == "human" or described.is_person_shaped
    is_ageing = described.kind in ("robot", "spirit", "monster")
    found = [
        word for word in lead if word in tables.AGE_WORDS and (is_person or (is_ageing and word in _BEING_AGE_WORDS))
    ]
    for word in found:
        if tables.AGE_WORDS[word] >= 45:
            return tables.AGE_WORDS[word]
    for word in found:
        if word in _CHILD_NOUNS and not any(other.startswith("teen") for other in found):
            younger = [_CHILD_AGES[other] for other in lead if other in _CHILD_AGES]
            return min(younger, default=tables.AGE_WORDS[word])
    found = [word for word in found if word not in _CHILD_NOUNS] or found
    if found:
        return min(tables.AGE_WORDS[word] for word in found)
    for at, token in enumerate(tokens if is_person else ()):
        is_said_of_self = (
            at >= 2 and tokens[at - 2].word in ("he", "she", "they") and tokens[at - 1].word in ("is", "was")
        )
        if token.word in _LOOSE_AGE_WORDS or (is_said_of_self and token.word in tables.AGE_WORDS):
            return tables.AGE_WORDS[token.word]
    return None


def _lead_tokens(tokens: Sequence[Token], described: DescribedKind) -> list[Token]:
    """Return the words of the lead that stand for themselves: not the first half of "old-fashioned"."""
    first, end = described.lead
    chosen = [
        token
        for at, token in enumerate(tokens[first:end], first)
        if not token.joins_next
        or token.word in ("middle", "grown", "teen")
        or (at + 1 < end and tokens[at + 1].word in ("aged", "ish", "looking"))
    ]
    return [token for token in chosen if token.word != "aged" or "middle" not in [item.word for item in chosen]]


# Everything else -----------------------------------------------------------------------------------------------------


def find_presentation(tokens: Sequence[Token], described: DescribedKind) -> str:
    """Return feminine or masculine, "" where nothing or too much is said: the lead decides, then all words."""
    for chosen in (_lead_tokens(tokens, described), [token for token in tokens if not token.joins_next]):
        words = [token.word.removesuffix("'s") if token.start == 0 else token.word for token in chosen]
        if words and chosen[0].start == 0 and words[0] in ("her", "his"):  # "her dog" is somebody else's
            words.pop(0)
        found = [tables.PRESENTATION_WORDS[word] for word in words if word in tables.PRESENTATION_WORDS]
        feminine, masculine = found.count("feminine"), found.count("masculine")
        if feminine != masculine:
            return "feminine" if feminine > masculine else "masculine"
    return ""


_FEET_INCHES = re.compile(r"(?<!\d)([2-8])\s?['’′]\s?(\d{1,2})?|(?<!\w)([2-8])[\s-](?:foot|feet)[\s-](\d{1,2})(?!\d)")
_MEASURED = re.compile(
    rf"(?:{_NUMBER}|(?<!\d)(\d{{1,2}}[.,]\d{{1,2}}))[\s-]*"
    rf"({'|'.join(sorted(kind_words.METRES_BY_UNIT, key=len, reverse=True))})[\s-]*(tall|high|in height)?(?!\w)"
)
_MARKED = re.compile(r"(?<![\w-])(\w+)[\s-](?:high|tall|sized)\b")
_LIKENED = re.compile(
    r"\b(?:size of|as (?:big|tall|large|small|high) as|(?:no |not )?(?:bigger|larger|taller|smaller) than|height of)\s+"
    r"(?:an?|the)\s+(?:\w+ed |small |large |big |grown |human )?(\w+)"
)


def find_height(text: str, tokens: Sequence[Token], described: DescribedKind, age_years: int | None) -> float | None:
    """Return a height relative to a grown human: measured, compared, or by size words; None where nothing says."""
    lower_text = " ".join(text.lower().split())
    if metres := _measured_m(lower_text):
        return _rounded(metres / kind_words.HUMAN_HEIGHT_M)
    for pattern in (_MARKED, _LIKENED):
        for match in pattern.finditer(lower_text):
            mark = singular(match[1])
            if mark in kind_words.HEIGHT_MARKS:
                return kind_words.HEIGHT_MARKS[mark]
            if mark in SPECIES:
                return SPECIES[mark].height
    is_human = described.base is None
    factors = kind_words.HUMAN_SIZE_FACTORS if is_human else kind_words.SIZE_FACTORS
    own = kind_words.HUMAN_SPECIES.get(described.species, 1.0)
    is_human = is_human or described.is_person_shaped
    normal = human_height(age_years) * own if is_human else described.base.height if described.base else 1.0
    bare = {
        at
        for first, end in split_phrases(tokens, 0, len(tokens))
        if all(is_adjective(token) for token in tokens[first:end])
        for at in range(first, end)
    }
    for at, token in enumerate(tokens):
        is_said_of_self = at >= 1 and tokens[at - 1].word in ("is", "was", "very", "unusually")
        is_of_self = described.lead[0] <= at < described.lead[1] or is_said_of_self or at in bare
        if token.word not in factors or not is_of_self or token.joins_next or is_of_smaller(tokens, at):
            continue
        if not is_negated(tokens, at) and not _is_childs_size(token.word, tokens, at):
            return _rounded(normal * factors[token.word])
    return _rounded(normal) if normal != 1.0 or described.is_person_shaped else None


def is_of_smaller(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a word is said of hair, clothes or another smaller thing that follows in its phrase."""
    for token in tokens[at + 1 : at + 5]:
        if token.is_mark or token.word in looks_words.PREPOSITIONS or token.word == "and":
            return False
        if token.word in _SMALLER_NOUNS:
            return True
    return False


def _is_childs_size(word: str, tokens: Sequence[Token], at: int) -> bool:
    """Return whether "small" is only said of a child, who is small anyway."""
    return word in ("small", "little") and any(token.word in _CHILD_NOUNS for token in tokens[at + 1 : at + 3])


def human_height(age_years: int | None) -> float:
    """Return the height of a human of an age relative to a grown one."""
    if age_years is None or age_years >= 18:
        return 1.0
    points = kind_words.HEIGHT_BY_AGE
    for (age_low, low), (age_high, high) in pairwise(points):
        if age_low <= age_years <= age_high:
            return round(low + (high - low) * (age_years - age_low) / (age_high - age_low), 2)
    return 1.0


def _rounded(height: float) -> float:
    return round(min(10.0, max(0.02, height)), 2)


def _measured_m(lower_text: str) -> float:
    """Return a height in metres, 0 where none is measured."""
    if match := _FEET_INCHES.search(lower_text):
        feet, inches = match[1] or match[3], match[2] or match[4] or "0"
        return int(feet) * 0.3048 + int(inches) * 0.0254
    for match in _MEASURED.finditer(lower_text):
        amount = float(match[2].replace(",", ".")) if match[2] else float(_number(match[1]))
        metres = amount * kind_words.METRES_BY_UNIT[match[3]]
        is_compound = "-" in match[0] and match[3] in ("foot", "metre", "meter", "inch")
        if 0.01 <= metres <= 50 and (match[4] or is_compound or (match[3] in ("m", "cm") and 0.3 <= metres <= 2.5)):
            return metres
    return 0.0


_MOBILITY_WORDS = {
    "wheelchair": "wheelchair", "floating": "floating", "floats": "floating", "hovering": "floating",
    "hovers": "floating", "levitating": "floating", "levitates": "floating", "quadruped": "four-legged",
    "quadrupedal": "four-legged", "bipedal": "two-legged",
    "anthropomorphic": "two-legged", "anthro": "two-legged", "humanoid": "two-legged", "upright": "two-legged",
}  # fmt: skip


def find_mobility(tokens: Sequence[Token], described: DescribedKind) -> str:
    """Return how somebody moves, "" for as their kind does."""
    for at, token in enumerate(tokens):
        if token.word in _MOBILITY_WORDS and not is_negated(tokens, at):
            return _MOBILITY_WORDS[token.word]
        following = tokens[at + 1].word if at + 1 < len(tokens) else ""
        if token.word in ("four", "two") and following in ("legged", "legs") and described.kind != "human":
            return f"{token.word}-legged"
    return described.base.mobility if described.base is not None else ""
