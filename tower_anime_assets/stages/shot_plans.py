"""Shot plans: each scene's plan is a take made by the director; together they are the episode's plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tower_anime_assets.engines import suggestions
from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.errors import NotAcceptedError, ServiceError, TowerError
from tower_anime_assets.production import codec
from tower_anime_assets.production.attempt import Attempt, DirectorContext, EngineOutput
from tower_anime_assets.production.digest import canonical_json, plain_data, seed_from
from tower_anime_assets.production.learning.lessons import lesson_sentences
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.briefs import PlanBrief
from tower_anime_assets.production.planning.continuity import continuity_of
from tower_anime_assets.production.planning.prompts import NEGATIVE, RefinedPrompt, merge_prompts, with_prompt_parts
from tower_anime_assets.production.planning.rules import plan_measures
from tower_anime_assets.production.planning.shots import EpisodePlan, PromptPart, ScenePlan, Shot
from tower_anime_assets.production.planning.stand_ins import stand_in_names
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import Episode, Project, Scene
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.production.value_origins import with_origins
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import approval_state, memory
from tower_anime_assets.stages.stage import EpisodeRun, FoundTake, Stage
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.store import lessons as lesson_record
from tower_anime_assets.store.takes import Take


@dataclass(frozen=True)
class DirectorEngine:
    """A director as an engine: the take is the scene's plan, a JSON file.

    Attributes:
        facts: Sentences from memory about the scene, sent to a director service.
        experience: Sentences about what was accepted and rejected before, likewise.
        lessons: Sentences about what a director learned from earlier takes, likewise.
    """

    director: Director
    project: Project
    scene: Scene
    earlier: tuple[ScenePlan, ...]
    facts: tuple[str, ...] = ()
    experience: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()
    lanes: int = 1

    @property
    def name(self) -> str:
        """The director's name."""
        return self.director.name

    @property
    def version(self) -> str:
        """The director's version."""
        return self.director.version

    @property
    def is_service(self) -> bool:
        """Whether a service plans."""
        return not self.director.is_local

    def plan_attempt(self, brief: PlanBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the attempt's parameters.

        Facts, experience and lessons are advice that changes with every run. They belong here and not in the brief, so
        that new ones make no plan stale, and what is sent is recorded first. The embedded director needs none.
        """
        parameters = {"seed": seed_from(brief, number), "complaints": [str(verdict) for verdict in complaints]}
        if self.director.is_local:
            return parameters
        told = {**parameters, "facts": list(self.facts), "worked": list(self.experience), "lessons": list(self.lessons)}
        return with_origins(
            told,
            {
                "facts": "memory: facts on the scene",
                "worked": "patterns learned from attempts",
                "lessons": "what the director learned from earlier takes",
            },
        )

    def make(self, _brief: PlanBrief, attempt: Attempt) -> EngineOutput:
        """Have the director plan the scene, refine its prompts if it is a service, and write the plan."""
        context = DirectorContext(
            facts=tuple(attempt.parameters.get("facts", ())),
            experience=(*attempt.parameters.get("worked", ()), *attempt.parameters.get("complaints", ())),
            lessons=tuple(attempt.parameters.get("lessons", ())),
            session_id=attempt.session_id or attempt.decision_id,
            seed=attempt.seed,
            record_question=attempt.record_question,
            record_consultation=attempt.record_consultation,
            is_stopped=attempt.is_stopped,
        )
        attempt.report_progress(0.0, f"{self.director.name} plans {self.scene.id}")
        try:
            plan = self.director.plan_scene(self.project, self.scene, self.earlier, context)
            if not self.director.is_local:
                plan = replace(plan, shots=tuple(self._refine(plan, context, attempt)))
        except TowerError as error:
            self._release_after(error)
            raise
        self.director.release()
        data = codec.to_plain(plan)
        path = attempt.folder / "plan.json"
        path.write_text(canonical_json(data))
        return EngineOutput({"main": path}, {"plan": data})

    def _release_after(self, error: TowerError) -> None:
        """Release the director, since another engine may take over; the first error stays the error."""
        try:
            self.director.release()
        except ServiceError as second:
            error.add_note(f"and the director could not be released: {second}")

    def _refine(self, plan: ScenePlan, context: DirectorContext, attempt: Attempt) -> Iterator[Shot]:
        """Yield the shots with prompts refined by a service; requests say how a shot must differ from the last."""
        spoken = tuple(speech.text for speech in self.scene.speeches)
        befores = (None, *plan.shots)
        for number, (before, shot) in enumerate(zip(befores, plan.shots, strict=False), start=1):
            attempt.report_progress(number / (len(plan.shots) + 1), f"{self.director.name} refines shot {number}")
            subject = next((one for one in shot.subjects if not one.is_foreground), None)
            refined = self.director.refine_prompt(
                self.project,
                shot.prompt,
                shot.negative,
                subject.character if subject else "",
                subject.emotion if subject else "",
                camera_angle=shot.framing,
                tags=tuple(_tags(plan, shot, before)),
                spoken=spoken,
                context=context,
            )
            yield with_prompt_parts(
                shot, [*shot.prompt_parts, *_prompt_parts_of(refined, plan, shot, self.director.name)]
            )


def _tags(plan: ScenePlan, shot: Shot, before: Shot | None) -> Iterator[str]:
    """Yield what a prompt depends on besides itself: light, mood, continuity, and the shot it must not repeat."""
    setting = shot.setting
    yield f"mood: {setting.mood}"
    yield f"light: {plan.lighting}"
    yield f"time: {setting.time_of_day}, weather: {setting.weather}"
    for part in shot.prompt_parts:
        if part.role == "continuity":
            yield f"carried on from earlier shots: {part.text}"
    if before is not None:
        who = ", ".join(subject.character for subject in before.subjects) or "nobody"
        yield f"the shot before, which this one must not look like: {before.framing} of {who}, camera {before.move}"


def _prompt_parts_of(refined: RefinedPrompt, plan: ScenePlan, shot: Shot, source: str) -> Iterator[PromptPart]:
    yield from refined_parts(refined, shot, source)
    yield from (
        PromptPart("keyword", word, f"{source}: scene") for word in plan.style_keywords if word not in shot.prompt
    )


def refined_parts(refined: RefinedPrompt, shot: Shot, source: str) -> Iterator[PromptPart]:
    """Yield what a director added to a shot's prompts."""
    for role, words in (
        ("enhanced", refined.additions),
        ("cinematic", refined.cinematic_terms),
        ("keyword", refined.style_keywords),
        ("hint", refined.consistency_hints),
    ):
        yield from (PromptPart(role, word, source) for word in words)
    negatives = merge_prompts(shot.negative).split(", ")
    yield from (PromptPart(NEGATIVE, word, source) for word in refined.negative.split(", ") if word not in negatives)


def without_lines(value: Any) -> Any:
    """Return plain data without source line numbers: a scene's place in its file does not change its meaning."""
    if isinstance(value, Mapping):
        return {key: without_lines(item) for key, item in value.items() if key != "line"}
    return [without_lines(item) for item in value] if isinstance(value, list) else value


def _summary_of_earlier(plan: ScenePlan, director: Director) -> str:
    """Return what the director knows of an earlier scene: its place, its end, and for a service its arc."""
    last = plan.shots[-1]
    who = [subject.character for subject in last.subjects]
    arc = [] if director.is_local else [plan.arc]
    return canonical_json([plan.scene, last.setting.place, last.framing, last.move, who, *arc])


def _continuity_summary(project: Project, scene: Scene, earlier: tuple[ScenePlan, ...]) -> tuple[str, ...]:
    """Return what is still visible of earlier scenes on the cast of this one; () if nothing is."""
    words = continuity_of(earlier, [project.character(name) for name in scene.cast]).phrases_by_character()
    visible = {name: list(phrases) for name, phrases in words.items() if name in scene.cast}
    return (canonical_json(visible),) if visible else ()


def scene_plan_order(
    project: Project,
    episode: Episode,
    scene: Scene,
    earlier: tuple[ScenePlan, ...],
    director: Director,
    *,
    facts: tuple[str, ...] = (),
    experience: tuple[str, ...] = (),
    lessons: tuple[str, ...] = (),
) -> Order[PlanBrief]:
    """Return the order for one scene's plan.

    Args:
        project: The show.
        episode: The episode.
        scene: The scene.
        earlier: The plans of the scenes before it.
        director: The director that plans it.
        facts: Sentences from memory about the scene, the most relevant first.
        experience: Sentences about what was accepted and rejected before, the most relevant first.
        lessons: Sentences about what a director learned from earlier takes of the show.
    """
    brief = PlanBrief(
        episode.key,
        canonical_json(without_lines(plain_data(replace(scene, music_file=None)))),  # no shot depends on it
        tuple(replace(project.character(name), loras=()) for name in scene.cast),  # a plan does not depend on them
        project.style,
        replace(project.delivery, quality=STANDARD),  # a plan serves every level
        (*(_summary_of_earlier(plan, director) for plan in earlier), *_continuity_summary(project, scene, earlier)),
    )
    return Order(
        stage=SHOT_PLANS.name,
        subject=scene.id,
        position=StoryPosition(project.id, episode.id, scene.id),
        brief=brief,
        engine=DirectorEngine(director, project, scene, earlier, facts, experience, lessons),
        measure=lambda output: Measurement(plan_measures(project, scene, plan_in(output.details))),
        context=partial(_measure_episode_length, episode, scene, earlier),
        thresholds=SHOT_PLANS.thresholds_for(project),
        reasoning=f"Scene {scene.number}, {scene.heading}: {len(scene.speeches)} lines, mood {scene.mood}.",
    )


def _measure_episode_length(
    episode: Episode, scene: Scene, earlier: tuple[ScenePlan, ...], details: Mapping[str, Any]
) -> Mapping[str, float]:
    """Return the episode's share of error in length with this plan; 0 before the last scene or without a target."""
    if not episode.target_frames or scene.id != episode.scenes[-1].id:
        return {"episode_length_error_share": 0.0}
    frames = sum(plan.frames for plan in (*earlier, plan_in(details)))
    return {"episode_length_error_share": abs(frames - episode.target_frames) / episode.target_frames}


def plan_in(details: Mapping[str, Any]) -> ScenePlan:
    """Return the scene plan that a take's details hold."""
    return codec.from_plain(ScenePlan, details["plan"])


def episode_plan(run: EpisodeRun) -> EpisodePlan:
    """Return the episode's accepted plan; in a dry run, the plan that a local director would make.

    Raises:
        NotAcceptedError: Some scene has no accepted plan.
    """
    return run.once(_plan_in_memory if run.is_dry and run.engines.director.is_local else _accepted_plan)


def newest_plan(run: EpisodeRun) -> EpisodePlan:
    """Return the newest plan, whether or not its gates passed.

    Raises:
        NotAcceptedError: A scene has no plan.
    """
    takes = _find(run)
    missing = [order.subject for order, outcome in takes if outcome is None]
    if missing:
        raise NotAcceptedError(f"{run.key}: {', '.join(missing)} not planned yet: materialize `shot_plans`")
    return _assemble(run, (outcome.take for _order, outcome in takes if outcome is not None))


def scene_ids(run: EpisodeRun) -> list[str]:
    """Return the subjects of stages that make a take per scene."""
    return [scene.id for scene in run.episode.scenes]


def shot_keys(run: EpisodeRun) -> list[str]:
    """Return the subjects of stages that make a take per shot.

    Raises:
        NotAcceptedError: The episode has no accepted plan.
    """
    return [shot.key for shot in episode_plan(run).shots]


def episode_keys(run: EpisodeRun) -> list[str]:
    """Return the one subject of stages that make a take per episode."""
    return [run.key]


def _accepted_plan(run: EpisodeRun) -> EpisodePlan:
    return _assemble(run, run.accepted(SHOT_PLANS))


def _assemble(run: EpisodeRun, takes: Iterable[Take]) -> EpisodePlan:
    return assemble_episode(run.project, run.episode, tuple(plan_in(take.details) for take in takes))


def _plan_in_memory(run: EpisodeRun) -> EpisodePlan:
    plans: tuple[ScenePlan, ...] = ()
    for scene in run.episode.scenes:
        plans += (run.engines.director.plan_scene(run.project, scene, plans),)
    return assemble_episode(run.project, run.episode, plans)


def _orders(run: EpisodeRun) -> list[Order[Any]]:
    return [order for order, _outcome in _find(run)]


def _find(run: EpisodeRun) -> list[FoundTake]:
    """Return each scene's order with its current take; scenes after a missing one count as missing too."""
    takes: list[FoundTake] = []
    plans: tuple[ScenePlan, ...] = ()
    is_complete = True
    for scene in run.episode.scenes:
        order = scene_plan_order(run.project, run.episode, scene, plans, run.engines.director)
        (outcome,) = run.run.find_takes([order]) if is_complete else (None,)
        is_complete = outcome is not None
        if outcome is not None:
            plans += (plan_in(outcome.take.details),)
        takes.append((order, outcome))
    return takes


def director_context(run: EpisodeRun, scene: Scene) -> Mapping[str, tuple[str, ...]]:
    """Return what a director service is told about a scene besides the story; nothing for a local one."""
    if run.engines.director.is_local:
        return {}
    database = run.studio.database
    return {
        "facts": memory.facts_for_scene(database, run.project, scene),
        "experience": suggestions.pattern_sentences(database, run.project.id),
        "lessons": lesson_sentences([one.lesson for one in lesson_record.list_newest(database, run.project.id)]),
    }


def _make(run: EpisodeRun) -> StageReport:
    """Plan the scenes one after the other, since each builds on those before it."""
    reports: list[StageReport] = []
    plans: tuple[ScenePlan, ...] = ()
    if not run.engines.director.is_local:
        memory.store_episode_facts(run.studio.database, run.project, run.episode)
    for scene in run.episode.scenes:
        order = scene_plan_order(
            run.project, run.episode, scene, plans, run.engines.director, **director_context(run, scene)
        )
        reports.append(run.run.fulfill(SHOT_PLANS, run.key, [order], attempts=1))
        plans += (plan_in(reports[-1].outcomes[0].take.details),)
    outcomes = tuple(outcome for report in reports for outcome in report.outcomes)
    plan = assemble_episode(run.project, run.episode, plans)
    figures = {
        "frames": plan.frames,
        "shots": len(plan.shots),
        "seconds": plan.frames / plan.fps,
        "stand_ins": ", ".join(stand_in_names(run.project, run.episode, plan)) or "none",
    }
    seconds = sum(report.seconds for report in reports)
    return StageReport(SHOT_PLANS.name, run.key, outcomes, seconds, figures)


SHOT_PLANS: Stage[EpisodeRun] = Stage(
    name="plan",
    asset="shot_plans",
    title="Shot plan",
    thresholds=thresholds.STORY,
    subjects=scene_ids,
    orders=_orders,
    engine_name=lambda run: run.engines.director.name,
    prior_s=0.1,
    is_deterministic=True,
    find=_find,
    make=_make,
    approval=approval_state.PLAN,
)
