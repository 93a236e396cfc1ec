"""The environment of commands that run in the test's own process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.settings import SERVICE_URL_VARIABLES

Enter = Callable[..., None]
ReadJson = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def read_json(capsys: pytest.CaptureFixture[str]) -> ReadJson:
    """Return a function that runs a command with `--json` and returns its exit code and what it prints."""

    def read(*arguments: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main([*arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return read


@pytest.fixture
def enter_environment(monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Return a function that gives commands the `projects` and `home` of a folder, a database, and no services."""

    def enter(folder: Path, database_url: str = "") -> None:
        for variable in (*SERVICE_URL_VARIABLES.values(), "OLLAMA_MODEL", "OLLAMA_EMBED_MODEL"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("TOWER_PROJECTS", str(folder / "projects"))
        monkeypatch.setenv("TOWER_HOME", str(folder / "home"))
        monkeypatch.setenv("TOWER_DATABASE_URL", database_url)

    return enter
