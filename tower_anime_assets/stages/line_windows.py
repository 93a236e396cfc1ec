"""Windows of lines: the voice is asked how long each line will be before its scene is planned.

Planning stays a function of the story: what was measured becomes part of the lines, and only where the estimate from a
line's text does not serve.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tower_anime_assets.engines.protocols import MeasuringVoice, VoiceEngine
from tower_anime_assets.errors import Fault
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.production.planning.acting import line_emotion
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.dialogue import estimated_window_s
from tower_anime_assets.production.planning.readers import (
    JAPANESE,
    has_kana,
    has_kanji,
    is_pause,
    primary_tag,
    spoken_language,
)
from tower_anime_assets.production.planning.timing import measured_window_seconds
from tower_anime_assets.production.story.model import Episode, Project, Speech

LENGTHS_FILE = "line_lengths.json"
MAX_KEPT_LENGTHS = 50_000
_MEASURE_VERSION = 1
"""Part of every key: changes when the same line would be measured otherwise."""


def line_brief(
    project: Project, speech: Speech, mood: str, window_s: float, voice: MeasuringVoice | None, *, is_japanese: bool
) -> VoiceBrief:
    """Return what a voice engine is told of a line.

    Args:
        project: The show.
        speech: The line.
        mood: Its scene's mood.
        window_s: Its window.
        voice: The engine, None for one that cannot be asked who reads a line.
        is_japanese: Whether the episode holds kana.
    """
    speaker = project.character(speech.character)
    language = spoken_language(speech.text, speaker.voice.language, is_among_japanese=is_japanese)
    return VoiceBrief(
        text=speech.text,
        character=speech.character,
        voice=speaker.voice if language == speaker.voice.language else replace(speaker.voice, language=language),
        emotion=line_emotion(speech, mood),
        parenthetical="; ".join(part for part in (speech.parenthetical, speech.extension) if part),
        lyric=speech.lyric,
        window_s=window_s,
        reader=voice.reader_of(speech.text, language) if voice is not None else "",
    )


def is_japanese_episode(episode: Episode) -> bool:
    """Return whether any line of an episode holds kana: then kanji alone are read as Japanese too."""
    return any(has_kana(speech.text) for scene in episode.scenes for speech in scene.speeches)


def episode_language(project: Project, episode: Episode) -> str:
    """Return an episode's language: Japanese if most lines are, else that of the first character's voice."""
    is_japanese = is_japanese_episode(episode)
    languages = [
        spoken_language(speech.text, project.character(speech.character).voice.language, is_among_japanese=is_japanese)
        for speech, _mood in _lines(episode)
        if is_japanese and not is_pause(speech.text)
    ]
    japanese = sum(primary_tag(language) == JAPANESE for language in languages)
    if japanese * 2 > len(languages):
        return JAPANESE
    return project.characters[0].voice.language if project.characters else "en"


def with_measured_windows(project: Project, episode: Episode, voice: VoiceEngine, home: Path) -> Episode:
    """Return the episode with the windows that its voice needs, where the estimate does not serve.

    A voice that cannot be asked, such as a service's, leaves the estimates as they are.

    Args:
        project: The show.
        episode: As it is written.
        voice: The engine that will speak it.
        home: TOWER_HOME, where lengths are kept once it exists.

    Raises:
        MediaError: A synthesizer failed.
    """
    return with_windows(project, episode, measure_lines(project, episode, voice, home))


def with_windows(project: Project, episode: Episode, lengths_s: Mapping[str, float | None]) -> Episode:
    """Return the episode with the windows that lines of these lengths need; see `measure_lines`."""
    is_japanese, windows_s = is_japanese_episode(episode), dict[str, float]()
    for speech, mood in _lines(episode):
        speaker = project.character(speech.character)
        language = spoken_language(speech.text, speaker.voice.language, is_among_japanese=is_japanese)
        estimate_s = estimated_window_s(speech, speaker, mood)
        length_s = lengths_s.get(speech.id)
        window_s = 0.0 if length_s is None else measured_window_seconds(length_s, estimate_s, language)
        # Estimated otherwise by version 0.2: said in any case, so that its plans are not taken for those of today.
        is_newly_estimated = is_pause(speech.text) or (primary_tag(language) == JAPANESE and has_kanji(speech.text))
        if window_s or is_newly_estimated:
            windows_s[speech.id] = window_s or estimate_s
    return _with_windows(episode, windows_s) if windows_s else episode


def _with_windows(episode: Episode, windows_s: Mapping[str, float]) -> Episode:
    scenes = tuple(
        replace(
            scene,
            beats=tuple(
                replace(beat, window_s=windows_s[beat.id])
                if isinstance(beat, Speech) and beat.id in windows_s
                else beat
                for beat in scene.beats
            ),
        )
        for scene in episode.scenes
    )
    return replace(episode, scenes=scenes)


def unspeakable_faults(project: Project, episode: Episode, lengths_s: Mapping[str, float | None]) -> list[Fault]:
    """Return a fault for each character whose voice cannot speak, at the first of its lines; see `measure_lines`."""
    first_lines: dict[str, Speech] = {}
    for speech, _mood in _lines(episode):
        if lengths_s and lengths_s[speech.id] is None:
            first_lines.setdefault(speech.character, speech)
    faults = []
    for name, speech in first_lines.items():
        sound = project.character(name).voice
        problem = f"{project.character(name).name}'s voice (language {sound.language!r}, variant {sound.variant!r})"
        faults.append(
            Fault(
                f"{project.id}/episodes/{episode.id}.fountain",
                speech.line,
                f"{problem} cannot speak this line",
                "a language and a variant that the embedded voice has, and a text that can be said in some minutes",
                f"Change `voice` in {project.id}/characters/{name}.yaml, or split the line.",
            )
        )
    return faults


def measure_lines(project: Project, episode: Episode, voice: VoiceEngine, home: Path) -> Mapping[str, float | None]:
    """Return how long each line will be by its id, seconds, None if it cannot be spoken; {} if the voice cannot say.

    What was measured before is read from TOWER_HOME; the rest is measured at once, and kept if TOWER_HOME exists.

    Raises:
        MediaError: A synthesizer failed.
    """
    if not isinstance(voice, MeasuringVoice):
        return {}
    is_japanese = is_japanese_episode(episode)
    briefs = {
        speech.id: line_brief(project, speech, mood, 0.0, voice, is_japanese=is_japanese)
        for speech, mood in _lines(episode)
    }
    # Not `digest`, which takes ten times as long: a kept length that is not found is only measured again.
    engine = f"{voice.name} {voice.version} {_MEASURE_VERSION} "
    keys = {line: hashlib.sha256(f"{engine}{brief!r}".encode()).hexdigest()[:32] for line, brief in briefs.items()}
    known = _read_lengths(home)
    unknown = {keys[line]: brief for line, brief in briefs.items() if keys[line] not in known}
    if unknown:
        measured = dict(zip(unknown, voice.measure_lines(list(unknown.values())), strict=True))
        known = {**known, **measured}
        _keep_lengths(home, known)
    return {line: known[key] for line, key in keys.items()}


def _lines(episode: Episode) -> Iterator[tuple[Speech, str]]:
    """Yield every line with its scene's mood."""
    for scene in episode.scenes:
        for speech in scene.speeches:
            yield speech, scene.mood


def _read_lengths(home: Path) -> dict[str, float | None]:
    """Return the kept lengths by key; {} if there are none, or the file is damaged: they are measured again then."""
    try:
        lengths = json.loads((home / LENGTHS_FILE).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return lengths if isinstance(lengths, dict) else {}


def _keep_lengths(home: Path, lengths: Mapping[str, float | None]) -> None:
    """Keep the newest lengths; two runs at once may lose some of each other's, which are measured again."""
    if home.is_dir():
        newest: Sequence[str] = list(lengths)[-MAX_KEPT_LENGTHS:]
        content = json.dumps({key: lengths[key] for key in newest}, separators=(",", ":"))
        write_atomically(home / LENGTHS_FILE, content.encode())
