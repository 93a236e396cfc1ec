"""Digests of plain values: equal values have equal digests on every machine and in every run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any


def plain(value: Any) -> Any:
    """Return `value` as JSON-ready data: dataclasses as dicts, tuples as lists, enums as their values.

    Raises:
        TypeError: The value holds something that has no plain form, such as a path or a NaN.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise TypeError(f"{value} has no plain form")
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} has no plain form")


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, ASCII."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(*values: object) -> str:
    """Return the SHA-256 of the values, 64 hex digits."""
    return hashlib.sha256(canonical_json(list(values)).encode()).hexdigest()


def seed_of(*values: object) -> int:
    """Return a seed drawn from the values, 0 .. 2**32 - 1."""
    return int(digest(*values)[:8], 16)
