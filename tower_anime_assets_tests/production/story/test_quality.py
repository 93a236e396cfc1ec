"""Levels of quality: what they change, and what a writer wrote that they leave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.story.model import Delivery, EngineChoices, Learning, Project, WorkingSize
from tower_anime_assets.production.story.quality import at_quality, quality_notes, run_notes, steps_at
from tower_anime_assets.production.story.sizes import (
    DIRECT_PIXELS,
    MAX_CROPPED_SHARE,
    cropped_share,
    derive_working_size,
    is_deliverable,
)

SHOW = Project("show", "Show", ())


@pytest.mark.parametrize(
    ("delivered_px", "draft_px", "standard_px", "final_px"),
    [
        ((768, 512), (480, 320), (768, 512), (768, 512)),
        ((1280, 720), (672, 384), (1024, 576), (1248, 704)),
        ((1920, 1080), (672, 384), (1024, 576), (1248, 704)),
        ((1080, 1920), (384, 672), (576, 1024), (704, 1248)),
        ((384, 256), (384, 256), (384, 256), (384, 256)),
    ],
)
def test_a_draft_is_made_smaller_and_a_final_larger_where_that_is_possible(
    delivered_px: tuple[int, int], draft_px: tuple[int, int], standard_px: tuple[int, int], final_px: tuple[int, int]
) -> None:
    sizes = [derive_working_size(*delivered_px, quality) for quality in ("draft", "standard", "final")]
    assert sizes == [draft_px, standard_px, final_px]


@given(st.integers(64, 2048).map(lambda half: 2 * half), st.integers(64, 2048).map(lambda half: 2 * half))
def test_levels_keep_the_deliverys_shape_and_their_order(width_px: int, height_px: int) -> None:
    if not is_deliverable(width_px, height_px):
        return
    delivered_px = (width_px, height_px)
    draft, standard, final = (derive_working_size(*delivered_px, level) for level in ("draft", "standard", "final"))
    pixels = [width * height for width, height in (draft, standard, final)]
    assert pixels == sorted(pixels)
    assert draft == standard or cropped_share(draft, delivered_px) <= MAX_CROPPED_SHARE
    assert pixels[2] <= max(DIRECT_PIXELS, pixels[1])


def test_standard_is_a_project_as_it_is_written() -> None:
    for show in (SHOW, replace(SHOW, engines=EngineChoices(candidates=2, upscale="comfyui"))):
        assert at_quality(show) is show
        assert at_quality(replace(show, quality="draft"), "standard").delivery == show.delivery
        assert quality_notes(show) == ()


def test_a_level_decides_what_the_writer_left_open() -> None:
    draft, final = at_quality(SHOW, "draft"), at_quality(replace(SHOW, quality="final"))
    assert (draft.engines.candidates, draft.engines.upscale, draft.delivery.working_px) == (1, "off", (480, 320))
    assert (final.engines.candidates, final.engines.upscale, final.delivery.quality) == (4, "auto", "final")
    assert quality_notes(SHOW, "draft") == ()


def test_what_the_writer_wrote_wins_and_is_told() -> None:
    show = replace(
        SHOW,
        delivery=Delivery(working=WorkingSize(512, 288)),
        engines=EngineChoices(candidates=2, upscale="embedded"),
        learning=Learning(pins={"steps": 8}),
    )
    draft = at_quality(show, "draft")
    assert (draft.delivery.working_px, draft.engines) == ((512, 288), show.engines)
    assert [note.problem for note in quality_notes(show, "draft")] == [
        "delivery.working is 512x288",
        "engines.candidates is 2",
        "engines.upscale is embedded",
        "learning.pins has steps: 8",
    ]
    assert all(note.is_note for note in quality_notes(show, "draft"))
    assert len(quality_notes(show, "final")) == 3


def test_a_level_that_there_is_not_is_refused() -> None:
    with pytest.raises(PlanError, match="the quality is 'best'; expected one of draft, standard, final"):
        at_quality(SHOW, "best")


@given(st.floats(1, 50), st.floats(1, 50), st.floats(1, 50))
def test_steps_stay_within_the_workflows_range_and_grow_with_the_level(one: float, two: float, three: float) -> None:
    low, own, high = sorted((one, two, three))
    draft, standard, final = (steps_at(level, own, Tunable(low, high, 1)) for level in ("draft", "standard", "final"))
    assert low <= draft <= standard == own <= final <= high


def test_notes_of_a_run_are_those_that_the_story_does_not_have_already() -> None:
    show = replace(SHOW, engines=EngineChoices(candidates=2), quality="draft")
    assert len(quality_notes(show)) == 1
    assert run_notes(show, "draft") == run_notes(show, "") == ()
    assert [note.instead for note in run_notes(show, "final")] == ["a final makes as many too"]
