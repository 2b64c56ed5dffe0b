"""Recurrence rules of RFC 5545: read part by part, and followed within a number of steps.

``dateutil.rrule`` follows the same rules without a bound of its own: for a rule that no day keeps, such as
``FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30``, it looks at every day to the year 9999, and a rule by the second may never end.
Here a rule is followed from the days that matter, each day and each time is a step, and the steps are counted.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import product
from typing import NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.dates import DAYS_IN_WEEK

FREQUENCIES = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_SECONDS = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": 3600}
_A_DAY = 24 * 3600
_MONTHS = tuple(range(1, 13))
_LAST_DAY = date.max.toordinal()
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,7}")
_HIGHEST = 10**6
"""What INTERVAL and COUNT may be at most: beyond it a rule cannot be meant."""


class OverBudgetError(Exception):
    """Following a rule would take more steps than are left."""


class StepBudget:
    """How many steps may still be taken."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take some steps; raises ``OverBudgetError`` where none are left."""
        self.left -= steps
        if self.left < 0:
            raise OverBudgetError


class Nth(NamedTuple):
    """A weekday (0 is Monday), or the ``number``-th of a month or year; from the end where it is negative."""

    number: int
    weekday: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrenceRule:
    """A rule as it is written. ``until`` stays text: whether it is a day or a moment depends on what repeats."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: str | None = None
    seconds: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    weekdays: tuple[Nth, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    @property
    def needs_anchor(self) -> bool:
        """Whether its days depend on the day from which it counts."""
        return self.count is not None or self.interval > 1


# -- reading --------------------------------------------------------------------------------------------------------

_LISTS: dict[str, tuple[str, int, int]] = {
    "BYSECOND": ("seconds", 0, 60),
    "BYMINUTE": ("minutes", 0, 59),
    "BYHOUR": ("hours", 0, 23),
    "BYMONTHDAY": ("month_days", -31, 31),
    "BYYEARDAY": ("year_days", -366, 366),
    "BYWEEKNO": ("weeks", -53, 53),
    "BYMONTH": ("months", 1, 12),
    "BYSETPOS": ("positions", -366, 366),
}


def read_rule(text: str) -> tuple[RecurrenceRule | None, tuple[str, ...]]:
    """Return the rule of a text, and the names of the parts that cannot be read, which it goes without.

    There is no rule where its FREQ cannot be read; other frequencies than RFC 5545's are none.
    """
    parts: dict[str, str] = {}
    unread: list[str] = []
    for part in text.upper().removeprefix("RRULE:").replace(" ", "").split(";"):
        name, separator, value = part.partition("=")
        if not part:
            continue
        if not separator or name in parts:
            unread.append(name)
        parts.setdefault(name, value)
    frequency = parts.pop("FREQ", "")
    if frequency not in FREQUENCIES:
        return None, ("FREQ",)
    found: dict[str, object] = {}
    for name, value in parts.items():
        try:
            found |= _part(name, value)
        except ValueError:
            unread.append(name)
    return RecurrenceRule(frequency=frequency, **found), tuple(dict.fromkeys(unread))  # type: ignore[arg-type]


def _part(name: str, value: str) -> dict[str, object]:
    """Return what one part of a rule says; ``ValueError`` where it cannot be read."""
    if not value and name in {*_LISTS, "BYDAY"}:
        return {}
    if name in _LISTS:
        field, least, most = _LISTS[name]
        numbers = sorted({_whole(item, least, most) for item in value.split(",")})
        if least < 0 and 0 in numbers:
            raise ValueError(value)
        return {field: tuple(numbers)}
    if name not in _SINGLE:
        raise ValueError(name)
    return _SINGLE[name](value)


def _scale(value: str) -> dict[str, object]:
    """Return nothing where a rule (RFC 7529) counts by the calendar that everybody does."""
    if value not in {"GREGORIAN", "ISO8601"}:
        raise ValueError(value)
    return {}


_SINGLE: dict[str, Callable[[str], dict[str, object]]] = {
    "INTERVAL": lambda value: {"interval": _whole(value, 1, _HIGHEST)},
    "COUNT": lambda value: {"count": _whole(value, 1, _HIGHEST)},
    "UNTIL": lambda value: {"until": value},
    "BYDAY": lambda value: {"weekdays": tuple(map(_weekday, value.split(",")))},
    "WKST": lambda value: {"week_start": _WEEKDAYS.index(value)},
    "RSCALE": _scale,
}


def _whole(text: str, least: int, most: int) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    number = int(text)
    if not least <= number <= most:
        raise ValueError(text)
    return number


def _weekday(text: str) -> Nth:
    found = _WEEKDAY.fullmatch(text)
    number = int(found[1] or 0) if found else 0
    if found is None or (found[1] and number == 0) or abs(number) > 53:  # noqa: PLR2004 - a year has 53 weeks at most
        raise ValueError(text)
    return Nth(number, _WEEKDAYS.index(found[2]))


# -- following ------------------------------------------------------------------------------------------------------


def occurrences(
    rule: RecurrenceRule, start: datetime, first: datetime, last: datetime, budget: StepBudget
) -> Iterator[datetime]:
    """Yield the times on the wall at which something that begins at ``start`` happens by a rule, in order.

    Only those from ``first`` through ``last``; ``start`` itself only where the rule keeps it, and ``until`` is not
    looked at. Raises ``OverBudgetError`` where the budget does not suffice.
    """
    complete, left = _completed(rule, start), rule.count
    begin = start if left is not None else max(start, first)
    for wall in _moments(complete, start, begin, last, budget):
        if wall > last or left == 0:
            return
        if wall >= start:
            left = None if left is None else left - 1
            if wall >= first:
                yield wall


def _completed(rule: RecurrenceRule, start: datetime) -> RecurrenceRule:
    """Return a rule with what it leaves to its start: the weekday, the day of the month, the month."""
    if rule.weeks or rule.year_days or rule.month_days or rule.weekdays:
        return rule
    if rule.frequency == "WEEKLY":
        return replace(rule, weekdays=(Nth(0, start.weekday()),))
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=(start.day,))
    if rule.frequency == "YEARLY":
        return replace(rule, month_days=(start.day,), months=rule.months or (start.month,))
    return rule


def _moments(
    rule: RecurrenceRule, start: datetime, begin: datetime, last: datetime, budget: StepBudget
) -> Iterator[datetime]:
    """Yield the moments of a rule, in order, from the period in which ``begin`` lies."""
    keeps = _filter(rule)
    fixed = None if rule.frequency in _SECONDS else _times(rule, start)
    for days in _periods(rule, start.date(), begin.date(), last.date()):
        budget.spend()
        found: list[datetime] = []
        for day in days:
            budget.spend()
            if keeps is None or keeps(day):
                times = _times_by(rule, start, day, budget) if fixed is None else fixed
                found += [datetime.combine(day, each) for each in times]
        budget.spend(len(found))
        yield from _chosen(found, rule.positions)


def _chosen(found: Sequence[datetime], positions: Sequence[int]) -> Iterable[datetime]:
    """Return those at the positions of BYSETPOS, counted from 1, or from the end where they are negative."""
    if not positions:
        return found
    count = len(found)
    places = {position - 1 if position > 0 else count + position for position in positions}
    return [found[place] for place in sorted(places) if 0 <= place < count]


def _periods(rule: RecurrenceRule, start: date, begin: date, last: date) -> Iterator[Iterable[date]]:
    """Yield the days of each period of a rule that may keep it."""
    step = rule.interval
    months = rule.months or _MONTHS
    if rule.frequency == "YEARLY":
        for year in range(_aligned(start.year, begin.year, step), last.year + 1, step):
            yield (day for month in months for day in _days_of_month(rule, year, month))
    elif rule.frequency == "MONTHLY":
        for index in range(_aligned(_month(start), _month(begin), step), _month(last) + 1, step):
            year, month = divmod(index, 12)
            yield _days_of_month(rule, year, month + 1) if month + 1 in months else ()
    elif rule.frequency == "WEEKLY":
        monday = start.toordinal() - (start.weekday() - rule.week_start) % DAYS_IN_WEEK
        step *= DAYS_IN_WEEK
        for number in range(_aligned(monday, begin.toordinal(), step), last.toordinal() + 1, step):
            yield _days(number, number + DAYS_IN_WEEK)
    else:
        step = step if rule.frequency == "DAILY" else 1
        for number in range(_aligned(start.toordinal(), begin.toordinal(), step), last.toordinal() + 1, step):
            yield _days(number, number + 1)


def _aligned(start: int, at_least: int, step: int) -> int:
    """Return the last number that is ``start`` plus whole steps and not beyond another; ``start`` at least."""
    return start + max(0, (at_least - start) // step) * step


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _days(first: int, end: int) -> Iterator[date]:
    return (date.fromordinal(number) for number in range(max(first, 1), min(end, _LAST_DAY + 1)))


def _days_of_month(rule: RecurrenceRule, year: int, month: int) -> Iterator[date]:
    """Yield the days of a month that may keep a rule: where it names days of the month, no others."""
    length = monthrange(year, month)[1]
    named = {day if day > 0 else length + 1 + day for day in rule.month_days}
    for day in sorted(named) if named else range(1, length + 1):
        if 1 <= day <= length:
            yield date(year, month, day)


def _filter(rule: RecurrenceRule) -> Callable[[date], bool] | None:
    """Return what tells whether a day keeps a rule; ``None`` where every day of its periods does."""
    tests: list[Callable[[date], bool]] = []
    if rule.months:
        months = frozenset(rule.months)
        tests.append(lambda day: day.month in months)
    if rule.month_days:
        tests.append(lambda day: _is_among(day.day, monthrange(day.year, day.month)[1], rule.month_days))
    if rule.year_days:
        tests.append(lambda day: _is_among(day.timetuple().tm_yday, _length_of_year(day.year), rule.year_days))
    if rule.weeks:
        tests.append(lambda day: _is_among(*_week(day, rule.week_start), rule.weeks))
    if rule.weekdays:
        tests.append(_weekday_test(rule))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda day: all(test(day) for test in tests)


def _is_among(number: int, length: int, numbers: Sequence[int]) -> bool:
    """Tell whether the ``number``-th of ``length`` is named, from the front or from the end."""
    return number in numbers or number - length - 1 in numbers


def _length_of_year(year: int) -> int:
    return date(year, 12, 31).timetuple().tm_yday


def _week(day: date, week_start: int) -> tuple[int, int]:
    """Return the number of a day's week and how many weeks its year has; a week belongs where most of its days lie."""
    monday = day.toordinal() - (day.weekday() - week_start) % DAYS_IN_WEEK
    year = date.fromordinal(min(max(monday + 3, 1), _LAST_DAY)).year
    begin = _first_week(year, week_start)
    weeks = (_first_week(year + 1, week_start) - begin) // DAYS_IN_WEEK
    return (monday - begin) // DAYS_IN_WEEK + 1, weeks


def _first_week(year: int, week_start: int) -> int:
    """Return, as an ordinal, the first day of the week in which 4 January lies."""
    fourth = date(min(year, date.max.year), 1, 4)
    return fourth.toordinal() - (fourth.weekday() - week_start) % DAYS_IN_WEEK


def _weekday_test(rule: RecurrenceRule) -> Callable[[date], bool]:
    """Return what tells whether a day is one of BYDAY; numbers count in the month, or in the year."""
    counts = rule.frequency in {"MONTHLY", "YEARLY"}
    plain = frozenset(each.weekday for each in rule.weekdays if not each.number or not counts)
    numbered = frozenset(each for each in rule.weekdays if each.number and counts)
    if not numbered:
        return lambda day: day.weekday() in plain
    in_year = rule.frequency == "YEARLY" and not rule.months

    def test(day: date) -> bool:
        weekday = day.weekday()
        if weekday in plain:
            return True
        if in_year:
            number, length = day.timetuple().tm_yday, _length_of_year(day.year)
        else:
            number, length = day.day, monthrange(day.year, day.month)[1]
        before, after = (number - 1) // DAYS_IN_WEEK + 1, (length - number) // DAYS_IN_WEEK + 1
        return (before, weekday) in numbered or (-after, weekday) in numbered

    return test


def _times(rule: RecurrenceRule, start: datetime) -> tuple[time, ...]:
    """Return the times of day of a rule whose periods are days or longer."""
    hours, minutes = rule.hours or (start.hour,), rule.minutes or (start.minute,)
    seconds = rule.seconds or (start.second,)
    return tuple(dict.fromkeys(time(h, m, min(s, 59)) for h, m, s in product(hours, minutes, seconds)))


def _times_by(rule: RecurrenceRule, start: datetime, day: date, budget: StepBudget) -> Iterator[time]:
    """Yield the times of one day of a rule that repeats within the day."""
    size = _SECONDS[rule.frequency]
    per_day = _A_DAY // size
    origin = (start.hour * 3600 + start.minute * 60 + start.second) // size
    passed = (day.toordinal() - start.toordinal()) * per_day - origin
    minutes = rule.minutes or ((start.minute,) if rule.frequency == "HOURLY" else ())
    seconds = rule.seconds or ((start.second,) if rule.frequency != "SECONDLY" else ())
    for number in range(-passed % rule.interval, per_day, rule.interval):
        budget.spend()
        hour, rest = divmod(number * size, 3600)
        if rule.hours and hour not in rule.hours:
            continue
        yield from _within_hour(rule.frequency, hour, rest, minutes, seconds)


def _within_hour(
    frequency: str, hour: int, rest: int, minutes: Sequence[int], seconds: Sequence[int]
) -> Iterator[time]:
    """Yield the times of an hour, a minute or a second that a rule keeps; ``rest`` is how far the hour has gone."""
    minute, second = divmod(rest, 60)
    for m in minutes if frequency == "HOURLY" else (minute,):
        for s in (second,) if frequency == "SECONDLY" else dict.fromkeys(min(each, 59) for each in seconds):
            kept = (not minutes or m in minutes) and (not seconds or s in seconds or frequency != "SECONDLY")
            if kept:
                yield time(hour, m, s)
