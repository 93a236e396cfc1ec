"""Readers of single `[[...]]` notes: mood, music, weather and duration of a scene, framing and move of the next shot.

A note with any other key is a comment between people and is ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tower_anime_assets.production.planning.shots import Framing, Move
from tower_anime_assets.production.story import headings
from tower_anime_assets.production.story.fountain import Element
from tower_anime_assets.production.story.model import Delivery, MusicFile, ShotNote
from tower_anime_assets.production.story.source import Diagnostics, nearest_word, shorten
from tower_anime_assets.production.story.weather_words import WEATHERS, weather_from_note

NOTE_KEYS = ("mood", "music", "shot", "duration", "weather", "engine")
MAX_SCENE_S = 600.0
MAX_EPISODE_S = 3600.0
TEMPO_RANGE_BPM = (40, 220)
MOODS = (
    *("tense", "calm", "sad", "triumphant", "mysterious", "action", "romantic", "hopeful", "ominous", "comic"),
    headings.NEUTRAL_MOOD,
)
"""Moods that every engine knows; any other single word is passed on unchanged."""

_MISSPELLING_CUTOFF = 0.85
_ENGINE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
_MAX_ENGINES = 4
_FRAMINGS: Mapping[str, Framing] = {
    **{item.value.replace("-", " "): item for item in Framing},
    **dict.fromkeys(("ws", "wide shot", "long shot", "full shot", "establishing", "establishing shot"), Framing.WIDE),
    **dict.fromkeys(("ms", "medium shot", "mid shot", "waist up"), Framing.MEDIUM),
    **dict.fromkeys(("cu", "ecu", "closeup", "close", "extreme close up", "close shot"), Framing.CLOSE_UP),
    **dict.fromkeys(("ots", "over the shoulder", "over shoulder shot"), Framing.OVER_SHOULDER),
    **dict.fromkeys(("two shot", "2 shot", "two person shot"), Framing.TWO_SHOT),
    **dict.fromkeys(("insert shot", "detail"), Framing.INSERT),
}
_MOVES: Mapping[str, Move] = {
    **{item.value.replace("-", " "): item for item in Move},
    **dict.fromkeys(("locked", "locked off", "still", "fixed"), Move.STATIC),
    **dict.fromkeys(("dolly in", "zoom in", "slow push in", "push"), Move.PUSH_IN),
    **dict.fromkeys(("dolly out", "zoom out", "pull back", "slow pull out", "pull"), Move.PULL_OUT),
    **dict.fromkeys(("pan",), Move.PAN_RIGHT),
    **dict.fromkeys(("tilt",), Move.TILT_UP),
    **dict.fromkeys(("track", "tracking", "tracking shot"), Move.TRACK_RIGHT),
    **dict.fromkeys(("hand held", "shaky", "shaky cam"), Move.HANDHELD),
}
_FILE_PREFIX = "file:"
_LOOP_WORDS = frozenset({"loop", "looped", "looping", "seamless loop"})
_LENGTH = re.compile(r"([-+]?\d{1,9}(?:[.]\d{1,6})?)\s*([a-z]*)")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SECOND_UNITS = frozenset({"s", "sec", "secs", "second", "seconds"})
_MINUTE_UNITS = frozenset({"m", "min", "mins", "minute", "minutes"})
_FRAME_UNITS = frozenset({"f", "frame", "frames"})
_TEMPO = re.compile(r"([-+]?\d{1,9}(?:[.]\d{1,6})?)\s*bpm")


@dataclass(frozen=True)
class SteeringNote:
    """A `key: value` note whose key is one of `NOTE_KEYS`."""

    key: str
    value: str
    line: int


def read_steering_note(element: Element, faults: Diagnostics) -> SteeringNote | None:
    """Return the note if it steers the plan, None if it is a comment.

    A key that is nearly one of ours is taken for it, with a warning.
    """
    key, colon, value = element.text.replace("：", ":", 1).partition(":")
    word = key.strip().lower()
    if not colon and word in _LOOP_WORDS:
        return SteeringNote("shot", word, element.line)
    if not colon or not word or " " in word:
        return None
    if word in NOTE_KEYS:
        return SteeringNote(word, " ".join(value.split()), element.line)
    similar_keys = [
        note_key for note_key in NOTE_KEYS if note_key[0] == word[0] and abs(len(note_key) - len(word)) <= 2
    ]
    if near := nearest_word(word, similar_keys, _MISSPELLING_CUTOFF):
        problem = f"the note [[{shorten(element.text, 40)}]] looks like a misspelt {near!r}"
        remedy = f"Write [[{near}: ...]], or begin a comment with another word."
        faults.warn(element.line, problem, f"it is read as [[{near}: ...]]", remedy)
        return SteeringNote(near, " ".join(value.split()), element.line)
    return None


def read_mood(note: SteeringNote, faults: Diagnostics) -> str:
    """Return the one word of a mood note, or "" after adding a warning."""
    words = note.value.lower().replace(",", " ").split()
    known_moods = list(dict.fromkeys(word for word in words if word in MOODS))
    remedy = f"Such as [[mood: tense]]; known: {', '.join(MOODS)}."
    if len(known_moods) > 1:
        problem = f"the mood note names {len(known_moods)} moods, {', '.join(known_moods)}"
        faults.warn(note.line, problem, f"the mood is {known_moods[0]}", "Name one.")
    if known_moods:
        return known_moods[0]
    if len(words) == 1 and words[0].replace("-", "").isalpha():
        return words[0]
    problem = f"the mood is {shorten(note.value) or 'empty'!r}, which is not one word"
    faults.warn(note.line, problem, "the mood is taken from the words of the scene", remedy)
    return ""


def read_weather(note: SteeringNote, faults: Diagnostics) -> str:
    """Return the weather of a note, or "" after adding a warning."""
    weather = weather_from_note(note.value)
    if not weather:
        near = nearest_word(note.value, WEATHERS)
        remedy = f"Did you mean {near}?" if near else f"Use one of {', '.join(WEATHERS)}: [[weather: rain]]."
        problem = f"the weather {shorten(note.value) or 'empty'!r} is not known"
        faults.warn(note.line, problem, "the weather is taken from heading and action", remedy)
    return weather


def read_music_file(note: SteeringNote, faults: Diagnostics) -> MusicFile | None:
    """Return the file of a music note such as `file:theme.wav`, None where it names none; finding it comes later."""
    if not note.value.lower().startswith(_FILE_PREFIX):
        return None
    file = note.value[len(_FILE_PREFIX) :].strip().replace("\\", "/")
    if not file:
        remedy = "Such as [[music: file:theme.wav]]."
        faults.add(note.line, "the music note names no file", "a file in the project's folder, or below music/", remedy)
        return None
    return MusicFile(file, line=note.line)


def read_music(note: SteeringNote, faults: Diagnostics) -> tuple[str, int]:
    """Return (description, tempo in beats per minute or 0) of a music note."""
    tempo_bpm = 0
    words = []
    low, high = TEMPO_RANGE_BPM
    for part in (part.strip() for part in note.value.split(",")):
        match = _TEMPO.fullmatch(part.lower())
        if match is None:
            words.append(part)
            continue
        written_bpm = round(float(match[1]))
        tempo_bpm = min(max(written_bpm, low), high)
        if tempo_bpm != written_bpm:
            problem = f"the tempo {part!r} is not from {low} to {high} bpm"
            faults.warn(note.line, problem, f"it is {tempo_bpm} bpm", f"Write a tempo from {low} to {high} bpm.")
    description = ", ".join(filter(None, words))
    if not description and not tempo_bpm:
        remedy = "Write words for the music, such as [[music: synthwave, 120 bpm]]."
        faults.warn(note.line, "the music note is empty", "the music follows the mood", remedy)
    return description, tempo_bpm


def read_engines(note: SteeringNote, faults: Diagnostics) -> tuple[str, ...]:
    """Return the workflows that an engine note pins; whether they exist is checked against the registry later."""
    names = tuple(dict.fromkeys(part.strip().lower() for part in note.value.split(",") if part.strip()))
    invalid_names = [name for name in names if not _ENGINE_NAME.fullmatch(name)]
    if invalid_names or not names or len(names) > _MAX_ENGINES:
        quoted_value = shorten(note.value) or "empty"
        expected = f"one to {_MAX_ENGINES} names of workflows, with commas between them"
        remedy = "Such as [[engine: wan22_14b_i2v]]; `tower workflows list` names them."
        faults.add(note.line, f"the engine note is {quoted_value!r}", expected, remedy)
        return ()
    return names


def read_duration_frames(note: SteeringNote, fps: int, max_s: float, faults: Diagnostics) -> int:
    """Return the length in a duration note, frames; 0 after adding a warning."""
    seconds = _parse_seconds(note.value, fps, assumes_seconds=True)
    if seconds is None or not 1.0 <= seconds <= max_s:
        problem = f"the duration {shorten(note.value) or 'empty'!r} is not a length from 1 to {max_s:g} s"
        remedy = "Write it in seconds, such as 30 or 0:30."
        faults.warn(note.line, problem, "it takes the time that it needs", remedy)
        return 0
    return round(seconds * fps)


def read_shot_note(note: SteeringNote, delivery: Delivery, faults: Diagnostics) -> ShotNote:
    """Return what a shot note asks for; parts that are neither framing, move nor length become prompt words."""
    framings: dict[Framing, str] = {}
    moves: dict[Move, str] = {}
    lengths_frames: list[int] = []
    words: list[str] = []
    loops = False
    for part in _THOUSANDS.sub("", note.value).split(","):
        plain = " ".join(part.lower().replace("-", " ").split())
        if plain in _FRAMINGS:
            framings.setdefault(_FRAMINGS[plain], part.strip())
        elif plain in _MOVES:
            moves.setdefault(_MOVES[plain], part.strip())
        elif plain in _LOOP_WORDS:
            loops = True
        elif part.strip()[:1].isdigit() or part.strip()[:1] in ("-", "+"):
            lengths_frames.append(_read_shot_length_frames(part.strip(), note, delivery, faults))
        elif plain:
            words.append(part.strip())
    for kind, written in (("framings", framings.values()), ("moves", moves.values())):
        if len(written) > 1:
            first, *others = written
            problem = f"the shot note has {len(written)} {kind}, {', '.join(written)}"
            faults.warn(note.line, problem, f"{first} is used, {', '.join(others)} is not", "Drop one.")
    if len(lengths_frames) > 1:
        problem = f"the shot note has {len(lengths_frames)} lengths"
        faults.warn(note.line, problem, "the first is used", "Drop one.")
    if not (framings or moves or lengths_frames or words or loops):
        remedy = "Write a framing, a move or a length, such as [[shot: close-up, 3 s]]."
        faults.warn(note.line, "the shot note is empty", "the next shot is the director's choice", remedy)
    framing = next(iter(framings)).value if framings else ""
    move = next(iter(moves)).value if moves else ""
    frames = lengths_frames[0] if lengths_frames else 0
    return ShotNote(framing, move, frames, tuple(words), note.line, loops=loops)


def parse_framing(words: str) -> Framing | None:
    """Return the framing that `words` names, such as "Close up shot", or None."""
    plain = _plain_words(words)
    return _FRAMINGS.get(plain) or _FRAMINGS.get(plain.removesuffix(" shot"))


def parse_move(words: str) -> Move | None:
    """Return the move that `words` names, such as "dolly in", or None."""
    return _MOVES.get(_plain_words(words))


_CAMERA_VERB = re.compile(r"\b(pan|push|tilt|track|pull|zoom)(?:e?s|n?ing)\b")
_CAMERA_TERMS = ("dolly", "zoom", "pan", "tilt", "track", "hand", "handheld")


def find_camera_move(text: str) -> Move | None:
    """Return the camera move in a sentence, such as "the camera pans left", or None."""
    plain = _CAMERA_VERB.sub(r"\1", re.sub(r"[^a-z ]", " ", _plain_words(text)))
    for phrase, move in sorted(_MOVES.items(), key=lambda item: -len(item[0])):
        # A pan may be for frying, and a curtain may be pulled back: such words need "camera" beside them.
        is_certain = " " in phrase and phrase.startswith(_CAMERA_TERMS)
        if (is_certain or "camera" in plain) and re.search(rf"\b{phrase}\b", plain):
            return move
    return None


def _plain_words(words: str) -> str:
    return " ".join(words.lower().replace("-", " ").replace("_", " ").split())


def _read_shot_length_frames(text: str, note: SteeringNote, delivery: Delivery, faults: Diagnostics) -> int:
    """Return a shot's length; too long a one is the longest, and one that cannot be read the director's choice."""
    fps, max_frames = delivery.fps, delivery.max_clip_frames
    seconds = _parse_seconds(text.lower(), fps, assumes_seconds=True)
    frames = 0 if seconds is None else round(seconds * fps)
    problem = f"the shot's length {shorten(text)!r} is not from 1 to {max_frames} frames ({max_frames / fps:.2f} s)"
    if frames > max_frames:
        remedy = f"Split a longer moment, or set delivery.max_clip_frames above {max_frames}."
        faults.warn(note.line, problem, f"it is {max_frames} frames", remedy)
    elif frames < 1:
        remedy = "Write it with its unit, such as 3 s or 72 frames."
        faults.warn(note.line, problem, "the length is the director's choice", remedy)
    elif not any(char.isalpha() or char == ":" for char in text):
        problem = f"the shot's length {shorten(text)!r} has no unit"
        faults.warn(note.line, problem, f"it is {text} s", f"Write {text} s, or {text} frames.")
    return min(max(frames, 0), max_frames)


def _parse_seconds(text: str, fps: int, *, assumes_seconds: bool) -> float | None:
    """Return the seconds of a text such as `30`, `3 s`, `1:30` or `72 frames`, or None."""
    plain = _THOUSANDS.sub("", text.strip().lower())
    if clock := _CLOCK.fullmatch(plain):
        return int(clock[1]) * 60.0 + int(clock[2])
    match = _LENGTH.fullmatch(plain)
    if match is None:
        return None
    value, unit = float(match[1]), match[2]
    if unit in _SECOND_UNITS or (not unit and assumes_seconds):
        seconds = value
    elif unit in _MINUTE_UNITS:
        seconds = value * 60.0
    elif unit in _FRAME_UNITS:
        seconds = value / fps
    else:
        return None
    return seconds if math.isfinite(seconds) else None
