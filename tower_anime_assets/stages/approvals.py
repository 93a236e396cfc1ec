"""Approvals by people: giving and withdrawing them, and how what there is differs from what was approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tower_anime_assets.errors import ConflictError, NotAcceptedError, PlanError, UnknownKeyError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages.approval_state import ApprovalState, approval_version
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import EpisodeRun, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import approvals, decisions, takes
from tower_anime_assets.store.approvals import SeenTake
from tower_anime_assets.store.takes import Take

STAGE_OF: Final[Mapping[str, Stage[Any]]] = {stage.approval: stage for stage in EPISODE_STAGES if stage.approval}
"""The stage whose takes each approval is of."""

_MAX_SHOWN_CHARS: Final = 60


@dataclass(frozen=True)
class Difference:
    """One thing that differs from what was approved.

    Attributes:
        words: What has changed, for a person.
        before: The file that was approved, None for what is new.
        after: The file that there is now, None for what is gone.
    """

    subject: str
    words: str
    before: Path | None
    after: Path | None


@dataclass(frozen=True)
class EpisodeDecision:
    """What a person decided about what a stage has made of an episode, on record.

    Attributes:
        version: The version of its approval with this decision, see `ApprovalState.version`.
        says: What was decided and what follows, a sentence.
    """

    version: str
    says: str

    def __str__(self) -> str:
        return self.says


def approval_states(run: EpisodeRun) -> list[ApprovalState]:
    """Return the approvals that a show asks for where there is something to approve, in the order of the stages."""
    states = []
    for what in run.project.approvals:
        try:
            states.append(run.approval_of(STAGE_OF[what]))
        except NotAcceptedError:  # it is not made yet, or not accepted: that is told with its takes
            continue
    return states


def waiting_approvals(run: EpisodeRun) -> list[ApprovalState]:
    """Return the approvals that an episode waits for now."""
    return [state for state in approval_states(run) if state.standing is None]


def held_stages(waiting: Sequence[ApprovalState]) -> frozenset[str]:
    """Return the names of the stages that make nothing before these approvals are given."""
    missing = {state.what for state in waiting}
    held: set[str] = set()
    for stage in EPISODE_STAGES:
        if any(before.approval in missing or before.name in held for before in stage.builds_on):
            held.add(stage.name)
    return frozenset(held)


def approve(
    studio: Studio, key: EpisodeKey, what: str, who: str, why: str = "", *, quality: str = "", seen: str | None = None
) -> EpisodeDecision:
    """Record that a person approves what a stage has made of an episode.

    An approval binds what there is: it ends by itself when that changes. The master is delivered at once.

    Args:
        studio: The studio.
        key: The episode.
        what: "plan", "keyframes", "mix" or "master".
        who: Who approves.
        why: The reason, "" for none.
        quality: The level of quality that it was made at, "" for the project's own.
        seen: The digest or the version of what the person looked at; None for what there is now.

    Raises:
        PlanError: The show does not ask for this approval.
        NotAcceptedError: There is nothing to approve yet: takes are missing or rejected.
        ConflictError: What there is has changed since the person looked, or somebody has decided about it.
    """
    run = _asking_episode(studio, key, what, quality)
    state = run.approval_of(STAGE_OF[what])
    if seen is not None and seen not in (state.digest, state.version):
        raise ConflictError(f"{key}: {_what_changed(state, seen)}. Look again, then approve", state.version)
    if state.standing is not None:
        return EpisodeDecision(state.version, f"{state} already")
    newest = state.newest.id if state.newest is not None else ""
    try:
        made = approvals.record_approval(studio.database, key, what, who, why, state.digest, state.seen, newest=newest)
    except ConflictError as error:
        raise ConflictError(str(error), approval_version(state.digest, error.version)) from error
    says = f"{key}: {what} approved by {who}; it holds until it changes. {_what_follows(run, key, what, quality)}"
    return EpisodeDecision(approval_version(state.digest, made), says)


def goes_on_after(what: str) -> bool:
    """Return whether a run makes more once `what` is approved; the master is the last."""
    return STAGE_OF[what].deliver is None


def withdraw(
    studio: Studio, key: EpisodeKey, what: str, who: str, why: str, *, seen: str | None = None
) -> EpisodeDecision:
    """Record that a person withdraws every approval of `what`.

    Args:
        studio: The studio.
        key: The episode.
        what: As in `approve`.
        who: Who decides.
        why: The reason; not empty.
        seen: The version of what the person looked at; None for what there is now.

    Raises:
        PlanError: The show does not ask for it, nobody has approved it, or a reason is missing.
        ConflictError: Somebody has decided about it since the person looked.
    """
    if not why.strip():
        raise PlanError("a withdrawal needs a reason: pass --why TEXT")
    run = _asking_episode(studio, key, what, "")
    own = [one for one in approvals.list_by_episode(studio.database, key) if one.what == what]
    try:
        digest = run.approval_of(STAGE_OF[what]).digest
    except NotAcceptedError:  # what was approved is not there any more
        digest = ""
    is_withdrawn = not own or own[-1].decision == approvals.WITHDRAWN
    newest = own[-1].id if own else ""
    if seen is not None and is_withdrawn and seen.rpartition(".")[2] != newest:  # who was first is told first
        who_first = f"{own[-1].who} has withdrawn" if own else "nobody has given"
        words = f"{key}: {who_first} the approval of the {what} since you looked. Look again, then withdraw"
        raise ConflictError(words, approval_version(digest, newest))
    if is_withdrawn:
        raise PlanError(f"{key}: nobody has approved the {what}, so there is nothing to withdraw")
    newest = newest if seen is None else seen.rpartition(".")[2]
    try:
        made = approvals.record_approval(studio.database, key, what, who, why, "", (), newest=newest)
    except ConflictError as error:
        raise ConflictError(str(error), approval_version(digest, error.version)) from error
    says = f"{key}: {who} withdrew every approval of the {what}. What exists stays; nothing else is made of it"
    return EpisodeDecision(approval_version(digest, made), says)


def _what_changed(state: ApprovalState, seen: str) -> str:
    if state.newest is not None and seen.partition(".")[0] == state.digest:
        withdrew = "withdrawn every approval of" if state.newest.decision == approvals.WITHDRAWN else "approved"
        return f"{state.newest.who} has {withdrew} the {state.what} since you looked"
    return f"the {state.what} changed since you looked"


def differences(studio: Studio, state: ApprovalState) -> list[Difference]:
    """Return how what there is differs from what was approved last; [] if nothing was, or nothing differs."""
    if state.expired is None:
        return []
    before = {take.subject: take for take in state.expired.seen}
    now = {take.subject: take for take in state.seen}
    return [_difference(studio, subject, before.get(subject), now.get(subject)) for subject in state.changed]


def _asking_episode(studio: Studio, key: EpisodeKey, what: str, quality: str) -> EpisodeRun:
    if what not in STAGE_OF:
        raise UnknownKeyError(f"{what!r} cannot be approved. {did_you_mean(what, list(STAGE_OF))}")
    run = saved_episode(Run(studio, quality=quality), key)
    if what not in run.project.approvals:
        asked = f"it asks for {', '.join(run.project.approvals)}" if run.project.approvals else "it asks for none"
        raise PlanError(f"{key} waits for no approval of the {what}: {asked}. See `approvals:` in project.yaml")
    return run


def _what_follows(run: EpisodeRun, key: EpisodeKey, what: str, quality: str) -> str:
    stage = STAGE_OF[what]
    if stage.deliver is None:
        level = f" --quality {quality}" if quality else ""
        return f"`tower produce {key}{level}` goes on"
    (master,) = run.accepted(stage)
    delivered = stage.deliver(run.studio, str(key), master, quality=run.project.delivery.quality)
    return f"Delivered: {delivered['main']}"


def _difference(studio: Studio, subject: str, before: SeenTake | None, now: SeenTake | None) -> Difference:
    media = studio.media

    def path_of(seen: SeenTake | None) -> Path | None:
        return media.path_of(seen.path) if seen is not None else None

    if before is None or now is None:
        return Difference(subject, "new" if before is None else "gone", path_of(before), path_of(now))
    old, new = takes.find_by_id(studio.database, before.take_id), takes.find_by_id(studio.database, now.take_id)
    assert old is not None  # noqa: S101 - takes are never deleted
    assert new is not None  # noqa: S101 - likewise
    words = "; ".join(_changes(studio, old, new)) or "made again of the same"
    return Difference(subject, words, path_of(before), path_of(now))


def _changes(studio: Studio, old: Take, new: Take) -> Iterator[str]:
    """Yield what differs between two takes: a plan shot by shot, anything else by what it was made of."""
    if "plan" in old.details and "plan" in new.details:
        shots = [{shot["key"]: shot for shot in take.details["plan"]["shots"]} for take in (old, new)]
        for key in {**shots[0], **shots[1]}:
            name = key.rpartition("-")[2]
            if key not in shots[0] or key not in shots[1]:
                yield f"{name} is {'new' if key in shots[1] else 'gone'}"
            elif changed := _changed_fields(shots[0][key], shots[1][key]):
                yield f"{name}: {', '.join(changed)}"
        return
    if old.engine != new.engine:
        yield f"{old.engine} -> {new.engine}"
    briefs = [_brief(studio, take) for take in (old, new)]
    yield from _changed_fields(*briefs)


def _brief(studio: Studio, take: Take) -> Mapping[str, Any]:
    decision = decisions.find_by_id(studio.database, take.decision_id)
    assert decision is not None  # noqa: S101 - a take names its decision, and decisions are never deleted
    brief = decision.parameters.get("brief", {})
    return brief if isinstance(brief, Mapping) else {}


def _changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names of what differs, with both values where they are short."""
    words = []
    for name in {**new, **old}:
        before, after = old.get(name), new.get(name)
        if before == after or name == "seed":
            continue
        is_short = all(
            isinstance(value, int | float | str) and len(str(value)) <= _MAX_SHOWN_CHARS for value in (before, after)
        )
        words.append(f"{name} {before} -> {after}" if is_short and not name.endswith("sha256") else f"another {name}")
    return words
