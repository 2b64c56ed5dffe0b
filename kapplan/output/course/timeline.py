"""The course at a glance: one line of weeks, a lane for each kind of visit, a lane for what is off its target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.dates import DAYS_IN_WEEK, add_months, treatment_week
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.terms import KINDS
from kapplan.output.course.heading import heading, summary
from kapplan.output.records.words import MONTHS
from kapplan.output.terminal import styles
from kapplan.output.terminal.trimmed import Trimmed, flowed
from kapplan.planning.phrases.words import kind_words

PLANNED_MARK = "■"
MANY_MARK = "+"
_WIDEST_WEEK = 4
_LABEL = 15
_NARROW_LABEL = 3
_NARROW = 60
_MOST_DIGIT = 9
_STEPS = (1, 2, 4, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Some weeks of the course on one line: ``weeks`` from the day ``start`` on, over ``width`` characters."""

    start: date
    weeks: int
    width: int

    def at(self, day: date) -> int:
        """Return the place of a day on the line."""
        return (day - self.start).days * self.width // (self.weeks * DAYS_IN_WEEK)

    def holds(self, day: date) -> bool:
        """Tell whether a day lies on this line."""
        return 0 <= (day - self.start).days < self.weeks * DAYS_IN_WEEK


@dataclass(frozen=True, slots=True)
class Timeline:
    """A plan on a line of weeks; a course longer than the line goes on in the next one."""

    plan: Plan
    today: date | None = None
    names: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the line out for the width at hand."""
        del console
        yield Trimmed(heading(self.plan, names=self.names))
        label = _LABEL if options.max_width >= _NARROW else _NARROW_LABEL
        for scale in _scales(self.plan, options.max_width - label):
            yield Text()
            yield from self._lines(scale, label)
        yield Text()
        yield Trimmed(Group(summary(self.plan), *flowed(self._legend(short=label == _NARROW_LABEL), options.max_width)))

    def _lines(self, scale: TimeAxis, label: int) -> Iterator[Text]:
        anchor = self.plan.first_dose
        yield _labelled("", Text(_months_line(scale), style=styles.HEADING), label)
        if anchor is not None:
            yield _labelled(
                "week" if label == _LABEL else "wk", Text(_weeks_line(scale, anchor), style=styles.QUIET), label
            )
        for kind in dict.fromkeys(visit.kind for visit in self.plan.visits):
            places = _places(scale, (visit for visit in self.plan.visits if visit.kind == kind))
            if places:
                name = kind_words(kind) if label == _LABEL else KINDS[kind].letter
                yield _labelled(name, _lane(scale, places, self.today), label)
        off = {
            place: sum(visit.deviation_days for visit in here) for place, here in _places(scale, self._off()).items()
        }
        if off:
            marks = {place: _digit(days) for place, days in off.items()}
            yield _labelled("days off" if label == _LABEL else "!", _marks_line(marks, styles.OFF_TARGET), label)
        if self.today is not None and scale.holds(self.today):
            yield _labelled("today" if label == _LABEL else "^", Text(" " * scale.at(self.today) + "▲"), label)

    def _off(self) -> Iterator[PlannedVisit]:
        return (visit for visit in self.plan.visits if visit.deviation_days and not visit.is_lost)

    def _legend(self, *, short: bool) -> Iterator[Text]:
        if short:
            for kind in dict.fromkeys(visit.kind for visit in self.plan.visits):
                yield Text(f"{KINDS[kind].letter} {kind_words(kind)}", style=styles.QUIET)
        for words in styles.states_shown(self.plan.visits, planned=PLANNED_MARK, today=self.today):
            yield Text(words, style=styles.QUIET)
        yield Text("2 two in one place", style=styles.QUIET)
        if short and any(self._off()):
            yield Text("! days off target", style=styles.QUIET)
        if self.plan.first_dose is not None:
            yield Text("Week 1 begins with the first dose", style=styles.QUIET)


def _scales(plan: Plan, width: int) -> Iterator[TimeAxis]:
    days = sorted(visit.day for visit in plan.visits)
    if not days:
        return
    anchor = plan.first_dose or days[0]
    start = anchor + timedelta(weeks=treatment_week(anchor, days[0]) - 1)
    weeks = treatment_week(start, days[-1])
    width = max(width, 1)
    while weeks > 0:
        here = min(weeks, width)
        yield TimeAxis(start, here, width if width < 2 * here else here * min(width // here, _WIDEST_WEEK))
        start, weeks = start + timedelta(weeks=here), weeks - here


def _labelled(name: str, line: Text, label: int) -> Text:
    text = Text.assemble((f"{name:<{label}}", styles.QUIET), line)
    text.rstrip()
    return text


def _months_line(scale: TimeAxis) -> str:
    end = scale.start + timedelta(weeks=scale.weeks)
    month = scale.start.replace(day=1)
    labels: dict[int, str] = {}
    while month < end:
        name = MONTHS[month.month - 1][:3]
        first = month < scale.start
        shown = f"{name} {month.year}" if first or month.month == 1 else name
        labels[0 if first else scale.at(month)] = shown
        month = add_months(month, 1)
    return _spread(labels, scale.width)


def _weeks_line(scale: TimeAxis, anchor: date) -> str:
    begins = {treatment_week(anchor, day): scale.at(day) for day in _week_starts(scale)}
    widest = max(len(str(week)) for week in begins)
    step = next(step for step in _STEPS if step * scale.width > widest * scale.weeks or step == _STEPS[-1])
    return _spread({place: str(week) for week, place in begins.items() if week % step == 0}, scale.width)


def _week_starts(scale: TimeAxis) -> list[date]:
    return [scale.start + timedelta(weeks=n) for n in range(scale.weeks)]


def _spread(labels: dict[int, str], width: int) -> str:
    """Write labels at their places, leaving out those that would touch the one before or run over the end."""
    line = ""
    for place, label in sorted(labels.items()):
        if (not line or place > len(line)) and place + len(label) <= width:
            line = line.ljust(place) + label
    return line


def _places(scale: TimeAxis, visits: Iterable[PlannedVisit]) -> dict[int, list[PlannedVisit]]:
    places: dict[int, list[PlannedVisit]] = {}
    for visit in visits:
        if scale.holds(visit.day):
            places.setdefault(scale.at(visit.day), []).append(visit)
    return places


def _lane(scale: TimeAxis, places: Mapping[int, Sequence[PlannedVisit]], today: date | None) -> Text:
    dense = scale.width < 2 * scale.weeks
    begins = set(range(scale.width)) if dense else {scale.at(day) for day in _week_starts(scale)}
    line = Text()
    for place in range(scale.width):
        here = places.get(place)
        if here is None:
            line.append("·" if place in begins else " ", style=styles.QUIET)
        else:
            line.append(_mark(here[0], today) if len(here) == 1 else _digit(len(here)), style=styles.style_of(here[0]))
    return line


def _marks_line(marks: dict[int, str], style: str) -> Text:
    line = ""
    for place, mark in sorted(marks.items()):
        line = line.ljust(place) + mark
    return Text(line, style=style)


def _mark(visit: PlannedVisit, today: date | None) -> str:
    mark = styles.mark_of(visit, today)
    return mark if mark.strip() else PLANNED_MARK


def _digit(number: int) -> str:
    return str(number) if number <= _MOST_DIGIT else MANY_MARK
