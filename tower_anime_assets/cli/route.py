"""`tower route`: which workflow would make a shot's keyframe and clip, and why; nothing is made."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from rich.console import Console

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Settings

HELP = "which workflow would make a shot's keyframe and clip, and why; makes nothing"


def add_command(command: Callable[[str, Callable[..., int], str], argparse.ArgumentParser]) -> None:
    """Add `tower route` to the commands."""
    parser = command("route", run, HELP)
    parser.add_argument("shot", help="such as nexus-e01-sc02-sh0030")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, and nothing else there")


def run(arguments: argparse.Namespace, settings: Settings, _console: Console) -> int:
    """Print the rankings in words, or as JSON."""
    explanation = explain_routing(settings, ShotKey.parse(arguments.shot))
    if arguments.json:
        print(json.dumps(explanation, indent=2, ensure_ascii=False))
    else:
        print("\n".join(stage["words"] for stage in explanation["stages"].values()))
    return 0


def explain_routing(settings: Settings, key: ShotKey) -> dict[str, Any]:
    """Return how the candidates for a shot's keyframe and clip rank, JSON-ready, with each ranking in words.

    Raises:
        PlanError: There is no such shot, or nobody can make it.
        StoryError: The files are wrong.
        ServiceUnavailableError: Those who could make it are at servers that do not answer.
    """
    # Imported here, so that other commands need not wait for what this one uses.
    from tower_anime_assets.stages import routing
    from tower_anime_assets.stages.clips import CLIPS
    from tower_anime_assets.stages.dry_run import episode_from_files
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.keyframes import KEYFRAMES
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.shot_plans import episode_plan

    check_episode(settings, key.episode_key)
    with open_studio(settings) as studio:
        run = episode_from_files(studio, key.episode_key)
        shots = {shot.key: shot for shot in episode_plan(run).shots}
        if str(key) not in shots:
            raise PlanError(f"{key.episode_key} has no shot {key}; there are {', '.join(list(shots)[:40])}")
        router = routing.open_router(run.project, settings, studio.database)
    rankings: dict[str, Any] = {}
    for stage, medium in ((KEYFRAMES, routing.IMAGE), (CLIPS, routing.VIDEO)):
        ranking = router.rank(shots[str(key)], medium)
        rankings[stage.name] = {
            "chosen": ranking.chosen.engine,
            "fallbacks": [one.engine for one in ranking.fallbacks],
            "words": ranking.as_text(),
            "candidates": list(ranking.alternatives),
        }
    return {"shot": str(key), "stages": rankings}
