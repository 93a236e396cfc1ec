"""`tower produce`: makes an episode, from its screenplay to its master."""

from __future__ import annotations

import argparse
import signal

from tower_anime_assets.cli.output import (
    add_json_option,
    add_strict_option,
    print_error,
    print_json,
    print_note,
    print_warnings,
    warnings_as_json,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

HELP = "make an episode, from its screenplay to its master"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower produce`."""
    parser.add_argument("episode", help="an episode key such as nexus-e01")
    parser.add_argument("--shots", default="", help="with --force: only these shots, such as sc02-sh0030,sc03-sh0010")
    parser.add_argument(
        "--best",
        action="store_true",
        help="use the best takes where none is accepted, marked in the picture; exit code 1",
    )
    parser.add_argument("--force", action="store_true", help="make keyframes and clips again, even accepted ones")
    add_strict_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make the episode; its progress goes to stderr, the master's path or the JSON result to stdout."""
    from tower_anime_assets.cli.dagster_run import produce_episode
    from tower_anime_assets.cli.progress import ProgressDisplay, uncaptured_console
    from tower_anime_assets.stages.doctor import refuse_absent_services
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.story_warnings import story_warnings

    key = EpisodeKey.parse(arguments.episode)
    project, episode = check_episode(settings, key, strict=arguments.strict)
    warnings = story_warnings(project, episode)
    print_warnings(str(key), warnings)
    refuse_absent_services(settings, project)
    shots = tuple(part.strip() for part in arguments.shots.split(",") if part.strip())
    if shots and not arguments.force:
        raise PlanError("--shots says which shots to make again, so it needs --force")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C: settle open decisions, then end
    with uncaptured_console(quiet=arguments.json) as stderr, ProgressDisplay(stderr) as display:
        result = produce_episode(settings, key, display, shots=shots, force=arguments.force, uses_best=arguments.best)
    if arguments.json:
        print_json({**result.as_json(), "warnings": warnings_as_json(warnings)})
    for error in result.errors:
        print_error(error)
    for gate in result.gates:
        if not gate["passed"]:
            print_error(f"gate {gate['name']} failed: {', '.join(gate['failed'])}")
    if not arguments.json and result.master:
        print_note(
            f"{key}: {result.frames} frames, {result.frames / result.fps:.1f} s; "
            f"{result.made_takes} takes made, {result.reused_takes} reused, in {result.duration_s:.0f} s"
        )
        print(result.master)
    if result.exit_code:
        print_note(f"To see every decision: tower audit {key}   or   tower up")
    return result.exit_code
