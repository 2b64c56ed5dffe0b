"""Several new patients of one clinic placed together: begun in good orders, improved, and proven as far as it goes.

What is compared, in this order: patients without a course, then the terms of one patient's placement summed over all,
by priority, then the largest deviation of any. The work is counted in rounds, so that the same input gives the same
answer on any number of cores where rounds end it; a time that ends it first is said.

A round is one of column generation: a linear choice among the courses known gives prices, the prices a bound and, of
each patient, the best course under them. Between rounds a whole choice among all courses known and neighbourhoods of
a few patients improve the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.planning.joint import master
from kapplan.planning.joint.bound import (
    UNPLACED,
    JointProof,
    Paid,
    Priced,
    allowing,
    courses_of,
    pay,
    proof_of,
    proof_of_unplaced,
    without_weights,
)
from kapplan.planning.joint.candidates import Candidate, Courses, Value, total
from kapplan.planning.joint.day_packing import SlotAsk
from kapplan.planning.joint.neighbourhoods import Improvement
from kapplan.planning.joint.orders import best_of, one_by_one, orders_of
from kapplan.planning.joint.rows import Row, ScarceRows, prices_of
from kapplan.planning.joint.timetable import Asks, SharedClinic, Timetable
from kapplan.planning.solver.optimum import DayPrices

Ended = Literal["proven", "gap", "iterations", "time", "interrupted", "exhausted", "one by one"]
Each = Callable[[Callable[[Priced], Paid], Sequence[Priced]], Iterable[Paid]]
"""Maps a function over what is to be priced, in order; with several processes it is done side by side."""

SMALLEST = 100
"""What a gap is a fraction of at least: below it a few units would look like much."""
STEPS_A_ROUND = 4
"""How many neighbourhoods are tried between two rounds of prices."""
BARREN = 8
"""After so many rounds in which neither plan nor bound became better the work ends."""
_CUTS = 12
"""How often a whole choice is made again that does not fit its days."""
_ROW_ROUNDS = 6
VARIED = 8
"""For how many patients a round looks for other courses than the best."""
WHIM = 40
"""What a day costs that a patient is kept off by chance, in the unit of deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """When enough has been done: a ``gap`` (a fraction), so many ``iterations``, or when ``stop`` says so."""

    gap: float = 0.01
    iterations: int | None = None
    stop: Callable[[], Ended | None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it has come."""

    patients: int
    placed: int
    value: int
    bound: int
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JointAnswer:
    """The courses of all patients with what they cost together, and what no joint plan can be better than.

    ``alone`` are their courses as if there were no others. ``least_unplaced`` is how many have no course in any plan;
    ``deviation`` proves what any plan deviates that leaves no more out than this one. ``ended`` says what ended it.
    """

    courses: Courses
    alone: Courses
    value: Value
    unplaced: JointProof
    least_unplaced: int
    deviation: JointProof
    ended: Ended
    iterations: int
    timetable: Timetable

    @property
    def gap(self) -> float:
        """How far the first term that is not proven is from its bound, as a fraction of it."""
        return gap_of(self.value, self.least_unplaced, self.deviation.bound)


def gap_of(value: Value, least_unplaced: int, bound: int) -> float:
    """Return how far a value is from its bounds: in the first term that is not proven equal."""
    if value[0] > least_unplaced:
        return (value[0] - least_unplaced) / max(value[0], SMALLEST)
    return max(value[1] - bound, 0) / max(value[1], SMALLEST)


def place_together(
    candidates: Sequence[Candidate],
    clinic: SharedClinic,
    *,
    ends: Ends | None = None,
    each: Each = map,
    tell: Callable[[Progress], None] = lambda _: None,
) -> JointAnswer:
    """Return the best courses found for patients together, with a bound on any better ones.

    ``clinic`` is what they share. Whoever has no course even alone has none. Without the solver they are placed one by
    one, the scarcest first.
    """
    return _Work(candidates, clinic, ends or Ends(), each, tell).done()


class _StoppedError(Exception):
    def __init__(self, ended: Ended) -> None:
        self.ended = ended


class _Work:
    def __init__(
        self,
        candidates: Sequence[Candidate],
        clinic: SharedClinic,
        ends: Ends,
        each: Each,
        tell: Callable[[Progress], None],
    ) -> None:
        self.ends, self.each, self.tell = ends, each, tell
        self.can_choose = master.is_there()
        self.asks = Asks(candidates)
        self.clinic = clinic
        empty = Timetable(self.asks, clinic)
        self.alone = {one.patient: empty.alone(one) for one in candidates}
        self.able = [one for one in candidates if self.alone[one.patient] is not None]
        self.unable = len(candidates) - len(self.able)
        self.rows = ScarceRows(self.able, self.asks, clinic)
        self.master = master.Master([one.patient for one in self.able], self.asks)
        self.plan = self._begun()
        self.unplaced = proof_of_unplaced([], {}, {})
        self.deviation = proof_of(self._priced({}), {}, {}, self.plan.value[0])
        self.iterations = self.barren = 0

    def _begun(self) -> Improvement:
        """Return the plan that the best of some orders gives, to be improved; one there is, whatever the time."""
        first, *more = orders_of(self.able, self.alone)[: None if self.can_choose else 1]
        tried = [one_by_one(first, Timetable(self.asks, self.clinic))]
        with suppress(_StoppedError):
            tried.extend(one_by_one(order, Timetable(self.asks, self.clinic), heed=self._heed) for order in more)
        for courses in (self.alone, *tried):
            self.master.add([course for course in courses.values() if course is not None])
        return Improvement(self.able, self.alone, best_of(tried), Timetable(self.asks, self.clinic))

    # -- the rounds ----------------------------------------------------------------------------------------------

    def done(self) -> JointAnswer:
        """Raise the bound and improve the plan in turn until one of the ends is reached."""
        ended: Ended | None = None
        try:
            while (ended := self._reached()) is None:
                self._round()
                self.iterations += 1
        except _StoppedError as stopped:
            ended = stopped.ended
        missing: dict[str, None] = {patient: None for patient, course in self.alone.items() if course is None}
        courses = {**self.plan.courses, **missing}
        return JointAnswer(
            courses={patient: courses[patient] for patient in self.alone},
            alone=self.alone,
            value=total(courses.values()),
            unplaced=self.unplaced,
            least_unplaced=self.least_unplaced + self.unable,
            deviation=allowing(self.deviation, self.plan.value[0]),
            ended=ended,
            iterations=self.iterations,
            timetable=self.plan.timetable,
        )

    @property
    def least_unplaced(self) -> int:
        """How many of those who have a course alone have none in any joint plan, as far as is proven."""
        return -(-self.unplaced.bound // UNPLACED)

    def _reached(self) -> Ended | None:
        value = self.plan.value
        self.deviation = allowing(self.deviation, value[0])
        gap = gap_of(value, self.least_unplaced, self.deviation.bound)
        self.tell(
            Progress(
                patients=len(self.alone),
                placed=len(self.able) - value[0],
                value=value[1],
                bound=self.deviation.bound,
                gap=gap,
            )
        )
        if gap <= 0:
            return "proven"
        if gap <= self.ends.gap:
            return "gap"
        if not self.can_choose:
            return "one by one"
        if self.ends.iterations is not None and self.iterations >= self.ends.iterations:
            return "iterations"
        if self.barren >= BARREN and self.ends.iterations is None:
            return "exhausted"
        return self.ends.stop()

    def _round(self) -> None:
        before = self.plan.value, self.unplaced.bound, self.deviation.bound
        if self.plan.value[0] > self.least_unplaced:
            self._raise_unplaced()
        self._raise_deviation()
        self._vary()
        self._choose()
        for _ in range(STEPS_A_ROUND):
            self._heed()
            if not self.plan.step():
                continue
            self._know(self.plan.courses)
        self.barren = 0 if (self.plan.value, self.unplaced.bound, self.deviation.bound) != before else self.barren + 1

    def _heed(self) -> None:
        """Stop where that is asked for."""
        stopped = self.ends.stop()
        if stopped is not None:
            raise _StoppedError(stopped)

    def _know(self, courses: Courses) -> None:
        self.master.add([course for course in courses.values() if course is not None])

    # -- the bound -----------------------------------------------------------------------------------------------

    def _raise_deviation(self) -> None:
        unplaced = self.plan.value[0]
        self.deviation = allowing(self.deviation, unplaced)
        duals = self._linear(unplaced=unplaced, count_only=False)
        if duals is None:
            return
        for share in (2, 1):
            prices = _between(self.deviation.prices, duals.prices, share)
            paid = self._priced(prices)
            proof = proof_of(paid, prices, self.master.rows, unplaced)
            better = proof.bound > self.deviation.bound
            if better:
                self.deviation = proof
            self.plan.prices = {one.patient: prices_of(one, self.asks, prices) for one in self.able}
            new = self.master.add([
                course for one in paid for course in courses_of(self.asks.by_patient[one.patient], one)
            ])
            if better or new:
                return

    def _raise_unplaced(self) -> None:
        duals = self._linear(unplaced=len(self.able), count_only=True)
        if duals is None:
            return
        prices = {row: round(price * UNPLACED) for row, price in duals.prices.items()}
        paid = self._priced(prices, count_only=True)
        proof = proof_of_unplaced(paid, prices, self.master.rows)
        if proof.bound > self.unplaced.bound:
            self.unplaced = proof
        self.master.add([course for one in paid for course in courses_of(self.asks.by_patient[one.patient], one)])

    def _priced(self, prices: Mapping[Row, int], *, count_only: bool = False) -> list[Paid]:
        """Place every patient under prices."""
        asked = [
            Priced(
                one.patient,
                without_weights(one) if count_only else one.problems,
                tuple(prices_of(one, self.asks, prices)),
            )
            for one in self.able
        ]
        paid = []
        for one in self.each(pay, asked):
            paid.append(one)
            if prices:
                self._heed()
        return paid

    def _linear(self, *, unplaced: int, count_only: bool) -> master.Duals | None:
        """Make a linear choice that keeps every capacity row, those that it breaks being added."""
        duals = None
        for _ in range(_ROW_ROUNDS):
            duals = self.master.linear(unplaced=unplaced, count_only=count_only)
            if duals is None or not self._add_rows(duals.shares):
                break
        return duals

    def _add_rows(self, shares: Sequence[float]) -> bool:
        use: dict[tuple[int, int], float] = {}
        asks: dict[int, SlotAsk] = {}
        for course, share in zip(self.master.columns, shares, strict=True):
            if share > 0:
                for day, _, ask in self.asks.of_course(course):
                    asks[id(ask)] = ask
                    use[day, id(ask)] = use.get((day, id(ask)), 0.0) + share
        over = self.rows.over(use, asks)
        new: dict[Row, int] = {row: self.rows.most(row) for row in over if row not in self.master.rows}
        self.master.rows |= new
        return bool(new)

    # -- the plan ------------------------------------------------------------------------------------------------

    def _vary(self) -> None:
        """Come to know courses beside some of the others only, or off some days, which a whole choice can combine."""
        chance = self.plan.chance
        for candidate in chance.choices(self.able, k=VARIED):
            self._heed()
            share = chance.choice((0.0, 0.25, 0.5, 0.75))
            timetable = Timetable(self.asks, self.clinic)
            for patient, course in self.plan.courses.items():
                if course is not None and patient != candidate.patient and chance.random() < share:
                    timetable.add(course)
            self._know({
                candidate.patient: timetable.best(candidate, [self._whims(candidate)] * len(candidate.settings))
            })

    def _whims(self, candidate: Candidate) -> DayPrices:
        """Return prices by chance that keep a patient off some days."""
        chance = self.plan.chance
        days = sorted({choice.day for visit in candidate.problems[0].visits for choice in visit.days})
        dear = {day: WHIM * candidate.weight for day in days if chance.random() < chance.choice((0.1, 0.3))}
        return {visit.id: dear for visit in candidate.problems[0].visits if visit.fixed is None}

    def _choose(self) -> None:
        """Choose among all courses known; what does not fit its days becomes a row, and is chosen again without."""
        dearest = dict.fromkeys((one.patient for one in self.able), 0)
        for course in self.master.columns:
            dearest[course.patient] = max(dearest[course.patient], course.deviation)
        weight = 1 + sum(dearest.values())
        for _ in range(_CUTS):
            self._heed()
            chosen = self.master.whole(weight=weight)
            if chosen is None or total(chosen.values())[:3] >= self.plan.value[:3]:
                return
            rows = self._broken(chosen)
            if rows is None:
                return
            if not rows:
                self.plan.set(chosen)
                return
            self.master.rows |= rows

    def _broken(self, chosen: Courses) -> dict[Row, int] | None:
        """Return the rows that a choice breaks, none where it fits; ``None`` where that is not known."""
        timetable = Timetable(self.asks, self.clinic)
        for course in chosen.values():
            if course is not None:
                timetable.add(course)
        found: dict[Row, int] = {}
        for day, visits in timetable.days.items():
            if not timetable.holds(day):
                row = self.rows.conflict(day, list(visits.values()))
                if row is None:
                    return None
                found[row] = self.rows.most(row)
        return found


def _between(old: Mapping[Row, int], new: Mapping[Row, float], share: int) -> dict[Row, int]:
    """Return prices between those of the best bound and new ones, one of ``share`` parts of the way there."""
    return {
        row: price
        for row in {**old, **new}
        if (price := round(old.get(row, 0) + (new.get(row, 0.0) - old.get(row, 0)) / share)) > 0
    }
