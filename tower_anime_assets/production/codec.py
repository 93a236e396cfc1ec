"""Plain data and back: production's frozen dataclasses as JSON-ready values that become equal dataclasses again.

`digest.plain` is enough to compare values; this is for keeping them. It is led by the declared types, so that a field
that may hold one of several dataclasses says which one it holds.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
    with _named(type(value)):
        return _encoded(value, type(value))


def from_plain(wanted: type[T], data: Any) -> T:
    """Return the dataclass that `to_plain` made `data` of; fields that it lacks take their defaults.

    Raises:
        PlanError: The data is not of that shape; the message says where.
    """
    with _named(wanted):
        shape: Any = wanted
        made: T = _decoder(shape)(data)
        return made


class _MisfitError(Exception):
    """Data is not of the declared type; the path to it is put together on the way out, so that it costs nothing else.

    Attributes:
        path: From the outermost value to this one, such as `.shots`, `[3]`, `.length`.
    """

    def __init__(self, wanted: Any, found: Any, *path: str) -> None:
        super().__init__()
        self.wanted, self.found, self.path = wanted, found, path

    def within(self, step: str) -> _MisfitError:
        return _MisfitError(self.wanted, self.found, step, *self.path)


@contextmanager
def _named(cls: type) -> Iterator[None]:
    """Say of a misfit where in a value of `cls` it is."""
    try:
        yield
    except _MisfitError as misfit:
        name = getattr(misfit.wanted, "__name__", str(misfit.wanted))
        raise PlanError(
            f"{''.join([cls.__name__, *misfit.path])} is {misfit.found!r:.80}; expected {name}. It was saved by "
            "another version of this program: read the episode's files again"
        ) from misfit


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


def _encoded(value: Any, wanted: Any) -> Any:
    if members := _members(wanted):
        return _encoded_member(value, members, wanted)
    if _is_dataclass(wanted) and isinstance(value, wanted):
        return {name: _inside(f".{name}", getattr(value, name), hint) for name, hint, _ in _fields(wanted)}
    if isinstance(wanted, type) and issubclass(wanted, Enum) and isinstance(value, wanted):
        return value.value
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is tuple and isinstance(value, tuple):
        pairs = zip(value, _item_types(value, arguments, wanted), strict=True)
        return [_inside(f"[{at}]", item, hint) for at, (item, hint) in enumerate(pairs)]
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        return {str(key): _inside(f"[{key!r}]", item, arguments[1]) for key, item in value.items()}
    return _primitive(value, wanted)


def _inside(step: str, value: Any, wanted: Any) -> Any:
    try:
        return _encoded(value, wanted)
    except _MisfitError as misfit:
        raise misfit.within(step) from misfit


def _encoded_member(value: Any, members: tuple[Any, ...], wanted: Any) -> Any:
    if value is None and types.NoneType in members:
        return None
    if type(value) in members and _is_dataclass(type(value)):
        plain = _encoded(value, type(value))
        several = sum(1 for member in members if _is_dataclass(member)) > 1
        return {TAG: type(value).__name__, **plain} if several else plain
    rest = [member for member in members if member is not types.NoneType]
    if len(rest) == 1:
        return _encoded(value, rest[0])
    raise _MisfitError(wanted, value)


_Decoder = Callable[[Any], Any]


@cache
def _decoder(wanted: Any) -> _Decoder:
    """Return what turns plain data into a value of the type; its declaration is taken apart once, not per value."""
    if members := _members(wanted):
        return _member_decoder(members, wanted)
    if _is_dataclass(wanted):
        return _dataclass_decoder(wanted)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return _enum_decoder(wanted)
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is tuple:
        return _tuple_decoder(arguments, wanted)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping_decoder(arguments[1], wanted)
    return lambda data: _primitive(data, wanted)


def _member_decoder(members: tuple[Any, ...], wanted: Any) -> _Decoder:
    rest = [member for member in members if member is not types.NoneType]
    optional = len(rest) < len(members)
    if len(rest) == 1:
        decode = _decoder(rest[0])
        return (lambda data: None if data is None else decode(data)) if optional else decode
    named = {member.__name__: member for member in rest if _is_dataclass(member)}

    def member(data: Any) -> Any:
        if data is None and optional:
            return None
        found = named.get(str(data.get(TAG))) if isinstance(data, Mapping) else None
        if found is None:
            raise _MisfitError(wanted, data)
        return _decoder(found)({key: item for key, item in data.items() if key != TAG})

    return member


def _dataclass_decoder(wanted: Any) -> _Decoder:
    @cache
    def fields() -> tuple[tuple[str, Any, bool, _Decoder], ...]:  # when first asked for: types may hold themselves
        return tuple((name, hint, has_default, _decoder(hint)) for name, hint, has_default in _fields(wanted))

    def dataclass(data: Any) -> Any:
        if type(data) is not dict and not isinstance(data, Mapping):  # the first is ten times as quick to ask
            raise _MisfitError(wanted, data)
        values = {}
        for name, hint, has_default, decode in fields():
            if name in data:
                try:
                    values[name] = decode(data[name])
                except _MisfitError as misfit:
                    raise misfit.within(f".{name}") from misfit
            elif not has_default:
                raise _MisfitError(hint, None, f".{name}")
        if len(values) < len(data):
            unknown = min(set(data) - values.keys())
            raise _MisfitError(wanted, data[unknown], f".{unknown}")
        return wanted(**values)

    return dataclass


def _enum_decoder(wanted: type[Enum]) -> _Decoder:
    def enum(data: Any) -> Any:
        try:
            return wanted(data)
        except ValueError as error:
            raise _MisfitError(wanted, data) from error

    return enum


def _tuple_decoder(arguments: tuple[Any, ...], wanted: Any) -> _Decoder:
    def items(data: Any) -> Any:
        if not isinstance(data, list):
            raise _MisfitError(wanted, data)
        decoders = [_decoder(hint) for hint in _item_types(data, arguments, wanted)]
        made: list[Any] = []
        try:
            for item, decode in zip(data, decoders, strict=True):
                made.append(decode(item))
        except _MisfitError as misfit:
            raise misfit.within(f"[{len(made)}]") from misfit
        return tuple(made)

    return items


def _mapping_decoder(hint: Any, wanted: Any) -> _Decoder:
    def mapping(data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise _MisfitError(wanted, data)
        decode = _decoder(hint)
        made: dict[str, Any] = {}
        for key, item in data.items():
            try:
                made[key] = decode(item)
            except _MisfitError as misfit:
                raise misfit.within(f"[{key!r}]") from misfit
        return made

    return mapping


def _item_types(items: Any, arguments: tuple[Any, ...], wanted: Any) -> list[Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return [arguments[0]] * len(items)
    if len(arguments) != len(items):
        raise _MisfitError(wanted, items)
    return list(arguments)


def _primitive(value: Any, wanted: Any) -> Any:
    if wanted is float and type(value) is int:
        return float(value)  # JSON does not tell 1.0 from 1
    if wanted in (str, int, float, bool) and type(value) is wanted:
        return value
    if wanted is float and isinstance(value, float):
        return float(value)
    if wanted is str and isinstance(value, str):
        return str(value)
    raise _MisfitError(wanted, value)
