"""`project.yaml`, character files and routing files to a `Project`, with every fault at once, each on its line.

What the files leave open is derived by `appearance`. Finding the files on disk belongs in `media.show_files`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from tower_anime_assets.errors import Fault, StoryWarning
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.story import appearance
from tower_anime_assets.production.story.appearance import StatedAppearance, StatedVoice
from tower_anime_assets.production.story.described_looks import read_description
from tower_anime_assets.production.story.model import Appearance, Character, Lora, Project, Routing, Voice
from tower_anime_assets.production.story.plain_yaml import compose_yaml, is_null
from tower_anime_assets.production.story.show_keys import CHARACTER, PROJECT, read_routing_rules
from tower_anime_assets.production.story.source import Diagnostics, SourceFile, shorten
from tower_anime_assets.production.story.yaml_section import Table, YamlSection

_ARTICLES = word_set("a an the der die das le la les el il")


MAX_CHARACTERS = 2_000
"""Of a show."""


@dataclass(frozen=True)
class ProjectDraft:
    """A project as far as it could be read; usable only if there are no faults."""

    project: Project
    faults: tuple[Fault, ...]
    reference_lines: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (character, path) -> line


def draft_project(project_id: str, source: SourceFile | None, cast: Mapping[str, SourceFile | None]) -> ProjectDraft:
    """Return a project as far as it can be read, and everything that is wrong with it.

    Args:
        project_id: Name of the project's folder.
        source: `project.yaml`, None if it could not be read as text; that fault is the caller's.
        cast: Each character file by character id, None likewise. Its character stays in the cast, so that scripts do
            not get faults for it as well.
    """
    faults: list[Fault] = []
    warnings: list[StoryWarning] = []
    project = Project(project_id, project_id, ())
    if source is not None:
        project, diagnostics = _read_project_file(project_id, source)
        faults += diagnostics.faults
        warnings += diagnostics.warnings
    if len(cast) > MAX_CHARACTERS:
        problem = f"the show has {len(cast):,} character files, and the first {MAX_CHARACTERS:,} are read"
        remedy = "Split the show, or keep files of who never appears elsewhere."
        faults.append(Fault(f"{project_id}/characters", 0, problem, f"at most {MAX_CHARACTERS:,}", remedy))
    members = []
    for character_id, character_source in sorted(cast.items())[:MAX_CHARACTERS]:
        if character_source is None:
            members.append(_CharacterFile.placeholder(character_id))
            continue
        member = _read_character_file(character_id, character_source)
        members.append(member)
    faults += _name_clashes(members)
    characters = _build_characters(members)
    for member, character in zip(members, characters, strict=True):
        _warn_of_undrawn(member, character)
        _note_undescribed(member, character)
        faults += member.diagnostics.faults
        warnings += member.diagnostics.warnings
    reference_lines = {(member.id, path): line for member in members for path, line in member.reference_lines.items()}
    project = replace(project, characters=characters, warnings=tuple(sorted(warnings)))
    return ProjectDraft(project, tuple(faults), reference_lines)


@dataclass
class _CharacterFile:
    """A character file as far as it could be read."""

    id: str
    file: str
    name: str
    name_line: int
    aliases: tuple[tuple[str, int], ...] = ()
    description: str = ""
    description_line: int = 0
    appearance: StatedAppearance = field(default_factory=StatedAppearance)
    voice: StatedVoice = field(default_factory=StatedVoice)
    lora: Lora | None = None
    loras: tuple[Lora, ...] = ()
    reference_lines: dict[str, int] = field(default_factory=dict)
    diagnostics: Diagnostics = field(default_factory=lambda: Diagnostics(""))

    @classmethod
    def placeholder(cls, character_id: str) -> _CharacterFile:
        """Return the character of a file that could not be read as text."""
        return cls(character_id, "", character_id, 0)

    def build_character(self, full_appearance: Appearance, full_voice: Voice) -> Character:
        return Character(
            self.id,
            self.name,
            self.description,
            full_appearance,
            full_voice,
            tuple(alias for alias, _ in self.aliases),
            self.lora,
            tuple(self.reference_lines),
            self.loras,
        )


def _build_characters(members: Sequence[_CharacterFile]) -> tuple[Character, ...]:
    """Return the characters in order, each with a voice that differs from those before it."""
    characters: list[Character] = []
    voices: dict[tuple[str, int], Voice] = {}  # one of those that sound alike
    for member in members:
        full_appearance = appearance.derive_appearance(member.name, member.description, member.appearance)
        voice = appearance.derive_voice(member.name, full_appearance, member.voice, tuple(voices.values()))
        voices.setdefault((voice.variant, voice.pitch), voice)
        characters.append(member.build_character(full_appearance, voice))
    return tuple(characters)


def _warn_of_undrawn(member: _CharacterFile, character: Character) -> None:
    """Say which words of a description the animatic leaves out."""
    look, line = character.appearance, member.description_line
    if not look.undrawn or _is_name_alone(member):
        return
    reading = read_description(member.description)
    if reading.is_english or reading.gloss is not None:
        problem = f"not drawn: {', '.join(look.undrawn)}"
        member.diagnostics.warn(
            line, problem, "the animatic leaves it out or draws it simpler; prompts have the description word for word"
        )
        return
    who = _drawn_as(look)
    problem = f"not drawn: {', '.join(look.undrawn)}"
    instead = f"its language is not read by words: the animatic draws {who}, {{}}; prompts have it word for word"
    if member.appearance == StatedAppearance():
        remedy = "State kind, age, colours and features under `appearance:`."
        member.diagnostics.warn(line, problem, instead.format("the rest chosen from the name"), remedy)
    else:
        member.diagnostics.note(line, problem, instead.format("with what `appearance:` states"))


def _note_undescribed(member: _CharacterFile, character: Character) -> None:
    """Say who is drawn of somebody whose file says no more than a name, such as an octopus called KRAKE."""
    if not member.file or not _is_name_alone(member) or member.appearance != StatedAppearance():
        return
    problem = f"nothing is said of how {shorten(member.name)} looks"
    instead = f"the animatic draws {_drawn_as(character.appearance)}, the rest chosen from the name"
    remedy = "Describe them under `description:`, whoever or whatever they are."
    member.diagnostics.note(member.description_line or member.name_line, problem, instead, remedy)


def _is_name_alone(member: _CharacterFile) -> bool:
    words = [word for name in (member.name, *(alias for alias, _ in member.aliases)) for word in _words(name)]
    return set(_words(member.description)) <= {*words, *_ARTICLES}


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _drawn_as(look: Appearance) -> str:
    if look.kind == "human":
        return f"a human of {look.age_years}"
    kind = look.species or look.kind
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _name_clashes(members: Sequence[_CharacterFile]) -> list[Fault]:
    """Return a fault for every name or alias that two characters share, ignoring case."""
    owners: dict[str, tuple[str, str, int]] = {}
    faults = []
    for member in members:
        for name, line in ((member.name, member.name_line), *member.aliases):
            owner = owners.setdefault(name.casefold(), (member.id, member.file, line))
            if owner[0] != member.id:
                faults.append(
                    Fault(
                        member.file or owner[1],
                        line if member.file else owner[2],
                        f"{shorten(name)!r} is also the name or an alias of {owner[0]} ({owner[1]}:{owner[2]})",
                        "a name that only one character has",
                        "Rename one of them, or drop the alias.",
                    )
                )
    return faults


def _read_project_file(project_id: str, source: SourceFile) -> tuple[Project, Diagnostics]:
    diagnostics = Diagnostics(source.file)
    top = _read_top(source, PROJECT, diagnostics)
    values = top.values() if top is not None else {"title": project_id}
    return Project(id=project_id, characters=(), **values), diagnostics


def _read_character_file(character_id: str, source: SourceFile) -> _CharacterFile:
    diagnostics = Diagnostics(source.file)
    member = _CharacterFile(character_id, source.file, character_id, 0, diagnostics=diagnostics)
    top = _read_top(source, CHARACTER, diagnostics)
    if top is None:
        return member
    values = top.values()
    lines = {"name_line": top.lines.get("name", 0), "description_line": top.lines.get("description", 0)}
    return replace(member, **{**values, "name": values["name"] or character_id, **lines})


def _read_top(source: SourceFile, table: Table[Any], faults: Diagnostics) -> YamlSection[Any] | None:
    """Return a file's keys, or None after adding why it has none."""
    root = compose_yaml(source.text, faults)
    if root is None:
        return None
    top = YamlSection(root, "", table, faults)
    return top if isinstance(root, yaml.MappingNode) or is_null(root) else None


def read_routing(source: SourceFile) -> tuple[Routing, tuple[Fault, ...]]:
    """Return the rules of routing in a file beside `project.yaml`, YAML or JSON, and everything wrong with them.

    It holds what would otherwise be below `routing:`, and cannot name a further file.
    """
    faults = Diagnostics(source.file)
    # JSON allows tabs between its tokens, where YAML wants spaces; within JSON's strings they cannot occur.
    root = compose_yaml(source.text.expandtabs(), faults)
    routing = read_routing_rules(root, "", faults) if root is not None else Routing()
    if routing.file:
        faults.add(0, "a routing file names another file", "the rules themselves", "Write them here.")
    return replace(routing, file=source.file.rpartition("/")[2]), tuple(faults.faults)
