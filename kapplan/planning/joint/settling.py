"""From what a book holds to what patients share, and from the days of joint courses to what they book.

A patient who is placed once more beside what the courses of all others book is placed no worse: what the joint course
takes is free.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from kapplan.model.bookings import QUARTER, Booking, PlanBookings
from kapplan.model.clinic import Clinic
from kapplan.planning.availability.minute_masks import DAY, STEP, span
from kapplan.planning.availability.timezones import zone
from kapplan.planning.bookings.plan_bookings import ONE, capacities
from kapplan.planning.joint.timetable import SharedClinic
from kapplan.planning.joint.together import JointAnswer


def shared_clinic(clinic: Clinic, stands: Iterable[PlanBookings], timezone: str) -> SharedClinic:
    """Return what patients share of a clinic: the places of its rooms and people, and what plans take of several.

    Where a resource has one place, whatever is booked of it is closed in every patient's calendar already.
    """
    places = capacities(clinic)
    used: dict[int, dict[str, tuple[int, ...]]] = defaultdict(dict)
    here = zone(timezone)
    for plan in stands:
        for booking in plan.bookings:
            if places.get(booking.resource, ONE) > ONE:
                for quarter in booking.quarters():
                    local = datetime.fromtimestamp(quarter * QUARTER, here)
                    _take(used[local.toordinal()], booking.resource, local.hour * 60 + local.minute)
    return SharedClinic(places, dict(used))


def _take(used: dict[str, tuple[int, ...]], resource: str, minute: int) -> None:
    """Take one more place of a resource for a quarter of an hour."""
    more = span(minute, min(minute + STEP, DAY))
    levels = []
    for level in used.get(resource, ()):
        levels.append(level | more)
        more &= level
    used[resource] = (*levels, more) if more else tuple(levels)


def joint_bookings(answer: JointAnswer) -> dict[str, PlanBookings]:
    """Return what the course of each patient books, by the times that its days are known to have room for."""
    found: dict[str, list[Booking]] = defaultdict(list)
    asks = answer.timetable.asks
    for day, visits in answer.timetable.days.items():
        for key, spot in answer.timetable.spots(day).items() if visits else ():
            here = asks.by_patient[key.patient].settings[key.setting].calendar.zone
            midnight = datetime.combine(date.fromordinal(day), time.min, here)
            for resource, stretches in spot.way.takes:
                for begin, end in stretches:
                    first, until = (
                        int((midnight + timedelta(minutes=spot.start + at)).timestamp()) // QUARTER
                        for at in (begin, end)
                    )
                    found[key.patient].append(Booking(resource=resource, first=first, until=until, visit=key.visit))
    return {
        patient: PlanBookings(plan=f"new {patient}", patient=patient, clinic=None, bookings=tuple(bookings))
        for patient, bookings in found.items()
    }
