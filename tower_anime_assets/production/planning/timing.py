"""Lengths in time: legal clip lengths, how long a line takes to speak, and where it may be cut."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.readers import is_pause

SHORTEST_CLIP_FRAMES = 9
FRAME_STEP = 8
WINDOW_STEPS_PER_S = 4
"""Windows come in quarters of a second, so that a changed word of about the same length changes no plan."""

PAUSE_S = 1.0
"""Silence of a line that is a pause, such as "..."."""

_REFERENCE_RATE_WPM = 165
_RATE_EXPONENT = 1.15
"""Measured from 120 to 250 words per minute: espeak-ng's lengths fall a little faster than the rate rises."""

MAX_SLACK, MAX_FOREIGN_SLACK, BREATH_S = 1.3, 1.15, 0.35
"""A window is at most so many times as long as its line, and a breath; less outside English, which the estimate was
fitted to."""

_MEASURED_RESERVE_S = 0.02
_UNHEARD_HASTE = 1.05
"""A voice that is asked to fit its window may speak so much faster without being heard to hurry."""

_SYLLABLE_S = 0.036
_LETTER_S = 0.037
_WORD_S = 0.054
_SENTENCE_PAUSE_S = 0.465
_CLAUSE_PAUSE_S = 0.26
_DIGIT_S = 0.27
_ONSET_S = 0.145
_SYMBOL_S = 0.8  # espeak-ng speaks the name of an emoji

_SCRIPT_LETTER_S: tuple[tuple[str, float], ...] = (
    ("HIRAGANA", 0.13),
    ("KATAKANA", 0.13),
    ("HANGUL", 0.19),
    ("ARABIC", 0.12),
    ("HEBREW", 0.12),
    ("CYRILLIC", 0.07),
    ("GREEK", 0.07),
)
_OTHER_LETTER_S = 0.12
_HAN_S = 0.24
_HAN_AMONG_KANA_S = 0.26
"""A kanji is read with two morae on average."""

_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)*")
_VOWELS = re.compile(r"[aeiouyà-æè-ïò-öù-ýœ]+")
_SILENT_ENDING = re.compile(r"[^aeiouyl]es?$|[^aeiouydt]ed$")
_SENTENCE_END = re.compile(r"(?<![.!?…:])[.!?…:]++(?=[\s\"'”’)]+\S)|[。！？](?=.)")
_CLAUSE_END = re.compile(r"[,;،、，；]+|\s[-–]+\s|—")
_TRAILING = " \t\r\n.!?…:,;。！？\"'”’)"

_PHRASE_END = re.compile(r"(?<![.!?…:])[.!?…:]++[\"'”’)]*\s+|(?<![,;])[,;]++\s+|\s[-–]+\s|—|[。！？、，；،]+")


def legal_clip_length(frames: int, max_clip_frames: int = 121) -> int:
    """Return the length of the shortest legal clip that holds some frames.

    Args:
        frames: Frames needed, >= 1.
        max_clip_frames: The longest clip that the engine makes; itself legal.

    Returns:
        A length of the form 8n + 1, at least `SHORTEST_CLIP_FRAMES`.

    Raises:
        PlanError: Fewer than one frame, or more than one clip may have.

    Source:
        LTX-Video README, "Parameter Guide": frame counts divisible by 8, plus 1.
    """
    if frames < 1:
        raise PlanError(f"a shot of {frames} frames; expected at least 1")
    length_frames = max(SHORTEST_CLIP_FRAMES, -(-(frames - 1) // FRAME_STEP) * FRAME_STEP + 1)
    if length_frames > max_clip_frames:
        raise PlanError(
            f"{frames} frames need a {length_frames}-frame clip, over the {max_clip_frames} that one clip may have: "
            "split the shot, or raise delivery.max_clip_frames"
        )
    return length_frames


def is_legal_length(frames: int, max_clip_frames: int) -> bool:
    """Return whether an engine can be asked for a clip of exactly so many frames."""
    return SHORTEST_CLIP_FRAMES <= frames <= max_clip_frames and frames % FRAME_STEP == 1


def legal_lengths(max_clip_frames: int) -> range:
    """Return every legal clip length, shortest first, frames.

    Raises:
        PlanError: The longest clip is shorter than the shortest legal one.
    """
    if max_clip_frames < SHORTEST_CLIP_FRAMES:
        raise PlanError(
            f"delivery.max_clip_frames is {max_clip_frames}; expected at least {SHORTEST_CLIP_FRAMES}, such as 121"
        )
    return range(SHORTEST_CLIP_FRAMES, max_clip_frames + 1, FRAME_STEP)


@lru_cache(maxsize=4096)
def speech_seconds(text: str, rate_wpm: int, language: str = "en") -> float:
    """Return how long an espeak-ng voice speaks a line, seconds, without the silence before and after it.

    The estimate is the median; `window_seconds` adds the reserve.

    Args:
        text: What is said.
        rate_wpm: Speaking rate, words per minute, as espeak-ng counts them.
        language: The voice's BCP 47 tag; decides how Han characters are read.

    Raises:
        PlanError: The rate is not positive.

    Source:
        Least squares over 445 renderings by espeak-ng 1.52 of 89 English lines at 120 to 200 words per minute: mean
        error 7 %. Other scripts: a letter's mean length in a few lines each.
    """
    if rate_wpm <= 0:
        raise PlanError(f"a speaking rate of {rate_wpm} words per minute; expected a positive one, such as 165")
    spoken_text = text.strip(_TRAILING)
    if not spoken_text:
        return 0.0
    seconds = _ONSET_S + sum(_word_seconds(word) for word in _LATIN_WORD.findall(spoken_text))
    seconds += _SENTENCE_PAUSE_S * len(_SENTENCE_END.findall(spoken_text))
    seconds += _CLAUSE_PAUSE_S * len(_CLAUSE_END.findall(spoken_text))
    seconds += _DIGIT_S * sum(character.isdigit() for character in spoken_text)
    if not spoken_text.isascii():
        seconds += _other_script_seconds(spoken_text, language)
    seconds *= float((_REFERENCE_RATE_WPM / rate_wpm) ** _RATE_EXPONENT)
    return min(seconds, PAUSE_S) if _is_silence(text) else seconds


def window_seconds(text: str, rate_wpm: int, language: str = "en") -> float:
    """Return the time to keep free for a line, seconds, a multiple of a quarter second.

    Source:
        1.05 times the estimate, 0.1 s for the ends of a finished voice and 0.08 s in reserve, rounded up. It holds
        99 % of the measured renderings, and 48 of the 49 lines of the bundled show as the embedded voice speaks them.
    """
    needed_s = speech_seconds(text, rate_wpm, language) * 1.05 + 0.18
    if is_pause(text):
        needed_s = PAUSE_S if _is_silence(text) else max(PAUSE_S, needed_s)
    return math.ceil(round(needed_s * 1000) / 1000 * WINDOW_STEPS_PER_S) / WINDOW_STEPS_PER_S


def _is_silence(text: str) -> bool:
    """Return whether nobody says anything; letters that the embedded voice cannot read may be spoken by a service."""
    return is_pause(text) and not any(character.isalpha() for character in text)


def measured_window_seconds(spoken_s: float, estimated_s: float, language: str = "en") -> float:
    """Return the time to keep free for a line whose voice has been measured, seconds; 0 if the estimate serves.

    The estimate serves where the line fits and is not left waiting: so a better estimate or voice changes no plan.

    Args:
        spoken_s: Length of the finished line.
        estimated_s: What would be kept free by its text.
        language: BCP 47 tag of the language that it is spoken in.
    """
    max_slack = MAX_SLACK if language.lower().startswith("en") else MAX_FOREIGN_SLACK
    if spoken_s / _UNHEARD_HASTE <= estimated_s <= max_slack * spoken_s + BREATH_S:
        return 0.0
    return math.ceil(round((spoken_s + _MEASURED_RESERVE_S) * 1000) / 1000 * WINDOW_STEPS_PER_S) / WINDOW_STEPS_PER_S


def phrase_end_shares(text: str) -> tuple[float, ...]:
    """Return where a line may be cut: after each phrase but the last, as shares of its characters, 0 to 1."""
    return tuple(match.end() / len(text) for match in _PHRASE_END.finditer(text) if match.end() < len(text))


@lru_cache(maxsize=8192)
def _word_seconds(word: str) -> float:
    plain = word.lower()
    syllables = len(_VOWELS.findall(plain))
    if len(plain) > 3 and _SILENT_ENDING.search(plain):
        syllables -= 1
    letters = sum(character.isalpha() for character in plain)
    return _WORD_S + _LETTER_S * letters + _SYLLABLE_S * max(syllables, 1)


def _other_script_seconds(text: str, language: str) -> float:
    names = [unicodedata.name(character, "") for character in text if not character.isascii()]
    has_kana = any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names)
    han_s = _HAN_AMONG_KANA_S if has_kana or language.lower().startswith("ja") else _HAN_S
    seconds = 0.0
    for character in text:
        if character.isascii() or _LATIN_WORD.fullmatch(character):
            continue
        category = unicodedata.category(character)
        if category == "So":
            seconds += _SYMBOL_S
        elif category[0] == "L":
            seconds += _letter_seconds(unicodedata.name(character, ""), han_s)
    return seconds


def _letter_seconds(name: str, han_s: float) -> float:
    if name.startswith("CJK"):
        return han_s
    for script, seconds in _SCRIPT_LETTER_S:
        if name.startswith(script):
            return seconds
    return _OTHER_LETTER_S
