"""Nouns of action that the animatic shows nothing of: things that no table knows, and people who are not of the cast.

Rules of thumb, as in `noun_phrases`: a noun counts after an article or the like, and never where it may be abstract,
part of a place, or part of somebody's looks, which are told elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.planning.handled_things import ARTICLES, NEVER_THINGS, head_after, noun_phrase
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.noun_phrases import TextWord, is_comparison, is_modifier, tokens_of
from tower_anime_assets.production.planning.place_kinds import place_kind
from tower_anime_assets.production.planning.things import find
from tower_anime_assets.production.story import kind_words, looks_words
from tower_anime_assets.production.story.name_words import ROLE_NOUNS

_PEOPLE = (
    kind_words.PEOPLE
    | kind_words.OF_PERSONS
    | (ROLE_NOUNS - word_set("voice ai machine computer drone car truck bus ship boat tank plane tree flower lamp"))
    | word_set("people crowd group team family couple children men women audience mob army band gang class queue")
)
_ABSTRACT_ENDINGS = ("ness", "tion", "sion", "ment", "ity", "ism", "ance", "ence", "ship", "hood", "ing", "ure")
_NEVER = (
    (NEVER_THINGS - _PEOPLE)
    | looks_words.ABSTRACT_NOUNS
    | looks_words.PLAIN_NOUNS
    | looks_words.BODY_NOUNS
    | looks_words.GARMENTS
    | looks_words.SECONDARY_NOUNS
    | word_set(
        "door doors window windows gate hallway corridor doorway entrance exit garden yard park beach shore cliff cave "
        "church temple shop store station school hospital office kitchen lab laboratory bedroom bathroom attic cellar "
        "basement garage balcony tunnel alley square market harbour harbor port deck cabin stage hall lobby island "
        "horizon distance background foreground sunset sunrise dawn dusk dark gloom sunlight moonlight lightning "
        "thunder breeze gust heat cold puddle grass snowflake mud ash flame flames fire spark sparks explosion blast "
        "hum buzz click clang crash thud bang crack creak whistle scream shout cry sigh gasp laugh sob growl roar "
        "whisper echo knock ring beep rattle rustle splash kiss hug embrace nod wave shrug wink bow glare grimace "
        "reaction response reply order plan deal decision choice chance problem reason answer truth lie secret "
        "promise game match race fight battle war party meeting class lesson test exam show film movie play dance "
        "journey walk run ride flight jump fall climb start beginning finish bit lot number amount kind sort type "
        "form shape size colour color angle level row line pile heap stack set series bunch handful piece part half "
        "quarter dozen hundred thousand million inch foot metre meter mile step heartbeat instant eternity age era "
        "past present future tomorrow today yesterday weekend season spring summer autumn winter life death birth "
        "dream nightmare vision spell curse magic ghost spirit soul dead living floorboard ground abyss void depth "
        "depths height heights outside inside interior exterior neighbourhood neighborhood district area zone region "
        "country nation kingdom empire planet universe galaxy galaxy's north south east west left right front rear "
        "stop curve gap dot coast lane lanes concrete pocket tower towers throat flare flares spray stretch patch "
        "trail turns dies mark spot hole space mess blur flash flicker glimpse tone pitch rhythm tune draft figure "
        "target centre "
        "other others same rest next last first second third more most least few many several all none whole entire"
    )
)


@dataclass(frozen=True)
class UnshownNoun:
    """A noun that the animatic shows nothing of.

    Attributes:
        words: As its writer calls it, in lower case.
        is_person: Whether it is somebody.
    """

    words: str
    is_person: bool


def unshown_nouns(text: str) -> Iterator[UnshownNoun]:
    """Yield the nouns of an English action of which the animatic has no drawing, in order.

    Args:
        text: The action, without the names of characters.
    """
    tokens = tokens_of(text)
    for index, token in enumerate(tokens):
        if token.lower not in ARTICLES:
            continue
        head = _head(tokens, index)
        if head is None or is_comparison(tokens, head):
            continue
        word, words = tokens[head].lower, noun_phrase(tokens, head)
        is_person = word in _PEOPLE or word.removesuffix("s") in _PEOPLE
        if find(words) is not None or find(word) is not None:
            continue
        if not is_person and place_kind(words, interior=True) is not None:
            continue  # part of a view, as what stands in a heading
        if is_person or not word.removesuffix("s").endswith(_ABSTRACT_ENDINGS):
            yield UnshownNoun(words, is_person)


def _head(tokens: Sequence[TextWord], article: int) -> int | None:
    """Return the index of the noun behind an article that may be seen; None if there is none."""
    head = head_after(tokens, article + 1, never=frozenset())
    if head is None:
        return None
    inner = head - 1 if head - 1 > article and not is_modifier(tokens[head - 1]) else head
    is_whole = tokens[inner].lower.endswith("s") or tokens[inner].lower in _PEOPLE or tokens[head].lower in _NEVER
    if inner != head and is_whole:  # "the drones sweep", "the postman waits", "a rivet next to": no compound
        head = inner
    return (
        None
        if _NEVER.intersection((tokens[inner].lower, tokens[head].lower, tokens[head].lower.removesuffix("s")))
        else head
    )
