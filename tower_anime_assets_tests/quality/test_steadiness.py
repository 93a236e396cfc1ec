from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tower_anime_assets.quality import video
from tower_anime_assets.quality.steadiness import FlowMeter, flicker_levels, flow_consistency
from tower_anime_assets.quality.thresholds import CLIPS
from tower_anime_assets_tests.quality import drawn
from tower_anime_assets_tests.quality.drawn import FPS, HEIGHT, WIDTH, Picture

FRAMES = 25
BARS = {bar.measure: bar for bar in CLIPS}
CONSISTENT = BARS["flow_consistency"].low or 0.0
FLICKERS = BARS["flicker_levels"].high or 0.0
KEEPS = BARS["temporal_ssim"].low or 0.0


def summary(pictures: Iterable[Picture]) -> dict[str, float]:
    keyframe = video.limited_range_luma(drawn.still())
    return dict(video.measure_clip(drawn.lumas(iter(pictures)), FPS, keyframe, (0.0, 20.0)).summary)


def pan(px: float = 2.0) -> Iterator[Picture]:
    return drawn.panned(drawn.still(), FRAMES, px)


def zoom() -> Iterator[Picture]:
    for at in range(FRAMES):
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 0, 1 + 0.01 * at)
        yield np.asarray(cv2.warpAffine(drawn.still(), turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8)


def walk() -> Iterator[Picture]:
    return (drawn.still(x=60 + 6 * at) for at in range(FRAMES))


def boil(levels: float) -> Iterator[Picture]:
    """Yield a pan whose textures differ from frame to frame."""
    chance = np.random.default_rng(5)
    for picture in pan():
        grain = cv2.GaussianBlur(chance.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 4)
        rough = picture + (grain * levels / grain.std())[..., np.newaxis]
        yield np.asarray(np.clip(rough, 0, 255), np.uint8)


def wobble(px: float) -> Iterator[Picture]:
    """Yield a pan whose shapes are bent otherwise in every frame."""
    chance = np.random.default_rng(5)
    grid = np.stack(np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)), -1).astype(np.float32)
    for picture in pan():
        bend = cv2.GaussianBlur(chance.normal(0, 1, (HEIGHT, WIDTH, 2)).astype(np.float32), (0, 0), 14)
        places = grid + np.asarray(bend) * (px / float(np.std(bend)))
        bent = cv2.remap(picture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)  # type: ignore[call-overload]  # None is taken
        yield np.asarray(bent, np.uint8)


def jumps() -> Iterator[Picture]:
    for at, picture in enumerate(pan()):
        yield np.ascontiguousarray(picture[:, ::-1]) if at // 3 % 2 else picture


@pytest.mark.parametrize(
    "pictures", [pan, lambda: pan(0.3), zoom, walk, lambda: repeat(drawn.still(), FRAMES)],
    ids=["pan", "slow pan", "zoom", "walk", "held"],
)  # fmt: skip
def test_smooth_motion_is_consistent(pictures: Callable[[], Iterable[Picture]]) -> None:
    measured = summary(pictures())
    assert measured["flow_consistency"] > 0.75
    assert measured["flicker_levels"] < 0.3


def test_a_pan_so_fast_that_windows_meet_their_neighbours_is_above_the_bars() -> None:
    measured = summary(pan(6.0))  # half the distance of the windows: nothing can tell which way they went
    assert measured["flow_consistency"] > CONSISTENT
    assert measured["temporal_ssim"] > KEEPS


@pytest.mark.parametrize(
    "pictures", [lambda: boil(14), lambda: wobble(5), jumps], ids=["boiling", "wobbling", "jumping"]
)
def test_what_boils_wobbles_or_jumps_is_not_consistent(pictures: Callable[[], Iterable[Picture]]) -> None:
    assert summary(pictures())["flow_consistency"] < CONSISTENT


def test_the_more_it_boils_the_less_consistent_it_is() -> None:
    values = [summary(boil(levels))["flow_consistency"] for levels in (0.5, 5, 14)]
    assert values == sorted(values, reverse=True)


def test_a_picture_that_boils_does_not_keep_itself() -> None:
    assert summary(boil(14))["temporal_ssim"] < KEEPS < 0.8 < summary(pan())["temporal_ssim"]


def test_a_slow_dissolve_is_not_told_from_a_change_of_light() -> None:
    other = np.ascontiguousarray(drawn.still(drawn.VIKTOR, 90, seed=4)[:, ::-1])
    shares = np.linspace(0, 1, 4 * FRAMES)
    dissolved = (cv2.addWeighted(drawn.still(), 1 - share, other, share, 0).astype(np.uint8) for share in shares)
    assert summary(dissolved)["flow_consistency"] > 0.9  # a known blind spot, told in the module


def test_a_flash_of_light_is_not_taken_for_motion() -> None:
    lit = [
        np.clip(frame.astype(int) + (60 if at == 12 else 0), 0, 255).astype(np.uint8) for at, frame in enumerate(pan())
    ]
    assert summary(lit)["flow_consistency"] > 0.8


def test_the_worst_quarter_counts() -> None:
    assert flow_consistency(np.array([1.0] * 15 + [0.2] * 5)) == pytest.approx(0.2)
    assert flow_consistency(np.array([1.0] * 18 + [0.2] * 2)) == pytest.approx(0.68)
    assert flow_consistency(np.zeros(0)) == 1.0


def test_flow_is_as_long_as_the_pan() -> None:
    grain = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 3)
    still = np.repeat((128 + grain / grain.std() * 30).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    first, second = drawn.lumas(drawn.panned(still, 2, 2.0))
    length_px, share = FlowMeter((HEIGHT, WIDTH)).measure(first, second)
    assert length_px == pytest.approx(2.0, abs=0.6)
    assert share > CONSISTENT


# Flicker --------------------------------------------------------------------------------------------------------------


def blocks(levels: NDArray[np.float64], rows: slice = slice(None)) -> NDArray[np.float32]:
    lit = np.full((len(levels), 8, 12), 100, np.float32)
    lit[:, rows] += levels[:, np.newaxis, np.newaxis].astype(np.float32)
    return lit


AT = np.arange(48)
SIDE = np.cos(AT * np.pi).round()


@pytest.mark.parametrize(
    ("levels", "flicker"),
    [
        (4.0 * SIDE, 4.0),
        (np.where(AT % 8 == 0, 6.0, 0.0), 1.43),
        (np.where((AT < 24) & (AT % 2 == 1), 5.0, 0.0), 2.5),
        (np.linspace(0, 90, 48), 0.0),
        (np.where(np.isin(AT, (20, 21, 25)), 80.0, 0.0), 0.0),
        (3 * np.sin(AT / 48 * 2 * np.pi), 0.02),
        (np.zeros(48), 0.0),
    ],
    ids=["alternating", "a pulse every eighth frame", "one bad second", "fade", "lightning", "slow swell", "steady"],
)
def test_flicker_is_how_far_light_swings_around_its_trend(levels: NDArray[np.float64], flicker: float) -> None:
    assert flicker_levels(blocks(levels), 24) == pytest.approx(flicker, abs=0.02)


def test_a_sign_that_flickers_is_not_a_picture_that_flickers() -> None:
    assert flicker_levels(blocks(np.asarray(90.0 * SIDE, np.float64), rows=slice(0, 3)), 24) == 0.0


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_fewer_than_three_frames_do_not_flicker(frames: int) -> None:
    assert flicker_levels(blocks(np.arange(frames, dtype=np.float64) * 50), 24) == 0.0


def test_a_clip_whose_light_alternates_fails() -> None:
    lit = (
        np.clip(frame.astype(int) + (5 if at % 2 else -5), 0, 255).astype(np.uint8) for at, frame in enumerate(pan())
    )
    assert summary(lit)["flicker_levels"] > FLICKERS
