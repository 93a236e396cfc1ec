"""Nothing of action in another language is left out without a word."""

from __future__ import annotations

import time

import pytest

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.planning.language_warnings import language_warnings
from tower_anime_assets_tests.production.languages.foreign_scripts import FILE, SCRIPTS, show_of


def warnings_of(script: str) -> list[StoryWarning]:
    told = show_of(script)
    return list(language_warnings(told.project, told.episode))


def test_words_that_are_not_understood_are_noted_with_what_is_shown() -> None:
    (note,) = warnings_of(
        "INNEN. KÜCHE - NACHT\n\nEin Roboter namens PIP läuft zum Fenster. Der Schornsteinfeger krault den Dackel.\n\n"
        "PIP\nHallo.\n"
    )
    assert note.is_note
    assert (note.file, note.line) == (FILE, 3)
    assert note.problem == (
        "action in German (line 3) is read by words; not understood: 'Schornsteinfeger krault', 'Dackel'"
    )
    assert "the animatic shows PIP (run), fenster (window)" in note.instead
    assert "words as they are" in note.instead


@pytest.mark.parametrize("language", sorted(SCRIPTS))
def test_what_is_understood_is_not_told(language: str) -> None:
    words = [word for warning in warnings_of(SCRIPTS[language]) for word in warning.problem.split("understood: ")[1:]]
    assert len(words) <= 1


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("Polish", "Mały biały robot o imieniu PIP poleruje lampę. Czarny kot śpi na dywanie."),
        ("Turkish", "PIP adlı küçük beyaz bir robot lambayı parlatıyor. Siyah bir kedi uyuyor."),
        ("Finnish", "PIP istuu pöydällä ja nukkuu. Pieni vanha kissa on huoneessa."),
        ("Arabic", "روبوت صغير أبيض اسمه PIP يلمع المصباح."),
        ("Hindi", "PIP नाम का एक छोटा सफेद रोबोट दीपक चमकाता है।"),
    ],
)
def test_a_language_without_tables_is_told_of_with_the_line_and_the_words(name: str, action: str) -> None:
    (warning,) = warnings_of(f"INT. HALL - DAY\n\n{action}\n\nPIP\nHello.\n")
    assert not warning.is_note
    assert warning.line == 3
    assert warning.problem.startswith(f"action in {name} (line 3) is not read: ")
    assert action[:20] in warning.problem
    assert "prompts have the words as they are" in warning.instead
    assert "German" in warning.remedy


def test_a_feature_in_a_language_without_tables_has_one_warning_of_it() -> None:
    scenes = "".join(f"INT. HALL {number} - DAY\n\nMały robot {number} śpi na podłodze.\n\n" for number in range(200))
    started = time.monotonic()
    (warning,) = warnings_of(scenes)
    assert time.monotonic() - started < 20
    assert "and 194 more, in 200 scenes" in warning.problem
    assert "and 192 more" in warning.problem
    assert len(str(warning)) < 1200


def test_english_has_no_such_warning() -> None:
    assert warnings_of("INT. HALL - DAY\n\nADA, a woman of 45, polishes the velocipede.\n\nADA\nHello.\n") == []
    assert warnings_of("INT. HALL - DAY\n\nADA says the sign reads CERRADO POR LA MUERTE.\n\nADA\nHello.\n") == []
