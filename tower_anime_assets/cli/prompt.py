"""`tower prompt SHOT`: what a shot's prompts are put together from, and where each part came from."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.dry_run import work_from_files
from tower_anime_assets.stages.ingest import check_episode
from tower_anime_assets.stages.opening import open_studio


def prompt_of(settings: Settings, text: str) -> dict[str, Any]:
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
        work = work_from_files(studio, key.episode_key)
        plan = work.plan if work.engines.director.is_local else work.newest_plan()
        director = work.engines.director.name
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


def printed_prompt(found: dict[str, Any], out: Console) -> None:
    """Print a shot's prompt for a person: a line per part, in the order in which they stand."""
    out.print(
        f"[bold]{found['shot']}[/]  {found['framing']}, {found['move']}, {found['frames']} frames, planned by "
        f"{escape(found['director'])}: {escape(found['reasoning'])}",
        highlight=False,
    )
    for part in found["parts"]:
        out.print(f"  {part['role']:<11} {escape(part['text'])}  [dim]({escape(part['source'])})[/]", highlight=False)
    out.print(f"\nprompt: {escape(found['prompt'])}", highlight=False)
    out.print(f"negative: {escape(found['negative'])}", highlight=False)
