"""The course as a table: by phase, with treatment weeks, what is provisional, and what is off its target and why.

Three layouts: wide (100 columns and more) with rooms and measures, usual (60 and more) with a line a visit, so that a
course is seen at once, and stacked for what is narrower. Nothing that they show is cut; what does not fit goes on in
the next line. Why a visit is off its target is told by ``why``, what is measured by the agenda too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import date

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from kapplan.dataclass import dataclass, replace
from kapplan.dates import treatment_week
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.course.heading import heading, summary
from kapplan.output.records.numbers import Part, days_off_words, gate_words, parts
from kapplan.output.records.words import (
    aligned_day_words,
    clean,
    measure_words,
    minutes_of,
    span_words,
    status_words,
    time_words,
)
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import Grid
from kapplan.output.terminal.reader import as_read
from kapplan.output.terminal.trimmed import Trimmed, flowed
from kapplan.planning.phrases.words import day_words, duration_words, kind_words, listed

WIDE = 100
USUAL = 60
_MEASURES_WIDTH = 32
_LAST_WIDTH = 16
_GAP = 2


@dataclass(frozen=True, slots=True)
class TableRow:
    """One visit as the table shows it; the texts carry their styles. ``brief`` are the notes for a narrow column."""

    week: Text
    mark: Text
    visit: Text
    day: Text
    time: Text
    span: Text
    length: Text
    where: Text
    measures: Text
    notes: Text = field(default_factory=Text)
    brief: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True)
class CourseTable:
    """A plan as a table; ``today`` marks the next visit, ``names`` shows the patient's name."""

    plan: Plan
    today: date | None = None
    names: bool = False
    measures: MeasureNames = field(default_factory=dict)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the course out for the width at hand."""
        width = options.max_width
        yield Trimmed(heading(self.plan, names=self.names))
        yield Text()
        sections = [
            (part, tuple(_as_read(console, row) for row in rows_of(self.plan, part, self.today, self.measures)))
            for part in parts(self.plan)
        ]
        yield from _tables(sections, width) or [Trimmed(Group(*_stacked(sections, width)))]
        yield Text()
        yield Trimmed(Group(summary(self.plan), *flowed(legend(self.plan), width)))


def rows_of(
    plan: Plan, part: Part, today: date | None = None, measures: MeasureNames = NO_NAMES
) -> tuple[TableRow, ...]:
    """Return the rows of one part of the course."""
    unverified = {visit.id: visit.unverified for visit in plan.regimen.visits}
    following = None if today is None else plan.next_visit
    dose = plan.first_dose
    rows: list[TableRow] = []
    shown: int | None = None
    for visit in part.visits:
        week = None if dose is None else treatment_week(dose, visit.day)
        doubts = unverified.get(visit.id, ())
        stars = {name: styles.UNVERIFIED_MARK * _doubtful(doubts, name) for name in ("minutes", "measures")}
        measured = measure_words(visit.measures, measures) + stars["measures"] * bool(visit.measures)
        shown_week = None if week == shown else week
        late = styles.is_late(visit, today)
        row = _row(visit, shown_week, measured, stars["minutes"], late=late)
        notes, brief = (
            _notes(visit, next_one=visit is following, late=late, off=days_off_words(plan, visit, brief=brief))
            for brief in (False, True)
        )
        rows.append(replace(row, notes=notes, brief=brief))
        shown = week
    return tuple(rows)


def legend(plan: Plan) -> list[Text]:
    """Return what explains the marks that this plan shows, and only those."""
    told = styles.states_shown(visit for visit in plan.visits if visit.status != "planned")
    if waiting := _waiting(plan, (visit for visit in plan.visits if visit.provisional and visit.status == "planned")):
        told.append(f"{styles.PROVISIONAL_MARK} provisional: {waiting}")
    if any(_doubtful(visit.unverified, what) for visit in plan.regimen.visits for what in ("minutes", "measures")):
        told.append(f"{styles.UNVERIFIED_MARK} no source confirms it")
    if plan.first_dose is not None:
        told.append("Week 1 begins with the first dose")
    return [Text(text, style=styles.QUIET) for text in told]


def _waiting(plan: Plan, visits: Iterable[PlannedVisit]) -> str:
    """Say which kinds of visits wait for which gates; kinds that wait for the same ones together."""
    awaited: dict[str, dict[tuple[str, ...], None]] = {}
    for visit in visits:
        awaited.setdefault(f"{kind_words(visit.kind)}s", {})[visit.awaits] = None
    kinds: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, sets in awaited.items():
        gates = tuple(dict.fromkeys(gate for awaits in sets for gate in awaits))
        kinds.setdefault((gates, ", as far as these come first" if len(sets) > 1 else ""), []).append(name)
    told = []
    for (gates, some), names in kinds.items():
        words = listed(dict.fromkeys(gate_words(plan, gate) for gate in gates)) if gates else "what is still open"
        told.append(f"{listed(names)} wait for {words}{some}")
    return "; ".join(told)


def _doubtful(unverified: Iterable[str], what: str) -> bool:
    """Tell whether no source confirms something (``minutes``) or a part of it (``minutes.monitor``)."""
    return any(name.split(".")[0] == what for name in unverified)


def _row(visit: PlannedVisit, week: int | None, measured: str, doubt: str, *, late: bool) -> TableRow:
    quiet = styles.quiet_of(visit)
    mark = Text(styles.mark_of(visit), style=styles.STATUS_STYLES[visit.status])
    return TableRow(
        week=Text("" if week is None else str(week), style=styles.QUIET),
        mark=Text(styles.LATE_MARK, style=styles.LATE) if late else mark,
        visit=Text(visit.id, style=styles.style_of(visit)),
        day=Text(aligned_day_words(visit.start.date()), style=quiet),
        time=Text(time_words(visit.start) if visit.timed else "", style=quiet),
        span=Text(span_words(visit), style=quiet),
        length=Text(duration_words(minutes_of(visit)) + doubt if visit.timed else "", style=quiet),
        where=Text(visit.room or ("" if visit.place == "clinic" else visit.place), style=quiet),
        measures=Text(measured, style=quiet),
    )


def _as_read(console: Console, row: TableRow) -> TableRow:
    """Return a row with its days and times as the reader of a console is used to."""
    dated = (row.day, row.time, row.span, row.notes, row.brief)
    day, time, span, notes, brief = (as_read(console, text) for text in dated)
    return replace(row, day=day, time=time, span=span, notes=notes, brief=brief)


def _notes(visit: PlannedVisit, *, next_one: bool, late: bool, off: str | None) -> Text:
    notes = [Text("next", style="bold green")] if next_one else []
    if late:
        notes.append(Text("not recorded", style=styles.LATE))
    if visit.status != "planned":
        word = status_words(visit.status)
        if visit.cancelled_by:
            word = f"{word} by the {visit.cancelled_by}"
        if visit.actual and visit.actual.date() != visit.start.date():
            word = f"{word} {day_words(visit.actual.date())}"
        notes.append(Text(word, style=styles.STATUS_STYLES[visit.status]))
    if off:
        notes.append(Text(off, style=styles.OFF_TARGET))
    if visit.note:
        notes.append(Text(clean(visit.note)))
    return _between(notes)


def _week_words(week: Text) -> Text:
    return Text.assemble("week ", week, style=week.style) if week else week


def _part_line(part: Part, width: int) -> Text:
    room = width - len(part.title) - 1
    return Text.assemble((part.title, styles.HEADING), (f" {'─' * room}" if room > 0 else "", styles.QUIET))


def _part_lines(part: Part, width: int) -> list[Text]:
    """Return the heading of a part; none where all its visits are of the one kind that it is called by."""
    kinds = {visit.kind for visit in part.visits}
    return [] if len(kinds) == 1 and part.title.casefold() == kinds.pop() else [_part_line(part, width)]


def _tables(sections: list[tuple[Part, tuple[TableRow, ...]]], width: int) -> list[RenderableType]:
    """Return the course in columns, in the widest layout that fits; nothing where none does."""
    everything = [row for _, rows in sections for row in rows]
    for wide in (True, False):
        widths = _widths(everything, width, wide=wide)
        if width >= (WIDE if wide else USUAL) and widths[-1] >= _LAST_WIDTH:
            lines: list[RenderableType] = [_grid(widths, [_titles(wide=wide)])]
            for part, rows in sections:
                lines += [*_part_lines(part, width), *_grids(widths, rows, wide=wide)]
            return lines
    return []


def _grids(widths: list[int], rows: Iterable[TableRow], *, wide: bool) -> Iterator[RenderableType]:
    """Return rows as grids of one shape; a note too long for its column stands below its row, over the full width."""
    indent = sum(widths[:2]) + 2 * _GAP
    below = sum(widths[2:]) + _GAP * (len(widths) - 3)
    for row in rows:
        cells = _cells(row, wide=wide)
        if not wide and row.notes.cell_len > widths[-1]:
            cells[-1] = row.brief
        if cells[-1].cell_len <= widths[-1]:
            yield _grid(widths, [cells])
            continue
        cells[-1] = Text()
        yield _grid(widths, [cells])
        yield Grid([indent - _GAP, below], [[Text(), row.notes]], gap=_GAP)


def _titles(*, wide: bool) -> list[Text]:
    usual = ["Week", "", "Visit", "Date", "Time", "Length"]
    last = ["Where", "Measures", "Notes"] if wide else ["Notes"]
    return [Text(title, style="bold dim") for title in [*usual, *last]]


def _cells(row: TableRow, *, wide: bool) -> list[Text]:
    if wide:
        return [row.week, row.mark, row.visit, row.day, row.span, row.length, row.where, row.measures, row.notes]
    return [row.week, row.mark, row.visit, row.day, row.time, row.length, row.notes]


def _between(texts: Iterable[Text]) -> Text:
    return Text.assemble((" · ", styles.QUIET)).join(text for text in texts if text)


def _widths(rows: list[TableRow], width: int, *, wide: bool) -> list[int]:
    """Return the widths of the columns: what each needs, the last one what is left."""
    cells = [_titles(wide=wide), *(_cells(row, wide=wide) for row in rows)]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    if wide:
        widths[-2] = min(widths[-2], _MEASURES_WIDTH)
    taken = sum(widths[:-1]) + _GAP * (len(widths) - 1)
    return [*widths[:-1], width - taken]


def _grid(widths: list[int], rows: list[list[Text]]) -> Grid:
    return Grid(widths, rows, gap=_GAP, right=frozenset({0}))


def _stacked(sections: list[tuple[Part, tuple[TableRow, ...]]], width: int) -> Iterator[RenderableType]:
    for part, rows in sections:
        yield _part_line(part, width)
        for row in rows:
            yield Text.assemble(row.mark, " ", row.visit, "  ", row.day)
            more = [_week_words(row.week), row.span, row.length, row.where, row.measures, row.notes]
            yield Padding(_between(more), (0, 0, 0, 2))
