"""The studio: settings, database, media and engines of one process, and the loop that settles a stage's orders."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import Any

from tower_anime_assets.engines import factory, suggestions
from tower_anime_assets.engines.generate import Order, Outcome, Record, TakesByDigest, generate
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight
from tower_anime_assets.errors import NotAcceptedError, PlanError, ServiceUnavailableError, StoppedError, TowerError
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import routing, workflow_library
from tower_anime_assets.stages.accepted_takes import Standings
from tower_anime_assets.stages.reporting import Listener, Silence, StageReport
from tower_anime_assets.store import audit, decisions, sessions, takes, verdicts
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.registry import load_registry_for

LOCK_WAIT_S = 6 * 3600.0
"""How long one run waits for another that makes the same stage of the same episode: a night's rendering."""

LOCK_SLICE_S = 2.0
"""How often a run that waits looks whether somebody has stopped it."""

ROUTER_S = 60.0
"""How long a ranking of workflows serves: the stages of a run that follow each other need not ask every server anew."""

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Selection:
    """What is to be made again even though it is there.

    Attributes:
        shots: Shot keys or their ends, such as `sc02-sh0030`; empty means every shot.
        force: Make them again; without it the selection changes nothing.
    """

    shots: tuple[str, ...] = ()
    force: bool = False

    def again(self, subjects: Sequence[str]) -> frozenset[str]:
        """Return which of the subjects must be made again.

        Raises:
            PlanError: A name fits no shot.
        """
        if not self.force:
            return frozenset()
        if not self.shots:
            return frozenset(subjects)
        chosen: set[str] = set()
        for name in self.shots:
            fitting = {subject for subject in subjects if subject == name or subject.endswith(f"-{name}")}
            if not fitting:
                raise PlanError(f"no shot {name!r}; there are {', '.join(subjects[:40])}")
            chosen |= fitting
        return frozenset(chosen)


@dataclass
class Studio:
    """Everything that the stages work with.

    Attributes:
        run_id: The Dagster run that asks, or "".
        created_by: Who asks.
        stopped: Set when somebody stops the run: what is being made is finished, nothing else is begun.
        sessions: Creative session by project, begun with the first decision that the run makes for it.
        fleets: The ComfyUI servers, once something was to be made there.
        preflight: What has been found right at which server.
        routers: The ranking of workflows by project, with when it was put together.
        standings: What the run's steps have found accepted.
    """

    settings: Settings
    database: Database
    listener: Listener = field(default_factory=Silence)
    run_id: str = ""
    created_by: str = "tower"
    stopped: Event = field(default_factory=Event)
    sessions: dict[str, str] = field(default_factory=dict)
    fleets: list[Fleet] = field(default_factory=list)
    preflight: Preflight = field(default_factory=Preflight)
    routers: dict[str, tuple[float, routing.Router]] = field(default_factory=dict)
    standings: Standings = field(default_factory=Standings)

    def engines(self, project: Project) -> factory.Engines:
        """Return the engines of a project; nothing is connected before something is to be made.

        Raises:
            PlanError: The project asks for services that are not configured.
        """
        rendering = factory.WorkflowEngines(
            self._fleet, partial(load_registry_for, self.settings, project.id), self.preflight
        )
        return factory.choose(project.engines, self.settings, rendering)

    def router(self, project: Project, media: Sequence[str]) -> routing.Router:
        """Return the ranking of workflows for a project; asking every server for everything again is left for later.

        Raises:
            PlanError: The project's rules name workflows that there are not.
            StoryError: Workflow files are wrong.
        """
        key = digest(project, list(media))
        made, found = self.routers.get(key, (0.0, None))
        if found is None or time.monotonic() - made > ROUTER_S:
            found = routing.open_router(project, self.settings, self.database, media)
            self.routers[key] = (time.monotonic(), found)
        return found

    def rest(self) -> None:
        """Have the ComfyUI servers that this process used unload their models, if Ollama may need the card next.

        Raises:
            ServiceUnavailableError: A server does not answer, so that its models may still be loaded.
        """
        for fleet in self.fleets if "ollama" in self.settings.services else ():
            fleet.free()

    def _fleet(self) -> Fleet:
        """Return the ComfyUI servers, each held by one job at a time over all processes of this database."""
        if not self.fleets:
            settings = self.settings
            workflow_library.sync_library(settings, self.database)
            self.fleets.append(Fleet(settings.comfyui_servers, settings.auth_token, settings.stall_s, self._guard))
        return self.fleets[0]

    @contextmanager
    def _guard(self, server: str) -> Iterator[None]:
        with self._held(f"gpu:{server}", f"another run uses {server}; waiting for it", f"what {server} is to make"):
            yield

    @property
    def media(self) -> MediaStore:
        """The media store under TOWER_HOME."""
        return MediaStore(self.settings.media)

    @property
    def record(self) -> Record:
        """The audit record as engines are given it."""
        return Record(
            self.database,
            self.media,
            self.run_id,
            self.created_by,
            session_of=self._session_of,
            suggest=partial(suggestions.advise, database=self.database),
            is_stopped=self.stopped.is_set,
        )

    @property
    def chain_head(self) -> str:
        """The digest that the audit chain ends in now."""
        return audit.read_chain_head(self.database)

    def close(self) -> None:
        """Give every connection back."""
        for fleet in self.fleets:
            fleet.close()
        self.fleets.clear()
        self.database.close()

    def end_sessions(self) -> None:
        """End the run's creative sessions."""
        for session in self.sessions.values():
            sessions.end_session(self.database, session)
        self.sessions.clear()

    def settle(
        self,
        stage: str,
        episode: str,
        orders: Sequence[Order[Any]],
        *,
        attempts: int,
        again: frozenset[str] = frozenset(),
        neighbour: Callable[[Facts, Facts | None], Mapping[str, float]] | None = None,
        facts: Mapping[str, Any] | None = None,
        spared: Sequence[Order[Any]] = (),
    ) -> StageReport:
        """Find or make a take for every order, several at once, and report in their order.

        Only one process settles a stage of an episode at a time; a second one waits, then finds everything there.

        Args:
            neighbour: Numbers formed from a take's facts and those of the order before it.
            spared: Orders that are settled later: what earlier runs left at servers for them is not called off.

        Raises:
            StoppedError: Somebody stopped the run.
            TowerError: Some could not be made; what could be made is kept.
        """
        began = time.monotonic()
        with self._alone(stage, episode):
            unfinished = self._unfinished(stage, episode, [*orders, *spared])
            self.media.clear_abandoned()
            known = self._known(orders)
            missing = sum(1 for order in orders if not known.keys() & set(order.digests))
            self.listener.stage_begins(stage, len(orders), missing * self.seconds_per_take(stage, orders))
            said = verdicts.find_latest(self.database, [take.id for found in known.values() for take in found])
            record = replace(self.record, known_verdicts=said)
            outcomes = _Settling(self, record, orders, known, attempts, again, neighbour, unfinished).run()
        return StageReport(stage, episode, outcomes, time.monotonic() - began, dict(facts or {}))

    def finish_open(self, stage: str, episode: str, orders: Sequence[Order[Any]]) -> int:
        """Settle what earlier runs of a stage left open, beginning nothing new; return how many stay open.

        Args:
            stage: Whose decisions.
            episode: Episode key, or a project's id.
            orders: What the stage wants now; jobs for anything else are taken back.
        """
        wanted = {other.digest: other for order in orders for other in order.variants}
        still_open = 0
        with self._alone(stage, episode):
            for digest, decision in self._unfinished(stage, episode, orders).items():
                try:
                    self.record.resume_attempt(wanted[digest], decision)
                except ServiceUnavailableError:
                    found = decisions.find_by_id(self.database, decision.id)
                    still_open += found is not None and found.finished_at is None
                except TowerError as error:  # on record with its decision; the others are settled all the same
                    self.listener.waits(stage, f"{decision.id}: {error}")
        return still_open

    def look(
        self,
        orders: Sequence[Order[Any]],
        *,
        neighbour: Callable[[Facts, Facts | None], Mapping[str, float]] | None = None,
    ) -> tuple[Outcome | None, ...]:
        """Return what is there for every order, accepted or not, None where nothing is; makes and writes nothing."""
        known = self._known(orders)
        record = self.record
        found: list[Outcome | None] = []
        for order in orders:
            if neighbour is not None:
                before = found[-1].take.details if found and found[-1] is not None else None
                order = order.with_context(partial(_beside, neighbour, before))
            found.append(record.find_best(order, known, read_only=True))
        return tuple(found)

    def _session_of(self, project: str) -> str | None:
        if self.run_id and project not in self.sessions:
            title = f"run {self.run_id}"
            begun = sessions.begin_session(self.database, project, title, self.created_by, run_id=self.run_id)
            self.sessions[project] = begun.id
        return self.sessions.get(project)

    def _known(self, orders: Sequence[Order[Any]]) -> TakesByDigest:
        return takes.find_by_digests(self.database, sorted({digest for order in orders for digest in order.digests}))

    def _unfinished(self, stage: str, episode: str, orders: Sequence[Order[Any]]) -> Mapping[str, decisions.Decision]:
        """Settle what earlier runs left open, but for jobs at servers that are still wanted: those are returned.

        Call it only while holding the lock of the episode and stage: then whoever opened them has ended.
        """
        engines = {other.digest: other.engine for order in orders for other in order.variants}
        remote = next((engine for engine in engines.values() if isinstance(engine, RemoteEngine)), None)
        wanted: dict[str, decisions.Decision] = {}
        for decision in decisions.list_open(self.database, episode, stage):
            engine = engines.get(decision.brief_digest)
            if decision.prompt_id and isinstance(engine, RemoteEngine) and decision.brief_digest not in wanted:
                wanted[decision.brief_digest] = decision
            else:
                self.record.cancel_decision(engine or remote, decision)
        return wanted

    def accepted(
        self, stage: str, episode: str, found: Sequence[tuple[Order[Any], Outcome | None]]
    ) -> tuple[takes.Take, ...]:
        """Return the takes in what `look` found, for the stage that builds on them.

        Raises:
            NotAcceptedError: Some are missing or rejected; the message names them and says what to do.
        """
        missing = [order.subject for order, outcome in found if outcome is None]
        if missing:
            raise NotAcceptedError(
                f"{len(missing)} of {len(found)} {stage} takes of {episode} are not made yet "
                f"({', '.join(missing[:8])}{', ...' if len(missing) > 8 else ''}): materialize that stage first"
            )
        rejected = [outcome for _order, outcome in found if outcome is not None and not outcome.accepted]
        if rejected:
            raise NotAcceptedError(refusal(stage, episode, rejected))
        return tuple(outcome.take for _order, outcome in found if outcome is not None)

    def seconds_per_take(self, stage: str, orders: Iterable[Order[Any]]) -> float:
        """Return the median seconds that the engine of these orders needed per take so far; 1 before the first."""
        for order in orders:
            return decisions.find_median_seconds(self.database, stage, order.engine.name) or 1.0
        return 0.0

    def refuse_if_stopped(self, what: str) -> None:
        """Raise if somebody has stopped the run.

        Raises:
            StoppedError: It was stopped, so `what` is not made.
        """
        if self.stopped.is_set():
            raise StoppedError(f"stopped before {what} was made; run again to go on from here")

    @contextmanager
    def _alone(self, stage: str, episode: str) -> Iterator[None]:
        """Hold the lock of a stage of an episode, however long another run needs that has it."""
        words = f"another run makes the {stage} takes of {episode}; waiting for it to finish"
        with self._held(f"{episode}:{stage}", words, f"the {stage} stage of {episode}", stage):
            yield

    @contextmanager
    def _held(self, name: str, words: str, what: str, stage: str = "") -> Iterator[None]:
        """Hold a lock over all processes of this database, waiting in slices so that a stopped run does not wait on.

        Args:
            name: The lock's name.
            words: What to say once if it has to be waited for.
            what: What would be made, for the message of a run that was stopped.
            stage: Whose listener is told.
        """
        deadline = time.monotonic() + LOCK_WAIT_S
        waited = False

        def say() -> None:
            nonlocal waited
            if not waited:
                self.listener.waits(stage, words)
            waited = True

        with ExitStack() as held:
            while True:
                self.refuse_if_stopped(what)
                try:
                    held.enter_context(self.database.lock(name, wait_s=LOCK_SLICE_S, on_wait=say))
                    break
                except ServiceUnavailableError:
                    if not waited or time.monotonic() >= deadline:
                        raise
            yield


@dataclass
class _Settling:
    """One call of `Studio.settle`: which orders wait for which."""

    studio: Studio
    record: Record
    orders: Sequence[Order[Any]]
    known: TakesByDigest
    attempts: int
    again: frozenset[str]
    neighbour: Callable[[Facts, Facts | None], Mapping[str, float]] | None
    unfinished: Mapping[str, decisions.Decision]
    futures: list[Future[Outcome]] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    done: int = 0

    def run(self) -> tuple[Outcome, ...]:
        lanes = max(map(_lanes, self.orders), default=1)
        for index, order in enumerate(self.orders):
            self.first.setdefault(order.digest, index)
        with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as pool:
            try:
                # Later orders only ever wait for earlier ones, which the pool starts first: no deadlock.
                for index in range(len(self.orders)):
                    self.futures.append(pool.submit(self.one, index))
                return self.collected()
            except BaseException as error:
                pool.shutdown(wait=False, cancel_futures=True)
                if isinstance(error, Exception):
                    raise
                # A run that the web UI terminates: Dagster would try a step again that ends with the interrupt itself.
                self.studio.stopped.set()
                raise StoppedError(f"the {self.orders[0].stage} stage was stopped; run again to go on") from error

    def collected(self) -> tuple[Outcome, ...]:
        outcomes: list[Outcome] = []
        errors: list[TowerError] = []
        for future in self.futures:
            try:
                outcomes.append(future.result())
            except ServiceUnavailableError:
                raise  # the rest would fail likewise, each after its own timeout
            except TowerError as error:
                errors.append(error)
        if errors:
            first = errors[0]
            if len(errors) > 1:
                first.add_note(f"{len(errors) - 1} more could not be made; what could be made is kept")
            raise first
        return tuple(outcomes)

    def one(self, index: int) -> Outcome:
        order = self.orders[index]
        self.studio.refuse_if_stopped(order.subject)
        twin = self.first[order.digest]
        if twin != index:
            return self.settled(replace(self.futures[twin].result(), subject=order.subject, attempts=0, seconds=0.0))
        if self.neighbour is not None:
            order = order.with_context(lambda facts: self.beside(index, facts))
        left = next((self.unfinished[digest] for digest in order.digests if digest in self.unfinished), None)
        outcome = generate(
            order,
            replace(self.record, on_progress=self.progresses, on_attempt=self.attempted),
            self.known,
            attempts=self.attempts,
            force=order.subject in self.again,
            unfinished=left,
        )
        return self.settled(outcome)

    def attempted(self, outcome: Outcome) -> None:
        self.studio.listener.take_attempted(self.orders[0].stage, outcome)

    def progresses(self, subject: str, part: float, words: str) -> None:
        self.studio.listener.take_progresses(self.orders[0].stage, subject, part, words)

    def beside(self, index: int, facts: Facts) -> Mapping[str, float]:
        assert self.neighbour is not None  # noqa: S101 - only called when one() set it
        before = self.futures[index - 1].result().take.details if index else None
        return self.neighbour(facts, before)

    def settled(self, outcome: Outcome) -> Outcome:
        self.done += 1
        self.studio.listener.take_settled(self.orders[0].stage, outcome, self.done, len(self.orders))
        return outcome


def _lanes(order: Order[Any]) -> int:
    """Return how many orders such as this one are worked at side by side.

    A server's next job begins while the last one's file is finished here, so each has two; but for one at a time where
    somebody else looks at the takes, who may need the server's card for that.
    """
    has_spare = isinstance(order.engine, RemoteEngine) and order.review is None
    return order.engine.lanes * (2 if has_spare else 1)


def _beside(
    neighbour: Callable[[Facts, Facts | None], Mapping[str, float]], before: Facts | None, facts: Facts
) -> Mapping[str, float]:
    return neighbour(facts, before)


def refusal(stage: str, episode: str, rejected: Sequence[Outcome]) -> str:
    """Return why takes of a stage cannot be used, with what to do."""
    lines = [f"{len(rejected)} {stage} take{'s' if len(rejected) != 1 else ''} of {episode} not accepted:"]
    for outcome in rejected:
        for verdict in outcome.failed:
            lines.append(f"  {outcome.subject}: {verdict.gate}: {verdict}. {verdict.remedy}")
    lines.append(
        f"Make them again (`shots`, `force`), or pass one with `tower waive SHOT GATE --why ...` for {episode}."
    )
    return "\n".join(lines)
