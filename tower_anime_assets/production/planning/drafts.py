"""Drafts of shots: what coverage decides, `lengths` fits and `camera` varies, before it becomes a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from tower_anime_assets.production.planning.shots import Emotion, Framing, Move, Pose, Purpose
from tower_anime_assets.production.planning.timing import legal_clip_length, legal_lengths
from tower_anime_assets.production.story.model import Speech


class Priority(IntEnum):
    """How much a scene needs a shot; what it needs least is given up first."""

    ESSENTIAL = 0
    DETAIL = 1  # shows more of an action
    REACTION = 2  # shows a face
    SPARE = 3  # fills time


@dataclass(frozen=True)
class LineCue:
    """A line that begins in a shot.

    Attributes:
        start_frame: Counted from the first frame of the shot in which it begins.
        window_frames: Frames kept free for it; may reach into the following shots.
        speech_frames: Frames in which the line is probably heard.
    """

    speech: Speech
    start_frame: int
    window_frames: int
    speech_frames: int


@dataclass(frozen=True)
class Performance:
    """What somebody's face and body do.

    Attributes:
        holds: What the hand holds, in the writer's words; "" for nothing.
        is_seated: Whether the pose is taken sitting.
    """

    emotion: Emotion
    pose: Pose
    holds: str = ""
    is_seated: bool = False


@dataclass
class Draft:
    """A shot before it is final.

    Attributes:
        focus: Ids of those whom the shot is about, the most important first.
        frames: Length, always legal; may change between `min_frames` and `max_frames`.
        reasoning: Why the shot is there, as a sentence without its full stop.
        listener: Whom an over-shoulder shot looks past, or "".
        performances: What people do, by character id.
        runs_on: Its line continues in the next shot, so the two must not be separated.
        is_framing_requested: The writer chose the framing.
        requested_move: The writer's move, or None.
        suggested_move: The move suggested by a director service, or None.
        background: What a director service sees in the background, and the service's name.
        tension: 0 to 1.
        activity: How much moves inside the picture, 0 to 1.
        text: The writer's words that the shot shows.
        wishes: Words of a shot note that named neither a framing nor a move.
        engines: Workflows that the writer pinned for it.
        loops: The writer asked for a loop.
        line: Line of the script above which a note steers this shot; 0 where no note can reach it.
        note_line: Line of the note that steers it, 0 for none.
        transition: How it begins where the script has a transition inside the scene, such as "fade", or "".
    """

    purpose: Purpose
    framing: Framing
    focus: tuple[str, ...]
    frames: int
    min_frames: int
    max_frames: int
    reasoning: str
    priority: Priority = Priority.ESSENTIAL
    listener: str = ""
    performances: Mapping[str, Performance] = field(default_factory=dict)
    cues: tuple[LineCue, ...] = ()
    runs_on: bool = False
    is_framing_requested: bool = False
    requested_move: Move | None = None
    suggested_move: Move | None = None
    background: tuple[str, str] = ("", "")
    travels: bool = False
    tension: float = 0.0
    activity: float = 0.1
    objects: tuple[str, ...] = ()
    card: str = ""
    text: str = ""
    wishes: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    transition: str = ""
    loops: bool = False
    line: int = 0
    note_line: int = 0
    move: Move = Move.STATIC

    @property
    def is_silent(self) -> bool:
        """Whether no line begins here, and none continues in the next shot."""
        return not self.cues and not self.runs_on


@dataclass(frozen=True)
class Pace:
    """Lengths in whole frames for one frame rate and one engine.

    Attributes:
        max_frames: Longest legal clip.
        min_frames: Shortest shot that still reads as one, about 1.35 s.
        transition_frames: Length of a dissolve or of each half of a fade: half a second, at most half a shot.
    """

    fps: int
    max_frames: int
    min_frames: int
    transition_frames: int

    @classmethod
    def for_delivery(cls, fps: int, max_clip_frames: int) -> Pace:
        """Return the pace of a delivery.

        Raises:
            PlanError: No clip length is legal.
        """
        max_frames = legal_lengths(max_clip_frames)[-1]
        min_frames = legal_clip_length(min(round(1.35 * fps), max_frames), max_frames)
        return cls(fps, max_frames, min_frames, max(1, min(round(0.5 * fps), min_frames // 2)))

    def frames_for(self, seconds: float) -> int:
        """Return the shortest legal length of at least `seconds`, within what a shot may last."""
        return self.legal_frames(round(seconds * self.fps))

    def legal_frames(self, frames: int) -> int:
        """Return the shortest legal length of at least `frames`, within what a shot may last."""
        return legal_clip_length(min(max(frames, self.min_frames), self.max_frames), self.max_frames)
