"""What happens in a run, as events: for the terminal, Dagster's event log, and whoever else follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tower_anime_assets.engines.orders import Outcome


@dataclass(frozen=True)
class StageStarted:
    """A stage, or a part of it, begins.

    Attributes:
        stage: The stage's name.
        title: The stage's name for people, "Keyframes".
        total: How many takes are wanted.
        expected_s: Seconds that making those which are missing is expected to take.
    """

    stage: str
    title: str
    total: int
    expected_s: float


@dataclass(frozen=True)
class TakeAttempted:
    """A take was made and judged; `outcome.attempts` counts it. More attempts may follow when it was rejected."""

    stage: str
    outcome: Outcome


@dataclass(frozen=True)
class TakeFinished:
    """An order has ended, found or made, accepted or not."""

    stage: str
    outcome: Outcome
    done: int
    total: int


@dataclass(frozen=True)
class TakeProgressed:
    """A take that is being made is `part` (0..1) done; sent often."""

    stage: str
    subject: str
    part: float
    words: str


@dataclass(frozen=True)
class Waiting:
    """Work cannot go on yet; `words` say why. `stage` is "" where no stage waits."""

    stage: str
    words: str


@dataclass(frozen=True)
class GateEvaluated:
    """A gate was evaluated; `failed` names the subjects that it rejected."""

    gate: str
    failed: tuple[str, ...]


Event = StageStarted | TakeAttempted | TakeFinished | TakeProgressed | Waiting | GateEvaluated

Emit = Callable[[Event], None]
"""Receives events, from any thread."""


def ignore(_event: Event) -> None:
    """Drop an event: nobody follows the run."""
