"""Everything on record about an episode or shot, and checks that the record is intact.

The chain reveals every row that was changed, deleted or added past the guards, even by a superuser. A superuser could
also recompute the whole chain, or cut off its end together with the rows; but then it no longer contains the marks that
masters carry in their metadata: see `ChainMark`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.store.database import Database, Row, json_rows
from tower_anime_assets.store.workflows import find_graph_problems

JsonRow = dict[str, Any]

STRETCH: Final = 10_000
"""Links that are verified at a time: a second or two, well within the limits of a statement."""

MAX_PROBLEMS: Final = 100
"""Problems of one kind that are listed."""

_MARK = re.compile(r"(?P<head>[0-9a-f]{64})(?: link (?P<seq>\d{1,18}) begun by (?P<first>[0-9a-f]{64}))?")


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


@dataclass(frozen=True)
class ChainMark:
    """Where the audit chain stood when a master was ordered, as the master carries it.

    Attributes:
        head_sha256: Digest of the newest link then.
        seq: Its number, from 1; 0 in masters of version 0.2 and earlier, which do not say it.
        first_sha256: Digest of the first link, which tells records apart; "" likewise.
    """

    head_sha256: str
    seq: int = 0
    first_sha256: str = ""

    def __str__(self) -> str:
        return f"{self.head_sha256} link {self.seq} begun by {self.first_sha256}" if self.seq else self.head_sha256

    @classmethod
    def parse(cls, text: str) -> ChainMark | None:
        """Return the mark in a text, None if it is not one."""
        match = _MARK.fullmatch(text)
        return cls(match["head"], int(match["seq"] or 0), match["first"] or "") if match else None


def load_trail(database: Database, key: EpisodeKey | ShotKey) -> AuditTrail:
    """Return everything on record about an episode or a shot; nothing for an unknown key."""
    scene, shot = (key.scene, key.shot) if isinstance(key, ShotKey) else ("", "")
    scope = {"project_id": key.project, "episode_id": key.episode, "scene_id": scene, "shot_id": shot}
    return _trail_of(database, database.fetch_all("audit.list_decisions", scope))


def load_trail_page(
    database: Database, key: EpisodeKey | ShotKey, after: tuple[datetime, str], limit: int
) -> AuditTrail:
    """Return everything on record about the next decisions of an episode or a shot, at most `limit`.

    Args:
        database: The record.
        key: The episode or the shot.
        after: Time and id of the decision before them.
        limit: Decisions.
    """
    scene, shot = (key.scene, key.shot) if isinstance(key, ShotKey) else ("", "")
    scope = {"project_id": key.project, "episode_id": key.episode, "scene_id": scene, "shot_id": shot}
    page = {"after": after[0], "after_id": after[1], "limit": limit}
    return _trail_of(database, database.fetch_all("audit.list_decision_page", scope | page))


def load_decision_trail(database: Database, decision_id: str) -> AuditTrail:
    """Return everything on record about one decision; nothing for an unknown id."""
    try:
        UUID(decision_id)
    except ValueError:
        return _trail_of(database, [])
    return _trail_of(database, database.fetch_all("decisions.find_by_id", {"id": decision_id}))


def list_consultations(database: Database, decision_ids: Sequence[str]) -> tuple[JsonRow, ...]:
    """Return the consultations for these decisions, oldest first."""
    return json_rows(database.fetch_all("audit.list_consultations", {"decision_ids": list(decision_ids)}))


def _trail_of(database: Database, rows: Sequence[Row]) -> AuditTrail:
    decisions = json_rows(rows)
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


def read_chain_mark(database: Database) -> ChainMark:
    """Return where the chain stands now; an empty mark if nothing is on record."""
    return mark_of(database.fetch_one("audit.find_mark"))


def mark_of(row: Row | None) -> ChainMark:
    """Return the mark in a row of `audit.find_mark`; an empty one without a row."""
    return ChainMark(row["chain_sha256"], row["seq"], row["first_sha256"]) if row else ChainMark("")


def chain_contains(database: Database, head: str) -> bool:
    """Return whether the chain still contains an earlier head, so that nothing before it was rewritten."""
    return database.fetch_one("audit.find_link", {"chain_sha256": head}) is not None


@dataclass(frozen=True)
class VerifiedPart:
    """How far a verification has come: up to the link `seq` of `newest`, with so many problems."""

    seq: int
    newest: int
    problems: int


def ignore_progress(_part: VerifiedPart) -> None:
    """Tell nobody how far a verification has come."""


def find_chain_problems(database: Database) -> tuple[str, ...]:
    """Return how the record differs from its chain, at most 100 differences of each kind; () if it is intact."""
    return find_problems(database, None)


def find_problems(
    database: Database,
    media: StoredMedia | None,
    first_link: int = 1,
    report: Callable[[VerifiedPart], None] = ignore_progress,
) -> tuple[str, ...]:
    """Return the problems of the record and its files, at most 100 of each kind; () if there is none.

    The record is read along its chain, `STRETCH` links at a time, so that memory does not grow with it.

    Args:
        database: The record.
        media: Where its files are; each is read. None for the rows alone.
        first_link: The link to begin with. Rows whose newest link is before it are not looked at.
        report: Told after each stretch.
    """
    problems = verify_links(database, media, first_link, report)
    for table in database.fetch_all("audit.list_chained_tables"):
        for row_id in _find_unchained(database, **table):
            problems.add("unchained", f"{table['table_name']} {row_id} was written past the chain")
    return tuple(problems.texts)


def verify_links(
    database: Database,
    media: StoredMedia | None,
    first_link: int = 1,
    report: Callable[[VerifiedPart], None] = ignore_progress,
) -> ProblemList:
    """Return what is wrong with the links from one on, and with what they stand for; see `find_problems`."""
    problems = ProblemList()
    link = database.fetch_one("audit.find_link_digest", {"seq": first_link - 1})
    after, previous_sha256 = first_link - 1, str(link["chain_sha256"]) if link else ""
    while end := database.fetch_one("audit.find_stretch_end", {"after": after, "limit": STRETCH}):
        stretch = {"after": after, "until": end["seq"]}
        _check_rows(database, stretch, previous_sha256, problems)
        if media is not None:
            _check_takes(database, stretch, media, problems)
        after, previous_sha256 = end["seq"], end["chain_sha256"]
        newest = database.fetch_one("audit.find_head")
        report(VerifiedPart(after, newest["seq"] if newest else after, len(problems.texts)))
    return problems


class ProblemList:
    """What was found, at most `MAX_PROBLEMS` of each kind."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, text: str) -> None:
        """Note a problem, unless there are enough of its kind."""
        self._counts[kind] += 1
        if self._counts[kind] <= MAX_PROBLEMS:
            self.texts.append(text)
        elif self._counts[kind] == MAX_PROBLEMS + 1:
            self.texts.append(f"more of the same kind are left out, from here on: {text}")


def _check_rows(database: Database, stretch: Row, previous_sha256: str, problems: ProblemList) -> None:
    """Check that each link follows from the one before it, and that each row is as its newest link says."""
    for row in database.fetch_all("audit.list_broken_links", stretch | {"previous_sha256": previous_sha256}):
        problems.add("broken", f"the chain is broken at link {row['seq']} ({row['table_name']} {row['row_id']})")
    for row in database.fetch_all("audit.list_changed_rows", stretch):
        change = "was removed from the record" if row["actual_sha256"] is None else "was changed behind the guards"
        problems.add("changed", f"{row['table_name']} {row['row_id']} {change}")


def _check_takes(database: Database, stretch: Row, media: StoredMedia, problems: ProblemList) -> None:
    """Check the decisions, files and graphs of the takes whose links are in a stretch."""
    for row in database.fetch_all("audit.list_undecided_takes", stretch):
        if row["decided_at"] is None:
            problems.add("undecided", f"take {row['id']} has no decision")
        elif row["status"] != "succeeded":
            text = f"take {row['id']} belongs to decision {row['decision_id']}, which is {row['status']}"
            problems.add("undecided", text)
        else:
            problems.add("undecided", f"take {row['id']} is older than its decision {row['decision_id']}")
    for row in database.fetch_all("audit.list_files", stretch):
        if not media.is_intact(row["path"], row["sha256"]):
            text = (
                f"media file {row['path']} of take {row['take_id']} is missing or changed: run again to make it again"
            )
            problems.add("file", text)
    for text in find_graph_problems(database, media.is_intact, **stretch):
        problems.add("graph", text)


def _find_unchained(database: Database, table_name: str, id_type: str) -> Iterator[str]:
    """Yield the ids of the rows of a table that no link of the chain knows."""
    first_id, seen = str(UUID(int=0)) if id_type == "uuid" else str(-(2**63)), ""
    while True:
        stretch = {"table_name": table_name, "first_id": first_id, "limit": STRETCH + 1}  # the last one once more
        rows = database.run_in_transaction(
            lambda work, stretch=stretch: work.fetch_named("audit.list_unchained_rows", stretch, table=table_name)  # type: ignore[misc]
        )
        yield from (row["row_id"] for row in rows if row["is_unchained"] and row["row_id"] != seen)
        if not rows or rows[-1]["row_id"] == seen:
            return
        first_id = seen = rows[-1]["row_id"]
