"""`tower choose`: the takes of a shot, and a person's choice which of them is used."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from tower_anime_assets.cli.output import (
    add_json_option,
    add_quality_option,
    add_who_option,
    print_json,
    print_note,
    who_of,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Settings

HELP = "list the takes of a shot, or choose which of them is used, with a reason that stays on record"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower choose`."""
    parser.add_argument("shot", help="a shot such as nexus-e01-sc02-sh0030")
    parser.add_argument("take", nargs="?", default="", help="id of a take, or its beginning; none: list them")
    parser.add_argument("--why", default="", help="the reason; needed to choose")
    add_quality_option(parser, "the level of quality that the takes were made at, if not the project's")
    add_who_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the takes, or record the choice."""
    from tower_anime_assets.stages.choices import choose_take, list_shot_takes
    from tower_anime_assets.stages.opening import open_studio

    key = ShotKey.parse(arguments.shot)
    if arguments.take and not arguments.why.strip():
        raise PlanError("a choice needs a reason: pass --why TEXT")
    with open_studio(settings) as studio:
        if arguments.take:
            who = who_of(arguments, settings)
            print_note(str(choose_take(studio, key, arguments.take, who, arguments.why, arguments.quality)))
            return 0
        rows = list_shot_takes(studio, key, arguments.quality)
    if arguments.json:
        print_json({"shot": str(key), "takes": [asdict(row) for row in rows]})
        return 0
    for row in rows:
        print(row)
    if not rows:
        print_note(f"{key} has no take of what it is today")
    return 0
