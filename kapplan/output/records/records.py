"""Lists of records, shown in every format alike.

A cell is text, a number, a truth, a day, a moment, a list of texts, or nothing. For machines (plain, CSV, JSON) days
are ISO dates and lists are parted by ``;`` (arrays in JSON); for people (table, Markdown) days are words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import date, datetime
from typing import Any

from kapplan.dataclass import dataclass
from kapplan.output.records.words import aligned_day_words, clean, time_words
from kapplan.planning.phrases.words import day_words

Cell = str | int | float | bool | date | datetime | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its ``key`` for machines, its title for people.

    ``brief`` columns are shown in the table and in Markdown; the others only where nothing need be short.
    ``style`` colours the cells of the table.
    """

    key: str
    title: str | None = None
    brief: bool = True
    right: bool = False
    style: str = ""

    @property
    def heading(self) -> str:
        """The title for people."""
        return self.title if self.title is not None else self.key.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Rows of cells under columns; ``schema`` and ``name`` are the JSON's, ``extra`` its further keys.

    Those of one ``patient`` name that patient by id in every format: before the ``title`` for people, as the
    last column or a key for machines. ``safety`` is what comes before anything else, on screen and in JSON;
    ``after`` are closing lines for people.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    schema: str = "kapplan.records/1"
    name: str = "records"
    title: str | None = None
    patient: str | None = None
    safety: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hold every row to the columns."""
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{len(row)} cells under {len(self.columns)} columns: {row!r}")

    @property
    def heading(self) -> str | None:
        """The title for people, with whose records they are."""
        return ": ".join(part for part in (self.patient, self.title) if part) or None


def cells(columns: Sequence[Column], thing: object, **own: Cell) -> tuple[Cell, ...]:
    """Return the row of a thing: under each column its field of the column's key, unless the cell is given."""
    return tuple(own[one.key] if one.key in own else getattr(thing, one.key) for one in columns)


def named(records: Records) -> tuple[tuple[Column, ...], Sequence[tuple[Cell, ...]]]:
    """Return the columns for machines and the rows, with the patient's id as the last column where they are one's."""
    if records.patient is None:
        return records.columns, records.rows
    return (*records.columns, _PATIENT), [(*row, records.patient) for row in records.rows]


_PATIENT = Column(key="patient", title="Patient")


def machine_text(cell: Cell) -> str:
    """Return a cell as one line of text for programs; nothing is the empty text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, tuple):
        return ";".join(clean(part) for part in cell)
    return clean(str(cell))


def people_text(cell: Cell, *, aligned: bool = False) -> str:
    """Return a cell as one line of text for people; ``aligned`` keeps days in column."""
    if isinstance(cell, datetime):
        return f"{people_text(cell.date(), aligned=aligned)} {time_words(cell)}"
    if isinstance(cell, date):
        return aligned_day_words(cell) if aligned else day_words(cell)
    if isinstance(cell, tuple):
        return ", ".join(clean(part) for part in cell)
    return machine_text(cell)


def shown(records: Records) -> tuple[tuple[Column, ...], Sequence[tuple[Cell, ...]]]:
    """Return the columns that people see, and the rows without the others."""
    kept = [number for number, column in enumerate(records.columns) if column.brief]
    return tuple(records.columns[n] for n in kept), [tuple(row[n] for n in kept) for row in records.rows]
