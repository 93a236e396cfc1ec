"""Every error that this package raises on purpose, as one tree; nothing else belongs here.

TowerError
├── StoryError            the writer's files are wrong: carries every fault at once
├── PlanError             a plan, setting or request cannot be carried out
├── MediaError            a picture or sound could not be made, read or written
├── NotAccepted           a stage asked for takes that no gate has passed
│   └── Stopped               somebody stopped the run
└── ServiceError
    ├── ServiceUnavailable    not reachable or overloaded now (transient)
    │   └── RenderLost            the server no longer knows the job (transient)
    └── ServiceRejected       answered, and said no
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        expected: What should stand there.
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


class TowerError(Exception):
    """Any failure that this package foresees.

    Attributes:
        transient: Whether the same call may succeed later without anybody changing anything.
        exit_code: Exit code of a command that it ends.
    """

    transient: bool = False
    exit_code: int = EXIT_SERVICE


class StoryError(TowerError):
    """The writer's files cannot be used; `faults` holds everything that is wrong with them."""

    exit_code = EXIT_INPUT

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(faults))
        count = len(self.faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''} in the story:\n" + "\n".join(map(str, self.faults)))


class PlanError(TowerError):
    """A plan, a setting or a request that cannot be carried out as it stands."""

    exit_code = EXIT_INPUT


class MediaError(TowerError):
    """A picture or sound could not be made, read or written."""


class NotAcceptedError(TowerError):
    """A stage asked for takes of which some have not passed their gates."""

    exit_code = EXIT_GATE


class StoppedError(NotAcceptedError):
    """Somebody stopped the run, so that nothing more is made in it."""


class ServiceError(TowerError):
    """A configured service did not do what it was asked."""


class ServiceUnavailableError(ServiceError):
    """A service is not reachable or overloaded; trying later may help."""

    transient = True


class RenderLostError(ServiceUnavailableError):
    """A server knows a job neither as finished nor as queued: it was restarted, or never took it."""


class ServiceRejectedError(ServiceError):
    """A service answered and refused; trying the same again will not help."""
