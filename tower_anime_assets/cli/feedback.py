"""`tower feedback`: a person says whether a shot is good or bad, and why; the next suggestions learn from it."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable

from rich.console import Console

from tower_anime_assets.production.learning.feedback import OPINIONS, REASONS
from tower_anime_assets.settings import Settings

HELP = "say whether a shot is good or bad, and why; suggestions and reports learn from it"


def add_command(command: Callable[[str, Callable[..., int], str], argparse.ArgumentParser]) -> None:
    """Add `tower feedback` to the commands."""
    parser = command("feedback", run, HELP)
    parser.add_argument("shot", help="nexus-e01-sc02-sh0030: its take in use is meant")
    parser.add_argument("opinion", choices=OPINIONS)
    reasons_help = "; ".join(f"{kind}: {reason.text}" for kind, reason in REASONS.items())
    parser.add_argument("--reason", required=True, metavar="KIND", help=reasons_help)
    parser.add_argument("--note", default="", help="what else there is to say")
    parser.add_argument("--who", default=getpass.getuser(), help="who says it; you, unless said otherwise")


def run(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Put the opinion on record, and print of what."""
    from tower_anime_assets.stages.feedback import give_feedback
    from tower_anime_assets.stages.opening import open_studio

    with open_studio(settings) as studio:
        recorded = give_feedback(
            studio, arguments.shot, arguments.opinion, arguments.reason, arguments.note, arguments.who
        )
    console.print(
        f"{arguments.shot}: the {recorded.stage} is {recorded.feedback.opinion} ({recorded.feedback.reason}), says "
        f"{recorded.feedback.who}; on record with decision {recorded.decision.id}",
        highlight=False,
        markup=False,
    )
    for lesson in recorded.learned:
        console.print(f"the director learned: {lesson}", highlight=False, markup=False)
    return 0
