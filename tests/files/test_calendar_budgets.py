"""Calendars that run away: bounded in steps, in bytes and in waiting, and what is cut short never frees time."""

from __future__ import annotations

import os
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kapplan.errors import UsageError
from kapplan.files.calendars import calendar_reader
from kapplan.files.calendars.calendar_reader import CalendarTimes, calendar_times
from kapplan.files.calendars.series import STEPS_OF_SERIES
from kapplan.files.toml import sources
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.planning.availability.timezones import zone

DENVER = zone("America/Denver")
FIRST, LAST = date(2027, 1, 1), date(2031, 12, 31)
BEGIN, END = datetime(2027, 1, 1, 7, tzinfo=UTC), datetime(2032, 1, 1, 7, tzinfo=UTC)
A_DAY = timedelta(days=1)


def event(lines: str, uid: int = 0) -> str:
    """Return an event of these lines."""
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\n{lines}\r\nEND:VEVENT\r\n"


def read(*events: str) -> CalendarTimes:
    """Read a calendar over five years."""
    text = "BEGIN:VCALENDAR\r\n" + "".join(events) + "END:VCALENDAR\r\n"
    return calendar_times(SourceFile("busy.ics", text.encode()), DENVER, FIRST, LAST)


def is_busy_daily(found: CalendarTimes, first: datetime, last: datetime) -> bool:
    """Tell whether every day between two moments is taken whole."""
    day = first
    while day + A_DAY <= last:
        if not any(start <= day and day + A_DAY <= end for start, end in found.times):
            return False
        day += A_DAY
    return True


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY;BYHOUR=9",
        f"FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE={','.join(map(str, range(60)))}",
    ],
)
def test_a_series_over_its_budget_blocks_every_day_from_its_start(rule: str) -> None:
    """What happens too often to be followed is busy from its first day on, is named, and frees the days before."""
    found = read(event(f"DTSTART:20270601T160000Z\r\nDURATION:PT1S\r\nRRULE:{rule}"))
    start = datetime(2027, 6, 1, tzinfo=UTC)
    assert is_busy_daily(found, start, END)
    assert min(found.times)[0] >= start
    assert [(problem.line, "too often" in problem.message) for problem in found.problems] == [(2, True)]
    free = read(event(f"DTSTART:20270601T160000Z\r\nDURATION:PT1S\r\nTRANSP:TRANSPARENT\r\nRRULE:{rule}"))
    assert not free.times


def test_a_series_over_its_budget_ends_where_it_says() -> None:
    """The last day of a series that cannot be followed still counts."""
    rule = "RRULE:FREQ=SECONDLY;UNTIL=20270701T000000Z"
    found = read(event(f"DTSTART:20270601T160000Z\r\nDURATION:PT1S\r\n{rule}"))
    assert is_busy_daily(found, datetime(2027, 6, 1, 6, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC))
    assert max(found.times)[1] < datetime(2027, 7, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "busy"),
    [
        ("DTSTART:20270104T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 1),
        ("DTSTART:20270104T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", 1),
        ("DTSTART:20270104T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 1),
        ("DTSTART:00010101T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY", 5 * 365 + 1),
        ("DTSTART;VALUE=DATE:00010101\r\nRRULE:FREQ=DAILY", 5 * 365 + 1),
        ("DTSTART:20270104T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=HOURLY;COUNT=10", 10),
        ("DTSTART:00010101T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=YEARLY;COUNT=5000", 5),
        ("DTSTART:99991231T160000Z\r\nDURATION:PT10H\r\nRRULE:FREQ=DAILY", 0),
        ("DTSTART:99991231T235959\r\nDURATION:P30000D\r\nRRULE:FREQ=YEARLY", 0),
    ],
)
def test_rules_at_the_ends_of_time(lines: str, busy: int) -> None:
    """Rules that never happen, or began in the year 1, cost no more than others and need no warning."""
    found = read(event(lines))
    assert len(found.times) == busy
    assert not found.problems


def test_a_rule_counted_since_the_year_1_blocks() -> None:
    """A COUNT that would have to be counted through two thousand years is taken as not over."""
    found = read(event("DTSTART:00010101T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=900000"))
    assert is_busy_daily(found, BEGIN, END)
    assert len(found.problems) == 1


def test_a_file_has_a_budget_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where many series together take too long, those that are left block from their start on, and are named."""
    monkeypatch.setattr(calendar_reader, "STEPS_OF_FILE", 20_000)
    daily = [event("DTSTART:20270104T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY", uid) for uid in range(40)]
    late = event("DTSTART:20290101T160000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY", 40)
    found = read(*daily, late)
    assert is_busy_daily(found, datetime(2029, 1, 1, 7, tzinfo=UTC), END)
    assert found.problems[-1].message.endswith("more places of this calendar cannot be read")
    assert STEPS_OF_SERIES > 2 * 24 * 5 * 366, "an hourly series of five years is followed"


def test_a_hundred_thousand_events() -> None:
    """A calendar of very many events is read whole, each in a few steps."""
    number = 100_000
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    starts = [moment + timedelta(minutes=20 * n) for n in range(number)]
    found = read(*(event(f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDURATION:PT5M", n) for n, start in enumerate(starts)))
    assert found.events == number
    assert len(found.times) == sum(BEGIN <= start < END for start in starts)
    assert not found.problems


def test_very_many_places_are_summed_up() -> None:
    """Of a calendar full of broken lines the first are named and the others counted."""
    found = read(*(event("DTSTART:never", uid) for uid in range(500)))
    assert len(found.problems) < 30
    assert "480 more places" in found.problems[-1].message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX's")
def test_pipes_and_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe is read as long as somebody writes into it; nobody waits for ever, and a device is no file."""
    pipe = tmp_path / "ana.ics"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" * 9_000,))
    writer.start()
    assert len(open_source(pipe, at_most=10**6).data) == 32 * 9_000
    writer.join()
    monkeypatch.setattr(sources, "PIPE_SECONDS", 0.1)
    with pytest.raises(UsageError, match="nobody wrote into this pipe"):
        open_source(pipe)
    with pytest.raises(UsageError, match="is a device"):
        open_source("/dev/zero", what="calendar file")
