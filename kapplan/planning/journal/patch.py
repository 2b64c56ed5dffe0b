"""Patches: what to write over a plan to have it as it was, as compact JSON.

A patch is made of plain data: ``{key: patch}`` goes into a record, ``{"=": value}`` sets a value and ``{"-": 0}`` takes
a key away if it is there. Rows with an ``id`` are patched by it (``{"#": {id: patch}}``, with ``"order"`` where the
rows or their order differ); other lists by index where they are of one length (``{"@": {index: patch}}``), else by what
lies between their common beginning and end (``{"~": [beginning, end, rows]}``).
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

Data = Any
Rows = tuple[Any, ...]


_PLAIN = frozenset({str, int, bool, float, type(None)})
"""Types of most values, which are data as they are."""


def data_of(value: Any) -> Data:
    """Return a record as plain data that JSON can hold, without what has its default value."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if dataclasses.is_dataclass(kind):
        found = {}
        for name, default in _defaults(kind).items():
            held = getattr(value, name)
            if held != default:
                found[name] = held if type(held) in _PLAIN else data_of(held)
        return found
    if isinstance(value, (list, tuple)):
        return [data_of(item) for item in value]
    if isinstance(value, date):
        return (value.astimezone(UTC) if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, Mapping):
        return {str(key): data_of(item) for key, item in value.items()}
    return value


@cache
def _defaults(record: type) -> dict[str, Any]:
    """Return the default of each field, ``MISSING`` where it has none."""
    return {
        field.name: field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
        for field in dataclasses.fields(record)
    }


# Making and applying


def patch(new: Any, old: Any) -> Data:
    """Return what turns the data of ``new`` into the data of ``old``; ``{}`` where they are equal.

    Both are records or values of one type.
    """
    if new is old or new == old:
        return {}
    if type(new) is type(old):
        if dataclasses.is_dataclass(old):
            return _patch_of_record(new, old)
        if isinstance(old, tuple):
            return _patch_of_rows(new, old)
    return {"=": data_of(old)}


def _patch_of_record(new: Any, old: Any) -> Data:
    found: dict[str, Data] = {}
    kind: type = type(old)
    for name, default in _defaults(kind).items():
        now, before = getattr(new, name), getattr(old, name)
        if now is before or now == before:
            continue
        if before == default:
            found[name] = {"-": 0}
        elif now == default:
            found[name] = {"=": data_of(before)}
        else:
            found[name] = patch(now, before)
    return found


def _patch_of_rows(new: Rows, old: Rows) -> Data:
    if _has_ids(new) and _has_ids(old):
        before, now = {row.id: row for row in old}, {row.id: row for row in new}
        changed = {
            name: patch(now[name], row) if name in now else {"=": data_of(row)}
            for name, row in before.items()
            if now.get(name) != row
        }
        return {"#": changed} if list(before) == list(now) else {"#": changed, "order": list(before)}
    if len(new) == len(old):
        return {"@": {str(n): patch(new[n], old[n]) for n in range(len(new)) if new[n] != old[n]}}
    begin = _alike(new, old)
    end = _alike(new[begin:][::-1], old[begin:][::-1])
    return {"~": [begin, end, data_of(old[begin : len(old) - end])]}


def _has_ids(rows: Rows) -> bool:
    ids = [getattr(row, "id", None) for row in rows]
    return None not in ids and len(ids) == len(set(ids))


def _alike(one: Rows, other: Rows) -> int:
    """Return how many rows two tuples begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def patched(data: Data, change: Data) -> Data:
    """Return data with a patch applied."""
    if not change:
        return data
    if "=" in change:
        return change["="]
    if "#" in change:
        rows = {row["id"]: row for row in data}
        rows |= {name: patched(rows.get(name), one) for name, one in change["#"].items()}
        return [rows[name] for name in change.get("order", rows)]
    if "@" in change:
        return [patched(row, change["@"].get(str(n), {})) for n, row in enumerate(data)]
    if "~" in change:
        begin, end, rows_between = change["~"]
        return [*data[:begin], *rows_between, *data[len(data) - end :]]
    kept = {key: patched(value, change.get(key, {})) for key, value in data.items() if "-" not in change.get(key, {})}
    return kept | {key: one["="] for key, one in change.items() if key not in data and "-" not in one}


# Back into records


def record_of(kind: Any, data: Data) -> Any:
    """Return plain data as a value of a type: a frozen record, a tuple, a date, a moment in UTC."""
    return _reader(kind)(data)


@cache
def _reader(kind: Any) -> Callable[[Data], Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _reader(arguments[0])
    if origin in {Union, types.UnionType}:
        return _reader_of_union(arguments)
    if origin is tuple:
        return _reader_of_tuple(arguments)
    if origin is dict:
        read = _reader(arguments[1])
        return lambda data: {key: read(item) for key, item in data.items()}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _reader_of_record(kind)
    plain: dict[Any, Callable[[Data], Any]] = {datetime: datetime.fromisoformat, date: date.fromisoformat}
    return plain.get(kind, _as_it_is)


def _as_it_is(data: Data) -> Data:
    return data


def _reader_of_union(arguments: tuple[Any, ...]) -> Callable[[Data], Any]:
    """Return the reader of a value that may be missing; other unions are of plain values only."""
    held = [argument for argument in arguments if argument is not type(None)]
    if len(held) > 1:
        return _as_it_is
    read = _reader(held[0])
    return lambda data: None if data is None else read(data)


def _reader_of_tuple(arguments: tuple[Any, ...]) -> Callable[[Data], Any]:
    if arguments[-1:] == (Ellipsis,):
        read = _reader(arguments[0])
        return lambda data: tuple(read(item) for item in data)
    readers = [_reader(argument) for argument in arguments]
    return lambda data: tuple(read(item) for read, item in zip(readers, data, strict=True))


def _reader_of_record(kind: type) -> Callable[[Data], Any]:
    readers: dict[str, Callable[[Data], Any]] = {}

    def read(data: Data) -> Any:
        if not readers:
            hints = get_type_hints(kind, include_extras=True)
            readers.update({field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)})
        return kind(**{name: readers[name](item) for name, item in data.items()})

    return read
