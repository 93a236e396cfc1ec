"""`tower fleet`: the ComfyUI servers of all machines, what they work on, and which are given no jobs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.output import add_json_option, add_who_option, print_json, print_note, who_of
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.fleet import FleetServer, FleetState
    from tower_anime_assets.store.fleet import FleetFigures, FleetRequest

HELP = "ComfyUI servers of all machines: what they work on, who waits; pause, drain, resume and limit them"

_CHANGES: Mapping[str, str] = {
    "pause": "give a server no new job until it is resumed; what it works on goes on",
    "drain": "the same, to take it away: `tower fleet list` says when it is empty",
    "resume": "give a server jobs again",
    "limit": "set how many jobs a server has at once, and what it may make",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `tower fleet` and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    list_help = "list servers, what they work on, and who waits"
    add_json_option(actions.add_parser("list", help=list_help, description=list_help, epilog=parser.epilog))
    for name, help_ in _CHANGES.items():
        action = actions.add_parser(name, help=help_, description=help_, epilog=parser.epilog)
        action.add_argument("server", help="its address, as in COMFYUI_URL; http:// may be left out")
        action.add_argument("--why", default="", help="the reason: it stays on record, and runs that wait say it")
        if name == "limit":
            action.add_argument("--jobs", type=int, default=None, metavar="N", help="jobs at once; 1 if nothing is set")
            action.add_argument("--media", default=None, metavar="LIST", help="image, video or image,video")
        add_who_option(action)
        add_json_option(action)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the fleet, or change what a server may do.

    Raises:
        UnknownKeyError: There is no such server.
        PlanError: A limit is none that can be set.
    """
    from tower_anime_assets.stages.fleet import read_fleet
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.store.fleet import fleet_figures

    with open_studio(settings) as studio:
        if arguments.action == "list":
            state, figures = read_fleet(studio), fleet_figures(studio.database)
            if arguments.json:
                print_json(fleet_as_json(state, figures))
            else:
                _print_fleet(state, figures)
            return 0
        server = _change(arguments, settings, studio)
    if arguments.json:
        print_json({"server": _server_as_json(server)})
    else:
        print_note(_describe(server))
    return 0


def _change(arguments: argparse.Namespace, settings: Settings, studio: Any) -> FleetServer:
    from tower_anime_assets.stages import fleet

    who = who_of(arguments, settings)
    if arguments.action == "limit":
        media = None if arguments.media is None else [part.strip() for part in arguments.media.split(",")]
        return fleet.limit_server(studio, arguments.server, who, arguments.why, jobs=arguments.jobs, media=media)
    change = {"pause": fleet.pause_server, "drain": fleet.drain_server, "resume": fleet.resume_server}
    return change[arguments.action](studio, arguments.server, who, arguments.why)


def fleet_as_json(state: FleetState, figures: FleetFigures) -> dict[str, Any]:
    """Return the fleet, JSON-ready."""
    return {
        "servers": [_server_as_json(server) for server in state.servers],
        "waiting": [_job_as_json(job) for job in state.waiting],
        "figures": {**vars(figures), "waiting": {str(key): count for key, count in figures.waiting.items()}},
    }


def _server_as_json(server: FleetServer) -> dict[str, Any]:
    rule = server.rule
    return {
        "server": rule.server,
        "state": rule.state,
        "is_empty": not server.jobs,
        "max_jobs": rule.max_jobs,
        "media": list(rule.media),
        "who": rule.who,
        "why": rule.why,
        "changed_at": rule.changed_at,
        "processes": server.processes,
        "jobs": [_job_as_json(job) for job in server.jobs],
    }


def _job_as_json(job: FleetRequest) -> dict[str, Any]:
    return {**vars(job)}


def _print_fleet(state: FleetState, figures: FleetFigures) -> None:
    from tower_anime_assets.stages.fleet import PRIORITY_NAMES

    if not state.servers:
        print_note("there is no ComfyUI server: set COMFYUI_URL")
        return
    for server in state.servers:
        print(_describe(server))
    for (priority, episode), count in state.waiting_by_episode.items():
        jobs = "job waits" if count == 1 else "jobs wait"
        print(f"{count} {jobs}: {episode or 'no episode'}, {PRIORITY_NAMES[priority]}")
    if figures.jobs:
        print(
            f"last hour: {figures.jobs} jobs, waited for {figures.wait_p50_s:.1f} s in the middle and "
            f"{figures.wait_p99_s:.1f} s at most but for 1 %; the servers were used for {figures.utilisation:.0%} of it"
        )


def _describe(server: FleetServer) -> str:
    rule = server.rule
    parts = [f"{len(server.jobs)} of {rule.max_jobs} jobs" if server.jobs or rule.state == "active" else "empty"]
    parts += [f"{job.episode or 'no episode'} {job.medium} from {job.host}" for job in server.jobs]
    if len(rule.media) == 1:
        parts.append(f"{rule.media[0]}s only")
    if rule.changed_at is not None:
        why = f": {rule.why}" if rule.why else ""
        parts.append(f"set by {rule.who} at {rule.changed_at:%Y-%m-%d %H:%M} UTC{why}")
    return f"{rule.server}  {rule.state}  {'; '.join(parts)}"
