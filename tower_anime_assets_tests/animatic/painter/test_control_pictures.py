from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tower_anime_assets.animatic.painter.composition import draw_keyframe
from tower_anime_assets.animatic.painter.control_pictures import COLOURS, LIMBS, ControlPictures
from tower_anime_assets.animatic.painter.figure import draw_figure
from tower_anime_assets.animatic.painter.joints import KEYPOINTS, keypoints_of
from tower_anime_assets.animatic.painter.look import look_of
from tower_anime_assets.animatic.painter.stance import Stance
from tower_anime_assets.animatic.painter.vector import render
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Pose, Setting
from tower_anime_assets_tests.animatic.painter.test_composition import RACER, SCIENTIST, brief, subject

SIZE = (192, 128)
ROOM = Setting("LABORATORY", True, "day", "clear", "calm")
ROAD = Setting("FOREST ROAD", False, "day", "clear", "calm")
CAT = replace(RACER, description="A black cat.", appearance=replace(RACER.appearance, kind="cat", species="cat"))


def two_people(framing: Framing = Framing.TWO_SHOT) -> KeyframeBrief:
    return brief(framing, (subject("akira", -0.4), subject("luna", 0.4, facing=Facing.LEFT)), ROOM, size=SIZE)


def points_of(pose: Pose, facing: Facing) -> dict[str, tuple[float, float]]:
    look = look_of(SCIENTIST.appearance, SCIENTIST.description, SCIENTIST.name)
    return dict(keypoints_of(Stance(look, Emotion.NEUTRAL, pose, facing)))


@pytest.mark.parametrize("facing", list(Facing))
def test_the_joints_of_every_pose_lie_on_the_figure(facing: Facing) -> None:
    look = look_of(SCIENTIST.appearance, SCIENTIST.description, SCIENTIST.name)
    for pose in Pose:
        stance = Stance(look, Emotion.NEUTRAL, pose, facing)
        drawn = render(draw_figure(stance), 200, 240, (-400, -160, 800, 960))[..., 3]
        figure = cv2.dilate(drawn, np.ones((5, 5), np.uint8)) > 0
        for name, (x, y) in keypoints_of(stance).items():
            assert figure[round((y + 160) / 4), round((x + 400) / 4)], (pose, name)


def test_right_and_left_are_the_figures_own() -> None:
    for facing in (Facing.CAMERA, Facing.RIGHT, Facing.LEFT):
        points = points_of(Pose.STAND, facing)
        assert points["right_shoulder"][0] < points["left_shoulder"][0], facing
        assert points["right_knee"][0] < points["left_knee"][0], facing
        assert points["right_eye"][0] < points["left_eye"][0], facing
    behind = points_of(Pose.STAND, Facing.AWAY)
    assert behind["right_shoulder"][0] > behind["left_shoulder"][0]
    assert behind.keys() & {"nose", "right_eye", "left_eye"} == set()


def test_a_mirrored_figure_points_with_the_other_arm() -> None:
    right, left = points_of(Pose.POINT, Facing.RIGHT), points_of(Pose.POINT, Facing.LEFT)
    assert right["left_wrist"][0] == pytest.approx(-left["right_wrist"][0])
    assert right["left_wrist"][0] > right["left_elbow"][0] > right["left_shoulder"][0]


def test_limbs_and_keypoints_have_the_customary_colours() -> None:
    assert (len(LIMBS), len(KEYPOINTS), len(COLOURS)) == (17, 18, 18)
    assert COLOURS[:4] == ((255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0))
    assert COLOURS[12] == (0, 0, 255)
    assert LIMBS[12] == ("neck", "nose")
    pose = ControlPictures(two_people()).pose()
    assert {(255, 0, 0), (153, 0, 0)} <= {tuple(int(part) for part in pixel) for pixel in pose.reshape(-1, 3)}


def test_each_of_two_people_has_a_skeleton_and_a_region() -> None:
    pictures = ControlPictures(two_people())
    left, right = pictures.regions().items()
    assert (left[0], right[0]) == ("akira", "luna")
    assert not (left[1] & right[1]).any()
    pose = pictures.pose().any(axis=2)
    assert (pose & (left[1] > 0)).any()
    assert (pose & (right[1] > 0)).any()
    assert set(np.unique(left[1])) == {0, 255}


def test_depth_is_bright_where_things_are_near() -> None:
    pictures = ControlPictures(two_people())
    depth = pictures.depth()
    assert depth.shape == (128, 192)
    assert depth.dtype == np.uint8
    person = pictures.silhouette("akira") > 0
    nobody = (person | (pictures.silhouette("luna") > 0)) == 0
    assert depth[person].mean() > depth[nobody].mean() + 60


def test_a_wall_grows_darker_with_distance_and_the_sky_is_black() -> None:
    depth = ControlPictures(brief(Framing.WIDE, (), ROAD, size=SIZE)).depth().astype(int)
    ground = depth[70:, 96]
    assert (np.diff(ground) >= 0).all()
    assert ground[-1] - ground[0] > 100
    assert depth[4, 96] == 0


def test_somebody_in_the_foreground_is_nearer_than_who_is_looked_at() -> None:
    subjects = (subject("akira", 0.3, facing=Facing.LEFT), subject("luna", -0.6, is_foreground=True))
    pictures = ControlPictures(brief(Framing.OVER_SHOULDER, subjects, size=SIZE))
    depth = pictures.depth()
    assert depth[pictures.silhouette("luna") > 0].mean() > depth[pictures.silhouette("akira") > 0].mean() + 40


def test_lines_are_those_of_the_drawn_keyframe() -> None:
    wanted = two_people()
    lines = ControlPictures(wanted).lines()
    assert set(np.unique(lines)) == {0, 255}
    picture = flatten(draw_keyframe(wanted)).astype(int)
    steps = np.abs(np.diff(picture.sum(axis=2), axis=1))
    assert steps[lines[:, 1:] > 0].mean() > 3 * steps[lines[:, 1:] == 0].mean()


def test_an_animal_has_a_depth_and_a_region_but_no_pose() -> None:
    cat = replace(brief(Framing.MEDIUM, size=SIZE), cast=(CAT,))
    pictures = ControlPictures(cat)
    assert not pictures.has_pose
    assert not pictures.pose().any()
    assert pictures.depth().max() > 200
    assert list(pictures.regions()) == ["akira"]


def test_an_insert_and_an_empty_place_have_no_pose_and_no_regions() -> None:
    for wanted in (
        brief(Framing.INSERT, (subject(),), objects=("phone",), size=SIZE),
        brief(Framing.WIDE, (), size=SIZE),
    ):
        pictures = ControlPictures(wanted)
        assert (pictures.has_pose, pictures.regions()) == (False, {})
        assert pictures.depth().any()


def test_the_same_brief_gives_the_same_pictures_and_the_keyframe_stays_as_it_is() -> None:
    wanted = two_people()
    before = flatten(draw_keyframe(wanted))
    one, other = ControlPictures(wanted), ControlPictures(wanted)
    assert np.array_equal(one.depth(), other.depth())
    assert np.array_equal(one.pose(), other.pose())
    assert np.array_equal(one.lines(), other.lines())
    assert np.array_equal(flatten(draw_keyframe(wanted)), before)
