"""A compiled episode is whole, says what it is, passes its gates, is the same each time, or is not there at all."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from tower_anime_assets.compile.master import MasterFiles, MasterJob, compile_master, measure_master
from tower_anime_assets.compile.picture import build_strips, planned_black_ranges
from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.frames import frame_at, luma_frames, probe
from tower_anime_assets.media.mux import read_sound_chunks, read_subtitles, track_language
from tower_anime_assets.media.pictures import read_picture
from tower_anime_assets.media.sound_files import write_wav
from tower_anime_assets.production.planning.briefs import Chapter, SubtitleText
from tower_anime_assets.production.planning.cut import Cut, CutItem
from tower_anime_assets.production.planning.shots import Transition
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality.master import MasterPlan
from tower_anime_assets.quality.thresholds import MASTER

WIDTH, HEIGHT, FPS, RATE = 192, 128, 24, 48_000
CLIP_FRAMES = (49, 73, 57)


def _picture(clip: int, at: int) -> NDArray[np.uint8]:
    x = np.arange(WIDTH)[None, :] * (clip + 1) + at * 3
    y = np.arange(HEIGHT)[:, None]
    grey = 120 + 60 * np.sin(x / 23) + 30 * np.cos((y + at) / 9)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def _clip(path: Path, clip: int, frames: int, *, black: bool = False, frozen: bool = False) -> Path:
    with ClipWriter(path, WIDTH, HEIGHT, FPS) as writer:
        for at in range(frames):
            shown = _picture(clip, 0 if frozen else at)
            writer.write(np.zeros_like(shown) if black else shown)
    return path


def _mix(path: Path, frames: float, gain: float = 0.139) -> Path:
    seconds = np.arange(round(frames * RATE / FPS)) / RATE
    tone = (gain * np.sqrt(1.25) * np.sin(2 * np.pi * 997 * seconds)).astype(np.float32)
    write_wav(path, np.stack([tone, tone], axis=1), RATE)
    return path


CUT = Cut(
    FPS,
    (
        CutItem("n-e01-sc01-sh0010", "a", 0, 49, Transition("fade", 12)),
        CutItem("n-e01-sc01-sh0020", "b", 0, 73, Transition("dissolve", 8)),
        CutItem("n-e01-sc02-sh0010", "c", 2, 57, Transition("fade", 6)),
        CutItem("n-e01-sc02-sh0020", "a", 10, 40, Transition("smash-cut")),
    ),
    fade_out_frames=10,
)
FRAMES = 49 + 73 - 8 + 55 + 30
LINES = (
    SubtitleText("sc01-l001", "Akira", "Who is there?", 20, 50, (), False, False),
    SubtitleText("sc01-l002", "Luna", "<i>لا تخف</i> --> {\\an8} ルナです 👩‍🚀", 70, 110, (), True, False),
)
CHAPTERS = (Chapter("1. INT. TOWER = LAB; #1 \\ NIGHT", 0, 114), Chapter("2. EXT. 屋上 - DAY", 114, FRAMES))
PLAN = MasterPlan(FRAMES, FPS, WIDTH, HEIGHT, -16.0, -1.0, planned_black_ranges(CUT), LINES, CHAPTERS)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return {
        name: _clip(folder / f"{name}.mp4", clip, frames)
        for clip, (name, frames) in enumerate(zip("abc", CLIP_FRAMES, strict=True))
    }


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _mix(tmp_path_factory.mktemp("mix") / "mix.wav", FRAMES)


def _job(clips: dict[str, Path], mix: Path, folder: Path) -> MasterJob:
    return MasterJob(
        cut=CUT,
        clips=clips,
        mix=mix,
        subtitles=LINES,
        chapters=CHAPTERS,
        title="First — light",
        show="Nexus",
        episode="nexus-e01",
        language="en-gb",
        chain_head="c0ffee",
        poster_frame=60,
        folder=folder,
    )


@pytest.fixture(scope="module")
def compiled(clips: dict[str, Path], mix: Path, tmp_path_factory: pytest.TempPathFactory) -> MasterFiles:
    return compile_master(_job(clips, mix, tmp_path_factory.mktemp("master")))


def _failed(master: Path, plan: MasterPlan = PLAN) -> list[str]:
    measured = measure_master(master, plan)
    return [verdict.measure for verdict in judge(measured.values, MASTER) if not verdict.passed]


def test_a_good_master_passes_every_gate(compiled: MasterFiles) -> None:
    assert _failed(compiled.master) == []


def test_the_folder_holds_the_master_and_its_companions_only(compiled: MasterFiles) -> None:
    names = sorted(path.name for path in compiled.master.parent.iterdir())
    assert names == ["master.mp4", "master.srt", "master.vtt", "poster.png"]


def test_pyav_reads_back_length_chapters_tags_and_streams(compiled: MasterFiles) -> None:
    found = probe(compiled.master)
    assert (found.frames, float(found.fps), found.is_steady, found.is_fast_start) == (FRAMES, FPS, True, True)
    assert [(mark.title, round(mark.start_s * FPS), round(mark.end_s * FPS)) for mark in found.chapters] == [
        (chapter.title, chapter.start_frame, chapter.end_frame) for chapter in CHAPTERS
    ]
    assert found.sound is not None
    assert (found.sound.codec, found.sound.rate_hz, found.sound.channels) == ("aac", RATE, 2)
    assert abs(found.sound.duration_s - FRAMES / FPS) < 0.001
    assert [(track.codec, track.language, track.cues) for track in found.subtitles] == [("mov_text", "eng", 2)]
    with av.open(str(compiled.master)) as container:
        tags = container.metadata
        assert (tags["title"], tags["show"], tags["episode_id"]) == ("First — light", "Nexus", "nexus-e01")
        assert tags["comment"] == "audit chain c0ffee"
        assert "creation_time" not in tags


def test_ffmpeg_reads_back_the_same_without_a_complaint(compiled: MasterFiles) -> None:
    done = subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "info", "-xerror", "-err_detect", "explode"),
            *("-i", compiled.master, "-map", "0:v", "-map", "0:a", "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    told = done.stderr
    assert re.findall(r"frame= *(\d+)", told)[-1] == str(FRAMES)
    assert "Duration: 00:00:08.29" in told
    assert told.split("Output #0")[0].count("Chapter #0:") == 2
    assert "aac (LC)" in told
    assert "mov_text" in told
    assert not re.search(r"error|invalid|non monoton", told, re.IGNORECASE)


def test_the_subtitle_track_says_what_the_sidecars_say(compiled: MasterFiles) -> None:
    shown = read_subtitles(compiled.master)
    assert [cue.text.replace("\u2060", "") for cue in shown] == ["\n".join(cue.rows) for cue in compiled.cues]
    assert [round(cue.start_s * FPS) for cue in shown] == [cue.start_frame for cue in compiled.cues]
    assert [round(cue.end_s * FPS) for cue in shown] == [cue.end_frame for cue in compiled.cues]
    assert "Luna: <i>لا تخف</i> -->" in shown[1].text.replace("\u2060", "").replace("\n", " ")
    assert "&lt;i&gt;" in compiled.vtt.read_text(encoding="utf-8")


def test_the_poster_is_the_asked_frame_of_the_master(compiled: MasterFiles) -> None:
    assert np.array_equal(read_picture(compiled.poster), frame_at(compiled.master, 60))


def test_the_picture_fades_and_dissolves_where_the_cut_says(compiled: MasterFiles) -> None:
    means = [float(luma.mean()) for luma in luma_frames(compiled.master)]
    assert planned_black_ranges(CUT) == ((0, 12), (108, 114), (114, 120), (FRAMES - 10, FRAMES))
    assert means[0] < 17
    assert means[113] < 17
    assert means[114] < 17
    assert means[-1] < 17
    assert min(means[13:107] + means[121 : FRAMES - 11]) > 90


def test_the_sound_is_as_long_as_the_picture_after_decoding(compiled: MasterFiles) -> None:
    decoded = sum(len(piece) for piece in read_sound_chunks(compiled.master, chunk_s=1.0))
    assert 0 <= decoded - FRAMES * RATE // FPS < 1024  # the last AAC block is padded


def test_the_same_job_gives_the_same_bytes(
    clips: dict[str, Path], mix: Path, compiled: MasterFiles, tmp_path: Path
) -> None:
    again = compile_master(_job(clips, mix, tmp_path))
    for one, two in ((again.master, compiled.master), (again.srt, compiled.srt), (again.poster, compiled.poster)):
        assert one.read_bytes() == two.read_bytes()


def test_progress_rises_to_one(clips: dict[str, Path], mix: Path, tmp_path: Path) -> None:
    told: list[float] = []
    compile_master(replace(_job(clips, mix, tmp_path), progress=lambda part, _words: told.append(part)))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_episode_without_a_word_has_no_subtitle_track(clips: dict[str, Path], mix: Path, tmp_path: Path) -> None:
    made = compile_master(replace(_job(clips, mix, tmp_path), subtitles=()))
    assert probe(made.master).subtitles == ()
    assert _failed(made.master, replace(PLAN, lines=())) == []


def test_planted_faults_fail_their_gates(clips: dict[str, Path], mix: Path, tmp_path: Path) -> None:
    def failed(name: str, job: MasterJob, plan: MasterPlan = PLAN) -> list[str]:
        (tmp_path / name).mkdir()
        return _failed(compile_master(replace(job, folder=tmp_path / name)).master, plan)

    job = _job(clips, mix, tmp_path)
    black = _clip(tmp_path / "black.mp4", 1, 73, black=True)
    assert failed("black", replace(job, clips={**clips, "b": black})) == ["black_run_frames", "frozen_run_frames"]
    frozen = _clip(tmp_path / "frozen.mp4", 1, 73, frozen=True)
    assert failed("frozen", replace(job, clips={**clips, "b": frozen})) == ["frozen_run_frames"]
    assert failed("drift", replace(job, mix=_mix(tmp_path / "long.wav", FRAMES + 12))) == ["drift_frames"]
    assert failed("short", replace(job, mix=_mix(tmp_path / "short.wav", FRAMES - 3))) == ["drift_frames"]
    assert failed("loud", replace(job, mix=_mix(tmp_path / "loud.wav", FRAMES, 0.5))) == ["loudness_error_lu"]
    assert failed("peak", replace(job, mix=_mix(tmp_path / "peak.wav", FRAMES, 0.87))) == [
        "loudness_error_lu",
        "true_peak_over_db",
    ]
    assert failed("silent line", replace(job, subtitles=LINES[:1])) == ["lines_without_subtitle"]
    assert failed("no line", replace(job, subtitles=())) == ["format_faults", "lines_without_subtitle"]
    assert failed("size", job, replace(PLAN, width_px=768)) == ["format_faults"]
    shorter = replace(CUT, items=(*CUT.items[:3], replace(CUT.items[3], out_frame=39)))
    assert failed("frames", replace(job, cut=shorter, chapters=())) == ["format_faults", "frames_error"]


def test_a_master_that_is_cut_short_cannot_be_measured(compiled: MasterFiles, tmp_path: Path) -> None:
    short = tmp_path / "short.mp4"
    short.write_bytes(compiled.master.read_bytes()[:-20_000])
    with pytest.raises(MediaError, match="damaged or cut short"):
        measure_master(short, PLAN)


def test_the_streams_of_a_master_are_those_that_were_asked_for(compiled: MasterFiles) -> None:
    facts = probe(compiled.master)
    assert (facts.width_px, facts.height_px, facts.fps, facts.frames) == (WIDTH, HEIGHT, Fraction(FPS), FRAMES)
    assert facts.sound is not None
    assert facts.sound.codec == "aac"
    assert [track.codec for track in facts.subtitles] == ["mov_text"]
    assert len(facts.chapters) == 2
    assert facts.duration_s == pytest.approx(FRAMES / FPS)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"language": "tlh"}, "'tlh' is unknown"),
        ({"poster_frame": FRAMES}, f"poster is frame {FRAMES}"),
        ({"chapters": (Chapter("late", 0, FRAMES + 1),)}, "'late'"),
        ({"chapters": (Chapter("one", 0, 50), Chapter("two", 40, 60))}, "'two'.*a start from 50 on"),
        ({"clips": {}}, "sh0010: the clip a of the cut is missing"),
    ],
)
def test_a_job_that_cannot_be_carried_out_is_refused_and_leaves_nothing(
    clips: dict[str, Path], mix: Path, tmp_path: Path, change: dict[str, object], why: str
) -> None:
    with pytest.raises(PlanError, match=why):
        compile_master(replace(_job(clips, mix, tmp_path), **change))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_transition_that_there_is_not_is_refused() -> None:
    for transition in (Transition("wipe", 5), Transition("cut", 5), Transition("dissolve", -1)):
        with pytest.raises(PlanError, match="expected one of"):
            build_strips(Cut(FPS, (CutItem("s", "a", 0, 9, transition),)), {"a": Path("a.mp4")})


def test_a_first_shot_that_dissolves_simply_begins() -> None:
    (strip,) = build_strips(Cut(FPS, (CutItem("s", "a", 0, 9, Transition("dissolve", 4)),)), {"a": Path("a.mp4")})
    assert (strip.overlap_frames, strip.fade_in_frames) == (0, 0)


@pytest.mark.parametrize("kind", ["text", "missing", "cut short"])
def test_a_mix_that_cannot_be_read_leaves_nothing(clips: dict[str, Path], mix: Path, tmp_path: Path, kind: str) -> None:
    folder, bad = tmp_path / "made", tmp_path / "bad.wav"
    folder.mkdir()
    if kind != "missing":
        bad.write_bytes(b"no sound at all" * 50 if kind == "text" else mix.read_bytes()[:30])
    with pytest.raises(MediaError, match=r"cannot encode bad\.wav"):
        compile_master(_job(clips, bad, folder))
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(clips: dict[str, Path], mix: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"cannot write .*absent"):
        compile_master(_job(clips, mix, tmp_path / "absent"))


def test_killing_ffmpeg_half_way_leaves_nothing_of_the_master(clips: dict[str, Path], tmp_path: Path) -> None:
    """The sound is a pipe that never ends, so that ffmpeg is certain to be at work when it is killed."""
    folder, endless = tmp_path / "made", tmp_path / "endless.wav"
    folder.mkdir()
    os.mkfifo(endless)
    code = textwrap.dedent(
        f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_master as planned
        from pathlib import Path
        clips = {{name: Path(path) for name, path in {[(name, str(path)) for name, path in clips.items()]!r}}}
        planned.compile_master(planned._job(clips, Path({str(endless)!r}), Path({str(folder)!r})))
        """
    )
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    try:
        grandchild = _child_of(child.pid, endless.name)
        os.kill(grandchild, signal.SIGKILL)
        _, told = child.communicate(timeout=20)
    finally:
        child.kill()
        child.wait()
    assert "cannot encode endless.wav: ffmpeg was killed by signal 9" in told
    assert list(folder.iterdir()) == []


def _child_of(parent: int, named: str) -> int:
    """Return the child process whose command names this file, waiting for it to start."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for child in psutil.Process(parent).children():
            with contextlib.suppress(psutil.Error):
                if any(named in word for word in child.cmdline()):
                    return int(child.pid)
        time.sleep(0.05)
    raise AssertionError(f"no ffmpeg was started on {named}")


def test_languages_are_named_by_the_three_letters_that_mp4_holds() -> None:
    assert [track_language(tag) for tag in ("en", "en-gb-x-rp", "pt_BR", "ja", "deu", "CMN")] == [
        *("eng", "eng", "por", "jpn", "deu", "zho")
    ]
