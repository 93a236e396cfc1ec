"""People whom a script introduces and who never speak, as in `GRANDMOTHER (70) plants bulbs`.

Only names in capitals with an age beside them count; whoever has a character file or a cue is found elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from tower_anime_assets.production.story.cast_names import CastNames, loose_name
from tower_anime_assets.production.story.model import Action, Episode
from tower_anime_assets.production.story.name_words import QUALIFIERS
from tower_anime_assets.production.story.source import Diagnostics
from tower_anime_assets.production.story.speakers import UnlistedSpeaker

_MAX_PEOPLE = 50
_CAPITAL = r"[^\W\d_a-zß-öø-ÿа-яё]"
_NAME = rf"{_CAPITAL}(?:{_CAPITAL}|['’.-](?={_CAPITAL})){{1,24}}\.?"
_AGE = (
    r"(?i:(?:aged?\s+|about\s+|around\s+|early\s+|mid-?\s?|late\s+|anfang\s+|mitte\s+|ende\s+|um\s+die\s+)?(?:\d{1,3}(?:['’]?s|er)?|"
    r"teens|(?:twen|thir|for|fif|six|seven|eigh|nine)ties)(?!\w))"
)
_AFTER_AGE = r"(?=\s*[,.;)）]|\s(?:years?|yrs?|old|and|with|but|Jahre|ans|años|anni|anos|лет)(?!\w))"
_INTRODUCED = re.compile(
    rf"(?<![\w'’-])(?P<name>{_NAME}(?:\s{{1,2}}{_NAME}){{0,3}})(?:\s?[(（]\s?{_AGE}{_AFTER_AGE}|,\s{_AGE}(?=\s*[,.;]))"
)
_NOBODY = frozenset(("AM", "PM", "TV", "PC", "OK", "UK", "US", "EU", "NO", "NR", "AD", "BC", "ID", "UFO", "DVD", "VHS"))


def find_silent_people(episode: Episode, cast: CastNames, speakers: Collection[str]) -> list[UnlistedSpeaker]:
    """Return whoever a script introduces, who has no character file and no cue, at most 50.

    Args:
        speakers: Names of those who speak and have no file.
    """
    known = {word for name in speakers for word in loose_name(name).split() if word not in QUALIFIERS}
    found: dict[str, UnlistedSpeaker] = {}
    for line, text in _actions(episode):
        for match in _INTRODUCED.finditer(text):
            name = " ".join(match["name"].split())
            loose = loose_name(name)
            if not name.isupper() or name in _NOBODY or cast.find_mentions(name) or known.intersection(loose.split()):
                continue
            if loose not in found and len(found) < _MAX_PEOPLE:
                found[loose] = UnlistedSpeaker(name, line + text.count("\n", 0, match.start()), cue_count=0)
    return list(found.values())


def warn_of_silent_people(people: Iterable[UnlistedSpeaker], episode_key: str, faults: Diagnostics) -> None:
    """Add a warning for everybody who is introduced and has no file."""
    for person in people:
        problem = f"{person.name} is introduced, and has no character file"
        remedy = f"Write one: tower cast {episode_key}"
        faults.warn(person.line, problem, "nobody is drawn for them; prompts have the words of the action", remedy)


def _actions(episode: Episode) -> Iterable[tuple[int, str]]:
    return ((beat.line, beat.text) for scene in episode.scenes for beat in scene.beats if isinstance(beat, Action))
