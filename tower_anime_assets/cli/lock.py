"""`tower lock`: a person has a take used whatever changes, or lets go of it."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import add_quality_option, add_who_option, print_note, who_of
from tower_anime_assets.settings import Settings

HELP = "have a take used whatever changes in the script or style; --release lets go of it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower lock`."""
    parser.add_argument("take", help="id of a keyframe or clip or its beginning, or a shot's key for its take in use")
    parser.add_argument("--release", action="store_true", help="let go of it")
    parser.add_argument("--why", required=True, help="the reason, which stays on record")
    parser.add_argument("--stage", choices=("keyframe", "clip"), default="", help="of a shot: which take of it")
    add_quality_option(parser, "of a shot: the level of quality that its take was made at, if not the project's")
    add_who_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Record the lock or the release."""
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.rulings import lock_take, release_take

    who = who_of(arguments, settings)
    with open_studio(settings) as studio:
        if arguments.release:
            decided = release_take(studio, arguments.take, who, arguments.why, stage=arguments.stage)
        else:
            decided = lock_take(
                studio, arguments.take, who, arguments.why, stage=arguments.stage, quality=arguments.quality
            )
    print_note(str(decided))
    return 0
