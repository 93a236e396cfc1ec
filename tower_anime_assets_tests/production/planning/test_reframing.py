"""A delivery of another shape than the pictures shows a part of each shot that holds everybody's head."""

from __future__ import annotations

import pytest

from tower_anime_assets.animatic.painter.composition import draw_keyframe
from tower_anime_assets.production.planning.briefs import Fit, KeyframeBrief
from tower_anime_assets.production.planning.reframing import fit_of
from tower_anime_assets.production.planning.shots import (
    Emotion,
    Facing,
    Framing,
    Move,
    Pose,
    Purpose,
    Setting,
    Shot,
    Subject,
    Transition,
)
from tower_anime_assets.production.story.model import Appearance, Character, Delivery, Style, Voice, WorkingSize

PORTRAIT = Delivery(1080, 1920, working=WorkingSize(1024, 576))
LANDSCAPE = Delivery(1920, 1080, working=WorkingSize(576, 1024))
SETTING = Setting("LABORATORY", True, "day", "clear", "calm")


def _subject(name: str, x: float, pose: Pose = Pose.STAND, *, is_foreground: bool = False) -> Subject:
    facing = Facing.AWAY if is_foreground else Facing.RIGHT if x < 0 else Facing.LEFT
    return Subject(name, Emotion.NEUTRAL, pose, facing, x, is_foreground)


def _shot(framing: Framing, subjects: tuple[Subject, ...], move: Move = Move.STATIC, frames: int = 49) -> Shot:
    return Shot(
        "x-e01-sc01-sh0010", "sc01", Purpose.ACTION, framing, move, subjects, SETTING, frames, Transition(),
        (), 0.2, (), (), "", "", "", "", "",
    )  # fmt: skip


def _fit(delivery: Delivery, shot: Shot) -> Fit:
    fit = fit_of(delivery, shot)
    assert fit is not None
    return fit


def test_a_picture_made_at_the_deliverys_size_is_not_fitted_at_all() -> None:
    assert fit_of(Delivery(), _shot(Framing.WIDE, ())) is None
    assert fit_of(Delivery(1280, 704), _shot(Framing.WIDE, ())) is None


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1080, 1080), (1080, 1350), (1440, 1080), (3840, 2160)])
def test_a_delivery_of_the_pictures_own_shape_shows_all_of_it(size: tuple[int, int]) -> None:
    fit = _fit(Delivery(*size), _shot(Framing.CLOSE_UP, (_subject("a", 0.12),)))
    assert fit == Fit(*size)


@pytest.mark.parametrize("delivery", [PORTRAIT, LANDSCAPE])
def test_an_empty_shot_shows_as_much_as_fits_without_an_edge(delivery: Delivery) -> None:
    fit = _fit(delivery, _shot(Framing.WIDE, ()))
    width, height = fit.right - fit.left, fit.bottom - fit.top
    assert max(width, height) == pytest.approx(1.0)
    assert width / height * delivery.working_px[0] / delivery.working_px[1] == pytest.approx(
        delivery.width_px / delivery.height_px, rel=0.01
    )


def test_one_person_is_followed_to_where_the_plan_has_them() -> None:
    left = _fit(PORTRAIT, _shot(Framing.MEDIUM, (_subject("a", -0.6),)))
    right = _fit(PORTRAIT, _shot(Framing.MEDIUM, (_subject("a", 0.6),)))
    assert left.right < right.left + 0.2
    assert (left.left + left.right) / 2 == pytest.approx(1 - (right.left + right.right) / 2, abs=1e-3)


def test_a_camera_that_moves_gets_a_wider_part() -> None:
    still = _fit(PORTRAIT, _shot(Framing.CLOSE_UP, (_subject("a", 0.1),)))
    moving = _fit(PORTRAIT, _shot(Framing.CLOSE_UP, (_subject("a", 0.1),), Move.PUSH_IN, 121))
    assert moving.right - moving.left > still.right - still.left


LOOK = Appearance("#111122", "short", "#e8b89a", "#334455", "#1155ff", "jacket", "#00ffff")
CAST = {name: Character(name, name, name, LOOK, Voice()) for name in "abc"}


def _head_boxes(delivery: Delivery, shot: Shot) -> list[tuple[float, float, float, float]]:
    """Return where the painter draws the faces of a shot, as shares of the frame."""
    width, height = delivery.working_px
    cast = tuple(CAST[subject.character] for subject in shot.subjects)
    brief = KeyframeBrief(
        shot.framing, shot.move, shot.subjects, cast, SETTING, (), (), "", "", Style(), width, height, 1, 0
    )
    picture = draw_keyframe(brief)
    boxes = []
    for layer in picture.layers:
        eyes = [patch for patch in layer.patches if patch.name in ("eyes-closed", "mouth-open")]
        if eyes:
            edges = [
                (patch.x_px, patch.y_px, patch.x_px + patch.image.shape[1], patch.y_px + patch.image.shape[0])
                for patch in eyes
            ]
            left, top, right, bottom = (
                pick(column) for pick, column in zip((min, min, max, max), zip(*edges, strict=True), strict=True)
            )
            margin = picture.margin_px
            boxes.append(
                ((left - margin) / width, (top - margin) / height, (right - margin) / width, (bottom - margin) / height)
            )
    return boxes


@pytest.mark.parametrize(
    ("delivery", "framing", "places", "pose"),
    [
        (PORTRAIT, Framing.WIDE, (-0.95, 0.8), Pose.RUN),
        (PORTRAIT, Framing.MEDIUM, (-0.32, 0.6), Pose.STAND),
        (PORTRAIT, Framing.CLOSE_UP, (0.12,), Pose.STAND),
        (PORTRAIT, Framing.OVER_SHOULDER, (-0.28,), Pose.STAND),
        (LANDSCAPE, Framing.WIDE, (0.3,), Pose.SIT),
        (LANDSCAPE, Framing.TWO_SHOT, (-0.36, 0.36), Pose.STAND),
        (LANDSCAPE, Framing.CLOSE_UP, (0.12,), Pose.STAND),
    ],
)
def test_every_face_that_the_painter_draws_is_shown(
    delivery: Delivery, framing: Framing, places: tuple[float, ...], pose: Pose
) -> None:
    subjects = tuple(_subject(name, x, pose) for name, x in zip("ab", places, strict=False))
    if framing is Framing.OVER_SHOULDER:
        subjects = (*subjects, _subject("c", -0.72 if places[0] > 0 else 0.72, is_foreground=True))
    shot = _shot(framing, subjects)
    fit = _fit(delivery, shot)
    for left, top, right, bottom in _head_boxes(delivery, shot):
        assert fit.left <= left + 0.01, "cut off on the left"
        assert right - 0.01 <= fit.right, "cut off on the right"
        assert fit.top <= top + 0.01, "cut off above"
        assert bottom - 0.01 <= fit.bottom, "cut off below"
