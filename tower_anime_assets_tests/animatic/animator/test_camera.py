"""Cameras begin at rest, move smoothly the planned way, and never look past the canvas."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tower_anime_assets.animatic.animator import layer_stack
from tower_anime_assets.animatic.animator.camera import CameraPath, Canvas, camera_path
from tower_anime_assets.animatic.animator.layer_stack import LayerStack
from tower_anime_assets.media.layers import Layer, LayeredPicture
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.shots import Framing, Move

WIDE = Canvas(768, 512, 96, (0.05, 0.4, 1.0, 1.5))


def _path(brief: ClipBrief, move: Move, canvas: Canvas = WIDE) -> CameraPath:
    wide = replace(brief, move=move, frames=121, width_px=768, height_px=512, framing=Framing.WIDE)
    return camera_path(wide, canvas, seed=5)


@pytest.mark.parametrize("move", list(Move))
def test_every_path_begins_at_rest(move: Move, brief: ClipBrief) -> None:
    path = _path(brief, move)
    assert (path.x_px[0], path.y_px[0], path.zoom[0]) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("move", "across", "down"),
    [
        *((Move.PAN_LEFT, -1, 0), (Move.PAN_RIGHT, 1, 0), (Move.TILT_UP, 0, -1)),
        *((Move.TILT_DOWN, 0, 1), (Move.TRACK_LEFT, -1, 0), (Move.TRACK_RIGHT, 1, 0)),
    ],
)
def test_a_move_goes_its_way_and_no_other(move: Move, across: int, down: int, brief: ClipBrief) -> None:
    path = _path(brief, move)
    assert 35 < abs(path.x_px[-1] if across else path.y_px[-1]) < 96
    assert np.sign(path.x_px[-1]) == across or not across
    assert np.sign(path.y_px[-1]) == down or not down
    assert abs(path.y_px[-1] if across else path.x_px[-1]) < 8
    assert np.ptp(path.zoom) == 0


def test_a_push_comes_nearer_and_a_pull_goes_away(brief: ClipBrief) -> None:
    assert 1.08 < _path(brief, Move.PUSH_IN).zoom[-1] < 1.25
    assert 0.8 < _path(brief, Move.PULL_OUT).zoom[-1] < 0.93


@pytest.mark.parametrize("move", list(Move))
def test_every_path_is_smooth_and_never_stands_still(move: Move, brief: ClipBrief) -> None:
    path = _path(brief, move)
    steps = np.stack((np.diff(path.x_px), np.diff(path.y_px), np.diff(path.zoom) * 384), axis=1)
    jolt_px = 0.5 if move is Move.HANDHELD else 0.1
    assert np.abs(np.diff(steps, axis=0)).max() < jolt_px  # per frame, per frame
    assert np.hypot(steps[:, 0], steps[:, 1]).min() > 0.005


def test_more_activity_is_more_speed_and_a_closer_frame_is_less(brief: ClipBrief) -> None:
    def travel(activity: float, framing: Framing) -> float:
        planned = replace(
            brief, move=Move.PAN_RIGHT, activity=activity, framing=framing, frames=49, width_px=768, height_px=512
        )
        return float(camera_path(planned, WIDE, 5).x_px[-1])

    assert travel(0.9, Framing.WIDE) > travel(0.1, Framing.WIDE) > travel(0.1, Framing.CLOSE_UP)


@given(
    move=st.sampled_from(list(Move)),
    frames=st.integers(1, 257),
    margin=st.integers(0, 130),
    nearest=st.floats(0.5, 3.0),
    farthest=st.floats(0.0, 0.5),
    activity=st.floats(0.0, 1.0),
    gain=st.floats(0.2, 4.0),
    is_single=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_plane_ever_shows_its_edge(
    brief: ClipBrief,
    move: Move,
    frames: int,
    margin: int,
    nearest: float,
    farthest: float,
    activity: float,
    gain: float,
    is_single: bool,
    seed: int,
) -> None:
    canvas = Canvas(768, 512, margin, (farthest, 1.0, nearest), is_single)
    planned = replace(brief, move=move, frames=frames, activity=activity, width_px=768, height_px=512)
    path = camera_path(planned, canvas, seed, gain)
    for depth in canvas.depths:
        share = path.parallax_share(depth)
        zoom = 1.0 + (path.zoom - 1.0) * share
        for offset, side in ((path.x_px, 768), (path.y_px, 512)):
            reach = (side / 2 + np.abs(share * offset)) / zoom
            assert reach.max() <= side / 2 + margin + 1e-6


def test_a_lone_still_is_not_left_by_a_pan(brief: ClipBrief) -> None:
    path = _path(brief, Move.PAN_RIGHT, Canvas(768, 512, 30, (1.0,), is_single_layer=True))
    assert path.x_px[-1] > 35
    overhang = (384 + np.abs(path.x_px)) / path.zoom - 384
    assert overhang.max() < 6  # the drift alone, into the mirrored rim


def _texture() -> LayeredPicture:
    noise = np.random.default_rng(2).integers(0, 256, (704, 960, 3), np.uint8)
    soft = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.2), None, 0, 255, cv2.NORM_MINMAX)  # type: ignore[call-overload]
    image = np.dstack((soft, np.full(soft.shape[:2], 255, np.uint8))).astype(np.uint8)
    return LayeredPicture(768, 512, 96, (Layer("paper", 1.0, image),))


@pytest.mark.parametrize("move", [Move.PAN_LEFT, Move.TRACK_RIGHT, Move.TILT_DOWN])
def test_the_picture_moves_by_subpixels_as_the_path_says(move: Move, brief: ClipBrief) -> None:
    picture = _texture()
    path = _path(brief, move, Canvas(768, 512, 96, (1.0,)))
    layers = LayerStack(picture, path)
    frame, before = np.zeros((512, 768, 4), np.uint8), np.zeros((512, 768), np.float32)
    for at in range(40, 56):
        layers.draw(frame, at, {})
        grey = cv2.cvtColor(frame, cv2.COLOR_BGRA2GRAY).astype(np.float32)
        if at > 40:
            _, moved = cv2.findTransformECC(before, grey, np.eye(2, 3, dtype=np.float32), cv2.MOTION_TRANSLATION)
            wanted = path.x_px[at - 1] - path.x_px[at], path.y_px[at - 1] - path.y_px[at]
            assert np.abs(moved[:, 2] - wanted).max() < 0.02
        before = grey


def _pulse(brief: ClipBrief) -> float:
    """Return by how much the sharpness of a slow pan rises above its least."""
    layers = LayerStack(_texture(), _path(brief, Move.PAN_LEFT, Canvas(768, 512, 96, (1.0,))))
    frame, sharpness = np.zeros((512, 768, 4), np.uint8), []
    for at in range(40, 80):
        layers.draw(frame, at, {})
        sharpness.append(float(cv2.Laplacian(cv2.cvtColor(frame, cv2.COLOR_BGRA2GRAY), cv2.CV_32F).var()))
    return max(sharpness) / min(sharpness) - 1.0


def test_doubled_sheets_pulse_half_as_much_as_plain_ones(brief: ClipBrief, monkeypatch: pytest.MonkeyPatch) -> None:
    doubled = _pulse(brief)
    monkeypatch.setattr(layer_stack, "MAX_DOUBLED_BYTES", 0)
    assert doubled < 0.5 * _pulse(brief)
