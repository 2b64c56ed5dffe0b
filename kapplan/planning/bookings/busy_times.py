"""What a book's plans leave of rooms and people, as busy times that a calendar is built with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from kapplan.dataclass import replace
from kapplan.model.bookings import QUARTER, ClinicAbsence, PlanBookings
from kapplan.model.decisions import Absence
from kapplan.planning.availability.free_time import BusyTimes, Interval
from kapplan.planning.bookings.allotment import full_quarters


def with_bookings(
    busy: BusyTimes, plans: Iterable[PlanBookings], capacity: Mapping[str, int], *, patient: str
) -> BusyTimes:
    """Return busy times together with those that plans of other patients make.

    A room or a person is busy where as many are booked as it has places.
    """
    others = tuple(plan for plan in plans if plan.patient != patient)
    booked = [(plan.patient, booking) for plan in others for booking in plan.bookings]
    found: dict[str, set[Interval]] = {}
    for resource, first, until in full_quarters(booked, capacity, patient):
        found.setdefault(resource, set()).add((moment_of(first), moment_of(until)))
    if not found:
        return busy
    by_owner = {owner: set(times) for owner, times in busy.by_owner.items()}
    for owner, times in found.items():
        by_owner.setdefault(owner, set()).update(times)
    ordered = {owner: tuple(sorted(times)) for owner, times in sorted(by_owner.items())}
    return replace(busy, by_owner=ordered, plans=(*busy.plans, *others))


def with_absences(busy: BusyTimes, absences: Iterable[ClinicAbsence], known: Iterable[Absence] = ()) -> BusyTimes:
    """Return busy times together with absences that a book knows, but for those that a plan knows itself."""
    own = tuple(known)
    away = (Absence(who=one.who, from_=one.from_, until=one.until) for one in absences)
    return replace(busy, away=(*busy.away, *(one for one in away if one not in own)))


def moment_of(quarter: int) -> datetime:
    """Return the moment in UTC at which a quarter begins."""
    return datetime.fromtimestamp(quarter * QUARTER, UTC)
