"""Days and times as people type them: what is read, what is refused, and that the full form reads as itself."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kapplan.errors import UsageError
from kapplan.planning.phrases.typed_days import AmbiguousDayError, Order, When, parse_when
from kapplan.planning.phrases.typed_periods import Period, parse_period

WEDNESDAY = date(2027, 1, 20)
VISIT = datetime(2027, 1, 25, 9)  # noqa: DTZ001 - the day alone counts
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))

READ = {
    "2027-01-22": date(2027, 1, 22),
    "today": WEDNESDAY,
    "tomorrow": date(2027, 1, 21),
    "yesterday": date(2027, 1, 19),
    "fri": date(2027, 1, 22),
    "Friday": date(2027, 1, 22),
    "tue": date(2027, 1, 26),
    "wed": date(2027, 1, 27),
    "next tue": date(2027, 1, 26),
    "next wed": date(2027, 1, 27),
    "next sun": date(2027, 1, 31),
    "last wed": date(2027, 1, 13),
    "last tue": date(2027, 1, 19),
    "20 jan": WEDNESDAY,
    "jan 20": WEDNESDAY,
    "19 jan": date(2028, 1, 19),
    "21 January": date(2027, 1, 21),
    "20 jan 2026": date(2026, 1, 20),
    "jan 20 2026": date(2026, 1, 20),
    "wed 20 jan": WEDNESDAY,
    "Wed, 20 Jan 2027": WEDNESDAY,
    "29 feb": date(2028, 2, 29),
    "1 sept": date(2027, 9, 1),
    "3d later": date(2027, 1, 28),
    "3 days later": date(2027, 1, 28),
    "2d earlier": date(2027, 1, 23),
    "1w later": date(2027, 2, 1),
    "2 weeks earlier": date(2027, 1, 11),
    "+3d": date(2027, 1, 28),
    "-1w": date(2027, 1, 18),
    "0d later": date(2027, 1, 25),
    "in 3 days": date(2027, 1, 23),
    "in 2w": date(2027, 2, 3),
    "in a week": date(2027, 1, 27),
    "3 days ago": date(2027, 1, 17),
    "a week ago": date(2027, 1, 13),
    "a week later": date(2027, 2, 1),
    "next week": date(2027, 1, 27),
    "20th jan": WEDNESDAY,
    "to 20 jan": WEDNESDAY,
    "on wed 20 jan": WEDNESDAY,
    "Jan 20th": WEDNESDAY,
    "1st feb 2028": date(2028, 2, 1),
    "31/12": date(2027, 12, 31),
    "12/31": date(2027, 12, 31),
    "20.1.": WEDNESDAY,
    "7/7": date(2027, 7, 7),
    "25.12.2028": date(2028, 12, 25),
}
TIMES = {
    "14:00": time(14),
    "9:30": time(9, 30),
    "09:30": time(9, 30),
    "0:00": time(0),
    "2pm": time(14),
    "2 pm": time(14),
    "2:15pm": time(14, 15),
    "12am": time(0),
    "12pm": time(12),
    "11am": time(11),
    "noon": time(12),
    "at 14:00": time(14),
}
REFUSED = {
    "": "2027-01-20",
    "1/2": "`1 feb` or `2 jan`",
    "1/2/2027": "`1 feb 2027` or `2 jan 2027`",
    "01-02-2027": "`1 feb 2027` or `2 jan 2027`",
    "13/13": "2027-01-20",
    "2027/01/20": "2027-01-20",
    "2027-1-20": "2027-01-20",
    "0999-01-20": "2027-01-20",
    "2027-02-30": "2027-02-30",
    "14": "14:00",
    "25": "`25 jan`",
    "2027": "2027-01-20",
    "31 apr": "April",
    "30 feb 2028": "February 2028",
    "0 jan": "January",
    "29 feb 2027": "February 2027",
    "20 jan 27": "four digits",
    "jan": "2027-01-20",
    "we": "2027-01-20",
    "soon": "2027-01-20",
    "this wed": "2027-01-20",
    "next": "2027-01-20",
    "next next tue": "2027-01-20",
    "tue 20 jan": "no Tuesday",
    "3d": "2027-01-20",
    "later": "2027-01-20",
    "3m later": "2027-01-20",
    "99999d later": "2027-01-20",
    "24:00": "14:00",
    "9:60": "14:00",
    "13pm": "14:00",
    "0am": "14:00",
    "9.30": "`30 sep` or `09:30`",
    "14:00 wed 15:00": "2027-01-20",
    "tusday": "did you mean `tuesday`?",
    "nxt wed": "did you mean `next wed`?",
    "wed 14:00 15:00": "2027-01-20",
    "tomorrow today": "2027-01-20",
    "20 jan feb": "2027-01-20",
    "midnight": "2027-01-20",
    "in": "2027-01-20",
    "in tue": "2027-01-20",
    "next month": "2027-01-20",
    "1/2/27": "four digits",
}


def read(text: str, **more: object) -> When:
    """Read a text on a Wednesday, of a visit on the Monday after."""
    return parse_when(text.split(), today=WEDNESDAY, visit=VISIT, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "day"), READ.items())
def test_a_day_is_read(text: str, day: date) -> None:
    """Each form of the grammar is one day, and has no time."""
    assert read(text) == When(day)


@pytest.mark.parametrize(("text", "clock"), TIMES.items())
def test_a_time_alone_is_of_the_visit_s_own_day(text: str, clock: time) -> None:
    """A time without a day stands on the day on which the visit stands."""
    assert read(text) == When(VISIT.date(), clock)


@pytest.mark.parametrize(
    "text",
    [
        "20 jan 9:30",
        "wed 20 jan 9:30",
        "2027-01-20 9:30",
        "2027-01-20T09:30",
        "today 9:30am",
        "9:30 20 jan",
        "9:30am wed 20 jan",
    ],
)
def test_a_day_can_have_a_time(text: str) -> None:
    """A time follows its day, or goes before it."""
    assert read(text) == When(WEDNESDAY, time(9, 30))


@pytest.mark.parametrize(("text", "shown"), REFUSED.items())
def test_what_is_unknown_or_ambiguous_is_refused(text: str, shown: str) -> None:
    """What is no day, or could be two, is a usage error that shows what would be right."""
    with pytest.raises(UsageError) as caught:
        read(text)
    assert shown in (caught.value.hint or "")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["3d later", "14:00", "+1w"])
def test_what_counts_from_a_visit_needs_one(text: str) -> None:
    """Without a visit nothing can be counted from it."""
    with pytest.raises(UsageError, match="counts from a visit"):
        parse_when(text, today=WEDNESDAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("wed", WEDNESDAY),
        ("tue", date(2027, 1, 19)),
        ("thu", date(2027, 1, 14)),
        ("19 jan", date(2027, 1, 19)),
        ("20 jan", WEDNESDAY),
        ("21 jan", date(2026, 1, 21)),
        ("29 feb", date(2024, 2, 29)),
        ("21 jan 2027", date(2027, 1, 21)),
    ],
)
def test_what_has_happened_is_read_backwards(text: str, day: date) -> None:
    """A weekday, and a day without a year, are then the latest such day, today included."""
    assert read(text, direction="back") == When(day)


def test_a_shift_beyond_the_calendar_is_refused() -> None:
    """Days that no calendar has are errors, not crashes."""
    with pytest.raises(UsageError):
        parse_when("2d later", today=WEDNESDAY, visit=datetime(9999, 12, 31))  # noqa: DTZ001


@given(today=DAYS, day=DAYS, clock=st.none() | st.times().map(lambda one: one.replace(second=0, microsecond=0)))
def test_the_full_form_reads_as_itself(today: date, day: date, clock: time | None) -> None:
    """What is printed back is read as the same day and time, whatever day it is."""
    when = When(day, clock)
    assert parse_when(str(when).split(), today=today) == when


@given(today=DAYS, name=st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]))
def test_a_weekday_is_the_next_one_and_next_is_in_the_following_week(today: date, name: str) -> None:
    """A weekday lies 1 to 7 days ahead; with ``next`` it lies between the next Monday and its Sunday."""
    plain = parse_when(name, today=today).day
    following = parse_when(f"next {name}", today=today).day
    monday = today + timedelta(days=7 - today.weekday())
    assert 1 <= (plain - today).days <= 7
    assert monday <= following <= monday + timedelta(days=6)
    assert plain.weekday() == following.weekday()
    assert (parse_when(name, today=today, direction="back").day - today).days in range(-6, 1)


@given(today=DAYS, day=DAYS)
def test_a_day_without_a_year_is_the_next_one(today: date, day: date) -> None:
    """It lies ahead, has the day and month that were said, and no earlier year has such a day ahead."""
    found = parse_when(f"{day.day} {day:%b}", today=today).day
    assert found >= today
    assert (found.day, found.month) == (day.day, day.month)
    assert found.year - today.year <= (8 if (day.day, day.month) == (29, 2) else 1)


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_a_usage_error(text: str) -> None:
    """No text at all makes anything else of the grammar."""
    try:
        when = parse_when(text, today=WEDNESDAY, visit=VISIT)
    except UsageError:
        return
    assert parse_when(str(when), today=WEDNESDAY) == when


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2027-02-10..2027-02-14", date(2027, 2, 10), date(2027, 2, 14)),
        ("10 feb..14 feb", date(2027, 2, 10), date(2027, 2, 14)),
        ("10 feb .. 14 feb", date(2027, 2, 10), date(2027, 2, 14)),
        ("2027-03-01..2027-12-31", date(2027, 3, 1), date(2027, 12, 31)),
        ("2027-03-01..2028-02-20", date(2027, 3, 1), date(2028, 2, 20)),
        ("today - in 360 days", WEDNESDAY, date(2028, 1, 15)),
        ("14 feb - 10 feb 2028", date(2027, 2, 14), date(2028, 2, 10)),
        ("28 dec..3 jan", date(2027, 12, 28), date(2028, 1, 3)),
        ("mon..fri", date(2027, 1, 25), date(2027, 1, 29)),
        ("today..tomorrow", WEDNESDAY, date(2027, 1, 21)),
        ("fri", date(2027, 1, 22), date(2027, 1, 22)),
        ("2027-02-10..10 feb", date(2027, 2, 10), date(2027, 2, 10)),
        ("10 feb - 14 feb", date(2027, 2, 10), date(2027, 2, 14)),
        ("10 feb \u2013 14 feb", date(2027, 2, 10), date(2027, 2, 14)),
        ("feb 10 to feb 14", date(2027, 2, 10), date(2027, 2, 14)),
        ("10-14 feb", date(2027, 2, 10), date(2027, 2, 14)),
        ("10th to 14th feb", date(2027, 2, 10), date(2027, 2, 14)),
        ("feb 10-14", date(2027, 2, 10), date(2027, 2, 14)),
        ("feb 10 - 14 2028", date(2028, 2, 10), date(2028, 2, 14)),
        ("dec 28 - 3 jan", date(2027, 12, 28), date(2028, 1, 3)),
        ("28 dec - 3 jan 2027", date(2026, 12, 28), date(2027, 1, 3)),
        ("13/2 - 14/2", date(2027, 2, 13), date(2027, 2, 14)),
        ("this week", WEDNESDAY, date(2027, 1, 24)),
        ("next week", date(2027, 1, 25), date(2027, 1, 31)),
        ("10 feb for 5 days", date(2027, 2, 10), date(2027, 2, 14)),
        ("for 2 weeks", WEDNESDAY, date(2027, 2, 2)),
        ("in 3 days - in 5 days", date(2027, 1, 23), date(2027, 1, 25)),
    ],
)
def test_a_period_is_read(text: str, first: date, last: date) -> None:
    """Both days are included, and a last day without a year is the next one from the first."""
    assert parse_period(text, today=WEDNESDAY) == Period(first, last)


@pytest.mark.parametrize(
    "text",
    ["", "..", "10 feb..", "..10 feb", "2027-02-14..2027-02-10", "1/2..3/2", "10 feb 9:00..11 feb", "a..b..c",
     "3d later", "tomorrow..today", "for 0 days", "for 999 days", "10-14", "10 feb - 14 feb - 18 feb", "- 14 feb",
     "14 feb - 10 feb", "14 dec - 10 nov"],
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    """A period that ends before it begins, has a time or is none at all is a usage error."""
    with pytest.raises(UsageError):
        parse_period(text, today=WEDNESDAY)


@given(first=DAYS, length=st.integers(0, 400), today=DAYS)
def test_the_full_form_of_a_period_reads_as_itself(first: date, length: int, today: date) -> None:
    """What is printed of a period is read as the same days."""
    period = Period(first, first + timedelta(days=length))
    assert parse_period(str(period), today=today) == period


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("12/7", "day", date(2027, 7, 12)),
        ("12/7", "month", date(2027, 12, 7)),
        ("12.7.2028", "day", date(2028, 7, 12)),
        ("31/12", "month", date(2027, 12, 31)),
    ],
)
def test_figures_are_settled_by_a_known_order(text: str, order: Order, day: date) -> None:
    """Where it is known which part comes first, figures are one day; the only possible one stays so."""
    assert read(text, order=order) == When(day)


@pytest.mark.parametrize("text", ["12/7", "1-2-2027", "9.30", "3.2"])
def test_every_reading_of_figures_can_be_typed(text: str) -> None:
    """What is ambiguous names each of its readings, and each of them reads as one day or time."""
    with pytest.raises(AmbiguousDayError) as caught:
        read(text)
    assert caught.value.words == text
    found = [read(reading) for reading in caught.value.readings]
    assert len(set(found)) == len(found) > 1


@given(st.text(max_size=24))
def test_any_text_is_a_period_or_a_usage_error(text: str) -> None:
    """No text at all makes anything else of a period."""
    try:
        period = parse_period(text, today=WEDNESDAY)
    except UsageError:
        return
    assert period.first <= period.last
