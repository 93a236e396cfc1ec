"""Facts as JSON Lines text: one object per line, read with every fault at once; reading and writing are inverse."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tower_anime_assets.errors import MAX_LISTED, StoryError
from tower_anime_assets.production.memory.facts import Statement, problems_of
from tower_anime_assets.production.story.source import Diagnostics, nearest_word, object_without_repeats, shorten

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Largest file that is read, bytes; about 300,000 facts."""

_MAX_LINE_CHARS = 50_000
_MAX_FAULTS = MAX_LISTED - 1  # so that messages show the last one, which says that reading stopped
_REQUIRED = ("subject", "predicate", "object")
_KEYS = (*_REQUIRED, "source", "confidence", "timestamp")
_EXAMPLE = '{"subject": "Luna Chen", "predicate": "fears", "object": "heights"}'


def to_json_line(statement: Statement) -> str:
    """Return a statement as JSON, without a line end."""
    record: dict[str, Any] = {
        "subject": statement.subject,
        "predicate": statement.predicate,
        "object": statement.object,
    }
    record |= {"source": statement.source, "confidence": statement.confidence}
    if statement.timestamp is not None:
        record["timestamp"] = statement.timestamp.astimezone(UTC).isoformat()
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def read_json_lines(text: str, file: str, source: str) -> tuple[Statement, ...]:
    """Return the statements of a JSON Lines text; empty lines are skipped.

    Args:
        file: What to call the text in a fault.
        source: Source of lines without one.

    Raises:
        StoryError: Lines are wrong; the first are named, each with its line; then reading stops.
    """
    faults = Diagnostics(file)
    statements = []
    # Not splitlines(): JSON may hold U+2028 and its like inside a text.
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if line.strip() and (statement := _parse_statement(line, number, source, faults)) is not None:
            statements.append(statement)
        if len(faults.faults) >= _MAX_FAULTS:
            faults.add(
                number, "reading stopped here", "fewer faults", "Correct these first, then import the file again."
            )
            break
    if faults.faults:
        raise StoryError(faults.faults)
    return tuple(statements)


def _parse_statement(line: str, number: int, source: str, faults: Diagnostics) -> Statement | None:
    fault_count = len(faults.faults)
    values = _parse_object(line, number, faults)
    if values is None:
        return None
    texts = {key: values.get(key, source if key == "source" else "") for key in (*_REQUIRED, "source")}
    for key, value in texts.items():
        if not isinstance(value, str):
            faults.add(number, f"{key} is {shorten(repr(value))}", "text", "Put it in quotes.")
    confidence = _parse_confidence(values.get("confidence", 1.0), number, faults)
    timestamp = _parse_timestamp(values.get("timestamp"), number, faults)
    if len(faults.faults) > fault_count:
        return None
    statement = Statement(**texts, confidence=confidence, timestamp=timestamp)
    for problem, expected in problems_of(statement):
        faults.add(number, problem, expected, "Correct the line, or delete it.")
    return statement


def _parse_object(line: str, number: int, faults: Diagnostics) -> dict[str, Any] | None:
    if len(line) > _MAX_LINE_CHARS:
        faults.add(
            number, f"the line has {len(line):,} characters", f"at most {_MAX_LINE_CHARS:,}", "Split or shorten it."
        )
        return None
    try:
        values = json.loads(line, object_pairs_hook=object_without_repeats)
    except (ValueError, RecursionError) as error:
        faults.add(number, f"the line is not JSON: {shorten(str(error))}", "one JSON object", f"Such as {_EXAMPLE}")
        return None
    if not isinstance(values, dict):
        faults.add(number, f"the line is {shorten(line)}", "one JSON object", f"Such as {_EXAMPLE}")
        return None
    for key in values:
        if key not in _KEYS:
            near = nearest_word(key, _KEYS)
            remedy = f"Did you mean {near}?" if near else "Delete it."
            faults.add(number, f"unknown key {shorten(key)!r}", f"one of {', '.join(_KEYS)}", remedy)
    return values


def _parse_confidence(value: object, number: int, faults: Diagnostics) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    faults.add(number, f"confidence is {shorten(repr(value))}", "a number from 0 to 1", "Such as 0.8, or leave it out.")
    return 0.0


def _parse_timestamp(value: object, number: int, faults: Diagnostics) -> datetime | None:
    if value is None:
        return None
    try:
        timestamp = datetime.fromisoformat(value) if isinstance(value, str) else None
        if timestamp is not None and timestamp.tzinfo is not None:
            return timestamp.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # reported below
    expected = "a time with its zone, such as 2026-03-01T12:00:00+00:00"
    faults.add(number, f"timestamp is {shorten(repr(value))}", expected, "Correct it, or leave it out.")
    return None


def to_json_lines(statements: Iterable[Statement]) -> str:
    """Return statements as a JSON Lines text."""
    return "".join(f"{to_json_line(statement)}\n" for statement in statements)
