"""Calendar files: identity, revision and state of each entry, the calendar's own lines, place and contact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import CARD, event_of, local, plan, sensitive_plan, visit
from support.ics_bytes import events, text, tree, unfolded

from kapplan.model.exports import Catalogue
from kapplan.model.plan import ClinicCard, Task
from kapplan.model.terms import Status
from kapplan.output.calendar.ics import NAME
from kapplan.planning.journal.calendar_identity import calendar_uid


def test_uids_are_bare_uuids_that_change_with_nothing() -> None:
    """A visit keeps its UID whatever becomes of its date, title, status, place in the plan or patient's pseudonym."""
    before = visit(local("2027-01-21 09:00"), number=3)
    after = visit(local("2027-02-02 11:00"), number=3, title="Other", status="cancelled", sequence=5)
    course = plan(visit(local("2027-01-01 09:00")), after, patient="somebody-else", revision=9)
    uid = event_of(before).get("UID")
    assert str(UUID(uid)) == uid
    assert uid in [event.get("UID") for event in events(calendar_bytes([course]).content)]
    assert uid == "84628f5e-cd81-5f29-af02-89d3d5a13c24"


def test_uids_differ_between_visits_plans_tasks_and_alarms() -> None:
    """No two things in a file of several plans share a UID, though their ids are the same."""
    visits = (visit(local("2027-01-21 09:00")), visit(local("2027-01-22 09:00"), number=2))
    task = Task(id="integration-1", due=date(2027, 1, 1), text="x")
    courses = [plan(*visits, tasks=(task,)), plan(*visits, id="another", tasks=(task,))]
    content = calendar_bytes(
        courses, audience="clinic", tasks=True, alarms=[timedelta(days=1), timedelta(hours=2)]
    ).content
    uids = [line for line in unfolded(content) if line.startswith("UID:")]
    assert len(uids) == len(set(uids)) == 14


def test_revision_comes_from_the_plan_alone() -> None:
    """SEQUENCE is the visit's, also 0; DTSTAMP and LAST-MODIFIED its revision's day, CREATED the plan's; in UTC."""
    one = visit(local("2027-01-21 09:00"), revised=local("2027-01-05 08:00"), sequence=3)
    event = event_of(one)
    assert event.get("SEQUENCE") == "3"
    assert event.get("DTSTAMP") == event.get("LAST-MODIFIED") == "20270105T000000Z"
    assert event.get("CREATED") == "20261220T000000Z"
    assert event_of(visit(local("2027-01-21 09:00"))).get("SEQUENCE") == "0"


@pytest.mark.parametrize(
    ("status", "provisional", "expected"),
    [
        ("planned", False, "CONFIRMED"),
        ("planned", True, "TENTATIVE"),
        ("confirmed", False, "CONFIRMED"),
        ("confirmed", True, "TENTATIVE"),
        ("unresolved", False, "TENTATIVE"),
        ("completed", True, "CONFIRMED"),
        ("missed", False, "CANCELLED"),
        ("cancelled", True, "CANCELLED"),
        ("omitted", False, "CANCELLED"),
    ],
)
def test_status_title_and_time_shown_agree(status: Status, provisional: bool, expected: str) -> None:
    """What will not be held stays, as CANCELLED, with a title that says so, and takes up no time; the rest is busy."""
    event = event_of(visit(local("2027-01-21 09:00"), status=status, provisional=provisional))
    cancelled = expected == "CANCELLED"
    assert event.get("STATUS") == expected
    assert event.get("SUMMARY") == ("Cancelled: Appointment" if cancelled else "Appointment")
    assert event.get("TRANSP") == ("TRANSPARENT" if cancelled else "OPAQUE")
    assert ("may still change" in event.get("DESCRIPTION")) == (expected == "TENTATIVE")


def test_every_visit_stays_in_the_file() -> None:
    """Past, missed, cancelled and omitted visits are written too: dropping one would delete it nowhere."""
    course = sensitive_plan()
    written = {event.get("UID") for event in events(calendar_bytes([course]).content)}
    assert written == {calendar_uid(course.id, "visit", one.id) for one in course.visits}


def test_the_calendar_says_what_it_is() -> None:
    """VERSION, PRODID without a version, CALSCALE and a neutral name, and no METHOD, TTL or colour."""
    calendar = tree(calendar_bytes([sensitive_plan()]).content)
    assert calendar.properties == [
        ("VERSION", "2.0"),
        ("PRODID", "-//Appointments//Calendar//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("NAME", "Appointments"),
        ("X-WR-CALNAME", "Appointments"),
    ]


def test_a_calendar_has_its_reader_s_name() -> None:
    """The name is escaped as text is, in both properties."""
    plan, other = sensitive_plan(), Catalogue(messages=((NAME, ("Termine; Haus, 2\r\nX",)),))
    calendar = tree(calendar_bytes([plan], catalogues={plan.id: other}).content)
    assert calendar.get("NAME") == calendar.get("X-WR-CALNAME") == r"Termine\; Haus\, 2 X"


def test_publishing_names_an_organizer_and_no_attendee() -> None:
    """METHOD:PUBLISH has an ORGANIZER with a neutral name on every entry, cancelled ones and tasks included."""
    content = calendar_bytes([sensitive_plan()], audience="clinic", tasks=True, method="publish").content
    assert tree(content).get("METHOD") == "PUBLISH"
    for event in events(content):
        assert event.get("ORGANIZER") == "mailto:noreply@appointments.invalid"
        assert event.parameters("ORGANIZER") == "CN=Appointment"
        assert event.all("ATTENDEE") == []


def test_the_organizer_can_be_the_clinics_address() -> None:
    """An address given is the ORGANIZER's, and its name is the clinic's neutral title, without quotes."""
    course = plan(clinic=ClinicCard(title='The "Visit", here'))
    event = event_of(visit(local("2027-01-21 09:00")), of=course, method="publish", organizer="desk@clinic.example")
    assert event.get("ORGANIZER") == "mailto:desk@clinic.example"
    assert event.parameters("ORGANIZER") == 'CN="The Visit , here"'


def test_without_a_method_there_is_no_organizer() -> None:
    """A plain export is no message: nobody organizes or attends."""
    content = calendar_bytes([sensitive_plan()]).content
    assert b"ORGANIZER" not in content
    assert b"ATTENDEE" not in content


@pytest.mark.parametrize("visibility", ["private", "confidential", "public"])
def test_every_entry_has_its_class(visibility: Any) -> None:
    """CLASS is always written, as asked for."""
    content = calendar_bytes([sensitive_plan()], audience="clinic", tasks=True, visibility=visibility).content
    assert {event.get("CLASS") for event in events(content)} == {visibility.upper()}


@pytest.mark.parametrize(("place", "location"), [("clinic", True), ("remote", False), ("home", False)])
def test_only_visits_in_the_clinic_have_its_address(place: Any, location: bool) -> None:
    """LOCATION is the clinic's postal address; a visit elsewhere has none and says where it is held."""
    event = event_of(visit(local("2027-01-21 09:00"), place=place))
    assert event.all("LOCATION") == ([r"1200 Pearl St\, Suite 200\, Boulder"] if location else [])
    assert ("Held" in event.get("DESCRIPTION")) != location


def test_phone_and_portal_are_told() -> None:
    """A patient's entry ends with the phone number and the portal, which is also its URL, unescaped."""
    course = plan(clinic=replace(CARD, url="https://a.example/x,y;z"))
    event = event_of(visit(local("2027-01-21 09:00")), of=course)
    assert text(event.get("DESCRIPTION")) == "Questions or changes: +1 303 555 0117\nhttps://a.example/x,y;z"
    assert event.get("URL") == "https://a.example/x,y;z"


def test_a_clinic_that_tells_nothing_leaves_nothing_empty() -> None:
    """Without address, phone and URL there is no empty LOCATION, DESCRIPTION or URL."""
    event = event_of(visit(local("2027-01-21 09:00")), of=plan(clinic=ClinicCard(address=" ", url="\x00", title="")))
    assert not {key for key, _ in event.properties} & {"LOCATION", "DESCRIPTION", "URL"}
    assert event.get("SUMMARY") == "Appointment"


def test_the_clinics_own_title_is_used() -> None:
    """The title of entries and alarms is the one the clinic chose."""
    event = event_of(visit(local("2027-01-21 09:00")), of=plan(clinic=ClinicCard(title="Termin")))
    assert {event.get("SUMMARY"), *(alarm.get("DESCRIPTION") for alarm in event.blocks("VALARM"))} == {"Termin"}
