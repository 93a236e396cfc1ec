"""The plan of an episode: scenes broken into shots, lines placed in time, everything in whole frames.

Only its shape: the rules that it must keep are `rules`' part, planning is a director's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tower_anime_assets.production.digest import omit_when_default


class Framing(StrEnum):
    """How much of the subject the frame shows."""

    WIDE = "wide"
    MEDIUM = "medium"
    TWO_SHOT = "two-shot"
    CLOSE_UP = "close-up"
    OVER_SHOULDER = "over-shoulder"
    INSERT = "insert"


class Move(StrEnum):
    """What the camera does."""

    STATIC = "static"
    PUSH_IN = "push-in"
    PULL_OUT = "pull-out"
    PAN_LEFT = "pan-left"
    PAN_RIGHT = "pan-right"
    TILT_UP = "tilt-up"
    TILT_DOWN = "tilt-down"
    TRACK_LEFT = "track-left"
    TRACK_RIGHT = "track-right"
    HANDHELD = "handheld"


class Purpose(StrEnum):
    """Why the shot is in the scene."""

    ESTABLISHING = "establishing"
    ACTION = "action"
    DIALOGUE = "dialogue"
    REACTION = "reaction"
    INSERT = "insert"
    CLOSING = "closing"


class Emotion(StrEnum):
    """What a face shows."""

    NEUTRAL = "neutral"
    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"
    AFRAID = "afraid"
    SURPRISED = "surprised"
    DETERMINED = "determined"
    TENSE = "tense"
    TENDER = "tender"
    SMUG = "smug"


class Pose(StrEnum):
    """What a body does."""

    STAND = "stand"
    ARMS_CROSSED = "arms-crossed"
    HAND_ON_HIP = "hand-on-hip"
    POINT = "point"
    REACH = "reach"
    RUN = "run"
    CROUCH = "crouch"
    SIT = "sit"
    TYPE = "type"
    HOLD = "hold"
    GIVE = "give"
    OPEN = "open"
    EAT = "eat"
    DRINK = "drink"
    WRITE = "write"
    FALL = "fall"
    SLEEP = "sleep"
    EMBRACE = "embrace"
    FIGHT = "fight"
    THROW = "throw"
    COOK = "cook"
    DRIVE = "drive"
    DANCE = "dance"
    PRAY = "pray"


class Facing(StrEnum):
    """Where somebody looks, as seen in the frame."""

    LEFT = "left"
    RIGHT = "right"
    CAMERA = "camera"
    AWAY = "away"


@dataclass(frozen=True)
class Subject:
    """Somebody in the frame.

    Attributes:
        x: Centre of the body, -1 (left edge) to 1 (right edge).
        is_foreground: Seen from behind over the shoulder, large and near the camera.
        holds: What the hand holds, in the writer's words, such as "red lantern"; "" for nothing.
        is_seated: Whether the pose is taken sitting, as by somebody who eats at a table.
    """

    character: str
    emotion: Emotion
    pose: Pose
    facing: Facing
    x: float
    is_foreground: bool = False
    holds: str = omit_when_default("")
    is_seated: bool = omit_when_default(False)


@dataclass(frozen=True)
class Setting:
    """Where and when a shot takes place."""

    place: str
    interior: bool
    time_of_day: str
    weather: str
    mood: str


@dataclass(frozen=True)
class Transition:
    """How a shot begins.

    Attributes:
        kind: "cut", "smash-cut", "dissolve" (the last frames of the shot before overlap the first of this one)
            or "fade" (the shot before fades to black over `frames`, then this one fades in over `frames` without
            overlap; the first shot only fades in).
        frames: 0 for cuts.
    """

    kind: str = "cut"
    frames: int = 0

    @property
    def overlap_frames(self) -> int:
        """Frames that the shot shares with the one before it."""
        return self.frames if self.kind == "dissolve" else 0


@dataclass(frozen=True)
class SpeechSpan:
    """A stretch of a shot in which a line is spoken.

    Attributes:
        start_frame: First frame, counted from the shot's first.
        end_frame: One past the last.
        on_screen: Whether the speaker's mouth can be seen.
    """

    line_id: str
    character: str
    start_frame: int
    end_frame: int
    on_screen: bool


@dataclass(frozen=True)
class PromptPart:
    """One part of a prompt, and where it came from.

    Attributes:
        role: One of `prompts.ROLES`, in whose order parts stand, or "negative" for what must not be seen.
        source: Such as "plan", "script", "characters/akira.yaml", "project.yaml: style.positive", "echo-brain".
    """

    role: str
    text: str
    source: str


@dataclass(frozen=True)
class Shot:
    """One shot of the plan; `frames` is both its length and the length of its clip, of the form 8n + 1.

    Attributes:
        key: `nexus-e01-sc02-sh0030`.
        activity: How much moves inside the picture, 0 (still) to 1 (a chase).
        objects: Things in the picture, for inserts and prompts, such as "terminal".
        effects: What moves by itself, from: rain, snow, fog, sparks, speed-lines, neon-flicker, dust, screen-glow,
            embers, petals, traffic.
        card: Text shown over the picture, or "".
        prompt: Positive prompt for generating engines.
        description: The writer's words that the shot shows.
        occurrence: 0 for the first shot of this look in the episode, then 1, 2, ...: repeated set-ups stay distinct.
        prompt_parts: What `prompt` and `negative` were put together from, in order.
        engines: Workflows that the writer pinned, those for this shot before those for its scene.
        loops: Whether its last frame meets its first.
    """

    key: str
    scene: str
    purpose: Purpose
    framing: Framing
    move: Move
    subjects: tuple[Subject, ...]
    setting: Setting
    frames: int
    transition: Transition
    speech: tuple[SpeechSpan, ...]
    activity: float
    objects: tuple[str, ...]
    effects: tuple[str, ...]
    card: str
    prompt: str
    negative: str
    description: str
    reasoning: str
    occurrence: int = 0
    prompt_parts: tuple[PromptPart, ...] = ()
    engines: tuple[str, ...] = ()
    loops: bool = omit_when_default(False)


@dataclass(frozen=True)
class PlacedLine:
    """A line in time, counted from the first frame of its scene; the voice must fit in the window."""

    line_id: str
    character: str
    start_frame: int
    window_frames: int


def _played_frames(shots: Sequence[Shot]) -> int:
    overlap_frames = sum(shot.transition.overlap_frames for shot in shots[1:])
    return sum(shot.frames for shot in shots) - overlap_frames


@dataclass(frozen=True)
class ScenePlan:
    """One scene as shots; its length is the sum of their frames less the overlaps between them."""

    scene: str
    shots: tuple[Shot, ...]
    lines: tuple[PlacedLine, ...]
    lighting: str
    style_keywords: tuple[str, ...]
    arc: str

    @property
    def frames(self) -> int:
        """Length on the timeline; a dissolve from the scene before is counted here and taken off in the episode."""
        return _played_frames(self.shots)


@dataclass(frozen=True)
class EpisodePlan:
    """A whole episode in order."""

    episode: str
    fps: int
    scenes: tuple[ScenePlan, ...]
    fade_out_frames: int = 0

    @property
    def shots(self) -> tuple[Shot, ...]:
        """Every shot, in order."""
        return tuple(shot for scene in self.scenes for shot in scene.shots)

    def shot_starts(self) -> dict[str, int]:
        """Return the timeline frame at which each shot begins, by shot key."""
        starts: dict[str, int] = {}
        frame = 0
        for shot in self.shots:
            frame -= shot.transition.overlap_frames if starts else 0
            starts[shot.key] = frame
            frame += shot.frames
        return starts

    def scene_starts(self) -> dict[str, int]:
        """Return the timeline frame at which each scene's first shot begins, by scene id."""
        starts = self.shot_starts()
        return {scene.scene: starts[scene.shots[0].key] for scene in self.scenes if scene.shots}

    @property
    def frames(self) -> int:
        """Length of the episode, frames."""
        return _played_frames(self.shots)

    def line_starts(self) -> dict[str, tuple[int, int]]:
        """Return (start, window) of each line on the episode's timeline, frames, by line id."""
        scene_starts = self.scene_starts()
        return {
            line.line_id: (scene_starts[scene.scene] + line.start_frame, line.window_frames)
            for scene in self.scenes
            for line in scene.lines
        }
