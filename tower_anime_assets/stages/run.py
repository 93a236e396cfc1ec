"""One run: on whose behalf decisions are made, and how the orders of a stage are fulfilled, several at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from threading import Event as Flag
from typing import Any, Protocol

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.engines.record import Record, TakesByDigest
from tower_anime_assets.engines.resting import Waiter
from tower_anime_assets.engines.spending import SpendingGuard, is_hired
from tower_anime_assets.engines.spending_rules import load_spending_rules
from tower_anime_assets.engines.suggestions import suggest_parameters
from tower_anime_assets.errors import BudgetSpentError, ServiceUnavailableError, StoppedError, TowerError
from tower_anime_assets.production.attempt import NO_WAIT, ServerWait
from tower_anime_assets.stages.events import (
    Emit,
    Noted,
    ServerWaited,
    StageStarted,
    TakeAttempted,
    TakeFinished,
    TakeProgressed,
    Waiting,
    ignore,
)
from tower_anime_assets.stages.locks import hold_lock, refuse_if_stopped
from tower_anime_assets.stages.night import Night, night_cap
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import RunState, Studio
from tower_anime_assets.store import decisions, rulings, sessions, takes, verdicts
from tower_anime_assets.store.decisions import Decision
from tower_anime_assets.store.rulings import Ruling

Details = Mapping[str, Any]
"""JSON-ready facts about a take, kept with it."""

Compare = Callable[[Details, Details | None], Mapping[str, float]]
"""Returns numbers formed from a take's details and those of the order before it, None for the first."""

MAX_NAMED_FAILURES = 8
"""Takes that could not be made which are named with their errors; all are on record."""


class StageIdentity(Protocol):
    """What a run needs to know of a stage: its name on record, and its name for people."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True)
class Failed:
    """An order for which no take could be made."""

    subject: str
    error: Exception


def raise_first(results: Sequence[Outcome | Failed]) -> None:
    """Raise the first of the errors, with the names of all that failed; nothing if all orders have their takes.

    What a cap on spending has no room for has not failed: it was not begun, and is told in one line.
    """
    failed = [result for result in results if isinstance(result, Failed)]
    if not failed:
        return
    refused = [one for one in failed if isinstance(one.error, BudgetSpentError)]
    broken = [one for one in failed if one not in refused]
    first = (broken or refused)[0].error
    if isinstance(first, StoppedError):
        raise first
    kept = f"{len(results) - len(failed)} of {len(results)} are there and kept; run again for the rest"
    causes = [
        f"  {one.subject}: {str(one.error).splitlines()[0].removeprefix(f'{one.subject}: ')}"
        for one in broken[1:MAX_NAMED_FAILURES]
    ]
    causes += [f"  ... and {len(broken) - MAX_NAMED_FAILURES} more"] if len(broken) > MAX_NAMED_FAILURES else []
    if refused and broken:
        causes.append(f"  {_not_begun(refused)}: {refused[0].error}")
    headline = f"{broken[0].subject} could not be made" if broken else _not_begun(refused)
    first.add_note("\n".join([f"{headline}; {kept}", *causes]))
    raise first


def _not_begun(refused: Sequence[Failed]) -> str:
    names = [one.subject for one in refused[:MAX_NAMED_FAILURES]]
    more = f" and {len(refused) - len(names)} more" if len(refused) > len(names) else ""
    return f"not begun: {', '.join(names)}{more}"


@dataclass(frozen=True)
class Run:
    """One run in a studio.

    Attributes:
        id: The Dagster run's id, "" outside a run: then no creative session is begun and nothing is shared.
        user: Who asked for it.
        emit: Receives the run's events.
        uses_best: Whether the best take of a subject is used where none is accepted. What is made of such takes is
            marked in picture, metadata and record, and a master of them is never accepted.
        quality: The level that it makes pictures at, "" for the project's own.
        session_id: The creative session of its decisions, where one was begun for it outside a run; "" for none.
        why: The reason that `user` gave for it, "" for none.
        night: The night that it belongs to: then it keeps to the night's GPU budget, and leaves alone what earlier
            runs have tried often enough.
    """

    studio: Studio
    id: str = ""
    user: str = "tower"
    emit: Emit = ignore
    uses_best: bool = False
    night: Night | None = None
    quality: str = ""
    session_id: str = ""
    why: str = ""

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
            away=self.state.away,
            too_much=self.state.too_much,
            guard=self.spending_guard,
            retries_rejected=self.night is None,
        )

    @property
    def spending_guard(self) -> SpendingGuard:
        """What keeps this run within the caps on spending."""
        settings, cap = self.studio.settings, None
        if self.night is not None and settings.overnight_gpu_s is not None:
            cap = night_cap(self.night, settings.overnight_gpu_s)
        rules = partial(load_spending_rules, settings)
        return SpendingGuard(self.studio.database, rules, settings.comfyui_servers, cap)

    def find_takes(self, orders: Sequence[Order[Any]], compare: Compare | None = None) -> tuple[Outcome | None, ...]:
        """Return the take that stands for every order, accepted or not, None where none exists; writes nothing."""
        known = self._known_takes(orders)
        record = self._ruled_record(orders)
        outcomes: list[Outcome | None] = []
        for order in orders:
            if compare is not None:
                before = outcomes[-1].take.details if outcomes and outcomes[-1] is not None else None
                order = order.with_context(partial(_compare_with, compare, before))
            outcomes.append(record.find_best(order, known, read_only=True))
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
        failures: list[Failed] | None = None,
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
            failures: Receives what could not be made, which is missing in the report then; None raises it.

        Raises:
            StoppedError: Somebody stopped the run.
            ServiceUnavailableError: The database or every server is away.
            StoryError: The files with prices and caps on spending cannot be used, and something is to be made.
            TowerError: Some takes could not be made; those that could are kept.
        """
        started = time.monotonic()
        with self._hold_stage(stage, key):
            unfinished = self._take_up_unfinished(stage.name, key, [*orders, *spared])
            self.studio.media.remove_stale_workspaces()
            known = self._known_takes(orders)
            missing = sum(1 for order in orders if not known.keys() & set(order.digests))
            if missing and any(is_hired(order.engine) for order in orders):
                self.spending_guard.rules_for(orders[0].position.project)  # a file that is wrong is told once
            expected_s = missing * self._seconds_per_take(stage.name, orders)
            self.emit(StageStarted(stage.name, stage.title, len(orders), expected_s))
            take_ids = [take.id for group in known.values() for take in group]
            known_verdicts = verdicts.find_latest(self.studio.database, take_ids)
            record = replace(self._ruled_record(orders), known_verdicts=known_verdicts)
            runner = replace(self.attempts, record=record)
            with self.studio.reserve_servers({item.id: item.server for item in unfinished.values()}) as taken_up:
                results = _Fulfillment(
                    self, stage, runner, orders, known, attempts, again, compare, unfinished, taken_up
                ).run()
        outcomes = tuple(result for result in results if isinstance(result, Outcome))
        if failures is not None:
            failures += (result for result in results if isinstance(result, Failed))
        else:
            raise_first(results)
        return StageReport(stage.name, key, outcomes, time.monotonic() - started)

    def settle_open_decisions(self, stage: StageIdentity, key: str, orders: Sequence[Order[Any]]) -> int:
        """Settle what earlier runs of a stage left open, beginning nothing new; return how many stay open.

        Args:
            stage: Whose decisions.
            key: Episode key, or a project's id.
            orders: What the stage wants now; jobs for anything else are cancelled.
        """
        by_digest = {variant.digest: variant for order in orders for variant in order.variants}
        runner = replace(self.attempts, on_server_wait=partial(self.emit_server_wait, stage.name))
        still_open = 0
        with self._hold_stage(stage, key):
            for digest, decision in self._take_up_unfinished(stage.name, key, orders).items():
                try:
                    runner.resume_attempt(by_digest[digest], decision)
                except ServiceUnavailableError:
                    current = decisions.find_by_id(self.studio.database, decision.id)
                    still_open += current is not None and current.finished_at is None
                except TowerError as error:  # on record with its decision; the others are settled all the same
                    self.emit(Waiting(stage.name, f"{decision.id}: {error}"))
        return still_open

    def emit_server_wait(self, stage: str, subject: str, wait: ServerWait) -> None:
        """Tell why a take waits for a server, or that it goes on."""
        self.emit(ServerWaited(stage, subject, wait))

    def wait_for_servers(self, stage: StageIdentity, error: ServiceUnavailableError) -> bool:
        """Wait until servers are to be asked again; return False once they have been away for too long.

        Raises:
            StoppedError: The run was stopped.
        """
        waiter = Waiter(lambda _subject, words: self.emit(Waiting(stage.name, words)), self.studio.stopped.is_set)
        return self.state.away.wait(stage.name, error, waiter)

    def _session_of(self, project_id: str) -> str | None:
        if self.session_id:
            return self.session_id
        if self.id and project_id not in self.state.sessions:
            title = f"run {self.id}"
            notes = {"why": self.why} if self.why else {}
            session = sessions.begin_session(
                self.studio.database, project_id, title, self.user, run_id=self.id, notes=notes
            )
            self.state.sessions[project_id] = session.id
        return self.state.sessions.get(project_id)

    def find_obstacles(self, orders: Sequence[Order[Any]]) -> list[tuple[str, Order[Any]]]:
        """Return the orders whose locked takes cannot be used, each with why, a sentence."""
        record = self._ruled_record(orders)
        return [(why, order) for order in orders if (why := record.find_obstacle(order))]

    def find_rejections(self, orders: Sequence[Order[Any]]) -> dict[str, Ruling]:
        """Return the newest rejection of a take of each order, by subject; those without one are absent."""
        record, known = self._ruled_record(orders), self._known_takes(orders)
        found = {order.subject: record.rejections_of(order, known) for order in orders}
        return {subject: rejected[0][1] for subject, rejected in found.items() if rejected}

    def _ruled_record(self, orders: Sequence[Order[Any]]) -> Record:
        """Return the record with what people ruled about takes of the orders' show until now."""
        if not orders:
            return self.record
        rulings_now = rulings.load_standing(self.studio.database, orders[0].position.project)
        return replace(self.record, rulings=rulings_now)

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
                if decision.prompt_id:
                    job = f"job {decision.prompt_id} at {decision.server}"
                    self.emit(Waiting(stage, f"calling off {job}, which nothing needs any more"))
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
    taken_up: Callable[[str], None]
    futures: list[Future[Outcome]] = field(default_factory=list)
    all_submitted: Flag = field(default_factory=Flag)
    twins: dict[str, list[int]] = field(default_factory=dict)
    done: int = 0

    def run(self) -> tuple[Outcome | Failed, ...]:
        """Return what came of each order; one that fails costs none of the others.

        Raises:
            StoppedError: Somebody stopped the run.
            ServiceUnavailableError: The database or every server is away.
        """
        for index, order in enumerate(self.orders):
            self.twins.setdefault(order.digest, []).append(index)
        left = {index for index, order in enumerate(self.orders) if self._left_open(order) is not None}
        # Jobs that an earlier run left are taken up first, beside the lanes: in one they could wait for an order before
        # theirs that waits for the lane. All others only ever wait for earlier ones, which the pool starts first.
        lanes = max(map(_lanes, self.orders), default=1) + len(left)
        with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as pool:
            try:
                first_left = sorted(range(len(self.orders)), key=lambda index: index not in left)
                started = {index: pool.submit(self._fulfill_one, index) for index in first_left}
                self.futures.extend(started[index] for index in range(len(self.orders)))
                self.all_submitted.set()
                return tuple(map(self._result_of, range(len(self.orders))))
            except BaseException as error:
                self.all_submitted.set()
                pool.shutdown(wait=False, cancel_futures=True)
                if isinstance(error, Exception):
                    raise
                # A run that the web UI terminates: Dagster would try a step again that ends with the interrupt itself.
                self.owner.studio.stopped.set()
                raise StoppedError(f"the {self.stage.name} stage was stopped; run again to go on") from error

    def _result_of(self, index: int) -> Outcome | Failed:
        try:
            return self.futures[index].result()
        except ServiceUnavailableError:
            raise  # the rest would fail likewise, each after its own timeout
        except Exception as error:  # noqa: BLE001 - raised once the others are made, see `raise_first`
            return Failed(self.orders[index].subject, error)

    def _fulfill_one(self, index: int) -> Outcome:
        self.all_submitted.wait()
        order = self.orders[index]
        refuse_if_stopped(self.owner.studio.stopped, order.subject)
        twins = [twin for twin in self.twins[order.digest] if twin < index]
        made = next((outcome for twin in twins if (outcome := self._outcome_of(twin)) is not None), None)
        if made is not None:
            return self._finish(replace(made, subject=order.subject, attempts=0, seconds=0.0))
        if self.compare is not None:
            order = order.with_context(partial(self._compare_with_previous, self.compare, index))
        # A twin that failed has ended the job that was left for both.
        unfinished = None if twins else self._left_open(order)
        try:
            outcome = generate(
                order,
                replace(
                    self.runner,
                    on_progress=self._emit_progress,
                    on_attempt=self._emit_attempt,
                    on_note=self._emit_note,
                    on_wait=self._emit_wait,
                    on_server_wait=partial(self.owner.emit_server_wait, self.stage.name),
                ),
                self.known,
                attempts=self.attempts,
                force=order.subject in self.again,
                unfinished=unfinished,
            )
        finally:
            if not self.owner.studio.stopped.is_set():  # what a stopped run says last stays
                self.owner.emit_server_wait(self.stage.name, order.subject, NO_WAIT)
            if unfinished is not None:
                self.taken_up(unfinished.id)
        return self._finish(outcome)

    def _left_open(self, order: Order[Any]) -> Decision | None:
        """Return the decision of an earlier run whose job makes a take of this order."""
        return next((self.unfinished[digest] for digest in order.digests if digest in self.unfinished), None)

    def _outcome_of(self, index: int) -> Outcome | None:
        """Wait for an earlier order; None if it failed, which is its own affair and nobody else's."""
        try:
            return self.futures[index].result()
        except Exception:  # noqa: BLE001 - whoever collects the results raises it
            return None

    def _compare_with_previous(self, compare: Compare, index: int, details: Details) -> Mapping[str, float]:
        """Compare a take with the one before it; one that could not be made leaves nothing to compare with."""
        before = self._outcome_of(index - 1) if index else None
        return compare(details, before.take.details if before is not None else None)

    def _emit_attempt(self, outcome: Outcome) -> None:
        self.owner.emit(TakeAttempted(self.stage.name, outcome))

    def _emit_progress(self, subject: str, part: float, words: str) -> None:
        self.owner.emit(TakeProgressed(self.stage.name, subject, part, words))

    def _emit_note(self, subject: str, words: str) -> None:
        self.owner.emit(Noted(self.stage.name, subject, words))

    def _emit_wait(self, subject: str, words: str) -> None:
        self.owner.emit(Waiting(self.stage.name, words if subject in words else f"{subject}: {words}"))

    def _finish(self, outcome: Outcome) -> Outcome:
        self.done += 1
        if outcome.lock_changes:
            self._emit_note(outcome.subject, outcome.lock_sentence)
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
