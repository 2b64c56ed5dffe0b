"""The validator's errors in our own words: what is wrong, what was expected, what comes nearest."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any, Literal, get_args, get_origin

from kapplan.dates import EARLIEST, LATEST
from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.files.toml.sensitive import is_neutral, is_neutral_in_plan
from kapplan.files.toml.validator import CHOICE, LARGEST, annotation_at, choices, keys_of, split
from kapplan.model.fields import Bounds, Hours, ZoneName
from kapplan.model.plan import Plan
from kapplan.model.profile import Profile

_SHOWN = 40
"""How much of a text a message repeats."""

_OUT_OF_BOUNDS = {"greater_than_equal", "less_than_equal"}

_SCALARS: dict[Any, str] = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a day such as 2027-01-21 (without quotes)",
    datetime: "a moment such as 2027-01-21T09:00:00 (without quotes)",
}


def faults_of(record: type, errors: Iterable[Mapping[str, Any]], prefix: Path = ()) -> list[Fault]:
    """Return the validator's errors about a record as faults; ``prefix`` is where its table stands in the file."""
    faults = []
    for error in errors:
        path = tuple(step for step in error["loc"] if not (isinstance(step, str) and step.startswith(CHOICE)))
        fault = _fault(record, error, path, tells=_tells(record, path))
        faults.append(fault._replace(path=(*prefix, *fault.path)))
    return faults


def _tells(record: type, path: Path) -> bool:
    """Return whether a message may repeat what stands at a path: in a patient's files only what is not sensitive."""
    if record is Profile:
        return is_neutral(path)
    return is_neutral_in_plan(path) if record is Plan else True


def _fault(record: type, error: Mapping[str, Any], path: Path, *, tells: bool) -> Fault:
    kind = error["type"]
    if path and path[-1] == "[key]":
        return _bad_name(record, error, path[:-1])
    if kind == "unexpected_keyword_argument":
        return _unknown_key(record, path)
    if kind == "missing" and isinstance(path[-1], str):
        return _missing(record, path)
    if kind == "missing":
        path = path[:-1]
    if kind in _OUT_OF_BOUNDS and isinstance(error["input"], date):
        return Fault(path, f"{_named(path)} must lie between {EARLIEST} and {LATEST}")
    if kind == "value_error":
        return _refused(record, str(error["ctx"]["error"]), error["input"], path, tells=tells)
    return _wrong(record, error["input"], path, tells=tells)


def _unknown_key(record: type, path: Path) -> Fault:
    """Say which keys the table knows, and where a key that stands in the wrong table belongs."""
    table = annotation_at(record, path[:-1]) or record
    known = [key for member in choices(split(table)[0]) if _is_record(member) for key in keys_of(member)]
    where = f"the table [{_dotted(path[:-1])}]" if len(path) > 1 else "the file's top level"
    elsewhere = [_dotted(other) for other in _all_keys(record) if other[-1] == path[-1]]
    nearest = nearest_of(path[-1], known) or next(iter(elsewhere), None)
    return Fault(path, f"unknown key `{path[-1]}` in {where}", "one of " + ", ".join(known), nearest, key=True)


def _bad_name(record: type, error: Mapping[str, Any], path: Path) -> Fault:
    """Say what the names of an open table's keys may be."""
    tables = [split(member)[0] for member in choices(split(annotation_at(record, path[:-1]))[0])]
    names = next(get_args(table)[0] for table in tables if get_origin(table) is dict)
    if get_origin(names) is Literal:
        expected, nearest = "one of " + ", ".join(get_args(names)), nearest_of(path[-1], get_args(names))
        return Fault(path, f"unknown key `{path[-1]}` in [{_dotted(path[:-1])}]", expected, nearest, key=True)
    reason = str(error.get("ctx", {}).get("error", "is not a name"))
    return Fault(path, f"the name `{path[-1]}` {reason}", key=True)


def _missing(record: type, path: Path) -> Fault:
    """Say what must be given."""
    annotation = annotation_at(record, path)
    if _is_record(annotation):
        return Fault(path[:-1], f"the table [{_dotted(path)}] is missing", describe(annotation), key=True)
    return Fault(path[:-1], f"`{_dotted(path)}` is missing", describe(annotation), key=True)


def _refused(record: type, sentence: str, value: Any, path: Path, *, tells: bool) -> Fault:
    """Repeat the sentence of a constraint."""
    nearest = None
    if ZoneName in choices(annotation_at(record, path)) and isinstance(value, str):
        from zoneinfo import available_timezones

        nearest = nearest_of(value, sorted(available_timezones()))
    elif Hours in choices(annotation_at(record, path)) and isinstance(value, str):
        from kapplan.planning.phrases.typed_hours import typed_hours

        nearest = typed_hours(value)
    if sentence.startswith("must "):
        sentence = f"{_named(path)} {sentence}{_but_is(value, tells=tells)}"
    return Fault(path, sentence, nearest=nearest)


def _but_is(value: Any, *, tells: bool) -> str:
    return f", not {show(value)}" if tells else ""


def _wrong(record: type, value: Any, path: Path, *, tells: bool) -> Fault:
    """Say what a value must be and what it is."""
    annotation = annotation_at(record, path)
    words = _words(annotation)
    if words and isinstance(value, str):
        message = f"{_named(path)} cannot be {show(value) if tells else 'that'}"
        return Fault(path, message, describe(annotation), nearest_of(value, words))
    if isinstance(value, int) and abs(value) > LARGEST:
        return Fault(path, f"{_named(path)} is too large a number", f"{describe(annotation)}, {LARGEST} at most")
    nearest = _meant(value, annotation) if tells else None
    return Fault(path, f"{_named(path)} must be {describe(annotation)}{_but_is(value, tells=tells)}", nearest=nearest)


def _meant(value: Any, annotation: Any) -> str | None:
    """Return what the writer probably meant: the same without quotes, or without a fraction."""
    members = {split(member)[0] for member in choices(split(annotation)[0])}
    if isinstance(value, float) and int in members and value == value // 1:
        return str(int(value))
    if not isinstance(value, str):
        return f'"{value}"' if str in members and isinstance(value, int | date) else None
    guesses: dict[type, str] = {
        int: r"[+-]?\d{1,9}",
        float: r"[+-]?\d+(\.\d+)?",
        bool: r"true|false",
        date: r"\d{4}-\d\d-\d\d",
        datetime: r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?",
    }
    fits = any(re.fullmatch(guesses[member], value) for member in members if member in guesses)
    return f"{value} (without quotes)" if fits else None


def describe(annotation: Any) -> str:
    """Return in words what a value must be, such as ``a whole number from 0 to 27``."""
    bare, constraints = split(annotation)
    for constraint in constraints:
        if isinstance(constraint, Bounds):
            return _SCALARS[bare] + _range(constraint)
        return f'text such as "{constraint.example}"'
    members = choices(bare)
    if len(members) > 1:
        return " or ".join(describe(member) for member in members)
    bare, constraints = split(members[0])
    return describe(members[0]) if constraints else _describe_bare(bare)


def _describe_bare(bare: Any) -> str:
    if bare in _SCALARS:
        return _SCALARS[bare]
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is Literal:
        return ("one of " if len(arguments) > 1 else "") + ", ".join(f'"{argument}"' for argument in arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"a list, each item {describe(arguments[0])}"
    if origin is tuple:
        return f"a list of {len(arguments)}, each {describe(arguments[0])}"
    if origin is dict:
        return f"a table, each value {describe(arguments[1])}"
    return "a table with the keys " + ", ".join(keys_of(bare))


def show(value: Any) -> str:
    """Return a value as a TOML file would show it, shortened."""
    plain: dict[type, Callable[[Any], str]] = {
        bool: lambda flag: str(flag).lower(),
        int: lambda number: str(number) if abs(number) < 10**_SHOWN else "so large a number",
        float: str,
        date: str,
        datetime: lambda moment: moment.isoformat(),
        time: lambda moment: moment.isoformat(),
        list: lambda items: "a list" if items else "an empty list",
        dict: lambda _: "a table",
    }
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _SHOWN else f'"{value[: _SHOWN - 1]}…"'
    return plain.get(type(value), lambda _: "that")(value)


def _range(bounds: Bounds) -> str:
    if bounds.ge is not None and bounds.le is not None:
        return f" from {bounds.ge:g} to {bounds.le:g}"
    if bounds.ge is not None:
        return f", {bounds.ge:g} or more"
    return f", {bounds.le:g} at most" if bounds.le is not None else ""


def _words(annotation: Any) -> tuple[str, ...]:
    """Return the words of a closed vocabulary that a value may be."""
    members = choices(split(annotation)[0])
    return tuple(word for member in members if get_origin(member) is Literal for word in get_args(member))


def _named(path: Path) -> str:
    """Return how a sentence names the value at a path."""
    if path and isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {_named(path[:-1])}"
    return f"`{path[-1]}`" if path else "the file"


def _dotted(path: Path) -> str:
    """Return a path as TOML writes the key of a table, list indices left out."""
    return ".".join(step for step in path if isinstance(step, str))


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and dataclasses.is_dataclass(annotation)


@cache
def _all_keys(record: type) -> tuple[Path, ...]:
    return tuple(_paths_of_keys(record))


def _paths_of_keys(annotation: Any, prefix: Path = ()) -> Iterable[Path]:
    """Yield the paths of all keys of a record and the records inside it."""
    for member in choices(split(annotation)[0]):
        bare = split(member)[0]
        if _is_record(bare):
            for key in keys_of(bare).values():
                yield (*prefix, key.name)
                yield from _paths_of_keys(key.annotation, (*prefix, key.name))
        elif get_origin(bare) is tuple:
            yield from _paths_of_keys(get_args(bare)[0], prefix)
