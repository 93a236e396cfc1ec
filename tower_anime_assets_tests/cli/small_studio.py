"""A studio of its own for a test: a home, a show, an embedded database, and the `tower` command run as a user would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tower_anime_assets_tests.small_show import write_small_show


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

    def tower(self, *arguments: str, timeout_s: float = 240) -> Ran:
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
def small_studio() -> Iterator[SmallStudio]:
    """Give a fresh studio in a short path, and end its database afterwards."""
    folder = Path(mkdtemp(prefix="tower-", dir="/tmp"))
    studio = SmallStudio(folder / "home", folder / "projects")
    write_small_show(studio.projects)
    try:
        yield studio
    finally:
        studio.tower("db", "stop")
        shutil.rmtree(folder, ignore_errors=True)
