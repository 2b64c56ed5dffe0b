"""What two entries say is compared by what it means, however programs write it."""

from __future__ import annotations

import pytest
from support.publishing import small_plan

from kapplan.files.caldav.entries import OWNED, joined, read_entry, uid_of
from kapplan.output.calendar.ics import calendar_objects

OURS = calendar_objects(small_plan(1))[0][0].data
TEXT = OURS.decode().replace("\r\n ", "")


def hashes(text: str) -> dict[str, str]:
    """Return the digests of an object's owned fields."""
    found = read_entry(text.encode()).hashes
    return {name: found[name] for name in OWNED}


@pytest.mark.parametrize(("old", "new"), [
    ("PRODID:-//Appointments//Calendar//EN", "PRODID:-//other//EN"),
    ("SEQUENCE:0", "SEQUENCE:4"),
    ("DTSTAMP:20261222T000000Z", "DTSTAMP:20270101T000000Z"),
    ("DTSTART;TZID=America/Denver:20270108T090000", "DTSTART:20270108T160000Z"),
    ("DTEND;TZID=America/Denver:20270108T100000", "DURATION:PT1H"),
    ("STATUS:CONFIRMED\r\n", ""),
    ("TRANSP:OPAQUE\r\n", ""),
    ("END:VEVENT", "X-THEIRS:1\r\nEND:VEVENT"),
    ("\r\n", "\n"),
])  # fmt: skip
def test_what_means_the_same_is_the_same(old: str, new: str) -> None:
    """Programs' own properties, other ways to write a time and defaults written out change nothing."""
    assert old in TEXT
    assert hashes(TEXT.replace(old, new)) == hashes(TEXT)


@pytest.mark.parametrize(("field", "old", "new"), [
    ("start", "20270108T090000", "20270108T080000"),
    ("end", "20270108T100000", "20270108T110000"),
    ("status", "STATUS:CONFIRMED", "STATUS:CANCELLED"),
    ("summary", "SUMMARY:Appointment", "SUMMARY:Other"),
    ("location", "LOCATION:1200", "LOCATION:1300"),
    ("class", "CLASS:PRIVATE\r\n", ""),
    ("transp", "TRANSP:OPAQUE", "TRANSP:TRANSPARENT"),
    ("repeats", "END:VEVENT", "RRULE:FREQ=WEEKLY\r\nEND:VEVENT"),
])  # fmt: skip
def test_what_means_something_else_is_told_by_field(field: str, old: str, new: str) -> None:
    """A change shows in the one field that it is about."""
    changed, before = hashes(TEXT.replace(old, new, 1)), hashes(TEXT)
    assert {name for name in OWNED if changed[name] != before[name]} == {field}


@pytest.mark.parametrize("data", [b"", b"hello", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"\xff\xfe\x00"])
def test_what_is_no_entry(data: bytes) -> None:
    """Bytes without an event are refused, and have no UID."""
    with pytest.raises(ValueError, match=r"no calendar|no event"):
        read_entry(data)
    assert uid_of(data) is None


def test_joining_keeps_whose_each_field_is() -> None:
    """Kept fields are theirs, the others ours, and what no plan owns is carried along."""
    theirs = TEXT.replace("SUMMARY:Appointment", "SUMMARY:Theirs").replace("T09", "T07")
    theirs = theirs.replace("END:VEVENT", "COLOR:red\r\nEND:VEVENT")
    result = read_entry(joined(OURS, read_entry(theirs.encode()), {"summary"}, 9))
    assert (result.fields["summary"], result.sequence) == ("Theirs", 9)
    assert result.fields["start"] == read_entry(OURS).fields["start"]
    assert str(result.component["COLOR"]) == "red"
    assert read_entry(joined(OURS, read_entry(theirs.encode()), {"start"}, 9)).fields["start"] == "2027-01-08T14:00:00Z"
