"""The sensor asks for a run only for decisions that nobody works on, and not before somebody could go on with them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.defs import open_decisions
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision


def asked(studio: Studio) -> dg.RunRequest | dg.SkipReason:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, resources={"studio": studio})
        answer = open_decisions.find_interrupted_work(context)
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def test_an_abandoned_decision_is_settled_by_a_run_once_it_is_old_enough(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)
    assert isinstance(asked(studio), dg.SkipReason)
    new = NewDecision(
        project_id="small",
        episode_id="e01",
        decision_type="clip",
        parameters={"attempt": {"seed": 1}},
        reasoning="The plan asks for it.",
        engine="embedded-animator",
        brief_digest="d" * 64,
        idempotency_key="abandoned",
    )
    decision = decisions.record_decision(database, new)
    assert isinstance(asked(studio), dg.SkipReason), "somebody may be about to go on with it"
    monkeypatch.setattr(open_decisions, "SETTLE_AFTER", timedelta(0))
    with database.lock("small-e01:clip", wait_s=0, on_wait=lambda: None):
        assert isinstance(asked(studio), dg.SkipReason), "a run works there"
    assert isinstance(asked(studio), dg.RunRequest)
    with dg.DagsterInstance.ephemeral() as instance:
        done = open_decisions.finish_interrupted_work.execute_in_process(
            instance=instance, resources={"studio": studio}
        )
    assert done.success
    found = decisions.find_by_id(database, decision.id)
    assert found is not None
    assert found.status == "lost"
    assert isinstance(asked(studio), dg.SkipReason)
