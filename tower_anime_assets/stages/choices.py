"""Choices between takes: what there is of a shot, as gates and people see it, and a person's choice what is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.learning.feedback import GOOD
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.stages.feedback import current_take, new_feedback, tell_director_of_feedback
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import STAGES
from tower_anime_assets.stages.rulings import TakeDecision, as_seen
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import FoundTake
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import choices, rulings, takes, verdicts
from tower_anime_assets.store.rulings import rejection_sentence
from tower_anime_assets.store.takes import Take

_SHOWN_ID_CHARS = 13
"""Ids begin with the time: fewer characters are alike in takes of one second."""


@dataclass(frozen=True)
class ShotTake:
    """A take of a shot that could be used now: it was made of what the shot is today.

    Attributes:
        is_used: Whether it stands for the shot.
        failed: Gates that reject it.
        rejection: Who rejected it and why, "" if no person did.
        lock: The same of its lock, "" if it is not locked.
    """

    take: Take
    is_used: bool
    failed: tuple[str, ...]
    rejection: str = ""
    lock: str = ""

    def __str__(self) -> str:
        state = "used" if self.is_used else "rejected" if self.failed or self.rejection else "accepted"
        people = f"  {self.rejection or self.lock}" if self.rejection or self.lock else ""
        rank = self.take.candidate_rank
        candidate = f", candidate {rank + 1}" if rank is not None else ""
        score = f", score {self.take.score:.2f}" if self.take.score is not None else ""
        failed = f": {', '.join(self.failed)}" if self.failed else ""
        made = f"{self.take.stage}, attempt {self.take.attempt}{candidate}{score}"
        return f"{self.take.id}  {made}  {state}{failed}  {self.take.files['main'].path}{people}"


def list_shot_takes(studio: Studio, key: ShotKey, quality: str = "") -> list[ShotTake]:
    """Return the takes of a shot that were made of what it is today, or are locked, by stage, the one in use first.

    Raises:
        NotAcceptedError: Its screenplay has not been read yet.
    """
    return takes_made_of(studio, key, dict(_orders_of(studio, key, quality)))


def takes_made_of(studio: Studio, key: ShotKey, found: Mapping[str, FoundTake]) -> list[ShotTake]:
    """Return what `list_shot_takes` does, for whoever has found the orders of the shot already, by stage name."""
    database = studio.database
    made = takes.list_by_shot(database, key)
    accepted = verdicts.find_accepted(database, [take.id for take in made])
    latest = verdicts.find_latest(database, [take.id for take in made])
    standing = rulings.load_standing(database, key.project)
    rows = []
    for take in made:
        order, outcome = found.get(take.stage, (None, None))
        lock = next((one for one in standing.locks.values() if one.take_id == take.id), None)
        if order is not None and (take.brief_digest in order.digests or lock is not None):
            is_used = outcome is not None and outcome.take.id == take.id
            if outcome is not None and is_used:  # judged by the bars of now
                failed = sorted({one.gate for one in outcome.failed}) if not outcome.accepted else []
            else:
                failed = sorted({one.gate for one in latest.get(take.id, ()) if not one.passed})
                failed = failed if take.id not in accepted else []
            rejection = standing.rejection_of(take)
            rows.append(
                ShotTake(
                    take,
                    is_used,
                    tuple(failed),
                    rejection_sentence(rejection) if rejection is not None else "",
                    f"locked by {lock.who}: {lock.note}" if lock is not None else "",
                )
            )
    stages = [stage.name for stage in STAGES]
    return sorted(rows, key=lambda row: (stages.index(row.take.stage), not row.is_used))


def choose_take(
    studio: Studio, key: ShotKey, take_id: str, who: str, why: str, quality: str = "", seen: str | None = None
) -> TakeDecision:
    """Record that a person chose a take of a shot: of those there are, it is used as long as it is what the shot is.

    Args:
        studio: The studio.
        key: The shot.
        take_id: Id of the take, or its beginning.
        who: Who decides.
        why: The reason; not empty.
        quality: The level of quality that the take was made at, "" for the project's own.
        seen: The version of the shot that the person looked at, see `stages.rulings`; None where it does not matter.

    Raises:
        PlanError: There is no such take, a gate or a person rejects it, or another one is locked.
        ConflictError: Somebody has decided about the shot since the person looked.
        NotAcceptedError: The screenplay has not been read yet.
    """
    place = key.position
    seen = as_seen(studio, place, seen)
    take = _choosable_take(studio, key, take_id, quality)
    version = choices.record_choice(studio.database, take.id, place, who, why, seen)
    says = f"{key}: take {take.id} chosen by {who}. `tower plan {key.episode_key}` says what follows"
    return TakeDecision(take.id, version, says)


def approve_shot(
    studio: Studio, key: ShotKey, who: str, why: str, quality: str = "", seen: str | None = None
) -> TakeDecision:
    """Record that a person approves a shot: its take in use is chosen, and is a good one to learning and the director.

    Like any choice it holds as long as the take is what the shot is; what is to stay whatever changes is locked.

    Args:
        studio: The studio.
        key: The shot.
        who: Who approves.
        why: The reason, "" for none.
        quality: As in `choose_take`.
        seen: As in `choose_take`.

    Raises:
        PlanError: The shot has no take yet, or a gate or a person rejects it.
        ConflictError: Somebody has decided about the shot since the person looked.
        NotAcceptedError: The screenplay has not been read yet.
    """
    place = key.position
    seen = as_seen(studio, place, seen)
    in_use = current_take(saved_episode(Run(studio, quality=quality), key.episode_key), str(key), "")[1].take
    take = _choosable_take(studio, key, in_use.id, quality)
    opinion = new_feedback(take, GOOD, "overall", why, who)
    version = choices.record_choice(
        studio.database, take.id, place, who, why.strip() or "approved", seen, feedback=vars(opinion)
    )
    learned, untold = tell_director_of_feedback(studio, take, opinion, ("approved by a person",))
    says = f"{key}: {take.stage} take {take.id} approved by {who}; it is used as long as the shot stays what it is"
    return TakeDecision(take.id, version, says, learned, untold)


def _choosable_take(studio: Studio, key: ShotKey, take_id: str, quality: str) -> Take:
    """Return the take of a shot that this id or its beginning names, if it may be used.

    Raises:
        PlanError: There is no such take, a gate or a person rejects it, or another one is locked.
    """
    rows = list_shot_takes(studio, key, quality)
    matches = [row for row in rows if row.take.id.startswith(take_id)] if take_id else []
    if len(matches) != 1:
        ids = ", ".join(row.take.id[:_SHOWN_ID_CHARS] for row in rows) or "none"
        what = "names several takes" if matches else "is no take of what the shot is today"
        raise PlanError(f"{take_id!r} {what}; there are {ids}. `tower choose {key}` shows them")
    (chosen,) = matches
    if chosen.failed:
        raise PlanError(
            f"take {chosen.take.id} is rejected by {', '.join(chosen.failed)}, so it cannot be used. "
            "Make another, change the bar under `thresholds` in project.yaml, or pass it: "
            f'tower waive {chosen.take.id} GATE --why "..."'
        )
    if chosen.rejection:
        raise PlanError(f'{chosen.rejection} Take that back first: tower reject {chosen.take.id} --undo --why "..."')
    locked = next((row for row in rows if row.lock and row.take.stage == chosen.take.stage), None)
    if locked is not None and locked is not chosen:
        raise PlanError(f"take {locked.take.id} is {locked.lock}. Release it before you choose another")
    return chosen.take


def _orders_of(studio: Studio, key: ShotKey, quality: str) -> Iterator[tuple[str, FoundTake]]:
    """Yield a shot's order in each stage that makes takes of shots, with the take that stands for it."""
    run = saved_episode(Run(studio, quality=quality), key.episode_key)
    for stage in STAGES:
        if stage.is_by_shot:
            found: Sequence[FoundTake] = run.find(stage, partial=True)
            yield from ((stage.name, one) for one in found if one[0].subject == str(key))
