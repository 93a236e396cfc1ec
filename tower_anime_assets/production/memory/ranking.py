"""Ranking of facts: results of several searches merged into one, and the sentences that help to direct a scene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tower_anime_assets.production.memory.facts import PREDICATES, Fact, normalised, predicate_for
from tower_anime_assets.production.story.model import Action, Project, Scene

UNWEIGHTED_PREDICATES = tuple(name for name, predicate in PREDICATES.items() if not predicate.weight)
"""Predicates whose facts a director is not told: they are sent with the cast and the style, or only count things."""

_RRF_K = 60
"""The constant of reciprocal rank fusion; the larger, the more it counts to be in several rankings.

Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", SIGIR 2009.
"""

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
