"""Words are found in a text in any form, in the order in which they stand."""

from tower_anime_assets.production.planning.lexicon import (
    first_meaning,
    meanings_in,
    name_table,
    stems_in,
    word_stems,
    word_table,
)

PACE = word_table((1, "walk step"), (2, "race run"), (3, "run"))


def test_stems_undo_endings() -> None:
    assert word_stems("gripped") == ("gripped", "gripp", "grippe", "grip")
    assert "race" in word_stems("racing")
    assert "watch" in word_stems("Watches")
    assert word_stems("red") == ("red",)  # too short to have an ending


def test_meanings_come_in_the_order_of_the_words() -> None:
    assert list(meanings_in(PACE, "Racing past, she WALKED; he steps.")) == [2, 1, 1]
    assert first_meaning(PACE, "Racing past, she walked.") == 2
    assert first_meaning(PACE, "霧が流れる。") is None


def test_a_later_row_overrides_an_earlier_one() -> None:
    assert PACE["run"] == 3
    assert name_table("key map") == {"key": "key", "map": "map"}


def test_compounds_are_one_word_and_digits_none() -> None:
    assert stems_in("A matter-of-fact R2D2") == {"a", "matter-of-fact", "r", "d"}
