"""Frames between frames, compared with those that were really there."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import cv2
import numpy as np
import pytest

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.interpolation import interpolate_frames, resampled_places
from tower_anime_assets.quality.image import Picture
from tower_anime_assets_tests.fakes.comfyui_models import drawn

WIDTH, HEIGHT = 256, 192


def moved(picture: Picture, steps: float) -> Picture:
    """Return a picture after a camera move of so many steps: a pan by parts of a pixel, and a zoom."""
    zoom = 1 + 0.002 * steps
    move = np.array([[zoom, 0, -1.5 * steps], [0, zoom, -0.5 * steps]])
    return cast(
        Picture,
        cv2.warpAffine(picture, move, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT),
    )


def error_levels(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    inner = slice(8, -8)
    return float(np.abs(one[inner, inner].astype(float) - other[inner, inner]).mean())


def test_a_clip_of_16_frames_per_second_becomes_one_of_24_that_is_nearly_what_a_camera_of_24_sees() -> None:
    picture = drawn(WIDTH, HEIGHT, 3)
    source = [moved(picture, 3 * number) for number in range(9)]
    truth = [moved(picture, 2 * number) for number in range(13)]
    made = list(interpolate_frames(iter(source), 9, 13))
    assert len(made) == 13
    between = [number for number in range(13) if 2 * number % 3]
    ours = np.mean([error_levels(made[number], truth[number]) for number in between])
    nearest = np.mean([error_levels(source[round(2 * number / 3)], truth[number]) for number in between])
    dissolved = np.mean(
        [
            error_levels(
                cv2.addWeighted(source[2 * number // 3], 1 - share, source[2 * number // 3 + 1], share, 0),
                truth[number],
            )
            for number in between
            for share in (2 * number / 3 % 1,)
        ]
    )
    assert ours < nearest / 4
    assert ours < dissolved / 3


def test_frames_that_are_there_stay_as_they_are() -> None:
    source = [drawn(64, 64, seed) for seed in range(5)]
    made = list(interpolate_frames(iter(source), 5, 9))
    for number, frame in enumerate(source):
        assert np.array_equal(made[2 * number], frame)


def test_nothing_is_dissolved_where_no_motion_leads_from_one_frame_to_the_next() -> None:
    source = [drawn(WIDTH, HEIGHT, seed) for seed in (1, 2, 3)]
    for number, frame in enumerate(interpolate_frames(iter(source), 3, 7)):
        assert any(np.array_equal(frame, one) for one in source), number


@pytest.mark.parametrize(("made", "frames"), [(17, 25), (81, 121), (28, 41), (2, 9), (30, 12), (1, 1), (5, 5)])
def test_the_first_and_the_last_frame_keep_their_places(made: int, frames: int) -> None:
    places = resampled_places(made, frames)
    assert len(places) == frames
    assert [places[0], places[-1]] == [0, made - 1]
    assert len(set(np.diff(np.array(places, dtype=object)))) <= 1, "all equally far apart"
    assert places == sorted(places)


def test_two_thirds_are_exact() -> None:
    assert resampled_places(3, 4) == [0, Fraction(2, 3), Fraction(4, 3), 2]


@pytest.mark.parametrize(("made", "frames"), [(0, 3), (1, 3), (3, 0)])
def test_lengths_that_cannot_be_are_refused(made: int, frames: int) -> None:
    with pytest.raises(MediaError, match="cannot be shown"):
        resampled_places(made, frames)


def test_a_clip_that_is_shorter_than_was_said_is_an_error() -> None:
    with pytest.raises(MediaError, match="has 2 frames; expected more than"):
        list(interpolate_frames(iter([drawn(64, 64, 1), drawn(64, 64, 2)]), 5, 9))
