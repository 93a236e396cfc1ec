"""Measures of a finished episode: format, length, loudness, black and frozen runs, subtitles.

Frames and sound come in as arrays, one after another, and only numbers are kept of them, so that an episode of any
length is measured in the same memory.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from tower_anime_assets.production.planning.briefs import Chapter, SubtitleText
from tower_anime_assets.quality.sound import SILENT_LUFS, LoudnessMeter, Samples, true_peak_dbtp
from tower_anime_assets.quality.video import BLACK_LUMA, BLACK_SHARE, FROZEN_LEVELS, Blocks, Luma, block_means
from tower_anime_assets.quality.video_facts import ChapterMark, ChapterTables, EmbeddedCue, SoundStream, VideoFacts

SUBTITLE_SLACK_S = 10.0
"""How far a subtitle may be from its line: fast dialogue delays cues, each by less than a second."""

CHAPTER_TOLERANCE_FRAMES = 0.01
"""How far a chapter may start from its scene: both tables are finer than this."""

CHAPTER_LIST_LIMIT = 255
"""A chapter list counts its chapters in one byte; those after it are in the text track alone."""

_WORD_JOINER = "\u2060"
_UNBROKEN_TOKEN_CHARS = 20  # longer words, and words of wide characters, may be split over rows and cues
_PEAK_OVERLAP_SAMPLES = 64  # the end of the chunk before, since a peak may lie between two chunks
_NO_PEAK_DBTP = -120.0
_NO_SOUND = SoundStream(codec="", rate_hz=0, channels=0, start_s=0.0, duration_s=0.0)


@dataclass(frozen=True)
class MasterPlan:
    """What the master must be.

    Attributes:
        dark: Frames [start, end) of the planned fades from and to black.
        lines: Every line of the episode.
        chapters: Every chapter, one per scene, with its title as it is written into the file.
    """

    frames: int
    fps: int
    width_px: int
    height_px: int
    loudness_lufs: float
    true_peak_dbtp: float
    dark: tuple[tuple[int, int], ...] = ()
    lines: tuple[SubtitleText, ...] = ()
    chapters: tuple[Chapter, ...] = ()


@dataclass(frozen=True)
class MasterMeasures:
    """Measures by name, and for those that gates use a sentence or more that explains the value."""

    values: Mapping[str, float]
    details: Mapping[str, tuple[str, ...]]


def master_measures(
    plan: MasterPlan,
    facts: VideoFacts,
    chapters: ChapterTables,
    cues: Sequence[EmbeddedCue],
    frames: Iterable[Luma],
    sound: Iterable[Samples],
) -> MasterMeasures:
    """Return the measures of a master.

    Args:
        plan: What it must be.
        facts: The streams of its file.
        chapters: Its chapters.
        cues: Its subtitles.
        frames: Every frame's luma, (height, width) uint8, limited range.
        sound: The decoded sound in chunks, (samples, channels) float32 at its own rate.
    """
    picture = _MasterGauge(plan)
    with ThreadPoolExecutor(1) as executor:  # sound and picture are decoded in parallel
        sound_levels = executor.submit(_measure_sound, facts.sound, sound)
        for frame in frames:
            picture.add_frame(frame)
        loudness, peak = sound_levels.result()
    faults = (*format_faults(plan, facts), *chapter_faults(plan, chapters))
    missing_lines = lines_without_subtitle(plan.lines, cues, plan.fps)
    values = {
        "format_faults": float(len(faults)),
        "frames_error": float(max(abs(picture.frames - plan.frames), abs(facts.frames - plan.frames))),
        "drift_frames": drift_frames(facts, plan.fps),
        "loudness_error_lu": abs(loudness - plan.loudness_lufs),
        "true_peak_over_db": max(0.0, peak - plan.true_peak_dbtp),
        "black_run_frames": float(picture.black.longest),
        "frozen_run_frames": float(picture.frozen.longest),
        "lines_without_subtitle": float(len(missing_lines)),
        "loudness_lufs": loudness,
        "true_peak_dbtp": peak,
    }
    details = {
        "format_faults": faults,
        "frames_error": (f"{plan.frames} frames planned, {facts.frames} stored, {picture.frames} decoded",),
        "drift_frames": (f"sound {(facts.sound or _NO_SOUND).duration_s:.3f} s, picture {facts.duration_s:.3f} s",),
        "loudness_error_lu": (f"{loudness:.1f} LUFS, target {plan.loudness_lufs:g}",),
        "true_peak_over_db": (f"{peak:.1f} dBTP, limit {plan.true_peak_dbtp:g}",),
        "black_run_frames": picture.black.describe(plan.fps),
        "frozen_run_frames": picture.frozen.describe(plan.fps),
        "lines_without_subtitle": missing_lines,
    }
    return MasterMeasures(values, details)


def format_faults(plan: MasterPlan, facts: VideoFacts) -> tuple[str, ...]:
    """Return a sentence for every way in which a file departs from the delivery, or from what plays everywhere."""
    size, planned = (facts.width_px, facts.height_px), (plan.width_px, plan.height_px)
    sound = facts.sound or _NO_SOUND
    subtitle_codec = facts.subtitles[0].codec if facts.subtitles else ""
    checks = [
        ("mp4" in facts.container.split(","), f"container {facts.container}, expected mp4"),
        (facts.codec == "h264", f"picture in {facts.codec}, expected h264"),
        (facts.pix_fmt == "yuv420p", f"pixels {facts.pix_fmt}, expected yuv420p"),
        (size == planned, f"{size[0]}x{size[1]} px, expected {planned[0]}x{planned[1]}"),
        (
            facts.fps == plan.fps and facts.is_steady,
            f"{float(facts.fps):g} frames per second, expected a steady {plan.fps}",
        ),
        (facts.start_s == 0, f"picture starts at {facts.start_s:g} s, expected 0"),
        (facts.is_fast_start, "index after the pictures, expected before them (fast start)"),
        (sound.codec == "aac", f"{sound.codec or 'no'} sound, expected aac"),
        (sound.rate_hz == 48_000, f"sound at {sound.rate_hz} Hz, expected 48000"),
        (sound.channels == 2, f"{sound.channels} sound channels, expected 2"),
        (
            subtitle_codec == "mov_text" or not plan.lines,
            f"{subtitle_codec or 'no'} subtitles, expected mov_text",
        ),
    ]
    return tuple(fault for is_met, fault in checks if not is_met)


def chapter_faults(plan: MasterPlan, chapters: ChapterTables) -> tuple[str, ...]:
    """Return a sentence for each table of chapters whose titles or starts are not the plan's: the first difference."""
    listed = plan.chapters[:CHAPTER_LIST_LIMIT]
    return (
        *_table_faults("chapter list", listed, chapters.listed, plan.fps),
        *_table_faults("chapter track", plan.chapters, chapters.track, plan.fps),
    )


def _table_faults(table: str, planned: Sequence[Chapter], stored: Sequence[ChapterMark], fps: int) -> Iterator[str]:
    for number, (chapter, mark) in enumerate(zip(planned, stored, strict=False), 1):
        if mark.title != chapter.title:
            yield f"{table}: chapter {number} is {mark.title!r}, expected {chapter.title!r}"
            return
        if abs(mark.start_s * fps - chapter.start_frame) > CHAPTER_TOLERANCE_FRAMES:
            expected_s = chapter.start_frame / fps
            yield f"{table}: {chapter.title!r} starts at {mark.start_s:.3f} s, expected {expected_s:.3f} s"
            return
    if len(stored) != len(planned):
        yield f"{table}: {len(stored)} chapters, expected {len(planned)}"


def drift_frames(facts: VideoFacts, fps: int) -> float:
    """Return by how many frames sound and picture differ at their start or end, whichever is more."""
    sound = facts.sound or _NO_SOUND
    late_s = sound.start_s - facts.start_s
    longer_s = late_s + sound.duration_s - facts.duration_s
    return max(abs(late_s), abs(longer_s)) * fps


def lines_without_subtitle(lines: Sequence[SubtitleText], cues: Sequence[EmbeddedCue], fps: int) -> tuple[str, ...]:
    """Return ids and first words of the lines that are not fully in the subtitles near their time.

    Every word counts once: two equal lines need two subtitles. Line breaks and invisible joiners are ignored.
    """
    subtitle_text = _ClaimableText(cues)
    ordered = sorted(lines, key=lambda line: line.start_frame)
    return tuple(f"{line.line_id} ({line.text[:40]})" for line in ordered if not subtitle_text.claim(line, fps))


class _ClaimableText:
    """All subtitle text of a file; each character can be claimed by one line."""

    def __init__(self, cues: Sequence[EmbeddedCue]) -> None:
        texts = [_without_spaces(cue.text) for cue in cues]
        self._text = "".join(texts)
        self._bounds = np.cumsum([0, *map(len, texts)])
        self._starts_s = np.array([cue.start_s for cue in cues])
        self._ends_s = np.array([cue.end_s for cue in cues])
        self._is_claimed = np.zeros(len(self._text), bool)

    def claim(self, line: SubtitleText, fps: int) -> bool:
        """Claim a line's words, in order; return whether all were found."""
        begin_s = line.start_frame / fps
        end_s = max([line.end_frame / fps, *(begin_s + end for _, _, end in line.words)])
        near = np.flatnonzero(
            (self._ends_s >= begin_s - SUBTITLE_SLACK_S) & (self._starts_s <= end_s + SUBTITLE_SLACK_S)
        )
        if not near.size:
            return not line.text.split()
        position, end = int(self._bounds[near[0]]), int(self._bounds[near[-1] + 1])
        claims: list[tuple[int, int]] = []
        for token in _unbreakable_tokens(line.text):
            index = self._find(token, position, end)
            if index < 0:
                return False
            position = index + len(token)
            claims.append((index, position))
        for first, last in claims:
            self._is_claimed[first:last] = True
        return True

    def _find(self, token: str, start: int, end: int) -> int:
        index = self._text.find(token, start, end)
        while index >= 0 and self._is_claimed[index : index + len(token)].any():
            index = self._text.find(token, index + 1, end)
        return index


def _without_spaces(text: str) -> str:
    return "".join(_without_controls(text).split())


def _without_controls(text: str) -> str:
    """Return the text without joiners, which subtitles add, and control characters, which they cannot contain."""
    return "".join(
        char for char in text if char != _WORD_JOINER and (char.isspace() or unicodedata.category(char) != "Cc")
    )


def _unbreakable_tokens(text: str) -> list[str]:
    """Return the parts of a text that subtitles must not split: words, or characters of words that may be split."""
    tokens: list[str] = []
    for token in _without_controls(text).split():
        is_breakable = len(token) > _UNBROKEN_TOKEN_CHARS or any(
            unicodedata.east_asian_width(char) in "WF" for char in token
        )
        tokens += list(token) if is_breakable else [token]
    return tokens


def _measure_sound(stream: SoundStream | None, chunks: Iterable[Samples]) -> tuple[float, float]:
    """Return integrated loudness, LUFS, and true peak, dBTP."""
    if stream is None:
        return SILENT_LUFS, _NO_PEAK_DBTP
    meter = LoudnessMeter(stream.rate_hz, stream.channels)
    peak = _NO_PEAK_DBTP
    overlap = np.zeros((0, stream.channels), np.float32)
    for chunk in chunks:
        meter.feed(chunk)
        joined = np.concatenate([overlap, chunk])
        peak = max(peak, true_peak_dbtp(joined, stream.rate_hz))
        overlap = joined[-_PEAK_OVERLAP_SAMPLES:]
    return meter.loudness_lufs(), peak


class _LongestRun:
    """The longest run of frames with some property, and where it was."""

    def __init__(self, label: str) -> None:
        self.longest = 0
        self._label = label
        self._first_frame = 0

    def record_run(self, first_frame: int, length: int) -> None:
        """Record a run, as long as it is so far."""
        if length > self.longest:
            self.longest, self._first_frame = length, first_frame

    def describe(self, fps: int) -> tuple[str, ...]:
        """Return a sentence about the run; () if there was none."""
        if not self.longest:
            return ()
        first, last = self._first_frame, self._first_frame + self.longest - 1
        return (f"{self._label} from frame {first} to {last} ({first / fps:.2f} s to {last / fps:.2f} s)",)


class _MasterGauge:
    """Black and frozen runs outside the planned fades, found frame by frame."""

    def __init__(self, plan: MasterPlan) -> None:
        self.frames = 0
        self.black = _LongestRun("black")
        self.frozen = _LongestRun("unchanged")
        self._is_planned_dark = np.zeros(plan.frames, bool)
        for start, end in plan.dark:
            self._is_planned_dark[max(0, start) : end] = True
        self._black_frames = 0
        self._anchor: Blocks | None = None
        self._anchor_at = 0

    def add_frame(self, frame: Luma) -> None:
        frame_index = self.frames
        self.frames += 1
        if frame_index < len(self._is_planned_dark) and self._is_planned_dark[frame_index]:
            self._black_frames = 0
            self._anchor = None
            return
        height, width = frame.shape
        quarter = cv2.resize(frame, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
        dark = np.count_nonzero(quarter < BLACK_LUMA) / quarter.size
        self._black_frames = self._black_frames + 1 if dark >= BLACK_SHARE else 0
        self.black.record_run(frame_index + 1 - self._black_frames, self._black_frames)
        blocks = block_means(np.asarray(quarter, np.uint8), frame.shape)
        if self._anchor is None or float(np.abs(blocks - self._anchor).max()) > FROZEN_LEVELS:
            self._anchor, self._anchor_at = blocks, frame_index
        self.frozen.record_run(self._anchor_at + 1, frame_index - self._anchor_at)
