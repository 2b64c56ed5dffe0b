"""Calendar files: the times of visits and the zones they are told in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import event_of, local, plan, visit
from support.ics_bytes import events, tree

from kapplan.errors import UsageError
from kapplan.planning.journal.calendar_identity import calendar_uid


def test_times_are_local_with_the_iana_name_and_an_end() -> None:
    """Start and end are local times with the TZID of the plan's zone; there is no DURATION."""
    event = event_of(visit(local("2027-01-21 09:00"), hours=3))
    assert (event.parameters("DTSTART"), event.get("DTSTART")) == ("TZID=America/Denver", "20270121T090000")
    assert (event.parameters("DTEND"), event.get("DTEND")) == ("TZID=America/Denver", "20270121T120000")
    assert event.all("DURATION") == []


def test_the_instant_counts_whatever_zone_a_time_carries() -> None:
    """A start given in UTC or by offset is written as the clinic's local time of that instant."""
    start = local("2027-07-21 09:00")
    for same in (start.astimezone(UTC), datetime.fromisoformat("2027-07-21T17:00:00+02:00")):
        assert event_of(visit(same)).get("DTSTART") == "20270721T090000"


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time is never taken for the machine's own."""
    with pytest.raises(ValueError, match="time zone"):
        event_of(visit(datetime(2027, 1, 21, 9), end=datetime(2027, 1, 21, 10)))  # noqa: DTZ001


def test_the_end_comes_after_the_start() -> None:
    """A visit without a length lasts a minute, since readers refuse an empty entry."""
    event = event_of(visit(local("2027-01-21 09:00"), hours=0))
    assert event.get("DTEND") == "20270121T090100"


def test_a_visit_of_which_only_the_day_is_known_takes_up_no_time() -> None:
    """A visit held before the plan was made is a transparent whole day, for which no zone need be defined."""
    course = plan(visit(local("2027-01-21 00:00"), hours=2, status="completed", timed=False))
    event = events(calendar_bytes([course]).content)[0]
    assert (event.parameters("DTSTART"), event.get("DTSTART")) == ("VALUE=DATE", "20270121")
    assert (event.get("DTEND"), event.get("STATUS"), event.get("TRANSP")) == ("20270122", "CONFIRMED", "TRANSPARENT")
    assert tree(calendar_bytes([course]).content).blocks("VTIMEZONE") == []


def test_timezones_come_once_each_and_before_all_entries() -> None:
    """A file has one VTIMEZONE for each zone in use, sorted by name, all before the first VEVENT."""
    courses = [
        plan(visit(local("2027-01-21 09:00", zone)), id=zone + str(n), timezone=zone)
        for zone in ("Europe/London", "America/Denver")
        for n in range(2)
    ]
    calendar = tree(calendar_bytes(courses).content)
    assert [child.name for child in calendar.children] == ["VTIMEZONE"] * 2 + ["VEVENT"] * 4
    assert [zone.get("TZID") for zone in calendar.blocks("VTIMEZONE")] == ["America/Denver", "Europe/London"]


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("America/Santiago", "2030-09-03 09:00"),  # in a week in which the yearly rule is early
        ("America/Denver", "2027-11-07 01:30"),  # occurs twice
        ("America/Denver", "2027-11-07 00:30"),  # ends when it is 01:30 for the first time
    ],
)
def test_what_no_timezone_can_tell_is_written_in_utc(zone: str, start: str) -> None:
    """Where readers would not agree on a local time, both ends are in UTC, and a warning names visit and zone."""
    good = visit(local("2030-06-03 09:00", zone), number=7)
    odd = visit(local(start, zone))
    export = calendar_bytes([plan(good, odd, timezone=zone)])
    found = {event.get("UID"): event for event in events(export.content)}
    event = found[calendar_uid(plan().id, "visit", odd.id)]
    assert event.get("DTSTART") == f"{odd.start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert event.get("DTEND") == f"{odd.end.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert event.parameters("DTSTART") == ""
    (warning,) = export.warnings
    assert all(word in warning for word in (zone, odd.id, "UTC", "river-0412"))
    assert good.id not in warning


def test_a_file_all_in_utc_defines_no_zone() -> None:
    """A VTIMEZONE that no entry refers to is left out."""
    course = plan(visit(local("2027-11-07 01:30")))
    assert tree(calendar_bytes([course]).content).blocks("VTIMEZONE") == []


def test_an_unknown_zone_is_an_error() -> None:
    """A plan in a zone that the zone data do not hold is refused with its name."""
    with pytest.raises(UsageError, match="Mars/Olympus"):
        calendar_bytes([plan(visit(local("2027-01-21 09:00")), timezone="Mars/Olympus")])
