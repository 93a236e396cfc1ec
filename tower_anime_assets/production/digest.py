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

_PLAIN_TYPES: Final = frozenset({str, int, bool, type(None)})


def plain_data(value: Any) -> Any:
    """Return `value` as JSON-ready data: dataclasses as dicts, tuples as lists, enums as their values.

    A field declared with `omit_when_default` is left out while it has its default.

    Raises:
        TypeError: The value holds something without a plain form, such as a path or NaN.
    """
    kind: type = type(value)
    if kind in _PLAIN_TYPES:  # most are, and isinstance takes ten times as long
        return value
    if kind is tuple:
        return [plain_data(item) for item in value]
    if (fields := _fields_with_omitted_values(kind)) is not None:
        plain = {}
        for name, omitted_values in fields:
            item = getattr(value, name)
            if not omitted_values or item not in omitted_values:
                plain[name] = item if type(item) in _PLAIN_TYPES else plain_data(item)
        return plain
    if isinstance(value, Enum):
        return plain_data(value.value)
    if isinstance(value, Mapping):
        return {str(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise TypeError(f"{value} has no plain form")
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} has no plain form")


_OMIT_WHEN_DEFAULT: Final = "added later"


def omit_when_default(default: T) -> T:
    """Return a dataclass field that is not part of the digest while it has its default, so that old digests stay."""
    return dataclasses.field(default=default, metadata={_OMIT_WHEN_DEFAULT: True})


@cache
def _fields_with_omitted_values(cls: type) -> tuple[tuple[str, tuple[Any, ...]], ...] | None:
    """Return each field's name and the values that are left out: its default, or none; None for no dataclass."""
    if not dataclasses.is_dataclass(cls):
        return None
    fields = dataclasses.fields(cls)
    return tuple((item.name, (item.default,) if _OMIT_WHEN_DEFAULT in item.metadata else ()) for item in fields)


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, ASCII."""
    return json.dumps(plain_data(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(*values: object) -> str:
    """Return the SHA-256 of the values, 64 hex digits."""
    return hashlib.sha256(canonical_json(list(values)).encode()).hexdigest()


def seed_from(*values: object) -> int:
    """Return a seed drawn from the values, 0 .. 2**32 - 1."""
    return int(digest(*values)[:8], 16)
