"""Dialogue: from which angle a line is seen, the window it gets, and the shots over which a long one runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tower_anime_assets.production.planning.acting import line_feeling
from tower_anime_assets.production.planning.blocking import Blocking
from tower_anime_assets.production.planning.drafts import Draft, LineCue, Pace
from tower_anime_assets.production.planning.lexicon import stems_of, word_set
from tower_anime_assets.production.planning.readers import is_pause
from tower_anime_assets.production.planning.shots import Emotion, Framing, Purpose
from tower_anime_assets.production.planning.timing import PAUSE_S, phrase_end_shares, window_seconds
from tower_anime_assets.production.story.model import Character, Speech

CLOSE_UP_TENSION, _OVER_SHOULDER_TENSION = 0.72, 0.42
TAIL_S = 0.15
_LEAD_S = 0.15
_RE_ESTABLISH_EVERY_LINES = 6
_MAX_CLOSE_UPS_IN_A_ROW = 2
_SLOW_WORDS = word_set("whisper slow slowly unhurried hesitate hesitant sob breathless tired")
_SLOW_FACTOR, _SUNG_FACTOR = 1.1, 1.3
_EMOTION_PACE = {Emotion.SAD: 1.14, Emotion.TENDER: 1.08, Emotion.SMUG: 1.08}
"""How much longer a line takes that is spoken with this emotion."""


class Angle(NamedTuple):
    """From where a line is seen."""

    framing: Framing
    focus: tuple[str, ...]
    reasoning: str


@dataclass
class Conversation:
    """What has been shown of a scene's conversation so far."""

    cast: Mapping[str, Character]
    blocking: Blocking
    line_count: int = 0
    lines_since_two_shot: int = _RE_ESTABLISH_EVERY_LINES
    last_speaker: str = ""

    def choose_angle(
        self, speech: Speech, speaker: str, listener: str, tension: float, latest: Sequence[Draft], *, is_riding: bool
    ) -> Angle:
        """Return from where the next line is seen.

        Args:
            speech: The line.
            speaker: Who is seen speaking it, "" when the speaker is not in the picture.
            listener: Who is spoken to, "" for nobody.
            tension: 0 to 1.
            latest: The shots so far.
            is_riding: Whether they ride: then there are no over-shoulder shots.
        """
        speaker_name = self.cast[speech.character].name
        # Somebody alone is framed closer when it is tense, and every second time for variety.
        is_close = tension >= CLOSE_UP_TENSION or bool(self.line_count % 2)
        single = Framing.CLOSE_UP if is_close else Framing.MEDIUM
        if not speaker and not listener:
            return Angle(Framing.WIDE, (), f"{speaker_name} is heard over the place")
        if not listener:
            return Angle(single, (speaker,), f"{speaker_name} speaks alone")
        listener_name = self.cast[listener].name
        if not speaker:
            return Angle(single, (listener,), f"{listener_name} hears {speaker_name}, who is not in the picture")
        were_just_together = bool(latest) and {speaker, listener} <= set(latest[-1].focus)
        if self.lines_since_two_shot >= _RE_ESTABLISH_EVERY_LINES and not were_just_together:
            reasoning = f"{speaker_name} speaks, with {listener_name} in the frame"
            return Angle(Framing.TWO_SHOT, (speaker, listener), reasoning)
        last_framings = [draft.framing for draft in latest[-_MAX_CLOSE_UPS_IN_A_ROW:]]
        if tension >= CLOSE_UP_TENSION and last_framings != [Framing.CLOSE_UP] * _MAX_CLOSE_UPS_IN_A_ROW:
            return Angle(Framing.CLOSE_UP, (speaker,), f"{speaker_name} speaks, close because the tension is high")
        if tension >= _OVER_SHOULDER_TENSION and not is_riding and self.blocking.are_opposite(speaker, listener):
            return Angle(Framing.OVER_SHOULDER, (speaker,), f"{speaker_name} speaks, seen past {listener_name}")
        return Angle(Framing.MEDIUM, (speaker,), f"{speaker_name} speaks")

    def count(self, speaker: str, framing: Framing) -> None:
        """Count a line as shown in a framing."""
        self.line_count += 1
        shows_both = framing in (Framing.TWO_SHOT, Framing.WIDE)
        self.lines_since_two_shot = 0 if shows_both else self.lines_since_two_shot + 1
        self.last_speaker = speaker


def place_lines(
    draft: Draft, speeches: Sequence[Speech], cast: Mapping[str, Character], mood: str, pace: Pace, *, opens_scene: bool
) -> None:
    """Place lines that are spoken at once in a draft, and make it as long as they need, however long that is."""
    lead_frames = max(1, round(_LEAD_S * pace.fps)) + (pace.transition_frames if opens_scene else 0)
    cues = []
    for speech in speeches:
        seconds = speech.window_s or estimated_window_s(speech, cast[speech.character], mood)
        window_frames = math.ceil(seconds * pace.fps)
        # From the window, not from the words: a line changed within its window moves no mouth.
        speech_frames = min(window_frames, max(1, round((seconds - 0.2) / 1.05 * pace.fps)))
        speech_frames = 0 if is_pause(speech.text) else speech_frames
        cues.append(LineCue(speech, lead_frames, window_frames, speech_frames))
    draft.cues = tuple(cues)
    longest_frames = max(cue.window_frames for cue in cues)
    draft.frames = draft.min_frames = lead_frames + longest_frames + max(1, round(TAIL_S * pace.fps))


def estimated_window_s(speech: Speech, speaker: Character, mood: str) -> float:
    """Return the time to keep free for a line by its text alone, seconds."""
    if is_pause(speech.text):
        return PAUSE_S
    seconds = window_seconds(speech.text, speaker.voice.rate_wpm, speaker.voice.language)
    is_slow = bool(_SLOW_WORDS & stems_of(speech.parenthetical.replace(";", " ").split()))
    slowdown = (_SLOW_FACTOR if is_slow else 1.0) * (_SUNG_FACTOR if speech.lyric else 1.0)
    slowdown *= _EMOTION_PACE.get(line_feeling(speech, mood).emotion, 1.0)
    return seconds if slowdown == 1.0 else math.ceil(seconds * slowdown * 4) / 4


def split_long_line(draft: Draft, pace: Pace) -> list[Draft]:
    """Return a draft with lines as one shot, or as several alike where its line outlasts the longest clip."""
    needed_frames = draft.min_frames
    if needed_frames <= pace.max_frames:
        draft.min_frames = pace.legal_frames(needed_frames)
        draft.frames = max(pace.legal_frames(draft.frames), draft.min_frames)
        max_frames = pace.legal_frames(draft.frames + pace.fps)
        draft.max_frames = max_frames if draft.max_frames >= max_frames else max(draft.max_frames, draft.frames)
        return [draft]
    parts = [
        replace(draft, frames=frames, min_frames=frames, max_frames=frames, runs_on=True)
        for frames in _part_frames(draft, pace)
    ]
    parts[-1].runs_on = False
    parts[-1].max_frames = pace.legal_frames(parts[-1].frames + pace.fps)
    return parts


def _part_frames(draft: Draft, pace: Pace) -> list[int]:
    """Return the lengths of the shots over which a line runs, cut where phrases end if that can be."""
    cue = max(draft.cues, key=lambda one: one.window_frames)
    ends = [cue.start_frame + round(share * cue.speech_frames) for share in phrase_end_shares(cue.speech.text)]
    comfortable_frames = pace.legal_frames(4 * pace.fps)
    lengths: list[int] = []
    done_frames = 0
    while draft.min_frames - done_frames > pace.max_frames:
        latest_frame = min(done_frames + pace.max_frames, draft.min_frames - pace.min_frames)
        phrase_ends = [at for at in ends if done_frames + pace.min_frames <= at <= latest_frame]
        comfortable_ends = [at for at in phrase_ends if at <= done_frames + comfortable_frames]
        cut_frame = (comfortable_ends or phrase_ends or [done_frames + comfortable_frames])[-1]
        lengths.append(pace.legal_frames(min(cut_frame, latest_frame) - done_frames))
        done_frames += lengths[-1]
    return [*lengths, pace.legal_frames(draft.min_frames - done_frames)]


def change_angle(part: Draft, number: int, listener: str) -> None:
    """Show the n-th further part of a long line from elsewhere: the listener, then the speaker closer, then both."""
    part.cues, part.wishes, part.requested_move, part.is_framing_requested = (), (), None, False
    part.line = part.note_line = 0
    speaker = part.focus[0] if part.focus else ""
    angles: list[tuple[Framing, tuple[str, ...]]]
    if listener:
        angles = [
            (Framing.CLOSE_UP, (listener,)),
            (Framing.CLOSE_UP, (speaker,)),
            (Framing.TWO_SHOT, (speaker, listener)),
            (Framing.MEDIUM, (speaker,)),
        ]
    else:
        angles = [(framing, (speaker,)) for framing in (Framing.CLOSE_UP, Framing.MEDIUM, Framing.WIDE)]
    if speaker:
        part.framing, part.focus = angles[(number - 1) % len(angles)]
        part.listener = ""
    shows_listener = bool(listener) and part.focus[0] == listener
    part.purpose = Purpose.REACTION if shows_listener or not speaker else Purpose.DIALOGUE
    part.reasoning = (
        "The line continues over the listener" if shows_listener else "The line continues from another angle"
    )
