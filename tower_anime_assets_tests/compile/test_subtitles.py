"""Subtitles hold every word, in rows that fit, at times that can be read, in texts that other programs read back."""

from __future__ import annotations

import itertools
import math
import re

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.compile.subtitles import (
    GAP_FRAMES,
    ROW_COLUMNS,
    SubtitleCue,
    build_cues,
    count_columns,
    to_srt,
    to_webvtt,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.briefs import SubtitleText

FPS = 24
MINUTE = 60 * FPS


def _line(
    text: str,
    start: int = 24,
    *,
    number: int = 1,
    word_s: float = 0.3,
    speaker: str = "AKIRA",
    off_screen: bool = False,
    dual: bool = False,
    window: int | None = None,
) -> SubtitleText:
    spoken = [token for token in text.split() if any(char.isalnum() for char in token)]
    words = tuple((token, at * word_s, (at + 0.9) * word_s) for at, token in enumerate(spoken))
    length = math.ceil(len(spoken) * word_s * FPS) if window is None else window
    return SubtitleText(f"sc01-l{number:03d}", speaker, text, start, start + length, words, off_screen, dual)


def _compact(text: str) -> str:
    return "".join(text.replace("\u2060", "").split())


def _all_text(made: tuple[SubtitleCue, ...]) -> str:
    return _compact("".join("".join(cue.rows) for cue in made))


def _assert_readable(made: tuple[SubtitleCue, ...], episode_frames: int, least_s: float = 0.8) -> None:
    for cue in made:
        assert 1 <= len(cue.rows) <= 2
        assert all(0 < count_columns(row) <= ROW_COLUMNS for row in cue.rows), cue
        assert least_s * FPS <= cue.end_frame - cue.start_frame <= 7 * FPS
        assert 0 <= cue.start_frame < cue.end_frame <= episode_frames
    for one, two in itertools.pairwise(made):
        assert two.start_frame - one.end_frame >= GAP_FRAMES


LONG = (
    "When the tower was built, nobody asked who would have to live in its shadow; now we know. "
    "We carried the stones, we mixed the mortar, and we were told to be grateful. Enough!"
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Run.", [("Run.",)]),
        ("Did you hear that? — Yes.", [("Did you hear that? — Yes.",)]),
        ("مرحبا يا صديقي، كيف حالك اليوم؟", [("مرحبا يا صديقي، كيف حالك اليوم؟",)]),
        ("行こう。", [("行こう。",)]),
        ("これは長い台詞です。だから、二行になります。", [("これは長い台詞です。", "だから、二行になります。")]),
        ("Go 👨‍👩‍👧‍👦 🇯🇵 👍🏽!", [("Go 👨‍👩‍👧‍👦 🇯🇵 👍🏽!",)]),
        (
            "The door is open, but nobody has come through it.",
            [("The door is open,", "but nobody has come through it.")],
        ),
        ("  spaces\tand\nbreaks \x07 go  ", [("spaces and breaks go",)]),
    ],
)
def test_short_lines_become_one_cue_with_rows_at_phrase_ends(text: str, rows: list[tuple[str, ...]]) -> None:
    assert [cue.rows for cue in build_cues([_line(text)], FPS, MINUTE)] == rows


def test_a_long_line_is_divided_at_ends_of_phrases_when_their_words_are_spoken() -> None:
    line = _line(LONG)
    made = build_cues([line], FPS, MINUTE)
    _assert_readable(made, MINUTE)
    assert _all_text(made) == _compact(LONG)
    assert len(made) >= 3
    assert all(cue.rows[-1][-1] in ".,;!?" for cue in made)
    for cue in made:
        first = cue.rows[0].split()[0]
        spoken_s = next(start for word, start, _ in line.words if word == first)
        assert abs(cue.start_frame - (24 + spoken_s * FPS)) <= 1 + GAP_FRAMES


def test_a_line_of_five_thousand_characters_is_shown_whole() -> None:
    text = " ".join(f"word{number % 97}{',' if number % 7 == 0 else ''}" for number in range(760))[:5000]
    frames = 6 * MINUTE
    made = build_cues([_line(text)], FPS, frames)
    _assert_readable(made, frames)
    assert _all_text(made) == _compact(text)


@pytest.mark.parametrize("sign", ["a", "語", "é", "👩‍🚀", "ع"])
def test_a_word_of_five_thousand_characters_is_shown_whole(sign: str) -> None:
    text = sign * (5000 // len(sign))
    line = SubtitleText("sc01-l001", "AKIRA", text, 0, 6 * MINUTE, ((text, 0.0, 350.0),), False, False)
    made = build_cues([line], FPS, 6 * MINUTE)
    _assert_readable(made, 6 * MINUTE)
    assert _all_text(made) == text
    assert all(sum(map(len, cue.rows)) % len(sign) == 0 for cue in made)  # no joined emoji is torn


def test_a_voice_that_is_not_seen_is_named_once() -> None:
    made = build_cues([_line(LONG, off_screen=True, speaker="LUNA CHEN")], FPS, MINUTE)
    assert made[0].rows[0].startswith("LUNA CHEN: When")
    assert _all_text(made).count("LUNACHEN") == 1


def test_a_line_without_words_stands_for_its_window() -> None:
    (cue,) = build_cues([_line("...", start=48, window=60)], FPS, MINUTE)
    assert (cue.start_frame, cue.end_frame, cue.rows) == (48, 108, ("...",))


def test_words_that_an_engine_counts_otherwise_share_the_spoken_time() -> None:
    line = SubtitleText("sc01-l001", "AKIRA", LONG, 0, 400, (("all of it", 1.0, 13.0),), False, False)
    made = build_cues([line], FPS, MINUTE)
    assert made[0].start_frame == FPS
    assert abs(made[-1].end_frame - 13 * FPS) <= FPS
    assert _all_text(made) == _compact(LONG)


def test_lines_spoken_together_share_their_cues_a_row_each() -> None:
    lines = [_line("We have to leave now!", number=1), _line("No, we stay.", number=2, dual=True)]
    (cue,) = build_cues(lines, FPS, MINUTE)
    assert cue.rows == ("- We have to leave now!", "- No, we stay.")
    assert cue.line_ids == ("sc01-l001", "sc01-l002")


def test_long_lines_spoken_together_stay_in_their_rows() -> None:
    lines = [_line(LONG, number=1), _line(LONG.upper(), number=2, dual=True, word_s=0.25)]
    made = build_cues(lines, FPS, MINUTE)
    _assert_readable(made, MINUTE)
    for text, place in ((LONG, 0), (LONG.upper(), 1)):
        identity = lines[place].line_id
        own = [cue.rows[cue.line_ids.index(identity)].removeprefix("- ") for cue in made if identity in cue.line_ids]
        assert _compact("".join(own)) == _compact(text)


def test_a_short_cue_is_held_until_it_can_be_read() -> None:
    (cue,) = build_cues([_line("No.", word_s=0.2)], FPS, MINUTE)
    assert cue.end_frame - cue.start_frame == 20


def test_cues_do_not_outlast_the_episode_even_when_their_line_does() -> None:
    made = build_cues([_line("Too late", start=90), _line("for all of it.", start=200, number=2)], FPS, 100)
    _assert_readable(made, 100)
    assert made[-1].end_frame == 100


def test_in_an_episode_too_short_for_it_cues_are_as_short_as_they_must_be() -> None:
    made = build_cues([_line("One", number=1, start=0), _line("two", number=2, start=3)], FPS, 20)
    assert [(cue.start_frame, cue.end_frame) for cue in made] == [(0, 9), (11, 20)]
    with pytest.raises(PlanError, match="3 subtitles do not fit in an episode of 2 frames"):
        build_cues([_line(str(number), number=number) for number in range(3)], FPS, 2)


_TEXT = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(" .,!?—、。<>&{}\\-\u200d\ufe0f\u0301👩🚀🇯🇵語か"),
        st.just(" "),
    ),
    max_size=300,
)


@given(
    texts=st.lists(
        st.tuples(_TEXT, st.integers(0, 3000), st.floats(0.01, 2.0), st.booleans(), st.booleans()), max_size=8
    )
)
@settings(max_examples=80, deadline=None)
def test_whatever_is_said_every_character_is_shown_in_rows_that_fit(
    texts: list[tuple[str, int, float, bool, bool]],
) -> None:
    frames = 40 * MINUTE
    lines = [
        _line(text, start, number=number, word_s=word_s, off_screen=off_screen, dual=dual)
        for number, (text, start, word_s, off_screen, dual) in enumerate(texts)
    ]
    made = build_cues(lines, FPS, frames)
    for one, two in itertools.pairwise(made):
        assert two.start_frame - one.end_frame >= GAP_FRAMES
    for cue in made:
        assert all(count_columns(row) <= ROW_COLUMNS for row in cue.rows)
        assert 20 <= cue.end_frame - cue.start_frame <= 7 * FPS
        assert cue.start_frame >= 0
        assert cue.end_frame <= frames
    shown = sorted(_all_text(made))
    for line in lines:
        for char in _compact("".join(char for char in line.text if char.isprintable())):
            assert char in shown


HOSTILE = "<i>so</i> {\\an8}what --> & \\N <00:01>"


def test_srt_is_read_back_by_an_independent_reader() -> None:
    lines = [_line(text, 24 + 96 * at, number=at) for at, text in enumerate([HOSTILE, "مرحبا", "さようなら", LONG])]
    made = build_cues(lines, FPS, MINUTE)
    read = pysubs2.SSAFile.from_string(to_srt(made, FPS), format_="srt")
    assert len(read) == len(made)
    for event, cue in zip(read, made, strict=True):
        assert event.start == round(cue.start_frame * 1000 / FPS)
        assert event.end == round(cue.end_frame * 1000 / FPS)
        assert _compact(event.text.replace("\\N", "")) == _compact("".join(cue.rows))


def test_webvtt_escapes_what_has_a_meaning_and_names_the_lines() -> None:
    text = to_webvtt(build_cues([_line(HOSTILE)], FPS, MINUTE), FPS)
    assert text.startswith("WEBVTT\n\nsc01-l001\n00:00:01.000 --> ")
    assert "&lt;i&gt;so&lt;/i&gt; {\\an8}what --&gt; &amp;" in text
    assert len(re.findall("-->", text)) == 1
    assert len(pysubs2.SSAFile.from_string(text, format_="vtt")) == 1


def test_an_episode_without_a_word_has_empty_subtitles() -> None:
    assert build_cues([], FPS, 100) == ()
    assert to_srt((), FPS) == ""
    assert to_webvtt((), FPS) == "WEBVTT\n"
