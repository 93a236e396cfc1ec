"""`tower produce`: makes an episode, from its screenplay to its master."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from tower_anime_assets.cli.output import (
    add_json_option,
    add_quality_option,
    add_strict_option,
    print_all_warnings,
    print_error,
    print_json,
    print_note,
    print_warnings,
    warnings_as_json,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.production.attempt import ServerWait
    from tower_anime_assets.stages.wait_lines import WaitLines

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
    add_quality_option(parser)
    add_strict_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make the episode; its progress goes to stderr, the master's path or the JSON result to stdout."""
    from tower_anime_assets.cli.dagster_run import produce_episode
    from tower_anime_assets.cli.progress import ProgressDisplay, uncaptured_console
    from tower_anime_assets.cli.runs import stop_on_signals
    from tower_anime_assets.production.story.quality import run_notes
    from tower_anime_assets.stages.doctor import refuse_absent_services
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.story_warnings import story_warnings
    from tower_anime_assets.stages.wait_lines import WaitLines

    key = EpisodeKey.parse(arguments.episode)
    project, episode = check_episode(settings, key, strict=arguments.strict)
    warnings, notes = story_warnings(project, episode, settings), run_notes(project, arguments.quality)
    print_warnings(str(key), warnings)
    print_all_warnings(notes)
    refuse_absent_services(settings, project, partial(_print_wait, WaitLines()))
    shots = tuple(part.strip() for part in arguments.shots.split(",") if part.strip())
    if shots and not arguments.force:
        raise PlanError("--shots says which shots to make again, so it needs --force")
    stop_on_signals()
    with uncaptured_console(quiet=arguments.json) as stderr, ProgressDisplay(stderr) as display:
        result = produce_episode(
            settings,
            key,
            display,
            shots=shots,
            force=arguments.force,
            uses_best=arguments.best,
            quality=arguments.quality,
            strict=arguments.strict,
        )
    if arguments.json:
        told = (*warnings, *notes, *result.warnings)
        print_json({**result.as_json(), "warnings": warnings_as_json(told), "warning_count": len(told)})
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


def _print_wait(lines: WaitLines, wait: ServerWait) -> None:
    for line in lines.lines_for("", wait):
        print_note(line)
