"""Workflow runs: the graphs that render servers were sent, each stored as a template and the values changed in it.

Most graphs differ only in their seeds, so storing each in full would take fifteen times the space. A graph can be
rebuilt byte for byte; its digest proves it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tower_anime_assets.errors import PlanError, UnknownKeyError
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
        uploads: `{"name", "path", "sha256"}` of each picture that it started from: its name at the server, and where it
            is in the media store.
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
    uploads: Sequence[Mapping[str, Any]] | None = None


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
    uploads: Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True)
class SentJob:
    """A job that was sent to a server, as people look for it.

    Attributes:
        id: Of its workflow run.
        stage: What it was made for, such as `clip`.
        attempt: Number of the attempt, from 1.
        part: Number of the job within the attempt, from 0.
        uploads: As in `NewWorkflowRun`.
        graph: The exact JSON text that was sent.
    """

    id: str
    decision_id: str
    stage: str
    attempt: int
    part: int
    prompt_id: str
    server: str
    success: bool
    timestamp: datetime
    uploads: Sequence[Mapping[str, Any]]
    graph: str


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
        node, last = graph, path
        while isinstance(node, dict) and last not in node and "." in last:  # names of inputs may have dots themselves
            key, last = last.split(".", 1)
            node = node.get(key)
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
        "uploads": None if not new.uploads else jsonb([dict(upload) for upload in new.uploads]),
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


def find_jobs(database: Database, any_id: str) -> tuple[SentJob, ...]:
    """Return the jobs with an id, of a workflow run, a job or a decision, oldest first; () if there is none.

    Raises:
        PlanError: A graph cannot be rebuilt.
    """
    return tuple(
        SentJob(
            id=str(row["id"]),
            decision_id=str(row["decision_id"]),
            stage=row["decision_type"],
            attempt=row["attempt"],
            part=row["part"] or 0,
            prompt_id=row["prompt_id"] or "",
            server=row["server"] or "",
            success=row["success"],
            timestamp=row["timestamp"],
            uploads=row["uploads"] or (),
            graph=rebuild_graph(database, str(row["id"])),
        )
        for row in database.fetch_all("workflows.find_job", {"id": any_id})
    )


def find_graph_problems(
    database: Database, is_intact: Callable[[str, str], bool], after: int = 0, until: int = 2**62
) -> Iterator[str]:
    """Yield every graph on record that cannot be rebuilt byte for byte, and every start picture that is not kept.

    Args:
        database: The record.
        is_intact: Whether the media store has a file, by its path and digest.
        after: Only runs that were linked into the audit chain after this link,
        until: and up to this one.
    """
    templates: dict[str, Any] = {}
    missing: set[str] = set()
    for row in database.fetch_all("workflows.list_recorded", {"after": after, "until": until}):
        sha256 = row["template_sha256"]
        if sha256 not in templates:
            found = database.fetch_one("workflows.find_template", {"sha256": sha256})
            templates[sha256] = json.loads(found["template"]) if found else None
        subject = f"the graph of workflow run {row['id']} of decision {row['decision_id']}"
        if templates[sha256] is None:
            yield f"{subject} cannot be rebuilt: its template {sha256} is not on record"
            continue
        try:
            rebuilt = _sha256(fill_template(templates[sha256], row["workflow_json"]))
        except PlanError as error:
            yield f"{subject} cannot be rebuilt: {error}"
        else:
            if rebuilt != row["workflow_sha256"]:
                yield f"{subject} was recorded as {row['workflow_sha256']}, but rebuilds as {rebuilt}"
        for upload in row["uploads"] or ():
            if upload["path"] not in missing and not is_intact(upload["path"], upload["sha256"]):
                missing.add(upload["path"])
                yield f"the start picture {upload['name']} of workflow run {row['id']} is missing or changed"


def rebuild_graph(database: Database, run_id: str) -> str:
    """Return the graph of a run exactly as it was sent, the JSON text that a server takes as `prompt`.

    Raises:
        UnknownKeyError: The run does not exist.
        PlanError: Its graph cannot be rebuilt.
    """
    row = database.fetch_one("workflows.find_by_id", {"id": run_id})
    if row is None:
        raise UnknownKeyError(
            f"workflow run {run_id} does not exist; `tower audit KEY --json` lists those of an episode"
        )
    graph_json = fill_template(json.loads(row["template"]), row["workflow_json"])
    if _sha256(graph_json) != row["workflow_sha256"]:
        raise PlanError(
            f"workflow run {run_id} was recorded as {row['workflow_sha256']}, but rebuilds as {_sha256(graph_json)}"
        )
    return graph_json


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
