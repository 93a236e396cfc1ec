from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.memory.search_words import MAX_QUERY_WORDS, split_words, tsquery_of, tsvector_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café ÉCOLE, naïve", ["cafe", "ecole", "naive"]),
        ("mei_working_v1.safetensors", ["mei", "working", "v1", "safetensors"]),
        ("#1f6bff", ["1f6bff"]),
        ("Ещё Йод", ["еще", "иод"]),
        ("銀色の髪", ["銀色", "色の", "の髪", "髪"]),
        ("髪", ["髪"]),
        ("ｶﾞｷﾞ がぎ", ["ガギ", "ギ", "がぎ", "ぎ"]),
        ("한국어", ["한국", "국어", "어"]),
        ("AKIRAの車2台", ["akira", "の車", "車", "2", "台"]),
        ("--- !?", []),
    ],
)
def test_words_are_split_as_they_are_searched(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_a_question_is_asked_by_its_telling_words() -> None:
    assert tsquery_of("What does she own?", matches_all=True) == "'own'"
    assert tsquery_of("to be or not", matches_all=False) == "'not'"
    assert tsquery_of("the", matches_all=False) == "'the'"


def test_longer_words_are_found_by_their_beginning_too() -> None:
    assert tsquery_of("red cyber", matches_all=True) == "'red' & ('cyber' | 'cyber':*)"
    assert tsquery_of("red cyber", matches_all=False) == "'red' | ('cyber' | 'cyber':*)"


def test_pairs_are_asked_whole_and_a_lone_character_by_what_it_begins() -> None:
    assert tsquery_of("銀色の", matches_all=True) == "'銀色' & '色の'"
    assert tsquery_of("銀", matches_all=True) == "'銀':*"


def test_a_long_question_is_cut() -> None:
    assert tsquery_of(" ".join(f"w{at}" for at in range(99)), matches_all=False).count("|") == MAX_QUERY_WORDS - 1


def test_words_weigh_by_where_they_stand() -> None:
    assert tsvector_of("Luna", "hair_colour", "銀") == "'luna':1A 'hair':2B 'colour':3B '銀':4C"


@given(st.text(max_size=300))
def test_no_text_breaks_the_quotes(text: str) -> None:
    for made in (tsvector_of(text, text, text), tsquery_of(text, matches_all=True)):
        assert made.count("'") == 2 * len([word for word in made.split() if "'" in word])
        assert "\\" not in made
