"""The description of a scene that every director service is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.planning.character_words import character_words
from tower_anime_assets.production.planning.continuity import continuity_of
from tower_anime_assets.production.planning.drafts import Draft
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.model import Project, Scene

MAX_FACTS = 20
MAX_PATTERNS = 10
MAX_LESSONS = 8


@dataclass(frozen=True)
class SceneBriefing:
    """A scene as a director service is told of it.

    Attributes:
        description: Heading, earlier scenes, facts, and every beat in order.
        character_names: Names of the characters in the scene.
        length_s: The requested length, at least 1.
    """

    description: str
    character_names: tuple[str, ...]
    style: tuple[str, ...]
    length_s: int
    beat_count: int


def brief_scene(
    project: Project,
    scene: Scene,
    earlier: Sequence[ScenePlan],
    beats: Sequence[Draft],
    facts: Sequence[str],
    patterns: Sequence[str],
    lessons: Sequence[str] = (),
) -> SceneBriefing:
    """Return the briefing of a scene.

    Args:
        earlier: The plans of the scenes before it.
        beats: The storyboard's drafts, fitted to the scene's length.
        facts: Sentences from memory, most relevant first; `MAX_FACTS` are sent.
        patterns: Sentences about what was accepted and rejected before; `MAX_PATTERNS` are sent.
        lessons: Sentences about what a director learned and recommended before; `MAX_LESSONS` are sent.
    """
    lines = [*_place_lines(scene), *_cast_lines(project, scene), *_earlier_scene_lines(project, scene, earlier)]
    lines += _bullet_list("Known facts:", facts[:MAX_FACTS])
    lines += _bullet_list("What was accepted and rejected before:", patterns[:MAX_PATTERNS])
    lines += _bullet_list("What a director learned from earlier takes of this show:", lessons[:MAX_LESSONS])
    lines += _beat_lines(beats, project)
    style = project.style
    return SceneBriefing(
        description="\n".join(lines),
        character_names=tuple(project.character(name).name for name in scene.cast),
        style=tuple(filter(None, (style.art_direction, style.positive, f"palette {' '.join(style.palette)}"))),
        length_s=max(1, round(_target_frames(scene, beats) / project.delivery.fps)),
        beat_count=len(beats),
    )


def _target_frames(scene: Scene, beats: Sequence[Draft]) -> int:
    """Return the scene's target, or what its lines need if that is more; without a target, the length of its beats."""
    if scene.target_frames <= 0:
        return sum(beat.frames for beat in beats)
    return max(scene.target_frames, sum(beat.min_frames for beat in beats if not beat.is_silent))


def _place_lines(scene: Scene) -> Iterator[str]:
    yield f"Scene {scene.number}: {scene.heading}"
    yield f"Time: {scene.time_of_day}. Weather: {scene.weather}. Mood: {scene.mood}."
    if scene.synopsis:
        yield f"What it is about: {scene.synopsis}"


def _cast_lines(project: Project, scene: Scene) -> Iterator[str]:
    if scene.cast:
        yield "Characters:"
    for name in scene.cast:
        character = project.character(name)
        yield f"- {character.name}: {character_words(character)}"


def _earlier_scene_lines(project: Project, scene: Scene, earlier: Sequence[ScenePlan]) -> Iterator[str]:
    if earlier:
        yield "The scenes before:"
    for plan in earlier[-3:]:
        last = plan.shots[-1]
        names = ", ".join(project.character(subject.character).name for subject in last.subjects) or "nobody"
        ending = f"Ends on a {last.framing} of {names}, camera {last.move}."
        yield f"- {plan.scene}, {last.setting.place}: {plan.arc}. {ending}"
    phrases_by_character = continuity_of(earlier, list(map(project.character, scene.cast))).phrases_by_character()
    still_visible = [
        f"{project.character(name).name}: {', '.join(phrases)}"
        for name, phrases in phrases_by_character.items()
        if name in scene.cast
    ]
    yield from _bullet_list("Still to be seen:", still_visible)


def _bullet_list(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield title
        yield from (f"- {item}" for item in items)


def _beat_lines(beats: Sequence[Draft], project: Project) -> Iterator[str]:
    fps = project.delivery.fps
    yield f"Beats, in this order; plan one shot for each, so {len(beats)} shots. Lines are fixed, word for word:"
    for number, beat in enumerate(beats, start=1):
        framing_note = ", framing fixed by the writer" if beat.is_framing_requested else ""
        min_length_note = f", at least {beat.min_frames / fps:.1f} s" if beat.cues else ""
        dialogue = "; ".join(
            f'{project.character(cue.speech.character).name}: "{cue.speech.text}"' for cue in beat.cues
        )
        content = beat.text or (dialogue and f"line - {dialogue}") or beat.reasoning
        yield f"{number}. [{beat.framing}{framing_note}; about {beat.frames / fps:.1f} s{min_length_note}] {content}"
