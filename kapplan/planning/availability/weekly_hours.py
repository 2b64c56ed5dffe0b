"""Weekly hours, read in one zone, as the days of the clinic's zone see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kapplan.dates import DAYS_IN_WEEK, WEEKDAYS, Weekday
from kapplan.model.clinic import WeeklyHours
from kapplan.model.fields import Span
from kapplan.planning.availability.minute_masks import DAY, STEP, WHOLE_DAY, as_spans, span, spans
from kapplan.planning.availability.timezones import start_of_day

DEFAULT_HOURS: WeeklyHours = dict.fromkeys(WEEKDAYS[:5], (Span(9 * 60, 17 * 60),))
"""The hours of a clinic that states none: Monday to Friday, nine to five."""

_MONDAY = 1
"""``date.fromordinal(1)`` is a Monday."""

NOTHING_DROPPED: frozenset[str] = frozenset()


def opening_span(hours: WeeklyHours) -> int:
    """Return, as bits, the time of day from the first opening to the last closing of the week."""
    week = [part for parts in hours.values() for part in parts]
    return span(min(part.start for part in week), max(part.end for part in week)) if week else WHOLE_DAY


def weekday_of(day: int) -> Weekday:
    """Return the key of an ordinal day's weekday."""
    return WEEKDAYS[(day - _MONDAY) % DAYS_IN_WEEK]


class Clocks:
    """Two clocks, the one that hours are read on (``home``) and the clinic's: how far they are apart on each day."""

    def __init__(self, home: ZoneInfo, clinic: ZoneInfo) -> None:
        self.home, self.clinic = home, clinic
        self._same = home is clinic or home.key == clinic.key
        self._shifts: dict[int, int | None] = {}
        self._midnights: dict[int, tuple[int, int]] = {}
        self._steady: dict[int, tuple[tuple[int, int, int], ...]] = {}

    def shift(self, day: int) -> int | None:
        """Return the minutes from the home clock to the clinic's; ``None`` where a clock changes within the day."""
        if self._same:
            return 0
        if day not in self._shifts:
            clinic, home = self._at_midnight(day)
            is_steady = (clinic, home) == self._at_midnight(day + 1)
            self._shifts[day] = clinic - home if is_steady else None
        return self._shifts[day]

    def _at_midnight(self, day: int) -> tuple[int, int]:
        """Return the offsets from UTC, in minutes, of both clocks as a day of the clinic begins."""
        found = self._midnights.get(day)
        if found is None:
            moment = start_of_day(date.fromordinal(day), self.clinic)
            found = self._midnights[day] = _offset_minutes(moment, self.clinic), _offset_minutes(moment, self.home)
        return found

    def steady_spans(self, day: int) -> tuple[tuple[int, int, int], ...]:
        """Return the spans of the clinic's day, its end included, through which the clocks stay as far apart.

        Each is its first minute, the one after its last, and the minutes from the home clock to the clinic's.
        """
        found = self._steady.get(day)
        if found is None:
            found = self._steady[day] = tuple(self._find_steady(day))
        return found

    def _find_steady(self, day: int) -> Iterator[tuple[int, int, int]]:
        """Yield the spans by a look at each quarter of an hour: nowhere do clocks change there and back within one."""
        begun, apart = 0, self._apart(day, 0)
        for minute in range(STEP, DAY + 1, STEP):
            if self._apart(day, minute) == apart:
                continue
            for change in range(minute - STEP + 1, minute + 1):
                now = self._apart(day, change)
                if now != apart:
                    yield begun, change, apart
                    begun, apart = change, now
        yield begun, DAY + 1, apart

    def _apart(self, day: int, minute: int) -> int:
        """Return how many minutes the clinic's clock is ahead of the home clock when it shows a minute of a day."""
        wall = datetime.combine(date.fromordinal(day), datetime.min.time()) + timedelta(minutes=minute)
        there = wall.replace(tzinfo=self.clinic).astimezone(self.home)
        return (day - there.toordinal()) * DAY + minute - there.hour * 60 - there.minute


def _offset_minutes(moment: datetime, place: ZoneInfo) -> int:
    offset = moment.astimezone(place).utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) // 60


class WeeklyHoursView:
    """Weekly hours as bits of the clinic's days.

    Each weekday is a cause of closed time, with the id ``prefix:tue``; where it is dropped, or the day opened,
    the minutes ``lifted`` are open too. Days are ordinals of the clinic's zone. The bits run through ``width`` minutes:
    one more than a day where the hours say when something may end.
    """

    def __init__(
        self,
        prefix: str,
        hours: Mapping[Weekday, tuple[Span, ...]],
        clocks: Clocks,
        *,
        lifted: int = WHOLE_DAY,
        inclusive: bool = False,
    ) -> None:
        own = {day: spans(hours.get(day, ())) for day in WEEKDAYS}
        if inclusive:
            own = {day: bits | bits << 1 for day, bits in own.items()}
            lifted |= lifted << 1
        self.width = DAY + 1 if inclusive else DAY
        self.hours = hours
        self.prefix = prefix
        self._strict = {day: as_spans(bits) for day, bits in own.items()}
        self._lifted = {day: as_spans(bits | lifted) for day, bits in own.items()}
        self.limited = frozenset(day for day in WEEKDAYS if self._strict[day] != self._lifted[day])
        self._clocks = clocks
        self._masks: dict[tuple[int, int | None, frozenset[Weekday]], int] = {}

    def cause(self, day: Weekday) -> str:
        """Return the id of the cause that a weekday is."""
        return f"{self.prefix}:{day}"

    def mask(self, day: int, dropped: frozenset[str] = NOTHING_DROPPED, *, opened: bool = False) -> int:
        """Return the open minutes of a day without the causes ``dropped``; of an ``opened`` one all there could be."""
        lifted: frozenset[Weekday] = frozenset()
        if opened:
            lifted = frozenset(WEEKDAYS)
        elif dropped:
            lifted = frozenset(weekday for weekday in self.limited if self.cause(weekday) in dropped)
        shift = self._clocks.shift(day)
        key = (day if shift is None else (day - _MONDAY) % DAYS_IN_WEEK, shift, lifted)
        found = self._masks.get(key)
        if found is None:
            found = self._masks[key] = self._compute(day, shift, lifted)
        return found

    def causes(self, day: int) -> tuple[Weekday, ...]:
        """Return the weekdays of these hours that limit a day of the clinic: one, or two where the zones differ."""
        shift = self._clocks.shift(day)
        if shift == 0:
            return tuple(weekday for weekday in (weekday_of(day),) if weekday in self.limited)
        near = (weekday_of(day + step) for step in self._steps(shift))
        return tuple(weekday for weekday in near if weekday in self.limited)

    @staticmethod
    def _steps(shift: int | None) -> tuple[int, ...]:
        """Return which days of the home zone, counted from the clinic's, share time with it."""
        if shift is None:
            return (-1, 0, 1)
        return (0,) if shift == 0 else (-1, 0) if shift > 0 else (0, 1)

    def _compute(self, day: int, shift: int | None, lifted: frozenset[Weekday]) -> int:
        if shift is not None:
            return self._shifted(day, shift, lifted)
        bits = 0
        for first, last, apart in self._clocks.steady_spans(day):
            bits |= self._shifted(day, apart, lifted) & span(first, min(last, self.width))
        return bits

    def _shifted(self, day: int, shift: int, lifted: frozenset[Weekday]) -> int:
        """Return the open minutes of a day through which the clinic's clock is so far ahead of the home clock.

        The farthest clocks are more than a day apart.
        """
        bits = 0
        for step in (-2, -1, 0, 1, 2):
            for part in self._parts(day + step, lifted):
                start, end = step * DAY + part.start + shift, step * DAY + part.end + shift
                bits |= span(max(start, 0), min(end, self.width))
        return bits

    def _parts(self, day: int, lifted: frozenset[Weekday]) -> tuple[Span, ...]:
        """Return the hours of a home day."""
        weekday = weekday_of(day)
        return tuple((self._lifted if weekday in lifted else self._strict)[weekday])
