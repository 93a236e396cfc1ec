"""Feedback: a person's opinion of a shot's current take, recorded and passed on to a director service."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from tower_anime_assets.engines.consultations import ConsultationLog
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.errors import PlanError, ServiceError, UnknownKeyError
from tower_anime_assets.production.attempt import DirectorContext
from tower_anime_assets.production.learning.feedback import reason_for
from tower_anime_assets.production.learning.lessons import Lesson
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import stage_named
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import shot_keys
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions, feedback, story, verdicts
from tower_anime_assets.store.decisions import Decision
from tower_anime_assets.store.feedback import Feedback, NewFeedback
from tower_anime_assets.store.takes import Take

WIRE_SCORES: Final[Mapping[str, tuple[str, ...]]] = {
    "ssim": ("start_ssim",),
    "optical_flow": ("flow_consistency",),
    "character_consistency": ("identity_similarity", "sheet_colour_share"),
}
"""What gates measure, 0..1, under the names by which a director service knows it; the first that a take has is sent.

Source:
    Echo Brain, POST /api/echo/anime/feedback/learn: `quality_scores` by these names.
"""


@dataclass(frozen=True)
class RecordedFeedback:
    """Recorded feedback, and what a director service learned from it.

    Attributes:
        key: The shot that it is about.
        stage: The stage whose take it is about.
        learned: What the director service says it learned; () without such a service.
        untold: Why the director could not be told, "" if it was or there is none.
    """

    feedback: Feedback
    key: ShotKey
    stage: str
    decision: Decision
    learned: tuple[str, ...] = ()
    untold: str = ""

    def __str__(self) -> str:
        return (
            f"{self.key}: the {self.stage} is {self.feedback.opinion} ({self.feedback.reason}), says "
            f"{self.feedback.who}; on record with decision {self.decision.id}"
        )


def give_feedback(
    studio: Studio, key: str, opinion: str, kind: str, note: str, who: str, *, stage: str = ""
) -> RecordedFeedback:
    """Record a person's opinion of a shot's current take, and tell the project's director.

    Args:
        studio: The studio.
        key: A shot, `nexus-e01-sc02-sh0030`.
        opinion: "good" or "bad".
        kind: The reason; see `production.learning.feedback`.
        note: A free comment, or "".
        who: Whose opinion it is.
        stage: Which take of the shot, where the reason leaves that open: "keyframe" or "clip"; "" as in `current_take`.

    Raises:
        PlanError: The shot, take or reason does not exist, or `who` is empty.
        NotAcceptedError: The episode is not planned yet.
    """
    reason = reason_for(opinion, kind)
    if not who.strip():
        raise PlanError("feedback needs a name: pass --who NAME")
    shot = ShotKey.parse(key)
    run = saved_episode(Run(studio), shot.episode_key)
    stage, outcome = current_take(run, str(shot), reason.stage or stage)
    decision = decisions.find_by_id(studio.database, outcome.take.decision_id)
    assert decision is not None  # noqa: S101 - a take names its decision, and decisions are never deleted
    new = new_feedback(outcome.take, opinion, kind, note, who)
    recorded = feedback.record_feedback(studio.database, new)
    learned, untold = tell_director_of_feedback(studio, outcome.take, new)
    return RecordedFeedback(recorded, shot, stage, decision, learned, untold)


def new_feedback(take: Take, opinion: str, kind: str, note: str, who: str) -> NewFeedback:
    """Return a person's opinion of a take, to be recorded."""
    return NewFeedback(
        decision_id=take.decision_id,
        take_id=take.id,
        opinion=opinion,
        reason=kind,
        note=note.strip(),
        who=who.strip(),
        idempotency_key=str(uuid4()),
    )


def tell_director_of_feedback(
    studio: Studio, take: Take, recorded: NewFeedback, tags: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], str]:
    """Tell a show's director service of feedback on record; return what it learned, and why it could not be told.

    The feedback stands all the same. Both are empty without such a service.
    """
    project = story.load_project(studio.database, take.project_id)
    director = studio.engines(project).director if project is not None else None
    if director is None or director.is_local:
        return (), ""
    decision = decisions.find_by_id(studio.database, take.decision_id)
    assert decision is not None  # noqa: S101 - a take names its decision, and decisions are never deleted
    given = next(
        one
        for one in feedback.find_by_decisions(studio.database, [take.decision_id])
        if one.idempotency_key == recorded.idempotency_key
    )
    measured = tuple(verdicts.find_latest(studio.database, [take.id]).get(take.id, ()))
    try:
        return tell_director(studio, director, decision, measured, given, tags=tags).sentences, ""
    except ServiceError as error:
        return (), f"{director.name} could not be told: {error}"


def current_take(run: EpisodeRun, key: str, stage: str) -> tuple[str, Outcome]:
    """Return a shot's current take and its stage; for stage "", its clip or, before there is one, its keyframe.

    Raises:
        UnknownKeyError: The shot does not exist or has no such take.
    """
    keys = shot_keys(run)
    if key not in keys:
        raise UnknownKeyError(f"unknown shot {key}. {did_you_mean(key, keys)}")
    for candidate in (stage_named(stage),) if stage else (CLIPS, KEYFRAMES):
        for order, outcome in run.find(candidate, partial=True):
            if order.subject == key and outcome is not None:
                return candidate.name, outcome
    raise UnknownKeyError(f"{key} has no {stage or 'keyframe'} take yet, so there is nothing to give feedback on")


def tell_director(
    studio: Studio,
    director: Director,
    decision: Decision,
    verdicts: tuple[Verdict, ...],
    feedback_given: Feedback | None = None,
    *,
    log: ConsultationLog | None = None,
    tags: tuple[str, ...] = (),
    scores: Mapping[str, float] | None = None,
) -> Lesson:
    """Tell a director how a decision's take scored; return what it learned. The answer is recorded as a consultation.

    Args:
        studio: The studio.
        director: The director; the embedded one keeps nothing.
        decision: The decision that made the take.
        verdicts: The gates' verdicts on the take.
        feedback_given: A person's feedback on the take, None if there is none.
        log: Where the consultation is recorded; None for a new occasion of the decision.
        tags: What else is to be said of the take.
        scores: What a person or another tool scored, 0..1; these stand beside what the gates measured, and before it.

    Raises:
        StoppedError: The run was stopped before it was told.
        ServiceError: The service failed, or broke the contract twice; its answers are recorded.
    """
    brief = decision.parameters.get("brief", {})
    if log is None:
        occasion = f"learn:{feedback_given.id if feedback_given is not None else uuid4()}"
        log = ConsultationLog(studio.database, decision, occasion)
    return director.learn(
        decision.id,
        str(brief.get("prompt", "")),
        {**wire_scores(verdicts), **(scores or {})},
        (*_tags(decision), *tags),
        feedback=_describe_feedback(feedback_given),
        context=DirectorContext(
            session_id=decision.session_id or "",
            record_question=log.record,
            record_consultation=log.record,
            is_stopped=studio.stopped.is_set,
        ),
    )


def wire_scores(verdicts: tuple[Verdict, ...]) -> dict[str, float]:
    """Return what was measured, 0..1, by the service's names; what was not measured is not sent."""
    values = {item.measure: max(0.0, min(1.0, item.value)) for item in verdicts if math.isfinite(item.value)}
    sent = {name: [values[one] for one in measures if one in values] for name, measures in WIRE_SCORES.items()}
    return {name: known[0] for name, known in sent.items() if known}


def _tags(decision: Decision) -> tuple[str, ...]:
    brief = decision.parameters.get("brief", {})
    setting = brief.get("setting") or {}
    tags = (decision.decision_type, decision.engine, brief.get("framing"), setting.get("mood"))
    return tuple(str(tag) for tag in tags if tag)


def _describe_feedback(given: Feedback | None) -> str:
    if given is None:
        return ""
    reason = reason_for(given.opinion, given.reason)
    return f"{given.opinion}: {reason.text}" + (f". {given.note}" if given.note else "")
