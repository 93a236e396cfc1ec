"""Scenes described in free words: read by the parser of screenplays, with a show's cast and style.

They belong to a show and to none of its episodes: their takes and decisions are on record below `EPISODE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tower_anime_assets.engines.remote.director.answers import character_ids_by_name, find_character
from tower_anime_assets.errors import PlanError, StoryError, UnknownKeyError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.planning.free_words import heading_for
from tower_anime_assets.production.planning.prompts import merge_prompts
from tower_anime_assets.production.story.fountain import ElementKind, parse_fountain
from tower_anime_assets.production.story.ids import scene_id
from tower_anime_assets.production.story.model import Beat, Episode, Project, Scene, ShotNote, Speech
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.settings import Settings

EPISODE: Final = "_words"
"""The episode part of their keys, such as `nexus-_words-sc482913-sh0010`; no screenplay can have this name."""

FILE: Final = "the description"
"""What a description is called in faults."""

MAX_SECONDS: Final = 600
"""The longest scene that is planned from words."""


@dataclass(frozen=True)
class SceneWords:
    """A scene as somebody asks for it.

    Attributes:
        description: Free words, or a scene in Fountain.
        characters: Names of who is in it, besides those whom the description names.
        duration_s: The wanted length; 0 for none.
        default_s: The length where neither that nor a note in the words says one; 0 for what the words need.
        style: Words added to the show's style.
        project_id: The show; "" for the only one there is.
        framing: The wanted framing of its first shot, "" for none.
    """

    description: str
    characters: tuple[str, ...] = ()
    duration_s: float = 0.0
    style: tuple[str, ...] = ()
    project_id: str = ""
    framing: str = ""
    default_s: float = 0.0


@dataclass(frozen=True)
class DescribedScene:
    """A scene that was read from words.

    Attributes:
        project: The show, with the added words in its style.
        episode: An episode of this one scene.
        notes: What of the words is used otherwise than written.
    """

    project: Project
    episode: Episode
    notes: tuple[str, ...]

    @property
    def scene(self) -> Scene:
        """The scene."""
        return self.episode.scenes[0]


def load_named_project(settings: Settings, project_id: str) -> Project:
    """Return a show as its files are now; for "" the only one there is.

    Raises:
        UnknownKeyError: There is no such show.
        PlanError: None is named, and there is not exactly one.
        StoryError: Its files are wrong.
    """
    known = show_files.list_projects(settings.projects)
    if project_id and project_id not in known:
        raise UnknownKeyError(f"unknown project {project_id!r}. {did_you_mean(project_id, known)}")
    if not project_id and len(known) != 1:
        found = f"there are {', '.join(known)}" if known else "there is none yet: make one with `tower init DIR`"
        raise PlanError(f"say with `project` which show this is for; {found}")
    return show_files.load_project(settings.projects, project_id or known[0])


def character_ids(project: Project, names: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of characters by any spelling of their names, each once.

    Raises:
        PlanError: Some are none of the show's; all of them are named.
    """
    ids_by_name = character_ids_by_name(project.characters)
    ids = {name: find_character(name, ids_by_name) for name in names}
    if unknown := [name for name, found in ids.items() if not found]:
        spelt = ", ".join(map(repr, unknown))
        known = ", ".join(f"{one.id} ({one.name})" for one in project.characters) or "none yet"
        raise PlanError(
            f"{project.id} has no character {spelt}; its characters are {known}. Name one of them, or write a file for "
            f"the new one in projects/{project.id}/characters"
        )
    return tuple(dict.fromkeys(ids.values()))


def read_description(settings: Settings, words: SceneWords) -> DescribedScene:
    """Return the scene that words describe, read as a screenplay's would be.

    Raises:
        UnknownKeyError: There is no such show.
        PlanError: The words are empty, describe more than one scene, or a character is none of the show's.
        StoryError: They cannot be read, or somebody speaks who has no character file.
    """
    project = load_named_project(settings, words.project_id)
    named = character_ids(project, words.characters)
    if not words.description.strip():
        raise PlanError("the description is empty: say what is seen, such as `Akira runs down the street at night`")
    if not 0 <= words.duration_s <= MAX_SECONDS:
        raise PlanError(f"the duration is {words.duration_s:g} s; expected 1 to {MAX_SECONDS}")
    script, notes, added_lines = _as_script(words.description)
    episode, faults = draft_episode(project, EPISODE, script, FILE, digest(script))
    if faults:
        raise StoryError([replace(fault, line=max(0, fault.line - added_lines)) for fault in faults])
    if len(episode.scenes) != 1:
        raise PlanError(f"the description has {len(episode.scenes)} scenes; expected one. Ask for each of them")
    style = merge_prompts(project.style.positive, *words.style)
    project = replace(project, style=replace(project.style, positive=style))
    number = int(digest(script, list(named), list(words.style), words.framing, words.duration_s)[:6], 16)
    scene = _as_wanted(episode.scenes[0], words, project.delivery.fps)
    cast = tuple(dict.fromkeys((*scene.cast, *named)))
    beats = tuple(_of_scene(beat, scene_id(number)) for beat in scene.beats)
    scene = replace(scene, id=scene_id(number), number=number, cast=cast, line=0, beats=beats)
    notes += [f"{warning.problem}: {warning.instead}" for warning in episode.warnings]
    return DescribedScene(project, replace(episode, scenes=(scene,), title="", warnings=()), tuple(notes))


def _as_script(description: str) -> tuple[str, list[str], int]:
    """Return a description as Fountain, what had to be assumed, and how many lines were put before it."""
    text = description.strip()
    if any(element.kind is ElementKind.HEADING for element in parse_fountain(text).elements):
        return text, [], 0
    heading, notes = heading_for(text), list[str]()
    if not heading:
        heading = "INT. INTERIOR - DAY"
        notes.append("the words name no place that is known: it is inside, by day. Begin with INT. PLACE - NIGHT")
    return f"{heading}\n\n{text}", notes, 2


def _as_wanted(scene: Scene, words: SceneWords, fps: int) -> Scene:
    """Return a scene with the length and the framing that are asked for beside the words."""
    length_s = words.duration_s or (0 if scene.target_frames else words.default_s)
    if length_s:
        scene = replace(scene, target_frames=round(length_s * fps))
    if words.framing:
        scene = replace(scene, beats=(ShotNote(words.framing, "", 0, (), 0), *scene.beats))
    return scene


def _of_scene(beat: Beat, scene: str) -> Beat:
    return replace(beat, id=f"{scene}-{beat.id.partition('-')[2]}") if isinstance(beat, Speech) else beat
