"""Headings for free words: where and when a description takes place."""

from __future__ import annotations

import pytest

from tower_anime_assets.production.planning.free_words import heading_for


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ("Akira stands on the roof in the rain at night and looks at the city.", "EXT. ROOF - NIGHT"),
        ("Luna types in her lab.", "INT. LAB - DAY"),
        ("A red lantern swings over the empty market at dusk", "EXT. EMPTY MARKET - DUSK"),
        ("They meet in the train station at midnight", "EXT. TRAIN STATION - NIGHT"),
        ("Viktor in the kitchen of a castle, before sunrise", "INT. KITCHEN - DAWN"),
        ("Luna on a rooftop garden at sunset", "EXT. ROOFTOP GARDEN - DUSK"),
    ],
)
def test_the_first_known_place_and_the_time_become_a_heading(words: str, heading: str) -> None:
    assert heading_for(words) == heading


@pytest.mark.parametrize("words", ["", "Nothing here", "Akira looks at the camera.", "in the " * 5000])
def test_words_without_a_known_place_give_no_heading(words: str) -> None:
    assert heading_for(words) == ""
