"""A slot came free: whose course gets better by it, and who waits less.

What a plan would gain is found by dating it anew, as the command that moves the visit does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.bookings import BookedPlan
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.availability.timezones import zone
from kapplan.planning.clinic.board import moments_of
from kapplan.planning.replan.replan import revise
from kapplan.planning.replan.request import Asked, Sources

Gain = Literal["date", "better", "sooner"]
"""What a patient has of it: a date for a visit that needs one, a course nearer its protocol, an earlier beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """A visit that could have the slot, and what its patient has of that.

    ``better`` is how many days fewer the visits of the course are off their targets in all, ``sooner`` how many days
    earlier the visit is; ``pulled`` are the other visits that move with it.
    """

    name: str
    patient: str
    visit: str
    gain: Gain
    was: datetime
    start: datetime
    better: int
    sooner: int
    pulled: tuple[str, ...] = ()


def worth_reading(plan: BookedPlan, days: tuple[date, date]) -> bool:
    """Return whether a visit of a plan stands later than the days ``days`` (first and last), or needs a date."""
    _, until = moments_of(days, zone(plan.timezone))
    return not plan.held and any(
        visit.open and (visit.begins >= until or visit.status == "unresolved") for visit in plan.visits
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fillable:
    """A plan that a slot could be given to: its name in the book, what it is dated from, and the moment of asking."""

    plan: Plan
    name: str
    sources: Sources
    now: datetime


def fillings(asked: Fillable, days: Iterable[date], clock: time | None = None) -> Iterator[Filling]:
    """Yield each visit of a plan that could be held on one of some days and whose patient gains by it, at its best.

    ``clock`` is the time of the slot; without it the best time of the day counts.
    """
    visits = asked.plan.visits
    first = next((visit for visit in visits if not visit.is_lost), None)
    listed = sorted(days)
    for visit in visits:
        wanted = (day for day in listed if _could_gain(visit, day, begins=visit is first))
        found = (_filling(asked, visit, Asked(visit=visit.id, day=day, time=clock)) for day in wanted)
        best = min(filter(None, found), key=lambda one: (-one.better, one.start), default=None)
        if best is not None:
            yield best


def _could_gain(visit: PlannedVisit, day: date, *, begins: bool) -> bool:
    """Return whether it is worth asking what a visit on a day would be: a cheap look at what the plan says of it."""
    if not visit.open or visit.pinned:
        return False
    if visit.status == "unresolved":
        return True
    early = visit.earliest is None or visit.earliest <= day
    late = visit.latest is None or day <= visit.latest
    return early and late and day != visit.day and (visit.deviation_days > 0 or (begins and day < visit.day))


def _filling(case: Fillable, visit: PlannedVisit, asked: Asked) -> Filling | None:
    """Return what a patient has of a visit where it is asked for; ``None`` where it cannot be, or nothing is gained."""
    plan = case.plan
    made = revise(plan, case.sources, case.now, asked=asked)
    if not made.placed or made.refused is not None:
        return None
    after = made.plan.visit(visit.id)
    better, sooner = plan.days_off - made.plan.days_off, (visit.day - after.day).days
    gain: Gain = "date" if visit.status == "unresolved" else "better" if better > 0 else "sooner"
    if gain == "sooner" and (sooner <= 0 or better < 0):
        return None
    stood = {one.id: one.start for one in plan.visits}
    pulled = (one.id for one in made.plan.visits if one.id != visit.id and stood.get(one.id, one.start) != one.start)
    return Filling(
        name=case.name,
        patient=plan.patient,
        visit=visit.id,
        gain=gain,
        was=visit.start,
        start=after.start,
        better=better,
        sooner=sooner,
        pulled=tuple(pulled),
    )


def in_order(found: Iterable[Filling]) -> tuple[Filling, ...]:
    """Return fillings, those who need a date first, then those who gain most."""
    ranks: dict[Gain, int] = {"date": 0, "better": 1, "sooner": 2}
    return tuple(
        sorted(found, key=lambda one: (ranks[one.gain], -one.better, -one.sooner, one.start, one.patient, one.visit))
    )
