"""The events of one UID together: which of them still count, and when they happen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain

from kapplan.files.calendars.content_lines import Unread
from kapplan.files.calendars.events import CalendarEvent, RecurrencePoint
from kapplan.files.calendars.values import Length
from kapplan.planning.availability.free_time import Interval
from kapplan.planning.availability.recurrence import OverBudgetError, StepBudget, occurrences

STEPS_OF_SERIES = 250_000
"""What one series may take: enough for every hour of five years."""
_MARGIN = timedelta(days=2)
_EARLIEST, _LATEST = datetime.min, datetime.max  # noqa: DTZ901 - times on the wall


def grouped(events: Iterable[CalendarEvent]) -> Iterator[list[CalendarEvent]]:
    """Yield the events of each UID; one without a UID is by itself."""
    groups: dict[object, list[CalendarEvent]] = {}
    for number, event in enumerate(events):
        groups.setdefault(event.uid or number, []).append(event)
    yield from groups.values()


def busy_times(
    series: Sequence[CalendarEvent], first: datetime, last: datetime, steps: StepBudget
) -> tuple[set[Interval], list[Unread]]:
    """Return the times that the events of one UID take between two instants; free ones take none.

    A series that happens too often to be followed within ``steps`` is busy from its start on, and named.
    """
    if len(series) == 1 and (once := _once(series[0], first, last, steps)) is not None:
        return once, []
    times: set[Interval] = set()
    unread: list[Unread] = []
    counting = in_force(series)
    changes = [event for event in counting if event.replaces is not None]
    for event in counting:
        budget = StepBudget(min(STEPS_OF_SERIES, steps.left))
        allowed = budget.left
        try:
            for interval in _happenings(event, [] if event.replaces is not None else changes, first, last, budget):
                budget.spend()
                times.add(interval)
        except (OverBudgetError, OverflowError):
            times |= _throughout(event, first, last)
            message = "a series happens too often to be followed: every day from its start on is taken as busy"
            unread.append(Unread(event.line, message))
        steps.left -= allowed - max(budget.left, 0)
    return times, unread


def _once(event: CalendarEvent, first: datetime, last: datetime, steps: StepBudget) -> set[Interval] | None:
    """Return the time that an event takes which happens once, as most do; ``None`` for one that takes a closer look.

    That is one that starts outside the two instants, or that others could be told apart from.
    """
    is_simple = not (event.repeats or event.extra or event.excluded or event.replaces or event.calls_off)
    counts = event.sequence is None or event.sequence >= 0
    is_near = first.replace(tzinfo=None) <= event.start <= last.replace(tzinfo=None)
    if not (is_simple and counts and is_near) or steps.left <= 0:
        return None
    try:
        times = set() if event.is_free else set(_within(event.interval(event.start, event.length), first, last))
    except OverflowError:
        return None
    steps.left -= len(times)
    return times


def happenings(series: Sequence[CalendarEvent], first: datetime, last: datetime) -> list[Interval]:
    """Return the times that the events of one UID take between two instants, in order."""
    return sorted(busy_times(series, first, last, StepBudget(STEPS_OF_SERIES))[0])


# -- which count ----------------------------------------------------------------------------------------------------


def in_force(series: Sequence[CalendarEvent]) -> list[CalendarEvent]:
    """Return the events of one UID that nothing later takes back.

    The highest SEQUENCE counts; equal ones, as of programs that use a UID again, all do. An object that cancels takes
    back what is not later than itself, and a later revision of a series the changes of recurrences that it has no more.
    """
    calls_off = [event for event in series if event.calls_off]
    kept = [event for event in series if not event.calls_off]
    for cancel in calls_off:
        kept = [event for event in kept if not _takes_back(cancel, event)]
    newest: dict[object, int] = {}
    for event in kept:
        if event.sequence is not None:
            key = _key(event)
            newest[key] = max(newest.get(key, 0), event.sequence)
    counting = [event for event in kept if event.sequence is None or event.sequence == newest[_key(event)]]
    masters = [event for event in counting if event.replaces is None]
    counting = [event for event in counting if not (masters and all(_outdates(each, event) for each in masters))]
    return counting + [event for event in calls_off if event.replaces is not None]


def _key(event: CalendarEvent) -> object:
    return None if event.replaces is None else event.replaces.instant or event.replaces.day


def _takes_back(cancel: CalendarEvent, event: CalendarEvent) -> bool:
    if cancel.sequence is None or event.sequence is None or cancel.sequence < event.sequence:
        return False
    return cancel.replaces is None or _key(cancel) == _key(event)


def _outdates(master: CalendarEvent, change: CalendarEvent) -> bool:
    """Tell whether a series is a later revision than a change of a recurrence that it has no more."""
    point = change.replaces
    if point is None or master.sequence is None or change.sequence is None or master.sequence <= change.sequence:
        return False
    instant = _moment_of(point, master)
    day = instant.astimezone(master.zone).date()
    if _Points(master.excluded, all_day=master.all_day).has(instant, day):
        return True
    first, last = datetime.combine(day, time()), datetime.combine(day, time.max)
    try:
        walls = list(_walls(master, first, last, StepBudget(STEPS_OF_SERIES)))
    except OverBudgetError:
        return False
    return not any(first <= wall <= last for wall in (*walls, *(wall for wall, _ in master.extra)))


# -- when they happen -----------------------------------------------------------------------------------------------


class _Points:
    """Recurrences of a series, looked up by their moment or their day; those of whole days by their day alone."""

    def __init__(self, points: Iterable[RecurrencePoint], *, all_day: bool) -> None:
        named = list(points)
        self.instants = frozenset(point.instant for point in named if point.instant is not None and not all_day)
        self.days = frozenset(point.day for point in named if all_day or point.instant is None)

    def has(self, instant: datetime, day: date) -> bool:
        return instant in self.instants or day in self.days


def _happenings(
    event: CalendarEvent, changes: Sequence[CalendarEvent], first: datetime, last: datetime, budget: StepBudget
) -> Iterator[Interval]:
    if event.is_free and all(change.is_free for change in changes if change.and_later):
        return
    changed = [change for change in changes if change.replaces is not None]
    without = _Points((change.replaces for change in changed if change.replaces), all_day=event.all_day)
    excluded = _Points(event.excluded, all_day=event.all_day)
    later = sorted(
        ((_moment_of(change.replaces, event), change) for change in changed if change.and_later and change.replaces),
        key=lambda entry: entry[0],
    )
    lowest, highest = _bounds(event, [change for _, change in later], first, last)
    walls = _walls(event, lowest, highest, budget)
    for wall, own in chain(((wall, None) for wall in walls), event.extra):
        if not lowest <= wall <= highest:
            continue
        instant = event.instant(wall)
        if excluded.has(instant, wall.date()) or without.has(instant, wall.date()):
            continue
        serving, begins = event, wall
        for since, change in later if own is None else ():
            if since <= instant:
                serving, begins = change, wall + _shift(change, event)
        if not serving.is_free:
            yield from _within(serving.interval(begins, own or serving.length), first, last)


def _moment_of(point: RecurrencePoint, event: CalendarEvent) -> datetime:
    """Return the instant of a recurrence that is named by its moment or by its day."""
    if event.all_day or point.instant is None:
        return event.instant(datetime.combine(point.day, event.start.time()))
    return point.instant


def _shift(change: CalendarEvent, event: CalendarEvent) -> timedelta:
    """Return how far a change moves the recurrence it stands for, by the clock on the wall."""
    if change.replaces is None:
        return timedelta()
    return change.start - _moment_of(change.replaces, event).astimezone(event.zone).replace(tzinfo=None)


def _bounds(
    event: CalendarEvent, later: Sequence[CalendarEvent], first: datetime, last: datetime
) -> tuple[datetime, datetime]:
    """Return the times on the wall between which a recurrence must start to touch the days between two instants."""
    longest = max((_longest(each) for each in (event, *later)), default=timedelta())
    moved = max((abs(_shift(each, event)) for each in later), default=timedelta())
    low, high = (each.astimezone(event.zone).replace(tzinfo=None) for each in (first, last))
    room = _MARGIN + moved
    lowest = low - room - longest if low - _EARLIEST > room + longest else _EARLIEST
    highest = high + room if _LATEST - high > room else _LATEST
    return lowest, highest


def _longest(event: CalendarEvent) -> timedelta:
    lengths: Iterable[Length] = (event.length, *(length for _, length in event.extra))
    return timedelta(seconds=max(max(each.rough_seconds, 0) for each in lengths))


def _walls(event: CalendarEvent, lowest: datetime, highest: datetime, budget: StepBudget) -> Iterator[datetime]:
    """Yield the times on the wall at which an event starts, none twice."""
    yield event.start
    seen = {event.start}
    for repeat in event.repeats:
        stop = highest if repeat.until is None else min(highest, repeat.until)
        for wall in occurrences(repeat.rule, event.start, lowest, stop, budget):
            if wall not in seen:
                seen.add(wall)
                yield wall


def _within(interval: Interval, first: datetime, last: datetime) -> Iterator[Interval]:
    start, end = interval
    if start < end and start < last and end > first:
        yield interval


def _throughout(event: CalendarEvent, first: datetime, last: datetime) -> set[Interval]:
    """Return the time from the start of a series on, to its last day if it has one."""
    if event.is_free:
        return set()
    limits = [repeat.until for repeat in event.repeats]
    end = last
    try:
        if limits and None not in limits:
            end = min(
                last, max(event.instant(limit) for limit in limits if limit) + timedelta(days=1) + _longest(event)
            )
        begin = max(first, event.instant(datetime.combine(event.start.date(), time())))
    except OverflowError:
        begin = first if event.start.year < first.astimezone(UTC).year else last
    return set(_within((begin, end), first, last))
