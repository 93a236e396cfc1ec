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
from tower_anime_assets.production.story.appearance import GivenAppearance, GivenVoice
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
from tower_anime_assets.production.story.source import Faults, SourceFile, nearest, shortened
from tower_anime_assets.settings import STRATEGIES

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
KEYFRAMES_FROM = ("words", "reference", "previous")
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
ON_FAILURE = ("stop", "next")

SERVICES: Mapping[str, tuple[str, ...]] = {
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
_TAG = "tag:yaml.org,2002:"
_VARIANT = re.compile(r"[A-Za-z0-9_+-]{1,40}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_ROUTING_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.(?:yaml|json)")
_PLACE = re.compile(r"(?!s[ch]\d+$)[a-z0-9_]+(?:-sc\d{2,}(?:-sh\d{4,})?)?")
_FRAMINGS = tuple(framing.value for framing in Framing)
_MEASURE = re.compile(r"[a-z][a-z0-9_]{0,60}")

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Draft:
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


def draft_project(project_id: str, source: SourceFile | None, cast: Mapping[str, SourceFile | None]) -> Draft:
    """Return what can be read of a project, and everything that is wrong with it.

    A file that is there but could not be read as text is None: its faults are the caller's, and a character keeps its
    place in the cast, so that a script is not blamed for somebody else's broken file.
    """
    faults: list[Fault] = []
    project = Project(project_id, project_id, ())
    if source is not None:
        project, found = _read_project_file(project_id, source)
        faults += found
    members = []
    for character_id, text in sorted(cast.items()):
        if text is None:
            members.append(_Member.unread(character_id))
            continue
        member = _read_character_file(character_id, text)
        faults += member.faults
        members.append(member)
    faults += _clashes(members)
    lines = {(member.id, path): line for member in members for path, line in member.reference_lines.items()}
    return Draft(replace(project, characters=_with_voices(members)), tuple(faults), lines)


@dataclass
class _Member:
    """A character file as far as it could be read."""

    id: str
    file: str
    name: str
    name_line: int
    aliases: tuple[tuple[str, int], ...] = ()
    description: str = ""
    appearance: GivenAppearance = field(default_factory=GivenAppearance)
    voice: GivenVoice = field(default_factory=GivenVoice)
    lora: Lora | None = None
    reference_lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def unread(cls, character_id: str) -> _Member:
        """Return the placeholder of a file whose text could not be read; it only keeps the name known."""
        return cls(character_id, "", character_id, 0)

    def character(self, look: Appearance, voice: Voice) -> Character:
        return Character(
            self.id,
            self.name,
            self.description,
            look,
            voice,
            tuple(alias for alias, _ in self.aliases),
            self.lora,
            tuple(self.reference_lines),
        )


def _with_voices(members: Sequence[_Member]) -> tuple[Character, ...]:
    """Return the characters in order, each with a look, and a voice apart from those before it."""
    made: list[Character] = []
    for member in members:
        look = appearance.appearance(member.name, member.description, member.appearance)
        voice = appearance.voice(member.name, look, member.voice, [other.voice for other in made])
        made.append(member.character(look, voice))
    return tuple(made)


def _clashes(members: Sequence[_Member]) -> list[Fault]:
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
                        f"{shortened(name)!r} is also the name or an alias of {owner[0]} ({owner[1]}:{owner[2]})",
                        "a name that only one character has",
                        "Rename one of them, or drop the alias.",
                    )
                )
    return faults


# Reading nodes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """A value in a mapping, with the line of its key."""

    node: yaml.Node
    line: int


class _Section:
    """A mapping whose keys are known; reads its values and gathers what is wrong with them."""

    def __init__(self, node: yaml.Node | None, name: str, keys: Sequence[str], faults: Faults) -> None:
        self.faults = faults
        self.name = name
        self.line = _line(node) if node is not None else 0
        self.entries: dict[str, _Entry] = {}
        if node is None or _is_null(node):
            return
        if not isinstance(node, yaml.MappingNode):
            faults.add(
                self.line,
                f"{name or 'the file'} is {_what(node)}",
                f"keys and values ({', '.join(keys)})",
                "Write one `key: value` on each line.",
            )
            return
        for key, value in _pairs(node, faults):
            if key not in keys:
                where = f" in {name}" if name else ""
                faults.add(
                    _line(value[0]),
                    f"unknown key {shortened(key)!r}{where}",
                    f"one of {', '.join(keys)}",
                    _key_remedy(key, keys),
                )
                continue
            self.entries[key] = _Entry(value[1], _line(value[0]))

    def wrong(self, key: str, problem: str, expected: str, remedy: str) -> None:
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
        value = self._text_of(key, node, limit)
        return default if value is None else value

    def _text_of(self, key: str, node: yaml.Node, limit: int = 1000) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or node.tag in (_TAG + "bool", _TAG + "null"):
            self.wrong(
                key, f"is {_what(node)}", "text", "Write words; put them in quotes if YAML takes them otherwise."
            )
            return None
        value = str(node.value).strip()
        if len(value) > limit:
            self.wrong(key, f"has {len(value):,} characters", f"at most {limit:,}", "Shorten it.")
            return None
        return value

    def required(self, key: str, limit: int, example: str) -> str:
        """Return a text that must be there and say something."""
        node = self.node(key)
        if node is None or (isinstance(node, yaml.ScalarNode) and not str(node.value).strip()):
            problem = "is empty" if key in self.entries else "is missing"
            self.wrong(key, problem, "text", f"Write `{key}: {example}`.")
            return ""
        return self.text(key, "", limit)

    def number(self, key: str, default: float, low: float, high: float, unit: str) -> float:
        """Return a number in [low, high]."""
        node = self.node(key)
        if node is None:
            return default
        value = _number(node)
        if value is None or not low <= value <= high:  # NaN is in no range
            found = f"is {_what(node)}"
            self.wrong(key, found, f"a number from {low:g} to {high:g} {unit}".rstrip(), f"Such as {default:g}.")
            return default
        return float(value)

    def integer(self, key: str, default: int, low: int, high: int, unit: str, multiple: int = 1, rest: int = 0) -> int:
        """Return a whole number in [low, high] that leaves `rest` when divided by `multiple`."""
        node = self.node(key)
        if node is None:
            return default
        value = _number(node)
        if isinstance(value, int) and low <= value <= high and value % multiple == rest:
            return value
        shape = ""
        if multiple > 1:
            shape = f", a multiple of {multiple}" + (f" plus {rest}" if rest else "")
        expected = f"a whole number from {low} to {high} {unit}".rstrip() + shape
        remedy = f"Such as {default}."
        if isinstance(value, int | float) and low <= value <= high:
            lower = max(low, int((value - rest) // multiple) * multiple + rest)
            near = {lower, lower + multiple} if lower + multiple <= high else {lower}
            remedy = f"The nearest are {' and '.join(map(str, sorted(near)))}."
        self.wrong(key, f"is {_what(node)}", expected, remedy)
        return default

    def choice(self, key: str, options: Sequence[str], default: str, remedy: str = "") -> str:
        """Return one of the options."""
        value = self.text(key)
        if not value:
            return default
        folded = re.sub(r"[\s-]+", "_", value.lower())
        if folded in options:
            return folded
        near = nearest(value, options)
        hint = f"Did you mean {near}?" if near else remedy or f"Such as {options[0]}."
        self.wrong(key, f"is {shortened(value)!r}", f"one of {', '.join(options)}", hint)
        return default

    def flag(self, key: str, default: bool) -> bool:
        """Return whether a switch is on."""
        node = self.node(key)
        if node is None:
            return default
        written = str(node.value).lower() if isinstance(node, yaml.ScalarNode) else ""
        if node.tag != _TAG + "bool":
            self.wrong(key, f"is {_what(node)}", "true or false", f"Such as {str(default).lower()}.")
            return default
        return written in ("true", "yes", "on")

    def colour(self, key: str) -> str:
        """Return `#rrggbb`, or "" when the key is absent."""
        entry = self.entries.get(key)
        return "" if entry is None else self._colour_of(key, entry.node)

    def _colour_of(self, key: str, node: yaml.Node) -> str:
        expected = "a colour: '#rrggbb' in quotes, or a word such as teal or dark green"
        if _is_null(node):
            remedy = "Put a colour that begins with # in quotes; without them YAML takes it for a comment."
            self.wrong(key, "is empty", expected, remedy)
            return ""
        value = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        found = appearance.colour(value)
        if not found:
            near = nearest(value.split()[-1] if value.split() else "", appearance.COLOURS, 0.6)
            remedy = f"Did you mean {near}?" if near else "Use a hex colour for any other shade."
            self.wrong(key, f"is {_what(node)}", expected, remedy)
        return found

    def items(self, key: str, limit: int) -> list[yaml.Node]:
        """Return the nodes of a list, or none."""
        node = self.node(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(key, f"is {_what(node)}", "a list", "Write each on its own line after `- `, or [one, two].")
            return []
        if len(node.value) > limit:
            self.wrong(key, f"has {len(node.value)} entries", f"at most {limit}", "Drop some.")
            return []
        return list(node.value)

    def texts(self, key: str, limit: int = 24) -> list[tuple[str, int]]:
        """Return the texts of a list, each with its line."""
        found = []
        for node in self.items(key, limit):
            value = self._text_of(key, node, 200)
            if value == "":
                self.wrong(key, "has an empty entry", "text", "Delete the entry, or write it in quotes.")
            elif value is not None:
                found.append((value, _line(node)))
        return found

    def colours(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the colours of a list."""
        nodes = self.items(key, 12)
        found = tuple(filter(None, (self._colour_of(key, node) for node in nodes)))
        return found if found and len(found) == len(nodes) else default

    def section(self, key: str, keys: Sequence[str]) -> _Section:
        """Return the mapping below a key; an empty one when it is absent."""
        return _Section(self.node(key), self.path_of(key), keys, self.faults)


def _pairs(node: yaml.MappingNode, faults: Faults) -> Iterable[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    """Yield (key, (key node, value node)); a key written twice is a fault and only its first value counts."""
    seen: dict[str, int] = {}
    for key_node, value in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            faults.add(_line(key_node), f"a key is {_what(key_node)}", "a word as key", "Write `key: value`.")
            continue
        key = str(key_node.value)
        if key in seen:
            faults.add(
                _line(key_node),
                f"the key {shortened(key)!r} is written twice, first on line {seen[key]}",
                "each key once",
                "Keep one of them.",
            )
            continue
        seen[key] = _line(key_node)
        yield key, (key_node, value)


def _key_remedy(key: str, keys: Sequence[str]) -> str:
    if "url" in key.lower() or "token" in key.lower():
        return "Addresses and tokens of services are set in the environment (such as COMFYUI_URL), never in a show."
    near = nearest(key, keys)
    return f"Did you mean {near}?" if near else "Delete it, or check the spelling."


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null"


def _what(node: yaml.Node) -> str:
    """Return what a node is, in words for a fault."""
    if isinstance(node, yaml.MappingNode):
        return "a group of keys"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if _is_null(node):
        return "empty"
    return repr(shortened(str(node.value)))


def _number(node: yaml.Node) -> int | float | None:
    """Return the number that a node holds, or None."""
    if not isinstance(node, yaml.ScalarNode) or len(node.value) > 40:
        return None
    constructor = yaml.constructor.SafeConstructor()
    try:
        if node.tag == _TAG + "int":
            return int(constructor.construct_yaml_int(node))
        if node.tag == _TAG + "float":
            return float(constructor.construct_yaml_float(node))
    except ValueError:  # such as 0x, which YAML resolves to an integer without digits
        return None
    return None


def _root(source: SourceFile, faults: Faults) -> yaml.Node | None:
    """Return the document's node, or None after noting why there is none."""
    try:
        if not _is_plain(source.text, faults):
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
        faults.add(0, f"the YAML cannot be read: {shortened(str(error), 120)}", "plain UTF-8 text", remedy)
        return None
    if node is None:
        faults.add(0, "the file is empty", "keys and values", "Write at least the required keys.")
    return node


def _is_plain(text: str, faults: Faults) -> bool:
    """Return whether the events are those of plain data: one document, no tags, no aliases, not nested endlessly.

    This is looked at before any tree is built, so that nothing hostile is ever expanded.
    """
    before = len(faults.found)
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
            faults.add(line, f"there is a tag, {shortened(str(event.tag))}", "plain values", remedy)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                faults.add(line, f"values are nested over {_MAX_DEPTH} deep", "at most three levels", "Unfold them.")
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return len(faults.found) == before


# What the files hold -------------------------------------------------------------------------------------------------


def _read_project_file(project_id: str, source: SourceFile) -> tuple[Project, list[Fault]]:
    faults = Faults(source.file)
    root = _root(source, faults)
    if root is None:
        return Project(project_id, project_id, ()), faults.found
    top = _Section(root, "", PROJECT_KEYS, faults)
    if not isinstance(root, yaml.MappingNode) and not _is_null(root):
        return Project(project_id, project_id, ()), faults.found
    project = Project(
        id=project_id,
        title=top.required("title", 200, "The name of the show"),
        characters=(),
        logline=top.text("logline"),
        style=_style(top.section("style", STYLE_KEYS)),
        delivery=_delivery(top.section("delivery", DELIVERY_KEYS)),
        engines=_engines(top.section("engines", ENGINE_KEYS)),
        thresholds=_thresholds(top),
        seed=top.integer("seed", 1, 0, 2**32 - 1, ""),
        learning=_learning(top.section("learning", LEARNING_KEYS)),
        memory=Memory(_shared_with(top.section("memory", MEMORY_KEYS))),
        routing=_routing(top.node("routing"), "routing", faults),
    )
    return project, faults.found


def read_routing(source: SourceFile) -> tuple[Routing, tuple[Fault, ...]]:
    """Return the rules of routing that a file beside `project.yaml` states, YAML or JSON, and all that is wrong.

    It holds what would stand below `routing:`, and may not name a further file.
    """
    faults = Faults(source.file)
    # Tabs may stand between JSON's tokens, where YAML wants spaces; inside its strings they cannot stand.
    root = _root(SourceFile(source.file, source.text.expandtabs()), faults)
    found = _routing(root, "", faults) if root is not None else Routing()
    if found.file:
        faults.add(0, "a routing file names another file", "the rules themselves", "Write them here.")
    return replace(found, file=source.file.rpartition("/")[2]), tuple(faults.found)


def _routing(node: yaml.Node | None, name: str, faults: Faults) -> Routing:
    """Return the rules of routing, brought up from the version in which they were written."""
    if node is None:
        return Routing()
    version = _routing_version(node, faults)
    for migrate in ROUTING_MIGRATIONS[version:]:
        node = migrate(node)
    section = _Section(node, name, ROUTING_KEYS, faults)
    if section.node("file") is not None:
        return _routing_file(section)
    usual = Routing()
    weights = section.section("weights", ("quality", "acceptance", "speed", "memory"))
    patience = section.section("patience_s", ("clip", "keyframe"))
    return Routing(
        strategy=section.choice("strategy", STRATEGIES, usual.strategy),
        on_failure=section.choice("on_failure", ON_FAILURE, usual.on_failure),
        blocked=tuple(dict.fromkeys(text for text, _ in section.texts("blocked", 100))),
        pins=_routing_pins(section),
        explore=section.flag("explore", usual.explore),
        half_life_days=section.number("half_life_days", usual.half_life_days, 1.0, 3650.0, "days"),
        quality_weight=weights.number("quality", usual.quality_weight, 0.0, 10.0, ""),
        acceptance_weight=weights.number("acceptance", usual.acceptance_weight, 0.0, 10.0, ""),
        speed_weight=weights.number("speed", usual.speed_weight, 0.0, 10.0, ""),
        memory_weight=weights.number("memory", usual.memory_weight, 0.0, 10.0, ""),
        clip_patience_s=patience.number("clip", usual.clip_patience_s, 1.0, 86_400.0, "s"),
        keyframe_patience_s=patience.number("keyframe", usual.keyframe_patience_s, 1.0, 86_400.0, "s"),
    )


def _routing_version(node: yaml.Node, faults: Faults) -> int:
    """Return the version in which rules are written; the newest after noting that it is none of ours."""
    if isinstance(node, yaml.ScalarNode):
        return 0
    stated = next((value for key, value in getattr(node, "value", ()) if getattr(key, "value", "") == "version"), None)
    version = ROUTING_VERSION if stated is None else _number(stated)
    if version == 0 or version == ROUTING_VERSION:
        return int(version)
    expected = f"a version from 0 to {ROUTING_VERSION}"
    remedy = f"Write version: {ROUTING_VERSION}, or use the newer program that these rules were written for."
    faults.add(_line(stated or node), f"routing.version is {_what(stated or node)}", expected, remedy)
    return ROUTING_VERSION


def _from_strategy(node: yaml.Node) -> yaml.Node:
    """Return version 0, which was the bare name of a strategy, as version 1."""
    if not isinstance(node, yaml.ScalarNode):
        return node
    key = yaml.ScalarNode(_TAG + "str", "strategy", node.start_mark, node.end_mark)
    return yaml.MappingNode(_TAG + "map", [(key, node)], node.start_mark, node.end_mark)


ROUTING_MIGRATIONS: Sequence[Callable[[yaml.Node], yaml.Node]] = (_from_strategy,)
"""How to bring rules from each version to the one after it; the place in the list is the version before."""


def _routing_file(section: _Section) -> Routing:
    file = section.text("file", "", 200)
    others = sorted(section.entries.keys() - {"file", "version"})
    if others:
        remedy = f"Move {', '.join(others)} into {shortened(file)}, or drop `file`."
        section.wrong("file", f"stands beside {', '.join(others)}", "either a file or the rules", remedy)
    if not _ROUTING_FILE.fullmatch(file):
        expected = "a file beside project.yaml that ends in .yaml or .json"
        section.wrong("file", f"is {shortened(file)!r}", expected, "Such as routing.yaml.")
        return Routing()
    return Routing(file=file)


def _routing_pins(section: _Section) -> dict[str, str]:
    """Return workflow by place or framing; whether there is such a workflow is known to the registry, not here."""
    node = section.node("pins")
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        section.wrong("pins", f"is {_what(node)}", "places with their workflows", "Such as `pins: {e01-sc02: ltx_2b}`.")
        return {}
    found = {}
    for place, (key_node, value) in _pairs(node, section.faults):
        near = "" if place in _FRAMINGS else nearest(place, _FRAMINGS, 0.8)
        if near or (place not in _FRAMINGS and not _PLACE.fullmatch(place)):
            remedy = f"Did you mean {near}?" if near else "Such as e01, e01-sc02, e01-sc02-sh0030 or close-up."
            problem = f"routing.pins names {shortened(place)!r}"
            section.faults.add(_line(key_node), problem, "an episode, a scene, a shot or a framing", remedy)
        elif not isinstance(value, yaml.ScalarNode) or not str(value.value).strip() or _is_null(value):
            problem = f"routing.pins.{shortened(place)} is {_what(value)}"
            remedy = "See `tower workflows list`."
            section.faults.add(_line(key_node), problem, "a workflow's name", remedy)
        else:
            found[place] = str(value.value).strip()
    return found


def _style(section: _Section) -> Style:
    usual = Style()
    loras = [
        _lora(_Section(node, section.path_of("loras"), LORA_KEYS, section.faults)) for node in section.items("loras", 8)
    ]
    return Style(
        art_direction=section.text("art_direction", usual.art_direction),
        palette=section.colours("palette", usual.palette),
        positive=section.text("positive", usual.positive),
        negative=section.text("negative", usual.negative),
        checkpoint=_model_file(section, "checkpoint"),
        loras=tuple(lora for lora in loras if lora is not None),
    )


def _delivery(section: _Section) -> Delivery:
    usual = Delivery()
    low, high = _SIZE_RANGE_PX
    return Delivery(
        width_px=section.integer("width", usual.width_px, low, high, "px", 32),
        height_px=section.integer("height", usual.height_px, low, high, "px", 32),
        fps=section.integer("fps", usual.fps, 8, 60, "frames per second"),
        max_clip_frames=section.integer("max_clip_frames", usual.max_clip_frames, 9, 257, "frames", 8, 1),
        loudness_lufs=section.number("loudness", usual.loudness_lufs, -31.0, -9.0, "LUFS"),
        true_peak_dbtp=section.number("true_peak", usual.true_peak_dbtp, -9.0, 0.0, "dBTP"),
    )


def _engines(section: _Section) -> EngineChoices:
    chosen = {}
    for role, services in SERVICES.items():
        remedy = "An address is set in the environment; here stands only who does the work."
        chosen[role] = section.choice(role, ("auto", "embedded", *services), "auto", remedy)
    usual = EngineChoices()
    return EngineChoices(
        **chosen,
        attempts=section.integer("attempts", usual.attempts, 1, 10, "attempts"),
        keyframes_from=section.choice("keyframes_from", KEYFRAMES_FROM, usual.keyframes_from),
    )


def _thresholds(top: _Section) -> dict[str, dict[str, float]]:
    """Return the project's own bounds; whether a gate takes such a measure is known to `quality`, not here."""
    node = top.node("thresholds")
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        remedy = "Such as `sharpness_var: {low: 40}`."
        top.wrong("thresholds", f"is {_what(node)}", "measures with their bounds", remedy)
        return {}
    found: dict[str, dict[str, float]] = {}
    for measure, (key_node, value) in _pairs(node, top.faults):
        if not _MEASURE.fullmatch(measure):
            expected = "a measure's name, such as sharpness_var"
            problem = f"{shortened(measure)!r} is no name of a measure"
            top.faults.add(_line(key_node), problem, expected, "The names are those that the gates show.")
            continue
        before = len(top.faults.found)
        section = _Section(value, f"thresholds.{measure}", ("low", "high"), top.faults)
        section.line = _line(key_node)
        bounds = {key: section.number(key, 0.0, -1e9, 1e9, "") for key in section.entries if section.node(key)}
        if len(bounds) == 2 and bounds["low"] > bounds["high"]:
            section.wrong("low", f"({bounds['low']:g}) is above high ({bounds['high']:g})", "low <= high", "Swap them.")
        elif bounds:
            found[measure] = bounds
        elif len(top.faults.found) == before:
            top.faults.add(section.line, f"thresholds.{measure} is empty", "low, high or both", "Such as {low: 40}.")
    return found


def _learning(section: _Section) -> Learning:
    return Learning(section.flag("suggest", True), _pins(section), _shared_with(section))


def _shared_with(section: _Section) -> tuple[str, ...]:
    """Return the ids of the projects that something is shared with, each once."""
    shared = []
    for text, line in section.texts("share_with"):
        if is_slug(text):
            shared.append(text)
        else:
            problem = f"{section.path_of('share_with')} names {shortened(text)!r}"
            section.faults.add(line, problem, "a project's id", "Write the name of the other project's folder.")
    return tuple(dict.fromkeys(shared))


def _pins(section: _Section) -> dict[str, float]:
    """Return the pinned parameters; which of them an engine has is known to the engines, not here."""
    node = section.node("pins")
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        section.wrong("pins", f"is {_what(node)}", "parameters with their values", "Such as `pins: {steps: 8}`.")
        return {}
    found = {}
    for name, (key_node, value) in _pairs(node, section.faults):
        number = _number(value)
        if number is None or not math.isfinite(number):
            problem = f"learning.pins.{shortened(name)} is {_what(value)}"
            section.faults.add(_line(key_node), problem, "a number", f"Such as `{shortened(name)}: 8`.")
        else:
            found[name] = number
    return found


def _lora(section: _Section) -> Lora | None:
    file = section.required("file", 200, "name.safetensors")
    lora = Lora(
        file=_checked_file(section, "file", file),
        base_model=section.text("base_model"),
        strength_model=section.number("strength_model", 0.8, 0.0, 2.0, ""),
        strength_clip=section.number("strength_clip", 0.8, 0.0, 2.0, ""),
        trigger=section.text("trigger"),
    )
    return lora if file else None


def _model_file(section: _Section, key: str) -> str:
    return _checked_file(section, key, section.text(key, "", 200))


def _checked_file(section: _Section, key: str, file: str) -> str:
    """Return the name of a model file as a server knows it, which lies below the server's own folders."""
    parts = re.split(r"[/\\]", file)
    if file and (file.startswith(("/", "\\")) or ".." in parts or ":" in file):
        expected = "a file name as the ComfyUI server lists it, such as folder/name.safetensors"
        section.wrong(key, f"is {shortened(file)!r}", expected, "Copy the name from the server's list.")
        return ""
    return file


def _read_character_file(character_id: str, source: SourceFile) -> _Member:
    faults = Faults(source.file)
    member = _Member(character_id, source.file, character_id, 0)
    root = _root(source, faults)
    if root is not None:
        top = _Section(root, "", CHARACTER_KEYS, faults)
        if isinstance(root, yaml.MappingNode) or _is_null(root):
            _fill(member, top)
    member.faults = faults.found
    return member


def _fill(member: _Member, top: _Section) -> None:
    member.name = top.required("name", 80, "Akira Yamamoto") or member.id
    member.name_line = top.entries["name"].line if "name" in top.entries else 0
    member.description = top.required("description", 4000, "A street racer with spiky black hair")
    member.aliases = tuple(top.texts("aliases"))
    member.appearance = _appearance(top.section("appearance", APPEARANCE_KEYS))
    member.voice = _voice(top.section("voice", VOICE_KEYS))
    if top.node("lora") is not None:
        member.lora = _lora(top.section("lora", LORA_KEYS))
    for path, line in top.texts("references"):
        if path in member.reference_lines:
            top.faults.add(line, f"the picture {shortened(path)!r} is listed twice", "each once", "Delete one.")
        member.reference_lines.setdefault(path, line)


def _appearance(section: _Section) -> GivenAppearance:
    return GivenAppearance(
        hair_colour=section.colour("hair"),
        hair_style=section.choice("hair_style", appearance.HAIR_STYLES, ""),
        skin_colour=section.colour("skin"),
        eye_colour=section.colour("eyes"),
        outfit_colour=section.colour("outfit"),
        outfit_style=section.choice("outfit_style", appearance.OUTFIT_STYLES, ""),
        accent_colour=section.colour("accent"),
        build=section.choice("build", appearance.BUILDS, ""),
        presents=section.choice("presents", appearance.PRESENTS, ""),
        age_years=section.integer("age", 25, 1, 120, "years") if section.node("age") is not None else None,
        features=tuple(text for text, _ in section.texts("features")) if section.node("features") else None,
    )


def _voice(section: _Section) -> GivenVoice:
    variant = section.text("variant", "", 60)
    if variant and not _VARIANT.fullmatch(variant):
        section.wrong(
            "variant", f"is {shortened(variant)!r}", "a voice variant such as f3 or m2", "Use one of f1…f5, m1…m8."
        )
    language = section.text("language", "", 60)
    if language and not _LANGUAGE.fullmatch(language):
        section.wrong(
            "language", f"is {shortened(language)!r}", "a language tag such as en, en-GB or ja", "Such as en."
        )
    return GivenVoice(
        variant=variant,
        pitch=section.integer("pitch", 50, 0, 99, "") if section.node("pitch") is not None else None,
        rate_wpm=section.integer("rate", 165, 80, 300, "words/min") if section.node("rate") is not None else None,
        language=language,
        service_voice=section.text("service_voice", "", 200),
    )
