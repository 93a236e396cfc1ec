"""The registry of workflows, copied to the database.

The table is the one that stores the templates of past jobs, so both can be compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.store.database import Database, Transaction, jsonb


@dataclass(frozen=True, kw_only=True)
class RegisteredWorkflow:
    """A workflow of the registry.

    Attributes:
        template: Its graph; for an engine without a graph, what identifies it.
        manifest: JSON-ready; everything that the registry says about it.
    """

    name: str
    version: str
    engine: str
    medium: str
    status: str
    capabilities: Sequence[str]
    template: Mapping[str, Any]
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class SyncResult:
    """The digests of the templates that a synchronization wrote and marked as removed."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


def sync_registry(database: Database, workflows: Sequence[RegisteredWorkflow]) -> SyncResult:
    """Copy the registry to the database, and mark templates that are no longer in it as removed.

    Args:
        workflows: The whole registry. Workflows with the same graph share a row: it describes the first by name, and
            lists the others under `manifest.others`.
    """
    return database.run_in_transaction(lambda transaction: write_registry(transaction, workflows))


def write_registry(transaction: Transaction, workflows: Sequence[RegisteredWorkflow]) -> SyncResult:
    """Do what `sync_registry` does, as a part of a transaction."""
    by_digest: dict[str, list[RegisteredWorkflow]] = {}
    for workflow in sorted(workflows, key=lambda item: (item.name, canonical_json(item.manifest))):
        by_digest.setdefault(_template_digest(workflow), []).append(workflow)
    rows = [_template_row(sha256, group) for sha256, group in sorted(by_digest.items())]
    written = tuple(row["sha256"] for row in rows if transaction.fetch_one("workflow_templates.register_template", row))
    removed = transaction.fetch_all("workflow_templates.mark_removed", {"current_digests": sorted(by_digest)})
    return SyncResult(written, tuple(sorted(row["sha256"] for row in removed)))


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
