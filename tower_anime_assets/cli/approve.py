"""`tower approve`: a person lets the stages begin that build on what there is of an episode."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from tower_anime_assets.cli.output import (
    add_json_option,
    add_quality_option,
    add_who_option,
    print_json,
    print_note,
    who_of,
)
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.studio import Studio

HELP = "approve the plan, keyframes, mix or master of an episode, or list what waits for that and what changed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower approve`."""
    parser.add_argument("episode", help="an episode key such as nexus-e01")
    parser.add_argument("what", nargs="?", default="", help="plan, keyframes, mix or master; none: list what waits")
    parser.add_argument("--why", default="", help="the reason; needed with --withdraw")
    parser.add_argument("--withdraw", action="store_true", help="take every approval of it back")
    parser.add_argument("--seen", help="the digest of what was looked at, as the list shows it: refused if it changed")
    add_quality_option(parser, "the level of quality that it was made at, if not the project's")
    add_who_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the approvals, or record one or its withdrawal."""
    from tower_anime_assets.stages.approvals import approve, withdraw
    from tower_anime_assets.stages.opening import open_studio

    key, who = EpisodeKey.parse(arguments.episode), who_of(arguments, settings)
    with open_studio(settings) as studio:
        if not arguments.what:
            return _print_states(studio, key, arguments.quality, as_json=arguments.json)
        if arguments.withdraw:
            decided = withdraw(studio, key, arguments.what, who, arguments.why)
        else:
            decided = approve(
                studio, key, arguments.what, who, arguments.why, quality=arguments.quality, seen=arguments.seen
            )
    if arguments.json:
        print_json({"episode": str(key), "what": arguments.what, "who": who, "says": str(decided)})
    else:
        print_note(str(decided))
    return 0


def _print_states(studio: Studio, key: EpisodeKey, quality: str, *, as_json: bool) -> int:
    """Print each approval that the show asks for, and how what there is differs from what was approved last."""
    from tower_anime_assets.stages.approvals import approval_states, differences
    from tower_anime_assets.stages.opening import saved_episode
    from tower_anime_assets.stages.run import Run

    run_ = saved_episode(Run(studio, quality=quality), key)
    states = [(state, differences(studio, state)) for state in approval_states(run_)]
    if as_json:
        rows = [
            {
                "what": state.what,
                "is_approved": state.standing is not None,
                "says": str(state),
                "digest": state.digest,
                "takes": [asdict(take) for take in state.seen],
                "differences": [asdict(one) for one in changed],
            }
            for state, changed in states
        ]
        print_json({"episode": str(key), "asked_for": list(run_.project.approvals), "approvals": rows})
        return 0
    for state, changed in states:
        print(f"{state}  [{state.digest[:12]}]")
        for one in changed:
            print(f"  {one.subject}: {one.words}")
            print(f"    before {one.before or '-'}")
            print(f"    after  {one.after or '-'}")
    if not run_.project.approvals:
        print_note(f"{key} asks for no approvals; see `approvals:` in project.yaml")
    elif not states:
        print_note(f"{key} has nothing to approve yet: run tower produce {key}")
    return 0
