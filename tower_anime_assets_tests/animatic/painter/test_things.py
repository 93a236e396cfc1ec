from __future__ import annotations

import numpy as np
import pytest

from tower_anime_assets.animatic.painter.inserts import DRAWN_BY_HAND, draw_insert, object_kind
from tower_anime_assets.animatic.painter.lettering import letter
from tower_anime_assets.animatic.painter.light import light_of
from tower_anime_assets.animatic.painter.prop_animals import animal_shape, draw_animal, has_rig
from tower_anime_assets.animatic.painter.props import staged_things
from tower_anime_assets.animatic.painter.things import draw_label, draw_stand_in, draw_thing, glyph_of, thing_size
from tower_anime_assets.animatic.painter.vector import render
from tower_anime_assets.media.layers import Rgba
from tower_anime_assets.production.planning.hand_drawn_things import WHOLE_HEADS
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.production.planning.things import all_things, find

THINGS = {thing.name: thing for thing in all_things().values()}
DRAWN = [thing for thing in THINGS.values() if thing.glyph and not thing.drawing]
SAMPLE = DRAWN[::23]
"""Enough of them to be quick; all were looked at on contact sheets when the table was written."""

LIGHT = light_of(Setting("LAB", True, "day", "clear", "neutral"), (), ())


def drawn(elements: str) -> Rgba:
    return render(elements, 160, 160, (-80, -120, 160, 160))


def colour_share(image: Rgba, colour: str) -> float:
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    visible = image[image[..., 3] > 200][:, :3].astype(int)
    return float((np.abs(visible - wanted).max(axis=1) < 12).mean())


def test_everything_that_planning_can_name_is_drawn_or_labelled() -> None:
    for name, thing in all_things().items():
        kind = object_kind((name,))
        if thing.drawing:
            assert kind in DRAWN_BY_HAND, name
        else:
            assert kind == (thing.glyph or "stand-in"), name
    assert {thing.drawing for thing in THINGS.values() if thing.drawing} == set(DRAWN_BY_HAND)


@pytest.mark.parametrize("objects", [("orrery",), ("pressure gauge", "lever"), ("made-up thing",), ()])
def test_what_cannot_be_drawn_is_a_label_and_never_another_thing(objects: tuple[str, ...]) -> None:
    svg, lights = draw_insert(objects, None, LIGHT, 1.6)
    name = objects[0] if objects else "?"
    assert draw_label(name, 0.0, -135.0, 380.0 * 0.86, 270.0 * 0.22) in svg
    assert lights == ""


@pytest.mark.parametrize("thing", SAMPLE, ids=lambda thing: thing.name)
def test_a_thing_is_filled_in_its_colour_and_stays_in_its_box(thing: object) -> None:
    assert thing in DRAWN
    name = next(name for name, other in THINGS.items() if other is thing)
    across, high = thing_size(THINGS[name], 100)
    assert max(across, high) == pytest.approx(100)
    image = drawn(draw_thing(THINGS[name], "#20c060", 100))
    rows, columns = np.nonzero(image[..., 3] > 128)
    assert len(rows) > 300
    assert rows.min() >= 120 - high - 3
    assert rows.max() <= 120 + 3
    assert columns.min() >= 80 - across / 2 - 3
    assert columns.max() <= 80 + across / 2 + 3


def test_the_colour_that_a_text_names_is_the_colour_of_the_thing() -> None:
    assert colour_share(drawn(draw_thing("blue lantern", size=100)), "#2f62c9") > 0.35
    assert colour_share(drawn(draw_thing("lantern", size=100)), "#d8452f") > 0.35
    assert colour_share(drawn(draw_thing("lantern", "#20c060", 100)), "#20c060") > 0.35


def test_the_same_thing_has_the_same_pixels_and_looks_both_ways() -> None:
    one, other = (drawn(draw_thing("dog", size=100)) for _ in range(2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, drawn(draw_thing("dog", size=100, is_mirrored=True)))


def test_the_hole_of_a_ring_is_a_hole() -> None:
    size = 100
    image = drawn(draw_thing("ring", size=size))
    assert image[120 - round(0.35 * size), 80, 3] == 0
    assert drawn(draw_thing("apple", size=size))[120 - round(0.35 * size), 80, 3] == 255


def test_an_outline_is_closed_where_the_font_leaves_gaps() -> None:
    for name in ("elephant", "candle", "snake"):
        thing = THINGS[name]
        filled = drawn(f'<path d="{glyph_of(thing.glyph).silhouette}" transform="scale(100)"/>')[..., 3]
        lines = drawn(f'<path d="{glyph_of(thing.glyph).lines}" transform="scale(100)"/>')[..., 3]
        assert (filled > 128).sum() > 2 * (lines > 128).sum()


@pytest.mark.parametrize("text", ["astrolabe", "Самовар", "古い時計", "보물 상자"])
def test_labels_can_be_lettered_in_many_scripts(text: str) -> None:
    lettering = letter(text, 20.0)
    image = render(f'<path d="{lettering.path}" transform="translate(4 34)"/>', 240, 48)
    assert lettering.width > 20
    assert (image[..., 3] > 128).sum() > 150


def test_a_stand_in_is_as_large_as_it_is_asked_for() -> None:
    image = drawn(draw_stand_in("orrery", 120.0, 90.0))
    rows, columns = np.nonzero(image[..., 3] > 128)
    assert (columns.max() - columns.min(), rows.max() - rows.min()) == pytest.approx((120, 90), abs=4)


def test_a_wide_shot_holds_animals_and_large_things_but_not_what_the_place_is() -> None:
    names = [
        thing.name for thing, _words in staged_things(("black dog", "needle", "castle", "orrery"), "CASTLE - HALL")
    ]
    assert names == ["dog"]
    assert [words for _thing, words in staged_things(("red motorbike", "two drones"), "STREET")] == [
        "red motorbike",
        "two drones",
    ]
    beside_people = staged_things(("basket", "black dog"), "STREET", has_people=True)
    assert [words for _thing, words in beside_people] == ["black dog"]
    assert [words for _thing, words in staged_things(("three crows", "red car"), "STREET")] == [
        "three crows",
        "red car",
    ]


def test_animals_of_which_the_font_has_the_head_are_shown_whole_by_a_rig() -> None:
    heads = {name for name, thing in THINGS.items() if thing.kind == "head"}
    assert heads >= WHOLE_HEADS
    assert {name for name in heads if has_rig(THINGS[name])} == WHOLE_HEADS
    across, high = animal_shape(THINGS["bear"])
    image = drawn(draw_animal(THINGS["bear"], "#20c060", 100, line=1.0, light_x=1.0, prefix="a", is_mirrored=False))
    rows, columns = np.nonzero(image[..., 3] > 128)
    assert (columns.max() - columns.min(), rows.max() - rows.min()) == pytest.approx((across * 100, high * 100), abs=14)
    assert abs(rows.max() - 120) <= 4


def test_names_reach_the_painter_in_singular_and_plural() -> None:
    assert [find(words) for words in ("mice", "red knives", "loaves of bread")] == [
        THINGS["mouse"], THINGS["knife"], THINGS["bread"],
    ]  # fmt: skip
