"""Ranking of facts: the answers to a question, several rankings merged, and what helps to direct a scene.

What a question asks for is read in `questions`; finding candidates belongs in `store.facts`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from tower_anime_assets.production.memory.facts import PREDICATES, Fact, normalised, predicate_for
from tower_anime_assets.production.memory.questions import Keyword, MemoryQuestion, with_umlauts
from tower_anime_assets.production.memory.search_words import fold_text
from tower_anime_assets.production.story.model import Action, Project, Scene

UNWEIGHTED_PREDICATES = tuple(name for name, predicate in PREDICATES.items() if not predicate.weight)
"""Predicates whose facts a director is not told: they are sent with the cast and the style, or only count things."""

_RRF_K = 60
"""The constant of reciprocal rank fusion; the larger, the more it counts to be in several rankings.

Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", SIGIR 2009.
"""

_SUBJECT_SHARE, _PREDICATE_SHARE, _OBJECT_SHARE = 1.0, 0.9, 0.7
"""How much a word of a question counts by where a fact has it."""

_STEM_SHARE = 0.9
"""What a word that shares only its stem counts of one that is the same."""

_MIN_STEM_CHARS, _MAX_ENDING_CHARS = 4, 3
_NAMED_BONUS = 1.1
_LEAST_SHARE_OF_BEST = 0.1
"""Facts that are less relevant than this share of the best answer are none."""

_LEAST_CONFIDENT = 0.5
"""What a fact of no confidence keeps of its relevance."""

_RECENT_SHARE, _RECENT_DAYS = 0.1, 90.0
"""The part of a fact's relevance that fades, and the age at which half of that part has."""

_CAST_WEIGHT, _PLACE_WEIGHT, _SEARCH_WEIGHT = 1.0, 0.8, 0.5
_OBJECT_FACTOR = 0.6
_MIN_RELEVANCE = 0.1


def fuse_rankings(rankings: Iterable[Sequence[Fact]], limit: int) -> tuple[Fact, ...]:
    """Return several rankings merged into one by reciprocal rank, best first."""
    facts: dict[str, Fact] = {}
    scores: defaultdict[str, float] = defaultdict(float)
    for ranking in rankings:
        for rank, fact in enumerate(ranking):
            facts[fact.id] = fact
            scores[fact.id] += 1 / (_RRF_K + rank)
    return tuple(facts[id_] for id_ in sorted(facts, key=lambda id_: -scores[id_])[:limit])


def rank_answers(
    question: MemoryQuestion, candidates: Iterable[Fact], named: Mapping[str, Iterable[str]], limit: int
) -> tuple[Fact, ...]:
    """Return the facts that answer a question best, best first.

    What counts, in this order: how many of the question's words a fact covers, most in its subject; how well its
    predicate answers (a description before another name, a place for "where"); its source's confidence; its age.

    Args:
        question: The question.
        candidates: Current facts.
        named: What the question calls each subject that it names, such as `{"luna chen": ["dr chen"]}`.
        limit: Largest number of facts.
    """
    facts = {fact.id: fact for fact in candidates}
    newest = max((fact.timestamp for fact in facts.values() if fact.timestamp), default=None)
    weights = question.predicate_weights
    said_of = {subject: fold_text(" ".join(names)).split() for subject, names in named.items()}
    scores = {
        fact.id: _coverage(question.keywords, fact, said_of.get(fact.topic[0]))
        * weights.get(fact.topic[1], predicate_for(fact.predicate).answer)
        * (_NAMED_BONUS if fact.topic[0] in named else 1.0)
        * (_LEAST_CONFIDENT + (1 - _LEAST_CONFIDENT) * fact.confidence)
        * _freshness(fact.timestamp, newest)
        for fact in facts.values()
    }
    bar = _LEAST_SHARE_OF_BEST * max(scores.values(), default=0.0)
    answers = [fact for fact in facts.values() if scores[fact.id] > bar]
    return tuple(sorted(answers, key=lambda fact: (-scores[fact.id], *fact.triple, fact.id))[:limit])


def _coverage(keywords: Sequence[Keyword], fact: Fact, called: Sequence[str] | None) -> float:
    """Return the share of a question's words that a fact covers, squared: 0..1.

    Args:
        called: Words by which the question names the fact's subject; None if it does not name it.
    """
    subject, object_ = fold_text(fact.subject), fold_text(fact.object)
    fields = ((subject, _SUBJECT_SHARE), (fact.topic[1].replace("_", " "), _PREDICATE_SHARE), (object_, _OBJECT_SHARE))
    words = [(text, _words_of(text), share) for text, share in fields]
    covered = 0.0
    for keyword in keywords:
        share = max(_match(keyword.text, text, in_text) * share for text, in_text, share in words)
        if called is not None and _is_called(keyword.text, called):
            share = _SUBJECT_SHARE
        if fact.topic[1] in keyword.predicates:
            share = max(share, _PREDICATE_SHARE)
        covered += keyword.weight * share
    total = sum(keyword.weight for keyword in keywords)
    return (covered / total) ** 2 if total else 0.0


def _is_called(word: str, called: Sequence[str]) -> bool:
    """Return whether a word of a question is part of what it calls a subject; words without spaces may hold more."""
    if word in called or fold_text(with_umlauts(word)) in called:
        return True
    return any(not name.isascii() and (name in word or word in name) for name in called)


def _words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", text))


def _match(word: str, text: str, words: frozenset[str]) -> float:
    """Return how well a text's words match a word: 1 if it is there, less if only its stem is, 0 otherwise."""
    if word in words or (_is_unspaced(word) and word in text):
        return 1.0
    if f"{word}s" in words or word.removesuffix("s") in words:
        return _STEM_SHARE
    if len(word) < _MIN_STEM_CHARS:
        return 0.0
    return _STEM_SHARE if any(_share_stem(word, other) for other in words) else 0.0


def _is_unspaced(word: str) -> bool:
    return word[0] >= "\u3005"


def _share_stem(first: str, second: str) -> bool:
    """Return whether two words differ in their endings alone, or one begins with the other."""
    if first[:_MIN_STEM_CHARS] != second[:_MIN_STEM_CHARS]:
        return False
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
    rest, other_rest = len(first) - shared, len(second) - shared
    return rest == 0 or (rest <= _MAX_ENDING_CHARS and other_rest <= _MAX_ENDING_CHARS)


def _freshness(timestamp: datetime | None, newest: datetime | None) -> float:
    """Return what a fact's age leaves of its relevance, compared with the newest candidate."""
    if timestamp is None or newest is None:
        return 1.0
    age_days = (newest - timestamp).total_seconds() / 86_400
    return float(1 - _RECENT_SHARE * (1 - 0.5 ** (age_days / _RECENT_DAYS)))


def scene_name_weights(project: Project, scene: Scene) -> dict[str, float]:
    """Return the weight of each name that a scene is about, as facts compare names."""
    weight_by_name = {normalised(scene.place): _PLACE_WEIGHT}
    for character_id in scene.cast:
        weight_by_name[normalised(character_id)] = _CAST_WEIGHT
    for character in project.characters:
        if character.id in scene.cast:
            weight_by_name |= dict.fromkeys(map(normalised, (character.name, *character.aliases)), _CAST_WEIGHT)
    return weight_by_name


def scene_search_text(scene: Scene) -> str:
    """Return the text by which facts about a scene are searched, the most telling words first."""
    action = " ".join(beat.text for beat in scene.beats if isinstance(beat, Action))
    return " ".join((scene.place, scene.synopsis, action))


def relevant_sentences(
    facts: Mapping[str, tuple[Fact, float]], weight_by_name: Mapping[str, float], limit: int
) -> tuple[str, ...]:
    """Return at most `limit` sentences of the facts most relevant to a scene, best first, each once.

    Args:
        facts: Candidates by id, each with its score in the search by words, 0 if it was not found there.
        weight_by_name: What `scene_name_weights` returns.
        limit: Largest number of sentences.
    """
    max_score = max((score for _fact, score in facts.values()), default=0.0) or 1.0
    relevance_by_sentence: dict[str, float] = {}
    for fact, score in facts.values():
        subject, _, object_ = fact.triple
        name_weight = max(weight_by_name.get(subject, 0.0), _OBJECT_FACTOR * weight_by_name.get(object_, 0.0))
        relevance = (
            predicate_for(fact.predicate).weight * fact.confidence * (name_weight + _SEARCH_WEIGHT * score / max_score)
        )
        if relevance >= _MIN_RELEVANCE:
            sentence = fact.sentence.rstrip(".") + "."
            relevance_by_sentence[sentence] = max(relevance, relevance_by_sentence.get(sentence, 0.0))
    return tuple(
        sorted(relevance_by_sentence, key=lambda sentence: (-relevance_by_sentence[sentence], sentence))[:limit]
    )
