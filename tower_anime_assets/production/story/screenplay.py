"""Reader of a Fountain script as an `Episode`: scenes, where and when they play, who speaks, how one leads to the next.

Splitting text into elements belongs in `fountain`, the words of headings in `headings`, those of notes in `notes`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tower_anime_assets.errors import Fault
from tower_anime_assets.production.languages.detection import ENGLISH, language_named, language_of
from tower_anime_assets.production.languages.glosses import in_english
from tower_anime_assets.production.story import headings, notes, transitions
from tower_anime_assets.production.story.cast_names import CastNames
from tower_anime_assets.production.story.cue_lines import read_cue_lines
from tower_anime_assets.production.story.fountain import Element, ElementKind, Screenplay, parse_fountain, plain_text
from tower_anime_assets.production.story.heading_warnings import warn_of_heading
from tower_anime_assets.production.story.ids import line_id, scene_id
from tower_anime_assets.production.story.model import (
    Action,
    Beat,
    Card,
    Episode,
    MusicFile,
    Project,
    Scene,
    ShotNote,
    Speech,
)
from tower_anime_assets.production.story.notes import SteeringNote
from tower_anime_assets.production.story.script_lines import read_script_lines
from tower_anime_assets.production.story.silent_people import find_silent_people, warn_of_silent_people
from tower_anime_assets.production.story.source import Diagnostics, shorten
from tower_anime_assets.production.story.speakers import Speakers, UnlistedSpeaker
from tower_anime_assets.production.story.weather_words import find_weather

_CONTINUED_EXTENSION = re.compile(r"\bcont(?:['’]?d|inued|inuing)?\b\.?", re.IGNORECASE)
_CONTENT_KINDS = frozenset({ElementKind.ACTION, ElementKind.CHARACTER, ElementKind.LYRIC, ElementKind.CENTRED})
MAX_LINES, MAX_SCENES, MAX_SPEECHES, MAX_PARAGRAPHS = 40_000, 3_000, 6_000, 15_000
"""A feature has 10,000 lines, 300 scenes and 2,000 speeches; several times as much would be read for seconds."""

_MOST_BY_KIND = {
    ElementKind.HEADING: (MAX_SCENES, "scenes"),
    ElementKind.CHARACTER: (MAX_SPEECHES, "speeches"),
}
_RULE_CHARS = "-–—_=*~•·+ \n"
"""Characters of which writers make lines between scenes."""


def draft_episode(
    project: Project, episode_id: str, text: str, file: str, source_sha256: str
) -> tuple[Episode, tuple[Fault, ...]]:
    """Return the episode as far as a script can be read, and everything that is wrong with it.

    Args:
        project: The show, with its cast.
        episode_id: Name of the script without its ending, such as `e01`.
        text: The script.
        file: What to call it in faults.
        source_sha256: Digest of the script file's bytes.
    """
    faults = Diagnostics(file)
    screenplay, builder = _read_script(project, text, faults)
    builder.speakers.report(f"{project.id}-{episode_id}")
    if not text.strip("\ufeff \t\r\n\f\v"):
        faults.add(
            0, "the script is empty", "a screenplay in Fountain", "Write a scene: INT. PLACE - NIGHT, then action."
        )
    elif not builder.scenes:
        expected = "at least one scene heading such as INT. LABORATORY - NIGHT, with an empty line before it"
        faults.add(0, "the script has no scenes", expected, "Begin each scene with INT., EXT. or a forced .HEADING.")
    builder.report_empty_scenes()
    builder.report_spoken_loops()
    episode = _build_episode(project, episode_id, screenplay, builder, source_sha256)
    warn_of_silent_people(_silent_people(episode, builder), f"{project.id}-{episode_id}", faults)
    target_frames = _title_duration_frames(screenplay, project.delivery.fps, faults)
    episode = replace(episode, target_frames=target_frames, warnings=tuple(sorted(faults.warnings)))
    return episode, tuple(faults.faults)


def find_unlisted_speakers(project: Project, episode_id: str, text: str) -> tuple[Episode, list[UnlistedSpeaker]]:
    """Return the episode as far as a script can be read, and who speaks or is introduced and has no character file."""
    screenplay, builder = _read_script(project, text, Diagnostics(""))
    episode = _build_episode(project, episode_id, screenplay, builder, "")
    return episode, [*builder.speakers.with_near_names(), *_silent_people(episode, builder)]


def _silent_people(episode: Episode, builder: _EpisodeBuilder) -> list[UnlistedSpeaker]:
    return find_silent_people(episode, builder.cast, [speaker.name for speaker in builder.speakers.unlisted])


def _read_script(project: Project, text: str, faults: Diagnostics) -> tuple[Screenplay, _EpisodeBuilder]:
    screenplay = parse_fountain(_within_line_limit(text, faults))
    _warn_of_marks(screenplay, faults)
    _warn_of_guessed_title_page(screenplay, faults)
    cast = CastNames(project.characters)
    kept = _within_limits(screenplay.elements, faults)
    elements = read_cue_lines(read_script_lines(kept, cast, faults), cast, faults)
    builder = _EpisodeBuilder(project, cast, Speakers(cast, elements, faults), faults)
    builder.read_elements(elements)
    return screenplay, builder


def _build_episode(
    project: Project, episode_id: str, screenplay: Screenplay, builder: _EpisodeBuilder, source_sha256: str
) -> Episode:
    return Episode(
        project=project.id,
        id=episode_id,
        title=" ".join(plain_text(screenplay.title_values().get("title", "")).split()) or episode_id,
        scenes=builder.build_scenes(_stated_language(screenplay)),
        ends_with="fade" if builder.pending_transition == "fade" else "cut",
        source_sha256=source_sha256,
        title_page={entry.key: plain_text(entry.value) for entry in screenplay.title_page},
    )


def _within_limits(elements: tuple[Element, ...], faults: Diagnostics) -> tuple[Element, ...]:
    """Return the elements up to the first that an episode has no room for, with a fault for it."""
    counts: Counter[ElementKind] = Counter()
    for index, element in enumerate(elements):
        counts[element.kind] += 1
        most, what = _MOST_BY_KIND.get(element.kind, (MAX_PARAGRAPHS, ""))
        if counts[element.kind] <= most and index < MAX_PARAGRAPHS:
            continue
        most, what = (most, what) if what and counts[element.kind] > most else (MAX_PARAGRAPHS, "paragraphs and notes")
        _add_too_many(element.line, most, what, faults)
        return elements[:index]
    return elements


def _within_line_limit(text: str, faults: Diagnostics) -> str:
    """Return the text up to the line that an episode has no room for, with a fault for it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES)
    if len(lines) <= MAX_LINES or not lines[-1].strip():
        return text
    _add_too_many(MAX_LINES + 1, MAX_LINES, "lines", faults)
    return "\n".join(lines[:MAX_LINES])


def _add_too_many(line: int, most: int, what: str, faults: Diagnostics) -> None:
    expected = f"at most {most:,} {what} in an episode"
    remedy = "Split it into several episodes, a file each."
    faults.add(line, f"the script has more than {most:,} {what}; nothing from here on was read", expected, remedy)


def _warn_of_marks(screenplay: Screenplay, faults: Diagnostics) -> None:
    for mark in screenplay.unclosed:
        remedy = f"Close it with {'*/' if mark.mark == '/*' else ']]'}, or delete it."
        if mark.is_closed_later:
            problem, instead = (
                "a note goes on over an empty line",
                f"it is read as one note, up to line {mark.note_end}",
            )
            faults.warn(mark.line, problem, instead, "A note ends at an empty line; put two spaces on it.")
        elif mark.note_end:
            instead = f"what follows, up to line {mark.note_end}, is read as a note"
            faults.warn(mark.line, f"{mark.mark} is never closed", instead, remedy)
        else:
            faults.warn(
                mark.line, f"{mark.mark} is never closed", "what follows it is read as part of the script", remedy
            )


def _warn_of_guessed_title_page(screenplay: Screenplay, faults: Diagnostics) -> None:
    for entry in screenplay.title_page:
        if entry.is_guessed and entry.key != "Author":  # the author is guessed together with the title
            problem = f"{shorten(entry.value)!r} has no key before it"
            instead = f"it is read as {entry.key} on the title page, and not shown"
            remedy = f"Write {entry.key}: before it, or begin the line with ! if it is action."
            faults.warn(entry.line, problem, instead, remedy)
    page = screenplay.title_page
    if page and not any(entry.is_plain for entry in page):  # `Note: the house is empty.`
        problem = f"the script begins with {shorten(f'{page[0].key}: {page[0].value}')!r}"
        instead = "it is read as the title page, and not shown"
        faults.note(page[0].line, problem, instead, "Begin the line with ! if it is action.")


def _stated_language(screenplay: Screenplay) -> str:
    """Return the language that the title page names, "" where it names none that is known."""
    keys = {entry.key.lower(): entry.value for entry in screenplay.title_page}
    return language_named(plain_text(keys.get("language", "")))


def _title_duration_frames(screenplay: Screenplay, fps: int, faults: Diagnostics) -> int:
    for entry in screenplay.title_page:
        if entry.key.lower() == "duration":
            note = SteeringNote("duration", entry.value, entry.line)
            return notes.read_duration_frames(note, fps, notes.MAX_EPISODE_S, faults)
    return 0


# Scenes --------------------------------------------------------------------------------------------------------------


@dataclass
class _SceneDraft:
    """A scene that is being read."""

    element: Element
    interior: bool
    place: str
    time_of_day: str
    weather: str
    has_heading_weather: bool
    transition: str
    beats: list[Beat] = field(default_factory=list)
    cast: dict[str, None] = field(default_factory=dict)  # an ordered set
    synopsis: list[str] = field(default_factory=list)
    note_by_key: dict[str, SteeringNote] = field(default_factory=dict)
    mood: str = ""
    music: str = ""
    tempo_bpm: int = 0
    music_file: MusicFile | None = None
    target_frames: int = 0
    engines: tuple[str, ...] = ()
    line_count: int = 0
    beats_after_cue: int = -1  # how many there were after the latest cue, also of speakers without files

    @property
    def has_content(self) -> bool:
        return self.beats_after_cue >= 0 or any(not isinstance(beat, ShotNote) for beat in self.beats)

    @property
    def action_text(self) -> str:
        return " ".join(beat.text for beat in self.beats if isinstance(beat, Action))


@dataclass
class _SpeechDraft:
    """A speech that is being read."""

    cue: Element
    extension: str
    parts: list[tuple[list[str], bool]] = field(default_factory=list)  # texts, sung
    parentheticals: list[str] = field(default_factory=list)
    inner_notes: list[Element] = field(default_factory=list)  # they apply to what follows the speech


class _EpisodeBuilder:
    """Builds scenes from elements."""

    def __init__(self, project: Project, cast: CastNames, speakers: Speakers, faults: Diagnostics) -> None:
        self.project = project
        self.cast = cast
        self.speakers = speakers
        self.faults = faults
        self.scenes: list[_SceneDraft] = []
        self.pending_transition = ""  # into the next scene
        self._pending_transition_line = 0
        self._brings_picture_back = False
        self._elements_before_first_scene: list[Element] = []  # they become part of the first scene
        self._held_cards: list[Element] = []  # cards between a transition and the next heading
        self._speech: _SpeechDraft | None = None

    def read_elements(self, elements: Iterable[Element]) -> None:
        for element in self._with_heading(list(elements)):
            self._read_element(element)
        self._end_speech()
        self._finish_script()

    def _with_heading(self, elements: list[Element]) -> list[Element]:
        """Return the elements, with a heading before the first content of a script that has no heading at all."""
        first = next((index for index, element in enumerate(elements) if element.kind in _CONTENT_KINDS), None)
        if first is None or any(element.kind is ElementKind.HEADING for element in elements):
            return elements
        line = elements[first].line
        remedy = "Begin each scene with INT., EXT. or a forced .HEADING, such as INT. LABORATORY - NIGHT."
        self.faults.warn(line, "the script has no scene heading", "it is one scene, inside, by day", remedy)
        return [*elements[:first], Element(ElementKind.HEADING, "INT. INTERIOR - DAY", line), *elements[first:]]

    # One element

    def _read_element(self, element: Element) -> None:
        if self._speech is not None and self._extend_speech(element):
            return
        self._end_speech()
        if element.kind is ElementKind.ACTION and not element.forced:
            element = self._read_unmarked_line(element)
        if element.kind is ElementKind.TRANSITION:
            self._add_transition(element)
        elif element.kind is ElementKind.HEADING:
            self._begin_scene(element)
        elif element.kind in (ElementKind.SECTION, ElementKind.PAGE_BREAK):
            return
        elif not self.scenes:
            self._elements_before_first_scene.append(element)
        elif element.kind is ElementKind.CENTRED and self.pending_transition:
            self._held_cards.append(element)
        else:
            self._add_content(element)

    def _read_unmarked_line(self, element: Element) -> Element:
        """Return a paragraph of action as what it is where writers use no mark: a transition, "THE END", an act."""
        text = plain_text(element.text).strip()
        remedy = "Begin the line with ! if it is action."
        if transitions.is_lone_transition(text):
            return replace(element, kind=ElementKind.TRANSITION)
        if transitions.is_closing_line(text):
            self.faults.note(element.line, f"{shorten(text)!r} closes the script", "it is shown as a card", remedy)
            return replace(element, kind=ElementKind.CENTRED, text=text)
        if text and (transitions.is_structure_line(text) or not text.strip(_RULE_CHARS)):
            self.faults.note(element.line, f"{shorten(text)!r} is about the script itself", "it is not shown", remedy)
            return replace(element, kind=ElementKind.SECTION)
        return element

    def _add_content(self, element: Element) -> None:
        scene = self.scenes[-1]
        if element.kind is ElementKind.NOTE:
            self._apply_note(element)
            return
        if element.kind is ElementKind.SYNOPSIS:
            scene.synopsis.append(plain_text(element.text))
            return
        self._drop_pending_transition(element)
        if element.kind is ElementKind.CHARACTER:
            extension = " ".join(_CONTINUED_EXTENSION.sub("", element.extension).split())
            self._speech = _SpeechDraft(element, extension)
        elif element.kind is ElementKind.CENTRED:
            if text := plain_text(element.text):
                scene.beats.append(Card(text, element.line))
        else:  # action, and lyrics outside a speech
            self._add_action(element)

    def _extend_speech(self, element: Element) -> bool:
        """Add an element to the current speech; return whether it belongs there."""
        speech = self._speech
        if speech is None:
            return False
        if element.kind is ElementKind.DIALOGUE or (element.kind is ElementKind.LYRIC and element.in_dialogue):
            is_sung = element.kind is ElementKind.LYRIC
            text = _join_lines(plain_text(element.text))
            if speech.parts and speech.parts[-1][1] == is_sung:
                speech.parts[-1][0].append(text)
            elif text:
                speech.parts.append(([text], is_sung))
            return True
        if element.kind is ElementKind.PARENTHETICAL:
            speech.parentheticals.append(plain_text(element.text))
            return True
        if element.kind is ElementKind.NOTE:
            if speech.parts:
                speech.inner_notes.append(element)
            else:
                self._apply_note(element)
            return True
        return False

    def _add_action(self, element: Element) -> None:
        text = plain_text(element.text).strip()
        if not text:
            return
        if not element.forced and self.cast.is_full_name(text) and not any(char.islower() for char in text):
            problem = f"{shorten(text)!r} stands alone, with no speech below it"
            remedy = "Delete the empty line below the name if it speaks; begin the line with ! if it is action."
            self.faults.warn(element.line, problem, "taken as action", remedy)
        scene = self.scenes[-1]
        scene.beats.append(Action(text, element.line))
        for character in self.cast.find_mentions(text):
            scene.cast.setdefault(character)

    # Speeches

    def _end_speech(self) -> None:
        speech, self._speech = self._speech, None
        if speech is None:
            return
        scene = self.scenes[-1]
        follows_speech = scene.beats_after_cue == len(scene.beats)
        cue = self.speakers.read_cue(speech.cue, speech.extension, scene.cast, follows_speech=follows_speech)
        parenthetical = "; ".join(part for part in speech.parentheticals if part and part.upper() != "MORE")
        if cue.speakers and not speech.parts:
            self._add_silent_cue(speech, parenthetical)
        for speaker_index, speaker in enumerate(cue.speakers):
            scene.cast.setdefault(speaker)
            for part_index, (texts, is_sung) in enumerate(speech.parts):
                scene.line_count += 1
                text = " ".join(filter(None, texts))
                # A group speaks at once; within a speech, later parts follow the first.
                is_dual = (cue.is_dual or speaker_index > 0) and part_index == 0
                speech_id = line_id(scene_id(len(self.scenes)), scene.line_count)
                line = Speech(speech_id, speaker, text, parenthetical, cue.extension, is_dual, is_sung, speech.cue.line)
                scene.beats.append(line)
        scene.beats_after_cue = len(scene.beats)
        for note in speech.inner_notes:
            self._apply_note(note)

    def _add_silent_cue(self, speech: _SpeechDraft, parenthetical: str) -> None:
        """Keep a cue without words as action: what a parenthetical says that the character does, or the name alone."""
        if parenthetical:
            text = f"{speech.cue.text} ({parenthetical})"
            self._add_action(Element(ElementKind.ACTION, text, speech.cue.line))
            return
        problem = f"{shorten(speech.cue.text)!r} says nothing"
        self.faults.warn(speech.cue.line, problem, "taken as action", "Write the words below the name, or delete it.")
        self._add_action(Element(ElementKind.ACTION, speech.cue.text, speech.cue.line, forced=True))

    # Notes

    def _apply_note(self, element: Element) -> None:
        note = notes.read_steering_note(element, self.faults)
        if note is None:
            return
        scene = self.scenes[-1]
        if note.key == "shot":
            shot_note = notes.read_shot_note(note, self.project.delivery, self.faults)
            if shot_note != ShotNote("", "", 0, (), note.line):
                self._add_shot_note(scene, shot_note)
            return
        if note.key == "engine" and scene.beats:  # after the first beat it pins the next shot only
            self._add_shot_note(scene, ShotNote("", "", 0, (), note.line, notes.read_engines(note, self.faults)))
            return
        first_note = scene.note_by_key.setdefault(note.key, note)
        if first_note is not note:
            problem = f"the scene has a second {note.key} note, {shorten(note.value)!r}"
            instead = f"the one on line {first_note.line} is used"
            self.faults.warn(note.line, problem, instead, "Delete one, or begin a new scene.")
        elif note.key == "mood":
            scene.mood = notes.read_mood(note, self.faults)
        elif note.key == "weather":
            scene.weather = notes.read_weather(note, self.faults) or scene.weather
        elif note.key == "engine":
            scene.engines = notes.read_engines(note, self.faults)
        elif note.key == "music" and (music_file := notes.read_music_file(note, self.faults)) is not None:
            scene.music_file = music_file
        elif note.key == "music":
            scene.music, scene.tempo_bpm = notes.read_music(note, self.faults)
        else:
            fps = self.project.delivery.fps
            scene.target_frames = notes.read_duration_frames(note, fps, notes.MAX_SCENE_S, self.faults)

    def _add_shot_note(self, scene: _SceneDraft, note: ShotNote) -> None:
        """Add a note for the next shot; an engine note merges with an adjacent shot note."""
        previous_beat = scene.beats[-1] if scene.beats else None
        if not isinstance(previous_beat, ShotNote):
            scene.beats.append(note)
        elif bool(previous_beat.engines) != bool(note.engines):
            shot_note, engine_note = (note, previous_beat) if previous_beat.engines else (previous_beat, note)
            transition = previous_beat.transition or note.transition
            scene.beats[-1] = replace(shot_note, engines=engine_note.engines, transition=transition)
        elif previous_beat == ShotNote("", "", 0, (), previous_beat.line, transition=previous_beat.transition):
            scene.beats[-1] = replace(note, transition=previous_beat.transition)
        elif note == ShotNote("", "", 0, (), note.line, loops=True):
            scene.beats[-1] = replace(previous_beat, loops=True)
        elif previous_beat == ShotNote("", "", 0, (), previous_beat.line, loops=True):
            scene.beats[-1] = replace(note, loops=True)
        else:
            scene.beats.append(note)

    # Headings and transitions

    def _begin_scene(self, element: Element) -> None:
        heading = headings.read_heading(plain_text(element.text))
        previous_scene = self.scenes[-1] if self.scenes else None
        interior = heading.interior
        if interior is None:
            interior = previous_scene.interior if previous_scene else True
        time_of_day = heading.time_of_day or (previous_scene.time_of_day if previous_scene else "day")
        unnamed_place = previous_scene.place if previous_scene else ("INTERIOR" if interior else "EXTERIOR")
        place = heading.place or unnamed_place
        warn_of_heading(element, heading, place, time_of_day, interior, self.faults)
        carried_weather = previous_scene.weather if previous_scene and heading.is_same_time else ""
        self.scenes.append(
            _SceneDraft(
                element,
                interior,
                place,
                time_of_day,
                heading.weather or carried_weather,
                bool(heading.weather),
                self.pending_transition or "cut",
            )
        )
        self.pending_transition = ""
        self.speakers.begin_scene(element.line)
        held_cards, self._held_cards = self._held_cards, []
        prelude, self._elements_before_first_scene = self._elements_before_first_scene, []
        for deferred in (*prelude, *held_cards):
            self._read_element(deferred)
        self._end_speech()

    def _add_transition(self, element: Element) -> None:
        text = plain_text(element.text)
        kind = transitions.transition_kind(text)
        remedy = (
            "Use CUT TO:, DISSOLVE TO:, SMASH CUT TO:, FADE IN:, FADE OUT. or FADE TO BLACK., or begin the line with ! "
            "if it is action."
        )
        if not kind:
            self.faults.warn(element.line, f"the transition {shorten(text)!r} cannot be made", "it is a cut", remedy)
        elif kind == "fade" and transitions.names_colour(text):
            problem = f"the transition {shorten(text)!r} cannot be made"
            self.faults.warn(element.line, problem, "it is a fade through black", remedy)
        if self.pending_transition != "fade":  # after FADE OUT, FADE IN or CUT TO still starts from black
            self.pending_transition = kind or "cut"
        self._pending_transition_line = element.line
        self._brings_picture_back = transitions.fades_in(text)

    def _drop_pending_transition(self, element: Element) -> None:
        """Make a transition that no heading follows the way the next shot begins; a cut needs nothing."""
        kind, self.pending_transition = self.pending_transition, ""
        if not kind:
            return
        scene = self.scenes[-1]
        if kind in ("fade", "dissolve") and not scene.has_content:
            scene.transition = kind
        elif kind in ("fade", "dissolve"):
            line = self._pending_transition_line
            if kind == "fade" and not self._brings_picture_back:
                problem = f"the picture fades out inside a scene, which goes on at line {element.line}"
                remedy = "Write a scene heading below it, or FADE IN: where the picture comes back."
                self.faults.warn(line, problem, "it fades in again there", remedy)
            last_beat = scene.beats[-1] if scene.beats else None
            if isinstance(last_beat, ShotNote):
                scene.beats[-1] = replace(last_beat, transition=kind)
            else:
                scene.beats.append(ShotNote("", "", 0, (), line, transition=kind))
        self._flush_held_cards()

    def _flush_held_cards(self) -> None:
        held_cards, self._held_cards = self._held_cards, []
        for card in held_cards:
            if self.scenes and (text := plain_text(card.text)):
                self.scenes[-1].beats.append(Card(text, card.line))

    def _finish_script(self) -> None:
        self._flush_held_cards()
        if self.pending_transition == "dissolve":
            problem = "the script ends with a dissolve, and there is no scene to dissolve to"
            self.faults.warn(self._pending_transition_line, problem, "it fades out", "End with FADE OUT. instead.")
            self.pending_transition = "fade"

    # The whole

    def report_empty_scenes(self) -> None:
        """Add a warning for every scene without content, a note for the usual view of a place from outside."""
        for scene in self.scenes:
            if scene.has_content:
                continue
            problem = f"the scene {shorten(scene.element.text)!r} has no content"
            instead = f"a shot establishes {shorten(scene.place)}"
            remedy = "Write what is seen or said, or delete the heading."
            say = self.faults.warn if scene.interior else self.faults.note
            say(scene.element.line, problem, instead, remedy)

    def report_spoken_loops(self) -> None:
        """Add a warning for every loop that is asked for where somebody speaks."""
        for scene in self.scenes:
            for note, beat in pairwise(scene.beats):
                if isinstance(note, ShotNote) and note.loops and isinstance(beat, Speech):
                    remedy = "Put the note before action, or leave `loop` out of it."
                    problem = "a loop is asked for where somebody speaks"
                    self.faults.warn(note.line, problem, "the shot plays once: mouths do not speak backwards", remedy)

    def build_scenes(self, language: str) -> tuple[Scene, ...]:
        """Return the scenes; what their notes leave open is derived from their words.

        Args:
            language: The language that the script says it is in, "" to tell it by its action.
        """
        language = language or language_of(" ".join(draft.action_text for draft in self.scenes))
        return tuple(_build_scene(number, draft, language) for number, draft in enumerate(self.scenes, 1))


def _build_scene(number: int, draft: _SceneDraft, language: str) -> Scene:
    synopsis = " ".join(draft.synopsis)
    scene_text = f"{draft.action_text} {synopsis}"
    if (own_language := language_of(scene_text, language)) != ENGLISH:
        scene_text = f"{scene_text} {in_english(scene_text, own_language)}"
    weather = draft.weather
    if not draft.has_heading_weather and "weather" not in draft.note_by_key:
        weather = find_weather(scene_text) or weather
    return Scene(
        id=scene_id(number),
        number=number,
        heading=" ".join(plain_text(draft.element.text).split()),
        interior=draft.interior,
        place=draft.place,
        time_of_day=draft.time_of_day,
        weather=weather or "clear",
        mood=draft.mood or headings.dominant_mood(scene_text),
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
        music_file=draft.music_file,
        language="" if language == ENGLISH else language,
    )


def _join_lines(text: str) -> str:
    """Return the lines of a speech as one line."""
    return " ".join(line.strip(" \t\f\v") for line in text.split("\n") if line.strip(" \t\f\v"))
