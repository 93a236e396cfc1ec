"""A studio of its own for a test: a home, a show, an embedded database, and the `tower` command run as a user would."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tower_anime_assets.settings import Settings
from tower_anime_assets.store import server
from tower_anime_assets_tests.conftest import short_home
from tower_anime_assets_tests.small_show import write_small_show

_CREATE_DATABASE = """
import os
from tower_anime_assets.defs.instance import open_instance
from tower_anime_assets.settings import from_environment
from tower_anime_assets.stages.opening import open_studio

settings = from_environment(os.environ)
with open_studio(settings) as studio, open_instance(settings, studio.database):
    pass
"""


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class SmallStudio:
    """Folders and the command."""

    home: Path
    projects: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> Mapping[str, str]:
        named = {"TOWER_HOME": str(self.home), "TOWER_PROJECTS": str(self.projects), **self.variables}
        kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        return {**kept, **named}

    def command(self, *arguments: str) -> list[str]:
        return [str(Path(sys.executable).parent / "tower"), *arguments]

    def tower(self, *arguments: str, timeout_s: float = 600) -> Ran:
        done = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, timeout=timeout_s,
            check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    @property
    def script(self) -> Path:
        return self.projects / "small" / "episodes" / "e01.fountain"

    def edit(self, old: str, new: str) -> None:
        text = self.script.read_text()
        assert old in text
        self.script.write_text(text.replace(old, new))


@contextmanager
def small_studio(*, is_new: bool = False) -> Iterator[SmallStudio]:
    """Give a studio in a short path, in which nothing was made yet, and end its database afterwards.

    Args:
        is_new: Leave its home to be created by the first command, instead of with a database that is only migrated.
    """
    folder = short_home()
    studio = SmallStudio(folder / "home", folder / "projects")
    write_small_show(studio.projects)
    try:
        if not is_new:
            _copy_database(studio.home)
        yield studio
    finally:
        try:
            server.stop_server(Settings(studio.projects, studio.home), only_if_unused=False)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _copy_database(home: Path) -> None:
    home.mkdir()
    for folder in (home.parent, home):
        folder.chmod(0o711)  # of a server that root starts, another user is the owner
    subprocess.run(["/bin/cp", "-a", _empty_database(), home / "pg"], check=True)


@cache
def _empty_database() -> Path:
    """Return the data folder of a stopped server, with the tables of the record and of Dagster; made once a process."""
    folder = short_home()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    studio = SmallStudio(folder / "home", folder / "projects")
    studio.projects.mkdir()
    subprocess.run([sys.executable, "-c", _CREATE_DATABASE], env=studio.environment, check=True)
    data_folder = studio.home / "pg"
    with (data_folder / "postgresql.conf").open("a") as file:
        file.write("fsync = off\n")  # see `trade_safety_for_speed`
    return data_folder
