"""Joined films hold exactly the frames that were asked for, and clips that cannot be joined are refused."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.concat import Strip, concat_strips
from tower_anime_assets.media.frames import luma_frames
from tower_anime_assets.media.mezzanine import KEYFRAME_EVERY_FRAMES, TICKS_PER_FRAME

WIDTH, HEIGHT, FPS = 96, 64, 24
BLOCK = 16
BITS = 12  # eight of the frame's number, four of the clip's
LENGTHS = (1, 12, 13, 25, 33, 49, 61)


def _bits(clip: int, frame: int) -> NDArray[np.float64]:
    number = frame | clip << 8
    return np.array([number >> bit & 1 for bit in range(BITS)], float)


def _picture(clip: int, frame: int) -> NDArray[np.uint8]:
    blocks = np.zeros(WIDTH // BLOCK * (HEIGHT // BLOCK))
    blocks[:BITS] = _bits(clip, frame)
    grey = np.kron(blocks.reshape(HEIGHT // BLOCK, -1), np.ones((BLOCK, BLOCK))) * 255
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def _seen(luma: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return what a decoded frame shows of each bit, 0..1."""
    blocks = luma.astype(float).reshape(HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK)
    means = blocks[:, 4:-4, :, 4:-4].mean(axis=(1, 3)).ravel()
    return np.asarray((means[:BITS] - 16) / 219)


def _write(path: Path, clip: int, frames: int, fps: int = FPS) -> Path:
    with ClipWriter(path, WIDTH, HEIGHT, fps) as writer:
        for frame in range(frames):
            writer.write(_picture(clip, frame))
    return path


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clips")
    return [_write(folder / f"{clip}.mp4", clip, frames) for clip, frames in enumerate(LENGTHS)]


def _film(strips: Sequence[Strip]) -> Iterator[NDArray[np.float64]]:
    """Yield what each frame of the joined film must show, worked out frame by frame from the definition."""

    def shown(strip: Strip, at: int) -> NDArray[np.float64]:
        clip, frame = int(strip.path.stem), strip.in_frame + at
        light = 1.0
        if at < strip.fade_in_frames:
            light *= at / strip.fade_in_frames
        if at >= strip.frames - strip.fade_out_frames:
            light *= (strip.frames - 1 - at) / strip.fade_out_frames
        return _bits(clip, frame) * light

    for place, strip in enumerate(strips):
        leaving = strips[place + 1].overlap_frames if place + 1 < len(strips) else 0
        for at in range(strip.overlap_frames):
            before = strips[place - 1]
            share = (at + 1) / (strip.overlap_frames + 1)
            old = shown(before, before.frames - strip.overlap_frames + at)
            yield shown(strip, at) * share + old * (1 - share)
        for at in range(strip.overlap_frames, strip.frames - leaving):
            yield shown(strip, at)


@st.composite
def _cuts(draw: st.DrawFn) -> list[tuple[int, int, int, int, int, int]]:
    """Draw (clip, in, out, overlap, fade in, fade out), every one of which can be joined to the next."""
    made: list[tuple[int, int, int, int, int, int]] = []
    for place in range(draw(st.integers(1, 6))):
        clip = draw(st.integers(0, len(LENGTHS) - 1))
        first = draw(st.integers(0, LENGTHS[clip] - 1))
        end = draw(st.integers(first + 1, LENGTHS[clip]))
        overlap = 0
        if place:
            earlier = made[-1]
            overlap = draw(st.integers(0, min(end - first, earlier[2] - earlier[1] - earlier[3])))
        fade_in, fade_out = draw(st.integers(0, end - first)), draw(st.integers(0, end - first))
        made.append(
            (clip, first, end, overlap, draw(st.sampled_from([0, fade_in])), draw(st.sampled_from([0, fade_out])))
        )
    return made


@given(cut=_cuts())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_frame_of_a_joined_film_is_the_planned_one(
    clips: list[Path], tmp_path: Path, cut: list[tuple[int, int, int, int, int, int]]
) -> None:
    strips = [Strip(clips[clip], *rest) for clip, *rest in cut]
    joined = concat_strips(strips, tmp_path / "film.mp4", FPS)
    expected = list(_film(strips))
    seen = [_seen(luma) for luma in luma_frames(tmp_path / "film.mp4")]
    assert len(seen) == len(expected) == joined.frames
    assert np.abs(np.array(seen) - np.array(expected)).max() < 0.06


def test_straight_cuts_of_whole_clips_copy_all_but_one_picture_a_clip(clips: list[Path], tmp_path: Path) -> None:
    strips = [Strip(clips[LENGTHS.index(frames)], 0, frames) for frames in (25, 33, 49)]
    joined = concat_strips(strips, tmp_path / "film.mp4", FPS)
    assert joined.encoded_frames == 2  # frame 24 of 25 and 48 of 49, each alone in its group


def test_at_most_eleven_frames_beside_a_transition_are_encoded_again(clips: list[Path], tmp_path: Path) -> None:
    clip = clips[LENGTHS.index(61)]
    for first in range(13):
        joined = concat_strips([Strip(clip, first, 60), Strip(clip, 0, 60, 12)], tmp_path / "film.mp4", FPS)
        at_the_head = -first % KEYFRAME_EVERY_FRAMES
        assert at_the_head <= 11
        assert joined.encoded_frames == at_the_head + 12


def test_bodies_are_copied_byte_for_byte(clips: list[Path], tmp_path: Path) -> None:
    clip = clips[LENGTHS.index(49)]
    concat_strips([Strip(clip, 6, 49), Strip(clip, 0, 30)], tmp_path / "film.mp4", FPS)
    with av.open(str(clip)) as source, av.open(str(tmp_path / "film.mp4")) as film:
        stored = [bytes(packet) for packet in source.demux(video=0) if packet.pts is not None]
        joined = [bytes(packet) for packet in film.demux(video=0) if packet.pts is not None]
    assert stored[12:48] == joined[6:42]  # two groups and more lie whole inside [6, 49)
    assert stored[0:24] == joined[43:67]


def test_the_joined_stream_has_a_constant_rate_and_decodes_in_order(clips: list[Path], tmp_path: Path) -> None:
    concat_strips(
        [Strip(clips[5], 3, 40), Strip(clips[6], 5, 50, 9), Strip(clips[3], 0, 25)], tmp_path / "film.mp4", FPS
    )
    with av.open(str(tmp_path / "film.mp4")) as film:
        stream = film.streams.video[0]
        assert stream.time_base is not None
        assert stream.time_base.denominator == FPS * TICKS_PER_FRAME
        packets = [packet for packet in film.demux(stream) if packet.pts is not None]
    decoded_at = [packet.dts for packet in packets if packet.dts is not None]
    shown_at = sorted(packet.pts for packet in packets if packet.pts is not None)
    assert decoded_at == list(range(decoded_at[0], decoded_at[0] + len(packets) * TICKS_PER_FRAME, TICKS_PER_FRAME))
    assert shown_at == list(range(0, len(packets) * TICKS_PER_FRAME, TICKS_PER_FRAME))
    assert all((packet.dts or 0) <= (packet.pts or 0) for packet in packets)


def _exponential_golomb(bits: str, at: int) -> tuple[int, int]:
    zeros = bits.index("1", at) - at
    return int(bits[at + zeros : at + 2 * zeros + 1], 2) - 1, at + 2 * zeros + 1


def _idr_ids(film: Path) -> list[int | None]:
    """Return idr_pic_id of every stored picture, None for pictures that are not IDR."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        record = bytes(stream.codec_context.extradata or b"")
        sps = "".join(f"{byte:08b}" for byte in record[8 + 4 :])  # behind profile, constraints and level
        at = 0
        values = []
        for _ in range(4):  # sps id, chroma format, both bit depths
            value, at = _exponential_golomb(sps, at)
            values.append(value)
        assert values == [0, 1, 0, 0]
        frame_num_bits = _exponential_golomb(sps, at + 2)[0] + 4
        found: list[int | None] = []
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            data, at_byte, ident = bytes(packet), 0, None
            while at_byte < len(data):
                size = int.from_bytes(data[at_byte : at_byte + 4], "big")
                if data[at_byte + 4] & 31 == 5:
                    bits = "".join(f"{byte:08b}" for byte in data[at_byte + 5 : at_byte + 21])
                    position = 0
                    for _ in range(3):  # first macroblock, slice type, picture parameter set
                        _, position = _exponential_golomb(bits, position)
                    ident = _exponential_golomb(bits, position + frame_num_bits)[0]
                at_byte += 4 + size
            found.append(ident)
    return found


def test_no_two_idr_pictures_in_a_row_carry_the_same_id(clips: list[Path], tmp_path: Path) -> None:
    strips = [Strip(clips[place], 0, LENGTHS[place]) for place in (3, 5, 0, 3, 2, 1, 0, 1, 6, 5, 5)]
    strips += [Strip(clips[5], 12, 25), Strip(clips[5], 12, 49), Strip(clips[6], 11, 61), Strip(clips[6], 24, 37)]
    concat_strips(strips, tmp_path / "film.mp4", FPS)
    ids = _idr_ids(tmp_path / "film.mp4")
    neighbours = [(one, two) for one, two in itertools.pairwise(ids) if one is not None and two is not None]
    assert len(neighbours) >= 3
    assert all(one != two for one, two in neighbours)


def test_the_same_cut_gives_the_same_bytes(clips: list[Path], tmp_path: Path) -> None:
    strips = [Strip(clips[5], 3, 40), Strip(clips[6], 5, 50, 9), Strip(clips[3], 0, 25, 0, 5, 7)]
    films = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for film in films:
        concat_strips(strips, film, FPS)
    assert films[0].read_bytes() == films[1].read_bytes()


def test_ffmpeg_itself_decodes_the_film_without_a_complaint(clips: list[Path], tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    frames = concat_strips([Strip(clips[5], 1, 48), Strip(clips[6], 7, 61, 20, 0, 8)], film, FPS).frames
    done = subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-xerror", "-err_detect", "explode"),
            *("-i", film, "-f", "framemd5", "-"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert len([line for line in done.stdout.splitlines() if not line.startswith("#")]) == frames


@pytest.mark.parametrize(
    ("strips", "why"),
    [
        ([], "no shots"),
        ([(3, 0, 26)], "frames 0 to 25 of a clip that has 0 to 24"),
        ([(3, 5, 5)], "frames 5 to 4"),
        ([(3, -1, 5)], "frames -1"),
        ([(3, 0, 25, 3)], "starts with a dissolve"),
        ([(3, 0, 25), (3, 0, 10, 11)], "10 frames long; its transitions need 11"),
        ([(3, 0, 10), (3, 0, 25, 6), (3, 0, 25, 20)], "25 frames long; its transitions need 26"),
        ([(3, 0, 25, 0, 26)], "need 26"),
        ([(3, 0, 25, 0, 0, -1)], "transitions"),
    ],
)
def test_a_cut_that_does_not_fit_its_clips_is_refused(
    clips: list[Path], tmp_path: Path, strips: list[tuple[int, ...]], why: str
) -> None:
    with pytest.raises(PlanError, match=why):
        concat_strips([Strip(clips[clip], *rest) for clip, *rest in strips], tmp_path / "film.mp4", FPS)
    assert not (tmp_path / "film.mp4").exists()


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments], check=True)


_FOREIGN = {
    "long groups": (["-c:v", "libx264", "-g", "24", "-bf", "2"], "key frames not exactly every 12"),
    "full chroma": (["-c:v", "libx264", "-pix_fmt", "yuv444p", "-g", "12", "-sc_threshold", "0"], "yuv444p"),
    "another codec": (["-c:v", "mpeg4", "-g", "12"], "codec mpeg4"),
    "another rate": (["-c:v", "libx264", "-r", "25", "-g", "12", "-sc_threshold", "0"], "25 frames per second"),
    "another size": (["-c:v", "libx264", "-vf", "scale=64:48", "-g", "12", "-sc_threshold", "0"], "64x48 px"),
    "another header": (
        ["-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-keyint_min", "12", "-sc_threshold", "0"],
        "a stream header",
    ),
}


@pytest.mark.parametrize("kind", _FOREIGN)
def test_a_clip_in_another_encoding_is_refused(clips: list[Path], tmp_path: Path, kind: str) -> None:
    options, why = _FOREIGN[kind]
    foreign, film = tmp_path / "foreign.mp4", tmp_path / "film.mp4"
    _ffmpeg("-i", clips[5], *options, foreign)
    with pytest.raises(MediaError, match=f"not in the mezzanine format: .*{why}.*Make it again"):
        concat_strips([Strip(clips[3], 0, 25), Strip(foreign, 0, 20)], film, FPS)
    assert not film.exists()


def test_a_damaged_or_truncated_clip_is_refused_and_leaves_nothing(clips: list[Path], tmp_path: Path) -> None:
    whole = clips[6].read_bytes()
    film = tmp_path / "film.mp4"
    for name, data in {
        "cut short": whole[: len(whole) * 2 // 3],
        "empty": b"",
        "text": b"this is no film " * 100,
        "no index": whole.replace(b"moov", b"zzzz"),
    }.items():
        damaged = tmp_path / "damaged.mp4"
        damaged.write_bytes(data)
        with pytest.raises(MediaError, match=r"damaged\.mp4"):
            concat_strips([Strip(clips[3], 0, 25), Strip(damaged, 0, 40, 4)], film, FPS)
        assert not film.exists(), name


def test_damage_inside_a_group_that_is_encoded_again_is_found(clips: list[Path], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    noise = np.random.default_rng(1).integers(0, 256, (20, HEIGHT, WIDTH, 3), np.uint8)
    with ClipWriter(damaged, WIDTH, HEIGHT, FPS) as writer:
        for picture in noise:
            writer.write(picture)
    with av.open(str(damaged)) as container:
        first = bytes(next(packet for packet in container.demux(video=0) if packet.is_keyframe))
    data = bytearray(damaged.read_bytes())
    place = data.index(first) + len(first) // 2
    data[place : place + 200] = b"\xff" * 200
    damaged.write_bytes(data)
    with pytest.raises(MediaError, match=r"damaged\.mp4.*Make it again"):
        concat_strips([Strip(clips[3], 0, 25), Strip(damaged, 0, 20, 4)], tmp_path / "film.mp4", FPS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged.mp4"]


def test_a_folder_that_is_not_there_is_named(clips: list[Path], tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"cannot write .*absent"):
        concat_strips([Strip(clips[3], 0, 25)], tmp_path / "absent" / "film.mp4", FPS)
