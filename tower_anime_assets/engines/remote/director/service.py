"""What every director behind a service does alike: brief it, judge its answer, build the plan on its word."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from tower_anime_assets.engines.remote.director.answers import (
    LearnAnswer,
    PlanAnswer,
    RefineAnswer,
    SceneConstraints,
    character_ids_by_name,
    check_plan,
    check_refinement,
    parse_answer,
)
from tower_anime_assets.engines.remote.director.briefing import SceneBriefing, brief_scene
from tower_anime_assets.engines.remote.director.consulting import AcceptedAnswer, Question, Turn, consult, pluralize
from tower_anime_assets.engines.remote.director.direction import direct_scene
from tower_anime_assets.engines.remote.director.refining import merge_refinement
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.attempt import NO_CONTEXT, DirectorContext
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.planning.prompts import RefinedPrompt
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.model import Project, Scene

T = TypeVar("T")


@dataclass(frozen=True)
class DirectorRequest:
    """A question as its contract has it.

    Attributes:
        kind: plan, refine or learn.
        fields: The contract's fields, without those that a second time of asking adds.
        names: Names of the characters that the answer may speak of.
        beats: How many shots a plan should have.
        seed: Of the draw.
    """

    kind: str
    fields: Mapping[str, Any]
    character_names: tuple[str, ...] = ()
    beat_count: int = 0
    seed: int = 0


class ServiceDirector(ABC):
    """A director that is asked over a wire; those below say how."""

    version = "1"
    is_local = False

    @property
    @abstractmethod
    def name(self) -> str:
        """Stays the same over versions."""

    @property
    @abstractmethod
    def model(self) -> str:
        """Who answers, for the record."""

    @abstractmethod
    def build_payload(self, request: DirectorRequest, turn: Turn) -> Mapping[str, Any]:
        """Return what is sent, JSON-ready; a second turn names the faults of the first answer."""

    @abstractmethod
    def send(self, request: DirectorRequest, turn: Turn) -> str:
        """Send it and return the raw answer.

        Raises:
            ServiceError: There is none.
        """

    def plan_scene(
        self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...], consulting: DirectorContext = NO_CONTEXT
    ) -> ScenePlan:
        """Return the scene as shots, as the service would shoot it, within what the script fixes.

        Raises:
            PlanError: The scene cannot be planned, whoever directs it.
            ServiceRejectedError: Two answers broke the contract or the story.
            ServiceError: The service failed.
            StoppedError: Somebody stopped the run.
        """
        storyboard = _build_storyboard(project, scene, earlier)
        scene_briefing = brief_scene(
            project, scene, earlier, storyboard.drafts, consulting.facts, consulting.experience
        )
        request = DirectorRequest(
            "plan",
            _plan_fields(scene_briefing, consulting),
            scene_briefing.character_names,
            scene_briefing.beat_count,
            consulting.seed,
        )
        judge = partial(self._judge_plan, project, scene, earlier, scene_briefing)
        return consult(self._build_question(f"the plan of {scene.id}", request, judge), consulting)

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
        consulting: DirectorContext = NO_CONTEXT,
    ) -> RefinedPrompt:
        """Return what the service adds to a prompt; whatever the plan, the cast and the style say comes first.

        Raises:
            PlanError: The character is none of the project's.
            ServiceRejectedError: Two answers broke the contract or repeated a line.
            ServiceError: The service failed.
            StoppedError: Somebody stopped the run.
        """
        names = {one.id: one.name for one in project.characters}
        if character and character not in names:
            raise PlanError(f"no character {character!r} in {project.id}; expected one of {', '.join(sorted(names))}")
        fields = {
            "session_id": consulting.session_id,
            "raw_prompt": prompt,
            "context_tags": list(tags),
            "character_name": names.get(character),
            "current_emotion": emotion or None,
            "camera_angle": camera_angle or None,
        }

        def judge(text: str) -> AcceptedAnswer[RefinedPrompt]:
            answer = parse_answer(RefineAnswer, text)
            check_refinement(answer, prompt, spoken)
            return merge_refinement(project, answer, prompt, negative)

        request = DirectorRequest("refine", fields, seed=consulting.seed)
        return consult(self._build_question(f"a prompt of {prompt[:60]!r}", request, judge), consulting)

    def learn(
        self,
        decision_id: str,
        prompt: str,
        scores: Mapping[str, float],
        tags: tuple[str, ...],
        *,
        feedback: str = "",
        consulting: DirectorContext = NO_CONTEXT,
    ) -> tuple[str, ...]:
        """Tell the service how a take scored; return what it says that it learned and recommends.

        Scores outside 0 to 1 are left out: the contract has no room for them.

        Raises:
            ServiceRejectedError: Two answers broke the contract.
            ServiceError: The service failed.
        """
        fields = {
            "session_id": consulting.session_id or decision_id,
            "generation_id": decision_id,
            "prompt_used": prompt,
            "quality_scores": {name: value for name, value in sorted(scores.items()) if 0.0 <= value <= 1.0},
            "context_tags": list(tags),
            "user_feedback": feedback or None,
        }

        def judge(text: str) -> AcceptedAnswer[tuple[str, ...]]:
            answer = parse_answer(LearnAnswer, text)
            lessons = tuple(dict.fromkeys((*answer.learned, *answer.recommendations)))
            used = ", ".join(
                (
                    pluralize(len(answer.learned), "learned element"),
                    pluralize(len(answer.recommendations), "recommendation"),
                )
            )
            return AcceptedAnswer(lessons, used, (), answer.confidence)

        return consult(
            self._build_question(f"what decision {decision_id} teaches", DirectorRequest("learn", fields), judge),
            consulting,
        )

    @abstractmethod
    def rest(self) -> None:
        """Give back what answering holds."""

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

    def _judge_plan(
        self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...], scene_briefing: SceneBriefing, text: str
    ) -> AcceptedAnswer[ScenePlan]:
        answer = parse_answer(PlanAnswer, text)
        check_plan(
            answer,
            SceneConstraints.for_scene(project, scene, float(scene_briefing.length_s), scene_briefing.beat_count),
        )
        character_ids = character_ids_by_name([project.character(name) for name in scene.cast])
        # A storyboard is used up by planning, so each answer gets one of its own.
        directed_plan = direct_scene(
            _build_storyboard(project, scene, earlier), scene, answer, character_ids, self.name
        )
        return AcceptedAnswer(directed_plan.plan, directed_plan.used, directed_plan.overruled, answer.confidence)


def _build_storyboard(project: Project, scene: Scene, earlier: tuple[ScenePlan, ...]) -> Storyboard:
    storyboard = Storyboard(project, scene, earlier)
    storyboard.fit()
    return storyboard


def _plan_fields(scene_briefing: SceneBriefing, consulting: DirectorContext) -> dict[str, Any]:
    return {
        "session_id": consulting.session_id,
        "scene_description": scene_briefing.description,
        "style_references": list(scene_briefing.style),
        "characters_in_scene": list(scene_briefing.character_names),
        "duration_seconds": scene_briefing.length_s,
    }
