"""Readers of what a scene heading says (inside or outside, place, time of day, weather), and of a scene's mood.

Which lines are headings is decided in `heading_lines`; scenes are put together in `screenplay`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tower_anime_assets.production.story.heading_lines import find_prefix
from tower_anime_assets.production.story.heading_words import FILLERS, fold_word
from tower_anime_assets.production.story.times_of_day import NO_TIMING, Timing, read_timing, split_bare_time
from tower_anime_assets.production.story.weather_words import find_weather

NEUTRAL_MOOD = "neutral"


def _words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INTERIOR_WORDS = frozenset(
    (
        *("ROOM", "LAB", "LABORATORY", "OFFICE", "CORRIDOR", "HALL", "HALLWAY", "BEDROOM", "KITCHEN", "GARAGE"),
        *("BAR", "CAFE", "CLUB", "APARTMENT", "BOARDROOM", "ELEVATOR", "BASEMENT", "CELL", "COCKPIT", "CABIN"),
        *("CLASSROOM", "HOSPITAL", "WAREHOUSE", "BATHROOM", "STUDIO", "VAULT", "TUNNEL", "ATTIC", "STAIRWELL"),
    )
)
_EXTERIOR_WORDS = frozenset(
    (
        *("STREET", "ALLEY", "ROOFTOP", "ROOF", "ROAD", "HIGHWAY", "BRIDGE", "PARK", "FOREST", "BEACH", "CITY"),
        *("SKYLINE", "SKY", "DESERT", "MOUNTAIN", "FIELD", "RIVER", "SEA", "OCEAN", "GARDEN", "HARBOUR", "HARBOR"),
        *("COURTYARD", "SQUARE", "MARKET", "BALCONY", "SHORE"),
    )
)
_MOOD_WORDS: Mapping[str, frozenset[str]] = {
    "action": _words_in(
        "race races racing chase chases run runs running explode explodes explosion fight fights punch crash "
        "crashes speed engine engines roar roars leap leaps swerve swerves skid skids throttle sprint sprints "
        "dive dives"
    ),
    "tense": _words_in(
        "alarm alarms whisper whispers watch watches waits freeze freezes lock locked locks gun pistol threat "
        "threatens silence red warning breath trembles sweat slowly footsteps stare stares countdown guard "
        "guards"
    ),
    "ominous": _words_in(
        "dark darkness shadow shadows cold blood dead death loom looms monster corpse ruin ruins smoke burned "
        "black scream screams"
    ),
    "sad": _words_in(
        "cry cries crying tear tears weep weeps grave funeral alone lonely empty lost mourns grief rain- "
        "soaked broken sob sobs goodbye"
    ),
    "romantic": _words_in("kiss kisses love lovers embrace embraces tender gentle gently blush blushes"),
    "hopeful": _words_in(
        "hope hopes sunrise dawn smile smiles light warm promise bright together horizon bloom blooms"
    ),
    "triumphant": _words_in("cheer cheers victory win wins triumph crowd applause celebrate celebrates roof-raising"),
    "mysterious": _words_in(
        "mystery strange hidden secret flicker flickers hologram symbol symbols fog mist unknown glow glows "
        "vanishes code cipher"
    ),
    "comic": _words_in("laugh laughs giggle giggles trips joke jokes grin grins silly slips pratfall"),
    "calm": _words_in(
        "calm quiet peaceful tea sleeps sleeping breeze rests still sits garden gazes drifts softly morning"
    ),
}
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


_OPENING_BRACKETS, _CLOSING_BRACKETS = "([（［【", ")]）］】"
_BRACKETS = _OPENING_BRACKETS + _CLOSING_BRACKETS + " "
_LAST_BRACKETS = re.compile(r"[(\[（［【][^()\[\]（）［］【】]*[)\]）］】]$")
_DIVIDER = re.compile(r"[(\[（［【]|[)\]）］】]|\s+[-–—―−]{1,3}\s+|-{2,3}")
_MARKS_BEFORE_PLACE, _DASHES = " -–—:.,;。、・", " -–—"
_MAX_TIMINGS, _MAX_BRACKET_CHARS = 4, 80
_LONE_INTERIOR_WORDS = {"内": True, "室内": True, "内景": True, "外": False, "室外": False, "外景": False}


@dataclass(frozen=True)
class Heading:
    """What a scene heading says; "" or None for what it leaves open.

    Attributes:
        interior: True inside, False outside.
        is_same_time: Whether little or no time has passed since the scene before.
        other_time: A second, different time of day that it names.
        time_in_place: The part of the place that also names the time.
        has_prefix: Whether it begins with a word for inside or outside.
    """

    interior: bool | None
    place: str
    time_of_day: str
    weather: str
    is_same_time: bool
    other_time: str = ""
    time_in_place: str = ""
    has_prefix: bool = True


def read_heading(text: str) -> Heading:
    """Return what a scene heading says, given without its scene number and forced mark."""
    plain = " ".join(text.split())
    prefix = find_prefix(plain)
    interior = prefix.interior if prefix else None
    rest = plain[prefix.length :] if prefix else plain
    if prefix is None:
        rest, interior = _split_interior_behind(rest)
    place, timings, time_in_place = _split_timings(
        rest.lstrip(_MARKS_BEFORE_PLACE), has_prefix=prefix is not None, is_foreign=prefix is None or prefix.is_foreign
    )
    time_of_day = next((timing.time_of_day for timing in timings if timing.time_of_day), "")
    if interior is None:
        interior = _guess_interior(place)
    return Heading(
        interior,
        place,
        time_of_day,
        next((timing.weather for timing in timings if timing.weather), "") or find_weather(place),
        any(timing.is_same_time for timing in timings),
        next((timing.other_time for timing in timings if timing.other_time), ""),
        time_in_place,
        prefix is not None,
    )


def _split_timings(text: str, *, has_prefix: bool, is_foreign: bool) -> tuple[str, list[Timing], str]:
    """Return a heading's place, what its last parts say of when, the last first, and the part that says both."""
    parts, dividers = _split_parts(text)
    timings: list[Timing] = []
    asides: list[str] = []  # in brackets behind a time, such as (MOVING)
    while parts:
        if len(parts) == 1 and not (has_prefix and _names_only_time(parts[0], is_foreign=is_foreign)):
            break  # a forced heading of one part is a place, even if it is NIGHT
        part, brackets = _split_brackets(parts[-1])
        if not part and brackets:
            part = brackets.pop().strip(_BRACKETS)
        timing = read_timing(part) if part else NO_TIMING
        has_time = any(one.time_of_day or one.is_same_time for one in timings)
        if not has_time and (split := _split_time_before_slash(part)) is not None:
            timing, parts[-1] = split
            timings.append(timing)
            break
        if not timing.is_about_time or (
            len(parts) == 1 and (has_time or not (timing.time_of_day or timing.is_same_time))
        ):
            break
        parts.pop()
        for bracket in brackets:
            aside = read_timing(bracket.strip(_BRACKETS))
            timings.append(aside)
            asides += [] if aside.is_about_time else [bracket]
        timings.append(timing)
    is_named_after_time = not has_prefix and len(parts) == 1 and read_timing(parts[0]).is_about_time
    if parts and not is_named_after_time:
        parts[-1], more = _split_timings_behind(parts[-1], is_foreign=is_foreign)
        timings += more
    has_time = any(timing.time_of_day or timing.is_same_time for timing in timings)
    time_in_place = ""
    inner = next((index for index in range(1, len(parts) - 1) if _names_time(parts[index])), 0)
    if inner and not has_time:  # `CAR - NIGHT - MOVING`
        timings.append(read_timing(parts.pop(inner)))
        dividers.pop(inner)
    elif len(parts) > 1 and not has_time and (timing := read_timing(parts[-1])).time_of_day:
        timings.append(timing)
        time_in_place = parts[-1]
    place = "".join(divider + part for divider, part in zip(dividers, parts, strict=False))
    place = " ".join([place, *asides]).replace("–", "-").replace("—", "-").strip(_DASHES)
    return place, timings, time_in_place


def _names_time(part: str) -> bool:
    """Return whether a part of a heading is about nothing but a time of day."""
    timing = read_timing(part)
    return timing.is_about_time and bool(timing.time_of_day)


def _split_time_before_slash(part: str) -> tuple[Timing, str] | None:
    """Return the time and the rest of a part such as `DAY / DRIVING`, None if it is not one."""
    time, slash, rest = part.partition("/")
    if not slash or not rest.strip() or not _names_time(time) or read_timing(rest).is_about_time:
        return None
    return read_timing(time), rest.strip()


def _names_only_time(part: str, *, is_foreign: bool) -> bool:
    """Return whether the only part of a heading names a time and no place, as in `INT. - THE NEXT DAY`."""
    place, timing = split_bare_time(part, is_foreign=is_foreign)
    return not timing.is_about_time or all(fold_word(word) in FILLERS for word in place.split())


def _split_timings_behind(part: str, *, is_foreign: bool) -> tuple[str, list[Timing]]:
    """Return a place and what stands behind it of when, in brackets or behind weaker marks than a dash."""
    timings: list[Timing] = []
    for _ in range(_MAX_TIMINGS):
        body, brackets = _split_brackets(part)
        if brackets and body and (timing := read_timing(brackets[-1].strip(_BRACKETS))).is_about_time:
            timings.append(timing)
            part = part[: part.rindex(brackets[-1])].rstrip()
            continue
        if any(timing.time_of_day or timing.is_same_time for timing in timings):
            break
        body, timing = split_bare_time(part, is_foreign=is_foreign)
        if not timing.is_about_time or not body:
            break
        timings.append(timing)
        part = body
    return part.rstrip(" .,") if timings else part, timings


def _split_parts(text: str) -> tuple[list[str], list[str]]:
    """Return the parts of a heading that dashes divide, without those within brackets, and the dash before each."""
    parts: list[str] = []
    dividers: list[str] = []
    start, depth, divider = 0, 0, ""
    for match in [*_DIVIDER.finditer(text), None]:
        mark = match.group() if match is not None else ""
        if mark in _OPENING_BRACKETS and mark:
            depth += 1
        elif mark in _CLOSING_BRACKETS and mark:
            depth = max(0, depth - 1)
        elif not depth or match is None:
            if part := text[start : match.start() if match is not None else len(text)].strip(_DASHES):
                parts.append(part)
                dividers.append(divider if len(parts) > 1 else "")
            start, divider = (match.end(), mark) if match is not None else (len(text), "")
    return parts, dividers


def _split_brackets(part: str) -> tuple[str, list[str]]:
    """Return a part without the brackets at its end, and these brackets in order."""
    brackets: list[str] = []
    part = part.rstrip(" .")
    while part and part[-1] in _CLOSING_BRACKETS and len(brackets) < _MAX_TIMINGS:
        match = _LAST_BRACKETS.search(part, max(0, len(part) - _MAX_BRACKET_CHARS))
        if match is None:
            break
        brackets.insert(0, match.group())
        part = part[: match.start()].rstrip()
    return part, brackets


def _split_interior_behind(text: str) -> tuple[str, bool | None]:
    """Return a heading without the word for inside or outside that Chinese scripts put anywhere in it."""
    words = text.split()
    for index, word in enumerate(words):
        if word in _LONE_INTERIOR_WORDS and len(words) > 1:
            return " ".join(words[:index] + words[index + 1 :]), _LONE_INTERIOR_WORDS[word]
    return text, None


def _guess_interior(place: str) -> bool | None:
    words = set(_WORD.findall(place.upper()))
    if words & {"INSIDE", "INDOORS", "OUTSIDE", "OUTDOORS"}:
        return bool(words & {"INSIDE", "INDOORS"})
    if words & _INTERIOR_WORDS:
        return True
    return False if words & _EXTERIOR_WORDS else None


def dominant_mood(text: str) -> str:
    """Return the mood with the most words in action and synopsis, "neutral" if there are none."""
    words = _WORD.findall(text.lower())
    if not words:
        return NEUTRAL_MOOD
    counts = {mood: sum(word in table for word in words) for mood, table in _MOOD_WORDS.items()}
    best = max(counts, key=lambda mood: counts[mood])
    return best if counts[best] else NEUTRAL_MOOD
