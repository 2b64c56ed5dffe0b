"""Holidays and closures: the right days, under English names, whatever the system's language."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from support.calendars import patient

from kapplan.errors import InvalidFileError
from kapplan.model.clinic import Away, Clinic, Closure
from kapplan.planning.availability.calendar import Calendar
from kapplan.planning.availability.closures import closure_days, period_words, whole_day_rule
from kapplan.planning.availability.holidays import check_holidays, holidays_between

FIRST, LAST = date(2027, 1, 1), date(2027, 12, 31)


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("US", date(2027, 1, 18), "Martin Luther King Jr. Day"),
        ("US", date(2027, 7, 5), "Independence Day (observed)"),
        ("US", date(2027, 12, 31), "New Year's Day (observed)"),
        ("US-CO", date(2027, 10, 4), "Frances Xavier Cabrini Day"),
        ("CA-QC", date(2027, 7, 1), "Canada Day"),
        ("DE-BY", date(2027, 1, 6), "Epiphany"),
        ("JP", date(2027, 1, 11), "Coming of Age Day"),
        ("GB-SCT", date(2027, 1, 4), "New Year Holiday (observed)"),
    ],
)
def test_holidays_have_english_names(code: str, day: date, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holidays of countries and subdivisions, observed days among them, bear English names on every system."""
    monkeypatch.setenv("LANGUAGE", "de")
    assert holidays_between(code, FIRST, LAST)[day] == name


def test_holidays_stay_within_the_days_asked_for() -> None:
    """Only holidays between the two days are told, in order, over as many years as it takes."""
    found = holidays_between("US", date(2026, 12, 25), date(2027, 1, 18))
    assert list(found) == [date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 18)]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("XX", 'no holidays are known for "XX"'),
        ("us", 'nearest: "US"'),
        ("US-XX", '"US" has no subdivision "XX"'),
        ("US-co", 'nearest: "CO"'),
        ("", "no holidays are known"),
    ],
)
def test_unknown_codes_are_said_so(code: str, message: str) -> None:
    """A code that the package does not know is an error that names the nearest one."""
    with pytest.raises(ValueError, match=message):
        check_holidays(code)
    with pytest.raises(InvalidFileError) as caught:
        Calendar(Clinic(timezone="UTC", holidays=code), patient(), None, FIRST, LAST)
    assert caught.value.problems[0].path == ("clinic", "holidays")


@pytest.mark.parametrize(
    ("closure", "expected"),
    [
        (Closure(on=date(2027, 5, 3)), ["2027-05-03"]),
        (Closure(on=date(2028, 5, 3)), []),
        (Closure(from_=date(2026, 12, 24), until=date(2027, 1, 2)), ["2027-01-01", "2027-01-02"]),
        (Closure(from_=date(2027, 12, 30)), ["2027-12-30", "2027-12-31"]),
        (Closure(until=date(2027, 1, 1)), ["2027-01-01"]),
        (Closure(why="nothing said"), []),
        (Closure(rrule="FREQ=MONTHLY;BYDAY=1FR;UNTIL=20270302T000000Z"), ["2027-01-01", "2027-02-05"]),
        (Closure(rrule="FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=1,2"), ["2027-08-01", "2027-08-02"]),
        (Closure(rrule="RRULE:FREQ=MONTHLY;BYDAY=1FR", from_=date(2027, 11, 1)), ["2027-11-05", "2027-12-03"]),
        (Closure(rrule="FREQ=WEEKLY;INTERVAL=26"), ["2027-06-28", "2027-12-27"]),
        (Closure(rrule="FREQ=WEEKLY", from_=date(2027, 2, 3), until=date(2027, 2, 12)), ["2027-02-03", "2027-02-10"]),
        (Closure(rrule="FREQ=DAILY;COUNT=2", from_=date(2027, 2, 3)), ["2027-02-03", "2027-02-04"]),
    ],
)
def test_closure_days(closure: Closure, expected: list[str]) -> None:
    """A closure is a day, a range of days, or the days of a rule, counted from its own first day."""
    assert [day.isoformat() for day in closure_days(closure, FIRST, LAST)] == expected


def test_days_of_a_rule_do_not_depend_on_where_one_looks_from() -> None:
    """A fortnightly rule falls on the same days whenever the calendar begins."""
    closure = Closure(rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=WE")
    whole = closure_days(closure, FIRST, LAST)
    assert closure_days(closure, date(2027, 3, 4), LAST) == tuple(day for day in whole if day >= date(2027, 3, 4))


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=HOURLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "every friday",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;NONSENSE=1",
        "FREQ=WEEKLY;INTERVAL=x",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=WEEKLY;BYDAY",
        "FREQ=MONTHLY;BYDAY=1FR;UNTIL=soon",
    ],
)
def test_broken_rules_are_said_so(rule: str) -> None:
    """A rule that is none is an error in words, and names the clinic's key where a calendar is made from it."""
    with pytest.raises(ValueError, match=r"a rule repeats by|not a recurrence rule|INTERVAL"):
        whole_day_rule(rule)
    with pytest.raises(InvalidFileError) as caught:
        Calendar(Clinic(timezone="UTC", closed=(Closure(rrule=rule),)), patient(), None, FIRST, LAST)
    assert caught.value.problems[0].path == ("clinic", "closed", 0, "rrule")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2027, 2, 10), date(2027, 2, 14), "10_14 Feb 2027"),
        (date(2027, 2, 10), date(2027, 2, 10), "on Wed 10 Feb 2027"),
        (date(2027, 2, 27), date(2027, 3, 2), "27 Feb _ 2 Mar 2027"),
        (date(2026, 12, 30), date(2027, 1, 2), "30 Dec 2026 _ 2 Jan 2027"),
        (datetime(2027, 2, 10, 9), datetime(2027, 2, 10, 12, 30), "Wed 10 Feb 2027 09:00 _ Wed 10 Feb 2027 12:30"),  # noqa: DTZ001
    ],
)
def test_period_words(first: date, last: date, words: str) -> None:
    """An absence is told as shortly as it can be, and never with its reason."""
    assert period_words(Away(from_=first, until=last, why="secret")) == words.replace("_", "\N{EN DASH}")
