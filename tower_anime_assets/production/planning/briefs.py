"""Briefs: everything that an engine is told, and so everything that a take's digest is made from.

A brief holds values, never paths or shot keys: two shots with equal briefs share a take. A brief that builds on another
take names it by the SHA-256 of its file. Every field name is part of the digest.
"""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.production.digest import digest, omit_when_default
from tower_anime_assets.production.planning.cut import Cut
from tower_anime_assets.production.planning.shots import Framing, Move, Setting, Subject
from tower_anime_assets.production.story.model import Character, Delivery, Style, Voice


@dataclass(frozen=True)
class SheetBrief:
    """A character's reference sheet: front, side and back view, faces, colours."""

    character: Character
    style: Style

    kind = "sheet"


@dataclass(frozen=True)
class KeyframeBrief:
    """A still: what it shows, in which style, at which size.

    Attributes:
        cast: The subjects' characters, in the same order, without repeats.
        start_sha256: The init image, "" when the still is made from words alone.
        literal: Passages of the prompt that are prose: brackets in them are words, whatever they mean to an engine.
    """

    framing: Framing
    move: Move  # decides how much picture is drawn beyond the frame
    subjects: tuple[Subject, ...]
    cast: tuple[Character, ...]
    setting: Setting
    objects: tuple[str, ...]
    effects: tuple[str, ...]
    prompt: str
    negative: str
    style: Style
    width_px: int
    height_px: int
    seed: int
    occurrence: int
    start_sha256: str = omit_when_default("")
    literal: tuple[str, ...] = omit_when_default(())

    kind = "keyframe"


@dataclass(frozen=True)
class MouthSpan:
    """Frames of a clip in which somebody in it speaks."""

    character: str
    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class ClipBrief:
    """A moving picture that grows from an accepted keyframe.

    Attributes:
        keeps_last: Whether its last frame is kept as a picture too, as the init image of the next keyframe.
        literal: As in `KeyframeBrief`.
    """

    keyframe_sha256: str
    frames: int
    fps: int
    width_px: int
    height_px: int
    framing: Framing
    move: Move
    activity: float
    setting: Setting
    effects: tuple[str, ...]
    speaking: tuple[MouthSpan, ...]
    card: str
    prompt: str
    negative: str
    seed: int
    keeps_last: bool = omit_when_default(False)
    literal: tuple[str, ...] = omit_when_default(())

    kind = "clip"


@dataclass(frozen=True)
class VoiceBrief:
    """One line to be spoken within its window."""

    text: str
    character: str
    voice: Voice
    emotion: str
    parenthetical: str
    lyric: bool
    window_s: float

    kind = "voice"


@dataclass(frozen=True)
class MusicBrief:
    """A music cue for one scene; `show_seed` decides what all cues of a show have in common.

    Attributes:
        style: Style words that a director service gave for the scene.
    """

    mood: str
    words: str
    tempo_bpm: int
    length_s: float
    time_of_day: str
    has_speech: bool
    seed: int
    show_seed: int = 0
    style: tuple[str, ...] = ()

    kind = "music"


@dataclass(frozen=True)
class PlanBrief:
    """A scene to be broken into shots.

    Attributes:
        script: The scene as canonical JSON without line numbers, so that moving it in the file changes nothing.
        cast: The scene's characters.
        earlier: What the director may know about the scenes before, as canonical JSON.
    """

    episode: str
    script: str
    cast: tuple[Character, ...]
    style: Style
    delivery: Delivery
    earlier: tuple[str, ...]

    kind = "plan"


@dataclass(frozen=True)
class MixVoice:
    """A voice take on the episode's timeline; `pan` is -1 (left) to 1 (right)."""

    sha256: str
    start_frame: int
    pan: float


@dataclass(frozen=True)
class MixCue:
    """A music cue on the episode's timeline, with its fades at the scene's borders."""

    sha256: str
    start_frame: int
    frames: int
    fade_in_frames: int
    fade_out_frames: int


@dataclass(frozen=True)
class MixAmbience:
    """The ambience of a place over a stretch of the timeline."""

    start_frame: int
    frames: int
    setting: Setting
    seed: int


@dataclass(frozen=True)
class MixBrief:
    """The finished sound of an episode."""

    fps: int
    frames: int
    loudness_lufs: float
    true_peak_dbtp: float
    voices: tuple[MixVoice, ...]
    cues: tuple[MixCue, ...]
    ambience: tuple[MixAmbience, ...]

    kind = "mix"


@dataclass(frozen=True)
class SubtitleText:
    """A line as a subtitle: word times are seconds from `start_frame`."""

    line_id: str
    speaker: str
    text: str
    start_frame: int
    end_frame: int
    words: tuple[tuple[str, float, float], ...]
    off_screen: bool
    dual: bool


@dataclass(frozen=True)
class Chapter:
    """A scene in the master's table of chapters."""

    title: str
    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class Slate:
    """A mark in the picture's corner for as long as a shot lasts.

    Attributes:
        shot: Key of the shot.
        text: What of it is not accepted, such as `keyframe: keyframes_are_sharp`.
    """

    shot: str
    text: str


@dataclass(frozen=True)
class MasterBrief:
    """An episode to be compiled."""

    title: str
    cut: Cut
    mix_sha256: str
    subtitles: tuple[SubtitleText, ...]
    chapters: tuple[Chapter, ...]
    language: str
    delivery: Delivery
    poster_frame: int
    slates: tuple[Slate, ...] = omit_when_default(())

    kind = "master"


Brief = SheetBrief | KeyframeBrief | ClipBrief | VoiceBrief | MusicBrief | PlanBrief | MixBrief | MasterBrief


def brief_digest(brief: Brief, engine: str, version: str) -> str:
    """Return the digest that identifies takes of this brief by this engine."""
    return digest(brief.kind, brief, engine, version)
