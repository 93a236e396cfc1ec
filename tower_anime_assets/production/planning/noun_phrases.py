"""Noun phrases: whether a word of an English text is a noun that stands for itself. Rules of thumb, not a parser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.story.appearance_words import COLOURS

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE_BREAK = re.compile(r"[.!?:;…—–\n]")
_MAX_MODIFIERS = 4

NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905 - a row of words
    )
} | {"dozen": 12, "several": 4, "many": 8, "couple": 2, "pair": 2, "hundreds": 12, "dozens": 12, "few": 3}

_ARTICLES = word_set(
    "a an the his her its their my your our this these those some another each every any one two three four five "
    "six seven eight nine ten eleven twelve several many few dozen both"
)
_PREPOSITIONS = word_set(
    "of with in on at by from under over behind into onto near beside between through against across inside "
    "beneath around past among upon above below toward towards"
)
_LEADING = _ARTICLES | _PREPOSITIONS
_ADJECTIVES = word_set(
    "old new big small little large huge tiny long short tall round flat thick thin wide narrow heavy light dark "
    "bright pale dim deep soft hard sharp blunt hot cold warm cool wet dry clean dirty dusty rusty rusted broken "
    "cracked torn worn empty full open closed shut lit burning glowing single lone lonely last first second third "
    "next other same good bad fine fresh rotten ripe raw rare strange plain simple fat lean young ancient antique "
    "wooden iron steel stone brass bronze golden silver tin copper glass paper leather silk cotton woollen velvet "
    "ivory jade porcelain ceramic clay plastic metal giant great massive enormous beautiful ugly pretty lovely "
    "own whole half wild tame dead live alive sick blind quiet loud silent slow fast quick steaming smoking "
    "sleeping hanging floating falling spare stray black-and-white brand-new hand-held toy mechanical electric "
    "electronic magic magical enchanted cursed holy sacred secret hidden lost forgotten crumpled folded sealed "
    "locked unlocked loaded polished shiny gleaming tattered battered dented weathered carved painted sweet "
    "bitter sour salty spicy favourite favorite very too unlit cybernetic woolen silken frozen fallen sunken "
    "swollen stolen shaken sodden barren earthen holographic robotic bionic metallic few"
)
_ADJECTIVE_ENDINGS = ("ed", "ful", "less", "ous", "ish", "ive", "ary", "ly")
FUNCTION_WORDS = (
    _PREPOSITIONS
    | _ARTICLES
    | word_set(
        "and or but nor so yet for to as than then that which who whose whom when where while until till because "
        "if though although before after since during without within is are was were be been being am has have "
        "had do does did will would shall should can could may might must not never no only also just still "
        "already always often now here there again away back down up off out along together alone apart aside "
        "overhead underneath nearby beyond he she it they we you i him them us me himself herself itself "
        "themselves all too very almost even once twice like unlike about ajar awake asleep aglow adrift aloft "
        "aflame ablaze open shut closed empty full broken dead alive high low far close fast slow left right "
        "inside outside forward forwards backward backwards upward upwards downward downwards sideways everywhere "
        "somewhere upstairs downstairs indoors outdoors across half fell stood lay sat hung rose shone burnt "
        "burned rang broke flew ran went came began swung spun shook lit stuck stays slept woke grew blew threw "
        "caught held kept lost made met put read said saw sent set slid sped struck swept took tore told wore "
        "wound rests"
    )
)
_NO_MODIFIERS = FUNCTION_WORDS - _ADJECTIVES
_PLURAL_HEADS = word_set(
    "eyes ears legs keys shops stores foods walls shards pieces festivals makers sellers lovers owners bones "
    "bowls boxes tails wings feathers skins scales whiskers paws claws teeth strings players stalls markets "
    "fields farms gardens trees leaves petals seeds stones cases doors windows games cards parts gods kings lords "
    "riders drivers hunters tamers keepers trainers costumes stories songs poems crumbs bags bottles jars lids "
    "wrappers"
)
_COMPARING = word_set("like as than resembling")
_NEGATING = word_set("no without not never nor lacking minus")
_UNREAL = word_set(
    "smell sound scent taste memory memories dream thought picture photo photograph drawing painting portrait "
    "sketch statue story stories tale name idea shape shadow shadows kind sort type price image hint trace word "
    "words year sign echo noise fear promise lack talk silhouette outline"
)

ALSO_VERBS = word_set(
    "fly bat bear duck swallow seal ram badger hog worm bug fish hook hammer screw bolt clamp chain anchor bow "
    "shield bomb drum horn watch ring lock mask label map box bill coat cap boot skate ski bowl plate fork spoon "
    "knife comb brush pen pencil note book page paper document present gift rose leaf orange peach cherry "
    "chestnut lemon corn rock stone brick fire flame ice log tree flower blossom sweet can mug cup pie bean kite "
    "train ship boat rocket plane jet truck taxi coach hut package parcel pick plug scroll needle thread rope "
    "knot coin glass hand finger fist palm arm thumb elbow seam screen display monitor phone drink parrot fox "
    "hawk carp crab mushroom sprout nest salt butter milk mate jar basket bucket sponge soap razor chair couch "
    "bed mirror balloon ribbon die wand crutch battery bandage plaster barrel ladder tent fiddle trumpet palette "
    "badge ticket cash receipt telephone skirt glove sock shoe hat crown wheel house castle pin cook pickle gear "
    "chart pump barrier iron nail type key switch button port match whistle lever wire marble cage spear lance "
    "club sling net sack rake staff pipe whip rail gate hatch shutter curtain rug sink swing tank crane raft cart "
    "bust pan tray drill forge saddle paddle harness sentinel case countdown projection bun burger beard console "
    "shower fountain speaker folder receiver wine beer honey taper record pound goose chip candle lantern lamp "
    "chick kid machine trunk blanket cushion stove wrench squirrel chicken egg skewer bike bag books shears "
    "scales shorts clock gun photograph stew sandwich curry pig rat snake beetle ghost urn spade shovel pilot "
    "sled"
) - word_set("candle lantern lamp chick kid sentinel speaker folder receiver machine stove goose beard burger")
"""Words for things that action lines use as verbs too."""


@dataclass(frozen=True)
class TextWord:
    """A word of a text.

    Attributes:
        lower: The word in lower case, without the 's of an owner.
        start: Position of its first character.
        is_joined: Whether only spaces stand between it and the word before.
        follows_comma: Whether a comma stands between it and the word before.
        starts_sentence: Whether it is the first word of a sentence.
        is_capitalised: Whether it begins with a capital and goes on in small letters.
        is_owner: Whether it ends in 's.
    """

    lower: str
    start: int
    is_joined: bool
    follows_comma: bool
    starts_sentence: bool
    is_capitalised: bool
    is_owner: bool


@lru_cache(maxsize=2048)
def tokens_of(text: str) -> tuple[TextWord, ...]:
    """Return the words of a text, in order."""
    tokens: list[TextWord] = []
    end = 0
    for match in _WORD.finditer(text):
        word, gap = match[0], text[end : match.start()]
        is_owner = word[-2:].lower() in ("'s", "’s")
        tokens.append(
            TextWord(
                lower=(word[:-2] if is_owner else word).lower().replace("’", "'"),
                start=match.start(),
                is_joined=bool(tokens) and not gap.strip(),
                follows_comma=gap.strip() == ",",
                starts_sentence=not tokens or bool(_SENTENCE_BREAK.search(gap)),
                is_capitalised=word[0].isupper() and word != word.upper(),
                is_owner=is_owner,
            )
        )
        end = match.end()
    return tuple(tokens)


def number_of(word: str) -> int | None:
    """Return the number that a word or figure names, None for none."""
    return int(word) if word.isascii() and word.isdigit() and len(word) < 4 else NUMBERS.get(word)


def modifiers_before(tokens: Sequence[TextWord], index: int) -> int:
    """Return the index of the first of the adjectives, colours and numbers that stand before a noun."""
    first = index
    while first > 0 and index - first < _MAX_MODIFIERS:
        token, after = tokens[first - 1], tokens[first]
        if not (after.is_joined or after.follows_comma) or not is_modifier(token) or token.is_owner:
            break
        first -= 1
    return first


def adjunct_before(tokens: Sequence[TextWord], index: int) -> int | None:
    """Return the index of a noun that describes the one at an index, as in "a pressure gauge"; None for none."""
    if index < 2 or not (tokens[index].is_joined and tokens[index - 1].is_joined):
        return None
    token, before = tokens[index - 1], tokens[index - 2]
    word = token.lower
    is_noun = word.isalpha() and word not in FUNCTION_WORDS and not is_modifier(token) and not token.is_owner
    if not is_noun or token.is_capitalised or word.endswith(("s", "ing", "ed")):
        return None
    return index - 1 if before.lower in _ARTICLES or before.is_owner or is_modifier(before) else None


def follows_article(tokens: Sequence[TextWord], index: int, *, is_strict: bool = False) -> bool:
    """Return whether an article, a number, an owner or (unless `is_strict`) a preposition leads to the noun there."""
    first = modifiers_before(tokens, index)
    if first == index and not tokens[index].lower.endswith("s"):
        first = adjunct_before(tokens, index) or first
        first = modifiers_before(tokens, first)
    if any(number_of(token.lower) is not None for token in tokens[first:index]):
        return True
    if first < index and tokens[first].starts_sentence:  # "Steel fingers tighten."
        return True
    if first == 0 or not (tokens[first].is_joined or tokens[first].follows_comma):
        return False
    before = tokens[first - 1]
    return before.is_owner or (tokens[first].is_joined and before.lower in (_ARTICLES if is_strict else _LEADING))


def is_comparison(tokens: Sequence[TextWord], index: int) -> bool:
    """Return whether a noun is only likened to, denied, or named as what a picture, smell or sound is of."""
    first = modifiers_before(tokens, index)
    before = [token.lower for token in tokens[max(0, first - 3) : first]]
    if before and before[-1] in _ARTICLES:
        before.pop()
    if not before:
        return False
    if before[-1] in _COMPARING | _NEGATING:
        return True
    return len(before) > 1 and before[-1] == "of" and before[-2] in _UNREAL


def is_definite(tokens: Sequence[TextWord], index: int) -> bool:
    """Return whether "the" leads to the noun at an index."""
    first = modifiers_before(tokens, index)
    return first > 0 and tokens[first - 1].lower == "the"


def is_apposition(tokens: Sequence[TextWord], index: int) -> bool:
    """Return whether a noun says what another is likened to, as in "its headlight a white blade"."""
    first = modifiers_before(tokens, index)
    if first < 3 or tokens[first - 1].lower not in ("a", "an") or not tokens[first - 1].is_joined:
        return False
    return tokens[first - 2].is_joined and tokens[first - 3].lower in ("its", "his", "her", "their")


def head_is_modifier(tokens: Sequence[TextWord], after: int, *, is_plural: bool, nouns: frozenset[str]) -> bool:
    """Return whether a noun only describes the one after it, as "lantern" does in "lantern festival".

    Args:
        tokens: The text.
        after: Index of the word after the noun.
        is_plural: Whether the noun is a plural; those do not describe.
        nouns: Words known to be nouns and nothing else.
    """
    if tokens[after - 1].is_owner:
        return False
    if after >= len(tokens) or not tokens[after].is_joined:
        return False
    word = tokens[after]
    if word.lower in nouns:
        return True
    if is_plural or word.is_capitalised or word.lower in FUNCTION_WORDS or word.lower in COLOURS:
        return False
    if word.lower.endswith(("ly", "ing", "ed")):
        return False
    if word.lower.endswith("s") and not word.lower.endswith(("ss", "us", "is")):
        return word.lower in _PLURAL_HEADS
    return True


def is_modifier(token: TextWord) -> bool:
    """Return whether a word describes the noun after it: an adjective, a colour, a number."""
    word = token.lower
    if word in _NO_MODIFIERS and number_of(word) is None:
        return False
    if word in _ADJECTIVES or number_of(word) is not None or any(part in COLOURS for part in word.split("-")):
        return True
    return "-" in word or word.endswith(_ADJECTIVE_ENDINGS)
