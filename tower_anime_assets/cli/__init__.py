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
    accept,
    adapt,
    another,
    approve,
    audit,
    backup,
    cast,
    choose,
    config,
    db,
    doctor,
    env,
    estimate,
    facts,
    feedback,
    import_take,
    init,
    inpaint,
    lock,
    mcp,
    measure,
    models,
    plan,
    produce,
    prompt,
    reject,
    report,
    restore,
    route,
    script,
    token,
    up,
    waive,
    workflows,
)
from tower_anime_assets.cli.output import guarded_output, print_error, print_json, print_note, print_trace
from tower_anime_assets.cli.startup import relax_garbage_collector, skip_final_collection
from tower_anime_assets.errors import EXIT_BUG, EXIT_STOPPED, MAX_REPORTED, Fault, PlanError, StoryError, TowerError
from tower_anime_assets.media.private_files import protect_home, restrict_new_files
from tower_anime_assets.settings import Settings
from tower_anime_assets.store.failure_causes import explain_failure, name_shortage


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
    "estimate": estimate,
    "audit": audit,
    "prompt": prompt,
    "waive": waive,
    "choose": choose,
    "reject": reject,
    "another": another,
    "lock": lock,
    "approve": approve,
    "import": import_take,
    "feedback": feedback,
    "report": report,
    "doctor": doctor,
    "init": init,
    "adapt": adapt,
    "accept": accept,
    "db": db,
    "backup": backup,
    "restore": restore,
    "facts": facts,
    "mcp": mcp,
    "inpaint": inpaint,
    "route": route,
    "workflows": workflows,
    "models": models,
    "measure": measure,
    "env": env,
    "config": config,
    "token": token,
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
    restrict_new_files()
    code = main()
    skip_final_collection()
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    with guarded_output():
        return _run_command(argv)


def _run_command(argv: Sequence[str] | None) -> int:
    command_line = list(sys.argv[1:] if argv is None else argv)
    home = None
    try:
        arguments = parse_command_line(command_line)
        settings = environment.from_environment()
        home = settings.home
        protect_home(home)
        for warning in settings.warnings:
            print_note(f"warning: {warning}")
        return COMMANDS[arguments.command].run(arguments, settings)
    except TowerError as error:
        message = "\n".join(filter(None, [str(error), *getattr(error, "__notes__", ()), name_shortage(error)]))
        faults = error.faults if isinstance(error, StoryError) else ()
        return _report_error(command_line, error.exit_code, message, faults)
    except KeyboardInterrupt as interrupt:
        stopped = "stopped; finished takes are kept, and the next run continues"
        message = "\n".join([stopped, *getattr(interrupt, "__notes__", ())])
        return _report_error(command_line, EXIT_STOPPED, message)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: an unforeseen error is a bug, shown with its trace
        if (known := explain_failure(error, home=home)) is not None:
            return _report_error(command_line, known.exit_code, str(known))
        print_trace(error)
        message = f"{type(error).__name__}: {error}. This is a bug: please report it with the trace"
        return _report_error(command_line, EXIT_BUG, message)


def parse_command_line(command_line: Sequence[str]) -> argparse.Namespace:
    """Return a command's arguments; its options may stand before, between and after its names.

    Raises:
        PlanError: The command line is wrong.
        SystemExit: It asks for help, which was printed.
    """
    name = command_line[0] if command_line else ""
    command = COMMANDS.get(name)
    if command is None:
        return _build_parser().parse_args(command_line)
    parser = _Parser(f"tower {name}", description=command.HELP, epilog=EXIT_CODES_HELP)
    command.add_arguments(parser)
    return _parse_intermixed(parser, command_line[1:], argparse.Namespace(command=name))


def _parse_intermixed(
    parser: argparse.ArgumentParser, words: Sequence[str], namespace: argparse.Namespace
) -> argparse.Namespace:
    """Parse words with options anywhere; below an action with options of its own, those of the action."""
    # argparse cannot mix options with names where actions have parsers of their own: the action is taken out first.
    actions = next((one for one in parser._actions if isinstance(one, argparse._SubParsersAction)), None)
    if actions is None:
        return parser.parse_intermixed_args(words, namespace)
    at = next((index for index, word in enumerate(words) if word in actions.choices), None)
    if at is None:
        return parser.parse_args(words, namespace)
    setattr(namespace, actions.dest, words[at])
    return _parse_intermixed(actions.choices[words[at]], [*words[:at], *words[at + 1 :]], namespace)


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
            {
                "episode": episode,
                "code": code,
                "errors": [message],
                "faults": [asdict(fault) for fault in faults[:MAX_REPORTED]],
                "fault_count": len(faults),
            }
        )
    return code
