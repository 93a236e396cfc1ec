from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.frames import luma_frames
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.shots import Framing, Move, Setting
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality import video
from tower_anime_assets.quality.thresholds import CLIPS
from tower_anime_assets.quality.video_facts import VideoFacts
from tower_anime_assets_tests.quality import drawn, reference
from tower_anime_assets_tests.quality.drawn import FPS, HEIGHT, WIDTH, Picture

FRAMES = 49
PAN_PX = 0.9
MOTION = (0.3, 2.5)
MEZZANINE = video.EncodingSpec("h264", "yuv420p", "High", 12)
BRIEF = ClipBrief(
    keyframe_sha256="0" * 64,
    frames=FRAMES,
    fps=FPS,
    width_px=WIDTH,
    height_px=HEIGHT,
    framing=Framing.WIDE,
    move=Move.PAN_RIGHT,
    activity=0.3,
    setting=Setting("STREET", interior=False, time_of_day="day", weather="", mood="calm"),
    effects=(),
    speaking=(),
    card="",
    prompt="",
    negative="",
    seed=1,
)
FACTS = VideoFacts(
    container="mov,mp4,m4a,3gp,3g2,mj2",
    codec="h264",
    profile="High",
    pix_fmt="yuv420p",
    width_px=WIDTH,
    height_px=HEIGHT,
    sample_aspect=Fraction(1),
    fps=Fraction(FPS),
    frames=FRAMES,
    key_frames=(0, 12, 24, 36, 48),
    open_gops=0,
    is_steady=True,
    is_full_range=False,
    start_s=0.0,
    duration_s=FRAMES / FPS,
    is_fast_start=True,
)


def pan(frames: int = FRAMES, px: float = PAN_PX) -> Iterator[Picture]:
    return drawn.panned(drawn.still(), frames, px)


def measured(pictures: Iterator[Picture], still: Picture | None = None) -> video.ClipMeasures:
    keyframe = video.limited_range_luma(drawn.still() if still is None else still)
    return video.measure_clip(drawn.lumas(pictures), FPS, keyframe, MOTION)


def failed_gates(clip: video.ClipMeasures, facts: VideoFacts = FACTS) -> set[str]:
    measures = video.clip_measures(facts, BRIEF, MEZZANINE, clip)
    return {verdict.gate for verdict in judge(measures, CLIPS) if not verdict.passed}


@pytest.fixture(scope="module")
def good() -> video.ClipMeasures:
    return measured(pan())


def test_a_good_clip_passes_every_gate(good: video.ClipMeasures) -> None:
    assert failed_gates(good) == set()


def test_every_frame_and_every_pair_has_its_value(good: video.ClipMeasures) -> None:
    assert {len(series) for series in (good.luma, good.sharpness)} == {FRAMES}
    assert {len(series) for series in (good.ssim, good.change, good.motion_px)} == {FRAMES - 1}


def test_measuring_twice_gives_the_same_numbers(good: video.ClipMeasures) -> None:
    assert dict(measured(pan()).summary) == pytest.approx(dict(good.summary), rel=1e-6)


@pytest.mark.parametrize("frames", [FRAMES - 1, FRAMES + 1, 8])
def test_a_clip_of_another_length_fails(good: video.ClipMeasures, frames: int) -> None:
    facts = replace(FACTS, frames=frames, key_frames=tuple(range(0, frames, 12)))
    assert failed_gates(good, facts) == {"clips_have_the_planned_frames"}
    assert video.clip_measures(facts, BRIEF, MEZZANINE, good)["frames_error"] == abs(frames - FRAMES)


def test_a_clip_of_another_size_fails(good: video.ClipMeasures) -> None:
    assert failed_gates(good, replace(FACTS, width_px=WIDTH + 32)) == {"clips_have_the_planned_size"}


@pytest.mark.parametrize("fps", [Fraction(24_000, 1001), Fraction(25), Fraction(0)])
def test_a_clip_of_another_rate_fails(good: video.ClipMeasures, fps: Fraction) -> None:
    assert failed_gates(good, replace(FACTS, fps=fps)) == {"clips_have_the_planned_rate"}


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        (replace(FACTS, codec="vp9"), "codec is vp9"),
        (replace(FACTS, codec=""), "codec is unknown"),
        (replace(FACTS, pix_fmt="yuv444p"), "pixel format is yuv444p"),
        (replace(FACTS, profile="Main"), "profile is main"),
        (replace(FACTS, key_frames=(0, 12, 25, 37)), "13 frames apart"),
        (replace(FACTS, key_frames=(0, 12, 24)), "25 frames apart"),
        (replace(FACTS, key_frames=(3, 12, 24, 36, 48)), "first frame is not a key frame"),
        (replace(FACTS, key_frames=()), "49 frames apart"),
        (replace(FACTS, open_gops=2), "2 groups of pictures are open"),
        (replace(FACTS, is_steady=False), "not equally long"),
        (replace(FACTS, is_full_range=True), "full range"),
    ],
)
def test_a_clip_in_another_encoding_fails(good: video.ClipMeasures, facts: VideoFacts, fault: str) -> None:
    assert fault in "; ".join(video.encoding_faults(facts, MEZZANINE))
    assert failed_gates(good, facts) == {"clips_are_in_the_house_encoding"}


def test_the_mezzanine_format_has_no_fault() -> None:
    assert video.encoding_faults(FACTS, MEZZANINE) == ()


def test_a_clip_that_stops_for_over_half_a_second_fails() -> None:
    moving = list(pan())
    stalled = moving[:10] + [moving[10]] * 14 + moving[10 : FRAMES - 14]
    clip = measured(iter(stalled))
    assert clip.summary["frozen_run_frames"] == 14
    assert failed_gates(clip) == {"clips_do_not_freeze"}


def test_a_clip_that_holds_for_a_third_of_a_second_passes() -> None:
    moving = list(pan())
    held = moving[:10] + [moving[10]] * 8 + moving[10 : FRAMES - 8]
    assert failed_gates(measured(iter(held))) == set()


@pytest.mark.parametrize("kind", ["drawn", "noise"])
def test_key_frames_that_flicker_do_not_hide_a_freeze(tmp_path: Path, kind: str) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    picture = drawn.still() if kind == "drawn" else np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.5), dtype=np.uint8)
    path = tmp_path / "frozen.mp4"
    with ClipWriter(path, WIDTH, HEIGHT, FPS) as out:
        for frame in repeat(picture[..., ::-1].copy(), FRAMES):
            out.write(frame)
    clip = video.measure_clip(luma_frames(path), FPS, video.limited_range_luma(picture), MOTION)
    assert clip.summary["frozen_run_frames"] == FRAMES - 1


def test_a_figure_that_breathes_by_two_pixels_is_not_frozen() -> None:
    def breathing() -> Iterator[Picture]:
        base = drawn.still()
        for at in range(FRAMES):
            sway = np.array([[1, 0, 0], [0, 1, 2 * np.sin(at / FPS * 2)]], np.float32)
            frame = base.copy()
            frame[:, 150:230] = cv2.warpAffine(base, sway, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)[:, 150:230]
            yield frame

    assert measured(breathing()).summary["frozen_run_frames"] <= 12


@pytest.mark.parametrize(("black", "gates"), [(2, set()), (3, {"clips_are_not_black"})])
def test_black_frames_fail_from_the_third_in_a_row(black: int, gates: set[str]) -> None:
    pictures = [*pan(FRAMES - black), *repeat(np.full((HEIGHT, WIDTH, 3), 4, np.uint8), black)]
    clip = measured(iter(pictures))
    assert clip.summary["black_run_frames"] == black
    assert failed_gates(clip) - {"clips_move_as_planned"} == gates


def test_a_dark_night_is_not_black() -> None:
    night = drawn.under_light(drawn.still(), drawn.MOONLIGHT, 0.12)
    assert measured(drawn.panned(night, FRAMES, PAN_PX), night).summary["black_run_frames"] == 0


def strobe(period: int, dark: float = 0.25, height: int = HEIGHT) -> Iterator[Picture]:
    for at, picture in enumerate(pan()):
        if at % period < period // 2:
            picture[:height] = drawn.under_light(picture[:height], (1.0, 1.0, 1.0), dark)
        yield picture


@pytest.mark.parametrize(("period", "flashes"), [(24, 1), (8, 3), (6, 4), (4, 6)])
def test_flashes_are_counted_in_the_worst_second(period: int, flashes: int) -> None:
    bright = np.full((FRAMES, 8, 12), 200, np.float32)
    bright[np.arange(FRAMES) % period < period // 2] = 60
    assert video.flashes_per_second(bright, FPS) == flashes


def test_a_clip_that_flashes_four_times_a_second_fails() -> None:
    picture = np.clip(drawn.still().astype(int) + 90, 0, 255).astype(np.uint8)

    def flashing(period: int) -> Iterator[Picture]:
        for at, frame in enumerate(drawn.panned(picture, FRAMES, PAN_PX)):
            yield drawn.under_light(frame, (1.0, 1.0, 1.0), 0.3) if at % period >= period // 2 else frame

    assert "clips_do_not_flash" in failed_gates(measured(flashing(6), picture))
    assert "clips_do_not_flash" not in failed_gates(measured(flashing(12), picture))


@pytest.mark.parametrize(
    ("high", "low", "rows", "counted"),
    [(200, 60, 8, True), (200, 60, 2, True), (200, 60, 1, False), (70, 40, 8, False), (234, 222, 8, False)],
    ids=["all", "a quarter", "an eighth", "too small a step", "too bright throughout"],
)
def test_only_large_dark_enough_changes_over_a_quarter_of_the_picture_are_flashes(
    high: float, low: float, rows: int, counted: bool
) -> None:
    blocks = np.full((FRAMES, 8, 12), high, np.float32)
    blocks[::2, :rows] = low
    assert (video.flashes_per_second(blocks, FPS) > 3) == counted


def test_a_fade_is_no_flash() -> None:
    fade = np.linspace(20, 230, FRAMES, dtype=np.float32)[:, np.newaxis, np.newaxis] * np.ones((8, 12), np.float32)
    assert video.flashes_per_second(fade, FPS) == 0


@given(st.integers(2, 12), st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_flashing_faster_is_never_counted_lower(period: int, start: int) -> None:
    def count(every: int) -> int:
        blocks = np.full((72, 4, 4), 200, np.float32)
        blocks[start::every] = 40
        return video.flashes_per_second(blocks, FPS)

    assert count(period) >= count(period * 2)


@pytest.mark.parametrize(("px", "off"), [(0.05, True), (0.9, False), (6.0, True)], ids=["still", "planned", "wild"])
def test_motion_outside_the_planned_range_fails(px: float, off: bool) -> None:
    assert ("clips_move_as_planned" in failed_gates(measured(pan(px=px)))) == off


def test_the_distance_from_the_planned_range_is_told(good: video.ClipMeasures) -> None:
    motion = good.summary["motion_px"]
    low = video.measure_clip(drawn.lumas(pan()), FPS, video.limited_range_luma(drawn.still()), (motion + 1.5, 9.0))
    high = video.measure_clip(drawn.lumas(pan()), FPS, video.limited_range_luma(drawn.still()), (0.0, motion - 0.25))
    assert low.summary["motion_off_range_px"] == pytest.approx(1.5)
    assert high.summary["motion_off_range_px"] == pytest.approx(0.25)


def test_a_large_picture_is_measured_like_the_small_one_that_it_was_scaled_from(good: video.ClipMeasures) -> None:
    size = (4 * WIDTH, 4 * HEIGHT)
    large = (
        np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC), np.uint8) for frame in drawn.lumas(pan())
    )
    assert video.reduction_factor(size[::-1]) > 1
    summary = video.measure_clip(large, FPS, video.limited_range_luma(drawn.still()), (0.0, 99.0)).summary
    assert summary["motion_px"] == pytest.approx(4 * good.summary["motion_px"], rel=0.35)
    assert summary["start_ssim"] == pytest.approx(good.summary["start_ssim"], abs=0.05)
    for measure in ("frozen_run_frames", "black_run_frames", "flashes_per_s"):
        assert summary[measure] == good.summary[measure]


def test_optical_flow_measures_a_pan_as_scikit_image_does() -> None:
    before, after = (frame for at, frame in enumerate(drawn.lumas(pan(3, 3.0))) if at != 1)
    fast = video.measure_clip([before, after], FPS, before, MOTION).summary["motion_px"]
    slow = reference.measure_frame(before, after).motion_px
    assert fast == pytest.approx(6.0, rel=0.35)
    assert slow == pytest.approx(6.0, rel=0.35)


def test_a_clip_that_starts_from_another_picture_fails() -> None:
    assert failed_gates(measured(pan(), drawn.still(drawn.LUNA, x=100, seed=9))) == {"clips_start_from_their_keyframe"}


def test_a_clip_that_starts_later_in_its_move_fails() -> None:
    late = list(pan(FRAMES + 20))[20:]
    assert failed_gates(measured(iter(late))) == {"clips_start_from_their_keyframe"}


def test_encoding_alone_keeps_the_start(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with ClipWriter(path, WIDTH, HEIGHT, FPS) as out:
        for frame in pan():
            out.write(frame[..., ::-1].copy())
    clip = video.measure_clip(luma_frames(path), FPS, video.limited_range_luma(drawn.still()), MOTION)
    assert clip.summary["start_ssim"] > 0.95
    assert failed_gates(clip) == set()


@given(st.integers(0, 2**32 - 1), st.floats(0, 8))
@settings(max_examples=15, deadline=None)
def test_the_fast_measures_are_those_of_scikit_image(seed: int, shift: float) -> None:
    frames = list(drawn.lumas(drawn.panned(drawn.still(seed=seed), 3, shift)))
    fast = video.measure_clip(frames[1:], FPS, frames[0], MOTION)
    slow = reference.measure_frame(frames[1], frames[2])
    assert fast.luma[1] == pytest.approx(slow.luma, abs=1e-3)
    assert fast.sharpness[1] == pytest.approx(slow.sharpness, rel=1e-3)
    assert fast.ssim[0] == pytest.approx(slow.ssim, abs=1e-3)
    assert fast.change[0] / 255 == pytest.approx(slow.change / 255, abs=1e-3)
    start = reference.ssim(reference.half_size(frames[0]), reference.half_size(frames[1]))
    assert fast.summary["start_ssim"] == pytest.approx(start, abs=1e-3)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_ssim_is_that_of_scikit_image(seed: int) -> None:
    chance = np.random.default_rng(seed)
    one = chance.integers(0, 256, (70, 90), dtype=np.uint8)
    other = np.clip(one + chance.normal(0, seed % 60, one.shape), 0, 255).astype(np.uint8)
    assert video.ssim(one, other) == pytest.approx(reference.ssim(one, other), abs=1e-4)


def test_the_stored_luma_is_limited_range() -> None:
    ends = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert video.limited_range_luma(ends).tolist() == [[16, 235, 63, 173, 32]]


@given(st.lists(st.booleans(), max_size=40))
def test_the_longest_run_is_the_longest_stretch_of_marks(marks: list[bool]) -> None:
    text = "".join("x" if mark else " " for mark in marks)
    assert video.longest_true_run(np.array(marks, dtype=bool)) == max(map(len, text.split()), default=0)


def test_a_clip_without_frames_cannot_be_measured() -> None:
    with pytest.raises(MediaError, match="no frames"):
        measured(iter(()))


def test_a_clip_that_changes_its_size_cannot_be_measured() -> None:
    with pytest.raises(MediaError, match="frame 1 is"):
        measured(iter([drawn.still(), drawn.still()[:200]]))


def test_a_clip_too_small_for_blocks_cannot_be_measured() -> None:
    with pytest.raises(MediaError, match="32x32"):
        measured(iter([drawn.still()[:32, :32]]))


def test_a_single_frame_has_no_motion() -> None:
    clip = measured(pan(1))
    assert (clip.summary["motion_px"], clip.summary["frozen_run_frames"]) == (0.0, 0.0)


def test_every_bar_for_clips_finds_its_measure(good: video.ClipMeasures) -> None:
    assert {bar.measure for bar in CLIPS if not bar.is_optional} <= set(
        video.clip_measures(FACTS, BRIEF, MEZZANINE, good)
    )
