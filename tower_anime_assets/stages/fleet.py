"""The fleet as people see and change it: what each ComfyUI server may do, what it works on, and who waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.production.attempt import JobPriority
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import fleet
from tower_anime_assets.store.fleet import ACTIVE, DRAINING, MAX_JOBS, MEDIA, PAUSED, FleetRequest, ServerRule

PRIORITY_NAMES = {
    JobPriority.AT_SERVER: "at its server already",
    JobPriority.PERSON: "somebody waits for it",
    JobPriority.USUAL: "usual",
    JobPriority.OVERNIGHT: "overnight",
}
"""Priorities for people."""


@dataclass(frozen=True)
class FleetServer:
    """A server.

    Attributes:
        rule: What it may do, and who says so.
        jobs: What it works on.
        is_configured: Whether this process's COMFYUI_URL has it.
        processes: How many processes use it now.
    """

    rule: ServerRule
    jobs: tuple[FleetRequest, ...]
    is_configured: bool
    processes: int

    @property
    def is_drained(self) -> bool:
        """Whether it is given no new job and has none any more."""
        return self.rule.state != ACTIVE and not self.jobs


@dataclass(frozen=True)
class FleetState:
    """All servers of a studio, and the jobs that wait for one, the next ones of each priority first."""

    servers: tuple[FleetServer, ...]
    waiting: tuple[FleetRequest, ...]

    @property
    def waiting_by_episode(self) -> dict[tuple[JobPriority, str], int]:
        """How many jobs wait, by priority and episode."""
        counted = Counter((JobPriority(one.priority), one.episode) for one in self.waiting)
        return dict(sorted(counted.items()))


def read_fleet(studio: Studio) -> FleetState:
    """Return the fleet as it is now, without servers that nobody uses or configured and that no rule is about."""
    requests = fleet.list_requests(studio.database)
    configured = studio.settings.comfyui_servers
    known = {one.rule.server: one for one in fleet.list_servers(studio.database)}
    servers = []
    for url in dict.fromkeys((*configured, *known)):
        rule = known[url].rule if url in known else ServerRule(url)
        jobs = tuple(one for one in requests if one.server == url)
        processes = known[url].processes if url in known else 0
        if jobs or processes or url in configured or rule != ServerRule(url):
            servers.append(FleetServer(rule, jobs, url in configured, processes))
    return FleetState(tuple(servers), tuple(one for one in requests if not one.server))


def pause_server(studio: Studio, server: str, who: str, why: str = "") -> FleetServer:
    """Give a server no new job until it is resumed; what it works on goes on.

    Raises:
        UnknownKeyError: There is no such server.
        PlanError: Nobody is named.
    """
    return _change(studio, server, who, why, state=PAUSED)


def drain_server(studio: Studio, server: str, who: str, why: str = "") -> FleetServer:
    """Have a server finish what it works on, so that it can be taken away; it is given no new job.

    Raises:
        UnknownKeyError: There is no such server.
        PlanError: Nobody is named.
    """
    return _change(studio, server, who, why, state=DRAINING)


def resume_server(studio: Studio, server: str, who: str, why: str = "") -> FleetServer:
    """Give a server jobs again; whoever waits has it at once.

    Raises:
        UnknownKeyError: There is no such server.
        PlanError: Nobody is named.
    """
    return _change(studio, server, who, why, state=ACTIVE)


def limit_server(
    studio: Studio, server: str, who: str, why: str = "", *, jobs: int | None = None, media: Sequence[str] | None = None
) -> FleetServer:
    """Set how many jobs a server has at once, and what it may make; None leaves that as it is.

    Args:
        studio: The studio.
        server: Its address.
        who: Who wants it.
        why: For people.
        jobs: 1 to `MAX_JOBS`.
        media: "image", "video" or both.

    Raises:
        UnknownKeyError: There is no such server.
        PlanError: A limit is none that can be set, or nobody is named.
    """
    if jobs is None and media is None:
        raise PlanError("nothing to limit: give the number of jobs at once, the media that it may make, or both")
    if jobs is not None and not 1 <= jobs <= MAX_JOBS:
        raise PlanError(f"a server has 1 to {MAX_JOBS} jobs at once; found {jobs}. To give it none, pause it")
    if media is not None and (not media or not set(media) <= set(MEDIA)):
        raise PlanError(f"a server may make {' or '.join(MEDIA)}, or both; found {', '.join(media) or 'nothing'}")
    return _change(studio, server, who, why, max_jobs=jobs, media=media)


def _change(
    studio: Studio,
    name: str,
    who: str,
    why: str,
    *,
    state: str | None = None,
    max_jobs: int | None = None,
    media: Sequence[str] | None = None,
) -> FleetServer:
    server = _find_server(studio, name)
    fleet.change_server(studio.database, server, who, why, state=state, max_jobs=max_jobs, media=media)
    return next(one for one in read_fleet(studio).servers if one.rule.server == server)


def _find_server(studio: Studio, name: str) -> str:
    """Return the address of a server that is configured or known; `http://` may be left out."""
    known = dict.fromkeys(
        (*studio.settings.comfyui_servers, *(one.rule.server for one in fleet.list_servers(studio.database)))
    )
    wanted = name.strip().rstrip("/")
    for url in known:
        if wanted in (url, url.partition("://")[2]):
            return url
    there = "\n".join(f"  {url}" for url in known) or "  none: set COMFYUI_URL"
    raise UnknownKeyError(f"there is no ComfyUI server {wanted}; there are:\n{there}")
