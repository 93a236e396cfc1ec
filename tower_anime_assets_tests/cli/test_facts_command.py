from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.cli.conftest import Enter
from tower_anime_assets_tests.small_show import write_small_show


class Command:
    """`tower facts` in this process, on a database of the test's module."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def run(self, *arguments: str) -> tuple[int, str, str]:
        code = main(["facts", *arguments])
        said = self._capfd.readouterr()
        return code, said.out, said.err

    def json(self, *arguments: str) -> Any:
        code, out, err = self.run(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def facts(database: Database, tmp_path: Path, enter_environment: Enter, capfd: pytest.CaptureFixture[str]) -> Command:
    write_small_show(tmp_path / "projects").rename(tmp_path / "projects" / "one")
    write_small_show(tmp_path / "projects").rename(tmp_path / "projects" / "two")
    enter_environment(tmp_path, database.url)
    return Command(capfd)


def test_a_fact_is_added_found_and_ended(facts: Command) -> None:
    added = facts.json("add", "Luna Chen", "fears", "heights", "--project", "one", "--confidence", "0.9")
    assert added == {"project": "one", "stored": 1, "known": 0, "overruled": 0, "superseded": 0, "ended": 0}
    (fact,) = facts.json("get", "luna chen", "--project", "one")["facts"]
    assert (fact["subject"], fact["object"], fact["confidence"]) == ("Luna Chen", "heights", 0.9)
    assert fact["source"].startswith("person:")
    assert facts.json("search", "who", "fears", "heights", "--project", "one")["facts"] == [fact]
    assert facts.json("get", "Luna Chen", "--project", "two")["facts"] == []
    assert facts.json("end", fact["id"], "--project", "one")["ended"] == 1
    assert facts.json("get", "Luna Chen", "--project", "one")["facts"] == []
    (past,) = facts.json("get", "Luna Chen", "--history", "--project", "one")["facts"]
    assert past["ended_at"]
    code, out, _ = facts.run("get", "Luna Chen", "--history", "--project", "one")
    assert (code, out.startswith("Luna Chen | fears | heights (ended)  [person:")) == (0, True)


def test_an_export_is_imported_whole_into_another_project(facts: Command, tmp_path: Path) -> None:
    facts.json("add", "ルナ", "likes", "猫", "--project", "one")
    facts.json("add", "Akira", "voice", "rough", "--project", "one")
    file = tmp_path / "facts.jsonl"
    exported = facts.json("export", str(file), "--project", "one")["exported"]
    assert facts.json("import", str(file), "--project", "two")["stored"] == exported >= 2
    code, out, _ = facts.run("export", "--project", "two")
    assert (code, out) == (0, file.read_text(encoding="utf-8"))
    assert facts.json("import", str(file), "--project", "two")["known"] == exported


def test_a_file_with_faults_stores_nothing_and_names_them_all(facts: Command, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"subject": "Good", "predicate": "is", "object": "here"}\nx\n{"subject": "A"}\n')
    code, out, err = facts.run("import", str(file), "--project", "one", "--json")
    assert code == 2
    assert [fault["line"] for fault in json.loads(out)["faults"]] == [2, 3, 3]
    assert f"{file}:2" in err
    assert facts.json("get", "Good", "--project", "one")["facts"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("get", "--project", "one"), "name a subject, a predicate or both"),
        (("get", "Luna"), "name the project with --project"),
        (("get", "Luna", "--project", "three"), "there is no project 'three'"),
        (("add", " ", "fears", "x", "--project", "one"), "subject is empty"),
        (("add", "Luna", "fears", "x", "--confidence", "2", "--project", "one"), "confidence is 2.0"),
        (("end", "7", "--project", "one"), "'7' is not a fact id"),
        (("import", "/nowhere/facts.jsonl", "--project", "one"), "it cannot be read"),
        (("export", "/nowhere/facts.jsonl", "--project", "one"), "cannot be written"),
        (("search", "--project", "one"), "required: words"),
    ],
)
def test_what_cannot_be_done_ends_with_code_2_and_says_why(
    facts: Command, arguments: tuple[str, ...], says: str
) -> None:
    code, out, err = facts.run(*arguments)
    assert (code, out) == (2, "")
    assert says in err
