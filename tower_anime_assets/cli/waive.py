"""`tower waive`: a person lets a rejected take pass a gate."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import add_quality_option, add_who_option, print_note, who_of
from tower_anime_assets.settings import Settings

HELP = "let a rejected take pass a gate, with a reason that stays on record"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower waive`."""
    key_help = (
        "a shot, a line or scene (nexus-e01-sc02-l003, nexus-e01-sc02), or an episode for its plan, mix or master"
    )
    parser.add_argument("key", help=key_help)
    parser.add_argument("gate", help="a gate such as keyframes_are_sharp")
    parser.add_argument("--why", required=True, help="the reason")
    add_quality_option(parser, "the level of quality that the take was made at, if not the project's")
    add_who_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Record the waiver."""
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.waivers import waive

    with open_studio(settings) as studio:
        who = who_of(arguments, settings)
        print_note(str(waive(studio, arguments.key, arguments.gate, who, arguments.why, arguments.quality)))
    return 0
