"""Opinions: what a person says of a shot's take in use, on record for good, and told to a director that learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from tower_anime_assets.engines.consultations import ConsultationLog
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.attempt import DirectorContext
from tower_anime_assets.production.learning.feedback import reason_for
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.production.verdicts import Verdict, score
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import stage_named
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import shot_keys
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions, feedback
from tower_anime_assets.store.decisions import Decision
from tower_anime_assets.store.feedback import Feedback

WIRE_SCORES: Final[Mapping[str, str]] = {
    "start_ssim": "ssim",
    "motion_off_range_px": "optical_flow",
    "sheet_colour_share": "character_consistency",
}
"""Names under which a director service knows what the gates measure; each is sent as how well its bar is met, 0..1.

Source:
    Echo Brain, POST /api/echo/anime/feedback/learn: `quality_scores` by these names.
"""


@dataclass(frozen=True)
class RecordedFeedback:
    """An opinion on record, and what came of it.

    Attributes:
        stage: Whose take it is of.
        learned: What a director service says it learned from it; () without one.
    """

    feedback: Feedback
    stage: str
    decision: Decision
    learned: tuple[str, ...] = ()


def give_feedback(studio: Studio, key: str, opinion: str, kind: str, note: str, who: str) -> RecordedFeedback:
    """Put on record what a person says of the take that stands for a shot now, and tell the project's director.

    Args:
        studio: The studio.
        key: A shot, `nexus-e01-sc02-sh0030`.
        opinion: "good" or "bad".
        kind: The reason, see `production.opinions`.
        note: What else there is to say, or "".
        who: Who says it.

    Raises:
        PlanError: There is no such shot, take or reason, or nobody says it.
        NotAcceptedError: The episode is not planned yet.
        ServiceError: The director service failed; the opinion is on record all the same.
    """
    reason = reason_for(opinion, kind)
    if not who.strip():
        raise PlanError("an opinion needs somebody whose it is: --who")
    shot = ShotKey.parse(key)
    run = saved_episode(Run(studio), shot.episode_key)
    stage, outcome = _take_in_use(run, str(shot), reason.stage)
    decision = decisions.find_by_id(studio.database, outcome.take.decision_id)
    assert decision is not None  # noqa: S101 - a take names its decision, and decisions are never deleted
    said = feedback.record_feedback(
        studio.database,
        feedback.NewFeedback(
            decision_id=decision.id,
            take_id=outcome.take.id,
            opinion=opinion,
            reason=kind,
            note=note.strip(),
            who=who.strip(),
            idempotency_key=str(uuid4()),
        ),
    )
    director = run.engines.director
    learned: tuple[str, ...] = ()
    if not director.is_local:
        learned = tell_director(studio, director, decision, outcome.verdicts, said)
    return RecordedFeedback(said, stage, decision, learned)


def _take_in_use(run: EpisodeRun, key: str, stage: str) -> tuple[str, Outcome]:
    """Return the take that stands for a shot: of this stage, or of "" the clip where there is one.

    Raises:
        PlanError: There is no such shot, or no such take of it.
    """
    known = shot_keys(run)
    if key not in known:
        raise PlanError(f"there is no shot {key}. {did_you_mean(key, known)}")
    for candidate in (stage_named(stage),) if stage else (CLIPS, KEYFRAMES):
        for order, outcome in run.find(candidate, partial=True):
            if order.subject == key and outcome is not None:
                return candidate.name, outcome
    raise PlanError(f"{key} has no {stage or 'keyframe'} take yet, so there is nothing to give feedback on")


def tell_director(
    studio: Studio, director: Director, decision: Decision, verdicts: tuple[Verdict, ...], said: Feedback | None = None
) -> tuple[str, ...]:
    """Return what a director learns from how a decision's take did; its answer is kept as a consultation of it.

    Args:
        studio: The studio.
        director: The director; one of our own is told too, but keeps nothing.
        decision: What made the take.
        verdicts: What the gates found on it.
        said: What a person said of it, None when nobody did.

    Raises:
        ServiceError: The service failed, or broke the contract twice; what it answered is on record.
    """
    brief = decision.parameters.get("brief", {})
    told = ConsultationLog(studio.database, decision, f"learn:{said.id if said is not None else uuid4()}")
    return director.learn(
        decision.id,
        str(brief.get("prompt", "")),
        wire_scores(verdicts),
        _tags(decision),
        feedback=_wording(said),
        context=DirectorContext(
            session_id=decision.session_id or "", record_question=told.record, record_consultation=told.record
        ),
    )


def wire_scores(verdicts: tuple[Verdict, ...]) -> dict[str, float]:
    """Return how well each bar that a director service knows is met, 0..1, by the service's names."""
    return {WIRE_SCORES[item.measure]: score([item]) for item in verdicts if item.measure in WIRE_SCORES}


def _tags(decision: Decision) -> tuple[str, ...]:
    brief = decision.parameters.get("brief", {})
    setting = brief.get("setting") or {}
    given = (decision.decision_type, decision.engine, brief.get("framing"), setting.get("mood"))
    return tuple(str(tag) for tag in given if tag)


def _wording(said: Feedback | None) -> str:
    if said is None:
        return ""
    reason = reason_for(said.opinion, said.reason)
    return f"{said.opinion}: {reason.text}" + (f". {said.note}" if said.note else "")
