"""`tower adapt`, `tower accept` and `tower init --idea` as a user sees them: files, words and exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.errors import StoryError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import from_environment
from tower_anime_assets.stages.ingest import check_episode
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.ollama import FakeOllama

NOVEL = """\
Chapter 1

Mara stellte die Lampe auf den Tisch über der Tür. „Da ist jemand draußen“, sagte Mara.

Chapter 2

“Wait for me!” cried Tobias.
"""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeOllama]:
    with FakeOllama() as fake:
        yield fake


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_server: DatabaseServer, fake: FakeOllama) -> Path:
    fake.script, fake.otherwise = [], ""
    monkeypatch.setenv("TOWER_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOWER_DATABASE_URL", database_server.make_database())
    monkeypatch.setenv("OLLAMA_URL", fake.url)
    monkeypatch.setenv("OLLAMA_MODEL", "tiny")
    (tmp_path / "novel.txt").write_text(NOVEL, encoding="utf-8")
    return tmp_path


def test_a_novel_becomes_drafts_and_a_person_makes_one_an_episode(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["adapt", str(folder / "novel.txt"), "--project", "lamp"]) == 0
    said = capsys.readouterr()
    assert "e01.draft.fountain  Chapter 1: 1 scene" in said.out
    assert "lamp-e01: 1 of 1 quoted lines are kept word for word" in said.err
    assert main(["script", "lamp-e01"]) == 0
    said = capsys.readouterr()
    assert "lamp-e01 is a draft. To make it the episode: tower accept lamp-e01" in said.err
    assert "e01.fountain" not in said.out
    with pytest.raises(StoryError, match="lamp-e01 is a draft that nobody has accepted"):  # what `produce` checks first
        check_episode(from_environment(), EpisodeKey.parse("lamp-e01"))
    assert main(["accept", "lamp-e01", "--who", "Kim"]) == 0
    assert (folder / "projects" / "lamp" / "episodes" / "e01.fountain").exists()
    assert main(["accept", "lamp-e01"]) == 2


def test_the_json_of_adapt_lists_every_missing_quote(
    folder: Path, fake: FakeOllama, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.script = ["lost_lines", "lost_lines"]
    assert main(["adapt", str(folder / "novel.txt"), "--chapters", "2", "--json"]) == 0
    (draft,) = json.loads(capsys.readouterr().out)["drafts"]
    assert draft["missing_quotes"] == [{"line": 7, "text": "Wait for me!"}]


@pytest.mark.parametrize(("encoding", "name"), [("utf-16", "UTF-16"), ("cp1252", "Windows-1252 (Latin-1)")])
def test_the_encoding_of_a_novel_is_said_aloud(
    folder: Path, encoding: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "old.txt").write_bytes(NOVEL.encode(encoding))
    assert main(["adapt", str(folder / "old.txt"), "--list"]) == 0
    said = capsys.readouterr()
    assert f"was read as {name}" in said.err
    assert "line 3" in said.out


def test_what_cannot_be_drafted_is_refused_with_a_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    novel = str(folder / "novel.txt")
    (folder / "empty.txt").write_text(" \n")
    (folder / "book.txt").write_bytes(b"%PDF-1.7 ...")
    assert main(["adapt", str(folder / "empty.txt")]) == 2
    assert main(["adapt", str(folder / "book.txt")]) == 2
    assert main(["adapt", novel, "--chapters", "3"]) == 2
    assert main(["init", "--idea", " ", str(folder / "projects" / "x")]) == 2
    said = capsys.readouterr().err
    for words in ("the file has no text", "this is a PDF", "the novel has chapters 1 to 2", "the idea is empty"):
        assert words in said
    monkeypatch.setenv("OLLAMA_URL", "http://127.0.0.1:9")
    assert main(["adapt", novel]) == 3
    monkeypatch.delenv("OLLAMA_URL")
    monkeypatch.delenv("OLLAMA_MODEL")
    assert main(["init", "--idea", "two robots", str(folder / "projects" / "x")]) == 2
    assert "set OLLAMA_URL and OLLAMA_MODEL" in capsys.readouterr().err
    assert not (folder / "projects").exists()


def test_an_idea_without_a_folder_gets_one_named_after_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--idea", "Two robots fall in love in a lighthouse"]) == 0
    show = folder / "projects" / "two_robots_fall_in_love"
    assert (show / "episodes" / "e01.draft.fountain").exists()
    assert main(["script", "two_robots_fall_in_love-e01"]) == 0
    assert "Is anybody up there?" in capsys.readouterr().out
