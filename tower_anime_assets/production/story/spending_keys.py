"""The keys `prices:` and `caps:`: of a studio's `studio.yaml`, and the caps of a show in `project.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import yaml

from tower_anime_assets.production.spending import (
    DAY,
    EPISODE,
    GPU,
    MONEY,
    PROJECT,
    STUDIO,
    Price,
    Prices,
    SpendingCap,
    bare_engine_name,
)
from tower_anime_assets.production.story.plain_yaml import parse_number
from tower_anime_assets.production.story.source import Diagnostics, shorten
from tower_anime_assets.production.story.yaml_section import Key, Table, YamlSection, key_kind, number, text

MAX_PRICE: Final = 100_000.0
"""The highest price of a second or a job: more is a slip of the keyboard."""

MAX_CAP: Final = 1e9
MAX_NAMED_PRICES: Final = 200


def _price() -> Key:
    return number(0, MAX_PRICE, "in your currency", example=0.01)


def _pace() -> Key:
    return number(0.001, 86_400, "seconds", example=60)


_SERVER_PRICE = Table(Price, gpu_second=_price(), job=_price())
_ENGINE_PRICE = Table(Price, gpu_second=_price(), job=_price(), gpu_seconds=_pace())


@key_kind
def _named_prices(section: YamlSection[Any], key: str, table: Table[Price], example: str) -> Mapping[str, Price]:
    """Prices by names that the writer chooses: of engines, or of servers."""
    found: dict[str, Price] = {}
    for name, line, node in section.pairs(key, "prices by name", example):
        short = bare_engine_name(name.strip().rstrip("/"))
        if not short or len(short) > 300 or short in found or len(found) >= MAX_NAMED_PRICES:
            problem = f"{section.path_of(key)} names {shorten(name)!r}"
            section.faults.add(line, problem, f"up to {MAX_NAMED_PRICES} names, each once", example)
            continue
        found[short] = YamlSection(node, f"{section.path_of(key)}.{short}", table, section.faults).read()
    return found


@key_kind
def _rates(section: YamlSection[Any], key: str) -> Mapping[str, float]:
    """What one unit of another currency is worth."""
    found: dict[str, float] = {}
    for name, line, node in section.pairs(key, "numbers by currency", "Such as `rates: {USD: 0.92}`."):
        value = parse_number(node)
        if value is None or not 1e-9 <= value <= 1e9:
            problem = f"{section.path_of(key)}.{shorten(name)} is no such number"
            section.faults.add(line, problem, "a number above 0", "Such as `rates: {USD: 0.92}`.")
            continue
        found[name.strip()] = float(value)
    return found


_CURRENCY: Final = text(
    12, r"[A-Za-z]{2,12}", "two to twelve letters", "Write the currency of all prices, such as `currency: EUR`."
)
_PRICES: Table[Any] = Table(
    dict,
    currency=_CURRENCY.required(),
    gpu_second=_price(),
    job=_price(),
    servers=_named_prices(_SERVER_PRICE, "Such as `servers: {http://gpu2:8188: {gpu_second: 0.001}}`."),
    engines=_named_prices(_ENGINE_PRICE, "Such as `engines: {echo-voice: {job: 0}}`."),
    rates=_rates(),
)


@key_kind
def prices_key(section: YamlSection[Any], key: str) -> Prices:
    """The prices of a studio."""
    read = section.subsection(key, _PRICES).values()
    general = Price(read.get("gpu_second"), read.get("job"))
    named = {name: read[name] for name in ("servers", "engines", "rates") if name in read}
    return Prices(str(read.get("currency", "")), general, **named)


@key_kind
def _since(section: YamlSection[Any], key: str) -> str | None:
    value = section.text(key, 40)
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        section.add_value_fault(key, "a day, YYYY-MM-DD", "Such as `since: 2026-12-01`.")
        return None


_CAP_KEYS: Final[Mapping[str, Key]] = {
    GPU: number(0, MAX_CAP, "seconds", example=3600),
    MONEY: number(0, MAX_CAP, "in the currency of `prices`", example=10),
}
_CAP: Table[Any] = Table(dict, **_CAP_KEYS)
_CAP_SINCE: Table[Any] = Table(dict, **_CAP_KEYS, since=_since())


@key_kind
def _limits(section: YamlSection[Any], key: str, table: Table[Any]) -> tuple[SpendingCap, ...]:
    """The caps of one scope, in GPU seconds, in money or in both."""
    limits = section.subsection(key, table)
    read = limits.values()
    if not any(limits.node(unit) is not None for unit in (GPU, MONEY)):
        section.add_fault(key, "limits nothing", "`gpu_seconds`, `money` or both", f"Such as `{key}: {{money: 10}}`.")
    return tuple(
        SpendingCap(key, unit, read[unit], section.faults.file, limits.lines[unit], since=read.get("since", ""))
        for unit in (GPU, MONEY)
        if unit in read
    )


def _caps_table(*scopes: str) -> Table[Any]:
    keys = {scope: _limits(_CAP_SINCE if scope in (PROJECT, STUDIO) else _CAP) for scope in scopes}
    return Table(dict, **keys)


_STUDIO_CAPS: Final = _caps_table(EPISODE, DAY, STUDIO)
_PROJECT_CAPS: Final = _caps_table(EPISODE, DAY, PROJECT)


@key_kind
def _caps_key(section: YamlSection[Any], key: str, table: Table[Any]) -> tuple[SpendingCap, ...]:
    """The caps of a file, in the order of their scopes."""
    return tuple(cap for caps in section.subsection(key, table).values().values() for cap in caps)


def studio_caps_key() -> Key:
    """Return the key of a studio's caps: of each episode, of each day, and of everything."""
    return _caps_key(_STUDIO_CAPS)


def project_caps_key() -> Key:
    """Return the key of a show's caps: of each of its episodes, of each day, and of the whole show."""
    return _caps_key(_PROJECT_CAPS)


def read_project_caps(root: yaml.Node, faults: Diagnostics) -> tuple[SpendingCap, ...]:
    """Return the caps in a `project.yaml`, and read none of its other keys."""
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    own = [pair for pair in pairs if isinstance(pair[0], yaml.ScalarNode) and pair[0].value == "caps"]
    only_caps = yaml.MappingNode(root.tag, own, root.start_mark, root.end_mark)
    table: Table[Any] = Table(dict, caps=project_caps_key())
    caps: tuple[SpendingCap, ...] = YamlSection(only_caps, "", table, faults).values().get("caps", ())
    return caps
