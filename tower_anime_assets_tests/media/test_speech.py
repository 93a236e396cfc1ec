from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.speech import SpeechRequest, SynthesizedSpeech, measure_speech, synthesize_speech
from tower_anime_assets.quality.sound import written_tokens


def spoken(text: str, variant: str = "m3", language: str = "en") -> SynthesizedSpeech:
    return synthesize_speech(text, variant, 50, 170, language)


def level(made: SynthesizedSpeech, start_s: float, end_s: float) -> float:
    part = made.samples[round(start_s * made.sample_rate_hz) : round(end_s * made.sample_rate_hz)]
    return float(np.sqrt(np.mean(np.square(part)))) if len(part) else 0.0


@pytest.mark.parametrize(
    "text",
    [
        "You are one of the half-closed 240 in the house, isn't it?",
        "Wait... Dr. Chen...... it is $5.30 — go!",
        'A 😀 grin at "them" (low) x² ½',
        "one\ntwo\tthree\u00a0four",
        "東京へ行きます hello",
        "你好，世界。 مرحبا Привет 안녕 नमस्ते שלום",
        "１２３ 𝓗ello Ｌｕｎａ",
    ],
)
def test_every_written_word_has_its_own_time_in_order(text: str) -> None:
    made = spoken(text)
    assert [word.text for word in made.words] == list(written_tokens(text))
    assert made.skipped == ()
    starts = [word.start_s for word in made.words]
    assert starts == sorted(starts)
    assert all(0 <= word.start_s < word.end_s <= len(made.samples) / made.sample_rate_hz for word in made.words)
    assert all(level(made, word.start_s, word.end_s) > 0.01 for word in made.words)


def test_word_times_follow_the_sound() -> None:
    made = spoken("Stop. Now.")
    first, second = made.words
    assert level(made, first.start_s, first.end_s) > 8 * level(made, first.end_s + 0.05, second.start_s - 0.02)


def test_words_in_a_script_that_nobody_reads_are_named() -> None:
    made = spoken("ᚠᚢᚦ is 𒀀𒀀 rune")
    assert [word.text for word in made.words] == ["is", "rune"]
    assert made.skipped == ("ᚠᚢᚦ", "𒀀𒀀")


def test_cyrillic_is_read_by_a_russian_voice_and_not_spelled_by_an_english_one() -> None:
    read = spoken("Привет")
    spelled = 6 * len(spoken("P").samples)
    assert len(read.samples) < spelled / 2


@pytest.mark.parametrize("text", ["", "   ", "...", "—"])
def test_a_text_without_words_has_no_words(text: str) -> None:
    made = spoken(text)
    assert made.words == ()
    assert made.skipped == ()


def test_five_thousand_characters_are_spoken() -> None:
    text = "We will not stop here, and nobody can make us. " * 106
    made = spoken(text[:5000])
    assert len(made.words) == len(written_tokens(text[:5000]))
    assert len(made.samples) / made.sample_rate_hz > 200
    assert len(spoken("a" * 5000).words) == 1


def test_more_than_can_be_spoken_is_refused() -> None:
    with pytest.raises(MediaError, match="20001 characters"):
        spoken("a" * 20_001)


@pytest.mark.parametrize(
    ("variant", "language", "named"),
    [("m33", "en", "variant 'm33'"), ("m3", "xx", "language 'xx'"), ("../../x", "en", "variant")],
)
def test_an_unknown_voice_is_an_error_and_never_another_voice(variant: str, language: str, named: str) -> None:
    with pytest.raises(MediaError, match=named):
        spoken("Hello.", variant, language)


@pytest.mark.parametrize("language", ["en-GB", "en-us", "zh-CN", "pt-BR", "de-AT", "ja"])
def test_language_tags_are_understood(language: str) -> None:
    assert len(spoken("Hello", "f2", language).samples) > 4000


def test_a_fresh_process_says_the_same_thing_the_same_way() -> None:
    one = spoken("They held him for one whole second.", "f3")
    time.sleep(1.1)  # the library draws breath at random, from a clock that counts seconds
    other = spoken("They held him for one whole second.", "f3")
    assert np.array_equal(one.samples, other.samples)
    assert one.words == other.words


def test_rate_and_pitch_change_the_voice() -> None:
    text = "We have all the time in the world."
    slow, quick = synthesize_speech(text, "m3", 50, 120), synthesize_speech(text, "m3", 50, 240)
    assert len(slow.samples) > 1.5 * len(quick.samples)
    assert not np.array_equal(
        synthesize_speech(text, "m3", 20, 170).samples, synthesize_speech(text, "m3", 80, 170).samples
    )


def audible_s(made: SynthesizedSpeech) -> float:
    loud = np.flatnonzero(np.abs(made.samples) > 60 / 32768)
    return (int(loud[-1]) + 1 - int(loud[0])) / made.sample_rate_hz


def test_lines_measured_together_are_as_long_as_each_spoken_by_a_process_of_its_own() -> None:
    lines = [
        ("They found us.", "m1", "en", 165),
        ("Wait, they held him for one whole second!", "f3", "en", 143),
        ("Wir sind zu spät.", "f3", "de", 180),
        ("He said Привет to me.", "m4", "en", 165),
        ("They found us.", "m1", "en", 190),
    ]
    requests = [SpeechRequest(text, variant, 50, rate, language) for text, variant, language, rate in lines]
    alone = [audible_s(synthesize_speech(text, variant, 50, rate, tag)) for text, variant, tag, rate in lines]
    assert measure_speech(requests) == alone
    assert measure_speech(requests[::-1]) == alone[::-1]


def test_a_line_that_cannot_be_spoken_costs_the_others_nothing() -> None:
    good = SpeechRequest("They found us.", "m1", 50, 165)
    lengths_s = measure_speech([good, SpeechRequest("They found us.", "m99", 50, 165), good])
    assert lengths_s == [measure_speech([good])[0], None, lengths_s[0]]
    assert lengths_s[0]


def test_a_child_that_hangs_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(MediaError, match="did not finish"):
        synthesize_speech("Hello. " * 500, "m3", 50, 170, timeout_s=0.001)
    assert time.monotonic() - started < 5


@settings(deadline=None, max_examples=15)
@given(st.text(max_size=60))
def test_whatever_is_written_each_word_is_spoken_or_named(text: str) -> None:
    made = spoken(text)
    said = [word.text for word in made.words]
    words = [token for token in text.split() if any(character.isalnum() for character in token)]
    assert sorted([*said, *made.skipped]) == sorted(words)
