"""A drafted episode, and its text in Fountain, which is checked by reading it again: what a model wrote stays words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.story.cast_names import clean_name
from tower_anime_assets.production.story.fountain import Element, ElementKind, parse_fountain, plain_text
from tower_anime_assets.production.story.source import shorten, strip_invisible

INTERIORS = ("INT", "EXT", "INT/EXT")
TIMES_OF_DAY = ("DAY", "NIGHT", "DAWN", "DUSK", "MORNING", "AFTERNOON", "EVENING")
MAX_PLACE_CHARS = 80
_MARKS = ("[[", "]]", "/*", "*/")
_SAMPLE_HEADING = "INT. ROOM - DAY\n\n"


@dataclass(frozen=True)
class DraftBeat:
    """Action, or a line where somebody speaks."""

    text: str
    speaker: str = ""
    parenthetical: str = ""


@dataclass(frozen=True)
class DraftScene:
    """A scene; `interior` and `time` are of `INTERIORS` and `TIMES_OF_DAY`, `mood` one of `notes.MOODS` or ""."""

    interior: str
    place: str
    time: str
    mood: str
    beats: tuple[DraftBeat, ...]


@dataclass(frozen=True)
class DraftCharacter:
    """Somebody whom a draft needs a character file for."""

    name: str
    description: str


def spoken_lines(scenes: Sequence[DraftScene]) -> tuple[str, ...]:
    """Return every line of the scenes, in order."""
    return tuple(beat.text for scene in scenes for beat in scene.beats if beat.speaker)


def find_text_faults(scenes: Sequence[DraftScene]) -> list[str]:
    """Return a sentence for everything in the scenes that cannot be written in Fountain as it is."""
    faults = []
    for number, scene in enumerate(scenes, start=1):
        if not any(char.isalnum() for char in scene.place):
            faults.append(f"scene {number} has no place")
        if not any(any(char.isalnum() for char in beat.text) for beat in scene.beats):
            faults.append(f"scene {number} has neither action nor lines")
        for text in (scene.place, *(part for beat in scene.beats for part in _parts(beat))):
            if marks := [mark for mark in _MARKS if mark in text]:
                faults.append(f"scene {number}: {shorten(text)!r} has the mark {marks[0]}; write plain words")
        faults += [
            f"scene {number}: the line {shorten(beat.text)!r} cannot be written below a name; begin it with a word"
            for beat in scene.beats
            if beat.speaker and beat.text.strip() and not _is_plain_line(beat.text)
        ]
    return faults


def render_fountain(title_page: Mapping[str, str], scenes: Sequence[DraftScene]) -> str:
    """Return a script; `find_text_faults` of its scenes must be empty.

    Args:
        title_page: Value by key; empty ones are left out.
        scenes: The scenes, in order.
    """
    page = [f"{key}: {_one_line(value)}" for key, value in title_page.items() if value.strip()]
    blocks = ["\n".join(page)] if page else []
    for scene in scenes:
        heading = f"{scene.interior}. {_one_line(scene.place).replace('*', '')} - {scene.time}"
        blocks.append(heading + (f"\n[[mood: {scene.mood}]]" if scene.mood else ""))
        blocks += [block for beat in scene.beats for block in _beat_blocks(beat)]
    return "\n\n".join(blocks) + "\n"


def cue_line(name: str) -> str:
    """Return the line of a name above what they say; with an `@` where capitals do not make it one."""
    plain = clean_name(_one_line(name))
    capitals = plain.upper()
    elements = _elements(f"{capitals}\nHello.")
    is_cue = [element.kind for element in elements] == [ElementKind.CHARACTER, ElementKind.DIALOGUE]
    return capitals if is_cue and not elements[0].extension else f"@{plain}"


def _parts(beat: DraftBeat) -> tuple[str, str, str]:
    return beat.text, beat.speaker, beat.parenthetical


def _beat_blocks(beat: DraftBeat) -> list[str]:
    if not any(char.isalnum() for char in beat.text):
        return []
    if not beat.speaker:
        return [_action_block(paragraph) for paragraph in re.split(r"\n\s*\n", beat.text) if paragraph.strip()]
    aside = _escape(beat.parenthetical).strip("() ")
    return ["\n".join([cue_line(beat.speaker), *([f"({aside})"] if aside else []), _escape(beat.text)])]


def _action_block(paragraph: str) -> str:
    """Return a paragraph of action, marked as action where it would be read as something else."""
    text = _escape(paragraph)
    elements = _elements(text)
    is_action = len(elements) == 1 and elements[0].kind is ElementKind.ACTION and elements[0].text == text
    return text if is_action and ":" not in text[:40] else f"!{text}"


def _is_plain_line(text: str) -> bool:
    """Return whether a text below a cue is read as what is said, word for word."""
    elements = _elements(f"ADA\n{_escape(text)}")
    is_speech = [element.kind for element in elements] == [ElementKind.CHARACTER, ElementKind.DIALOGUE]
    return is_speech and plain_text(elements[1].text) == _one_line(text)


def _elements(text: str) -> tuple[Element, ...]:
    return parse_fountain(_SAMPLE_HEADING + text).elements[1:]


def _escape(text: str) -> str:
    return re.sub(r"([*_])", r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(strip_invisible(text).split())
