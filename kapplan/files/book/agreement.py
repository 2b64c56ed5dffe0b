"""Whether a book agrees with itself: damaged plans, times given twice, rows that do not follow the plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.errors import InvalidFileError
from kapplan.files.book.book import Book, Damaged
from kapplan.files.plans.snapshots import capacities_of
from kapplan.files.plans.store import ENDING
from kapplan.model.bookings import Booking, Overlap, PlanBookings, resource_of
from kapplan.planning.bookings.allotment import crowded
from kapplan.planning.bookings.busy_times import moment_of
from kapplan.planning.bookings.plan_bookings import plan_bookings

Kind = Literal["damaged", "overlap", "patient", "rows", "absences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Something of a book that does not agree, and the plan that it is told of."""

    kind: Kind
    name: str
    text: str


def disagreements(book: Book) -> tuple[Disagreement, ...]:
    """Return what of a book does not agree, in the order of its plans: every plan is read whole."""
    found: list[Disagreement] = []
    plans: dict[str, PlanBookings] = {}
    by_patient: dict[str, list[str]] = defaultdict(list)
    capacity: dict[str, Mapping[str, int]] = {}
    for stored in book.plans():
        if isinstance(stored, Damaged):
            found.append(Disagreement(kind="damaged", name=stored.name, text=_first_words(stored)))
            continue
        name = stored.name or (stored.path.name.removesuffix(ENDING) if stored.path is not None else "")
        if stored.plan.doubted is not None:
            ways = "`kapplan check --accept` or `kapplan restore` with its name"
            text = f"its {stored.plan.doubted} was changed by something else: {ways}"
            found.append(Disagreement(kind="damaged", name=name, text=text))
        plans[name] = plan_bookings(stored.plan)
        by_patient[stored.plan.patient].append(name)
        capacity[name] = capacities_of(stored.plan)
    found += _twice(by_patient)
    found += _rows(book, plans)
    found += _overlaps(plans, capacity)
    found += _absences(book)
    return tuple(found)


def _first_words(plan: Damaged) -> str:
    first = plan.problems[0]
    return first.message if first.line is None else f"line {first.line}: {first.message}"


def _twice(by_patient: Mapping[str, list[str]]) -> Iterable[Disagreement]:
    """Yield the patients of whom the book has several plans: two copies of one, perhaps."""
    for patient, names in sorted(by_patient.items()):
        if len(names) > 1:
            yield Disagreement(
                kind="patient", name=names[0], text=f"{patient} has {len(names)} plans: {', '.join(sorted(names))}"
            )


def _rows(book: Book, plans: Mapping[str, PlanBookings]) -> Iterable[Disagreement]:
    """Yield the plans whose bookings in the book are not what their visits take."""
    kept = {plan.plan: plan for clinic in _clinics(plans) for plan in book.bookings(clinic)}
    for name, plan in plans.items():
        if plan.clinic is None:
            continue
        there = kept.get(plan.plan)
        if _times(plan) != (_times(there) if there is not None else set()):
            yield Disagreement(kind="rows", name=name, text="what is booked for it is not what its visits take")


def _absences(book: Book) -> Iterable[Disagreement]:
    """Yield that what the book knows of absences cannot be read."""
    try:
        book.absences()
    except InvalidFileError as error:
        problem = error.problems[0]
        yield Disagreement(kind="absences", name=problem.file, text=f"{problem.message}: expected {problem.expected}")


def _clinics(plans: Mapping[str, PlanBookings]) -> list[str]:
    return sorted({plan.clinic for plan in plans.values() if plan.clinic is not None})


def _times(plan: PlanBookings) -> set[tuple[str, int, str]]:
    return {(one.resource, quarter, one.visit) for one in plan.bookings for quarter in one.quarters()}


def _overlaps(plans: Mapping[str, PlanBookings], capacity: Mapping[str, Mapping[str, int]]) -> Iterable[Disagreement]:
    """Yield what more visits take at a time than it has places, each pair of plans once for a resource and a day."""
    for clinic in _clinics(plans):
        ours = {name: plan for name, plan in plans.items() if plan.clinic == clinic}
        places: dict[str, int] = {}
        for name in ours:
            places |= capacity.get(name, {})
        for overlap, name in crowded(ours, places):
            yield Disagreement(kind="overlap", name=name, text=overlap_words(overlap))


def overlap_words(overlap: Overlap) -> str:
    """Return what is booked twice, when, and for whom."""
    who = ", ".join(f"{holder.patient} ({holder.visit})" for holder in overlap.holders)
    return f"{overlap.booking.visit} takes {resource_words(overlap.booking)} while {who} does"


def resource_words(booking: Booking) -> str:
    """Return a booking in words: the room or the person, and from when until when in UTC."""
    return f"{resource_of(booking.resource).words} at {moment_of(booking.first):%Y-%m-%d %H:%M} UTC"
