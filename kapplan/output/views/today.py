"""The day's list: for people under headings, visits by their times first; as records, one a thing to know or do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import date

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.dates import days_between
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.course.heading import item as marked
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import clean, count, dates_words, measure_words, span_words, state_words
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import Grid
from kapplan.output.terminal.reader import rows_read
from kapplan.output.terminal.trimmed import Trimmed
from kapplan.planning.phrases.words import day_words
from kapplan.planning.reports.day_list import DayList, Item, Sort

_COLUMNS = (
    Column(key="day"),
    Column(key="time"),
    Column(key="sort", title="What", style="bold"),
    Column(key="patient"),
    Column(key="id"),
    Column(key="text", title="Text"),
    Column(key="status"),
    Column(key="room"),
    Column(key="staff"),
    Column(key="measures"),
    Column(key="plan_id", brief=False),
    Column(key="source", brief=False),
)
_DUE: dict[Sort, str] = {
    "escort": "Escorts to confirm",
    "measure": "Measures from home",
    "task": "Tasks and forms",
    "overdue": "Not recorded yet",
    "authorization": "Authorizations",
    "proposal": "Proposals",
    "held": "On hold",
}
_GAP = 2
_LEAST_WORDS = 24


def today_records(listed: DayList, measures: MeasureNames = NO_NAMES) -> Records:
    """Return one record a thing of the list, safety notices before all; ``measures`` are what people call them."""
    return Records(
        columns=_COLUMNS,
        rows=tuple(_row(one, measures) for one in listed.items if one.sort != "safety"),
        schema="kapplan.today/1",
        name="items",
        title=dates_words(listed.first, listed.last),
        safety=tuple(_notice(one) for one in listed.safety),
        after=() if listed.items else ("Nothing is on the list.",),
        extra={"from": listed.first.isoformat(), "until": listed.last.isoformat()},
    )


def _notice(notice: Item) -> str:
    return f"{notice.patient}: {notice.text}" + (f" [{notice.source}]" if notice.source else "")


def _row(one: Item, measures: MeasureNames) -> tuple[Cell, ...]:
    visit = one.visit
    return (
        one.day,
        span_words(visit) if visit is not None else None,
        one.sort,
        one.patient,
        one.key,
        one.text,
        None if visit is None else visit.status,
        None if visit is None else visit.room,
        None if visit is None else visit.staff,
        None if visit is None else tuple(measures.get(key, key) for key in visit.measures),
        one.plan,
        one.source,
    )


@dataclass(frozen=True, slots=True)
class TodayView:
    """The list for people, in a form that fits the console it is printed on."""

    listed: DayList
    measures: MeasureNames = field(default_factory=dict)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the list out for the width at hand."""
        for notice in self.listed.safety:
            yield marked(" SAFETY ", Text(clean(_notice(notice)), style="bold red"), style=styles.SAFETY)
        yield from _days(console, self.listed, options.max_width, self.measures)
        for sort, title in _DUE.items():
            found = self.listed.of(sort)
            if found:
                yield Text()
                yield Text(f"{title} ({len(found)})", style=styles.HEADING)
                for one in found:
                    yield _line(one, self.listed)


def _days(console: Console, listed: DayList, width: int, measures: MeasureNames) -> Iterator[RenderableType]:
    visits = listed.of("visit")
    cells = rows_read(console, (_cells(one, measures) for one in visits))
    widths = _widths(cells, width)
    for day in days_between(listed.first, listed.last):
        found = [row for one, row in zip(visits, cells, strict=True) if one.day == day]
        if day != listed.first:
            yield Text()
        yield Text.assemble(
            (day_words(day), styles.HEADING), f"  {count(len(found), 'visit') if found else 'nobody comes'}"
        )
        if found:
            yield from _rows(found, widths)


def _rows(cells: Sequence[Sequence[Text]], widths: Sequence[int] | None) -> Iterator[RenderableType]:
    if widths is not None:
        yield Grid(widths, cells, gap=_GAP)
        return
    for row in cells:
        yield Trimmed(Text("  ").join(cell for cell in row if cell))


def _widths(rows: Sequence[Sequence[Text]], width: int) -> list[int] | None:
    """Return the widths of the columns; ``None`` where a line is too narrow for them."""
    widths = [max((cell.cell_len for cell in column), default=0) for column in zip(*rows, strict=True)][:-1]
    rest = width - sum(widths) - _GAP * len(widths)
    return [*widths, rest] if rest >= _LEAST_WORDS else None


def _cells(one: Item, measures: MeasureNames) -> list[Text]:
    visit = one.visit
    if visit is None:
        return [Text(clean(one.text))]
    where = visit.room or ("" if visit.place == "clinic" else visit.place)
    told = [state_words(visit), where, ", ".join(visit.staff), measure_words(visit.measures, measures)]
    return [
        Text(span_words(visit)),
        Text(styles.mark_of(visit), style=styles.STATUS_STYLES[visit.status]),
        Text(one.patient, style="bold"),
        Text(visit.id, style=styles.style_of(visit)),
        Text(" · ".join(part for part in told if part)),
    ]


def _line(one: Item, listed: DayList) -> RenderableType:
    when = "" if listed.first == listed.last else f"{_short(one.day)}  "
    named = (
        f" [{clean(one.key)}]" if one.key is not None and one.sort in {"task", "measure", "escort", "overdue"} else ""
    )
    body = Text.assemble((one.patient, "bold"), f"  {when}{clean(one.text)}", (named, styles.QUIET))
    return marked("!" if one.sort in {"overdue", "authorization"} else "·", body)


def _short(day: date) -> str:
    return " ".join(day_words(day).split()[:3])
