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

CLASS_TAG = "is"
"""The key under which a member of a union of dataclasses names its class."""


def to_plain(value: Any) -> Any:
    """Return a dataclass of `production` as JSON-ready data.

    Raises:
        PlanError: It holds something that its declared type does not allow, or that has no plain form.
    """
    with _mismatches_named(type(value)):
        return _encode(value, type(value))


def from_plain(cls: type[T], data: Any) -> T:
    """Return the dataclass that `to_plain` made `data` of; fields that it lacks take their defaults.

    Raises:
        PlanError: The data is not of that shape; the message says where.
    """
    with _mismatches_named(cls):
        shape: Any = cls
        value: T = _decoder_for(shape)(data)
        return value


class _TypeMismatchError(Exception):
    """Data is not of the declared type; the path to it is put together on the way out, so that it costs nothing else.

    Attributes:
        path: From the outermost value to this one, such as `.shots`, `[3]`, `.length`.
    """

    def __init__(self, expected_type: Any, value: Any, *path: str) -> None:
        super().__init__()
        self.expected_type, self.value, self.path = expected_type, value, path

    def prefixed(self, step: str) -> _TypeMismatchError:
        return _TypeMismatchError(self.expected_type, self.value, step, *self.path)


@contextmanager
def _mismatches_named(cls: type) -> Iterator[None]:
    """Say of a misfit where in a value of `cls` it is."""
    try:
        yield
    except _TypeMismatchError as mismatch:
        type_name = getattr(mismatch.expected_type, "__name__", str(mismatch.expected_type))
        raise PlanError(
            f"{''.join([cls.__name__, *mismatch.path])} is {mismatch.value!r:.80}; expected {type_name}. It was saved by "
            "another version of this program: read the episode's files again"
        ) from mismatch


@cache
def _fields(cls: type) -> tuple[tuple[str, Any, bool], ...]:
    """Return (name, type, whether it has a default) of each field."""
    hints = get_type_hints(cls)
    missing = dataclasses.MISSING
    return tuple(
        (item.name, hints[item.name], item.default is not missing or item.default_factory is not missing)
        for item in dataclasses.fields(cls)
    )


def _union_members(declared_type: Any) -> tuple[Any, ...]:
    """Return the members of a union, () when it is none."""
    return get_args(declared_type) if get_origin(declared_type) in (Union, types.UnionType) else ()


def _is_dataclass(declared_type: Any) -> bool:
    return isinstance(declared_type, type) and dataclasses.is_dataclass(declared_type)


def _encode(value: Any, declared_type: Any) -> Any:
    if members := _union_members(declared_type):
        return _encode_member(value, members, declared_type)
    if _is_dataclass(declared_type) and isinstance(value, declared_type):
        return {name: _encode_at(f".{name}", getattr(value, name), hint) for name, hint, _ in _fields(declared_type)}
    if isinstance(declared_type, type) and issubclass(declared_type, Enum) and isinstance(value, declared_type):
        return value.value
    origin, arguments = get_origin(declared_type), get_args(declared_type)
    if origin is tuple and isinstance(value, tuple):
        pairs = zip(value, _item_types(value, arguments, declared_type), strict=True)
        return [_encode_at(f"[{index}]", item, hint) for index, (item, hint) in enumerate(pairs)]
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        return {str(key): _encode_at(f"[{key!r}]", item, arguments[1]) for key, item in value.items()}
    return _checked_primitive(value, declared_type)


def _encode_at(step: str, value: Any, declared_type: Any) -> Any:
    try:
        return _encode(value, declared_type)
    except _TypeMismatchError as mismatch:
        raise mismatch.prefixed(step) from mismatch


def _encode_member(value: Any, members: tuple[Any, ...], declared_type: Any) -> Any:
    if value is None and types.NoneType in members:
        return None
    if type(value) in members and _is_dataclass(type(value)):
        plain = _encode(value, type(value))
        is_ambiguous = sum(1 for member in members if _is_dataclass(member)) > 1
        return {CLASS_TAG: type(value).__name__, **plain} if is_ambiguous else plain
    value_types = [member for member in members if member is not types.NoneType]
    if len(value_types) == 1:
        return _encode(value, value_types[0])
    raise _TypeMismatchError(declared_type, value)


_Decoder = Callable[[Any], Any]


@cache
def _decoder_for(declared_type: Any) -> _Decoder:
    """Return what turns plain data into a value of the type; its declaration is taken apart once, not per value."""
    if members := _union_members(declared_type):
        return _member_decoder(members, declared_type)
    if _is_dataclass(declared_type):
        return _dataclass_decoder(declared_type)
    if isinstance(declared_type, type) and issubclass(declared_type, Enum):
        return _enum_decoder(declared_type)
    origin, arguments = get_origin(declared_type), get_args(declared_type)
    if origin is tuple:
        return _tuple_decoder(arguments, declared_type)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping_decoder(arguments[1], declared_type)
    return lambda data: _checked_primitive(data, declared_type)


def _member_decoder(members: tuple[Any, ...], declared_type: Any) -> _Decoder:
    value_types = [member for member in members if member is not types.NoneType]
    is_optional = len(value_types) < len(members)
    if len(value_types) == 1:
        decode = _decoder_for(value_types[0])
        return (lambda data: None if data is None else decode(data)) if is_optional else decode
    class_by_name = {member.__name__: member for member in value_types if _is_dataclass(member)}

    def decode_member(data: Any) -> Any:
        if data is None and is_optional:
            return None
        cls = class_by_name.get(str(data.get(CLASS_TAG))) if isinstance(data, Mapping) else None
        if cls is None:
            raise _TypeMismatchError(declared_type, data)
        return _decoder_for(cls)({key: item for key, item in data.items() if key != CLASS_TAG})

    return decode_member


def _dataclass_decoder(declared_type: Any) -> _Decoder:
    @cache
    def fields() -> tuple[tuple[str, Any, bool, _Decoder], ...]:  # when first asked for: types may hold themselves
        return tuple(
            (name, hint, has_default, _decoder_for(hint)) for name, hint, has_default in _fields(declared_type)
        )

    def decode_dataclass(data: Any) -> Any:
        if type(data) is not dict and not isinstance(data, Mapping):  # the first is ten times as quick to ask
            raise _TypeMismatchError(declared_type, data)
        values = {}
        for name, hint, has_default, decode in fields():
            if name in data:
                try:
                    values[name] = decode(data[name])
                except _TypeMismatchError as mismatch:
                    raise mismatch.prefixed(f".{name}") from mismatch
            elif not has_default:
                raise _TypeMismatchError(hint, None, f".{name}")
        if len(values) < len(data):
            unknown = min(set(data) - values.keys())
            raise _TypeMismatchError(declared_type, data[unknown], f".{unknown}")
        return declared_type(**values)

    return decode_dataclass


def _enum_decoder(declared_type: type[Enum]) -> _Decoder:
    def decode_enum(data: Any) -> Any:
        try:
            return declared_type(data)
        except ValueError as error:
            raise _TypeMismatchError(declared_type, data) from error

    return decode_enum


def _tuple_decoder(arguments: tuple[Any, ...], declared_type: Any) -> _Decoder:
    def decode_tuple(data: Any) -> Any:
        if not isinstance(data, list):
            raise _TypeMismatchError(declared_type, data)
        decoders = [_decoder_for(hint) for hint in _item_types(data, arguments, declared_type)]
        values: list[Any] = []
        try:
            for item, decode in zip(data, decoders, strict=True):
                values.append(decode(item))
        except _TypeMismatchError as mismatch:
            raise mismatch.prefixed(f"[{len(values)}]") from mismatch
        return tuple(values)

    return decode_tuple


def _mapping_decoder(hint: Any, declared_type: Any) -> _Decoder:
    def decode_mapping(data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise _TypeMismatchError(declared_type, data)
        decode = _decoder_for(hint)
        values: dict[str, Any] = {}
        for key, item in data.items():
            try:
                values[key] = decode(item)
            except _TypeMismatchError as mismatch:
                raise mismatch.prefixed(f"[{key!r}]") from mismatch
        return values

    return decode_mapping


def _item_types(items: Any, arguments: tuple[Any, ...], declared_type: Any) -> list[Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return [arguments[0]] * len(items)
    if len(arguments) != len(items):
        raise _TypeMismatchError(declared_type, items)
    return list(arguments)


def _checked_primitive(value: Any, declared_type: Any) -> Any:
    if declared_type is float and type(value) is int:
        return float(value)  # JSON does not tell 1.0 from 1
    if declared_type in (str, int, float, bool) and type(value) is declared_type:
        return value
    if declared_type is float and isinstance(value, float):
        return float(value)
    if declared_type is str and isinstance(value, str):
        return str(value)
    raise _TypeMismatchError(declared_type, value)
