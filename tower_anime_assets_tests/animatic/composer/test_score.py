from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.animatic.composer.moods import MODES, MOODS, palette_for
from tower_anime_assets.animatic.composer.score import (
    BASS,
    DRUMS,
    LEAD,
    MIDDLE,
    MOTIFS,
    PAD,
    TEMPO_STRETCH,
    Score,
    compose_score,
    fit_form,
)


def cue(mood: str, length_s: float = 30.0, has_speech: bool = False, seed: int = 1) -> Score:
    return compose_score(palette_for(mood, "", 0), length_s, has_speech, seed)


@settings(deadline=None, max_examples=200)
@given(length_s=st.floats(0.2, 600), tempo_bpm=st.integers(40, 200))
def test_whole_bars_and_a_ring_fill_any_length_near_the_tempo(length_s: float, tempo_bpm: int) -> None:
    form = fit_form(length_s, tempo_bpm)
    ring_s = length_s - form.end_s
    assert form.end_s >= 0
    assert ring_s >= min(1.8, 0.4 * length_s) - 1e-6
    assert abs(60 / form.beat_s / tempo_bpm - 1) <= TEMPO_STRETCH + 1e-6
    if form.bars:
        assert ring_s <= 3.2 + 0.75 * form.bar_s


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_cue_ends_on_its_tonic_in_every_voice(mood: str, seed: int) -> None:
    score = cue(mood, 24.5, seed=seed)
    last = [note for note in score.notes if note.start_s >= score.form.end_s - 1e-6 and note.part != DRUMS]
    triad = {(score.tonic + MODES[MOODS[mood].mode][step]) % 12 for step in (0, 2, 4)}
    assert {note.key % 12 for note in last if note.part in (PAD, MIDDLE)} == triad
    assert {note.key % 12 for note in last if note.part in (BASS, LEAD)} == {score.tonic % 12}
    assert max(note.start_s + note.length_s for note in last) == pytest.approx(24.5, abs=1e-6)


@pytest.mark.parametrize("mood", MOODS)
def test_harmony_moves_by_short_ways(mood: str) -> None:
    score = cue(mood, 40)
    for before, after in zip(score.chords, score.chords[1:], strict=False):
        moves = [min(abs(key - other) for other in before) for key in after]
        assert max(moves) <= 5
        assert sum(moves) / len(moves) <= 2.5
    assert all(40 <= key <= 84 for chord in score.chords for key in chord)


@pytest.mark.parametrize("mood", MOODS)
def test_notes_belong_to_the_key_or_lead_into_its_end(mood: str) -> None:
    score = cue(mood, 35)
    scale = {(score.tonic + step) % 12 for step in MODES[MOODS[mood].mode]}
    last_bar_s = (score.form.bars - 1) * score.form.bar_s
    for note in score.notes:
        if note.part in (DRUMS, BASS) or note.start_s >= last_bar_s - 1e-6:
            continue  # fifths in the bass may leave a mode, and the cadence raises its leading tone
        assert note.key % 12 in scale


def test_every_cue_opens_with_the_shows_motif() -> None:
    for mood in MOODS:
        score = cue(mood)
        opening = [note for note in score.notes if note.part == LEAD][: len(MOTIFS[0])]
        beats = [note.start_s / score.form.beat_s for note in opening]
        assert beats == pytest.approx([0.0, 1.0, 2.0, 2.5, 3.0])
        assert opening[1].key > opening[0].key
        assert opening[1].key > opening[2].key > opening[4].key or opening[2].key == opening[3].key


def test_each_show_has_its_own_motif_in_all_its_cues() -> None:
    def opening(mood: str, show_seed: int) -> tuple[float, ...]:
        score = compose_score(palette_for(mood, "", 0), 30.0, False, 7, show_seed)
        notes = [note for note in score.notes if note.part == LEAD][: len(MOTIFS[show_seed])]
        return tuple(round(note.start_s / score.form.beat_s, 3) for note in notes) + tuple(
            float(after.key > before.key) for before, after in pairwise(notes)
        )

    shows = [{opening(mood, show) for mood in ("calm", "hopeful", "sad")} for show in range(len(MOTIFS))]
    rhythms = [{found[:5] for found in show} for show in shows]
    assert all(len(found) == 1 for found in rhythms), "one rhythm over all moods of a show"
    assert len({frozenset(show) for show in shows}) == len(MOTIFS)
    assert all(sum(length for _step, length in motif) == 4.0 for motif in MOTIFS)


def test_under_speech_the_melody_only_opens_and_closes_the_cue() -> None:
    free, spoken = cue("hopeful"), cue("hopeful", has_speech=True)
    middle = (spoken.form.bar_s, (spoken.form.bars - 1) * spoken.form.bar_s - 1e-6)
    assert not [n for n in spoken.notes if n.part == LEAD and middle[0] <= n.start_s < middle[1]]
    assert [n for n in free.notes if n.part == LEAD and middle[0] <= n.start_s < middle[1]]
    assert len(spoken.notes) < len(free.notes)


def test_the_cue_builds_towards_its_middle() -> None:
    score = cue("hopeful", 60)

    def weight(start: float, end: float) -> int:
        return sum(n.velocity for n in score.notes if start <= n.start_s < end)

    assert weight(24, 36) > 1.5 * weight(0, 12)


def test_the_same_seed_writes_the_same_notes_and_seeds_differ() -> None:
    assert cue("sad", seed=4) == cue("sad", seed=4)
    assert len({cue("sad", seed=seed).notes for seed in range(6)}) == 6


@settings(deadline=None, max_examples=60)
@given(
    mood=st.sampled_from(sorted(MOODS)),
    words=st.sampled_from(["", "drum and bass", "drone, heartbeat", "synthwave", "solo piano", "taiko", "rising"]),
    length_s=st.floats(0.2, 90),
    has_speech=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_note_can_be_played(mood: str, words: str, length_s: float, has_speech: bool, seed: int) -> None:
    score = compose_score(palette_for(mood, words, 0), length_s, has_speech, seed)
    for note in score.notes:
        assert 20 <= note.key <= 112
        assert 1 <= note.velocity <= 127
        assert note.start_s >= 0
        assert note.length_s > 0
