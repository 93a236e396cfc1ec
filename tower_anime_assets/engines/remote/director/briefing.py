"""What a director is told of a scene: the same words for every service. Pure: from the story and a storyboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.planning.continuity import continuity_of
from tower_anime_assets.production.planning.drafts import Draft
from tower_anime_assets.production.planning.prompts import character_words
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.model import Project, Scene

MAX_FACTS = 20
MAX_PATTERNS = 10


@dataclass(frozen=True)
class SceneBriefing:
    """A scene as a director is told of it.

    Attributes:
        description: Heading, what came before, facts, and every beat in order.
        characters: Names of those in the scene.
        style: The project's shared style, in words.
        seconds: How long the scene is to be, whole seconds, at least 1.
        beats: How many beats there are.
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
) -> SceneBriefing:
    """Return what a director is told of a scene.

    Args:
        project: The show.
        scene: The scene.
        earlier: The plans of the scenes before it.
        beats: The storyboard's drafts, fitted to the scene's length.
        facts: Sentences from memory, the most relevant first; `MOST_FACTS` are told.
        worked: Sentences about what was accepted and rejected before; `MOST_WORKED` are told.
    """
    lines = [*_place_lines(scene), *_cast_lines(project, scene), *_earlier_scene_lines(project, scene, earlier)]
    lines += _bullet_list("Known facts:", facts[:MAX_FACTS])
    lines += _bullet_list("What was accepted and rejected before:", patterns[:MAX_PATTERNS])
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
    """Return how long the scene should be: its target, unless its lines alone need more; its own length without one."""
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
        yield f"- {character.name}: {character_words(character)}. {character.description.strip()}"


def _earlier_scene_lines(project: Project, scene: Scene, earlier: Sequence[ScenePlan]) -> Iterator[str]:
    if earlier:
        yield "The scenes before:"
    for plan in earlier[-3:]:
        last = plan.shots[-1]
        names = ", ".join(project.character(subject.character).name for subject in last.subjects) or "nobody"
        ending = f"Ends on a {last.framing} of {names}, camera {last.move}."
        yield f"- {plan.scene}, {last.setting.place}: {plan.arc}. {ending}"
    continuity_words = continuity_of(earlier, [project.character(name) for name in scene.cast]).phrases_by_character()
    yield from _bullet_list(
        "Still to be seen:",
        [
            f"{project.character(name).name}: {', '.join(words)}"
            for name, words in continuity_words.items()
            if name in scene.cast
        ],
    )


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
