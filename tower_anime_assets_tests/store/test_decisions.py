from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.verdicts import SCORE_VERSION
from tower_anime_assets.store import audit, decisions
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision

New = Callable[..., NewDecision]


def succeed(database: Database, decision_id: str, **result: Any) -> decisions.Decision:
    """End a decision as `record_take` does."""
    success = decisions.DecisionResult("succeeded", **result)
    return database.run_in_transaction(lambda work: decisions.end_decision(work, decision_id, success))


def test_a_decision_is_committed_when_decide_returns(database: Database, new_decision: New) -> None:
    decision = decisions.record_decision(database, new_decision(alternatives=["a wide shot"], created_by="ann"))
    with psycopg.connect(database.url) as other:
        row = other.execute(
            "SELECT status, reasoning, alternatives, created_by, parameters FROM generation_decisions WHERE id = %s",
            [decision.id],
        ).fetchone()
    assert row == ("pending", "The plan asks for it.", ["a wide shot"], "ann", dict(decision.parameters))


def test_deciding_twice_with_one_key_is_deciding_once(database: Database, new_decision: New) -> None:
    new = new_decision()
    assert decisions.record_decision(database, new) == decisions.record_decision(database, new)


def test_a_key_cannot_stand_for_two_different_things(database: Database, new_decision: New) -> None:
    first = decisions.record_decision(database, new_decision())
    with pytest.raises(PlanError, match="already stands for clip"):
        decisions.record_decision(
            database, new_decision(idempotency_key=first.idempotency_key, decision_type="keyframe")
        )


def test_a_decision_runs_and_ends(database: Database, new_decision: New) -> None:
    decision = decisions.record_decision(database, new_decision())
    running = decisions.mark_running(database, decision.id)
    assert (running.status, running.started_at is not None) == ("running", True)
    done = succeed(database, decision.id, duration_s=2.5, quality_score=0.5, cpu_s=4.0)
    assert (done.status, done.duration_s, done.quality_score, done.cpu_s) == ("succeeded", 2.5, 0.5, 4.0)
    assert done.score_version == SCORE_VERSION
    assert done.finished_at is not None
    assert done.finished_at > done.timestamp


def test_ending_twice_in_the_same_way_changes_nothing(database: Database, new_decision: New) -> None:
    decision = decisions.record_decision(database, new_decision())
    first = decisions.mark_failed(database, decision.id, "no disk", 1.0)
    assert decisions.mark_failed(database, decision.id, "another story", 9.0) == first


def test_an_ended_decision_cannot_end_otherwise(database: Database, new_decision: New) -> None:
    decision = decisions.record_decision(database, new_decision())
    decisions.mark_cancelled(database, decision.id, 0.1)
    with pytest.raises(PlanError, match="already ended as cancelled"):
        succeed(database, decision.id, duration_s=1.0)
    with pytest.raises(PlanError, match="already ended as cancelled"):
        decisions.mark_running(database, decision.id)


def test_an_unknown_decision_is_named(database: Database) -> None:
    with pytest.raises(PlanError, match=r"decision 00000000.* is not on record"):
        decisions.mark_running(database, "00000000-0000-0000-0000-000000000000")
    assert decisions.find_by_id(database, "00000000-0000-0000-0000-000000000000") is None


def test_an_unknown_stage_is_refused(database: Database, new_decision: New) -> None:
    with pytest.raises(PlanError, match="decision_type"):
        decisions.record_decision(database, new_decision(decision_type="sculpture"))


def test_what_postgresql_cannot_hold_is_cleaned(database: Database, new_decision: New) -> None:
    hard = {"brief": {"value": float("nan"), "low": float("-inf"), "name": "A\x00B\ud800"}}
    decision = decisions.record_decision(database, new_decision(parameters=hard, reasoning="why\x00 not \udfff"))
    assert decision.parameters == {"brief": {"value": "NaN", "low": "-Infinity", "name": "A\ufffdB\ufffd"}}
    assert decision.reasoning == "why\ufffd not \ufffd"


def test_open_decisions_of_one_stage_of_one_episode_are_found_and_lost(database: Database, new_decision: New) -> None:
    place = {"project_id": "lost", "episode_id": "e07"}
    pending = decisions.record_decision(database, new_decision(**place))
    running = decisions.mark_running(database, decisions.record_decision(database, new_decision(**place)).id)
    done = decisions.mark_failed(database, decisions.record_decision(database, new_decision(**place)).id, "no", 1.0)
    other_stage = decisions.record_decision(database, new_decision(**place, decision_type="voice"))
    other_episode = decisions.record_decision(database, new_decision(project_id="lost", episode_id="e08"))
    still_open = decisions.list_open(database, EpisodeKey("lost", "e07"), "clip")
    assert [item.id for item in still_open] == [running.id, pending.id]
    for item in still_open:
        assert decisions.mark_lost(database, item.id, "nobody makes it").error_message == "nobody makes it"
    assert decisions.list_open(database, "lost-e07", "clip") == ()
    found = [
        decisions.find_by_id(database, decision.id) for decision in (pending, running, done, other_stage, other_episode)
    ]
    assert [item.status if item else None for item in found] == ["lost", "lost", "failed", "pending", "pending"]


def test_open_decisions_outside_any_episode_are_found_by_project(database: Database, new_decision: New) -> None:
    decision = decisions.record_decision(
        database, new_decision(project_id="sheets", episode_id="", decision_type="sheet", shot_id="", scene_id="")
    )
    assert [item.id for item in decisions.list_open(database, "sheets", "sheet")] == [decision.id]
    assert ("sheets", "sheet") in {(place.key, place.decision_type) for place in decisions.list_open_stages(database)}
    decisions.mark_lost(database, decision.id, "the test is over")
    assert "sheets" not in {place.key for place in decisions.list_open_stages(database)}


def test_the_median_counts_only_successes_of_that_engine(database: Database, new_decision: New) -> None:
    assert decisions.find_median_seconds(database, "music", "a-band") is None
    for seconds in (1.0, 2.0, 9.0):
        decision = decisions.record_decision(database, new_decision(decision_type="music", engine="a-band"))
        succeed(database, decision.id, duration_s=seconds)
    failed = decisions.record_decision(database, new_decision(decision_type="music", engine="a-band"))
    decisions.mark_failed(database, failed.id, "no", 100.0)
    assert decisions.find_median_seconds(database, "music", "a-band") == 2.0


def test_the_latest_brief_of_each_place_is_found(database: Database, new_decision: New) -> None:
    place = {"project_id": "briefs", "episode_id": "e01"}
    decisions.record_decision(database, new_decision(**place, parameters={"brief": {"frames": 81}}))
    decisions.record_decision(database, new_decision(**place, parameters={"brief": {"frames": 121}}))
    decisions.record_decision(database, new_decision(**place, shot_id="", line_id="sc01-l001", decision_type="voice"))
    assert decisions.find_latest_briefs(database, "briefs", "e01") == {
        ("clip", "sc01", "sh0010", ""): {"frames": 121},
        ("voice", "sc01", "", "sc01-l001"): {"frames": 121, "seed": 7},
    }


def test_a_hundred_decisions_at_once_are_a_hundred_decisions(database: Database, new_decision: New) -> None:
    with ThreadPoolExecutor(20) as threads:
        made = list(
            threads.map(lambda _: decisions.record_decision(database, new_decision(episode_id="e99")), range(100))
        )
    assert len({decision.id for decision in made}) == 100
    assert len(audit.load_trail(database, EpisodeKey("nexus", "e99")).decisions) == 100
    assert audit.find_chain_problems(database) == ()


def test_ids_grow_with_time(database: Database, new_decision: New) -> None:
    ids = []
    for _ in range(3):
        ids.append(decisions.record_decision(database, new_decision()).id)
        with psycopg.connect(database.url) as other:
            other.execute("SELECT pg_sleep(0.002)")
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE generation_decisions SET project_id = 'else' WHERE id = %s", "never changes"),
        ("UPDATE generation_decisions SET parameters = '{}' WHERE id = %s", "never changes"),
        ("UPDATE generation_decisions SET reasoning = '' WHERE id = %s", "never changes"),
        ("UPDATE generation_decisions SET brief_digest = '' WHERE id = %s", "never changes"),
        ('UPDATE generation_decisions SET "timestamp" = now() WHERE id = %s', "never changes"),
        ("UPDATE generation_decisions SET prompt_id = 'x' WHERE id = %s", "never changes"),
        ("UPDATE generation_decisions SET status = 'pending' WHERE id = %s", "only moves forward"),
        ("UPDATE generation_decisions SET status = 'running' WHERE id = %s", "only moves forward"),
        ("UPDATE generation_decisions SET status = 'failed' WHERE id = %s", "only moves forward"),
        ("UPDATE generation_decisions SET duration_s = 0 WHERE id = %s", "it has ended"),
        ("UPDATE generation_decisions SET quality_score = 1 WHERE id = %s", "set once"),
        ("UPDATE generation_decisions SET quality_score = NULL WHERE id = %s", "set once"),
        ("UPDATE generation_decisions SET score_version = NULL WHERE id = %s", "set once"),
        ("UPDATE generation_decisions SET score_version = 3 WHERE id = %s", "set once"),
        ("DELETE FROM generation_decisions WHERE id = %s", "only ever added to"),
    ],
)
def test_the_guards_refuse(database: Database, new_decision: New, change: str, why: str) -> None:
    decision = decisions.record_decision(database, new_decision())
    decisions.mark_running(database, decision.id)
    done = succeed(database, decision.id, duration_s=1.0, quality_score=0.5)
    with (
        psycopg.connect(database.url) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match=why),
    ):
        connection.execute(change.encode(), [decision.id])
    assert decisions.find_by_id(database, decision.id) == done


def test_a_running_decision_does_not_become_pending(database: Database, new_decision: New) -> None:
    decision = decisions.mark_running(database, decisions.record_decision(database, new_decision()).id)
    with (
        psycopg.connect(database.url) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="from running to pending"),
    ):
        connection.execute("UPDATE generation_decisions SET status = 'pending' WHERE id = %s", [decision.id])


def test_no_decision_is_written_down_after_the_fact(database: Database) -> None:
    with (
        psycopg.connect(database.url) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="begins as pending"),
    ):
        connection.execute(
            "INSERT INTO generation_decisions (project_id, decision_type, parameters, reasoning, status, created_by, "
            "idempotency_key, engine, brief_digest, attempt) "
            "VALUES ('p', 'clip', '{}', '', 'succeeded', 'x', 'after the fact', 'x', 'x', 1)"
        )


def test_a_late_score_may_be_set_once(database: Database, new_decision: New) -> None:
    decision = decisions.record_decision(database, new_decision())
    succeed(database, decision.id, duration_s=1.0)
    with psycopg.connect(database.url) as connection:
        connection.execute("UPDATE generation_decisions SET quality_score = 0.5 WHERE id = %s", [decision.id])
    found = decisions.find_by_id(database, decision.id)
    assert found is not None
    assert found.quality_score == 0.5


@pytest.mark.parametrize(
    "table",
    ["generation_decisions", "takes", "verdicts", "waivers", "ai_consultations", "workflow_history", "audit_chain"],
)
def test_no_audit_table_can_be_truncated(database: Database, table: str) -> None:
    with (
        psycopg.connect(database.url) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match=r"TRUNCATE on .* refused"),
    ):
        connection.execute(f"TRUNCATE {table} CASCADE".encode())
