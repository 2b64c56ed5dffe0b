"""The course day by day: a line a visit with time, place, staff and what is measured, tasks on the day they are due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import date

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.model.plan import Plan, PlannedVisit, Task
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.course.heading import heading, summary
from kapplan.output.course.table import legend
from kapplan.output.records.numbers import in_order
from kapplan.output.records.words import MONTHS, aligned_day_words, clean, measure_words, span_words, status_words
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import Grid
from kapplan.output.terminal.reader import rows_read
from kapplan.output.terminal.trimmed import Trimmed, flowed

ESCORT = "escort home"
_GAP = 2
_LAST_WIDTH = 16


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One line of the agenda."""

    day: date
    time: Text
    mark: Text
    what: Text
    more: Text


@dataclass(frozen=True, slots=True)
class Agenda:
    """A plan day by day; ``today`` marks the next visit, ``since`` leaves out what lies before it."""

    plan: Plan
    today: date | None = None
    since: date | None = None
    names: bool = False
    measures: MeasureNames = field(default_factory=dict)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the days out for the width at hand."""
        width = options.max_width
        yield Trimmed(heading(self.plan, names=self.names))
        yield Text()
        lines = agenda_lines(self.plan, self.today, self.measures)
        lines = [line for line in lines if self.since is None or line.day >= self.since]
        yield from _by_month(console, lines, width) or [Trimmed(Group(*_stacked(lines)))]
        yield Text()
        yield Trimmed(Group(summary(self.plan), *flowed(legend(self.plan), width)))


def agenda_lines(plan: Plan, today: date | None = None, measures: MeasureNames = NO_NAMES) -> list[AgendaLine]:
    """Return the lines of the agenda by day: visits first, then open tasks."""
    following = None if today is None else plan.next_visit
    visits = [_visit(visit, measures, today, next_one=visit is following) for visit in in_order(plan.visits)]
    tasks = [_task(task) for task in plan.tasks if task.status == "open"]
    return sorted([*visits, *tasks], key=lambda line: line.day)


def _visit(visit: PlannedVisit, measures: MeasureNames, today: date | None, *, next_one: bool) -> AgendaLine:
    where = visit.room or ("" if visit.place == "clinic" else visit.place)
    state = "" if visit.status == "planned" else status_words(visit.status)
    escort = ESCORT if visit.escort and not visit.is_lost else ""
    measured = measure_words(visit.measures, measures)
    told = [state, where, ", ".join(visit.staff), measured, escort, clean(visit.note or "")]
    quiet = styles.quiet_of(visit)
    return AgendaLine(
        day=visit.day,
        time=Text(span_words(visit), style=quiet),
        mark=Text(styles.mark_of(visit, today), style=styles.STATUS_STYLES[visit.status]),
        what=Text(visit.id, style=styles.style_of(visit)),
        more=Text.assemble(
            ("next · " if next_one else "", "bold green"),
            ("not recorded · " if styles.is_late(visit, today) else "", styles.LATE),
            (" · ".join(part for part in told if part), quiet),
        ),
    )


def _task(task: Task) -> AgendaLine:
    return AgendaLine(
        day=task.due,
        time=Text("due", style=styles.OFF_TARGET),
        mark=Text(""),
        what=Text(task.visit or "", style=styles.QUIET),
        more=Text.assemble(clean(task.text), (f" [{task.id}]", styles.QUIET)),
    )


def _by_month(console: Console, lines: Sequence[AgendaLine], width: int) -> list[RenderableType]:
    """Return the lines in columns under their months; nothing where the columns do not fit."""
    rows = rows_read(console, ([Text(aligned_day_words(line.day)), line.time, line.mark, line.what] for line in lines))
    widths = [max((cell.cell_len for cell in column), default=0) for column in zip(*rows, strict=True)]
    rest = width - sum(widths) - _GAP * len(widths)
    if rest < _LAST_WIDTH:
        return []
    shown: date | None = None
    told: list[RenderableType] = []
    for row, line in zip(rows, lines, strict=True):
        if shown is None or (shown.year, shown.month) != (line.day.year, line.day.month):
            title = f"{MONTHS[line.day.month - 1]} {line.day.year}"
            told.append(Text.assemble((title, styles.HEADING), (f" {'─' * (width - len(title) - 1)}", styles.QUIET)))
        cells = [Text() if shown == line.day else row[0], *row[1:], line.more]
        told.append(Grid([*widths, rest], [cells], gap=_GAP))
        shown = line.day
    return told


def _stacked(lines: Sequence[AgendaLine]) -> Iterator[RenderableType]:
    shown: date | None = None
    for line in lines:
        if line.day != shown:
            yield Text(aligned_day_words(line.day), style=styles.HEADING)
        shown = line.day
        yield Padding(Text("  ").join(part for part in (line.time, line.mark, line.what) if part), (0, 0, 0, 2))
        if line.more:
            yield Padding(line.more, (0, 0, 0, 4))
