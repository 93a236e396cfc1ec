"""`tower cast` and `tower init --from`: from a found script to an episode that can be planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.errors import EXIT_DONE, EXIT_INPUT
from tower_anime_assets_tests.cli.conftest import ReadJson

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


def test_the_command_that_the_fault_names_writes_what_is_missing(show: Path, read_json: ReadJson) -> None:
    code, report = read_json("script", "mine-e01")
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
    code, report = read_json("script", "mine-e01")
    assert (code, report["faults"]) == (EXIT_DONE, [])
    assert [line["character"] for line in report["scenes"][0]["lines"]] == ["ada", "guard_2", "speaker_1"]


def test_files_that_exist_stay_as_they_are(show: Path, read_json: ReadJson) -> None:
    (show / "characters").mkdir()
    mine = "name: Ada Lund\ndescription: mine\n"
    (show / "characters" / "ada.yaml").write_text(mine)
    (show / "characters" / "guard_2.yaml").write_text("not: valid\n")

    code, report = read_json("cast", "mine-e01")

    assert code == EXIT_DONE
    assert [written["id"] for written in report["written"]] == ["speaker_1"]
    assert (show / "characters" / "ada.yaml").read_text() == mine
    assert (show / "characters" / "guard_2.yaml").read_text() == "not: valid\n"
    code, report = read_json("cast", "mine-e01")
    assert report["written"] == []


def test_an_episode_that_does_not_exist_has_no_cast(show: Path, read_json: ReadJson) -> None:
    code, report = read_json("cast", "mine-e02")
    assert code == EXIT_INPUT
    assert "there is no episode mine-e02" in report["faults"][0]["problem"]


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for scripts, beside which projects are made."""
    monkeypatch.setenv("TOWER_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize("name", ["x.fountain", "x.txt", "x"])
def test_a_script_becomes_a_whole_show(
    empty_home: Path, capsys: pytest.CaptureFixture[str], read_json: ReadJson, name: str
) -> None:
    script = empty_home / name
    script.write_bytes(SCRIPT.replace("\n", "\r\n").encode())
    folder = empty_home / "projects" / "lamp"

    assert main(["init", "--from", str(script), str(folder)]) == EXIT_DONE

    assert "Now: tower produce lamp-e01" in capsys.readouterr().err
    assert (folder / "episodes" / "e01.fountain").read_bytes() == script.read_bytes()
    assert "title: The Last Lamp\n" in (folder / "project.yaml").read_text()
    code, report = read_json("script", "lamp-e01")
    assert (code, report["faults"], report["title"]) == (EXIT_DONE, [], "The Last Lamp")
    assert report["duration_s"] > 5


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp1252"])
def test_a_script_in_another_encoding_is_converted_with_a_word(
    empty_home: Path, capsys: pytest.CaptureFixture[str], read_json: ReadJson, encoding: str
) -> None:
    text = "INT. CAFÉ - NUIT\n\nÉLODIE (30 ans), une femme en robe bleue, entre.\n\nÉLODIE\nDéjà là ?\n"
    (empty_home / "été 1.txt").write_bytes(text.encode(encoding))

    assert main(["init", "--from", str(empty_home / "été 1.txt"), str(empty_home / "projects" / "a")]) == EXIT_DONE

    assert ("was read as" in capsys.readouterr().err) == (encoding != "utf-8-sig")
    code, report = read_json("script", "a-e01")
    assert code == EXIT_DONE
    assert report["scenes"][0]["lines"][0]["text"] == "Déjà là ?"
    assert 'title: "Été 1"' in (empty_home / "projects" / "a" / "project.yaml").read_text()


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        ("ИНТ. КУХНЯ - НОЧЬ\n\nИван входит.".encode("cp1251"), "iconv -f WINDOWS-1251 -t UTF-8"),
        ("INT。 病院 - 夜\n\n太郎が走る。".encode("shift_jis"), "SHIFT_JIS"),
        (b"%PDF-1.7 ...", "Export it"),
        (b"PK\x03\x04\x00", "Save it as plain text"),
        (b"<?xml version='1.0'?><FinalDraft>", "Export it as Fountain"),
        (b"INT. LAB - DAY\x00", "Delete the character"),
    ],
)
def test_what_is_not_text_is_refused_with_a_remedy_and_nothing_is_written(
    empty_home: Path, capsys: pytest.CaptureFixture[str], content: bytes, remedy: str
) -> None:
    script = empty_home / "x.txt"
    script.write_bytes(content)
    assert main(["init", "--from", str(script), str(empty_home / "projects" / "a")]) == EXIT_INPUT
    assert remedy in capsys.readouterr().err
    assert not (empty_home / "projects").exists()


def test_a_title_of_ones_own_and_a_script_that_must_be_mended(
    empty_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = empty_home / "x.fountain"
    script.write_text("Title: X\n\n# Act one\n")
    folder = empty_home / "projects" / "a"
    assert main(["init", "--from", str(script), str(folder), "--title", "Mine: a # show"]) == EXIT_INPUT
    assert "fault: a/episodes/e01.fountain" in capsys.readouterr().err
    assert 'title: "Mine: a # show"' in (folder / "project.yaml").read_text()
    assert (folder / "episodes" / "e01.fountain").is_file()


def test_a_script_that_is_not_there_is_wrong_input(empty_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--from", str(empty_home / "no.txt"), str(empty_home / "projects" / "a")]) == EXIT_INPUT
    assert "No such file" in capsys.readouterr().err
