"""Figures of every kind: drawn as what they are, in their colours, at their size, speaking, and with heads in frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.animatic.painter.beasts import BEASTS
from tower_anime_assets.animatic.painter.birds import BIRDS
from tower_anime_assets.animatic.painter.character_sheet import SHEET_SIZE, draw_sheet
from tower_anime_assets.animatic.painter.colour import rgb
from tower_anime_assets.animatic.painter.composition import draw_keyframe
from tower_anime_assets.animatic.painter.figure import draw_figure, geometry_of, is_stand_in
from tower_anime_assets.animatic.painter.look import look_of
from tower_anime_assets.animatic.painter.stance import neutral_stance
from tower_anime_assets.animatic.painter.vector import render
from tower_anime_assets.animatic.painter.vehicles import VEHICLES
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.media.layers import Rgba
from tower_anime_assets.production.planning.briefs import KeyframeBrief, SheetBrief
from tower_anime_assets.production.planning.figure_words import (
    beast_name,
    bird_name,
    is_silhouette,
    vehicle_name,
)
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Style, Voice
from tower_anime_assets.quality.image import still_measures

ORANGE = "#f0812a"
ADULT = Appearance("#2a1d1a", "short", "#f0c8a4", "#2f62c9", "#2f7a6a", "jacket", "#f0a030", presents="masculine")


def creature(kind: str, species: str = "", height: float = 0.5, **changed: Any) -> Appearance:
    plain = Appearance(ORANGE, "bald", ORANGE, "#3b8f4a", ORANGE, "jacket", "#2f62c9")
    return replace(plain, kind=kind, species=species, height=height, **changed)


KINDS = {
    "cat": creature("animal", "cat", 0.3),
    "horse": creature("animal", "horse", 1.2),
    "owl": creature("bird", "owl", 0.25),
    "duck": creature("bird", "duck", 0.3),
    "round robot": creature("robot", "robot", 0.3),
    "tall robot": creature("robot", "robot", 1.1),
    "ghost": creature("spirit", "ghost", 0.8, mobility="floating"),
    "bus": creature("vehicle", "bus", 1.8),
    "dragon": creature("monster", "dragon", 2.0),
    "blob": creature("monster", "blob", 1.3),
    "child": replace(ADULT, age_years=6, height=0.65),
    "monk": replace(ADULT, age_years=78, outfit_style="robe"),
    "rider": replace(ADULT, mobility="wheelchair"),
    "adult": ADULT,
}
STREET = Setting("street", False, "day", "clear", "calm")


def drawn(appearance: Appearance, pose: Pose = Pose.STAND, facing: Facing = Facing.RIGHT, words: str = "") -> Rgba:
    stance = replace(neutral_stance(look_of(appearance, words), facing), pose=pose)
    left, top, right, bottom = geometry_of(stance).bounds
    return render(draw_figure(stance), 120, 160, (left, top, right - left, bottom - top))


def character(name: str) -> Character:
    return Character(name.replace(" ", "-"), name, "", KINDS[name], Voice())


def brief(framing: Framing, *names: str, facing: Facing = Facing.RIGHT, pose: Pose = Pose.STAND) -> KeyframeBrief:
    cast = tuple(character(name) for name in names)
    sides = ((0.1, facing),) if len(names) == 1 else ((-0.4, Facing.RIGHT), (0.4, Facing.LEFT))
    subjects = tuple(
        Subject(one.id, Emotion.NEUTRAL, pose, look, x) for one, (x, look) in zip(cast, sides, strict=True)
    )
    return KeyframeBrief(
        framing, Move.STATIC, subjects, cast, STREET, (), (), "", "", Style(), 240, 160, seed=7, occurrence=0
    )


@pytest.mark.parametrize("name", list(KINDS))
@pytest.mark.parametrize("facing", list(Facing))
def test_every_kind_is_drawn_in_its_colour_from_every_side(name: str, facing: Facing) -> None:
    picture = drawn(KINDS[name], facing=facing)
    solid = picture[picture[..., 3] > 200][:, :3].astype(int)
    assert len(solid) > 600
    near = np.abs(solid - np.array(rgb(KINDS[name].outfit_colour))).max(axis=1) < 12
    assert near.mean() > 0.03


@pytest.mark.parametrize("name", list(KINDS))
def test_a_figure_is_as_tall_as_its_appearance_says(name: str) -> None:
    geometry = geometry_of(neutral_stance(look_of(KINDS[name]), Facing.CAMERA))
    perch = 330.0 if name == "owl" else 0.0
    assert geometry.height - perch == pytest.approx(KINDS[name].height * 664, rel=0.01)


def test_no_two_kinds_look_alike() -> None:
    pictures = [drawn(appearance)[..., 3].astype(int) for appearance in KINDS.values()]
    for index, one in enumerate(pictures):
        assert all(np.abs(one - other).mean() > 3 for other in pictures[index + 1 :])


@pytest.mark.parametrize("species", list(BEASTS))
def test_every_species_of_animal_has_its_own_shape(species: str) -> None:
    assert beast_name(f"old {species}") == species
    own = drawn(creature("animal", species))
    others = [drawn(creature("animal", other)) for other in ("cat", "horse") if other != species]
    assert all(np.abs(own.astype(int) - other.astype(int)).mean() > 2 for other in others)


@pytest.mark.parametrize(
    ("appearance", "is_only_a_silhouette"),
    [
        (creature("animal", "cat"), False),
        (creature("animal", "white kittens"), False),
        (creature("animal", "octopus"), False),
        (creature("animal", "aardvark"), True),
        (creature("bird", "sparrow"), False),
        (creature("bird", "ostrich"), True),
        (creature("robot", "android"), False),
        (creature("robot", "robot dog"), False),
        (creature("spirit", "ghost cat"), False),
        (creature("spirit", "wisp"), True),
        (creature("animal", "guinea pig"), False),
        (creature("animal", "sea cow"), True),
        (creature("vehicle", "taxi"), False),
        (creature("vehicle", "submarine"), True),
        (creature("monster", "dragon"), False),
        (creature("monster", "golem"), True),
        (creature("thing", "teapot"), False),
        (ADULT, False),
    ],
)
def test_only_what_nothing_can_draw_is_a_silhouette(appearance: Appearance, is_only_a_silhouette: bool) -> None:
    assert is_stand_in(neutral_stance(look_of(appearance), Facing.RIGHT)) is is_only_a_silhouette
    assert is_silhouette(appearance) is is_only_a_silhouette


def test_every_word_for_a_figure_names_one_that_is_drawn() -> None:
    assert {beast_name(name) for name in BEASTS} == set(BEASTS)
    assert {bird_name(name) for name in BIRDS} == set(BIRDS)
    assert {vehicle_name(name) for name in VEHICLES} == set(VEHICLES)


def test_a_stand_in_bears_its_name() -> None:
    named, other = (
        draw_keyframe(replace(one, cast=(replace(one.cast[0], name=name),)))
        for one, name in ((brief(Framing.MEDIUM, "blob"), "Gorb"), (brief(Framing.MEDIUM, "blob"), "Mellow Meg"))
    )
    assert not np.array_equal(named.layers[-1].image, other.layers[-1].image)


@pytest.mark.parametrize("framing", [Framing.WIDE, Framing.TWO_SHOT, Framing.MEDIUM, Framing.CLOSE_UP])
def test_the_name_on_a_stand_in_is_within_the_frame(framing: Framing) -> None:
    wanted = brief(framing, "blob") if framing is not Framing.TWO_SHOT else brief(framing, "blob", "child")
    shown = []
    for name in ("Gorb", "Mellow Meg"):
        cast = (replace(wanted.cast[0], name=name), *wanted.cast[1:])
        shown.append(flatten(draw_keyframe(replace(wanted, cast=cast))).astype(int))
    changed = (np.abs(shown[0] - shown[1]) > 60).any(axis=2)
    assert changed.sum() > 30
    assert not changed[-2:].any()


@pytest.mark.parametrize("name", list(KINDS))
@pytest.mark.parametrize("framing", [Framing.WIDE, Framing.CLOSE_UP])
def test_every_kind_speaks_visibly_and_passes_the_gates_of_stills(name: str, framing: Framing) -> None:
    wanted = brief(framing, name)
    wanted = replace(wanted, width_px=384, height_px=256)
    picture = draw_keyframe(wanted)
    layer = next(one for one in picture.layers if one.character)
    assert {"mouth-half", "mouth-open"} <= {patch.name for patch in layer.patches}
    for patch in layer.patches:
        tall, wide = patch.image.shape[:2]
        under = layer.image[patch.y_px : patch.y_px + tall, patch.x_px : patch.x_px + wide]
        solid = patch.image[..., 3] > 200
        changed = (np.abs(under.astype(int) - patch.image.astype(int)).max(axis=2) > 24) & solid
        assert changed.any(), f"{patch.name} changes nothing"
    measured = still_measures(flatten(picture), (384, 256), wanted.cast, is_close=framing is Framing.CLOSE_UP)
    assert measured["sheet_colour_share"] >= 0.7
    assert measured["sharpness_var"] > 60


@pytest.mark.parametrize(
    "pair", [("round robot", "monk"), ("child", "cat"), ("bus", "rider"), ("owl", "adult"), ("ghost", "child")]
)
def test_in_a_two_shot_both_faces_are_in_the_picture_at_their_relative_size(pair: tuple[str, str]) -> None:
    wanted = brief(Framing.TWO_SHOT, *pair)
    picture = draw_keyframe(wanted)
    low, high = picture.margin_px, picture.margin_px + 160
    left, right = picture.margin_px, picture.margin_px + 240
    for layer in (one for one in picture.layers if one.character):
        mouth = next(patch for patch in layer.patches if patch.name == "mouth-open")
        tall, wide = mouth.image.shape[:2]
        assert low <= mouth.y_px
        assert mouth.y_px + tall <= high + 4
        assert left <= mouth.x_px
        assert mouth.x_px + wide <= right


def test_a_knee_high_robot_reaches_to_the_knees_of_the_monk_beside_it() -> None:
    picture = draw_keyframe(brief(Framing.WIDE, "round robot", "monk"))
    heights = {}
    for layer in (one for one in picture.layers if one.character):
        rows = np.flatnonzero((layer.image[..., 3] > 200).any(axis=1))
        heights[layer.character] = rows[-1] - rows[0]
    assert heights["round-robot"] / heights["monk"] == pytest.approx(0.3, abs=0.05)


def test_children_have_larger_heads_for_their_height_than_grown_ups() -> None:
    shares = []
    for age in (3, 6, 9, 12, 15, 25):
        geometry = geometry_of(neutral_stance(look_of(replace(ADULT, age_years=age)), Facing.CAMERA))
        shares.append(geometry.face_height / geometry.height)
    assert shares == sorted(shares, reverse=True)
    assert shares[1] > 1.4 * shares[-1]


@pytest.mark.parametrize(
    ("plain", "changed"),
    [
        (ADULT, replace(ADULT, build="fat")),
        (ADULT, replace(ADULT, age_years=78)),
        (ADULT, replace(ADULT, mobility="wheelchair")),
        (KINDS["cat"], replace(KINDS["cat"], features=("a red collar",))),
        (KINDS["cat"], replace(KINDS["cat"], features=("stripes",))),
        (KINDS["cat"], replace(KINDS["cat"], build="fat")),
        (KINDS["round robot"], replace(KINDS["round robot"], features=("antenna",))),
        (KINDS["round robot"], replace(KINDS["round robot"], features=("one eye",))),
        (KINDS["tall robot"], replace(KINDS["tall robot"], features=("round body",))),
    ],
)
def test_what_an_appearance_says_changes_the_drawing(plain: Appearance, changed: Appearance) -> None:
    stances = [neutral_stance(look_of(one), Facing.RIGHT) for one in (plain, changed)]
    view = (-240.0, -140.0, 480.0, 840.0)
    one, other = (render(draw_figure(stance), 240, 420, view).astype(int) for stance in stances)
    assert (np.abs(one - other) > 40).any(axis=2).sum() > 30


def test_a_long_beard_is_read_from_the_description() -> None:
    monk = KINDS["monk"]
    one, other = (drawn(monk, words=words) for words in ("a monk", "a monk with a long white beard"))
    assert (np.abs(one.astype(int) - other.astype(int)) > 40).any(axis=2).sum() > 60


def test_the_same_creature_gives_the_same_pixels() -> None:
    wanted = brief(Framing.TWO_SHOT, "cat", "tall robot")
    assert np.array_equal(flatten(draw_keyframe(wanted)), flatten(draw_keyframe(wanted)))


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        *((name, "red lantern") for name in ("cat", "owl", "round robot", "tall robot", "ghost", "child", "rider")),
        *(("adult", thing) for thing in ("sword", "tea cup", "umbrella", "zorblax")),
    ],
)
def test_hands_mouths_and_claws_hold_what_the_action_says(name: str, thing: str) -> None:
    empty = neutral_stance(look_of(KINDS[name]), Facing.LEFT)
    full = replace(empty, holds=thing)
    other = replace(empty, holds="candle")
    left, top, right, bottom = geometry_of(full).bounds
    view = (left, top, right - left, bottom - top)
    pictures = [render(draw_figure(stance), 160, 200, view).astype(int) for stance in (empty, full, other)]
    for different in (pictures[0], pictures[2]):
        assert (np.abs(pictures[1] - different) > 40).any(axis=2).sum() > 20


def test_a_held_thing_has_the_colour_that_its_words_name() -> None:
    wanted = brief(Framing.MEDIUM, "adult")
    counts = []
    for thing in ("", "green apple", "red apple"):
        held = replace(wanted, subjects=(replace(wanted.subjects[0], holds=thing),))
        picture = flatten(draw_keyframe(held)).astype(int)
        counts.append(((picture[..., 0] - picture[..., 1:3].max(axis=2)) > 70).sum())
    assert counts[2] > counts[1] + 60
    assert counts[2] > counts[0] + 60


@pytest.mark.parametrize("name", ["cat", "owl", "bus", "child"])
def test_a_sheet_shows_every_kind_in_its_colours(name: str) -> None:
    one = character(name)
    sheet = draw_sheet(SheetBrief(one, Style()))
    assert still_measures(sheet, SHEET_SIZE, (one,))["sheet_colour_share"] >= 0.75


def test_a_sheet_says_what_is_not_drawn() -> None:
    robot = character("round robot")
    told = replace(robot, appearance=replace(robot.appearance, undrawn=("knee-high", "a chipped antenna")))
    plain, changed = (draw_sheet(SheetBrief(one, Style())) for one in (robot, told))
    assert not np.array_equal(plain[700:, 700:], changed[700:, 700:])
    assert np.array_equal(plain[:700], changed[:700])


APPEARANCES = st.builds(
    Appearance,
    hair_colour=st.sampled_from(("#101014", "#f4f4f6", ORANGE)),
    hair_style=st.sampled_from(("bald", "long", "spiky")),
    skin_colour=st.just("#f0c8a4"),
    eye_colour=st.just("#2f62c9"),
    outfit_colour=st.sampled_from(("#101014", "#f4f4f6", ORANGE)),
    outfit_style=st.sampled_from(("robe", "dress", "jacket")),
    accent_colour=st.just("#cf2e35"),
    build=st.sampled_from(("slim", "average", "fat", "unheard-of")),
    presents=st.sampled_from(("feminine", "neutral")),
    age_years=st.integers(0, 120),
    features=st.sampled_from(((), ("wings", "hat"), ("antenna", "one eye"))),
    kind=st.sampled_from(("human", "animal", "bird", "robot", "spirit", "monster", "vehicle", "thing", "cloud")),
    species=st.sampled_from(("", "cat", "horse", "swan", "android", "tram", "猫", "ghost", "  ")),
    height=st.floats(0.0, 40.0),
    mobility=st.sampled_from(("", "wheelchair", "floating", "four-legged", "two-legged")),
)


@settings(max_examples=20, deadline=None)
@given(
    one=APPEARANCES,
    other=APPEARANCES,
    framing=st.sampled_from(list(Framing)),
    pose=st.sampled_from(list(Pose)),
    facing=st.sampled_from(list(Facing)),
    emotion=st.sampled_from(list(Emotion)),
)
def test_any_two_appearances_can_be_drawn_together(
    one: Appearance, other: Appearance, framing: Framing, pose: Pose, facing: Facing, emotion: Emotion
) -> None:
    cast = (Character("one", "One", "", one, Voice()), Character("two", "", "a thing", other, Voice()))
    subjects = (
        Subject("one", emotion, pose, facing, -0.4),
        Subject("two", emotion, Pose.STAND, Facing.LEFT, 0.5, framing is Framing.OVER_SHOULDER),
    )
    picture = draw_keyframe(
        KeyframeBrief(framing, Move.STATIC, subjects, cast, STREET, (), (), "", "", Style(), 96, 64, 3, 0)
    )
    assert flatten(picture).shape == (64, 96, 3)
    for appearance in (one, other):
        assert is_stand_in(neutral_stance(look_of(appearance), facing)) is is_silhouette(appearance)
