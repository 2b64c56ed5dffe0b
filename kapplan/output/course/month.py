"""The course on calendar pages: visits' days in colour, their kind as a letter, their state as the table's marks."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.dates import add_months
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.terms import KINDS
from kapplan.output.course.heading import heading, summary
from kapplan.output.records.words import MONTHS
from kapplan.output.terminal import styles
from kapplan.output.terminal.reader import habits_of
from kapplan.output.terminal.trimmed import Trimmed, flowed
from kapplan.planning.availability.closures import ClosedDay

_CELL = 5
_PAGE = 7 * _CELL
_GAP = 4
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_SATURDAY = 5
_TODAY = ">"
_HOLIDAY, _CLOSED = "h", "x"


@dataclass(frozen=True, slots=True)
class Months:
    """A plan as calendar pages, as many side by side as fit; ``today`` is marked, and when the clinic is ``closed``."""

    plan: Plan
    today: date | None = None
    names: bool = False
    closed: Mapping[date, ClosedDay] = field(default_factory=dict)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the pages out for the width at hand."""
        first_weekday = habits_of(console).first_weekday
        yield Trimmed(heading(self.plan, names=self.names))
        yield Text()
        by_day: dict[date, list[PlannedVisit]] = {}
        for visit in self.plan.visits:
            by_day.setdefault(visit.day, []).append(visit)
        abreast = max(1, (options.max_width + _GAP) // (_PAGE + _GAP))
        pages = [self._page(month, by_day, first_weekday) for month in _months(sorted(by_day))]
        for first in range(0, len(pages), abreast):
            yield from _side_by_side(pages[first : first + abreast])
            yield Text()
        yield Trimmed(Group(summary(self.plan), *flowed(self._legend(), options.max_width)))

    def _page(self, month: date, by_day: dict[date, list[PlannedVisit]], first_weekday: int) -> list[Text]:
        title = f"{MONTHS[month.month - 1]} {month.year}"
        weekdays = Text()
        for name in (*_WEEKDAYS[first_weekday:], *_WEEKDAYS[:first_weekday]):
            weekdays.append(f" {name}  ", style=styles.QUIET)
        page = [Text(title.center(_PAGE), style=styles.HEADING), weekdays]
        for week in calendar.Calendar(first_weekday).monthdatescalendar(month.year, month.month):
            days = [
                self._day(day, by_day.get(day, ())) if day.month == month.month else Text(" " * _CELL) for day in week
            ]
            page.append(Text.assemble(*days))
        return page

    def _day(self, day: date, visits: Sequence[PlannedVisit]) -> Text:
        mark = (_TODAY, "bold") if day == self.today else " "
        if not visits:
            shut = self.closed.get(day)
            letter = " " if shut is None else _HOLIDAY if shut.holiday else _CLOSED
            quiet = styles.QUIET if shut is not None or day.weekday() >= _SATURDAY else ""
            return Text.assemble(mark, (f"{day.day:2d}{letter} ", quiet))
        solid = any(visit.open and not visit.provisional for visit in visits)
        style = f"{styles.style_of(visits[0])}{' reverse' if solid else ''}"
        return Text.assemble(mark, (f"{day.day:2d}{_letters(visits, self.today)}", style))

    def _legend(self) -> Iterator[Text]:
        kinds = dict.fromkeys(visit.kind for visit in self.plan.visits)
        for kind in kinds:
            yield Text.assemble((KINDS[kind].letter, KINDS[kind].colour), (f" {KINDS[kind].spoken}", styles.QUIET))
        for words in styles.states_shown(self.plan.visits, today=self.today):
            yield Text(words, style=styles.QUIET)
        if self.today is not None:
            yield Text(f"{_TODAY} today", style=styles.QUIET)
        for letter, words, holiday in ((_HOLIDAY, "holiday", True), (_CLOSED, "closed", False)):
            if any(one.holiday is holiday for one in self.closed.values()):
                yield Text(f"{letter} {words}", style=styles.QUIET)


def _letters(visits: Sequence[PlannedVisit], today: date | None) -> str:
    """Return two characters: a kind and its state, or two kinds, or a kind and ``+`` for more than two."""
    first = KINDS[visits[0].kind].letter
    if len(visits) == 1:
        return first + styles.mark_of(visits[0], today)
    return first + (KINDS[visits[1].kind].letter if visits[2:] == [] else "+")


def _months(days: Sequence[date]) -> Iterator[date]:
    if days:
        month = days[0].replace(day=1)
        while month <= days[-1]:
            yield month
            month = add_months(month, 1)


def _side_by_side(pages: Sequence[Sequence[Text]]) -> Iterator[Text]:
    for number in range(max(len(page) for page in pages)):
        line = Text()
        for column, page in enumerate(pages):
            line.append(" " * _GAP if column else "")
            line.append_text(page[number] if number < len(page) else Text(" " * _PAGE))
        line.rstrip()
        yield line
