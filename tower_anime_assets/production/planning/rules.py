"""The rules that every plan must keep, whichever director made it, as the numbers that the story gates judge.

Nothing is corrected here.
"""

from __future__ import annotations

from itertools import pairwise

from tower_anime_assets.production.planning.shots import Facing, Framing, PlacedLine, ScenePlan, Shot
from tower_anime_assets.production.planning.timing import is_legal_length
from tower_anime_assets.production.story.model import Project, Scene

_IS_GRADUAL = {"cut": False, "smash-cut": False, "dissolve": True, "fade": True}
"""Every kind of transition, and whether it takes frames."""


def plan_measures(project: Project, scene: Scene, plan: ScenePlan) -> dict[str, float]:
    """Return the numbers that the story gates judge in one scene's plan.

    Returns:
        `length_error_share` (difference from the scene's target as a share of it; 0 without a target),
        `illegal_shots` (shots that no engine could be asked for, or that break the plan's own frames),
        `lines_unplaced` (lines without a window, with several, out of order or outside the scene),
        `unknown_speakers` (ids in the scene, its lines or its shots that are not characters of the project),
        `alike_neighbours` (shots that repeat the one before them).
    """
    neighbours = list(pairwise(plan.shots))
    illegal_keys = {shot.key for shot in plan.shots if not _is_legal(project, scene, shot)}
    illegal_keys |= {shot.key for before, shot in neighbours if shot.transition.frames > before.frames // 2}
    named_ids = {*scene.cast, *(speech.character for speech in scene.speeches)}
    named_ids |= {line.character for line in plan.lines}
    named_ids |= {subject.character for shot in plan.shots for subject in shot.subjects}
    length_error = abs(plan.frames - scene.target_frames) / scene.target_frames if scene.target_frames > 0 else 0.0
    return {
        "length_error_share": length_error,
        "illegal_shots": float(len(illegal_keys)),
        "lines_unplaced": float(_misplaced_lines(scene, plan)),
        "unknown_speakers": float(len(named_ids - {character.id for character in project.characters})),
        "alike_neighbours": float(sum(_appearance(before) == _appearance(shot) for before, shot in neighbours)),
    }


def _is_legal(project: Project, scene: Scene, shot: Shot) -> bool:
    """Return whether an engine can be asked for a shot, and its transition and subjects make sense."""
    kind, transition_frames = shot.transition.kind, shot.transition.frames
    names = [subject.character for subject in shot.subjects]
    return (
        is_legal_length(shot.frames, project.delivery.max_clip_frames)
        and kind in _IS_GRADUAL
        and _IS_GRADUAL[kind] == (transition_frames > 0)
        and 0 <= transition_frames <= shot.frames // 2
        and 0.0 <= shot.activity <= 1.0
        and set(names) <= set(scene.cast)
        and len(set(names)) == len(names)
        and all(-1.0 <= subject.x <= 1.0 for subject in shot.subjects)
    )


def _appearance(shot: Shot) -> tuple[object, ...]:
    """Return what a viewer tells a shot by."""
    return shot.framing, shot.move, shot.subjects, shot.objects, shot.setting, shot.card


def _misplaced_lines(scene: Scene, plan: ScenePlan) -> int:
    """Return how many lines, written or placed, are not placed exactly once, in order, within the scene."""
    speakers = {speech.id: speech.character for speech in scene.speeches}
    placements: dict[str, list[PlacedLine]] = {}
    for line in plan.lines:
        placements.setdefault(line.line_id, []).append(line)
    misplaced = len(placements.keys() - speakers.keys())
    scene_frames, latest_start_frame = plan.frames, 0
    for line_id, speaker in speakers.items():
        lines = placements.get(line_id, [])
        if len(lines) != 1:
            misplaced += 1
            continue
        (line,) = lines
        is_within = line.window_frames >= 1 and 0 <= line.start_frame <= scene_frames - line.window_frames
        misplaced += not (line.character == speaker and is_within and line.start_frame >= latest_start_frame)
        latest_start_frame = max(latest_start_frame, line.start_frame)
    return misplaced


def is_face_visible(shot: Shot, character: str) -> bool:
    """Return whether somebody's mouth can be seen in a shot: in frame, not an insert, not from behind."""
    return shot.framing is not Framing.INSERT and any(
        subject.character == character and not subject.is_foreground and subject.facing is not Facing.AWAY
        for subject in shot.subjects
    )
