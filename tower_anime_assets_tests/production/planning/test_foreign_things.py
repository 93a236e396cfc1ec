from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.languages.detection import language_of_script, language_of_words
from tower_anime_assets.production.planning.scene_things import things_seen
from tower_anime_assets.production.planning.things import colour_of, find


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("提灯が机の上にある。", ["提灯 (lantern)"]),
        ("黒猫が眠る。赤い傘をさした少女。", ["猫 (black cat)", "傘 (red umbrella)"]),
        ("手紙を読む。電話が鳴る。", ["手紙 (letter)", "電話 (telephone)"]),
        ("猫背の男。料理をする。花火が上がる。", []),
        ("Die rote Papierlaterne liegt auf dem Tisch.", ["papierlaterne (red lantern)"]),
        ("Das Katzenfutter steht auf dem Boden.", []),
        ("Le chat dort sur le toit.", ["chat (cat)"]),
        ("Il ouvre la nourriture pour chat sur le sol.", []),
        ("Una guitarra y un violín en la silla.", ["guitarra (guitar)", "violín (violin)", "silla (chair)"]),
        (
            "Кошка спит на диване. Робот стоит у двери.",
            ["кошка (cat)", "диване (sofa)", "робот (robot)", "двери (door)"],
        ),
        ("고양이가 의자에서 잔다.", ["고양이 (cat)", "의자 (chair)"]),
        ("红灯笼挂在门上。", ["红灯笼 (lantern)", "门 (door)"]),
        ("They chat about the pain. A gift for Anna.", ["gift"]),
        ("The sign says 東京 beside a lantern.", ["lantern"]),
    ],
)
def test_things_of_other_languages_keep_their_words_and_get_an_english_name(text: str, things: list[str]) -> None:
    assert [item.words for item in things_seen(text)] == things


def test_a_foreign_word_is_drawn_by_its_english_name() -> None:
    thing = find("傘 (red umbrella)")
    assert thing is not None
    assert (thing.name, colour_of("傘 (red umbrella)", thing)) == ("umbrella", "#cf2e35")


def test_a_short_text_is_read_in_the_language_of_its_scene() -> None:
    assert [item.words for item in things_seen("El gato duerme.", language="es")] == ["gato (cat)"]
    assert things_seen("El gato duerme.") == ()


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_any_text_has_a_language(text: str) -> None:
    assert language_of_words(text)
    assert re.fullmatch("|[a-z]{2,3}", language_of_script(text))
    assert all(find(item.words) is item.thing for item in things_seen(text) if item.thing is not None)
