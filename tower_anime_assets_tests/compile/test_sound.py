from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from tower_anime_assets.compile.sound import (
    AmbienceItem,
    CueItem,
    MixPlan,
    VoiceItem,
    mix_episode,
    sample_at_frame,
)
from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media import ffmpeg
from tower_anime_assets.media.sound_files import read_sound, write_wav
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality.sound import Samples, mix_measures, true_peak_dbtp
from tower_anime_assets.quality.thresholds import MIX
from tower_anime_assets_tests.quality.ebur128 import ebur128

RATE = 48_000
ALLEY = Setting("ALLEY", interior=False, time_of_day="night", weather="rain", mood="tense")


def music(path: Path, seconds: float, hz: float = 220.0) -> Path:
    at = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * hz * part * at) / part for part in (1, 2, 3))
    write_wav(path, np.stack([wave, wave], axis=1).astype(np.float32) * np.float32(0.15))
    return path


def speech(path: Path, seconds: float, seed: int = 1) -> Path:
    """Noise in syllables, between 1 and 3 kHz, apart from the music."""
    count = round(seconds * RATE)
    noise = np.random.default_rng(seed).standard_normal(count)
    made = sosfilt(butter(4, (1000, 3000), "bandpass", fs=RATE, output="sos"), noise)
    made *= np.abs(np.sin(2 * np.pi * 2.5 * np.arange(count) / RATE)) ** 0.5
    write_wav(path, (made / np.abs(made).max() * 0.6).astype(np.float32)[:, None])
    return path


def only(samples: Samples, low_hz: float, high_hz: float) -> Samples:
    sections = butter(4, (low_hz, high_hz), "bandpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(sections, samples, axis=0), np.float32)


def level_db(samples: Samples, start_s: float, end_s: float) -> float:
    part = samples[round(start_s * RATE) : round(end_s * RATE)]
    return 20 * float(np.log10(np.sqrt(np.mean(np.square(part))) + 1e-9))


@pytest.fixture
def plan(tmp_path: Path) -> MixPlan:
    """Twelve seconds: two cues that meet at six seconds, a line from two to four and one from eight to nine."""
    return MixPlan(
        output=tmp_path / "out" / "mix.wav",
        fps=24,
        frames=288,
        loudness_lufs=-16.0,
        true_peak_dbtp=-1.0,
        voices=(
            VoiceItem(speech(tmp_path / "v1.wav", 2.0), 48, pan=-0.8),
            VoiceItem(speech(tmp_path / "v2.wav", 1.0, 2), 192, pan=0.8),
        ),
        cues=(
            CueItem(music(tmp_path / "c1.wav", 6.0), 0, 144, 6, 12),
            CueItem(music(tmp_path / "c2.wav", 6.0, 247), 144, 144, 12, 24),
        ),
    )


def test_a_mix_passes_every_gate(plan: MixPlan) -> None:
    report = mix_episode(plan)
    samples = read_sound(plan.output)
    assert samples.shape == (12 * RATE, 2)
    measures = mix_measures(samples, RATE, 12.0, -16.0, -1.0)
    assert all(verdict.passed for verdict in judge(measures, MIX))
    assert measures["loudness_error_lu"] <= 0.3
    assert report.loudness_lufs == pytest.approx(-16, abs=0.3)
    assert report.samples == len(samples)
    assert report.true_peak_dbtp <= -1.95
    assert list(plan.output.parent.iterdir()) == [plan.output]


@pytest.mark.parametrize("target", [-14.0, -16.0, -23.0])
def test_loudness_and_true_peak_hold_after_aac_as_ffmpeg_measures_them(plan: MixPlan, target: float) -> None:
    mix_episode(dataclasses.replace(plan, loudness_lufs=target))
    encoded = plan.output.with_suffix(".m4a")
    ffmpeg.run(["-i", str(plan.output), "-c:a", "aac", "-b:a", "192k", str(encoded)], subject="encode")
    decoded = read_sound(encoded)
    assert true_peak_dbtp(decoded, RATE) <= -1.0
    integrated, _peak = ebur128(encoded)
    assert integrated == pytest.approx(target, abs=0.5)


def test_music_gives_way_to_speech_by_nine_decibels_and_comes_back(plan: MixPlan) -> None:
    report = mix_episode(plan)
    tonal = only(read_sound(plan.output), 150, 300)
    assert report.ducked_db == pytest.approx(-9, abs=0.2)
    before, under, after = level_db(tonal, 1, 1.7), level_db(tonal, 2.4, 3.7), level_db(tonal, 4.9, 5.4)
    assert before - under == pytest.approx(9, abs=1.5)
    assert after - before == pytest.approx(0, abs=1.5)
    assert level_db(tonal, 1.98, 2.06) < before - 4  # it has given way when the first word begins


def test_the_mix_does_not_click(plan: MixPlan) -> None:
    mix_episode(dataclasses.replace(plan, voices=plan.voices[:0]))
    samples = read_sound(plan.output)
    steepest = float(np.abs(np.diff(samples, n=2, axis=0)).max())
    middle = float(np.abs(np.diff(samples[RATE : 2 * RATE], n=2, axis=0)).max())
    assert steepest < 3 * middle


def test_voices_stand_where_their_speakers_do(plan: MixPlan) -> None:
    mix_episode(plan)
    voiced = only(read_sound(plan.output), 1200, 2800)
    assert level_db(voiced[:, 0], 2, 4) > level_db(voiced[:, 1], 2, 4) + 3
    assert level_db(voiced[:, 1], 8, 9) > level_db(voiced[:, 0], 8, 9) + 3
    assert level_db(voiced[:, 1], 2, 4) > -50  # yet both ears hear it


def test_cues_cross_at_even_power_where_the_picture_dissolves(tmp_path: Path) -> None:
    cues = (
        CueItem(music(tmp_path / "a.wav", 6.0, 220), 0, 144, 0, 48),
        CueItem(music(tmp_path / "b.wav", 6.0, 311), 96, 144, 48, 0),
    )
    mix_episode(MixPlan(tmp_path / "m.wav", 24, 240, -20.0, -1.0, (), cues))
    samples = read_sound(tmp_path / "m.wav")
    levels = [level_db(samples, start, start + 0.4) for start in np.arange(1.0, 9.0, 0.4)]
    assert max(levels) - min(levels) < 1.5


def test_the_same_plan_gives_the_same_bytes(plan: MixPlan) -> None:
    with_rain = dataclasses.replace(plan, ambience=(AmbienceItem(0, 288, ALLEY, 7),))
    mix_episode(with_rain)
    first = plan.output.read_bytes()
    mix_episode(with_rain)
    assert plan.output.read_bytes() == first
    mix_episode(plan)
    assert plan.output.read_bytes() != first


def test_rain_is_heard_only_over_its_scene_and_far_below_the_voices(plan: MixPlan) -> None:
    mix_episode(dataclasses.replace(plan, ambience=(AmbienceItem(0, 144, ALLEY, 7),)))
    hiss = only(read_sound(plan.output), 5000, 9000)
    assert level_db(hiss, 1, 1.8) > level_db(hiss, 10, 11) + 15
    assert level_db(hiss, 1, 1.8) < -40


@pytest.mark.parametrize(("fps", "frames"), [(24, 1), (25, 7), (30, 31), (23, 250), (24, 241)])
def test_odd_lengths_come_out_to_the_sample(tmp_path: Path, fps: int, frames: int) -> None:
    cue = music(tmp_path / "c.wav", frames / fps + 0.01)
    report = mix_episode(MixPlan(tmp_path / "m.wav", fps, frames, -20.0, -1.0, (), (CueItem(cue, 0, frames),)))
    assert report.samples == sample_at_frame(frames, fps) == round(frames / fps * RATE)
    assert len(read_sound(tmp_path / "m.wav")) == report.samples


def test_blocks_join_without_a_seam(tmp_path: Path) -> None:
    cue = music(tmp_path / "c.wav", 21.0)
    mix_episode(MixPlan(tmp_path / "m.wav", 24, 504, -12.0, -1.0, (), (CueItem(cue, 0, 504),)))
    samples = read_sound(tmp_path / "m.wav")
    seam = float(np.abs(np.diff(samples[10 * RATE - 200 : 10 * RATE + 200], n=2, axis=0)).max())
    elsewhere = float(np.abs(np.diff(samples[5 * RATE : 6 * RATE], n=2, axis=0)).max())
    assert seam < 1.3 * elsewhere


def test_a_line_past_the_end_is_cut_there_and_reported(plan: MixPlan) -> None:
    late = dataclasses.replace(plan.voices[0], start_frame=280)
    report = mix_episode(dataclasses.replace(plan, voices=(late,)))
    assert report.cut_short == ("v1.wav",)
    assert len(read_sound(plan.output)) == 12 * RATE


def test_a_cue_shorter_than_its_scene_is_an_error(plan: MixPlan) -> None:
    long = dataclasses.replace(plan.cues[1], start_frame=100, frames=188)
    with pytest.raises(MediaError, match=r"c2\.wav lasts 6\.00 s, but its scene lasts 7\.83 s"):
        mix_episode(dataclasses.replace(plan, cues=(long,)))
    assert not plan.output.exists()


def test_nothing_to_hear_is_an_error(plan: MixPlan) -> None:
    with pytest.raises(MediaError, match="silent"):
        mix_episode(dataclasses.replace(plan, voices=(), cues=()))


def test_a_loudness_that_cannot_be_reached_is_an_error_and_not_a_quieter_mix(plan: MixPlan) -> None:
    with pytest.raises(MediaError, match="Lower the delivery"):
        mix_episode(dataclasses.replace(plan, loudness_lufs=3.0))
    assert not plan.output.exists()


def test_what_lies_outside_the_episode_is_an_error(plan: MixPlan) -> None:
    with pytest.raises(PlanError, match="frame 288"):
        mix_episode(dataclasses.replace(plan, voices=(dataclasses.replace(plan.voices[0], start_frame=288),)))
    with pytest.raises(PlanError, match="outside"):
        mix_episode(dataclasses.replace(plan, cues=(dataclasses.replace(plan.cues[0], start_frame=200),)))
    with pytest.raises(PlanError, match="no length"):
        mix_episode(dataclasses.replace(plan, frames=0))
