"""Word times from a sound's energy, and a service's own times fitted to the written words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.media.speech import synthesize_speech
from tower_anime_assets.production.planning.word_times import Samples, TimedWord, estimate_word_times, match_word_times
from tower_anime_assets.quality.sound import words_missing, written_tokens

RATE_HZ = 16_000
LINES = (
    "They found us.",
    "Forty million people wear our arms, our legs, our eyes.",
    "I can't. It needs Kozlov's key.",
    "We have 22 minutes before the tower falls, and nobody knows; so run. Run as fast as you can!",
)


def bursts(*lengths_s: float, pause_s: float = 0.3) -> Samples:
    """Noise of these lengths with pauses before, between and after."""
    noise = np.random.default_rng(1)
    parts = [np.zeros(round(pause_s * RATE_HZ))]
    for length_s in lengths_s:
        parts += [noise.normal(0, 0.1, round(length_s * RATE_HZ)), np.zeros(round(pause_s * RATE_HZ))]
    return np.concatenate(parts).astype(np.float32)


@pytest.mark.parametrize("text", LINES)
def test_the_estimate_is_near_the_synthesisers_own_times(text: str) -> None:
    spoken = synthesize_speech(text, "f2", 50, 160)
    words = estimate_word_times(spoken.samples, spoken.sample_rate_hz, text)
    assert [word.text for word in words] == [word.text for word in spoken.words]
    off_s = [abs(mine.start_s - true.start_s) for mine, true in zip(words, spoken.words, strict=True)]
    assert float(np.mean(off_s)) < 0.13
    assert max(off_s) < 0.4
    timed = [{"text": word.text, "start_s": word.start_s, "end_s": word.end_s} for word in words]
    assert words_missing(spoken.samples[:, None], spoken.sample_rate_hz, timed, text) == 0


def test_pauses_fall_on_punctuation_and_not_within_a_phrase() -> None:
    first, second, third = (0.3, 0.8), (1.1, 2.1), (2.4, 2.9)
    words = estimate_word_times(bursts(0.5, 1.0, 0.5), RATE_HZ, "Stop now, we must never go back, not ever")
    starts = {word.text: word.start_s for word in words}
    assert starts["Stop"] == pytest.approx(first[0], abs=0.02)
    assert starts["we"] == pytest.approx(second[0], abs=0.02)
    assert starts["not"] == pytest.approx(third[0], abs=0.02)
    assert words[-1].end_s == pytest.approx(third[1], abs=0.02)


def test_silence_and_a_text_without_words_give_none() -> None:
    assert estimate_word_times(np.zeros(RATE_HZ, np.float32), RATE_HZ, "Anybody there?") == ()
    assert estimate_word_times(np.zeros(0, np.float32), RATE_HZ, "Anybody there?") == ()
    assert estimate_word_times(bursts(1.0), RATE_HZ, "... !") == ()


def test_a_sound_too_short_for_the_line_lacks_its_last_words() -> None:
    text = "Forty million people wear our arms, our legs, our eyes."
    words = estimate_word_times(bursts(0.4), RATE_HZ, text)
    assert 0 < len(words) < len(written_tokens(text))
    assert [word.text for word in words] == list(written_tokens(text))[: len(words)]
    timed = [{"text": word.text, "start_s": word.start_s, "end_s": word.end_s} for word in words]
    assert words_missing(bursts(0.4)[:, None], RATE_HZ, timed, text) == len(written_tokens(text)) - len(words)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "run,", "tower.", "неон", "数据", "—", "42", "extraordinary", "…"]), max_size=25),
    st.lists(st.floats(0.05, 1.5), min_size=0, max_size=6),
)
def test_times_are_in_order_within_the_sound_and_every_word_has_some(tokens: list[str], lengths: list[float]) -> None:
    text, sound = " ".join(tokens), bursts(*lengths)
    words = estimate_word_times(sound, RATE_HZ, text)
    assert [word.text for word in words] == list(written_tokens(text))[: len(words)]
    assert all(word.start_s < word.end_s for word in words)
    assert all(before.end_s <= after.start_s + 1e-9 for before, after in pairwise(words))
    assert all(word.start_s >= 0 and word.end_s <= len(sound) / RATE_HZ + 0.02 for word in words)


def timed(*words: tuple[str, float, float]) -> list[TimedWord]:
    return [TimedWord(*word) for word in words]


def test_a_services_times_go_to_the_words_as_they_are_written() -> None:
    given_words = timed(("they", 0.1, 0.3), ("FOUND", 0.3, 0.6), ("us", 0.6, 0.9))
    assert match_word_times(given_words, "They — found us.") == (
        TimedWord("They", 0.1, 0.3), TimedWord("found", 0.3, 0.6), TimedWord("us.", 0.6, 0.9),
    )  # fmt: skip


def test_words_spelled_differently_share_the_time() -> None:
    given_words = timed(("in", 0.0, 0.2), ("twenty", 0.2, 0.5), ("two", 0.5, 0.7), ("minutes", 0.7, 1.0))
    assert match_word_times(given_words, "In 22 minutes") == (
        TimedWord("In", 0.0, 0.2), TimedWord("22", 0.2, 0.7), TimedWord("minutes", 0.7, 1.0),
    )  # fmt: skip


def test_a_word_that_was_not_spoken_has_no_time() -> None:
    given_words = timed(("they", 0.1, 0.3), ("us", 0.6, 0.9))
    assert [word.text for word in match_word_times(given_words, "They found us.")] == ["They", "us."]
    assert match_word_times([], "They found us.") == ()


def test_spoken_words_that_are_not_in_the_text_are_ignored() -> None:
    given_words = timed(("um", 0.0, 0.1), ("they", 0.1, 0.3), ("left", 0.3, 0.6), ("...", 0.6, 0.7))
    assert [word.text for word in match_word_times(given_words, "They left")] == ["They", "left"]
