"""Legal clip lengths, and how long lines take to say."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.timing import (
    is_legal_length,
    legal_clip_length,
    legal_lengths,
    phrase_end_shares,
    speech_seconds,
    window_seconds,
)

# Seconds that espeak-ng 1.52 needed at a rate in words per minute, its silence before and after taken off.
MEASURED = [
    ("Run.", 165, 0.35),
    ("Now go and find him, please.", 120, 3.13),
    ("Now go and find him, please.", 165, 2.17),
    ("Now go and find him, please.", 250, 1.34),
    ("Yes. No. Yes. No.", 165, 2.37),
    ("Stop! Go! Stop!", 200, 1.40),
    ("Call me at 555 0142 before 10:30.", 165, 4.34),
    ("The reactor is at 97 percent and climbing.", 165, 2.95),
]


@pytest.mark.parametrize(("frames", "length"), [(1, 9), (9, 9), (10, 17), (33, 33), (34, 41), (121, 121)])
def test_a_clip_is_the_shortest_legal_one_that_holds_the_frames(frames: int, length: int) -> None:
    assert legal_clip_length(frames) == length


def test_more_frames_than_a_clip_may_have_are_refused_with_the_numbers() -> None:
    with pytest.raises(PlanError, match="122 frames need a 129-frame clip, over the 121"):
        legal_clip_length(122)


def test_a_shot_of_no_frames_is_refused() -> None:
    with pytest.raises(PlanError, match="at least 1"):
        legal_clip_length(0)


def test_an_engine_without_any_legal_length_is_refused() -> None:
    with pytest.raises(PlanError, match="max_clip_frames is 8"):
        legal_lengths(8)


@given(st.integers(1, 257))
def test_every_clip_length_is_legal_and_less_than_a_step_too_long(frames: int) -> None:
    length = legal_clip_length(frames, 257)
    assert is_legal_length(length, 257)
    assert length in legal_lengths(257)
    assert frames <= length < max(frames + 8, 10)


@pytest.mark.parametrize(("text", "rate_wpm", "measured_s"), MEASURED)
def test_a_window_holds_what_the_synthesiser_needs_at_its_fastest(text: str, rate_wpm: int, measured_s: float) -> None:
    assert window_seconds(text, rate_wpm) * 1.2 >= measured_s
    assert speech_seconds(text, rate_wpm) == pytest.approx(measured_s, rel=0.3)


@given(st.text(max_size=80), st.text(max_size=80), st.integers(80, 300))
def test_a_longer_text_never_needs_less_time(one: str, other: str, rate_wpm: int) -> None:
    assert speech_seconds(f"{one} and {other} again", rate_wpm) >= speech_seconds(f"{one} and", rate_wpm) - 1e-9


@given(st.text(max_size=80), st.integers(80, 290))
def test_a_faster_voice_never_needs_more_time(text: str, rate_wpm: int) -> None:
    assert speech_seconds(text, rate_wpm + 10) <= speech_seconds(text, rate_wpm)


@example("ᐁᐁᐁᐁᐁᐁᐁᐁ")
@given(st.text(max_size=80))
def test_windows_are_quarters_of_a_second_and_longer_than_the_speech(text: str) -> None:
    window = window_seconds(text, 165)
    assert window * 4 == int(window * 4)
    assert window >= speech_seconds(text, 165)


def test_nothing_to_say_takes_no_time() -> None:
    assert speech_seconds(" ... ", 165) == 0.0


def test_a_voice_without_a_rate_is_refused() -> None:
    with pytest.raises(PlanError, match="speaking rate of 0"):
        speech_seconds("Hello.", 0)


def test_han_characters_take_longer_among_kana_where_the_synthesiser_names_them() -> None:
    assert speech_seconds("我从来没有见过大海", 165, "zh") < speech_seconds("我从来没有见过大海", 165, "ja")
    assert 1.0 <= speech_seconds("おはようございます。", 165, "ja") <= 1.6


def test_a_line_may_be_cut_after_phrases_and_nowhere_else() -> None:
    assert [round(share * 21) for share in phrase_end_shares("Wait. Not yet, please")] == [6, 15]
    assert phrase_end_shares("霧が流れる。走れ！") == (6 / 9,)
    assert phrase_end_shares("Not yet.") == phrase_end_shares("") == ()


@pytest.mark.parametrize("text", ["." * 10_000, "." * 10_000 + "x", ",;" * 5_000 + "x", "…" * 10_000 + '"x'])
def test_long_runs_of_marks_are_read_in_linear_time(text: str) -> None:
    started = time.process_time()
    speech_seconds(text, 165)
    phrase_end_shares(text)
    assert time.process_time() - started < 0.2
