"""A plan as the text of its file, and back.

Three things differ between a record and its file. What has its default value is left out. What rows of one sort have
in common stands once, in the table ``[common]``: a course of forty visits repeats its rules so often that the file
would be three times as long, and reading them three times as slow. And visits are held in the plan's time zone, other
moments in UTC, since TOML knows offsets but no zones.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from kapplan.dataclass import replace
from kapplan.dates import EARLIEST, LATEST
from kapplan.errors import FileProblem, InvalidFileError, UsageError
from kapplan.files.plans.integrity import KEY, agrees, checksum_of
from kapplan.files.plans.migrations import migrated
from kapplan.files.plans.references import reference_faults, twice
from kapplan.files.toml.faults import Fault, Path, locate
from kapplan.files.toml.parse import parse, validated
from kapplan.files.toml.sources import MEBIBYTE, SourceFile
from kapplan.files.toml.validator import keys_of, own_copy
from kapplan.model.fields import Span
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.availability.timezones import zone, zone_names
from kapplan.planning.journal.chain import first_broken

Data = dict[str, Any]

LARGEST = 16 * MEBIBYTE
"""The most bytes a plan file may have; its history grows with every change."""
KEPT = 16
"""How many plans that were read last are kept in memory: a command reads its own once, and once more in its book.

As many as a folder has without an index, which are read again under the lock of the book."""


class Rows(NamedTuple):
    """Rows of one sort: where they stand (``*`` for every index) and the key by which they are alike."""

    name: str
    path: tuple[str, ...]
    by: str


ROWS = (
    Rows("visits", ("visits",), "kind"),
    Rows("timing", ("visits", "*", "timing"), "rule"),
    Rows("because", ("visits", "*", "because"), "rule"),
    Rows("regimen-visits", ("regimen", "visits"), "type"),
    Rows("regimen-timing", ("regimen", "timing"), "rule"),
)
"""What ``[common]`` may hold; outer rows come before the rows inside them."""


def text_of(plan: Plan) -> str:
    """Return the text of a plan's file; ``ValueError`` where a moment has no zone.

    ``UsageError`` where a day is none that a file may hold: what is written can be read.
    """
    import tomli_w

    data = {"format": plan.format, **packed(data_of(_in_file(plan)))}
    text = tomli_w.dumps({"format": plan.format, KEY: checksum_of(data), **data})
    for day in _DAY.finditer(text):
        if not EARLIEST.year <= int(day[1]) <= LATEST.year:
            hint = f"the years are {EARLIEST.year} to {LATEST.year}"
            raise UsageError(
                f"the plan would have a visit or a date in the year {day[1]}; nothing is written", hint=hint
            )
    return text


def bytes_of(plan: Plan) -> bytes:
    """Return the bytes of a plan's file; what no file can hold (half of a surrogate pair) becomes a question mark.

    Raises ``RuntimeError`` for a plan that could not be read again: the one before it stays where it lies.
    """
    in_file = _in_file(plan)
    for fault in (*_plan_faults(in_file), *reference_faults(in_file)):
        raise RuntimeError(f"the plan could not be read again: {fault.message}")
    return text_of(plan).encode("utf-8", "replace")


@lru_cache(maxsize=KEPT)
def plan_of(source: SourceFile) -> Plan:
    """Read a plan, doubted where it is not as it was written; ``InvalidFileError`` has all problems of the file."""
    found = parse(source, largest=LARGEST, entries=None)
    whole = agrees(found)
    data = migrated({key: value for key, value in found.items() if key != KEY}, source)
    faults = _common_faults(data)
    rows = {key: value for key, value in data.items() if key != "common"}
    common = {} if faults else data.get("common", {})

    @cache
    def moved() -> dict[Path, Path]:
        places: dict[Path, Path] = {}
        unpacked(rows, common, places)
        return places

    def origin(path: Path) -> Path:
        return _moved(path, moved())

    plan = validated(Plan, unpacked(rows, common), source, faults=faults, origin=origin)
    faults = [*_plan_faults(plan), *reference_faults(plan)]
    if faults:
        raise InvalidFileError(locate(source, [fault._replace(path=origin(fault.path)) for fault in faults]))
    plan = _in_memory(plan)
    if not whole:
        return replace(plan, doubted="content")
    return plan if first_broken(plan.history) is None else replace(plan, doubted="history")


def sound(plan: Plan) -> Plan:
    """Return an earlier state of a plan, made from its history, if it is one that could be read from a file.

    Raises ``InvalidFileError`` where what the history keeps of it is damaged.
    """
    name = "the plan's history"
    try:
        text = text_of(plan)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise InvalidFileError((FileProblem(message=f"revision {plan.revision} is damaged", file=name),)) from error
    plan_of(SourceFile.of_text(text, f"{name}, revision {plan.revision}"))
    return plan


def _plan_faults(plan: Plan) -> Iterator[Fault]:
    """Yield what is wrong with a plan whose keys and types are right."""
    if plan.timezone not in zone_names():
        yield Fault(("timezone",), f'unknown time zone "{plan.timezone}"', 'an IANA name such as "America/Denver"')
    yield from twice(("visits",), plan.visits)
    yield from twice(("withdrawn",), plan.withdrawn)
    yield from twice(("regimen", "visits"), plan.regimen.visits)
    for index, visit in enumerate(plan.visits):
        if visit.start.tzinfo and visit.end.tzinfo and visit.start >= visit.end:
            yield Fault(("visits", index, "end"), f"`{visit.id}` must end after it starts")
    for path, moment in _moments(plan):
        if moment.tzinfo is None:
            expected = f"the same with its offset, such as {moment.isoformat()}-07:00"
            yield Fault(path, f"`{path[-1]}` must say its offset from UTC", expected)


def _moments(plan: Plan) -> Iterator[tuple[Path, datetime]]:
    """Yield all moments of a plan with their paths."""
    yield ("created",), plan.created
    yield ("revised",), plan.revised
    for rows, visits in (("visits", plan.visits), ("withdrawn", plan.withdrawn)):
        for index, visit in enumerate(visits):
            for name in ("start", "end", "revised", "actual", "original"):
                moment = getattr(visit, name)
                if moment is not None:
                    yield (rows, index, name), moment
    for index, entry in enumerate(plan.history):
        yield ("history", index, "at"), entry.at
    for visit_id, start in plan.told.items():
        yield ("told", visit_id), start


def _in_file(plan: Plan) -> Plan:
    """Return a plan with every moment as its file has it."""
    for path, moment in _moments(plan):
        if moment.tzinfo is None:
            raise ValueError(f"{path} has no time zone")
    return _in_memory(plan)


def _in_memory(plan: Plan) -> Plan:
    """Return a plan with its visits in its time zone and all other moments in UTC."""
    here = zone(plan.timezone)
    return replace(
        plan,
        created=plan.created.astimezone(UTC),
        revised=plan.revised.astimezone(UTC),
        told={visit: start.astimezone(here) for visit, start in plan.told.items()},
        visits=tuple(_visit_in(visit, here) for visit in plan.visits),
        withdrawn=tuple(_visit_in(visit, here) for visit in plan.withdrawn),
        history=tuple(replace(entry, at=entry.at.astimezone(UTC)) for entry in plan.history),
    )


def _visit_in(visit: PlannedVisit, here: ZoneInfo) -> PlannedVisit:
    return replace(
        visit,
        start=visit.start.astimezone(here),
        end=visit.end.astimezone(here),
        actual=visit.actual.astimezone(here) if visit.actual is not None else None,
        original=visit.original.astimezone(here) if visit.original is not None else None,
        revised=visit.revised.astimezone(UTC),
    )


def data_of(value: Any) -> Any:
    """Return a record as plain data, keys as in files, without what has its default value."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Span):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: data_of(content)
            for name, field, default in _shape(type(value))
            if (content := getattr(value, field)) is not None and (default is _REQUIRED or content != default)
        }
    if isinstance(value, tuple | list):
        return [data_of(item) for item in value]
    if isinstance(value, Mapping):
        return {key: data_of(item) for key, item in value.items()}
    return value


_DAY = re.compile(r'^[^"\n]*= (\d{4})-\d\d-\d\d', re.MULTILINE)
"""A day or moment that stands in a file as such; what stands in quotes is text."""
_PLAIN = frozenset({str, int, bool, float, date, datetime})
_REQUIRED = object()


@cache
def _shape(record: type) -> tuple[tuple[str, str, Any], ...]:
    """Return name in the file, name of the field and default of each key of a record."""
    shape = []
    for key in keys_of(record).values():
        default: Any = _REQUIRED
        if key.field.default is not dataclasses.MISSING:
            default = key.field.default
        elif key.field.default_factory is not dataclasses.MISSING:
            default = key.field.default_factory()
        shape.append((key.name, key.field.name, default))
    return tuple(shape)


def packed(data: Data) -> Data:
    """Return a plan's data with what rows of one sort have in common moved to ``common``."""
    common: Data = {}
    for rows in reversed(ROWS):
        groups: dict[str, list[Data]] = defaultdict(list)
        for _, row in _rows(data, rows.path):
            groups[row[rows.by]].append(row)
        shared = {name: _take_common(group, rows.by) for name, group in groups.items() if len(group) > 1}
        shared = {name: table for name, table in shared.items() if table}
        if shared:
            common[rows.name] = shared
    return {**data, "common": common} if common else data


def _take_common(group: list[Data], by: str) -> Data:
    """Take out of rows what most of them agree on and return it; a row that differs keeps its own."""
    common: Data = {}
    for key in list(group[0]):
        if key == by or not all(key in row for row in group):
            continue
        told = [repr(row[key]) for row in group]
        value, count = Counter(told).most_common(1)[0]
        if count * 2 <= len(group):
            continue
        common[key] = group[told.index(value)][key]
        for row, own in zip(group, told, strict=True):
            if own == value:
                del row[key]
    return common


def unpacked(data: Data, common: Data, moved: dict[Path, Path] | None = None) -> Data:
    """Return a plan file's data with what rows have in common put back into each.

    ``moved`` is filled with where such values stand in the file. Data of wrong types are left for the validator.
    """
    data = own_copy(data)
    for rows in ROWS:
        shared = common.get(rows.name, {})
        for path, row in _rows(data, rows.path):
            name = row.get(rows.by)
            taken = shared.get(name) if isinstance(name, str) else None
            if not isinstance(taken, dict):
                continue
            for key, value in taken.items():
                if key not in row:
                    row[key] = own_copy(value)
                    if moved is not None:
                        moved[(*path, key)] = ("common", rows.name, str(name), key)
    return data


def _rows(data: Any, path: tuple[str, ...], at: Path = ()) -> Iterator[tuple[Path, Data]]:
    """Yield the rows at a path together with their own paths; what is no row is passed over."""
    if path and path[0] != "*":
        if isinstance(data, dict) and path[0] in data:
            yield from _rows(data[path[0]], path[1:], (*at, path[0]))
        return
    for index, row in enumerate(data if isinstance(data, list) else ()):
        if path:
            yield from _rows(row, path[1:], (*at, index))
        elif isinstance(row, dict):
            yield (*at, index), row


def _moved(path: Path, moved: Mapping[Path, Path]) -> Path:
    """Return where the value at a path stands in the file."""
    for length in range(len(path), 0, -1):
        if path[:length] in moved:
            return (*moved[path[:length]], *path[length:])
    return path


def _common_faults(data: Data) -> list[Fault]:
    """Return what is wrong with the table ``[common]`` itself."""
    common = data.get("common", {})
    if not isinstance(common, dict):
        return [Fault(("common",), "`common` must be a table")]
    names = [rows.name for rows in ROWS]
    faults = [
        Fault(("common", name), f"unknown key `{name}` in the table [common]", "one of " + ", ".join(names), key=True)
        for name in common
        if name not in names
    ]
    for name, tables in common.items():
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            faults.append(Fault(("common", name), f"`{name}` must be a table of tables"))
    return faults
