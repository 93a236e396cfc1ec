"""Rulings: what people decided about takes, besides waivers and choices: rejected, readmitted, locked, released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tower_anime_assets.errors import ConflictError, PlanError
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.store import takes
from tower_anime_assets.store.database import Database, Row, Transaction
from tower_anime_assets.store.takes import Take

REJECTED: Final = "rejected"
READMITTED: Final = "readmitted"
LOCKED: Final = "locked"
RELEASED: Final = "released"


@dataclass(frozen=True, kw_only=True)
class NewRuling:
    """A ruling to be recorded.

    Attributes:
        ruling: "rejected", "readmitted", "locked" or "released".
        reason: Of a rejection: one of `production.learning.feedback.REASONS`; "" for the others.
        note: Why, in the person's words; "" only of a rejection.
        frame: Of a rejection: the frame that it is about, from 0; None for the whole take.
        region: Likewise: left, top, width and height of the part of the picture that it is about, px; None for all.
    """

    take_id: str
    ruling: str
    place: StoryPosition
    who: str
    reason: str = ""
    note: str = ""
    frame: int | None = None
    region: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Ruling(NewRuling):
    """A ruling on record.

    Attributes:
        content_sha256: Digest of what the take shows or sounds like.
        feedback_id: The feedback by which learning knows of a rejection, None for the others.
    """

    id: str
    stage: str
    content_sha256: str
    feedback_id: str | None
    timestamp: datetime

    @property
    def pinned_to(self) -> str:
        """The frame and region that it is about, in words; "" for the whole take."""
        frame = f"frame {self.frame}" if self.frame is not None else ""
        region = "region " + ",".join(map(str, self.region)) if self.region is not None else ""
        return ", ".join(filter(None, (frame, region)))


@dataclass(frozen=True, kw_only=True)
class Lock(Ruling):
    """A lock that stands.

    Attributes:
        take: The take that is used.
        quality: The level of quality that it was made at, and holds for.
        brief: What the take was made for, JSON-ready.
    """

    take: Take
    quality: str
    brief: Mapping[str, Any]


@dataclass(frozen=True)
class StandingRulings:
    """The rejections and locks that stand in a show.

    Attributes:
        rejections: By stage and content.
        locks: By place, stage and level of quality.
    """

    rejections: Mapping[tuple[str, str], Ruling] = field(default_factory=dict)
    locks: Mapping[tuple[StoryPosition, str, str], Lock] = field(default_factory=dict)

    def rejection_of(self, take: Take) -> Ruling | None:
        """Return the rejection of what a take shows, None if nobody rejected it."""
        return self.rejections.get((take.stage, take.files["main"].sha256))

    def lock_at(self, place: StoryPosition, stage: str, quality: str) -> Lock | None:
        """Return the lock of a place, None if there is none."""
        return self.locks.get((place, stage, quality))


@dataclass(frozen=True)
class Version:
    """The newest thing that people decided about a place: what a program remembers of what a person looked at.

    Attributes:
        id: "" while nobody has decided anything.
    """

    id: str
    who: str = ""
    what: str = ""
    timestamp: datetime | None = None


def load_standing(database: Database, project_id: str) -> StandingRulings:
    """Return the rejections and locks that stand in a show."""
    scope = {"project_id": project_id}
    rejections = map(_ruling, database.fetch_all("rulings.list_rejections", scope))
    locks = _load_locks(database, database.fetch_all("rulings.list_locks", scope))
    return StandingRulings(
        {(one.stage, one.content_sha256): one for one in rejections},
        {(one.place, one.stage, one.quality): one for one in locks},
    )


def _load_locks(database: Database, rows: Iterable[Row]) -> Iterable[Lock]:
    for row in rows:
        own = dict(row)
        quality, brief = own.pop("quality"), own.pop("brief")
        take = takes.find_by_id(database, str(row["take_id"]))
        assert take is not None  # noqa: S101 - a foreign key, and takes are never deleted
        yield Lock(**vars(_ruling(own)), take=take, quality=quality, brief=brief or {})


def list_by_takes(database: Database, take_ids: Iterable[str]) -> tuple[Ruling, ...]:
    """Return every ruling about these takes, oldest first."""
    return tuple(map(_ruling, database.fetch_all("rulings.list_by_takes", {"take_ids": list(take_ids)})))


def newest_id(database: Database, project_id: str) -> str:
    """Return the id of the newest ruling in a show, "" before the first."""
    row = database.fetch_one("rulings.find_newest", {"project_id": project_id})
    return str(row["id"]) if row else ""


def find_version(database: Database, place: StoryPosition) -> Version:
    """Return the newest thing that people decided about a place."""
    return _version(database.fetch_one("rulings.find_version", place.columns))


def list_versions(database: Database, key: EpisodeKey) -> dict[tuple[str, str], str]:
    """Return the id of the `Version` of each shot of an episode, by scene and shot; without those nobody decided on."""
    rows = database.fetch_all("rulings.list_versions", {"project_id": key.project, "episode_id": key.episode})
    return {(row["scene_id"], row["shot_id"]): str(row["id"]) for row in rows}


def record_ruling(
    database: Database, new: NewRuling, seen: str | None = None, *, feedback: Mapping[str, Any] | None = None
) -> Ruling:
    """Record a ruling; with `feedback`, that too, or neither.

    Args:
        database: The record.
        new: The ruling.
        seen: The version of the place that the person looked at; None where that does not matter.
        feedback: The parameters of feedback that says the same to learning, None for none.

    Raises:
        PlanError: It says not who or why, or names no take.
        ConflictError: Somebody has decided about the place since the person looked.
    """
    if not new.who.strip() or not (new.note.strip() or new.reason):
        raise PlanError(f"a take is {new.ruling} by whom and why? Found {new.who!r} and {new.note!r}")
    row_id = make_id(database)
    parameters = {name: value for name, value in vars(new).items() if name != "place"} | new.place.columns
    parameters |= {"id": row_id, "region": list(new.region) if new.region is not None else None, "feedback_id": None}

    def work(transaction: Transaction) -> Row | None:
        lock_place(transaction, new.place)
        if (known := transaction.fetch_one("rulings.find_by_id", {"id": row_id})) is not None:
            return known  # committed before the connection was lost
        require_version(transaction, new.place, seen)
        if feedback is not None:
            told = transaction.insert_or_find("feedback.record_feedback", "feedback.find_by_key", feedback)
            parameters["feedback_id"] = str(told["id"])
        transaction.fetch_one("rulings.record_ruling", parameters)
        return transaction.fetch_one("rulings.find_by_id", {"id": row_id})

    row = database.run_in_transaction(work)
    if row is None:
        raise PlanError(f"there is no take {new.take_id} on record")
    return _ruling(row)


def make_id(database: Database) -> str:
    """Return an id for a row, which sorts behind those before it; a transaction run again finds its row by it."""
    row = database.fetch_one("rulings.make_id")
    assert row is not None  # noqa: S101 - the query gives one row
    return str(row["id"])


def lock_place(transaction: Transaction, place: StoryPosition) -> None:
    """Have everybody else who decides about a place wait until the transaction ends."""
    transaction.fetch_one("rulings.lock_place", {"place": str(place)})


def check_version(database: Database, place: StoryPosition, seen: str | None) -> None:
    """Refuse at once what a person decides on a place that has changed since they looked; see `require_version`.

    Raises:
        ConflictError: It has.
    """
    database.run_in_transaction(lambda transaction: require_version(transaction, place, seen))


def require_version(transaction: Transaction, place: StoryPosition, seen: str | None) -> None:
    """Refuse what a person decided on a place that has changed since they looked.

    Raises:
        ConflictError: It has.
    """
    if seen is None:
        return
    newest = _version(transaction.fetch_one("rulings.find_version", place.columns))
    if newest.id != seen:
        what = f"{newest.who} has {newest.what} a take of it" if newest.id else "nothing is decided about it"
        raise ConflictError(f"{place} is not as you saw it: {what}. Look at it again, then decide", newest.id)


def rejection_sentence(ruling: Ruling) -> str:
    """Return who rejected a take and why, as a sentence."""
    where = f", {ruling.pinned_to}" if ruling.pinned_to else ""
    note = f": {ruling.note}" if ruling.note else ""
    return f"{ruling.who} rejected take {ruling.take_id} ({ruling.reason}{where}){note}."


def _version(row: Row | None) -> Version:
    return Version(str(row["id"]), row["who"], row["what"], row["timestamp"]) if row else Version("")


def _ruling(row: Row) -> Ruling:
    values = dict(row)
    place = StoryPosition(
        *(values.pop(name) for name in ("project_id", "episode_id", "scene_id", "shot_id", "line_id"))
    )
    region = values.pop("region")
    return Ruling(**values, place=place, region=tuple(region) if region is not None else None)
