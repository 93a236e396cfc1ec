"""Character files for speakers who have none: who needs one, its id, and its two lines."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.story.cast_names import is_proper_word, loose_name, slug_of
from tower_anime_assets.production.story.introductions import Introductions
from tower_anime_assets.production.story.model import Action, Episode
from tower_anime_assets.production.story.speakers import UnlistedSpeaker

_PLAIN_YAML_CHARS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,.;'()/-")
_YAML_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
_MAX_ID_CHARS = 40


@dataclass(frozen=True)
class CastFile:
    """A character file to write.

    Attributes:
        id: The character's id; the file is `characters/<id>.yaml`.
        is_described: Whether the script describes them; otherwise the description is made of the name.
        speaker: Who speaks without a file.
    """

    id: str
    name: str
    description: str
    is_described: bool
    speaker: UnlistedSpeaker

    @property
    def text(self) -> str:
        """What the file holds."""
        return f"name: {quote_yaml(self.name)}\ndescription: {quote_yaml(self.description)}\n"


def cast_missing(episode: Episode, unlisted: Sequence[UnlistedSpeaker], taken_ids: Collection[str]) -> list[CastFile]:
    """Return a file for every speaker without one, in order of their first cues.

    A first or last name alone is nobody else where one full name has it: `ADA` beside `ADA LUND`.

    Args:
        taken_ids: Ids that have a file already, whatever it holds.
    """
    introductions = Introductions(
        beat.text for scene in episode.scenes for beat in scene.beats if isinstance(beat, Action)
    )
    ids = set(taken_ids)
    files = []
    for speaker in _without_short_names(unlisted):
        introduction = introductions.introduce(speaker.name)
        character_id = free_id(introduction.name, ids)
        ids.add(character_id)
        files.append(
            CastFile(character_id, introduction.name, introduction.description, introduction.is_described, speaker)
        )
    return files


def quote_yaml(text: str) -> str:
    """Return a text as a YAML value on one line, in quotes where it could be taken for something else."""
    is_plain = text[:1].isalpha() and set(text) <= _PLAIN_YAML_CHARS and text.lower() not in _YAML_WORDS
    if is_plain and text == text.strip():
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)


def _without_short_names(unlisted: Sequence[UnlistedSpeaker]) -> list[UnlistedSpeaker]:
    names_by_word: dict[str, set[str]] = {}
    for speaker in unlisted:
        name = loose_name(speaker.name)
        for word in set(name.split()) - {name}:
            names_by_word.setdefault(word, set()).add(name)

    def is_short(speaker: UnlistedSpeaker) -> bool:
        names = names_by_word.get(loose_name(speaker.name), set())
        return len(names) == 1 and all(map(is_proper_word, next(iter(names)).split()))

    return [speaker for speaker in unlisted if not is_short(speaker)]


def free_id(name: str, taken: Collection[str]) -> str:
    """Return an id for a name that is not taken; `speaker_2` where no letter of the name can be in an id."""
    slug = slug_of(name)
    if slug and slug not in taken:
        return slug
    number = 2 if slug else 1
    while True:
        suffix = f"_{number}"
        candidate = f"{(slug or 'speaker')[: _MAX_ID_CHARS - len(suffix)].rstrip('_')}{suffix}"
        if candidate not in taken:
            return candidate
        number += 1
