"""Clips from outside: their frames are kept as they are, whatever they were encoded with."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.concat import Strip, concat_strips
from tower_anime_assets.media.conform import check_clip, conform_clips, crop_to_size, pad_to_size, read_last_frame
from tower_anime_assets.media.frames import luma_frames, probe, rgb_frames

W, H = 192, 128


def grey_of(number: int) -> int:
    return 40 + 4 * number


def flat(level: int, width: int = W, height: int = H) -> NDArray[np.uint8]:
    return np.full((height, width, 3), level, np.uint8)


def outside_clip(path: Path, levels: list[int], *, fps: int = 24, width: int = W, height: int = H) -> Path:
    """Write a clip as a stranger would: other codec, no key frames but the first, untagged colours."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 4_000_000
        for level in levels:
            for packet in stream.encode(av.VideoFrame.from_ndarray(flat(level, width, height), format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def levels_in(path: Path) -> list[float]:
    return [float(frame.mean()) for frame in rgb_frames(path)]


def test_a_clip_comes_out_in_the_house_encoding_with_the_frames_asked_for(tmp_path: Path) -> None:
    source = outside_clip(tmp_path / "in.mp4", [grey_of(at) for at in range(33)])
    conform_clips([source], tmp_path / "out.mp4", 30, 24, W, H)
    found = probe(tmp_path / "out.mp4")
    assert (found.codec, found.pix_fmt, found.frames, found.fps) == ("h264", "yuv420p", 30, Fraction(24))
    assert (found.open_gops, found.key_frames) == (0, (0, 12, 24))
    assert found.sound is None
    assert levels_in(tmp_path / "out.mp4") == pytest.approx([grey_of(at) for at in range(30)], abs=3)


def test_a_clip_joins_others_without_being_encoded_again(tmp_path: Path) -> None:
    for name, size in (("a", (W, H)), ("b", (256, 160))):
        source = outside_clip(
            tmp_path / f"{name}.in.mp4", [grey_of(at) for at in range(25)], width=size[0], height=size[1]
        )
        conform_clips([source], tmp_path / f"{name}.mp4", 25, 24, W, H)
    strips = [Strip(tmp_path / f"{name}.mp4", 0, 25) for name in ("a", "b")]
    assert concat_strips(strips, tmp_path / "film.mp4", 24).encoded_frames <= 2


def test_the_frame_that_two_parts_share_is_shown_once(tmp_path: Path) -> None:
    first = outside_clip(tmp_path / "1.mp4", [grey_of(at) for at in range(9)])
    second = outside_clip(tmp_path / "2.mp4", [grey_of(at) for at in range(8, 17)])
    conform_clips([first, second], tmp_path / "out.mp4", 17, 24, W, H)
    assert levels_in(tmp_path / "out.mp4") == pytest.approx([grey_of(at) for at in range(17)], abs=3)
    assert float(read_last_frame(first).mean()) == pytest.approx(grey_of(8), abs=3)


def test_a_loop_runs_to_its_middle_and_back(tmp_path: Path) -> None:
    source = outside_clip(tmp_path / "in.mp4", [grey_of(at) for at in range(9)])
    conform_clips([source], tmp_path / "out.mp4", 17, 24, W, H, loops=True)
    there = [grey_of(at) for at in range(9)]
    assert levels_in(tmp_path / "out.mp4") == pytest.approx([*there, *there[-2::-1]], abs=3)
    with pytest.raises(MediaError, match="9 frames in all; expected 25"):
        conform_clips([source], tmp_path / "short.mp4", 25, 24, W, H, loops=True)


def test_parts_that_are_too_short_leave_nothing_behind(tmp_path: Path) -> None:
    source = outside_clip(tmp_path / "in.mp4", [100] * 9)
    with pytest.raises(MediaError, match="9 frames in all; expected 17"):
        conform_clips([source], tmp_path / "out.mp4", 17, 24, W, H)
    assert not (tmp_path / "out.mp4").exists()


def test_every_frame_is_given_to_be_touched_with_its_number(tmp_path: Path) -> None:
    source = outside_clip(tmp_path / "in.mp4", [100] * 9)

    def dimmed(frame: NDArray[np.uint8], at: int) -> NDArray[np.uint8]:
        return np.full_like(frame, 200) if at == 4 else frame

    conform_clips([source], tmp_path / "out.mp4", 9, 24, W, H, dimmed)
    levels = levels_in(tmp_path / "out.mp4")
    assert [at for at, level in enumerate(levels) if level > 150] == [4]


def test_a_wrong_size_rate_and_length_are_all_named_with_what_was_asked(tmp_path: Path) -> None:
    source = outside_clip(tmp_path / "in.mp4", [100] * 17, fps=25, width=160, height=96)
    with pytest.raises(MediaError) as caught:
        check_clip(source, 25, 24, W, H)
    for words in ("160x96 px instead of 192x128 px", "17 frames instead of 25", "25 frames per second instead of 24"):
        assert words in str(caught.value)
    assert check_clip(source, 9, 25, 160, 96).frames == 17


def test_a_page_of_html_is_no_clip(tmp_path: Path) -> None:
    page = tmp_path / "in.mp4"
    page.write_text("<html>502</html>")
    with pytest.raises(MediaError):
        check_clip(page, 9, 24, W, H)


@settings(max_examples=40, deadline=None)
@given(st.integers(40, 300), st.integers(40, 300), st.sampled_from([8, 16, 32, 64]))
def test_what_a_frame_adds_around_a_picture_is_taken_off_again(width: int, height: int, multiple: int) -> None:
    legal = (-(-width // multiple) * multiple, -(-height // multiple) * multiple)
    across = np.linspace(30, 220, width, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 30, height, dtype=np.float32)[:, None, None]
    picture = np.broadcast_to(across + down, (height, width, 3)).astype(np.uint8)
    larger = pad_to_size(picture, *legal)
    assert larger.shape == (legal[1], legal[0], 3)
    back = crop_to_size(larger, width, height)
    assert back.shape == picture.shape
    assert float(np.abs(back.astype(int) - picture.astype(int)).mean()) < 3.0


def test_encoding_again_does_not_darken(tmp_path: Path) -> None:
    source = outside_clip(tmp_path / "in.mp4", [128] * 9)
    conform_clips([source], tmp_path / "out.mp4", 9, 24, W, H)
    before, after = (
        float(np.mean([plane.mean() for plane in luma_frames(path)])) for path in (source, tmp_path / "out.mp4")
    )
    assert after == pytest.approx(before, abs=0.5)


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    picture = flat(90)
    assert pad_to_size(picture, W, H) is picture
    assert crop_to_size(picture, W, H) is picture
