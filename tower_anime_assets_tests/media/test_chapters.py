"""Each scene's title and start are in the chapter list and in the text track, whatever its length and the rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.chapters import TITLE_LIMIT_BYTES, read_chapter_tables, shorten_title
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.mux import MuxInputs, chapter_title, encode_sound, mux
from tower_anime_assets.media.sound_files import write_wav
from tower_anime_assets.production.planning.briefs import Chapter
from tower_anime_assets.quality.video_facts import ChapterMark

SRT = "1\n00:00:01,001 --> 00:00:02,002\nWho is there?\n"


def _master(folder: Path, fps: int, chapters: tuple[Chapter, ...], *, with_line: bool = True) -> Path:
    frames = chapters[-1].end_frame
    with ClipWriter(folder / "picture.mp4", 64, 64, fps) as clip:
        for at in range(frames):
            clip.write(np.full((64, 64, 3), at % 200, np.uint8))
    write_wav(folder / "mix.wav", np.zeros((round(frames * 48_000 / fps), 2), np.float32), 48_000)
    encode_sound(folder / "mix.wav", folder / "sound.mp4")
    (folder / "lines.srt").write_text(SRT)
    subtitles = folder / "lines.srt" if with_line else None
    streams = MuxInputs(folder / "picture.mp4", folder / "sound.mp4", subtitles, "en", fps, chapters, {"title": "T"})
    mux(streams, folder / "master.mp4")
    return folder / "master.mp4"


@pytest.mark.parametrize("fps", [8, 12, 23, 24, 25, 30, 60])
def test_a_scene_over_twelve_seconds_and_a_short_one_keep_their_titles_and_starts(fps: int, tmp_path: Path) -> None:
    chapters = (
        Chapter("1. INT. HALL = LAB; #1 \\ NIGHT", 0, 13 * fps + 1),
        Chapter("2. EXT. 屋上 — DAY", 13 * fps + 1, 16 * fps + 1),
        Chapter("3. INT. CELLAR", 16 * fps + 1, 16 * fps + 3),
    )
    tables = read_chapter_tables(_master(tmp_path, fps, chapters))
    for table in (tables.listed, tables.track):
        assert [mark.title for mark in table] == [chapter.title for chapter in chapters]
        starts = [chapter.start_frame / fps for chapter in chapters]
        assert [mark.start_s for mark in table] == pytest.approx(starts, abs=1e-6)
    assert tables.track[-1].end_s == pytest.approx(chapters[-1].end_frame / fps, abs=1e-6)


def test_a_film_without_speech_has_both_tables_and_one_without_chapters_has_none(tmp_path: Path) -> None:
    master = _master(tmp_path, 24, (Chapter("1. EXT. SEA", 0, 30),), with_line=False)
    assert read_chapter_tables(master).listed == (ChapterMark("1. EXT. SEA", 0.0, 0.0),)
    assert [mark.title for mark in read_chapter_tables(master).track] == ["1. EXT. SEA"]
    assert read_chapter_tables(tmp_path / "picture.mp4") == read_chapter_tables(tmp_path / "sound.mp4")
    assert read_chapter_tables(tmp_path / "picture.mp4").listed == ()


def test_a_damaged_chapter_list_is_an_error(tmp_path: Path) -> None:
    master = _master(tmp_path, 24, (Chapter("1. EXT. SEA", 0, 30),))
    data = bytearray(master.read_bytes())
    data[data.index(b"chpl") + 4 + 8] = 9  # as if it had nine chapters
    master.write_bytes(data)
    with pytest.raises(MediaError, match="chapter list is cut short"):
        read_chapter_tables(master)


@given(st.text(max_size=400))
def test_a_title_fits_its_length_byte_and_is_whole_if_it_can_be(title: str) -> None:
    short = shorten_title(title.encode(errors="ignore").decode())
    assert len(short.encode()) <= TITLE_LIMIT_BYTES
    assert short == title or short.endswith("…") or not title.isprintable()


def test_a_title_too_long_for_the_list_is_the_same_in_both_tables(tmp_path: Path) -> None:
    title = "1. INT. " + "とても長い場所の名前 " * 20
    tables = read_chapter_tables(_master(tmp_path, 24, (Chapter(title, 0, 20), Chapter("2. END", 20, 30))))
    assert [mark.title for mark in tables.listed] == [chapter_title(title), "2. END"]
    assert [mark.title for mark in tables.track] == [chapter_title(title), "2. END"]
