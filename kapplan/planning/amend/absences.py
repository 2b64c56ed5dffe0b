"""Absences that a plan alone knows: they are laid over what it was made from, whatever is read again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kapplan.dataclass import replace
from kapplan.model.bookings import outside
from kapplan.model.clinic import Away
from kapplan.model.decisions import Absence
from kapplan.model.plan import Plan
from kapplan.model.profile import Profile
from kapplan.planning.availability.closures import in_any

PATIENT = "patient"


def away(plan: Plan, who: str, first: date, last: date) -> Plan:
    """Return the plan with somebody away, both days included; what it knew already is not said twice."""
    new = Absence(who=who, from_=first, until=last)
    return plan if new in plan.absences else replace(plan, absences=(*plan.absences, new))


def back(plan: Plan, who: str, first: date, last: date) -> Plan:
    """Return the plan with somebody there after all on days on which it said that they were away.

    ``KeyError`` where it says nothing of those days: what a profile or a clinic's file says is changed there.
    """
    kept = tuple(part for one in plan.absences for part in (outside([one], first, last) if one.who == who else (one,)))
    if kept == plan.absences:
        raise KeyError(who)
    return replace(plan, absences=kept)


def profile_with(profile: Profile, absences: Iterable[Absence]) -> Profile:
    """Return a profile whose patient is away on the days that a plan knows, whatever the profile says of them."""
    own = tuple(Away(from_=one.from_, until=one.until) for one in absences if one.who == PATIENT)
    there = profile.availability
    also = tuple(replace(one, despite_away=False) if in_any(one.on, own) else one for one in there.also)
    availability = replace(there, away=(*there.away, *own), also=also)
    return replace(profile, availability=availability) if own else profile
