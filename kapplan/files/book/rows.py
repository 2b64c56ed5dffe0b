"""The rows of a plan in a book's tables: its places among those of the others, and what lists ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from itertools import groupby
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from kapplan.files.book.tables import ABSENCES, BOOKINGS, PLANS, REVISIONS, TASKS, VISITS
from kapplan.files.plans.store import StoredPlan
from kapplan.model.bookings import BookedPlan, BookedVisit, Booking, ClinicAbsence, Holder, PlanBookings
from kapplan.model.plan import Plan
from kapplan.planning.bookings.allotment import Allotment, BookingRow, allot, note_taken
from kapplan.planning.bookings.plan_bookings import booked_plan, clinic_key, plan_bookings


def bookings_of(connection: Connection, clinic: str, since: int) -> tuple[PlanBookings, ...]:
    """Return what the plans of a clinic take from a quarter on: of a visit that is under way, what is left of it."""
    columns = (PLANS.c.id, PLANS.c.patient, BOOKINGS.c.resource, BOOKINGS.c.visit, BOOKINGS.c.held, BOOKINGS.c.quarter)
    query = select(*columns).join(PLANS).where(BOOKINGS.c.clinic == clinic, BOOKINGS.c.quarter >= since)
    rows = connection.execute(query.order_by(*columns)).all()
    return tuple(
        PlanBookings(plan=plan, patient=patient, clinic=clinic, bookings=tuple(_joined(list(of_plan))))
        for (plan, patient), of_plan in groupby(rows, key=lambda row: (row[0], row[1]))
    )


def listed_plans(connection: Connection) -> tuple[BookedPlan, ...]:
    """Return every plan with its visits, in the order of the names."""
    of_plan = (
        PLANS.c.name,
        PLANS.c.id,
        PLANS.c.patient,
        PLANS.c.clinic,
        PLANS.c.timezone,
        PLANS.c.revision,
        PLANS.c.held,
        PLANS.c.safety,
        PLANS.c.proposals,
    )
    of_visit = (
        VISITS.c.visit, VISITS.c.kind, VISITS.c.status, VISITS.c.provisional, VISITS.c.begins, VISITS.c.ends,
        VISITS.c.room, VISITS.c.staff, VISITS.c.place, VISITS.c.parts,
    )  # fmt: skip
    query = select(*of_plan, *of_visit).outerjoin(VISITS, VISITS.c.plan == PLANS.c.id)
    rows = connection.execute(query.order_by(PLANS.c.name, VISITS.c.number)).all()
    cut = len(of_plan)
    due = _due(connection)
    return tuple(
        _listed(tuple(head), due.get(head[1], ()), [row[cut:] for row in group if row[cut] is not None])
        for head, group in groupby(rows, key=lambda row: row[:cut])
    )


def _due(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the days on which the open tasks of plans are due, by the ids of the plans."""
    query = select(TASKS.c.plan, TASKS.c.due).where(TASKS.c.status == "open").order_by(TASKS.c.plan, TASKS.c.due)
    rows = connection.execute(query).all()
    return {plan: tuple(due for _, due in group) for plan, group in groupby(rows, key=lambda row: row[0])}


def _listed(head: Sequence[Any], due: tuple[str, ...], rows: Sequence[Any]) -> BookedPlan:
    name, plan, patient, clinic, timezone, revision, held, safety, proposals = head
    visits = tuple(
        BookedVisit(id=visit, kind=kind, status=status, provisional=provisional, begins=begins, ends=ends, room=room,
                    staff=tuple(staff.split()), place=place, parts=tuple(map(tuple, json.loads(parts))))
        for visit, kind, status, provisional, begins, ends, room, staff, place, parts in rows
    )  # fmt: skip
    return BookedPlan(name=name, plan=plan, patient=patient, clinic=clinic, timezone=timezone, revision=revision,
                      held=held, safety=safety, proposals=proposals, due=due, visits=visits)  # fmt: skip


Places = Mapping[tuple[str, int, str], int]
"""The places that a plan has, by resource, quarter and visit."""


def places_of(connection: Connection, plan: str) -> Places:
    """Return the places that a plan has as it is saved."""
    columns = (BOOKINGS.c.resource, BOOKINGS.c.quarter, BOOKINGS.c.visit, BOOKINGS.c.place)
    rows = connection.execute(select(*columns).where(BOOKINGS.c.plan == plan))
    return {(resource, quarter, visit): place for resource, quarter, visit, place in rows}


def allotted(
    connection: Connection,
    plan: Plan,
    capacity: Mapping[str, int],
    before: Places | None = None,
    together: Mapping[str, PlanBookings] = MappingProxyType({}),
) -> Allotment:
    """Return the places of a plan's bookings among those of all others.

    ``before`` are the places that it had, by default those that it has. Plans that are written ``together`` with it
    count as they will be.
    """
    own = plan_bookings(plan)
    if own.clinic is None or not own.bookings:
        return Allotment(rows=())
    first = min(booking.first for booking in own.bookings)
    until = max(booking.until for booking in own.bookings)
    query = (
        select(
            BOOKINGS.c.resource,
            BOOKINGS.c.quarter,
            BOOKINGS.c.place,
            BOOKINGS.c.plan,
            BOOKINGS.c.visit,
            PLANS.c.patient,
        )
        .join(PLANS, PLANS.c.id == BOOKINGS.c.plan)
        .where(
            BOOKINGS.c.clinic == own.clinic,
            BOOKINGS.c.resource.in_({booking.resource for booking in own.bookings}),
            BOOKINGS.c.quarter.between(first, until),
        )
    )
    taken: dict[tuple[str, int], dict[int, Holder]] = {}
    for resource, quarter, place, other, visit, patient in connection.execute(query):
        if other != plan.id and other not in together:
            taken.setdefault((resource, quarter), {})[place] = Holder(plan=other, patient=patient, visit=visit)
    wanted = {(booking.resource, quarter) for booking in own.bookings for quarter in booking.quarters()}
    for new in together.values():
        if new.plan != plan.id and new.clinic == own.clinic:
            note_taken(taken, new, wanted)
    stood = places_of(connection, plan.id) if before is None else before
    return allot(own.bookings, patient=plan.patient, before=stood, taken=taken, capacity=capacity)


def known_absences(connection: Connection) -> tuple[ClinicAbsence, ...]:
    """Return the absences that a book knows, in their order."""
    rows = connection.execute(
        select(ABSENCES).order_by(*(ABSENCES.c[key] for key in ("first", "last", "clinic", "who")))
    )
    return tuple(
        ClinicAbsence(
            clinic=row.clinic, who=row.who, from_=date.fromisoformat(row.first), until=date.fromisoformat(row.last),
            change=row.change, ended=row.ended,
        )
        for row in rows
    )  # fmt: skip


def write_absences(connection: Connection, absences: Sequence[ClinicAbsence]) -> None:
    """Write the absences that a book knows; those of before are gone."""
    connection.execute(delete(ABSENCES))
    _insert(
        connection,
        ABSENCES,
        [
            {"clinic": one.clinic, "who": one.who, "first": one.from_.isoformat(), "last": one.until.isoformat(),
             "change": one.change, "ended": one.ended}
            for one in absences
        ],
    )  # fmt: skip


def write_revisions(connection: Connection, plan: Plan, texts: Sequence[bytes]) -> None:
    """Write texts of a plan behind those that are there, but for one that is the last already."""
    query = select(REVISIONS.c.number, REVISIONS.c.digest).where(REVISIONS.c.plan == plan.id)
    last = connection.execute(query.order_by(REVISIONS.c.number.desc()).limit(1)).one_or_none()
    number, known = (0, None) if last is None else last
    for text in texts:
        digest = sha256(text).hexdigest()
        if digest != known:
            number, known = number + 1, digest
            row = {"plan": plan.id, "number": number, "digest": digest, "text": text.decode()}
            connection.execute(insert(REVISIONS).values(**row))


def write_rows(connection: Connection, stored: StoredPlan, rows: tuple[BookingRow, ...]) -> None:
    """Write what stands beside a plan's text: its places, its revisions, and what lists ask for."""
    plan = stored.plan
    connection.execute(delete(BOOKINGS).where(BOOKINGS.c.plan == plan.id))
    write_revisions(connection, plan, [stored.source.data])
    held = {visit.id for visit in plan.visits if visit.status == "completed"}
    _insert(
        connection,
        BOOKINGS,
        [
            {"clinic": clinic_key(plan), "resource": row.resource, "place": row.place, "quarter": row.quarter,
             "plan": plan.id, "visit": row.visit, "held": row.visit in held}
            for row in rows
        ],
    )  # fmt: skip
    write_lists(connection, plan)


def write_lists(connection: Connection, plan: Plan) -> None:
    """Write what lists ask for of a plan's visits and tasks."""
    for table in (VISITS, TASKS):
        connection.execute(delete(table).where(table.c.plan == plan.id))
    _insert(
        connection,
        VISITS,
        [
            {"plan": plan.id, "visit": visit.id, "kind": visit.kind, "status": visit.status,
             "provisional": visit.provisional, "begins": visit.begins, "ends": visit.ends, "place": visit.place,
             "room": visit.room, "staff": " ".join(visit.staff), "parts": json.dumps(visit.parts), "number": number}
            for number, visit in enumerate(booked_plan(plan).visits)
        ],
    )  # fmt: skip
    _insert(
        connection,
        TASKS,
        [{"plan": plan.id, "task": task.id, "due": task.due.isoformat(), "status": task.status} for task in plan.tasks],
    )


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _joined(rows: list[Any]) -> Iterator[Booking]:
    """Yield rows of quarters, in their order, as bookings."""
    numbered = enumerate(rows)
    for (resource, visit, held, _), group in groupby(numbered, key=lambda one: (*one[1][2:5], one[1][5] - one[0])):
        quarters = [row[5] for _, row in group]
        yield Booking(resource=resource, first=quarters[0], until=quarters[-1] + 1, visit=visit, held=held)
