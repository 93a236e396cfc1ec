"""`tower audit --verify` of a record that takes long: it says how far it is, and goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tower_anime_assets.cli import audit as command
from tower_anime_assets.cli import main
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store import audit, decisions, takes, verdicts
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.takes import NewTake
from tower_anime_assets_tests.cli.conftest import Enter


@pytest.fixture(scope="module")
def filled(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose record has a decision, a take with its file, and a verdict."""
    folder = tmp_path_factory.mktemp("verified")
    picture = folder / "made.png"
    picture.write_bytes(b"a picture")
    file = MediaStore(folder / "home" / "media").store_file(picture)
    new = NewDecision(
        project_id="small", episode_id="e01", scene_id="sc01", shot_id="sh0010", decision_type="keyframe",
        parameters={}, reasoning="why", engine="e", brief_digest="d" * 64, idempotency_key="k",
    )  # fmt: skip
    decision = decisions.record_decision(database, new)
    take = takes.record_take(
        database,
        NewTake(
            decision_id=decision.id, brief_digest="d" * 64, stage="keyframe", project_id="small", episode_id="e01",
            scene_id="sc01", shot_id="sh0010", files={"main": file}, measured={}, details={}, duration_s=1.0,
            quality_score=0.8,
        ),
    )  # fmt: skip
    verdicts.record_verdicts(database, take.id, (Verdict("gate", "measure", 1.0, None, None, "px", True, ""),))
    return folder


@pytest.fixture
def verify(
    filled: Path, database: Database, enter_environment: Enter, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str]]:  # fmt: skip
    """Return a function that verifies link by link, and returns the exit code and what is said."""
    enter_environment(filled, database.url)
    monkeypatch.setattr(audit, "STRETCH", 1)
    monkeypatch.setattr(command, "NOTED_EVERY_S", 0.0)

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["audit", "--verify", *arguments])
        return code, capsys.readouterr().err

    return run


def test_a_verification_says_how_far_it_is(verify: Callable[..., tuple[int, str]]) -> None:
    code, said = verify()
    assert code == 0
    assert "verified up to link 2 of 4\n" in said
    assert "the record is sound" in said


def test_a_stopped_verification_says_how_to_go_on_and_goes_on(
    verify: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(MediaStore, "is_intact", interrupt)
        code, said = verify()
    assert code == 130
    assert "not verified to the end; to go on: tower audit --verify --from-link 3" in said
    code, said = verify("--from-link", "3")
    assert code == 0
    assert "verified up to link 1 " not in said
    assert "links before 3 were not verified this time" in said


def test_a_link_that_is_not_there_is_refused(verify: Callable[..., tuple[int, str]]) -> None:
    code, said = verify("--from-link", "99")
    assert code == 2
    assert "the audit chain has no link 99; its links are 1 to 4" in said
