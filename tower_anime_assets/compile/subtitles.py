"""Subtitles: cues made from lines and the times of their words, and their SubRip and WebVTT texts.

Pure. Adding subtitles to a video file belongs in `media.mux`.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import wcwidth

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.briefs import SubtitleText

ROW_COLUMNS = 42
"""Maximum width of a row. A CJK character or an emoji takes two columns.

Source: Netflix Timed Text Style Guide, general requirements: 42 characters, two lines, at most 7 s a cue.
"""

MAX_CUE_S = 7.0
MIN_CUE_S = 0.8
GAP_FRAMES = 2
"""Frames without a subtitle between two cues, so that the eye notices the change."""

_READING_COLUMNS_PER_S = 20.0
_MAX_CUE_UNITS = 200
"""Units that a cue may have; two rows hold fewer, unless most have no width."""

_SENTENCE_ENDS = frozenset(".!?…。！？؟।")
_CLAUSE_ENDS = frozenset(",;:—–、，；：،؛")
_CLOSERS = "\"'”’»)]）」』"
_WORD_JOINER = "\u2060"  # invisible; inside markup, it makes the markup plain text


@dataclass(frozen=True)
class SubtitleCue:
    """A subtitle on the screen.

    Attributes:
        line_ids: The line that it shows a part of, or several lines spoken at the same time.
        start_frame: First frame of the episode that shows it.
        end_frame: One past the last.
        rows: One or two rows of text; one for each speaker if several speak at once.
    """

    line_ids: tuple[str, ...]
    start_frame: int
    end_frame: int
    rows: tuple[str, ...]


@dataclass(frozen=True)
class _TextUnit:
    """A piece of text that is never divided, its width in columns, and when it is spoken, seconds of the episode."""

    text: str
    width: int
    after_space: bool
    start_s: float
    end_s: float


def build_cues(lines: Sequence[SubtitleText], fps: int, episode_frames: int) -> tuple[SubtitleCue, ...]:
    """Return the cues of an episode in order of time; together they contain every word of every line.

    A cue has at most two rows of 42 columns, lasts 0.8 to 7 s, and is two frames apart from the next. It starts with
    its first word, unless lines follow each other too fast. Long lines are divided at the ends of sentences and phrases
    where possible. Lines spoken at the same time share cues, with a row each. Cues are shorter than 0.8 s only if they
    would not fit in the episode otherwise.

    Args:
        lines: In any order, but a dual line follows the one that it is spoken with.
        fps: Frames per second of the episode.
        episode_frames: Length of the episode.

    Raises:
        PlanError: There are more cues than the episode has frames.
    """
    unplaced: list[SubtitleCue] = []
    for group in _group_simultaneous(lines):
        unplaced += _joint_cues(group, fps) if len(group) > 1 else _line_cues(group[0], fps)
    return _fit_cues(sorted(unplaced, key=lambda cue: (cue.start_frame, cue.end_frame)), fps, episode_frames)


def to_srt(cues: Iterable[SubtitleCue], fps: int) -> str:
    """Return cues as SubRip text.

    SubRip has no escapes, so text that looks like a tag, an override or a time gets an invisible word joiner.
    """
    blocks = (
        f"{number}\n{_cue_times(cue, fps, ',')}\n" + "\n".join(map(_escape_srt, cue.rows)) + "\n"
        for number, cue in enumerate(cues, 1)
    )
    return "\n".join(blocks)


def to_webvtt(cues: Iterable[SubtitleCue], fps: int) -> str:
    """Return cues as WebVTT text; the identifier of a cue is the ids of its lines.

    Source:
        W3C WebVTT, 4.2.2 (escapes in cue text) and 4.1 (no `-->` in a cue).
    """
    blocks = (
        f"\n{' '.join(cue.line_ids)}\n{_cue_times(cue, fps, '.')}\n" + "\n".join(map(_escape_vtt, cue.rows)) + "\n"
        for cue in cues
    )
    return "WEBVTT\n" + "".join(blocks)


def count_columns(text: str) -> int:
    """Return the width of a text in columns: 2 for wide characters and emoji, 0 for combining marks, 1 for others."""
    return wcwidth.wcswidth(text)


# Text: units, rows ---------------------------------------------------------------------------------------------------


def _tokenize(text: str) -> list[str]:
    """Return the text split at white space, without control characters."""
    plain = "".join(char if char.isspace() or unicodedata.category(char) != "Cc" else "" for char in text)
    return plain.split()


def _is_spoken(token: str) -> bool:
    return any(char.isalnum() for char in token)


def _split_line(line: SubtitleText, fps: int) -> list[_TextUnit]:
    """Return the units of a line, preceded by the name of an off-screen speaker."""
    line_start_s = line.start_frame / fps
    tokens = _tokenize(line.text)
    units: list[_TextUnit] = []
    for token, (start, end) in zip(tokens, _token_times(line, tokens, fps), strict=True):
        units += _split_token(token, line_start_s + start, line_start_s + end)
    if line.off_screen and units:
        name_units = [
            unit for token in _tokenize(f"{line.speaker}:") for unit in _split_token(token, line_start_s, line_start_s)
        ]
        units = [replace(unit, start_s=units[0].start_s, end_s=units[0].start_s) for unit in name_units] + units
    return units


def _token_times(line: SubtitleText, tokens: list[str], fps: int) -> list[tuple[float, float]]:
    """Return when each token is spoken, seconds from the start of the line.

    Each word time belongs to a token with a letter or digit; punctuation in between has the time of the word before it.
    If the engine counts words differently, the tokens divide the whole time by their width.
    """
    spoken_tokens = [token for token in tokens if _is_spoken(token)]
    if spoken_tokens and len(line.words) == len(spoken_tokens):
        word_times = iter(line.words)
        times: list[tuple[float, float]] = []
        latest_s = line.words[0][1]
        for token in tokens:
            if _is_spoken(token):
                _, start, end = next(word_times)
                times.append((max(start, latest_s), max(start, end, latest_s)))
                latest_s = times[-1][1]
            else:
                times.append((latest_s, latest_s))
        return times
    if line.words:
        first, last = line.words[0][1], max(end for _, _, end in line.words)
    else:
        first, last = 0.0, max(0, line.end_frame - line.start_frame) / fps
    return _divide_time(first, last, [max(1, count_columns(token)) for token in tokens])


def _divide_time(start_s: float, end_s: float, weights: list[int]) -> list[tuple[float, float]]:
    """Return a period of time divided in proportion to weights."""
    rate = (end_s - start_s) / max(1, sum(weights))
    bounds = [start_s]
    for weight in weights:
        bounds.append(bounds[-1] + weight * rate)
    return list(pairwise(bounds))


def _split_token(token: str, start_s: float, end_s: float) -> list[_TextUnit]:
    """Return a token as one unit; as single characters if it may be broken (CJK) or is too wide for a row."""
    width = count_columns(token)
    is_cjk = any(unicodedata.east_asian_width(char) in "WF" for char in token)
    if not is_cjk and width <= ROW_COLUMNS // 2:
        return [_TextUnit(token, width, True, start_s, end_s)]
    pieces = _break_pieces(token)
    widths = [count_columns(piece) for piece in pieces]
    times = _divide_time(start_s, end_s, [max(1, width) for width in widths])
    return [
        _TextUnit(piece, width, index == 0, *time)
        for index, (piece, width, time) in enumerate(zip(pieces, widths, times, strict=True))
    ]


def _break_pieces(token: str) -> list[str]:
    """Return the pieces between which a token may be broken; closing punctuation stays with its word."""
    pieces: list[str] = []
    for cluster in wcwidth.iter_graphemes(token):
        stays_attached = pieces and (
            cluster[0] in _SENTENCE_ENDS or cluster[0] in _CLAUSE_ENDS or cluster[0] in _CLOSERS
        )
        if stays_attached and count_columns(pieces[-1]) < ROW_COLUMNS // 2:
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
    return pieces


def _join_units(units: Sequence[_TextUnit]) -> str:
    return "".join(f" {unit.text}" if unit.after_space else unit.text for unit in units).lstrip()


def _break_quality(unit: _TextUnit) -> float:
    """Return how well a cue or row may end after this unit: better after a phrase, best after a sentence."""
    last = unit.text.rstrip(_CLOSERS)[-1:]
    return 0.6 if last in _SENTENCE_ENDS else 0.35 if last in _CLAUSE_ENDS else 0.0


def _units_columns(units: Sequence[_TextUnit]) -> int:
    """Return the width of the joined units without the space before the first."""
    return sum(unit.width + unit.after_space for unit in units) - units[0].after_space


def _wrap_rows(units: Sequence[_TextUnit]) -> tuple[str, ...] | None:
    """Return the units as one row or two of similar width, or None if they need more."""
    total_columns = _units_columns(units)
    if total_columns <= ROW_COLUMNS:
        return (_join_units(units),)
    best: tuple[float, int] | None = None
    upper_columns = _units_columns(units[:1])
    for index in range(1, len(units)):
        lower_columns = total_columns - upper_columns - units[index].after_space
        if max(upper_columns, lower_columns) <= ROW_COLUMNS:
            cost = abs(upper_columns - lower_columns) / total_columns - _break_quality(units[index - 1])
            best = min(best or (cost, index), (cost, index))
        upper_columns = total_columns - lower_columns + units[index].width
    return (_join_units(units[: best[1]]), _join_units(units[best[1] :])) if best else None


# Cues of one line, and of lines spoken together ----------------------------------------------------------------------


def _line_cues(line: SubtitleText, fps: int) -> list[SubtitleCue]:
    units = _split_line(line, fps)
    cues: list[SubtitleCue] = []
    first = 0
    rest_columns = sum(unit.width + unit.after_space for unit in units)
    while first < len(units):
        own = units[first : first + _MAX_CUE_UNITS]
        size, rows = _split_first_cue(own, units[-1], rest_columns - units[first].after_space)
        cues.append(_make_cue((line.line_id,), rows, units[first : first + size], fps))
        rest_columns -= sum(unit.width + unit.after_space for unit in units[first : first + size])
        first += size
    return cues


def _split_first_cue(units: Sequence[_TextUnit], last: _TextUnit, total_columns: int) -> tuple[int, tuple[str, ...]]:
    """Return the number of units in the next cue, about an equal share up to the end of a phrase, and their rows.

    Args:
        units: The units that are not shown yet, or as many of them as a cue may have.
        last: The last unit of the line.
        total_columns: Width of all units of the line that are not shown yet.
    """
    start_s = units[0].start_s
    cue_count = max(-(-total_columns // (2 * ROW_COLUMNS)), int((last.end_s - start_s) // MAX_CUE_S) + 1)
    target_columns = max(1, total_columns) / cue_count
    best: tuple[float, int, tuple[str, ...]] | None = None
    used_columns = 0
    for size, unit in enumerate(units, 1):
        used_columns += unit.width + unit.after_space
        rows = _wrap_rows(units[:size])
        if best is not None and (rows is None or unit.end_s - start_s > MAX_CUE_S):
            break
        assert rows is not None  # noqa: S101 - a single unit is at most half a row wide
        if unit is last:
            return size, rows
        cost = abs(used_columns - target_columns) / target_columns - _break_quality(unit)
        if best is None or cost <= best[0]:
            best = cost, size, rows
    assert best is not None  # noqa: S101 - there is at least one unit
    return best[1], best[2]


def _make_cue(line_ids: tuple[str, ...], rows: tuple[str, ...], units: Sequence[_TextUnit], fps: int) -> SubtitleCue:
    """Return a cue from the first frame of its first word to the last frame of its last word."""
    start_frame = math.floor(min(unit.start_s for unit in units) * fps + 1e-6)
    end_frame = math.ceil(max(unit.end_s for unit in units) * fps - 1e-6)
    return SubtitleCue(line_ids, start_frame, max(start_frame + 1, end_frame), rows)


def _group_simultaneous(lines: Sequence[SubtitleText]) -> list[list[SubtitleText]]:
    """Return the lines in groups: a dual line with the one before it if they overlap in time, others alone."""
    groups: list[list[SubtitleText]] = []
    for line in lines:
        if line.dual and groups and line.start_frame < max(other.end_frame for other in groups[-1]):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _joint_cues(lines: Sequence[SubtitleText], fps: int) -> list[SubtitleCue]:
    """Return cues with a row per line; a new cue begins when a row is full or after seven seconds."""
    placed_units = [(unit, place) for place, line in enumerate(lines) for unit in _split_line(line, fps)]
    placed_units.sort(key=lambda word: word[0].start_s)
    cues: list[SubtitleCue] = []
    current: list[tuple[_TextUnit, int]] = []

    def row_text(place: int, placed: Sequence[tuple[_TextUnit, int]]) -> str:
        text = _join_units([unit for unit, owner in placed if owner == place])
        return f"- {text}" if text else ""

    def close_cue() -> None:
        places = sorted({place for _, place in current})
        rows = tuple(row_text(place, current) for place in places)
        cues.append(
            _make_cue(tuple(lines[place].line_id for place in places), rows, [unit for unit, _ in current], fps)
        )

    for placed_unit in placed_units:
        wider = [*current, placed_unit]
        is_full = (
            count_columns(row_text(placed_unit[1], wider)) > ROW_COLUMNS
            or placed_unit[0].end_s - wider[0][0].start_s > MAX_CUE_S
        )
        if current and is_full:
            close_cue()
            current = [placed_unit]
        else:
            current = wider
    if current:
        close_cue()
    return cues


# Time ----------------------------------------------------------------------------------------------------------------


def _fit_cues(cues: Sequence[SubtitleCue], fps: int, episode_frames: int) -> tuple[SubtitleCue, ...]:
    """Return the cues moved and extended to be readable, apart from each other and within the episode."""
    if not cues:
        return ()
    count = len(cues)
    gap_frames = GAP_FRAMES if count * (1 + GAP_FRAMES) <= episode_frames else 0
    min_frames = min(math.ceil(round(MIN_CUE_S * fps, 6)), (episode_frames - (count - 1) * gap_frames) // count)
    max_frames = int(MAX_CUE_S * fps)
    if min_frames < 1:
        raise PlanError(
            f"{count} subtitles do not fit in an episode of {episode_frames} frames: give the lines more time"
        )
    starts = [cue.start_frame for cue in cues]
    ends: list[int] = []
    for index, cue in enumerate(cues):  # forwards: late if the cue before needs the time
        if index:
            starts[index] = max(starts[index], ends[-1] + gap_frames)
        reading_frames = round(sum(map(count_columns, cue.rows)) / _READING_COLUMNS_PER_S * fps)
        desired_end = starts[index] + max(
            min_frames, min(max_frames, max(reading_frames, cue.end_frame - cue.start_frame))
        )
        latest_end = starts[index + 1] - gap_frames if index + 1 < count else episode_frames
        ends.append(max(starts[index] + min_frames, min(desired_end, latest_end)))
    limit = episode_frames
    for index in reversed(range(count)):  # backwards: early if the episode ends too soon
        ends[index] = min(ends[index], limit)
        starts[index] = min(starts[index], ends[index] - min_frames)
        limit = starts[index] - gap_frames
    return tuple(
        replace(cue, start_frame=start, end_frame=end) for cue, start, end in zip(cues, starts, ends, strict=True)
    )


def _cue_times(cue: SubtitleCue, fps: int, separator: str) -> str:
    return f"{_timestamp(cue.start_frame, fps, separator)} --> {_timestamp(cue.end_frame, fps, separator)}"


def _timestamp(frame: int, fps: int, separator: str) -> str:
    seconds, milliseconds = divmod(round(frame * 1000 / fps), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{separator}{milliseconds:03d}"


# Escapes -------------------------------------------------------------------------------------------------------------


def _escape_srt(row: str) -> str:
    for char in ("<", "{", "\\"):
        row = row.replace(char, char + _WORD_JOINER)
    return row.replace("-->", f"--{_WORD_JOINER}>")


def _escape_vtt(row: str) -> str:
    return row.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
