"""Why a day is not open: what closes it, in words, as few causes as explain it, or that what is open is too short.

Causes are only ever blamed by asking the calendar again without them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from kapplan.dataclass import dataclass, derived, replace
from kapplan.dates import WEEKDAYS
from kapplan.model.bookings import room_key, staff_key
from kapplan.planning.availability.calendar import Calendar, Shape
from kapplan.planning.availability.free_time import NONE, CauseKind, Closing, Relax
from kapplan.planning.availability.minute_masks import STEP, WHOLE_DAY, as_spans, earliest, span
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
    causes = _in_order(calendar, calendar.kinds.causes(number))
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
            alike.setdefault(calendar.kinds.kind(day), []).append(day)
    days: dict[str, list[int]] = {}
    known: dict[object, frozenset[str | int]] = {}
    for same in alike.values():
        example = same[0]
        likeness = calendar.kinds.likeness(example)
        matter = known.get(likeness.pattern)
        if matter is None:
            causes = calendar.kinds.causes(example)
            if shapes is not None:
                causes = frozenset(cause for shape in shapes for cause in _matters(calendar, shape, example))
            matter = known[likeness.pattern] = likeness.placed(causes)
        for cause in likeness.named(matter):
            days.setdefault(cause, []).extend(same)
    return tuple(
        derived(CalendarGroup, cause, dates=tuple(map(date.fromordinal, sorted(days[cause.id]))))
        for cause in _in_order(calendar, days)
    )


def _matters(calendar: Calendar, shape: Shape, day: int) -> Iterator[str]:
    if calendar.starts(shape, day):
        return
    causes = frozenset(cause for cause in calendar.kinds.causes(day) if not calendar.resources.closings[cause].fixed)
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


# -- how long a visit takes against how long there is ---------------------------------------------------------------


class LackOfTime(NamedTuple):
    """A kind of visit that takes so many ``minutes``, and the longest time that is open for it on the clinic's clock.

    ``start`` and ``end`` are minutes after midnight; with ``closing`` the clinic closes then.
    """

    kind: str
    minutes: int
    start: int
    end: int
    closing: bool


def too_short_for(calendar: Calendar, shapes: Iterable[Shape], cause: str, days: Iterable[date]) -> LackOfTime | None:
    """Return which visit is longer than what a cause leaves open of its days; ``None`` where it leaves nothing."""
    dropped = Relax(frozenset({cause}))
    wanted = tuple(replace(shape, escort=False) for shape in dict.fromkeys(shapes))
    found = [
        lack
        for day in _different(calendar, days)
        for shape in wanted
        if not calendar.starts(shape, day) and calendar.starts(shape, day, dropped)
        for lack in _longest(calendar, shape, day, NONE)
    ]
    return _told_first(found)


def never_long_enough(calendar: Calendar, shape: Shape) -> LackOfTime | Closing | None:
    """Return why no day has room for a visit even if all that can be lifted were: a need that nobody serves, or time.

    ``None`` where some day has.
    """
    days = [date.fromordinal(day) for day in range(calendar.first.toordinal(), calendar.last.toordinal() + 1)]
    found: list[LackOfTime] = []
    needs: list[Closing] = []
    closings = calendar.resources.closings
    for day in _different(calendar, days):
        relax = Relax(frozenset(cause for cause in calendar.kinds.causes(day) if not closings[cause].fixed))
        if calendar.starts(shape, day, relax):
            return None
        needs.append(closing_for_good(calendar, shape, day))
        found += _longest(calendar, replace(shape, escort=False), day, relax)
    need = next((one for one in needs if one.kind != "length"), None)
    return _told_first(found) or need


def _told_first(found: Iterable[LackOfTime]) -> LackOfTime | None:
    """Return the longest time that is open, of these for the shortest visit."""
    return max(found, key=lambda one: (one.end - one.start, -one.minutes, -one.start), default=None)


def _different(calendar: Calendar, days: Iterable[date]) -> Iterator[int]:
    """Yield one of all days that are alike."""
    seen: set[object] = set()
    for day in days:
        kind = calendar.kinds.kind(day.toordinal())
        if kind not in seen and not calendar.is_past(day.toordinal()):
            seen.add(kind)
            yield day.toordinal()


def _longest(calendar: Calendar, shape: Shape, day: int, relax: Relax) -> Iterator[LackOfTime]:
    """Yield the longest time of a day that is open for a visit, if any is, by visits of other lengths."""
    least, most = 0, shape.minutes // STEP
    while least < most:
        middle = (least + most + 1) // 2
        if calendar.starts(replace(shape, minutes=middle * STEP), day, relax):
            least = middle
        else:
            most = middle - 1
    if least and least * STEP < shape.minutes:
        length = least * STEP
        start = earliest(calendar.starts(replace(shape, minutes=length), day, relax))
        end = start + length
        closes = shape.place == "clinic" and any(
            part.end == end for part in as_spans(calendar.resources.hours.free(day))
        )
        yield LackOfTime(shape.kind, shape.minutes, start, end, closes)
