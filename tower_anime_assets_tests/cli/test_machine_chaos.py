"""A machine that is short of something: the command ends with one sentence, and never calls it a bug."""

from __future__ import annotations

import argparse
import errno
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tower_anime_assets import cli
from tower_anime_assets.errors import EXIT_SERVICE, ServiceUnavailableError
from tower_anime_assets.settings import Settings
from tower_anime_assets.store import server
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.cli.small_studio import small_studio
from tower_anime_assets_tests.cli.test_kills import remount, small_disk
from tower_anime_assets_tests.conftest import short_home
from tower_anime_assets_tests.small_show import KEY

pytestmark = pytest.mark.chaos

Run = Callable[[argparse.Namespace, Settings], int]


class Attacked:
    """A command in which the machine fails."""

    HELP = ""

    def __init__(self, run: Run) -> None:
        self.run = run

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        pass


def ask_for_too_much_memory(_arguments: argparse.Namespace, _settings: Settings) -> int:
    return len(bytearray(1 << 60))


def read_below_a_home_that_is_gone(_arguments: argparse.Namespace, settings: Settings) -> int:
    shutil.rmtree(settings.home, ignore_errors=True)
    return len((settings.home / "media" / "a.png").read_bytes())


def lose_the_database(_arguments: argparse.Namespace, _settings: Settings) -> int:
    raise psycopg.OperationalError("server closed the connection unexpectedly\nSELECT secret FROM rows")


def fill_the_disk(_arguments: argparse.Namespace, _settings: Settings) -> int:
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - a device
        return full.write(b"x")


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (ask_for_too_much_memory, "this machine has no memory left"),
        (read_below_a_home_that_is_gone, "was removed or unmounted while it was in use"),
        (lose_the_database, "tower db start"),
        (fill_the_disk, "the disk is full"),
    ],
)
def test_a_machine_that_fails_is_no_bug(
    attack: Run, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(cli.COMMANDS, "cast", Attacked(attack))
    assert cli.main(["cast"]) == EXIT_SERVICE
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") <= 1 + told.count("warning:")
    for foreign in ("Traceback", "bug", "SELECT"):
        assert foreign not in told


FEW_FILES = """
import resource, sys
from tower_anime_assets.cli import main
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
sys.exit(main(["plan", sys.argv[2]]))
"""


def test_a_command_without_file_descriptors_says_so() -> None:
    with small_studio() as studio:
        done = subprocess.run(
            [sys.executable, "-c", FEW_FILES, "8", KEY], env=studio.environment, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == EXIT_SERVICE, done.stderr
        assert "Traceback" not in done.stderr
        assert "limit of open files" in done.stderr


def test_a_home_on_a_read_only_disk_is_named() -> None:
    with small_studio(is_new=True) as studio, small_disk(studio.home, "8m"):
        remount(studio.home, "ro")
        ran = studio.tower("plan", KEY)
        assert ran.code in (2, EXIT_SERVICE)
        assert "Read-only file system" in ran.err
        assert "TOWER_HOME" in ran.err
        assert "Traceback" not in ran.err


def test_a_database_whose_disk_is_full_says_so_and_goes_on_with_room() -> None:
    home = short_home()
    settings = Settings(projects=home / "projects", home=home / "home")
    with small_disk(settings.home, "160m"):
        try:
            database = Database(server.ensure_server(settings).url)
            with psycopg.connect(database.url, autocommit=True) as connection:
                connection.execute("CREATE TABLE filling (words text)")
                connection.execute("ALTER TABLE filling ALTER words SET STORAGE EXTERNAL")
                fill = settings.home / "fill"
                write_until_full(fill)
                with pytest.raises(ServiceUnavailableError, match=r"has no room on its disk.*free some space"):
                    explain(database, lambda: fill_table(connection))
            fill.unlink()
            assert database.fetch_one("server.read_version")
            database.close()
        finally:
            server.stop_server(settings, only_if_unused=False)
    shutil.rmtree(home)


def write_until_full(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017 - the disk is filled on purpose


def fill_table(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for _ in range(200):
        connection.execute("INSERT INTO filling SELECT repeat('x', 100000)")


def explain(database: Database, work: Callable[[], None]) -> None:
    try:
        work()
    except psycopg.Error as error:
        raise database._unavailable_error(error) from error
