"""Values of a calendar's properties: moments, lengths, periods and lists of them.

A value that cannot be read raises ``ValueError``. Forms that others write and that mean one thing only are read too:
``24:00``, a leap second, ``2027-01-04T09:00``, a moment where VALUE says DATE.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from kapplan.dataclass import dataclass
from kapplan.files.calendars.content_lines import ContentLine

_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_MOMENT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[Tt ]?(\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?([Zz])?")
_DURATION = re.compile(r"([+-])?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)
_LONGEST = timedelta(days=36525)
"""A hundred years: whoever writes more does not mean it."""
_A_DAY = 24 * 3600

ZoneOf = Callable[[ContentLine], tzinfo]
"""What tells by which zone a line's time without a zone of its own is read."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long something lasts: whole days by the clock on the wall, then seconds that really pass.

    ``to_midnight`` stands for an end that cannot be read: through the end of the day on which it begins.
    """

    days: int
    seconds: float
    to_midnight: bool = False

    @property
    def rough_seconds(self) -> float:
        """How long it is where no clock changes."""
        return self.days * _A_DAY + self.seconds

    @property
    def is_negative(self) -> bool:
        """Whether the end lies before the start."""
        return self.rough_seconds < 0

    @property
    def is_nothing(self) -> bool:
        """Whether the end is the start."""
        return not self.days and not self.seconds and not self.to_midnight


TO_MIDNIGHT = Length(0, 0, to_midnight=True)


def moment(text: str, line: ContentLine, zone: tzinfo) -> date:
    """Return a day, or a moment with its zone: UTC where it ends with ``Z``, else ``zone``."""
    text = text.strip()
    if only := _DATE.fullmatch(text):
        return date(*map(int, only.groups()))
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day = date(int(found[1]), int(found[2]), int(found[3]))
    if line.parameters.get("VALUE", "").upper() == "DATE":
        return day
    hour, minute, second = int(found[4]), int(found[5]), min(int(found[6] or 0), 59 if found[6] == "60" else 99)
    if (hour, minute, second) == (24, 0, 0):
        day, hour = day + timedelta(days=1), 0
    return datetime.combine(day, time(hour, minute, second), UTC if found[7] else zone)


def duration(text: str) -> Length:
    """Return a length such as ``PT1H30M`` or ``P2D``; it may be negative."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()[1:]):
        raise ValueError(text)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    whole = timedelta(weeks=min(weeks, 10**6), days=min(days, 10**6))
    rest = timedelta(hours=min(hours, 10**7), minutes=min(minutes, 10**8), seconds=min(seconds, 10**9))
    if whole + rest > _LONGEST:
        raise ValueError(text)
    sign = -1 if found[1] == "-" else 1
    return Length(sign * whole.days, sign * rest.total_seconds())


def items(text: str) -> list[str]:
    """Return the values of a list; vCalendar 1.0 parts them with semicolons."""
    return [item.strip() for item in re.split("[,;]", text)]


def wall_of(value: date) -> datetime:
    """Return a moment by the clock on the wall of its zone; a day begins at midnight."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else datetime.combine(value, time())


def instant_of(value: date, home: tzinfo) -> datetime:
    """Return a moment, or the beginning of a day at ``home``, in UTC; ``OverflowError`` at the ends of all time."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.combine(value, time(), home).astimezone(UTC)


def between(start: date, end: date, home: tzinfo) -> Length:
    """Return how long it is from a start until an end: whole days where both are days."""
    if isinstance(start, datetime) or isinstance(end, datetime):
        try:
            return Length(0, (instant_of(end, home) - instant_of(start, home)).total_seconds())
        except OverflowError:
            return Length(0, (wall_of(end) - wall_of(start)).total_seconds())
    return Length((end - start).days, 0)


def period(text: str, line: ContentLine, zone: tzinfo, home: tzinfo) -> tuple[datetime, Length]:
    """Return when a period starts, and how long it lasts: to midnight where its end cannot be read."""
    begin, _, end = text.partition("/")
    start = moment(begin, line, zone)
    if not isinstance(start, datetime):
        start = datetime.combine(start, time(), home)
    try:
        is_length = end.strip().lstrip("+-").upper().startswith("P")
        length = duration(end) if is_length else between(start, moment(end, line, zone), home)
    except ValueError:
        return start, TO_MIDNIGHT
    return start, TO_MIDNIGHT if length.is_negative else length


_HALF_A_DAY = timedelta(hours=12)
_LAST_MINUTES = (timedelta(seconds=1), timedelta(minutes=1))


def day_meant(value: date, zones: tuple[tzinfo, ...] = ()) -> date:
    """Return the day that a moment means where a day is wanted, as in the UNTIL of a series of whole days.

    Exchange writes such days as their midnight in UTC. Where it is a midnight of one of the zones it is that; else the
    nearest midnight serves for every zone but those farthest from Greenwich. The last second or minute of a day is that
    day. A moment that does not stand in UTC is on the day of its own clock.
    """
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is not UTC:
        return value.date()
    for zone in zones:
        for short in (timedelta(), *_LAST_MINUTES):
            local = (value + short).astimezone(zone)
            if local.time() == time():
                return (local - short).date()
    for short in _LAST_MINUTES:
        if (value + short).minute == 0 and (value + short).second == 0 and value.minute == 59:  # noqa: PLR2004
            return (value + short + _HALF_A_DAY).date() - timedelta(days=1)
    return (value + _HALF_A_DAY).date()
