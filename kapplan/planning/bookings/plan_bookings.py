"""What a plan's visits take: the room and each person, by quarters of an hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from kapplan.model.bookings import QUARTER, Booking, PlanBookings
from kapplan.model.clinic import Clinic
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.availability.resources import IMPLICIT_ROOM

ONE = 1
"""The capacity of a room or a person of whom the clinic says nothing else."""


def clinic_key(plan: Plan) -> str | None:
    """Return by what a plan's clinic is known in a book: its id, else its name; ``None`` shares nothing."""
    return plan.clinic.id or plan.clinic.name


def plan_bookings(plan: Plan) -> PlanBookings:
    """Return what the visits of a plan take that lie ahead or were held."""
    return PlanBookings(
        plan=plan.id, patient=plan.patient, clinic=clinic_key(plan), bookings=tuple(sorted(_bookings(plan), key=_order))
    )


def _order(booking: Booking) -> tuple[str, int, str]:
    return booking.resource, booking.first, booking.visit


def _bookings(plan: Plan) -> Iterator[Booking]:
    needs_room = {visit.id for visit in plan.regimen.visits if "room" in visit.needs}
    for visit in plan.visits:
        held = visit.status == "completed"
        if not (visit.open or held) or not visit.timed:
            continue
        first, until = _quarters(visit)
        for person in visit.staff:
            yield Booking(resource=f"staff:{person}", first=first, until=until, visit=visit.id, held=held)
        if visit.room is not None or (visit.place == "clinic" and visit.id in needs_room):
            room = f"room:{visit.room or IMPLICIT_ROOM}"
            yield Booking(resource=room, first=first, until=until, visit=visit.id, held=held)


def _quarters(visit: PlannedVisit) -> tuple[int, int]:
    """Return the quarters that a visit takes; one that was held at another time takes those."""
    start = visit.start if visit.actual is None else visit.actual
    return quarter_of(start), -(-int((start + (visit.end - visit.start)).timestamp()) // QUARTER)


def quarter_of(moment: datetime) -> int:
    """Return the number of the quarter in which a moment lies."""
    return int(moment.timestamp()) // QUARTER


def capacities(clinic: Clinic) -> Mapping[str, int]:
    """Return how many visits each room and person of a clinic can have at a time; whoever is not named, one."""
    rooms = {f"room:{room.id}": room.capacity for room in clinic.rooms}
    return rooms | {f"staff:{person.id}": person.capacity for person in clinic.staff}
