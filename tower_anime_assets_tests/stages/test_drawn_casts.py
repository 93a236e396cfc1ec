"""Whoever a writer describes, the embedded painter's picture of them passes the gate of their colours."""

from __future__ import annotations

from itertools import product

import pytest

from tower_anime_assets.animatic.painter.composition import DrawingOptions, draw_keyframe
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Style, Voice
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality.image import still_measures
from tower_anime_assets.quality.thresholds import KEYFRAMES

SIZE = (384, 256)
GREY_WITH_AMBER = ("#f4f5f7", "#d7a27c", "#23262f", "#ffb000")
BLACK_AND_WHITE_WITH_RED = ("#1a1a22", "#f0c8a8", "#e8e8ee", "#d62246")
OUTFITS = ("jacket", "coat", "suit", "lab_coat", "hoodie", "dress", "uniform", "armour", "shirt", "robe")
LIGHTS = (("day", "clear"), ("night", "rain"), ("dawn", "fog"))


def failed_gates(
    framing: Framing, outfit: str, hair: str, colours: tuple[str, ...], light: tuple[str, str]
) -> set[str]:
    hair_colour, skin, cloth, accent = colours
    appearance = Appearance(hair_colour, hair, skin, "#2f62c9", cloth, outfit, accent, presents="masculine")
    who = Character("ren", "Ren", "somebody", appearance, Voice())
    brief = KeyframeBrief(
        framing=framing,
        move=Move.STATIC,
        subjects=(Subject("ren", Emotion.NEUTRAL, Pose.STAND, Facing.LEFT, 0.12),),
        cast=(who,),
        setting=Setting("STREET", False, *light, "calm"),
        objects=(),
        effects=(),
        prompt="",
        negative="",
        style=Style(),
        width_px=SIZE[0],
        height_px=SIZE[1],
        seed=1,
        occurrence=0,
    )
    picture = flatten(draw_keyframe(brief, DrawingOptions(seed=1, detail=1.0, contrast=1.0, saturation=1.0)))
    numbers = still_measures(picture, SIZE, (who,), is_close=framing is Framing.CLOSE_UP)
    bars = [bar for bar in KEYFRAMES if bar.measure in numbers]
    assert len(bars) >= 5
    return {verdict.gate for verdict in judge(numbers, bars) if not verdict.passed}


@pytest.mark.parametrize("outfit", OUTFITS)
def test_a_right_picture_of_anybody_passes_from_near_and_from_afar(outfit: str) -> None:
    refused = [
        (framing, hair, colours, light, gates)
        for framing, (hair, colours), light in product(
            (Framing.CLOSE_UP, Framing.MEDIUM),
            (("long", GREY_WITH_AMBER), ("short", BLACK_AND_WHITE_WITH_RED), ("bald", BLACK_AND_WHITE_WITH_RED)),
            LIGHTS,
        )
        if (gates := failed_gates(framing, outfit, hair, colours, light))
    ]
    assert refused == []
