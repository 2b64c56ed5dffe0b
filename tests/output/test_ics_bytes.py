"""Calendar files: bytes, escapes, and the order of it all."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import CARD, CREATED, event_of, local, plan, sensitive_plan, visit
from support.ics_bytes import events, faults, physical, text

from kapplan.model.exports import Catalogue
from kapplan.model.plan import ClinicCard
from kapplan.output.calendar.ics import FULL_DETAIL_WARNING, NAME
from kapplan.planning.journal.calendar_identity import calendar_uid

NASTY = "Line one\r\nBEGIN:VEVENT\rlone; comma, back\\slash \x07\x00" + "長" * 60


@pytest.mark.parametrize("audience", ["patient", "clinic"])
@pytest.mark.parametrize("detail", ["neutral", "full"])
def test_the_bytes_are_in_order(audience: Any, detail: Any) -> None:
    """UTF-8 without a mark, CRLF at every end, 75 octets at most, no torn character or escape, whatever texts hold."""
    course = sensitive_plan()
    nasty = tuple(replace(one, title=NASTY, room=NASTY, phase=NASTY, staff=(NASTY,)) for one in course.visits)
    card = ClinicCard(title=NASTY, address=NASTY, phone=NASTY, url=NASTY, crisis_line=NASTY)
    for clinic, visits in ((CARD, course.visits), (card, nasty)):
        export = calendar_bytes(
            [replace(course, clinic=clinic, visits=visits)],
            audience=audience, detail=detail, tasks=audience == "clinic", method="publish",
            catalogues={course.id: Catalogue(messages=((NAME, (NASTY,)),))},
        )  # fmt: skip
        assert faults(export.content) == []
        assert len(events(export.content)) == len(visits) + (2 if audience == "clinic" else 0)


def test_the_look_at_bytes_sees_faults() -> None:
    """The test's own look at bytes is not blind: each kind of fault is found."""
    good = calendar_bytes([sensitive_plan()]).content
    assert faults(good) == []
    for bad in (
        b"\xef\xbb\xbf" + good,
        good.replace(b"\r\n", b"\n"),
        good.removesuffix(b"\r\n"),
        good.replace(b"VERSION:2.0", b"VERSION:2.0" + b"0" * 70),
        good.replace(b"VERSION:2.0", b"VERSION:2\x07.0"),
        good.replace(b"VERSION:2.0", b"VERSION:2\\\r\n .0"),
        good.replace(b"VERSION:2.0", b"VERSION:\xc3\r\n \xa9"),
        good.replace(b"VERSION:2.0", b"VERSION"),
    ):
        assert faults(bad)


def test_text_is_escaped_once() -> None:
    """Backslash, semicolon, comma and line break are escaped in texts, and unescape to the clean text."""
    course = plan(clinic=ClinicCard(title=r"a\b;c,d:\n", address="x\ny"))
    event = event_of(visit(local("2027-01-21 09:00")), of=course)
    assert event.get("SUMMARY") == r"a\\b\;c\,d:\\n"
    assert text(event.get("SUMMARY")) == r"a\b;c,d:\n"
    assert event.get("LOCATION") == "x y"


def test_entries_come_by_plan_then_start_then_id() -> None:
    """Neither the order of the plans nor that of a plan's visits shows in the file."""
    start = local("2027-01-21 09:00")
    visits = [visit(start, number=2), visit(start, number=1), visit(local("2027-01-20 09:00"), number=3)]
    one, other = plan(*visits, patient="a", id="z"), plan(*visits, patient="b", id="y")
    shuffled = replace(one, visits=(visits[2], visits[0], visits[1]))
    content = calendar_bytes([one, other]).content
    assert content == calendar_bytes([other, shuffled]).content
    uids = [event.get("UID") for event in events(content)]
    assert uids == [calendar_uid(p, "visit", f"integration-{n}") for p in "zy" for n in (3, 1, 2)]


def test_one_plan_or_more_and_none_twice() -> None:
    """An empty calendar is no valid file, and one plan twice would give two entries one UID."""
    with pytest.raises(ValueError, match="needs a plan"):
        calendar_bytes([])
    with pytest.raises(ValueError, match="twice"):
        calendar_bytes([sensitive_plan(), sensitive_plan()])


def test_no_property_is_written_twice() -> None:
    """Each entry has each property once, and what RFC 5545 and readers require is there."""
    required = {"UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "STATUS",
                "TRANSP", "CLASS"}  # fmt: skip
    content = calendar_bytes([sensitive_plan()], audience="clinic", tasks=True, method="publish").content
    for event in events(content):
        names = [key.split(";")[0] for key, _ in event.properties]
        assert len(names) == len(set(names))
        assert required <= set(names)


def test_full_detail_warns() -> None:
    """Who asks for full detail is told what that gives away; neutral exports warn of nothing."""
    assert calendar_bytes([sensitive_plan()], detail="full").warnings == (FULL_DETAIL_WARNING,)
    assert calendar_bytes([sensitive_plan()]).warnings == ()


def test_an_instant_of_creation_is_whole_seconds() -> None:
    """Fractions of a second in the plan's times leave no trace."""
    assert CREATED.microsecond
    assert all(re.fullmatch(r"\d{8}T\d{6}Z", event_of(visit(local("2027-01-21 09:00"))).get(key))
               for key in ("CREATED", "DTSTAMP"))  # fmt: skip


def test_physical_lines_are_those_of_the_file() -> None:
    """The file begins and ends with its calendar."""
    lines = physical(calendar_bytes([sensitive_plan()]).content)
    assert (lines[0], lines[-1]) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR")
