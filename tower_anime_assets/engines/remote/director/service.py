"""The base of all director services: builds requests, judges answers, and makes plans and prompts of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tower_anime_assets.engines.remote.director.answers import (
    LearnAnswer,
    RefineAnswer,
    SceneConstraints,
    character_ids_by_name,
    check_refinement,
    parse_answer,
)
from tower_anime_assets.engines.remote.director.briefing import brief_scene
from tower_anime_assets.engines.remote.director.consulting import AcceptedAnswer, Question, Turn, consult, pluralize
from tower_anime_assets.engines.remote.director.direction import direct_scene
from tower_anime_assets.engines.remote.director.plan_reading import read_plan
from tower_anime_assets.engines.remote.director.refining import merge_refinement
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.attempt import NO_CONTEXT, DirectorContext
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.learning.lessons import Lesson
from tower_anime_assets.production.planning.prompts import RefinedPrompt
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.model import Project, Scene

T = TypeVar("T")


@dataclass(frozen=True)
class DirectorRequest:
    """A request in the fields of Echo Brain's contract.

    Attributes:
        kind: plan, refine or learn.
        fields: The contract's fields.
        character_names: The characters that a plan may show.
        beat_count: The number of shots that a plan should have.
        seed: Seed for models that draw their answers.
    """

    kind: str
    fields: Mapping[str, Any]
    character_names: tuple[str, ...] = ()
    beat_count: int = 0
    seed: int = 0


class ServiceDirector(ABC):
    """A director behind a service.

    Attributes:
        model: Who answers, as the record names it.
    """

    name: str
    model: str
    version = "2"
    is_local = False

    @abstractmethod
    def build_payload(self, request: DirectorRequest, turn: Turn) -> Mapping[str, Any]:
        """Return what is sent, JSON-ready; a second turn's payload names the faults of the first answer."""

    @abstractmethod
    def send(self, request: DirectorRequest, turn: Turn) -> str:
        """Send a request and return the raw answer.

        Raises:
            ServiceError: The service failed.
        """

    def plan_scene(
        self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...], context: DirectorContext = NO_CONTEXT
    ) -> ScenePlan:
        """Return the scene as shots, as the service directs it within what the script fixes."""
        drafts = _build_storyboard(project, scene, earlier).drafts
        briefing = brief_scene(project, scene, earlier, drafts, context.facts, context.experience, context.lessons)
        fields = {
            "session_id": context.session_id,
            "scene_description": briefing.description,
            "style_references": list(briefing.style),
            "characters_in_scene": list(briefing.character_names),
            "duration_seconds": briefing.length_s,
        }
        constraints = SceneConstraints.for_scene(project, scene, float(briefing.length_s))
        character_ids = character_ids_by_name([project.character(name) for name in scene.cast])

        def judge(text: str) -> AcceptedAnswer[ScenePlan]:
            answer, notes = read_plan(text, constraints, briefing.style)
            # Planning uses a storyboard up, so each answer gets its own.
            storyboard = _build_storyboard(project, scene, earlier)
            accepted = direct_scene(storyboard, scene, answer, character_ids, self.name)
            return replace(accepted, overruled=(*dict.fromkeys((*notes, *accepted.overruled)),))

        request = DirectorRequest("plan", fields, briefing.character_names, briefing.beat_count, context.seed)
        return consult(self._build_question(f"the plan of {scene.id}", request, judge), context)

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
        """Return a prompt with what the service adds to it."""
        names = {one.id: one.name for one in project.characters}
        if character and character not in names:
            raise PlanError(f"no character {character!r} in {project.id}; expected one of {', '.join(sorted(names))}")
        fields = {
            "session_id": context.session_id,
            "raw_prompt": prompt,
            "context_tags": list(tags),
            "character_name": names.get(character),
            "current_emotion": emotion or None,
            "camera_angle": camera_angle or None,
        }

        def judge(text: str) -> AcceptedAnswer[RefinedPrompt]:
            answer = parse_answer(RefineAnswer, text)
            check_refinement(answer, prompt, spoken)
            return merge_refinement(project, answer, prompt, negative, tags)

        request = DirectorRequest("refine", fields, seed=context.seed)
        return consult(self._build_question(f"a prompt of {prompt[:60]!r}", request, judge), context)

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
        """Tell the service a take's scores, those from 0 to 1 as the contract requires; return what it learned."""
        fields = {
            "session_id": context.session_id or decision_id,
            "generation_id": decision_id,
            "prompt_used": prompt,
            "quality_scores": {name: value for name, value in sorted(scores.items()) if 0.0 <= value <= 1.0},
            "context_tags": list(tags),
            "user_feedback": feedback or None,
        }

        def judge(text: str) -> AcceptedAnswer[Lesson]:
            answer = parse_answer(LearnAnswer, text)
            lesson = Lesson(tuple(answer.learned), tuple(answer.recommendations), answer.scores)
            counts = {
                "learned element": len(lesson.learned),
                "recommendation": len(lesson.recommendations),
                "confidence score": len(lesson.confidences),
            }
            used = ", ".join(pluralize(count, noun) for noun, count in counts.items())
            return AcceptedAnswer(lesson, used, (), answer.confidence)

        request = DirectorRequest("learn", fields)
        return consult(self._build_question(f"the lesson of decision {decision_id}", request, judge), context)

    @abstractmethod
    def release(self) -> None:
        """Release what answering holds, such as a graphics card's memory.

        Raises:
            ServiceError: The service failed.
        """

    def _build_question(
        self, subject: str, request: DirectorRequest, judge: Callable[[str], AcceptedAnswer[T]]
    ) -> Question[T]:
        return Question(
            subject,
            self.model,
            build_query=lambda turn: canonical_json(self.build_payload(request, turn)),
            send=lambda turn: self.send(request, turn),
            judge=judge,
        )


def _build_storyboard(project: Project, scene: Scene, earlier: tuple[ScenePlan, ...]) -> Storyboard:
    storyboard = Storyboard(project, scene, earlier)
    storyboard.fit()
    return storyboard
