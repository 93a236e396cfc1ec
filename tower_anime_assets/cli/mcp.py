"""`tower mcp`: memory and record for programs that speak the Model Context Protocol, over stdin and stdout."""

from __future__ import annotations

import argparse

from tower_anime_assets.settings import Settings

HELP = "serve memory and record to a Model Context Protocol client over stdin and stdout"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower mcp`."""
    parser.add_argument("--project", default="", help="whose memory; needed when there are several projects")
    parser.add_argument("--client", default="client", help="the client's name, such as claude: the source of its facts")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve until the client closes stdin; stdout carries only the protocol."""
    from tower_anime_assets.cli.mcp_tools import build_server
    from tower_anime_assets.stages.memory import chosen_project
    from tower_anime_assets.stages.opening import open_studio

    project = chosen_project(settings, arguments.project)
    with open_studio(settings) as studio:
        build_server(studio, project, arguments.client).run("stdio")
    return 0
