"""What a re-plan keeps apart: doses from doses, and visits from the slots that were called off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from kapplan.dataclass import replace
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Regimen
from kapplan.model.terms import DOSES
from kapplan.planning.replan.request import Asked
from kapplan.planning.residual.happened import Happened
from kapplan.planning.residual.spacing import Spacing
from kapplan.planning.schedule.course import Setting


def spaced(
    plan: Plan, protocol: Protocol, past: Happened, left: Regimen, *, today: date, asked: Asked | None
) -> Regimen:
    """Return what is left of a course with its doses kept apart across rows, phases, boosters and added visits."""
    saved = {visit.id: visit for visit in plan.visits}
    named = None if asked is None else asked.visit
    dates = {name: visit.start.date() for name, visit in saved.items()} | past.fixed
    if asked is not None:
        dates[asked.visit] = asked.day
    stands: dict[str, date] = {}
    for visit in left.visits:
        if visit.kind not in DOSES or visit.id in past.fixed:
            continue
        if visit.id not in dates:
            dates[visit.id] = _expected(left, visit.id, dates, today)
        elif visit.id != named and saved[visit.id].status == "unresolved":
            dates[visit.id] = max([dates[visit.id], *stands.values()])
        stands[visit.id] = dates[visit.id]
    pushed = _pushed(left, stands)
    spacing = Spacing(
        regimen=plan.regimen,
        behind=past,
        stands=stands | pushed,
        firm=[
            one
            for one in stands
            if one not in pushed and one != named and one in saved and saved[one].status != "unresolved"
        ],
        overridden={override.rule for override in plan.overrides},
        caps={limit.id for limit in protocol.limits if limit.cap is not None},
        earliest=today,
    )
    return spacing.applied(left)


def _pushed(left: Regimen, stands: Mapping[str, date]) -> dict[str, date]:
    """Return the open doses that those before them in their rows push back, each with the earliest day it then has."""
    days = dict(stands)
    for _ in stands:
        for rule in left.timing:
            if rule.visit in days and rule.after in days and rule.min is not None and rule.months is None:
                days[rule.visit] = max(days[rule.visit], days[rule.after] + timedelta(days=rule.min))
        if all(days[one] == stands[one] for one in days):
            return {}
    return {one: day for one, day in days.items() if day != stands[one]}


def _expected(left: Regimen, visit: str, dates: Mapping[str, date], today: date) -> date:
    """Return about when a visit without a date will be: its target from what it follows."""
    targets = [
        dates[rule.after] + timedelta(days=rule.target[0] if rule.target else rule.min or 0)
        for rule in left.timing
        if rule.visit == visit and rule.months is None and rule.after in dates
    ]
    return max([today, *targets])


def given_back(plan: Plan, now: datetime) -> Iterator[PlannedVisit]:
    """Yield the visits ahead that somebody called off: their times are never given to the same patient again."""
    yield from (
        visit
        for visit in plan.visits
        if visit.status == "cancelled" and visit.cancelled_by is not None and visit.start > now
    )


def elsewhere(plan: Plan, setting: Setting) -> Setting:
    """Return a setting in which no visit stands on the day of the visit in whose place it comes."""
    days = {visit.id: visit.start.date() for visit in plan.visits if visit.is_lost}
    shut = {visit.id: days[visit.replaces] for visit in plan.regimen.visits if visit.replaces in days}
    if not shut:
        return setting
    origin = setting.demand.situation
    visits = tuple(
        replace(visit, days=tuple(one for one in visit.days if origin.date_of(one.day) != shut[visit.id]))
        if visit.id in shut and visit.fixed is None
        else visit
        for visit in setting.problem.visits
    )
    return replace(setting, problem=replace(setting.problem, visits=visits))
