"""`tower reject`: a person rejects a take, or takes that back."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import (
    add_json_option,
    add_quality_option,
    add_who_option,
    print_json,
    print_note,
    who_of,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.learning.feedback import BAD, REASONS
from tower_anime_assets.settings import Settings

HELP = "reject a take: nothing uses it from now on, and the next run makes another; --undo takes it back"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower reject`."""
    parser.add_argument("take", help="id of a take or its beginning, or a shot's key for its take in use")
    reasons = "; ".join(f"{kind}: {one.text}" for kind, one in REASONS.items() if one.opinion in ("", BAD))
    parser.add_argument("--reason", default="", metavar="WORD", help=reasons)
    parser.add_argument("--note", default="", help="what else there is to say")
    parser.add_argument("--frame", type=int, help="the frame of a clip that the note is about, from 0")
    parser.add_argument("--region", default="", help="the part of the picture that the note is about: x,y,w,h in px")
    parser.add_argument("--undo", action="store_true", help="take the rejection back; needs --why")
    parser.add_argument("--why", default="", help="with --undo: the reason")
    add_quality_option(parser, "of a shot: the level of quality that its take was made at, if not the project's")
    add_who_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Record the rejection, or that it is taken back, and print what follows."""
    from tower_anime_assets.stages.inpainting import Region
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.rulings import readmit_take, reject_take

    who = who_of(arguments, settings)
    if arguments.undo:
        if arguments.reason or arguments.note or arguments.frame is not None or arguments.region:
            raise PlanError("--undo goes with --why alone")
        with open_studio(settings) as studio:
            words = readmit_take(studio, arguments.take, who, arguments.why)
        if arguments.json:
            print_json({"take": arguments.take, "who": who, "says": str(words)})
        else:
            print_note(str(words))
        return 0
    if not arguments.reason:
        raise PlanError("a rejection needs a reason: pass --reason WORD; `tower reject --help` lists them")
    region = Region.parse(arguments.region) if arguments.region else None
    with open_studio(settings) as studio:
        rejection = reject_take(
            studio,
            arguments.take,
            arguments.reason,
            who,
            note=arguments.note,
            frame=arguments.frame,
            region=region,
            quality=arguments.quality,
        )
    if arguments.json:
        print_json({"take": rejection.take.id, "who": who, "says": str(rejection), "learned": rejection.learned})
        return 0
    print_note(str(rejection))
    for lesson in rejection.learned:
        print_note(f"the director learned: {lesson}")
    if rejection.untold:
        print_note(f"warning: {rejection.untold}")
    return 0
