"""One episode on its way through the stages: what each stage wants, finds and makes.

The stages build on each other's accepted takes only: asking for the orders of a stage whose inputs are missing or
rejected raises `NotAcceptedError`, in whatever run that happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from tower_anime_assets.engines import suggestions
from tower_anime_assets.engines.factory import Engines
from tower_anime_assets.engines.generate import Order, Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief
from tower_anime_assets.production.planning.shots import EpisodePlan, ScenePlan, Shot
from tower_anime_assets.production.story.model import Episode, Project, Scene
from tower_anime_assets.stages import clips, init_images, masters, memory, mixes, routing, shot_plans, sounds, stills
from tower_anime_assets.stages.accepted_takes import AcceptedTakes
from tower_anime_assets.stages.engine_choice import EngineChoice, choice_from_ranking
from tower_anime_assets.stages.reporting import StageReport
from tower_anime_assets.stages.shot_chaining import InTurn, Step, in_turn
from tower_anime_assets.stages.studio import Selection, Studio, refusal
from tower_anime_assets.stages.vision_check import VisionModel, unload
from tower_anime_assets.store.takes import Take

STAGES: Final = (shot_plans.STAGE, stills.KEYFRAME, clips.STAGE, sounds.VOICE, sounds.CUE, mixes.STAGE, masters.STAGE)
"""Every stage that makes takes for an episode, in the order in which a run does them."""

SHOT_STAGES: Final = (stills.KEYFRAME, clips.STAGE)
"""Stages whose orders are shots, which may be selected to be made again."""

SINGLE_STAGES: Final = (shot_plans.STAGE, mixes.STAGE, masters.STAGE)
"""Stages with nothing to vary: the same inputs give the same take, so a second attempt would be the first again."""


class EpisodeWork:
    """An episode, the studio that makes it, and the engines chosen for it."""

    def __init__(
        self, studio: Studio, project: Project, episode: Episode, engines: Engines, *, foresee: bool = False
    ) -> None:
        self.studio = studio
        self.project = project if engines.is_routed("keyframes") else _from_words(project)
        self.episode = episode
        self.engines = engines
        self._foresee = foresee and engines.director.is_local
        self._standing = AcceptedTakes() if foresee else studio.standings.of(studio.run_id, project, episode)

    def engine_names(self) -> dict[str, str]:
        """Return the name of the engine that each stage uses; "" where it may differ from shot to shot."""
        engines = self.engines
        return {
            shot_plans.STAGE: engines.director.name,
            stills.KEYFRAME: "" if engines.is_routed("keyframes") else engines.keyframes().name,
            clips.STAGE: "" if engines.is_routed("clips") else engines.clips().name,
            sounds.VOICE: engines.voice.name,
            sounds.CUE: engines.music.name,
            mixes.STAGE: mixes.Mixer.name,
            masters.STAGE: masters.Compiler.name,
        }

    def subjects(self, stage: str) -> list[str]:
        """Return what a stage's takes are of, without asking whether they can be ordered yet."""
        if stage == shot_plans.STAGE or stage == sounds.CUE:
            return [scene.id for scene in self.episode.scenes]
        if stage == sounds.VOICE:
            return list(sounds.speeches_of(self.episode))
        if stage in SHOT_STAGES:
            return [shot.key for shot in self.plan.shots]
        return [self.episode.key]

    def make(self, stage: str, selection: Selection = Selection()) -> StageReport:  # noqa: B008 - frozen
        """Find or make every take of a stage.

        Raises:
            NotAcceptedError: A stage before it is not finished.
            TowerError: Something could not be made.
        """
        if stage == shot_plans.STAGE:
            return self._make_plans()
        if stage in SHOT_STAGES and self._is_in_turn:
            return self._make_in_turn(stage, selection)
        orders = self.orders(stage)
        again = selection.again([order.subject for order in orders]) if stage in SHOT_STAGES else frozenset()
        report = self.studio.settle(
            stage,
            self.episode.key,
            orders,
            attempts=1 if stage in SINGLE_STAGES else self.project.engines.attempts,
            again=again,
            neighbour=stills.beside if stage == stills.KEYFRAME else None,
        )
        if stage in SHOT_STAGES and report.made:
            self._rest()
        return report

    def _rest(self) -> None:
        """Free the graphics cards for whoever needs them next."""
        self.studio.rest()
        eye = VisionModel.from_settings(self.studio.settings)
        if eye is not None:
            unload(eye)

    def look(self, stage: str) -> list[tuple[Order[Any], Outcome | None]]:
        """Return what is there for every order of a stage; makes and writes nothing.

        Raises:
            NotAcceptedError: A stage before it is not finished, so that it cannot be said what this one wants.
        """
        if stage == shot_plans.STAGE:
            return list(self._plan_steps())
        if stage in SHOT_STAGES and self._is_in_turn:
            return self._all_said(stage, self._looked_in_turn())
        orders = self.orders(stage)
        neighbour = stills.beside if stage == stills.KEYFRAME else None
        return list(zip(orders, self.studio.look(orders, neighbour=neighbour), strict=True))

    def look_at(self, stage: str) -> list[tuple[Order[Any], Outcome | None]]:
        """Return what is there for those orders of a stage that can be said already; makes and writes nothing.

        Raises:
            NotAcceptedError: Nothing can be said, because a stage before it is not finished.
        """
        if stage in SHOT_STAGES and self._is_in_turn:
            return list(self._looked_in_turn().of(stage).values())
        return self.look_at_clips() if stage == clips.STAGE else self.look(stage)

    def look_at_clips(self) -> list[tuple[Order[Any], Outcome | None]]:
        """Return what is there for the clips of those shots whose keyframe is accepted; the others cannot be said."""
        if self._is_in_turn:
            return list(self._looked_in_turn().clips.values())
        keyframes = zip(self.plan.shots, self.look(stills.KEYFRAME), strict=True)
        ready = [(shot, out.take) for shot, (_order, out) in keyframes if out is not None and out.accepted]
        orders = clips.orders(self.project, ready, self._clip_engine, self.studio.media)
        return list(zip(orders, self.studio.look(orders), strict=True))

    def accepted(self, stage: str) -> tuple[Take, ...]:
        """Return the accepted takes of a stage, in the order of its orders.

        Raises:
            NotAcceptedError: Some are missing or rejected.
        """
        return self.studio.accepted(stage, self.episode.key, self.look(stage))

    def orders(self, stage: str) -> list[Order[Any]]:
        """Return what a stage wants, built on accepted takes of the stages before it.

        Where keyframes and clips are made in turn, those that can be said already.
        """
        plan, project, media = self.plan, self.project, self.studio.media
        if stage in SHOT_STAGES and self._is_in_turn:
            return [order for order, _outcome in self._looked_in_turn().of(stage).values()]
        if stage == stills.KEYFRAME:
            eye = VisionModel.from_settings(self.studio.settings)
            return stills.keyframe_orders(project, plan, self._keyframe_engine, eye, self._reference)
        if stage == clips.STAGE:
            keyframes = self._built_on(stills.KEYFRAME)
            return clips.orders(project, zip(plan.shots, keyframes, strict=True), self._clip_engine, media)
        if stage == sounds.VOICE:
            return list(sounds.voice_orders(project, self.episode, plan, self.engines.voice))
        if stage == sounds.CUE:
            return list(sounds.music_orders(project, self.episode, plan, self.engines.music))
        if stage == mixes.STAGE:
            voices, cues = self._built_on(sounds.VOICE), self._built_on(sounds.CUE)
            return [mixes.order(project, self.episode, plan, voices, cues, media)]
        if stage == masters.STAGE:
            head = self.studio.chain_head
            (mix,) = self._built_on(mixes.STAGE)
            parts = masters.Parts(plan, self._built_on(clips.STAGE), self._built_on(sounds.VOICE), mix)
            return [masters.order(project, self.episode, parts, media, head)]
        raise KeyError(stage)

    @property
    def _is_in_turn(self) -> bool:
        """Whether keyframes start from the clips before them."""
        return self.project.engines.keyframes_from == init_images.PREVIOUS

    def _reference(self, shot: Shot) -> stills.InitImage | None:
        is_wanted = self.project.engines.keyframes_from == init_images.REFERENCE and self._router.starts_from_picture(
            shot
        )
        return init_images.reference_image(self.project, shot, self.studio.settings.projects) if is_wanted else None

    def keyframe_after(self, shot: Shot, keyframe: Take | None, clip: Take | None) -> Order[KeyframeBrief]:
        """Return the order for a keyframe that starts from the clip before; see `in_turn.Orders`."""
        has_start = clip is not None and self._router.starts_from_picture(shot)
        start = init_images.last_frame_of(clip, self.studio.media) if clip is not None and has_start else None
        eye = VisionModel.from_settings(self.studio.settings)
        order = stills.keyframe_order(self.project, shot, self._keyframe_engine(shot), eye, start)
        before = keyframe.details if keyframe is not None else None
        return order.with_context(lambda facts: stills.beside(facts, before))

    def clip_of(self, shot: Shot, keyframe: Take) -> Order[ClipBrief]:
        """Return the order for a shot's clip; see `in_turn.Orders`."""
        (order,) = clips.orders(self.project, [(shot, keyframe)], self._clip_engine, self.studio.media)
        return order

    def _looked_in_turn(self) -> InTurn:
        return in_turn(self.plan, self, lambda _stage, orders: self.studio.look(orders), last_clips=True)

    def _make_in_turn(self, stage: str, selection: Selection) -> StageReport:
        """Make keyframes and clips in turn; a clip made again is followed by the keyframes that start from it."""
        if stage == clips.STAGE:
            self.accepted(stills.KEYFRAME)
        again = selection.again(self.subjects(stage))
        looked = self._looked_in_turn()
        reports: list[StageReport] = []

        def settle(now: str, orders: Sequence[Order[Any]]) -> Sequence[Outcome]:
            report = self.studio.settle(
                now,
                self.episode.key,
                orders,
                attempts=self.project.engines.attempts,
                again=again if now == stage else frozenset(),
                spared=[order for order, _outcome in looked.of(now).values()],
            )
            reports.append(report)
            return report.outcomes

        try:
            found = in_turn(self.plan, self, settle, last_clips=stage == clips.STAGE)
        finally:
            if any(report.made for report in reports):
                self._rest()
        outcomes = [outcome for _order, outcome in self._all_said(stage, found) if outcome is not None]
        return StageReport(stage, self.episode.key, outcomes, sum(report.seconds for report in reports))

    def _all_said(self, stage: str, found: InTurn) -> list[Step]:
        """Return a stage's steps in story order.

        Raises:
            NotAcceptedError: Some shots still wait for the one before them.
        """
        steps = found.of(stage)
        waiting = [key for key in self.subjects(stage) if key not in steps]
        if not waiting:
            return [steps[key] for key in self.subjects(stage)]
        says = f"{', '.join(waiting)} wait{'s' if len(waiting) == 1 else ''} for what comes before in the scene"
        if not found.rejected:
            raise NotAcceptedError(f"{self.episode.key}: {says}, which is not made yet: materialize `keyframes` first")
        raise NotAcceptedError(f"{says}\n{refusal('keyframe or clip', self.episode.key, found.rejected)}")

    @cached_property
    def plan(self) -> EpisodePlan:
        """The episode's accepted plan; while foreseeing, the plan that a director of our own would make."""
        return self._planned_in_memory() if self._foresee else self._assembled(self._built_on(shot_plans.STAGE))

    def newest_plan(self) -> EpisodePlan:
        """Return the plan as made last, whether or not its gates passed it.

        Raises:
            NotAcceptedError: A scene has no plan at all.
        """
        steps = list(self._plan_steps())
        missing = [order.subject for order, outcome in steps if outcome is None]
        if missing:
            raise NotAcceptedError(
                f"{self.episode.key}: {', '.join(missing)} not planned yet: materialize `shot_plans`"
            )
        return self._assembled(outcome.take for _order, outcome in steps if outcome is not None)

    def _planned_in_memory(self) -> EpisodePlan:
        plans: tuple[ScenePlan, ...] = ()
        for scene in self.episode.scenes:
            plans += (self.engines.director.plan_scene(self.project, scene, plans),)
        return assemble_episode(self.project, self.episode, plans)

    def _keyframe_engine(self, shot: Shot) -> EngineChoice[KeyframeBrief]:
        if not self.engines.is_routed("keyframes"):
            return EngineChoice(self.engines.keyframes())
        return choice_from_ranking(self._router.rank(shot, routing.IMAGE), self.engines.keyframes)

    def _clip_engine(self, shot: Shot) -> EngineChoice[ClipBrief]:
        if not self.engines.is_routed("clips"):
            return EngineChoice(self.engines.clips())
        return choice_from_ranking(self._router.rank(shot, routing.VIDEO), self.engines.clips)

    @cached_property
    def _router(self) -> routing.Router:
        """The ranking of workflows as things stood when this work first asked: it must not change under a stage."""
        kinds = {"keyframes": routing.IMAGE, "clips": routing.VIDEO}
        media = [medium for kind, medium in kinds.items() if self.engines.is_routed(kind)]
        return self.studio.router(self.project, media)

    def _built_on(self, stage: str) -> tuple[Take, ...]:
        return self._standing.accepted(stage, self.accepted)

    def _assembled(self, takes: Iterable[Take]) -> EpisodePlan:
        plans = tuple(shot_plans.plan_in(take.details) for take in takes)
        return assemble_episode(self.project, self.episode, plans)

    def _plan_steps(self) -> Iterator[tuple[Order[Any], Outcome | None]]:
        """Yield each scene's order with what is there for it; scenes after a missing one count as missing too."""
        plans: tuple[ScenePlan, ...] = ()
        whole = True
        for scene in self.episode.scenes:
            order = shot_plans.order(self.project, self.episode, scene, plans, self.engines.director)
            (outcome,) = self.studio.look([order]) if whole else (None,)
            whole = outcome is not None
            if outcome is not None:
                plans += (shot_plans.plan_in(outcome.take.details),)
            yield order, outcome

    def _told(self, scene: Scene) -> Mapping[str, tuple[str, ...]]:
        """Return what memory and experience have to say of a scene, for a director that is asked."""
        if self.engines.director.is_local:
            return {}
        database = self.studio.database
        return {
            "facts": memory.facts_for_scene(database, self.project, scene),
            "worked": suggestions.worked_before(database, self.project.id),
        }

    def _make_plans(self) -> StageReport:
        """Have the scenes planned one after the other, since each may look at those before it."""
        reports: list[StageReport] = []
        plans: tuple[ScenePlan, ...] = ()
        if not self.engines.director.is_local:
            memory.store_episode_facts(self.studio.database, self.project, self.episode)
        for scene in self.episode.scenes:
            order = shot_plans.order(
                self.project, self.episode, scene, plans, self.engines.director, **self._told(scene)
            )
            reports.append(self.studio.settle(shot_plans.STAGE, self.episode.key, [order], attempts=1))
            plans += (shot_plans.plan_in(reports[-1].outcomes[0].take.details),)
        outcomes = tuple(outcome for report in reports for outcome in report.outcomes)
        plan = assemble_episode(self.project, self.episode, plans)
        facts: Mapping[str, Any] = {"frames": plan.frames, "shots": len(plan.shots), "seconds": plan.frames / plan.fps}
        return StageReport(shot_plans.STAGE, self.episode.key, outcomes, sum(r.seconds for r in reports), facts)


def _from_words(project: Project) -> Project:
    """Return a project whose keyframes the embedded painter draws: it starts from no picture, whatever is chosen."""
    return replace(project, engines=replace(project.engines, keyframes_from=init_images.WORDS))
