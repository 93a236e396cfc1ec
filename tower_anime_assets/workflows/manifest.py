"""Reader of `workflow.yaml`: plain data, upgraded to the current format, with every fault on its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tower_anime_assets.production.story.plain_yaml import (
    add_unreadable_fault,
    compose_yaml,
    describe_node,
    line_of,
    unique_pairs,
)
from tower_anime_assets.production.story.source import Faults, did_you_mean, shorten
from tower_anime_assets.workflows.workflow import CAPABILITIES, INPUT_ROLES, STATUSES

MANIFEST_FORMAT: Final = 1
"""The current format."""

MAX_MANIFEST_BYTES: Final = 64 * 1024

_INPUT_PLACE = r"[A-Za-z0-9_:-]{1,64}\.inputs\.[^.\x00-\x1f]{1,120}"
_NODE_OUTPUT = r"[A-Za-z0-9_:-]{1,64}\.\d{1,2}"

Text = Annotated[str, Field(max_length=2000)]
UnitFraction = Annotated[float, Field(ge=0, le=1)]
InputPlace = Annotated[str, Field(pattern=f"^{_INPUT_PLACE}$")]
NodeOutput = Annotated[str, Field(pattern=f"^{_NODE_OUTPUT}$")]
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
    """Expected cost and quality, and where the figures come from."""

    seconds_per_megapixel_frame: Annotated[float, Field(ge=0, le=1e6)]
    vram_gb: Annotated[float, Field(ge=0, le=1000)]
    quality: UnitFraction
    source: Text


class TunablePart(_Part):
    """A range."""

    low: float
    high: float
    step: Annotated[float, Field(gt=0)]


class ModelPart(_Part):
    """Details of a model file."""

    folder: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,60}$")] | None = None
    size_gb: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    source: Text = ""


class LoraPart(_Part):
    """Outputs after which LoRA loaders are inserted."""

    model: NodeOutput
    clip: NodeOutput | None = None


class Manifest(_Part):
    """A `workflow.yaml`; what it omits is inferred from the graph."""

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
    bindings: dict[str, list[InputPlace]] = {}
    loras: list[LoraPart] | None = None
    models: dict[InputPlace, ModelPart] = {}
    sizes: SizesPart | None = None
    lengths: LengthsPart | None = None
    priors: PriorsPart | None = None
    defaults: dict[str, str | int | float] = {}
    tunable: dict[str, TunablePart] = {}
    licence: Text = ""
    notes: Text = ""

    @field_validator("capabilities")
    @classmethod
    def _check_capabilities(cls, value: list[str] | None) -> list[str] | None:
        _check_known(value or (), CAPABILITIES)
        return value

    @field_validator("status")
    @classmethod
    def _check_status(cls, value: str) -> str:
        _check_known((value,), STATUSES)
        return value

    @field_validator("bindings", "defaults")
    @classmethod
    def _check_roles(cls, value: dict[str, Any]) -> dict[str, Any]:
        _check_known(value, INPUT_ROLES)
        return value


@dataclass
class YamlLines:
    """The line of each value in a YAML text, by the path of its keys."""

    by_path: dict[tuple[str, ...], int] = field(default_factory=dict)

    def line_of(self, *path: object) -> int:
        """Return the line of a value, else of the nearest value around it, else 1; 0 if there is no text."""
        keys = tuple(map(str, path))
        while keys and keys not in self.by_path:
            keys = keys[:-1]
        return self.by_path.get(keys, min(1, len(self.by_path)))


def read_manifest(text: str, faults: Faults) -> tuple[Manifest | None, YamlLines]:
    """Return the manifest in a text, or None after adding everything that is wrong with it; and its lines."""
    lines = YamlLines()
    raw = _read_plain_yaml(text, lines, faults)
    if raw is None:
        return None, lines
    format_version = raw.get("format", 0)
    if (
        isinstance(format_version, bool)
        or not isinstance(format_version, int)
        or not 0 <= format_version <= MANIFEST_FORMAT
    ):
        remedy = f"Write `format: {MANIFEST_FORMAT}`; a newer file needs a newer version of this program."
        faults.add(
            lines.line_of("format"), f"format is {shorten(repr(format_version))}", f"0 to {MANIFEST_FORMAT}", remedy
        )
        return None, lines
    for from_version in range(format_version, MANIFEST_FORMAT):
        raw = MIGRATIONS[from_version](raw)
    try:
        return Manifest.model_validate(raw), lines
    except ValidationError as error:
        for item in error.errors():
            _add_validation_fault(item, lines, faults)
        return None, lines


def _upgrade_format_0(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return format 0 as 1; it had one `NODE.INPUT` per role, one output id, and `tags` for capabilities."""
    upgraded = dict(raw)
    upgraded["format"] = 1
    if "tags" in upgraded:
        upgraded.setdefault("capabilities", upgraded.pop("tags"))
    if isinstance(upgraded.get("output"), str):
        upgraded["output"] = [upgraded["output"]]
    if isinstance(upgraded.get("bindings"), dict):
        upgraded["bindings"] = {role: _upgrade_places_0(place) for role, place in upgraded["bindings"].items()}
    return upgraded


def _upgrade_places_0(place: Any) -> Any:
    if not isinstance(place, str):
        return place
    return [place if ".inputs." in place else place.replace(".", ".inputs.", 1)]


MIGRATIONS: Final[Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {0: _upgrade_format_0}
"""Upgrade of a manifest from each older format to the next."""


def _check_known(words: Any, known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            raise ValueError(f"{shorten(word)!r} is unknown. {did_you_mean(word, known)}")


def _add_validation_fault(item: Any, lines: YamlLines, faults: Faults) -> None:
    """Add a fault for one of pydantic's validation errors."""
    path = [str(step) for step in item["loc"] if step != "[key]"]
    location = ".".join(path) or "the file"
    line = lines.line_of(*path)
    quoted_input = shorten(repr(item["input"]))
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        keys = _keys_at(path[:-1])
        faults.add(line, f"unknown key {path[-1]!r}", f"one of {', '.join(keys)}", did_you_mean(path[-1], keys))
    elif item["type"] == "missing":
        faults.add(line, f"{location} is missing", "a value", f"Write `{path[-1]}:` with its value.")
    elif item["type"] == "value_error":
        faults.add(line, f"{location}: {message}", "known words", "Correct the spelling.")
    else:
        remedy = "Texts that YAML takes for numbers need quotes." if item["type"] == "string_type" else "Correct it."
        expected = message.removeprefix("Input should be ").replace("String should match pattern", "text like")
        faults.add(line, f"{location} is {quoted_input}", expected, remedy)


def _keys_at(path: list[str]) -> tuple[str, ...]:
    """Return the known keys at a path in the manifest."""
    part: type[_Part] = Manifest
    for step in path:
        if step in part.model_fields:
            nested_types = _nested_types(part.model_fields[step].annotation)
            part = next(
                (
                    candidate
                    for candidate in nested_types
                    if isinstance(candidate, type) and issubclass(candidate, _Part)
                ),
                part,
            )
    return tuple(part.model_fields)


def _nested_types(kind: Any) -> list[Any]:
    """Return a type and all types within it."""
    return [kind, *(deeper for inner in get_args(kind) for deeper in _nested_types(inner))]


def _read_plain_yaml(text: str, lines: YamlLines, faults: Faults) -> dict[str, Any] | None:
    """Return a YAML text as dicts, lists, texts and numbers, or None after adding what keeps it from being that."""
    root = compose_yaml(text, faults)
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode):
        faults.add(1, f"the file is {describe_node(root)}", "`key: value` lines", "Write at least `format: 1`.")
        return None
    _record_lines(root, (), lines, faults)
    try:
        data = yaml.constructor.SafeConstructor().construct_document(root)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # such as 0x, an integer without digits
        add_unreadable_fault(error, faults)
    return None if faults.items else {str(key): value for key, value in data.items()}


def _record_lines(node: yaml.Node, path: tuple[str, ...], lines: YamlLines, faults: Faults) -> None:
    """Record the line of every value, and add a fault for each repeated key."""
    if isinstance(node, yaml.MappingNode):
        entries = list(unique_pairs(node, faults))
    elif isinstance(node, yaml.SequenceNode):
        entries = [(str(number), line_of(item), item) for number, item in enumerate(node.value)]
    else:
        return
    for key, line, value in entries:
        lines.by_path[*path, key] = line
        _record_lines(value, (*path, key), lines, faults)
