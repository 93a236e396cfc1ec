"""Sounds of other programs: the usual kinds are recognised by their bytes, everything else is refused."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.external import read_external_sound
from tower_anime_assets_tests.fakes.sound_server import wav_bytes


def tone(rate_hz: int, seconds: float = 1.0, channels: int = 1) -> NDArray[np.float32]:
    at_s = np.arange(round(rate_hz * seconds)) / rate_hz
    mono = (0.3 * np.sin(2 * np.pi * 440 * at_s)).astype(np.float32)
    return np.repeat(mono[:, None], channels, axis=1)


def encoded(path: Path, kind: str, codec: str, rate_hz: int, channels: int) -> None:
    with av.open(str(path), "w", format=kind) as out:
        stream = out.add_stream(codec, rate=rate_hz, layout="mono" if channels == 1 else "stereo")
        assert isinstance(stream, AudioStream)
        samples = np.ascontiguousarray(tone(rate_hz, 1.0, channels).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono" if channels == 1 else "stereo")
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout=stream.codec_context.layout, rate=rate_hz,
            frame_size=stream.codec_context.frame_size or 1024,
        )  # fmt: skip
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("kind", "codec", "rate_hz", "channels", "found"),
    [
        ("wav", "pcm_f32le", 44_100, 2, "wav"),
        ("flac", "flac", 48_000, 1, "flac"),
        ("ogg", "libopus", 48_000, 1, "ogg"),
        ("mp3", "libmp3lame", 44_100, 2, "mp3"),
        ("ipod", "aac", 44_100, 2, "mov"),
        ("adts", "aac", 24_000, 1, "aac"),
        ("aiff", "pcm_s16be", 22_050, 1, "aiff"),
        ("webm", "libopus", 48_000, 2, "matroska"),
    ],
)
def test_a_usual_kind_is_read_under_any_name(
    tmp_path: Path, kind: str, codec: str, rate_hz: int, channels: int, found: str
) -> None:
    path = tmp_path / "answer.txt"
    encoded(path, kind, codec, rate_hz, channels)
    sound = read_external_sound(path, 5.0)
    assert (sound.container_format, sound.sample_rate_hz, sound.samples.shape[1]) == (found, rate_hz, channels)
    assert len(sound.samples) / rate_hz == pytest.approx(1.0, abs=0.1)
    assert float(np.abs(sound.samples).max()) == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("length", [0, 0x7FFFFF00, 0xFFFFFFFF])
def test_a_wav_from_a_pipe_plays_to_its_end(tmp_path: Path, length: int) -> None:
    path = tmp_path / "answer"
    data = wav_bytes(tone(22_050), 22_050)
    path.write_bytes(data[:4] + length.to_bytes(4, "little") + data[8:40] + length.to_bytes(4, "little") + data[44:])
    assert len(read_external_sound(path, 5.0).samples) == 22_050


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "starts with no bytes"),
        (b"<html><body>Sign in</body></html>", "starts with 3c 68 74 6d"),
        (b"ffconcat version 1.0\nfile '/etc/hostname'\n", "starts with 66 66 63 6f"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "starts with 23 45 58 54"),
        (b"RIFF\x24\x00\x00\x00WAVE", "cannot read"),
        (b"fLaC" + bytes(500), "cannot read"),
        (b"OggS" + bytes(500), "cannot read"),
    ],
)
def test_what_is_not_a_sound_is_refused_with_its_first_bytes(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "answer.wav"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=says):
        read_external_sound(path, 5.0)


def test_a_sound_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    data = wav_bytes(tone(22_050), 22_050)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(MediaError, match=r"damaged|cut short"):
        read_external_sound(path, 5.0)


def test_a_sound_longer_than_wanted_or_at_an_odd_rate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    path.write_bytes(wav_bytes(tone(22_050, 2.0), 22_050))
    with pytest.raises(MediaError, match=r"2.0 s long; expected at most 1.0 s"):
        read_external_sound(path, 1.0)
    path.write_bytes(wav_bytes(tone(4_000), 4_000))
    with pytest.raises(MediaError, match="4000 Hz; expected 8000 to 192000 Hz"):
        read_external_sound(path, 5.0)


def test_a_sound_with_values_that_are_not_finite_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    encoded(path, "wav", "pcm_f32le", 48_000, 1)
    data = path.read_bytes()
    path.write_bytes(data[:-400] + np.full(100, np.nan, "<f4").tobytes())
    with pytest.raises(MediaError, match="not finite"):
        read_external_sound(path, 5.0)
