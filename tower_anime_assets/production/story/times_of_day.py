"""Reader of what a part of a scene heading says of time and weather: `MONDAY NIGHT`, `11 PM`, `NACHT (REGEN)`.

Words decide as a whole, never parts of them: `KNIGHT` is not night, `HALF-DAY INN` not day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tower_anime_assets.production.story.heading_words import (
    AMBIGUOUS_BARE_TIMES,
    BARE_MODIFIERS,
    BARE_SAME_TIMES,
    CJK_TIME_ENDINGS,
    FILLERS,
    HYPHEN_PARTNERS,
    MARKERS,
    MONTHS,
    SAME_TIMES,
    TIMES,
    WEEKDAYS,
    fold_word,
)
from tower_anime_assets.production.story.weather_words import WEATHER_BY_WORD

_WEATHER_BY_FOLDED_WORD = {fold_word(word): weather for word, weather in WEATHER_BY_WORD.items()}
_MAX_PART_CHARS = 120
"""No part longer than this is about time alone."""

_TOKEN = re.compile(r"[^\s,;:/()\[\]。、，・.!?\"“”]+")
_CLOCK = re.compile(
    r"(?<![\w:])(?P<half>午後|下午|晚上|夜|밤|오후|午前|上午|오전)?\s?(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d))?\s?"
    r"(?:(?P<pm>p\.?\s?m\b\.?)|(?P<am>a\.?\s?m\b\.?)|(?P<unit>uhr\b|h\b|hrs\b|hours\b|時半?|点|點|시))"
    r"|(?<![\w:])(?P<clock>[01]?\d|2[0-3])[:.]\d\d(?![\w:])"
    r"|(?<![\w:])(?P<military>[01]\d|2[0-3])[0-5]\d\s(?:hours\b|hrs\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#?\d{1,4}(?:ST|ND|RD|TH|S|'S|E|º|ª|年|日)?|'\d\dS?|[IVX]{1,4}|[A-Z]?\d{1,3}[A-Z]?")
_YEAR = re.compile(r"(?:1[0-9]|20|21|22|23|30)\d\d(?:'?S|年)?|'\d\dS?")
_PREPOSITIONS = frozenset({"OF", "IN", "AT", "ON", "WITH", "BEFORE", "AFTER", "DURING", "UNDER"})
_LONGEST_PHRASE_WORDS = 5
_AFTER_PM, _BEFORE_NOON = frozenset({"午後", "下午", "晚上", "夜", "밤", "오후"}), 12


@dataclass(frozen=True)
class Timing:
    """What a part of a heading says of when; "" for what it does not say.

    Attributes:
        is_about_time: Whether it is about nothing else, so that it is no part of the place.
        other_time: A second, different time of day that it names.
    """

    time_of_day: str = ""
    weather: str = ""
    is_same_time: bool = False
    is_about_time: bool = False
    other_time: str = ""


NO_TIMING = Timing()


def time_at_hour(hour: int) -> str:
    """Return the time of day at an hour, 0 to 24."""
    if 5 <= hour < 7:
        return "dawn"
    return "day" if 7 <= hour < 18 else "dusk" if 18 <= hour < 20 else "night"


@lru_cache(maxsize=4096)
def read_timing(part: str) -> Timing:
    """Return what a part of a heading, which marks divide from the rest, says of when."""
    if len(part) > _MAX_PART_CHARS:
        return NO_TIMING
    words = _words(part)
    times: list[str] = []
    weather, is_same, is_anchored, has_late = "", False, False, False
    unread: list[int] = []
    last_time_end, first_time_start = 0, len(words)
    index = 0
    while index < len(words):
        phrase, length = _phrase_at(words, index)
        word = words[index]
        if phrase in TIMES:
            times.append(TIMES[phrase])
            first_time_start, last_time_end = min(first_time_start, index), index + length
        elif phrase in SAME_TIMES:
            is_same = True
        elif word in _WEATHER_BY_FOLDED_WORD:
            weather = weather or _WEATHER_BY_FOLDED_WORD[word]
        elif time := _time_ending(word):
            times.append(time)
            first_time_start, last_time_end = min(first_time_start, index), index + 1
        elif word in WEEKDAYS or word in MARKERS or _YEAR.fullmatch(word):
            is_anchored = True
        elif word not in FILLERS and word not in MONTHS and not _NUMBER.fullmatch(word):
            unread.append(index)
        has_late = has_late or word == "LATE"
        index += length
    if has_late and not times and not unread:
        times.append("night")
    is_pure = not unread and bool(times or is_same or weather or is_anchored)
    begins_with_time = bool(times) and first_time_start == 0 and words[last_time_end : last_time_end + 1] != []
    is_about_time = is_pure or (begins_with_time and words[last_time_end] in _PREPOSITIONS)
    time_of_day = times[0] if times else ""
    other_time = next((time for time in times if time != time_of_day), "")
    if not times and unread:
        return NO_TIMING
    return Timing(time_of_day, weather, is_same, is_about_time, other_time)


@lru_cache(maxsize=1024)
def split_bare_time(text: str, *, is_foreign: bool) -> tuple[str, Timing]:
    """Return a place and what is said of when behind it, without a mark or with a weak one: `X NIGHT`, `X, NIGHT`.

    Args:
        text: A part of a heading.
        is_foreign: Whether the heading has a word of another language for inside or outside: then every time counts.
    """
    text = text.rstrip(" .,;:-")
    tail_start = max(0, len(text) - _MAX_PART_CHARS)
    for mark in re.finditer(r"[,/;:.。、，・](?!\d)|[-–—](?=\s)|(?<=\s)[-–—]|[–—]|\s(?=\()", text[tail_start:]):
        start = tail_start + mark.start()
        timing = read_timing(text[start:].strip(" ,/;:.。、，・-–—()"))
        if start and timing.is_about_time and (timing.time_of_day or timing.is_same_time):
            return text[:start].rstrip(" ,/;:.-–—"), timing
    clock = next((match for match in _CLOCK.finditer(text, tail_start) if match.end() == len(text)), None)
    if clock is not None and clock.start():
        return text[: clock.start()].rstrip(" -@"), Timing(_clock_time(clock), is_about_time=True)
    matches = list(_TOKEN.finditer(text, tail_start))
    words = [fold_word(match.group()) for match in matches]
    for start in range(max(1, len(words) - _LONGEST_PHRASE_WORDS), len(words)):
        if _is_bare_timing(words[start:], is_foreign=is_foreign):
            timing = read_timing(text[matches[start].start() :])
            return text[: matches[start].start()].rstrip(), timing
    return _split_hyphenated_time(text)


def _is_bare_timing(words: Sequence[str], *, is_foreign: bool) -> bool:
    """Return whether words at the end of a place are a time: modifiers, a time or "later", and perhaps a number."""
    if len(words) > 1 and words[-1].isdigit() and len(words[-1]) <= 2:
        words = words[:-1]
    for start in range(len(words)):
        phrase = " ".join(words[start:])
        if phrase in BARE_SAME_TIMES or (phrase in TIMES and _is_certain_time(phrase, is_foreign=is_foreign)):
            return all(word in BARE_MODIFIERS or word in WEEKDAYS for word in words[:start])
    return False


def _is_certain_time(phrase: str, *, is_foreign: bool) -> bool:
    return is_foreign or phrase not in AMBIGUOUS_BARE_TIMES


def _split_hyphenated_time(text: str) -> tuple[str, Timing]:
    """Return a place and the time that a hyphen without spaces divides from it: `KITCHEN-NIGHT`."""
    before, hyphen, last = text.rpartition("-")
    word = fold_word(last.strip())
    partner = fold_word(before.split()[-1]) if before.split() else ""
    if hyphen and word in TIMES and partner not in HYPHEN_PARTNERS and f"{partner}-{word}" not in TIMES:
        return before.rstrip(), Timing(TIMES[word], is_about_time=True)
    return text, NO_TIMING


def _words(part: str) -> list[str]:
    """Return a part's words, folded; clock times become the time of day that they are."""
    plain = _CLOCK.sub(lambda match: f" {_clock_time(match)} ", part)
    return [fold_word(word) for word in _TOKEN.findall(plain)]


def _clock_time(match: re.Match[str]) -> str:
    hour = int(match["hour"] or match["clock"] or match["military"])
    if (match["pm"] or match["half"] in _AFTER_PM) and hour < _BEFORE_NOON:
        hour += 12
    elif match["am"] and hour == _BEFORE_NOON:
        hour = 0
    return time_at_hour(hour)


def _phrase_at(words: Sequence[str], index: int) -> tuple[str, int]:
    """Return the longest phrase about time at an index and its number of words; ("", 1) if there is none."""
    for length in range(min(_LONGEST_PHRASE_WORDS, len(words) - index), 0, -1):
        phrase = " ".join(words[index : index + length])
        if phrase in TIMES or phrase in SAME_TIMES:
            return phrase, length
    return "", 1


def _time_ending(word: str) -> str:
    """Return the time with which a word of a writing system without spaces ends, or ""."""
    if word.isascii():
        return ""
    return next((TIMES[ending] for ending in CJK_TIME_ENDINGS if word.endswith(ending)), "")
