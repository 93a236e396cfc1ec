"""`workflow.yaml` as text: read as plain data, brought to the present format, every fault on its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tower_anime_assets.production.story.source import Faults, shortened, suggestion
from tower_anime_assets.workflows.workflow import CAPABILITIES, ROLES, STATUSES

FORMAT: Final = 1
"""The format written today."""

MAX_MANIFEST_BYTES: Final = 64 * 1024
_MAX_DEPTH: Final = 8

_PLACE = r"[A-Za-z0-9_:-]{1,64}\.inputs\.[^.\x00-\x1f]{1,120}"
_OUTPUT = r"[A-Za-z0-9_:-]{1,64}\.\d{1,2}"

Text = Annotated[str, Field(max_length=2000)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Place = Annotated[str, Field(pattern=f"^{_PLACE}$")]
Output = Annotated[str, Field(pattern=f"^{_OUTPUT}$")]
NodeId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:-]{1,64}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Version = Annotated[str, Field(pattern=r"^\d{1,4}(\.\d{1,5}){0,3}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class SizesPart(_Part):
    """Legal sizes."""

    multiple_px: Annotated[int, Field(ge=1, le=256)]
    min_px: Annotated[int, Field(ge=1, le=8192)]
    max_pixels: Annotated[int, Field(ge=1, le=2**30)]


class LengthsPart(_Part):
    """Legal lengths."""

    step: Annotated[int, Field(ge=1, le=256)]
    offset: Annotated[int, Field(ge=0, le=256)]
    max_frames: Annotated[int, Field(ge=1, le=100_000)]
    fps: Annotated[float, Field(gt=0, le=240)]


class PriorsPart(_Part):
    """What is expected before anything was measured, and where the figures come from."""

    seconds_per_megapixel_frame: Annotated[float, Field(ge=0, le=1e6)]
    vram_gb: Annotated[float, Field(ge=0, le=1000)]
    quality: Share
    source: Text


class TunablePart(_Part):
    """A range."""

    low: float
    high: float
    step: Annotated[float, Field(gt=0)]


class ModelPart(_Part):
    """What is known of a model file."""

    folder: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,60}$")] | None = None
    size_gb: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    source: Text = ""


class LoraPart(_Part):
    """After which output LoRA loaders are put."""

    model: Output
    clip: Output | None = None


class Manifest(_Part):
    """A `workflow.yaml`; what it leaves out is found out from the graph."""

    format: Literal[1]
    version: Version = "1"
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    aliases: list[Slug] = []
    engine: Literal["comfyui", "embedded"] = "comfyui"
    medium: Literal["image", "video"] | None = None
    capabilities: list[str] | None = None
    status: str = "experimental"
    validated: bool = False
    base_model: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,60}$")] = ""
    min_comfyui: Version | None = None
    output: list[NodeId] | None = None
    bindings: dict[str, list[Place]] = {}
    loras: list[LoraPart] | None = None
    models: dict[Place, ModelPart] = {}
    sizes: SizesPart | None = None
    lengths: LengthsPart | None = None
    priors: PriorsPart | None = None
    defaults: dict[str, str | int | float] = {}
    tunable: dict[str, TunablePart] = {}
    licence: Text = ""
    notes: Text = ""

    @field_validator("capabilities")
    @classmethod
    def _known_capabilities(cls, value: list[str] | None) -> list[str] | None:
        _refuse_unknown(value or (), CAPABILITIES)
        return value

    @field_validator("status")
    @classmethod
    def _known_status(cls, value: str) -> str:
        _refuse_unknown((value,), STATUSES)
        return value

    @field_validator("bindings", "defaults")
    @classmethod
    def _known_roles(cls, value: dict[str, Any]) -> dict[str, Any]:
        _refuse_unknown(value, ROLES)
        return value


@dataclass
class Lines:
    """The line on which each value of a YAML text stands, by its keys."""

    by_path: dict[tuple[str, ...], int] = field(default_factory=dict)

    def of(self, *path: object) -> int:
        """Return the line of a value, or of the nearest thing around it that is there; 1 for all else, 0 in no text."""
        keys = tuple(map(str, path))
        while keys and keys not in self.by_path:
            keys = keys[:-1]
        return self.by_path.get(keys, min(1, len(self.by_path)))


def read_manifest(text: str, faults: Faults) -> tuple[Manifest | None, Lines]:
    """Return the manifest that a text holds, or None after noting everything wrong with it; and its lines."""
    lines = Lines()
    raw = _plain_data(text, lines, faults)
    if raw is None:
        return None, lines
    written = raw.get("format", 0)
    if isinstance(written, bool) or not isinstance(written, int) or not 0 <= written <= FORMAT:
        remedy = f"Write `format: {FORMAT}`; a newer file needs a newer version of this program."
        faults.add(lines.of("format"), f"format is {shortened(repr(written))}", f"0 to {FORMAT}", remedy)
        return None, lines
    for older in range(written, FORMAT):
        raw = MIGRATIONS[older](raw)
    try:
        return Manifest.model_validate(raw), lines
    except ValidationError as error:
        for item in error.errors():
            _note(item, lines, faults)
        return None, lines


def _from_0(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Format 0 bound a role to one `NODE.INPUT`, named outputs as one id, and called tags what are capabilities."""
    moved = dict(raw)
    moved["format"] = 1
    if "tags" in moved:
        moved.setdefault("capabilities", moved.pop("tags"))
    if isinstance(moved.get("output"), str):
        moved["output"] = [moved["output"]]
    if isinstance(moved.get("bindings"), dict):
        moved["bindings"] = {role: _places_from_0(place) for role, place in moved["bindings"].items()}
    return moved


def _places_from_0(place: Any) -> Any:
    if not isinstance(place, str):
        return place
    return [place if ".inputs." in place else place.replace(".", ".inputs.", 1)]


MIGRATIONS: Final[Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {0: _from_0}
"""What brings a manifest of each older format to the next one."""


def _refuse_unknown(words: Any, known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            raise ValueError(f"{shortened(word)!r} is none of those known. {suggestion(word, known)}")


def _note(item: Any, lines: Lines, faults: Faults) -> None:
    """Put pydantic's words for a fault into ours."""
    path = [str(step) for step in item["loc"] if step != "[key]"]
    where = ".".join(path) or "the file"
    line = lines.of(*path)
    found = shortened(repr(item["input"]))
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        keys = _keys_at(path[:-1])
        faults.add(line, f"unknown key {path[-1]!r}", f"one of {', '.join(keys)}", suggestion(path[-1], keys))
    elif item["type"] == "missing":
        faults.add(line, f"{where} is missing", "a value", f"Write `{path[-1]}:` with its value.")
    elif item["type"] == "value_error":
        faults.add(line, f"{where}: {message}", "known words", "Correct the spelling.")
    else:
        remedy = "Texts that YAML takes for numbers need quotes." if item["type"] == "string_type" else "Correct it."
        expected = message.removeprefix("Input should be ").replace("String should match pattern", "text like")
        faults.add(line, f"{where} is {found}", expected, remedy)


def _keys_at(path: list[str]) -> tuple[str, ...]:
    """Return the keys that are known at a place in the manifest."""
    part: type[_Part] = Manifest
    for step in path:
        if step in part.model_fields:
            inner = _inner(part.model_fields[step].annotation)
            part = next((one for one in inner if isinstance(one, type) and issubclass(one, _Part)), part)
    return tuple(part.model_fields)


def _inner(kind: Any) -> list[Any]:
    """Return a type and all types within it."""
    return [kind, *(deeper for inner in get_args(kind) for deeper in _inner(inner))]


def _plain_data(text: str, lines: Lines, faults: Faults) -> dict[str, Any] | None:
    """Return a YAML text as dicts, lists, texts and numbers; None after noting what keeps it from being that."""
    try:
        if not _has_plain_events(text, faults):
            return None
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                faults.add(1, "the file holds no keys", "`key: value` lines", "Write at least `format: 1`.")
                return None
            _note_lines(node, (), lines, faults)
            data = loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        remedy = "Look for a missing quote, colon or bracket, or a tab, on or above this line."
        faults.add(line, f"the YAML is malformed: {error.problem}", "`key: value` lines", remedy)
        return None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        faults.add(0, f"the YAML cannot be read: {shortened(str(error), 120)}", "plain values", "Correct it.")
        return None
    return None if faults.found else {str(key): value for key, value in data.items()}


def _has_plain_events(text: str, faults: Faults) -> bool:
    """Return whether there are no tags, aliases or endless nestings: looked at before any tree is built."""
    before = len(faults.found)
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            faults.add(line, f"there is an alias, *{shortened(str(event.anchor))}", "plain values", "Write it out.")
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            faults.add(line, f"there is a tag, {shortened(str(event.tag))}", "plain values", "Delete the tag.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                faults.add(line, f"values are nested over {_MAX_DEPTH} deep", "a few levels", "Unfold them.")
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return len(faults.found) == before


def _note_lines(node: yaml.Node, path: tuple[str, ...], lines: Lines, faults: Faults) -> None:
    """Remember where everything stands, and refuse keys that are written twice."""
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines.by_path[*path, str(number)] = item.start_mark.line + 1
            _note_lines(item, (*path, str(number)), lines, faults)
    if not isinstance(node, yaml.MappingNode):
        return
    for key_node, value in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
        here = (*path, key)
        if not key:
            faults.add(line, "a key is no word", "`key: value`", "Write a word before the colon.")
        elif here in lines.by_path:
            problem = f"the key {shortened(key)!r} is written twice, first on line {lines.by_path[here]}"
            faults.add(line, problem, "each key once", "Keep one of them.")
        lines.by_path.setdefault(here, line)
        _note_lines(value, here, lines, faults)
