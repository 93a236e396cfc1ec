"""One run: on whose behalf decisions are made, and how the orders of a stage are fulfilled, several at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Protocol

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.engines.record import Record, TakesByDigest
from tower_anime_assets.engines.suggestions import suggest_parameters
from tower_anime_assets.errors import ServiceUnavailableError, StoppedError, TowerError
from tower_anime_assets.stages.events import (
    Emit,
    StageStarted,
    TakeAttempted,
    TakeFinished,
    TakeProgressed,
    Waiting,
    ignore,
)
from tower_anime_assets.stages.locks import hold_lock, refuse_if_stopped
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import RunState, Studio
from tower_anime_assets.store import decisions, sessions, takes, verdicts
from tower_anime_assets.store.decisions import Decision

Details = Mapping[str, Any]
"""JSON-ready facts about a take, kept with it."""

Compare = Callable[[Details, Details | None], Mapping[str, float]]
"""Returns numbers formed from a take's details and those of the order before it, None for the first."""


class StageIdentity(Protocol):
    """What a run needs to know of a stage: its name on record, and its name for people."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True)
class Run:
    """One run in a studio.

    Attributes:
        id: The Dagster run's id, "" outside a run: then no creative session is begun and nothing is shared.
        user: Who asked for it.
        emit: Receives the run's events.
        uses_best: Whether the best take of a subject is used where none is accepted. What is made of such takes is
            marked in picture, metadata and record, and a master of them is never accepted.
    """

    studio: Studio
    id: str = ""
    user: str = "tower"
    emit: Emit = ignore
    uses_best: bool = False

    @cached_property
    def state(self) -> RunState:
        """What the steps of this run share."""
        return self.studio.run_state(self.id)

    @property
    def record(self) -> Record:
        """The audit record as engines are given it."""
        return Record(self.studio.database, self.studio.media)

    @property
    def attempts(self) -> AttemptRunner:
        """What decides, makes and keeps attempts on behalf of this run."""
        return AttemptRunner(
            self.record,
            self.id,
            self.user,
            session_of=self._session_of,
            suggest=partial(suggest_parameters, database=self.studio.database),
            is_stopped=self.studio.stopped.is_set,
        )

    def find_takes(self, orders: Sequence[Order[Any]], compare: Compare | None = None) -> tuple[Outcome | None, ...]:
        """Return the take that stands for every order, accepted or not, None where none exists; writes nothing."""
        known = self._known_takes(orders)
        outcomes: list[Outcome | None] = []
        for order in orders:
            if compare is not None:
                before = outcomes[-1].take.details if outcomes and outcomes[-1] is not None else None
                order = order.with_context(partial(_compare_with, compare, before))
            outcomes.append(self.record.find_best(order, known, read_only=True))
        return tuple(outcomes)

    def fulfill(
        self,
        stage: StageIdentity,
        key: str,
        orders: Sequence[Order[Any]],
        *,
        attempts: int,
        again: frozenset[str] = frozenset(),
        compare: Compare | None = None,
        spared: Sequence[Order[Any]] = (),
    ) -> StageReport:
        """Find or make a take for every order, several at once, and report in their order.

        Only one process fulfills a stage of an episode at a time; a second one waits, then finds everything there.

        Args:
            stage: Whose orders they are.
            key: Episode key, or a project's id.
            orders: What is wanted.
            attempts: How many takes to make at most for an order whose takes the gates reject.
            again: Subjects that are made again even if an accepted take exists.
            compare: Forms numbers from a take and the one before it.
            spared: Orders that are fulfilled later: jobs that earlier runs left at servers for them are not cancelled.

        Raises:
            StoppedError: Somebody stopped the run.
            TowerError: Some takes could not be made; those that could are kept.
        """
        started = time.monotonic()
        with self._hold_stage(stage, key):
            unfinished = self._take_up_unfinished(stage.name, key, [*orders, *spared])
            self.studio.media.remove_stale_workspaces()
            known = self._known_takes(orders)
            missing = sum(1 for order in orders if not known.keys() & set(order.digests))
            expected_s = missing * self._seconds_per_take(stage.name, orders)
            self.emit(StageStarted(stage.name, stage.title, len(orders), expected_s))
            take_ids = [take.id for group in known.values() for take in group]
            record = replace(self.record, known_verdicts=verdicts.find_latest(self.studio.database, take_ids))
            runner = replace(self.attempts, record=record)
            outcomes = _Fulfillment(self, stage, runner, orders, known, attempts, again, compare, unfinished).run()
        return StageReport(stage.name, key, outcomes, time.monotonic() - started)

    def settle_open_decisions(self, stage: StageIdentity, key: str, orders: Sequence[Order[Any]]) -> int:
        """Settle what earlier runs of a stage left open, beginning nothing new; return how many stay open.

        Args:
            stage: Whose decisions.
            key: Episode key, or a project's id.
            orders: What the stage wants now; jobs for anything else are cancelled.
        """
        by_digest = {variant.digest: variant for order in orders for variant in order.variants}
        still_open = 0
        with self._hold_stage(stage, key):
            for digest, decision in self._take_up_unfinished(stage.name, key, orders).items():
                try:
                    self.attempts.resume_attempt(by_digest[digest], decision)
                except ServiceUnavailableError:
                    current = decisions.find_by_id(self.studio.database, decision.id)
                    still_open += current is not None and current.finished_at is None
                except TowerError as error:  # on record with its decision; the others are settled all the same
                    self.emit(Waiting(stage.name, f"{decision.id}: {error}"))
        return still_open

    def _session_of(self, project_id: str) -> str | None:
        if self.id and project_id not in self.state.sessions:
            title = f"run {self.id}"
            session = sessions.begin_session(self.studio.database, project_id, title, self.user, run_id=self.id)
            self.state.sessions[project_id] = session.id
        return self.state.sessions.get(project_id)

    def _known_takes(self, orders: Sequence[Order[Any]]) -> TakesByDigest:
        return takes.find_by_digests(
            self.studio.database, sorted({digest for order in orders for digest in order.digests})
        )

    def _take_up_unfinished(self, stage: str, key: str, orders: Sequence[Order[Any]]) -> Mapping[str, Decision]:
        """Settle what earlier runs left open, except jobs at servers that are still wanted: those are returned.

        Call it only while holding the lock of the episode and stage: then the run that opened them has ended.
        """
        engines = {variant.digest: variant.engine for order in orders for variant in order.variants}
        remote = next((engine for engine in engines.values() if isinstance(engine, RemoteEngine)), None)
        unfinished: dict[str, Decision] = {}
        for decision in decisions.list_open(self.studio.database, key, stage):
            engine = engines.get(decision.brief_digest)
            if decision.prompt_id and isinstance(engine, RemoteEngine) and decision.brief_digest not in unfinished:
                unfinished[decision.brief_digest] = decision
            else:
                self.attempts.cancel_decision(engine or remote, decision)
        return unfinished

    def _seconds_per_take(self, stage: str, orders: Sequence[Order[Any]]) -> float:
        """Return the median seconds per take of these orders' engine so far; 1 before its first take."""
        if not orders:
            return 0.0
        return decisions.find_median_seconds(self.studio.database, stage, orders[0].engine.name) or 1.0

    @contextmanager
    def _hold_stage(self, stage: StageIdentity, key: str) -> Iterator[None]:
        """Hold the lock of a stage of an episode, however long another run needs that has it."""
        waiting = Waiting(stage.name, f"another run makes the {stage.name} takes of {key}; waiting for it to finish")
        what = f"the {stage.name} stage of {key}"
        database, stopped = self.studio.database, self.studio.stopped
        with hold_lock(database, f"{key}:{stage.name}", waiting, what=what, stopped=stopped, emit=self.emit):
            yield


@dataclass
class _Fulfillment:
    """One call of `Run.fulfill`: which orders wait for which."""

    owner: Run
    stage: StageIdentity
    runner: AttemptRunner
    orders: Sequence[Order[Any]]
    known: TakesByDigest
    attempts: int
    again: frozenset[str]
    compare: Compare | None
    unfinished: Mapping[str, Decision]
    futures: list[Future[Outcome]] = field(default_factory=list)
    first_index: dict[str, int] = field(default_factory=dict)
    done: int = 0

    def run(self) -> tuple[Outcome, ...]:
        lanes = max(map(_lanes, self.orders), default=1)
        for index, order in enumerate(self.orders):
            self.first_index.setdefault(order.digest, index)
        with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as pool:
            try:
                # Later orders only ever wait for earlier ones, which the pool starts first: no deadlock.
                for index in range(len(self.orders)):
                    self.futures.append(pool.submit(self._fulfill_one, index))
                return self._collect()
            except BaseException as error:
                pool.shutdown(wait=False, cancel_futures=True)
                if isinstance(error, Exception):
                    raise
                # A run that the web UI terminates: Dagster would try a step again that ends with the interrupt itself.
                self.owner.studio.stopped.set()
                raise StoppedError(f"the {self.stage.name} stage was stopped; run again to go on") from error

    def _collect(self) -> tuple[Outcome, ...]:
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

    def _fulfill_one(self, index: int) -> Outcome:
        order = self.orders[index]
        refuse_if_stopped(self.owner.studio.stopped, order.subject)
        twin = self.first_index[order.digest]
        if twin != index:
            outcome = replace(self.futures[twin].result(), subject=order.subject, attempts=0, seconds=0.0)
            return self._finish(outcome)
        if self.compare is not None:
            order = order.with_context(partial(self._compare_with_previous, self.compare, index))
        unfinished = next((self.unfinished[digest] for digest in order.digests if digest in self.unfinished), None)
        outcome = generate(
            order,
            replace(self.runner, on_progress=self._emit_progress, on_attempt=self._emit_attempt),
            self.known,
            attempts=self.attempts,
            force=order.subject in self.again,
            unfinished=unfinished,
        )
        return self._finish(outcome)

    def _compare_with_previous(self, compare: Compare, index: int, details: Details) -> Mapping[str, float]:
        """Compare a take with the one before it; one that could not be made leaves nothing to compare with."""
        before = self.futures[index - 1] if index else None
        is_there = before is not None and before.exception() is None  # waits for it
        return compare(details, before.result().take.details if before is not None and is_there else None)

    def _emit_attempt(self, outcome: Outcome) -> None:
        self.owner.emit(TakeAttempted(self.stage.name, outcome))

    def _emit_progress(self, subject: str, part: float, words: str) -> None:
        self.owner.emit(TakeProgressed(self.stage.name, subject, part, words))

    def _finish(self, outcome: Outcome) -> Outcome:
        self.done += 1
        self.owner.emit(TakeFinished(self.stage.name, outcome, self.done, len(self.orders)))
        return outcome


def _lanes(order: Order[Any]) -> int:
    """Return how many orders such as this one are worked at side by side.

    A server's next job begins while the last one's file is finished here, so each server has two; but only one where a
    review follows each take, which may need the server's card.
    """
    has_spare = isinstance(order.engine, RemoteEngine) and order.review is None
    return order.engine.lanes * (2 if has_spare else 1)


def _compare_with(compare: Compare, before: Details | None, details: Details) -> Mapping[str, float]:
    return compare(details, before)
