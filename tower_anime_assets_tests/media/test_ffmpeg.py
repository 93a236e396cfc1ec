"""ffmpeg is fenced in, its failures are named, and no child outlives its caller."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media import ffmpeg
from tower_anime_assets.media.sound_files import write_wav


def _colour_bars(path: Path, frames: int = 24) -> Path:
    ffmpeg.run(
        ["-f", "lavfi", "-i", "testsrc2=size=160x96:rate=24", "-frames:v", str(frames), "-c:v", "libx264",
         "-g", "12", "-threads", "1", "-f", "mp4", ffmpeg.file_url(path)],
        subject="make bars",
    )  # fmt: skip
    return path


def _children() -> set[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return {int(pid) for pid in listed.read_text().split()}


def _raw_to(path: str, *more: str) -> list[str]:
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x32", "-r", "24", "-i", "pipe:0"]
    return [*raw, *more, "-c:v", "rawvideo", "-f", "nut", path]


def test_the_executable_runs() -> None:
    ffmpeg.run(["-version"], subject="ask the version")


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    bars = _colour_bars(tmp_path / "bars.mp4")
    whole = bars.read_bytes()
    at, length = len(whole) // 4, len(whole) // 4
    bars.write_bytes(whole[:at] + bytes(length) + whole[at + length :])
    with pytest.raises(MediaError, match="cannot read bars: ffmpeg ended with code"):
        ffmpeg.run(["-i", ffmpeg.file_url(bars), "-f", "null", "-"], subject="read bars")


def test_what_is_left_out_with_a_warning_and_code_0_is_an_error(tmp_path: Path) -> None:
    wave = tmp_path / "mix.wav"
    write_wav(wave, np.zeros((9600, 2), np.float32), 48_000)
    twice = ["-c", "copy", "-c:a", "aac", "-f", "mp4", ffmpeg.file_url(tmp_path / "sound.mp4")]
    with pytest.raises(MediaError, match=r"ended without an error, but warned: .*Multiple -codec"):
        ffmpeg.run(["-f", "wav", "-i", ffmpeg.file_url(wave), *twice], subject="encode the mix")


@pytest.mark.parametrize(
    "line",
    [
        "[mp4 @ 0x5] [warning] Packet duration: 2496000000 / dts: 2496000000 in stream 3 is out of range",
        "[mp4 @ 0x5] [error] Application provided duration: 2496000000 in stream 3 is invalid",
        "[vost#0:0/libx264 @ 0x5] [warning] Non-monotonous DTS in output stream 0:0",
        "[fc#0 @ 0x5] [warning] Past duration 0.999 too large",
        "[vist#0:0 @ 0x5] [warning] dropping frame 3 from stream 0",
        "[warning] Please use -profile:a or -profile:v, -profile is ambiguous",
    ],
)
def test_what_ffmpeg_warns_of_is_read(line: str) -> None:
    log = f"[aist#0:0/pcm_s16le @ 0x5] [warning] Guessed Channel Layout: stereo\n{line}\n[info] frame=3\n"
    assert ffmpeg.harmful_warnings(log) == [line]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"nowhere\.mp4"):
        ffmpeg.run(["-i", ffmpeg.file_url(tmp_path / "nowhere.mp4"), "-f", "null", "-"], subject="read it")


def test_a_name_that_looks_like_an_option_or_a_url_is_a_file(tmp_path: Path) -> None:
    for name in ("-y.nut", "http:__evil.nut", "concat:a|b.nut"):
        path = tmp_path / name
        with ffmpeg.open_input_pipe(_raw_to(ffmpeg.file_url(path)), subject="write it") as feed:
            feed.write(bytes(64 * 32 * 3))
        assert path.stat().st_size > 64 * 32 * 3


def test_a_playlist_that_points_at_the_network_is_refused(tmp_path: Path) -> None:
    playlist = tmp_path / "list.m3u8"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaError):
        ffmpeg.run(["-f", "hls", "-i", ffmpeg.file_url(playlist), "-f", "null", "-"], subject="read it")


def _write_frames(target: str, count: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (32, 64, 3), np.uint8)
    with ffmpeg.open_input_pipe(_raw_to(target), subject="write frames") as feed:
        for _ in range(count):
            feed.write(noise)


@pytest.mark.chaos
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_file_that_takes_too_much_memory_ends_ffmpeg_and_not_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = ["-f", "lavfi", "-i", "color=s=8000x8000:d=1", "-frames:v", "3", str(tmp_path / "out.mp4")]
    ffmpeg.run(["-f", "lavfi", "-i", "color=s=64x64:d=1", str(tmp_path / "small.mp4")], subject="make a small one")
    monkeypatch.setattr(ffmpeg, "MEMORY_BYTES", 300 << 20)
    with pytest.raises(MediaError, match="cannot make a huge one"):
        ffmpeg.run(picture, subject="make a huge one")


def test_a_full_disk_is_named() -> None:
    with pytest.raises(MediaError, match="the disk is full"):
        _write_frames("file:/dev/full", 500)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    target = ffmpeg.file_url(tmp_path / "no" / "such" / "folder.nut")
    with pytest.raises(MediaError, match="No such file or directory"):
        _write_frames(target, 500)


def test_many_messages_do_not_block_the_feed(tmp_path: Path) -> None:
    target = tmp_path / "frames.nut"
    work = _raw_to(ffmpeg.file_url(target), "-vf", "showinfo")
    with ffmpeg.open_input_pipe(["-loglevel", "debug", *work], subject="write frames") as feed:
        for _ in range(600):
            feed.write(bytes(64 * 32 * 3))
    assert target.stat().st_size > 600 * 64 * 32 * 3


@pytest.mark.parametrize("problem", [KeyboardInterrupt, ValueError, SystemExit])
def test_the_child_is_dead_when_an_exception_leaves_the_block(problem: type[BaseException], tmp_path: Path) -> None:
    before = _children()
    started: set[int] = set()

    def stopped_half_way() -> None:
        with ffmpeg.open_input_pipe(_raw_to(ffmpeg.file_url(tmp_path / "part.nut")), subject="write frames") as feed:
            feed.write(bytes(64 * 32 * 3))
            started.update(_children() - before)
            raise problem

    with pytest.raises(problem):
        stopped_half_way()
    assert len(started) == 1
    assert _children() == before


def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import os, signal, time
        from pathlib import Path
        from tower_anime_assets.media import ffmpeg
        with ffmpeg.open_input_pipe({_raw_to(ffmpeg.file_url(tmp_path / "part.nut"))!r}, subject="write") as feed:
            feed.write(bytes(64 * 32 * 3))
            print(Path(f"/proc/self/task/{{os.getpid()}}/children").read_text().split()[0], flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == -9
    child = Path(f"/proc/{ended.stdout.strip()}")
    for _ in range(100):  # the pipe's end is closed by the kernel; ffmpeg needs a moment to see it
        if not child.exists() or "ffmpeg" not in (child / "comm").read_text():
            return
        time.sleep(0.05)
    pytest.fail("ffmpeg still runs")
