"""The motion that a plan expects tells a still from a pan, and a held shot from chaos."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.planning.briefs import ClipBrief, Fit
from tower_anime_assets.production.planning.motion import camera_gain, expected_motion_px
from tower_anime_assets.production.planning.shots import Framing, Move, Setting

HELD = ClipBrief(
    keyframe_sha256="",
    frames=121,
    fps=24,
    width_px=768,
    height_px=512,
    framing=Framing.WIDE,
    move=Move.STATIC,
    activity=0.2,
    setting=Setting("STREET", False, "day", "clear", "calm"),
    effects=(),
    speaking=(),
    card="",
    prompt="",
    negative="",
    seed=1,
)


@pytest.mark.parametrize("move", [move for move in Move if move not in (Move.STATIC, Move.HANDHELD)])
def test_a_still_picture_is_too_little_for_a_camera_move(move: Move) -> None:
    low, _ = expected_motion_px(replace(HELD, move=move))
    noise_of_coding_px = 0.05
    assert low > noise_of_coding_px


def test_a_boiling_picture_is_too_much_for_a_held_shot() -> None:
    _, high = expected_motion_px(HELD)
    assert high < 4.0


def test_weather_outdoors_allows_more_and_indoors_does_not() -> None:
    storm = replace(HELD, setting=replace(HELD.setting, weather="storm"))
    inside = replace(storm, setting=replace(storm.setting, interior=True))
    assert expected_motion_px(storm)[1] > expected_motion_px(HELD)[1] + 5
    assert expected_motion_px(inside) == expected_motion_px(HELD)


@given(
    move=st.sampled_from(list(Move)),
    framing=st.sampled_from(list(Framing)),
    activity=st.floats(0, 1),
    frames=st.integers(1, 257),
    width=st.sampled_from([512, 768, 1280]),
    effects=st.sets(st.sampled_from(["rain", "snow", "dust", "an effect of later"])),
)
def test_every_plan_has_a_range_that_grows_with_the_picture(
    move: Move, framing: Framing, activity: float, frames: int, width: int, effects: set[str]
) -> None:
    brief = replace(
        HELD, move=move, framing=framing, activity=activity, frames=frames, width_px=width, effects=tuple(effects)
    )
    low, high = expected_motion_px(brief)
    assert 0 <= low < high
    assert (low == 0) == (frames == 1)  # a single frame cannot move
    assert high - low > 1.4 * width / 768
    double = expected_motion_px(replace(brief, width_px=2 * width))
    assert double == pytest.approx((2 * low, 2 * high))


def test_closer_is_slower_and_busier_is_faster() -> None:
    assert camera_gain(Framing.CLOSE_UP, 0.5) < camera_gain(Framing.WIDE, 0.5) < camera_gain(Framing.WIDE, 1.0)
    assert camera_gain(Framing.WIDE, 7.0) == camera_gain(Framing.WIDE, 1.0)


def test_motion_is_expected_in_pixels_of_the_finished_clip() -> None:
    brief = replace(HELD, move=Move.PAN_LEFT)
    least, most = expected_motion_px(brief)
    doubled = replace(brief, fit=Fit(2 * brief.width_px, 2 * brief.height_px))
    assert expected_motion_px(doubled) == pytest.approx((2 * least, 2 * most))
    window = replace(brief, fit=Fit(brief.width_px // 2, brief.height_px, left=0.25, right=0.75))
    assert expected_motion_px(window) == pytest.approx((least, most), rel=0.01)
