"""Things that no table knows, found by what is done to them: "the astrolabe lies on the desk", "she winds the orrery".

Only verbs that need a thing count, and words for people, places, times, feelings and the like never do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.noun_phrases import (
    FUNCTION_WORDS,
    TextWord,
    is_comparison,
    is_modifier,
    modifiers_before,
    tokens_of,
)

_LIE_VERBS = word_set(
    "lies lie lay rests rest hangs hang dangles dangle ticks tick spins spin rolls roll topples shatters shatter "
    "clatters clatter hums beeps beep rattles rattle creaks creak glints glint gleams gleam"
)
"""What things do, and hardly anything else."""

_HANDLE_VERBS = word_set(
    "holds hold lifts lift grabs grab grips grip clutches clutch drops drop carries carry takes raises winds wind "
    "unwraps unwrap unfolds unfold polishes polish repairs repair brandishes brandish wields wield pockets pocket "
    "tosses toss hurls hurl unscrews unscrew inspects inspect hoists hoist sharpens sharpen"
)
"""What is done to things with hands."""

ARTICLES = word_set("a an the his her its their my your our this that these those another two three four five")
NEVER_THINGS = word_set(
    "man woman boy girl child baby kid guy lady gentleman monk guard soldier officer captain king queen prince "
    "princess doctor nurse teacher student pupil mother father brother sister son daughter friend stranger crowd "
    "people person men women children family team group army band pair couple body corpse figure silhouette ghost "
    "voice others everyone someone somebody nobody nothing something everything anything one two half rest other "
    "breath gaze stare look glance smile frown tear tears eye eyes head hair face lip lips mouth nose chin cheek "
    "brow neck shoulder shoulders back chest heart stomach belly knee knees leg legs foot feet toe toes skin jaw "
    "tongue tooth teeth ear ears tail paw paws wing wings step steps turn moment second minute hour day night "
    "morning evening time while year week month silence quiet noise sound music song melody note word words "
    "question answer line speech story name thought idea memory dream fear anger joy hope love grief pain hate "
    "shame pride courage strength power light lights shadow shadows darkness dark glow beam wind rain snow storm "
    "fog mist smoke steam dust sand water sea ocean river lake wave waves sky cloud clouds sun moon star stars "
    "air earth ground floor ceiling wall walls roof room house building city town village street road path way "
    "bridge corner side edge top bottom end middle centre center place space world land field forest wood "
    "mountain hill valley table desk bench shelf counter bed seat stairs stair platform scene shot camera picture "
    "view position stand stance post pose attention control charge command lead risk chance care advantage cover "
    "aim trip bow bath shower nap sip bite swig drink job bait hint break count pulse temperature measure stock "
    "notice grip hold weapon object thing things item items stuff pace trail tab tempo lid blow hit punch beating "
    "hostage prisoner weight pressure bell breathing attack"
)


def handled_nouns(text: str) -> Iterator[tuple[str, int]]:
    """Yield (noun phrase in lower case, its position) for things that a text handles or lets lie about."""
    tokens = tokens_of(text)
    for index, token in enumerate(tokens):
        if token.lower in ARTICLES and (head := head_after(tokens, index + 1)) is not None:
            is_subject = head + 1 < len(tokens) and tokens[head + 1].is_joined and tokens[head + 1].lower in _LIE_VERBS
            is_handled = index > 0 and token.is_joined and _is_handling(tokens, index)
            if (is_subject or is_handled) and not is_comparison(tokens, head):
                yield noun_phrase(tokens, head), tokens[head].start


def main_noun(text: str) -> str:
    """Return the noun phrase after the first article of a text, in lower case; "" for none."""
    tokens = tokens_of(text)
    for index, token in enumerate(tokens):
        if token.lower in ARTICLES and (head := head_after(tokens, index + 1, never=frozenset())) is not None:
            return noun_phrase(tokens, head)
    return ""


def head_after(tokens: Sequence[TextWord], first: int, never: frozenset[str] = NEVER_THINGS) -> int | None:
    """Return the index of the noun after an article, past its adjectives; None if it is not likely to be a thing.

    Args:
        tokens: The text.
        first: Index of the word after the article.
        never: Nouns that do not count.
    """
    index = first
    while index < len(tokens) and tokens[index].is_joined and is_modifier(tokens[index]):
        index += 1
    if index >= len(tokens) or not (tokens[index].is_joined or tokens[index].follows_comma):
        return None
    token = tokens[index]
    if token.lower in FUNCTION_WORDS or token.is_capitalised or token.is_owner or not token.lower.isalpha():
        return None
    after = index + 1
    if after < len(tokens) and tokens[after].is_joined and _continues_noun(tokens[after]):
        index, token = after, tokens[after]  # a compound, such as "pressure gauge"
    words = {token.lower, token.lower.removesuffix("s")}
    return None if words & never or len(token.lower) < 3 else index


def _continues_noun(token: TextWord) -> bool:
    word = token.lower
    if word in FUNCTION_WORDS or token.is_capitalised or word in _LIE_VERBS or word in _HANDLE_VERBS:
        return False
    return not word.endswith(("s", "ed", "ing", "ly"))


def _is_handling(tokens: Sequence[TextWord], article: int) -> bool:
    before = tokens[article - 1].lower
    if before in ("up", "down", "out", "off", "away", "open") and article > 1:
        before = tokens[article - 2].lower
        return before in _HANDLE_VERBS or before in ("picks", "pick", "puts", "put", "sets", "set", "pulls", "pull")
    return before in _HANDLE_VERBS


def noun_phrase(tokens: Sequence[TextWord], head: int) -> str:
    """Return a noun with the word before it where both are one compound, such as "pressure gauge"."""
    first = modifiers_before(tokens, head)
    inner = [token.lower for token in tokens[max(first, 0) : head]]
    if not inner and head > 0 and tokens[head].is_joined:
        before = tokens[head - 1].lower
        if before not in FUNCTION_WORDS and before not in ARTICLES:
            inner = [before]
    return " ".join([*inner, tokens[head].lower])
