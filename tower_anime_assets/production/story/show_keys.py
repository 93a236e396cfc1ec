"""Every key of `project.yaml`, character files and routing files: the field that it fills, and what may stand there."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import yaml

from tower_anime_assets.production.base_models import CLIPS, KEYFRAMES
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.appearance import StatedAppearance, StatedVoice
from tower_anime_assets.production.story.appearance_words import (
    BUILDS,
    COLOURS,
    HAIR_STYLES,
    KINDS,
    MOBILITIES,
    OUTFIT_STYLES,
    PRESENTATIONS,
)
from tower_anime_assets.production.story.colours import parse_colour
from tower_anime_assets.production.story.ids import is_slug
from tower_anime_assets.production.story.model import (
    Delivery,
    EngineChoices,
    Learning,
    Lora,
    Memory,
    Project,
    Routing,
    Style,
    WorkingSize,
)
from tower_anime_assets.production.story.model_map_key import model_map_key
from tower_anime_assets.production.story.plain_yaml import MAP_TAG, STR_TAG, describe_node, is_null, parse_number
from tower_anime_assets.production.story.sizes import (
    MAX_DELIVERY_PIXELS,
    MAX_SIDE_PX,
    MAX_SIDE_RATIO,
    MAX_WORKING_SIDE_PX,
    MIN_SIDE_PX,
    MIN_WORKING_SIDE_PX,
    QUALITY_LEVELS,
    WORKING_MULTIPLE_PX,
    is_deliverable,
)
from tower_anime_assets.production.story.source import Diagnostics, nearest_word, shorten
from tower_anime_assets.production.story.spending_keys import project_caps_key
from tower_anime_assets.production.story.yaml_section import (
    Key,
    Table,
    YamlSection,
    choice,
    flag,
    group,
    integer,
    key_kind,
    number,
    required_text,
    text,
    texts,
)
from tower_anime_assets.settings import ROUTING_STRATEGIES

SERVICES_BY_ROLE: Mapping[str, tuple[str, ...]] = {
    "director": ("echo_brain", "ollama"),
    "keyframes": ("comfyui",),
    "clips": ("comfyui",),
    "upscale": ("comfyui",),
    "interpolate": ("comfyui",),
    "voice": ("echo_voice",),
    "music": ("music",),
}
"""Names of the services that can do the work of an engine."""

APPROVALS = ("plan", "keyframes", "mix", "master")
"""What people may approve before the next stage begins, in the order of the stages."""

_ROUTING_VERSION = 1
_ROUTING_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.(?:yaml|json)")
_ROUTING_PLACE = re.compile(r"(?!s[ch]\d+$)[a-z0-9_]+(?:-sc\d{2,}(?:-sh\d{4,})?)?")
_FRAMINGS = tuple(framing.value for framing in Framing)
_MEASURE_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")


# Readers of single keys ----------------------------------------------------------------------------------------------


@partial(key_kind, reads_absent=True)
def _colour(section: YamlSection[Any], key: str) -> str | None:
    """A colour, read as `#rrggbb`."""
    node = section.nodes.get(key)
    return None if node is None else _read_colour(section, key, node)


@key_kind
def _colours(section: YamlSection[Any], key: str, limit: int) -> tuple[str, ...] | None:
    """A list of colours."""
    values = [_read_colour(section, key, node) for node in section.list_nodes(key, limit)]
    return tuple(values) if values and all(values) else None


def _read_colour(section: YamlSection[Any], key: str, node: yaml.Node) -> str:
    expected = "a colour: '#rrggbb' in quotes, or a word such as teal or dark green"
    value = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
    colour_hex = parse_colour(value)
    if is_null(node):
        remedy = "Put a colour that begins with # in quotes; without them YAML takes it for a comment."
        section.add_fault(key, "is empty", expected, remedy)
    elif not colour_hex:
        near = nearest_word(value.split()[-1] if value.split() else "", COLOURS, 0.6)
        remedy = f"Did you mean {near}?" if near else "Use a hex colour for any other shade."
        section.add_fault(key, f"is {describe_node(node)}", expected, remedy)
    return colour_hex


@key_kind
def _model_file(section: YamlSection[Any], key: str) -> str:
    """Return the name of a model file as a server knows it: a path below the server's own folders."""
    file = section.text(key, 200)
    if file.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", file) or ":" in file:
        expected = "a file name as the ComfyUI server lists it, such as folder/name.safetensors"
        section.add_fault(key, f"is {shorten(file)!r}", expected, "Copy the name from the server's list.")
        return ""
    return file


@partial(key_kind, reads_absent=True)
def _lora_file(section: YamlSection[Any], key: str) -> str:
    name = required_text(200, "name.safetensors").read(section, key)
    return str(name and _model_file().read(section, key))


@key_kind
def _loras(section: YamlSection[Any], key: str) -> tuple[Lora, ...]:
    nodes = section.list_nodes(key, 8)
    loras = (YamlSection(node, section.path_of(key), _LORA, section.faults).read() for node in nodes)
    return tuple(lora for lora in loras if lora.file)


@key_kind
def _thresholds(section: YamlSection[Any], key: str) -> dict[str, dict[str, float]]:
    """Return the project's own bounds; whether a gate has such a measure is known to `quality`, not here."""
    bounds_by_measure: dict[str, dict[str, float]] = {}
    pairs = section.pairs(key, "measures with their bounds", "Such as `sharpness_var: {low: 40}`.")
    for measure, line, value in pairs:
        if not _MEASURE_NAME.fullmatch(measure):
            expected, remedy = "a measure's name, such as sharpness_var", "The gates show the names of their measures."
            section.faults.add(line, f"{shorten(measure)!r} is not the name of a measure", expected, remedy)
            continue
        fault_count = len(section.faults.faults)
        measure_section = YamlSection(value, f"{key}.{measure}", _BOUNDS, section.faults)
        measure_section.line = line
        bounds = measure_section.values()
        if len(bounds) == 2 and bounds["low"] > bounds["high"]:
            problem = f"({bounds['low']:g}) is above high ({bounds['high']:g})"
            measure_section.add_fault("low", problem, "low <= high", "Swap them.")
        elif bounds:
            bounds_by_measure[measure] = bounds
        elif len(section.faults.faults) == fault_count:
            section.faults.add(line, f"{key}.{measure} is empty", "low, high or both", "Such as {low: 40}.")
    return bounds_by_measure


@key_kind
def _parameter_pins(section: YamlSection[Any], key: str) -> dict[str, float]:
    """Return the pinned parameters; which of them an engine has is known to the engines, not here."""
    value_by_parameter = {}
    pairs = section.pairs(key, "parameters with their values", "Such as `pins: {steps: 8}`.")
    for name, line, value in pairs:
        pinned = parse_number(value)
        if pinned is None or not math.isfinite(pinned):
            problem = f"{section.path_of(key)}.{shorten(name)} is {describe_node(value)}"
            section.faults.add(line, problem, "a number", f"Such as `{shorten(name)}: 8`.")
        else:
            value_by_parameter[name] = pinned
    return value_by_parameter


@key_kind
def _project_ids(section: YamlSection[Any], key: str) -> tuple[str, ...]:
    """Return ids of projects, each once."""
    entries = section.texts(key)
    for project_id, line in entries:
        if not is_slug(project_id):
            problem = f"{section.path_of(key)} names {shorten(project_id)!r}"
            section.faults.add(line, problem, "a project's id", "Write the name of the other project's folder.")
    return tuple(dict.fromkeys(project_id for project_id, _ in entries if is_slug(project_id)))


@key_kind
def _approvals(section: YamlSection[Any], key: str) -> tuple[str, ...]:
    """Return what people approve, each once, in the order of the stages."""
    entries = section.texts(key)
    for name, line in entries:
        if name not in APPROVALS:
            near = nearest_word(name, APPROVALS, 0.6)
            remedy = f"Did you mean {near}?" if near else "Such as `approvals: [plan, keyframes]`."
            problem = f"{section.path_of(key)} names {shorten(name)!r}"
            section.faults.add(line, problem, f"any of {', '.join(APPROVALS)}", remedy)
    named = {name for name, _line in entries}
    return tuple(name for name in APPROVALS if name in named)


@key_kind
def _mobility(section: YamlSection[Any], key: str) -> str | None:
    """How a character moves, with or without the hyphen."""
    value = choice(tuple(word.replace("-", "_") for word in MOBILITIES)).read(section, key)
    return str(value).replace("_", "-") if value else None


@key_kind
def _lines_of_texts(section: YamlSection[Any], key: str) -> tuple[tuple[str, int], ...]:
    return tuple(section.texts(key))


@key_kind
def _lines_of_pictures(section: YamlSection[Any], key: str) -> dict[str, int]:
    line_by_path: dict[str, int] = {}
    for path, line in section.texts(key):
        if path in line_by_path:
            section.faults.add(line, f"the picture {shorten(path)!r} is listed twice", "each once", "Delete one.")
        line_by_path.setdefault(path, line)
    return line_by_path


@key_kind
def _blocked(section: YamlSection[Any], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, _ in section.texts(key, 100)))


@key_kind
def _routing_pins(section: YamlSection[Any], key: str) -> dict[str, str]:
    """Return workflow by place or framing; whether there is such a workflow is known to the registry, not here."""
    workflow_by_place = {}
    pairs = section.pairs(key, "places with their workflows", "Such as `pins: {e01-sc02: ltx_2b}`.")
    for place, line, value in pairs:
        near = "" if place in _FRAMINGS else nearest_word(place, _FRAMINGS, 0.8)
        if near or (place not in _FRAMINGS and not _ROUTING_PLACE.fullmatch(place)):
            remedy = f"Did you mean {near}?" if near else "Such as e01, e01-sc02, e01-sc02-sh0030 or close-up."
            problem = f"routing.pins names {shorten(place)!r}"
            section.faults.add(line, problem, "an episode, a scene, a shot or a framing", remedy)
        elif not isinstance(value, yaml.ScalarNode) or not str(value.value).strip() or is_null(value):
            problem = f"routing.pins.{shorten(place)} is {describe_node(value)}"
            section.faults.add(line, problem, "a workflow's name", "See `tower workflows list`.")
        else:
            workflow_by_place[place] = str(value.value).strip()
    return workflow_by_place


@key_kind
def _routing_file_name(section: YamlSection[Any], key: str) -> str:
    file = section.text(key, 200)
    other_keys = sorted(section.lines.keys() - {"file", "version"})
    if other_keys:
        remedy = f"Move {', '.join(other_keys)} into {shorten(file)}, or drop `file`."
        section.add_fault(key, f"stands beside {', '.join(other_keys)}", "either a file or the rules", remedy)
    if not _ROUTING_FILE.fullmatch(file):
        expected = "a file beside project.yaml that ends in .yaml or .json"
        section.add_fault(key, f"is {shorten(file)!r}", expected, "Such as routing.yaml.")
        return ""
    return file


@key_kind
def _routing_version(section: YamlSection[Any], key: str) -> None:
    if parse_number(section.node(key)) not in range(_ROUTING_VERSION + 1):
        remedy = f"Write version: {_ROUTING_VERSION}, or use the newer program that these rules were written for."
        section.add_value_fault(key, f"a version from 0 to {_ROUTING_VERSION}", remedy)


@key_kind
def _delivery(section: YamlSection[Any], key: str) -> Delivery:
    """The format of the master, whose sides must go together."""
    delivery = section.subsection(key, _DELIVERY).read()
    if not is_deliverable(*delivery.size_px):
        expected = (
            f"at most {MAX_DELIVERY_PIXELS / 1e6:.1f} million pixels, the longer side at most {MAX_SIDE_RATIO} times "
            "the shorter"
        )
        remedy = "Such as {width: 1920, height: 1080}."
        section.add_fault(key, f"is {delivery.width_px} x {delivery.height_px} px", expected, remedy)
        return Delivery(fps=delivery.fps, max_clip_frames=delivery.max_clip_frames)
    return delivery


@partial(key_kind, reads_absent=True)
def _working_side(section: YamlSection[Any], key: str) -> int | None:
    """A side of the working size, which is written as a whole or not at all."""
    if key not in section.lines:
        if section.lines:
            section.add_fault(key, "is missing", "width and height", "Write both, or neither: then it is derived.")
        return None
    side = integer(MIN_WORKING_SIDE_PX, MAX_WORKING_SIDE_PX, "px", multiple=WORKING_MULTIPLE_PX, example=768)
    return side.read(section, key)  # type: ignore[no-any-return]  # as `integer` reads


@key_kind
def _fields(section: YamlSection[Any], key: str, table: Table[Any]) -> dict[str, Any]:
    """Values that belong to the class around the mapping, by field."""
    return section.subsection(key, table).values()


@key_kind
def _routing(section: YamlSection[Any], key: str) -> Routing:
    return read_routing_rules(section.node(key), key, section.faults)


def read_routing_rules(node: yaml.Node | None, name: str, faults: Diagnostics) -> Routing:
    """Return the rules of routing, in the form of any version."""
    if node is None or is_null(node):
        return Routing()
    if isinstance(node, yaml.ScalarNode):  # version 0 was the bare name of a strategy
        key = yaml.ScalarNode(STR_TAG, "strategy", node.start_mark, node.end_mark)
        node = yaml.MappingNode(MAP_TAG, [(key, node)], node.start_mark, node.end_mark)
    values = YamlSection(node, name, _ROUTING, faults).values()
    return Routing(**{**values.pop("weights", {}), **values.pop("patience_s", {}), **values})


# The keys ------------------------------------------------------------------------------------------------------------

_LORA = Table(
    Lora,
    file=_lora_file(),
    base_model=text(),
    strength_model=number(0.0, 2.0),
    strength_clip=number(0.0, 2.0),
    trigger=text(),
    stage=choice((KEYFRAMES, CLIPS)),
)
_STYLE = Table(
    Style,
    art_direction=text(),
    palette=_colours(12),
    positive=text(),
    negative=text(),
    checkpoint=_model_file(),
    loras=_loras(),
)
_DELIVERY = Table(
    Delivery,
    width=integer(MIN_SIDE_PX, MAX_SIDE_PX, "px", multiple=2).fills("width_px"),
    height=integer(MIN_SIDE_PX, MAX_SIDE_PX, "px", multiple=2).fills("height_px"),
    working=group(
        Table(WorkingSize, width=_working_side().fills("width_px"), height=_working_side().fills("height_px"))
    ),
    fps=integer(8, 60, "frames per second"),
    max_clip_frames=integer(9, 257, "frames", multiple=8, remainder=1),
    loudness=number(-31.0, -9.0, "LUFS").fills("loudness_lufs"),
    true_peak=number(-9.0, 0.0, "dBTP").fills("true_peak_dbtp"),
)


def _engine(role: str, *others: str) -> Key:
    """Return the key that says who does a role's work: a service that can, the embedded engine, or one of `others`."""
    remedy = "A service's address is set in the environment; this key only names who does the work."
    return choice(("auto", "embedded", *SERVICES_BY_ROLE[role], *others), remedy)


_ENGINES = Table(
    EngineChoices,
    director=_engine("director"),
    keyframes=_engine("keyframes"),
    keyframes_from=choice(("words", "reference", "previous")),
    framing=choice(("words", "animatic")),
    likeness=choice(("words", "references")),
    clips=_engine("clips"),
    upscale=_engine("upscale", "off"),
    interpolate=_engine("interpolate", "off"),
    voice=_engine("voice"),
    music=_engine("music", "library"),
    attempts=integer(1, 10, "attempts"),
    candidates=integer(1, 16, "pictures", example=4),
)
_BOUNDS: Table[Any] = Table(dict, low=number(-1e9, 1e9, example=0), high=number(-1e9, 1e9, example=0))
_WEIGHTS = Table(
    Routing,
    quality=number(0.0, 10.0).fills("quality_weight"),
    acceptance=number(0.0, 10.0).fills("acceptance_weight"),
    speed=number(0.0, 10.0).fills("speed_weight"),
    memory=number(0.0, 10.0).fills("memory_weight"),
)
_PATIENCE_S = Table(
    Routing,
    clip=number(1.0, 86_400.0, "s").fills("clip_patience_s"),
    keyframe=number(1.0, 86_400.0, "s").fills("keyframe_patience_s"),
)
_ROUTING = Table(
    Routing,
    version=_routing_version(),
    strategy=choice(ROUTING_STRATEGIES),
    on_failure=choice(("stop", "next")),
    blocked=_blocked(),
    pins=_routing_pins(),
    explore=flag(),
    half_life_days=number(1.0, 3650.0, "days"),
    weights=_fields(_WEIGHTS),
    patience_s=_fields(_PATIENCE_S),
    file=_routing_file_name(),
)
PROJECT = Table(
    Project,
    title=required_text(200, "The name of the show"),
    logline=text(),
    style=group(_STYLE),
    delivery=_delivery(),
    engines=group(_ENGINES),
    thresholds=_thresholds(),
    seed=integer(0, 2**32 - 1),
    quality=choice(QUALITY_LEVELS),
    learning=group(Table(Learning, suggest=flag(), pins=_parameter_pins(), share_with=_project_ids())),
    memory=group(Table(Memory, share_with=_project_ids())),
    routing=_routing(),
    models=model_map_key(),
    approvals=_approvals(),
    caps=project_caps_key(),
)
_APPEARANCE = Table(
    StatedAppearance,
    hair=_colour().fills("hair_colour"),
    hair_style=choice(HAIR_STYLES),
    skin=_colour().fills("skin_colour"),
    eyes=_colour().fills("eye_colour"),
    outfit=_colour().fills("outfit_colour"),
    outfit_style=choice(OUTFIT_STYLES),
    accent=_colour().fills("accent_colour"),
    build=choice(BUILDS),
    presents=choice(PRESENTATIONS),
    age=integer(1, 120, "years", example=25).fills("age_years"),
    features=texts(),
    kind=choice(KINDS),
    species=text(60),
    height=number(0.05, 20.0, "times a grown human", example=0.65),
    mobility=_mobility(),
)
_VOICE = Table(
    StatedVoice,
    variant=text(60, r"[A-Za-z0-9_+-]{1,40}", "a voice variant such as f3 or m2", "Use one of f1…f5, m1…m8."),
    pitch=integer(0, 99, example=50),
    rate=integer(80, 300, "words/min", example=165).fills("rate_wpm"),
    language=text(
        60, r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", "a language tag such as en, en-GB or ja", "Such as en."
    ),
    service_voice=text(200),
)
CHARACTER: Table[Any] = Table(
    dict,
    name=required_text(80, "Akira Yamamoto"),
    aliases=_lines_of_texts(),
    description=required_text(4000, "A street racer with spiky black hair"),
    appearance=group(_APPEARANCE),
    voice=group(_VOICE),
    lora=group(_LORA),
    loras=_loras(),
    references=_lines_of_pictures().fills("reference_lines"),
)
