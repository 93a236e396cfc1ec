"""Characters under 18: romance that a script writes of them is neither drawn nor prompted, and the writer is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.planning.character_words import ADULT_YEARS, is_minor
from tower_anime_assets.production.story.cast_names import CastNames
from tower_anime_assets.production.story.model import Action, Episode, Project

NEGATIVE_WORDS = "nudity, sexualised"
"""Unwanted in every picture of somebody under age."""

_ROMANCE = re.compile(
    r"\b(?:kiss(?:es|ed|ing)?|caress(?:es|ed|ing)?|seduc\w*|undress\w*|naked|nude|lingerie|erotic\w*|sexual\w*|sexy|"
    r"mak(?:es?|ing)\s+(?:love|out)|made\s+(?:love|out))\b|"
    # German, French, Spanish, Italian, Portuguese, Russian; then Japanese, Chinese, Korean
    r"\b(?:küss(?:t|te|ten|en)|geküsst|nackt\w*|entkleide\w*|verführ\w*|embrass(?:e|ent|er|ait|a|ant)|s'embrass\w+|"
    r"(?:dés|des)habill\w+|tout nus?|toute nue|nues|sédui\w+|bes(?:a|an|ar|ando|ó|aron)|desnud\w+|desvist\w+|"
    r"bacia(?:no|re|ndo|va)?|baciò|spoglia\w*|nud[oiae]|beij(?:a|am|ar|ando|ou)|nuas?|"
    r"(?:по)?целу\w+|поцелов\w+|обнаж\w+|гол(?:ый|ая|ые|ой|ую)|раздева\w+)\b|"
    r"キス|口づけ|接吻|裸|愛撫|亲吻|親吻|裸体|脱衣|키스|입맞|입을 맞|알몸|애무",
    re.IGNORECASE,
)


def is_romance(text: str) -> bool:
    """Return whether an action is of a kind that nobody under age is shown or prompted in."""
    return _ROMANCE.search(text) is not None


def minor_warnings(project: Project, episode: Episode) -> Iterator[StoryWarning]:
    """Yield a warning for every paragraph of romance that names somebody under age."""
    minors = {character.id: character for character in project.characters if is_minor(character)}
    if not minors:
        return
    names = CastNames(project.characters)
    for scene in episode.scenes:
        for beat in scene.beats:
            if isinstance(beat, Action) and is_romance(beat.text):
                for character in minors.keys() & set(names.find_mentions(beat.text)):
                    name, words = minors[character].name, _ROMANCE.search(beat.text)
                    problem = f"{words.group() if words else ''!r} in an action with {name}, who is under {ADULT_YEARS}"
                    instead = "the shot is made without it: the words are in no prompt, and nobody is drawn doing it"
                    file = f"{project.id}/episodes/{episode.id}.fountain"
                    yield StoryWarning(file, beat.line, problem, instead, "Write another action.")
