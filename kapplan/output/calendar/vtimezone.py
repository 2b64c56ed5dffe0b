"""VTIMEZONE in the one shape that calendar programs agree on.

One STANDARD and at most one DAYLIGHT, each with one yearly rule that begins in 1970, the IANA name as TZID. The rules
come from the last line of the zone's TZif file, a POSIX string such as ``MST7MDT,M3.2.0,M11.1.0``, which tells how the
zone's clock behaves from its last change of law on. Where that is not the whole truth (a law that changes within a
plan, a fast that moves with the moon), ``YearlyZone.tells`` says so and the time is better written in UTC.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Self

from kapplan.dataclass import dataclass
from kapplan.planning.availability.timezones import exists_once, zone

_FIRST_YEAR = 1970
_LAST_WEEK = 5
_DAY = 24 * 60 * 60
_ICAL_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_POSIX = re.compile(
    r"(?P<std>[A-Za-z]+|<[A-Za-z0-9+-]+>)(?P<std_offset>[+-]?[\d:]+)"
    r"(?:(?P<dst>[A-Za-z]+|<[A-Za-z0-9+-]+>)(?P<dst_offset>[+-]?[\d:]+)?"
    r",M(?P<begin>[\d.]+)(?:/(?P<begin_time>[+-]?[\d:]+))?"
    r",M(?P<end>[\d.]+)(?:/(?P<end_time>[+-]?[\d:]+))?)?"
)


@lru_cache(maxsize=256)
def _day_of(month: int, week: int, weekday: int, year: int) -> datetime:
    """Return the midnight with which the day of an onset begins: of every visit that is told the same are asked for."""
    first, length = calendar.monthrange(year, month)
    days = range(1 + (weekday - first) % 7, length + 1, 7)
    return datetime(year, month, days[-1 if week == -1 else week - 1])  # noqa: DTZ001 - a local time


@dataclass(frozen=True, slots=True)
class Onset:
    """The yearly moment of a change: the ``week``-th ``weekday`` (Monday is 0) of a month, -1 being the last.

    ``seconds`` after midnight are counted on the clock that is in force until then.
    """

    month: int
    week: int
    weekday: int
    seconds: int

    @classmethod
    def parse(cls, rule: str, time: str | None) -> Self:
        """Read ``3.2.0`` and ``2`` of a POSIX string; a time outside the day moves the weekday.

        A weekday moved so is right in most years (the Sunday after the first Saturday is the first Sunday, but for
        months that begin with one); ``YearlyZone.tells`` finds the others.
        """
        month, week, sunday_based = (int(part) for part in rule.split("."))
        days, seconds = divmod(_seconds(time or "2"), _DAY)
        weekday = (sunday_based - 1 + days) % 7
        return cls(month, -1 if week == _LAST_WEEK else week, weekday, seconds)

    def in_year(self, year: int) -> datetime:
        """Return the onset's local time in a year, without a zone."""
        return _day_of(self.month, self.week, self.weekday, year) + timedelta(seconds=self.seconds)

    @property
    def rrule(self) -> str:
        """The yearly recurrence rule."""
        return f"FREQ=YEARLY;BYMONTH={self.month};BYDAY={self.week}{_ICAL_DAYS[self.weekday]}"


@dataclass(frozen=True, slots=True)
class Observance:
    """Standard or daylight time: its name, its offset, the offset before it, and when it begins each year."""

    name: str
    before: timedelta
    offset: timedelta
    onset: Onset | None

    def lines(self, component: str) -> tuple[str, ...]:
        """Return the content lines of the component of this name."""
        first = self.onset.in_year(_FIRST_YEAR) if self.onset else datetime(_FIRST_YEAR, 1, 1)  # noqa: DTZ001
        return (
            f"BEGIN:{component}",
            f"DTSTART:{first:%Y%m%dT%H%M%S}",
            f"TZOFFSETFROM:{_offset_text(self.before)}",
            f"TZOFFSETTO:{_offset_text(self.offset)}",
            f"TZNAME:{self.name}",
            *((f"RRULE:{self.onset.rrule}",) if self.onset else ()),
            f"END:{component}",
        )


@dataclass(frozen=True, slots=True)
class YearlyZone:
    """A time zone as a VTIMEZONE tells it: the same two changes each year, or none."""

    tzid: str
    standard: Observance
    daylight: Observance | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The content lines of the VTIMEZONE, none longer than 75 octets, without line ends."""
        return (
            "BEGIN:VTIMEZONE",
            f"TZID:{self.tzid}",
            *self.standard.lines("STANDARD"),
            *(self.daylight.lines("DAYLIGHT") if self.daylight else ()),
            "END:VTIMEZONE",
        )

    def offset_at(self, instant: datetime) -> timedelta:
        """Return the offset from UTC that a reader of the VTIMEZONE finds at an instant."""
        if self.daylight is None:
            return self.standard.offset
        changes = [
            ((onset.in_year(year) - observance.before).replace(tzinfo=UTC), observance.offset)
            for year in (instant.year - 1, instant.year, instant.year + 1)
            for observance in (self.standard, self.daylight)
            if (onset := observance.onset)
        ]
        return max(change for change in changes if change[0] <= instant)[1]

    def tells(self, instant: datetime) -> bool:
        """Whether the local time of an instant, read by these rules or by the zone's own data, is this instant alone.

        False where the yearly rules differ from the zone's data, and for local times that occur twice.
        """
        place = zone(self.tzid)
        local = instant.astimezone(place).replace(tzinfo=None)
        return exists_once(local, place) and self._instants(local) == {instant.astimezone(UTC)}

    def _instants(self, local: datetime) -> set[datetime]:
        offsets = {self.standard.offset, *([self.daylight.offset] if self.daylight else [])}
        instants = {offset: (local - offset).replace(tzinfo=UTC) for offset in offsets}
        return {instant for offset, instant in instants.items() if self.offset_at(instant) == offset}


@cache
def yearly_zone(name: str) -> YearlyZone | None:
    """Return the yearly rules of an IANA zone, or ``None`` where its data end without any.

    Raises ``UsageError`` for a name that the ``tzdata`` package does not hold.
    """
    match = _POSIX.fullmatch(_footer(name))
    if match is None:
        return None
    standard_offset = -timedelta(seconds=_seconds(match["std_offset"]))
    standard_name = match["std"].strip("<>")
    if match["dst"] is None:
        return YearlyZone(name, Observance(standard_name, standard_offset, standard_offset, None))
    daylight_offset = standard_offset + timedelta(hours=1)
    if match["dst_offset"]:
        daylight_offset = -timedelta(seconds=_seconds(match["dst_offset"]))
    begin = Onset.parse(match["begin"], match["begin_time"])
    end = Onset.parse(match["end"], match["end_time"])
    two = (
        Observance(standard_name, daylight_offset, standard_offset, end),
        Observance(match["dst"].strip("<>"), standard_offset, daylight_offset, begin),
    )
    # Irish law calls winter time the exception; calendars want the smaller offset as STANDARD.
    return YearlyZone(name, *sorted(two, key=lambda observance: observance.offset))


def _footer(name: str) -> str:
    """Return the last line of a zone's file; ``UsageError`` where there is none of that name."""
    known = zone(name).key
    data = files("tzdata").joinpath("zoneinfo", *known.split("/")).read_bytes()
    return data.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii", "replace")


def _seconds(text: str) -> int:
    """Return the seconds of ``[+-]h[:m[:s]]``."""
    sign = -1 if text.startswith("-") else 1
    hours, minutes, seconds, *_ = (*(int(part) for part in text.lstrip("+-").split(":")), 0, 0)
    return sign * (hours * 3600 + minutes * 60 + seconds)


def _offset_text(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    minutes, odd = divmod(rest, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02d}{minutes:02d}{f'{odd:02d}' if odd else ''}"
