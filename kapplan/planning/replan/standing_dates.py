"""Whether a plan can stay as it is dated: what touches it is dated anew, and what does not is left alone."""

from __future__ import annotations

from datetime import datetime

from kapplan.dataclass import replace
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.availability.timezones import zone
from kapplan.planning.bookings.busy_times import moment_of
from kapplan.planning.bookings.plan_bookings import plan_bookings
from kapplan.planning.feasibility.feasibility import is_feasible
from kapplan.planning.problem.problem import Problem
from kapplan.planning.replan.request import Options, Sources
from kapplan.planning.replan.residual_problem import PATIENCE, Redating, ReplanCase, redating
from kapplan.planning.schedule.course import Setting


def can_stay(plan: Plan, sources: Sources, now: datetime) -> bool:
    """Return whether every open visit can be held where it stands, by sources that may have changed.

    Its day keeps the rules that are left, its time is open to it, and the room and the people that it has are there
    and free. ``now`` is a moment with a zone.
    """
    open_visits = [visit for visit in plan.visits if visit.open]
    if any(visit.status == "unresolved" for visit in open_visits):
        return False
    made = redating(ReplanCase(plan=plan, sources=sources, now=now.astimezone(zone(plan.timezone)), options=Options()))
    if set(made.free) - {visit.id for visit in open_visits}:
        return False
    return any(
        all(_is_open(setting, visit) for visit in open_visits if visit.id in made.free)
        and _has_its_resources(setting, plan, made)
        and is_feasible(_as_dated(setting.problem, plan, made), PATIENCE) is True
        for setting in made.settings
    )


def _is_open(setting: Setting, visit: PlannedVisit) -> bool:
    """Return whether a visit's time is open to it, as long as it is, with a room and people that serve it still."""
    shape, clinic = setting.shapes[visit.id], setting.demand.clinic
    slot = setting.calendar.slot_at(shape, visit.start)
    serving = {room.id for room in clinic.rooms if room.kinds is None or visit.kind in room.kinds}
    people = {person.id for person in clinic.staff if not set(person.roles).isdisjoint(shape.roles)}
    return (
        slot is not None
        and slot.end == visit.end
        and len(slot.staff) == len(visit.staff)
        and people.issuperset(visit.staff)
        and (visit.room in serving if visit.room else not slot.room)
    )


def _has_its_resources(setting: Setting, plan: Plan, made: Redating) -> bool:
    """Return whether each room and person that a visit ahead has is there and free for as long as it is needed."""
    resources, here, free = setting.calendar.resources, zone(plan.timezone), set(made.free)
    for booking in plan_bookings(plan).bookings:
        if booking.visit not in free:
            continue
        track = resources.track_of(booking.resource)
        if track is None:
            return False
        for quarter in booking.quarters():
            local = moment_of(quarter).astimezone(here)
            if not track.free(local.toordinal()) >> (local.hour * 60 + local.minute) & 1:
                return False
    return True


def _as_dated(problem: Problem, plan: Plan, made: Redating) -> Problem:
    """Return a problem in which every visit can only be where the plan has it."""
    days = {visit.id: made.situation.day(visit.start.date()) for visit in plan.visits}
    return replace(
        problem,
        visits=tuple(
            one if one.fixed is not None else replace(one, days=tuple(at for at in one.days if at.day == days[one.id]))
            for one in problem.visits
        ),
    )
