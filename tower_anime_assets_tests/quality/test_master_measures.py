"""A good master passes every gate, and each planted fault fails the gate that stands for it, and says where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.production.planning.briefs import Chapter, SubtitleText
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality.master import (
    MasterMeasures,
    MasterPlan,
    chapter_faults,
    lines_without_subtitle,
    master_measures,
)
from tower_anime_assets.quality.thresholds import MASTER
from tower_anime_assets.quality.video_facts import (
    ChapterMark,
    ChapterTables,
    EmbeddedCue,
    SoundStream,
    SubtitleTrack,
    VideoFacts,
)

FRAMES, FPS, WIDTH, HEIGHT, RATE = 240, 24, 192, 128, 48_000

LINES = (
    SubtitleText("sc01-l001", "AKIRA", "Who is there?", 24, 60, (), False, False),
    SubtitleText("sc01-l002", "LUNA", "ルナです。開けて！", 72, 110, (), True, False),
    SubtitleText("sc01-l003", "AKIRA", "Who is there?", 120, 150, (), False, False),
)
CUES = (
    EmbeddedCue(1.0, 2.5, "Who is there?"),
    EmbeddedCue(3.0, 4.5, "LUNA: ルナ\nです。開けて！"),
    EmbeddedCue(5.0, 6.2, "Who is\nthere?"),
)
CHAPTERS = tuple(Chapter(f"scene {at}", at * FPS, (at + 1) * FPS) for at in range(3))
MARKS = tuple(ChapterMark(f"scene {at}", at, at + 1.0) for at in range(3))
TABLES = ChapterTables(MARKS, MARKS)
PLAN = MasterPlan(FRAMES, FPS, WIDTH, HEIGHT, -16.0, -1.0, ((0, 24), (216, 240)), LINES, CHAPTERS)
SOUND = SoundStream(codec="aac", rate_hz=RATE, channels=2, start_s=0.0, duration_s=10.0)
FACTS = VideoFacts(
    container="mov,mp4,m4a,3gp,3g2,mj2",
    codec="h264",
    profile="High",
    pix_fmt="yuv420p",
    width_px=WIDTH,
    height_px=HEIGHT,
    sample_aspect=Fraction(1),
    fps=Fraction(FPS),
    frames=FRAMES,
    key_frames=tuple(range(0, FRAMES, 12)),
    open_gops=0,
    is_steady=True,
    is_full_range=False,
    start_s=0.0,
    duration_s=FRAMES / FPS,
    is_fast_start=True,
    sound=SOUND,
    subtitles=(SubtitleTrack("mov_text", "eng", len(CUES)),),
)


def _picture(at: int) -> NDArray[np.uint8]:
    x = np.arange(WIDTH)[None, :] + at * 2
    y = np.arange(HEIGHT)[:, None]
    return np.asarray(120 + 60 * np.sin(x / 11) + 30 * np.cos(y / 7), np.uint8)


def _frames(black: range = range(0), frozen: range = range(0), count: int = FRAMES) -> Iterator[NDArray[np.uint8]]:
    """Yield a moving film that fades in over its first second and out over its last."""
    for at in range(count):
        light = min(1.0, at / 24, (FRAMES - 1 - at) / 24)
        shown = _picture(frozen.start if at in frozen else at)
        yield np.full_like(shown, 16) if at in black else (16 + (shown - 16.0) * light).astype(np.uint8)


def _sound(gain: float = 0.139, seconds: float = 10.0) -> Iterator[NDArray[np.float32]]:
    """Yield a stereo tone of 997 Hz that measures -17.1 dBFS, so about -16 LUFS, in pieces of a second."""
    time = np.arange(int(seconds * RATE)) / RATE
    tone = (gain * np.sqrt(1.25) * np.sin(2 * np.pi * 997 * time)).astype(np.float32)
    yield from np.array_split(np.stack([tone, tone], axis=1), 10)


def _failed(measured: MasterMeasures) -> list[str]:
    return [verdict.measure for verdict in judge(measured.values, MASTER) if not verdict.passed]


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        (ChapterTables(MARKS[:2], MARKS), "chapter list: 2 chapters, expected 3"),
        (ChapterTables(MARKS, MARKS[:2]), "chapter track: 2 chapters, expected 3"),
        (ChapterTables(MARKS, ()), "chapter track: 0 chapters"),
        (ChapterTables(MARKS, (*MARKS, ChapterMark("scene 3", 3.0, 4.0))), "chapter track: 4 chapters"),
        (ChapterTables(MARKS, MARKS[1:]), "chapter track: chapter 1 is 'scene 1', expected 'scene 0'"),
        (ChapterTables((MARKS[0], replace(MARKS[1], start_s=1.001), MARKS[2]), MARKS), "'scene 1' starts at 1.001 s"),
    ],
)
def test_each_table_of_chapters_is_compared_by_title_and_start(tables: ChapterTables, words: str) -> None:
    (fault,) = chapter_faults(PLAN, tables)
    assert words in fault
    measured = master_measures(PLAN, FACTS, tables, CUES, _frames(), _sound())
    assert _failed(measured) == ["format_faults"]
    assert measured.details["format_faults"] == (fault,)


def test_a_list_holds_255_chapters_and_the_track_all() -> None:
    plan = replace(PLAN, chapters=tuple(Chapter(str(at), at, at + 1) for at in range(300)))
    marks = tuple(ChapterMark(str(at), at / FPS, (at + 1) / FPS) for at in range(300))
    assert chapter_faults(plan, ChapterTables(marks[:255], marks)) == ()


def test_a_good_master_passes_every_gate() -> None:
    measured = master_measures(PLAN, FACTS, TABLES, CUES, _frames(), _sound())
    assert _failed(measured) == []
    assert {bar.measure for bar in MASTER if not bar.is_optional} <= set(measured.values)
    assert measured.values["loudness_lufs"] == pytest.approx(-16.0, abs=0.3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"codec": "hevc"}, "hevc"),
        ({"pix_fmt": "yuv444p"}, "yuv444p"),
        ({"width_px": 190}, "190x128 px, expected 192x128"),
        ({"fps": Fraction(25)}, "25 frames per second"),
        ({"is_steady": False}, "steady 24"),
        ({"is_fast_start": False}, "fast start"),
        ({"container": "matroska,webm"}, "matroska"),
        ({"sound": replace(SOUND, codec="mp3")}, "mp3"),
        ({"sound": replace(SOUND, rate_hz=44_100)}, "44100"),
        ({"sound": replace(SOUND, channels=1)}, "1 sound channels"),
        ({"subtitles": ()}, "no subtitles"),
        ({"start_s": 0.5, "sound": replace(SOUND, start_s=0.5)}, "0.5 s"),
    ],
)
def test_a_file_of_another_format_fails_and_the_details_name_what_differs(
    change: dict[str, object], words: str
) -> None:
    facts = replace(FACTS, **change)  # type: ignore[arg-type]  # each case changes fields to values of their own types
    assert facts.sound is not None
    channels = facts.sound.channels
    sound = (piece[:, :channels] for piece in _sound())
    measured = master_measures(PLAN, facts, TABLES, CUES, _frames(), sound)
    assert "format_faults" in _failed(measured)
    assert measured.values["format_faults"] == 1
    assert words in measured.details["format_faults"][0]


@pytest.mark.parametrize(("stored", "decoded"), [(239, 239), (241, 241), (240, 239)])
def test_a_missing_or_spare_frame_fails(stored: int, decoded: int) -> None:
    measured = master_measures(PLAN, replace(FACTS, frames=stored), TABLES, CUES, _frames(count=decoded), _sound())
    assert _failed(measured) == ["frames_error"]
    assert f"{stored} stored, {decoded} decoded" in measured.details["frames_error"][0]


@pytest.mark.parametrize(
    ("change", "drift"),
    [({"duration_s": 10.5}, 12), ({"duration_s": 9.9}, 2.4), ({"start_s": 0.2, "duration_s": 9.8}, 4.8)],
)
def test_sound_that_drifts_from_the_picture_fails(change: dict[str, float], drift: float) -> None:
    facts = replace(FACTS, sound=replace(SOUND, **change))  # type: ignore[arg-type]  # floats for float fields
    measured = master_measures(PLAN, facts, TABLES, CUES, _frames(), _sound())
    assert _failed(measured) == ["drift_frames"]
    assert measured.values["drift_frames"] == pytest.approx(drift)


def test_sound_that_is_a_frame_off_passes() -> None:
    facts = replace(FACTS, sound=replace(SOUND, duration_s=10.0 + 0.9 / FPS))
    assert _failed(master_measures(PLAN, facts, TABLES, CUES, _frames(), _sound())) == []


def test_sound_that_is_too_loud_or_too_quiet_fails() -> None:
    loud = master_measures(PLAN, FACTS, TABLES, CUES, _frames(), _sound(gain=0.5))
    assert _failed(loud) == ["loudness_error_lu"]
    assert _failed(master_measures(PLAN, FACTS, TABLES, CUES, _frames(), _sound(gain=0.05))) == ["loudness_error_lu"]
    assert "LUFS, target -16" in loud.details["loudness_error_lu"][0]


def test_a_single_peak_over_the_limit_fails_wherever_the_pieces_part() -> None:
    for place in (100, RATE - 1, RATE, 5 * RATE + 17):
        pieces = list(_sound())
        pieces[place // RATE][place % RATE] = 0.99
        assert _failed(master_measures(PLAN, FACTS, TABLES, CUES, _frames(), pieces)) == ["true_peak_over_db"]


def test_a_master_without_sound_fails() -> None:
    measured = master_measures(PLAN, replace(FACTS, sound=None), TABLES, CUES, _frames(), [])
    assert {"format_faults", "drift_frames", "loudness_error_lu"} <= set(_failed(measured))


def test_a_black_run_fails_and_is_found() -> None:
    measured = master_measures(PLAN, FACTS, TABLES, CUES, _frames(black=range(100, 113)), _sound())
    assert _failed(measured) == ["black_run_frames"]
    assert measured.values["black_run_frames"] == 13
    assert "from frame 100 to 112" in measured.details["black_run_frames"][0]


def test_darkness_inside_a_planned_fade_passes_and_the_same_without_a_plan_fails() -> None:
    black = range(216, 240)
    assert _failed(master_measures(PLAN, FACTS, TABLES, CUES, _frames(black=black), _sound())) == []
    unplanned = replace(PLAN, dark=((0, 24),))
    assert _failed(master_measures(unplanned, FACTS, TABLES, CUES, _frames(black=black), _sound())) == [
        "black_run_frames"
    ]


def test_a_frozen_run_fails_and_is_found() -> None:
    measured = master_measures(PLAN, FACTS, TABLES, CUES, _frames(frozen=range(60, 90)), _sound())
    assert _failed(measured) == ["frozen_run_frames"]
    assert measured.values["frozen_run_frames"] == 29
    assert "from frame 61 to 89" in measured.details["frozen_run_frames"][0]


def test_a_picture_held_for_less_than_a_second_passes() -> None:
    assert _failed(master_measures(PLAN, FACTS, TABLES, CUES, _frames(frozen=range(60, 84)), _sound())) == []


@pytest.mark.parametrize(
    ("cues", "missing"),
    [
        (CUES, []),
        (CUES[1:], ["sc01-l003"]),  # equal lines: one cue serves one of them
        (CUES[:2], ["sc01-l003"]),
        ((CUES[0], EmbeddedCue(3.0, 4.5, "LUNA: ルナです。")), ["sc01-l002", "sc01-l003"]),
        ((), ["sc01-l001", "sc01-l002", "sc01-l003"]),
        ((replace(CUES[0], start_s=60.0, end_s=61.0), *CUES[1:]), ["sc01-l003"]),
        ((replace(CUES[0], text="Who \u2060is there?"), *CUES[1:]), []),
    ],
)
def test_lines_without_their_words_on_screen_are_counted(cues: tuple[EmbeddedCue, ...], missing: list[str]) -> None:
    assert [words.split()[0] for words in lines_without_subtitle(LINES, cues, FPS)] == missing
    measured = master_measures(PLAN, FACTS, TABLES, cues, _frames(), _sound())
    assert _failed(measured) == (["lines_without_subtitle"] if missing else [])


@given(st.lists(st.text(st.sampled_from("ab c語<\u0301"), max_size=60), max_size=6), st.data())
def test_taking_any_character_away_from_a_subtitle_leaves_a_line_uncovered(
    texts: list[str], data: st.DataObject
) -> None:
    lines = [SubtitleText(f"sc01-l{at:03d}", "A", text, at, at + 1, (), False, False) for at, text in enumerate(texts)]
    cues = [EmbeddedCue(at / FPS, (at + 1) / FPS, text) for at, text in enumerate(texts) if text.split()]
    assert lines_without_subtitle(lines, cues, FPS) == ()
    if cues:
        at = data.draw(st.integers(0, len(cues) - 1))
        place = data.draw(st.integers(0, len(cues[at].text) - 1))
        if not cues[at].text[place].isspace():
            cues[at] = replace(cues[at], text=cues[at].text[:place] + cues[at].text[place + 1 :])
            assert len(lines_without_subtitle(lines, cues, FPS)) >= 1
