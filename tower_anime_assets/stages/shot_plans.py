"""Scenes to shots: each scene's plan is a take of the director, judged as one; together they are the episode's plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tower_anime_assets.engines import suggestions
from tower_anime_assets.engines.orders import Measurement, Order, StoryPosition
from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.errors import NotAcceptedError, ServiceError, TowerError
from tower_anime_assets.production import codec
from tower_anime_assets.production.attempt import Attempt, DirectorContext, EngineOutput
from tower_anime_assets.production.digest import canonical_json, plain_data, seed_from
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.briefs import PlanBrief
from tower_anime_assets.production.planning.continuity import continuity_of
from tower_anime_assets.production.planning.prompts import NEGATIVE, RefinedPrompt, merge_prompts, with_prompt_parts
from tower_anime_assets.production.planning.rules import plan_measures
from tower_anime_assets.production.planning.shots import EpisodePlan, PromptPart, ScenePlan, Shot
from tower_anime_assets.production.story.model import Episode, Project, Scene
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.stage import EpisodeRun, FoundTake, Stage
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.store.takes import Take


@dataclass(frozen=True)
class DirectorEngine:
    """A director as an engine: the take is the scene's plan, a JSON file.

    Attributes:
        facts: Sentences from memory about the scene, told to a director that is asked.
        experience: Sentences about what was accepted and rejected before, likewise.
    """

    director: Director
    project: Project
    scene: Scene
    earlier: tuple[ScenePlan, ...]
    facts: tuple[str, ...] = ()
    experience: tuple[str, ...] = ()
    lanes: int = 1

    @property
    def name(self) -> str:
        """The director's name."""
        return self.director.name

    @property
    def version(self) -> str:
        """The director's version."""
        return self.director.version

    def plan_attempt(self, brief: PlanBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the attempt's parameters.

        Facts and experience are advice and change with every run, so they stand here and not in the brief: what is
        remembered anew makes no plan stale, and what was told is on record before it is told. Rules need none.
        """
        parameters = {"seed": seed_from(brief, number), "complaints": [str(verdict) for verdict in complaints]}
        if self.director.is_local:
            return parameters
        return {**parameters, "facts": list(self.facts), "worked": list(self.experience)}

    def make(self, _brief: PlanBrief, attempt: Attempt) -> EngineOutput:
        """Have the scene planned, its prompts refined where a service directs, and all of it written down."""
        context = DirectorContext(
            facts=tuple(attempt.parameters.get("facts", ())),
            experience=(*attempt.parameters.get("worked", ()), *attempt.parameters.get("complaints", ())),
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
        """Have the director give back what it holds, for another engine may take over; the first error stays."""
        try:
            self.director.release()
        except ServiceError as second:
            error.add_note(f"and the director could not be released: {second}")

    def _refine(self, plan: ScenePlan, context: DirectorContext, attempt: Attempt) -> Iterator[Shot]:
        """Yield the shots with prompts refined by a service, which is told how each must differ from the one before."""
        spoken = tuple(speech.text for speech in self.scene.speeches)
        befores = (None, *plan.shots)
        for number, (before, shot) in enumerate(zip(befores, plan.shots, strict=False), start=1):
            attempt.report_progress(number / (len(plan.shots) + 1), f"{self.director.name} refines shot {number}")
            about = next((one for one in shot.subjects if not one.is_foreground), None)
            refined = self.director.refine_prompt(
                self.project,
                shot.prompt,
                shot.negative,
                about.character if about else "",
                about.emotion if about else "",
                camera_angle=shot.framing,
                tags=tuple(_tags(plan, shot, before)),
                spoken=spoken,
                context=context,
            )
            yield with_prompt_parts(shot, [*shot.prompt_parts, *_added(refined, plan, shot, self.director.name)])


def _tags(plan: ScenePlan, shot: Shot, before: Shot | None) -> Iterator[str]:
    """Yield what a prompt depends on besides itself: light and mood, what is carried on, what it must not repeat."""
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


def _added(refined: RefinedPrompt, plan: ScenePlan, shot: Shot, source: str) -> Iterator[PromptPart]:
    for role, words in (
        ("enhanced", refined.additions),
        ("cinematic", refined.cinematic_terms),
        ("keyword", refined.style_keywords),
        ("hint", refined.consistency_hints),
    ):
        yield from (PromptPart(role, word, source) for word in words)
    yield from (
        PromptPart("keyword", word, f"{source}: scene") for word in plan.style_keywords if word not in shot.prompt
    )
    known = merge_prompts(shot.negative).split(", ")
    yield from (PromptPart(NEGATIVE, word, source) for word in refined.negative.split(", ") if word not in known)


def without_lines(value: Any) -> Any:
    """Return plain data less its source line numbers: where a scene stands in the file is no part of what it says."""
    if isinstance(value, Mapping):
        return {key: without_lines(item) for key, item in value.items() if key != "line"}
    return [without_lines(item) for item in value] if isinstance(value, list) else value


def _seen_before(plan: ScenePlan, director: Director) -> str:
    """What the director may know of an earlier scene: where it was, how it ended, and to one who is asked, its arc."""
    last = plan.shots[-1]
    who = [subject.character for subject in last.subjects]
    arc = [] if director.is_local else [plan.arc]
    return canonical_json([plan.scene, last.setting.place, last.framing, last.move, who, *arc])


def _carried_on(project: Project, scene: Scene, earlier: tuple[ScenePlan, ...]) -> tuple[str, ...]:
    """What still shows of earlier scenes on those in this one; () when nothing does."""
    words = continuity_of(earlier, [project.character(name) for name in scene.cast]).phrases_by_character()
    shown = {name: list(found) for name, found in words.items() if name in scene.cast}
    return (canonical_json(shown),) if shown else ()


def scene_plan_order(
    project: Project,
    episode: Episode,
    scene: Scene,
    earlier: tuple[ScenePlan, ...],
    director: Director,
    *,
    facts: tuple[str, ...] = (),
    experience: tuple[str, ...] = (),
) -> Order[PlanBrief]:
    """Return the order for one scene's plan.

    Args:
        project: The show.
        episode: The episode.
        scene: The scene.
        earlier: The plans of the scenes before it.
        director: Who plans it.
        facts: Sentences from memory about the scene, the most relevant first.
        experience: Sentences about what was accepted and rejected before, the most relevant first.
    """
    brief = PlanBrief(
        episode.key,
        canonical_json(without_lines(plain_data(scene))),
        tuple(project.character(name) for name in scene.cast),
        project.style,
        project.delivery,
        (*(_seen_before(plan, director) for plan in earlier), *_carried_on(project, scene, earlier)),
    )
    return Order(
        stage=SHOT_PLANS.name,
        subject=scene.id,
        position=StoryPosition(project.id, episode.id, scene.id),
        brief=brief,
        engine=DirectorEngine(director, project, scene, earlier, facts, experience),
        measure=lambda output: Measurement(plan_measures(project, scene, plan_in(output.details))),
        context=partial(_measure_episode_length, episode, scene, earlier),
        thresholds=SHOT_PLANS.thresholds_for(project),
        reasoning=f"Scene {scene.number}, {scene.heading}: {len(scene.speeches)} lines, mood {scene.mood}.",
    )


def _measure_episode_length(
    episode: Episode, scene: Scene, earlier: tuple[ScenePlan, ...], details: Mapping[str, Any]
) -> Mapping[str, float]:
    """Return how far the episode is from its target with this plan; 0 before its last scene, or without a target."""
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
    """Return the plan as made last, whether or not its gates passed it.

    Raises:
        NotAcceptedError: A scene has no plan at all.
    """
    found = _find(run)
    missing = [order.subject for order, outcome in found if outcome is None]
    if missing:
        raise NotAcceptedError(f"{run.key}: {', '.join(missing)} not planned yet: materialize `shot_plans`")
    return _assemble(run, (outcome.take for _order, outcome in found if outcome is not None))


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
    """Return each scene's order with the take that stands for it; scenes after a missing one count as missing too."""
    found: list[FoundTake] = []
    plans: tuple[ScenePlan, ...] = ()
    is_complete = True
    for scene in run.episode.scenes:
        order = scene_plan_order(run.project, run.episode, scene, plans, run.engines.director)
        (outcome,) = run.run.find_takes([order]) if is_complete else (None,)
        is_complete = outcome is not None
        if outcome is not None:
            plans += (plan_in(outcome.take.details),)
        found.append((order, outcome))
    return found


def _context(run: EpisodeRun, scene: Scene) -> Mapping[str, tuple[str, ...]]:
    """Return what a director service is told of a scene besides the story; a local one needs nothing."""
    if run.engines.director.is_local:
        return {}
    database = run.run.studio.database
    return {
        "facts": memory.facts_for_scene(database, run.project, scene),
        "experience": suggestions.pattern_sentences(database, run.project.id),
    }


def _make(run: EpisodeRun) -> StageReport:
    """Have the scenes planned one after the other, since each may look at those before it."""
    reports: list[StageReport] = []
    plans: tuple[ScenePlan, ...] = ()
    if not run.engines.director.is_local:
        memory.store_episode_facts(run.run.studio.database, run.project, run.episode)
    for scene in run.episode.scenes:
        order = scene_plan_order(run.project, run.episode, scene, plans, run.engines.director, **_context(run, scene))
        reports.append(run.run.fulfill(SHOT_PLANS, run.key, [order], attempts=1))
        plans += (plan_in(reports[-1].outcomes[0].take.details),)
    outcomes = tuple(outcome for report in reports for outcome in report.outcomes)
    plan = assemble_episode(run.project, run.episode, plans)
    figures = {"frames": plan.frames, "shots": len(plan.shots), "seconds": plan.frames / plan.fps}
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
)
