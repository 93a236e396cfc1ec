"""`tower another`: what shall be otherwise in another take of a shot."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import add_json_option, add_who_option, print_json, print_note, who_of
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.learning.feedback import BAD, REASONS
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Settings

HELP = "ask for another take of a shot, and say what shall change; the next run that makes the shot again does so"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower another`."""
    parser.add_argument("shot", help="a shot such as nexus-e01-sc02-sh0030")
    parser.add_argument("--change", default="", metavar="TEXT", help="what shall change, such as `closer, she smiles`")
    parser.add_argument("--seed", type=int, help="the seed of the first attempt")
    reasons = ", ".join(kind for kind, one in REASONS.items() if one.opinion in ("", BAD))
    parser.add_argument("--reason", default="", metavar="WORD", help=f"what is bad now: {reasons}; overall by default")
    parser.add_argument(
        "--stage", default="", choices=("keyframe", "clip"), help="which take; by default what the words are about"
    )
    parser.add_argument("--withdraw", action="store_true", help="take back what was asked for; needs --why")
    parser.add_argument("--why", default="", help="with --withdraw: the reason")
    add_who_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Record what is asked for, or that it is taken back, and print what follows."""
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.take_requests import ask_for_take, withdraw_request

    key, who = ShotKey.parse(arguments.shot), who_of(arguments, settings)
    if arguments.withdraw and (arguments.change or arguments.seed is not None or arguments.reason):
        raise PlanError("--withdraw goes with --why, and --stage, alone")
    with open_studio(settings) as studio:
        if arguments.withdraw:
            asked = withdraw_request(studio, key, who, arguments.why, stage=arguments.stage)
        else:
            asked = ask_for_take(
                studio,
                key,
                arguments.change,
                who,
                reason=arguments.reason or "overall",
                stage=arguments.stage,
                seed=arguments.seed,
            )
    if arguments.json:
        told = {"take": asked.take_id, "stage": asked.stage, "who": who, "says": asked.says}
        print_json({**told, "followed": asked.followed, "warnings": asked.warnings, "learned": asked.learned})
        return 0
    print_note(asked.says)
    for warning in asked.warnings:
        print_note(f"warning: {warning}")
    for lesson in asked.learned:
        print_note(f"the director learned: {lesson}")
    return 0
