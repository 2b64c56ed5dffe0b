"""Days that a file opens by name: by the clinic in spite of its closures, by the patient in spite of an absence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from support.calendars import available, hours, patient, week

from kapplan.model.clinic import Away, Clinic, Closure, Opening, Staff
from kapplan.model.decisions import Absence
from kapplan.model.profile import PatientHours, Travel
from kapplan.planning.amend.absences import profile_with
from kapplan.planning.availability.calendar import Calendar, Relax, Shape
from kapplan.planning.availability.closures import clinic_with
from kapplan.planning.availability.free_time import BusyTimes

MONDAY, SUNDAY = date(2027, 1, 18), date(2027, 1, 24)
"""A week whose Monday is a holiday in the United States."""
TALK = Shape("integration", "clinic", 60, ("therapist",))
DOSE = Shape("dosing", "clinic", 120, ("therapist",), escort=True)
ANA, BEN = (
    Staff(id="ana", roles=("therapist",)),
    Staff(id="ben", roles=("therapist",), hours=week("tue", "09:00-12:00")),
)
HOUSE = Clinic(timezone="America/Denver", holidays="US", hours=week("mon tue", "09:00-12:00"), staff=(ANA,))


def times(clinic: Clinic, shape: Shape = TALK, day: date = MONDAY, **availability: object) -> list[str]:
    """Return the first and the last slot of a day, each from when until when."""
    calendar = Calendar(clinic, patient(available({}, **availability)), None, MONDAY, SUNDAY)
    found = [f"{slot.start:%H:%M}-{slot.end:%H:%M}" for slot in calendar.slots(shape, day)]
    return found[:: max(len(found) - 1, 1)]


def opened(clinic: Clinic, *parts: str, on: date = MONDAY, staff: tuple[str, ...] = ()) -> Clinic:
    """Return a clinic that opens on a day."""
    return replace(clinic, open=(*clinic.open, Opening(on=on, hours=hours(*parts), staff=staff)))


@pytest.mark.parametrize(
    ("clinic", "expected"),
    [
        (HOUSE, []),
        (opened(HOUSE, "10:00-14:00"), ["10:00-11:00", "13:00-14:00"]),
        (opened(replace(HOUSE, holidays=None), "11:00-14:00"), ["09:00-10:00", "13:00-14:00"]),
        (opened(replace(HOUSE, closed=(Closure(on=MONDAY), Closure(from_=MONDAY, until=SUNDAY))), "10:00-12:00"),
         ["10:00-11:00", "11:00-12:00"]),
        (opened(replace(HOUSE, staff=(BEN,)), "09:00-12:00"), []),
        (opened(replace(HOUSE, staff=(BEN,)), "09:00-12:00", staff=("ben",)), ["09:00-10:00", "11:00-12:00"]),
        (opened(replace(HOUSE, staff=(replace(ANA, away=(Away(from_=MONDAY, until=MONDAY),)),)), "09:00-12:00"), []),
        (opened(HOUSE, "10:00-14:00", on=date(2028, 1, 3)), []),
    ],
)  # fmt: skip
def test_a_clinic_opens_on_a_day(clinic: Clinic, expected: list[str]) -> None:
    """Its hours hold in spite of week, holiday and closures, for whoever comes then and is not away."""
    assert times(clinic) == expected


def test_an_opened_day_is_open_for_no_longer_than_it_says() -> None:
    """On a holiday that is opened the hours of the week stay closed; on a Saturday there are only those of the day."""
    saturday = date(2027, 1, 23)
    assert times(opened(HOUSE, "11:00-12:00")) == ["11:00-12:00"]
    assert times(opened(HOUSE, "13:00-15:00", on=saturday), day=saturday) == [
        "13:00-14:00",
        "14:00-15:00",
    ]
    assert times(opened(HOUSE, "13:00-15:00", on=saturday), day=date(2027, 1, 22)) == []


TUESDAY = date(2027, 1, 19)
AWAY = (Away(from_=TUESDAY, until=SUNDAY),)


@pytest.mark.parametrize(
    ("despite_away", "away", "expected"),
    [
        (False, (), ["09:00-10:00", "10:00-11:00"]),
        (False, AWAY, []),
        (True, AWAY, ["09:00-10:00", "10:00-11:00"]),
        (True, (Away(from_=datetime.fromisoformat("2027-01-19T08:00"),
              until=datetime.fromisoformat("2027-01-19T20:00")),),
         ["09:00-10:00", "10:00-11:00"]),
    ],
)  # fmt: skip
def test_a_patient_comes_on_a_day(despite_away: bool, away: tuple[Away, ...], expected: list[str]) -> None:
    """Hours of one day hold beside the week, and in spite of an absence only where they say so."""
    extra = PatientHours(on=TUESDAY, hours=hours("09:00-11:00"), despite_away=despite_away)
    assert times(HOUSE, day=TUESDAY, mon=hours("09:00-12:00"), also=(extra,), away=away) == expected


def test_an_escort_comes_on_a_day_of_its_own() -> None:
    """A dose ends when the escort can come, on a named day within its hours, the very end included."""

    def ends(*also: PatientHours) -> list[str]:
        who = patient(available({}, also=also), travel=Travel(escort_hours=week("mon", "09:00-12:00")))
        return [f"{slot.end:%H:%M}" for slot in Calendar(HOUSE, who, None, MONDAY, SUNDAY).slots(DOSE, TUESDAY)]

    also = PatientHours(on=TUESDAY, hours=hours("09:00-11:30"))
    assert ends(also) == []
    assert ends(replace(also, escort=True)) == ["11:00", "11:15", "11:30"]


def test_what_a_plan_was_told_of_closes_what_files_open() -> None:
    """An absence of the clinic or the patient that a plan knows holds on a day that their files open by name."""
    clinic = opened(HOUSE, "09:00-12:00")
    away = Absence(who="clinic", from_=MONDAY, until=MONDAY)
    assert times(clinic_with(clinic, [away])) == []
    assert times(clinic_with(clinic, [replace(away, from_=TUESDAY, until=TUESDAY)])) != []
    also = PatientHours(on=TUESDAY, hours=hours("09:00-11:00"), despite_away=True)
    profile = patient(available({}, also=(also,), away=AWAY))
    told = profile_with(profile, [Absence(who="patient", from_=TUESDAY, until=TUESDAY)])
    for one, count in ((profile, 5), (told, 0)):
        assert len(Calendar(HOUSE, one, None, MONDAY, SUNDAY).slots(TALK, TUESDAY)) == count


def test_a_day_that_is_opened_leaves_bookings_of_the_patient() -> None:
    """Whatever day the patient could come: what is booked for them stays booked."""
    taken = (datetime(2027, 1, 19, 16, tzinfo=UTC), datetime(2027, 1, 19, 19, tzinfo=UTC))
    calendar = Calendar(HOUSE, patient(), BusyTimes({"patient": (taken,)}), MONDAY, SUNDAY)
    assert calendar.slots(TALK, TUESDAY, Relax(patient_days=frozenset({TUESDAY}))) == ()
