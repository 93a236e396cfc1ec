"""`tower measure`: any file, without a show, a plan or a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.errors import EXIT_DONE, EXIT_GATE, EXIT_INPUT
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.media.sound_files import write_wav
from tower_anime_assets.quality.thresholds import CLIPS
from tower_anime_assets_tests.cli.conftest import ReadJson
from tower_anime_assets_tests.quality import drawn
from tower_anime_assets_tests.quality.drawn import FPS, HEIGHT, WIDTH


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a good clip, one that flickers, a still and a sound."""
    folder = tmp_path_factory.mktemp("files")
    for name, swing in (("good.mp4", 0), ("flickering.mp4", 6)):
        with ClipWriter(folder / name, WIDTH, HEIGHT, FPS) as clip:
            for at, frame in enumerate(drawn.panned(drawn.still(), 25, 0.9)):
                lit = np.clip(frame.astype(int) + (swing if at % 2 else -swing), 0, 255).astype(np.uint8)
                clip.write(np.ascontiguousarray(lit[..., ::-1]))
    write_png(folder / "still.png", drawn.still())
    tone = 0.2 * np.sin(np.arange(48_000) * 2 * np.pi * 440 / 48_000)
    write_wav(folder / "tone.wav", tone.astype(np.float32))
    return folder


def bars(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (file,) = report["files"]
    return {bar["measure"]: bar for bar in file["bars"]}


def test_a_good_clip_passes_and_every_bar_of_its_stage_is_listed(folder: Path, read_json: ReadJson) -> None:
    code, report = read_json("measure", str(folder / "good.mp4"), "--keyframe", str(folder / "still.png"))
    assert code == EXIT_DONE
    assert report["files"][0]["kind"] == "video"
    listed = bars(report)
    assert set(listed) == {bar.measure for bar in CLIPS}
    assert all(listed[name]["passed"] for name in ("start_ssim", "flow_consistency", "flicker_levels"))
    assert (listed["frames_error"]["value"], listed["frames_error"]["needs"]) == (None, "--frames N")


def test_what_was_planned_is_compared(folder: Path, read_json: ReadJson) -> None:
    planned = ("--size", "384x256", "--fps", "24", "--frames", "25", "--motion", "0.3,3", "--stage", "clip")
    code, report = read_json("measure", str(folder / "good.mp4"), *planned)
    assert code == EXIT_DONE
    measured = {name for name, bar in bars(report).items() if bar["value"] is not None}
    assert {"size_error_px", "fps_error", "frames_error", "motion_off_range_px", "encoding_faults"} <= measured
    code, report = read_json("measure", str(folder / "good.mp4"), "--fps", "25")
    assert code == EXIT_GATE
    assert bars(report)["fps_error"]["value"] == pytest.approx(1.0)


def test_a_clip_that_misses_a_bar_ends_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", str(folder / "flickering.mp4")]) == EXIT_GATE
    printed = capsys.readouterr().out
    missed = next(line for line in printed.splitlines() if line.startswith("miss"))
    assert missed.split()[:3] == ["miss", "clips_do_not_flicker", "flicker_levels"]
    assert "not measured: start_ssim, needs --keyframe PICTURE" in printed


def test_a_still_is_measured_and_compared_with_a_sheet(folder: Path, read_json: ReadJson) -> None:
    still = str(folder / "still.png")
    code, report = read_json("measure", still, "--sheet", still, "--size", "384x256", "--neighbour", still)
    listed = bars(report)
    assert code == EXIT_GATE  # it is its own neighbour
    assert [name for name, bar in listed.items() if bar["passed"] is False] == ["neighbour_distance_bits"]
    assert listed["letters_share"]["value"] == 0.0
    assert report["files"][0]["others"]["identity_similarity"] > 0.5


@pytest.mark.parametrize(
    ("stage", "measure"), [("music", "clipped_samples"), ("voice", "speech_share"), ("mix", "longest_silence_s")]
)
def test_a_sound_is_judged_as_the_stage_that_is_asked_for(
    folder: Path, read_json: ReadJson, stage: str, measure: str
) -> None:
    code, report = read_json("measure", str(folder / "tone.wav"), "--stage", stage)
    assert code == EXIT_DONE
    assert bars(report)[measure]["passed"] is True


def test_the_loudness_of_a_mix_needs_a_target(folder: Path, read_json: ReadJson) -> None:
    sound = str(folder / "tone.wav")
    _code, report = read_json("measure", sound, "--stage", "mix")
    assert bars(report)["loudness_error_lu"]["needs"] == "--target-lufs N"
    code, report = read_json("measure", sound, "--stage", "mix", "--target-lufs", "-40")
    assert code == EXIT_GATE
    assert bars(report)["loudness_error_lu"]["passed"] is False


def test_a_video_can_be_judged_as_a_master(folder: Path, read_json: ReadJson) -> None:
    _code, report = read_json("measure", str(folder / "good.mp4"), "--stage", "master", "--frames", "24")
    assert bars(report)["frames_error"]["value"] == 1.0
    assert bars(report)["black_run_frames"]["passed"] is True


def damaged(folder: Path, name: str) -> Path:
    path = folder / f"damaged-{name}"
    content = {
        "empty.mp4": b"",
        "text.txt": b"no media at all",
        "cut.mp4": (folder / "good.mp4").read_bytes()[:4000],
        "cut.png": (folder / "still.png").read_bytes()[:900],
        "cut.wav": (folder / "tone.wav").read_bytes()[:5000],
    }.get(name)
    if content is not None:
        path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["empty.mp4", "text.txt", "cut.mp4", "cut.png", "cut.wav", "absent.mp4"])
def test_what_cannot_be_read_is_wrong_input_and_named(folder: Path, read_json: ReadJson, name: str) -> None:
    path = damaged(folder, name)
    code, report = read_json("measure", str(path), str(folder / "still.png"))
    assert code == EXIT_INPUT
    assert str(path) in report["errors"][str(path)]
    assert [file["kind"] for file in report["files"]] == ["picture"]  # the other file is measured all the same


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--stage", "music"), "is a picture; it cannot be measured as music"),
        (("--size", "big"), "--size is 'big'; expected two numbers such as 768x512"),
    ],
)
def test_a_wrong_request_says_what_is_expected(
    folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    assert main(["measure", str(folder / "still.png"), *options]) == EXIT_INPUT
    assert message in capsys.readouterr().err


def test_files_are_not_changed_by_being_measured(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    main(["measure", *map(str, before)])
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
