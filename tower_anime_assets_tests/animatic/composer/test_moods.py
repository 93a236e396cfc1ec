from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.animatic.composer.moods import (
    CHOIR,
    MODES,
    MOODS,
    PIANO,
    SAW,
    SYNTH_BRASS,
    nearest_mood,
    palette_for,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("tense", "tense"), ("chase", "action"), ("romantic", "tender"), ("dark", "ominous"), ("Melancholy", "sad"),
        ("quietly hopeful", "hopeful"), ("heroic", "triumphant"), ("ominus", "ominous"), ("xyzzy", "neutral"),
        ("", "neutral"), ("緊張", "neutral"),
    ],
)  # fmt: skip
def test_a_mood_is_read_by_its_nearest_meaning(written: str, read: str) -> None:
    assert nearest_mood(written) == read


def test_every_mood_is_written_in_a_mode_and_its_chords_lie_on_the_scale() -> None:
    for palette in MOODS.values():
        assert palette.mode in MODES
        assert all(0 <= degree < 7 for loop in (*palette.loops, palette.cadence) for degree in loop)


def test_the_words_of_a_music_note_choose_instruments_tempo_and_drums() -> None:
    wave = palette_for("action", "synthwave, driving, 132 bpm", 0)
    assert (wave.lead, wave.tempo_bpm, wave.drums) == (SAW, 132, "drive")
    piano = palette_for("calm", "solo piano, patient, 60 bpm", 0)
    assert (piano.middle, piano.lead, piano.drums, piano.tempo_bpm) == (PIANO, PIANO, "none", 60)
    brass = palette_for("triumphant", "synth brass, choir", 0)
    assert brass.lead == SYNTH_BRASS
    assert palette_for("calm", "choir", 0).pad == CHOIR
    assert palette_for("tense", "heartbeat", 0).drums == "heart"
    assert palette_for("ominous", "drone", 0).drone


def test_a_tempo_asked_for_wins_over_the_note_and_the_mood() -> None:
    assert palette_for("calm", "90 bpm", 120).tempo_bpm == 120
    assert palette_for("calm", "90 bpm", 0).tempo_bpm == 90
    assert palette_for("calm", "", 0).tempo_bpm == MOODS["calm"].tempo_bpm
    assert palette_for("calm", "900 bpm", 0).tempo_bpm == 200


@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 999))
def test_any_words_can_be_set_to_music(mood: str, words: str, tempo_bpm: int) -> None:
    assert 40 <= palette_for(mood, words, tempo_bpm).tempo_bpm <= 200
