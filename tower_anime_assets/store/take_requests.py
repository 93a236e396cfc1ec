"""Requests: what people ask to be otherwise in another take of a shot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.planning.shots import PromptPart
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.store.database import Database, Row, Transaction, jsonb
from tower_anime_assets.store.rulings import lock_place, make_id, require_version


@dataclass(frozen=True, kw_only=True)
class NewTakeRequest:
    """A request to be recorded.

    Attributes:
        stage: "keyframe" or "clip".
        shows: Digest of what the shot shows, to which the request is bound; "" of one that takes earlier ones back.
        words: What shall be otherwise; "" where only a seed is given.
        seed: What the first attempt is made with; None for any.
        refined: What a director service made of the words.
        why: Why earlier requests are taken back.
    """

    place: StoryPosition
    stage: str
    who: str
    shows: str = ""
    words: str = ""
    seed: int | None = None
    refined: tuple[PromptPart, ...] = ()
    why: str = ""

    @property
    def is_withdrawal(self) -> bool:
        """Whether it takes earlier requests back."""
        return not self.shows


@dataclass(frozen=True, kw_only=True)
class TakeRequest(NewTakeRequest):
    """A request on record."""

    id: str
    timestamp: datetime


def record_request(
    database: Database, new: NewTakeRequest, seen: str | None = None, *, feedback: Mapping[str, Any] | None = None
) -> str:
    """Record a request, with `feedback` that too, or neither; return its id.

    Args:
        database: The record.
        new: The request.
        seen: The version of the place that the person looked at; None where that does not matter.
        feedback: The parameters of feedback that says the same to learning, None for none.

    Raises:
        PlanError: It does not say who.
        ConflictError: Somebody has decided about the place since the person looked.
    """
    if not new.who.strip():
        raise PlanError("a request for another take needs the name of who asks")
    parameters = {name: value for name, value in vars(new).items() if name != "place"} | new.place.columns
    parameters |= {"id": make_id(database), "refined": jsonb(plain_data(new.refined)), "feedback_id": None}

    def work(transaction: Transaction) -> None:
        lock_place(transaction, new.place)
        if transaction.fetch_one("take_requests.find_by_id", parameters) is not None:
            return  # committed before the connection was lost
        require_version(transaction, new.place, seen)
        if feedback is not None:
            told = transaction.insert_or_find("feedback.record_feedback", "feedback.find_by_key", feedback)
            parameters["feedback_id"] = str(told["id"])
        transaction.fetch_one("take_requests.record_request", parameters)

    database.run_in_transaction(work)
    return str(parameters["id"])


def list_by_episode(database: Database, key: EpisodeKey) -> tuple[TakeRequest, ...]:
    """Return every request about the shots of an episode, newest first."""
    scope = {"project_id": key.project, "episode_id": key.episode}
    return tuple(map(_request, database.fetch_all("take_requests.list_by_episode", scope)))


def _request(row: Row) -> TakeRequest:
    values = {**row, "id": str(row["id"])}
    place = StoryPosition(*(values.pop(name) for name in ("project_id", "episode_id", "scene_id", "shot_id")))
    parts = tuple(PromptPart(**part) for part in values.pop("refined"))
    return TakeRequest(**values, place=place, refined=parts)
