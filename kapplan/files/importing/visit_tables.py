"""Visit tables as coordinators keep them: a visit's name, its target day and a window around it.

REDCap's event table is one of them. Marks of byte order, padded headers, semicolons, tabs and both ends of line are
taken as they come; so are workbooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from kapplan.dataclass import replace
from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.importing import table_cells
from kapplan.files.importing.protocol_text import AS_WRITTEN, ReadAs
from kapplan.files.importing.schedule import MOST_VISITS, Schedule, ScheduleSlot, kind_by_name, listed, merged, settled
from kapplan.files.importing.table_headers import Heading, Holds
from kapplan.files.importing.table_rows import Table, TableRecord, read_table, table_problem
from kapplan.files.toml.sources import SourceFile
from kapplan.model.terms import Kind, Place

_TOLD = 20
"""How many rows that cannot be read are told one by one."""

_REMOTE = re.compile(r"phone|telephone|video|remote|tele|virtual|online")


class _Row(NamedTuple):
    """A row that was read: its target, and the cells of its window as numbers with their signs."""

    record: TableRecord
    title: str
    target: table_cells.TargetCell
    low: int | None
    high: int | None


def table_schedule(source: SourceFile, asked: ReadAs = AS_WRITTEN) -> Schedule:
    """Return the visits of a table; raises ``InvalidFileError`` with every cell that cannot be read.

    ``asked`` names the arm to carry over, and how windows are meant where the table can be read both ways.
    """
    table = read_table(source)
    records, of_arms = _one_arm(source, table.rows, asked.arm)
    records, not_foreseen = _foreseen(records)
    if len(records) > MOST_VISITS:
        message, line = f"{len(records)} visits: a schedule has at most {MOST_VISITS}", records[MOST_VISITS].line
        raise InvalidFileError((FileProblem(message=message, file=source.name, line=line, column=1),))
    rows = _read(source, records, table.columns)
    if not rows:
        raise InvalidFileError((FileProblem(message="the table has no visits", file=source.name, line=1, column=1),))
    around = _are_around(source, rows, table, asked)
    slots = [_slot(row, around=around) for row in rows]
    anchored, counted = _anchored(slots, from_one=any(row.target.from_one for row in rows))
    one_a_day, joined = merged(anchored)
    known, guessed = settled(one_a_day)
    return Schedule(
        slots=known,
        remarks=(
            *table.remarks, *not_foreseen, *of_arms, *_reading(table, around=around), *counted, *joined, *guessed,
            *_calls(known), *_unsaid(known, table.columns),
        ),
    )  # fmt: skip


# Rows


def _one_arm(
    source: SourceFile, rows: Sequence[TableRecord], wanted: str | None
) -> tuple[Sequence[TableRecord], tuple[str, ...]]:
    """Return the rows of one arm: the one asked for, else the first; rows of no arm belong to all."""
    arms = list(dict.fromkeys(row.cells["arm"] for row in rows if "arm" in row.cells))
    if wanted is not None and wanted.casefold() not in {arm.casefold() for arm in arms}:
        expected = f"one of {listed(arms)}" if arms else "a column that names the arms"
        message = f"the table has no arm {wanted}"
        raise InvalidFileError((FileProblem(message=message, file=source.name, line=1, column=1, expected=expected),))
    if len(arms) < 2:  # noqa: PLR2004  # one arm or none: nothing to choose
        return rows, ()
    chosen = arms[0] if wanted is None else next(arm for arm in arms if arm.casefold() == wanted.casefold())
    kept = [row for row in rows if row.cells.get("arm", chosen) == chosen]
    others = listed([arm for arm in arms if arm != chosen])
    return kept, (f"Only arm {chosen} is carried over, not {others}.", "Another one: --arm ARM.")


def _foreseen(rows: Sequence[TableRecord]) -> tuple[Sequence[TableRecord], tuple[str, ...]]:
    """Return the rows that stand for visits on foreseen days, and in words which do not."""
    kept: list[TableRecord] = []
    odd: list[str] = []
    for row in rows:
        if table_cells.is_no_visit(row.cells.get("name", ""), row.cells.get("day", "0")):
            odd.append(row.cells.get("name", f"line {row.line}"))
        else:
            kept.append(row)
    return kept, (f"Left out, since no day of it is foreseen: {listed(odd)}.",) if odd else ()


def _read(source: SourceFile, records: Sequence[TableRecord], columns: Mapping[Holds, Heading]) -> list[_Row]:
    rows: list[_Row] = []
    problems: list[FileProblem] = []
    for record in records:
        try:
            rows.append(_row(record, columns))
        except ValueError as error:
            problems.append(FileProblem(message=str(error), file=source.name, line=record.line, column=1))
    if problems:
        raise InvalidFileError(_first_of(problems))
    return rows


def _first_of(problems: Sequence[FileProblem]) -> tuple[FileProblem, ...]:
    """Return problems as they are told: of very many the first, and how many there are."""
    if len(problems) <= _TOLD:
        return tuple(problems)
    untold = len(problems) - _TOLD
    message = f"{untold} more row{'' if untold == 1 else 's'} cannot be read"
    more = FileProblem(message=message, file=problems[0].file)
    return (*problems[:_TOLD], more)


def _row(record: TableRecord, columns: Mapping[Holds, Heading]) -> _Row:
    """Return one row; raises ``ValueError`` with a sentence where a cell cannot be read."""
    cells = record.cells
    title = cells.get("name")
    if title is None:
        raise ValueError("the visit has no name")
    if "day" not in cells:
        raise ValueError(f"{title}: no target day")
    target = table_cells.target_of(cells["day"], columns["day"].unit)
    table_cells.minutes_of(cells.get("minutes"))
    low, high = _window(cells, columns)
    return _Row(record, " ".join(title.split()), target, low, high)


def _window(cells: Mapping[Holds, str], columns: Mapping[Holds, Heading]) -> tuple[int | None, int | None]:
    """Return the two sides of a row's window as they are written; those of one cell are days around the target."""
    both = cells.get("both")
    if both is not None:
        unit = columns["both"].unit
        pair = table_cells.pair_of(both, unit)
        if pair is not None:
            return -pair[0], pair[1]
        days = table_cells.days_of(both, unit)
        return (None, None) if days is None else (-days, days)
    pair = table_cells.pair_of(cells["minus"], columns["minus"].unit) if "minus" in cells else None
    if pair is not None:
        return -pair[0], pair[1]
    sides = [table_cells.number_of(cells.get(side), columns[side].unit if side in columns else 1) for side in _SIDES]
    if "plus" not in columns and sides[0] is not None:
        return -abs(sides[0]), abs(sides[0])
    return sides[0], sides[1]


_SIDES: tuple[Holds, Holds] = ("minus", "plus")


# What windows mean


def _are_around(source: SourceFile, rows: Sequence[_Row], table: Table, asked: ReadAs) -> bool:
    """Return whether windows are days around the target, rather than study days.

    Where the headers leave it open and the numbers can be read both ways, the file is refused with that question.
    """
    readings = {table.columns[side].reading for side in _SIDES if side in table.columns}
    if asked.windows is not None:
        return asked.windows == "around"
    if readings <= {"around"} or "minus" not in table.columns or "plus" not in table.columns:
        return True
    if "study-days" in readings:
        return not _fit_study_days(rows)
    if not _fit_study_days(rows):
        return True
    if not _fit_around(rows):
        return False
    low, high = (table.titles[side] for side in _SIDES)
    message = f"the columns {low} and {high} can be read in two ways: as study days, or as days around the target"
    expected = "--windows study-days, or --windows around"
    raise InvalidFileError((replace(table_problem(source, message, 1), expected=expected),))


def _bounded(rows: Sequence[_Row]) -> list[_Row]:
    return [row for row in rows if row.low is not None and row.high is not None and not row.target.months]


def _fit_study_days(rows: Sequence[_Row]) -> bool:
    """Tell whether each target lies within its window when that is one of study days."""
    return all((row.low or 0) <= row.target.day <= (row.high or 0) for row in _bounded(rows))


def _fit_around(rows: Sequence[_Row]) -> bool:
    """Tell whether windows can be days around the targets: on either side of them, and no visit before an earlier."""
    bounded = sorted(_bounded(rows), key=lambda row: row.target.day)
    if any((row.high or 0) < 0 for row in bounded):
        return False
    spans = [(row.target.day - abs(row.low or 0), row.target.day + abs(row.high or 0)) for row in bounded]
    return all(
        early[1] < late.target.day and span[0] > before.target.day
        for early, span, before, late in zip(spans, spans[1:], bounded, bounded[1:], strict=False)
        if before.target.day < late.target.day
    )


def _reading(table: Table, *, around: bool) -> Iterator[str]:
    readings = {table.columns[side].reading for side in _SIDES if side in table.columns}
    if len([side for side in _SIDES if side in table.columns]) > 1 and readings - {"around"}:
        low, high = (table.titles[side] for side in _SIDES)
        yield f"{low} and {high} are read as {'days around the target' if around else 'study days'}."


# Visits


def _slot(row: _Row, *, around: bool) -> ScheduleSlot:
    """Return a row as a visit that is counted from where the table counts from."""
    cells, target = row.record.cells, row.target
    minus, plus = _days_around(row, around=around)
    place = cells.get("place")
    return ScheduleSlot(
        title=row.title,
        day=target.day,
        months=target.months,
        until=target.until,
        minus=minus,
        plus=plus,
        kind=_kind(cells.get("kind")),
        place="clinic" if place is None else _place(place),
        minutes=table_cells.minutes_of(cells.get("minutes")),
    )


def _days_around(row: _Row, *, around: bool) -> tuple[int | None, int | None]:
    """Return the days that a visit may fall before and after its target."""
    target = row.target
    if target.around is not None:
        return target.around, target.around
    if row.low is None and row.high is None:
        return (0, 0) if target.until is not None else (None, None)
    if around:
        return (None if row.low is None else abs(row.low)), (None if row.high is None else abs(row.high))
    last = target.day if target.until is None else target.until
    return (None if row.low is None else target.day - row.low), (None if row.high is None else row.high - last)


def _kind(text: str | None) -> Kind | None:
    if text is None:
        return None
    wanted = text.casefold().strip()
    return wanted if wanted in get_args(Kind) else kind_by_name(text)


def _place(text: str) -> Place:
    words = text.casefold()
    if _REMOTE.search(words):
        return "remote"
    return "home" if re.search(r"\bhome\b", words) else "clinic"


def _anchored(slots: list[ScheduleSlot], *, from_one: bool) -> tuple[tuple[ScheduleSlot, ...], tuple[str, ...]]:
    """Return the slots counted from the visit of day 0, of day 1, of the first dose, or from the first.

    Where there is a day 1 and no day 0, the day before day 1 is day -1. The window of the visit that is counted from
    widens those of the visits before it, which were counted from its planned day.
    """
    ordered = sorted(slots, key=lambda slot: slot.months * 31 + slot.day)
    days = [slot.day for slot in ordered if not slot.months]
    no_zero = 0 not in days and (from_one or (1 in days and min(days) < 0))
    if no_zero:
        ordered = [_without_zero(slot) for slot in ordered]
    origin = _origin(ordered, (1,) if no_zero else (0, 1))
    base = ordered[origin]
    counted = []
    for number, slot in enumerate(ordered):
        if number == origin:
            counted.append(slot._replace(day=0, months=0, until=None, minus=None, plus=None))
            continue
        until = None if slot.until is None else slot.until - base.day
        counted.append(_widened(slot._replace(after=origin, day=slot.day - base.day, until=until), base))
    remark = f"All days are counted from {base.title}."
    if no_zero:
        remark += " Day -1 is the day before day 1: there is no day 0."
    return tuple(counted), (remark, *_own_window(ordered, origin))


def _without_zero(slot: ScheduleSlot) -> ScheduleSlot:
    if slot.months:
        return slot
    until = slot.until + 1 if slot.until is not None and slot.until < 0 else slot.until
    return slot._replace(day=slot.day + 1 if slot.day < 0 else slot.day, until=until)


def _widened(slot: ScheduleSlot, base: ScheduleSlot) -> ScheduleSlot:
    if slot.months or slot.day >= 0:
        return slot
    minus = None if slot.minus is None else slot.minus + (base.plus or 0)
    last = slot.day if slot.until is None else slot.until
    plus = None if slot.plus is None else max(slot.plus, min(slot.plus + (base.minus or 0), -last - 1))
    return slot._replace(minus=minus, plus=plus)


def _own_window(ordered: Sequence[ScheduleSlot], origin: int) -> Iterator[str]:
    """Say what becomes of the window of the visit that days are counted from."""
    base = ordered[origin]
    if not (base.minus or base.plus):
        return
    window = f"its own window (-{base.minus or 0}/+{base.plus or 0})"
    earlier = [slot.title for slot in ordered[:origin] if not slot.months and slot.day < base.day]
    if earlier:
        yield f"{base.title}: {window} lies between it and {listed(earlier)}."
    else:
        yield f"{base.title}: {window} has nothing to be counted from, and is left out."


def _origin(slots: list[ScheduleSlot], firsts: tuple[int, ...]) -> int:
    """Return the place of the visit that days are counted from: that of one of the ``firsts``, else the first dose."""
    plain = [(number, slot) for number, slot in enumerate(slots) if not slot.months and slot.until is None]
    for day in firsts:
        on_day = [number for number, slot in plain if slot.day == day]
        if on_day:
            doses = [number for number in on_day if _is_dose(slots[number])]
            return (doses or on_day)[0]
    doses = [number for number, slot in plain if _is_dose(slot)]
    return doses[0] if doses else 0


def _is_dose(slot: ScheduleSlot) -> bool:
    return (slot.kind or kind_by_name(slot.title)) == "dosing"


def _calls(slots: Sequence[ScheduleSlot]) -> Iterator[str]:
    """Say that visits that are calls by their name alone keep to the clinic's days."""
    named = [slot.title for slot in slots if slot.place == "clinic" and _REMOTE.search(slot.title.casefold())]
    if named:
        yield f"Calls by their name, kept to the clinic's days and hours (no column says where): {listed(named)}."


def _unsaid(slots: Sequence[ScheduleSlot], columns: Mapping[Holds, Heading]) -> Iterator[str]:
    """Yield what the table does not say and a protocol needs."""
    bare = [slot.title for slot in slots if slot.after is not None and slot.minus is None and slot.plus is None]
    if bare:
        yield f"No window is given, so any day will do and the target is aimed at: {listed(bare)}."
    if "minutes" not in columns:
        yield "No lengths are given: every visit is an hour long."
