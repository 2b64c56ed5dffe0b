"""Calendars as programs really write them, through the whole command line: the day of the dose tells how one was read.

The clinic is open from Monday to Friday for one hour, Mon 4 Jan 2027 is the first day, and ``ana.ics`` is the calendar
of its only therapist: the dose falls on the first day on which she is free.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from support.command_line import CommandLine

CASES = Path(__file__).parent.parent / "data" / "cases"
TODAY = ("--today", "2027-01-01", "--format", "plain")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in an empty folder."""
    return CommandLine(tmp_path, monkeypatch)


def day_of_dose(line: CommandLine, **env: str) -> tuple[str, str]:
    """Plan the profile of a folder; return when the dose starts (``Tue 01-05 09:00``), and what was said beside it."""
    ran = line("plan", "profile.toml", *TODAY, env=env)
    assert ran.code == 0, ran.err
    (row,) = (row.split("\t") for row in ran.text.splitlines() if row.startswith("dosing-1\t"))
    return f"{row[4]} {row[2][5:10]} {row[2][11:16]}", ran.err


@pytest.mark.parametrize(
    ("case", "starts", "said"),
    [
        ("01-zone-leak-between-files", "Wed 01-06 09:00", ""),
        ("03-thunderbird-zero-duration", "Tue 01-05 09:00", ""),
        ("04-all-day-ends-on-its-start", "Tue 01-05 09:00", ""),
        ("05-end-without-zone", "Tue 01-05 09:00", ""),
        ("07-all-day-until-moment", "Thu 01-07 09:00", ""),
        ("08-all-day-exdate-moment", "Mon 01-04 09:00", ""),
        ("10-all-day-with-zone", "Tue 01-05 16:30", ""),
        ("11-older-sequence", "Mon 01-04 09:00", ""),
        ("13-cancel-object", "Mon 01-04 09:00", ""),
        ("15-declined-meeting", "Tue 01-05 09:00", ""),
        ("16-icloud-offset", "Tue 01-05 09:00", ""),
        ("17-fastmail-tzuntil", "Tue 01-05 09:00", ""),
        ("19-exchange-blank-tzid", "Tue 01-05 09:00", "ana.ics:23: warning: this time zone has no name"),
        ("21-alarm-trigger", "Tue 01-05 09:00", ""),
        ("23-bare-carriage-returns", "Tue 01-05 09:00", ""),
        ("25-freebusy-one-bad-period", "Tue 01-05 09:00", "ana.ics:7: warning: the end of a period cannot be read"),
        ("26-exdate-trailing-comma", "Tue 01-05 09:00", "ana.ics:10: warning: a value of EXDATE cannot be read"),
        ("28-zone-names", "Thu 01-07 09:00", ""),
        ("29-freebusy-system-zone", "Wed 01-06 09:00", ""),
        ("30-crash-rdate-time", "Tue 01-05 09:00", "ana.ics:9: warning: a value of RDATE cannot be read"),
    ],
)
def test_calendars_of_programs(line: CommandLine, case: str, starts: str, said: str) -> None:
    """A calendar that some program wrote keeps its owner busy when people see it do so, and odd lines are named."""
    shutil.copytree(CASES / case, line.folder, dirs_exist_ok=True)
    for zone in ("UTC", "America/Denver"):
        found, err = day_of_dose(line, TZ=zone)
        assert found == starts
        assert said in err
        assert ("warning" in err) == bool(said)


# -- their siblings -------------------------------------------------------------------------------------------------


def event(lines: str, uid: str = "one@example") -> str:
    """Return an event of these lines."""
    return f"BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20261201T000000Z\nSUMMARY:Secret title\n{lines.strip()}\nEND:VEVENT\n"


def object_of(text: str, head: str = "") -> str:
    """Return a calendar object."""
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example//EN\n{head}{text}END:VCALENDAR\n"


def read(line: CommandLine, calendar: str, encoding: str = "utf-8") -> tuple[str, str]:
    """Plan around a calendar; return the day of the dose and what was said."""
    shutil.copytree(CASES / "26-exdate-trailing-comma", line.folder, dirs_exist_ok=True)
    (line.folder / "ana.ics").write_bytes(calendar.replace("\n", "\r\n").encode(encoding))
    starts, err = day_of_dose(line)
    assert "Secret" not in err
    return starts[:9], err


MONDAY = "DTSTART;TZID=America/Denver:20270104T090000\nDTEND;TZID=America/Denver:20270104T100000\n"
TUESDAY = MONDAY.replace("0104", "0105")
WEEK = MONDAY + "RRULE:FREQ=DAILY;COUNT=5\n"
DAYS = "DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270105\n"
OF_TUESDAY = "RECURRENCE-ID;TZID=America/Denver:20270105T090000\n"

ENDS = {
    "DTEND and a zero DURATION": (MONDAY + "DURATION:PT0S", "Tue 01-05"),
    "DTEND and a longer DURATION": ("DTSTART:20270104T140000Z\nDTEND:20270104T150000Z\nDURATION:PT3H", "Tue 01-05"),
    "an end that no clock shows": ("DTSTART:20270104T150000Z\nDTEND:20270104T990000Z", "Tue 01-05"),
    "an end cut short": ("DTSTART:20270104T150000Z\nDTEND;TZID=America/Den", "Tue 01-05"),
    "an end without a value": ("DTSTART:20270104T150000Z\nDTEND:", "Tue 01-05"),
    "a DURATION of months": ("DTSTART:20270104T150000Z\nDURATION:P1M", "Tue 01-05"),
    "a DURATION below nothing": ("DTSTART:20270104T150000Z\nDURATION:-PT1H", "Tue 01-05"),
    "an end before the start": ("DTSTART:20270104T180000Z\nDTEND:20270104T150000Z", "Tue 01-05"),
    "an end in another zone": (
        "DTSTART;TZID=America/Denver:20270104T080000\nDTEND;TZID=America/New_York:20270104T113000", "Tue 01-05"),
    "a start without its end's zone": (
        "DTSTART:20270104T110000\nDTEND;TZID=America/New_York:20270104T120000", "Tue 01-05"),
    "an end that is a day": ("DTSTART;TZID=America/Denver:20270104T090000\nDTEND;VALUE=DATE:20270104", "Tue 01-05"),
    "an hour 24": ("DTSTART;TZID=America/Denver:20270104T090000\nDTEND;TZID=America/Denver:20270105T240000",
                   "Wed 01-06"),
    "an ISO date": ("DTSTART;TZID=America/Denver:2027-01-04T09:00:00\nDTEND;TZID=America/Denver:2027-01-04T10:00:00",
                    "Tue 01-05"),
    "no end": ("DTSTART;TZID=America/Denver:20270104T090000", "Mon 01-04"),
    "an end that is the start": (MONDAY.replace("T10", "T09"), "Mon 01-04"),
    "all day, lasting no time": ("DTSTART;VALUE=DATE:20270104\nDURATION:PT0S", "Tue 01-05"),
    "all day, without an end": ("DTSTART;VALUE=DATE:20270104", "Tue 01-05"),
    "all day, ending before": ("DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270103", "Tue 01-05"),
    "all day, ending in the afternoon": ("DTSTART;VALUE=DATE:20270104\nDTEND:20270104T080000", "Tue 01-05"),
    "all day, with a time all the same": ("DTSTART;VALUE=DATE:20270104T120000\nDTEND;VALUE=DATE:20270105T000000",
                                          "Tue 01-05"),
    "all day, as Outlook says beside it": (
        "DTSTART:20270103T230000Z\nDTEND:20270104T230000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "Tue 01-05"),
    "all day by Outlook, in its zone": (
        "DTSTART;TZID=Europe/Berlin:20270105T000000\nDURATION:P1D\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "Mon 01-04"),
    "a day that does not say so": ("DTSTART:20270104\nDTEND:20270105", "Tue 01-05"),
}  # fmt: skip


@pytest.mark.parametrize("what", ENDS)
def test_ends(line: CommandLine, what: str) -> None:
    """However an event says how long it lasts, it lasts at least as long as anybody could read."""
    lines, expected = ENDS[what]
    assert read(line, object_of(event(lines)))[0] == expected


RULES = {
    "a COUNT below nothing": (MONDAY + "RRULE:FREQ=DAILY;COUNT=-1;UNTIL=20270106T235959Z", "Thu 01-07", "COUNT"),
    "an UNTIL that is none": (WEEK.replace("COUNT=5", "UNTIL=soon;BYDAY=MO,TU"), "Wed 01-06", "UNTIL"),
    "a FREQ that is none": (MONDAY + "RRULE:FREQ=SOMETIMES", "Tue 01-05", "FREQ"),
    "a rule of vCalendar 1.0": (MONDAY + "RRULE:W1 MO #0", "Tue 01-05", "FREQ"),
    "a BYDAY that is none": (MONDAY + "RRULE:FREQ=WEEKLY;BYDAY=XX;UNTIL=20270106T235959Z", "Thu 01-07", "every day"),
    "an INTERVAL that is none": (MONDAY + "RRULE:FREQ=DAILY;INTERVAL=0;COUNT=2", "Wed 01-06", "INTERVAL"),
    "a semicolon too many": (MONDAY + "RRULE:FREQ=DAILY;COUNT=2;", "Wed 01-06", ""),
    "blanks in a list": (MONDAY + "RRULE:FREQ=WEEKLY;BYDAY=MO, TU", "Wed 01-06", ""),
    "an empty rule": (MONDAY + "RRULE:", "Tue 01-05", ""),
    "an EXDATE that is none": (WEEK + "EXDATE:never", "Mon 01-11", "EXDATE"),
    "an EXDATE without its zone": (WEEK + "EXDATE:20270106T090000", "Wed 01-06", ""),
    "an EXDATE of a day": (WEEK + "EXDATE;VALUE=DATE:20270105", "Tue 01-05", ""),
    "an RDATE that is none": (MONDAY + "RDATE:never,20270105T160000Z", "Wed 01-06", "RDATE"),
    "an RDATE of a day": (MONDAY + "RDATE;VALUE=DATE:20270105", "Wed 01-06", ""),
    "an RDATE whose end is none": (MONDAY + "RDATE;VALUE=PERIOD:20270105T150000Z/never", "Wed 01-06", ""),
    "a RECURRENCE-ID that is none": (MONDAY + "RECURRENCE-ID:never", "Tue 01-05", "RECURRENCE-ID"),
    "a STATUS that is none": (MONDAY + "STATUS;X=\nSTATUS:GONE", "Tue 01-05", "STATUS"),
    "every minute": (MONDAY + "RRULE:FREQ=MINUTELY;UNTIL=20270105T235959Z", "Wed 01-06", ""),
    "a day that never comes": (MONDAY + "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "Tue 01-05", ""),
    "daily since the year 1": ("DTSTART:00010101T160000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20270105T200000Z",
                               "Wed 01-06", ""),
    "all day, UNTIL a day": (DAYS + "RRULE:FREQ=DAILY;UNTIL=20270105", "Wed 01-06", ""),
    "all day, UNTIL midnight there": (DAYS + "RRULE:FREQ=DAILY;UNTIL=20270105T000000", "Wed 01-06", ""),
    "all day, UNTIL midnight in Denver": (DAYS + "RRULE:FREQ=DAILY;UNTIL=20270105T070000Z", "Wed 01-06", ""),
    "all day, UNTIL the day's last second": (DAYS + "RRULE:FREQ=DAILY;UNTIL=20270105T235959Z", "Wed 01-06", ""),
    "all day, UNTIL Denver's last second": (DAYS + "RRULE:FREQ=DAILY;UNTIL=20270106T065959Z", "Wed 01-06", ""),
    "all day, EXDATE as a moment in UTC": (DAYS + "RRULE:FREQ=DAILY;COUNT=5\nEXDATE:20270104T070000Z", "Mon 01-04", ""),
    "all day, EXDATE as Exchange": (DAYS + "RRULE:FREQ=DAILY;COUNT=5\nEXDATE:20270103T230000Z", "Mon 01-04", ""),
    "all day, RDATE as a moment": (DAYS + "RDATE:20270105T070000Z", "Wed 01-06", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", RULES)
def test_repetitions(line: CommandLine, what: str) -> None:
    """A rule or an exception that cannot be read never frees time, and is named; the others are followed."""
    lines, expected, said = RULES[what]
    starts, err = read(line, object_of(event(lines)))
    assert starts == expected
    assert said in err
    assert ("warning" in err) == bool(said)


REVISIONS = {
    "moved by a later revision": (event(MONDAY + "SEQUENCE:0") + event(TUESDAY + "SEQUENCE:1"), "Mon 01-04"),
    "the later revision first": (event(TUESDAY + "SEQUENCE:1") + event(MONDAY + "SEQUENCE:0"), "Mon 01-04"),
    "a revision twice, apart": (event(MONDAY + "SEQUENCE:1") + event(TUESDAY + "SEQUENCE:1"), "Wed 01-06"),
    "a SEQUENCE that is none": (event(MONDAY + "SEQUENCE:x") + event(TUESDAY + "SEQUENCE:1"), "Wed 01-06"),
    "other UIDs": (event(MONDAY + "SEQUENCE:0", "a") + event(TUESDAY + "SEQUENCE:1", "b"), "Wed 01-06"),
    "no UIDs": (event(MONDAY, "") + event(TUESDAY + "SEQUENCE:1", ""), "Wed 01-06"),
    "cancelled in place": (event(MONDAY + "STATUS:CANCELLED"), "Mon 01-04"),
    "cancelled by a later revision": (event(MONDAY) + event(MONDAY + "STATUS:CANCELLED\nSEQUENCE:1"), "Mon 01-04"),
    "one recurrence cancelled": (event(WEEK) + event(OF_TUESDAY + TUESDAY + "STATUS:CANCELLED"), "Tue 01-05"),
    "one recurrence moved away": (event(WEEK) + event(OF_TUESDAY + MONDAY.replace("0104", "0120")), "Tue 01-05"),
    "a change that copies the rule": (
        event(WEEK.replace("5", "2")) + event(OF_TUESDAY + MONDAY.replace("0104", "0106") + "RRULE:FREQ=DAILY;COUNT=2"),
        "Tue 01-05"),
    "a change that a later revision takes out": (
        event(OF_TUESDAY + TUESDAY + "SEQUENCE:1") + event(
            WEEK + "SEQUENCE:2\nEXDATE;TZID=America/Denver:20270105T090000"), "Tue 01-05"),
    "a change of a day that a later revision has no more": (
        event(OF_TUESDAY + TUESDAY + "SEQUENCE:1") + event(MONDAY + "RRULE:FREQ=WEEKLY\nSEQUENCE:2"), "Tue 01-05"),
    "two revisions of a change": (
        event(MONDAY + "RRULE:FREQ=DAILY;COUNT=2") + event(OF_TUESDAY + TUESDAY + "SEQUENCE:1")
        + event(OF_TUESDAY + MONDAY.replace("0104", "0120") + "SEQUENCE:2"), "Tue 01-05"),
    "all day, changed by a moment": (
        event(DAYS + "RRULE:FREQ=DAILY;COUNT=5") + event(
            "RECURRENCE-ID:20270103T230000Z\nDTSTART;VALUE=DATE:20270120"), "Mon 01-04"),
    "free by TRANSP": (event(MONDAY + "TRANSP:TRANSPARENT"), "Mon 01-04"),
    "free by Outlook": (event(MONDAY + "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), "Mon 01-04"),
    "busy by TRANSP, free by what Outlook left": (
        event(MONDAY + "TRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:FREE"), "Tue 01-05"),
}  # fmt: skip


@pytest.mark.parametrize("what", REVISIONS)
def test_revisions(line: CommandLine, what: str) -> None:
    """What a later revision or a cancellation takes back is free; what merely shares a UID is not."""
    text, expected = REVISIONS[what]
    assert read(line, object_of(text))[0] == expected


CANCEL = "METHOD:CANCEL\n"


@pytest.mark.parametrize(
    ("lines", "cancel", "expected"),
    [
        (MONDAY, MONDAY + "SEQUENCE:1", "Mon 01-04"),
        (MONDAY, MONDAY + "SEQUENCE:0\nSTATUS:CANCELLED", "Mon 01-04"),
        (MONDAY + "SEQUENCE:2", MONDAY + "SEQUENCE:1\nSTATUS:CANCELLED", "Tue 01-05"),
        (WEEK, OF_TUESDAY + TUESDAY + "SEQUENCE:1\nSTATUS:CANCELLED", "Tue 01-05"),
        (WEEK, MONDAY + "SEQUENCE:1\nSTATUS:CANCELLED", "Mon 01-04"),
    ],
)
def test_objects_that_cancel(line: CommandLine, lines: str, cancel: str, expected: str) -> None:
    """An object that cancels takes back an event, a series or one recurrence, but not a later revision."""
    for text in (object_of(event(lines)) + object_of(event(cancel), CANCEL),
                 object_of(event(cancel), CANCEL) + object_of(event(lines))):  # fmt: skip
        assert read(line, text)[0] == expected


BROKEN = {
    "a VTIMEZONE without observances": ("BEGIN:VTIMEZONE\nTZID:America/Denver\nEND:VTIMEZONE\n", ""),
    "a VTIMEZONE with a broken rule": (
        "BEGIN:VTIMEZONE\nTZID:America/Denver\nBEGIN:STANDARD\nDTSTART:never\nRRULE:x\nEND:STANDARD\nEND:VTIMEZONE\n",
        "",
    ),
    "an alarm that nobody can read": ("BEGIN:VALARM\nTRIGGER:P\nEND:VALARM\n", ""),
    "a task with a broken date": ("BEGIN:VTODO\nDUE:never\nDTSTART:x\nno colon\nEND:VTODO\n", ""),
    "a line without a colon": ("nonsense\n", "ana.ics:4: warning: this line is none of a calendar's"),
    "an END of nothing": ("END:VEVENT\n", "ana.ics:4: warning: END without its BEGIN"),
    "an event that is not ended": ("BEGIN:VEVENT\nSUMMARY:Secret title\n", "ana.ics:4: warning: VEVENT is not ended"),
    "an event without a start": (event("DURATION:PT1H", "x"), "ana.ics:4: warning: an event is left out"),
    "an event whose start is none": (event("DTSTART:soon", "x"), "ana.ics:8: warning: an event is left out"),
    "a component of somebody's own": ("BEGIN:X-THING\nDTSTART:x\nEND:X-THING\n", ""),
    "a journal": ("BEGIN:VJOURNAL\nDTSTART:x\nEND:VJOURNAL\n", ""),
    "office hours": ("BEGIN:VAVAILABILITY\nDTSTART:x\nEND:VAVAILABILITY\n", "VAVAILABILITY is passed over"),
    "a quote that is not closed": ('ATTENDEE;CN="Ana:mailto:ana@example.com\n', ""),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_never_refuses_a_calendar(line: CommandLine, what: str) -> None:
    """Whatever stands beside an event that can be read, the event counts; what may have been one is named."""
    text, said = BROKEN[what]
    starts, err = read(line, object_of(text + event(MONDAY)))
    assert starts == "Tue 01-05"
    assert said in err


@pytest.mark.parametrize(
    "end", ["", "END:VEVENT\n", "END:VEVENT\nEND:VCALENDAR\nand then some\n", "DESCRIPTION:cut\\,"]
)
def test_calendars_that_end_early_or_late(line: CommandLine, end: str) -> None:
    """A calendar that was cut short, or goes on behind its end, keeps busy what it shows, and the rest is named."""
    starts, err = read(line, object_of(event(MONDAY)).partition("END:VEVENT")[0] + end)
    assert starts == "Tue 01-05"
    assert "warning" in err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\r\r\n"])
def test_encodings_and_line_ends(line: CommandLine, encoding: str, ending: str) -> None:
    """No encoding and no way to end lines hides when somebody is busy; folded lines are one."""
    text = object_of(event("LOCATION:Caf\u00e9\n" + MONDAY.replace("Denver", "De\n nver")))
    shutil.copytree(CASES / "26-exdate-trailing-comma", line.folder, dirs_exist_ok=True)
    (line.folder / "ana.ics").write_bytes(text.replace("\n", ending).encode(encoding))
    assert day_of_dose(line)[0][:9] == "Tue 01-05"


ZONES = {
    "America/Denver": "T0900",
    "america/DENVER": "T0900",
    "US/Mountain": "T0900",
    "/mozilla.org/20050126_1/America/Denver": "T0900",
    "/freeassociation.sourceforge.net/Tzfile/America/Denver": "T0900",
    "America/New York": "T1100",
    "Mountain Standard Time": "T0900",
    "w. europe standard time": "T1700",
    "(UTC-07:00) Mountain Time (US & Canada)": "T0900",
    "tzone://Microsoft/Utc": "T1600",
    "tzone://Microsoft/Mountain Standard Time": "T0900",
    "UTC": "T1600",
    "Etc/GMT+7": "T0900",
    "UTC-07:00": "T0900",
    "GMT+0100": "T1700",
    "+02:00": "T1800",
}


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("name", ZONES)
def test_names_of_zones(line: CommandLine, name: str, quoted: bool) -> None:
    """A zone is known by any name that programs give it, in quotes or without."""
    zone = f'"{name}"' if quoted else name
    lines = f"DTSTART;TZID={zone}:20270104{ZONES[name]}00\nDURATION:PT1H"
    starts, err = read(line, object_of(event(lines)))
    assert starts == "Tue 01-05"
    assert "warning" not in err


@pytest.mark.parametrize("name", ["Nowhere/Land", "House Time", "tzone://Microsoft/Custom", "UTC+99", "x" * 300])
def test_unknown_zones_are_told_as_they_are_written(line: CommandLine, name: str) -> None:
    """A zone that nobody knows is read by the clinic's clock, and named with its letters as they are."""
    starts, err = read(line, object_of(event(f"DTSTART;TZID={name}:20270104T090000\nDURATION:PT1H")))
    assert starts == "Tue 01-05"
    assert f'"{name}" is unknown' in err.replace("\n", " ")


@pytest.mark.parametrize("name", ["EST", "MST", "HST"])
def test_abbreviations_that_know_no_summer(line: CommandLine, name: str) -> None:
    """People write MST for a place whose clocks change: where the clinic's do, that is asked about."""
    _, err = read(line, object_of(event(f"DTSTART;TZID={name}:20270104T090000\nDURATION:PT1H")))
    assert f'"{name}" knows no summer time' in err


ALL_YEAR = "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{0}\nTZOFFSETTO:{0}\nEND:STANDARD\n"


def defined(name: str, offset: str) -> str:
    """Return the definition of a zone that keeps one offset."""
    return f"BEGIN:VTIMEZONE\nTZID:{name}\n{ALL_YEAR.format(offset)}END:VTIMEZONE\n"


def test_each_object_has_zones_of_its_own(line: CommandLine) -> None:
    """Two objects of one file may define a zone of one name, before or after it is used."""
    one = object_of(event("DTSTART;TZID=Custom:20270104T110000\nDURATION:PT1H") + defined("Custom", "-0500"))
    other = object_of(defined("Custom", "-0700") + event("DTSTART;TZID=Custom:20270105T090000\nDURATION:PT1H", "two"))
    assert read(line, one + other)[0] == read(line, other + one)[0] == "Wed 01-06"


@pytest.mark.parametrize("begin", ["\ufeffBEGIN:VCALENDAR\n", "BEGIN VCALENDAR\n", ""])
def test_calendars_without_a_beginning_have_zones_too(line: CommandLine, begin: str) -> None:
    """A calendar behind another whose beginning cannot be read is one, with the zones that it defines."""
    one = object_of(event("DTSTART;TZID=Custom:20270104T110000\nDURATION:PT1H") + defined("Custom", "-0500"))
    rest = defined("Custom", "-0700") + event("DTSTART;TZID=Custom:20270105T090000\nDURATION:PT1H", "two")
    assert read(line, one + begin + rest + "END:VCALENDAR\n")[0] == "Wed 01-06"


def test_a_place_is_where_it_is(line: CommandLine) -> None:
    """A place keeps the clock of the zone data, whatever a file defines by its name; an abbreviation the file's."""
    lines = "DTSTART;TZID={}:20270104T090000\nDURATION:PT1H"
    place = object_of(defined("America/Denver", "+0900") + event(lines.format("America/Denver")))
    short = object_of(defined("MST", "-0700") + event(lines.format("MST")))
    assert read(line, place)[0] == "Tue 01-05"
    assert read(line, short) == ("Tue 01-05", read(line, place)[1])


def test_a_calendar_that_says_whose_time_it_keeps(line: CommandLine) -> None:
    """Times without a zone are in the one that a calendar says it keeps, days are days."""
    head = "X-WR-TIMEZONE:America/New_York\n"
    assert read(line, object_of(event("DTSTART:20270104T110000\nDURATION:PT1H"), head))[0] == "Tue 01-05"
    assert read(line, object_of(event("DTSTART;VALUE=DATE:20270104"), head))[0] == "Tue 01-05"


FREEBUSY = {
    "FREEBUSY:20270104T160000Z/20270104T170000Z": "Tue 01-05",
    "FREEBUSY:20270104T160000Z/PT1H,20270105T160000Z/PT1H": "Wed 01-06",
    "FREEBUSY;TZID=America/Denver:20270104T090000/PT1H": "Tue 01-05",
    "FREEBUSY:20270104T090000/20270104T100000": "Tue 01-05",
    "FREEBUSY:20270104T150000Z/never": "Tue 01-05",
    "FREEBUSY:20270104T150000Z": "Tue 01-05",
    "FREEBUSY:never/20270104T160000Z,20270105T160000Z/PT1H": "Mon 01-04",
    "FREEBUSY;FBTYPE=FREE:20270104T160000Z/PT1H": "Mon 01-04",
    "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270104T160000Z/PT1H": "Tue 01-05",
    "FREEBUSY;FBTYPE=X-OTHER:20270104T160000Z/PT1H": "Tue 01-05",
    "FREEBUSY;FBTYPE=BUSY:": "Mon 01-04",
}


@pytest.mark.parametrize("published", FREEBUSY)
def test_published_free_and_busy_times(line: CommandLine, published: str) -> None:
    """A calendar of free and busy times alone is one; each of its periods is read by itself."""
    text = object_of(f"BEGIN:VFREEBUSY\nUID:f\n{published}\nEND:VFREEBUSY\n")
    assert read(line, text)[0] == FREEBUSY[published]


# -- whose calendar, and what check says ----------------------------------------------------------------------------

DECLINED = "ATTENDEE;PARTSTAT=DECLINED;CN=Ana:mailto:Ana@Example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:bo@example.com"
PERHAPS = "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ana@example.com"
ANA = 'email = "ana@example.com"'


@pytest.mark.parametrize(
    ("lines", "whose", "expected"),
    [
        (DECLINED, ANA, "Mon 01-04"),
        (DECLINED, 'email = " ANA@example.com"', "Mon 01-04"),
        (DECLINED, 'email = "bo@example.com"', "Tue 01-05"),
        (DECLINED, 'email = "cy@example.com"', "Tue 01-05"),
        (DECLINED, "", "Tue 01-05"),
        (DECLINED.replace("DECLINED", "NEEDS-ACTION"), ANA, "Tue 01-05"),
        ("ATTENDEE;PARTSTAT=DECLINED;EMAIL=ana@example.com:urn:uuid:1", ANA, "Mon 01-04"),
        (PERHAPS, ANA, "Tue 01-05"),
        (PERHAPS, ANA + ', tentative = "free"', "Mon 01-04"),
        (PERHAPS, 'tentative = "free"', "Tue 01-05"),
        ("STATUS:TENTATIVE", "", "Tue 01-05"),
        ("STATUS:TENTATIVE", 'tentative = "free"', "Mon 01-04"),
        ("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", 'tentative = "free"', "Mon 01-04"),
    ],
)
def test_meetings_that_the_owner_answered(line: CommandLine, lines: str, whose: str, expected: str) -> None:
    """What the owner of a calendar declined leaves them free, if the file says who they are; what is open does not."""
    shutil.copytree(CASES / "15-declined-meeting", line.folder, dirs_exist_ok=True)
    line.write("ana.ics", object_of(event(MONDAY + lines)))
    clinic = (line.folder / "clinic.toml").read_text(encoding="utf-8")
    entry = f'{{ file = "ana.ics"{", " if whose else ""}{whose} }}'
    line.write("clinic.toml", clinic.replace('["ana.ics"]', f"[{entry}]"))
    assert day_of_dose(line)[0][:9] == expected


def test_check_counts_what_a_calendar_gives(line: CommandLine) -> None:
    """``check`` says of each calendar file how many busy times it gives, what takes none, and what it passed over."""
    shutil.copytree(CASES / "15-declined-meeting", line.folder, dirs_exist_ok=True)
    clinic = (line.folder / "clinic.toml").read_text(encoding="utf-8")
    line.write("clinic.toml", clinic.replace('["ana.ics"]', f'["ana.ics", {{ file = "two", {ANA} }}]'))
    line.write("two", object_of(event(MONDAY + DECLINED) + event(WEEK + "EXDATE:never", "b") + event("DTSTART:x", "c")))
    free = "1 left free (free, cancelled or declined)"
    for name in ("clinic.toml", "profile.toml"):
        ran = line("check", name, "--today", "2027-01-01")
        assert ran.code == 0
        assert ran.text.splitlines() == [
            f"{name}: no mistakes found",
            "  ana.ics (staff:ana): 1 busy time through 2032-01-01, of 1 event",
            f"  two (staff:ana): 5 busy times through 2032-01-01, of 3 events, {free}, 2 places that cannot be read",
        ]
        assert ran.err.count("warning") == 2
    (line.folder / "two").unlink()
    ran = line("check", "clinic.toml", "--today", "2027-01-01")
    assert (ran.code, "there is no calendar file two" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        ('rrule = "FREQ=WEEKLY;BYDAY=FR;COUNT=3"', "counts its days (COUNT) needs `from`"),
        ('rrule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"', "leaves days out (INTERVAL) needs `from`"),
        ('rrule = "FREQ=WEEKLY;BYDAY=FR;COUNT=3"\nfrom = 2027-01-08', ""),
        ('rrule = "FREQ=WEEKLY;BYDAY=FR"', ""),
    ],
)
def test_closures_that_count_need_a_first_day(line: CommandLine, closed: str, said: str) -> None:
    """A rule that counts or skips without a day to count from is told, by ``check`` of the clinic and the profile."""
    shutil.copytree(CASES / "31-closure-count", line.folder, dirs_exist_ok=True)
    clinic = (line.folder / "clinic.toml").read_text(encoding="utf-8")
    line.write("clinic.toml", clinic.replace('rrule = "FREQ=WEEKLY;BYDAY=FR;COUNT=3"', closed))
    for name in ("clinic.toml", "profile.toml"):
        ran = line("check", name)
        assert ran.code == 0
        assert said in ran.err
        assert ("warning" in ran.err) == bool(said)
    if "COUNT" in said:
        assert "closes nothing after 2024-01-19" in " ".join(ran.err.split())


@pytest.mark.parametrize(
    ("holidays", "code", "said"),
    [
        ('"US-TX"', 5, "Confederate Memorial Day"),
        ('{ country = "US-TX", except = ["Confederate Memorial Day"] }', 0, ""),
        ('{ country = "US-TX", except = [2027-01-19] }', 0, ""),
        ('{ country = "US-TX", except = ["Confederate Heroes Day"] }', 3, "did you mean: Confederate Memorial Day"),
        ('{ country = "US-TX", categories = ["bank"] }', 3, 'no category "bank"'),
    ],
)
def test_a_clinic_that_works_on_a_holiday(line: CommandLine, holidays: str, code: int, said: str) -> None:
    """A clinic keeps the holidays of its place without listing them, but for those on which it works."""
    shutil.copytree(CASES / "41-open-on-a-holiday", line.folder, dirs_exist_ok=True)
    clinic = (line.folder / "clinic.toml").read_text(encoding="utf-8")
    line.write("clinic.toml", clinic.replace('"US-TX"', holidays))
    ran = line("plan", "profile.toml", *TODAY)
    assert ran.code == code, ran.err
    assert said in ran.err
    assert code or "2027-01-19T09:00" in ran.text


@pytest.mark.parametrize(
    ("code", "said"), [("GB", "Easter Monday"), ("CA", "Victoria Day"), ("HK", "optional"), ("US", "")]
)
def test_check_hints_at_regions_and_categories(line: CommandLine, code: str, said: str) -> None:
    """A country that alone says less than its regions or categories do gets a hint, and is no mistake."""
    line.write("clinic.toml", f'[clinic]\ntimezone = "America/Denver"\nholidays = "{code}"\n')
    ran = line("check", "clinic.toml")
    assert ran.code == 0
    assert said in ran.err
    assert bool(ran.err) == bool(said)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("away = [{ until = 2027-01-08 }]", "`from` is missing"),
        ("away = [{ from = 2027-01-08 }]", "`until` is missing"),
        ('away = [{ rrule = "FREQ=WEEKLY;INTERVAL=2" }]', "needs `from`"),
        ('away = [{ rrule = "sometimes" }]', "a rule repeats by"),
        ('away = [{ rrule = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30" }]', "no day ever keeps this rule"),
        ('away = [{ from = 2027-01-08T09:00:00, until = 2027-01-08T10:00:00, hours = ["09:00-10:00"] }]', "whole days"),
        ('also = [{ hours = ["09:00-10:00"] }]', "does not say on which days"),
        ("also = [{ on = 2027-01-08 }]", "hours` is missing"),
        ("also = [{ on = 2027-01-08, hours = [] }]", "there are no hours"),
        ('also = [{ on = 2027-01-08, hours = ["09:00-12:00", "10:00-11:00"] }]', "overlap"),
        ('also = [{ rrule = "FREQ=WEEKLY;COUNT=2", hours = ["09:00-10:00"] }]', "needs `from`"),
    ],
)
def test_hours_and_absences_that_are_none(line: CommandLine, where: str, said: str) -> None:
    """What an absence or extra hours leave out or contradict is a mistake at its place, for staff and patients."""
    shutil.copytree(CASES / "31-closure-count", line.folder, dirs_exist_ok=True)
    clinic = '[clinic]\ntimezone = "UTC"\n'
    line.write("clinic.toml", f'{clinic}[[clinic.staff]]\nid = "a"\nroles = ["therapist"]\n{where}\n')
    ran = line("check", "clinic.toml")
    assert (ran.code, said in ran.err) == (3, True), ran.err
    profile = (line.folder / "profile.toml").read_text(encoding="utf-8")
    line.write("profile.toml", f"{profile}\n[availability]\n{where}\n")
    line.write("clinic.toml", clinic)
    ran = line("check", "profile.toml")
    assert (ran.code, said in ran.err) == (3, True), ran.err


PAGE = Path(__file__).parent.parent.parent / "docs" / "calendars.md"


@pytest.mark.parametrize("number", range(3))
def test_clinics_of_the_page(line: CommandLine, number: int) -> None:
    """Each clinic that the page on calendars shows has no mistakes."""
    shown = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(shown) == 3
    line.write("clinic.toml", shown[number])
    for name in ("house.ics", "okafor.ics"):
        line.write(name, object_of(event(MONDAY)))
    ran = line("check", "clinic.toml")
    assert (ran.code, ran.err) == (0, "")
    assert "no mistakes found" in ran.text


@pytest.mark.parametrize("calendar", [b"", b"BEGIN:VCALENDAR\r\nBEGIN:VEV", b"<html>log in</html>", None])
def test_records_do_not_depend_on_a_calendar(line: CommandLine, calendar: bytes | None) -> None:
    """What happened is saved whatever became of a calendar beside it; what was not looked at is said with its file."""
    shutil.copytree(CASES / "26-exdate-trailing-comma", line.folder, dirs_exist_ok=True)
    assert line("plan", "profile.toml", *TODAY[:2], "-o", "a.plan.toml").code == 0
    path = line.folder / "ana.ics"
    path.unlink() if calendar is None else path.write_bytes(calendar)
    ran = line("done", "a.plan.toml", "dosing-1", "--today", "2027-01-05T12:00")
    assert ran.code == 0, ran.err
    assert "The dates were not looked at: " in ran.err
    assert "ana.ics" in ran.err
    assert "kapplan refresh a.plan.toml" in ran.err
    assert "completed" in line("show", "a.plan.toml").text


def test_every_case_is_tested() -> None:
    """No folder of cases lies there without a test that names it."""
    told = "".join(path.read_text("utf-8") for path in CASES.parents[1].rglob("test_*.py"))
    assert [case.name for case in CASES.iterdir() if f'"{case.name}"' not in told] == []
