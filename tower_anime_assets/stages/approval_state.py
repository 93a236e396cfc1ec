"""The state of an approval: what there is to approve, whether a person has, and what has changed since one did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tower_anime_assets.errors import ApprovalPendingError
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.store import approvals
from tower_anime_assets.store.approvals import APPROVED, Approval, SeenTake
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import Take

PLAN: Final = "plan"
KEYFRAMES: Final = "keyframes"
MIX: Final = "mix"
MASTER: Final = "master"

WAITING: Final[Mapping[str, str]] = {
    PLAN: "keyframes, voices and music",
    KEYFRAMES: "clips",
    MIX: "the master",
    MASTER: "its delivery",
}
"""What waits for each approval."""


@dataclass(frozen=True)
class ApprovalState:
    """Whether a person has approved what a stage has made of an episode.

    Attributes:
        what: "plan", "keyframes", "mix" or "master".
        seen: What there is to approve now, in story order.
        standing: The approval of just this, None if there is none.
        expired: The newest approval of something else, None if there is none or it was withdrawn.
        quality: The level of quality that was asked for, "" for the project's own.
        newest: The newest approval or withdrawal of `what`, None before the first.
    """

    key: EpisodeKey
    what: str
    seen: tuple[SeenTake, ...]
    standing: Approval | None
    expired: Approval | None
    quality: str = ""
    newest: Approval | None = None

    @property
    def digest(self) -> str:
        """The digest of what there is to approve now."""
        return seen_digest(self.seen)

    @property
    def version(self) -> str:
        """The version of what a person sees: what there is to approve, and what people have decided about it."""
        return approval_version(self.digest, self.newest.id if self.newest is not None else "")

    @property
    def changed(self) -> tuple[str, ...]:
        """The subjects that differ from what was approved last; () if nothing was."""
        if self.expired is None:
            return ()
        before = {take.subject: take.sha256 for take in self.expired.seen}
        now = {take.subject: take.sha256 for take in self.seen}
        return tuple(subject for subject in {**now, **before} if before.get(subject) != now.get(subject))

    @property
    def command(self) -> str:
        """The command that approves it."""
        return f"tower approve {self.key} {self.what}" + (f" --quality {self.quality}" if self.quality else "")

    def __str__(self) -> str:
        if self.standing is not None:
            why = f" ({self.standing.why})" if self.standing.why else ""
            return f"{self.key}: {self.standing.who} approved the {self.what}{why}"
        if self.expired is not None:
            names = ", ".join(self.changed[:4]) + (", ..." if len(self.changed) > 4 else "")
            state = f"what {self.expired.who} approved has changed since ({names})"
        else:
            state = "there is none yet"
        return (
            f"{self.key}: {WAITING[self.what]} must wait for a person's approval of the {self.what}; {state}. "
            f"Look at what there is, then: {self.command}"
        )

    def require(self) -> None:
        """Refuse to go on without an approval.

        Raises:
            ApprovalPendingError: Nobody has approved what there is now.
        """
        if self.standing is None:
            raise ApprovalPendingError(str(self))


def approval_version(digest_: str, newest_id: str) -> str:
    """Return the version of an approval's state: the digest of what there is, and the id of the newest decision."""
    return f"{digest_}.{newest_id}"


def seen_digest(seen: Sequence[SeenTake]) -> str:
    """Return the digest of what a person sees, whichever takes show it."""
    return digest([[take.subject, take.sha256] for take in seen])


def read_state(
    database: Database, key: EpisodeKey, what: str, takes: Sequence[tuple[str, Take]], quality: str = ""
) -> ApprovalState:
    """Return the state of an approval of takes, given with their subjects in story order."""
    seen = tuple(
        SeenTake(subject, take.id, take.files["main"].sha256, take.files["main"].path) for subject, take in takes
    )
    wanted = seen_digest(seen)
    standing: dict[str, Approval] = {}
    last: Approval | None = None
    for one in approvals.list_by_episode(database, key):
        if one.what == what:
            standing = {**standing, one.digest: one} if one.decision == APPROVED else {}
            last = one
    others = [one for digest_, one in standing.items() if digest_ != wanted]
    newest = max(others, key=lambda one: one.timestamp, default=None)
    return ApprovalState(key, what, seen, standing.get(wanted), newest, quality, last)
