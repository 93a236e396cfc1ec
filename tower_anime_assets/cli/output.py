"""What all commands print with: results and JSON to stdout, notes and errors to stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tower_anime_assets.errors import StoryWarning

MAX_LISTED_WARNINGS = 10
"""Warnings that a command lists whose subject is something else; `tower script` lists all."""


def add_strict_option(parser: argparse.ArgumentParser) -> None:
    """Add `--strict` to a command."""
    parser.add_argument("--strict", action="store_true", help="treat warnings about the show's files as faults")


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json` to a command."""
    parser.add_argument("--json", action="store_true", help="print one JSON object to stdout, and nothing else")


def print_json(value: object) -> None:
    """Print a command's `--json` object; values that JSON does not have, such as times, as text."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_note(message: str) -> None:
    """Print a line that is not part of the command's result."""
    print(message, file=sys.stderr)


def print_error(message: str) -> None:
    """Print an error, in red on a terminal."""
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(message, style="red", highlight=False, markup=False)


def print_warnings(episode: str, warnings: Sequence[StoryWarning]) -> None:
    """Print what of an episode is used otherwise than written, in yellow on a terminal; notes are only counted."""
    if not warnings:
        return
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True)
    listed = [warning for warning in warnings if not warning.is_note]
    for warning in listed[:MAX_LISTED_WARNINGS]:
        console.print(f"warning: {warning}", style="yellow", highlight=False, markup=False)
    if rest := len(warnings) - len(listed[:MAX_LISTED_WARNINGS]):
        console.print(f"{rest} more: tower script {episode}", highlight=False, markup=False)


def warnings_as_json(warnings: Sequence[StoryWarning]) -> list[dict[str, Any]]:
    """Return warnings as `--json` prints them."""
    return [asdict(warning) for warning in warnings]
