"""Runs that end badly: killed, stopped, no database, no room. The next run goes on, and the record is sound."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tower_anime_assets.animatic.painter.engine import EmbeddedPainter
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.store import audit
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.cli.small_studio import Ran, SmallStudio, small_studio
from tower_anime_assets_tests.small_show import KEY, SHORT_SCRIPT

pytestmark = pytest.mark.slow

WAIT_S = 240.0
STAGES = ("plan", "keyframe", "music", "voice", "clip", "mix", "master")
"""In the order in which a run comes to them."""


def until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen within {WAIT_S:.0f} s"
        time.sleep(0.02)


def server_url(studio: SmallStudio) -> str:
    return f"postgresql://postgres@/tower?host={studio.home / 'pg'}"


def is_answering(studio: SmallStudio) -> bool:
    try:
        psycopg.connect(server_url(studio)).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def record_of(studio: SmallStudio) -> Iterator[Database]:
    """The record of a run that is going on."""
    until(lambda: is_answering(studio), "the run's beginning")
    database = Database(server_url(studio))
    try:
        yield database
    finally:
        database.close()


def decisions_in(database: Database) -> list[dict[str, Any]]:
    return list(audit.load_trail(database, EpisodeKey.parse(KEY)).decisions)


def wait_for_decision(database: Database, stage: str, known: Collection[str] = ()) -> None:
    """Wait for a decision of a stage that is not among those known."""
    until(
        lambda: any(row["decision_type"] == stage and row["id"] not in known for row in decisions_in(database)),
        f"a {stage} decision",
    )


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


def read_sound_trail(studio: SmallStudio) -> Any:
    """Return the audit of the episode: nothing is open, nothing is lost, nothing lies about, nothing runs on."""
    trail = studio.tower("audit", KEY, "--verify", "--json")
    assert trail.code == 0, trail.out[-2000:]
    assert trail.json["problems"] == []
    assert {row["status"] for row in trail.json["decisions"]} <= {"succeeded", "lost", "cancelled", "failed"}
    assert scratch_in(studio) == []
    until(lambda: processes_of(studio) == [], "the end of every child")
    assert not (studio.home / "pg" / "postmaster.pid").exists(), "the database that the runs started is stopped"
    return trail.json


def finish(studio: SmallStudio, kept: int, in_flight: int = LANES) -> None:
    """Run again, and check that at most what was in flight is made again and that the record is sound."""
    ran = studio.tower("produce", KEY, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["reused"] >= kept
    assert Path(ran.json["master"]).is_file()
    decisions = read_sound_trail(studio)["decisions"]
    whole = Counter((row["decision_type"], row["brief_digest"]) for row in decisions)
    twice = sum(count - 1 for count in whole.values())
    assert twice <= in_flight, whole


@contextmanager
def short_studio() -> Iterator[SmallStudio]:
    with small_studio() as studio:
        studio.script.write_text(SHORT_SCRIPT)
        yield studio


def test_a_run_killed_in_any_stage_is_taken_up_by_the_next_one() -> None:
    with small_studio() as studio:
        kept = in_flight = 0
        known: set[str] = set()
        for stage in STAGES:
            process = studio.start("produce", KEY, "--json")
            with record_of(studio) as database:
                wait_for_decision(database, stage, known)
                process.kill()  # not its group: children must end by themselves
                process.communicate()
                until(lambda: processes_of(studio) == [], "the end of every child")
                rows = decisions_in(database)
            known = {row["id"] for row in rows}
            kept = sum(row["status"] == "succeeded" for row in rows)
            cut_off = sum(row["status"] in ("pending", "running") for row in rows)
            assert cut_off <= (EmbeddedPainter.lanes if stage == "keyframe" else LANES)
            in_flight += cut_off
        finish(studio, kept, in_flight)


def test_ctrl_c_finishes_what_is_in_flight_and_the_next_run_goes_on() -> None:
    with short_studio() as studio:
        process = studio.start("produce", KEY, "--json")
        with record_of(studio) as database:
            wait_for_decision(database, "clip")
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


@pytest.mark.chaos
def test_signals_to_the_whole_group_cancel_what_is_in_flight() -> None:
    with short_studio() as studio:
        process = studio.start("produce", KEY, "--json")
        with record_of(studio) as database:
            wait_for_decision(database, "clip")
            process.terminate()  # `timeout` sends SIGTERM to its child first, then to the group
            os.killpg(process.pid, signal.SIGTERM)
            os.killpg(process.pid, signal.SIGHUP)  # and systemd may add SIGHUP
            out, err = process.communicate(timeout=WAIT_S)
            rows = decisions_in(database)
        assert process.returncode == 130, err
        assert "stopped" in Ran(130, out, err).json["errors"][0]
        assert "Traceback" not in err
        assert {row["status"] for row in rows} <= {"succeeded", "cancelled"}
        finish(studio, sum(row["status"] == "succeeded" for row in rows))


def test_sigterm_stops_a_run_like_ctrl_c() -> None:
    with short_studio() as studio:
        process = studio.start("produce", KEY, "--json")
        with record_of(studio) as database:
            wait_for_decision(database, "keyframe")
            process.terminate()
            process.communicate(timeout=WAIT_S)
        assert process.returncode == 130
        rows = studio.tower("audit", KEY, "--json").json["decisions"]
        assert {row["status"] for row in rows} == {"succeeded"}


def test_a_database_that_is_killed_is_named_and_the_next_run_goes_on() -> None:
    with short_studio() as studio:
        process = studio.start("produce", KEY, "--json")
        with record_of(studio) as database:
            wait_for_decision(database, "clip")
            kept = sum(row["status"] == "succeeded" for row in decisions_in(database))
        pid = int((studio.home / "pg" / "postmaster.pid").read_text().partition("\n")[0])
        os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=WAIT_S)
        assert process.returncode == 3, err
        assert "does not answer" in Ran(3, out, err).json["errors"][0]
        assert "tower db start" in Ran(3, out, err).json["errors"][0]
        assert "SELECT" not in out + err
        assert "Traceback" not in err
        finish(studio, kept)


def test_two_at_once_make_nothing_twice_and_leave_no_server() -> None:
    with short_studio() as studio:
        pair = [studio.start("produce", KEY, "--json") for _ in range(2)]
        ended = [process.communicate(timeout=2 * WAIT_S) for process in pair]
        assert [process.returncode for process in pair] == [0, 0], ended
        answers = [Ran(0, out, err).json for out, err in ended]
        decisions = read_sound_trail(studio)["decisions"]
        assert sum(answer["made"] for answer in answers) == len(decisions) + 2  # and two sheets
        assert set(Counter(row["brief_digest"] for row in decisions).values()) == {1}


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
    with short_studio() as studio, small_disk(studio.home / "media", "3m"):
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 3, ran.err
        assert "full" in " ".join(ran.json["errors"])
        assert "ree some space" in " ".join(ran.json["errors"])
        rows = studio.tower("audit", KEY, "--json").json["decisions"]
        assert {row["status"] for row in rows} == {"succeeded", "failed"}
        remount(studio.home / "media", "size=200m")
        finish(studio, sum(row["status"] == "succeeded" for row in rows), in_flight=20)


def test_a_read_only_media_folder_is_named_and_nothing_is_lost() -> None:
    with short_studio() as studio, small_disk(studio.home / "media", "200m"):
        remount(studio.home / "media", "ro")
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 3, ran.err
        assert "read-only file system. Make it writable, or set TOWER_HOME to another folder" in " ".join(
            ran.json["errors"]
        )
        remount(studio.home / "media", "rw")
        finish(studio, 0, in_flight=20)


def test_a_run_leaves_a_server_that_a_person_started() -> None:
    with short_studio() as studio:
        assert studio.tower("db", "start").code == 0
        assert studio.tower("plan", KEY, "--json").code == 0
        assert "running" in studio.tower("db", "status").out
        studio.tower("db", "stop")
        assert studio.tower("plan", KEY, "--json").code == 0
        assert "not running" in studio.tower("db", "status").out
