from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.planning.readers import (
    OPEN_JTALK,
    has_kana,
    is_pause,
    is_word,
    reader_of,
    split_passages,
    spoken_language,
    unreadable_words,
)
from tower_anime_assets.production.planning.romaji import kana_of


def passages(text: str, language: str) -> list[tuple[str, str]]:
    return [(passage.language, passage.text) for passage in split_passages(text.split(), language)]


@pytest.mark.parametrize(
    ("text", "language", "read"),
    [
        ("大丈夫。", "ja", [("ja", "大丈夫。")]),
        ("大丈夫。", "zh", [("zh", "大丈夫。")]),
        ("大丈夫だ。", "en", [("ja", "大丈夫だ。")]),
        ("ありがとう, Mia!", "en", [("ja", "ありがとう, ミア!")]),
        ("ミアと Viktor が来る。", "ja", [("ja", "ミアと"), ("en", "Viktor"), ("ja", "が来る。")]),
        ("OK、NHKへ。", "ja", [("ja", "OK、NHKへ。")]),
        ("12時に会おう。", "en", [("ja", "12時に会おう。")]),
        ("ﾐｱ、待って！", "ja", [("ja", "ミア、待って!")]),
        ("佐々木さん", "ja", [("ja", "佐々木さん")]),
        ("Hello.", "ja", [("en", "Hello.")]),
        ("Hello, Мир!", "en", [("en", "Hello,"), ("ru", "Мир!")]),
        ("你好", "en", [("cmn", "你好")]),
    ],
)
def test_a_passage_is_read_by_who_knows_its_language(text: str, language: str, read: list[tuple[str, str]]) -> None:
    assert passages(text, language) == read
    assert (reader_of(text, language) == OPEN_JTALK) == any(tag == "ja" for tag, _text in read)


def test_kanji_alone_are_japanese_where_the_episode_is() -> None:
    assert spoken_language("大丈夫。", "en") == "en"
    assert spoken_language("大丈夫。", "en", is_among_japanese=True) == "ja"
    assert spoken_language("没关系。", "zh-CN", is_among_japanese=True) == "zh-CN"
    assert spoken_language("Fine.", "de", is_among_japanese=True) == "de"
    assert has_kana("ﾊｲ")
    assert not has_kana("大丈夫")


@pytest.mark.parametrize("text", ["...", "—", "…", "!?", "?", "-", "♪", "「」", "。", "", "ᚠᚢᚦ", "_"])
def test_what_no_voice_reads_is_a_pause(text: str) -> None:
    assert is_pause(text)


@pytest.mark.parametrize("text", ["Hm.", "$5?", "2 + 2 = 4.", "&", "😀", "えっ", "½", "...no", "5%", "ﾊ"])
def test_what_a_voice_reads_is_no_pause(text: str) -> None:
    assert not is_pause(text)


def test_words_without_a_reader_are_named() -> None:
    assert unreadable_words("The rune ᚠᚢᚦ glows, 𒀀.") == ("ᚠᚢᚦ", "𒀀.")
    assert unreadable_words("All of it") == ()


@pytest.mark.parametrize(
    ("name", "kana"),
    [
        ("Mia", "ミア"), ("Akira", "アキラ"), ("Luna", "ルナ"), ("Kenji", "ケンジ"),
        ("Hotta", "ホッタ"), ("Emma", "エマ"),
        ("Chiyo", "チヨ"), ("Shin", "シン"), ("Sarah", "サラ"), ("Viktor", ""), ("mia", ""), ("OK", ""), ("Élan", ""),
    ],
)  # fmt: skip
def test_names_in_latin_letters_have_a_japanese_reading_or_none(name: str, kana: str) -> None:
    assert kana_of(name) == kana


@given(st.text(max_size=40), st.sampled_from(["en", "ja", "zh", "de", "ru"]))
def test_every_word_is_in_some_passage_or_unreadable(text: str, language: str) -> None:
    tokens = text.split()
    read = {word.index for passage in split_passages(tokens, language) for word in passage.words}
    words = {index for index, token in enumerate(tokens) if is_word(token)}
    assert read - {-1} <= words
    assert all(not is_pause(tokens[index]) for index in read - {-1})
