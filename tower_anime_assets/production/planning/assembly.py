"""Assembly of an episode's plan from the plans of its scenes: keys, occurrences, pinned engines, the final fade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.shots import EpisodePlan, ScenePlan, Shot
from tower_anime_assets.production.story.ids import ShotKey, shot_id
from tower_anime_assets.production.story.model import Episode, Project


def assemble_episode(project: Project, episode: Episode, plans: Sequence[ScenePlan]) -> EpisodePlan:
    """Return the episode's plan: its scenes' plans with keys, occurrences and pinned engines set.

    Args:
        project: The show.
        episode: The episode.
        plans: The plans of the episode's first scenes, in order; fewer than all while it is being planned.

    Raises:
        PlanError: The plans are not of the episode's scenes, in order.
    """
    expected_scenes = [scene.id for scene in episode.scenes][: len(plans)]
    planned_scenes = [plan.scene for plan in plans]
    if planned_scenes != expected_scenes:
        expected = ", ".join(expected_scenes) or "no scene"
        raise PlanError(f"{episode.key}: plans of {', '.join(planned_scenes)}; expected those of {expected}")
    setup_counts: Counter[object] = Counter()
    pinned_engines = {scene.id: scene.engines for scene in episode.scenes}
    scenes = tuple(
        replace(plan, shots=_number_shots(project.id, episode.id, plan, setup_counts, pinned_engines[plan.scene]))
        for plan in plans
    )
    fade_frames = project.delivery.fps if episode.ends_with == "fade" and len(plans) == len(episode.scenes) else 0
    last_shot_frames = scenes[-1].shots[-1].frames if scenes and scenes[-1].shots else 0
    return EpisodePlan(episode.key, project.delivery.fps, scenes, min(fade_frames, last_shot_frames))


def _number_shots(
    project: str, episode: str, plan: ScenePlan, setup_counts: Counter[object], engines: tuple[str, ...]
) -> tuple[Shot, ...]:
    shots = []
    for number, shot in enumerate(plan.shots, start=1):
        setup = (shot.framing, shot.subjects, shot.setting, shot.objects)
        key = str(ShotKey(project, episode, plan.scene, shot_id(number)))
        shots.append(
            replace(shot, key=key, scene=plan.scene, occurrence=setup_counts[setup], engines=shot.engines + engines)
        )
        setup_counts[setup] += 1
    return tuple(shots)
