"""Where values come from: each names what set it last, and nothing else of the parameters changes."""

from __future__ import annotations

from tower_anime_assets.production.planning.prompt_sources import SourcedText
from tower_anime_assets.production.value_origins import (
    PROVENANCE,
    added_words,
    origins_of,
    published_digests,
    with_engine_origins,
    with_file_digests,
    with_origins,
    with_prompt_sources,
)


def test_a_value_names_what_set_it_last() -> None:
    parameters = with_origins({"steps": 24, "cfg": 5.0}, {"steps": "workflow graph", "cfg": "workflow graph"})
    changed = with_origins(parameters, {"steps": "retry rule: steps 20 -> 24"})
    assert origins_of(changed) == {"steps": "retry rule: steps 20 -> 24", "cfg": "workflow graph"}
    assert {name: value for name, value in changed.items() if name != PROVENANCE} == {"steps": 24, "cfg": 5.0}
    assert with_origins({"steps": 24}, {}) == {"steps": 24}


def test_values_of_an_engine_that_says_nothing_are_the_engines_or_an_answer_to_the_gates() -> None:
    first = {"seed": 7, "detail": 1.0, "contrast": 1.0}
    retried = with_engine_origins({"seed": 8, "detail": 1.25, "contrast": 1.0, "number": 2}, first, ["it is soft"])
    assert origins_of(retried) == {
        "seed": "the engine, for this brief; another for each attempt",
        "detail": "the engine, for this brief, in answer to: it is soft",
        "contrast": "the engine, for this brief",
    }
    known = with_origins({"steps": 20}, {"steps": "workflow graph"})
    assert with_engine_origins(known, {"steps": 20}, ()) == known


def test_words_and_digests_come_back_as_they_were_given_and_stand_beside_origins() -> None:
    words = (SourcedText("ink", "project.yaml: style.positive", "style"),)
    parameters = with_prompt_sources(with_origins({"steps": 20}, {"steps": "workflow graph"}), words, words)
    parameters = with_file_digests(parameters, {"a.safetensors": "c" * 64})
    assert added_words(parameters) == added_words(parameters, "negative") == words
    assert published_digests(parameters) == {"a.safetensors": "c" * 64}
    assert origins_of(parameters) == {"steps": "workflow graph"}
    assert (added_words({}), published_digests({}), origins_of({})) == ((), {}, {})
