"""Plain data and back: production's frozen dataclasses as JSON-ready values that become equal dataclasses again.

`digest.plain` is enough to compare values; this is for keeping them. It is led by the declared types, so that a field
that may hold one of several dataclasses says which one it holds.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from tower_anime_assets.errors import PlanError

T = TypeVar("T")

TAG = "is"
"""The key under which a member of a union of dataclasses names its class."""


def to_plain(value: Any) -> Any:
    """Return a dataclass of `production` as JSON-ready data.

    Raises:
        PlanError: It holds something that its declared type does not allow, or that has no plain form.
    """
    return _encoded(value, type(value), type(value).__name__)


def from_plain(wanted: type[T], data: Any) -> T:
    """Return the dataclass that `to_plain` made `data` of; fields that it lacks take their defaults.

    Raises:
        PlanError: The data is not of that shape; the message says where.
    """
    made: T = _decoded(data, wanted, wanted.__name__)
    return made


@cache
def _fields(cls: type) -> tuple[tuple[str, Any, bool], ...]:
    """Return (name, type, whether it has a default) of each field."""
    hints = get_type_hints(cls)
    missing = dataclasses.MISSING
    return tuple(
        (item.name, hints[item.name], item.default is not missing or item.default_factory is not missing)
        for item in dataclasses.fields(cls)
    )


def _members(wanted: Any) -> tuple[Any, ...]:
    """Return the members of a union, () when it is none."""
    return get_args(wanted) if get_origin(wanted) in (Union, types.UnionType) else ()


def _is_dataclass(wanted: Any) -> bool:
    return isinstance(wanted, type) and dataclasses.is_dataclass(wanted)


def _refused(where: str, wanted: Any, found: Any) -> PlanError:
    name = getattr(wanted, "__name__", str(wanted))
    return PlanError(
        f"{where} is {found!r:.80}; expected {name}. It was saved by another version of this program: read the "
        "episode's files again"
    )


def _encoded(value: Any, wanted: Any, where: str) -> Any:
    if members := _members(wanted):
        return _encoded_member(value, members, wanted, where)
    if _is_dataclass(wanted) and isinstance(value, wanted):
        return {name: _encoded(getattr(value, name), hint, f"{where}.{name}") for name, hint, _ in _fields(wanted)}
    if isinstance(wanted, type) and issubclass(wanted, Enum) and isinstance(value, wanted):
        return value.value
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is tuple and isinstance(value, tuple):
        hints = _item_types(value, arguments, wanted, where)
        return [
            _encoded(item, hint, f"{where}[{at}]") for at, (item, hint) in enumerate(zip(value, hints, strict=True))
        ]
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        return {str(key): _encoded(item, arguments[1], f"{where}[{key!r}]") for key, item in value.items()}
    return _primitive(value, wanted, where)


def _encoded_member(value: Any, members: tuple[Any, ...], wanted: Any, where: str) -> Any:
    if value is None and types.NoneType in members:
        return None
    if type(value) in members and _is_dataclass(type(value)):
        plain = _encoded(value, type(value), where)
        several = sum(1 for member in members if _is_dataclass(member)) > 1
        return {TAG: type(value).__name__, **plain} if several else plain
    rest = [member for member in members if member is not types.NoneType]
    if len(rest) == 1:
        return _encoded(value, rest[0], where)
    raise _refused(where, wanted, value)


def _decoded(data: Any, wanted: Any, where: str) -> Any:
    if members := _members(wanted):
        return _decoded_member(data, members, wanted, where)
    if _is_dataclass(wanted):
        return _dataclass(data, wanted, where)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        try:
            return wanted(data)
        except ValueError as error:
            raise _refused(where, wanted, data) from error
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is tuple and isinstance(data, list):
        hints = _item_types(data, arguments, wanted, where)
        pairs = zip(data, hints, strict=True)
        return tuple(_decoded(item, hint, f"{where}[{at}]") for at, (item, hint) in enumerate(pairs))
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(data, Mapping):
        return {key: _decoded(item, arguments[1], f"{where}[{key!r}]") for key, item in data.items()}
    return _primitive(data, wanted, where)


def _decoded_member(data: Any, members: tuple[Any, ...], wanted: Any, where: str) -> Any:
    if data is None and types.NoneType in members:
        return None
    rest = [member for member in members if member is not types.NoneType]
    if len(rest) == 1:
        return _decoded(data, rest[0], where)
    if isinstance(data, Mapping):
        for member in rest:
            if _is_dataclass(member) and member.__name__ == data.get(TAG):
                return _dataclass({key: item for key, item in data.items() if key != TAG}, member, where)
    raise _refused(where, wanted, data)


def _dataclass(data: Any, wanted: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise _refused(where, wanted, data)
    fields = _fields(wanted)
    if unknown := set(data) - {name for name, _, _ in fields}:
        raise _refused(f"{where}.{min(unknown)}", wanted, data[min(unknown)])
    values = {}
    for name, hint, has_default in fields:
        if name in data:
            values[name] = _decoded(data[name], hint, f"{where}.{name}")
        elif not has_default:
            raise _refused(f"{where}.{name}", hint, None)
    return wanted(**values)


def _item_types(items: Any, arguments: tuple[Any, ...], wanted: Any, where: str) -> list[Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return [arguments[0]] * len(items)
    if len(arguments) != len(items):
        raise _refused(where, wanted, items)
    return list(arguments)


def _primitive(value: Any, wanted: Any, where: str) -> Any:
    if wanted is float and type(value) is int:
        return float(value)  # JSON does not tell 1.0 from 1
    if wanted in (str, int, float, bool) and type(value) is wanted:
        return value
    if wanted is float and isinstance(value, float):
        return float(value)
    if wanted is str and isinstance(value, str):
        return str(value)
    raise _refused(where, wanted, value)
