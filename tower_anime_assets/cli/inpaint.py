"""`tower inpaint`: a person has a region of a shot's keyframe painted anew."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import add_who_option, print_note, who_of
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Settings

HELP = "paint a region of a shot's keyframe anew in ComfyUI, as a new take with its own decision and gates"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower inpaint`."""
    parser.add_argument("shot", help="a shot such as nexus-e01-sc02-sh0030")
    parser.add_argument("--region", required=True, help="x,y,w,h in px of the keyframe")
    parser.add_argument("--why", required=True, help="the reason, which stays on record")
    parser.add_argument("--prompt", default="", help="words for the region; default: the shot's prompt")
    add_who_option(parser, "who asks for it")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make the take; exit code 1 if a gate rejects it."""
    from tower_anime_assets.production.attempt import JobPriority
    from tower_anime_assets.stages.inpainting import Region, inpaint_keyframe
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.run import Run

    key, region = ShotKey.parse(arguments.shot), Region.parse(arguments.region)
    with open_studio(settings) as studio:
        run_ = Run(studio, user=who_of(arguments, settings), priority=JobPriority.PERSON)
        outcome = inpaint_keyframe(run_, key, region, arguments.why, arguments.prompt)
    painted = "mask" in outcome.take.files
    if painted and outcome.accepted:
        print_note(f"{key}: painted anew, take {outcome.take.id}. Its clip is made again by `tower produce`")
        return 0
    print_note(f"{key}: a gate rejected what was painted; the take from before stays. See `tower audit {key}`")
    return 1
