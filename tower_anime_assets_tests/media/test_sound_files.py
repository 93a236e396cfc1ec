from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.media.sound_files import (
    open_mezzanine_sound,
    open_wav_writer,
    read_sound,
    write_wav,
)
from tower_anime_assets.quality.sound import Samples


def noise(count: int, channels: int = 2, seed: int = 1) -> Samples:
    return (np.random.default_rng(seed).uniform(-0.9, 0.9, (count, channels))).astype(np.float32)


@pytest.mark.parametrize(("count", "channels"), [(1, 1), (2, 2), (4801, 1), (100_003, 2), (300_000, 2)])
def test_what_is_written_is_read_back_within_two_steps(tmp_path: Path, count: int, channels: int) -> None:
    samples = noise(count, channels)
    write_wav(tmp_path / "a.wav", samples)
    back = read_sound(tmp_path / "a.wav")
    assert back.shape == samples.shape
    assert back.dtype == np.float32
    assert float(np.abs(back - samples).max()) * 32768 <= 1.51


def test_the_same_samples_give_the_same_bytes_however_they_are_cut(tmp_path: Path) -> None:
    samples = noise(700_001)
    write_wav(tmp_path / "whole.wav", samples)
    with open_wav_writer(tmp_path / "pieces.wav") as out:
        for start in range(0, len(samples), 77_777):
            out.write(samples[start : start + 77_777])
    assert (tmp_path / "whole.wav").read_bytes() == (tmp_path / "pieces.wav").read_bytes()


def test_a_wav_being_written_is_not_taken_for_the_leftover_of_a_dead_process(tmp_path: Path) -> None:
    samples = noise(300_000)
    with open_wav_writer(tmp_path / "long.wav") as out:
        out.write(samples)
        write_atomically(tmp_path / "words.json", b"[]")
    assert len(read_sound(tmp_path / "long.wav")) == len(samples)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.wav", "words.json"]


def test_dither_keeps_the_mean_of_what_is_finer_than_a_step(tmp_path: Path) -> None:
    write_wav(tmp_path / "faint.wav", np.full((200_000, 1), 0.3 / 32768, np.float32))
    assert float(read_sound(tmp_path / "faint.wav").mean()) * 32768 == pytest.approx(0.3, abs=0.01)


def test_silence_stays_silent(tmp_path: Path) -> None:
    write_wav(tmp_path / "silent.wav", np.zeros(5000, np.float32))
    assert not read_sound(tmp_path / "silent.wav").any()


def test_sound_is_converted_to_the_rate_and_channels_asked_for(tmp_path: Path) -> None:
    at = np.arange(22_050) / 22_050
    write_wav(tmp_path / "low.wav", (0.5 * np.sin(2 * np.pi * 440 * at)).astype(np.float32), 22_050)
    back = read_sound(tmp_path / "low.wav", 48_000, channels=2)
    assert back.shape[1] == 2
    assert len(back) == pytest.approx(48_000, abs=64)
    spectrum = np.abs(np.fft.rfft(back[:, 0]))
    assert np.argmax(spectrum) * 48_000 / len(back) == pytest.approx(440, abs=2)


def test_a_value_that_is_not_finite_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="not finite"):
        write_wav(tmp_path / "bad.wav", np.array([0.0, np.nan], np.float32))
    assert list(tmp_path.iterdir()) == []


def test_a_file_cut_short_is_an_error_and_not_a_shorter_sound(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", noise(96_000))
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"damaged|cut short"):
        read_sound(tmp_path / "cut.wav")
    sound = open_mezzanine_sound(tmp_path / "cut.wav")
    with pytest.raises(MediaError, match="shorter than its header"):
        sound.read(0, 96_000)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all" * 100])
def test_what_is_not_a_sound_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"x\.wav"):
        read_sound(path)
    with pytest.raises(MediaError, match=r"x\.wav"):
        open_mezzanine_sound(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"gone\.wav"):
        read_sound(tmp_path / "gone.wav")


def test_a_sound_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", noise(48_000))
    with pytest.raises(MediaError, match=r"1\.0 s long; expected at most 0\.5 s"):
        read_sound(tmp_path / "a.wav", max_duration_s=0.5)


def test_a_file_outside_the_mezzanine_format_is_refused(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", noise(1000), 44_100)
    with pytest.raises(MediaError, match="44100 Hz"):
        open_mezzanine_sound(tmp_path / "a.wav")


@settings(deadline=None, max_examples=30)
@given(start=st.integers(-10, 1100), count=st.integers(0, 1200))
def test_any_stretch_can_be_read_by_itself(tmp_path_factory: pytest.TempPathFactory, start: int, count: int) -> None:
    path = tmp_path_factory.getbasetemp() / "stretch.wav"
    if not path.exists():
        write_wav(path, noise(1000))
    sound = open_mezzanine_sound(path)
    with wave.open(str(path)) as file:
        whole = np.frombuffer(file.readframes(1000), "<i2").reshape(-1, 2) / 32768
    assert np.array_equal(sound.read(start, count), whole[max(0, start) : max(0, start + count)].astype(np.float32))


def test_a_folder_that_does_not_allow_writing_is_named() -> None:
    with pytest.raises(MediaError, match="/proc/nowhere"):
        write_wav(Path("/proc/nowhere/a.wav"), noise(10))
