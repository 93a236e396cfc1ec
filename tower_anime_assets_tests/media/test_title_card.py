"""Cards show every script that the font has, drop what it lacks, and fit the frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.media.title_card import TitleCardOverlay, printable_text
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.shots import Framing, Move, Setting

BRIEF = ClipBrief(
    keyframe_sha256="0" * 64,
    frames=97,
    fps=24,
    width_px=384,
    height_px=256,
    framing=Framing.MEDIUM,
    move=Move.STATIC,
    activity=0.3,
    setting=Setting("STREET", False, "night", "clear", "tense"),
    effects=(),
    speaking=(),
    card="",
    prompt="",
    negative="",
    seed=7,
)


def _shown(text: str, is_low: bool = False) -> NDArray[np.uint8]:
    frame = np.full((BRIEF.height_px, BRIEF.width_px, 4), 90, np.uint8)
    TitleCardOverlay(replace(BRIEF, card=text), is_low).draw(frame, 48)
    return frame


def _ink(frame: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(frame[..., 0] > 180)


@pytest.mark.parametrize("text", ["NEXUS", "Ángel ñandú", "東京", "서울", "Привет", "Αθήνα", "مرحبا", "שלום"])
def test_every_script_is_drawn_with_letters_of_its_own(text: str) -> None:
    drawn = _ink(_shown(text))
    missing = _ink(_shown("?" * len(text)))
    assert drawn.sum() > 60
    assert not np.array_equal(drawn, missing)


def test_emoji_controls_and_joiners_are_left_out() -> None:
    assert printable_text("Night 🌃 over\tthe\u200d city\x00 👨‍👩‍👧 ❤️") == "Night over the city"
    assert printable_text("東京 – “1999”") == "東京 – “1999”"


@given(st.text(max_size=120))
@settings(max_examples=40, deadline=None)
def test_any_text_fits_the_frame(text: str) -> None:
    ink = _ink(_shown(text))
    assert not ink[0].any()
    assert not ink[-1].any()
    assert not ink[:, 0].any()
    assert not ink[:, -1].any()


def test_a_long_text_takes_three_rows_at_most() -> None:
    rows = _ink(_shown("a very long card about a city that never sleeps " * 3)).any(axis=1)
    starts = np.flatnonzero(np.diff(np.concatenate(([False], rows)).astype(int)) == 1)
    assert 2 <= len(starts) <= 6  # rows of ink; letters with gaps, such as i, may split a row in two


def test_a_text_of_nothing_but_emoji_draws_nothing() -> None:
    assert (_shown("🌃🌃") == 90).all()


def test_a_card_stands_lower_where_somebody_is_in_the_picture() -> None:
    middle, low = (np.nonzero(_ink(_shown("NEXUS", is_low)))[0].mean() for is_low in (False, True))
    assert 0.45 < middle / BRIEF.height_px < 0.55 < low / BRIEF.height_px


def test_rows_are_about_equally_long() -> None:
    ink = _ink(_shown("Nexus Tower after midnight three hours later"))
    rows = ink.any(axis=1)
    middle = int(np.flatnonzero(rows).mean())
    lengths = [np.ptp(np.flatnonzero(part.any(axis=0))) for part in (ink[:middle], ink[middle:])]
    assert min(lengths) > 0.6 * max(lengths)


@pytest.mark.parametrize("frames", [1, 9, 25, 97])
def test_a_card_is_absent_at_both_ends(frames: int) -> None:
    card = TitleCardOverlay(replace(BRIEF, card="NEXUS", frames=frames), False)
    assert card.strength.shape == (frames,)
    assert card.strength[0] == 0.0
    assert card.strength[-1] < 0.2
    assert frames < 25 or card.strength.max() == 1.0
