"""Approvals: decisions by people that the stages after one may begin, bound to the digest of what they saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tower_anime_assets.errors import ConflictError, PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb
from tower_anime_assets.store.rulings import make_id

APPROVED: Final = "approved"
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True)
class SeenTake:
    """A take as it was when a person approved.

    Attributes:
        sha256: Digest of what it shows or sounds like.
        path: Its file, relative to the media store.
    """

    subject: str
    take_id: str
    sha256: str
    path: str


@dataclass(frozen=True)
class Approval:
    """An approval, or the withdrawal of all before it.

    Attributes:
        what: "plan", "keyframes", "mix" or "master".
        decision: "approved" or "withdrawn".
        digest: Of what was seen; "" for a withdrawal.
    """

    id: str
    key: EpisodeKey
    what: str
    decision: str
    digest: str
    seen: tuple[SeenTake, ...]
    who: str
    why: str
    timestamp: datetime


def list_by_episode(database: Database, key: EpisodeKey) -> tuple[Approval, ...]:
    """Return every approval and withdrawal of an episode, oldest first."""
    scope = {"project_id": key.project, "episode_id": key.episode}
    return tuple(map(_approval, database.fetch_all("approvals.list_by_episode", scope)))


def record_approval(
    database: Database,
    key: EpisodeKey,
    what: str,
    who: str,
    why: str,
    digest: str,
    seen: Sequence[SeenTake],
    *,
    newest: str | None = None,
) -> str:
    """Record an approval, with digest "" the withdrawal of all before it, and return its id.

    Args:
        database: The record.
        key: The episode.
        what: "plan", "keyframes", "mix" or "master".
        who: Who decides.
        why: The reason.
        digest: Of what was seen.
        seen: What was seen.
        newest: The id of the newest of `what` that the person knows of, "" for none; None where that does not matter.

    Raises:
        PlanError: It does not say who.
        ConflictError: There is a newer one; its `version` is the id of that.
    """
    if not who.strip():
        raise PlanError("an approval needs a name: pass --who NAME")
    parameters: Mapping[str, Any] = {
        "id": make_id(database),
        "project_id": key.project,
        "episode_id": key.episode,
        "what": what,
        "decision": APPROVED if digest else WITHDRAWN,
        "digest": digest,
        "seen": jsonb([vars(take) for take in seen]),
        "who": who.strip(),
        "why": why.strip(),
    }

    def work(transaction: Transaction) -> None:
        transaction.fetch_one("approvals.lock_approvals", {"episode": str(key)})
        rows = map(_approval, transaction.fetch_all("approvals.list_by_episode", parameters))
        own = [one for one in rows if one.what == what and one.id != parameters["id"]]
        last = own[-1] if own else None
        if newest is not None and last is not None and last.id != newest:
            withdrew = "withdrawn every approval of" if last.decision == WITHDRAWN else "approved"
            raise ConflictError(
                f"{key}: {last.who} has {withdrew} the {what} meanwhile. Look again, then decide", last.id
            )
        transaction.fetch_one("approvals.record_approval", parameters)

    database.run_in_transaction(work)
    return str(parameters["id"])


def _approval(row: Row) -> Approval:
    values = dict(row)
    key = EpisodeKey(values.pop("project_id"), values.pop("episode_id"))
    seen = tuple(SeenTake(**take) for take in values.pop("seen"))
    return Approval(**{**values, "id": str(values["id"])}, key=key, seen=seen)
