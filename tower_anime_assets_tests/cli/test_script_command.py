"""`tower script`, and the warnings that every command shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.errors import EXIT_DONE, EXIT_INPUT, StoryWarning
from tower_anime_assets.media.starter_show import create_show
from tower_anime_assets_tests.cli.conftest import ReadJson

SCRIPT = "INT. LAB - NIGHT\n\nMio looks up.\n\nMIO\nWho is there?\n"


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a starter show that the command reads."""
    folder = tmp_path / "projects" / "mine"
    create_show(folder, "Mine")
    monkeypatch.setenv("TOWER_PROJECTS", str(folder.parent))
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    return folder


def test_a_script_is_told_as_it_was_understood(show: Path, read_json: ReadJson) -> None:
    (show / "episodes" / "e01.fountain").write_text(SCRIPT)

    code, report = read_json("script", "mine-e01")

    assert code == EXIT_DONE
    (scene,) = report["scenes"]
    assert (scene["place"], scene["time_of_day"], scene["interior"], scene["cast"]) == ("LAB", "night", True, ["mio"])
    assert scene["actions"] == ["Mio looks up."]
    (line,) = scene["lines"]
    assert (line["character"], line["text"]) == ("mio", "Who is there?")
    assert 0 < line["start_s"] < line["start_s"] + line["window_s"] <= report["duration_s"]
    assert report["faults"] == report["warnings"] == []


def test_faults_come_with_what_was_understood_beside_them(show: Path, read_json: ReadJson) -> None:
    (show / "episodes" / "e01.fountain").write_text(SCRIPT + "\nZOLTAN\nHello.\n")

    code, report = read_json("script", "mine-e01")

    assert code == EXIT_INPUT
    assert [(fault["file"], fault["line"]) for fault in report["faults"]] == [("mine/episodes/e01.fountain", 8)]
    assert "ZOLTAN" in report["faults"][0]["problem"]
    assert [scene["place"] for scene in report["scenes"]] == ["LAB"]


def test_a_script_in_another_language_is_understood_or_told(show: Path, read_json: ReadJson) -> None:
    action = "Ein kleiner weißer Roboter namens PIP poliert die Lampe. Der Schornsteinfeger schläft."
    (show / "episodes" / "e01.fountain").write_text(f"INNEN. KÜCHE - NACHT\n\n{action}\n\nPIP\nHallo.\n")
    _code, cast = read_json("cast", "mine-e01")
    assert [(file["description"], file["is_described"]) for file in cast["written"]] == [
        ("Ein kleiner weißer Roboter namens PIP.", True)
    ]

    code, report = read_json("script", "mine-e01")

    assert code == EXIT_DONE
    told = [warning for warning in report["warnings"] if "e01.fountain" in warning["file"]]
    assert [(one["line"], "'Schornsteinfeger'" in one["problem"]) for one in told] == [(3, True)]
    assert not any("nothing is said" in warning["problem"] for warning in report["warnings"])


def test_doctor_prints_one_json_object(show: Path, read_json: ReadJson) -> None:
    _code, report = read_json("doctor")

    episode = next(check for check in report["findings"] if check["what"] == "episode mine-e01")
    assert episode["ok"]
    assert episode["warnings"] == []


def test_a_warning_says_where_what_and_what_was_done_instead() -> None:
    warning = StoryWarning("mine/e01.fountain", 3, "'HAPPY HOUR' is not a time of day", "the scene plays by day", "Do.")

    assert str(warning) == "mine/e01.fountain:3: 'HAPPY HOUR' is not a time of day: the scene plays by day. Do."
    assert warning.as_fault().line == 3
