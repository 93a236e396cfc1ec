"""What all commands print with: results and JSON to stdout, notes and errors to stderr.

Nothing reaches a terminal but through here: `guarded_output` cleans what is printed, `console` what rich lays out.
"""

from __future__ import annotations

import argparse
import io
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO

from tower_anime_assets import safe_text
from tower_anime_assets.errors import MAX_LISTED, MAX_REPORTED, StoryWarning
from tower_anime_assets.production.story.sizes import QUALITY_LEVELS
from tower_anime_assets.settings import Settings, hide_secrets

if TYPE_CHECKING:
    from tower_anime_assets.cli.terminal import TerminalConsole  # rich takes 0.1 s to load

MAX_LISTED_WARNINGS = 10
"""Warnings that a command lists whose subject is something else; `tower script` lists all."""


def add_strict_option(parser: argparse.ArgumentParser) -> None:
    """Add `--strict` to a command."""
    parser.add_argument("--strict", action="store_true", help="treat warnings about the show's files as faults")


def add_quality_option(parser: argparse.ArgumentParser, help_: str = "") -> None:
    """Add `--quality` to a command."""
    help_ = help_ or "make pictures at this level, instead of the one in project.yaml"
    parser.add_argument("--quality", choices=QUALITY_LEVELS, default="", help=help_)


def add_who_option(parser: argparse.ArgumentParser, help_: str = "who decides") -> None:
    """Add `--who` to a command; `who_of` reads it."""
    parser.add_argument("--who", default="", help=f"{help_}; default: TOWER_USER, else the current user")


def who_of(arguments: argparse.Namespace, settings: Settings) -> str:
    """Return who a command is on record as given by."""
    return str(arguments.who).strip() or settings.user


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json` to a command."""
    parser.add_argument("--json", action="store_true", help="print one JSON object to stdout, and nothing else")


def clean(text: str) -> str:
    """Return text as it may be printed: without secrets, and with what a terminal would obey as visible escapes."""
    return safe_text.visible(hide_secrets(text))


class GuardedStream(io.TextIOBase):
    """A text stream that cleans what is written to it; to everybody who asks, it is no terminal.

    So whoever colours what they print on terminals does not do it here: escapes that arrive are not ours.
    """

    def __init__(self, stream: TextIO) -> None:
        self.unguarded = stream

    def write(self, text: str) -> int:
        """Write cleaned text, and return the length of what was given."""
        self.unguarded.write(clean(text))
        return len(text)

    def flush(self) -> None:
        """Write what is buffered."""
        self.unguarded.flush()

    def fileno(self) -> int:
        """Return the descriptor of the stream beneath."""
        return self.unguarded.fileno()

    def writable(self) -> bool:
        """Return True."""
        return True

    @property
    def buffer(self) -> Any:
        """The bytes beneath, for protocols that are not read by people."""
        return self.unguarded.buffer

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream beneath."""
        return self.unguarded.encoding


@contextmanager
def guarded_output() -> Iterator[None]:
    """Clean all that is printed to stdout and stderr meanwhile: by us, by argparse, by logging, by a traceback."""
    with redirect_stdout(GuardedStream(unguarded(sys.stdout))), redirect_stderr(GuardedStream(unguarded(sys.stderr))):
        yield


def unguarded(stream: TextIO) -> TextIO:
    """Return the stream beneath a guarded one."""
    return stream.unguarded if isinstance(stream, GuardedStream) else stream


def console(*, stderr: bool = False, highlight: bool = True) -> TerminalConsole:
    """Return a console of rich that lays out cleaned text, without wrapping it."""
    from tower_anime_assets.cli.terminal import TerminalConsole

    stream = unguarded(sys.stderr if stderr else sys.stdout)
    return TerminalConsole(file=stream, soft_wrap=True, highlight=highlight)


def print_json(value: object) -> None:
    """Print a command's `--json` object; values that JSON does not have, such as times, as text."""
    print(safe_text.as_json(value))


def print_exactly(text: str) -> None:
    """Print a result that another program reads as it is, secrets included, because it was asked for."""
    print(text, file=unguarded(sys.stdout))


def print_note(message: str) -> None:
    """Print a line that is not part of the command's result."""
    print(message, file=sys.stderr)


def print_error(message: str) -> None:
    """Print an error, in red on a terminal."""
    console(stderr=True).print(message, style="red", highlight=False, markup=False)


def print_trace(error: BaseException) -> None:
    """Print how an error came about; as plain text, since colours would cut a secret into parts that are not found."""
    print("".join(traceback.format_exception(error)), end="", file=sys.stderr)


def print_warnings(episode: str, warnings: Sequence[StoryWarning]) -> None:
    """Print what of an episode is used otherwise than written, in yellow on a terminal; notes are only counted."""
    if not warnings:
        return
    out = console(stderr=True)
    listed = [warning for warning in warnings if not warning.is_note]
    for warning in listed[:MAX_LISTED_WARNINGS]:
        out.print(f"warning: {warning}", style="yellow", highlight=False, markup=False)
    if rest := len(warnings) - len(listed[:MAX_LISTED_WARNINGS]):
        out.print(f"{rest} more: tower script {episode}", highlight=False, markup=False)


def print_all_warnings(warnings: Sequence[StoryWarning]) -> None:
    """Print warnings and notes where no other command lists them."""
    out = console(stderr=True)
    for warning in sorted(warnings, key=lambda one: one.is_note)[:MAX_LISTED]:
        kind, style = ("note", None) if warning.is_note else ("warning", "yellow")
        out.print(f"{kind}: {warning}", style=style, highlight=False, markup=False)
    if len(warnings) > MAX_LISTED:
        out.print(f"and {len(warnings) - MAX_LISTED:,} more", highlight=False, markup=False)


def warnings_as_json(warnings: Sequence[StoryWarning]) -> list[dict[str, Any]]:
    """Return warnings as `--json` prints them, the first 500; their count is printed beside them."""
    return [asdict(warning) for warning in warnings[:MAX_REPORTED]]
