"""`tower mcp`: the memory and the record for programs that speak the Model Context Protocol, over stdin and stdout."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console

from tower_anime_assets.settings import Settings

HELP = "serve memory and record to a Model Context Protocol client over stdin and stdout"


def add_command(command: Callable[[str, Callable[..., int], str], argparse.ArgumentParser]) -> None:
    """Add `tower mcp` to the commands."""
    parser = command("mcp", run, HELP)
    parser.add_argument("--project", default="", help="whose memory; needed when there are several projects")
    parser.add_argument("--client", default="client", help="who stores facts through it, such as claude")


def run(arguments: argparse.Namespace, settings: Settings, _console: Console) -> int:
    """Serve until the client closes stdin; on stdout goes nothing but the protocol."""
    from tower_anime_assets.cli.mcp_tools import build_server
    from tower_anime_assets.stages.memory import chosen_project
    from tower_anime_assets.stages.opening import open_studio

    project = chosen_project(settings, arguments.project)
    with open_studio(settings) as studio:
        build_server(studio, project, arguments.client).run("stdio")
    return 0
