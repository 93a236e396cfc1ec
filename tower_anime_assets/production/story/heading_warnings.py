"""What is to be said of a scene heading that was understood in part, and what was chosen for what it leaves open."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tower_anime_assets.production.story.fountain import Element
from tower_anime_assets.production.story.heading_lines import HeadingDoubt
from tower_anime_assets.production.story.headings import Heading
from tower_anime_assets.production.story.source import Diagnostics, shorten

_ELSE_ACTION = "or begin the line with ! if it is action."
_REMEDIES: Mapping[HeadingDoubt, str] = {
    HeadingDoubt.NO_PREFIX: f"Write INT. or EXT. before it, {_ELSE_ACTION}",
    HeadingDoubt.MISSPELT: f"Write INT. or EXT. instead, {_ELSE_ACTION}",
    HeadingDoubt.NO_EMPTY_LINE: f"Put an empty line above it, {_ELSE_ACTION}",
    HeadingDoubt.NUMBER_SIGN: f"Delete the #, {_ELSE_ACTION}",
    HeadingDoubt.GREATER_SIGN: f"Delete the >, {_ELSE_ACTION}",
    HeadingDoubt.SEQUENCE: f"Write a heading such as INT. PLACE - NIGHT below it if it plays elsewhere, {_ELSE_ACTION}",
}
_DIVIDER = re.compile(r" - ")
_WEAK_DIVIDER = re.compile(r" - |[(/\[]")


def warn_of_heading(
    element: Element, heading: Heading, place: str, time_of_day: str, interior: bool, faults: Diagnostics
) -> None:
    """Add the warnings and notes of one heading.

    Args:
        element: The heading's line.
        heading: What it says.
        place: The place that the scene has.
        time_of_day: The time that the scene has.
        interior: Whether the scene is inside.
        faults: Where to add them.
    """
    line, quoted = element.line, repr(shorten(element.text))
    side = "inside" if interior else "outside"
    if element.doubt is not None:
        problem = f"{quoted} looks like a scene heading, but {element.doubt}"
        faults.warn(line, problem, f"it begins a scene, {side}, {time_of_day}", _REMEDIES[element.doubt])
    if not heading.place:
        remedy = "Name the place: INT. LABORATORY - NIGHT."
        faults.warn(line, f"the heading {quoted} names no place", f"the place is {place}", remedy)
    if heading.other_time:
        problem = f"the heading {quoted} names two times of day, {heading.time_of_day} and {heading.other_time}"
        faults.warn(line, problem, f"it is {time_of_day}", "Name one of them.")
    elif heading.time_in_place:
        problem = f"{shorten(heading.time_in_place)!r} in the heading {quoted} may be a place or a time"
        remedy = f"Write the time behind another dash, such as - {time_of_day.upper()}."
        faults.warn(line, problem, f"it is part of the place, and the scene is at {time_of_day}", remedy)
    elif not heading.time_of_day and not heading.is_same_time:
        _warn_of_unknown_time(element, heading, f"{side}, {time_of_day}", time_of_day, faults)
    elif heading.interior is None and element.doubt is None:
        remedy = "Write INT. or EXT. before it."
        faults.note(line, f"the heading {quoted} says neither inside nor outside", f"it is {side}", remedy)


def _warn_of_unknown_time(
    element: Element, heading: Heading, setting: str, time_of_day: str, faults: Diagnostics
) -> None:
    """Add a warning if the heading's last part may have been meant as a time, else a note."""
    line, quoted = element.line, repr(shorten(element.text))
    remedy = f"Write the time behind a dash, such as - {time_of_day.upper()}."
    divider = _WEAK_DIVIDER if heading.has_prefix else _DIVIDER
    parts = [part.strip(" )]") for part in divider.split(heading.place)]
    if len(parts) > 1 and parts[-1]:
        problem = f"{shorten(parts[-1])!r} in the heading {quoted} is not a time of day that is known"
        faults.warn(line, problem, f"it is part of the place, and the time is {time_of_day}", remedy)
    elif heading.has_prefix:
        faults.note(line, f"the heading {quoted} names no time of day", f"it is {time_of_day}", remedy)
    elif element.doubt is None:
        problem = f"the heading {quoted} names neither inside or outside nor a time of day"
        faults.note(
            line, problem, f"it is {setting}", f"Write INT. or EXT. before it, and - {time_of_day.upper()} behind it."
        )
