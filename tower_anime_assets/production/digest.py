"""Digests of plain values: equal values have equal digests on every machine and in every run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Final, TypeVar

T = TypeVar("T")

_AS_THEY_ARE: Final = frozenset({str, int, bool, type(None)})


def plain(value: Any) -> Any:
    """Return `value` as JSON-ready data: dataclasses as dicts, tuples as lists, enums as their values.

    A field made with `added_later` is left out while it has its default.

    Raises:
        TypeError: The value holds something that has no plain form, such as a path or a NaN.
    """
    if type(value) in _AS_THEY_ARE:  # most are, and asking for subclasses takes ten times as long
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = ((name, getattr(value, name), silent) for name, silent in _fields(type(value)))
        return {name: plain(item) for name, item, silent in told if item not in silent}
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise TypeError(f"{value} has no plain form")
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} has no plain form")


_ADDED_LATER: Final = "added later"


def added_later(default: T) -> T:
    """Return a dataclass field that tells nothing while it has its default: what has digests already keeps them."""
    return dataclasses.field(default=default, metadata={_ADDED_LATER: True})


@cache
def _fields(cls: type) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Return each field's name, and the values with which it tells nothing: one or none."""
    fields = dataclasses.fields(cls)
    return tuple((item.name, (item.default,) if _ADDED_LATER in item.metadata else ()) for item in fields)


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, ASCII."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(*values: object) -> str:
    """Return the SHA-256 of the values, 64 hex digits."""
    return hashlib.sha256(canonical_json(list(values)).encode()).hexdigest()


def seed_of(*values: object) -> int:
    """Return a seed drawn from the values, 0 .. 2**32 - 1."""
    return int(digest(*values)[:8], 16)
