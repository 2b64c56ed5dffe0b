"""Busy times from calendar files and plans, odd ones included; what events are about is never read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.calendar_plans import local, plan, visit

from kapplan.errors import InvalidFileError, UsageError
from kapplan.files.busy.booked_times import gather_busy, plan_times, read_busy
from kapplan.files.calendars.calendar_reader import CalendarTimes, calendar_times
from kapplan.files.plans.store import new_plan_file
from kapplan.files.toml.sources import SourceFile
from kapplan.model.clinic import Clinic, Room, Staff
from kapplan.model.plan import PlannedVisit
from kapplan.model.regimen import Regimen, RegimenVisit
from kapplan.model.visits import Minutes
from kapplan.planning.availability.timezones import zone

DENVER = zone("America/Denver")
FIRST, LAST = date(2027, 1, 1), date(2027, 12, 31)


def ics(*events: str) -> str:
    """Return a calendar file; lines that are indented or blank are cleaned up."""
    body = "\n".join(line.strip() for event in events for line in event.strip().splitlines())
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{body}\nEND:VCALENDAR\n".replace("\n", "\r\n")


def event(lines: str) -> str:
    """Return an event of these lines."""
    return f"BEGIN:VEVENT\nUID:one\nDTSTAMP:20270101T000000Z\nSUMMARY:Secret title\n{lines.strip()}\nEND:VEVENT"


def read(text: str, first: date = FIRST, last: date = LAST) -> CalendarTimes:
    """Read a calendar's text by the clock of Denver."""
    return calendar_times(SourceFile.of_text(text, "busy.ics"), DENVER, first, last)


def shown(found: CalendarTimes) -> list[str]:
    """Return the intervals by the clock of Denver: ``01-04 09:00-10:00``."""
    local = [(start.astimezone(DENVER), end.astimezone(DENVER)) for start, end in found.times]
    return [
        f"{a:%m-%d %H:%M}-{b:%H:%M}" if a.date() == b.date() else f"{a:%m-%d %H:%M} {b:%m-%d %H:%M}" for a, b in local
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20270104T160000Z\nDTEND:20270104T170000Z", ["01-04 09:00-10:00"]),
        (
            "DTSTART;TZID=America/New_York:20270104T090000\nDTEND;TZID=America/New_York:20270104T100000",
            ["01-04 07:00-08:00"],
        ),
        ("DTSTART;TZID=Mountain Standard Time:20270704T090000\nDURATION:PT45M", ["07-04 09:00-09:45"]),
        ("DTSTART:20270104T090000\nDURATION:PT1H30M", ["01-04 09:00-10:30"]),
        ("DTSTART;VALUE=DATE:20270104", ["01-04 00:00 01-05 00:00"]),
        ("DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270107", ["01-04 00:00 01-07 00:00"]),
        ("DTSTART;VALUE=DATE:20270314\nDTEND;VALUE=DATE:20270315", ["03-14 00:00 03-15 00:00"]),
        ("DTSTART;VALUE=DATE:20270104\nDURATION:P2D", ["01-04 00:00 01-06 00:00"]),
        ("DTSTART:20270104T090000", []),
        ("DTSTART:20270104T090000\nDTEND:20270104T090000", []),
        ("DTSTART:20261231T230000\nDTEND:20270101T013000", ["12-31 23:00 01-01 01:30"]),
        ("DTSTART:20261231T220000\nDTEND:20261231T230000", []),
        ("DTSTART:20280101T000000\nDTEND:20280101T010000", []),
        ("DTSTART:20270313T220000\nDURATION:P1D", ["03-13 22:00 03-14 22:00"]),
        ("DTSTART:20270104T090000\nDTEND:20270104T100000\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20270104T090000\nDTEND:20270104T100000\nSTATUS:CANCELLED", []),
        ("DTSTART:20270104T090000\nDTEND:20270104T100000\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", []),
        ("DTSTART:20270104T090000\nDTEND:20270104T100000\nSTATUS:TENTATIVE\nTRANSP:OPAQUE", ["01-04 09:00-10:00"]),
    ],
)
def test_single_events(lines: str, expected: list[str]) -> None:
    """An event takes the time it takes, by its own zone; free and cancelled ones take none."""
    assert shown(read(ics(event(lines)))) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("RRULE:FREQ=WEEKLY;COUNT=3", ["01-04 09:00-10:00", "01-11 09:00-10:00", "01-18 09:00-10:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20270112T160000Z", ["01-04 09:00-10:00", "01-11 09:00-10:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20270111T160000Z", ["01-04 09:00-10:00", "01-11 09:00-10:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20270111T155959Z", ["01-04 09:00-10:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20270111", ["01-04 09:00-10:00", "01-11 09:00-10:00"]),
        ("RRULE:FREQ=WEEKLY;COUNT=3;UNTIL=20270111", ["01-04 09:00-10:00", "01-11 09:00-10:00"]),
        ("RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=America/Denver:20270111T090000",
         ["01-04 09:00-10:00", "01-18 09:00-10:00"]),
        ("RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20270111T160000Z,20270104T160000Z", ["01-18 09:00-10:00"]),
        ("RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20270111\nEXDATE;VALUE=DATE:20270118", ["01-04 09:00-10:00"]),
        ("RDATE;TZID=America/Denver:20270105T110000", ["01-04 09:00-10:00", "01-05 11:00-12:00"]),
        ("RDATE;VALUE=PERIOD:20270105T180000Z/PT3H,20270106T180000Z/20270106T183000Z",
         ["01-04 09:00-10:00", "01-05 11:00-14:00", "01-06 11:00-11:30"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=2", ["01-04 09:00-10:00", "01-12 09:00-10:00", "02-09 09:00-10:00"]),
        ("RRULE:FREQ=YEARLY;COUNT=1\nRRULE:FREQ=DAILY;COUNT=2", ["01-04 09:00-10:00", "01-05 09:00-10:00"]),
    ],
)  # fmt: skip
def test_recurring_events(lines: str, expected: list[str]) -> None:
    """Recurring events are followed through counts, ends, exceptions and extra dates."""
    head = "DTSTART;TZID=America/Denver:20270104T090000\nDTEND;TZID=America/Denver:20270104T100000\n"
    found = read(ics(event(head + lines)))
    assert shown(found) == expected
    assert not found.problems


def test_recurrences_follow_the_clock_on_the_wall() -> None:
    """A weekly event stays at nine through both shifts of the clocks, and began long before the days asked for."""
    lines = "DTSTART;TZID=America/Denver:20200106T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY"
    found = read(ics(event(lines)), date(2027, 3, 8), date(2027, 3, 16))
    assert shown(found) == ["03-08 09:00-10:00", "03-15 09:00-10:00"]
    assert [start.hour for start, _ in found.times] == [16, 15]
    yearly = "DTSTART;VALUE=DATE:20200229\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"
    assert shown(read(ics(event(yearly)))) == ["02-28 00:00 03-01 00:00"]


SERIES = "DTSTART;TZID=America/Denver:20270104T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4"
ONWARD = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=America/Denver:"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("RECURRENCE-ID;TZID=America/Denver:20270105T090000\nDTSTART;TZID=America/Denver:20270120T140000\nDURATION:PT2H",
         ["01-04 09:00-10:00", "01-06 09:00-10:00", "01-07 09:00-10:00", "01-20 14:00-16:00"]),
        ("RECURRENCE-ID:20270105T160000Z\nDTSTART;TZID=America/Denver:20270105T090000\nDURATION:PT1H\nSTATUS:CANCELLED",
         ["01-04 09:00-10:00", "01-06 09:00-10:00", "01-07 09:00-10:00"]),
        ("RECURRENCE-ID;VALUE=DATE:20270105\nDTSTART;TZID=America/Denver:20270105T120000\nDURATION:PT1H",
         ["01-04 09:00-10:00", "01-05 12:00-13:00", "01-06 09:00-10:00", "01-07 09:00-10:00"]),
        (f"{ONWARD}20270106T090000\nDTSTART;TZID=America/Denver:20270106T103000\nDURATION:PT15M",
         ["01-04 09:00-10:00", "01-05 09:00-10:00", "01-06 10:30-10:45", "01-07 10:30-10:45"]),
        (f"{ONWARD}20270105T090000\nDTSTART;TZID=America/Denver:20270105T090000\nDURATION:PT1H\nSTATUS:CANCELLED",
         ["01-04 09:00-10:00"]),
    ],
)  # fmt: skip
def test_changed_recurrences(change: str, expected: list[str]) -> None:
    """A moved recurrence stands at its new time only, a cancelled one nowhere, whichever comes first in the file."""
    assert shown(read(ics(event(SERIES), event(change)))) == expected
    assert shown(read(ics(event(change), event(SERIES)))) == expected


def test_free_series_with_a_busy_exception() -> None:
    """An exception says for itself whether it is busy."""
    change = "RECURRENCE-ID:20270105T160000Z\nDTSTART:20270105T160000Z\nDURATION:PT1H"
    assert shown(read(ics(event(SERIES + "\nTRANSP:TRANSPARENT"), event(change)))) == ["01-05 09:00-10:00"]


def test_zone_of_the_files_own() -> None:
    """A zone that only the file defines is read by the file's definition."""
    own = """
        BEGIN:VTIMEZONE
        TZID:Clinic time
        BEGIN:STANDARD
        DTSTART:19700101T000000
        TZOFFSETFROM:-0500
        TZOFFSETTO:-0500
        END:STANDARD
        END:VTIMEZONE
    """
    found = read(ics(own, event("DTSTART;TZID=Clinic time:20270104T110000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2")))
    assert shown(found) == ["01-04 09:00-10:00", "01-05 09:00-10:00"]


def test_unknown_zone_is_read_by_the_clinics_clock_with_a_warning() -> None:
    """A zone that nobody knows is a warning, and the event is not lost."""
    found = read(ics(event("DTSTART;TZID=Nowhere/Land:20270104T090000\nDURATION:PT1H")))
    assert shown(found) == ["01-04 09:00-10:00"]
    assert [(problem.warning, "Nowhere/Land".lower() in problem.message.lower()) for problem in found.problems] == [
        (True, True)
    ]


def test_published_free_and_busy_times() -> None:
    """Published busy periods count, free ones do not."""
    text = ics("""
        BEGIN:VFREEBUSY
        UID:fb
        FREEBUSY:20270104T160000Z/PT1H,20270105T160000Z/20270105T170000Z
        FREEBUSY;FBTYPE=FREE:20270106T160000Z/PT1H
        FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20270107T160000Z/PT1H
        FREEBUSY:20260107T160000Z/PT1H
        END:VFREEBUSY
    """)
    assert shown(read(text)) == ["01-04 09:00-10:00", "01-05 09:00-10:00", "01-07 09:00-10:00"]


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ("DTSTART:2027garbage\nDURATION:PT1H", "DTSTART"),
        ("DURATION:PT1H", "starts"),
        ("DTSTART:20270104T090000\nDURATION:PX", "DURATION"),
        ("DTSTART:20270104T090000\nDTEND:20270104T080000", "ends before"),
        ("DTSTART:20270104T090000\nDURATION:-PT1H", "ends before"),
        ("DTSTART:20270104T090000\nDURATION:PT1H\nRRULE:FREQ=NONSENSE", "RRULE"),
        ("DTSTART:20270104T090000\nDURATION:PT1H\nRRULE:COUNT=3", "RRULE"),
        ("DTSTART:20270104T090000\nDURATION:PT1H\nRRULE:FREQ=SECONDLY", "too often"),
        ("DTSTART:20270104T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("DTSTART:20270104T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=-1", "INTERVAL"),
        ("DTSTART:20270104T090000\nDURATION:P999999999D", "DURATION"),
        ("DTSTART:20270104T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:never", "EXDATE"),
        ("DTSTART:20270104T090000\nDURATION:PT1H\nRECURRENCE-ID:never", "RECURRENCE-ID"),
    ],
)
def test_broken_events_are_warnings(lines: str, word: str) -> None:
    """An event that cannot be read is left out with a warning that keeps its title to itself; the others are read."""
    good = event("DTSTART:20270105T090000\nDURATION:PT1H").replace("UID:one", "UID:two")
    found = read(ics(event(lines), good))
    assert "01-05 09:00-10:00" in shown(found)
    (problem,) = found.problems
    assert problem.warning
    assert word in problem.message
    assert "Secret" not in problem.message


@pytest.mark.parametrize(
    "data",
    [b"", b"garbage", b"\x00\x01\x02\xff", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"BEGIN:VCARD\r\nEND:VCARD\r\n",
     b"BEGIN:VCALENDAR\r\nno colon here\r\n", b"END:VCALENDAR\r\n", b"[clinic]\nname = 1\n"],
)  # fmt: skip
def test_files_that_are_no_calendars(data: bytes) -> None:
    """A file that is no whole calendar is an error that names it."""
    with pytest.raises(InvalidFileError) as caught:
        calendar_times(SourceFile("busy.ics", data), DENVER, FIRST, LAST)
    assert [(problem.file, problem.warning) for problem in caught.value.problems] == [("busy.ics", False)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_odd_encodings_do_no_harm(encoding: str) -> None:
    """A byte order mark, another encoding or bare line feeds do not hide when somebody is busy."""
    text = ics(event("DTSTART:20270104T090000\nDURATION:PT1H\nLOCATION:Caf\u00e9")).replace("\r\n", "\n")
    found = calendar_times(SourceFile("busy.ics", text.encode(encoding)), DENVER, FIRST, LAST)
    assert shown(found) == ["01-04 09:00-10:00"]


def test_several_calendars_in_one_file() -> None:
    """A file may hold more than one calendar."""
    one, other = event("DTSTART:20270104T090000\nDURATION:PT1H"), event("DTSTART:20270105T090000\nDURATION:PT1H")
    assert shown(read(ics(one) + ics(other))) == ["01-04 09:00-10:00", "01-05 09:00-10:00"]


@given(st.text(alphabet="BEGINVTDSRU:;=\r\nX0123456789TZ,/-", max_size=300))
def test_no_text_breaks_the_reader(noise: str) -> None:
    """Whatever stands in an event, reading ends with times, warnings or the error for a broken file."""
    try:
        found = read(ics(event(f"DTSTART:20270104T090000\nDURATION:PT1H\n{noise}")))
    except InvalidFileError:
        return
    assert all(start < end for start, end in found.times)


# -- a clinic's files -----------------------------------------------------------------------------------------------


def write(path: Path, *lines: str) -> str:
    """Write a calendar with an event for each of the texts and return the file's name."""
    events = [event(line).replace("UID:one", f"UID:{number}") for number, line in enumerate(lines)]
    path.write_text(ics(*events), encoding="utf-8", newline="")
    return path.name


def test_gather_says_who_is_busy(tmp_path: Path) -> None:
    """Each list keeps its owner busy; relative paths count from the clinic's folder; warnings are handed on."""
    clinic = Clinic(
        busy=(write(tmp_path / "all.ics", "DTSTART:20270104T160000Z\nDURATION:PT1H"),),
        rooms=(Room(id="blue", busy=(write(tmp_path / "blue.ics", "DTSTART:20270105T160000Z\nDURATION:PT1H"),)),),
        staff=(Staff(id="ana", roles=("therapist",), busy=(write(tmp_path / "ana.ICS", "DTSTART:oops"),)),),
    )
    found = gather_busy(clinic, tmp_path, DENVER, FIRST)
    assert {owner: len(times) for owner, times in found.by_owner.items()} == {
        "clinic": 1,
        "room:blue": 1,
        "staff:ana": 0,
    }
    assert found.by_owner["clinic"] == ((datetime(2027, 1, 4, 16, tzinfo=UTC), datetime(2027, 1, 4, 17, tzinfo=UTC)),)
    assert [problem.warning for problem in found.problems] == [True]


def test_recurring_events_are_followed_for_years(tmp_path: Path) -> None:
    """Without a last day recurring events are followed for five years."""
    name = write(tmp_path / "all.ics", "DTSTART:20270104T160000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY")
    assert len(gather_busy(Clinic(busy=(name,)), tmp_path, DENVER, FIRST).by_owner["clinic"]) == 5


def test_missing_and_broken_files_are_told(tmp_path: Path) -> None:
    """A file that is not there is a usage error; broken ones are told all at once."""
    with pytest.raises(UsageError, match=r"nowhere\.ics"):
        gather_busy(Clinic(busy=("nowhere.ics",)), tmp_path, DENVER, FIRST)
    with pytest.raises(UsageError):
        read_busy(tmp_path / "nowhere.ics", DENVER, FIRST, LAST)
    for name in ("a.ics", "b.ics", "c.plan.toml"):
        (tmp_path / name).write_text("nothing of the kind", encoding="utf-8")
    with pytest.raises(InvalidFileError) as caught:
        gather_busy(Clinic(busy=("a.ics", "b.ics", "c.plan.toml")), tmp_path, DENVER, FIRST)
    assert {Path(problem.file).name for problem in caught.value.problems} == {"a.ics", "b.ics", "c.plan.toml"}


def clinic_visit(number: int, status: str = "planned", **changes: Any) -> PlannedVisit:
    """Return a visit in the blue room with a therapist, on a day of its own."""
    start = local(f"2027-01-0{number} 09:00")
    return visit(start, **{"number": number, "status": status, "staff": ("ana",), "room": "blue", **changes})


def test_open_visits_of_plans_block_rooms_and_staff(tmp_path: Path) -> None:
    """What is ahead of other patients blocks their room and their staff, once, whichever list names the plan."""
    made = plan(
        clinic_visit(1, "completed"), clinic_visit(4), clinic_visit(5, "confirmed"), clinic_visit(6, "cancelled")
    )
    new_plan_file(tmp_path / "other.plan.toml", made)
    (tmp_path / "notes.toml").write_text("not = 'a plan'", encoding="utf-8")
    clinic = Clinic(busy=(".", "other.plan.toml"), rooms=(Room(id="red", busy=("other.plan.toml",)),))
    found = gather_busy(clinic, tmp_path, DENVER, FIRST)
    days = {owner: [start.day for start, _ in times] for owner, times in found.by_owner.items()}
    assert days == {"room:blue": [4, 5], "staff:ana": [4, 5]}


def test_plan_being_placed_blocks_nothing(tmp_path: Path) -> None:
    """The plan that is being placed again does not stand in its own way."""
    made = plan(clinic_visit(4))
    new_plan_file(tmp_path / "own.plan.toml", made)
    found = gather_busy(Clinic(busy=(".",)), tmp_path, DENVER, FIRST, excluding_plans={made.id})
    assert found.by_owner == {}


def test_room_without_a_name_is_the_only_one() -> None:
    """A visit that needs a room and has none named takes the only room; one by video takes none."""
    needing = RegimenVisit(
        id="integration-4", kind="integration", number=4, type="integration", title="Integration", phase="p",
        tier="course", place="clinic", minutes=Minutes(administer=60), needs=("room",),
    )  # fmt: skip
    regimen = Regimen(protocol="p", visits=(needing,), timing=(), limits=())
    bare = plan(clinic_visit(4, room=None, staff=()), clinic_visit(5, room=None, place="remote"), regimen=regimen)
    assert [owner for owner, _ in plan_times(bare)] == ["room:", "staff:ana"]


@pytest.mark.parametrize("sequence", [0, 1, -1])
@pytest.mark.parametrize(
    "lasts", ["", "DURATION:PT1H", "DURATION:P30D", "DTEND:20260101T000000Z", "DTEND:never", "TRANSP:TRANSPARENT"]
)
@pytest.mark.parametrize(
    "start",
    [
        ":20270601T160000Z", ";TZID=Europe/Berlin:20270601T160000", ";VALUE=DATE:20270601", ":20270101T060000Z",
        ":20270101T070000Z", ":20280101T065959Z", ":20280101T080000Z", ":20261231", ":99991231T235959Z",
    ],
)  # fmt: skip
def test_what_happens_once_is_read_as_a_series_would_be(
    start: str, lasts: str, sequence: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that happens once takes what a closer look at it finds, at the ends of the days looked at too."""
    text = ics(event(f"DTSTART{start}\n{lasts}\nSEQUENCE:{sequence}"))
    found = read(text)
    monkeypatch.setattr("kapplan.files.calendars.series._once", lambda *_: None)
    assert found == read(text)
