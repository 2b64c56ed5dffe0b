"""Visit tables as coordinators keep them: CSV with a visit's name, its target day and a window around it.

REDCap's event table is one of them. Marks of byte order, padded headers, semicolons, tabs and both ends of line are
taken as they come.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, get_args

from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.importing.schedule import Schedule, ScheduleSlot, kind_by_name, merged, settled
from kapplan.files.toml.sources import SourceFile
from kapplan.model.terms import Kind, Place

_COLUMNS: Mapping[str, frozenset[str]] = {
    "name": frozenset({"visit name", "visit", "name", "event name", "event", "timepoint", "time point", "visit label"}),
    "day": frozenset({
        "target day", "day", "target", "study day", "day offset", "days offset", "offset", "nominal day", "planned day",
        "target days",
    }),
    "minus": frozenset({
        "window minus", "minus", "window before", "before", "window lower", "lower", "early", "days before",
        "offset min", "offset range min", "window early", "window", "visit window", "plus minus", "window plus minus",
    }),
    "plus": frozenset({
        "window plus", "plus", "window after", "after", "window upper", "upper", "late", "days after", "offset max",
        "offset range max", "window late",
    }),
    "kind": frozenset({"kind", "visit kind", "visit type", "type"}),
    "place": frozenset({"place", "location", "mode", "setting"}),
    "minutes": frozenset({"minutes", "duration", "length", "duration min", "minutes total"}),
    "arm": frozenset({"arm num", "arm", "arm name"}),
}  # fmt: skip
"""Headers by what their column holds; letters only, as far as case, blanks and underscores go."""
_IGNORED = frozenset({"unique event name", "custom event label", "no", "number", "visit number", ""})
_UNITS = {"": 1, "d": 1, "day": 1, "days": 1, "w": 7, "wk": 7, "wks": 7, "week": 7, "weeks": 7}
_MONTH = frozenset({"m", "mo", "month", "months"})
_AMOUNT = re.compile(r"(?P<lead>[a-z]*)\s*(?P<sign>[+-]?)\s*(?P<number>\d{1,4})\s*(?P<unit>[a-z]*)")
_PAIR = re.compile(r"-\s*(?P<minus>\d+)\s*/?\s*\+\s*(?P<plus>\d+)\s*(?P<unit>[a-z]*)")


class TableRecord(NamedTuple):
    """One row: its line in the file and its cells by what they hold."""

    line: int
    cells: Mapping[str, str]


def table_schedule(source: SourceFile) -> Schedule:
    """Return the visits of a table; raises ``InvalidFileError`` with every cell that cannot be read."""
    text, remarks = _text(source)
    columns, rows, left_out = _rows(source, text)
    rows, of_arms = _first_arm(rows)
    problems: list[FileProblem] = []
    slots: list[ScheduleSlot] = []
    for row in rows:
        try:
            slots.append(_slot(row))
        except ValueError as error:
            problems.append(FileProblem(message=str(error), file=source.name, line=row.line, column=1))
    if problems:
        raise InvalidFileError(tuple(problems))
    if not slots:
        raise InvalidFileError((FileProblem(message="the table has no visits", file=source.name, line=1, column=1),))
    anchored, counted = _anchored(slots)
    one_a_day, joined = merged(anchored)
    known, guessed = settled(one_a_day)
    return Schedule(
        slots=known, remarks=(*remarks, *left_out, *of_arms, *counted, *joined, *guessed, *_unsaid(known, columns))
    )


def _text(source: SourceFile) -> tuple[str, tuple[str, ...]]:
    """Return a table's text, whatever spreadsheet wrote it."""
    data = source.data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), ("The file is not UTF-8: read as Windows-1252.",)


def _rows(source: SourceFile, text: str) -> tuple[frozenset[str], list[TableRecord], tuple[str, ...]]:
    """Return what the columns hold, the rows, and in words the columns that were left out."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    header: list[str] = []
    rows: list[TableRecord] = []
    written: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                written = [cell.strip() for cell in cells]
                header = [_holds(cell) for cell in written]
                continue
            named = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
            rows.append(TableRecord(reader.line_num, named))
    except csv.Error as error:
        raise InvalidFileError((_problem(source, f"this is no table of visits: {error}", reader.line_num),)) from None
    missing = [name for name in ("name", "day") if name not in header]
    if missing:
        message = "this is no table of visits: no column for " + " or ".join(
            {"name": "the visit's name", "day": "the target day"}[name] for name in missing
        )
        raise InvalidFileError((_problem(source, message, 1),))
    used = {name for row in rows for name in row.cells}
    extra = [title for title, name in zip(written, header, strict=True) if name.startswith("?") and name in used]
    lost = (f"Columns left out: {', '.join(extra)}.",) if extra else ()
    return frozenset(header), rows, lost


def _problem(source: SourceFile, message: str, line: int) -> FileProblem:
    expected = "a header such as visit,day,window minus,window plus, or REDCap's event_name,day_offset,…"
    return FileProblem(message=message, file=source.name, line=max(line, 1), column=1, expected=expected)


def _holds(title: str) -> str:
    """Return what a column holds by its header; ``?`` and the header where that is not known."""
    plain = re.sub(r"(?<=\w)-(?=\w)", " ", title.casefold())
    for sign, word in (("\N{PLUS-MINUS SIGN}", " plus minus "), ("+", " plus "), ("-", " minus ")):
        plain = plain.replace(sign, word)
    words = " ".join(re.findall(r"[a-z0-9]+", plain)).removesuffix(" days").removesuffix(" d")
    if words in _IGNORED:
        return "-"
    return next((name for name, titles in _COLUMNS.items() if words in titles), f"?{words}")


def _first_arm(rows: list[TableRecord]) -> tuple[list[TableRecord], tuple[str, ...]]:
    arms = list(dict.fromkeys(row.cells["arm"] for row in rows if "arm" in row.cells))
    if len(arms) < 2:  # noqa: PLR2004  # one arm or none: nothing to choose
        return rows, ()
    kept = [row for row in rows if row.cells.get("arm") == arms[0]]
    return kept, (f"Only arm {arms[0]} is carried over, not {', '.join(arms[1:])}.",)


def _slot(row: TableRecord) -> ScheduleSlot:
    """Return one row as a visit; raises ``ValueError`` with a sentence where a cell cannot be read."""
    cells = row.cells
    title = cells.get("name")
    if title is None:
        raise ValueError("the visit has no name")
    if "day" not in cells:
        raise ValueError(f"{title}: no target day")
    months, day = _target(cells["day"])
    minus, plus = _window(cells)
    return ScheduleSlot(
        title=" ".join(title.split()),
        day=day,
        months=months,
        minus=minus,
        plus=plus,
        kind=_kind(cells.get("kind")),
        place=_place(f"{cells.get('place', '')} {title}"),
        minutes=_minutes(cells.get("minutes")),
    )


def _target(text: str) -> tuple[int, int]:
    """Return calendar months and days of a target: ``14``, ``Day 14``, ``Week 2``, ``Month 3``."""
    found = _AMOUNT.fullmatch(text.casefold().replace("\N{MINUS SIGN}", "-"))
    unit = (found["lead"] or found["unit"]) if found else ""
    if found is None or (found["lead"] and found["unit"]) or (unit not in _UNITS and unit not in _MONTH):
        raise ValueError(f'the target day "{text}" is none: a number such as 14, Day 14, Week 2 or Month 3')
    number = int(f"{found['sign']}{found['number']}")
    return (number, 0) if unit in _MONTH else (0, number * _UNITS[unit])


def _window(cells: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the days that a visit may fall before and after its target."""
    minus, plus = cells.get("minus"), cells.get("plus")
    pair = _PAIR.fullmatch(minus.casefold()) if minus is not None else None
    if pair is not None and pair["unit"] in _UNITS:
        return int(pair["minus"]) * _UNITS[pair["unit"]], int(pair["plus"]) * _UNITS[pair["unit"]]
    both = minus is not None and plus is None
    first = _days(minus)
    return first, first if both else _days(plus)


def _days(text: str | None) -> int | None:
    if text is None:
        return None
    plain = text.casefold().replace("\N{PLUS-MINUS SIGN}", "").replace("+/-", "").replace("\N{MINUS SIGN}", "-").strip()
    found = _AMOUNT.fullmatch(plain)
    if found is None or found["lead"] or found["unit"] not in _UNITS:
        raise ValueError(f'the window "{text}" is none: a number of days such as 3')
    return int(found["number"]) * _UNITS[found["unit"]]


def _kind(text: str | None) -> Kind | None:
    if text is None:
        return None
    wanted = text.casefold().strip()
    return wanted if wanted in get_args(Kind) else kind_by_name(text)


def _place(text: str) -> Place:
    words = text.casefold()
    if re.search(r"phone|telephone|video|remote|tele", words):
        return "remote"
    return "home" if re.search(r"\bhome\b", words) else "clinic"


def _minutes(text: str | None) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,3})\s*(m|min|minutes?)?", text.casefold())
    if found is None or not int(found[1]):
        raise ValueError(f'the length "{text}" is none: a number of minutes such as 60')
    return int(found[1])


def _anchored(slots: list[ScheduleSlot]) -> tuple[tuple[ScheduleSlot, ...], tuple[str, ...]]:
    """Return the slots counted from the visit of day 0, of day 1, of the first dose, or from the first.

    Where there is a day 1 and no day 0, the day before day 1 is day -1.
    """
    ordered = sorted(slots, key=lambda slot: slot.months * 31 + slot.day)
    days = [slot.day for slot in ordered if not slot.months]
    no_zero = 0 not in days and 1 in days and min(days) < 0
    if no_zero:
        ordered = [slot._replace(day=slot.day + 1) if slot.day < 0 and not slot.months else slot for slot in ordered]
    origin = _origin(ordered, (1,) if no_zero else (0, 1))
    base = ordered[origin].day
    counted = [
        slot._replace(minus=None, plus=None) if number == origin else slot._replace(after=origin, day=slot.day - base)
        for number, slot in enumerate(ordered)
    ]
    remark = f"All days are counted from {ordered[origin].title}."
    if no_zero:
        remark += " Day -1 is the day before day 1: there is no day 0."
    return tuple(counted), (remark,)


def _origin(slots: list[ScheduleSlot], firsts: tuple[int, ...]) -> int:
    """Return the place of the visit that days are counted from: that of one of the ``firsts``, else the first dose."""
    plain = [(number, slot) for number, slot in enumerate(slots) if not slot.months]
    for day in firsts:
        on_day = [number for number, slot in plain if slot.day == day]
        if on_day:
            doses = [
                number for number in on_day if (slots[number].kind or kind_by_name(slots[number].title)) == "dosing"
            ]
            return (doses or on_day)[0]
    doses = [number for number, slot in plain if (slot.kind or kind_by_name(slot.title)) == "dosing"]
    return doses[0] if doses else 0


def _unsaid(slots: Iterable[ScheduleSlot], columns: frozenset[str]) -> Iterator[str]:
    """Yield what the table does not say and a protocol needs."""
    bare = [slot.title for slot in slots if slot.after is not None and slot.minus is None and slot.plus is None]
    if bare:
        yield f"No window is given, so any day will do and the target is aimed at: {', '.join(bare)}."
    if "minutes" not in columns:
        yield "No lengths are given: every visit is an hour long."
