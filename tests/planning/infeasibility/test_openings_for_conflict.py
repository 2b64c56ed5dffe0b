"""The calendar as the search for clashes asks it."""

from __future__ import annotations

from datetime import date
from typing import Any

from support.calendars import available, patient, week

from kapplan.model.clinic import Away, Clinic, Closure
from kapplan.planning.availability.calendar import Calendar, Shape
from kapplan.planning.infeasibility.calendar_adapter import CalendarOpenings
from kapplan.planning.infeasibility.relaxations import days_of

MONDAY = date(2027, 1, 4)
CLINIC = Clinic(timezone="America/Denver", closed=(Closure(on=date(2027, 1, 11), why="move"),))
OWN = available(week("mon tue", "09:00-12:00"), away=(Away(from_=date(2027, 1, 12), until=date(2027, 1, 12)),))
TALK = Shape("integration", "clinic", 50, ("room",))


def openings() -> CalendarOpenings:
    """Return two weeks of Mondays and Tuesdays, of which the second are closed; day 0 is the first Tuesday."""
    calendar = Calendar(CLINIC, patient(OWN), None, MONDAY, date(2027, 1, 17))
    return CalendarOpenings(calendar, {"a-1": TALK, "a-2": TALK}, date(2027, 1, 5))


def days(found: CalendarOpenings, *visits: str, **relaxed: frozenset[Any]) -> list[tuple[int, ...]]:
    """Return the open days of visits."""
    return [tuple(days_of(mask, found.first)) for mask in found.masks(visits, **relaxed)]


def test_days_count_from_the_origin() -> None:
    """Days are numbers from the problem's origin, the same for visits of one shape."""
    assert days(openings(), "a-1", "a-2") == [(-1, 0), (-1, 0)]


def test_dropped_groups_open_their_days() -> None:
    """Dropping a group opens what it alone closes."""
    found = openings()
    weekdays = [f"weekday:{day}" for day in ("mon", "tue", "wed", "thu", "fri")]
    assert [group.id for group in found.groups()] == ["closure:0", "away:0", *weekdays]
    assert days(found, "a-1", dropped=frozenset({"closure:0"}))[0] == (-1, 0, 6)
    assert days(found, "a-1", dropped=frozenset({"closure:0", "away:0"}))[0] == (-1, 0, 6, 7)
    assert days(found, "a-1", dropped=frozenset({"weekday:thu"}))[0] == (-1, 0, 2, 9)


def test_opened_days() -> None:
    """A day that the clinic or the patient opens is open; those that would help are told."""
    found = openings()
    assert found.closed_clinic_days() == (6,)
    assert found.closed_patient_days() == (1, 2, 3, 7, 8, 9, 10)
    assert days(found, "a-1", clinic_days=frozenset({6}))[0] == (-1, 0, 6)
    assert days(found, "a-1", patient_days=frozenset({7, 8}))[0] == (-1, 0, 7, 8)


def test_dropping_the_horizon_looks_further() -> None:
    """Without the horizon the days after the calendar's last are there too."""
    found = openings()
    assert days(found, "a-1", dropped=frozenset({"horizon"}))[0][:4] == (-1, 0, 13, 14)
