"""What a stage is, and the project or episode that goes through the stages.

Stages build on each other's accepted takes only: asking for the orders of a stage whose inputs are missing or rejected
raises `NotAcceptedError`, in whatever run that happens. The stages themselves are in modules of their own, listed in
`registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from tower_anime_assets.engines.factory import Engines
from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.errors import NotAcceptedError, PlanError, ServiceUnavailableError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.quality.thresholds import with_overrides
from tower_anime_assets.stages import routing
from tower_anime_assets.stages.approval_state import ApprovalState, read_state
from tower_anime_assets.stages.run import Compare, Run
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import AcceptedTakes, Studio
from tower_anime_assets.store import rulings
from tower_anime_assets.store.takes import Take

R = TypeVar("R", bound="ProjectRun", contravariant=True)
T = TypeVar("T")

FoundTake = tuple[Order[Any], Outcome | None]
"""An order, and the take that stands for it: accepted or not, None where none exists."""


@dataclass(frozen=True)
class Selection:
    """What is to be made again even though it exists.

    Attributes:
        shots: Shot keys or their ends, such as `sc02-sh0030`; empty means every shot.
        force: Make them again; without it the selection changes nothing.
    """

    shots: tuple[str, ...] = ()
    force: bool = False

    def subjects_to_remake(self, subjects: Sequence[str]) -> frozenset[str]:
        """Return which of the subjects must be made again.

        Raises:
            PlanError: A name matches no shot.
        """
        if not self.force:
            return frozenset()
        if not self.shots:
            return frozenset(subjects)
        chosen: set[str] = set()
        for name in self.shots:
            matches = {subject for subject in subjects if subject == name or subject.endswith(f"-{name}")}
            if not matches:
                raise PlanError(f"no shot {name!r}; there are {', '.join(subjects[:40])}")
            chosen |= matches
        return frozenset(chosen)


NOTHING_AGAIN = Selection()


class Deliver(Protocol):
    """Copies a finished take to where people look for it."""

    def __call__(
        self, studio: Studio, key: str, master: Take, *, is_best: bool = False, quality: str = STANDARD
    ) -> Mapping[str, Path]:
        """Return the files by role; those of a draft, and of a take that is only the best there is, have own names."""
        ...


@dataclass(frozen=True, eq=False)
class Stage(Generic[R]):
    """One step of production: what it makes, from what, and how it is judged.

    Attributes:
        name: "keyframe": the decision_type in SQL, the tag in Dagster, the word in messages.
        asset: "keyframes": the Dagster asset.
        title: "Keyframes": the label in progress displays.
        builds_on: Stages whose accepted takes it needs.
        version: Changes when the same inputs would be ordered, measured or judged otherwise.
        thresholds: The bars of its gates; a project may override them.
        subjects: Returns what its takes are of, such as shot keys, whether or not they can be ordered yet.
        orders: Returns an order for each subject; raises `NotAcceptedError` while a stage before it is unfinished.
        engine_name: Returns the name of the engine that makes it, "" where it may differ from shot to shot.
        prior_s: Seconds per take before any was made with an engine.
        is_by_shot: Whether its subjects are shots, which may be selected to be made again.
        gates_block: Whether a rejected take holds up the next stage as a whole, not only what is made from it.
        is_deterministic: Whether the same inputs give the same take, so that a second attempt would repeat the first.
        compare: Forms numbers from a take's details and those of the order before it.
        ready_orders: Returns those orders that can be formed while a stage before it is unfinished.
        find: Finds its takes in a way of its own.
        make: Makes its takes in a way of its own.
        deliver: Copies an accepted take, or the best one where that is asked for, to where people look for it.
        approval: What people approve before the stages that build on it begin, where the project asks for that: "plan",
            "keyframes", "mix" or "master"; "" for nothing.
        finishes: The stage whose takes it finishes where the delivery asks for it. It has that stage's asset and gates,
            its takes stand for those of that stage from then on, and where there is nothing to finish it does nothing.
    """

    name: str
    asset: str
    title: str
    thresholds: tuple[Threshold, ...]
    subjects: Callable[[R], list[str]]
    orders: Callable[[R], list[Order[Any]]]
    engine_name: Callable[[R], str]
    prior_s: float
    builds_on: tuple[Stage[Any], ...] = ()
    version: str = "1"
    is_by_shot: bool = False
    gates_block: bool = True
    is_deterministic: bool = False
    compare: Compare | None = None
    ready_orders: Callable[[R], list[Order[Any]]] | None = None
    find: Callable[[R], list[FoundTake]] | None = None
    make: Callable[[R], StageReport] | None = None
    deliver: Deliver | None = None
    approval: str = ""
    finishes: Stage[Any] | None = None

    def thresholds_for(self, project: Project) -> tuple[Threshold, ...]:
        """Return the bars of its gates in a project."""
        return with_overrides(self.thresholds, project.thresholds)

    def attempts_for(self, project: Project) -> int:
        """Return how many takes are made at most for one order while the gates reject them."""
        return 1 if self.is_deterministic else project.engines.attempts


class ProjectRun:
    """A project on its way through the stages that need no episode: its character sheets."""

    def __init__(self, run: Run, project: Project, engines: Engines) -> None:
        self.run = run
        self.project = project
        self.engines = engines

    @property
    def studio(self) -> Studio:
        """The studio that the run works in."""
        return self.run.studio

    @property
    def key(self) -> str:
        """What its takes are filed under: a project's id, or an episode's key."""
        return self.project.id

    def find(self, stage: Stage[Any], *, partial: bool = False) -> list[FoundTake]:
        """Return every order of a stage with the take that stands for it; makes and writes nothing.

        Args:
            stage: Which stage.
            partial: Leave out orders that cannot be formed yet, where the stage can tell which those are.

        Raises:
            NotAcceptedError: A stage before it is unfinished, so that its orders cannot be formed.
        """
        if stage.find is not None:
            return stage.find(self)
        form_orders = stage.ready_orders if partial and stage.ready_orders is not None else stage.orders
        orders = form_orders(self)
        return list(zip(orders, self.run.find_takes(orders, stage.compare), strict=True))

    def make(self, stage: Stage[Any], selection: Selection = NOTHING_AGAIN) -> StageReport:
        """Find or make every take of a stage.

        Raises:
            NotAcceptedError: A stage before it is unfinished; what does not need it was made.
            TowerError: Something could not be made.
        """
        if stage.make is not None:
            return stage.make(self)
        orders, unfinished = self._orders_to_make(stage)
        if stage.finishes is not None and not orders and unfinished is None:
            return StageReport(stage.name, self.key, (), 0.0)
        subjects = [order.subject for order in orders]
        report = self.run.fulfill(
            stage,
            self.key,
            orders,
            attempts=stage.attempts_for(self.project),
            again=selection.subjects_to_remake(subjects) if stage.is_by_shot else frozenset(),
            compare=stage.compare,
        )
        if stage.is_by_shot and report.made:
            self.studio.free_graphics_memory()
        if unfinished is not None:
            unfinished.add_note(f"{len(orders)} other {stage.name} takes are there")
            raise unfinished
        return self._with_delivered(stage, report)

    def _with_delivered(self, stage: Stage[Any], report: StageReport) -> StageReport:
        """Deliver what a stage ended with, where it has something to deliver, and return the report with the paths."""
        if stage.deliver is None:
            return report
        if (waits := self.waits_for_approval(stage)) and not report.rejected:
            return replace(report, figures={**report.figures, "waits_for_approval": waits})
        files = [
            stage.deliver(
                self.studio,
                outcome.subject,
                outcome.take,
                is_best=not outcome.accepted,
                quality=self.project.delivery.quality,
            )
            for outcome in report.outcomes
            if outcome.accepted or self.run.uses_best
        ]
        delivered = [str(path) for paths in files for path in paths.values()]
        return replace(report, figures={**report.figures, "delivered": delivered}) if delivered else report

    def waits_for_approval(self, stage: Stage[Any]) -> str:
        """Return what of a stage waits for whose approval, a sentence; "" where none is asked for, or it is given."""
        return ""

    def _orders_to_make(self, stage: Stage[Any]) -> tuple[list[Order[Any]], NotAcceptedError | None]:
        """Return the orders that can be formed, and why the others cannot; what one take lacks costs that one alone.

        Where no server answers that could make them, servers are asked again with growing pauses, for a while.

        Raises:
            NotAcceptedError: None can be formed.
            ServiceUnavailableError: Servers, or the database, were away for too long.
            StoppedError: The run was stopped while it waited.
        """
        while True:
            try:
                return stage.orders(self), None
            except NotAcceptedError as error:
                orders = stage.ready_orders(self) if stage.ready_orders is not None else []
                if not orders:
                    raise
                return orders, error
            except ServiceUnavailableError as error:
                if not stage.is_by_shot or not self.run.wait_for_servers(stage, error):
                    raise
                self._forget_servers()

    def _forget_servers(self) -> None:
        """Ask servers anew when they are needed next."""


class ChainStrategy(Protocol):
    """How stages are found and made whose shots wait for each other."""

    @property
    def stages(self) -> tuple[Stage[Any], ...]: ...

    def find(self, run: EpisodeRun, stage: Stage[Any], *, partial: bool) -> list[FoundTake]:
        """As `EpisodeRun.find`."""
        ...

    def make(self, run: EpisodeRun, stage: Stage[Any], selection: Selection) -> StageReport:
        """As `EpisodeRun.make`."""
        ...


class EpisodeRun(ProjectRun):
    """An episode on its way through the stages.

    Args:
        run: The run that makes it, or an anonymous one that only looks.
        project: The show, its choice of init images reduced to what its engines can use.
        episode: The screenplay.
        engines: The project's engines.
        chain: How keyframes and clips are made in turn, None where shots do not wait for each other.
        is_dry: Whether nothing is made or written: a local director's plan is then made in memory.
    """

    def __init__(
        self,
        run: Run,
        project: Project,
        episode: Episode,
        engines: Engines,
        *,
        chain: ChainStrategy | None = None,
        is_dry: bool = False,
    ) -> None:
        super().__init__(run, project, engines)
        self.episode = episode
        self.is_dry = is_dry
        self._chain = chain
        self._accepted = AcceptedTakes(project, episode) if is_dry else run.state.accepted_takes(project, episode)
        self._results: dict[Callable[[Any], Any], Any] = {}
        self._found: dict[tuple[str, bool], list[FoundTake]] = {}

    @property
    def key(self) -> str:
        """The episode's key."""
        return self.episode.key

    @cached_property
    def router(self) -> routing.Router:
        """The ranking of workflows as things stood when this run first asked: it must not change under a stage.

        A dry run assumes that servers which do not answer have everything; `survey` does not.
        """
        return self.survey.assuming_servers() if self.is_dry else self.survey

    @cached_property
    def survey(self) -> routing.Router:
        """The ranking of workflows that could be run now."""
        media = [medium for kind, medium in routing.MEDIUM_OF_ENGINES.items() if self.engines.is_routed(kind)]
        return self.studio.router(self.project, media, lambda wait: self.run.emit_server_wait("", "", wait))

    def _forget_servers(self) -> None:
        self.__dict__.pop("router", None)
        self.__dict__.pop("survey", None)
        self.studio.routers.clear()

    def once(self, compute: Callable[[EpisodeRun], T]) -> T:
        """Return what a function makes of this run, computed the first time it is asked for."""
        if compute not in self._results:
            self._results[compute] = compute(self)
        result: T = self._results[compute]
        return result

    def accepted(self, stage: Stage[Any]) -> tuple[Take, ...]:
        """Return the accepted takes of a stage, in the order of its orders; found once in a run.

        A run that uses the best takes gets the best of those that were rejected where none is accepted.

        Raises:
            NotAcceptedError: Some are missing or rejected; the message names them and says what to do.
        """
        self._accepted.forget_older_than(rulings.newest_id(self.studio.database, self.project.id))
        takes = self._accepted.by_stage
        if stage.name not in takes:
            takes[stage.name] = _require_takes(stage, self.key, self.find(stage), self.run)
        return takes[stage.name]

    def rejected(self, stage: Stage[Any]) -> list[Outcome]:
        """Return what a run that uses the best takes uses of a stage although it is rejected; [] in any other run."""
        if not self.run.uses_best:
            return []
        return [outcome for _order, outcome in self.find(stage) if outcome is not None and not outcome.accepted]

    def approval_of(self, stage: Stage[Any]) -> ApprovalState:
        """Return whether a person has approved what a stage has made.

        Raises:
            NotAcceptedError: Some of its takes are missing or rejected, so that there is nothing to approve yet.
        """
        takes = list(zip(stage.subjects(self), self.accepted(stage), strict=True))
        key = EpisodeKey(self.project.id, self.episode.id)
        return read_state(self.studio.database, key, stage.approval, takes, self.run.quality)

    def waits_for_approval(self, stage: Stage[Any]) -> str:
        """As `ProjectRun.waits_for_approval`."""
        if stage.approval not in self.project.approvals:
            return ""
        state = self.approval_of(stage)
        return "" if state.standing is not None else str(state)

    def find(self, stage: Stage[Any], *, partial: bool = False) -> list[FoundTake]:
        """As `ProjectRun.find`; stages whose shots wait for each other are found in turn."""
        chain = self._chain if self._chain is not None and stage in self._chain.stages else None
        key = (stage.name, partial and (chain is not None or stage.ready_orders is not None))
        if key in self._found:
            return self._found[key]
        if (
            self.is_dry
            and not partial
            and len(ready := self._found.get((stage.name, True), ())) == len(stage.subjects(self))
        ):
            return list(ready)  # all of its orders could be formed
        takes = super().find(stage, partial=partial) if chain is None else chain.find(self, stage, partial=partial)
        if self.is_dry:  # nothing is made meanwhile
            self._found[key] = takes
        return takes

    def make(self, stage: Stage[Any], selection: Selection = NOTHING_AGAIN) -> StageReport:
        """As `ProjectRun.make`; stages whose shots wait for each other are made in turn.

        Raises:
            ApprovalPendingError: A person has yet to approve what it builds on.
        """
        for before in stage.builds_on:
            if before.approval in self.project.approvals:
                self.approval_of(before).require()
        if self._chain is not None and stage in self._chain.stages:
            return self._chain.make(self, stage, selection)
        return super().make(stage, selection)


def _require_takes(stage: Stage[Any], key: str, found: Sequence[FoundTake], run: Run) -> tuple[Take, ...]:
    missing = [order.subject for order, outcome in found if outcome is None]
    if missing:
        unmade = [order for order, outcome in found if outcome is None]
        if obstacles := run.find_obstacles(unmade):
            raise NotAcceptedError("\n".join(why for why, _order in obstacles))
        raise NotAcceptedError(
            f"{len(missing)} of {len(found)} {stage.name} takes of {key} are not made yet "
            f"({', '.join(missing[:8])}{', ...' if len(missing) > 8 else ''}): materialize `{stage.asset}` first"
        )
    rejected = [outcome for _order, outcome in found if outcome is not None and not outcome.accepted]
    if rejected and not run.uses_best:
        raise NotAcceptedError(describe_rejected(stage.name, key, rejected, run.quality))
    return tuple(outcome.take for _order, outcome in found if outcome is not None)


def describe_rejected(stage: str, key: str, rejected: Sequence[Outcome], quality: str = "") -> str:
    """Return why takes of a stage cannot be used, with what to do, one line each.

    Args:
        stage: The stage.
        key: Episode key.
        rejected: The takes.
        quality: The level that the run was asked for, "" for the project's own.
    """
    lines = [f"{len(rejected)} {stage} take{'s' if len(rejected) != 1 else ''} of {key} not accepted:"]
    for outcome in rejected:
        for verdict in outcome.failed:
            lines.append(f"  {outcome.subject}: {verdict.gate}: {verdict}. {verdict.remedy}")
    waive = f"tower waive SHOT GATE{f' --quality {quality}' if quality else ''} --why ..."
    lines.append(f"Make them again (`shots`, `force`), or pass one with `{waive}` for {key}.")
    return "\n".join(lines)
