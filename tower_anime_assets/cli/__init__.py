"""The `tower` command: a table of its commands, and the one place where errors become exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NoReturn, Protocol

from tower_anime_assets import settings as environment
from tower_anime_assets.cli import (
    audit,
    cast,
    db,
    doctor,
    env,
    facts,
    feedback,
    init,
    mcp,
    plan,
    produce,
    prompt,
    route,
    script,
    up,
    waive,
    workflows,
)
from tower_anime_assets.cli.output import print_error, print_json
from tower_anime_assets.cli.startup import relax_garbage_collector, skip_final_collection
from tower_anime_assets.errors import EXIT_BUG, EXIT_STOPPED, Fault, PlanError, StoryError, TowerError
from tower_anime_assets.settings import Settings


class Command(Protocol):
    """What a command's module holds. It imports what the command needs inside `run`, so that `--help` is quick."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments to its parser."""

    def run(self, arguments: argparse.Namespace, settings: Settings) -> int:
        """Run the command and return its exit code."""


COMMANDS: Mapping[str, Command] = {
    "up": up,
    "produce": produce,
    "script": script,
    "cast": cast,
    "plan": plan,
    "audit": audit,
    "prompt": prompt,
    "waive": waive,
    "feedback": feedback,
    "doctor": doctor,
    "init": init,
    "db": db,
    "facts": facts,
    "mcp": mcp,
    "route": route,
    "workflows": workflows,
    "env": env,
}
"""Every command, in the order of `tower --help`."""

EXIT_CODES_HELP = "exit codes: 0 done, 1 a gate failed, 2 wrong input, 3 a service or this machine failed, 4 a bug"


class _Parser(argparse.ArgumentParser):
    """A parser that raises its errors, so that they are reported like all others."""

    def error(self, message: str) -> NoReturn:
        raise PlanError(f"{message}\n{self.format_usage().strip()}")


def run() -> NoReturn:
    """Run the command that this process was started with, and exit with its code."""
    relax_garbage_collector()
    code = main()
    skip_final_collection()
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    command_line = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = _build_parser().parse_args(command_line)
        return COMMANDS[arguments.command].run(arguments, environment.from_environment())
    except TowerError as error:
        message = "\n".join([str(error), *getattr(error, "__notes__", ())])
        faults = error.faults if isinstance(error, StoryError) else ()
        return _report_error(command_line, error.exit_code, message, faults)
    except KeyboardInterrupt:
        return _report_error(command_line, EXIT_STOPPED, "stopped; finished takes are kept, and the next run continues")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: an unforeseen error is a bug, shown with its trace
        from rich.console import Console

        Console(stderr=True).print_exception()
        message = f"{type(error).__name__}: {error}. This is a bug: please report it with the trace"
        return _report_error(command_line, EXIT_BUG, message)


def _build_parser() -> argparse.ArgumentParser:
    parser = _Parser("tower", description="Screenplays into finished anime episodes.", epilog=EXIT_CODES_HELP)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(
            subparsers.add_parser(name, help=command.HELP, description=command.HELP, epilog=EXIT_CODES_HELP)
        )
    return parser


def _report_error(command_line: Sequence[str], code: int, message: str, faults: Sequence[Fault] = ()) -> int:
    """Print why a command failed to stderr, and with `--json` to stdout too, and return its exit code."""
    print_error(f"tower {command_line[0] if command_line else ''}: {message}")
    if "--json" in command_line:
        positionals = [argument for argument in command_line[1:] if not argument.startswith("-")]
        episode = positionals[0] if positionals else ""
        print_json(
            {"episode": episode, "code": code, "errors": [message], "faults": [asdict(fault) for fault in faults]}
        )
    return code
