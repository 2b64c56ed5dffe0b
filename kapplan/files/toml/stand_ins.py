"""Stand-ins for what is wrong in a file's data, so that the rest can still be checked and all problems told at once.

What is mended is never used for anything else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeVar, get_args, get_origin

from kapplan.errors import PathKey
from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.files.toml.validator import CHOICE, annotation_at, choices, keys_of, own_copy, split, validator
from kapplan.model.fields import Bounds

Record = TypeVar("Record")

_ROUNDS = 4
"""How often the data are mended; a mended table can show mistakes inside it that were hidden before."""

_STAND_INS: dict[Any, Any] = {
    str: "x",
    float: 0.0,
    bool: False,
    date: date(2027, 1, 1),
    datetime: datetime(2027, 1, 1, tzinfo=UTC),
}


def mended(record: type[Record], data: Any, errors: Iterable[Mapping[str, Any]]) -> Record | None:
    """Return a record from data that the validator refuses, with stand-ins; ``None`` where that does not work."""
    from pydantic_core import ValidationError

    whole = {"": own_copy(data)}
    check: Any = validator
    for _ in range(_ROUNDS):
        for error in errors:
            _mend(record, whole, error)
        try:
            valid: Record = check(record).validate_python(whole[""])
        except ValidationError as refused:
            errors = refused.errors(include_url=False)
        else:
            return valid
    return None


def untouched(faults: Iterable[Fault], broken: Collection[Path]) -> Iterator[Fault]:
    """Yield the faults that lie in no table in which something else was mended."""
    tables = [path[:-1] if len(path) > 1 else path for path in broken]
    for fault in faults:
        if not any(fault.path[: len(table)] == table for table in tables if table):
            yield fault


def _mend(record: type, whole: dict[str, Any], error: Mapping[str, Any]) -> None:
    """Put a stand-in in the place of one error; ``whole`` holds the data under the empty key."""
    path: Path = tuple(step for step in error["loc"] if not (isinstance(step, str) and step.startswith(CHOICE)))
    is_name = bool(path) and path[-1] == "[key]"
    path = path[:-1] if is_name else path
    if error["type"] == "missing" and isinstance(path[-1], int):
        path = path[:-1]
    table: Any = whole
    for step in ("", *path[:-1]) if path else ():
        if not _holds(table, step):
            return  # it stood under a key that was mended before it
        table = table[step]
    last = path[-1] if path else ""
    if not isinstance(table, dict) and not _holds(table, last):
        return
    if is_name or error["type"] == "unexpected_keyword_argument":
        _rename(record, table, path)
    elif isinstance(last, str) and path and _may_be_left_out(record, path):
        table.pop(last, None)
    else:
        table[last] = _stand_in(annotation_at(record, path))


def _holds(table: Any, step: PathKey) -> bool:
    """Return whether a step into plain data leads anywhere."""
    if isinstance(table, list):
        return isinstance(step, int) and step < len(table)
    return isinstance(table, dict) and step in table


def _rename(record: type, table: dict[str, Any], path: Path) -> None:
    """Give a value under an unknown key the name that was probably meant, if that is free."""
    value = table.pop(str(path[-1]), None)
    around = annotation_at(record, path[:-1])
    known = [key for member in choices(split(around)[0]) if dataclasses.is_dataclass(member) for key in keys_of(member)]  # type: ignore[arg-type]
    nearest = nearest_of(path[-1], known)
    if nearest is not None and nearest not in table:
        table[nearest] = value


def _may_be_left_out(record: type, path: Path) -> bool:
    around = annotation_at(record, path[:-1]) if len(path) > 1 else record
    for member in choices(split(around)[0]):
        if isinstance(member, type) and dataclasses.is_dataclass(member):
            key = keys_of(member).get(str(path[-1]))
            return key is not None and not key.required
    return get_origin(split(choices(split(around)[0])[0])[0]) is dict


def _stand_in(annotation: Any) -> Any:
    """Return plain data that an annotation accepts."""
    bare, constraints = split(choices(split(annotation)[0])[0] if not split(annotation)[1] else annotation)
    for constraint in constraints:
        if not isinstance(constraint, Bounds):
            return constraint.example
        return int(constraint.ge or 0)
    if bare is int:
        return 1
    if bare in _STAND_INS:
        return _STAND_INS[bare]
    return _stand_in_container(bare)


def _stand_in_container(bare: Any) -> Any:
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return [] if arguments[-1] is Ellipsis else [_stand_in(argument) for argument in arguments]
    if isinstance(bare, type) and dataclasses.is_dataclass(bare):
        return {key.name: _stand_in(key.annotation) for key in keys_of(bare).values() if key.required}
    return {}
