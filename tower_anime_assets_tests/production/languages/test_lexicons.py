from __future__ import annotations

import pytest

from tower_anime_assets.production.languages.gloss_words import words_of
from tower_anime_assets.production.languages.glosses import read_gloss
from tower_anime_assets.production.languages.lexicons import LANGUAGES, lexicon_of
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.things import find
from tower_anime_assets.production.story import kind_words

BASICS = word_set(
    "man woman boy girl child monk grandmother king queen soldier doctor robot ghost dragon cat dog bird fox "
    "rabbit horse lamp lantern book letter key door chair apple bread umbrella hat sword flower tree mirror hair "
    "eyes beard dress coat small big old young white black red blue green yellow happy sad sleeps sits runs walks "
    "eats drinks writes falls holds gives opens hugs fights cooks dances drives prays looks smiles weeps laughs "
    "stands not he she"
)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_the_words_of_everyday_action(language: str) -> None:
    known = {meaning.english for meanings in lexicon_of(language).forms.values() for meaning in meanings}
    assert BASICS - known <= {"he", "she"}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_several_hundred_things_reach_a_drawing_in_every_language(language: str) -> None:
    meanings = {one for ones in lexicon_of(language).forms.values() for one in ones if one.is_noun}
    drawn = {one.english for one in meanings if (thing := find(one.english)) is not None and thing.is_drawn}
    assert len(drawn) > 400


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_forms_are_in_lower_case_and_mean_something(language: str) -> None:
    for form, meanings in lexicon_of(language).forms.items():
        assert form == form.lower()
        assert form.strip() == form != ""
        assert all(meaning.english and "_" not in meaning.english for meaning in meanings)


def test_kinds_of_beings_are_those_of_the_english_tables() -> None:
    nouns = {one.english for language in LANGUAGES for ones in lexicon_of(language).forms.values() for one in ones}
    for being in ("robot", "ghost", "dragon", "kitten", "raven", "android", "monster", "skeleton"):
        assert being in nouns
        assert being in kind_words.SPECIES


@pytest.mark.parametrize(
    ("language", "text", "english"),
    [
        ("de", "Ada hat den Apfel gegessen.", "Ada has eats the apple."),
        (
            "de",
            "Auf dem Dach sitzt die Katze, während Ada ein Buch liest.",
            "on the roof sits the cat, as Ada reads a book.",
        ),
        ("de", "Die Handschuhe liegen auf dem Küchentisch.", "the gloves lies on the table."),
        ("de", "Ein schwarzhaariges Mädchen tanzt.", "a black-haired girl dances."),
        ("fr", "Le chat noir et blanc dort.", "the black and white cat sleeps."),
        ("fr", "L'homme n'ouvre pas la porte.", "the man does not opens the door."),
        ("es", "El perro grande y negro no corre.", "the big and black dog does not runs."),
        ("it", "La ragazza dai capelli rossi apre la porta.", "the girl from the red hair opens the door."),
        ("pt", "O menino não come o pão.", "the boy does not eats the bread."),
        ("ru", "На столе стоит старая лампа.", "on a table stands a old lamp."),
        ("ja", "白い髭の老人が手紙を読む。", "a old man with a white beard reads a letter."),
        ("zh", "老人打开了门。", "a old man opens a door."),
        ("ko", "소녀가 빵을 먹는다.", "a girl eats a bread."),
        ("zh", "女孩在雨中跳舞。", "a girl dances in a rain."),
        ("zh", "女孩用剑战斗。", "a girl fights with a sword."),
        ("de", "Das Mädchen trägt einen roten Mantel.", "the girl wears a red coat."),
        ("fr", "Il y a un vieux bidule.", "has a old /."),
    ],
)
def test_sentences_become_english_words_in_english_order(language: str, text: str, english: str) -> None:
    names = ((text.index("Ada"), text.index("Ada") + 3),) if "Ada" in text else ()
    assert read_gloss(text, language, names).english == english


@pytest.mark.parametrize(
    ("language", "text", "unknown"),
    [
        ("de", "Der Schornsteinfeger krault den Dackel.", ("Schornsteinfeger", "krault", "Dackel")),
        ("fr", "Le ramoneur gratte la porte.", ("ramoneur", "gratte")),
        ("ru", "Трубочист чешет кота.", ("Трубочист", "чешет")),
        ("zh", "猫吃馄饨。", ("馄饨",)),
        ("de", "Das Katzenfutter steht dort.", ("Katzenfutter",)),
        ("de", "Der Flughund und das Meerschweinchen.", ("Flughund", "Meerschweinchen")),
    ],
)
def test_words_that_no_table_has_are_told_and_not_guessed(language: str, text: str, unknown: tuple[str, ...]) -> None:
    found = read_gloss(text, language).unknown
    assert set(unknown) <= set(found)
    assert "dog" not in read_gloss(text, language).english


@pytest.mark.parametrize("language", sorted(LANGUAGES | {"pl", "ar", "hi", "tr"}))
@pytest.mark.parametrize(
    "text", ["", " ", "…", "a", "PIP", "'", "l'", "12", "七十八歳", "---", "🄐 x", "\n\n", "不不不", "ないない"]
)
def test_any_text_is_read(language: str, text: str) -> None:
    words = words_of(text, language)
    assert all(text[word.start : word.end] == word.text for word in words if word.end - word.start == len(word.text))
    assert isinstance(read_gloss(text, language).english, str)
