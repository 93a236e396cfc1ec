from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.story.appearance import derive_appearance
from tower_anime_assets.production.story.cast_names import CastNames, fold_name, slug_of
from tower_anime_assets.production.story.ids import is_slug
from tower_anime_assets.production.story.model import Character, Voice


def member(name: str, description: str = "", *aliases: str) -> Character:
    return Character(slug_of(name) or "x", name, description, derive_appearance(name, ""), Voice(), aliases)


def mentions(text: str, *names: str) -> list[str]:
    return CastNames([member(name) for name in names]).find_mentions(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("JANE", "Jane stares at the ceiling."),
        ("JANE", "jane stares at the ceiling."),
        ("Jane", "JANE stares."),
        ("jane", "She sees Jane's coat."),
        ("Jane", "Jane’s coat."),
        ("Jane", "Only Ja\u200bne is left."),
        ("Élodie", "ÉLODIE entre."),
        ("Élodie", "Elodie entre."),
        ("E\u0301lodie", "Élodie entre."),
        ("Élodie", "E\u0301lodie entre."),
        ("Ja\u200bne", "Jane sits."),
        ("ELODIE", "Élodie entre."),
        ("ИВАН", "Иван входит."),
        ("Иван", "Она видит Ивана и молчит."),
        ("Анна", "Письмо Анны на столе."),
        ("Jürgen Groß", "JÜRGEN GROSS nickt."),
        ("İbrahim", "IBRAHIM enters."),
        ("山田 太郎", "太郎が走る。"),
        ("Will", "Behind her, Will opens the door."),
        ("Will", "Will opens the door."),
        ("Rose", "ROSE sits down."),
        ("May", "Then May laughs."),
        ("Cat", "The cat sleeps on the stove."),
        ("Old Monk", "The monk sweeps."),
        ("Old Monk", "The old monk sweeps."),
        ("The Ghost", "Behind the ghost, a door."),
        ("R2-D2", "R2-D2 rolls in."),
        ("Guard #2", "Guard 2 falls."),
        ("Mary-Jane O'Brien", "Mary-Jane waves."),
    ],
)
def test_a_name_is_found_in_action_however_it_is_written(name: str, text: str) -> None:
    assert mentions(text, name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Will", "They will come."),
        ("Will", "Will he come?"),
        ("Will", "THE RAIN WILL FALL."),
        ("May", "You may enter. May the best one win."),
        ("Rose", "A rose lies on the desk; she rose."),
        ("Hope", "There is hope."),
        ("Cat", "A cat crosses the street. Cheap cat food."),
        ("Rain", "The rain falls."),
        ("Old Monk", "An old wall. Old paper."),
        ("Jane", "Janet and the janes."),
        ("Ada Long", "A long road."),
        ("Al", "et al are here"),
        ("Captain Reyes", "The captain of another ship. Captain!"),
    ],
)
def test_an_ordinary_word_is_no_name(name: str, text: str) -> None:
    assert not mentions(text, name)


def test_a_name_that_its_own_description_has_as_a_word_needs_an_article() -> None:
    cast = CastNames([member("Antenna", "A small antenna that talks.")])
    assert cast.find_mentions("antenna cables hang down") == []
    assert cast.find_mentions("the antenna turns to her") == ["antenna"]


def test_mentions_come_in_order_once_each_with_owners_marked() -> None:
    cast = CastNames([member("Ada Byron"), member("Ben"), member("Ada")])
    text = "Ben sees ADA BYRON. Ben's hand. Ada leaves."
    assert cast.find_mentions(text) == ["ben", "ada_byron", "ada"]
    assert [text[found.start : found.end] for found in cast.locate_mentions(text) if found.is_owner] == ["Ben"]


@pytest.mark.parametrize(
    ("name", "cue"),
    [
        ("Jane", "JANE:"),
        ("Jane", "\u200bJANE\u200e"),
        ("Jane Doe", "JANE\u00a0DOE"),
        ("Jane", "ＪＡＮＥ："),
        ("Élodie", "ELODIE"),
        ("J.J. Abel", "JJ ABEL"),
        ("Dr. Chen", "DR CHEN"),
        ("Guard #2", "GUARD 2"),
        ("Guard 2", "GUARD NO. 2"),
        ("Mary-Jane", "MARY JANE"),
        ("O’Brien", "O'BRIEN"),
        ("Groß", "GROSS"),
        ("Işık", "IŞIK"),
        ("太郎", "太郎："),
    ],
)
def test_a_cue_finds_its_character(name: str, cue: str) -> None:
    assert CastNames([member(name)]).find_id(cue)


def test_a_loose_spelling_that_two_characters_share_finds_neither() -> None:
    cast = CastNames([member("Rene"), member("René", "", "R."), member("Guard #1"), member("Guard #2")])
    assert (cast.find_id("RENE"), cast.find_id("RENÉ")) == ("rene", "rene")
    assert cast.find_id("GUARD") == ""
    assert cast.find_owners("guard") == ["guard_1", "guard_2"]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_a_slug_is_an_id_or_empty(name: str) -> None:
    slug = slug_of(name)
    assert slug == "" or is_slug(slug)
    assert fold_name(fold_name(name)) == fold_name(name)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_mentions_lie_inside_any_text(text: str, names: list[str]) -> None:
    for mention in CastNames([member(name) for name in names]).locate_mentions(text):
        assert 0 <= mention.start < mention.end <= len(text)


def test_mentions_take_time_in_proportion_to_the_text_whatever_the_cast() -> None:
    cast = CastNames([member(f"Person Number{index}") for index in range(400)])
    text = "Number7 walks past the long wall and looks at Person Number399. " * 1500
    started = time.process_time()
    assert len(cast.locate_mentions(text)) == 3000
    assert time.process_time() - started < 2.0
