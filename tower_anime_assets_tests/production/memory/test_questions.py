from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.memory.facts import PREDICATES, Fact
from tower_anime_assets.production.memory.question_words import (
    ASKED_PREDICATES,
    LIGHT_WORDS,
    QUESTION_WORDS,
    STOP_WORDS,
    UNSPACED_QUESTION_WORDS,
)
from tower_anime_assets.production.memory.questions import names_by_sound, read_question, sound_of
from tower_anime_assets.production.memory.ranking import rank_answers
from tower_anime_assets.production.memory.search_words import fold_text

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def fact(subject: str, predicate: str, object_: str, confidence: float = 1.0, age_days: float = 0) -> Fact:
    return Fact(
        id=f"{subject}-{predicate}-{object_}",
        project="nexus",
        subject=subject,
        predicate=predicate,
        object=object_,
        source="person:mei",
        confidence=confidence,
        timestamp=NOW - timedelta(days=age_days),
    )


def test_every_word_is_written_as_it_is_compared_and_asks_for_known_predicates() -> None:
    tables = (QUESTION_WORDS, UNSPACED_QUESTION_WORDS, ASKED_PREDICATES)
    words = [*STOP_WORDS, *LIGHT_WORDS, *(word for table in tables for word in table)]
    assert [word for word in words if fold_text(word) != word] == []
    assert {predicate for table in tables for found in table.values() for predicate in found} <= set(PREDICATES)


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        ("Who is Luna's brother?", ["luna", "brother"]),
        ("¿Dónde está Luna?", ["luna"]),
        ("ルナの髪の色は何ですか", ["ルナ", "髪", "色"]),
        ("who is it", ["who", "is", "it"]),
        ("?!", []),
    ],
)
def test_a_question_is_its_telling_words(text: str, keywords: list[str]) -> None:
    assert [keyword.text for keyword in read_question(text).keywords] == keywords


def test_names_are_looked_for_in_every_run_of_words_and_characters() -> None:
    assert {"dr chen", "chen", "jörg müller"} <= {*read_question("Is Dr Chen here?").names} | {
        *read_question("Wer ist Joerg Mueller?").names
    }
    assert {"星野ミオ", "ミオ"} <= set(read_question("星野ミオは誰").names)


@pytest.mark.parametrize(
    ("written", "sound"),
    [
        ("Luna", "runa"),
        ("ルナ", "runa"),
        ("루나", "runa"),
        ("アキラ", "akira"),
        ("キャシー", "kyasi"),
        ("ヴィクトル", "bikutoru"),
    ],
)
def test_names_are_compared_by_their_sound(written: str, sound: str) -> None:
    assert sound_of(written) == sound_of(sound)


def test_a_name_in_kana_is_heard_among_those_in_latin_letters_and_no_other() -> None:
    cast = ["Luna Chen", "Akira Yamamoto", "Viktor Kozlov"]
    assert names_by_sound(read_question("ヴィクトルは誰"), cast) == {"viktor kozlov": ("ヴィクトル",)}
    assert names_by_sound(read_question("ルナは誰"), cast) == {"luna chen": ("ルナ",)}
    assert names_by_sound(read_question("ケンタは誰"), cast) == {}


def test_a_description_comes_before_another_name_and_the_older_and_doubtful_last() -> None:
    facts = [
        fact("Luna", "alias", "Luna C"),
        fact("Luna", "described_as", "a researcher"),
        fact("Luna", "owns", "a drone", 0.3),
        fact("Luna", "owns", "a boat", age_days=400),
        fact("Luna", "owns", "a bike"),
        fact("Viktor", "described_as", "knows Luna"),
    ]
    ranked = rank_answers(read_question("who is Luna"), facts, {"luna": ["luna"]}, 9)
    assert [each.object for each in ranked] == [
        *("a researcher", "a bike", "a boat", "knows Luna", "a drone", "Luna C"),
    ]
    assert rank_answers(read_question("where is Zorro"), facts, {}, 9) == ()


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=30), max_size=5))
def test_no_question_breaks_the_ranking(text: str, words: list[str]) -> None:
    facts = [fact(word, "owns", text or "x") for word in words]
    ranked = rank_answers(read_question(text), facts, {}, 3)
    assert len(ranked) <= 3
    assert set(ranked) <= set(facts)
