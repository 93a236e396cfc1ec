"""Scene plans put together as an episode: keys, ends, and repeated set-ups kept apart. Plans nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.shots import EpisodePlan, ScenePlan, Shot
from tower_anime_assets.production.story.ids import ShotKey, shot_id
from tower_anime_assets.production.story.model import Episode, Project


def assemble(project: Project, episode: Episode, plans: Sequence[ScenePlan]) -> EpisodePlan:
    """Return the episode's plan: its scenes' plans as they are, with keys, occurrences and pinned engines set.

    Args:
        project: The show; gives the frame rate.
        episode: The episode; gives names, and whether it ends in a fade.
        plans: The plans of the episode's first scenes, in order; fewer than all while planning goes on.

    Raises:
        PlanError: The plans are not those of the episode's scenes in order.
    """
    wanted = [scene.id for scene in episode.scenes][: len(plans)]
    found = [plan.scene for plan in plans]
    if found != wanted:
        raise PlanError(
            f"{episode.key}: plans of {', '.join(found)}; expected those of {', '.join(wanted) or 'no scene'}"
        )
    seen: Counter[object] = Counter()
    pinned = {scene.id: scene.engines for scene in episode.scenes}
    scenes = tuple(
        replace(plan, shots=_named(project.id, episode.id, plan, seen, pinned[plan.scene])) for plan in plans
    )
    fade = project.delivery.fps if episode.ends_with == "fade" and len(plans) == len(episode.scenes) else 0
    last = scenes[-1].shots[-1].frames if scenes and scenes[-1].shots else 0
    return EpisodePlan(episode.key, project.delivery.fps, scenes, min(fade, last))


def _named(
    project: str, episode: str, plan: ScenePlan, seen: Counter[object], engines: tuple[str, ...]
) -> tuple[Shot, ...]:
    shots = []
    for number, shot in enumerate(plan.shots, start=1):
        look = (shot.framing, shot.subjects, shot.setting, shot.objects)
        key = str(ShotKey(project, episode, plan.scene, shot_id(number)))
        shots.append(replace(shot, key=key, scene=plan.scene, occurrence=seen[look], engines=shot.engines + engines))
        seen[look] += 1
    return tuple(shots)
