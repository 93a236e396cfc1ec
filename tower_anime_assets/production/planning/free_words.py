"""Scene headings for free words: where and when a description takes place, for the planning code of screenplays."""

from __future__ import annotations

import re
from typing import Final

from tower_anime_assets.production.planning.place_kinds import place_kind
from tower_anime_assets.production.story.headings import read_heading
from tower_anime_assets.production.story.times_of_day import read_timing

_MAX_READ_CHARACTERS: Final = 4000
_PLACE: Final = re.compile(
    r"\b(?:in|on|at|inside|outside|into|across|through|over|under|along|down|near|atop|onto)\s+"
    r"(?:the|a|an|his|her|its|their|some)\s+(?P<noun>[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*){0,3})",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"\b(?:at|by|in the|before|during the|late at|late|early in the|early)\s+(?P<time>[a-z]+(?:-[a-z]+)?)\b"
    r"|\b(?P<sure>night|midnight|dawn|dusk|sunset|sunrise|twilight)\b",
    re.IGNORECASE,
)
_INTERIOR_MARK, _EXTERIOR_MARK = "INT.", "EXT."


def heading_for(words: str) -> str:
    """Return a scene heading with the place and time that a description names, "" where it names no place.

    Of several places the first that we can draw counts. Without a time it is by day.
    """
    read = words[:_MAX_READ_CHARACTERS]
    for match in _PLACE.finditer(read):
        place = _shortest_place(match["noun"])
        if place:
            mark = _INTERIOR_MARK if _is_interior(place) else _EXTERIOR_MARK
            return f"{mark} {place.upper()} - {_time_of_day(read).upper()}"
    return ""


def _shortest_place(phrase: str) -> str:
    """Return the first words of a phrase that are a place which we know, "" if none are."""
    parts = phrase.split()
    for length in range(1, len(parts) + 1):
        place = " ".join(parts[:length])
        following = " ".join(parts[: length + 1])
        if _is_known(place) and not (length < len(parts) and _is_known(parts[length]) and _is_known(following)):
            return place
    return ""


def _is_known(place: str) -> bool:
    return place_kind(place, interior=True) is not None or place_kind(place, interior=False) is not None


def _is_interior(place: str) -> bool:
    stated = read_heading(f".{place}").interior
    if stated is not None:
        return stated
    return place_kind(place, interior=False) is None


def _time_of_day(words: str) -> str:
    for match in _TIME.finditer(words):
        if time := read_timing(match["time"] or match["sure"]).time_of_day:
            return time
    return "day"
