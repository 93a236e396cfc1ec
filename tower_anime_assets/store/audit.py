"""Everything on record about an episode or shot, and checks that the record is intact.

The chain reveals every row that was changed, deleted or added past the guards, even by a superuser. A superuser could
also recompute the whole chain, or cut off its end together with the rows; but then it no longer contains the heads that
masters store in their metadata: see `chain_contains`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.store.database import Database, json_rows

JsonRow = dict[str, Any]


class StoredMedia(Protocol):
    """What the audit needs of a media store."""

    def is_intact(self, relative_path: str, sha256: str) -> bool:
        """Return whether the file exists and its bytes have this digest."""
        ...


@dataclass(frozen=True)
class AuditTrail:
    """Everything on record about an episode or a shot, as JSON-ready rows, oldest first."""

    decisions: tuple[JsonRow, ...]
    verdicts: tuple[JsonRow, ...]
    takes: tuple[JsonRow, ...]
    consultations: tuple[JsonRow, ...]
    workflows: tuple[JsonRow, ...]


def load_trail(database: Database, key: EpisodeKey | ShotKey) -> AuditTrail:
    """Return everything on record about an episode or a shot; nothing for an unknown key."""
    scene, shot = (key.scene, key.shot) if isinstance(key, ShotKey) else ("", "")
    scope = {"project_id": key.project, "episode_id": key.episode, "scene_id": scene, "shot_id": shot}
    decisions = json_rows(database.fetch_all("audit.list_decisions", scope))
    by_decisions = {"decision_ids": [row["id"] for row in decisions]}
    takes = json_rows(database.fetch_all("audit.list_takes", by_decisions))
    by_takes = {"take_ids": [row["id"] for row in takes]}
    return AuditTrail(
        decisions=decisions,
        verdicts=json_rows(database.fetch_all("audit.list_verdicts", by_takes)),
        takes=takes,
        consultations=json_rows(database.fetch_all("audit.list_consultations", by_decisions)),
        workflows=json_rows(database.fetch_all("audit.list_workflows", by_decisions)),
    )


def read_chain_head(database: Database) -> str:
    """Return the digest of the chain's newest link, which covers the whole record; "" if nothing is on record."""
    row = database.fetch_one("audit.find_head")
    return str(row["chain_sha256"]) if row else ""


def chain_contains(database: Database, head: str) -> bool:
    """Return whether the chain still contains an earlier head, so that nothing before it was rewritten."""
    return database.fetch_one("audit.find_link", {"chain_sha256": head}) is not None


def find_chain_problems(database: Database) -> tuple[str, ...]:
    """Return how the record differs from its chain, at most 100 differences of each kind; () if it is intact."""
    problems = [
        f"the chain is broken at link {row['seq']} ({row['table_name']} {row['row_id']})"
        for row in database.fetch_all("audit.list_broken_links")
    ]
    for row in database.fetch_all("audit.list_changed_rows"):
        if row["actual_sha256"] is None:
            change = "was removed from the record"
        elif row["chained_sha256"] is None:
            change = "was written past the chain"
        else:
            change = "was changed behind the guards"
        problems.append(f"{row['table_name']} {row['row_id']} {change}")
    return tuple(problems)


def find_problems(database: Database, media: StoredMedia) -> tuple[str, ...]:
    """Return every problem of the record and its files; () if there is none. Reads every file."""
    problems = list(find_chain_problems(database))
    for row in database.fetch_all("audit.list_undecided_takes"):
        if row["decided_at"] is None:
            problems.append(f"take {row['id']} has no decision")
        elif row["status"] != "succeeded":
            problems.append(f"take {row['id']} belongs to decision {row['decision_id']}, which is {row['status']}")
        else:
            problems.append(f"take {row['id']} is older than its decision {row['decision_id']}")
    problems += [
        f"media file {row['path']} of take {row['take_id']} is missing or changed: run again to make it again"
        for row in database.fetch_all("audit.list_files")
        if not media.is_intact(row["path"], row["sha256"])
    ]
    return tuple(problems)
