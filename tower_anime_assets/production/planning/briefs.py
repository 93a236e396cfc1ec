"""Briefs: everything that an engine is told, and so everything that a take's digest is made from.

A brief holds values, never paths or shot keys: two shots with equal briefs share a take. A brief that builds on another
take names it by the SHA-256 of its file. Every field name is part of the digest.
"""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.production.digest import digest, omit_when_default
from tower_anime_assets.production.planning.cut import Cut
from tower_anime_assets.production.planning.shots import Framing, Move, Setting, Subject
from tower_anime_assets.production.story.model import Character, Delivery, Lora, Style, Voice
from tower_anime_assets.production.story.sizes import STANDARD, cropped_share

PAD_SHARE = 0.02
"""A window is of the delivery's shape if no more than this is cropped; a rounded pixel is less."""


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
        reference_sha256s: The picture of each recognizable character, "" for a sheet drawn here; () where the engine
            takes none.
        mask_sha256: The mask of the region that is painted anew, "" for the whole picture.
        quality: The level at which it is made.
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
    reference_sha256s: tuple[str, ...] = omit_when_default(())
    mask_sha256: str = omit_when_default("")
    quality: str = omit_when_default(STANDARD)

    kind = "keyframe"


def recognizable_characters(brief: KeyframeBrief) -> tuple[Character, ...]:
    """Return whose face is seen: nobody's in an insert, and not of a character in the foreground, seen from behind."""
    if brief.framing is Framing.INSERT:
        return ()
    face_ids = {subject.character for subject in brief.subjects if not subject.is_foreground}
    return tuple(character for character in brief.cast if character.id in face_ids)


@dataclass(frozen=True)
class MouthSpan:
    """Frames of a clip in which somebody in it speaks."""

    character: str
    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class Fit:
    """How the frames of a clip become those of a delivery of another size.

    Attributes:
        width_px: Width of the delivery; likewise its height.
        left: Left edge of the part that is shown, as a share of the frame's width; likewise the other edges.
    """

    width_px: int
    height_px: int
    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether the whole frame is shown, cropped at most for the difference between two sizes of one shape."""
        return (self.left, self.top, self.right, self.bottom) == (0.0, 0.0, 1.0, 1.0)

    def magnification(self, made_width_px: int, made_height_px: int) -> float:
        """Return how much larger than a frame of this size the delivery shows things."""
        shown_px = (self.right - self.left) * made_width_px, (self.bottom - self.top) * made_height_px
        scales = self.width_px / shown_px[0], self.height_px / shown_px[1]
        return min(scales) if self.is_padded(round(shown_px[0]), round(shown_px[1])) else max(scales)

    def is_padded(self, width_px: int, height_px: int) -> bool:
        """Return whether a part of this size is shown whole with something around it, rather than cropped."""
        return not self.is_whole and cropped_share((width_px, height_px), (self.width_px, self.height_px)) > PAD_SHARE


@dataclass(frozen=True)
class ClipBrief:
    """A moving picture that grows from an accepted keyframe.

    Attributes:
        width_px: Width at which it is made; likewise its height.
        keeps_last: Whether its last frame is kept as a picture too, as the init image of the next keyframe.
        fit: How its frames become those of the delivery, None where it is made at the delivery's size.
        literal: As in `KeyframeBrief`.
        loras: Those of the shot that fit the engine's model.
        loops: Whether its last frame meets its first: its motion runs to the middle and back.
        end_sha256: The picture that it ends on, "" where its end is open.
        quality: As in `KeyframeBrief`.
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
    fit: Fit | None = omit_when_default(None)  # noqa: RUF009 - a dataclass field
    literal: tuple[str, ...] = omit_when_default(())
    loras: tuple[Lora, ...] = omit_when_default(())
    loops: bool = omit_when_default(False)
    end_sha256: str = omit_when_default("")
    quality: str = omit_when_default(STANDARD)

    kind = "clip"

    @property
    def stored_px(self) -> tuple[int, int]:
        """Width and height of the finished clip."""
        return (self.fit.width_px, self.fit.height_px) if self.fit is not None else (self.width_px, self.height_px)

    @property
    def magnification(self) -> float:
        """How much larger the finished clip shows things than they are made."""
        return self.fit.magnification(self.width_px, self.height_px) if self.fit is not None else 1.0


@dataclass(frozen=True)
class InterpolationBrief:
    """A clip to be shown at another rate: its first and last frame stay, those between are interpolated.

    Attributes:
        clip_sha256: The clip.
        made_frames: Its length, frames.
        made_fps: Its rate.
        frames: Length of the result; likewise `fps`.
        width_px: Width of the clip and of the result, px; likewise the height.
        card: Title card to be drawn over the result, "" for none, or where another stage follows.
    """

    clip_sha256: str
    made_frames: int
    made_fps: int
    frames: int
    fps: int
    width_px: int
    height_px: int
    card: str

    kind = "interpolation"
    fit = None

    @property
    def stored_px(self) -> tuple[int, int]:
        """Width and height of the result."""
        return self.width_px, self.height_px


@dataclass(frozen=True)
class UpscaleBrief:
    """A clip to be shown at the delivery's size.

    Attributes:
        clip_sha256: The clip, as made or as interpolated.
        frames: Its length, which is the result's too; likewise `fps`.
        width_px: Width at which it is made, px; likewise the height.
        fit: The delivery's size, and which part of the frame it shows.
        card: Title card to be drawn over the result, "" for none.
    """

    clip_sha256: str
    frames: int
    fps: int
    width_px: int
    height_px: int
    fit: Fit
    card: str

    kind = "upscale"

    @property
    def stored_px(self) -> tuple[int, int]:
        """Width and height of the result."""
        return self.fit.width_px, self.fit.height_px

    @property
    def scaled_px(self) -> tuple[int, int]:
        """Width and height of the whole frame at the delivery's scale, even; `fit` then only crops or pads it."""
        scale = self.fit.magnification(self.width_px, self.height_px)
        width, height = (2 * round(side * scale / 2) for side in (self.width_px, self.height_px))
        return width, height


FinishingBrief = InterpolationBrief | UpscaleBrief
"""What is done to a clip between its making and the master."""


@dataclass(frozen=True)
class VoiceBrief:
    """One line to be spoken within its window.

    Attributes:
        reader: Who reads it, where its engine has several readers and it is not the usual one.
    """

    text: str
    character: str
    voice: Voice
    emotion: str
    parenthetical: str
    lyric: bool
    window_s: float
    reader: str = omit_when_default("")

    kind = "voice"


MUSIC_INPUT = "music"
"""Role of the file that a cue is cut from, among an attempt's inputs."""


@dataclass(frozen=True)
class MusicSource:
    """A music file that is used instead of made music; its credits are part of what a take says."""

    sha256: str
    title: str
    composer: str
    licence: str
    credit: str


@dataclass(frozen=True)
class MusicBrief:
    """A music cue for one scene; `show_seed` decides what all cues of a show have in common.

    Attributes:
        source: The file that it is cut from, None where it is made.
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
    source: MusicSource | None = omit_when_default(None)  # noqa: RUF009 - a dataclass field

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
    """An episode to be compiled.

    Attributes:
        credits: Whom the music that was brought is by, a sentence each.
    """

    title: str
    cut: Cut
    mix_sha256: str
    subtitles: tuple[SubtitleText, ...]
    chapters: tuple[Chapter, ...]
    language: str
    delivery: Delivery
    poster_frame: int
    slates: tuple[Slate, ...] = omit_when_default(())
    credits: tuple[str, ...] = omit_when_default(())

    kind = "master"


Brief = (
    SheetBrief
    | KeyframeBrief
    | ClipBrief
    | InterpolationBrief
    | UpscaleBrief
    | VoiceBrief
    | MusicBrief
    | PlanBrief
    | MixBrief
    | MasterBrief
)


def brief_digest(brief: Brief, engine: str, version: str) -> str:
    """Return the digest that identifies takes of this brief by this engine."""
    return digest(brief.kind, brief, engine, version)
