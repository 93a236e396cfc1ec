"""The errors that this package raises on purpose, as one tree.

TowerError
├── StoryError                     the writer's files cannot be used: carries every fault at once
├── PlanError                      a plan, setting or request cannot be carried out
│   ├── ConflictError                  somebody else has decided about the same thing meanwhile
│   ├── UnknownKeyError                nothing has the key or id that was given
│   └── TakenKeyError                  something else has the key or id already
├── BudgetSpentError               a cap on spending leaves no room for another job
├── MediaError                     a picture or sound could not be made, read or written
│   ├── OutputMismatchError            an engine made something other than it was asked for
│   ├── MediaStoreError                the object store refuses: key, bucket, quota
│   │   └── MediaStoreUnavailableError     it does not answer (transient)
│   └── UndecodableError               a file of another program is damaged, or takes too much to decode
├── ApprovalPendingError           a stage waits for a person's approval of the one before it
├── NotAcceptedError               a stage needs takes that have not passed their gates
│   └── StoppedError                   the run was stopped
│       └── JobLeftError                   and its job may still run at a server
└── ServiceError                   a configured service failed
    ├── NotNowError                    it has failed too often to be asked before a given time
    ├── RenderGivenUpError             a job was lost again and again, although servers answer (transient)
    ├── ServiceUnavailableError        not reachable, or overloaded (transient)
    │   └── RenderLostError                the server no longer knows the job (transient)
    └── ServiceRejectedError           answered, and refused
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

EXIT_DONE, EXIT_GATE, EXIT_INPUT, EXIT_SERVICE, EXIT_BUG = range(5)
"""Exit codes of the `tower` command: done, a gate failed, wrong input, a service or this machine failed, a bug."""

EXIT_STOPPED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the signal's number."""


class Cause(StrEnum):
    """Why something that was decided gave no take; recorded with the decision, and read instead of its message.

    Attributes:
        INTERRUPTED: Somebody stopped the job or the run.
        SERVER_LOST: The server was unavailable or restarted, its queue was lost, or it stood still.
        OUT_OF_MEMORY: The card was full.
        BROKEN_GRAPH: A node failed, the prompt was refused, or the output is not what was asked for.
        OTHER: Anything else: an answer that breaks the protocol, a full disk here, a bug.
    """

    INTERRUPTED = "interrupted"
    SERVER_LOST = "server_lost"
    OUT_OF_MEMORY = "out_of_memory"
    BROKEN_GRAPH = "broken_graph"
    OTHER = "other"

    @property
    def counts_against_workflow(self) -> bool:
        """Whether the workflow is to blame; `sql/queries/profiles.sql` names the same causes."""
        return self in (Cause.OUT_OF_MEMORY, Cause.BROKEN_GRAPH)


MAX_LISTED = 50
"""Faults or warnings that a message lists; how many more there are, it says."""

MAX_REPORTED = 500
"""Faults or warnings that a page, a report of a script and a list in JSON hold."""


def list_some(items: Sequence[object], limit: int = MAX_LISTED) -> list[str]:
    """Return the first `limit` items as text, then how many more there are."""
    lines = [str(item) for item in items[:limit]]
    return [*lines, f"and {len(items) - limit:,} more"] if len(items) > limit else lines


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
        cause: Why a decision failed that ends with it; an error whose class leaves that open sets its own.
    """

    transient: ClassVar[bool] = False
    exit_code: ClassVar[int] = EXIT_SERVICE
    recorded_as: ClassVar[str]
    cause: Cause = Cause.OTHER


class StoryError(TowerError):
    """The writer's files cannot be used.

    Attributes:
        faults: Everything that is wrong with them, by file and line; the message lists the first 50.
    """

    exit_code = EXIT_INPUT

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(faults))
        count = len(self.faults)
        heading = f"{count:,} fault{'s' if count != 1 else ''} in the story:"
        super().__init__("\n".join((heading, *list_some(self.faults))))


class PlanError(TowerError):
    """A plan, setting or request cannot be carried out as it stands."""

    exit_code = EXIT_INPUT


class ConflictError(PlanError):
    """Somebody else has decided about the same thing since a person looked at it.

    Attributes:
        version: What it is now; "" before anybody decided anything.
    """

    def __init__(self, message: str, version: str) -> None:
        super().__init__(message)
        self.version = version


class UnknownKeyError(PlanError):
    """Nothing has the key or id that was given."""

    recorded_as = "PlanError"


class TakenKeyError(PlanError):
    """Something else has the key or id already; nothing was written."""

    recorded_as = "PlanError"


class BudgetSpentError(TowerError):
    """A cap on spending leaves no room for another job, or it is not known whether it does; nothing was begun.

    Attributes:
        cap: The key that sets it, such as `caps.day.money`.
        unit: A currency, or "GPU s"; `limit`, `spent`, `under_way` and `expected` are in it.
        expected: What the job would take, None if nobody can say.
    """

    exit_code = EXIT_GATE

    def __init__(
        self,
        message: str,
        *,
        cap: str = "",
        unit: str = "",
        limit: float = 0.0,
        spent: float = 0.0,
        under_way: float = 0.0,
        expected: float | None = None,
    ) -> None:
        super().__init__(message)
        self.cap, self.unit, self.limit = cap, unit, limit
        self.spent, self.under_way, self.expected = spent, under_way, expected


class MediaError(TowerError):
    """A picture or sound could not be made, read or written."""


class OutputMismatchError(MediaError):
    """An engine made something other than it was asked for: no file, another size, another length."""

    recorded_as = "MediaError"
    cause = Cause.BROKEN_GRAPH


class UndecodableError(MediaError):
    """A file that another program made is damaged, of another kind, or takes too much memory or time to decode."""

    recorded_as = "MediaError"


class MediaStoreError(MediaError):
    """The object store with the media refuses what it is asked for; a setting or the store has to be changed."""

    recorded_as = "MediaError"


class MediaStoreUnavailableError(MediaStoreError):
    """The object store with the media did not answer for as long as a run waits for it."""

    transient = True
    recorded_as = "MediaError"
    cause = Cause.SERVER_LOST


class ApprovalPendingError(TowerError):
    """A stage waits until a person approves what the one before it has made."""

    exit_code = EXIT_GATE


class NotAcceptedError(TowerError):
    """A stage needs takes that have not passed their gates."""

    exit_code = EXIT_GATE
    recorded_as = "NotAccepted"


class StoppedError(NotAcceptedError):
    """The run was stopped; it makes nothing more."""

    recorded_as = "Stopped"
    cause = Cause.INTERRUPTED


class JobLeftError(StoppedError):
    """The run was stopped, and its job may still run at a server: its decision stays open for the next run.

    Attributes:
        server: The server's address.
        prompt_id: The job.
    """

    def __init__(self, message: str, server: str, prompt_id: str) -> None:
        super().__init__(message)
        self.server = server
        self.prompt_id = prompt_id


class ServiceError(TowerError):
    """A configured service did not do what it was asked."""


class NotNowError(ServiceError):
    """A workflow has failed too often to be tried before a given time; the message names the time and the ways out."""


class RenderGivenUpError(ServiceError):
    """A job was lost or stood still again and again, although servers answer; other jobs may do well."""

    transient = True
    cause = Cause.SERVER_LOST


class ServiceUnavailableError(ServiceError):
    """A service is not reachable or overloaded; trying later may help."""

    transient = True
    recorded_as = "ServiceUnavailable"
    cause = Cause.SERVER_LOST


class RenderLostError(ServiceUnavailableError):
    """A server knows a job neither as finished nor as queued: it was restarted, or never accepted it."""

    recorded_as = "RenderLost"


class ServiceRejectedError(ServiceError):
    """A service answered and refused; trying the same again will not help."""

    recorded_as = "ServiceRejected"


def cause_of(error: BaseException) -> Cause:
    """Return why a decision failed that ends with this error; whatever is no `Exception` stops the process."""
    if isinstance(error, TowerError):
        return error.cause
    return Cause.OTHER if isinstance(error, Exception) else Cause.INTERRUPTED


def recorded_name(error: BaseException) -> str:
    """Return the name of an error's class as the record has it.

    The error messages of decisions begin with it and queries match on it, so it stays when a class is renamed. It is
    not inherited: a subclass without a `recorded_as` of its own is recorded under its own name.
    """
    return str(vars(type(error)).get("recorded_as", type(error).__name__))
