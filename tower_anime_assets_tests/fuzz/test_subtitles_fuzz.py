"""Any lines have subtitles that hold every word, in order, apart from each other, and that are read as written."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tower_anime_assets.compile.subtitles import build_cues, to_srt, to_webvtt
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.briefs import SubtitleText
from tower_anime_assets_tests.fuzz.fuzzing import fuzzed, junk, marks

pytestmark = pytest.mark.chaos

_TEXTS = st.lists(
    st.sampled_from(
        ["Hello", "there,", "friend.", "-->", "<i>", "{\\an8}", "00:00:01,000 --> 00:00:02,000", "1", "W" * 90]
    )
    | marks
    | junk,
    max_size=40,
).map(" ".join)
_SPEECHES = st.lists(st.tuples(_TEXTS, st.integers(0, 400), st.booleans(), st.booleans()), max_size=6)
_FPS, _FRAMES = 24, 2400


def _lines(speeches: list[tuple[str, int, bool, bool]]) -> list[SubtitleText]:
    lines: list[SubtitleText] = []
    start = 0
    for number, (text, frames, off_screen, dual) in enumerate(speeches):
        begin = lines[-1].start_frame if dual and lines else start
        lines.append(SubtitleText(f"sc01-l{number:02}", "AKIRA", text, begin, begin + frames, (), off_screen, dual))
        start = begin + frames
    return lines


@given(_SPEECHES)
@example([("word " * 400, 2000, False, False)])
@example([("\u0301" * 900, 200, False, False)])
@fuzzed
def test_any_lines_have_subtitles_in_order_that_are_read_as_written(
    speeches: list[tuple[str, int, bool, bool]],
) -> None:
    lines = _lines(speeches)
    try:
        cues = build_cues(lines, _FPS, _FRAMES)
    except PlanError:
        return
    assert cues == build_cues(lines, _FPS, _FRAMES)
    assert all(0 <= cue.start_frame < cue.end_frame <= _FRAMES for cue in cues)
    assert all(one.end_frame <= other.start_frame for one, other in pairwise(cues))
    assert len(re.findall(r"^\d\d:\d\d:\d\d,\d{3} --> ", to_srt(cues, _FPS), re.MULTILINE)) == len(cues)
    assert len(re.findall(r"^\d\d:\d\d:\d\d\.\d{3} --> ", to_webvtt(cues, _FPS), re.MULTILINE)) == len(cues)


@given(st.lists(st.lists(st.text("aeinrst.,", min_size=1, max_size=30), min_size=1, max_size=60), max_size=4))
@fuzzed
def test_every_word_of_every_line_is_in_its_subtitles(speeches: list[list[str]]) -> None:
    cues = build_cues(_lines([(" ".join(words), 300, False, False) for words in speeches]), _FPS, _FRAMES)
    shown = "".join("".join(row.split()) for cue in cues for row in cue.rows)
    assert shown == "".join("".join(words) for words in speeches)
