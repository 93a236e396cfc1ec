"""Single pictures and clips from words: planned by the show's director, decided, made and judged as an episode's are.

They belong to no episode: no approval waits for them, nothing is compiled of them, and `described_scenes.EPISODE` is
the part of their keys where the episode's would be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.planning.shots import ScenePlan, Shot
from tower_anime_assets.stages import routing
from tower_anime_assets.stages.clips import CLIPS, order_clip
from tower_anime_assets.stages.described_scenes import SceneWords
from tower_anime_assets.stages.director_desk import DirectedScene, plan_described
from tower_anime_assets.stages.keyframes import KEYFRAMES, order_keyframe, reference_image_of
from tower_anime_assets.stages.stage import EpisodeRun, Stage, describe_rejected
from tower_anime_assets.stages.studio import Studio

IMAGE: Final = "image"
VIDEO: Final = "video"


@dataclass(frozen=True)
class SingleTake:
    """A picture or clip from words.

    Attributes:
        kind: "image" or "video".
        outcome: The take, and what the gates say of it.
        shot: What of the scene it shows.
        left_out: Numbers of the scene's other shots, which were planned and not made.
        is_animatic: Whether an engine of ours drew it, and not a generating model.
        is_reused: Whether it was made before, from the same words.
    """

    kind: str
    outcome: Outcome
    shot: Shot
    scene: DirectedScene
    left_out: tuple[int, ...]
    is_animatic: bool
    is_reused: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the words is used otherwise than written, or not at all."""
        visible = {subject.character for subject in self.shot.subjects}
        planned = {subject.character for shot in self.scene.plan.shots for subject in shot.subjects}
        project = self.scene.described.project
        elsewhere = [f"{project.character(name).name} is in another shot of the plan" for name in planned - visible]
        return (*self.scene.notes, *sorted(elsewhere))


def make_from_words(
    studio: Studio, words: SceneWords, kind: str, who: str, *, session: str = "", quality: str = ""
) -> SingleTake:
    """Return a picture or a clip of what words describe, made now unless the same words made it before.

    Args:
        studio: The studio.
        words: What it shows; of a scene with several shots, the one that shows most of the words is made.
        kind: "image" or "video".
        who: Who asks.
        session: As in `director_desk.open_session`.
        quality: "draft", "standard" or "final"; "" for the show's own.

    Raises:
        PlanError: The words cannot be used, or no workflow can make it.
        NotAcceptedError: The plan is not accepted; or of a clip the keyframe, which it would grow from.
        ServiceError: A service failed.
    """
    scene = plan_described(studio, words, who, session=session, quality=quality, again=False)
    if not scene.outcome.accepted:
        raise NotAcceptedError(describe_rejected("plan", scene.work.key, [scene.outcome]))
    shot = main_shot(scene.plan)
    keyframe_order = order_keyframe(scene.work, shot, reference_image_of(scene.work, shot))
    order: Order[Any] = keyframe_order
    outcome = _make(scene.work, KEYFRAMES, order)
    if kind == VIDEO:
        if not outcome.accepted:
            raise NotAcceptedError(describe_rejected("keyframe", scene.work.key, [outcome]))
        order = order_clip(scene.work, shot, outcome.take)
        outcome = _make(scene.work, CLIPS, order)
    made_by = next((one.engine for one in order.variants if one.digest == outcome.digest), order.engine)
    left_out = tuple(number for number, one in enumerate(scene.plan.shots, start=1) if one.key != shot.key)
    is_reused = outcome.attempts == 0
    return SingleTake(kind, outcome, shot, scene, left_out, not isinstance(made_by, RemoteEngine), is_reused)


def main_shot(plan: ScenePlan) -> Shot:
    """Return the shot of a scene that shows most of its words: with somebody in it before one of a thing or a place."""
    return max(plan.shots, key=lambda shot: (len(shot.description), len(shot.subjects)))


def _make(work: EpisodeRun, stage: Stage[Any], order: Order[Any]) -> Outcome:
    report = work.run.fulfill(
        stage, work.key, [order], attempts=stage.attempts_for(work.project), compare=stage.compare
    )
    return report.outcomes[0]


@dataclass(frozen=True)
class WorkflowChoice:
    """What would make a shot's picture or clip now.

    Attributes:
        engine: Its name on record, such as "comfyui:sdxl_anime_t2i".
        is_animatic: As in `SingleTake`.
        reasoning: Why this one.
        alternatives: The whole ranking, JSON-ready.
    """

    shot: str
    engine: str
    is_animatic: bool
    reasoning: str
    alternatives: tuple[Any, ...] = ()


def choose_workflows(scene: DirectedScene, kind: str) -> tuple[WorkflowChoice, ...]:
    """Return what would make each shot of a scene; nothing is made, and no choice is counted.

    Args:
        scene: The scene.
        kind: "image" or "video".

    Raises:
        PlanError: No workflow can make a shot; the message says what each lacks.
        ServiceUnavailableError: The servers of those that could do not answer.
    """
    work = scene.work
    engines, medium = ("keyframes", routing.IMAGE) if kind == IMAGE else ("clips", routing.VIDEO)
    if not work.engines.is_routed(engines):
        name = work.engines.keyframes().name if kind == IMAGE else work.engines.clips().name
        why = "no ComfyUI is configured for this show, so its own engine draws an animatic"
        return tuple(WorkflowChoice(shot.key, name, True, why) for shot in scene.plan.shots)
    rankings = [(shot, work.router.try_rank(shot, medium)) for shot in scene.plan.shots]
    return tuple(
        WorkflowChoice(shot.key, ranking.chosen.engine, False, ranking.reasoning, tuple(ranking.alternatives))
        for shot, ranking in rankings
    )


def most_common(choices: Sequence[WorkflowChoice]) -> WorkflowChoice:
    """Return the choice of the most shots; of the first of them where several are equal."""
    (name, _count), *_ = Counter(choice.engine for choice in choices).most_common()
    return next(choice for choice in choices if choice.engine == name)
