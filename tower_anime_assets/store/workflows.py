"""Workflows: which graph a render server was given, kept as a template and what was changed in it.

Whole graphs differ by their seeds alone, so keeping each whole costs fifteen times the room. A graph is rebuilt from
its template byte for byte, which its digest proves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb


@dataclass(frozen=True, kw_only=True)
class NewWorkflowRun:
    """A workflow run to be put on record.

    Attributes:
        template_sha256: What `save_template` returned.
        changes: Value by place in the template, such as `{"3.inputs.seed": 7}`.
        execution_time: Seconds.
        error_message: None when it went well.
        part: Which of the decision's jobs it was, from 0.
        queued_at: When it was submitted, as far as known; likewise `started_at` and `finished_at`.
        error_node: The failed node's id.
        outputs: `{"filename", "sha256", "size_bytes"}` of each file that was fetched.
    """

    decision_id: str
    template_sha256: str
    changes: Mapping[str, Any]
    execution_time: float
    idempotency_key: str
    error_message: str | None = None
    part: int | None = None
    prompt_id: str | None = None
    server: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error_node: str | None = None
    error_node_type: str | None = None
    peak_vram_bytes: int | None = None
    outputs: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class WorkflowRun:
    """A workflow run on record; `workflow_json` holds the changes, `workflow_sha256` is the whole graph's digest."""

    id: str
    decision_id: str
    template_sha256: str
    workflow_json: Mapping[str, Any]
    workflow_sha256: str
    execution_time: float
    success: bool
    error_message: str | None
    timestamp: datetime
    idempotency_key: str
    part: int | None
    prompt_id: str | None
    server: str | None
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    error_node: str | None
    error_node_type: str | None
    peak_vram_bytes: int | None
    outputs: Sequence[Mapping[str, Any]] | None


def save_template(database: Database, name: str, template: Mapping[str, Any]) -> str:
    """Keep a workflow template and return its digest; the same template is kept once.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    text = canonical_json(template)
    sha256 = _sha256(text)
    parameters = {"sha256": sha256, "name": name, "template": text}
    database.run_in_transaction(lambda transaction: transaction.execute("workflows.save_template", parameters))
    return sha256


def fill_template(template: Mapping[str, Any], changes: Mapping[str, Any]) -> str:
    """Return a template with its changes as the one JSON text that a server is sent.

    Raises:
        PlanError: A change is of a place that the template has not.
    """
    graph = json.loads(canonical_json(template))
    for path, value in sorted(changes.items()):
        *parents, last = path.split(".")
        node = graph
        for key in parents:
            node = node.get(key) if isinstance(node, dict) else None
        if not isinstance(node, dict) or last not in node:
            raise PlanError(f"the workflow template has no {path!r}; expected NODE.inputs.NAME of one that it has")
        node[last] = value
    return canonical_json(graph)


def record_run(database: Database, new: NewWorkflowRun) -> WorkflowRun:
    """Put a workflow run on record; again with the same key returns the first.

    Raises:
        PlanError: Its template is not kept, lacks a changed place, or the key stands for another decision's run.
        ServiceUnavailableError: The database stays away.
    """
    parameters = {
        **{name: getattr(new, name) for name in new.__dataclass_fields__ if name != "changes"},
        "workflow_json": jsonb(dict(new.changes)),
        "outputs": None if new.outputs is None else jsonb(list(new.outputs)),
        "success": new.error_message is None,
    }

    def work(transaction: Transaction) -> Row:
        template_row = transaction.fetch_one("workflows.find_template", {"sha256": new.template_sha256})
        if template_row is None:
            raise PlanError(f"no workflow template {new.template_sha256}; save it first")
        template = json.loads(template_row["template"])
        workflow_sha256 = _sha256(fill_template(template, new.changes))
        inserted = transaction.fetch_one("workflows.record", {**parameters, "workflow_sha256": workflow_sha256})
        row = inserted or transaction.fetch_one("workflows.find_by_key", {"idempotency_key": new.idempotency_key})
        assert row is not None  # noqa: S101 - the key was taken, and runs are never deleted
        if inserted and _sha256(fill_template(template, row["workflow_json"])) != workflow_sha256:
            raise PlanError(f"workflow changes {dict(new.changes)} hold numbers that jsonb does not keep as written")
        return row

    run = WorkflowRun(**database.run_in_transaction(work))
    if run.decision_id != new.decision_id:
        raise PlanError(f"idempotency key {new.idempotency_key!r} already stands for decision {run.decision_id}")
    return run


def rebuild_graph(database: Database, run_id: str) -> str:
    """Return the graph of a run as it was sent, byte for byte.

    Raises:
        PlanError: There is no such run, or what is kept no longer gives the graph that was sent.
    """
    row = database.fetch_one("workflows.find_by_id", {"id": run_id})
    if row is None:
        raise PlanError(f"there is no workflow run {run_id}")
    graph_json = fill_template(json.loads(row["template"]), row["workflow_json"])
    if _sha256(graph_json) != row["workflow_sha256"]:
        raise PlanError(
            f"workflow run {run_id} was kept as {row['workflow_sha256']}, but rebuilds as {_sha256(graph_json)}"
        )
    return graph_json


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
