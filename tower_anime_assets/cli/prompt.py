"""`tower prompt`: the parts of a shot's prompts, and where each came from."""

from __future__ import annotations

import argparse
from typing import Any

from tower_anime_assets.cli.output import add_json_option, console, print_json
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Settings

HELP = "the parts of a shot's prompts, and where each came from"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower prompt`."""
    parser.add_argument("shot", help="a shot key such as nexus-e01-sc02-sh0030")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the prompts, a line per part."""
    data = _describe_prompt(settings, ShotKey.parse(arguments.shot))
    if arguments.json:
        print_json(data)
    else:
        _print_prompt(data)
    return 0


def _describe_prompt(settings: Settings, key: ShotKey) -> dict[str, Any]:
    """Return a shot's prompts and their parts: of a fresh plan by a local director, of a service's newest plan."""
    from tower_anime_assets.stages.dry_run import episode_from_files
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.shot_plans import episode_plan, newest_plan
    from tower_anime_assets.stages.shots import planned_shot

    check_episode(settings, key.episode_key)
    with open_studio(settings) as studio:
        run = episode_from_files(studio, key.episode_key)
        plan = episode_plan(run) if run.engines.director.is_local else newest_plan(run)
        director = run.engines.director.name
    shot = planned_shot(plan, key)
    return {
        "shot": str(key),
        "director": director,
        "framing": shot.framing.value,
        "move": shot.move.value,
        "frames": shot.frames,
        "reasoning": shot.reasoning,
        "prompt": shot.prompt,
        "negative": shot.negative,
        "parts": [{"role": part.role, "text": part.text, "source": part.source} for part in shot.prompt_parts],
    }


def _print_prompt(data: dict[str, Any]) -> None:
    from rich.markup import escape

    out = console(highlight=False)
    out.print(
        f"[bold]{data['shot']}[/]  {data['framing']}, {data['move']}, {data['frames']} frames, planned by "
        f"{escape(data['director'])}: {escape(data['reasoning'])}"
    )
    for part in data["parts"]:
        out.print(f"  {part['role']:<11} {escape(part['text'])}  [dim]({escape(part['source'])})[/]")
    out.print(f"\nprompt: {escape(data['prompt'])}\nnegative: {escape(data['negative'])}")
