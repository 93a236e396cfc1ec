from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tower_anime_assets.production.story.model import Character
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality import image, video
from tower_anime_assets.quality.thresholds import KEYFRAMES, SHEETS
from tower_anime_assets_tests.quality import drawn, reference
from tower_anime_assets_tests.quality.drawn import AKIRA, LUNA, MOONLIGHT, VIKTOR, Picture

SIZE = (drawn.WIDTH, drawn.HEIGHT)


def failed_gates(measures: dict[str, float]) -> set[str]:
    return {verdict.gate for verdict in judge(measures, KEYFRAMES) if not verdict.passed}


@pytest.mark.parametrize("character", [AKIRA, LUNA, VIKTOR], ids=lambda member: member.id)
def test_a_good_still_passes_every_gate(character: Character) -> None:
    neighbour = drawn.still(character, x=90, seed=2)
    assert failed_gates(image.still_measures(drawn.still(character), SIZE, (character,), neighbour)) == set()


def test_a_blank_still_fails() -> None:
    blank = np.full((*SIZE[::-1], 3), (70, 80, 90), np.uint8)
    assert failed_gates(image.still_measures(blank, SIZE)) == {"keyframes_are_not_blank", "keyframes_are_sharp"}


def test_a_defocused_still_fails_for_its_focus_only() -> None:
    soft = np.asarray(cv2.GaussianBlur(drawn.still(), (0, 0), 3), dtype=np.uint8)
    assert failed_gates(image.still_measures(soft, SIZE, (AKIRA,))) == {"keyframes_are_sharp"}


@pytest.mark.parametrize(("planned", "error"), [((768, 512), 640.0), ((384, 255), 1.0), ((383, 257), 2.0)])
def test_a_still_of_another_size_fails(planned: tuple[int, int], error: float) -> None:
    measures = image.still_measures(drawn.still(), planned, (AKIRA,))
    assert measures["size_error_px"] == error
    assert failed_gates(measures) == {"keyframes_have_the_planned_size"}


def test_the_same_still_twice_in_a_row_fails() -> None:
    again = np.asarray(np.clip(drawn.still().astype(int) + 3, 0, 255), dtype=np.uint8)
    measures = image.still_measures(drawn.still(), SIZE, (AKIRA,), again)
    assert failed_gates(measures) == {"keyframes_differ_from_their_neighbours"}


@pytest.mark.parametrize(
    ("shown", "asked"),
    [(a, b) for a in (AKIRA, LUNA, VIKTOR) for b in (AKIRA, LUNA, VIKTOR) if a is not b],
    ids=lambda member: member.id,
)
def test_somebody_else_in_the_picture_fails(shown: Character, asked: Character) -> None:
    measures = image.still_measures(drawn.still(shown), SIZE, (asked,))
    assert failed_gates(measures) == {"keyframes_show_the_characters_colours"}


@pytest.mark.parametrize("degrees", [90, 120, 180, 240])
@pytest.mark.parametrize("character", [AKIRA, LUNA, VIKTOR], ids=lambda member: member.id)
def test_wrong_hues_fail(character: Character, degrees: int) -> None:
    turned = drawn.hue_rotated(drawn.still(character), degrees)
    assert "keyframes_show_the_characters_colours" in failed_gates(image.still_measures(turned, SIZE, (character,)))


def test_an_empty_street_shows_nobody() -> None:
    for member in (AKIRA, LUNA, VIKTOR):
        measures = image.still_measures(drawn.street(), SIZE, (member,))
        assert "keyframes_show_the_characters_colours" in failed_gates(measures)


@pytest.mark.parametrize("brightness", [1.0, 0.6])
@pytest.mark.parametrize("character", [AKIRA, LUNA, VIKTOR], ids=lambda member: member.id)
def test_moonlight_does_not_hide_a_character(character: Character, brightness: float) -> None:
    night = drawn.under_light(drawn.still(character), MOONLIGHT, brightness)
    assert failed_gates(image.still_measures(night, SIZE, (character,))) == set()


def test_the_worst_character_of_a_two_shot_counts() -> None:
    both = drawn.with_figure(drawn.still(AKIRA, x=110), LUNA, 280)
    measures = image.still_measures(both, SIZE, (AKIRA, LUNA))
    assert measures["sheet_colour_share"] == 1.0
    alone = image.still_measures(drawn.still(AKIRA, x=110), SIZE, (AKIRA, LUNA))
    assert alone["sheet_colour_share_akira"] == 1.0
    assert alone["sheet_colour_share"] == alone["sheet_colour_share_luna"] < 0.5


def test_colours_strewn_over_the_picture_are_not_a_character() -> None:
    strewn = drawn.street()
    parts = image.sheet_colours(AKIRA.appearance).values()
    for left, colour in zip((125, 245, 5, 365), parts, strict=True):
        strewn[40:200, left : left + 12] = list(bytes.fromhex(colour[1:]))
    assert failed_gates(image.still_measures(strewn, SIZE, (AKIRA,))) == {"keyframes_show_the_characters_colours"}


def test_without_a_cast_or_a_neighbour_nothing_is_asked() -> None:
    measures = image.still_measures(drawn.street(), SIZE)
    assert (measures["sheet_colour_share"], measures["neighbour_distance_bits"]) == (1.0, 64.0)
    assert failed_gates(measures) == set()


def test_every_bar_for_stills_finds_its_measure() -> None:
    measures = image.still_measures(drawn.still(), SIZE, (AKIRA,))
    assert {bar.measure for bar in (*KEYFRAMES, *SHEETS) if not bar.is_optional} <= set(measures)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_the_perceptual_hash_is_the_one_written_down(seed: int) -> None:
    picture = drawn.under_light(drawn.street(seed), MOONLIGHT, 0.3 + seed % 7 / 10)
    found, wanted = image.perceptual_hash(picture), reference.perceptual_hash(picture)
    assert image.hash_distance_bits(found, wanted) == 0


@pytest.mark.parametrize("quality", [40, 90])
def test_encoding_hardly_moves_the_perceptual_hash(quality: int) -> None:
    out = io.BytesIO()
    Image.fromarray(drawn.still()).save(out, "JPEG", quality=quality)
    again: Picture = np.asarray(Image.open(out), dtype=np.uint8)
    assert image.hash_distance_bits(image.perceptual_hash(drawn.still()), image.perceptual_hash(again)) <= 2


def test_a_step_aside_moves_the_perceptual_hash() -> None:
    one, other = (image.perceptual_hash(drawn.still(x=x)) for x in (100, 190))
    assert image.hash_distance_bits(one, other) >= 4


def test_stills_and_clips_mean_the_same_by_sharpness() -> None:
    luma = video.limited_range_luma(drawn.still())
    assert image.sharpness_var(luma.astype(float)) == pytest.approx(video.sharpness_var(luma), rel=1e-6)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)],
    ids=["grey", "alpha", "float", "empty"],
)
def test_what_is_not_a_picture_is_refused(picture: Picture) -> None:
    with pytest.raises(ValueError, match=r"expected \(height, width, 3\) uint8"):
        image.still_measures(picture, SIZE)


def test_a_sheet_colour_must_be_hexadecimal() -> None:
    unfit = replace(AKIRA, appearance=replace(AKIRA.appearance, hair_colour="black"))
    with pytest.raises(ValueError, match="not a colour"):
        image.still_measures(drawn.still(), SIZE, (unfit,))


@pytest.mark.parametrize("contrast", [1.0, 0.3, 0.08])
def test_acuity_tells_soft_from_sharp_whatever_the_contrast(contrast: float) -> None:
    rng = np.random.default_rng(4)
    blocks = np.asarray(np.kron(rng.integers(0, 2, (24, 36)), np.ones((16, 16))) * 200 * contrast + 20, np.float64)
    soft = np.asarray(cv2.GaussianBlur(blocks, (0, 0), 1.2), np.float64)
    assert image.edge_acuity(blocks) > 6 > image.edge_acuity(soft)


def test_a_flat_picture_has_no_acuity() -> None:
    assert image.edge_acuity(np.full((32, 32), 90.0)) == 1.0
