"""`tower env`: the environment of Dagster's own commands."""

from __future__ import annotations

import argparse
import shlex

from tower_anime_assets.cli.output import print_exactly
from tower_anime_assets.settings import Settings

HELP = 'print exports for Dagster\'s own commands: eval "$(tower env)"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: `tower env` takes no arguments."""


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Start the database if need be, and print one export per line."""
    from tower_anime_assets.defs.instance import dagster_environment
    from tower_anime_assets.stages.opening import keep_server

    for name, value in dagster_environment(settings, keep_server(settings)).items():
        print_exactly(f"export {name}={shlex.quote(value)}")
    return 0
