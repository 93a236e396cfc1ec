"""The registry of workflows as the database knows it: which there are, with what is said of them.

The same rows keep the templates that jobs were made from, so what was used can be looked up beside what is offered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.store.database import Database, Transaction, jsonb


@dataclass(frozen=True, kw_only=True)
class RegisteredWorkflow:
    """A workflow to be put on record.

    Attributes:
        template: Its graph; for an engine without one, what tells it from others.
        manifest: JSON-ready; everything that is said of it.
    """

    name: str
    version: str
    engine: str
    medium: str
    status: str
    capabilities: Sequence[str]
    template: Mapping[str, Any]
    manifest: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RegisteredTemplate:
    """A template in the registry; `workflows` are the names of all that have it, and `name` the first it ever had."""

    sha256: str
    name: str
    workflows: Sequence[str]
    version: str
    engine: str
    medium: str
    status: str
    capabilities: Sequence[str]
    manifest: Mapping[str, Any]
    created_at: datetime
    synced_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True)
class SyncResult:
    """What a comparison of registry and record changed: digests of templates."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


def sync_registry(database: Database, workflows: Sequence[RegisteredWorkflow]) -> SyncResult:
    """Make the record say what the registry says; what is no longer in it stays, marked as removed.

    Args:
        workflows: All there are. Several with the same graph share a row, which describes the first by name and lists
            the others under `manifest.others`.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    by_digest: dict[str, list[RegisteredWorkflow]] = {}
    for workflow in sorted(workflows, key=lambda item: (item.name, canonical_json(item.manifest))):
        by_digest.setdefault(_template_digest(workflow), []).append(workflow)
    rows = [_template_row(sha256, group) for sha256, group in sorted(by_digest.items())]

    def work(transaction: Transaction) -> SyncResult:
        written_digests = [row["sha256"] for row in rows if transaction.fetch_one("workflow_templates.register", row)]
        removed_rows = transaction.fetch_all("workflow_templates.remove_others", {"kept": sorted(by_digest)})
        return SyncResult(tuple(written_digests), tuple(sorted(row["sha256"] for row in removed_rows)))

    return database.run_in_transaction(work)


def list_registered(database: Database) -> tuple[RegisteredTemplate, ...]:
    """Return every template that is in the registry, by name.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    return tuple(RegisteredTemplate(**row) for row in database.fetch_all("workflow_templates.list_registered"))


def _template_digest(workflow: RegisteredWorkflow) -> str:
    return hashlib.sha256(canonical_json(workflow.template).encode()).hexdigest()


def _template_row(sha256: str, workflows: Sequence[RegisteredWorkflow]) -> dict[str, Any]:
    first, *others = workflows
    manifest = {**first.manifest, **({"others": [dict(item.manifest) for item in others]} if others else {})}
    return {
        "sha256": sha256,
        "name": first.name,
        "template": canonical_json(first.template),
        "workflows": list(dict.fromkeys(item.name for item in workflows)),
        "version": first.version,
        "engine": first.engine,
        "medium": first.medium,
        "status": first.status,
        "capabilities": sorted(first.capabilities),
        "manifest": jsonb(manifest),
    }
