"""The studio: settings, database, media, engines and ComfyUI servers of one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event as Flag

from tower_anime_assets.engines import factory
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight
from tower_anime_assets.engines.resting import AwayServers
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.media.stores import open_media
from tower_anime_assets.production.attempt import OpenJob, ReportWait, ignore_wait
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import routing, workflow_library
from tower_anime_assets.stages.answers import MAX_SHORT_ANSWERS, Answers
from tower_anime_assets.stages.events import Emit, ignore
from tower_anime_assets.stages.run_progress import ProgressRecorder
from tower_anime_assets.stages.shared_dispatch import SharedDispatcher
from tower_anime_assets.store import audit, profiles, sessions
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import Take
from tower_anime_assets.workflows.registry import load_registry_for

ROUTER_MAX_AGE_S = 60.0
"""How long a ranking of workflows serves: the stages of a run that follow each other need not ask every server anew."""


@dataclass
class AcceptedTakes:
    """An episode's accepted takes by stage name, as far as the run has asked for them; for one wording of its story.

    Attributes:
        ruling: Id of the newest ruling about takes of the show when they were found.
    """

    project: Project
    episode: Episode
    by_stage: dict[str, tuple[Take, ...]] = field(default_factory=dict)
    ruling: str = ""

    def forget_older_than(self, ruling: str) -> None:
        """Forget everything if a person has ruled about takes of the show since: what they reject is not built on."""
        if ruling != self.ruling:
            self.by_stage.clear()
            self.ruling = ruling


@dataclass
class RunState:
    """What the steps of one run share.

    A step builds on accepted takes of the stages before its own, and Dagster runs those first. So what was accepted
    once stays what the rest of the run builds on, also when somebody else makes it again meanwhile; unless a person
    rejects, locks or releases a take of the show. What was not accepted is never kept: the next step looks again.

    Attributes:
        sessions: Creative session by project, begun with the first decision that the run makes for it.
        accepted: Accepted takes by episode key.
        away: What its attempts know of servers that are away.
        too_much: What was too much for the only server's card, by engine; see `engines.memory_retries`.
    """

    sessions: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, AcceptedTakes] = field(default_factory=dict)
    away: AwayServers = field(default_factory=AwayServers)
    too_much: dict[str, int] = field(default_factory=dict)

    def accepted_takes(self, project: Project, episode: Episode) -> AcceptedTakes:
        """Return the cache of an episode as it is written now; a changed story starts an empty one."""
        cache = self.accepted.get(episode.key)
        if cache is None or (cache.project, cache.episode) != (project, episode):
            cache = self.accepted[episode.key] = AcceptedTakes(project, episode)
        return cache


@dataclass
class Studio:
    """Everything that the runs of one process work with.

    Attributes:
        emit: Receives the events of every run of this process.
        stopped: Set when somebody stops this process: what is being made is finished, nothing else is begun.
        fleets: The ComfyUI servers, once something was to be made there.
        preflight: What has been found right at which server.
        routers: The ranking of workflows by project, with when it was put together.
        runs: What the steps of each run share, by run id.
        recorders: What saves how far each run is, by run id.
        answers: What was found out of the record, for those who only look.
        summaries: The same, where it takes little room.
        is_media_checked: Whether the media store was found to be the record's.
    """

    settings: Settings
    database: Database
    emit: Emit = ignore
    stopped: Flag = field(default_factory=Flag)
    fleets: list[Fleet] = field(default_factory=list)
    preflight: Preflight = field(default_factory=Preflight)
    routers: dict[str, tuple[float, routing.Router]] = field(default_factory=dict)
    runs: dict[str, RunState] = field(default_factory=dict)
    recorders: dict[str, ProgressRecorder] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    summaries: Answers = field(default_factory=lambda: Answers(MAX_SHORT_ANSWERS))
    is_media_checked: bool = False

    @property
    def media(self) -> MediaStore:
        """The media store: under TOWER_HOME, or where TOWER_MEDIA_URL says."""
        return open_media(self.settings)

    @property
    def chain_head(self) -> str:
        """The digest that the audit chain ends in now."""
        return audit.read_chain_head(self.database)

    @property
    def chain_mark(self) -> audit.ChainMark:
        """Where the audit chain stands now."""
        return audit.read_chain_mark(self.database)

    def run_state(self, run_id: str) -> RunState:
        """Return what the steps of a run share; outside a run, where the id is "", nothing is shared."""
        fresh = RunState(away=AwayServers(self.settings.away_s))
        return self.runs.setdefault(run_id, fresh) if run_id else fresh

    def recorder(self, run_id: str) -> ProgressRecorder:
        """Return what saves how far a run of this process is."""
        return self.recorders.setdefault(run_id, ProgressRecorder(self.database, run_id))

    def engines(self, project: Project) -> factory.Engines:
        """Return the engines of a project; nothing is connected before something is to be made.

        Raises:
            PlanError: The project asks for services that are not configured.
        """
        load_registry = partial(load_registry_for, self.settings, project.id)
        return factory.Engines(project.engines, self.settings, self._fleet, load_registry, self.preflight)

    def router(self, project: Project, media: Sequence[str], report: ReportWait = ignore_wait) -> routing.Router:
        """Return the ranking of workflows for a project; put together anew once it is old, or failures were forgotten.

        Args:
            project: The show.
            media: "image", "video" or both.
            report: Told while a server is waited for; from any thread.

        Raises:
            PlanError: The project's rules name unknown workflows.
            StoryError: Workflow files are wrong.
        """
        key = digest(project, list(media))
        made_at, router = self.routers.get(key, (0.0, None))
        is_old = router is None or time.monotonic() - made_at > ROUTER_MAX_AGE_S
        if router is None or is_old or profiles.has_reset_since(self.database, router.now):
            router = routing.open_router(project, self.settings, self.database, media, report)
            self.routers[key] = (time.monotonic(), router)
        return router

    def free_graphics_memory(self) -> None:
        """Have the ComfyUI servers that this process used unload their models, if Ollama may need the card next.

        Raises:
            ServiceUnavailableError: A server does not answer, so that its models may still be loaded.
        """
        for fleet in self.fleets if "ollama" in self.settings.services else ():
            fleet.unload_idle_models()

    @property
    def open_jobs(self) -> tuple[OpenJob, ...]:
        """The jobs of this process that servers may still be working on."""
        return tuple(job for fleet in self.fleets for job in fleet.open_jobs)

    @contextmanager
    def reserve_servers(self, servers: Mapping[str, str]) -> Iterator[Callable[[str], None]]:
        """Keep servers for the jobs that an earlier run left there, so that nothing else is queued before them.

        Args:
            servers: The server by job.

        Yields:
            What to call with a job that was taken up, or need not be.
        """
        reservations = {job: [(fleet, fleet.reserve(url)) for fleet in self.fleets] for job, url in servers.items()}

        def cancel(job: str) -> None:
            for fleet, reservation in reservations.get(job, ()):
                fleet.cancel_reservation(reservation)

        try:
            yield cancel
        finally:
            for job in reservations:
                cancel(job)

    def end_run(self, run_id: str) -> None:
        """End the creative sessions of a run, and forget what its steps shared: a process may have many runs."""
        state = self.runs.pop(run_id, None)
        self.recorders.pop(run_id, None)
        for session_id in state.sessions.values() if state is not None else ():
            sessions.end_session(self.database, session_id)

    def end_runs(self) -> None:
        """Do so for every run."""
        for run_id in {*self.runs, *self.recorders}:
            self.end_run(run_id)

    def close(self) -> None:
        """Give every connection back."""
        for fleet in self.fleets:
            fleet.close()
        self.fleets.clear()
        self.media.release()
        self.database.close()

    def open_fleet(self, servers: Sequence[str], *, stall_s: float | None = None, poll_s: float = 1.0) -> Fleet:
        """Return servers that are shared with all processes of this database; close it afterwards.

        Args:
            servers: Their addresses.
            stall_s: How long a job may go without progress; None for the setting.
            poll_s: Pause between polls of a job.
        """
        settings = self.settings
        return Fleet(
            servers,
            settings.token_of("comfyui"),
            settings.stall_s if stall_s is None else stall_s,
            SharedDispatcher(self.database, tuple(url.rstrip("/") for url in servers)),
            poll_s,
        )

    def _fleet(self) -> Fleet:
        """Return the configured ComfyUI servers."""
        if not self.fleets:
            workflow_library.sync_library(self.settings, self.database)
            self.fleets.append(self.open_fleet(self.settings.comfyui_servers))
        return self.fleets[0]
