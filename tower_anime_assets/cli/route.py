"""`tower route`: which workflow would make a shot's keyframe and clip, and why."""

from __future__ import annotations

import argparse
from typing import Any

from tower_anime_assets.cli.output import add_json_option, print_json
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Settings

HELP = "which workflow would make a shot's keyframe and clip, and why; makes nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower route`."""
    parser.add_argument("shot", help="a shot key such as nexus-e01-sc02-sh0030")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print how the candidates for each stage rank."""
    rankings = _rank_candidates(settings, ShotKey.parse(arguments.shot))
    if arguments.json:
        print_json({"shot": arguments.shot, "stages": rankings})
    else:
        print("\n".join(ranking["words"] for ranking in rankings.values()))
    return 0


def _rank_candidates(settings: Settings, key: ShotKey) -> dict[str, Any]:
    """Return by stage how the candidates for a shot rank, JSON-ready."""
    from tower_anime_assets.stages import routing
    from tower_anime_assets.stages.clips import CLIPS
    from tower_anime_assets.stages.dry_run import episode_from_files
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.keyframes import KEYFRAMES
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.shot_plans import episode_plan
    from tower_anime_assets.stages.shots import planned_shot

    check_episode(settings, key.episode_key)
    with open_studio(settings) as studio:
        run = episode_from_files(studio, key.episode_key)
        shot = planned_shot(episode_plan(run), key)
        router = routing.open_router(run.project, settings, studio.database)
    media_by_stage = {KEYFRAMES.name: routing.IMAGE, CLIPS.name: routing.VIDEO}
    rankings = {stage: router.rank(shot, medium) for stage, medium in media_by_stage.items()}
    return {
        stage: {
            "chosen": ranking.chosen.engine,
            "fallbacks": [candidate.engine for candidate in ranking.fallbacks],
            "words": ranking.as_text(),
            "candidates": list(ranking.alternatives),
        }
        for stage, ranking in rankings.items()
    }
