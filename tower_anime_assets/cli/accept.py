"""`tower accept`: a person makes a draft the script of its episode."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import (
    MAX_LISTED_WARNINGS,
    add_who_option,
    print_error,
    print_note,
    print_warnings,
    who_of,
)
from tower_anime_assets.errors import EXIT_DONE, EXIT_INPUT
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

HELP = "make a draft that a model wrote the script of its episode; never over a script"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower accept`."""
    parser.add_argument("episode", help="the draft's key, such as nexus-e02 for episodes/e02.draft.fountain")
    parser.add_argument("--why", default="", metavar="TEXT", help="why it is accepted, for the record")
    add_who_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Accept the draft and print the script's file; then what is wrong with it."""
    from tower_anime_assets.media.show_files import draft_episode_files
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.script_acceptance import accept

    key = EpisodeKey.parse(arguments.episode)
    with open_studio(settings) as studio:
        accepted = accept(studio, key, who_of(arguments, settings), arguments.why)
    print(accepted.path)
    draft = draft_episode_files(settings.projects, key)
    print_warnings(str(key), draft.episode.warnings if draft.episode is not None else ())
    for fault in draft.faults[:MAX_LISTED_WARNINGS]:
        print_error(f"fault: {fault}")
    print_note(f"Mend it, then: tower script {key}" if draft.faults else f"Now: tower produce {key}")
    return EXIT_INPUT if draft.faults else EXIT_DONE
