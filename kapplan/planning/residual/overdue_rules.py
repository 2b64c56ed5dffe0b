"""Rules that what has happened already makes impossible: each is widened by as little as can be kept, and says so.

Dose 4 falls at most 21 days after dose 3, which was held 25 days ago: no plan can keep that any more, and none is to be
refused for it. The earliest days that the rules allow from tomorrow on, whatever the calendars say, keep every minimum
and every rule between open visits; a maximum from something that lies behind is widened to reach them, no further. Of
the calendars only the clinic's regular week counts at first, which nobody lifts. What has passed so is widened on, to
the next day that this patient and this clinic have. What has not passed yet stands: where somebody is away for too long
to keep it, that is a clash, with its repairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from kapplan.dataclass import dataclass, replace
from kapplan.dates import add_months
from kapplan.model.plan import Reason
from kapplan.model.regimen import Regimen, TimingRule
from kapplan.planning.phrases.words import day_words, days_words, source_words, visit_words
from kapplan.planning.problem.bounds import earliest_steps, settled
from kapplan.planning.problem.problem import START
from kapplan.planning.residual.happened import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosened:
    """A rule that what has happened already makes impossible, widened by as little as can be kept: by some ``days``.

    ``limit`` says in words what can no longer be.
    """

    visit: str
    reason: Reason
    days: int
    limit: str

    def by(self, days: int) -> Loosened:
        """Return the same of a rule of which only so many more days are made use of."""
        return replace(self, days=days, reason=replace(self.reason, text=f"{self.limit}: {_more(days)}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A course whose rules can be kept from tomorrow on as far as history goes, and what was widened for it."""

    regimen: Regimen
    start_within: int
    loosened: tuple[Loosened, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """From when on visits can be: ``earliest``, or the day given for the visit; the start asked for, and its bound.

    ``weekdays`` are those on which the clinic regularly opens, ``at_clinic`` the visits that are held there.
    """

    earliest: date
    sooner: Mapping[str, date]
    origin: date
    start_within: int
    weekdays: frozenset[int] = frozenset(range(7))
    at_clinic: frozenset[str] = frozenset()

    def open_from(self, visit: str, day: date) -> date:
        """Return the first day of the clinic's week from a day on; any day for visits held elsewhere."""
        while self.weekdays and visit in self.at_clinic and day.weekday() not in self.weekdays:
            day += timedelta(days=1)
        return day


def keepable(regimen: Regimen, past: Happened, ahead: Ahead, *, more: int = 0, later: int = 0) -> Kept:
    """Return the course with maxima from history widened so that the earliest days keep them.

    ``regimen`` holds what remains of the course. With ``more`` they reach so many days further, where caps need it.
    Those that have passed reach ``later`` days more, to days that this patient and this clinic have.
    """
    low = earliest_days(regimen, past, ahead)
    timing: list[TimingRule] = []
    loosened: list[Loosened] = []
    for rule in regimen.timing:
        late = too_late_by(rule, low, past)
        days = late + (more if rule.after in past.fixed else 0) + (later if late else 0)
        if days > 0 and rule.max is not None and rule.visit in low:
            timing.append(replace(rule, max=rule.max + days))
            loosened.append(_loosened(regimen, rule, past, days))
        else:
            timing.append(rule)
    late = _start_too_late_by(regimen, low, ahead)
    if late > 0:
        late += later
        loosened.append(_loosened_start(regimen, ahead, late))
    return Kept(
        regimen=replace(regimen, timing=tuple(timing)),
        start_within=ahead.start_within + max(late, 0),
        loosened=tuple(loosened),
    )


def too_late_by(rule: TimingRule, low: Mapping[str, date], past: Happened) -> int:
    """Return by how many days a visit on its day is later than its maximum from something that lies behind allows."""
    if rule.max is None or rule.after not in past.fixed or rule.visit not in low:
        return 0
    latest = _counted(rule, past.fixed[rule.after]) + timedelta(days=rule.max)
    return max((low[rule.visit] - latest).days, 0)


def _start_too_late_by(regimen: Regimen, low: Mapping[str, date], ahead: Ahead) -> int:
    first = regimen.visits[0].id if regimen.visits else ""
    latest = ahead.origin + timedelta(days=ahead.start_within)
    return (low[first] - latest).days if first in low else 0


def _counted(rule: TimingRule, anchor: date) -> date:
    return anchor if rule.months is None else add_months(anchor, rule.months)


# The earliest days


def earliest_days(regimen: Regimen, past: Happened, ahead: Ahead) -> dict[str, date]:
    """Return the earliest day of every open visit that keeps all minima and all rules between open visits."""
    low = {
        visit.id: ahead.sooner.get(visit.id) or ahead.open_from(visit.id, ahead.earliest)
        for visit in regimen.visits
        if visit.id not in past.fixed
    }
    known = {visit: day.toordinal() for visit, day in (*past.fixed.items(), *low.items())}
    bound = [rule for rule in regimen.timing if rule.visit in low and rule.after in known]
    steps = [step for rule in bound for step in earliest_steps(rule, 0) if step.visit in low]

    def open_from(visit: str, day: int) -> int:
        return ahead.open_from(visit, date.fromordinal(day)).toordinal()

    found = settled(known, steps, nearest=open_from)
    return {visit: date.fromordinal(found[visit]) for visit in low}


# Words


def _loosened(regimen: Regimen, rule: TimingRule, past: Happened, days: int) -> Loosened:
    when = past.fixed[rule.after]
    what = "was held" if rule.after in past.given else "was planned"
    visit, anchor, allowed = visit_words(rule.visit), visit_words(rule.after), rule.max or 0
    if rule.months is None and allowed >= 0:
        limit = f"{days_words(allowed)} after {anchor} at most" if allowed else f"on the day of {anchor} at the latest"
    else:
        limit = f"as near to {anchor} as its rule asks"
    because = f"because {anchor} {what} on {day_words(when)}"
    told = f"{visit.capitalize()} can no longer be {limit}, {because}"
    source, verified = source_words(rule.source, regimen.sources), regimen.is_verified(rule.source)
    reason = Reason(rule=rule.rule, text=told, source=source, level=rule.level, verified=verified)
    return Loosened(visit=rule.visit, reason=reason, days=days, limit=told).by(days)


def _more(days: int) -> str:
    return "1 more day is allowed" if days == 1 else f"{days} more days are allowed"


def _loosened_start(regimen: Regimen, ahead: Ahead, days: int) -> Loosened:
    first = regimen.visits[0].id
    bound = f"within {days_words(ahead.start_within)} of the start asked for, {day_words(ahead.origin)}"
    told = f"{visit_words(first).capitalize()} can no longer be {bound}"
    return Loosened(visit=first, reason=Reason(rule=START, text=told), days=days, limit=told).by(days)
