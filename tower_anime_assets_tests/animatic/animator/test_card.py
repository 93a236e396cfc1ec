"""Cards show every script that the font has, drop what it lacks, and fit the frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.animatic.animator.card import TitleCardOverlay, printable_text
from tower_anime_assets.production.planning.briefs import ClipBrief


def _shown(brief: ClipBrief, text: str, is_low: bool = False) -> NDArray[np.uint8]:
    frame = np.full((brief.height_px, brief.width_px, 4), 90, np.uint8)
    TitleCardOverlay(replace(brief, card=text, frames=97), is_low).draw(frame, 48)
    return frame


def _ink(frame: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(frame[..., 0] > 180)


@pytest.mark.parametrize("text", ["NEXUS", "Ángel ñandú", "東京", "서울", "Привет", "Αθήνα", "مرحبا", "שלום"])
def test_every_script_is_drawn_with_letters_of_its_own(text: str, brief: ClipBrief) -> None:
    drawn = _ink(_shown(brief, text))
    missing = _ink(_shown(brief, "?" * len(text)))
    assert drawn.sum() > 60
    assert not np.array_equal(drawn, missing)


def test_emoji_controls_and_joiners_are_left_out() -> None:
    assert printable_text("Night 🌃 over\tthe\u200d city\x00 👨‍👩‍👧 ❤️") == "Night over the city"
    assert printable_text("東京 – “1999”") == "東京 – “1999”"


@given(st.text(max_size=120))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_fits_the_frame(brief: ClipBrief, text: str) -> None:
    ink = _ink(_shown(brief, text))
    assert not ink[0].any()
    assert not ink[-1].any()
    assert not ink[:, 0].any()
    assert not ink[:, -1].any()


def test_a_long_text_takes_three_rows_at_most(brief: ClipBrief) -> None:
    rows = _ink(_shown(brief, "a very long card about a city that never sleeps " * 3)).any(axis=1)
    starts = np.flatnonzero(np.diff(np.concatenate(([False], rows)).astype(int)) == 1)
    assert 2 <= len(starts) <= 6  # rows of ink; letters with gaps, such as i, may split a row in two


def test_a_text_of_nothing_but_emoji_draws_nothing(brief: ClipBrief) -> None:
    assert (_shown(brief, "🌃🌃") == 90).all()


def test_a_card_stands_lower_where_somebody_is_in_the_picture(brief: ClipBrief) -> None:
    middle, low = (np.nonzero(_ink(_shown(brief, "NEXUS", is_low)))[0].mean() for is_low in (False, True))
    assert 0.45 < middle / brief.height_px < 0.55 < low / brief.height_px


def test_rows_are_about_equally_long(brief: ClipBrief) -> None:
    ink = _ink(_shown(brief, "Nexus Tower after midnight three hours later"))
    rows = ink.any(axis=1)
    middle = int(np.flatnonzero(rows).mean())
    lengths = [np.ptp(np.flatnonzero(part.any(axis=0))) for part in (ink[:middle], ink[middle:])]
    assert min(lengths) > 0.6 * max(lengths)


@pytest.mark.parametrize("frames", [1, 9, 25, 97])
def test_a_card_is_absent_at_both_ends(frames: int, brief: ClipBrief) -> None:
    card = TitleCardOverlay(replace(brief, card="NEXUS", frames=frames), False)
    assert card.strength.shape == (frames,)
    assert card.strength[0] == 0.0
    assert card.strength[-1] < 0.2
    assert frames < 25 or card.strength.max() == 1.0
