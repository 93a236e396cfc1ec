"""How a script introduces those who speak in it: their names and the words that describe them, as written.

Only what is said of looks, age and kind is taken, not what somebody does: a description goes into every prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from tower_anime_assets.production.story.cast_names import is_proper_word, loose_name
from tower_anime_assets.production.story.foreign_introductions import ForeignIntroductions
from tower_anime_assets.production.story.name_words import (
    BOTH_CUES,
    EVERYBODY_CUES,
    QUALIFIERS,
    ROLE_NOUNS,
    VOICE_NAMES,
)

MAX_DESCRIPTION_CHARS = 600
MAX_NAME_CHARS = 80
_MAX_PARAGRAPHS = 40  # in which a name is looked for
_MAX_FOLLOWING_SENTENCES = 3
_MAX_LEAD_CHARS = 120
_MAX_SEGMENT_WORDS = 14

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]?(?![a-zß-öø-ÿ])\w)|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:\b(?i:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Sgt|Lt|Capt|Col|Gen|Rev|No|Mme|Mlle|Hr|Fr|Sra?|Srta|Sig)|\b[A-Z])\.$"
)
_BRACKET = re.compile(r"\s*[(（\[]([^()（）\[\]]{1,300})[)）\]]")
_EXTENSION = re.compile(
    r"v\.?o\.?|o\.?s\.?|o\.?c\.?|cont.*|off.*|on (?:the )?(?:phone|screen|radio|tv).*", re.IGNORECASE
)
_BEING = (
    r"(?:is|was|['’]s)\s+(?:an?|the|in (?:his|her|their|its) (?:early|mid|late|\w+ties|teens|\d)|\d\w*|wearing|dressed|"
    r"tall|short|old|young|about|around|barely|nearly|almost|middle-aged|twenty|thirty|forty|fifty|sixty|seventy|eighty)|"
    r"wears|has (?:an?|no|the|short|long|\w+ (?:hair|eyes|skin))|looks (?:like|about|to be)|ist (?:ein|eine)|trägt|hat|"
    r"est une?|porte|a les|es una?|lleva|tiene|è una?|porta"
)
_DESCRIBING_VERB = re.compile(rf"\s*(?:{_BEING})\b")
_SHOUTED_LOOKS = re.compile(r"\s+(?:IN|WITH|WEARING)\s[^a-z,.;:!?()]{2,60}(?<!\s)(?=\s+[a-z]|[,.;:!?()]|$)")
"""How somebody looks, in capitals like the name: `A DOG IN A CHAUFFEUR'S CAP drives.`"""

_OF_AGE = re.compile(
    r"\s+(?:of|aged|around|about)\s(?:about\s|around\s|some\s|nearly\s|barely\s)?(?:\d{1,3}|[a-z]+(?:teen|ty)(?:-[a-z]+)?|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?:\syears?(?:\sold)?)?(?!\w)"
)
_DASH = re.compile(r"\s*(?:--+|—|–|\s-)\s*")
_KIND = re.compile(r"\s+the\s+(?P<kind>[a-z]+)\b")
_DESCRIBING_START = re.compile(
    r"(?:an?|the|in|with|without|wearing|dressed|clad|aged?|about|around|early|mid|late|barely|nearly|not|no|his|her|"
    r"their|its|of|\d\S*|mid-\S+|twenty\S*|thirty\S*|forty\S*|fifty\S*|sixty\S*|seventy\S*|eighty\S*|ninety\S*|"
    r"ein|eine|einen|im|mit|um|anfang|mitte|ende|der|die|das|une?|en|avec|le|la|vêtue?|una?|con|el|di|vestida?|"
    r"женщина|мужчина|девушка|девочка|мальчик|старик|старушка)(?!\w)",
    re.IGNORECASE,
)
_NOT_DESCRIBING_START = re.compile(
    r"(?:and|or|but|then|as|while|when|where|until|und|et|y|e|и|he|she|they|it|the camera)\b", re.IGNORECASE
)
_PRONOUN_DESCRIPTION = re.compile(
    rf"(?:He|She|They|It|Er|Sie|Il|Elle|Ella|Él)\s*(?:{_BEING})\b.*|(?:His|Her|Their|Its)\s+(?:\w+\s+)?(?:hair|eyes?|face|"
    r"skin|beard|coat|clothes|dress|suit|uniform|robe|hands?|body|fur|arms?|legs?|tail|ears?|voice)\b.*",
    re.DOTALL,
)
_BEFORE_NAME = re.compile(
    r"(?:^|[,;:]\s+|\s)(?P<phrase>(?:an?|the|our|eine?|une?|una?)\s[^,;:.]{2,80}),\s*$", re.IGNORECASE
)
_NAMING = re.compile(r"\s+(?:named|called|nicknamed|known as|by the name of|who goes by)\s+[\"“‘']?$")
_ADJECTIVES = re.compile(
    r"(?:^|\s)(?P<phrase>(?:an?|the|his|her|their|our|eine?|une?)\s+(?:[\w'’-]+\s+){1,3})$", re.IGNORECASE
)
_NO_ADJECTIVES = frozenset(
    (
        *("and", "or", "to", "at", "by", "for", "from", "as", "while", "with", "behind", "toward", "towards", "near"),
        *("past", "over", "on", "in", "of", "into", "onto", "where", "when", "is", "are", "see", "find", "reveal"),
        *("a", "an", "the", "so", "but", "then", "that", "this", "who", "not", "only", "just", "all", "being", "time"),
        *("under", "between", "beside", "before", "after", "against", "around", "through", "up", "down", "out", "off"),
    )
)
_VERB_LIKE = re.compile(r"\w+(?<!s)(?<!ou)(?<!le)(?<!u)s", re.IGNORECASE)


_LOOKS_IN_THE_PLURAL = frozenset(
    (
        *("freckles", "pigtails", "braids", "plaits", "bangs", "curls", "dreadlocks", "locks", "glasses", "spectacles"),
        *("sunglasses", "goggles", "jeans", "trousers", "shorts", "overalls", "dungarees", "braces", "suspenders"),
        *(
            "pyjamas",
            "pajamas",
            "scrubs",
            "robes",
            "rags",
            "boots",
            "sneakers",
            "heels",
            "gloves",
            "earrings",
            "tattoos",
        ),
        *("scars", "wrinkles", "dimples", "whiskers", "sideburns", "horns", "wings", "fangs", "antlers", "stripes"),
        *("bandages", "headphones", "crutches", "leathers", "furs", "tights", "leggings", "wellies", "sandals"),
    )
)
"""Words that look like verbs of one person, and are how somebody looks: "IVY (9), pigtails, freckles, runs."."""


@dataclass(frozen=True)
class Introduction:
    """What a script says of somebody who speaks.

    Attributes:
        name: As the action spells it, where it has capitals and small letters; else as on the cue.
        is_described: Whether the script describes them; otherwise the description is made of the name.
    """

    name: str
    description: str
    is_described: bool


class Introductions:
    """Finds what a script's action says of people; reads the action once."""

    def __init__(self, paragraphs: Iterable[str]) -> None:
        self._paragraphs = [" ".join(paragraph.split()) for paragraph in paragraphs]
        self._foreign = ForeignIntroductions(self._paragraphs)
        self._numbers_by_word: dict[str, list[int]] = {}
        for number, paragraph in enumerate(self._paragraphs):
            for word in {loose_name(word) for word in _WORD.findall(paragraph)}:
                self._numbers_by_word.setdefault(word, []).append(number)

    def introduce(self, cue_name: str) -> Introduction:
        """Return what is said of the speaker with a name on a cue."""
        name = self._spelling(cue_name)[:MAX_NAME_CHARS].strip()
        for spelling in _spellings(cue_name):
            for description in chain(
                filter(None, (self._foreign.named(spelling),)),
                self._descriptions(spelling),
                filter(None, (self._foreign.described(spelling),)),
            ):
                return Introduction(name, description[:MAX_DESCRIPTION_CHARS], is_described=True)
        return Introduction(name, _describe_by_name(name), is_described=False)

    def _descriptions(self, name: str) -> Iterator[str]:
        for paragraph in self._paragraphs_with(name):
            sentences = _sentences(paragraph)
            for index, sentence in enumerate(sentences):
                for match in _name_pattern(name).finditer(sentence):
                    before = sentence[max(0, match.start() - _MAX_LEAD_CHARS) : match.start()].split()[-1:]
                    is_another = bool(before) and before[0].isupper() and before[0].casefold() in QUALIFIERS
                    if match.group()[:1].islower() or is_another:
                        continue
                    if description := _describe(sentence, match, sentences[index + 1 :]):
                        yield description

    def _spelling(self, cue_name: str) -> str:
        """Return a name with capitals and small letters if the action has it so."""
        for paragraph in self._paragraphs_with(cue_name):
            for match in _name_pattern(cue_name).finditer(paragraph):
                words = match.group().split()
                if not any(word.isupper() or word[:1].islower() for word in words if len(word) > 1):
                    return match.group()
        return cue_name

    def _paragraphs_with(self, name: str) -> list[str]:
        words = [loose_name(word) for word in _WORD.findall(name)]
        numbers = self._numbers_by_word.get(words[0], []) if words else []
        return [self._paragraphs[number] for number in numbers[:_MAX_PARAGRAPHS]]


def _spellings(name: str) -> list[str]:
    """Return a name and the words of it by which action may introduce somebody, the likeliest first."""
    words = name.split()
    if any(loose_name(word) in QUALIFIERS for word in words):
        return [name]  # YOUNG ADA is not described where ADA is
    return list(dict.fromkeys([name, *(word for word in words if is_proper_word(loose_name(word)))]))


def _name_pattern(name: str) -> re.Pattern[str]:
    words = r"[\s.#]+".join(map(re.escape, re.split(r"[\s#]+", name.strip(" #"))))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _sentences(paragraph: str) -> list[str]:
    sentences: list[str] = []
    for part in _SENTENCE_END.split(paragraph):
        if sentences and _ABBREVIATION.search(sentences[-1]):
            sentences[-1] += f" {part}"
        elif part.strip():
            sentences.append(part.strip())
    return sentences


def _describe(sentence: str, match: re.Match[str], following: Sequence[str]) -> str:
    """Return the words of a sentence, and of those after it, that describe whom it names; "" if none does."""
    before = sentence[max(0, match.start() - _MAX_LEAD_CHARS) : match.start()]
    rest = sentence[match.end() : match.end() + MAX_DESCRIPTION_CHARS]
    surname = (
        re.match(r"(?:\s+(?!(?:IN|WITH|WEARING|AND|OF|ON|AT)\b)[^\W\d_a-z][^\W\d_a-z'’.-]+)+(?!\w)", rest)
        if match.group().isupper()
        else None
    )
    name = match.group() + (surname.group() if surname else "")
    rest = rest[len(name) - len(match.group()) :]
    lead = _lead(before) if match.group().isupper() else ""
    after, is_whole = _trailing_description(rest, is_shouted=match.group().isupper())
    texts = [f"{lead}{name}{after}".strip()] if lead or after else []
    is_fragment = is_whole and not before.strip()
    is_about_them = bool(texts) or not before.strip()
    for other in following[: _MAX_FOLLOWING_SENTENCES if is_about_them else 0]:
        is_short = (
            is_fragment and len(other.split()) <= 5 and not any(map(_VERB_LIKE.fullmatch, other.rstrip(".").split()))
        )
        if not (_PRONOUN_DESCRIPTION.fullmatch(other) or is_short):
            break
        texts.append(other)
    if not texts:
        return ""
    if not lead and not after:
        texts.insert(0, name)
    description = " ".join(text if text[-1] in ".!?…。" else f"{text}." for text in texts)
    return (
        description[:MAX_DESCRIPTION_CHARS].rsplit(" ", 1)[0]
        if len(description) > MAX_DESCRIPTION_CHARS
        else description
    )


def _lead(before: str) -> str:
    """Return the words directly before a name that describe whom it names: "a robot, ", "the old monk "."""
    if naming := _NAMING.search(before):
        lead = _lead(before[: naming.start()].rstrip() + ", ")
        return f"{lead.rstrip(', ')}{naming.group()}" if lead else ""
    if apposition := _BEFORE_NAME.search(before):
        phrase = apposition["phrase"]
        # From the last article on, so that "a door opens on an old man, " gives the man only.
        starts = [found.start() for found in re.finditer(r"\b(?:an?|the|eine?|une?|una?)\s", phrase, re.IGNORECASE)]
        last = phrase[starts[-1] :] if len(starts) > 1 and _has_verb(phrase[: starts[-1]]) else phrase
        return f"{last}, " if not _has_verb(last) else ""
    if adjectives := _ADJECTIVES.search(before):
        words = adjectives["phrase"].split()[1:]
        if not any(word.casefold() in _NO_ADJECTIVES or _VERB_LIKE.fullmatch(word) for word in words):
            return f"{' '.join(adjectives['phrase'].split())} "
    return ""


def _has_verb(text: str) -> bool:
    words = text.split()[1:]
    return any(
        _VERB_LIKE.fullmatch(word) and word.casefold() not in ("glasses", "clothes", "jeans", "eyes")
        for word in words[:3]
    )


def _trailing_description(rest: str, *, is_shouted: bool) -> tuple[str, bool]:
    """Return the words directly after a name that describe whom it names, and whether the sentence ends with them."""
    text = ""
    if is_shouted and (shouted := _SHOUTED_LOOKS.match(rest)):
        text, rest = shouted.group(), rest[shouted.end() :]
    if age := _OF_AGE.match(rest):
        text, rest = text + age.group(), rest[age.end() :]
    if (bracket := _BRACKET.match(rest)) and not _EXTENSION.fullmatch(bracket[1].strip()):
        text, rest = text + bracket.group(), rest[bracket.end() :]
    if not rest.strip(" .!?…。"):
        return text, bool(text)
    if _DESCRIBING_VERB.match(rest):
        return text + rest, True
    if (kind := _KIND.match(rest)) and kind["kind"] in ROLE_NOUNS:
        return text + kind.group(), False
    if rest.startswith(":"):
        return (text + rest, True) if _DESCRIBING_START.match(rest[1:].strip()) else (text, False)
    if dash := _DASH.match(rest):
        inner = _DASH.split(rest[dash.end() :], maxsplit=1)[0]
        is_adjective = is_shouted and not _VERB_LIKE.match(inner) and not _NOT_DESCRIBING_START.match(inner)
        if inner.strip(" .") and (_DESCRIBING_START.match(inner) or is_adjective):
            return text + rest[: dash.end()] + inner.rstrip(" ."), False
        return text, False
    segments = _segments(rest)
    taken = ""
    count = 0
    for index, (comma, segment) in enumerate(segments):
        is_last = index == len(segments) - 1
        if not comma.strip() or not _is_describing(segment, is_last=is_last):
            break
        taken += comma + segment
        count += 1
    return text + taken.rstrip(" .!?…。"), bool(segments) and count == len(segments)


def _segments(rest: str) -> list[tuple[str, str]]:
    """Return (comma before it, text) of each part of the rest of a sentence between commas outside brackets."""
    parts = re.split(r"(\s*[,、，]\s*)(?![^()]*\))", rest)
    first = [("", parts[0])] if parts[0].strip() else []
    return first + list(zip(parts[1::2], parts[2::2], strict=True))


def _is_describing(segment: str, *, is_last: bool) -> bool:
    words = segment.split()
    if not words or _NOT_DESCRIBING_START.match(segment):
        return False
    letters = [word for word in words if word[:1].isalpha()]
    if letters and all(word.isupper() and len(word) > 1 for word in letters):
        return False  # another name
    if _DESCRIBING_START.match(segment):
        return True
    if is_last or (_VERB_LIKE.fullmatch(words[0]) and words[0].casefold() not in _LOOKS_IN_THE_PLURAL):
        return False
    return len(words) <= 6 or (len(words) <= _MAX_SEGMENT_WORDS and not _has_verb(segment))


def _describe_by_name(name: str) -> str:
    """Return the most that a name alone says: "A guard" for `GUARD #2`, "The voice of an announcer", else the name."""
    words = [word for word in re.split(r"[^\w'’-]+", name) if word and not word.isdigit()]
    words = words[1:] if len(words) > 1 and words[0].casefold() in ("the", "a", "an") else words
    key = words[-1].casefold() if words else ""
    plain = " ".join(words).lower()
    is_owned = any(word.casefold().endswith(("'s", "’s")) for word in words[:-1])
    if key in EVERYBODY_CUES or key in BOTH_CUES:
        return "A group of people."
    if key in VOICE_NAMES and name.isascii():
        return f"A voice that nobody sees: {plain}."
    if key in ROLE_NOUNS and is_owned:
        return f"{plain.capitalize()}."
    if key in ROLE_NOUNS:
        return f"{'An' if plain[0] in 'aeiou' else 'A'} {plain}."
    return name
