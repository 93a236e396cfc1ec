"""Stand-ins: what of an episode the animatic shows as a labelled silhouette, since it has no drawing of it.

Engines that generate pictures are told the writer's words; stand-ins concern the embedded painter alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.planning.action_beats import ActionBeat, ActionReader
from tower_anime_assets.production.planning.figure_words import is_silhouette
from tower_anime_assets.production.planning.hand_drawn_things import WHOLE_HEADS
from tower_anime_assets.production.planning.place_kinds import place_kind
from tower_anime_assets.production.planning.scene_things import things_of_insert
from tower_anime_assets.production.planning.shots import EpisodePlan, Framing, Shot
from tower_anime_assets.production.planning.things import find
from tower_anime_assets.production.planning.unshown_nouns import UnshownNoun
from tower_anime_assets.production.story.model import Action, Character, Episode, Project, Scene, ShotNote

_PLACE_REMEDY = "Name the kind of place in the heading, such as KITCHEN or FOREST, if the animatic should show it."
_THING_REMEDY = "Name a thing that is drawn if the animatic should show it; prompts have your words in any case."

_PERSON_REMEDY = "Give them a file in characters/ with a name and a description, and use the name; see `tower cast`."
_MAX_UNSHOWN = 12


def stand_ins(project: Project, episode: Episode) -> tuple[StoryWarning, ...]:
    """Return a warning for what an episode's animatic shows as labelled stand-ins, a note for what it leaves out.

    None for a show whose keyframes another engine makes.
    """
    if project.engines.keyframes not in ("auto", "embedded"):
        return ()
    file = f"{episode.project}/episodes/{episode.id}.fountain"
    return tuple(dict.fromkeys((*_things(project, episode, file), *_places(episode, file), *_characters(project))))


def stand_in_names(project: Project, episode: Episode, plan: EpisodePlan) -> tuple[str, ...]:
    """Return what a plan's shots show as stand-ins, by the writer's words: things in order, then places, characters."""
    things = [words for shot in plan.shots for words in _shown_as_stand_ins(shot)]
    places = [place_stand_in(scene) for scene in episode.scenes]
    characters = [character.name for character in project.characters if character_stand_in(character)]
    return tuple(filter(None, dict.fromkeys((*things, *places, *characters))))


def _shown_as_stand_ins(shot: Shot) -> tuple[str, ...]:
    if shot.framing is Framing.INSERT:
        return tuple(words for words in shot.objects[:1] if not is_drawn(words))
    heads = [words for words in shot.objects if is_drawn(words) and not is_drawn(words, whole=True)]
    return tuple(heads) if shot.framing is Framing.WIDE else ()


def is_drawn(words: str, *, whole: bool = False) -> bool:
    """Return whether the animatic has a drawing of a thing; of a whole animal, where a head alone does not do."""
    thing = find(words)
    return (
        thing is not None and thing.is_drawn and not (whole and thing.kind == "head" and thing.name not in WHOLE_HEADS)
    )


def place_stand_in(scene: Scene) -> str:
    """Return the words of a scene's place where it is drawn as a neutral set with its name, "" where it is known."""
    return scene.place if place_kind(scene.place, scene.interior) is None else ""


def character_stand_in(character: Character) -> str:
    """Return what a character is where a labelled silhouette is drawn, such as "jellyfish"; "" for a known figure."""
    appearance = character.appearance
    return appearance.species or appearance.kind if is_silhouette(appearance) else ""


def _things(project: Project, episode: Episode, file: str) -> Iterator[StoryWarning]:
    """Yield a note for the first mention of each thing; one that is shown large comes before one that is passed by."""
    shown: dict[str, StoryWarning] = {}
    passed: dict[str, StoryWarning] = {}
    unshown: list[tuple[Scene, dict[UnshownNoun, int]]] = []
    cast = {character.id: character for character in project.characters}
    for scene in episode.scenes:
        reader = ActionReader(scene, [cast[name] for name in scene.cast if name in cast])
        note: ShotNote | None = None
        is_opening = True
        for part in scene.beats:
            if isinstance(part, Action):
                beats = [_with_requested_things(beat, note) for beat in reader.read_paragraph(part.text)]
                for number, beat in enumerate(beats):
                    opens = is_opening and number == 0 and note is None
                    _note_things(beat, file, part.line, opens, shown, passed)
                is_opening = False
            note = part if isinstance(part, ShotNote) else None
        unshown.append((scene, _unshown_nouns(scene, reader)))
    yield from shown.values()
    yield from (note for words, note in passed.items() if words not in shown)
    told = {word for words in (*shown, *passed) for word in words.split()}
    for scene, lines in unshown:
        yield from _unshown_notes(
            scene.id, file, {noun: at for noun, at in lines.items() if told.isdisjoint(noun.words.split())}
        )


def _unshown_nouns(scene: Scene, reader: ActionReader) -> dict[UnshownNoun, int]:
    """Return the nouns that a scene's action names and its pictures do not show, each with its first line."""
    lines: dict[UnshownNoun, int] = {}
    for part in scene.beats:
        if isinstance(part, Action):
            for noun in reader.unshown_nouns(part.text):
                lines.setdefault(noun, part.line)
    return lines


def _unshown_notes(scene: str, file: str, lines: Mapping[UnshownNoun, int]) -> Iterator[StoryWarning]:
    """Yield a note of the things, and one of the people, that the pictures of a scene do not show."""
    for is_person, problem, remedy in (
        (False, "the animatic does not show", _THING_REMEDY),
        (True, "the animatic draws nobody for", _PERSON_REMEDY),
    ):
        told = [noun.words for noun in lines if noun.is_person is is_person]
        if told:
            first = next(line for noun, line in lines.items() if noun.is_person is is_person)
            quoted = ", ".join(f'"{words}"' for words in told[:_MAX_UNSHOWN])
            more = f" and {len(told) - _MAX_UNSHOWN} more" if len(told) > _MAX_UNSHOWN else ""
            instead = f"left out of the pictures of {scene}"
            yield StoryWarning(file, first, f"{problem} {quoted}{more}", instead, remedy, is_note=True)


def _note_things(
    beat: ActionBeat,
    file: str,
    line: int,
    opens_scene: bool,
    shown: dict[str, StoryWarning],
    passed: dict[str, StoryWarning],
) -> None:
    is_insert = beat.framing is Framing.INSERT and (beat.is_about_thing or not opens_scene)
    undrawn = [words for words in beat.objects if not is_drawn(words, whole=not is_insert)]
    heads = [words for words in undrawn if is_drawn(words)] if beat.framing is Framing.WIDE else []
    shown_now = undrawn[:1] if is_insert and beat.objects[:1] == tuple(undrawn[:1]) else heads
    for words in shown_now:
        instead = "drawn as a labelled stand-in" + (" where all of it shows" if words in heads else "")
        problem = f'the animatic has no drawing of "{words}"'
        shown.setdefault(words, StoryWarning(file, line, problem, instead, _THING_REMEDY))
    for words in undrawn:
        problem, instead = (
            f'the animatic has no drawing of "{words}"',
            "left out of its pictures, or a card with its name where it is held",
        )
        passed.setdefault(words, StoryWarning(file, line, problem, instead, _THING_REMEDY, is_note=True))


def _with_requested_things(beat: ActionBeat, note: ShotNote | None) -> ActionBeat:
    """Return a beat as its shot note frames it."""
    if note is None or note.framing != Framing.INSERT:
        return beat
    objects = beat.objects or things_of_insert(note.words, beat.text, has_hands=bool(beat.focus or beat.owners))
    return replace(beat, framing=Framing.INSERT, objects=objects)


def _places(episode: Episode, file: str) -> Iterator[StoryWarning]:
    lines: dict[str, int] = {}
    for scene in episode.scenes:
        if words := place_stand_in(scene):
            lines.setdefault(words, scene.line)
    for words, line in lines.items():
        problem, instead = f'the animatic has no set for "{words}"', "drawn as a neutral set with its name"
        yield StoryWarning(file, line, problem, instead, _PLACE_REMEDY)


def _characters(project: Project) -> Iterator[StoryWarning]:
    for character in project.characters:
        if species := character_stand_in(character):
            file = f"{project.id}/characters/{character.id}.yaml"
            problem = f'the animatic has no figure for {character.name}, "{species}"'
            yield StoryWarning(file, 0, problem, "drawn as a silhouette with the name")
