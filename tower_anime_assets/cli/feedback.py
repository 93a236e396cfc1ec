"""`tower feedback`: what a person thinks of a shot."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import add_who_option, print_error, print_note, who_of
from tower_anime_assets.errors import EXIT_DONE, EXIT_SERVICE
from tower_anime_assets.production.learning.feedback import OPINIONS, REASONS
from tower_anime_assets.settings import Settings

HELP = "say whether a shot is good or bad, and why; suggestions and reports learn from it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower feedback`."""
    parser.add_argument("shot", help="a shot key such as nexus-e01-sc02-sh0030; its take in use is judged")
    parser.add_argument("opinion", choices=OPINIONS)
    reasons_help = "; ".join(f"{kind}: {reason.text}" for kind, reason in REASONS.items())
    parser.add_argument("--reason", required=True, metavar="KIND", help=reasons_help)
    parser.add_argument("--note", default="", help="anything else worth saying")
    add_who_option(parser, "whose opinion it is")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Record the opinion, and print on which take and what the director learned."""
    from tower_anime_assets.stages.feedback import give_feedback
    from tower_anime_assets.stages.opening import open_studio

    with open_studio(settings) as studio:
        recorded = give_feedback(
            studio, arguments.shot, arguments.opinion, arguments.reason, arguments.note, who_of(arguments, settings)
        )
    print_note(str(recorded))
    for lesson in recorded.learned:
        print_note(f"the director learned: {lesson}")
    if recorded.untold:
        print_error(recorded.untold)
        return EXIT_SERVICE
    return EXIT_DONE
