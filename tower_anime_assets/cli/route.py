"""`tower route`: which workflow would make a shot's keyframe and clip, and why."""

from __future__ import annotations

import argparse
from typing import Any

from tower_anime_assets.cli.output import add_json_option, add_who_option, print_all_warnings, print_json, who_of
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Settings

HELP = "which workflow would make a shot's keyframe and clip, and why; makes nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower route`."""
    parser.add_argument("shot", nargs="?", default="", help="a shot key such as nexus-e01-sc02-sh0030")
    parser.add_argument(
        "--clear",
        default="",
        metavar="NAME",
        help="use a workflow, a server (its address) or `all` again that rests after failures; runs follow at once",
    )
    parser.add_argument("--why", default="", help="with --clear: the reason, for the record")
    add_who_option(parser, "with --clear: who")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Clear breakers if that is wanted, then print how the candidates for each stage of a shot rank, if it is named."""
    if not arguments.shot and not arguments.clear:
        raise PlanError("tower route takes a shot key, or --clear NAME (a workflow, a server's address, or all)")
    key = ShotKey.parse(arguments.shot) if arguments.shot else None
    result: dict[str, Any] = {}
    words: list[str] = []
    if arguments.clear:
        result["cleared"], said = _clear(settings, arguments)
        words.append(said)
    if key is not None:
        rankings = _rank_candidates(settings, key)
        result |= {"shot": arguments.shot, "stages": rankings}
        words += [ranking["words"] for ranking in rankings.values()]
    if arguments.json:
        print_json(result)
    else:
        print("\n".join(words))
    return 0


def _clear(settings: Settings, arguments: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Clear breakers; return what was done, JSON-ready and in words."""
    from tower_anime_assets.stages.breakers import clear_breakers
    from tower_anime_assets.stages.opening import open_studio

    with open_studio(settings) as studio:
        cleared = clear_breakers(studio, arguments.clear, who_of(arguments, settings), arguments.why)
    lines = [
        f"{engine.removeprefix('comfyui:')} is in use again; it rested until {state.until:%Y-%m-%d %H:%M} UTC "
        f"after {state.why}"
        for engine, state in cleared.in_use_again.items()
    ]
    subject = cleared.subject.removeprefix("comfyui:") or "all workflows"
    lines = lines or [f"failures of {subject} count no more; none of them had led to a rest"]
    return {
        "subject": arguments.clear,
        "at": cleared.at,
        "in_use_again": {engine: state.why for engine, state in cleared.in_use_again.items()},
    }, "\n".join(lines)


def _rank_candidates(settings: Settings, key: ShotKey) -> dict[str, Any]:
    """Return by stage how the candidates for a shot rank, JSON-ready."""
    from tower_anime_assets.stages import routing
    from tower_anime_assets.stages.clips import CLIPS
    from tower_anime_assets.stages.dry_run import episode_from_files
    from tower_anime_assets.stages.finishing import finishing_media
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.keyframes import KEYFRAMES
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.preflight_report import preflight_report
    from tower_anime_assets.stages.shot_plans import episode_plan
    from tower_anime_assets.stages.shots import following_shots, planned_shot

    check_episode(settings, key.episode_key)
    with open_studio(settings) as studio:
        run = episode_from_files(studio, key.episode_key)
        plan = episode_plan(run)
        shot = planned_shot(plan, key)
        report = preflight_report(str(key), run.survey, plan.shots, [shot])
        print_all_warnings(report.warnings)
        if report.error is not None:
            raise report.error
        media_by_stage = {KEYFRAMES.name: routing.IMAGE, CLIPS.name: routing.VIDEO, **finishing_media(run, shot)}
        router = routing.open_router(run.project, settings, studio.database, tuple(media_by_stage.values()))
    rankings = {
        stage: router.rank(shot, medium, following_shots(plan).get(shot.key))
        for stage, medium in media_by_stage.items()
    }
    return {
        stage: {
            "chosen": ranking.chosen.engine,
            "fallbacks": [candidate.engine for candidate in ranking.fallbacks],
            "words": ranking.as_text(),
            "candidates": list(ranking.alternatives),
            "loras": [
                {"file": lora.file, "used": fit.is_used, "why": fit.reason or fit.doubt}
                for lora, fit in ranking.lora_fits
            ],
        }
        for stage, ranking in rankings.items()
    }
