from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.store import decisions, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.workflows import NewWorkflowRun

New = Callable[..., NewDecision]

TEMPLATE = {"3": {"class_type": "KSampler", "inputs": {"seed": 0, "cfg": 7.5}}, "6": {"inputs": {"text": ""}}}


@pytest.fixture
def ran(database: Database, new_decision: New) -> NewWorkflowRun:
    decision = decisions.record_decision(database, new_decision())
    return NewWorkflowRun(
        decision_id=decision.id,
        template_sha256=workflows.save_template(database, "keyframe", TEMPLATE),
        changes={"3.inputs.seed": 2**53 + 1, "6.inputs.text": 'Akira, "neon" \u96ea'},
        execution_time=12.5,
        idempotency_key=f"ran-{decision.id}",
    )


def test_a_key_cannot_serve_two_decisions(database: Database, new_decision: New, ran: NewWorkflowRun) -> None:
    workflows.record_run(database, ran)
    other = decisions.record_decision(database, new_decision())
    with pytest.raises(PlanError, match="already stands for decision"):
        workflows.record_run(database, replace(ran, decision_id=other.id))


@pytest.mark.parametrize("table", ["workflow_history", "video_workflow_templates"])
def test_they_are_only_added_to(database: Database, ran: NewWorkflowRun, table: str) -> None:
    workflows.record_run(database, ran)
    with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


def test_a_template_is_kept_once(database: Database) -> None:
    first = workflows.save_template(database, "keyframe", TEMPLATE)
    assert workflows.save_template(database, "under another name", dict(reversed(TEMPLATE.items()))) == first


def test_a_graph_is_rebuilt_byte_for_byte(database: Database, ran: NewWorkflowRun) -> None:
    sent = canonical_json(
        {
            "3": {"class_type": "KSampler", "inputs": {"seed": 2**53 + 1, "cfg": 7.5}},
            "6": {"inputs": {"text": 'Akira, "neon" \u96ea'}},
        }
    )
    assert workflows.fill_template(TEMPLATE, ran.changes) == sent
    run = workflows.record_run(database, ran)
    assert (run.success, run.execution_time) == (True, 12.5)
    assert workflows.record_run(database, ran) == run
    assert workflows.rebuild_graph(database, run.id) == sent


def test_a_name_of_an_input_may_have_dots_and_a_change_may_lie_inside_an_object() -> None:
    template = {"1": {"inputs": {"size.width": 1, "lora_1": {"lora": "a", "on": True}}}}
    filled = workflows.fill_template(template, {"1.inputs.size.width": 2, "1.inputs.lora_1.lora": "b"})
    assert filled == canonical_json({"1": {"inputs": {"size.width": 2, "lora_1": {"lora": "b", "on": True}}}})


def test_a_failed_run_says_why(database: Database, ran: NewWorkflowRun) -> None:
    run = workflows.record_run(database, replace(ran, error_message="KSampler: out of memory"))
    assert (run.success, run.error_message) == (False, "KSampler: out of memory")


@pytest.mark.parametrize("place", ["9.inputs.seed", "3.inputs.colour", "3.inputs.seed.deeper", "nothing"])
def test_a_change_of_a_place_that_is_not_there_is_refused(database: Database, ran: NewWorkflowRun, place: str) -> None:
    with pytest.raises(PlanError, match="the workflow template has no"):
        workflows.record_run(database, replace(ran, changes={place: 1}))


def test_numbers_that_would_come_back_otherwise_are_refused(database: Database, ran: NewWorkflowRun) -> None:
    with pytest.raises(PlanError, match="jsonb does not store exactly"):
        workflows.record_run(database, replace(ran, changes={"3.inputs.cfg": 1e16}))


def test_an_unknown_template_and_an_unknown_run_are_named(database: Database, ran: NewWorkflowRun) -> None:
    with pytest.raises(PlanError, match="is not on record; save it first"):
        workflows.record_run(database, replace(ran, template_sha256="f" * 64))
    with pytest.raises(PlanError, match="does not exist"):
        workflows.rebuild_graph(database, "00000000-0000-0000-0000-000000000000")


def test_a_graph_that_no_longer_fits_its_digest_is_refused(database: Database, ran: NewWorkflowRun) -> None:
    run = workflows.record_run(database, ran)
    with psycopg.connect(database.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE workflow_history SET workflow_json = '{}' WHERE id = %s", [run.id])
    with pytest.raises(PlanError, match="but rebuilds as"):
        workflows.rebuild_graph(database, run.id)


def test_a_graph_that_no_longer_rebuilds_is_found(database: Database, ran: NewWorkflowRun) -> None:
    run = workflows.record_run(database, ran)
    assert not problems_of(database, run.id)
    (job,) = workflows.find_jobs(database, run.id)
    assert (job.stage, job.part, job.graph) == ("clip", 0, workflows.rebuild_graph(database, run.id))
    with psycopg.connect(database.url) as connection:  # as only a superuser can
        connection.execute("ALTER TABLE workflow_history DISABLE TRIGGER USER")
        connection.execute("UPDATE workflow_history SET workflow_sha256 = repeat('0', 64) WHERE id = %s", (run.id,))
        connection.execute("ALTER TABLE workflow_history ENABLE TRIGGER USER")
    (problem,) = problems_of(database, run.id)
    assert problem.startswith(f"the graph of workflow run {run.id} of decision {run.decision_id} was recorded as 000")


def problems_of(database: Database, run_id: str) -> list[str]:
    problems = workflows.find_graph_problems(database, lambda _path, _sha256: True)
    return [problem for problem in problems if run_id in problem]
