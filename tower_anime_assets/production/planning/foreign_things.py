"""Things that a text in another language names, by that language's words and the names of the `emoji` package.

Exact forms only, and only where the language's grammar lets them be things: what is not sure is not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

from tower_anime_assets.production.languages.glosses import (
    Gloss,
    first_of_phrase,
    is_definite_noun,
    read_gloss,
)
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.noun_phrases import number_of
from tower_anime_assets.production.planning.things import ThingMention, find
from tower_anime_assets.production.story.appearance_words import COLOURS

_WITH_ARTICLES = frozenset(("de", "fr", "es", "it", "pt"))
_DENYING = word_set("no not without never like")
"""Words before a noun by which it is not there, or only likened to."""

_DESCRIBING = word_set("of for from")
"""Words before a noun without an article by which it only describes the noun before: "food for cats"."""


def foreign_things_in(text: str, language: str) -> Iterator[ThingMention]:
    """Yield the things that a text in another language names, in order, with their places in the text.

    Their words are their writer's, with the English name in brackets: "提灯 (lantern)".
    """
    gloss = read_gloss(text, language)
    places = {start: word.start for start, word in zip(gloss.starts, gloss.words, strict=True)}
    mentions = []
    for mention in things_of_gloss(gloss, language):
        start = places[mention.start]
        mentions.append(ThingMention(mention.thing, mention.words, start, start + mention.end - mention.start))
    yield from sorted(mentions, key=lambda one: one.start)


def things_of_gloss(gloss: Gloss, language: str) -> Iterator[ThingMention]:
    """Yield the things that a text names, in the order of its English words, with their places in those."""
    for at, word in enumerate(gloss.words):
        if word.kind not in ("noun", "thing") or not _stands_for_itself(gloss, at, language):
            continue
        thing = find(word.english)
        if thing is not None:
            qualities = [one.english for one in gloss.words[first_of_phrase(gloss.words, at) : at]]
            colours = [one for one in qualities if one in COLOURS]
            before = gloss.words[first_of_phrase(gloss.words, at) - 1].english if at else ""
            number = before if before not in ("one", "a") and number_of(before) is not None else ""
            name = " ".join(filter(None, (number, *colours[:1], word.english)))
            written = word.text.lower()
            start = gloss.starts[at]
            yield ThingMention(thing, f"{written} ({name})", start, start + len(word.english))


def _stands_for_itself(gloss: Gloss, at: int, language: str) -> bool:
    """Return whether a noun is a thing that is there: not denied, likened to, or what describes another."""
    first = first_of_phrase(gloss.words, at)
    has_article = is_definite_noun(gloss, at)
    before = gloss.words[first - 1].english if first else ""
    earlier = gloss.words[first - 2].english if first > 1 else ""
    if before in _DENYING or (has_article and earlier in _DENYING):
        return False
    if before == "has" and earlier in ("not", "does not"):
        return False
    if language not in _WITH_ARTICLES or has_article:
        return True
    if before in _DESCRIBING:
        return False
    return gloss.words[at].kind == "noun"
