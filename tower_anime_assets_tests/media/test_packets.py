"""Joined films hold exactly the frames that were asked for, and clips that cannot be joined are refused."""

from __future__ import annotations

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
from tower_anime_assets.media.frames import luma_frames, probe
from tower_anime_assets.media.house import KEYFRAME_EVERY_FRAMES, TICKS_PER_FRAME
from tower_anime_assets.media.packets import Strip, house_faults, join, normalise

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
    joined = join(strips, tmp_path / "film.mp4", FPS)
    expected = list(_film(strips))
    seen = [_seen(luma) for luma in luma_frames(tmp_path / "film.mp4")]
    assert len(seen) == len(expected) == joined.frames
    assert np.abs(np.array(seen) - np.array(expected)).max() < 0.06
