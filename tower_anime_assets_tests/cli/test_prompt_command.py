"""`tower prompt` and `tower audit --session`, run as a person would, in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tower_anime_assets import cli
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import from_environment
from tower_anime_assets.stages.dry_run import episode_from_files
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import consultations, decisions, sessions
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets_tests.cli.conftest import Enter
from tower_anime_assets_tests.fakes.echo_brain import FakeEchoBrain
from tower_anime_assets_tests.small_show import write_small_show


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, database: Database, enter_environment: Enter) -> None:
    write_small_show(tmp_path / "projects")
    enter_environment(tmp_path, database.url)


def test_each_part_of_a_prompt_is_shown_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["prompt", "small-e01-sc01-sh0010", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["director"] == "embedded-director"
    positive = [part["text"] for part in found["parts"] if part["role"] != "negative"]
    assert found["prompt"] == ", ".join(positive)
    assert {"plan", "script: scene heading", "project.yaml: style.positive"} <= {
        part["source"] for part in found["parts"]
    }
    assert cli.main(["prompt", "small-e01-sc01-sh0010"]) == 0
    printed = capsys.readouterr().out
    assert all(text in printed for text in positive)


def test_a_shot_that_there_is_none_of_is_wrong_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["prompt", "small-e01-sc01-sh9990"]) == 2
    assert "has no shot small-e01-sc01-sh9990" in capsys.readouterr().err
    assert cli.main(["prompt", "small-e01"]) == 2
    assert "is not a shot key" in capsys.readouterr().err


def test_a_session_is_listed_with_what_was_asked_used_and_overruled(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    session = sessions.begin_session(database, "small", "produce small-e01", "ada")
    decision = decisions.record_decision(
        database,
        NewDecision(
            project_id="small", episode_id="e01", scene_id="sc01", decision_type="plan", parameters={},
            reasoning="Scene 1.", engine="echo-brain", brief_digest="d" * 64, idempotency_key="k",
            session_id=session.id,
        ),
    )  # fmt: skip
    consultations.record_consultation(
        database,
        consultations.NewConsultation(
            decision_id=decision.id, query="?", response="{}", model_used="echo_brain", idempotency_key="k:0",
            duration_s=2.5, used="3 framings", overruled=("shot 1: left out",),
        ),
    )  # fmt: skip
    assert cli.main(["audit", "--session", session.id]) == 0
    printed = capsys.readouterr().out
    for words in ("produce small-e01, by ada", "asked echo_brain in 2.5 s; used: 3 framings", "shot 1: left out"):
        assert words in printed
    assert cli.main(["audit", "--session", session.id, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["engine"] for row in found["decisions"]] == ["echo-brain"]
    assert [row["used"] for row in found["consultations"]] == ["3 framings"]


def test_a_session_and_a_key_together_or_neither_are_wrong_input(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    for arguments, words in (
        (["--session", "nothing"], "is not a session id"),
        (["--session", nobody], "there is no creative session"),
        (["small-e01", "--session", nobody], "not both"),
        ([], "or ask for --session or --verify"),
    ):
        assert cli.main(["audit", *arguments]) == 2
        assert words in capsys.readouterr().err


def test_a_services_prompts_are_those_that_it_planned_last(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeEchoBrain() as fake:
        monkeypatch.setenv("ECHO_BRAIN_URL", fake.url)
        assert cli.main(["prompt", "small-e01-sc01-sh0010"]) == 1
        assert "not planned yet" in capsys.readouterr().err
        assert fake.requests == []
        studio = Studio(from_environment(), database)
        episode_from_files(studio, EpisodeKey.parse("small-e01")).make(SHOT_PLANS)
        asked = len(fake.requests)
        assert cli.main(["prompt", "small-e01-sc01-sh0010", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert len(fake.requests) == asked
    assert found["director"] == "echo-brain"
    assert {"echo-brain", "echo-brain: scene"} <= {part["source"] for part in found["parts"]}
    assert "volumetric haze" in found["prompt"]
