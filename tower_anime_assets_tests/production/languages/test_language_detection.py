from __future__ import annotations

import pytest

from tower_anime_assets.production.languages.detection import language_named, language_of, language_of_description
from tower_anime_assets_tests.production.languages.foreign_scripts import SCRIPTS, show_of


@pytest.mark.parametrize("language", sorted(SCRIPTS))
def test_a_script_is_in_the_language_of_its_action(language: str) -> None:
    assert {scene.language for scene in show_of(SCRIPTS[language]).episode.scenes} == {language}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mały biały robot poleruje lampę.", "pl"),
        ("Küçük beyaz robot lambayı parlatıyor.", "tr"),
        ("Pieni valkoinen robotti istuu pöydällä ja nukkuu.", "fi"),
        ("Een kleine witte robot zit op de tafel en slaapt.", "nl"),
        ("एक छोटा सफेद रोबोट दीपक चमकाता है।", "hi"),
        ("روبوت صغير أبيض يلمع المصباح.", "ar"),
        ("Ένα μικρό ρομπότ γυαλίζει τη λάμπα.", "el"),
        ("Маленький робот стоїть біля вікна і дивиться.", "uk"),
    ],
)
def test_a_language_without_tables_is_known_by_name(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Die, robot!",
        "A sign: CERRADO POR LA MUERTE DEL REY.",
        "Luna de la Cruz enters the room. No one is there.",
        "The sign says 東京 beside a lantern.",
        "Van de Graaff generator hums.",
        "Ada. Alone. Again.",
        "He sings La donna e mobile to the cat.",
        "Film noir. A femme fatale, a la mode.",
        "",
    ],
)
def test_english_with_foreign_words_stays_english(text: str) -> None:
    assert language_of(text) == "en"


def test_a_short_paragraph_has_the_language_of_its_script() -> None:
    assert language_of("Kaffee. Schwarz.", "de") == "de"
    assert language_of("She opens the door and looks at the cat.", "de") == "en"
    assert language_of("静寂。", "ja") == "ja"
    assert language_of("静寂。") == "zh"


@pytest.mark.parametrize(
    ("name", "code"),
    [("Deutsch", "de"), ("de-AT", "de"), ("German", "de"), ("日本語", "ja"), ("Polski", "pl"), ("Klingon", "")],
)
def test_languages_are_known_by_name_and_tag(name: str, code: str) -> None:
    assert language_named(name) == code


def test_the_title_page_says_the_language() -> None:
    told = show_of("Title: X\nLanguage: Polish\n\nINT. HALL - DAY\n\nPIP pali.\n\nPIP\nTak.\n")
    assert told.episode.scenes[0].language == "pl"


def test_a_description_of_a_few_words_has_a_language() -> None:
    assert language_of_description("Katze mit blauem Halsband") == "de"
    assert language_of_description("Gato preto e gordo") == "pt"
