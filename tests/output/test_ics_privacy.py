"""What calendar files tell, to whom, and what they never tell unless asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import SENSITIVE, local, plan, sensitive_plan, visit
from support.ics_bytes import Component, events, text, tree

from kapplan.model.plan import Plan
from kapplan.planning.journal.calendar_identity import calendar_uid

TEXTS = ("SUMMARY", "DESCRIPTION", "LOCATION", "URL", "ORGANIZER", "NAME", "X-WR-CALNAME", "TZID", "PRODID")


def texts(component: Component) -> list[str]:
    """Every value and parameter of a calendar that people or programs may read, times and UIDs apart."""
    own = [f"{key}:{text(value)}" for key, value in component.properties if key.split(";")[0] in TEXTS]
    return own + [told for child in component.children for told in texts(child)]


def told(course: Plan, visit_id: str, **options: Any) -> Component:
    """Return the entry of a visit."""
    uid = calendar_uid(course.id, "visit", visit_id)
    (event,) = [event for event in events(calendar_bytes([course], **options).content) if event.get("UID") == uid]
    return event


def description(event: Component) -> str:
    """Return an entry's text, or nothing."""
    return "".join(map(text, event.all("DESCRIPTION")))


@pytest.mark.parametrize("options", [
    {}, {"method": "publish"}, {"visibility": "public"}, {"audience": "clinic"}, {"audience": "clinic", "tasks": True},
])  # fmt: skip
def test_neutral_exports_tell_nothing_private(options: dict[str, Any]) -> None:
    """No kind, diagnosis, drug, score, name, reason, finding, note or task stands in any text of a neutral file."""
    content = calendar_bytes([sensitive_plan()], **options).content
    readable = "\n".join(texts(tree(content))).lower()
    assert len(readable) > 500
    assert [word for word in SENSITIVE if word in readable] == []


def test_a_neutral_file_has_no_other_texts() -> None:
    """Beyond the texts looked at, a file holds only times, states and UUIDs: no CATEGORIES, COMMENT, ATTACH, GEO."""
    content = calendar_bytes([sensitive_plan()], audience="clinic", tasks=True, method="publish").content
    names = {key.split(";")[0] for event in events(content) for key, _ in event.properties}
    dull = {"UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "STATUS", "TRANSP", "CLASS"}
    outlook = {"X-MICROSOFT-CDO-BUSYSTATUS"}
    assert names - dull - outlook <= set(TEXTS)


def test_a_patients_neutral_file_does_not_tell_who_they_are() -> None:
    """Neither pseudonym nor name, staff nor room stands in a patient's own neutral file."""
    content = calendar_bytes([sensitive_plan()]).content.replace(b"\r\n ", b"").lower()
    assert not [word for word in (b"river", b"okafor", b"blue") if word in content]


@pytest.mark.parametrize("options", [{}, {"audience": "clinic", "tasks": True, "todos": True}, {"feed": True}])
def test_nothing_tells_at_what_hour_somebody_planned_or_changed(options: dict[str, Any]) -> None:
    """Plans made and changed at other hours of the same days are the same calendars, byte for byte."""
    early, late = (sensitive_plan(), sensitive_plan())
    late = replace(
        late, created=late.created.replace(hour=23), revised=late.revised.replace(hour=22),
        visits=tuple(replace(visit, revised=visit.revised.replace(hour=21, minute=7)) for visit in late.visits),
        history=tuple(replace(entry, at=entry.at.replace(hour=21, minute=7)) for entry in late.history),
    )  # fmt: skip
    assert early != late
    assert calendar_bytes([early], **options).content == calendar_bytes([late], **options).content


def test_a_long_visit_says_so_neutrally() -> None:
    """A visit that needs an escort says that it is long and that somebody must take the person home; others do not."""
    course = sensitive_plan()
    assert "somebody must take you home" in description(told(course, "dosing-1"))
    assert "somebody must take the patient home" in description(told(course, "dosing-1", audience="clinic"))
    assert "home" not in description(told(course, "screening-1"))


def test_a_cancelled_visit_gives_no_advice() -> None:
    """Nobody need be taken home from a visit that is not held."""
    course = plan(visit(local("2027-01-21 09:00"), escort=True, provisional=True, status="cancelled"))
    assert description(told(course, "integration-1")).startswith("Questions or changes")


def test_the_clinic_is_told_whom_to_expect_and_where() -> None:
    """A clinic's entry has the pseudonym in its title, and patient, staff and room in its text, not its own phone."""
    event = told(sensitive_plan(), "dosing-1", audience="clinic")
    assert event.get("SUMMARY") == "Appointment (river-0412)"
    assert description(event).split("\n")[:3] == ["Patient: river-0412", "Staff: okafor", "Room: blue"]
    assert "555" not in description(event)


def test_the_clinic_is_told_nothing_that_is_not_known() -> None:
    """A visit without staff or room has no empty lines about them."""
    event = told(plan(visit(local("2027-01-21 09:00"))), "integration-1", audience="clinic")
    assert description(event) == "Patient: river-0412"


@pytest.mark.parametrize("audience", ["patient", "clinic"])
def test_full_detail_tells_what_a_visit_is_for(audience: Any) -> None:
    """Asked for, an entry tells kind, number, phase, measures, and each reason with its source."""
    event = told(sensitive_plan(), "dosing-2", audience=audience, detail="full")
    who = " (river-0412)" if audience == "clinic" else ""
    assert event.get("SUMMARY") == f"Dosing 2{who}"
    for line in (
        "Dosing 2, phase induction, planned",
        "Measures: phq9, bp",
        "Why this day:",
        "- 7 days after dose 1 (Practice norms of private clinics) [not verified]",
    ):
        assert line in description(event).split("\n")


def test_full_detail_has_the_crisis_line_for_the_patient_only() -> None:
    """Who knows what the visits are for may know whom to call; the clinic knows already."""
    course = sensitive_plan()
    assert "In a crisis: 988" in description(told(course, "dosing-1", detail="full"))
    assert "988" not in description(told(course, "dosing-1", detail="full", audience="clinic"))


def test_no_detail_tells_the_name_or_the_notes() -> None:
    """The patient's name, a visit's note and the findings stay in the plan even in full detail."""
    content = calendar_bytes([sensitive_plan()], audience="clinic", detail="full", tasks=True).content
    readable = "\n".join(texts(tree(content)))
    assert not [word for word in ("River A.", "midazolam", "Suicidal", "Travel", "return to work") if word in readable]


def test_a_title_with_its_number_is_left_alone() -> None:
    """The number is added to a full title only where it is missing; an empty title becomes the kind."""
    one = visit(local("2027-01-21 09:00"), number=3, title="Integration 3")
    assert told(plan(one), one.id, detail="full").get("SUMMARY") == "Integration 3"
    assert told(plan(replace(one, title="")), one.id, detail="full").get("SUMMARY") == "Integration 3"


def test_a_neutral_task_does_not_tell_what_is_due() -> None:
    """In neutral detail a task is only a day on which something is due for somebody."""
    content = calendar_bytes([sensitive_plan()], audience="clinic", tasks=True).content
    tasks = [event for event in events(content) if event.parameters("DTSTART") == "VALUE=DATE"]
    assert {event.get("SUMMARY") for event in tasks} == {"Task due (river-0412)"}
    assert {description(event) for event in tasks} == {""}
