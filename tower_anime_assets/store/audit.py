"""The audit: everything on record about an episode or a shot, and whether the record itself can be trusted.

What the chain proves: a row that was changed, removed or slipped in behind the guards, even by a superuser, no longer
agrees with it. What it cannot prove alone: somebody with that power can also compute the whole chain anew, or cut off
its end together with the rows. Then its head differs from the one that each master carries: see `holds_head`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.store.database import Database, Row, clean_json

JsonRow = dict[str, Any]


class StoredMedia(Protocol):
    """The media store, as far as the audit needs it."""

    def is_intact(self, relative_path: str, sha256: str) -> bool:
        """Return whether the file is there and holds the bytes that its digest names."""
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
    """Return what is on record about an episode or a shot; empty where nothing is.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    scene, shot = (key.scene, key.shot) if isinstance(key, ShotKey) else ("", "")
    scope = {"project_id": key.project, "episode_id": key.episode, "scene_id": scene, "shot_id": shot}
    decisions = _json_rows(database.fetch_all("audit.list_decisions", scope))
    by_decisions = {"decision_ids": [row["id"] for row in decisions]}
    takes = _json_rows(database.fetch_all("audit.list_takes", by_decisions))
    by_takes = {"take_ids": [row["id"] for row in takes]}
    return AuditTrail(
        decisions=decisions,
        verdicts=_json_rows(database.fetch_all("audit.list_verdicts", by_takes)),
        takes=takes,
        consultations=_json_rows(database.fetch_all("audit.list_consultations", by_decisions)),
        workflows=_json_rows(database.fetch_all("audit.list_workflows", by_decisions)),
    )


def read_chain_head(database: Database) -> str:
    """Return the digest of the chain's newest link, which stands for the whole record so far; "" before the first."""
    row = database.fetch_one("audit.find_head")
    return str(row["chain_sha256"]) if row else ""


def chain_contains(database: Database, head: str) -> bool:
    """Return whether the chain still holds a head that was noted earlier, so nothing up to it was written anew."""
    return database.fetch_one("audit.find_link", {"chain_sha256": head}) is not None


def find_chain_problems(database: Database) -> tuple[str, ...]:
    """Return where the record disagrees with its chain, at most 100 of each kind; () when it is sound.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    problems = [
        f"the chain is broken at link {row['seq']} ({row['table_name']} {row['row_id']})"
        for row in database.fetch_all("audit.list_broken_links")
    ]
    for row in database.fetch_all("audit.list_changed_rows"):
        if row["present_sha256"] is None:
            change = "was removed from the record"
        elif row["said_sha256"] is None:
            change = "was written past the chain"
        else:
            change = "was changed behind the guards"
        problems.append(f"{row['table_name']} {row['row_id']} {change}")
    return tuple(problems)


def find_problems(database: Database, media: StoredMedia) -> tuple[str, ...]:
    """Return everything that is wrong with the record and its files; () when it is sound. Reads every file.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    problems = list(find_chain_problems(database))
    for row in database.fetch_all("audit.list_undecided_takes"):
        if row["decided_at"] is None:
            problems.append(f"take {row['id']} has no decision")
        elif row["status"] != "succeeded":
            problems.append(f"take {row['id']} belongs to decision {row['decision_id']}, which is {row['status']}")
        else:
            problems.append(f"take {row['id']} is older than its decision {row['decision_id']}")
    problems += [
        f"media file {row['path']} of take {row['take_id']} is missing or changed; run again to have it made again"
        for row in database.fetch_all("audit.list_files")
        if not media.is_intact(row["path"], row["sha256"])
    ]
    return tuple(problems)


def _json_rows(rows: list[Row]) -> tuple[JsonRow, ...]:
    return tuple({name: _json_value(value) for name, value in row.items()} for row in rows)


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return clean_json(value)  # JSON has no infinities: they become words, which float() reads
