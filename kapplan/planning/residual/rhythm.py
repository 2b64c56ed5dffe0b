"""The rhythm of what is left: from which dose its weeks are counted.

Treatment weeks run from the first dose. After a lapse, in which at least a whole week went by without the dose that it
had, they run from the first dose after it, so that nothing is given in haste to catch up. That dose is ideally within
the first week in which it can be: its own week has gone by.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from kapplan.dataclass import replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.regimen import Regimen, TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.residual.happened import Happened


def in_rhythm(left: Regimen, past: Happened, earliest: date) -> Regimen:
    """Return what is left of a course with its weeks counted from the dose from which they run now.

    ``earliest`` is the first day on which an open visit can be.
    """
    kinds: dict[str, str] = {visit.id: visit.kind for visit in left.visits}
    weekly = [rule for rule in left.timing if _is_of_weeks(rule, kinds) and rule.visit not in past.fixed]
    lapsed = _first_after_lapse(weekly, past.fixed, earliest)
    if lapsed is None:
        return left
    week, soonest = _week(lapsed), (earliest - past.fixed[lapsed.after]).days
    moved = {id(rule): _from(rule, lapsed.visit, _week(rule) - week) for rule in weekly if _week(rule) >= week}
    moved[id(lapsed)] = replace(lapsed, target=(soonest, soonest + DAYS_IN_WEEK - 1))
    return replace(left, timing=tuple(moved.get(id(rule), rule) for rule in left.timing))


def _is_of_weeks(rule: TimingRule, kinds: Mapping[str, str]) -> bool:
    """Tell whether a rule aims a dose at a treatment week: a target of one week from another visit, and no limit."""
    if rule.target is None or rule.min is not None or rule.max is not None or rule.months is not None:
        return False
    return kinds.get(rule.visit) in DOSES and rule.target[1] - rule.target[0] == DAYS_IN_WEEK - 1


def _week(rule: TimingRule) -> int:
    return (rule.target or (0, 0))[0] // DAYS_IN_WEEK


def _first_after_lapse(weekly: list[TimingRule], fixed: Mapping[str, date], earliest: date) -> TimingRule | None:
    """Return the week of the next dose where that week, and another whole one after it, have gone by."""
    dated = [rule for rule in weekly if rule.after in fixed]
    first = min(dated, key=_week, default=None)
    if first is None or first.target is None:
        return None
    last = fixed[first.after] + timedelta(days=first.target[1])
    return first if (earliest - last).days > DAYS_IN_WEEK else None


def _from(rule: TimingRule, dose: str, weeks: int) -> TimingRule:
    begin = weeks * DAYS_IN_WEEK
    return replace(rule, after=dose, target=(begin, begin + DAYS_IN_WEEK - 1))
