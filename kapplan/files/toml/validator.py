"""From the annotations of the model's records to a strict reader of plain data.

A record is a frozen dataclass. Its schema for pydantic's validator is built here rather than by pydantic's
``TypeAdapter``, which is slower to import and to build than a whole command may take and takes no configuration for
plain dataclasses. Scalars are strict (``1.0`` is no whole number, ``true`` no number, a date no date-time), unknown
keys are errors, and every error is reported.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from inspect import get_annotations
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from kapplan.dates import EARLIEST, LATEST
from kapplan.errors import PathKey

CHOICE = "\0choice:"
"""Begins the steps that a choice between types puts into an error's path; they are no part of the file."""

LARGEST = 1_000_000
"""Bounds every whole number in a file."""

_SCALARS: dict[type, dict[str, Any]] = {
    str: {"type": "str"},
    int: {"type": "int", "ge": -LARGEST, "le": LARGEST},
    float: {"type": "float"},
    bool: {"type": "bool"},
    date: {"type": "date", "ge": EARLIEST, "le": LATEST},
    datetime: {"type": "datetime", "ge": datetime(EARLIEST.year, 1, 1), "le": datetime(LATEST.year, 12, 31)},  # noqa: DTZ001
}


class Key(NamedTuple):
    """One key of a table: its name in files, the record's field, its annotation and whether it must be given."""

    name: str
    field: dataclasses.Field[Any]
    annotation: Any
    required: bool


@cache
def keys_of(record: type) -> Mapping[str, Key]:
    """Return the keys of a record's table by their names in files (``from`` for the field ``from_``)."""
    annotations: dict[str, Any] = {}
    for base in reversed(record.__mro__):  # twice as fast as typing.get_type_hints, which checks each of them
        annotations |= get_annotations(base, eval_str=True)
    keys = {}
    for field in dataclasses.fields(record):
        name = field.name.rstrip("_")
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        keys[name] = Key(name, field, annotations[field.name], required)
    return types.MappingProxyType(keys)


def choices(annotation: Any) -> tuple[Any, ...]:
    """Return what a value may be: the members of a union without ``None`` and with its literals joined to one."""
    if get_origin(annotation) not in {Union, types.UnionType}:
        return (annotation,)
    members = [member for member in get_args(annotation) if member is not type(None)]
    literals = [value for member in members if get_origin(member) is Literal for value in get_args(member)]
    others = [member for member in members if get_origin(member) is not Literal]
    return (*others, Literal[tuple(literals)]) if literals else tuple(others)


def split(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return an annotation without its constraints, and the constraints."""
    if get_origin(annotation) is Annotated:
        bare, *constraints = get_args(annotation)
        return bare, tuple(constraints)
    return annotation, ()


def own_copy(value: Any) -> Any:
    """Return a copy of plain data whose tables and lists are its own."""
    if isinstance(value, dict):
        return {key: own_copy(item) for key, item in value.items()}
    return [own_copy(item) for item in value] if isinstance(value, list) else value


def annotation_at(record: Any, path: tuple[PathKey, ...]) -> Any:
    """Return the annotation of the value at a path below a record; ``None`` where the record knows no such path."""
    members = choices(split(record)[0])
    if not path:
        return record
    step, rest = path[0], path[1:]
    for member in members:
        bare, _ = split(member)
        inner = _inside(bare, step)
        found = annotation_at(inner, rest) if inner is not None else None
        if found is not None:
            return found
    return None


def _inside(bare: Any, step: PathKey) -> Any:
    """Return the annotation of one key of a table or one item of a list."""
    if dataclasses.is_dataclass(bare) and isinstance(bare, type):
        key = keys_of(bare).get(str(step))
        return key.annotation if key is not None else None
    arguments = get_args(bare)
    if get_origin(bare) is dict:
        return arguments[1]
    if get_origin(bare) is tuple and isinstance(step, int):
        return arguments[0] if arguments[-1] is Ellipsis else arguments[min(step, len(arguments) - 1)]
    return None


@cache
def validator(record: type) -> Any:
    """Return the validator of a record's table; built once, since building takes milliseconds."""
    from pydantic_core import SchemaValidator

    return SchemaValidator(_schema(record), {"strict": True, "allow_inf_nan": False})


def _schema(annotation: Any) -> dict[str, Any]:
    """Return the validator's schema of an annotation."""
    bare, constraints = split(annotation)
    members = choices(bare)
    schema = _one_schema(members[0]) if len(members) == 1 else _choice_schema(members)
    for constraint in constraints:
        schema = constraint.__get_pydantic_core_schema__(bare, lambda _, inner=schema: inner)
    return schema


def _one_schema(annotation: Any) -> dict[str, Any]:
    """Return the schema of an annotation that is no choice between types."""
    bare, constraints = split(annotation)
    if constraints:
        return _schema(annotation)
    if isinstance(bare, type) and get_origin(bare) is None:
        return _record_schema(bare) if dataclasses.is_dataclass(bare) else _SCALARS[bare]
    return _container_schema(bare)


def _container_schema(bare: Any) -> dict[str, Any]:
    """Return the schema of a literal, a table with open keys, or a list."""
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is Literal:
        return {"type": "literal", "expected": list(arguments)}
    if origin is dict:
        return {"type": "dict", "keys_schema": _schema(arguments[0]), "values_schema": _schema(arguments[1])}
    if origin is tuple and arguments[-1] is Ellipsis:
        items = [_schema(arguments[0])]
        return {"type": "tuple", "items_schema": items, "variadic_item_index": 0, "strict": False}
    return {"type": "tuple", "items_schema": [_schema(item) for item in arguments], "strict": False}


def _choice_schema(members: tuple[Any, ...]) -> dict[str, Any]:
    """Return the schema of a value of several types, told apart by the type that the file gives it.

    Trying one after the other would report the faults of them all.
    """
    tags = {kind: CHOICE + str(index) for index, member in enumerate(members) for kind in _plain_types(member)}
    return {
        "type": "tagged-union",
        "discriminator": lambda value: tags.get(type(value)),
        "choices": {CHOICE + str(index): _schema(member) for index, member in enumerate(members)},
    }


def _plain_types(annotation: Any) -> tuple[type, ...]:
    """Return the types of plain data that can stand for an annotation."""
    bare, _ = split(annotation)
    if isinstance(bare, type) and dataclasses.is_dataclass(bare):
        return (dict,)
    origin = get_origin(bare)
    if origin is Literal:
        return tuple({type(value) for value in get_args(bare)})
    if origin is dict:
        return (dict,)
    if origin is tuple:
        return (list, tuple)
    return (float, int) if bare is float else (bare,)


@cache
def _record_schema(record: type) -> dict[str, Any]:
    """Return the schema of a record: a table with known keys only."""
    fields = [
        {
            "type": "dataclass-field",
            "name": key.field.name,
            "kw_only": True,
            "init": True,
            "validation_alias": key.name,
            "schema": _field_schema(key),
        }
        for key in keys_of(record).values()
    ]
    return {
        "type": "dataclass",
        "cls": record,
        "fields": [key.field.name for key in keys_of(record).values()],
        "slots": True,
        "frozen": True,
        "strict": False,
        "config": {"strict": True, "allow_inf_nan": False},
        "schema": {
            "type": "dataclass-args",
            "dataclass_name": record.__name__,
            "fields": fields,
            "extra_behavior": "forbid",
        },
    }


def _field_schema(key: Key) -> dict[str, Any]:
    """Return the schema of a key, with its default where it may be left out."""
    schema = _schema(key.annotation)
    if key.required:
        return schema
    if key.field.default_factory is not dataclasses.MISSING:
        return {"type": "default", "schema": schema, "default_factory": key.field.default_factory}
    return {"type": "default", "schema": schema, "default": key.field.default}
