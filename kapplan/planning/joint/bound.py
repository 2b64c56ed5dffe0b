"""What no joint plan can be better than: a Lagrangian bound, in whole numbers.

Every joint plan keeps the rows of ``rows``. Let each visit pay the prices of the rows that count it, and give back
each price as often as its row allows: a plan then costs no less than what its patients pay, each placed exactly and
without any others, less what is given back. That holds for whatever prices, and whenever the work is stopped; where
they come from is of no account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UndecidedError
from kapplan.planning.joint.candidates import Candidate, JointCourse, course_on, weighted
from kapplan.planning.joint.rows import Row, RowPrices
from kapplan.planning.joint.timetable import EFFORT
from kapplan.planning.problem.problem import Problem
from kapplan.planning.solver.optimum import DayPrices, place

UNPLACED = 256
"""What a patient without a course costs where only those are counted, so that prices can be fractions of one."""


class Priced(NamedTuple):
    """The problems of one patient, one for each therapist, each with what its days cost.

    ``floors`` are what each costs at least whatever the prices: where that is no less than what another pays, it is
    not placed.
    """

    patient: str
    problems: tuple[Problem, ...]
    prices: tuple[DayPrices, ...]
    floors: tuple[int, ...]


class Paid(NamedTuple):
    """What a patient pays at least with each therapist, and on which days; ``None`` where there is no course."""

    patient: str
    least: tuple[int | None, ...]
    days: tuple[Mapping[str, int] | None, ...]

    @property
    def cost(self) -> int | None:
        """What the patient pays at least, whoever the therapist."""
        return min((amount for amount in self.least if amount is not None), default=None)


def pay(priced: Priced) -> Paid:
    """Return what a patient pays at least under prices."""
    those = len(priced.problems)
    least: list[int | None] = [*priced.floors]
    days: list[Mapping[str, int] | None] = [None] * those
    best: int | None = None
    for number in sorted(range(those), key=lambda one: (priced.floors[one], one)):
        if best is not None and priced.floors[number] >= best:
            continue
        least[number], days[number] = _paid_with(priced.problems[number], priced.prices[number])
        own = least[number]
        if own is not None and (best is None or own < best):
            best = own
    return Paid(priced.patient, tuple(least), tuple(days))


def _paid_with(problem: Problem, prices: DayPrices) -> tuple[int | None, Mapping[str, int] | None]:
    """Return what is paid at least with one therapist, and on which days; nothing where there is no course."""
    try:
        placement = place(problem, prices=prices, effort=EFFORT)
    except UndecidedError:
        return 0, None
    if placement is None:
        return None, None
    first = problem.objective[0]
    paid = placement.objective[first] + placement.price
    return paid if placement.proven else min(paid, placement.bound[first]), placement.days


def nearly_best(problem: Problem, prices: DayPrices, most: int, calls: int) -> Iterator[Mapping[str, int]]:
    """Yield days of courses that pay ``most`` or less, those that pay least first, until so many were placed.

    Those not yet told are parted by the first visit on another day than in the one told last (Lawler's way).
    """
    first, numbers = problem.objective[0], count()
    heap: list[tuple[int, int, Mapping[str, int], Problem]] = []

    def look(at: Problem) -> None:
        with suppress(UndecidedError):
            found = place(at, prices=prices, effort=EFFORT)
            if found is not None and (paid := found.objective[first] + found.price) <= most:
                heappush(heap, (paid, next(numbers), found.days, at))

    look(problem)
    while heap:
        _, _, days, at = heappop(heap)
        yield days
        for visit in at.visits:
            if visit.fixed is None and len(visit.days) > 1:
                calls -= 1
                if calls < 0:
                    return
                look(_with_days(at, visit.id, {choice.day for choice in visit.days} - {days[visit.id]}))
                at = _with_days(at, visit.id, {days[visit.id]})


def _with_days(problem: Problem, name: str, kept: Collection[int]) -> Problem:
    """Return a problem in which a visit has some of its days only."""
    return replace(problem, visits=tuple(
        replace(visit, days=tuple(choice for choice in visit.days if choice.day in kept)) if visit.id == name else visit
        for visit in problem.visits
    ))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class JointProof:
    """Prices with what they prove: no joint plan that leaves out ``unplaced`` patients or fewer costs below ``bound``.

    ``most`` is how many visits each priced row allows, ``paid`` what each patient pays at least. A patient who gets no
    course is ``spared`` what is paid above that, and ``unplaced`` times that is given back.
    """

    bound: int
    prices: RowPrices
    most: Mapping[Row, int]
    paid: Mapping[str, int]
    spared: int | None = None
    unplaced: int = 0


def proof_of(paid: Sequence[Paid], prices: RowPrices, most: Mapping[Row, int], unplaced: int) -> JointProof:
    """Return what prices prove of the deviation, given what patients pay under them.

    Those who pay most may be left out, so many are allowed that.
    """
    costs = {one.patient: one.cost or 0 for one in paid}
    return _proof(costs, prices, most, _spared(costs, unplaced), unplaced)


def proof_of_unplaced(paid: Sequence[Paid], prices: RowPrices, most: Mapping[Row, int]) -> JointProof:
    """Return what prices prove of the number of patients without a course, in parts of ``UNPLACED``."""
    return _proof({one.patient: one.cost or 0 for one in paid}, prices, most, UNPLACED, 0)


def _proof(
    costs: Mapping[str, int], prices: RowPrices, most: Mapping[Row, int], spared: int | None, unplaced: int
) -> JointProof:
    pays = sum(cost if spared is None else min(cost, spared) for cost in costs.values())
    back = sum(price * most[row] for row, price in prices.items()) + (spared or 0) * unplaced
    priced = {row: price for row, price in prices.items() if price}
    return JointProof(
        bound=max(pays - back, 0),
        prices=priced,
        most={row: most[row] for row in priced},
        paid=costs,
        spared=spared,
        unplaced=unplaced,
    )


def allowing(proof: JointProof, unplaced: int) -> JointProof:
    """Return what the same prices prove where so many patients may be left out."""
    if proof.unplaced == unplaced:
        return proof
    return _proof(proof.paid, proof.prices, proof.most, _spared(proof.paid, unplaced), unplaced)


def _spared(costs: Mapping[str, int], unplaced: int) -> int | None:
    """Return what the last of those pays who may be left out, the dearest first; ``None`` where nobody may.

    Nothing where all may be, of whom it is known what they pay.
    """
    return sorted([*costs.values(), *[0] * unplaced], reverse=True)[unplaced - 1] if unplaced else None


def without_weights(candidate: Candidate) -> tuple[Problem, ...]:
    """Return a patient's problems where no day is off target: only the prices of days count."""
    return tuple(weighted(problem, 0) for problem in candidate.problems)


def courses_of(candidate: Candidate, paid: Paid) -> list[JointCourse]:
    """Return the courses that a patient was placed on under prices, one with each therapist."""
    found = []
    for number, days in enumerate(paid.days):
        course = None if days is None else course_on(candidate, number, days)
        if course is not None:
            found.append(course)
    return found
