"""Reader of `workflow.yaml`: the table of its keys, in every format, with every fault on its line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.story.plain_yaml import (
    BOOL_TAG,
    compose_yaml,
    describe_node,
    lines_by_path,
    parse_number,
)
from tower_anime_assets.production.story.source import Diagnostics, did_you_mean, shorten
from tower_anime_assets.production.story.yaml_section import (
    Key,
    Table,
    YamlSection,
    choice,
    flag,
    integer,
    key_kind,
    number,
    text,
)
from tower_anime_assets.workflows.workflow import (
    CAPABILITIES,
    COMFYUI,
    EMBEDDED,
    INPUT_ROLES,
    STATUSES,
    Lengths,
    LoaderNode,
    LoraSlot,
    ModelVariant,
    Priors,
    Probe,
    Sizes,
)

MANIFEST_FORMAT: Final = 1
"""The current format. Format 0 had no `format`, one `NODE.INPUT` per role, and `tags` for `capabilities`."""

OLD_GENERATED_HEAD: Final = "# Inferred from graph.json: correct what is wrong."
"""How manifests begin that versions before 0.3.0 wrote themselves; what they claim is no person's word."""

MAX_MANIFEST_BYTES: Final = 64 * 1024

_NODE_ID: Final = r"[A-Za-z0-9_:-]{1,64}"
_PLACE: Final = rf"{_NODE_ID}\.inputs\.[^\x00-\x1f]{{1,120}}"
_PLACE_0: Final = rf"({_NODE_ID})\.([^.\x00-\x1f]{{1,120}})"
_OUTPUT: Final = rf"({_NODE_ID})\.(\d{{1,2}})"
_VERSION: Final = r"\d{1,4}(\.\d{1,5}){0,3}"


@dataclass(frozen=True)
class Manifest:
    """What a `workflow.yaml` states; everything else is inferred from the graph.

    Attributes:
        fields: Value by field of `Workflow`, except that `models` are details by place.
        lines: Line of each value, by the path of its keys.
        is_generated: Whether an earlier version of this program wrote what it inferred; it claimed too much.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    is_generated: bool = False

    def line_of(self, *path: str) -> int:
        """Return the line of a value, else of the nearest value around it, else 1; 0 if there is no text."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, min(1, len(self.lines)))


def read_manifest(source: str, faults: Diagnostics) -> Manifest | None:
    """Return the manifest in a text, or None after adding everything that is wrong with it."""
    fault_count = len(faults.faults)
    root = compose_yaml(source, faults)
    if root is None:
        return None
    fields = YamlSection(root, "", _MANIFEST, faults).values()
    is_generated = source.startswith(OLD_GENERATED_HEAD)
    return Manifest(fields, lines_by_path(root), is_generated) if len(faults.faults) == fault_count else None


# What may stand under a key ------------------------------------------------------------------------------------------


@key_kind
def _format(section: YamlSection[Any], key: str) -> None:
    if parse_number(section.node(key)) not in range(MANIFEST_FORMAT + 1):
        remedy = f"Write `format: {MANIFEST_FORMAT}`; a newer file needs a newer version of this program."
        section.add_value_fault(key, f"0 to {MANIFEST_FORMAT}", remedy)


@key_kind
def _capabilities(section: YamlSection[Any], key: str) -> frozenset[str]:
    names = section.texts(key)
    for name, line in names:
        if name not in CAPABILITIES:
            problem = f"{section.path_of(key)} names {shorten(name)!r}"
            section.faults.add(line, problem, "known capabilities", did_you_mean(name, CAPABILITIES))
    return frozenset(name for name, _ in names)


@key_kind
def _names(section: YamlSection[Any], key: str, pattern: str, expected: str) -> tuple[str, ...]:
    """Names of a list; a single name, as in format 0, counts as a list of one."""
    is_list = isinstance(section.node(key), yaml.SequenceNode)
    names = [name for name, _ in section.texts(key, 100)] if is_list else [section.text(key)]
    _check_names(section, section.path_of(key), names, pattern, expected, section.lines[key])
    return tuple(names)


def _check_names(
    section: YamlSection[Any], path: str, names: Sequence[str], pattern: str, expected: str, line: int
) -> None:
    for name in names:
        if not re.fullmatch(pattern, name):
            section.faults.add(line, f"{path} is {shorten(name)!r}", expected, "Correct it.")


def _roles(section: YamlSection[Any], key: str, others: tuple[str, ...] = ()) -> Iterator[tuple[str, int, yaml.Node]]:
    """Yield (role, line, value) of a mapping by role."""
    roles = (*INPUT_ROLES, *others)
    for role, line, value in section.pairs(key, "values by role", f"Such as `{key}: {{seed: ...}}`."):
        if role in roles:
            yield role, line, value
        else:
            problem = f"{section.path_of(key)} names the role {shorten(role)!r}"
            section.faults.add(line, problem, "a known role", did_you_mean(role, roles))


@key_kind
def _bindings(section: YamlSection[Any], key: str) -> dict[str, tuple[str, ...]]:
    places_by_role = {}
    for role, line, value in _roles(section, key):
        nodes = value.value if isinstance(value, yaml.SequenceNode) else [value]
        texts = [str(node.value) if isinstance(node, yaml.ScalarNode) else "" for node in nodes]
        places = [re.sub(f"^{_PLACE_0}$", r"\1.inputs.\2", place) for place in texts]  # format 0 had no `.inputs.`
        _check_names(section, f"{key}.{role}", places, _PLACE, "NODE.inputs.NAME", line)
        places_by_role[role] = tuple(places)
    return places_by_role


@key_kind
def _output(section: YamlSection[Any], key: str) -> tuple[str, int] | None:
    match = re.fullmatch(_OUTPUT, section.text(key))
    if match is None:
        section.add_value_fault(key, "NODE.OUTPUT, such as checkpoint.0", "Correct it.")
        return None
    return match[1], int(match[2])


@key_kind
def _lora_slots(section: YamlSection[Any], key: str) -> tuple[LoraSlot | None, ...]:
    nodes = section.list_nodes(key, 8)
    return tuple(_read_whole(YamlSection(node, key, _LORA_SLOT, section.faults)) for node in nodes)


@key_kind
def _models(section: YamlSection[Any], key: str) -> dict[str, dict[str, Any]]:
    details_by_place = {}
    for place, line, value in section.pairs(key, "details by place", "Such as `a.inputs.ckpt_name: {size_gb: 7}`."):
        _check_names(section, key, [place], _PLACE, "NODE.inputs.NAME", line)
        details_by_place[place] = YamlSection(value, f"{key}.{place}", _MODEL, section.faults).values()
    return details_by_place


@key_kind
def _loader_inputs(section: YamlSection[Any], key: str) -> dict[str, str | int | float | bool]:
    """The other inputs of a loader: plain values by name."""
    values: dict[str, str | int | float | bool] = {}
    for name, line, value in section.pairs(key, "values by input", "Such as `inputs: {type: wan}`."):
        number_or_none = parse_number(value)
        if not isinstance(value, yaml.ScalarNode) or "." in name:
            section.faults.add(line, f"{key}.{shorten(name)} is {describe_node(value)}", "a plain value", "Correct it.")
        elif value.tag == BOOL_TAG:
            values[name] = str(value.value).lower() in ("true", "yes", "on")
        else:
            values[name] = str(value.value) if number_or_none is None else number_or_none
    return values


@key_kind
def _variants(section: YamlSection[Any], key: str) -> tuple[ModelVariant, ...]:
    nodes = section.list_nodes(key, 20)
    read = (_read_whole(YamlSection(node, section.path_of(key), _VARIANT, section.faults)) for node in nodes)
    return tuple(variant for variant in read if variant is not None)


@key_kind
def _defaults(section: YamlSection[Any], key: str) -> dict[str, str | int | float]:
    value_by_role: dict[str, str | int | float] = {}
    for role, line, value in _roles(section, key):
        number_or_none = parse_number(value)
        is_finite = number_or_none is None or math.isfinite(number_or_none)
        if not isinstance(value, yaml.ScalarNode) or value.tag == BOOL_TAG or not is_finite:
            problem = f"{key}.{role} is {describe_node(value)}"
            section.faults.add(line, problem, "a number or a text", "Correct it.")
        else:
            value_by_role[role] = str(value.value) if number_or_none is None else number_or_none
    return value_by_role


@key_kind
def _tunable(section: YamlSection[Any], key: str) -> dict[str, Tunable | None]:
    return {
        role: _read_whole(YamlSection(value, f"{key}.{role}", _RANGE, section.faults))
        for role, _line, value in _roles(section, key, ("lora_strength",))
    }


@key_kind
def _whole(section: YamlSection[Any], key: str, table: Table[Any]) -> Any:
    return _read_whole(section.subsection(key, table))


def _read_whole(section: YamlSection[Any]) -> Any:
    """Return what the keys fill, or None if one is missing or wrong."""
    fault_count = len(section.faults.faults)
    values = section.values()
    return section.table.cls(**values) if len(section.faults.faults) == fault_count else None


@key_kind
def _gigabytes(section: YamlSection[Any], key: str, high: float) -> int | None:
    size_gb = number(0, high, "GB", example=8).read(section, key)
    return None if size_gb is None else int(size_gb * 1e9)


@key_kind
def _paragraph(section: YamlSection[Any], key: str) -> str:
    return " ".join(section.text(key, 2000).split())


# The keys ------------------------------------------------------------------------------------------------------------


@key_kind
def _pixel_size(section: YamlSection[Any], key: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", section.text(key))
    if match is None:
        section.add_value_fault(key, "WIDTHxHEIGHT, such as 832x480", "Correct it.")
        return None
    return int(match[1]), int(match[2])


_SIZES = Table(
    Sizes,
    multiple_px=integer(1, 256, "px", example=8).required(),
    min_px=integer(1, 8192, "px", example=64).required(),
    max_pixels=integer(1, 2**30, "pixels", example=2**20).required(),
    scale=number(0.01, 64, "times", example=2),
    fixed=_pixel_size().fills("fixed_px"),
)
_LENGTHS = Table(
    Lengths,
    step=integer(1, 256, "frames", example=8).required(),
    offset=integer(0, 256, "frames", example=1).required(),
    max_frames=integer(1, 100_000, "frames", example=121).required(),
    fps=number(0.001, 240, "frames per second", example=24).required(),
)
_PRIORS = Table(
    Priors,
    seconds_per_megapixel_frame=number(0, 1e6, "s", example=10).required(),
    vram_gb=_gigabytes(1000).fills("vram_bytes").required(),
    min_vram_gb=_gigabytes(1000).fills("min_vram_bytes"),
    quality=number(0, 1, example=0.5).required(),
    source=text(2000).required(),
)
_PROBE = Table(
    Probe,
    at=text(40).required(),
    server=text(200).required(),
    graph_sha256=text(64, r"[0-9a-f]{64}", "64 hex digits").required(),
    width_px=integer(1, 2**20, "px", example=512).required(),
    height_px=integer(1, 2**20, "px", example=512).required(),
    frames=integer(1, 1_000_000, "frames", example=1).required(),
    fps=number(0, 1000, "frames per second", example=24).required(),
    seconds=number(0, 1e6, "s", example=10).required(),
    vram_gb=_gigabytes(1000).fills("vram_bytes").required(),
)
_LORA_SLOT = Table(LoraSlot, model=_output().required(), clip=_output())
_LOADER = Table(
    LoaderNode,
    class_type=text(120).required(),
    input=text(120, r"[^.\x00-\x1f]+", "an input's name").required(),
    inputs=_loader_inputs(),
)
_MODEL_DETAILS: Mapping[str, Key] = {
    "folder": text(60, r"[A-Za-z0-9_]+", "a folder below ComfyUI/models"),
    "size_gb": _gigabytes(10_000).fills("size_bytes"),
    "min_vram_gb": _gigabytes(1000).fills("min_vram_bytes"),
    "source": text(2000),
    "url": text(2000, r"https?://\S+", "an address such as https://HOST/FILE"),
    "licence": text(2000),
    "sha256": text(64, r"[0-9a-f]{64}", "64 hex digits in lower case"),
}
_VARIANT = Table(
    ModelVariant,
    file=text(300, r"(?!.*\.\.)[^/\\~:][^:]*", "a file below the server's folders").required(),
    **_MODEL_DETAILS,
    loader=_whole(_LOADER),
)
_MODEL: Table[Any] = Table(dict, **_MODEL_DETAILS, variants=_variants())
_RANGE = Table(
    Tunable,
    low=number(-1e9, 1e9, example=0).required(),
    high=number(-1e9, 1e9, example=1).required(),
    step=number(1e-9, 1e9, example=1).required(),
)
_MANIFEST: Table[Any] = Table(
    dict,
    format=_format(),
    version=text(60, _VERSION, "a version such as 1.2"),
    title=text(200),
    aliases=_names(r"[a-z][a-z0-9_]{0,59}", "names of a-z, 0-9 and _"),
    engine=choice((COMFYUI, EMBEDDED)),
    medium=choice(("image", "video")),
    capabilities=_capabilities(),
    tags=_capabilities().fills("capabilities"),  # its name in format 0
    status=choice(STATUSES),
    validated=flag().fills("is_validated"),
    base_model=text(100),
    min_comfyui=text(60, _VERSION, "a version such as 0.3.64"),
    output=_names(_NODE_ID, "ids of nodes").fills("output_nodes"),
    bindings=_bindings(),
    loras=_lora_slots().fills("lora_after"),
    models=_models(),
    sizes=_whole(_SIZES),
    lengths=_whole(_LENGTHS),
    priors=_whole(_PRIORS),
    probe=_whole(_PROBE),
    defaults=_defaults(),
    tunable=_tunable(),
    licence=text(2000),
    notes=_paragraph(),
)
