"""Calendar files: reminders, and the tasks of a clinic."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import REVISED, event_of, local, sensitive_plan, visit
from support.ics_bytes import events

from kapplan.model.terms import Status

OPEN: tuple[Status, ...] = ("planned", "confirmed", "unresolved")


def test_a_patients_visit_has_two_neutral_alarms() -> None:
    """A day and two hours before the start: DISPLAY, RELATED=START, a neutral text, a UID of its own that stays."""
    event = event_of(visit(local("2027-01-21 09:00")), detail="full")
    alarms = event.blocks("VALARM")
    assert [alarm.get("TRIGGER") for alarm in alarms] == ["-P1D", "-PT2H"]
    for alarm in alarms:
        assert (alarm.get("ACTION"), alarm.parameters("TRIGGER")) == ("DISPLAY", "RELATED=START")
        assert alarm.get("DESCRIPTION") == "Appointment"
        assert str(UUID(alarm.get("UID"))) == alarm.get("UID")
    moved = event_of(visit(local("2027-02-21 09:00"), sequence=1), alarms=[timedelta(hours=2)])
    assert [alarm.get("UID") for alarm in moved.blocks("VALARM")] == [alarms[1].get("UID")]


@pytest.mark.parametrize(
    "status", ["planned", "confirmed", "unresolved", "completed", "missed", "cancelled", "omitted"]
)
def test_only_what_lies_ahead_has_alarms(status: Status) -> None:
    """Nobody is reminded of a visit that is over or will not be held."""
    event = event_of(visit(local("2027-01-21 09:00"), status=status))
    assert len(event.blocks("VALARM")) == (2 if status in OPEN else 0)


def test_alarms_can_be_chosen() -> None:
    """Alarms are as asked for, the earliest first, none twice; a clinic's calendar has none unless asked."""
    one = visit(local("2027-01-21 09:00"))
    asked = [timedelta(minutes=15), timedelta(days=2, hours=12), timedelta(minutes=15)]
    chosen = event_of(one, audience="clinic", alarms=asked).blocks("VALARM")
    assert [alarm.get("TRIGGER") for alarm in chosen] == ["-P2DT12H", "-PT15M"]
    assert event_of(one, audience="clinic").blocks("VALARM") == []
    assert event_of(one, alarms=[]).blocks("VALARM") == []


@pytest.mark.parametrize("alarms", [[timedelta(hours=n) for n in (1, 2, 3)], [timedelta(hours=-1)]])
def test_too_many_or_late_alarms_are_refused(alarms: list[timedelta]) -> None:
    """A third alarm, or one after the start, is an error."""
    with pytest.raises(ValueError, match="alarm"):
        calendar_bytes([sensitive_plan()], alarms=alarms)


def test_open_tasks_are_transparent_days() -> None:
    """Asked for, open tasks are whole days of a clinic's calendar, their end excluded, with the plan's revision."""
    content = calendar_bytes([sensitive_plan()], audience="clinic", detail="full", tasks=True).content
    tasks = [event for event in events(content) if event.parameters("DTSTART") == "VALUE=DATE"]
    assert [event.get("SUMMARY") for event in tasks] == [
        "Due: Request the ECG (river-0412)",
        "Due: Ask about lorazepam before the first dose (river-0412)",
    ]
    for event in tasks:
        assert (event.get("DTSTART"), event.get("DTEND")) == ("20270111", "20270112")
        assert event.parameters("DTEND") == "VALUE=DATE"
        assert (event.get("TRANSP"), event.get("STATUS"), event.get("SEQUENCE")) == ("TRANSPARENT", "CONFIRMED", "3")
        assert event.get("DTSTAMP") == event.get("LAST-MODIFIED") == f"{REVISED:%Y%m%d}T000000Z"
        assert event.blocks("VALARM") == []


def test_tasks_are_left_out_unless_asked_for() -> None:
    """By default only visits are written."""
    assert b"VALUE=DATE" not in calendar_bytes([sensitive_plan()], audience="clinic").content


def test_tasks_are_not_a_patients() -> None:
    """A patient's calendar cannot hold the clinic's tasks."""
    with pytest.raises(ValueError, match="clinic"):
        calendar_bytes([sensitive_plan()], tasks=True)
