"""The director as people and their tools consult it: scenes planned from words, prompts refined, feedback passed on.

Every question and answer is on record in a creative session: those of a service by the code that asks it, those of the
embedded director here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from tower_anime_assets.engines.consultations import ConsultationLog
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.errors import PlanError, TowerError
from tower_anime_assets.production import codec
from tower_anime_assets.production.attempt import NO_CONTEXT, ConsultationNote, DirectorContext, JobPriority
from tower_anime_assets.production.digest import canonical_json, digest, seed_from
from tower_anime_assets.production.learning.lessons import Lesson
from tower_anime_assets.production.planning.acting import parse_emotion
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.prompts import RefinedPrompt
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.model import Project, Scene
from tower_anime_assets.stages.described_scenes import (
    DescribedScene,
    SceneWords,
    character_ids,
    load_named_project,
    read_description,
)
from tower_anime_assets.stages.events import Waiting
from tower_anime_assets.stages.locks import hold_lock
from tower_anime_assets.stages.opening import episode_run
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, director_context, plan_in, scene_plan_order
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.takeless_decisions import carry_out, settle_abandoned
from tower_anime_assets.store import decisions, sessions
from tower_anime_assets.store.decisions import PROMPT

T = TypeVar("T")

MAX_SESSION_NAME_CHARACTERS: Final = 100
_MAX_TITLE_CHARACTERS: Final = 60


@dataclass(frozen=True)
class RecordedDirector:
    """A director whose answers are on record even where it is embedded, and so records nothing by itself."""

    director: Director

    @property
    def name(self) -> str:
        """The director's name."""
        return self.director.name

    @property
    def version(self) -> str:
        """The director's version."""
        return self.director.version

    @property
    def is_local(self) -> bool:
        """As in `Director`."""
        return self.director.is_local

    def plan_scene(
        self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...], context: DirectorContext = NO_CONTEXT
    ) -> ScenePlan:
        """As `Director.plan_scene`."""
        query = {"scene": scene.id, "heading": scene.heading, "cast": list(scene.cast), "script": codec.to_plain(scene)}
        return self._recorded(
            "plan", query, context, lambda: self.director.plan_scene(project, scene, earlier, context)
        )

    def refine_prompt(
        self,
        project: Project,
        prompt: str,
        negative: str,
        character: str,
        emotion: str,
        *,
        camera_angle: str = "",
        tags: tuple[str, ...] = (),
        spoken: tuple[str, ...] = (),
        context: DirectorContext = NO_CONTEXT,
    ) -> RefinedPrompt:
        """As `Director.refine_prompt`."""
        query = {"prompt": prompt, "negative": negative, "character": character, "emotion": emotion}
        return self._recorded(
            "refine",
            query,
            context,
            lambda: self.director.refine_prompt(
                project,
                prompt,
                negative,
                character,
                emotion,
                camera_angle=camera_angle,
                tags=tags,
                spoken=spoken,
                context=context,
            ),
        )

    def learn(
        self,
        decision_id: str,
        prompt: str,
        scores: Mapping[str, float],
        tags: tuple[str, ...],
        *,
        feedback: str = "",
        context: DirectorContext = NO_CONTEXT,
    ) -> Lesson:
        """As `Director.learn`."""
        query = {"decision": decision_id, "prompt": prompt, "scores": dict(scores), "tags": list(tags)}
        return self._recorded(
            "learn",
            {**query, "feedback": feedback},
            context,
            lambda: self.director.learn(decision_id, prompt, scores, tags, feedback=feedback, context=context),
        )

    def release(self) -> None:
        """As `Director.release`."""
        self.director.release()

    def _recorded(self, kind: str, query: Mapping[str, Any], context: DirectorContext, ask: Callable[[], T]) -> T:
        if not self.director.is_local:
            return ask()
        question = ConsultationNote(canonical_json({"kind": kind, **query}), "", self.name, 0.0)
        context.record_question(question)
        try:
            answer = ask()
        except TowerError as error:
            context.record_consultation(
                replace(question, response="no answer", used="nothing", overruled=(str(error),))
            )
            raise
        response = canonical_json(codec.to_plain(answer))
        context.record_consultation(replace(question, response=response, used="all of it"))
        return answer


@dataclass(frozen=True)
class DirectedScene:
    """A scene from words, as a director planned it.

    Attributes:
        work: What a further stage makes takes of it with.
        outcome: The plan's take, and whether the gates of plans accept it.
    """

    described: DescribedScene
    work: EpisodeRun
    plan: ScenePlan
    outcome: Outcome
    session_id: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the words is used otherwise than written, or not at all."""
        shown = {subject.character for shot in self.plan.shots for subject in shot.subjects}
        heard = {line.character for line in self.plan.lines}
        absent = [
            f"{self.described.project.character(name).name} is in no shot: the words do not say what they do"
            for name in self.described.scene.cast
            if name not in shown | heard
        ]
        return (*self.described.notes, *absent)


def open_session(studio: Studio, project_id: str, session: str, title: str, who: str) -> str:
    """Return the id of the creative session that a consultation belongs to.

    Args:
        studio: The studio.
        project_id: The show.
        session: The id of a session on record, or a name that callers share for one; "" begins a new one.
        title: What a new one is called, cut to a line.
        who: Who asks.

    Raises:
        UnknownKeyError: There is no session with this id.
        PlanError: It is one of another show, or the name is too long.
    """
    if len(session) > MAX_SESSION_NAME_CHARACTERS:
        raise PlanError(f"the session's name is too long; expected {MAX_SESSION_NAME_CHARACTERS} characters at most")
    words = " ".join(title.split())
    words = words if len(words) <= _MAX_TITLE_CHARACTERS else f"{words[:_MAX_TITLE_CHARACTERS]}..."
    if not session.strip():
        return sessions.begin_session(studio.database, project_id, f"director: {words}", who).id
    if not _is_uuid(session):
        name = session.strip()
        return sessions.begin_session(studio.database, project_id, f"director: {name}", who, name=name).id
    known = sessions.load_session(studio.database, session)
    if known.project_id != project_id:
        raise PlanError(f"session {session} is about {known.project_id}, not {project_id}: begin another one for it")
    return known.id


def plan_described(
    studio: Studio, words: SceneWords, who: str, *, session: str = "", quality: str = "", again: bool = True
) -> DirectedScene:
    """Have a scene from words planned by the show's director.

    Args:
        studio: The studio.
        words: The scene.
        who: Who asks.
        session: As in `open_session`.
        quality: The level of what is made of it afterwards; "" for the show's own.
        again: Ask the director even if it has planned the same words before.

    Raises:
        PlanError: The words cannot be used.
        StoryError: Likewise; each fault is named.
        ServiceError: The director's service failed, or neither of its answers can be used.
    """
    described = read_description(studio.settings, words)
    session_id = open_session(studio, described.project.id, session, words.description, who)
    run = Run(studio, user=who, quality=quality, session_id=session_id, priority=JobPriority.PERSON)
    work = episode_run(run, described.project, described.episode)
    (scene,) = work.episode.scenes
    order = scene_plan_order(
        work.project,
        work.episode,
        scene,
        (),
        RecordedDirector(work.engines.director),
        **director_context(work, scene),
    )
    subjects = frozenset({order.subject}) if again else frozenset()
    report = run.fulfill(SHOT_PLANS, work.key, [order], attempts=1, again=subjects)
    (outcome,) = report.outcomes
    plan = assemble_episode(work.project, work.episode, (plan_in(outcome.take.details),)).scenes[0]
    return DirectedScene(described, work, plan, outcome, session_id)


@dataclass(frozen=True)
class PromptRequest:
    """A prompt that somebody wants refined.

    Attributes:
        character: Any spelling of the name of whom it is about, "" for nobody.
        emotion: What their face shows, in free words; "" for nothing in particular.
        camera_angle: A framing, "" where it is open.
        tags: Anything else that the picture depends on.
    """

    prompt: str
    negative: str = ""
    character: str = ""
    emotion: str = ""
    camera_angle: str = ""
    tags: tuple[str, ...] = ()
    project_id: str = ""


@dataclass(frozen=True)
class EnhancedPrompt:
    """A refined prompt, and the record of its making.

    Attributes:
        notes: What of the request was not used.
    """

    refined: RefinedPrompt
    project_id: str
    director: str
    decision_id: str
    session_id: str
    notes: tuple[str, ...]


def enhance_prompt(studio: Studio, request: PromptRequest, who: str, *, session: str = "") -> EnhancedPrompt:
    """Have a prompt refined by the show's director; the question is on record before it is asked.

    Raises:
        PlanError: The prompt is empty, or the character is none of the show's.
        ServiceError: The director's service failed, or neither of its answers can be used.
    """
    if not request.prompt.strip():
        raise PlanError("the prompt is empty: say what the picture shows")
    project = load_named_project(studio.settings, request.project_id)
    (character,) = character_ids(project, [request.character]) if request.character else ("",)
    director = RecordedDirector(studio.engines(project).director)
    emotion = str(parse_emotion(request.emotion) or request.emotion)
    session_id = open_session(studio, project.id, session, request.prompt, who)
    fields = {**vars(request), "tags": list(request.tags), "character": character, "emotion": emotion}
    database = studio.database
    waiting = Waiting("", f"another request has a prompt of {project.id} refined; waiting for it")
    name, what = f"{project.id}:{PROMPT}", f"the prompts of {project.id}"
    with hold_lock(database, name, waiting, what=what, stopped=studio.stopped, emit=studio.emit):
        settle_abandoned(database, project.id, PROMPT, "the process that asked has gone")
        key = digest(PROMPT, director.name, director.version, fields)
        decision = decisions.record_decision(
            database,
            decisions.NewDecision(
                project_id=project.id,
                decision_type=PROMPT,
                parameters={"request": fields},
                reasoning=f"{who} asked for a prompt to be refined.",
                engine=director.name,
                engine_version=director.version,
                brief_digest=key,
                created_by=who,
                session_id=session_id,
                idempotency_key=f"{PROMPT}:{uuid4()}",
            ),
        )
        decisions.mark_running(database, decision.id)
        log = ConsultationLog(database, decision)
        context = DirectorContext(
            session_id=session_id,
            seed=seed_from(key, 0),
            record_question=log.record,
            record_consultation=log.record,
            is_stopped=studio.stopped.is_set,
        )

        def ask() -> RefinedPrompt:
            return director.refine_prompt(
                project,
                request.prompt.strip(),
                request.negative,
                character,
                emotion,
                camera_angle=request.camera_angle,
                tags=request.tags,
                context=context,
            )

        refined = carry_out(database, decision.id, ask)
    director.release()
    return EnhancedPrompt(refined, project.id, director.name, decision.id, session_id, _unused(request, director))


def _unused(request: PromptRequest, director: RecordedDirector) -> tuple[str, ...]:
    if not director.is_local:
        return ()
    ignored = [name for name in ("camera_angle", "tags") if getattr(request, name)]
    notes = [f"the embedded director does not read {' and '.join(ignored)}"] if ignored else []
    if request.emotion and parse_emotion(request.emotion) is None:
        notes.append(f"the embedded director has no light for the emotion {request.emotion!r}")
    return tuple(notes)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
