"""Rulings of people about takes: rejecting, locking, and taking either back; each on record with who, when and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.production.learning.feedback import BAD, REASONS, Reason, reason_for
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey, StoryPosition
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.feedback import current_take, new_feedback, tell_director_of_feedback
from tower_anime_assets.stages.finishing import FINISHING_STAGES
from tower_anime_assets.stages.inpainting import Region
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions, rulings, takes, verdicts
from tower_anime_assets.store.rulings import LOCKED, READMITTED, REJECTED, RELEASED, Lock, NewRuling, Ruling
from tower_anime_assets.store.takes import TAKE_ID, Take

LOCKABLE: Final = (KEYFRAMES, CLIPS)
"""The stages whose takes people lock: what is seen of a shot. Everything else follows from these and the script."""


@dataclass(frozen=True)
class TakeDecision:
    """What a person decided about a take, on record.

    Attributes:
        take_id: The take.
        version: The version of the take's place with this decision, see `place_version`.
        says: What was decided and what follows, a sentence.
        learned: What the show's director says it learned; () without such a service.
        untold: Why the director could not be told, "" if it was, need not be, or there is none.
    """

    take_id: str
    version: str
    says: str
    learned: tuple[str, ...] = ()
    untold: str = ""

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True)
class Rejection:
    """A rejection on record, and what a director service made of it.

    Attributes:
        version: The version of the take's place with this rejection.
        learned: What the director says it learned; () without a service.
        untold: Why the director could not be told, "" if it was or there is none.
    """

    ruling: Ruling
    take: Take
    version: str
    learned: tuple[str, ...] = ()
    untold: str = ""

    def __str__(self) -> str:
        place = self.ruling.place
        plan = f"`tower plan {place.project}-{place.episode}` says what follows"
        follows = plan if place.episode else "the next run makes another"
        pinned = f", {self.ruling.pinned_to}" if self.ruling.pinned_to else ""
        return (
            f"{place}: {self.take.stage} take {self.take.id} rejected by {self.ruling.who} "
            f"({self.ruling.reason}{pinned}); nothing uses it any more. {follows}"
        )


def find_take(studio: Studio, name: str, stage: str = "", quality: str = "") -> Take:
    """Return the take that a person names.

    Args:
        studio: The studio.
        name: A take's id or its beginning, at least 13 characters; or a shot's key for its take in use.
        stage: Of a shot: "keyframe" or "clip"; "" for its clip or, before there is one, its keyframe.
        quality: Of a shot: the level of quality, "" for the project's own.

    Raises:
        UnknownKeyError: There is no such take or shot, or several takes begin like that.
        NotAcceptedError: The screenplay has not been read yet.
    """
    if TAKE_ID.fullmatch(name):
        found = takes.find_by_prefix(studio.database, name)
        if len(found) == 1:
            return found[0]
        what = "names several takes: write more of it" if found else "is no take on record"
        raise UnknownKeyError(f"{name} {what}; `tower choose SHOT` and `tower audit SHOT --full` list takes")
    shot = ShotKey.parse(name)
    return current_take(saved_episode(Run(studio, quality=quality), shot.episode_key), str(shot), stage)[1].take


def find_shot_take(studio: Studio, key: ShotKey, name: str = "", stage: str = "", quality: str = "") -> Take:
    """Return a take of a shot: the one with this id or beginning of it, else the one in use.

    Raises:
        UnknownKeyError: There is no such take, or it is of something else.
        NotAcceptedError: The screenplay has not been read yet.
    """
    take = find_take(studio, name or str(key), stage, quality)
    if str(take.position) != str(key):
        raise UnknownKeyError(f"take {take.id} is of {take.position}, not of {key}. Name a take of the shot")
    return take


def place_version(studio: Studio, place: StoryPosition) -> str:
    """Return the version of what people decided about a place, to be given back as `seen`; "" before the first."""
    return rulings.find_version(studio.database, place).id


def as_seen(studio: Studio, place: StoryPosition, seen: str | None) -> str:
    """Return the version that a decision is bound to: what the person looked at, else what there is now.

    So of two people who decide at the same moment the second is told, whatever they looked at.

    Raises:
        ConflictError: Somebody has decided about the place since the person looked.
    """
    if seen is None:
        return place_version(studio, place)
    rulings.check_version(studio.database, place, seen)  # who was first is told before what is wrong since
    return seen


def _place_named(studio: Studio, name: str) -> StoryPosition:
    """Return the place of the take or shot that a person names.

    Raises:
        UnknownKeyError: There is no such take.
    """
    if TAKE_ID.fullmatch(name):
        return find_take(studio, name).position
    shot = ShotKey.parse(name)
    return shot.position


# Rejecting ------------------------------------------------------------------------------------------------------------


def reject_take(
    studio: Studio,
    name: str,
    reason: str,
    who: str,
    *,
    note: str = "",
    frame: int | None = None,
    region: Region | None = None,
    stage: str = "",
    quality: str = "",
    seen: str | None = None,
) -> Rejection:
    """Record that a person rejects a take: nothing uses it, or another take that shows the same, from now on.

    Learning and the project's director are told as of any bad opinion. The same rejection again changes nothing.

    Args:
        studio: The studio.
        name: As in `find_take`.
        reason: One of `production.learning.feedback.REASONS` that says what is bad.
        who: Who decides.
        note: What else there is to say.
        frame: The frame that the note is about, from 0; None for the whole take.
        region: The part of the picture that the note is about; None for all.
        stage: Of a shot, where the reason leaves open which take is meant; as in `find_take`.
        quality: As in `find_take`.
        seen: The version of the take's place that the person looked at; None where that does not matter.

    Raises:
        PlanError: There is no such take or reason, it is locked, or frame or region lie outside of it.
        ConflictError: Somebody has decided about the shot since the person looked.
    """
    kind = reason_for(BAD, reason)
    take = find_take(studio, name, stage or kind.stage, quality)
    place = take.position
    seen = as_seen(studio, place, seen)
    _require_fitting(studio, take, kind, frame, region)
    pinned = None if region is None else (region.left, region.top, region.width, region.height)
    standing = rulings.load_standing(studio.database, take.project_id)
    if lock := next((one for one in standing.locks.values() if one.take_id == take.id), None):
        raise PlanError(f"{lock.who} locked take {take.id} ({lock.note}). Let go of it first: {_release_command(lock)}")
    before = standing.rejection_of(take)
    new = NewRuling(
        take_id=take.id,
        ruling=REJECTED,
        place=place,
        who=who.strip(),
        reason=reason,
        note=note.strip(),
        frame=frame,
        region=pinned,
    )
    if before is not None and _says_the_same(before, new):
        return Rejection(before, take, seen)
    opinion = new_feedback(take, BAD, reason, note, who)
    ruling = rulings.record_ruling(studio.database, new, seen, feedback=vars(opinion))
    learned, untold = tell_director_of_feedback(studio, take, opinion, ("rejected by a person",))
    return Rejection(ruling, take, ruling.id, learned, untold)


def readmit_take(studio: Studio, name: str, who: str, why: str, *, seen: str | None = None) -> TakeDecision:
    """Record that a person takes a rejection back.

    Args:
        studio: The studio.
        name: The rejected take's id or its beginning, or a shot's key for what was rejected of it last.
        who: Who decides.
        why: The reason; not empty.
        seen: As in `reject_take`.

    Raises:
        PlanError: Nothing of that name is rejected, or a reason is missing.
        ConflictError: Somebody has decided about the shot since the person looked.
    """
    _require_why(why, "taking a rejection back")
    place = _place_named(studio, name)
    seen = as_seen(studio, place, seen)
    ruling = _standing_rejection(studio, name)
    if ruling.place != place:  # what shows the same was rejected elsewhere
        seen = place_version(studio, ruling.place)
    new = NewRuling(take_id=ruling.take_id, ruling=READMITTED, place=ruling.place, who=who.strip(), note=why.strip())
    made = rulings.record_ruling(studio.database, new, seen)
    return TakeDecision(
        ruling.take_id,
        made.id,
        f"{ruling.place}: {ruling.stage} take {ruling.take_id} may be used again, says {who}; {ruling.who} had "
        f"rejected it ({ruling.reason}). `tower choose {ruling.place} {ruling.take_id}` has it used",
    )


def _standing_rejection(studio: Studio, name: str) -> Ruling:
    if TAKE_ID.fullmatch(name):
        take = find_take(studio, name)
        standing = rulings.load_standing(studio.database, take.project_id).rejection_of(take)
        if standing is None:
            raise PlanError(f"nobody rejects take {take.id}")
        return standing
    shot = ShotKey.parse(name)
    place = shot.position
    standing_there = [
        one for one in rulings.load_standing(studio.database, shot.project).rejections.values() if one.place == place
    ]
    if not standing_there:
        raise PlanError(f"nobody rejects a take of {name}")
    return max(standing_there, key=lambda one: one.timestamp)


def _says_the_same(before: Ruling, new: NewRuling) -> bool:
    def said(one: NewRuling) -> tuple[Any, ...]:
        return (one.who, one.reason, one.note, one.frame, one.region)

    return said(before) == said(new)


def _require_fitting(studio: Studio, take: Take, reason: Reason, frame: int | None, region: Region | None) -> None:
    """Refuse a reason that is not about such a take, and a frame or region outside of it.

    Raises:
        PlanError: It does not fit.
    """
    moving = {CLIPS.name, *(stage.name for stage in FINISHING_STAGES)}
    if reason.stage and reason.stage != (CLIPS.name if take.stage in moving else take.stage):
        kind = CLIPS.name if take.stage in moving else take.stage
        others = [one.kind for one in REASONS.values() if one.opinion in ("", BAD) and one.stage in ("", kind)]
        raise PlanError(
            f"{reason.kind} is about a {reason.stage}; take {take.id} is a {take.stage}. Give one of the reasons "
            f"{', '.join(others)}"
        )
    decision = decisions.find_by_id(studio.database, take.decision_id)
    assert decision is not None  # noqa: S101 - a take names its decision, and decisions are never deleted
    brief = decision.parameters.get("brief", {})
    if frame is not None:
        frames = int(brief.get("frames", 0)) if take.stage in moving else 0
        if not 0 <= frame < frames:
            has = f"has the frames 0 to {frames - 1}" if frames else "has no frames to count"
            raise PlanError(f"--frame is {frame}; {take.stage} take {take.id} {has}")
    if region is not None:
        if take.stage not in moving and take.stage != KEYFRAMES.name:
            raise PlanError(f"--region is about a picture; take {take.id} is a {take.stage}")
        shown = brief.get("fit") or brief
        region.require_inside(int(shown["width_px"]), int(shown["height_px"]))


# Locking --------------------------------------------------------------------------------------------------------------


def lock_take(
    studio: Studio, name: str, who: str, why: str, *, stage: str = "", quality: str = "", seen: str | None = None
) -> TakeDecision:
    """Record that a take is used for its shot whatever changes.

    Args:
        studio: The studio.
        name: As in `find_take`.
        who: Who decides.
        why: The reason; not empty.
        stage: Of a shot: which take of it; as in `find_take`.
        quality: As in `find_take`.
        seen: As in `reject_take`.

    Raises:
        PlanError: There is no such take, gates or a person reject it, it cannot be locked, or another take is.
        ConflictError: Somebody has decided about the shot since the person looked.
    """
    _require_why(why, "a lock")
    take = find_take(studio, name, stage, quality)
    place = take.position
    seen = as_seen(studio, place, seen)
    require_usable(studio, take)
    held = find_lock(studio, take)
    if held is not None and held.take_id == take.id:
        return TakeDecision(
            take.id, seen, f"{held.place}: take {take.id} is locked already, by {held.who} ({held.note})"
        )
    if held is not None:
        raise PlanError(
            f"{held.place}: {held.who} locked take {held.take_id} ({held.note}). "
            f"Let go of it first: {_release_command(held)}"
        )
    new = NewRuling(take_id=take.id, ruling=LOCKED, place=place, who=who.strip(), note=why.strip())
    ruling = rulings.record_ruling(studio.database, new, seen)
    says = f"{place}: {take.stage} take {take.id} is locked by {who}: it is used whatever changes, until it is released"
    return TakeDecision(take.id, ruling.id, says)


def release_take(
    studio: Studio, name: str, who: str, why: str, *, stage: str = "", seen: str | None = None
) -> TakeDecision:
    """Record that a locked take is used no longer than any other.

    Args:
        studio: The studio.
        name: The locked take's id or its beginning, or its shot's key.
        who: Who decides.
        why: The reason; not empty.
        stage: Of a shot: "keyframe" or "clip" where both are locked.
        seen: As in `reject_take`.

    Raises:
        PlanError: It is not locked, or both takes of the shot are.
        ConflictError: Somebody has decided about the shot since the person looked.
    """
    _require_why(why, "a release")
    seen = as_seen(studio, _place_named(studio, name), seen)
    lock = _standing_lock(studio, name, stage)
    new = NewRuling(take_id=lock.take_id, ruling=RELEASED, place=lock.place, who=who.strip(), note=why.strip())
    ruling = rulings.record_ruling(studio.database, new, seen)
    key = EpisodeKey(lock.place.project, lock.place.episode)
    says = f"{lock.place}: {lock.stage} take {lock.take_id} is released by {who}. `tower plan {key}` says what follows"
    return TakeDecision(lock.take_id, ruling.id, says)


def find_lock(studio: Studio, take: Take) -> Lock | None:
    """Return the lock of a take's place, stage and level of quality, None if there is none."""
    decision = decisions.find_by_id(studio.database, take.decision_id)
    assert decision is not None  # noqa: S101 - a take names its decision, and decisions are never deleted
    quality = str(decision.parameters.get("brief", {}).get("quality", STANDARD))
    standing = rulings.load_standing(studio.database, take.project_id)
    return standing.lock_at(take.position, take.stage, quality)


def require_usable(studio: Studio, take: Take) -> None:
    """Refuse to lock what people or gates reject, and what is no picture of a shot.

    Raises:
        PlanError: The message says which, and what to do.
    """
    if take.stage not in {stage.name for stage in LOCKABLE}:
        raise PlanError(
            f"take {take.id} is a {take.stage}; keyframes and clips can be locked, all else follows from them"
        )
    if rejection := rulings.load_standing(studio.database, take.project_id).rejection_of(take):
        raise PlanError(
            f"{rejection.who} rejected take {take.id} ({rejection.reason}). Take that back first: "
            f'tower reject {rejection.take_id} --undo --why "..."'
        )
    if take.id not in verdicts.find_accepted(studio.database, [take.id]):
        latest = verdicts.find_latest(studio.database, [take.id]).get(take.id, ())
        gates = ", ".join(dict.fromkeys(one.gate for one in latest if not one.passed)) or "no gate has judged it"
        raise PlanError(
            f'take {take.id} is not accepted: {gates}. Pass it first: tower waive {take.id} GATE --why "..."'
        )


def _standing_lock(studio: Studio, name: str, stage: str) -> Lock:
    is_wanted: Callable[[Lock], bool]
    if TAKE_ID.fullmatch(name):
        take = find_take(studio, name)
        project, is_wanted = take.project_id, lambda one: one.take_id == take.id
    else:
        shot = ShotKey.parse(name)
        place = shot.position
        project, is_wanted = shot.project, lambda one: one.place == place and stage in ("", one.stage)
    locks = [one for one in rulings.load_standing(studio.database, project).locks.values() if is_wanted(one)]
    if not locks:
        raise PlanError(f"{name} is not locked")
    if len(locks) > 1:
        named = " and ".join(f"{one.stage} take {one.take_id}" for one in locks)
        raise PlanError(f"{named} of {name} are locked: name one of them")
    return locks[0]


def _release_command(lock: Lock) -> str:
    return f'tower lock {lock.take_id} --release --why "..."'


def _require_why(why: str, what: str) -> None:
    if not why.strip():
        raise PlanError(f"{what} needs a reason: pass --why TEXT")
