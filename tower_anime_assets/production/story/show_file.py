"""YAML text to a `Project` and its cast, with every fault at once, each on its line.

The text is read as YAML's plain data only: no tags, no anchors, no duplicate keys, no keys that nothing uses. What the
files leave open is filled by `derived`. Finding the files on disk belongs in `media.show`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import yaml

from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story import appearance
from tower_anime_assets.production.story.appearance import StatedAppearance, StatedVoice
from tower_anime_assets.production.story.ids import is_slug
from tower_anime_assets.production.story.model import (
    Appearance,
    Character,
    Delivery,
    EngineChoices,
    Learning,
    Lora,
    Memory,
    Project,
    Routing,
    Style,
    Voice,
)
from tower_anime_assets.production.story.source import Faults, SourceFile, nearest_word, shorten
from tower_anime_assets.settings import ROUTING_STRATEGIES

PROJECT_KEYS = (
    "title",
    "logline",
    "style",
    "delivery",
    "engines",
    "thresholds",
    "seed",
    "learning",
    "memory",
    "routing",
)
STYLE_KEYS = ("art_direction", "palette", "positive", "negative", "checkpoint", "loras")
DELIVERY_KEYS = ("width", "height", "fps", "max_clip_frames", "loudness", "true_peak")
ENGINE_KEYS = ("director", "keyframes", "keyframes_from", "clips", "voice", "music", "attempts")
KEYFRAME_SOURCES = ("words", "reference", "previous")
CHARACTER_KEYS = ("name", "aliases", "description", "appearance", "voice", "lora", "references")
APPEARANCE_KEYS = (
    *("hair", "hair_style", "skin", "eyes", "outfit", "outfit_style", "accent"),
    *("build", "presents", "age", "features"),
)
VOICE_KEYS = ("variant", "pitch", "rate", "language", "service_voice")
LEARNING_KEYS = ("suggest", "pins", "share_with")
MEMORY_KEYS = ("share_with",)
LORA_KEYS = ("file", "base_model", "strength_model", "strength_clip", "trigger")

ROUTING_KEYS = (
    *("version", "strategy", "on_failure", "blocked", "pins", "explore", "half_life_days"),
    *("weights", "patience_s", "file"),
)
ROUTING_VERSION = 1
ON_FAILURE_CHOICES = ("stop", "next")

SERVICES_BY_ROLE: Mapping[str, tuple[str, ...]] = {
    "director": ("echo_brain", "ollama"),
    "keyframes": ("comfyui",),
    "clips": ("comfyui",),
    "voice": ("echo_voice",),
    "music": ("music",),
}
"""Names of the services that may do the work of an engine."""

_MAX_DEPTH = 12
_MAX_ENTRIES = 200
_SIZE_RANGE_PX = (256, 2048)
_YAML_TAG_PREFIX = "tag:yaml.org,2002:"
_VARIANT = re.compile(r"[A-Za-z0-9_+-]{1,40}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_ROUTING_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.(?:yaml|json)")
_ROUTING_PLACE = re.compile(r"(?!s[ch]\d+$)[a-z0-9_]+(?:-sc\d{2,}(?:-sh\d{4,})?)?")
_FRAMINGS = tuple(framing.value for framing in Framing)
_MEASURE_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class ProjectDraft:
    """A project as far as it could be read; usable as it is only when there are no faults."""

    project: Project
    faults: tuple[Fault, ...]
    reference_lines: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (character, path) -> line


def read_project(project_id: str, source: SourceFile, cast: Mapping[str, SourceFile]) -> Project:
    """Return the project that the files describe, complete.

    Args:
        project_id: Name of the project's folder.
        source: The text of `project.yaml`.
        cast: The text of each character file by character id.

    Raises:
        StoryError: Something is wrong in any of the files; every fault is named.
    """
    draft = draft_project(project_id, source, cast)
    if draft.faults:
        raise StoryError(draft.faults)
    return draft.project


def draft_project(project_id: str, source: SourceFile | None, cast: Mapping[str, SourceFile | None]) -> ProjectDraft:
    """Return what can be read of a project, and everything that is wrong with it.

    A file that is there but could not be read as text is None: its faults are the caller's, and a character keeps its
    place in the cast, so that a script is not blamed for somebody else's broken file.
    """
    faults: list[Fault] = []
    project = Project(project_id, project_id, ())
    if source is not None:
        project, project_faults = _read_project_file(project_id, source)
        faults += project_faults
    members = []
    for character_id, character_source in sorted(cast.items()):
        if character_source is None:
            members.append(_CharacterFile.placeholder(character_id))
            continue
        member = _read_character_file(character_id, character_source)
        faults += member.faults
        members.append(member)
    faults += _name_clashes(members)
    reference_lines = {(member.id, path): line for member in members for path, line in member.reference_lines.items()}
    return ProjectDraft(replace(project, characters=_build_characters(members)), tuple(faults), reference_lines)


@dataclass
class _CharacterFile:
    """A character file as far as it could be read."""

    id: str
    file: str
    name: str
    name_line: int
    aliases: tuple[tuple[str, int], ...] = ()
    description: str = ""
    appearance: StatedAppearance = field(default_factory=StatedAppearance)
    voice: StatedVoice = field(default_factory=StatedVoice)
    lora: Lora | None = None
    reference_lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def placeholder(cls, character_id: str) -> _CharacterFile:
        """Return the placeholder of a file whose text could not be read; it only keeps the name known."""
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
        )


def _build_characters(members: Sequence[_CharacterFile]) -> tuple[Character, ...]:
    """Return the characters in order, each with a look, and a voice apart from those before it."""
    characters: list[Character] = []
    for member in members:
        full_appearance = appearance.derive_appearance(member.name, member.description, member.appearance)
        voice = appearance.derive_voice(
            member.name, full_appearance, member.voice, [other.voice for other in characters]
        )
        characters.append(member.build_character(full_appearance, voice))
    return tuple(characters)


def _name_clashes(members: Sequence[_CharacterFile]) -> list[Fault]:
    """Return a fault for every name that two characters share, as names or aliases, whatever the case."""
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


# Reading nodes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _YamlEntry:
    """A value in a mapping, with the line of its key."""

    node: yaml.Node
    line: int


class _YamlSection:
    """A mapping whose keys are known; reads its values and gathers what is wrong with them."""

    def __init__(self, node: yaml.Node | None, name: str, keys: Sequence[str], faults: Faults) -> None:
        self.faults = faults
        self.name = name
        self.line = _line_of(node) if node is not None else 0
        self.entries: dict[str, _YamlEntry] = {}
        if node is None or _is_null(node):
            return
        if not isinstance(node, yaml.MappingNode):
            faults.add(
                self.line,
                f"{name or 'the file'} is {_describe_node(node)}",
                f"keys and values ({', '.join(keys)})",
                "Write one `key: value` on each line.",
            )
            return
        for key, value in _unique_pairs(node, faults):
            if key not in keys:
                where = f" in {name}" if name else ""
                faults.add(
                    _line_of(value[0]),
                    f"unknown key {shorten(key)!r}{where}",
                    f"one of {', '.join(keys)}",
                    _unknown_key_remedy(key, keys),
                )
                continue
            self.entries[key] = _YamlEntry(value[1], _line_of(value[0]))

    def add_fault(self, key: str, problem: str, expected: str, remedy: str) -> None:
        line = self.entries[key].line if key in self.entries else self.line
        self.faults.add(line, f"{self.path_of(key)} {problem}", expected, remedy)

    def path_of(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def node(self, key: str) -> yaml.Node | None:
        """Return the value of a key, or None when it is absent or left empty."""
        entry = self.entries.get(key)
        return None if entry is None or _is_null(entry.node) else entry.node

    def text(self, key: str, default: str = "", limit: int = 1000) -> str:
        """Return a text; numbers count as the text they were written as."""
        node = self.node(key)
        if node is None:
            return default
        value = self._read_text(key, node, limit)
        return default if value is None else value

    def _read_text(self, key: str, node: yaml.Node, limit: int = 1000) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or node.tag in (_YAML_TAG_PREFIX + "bool", _YAML_TAG_PREFIX + "null"):
            self.add_fault(
                key,
                f"is {_describe_node(node)}",
                "text",
                "Write words; put them in quotes if YAML takes them otherwise.",
            )
            return None
        value = str(node.value).strip()
        if len(value) > limit:
            self.add_fault(key, f"has {len(value):,} characters", f"at most {limit:,}", "Shorten it.")
            return None
        return value

    def required_text(self, key: str, limit: int, example: str) -> str:
        """Return a text that must be there and say something."""
        node = self.node(key)
        if node is None or (isinstance(node, yaml.ScalarNode) and not str(node.value).strip()):
            problem = "is empty" if key in self.entries else "is missing"
            self.add_fault(key, problem, "text", f"Write `{key}: {example}`.")
            return ""
        return self.text(key, "", limit)

    def number(self, key: str, default: float, low: float, high: float, unit: str) -> float:
        """Return a number in [low, high]."""
        node = self.node(key)
        if node is None:
            return default
        value = _parse_number(node)
        if value is None or not low <= value <= high:  # NaN is in no range
            problem = f"is {_describe_node(node)}"
            self.add_fault(key, problem, f"a number from {low:g} to {high:g} {unit}".rstrip(), f"Such as {default:g}.")
            return default
        return float(value)

    def integer(
        self, key: str, default: int, low: int, high: int, unit: str, multiple: int = 1, remainder: int = 0
    ) -> int:
        """Return a whole number in [low, high] that leaves `rest` when divided by `multiple`."""
        node = self.node(key)
        if node is None:
            return default
        value = _parse_number(node)
        if isinstance(value, int) and low <= value <= high and value % multiple == remainder:
            return value
        shape = ""
        if multiple > 1:
            shape = f", a multiple of {multiple}" + (f" plus {remainder}" if remainder else "")
        expected = f"a whole number from {low} to {high} {unit}".rstrip() + shape
        remedy = f"Such as {default}."
        if isinstance(value, int | float) and low <= value <= high:
            lower = max(low, int((value - remainder) // multiple) * multiple + remainder)
            candidates = {lower, lower + multiple} if lower + multiple <= high else {lower}
            remedy = f"The nearest are {' and '.join(map(str, sorted(candidates)))}."
        self.add_fault(key, f"is {_describe_node(node)}", expected, remedy)
        return default

    def choice(self, key: str, options: Sequence[str], default: str, remedy: str = "") -> str:
        """Return one of the options."""
        value = self.text(key)
        if not value:
            return default
        folded = re.sub(r"[\s-]+", "_", value.lower())
        if folded in options:
            return folded
        near = nearest_word(value, options)
        hint = f"Did you mean {near}?" if near else remedy or f"Such as {options[0]}."
        self.add_fault(key, f"is {shorten(value)!r}", f"one of {', '.join(options)}", hint)
        return default

    def flag(self, key: str, default: bool) -> bool:
        """Return whether a switch is on."""
        node = self.node(key)
        if node is None:
            return default
        value = str(node.value).lower() if isinstance(node, yaml.ScalarNode) else ""
        if node.tag != _YAML_TAG_PREFIX + "bool":
            self.add_fault(key, f"is {_describe_node(node)}", "true or false", f"Such as {str(default).lower()}.")
            return default
        return value in ("true", "yes", "on")

    def colour(self, key: str) -> str:
        """Return `#rrggbb`, or "" when the key is absent."""
        entry = self.entries.get(key)
        return "" if entry is None else self._read_colour(key, entry.node)

    def _read_colour(self, key: str, node: yaml.Node) -> str:
        expected = "a colour: '#rrggbb' in quotes, or a word such as teal or dark green"
        if _is_null(node):
            remedy = "Put a colour that begins with # in quotes; without them YAML takes it for a comment."
            self.add_fault(key, "is empty", expected, remedy)
            return ""
        value = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        colour_hex = appearance.parse_colour(value)
        if not colour_hex:
            near = nearest_word(value.split()[-1] if value.split() else "", appearance.COLOURS, 0.6)
            remedy = f"Did you mean {near}?" if near else "Use a hex colour for any other shade."
            self.add_fault(key, f"is {_describe_node(node)}", expected, remedy)
        return colour_hex

    def list_nodes(self, key: str, limit: int) -> list[yaml.Node]:
        """Return the nodes of a list, or none."""
        node = self.node(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.add_fault(
                key, f"is {_describe_node(node)}", "a list", "Write each on its own line after `- `, or [one, two]."
            )
            return []
        if len(node.value) > limit:
            self.add_fault(key, f"has {len(node.value)} entries", f"at most {limit}", "Drop some.")
            return []
        return list(node.value)

    def texts(self, key: str, limit: int = 24) -> list[tuple[str, int]]:
        """Return the texts of a list, each with its line."""
        entries = []
        for node in self.list_nodes(key, limit):
            value = self._read_text(key, node, 200)
            if value == "":
                self.add_fault(key, "has an empty entry", "text", "Delete the entry, or write it in quotes.")
            elif value is not None:
                entries.append((value, _line_of(node)))
        return entries

    def colours(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the colours of a list."""
        nodes = self.list_nodes(key, 12)
        values = tuple(filter(None, (self._read_colour(key, node) for node in nodes)))
        return values if values and len(values) == len(nodes) else default

    def section(self, key: str, keys: Sequence[str]) -> _YamlSection:
        """Return the mapping below a key; an empty one when it is absent."""
        return _YamlSection(self.node(key), self.path_of(key), keys, self.faults)


def _unique_pairs(node: yaml.MappingNode, faults: Faults) -> Iterable[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    """Yield (key, (key node, value node)); a key written twice is a fault and only its first value counts."""
    line_by_key: dict[str, int] = {}
    for key_node, value in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            faults.add(
                _line_of(key_node), f"a key is {_describe_node(key_node)}", "a word as key", "Write `key: value`."
            )
            continue
        key = str(key_node.value)
        if key in line_by_key:
            faults.add(
                _line_of(key_node),
                f"the key {shorten(key)!r} is written twice, first on line {line_by_key[key]}",
                "each key once",
                "Keep one of them.",
            )
            continue
        line_by_key[key] = _line_of(key_node)
        yield key, (key_node, value)


def _unknown_key_remedy(key: str, keys: Sequence[str]) -> str:
    if "url" in key.lower() or "token" in key.lower():
        return "Addresses and tokens of services are set in the environment (such as COMFYUI_URL), never in a show."
    near = nearest_word(key, keys)
    return f"Did you mean {near}?" if near else "Delete it, or check the spelling."


def _line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _YAML_TAG_PREFIX + "null"


def _describe_node(node: yaml.Node) -> str:
    """Return what a node is, in words for a fault."""
    if isinstance(node, yaml.MappingNode):
        return "a group of keys"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if _is_null(node):
        return "empty"
    return repr(shorten(str(node.value)))


def _parse_number(node: yaml.Node) -> int | float | None:
    """Return the number that a node holds, or None."""
    if not isinstance(node, yaml.ScalarNode) or len(node.value) > 40:
        return None
    constructor = yaml.constructor.SafeConstructor()
    try:
        if node.tag == _YAML_TAG_PREFIX + "int":
            return int(constructor.construct_yaml_int(node))
        if node.tag == _YAML_TAG_PREFIX + "float":
            return float(constructor.construct_yaml_float(node))
    except ValueError:  # such as 0x, which YAML resolves to an integer without digits
        return None
    return None


def _compose_root(source: SourceFile, faults: Faults) -> yaml.Node | None:
    """Return the document's node, or None after noting why there is none."""
    try:
        if not _is_plain_yaml(source.text, faults):
            return None
        node: yaml.Node | None = yaml.compose(source.text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        detail = "; ".join(part for part in (error.problem, error.context) if part)
        faults.add(
            mark.line + 1 if mark else 0,
            f"the YAML is malformed: {detail}",
            "YAML: `key: value` lines, indented with spaces",
            "Look for a missing quote, colon or bracket, a tab, or a #colour without quotes on or above this line.",
        )
        return None
    except yaml.YAMLError as error:
        remedy = "Delete the character, or save the file again as UTF-8 text."
        faults.add(0, f"the YAML cannot be read: {shorten(str(error), 120)}", "plain UTF-8 text", remedy)
        return None
    if node is None:
        faults.add(0, "the file is empty", "keys and values", "Write at least the required keys.")
    return node


def _is_plain_yaml(text: str, faults: Faults) -> bool:
    """Return whether the events are those of plain data: one document, no tags, no aliases, not nested endlessly.

    This is looked at before any tree is built, so that nothing hostile is ever expanded.
    """
    fault_count = len(faults.items)
    depth = 0
    documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                faults.add(line, "a second document begins", "one document", "Delete the `---` line and what follows.")
        elif isinstance(event, yaml.AliasEvent):
            faults.add(line, f"there is an alias, *{event.anchor}", "plain values", "Write the value out again.")
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            remedy = "Delete the tag; a show holds plain text and numbers only."
            faults.add(line, f"there is a tag, {shorten(str(event.tag))}", "plain values", remedy)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                faults.add(line, f"values are nested over {_MAX_DEPTH} deep", "at most three levels", "Unfold them.")
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return len(faults.items) == fault_count


# What the files hold -------------------------------------------------------------------------------------------------


def _read_project_file(project_id: str, source: SourceFile) -> tuple[Project, list[Fault]]:
    faults = Faults(source.file)
    root = _compose_root(source, faults)
    if root is None:
        return Project(project_id, project_id, ()), faults.items
    top = _YamlSection(root, "", PROJECT_KEYS, faults)
    if not isinstance(root, yaml.MappingNode) and not _is_null(root):
        return Project(project_id, project_id, ()), faults.items
    project = Project(
        id=project_id,
        title=top.required_text("title", 200, "The name of the show"),
        characters=(),
        logline=top.text("logline"),
        style=_read_style(top.section("style", STYLE_KEYS)),
        delivery=_read_delivery(top.section("delivery", DELIVERY_KEYS)),
        engines=_read_engines(top.section("engines", ENGINE_KEYS)),
        thresholds=_read_thresholds(top),
        seed=top.integer("seed", 1, 0, 2**32 - 1, ""),
        learning=_read_learning(top.section("learning", LEARNING_KEYS)),
        memory=Memory(_read_share_with(top.section("memory", MEMORY_KEYS))),
        routing=_read_routing_rules(top.node("routing"), "routing", faults),
    )
    return project, faults.items


def read_routing(source: SourceFile) -> tuple[Routing, tuple[Fault, ...]]:
    """Return the rules of routing that a file beside `project.yaml` states, YAML or JSON, and all that is wrong.

    It holds what would stand below `routing:`, and may not name a further file.
    """
    faults = Faults(source.file)
    # Tabs may stand between JSON's tokens, where YAML wants spaces; inside its strings they cannot stand.
    root = _compose_root(SourceFile(source.file, source.text.expandtabs()), faults)
    routing = _read_routing_rules(root, "", faults) if root is not None else Routing()
    if routing.file:
        faults.add(0, "a routing file names another file", "the rules themselves", "Write them here.")
    return replace(routing, file=source.file.rpartition("/")[2]), tuple(faults.items)


def _read_routing_rules(node: yaml.Node | None, name: str, faults: Faults) -> Routing:
    """Return the rules of routing, brought up from the version in which they were written."""
    if node is None:
        return Routing()
    version = _read_routing_version(node, faults)
    for migrate in ROUTING_MIGRATIONS[version:]:
        node = migrate(node)
    section = _YamlSection(node, name, ROUTING_KEYS, faults)
    if section.node("file") is not None:
        return _read_routing_file_name(section)
    defaults = Routing()
    weights = section.section("weights", ("quality", "acceptance", "speed", "memory"))
    patience = section.section("patience_s", ("clip", "keyframe"))
    return Routing(
        strategy=section.choice("strategy", ROUTING_STRATEGIES, defaults.strategy),
        on_failure=section.choice("on_failure", ON_FAILURE_CHOICES, defaults.on_failure),
        blocked=tuple(dict.fromkeys(text for text, _ in section.texts("blocked", 100))),
        pins=_read_routing_pins(section),
        explore=section.flag("explore", defaults.explore),
        half_life_days=section.number("half_life_days", defaults.half_life_days, 1.0, 3650.0, "days"),
        quality_weight=weights.number("quality", defaults.quality_weight, 0.0, 10.0, ""),
        acceptance_weight=weights.number("acceptance", defaults.acceptance_weight, 0.0, 10.0, ""),
        speed_weight=weights.number("speed", defaults.speed_weight, 0.0, 10.0, ""),
        memory_weight=weights.number("memory", defaults.memory_weight, 0.0, 10.0, ""),
        clip_patience_s=patience.number("clip", defaults.clip_patience_s, 1.0, 86_400.0, "s"),
        keyframe_patience_s=patience.number("keyframe", defaults.keyframe_patience_s, 1.0, 86_400.0, "s"),
    )


def _read_routing_version(node: yaml.Node, faults: Faults) -> int:
    """Return the version in which rules are written; the newest after noting that it is none of ours."""
    if isinstance(node, yaml.ScalarNode):
        return 0
    stated = next((value for key, value in getattr(node, "value", ()) if getattr(key, "value", "") == "version"), None)
    version = ROUTING_VERSION if stated is None else _parse_number(stated)
    if version == 0 or version == ROUTING_VERSION:
        return int(version)
    expected = f"a version from 0 to {ROUTING_VERSION}"
    remedy = f"Write version: {ROUTING_VERSION}, or use the newer program that these rules were written for."
    faults.add(_line_of(stated or node), f"routing.version is {_describe_node(stated or node)}", expected, remedy)
    return ROUTING_VERSION


def _upgrade_bare_strategy(node: yaml.Node) -> yaml.Node:
    """Return version 0, which was the bare name of a strategy, as version 1."""
    if not isinstance(node, yaml.ScalarNode):
        return node
    key = yaml.ScalarNode(_YAML_TAG_PREFIX + "str", "strategy", node.start_mark, node.end_mark)
    return yaml.MappingNode(_YAML_TAG_PREFIX + "map", [(key, node)], node.start_mark, node.end_mark)


ROUTING_MIGRATIONS: Sequence[Callable[[yaml.Node], yaml.Node]] = (_upgrade_bare_strategy,)
"""How to bring rules from each version to the one after it; the place in the list is the version before."""


def _read_routing_file_name(section: _YamlSection) -> Routing:
    file = section.text("file", "", 200)
    other_keys = sorted(section.entries.keys() - {"file", "version"})
    if other_keys:
        remedy = f"Move {', '.join(other_keys)} into {shorten(file)}, or drop `file`."
        section.add_fault("file", f"stands beside {', '.join(other_keys)}", "either a file or the rules", remedy)
    if not _ROUTING_FILE.fullmatch(file):
        expected = "a file beside project.yaml that ends in .yaml or .json"
        section.add_fault("file", f"is {shorten(file)!r}", expected, "Such as routing.yaml.")
        return Routing()
    return Routing(file=file)


def _read_routing_pins(section: _YamlSection) -> dict[str, str]:
    """Return workflow by place or framing; whether there is such a workflow is known to the registry, not here."""
    node = section.node("pins")
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        section.add_fault(
            "pins", f"is {_describe_node(node)}", "places with their workflows", "Such as `pins: {e01-sc02: ltx_2b}`."
        )
        return {}
    workflow_by_place = {}
    for place, (key_node, value) in _unique_pairs(node, section.faults):
        near = "" if place in _FRAMINGS else nearest_word(place, _FRAMINGS, 0.8)
        if near or (place not in _FRAMINGS and not _ROUTING_PLACE.fullmatch(place)):
            remedy = f"Did you mean {near}?" if near else "Such as e01, e01-sc02, e01-sc02-sh0030 or close-up."
            problem = f"routing.pins names {shorten(place)!r}"
            section.faults.add(_line_of(key_node), problem, "an episode, a scene, a shot or a framing", remedy)
        elif not isinstance(value, yaml.ScalarNode) or not str(value.value).strip() or _is_null(value):
            problem = f"routing.pins.{shorten(place)} is {_describe_node(value)}"
            remedy = "See `tower workflows list`."
            section.faults.add(_line_of(key_node), problem, "a workflow's name", remedy)
        else:
            workflow_by_place[place] = str(value.value).strip()
    return workflow_by_place


def _read_style(section: _YamlSection) -> Style:
    defaults = Style()
    loras = [
        _read_lora(_YamlSection(node, section.path_of("loras"), LORA_KEYS, section.faults))
        for node in section.list_nodes("loras", 8)
    ]
    return Style(
        art_direction=section.text("art_direction", defaults.art_direction),
        palette=section.colours("palette", defaults.palette),
        positive=section.text("positive", defaults.positive),
        negative=section.text("negative", defaults.negative),
        checkpoint=_read_model_file(section, "checkpoint"),
        loras=tuple(lora for lora in loras if lora is not None),
    )


def _read_delivery(section: _YamlSection) -> Delivery:
    defaults = Delivery()
    low, high = _SIZE_RANGE_PX
    return Delivery(
        width_px=section.integer("width", defaults.width_px, low, high, "px", 32),
        height_px=section.integer("height", defaults.height_px, low, high, "px", 32),
        fps=section.integer("fps", defaults.fps, 8, 60, "frames per second"),
        max_clip_frames=section.integer("max_clip_frames", defaults.max_clip_frames, 9, 257, "frames", 8, 1),
        loudness_lufs=section.number("loudness", defaults.loudness_lufs, -31.0, -9.0, "LUFS"),
        true_peak_dbtp=section.number("true_peak", defaults.true_peak_dbtp, -9.0, 0.0, "dBTP"),
    )


def _read_engines(section: _YamlSection) -> EngineChoices:
    engine_by_role = {}
    for role, services in SERVICES_BY_ROLE.items():
        remedy = "An address is set in the environment; here stands only who does the work."
        engine_by_role[role] = section.choice(role, ("auto", "embedded", *services), "auto", remedy)
    defaults = EngineChoices()
    return EngineChoices(
        **engine_by_role,
        attempts=section.integer("attempts", defaults.attempts, 1, 10, "attempts"),
        keyframes_from=section.choice("keyframes_from", KEYFRAME_SOURCES, defaults.keyframes_from),
    )


def _read_thresholds(top: _YamlSection) -> dict[str, dict[str, float]]:
    """Return the project's own bounds; whether a gate takes such a measure is known to `quality`, not here."""
    node = top.node("thresholds")
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        remedy = "Such as `sharpness_var: {low: 40}`."
        top.add_fault("thresholds", f"is {_describe_node(node)}", "measures with their bounds", remedy)
        return {}
    bounds_by_measure: dict[str, dict[str, float]] = {}
    for measure, (key_node, value) in _unique_pairs(node, top.faults):
        if not _MEASURE_NAME.fullmatch(measure):
            expected = "a measure's name, such as sharpness_var"
            problem = f"{shorten(measure)!r} is no name of a measure"
            top.faults.add(_line_of(key_node), problem, expected, "The names are those that the gates show.")
            continue
        fault_count = len(top.faults.items)
        section = _YamlSection(value, f"thresholds.{measure}", ("low", "high"), top.faults)
        section.line = _line_of(key_node)
        bounds = {key: section.number(key, 0.0, -1e9, 1e9, "") for key in section.entries if section.node(key)}
        if len(bounds) == 2 and bounds["low"] > bounds["high"]:
            section.add_fault(
                "low", f"({bounds['low']:g}) is above high ({bounds['high']:g})", "low <= high", "Swap them."
            )
        elif bounds:
            bounds_by_measure[measure] = bounds
        elif len(top.faults.items) == fault_count:
            top.faults.add(section.line, f"thresholds.{measure} is empty", "low, high or both", "Such as {low: 40}.")
    return bounds_by_measure


def _read_learning(section: _YamlSection) -> Learning:
    return Learning(section.flag("suggest", True), _read_parameter_pins(section), _read_share_with(section))


def _read_share_with(section: _YamlSection) -> tuple[str, ...]:
    """Return the ids of the projects that something is shared with, each once."""
    project_ids = []
    for text, line in section.texts("share_with"):
        if is_slug(text):
            project_ids.append(text)
        else:
            problem = f"{section.path_of('share_with')} names {shorten(text)!r}"
            section.faults.add(line, problem, "a project's id", "Write the name of the other project's folder.")
    return tuple(dict.fromkeys(project_ids))


def _read_parameter_pins(section: _YamlSection) -> dict[str, float]:
    """Return the pinned parameters; which of them an engine has is known to the engines, not here."""
    node = section.node("pins")
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        section.add_fault(
            "pins", f"is {_describe_node(node)}", "parameters with their values", "Such as `pins: {steps: 8}`."
        )
        return {}
    value_by_parameter = {}
    for name, (key_node, value) in _unique_pairs(node, section.faults):
        number = _parse_number(value)
        if number is None or not math.isfinite(number):
            problem = f"learning.pins.{shorten(name)} is {_describe_node(value)}"
            section.faults.add(_line_of(key_node), problem, "a number", f"Such as `{shorten(name)}: 8`.")
        else:
            value_by_parameter[name] = number
    return value_by_parameter


def _read_lora(section: _YamlSection) -> Lora | None:
    file = section.required_text("file", 200, "name.safetensors")
    lora = Lora(
        file=_checked_model_file(section, "file", file),
        base_model=section.text("base_model"),
        strength_model=section.number("strength_model", 0.8, 0.0, 2.0, ""),
        strength_clip=section.number("strength_clip", 0.8, 0.0, 2.0, ""),
        trigger=section.text("trigger"),
    )
    return lora if file else None


def _read_model_file(section: _YamlSection, key: str) -> str:
    return _checked_model_file(section, key, section.text(key, "", 200))


def _checked_model_file(section: _YamlSection, key: str, file: str) -> str:
    """Return the name of a model file as a server knows it, which lies below the server's own folders."""
    parts = re.split(r"[/\\]", file)
    if file and (file.startswith(("/", "\\")) or ".." in parts or ":" in file):
        expected = "a file name as the ComfyUI server lists it, such as folder/name.safetensors"
        section.add_fault(key, f"is {shorten(file)!r}", expected, "Copy the name from the server's list.")
        return ""
    return file


def _read_character_file(character_id: str, source: SourceFile) -> _CharacterFile:
    faults = Faults(source.file)
    member = _CharacterFile(character_id, source.file, character_id, 0)
    root = _compose_root(source, faults)
    if root is not None:
        top = _YamlSection(root, "", CHARACTER_KEYS, faults)
        if isinstance(root, yaml.MappingNode) or _is_null(root):
            _read_character_keys(member, top)
    member.faults = faults.items
    return member


def _read_character_keys(member: _CharacterFile, top: _YamlSection) -> None:
    member.name = top.required_text("name", 80, "Akira Yamamoto") or member.id
    member.name_line = top.entries["name"].line if "name" in top.entries else 0
    member.description = top.required_text("description", 4000, "A street racer with spiky black hair")
    member.aliases = tuple(top.texts("aliases"))
    member.appearance = _read_appearance(top.section("appearance", APPEARANCE_KEYS))
    member.voice = _read_voice(top.section("voice", VOICE_KEYS))
    if top.node("lora") is not None:
        member.lora = _read_lora(top.section("lora", LORA_KEYS))
    for path, line in top.texts("references"):
        if path in member.reference_lines:
            top.faults.add(line, f"the picture {shorten(path)!r} is listed twice", "each once", "Delete one.")
        member.reference_lines.setdefault(path, line)


def _read_appearance(section: _YamlSection) -> StatedAppearance:
    return StatedAppearance(
        hair_colour=section.colour("hair"),
        hair_style=section.choice("hair_style", appearance.HAIR_STYLES, ""),
        skin_colour=section.colour("skin"),
        eye_colour=section.colour("eyes"),
        outfit_colour=section.colour("outfit"),
        outfit_style=section.choice("outfit_style", appearance.OUTFIT_STYLES, ""),
        accent_colour=section.colour("accent"),
        build=section.choice("build", appearance.BUILDS, ""),
        presents=section.choice("presents", appearance.PRESENTATIONS, ""),
        age_years=section.integer("age", 25, 1, 120, "years") if section.node("age") is not None else None,
        features=tuple(text for text, _ in section.texts("features")) if section.node("features") else None,
    )


def _read_voice(section: _YamlSection) -> StatedVoice:
    variant = section.text("variant", "", 60)
    if variant and not _VARIANT.fullmatch(variant):
        section.add_fault(
            "variant", f"is {shorten(variant)!r}", "a voice variant such as f3 or m2", "Use one of f1…f5, m1…m8."
        )
    language = section.text("language", "", 60)
    if language and not _LANGUAGE.fullmatch(language):
        section.add_fault(
            "language", f"is {shorten(language)!r}", "a language tag such as en, en-GB or ja", "Such as en."
        )
    return StatedVoice(
        variant=variant,
        pitch=section.integer("pitch", 50, 0, 99, "") if section.node("pitch") is not None else None,
        rate_wpm=section.integer("rate", 165, 80, 300, "words/min") if section.node("rate") is not None else None,
        language=language,
        service_voice=section.text("service_voice", "", 200),
    )
