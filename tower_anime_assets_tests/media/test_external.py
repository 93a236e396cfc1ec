"""Hostile pictures, clips and sounds: refused in words, by a child, at little cost to this process."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from tower_anime_assets.errors import MediaError, OutputMismatchError, UndecodableError
from tower_anime_assets.media import frames, pictures
from tower_anime_assets.media.conform import read_last_frame
from tower_anime_assets.media.external import (
    DecodingLimits,
    check_brought_picture,
    external_frames,
    probe_external_video,
    read_brought_picture,
    read_container_tags,
    read_external_picture,
    read_external_sound,
    stop_decoders,
)
from tower_anime_assets.media.mux import encode_sound
from tower_anime_assets.media.sound_files import read_sound
from tower_anime_assets_tests.media import hostile_files
from tower_anime_assets_tests.media.hostile_files import png, png_chunk
from tower_anime_assets_tests.media.own_children import living_children

MOST_GROWTH_BYTES = 50 << 20


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Fail if this process's memory grew by more than 50 MB at any moment of the block."""
    before_bytes = psutil.Process().memory_info().rss
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets the peak
    yield
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_bytes = int(status.split("VmHWM:")[1].split()[0]) << 10
    assert peak_bytes - before_bytes < MOST_GROWTH_BYTES


def written(tmp_path: Path, data: bytes, name: str = "fetched-0-0") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


HOSTILE_PICTURES: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (lambda: png(20_000, 20_000, pixels=zlib.compress(bytes(50_000_000))), "more than 64000000 pixels"),
    "a size beyond integers": (lambda: png(2**31 - 1, 2**31 - 1, pixels=b"x"), "pixels"),
    "a huge compressed text": (
        lambda: png(8, 8, png_chunk(b"zTXt", b"prompt\0\0" + zlib.compress(bytes(64 << 20)))),
        "cannot be read as a picture",
    ),
    "a huge colour profile": (
        lambda: png(8, 8, png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(64 << 20)))),
        "cannot be read as a picture",
    ),
    "100,000 frames of PNG": (lambda: png(8, 8, png_chunk(b"acTL", struct.pack(">II", 99_999, 0))), "100000 frames"),
    "100,000 frames of WebP": (lambda: hostile_files.animated_webp(100_000), "100000 frames"),
    "the largest WebP": (hostile_files.largest_webp, "pixels"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', "cannot be"),
    "HTML": (lambda: b"<!DOCTYPE html><title>502</title>", "cannot be read as a picture"),
    "nothing": (lambda: b"", "cannot be read as a picture"),
    "a list of files": (lambda: b"#EXTM3U\n/etc/passwd\n", "cannot be read as a picture"),
}


@pytest.mark.chaos
@pytest.mark.parametrize("attack", HOSTILE_PICTURES)
def test_a_hostile_picture_is_refused_in_words(tmp_path: Path, attack: str) -> None:
    data, words = HOSTILE_PICTURES[attack]
    path = written(tmp_path, data(), "picture.png")
    with bounded_memory(), pytest.raises(UndecodableError, match=words):
        read_external_picture(path)
    assert [one.name for one in tmp_path.iterdir()] == ["picture.png"]


@pytest.mark.chaos
def test_a_picture_of_64_megapixels_in_a_few_kilobytes_is_refused_before_its_pixels_arrive(tmp_path: Path) -> None:
    path = written(tmp_path, png(8_000, 8_000))

    def require_size(width_px: int, height_px: int) -> None:
        raise OutputMismatchError(f"{width_px}x{height_px} px")

    with bounded_memory(), pytest.raises(OutputMismatchError, match="8000x8000 px"):
        read_external_picture(path, require_size)


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (DecodingLimits(20, memory_bytes=100 << 20), "within 100 MB"),
        (DecodingLimits(0, memory_bytes=4 << 30), "within 0 s of processor time"),
        (DecodingLimits(20, stall_s=0.05), "nothing came for 0.05 s"),
    ],
)
def test_a_child_that_takes_too_much_is_ended_and_the_next_file_is_read(
    tmp_path: Path, limits: DecodingLimits, words: str
) -> None:
    path = written(tmp_path, png(8_000, 8_000, bits=8, colour=4))  # grey and transparent: slow to put on white
    before = living_children("decoder_child")
    with bounded_memory(), pytest.raises(UndecodableError, match=words):
        read_external_picture(path, limits=limits)
    assert set(living_children("decoder_child")) <= set(before)
    assert read_external_picture(written(tmp_path, png(8, 8), "small")).shape == (8, 8, 3)


@pytest.mark.chaos
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_is_cut_short_is_refused(tmp_path: Path, kind: str) -> None:
    whole = hostile_files.encoded_picture(kind)
    for part in (0.02, 0.5, 0.97):
        with pytest.raises(UndecodableError):
            read_external_picture(written(tmp_path, whole[: int(len(whole) * part)]))
    path = written(tmp_path, whole)
    assert np.array_equal(read_external_picture(path), pictures.read_picture(path))


HUGE = struct.pack(">I", 1_000_000_000)
HOSTILE_CLIPS: Mapping[str, Callable[[bytes], bytes]] = {
    "a size of 65,535 px": lambda clip: hostile_files.patched(clip, b"avc1", 24, b"\xff\xff\xff\xff"),
    "a billion frames": lambda clip: hostile_files.patched(clip, b"stsz", 8, HUGE),
    "a billion durations": lambda clip: hostile_files.patched(clip, b"stts", 4, HUGE),
    "frames that last for years": lambda clip: hostile_files.patched(clip, b"stts", 12, b"\x7f\xff\xff\xff"),
    "a billion edits": lambda clip: hostile_files.patched(clip, b"elst", 4, HUGE),
    "chunks beyond the file": lambda clip: hostile_files.patched(clip, b"stco", 8, b"\xff\xff\xff\xff"),
    "a billion chunks": lambda clip: hostile_files.patched(clip, b"stco", 4, HUGE),
    "its data in another file": lambda clip: hostile_files.patched(clip, b"url ", 0, bytes(4)),
    "its data behind an alias": lambda clip: hostile_files.patched(clip, b"dref", 12, b"alis" + bytes(4)),
    "3,000 tracks": lambda clip: hostile_files.with_tracks(clip, 3_000),
    "half of it": lambda clip: clip[: len(clip) // 2],
    "its first 100 bytes": lambda clip: clip[:100],
    "damage in the middle": lambda clip: clip[:-200] + bytes(200),
}


@pytest.mark.chaos
@pytest.mark.parametrize("attack", HOSTILE_CLIPS)
def test_a_hostile_clip_is_refused_or_read_as_it_is_but_costs_this_process_nothing(tmp_path: Path, attack: str) -> None:
    clip = hostile_files.write_clip(tmp_path / "clip.mp4")
    path = written(tmp_path, HOSTILE_CLIPS[attack](clip))
    with bounded_memory():
        try:
            facts = probe_external_video(path)
            shapes = {frame.shape for frame in external_frames(path)}
        except UndecodableError:
            return
    assert facts.frames == 13
    assert shapes == {(48, 64, 3)}


LISTS = {
    "ffconcat": "ffconcat version 1.0\nfile '{secret}'\n",
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n",
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    "HTML": "<html><video src='{secret}'></html>",
    "SVG": "<svg xmlns='http://www.w3.org/2000/svg'><image href='{secret}'/></svg>",
}


@pytest.mark.chaos
@pytest.mark.parametrize("attack", [attack for attack in HOSTILE_PICTURES if "frames" not in attack])
def test_a_hostile_picture_that_a_person_brought_costs_this_process_nothing(tmp_path: Path, attack: str) -> None:
    make, told = HOSTILE_PICTURES[attack]
    path = written(tmp_path, make(), "sheet.png")
    sizes: list[tuple[int, int]] = []
    for read in (read_brought_picture, lambda one: check_brought_picture(one, lambda *size: sizes.append(size))):
        with bounded_memory(), pytest.raises(UndecodableError, match=told):
            read(path)


def test_a_brought_picture_may_move_and_its_first_frame_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, hostile_files.animated_webp(3), "sheet.webp")
    assert read_brought_picture(path)[4, 4].tolist() == [255, 0, 0]
    sizes: list[tuple[int, int]] = []
    check_brought_picture(path, lambda *size: sizes.append(size))
    assert sizes == [(8, 8)]


@pytest.mark.chaos
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_names_another_file_is_not_followed(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret.mp4"
    hostile_files.write_clip(secret)
    path = written(tmp_path, LISTS[kind].format(secret=secret.name).encode(), "clip.mp4")
    with pytest.raises(UndecodableError):
        probe_external_video(path)
    with pytest.raises(OutputMismatchError, match="the server's clip could not be decoded"):
        read_last_frame(path)
    with pytest.raises(UndecodableError, match="not a known sound format"):
        read_external_sound(path, 5.0)
    with pytest.raises(UndecodableError):
        read_container_tags(path)
    with pytest.raises(MediaError):
        read_sound(path)
    with pytest.raises(MediaError, match=r"encode clip\.mp4"):
        encode_sound(path, tmp_path / "out.m4a")


HOSTILE_SOUNDS: Mapping[str, Callable[[], bytes]] = {
    "4 GB stated": lambda: hostile_files.wav_header(48_000, 2, 0x7FFF0000 - 1) + bytes(4_000),
    "no end stated, and nothing there": lambda: hostile_files.wav_header(48_000, 2, 0xFFFFFFFF),
    "255 channels at 384 kHz": lambda: hostile_files.wav_header(384_000, 255, 51_000) + bytes(51_000),
    "no channels": lambda: hostile_files.wav_header(48_000, 0, 4_000) + bytes(4_000),
    "samples of 4,000 bits": lambda: hostile_files.wav_header(48_000, 1, 4_000, 4_000) + bytes(4_000),
    "only a name": lambda: b"RIFF\xff\xff\xff\xffWAVE",
    "only a FLAC's name": lambda: b"fLaC" + bytes(100),
    "only an Ogg's name": lambda: b"OggS" + b"\xff" * 1_000,
    "only an MP3's name": lambda: b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
}


@pytest.mark.chaos
@pytest.mark.parametrize("attack", HOSTILE_SOUNDS)
def test_a_hostile_sound_is_refused(tmp_path: Path, attack: str) -> None:
    path = written(tmp_path, HOSTILE_SOUNDS[attack]())
    with bounded_memory(), pytest.raises(UndecodableError):
        read_external_sound(path, 60.0)


@pytest.mark.chaos
@pytest.mark.parametrize(("kind", "codec", "rate_hz"), [("flac", "flac", 8_000), ("ogg", "libopus", 8_000)])
def test_hours_of_compressed_silence_are_refused_even_if_no_length_is_stated(
    tmp_path: Path, kind: str, codec: str, rate_hz: int
) -> None:
    data = hostile_files.write_silence(tmp_path / "long", kind, codec, rate_hz, 600)
    if kind == "flac":
        data = data[:21] + bytes([data[21] & 0xF0]) + bytes(4) + data[26:]  # STREAMINFO: total samples unknown
    path = written(tmp_path, data)
    with bounded_memory(), pytest.raises(UndecodableError, match="expected at most 60"):
        read_external_sound(path, 60.0)


@pytest.mark.chaos
def test_a_child_has_no_environment_and_may_write_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_decoders()
    monkeypatch.setenv("COMFYUI_TOKEN", "canary")
    read_external_picture(written(tmp_path, png(8, 8)))
    for child in living_children("decoder_child"):
        assert set(child.environ()) <= {"OPENBLAS_NUM_THREADS", "LC_CTYPE"}
        assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert child.rlimit(psutil.RLIMIT_AS)[0] < 2 << 30


def test_one_child_reads_many_files_and_gives_what_would_be_read_here(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    hostile_files.write_clip(path)
    assert probe_external_video(path) == frames.probe(path)
    (child,) = living_children("decoder_child")[-1:]
    for frame, expected in zip(external_frames(path), frames.rgb_frames(path, is_exact=True), strict=True):
        assert np.array_equal(frame, expected)
    assert child in living_children("decoder_child")


def test_a_clip_of_which_only_the_first_frames_are_wanted_leaves_no_busy_child(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    hostile_files.write_clip(path)
    reading = external_frames(path)
    next(reading)
    busy = len(living_children("decoder_child"))
    reading.close()  # type: ignore[attr-defined]
    assert len(living_children("decoder_child")) == busy - 1
