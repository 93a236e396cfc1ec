"""What every plan keeps, whoever made it: the measures that gates judge, and when mouths move."""

from __future__ import annotations

from collections.abc import Iterator

from tower_anime_assets.production.planning.rules import is_face_visible, plan_measures
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.model import Project, Scene


def broken_rules(project: Project, scene: Scene, plan: ScenePlan, *, max_length_error: float = 0.10) -> list[str]:
    """Return what a scene's plan breaks; [] when it keeps every rule."""
    measures = plan_measures(project, scene, plan)
    is_off_target = measures.pop("length_error_share") > max_length_error
    return [
        *(["length_error_share"] if is_off_target else []),
        *(name for name, value in measures.items() if value),
        *(["no shots"] if not plan.shots else []),
        *(f"{shot.key} dissolves" for shot in plan.shots[1:] if shot.transition.frames),
        *_overlapping_lines(scene, plan),
        *_wrong_speech(scene, plan),
    ]


def _overlapping_lines(scene: Scene, plan: ScenePlan) -> Iterator[str]:
    lines = {line.line_id: line for line in plan.lines}
    window_end = 0
    for speech in scene.speeches:
        if line := lines.get(speech.id):
            if not speech.dual and line.start_frame < window_end:
                yield f"{speech.id} begins in the window of a line before"
            window_end = max(window_end, line.start_frame + line.window_frames)


def _wrong_speech(scene: Scene, plan: ScenePlan) -> Iterator[str]:
    lines = {line.line_id: line for line in plan.lines}
    off_screen = {speech.id for speech in scene.speeches if speech.is_off_screen}
    heard: set[str] = set()
    shot_start = 0
    for shot in plan.shots:
        for span in shot.speech:
            line = lines.get(span.line_id)
            if line is None or span.character != line.character:
                yield f"{shot.key} has speech that is not {span.character}'s"
                continue
            if not 0 <= span.start_frame < span.end_frame <= shot.frames:
                yield f"{shot.key} has speech outside itself"
            start, end = shot_start + span.start_frame, shot_start + span.end_frame
            if start < line.start_frame or end > line.start_frame + line.window_frames:
                yield f"{shot.key} has speech of {span.line_id} outside its window"
            if span.line_id not in heard and start != line.start_frame:
                yield f"{span.line_id} is first heard in {shot.key}, not at its window's first frame"
            if span.on_screen and (span.line_id in off_screen or not is_face_visible(shot, span.character)):
                yield f"{shot.key} shows a mouth without a face"
            heard.add(span.line_id)
        shot_start += shot.frames
    yield from (f"{line_id} is never heard" for line_id in lines if line_id not in heard)
