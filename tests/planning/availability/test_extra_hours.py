"""Hours and absences by rule, holidays with exceptions: as files write them, on the days that people mean."""

from __future__ import annotations

from datetime import date

import pytest
from support.calendars import available, hours, patient, week

from kapplan.errors import InvalidFileError
from kapplan.model.clinic import Away, Clinic, Closure, ExtraHours, PublicHolidays, Staff
from kapplan.model.profile import PatientHours
from kapplan.planning.availability.calendar import Calendar, Shape
from kapplan.planning.availability.closures import closure_words, never_happens, period_words, rule_days
from kapplan.planning.availability.holidays import (
    check_holidays,
    holiday_hint,
    holidays_between,
    unknown_exceptions,
)

FIRST, LAST = date(2027, 1, 1), date(2027, 1, 31)
VISIT = Shape("dosing", "clinic", 60, ("therapist",))
FRIDAYS = "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"
EIGHTH = date(2027, 1, 8)


def open_days(clinic: Clinic, **availability: object) -> list[int]:
    """Return the days of January on which a visit with a therapist can be held."""
    calendar = Calendar(clinic, patient(available({}, **availability)), None, FIRST, LAST)
    return [day.day for day, _ in calendar.open_days(VISIT)]


def house(**ana: object) -> Clinic:
    """Return a clinic that is open on Fridays, with one therapist."""
    staff = Staff(id="ana", roles=("therapist",), **ana)  # type: ignore[arg-type]
    return Clinic(timezone="America/Denver", hours=week("fri", "09:00-12:00"), staff=(staff,))


@pytest.mark.parametrize(
    ("ana", "expected"),
    [
        ({}, [1, 8, 15, 22, 29]),
        ({"away": (Away(rrule=FRIDAYS, from_=EIGHTH),)}, [1, 15, 29]),
        ({"away": (Away(rrule=FRIDAYS, from_=EIGHTH, until=date(2027, 1, 10)),)}, [1, 15, 22, 29]),
        ({"away": (Away(rrule="FREQ=WEEKLY;COUNT=2", from_=EIGHTH),)}, [1, 22, 29]),
        ({"away": (Away(rrule=FRIDAYS, from_=EIGHTH, hours=hours("13:00-17:00")),)}, [1, 8, 15, 22, 29]),
        ({"away": (Away(rrule=FRIDAYS, from_=EIGHTH, hours=hours("10:00-11:30")),)}, [1, 8, 15, 22, 29]),
        ({"away": (Away(rrule=FRIDAYS, from_=EIGHTH, hours=hours("09:30-11:30")),)}, [1, 15, 29]),
        ({"away": (Away(from_=EIGHTH, until=EIGHTH, hours=hours("09:00-12:00")),)}, [1, 15, 22, 29]),
        ({"hours": week("mon", "09:00-12:00"), "also": (ExtraHours(on=EIGHTH, hours=hours("09:00-10:00")),)}, [8]),
        ({"hours": {}, "also": (ExtraHours(rrule=FRIDAYS, from_=EIGHTH, hours=hours("09:00-12:00")),)}, [8, 22]),
        ({"hours": {}, "also": (ExtraHours(on=EIGHTH, hours=hours("11:30-14:00")),)}, []),
        ({"hours": {}, "also": (ExtraHours(on=EIGHTH, hours=hours("09:00-12:00")),),
          "away": (Away(from_=EIGHTH, until=EIGHTH),)}, []),
    ],
)  # fmt: skip
def test_staff_by_rule(ana: dict[str, object], expected: list[int]) -> None:
    """A person works, and is away, on the days of a rule; who is away is so whatever hours there are."""
    assert open_days(house(**ana)) == expected


def test_patients_by_rule() -> None:
    """A patient is free beside the hours of the week, and away, on the days of a rule, by their own clock."""
    assert open_days(house(), away=(Away(rrule=FRIDAYS, from_=EIGHTH),)) == [1, 15, 29]
    mondays = {"mon": hours("09:00-12:00")}
    also = (PatientHours(rrule=FRIDAYS, from_=EIGHTH, hours=hours("08:00-12:00")),)
    assert open_days(house(), **mondays) == []
    assert open_days(house(), **mondays, also=also) == [8, 22]


@pytest.mark.parametrize("where", ["away", "also"])
def test_a_rule_that_is_none_names_its_place(where: str) -> None:
    """What cannot be followed is a problem of the file, at its key."""
    absent, nine = Away(rrule="often"), hours("09:00-10:00")
    staffs = absent if where == "away" else ExtraHours(rrule="often", hours=nine)
    patients = absent if where == "away" else PatientHours(rrule="often", hours=nine)
    for clinic, who in ((house(**{where: (staffs,)}), {}), (house(), {where: (patients,)})):
        with pytest.raises(InvalidFileError) as caught:
            open_days(clinic, **who)
        assert caught.value.problems[0].path[-3:] == (where, 0, "rrule")


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (Away(rrule=FRIDAYS, from_=EIGHTH), "every other Friday"),
        (Away(rrule="FREQ=WEEKLY;BYDAY=MO,TH", hours=hours("13:00-17:00")), "every Monday and Thursday 13:00-17:00"),
        (Away(rrule="FREQ=WEEKLY;INTERVAL=3;BYDAY=MO"), "every 3 weeks on Monday"),
        (Away(rrule="FREQ=MONTHLY;BYDAY=-1FR"), "every last Friday of the month"),
        (Away(rrule="FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=1"), "again and again, by a rule"),
        (Away(from_=EIGHTH, until=EIGHTH, hours=hours("13:00-17:00"), why="secret"), "on Fri 8 Jan 2027 13:00-17:00"),
    ],
)
def test_words_of_rules(away: Away, words: str) -> None:
    """An absence by rule is told as people say it, and never with its reason."""
    assert period_words(away) == words
    if away.rrule and not away.hours:
        assert closure_words(Closure(rrule=away.rrule)) == f"the clinic is closed {words}"


def test_rules_that_never_happen_or_end() -> None:
    """A rule that no day keeps is known as one, whatever its COUNT; UNTIL ends a rule, as a day or a moment."""
    assert never_happens("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", None)
    assert never_happens("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", date(2027, 1, 1))
    assert not never_happens("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=1", None)
    for until in ("20270109", "20270109T000000Z", "20270114"):
        assert rule_days(f"FREQ=WEEKLY;UNTIL={until}", EIGHTH, FIRST, LAST) == (EIGHTH,)
    with pytest.raises(ValueError, match="UNTIL"):
        rule_days("FREQ=WEEKLY;UNTIL=20270231", EIGHTH, FIRST, LAST)


TEXAS = date(2027, 1, 19)


@pytest.mark.parametrize(
    "excepted", [("Confederate Memorial Day",), ("confederate memorial day ",), (TEXAS,), (TEXAS, "Labor Day")]
)
def test_a_clinic_works_on_some_holidays(excepted: tuple[str | date, ...]) -> None:
    """Holidays are excepted by name, in any case, or by day; the others stay."""
    all_of_them = holidays_between("US-TX", FIRST, LAST)
    kept = holidays_between(PublicHolidays(country="US-TX", except_=excepted), FIRST, LAST)
    assert set(all_of_them) - set(kept) == {TEXAS}


def test_an_excepted_name_takes_the_observed_day_too() -> None:
    """Who works on Independence Day works on the day on which it is observed."""
    rule = PublicHolidays(country="US", except_=("Independence Day",))
    found = holidays_between(rule, date(2027, 7, 1), date(2027, 7, 31))
    assert not found


def test_categories() -> None:
    """Days of other categories are kept where they are asked for."""
    good_friday = date(2027, 3, 26)
    march = date(2027, 3, 1), date(2027, 3, 31)
    assert good_friday not in holidays_between("HK", *march)
    assert good_friday in holidays_between(PublicHolidays(country="HK", categories=("public", "optional")), *march)
    with pytest.raises(ValueError, match=r'no category "bank".*public'):
        check_holidays(PublicHolidays(country="HK", categories=("bank",)))


def test_exceptions_that_no_holiday_is() -> None:
    """An excepted name that nobody knows is found, with the one that was probably meant."""
    rule = PublicHolidays(country="US-TX", except_=("Confederate Heroes Day", "Labor Day", TEXAS))
    assert unknown_exceptions(rule) == ((0, "Confederate Memorial Day"),)
    assert not unknown_exceptions("US-TX")


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("GB", "Easter Monday"),
        ("CA", "Victoria Day"),
        ("HK", "of the category optional"),
        ("US", None),
        ("US-CO", None),
        ("GB-ENG", None),
        (PublicHolidays(country="HK", categories=("public",)), None),
    ],
)
def test_countries_that_say_too_little(kept: str | PublicHolidays, words: str | None) -> None:
    """A country whose regions mostly keep more days than it does, or with more in another category, gives a hint."""
    hint = holiday_hint(kept)
    assert (hint is None) == (words is None)
    assert words is None or words in (hint or "")
