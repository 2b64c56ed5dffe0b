"""How long a visit takes against how long there is: what is open on a day, but not for long enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from kapplan.dataclass import replace
from kapplan.planning.availability.blockers import closing_for_good
from kapplan.planning.availability.calendar import Calendar, Shape
from kapplan.planning.availability.free_time import NONE, Closing, Relax
from kapplan.planning.availability.minute_masks import STEP, as_spans, earliest


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
        relax = Relax(frozenset(cause for cause in calendar.causes(day) if not closings[cause].fixed))
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
        kind = calendar.kind_of_day(day.toordinal())
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
