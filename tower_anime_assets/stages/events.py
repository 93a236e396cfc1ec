"""What happens in a run, as events: for the terminal, Dagster's event log, and whoever else follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.attempt import ServerWait


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
class Noted:
    """Something was made otherwise than it was asked for, and a person should know: `words` say how and why."""

    stage: str
    subject: str
    words: str


@dataclass(frozen=True)
class ServerWaited:
    """A take waits for a server, or goes on; sent often, see `ServerWait`. Before there are takes both names are ""."""

    stage: str
    subject: str
    wait: ServerWait


@dataclass(frozen=True)
class GateEvaluated:
    """A gate was evaluated; `failed` names the subjects that it rejected."""

    gate: str
    failed: tuple[str, ...]


@dataclass(frozen=True)
class LessonsTold:
    """A director was told how takes came out; `advice` is what the next plans are told of its answers."""

    director: str
    takes: int
    advice: tuple[str, ...]

    @property
    def words(self) -> str:
        """The same in words, a line each."""
        learned = [f"  {sentence}" for sentence in self.advice] or ["  it learned nothing from them"]
        return "\n".join([f"{self.director} was told of {self.takes} takes:", *learned])


Event = (
    StageStarted
    | TakeAttempted
    | TakeFinished
    | TakeProgressed
    | Waiting
    | Noted
    | ServerWaited
    | GateEvaluated
    | LessonsTold
)

Emit = Callable[[Event], None]
"""Receives events, from any thread."""


def ignore(_event: Event) -> None:
    """Drop an event: nobody follows the run."""
