"""`/api/director`: the director as a studio's own tools call it, in the shapes of Echo Brain's contract."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from tower_anime_assets.errors import TowerError
from tower_anime_assets.production.planning.shots import Framing, Shot
from tower_anime_assets.reports import sessions as session_reports
from tower_anime_assets.stages import director_desk, director_health, single_takes
from tower_anime_assets.stages.described_scenes import MAX_SECONDS, SceneWords
from tower_anime_assets.stages.director_desk import DirectedScene, PromptRequest
from tower_anime_assets.stages.scored_feedback import FeedbackRequest, submit_feedback
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.paging import AfterQuery, LimitQuery, Page
from tower_anime_assets.web.api.problems import Problem, error_response

router = APIRouter(prefix="/director", tags=["director"])

MAX_BATCH = 20
"""Scenes of one batch: each may take a language model a minute."""

DEFAULT_S = 10.0
"""The length of a scene that nobody gives one, as in the contract."""

Words = Annotated[str, StringConstraints(max_length=20_000)]
Name = Annotated[str, StringConstraints(max_length=200)]
SessionName = Annotated[str, StringConstraints(max_length=director_desk.MAX_SESSION_NAME_CHARACTERS)]
ProjectField = Annotated[Name, Field("", description="The show; empty for the only one there is.")]
SessionField = Annotated[
    SessionName,
    Field("", description="A session's id, or a name that callers share for one; empty begins a new one."),
]
Angle = Literal["wide", "medium", "close-up", "over-shoulder"]

_ANGLES: dict[Framing, Angle] = {
    Framing.WIDE: "wide",
    Framing.MEDIUM: "medium",
    Framing.TWO_SHOT: "medium",
    Framing.CLOSE_UP: "close-up",
    Framing.OVER_SHOULDER: "over-shoulder",
    Framing.INSERT: "close-up",
}
"""Our framings in the contract's four words; `framing` has our own."""


class DirectorHealth(BaseModel):
    """How the director is."""

    status: Literal["healthy", "unhealthy"]
    module: str = "director"
    database: str
    director: str = Field(description="Who directs: `echo_brain`, `ollama` or `embedded`.")
    detail: str


class ScenePlanRequest(BaseModel):
    """A scene to be planned."""

    description: Words = Field(description="Free words, or one scene in Fountain.")
    characters: list[Name] = Field([], max_length=50, description="Who is in it besides those whom the words name.")
    duration: float | None = Field(
        None, gt=0, le=MAX_SECONDS, description="Seconds; 10 unless a note in the words says otherwise."
    )
    style: list[Words] | Words = Field([], description="Words added to the show's style.")
    session_id: SessionField = ""
    project: ProjectField = ""

    def as_words(self) -> SceneWords:
        """Return it as the stage takes it."""
        style = [self.style] if isinstance(self.style, str) else self.style
        return SceneWords(
            self.description,
            tuple(self.characters),
            self.duration or 0.0,
            tuple(filter(None, style)),
            self.project,
            default_s=DEFAULT_S,
        )


class PlannedShot(BaseModel):
    """A shot of a plan; `framing` and what follows it are not in Echo Brain's contract."""

    shot_number: int
    description: str
    suggested_camera_angle: Angle
    character_emotions: dict[str, str]
    suggested_poses: list[dict[str, str]]
    duration_seconds: float
    background_context: str | None
    framing: str
    camera_move: str
    frames: int
    prompt: str
    negative_prompt: str

    @classmethod
    def of(cls, number: int, shot: Shot, names: dict[str, str], fps: int) -> PlannedShot:
        """Return a shot in the contract's shape."""
        setting = shot.setting
        where = f"{'inside' if setting.interior else 'outside'}, {setting.time_of_day}, {setting.weather}"
        return cls(
            shot_number=number,
            description=shot.description or shot.reasoning,
            suggested_camera_angle=_ANGLES[shot.framing],
            character_emotions={names[one.character]: one.emotion for one in shot.subjects},
            suggested_poses=[
                {"character": names[one.character], "pose": one.pose, "facing": one.facing} for one in shot.subjects
            ],
            duration_seconds=round(shot.frames / fps, 3),
            background_context=f"{setting.place}: {where}",
            framing=shot.framing,
            camera_move=shot.move,
            frames=shot.frames,
            prompt=shot.prompt,
            negative_prompt=shot.negative,
        )


class ScenePlanAnswer(BaseModel):
    """A planned scene."""

    session_id: str
    project: str
    director: str
    decision_id: str
    accepted: bool = Field(description="Whether the gates of plans accept it; else `problems` says what they miss.")
    problems: list[str]
    notes: list[str] = Field(description="What of the request was used otherwise than written, or not at all.")
    shot_list: list[PlannedShot]
    overall_mood: str
    lighting_suggestions: str
    style_keywords: list[str]
    narrative_arc: str

    @classmethod
    def of(cls, scene: DirectedScene) -> ScenePlanAnswer:
        """Return a planned scene in the contract's shape."""
        project, plan, take = scene.described.project, scene.plan, scene.outcome.take
        names = {one.id: one.name for one in project.characters}
        fps = project.delivery.fps
        return cls(
            session_id=scene.session_id,
            project=project.id,
            director=take.engine,
            decision_id=take.decision_id,
            accepted=scene.outcome.accepted,
            problems=[f"{one.gate}: {one}. {one.remedy}" for one in scene.outcome.failed],
            notes=list(scene.notes),
            shot_list=[PlannedShot.of(number, shot, names, fps) for number, shot in enumerate(plan.shots, start=1)],
            overall_mood=scene.described.scene.mood,
            lighting_suggestions=plan.lighting,
            style_keywords=list(plan.style_keywords),
            narrative_arc=plan.arc,
        )


class PromptEnhanceRequest(BaseModel):
    """A prompt to be refined."""

    prompt: Words
    character: Name | None = Field(None, description="Any spelling of the name of whom it is about.")
    emotion: Name | None = None
    camera_angle: Name | None = None
    tags: list[Name] = Field([], max_length=50)
    negative_prompt: Words = ""
    session_id: SessionField = ""
    project: ProjectField = ""


class PromptEnhanceAnswer(BaseModel):
    """A refined prompt."""

    session_id: str
    project: str
    director: str
    decision_id: str
    notes: list[str]
    enhanced_prompt: str
    style_keywords: list[str]
    negative_prompt: str
    cinematic_terms: list[str]
    character_consistency_hints: list[str]


class FeedbackSubmitRequest(BaseModel):
    """Feedback on something that was made."""

    generation_id: Name = Field(description="The id of a decision or of a take.")
    quality_scores: dict[Name, float] = Field({}, max_length=50, description="0 to 1 each.")
    user_feedback: Words | None = None
    tags: list[Name] = Field([], max_length=50)
    prompt: Words = ""
    session_id: SessionField = Field("", description="Not needed: feedback belongs to the session of its decision.")
    opinion: Literal["good", "bad"] | None = Field(
        None, description="Without one, it is good if the mean of the scores is 0.5 or more."
    )
    reason: Name = Field("overall", description="One of the reasons of `tower feedback --help`.")


class FeedbackSubmitAnswer(BaseModel):
    """Feedback on record, and what the director learned."""

    feedback_id: str
    decision_id: str
    take_id: str
    opinion: str
    reason: str
    director: str
    notes: list[str]
    learned_elements: list[str]
    updated_confidence_scores: dict[str, float]
    recommendations_for_next: list[str]


class WorkflowIntegrateRequest(BaseModel):
    """A scene to be planned, and made ready to be generated."""

    scene: Words = Field(description="Free words, or one scene in Fountain.")
    characters: list[Name] = Field([], max_length=50)
    workflow_type: Literal["image", "video"] = "image"
    duration: float | None = Field(
        None, gt=0, le=MAX_SECONDS, description="Seconds; 10 unless a note in the words says otherwise."
    )
    session_id: SessionField = ""
    project: ProjectField = ""


class EnhancedShot(BaseModel):
    """A shot with the prompt that would be sent, and what would make it."""

    shot_number: int
    enhanced_prompt: str
    negative_prompt: str
    workflow: str
    is_animatic: bool = Field(description="Whether an engine of ours would draw it, and not a generating model.")


class ChosenWorkflow(BaseModel):
    """The workflow of most of a scene's shots."""

    name: str
    type: Literal["image", "video"]
    is_animatic: bool
    reasoning: str
    alternatives: list[Any]


class WorkflowIntegrateAnswer(BaseModel):
    """A plan, its prompts, and the workflow for them; nothing is made."""

    plan: ScenePlanAnswer
    enhanced_shots: list[EnhancedShot]
    workflow: ChosenWorkflow


class SceneBatchRequest(BaseModel):
    """Scenes to be planned, each by itself."""

    scenes: list[ScenePlanRequest] = Field(min_length=1, max_length=MAX_BATCH)


class SceneBatchResult(BaseModel):
    """What came of one scene: a plan, or a problem."""

    number: int
    plan: ScenePlanAnswer | None = None
    problem: Problem | None = None


class SceneBatchAnswer(BaseModel):
    """What came of each scene, in order."""

    planned: int
    failed: int
    results: list[SceneBatchResult]


class DirectorSession(BaseModel):
    """A creative session in figures."""

    id: str
    project: str
    title: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    decisions: int
    consultations: int
    takes: int
    accepted: int
    mean_score: float | None


class SessionDecision(BaseModel):
    """A decision of a session."""

    id: str
    decision_type: str
    key: str = Field(description="What it is about, as far as it belongs anywhere.")
    status: str
    engine: str
    created_by: str
    timestamp: datetime
    reasoning: str
    quality_score: float | None
    error_message: str | None


class SessionConsultation(BaseModel):
    """What a director was asked in a session, and what it answered; the answer is empty until it comes."""

    id: str
    decision_id: str
    query: str
    response: str
    model_used: str
    confidence_score: float | None
    timestamp: datetime
    used: str | None
    overruled: list[str] | None


class SessionHistory(BaseModel):
    """Everything decided and asked in a session, oldest first."""

    session_id: str
    project: str
    title: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    decisions: list[SessionDecision]
    consultations: list[SessionConsultation]


@router.get("/health")
def read_director_health(studio: StudioDep, project: Name = "") -> DirectorHealth:
    """Return whether the director answers: the service that is configured is asked."""
    health = director_health.check_director(studio, project)
    return DirectorHealth(
        status="healthy" if health.is_healthy else "unhealthy",
        database=health.database,
        director=health.director,
        detail=health.detail,
    )


@router.post("/scene/plan", dependencies=[DIRECTS])
def plan_scene(body: ScenePlanRequest, studio: StudioDep, caller: CallerDep) -> ScenePlanAnswer:
    """Have a scene planned by the show's director; the question is on record before it is asked."""
    return ScenePlanAnswer.of(
        director_desk.plan_described(studio, body.as_words(), caller.name, session=body.session_id)
    )


@router.post("/prompt/enhance", dependencies=[DIRECTS])
def enhance_prompt(body: PromptEnhanceRequest, studio: StudioDep, caller: CallerDep) -> PromptEnhanceAnswer:
    """Have a prompt refined by the show's director; the question is on record before it is asked."""
    request = PromptRequest(
        body.prompt,
        body.negative_prompt,
        body.character or "",
        body.emotion or "",
        body.camera_angle or "",
        tuple(body.tags),
        body.project,
    )
    enhanced = director_desk.enhance_prompt(studio, request, caller.name, session=body.session_id)
    refined = enhanced.refined
    return PromptEnhanceAnswer(
        session_id=enhanced.session_id,
        project=enhanced.project_id,
        director=enhanced.director,
        decision_id=enhanced.decision_id,
        notes=list(enhanced.notes),
        enhanced_prompt=refined.prompt,
        style_keywords=list(refined.style_keywords),
        negative_prompt=refined.negative,
        cinematic_terms=list(refined.cinematic_terms),
        character_consistency_hints=list(refined.consistency_hints),
    )


@router.post("/feedback/submit", dependencies=[DIRECTS])
def submit_director_feedback(body: FeedbackSubmitRequest, studio: StudioDep, caller: CallerDep) -> FeedbackSubmitAnswer:
    """Record feedback on a decision's take, and tell the show's director of it."""
    request = FeedbackRequest(
        body.generation_id,
        body.quality_scores,
        body.user_feedback or "",
        body.opinion or "",
        body.reason,
        tuple(body.tags),
        body.prompt,
    )
    given = submit_feedback(studio, request, caller.name)
    return FeedbackSubmitAnswer(
        feedback_id=given.feedback.id,
        decision_id=given.decision.id,
        take_id=given.feedback.take_id,
        opinion=given.feedback.opinion,
        reason=given.feedback.reason,
        director=given.director,
        notes=list(given.notes),
        learned_elements=list(given.lesson.learned),
        updated_confidence_scores=dict(given.lesson.confidences),
        recommendations_for_next=list(given.lesson.recommendations),
    )


@router.post("/workflow/integrate", dependencies=[DIRECTS])
def integrate_workflow(body: WorkflowIntegrateRequest, studio: StudioDep, caller: CallerDep) -> WorkflowIntegrateAnswer:
    """Have a scene planned, and return the prompts that would be sent and the workflow that would be run."""
    words = SceneWords(
        body.scene, tuple(body.characters), body.duration or 0.0, project_id=body.project, default_s=DEFAULT_S
    )
    scene = director_desk.plan_described(studio, words, caller.name, session=body.session_id)
    choices = single_takes.choose_workflows(scene, body.workflow_type)
    chosen = single_takes.most_common(choices)
    return WorkflowIntegrateAnswer(
        plan=ScenePlanAnswer.of(scene),
        enhanced_shots=[
            EnhancedShot(
                shot_number=number,
                enhanced_prompt=shot.prompt,
                negative_prompt=shot.negative,
                workflow=choice.engine,
                is_animatic=choice.is_animatic,
            )
            for number, (shot, choice) in enumerate(zip(scene.plan.shots, choices, strict=True), start=1)
        ],
        workflow=ChosenWorkflow(
            name=chosen.engine,
            type=body.workflow_type,
            is_animatic=chosen.is_animatic,
            reasoning=chosen.reasoning,
            alternatives=list(chosen.alternatives),
        ),
    )


@router.post("/batch/process", dependencies=[DIRECTS])
def process_batch(body: SceneBatchRequest, studio: StudioDep, caller: CallerDep) -> SceneBatchAnswer:
    """Have several scenes planned, each by itself; one that cannot be planned costs none of the others."""
    results = [_plan_one(studio, caller.name, number, one) for number, one in enumerate(body.scenes, start=1)]
    failed = sum(result.problem is not None for result in results)
    return SceneBatchAnswer(planned=len(results) - failed, failed=failed, results=results)


def _plan_one(studio: Studio, who: str, number: int, body: ScenePlanRequest) -> SceneBatchResult:
    try:
        scene = director_desk.plan_described(studio, body.as_words(), who, session=body.session_id)
    except TowerError as error:
        return SceneBatchResult(number=number, problem=Problem.model_validate_json(bytes(error_response(error).body)))
    return SceneBatchResult(number=number, plan=ScenePlanAnswer.of(scene))


@router.get("/sessions")
def list_director_sessions(
    studio: StudioDep, limit: LimitQuery = 50, after: AfterQuery = "", project: Name = ""
) -> Page[DirectorSession]:
    """Return creative sessions, newest first."""
    listed = session_reports.list_page(studio.database, project, limit + 1, after)
    items = [
        DirectorSession(
            id=one.summary.id,
            project=one.summary.project_id,
            title=one.summary.title,
            started_by=one.summary.started_by,
            started_at=one.summary.started_at,
            ended_at=one.summary.ended_at,
            outcome=one.outcome,
            decisions=one.summary.decisions,
            consultations=one.summary.consultations,
            takes=one.summary.takes,
            accepted=one.summary.accepted,
            mean_score=one.summary.mean_score,
        )
        for one in listed[:limit]
    ]
    return Page(items=items, next=items[-1].id if len(listed) > limit else None)


@router.get("/sessions/{session_id}/history")
def read_session_history(session_id: str, studio: StudioDep) -> SessionHistory:
    """Return what was decided and asked in a session, given its id or the name that its callers share."""
    trail = session_reports.load_history(studio.database, session_id)
    session = trail.session
    return SessionHistory(
        session_id=session.id,
        project=session.project_id,
        title=session.title,
        started_by=session.started_by,
        started_at=session.started_at,
        ended_at=session.ended_at,
        decisions=[_decision_of(row) for row in trail.decisions],
        consultations=[SessionConsultation.model_validate(row) for row in trail.consultations],
    )


def _decision_of(row: Any) -> SessionDecision:
    places = (row["project_id"], row["episode_id"], row["scene_id"], row["shot_id"])
    return SessionDecision.model_validate({**row, "key": "-".join(filter(None, places))})
