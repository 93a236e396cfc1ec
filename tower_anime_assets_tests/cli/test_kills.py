"""Runs that end badly: killed, stopped, no database, no room. The next run goes on, and the record is sound."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tower_anime_assets.animatic.painter.engine import EmbeddedPainter
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.store import audit
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.cli.small_studio import Ran, SmallStudio, small_studio
from tower_anime_assets_tests.small_show import KEY

pytestmark = pytest.mark.slow

WAIT_S = 60.0
STAGES = ("plan", "keyframe", "music", "voice", "clip", "mix", "master")


def until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen within {WAIT_S:.0f} s"
        time.sleep(0.02)


def server_url(studio: SmallStudio) -> str:
    return f"postgresql://postgres@/tower?host={studio.home / 'pg'}"


@contextmanager
def record_of(studio: SmallStudio) -> Iterator[Database]:
    """The record of a run that is going on."""
    until((studio.home / "dagster" / "dagster.yaml").exists, "the run's beginning")
    database = Database(server_url(studio))
    try:
        yield database
    finally:
        database.close()


def decisions_in(database: Database) -> list[dict[str, Any]]:
    return list(audit.load_trail(database, EpisodeKey.parse(KEY)).decisions)


def processes_of(studio: SmallStudio) -> list[str]:
    """Processes that still work for this studio, its database aside."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        home = (process.info["environ"] or {}).get("TOWER_HOME")
        command = " ".join(process.info["cmdline"] or ())
        if home == str(studio.home) and "postgres" not in command:
            found.append(command)
    return found


def scratch_in(studio: SmallStudio) -> list[str]:
    paths = [*(studio.home / "media").rglob("*"), *(studio.home / "episodes").rglob("*")]
    return [str(path) for path in paths if (path.is_dir() and path.parent.name == ".work") or ".part-" in path.name]


def assert_sound(studio: SmallStudio) -> None:
    """Nothing is open, nothing is lost, nothing lies about, nothing runs on."""
    trail = studio.tower("audit", KEY, "--verify", "--json")
    assert trail.code == 0, trail.out[-2000:]
    assert trail.json["problems"] == []
    assert {row["status"] for row in trail.json["decisions"]} <= {"succeeded", "lost", "cancelled", "failed"}
    assert scratch_in(studio) == []
    until(lambda: processes_of(studio) == [], "the end of every child")
    assert not (studio.home / "pg" / "postmaster.pid").exists(), "the database that the runs started is stopped"


def finish(studio: SmallStudio, kept: int, in_flight: int = LANES) -> Ran:
    """Run again and check that at most what was in flight is made again."""
    ran = studio.tower("produce", KEY, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["reused"] >= kept
    decisions = studio.tower("audit", KEY, "--json").json["decisions"]
    whole = Counter((row["decision_type"], row["brief_digest"]) for row in decisions)
    twice = sum(count - 1 for count in whole.values())
    assert twice <= in_flight, whole
    return ran


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_is_finished_by_the_next_one(stage: str) -> None:
    with small_studio() as studio:
        process = studio.start("produce", KEY, "--json")
        with record_of(studio) as database:
            until(lambda: any(row["decision_type"] == stage for row in decisions_in(database)), f"a {stage} decision")
            process.kill()  # not its group: children must end by themselves
            process.communicate()
            until(lambda: processes_of(studio) == [], "the end of every child")
            rows = decisions_in(database)
        kept = sum(row["status"] == "succeeded" for row in rows)
        ran = finish(studio, kept, EmbeddedPainter.lanes if stage == "keyframe" else LANES)
        assert Path(ran.json["master"]).is_file()
        assert_sound(studio)


def test_ctrl_c_finishes_what_is_in_flight_and_the_next_run_goes_on() -> None:
    with small_studio() as studio:
        process = studio.start("produce", KEY, "--json")
        with record_of(studio) as database:
            until(lambda: any(row["decision_type"] == "clip" for row in decisions_in(database)), "a clip decision")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to us and to every child
        out, err = process.communicate(timeout=WAIT_S)
        assert process.returncode == 130, err
        assert "stopped" in Ran(130, out, err).json["errors"][0]
        assert "Traceback" not in err
        assert not (studio.home / "pg" / "postmaster.pid").exists()
        rows = studio.tower("audit", KEY, "--json").json["decisions"]
        assert {row["status"] for row in rows} == {"succeeded"}
        assert "master" not in {row["decision_type"] for row in rows}
        finish(studio, len(rows), in_flight=0)
        assert_sound(studio)


def test_sigterm_stops_a_run_like_ctrl_c() -> None:
    with small_studio() as studio:
        process = studio.start("produce", KEY, "--json")
        with record_of(studio) as database:
            until(lambda: any(row["decision_type"] == "keyframe" for row in decisions_in(database)), "a decision")
            process.terminate()
            process.communicate(timeout=WAIT_S)
        assert process.returncode == 130
        rows = studio.tower("audit", KEY, "--json").json["decisions"]
        assert {row["status"] for row in rows} == {"succeeded"}


def test_a_database_that_is_killed_is_named_and_the_next_run_goes_on() -> None:
    with small_studio() as studio:
        process = studio.start("produce", KEY, "--json")
        with record_of(studio) as database:
            until(lambda: any(row["decision_type"] == "clip" for row in decisions_in(database)), "a clip decision")
            kept = sum(row["status"] == "succeeded" for row in decisions_in(database))
        pid = int((studio.home / "pg" / "postmaster.pid").read_text().partition("\n")[0])
        os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=180)
        assert process.returncode == 3, err
        assert "the database was lost" in Ran(3, out, err).json["errors"][0]
        finish(studio, kept)
        assert_sound(studio)


def test_two_at_once_make_nothing_twice_and_leave_no_server() -> None:
    with small_studio() as studio:
        pair = [studio.start("produce", KEY, "--json") for _ in range(2)]
        ended = [process.communicate(timeout=240) for process in pair]
        assert [process.returncode for process in pair] == [0, 0], ended
        answers = [Ran(0, out, err).json for out, err in ended]
        decisions = studio.tower("audit", KEY, "--json").json["decisions"]
        assert sum(answer["made"] for answer in answers) == len(decisions) + 2  # and two sheets
        assert set(Counter(row["brief_digest"] for row in decisions).values()) == {1}
        assert_sound(studio)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of this size mounted on the folder."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    folder.mkdir(parents=True)
    if mount is None or umount is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip(f"this machine mounts nothing: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run([umount, "-l", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    mount = shutil.which("mount")
    assert mount is not None
    subprocess.run([mount, "-o", f"remount,{options}", str(folder)], check=True)


def test_a_full_disk_is_named_and_with_room_the_run_goes_on() -> None:
    with small_studio() as studio, small_disk(studio.home / "media", "3m"):
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 3, ran.err
        assert "full" in " ".join(ran.json["errors"])
        assert "ree some space" in " ".join(ran.json["errors"])
        rows = studio.tower("audit", KEY, "--json").json["decisions"]
        assert {row["status"] for row in rows} == {"succeeded", "failed"}
        remount(studio.home / "media", "size=200m")
        finish(studio, sum(row["status"] == "succeeded" for row in rows), in_flight=20)
        assert_sound(studio)


def test_a_read_only_media_folder_is_named_and_nothing_is_lost() -> None:
    with small_studio() as studio, small_disk(studio.home / "media", "200m"):
        remount(studio.home / "media", "ro")
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 3, ran.err
        assert "set TOWER_HOME elsewhere" in " ".join(ran.json["errors"])
        remount(studio.home / "media", "rw")
        finish(studio, 0, in_flight=20)
        assert_sound(studio)


def test_a_run_leaves_a_server_that_a_person_started() -> None:
    with small_studio() as studio:
        assert studio.tower("db", "start").code == 0
        assert studio.tower("plan", KEY, "--json").code == 0
        assert "running" in studio.tower("db", "status").out
        studio.tower("db", "stop")
        assert studio.tower("plan", KEY, "--json").code == 0
        assert "not running" in studio.tower("db", "status").out
