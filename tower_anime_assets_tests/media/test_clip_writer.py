"""A clip is whole, in the house encoding and of the right colours, or it is not there at all."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.frames import luma_frames, probe, rgb_frames


def _moving_ramp(width: int, height: int, index: int) -> NDArray[np.uint8]:
    x = (np.arange(width) * 2 + index * 3) % 256
    frame = np.empty((height, width, 3), np.uint8)
    frame[..., 0], frame[..., 1], frame[..., 2] = x, np.arange(height)[:, None] % 256, 255 - x
    return frame


def _write(path: Path, frames: int, width: int = 96, height: int = 64, fps: int = 24) -> Path:
    with ClipWriter(path, width, height, fps) as clip:
        for index in range(frames):
            clip.write(_moving_ramp(width, height, index))
    return path


@given(
    frames=st.integers(1, 40),
    width=st.integers(8, 60),
    height=st.integers(8, 40),
    fps=st.sampled_from([12, 24, 25, 30]),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_in_the_file(tmp_path: Path, frames: int, width: int, height: int, fps: int) -> None:
    found = probe(_write(tmp_path / "clip.mp4", frames, 2 * width, 2 * height, fps))
    assert (found.frames, found.width_px, found.height_px, found.fps) == (frames, 2 * width, 2 * height, Fraction(fps))
    assert found.is_steady


def test_a_clip_is_in_the_house_encoding(tmp_path: Path) -> None:
    path = _write(tmp_path / "clip.mp4", 30)
    found = probe(path)
    assert (found.codec, found.profile, found.pix_fmt) == ("h264", "High", "yuv420p")
    assert found.key_frames == (0, 12, 24)
    assert found.open_gops == 0
    assert found.is_fast_start
    assert not found.is_full_range
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert container.streams.video[0].time_base == Fraction(1, 24 * 512)
        frame = next(container.decode(video=0))
        assert context.color_range == 1
        assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 1, 1)  # BT.709 in all three


def test_black_white_and_colours_come_back_as_they_went_in(tmp_path: Path) -> None:
    colours = [(0, 0, 0), (255, 255, 255), (30, 60, 220), (200, 120, 20), (60, 180, 90), (128, 128, 128)]
    frame = np.zeros((64, 96, 3), np.uint8)
    for at, colour in enumerate(colours):
        frame[:, at * 16 : at * 16 + 16] = colour[::-1]
    path = tmp_path / "clip.mp4"
    with ClipWriter(path, 96, 64, 24) as clip:
        clip.write(frame)
    (seen,) = rgb_frames(path)
    for at, colour in enumerate(colours):
        assert np.abs(seen[32, at * 16 + 8].astype(int) - colour).max() <= 6
    (luma,) = luma_frames(path)
    assert abs(int(luma[32, 8]) - 16) <= 1
    assert abs(int(luma[32, 24]) - 235) <= 1


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    assert _write(tmp_path / "a.mp4", 20).read_bytes() == _write(tmp_path / "b.mp4", 20).read_bytes()


@pytest.mark.parametrize(("width", "height", "fps"), [(95, 64, 24), (96, 63, 24), (0, 64, 24), (96, 64, 0)])
def test_a_size_that_cannot_be_encoded_is_refused(width: int, height: int, fps: int, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"cannot write .*(expected|needs)"):
        ClipWriter(tmp_path / "clip.mp4", width, height, fps)


@pytest.mark.parametrize(
    "frame",
    [np.zeros((64, 95, 3), np.uint8), np.zeros((64, 96), np.uint8), np.zeros((64, 96, 3), np.float32)],
    ids=["narrow", "grey", "float"],
)
def test_a_frame_of_another_kind_is_refused_and_nothing_stays(frame: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"

    def write_two() -> None:
        with ClipWriter(path, 96, 64, 24) as clip:
            clip.write(_moving_ramp(96, 64, 0))
            clip.write(frame)

    with pytest.raises(MediaError, match="frame 1 is"):
        write_two()
    assert not path.exists()


def test_no_frames_are_no_clip(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        _write(tmp_path / "clip.mp4", 0)
    assert not (tmp_path / "clip.mp4").exists()


@pytest.mark.parametrize("problem", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_clip_leaves_nothing(problem: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"

    def interrupted() -> None:
        with ClipWriter(path, 96, 64, 24) as clip:
            for index in range(60):
                clip.write(_moving_ramp(96, 64, index))
            raise problem

    with pytest.raises(problem):
        interrupted()
    assert not path.exists()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="No such file or directory"):
        _write(tmp_path / "no" / "clip.mp4", 30)


def test_a_file_that_may_not_grow_is_an_error_that_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    script = textwrap.dedent(
        f"""
        import resource
        from pathlib import Path
        import numpy as np
        from tower_anime_assets.media.clip_writer import ClipWriter
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        noise = np.random.default_rng(1)
        with ClipWriter(Path({str(path)!r}), 192, 128, 24) as clip:
            for index in range(120):
                clip.write(noise.integers(0, 256, (128, 192, 3), np.uint8))
        """
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert "MediaError" in ended.stderr
    assert "larger than this system allows" in ended.stderr
    assert not path.exists()
