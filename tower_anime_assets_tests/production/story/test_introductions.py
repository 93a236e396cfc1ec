from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.story.introductions import MAX_DESCRIPTION_CHARS, Introductions


@pytest.mark.parametrize(
    ("action", "description"),
    [
        ("ADA (34), an engineer in a grey coat, looks up.", "ADA (34), an engineer in a grey coat."),
        ("Rain. ADA (34) sits at the desk.", "ADA (34)."),
        ("ADA, 34, tall, with red hair, walks in, sits down.", "ADA, 34, tall, with red hair."),
        ("In walks ADA, a tall woman of 45.", "ADA, a tall woman of 45."),
        ("An old man, ADA, polishes a glass.", "An old man, ADA."),
        ("Behind the bar, an old man with a beard, ADA (70s), sleeps.", "an old man with a beard, ADA (70s)."),
        ("The old robot ADA rolls across the floor.", "The old robot ADA."),
        ("The door opens and ADA enters.", ""),
        ("This is ADA: 34, messy hair, perpetually tired.", "ADA: 34, messy hair, perpetually tired."),
        ("ADA is a tall engineer with red hair. She wears a grey coat. She sits.",
         "ADA is a tall engineer with red hair. She wears a grey coat."),
        ("ADA wears a yellow hoodie.", "ADA wears a yellow hoodie."),
        ("ADA sits. Her hair is white.", "ADA. Her hair is white."),
        ("ADA the cat jumps on the stove.", "ADA the cat."),
        ("ADA -- mid-30s, grey suit -- looks up.", "ADA -- mid-30s, grey suit."),
        ("ADA — a small robot with one blue eye — rolls in.", "ADA — a small robot with one blue eye."),
        ("ADA BYRON (34, sharp eyes) types.", "ADA BYRON (34, sharp eyes)."),
        ("ADA (30s). Tall. Red hair. She types.", "ADA (30s). Tall. Red hair."),
        ("ADA, BEN, and MEI enter.", ""),
        ("ADA, a woman in her thirties, and BEN (40), her boss, argue.", "ADA, a woman in her thirties."),
        ("ADA (O.S.) laughs. ADA (34) enters.", "ADA (34)."),
        ("Ada, a girl of 8, runs in.", "Ada, a girl of 8."),
        ("ADA (34), eine Ingenieurin in grauem Mantel, blickt auf.", "ADA (34), eine Ingenieurin in grauem Mantel."),
        ("Entre ADA, une femme de 40 ans.", "ADA, une femme de 40 ans."),
        ("ADA opens the door, looks out, and waits.", ""),
        ("Nobody is here.", ""),
        ("ADA has just gone through the list for the third time.", ""),
        ("ADA is in her office.", ""),
        ("ADA is in her mid-thirties.", "ADA is in her mid-thirties."),
        ("They wait a bit so the ADA can eat. Ada told her the story, Ada said.", ""),
        ("His brother ADA is 12, and a lot bigger than the others.",
         "His brother ADA is 12, and a lot bigger than the others."),
        ("A small robot named ADA polishes the lamp.", "A small robot named ADA."),
        ("At the bar, an old man known as ADA (70s) sleeps.", "an old man known as ADA (70s)."),
        ("The child is called ADA.", ""),
        ("The ADA of about seven counts coins.", "ADA of about seven."),
        ("ADA aged ninety naps.", "ADA aged ninety."),
        ("ADA (9), pigtails, freckles, hammers a rivet.", "ADA (9), pigtails, freckles."),
        ("AN ADA IN A CHAUFFEUR'S CAP drives.", "ADA IN A CHAUFFEUR'S CAP."),
        ("A kappa in a raincoat, ADA, studies it.", "A kappa in a raincoat, ADA."),
        ("YOUNG ADA (8) waits.", ""),
        ("ADA, a small robot, knee-high, white metal body with one big blue eye, rolls to the stove.",
         "ADA, a small robot, knee-high, white metal body with one big blue eye."),
    ],
)  # fmt: skip
def test_what_describes_a_speaker_is_taken_word_for_word(action: str, description: str) -> None:
    found = Introductions(["Rain falls.", action]).introduce("ADA")
    assert (found.description if found.is_described else "") == description


def test_a_full_name_on_the_cue_finds_the_word_that_action_uses() -> None:
    action = ["The lab. LOVELACE (34), an engineer, looks up."]
    assert Introductions(action).introduce("ADA LOVELACE").description == "LOVELACE (34), an engineer."


def test_the_name_is_spelled_as_the_action_has_it() -> None:
    found = Introductions(["ADA McBYRON (34) types.", "Later, Ada McByron sleeps."])
    assert found.introduce("ADA McBYRON").name == "Ada McByron"
    assert found.introduce("GUARD #2").name == "GUARD #2"


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("GUARD #2", "A guard."),
        ("KENJI'S MOTHER", "Kenji's mother."),
        ("OLD WOMAN", "An old woman."),
        ("ANNOUNCER", "A voice that nobody sees: announcer."),
        ("BEN", "BEN"),
        ("YOUNG BEN", "YOUNG BEN"),
        ("THE CROWD", "A crowd."),
        ("ALL", "A group of people."),
        ("花子", "花子"),
        ("#1", "#1"),
    ],
)
def test_whom_the_script_does_not_describe_is_described_by_the_name(name: str, description: str) -> None:
    found = Introductions(["YOUNG EDWARD (10) waits."]).introduce(name)
    assert (found.description, found.is_described) == (description, False)


def test_an_introduction_in_japanese_is_taken_up_to_what_happens() -> None:
    assert (
        Introductions(["花子（17）、長い髪の少女、走ってくる。"]).introduce("花子").description.startswith("花子（17）")
    )


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.text(min_size=1, max_size=20))
def test_any_text_and_name_give_a_description(text: str, name: str) -> None:
    found = Introductions([text]).introduce(name)
    assert len(found.description) <= MAX_DESCRIPTION_CHARS


@pytest.mark.slow
def test_two_hundred_names_in_a_feature_are_looked_up_quickly() -> None:
    action = [
        f"PERSON {number % 200} walks past the wall, looks at it, and a door, a wall. " * 3 for number in range(1500)
    ]
    started = time.process_time()
    found = Introductions(action)
    for number in range(200):
        found.introduce(f"PERSON {number}")
    assert time.process_time() - started < 2.0


def test_a_title_with_a_full_stop_in_capitals_does_not_end_a_sentence() -> None:
    action = ["A kappa in a raincoat, MR. POND, studies the cucumbers."]
    assert Introductions(action).introduce("MR. POND").description == "A kappa in a raincoat, MR. POND."
