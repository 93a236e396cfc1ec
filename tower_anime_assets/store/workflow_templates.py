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
class Synced:
    """What a comparison of registry and record changed: digests of templates."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


def sync(database: Database, workflows: Sequence[RegisteredWorkflow]) -> Synced:
    """Make the record say what the registry says; what is no longer in it stays, marked as removed.

    Args:
        workflows: All there are. Several with the same graph share a row, which describes the first by name and lists
            the others under `manifest.others`.

    Raises:
        ServiceUnavailable: The database stays away.
    """
    by_digest: dict[str, list[RegisteredWorkflow]] = {}
    for workflow in sorted(workflows, key=lambda item: (item.name, canonical_json(item.manifest))):
        by_digest.setdefault(_digest(workflow), []).append(workflow)
    given = [_row(sha256, same) for sha256, same in sorted(by_digest.items())]

    def work(transaction: Transaction) -> Synced:
        written = [row["sha256"] for row in given if transaction.row("workflow_templates.register", row)]
        gone = transaction.rows("workflow_templates.remove_others", {"kept": sorted(by_digest)})
        return Synced(tuple(written), tuple(sorted(row["sha256"] for row in gone)))

    return database.run(work)


def registered(database: Database) -> tuple[RegisteredTemplate, ...]:
    """Return every template that is in the registry, by name.

    Raises:
        ServiceUnavailable: The database stays away.
    """
    return tuple(RegisteredTemplate(**row) for row in database.rows("workflow_templates.list_registered"))


def _digest(workflow: RegisteredWorkflow) -> str:
    return hashlib.sha256(canonical_json(workflow.template).encode()).hexdigest()


def _row(sha256: str, same: Sequence[RegisteredWorkflow]) -> dict[str, Any]:
    first, *others = same
    manifest = {**first.manifest, **({"others": [dict(item.manifest) for item in others]} if others else {})}
    return {
        "sha256": sha256,
        "name": first.name,
        "template": canonical_json(first.template),
        "workflows": list(dict.fromkeys(item.name for item in same)),
        "version": first.version,
        "engine": first.engine,
        "medium": first.medium,
        "status": first.status,
        "capabilities": sorted(first.capabilities),
        "manifest": jsonb(manifest),
    }
