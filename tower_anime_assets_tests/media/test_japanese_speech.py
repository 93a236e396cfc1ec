from __future__ import annotations

import numpy as np
import pytest

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.japanese_speech import JapaneseLine, measure_japanese, prepare_line, speak_japanese
from tower_anime_assets.media.speech import SpeechRequest, measure_speech, synthesize_speech

LINE = JapaneseLine("今日は、ミアと 東京タワーへ 行きます。", 1.0, -6.0, 48_000)


def test_every_written_word_is_heard_where_its_sounds_are() -> None:
    sound = speak_japanese(LINE, 60)
    assert sound.has_exact_words
    assert [number for number, _start, _end in sound.words] == [0, 1, 2]
    for _number, start, end in sound.words:
        assert float(np.sqrt(np.mean(sound.samples[start:end] ** 2))) > 0.02
    silence = sound.samples[: sound.start - 4800]
    assert float(np.abs(silence).max()) < 0.01


def test_the_same_line_is_the_same_sound_and_as_long_beside_others() -> None:
    first, again = speak_japanese(LINE, 60), speak_japanese(LINE, 60)
    assert np.array_equal(first.samples, again.samples)
    _other, beside_s, too_long = measure_japanese(
        [JapaneseLine("別の文です。", 1.2, 0.0, 48_000), LINE, JapaneseLine("明日の朝に。" * 2000, 1.0, 0.0, 48_000)],
        60,
    )
    assert beside_s == (first.end - first.start) / 48_000
    assert too_long is None


def test_pauses_within_a_line_are_no_longer_than_half_a_second() -> None:
    line = JapaneseLine("お前は何者だ。東京タワーで会おう。", 0.8, -6.0, 48_000)
    spoken = speak_japanese(line, 60)
    assert measure_japanese([line], 60) == [(spoken.end - spoken.start) / 48_000]
    inside = np.abs(spoken.samples[spoken.start : spoken.end]) > 0.01
    loud = np.flatnonzero(inside)
    assert np.diff(loud).max() < 0.6 * 48_000
    assert len(spoken.samples) >= spoken.end


def test_kanji_are_read_and_not_called_chinese_letters() -> None:
    kanji_s, kana_s = measure_speech(
        [SpeechRequest(text, "f2", 60, 165, "ja") for text in ("大丈夫ですか。", "だいじょうぶですか。")]
    )
    assert kanji_s is not None
    assert kanji_s == pytest.approx(kana_s, abs=0.1)
    assert kanji_s < 1.5


@pytest.mark.parametrize("text", ["ぎゃああああああああああ！", "あ" * 200, "うわあああああ！", "あっ" * 30])
def test_a_scream_stays_a_sound(text: str) -> None:
    spoken = synthesize_speech(text, "m3", 50, 165, "ja")
    assert 0.05 < float(np.abs(spoken.samples).max()) <= 4.0
    assert len(spoken.samples) / spoken.sample_rate_hz < 4


def test_two_readers_of_one_line_are_equally_loud_and_in_order() -> None:
    spoken = synthesize_speech("東京へ go home now!", "f2", 60, 165, "ja")
    assert [word.text for word in spoken.words] == ["東京へ", "go", "home", "now!"]
    ends = [word.end_s for word in spoken.words]
    assert ends == sorted(ends)
    middle = round(ends[0] * spoken.sample_rate_hz)
    first, second = spoken.samples[:middle], spoken.samples[middle:]
    assert 0.5 < float(np.sqrt(np.mean(first**2)) / np.sqrt(np.mean(second**2))) < 2


def test_a_smaller_speaker_is_higher_but_not_quicker() -> None:
    text = "今日はとても良い天気ですね、散歩に行きましょう。"
    adult, child = (prepare_line(text, "f2", 60, 165, tract) for tract in (1.0, 0.8))
    assert child.sample_rate_hz > 1.2 * adult.sample_rate_hz
    lengths_s = measure_japanese([adult, child], 60)
    assert lengths_s[0] == pytest.approx(lengths_s[1], rel=0.12)


def test_a_child_process_that_hangs_is_ended() -> None:
    with pytest.raises(MediaError, match="did not finish"):
        speak_japanese(LINE, 0.01)
