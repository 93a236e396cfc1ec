"""A frame that is fitted to a delivery is neither stretched nor shifted, and what the window shows is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.fitting import cover, fit_frame
from tower_anime_assets.media.frames import probe, rgb_frames
from tower_anime_assets.media.mezzanine import X264_OPTIONS, encoding_options
from tower_anime_assets.production.planning.briefs import Fit


def _disc(width: int, height: int, x: float, y: float, radius_px: float) -> NDArray[np.uint8]:
    """Return a white disc on grey, its centre at shares of the sides."""
    rows, columns = np.mgrid[0:height, 0:width]
    inside = np.hypot(columns - x * width, rows - y * height) <= radius_px
    return np.repeat(np.where(inside, 250, 60).astype(np.uint8)[..., None], 3, axis=2)


def _box_of_white(picture: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(picture[..., 0] > 155)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def test_a_window_of_the_deliverys_shape_is_cropped_out_and_scaled() -> None:
    frame = _disc(320, 180, 0.75, 0.5, 20)
    shown = fit_frame(frame, Fit(360, 640, left=0.75 - 0.158, top=0.0, right=0.75 + 0.158, bottom=1.0))
    assert shown.shape == (640, 360, 3)
    left, top, right, bottom = _box_of_white(shown)
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((180, 320), abs=4)
    assert (right - left, bottom - top) == pytest.approx((142, 142), abs=4)


def test_a_wider_window_is_shown_whole_on_a_darker_copy_of_itself() -> None:
    frame = _disc(320, 180, 0.5, 0.5, 20)
    shown = fit_frame(frame, Fit(360, 640, left=0.2, top=0.0, right=0.8, bottom=1.0))
    left, top, right, bottom = _box_of_white(shown)
    assert (right - left, bottom - top) == pytest.approx((75, 75), abs=4)
    picture_height = 180 / (0.6 * 320) * 360
    edge = round((640 - picture_height) / 2)
    assert 0 < shown[: edge - 2].mean() < 0.7 * shown[edge + 4 : edge + 40].mean()


@pytest.mark.parametrize(
    ("made", "delivered"), [((160, 96), (320, 180)), ((96, 160), (182, 300)), ((96, 96), (64, 64))]
)
def test_the_encoder_scales_as_frames_are_fitted(
    made: tuple[int, int], delivered: tuple[int, int], tmp_path: Path
) -> None:
    frame = _disc(*made, 0.6, 0.4, 25)
    with ClipWriter(tmp_path / "clip.mp4", *delivered, 24, made) as clip:
        for _ in range(14):
            clip.write(frame)
    facts = probe(tmp_path / "clip.mp4")
    assert (facts.width_px, facts.height_px, facts.frames) == (*delivered, 14)
    stored = next(rgb_frames(tmp_path / "clip.mp4"))
    fitted = fit_frame(frame, Fit(*delivered))
    assert np.abs(stored.astype(int) - fitted).mean() < 3
    assert _box_of_white(stored) == pytest.approx(_box_of_white(fitted), abs=2)


def test_covering_keeps_shapes_and_fills_every_corner() -> None:
    shown = cover(_disc(160, 96, 0.5, 0.5, 30), 200, 200)
    left, top, right, bottom = _box_of_white(shown)
    assert right - left == pytest.approx(bottom - top, abs=2)
    assert shown.shape == (200, 200, 3)
    assert shown[0, 0, 0] == shown[-1, -1, 0] == 60


@pytest.mark.parametrize(
    ("size", "fps", "level", "preset"),
    [
        ((768, 512), 24, "4.1", "veryfast"),
        ((1280, 720), 60, "4.1", "veryfast"),
        ((1920, 1080), 24, "4.1", "superfast"),
        ((1920, 1080), 60, "4.2", "superfast"),
        ((3840, 2160), 24, "5.1", "superfast"),
        ((3840, 2160), 60, "5.2", "superfast"),
    ],
)
def test_a_clip_says_the_level_that_its_size_and_rate_need(
    size: tuple[int, int], fps: int, level: str, preset: str
) -> None:
    options = encoding_options(*size, fps)
    assert (options["level"], options["preset"]) == (level, preset)
    assert options.keys() == X264_OPTIONS.keys()


@pytest.mark.parametrize("size", [(3840, 2160), (1080, 1350), (722, 1280)])
def test_a_clip_of_any_size_is_written_without_a_warning(size: tuple[int, int], tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "clip.mp4", *size, 24, (256, 256)) as clip:
        clip.write(_disc(256, 256, 0.5, 0.5, 60))
    facts = probe(tmp_path / "clip.mp4")
    assert (facts.width_px, facts.height_px) == size
