"""Calendars that other projects collected from their users' reports: all are read, and as an independent reader does.

They come with the packages ``icalendar`` and ``recurring-ical-events``. Of ``ics``, ``ical``, ``icalevents``,
``vobject`` and ``x-wr-timezone``, and of npm's ``ical.js``, ``node-ical``, ``ical-generator`` and ``ics``, none
has any.
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from kapplan.errors import InvalidFileError
from kapplan.files.calendars.calendar_reader import CalendarTimes, calendar_times
from kapplan.files.toml.sources import SourceFile
from kapplan.planning.availability.free_time import Interval
from kapplan.planning.availability.timezones import zone

DENVER = zone("America/Denver")
FIRST, LAST = date(1990, 1, 1), date(2034, 12, 31)
READABLE = re.compile(
    rb"^BEGIN:VEVENT\r?$(?:(?!END:VEVENT).)*?^DTSTART[^\r\n]*:\d{8}(?:T\d{6}Z?)?\r?$", re.DOTALL | re.MULTILINE
)


def files_of(package: str) -> list[Path]:
    """Return the calendar files that an installed package ships, in order."""
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    return sorted(path for folder in folders for path in Path(folder).rglob("*.ics"))


REPORTED, FOLLOWED = files_of("icalendar"), files_of("recurring_ical_events")
NAMES = {path: path.name for path in (*REPORTED, *FOLLOWED)}


@cache
def read(path: Path) -> CalendarTimes:
    """Read a calendar by the clock of Denver."""
    return calendar_times(SourceFile(path.name, path.read_bytes(), path), DENVER, FIRST, LAST)


def test_there_are_such_calendars() -> None:
    """The packages ship what they are asked for here."""
    if not FOLLOWED:
        pytest.skip("recurring-ical-events is not installed, or ships no calendars")
    assert len(FOLLOWED) > 80


@pytest.mark.parametrize("path", [*REPORTED, *FOLLOWED], ids=NAMES.get)
def test_no_calendar_is_refused_of_which_an_event_can_be_read(path: Path) -> None:
    """Nothing that people sent breaks the reader; refused is only what shows no event and comes to no end."""
    try:
        found = read(path)
    except InvalidFileError:
        data = path.read_bytes()
        assert b"END:VCALENDAR" not in data
        assert not READABLE.search(data)
        return
    assert all(start < end for start, end in found.times)
    assert all(problem.warning and problem.file == path.name for problem in found.problems)


BROKEN_ON_PURPOSE = {
    "bad_rrule_missing_until_event.ics": "a misspelt UNTIL: the rule goes on, for them it ends",
    "end_before_start_event.ics": "the end comes first: to midnight, for them only from end to start",
    "issue_132_swapped_start_and_end.ics": "the end comes first: to midnight, for them only from end to start",
    "issue_75_range_parameter.ics": "a change of all later recurrences, moved by a day: they move the first twice",
}
"""Where we are busy at other times than they are, and why; elsewhere we are busy exactly when they are."""


@pytest.mark.parametrize("path", FOLLOWED, ids=NAMES.get)
def test_an_independent_reader_is_busy_at_the_same_times(path: Path) -> None:
    """Whatever recurring-ical-events finds busy is busy, and nothing else but for the reasons that are listed."""
    theirs = theirs_of(path)
    if theirs is None:
        pytest.skip("recurring-ical-events cannot read it")
    ours, theirs = joined(read(path).times), joined(theirs)
    if path.name in BROKEN_ON_PURPOSE:
        assert ours != theirs, "there is no reason for an exception any more"
    else:
        assert ours == theirs


BY_ANOTHER_CLOCK = re.compile(r"issue_526_|event_with_recurrence")
"""Calendars whose times they read by another clock: in a zone that nobody knows, or in none (we: the clinic's)."""


@pytest.mark.parametrize("path", REPORTED, ids=NAMES.get)
def test_nothing_that_an_independent_reader_finds_busy_is_free(path: Path) -> None:
    """Of calendars broken in whatever way, all the times that recurring-ical-events finds are busy here too."""
    theirs = theirs_of(path)
    if theirs is None:
        pytest.skip("recurring-ical-events cannot read it")
    theirs = joined(theirs)
    if not theirs:
        return
    ours = joined(read(path).times)
    before = (bisect_right(ours, start, key=itemgetter(0)) for start, _ in theirs)
    covered = all(place and end <= ours[place - 1][1] for place, (_, end) in zip(before, theirs, strict=True))
    assert covered or BY_ANOTHER_CLOCK.match(path.name)


def theirs_of(path: Path) -> list[Interval] | None:
    """Return the times that recurring-ical-events finds busy."""
    import icalendar
    import recurring_ical_events

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            calendars = icalendar.Calendar.from_ical(path.read_text(encoding="utf-8", errors="replace"), multiple=True)
            events = [
                event
                for calendar in calendars
                for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(
                    datetime(1990, 1, 1, tzinfo=DENVER), datetime(2035, 1, 1, tzinfo=DENVER)
                )
            ]
            return [(instant(event.start), instant(event.end)) for event in events if is_busy(event)]
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def is_busy(event: Any) -> bool:
    """Tell whether an event takes time."""
    is_free = event.get("TRANSP") == "TRANSPARENT" or event.get("STATUS") == "CANCELLED"
    return not is_free and "DTSTART" in event and instant(event.start) < instant(event.end)


def instant(moment: date) -> datetime:
    """Return a moment, or the beginning of a day, in UTC; what has no zone is in Denver."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=DENVER)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=DENVER)).astimezone(UTC)


def joined(times: Any) -> list[Interval]:
    """Return times as they cover the days, those that touch as one; cut to the days that are looked at."""
    low, high = instant(FIRST), instant(LAST + timedelta(days=1))
    found: list[Interval] = []
    for start, end in sorted((max(start, low), min(end, high)) for start, end in times):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
