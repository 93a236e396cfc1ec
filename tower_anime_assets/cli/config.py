"""`tower config`: every setting, its value, and where the value comes from."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tower_anime_assets.cli.output import add_json_option, print_json
from tower_anime_assets.environment import VARIABLES
from tower_anime_assets.settings import Settings, read_environment

HELP = "show every setting: its value, where the value comes from, and what it is for"

DEFAULT = "default"


@dataclass(frozen=True)
class SettingRow:
    """One setting as `tower config show` lists it.

    Attributes:
        value: As anybody may see it; "" where nothing is set.
        source: `environment`, `FILE:LINE`, or `default`.
    """

    name: str
    value: str
    source: str
    purpose: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower config`."""
    parser.add_argument("action", choices=("show",))
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the settings; tokens, and passwords in addresses, are hidden.

    Raises:
        StoryError: studio.yaml cannot be used.
    """
    rows = [*_variable_rows(settings), *_studio_rows(settings)]
    if arguments.json:
        print_json({"settings": [asdict(row) for row in rows], "warnings": list(settings.warnings)})
        return 0
    name_width = max(len(row.name) for row in rows)
    for row in rows:
        print(f"{row.name:<{name_width}}  {row.value or '-'}  [{row.source}]  {row.purpose}")
    return 0


def _variable_rows(settings: Settings) -> Iterator[SettingRow]:
    found = read_environment()
    for variable in VARIABLES:
        value = variable.show(found.values.get(variable.name, ""))
        source = found.sources.get(variable.name, DEFAULT)
        if not value and variable.attribute:  # an empty variable leaves the default, and says so by its source
            value = _as_text(getattr(settings, variable.attribute))
        yield SettingRow(variable.name, value, source, variable.purpose)


def _studio_rows(settings: Settings) -> Iterator[SettingRow]:
    from tower_anime_assets.engines.spending_rules import load_spending_rules
    from tower_anime_assets.workflows.model_maps import load_model_map, map_file

    for entry in load_model_map(settings).studio:
        source = f"{map_file(settings)}:{entry.line}"
        yield SettingRow(f"models: {entry.wanted}", entry.file, source, "model file that is used instead")
    rules = load_spending_rules(settings)
    if rules.prices.currency:
        yield SettingRow("prices: currency", rules.prices.currency, str(map_file(settings)), "of prices and caps")
    for cap in rules.caps:
        source = f"{map_file(settings)}:{cap.line}"
        yield SettingRow(cap.key, f"{cap.limit:g}", source, "how much may be spent at services")


def _as_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value) if isinstance(value, (str, int, Path)) else ""
