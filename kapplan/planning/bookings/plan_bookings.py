"""What a plan's visits take: the room and each person, by quarters of an hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from kapplan.dataclass import derived, replace
from kapplan.model.bookings import (
    QUARTER,
    BookedPlan,
    BookedVisit,
    Booking,
    PlanBookings,
    resource_of,
    room_key,
    staff_key,
)
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
    return derived(
        BookedPlan,
        plan,
        name=name,
        plan=plan.id,
        clinic=clinic_key(plan),
        safety=any(finding.safety for finding in plan.findings),
        proposals=sum(proposal.state == "open" for proposal in plan.proposals),
        due=tuple(sorted(task.due.isoformat() for task in plan.tasks if task.status == "open")),
        visits=tuple(_booked_visit(visit, visit.id in needs_room) for visit in plan.visits if visit.timed),
    )


def _booked_visit(visit: PlannedVisit, needs_room: bool) -> BookedVisit:
    start = visit.start if visit.actual is None else visit.actual
    no_name = IMPLICIT_ROOM if needs_room and visit.place == "clinic" else None
    return derived(
        BookedVisit,
        visit,
        begins=int(start.timestamp()),
        ends=int((start + (visit.end - visit.start)).timestamp()),
        room=visit.room or no_name,
        parts=tuple(
            (person, int(first.timestamp()), int(last.timestamp()))
            for person in visit.parts
            for first, last in presence(visit, person)
        ),
    )


def presence(visit: PlannedVisit, person: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield, in UTC, when somebody of the staff is at a visit: throughout, or for the parts that the plan names.

    One that was held is where it was held.
    """
    start = visit.start if visit.actual is None else visit.actual
    begins = start.astimezone(UTC)
    parts = visit.parts.get(person)
    if parts is None:
        yield begins, begins + (visit.end - visit.start)
        return
    for first, last in visit.minutes.during(parts):
        yield begins + timedelta(minutes=first), begins + timedelta(minutes=last)


def of_resource(plan: Plan, resource: str) -> Plan:
    """Return a plan with the visits alone that take a room or a person, at the times at which they take it.

    Of a person who is there for some parts only, from the first of them until the last one is over.
    """
    kind, name = resource_of(resource)
    named = {visit.id for visit in booked_plan(plan).visits if visit.room == name}
    if kind == "room":
        return replace(plan, visits=tuple(visit for visit in plan.visits if visit.id in named), withdrawn=())
    own = []
    for visit in plan.visits:
        times = list(presence(visit, name)) if name in visit.staff else []
        if times:
            here = visit.start.tzinfo
            own.append(replace(visit, start=times[0][0].astimezone(here), end=times[-1][1].astimezone(here)))
    return replace(plan, visits=tuple(own), withdrawn=())


def plan_bookings(plan: Plan) -> PlanBookings:
    """Return what the visits of a plan take that lie ahead or were held."""
    return bookings_of(booked_plan(plan))


def bookings_of(plan: BookedPlan, since: int = 0) -> PlanBookings:
    """Return what the listed visits of a plan take that lie ahead or were held; those that end after ``since``.

    ``since`` is in quarters since 1970.
    """
    later = (visit for visit in plan.visits if visit.takes and visit.ends > since * QUARTER)
    bookings = sorted(_bookings(later), key=lambda one: (one.resource, one.first, one.visit))
    return PlanBookings(plan=plan.plan, patient=plan.patient, clinic=plan.clinic, bookings=tuple(bookings))


def _bookings(visits: Iterable[BookedVisit]) -> Iterator[Booking]:
    for visit in visits:
        held = visit.status == "completed"
        for resource, first, until in _quarters(visit):
            yield Booking(resource=resource, first=first, until=until, visit=visit.id, held=held)


def _quarters(visit: BookedVisit) -> Iterator[tuple[str, int, int]]:
    """Yield what a visit takes in whole quarters: two stretches that touch the same one are one."""
    last: tuple[str, int, int] | None = None
    for resource, begins, ends in sorted(visit.resources()):
        first, until = begins // QUARTER, -(-ends // QUARTER)
        if last is not None and last[0] == resource and first <= last[2]:
            last = resource, last[1], until
            continue
        if last is not None:
            yield last
        last = resource, first, until
    if last is not None:
        yield last


def capacities(clinic: Clinic) -> Mapping[str, int]:
    """Return how many visits each room and person of a clinic can have at a time; whoever is not named, one."""
    rooms = {room_key(room.id): room.capacity for room in clinic.rooms}
    return rooms | {staff_key(person.id): person.capacity for person in clinic.staff}
