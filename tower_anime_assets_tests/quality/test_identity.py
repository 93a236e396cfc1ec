from __future__ import annotations

import numpy as np
import pytest

from tower_anime_assets.animatic.painter.character_sheet import draw_sheet
from tower_anime_assets.animatic.painter.composition import draw_keyframe
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.production.planning.briefs import KeyframeBrief, SheetBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Character, Style
from tower_anime_assets.quality.identity import LocalFeatures, identity_similarity, local_features
from tower_anime_assets_tests.quality.drawn import AKIRA, LUNA, VIKTOR

CAST = (AKIRA, LUNA, VIKTOR)


@pytest.fixture(scope="module")
def sheets() -> dict[str, LocalFeatures]:
    return {one.id: local_features(draw_sheet(SheetBrief(one, Style()))) for one in CAST}


def medium_shot(character: Character) -> LocalFeatures:
    brief = KeyframeBrief(
        framing=Framing.MEDIUM, move=Move.STATIC,
        subjects=(Subject(character.id, Emotion.NEUTRAL, Pose.STAND, Facing.CAMERA, 0.0),), cast=(character,),
        setting=Setting("LABORATORY", True, "day", "clear", "calm"), objects=(), effects=(), prompt="", negative="",
        style=Style(), width_px=768, height_px=512, seed=3, occurrence=0,
    )  # fmt: skip
    return local_features(flatten(draw_keyframe(brief)))


@pytest.mark.parametrize("character", CAST, ids=lambda one: one.id)
def test_a_drawn_picture_has_more_in_common_with_its_own_sheet(
    character: Character, sheets: dict[str, LocalFeatures]
) -> None:
    still = medium_shot(character)
    similarities = {name: identity_similarity(sheet, still) or 0.0 for name, sheet in sheets.items()}
    assert max(similarities, key=lambda name: similarities[name]) == character.id
    assert 0.0 < similarities[character.id] < 1.0


def test_nothing_is_said_of_a_picture_without_features(sheets: dict[str, LocalFeatures]) -> None:
    flat = local_features(np.full((256, 384, 3), 90, np.uint8))
    assert identity_similarity(sheets["akira"], flat) is None
    assert identity_similarity(flat, sheets["akira"]) is None


def test_a_picture_is_like_itself(sheets: dict[str, LocalFeatures]) -> None:
    assert (identity_similarity(sheets["luna"], sheets["luna"]) or 0.0) > 0.9
