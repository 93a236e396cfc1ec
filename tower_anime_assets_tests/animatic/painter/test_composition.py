"""Keyframes: the same brief gives the same pixels, every word of a plan is drawn, and faces stay free."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.animatic.painter.composition import DrawingOptions, draw_keyframe, margin_of
from tower_anime_assets.animatic.painter.figure import Box, draw_figure, neutral_stance
from tower_anime_assets.animatic.painter.look import look_of
from tower_anime_assets.animatic.painter.places import set_kind
from tower_anime_assets.animatic.painter.vector import render
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.media.layers import Layer, LayeredPicture
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Style, Voice
from tower_anime_assets.quality.image import still_measures

Picture = NDArray[np.uint8]

RACER = Character(
    "akira",
    "Akira",
    "",
    Appearance(
        "#1b1b2a", "spiky", "#f0c8a4", "#e09a2b", "#1f6bff", "jacket", "#19e3ff", "slim", "masculine", 22,
        ("cybernetic arms",),
    ),
    Voice(),
)  # fmt: skip
SCIENTIST = Character(
    "luna",
    "Luna",
    "",
    Appearance(
        "#d5dbea", "long", "#fae0d0", "#8a4fd0", "#f1f3f8", "lab_coat", "#ff5fc1", "slim", "feminine", 29,
        ("holographic tattoos",),
    ),
    Voice(),
)  # fmt: skip
MAGNATE = Character(
    "viktor",
    "Viktor",
    "",
    Appearance(
        "#8b8f9b", "slicked", "#e6bfa3", "#7d8fa6", "#262a36", "suit", "#c2183c", "broad", "masculine", 54,
        ("AR monocle", "tie"),
    ),
    Voice(),
)  # fmt: skip
CAST = {member.id: member for member in (RACER, SCIENTIST, MAGNATE)}
STREET = Setting("neon street", False, "night", "clear", "tense")
SIZE = (384, 256)
WHOLE = (-220.0, -110.0, 460.0, 800.0)


def subject(
    character: str = "akira",
    x: float = 0.0,
    emotion: Emotion = Emotion.NEUTRAL,
    pose: Pose = Pose.STAND,
    facing: Facing = Facing.RIGHT,
    is_foreground: bool = False,
) -> Subject:
    return Subject(character, emotion, pose, facing, x, is_foreground)


def brief(
    framing: Framing = Framing.MEDIUM,
    subjects: tuple[Subject, ...] = (subject(),),
    setting: Setting = STREET,
    objects: tuple[str, ...] = (),
    size: tuple[int, int] = SIZE,
    occurrence: int = 0,
) -> KeyframeBrief:
    cast = tuple(CAST[name] for name in dict.fromkeys(one.character for one in subjects))
    scene = (framing, Move.STATIC, subjects, cast, setting, objects, ())
    return KeyframeBrief(*scene, "", "", Style(), *size, seed=7, occurrence=occurrence)


def painted(wanted: KeyframeBrief) -> Picture:
    return flatten(draw_keyframe(wanted))


def difference(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def layer_of(picture: LayeredPicture, character: str) -> Layer:
    return next(layer for layer in picture.layers if layer.character == character)


def all_differ(pictures: list[Picture], least: float) -> bool:
    return all(difference(one, other) > least for index, one in enumerate(pictures) for other in pictures[index + 1 :])


def test_the_same_brief_gives_the_same_pixels() -> None:
    wanted = brief(Framing.TWO_SHOT, (subject("akira", -0.4), subject("luna", 0.4, facing=Facing.LEFT)))
    one, other = draw_keyframe(wanted), draw_keyframe(wanted)
    for before, after in zip(one.layers, other.layers, strict=True):
        assert np.array_equal(before.image, after.image)
        for old, new in zip(before.patches, after.patches, strict=True):
            assert np.array_equal(old.image, new.image)


@pytest.mark.parametrize("framing", list(Framing))
def test_every_framing_passes_the_gates_of_stills(framing: Framing) -> None:
    people: tuple[Subject, ...] = (subject("luna", -0.35),)
    if framing in (Framing.TWO_SHOT, Framing.OVER_SHOULDER):
        people += (subject("viktor", 0.5, facing=Facing.LEFT, is_foreground=framing is Framing.OVER_SHOULDER),)
    wanted = brief(framing, people, objects=("terminal",) if framing is Framing.INSERT else (), size=(768, 512))
    picture = draw_keyframe(wanted)
    assert 4 <= len(picture.layers) <= 8
    assert [layer.depth for layer in picture.layers if not layer.glow] == sorted(
        layer.depth for layer in picture.layers if not layer.glow
    )
    visible = [CAST[one.character] for one in people if not one.is_foreground]
    measured = still_measures(flatten(picture), (768, 512), visible)
    assert measured["size_error_px"] == 0
    assert measured["luma_std"] > 15
    assert measured["sharpness_var"] > 60
    assert measured["sheet_colour_share"] > 0.25


def test_all_framings_of_one_subject_differ() -> None:
    assert all_differ([painted(brief(framing, objects=("phone",))) for framing in Framing], 8)


def drawn(appearance: Appearance, emotion: Emotion, pose: Pose, facing: Facing, view: Box = WHOLE) -> Picture:
    stance = replace(neutral_stance(look_of(appearance), facing, emotion), pose=pose)
    return render(draw_figure(stance), 180, 240, view)[..., :3]


@pytest.mark.parametrize("character", list(CAST))
@pytest.mark.parametrize("facing", [Facing.RIGHT, Facing.CAMERA])
def test_every_emotion_shows_in_the_face(character: str, facing: Facing) -> None:
    looks = CAST[character].appearance
    faces = [drawn(looks, emotion, Pose.STAND, facing, (-60, -20, 120, 130)) for emotion in Emotion]
    assert all_differ(faces, 0.8)


@pytest.mark.parametrize("facing", [Facing.RIGHT, Facing.CAMERA, Facing.LEFT])
def test_every_pose_shows_in_the_body(facing: Facing) -> None:
    assert all_differ([drawn(RACER.appearance, Emotion.NEUTRAL, pose, facing) for pose in Pose], 1.0)


def test_every_facing_shows() -> None:
    assert all_differ([painted(brief(Framing.MEDIUM, (subject("luna", facing=facing),))) for facing in Facing], 3)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("hair_style", ("short", "long", "ponytail", "bob", "spiky", "bun", "braids", "bald", "slicked")),
        (
            "outfit_style",
            ("jacket", "coat", "suit", "lab_coat", "hoodie", "dress", "uniform", "armour", "shirt", "robe"),
        ),
        ("build", ("slim", "average", "broad", "small")),
        ("presents", ("feminine", "masculine", "neutral")),
        ("age_years", (9, 25, 70)),
    ],
)
@pytest.mark.parametrize("facing", [Facing.CAMERA, Facing.RIGHT, Facing.AWAY])
def test_every_word_of_an_appearance_is_drawn(part: str, words: tuple[object, ...], facing: Facing) -> None:
    if facing is Facing.AWAY and part in ("presents", "age_years"):
        words = words[:2]
    looks = [_changed(SCIENTIST.appearance, part, word) for word in words]
    assert all_differ([drawn(one, Emotion.NEUTRAL, Pose.STAND, facing) for one in looks], 0.1)


def _changed(appearance: Appearance, part: str, value: Any) -> Appearance:
    return replace(appearance, **{part: value})


PLACES = {
    "neon street": False, "back alley": False, "rooftop": False, "highway bridge": False, "city park": False,
    "deep forest": False, "beach": False, "shinto shrine": False, "desert": False, "mountain pass": False,
    "research lab": True, "boardroom": True, "corridor": True, "garage": True, "bedroom": True, "ramen bar": True,
    "server room": True, "starship cockpit": True, "warehouse": True, "hospital ward": True, "classroom": True,
    "subway train": True, "train station platform": True, "living room": True,
}  # fmt: skip


@cache
def _places() -> dict[str, Picture]:
    return {
        place: painted(brief(Framing.WIDE, (), Setting(place, interior, "day", "clear", "")))
        for place, interior in PLACES.items()
    }


def test_every_kind_of_place_looks_different() -> None:
    assert all_differ(list(_places().values()), 6)


def test_no_place_is_blank() -> None:
    for place, picture in _places().items():
        assert cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).std() > 15, place


@pytest.mark.parametrize(
    ("place", "interior", "kind"),
    [
        ("NEXUS TOWER - BOARDROOM", True, "office"),
        ("Luna's laboratory", True, "lab"),
        ("Somewhere nobody knows", True, "neutral room"),
        ("Somewhere nobody knows", False, "neutral ground"),
        ("Subway station", True, "station"),
        ("Rooftop garden", False, "rooftop"),
        ("Barn", True, "barn"),
        ("Kitchen", True, "kitchen"),
        ("Bathhouse", True, "bath house"),
    ],
)
def test_a_place_is_read_from_its_words(place: str, interior: bool, kind: str) -> None:
    assert set_kind(Setting(place, interior, "", "", "")) == kind


@pytest.mark.parametrize(("place", "interior"), [("neon street", False), ("boardroom", True), ("mountain", False)])
def test_times_of_day_look_different_and_night_is_not_black(place: str, interior: bool) -> None:
    pictures = []
    for hour in ("dawn", "day", "dusk", "night"):
        picture = painted(brief(Framing.WIDE, (), Setting(place, interior, hour, "clear", "")))
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        assert grey.std() > 15
        assert grey.mean() > 30
        pictures.append(picture)
    assert all_differ(pictures, 4)


def test_weathers_look_different() -> None:
    weathers = ("clear", "rain", "storm", "fog", "snow", "overcast")
    pictures = [painted(brief(Framing.WIDE, (), Setting("street", False, "day", one, ""))) for one in weathers]
    assert all_differ(pictures, 1.5)


def test_a_place_is_recognised_from_shot_to_shot_but_not_repeated() -> None:
    first, again = (painted(brief(Framing.WIDE, (), occurrence=number)) for number in (0, 1))
    assert difference(first, again) > 5
    elsewhere = painted(brief(Framing.WIDE, (), replace(STREET, place="harbour street")))
    assert difference(first, elsewhere) > 5


def test_shot_and_reverse_shot_show_different_parts_of_the_place() -> None:
    one = draw_keyframe(brief(Framing.MEDIUM, (subject("akira", -0.3, facing=Facing.RIGHT),)))
    other = draw_keyframe(brief(Framing.MEDIUM, (subject("akira", -0.3, facing=Facing.LEFT),)))
    assert difference(one.layers[2].image[..., :3], other.layers[2].image[..., :3]) > 5


def test_faces_stay_readable_at_night() -> None:
    picture = draw_keyframe(brief(Framing.CLOSE_UP, (subject("akira", facing=Facing.CAMERA),), size=(768, 512)))
    assert picture.layers[-1].character == "akira"
    assert flatten(picture)[250:330, 340:430].mean() > 90


@pytest.mark.parametrize("framing", [Framing.WIDE, Framing.MEDIUM, Framing.CLOSE_UP, Framing.TWO_SHOT])
@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT, Facing.CAMERA])
def test_a_visible_face_can_speak_and_blink(framing: Framing, facing: Facing) -> None:
    size = (768, 512) if framing is Framing.WIDE else SIZE
    picture = draw_keyframe(brief(framing, (subject("luna", facing=facing),), size=size))
    layer = layer_of(picture, "luna")
    assert tuple(patch.name for patch in layer.patches) == ("mouth-half", "mouth-open", "eyes-closed")
    height, width = layer.image.shape[:2]
    for patch in layer.patches:
        tall, wide = patch.image.shape[:2]
        assert 0 <= patch.x_px <= width - wide
        assert 0 <= patch.y_px <= height - tall
        under = layer.image[patch.y_px : patch.y_px + tall, patch.x_px : patch.x_px + wide]
        changed = np.abs(under.astype(int) - patch.image.astype(int)).max(axis=2) > 24
        assert changed.any(), f"{patch.name} changes nothing"
        # what is changed lies inside the patch: its rim is the picture under it, so no seam shows
        rim = np.concatenate([changed[0], changed[-1], changed[:, 0], changed[:, -1]])
        assert rim.mean() < 0.25, patch.name


def test_who_is_seen_from_behind_has_no_face_to_move() -> None:
    over = draw_keyframe(
        brief(
            Framing.OVER_SHOULDER,
            (subject("luna", 0.3, facing=Facing.LEFT), subject("akira", -0.7, is_foreground=True)),
        )
    )
    assert layer_of(over, "akira").patches == ()
    assert len(layer_of(over, "luna").patches) == 3
    away = draw_keyframe(brief(Framing.MEDIUM, (subject("viktor", facing=Facing.AWAY),)))
    assert layer_of(away, "viktor").patches == ()


@settings(max_examples=12, deadline=None)
@example(Framing.WIDE, (0.0, 0.0), (Pose.CROUCH, Pose.RUN), (Facing.RIGHT, Facing.LEFT))
@example(Framing.WIDE, (0.05, 0.0), (Pose.SIT, Pose.RUN), (Facing.RIGHT, Facing.RIGHT))
@given(
    framing=st.sampled_from([Framing.WIDE, Framing.TWO_SHOT, Framing.MEDIUM, Framing.OVER_SHOULDER]),
    xs=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    poses=st.tuples(st.sampled_from(list(Pose)), st.sampled_from(list(Pose))),
    facings=st.tuples(st.sampled_from([Facing.LEFT, Facing.RIGHT, Facing.CAMERA]), st.sampled_from(list(Facing))),
)
def test_nothing_covers_a_mouth_wherever_people_stand(
    framing: Framing, xs: tuple[float, float], poses: tuple[Pose, Pose], facings: tuple[Facing, Facing]
) -> None:
    people = (
        subject("akira", xs[0], pose=poses[0], facing=facings[0]),
        subject("luna", xs[1], pose=poses[1], facing=facings[1], is_foreground=framing is Framing.OVER_SHOULDER),
    )
    picture = draw_keyframe(brief(framing, people))
    for index, layer in enumerate(picture.layers):
        for patch in layer.patches:
            if patch.name != "mouth-open":
                continue
            tall, wide = patch.image.shape[:2]
            for above in picture.layers[index + 1 :]:
                alpha = above.image[patch.y_px : patch.y_px + tall, patch.x_px : patch.x_px + wide, 3]
                assert (alpha > 128).mean() < 0.35, f"{above.name} covers the mouth of {layer.name}"


@pytest.mark.parametrize("size", [(512, 512), (1280, 704), (704, 1280), (768, 512)])
def test_every_delivery_size_is_drawn_with_room_around_it(size: tuple[int, int]) -> None:
    picture = draw_keyframe(brief(Framing.MEDIUM, (subject("viktor"),), size=size))
    assert (picture.width_px, picture.height_px) == size
    assert picture.margin_px == margin_of(*size) >= max(size) * 0.12
    expected = (size[1] + 2 * picture.margin_px, size[0] + 2 * picture.margin_px, 4)
    assert all(layer.image.shape == expected for layer in picture.layers)
    assert (picture.layers[0].image[..., 3] == 255).all()
    assert flatten(picture).shape == (size[1], size[0], 3)


OBJECTS = (
    "terminal", "phone", "data chip", "door", "motorbike", "glass", "pistol", "photo", "clock", "monocle", "fist",
    "crate", "timer", "hologram", "drone", "bottle", "lantern", "green lantern", "three crows",
)  # fmt: skip


def test_every_object_of_an_insert_looks_different() -> None:
    pictures = [painted(brief(Framing.INSERT, (subject(),), objects=(thing,))) for thing in OBJECTS]
    assert all_differ(pictures, 8)


def test_an_insert_shows_whose_hand_it_is() -> None:
    racer, magnate = (
        painted(brief(Framing.INSERT, (subject(who),), objects=("glass",))) for who in ("akira", "viktor")
    )
    assert difference(racer, magnate) > 2
    nobody = painted(brief(Framing.INSERT, (), objects=("glass",)))
    assert difference(racer, nobody) > 2


def test_parameters_of_an_attempt_change_the_drawing() -> None:
    wanted = brief(size=(768, 512))
    plain, bold, rich, mirrored, other_seed = (
        flatten(draw_keyframe(wanted, drawing))
        for drawing in (
            DrawingOptions(7),
            DrawingOptions(7, detail=1.75),
            DrawingOptions(7, saturation=1.4),
            DrawingOptions(7, mirror_place=True),
            DrawingOptions(99),
        )
    )
    before, after = (still_measures(one, (768, 512)) for one in (plain, bold))
    assert after["sharpness_var"] > before["sharpness_var"]
    assert still_measures(rich, (768, 512))["chroma_mean"] > before["chroma_mean"]
    assert still_measures(mirrored, (768, 512), (), plain)["neighbour_distance_bits"] > 4
    assert difference(plain, other_seed) > 0.1


def test_a_subject_without_a_character_is_refused() -> None:
    with pytest.raises(MediaError, match="not in the keyframe's cast"):
        draw_keyframe(replace(brief(), cast=()))


def test_an_impossible_size_is_refused() -> None:
    with pytest.raises(MediaError, match="0x512"):
        draw_keyframe(brief(size=(0, 512)))
