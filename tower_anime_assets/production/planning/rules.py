"""The rules that every plan must keep, whoever made it: as faults in words, and as numbers for the story gates.

Nothing is mended here. A fault names the shot or line, what was found, and what was expected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tower_anime_assets.production.planning.shots import (
    EpisodePlan,
    Facing,
    Framing,
    PlacedLine,
    ScenePlan,
    Shot,
    SpeechSpan,
)
from tower_anime_assets.production.planning.timing import is_legal_length
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.model import Episode, Project, Scene

LENGTH_TOLERANCE = 0.10
"""Share of its target by which a scene may be longer or shorter."""

TRANSITIONS = ("cut", "smash-cut", "dissolve", "fade")


def plan_faults(project: Project, episode: Episode, plan: EpisodePlan) -> tuple[str, ...]:
    """Return everything that is wrong with an episode's plan, in order; empty when it keeps all rules."""
    return tuple(_episode_faults(project, episode, plan))


def scene_faults(project: Project, scene: Scene, plan: ScenePlan) -> tuple[str, ...]:
    """Return everything that is wrong within one scene's plan; keys and what surrounds it are not looked at."""
    return tuple(_scene_faults(project, scene, plan))


def plan_measures(project: Project, scene: Scene, plan: ScenePlan) -> dict[str, float]:
    """Return the numbers that the story gates judge in one scene's plan.

    Returns:
        `length_error_share` (difference from the scene's target as a share of it; 0 without a target),
        `illegal_shots` (shots that no engine could be asked for, or that break the plan's own frames),
        `lines_unplaced` (lines without a window, with several, out of order or outside the scene),
        `unknown_speakers` (ids in the scene, its lines or its shots that are no character of the project),
        `alike_neighbours` (shots that repeat the one before them).
    """
    start_frames = _shot_start_frames(plan)
    illegal_keys = {shot.key for shot in plan.shots if any(_shot_faults(project, scene, shot))}
    illegal_keys |= {shot.key for before, shot in pairwise(plan.shots) if any(_transition_faults(before, shot))}
    character_ids = {character.id for character in project.characters}
    named_ids = [
        *scene.cast,
        *(speech.character for speech in scene.speeches),
        *(line.character for line in plan.lines),
    ]
    named_ids += [subject.character for shot in plan.shots for subject in shot.subjects]
    return {
        "length_error_share": _length_error_share(scene, plan),
        "illegal_shots": float(len(illegal_keys)),
        "lines_unplaced": float(len(_misplaced_lines(scene, plan, start_frames))),
        "unknown_speakers": float(len(set(named_ids) - character_ids)),
        "alike_neighbours": float(sum(_are_alike(before, shot) for before, shot in pairwise(plan.shots))),
    }


def _length_error_share(scene: Scene, plan: ScenePlan) -> float:
    if scene.target_frames <= 0:
        return 0.0
    return abs(plan.frames - scene.target_frames) / scene.target_frames


def _episode_faults(project: Project, episode: Episode, plan: EpisodePlan) -> Iterator[str]:
    if plan.episode != episode.key:
        yield f"the plan is of {plan.episode}; expected {episode.key}"
    if plan.fps != project.delivery.fps:
        yield f"the plan counts {plan.fps} frames per second; the delivery has {project.delivery.fps}"
    planned_scenes, expected_scenes = (
        [scene_plan.scene for scene_plan in plan.scenes],
        [scene.id for scene in episode.scenes],
    )
    if planned_scenes != expected_scenes:
        yield f"the plan has the scenes {', '.join(planned_scenes) or 'none'}; expected {', '.join(expected_scenes)}"
    scenes = {scene.id: scene for scene in episode.scenes}
    for scene_plan in plan.scenes:
        if scene_plan.scene in scenes:
            yield from _scene_faults(project, scenes[scene_plan.scene], scene_plan)
    yield from _key_faults(project, episode, plan)
    yield from _scene_border_faults(plan)


def _key_faults(project: Project, episode: Episode, plan: EpisodePlan) -> Iterator[str]:
    for key, count in Counter(shot.key for shot in plan.shots).items():
        if count > 1:
            yield f"{count} shots are called {key}; expected one"
    for scene_plan in plan.scenes:
        for shot in scene_plan.shots:
            shot_name = shot.key.rpartition("-")[2]
            expected = str(ShotKey(project.id, episode.id, scene_plan.scene, shot_name))
            if (
                shot.key != expected
                or shot.scene != scene_plan.scene
                or not (shot_name[:2] == "sh" and shot_name[2:].isdigit())
            ):
                yield f"a shot of {scene_plan.scene} is called {shot.key}; expected a key such as {episode.key}-sc01-sh0010"


def _scene_border_faults(plan: EpisodePlan) -> Iterator[str]:
    for before, after in pairwise(plan.scenes):
        if before.shots and after.shots:
            yield from _transition_faults(before.shots[-1], after.shots[0])
            if _are_alike(before.shots[-1], after.shots[0]):
                yield f"{after.shots[0].key} repeats {before.shots[-1].key} across the border of two scenes"
    last_shot_frames = plan.shots[-1].frames if plan.shots else 0
    if not 0 <= plan.fade_out_frames <= last_shot_frames:
        yield f"the fade-out has {plan.fade_out_frames} frames; expected 0 to {last_shot_frames}, the length of the last shot"


def _scene_faults(project: Project, scene: Scene, plan: ScenePlan) -> Iterator[str]:
    if not plan.shots:
        yield f"{scene.id} has no shots; expected at least one"
    for number, shot in enumerate(plan.shots):
        yield from _shot_faults(project, scene, shot)
        if number and shot.transition.kind in ("dissolve", "fade"):
            yield f"{shot.key} begins with a {shot.transition.kind} inside its scene; expected a cut"
    for before, shot in pairwise(plan.shots):
        yield from _transition_faults(before, shot)
        if _are_alike(before, shot):
            yield f"{shot.key} repeats the framing, subjects and move of {before.key}"
    start_frames = _shot_start_frames(plan)
    yield from _misplaced_lines(scene, plan, start_frames).values()
    yield from _overlap_faults(scene, plan)
    yield from _speech_faults(scene, plan, start_frames)
    error = _length_error_share(scene, plan)
    if error > LENGTH_TOLERANCE:
        yield f"{scene.id} lasts {plan.frames} frames; its target is {scene.target_frames}, {error:.0%} away"


def _shot_start_frames(plan: ScenePlan) -> list[int]:
    start_frames, frame = [], 0
    for number, shot in enumerate(plan.shots):
        frame -= shot.transition.overlap_frames if number else 0
        start_frames.append(frame)
        frame += shot.frames
    return start_frames


def _shot_faults(project: Project, scene: Scene, shot: Shot) -> Iterator[str]:
    max_clip_frames = project.delivery.max_clip_frames
    if not is_legal_length(shot.frames, max_clip_frames):
        yield f"{shot.key} has {shot.frames} frames; expected 8n + 1, from 9 to {max_clip_frames}"
    if shot.transition.kind not in TRANSITIONS:
        yield f"{shot.key} begins with {shot.transition.kind!r}; expected one of {', '.join(TRANSITIONS)}"
    elif (shot.transition.frames > 0) != (shot.transition.kind in ("dissolve", "fade")):
        yield f"{shot.key} begins with a {shot.transition.kind} of {shot.transition.frames} frames"
    if not 0 <= shot.transition.frames <= shot.frames // 2:
        yield f"{shot.key} enters over {shot.transition.frames} of its {shot.frames} frames; expected at most half"
    if not 0.0 <= shot.activity <= 1.0:
        yield f"{shot.key} has activity {shot.activity:g}; expected 0 to 1"
    names = [subject.character for subject in shot.subjects]
    for name in names:
        if name not in scene.cast:
            yield f"{shot.key} shows {name!r}, who is not in {scene.id}"
    if len(set(names)) < len(names):
        yield f"{shot.key} shows somebody twice"
    for subject in shot.subjects:
        if not -1.0 <= subject.x <= 1.0:
            yield f"{shot.key} places {subject.character} at {subject.x:g}; expected -1 to 1"


def _transition_faults(before: Shot, shot: Shot) -> Iterator[str]:
    if shot.transition.frames > before.frames // 2:
        yield f"{shot.key} enters over {shot.transition.frames} frames, more than half of {before.key}"


def _are_alike(before: Shot, shot: Shot) -> bool:
    return (before.framing, before.move, before.subjects, before.objects, before.setting, before.card) == (
        shot.framing,
        shot.move,
        shot.subjects,
        shot.objects,
        shot.setting,
        shot.card,
    )


def _misplaced_lines(scene: Scene, plan: ScenePlan, start_frames: list[int]) -> dict[str, str]:
    """Return a sentence for each line, written or placed, that is not placed exactly once, in order, in its scene."""
    spoken_by = {speech.id: speech.character for speech in scene.speeches}
    placements_by_line: dict[str, list[PlacedLine]] = {}
    for line in plan.lines:
        placements_by_line.setdefault(line.line_id, []).append(line)
    faults = {
        line_id: f"{line_id} is placed, but is no line of {scene.id}"
        for line_id in placements_by_line
        if line_id not in spoken_by
    }
    scene_frames = start_frames[-1] + plan.shots[-1].frames if plan.shots else 0
    latest_start_frame = 0
    for line_id, speaker in spoken_by.items():
        placements = placements_by_line.get(line_id, [])
        if len(placements) != 1:
            faults[line_id] = f"{line_id} is placed {len(placements)} times; expected once"
            continue
        line = placements[0]
        if line.character != speaker:
            faults[line_id] = f"{line_id} is given to {line.character}; it is {speaker}'s"
        elif line.window_frames < 1 or line.start_frame < 0 or line.start_frame + line.window_frames > scene_frames:
            end = line.start_frame + line.window_frames
            faults[line_id] = (
                f"{line_id} has the frames {line.start_frame} to {end}; expected some within 0 to {scene_frames}"
            )
        elif line.start_frame < latest_start_frame:
            faults[line_id] = f"{line_id} begins at frame {line.start_frame}, before the line written ahead of it"
        latest_start_frame = max(latest_start_frame, line.start_frame)
    return faults


def _overlap_faults(scene: Scene, plan: ScenePlan) -> Iterator[str]:
    lines_by_id = {line.line_id: line for line in plan.lines}
    window_end, window_line = 0, ""
    for speech in scene.speeches:
        line = lines_by_id.get(speech.id)
        if line is None:
            continue
        if not speech.dual and window_line and line.start_frame < window_end:
            yield f"{speech.id} begins at frame {line.start_frame}, within the window of {window_line} that ends at {window_end}"
        if line.start_frame + line.window_frames >= window_end:
            window_end, window_line = line.start_frame + line.window_frames, speech.id


def _speech_faults(scene: Scene, plan: ScenePlan, start_frames: list[int]) -> Iterator[str]:
    lines_by_id = {line.line_id: line for line in plan.lines}
    off_screen = {speech.id for speech in scene.speeches if speech.is_off_screen}
    heard_lines: set[str] = set()
    for shot, start_frame in zip(plan.shots, start_frames, strict=True):
        for span in shot.speech:
            yield from _speech_span_faults(
                shot, start_frame, span, lines_by_id.get(span.line_id), span.line_id in off_screen
            )
            line = lines_by_id.get(span.line_id)
            if (
                line is not None
                and span.line_id not in heard_lines
                and start_frame + span.start_frame != line.start_frame
            ):
                yield f"{span.line_id} is first heard in {shot.key}, not at its window's first frame"
            heard_lines.add(span.line_id)
    for name in lines_by_id:
        if name not in heard_lines:
            yield f"{name} has a window, but no shot says who is heard in it"


def _speech_span_faults(
    shot: Shot, start_frame: int, span: SpeechSpan, line: PlacedLine | None, is_off_screen: bool
) -> Iterator[str]:
    if not 0 <= span.start_frame < span.end_frame <= shot.frames:
        yield f"{shot.key} has speech over its frames {span.start_frame} to {span.end_frame} of {shot.frames}"
    if line is None:
        yield f"{shot.key} has speech of {span.line_id}, which is placed nowhere"
        return
    if span.character != line.character:
        yield f"{shot.key} gives {span.line_id} to {span.character}; it is {line.character}'s"
    first_frame, end_frame = start_frame + span.start_frame, start_frame + span.end_frame
    if first_frame < line.start_frame or end_frame > line.start_frame + line.window_frames:
        yield f"{shot.key} has speech of {span.line_id} outside its window"
    if span.on_screen and (is_off_screen or not is_face_visible(shot, span.character)):
        yield f"{shot.key} shows the mouth of {span.character}, whose face is not in the picture"


def is_face_visible(shot: Shot, character: str) -> bool:
    """Return whether somebody's mouth can be seen in a shot: in frame, not an insert, not from behind."""
    return shot.framing is not Framing.INSERT and any(
        subject.character == character and not subject.is_foreground and subject.facing is not Facing.AWAY
        for subject in shot.subjects
    )
