"""Several new patients of one clinic placed together: begun in a good order, improved, and proven as far as it goes.

What is compared, in this order: patients without a course, then the terms of one patient's placement summed over all,
by priority, then the largest deviation of any. The work is counted in rounds, so that the same input gives the same
answer on any number of cores where rounds end it; a time that ends it first is said, and whoever it left out is named.

A round is one of column generation (``column_generation``). The shares of courses that it ends with are rounded off to
a plan; between rounds a whole choice among all courses known and neighbourhoods of a few patients improve it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.planning.joint import master
from kapplan.planning.joint.bound import JointProof, Paid, Priced, pay
from kapplan.planning.joint.candidates import Candidate, Courses, JointCourse, Value, total
from kapplan.planning.joint.column_generation import ColumnGeneration, Each
from kapplan.planning.joint.neighbourhoods import Improvement
from kapplan.planning.joint.orders import placed, rounded, scarcest_first
from kapplan.planning.joint.rows import Row
from kapplan.planning.joint.timetable import Asks, SharedClinic, Timetable
from kapplan.planning.solver.optimum import DayPrices

Ended = Literal["proven", "gap", "iterations", "time", "interrupted", "exhausted", "one by one"]
SMALLEST = 100
"""What a gap is a fraction of at least: below it a few units would look like much."""
STEPS_A_ROUND = 12
"""How many neighbourhoods are tried between two rounds of prices."""
STEPS_AT_LAST = 12
"""How many are tried at the end for what is compared after the days off target, how even they are among it."""
AGAIN = 3
"""How often everybody is placed again at first, those first who lost most, as long as that is better."""
BARREN = 8
"""After so many rounds in which neither plan nor bound became better the work ends."""
_CUTS = 12
"""How often a whole choice is made again that does not fit its days."""
CHOICES = 4
"""After so many rounds a whole choice is made; after one in which nothing became better, too."""
COLUMNS = 1_500
"""Among how many courses a whole choice is made at most."""
LITTLE = 1e-6
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
    ``deviation`` proves what any plan deviates that leaves no more out than this one. ``ended`` says what ended it;
    patients who are ``unreached`` were not looked at by then.
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
    unreached: tuple[str, ...] = ()

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
        self.candidates, self.ends, self.each, self.tell = candidates, ends, each, tell
        self.can_choose = master.is_there()
        self.asks = Asks(candidates)
        self.clinic = clinic
        self.alone: dict[str, JointCourse | None] = {one.patient: None for one in candidates}
        self.first: dict[str, JointCourse | None] = {}
        self.paid: dict[str, Paid] = {}
        self.plan = Improvement((), self.alone, {}, Timetable(self.asks, clinic))
        self.generation = self._generation(())
        self.iterations = self.barren = 0

    def _generation(self, able: Sequence[Candidate]) -> ColumnGeneration:
        return ColumnGeneration(able, self.paid, self.asks, self.clinic, each=self.each, heed=self._heed)

    # -- the beginning -------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Place everybody in one order, so that there is a plan, and then each alone, so that there is a bound.

        Stopped on the way, the plan is of those who were placed by then.
        """
        timetable = self.plan.timetable
        try:
            for patient, course in placed(scarcest_first(self.candidates), timetable, heed=self._heed):
                self.first[patient] = course
                self._tell(total(self.first.values()), 0, 1.0)
            asked = [
                Priced(one.patient, one.problems, ({},) * len(one.problems), (0,) * len(one.problems))
                for one in self.candidates
            ]
            for one, paid in zip(self.candidates, self.each(pay, asked), strict=True):
                self.paid[one.patient] = paid
                self.alone[one.patient] = timetable.anew().alone(one, paid.days)
                self._heed()
        finally:
            able = [one for one in self.candidates if self.alone[one.patient] or self.first.get(one.patient)]
            courses = {one.patient: self.first.get(one.patient) for one in able}
            self.plan = Improvement(able, self.alone, courses, timetable.anew())
        self.generation = self._generation(able)
        self.plan.known = self.generation.master.of_patient
        self._know(self.alone)
        self._know(courses)
        self._losers_first()

    def _losers_first(self) -> None:
        """Place everybody again, those first who lost most so far beside what they have alone, while that is better."""
        lost: dict[str, int] = defaultdict(int)
        for _ in range(AGAIN):
            before = self.plan.value
            for patient, loss in self.plan.lost().items():
                lost[patient] += loss
            if not lost:
                return
            order = sorted(scarcest_first(self.plan.by_patient.values()), key=lambda one: -lost[one.patient])
            courses = dict(placed(order, self.plan.timetable.anew(), heed=self._heed))
            self._know(courses)
            if total(courses.values()) >= before:
                return
            self.plan.set(courses)

    @property
    def _unable(self) -> int:
        """How many are known to have no course even alone."""
        return sum(paid.cost is None for paid in self.paid.values())

    # -- the rounds ----------------------------------------------------------------------------------------------

    def done(self) -> JointAnswer:
        """Raise the bound and improve the plan in turn until one of the ends is reached."""
        try:
            self._begin()
            while (ended := self._reached()) is None:
                self._round()
                self.iterations += 1
            if ended in {"proven", "gap"}:
                self._even_out()
        except _StoppedError as stopped:
            ended = stopped.ended
        courses = {patient: self.plan.courses.get(patient) for patient in self.alone}
        return JointAnswer(
            courses=courses,
            alone=self.alone,
            value=total(courses.values()),
            unplaced=self.generation.unplaced,
            least_unplaced=self.generation.least_unplaced + self._unable,
            deviation=self.generation.deviation(self.plan.value[0]),
            ended=ended,
            iterations=self.iterations,
            timetable=self.plan.timetable,
            unreached=tuple(patient for patient in courses if patient not in self.first),
        )

    def _reached(self) -> Ended | None:
        value, least = self.plan.value, self.generation.least_unplaced
        gap = gap_of(value, least, bound := self.generation.deviation(value[0]).bound)
        self._tell(value, bound, gap)
        if gap <= 0:
            return "proven"
        if gap <= self.ends.gap and value[0] == least:
            return "gap"
        if not self.can_choose:
            return "one by one"
        if self.ends.iterations is not None and self.iterations >= self.ends.iterations:
            return "iterations"
        if self.barren >= BARREN and self.ends.iterations is None:
            return "exhausted"
        return self.ends.stop()

    def _tell(self, value: Value, bound: int, gap: float) -> None:
        placed_now = len(self.plan.courses or self.first) - value[0]
        self.tell(Progress(patients=len(self.alone), placed=placed_now, value=value[1], bound=bound, gap=gap))

    def _round(self) -> None:
        before = self._standing()
        self.plan.timetable.tidy()
        if self.plan.value[0] > self.generation.least_unplaced:
            self.generation.raise_unplaced()
        goals = dict.fromkeys((self.generation.least_unplaced, self.plan.value[0]))
        duals = self.generation.raise_deviation(goals)
        if duals is not None:
            self._round_off(duals)
        self._vary()
        for _ in range(STEPS_A_ROUND):
            self._heed()
            if self.plan.step():
                self._know(self.plan.courses)
        if duals is not None and (self.barren or self.iterations % CHOICES == CHOICES - 1):
            self._choose(duals)
        self.barren = 0 if self._standing() != before else self.barren + 1

    def _even_out(self) -> None:
        """Improve what is compared after the days off target; whoever stops it here has what was found before."""
        for _ in range(STEPS_AT_LAST):
            if self.ends.stop() is not None:
                return
            self.plan.step(further=True)

    def _standing(self) -> tuple[Value, int, int]:
        value = self.plan.value
        return value, self.generation.unplaced.bound, self.generation.deviation(value[0]).bound

    def _heed(self) -> None:
        """Stop where that is asked for."""
        stopped = self.ends.stop()
        if stopped is not None:
            raise _StoppedError(stopped)

    def _know(self, courses: Courses) -> None:
        self.generation.master.add([course for course in courses.values() if course is not None])

    # -- the plan ------------------------------------------------------------------------------------------------

    def _round_off(self, duals: master.Duals) -> None:
        """Give patients the courses that the linear choice gives them most of, and the others what is left."""
        wished: dict[str, list[tuple[float, JointCourse]]] = defaultdict(list)
        for course, share in zip(self.generation.master.columns, duals.shares, strict=False):
            if share > LITTLE:
                wished[course.patient].append((share, course))
        order = sorted(wished, key=lambda patient: (-max(share for share, _ in wished[patient]), patient))
        ranked = {
            patient: [course for _, course in sorted(wished[patient], key=lambda one: (-one[0], one[1].cost))]
            for patient in order
        }
        for prices in (self.generation.prices, None):
            courses = rounded(
                self.plan.by_patient.values(), ranked, self.plan.timetable.anew(), prices, heed=self._heed
            )
            self._know(courses)
            if total(courses.values()) < self.plan.value:
                self.plan.set(courses)

    def _vary(self) -> None:
        """Come to know other courses than the best under prices, which a whole choice can combine."""
        chance = self.plan.chance
        for candidate in chance.choices(list(self.plan.by_patient.values()), k=VARIED):
            self._heed()
            if self.barren:
                self.generation.know_nearly_best(candidate, self.plan.value)
                continue
            share = chance.choice((0.0, 0.25, 0.5, 0.75))
            timetable = self.plan.timetable.anew()
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

    def _choose(self, duals: master.Duals) -> None:
        """Choose among the courses known that a better plan can have; what does not fit its days becomes a row.

        Then it is chosen again without.
        """
        known = self.generation.master
        dearest = dict.fromkeys(self.plan.by_patient, 0)
        for course in known.columns:
            dearest[course.patient] = max(dearest[course.patient], course.deviation)
        weight = 1 + sum(dearest.values())
        for _ in range(_CUTS):
            self._heed()
            chosen = known.whole(self._worth_choosing(duals), weight=weight)
            if chosen is None or total(chosen.values())[:3] >= self.plan.value[:3]:
                return
            rows = self._broken(chosen)
            if rows is None:
                return
            if not rows:
                self.plan.set(chosen)
                return
            known.keep(rows)

    def _worth_choosing(self, duals: master.Duals) -> list[int]:
        """Return the numbers of the courses that a better plan can have, the likeliest where there are many."""
        columns = self.generation.master.columns
        room = float("inf")
        if self.plan.value[0] == self.generation.least_unplaced:
            room = self.plan.value[1] - duals.cost
        dear = [*duals.too_dear, *[0.0] * (len(columns) - len(duals.too_dear))]
        likely = sorted((most, number) for number, most in enumerate(dear) if most <= room)[:COLUMNS]
        own = {course.patient: course.key for course in self.plan.courses.values() if course is not None}
        kept = [number for number, course in enumerate(columns) if own.get(course.patient) == course.key]
        return sorted({*kept, *(number for _, number in likely)})

    def _broken(self, chosen: Courses) -> dict[Row, int] | None:
        """Return the rows that a choice breaks, none where it fits; ``None`` where that is not known."""
        timetable = self.plan.timetable.anew()
        for course in chosen.values():
            if course is not None:
                timetable.add(course)
        found: dict[Row, int] = {}
        for day, visits in timetable.days.items():
            if not timetable.holds(day):
                row = self.generation.rows.conflict(day, list(visits.values()))
                if row is None:
                    return None
                found[row] = self.generation.rows.most(row)
        return found
