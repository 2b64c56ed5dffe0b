"""Records from the package's own data, without checks: tests hold those data to the strict reader.

Building the strict reader of a record takes longer than a command may spend on reading rules.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

from kapplan.files.records import choices, keys_of, split

Record = TypeVar("Record")
Convert = Callable[[Any], Any]


def trusted(record: type[Record], data: dict[str, Any]) -> Record:
    """Return the record of a table that is known to be right."""
    made: Record = _of_record(cast("type", record))(data)
    return made


@cache
def _of_record(record: type) -> Convert:
    """Return what makes a record of a table; keys of the file are looked up once."""
    names = {name: (key.field.name, key.annotation) for name, key in keys_of(record).items()}
    converts: dict[str, tuple[str, Convert | None]] = {}

    def convert(table: dict[str, Any]) -> Any:
        values = {}
        for name, value in table.items():
            if name not in converts:
                field, annotation = names[name]
                converts[name] = (field, _of(annotation))
            field, inner = converts[name]
            values[field] = value if inner is None else inner(value)
        return record(**values)

    return convert


def _of(annotation: Any) -> Convert | None:
    """Return what makes a value of plain data; ``None`` where they are the same."""
    members = [split(member)[0] for member in choices(split(annotation)[0])]
    tables = [member for member in members if _is_table(member)]
    lists = [member for member in members if get_origin(member) is tuple]
    if not tables and not lists:
        return None
    table = _of_table(tables[0]) if tables else None
    item = _of(get_args(lists[0])[0]) if lists else None

    def convert(value: Any) -> Any:
        if isinstance(value, dict) and table is not None:
            return table(value)
        if isinstance(value, list):
            return tuple(value) if item is None else tuple(item(one) for one in value)
        return value

    return convert


def _is_table(member: Any) -> bool:
    return get_origin(member) is dict or (isinstance(member, type) and hasattr(member, "__dataclass_fields__"))


def _of_table(member: Any) -> Convert:
    if get_origin(member) is not dict:
        return _of_record(member)
    inner = _of(get_args(member)[1])
    return dict if inner is None else lambda table: {key: inner(value) for key, value in table.items()}
