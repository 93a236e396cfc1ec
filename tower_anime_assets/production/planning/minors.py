"""Characters under 18: romance that a script writes of them is neither drawn nor prompted, and the writer is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.planning.character_words import ADULT_YEARS, is_minor
from tower_anime_assets.production.story.cast_names import CastNames
from tower_anime_assets.production.story.model import Action, Episode, Project

NEGATIVE_WORDS = "nudity, sexualised"
"""Unwanted in every picture of somebody under age."""

_ROMANCE = re.compile(
    r"\b(?:kiss(?:es|ed|ing)?|caress(?:es|ed|ing)?|seduc\w*|undress\w*|naked|nude|lingerie|erotic\w*|sexual\w*|sexy|"
    r"mak(?:es?|ing)\s+(?:love|out)|made\s+(?:love|out))\b",
    re.IGNORECASE,
)


def is_romance(text: str) -> bool:
    """Return whether an action is of a kind that nobody under age is shown or prompted in."""
    return _ROMANCE.search(text) is not None


def minor_warnings(project: Project, episode: Episode) -> Iterator[StoryWarning]:
    """Yield a warning for every paragraph of romance that names somebody under age."""
    minors = {character.id: character for character in project.characters if is_minor(character)}
    if not minors:
        return
    names = CastNames(project.characters)
    for scene in episode.scenes:
        for beat in scene.beats:
            if isinstance(beat, Action) and is_romance(beat.text):
                for character in minors.keys() & set(names.find_mentions(beat.text)):
                    name, words = minors[character].name, _ROMANCE.search(beat.text)
                    problem = f"{words.group() if words else ''!r} in an action with {name}, who is under {ADULT_YEARS}"
                    instead = "the shot is made without it: the words are in no prompt, and nobody is drawn doing it"
                    file = f"{project.id}/episodes/{episode.id}.fountain"
                    yield StoryWarning(file, beat.line, problem, instead, "Write another action.")
