"""`tower cast` and `tower init --from`: from a found script to an episode that can be planned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.errors import EXIT_DONE, EXIT_INPUT

SCRIPT = """\
Title: The Last Lamp

INT. LIGHTHOUSE - NIGHT

ADA (34), a keeper in a grey coat, lights the lamp.

ADA
Who is there?

GUARD #2 (O.S.)
Open!

@太郎
はい。
"""


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a show without characters."""
    folder = tmp_path / "projects" / "mine"
    (folder / "episodes").mkdir(parents=True)
    (folder / "project.yaml").write_text("title: Mine\n")
    (folder / "episodes" / "e01.fountain").write_text(SCRIPT)
    monkeypatch.setenv("TOWER_PROJECTS", str(folder.parent))
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    return folder


def read_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_that_the_fault_names_writes_what_is_missing(
    show: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = read_json(capsys, "script", "mine-e01")
    assert code == EXIT_INPUT
    (fault,) = report["faults"]
    command = fault["remedy"].split("`")[1].split()
    assert command == ["tower", "cast", "mine-e01"]

    assert main(command[1:]) == EXIT_DONE

    assert sorted(path.name for path in (show / "characters").iterdir()) == [
        "ada.yaml",
        "guard_2.yaml",
        "speaker_1.yaml",
    ]
    code, report = read_json(capsys, "script", "mine-e01")
    assert (code, report["faults"]) == (EXIT_DONE, [])
    assert [line["character"] for line in report["scenes"][0]["lines"]] == ["ada", "guard_2", "speaker_1"]


def test_files_that_exist_stay_as_they_are(show: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (show / "characters").mkdir()
    mine = "name: Ada Lund\ndescription: mine\n"
    (show / "characters" / "ada.yaml").write_text(mine)
    (show / "characters" / "guard_2.yaml").write_text("not: valid\n")

    code, report = read_json(capsys, "cast", "mine-e01")

    assert code == EXIT_DONE
    assert [written["id"] for written in report["written"]] == ["speaker_1"]
    assert (show / "characters" / "ada.yaml").read_text() == mine
    assert (show / "characters" / "guard_2.yaml").read_text() == "not: valid\n"
    code, report = read_json(capsys, "cast", "mine-e01")
    assert report["written"] == []


def test_an_episode_that_does_not_exist_has_no_cast(show: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = read_json(capsys, "cast", "mine-e02")
    assert code == EXIT_INPUT
    assert "there is no episode mine-e02" in report["faults"][0]["problem"]
