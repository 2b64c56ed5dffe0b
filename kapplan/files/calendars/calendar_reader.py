"""A whole calendar file: its busy times, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass
from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.calendars.content_lines import Component, Unread, read_components
from kapplan.files.calendars.events import CalendarEvent, CalendarOwner, EventReader
from kapplan.files.calendars.file_zones import Zones
from kapplan.files.calendars.series import busy_times, grouped
from kapplan.files.toml.sources import MEBIBYTE, SourceFile
from kapplan.planning.availability.free_time import Interval
from kapplan.planning.availability.recurrence import StepBudget
from kapplan.planning.availability.timezones import start_of_day

LARGEST_CALENDAR = 64 * MEBIBYTE
STEPS_OF_FILE = 3_000_000
"""What all series of a file may take together: a second or two."""
_TOLD = 20
"""How many places of a file are named one by one."""
NOBODY = CalendarOwner()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarTimes:
    """The busy intervals of a calendar file, in order, and what of the file could not be read.

    ``events`` is how many events (and published free and busy times) it holds, ``free`` how many of them take no time
    by their own word: free, cancelled, declined.
    """

    times: tuple[Interval, ...]
    problems: tuple[FileProblem, ...] = ()
    events: int = 0
    free: int = 0


def calendar_times(
    source: SourceFile,
    zone: ZoneInfo,
    first: date,
    last: date,
    owner: CalendarOwner = NOBODY,
    *,
    leaving_out: Collection[str] = (),
) -> CalendarTimes:
    """Return when a calendar says that somebody is busy, on the days ``first`` through ``last`` of a zone.

    Recurring events are followed with their exceptions; free, cancelled and (by the ``owner``) declined ones are left
    out, and so are those whose UID is to be left out; floating times are read in ``zone``. What cannot be read is a
    warning. Raises ``InvalidFileError`` where it is no calendar.
    """
    begin, end = start_of_day(first, zone), start_of_day(last + timedelta(days=1), zone)
    text = read_components(_checked(source))
    contents = _Contents(zone, owner)
    for calendar in text.calendars:
        contents.add(calendar)
    if not text.ended and not contents.events and not contents.periods:
        raise _no_calendar(source, "it has no whole VCALENDAR")
    unread = [*text.unread, *contents.unread]
    times = {interval for interval in contents.periods if interval[0] < end and interval[1] > begin}
    steps = StepBudget(STEPS_OF_FILE)
    for group in grouped(event for event in contents.events if event.uid not in leaving_out):
        found, missed = busy_times(group, begin, end, steps)
        times |= found
        unread += missed
    return CalendarTimes(
        times=tuple(sorted(times)),
        problems=_problems(source, unread),
        events=contents.count,
        free=sum(event.is_free or event.calls_off for event in contents.events),
    )


def read_events(data: bytes, zone: ZoneInfo) -> tuple[CalendarEvent, ...]:
    """Return the events of a calendar object, as far as they can be read."""
    contents = _Contents(zone, NOBODY)
    for calendar in read_components(data).calendars:
        contents.add(calendar)
    return tuple(contents.events)


class _Contents:
    """What the calendar objects of a file hold."""

    def __init__(self, home: ZoneInfo, owner: CalendarOwner) -> None:
        self.home, self.owner = home, owner
        self.has_summer_time = _has_summer_time(home)
        self.events: list[CalendarEvent] = []
        self.periods: list[Interval] = []
        self.unread: list[Unread] = []
        self.count = 0

    def add(self, calendar: Component) -> None:
        """Take over what one calendar object holds."""
        zones = Zones(calendar, self.home, has_summer_time=self.has_summer_time)
        reader = EventReader(zones, self.owner, calls_off=calendar.word("METHOD") == "CANCEL")
        for component in calendar.walk("VEVENT"):
            self.count += 1
            event = reader.read(component)
            if event is not None:
                self.events.append(event)
        for component in calendar.walk("VFREEBUSY"):
            self.count += 1
            self.periods += [interval for interval in reader.periods(component) if interval[0] < interval[1]]
        self.unread += [*zones.unread, *reader.unread]
        passed = next(calendar.walk("VAVAILABILITY"), None)
        if passed is not None:
            self.unread.append(Unread(passed.line, "VAVAILABILITY is passed over: only events and FREEBUSY count"))


def _has_summer_time(zone: ZoneInfo) -> bool:
    """Tell whether the clocks of a zone change in the course of a year."""
    offsets = {datetime(2027, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in range(1, 13)}
    return len(offsets) > 1


def _checked(source: SourceFile) -> bytes:
    if len(source.data) > LARGEST_CALENDAR:
        raise _no_calendar(source, f"it is larger than {LARGEST_CALENDAR // MEBIBYTE} MiB")
    return source.data


def _no_calendar(source: SourceFile, why: str) -> InvalidFileError:
    message = f"not a calendar that can be read: {why}"
    return InvalidFileError((FileProblem(message=message, file=source.name, expected="an iCalendar file (RFC 5545)"),))


def _problems(source: SourceFile, unread: Iterable[Unread]) -> tuple[FileProblem, ...]:
    """Return what could not be read as warnings, in the order of the file; of very many only the first."""
    found: Sequence[Unread] = sorted(set(unread))
    told = [FileProblem(message=each.message, file=source.name, line=each.line, warning=True) for each in found[:_TOLD]]
    if len(found) > _TOLD:
        untold = len(found) - _TOLD
        more = f"{untold} more place{'' if untold == 1 else 's'} of this calendar cannot be read"
        told.append(FileProblem(message=more, file=source.name, warning=True))
    return tuple(told)
