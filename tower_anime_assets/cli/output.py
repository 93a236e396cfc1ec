"""What all commands print with: results and JSON to stdout, notes and errors to stderr."""

from __future__ import annotations

import argparse
import json
import sys


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
