"""What a plan's visits take: the room and each person, by quarters of an hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kapplan.model.bookings import QUARTER, BookedPlan, BookedVisit, Booking, PlanBookings
from kapplan.model.clinic import Clinic
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.availability.resources import IMPLICIT_ROOM

ONE = 1
"""The capacity of a room or a person of whom the clinic says nothing else."""


def clinic_key(plan: Plan) -> str | None:
    """Return by what a plan's clinic is known in a book: its id, else its name; ``None`` shares nothing."""
    return plan.clinic.id or plan.clinic.name


def booked_plan(plan: Plan, name: str = "") -> BookedPlan:
    """Return a plan as a book lists it."""
    needs_room = {visit.id for visit in plan.regimen.visits if "room" in visit.needs}
    return BookedPlan(
        name=name,
        plan=plan.id,
        patient=plan.patient,
        clinic=clinic_key(plan),
        timezone=plan.timezone,
        revision=plan.revision,
        held=plan.held,
        visits=tuple(_booked_visit(visit, visit.id in needs_room) for visit in plan.visits if visit.timed),
    )


def _booked_visit(visit: PlannedVisit, needs_room: bool) -> BookedVisit:
    start = visit.start if visit.actual is None else visit.actual
    no_name = IMPLICIT_ROOM if needs_room and visit.place == "clinic" else None
    return BookedVisit(
        id=visit.id,
        kind=visit.kind,
        status=visit.status,
        provisional=visit.provisional,
        begins=int(start.timestamp()),
        ends=int((start + (visit.end - visit.start)).timestamp()),
        room=visit.room or no_name,
        staff=visit.staff,
        place=visit.place,
    )


def plan_bookings(plan: Plan) -> PlanBookings:
    """Return what the visits of a plan take that lie ahead or were held."""
    return bookings_of(booked_plan(plan))


def bookings_of(plan: BookedPlan) -> PlanBookings:
    """Return what the listed visits of a plan take that lie ahead or were held."""
    bookings = sorted(_bookings(plan.visits), key=lambda one: (one.resource, one.first, one.visit))
    return PlanBookings(plan=plan.plan, patient=plan.patient, clinic=plan.clinic, bookings=tuple(bookings))


def _bookings(visits: Iterable[BookedVisit]) -> Iterator[Booking]:
    for visit in visits:
        held = visit.status == "completed"
        if visit.open or held:
            first, until = visit.begins // QUARTER, -(-visit.ends // QUARTER)
            for resource in resources_of(visit):
                yield Booking(resource=resource, first=first, until=until, visit=visit.id, held=held)


def resources_of(visit: BookedVisit) -> Iterator[str]:
    """Yield the people and the room that a visit takes."""
    yield from (f"staff:{person}" for person in visit.staff)
    if visit.room is not None:
        yield f"room:{visit.room}"


def capacities(clinic: Clinic) -> Mapping[str, int]:
    """Return how many visits each room and person of a clinic can have at a time; whoever is not named, one."""
    rooms = {f"room:{room.id}": room.capacity for room in clinic.rooms}
    return rooms | {f"staff:{person.id}": person.capacity for person in clinic.staff}
