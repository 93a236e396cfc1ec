"""What of many facts is worth saying: merging the answers of several searches, and what a scene's director should hear.

Pure: facts in, facts and sentences out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tower_anime_assets.production.memory.facts import PREDICATES, Fact, meaning_of, normalised
from tower_anime_assets.production.story.model import Action, Project, Scene

UNTOLD = tuple(name for name, predicate in PREDICATES.items() if not predicate.weight)
"""Predicates that a director is not told as facts: they are sent with the cast and the style, or only count things."""

_SOFTENING = 60
"""Of reciprocal rank fusion: how little the first place of one list counts for against being in several.

Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", SIGIR 2009.
"""

_CAST, _PLACE, _WORDS = 1.0, 0.8, 0.5
_AS_OBJECT = 0.6
_LEAST = 0.1


def merged(rankings: Iterable[Sequence[Fact]], limit: int) -> tuple[Fact, ...]:
    """Return the facts of several rankings in one, best first; each stands by its places, whatever the scores were."""
    facts: dict[str, Fact] = {}
    score: defaultdict[str, float] = defaultdict(float)
    for ranking in rankings:
        for place, fact in enumerate(ranking):
            facts[fact.id] = fact
            score[fact.id] += 1 / (_SOFTENING + place)
    return tuple(facts[id_] for id_ in sorted(facts, key=lambda id_: -score[id_])[:limit])


def names_in(project: Project, scene: Scene) -> dict[str, float]:
    """Return who and what a scene is about, by name as it is compared, with how much each counts."""
    names = {normalised(scene.place): _PLACE}
    for member in scene.cast:
        names[normalised(member)] = _CAST
    for character in project.characters:
        if character.id in scene.cast:
            names |= dict.fromkeys(map(normalised, (character.name, *character.aliases)), _CAST)
    return names


def words_for(scene: Scene) -> str:
    """Return the words of a scene by which facts about it are searched, the most telling first."""
    action = " ".join(beat.text for beat in scene.beats if isinstance(beat, Action))
    return " ".join((scene.place, scene.synopsis, action))


def told(facts: Mapping[str, tuple[Fact, float]], names: Mapping[str, float], limit: int) -> tuple[str, ...]:
    """Return at most `limit` sentences of the facts that matter most to a scene, best first, each once.

    Args:
        facts: Candidates by id, each with the score of the search by words that found it, 0 when none did.
        names: Who and what the scene is about, as `names_in` returns it.
    """
    most = max((score for _fact, score in facts.values()), default=0.0) or 1.0
    best: dict[str, float] = {}
    for fact, score in facts.values():
        subject, _, object_ = fact.triple
        about = max(names.get(subject, 0.0), _AS_OBJECT * names.get(object_, 0.0))
        worth = meaning_of(fact.predicate).weight * fact.confidence * (about + _WORDS * score / most)
        if worth >= _LEAST:
            sentence = fact.sentence.rstrip(".") + "."
            best[sentence] = max(worth, best.get(sentence, 0.0))
    return tuple(sorted(best, key=lambda sentence: (-best[sentence], sentence))[:limit])
