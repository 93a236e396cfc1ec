"""Who speaks: the cues of a script as members of the cast, groups and voices, and those who have no character file.

Names are matched in `cast_names`; speeches are built in `screenplay`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tower_anime_assets.production.story.cast_names import CastNames, clean_name, loose_name
from tower_anime_assets.production.story.fountain import Element, ElementKind, plain_text
from tower_anime_assets.production.story.name_words import BOTH_CUES, EVERYBODY_CUES, VOICE_NAMES
from tower_anime_assets.production.story.source import Diagnostics, nearest_word, shorten

MAX_UNKNOWN_NAMES = 200
"""How many speakers without a file a fault names; with more, the script probably belongs to another show."""

MAX_NEAR_NAMES = 10
"""How many of them are compared with the cast for a slip of the pen."""

VOICE_OVER = "V.O."
_MAX_CUE_CHARS = 200  # longer ones are names as they stand

_SEPARATOR = re.compile(r"\s*[&/+,、，＆]\s*|\s+and\s+", re.IGNORECASE)
_WEAK_SEPARATOR = re.compile(r"\s+(?:und|et|y|e|и|och|og|en|con|with|mit|avec)\s+|\s*[と和]\s*", re.IGNORECASE)
_NAME_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv", "md", "phd", "esq"))
_BARE_EXTENSION = re.compile(r"[\s,-]+(V\.?\s?O\.?|O\.?\s?[SC]\.?|CONT['’]?D\.?|CONTINU(?:ED|ING))$", re.IGNORECASE)
_VOICE_OF = re.compile(r"(?:the\s+)?voice of (?P<one>.+)|(?P<other>.+?)['’]s? voice", re.IGNORECASE)
_NUMBER = re.compile(r"#?\s*\d+")


@dataclass(frozen=True)
class UnlistedSpeaker:
    """A speaker who has no character file.

    Attributes:
        name: As on the first cue.
        line: 1-based line of the first cue.
        near: The name in the cast that it may be a slip of the pen for, or "".
    """

    name: str
    line: int
    cue_count: int
    near: str = ""


@dataclass(frozen=True)
class Cue:
    """Who speaks a speech.

    Attributes:
        speakers: Their ids; empty if they have no file.
        is_dual: Whether they speak while the speech before is spoken.
        extension: What stands beside the name, such as "V.O.", or "".
    """

    speakers: tuple[str, ...]
    is_dual: bool
    extension: str


@dataclass
class _SceneSpeakers:
    """Who has spoken in a scene.

    Attributes:
        latest_line_by_speaker: Line of the latest cue by speaker, in order of first cues.
        together: Those whose speeches are spoken at once with the latest one, and it.
        has_unlisted: Whether a speaker without a file has spoken.
        upcoming: Everybody who speaks in the scene, in order.
    """

    upcoming: Sequence[str] = ()
    latest_line_by_speaker: dict[str, int] = field(default_factory=dict)
    together: set[str] = field(default_factory=set)
    has_unlisted: bool = False


class Speakers:
    """Reads the cues of one script in order."""

    def __init__(self, cast: CastNames, elements: Iterable[Element], faults: Diagnostics) -> None:
        self._cast = cast
        self._faults = faults
        self._named_in_full: dict[str, None] = {}  # whoever has a cue of their own, in order
        self._upcoming_by_heading_line = self._find_upcoming(elements)
        self._scene = _SceneSpeakers()
        self._earlier_speakers: tuple[str, ...] = ()  # of the latest scene with two or more
        self._unlisted: dict[str, UnlistedSpeaker] = {}
        self._shared_words: dict[str, int] = {}  # line by word of several names
        self._told: set[str] = set()  # names and words of which a warning or note was given
        self._spoken: dict[str, None] = {}  # in order of their latest cues

    @property
    def unlisted(self) -> tuple[UnlistedSpeaker, ...]:
        """The speakers without files, in order of their first cues."""
        return tuple(self._unlisted.values())

    def begin_scene(self, heading_line: int) -> None:
        """Begin the scene whose heading is on a line."""
        if self._scene.latest_line_by_speaker:
            self._earlier_speakers = tuple(self._scene.latest_line_by_speaker)
        self._scene = _SceneSpeakers(self._upcoming_by_heading_line.get(heading_line, ()))

    def read_cue(self, element: Element, extension: str, present: Iterable[str], *, follows_speech: bool) -> Cue:
        """Return who speaks.

        Args:
            extension: What the cue has in brackets, without "CONT'D".
            present: Ids of those whom the scene has named so far.
            follows_speech: Whether nothing but a speech stands before it.
        """
        name = clean_name(plain_text(element.text))
        is_short = len(name) <= _MAX_CUE_CHARS
        if is_short and not self._cast.find_id(name) and (bare := _BARE_EXTENSION.search(name)) and bare.start():
            extension = extension or ("" if bare[1].upper().startswith("CONT") else bare[1])
            name = name[: bare.start()]
        speakers = self._resolve(name, element, list(present))
        if not extension and self._is_voice(name, element):
            extension = VOICE_OVER
        is_dual = element.dual and self._may_overlap(name, speakers, element, follows_speech=follows_speech)
        scene = self._scene
        if not is_dual:
            scene.together.clear()
        scene.together.update(speakers)
        for speaker in speakers:
            scene.latest_line_by_speaker[speaker] = element.line
            self._spoken.pop(speaker, None)
            self._spoken[speaker] = None
        return Cue(tuple(speakers), is_dual, extension)

    def report(self, episode_key: str) -> None:
        """Add one fault that names all speakers without files, and one for every name that several could have."""
        for word, line in self._shared_words.items():
            owners = " or ".join(map(self._cast.name_of, self._cast.find_owners(word)))
            problem = f"{shorten(word)!r} may be {owners}"
            self._faults.add(line, problem, "a name that only one character has", "Write the full name.")
        unlisted = self.unlisted
        if not unlisted:
            return
        if len(unlisted) == 1:
            count = f" ({unlisted[0].cue_count} cues)" if unlisted[0].cue_count > 1 else ""
            problem = f"{shorten(unlisted[0].name)!r} speaks, but is not a character of this project{count}"
        else:
            listed = ", ".join(
                f"{shorten(one.name)!r} (line {one.line}{f', {one.cue_count} cues' if one.cue_count > 1 else ''})"
                for one in unlisted[:MAX_UNKNOWN_NAMES]
            )
            rest = len(unlisted) - MAX_UNKNOWN_NAMES
            more = f" and {rest:,} more" if rest > 0 else ""
            problem = f"{len(unlisted)} speakers are not characters of this project: {listed}{more}"
        near_pairs = [(one.name, one.near) for one in self.with_near_names()[:MAX_NEAR_NAMES] if one.near]
        slips = "".join(f"Did you mean {near} by {shorten(name)!r}? " for name, near in near_pairs)
        if len(unlisted) == 1 and near_pairs:
            slips = f"Did you mean {near_pairs[0][1]}? "
        remedy = (
            f"{slips}`tower cast {episode_key}` writes the missing files. Otherwise correct the name, list it as an "
            "alias, or begin the line with ! if it is action."
        )
        self._faults.add(unlisted[0].line, problem, "a file under characters/ for every speaker", remedy)

    def with_near_names(self) -> list[UnlistedSpeaker]:
        """Return the speakers without files, the first few with the name in the cast that is nearest to theirs."""
        options = (*self._cast.names, *(word for name in self._cast.names for word in name.split() if len(word) > 2))
        near = [nearest_word(one.name, options, 0.75) for one in self.unlisted[:MAX_NEAR_NAMES]]
        near = [
            "" if _is_another_on_purpose(one.name, name) else name
            for one, name in zip(self.unlisted, near, strict=False)
        ]
        near += [""] * (len(self._unlisted) - len(near))
        return [
            UnlistedSpeaker(one.name, one.line, one.cue_count, name)
            for one, name in zip(self.unlisted, near, strict=True)
        ]

    # One cue

    def _resolve(self, name: str, element: Element, present: list[str]) -> list[str]:
        """Return the ids of the speakers of a cue: one, or several for `A & B`, BOTH and ALL."""
        if character := self._cast.find_id(name):
            return [character]
        key = loose_name(name)
        if key in EVERYBODY_CUES or key in BOTH_CUES:
            return self._resolve_group(name, element, present, is_both=key in BOTH_CUES)
        if voice := _VOICE_OF.fullmatch(name):
            character = self._cast.find_id(voice["one"] or voice["other"])
            if character:
                return [character]
        parts = self._split_names(name)
        speakers: list[str] = []
        for part in parts:
            if character := self._cast.find_id(part) or self._find_shared(part, element):
                speakers.append(character)
            elif len(parts) > 1 and loose_name(part) in EVERYBODY_CUES:
                speakers += self._scene.latest_line_by_speaker
            else:
                self._note_unlisted(part, element)
        return list(dict.fromkeys(speakers))

    def _find_shared(self, name: str, element: Element) -> str:
        """Return whoever spoke last of those who share a name, or speaks first, with a warning; "" if none speaks."""
        owners = set(self._cast.find_owners(name))
        if len(owners) < 2:
            return ""
        speaker = next((one for one in reversed(self._spoken) if one in owners), "")
        why = "who spoke last of them"
        if not speaker:
            speaker = next((one for one in self._named_in_full if one in owners), "")
            why = "who speaks first of them"
        if speaker and name not in self._told:
            self._told.add(name)
            problem = f"{shorten(name)!r} is a name of {len(owners)} characters"
            instead = f"spoken by {self._cast.name_of(speaker)}, {why}"
            self._faults.warn(element.line, problem, instead, "Write the full name.")
        return speaker

    def _split_names(self, name: str) -> list[str]:
        """Return the names in a cue; words that may belong to a name divide it only where a part is known."""
        parts = _SEPARATOR.split(name) if len(name) <= _MAX_CUE_CHARS else [name]
        parts = [part.strip() for part in parts if part.strip()]
        names: list[str] = []
        for part in parts or [name]:
            if names and loose_name(part) in _NAME_SUFFIXES:
                names[-1] = f"{names[-1]}, {part}"
            elif names and _NUMBER.fullmatch(part):  # AGENT 1 AND 2
                names.append(_NUMBER.sub("", names[-1]).strip() + f" {part}")
            else:
                names.append(part)
        divided: list[str] = []
        for one in names:
            weak_parts = [part.strip() for part in _WEAK_SEPARATOR.split(one) if part.strip()]
            if len(weak_parts) > 1 and not self._cast.find_id(one) and any(map(self._cast.find_id, weak_parts)):
                divided += weak_parts
            else:
                divided.append(one)
        return divided

    def _resolve_group(self, name: str, element: Element, present: list[str], *, is_both: bool) -> list[str]:
        scene = self._scene
        latest_lines = scene.latest_line_by_speaker
        if len(latest_lines) >= 2:
            if not is_both:
                return list(latest_lines)
            newest = sorted(latest_lines, key=latest_lines.__getitem__)[-2:]
            return [one for one in latest_lines if one in newest]
        group = list(dict.fromkeys((*latest_lines, *present, *scene.upcoming)))
        where = "in this scene"
        if len(group) < 2 and scene.has_unlisted:
            return group  # the others will be known once they have files
        if not group:
            group, where = list(self._earlier_speakers), "in the scene before"
        if not group:
            self._note_unlisted(name, element)
            return []
        group = group[:2] if is_both else group
        names = " & ".join(self._cast.name_of(one) for one in group)
        problem = f"{shorten(name)!r} speak, but fewer than two have spoken in this scene so far"
        self._faults.warn(element.line, problem, f"spoken by {names}, who are {where}", f"Name them: {names.upper()}.")
        return group

    def _may_overlap(self, name: str, speakers: list[str], element: Element, *, follows_speech: bool) -> bool:
        """Return whether a speech with a ^ can be spoken at once with the one before; if not, add a warning."""
        scene = self._scene
        if not speakers:
            return False
        if any(speaker in scene.together for speaker in speakers) and follows_speech:
            problem = f"{shorten(name)!r} has a ^, but speaks in the speeches that it is spoken at once with"
            self._faults.warn(element.line, problem, "spoken after them", "Delete the ^.")
            return False
        if not follows_speech:
            problem = f"{shorten(name)!r} has a ^, but no speech stands directly before it"
            self._faults.warn(element.line, problem, "spoken alone", "Delete the ^, or move the speech.")
            return False
        # What a speaker without a file says cannot be spoken with: the fault is that there is no file.
        return bool(scene.together)

    def _is_voice(self, name: str, element: Element) -> bool:
        """Return whether a name is that of a voice whom nobody sees; say so at its first cue."""
        key = loose_name(name)
        words = key.split()
        while words and words[-1].isdigit():
            words.pop()
        is_voice = bool(words) and (words[-1] in VOICE_NAMES or _VOICE_OF.fullmatch(name) is not None)
        if is_voice and key not in self._told:
            self._told.add(key)
            problem = f"{shorten(name)!r} is a voice without (V.O.) or (O.S.)"
            remedy = "Write (ON SCREEN) behind the name to see who speaks."
            self._faults.note(element.line, problem, "heard, and not seen", remedy)
        return is_voice

    def _note_unlisted(self, name: str, element: Element) -> None:
        self._scene.has_unlisted = True
        if len(self._cast.find_owners(name)) > 1:
            self._shared_words.setdefault(name, element.line)
            return
        key = loose_name(name)
        known = self._unlisted.get(key, UnlistedSpeaker(name, element.line, 0))
        self._unlisted[key] = UnlistedSpeaker(known.name, known.line, known.cue_count + 1)

    def _find_upcoming(self, elements: Iterable[Element]) -> dict[int, list[str]]:
        """Return who speaks below each heading, by its line; what stands before the first belongs to it."""
        upcoming: dict[str, None] = {}
        upcoming_by_line: dict[int, list[str]] = {}
        line = 0
        for element in elements:
            if element.kind is ElementKind.HEADING:
                if line:
                    upcoming_by_line[line] = list(upcoming)
                    upcoming = {}
                line = element.line
            elif element.kind is ElementKind.CHARACTER and (speaker := self._cast.find_id(plain_text(element.text))):
                upcoming[speaker] = None
                self._named_in_full.setdefault(speaker)
        if line:
            upcoming_by_line[line] = list(upcoming)
        return upcoming_by_line


def _is_another_on_purpose(name: str, near: str) -> bool:
    """Return whether two similar names are told apart by a number or a whole word: `GUARD 2`, `YOUNG ADA`."""
    words, near_words = set(loose_name(name).split()), set(loose_name(near).split())
    return words > near_words or all(word.isdigit() for word in words ^ near_words)
