"""The errors that this package raises on purpose, as one tree.

TowerError
├── StoryError                     the writer's files cannot be used: carries every fault at once
├── PlanError                      a plan, setting or request cannot be carried out
├── MediaError                     a picture or sound could not be made, read or written
├── NotAcceptedError               a stage needs takes that have not passed their gates
│   └── StoppedError                   the run was stopped
└── ServiceError                   a configured service failed
    ├── ServiceUnavailableError        not reachable, or overloaded (transient)
    │   └── RenderLostError                the server no longer knows the job (transient)
    └── ServiceRejectedError           answered, and refused
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

EXIT_DONE, EXIT_GATE, EXIT_INPUT, EXIT_SERVICE, EXIT_BUG = range(5)
"""Exit codes of the `tower` command: done, a gate failed, wrong input, a service or this machine failed, a bug."""

EXIT_STOPPED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the signal's number."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong in a writer's file.

    Attributes:
        file: Path as the writer knows it, relative to the projects folder where possible.
        line: 1-based line; 0 when the fault is about the whole file.
        problem: What was found.
        expected: What should be there.
        remedy: What to do about it.
    """

    file: str
    line: int
    problem: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        location = f"{self.file}:{self.line}" if self.line else self.file
        return f"{location}: {self.problem}. Expected {self.expected}. {self.remedy}"


@dataclass(frozen=True, order=True)
class StoryWarning:
    """One thing in a writer's files that is used, but not as it was written; it stops nothing.

    Attributes:
        file: As in `Fault`.
        line: As in `Fault`.
        problem: What was found, with the writer's words.
        instead: What was done instead, a clause without its full stop.
        remedy: How to have it otherwise, one sentence; "" if there is no way.
        is_note: Whether nothing that was written was changed: the writer left it open, and this was chosen.
    """

    file: str
    line: int
    problem: str
    instead: str
    remedy: str = ""
    is_note: bool = False

    def __str__(self) -> str:
        location = f"{self.file}:{self.line}" if self.line else self.file
        return f"{location}: {self.problem}: {self.instead}.{f' {self.remedy}' if self.remedy else ''}"

    def as_fault(self) -> Fault:
        """Return the fault that a strict run makes of it."""
        return Fault(self.file, self.line, self.problem, f"what can be used as written ({self.instead})", self.remedy)


class TowerError(Exception):
    """Any failure that this package raises on purpose.

    Attributes:
        transient: Whether the same call may succeed later with nothing changed.
        exit_code: Exit code of a command that it ends.
        recorded_as: The class's name in the record, where it differs from the class's name; see `recorded_name`.
    """

    transient: ClassVar[bool] = False
    exit_code: ClassVar[int] = EXIT_SERVICE
    recorded_as: ClassVar[str]


class StoryError(TowerError):
    """The writer's files cannot be used.

    Attributes:
        faults: Everything that is wrong with them, by file and line.
    """

    exit_code = EXIT_INPUT

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(faults))
        count = len(self.faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''} in the story:\n" + "\n".join(map(str, self.faults)))


class PlanError(TowerError):
    """A plan, setting or request cannot be carried out as it stands."""

    exit_code = EXIT_INPUT


class MediaError(TowerError):
    """A picture or sound could not be made, read or written."""


class NotAcceptedError(TowerError):
    """A stage needs takes that have not passed their gates."""

    exit_code = EXIT_GATE
    recorded_as = "NotAccepted"


class StoppedError(NotAcceptedError):
    """The run was stopped; it makes nothing more."""

    recorded_as = "Stopped"


class ServiceError(TowerError):
    """A configured service did not do what it was asked."""


class ServiceUnavailableError(ServiceError):
    """A service is not reachable or overloaded; trying later may help."""

    transient = True
    recorded_as = "ServiceUnavailable"


class RenderLostError(ServiceUnavailableError):
    """A server knows a job neither as finished nor as queued: it was restarted, or never accepted it."""

    recorded_as = "RenderLost"


class ServiceRejectedError(ServiceError):
    """A service answered and refused; trying the same again will not help."""

    recorded_as = "ServiceRejected"


def recorded_name(error: BaseException) -> str:
    """Return the name of an error's class as the record has it.

    The error messages of decisions begin with it and queries match on it, so it stays when a class is renamed. It is
    not inherited: a subclass without a `recorded_as` of its own is recorded under its own name.
    """
    return str(vars(type(error)).get("recorded_as", type(error).__name__))
