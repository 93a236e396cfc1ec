"""Words of a script that tell inside from outside, place, time of day, weather, mood and transition.

Tables of words and the functions that look them up. Scenes are put together in `screenplay`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

WEATHERS = ("clear", "rain", "snow", "fog", "storm")
NEUTRAL_MOOD = "neutral"


def _words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TIME_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("DAWN", "SUNRISE", "DAYBREAK"), "dawn"),
    **dict.fromkeys(("DAY", "DAYTIME", "MORNING", "NOON", "MIDDAY", "AFTERNOON", "DAYLIGHT"), "day"),
    **dict.fromkeys(("DUSK", "SUNSET", "EVENING", "TWILIGHT", "SUNDOWN"), "dusk"),
    **dict.fromkeys(("NIGHT", "MIDNIGHT", "NIGHTFALL", "LATE"), "night"),
    **dict.fromkeys(("夜", "深夜"), "night"),
    **dict.fromkeys(("昼", "朝"), "day"),
    "夕方": "dusk",
    "夜明け": "dawn",
}
_TIME_PHRASES: Mapping[str, str] = {
    "EARLY MORNING": "dawn",
    "FIRST LIGHT": "dawn",
    "GOLDEN HOUR": "dusk",
    "MAGIC HOUR": "dusk",
    "LATE AFTERNOON": "day",
    "LATE MORNING": "day",
}
_SAME_TIME_PHRASES = frozenset(
    {"CONTINUOUS", "CONT'D", "LATER", "MOMENTS LATER", "SECONDS LATER", "MINUTES LATER", "SAME", "SAME TIME"}
)
_TIME_FILLER_WORDS = _words_in(
    "THE NEXT THAT THIS A AN IN OF AND WITH HEAVY LIGHT EARLY VERY BEFORE AFTER MOMENTS SECONDS MINUTES HOURS DAYS "
    "WEEKS MONTHS YEARS FEW PRESENT FLASHBACK ESTABLISHING INTERCUT MONTAGE DREAM POURING FALLING ONE TWO THREE"
)
"""Words beside a time in a heading that do not name a place."""

_WEATHER_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("storm", "stormy", "thunder", "thunderstorm", "lightning", "typhoon"), "storm"),
    **dict.fromkeys(("snow", "snowing", "snowy", "snowfall", "blizzard", "snowflakes"), "snow"),
    **dict.fromkeys(("rain", "raining", "rainy", "drizzle", "downpour", "raindrops", "rainfall"), "rain"),
    **dict.fromkeys(("fog", "foggy", "mist", "misty", "haze"), "fog"),
    **dict.fromkeys(("clear", "sunny", "cloudless", "dry"), "clear"),
}
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
_CUT_TRANSITION_WORDS = frozenset(
    {"CUT", "BACK", "INTERCUT", "FLASHBACK", "FLASHFORWARD", "FLASH", "JUMP", "MATCH", "TIME", "RETURN", "END"}
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class Heading:
    """What a scene heading says; "" or None for what it leaves open.

    Attributes:
        interior: True inside, False outside.
        is_same_time: Whether little or no time has passed since the scene before.
    """

    interior: bool | None
    place: str
    time_of_day: str
    weather: str
    is_same_time: bool


def read_heading(text: str) -> Heading:
    """Return what a scene heading says, given without its scene number and forced mark."""
    plain = " ".join(text.split()).replace("–", "-").replace("—", "-")
    interior, rest = _split_prefix(plain)
    parts = [part.strip(" -") for part in rest.split(" - ")]
    parts = [part for part in parts if part]
    time_of_day = weather = ""
    same_time = False
    while parts:
        if len(parts) == 1 and interior is None:
            break  # a forced heading of one part is a place, even if it is NIGHT
        timing = _parse_timing(parts[-1])
        if timing is None or (len(parts) == 1 and not timing[0] and not timing[2]):
            break
        time_of_day, weather = time_of_day or timing[0], weather or timing[1]
        same_time = same_time or timing[2]
        parts.pop()
    if parts and not time_of_day and not same_time:
        parts[-1], time_of_day = _split_time_after_comma(parts[-1])
    place = " - ".join(parts)
    if interior is None:
        interior = _guess_interior(place)
    return Heading(interior, place, time_of_day, weather or _find_weather(place), same_time)


def _split_prefix(text: str) -> tuple[bool | None, str]:
    """Return (True inside, False outside or None if not stated; the rest)."""
    first, _, rest = text.partition(" ")
    mark, dot, attached = first.partition(".")
    if dot and attached and not attached.startswith("/"):  # INT.LAB
        first, rest = mark + ".", f"{attached} {rest}".strip()
    kinds = [part.strip(". ").upper() for part in first.split("/")]
    if any(kind not in ("INT", "EXT", "EST", "I", "E") for kind in kinds) or kinds in (["I"], ["E"]):
        return None, text
    return any(kind in ("INT", "I") for kind in kinds), rest


def _parse_timing(part: str) -> tuple[str, str, bool] | None:
    """Return (time of day, weather, same time) if a part of a heading is about nothing else, else None."""
    upper = part.upper().replace("’", "'")
    if upper in _SAME_TIME_PHRASES:
        return "", "", True
    if upper in _TIME_PHRASES:
        return _TIME_PHRASES[upper], "", False
    words = [word for word in re.split(r"[^\w']+", upper) if word]
    time_of_day = next((_TIME_WORDS[word] for word in words if word in _TIME_WORDS), "")
    weather = next((_WEATHER_WORDS[word.lower()] for word in words if word.lower() in _WEATHER_WORDS), "")
    is_same_time = any(word in _SAME_TIME_PHRASES for word in words)
    tables = (_TIME_WORDS, _SAME_TIME_PHRASES, _TIME_FILLER_WORDS)
    if not words or any(
        word.lower() not in _WEATHER_WORDS and not any(word in table for table in tables) for word in words
    ):
        return None
    return time_of_day, weather, is_same_time


def _split_time_after_comma(part: str) -> tuple[str, str]:
    """Return a place and the time of day behind its last comma or full stop, as in `LAB, NIGHT`."""
    index = max(part.rfind(","), part.rfind("."))
    timing = _parse_timing(part[index + 1 :].strip()) if index > 0 else None
    return (part[:index].strip(), timing[0]) if timing and timing[0] else (part, "")


def _guess_interior(place: str) -> bool | None:
    words = set(_WORD.findall(place.upper()))
    if words & _INTERIOR_WORDS:
        return True
    return False if words & _EXTERIOR_WORDS else None


def _find_weather(text: str) -> str:
    words = _WORD.findall(text.lower())
    return next((_WEATHER_WORDS[word] for word in words if _WEATHER_WORDS.get(word, "clear") != "clear"), "")


def weather_in_action(action: str) -> str:
    """Return the first weather that the action mentions other than clear, or ""."""
    return _find_weather(action)


def weather_from_note(text: str) -> str:
    """Return the weather that a note names, or "" if it names none of `WEATHERS`."""
    return next((_WEATHER_WORDS[word] for word in _WORD.findall(text.lower()) if word in _WEATHER_WORDS), "")


def dominant_mood(text: str) -> str:
    """Return the mood with the most words in action and synopsis, "neutral" if there are none."""
    words = _WORD.findall(text.lower())
    counts = {mood: sum(word in table for word in words) for mood, table in _MOOD_WORDS.items()}
    best = max(counts, key=lambda mood: counts[mood])
    return best if counts[best] else NEUTRAL_MOOD


def transition_kind(text: str) -> str:
    """Return "cut", "dissolve", "fade" or "smash-cut"; "" for an unsupported transition, such as a wipe."""
    words = set(_WORD.findall(text.upper()))
    if words & {"WIPE", "IRIS", "WHITE", "SWIPE"}:
        return ""
    if words & {"DISSOLVE", "DISSOLVES", "CROSSFADE"} or {"CROSS", "FADE"} <= words:
        return "dissolve"
    if "SMASH" in words:
        return "smash-cut"
    if words & {"FADE", "FADES"}:
        return "fade"
    return "cut" if words & _CUT_TRANSITION_WORDS else ""


def is_lone_transition(text: str) -> bool:
    """Return whether a paragraph of action is a transition that writers leave unmarked, such as `FADE IN:`."""
    plain = text.strip().rstrip(".:").upper()
    return plain in ("FADE IN", "FADE OUT", "FADE TO BLACK", "CUT TO BLACK", "SMASH CUT TO BLACK") and text.isupper()
