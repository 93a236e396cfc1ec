"""What a director is told of a scene: the same words for every service. Pure: from the story and a storyboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.planning.continuity import continuity_of
from tower_anime_assets.production.planning.drafts import Draft
from tower_anime_assets.production.planning.prompts import character_words
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.model import Project, Scene

MOST_FACTS = 20
MOST_WORKED = 10


@dataclass(frozen=True)
class Briefing:
    """A scene as a director is told of it.

    Attributes:
        description: Heading, what came before, facts, and every beat in order.
        characters: Names of those in the scene.
        style: The project's shared style, in words.
        seconds: How long the scene is to be, whole seconds, at least 1.
        beats: How many beats there are.
    """

    description: str
    characters: tuple[str, ...]
    style: tuple[str, ...]
    seconds: int
    beats: int


def briefing(
    project: Project,
    scene: Scene,
    earlier: Sequence[ScenePlan],
    beats: Sequence[Draft],
    facts: Sequence[str],
    worked: Sequence[str],
) -> Briefing:
    """Return what a director is told of a scene.

    Args:
        project: The show.
        scene: The scene.
        earlier: The plans of the scenes before it.
        beats: The storyboard's drafts, fitted to the scene's length.
        facts: Sentences from memory, the most relevant first; `MOST_FACTS` are told.
        worked: Sentences about what was accepted and rejected before; `MOST_WORKED` are told.
    """
    lines = [*_place(scene), *_cast(project, scene), *_before(project, scene, earlier)]
    lines += _listed("Known facts:", facts[:MOST_FACTS])
    lines += _listed("What was accepted and rejected before:", worked[:MOST_WORKED])
    lines += _beats(beats, project)
    style = project.style
    return Briefing(
        description="\n".join(lines),
        characters=tuple(project.character(name).name for name in scene.cast),
        style=tuple(filter(None, (style.art_direction, style.positive, f"palette {' '.join(style.palette)}"))),
        seconds=max(1, round(_frames(scene, beats) / project.delivery.fps)),
        beats=len(beats),
    )


def _frames(scene: Scene, beats: Sequence[Draft]) -> int:
    """Return how long the scene should be: its target, unless its lines alone need more; its own length without one."""
    if scene.target_frames <= 0:
        return sum(beat.frames for beat in beats)
    return max(scene.target_frames, sum(beat.min_frames for beat in beats if not beat.is_silent))


def _place(scene: Scene) -> Iterator[str]:
    yield f"Scene {scene.number}: {scene.heading}"
    yield f"Time: {scene.time_of_day}. Weather: {scene.weather}. Mood: {scene.mood}."
    if scene.synopsis:
        yield f"What it is about: {scene.synopsis}"


def _cast(project: Project, scene: Scene) -> Iterator[str]:
    if scene.cast:
        yield "Characters:"
    for name in scene.cast:
        character = project.character(name)
        yield f"- {character.name}: {character_words(character)}. {character.description.strip()}"


def _before(project: Project, scene: Scene, earlier: Sequence[ScenePlan]) -> Iterator[str]:
    if earlier:
        yield "The scenes before:"
    for plan in earlier[-3:]:
        last = plan.shots[-1]
        who = ", ".join(project.character(subject.character).name for subject in last.subjects) or "nobody"
        ends = f"Ends on a {last.framing} of {who}, camera {last.move}."
        yield f"- {plan.scene}, {last.setting.place}: {plan.arc}. {ends}"
    state = continuity_of(earlier, [project.character(name) for name in scene.cast]).phrases_by_character()
    yield from _listed(
        "Still to be seen:",
        [f"{project.character(name).name}: {', '.join(words)}" for name, words in state.items() if name in scene.cast],
    )


def _listed(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield title
        yield from (f"- {item}" for item in items)


def _beats(beats: Sequence[Draft], project: Project) -> Iterator[str]:
    fps = project.delivery.fps
    yield f"Beats, in this order; plan one shot for each, so {len(beats)} shots. Lines are fixed, word for word:"
    for number, beat in enumerate(beats, start=1):
        fixed = ", framing fixed by the writer" if beat.is_framing_requested else ""
        least = f", at least {beat.min_frames / fps:.1f} s" if beat.cues else ""
        said = "; ".join(f'{project.character(cue.speech.character).name}: "{cue.speech.text}"' for cue in beat.cues)
        shown = beat.text or (said and f"line - {said}") or beat.reasoning
        yield f"{number}. [{beat.framing}{fixed}; about {beat.frames / fps:.1f} s{least}] {shown}"
