"""`tower plan`: a dry run of one episode, or of all."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import (
    add_json_option,
    add_strict_option,
    print_json,
    print_warnings,
    warnings_as_json,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

HELP = "what would be made, why, and how long it takes; makes nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower plan`."""
    parser.add_argument(
        "episode", nargs="?", default="", help="an episode key such as nexus-e01; every episode if omitted"
    )
    add_strict_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a summary per episode, and for a named episode a line per take to make."""
    from tower_anime_assets.media import show_files
    from tower_anime_assets.stages.dry_run import plan_takes
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.story_warnings import story_warnings

    keys = [EpisodeKey.parse(arguments.episode)] if arguments.episode else show_files.list_episodes(settings.projects)
    if not keys:
        raise PlanError(f"{settings.projects} holds no episode; `tower init DIR` writes a show to start from")
    warnings = {key: story_warnings(*check_episode(settings, key, strict=arguments.strict)) for key in keys}
    with open_studio(settings) as studio:
        takes_by_episode = {key: plan_takes(studio, key) for key in keys}
    if arguments.json:
        fields = ("shot", "stage", "state", "why", "predicted_s")
        takes = [take for planned in takes_by_episode.values() for take in planned]
        shots = [{name: getattr(take, name) for name in fields} for take in takes]
        told = {str(key): warnings_as_json(warnings[key]) for key in keys}
        print_json({"episodes": [str(key) for key in keys], "shots": shots, "warnings": told})
        return 0
    for key, planned in takes_by_episode.items():
        print_warnings(str(key), warnings[key])
        todo = [take for take in planned if not take.is_ready]
        predicted_s = sum(take.predicted_s for take in todo)
        print(f"{key}: {len(planned) - len(todo)} takes ready, {len(todo)} to make, about {predicted_s:.0f} s")
        for take in todo if arguments.episode else ():
            print(f"  {take.stage:<9} {take.shot:<28} {take.state:<9} {take.predicted_s:6.1f} s  {take.why}")
    return 0
