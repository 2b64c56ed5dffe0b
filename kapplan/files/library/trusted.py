"""Records from the package's own data, without checks: tests hold those data to the strict reader.

Building and running the strict reader for them would make ``plan`` a twentieth slower, and ``suggest``, which reads all
protocols, more so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

from kapplan.files.toml.validator import choices, keys_of, split

Record = TypeVar("Record")
Convert = Callable[[Any], Any]


def trusted(record: type[Record], data: dict[str, Any]) -> Record:
    """Return the record of a table that is known to be right."""
    made: Record = _of_record(cast("type", record))(data)
    return made


@cache
def _of_record(record: type) -> Convert:
    """Return what makes a record of a table; annotations are looked up only where a value has tables inside it."""
    names = {field.name.rstrip("_"): field.name for field in dataclasses.fields(record)}
    inner: dict[str, Convert] = {}

    def convert(table: dict[str, Any]) -> Any:
        values = {}
        for name, value in table.items():
            if not _has_tables(value):
                values[names[name]] = tuple(value) if isinstance(value, list) else value
                continue
            if name not in inner:
                inner[name] = _of(keys_of(record)[name].annotation)
            values[names[name]] = inner[name](value)
        return record(**values)

    return convert


def _has_tables(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], (dict, list)))


def _of(annotation: Any) -> Convert:
    """Return what makes a value of plain data."""
    members = [split(member)[0] for member in choices(split(annotation)[0])]
    record = next((member for member in members if dataclasses.is_dataclass(member)), None)
    if record is not None:
        return _of_record(cast("type", record))
    container = next(member for member in members if get_origin(member) in {tuple, dict})
    arguments = get_args(container)
    inner = _of(arguments[1]) if get_origin(container) is dict and _can_have_tables(arguments[1]) else None
    if get_origin(container) is dict:
        return lambda table: {key: inner(item) if inner else _plain(item) for key, item in table.items()}
    item = _of(arguments[0])
    return lambda items: tuple(item(one) for one in items)


def _can_have_tables(annotation: Any) -> bool:
    members = [split(member)[0] for member in choices(split(annotation)[0])]
    return any(dataclasses.is_dataclass(member) or get_origin(member) is dict for member in members)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
