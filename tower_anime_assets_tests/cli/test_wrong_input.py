"""Wrong input is refused whole: every fault named with file and line, exit code 2, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets_tests.small_show import KEY, write_small_show


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "projects"
    write_small_show(folder)
    monkeypatch.setenv("TOWER_PROJECTS", str(folder))
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    yield folder
    assert not (tmp_path / "home").exists(), "wrong input must write nothing"


def script(projects: Path) -> Path:
    return projects / "small" / "episodes" / "e01.fountain"


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("smal-e01", "small"),
        ("small-e02", "small-e01"),
        ("nonsense", "such as nexus-e01"),
        ("../../etc-e01", "such as nexus-e01"),
    ],
)
def test_an_episode_that_is_not_there_is_named_with_what_is(
    projects: Path, capsys: pytest.CaptureFixture[str], key: str, says: str
) -> None:
    assert projects.is_dir()
    assert main(["produce", key]) == 2
    assert says in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff\xfe", b"Title: Only a title\n", b"INT. ROOM - DAY\n", b"just words\n\nno scene at all\n"],
    ids=["empty", "binary", "title-only", "empty-scene", "no-scene"],
)
def test_a_script_that_holds_no_episode_is_refused(
    projects: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    script(projects).write_bytes(content)
    assert main(["produce", KEY]) == 2
    assert "e01.fountain" in capsys.readouterr().err


def test_all_faults_of_all_files_come_at_once_with_their_lines(
    projects: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = projects / "small"
    (folder / "project.yaml").write_text("title: Small\ndelivery: {fps: 0}\nstile: {}\n")
    (folder / "characters" / "luna.yaml").write_text("name: Luna\n")
    text = script(projects).read_text().replace("[[mood: calm]]", "[[mood: calm]] [[duration: -3]]")
    script(projects).write_text(text.replace("LUNA\nClose", "LUNNA\nClose"))
    assert main(["produce", KEY]) == 2
    said = " ".join(capsys.readouterr().err.split())
    for part in ("project.yaml:2", "project.yaml:3", "luna.yaml", "description", "e01.fountain:11", "LUNNA", "Luna"):
        assert part in said, part


def test_yaml_that_carries_objects_is_refused(projects: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (projects / "small" / "project.yaml").write_text("title: !!python/object/apply:os.system ['true']\n")
    assert main(["produce", KEY]) == 2
    assert "project.yaml:1" in capsys.readouterr().err


def test_naming_shots_without_force_is_refused(projects: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert projects.is_dir()
    assert main(["produce", KEY, "--shots", "sc01-sh0010"]) == 2
    assert "--force" in capsys.readouterr().err


def test_a_project_that_asks_for_a_missing_service_is_told_so(
    projects: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert projects.is_dir()
    monkeypatch.setenv("COMFYUI_URL", "http://127.0.0.1:8188")
    assert main(["produce", KEY]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "COMFYUI_URL" in said
    assert "embedded" in said
