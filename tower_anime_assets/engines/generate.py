"""The one path to every engine: find an accepted take, else decide, make, measure, keep and judge one.

Nothing else calls `Engine.make`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tower_anime_assets.engines.attempts import AttemptPlan, AttemptRunner
from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.record import TakesByDigest
from tower_anime_assets.errors import MediaError, ServiceError, ServiceUnavailableError
from tower_anime_assets.production.planning.briefs import Brief
from tower_anime_assets.production.verdicts import score
from tower_anime_assets.store.decisions import Decision
from tower_anime_assets.store.takes import Take

B = TypeVar("B", bound=Brief)

MAX_SERVER_MOVES = 3
"""How often an attempt is started again at another server, when its own dies or forgets it, before that is an error."""


def generate(
    order: Order[B],
    runner: AttemptRunner,
    known: TakesByDigest,
    *,
    attempts: int,
    force: bool = False,
    unfinished: Decision | None = None,
) -> Outcome:
    """Return the accepted take for an order, made now only if none exists; else its best candidate.

    Args:
        order: What is wanted.
        runner: Decides, makes and keeps the attempts.
        known: The takes that exist, by digest.
        attempts: How many takes to make at most while the gates reject them.
        force: Make a take even if an accepted one exists.
        unfinished: An open decision of this order whose job is at a server: resumed before anything is submitted.

    Raises:
        TowerError: None of the permitted engines could make it.
    """
    best = runner.record.find_best(order, known)
    if best is not None and best.accepted and not force:
        if unfinished is not None:
            runner.cancel_decision(order.engine, unfinished)
        return best
    generation = _Generation(order, runner, known, attempts, best)
    variants = list(order.variants if order.may_fall_back else (order,))
    if unfinished is not None:  # the engine that was asked before is asked first
        resumed = [variant for variant in order.variants if variant.digest == unfinished.brief_digest]
        variants = resumed + [variant for variant in variants if variant not in resumed]
    for variant in variants:
        own = unfinished if unfinished is not None and unfinished.brief_digest == variant.digest else None
        try:
            return generation.make_accepted(variant, own)
        except (ServiceError, MediaError) as error:
            if variant is variants[-1]:
                raise
            generation.note_failure(error)
    raise AssertionError


@dataclass
class _Generation:
    """One call of `generate` that has something to make."""

    order: Order[Any]
    runner: AttemptRunner
    known: TakesByDigest
    attempts: int
    best: Outcome | None
    started: float = field(default_factory=time.monotonic)
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    attempts_made: int = 0
    failure_note: str = ""
    last_decision: str | None = None

    def make_accepted(self, order: Order[Any], unfinished: Decision | None) -> Outcome:
        """Make takes on one engine until one is accepted or the attempts are used up."""
        known = self.known.get(order.digest, ())
        if unfinished is not None:
            take = self.runner.resume_attempt(order, unfinished)
            if take is not None and self._judge(order, take).accepted:
                assert self.best is not None  # noqa: S101 - just judged
                return self.best
        complaints = self.best.failed if self.best is not None else ()
        last = self.best.take.decision_id if self.best is not None else None
        while self.attempts_made < self.attempts or self.best is None:
            attempt = self.runner.plan_attempt(order, known, self.attempts_made, complaints, last)
            before = self.best
            outcome = self._judge(order, self._run_attempt(order, attempt))
            assert self.best is not None  # noqa: S101 - just judged
            is_repeated = before is not None and _content(before.take) == _content(outcome.take)
            if outcome.accepted or is_repeated or self.runner.is_stopped():
                break
            complaints, last = outcome.failed, outcome.take.decision_id
        assert self.best is not None  # noqa: S101 - attempts is at least 1, so there is a candidate
        return self.best

    def note_failure(self, error: Exception) -> None:
        """Remember that an engine failed, so that the next engine's decision says why it is asked."""
        self.failure_note = f"The engine chosen first failed: {error}"

    def _run_attempt(self, order: Order[Any], attempt: AttemptPlan) -> Take:
        """Make one attempt; it is started again elsewhere when its server dies or forgets it."""
        if self.failure_note:
            attempt = replace(attempt, reasoning=f"{attempt.reasoning} {self.failure_note}".strip())
            self.failure_note = ""
        for move in range(MAX_SERVER_MOVES + 1):
            lease = None
            try:
                with self.runner.lease_server(order, attempt) as lease:
                    return self.runner.run_attempt(order, attempt, lease)
            except ServiceUnavailableError as error:
                if lease is None or move == MAX_SERVER_MOVES or self.runner.is_stopped():
                    raise
                attempt = replace(attempt, reasoning=f"Started again, because {error}")
        raise AssertionError

    def _judge(self, order: Order[Any], take: Take) -> Outcome:
        self.attempts_made += 1
        self.cpu_s, self.gpu_s = self.cpu_s + take.cpu_s, self.gpu_s + take.gpu_s
        outcome = self.runner.record.record_verdicts(order, take)
        if self.best is None or outcome.accepted or score(outcome.verdicts) > score(self.best.verdicts):
            self.best = outcome
        seconds = time.monotonic() - self.started
        self.runner.on_attempt(replace(outcome, attempts=self.attempts_made, seconds=seconds))
        self.best = replace(self.best, attempts=self.attempts_made, seconds=seconds, cpu_s=self.cpu_s, gpu_s=self.gpu_s)
        return outcome


def _content(take: Take) -> str:
    """Return the digest of what a take shows or sounds like: an engine that repeats it has nothing left to change."""
    return take.files["main"].sha256
