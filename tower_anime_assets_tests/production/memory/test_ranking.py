from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.memory.facts import Fact
from tower_anime_assets.production.memory.ranking import UNWEIGHTED_PREDICATES, fuse_rankings, relevant_sentences


def fact(subject: str, predicate: str, object_: str, confidence: float = 1.0) -> Fact:
    id_ = f"{subject}-{predicate}-{object_}"
    return Fact(
        id=id_,
        project="nexus",
        subject=subject,
        predicate=predicate,
        object=object_,
        source="person:mei",
        confidence=confidence,
    )


A, B, C = (fact(name, "is", "here") for name in "ABC")


def test_a_fact_that_two_searches_found_comes_first() -> None:
    assert fuse_rankings([[A, B], [C, B]], 5) == (B, A, C)
    assert fuse_rankings([[A, B], [C, B]], 1) == (B,)
    assert fuse_rankings([], 5) == ()


@given(st.permutations([A, B, C]), st.integers(1, 5))
def test_one_ranking_alone_is_kept_as_it_is(ranking: list[Fact], limit: int) -> None:
    assert fuse_rankings([ranking], limit) == tuple(ranking[:limit])


def test_the_cast_counts_more_than_the_place_and_both_more_than_shared_words() -> None:
    facts = {
        each.id: (each, score)
        for each, score in [
            (fact("rain", "is", "acid"), 0.9),
            (fact("ROOF", "is", "slippery"), 0.0),
            (fact("Luna", "fears", "heights"), 0.0),
            (fact("Viktor", "owns", "the moon"), 0.0),
            (fact("Viktor", "hates", "Luna"), 0.0),
        ]
    }
    names = {"luna": 1.0, "roof": 0.8}
    assert relevant_sentences(facts, names, 9) == (
        "Luna fears heights.",
        "ROOF is slippery.",
        "Viktor hates Luna.",
        "rain is acid.",
    )


def test_doubtful_facts_count_less_and_a_sentence_is_told_once() -> None:
    sure, doubtful = fact("Luna", "fears", "heights"), fact("Luna", "fears", "water", 0.5)
    again = fact("Luna", "fears", "heights.")
    found = relevant_sentences({each.id: (each, 0.0) for each in (doubtful, sure, again)}, {"luna": 1.0}, 9)
    assert found == ("Luna fears heights.", "Luna fears water.")
    assert relevant_sentences({}, {"luna": 1.0}, 9) == ()


def test_looks_and_counts_are_not_told() -> None:
    assert {"hair_colour", "speaks_in", "appears_in", "positive_prompt"} <= set(UNWEIGHTED_PREDICATES)
    grey = fact("Luna", "hair_colour", "grey")
    assert relevant_sentences({grey.id: (grey, 1.0)}, {"luna": 1.0}, 9) == ()
