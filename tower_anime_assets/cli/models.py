"""`tower models`: the model files of servers, what wants them, what is taken for what; and the map's writer."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.output import add_json_option, print_json, print_note
from tower_anime_assets.errors import EXIT_DONE, EXIT_SERVICE, PlanError
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.model_library import ModelReport, ServerModels, WantedModel

HELP = "the model files that servers have and workflows want, and the map between them"

_DESCRIPTION = (
    "tower models [list] [WORKFLOW ...]: what each server has, what is wanted, what is taken for what and why. "
    "tower models map WANTED HAVE: use the server's file HAVE wherever WANTED is wanted (a file's name, or "
    "WORKFLOW/NODE.inputs.NAME), in every show, or with --project in one."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower models`."""
    parser.description = f"{HELP}. {_DESCRIPTION}"
    parser.add_argument("names", nargs="*", help="`list` and workflows, or `map` and two file names; `list` by default")
    parser.add_argument("--project", default="", help="a show: its map, workflows, LoRAs and checkpoint")
    parser.add_argument("--server", default="", help="list: this ComfyUI server instead of those in COMFYUI_URL")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """List, or write an entry of the map."""
    action, *names = arguments.names or ["list"]
    if action == "map":
        return _map(arguments, settings, names)
    return _list(arguments, settings, names if action == "list" else arguments.names)


def _map(arguments: argparse.Namespace, settings: Settings, names: Sequence[str]) -> int:
    from tower_anime_assets.stages.model_library import write_map_entry

    if len(names) != 2:
        raise PlanError("tower models map takes two file names: the one that is wanted, and the one that a server has")
    wanted, have = names
    result = write_map_entry(settings, wanted, have, arguments.project)
    if arguments.json:
        print_json({"wanted": wanted, "file": have, "written": result.file, "notes": list(result.notes)})
        return EXIT_DONE
    print(f"{wanted}: {have}  in {result.file}")
    for note in result.notes:
        print_note(note)
    return EXIT_DONE


def _list(arguments: argparse.Namespace, settings: Settings, names: Sequence[str]) -> int:
    from tower_anime_assets.stages.model_library import report_models

    servers = (arguments.server,) if arguments.server else ()
    report = report_models(settings, arguments.project, names, servers)
    if arguments.json:
        print_json(_as_json(report))
    else:
        _print_report(report)
    return EXIT_SERVICE if report.servers and not any(server.is_up for server in report.servers) else EXIT_DONE


def _print_report(report: ModelReport) -> None:
    for entry in report.model_map.entries:
        print(f"map  {entry.wanted}: {entry.file}  ({entry})")
    for warning in report.warnings:
        print_note(str(warning))
    if not report.servers:
        print_note("no server to ask: set COMFYUI_URL, or name one with --server")
    for server in report.servers:
        _print_server(server)


def _print_server(server: ServerModels) -> None:
    print(f"{server.url}  {server.detail}")
    for folder, files in server.files.items():
        print(f"  has      {folder}: {', '.join(files)}")
    order = {"taken": 0, "there": 1, "missing": 2}
    for item in sorted(server.wanted, key=lambda item: (order[_state(item)], item.choice.folder, item.choice.wanted)):
        choice = item.choice
        owners = ", ".join(dict.fromkeys(owner.partition("/")[0] for owner in item.wanted_by))
        taken = f" -> {choice.file} ({choice.why})" if choice.is_other else ""
        asked = f" (mapped to {choice.asked})" if choice.is_missing and choice.asked != choice.wanted else ""
        print(f"  {_state(item):<8} {choice.folder}: {choice.wanted}{taken}{asked}  for {owners}")
        for mend in choice.mends:
            print(f"           {mend}")


def _state(item: WantedModel) -> str:
    if item.choice.is_missing:
        return "missing"
    return "taken" if item.choice.is_other else "there"


def _as_json(report: ModelReport) -> dict[str, Any]:
    return {
        "map": [asdict(entry) for entry in report.model_map.entries],
        "warnings": [asdict(warning) for warning in report.warnings],
        "servers": [
            {
                "url": server.url,
                "is_up": server.is_up,
                "detail": server.detail,
                "files": {folder: list(files) for folder, files in server.files.items()},
                "wanted": [
                    {**asdict(item.choice), "state": _state(item), "wanted_by": list(item.wanted_by)}
                    for item in server.wanted
                ],
            }
            for server in report.servers
        ],
    }
