"""What of action in other languages is not understood: the writer's words, and what the animatic shows of the scene.

One for each scene, and one for the whole script where there would be many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.languages.detection import ENGLISH, LANGUAGE_NAMES
from tower_anime_assets.production.languages.glosses import Gloss, has_gloss
from tower_anime_assets.production.planning.acting import pose_in
from tower_anime_assets.production.planning.action_beats import ActionReader
from tower_anime_assets.production.planning.readings import SceneReading
from tower_anime_assets.production.planning.things import find
from tower_anime_assets.production.story.model import Action, Character, Episode, Project, Scene
from tower_anime_assets.production.story.source import shorten

_MAX_SCENES = 12
"""With more scenes of a language, one warning speaks of all."""
_MAX_WORDS = 8
_MAX_LINES = 6
_READ_LANGUAGES = "English, German, French, Spanish, Italian, Portuguese, Russian, Japanese, Chinese and Korean"


@dataclass
class _Unread:
    """What of one scene, or of a script, is not understood.

    Attributes:
        words: Words or whole paragraphs, as written, each once.
        shown: What the animatic shows of it.
    """

    language: str
    lines: list[int] = field(default_factory=list)
    words: dict[str, None] = field(default_factory=dict)
    shown: dict[str, None] = field(default_factory=dict)


def language_warnings(project: Project, episode: Episode) -> Iterator[StoryWarning]:
    """Yield notes of words that a language's tables do not know, warnings of action in a language without tables."""
    cast = {character.id: character for character in project.characters}
    scenes_by_language: dict[str, list[_Unread]] = {}
    for scene in episode.scenes:
        for unread in _unread(scene, [cast[name] for name in scene.cast if name in cast]):
            scenes_by_language.setdefault(unread.language, []).append(unread)
    file = f"{episode.project}/episodes/{episode.id}.fountain"
    for unread_scenes in scenes_by_language.values():
        is_grouped = len(unread_scenes) > _MAX_SCENES
        for unread in [_joined(unread_scenes)] if is_grouped else unread_scenes:
            yield _warning(unread, file, len(unread_scenes) if is_grouped else 1)


def _unread(scene: Scene, cast: Sequence[Character]) -> Iterator[_Unread]:
    """Yield what of a scene is not understood, by language."""
    reading = SceneReading(scene, cast)
    reader = ActionReader(scene, cast)
    by_language: dict[str, _Unread] = {}
    for beat in scene.beats:
        if not isinstance(beat, Action) or (language := reading.language(beat.text)) == ENGLISH:
            continue
        gloss = reading.gloss(beat.text, language)
        words = _unknown_words(beat.text, language, gloss)
        shown = list(_shown(reader, beat.text, cast))
        if words:
            unread = by_language.setdefault(language, _Unread(language))
            unread.lines.append(beat.line)
            unread.words |= dict.fromkeys(words)
            unread.shown |= dict.fromkeys(shown)
    yield from by_language.values()


def _unknown_words(text: str, language: str, gloss: Gloss | None) -> list[str]:
    """Return what of a paragraph is not understood: neighbours together, the whole where there are no tables."""
    if gloss is None or not gloss.unknown:
        return []
    if not has_gloss(language):
        return [shorten(text)]
    runs: list[list[int]] = []
    for word in sorted((one for one in gloss.words if one.kind == "unknown"), key=lambda one: one.start):
        if runs and not text[runs[-1][1] : word.start].strip():
            runs[-1][1] = word.end
        else:
            runs.append([word.start, word.end])
    return [text[start:end] for start, end in runs]


def _shown(reader: ActionReader, text: str, cast: Sequence[Character]) -> Iterator[str]:
    """Yield what the animatic shows of a paragraph: who does what, then things."""
    names = {character.id: character.name for character in cast}
    for beat in reader.read_paragraph(text):
        pose = pose_in(beat.english)
        for one in beat.focus:
            doing = pose.value if pose is not None and one in beat.doers else "standing"
            yield f"{names[one]} ({doing})"
        yield from (words for words in beat.objects if (thing := find(words)) is not None and thing.is_drawn)


def _joined(scenes: Sequence[_Unread]) -> _Unread:
    joined = _Unread(scenes[0].language)
    for scene in scenes:
        joined.lines += scene.lines
        joined.words |= scene.words
        joined.shown |= scene.shown
    return joined


def _warning(unread: _Unread, file: str, scene_count: int) -> StoryWarning:
    language = LANGUAGE_NAMES.get(unread.language, unread.language)
    more_lines = f" and {len(unread.lines) - _MAX_LINES:,} more" if len(unread.lines) > _MAX_LINES else ""
    listed = ", ".join(map(str, unread.lines[:_MAX_LINES]))
    where = f"{'lines' if len(unread.lines) > 1 else 'line'} {listed}{more_lines}"
    where += f", in {scene_count:,} scenes" if scene_count > 1 else ""
    words = list(unread.words)
    more_words = f" and {len(words) - _MAX_WORDS:,} more" if len(words) > _MAX_WORDS else ""
    quoted = ", ".join(map(repr, words[:_MAX_WORDS])) + more_words
    is_read = has_gloss(unread.language)
    manner = "is read by words; not understood" if is_read else "is not read"
    shown = ", ".join(list(unread.shown)[:_MAX_WORDS]) or "the place, and those of the cast who speak"
    instead = f"prompts have the words as they are; the animatic shows {shown}"
    remedy = "" if is_read else f"Action is read in {_READ_LANGUAGES}."
    problem = f"action in {language} ({where}) {manner}: {quoted}"
    return StoryWarning(file, unread.lines[0], problem, instead, remedy, is_note=is_read)
