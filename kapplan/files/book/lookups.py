"""What a book's tables are asked, in SQL that every database knows: who takes what, what lists show, who is away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Any

from kapplan.files.book.engines import Ask
from kapplan.model.bookings import BookedPlan, BookedVisit, Booking, ClinicAbsence, Holder, PlanBookings
from kapplan.model.plan import Plan
from kapplan.planning.bookings.allotment import Allotment, allot, note_taken
from kapplan.planning.bookings.plan_bookings import plan_bookings


def bookings_of(ask: Ask, clinic: str, since: int) -> tuple[PlanBookings, ...]:
    """Return what the plans of a clinic take from a quarter on: of a visit that is under way, what is left of it."""
    rows = ask(
        "SELECT plans.id, patient, resource, visit, bookings.held, quarter FROM bookings JOIN plans"
        " ON plans.id = bookings.plan WHERE bookings.clinic = ? AND quarter >= ? ORDER BY 1, 2, 3, 4, 5, 6",
        clinic, since,
    )  # fmt: skip
    return tuple(
        PlanBookings(plan=plan, patient=patient, clinic=clinic, bookings=tuple(_joined(list(of_plan))))
        for (plan, patient), of_plan in groupby(rows, key=lambda row: (row[0], row[1]))
    )


_OF_PLAN = ("name", "id", "patient", "clinic", "timezone", "revision", "held", "safety", "proposals")
_OF_VISIT = ("visit", "kind", "status", "provisional", "begins", "ends", "room", "staff", "place", "parts")


def listed_plans(ask: Ask) -> tuple[BookedPlan, ...]:
    """Return every plan with its visits, in the order of the names."""
    columns = ", ".join([*(f"plans.{name}" for name in _OF_PLAN), *(f"visits.{name}" for name in _OF_VISIT)])
    rows = ask(f"SELECT {columns} FROM plans LEFT JOIN visits ON visits.plan = plans.id ORDER BY plans.name, number")  # noqa: S608  # our own names
    cut = len(_OF_PLAN)
    due = _due(ask)
    return tuple(
        _listed(tuple(head), due.get(head[1], ()), [row[cut:] for row in group if row[cut] is not None])
        for head, group in groupby(rows, key=lambda row: row[:cut])
    )


def _due(ask: Ask) -> dict[str, tuple[str, ...]]:
    """Return the days on which the open tasks of plans are due, by the ids of the plans."""
    rows = ask("SELECT plan, due FROM tasks WHERE status = 'open' ORDER BY plan, due")
    return {plan: tuple(due for _, due in group) for plan, group in groupby(rows, key=lambda row: row[0])}


def _listed(head: Sequence[Any], due: tuple[str, ...], rows: Sequence[Any]) -> BookedPlan:
    name, plan, patient, clinic, timezone, revision, held, safety, proposals = head
    visits = tuple(
        BookedVisit(id=visit, kind=kind, status=status, provisional=bool(provisional), begins=begins, ends=ends,
                    room=room, staff=tuple(staff.split()), place=place, parts=tuple(map(tuple, json.loads(parts))))
        for visit, kind, status, provisional, begins, ends, room, staff, place, parts in rows
    )  # fmt: skip
    return BookedPlan(name=name, plan=plan, patient=patient, clinic=clinic, timezone=timezone, revision=revision,
                      held=bool(held), safety=bool(safety), proposals=proposals, due=due, visits=visits)  # fmt: skip


Places = Mapping[tuple[str, int, str], int]
"""The places that a plan has, by resource, quarter and visit."""


def places_of(ask: Ask, plan: str) -> Places:
    """Return the places that a plan has as it is saved."""
    rows = ask("SELECT resource, quarter, visit, place FROM bookings WHERE plan = ?", plan)
    return {(resource, quarter, visit): place for resource, quarter, visit, place in rows}


def allotted(
    ask: Ask,
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
    resources = sorted({booking.resource for booking in own.bookings})
    rows = ask(
        "SELECT resource, quarter, place, bookings.plan, visit, patient FROM bookings JOIN plans"  # noqa: S608  # marks
        " ON plans.id = bookings.plan WHERE bookings.clinic = ? AND quarter BETWEEN ? AND ?"
        f" AND resource IN ({', '.join('?' * len(resources))})",
        own.clinic, first, until, *resources,
    )  # fmt: skip
    taken: dict[tuple[str, int], dict[int, Holder]] = {}
    for resource, quarter, place, other, visit, patient in rows:
        if other != plan.id and other not in together:
            taken.setdefault((resource, quarter), {})[place] = Holder(plan=other, patient=patient, visit=visit)
    wanted = {(booking.resource, quarter) for booking in own.bookings for quarter in booking.quarters()}
    for new in together.values():
        if new.plan != plan.id and new.clinic == own.clinic:
            note_taken(taken, new, wanted)
    stood = places_of(ask, plan.id) if before is None else before
    return allot(own.bookings, patient=plan.patient, before=stood, taken=taken, capacity=capacity)


def known_absences(ask: Ask) -> tuple[ClinicAbsence, ...]:
    """Return the absences that a book knows, in their order."""
    return tuple(
        ClinicAbsence(
            clinic=clinic, who=who, from_=date.fromisoformat(first), until=date.fromisoformat(last), change=change,
            ended=ended,
        )
        for clinic, who, first, last, change, ended in ask(
            "SELECT clinic, who, first, last, change, ended FROM absences ORDER BY first, last, clinic, who"
        )
    )  # fmt: skip


def _joined(rows: list[Any]) -> Iterator[Booking]:
    """Yield rows of quarters, in their order, as bookings."""
    numbered = enumerate(rows)
    for (resource, visit, held, _), group in groupby(numbered, key=lambda one: (*one[1][2:5], one[1][5] - one[0])):
        quarters = [row[5] for _, row in group]
        yield Booking(resource=resource, first=quarters[0], until=quarters[-1] + 1, visit=visit, held=bool(held))
