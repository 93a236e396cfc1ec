"""`tower facts`: the memory by hand. Which actions there are; what they do is in `fact_actions`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console

from tower_anime_assets.settings import Settings

HELP = "the memory of facts: add, end, get, search, import, export"


def add_command(command: Callable[[str, Callable[..., int], str], argparse.ArgumentParser]) -> None:
    """Add `tower facts` to the commands."""
    parser = command("facts", run, HELP)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add_action(name: str, help_: str) -> argparse.ArgumentParser:
        action_parser = actions.add_parser(name, help=help_, description=help_, epilog=parser.epilog)
        action_parser.add_argument("--project", default="", help="whose memory; needed when there are several projects")
        action_parser.add_argument(
            "--json", action="store_true", help="one JSON object on stdout, and nothing else there"
        )
        return action_parser

    add_parser = add_action("add", "store a fact by hand")
    add_parser.add_argument("subject", help="such as 'Luna Chen'")
    add_parser.add_argument("predicate", help="such as fears")
    add_parser.add_argument("object", help="such as heights")
    add_parser.add_argument("--confidence", type=float, default=1.0, help="0 to 1")
    add_parser.add_argument("--source", default="", help="who says so; you, unless said otherwise")
    end_parser = add_action("end", "mark a fact as no longer true; it stays in the history")
    end_parser.add_argument("id", help="as get and search show it with --json")
    get_parser = add_action("get", "the facts of a subject, of a predicate, or of both")
    get_parser.add_argument("subject", nargs="?", default="")
    get_parser.add_argument("--predicate", default="")
    get_parser.add_argument("--history", action="store_true", help="what was superseded or has ended too")
    get_parser.add_argument("--limit", type=int, default=1000, help="at most so many, the oldest first")
    search_parser = add_action("search", "the facts that answer a query best")
    search_parser.add_argument("words", nargs="+")
    search_parser.add_argument("--limit", type=int, default=10)
    import_parser = add_action("import", "store the facts of a JSON Lines file, or none of them when a line is wrong")
    import_parser.add_argument("file", help="- for standard input")
    export_parser = add_action("export", "write the current facts as JSON Lines")
    export_parser.add_argument("file", nargs="?", default="-", help="standard output unless a file is named")


def run(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Do what `tower facts ACTION` asks and return the exit code."""
    from tower_anime_assets.cli.fact_actions import run_fact_action

    return run_fact_action(arguments, settings, console)
