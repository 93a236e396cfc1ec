"""`tower report`: the report of the last night."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import add_json_option
from tower_anime_assets.settings import Settings

HELP = "print the morning report: what the last night made, rejected and spent, and what waits for you"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower report`."""
    parser.add_argument("which", choices=("morning",))
    parser.add_argument("--night", default="", metavar="DATE", help="the night that began on this day, YYYY-MM-DD")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the report as it was written in the morning.

    Raises:
        PlanError: There is none.
    """
    from tower_anime_assets.reports.morning import find_newest_report

    path = find_newest_report(settings, arguments.night)
    print((path.with_suffix(".json") if arguments.json else path).read_text(encoding="utf-8").rstrip())
    return 0
