"""The rows of a visit table, whatever wrote it: CSV with commas, semicolons or tabs, or a workbook (XLSX)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from kapplan.errors import FileProblem, InvalidFileError, UsageError
from kapplan.files.importing.schedule import listed
from kapplan.files.importing.table_headers import Heading, Holds, heading, is_ignored
from kapplan.files.toml.sources import SourceFile

_WORKBOOK = b"PK\x03\x04"
_FARTHEST_HEADER = 30
"""How many lines may stand above the header: titles, versions, dates."""


class Cells(NamedTuple):
    """One line of a file with the texts of its cells."""

    line: int
    cells: Sequence[str]


class TableRecord(NamedTuple):
    """One row: its line in the file and its cells by what they hold."""

    line: int
    cells: Mapping[Holds, str]


class Table(NamedTuple):
    """A table's rows, what its columns hold, with their headers as they are written, and what was left out."""

    rows: tuple[TableRecord, ...]
    columns: Mapping[Holds, Heading]
    titles: Mapping[Holds, str]
    remarks: tuple[str, ...]


def read_table(source: SourceFile) -> Table:
    """Return the table of a file; raises ``InvalidFileError`` where it has no column for visits and their days.

    ``UsageError`` where a workbook is given and nothing here reads workbooks.
    """
    if source.data.startswith(_WORKBOOK):
        lines, remarks = _of_workbook(source)
    else:
        text, remarks = _text(source)
        lines = list(_of_text(source, text))
    place = _header_place(lines)
    if place is None:
        raise _no_table(source, lines)
    header = [heading(cell) for cell in lines[place].cells]
    above = [f"Lines above the header are left out: {place}."] if place else []
    return _table(lines[place].cells, _one_each(header), lines[place + 1 :], (*remarks, *above))


def _table(
    written: Sequence[str], header: Sequence[Heading], lines: Sequence[Cells], remarks: tuple[str, ...]
) -> Table:
    rows = []
    used: set[int] = set()
    for line in lines:
        used |= {number for number, cell in enumerate(line.cells) if cell}
        named = {one.holds: cell for one, cell in zip(header, line.cells, strict=False) if one.holds and cell}
        if named:
            rows.append(TableRecord(line.line, named))
    lost = [
        " ".join(title.split())
        for number, (title, one) in enumerate(zip(written, header, strict=True))
        if one.holds is None and number in used and not is_ignored(title)
    ]
    told = (f"Columns left out: {listed(lost)}.",) if lost else ()
    return Table(
        rows=tuple(rows),
        columns={one.holds: one for one in header if one.holds is not None},
        titles={one.holds: title for one, title in zip(header, written, strict=True) if one.holds is not None},
        remarks=(*remarks, *told),
    )


def _one_each(header: Sequence[Heading]) -> list[Heading]:
    """Return the columns, each thing held by one: of several target days the one in days, else the first."""
    best: dict[Holds, int] = {}
    for number, one in enumerate(header):
        if one.holds is not None:
            known = best.get(one.holds)
            if known is None or (one.holds == "day" and header[known].unit != 1 and one.unit == 1):
                best[one.holds] = number
    return [one if one.holds and best[one.holds] == number else Heading(None) for number, one in enumerate(header)]


def _header_place(lines: Sequence[Cells]) -> int | None:
    """Return the place of the first line that names both the visits and their days."""
    for place, line in enumerate(lines[:_FARTHEST_HEADER]):
        if {"name", "day"} <= {heading(cell).holds for cell in line.cells}:
            return place
    return None


def _no_table(source: SourceFile, lines: Sequence[Cells]) -> InvalidFileError:
    there = {heading(cell).holds for cell in lines[0].cells} if lines else set()
    wanted = {"name": "the visit's name", "day": "the target day"}
    missing = " or ".join(words for name, words in wanted.items() if name not in there)
    message = f"this is no table of visits: no column for {missing or 'the target day'}"
    return InvalidFileError((table_problem(source, message, 1),))


def table_problem(source: SourceFile, message: str, line: int) -> FileProblem:
    """Return what is wrong with a table at a line, with what would be right."""
    expected = "a header such as visit,day,window minus,window plus, or REDCap's event_name,day_offset,…"
    return FileProblem(message=message, file=source.name, line=max(line, 1), column=1, expected=expected)


# Text


def _text(source: SourceFile) -> tuple[str, tuple[str, ...]]:
    """Return a table's text, whatever spreadsheet wrote it."""
    data = source.data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), ("The file is not UTF-8: read as Windows-1252.",)


def _of_text(source: SourceFile, text: str) -> Iterator[Cells]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Cells(reader.line_num, [cell.strip() for cell in cells])
    except csv.Error as error:
        message = f"this is no table of visits: {error}"
        raise InvalidFileError((table_problem(source, message, reader.line_num),)) from None


# Workbooks


def _of_workbook(source: SourceFile) -> tuple[list[Cells], tuple[str, ...]]:
    """Return the lines of the first sheet that is a table of visits, else of the first, and what was left out."""
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        hint = 'pip install "kapplan[xlsx]", or save the sheet as CSV'
        raise UsageError("workbooks (XLSX) need the package openpyxl", hint=hint) from None
    try:
        book = load_workbook(io.BytesIO(source.data), read_only=True, data_only=True)
        sheets = {sheet.title: list(_of_sheet(sheet)) for sheet in book.worksheets}
    except (InvalidFileException, BadZipFile, KeyError, ValueError, ParseError) as error:
        message = f"this workbook cannot be read: {error}"
        raise InvalidFileError((FileProblem(message=message, file=source.name, line=1, column=1),)) from None
    if not sheets:
        raise InvalidFileError((FileProblem(message="the workbook has no sheets", file=source.name, line=1, column=1),))
    chosen = next((name for name, lines in sheets.items() if _header_place(lines) is not None), next(iter(sheets)))
    others = [name for name, lines in sheets.items() if name != chosen and lines]
    told = (f"Only the sheet {chosen} is carried over, not {listed(others)}.",) if others else ()
    return sheets[chosen], told


def _of_sheet(sheet: object) -> Iterator[Cells]:
    rows = sheet.iter_rows(values_only=True)  # type: ignore[attr-defined]
    for line, values in enumerate(rows, start=1):
        cells = ["" if value is None else str(value).strip() for value in values]
        if any(cells):
            yield Cells(line, cells)
