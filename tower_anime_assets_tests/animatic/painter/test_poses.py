"""Actions as poses: each is told apart from the others, hands hold things, and sleepers close their eyes."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from tower_anime_assets.animatic.painter.composition import draw_keyframe
from tower_anime_assets.animatic.painter.figure import draw_figure, geometry_of
from tower_anime_assets.animatic.painter.look import look_of
from tower_anime_assets.animatic.painter.poses import CLOSED_EYES, arms_in_action
from tower_anime_assets.animatic.painter.stance import Stance, neutral_stance
from tower_anime_assets.animatic.painter.vector import render
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Style, Voice

_LOOK = Appearance("#1b1b2a", "short", "#f0c8a4", "#e09a2b", "#1f6bff", "jacket", "#19e3ff", "slim", "masculine", 25)
_ACTIONS = tuple(pose for pose in Pose if arms_in_action(pose, -50, 50, turned=True) is not None)
_POSTURES = tuple(pose for pose in Pose if pose not in _ACTIONS)


def stance(pose: Pose, facing: Facing = Facing.RIGHT, holds: str = "", age_years: int = 25) -> Stance:
    look = look_of(replace(_LOOK, age_years=age_years))
    return replace(neutral_stance(look, facing), pose=pose, holds=holds)


def drawn(one: Stance) -> NDArray[np.int16]:
    return render(draw_figure(one), 140, 180, (-340, -150, 680, 874)).astype(np.int16)


def share_that_differs(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    return float((np.abs(one - other).sum(axis=2) > 90).mean())


def test_fifteen_actions_have_a_pose_of_their_own() -> None:
    assert {pose.value for pose in _ACTIONS} == {
        "hold", "give", "open", "eat", "drink", "write", "fall", "sleep", "embrace", "fight", "throw", "cook", "drive",
        "dance", "pray",
    }  # fmt: skip


@pytest.mark.parametrize("facing", [Facing.RIGHT, Facing.CAMERA])
def test_actions_are_told_apart_by_their_outlines(facing: Facing) -> None:
    pictures = {pose: drawn(stance(pose, facing)) for pose in (*_ACTIONS, *_POSTURES)}
    for one, other in combinations(pictures, 2):
        if one in _ACTIONS or other in _ACTIONS:
            assert share_that_differs(pictures[one], pictures[other]) > 0.008, (one, other)


@pytest.mark.parametrize(
    ("pose", "holds"),
    [
        (Pose.HOLD, "red lantern"), (Pose.HOLD, "phone"), (Pose.HOLD, "astrolabe"), (Pose.GIVE, "letter"),
        (Pose.OPEN, "book"), (Pose.EAT, "noodles"), (Pose.EAT, "apple"), (Pose.DRINK, "tea"), (Pose.FIGHT, "sword"),
        (Pose.THROW, "snowball"),
    ],
)  # fmt: skip
def test_what_is_held_is_seen(pose: Pose, holds: str) -> None:
    assert share_that_differs(drawn(stance(pose)), drawn(stance(pose, holds=holds))) > 0.002


@pytest.mark.parametrize("facing", [Facing.RIGHT, Facing.LEFT, Facing.CAMERA, Facing.AWAY])
@pytest.mark.parametrize("pose", _ACTIONS)
def test_every_action_is_drawn_from_every_side_at_some_age(pose: Pose, facing: Facing) -> None:
    age_years = (5, 30, 80)[(_ACTIONS.index(pose) + len(facing)) % 3]
    one = stance(pose, facing, "cup", age_years)
    assert (drawn(one)[..., 3] > 0).mean() > 0.03
    left, top, right, low = geometry_of(one).bounds
    assert left < right
    assert top < low


@pytest.mark.parametrize("pose", sorted(CLOSED_EYES))
def test_who_sleeps_or_prays_has_closed_eyes(pose: Pose) -> None:
    assert draw_figure(stance(pose)) == draw_figure(stance(pose), eyes="closed")
    assert draw_figure(stance(Pose.STAND)) != draw_figure(stance(Pose.STAND), eyes="closed")


@pytest.mark.parametrize("framing", [Framing.WIDE, Framing.MEDIUM, Framing.CLOSE_UP])
@pytest.mark.parametrize("pose", [Pose.FALL, Pose.SLEEP, Pose.PRAY, Pose.DRIVE, Pose.EAT])
def test_faces_stay_in_the_picture(framing: Framing, pose: Pose) -> None:
    person = Character("mio", "Mio", "", _LOOK, Voice())
    subject = Subject("mio", Emotion.NEUTRAL, pose, Facing.RIGHT, 0.0)
    setting = Setting("KITCHEN", True, "day", "clear", "neutral")
    brief = KeyframeBrief(
        framing, Move.STATIC, (subject,), (person,), setting, (), (), "", "", Style(), 384, 256, seed=7, occurrence=0
    )
    picture = draw_keyframe(brief)
    layer = next(one for one in picture.layers if one.character == "mio")
    eyes = next((patch for patch in layer.patches if patch.name == "eyes-closed"), None)
    assert eyes is not None
    assert eyes.y_px - picture.margin_px > 0
    assert eyes.y_px + eyes.image.shape[0] < 256 + picture.margin_px
    assert flatten(picture).std() > 15
