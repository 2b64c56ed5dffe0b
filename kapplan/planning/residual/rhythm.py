"""The rhythm of what is left: from which dose its weeks are counted.

Treatment weeks run from the first dose. After a lapse, in which at least a whole week goes by without the dose that it
had, since nothing was given or somebody is known to be away, they run from the first dose after it, so that nothing is
given in haste to catch up. That dose is ideally within the first week in which it can be: its own week has gone by.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeGuard

from kapplan.dataclass import replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.decisions import Absence
from kapplan.model.profile import Profile
from kapplan.model.regimen import Regimen, TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.residual.happened import Happened

DayTest = Callable[[date], bool]
_LONGEST_CLOSED = 3 * 366
"""So many days on which nobody is there are looked past, no more."""


def in_rhythm(left: Regimen, past: Happened, earliest: date, is_open: DayTest = lambda _: True) -> Regimen:
    """Return what is left of a course with its weeks counted from the dose from which they run now.

    ``earliest`` is the first day on which an open visit can be, where that ``is_open``.
    """
    kinds: dict[str, str] = {visit.id: visit.kind for visit in left.visits}
    weekly = [rule for rule in left.timing if _is_of_weeks(rule, kinds) and rule.visit not in past.fixed]
    first = min((rule for rule in weekly if rule.after in past.fixed), key=_week, default=None)
    if first is None:
        return left
    day = _soonest(first.visit, left, past, earliest, is_open)
    if not _is_lapsed(first, past, day):
        return left
    week, soonest = _week(first), (day - past.fixed[first.after]).days
    moved = {id(rule): _from(rule, first.visit, _week(rule) - week) for rule in weekly if _week(rule) >= week}
    moved[id(first)] = replace(first, target=(soonest, soonest + DAYS_IN_WEEK - 1))
    return replace(left, timing=tuple(moved.get(id(rule), rule) for rule in left.timing))


def there_on(weekdays: Collection[int], profile: Profile, absences: Iterable[Absence]) -> DayTest:
    """Return a test whether a visit at the clinic can be on a day: its regular weekdays, and who is known to be away.

    No weekday at all stands for any.
    """
    away = [(one.from_, one.until) for one in absences if one.who in {"patient", "clinic"}]
    away += [
        (one.from_, one.until)
        for one in profile.availability.away
        if one.rrule is None and one.hours is None and _is_day(one.from_) and _is_day(one.until)
    ]

    def is_there(day: date) -> bool:
        return (not weekdays or day.weekday() in weekdays) and not any(first <= day <= last for first, last in away)

    return is_there


def _is_day(moment: date | None) -> TypeGuard[date]:
    return moment is not None and not isinstance(moment, datetime)


def _soonest(visit: str, left: Regimen, past: Happened, earliest: date, is_open: DayTest) -> date:
    """Return the first day on which a dose can be: open, and after what lies behind by its least distances."""
    for rule in left.timing:
        if rule.visit == visit and rule.after in past.fixed and rule.min is not None and rule.months is None:
            earliest = max(earliest, past.fixed[rule.after] + timedelta(days=rule.min))
    days = (earliest + timedelta(days=n) for n in range(_LONGEST_CLOSED))
    return next((day for day in days if is_open(day)), earliest)


def _is_of_weeks(rule: TimingRule, kinds: Mapping[str, str]) -> bool:
    """Tell whether a rule aims a dose at a treatment week: a target of one week from another visit, and no limit."""
    if rule.target is None or rule.min is not None or rule.max is not None or rule.months is not None:
        return False
    return kinds.get(rule.visit) in DOSES and rule.target[1] - rule.target[0] == DAYS_IN_WEEK - 1


def _week(rule: TimingRule) -> int:
    return (rule.target or (0, 0))[0] // DAYS_IN_WEEK


def _is_lapsed(rule: TimingRule, past: Happened, day: date) -> bool:
    """Tell whether the week of the next dose, and another whole one after it, have gone by before it can be given."""
    last = past.fixed[rule.after] + timedelta(days=(rule.target or (0, 0))[1])
    return (day - last).days > DAYS_IN_WEEK


def _from(rule: TimingRule, dose: str, weeks: int) -> TimingRule:
    """Return a rule of weeks as it counts from a dose, so many weeks on; the dose's own stay as they are."""
    if rule.visit == dose:
        return rule
    begin = weeks * DAYS_IN_WEEK
    return replace(rule, after=dose, target=(begin, begin + DAYS_IN_WEEK - 1))
