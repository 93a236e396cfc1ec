"""What every stage of shots asks of a shot: where its takes belong, and who must be recognised in it."""

from __future__ import annotations

from itertools import pairwise

from tower_anime_assets.errors import UnknownKeyError
from tower_anime_assets.production.planning.shots import EpisodePlan, Framing, Shot
from tower_anime_assets.production.story.ids import ShotKey, StoryPosition
from tower_anime_assets.production.story.model import Character, Lora, Project
from tower_anime_assets.production.story.source import did_you_mean


def planned_shot(plan: EpisodePlan, key: ShotKey) -> Shot:
    """Return a shot of a plan.

    Raises:
        UnknownKeyError: The plan has no such shot; the message names one like it.
    """
    shots = {shot.key: shot for shot in plan.shots}
    if str(key) not in shots:
        raise UnknownKeyError(f"{key.episode_key} has no shot {key}. {did_you_mean(str(key), list(shots))}")
    return shots[str(key)]


def following_shots(plan: EpisodePlan) -> dict[str, Shot]:
    """Return the shot that follows each shot in its scene, by shot key; a scene's last shot has none."""
    scenes = (scene.shots for scene in plan.scenes)
    return {shot.key: following for shots in scenes for shot, following in pairwise(shots)}


def shot_position(shot: Shot) -> StoryPosition:
    """Return where a shot's takes belong."""
    return ShotKey.parse(shot.key).position


MEASURABLE_SHARE, MEASURABLE_SHARE_BESIDE_GIANTS, GIANT_HEIGHT = 0.28, 0.6, 1.2
"""Height relative to the tallest of a shot from which on colours are measured: of a cat beside a man, whose size the
camera keeps, and of whoever is beside a dragon or a bus, before which it goes back."""


def visible_cast(project: Project, shot: Shot) -> tuple[Character, ...]:
    """Return the characters whose colours the picture must show.

    Not those seen from behind in the foreground, and nobody in an insert, which shows a hand at most.
    """
    if shot.framing is Framing.INSERT:
        return ()
    names = dict.fromkeys(subject.character for subject in shot.subjects if not subject.is_foreground)
    return tuple(project.character(name) for name in names)


def shot_loras(project: Project, shot: Shot) -> tuple[Lora, ...]:
    """Return the LoRAs that a shot's pictures ask for: those of the visible cast, then the style's, each file once."""
    lora_by_file: dict[str, Lora] = {}
    of_cast = (lora for character in visible_cast(project, shot) for lora in character.all_loras)
    for lora in (*of_cast, *project.style.loras):
        lora_by_file.setdefault(lora.file, lora)
    return tuple(lora_by_file.values())


def measurable_cast(project: Project, shot: Shot) -> tuple[Character, ...]:
    """Return those of the visible cast who are large enough for their colours to be measured.

    Beside a dragon a child is a few pixels high, and so is a mouse beside a man.
    """
    cast = visible_cast(project, shot)
    tallest = max((character.appearance.height for character in cast), default=1.0)
    least = tallest * (MEASURABLE_SHARE if tallest < GIANT_HEIGHT else MEASURABLE_SHARE_BESIDE_GIANTS)
    return tuple(character for character in cast if character.appearance.height >= least)
