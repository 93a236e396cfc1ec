"""`tower prompt SHOT`: what a shot's prompts are put together from, and where each part came from."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.dry_run import episode_from_files
from tower_anime_assets.stages.ingest import check_episode
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.shot_plans import episode_plan, newest_plan


def shot_prompt_data(settings: Settings, text: str) -> dict[str, Any]:
    """Return a shot's prompts and their parts, as JSON-ready data.

    A director of our own plans anew from what the files say now; a service's plan is the newest that it made.

    Raises:
        StoryError: The writers' files are wrong.
        PlanError: The text is no shot key, or the episode has no such shot.
        NotAcceptedError: The service that directs has not planned the episode as it is now.
    """
    key = ShotKey.parse(text)
    check_episode(settings, key.episode_key)
    with open_studio(settings) as studio:
        run = episode_from_files(studio, key.episode_key)
        plan = episode_plan(run) if run.engines.director.is_local else newest_plan(run)
        director = run.engines.director.name
    shots = {shot.key: shot for shot in plan.shots}
    if text not in shots:
        raise PlanError(f"{key.episode_key} has no shot {text}. {did_you_mean(text, list(shots))}")
    shot = shots[text]
    return {
        "shot": text,
        "director": director,
        "framing": shot.framing.value,
        "move": shot.move.value,
        "frames": shot.frames,
        "reasoning": shot.reasoning,
        "prompt": shot.prompt,
        "negative": shot.negative,
        "parts": [{"role": part.role, "text": part.text, "source": part.source} for part in shot.prompt_parts],
    }


def print_prompt(prompt_data: dict[str, Any], console: Console) -> None:
    """Print a shot's prompt for a person: a line per part, in the order in which they stand."""
    console.print(
        f"[bold]{prompt_data['shot']}[/]  {prompt_data['framing']}, {prompt_data['move']}, {prompt_data['frames']} frames, planned by "
        f"{escape(prompt_data['director'])}: {escape(prompt_data['reasoning'])}",
        highlight=False,
    )
    for part in prompt_data["parts"]:
        console.print(
            f"  {part['role']:<11} {escape(part['text'])}  [dim]({escape(part['source'])})[/]", highlight=False
        )
    console.print(f"\nprompt: {escape(prompt_data['prompt'])}", highlight=False)
    console.print(f"negative: {escape(prompt_data['negative'])}", highlight=False)
