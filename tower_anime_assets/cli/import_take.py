"""`tower import`: a picture or clip of a person's own, in a shot's place."""

from __future__ import annotations

import argparse
from pathlib import Path

from tower_anime_assets.cli.output import add_quality_option, add_who_option, print_error, print_note, who_of
from tower_anime_assets.errors import EXIT_DONE, EXIT_GATE
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Settings

HELP = "use a picture or clip of your own for a shot: brought to its form, judged by the gates, locked"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower import`."""
    parser.add_argument("shot", help="a shot such as nexus-e01-sc02-sh0030")
    parser.add_argument("file", help="a picture (PNG, JPEG, WebP), which becomes its keyframe, or a video, its clip")
    parser.add_argument("--why", required=True, help="the reason, which stays on record")
    add_quality_option(parser, "the level of quality that it is for, if not the project's")
    add_who_option(parser, "who brings it")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make the take; exit code 1 if a gate rejects it."""
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.run import Run
    from tower_anime_assets.stages.take_import import import_take

    key = ShotKey.parse(arguments.shot)
    with open_studio(settings) as studio:
        run_ = Run(studio, user=who_of(arguments, settings), quality=arguments.quality)
        brought = import_take(run_, key, Path(arguments.file), arguments.why)
    for note in brought.notes:
        print_note(note)
    if not brought.accepted:
        print_error(str(brought))
        return EXIT_GATE
    print_note(str(brought))
    return EXIT_DONE
