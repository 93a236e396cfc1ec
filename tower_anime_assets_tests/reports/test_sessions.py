"""The list of creative sessions, as `tower audit --sessions` prints it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.errors import EXIT_INPUT
from tower_anime_assets.stages.locks import hold_run
from tower_anime_assets.store import decisions, sessions
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets_tests.small_show import write_small_show


@pytest.fixture
def listed(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    write_small_show(tmp_path / "projects")
    monkeypatch.setenv("TOWER_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOWER_DATABASE_URL", database.url)
    return database


def begin(database: Database, project: str, run_id: str) -> str:
    session = sessions.begin_session(database, project, f"run {run_id}", "ada", run_id=run_id)
    decisions.record_decision(
        database,
        NewDecision(
            project_id=project, episode_id="e01", scene_id="sc01", shot_id="sh0010", decision_type="clip",
            parameters={}, reasoning="", engine="embedded-animator", brief_digest="d" * 64, session_id=session.id,
            run_id=run_id, idempotency_key=f"{project}:{run_id}",
        ),
    )  # fmt: skip
    return session.id


def test_sessions_are_listed_newest_first_and_say_how_they_went(
    listed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted = begin(listed, "small", "one")
    running = begin(listed, "small", "two")
    other = begin(listed, "other", "three")
    with hold_run(listed, "two"):
        assert main(["audit", "--sessions", "small"]) == 0
    printed = capsys.readouterr()
    first, second = printed.out.splitlines()
    assert running in first
    assert "  running " in first
    assert "small-e01 by ada: 1 decisions, 0 of 0 takes accepted, 0 consultations, no score" in first
    assert interrupted in second
    assert "  interrupted " in second
    assert "2 sessions" in printed.err
    assert main(["audit", "--sessions"]) == 0
    assert other in capsys.readouterr().out.splitlines()[0]


def test_an_unknown_project_and_other_options_are_refused(listed: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--sessions", "smal"]) == EXIT_INPUT
    assert "unknown project smal" in capsys.readouterr().err
    assert main(["audit", "small-e01", "--sessions"]) == EXIT_INPUT
    assert "--session ID" in capsys.readouterr().err
