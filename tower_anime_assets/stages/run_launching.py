"""Runs as the Director panel starts, shows and ends them, whoever carries them out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.sizes import DRAFT, FINAL, STANDARD
from tower_anime_assets.stages.registry import EPISODE_STAGES, STAGES
from tower_anime_assets.stages.run_progress import NO_PROGRESS, RunProgress

MAX_LISTED_RUNS: Final = 200
"""How many runs a list has at most."""

_QUALITIES: Final = ("", DRAFT, STANDARD, FINAL)


class RunKind(StrEnum):
    """What a run makes."""

    EPISODE = "episode"
    SHOTS = "shots"


class RunStatus(StrEnum):
    """How far a run is. `LOST`: its process is gone, and it has not been ended yet."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    LOST = "lost"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self in (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELED)


@dataclass(frozen=True)
class RunRequest:
    """What somebody asks to be made.

    Attributes:
        kind: A whole episode, or keyframes and clips of some shots again.
        keys: The key of an episode, or those of shots of one episode.
        who: Who asks; the run's decisions are on record as theirs.
        why: Why, in their words; may be "".
        stages: Names of the stages to run, such as "keyframe"; empty for all that the kind has.
        quality: "draft", "standard" or "final"; "" for the project's own.
        force: Of an episode: make keyframes and clips again, even accepted ones. Shots always are.
        uses_best: Use the best takes where none is accepted.
    """

    kind: RunKind
    keys: tuple[str, ...]
    who: str
    why: str = ""
    stages: tuple[str, ...] = ()
    quality: str = ""
    force: bool = False
    uses_best: bool = False


@dataclass(frozen=True)
class RunScope:
    """What a request comes to.

    Attributes:
        shots: Keys of the shots to make again; empty for all.
        assets: The assets to make; empty for all of its kind.
    """

    episode: EpisodeKey
    shots: tuple[str, ...]
    assets: tuple[str, ...]


def scope_of(request: RunRequest) -> RunScope:
    """Return what a request comes to.

    Raises:
        PlanError: It cannot be carried out as it stands.
    """
    if not request.who.strip():
        raise PlanError("a run needs the name of who asks for it")
    if request.quality not in _QUALITIES:
        raise PlanError(f"{request.quality!r} is not a level of quality; expected draft, standard or final")
    is_of_shots = request.kind is RunKind.SHOTS
    if is_of_shots:
        shots = tuple(map(ShotKey.parse, dict.fromkeys(request.keys)))
        episodes = {shot.episode_key for shot in shots}
        if len(episodes) != 1:
            found = ", ".join(sorted(map(str, episodes))) or "none"
            raise PlanError(f"a run is of shots of one episode; found {found}. Ask for a run of each episode")
        episode = episodes.pop()
    else:
        if len(request.keys) != 1:
            raise PlanError(f"a run is of one episode; found {len(request.keys)}. Ask for a run of each")
        episode, shots = EpisodeKey.parse(request.keys[0]), ()
    stages = [stage for stage in (EPISODE_STAGES if is_of_shots else STAGES) if stage.is_by_shot or not is_of_shots]
    assets = {stage.name: stage.asset for stage in stages}
    if unknown := [name for name in request.stages if name not in assets]:
        raise PlanError(f"{request.kind} runs have no stage {unknown[0]!r}; they have {', '.join(assets)}")
    chosen = tuple(dict.fromkeys(assets[name] for name in request.stages))
    return RunScope(episode, tuple(map(str, shots)), chosen)


@dataclass(frozen=True)
class RunProblem:
    """Why a step of a run failed, with what to do about it.

    Attributes:
        step: The step, which has the name of its asset; "" where it is about the run as a whole.
        exit_code: That of a command which would end so.
    """

    step: str
    message: str
    exit_code: int


@dataclass(frozen=True)
class RunView:
    """A run as people see it.

    Attributes:
        job: The job's name, such as "produce_episode".
        episode: Key of its episode, "" where it has none.
        shots: The shots that it makes again, as they were named; empty for all, or for none.
        ahead: How many runs were asked for before it and wait as it does; 0 for one that does not wait.
        updated_at: When its progress was last told.
        problems: Why it failed.
        canceled_by: Who asked for it to end.
        is_of_command: Whether it lives in a process of `tower produce`, where only that can end it.
    """

    id: str
    job: str
    status: RunStatus
    episode: str
    shots: tuple[str, ...]
    who: str
    why: str
    quality: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    ahead: int = 0
    progress: RunProgress = NO_PROGRESS
    updated_at: datetime | None = None
    problems: tuple[RunProblem, ...] = ()
    canceled_by: str = ""
    is_of_command: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data; times are ISO 8601, UTC."""
        times = {name: getattr(self, name) for name in ("created_at", "started_at", "ended_at", "updated_at")}
        return {
            **asdict(self),
            **{name: moment.isoformat() if moment else None for name, moment in times.items()},
            "progress": self.progress.as_json(),
        }


@dataclass(frozen=True)
class RunPage:
    """A part of the list of runs, newest first.

    Attributes:
        next: What to ask for the part after it with; "" at the end.
    """

    items: tuple[RunView, ...]
    next: str


class RunLauncher(Protocol):
    """Starts, shows and ends runs. Every method but `watch` may take some tenths of a second: call it in a thread."""

    def launch(self, request: RunRequest) -> str:
        """Start a run and return its id, without waiting for it.

        Raises:
            PlanError: The request cannot be carried out as it stands.
            UnknownKeyError: There is no such episode or shot.
            ConflictError: A run makes the same already; its id is the error's `version`.
            ServiceUnavailableError: No run can be started now.
        """
        ...

    def list_runs(self, limit: int = 20, after: str = "", *, active_only: bool = False, episode: str = "") -> RunPage:
        """Return runs, newest first.

        Args:
            limit: At most how many, up to `MAX_LISTED_RUNS`.
            after: The `next` of the page before; "" for the first.
            active_only: Only those that are not over.
            episode: Only those of an episode; "" for all.

        Raises:
            PlanError: `after` or `limit` is not valid.
            ServiceUnavailableError: Runs cannot be read now.
        """
        ...

    def read_run(self, run_id: str) -> RunView:
        """Return a run.

        Raises:
            UnknownKeyError: There is no such run.
            ServiceUnavailableError: Runs cannot be read now.
        """
        ...

    def cancel(self, run_id: str, who: str) -> RunView:
        """Ask a run to end; what it has made is kept. One that is over stays as it is.

        Raises:
            UnknownKeyError: There is no such run.
            PlanError: The run lives in a terminal, where it is ended.
            ServiceUnavailableError: It cannot be reached.
        """
        ...

    def watch(self, run_id: str) -> AsyncGenerator[RunView]:
        """Yield a run now, whenever it has changed, and every `HEARTBEAT_S`; end with its end.

        Whoever reads slowly is given the newest state, not every one.

        Raises:
            UnknownKeyError: There is no such run.
            ServiceUnavailableError: Runs cannot be read now, or too many are watched.
        """
        ...


class OpeningRuns:
    """The runs of a launcher that takes seconds to open: until then each call says so."""

    def __init__(self) -> None:
        self._launcher: RunLauncher | None = None
        self._problem = ""

    def open(self, launcher: RunLauncher) -> None:
        """Hand on to this launcher from now on."""
        self._launcher = launcher

    def close(self, problem: str = "") -> None:
        """Stop handing on; `problem` says why it cannot be opened."""
        self._launcher, self._problem = None, problem

    def launch(self, request: RunRequest) -> str:
        """As `RunLauncher.launch`."""
        return self._opened().launch(request)

    def list_runs(self, limit: int = 20, after: str = "", *, active_only: bool = False, episode: str = "") -> RunPage:
        """As `RunLauncher.list_runs`."""
        return self._opened().list_runs(limit, after, active_only=active_only, episode=episode)

    def read_run(self, run_id: str) -> RunView:
        """As `RunLauncher.read_run`."""
        return self._opened().read_run(run_id)

    def cancel(self, run_id: str, who: str) -> RunView:
        """As `RunLauncher.cancel`."""
        return self._opened().cancel(run_id, who)

    def watch(self, run_id: str) -> AsyncGenerator[RunView]:
        """As `RunLauncher.watch`."""
        return self._opened().watch(run_id)

    def _opened(self) -> RunLauncher:
        if self._launcher is None:
            why = f"Dagster cannot be opened: {self._problem}" if self._problem else "Dagster is still being opened"
            remedy = "Mend that, then start `tower up` again" if self._problem else "Try again in some seconds"
            raise ServiceUnavailableError(f"Runs can neither be started nor read now: {why}. {remedy}")
        return self._launcher
