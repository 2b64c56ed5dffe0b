"""Places: each booking gets a place of its resource, quarter by quarter, or it is said who is in its way.

A resource of capacity *n* has the places 0 to *n* - 1. Whatever is new must find one of them. What was held, what
stood before and a second plan of the same patient are kept even where none is left: they use places above the
capacity, so that a record never fails for another's sake and an old overlap is told, not enforced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count

from kapplan.dataclass import dataclass
from kapplan.model.bookings import Booking, Holder, Overlap, PlanBookings
from kapplan.planning.bookings.plan_bookings import ONE

Spot = tuple[str, int]
"""A resource and a quarter."""
Taken = Mapping[Spot, Mapping[int, Holder]]
"""Who has which place of what, when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRow:
    """One quarter of one place of one resource, taken by a visit."""

    resource: str
    place: int
    quarter: int
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """The places that a plan gets, the overlaps that are kept, and the bookings that are refused."""

    rows: tuple[BookingRow, ...]
    kept: tuple[Overlap, ...] = ()
    refused: tuple[Overlap, ...] = ()


def allot(
    bookings: Sequence[Booking],
    *,
    patient: str,
    before: Mapping[tuple[str, int, str], int],
    taken: Taken,
    capacity: Mapping[str, int],
) -> Allotment:
    """Return the places of a plan's bookings.

    ``before`` are the places that the plan has now, by resource, quarter and visit; ``taken`` is what all other plans
    have. A booking is refused where a quarter that is new to it has as many visits of other patients as the resource
    has places, unless it was held.
    """
    rows: list[BookingRow] = []
    kept: list[Overlap] = []
    refused: list[Overlap] = []
    own: dict[Spot, set[int]] = {}
    for booking in bookings:
        most = capacity.get(booking.resource, ONE)
        in_the_way: dict[Holder, None] = {}
        stands = True
        for quarter in booking.quarters():
            spot = booking.resource, quarter
            there = taken.get(spot, {})
            others = [holder for holder in there.values() if holder.patient != patient]
            used = own.setdefault(spot, set())
            full = len(others) + len(used) >= most and bool(others)
            if full:
                in_the_way |= dict.fromkeys(others)
            known = before.get((booking.resource, quarter, booking.visit))
            stands = stands and (not full or known is not None)
            place = known if known is not None and known not in used else _free(there, used, most, over=full)
            used.add(place)
            rows.append(BookingRow(resource=booking.resource, place=place, quarter=quarter, visit=booking.visit))
        if in_the_way:
            overlap = Overlap(booking=booking, holders=tuple(in_the_way))
            (kept if booking.held or stands else refused).append(overlap)
    return Allotment(rows=tuple(rows), kept=tuple(kept), refused=tuple(refused))


def note_taken(taken: dict[Spot, dict[int, Holder]], other: PlanBookings, wanted: Collection[Spot]) -> None:
    """Note what another plan takes of what is wanted, where its places are not known: each takes the next one."""
    for booking in other.bookings:
        for quarter in booking.quarters():
            if (booking.resource, quarter) in wanted:
                there = taken.setdefault((booking.resource, quarter), {})
                place = next(number for number in count() if number not in there)
                there[place] = Holder(plan=other.plan, patient=other.patient, visit=booking.visit)


def _free(there: Mapping[int, Holder], used: set[int], most: int, *, over: bool) -> int:
    """Return the lowest place that nobody has: above the capacity for what overlaps, else within it where one is."""
    return next(place for place in count(most if over else 0) if place not in there and place not in used)


def full_quarters(
    bookings: Sequence[tuple[str, Booking]], capacity: Mapping[str, int], patient: str
) -> Iterator[tuple[str, int, int]]:
    """Yield the stretches in which a resource has no place left for a patient: resource, first quarter, until.

    ``bookings`` are those of other plans, each with its patient.
    """
    changes: dict[str, dict[int, int]] = {}
    for other, booking in bookings:
        if other != patient:
            steps = changes.setdefault(booking.resource, {})
            steps[booking.first] = steps.get(booking.first, 0) + 1
            steps[booking.until] = steps.get(booking.until, 0) - 1
    for resource, steps in sorted(changes.items()):
        most, present, since = capacity.get(resource, ONE), 0, None
        for quarter, change in sorted(steps.items()):
            present += change
            if present >= most and since is None:
                since = quarter
            elif present < most and since is not None:
                yield resource, since, quarter
                since = None


def crowded(plans: Mapping[str, PlanBookings], capacity: Mapping[str, int]) -> Iterator[tuple[Overlap, str]]:
    """Yield each booking that finds all places of its resource taken by other patients, with the name of its plan.

    Of two that meet only the one that begins later is told, or stands later in the order of names.
    """
    by_resource: dict[str, list[tuple[Booking, str]]] = {}
    for name, plan in plans.items():
        for booking in plan.bookings:
            by_resource.setdefault(booking.resource, []).append((booking, name))
    for resource, bookings in sorted(by_resource.items()):
        present: list[tuple[Booking, str]] = []
        for booking, name in sorted(bookings, key=lambda row: (row[0].first, row[1])):
            present = [row for row in present if row[0].until > booking.first]
            others = {
                Holder(plan=plans[other].plan, patient=plans[other].patient, visit=one.visit): None
                for one, other in present
                if plans[other].patient != plans[name].patient
            }
            if others and len(others) >= capacity.get(resource, ONE):
                yield Overlap(booking=booking, holders=tuple(others)), name
            present.append((booking, name))
