"""Layers become sheets that look at rest as they were painted, move with their depth, and share what moves alike."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tower_anime_assets.animatic.animator.acting import CLOSED, OPEN, Acting
from tower_anime_assets.animatic.animator.camera import CameraPath
from tower_anime_assets.animatic.animator.layer_stack import LayerStack
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.media.layers import Layer, LayeredPicture


def _still(frames: int = 1) -> CameraPath:
    return CameraPath(np.zeros(frames), np.zeros(frames), np.ones(frames), 1.0)


def _moved(x_px: float = 0.0, y_px: float = 0.0, zoom: float = 1.0, parallax: float = 1.0) -> CameraPath:
    return CameraPath(np.array([x_px]), np.array([y_px]), np.array([zoom]), parallax)


def _acting(mouth: int = CLOSED, eyes_closed: bool = False, rise_px: float = 0.0, sway_px: float = 0.0) -> Acting:
    return Acting(
        np.array([mouth], np.int8), np.array([eyes_closed]), np.array([rise_px]), np.array([sway_px])
    )  # fmt: skip


def _drawn(
    picture: LayeredPicture, path: CameraPath, acting: Acting | None = None, light: float = 1.0
) -> NDArray[np.uint8]:
    frame = np.zeros((picture.height_px, picture.width_px, 4), np.uint8)
    LayerStack(picture, path).draw(frame, 0, {"akira": acting} if acting else {}, light)
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGRA2RGB), np.uint8)


def _square(depth: float, glow: bool = False) -> LayeredPicture:
    ground, square = np.zeros((160, 200, 4), np.uint8), np.zeros((160, 200, 4), np.uint8)
    ground[...] = (20, 40, 60, 255)
    square[70:90, 90:110] = (200, 100, 50, 255)
    return LayeredPicture(160, 120, 20, (Layer("ground", 0.0, ground), Layer("square", depth, square, glow=glow)))


def _centre(frame: NDArray[np.uint8]) -> tuple[float, float]:
    rows, columns = np.nonzero(np.abs(frame.astype(int) - (20, 40, 60)).sum(axis=2) > 60)
    return float(columns.mean()), float(rows.mean())


def test_at_rest_a_layer_stack_shows_what_was_painted(street: LayeredPicture) -> None:
    difference = cv2.absdiff(_drawn(street, _still()), flatten(street))
    assert difference.mean() < 1.5
    assert np.percentile(difference, 99) < 30  # the hardest edges are a little softer


@pytest.mark.parametrize("depth", [0.0, 0.5, 1.0, 1.4])
def test_a_plane_moves_against_the_camera_in_proportion_to_its_depth(depth: float) -> None:
    x, y = _centre(_drawn(_square(depth), _still()))
    moved_x, moved_y = _centre(_drawn(_square(depth), _moved(10.0, -6.0)))
    assert (moved_x - x, moved_y - y) == pytest.approx((-10 * depth, 6 * depth), abs=0.3)


def test_a_turning_camera_shows_less_parallax_than_a_travelling_one() -> None:
    x, _ = _centre(_drawn(_square(0.2), _still()))
    turned, _ = _centre(_drawn(_square(0.2), _moved(10.0, parallax=0.35)))
    travelled, _ = _centre(_drawn(_square(0.2), _moved(10.0, parallax=1.0)))
    assert x - turned == pytest.approx(7.2, abs=0.3)
    assert x - travelled == pytest.approx(2.0, abs=0.3)


def test_coming_nearer_makes_near_planes_grow_more() -> None:
    def size(depth: float) -> int:
        frame = _drawn(_square(depth), _moved(zoom=1.5))
        return int(np.count_nonzero(np.abs(frame.astype(int) - (20, 40, 60)).sum(axis=2) > 60))

    assert size(0.0) == pytest.approx(400, abs=30)
    assert size(1.0) == pytest.approx(900, abs=60)


def test_light_is_screened_and_dimmed() -> None:
    full, dim = (_drawn(_square(1.0, glow=True), _still(), light=light)[60, 80] for light in (1.0, 0.5))
    expected = 255 - (255 - np.array((20, 40, 60))) * (255 - np.array((200, 100, 50))) / 255
    assert np.abs(full - expected).max() <= 2
    assert np.abs(dim - (expected + np.array((20, 40, 60))) / 2).max() <= 2


def test_planes_that_move_alike_are_drawn_as_one(street: LayeredPicture) -> None:
    still, moving = LayerStack(street, _still()), LayerStack(street, _moved(40.0))
    assert [sheet.character for sheet in still.sheets] == ["", "", "akira", ""]  # houses and sky are one
    assert len(moving.sheets) == 6
    both = [_drawn(street, _still()), flatten(street)]
    assert np.abs(both[0].astype(int) - both[1]).mean() < 1.5


def test_patches_show_where_they_were_painted_and_leave_no_trace(street: LayeredPicture) -> None:
    stack = LayerStack(street, _still())
    frame = np.zeros((256, 384, 4), np.uint8)
    shots = []
    for acting in (_acting(), _acting(OPEN), _acting(CLOSED, True), _acting(OPEN, True), _acting()):
        stack.draw(frame, 0, {"akira": acting})
        shots.append(frame.copy())
    plain, talking, blinking, both, again = (shot.astype(int) for shot in shots)
    x, y = 384 // 2 + 40, 256 // 2 + 20
    mouth, eyes = np.s_[y + 5 : y + 25, x - 12 : x + 12], np.s_[y - 26 : y - 4, x - 26 : x + 26]
    assert np.abs(talking - plain)[mouth].max() > 60
    assert np.abs(talking - plain)[eyes].max() == 0
    assert np.abs(blinking - plain)[eyes].max() > 60
    assert np.abs(blinking - plain)[mouth].max() == 0
    assert np.abs(both - talking)[mouth].max() == 0
    assert np.abs(both - blinking)[eyes].max() == 0
    assert np.array_equal(again, plain)


def test_breath_lifts_the_head_and_not_the_foot(street: LayeredPicture) -> None:
    calm, lifted = _drawn(street, _still(), _acting()), _drawn(street, _still(), _acting(rise_px=3.0))
    change = np.abs(lifted.astype(int) - calm).max(axis=2)
    x = 384 // 2 + 40
    assert change[100:140, x - 45 : x + 45].max() > 60
    assert change[-20:, x - 60 : x + 60].max() <= 12


def test_a_picture_without_an_opaque_ground_stands_on_black() -> None:
    picture = _square(1.0)
    bare = replace(picture, layers=picture.layers[1:])
    frame = _drawn(bare, _still())
    assert frame[0, 0].tolist() == [0, 0, 0]
    assert frame[60, 80].tolist() == [200, 100, 50]


def test_what_is_behind_is_drawn_before_the_figures(street: LayeredPicture) -> None:
    frame = np.zeros((256, 384, 4), np.uint8)
    LayerStack(street, _still()).draw(frame, 0, {}, draw_behind=lambda seen: seen.fill(255))
    assert (frame[0, 200] == 255).all()
    assert not (frame[200, 232, :3] == 255).all()
