"""Workflow runs: the graphs that render servers were sent, each stored as a template and the values changed in it.

Most graphs differ only in their seeds, so storing each in full would take fifteen times the space. A graph can be
rebuilt byte for byte; its digest proves it.
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
    """A workflow run to be recorded.

    Attributes:
        template_sha256: Returned by `save_template`.
        changes: Values by path in the template, such as `{"3.inputs.seed": 7}`.
        execution_time: Seconds.
        error_message: None if it succeeded.
        part: Number of the job within the decision, from 0.
        queued_at: When the job was submitted; None if unknown, like `started_at` and `finished_at`.
        error_node: Id of the failed node.
        outputs: `{"filename", "sha256", "size_bytes"}` of each downloaded file.
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
    """A workflow run on record; `workflow_json` holds the changes, `workflow_sha256` the digest of the whole graph."""

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
    """Save a workflow template and return its digest."""
    text = canonical_json(template)
    sha256 = _sha256(text)
    parameters = {"sha256": sha256, "name": name, "template": text}
    database.run_in_transaction(lambda transaction: transaction.execute("workflows.save_template", parameters))
    return sha256


def fill_template(template: Mapping[str, Any], changes: Mapping[str, Any]) -> str:
    """Return a template with its changes as the JSON text that is sent to a server.

    Raises:
        PlanError: A path is not in the template.
    """
    graph = json.loads(canonical_json(template))
    for path, value in sorted(changes.items()):
        *parents, last = path.split(".")
        node = graph
        for key in parents:
            node = node.get(key) if isinstance(node, dict) else None
        if not isinstance(node, dict) or last not in node:
            raise PlanError(
                f"the workflow template has no {path!r}; expected the NODE.inputs.NAME of an existing input"
            )
        node[last] = value
    return canonical_json(graph)


def record_run(database: Database, new: NewWorkflowRun) -> WorkflowRun:
    """Record a workflow run, or return the one that was recorded with the same key.

    Raises:
        PlanError: Its template is not saved or lacks a changed path, a changed number cannot be stored exactly, or the
            key already stands for another decision.
    """
    parameters = vars(new) | {
        "workflow_json": jsonb(dict(new.changes)),
        "outputs": None if new.outputs is None else jsonb(list(new.outputs)),
        "success": new.error_message is None,
    }

    def work(transaction: Transaction) -> Row:
        template_row = transaction.fetch_one("workflows.find_template", {"sha256": new.template_sha256})
        if template_row is None:
            raise PlanError(f"workflow template {new.template_sha256} is not on record; save it first")
        template = json.loads(template_row["template"])
        parameters["workflow_sha256"] = _sha256(fill_template(template, new.changes))
        row = transaction.insert_or_find("workflows.record_run", "workflows.find_by_key", parameters)
        if _sha256(fill_template(template, row["workflow_json"])) != row["workflow_sha256"]:
            raise PlanError(f"workflow changes {dict(new.changes)} contain numbers that jsonb does not store exactly")
        return row

    return WorkflowRun(**database.run_in_transaction(work))


def rebuild_graph(database: Database, run_id: str) -> str:
    """Return the graph of a run exactly as it was sent.

    No command shows it: this is the proof that storing a template and its changes loses nothing, and the tests of
    every remote engine compare its result with what their server received.

    Raises:
        PlanError: The run does not exist, or its graph cannot be rebuilt.
    """
    row = database.fetch_one("workflows.find_by_id", {"id": run_id})
    if row is None:
        raise PlanError(f"workflow run {run_id} does not exist; `tower audit KEY --json` lists those of an episode")
    graph_json = fill_template(json.loads(row["template"]), row["workflow_json"])
    if _sha256(graph_json) != row["workflow_sha256"]:
        raise PlanError(
            f"workflow run {run_id} was recorded as {row['workflow_sha256']}, but rebuilds as {_sha256(graph_json)}"
        )
    return graph_json


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
