"""The trail in words: what a director reads of a shot or an episode, short, or with everything that is on record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from tower_anime_assets.errors import Cause
from tower_anime_assets.reports.attempt_trail import (
    AttemptTrail,
    ConsultationTrail,
    PersonTrail,
    ShotTrail,
    TakeTrail,
)
from tower_anime_assets.store.approvals import APPROVED, Approval
from tower_anime_assets.store.sessions import CreativeSession
from tower_anime_assets.store.show_edits import ShowEdit
from tower_anime_assets.store.take_requests import TakeRequest

NOT_ON_RECORD: Final = "not on record"

NOT_SENT: Final = "These words were planned, and not sent: this engine works from the plan's values."

MAX_OVERRULED: Final = 5
"""Overruled wishes told where not everything is asked for."""
MAX_QUERY_CHARS: Final = 2000
"""Of a question or an answer; `--json` has all of it."""

_ENDINGS: Final[Mapping[str, str]] = {
    "pending": "it was decided, and not begun",
    "running": "it is still open",
    "cancelled": "it was called off",
    "lost": "it was lost",
    "failed": "it could not be made",
}


def shot_words(trail: ShotTrail, *, full: bool = False) -> list[str]:
    """Return the lines that tell how a shot was made."""
    lines = [f"{trail.key}: {_count(len(trail.attempts), 'attempt')} on record.{_asked_for(trail.attempts)}"]
    if trail.plan_consultations:
        lines += consultation_words(trail.plan_consultations, full=full)
    for group in groups_of(trail.attempts):
        lines += group_words(group, full=full)
    return lines


def episode_words(key: str, attempts: Sequence[AttemptTrail], *, full: bool = False) -> list[str]:
    """Return the lines that tell how an episode was made: by stage; what went well at once is only counted."""
    if not attempts:
        return [f"{key}: nothing is on record."]
    first, last = attempts[0].decided_at, attempts[-1].decided_at
    gpu_s = sum(attempt.gpu_s or 0.0 for attempt in attempts)
    lines = [
        f"{key}: {_count(len(attempts), 'attempt')} from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, "
        f"{sum(attempt.duration_s or 0.0 for attempt in attempts):,.0f} s of work, {gpu_s:,.0f} s of GPU."
        f"{_asked_for(attempts)}"
    ]
    for stage in dict.fromkeys(attempt.stage for attempt in attempts):
        groups = groups_of(attempt for attempt in attempts if attempt.stage == stage)
        lines += _stage_words(stage, groups, full=full)
    return lines


def _asked_for(attempts: Sequence[AttemptTrail]) -> str:
    """Return who asked for attempts, a sentence after a space, with how many each where several did; "" for none."""
    counts = Counter(attempt.created_by for attempt in attempts)
    if len(counts) < 2:
        return "".join(f" Asked for by {who}." for who in counts)
    return f" Asked for by {', '.join(f'{who} ({count})' for who, count in counts.most_common())}."


def approval_words(approval: Approval) -> str:
    """Return who approved what of an episode or withdrew that, when and why, as a sentence."""
    verb = "approved" if approval.decision == APPROVED else "withdrew every approval of"
    why = f": {approval.why}" if approval.why else ""
    return f"{approval.who} {verb} the {approval.what} on {approval.timestamp:%Y-%m-%d %H:%M} UTC{why}."


def session_words(session: CreativeSession) -> str:
    """Return who asked for a run, when and why, as a sentence."""
    why = f": {session.notes['why']}" if session.notes.get("why") else ""
    return f"{session.started_by} began {session.title} on {session.started_at:%Y-%m-%d %H:%M} UTC{why}."


def request_words(request: TakeRequest) -> str:
    """Return who asked what of another take of a shot, or took that back, when and why, as a sentence."""
    at = f"{request.timestamp:%Y-%m-%d %H:%M} UTC"
    if request.is_withdrawal:
        what = f"what was asked of another {request.stage} of {request.place}"
        return f"{request.who} took back on {at} {what}: {request.why}."
    seed = f" with the seed {request.seed}" if request.seed is not None else ""
    words = f": {request.words.rstrip('.')}" if request.words else ""
    return f"{request.who} asked on {at} for another {request.stage} of {request.place}{seed}{words}."


def edit_words(edit: ShowEdit) -> str:
    """Return who edited a file of the show here, when and why, as a sentence."""
    verb = "edited" if edit.before_sha256 else "made"
    why = f": {edit.why}" if edit.why else ""
    faults = f", with {_count(edit.faults, 'fault')} in it" if edit.faults else ""
    return (
        f"{edit.who} {verb} {edit.project_id}/{edit.file} on {edit.timestamp:%Y-%m-%d %H:%M} UTC "
        f"(+{edit.lines_added} -{edit.lines_removed} lines){faults}{why}."
    )


def _stage_words(stage: str, groups: Sequence[Sequence[AttemptTrail]], *, full: bool) -> Iterator[str]:
    """Yield the lines on one stage of an episode."""
    counted: list[AttemptTrail] = []
    told: list[Sequence[AttemptTrail]] = []
    for group in groups:
        if full or not _went_well(group):
            told.append(group)
        else:
            counted += group
    if went_well := len(groups) - len(told):
        others = f", {len(told)} otherwise" if told else ""
        yield f"{stage.capitalize()}: {went_well} of {len(groups)} accepted at the first attempt{others}."
    yield from (f"  {line}" for line in consultation_words(_consultations_by_place(counted)))
    for group in told:
        yield from group_words(group, full=full)


def _consultations_by_place(attempts: Iterable[AttemptTrail]) -> list[ConsultationTrail]:
    """Return all consultations, with the subject before what was overruled for it."""
    return [
        replace(one, overruled=tuple(f"{attempt.subject}: {reason}" for reason in one.overruled))
        for attempt in attempts
        for one in attempt.consultations
    ]


def groups_of(attempts: Iterable[AttemptTrail]) -> list[list[AttemptTrail]]:
    """Return attempts by stage, in the order of making, and by subject; each group oldest first."""
    groups: dict[str, dict[str, list[AttemptTrail]]] = {}
    for attempt in attempts:
        groups.setdefault(attempt.stage, {}).setdefault(attempt.subject, []).append(attempt)
    return [group for by_subject in groups.values() for _subject, group in sorted(by_subject.items())]


def newest_version(group: Sequence[AttemptTrail]) -> list[AttemptTrail]:
    """Return those attempts that were to make the same as the newest one."""
    return [attempt for attempt in group if attempt.brief == group[-1].brief]


def used_take(attempts: Iterable[AttemptTrail]) -> tuple[AttemptTrail, TakeTrail] | None:
    """Return the accepted take that is preferred: the newest, or the one that a person chose since; None for none."""
    accepted = [(attempt, take) for attempt in attempts for take in attempt.takes if take.accepted]
    return max(accepted, key=lambda one: one[1].preferred_at, default=None)


def group_words(group: Sequence[AttemptTrail], *, full: bool = False) -> list[str]:
    """Return the lines on one subject of a stage: how it ended, then each attempt where there is more to say."""
    attempts = newest_version(group)
    name = f"{attempts[0].stage.capitalize()} {attempts[0].subject}".strip()
    lines = [f"{name}: {headline(attempts)}"]
    if earlier := len(group) - len(attempts):
        lines.append(f"  {_count(earlier, 'earlier attempt')} made another version of it: another plan, style or init.")
    if len(attempts) > 1 or not attempts[0].accepted:
        for before, attempt in zip([None, *attempts], attempts, strict=False):
            lines.append(f"  {attempt_sentence(attempt, before)}")
    for attempt in attempts:
        lines += [f"  {_person_sentence(person, attempt)}" for take in attempt.takes for person in take.people]
        lines += [f"  {line}" for line in consultation_words(attempt.consultations, full=full)]
    if full:
        for attempt in group:
            lines += [f"    {line}" for line in details(attempt)]
    return lines


def headline(attempts: Sequence[AttemptTrail]) -> str:
    """Return how attempts at the same ended, as a sentence."""
    total = max(attempt.number for attempt in attempts)
    used = used_take(attempts)
    if used is None:
        judged = [attempt for attempt in attempts if attempt.takes]
        if not judged:
            last = attempts[-1]
            return "not made yet." if last.status in ("pending", "running") else "not made."
        best = max(judged, key=lambda attempt: attempt.score or 0.0)
        numbers = f"after {_count(len(judged), 'attempt')}"
        return f"not accepted {numbers}; the best is attempt {best.number}{_score(best)}."
    attempt, take = used
    which = "accepted at the first attempt" if total == 1 else f"accepted at attempt {attempt.number} of {total}"
    waived = [verdict.gate for verdict in take.failed if verdict.gate in take.waived]
    waiver = f", with {', '.join(map(_gate, dict.fromkeys(waived)))} waived" if waived else ""
    chosen = ", as a person chose" if take.chosen_at is not None else ""
    return f"{which}{chosen}{waiver}, by {attempt.engine}{_score(attempt)}."


def attempt_sentence(attempt: AttemptTrail, before: AttemptTrail | None) -> str:
    """Return what was done otherwise in an attempt than in the one before it, and how it ended."""
    changes = ", ".join(changes_since(before, attempt)) if before is not None else ""
    how = f", with {changes}" if changes else ""
    again = ", made again" if before is not None and before.number == attempt.number else ""
    return f"Attempt {attempt.number}{again}{how}: {ending(attempt)}"


def ending(attempt: AttemptTrail) -> str:
    """Return how an attempt ended, as sentences."""
    if attempt.takes:
        best = attempt.takes[0]
        failed = "; ".join(f"{_gate(verdict.gate)} ({verdict})" for verdict in best.failed)
        state = f"{attempt.state}{_score(attempt)}."
        return f"{state} {'Waived' if attempt.accepted else 'Failed'}: {failed}." if failed else state
    is_interrupted = attempt.cause == Cause.INTERRUPTED
    words = "it was interrupted" if is_interrupted else _ENDINGS.get(attempt.status, attempt.status)
    return f"{words}: {attempt.error}." if attempt.error else f"{words}."


def changes_since(before: AttemptTrail, attempt: AttemptTrail) -> list[str]:
    """Return what differs between two attempts at the same, as far as it is on record."""
    changes = []
    if before.engine != attempt.engine:
        changes.append(f"{attempt.engine} instead of {before.engine}")
    elif attempt.server and before.server != attempt.server:
        changes.append(f"the server {attempt.server}")
    if before.seed and attempt.seed and before.seed != attempt.seed:
        changes.append("another seed")
    reasons: dict[str, list[str]] = {}
    for change in attempt.changed:
        reasons.setdefault(change.split(" ", 1)[0], []).append(change.partition(": ")[2])
    earlier = {value.name: value.value for value in before.values}
    for value in attempt.values:
        old = earlier.get(value.name)
        is_plain = isinstance(value.value, int | float | str) and value.name != "seed"
        if is_plain and value.name in earlier and old != value.value:
            why = "; ".join(reasons.get(value.name, ())) or value.origin.partition(": ")[0]
            changes.append(f"{value.name} {_plain(old)} -> {_plain(value.value)}" + (f" ({why})" if why else ""))
    return changes


def consultation_words(consultations: Sequence[ConsultationTrail], *, full: bool = False) -> list[str]:
    """Return who was asked how often, what was used and what was overruled."""
    lines = []
    for model in dict.fromkeys(one.model for one in consultations):
        asked = [one for one in consultations if one.model == model]
        known_s = [one.duration_s for one in asked if one.duration_s is not None]
        duration = f" in {sum(known_s):.1f} s" if known_s else ""
        lines.append(f"{model} was asked {_times(len(asked))}{duration}.")
        used = list(dict.fromkeys(one.used for one in asked if one.used))
        lines += [f"  Used: {words}" for words in (used if full else used[:1])]
        if not full and len(used) > 1:
            lines[-1] += f" (and {len(used) - 1} more)"
        overruled = [reason for one in asked for reason in one.overruled]
        lines += [f"  Overruled: {reason}" for reason in (overruled if full else overruled[:MAX_OVERRULED])]
        if not full and len(overruled) > MAX_OVERRULED:
            lines.append(f"  {len(overruled) - MAX_OVERRULED} more were overruled; --full lists them.")
        if full:
            for one in asked:
                lines += [f"  Asked: {_shortened(one.query)}", f"  Answer: {_shortened(one.response) or 'none yet'}"]
    return lines


def details(attempt: AttemptTrail) -> Iterator[str]:
    """Yield everything on record about how an attempt was made, a line each."""
    decided = f"{attempt.decided_at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"attempt {attempt.number}, decision {attempt.id}, {decided}, {attempt.state}"
    yield f"  why: {attempt.reasoning or NOT_ON_RECORD}"
    yield f"  engine: {attempt.engine} {attempt.engine_version}".rstrip()
    if attempt.workflow:
        yield f"  workflow: {attempt.workflow} {attempt.workflow_sha256[:12]}".rstrip()
    if attempt.server:
        yield f"  server: {attempt.server}"
    for job in attempt.jobs:
        yield f"  job {job.prompt_id} part {job.part + 1}, {job.seconds:.1f} s: tower audit --graph --job {job.id}"
    planned = "" if attempt.is_prompt_sent else "planned "
    for title, parts in ((f"{planned}prompt", attempt.prompt), (f"{planned}negative", attempt.negative)):
        yield from (f"  {title}: {part.text} [{part.source or NOT_ON_RECORD}]" for part in parts)
    for value in attempt.values:
        yield f"  {value.name} = {_plain(value.value)} [{value.origin or NOT_ON_RECORD}]"
    for model in attempt.models:
        digest = f", published SHA-256 {model.sha256}" if model.sha256 else f", digest {NOT_ON_RECORD}"
        yield f"  model {model.file} [{model.origin or NOT_ON_RECORD}]{digest}"
    for row in attempt.ranking:
        yield f"  ranked {row.get('state', '')}: {row.get('engine', '')}: {row.get('why', '')}"
    for take in attempt.takes:
        for verdict in take.verdicts:
            yield f"  {'pass' if verdict.passed else 'FAIL'} {_gate(verdict.gate)}: {verdict}"


def _went_well(group: Sequence[AttemptTrail]) -> bool:
    """Return whether there is nothing to tell: accepted at once, and no person had a part in it."""
    attempts = newest_version(group)
    return len(attempts) == 1 and attempts[0].accepted and not any(take.people for take in attempts[0].takes)


def _person_sentence(person: PersonTrail, attempt: AttemptTrail) -> str:
    verb, _, is_take = person.what.partition(" this take")
    what = (
        f"{verb} the take of attempt {attempt.number}" if is_take == "" and verb != person.what else _gate(person.what)
    )
    return f"{person.who} {what}: {person.why}"


def _gate(name: str) -> str:
    return name.replace("_", " ")


def _score(attempt: AttemptTrail) -> str:
    return "" if attempt.score is None else f", score {attempt.score:.2f}"


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_QUERY_CHARS else f"{flat[:MAX_QUERY_CHARS]}... ({len(flat)} characters)"
