"""The painter as engines: files by role, parameters that answer complaints, sheets with any name."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tower_anime_assets.animatic.painter.character_sheet import SHEET_SIZE, display_name, draw_sheet, has_glyphs
from tower_anime_assets.animatic.painter.engine import EmbeddedPainter, EmbeddedSheetPainter
from tower_anime_assets.animatic.painter.figure import draw_figure, neutral_stance
from tower_anime_assets.animatic.painter.inserts import object_kind
from tower_anime_assets.animatic.painter.look import MARK_KEYWORDS, Look, look_of, marks_of
from tower_anime_assets.animatic.painter.vector import render
from tower_anime_assets.engines.protocols import KeyframeEngine, SheetEngine
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.layer_file import flatten, read_layers
from tower_anime_assets.media.layers import Rgba
from tower_anime_assets.production.attempt import Attempt
from tower_anime_assets.production.planning.briefs import KeyframeBrief, SheetBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Style, Voice
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality.image import still_measures

LUNA = Character(
    "luna",
    "Luna Chen",
    "",
    Appearance("#d5dbea", "long", "#fae0d0", "#8a4fd0", "#f1f3f8", "lab_coat", "#ff5fc1", "slim", "feminine", 29),
    Voice(),
)
BRIEF = KeyframeBrief(
    Framing.MEDIUM,
    Move.PUSH_IN,
    (Subject("luna", Emotion.HAPPY, Pose.STAND, Facing.LEFT, 0.2),),
    (LUNA,),
    Setting("research lab", True, "night", "clear", "calm"),
    (),
    ("screen-glow",),
    "",
    "",
    Style(),
    384,
    256,
    11,
    0,
)


def attempt(folder: Path, **changed: Any) -> Attempt:
    return Attempt(1, 11, EmbeddedPainter().plan_attempt(BRIEF, 1, ()) | changed, folder)


def figure(look: Look) -> Rgba:
    return render(draw_figure(neutral_stance(look, Facing.RIGHT)), 160, 260, (-200, -110, 400, 780))


def complaint(measure: str) -> Verdict:
    return Verdict("gate", measure, 1.0, 2.0, None, "", False, "")


def test_the_engines_keep_their_protocols() -> None:
    keyframes: KeyframeEngine = EmbeddedPainter()
    sheets: SheetEngine = EmbeddedSheetPainter()
    assert (keyframes.name, sheets.name) == ("embedded-painter", "embedded-sheet")


def test_a_keyframe_is_the_flattened_layers_at_the_planned_size(tmp_path: Path) -> None:
    made = EmbeddedPainter().make(BRIEF, attempt(tmp_path))
    main = cv2.imread(str(made.files["main"]), cv2.IMREAD_UNCHANGED)
    assert main is not None
    assert main.shape == (256, 384, 3)
    layers = read_layers(made.files["layers"])
    assert np.array_equal(cv2.cvtColor(main, cv2.COLOR_BGR2RGB), flatten(layers))
    assert made.details["patches"] == 3
    assert made.cpu_s > 0


def test_the_same_attempt_writes_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = (EmbeddedPainter().make(BRIEF, attempt(tmp_path / name)) for name in ("one", "two"))
    for role in ("main", "layers"):
        assert one.files[role].read_bytes() == two.files[role].read_bytes()


@pytest.mark.parametrize(
    ("measure", "parameter"),
    [
        ("sharpness_var", "detail"),
        ("luma_std", "contrast"),
        ("sheet_colour_share", "saturation"),
        ("neighbour_distance_bits", "mirror_place"),
    ],
)
def test_every_complaint_changes_the_parameter_that_mends_it(measure: str, parameter: str) -> None:
    painter = EmbeddedPainter()
    first = painter.plan_attempt(BRIEF, 1, ())
    second = painter.plan_attempt(BRIEF, 2, (complaint(measure),))
    assert second[parameter] > first[parameter]
    assert second["seed"] != first["seed"]
    assert second == painter.plan_attempt(BRIEF, 2, (complaint(measure),))


@pytest.mark.parametrize("bad", [{"detail": "much"}, {"contrast": 99}, {"saturation": None}, {"detail": True}])
def test_parameters_that_cannot_be_drawn_are_refused(tmp_path: Path, bad: dict[str, Any]) -> None:
    with pytest.raises(MediaError, match=next(iter(bad))):
        EmbeddedPainter().make(BRIEF, attempt(tmp_path, **bad))


def test_a_folder_that_vanished_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "gone"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(MediaError, match="cannot write"):
        EmbeddedPainter().make(BRIEF, attempt(blocked))
    assert blocked.read_text() == "a file where a folder should be"
    shutil.rmtree(tmp_path)


def test_a_sheet_shows_the_characters_colours(tmp_path: Path) -> None:
    engine, wanted = EmbeddedSheetPainter(), SheetBrief(LUNA, Style())
    made = engine.make(wanted, Attempt(1, 1, engine.plan_attempt(wanted, 1, ()), tmp_path))
    picture = cv2.imread(str(made.files["main"]))
    assert picture is not None
    measured = still_measures(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8), SHEET_SIZE, (LUNA,))
    assert measured["size_error_px"] == 0
    assert measured["sheet_colour_share"] > 0.7
    assert measured["sharpness_var"] > 60


def test_sheets_of_different_characters_differ() -> None:
    other = replace(LUNA, appearance=replace(LUNA.appearance, hair_colour="#c03030", outfit_style="robe"))
    one, two = (draw_sheet(SheetBrief(member, Style())) for member in (LUNA, other))
    assert np.abs(one.astype(int) - two.astype(int)).mean() > 2


@pytest.mark.parametrize("name", ["太郎", "محمد", "🦊", "Luna 🦊", "שרה", "   "])
def test_a_name_that_the_font_lacks_is_shown_as_the_id(name: str) -> None:
    assert display_name(name, "x1234abcd") == "x1234abcd"
    assert draw_sheet(SheetBrief(replace(LUNA, name=name), Style())).shape == (800, 1200, 3)


@pytest.mark.parametrize("name", ["Luna Chen", "O'Brien-Smith", "Unit 7 (b)"])
def test_a_name_that_the_font_has_is_shown(name: str) -> None:
    assert has_glyphs(name)
    assert display_name(name, "someone") == name


def test_a_very_long_name_stays_on_the_sheet() -> None:
    short, long = (draw_sheet(SheetBrief(replace(LUNA, name=name), Style())) for name in ("L", "Luna " * 12))
    assert np.array_equal(short[:74, 1170:], long[:74, 1170:])
    assert not np.array_equal(short[:74, :700], long[:74, :700])


@pytest.mark.parametrize("mark", list(MARK_KEYWORDS))
def test_every_known_feature_is_drawn(mark: str) -> None:
    plain = replace(LUNA.appearance, outfit_style="shirt", hair_style="short")
    marked = replace(plain, features=(f"a {MARK_KEYWORDS[mark][0]}",))
    assert mark in look_of(marked).marks
    one, two = (figure(look_of(looks)) for looks in (plain, marked))
    assert (np.abs(one.astype(int) - two.astype(int)) > 20).any()


@pytest.mark.parametrize(
    ("words", "marks"),
    [
        (("AR monocle", "crimson tie"), {"monocle", "tie"}),
        (("holographic tattoos",), {"tattoos"}),
        (("cybernetic left arm",), {"cyber-arms"}),
        (("a patient smile", "escape artist", "soldier"), set()),
    ],
)
def test_features_are_read_from_words(words: tuple[str, ...], marks: set[str]) -> None:
    assert marks_of(words) == marks


@pytest.mark.parametrize(
    ("objects", "kind"),
    [
        (("terminal",), "terminal"),
        (("data chip",), "chip"),
        (("clock",), "🕰"),
        (("countdown",), "timer"),
        (("locked door",), "door"),
        (("handlebars", "wheels"), "motorbike"),
        (("umbrella",), "☂"),
        (("paper lantern",), "🏮"),
        (("planet", "window"), "🪐"),
        (("letter",), "✉"),
        (("orrery", "candle"), "🕯"),
        (("orrery", "lever"), "stand-in"),
        ((), "hand"),
    ],
)
def test_an_insert_is_read_from_its_words(objects: tuple[str, ...], kind: str) -> None:
    assert object_kind(objects) == kind
