"""Why a day is not open: what closes it, in words, as few causes as explain it.

Causes are only ever blamed by asking the calendar again without them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from kapplan.dataclass import dataclass, derived
from kapplan.dates import WEEKDAYS
from kapplan.model.bookings import room_key, staff_key
from kapplan.planning.availability.calendar import Calendar, Shape
from kapplan.planning.availability.free_time import CauseKind, Closing, Relax
from kapplan.planning.availability.minute_masks import WHOLE_DAY, span
from kapplan.planning.availability.shapes import ROOM

BLAMED_FIRST: tuple[CauseKind, ...] = (
    "clinic-weekday", "holiday", "closure", "away", "staff-away", "weekday", "staff-weekday", "escort", "booked",
)  # fmt: skip
"""Of two causes that each close a day alone, the earlier one here is told."""


_WEEK: dict[str, str] = {day: str(number) for number, day in enumerate(WEEKDAYS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarGroup(Closing):
    """A cause together with the days on which it closes time that a visit could use."""

    dates: tuple[date, ...]


def closed_by(calendar: Calendar, shape: Shape, day: date) -> tuple[Closing, ...]:
    """Return a minimal set of causes that together close a day to a shape; empty where it is open.

    The causes come in the order in which they are blamed. Where no cause could be dropped to open the day, the one
    returned says what stands in the way for good.
    """
    fixed = _beyond(calendar, day)
    if fixed is not None:
        return (fixed,)
    number = day.toordinal()
    if calendar.starts(shape, number):
        return ()
    causes = _in_order(calendar, calendar.causes(number))
    if not calendar.starts(shape, number, Relax(frozenset(cause.id for cause in causes))):
        return (closing_for_good(calendar, shape, number),)
    blamed = causes
    for cause in reversed(causes):
        fewer = [other for other in blamed if other is not cause]
        dropped = frozenset(other.id for other in causes if other not in fewer)
        if not calendar.starts(shape, number, Relax(dropped)):
            blamed = fewer
    return tuple(blamed)


def groups(calendar: Calendar, shapes: Collection[Shape] | None = None) -> tuple[CalendarGroup, ...]:
    """Return the causes that close time in the calendar with their days, in the order in which they are blamed.

    With ``shapes``, only causes that take slots from one of them on a day that is closed to it, and only those days:
    what matters to whether a course fits. The clinic's own weekdays, which are ``fixed``, are then left out.
    """
    alike: dict[object, list[int]] = {}
    for day in range(calendar.first.toordinal(), calendar.last.toordinal() + 1):
        if not calendar.is_past(day):
            alike.setdefault(calendar.kind_of_day(day), []).append(day)
    days: dict[str, list[int]] = {}
    for same in alike.values():
        example = same[0]
        matter = calendar.causes(example)
        if shapes is not None:
            matter = frozenset(cause for shape in shapes for cause in _matters(calendar, shape, example))
        for cause in matter:
            days.setdefault(cause, []).extend(same)
    return tuple(
        derived(CalendarGroup, cause, dates=tuple(map(date.fromordinal, sorted(days[cause.id]))))
        for cause in _in_order(calendar, days)
    )


def _matters(calendar: Calendar, shape: Shape, day: int) -> Iterator[str]:
    if calendar.starts(shape, day):
        return
    causes = frozenset(cause for cause in calendar.causes(day) if not calendar.resources.closings[cause].fixed)
    most = calendar.starts(shape, day, Relax(causes))
    if most:
        yield from (cause for cause in causes if calendar.starts(shape, day, Relax(causes - {cause})) != most)


def _in_order(calendar: Calendar, causes: Iterable[str]) -> list[Closing]:
    closings = (calendar.resources.closings[cause] for cause in causes)
    return sorted(closings, key=lambda closing: (BLAMED_FIRST.index(closing.kind), _natural(closing.id)))


def _natural(cause: str) -> tuple[tuple[bool, int, str], ...]:
    """Order the numbers within ids as numbers, and weekdays from Monday on."""
    return tuple(
        (part.isdigit(), int(part) if part.isdigit() else 0, _WEEK.get(part, part)) for part in cause.split(":")
    )


def _beyond(calendar: Calendar, day: date) -> Closing | None:
    if day > calendar.last:
        return Closing(id="horizon", kind="horizon", words="beyond the days that this calendar covers", fixed=True)
    if day < calendar.first or (calendar.not_before is not None and day < calendar.not_before.date()):
        return Closing(id="past", kind="past", words="before the first day on which anything is placed", fixed=True)
    return None


def closing_for_good(calendar: Calendar, shape: Shape, day: int) -> Closing:
    """Return what keeps a day closed to a shape whatever is lifted: nobody serves it, the clock, its length."""
    nobody = _nobody(calendar, shape)
    if nobody is not None:
        return nobody
    if calendar.usable(day) != WHOLE_DAY:
        if calendar.not_before is not None and day == calendar.not_before.toordinal():
            return Closing(id="past", kind="past", words="too late in the day for a visit to begin", fixed=True)
        return Closing(id="clock", kind="clock", words="the clocks change on that day", fixed=True)
    words = f"no opening hours have room for {shape.minutes} minutes"
    return Closing(id="length", kind="length", words=words, fixed=True)


def _nobody(calendar: Calendar, shape: Shape) -> Closing | None:
    """Return which need of a shape nobody and nothing serves."""
    for need, choices in calendar.served(shape):
        if not choices and need == ROOM:
            words = f"no room of the clinic serves {shape.kind}"
            return Closing(id=f"room:{shape.kind}", kind="room", words=words, fixed=True)
        if not choices:
            chosen = calendar.therapist_of(shape) if need == "therapist" else None
            words = f"the clinic's staff has no {need}" + (f' "{chosen}"' if chosen else "")
            return Closing(id=f"staff:{need}", kind="staff", words=words, fixed=True)
    return None


def lacking(calendar: Calendar, shape: Shape, start: datetime) -> dict[str, tuple[datetime, datetime]]:
    """Return, by their keys, the rooms and people that are all not free for a visit that begins at a moment.

    Each comes with the moments between which the visit would need it; another need may be the one that is not met.
    """
    begins = start.astimezone(calendar.zone)
    day, minute = begins.toordinal(), begins.hour * 60 + begins.minute
    found: dict[str, tuple[datetime, datetime]] = {}
    for need, choices in calendar.served(shape):
        spans = shape.spans(need)
        wanted = reduce(or_, (span(minute + first, minute + last) for first, last in spans), 0)
        if choices and all(wanted & ~track.free(day) for _, track in choices):
            first, last = (timedelta(minutes=end) for end in (spans[0][0], spans[-1][1]))
            key_of = room_key if need == ROOM else staff_key
            found |= {key_of(name): (start + first, start + last) for name, _ in choices}
    return found
