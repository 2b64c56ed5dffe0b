"""Recurrence rules: as dateutil follows them, but within a bound; and every part read, or named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from kapplan.planning.availability.recurrence import OverBudgetError, StepBudget, occurrences, read_rule

START = datetime(2024, 1, 31, 9, 30)  # noqa: DTZ001 - times on the wall
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def numbers(name: str, among: list[int]) -> st.SearchStrategy[str]:
    """Return a part of a rule with one to three numbers, or none."""
    some = st.lists(st.sampled_from(among), min_size=1, max_size=3, unique=True)
    return st.one_of(st.just(""), some.map(lambda chosen: f";{name}={','.join(map(str, chosen))}"))


def days(ordinals: list[str]) -> st.SearchStrategy[str]:
    """Return a BYDAY with one to three weekdays, or none."""
    day = st.builds(str.__add__, st.sampled_from(ordinals), st.sampled_from(WEEKDAYS))
    some = st.lists(day, min_size=1, max_size=3, unique=True)
    return st.one_of(st.just(""), some.map(lambda chosen: f";BYDAY={','.join(chosen)}"))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Return a rule that RFC 5545 gives one meaning."""
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    text = f"FREQ={frequency}"
    text += draw(numbers("INTERVAL", [1, 2, 3, 5, 12]).map(lambda part: part.split(",")[0]))
    text += draw(numbers("COUNT", [1, 2, 7, 30]).map(lambda part: part.split(",")[0]))
    text += draw(numbers("BYMONTH", list(range(1, 13))))
    text += draw(numbers("BYHOUR", list(range(24))))
    text += draw(numbers("BYMINUTE", [0, 15, 30, 59]))
    if frequency != "WEEKLY":
        text += draw(numbers("BYMONTHDAY", [1, 2, 15, 28, 29, 30, 31, -1, -2, -29, -31]))
    if frequency == "YEARLY":
        text += draw(numbers("BYYEARDAY", [1, 60, 200, 366, -1, -366]))
    text += draw(days(["", "1", "2", "5", "-1"] if frequency in {"YEARLY", "MONTHLY"} else [""]))
    if frequency in {"YEARLY", "MONTHLY"} and text.count(";BY"):
        text += draw(numbers("BYSETPOS", [1, 2, -1, -2]))
    return text + draw(st.sampled_from(["", ";WKST=SU", ";WKST=WE"]))


def following(text: str, start: datetime, first: datetime, last: datetime, steps: int = 10**6) -> Iterator[datetime]:
    """Follow a rule that can be read, for as long as somebody asks."""
    rule, unread = read_rule(text)
    assert rule is not None
    assert not unread
    return occurrences(rule, start, first, last, StepBudget(steps))


def followed(text: str, start: datetime, first: datetime, last: datetime, steps: int = 10**6) -> list[datetime]:
    """Follow a rule that can be read to the end."""
    return list(following(text, start, first, last, steps))


def mixes_weekdays(text: str) -> bool:
    """Tell whether BYDAY has weekdays with a number and without: dateutil wants days that are both."""
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    return len({len(day) > 2 for day in parts.get("BYDAY", "").split(",")}) > 1


@given(rules(), st.integers(0, 900), st.integers(0, 500))
def test_rules_are_followed_as_dateutil_does(text: str, ahead: int, more: int) -> None:
    """Wherever one begins to look, a rule happens when an independent library says so."""
    if mixes_weekdays(text):
        return
    often = "HOURLY" in text
    first = START + timedelta(days=ahead % 20 if often else ahead)
    last = first + timedelta(days=more % 30 if often else more)
    ending = text if "COUNT" in text else f"{text};UNTIL={last:%Y%m%dT%H%M%S}"
    expected = (
        [] if never_happens(text) else [wall for wall in rrulestr(ending, dtstart=START) if first <= wall <= last]
    )
    assert followed(text, START, first, last) == expected


def never_happens(text: str) -> bool:
    """Tell whether no day keeps a rule: dateutil would look for one to the year 9999."""
    endless = ";".join(part for part in text.split(";") if not part.startswith("COUNT"))
    return next(following(endless, START, START, START + timedelta(days=40 * 365)), None) is None


@pytest.mark.parametrize("week", [1, 2, 20, 52, 53])
def test_weeks_of_the_year(week: int) -> None:
    """BYWEEKNO means the weeks of ISO 8601, also where they reach into another year."""
    found = followed(f"FREQ=YEARLY;BYWEEKNO={week}", START, datetime(2025, 1, 1), datetime(2031, 12, 31, 23))  # noqa: DTZ001
    every = (date(2025, 1, 1) + timedelta(days=n) for n in range(7 * 365 + 1))
    assert [wall.date() for wall in found] == [day for day in every if day.isocalendar().week == week]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 8_000),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 100),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", 8_000),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4", 1_000),
        ("FREQ=DAILY", 8_000),
        ("FREQ=WEEKLY", 4_000),
    ],
)
def test_steps_do_not_grow_with_the_past(text: str, steps: int) -> None:
    """Five years of a rule cost the same whenever it began, in the year 1 too, and whether or not it ever happens."""
    first = datetime(2027, 1, 1)  # noqa: DTZ001
    for start in (datetime(2026, 1, 1, 9), datetime(1, 1, 1, 9)):  # noqa: DTZ001
        followed(text, start, first, first + timedelta(days=5 * 365), steps)


@pytest.mark.parametrize("text", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY;COUNT=1000000"])
def test_a_rule_that_costs_too_much_is_given_up(text: str) -> None:
    """What would take more steps than there are is an error at once, not a long wait."""
    first = datetime(2027, 1, 1)  # noqa: DTZ001
    with pytest.raises(OverBudgetError):
        followed(text, datetime(1, 1, 1), first, first + timedelta(days=365), 100_000)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("FREQ=WEEKLY;COUNT=3;", ()),
        ("RRULE:freq=weekly;byday=mo, tu", ()),
        ("FREQ=WEEKLY;BYDAY=", ()),
        ("RSCALE=GREGORIAN;FREQ=WEEKLY", ()),
        ("FREQ=WEEKLY;COUNT=-1", ("COUNT",)),
        ("FREQ=WEEKLY;COUNT=0", ("COUNT",)),
        ("FREQ=WEEKLY;INTERVAL=x", ("INTERVAL",)),
        ("FREQ=WEEKLY;BYDAY=XX", ("BYDAY",)),
        ("FREQ=WEEKLY;BYDAY=0MO", ("BYDAY",)),
        ("FREQ=WEEKLY;BYDAY", ("BYDAY",)),
        ("FREQ=WEEKLY;BYHOUR=24;BYMINUTE=60", ("BYHOUR", "BYMINUTE")),
        ("FREQ=MONTHLY;BYMONTHDAY=0", ("BYMONTHDAY",)),
        ("FREQ=MONTHLY;BYMONTHDAY=32,1", ("BYMONTHDAY",)),
        ("FREQ=MONTHLY;BYMONTH=5L", ("BYMONTH",)),
        ("FREQ=WEEKLY;WKST=X", ("WKST",)),
        ("FREQ=WEEKLY;UNTL=20270101", ("UNTL",)),
        ("RSCALE=CHINESE;FREQ=YEARLY;SKIP=OMIT", ("RSCALE", "SKIP")),
        ("FREQ=DAILY;FREQ=WEEKLY", ("FREQ",)),
    ],
)
def test_parts_that_cannot_be_read_are_named(text: str, unread: tuple[str, ...]) -> None:
    """A rule goes without the parts that cannot be read, and says which."""
    rule, found = read_rule(text)
    assert rule is not None
    assert found == unread


@pytest.mark.parametrize("text", ["", "FREQ=", "FREQ=FORTNIGHTLY", "COUNT=3", "W1 MO #0", "every friday"])
def test_without_a_frequency_there_is_no_rule(text: str) -> None:
    """How often is what a rule cannot do without."""
    assert read_rule(text) == (None, ("FREQ",))


@given(st.text(alphabet="FREQ=DAILYWKMON;BYSTPU,0123456789-+", max_size=80))
def test_no_text_breaks_the_reader(noise: str) -> None:
    """Any text is a rule with some parts unread, or none; and following it ends."""
    rule, _ = read_rule(f"FREQ=DAILY;{noise}")
    if rule is not None:
        try:
            list(occurrences(rule, START, START, START + timedelta(days=400), StepBudget(5_000)))
        except OverBudgetError:
            return
