"""What a proof tells: its rows, each with its price, who pays it and who keeps off it; what the clinic lacks most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from kapplan.dataclass import dataclass
from kapplan.dates import WEEKDAYS, Weekday
from kapplan.planning.joint.bound import JointProof
from kapplan.planning.joint.candidates import Candidate, Courses
from kapplan.planning.joint.rows import CapacityRow, Row
from kapplan.planning.joint.timetable import Asks

DAY_WEIGHT = 8
"""What a day between doses, or a day of waiting, weighs: prices are told in such days."""
Payer = tuple[str, str | None, str]
"""A patient, the therapist with whom, and the visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedRow:
    """At most so many of the visits that pay are held on a day; each pays the price as often as it counts.

    ``resources`` are those that are short, for visits of ``minutes`` or longer; none where visits are in each other's
    way in more than one.
    """

    day: date
    price: int
    most: int
    pays: Mapping[Payer, int]
    resources: frozenset[str] = frozenset()
    minutes: int = 0


def priced_rows(proof: JointProof, candidates: Sequence[Candidate], asks: Asks) -> list[PricedRow]:
    """Return the rows of a proof, by day."""
    found = []
    for row, price in proof.prices.items():
        capacity = row if isinstance(row, CapacityRow) else None
        found.append(
            PricedRow(
                day=date.fromordinal(row.day),
                price=price,
                most=proof.most[row],
                pays=dict(_payers(row, candidates, asks)),
                resources=frozenset() if capacity is None else capacity.resources,
                minutes=0 if capacity is None else capacity.minutes,
            )
        )
    return sorted(found, key=lambda row: (row.day, sorted(row.resources), row.minutes, sorted(map(str, row.pays))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A row with a price: who has a visit that pays it, and who would have one alone and keeps off it."""

    row: PricedRow
    has: tuple[str, ...]
    keeps_off: tuple[str, ...]

    @property
    def days(self) -> int:
        """The price in days between doses."""
        return round(self.row.price / DAY_WEIGHT)


def sought(rows: Iterable[PricedRow], candidates: Sequence[Candidate], alone: Courses, plans: Courses) -> list[Sought]:
    """Return the rows that somebody keeps off who would pay them alone, the dearest first."""
    found = []
    for row in rows:
        has = _held_there(row, candidates, plans)
        keeps_off = tuple(patient for patient in _held_there(row, candidates, alone) if patient not in has)
        if keeps_off:
            found.append(Sought(row=row, has=has, keeps_off=keeps_off))
    return sorted(found, key=lambda one: (-one.row.price, one.row.day, sorted(one.row.resources)))


def _held_there(row: PricedRow, candidates: Sequence[Candidate], courses: Courses) -> tuple[str, ...]:
    """Return the patients whose course has a visit that pays a row, with whatever therapist."""
    paying = {(patient, visit) for patient, _, visit in row.pays}
    found = []
    for one in candidates:
        course = courses.get(one.patient)
        day = row.day.toordinal() - one.settings[0].problem.origin.toordinal()
        if course is not None and any(
            on == day and (one.patient, visit) in paying for visit, on in course.days.items()
        ):
            found.append(one.patient)
    return tuple(found)


def _payers(row: Row, candidates: Sequence[Candidate], asks: Asks) -> Iterator[tuple[Payer, int]]:
    """Yield the visits that pay on the day of a row, each with as how many it counts."""
    for candidate in candidates:
        for number, setting in enumerate(candidate.settings):
            day = row.day - setting.problem.origin.toordinal()
            for visit in setting.problem.visits:
                if visit.fixed is None and any(choice.day == day for choice in visit.days):
                    ask = asks.of(candidate.patient, number, setting.shapes[visit.id], row.day)
                    if times := row.counts(ask):
                        yield (candidate.patient, setting.therapist, visit.id), times


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Any of some resources on a day of the week: room for one visit more on each would spare about so much.

    ``deviation`` is in weighted days, as prices are; it says what the bound would fall by at most.
    """

    resources: frozenset[str]
    weekday: Weekday
    deviation: int

    @property
    def days(self) -> int:
        """The same in days between doses."""
        return round(self.deviation / DAY_WEIGHT)


def shortages(proof: JointProof) -> list[Shortage]:
    """Return what is short, the dearest first."""
    sums: dict[tuple[frozenset[str], Weekday], int] = defaultdict(int)
    for row, price in proof.prices.items():
        if isinstance(row, CapacityRow):
            sums[row.resources, WEEKDAYS[(row.day - 1) % len(WEEKDAYS)]] += price
    found = [Shortage(resources=resources, weekday=day, deviation=price) for (resources, day), price in sums.items()]
    return sorted(found, key=lambda one: (-one.deviation, sorted(one.resources), WEEKDAYS.index(one.weekday)))
