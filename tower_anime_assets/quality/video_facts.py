"""The streams of a video file as values: `media.frames.probe` reads them, the gates of clips and masters judge them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class SoundStream:
    """The first sound stream of a file.

    Attributes:
        duration_s: Length on the timeline, without encoder priming.
    """

    codec: str
    rate_hz: int
    channels: int
    start_s: float
    duration_s: float


@dataclass(frozen=True)
class SubtitleTrack:
    """One subtitle stream; `language` is its ISO 639 code or ""."""

    codec: str
    language: str
    cues: int


@dataclass(frozen=True)
class ChapterMark:
    """One chapter on the timeline, seconds."""

    title: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class ChapterTables:
    """The chapters of an MP4 as players find them: some read the one, some the other.

    Attributes:
        listed: Those of the chapter list, at most 255 of them.
        track: Those of the QuickTime text track.
    """

    listed: tuple[ChapterMark, ...]
    track: tuple[ChapterMark, ...]


@dataclass(frozen=True)
class VideoFacts:
    """The streams of a video file, its frames counted by packets.

    Attributes:
        container: FFmpeg's name of the format, such as "mov,mp4,m4a,3gp,3g2,mj2".
        profile: Such as "High", or "" for codecs without profiles.
        fps: Mean rate of the picture stream, frames per second.
        sample_aspect: Width to height of one pixel; 1 when the file does not say.
        key_frames: Indices of the key frames in display order, from 0.
        open_gops: Key frames that are followed by frames shown before them: a cut there would not decode.
        is_steady: Whether the time between frames is constant.
        is_full_range: Whether luma runs from 0 to 255 instead of 16 to 235.
        start_s: Time of the first frame.
        duration_s: `frames / fps`.
        is_fast_start: Whether the index of an MP4 precedes its frames; False for other containers.
    """

    container: str
    codec: str
    profile: str
    pix_fmt: str
    width_px: int
    height_px: int
    sample_aspect: Fraction
    fps: Fraction
    frames: int
    key_frames: tuple[int, ...]
    open_gops: int
    is_steady: bool
    is_full_range: bool
    start_s: float
    duration_s: float
    is_fast_start: bool
    sound: SoundStream | None = None
    subtitles: tuple[SubtitleTrack, ...] = ()
    chapters: tuple[ChapterMark, ...] = ()


@dataclass(frozen=True)
class EmbeddedCue:
    """A subtitle of a file, its rows separated by line feeds."""

    start_s: float
    end_s: float
    text: str
