"""Feedback that a studio's own tools give on a decision or a take by its id: scores, words, an opinion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.production.learning.feedback import BAD, GOOD, reason_for
from tower_anime_assets.production.learning.lessons import Lesson
from tower_anime_assets.production.verdicts import SCORE_AT_BAR, Verdict
from tower_anime_assets.stages.described_scenes import load_named_project
from tower_anime_assets.stages.director_desk import RecordedDirector
from tower_anime_assets.stages.feedback import tell_director
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions, feedback, takes, verdicts
from tower_anime_assets.store.decisions import Decision
from tower_anime_assets.store.feedback import Feedback
from tower_anime_assets.store.takes import Take

OVERALL: Final = "overall"
"""The reason of who gives none."""


@dataclass(frozen=True)
class FeedbackRequest:
    """Feedback as somebody gives it.

    Attributes:
        generation_id: Id of a decision, or of a take.
        scores: 0..1 by name, as the contract of Echo Brain has them.
        words: What they say of it.
        opinion: "good" or "bad"; "" to go by the mean of the scores, with the bar at 0.5.
        reason: One of `production.learning.feedback.REASONS`.
        prompt: The prompt that they take it to be made from; what is on record is passed on.
    """

    generation_id: str
    scores: Mapping[str, float]
    words: str = ""
    opinion: str = ""
    reason: str = OVERALL
    tags: tuple[str, ...] = ()
    prompt: str = ""


@dataclass(frozen=True)
class ScoredFeedback:
    """Feedback on record, and what the show's director made of it.

    Attributes:
        notes: What of the request was not used as given.
    """

    feedback: Feedback
    decision: Decision
    lesson: Lesson
    director: str
    notes: tuple[str, ...]


def submit_feedback(studio: Studio, request: FeedbackRequest, who: str) -> ScoredFeedback:
    """Record feedback on a decision's take, and tell the show's director of it.

    Raises:
        UnknownKeyError: There is no such decision or take.
        PlanError: The decision made no take, the scores cannot be used, or neither scores nor an opinion are given.
        ServiceError: The director's service failed; the feedback is recorded nevertheless.
    """
    opinion = request.opinion or _opinion_of(request.scores)
    if wrong := [name for name, value in request.scores.items() if not (math.isfinite(value) and 0 <= value <= 1)]:
        raise PlanError(f"the scores of {', '.join(sorted(wrong))} are out of range; expected 0 to 1")
    reason = reason_for(opinion, request.reason)
    decision, take = _find_generation(studio, request.generation_id)
    if reason.stage not in ("", decision.decision_type):
        raise PlanError(
            f"the reason {request.reason} is about a {reason.stage}, and {take.id} is a {decision.decision_type}; "
            f"give another reason, or {OVERALL}"
        )
    project = load_named_project(studio.settings, decision.project_id)
    recorded = feedback.record_feedback(
        studio.database,
        feedback.NewFeedback(
            decision_id=decision.id,
            take_id=take.id,
            opinion=opinion,
            reason=request.reason,
            note=request.words.strip(),
            who=who,
            idempotency_key=str(uuid4()),
        ),
    )
    director = RecordedDirector(studio.engines(project).director)
    lesson = tell_director(
        studio,
        director,
        decision,
        tuple(_verdicts_on(studio, take)),
        recorded,
        tags=request.tags,
        scores=request.scores,
    )
    known = str(decision.parameters.get("brief", {}).get("prompt", ""))
    notes = []
    if request.prompt and request.prompt != known:
        notes.append("the prompt differs from the one on record, which the director was told")
    if director.is_local:
        notes.append("the embedded director keeps nothing; suggestions and reports learn from the feedback")
    return ScoredFeedback(recorded, decision, lesson, director.name, tuple(notes))


def _opinion_of(scores: Mapping[str, float]) -> str:
    if not scores:
        raise PlanError("feedback needs `opinion` (good or bad), or `quality_scores` to go by")
    return GOOD if sum(scores.values()) / len(scores) >= SCORE_AT_BAR else BAD


def _find_generation(studio: Studio, generation_id: str) -> tuple[Decision, Take]:
    try:
        known_id = str(UUID(generation_id))
    except ValueError:
        raise UnknownKeyError(f"there is no decision or take {generation_id!r}; their ids are UUIDs") from None
    take = takes.find_by_id(studio.database, known_id)
    decision = decisions.find_by_id(studio.database, take.decision_id if take is not None else known_id)
    if decision is None:
        raise UnknownKeyError(f"there is no decision or take {generation_id}. `tower audit KEY` lists those of a shot")
    if take is None:
        made = takes.find_by_digests(studio.database, [decision.brief_digest]).get(decision.brief_digest, ())
        take = next((one for one in made if one.decision_id == decision.id and not one.candidate_rank), None)
    if take is None:
        raise PlanError(
            f"decision {decision.id} ({decision.decision_type}, {decision.status}) has made no take, so there is "
            "nothing to give feedback on"
        )
    return decision, take


def _verdicts_on(studio: Studio, take: Take) -> list[Verdict]:
    return list(verdicts.find_latest(studio.database, [take.id]).get(take.id, ()))
