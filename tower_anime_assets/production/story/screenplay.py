"""A Fountain script and the project it belongs to, as an `Episode`; or everything that is wrong with it.

What a script means: which scenes there are, where and when they play, who speaks, how one scene becomes the next.
Splitting text into elements belongs in `fountain`, the words of headings in `headings`, those of notes in `notes`.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.production.story import headings, notes
from tower_anime_assets.production.story.fountain import Element, Kind, Screenplay, parse, plain_text
from tower_anime_assets.production.story.ids import line_id, scene_id
from tower_anime_assets.production.story.model import (
    Action,
    Beat,
    Card,
    Character,
    Episode,
    Project,
    Scene,
    ShotNote,
    Speech,
)
from tower_anime_assets.production.story.notes import SteeringNote
from tower_anime_assets.production.story.source import Faults, shortened, suggestion

EVERYBODY = frozenset({"all", "everyone", "everybody", "together"})
"""Cues that mean everybody who has spoken in the scene so far."""

BOTH = "both"
"""The cue that means the last two who have spoken in the scene."""

MAX_UNKNOWN_NAMES = 200
"""So many names that are no characters are reported one by one; beyond that the script is another show's."""

_NO_NAMES = frozenset(("the", "a", "an", "of", "and", "de", "van", "von", "mr", "mrs", "ms", "miss", "dr", "sir"))
_COMMON_WORDS = frozenset(
    (
        *("old", "young", "big", "little", "man", "woman", "boy", "girl", "doctor", "captain", "king", "queen", "lady"),
        *(
            "black",
            "white",
            "red",
            "blue",
            "green",
            "grey",
            "gray",
            "will",
            "may",
            "hope",
            "grace",
            "joy",
            "dawn",
            "rain",
        ),
    )
)
"""Words that may be all a cue needs to find `Old Man Jenkins`, but that in action are mostly just words."""

_GROUP_MARKS = re.compile(r"[&/,+]| and ", re.IGNORECASE)
_NO_MEANING_EXTENSIONS = re.compile(r"\s*\bcont(?:['’]?d|inued|inuing)?\b\.?", re.IGNORECASE)


def read_episode(project: Project, episode_id: str, text: str, file: str, source_sha256: str) -> Episode:
    """Return the episode that a script tells.

    Args:
        project: The show, with its cast.
        episode_id: Name of the script without its ending, such as `e01`.
        text: The script.
        file: What to call it in faults.
        source_sha256: Digest of the script file's bytes.

    Raises:
        StoryError: The script cannot be used; every fault is named with its line.
    """
    episode, faults = draft_episode(project, episode_id, text, file, source_sha256)
    if faults:
        raise StoryError(faults)
    return episode


def draft_episode(
    project: Project, episode_id: str, text: str, file: str, source_sha256: str
) -> tuple[Episode, tuple[Fault, ...]]:
    """Return what can be read of a script, and everything that is wrong with it; see `read_episode`."""
    faults = Faults(file)
    script = parse(text)
    for mark in script.unclosed:
        remedy = f"Close it with {'*/' if mark.mark == '/*' else ']]'}, or delete it."
        faults.add(mark.line, f"{mark.mark} is never closed", "marks in pairs", remedy)
    drafts = _Draft(project, Cast(project.characters), faults)
    drafts.take_all(script.elements)
    if not text.strip("\ufeff \t\r\n\f\v"):
        faults.add(
            0, "the script is empty", "a screenplay in Fountain", "Write a scene: INT. PLACE - NIGHT, then action."
        )
    elif not drafts.scenes:
        expected = "at least one scene heading such as INT. LABORATORY - NIGHT, with an empty line before it"
        faults.add(0, "the script has no scenes", expected, "Begin each scene with INT., EXT. or a forced .HEADING.")
    drafts.check_contents()
    title_page = {entry.key: plain_text(entry.value) for entry in script.title_page}
    episode = Episode(
        project=project.id,
        id=episode_id,
        title=" ".join(plain_text(script.title_values().get("title", "")).split()) or episode_id,
        scenes=drafts.finished(),
        ends_with="fade" if drafts.pending == "fade" else "cut",
        source_sha256=source_sha256,
        title_page=title_page,
        target_frames=_title_duration(script, project.delivery.fps, faults),
    )
    return episode, tuple(faults.found)


def _title_duration(script: Screenplay, fps: int, faults: Faults) -> int:
    for entry in script.title_page:
        if entry.key.lower() == "duration":
            note = SteeringNote("duration", entry.value, entry.line)
            return notes.duration_frames(note, fps, notes.MAX_EPISODE_S, faults)
    return 0


# Who speaks ----------------------------------------------------------------------------------------------------------


class Cast:
    """Finds characters by what a script calls them."""

    def __init__(self, characters: Sequence[Character]) -> None:
        self._by_name: dict[str, str] = {}
        words: dict[str, set[str]] = {}
        spellings: dict[str, str] = {}
        self.names = [character.name for character in characters]
        for character in characters:
            for name in (character.name, *character.aliases, character.id, character.id.replace("_", " ")):
                self._by_name.setdefault(_folded(name), character.id)
            for word in _name_words(character.name):
                words.setdefault(_folded(word), set()).add(character.id)
                spellings[_folded(word)] = word
        for word, owners in words.items():
            if len(owners) == 1:
                self._by_name.setdefault(word, next(iter(owners)))
        self.full_names = {_folded(name) for one in characters for name in (one.name, *one.aliases)} | set(
            self._by_name
        )
        mentioned = {
            spellings[word] for word, owners in words.items() if len(owners) == 1 and word not in _COMMON_WORDS
        }
        mentioned |= {name for one in characters for name in (one.name, *one.aliases)}
        self._mention = _mention_pattern(mentioned)

    def find(self, name: str) -> str:
        """Return the id of whoever is called this: by full name, alias, id, or a word of a name that only one has."""
        return self._by_name.get(_folded(name), "")

    def mentioned(self, text: str) -> list[str]:
        """Return the ids of those whom a text names, in order; names count when written with their capitals."""
        if self._mention is None:
            return []
        found = (self.find(match.group()) for match in self._mention.finditer(text))
        return list(dict.fromkeys(filter(None, found)))


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("’", "'").split())


def _name_words(name: str) -> list[str]:
    """Return the words of a name that may stand for all of it."""
    words = (word.strip("\"'“”‘’.,()") for word in name.split() if any(char.isalnum() for char in word))
    return [word for word in words if word.casefold() not in _NO_NAMES]


def _mention_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for the names as written and in capitals; those of scripts without spaces match anywhere."""
    spellings = {spelling for name in names for spelling in (name, name.upper())}
    if not spellings:
        return None
    parts = []
    for spelling in sorted(spellings, key=lambda text: (-len(text), text)):
        bounded = spelling[0].isupper() or spelling[-1].isupper() or spelling.isascii()
        parts.append(rf"(?<!\w){re.escape(spelling)}(?!\w)" if bounded else re.escape(spelling))
    return re.compile("|".join(parts))


# Scenes --------------------------------------------------------------------------------------------------------------


@dataclass
class _SceneDraft:
    """A scene while it is read."""

    element: Element
    interior: bool
    place: str
    time_of_day: str
    weather: str
    heading_weather: bool
    transition: str
    beats: list[Beat] = field(default_factory=list)
    cast: dict[str, None] = field(default_factory=dict)  # ordered set
    spoke: dict[str, int] = field(default_factory=dict)  # who has spoken, and the line of the latest cue
    synopsis: list[str] = field(default_factory=list)
    notes: dict[str, SteeringNote] = field(default_factory=dict)
    mood: str = ""
    music: str = ""
    tempo_bpm: int = 0
    target_frames: int = 0
    engines: tuple[str, ...] = ()
    lines: int = 0
    has_cues: bool = False  # also those of unknown speakers, who are a fault of their own

    @property
    def has_content(self) -> bool:
        return self.has_cues or any(not isinstance(beat, ShotNote) for beat in self.beats)

    @property
    def action_words(self) -> str:
        return " ".join(beat.text for beat in self.beats if isinstance(beat, Action))


@dataclass
class _SpeechDraft:
    """What follows one cue while it is read."""

    cue: Element
    extension: str
    parts: list[tuple[list[str], bool]] = field(default_factory=list)  # texts, sung
    parentheticals: list[str] = field(default_factory=list)
    later: list[Element] = field(default_factory=list)  # notes inside the speech: they steer what follows it


class _Draft:
    """Takes elements one by one and builds scenes from them."""

    def __init__(self, project: Project, cast: Cast, faults: Faults) -> None:
        self.project = project
        self.cast = cast
        self.faults = faults
        self.scenes: list[_SceneDraft] = []
        self.pending = ""  # transition to the next scene
        self._pending_line = 0
        self._prelude: list[Element] = []  # what stands before the first heading, as part of the first scene
        self._held_cards: list[Element] = []  # cards between a transition and the next heading
        self._speech: _SpeechDraft | None = None
        self._unknown: dict[str, Element] = {}
        self._unknown_times: Counter[str] = Counter()

    def take_all(self, elements: Iterable[Element]) -> None:
        for element in elements:
            self._take(element)
        self._end_speech()
        self._end_of_script()
        for name, first in itertools.islice(self._unknown.items(), MAX_UNKNOWN_NAMES):
            times = self._unknown_times[name]
            problem = f"{shortened(name)!r} is no character" + (f" ({times} cues)" if times > 1 else "")
            remedy = (
                f"{suggestion(name, self.cast.names)} Correct the name, add a file or an alias under characters/, "
                "or begin the line with ! if it is action."
            )
            self.faults.add(first.line, problem, "the name of a character of this project", remedy)
        if (more := len(self._unknown) - MAX_UNKNOWN_NAMES) > 0:
            remedy = "Check that the script belongs to this project."
            self.faults.add(0, f"{more:,} more names are no characters", "the names of this project's cast", remedy)

    # One element

    def _take(self, element: Element) -> None:
        if self._speech is not None and self._continues_speech(element):
            return
        self._end_speech()
        unmarked = element.kind is Kind.ACTION and headings.is_lone_transition(element.text)
        if unmarked or element.kind is Kind.TRANSITION:
            self._transition(element)
        elif element.kind is Kind.HEADING:
            self._heading(element)
        elif element.kind in (Kind.SECTION, Kind.PAGE_BREAK):
            return
        elif not self.scenes:
            self._prelude.append(element)
        elif element.kind is Kind.CENTRED and self.pending:
            self._held_cards.append(element)
        else:
            self._content(element)

    def _content(self, element: Element) -> None:
        scene = self.scenes[-1]
        if element.kind is Kind.NOTE:
            self._note(element)
            return
        if element.kind is Kind.SYNOPSIS:
            scene.synopsis.append(plain_text(element.text))
            return
        self._leave_transition_behind(element)
        if element.kind is Kind.CHARACTER:
            extension = _NO_MEANING_EXTENSIONS.sub("", element.extension).strip()
            self._speech = _SpeechDraft(element, extension)
        elif element.kind is Kind.CENTRED:
            if text := plain_text(element.text):
                scene.beats.append(Card(text, element.line))
        else:  # action, and lyrics that nobody in particular sings
            self._action(element)

    def _continues_speech(self, element: Element) -> bool:
        """Take an element into the speech that is being read; return whether it belongs there."""
        speech = self._speech
        if speech is None:
            return False
        if element.kind is Kind.DIALOGUE or (element.kind is Kind.LYRIC and element.in_dialogue):
            sung = element.kind is Kind.LYRIC
            text = _one_line(plain_text(element.text))
            if speech.parts and speech.parts[-1][1] == sung:
                speech.parts[-1][0].append(text)
            elif text:
                speech.parts.append(([text], sung))
            return True
        if element.kind is Kind.PARENTHETICAL:
            speech.parentheticals.append(plain_text(element.text))
            return True
        if element.kind is Kind.NOTE:
            if speech.parts:
                speech.later.append(element)
            else:
                self._note(element)
            return True
        return False

    def _action(self, element: Element) -> None:
        text = plain_text(element.text).strip()
        if not text:
            return
        if _folded(text) in self.cast.full_names and not any(char.islower() for char in text):
            problem = f"{shortened(text)!r} stands alone"
            remedy = "Delete the empty line below the name, or write a sentence if it is action."
            self.faults.add(element.line, problem, "a speech right below the name", remedy)
        scene = self.scenes[-1]
        scene.beats.append(Action(text, element.line))
        for character in self.cast.mentioned(text):
            scene.cast.setdefault(character)

    # Speeches

    def _end_speech(self) -> None:
        speech, self._speech = self._speech, None
        if speech is None:
            return
        scene = self.scenes[-1]
        scene.has_cues = True
        speakers = self._speakers(speech.cue, scene)
        parenthetical = "; ".join(filter(None, speech.parentheticals))
        if speakers and not speech.parts:
            self._silent_cue(speech, parenthetical)
        if speech.cue.dual and not scene.spoke:
            problem = f"{shortened(speech.cue.text)!r} has a ^ but nobody speaks before"
            self.faults.add(speech.cue.line, problem, "a speech before it in the scene", "Delete the ^.")
        for number, speaker in enumerate(speakers):
            scene.cast.setdefault(speaker)
            for part, (texts, sung) in enumerate(speech.parts):
                scene.lines += 1
                text = " ".join(filter(None, texts))
                # Everybody in a group speaks at once; the second part of one speech follows its first.
                dual = (speech.cue.dual or number > 0) and part == 0
                spoken = line_id(scene_id(len(self.scenes)), scene.lines)
                extension = speech.extension
                line = Speech(spoken, speaker, text, parenthetical, extension, dual, sung, speech.cue.line)
                scene.beats.append(line)
        if speech.parts:
            scene.spoke.update(dict.fromkeys(speakers, speech.cue.line))
        for note in speech.later:
            self._note(note)

    def _silent_cue(self, speech: _SpeechDraft, parenthetical: str) -> None:
        """Keep a cue without words as action when it says what the character does, else report it."""
        if parenthetical:
            text = f"{speech.cue.text} ({parenthetical})"
            self._action(Element(Kind.ACTION, text, speech.cue.line))
            return
        problem = f"{shortened(speech.cue.text)!r} says nothing"
        self.faults.add(speech.cue.line, problem, "a speech below the name", "Write the words, or delete the name.")

    def _speakers(self, cue: Element, scene: _SceneDraft) -> list[str]:
        """Return the ids of all who speak at a cue: one, or several for `A & B`, BOTH and ALL."""
        name = plain_text(cue.text)
        if found := self.cast.find(name):
            return [found]
        word = name.strip().casefold()
        if word in EVERYBODY or word == BOTH:
            chosen = list(scene.spoke)
            if word == BOTH:
                latest = sorted(chosen, key=lambda one: -scene.spoke[one])[:2]
                chosen = [one for one in chosen if one in latest]
            if len(chosen) < 2:
                problem = f"{shortened(name)!r} speak, but fewer than two have spoken in this scene"
                self.faults.add(cue.line, problem, "speakers who are known by then", "Name them: AKIRA & LUNA.")
            return chosen
        parts = [part.strip() for part in _GROUP_MARKS.split(name) if part.strip()]
        speakers = [self.cast.find(part) for part in parts]
        unknown = [part for part, speaker in zip(parts, speakers, strict=True) if not speaker]
        for part in unknown if any(speakers) else [name]:
            self._unknown.setdefault(part, cue)
            self._unknown_times[part] += 1
        return list(dict.fromkeys(filter(None, speakers)))

    # Notes

    def _note(self, element: Element) -> None:
        note = notes.steering_note(element, self.faults)
        if note is None:
            return
        scene = self.scenes[-1]
        if note.key == "shot":
            self._ask(scene, notes.shot(note, self.project.delivery, self.faults))
            return
        if note.key == "engine" and scene.beats:  # below the scene's first beat it is about the next shot only
            self._ask(scene, ShotNote("", "", 0, (), note.line, notes.engines(note, self.faults)))
            return
        earlier = scene.notes.setdefault(note.key, note)
        if earlier is not note:
            problem = f"the scene has a second {note.key} note, after that on line {earlier.line}"
            self.faults.add(note.line, problem, f"one {note.key} for a scene", "Delete one, or begin a new scene.")
        elif note.key == "mood":
            scene.mood = notes.mood(note, self.faults)
        elif note.key == "weather":
            scene.weather = notes.weather(note, self.faults) or scene.weather
        elif note.key == "engine":
            scene.engines = notes.engines(note, self.faults)
        elif note.key == "music":
            scene.music, scene.tempo_bpm = notes.music(note, self.faults)
        else:
            fps = self.project.delivery.fps
            scene.target_frames = notes.duration_frames(note, fps, notes.MAX_SCENE_S, self.faults)

    def _ask(self, scene: _SceneDraft, asked: ShotNote) -> None:
        """Add a wish for the next shot; an engine note joins the shot note beside it."""
        before = scene.beats[-1] if scene.beats else None
        if isinstance(before, ShotNote) and bool(before.engines) != bool(asked.engines):
            shot, pin = (asked, before) if before.engines else (before, asked)
            scene.beats[-1] = replace(shot, engines=pin.engines)
        else:
            scene.beats.append(asked)

    # Headings and transitions

    def _heading(self, element: Element) -> None:
        read = headings.read_heading(plain_text(element.text))
        before = self.scenes[-1] if self.scenes else None
        if not read.place:
            problem = f"the heading {shortened(element.text)!r} names no place"
            self.faults.add(element.line, problem, "a heading such as INT. LABORATORY - NIGHT", "Name the place.")
        inside = read.interior
        if inside is None:
            inside = before.interior if before else True
        time_of_day = read.time_of_day or (before.time_of_day if before else "day")
        carried = before.weather if before and read.same_time else ""
        self.scenes.append(
            _SceneDraft(
                element,
                inside,
                read.place,
                time_of_day,
                read.weather or carried,
                bool(read.weather),
                self.pending or "cut",
            )
        )
        self.pending = ""
        held, self._held_cards = self._held_cards, []
        prelude, self._prelude = self._prelude, []
        for earlier in (*prelude, *held):
            self._take(earlier)
        self._end_speech()

    def _transition(self, element: Element) -> None:
        kind = headings.transition_kind(element.text)
        if not kind:
            expected = "CUT TO:, DISSOLVE TO:, SMASH CUT TO:, FADE IN:, FADE OUT. or FADE TO BLACK."
            problem = f"the transition {shortened(element.text)!r} cannot be made"
            self.faults.add(element.line, problem, expected, "Use one of these, or begin the line with ! for action.")
            return
        if self.pending != "fade":  # FADE OUT, then FADE IN or CUT TO: the scene still comes out of black
            self.pending = kind
        self._pending_line = element.line

    def _leave_transition_behind(self, element: Element) -> None:
        """Deal with a transition that no heading follows: plain cuts happen between all shots, others need a scene."""
        if self.pending and self.pending != "cut":
            problem = f"a {self.pending} stands inside a scene (the scene goes on at line {element.line})"
            remedy = "Write a scene heading after it, or delete it."
            self.faults.add(self._pending_line, problem, "a scene heading after it", remedy)
        if self.pending:
            self.pending = ""
            self._release_cards()

    def _release_cards(self) -> None:
        held, self._held_cards = self._held_cards, []
        for card in held:
            if self.scenes and (text := plain_text(card.text)):
                self.scenes[-1].beats.append(Card(text, card.line))

    def _end_of_script(self) -> None:
        self._release_cards()
        if self.pending == "dissolve":
            problem = "the script ends with a dissolve"
            self.faults.add(self._pending_line, problem, "a scene to dissolve to", "End with FADE OUT. instead.")

    # The whole

    def check_contents(self) -> None:
        """Report every scene in which nothing happens."""
        for scene in self.scenes:
            if not scene.has_content:
                problem = f"the scene {shortened(scene.element.text)!r} has no content"
                remedy = "Write what is seen or said, or delete the heading."
                self.faults.add(scene.element.line, problem, "action or dialogue below the heading", remedy)

    def finished(self) -> tuple[Scene, ...]:
        """Return the scenes; what no note says is derived from their words."""
        return tuple(_scene(number, draft) for number, draft in enumerate(self.scenes, 1))


def _scene(number: int, draft: _SceneDraft) -> Scene:
    synopsis = " ".join(draft.synopsis)
    words = f"{draft.action_words} {synopsis}"
    weather = draft.weather
    if not draft.heading_weather and "weather" not in draft.notes:
        weather = headings.weather_of(words) or weather
    return Scene(
        id=scene_id(number),
        number=number,
        heading=" ".join(plain_text(draft.element.text).split()),
        interior=draft.interior,
        place=draft.place,
        time_of_day=draft.time_of_day,
        weather=weather or "clear",
        mood=draft.mood or headings.mood_of(words),
        music=draft.music,
        tempo_bpm=draft.tempo_bpm,
        target_frames=draft.target_frames,
        cast=tuple(draft.cast),
        synopsis=synopsis,
        transition=draft.transition,
        beats=tuple(draft.beats),
        writer_number=draft.element.number,
        line=draft.element.line,
        engines=draft.engines,
    )


def _one_line(text: str) -> str:
    """Return the lines of a speech as one; inside a line nothing is changed."""
    return " ".join(line.strip(" \t\f\v") for line in text.split("\n") if line.strip(" \t\f\v"))
