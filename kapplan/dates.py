"""Day arithmetic: treatment weeks, calendar months, weekday names."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Literal, get_args

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""Keys of the days of the week, Monday first, as ``date.weekday()`` counts them."""

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""The days of the week in full, as ``date.weekday()`` counts them."""

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""Bounds of every day that a file holds or somebody types, so that no slip of the pen makes a date of no calendar."""

DAYS_IN_WEEK = len(WEEKDAYS)
DAYS_IN_MONTH = 365.2425 / 12
"""The mean month of the calendar: for what is only laid out by months or compared with them, never for a date."""


def weekday_key(day: date) -> Weekday:
    """Return the three-letter key of a day's weekday, such as ``mon``."""
    return WEEKDAYS[day.weekday()]


def add_months(anchor: date, months: int) -> date:
    """Return the same day of the month, ``months`` calendar months later, clipped to the month's end.

    31 January plus one month is 28 (or 29) February, plus two months 31 March: always counted from the
    anchor, never chained.
    """
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor.day, last))


def treatment_week(first_dose: date, day: date) -> int:
    """Return the treatment week of a day: week 1 is the seven days that begin with the first dose.

    Days before the first dose lie in week 0, -1 and so on; the calendar week plays no part.
    """
    return (day - first_dose).days // DAYS_IN_WEEK + 1


def days_between(first: date, last: date) -> tuple[date, ...]:
    """Return every day from ``first`` through ``last``; empty where ``last`` is earlier."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
