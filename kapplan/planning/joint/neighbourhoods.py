"""Large neighbourhoods: a few patients who are in each other's way give up their courses and are placed anew.

Whoever is worse off than alone asks for room; those who have visits on the days that their course would take alone
make it. They are placed again in some orders, each beside all the others; what is no better is forgotten.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kapplan.planning.joint.candidates import Candidate, Courses, JointCourse, Value, total
from kapplan.planning.joint.orders import Prices, one_by_one
from kapplan.planning.joint.timetable import Timetable

LARGEST = 6
"""How many patients are placed anew at a time at most."""


class Improvement:
    """Courses that are improved step by step; the same steps come of the same courses."""

    def __init__(self, candidates: Sequence[Candidate], alone: Courses, courses: Courses, timetable: Timetable) -> None:
        self.by_patient = {one.patient: one for one in candidates}
        self.alone = alone
        self.timetable = timetable
        self.courses: dict[str, JointCourse | None] = {}
        self.value: Value = total(courses.values())
        self.chance = random.Random(0)  # noqa: S311  # not for secrets
        self.prices: Prices | None = None
        self.set(courses)

    def set(self, courses: Courses) -> None:
        """Take other courses as those to be improved."""
        for course in self.courses.values():
            if course is not None:
                self.timetable.remove(course)
        for course in courses.values():
            if course is not None:
                self.timetable.add(course)
        self.courses, self.value = dict(courses), total(courses.values())

    def step(self) -> bool:
        """Try one neighbourhood; return whether the courses became better."""
        wanting = self.lost()
        if not wanting:
            return False
        group = self._neighbourhood(self.chance.choices(list(wanting), weights=list(wanting.values()))[0])
        return any(self._placed_anew(order, prices) for order, prices in self._orders(group))

    def _placed_anew(self, order: Sequence[str], prices: Prices | None) -> bool:
        """Place patients anew in an order, and keep that if it is better."""
        before = {patient: self.courses[patient] for patient in order}
        self._enter(before, {})
        again = one_by_one([self.by_patient[patient] for patient in order], self.timetable, prices)
        value = total((self.courses | again).values())
        if value < self.value:
            self.courses |= again
            self.value = value
            return True
        self._enter(again, before)
        return False

    def _enter(self, instead_of: Courses, courses: Courses) -> None:
        for course in instead_of.values():
            if course is not None:
                self.timetable.remove(course)
        for course in courses.values():
            if course is not None:
                self.timetable.add(course)

    def lost(self) -> Mapping[str, int]:
        """Return the patients who could do better alone, with how much better."""
        lost = {patient: self._loss(patient) for patient in self.courses}
        return {patient: loss for patient, loss in lost.items() if loss > 0}

    def _loss(self, patient: str) -> int:
        alone, course = self.alone[patient], self.courses[patient]
        if alone is None:
            return 0
        if course is None:
            return 1 + max((one.deviation for one in self.courses.values() if one is not None), default=0)
        return course.deviation - alone.deviation or int(course.cost > alone.cost)

    def _neighbourhood(self, patient: str) -> list[str]:
        """Return a patient with those who are on the days of their course alone, most of them first, some by chance."""
        wanted = self.alone[patient]
        holders = Counter(self._holders(patient, wanted)) if wanted is not None else Counter[str]()
        near = sorted(holders, key=lambda other: (-holders[other] * self.chance.uniform(0.5, 1.5), other))
        size = self.chance.randint(2, LARGEST)
        return [patient, *near[: size - 1]]

    def _holders(self, patient: str, wanted: JointCourse) -> Iterator[str]:
        for day in {day for day, _, _ in self.timetable.asks.of_course(wanted)}:
            yield from (key.patient for key in self.timetable.days.get(day, {}) if key.patient != patient)

    def _orders(self, group: Sequence[str]) -> Iterator[tuple[Sequence[str], Prices | None]]:
        """Yield orders to try: the one that asks first, freely; then others, by what scarce days are worth."""
        yield group, None
        yield self.chance.sample(list(group), len(group)), self.prices
        yield [*group[1:], group[0]], self.prices
