"""Edits of shows' files that people made here: who, when, why, and what changed. The files stay the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.store.database import Database, Row, Transaction
from tower_anime_assets.store.rulings import make_id

MAX_DIFF_CHARS: Final = 1_000_000
"""Longest diff that is kept; of a longer one the digests and the numbers of lines are."""


@dataclass(frozen=True, kw_only=True)
class NewShowEdit:
    """An edit to be recorded.

    Attributes:
        episode_id: The episode whose script it is, "" for a file of the whole show.
        file: Path from the show's folder.
        before_sha256: Digest of the file before, "" for a file that is made.
        diff: Unified diff of the texts; "" on record where it is too long.
        faults: How many faults the person knowingly saved.
        why: "" where no reason was given.
    """

    project_id: str
    episode_id: str
    file: str
    before_sha256: str
    after_sha256: str
    lines_added: int
    lines_removed: int
    diff: str
    faults: int
    who: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class ShowEdit(NewShowEdit):
    """An edit on record."""

    id: str
    timestamp: datetime


def record_edit(database: Database, new: NewShowEdit, write: Callable[[], object]) -> None:
    """Record an edit of a file and carry it out; see `record_edits`."""
    record_edits(database, [new], write)


def record_edits(database: Database, edits: Sequence[NewShowEdit], write: Callable[[], object]) -> None:
    """Record edits of files and carry them out, one after another with every other edit of these files.

    The row comes first, so that nothing is written where nothing can be recorded; it is only kept if the file was
    written.

    Args:
        database: The record.
        edits: The edits, each of another file.
        write: Writes the files; called again, and then finds them written, where the connection was lost.

    Raises:
        PlanError: It does not say who.
    """
    if not all(new.who.strip() for new in edits):
        raise PlanError("an edit needs a name: who makes it?")
    rows = [_parameters(make_id(database), new) for new in sorted(edits, key=lambda new: new.file)]

    def work(transaction: Transaction) -> None:
        for row in rows:
            transaction.fetch_one("show_edits.lock_file", {"project_id": row["project_id"], "file": row["file"]})
            transaction.fetch_one("show_edits.record_edit", row)
        write()

    database.run_in_transaction(work)


def list_by_episode(database: Database, key: EpisodeKey) -> tuple[ShowEdit, ...]:
    """Return every edit of an episode's script and of its show's other files, oldest first."""
    scope = {"project_id": key.project, "episode_id": key.episode}
    return tuple(map(_edit, database.fetch_all("show_edits.list_by_episode", scope)))


def find_newest(database: Database, project_id: str, file: str) -> ShowEdit | None:
    """Return the newest edit of a file that was made here, None if there is none."""
    row = database.fetch_one("show_edits.find_newest_of_file", {"project_id": project_id, "file": file})
    return _edit(row) if row else None


def _parameters(edit_id: str, new: NewShowEdit) -> dict[str, Any]:
    kept = new.diff if len(new.diff) <= MAX_DIFF_CHARS else ""
    return {**vars(new), "id": edit_id, "diff": kept, "who": new.who.strip(), "why": new.why.strip()}


def _edit(row: Row) -> ShowEdit:
    return ShowEdit(**{**row, "id": str(row["id"])})
