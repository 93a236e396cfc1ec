"""Review of drafted scenes as a script of a show: they are written, read again, and compared with what was drafted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tower_anime_assets.production.story.cast_names import CastNames, clean_name, fold_name
from tower_anime_assets.production.story.casting import free_id, quote_yaml
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets.production.story.show_file import draft_project
from tower_anime_assets.production.story.source import SourceFile, shorten
from tower_anime_assets.production.writing.drafts import DraftBeat, DraftScene, render_fountain, spoken_lines
from tower_anime_assets.production.writing.quotes import Quote, find_missing

if TYPE_CHECKING:
    from tower_anime_assets.engines.remote.director.writing import DraftedScenes, Objections

MAX_LISTED = 6
MISSING_LINE = "a quoted line is missing"
"""How doubts about the novel's dialogue begin; where they stay, they are reported with their lines instead."""


@dataclass
class DraftCast:
    """The cast of a show while scripts are drafted for it: its character files, and those that are still to be written.

    Attributes:
        project: The show with all of them.
        new_files: Text by character id of files that are to be written.
    """

    project: Project
    new_files: dict[str, str] = field(default_factory=dict)

    def find_name(self, name: str) -> str:
        """Return the full name of whom a model calls `name`, "" if it is nobody in the cast."""
        names = CastNames(self.project.characters)
        character_id = names.find_id(clean_name(name))
        return names.name_of(character_id) if character_id else ""

    def add_described(self, people: Iterable[tuple[str, str]]) -> list[str]:
        """Add people, each with a description, unless the cast has them; return the names that were added."""
        added = []
        for name, description in people:
            plain = clean_name(" ".join(name.split()))
            if not plain or self.find_name(plain):
                continue
            character_id = free_id(plain, {one.id for one in self.project.characters})
            text = f"name: {quote_yaml(plain)}\ndescription: {quote_yaml(' '.join(description.split()))}\n"
            source = SourceFile(f"{self.project.id}/characters/{character_id}.yaml", text)
            character = draft_project(self.project.id, None, {character_id: source}).project.characters[0]
            self.project = replace(self.project, characters=(*self.project.characters, character))
            self.new_files[character_id] = text
            added.append(plain)
        return added

    def admit(self, draft: DraftedScenes) -> list[str]:
        """Add whom a draft needs; return a sentence about each of them."""
        described = {fold_name(clean_name(one.name)): one for one in draft.characters}
        remarks = []
        for name in self.unknown_names(draft):
            character = described.get(fold_name(name))
            if self.add_described([(name, character.description if character else name)]):
                told = "as the model describes them" if character else "who is nowhere described: write how they look"
                remarks.append(f"{name} is new in the cast, {told}")
        return remarks

    def unknown_names(self, draft: DraftedScenes) -> list[str]:
        """Return who speaks in a draft, or is described and seen in it, without being in the cast."""
        beats = [beat for scene in draft.scenes for beat in scene.beats]
        actions = fold_name(" ".join(beat.text for beat in beats if not beat.speaker))
        seen = [one.name for one in draft.characters if fold_name(clean_name(one.name)) in actions]
        names = {fold_name(clean_name(name)): clean_name(name) for name in (*(b.speaker for b in beats), *seen) if name}
        return [name for name in names.values() if not self.find_name(name)]

    def with_full_names(self, scenes: Iterable[DraftScene]) -> tuple[DraftScene, ...]:
        """Return scenes with the names of speakers as the cast has them."""

        def named(beat: DraftBeat) -> DraftBeat:
            return replace(beat, speaker=self.find_name(beat.speaker) or beat.speaker) if beat.speaker else beat

        return tuple(replace(scene, beats=tuple(map(named, scene.beats))) for scene in scenes)

    def take_new_files(self) -> list[tuple[str, str]]:
        """Return id and text of the files that are to be written, once."""
        files = list(self.new_files.items())
        self.new_files.clear()
        return files


def review_scenes(draft: DraftedScenes, cast: DraftCast, source: str = "", quotes: Sequence[Quote] = ()) -> Objections:
    """Return what is wrong with scenes as a script of the show.

    Args:
        draft: The scenes.
        cast: The show's cast; it is not changed.
        source: What they are drafted from, "" where that is an idea.
        quotes: What is said in it.
    """
    from tower_anime_assets.engines.remote.director.writing import Objections

    described = {fold_name(clean_name(one.name)) for one in draft.characters}
    doubts = []
    for name in cast.unknown_names(draft):
        if fold_name(name) not in described:
            doubts.append(f"{name} speaks, but is neither in the cast nor described in characters")
        elif source and fold_name(name) not in fold_name(source):
            doubts.append(f"{name} is not in the text")
    trial = DraftCast(cast.project)
    trial.admit(draft)
    scenes = trial.with_full_names(draft.scenes)
    text = render_fountain({"Title": "Draft"}, scenes)
    episode, faults = draft_episode(trial.project, "draft", text, "draft", "")
    doubts += [f"{warning.problem}; {warning.instead}" for warning in episode.warnings if not warning.is_note]
    problems = [fault.problem for fault in faults]
    read = [" ".join(speech.text.split()) for scene in episode.scenes for speech in scene.speeches]
    written = [" ".join(line.split()) for line in spoken_lines(scenes)]
    if not problems and (len(episode.scenes) != len(scenes) or read != written):
        odd = next((line for line, again in zip(written, (*read, *written), strict=False) if line != again), "")
        problems.append(f"the script would be read otherwise than written, from {shorten(odd)!r} on; use plain words")
    doubts += [f"{MISSING_LINE}: {shorten(quote.text, 120)!r}" for quote in find_missing(quotes, spoken_lines(scenes))][
        :MAX_LISTED
    ]
    return Objections(problems, doubts)
