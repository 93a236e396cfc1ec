"""The `tower` command: arguments in, exit codes out. What the commands do lies in the modules they call."""

from __future__ import annotations

import argparse
import gc
import getpass
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape

from tower_anime_assets import settings as environment
from tower_anime_assets.cli import facts, feedback, mcp, route, workflows
from tower_anime_assets.errors import Fault, PlanError, StoryError, TowerError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

EXIT_CODES_HELP = (
    "exit codes: 0 done, 1 a gate failed, 2 the input is wrong, 3 a service or this machine failed, 4 a bug"
)


GC_THRESHOLD = 50_000
"""Python's 700 make the collector a third of the time that loading Dagster takes, and it finds nothing there."""

EXIT_STOPPED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the signal's number."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises its complaints, so that they take the same way out as all others."""

    def error(self, message: str) -> NoReturn:
        raise PlanError(f"{message}\n{self.format_usage().strip()}")


def run() -> NoReturn:
    """Run the command that this process was started with, and exit with its code."""
    gc.set_threshold(GC_THRESHOLD)
    code = main()
    gc.freeze()  # or the interpreter looks through all of Dagster's objects, thrice, before it goes: a second
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    command_line = list(sys.argv[1:] if argv is None else argv)
    console = Console(stderr=True, soft_wrap=True)  # whoever greps a log wants a message on one line
    try:
        arguments = _build_parser().parse_args(command_line)
        code: int = arguments.run(arguments, environment.from_environment(), console)
    except TowerError as error:
        from tower_anime_assets.defs.failures import exit_code

        message = "\n".join([str(error), *getattr(error, "__notes__", ())])
        return _report_error(
            command_line, exit_code(error), message, error.faults if isinstance(error, StoryError) else ()
        )
    except KeyboardInterrupt:
        return _report_error(
            command_line, EXIT_STOPPED, "stopped; what was finished is kept, and the next run goes on from there"
        )
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: whatever was not foreseen is a bug, and is shown whole
        console.print_exception()
        return _report_error(
            command_line, 4, f"{type(error).__name__}: {error}. This is a bug: please report it with the trace"
        )
    return code


def _report_error(command_line: Sequence[str], code: int, message: str, faults: Sequence[Fault] = ()) -> int:
    """Say why a command did not do what it was asked: on stderr, and on stdout for the program that wants JSON."""
    Console(stderr=True, soft_wrap=True).print(
        f"tower {command_line[0] if command_line else ''}: {message}", style="red", highlight=False, markup=False
    )
    if "--json" in command_line:
        positionals = [argument for argument in command_line[1:] if not argument.startswith("-")]
        payload: dict[str, Any] = {"episode": positionals[0] if positionals else "", "code": code, "errors": [message]}
        _print_json({**payload, "faults": [asdict(fault) for fault in faults]})
    return code


def _build_parser() -> argparse.ArgumentParser:
    parser = _Parser("tower", description="Screenplays into finished anime episodes.", epilog=EXIT_CODES_HELP)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add_command(name: str, run: Any, help_: str) -> argparse.ArgumentParser:
        subparser = commands.add_parser(name, help=help_, description=help_, epilog=EXIT_CODES_HELP)
        subparser.set_defaults(run=run)
        return subparser

    add_command("up", _up, "start database, web UI, daemon and media pages; Ctrl-C stops all")
    produce = add_command("produce", _produce, "make an episode, from its screenplay to its master")
    produce.add_argument("episode", help="such as nexus-e01")
    produce.add_argument("--shots", default="", help="with --force: only these, such as sc02-sh0030,sc03-sh0010")
    produce.add_argument("--force", action="store_true", help="make keyframes and clips again that are there")
    plan = add_command("plan", _plan, "what would be made, why, and how long it takes; without a name, every episode")
    plan.add_argument("episode", nargs="?", default="")
    audit = add_command("audit", _audit, "everything decided about an episode or a shot")
    audit.add_argument("key", nargs="?", default="", help="nexus-e01 or nexus-e01-sc02-sh0030")
    audit.add_argument("--verify", action="store_true", help="check the hash chain, every take and every media file")
    audit.add_argument("--session", default="", help="everything decided and asked in a creative session, by its id")
    prompt = add_command("prompt", _prompt, "what a shot's prompt is put together from, and where each part came from")
    prompt.add_argument("shot", help="such as nexus-e01-sc02-sh0030")
    prompt.add_argument("--json", action="store_true", help="one JSON object on stdout, and nothing else there")
    waive = add_command("waive", _waive, "let a shot (or an episode's plan, mix or master) pass a gate, with a reason")
    waive.add_argument("key", help="shot key, line or scene (nexus-e01-sc02-l003, nexus-e01-sc02), or episode key")
    waive.add_argument("gate", help="such as keyframes_are_sharp")
    waive.add_argument("--why", required=True, help="stays on record")
    waive.add_argument("--who", default=getpass.getuser(), help="who decides; you, unless said otherwise")
    for subparser in (produce, plan, audit):
        subparser.add_argument("--json", action="store_true", help="one JSON object on stdout, and nothing else there")
    feedback.add_command(add_command)
    doctor = add_command("doctor", _doctor, "what is missing, before anything runs")
    doctor.add_argument("--json", action="store_true", help="one JSON object on stdout, and nothing else there")
    init = add_command("init", _init, "write a small new project that runs")
    init.add_argument("folder", type=Path)
    init.add_argument("--title", default="")
    database = add_command("db", _db, "the database: start, stop, status, url, migrate, rollback")
    database.add_argument("action", choices=("start", "stop", "status", "url", "migrate", "rollback"))
    database.add_argument("--steps", type=int, default=1, help="with rollback: how many migrations")
    facts.add_command(add_command)
    mcp.add_command(add_command)
    route.add_command(add_command)
    workflows.add_command(add_command)
    add_command("env", _env, 'prints the exports for Dagster\'s own commands: eval "$(tower env)"')
    return parser


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _up(_arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    from tower_anime_assets.cli.serve import serve

    serve(settings, console)
    return 0


def _produce(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    from tower_anime_assets.cli.produce import produce_episode
    from tower_anime_assets.cli.progress import ProgressDisplay, uncaptured_console
    from tower_anime_assets.stages.doctor import refuse_absent_services
    from tower_anime_assets.stages.ingest import check_episode

    key = EpisodeKey.parse(arguments.episode)
    project, _episode = check_episode(settings, key)
    refuse_absent_services(settings, project)
    shots = tuple(part.strip() for part in arguments.shots.split(",") if part.strip())
    if shots and not arguments.force:
        raise PlanError("--shots names what to make again, so it needs --force")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end: like Ctrl-C, settle what is open
    with uncaptured_console(quiet=arguments.json) as stderr, ProgressDisplay(stderr) as display:
        result = produce_episode(settings, key, shots, arguments.force, display)
    if arguments.json:
        _print_json(result.as_json())
    for error in result.errors:
        console.print(error, style="red", highlight=False, markup=False)
    failed = [gate for gate in result.gates if not gate["passed"]]
    for gate in failed:
        console.print(f"gate {gate['name']} failed: {', '.join(gate['failed'])}", style="red", highlight=False)
    if not arguments.json and result.master:
        seconds = result.frames / result.fps
        console.print(
            f"{key}: {result.frames} frames, {seconds:.1f} s of picture and sound; "
            f"{result.made_takes} takes made, {result.reused_takes} found, in {result.duration_s:.0f} s",
            highlight=False,
        )
        print(result.master)
    if result.exit_code:
        console.print(f"see everything about it: tower audit {key}   or   tower up", highlight=False)
    return result.exit_code


def _plan(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    from tower_anime_assets.stages.dry_run import plan_takes
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.opening import open_studio

    keys = (
        [EpisodeKey.parse(arguments.episode)]
        if arguments.episode
        else list(show_files.list_episodes(settings.projects))
    )
    if not keys:
        raise PlanError(f"there is no episode in {settings.projects}; `tower init DIR` writes a show")
    for key in keys:
        check_episode(settings, key)
    with open_studio(settings) as studio:
        takes_by_episode = {key: plan_takes(studio, key) for key in keys}
    rows = [
        {"shot": item.shot, "stage": item.stage, "state": item.state, "why": item.why, "predicted_s": item.predicted_s}
        for planned in takes_by_episode.values()
        for item in planned
    ]
    if arguments.json:
        _print_json({"episodes": [str(key) for key in keys], "shots": rows})
        return 0
    for key, planned in takes_by_episode.items():
        todo = [item for item in planned if not item.is_ready]
        predicted_s = sum(item.predicted_s for item in todo)
        print(f"{key}: {len(planned) - len(todo)} takes ready, {len(todo)} to make, about {predicted_s:.0f} s")
        for item in todo if arguments.episode else ():
            print(f"  {item.stage:<9} {item.shot:<28} {item.state:<9} {item.predicted_s:6.1f} s  {item.why}")
    return 0


def _audit(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    from tower_anime_assets.cli.audit import audit_trail, find_record_problems, print_trail, session_trail

    if not (arguments.key or arguments.session or arguments.verify):
        raise PlanError("name an episode or a shot, or ask for --session or --verify")
    if arguments.key and arguments.session:
        raise PlanError("name an episode or shot, or a session, not both")
    report: dict[str, Any] = {}
    if arguments.session:
        report.update(session_trail(settings, arguments.session))
    if arguments.key:
        report.update(audit_trail(settings, arguments.key))
    if arguments.verify:
        report["problems"] = list(find_record_problems(settings))
    if arguments.json:
        _print_json(report)
    else:
        print_trail(report, console)
    return 4 if report.get("problems") else 0


def _prompt(arguments: argparse.Namespace, settings: Settings, _console: Console) -> int:
    from tower_anime_assets.cli.prompt import print_prompt, shot_prompt_data

    prompt_data = shot_prompt_data(settings, arguments.shot)
    if arguments.json:
        _print_json(prompt_data)
    else:
        print_prompt(prompt_data, Console(soft_wrap=True))
    return 0


def _waive(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.waivers import waive

    with open_studio(settings) as studio:
        message = waive(studio, arguments.key, arguments.gate, arguments.who, arguments.why)
    console.print(message, highlight=False)
    return 0


def _doctor(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    from tower_anime_assets.stages.doctor import run_checks

    checks = run_checks(settings)
    out = Console(soft_wrap=True)
    if arguments.json:
        _print_json({"findings": [{"what": f.what, "ok": f.ok, "says": f.says, "remedy": f.remedy} for f in checks]})
    else:
        for check in checks:
            mark = "[green]ok[/]   " if check.ok else "[red]wrong[/]"
            out.print(f"{mark} {check.what:<18} {escape(check.says)}", highlight=False)
            if not check.ok:
                out.print(f"{'':<24} {escape(check.remedy)}", highlight=False)
    failed = [finding for finding in checks if not finding.ok]
    return max((finding.code for finding in failed), default=0)


def _init(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    from tower_anime_assets.media.starter_show import create_show

    folder: Path = arguments.folder.absolute()
    for path in create_show(folder, arguments.title or folder.name.replace("_", " ").title()):
        print(path)
    prefix = "" if folder.parent == settings.projects else f"TOWER_PROJECTS={folder.parent} "
    console.print(f"Now: {prefix}tower produce {folder.name}-e01", highlight=False)
    return 0


def _db(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    from tower_anime_assets.cli.database import run_action

    return run_action(arguments.action, arguments.steps, settings, console)


def _env(_arguments: argparse.Namespace, settings: Settings, _console: Console) -> int:
    import shlex

    from tower_anime_assets.defs.instance import dagster_environment
    from tower_anime_assets.stages.opening import keep_server

    variables: Mapping[str, str] = dagster_environment(settings, keep_server(settings))
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0
