"""Plain data and back: production's frozen dataclasses as JSON-ready values that decode to equal dataclasses.

`digest.plain_data` is enough to compare values; this is for storing them. It goes by the
declared types: a field that may hold one of several dataclasses says which one it holds.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic_core import CoreSchema, SchemaSerializer, SchemaValidator, ValidationError, core_schema

from tower_anime_assets.errors import PlanError

T = TypeVar("T")

CLASS_TAG = "is"
"""The key under which a member of a union of dataclasses names its class."""


def to_plain(value: Any) -> Any:
    """Return a dataclass of `production` as JSON-ready data.

    Raises:
        PlanError: It holds something that its declared type does not allow.
    """
    cls: Any = type(value)
    validator, serializer = _codec(cls)
    try:
        return serializer.to_python(validator.validate_python(value), mode="json")
    except ValidationError as error:
        raise PlanError(_describe(cls, error)) from error


def from_plain(cls: type[T], data: Any) -> T:
    """Return the dataclass that `to_plain` turned into `data`; missing fields take their defaults.

    Raises:
        PlanError: The data does not have that shape; the message says where.
    """
    shape: Any = cls
    try:
        value: T = _codec(shape)[0].validate_python(data)
    except ValidationError as error:
        raise PlanError(
            f"{_describe(cls, error)}. Another version of this program saved it: read the episode's files again"
        ) from error
    return value


def _describe(cls: type, error: ValidationError) -> str:
    """Return the first mismatch, such as "Cut.items[0].shot is 1; expected a valid string"."""
    first = error.errors(include_url=False)[0]
    path = cls.__name__ + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
    if first["type"] == "missing":
        return f"{path} is missing"
    if first["type"] == "unexpected_keyword_argument":
        return f"{path} is {first['input']!r:.80}; there is no such field"
    return f"{path} is {first['input']!r:.80}; expected {first['msg'].removeprefix('Input should be ')}"


@cache
def _codec(cls: Any) -> tuple[SchemaValidator, SchemaSerializer]:
    schema = _schema(cls)
    return SchemaValidator(schema), SchemaSerializer(schema)


def _schema(declared_type: Any) -> CoreSchema:
    """Return how pydantic checks a type.

    Not `pydantic.TypeAdapter`: it is strict about everything, and rejects a list for a tuple, or about nothing, and
    accepts "1" for 1.
    """
    origin, arguments = get_origin(declared_type), get_args(declared_type)
    if origin in (Union, types.UnionType):
        members = [member for member in arguments if member is not types.NoneType]
        schema = _schema(members[0]) if len(members) == 1 else _tagged_schema(members)
        return core_schema.nullable_schema(schema) if len(members) < len(arguments) else schema
    if origin is tuple:
        variadic_index = 0 if arguments[-1] is Ellipsis else None
        items = [_schema(item) for item in arguments if item is not Ellipsis]
        return core_schema.tuple_schema(items, variadic_item_index=variadic_index)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return core_schema.dict_schema(_schema(arguments[0]), _schema(arguments[1]))
    if dataclasses.is_dataclass(declared_type):
        return _dataclass_schema(declared_type)
    if issubclass(declared_type, Enum):
        return core_schema.enum_schema(declared_type, list(declared_type))
    scalars: dict[Any, CoreSchema] = {
        str: core_schema.str_schema(strict=True),
        int: core_schema.int_schema(strict=True),
        bool: core_schema.bool_schema(strict=True),
        float: core_schema.float_schema(strict=True, allow_inf_nan=False),
    }
    return scalars[declared_type]


def _dataclass_schema(cls: Any) -> CoreSchema:
    hints, missing = get_type_hints(cls), dataclasses.MISSING
    fields = []
    for item in dataclasses.fields(cls):
        schema = _schema(hints[item.name])
        if item.default is not missing:
            schema = core_schema.with_default_schema(schema, default=item.default)
        elif item.default_factory is not missing:
            schema = core_schema.with_default_schema(schema, default_factory=item.default_factory)
        fields.append(core_schema.dataclass_field(item.name, schema))
    arguments = core_schema.dataclass_args_schema(cls.__name__, fields, extra_behavior="forbid")
    return core_schema.dataclass_schema(cls, arguments, list(hints), revalidate_instances="always")


def _tagged_schema(classes: list[Any]) -> CoreSchema:
    def without_tag(value: Any) -> Any:
        return {key: item for key, item in value.items() if key != CLASS_TAG} if isinstance(value, dict) else value

    def with_tag(value: Any, serialize: Any) -> Any:
        return {CLASS_TAG: type(value).__name__, **serialize(value)}

    serialization = core_schema.wrap_serializer_function_ser_schema(with_tag)
    choices: dict[Any, CoreSchema] = {
        cls.__name__: core_schema.no_info_before_validator_function(
            without_tag, _dataclass_schema(cls), serialization=serialization
        )
        for cls in classes
    }
    return core_schema.tagged_union_schema(
        choices,
        lambda value: value.get(CLASS_TAG) if isinstance(value, dict) else type(value).__name__,
        custom_error_type="unknown_class",
        custom_error_message=f"one of {', '.join(choices)}, named under {CLASS_TAG!r}",
    )
