"""Large neighbourhoods: whoever is in the way of a patient's better course gives up their own and is placed anew.

Whoever is worse off than alone asks for room: for a course that is known and better, mostly the one that fewest are in
the way of. On each day that has no room for it somebody makes room; they are placed again, each beside all the others;
what is no better in the end is forgotten.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from kapplan.planning.joint.candidates import Candidate, Courses, JointCourse, Value, total
from kapplan.planning.joint.timetable import Timetable

MOST = 2
"""How many patients make room on one day at most where the days off target are not to become fewer."""
OTHERWISE = 3
"""One in so many times another course is asked for than the one that fewest are in the way of, of so many at most."""


class Improvement:
    """Courses that are improved step by step; the same steps come of the same courses.

    ``known`` are the courses that each patient may ask for; more may come to be known.
    """

    def __init__(self, candidates: Sequence[Candidate], alone: Courses, courses: Courses, timetable: Timetable) -> None:
        self.by_patient = {one.patient: one for one in candidates}
        self.alone = alone
        self.known: Mapping[str, Sequence[JointCourse]] = {
            patient: [] if course is None else [course] for patient, course in alone.items()
        }
        self.timetable = timetable
        self.courses: dict[str, JointCourse | None] = {}
        self.value: Value = total(courses.values())
        self.chance = random.Random(0)  # noqa: S311  # not for secrets
        self.set(courses)

    def set(self, courses: Courses) -> None:
        """Take other courses as those to be improved."""
        self._enter(self.courses, courses)
        self.courses, self.value = dict(courses), total(courses.values())

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
        return course.deviation - alone.deviation

    def step(self, *, further: bool = False) -> bool:
        """Have one patient ask for room; return whether the courses became better.

        Those ask who lost most, or, where nobody did or with ``further``, whoever knows of a better course: its days
        off target alike, what is compared after them may be better, and how even they are.
        """
        wanting = {} if further else self.lost()
        wanting = wanting or {patient: 1 for patient in self.courses if self._wishes(patient)}
        if not wanting:
            return False
        patient = self.chance.choices(list(wanting), weights=list(wanting.values()))[0]
        before, now = {patient: self.courses[patient]}, dict[str, JointCourse | None]()
        self._enter(before, {})
        wish = self._wish(patient)
        if wish is not None and self._make_room(wish, before, now, MOST if further else 1):
            value = total((self.courses | now).values())
            if value < self.value:
                self.courses |= now
                self.value = value
                return True
        self._enter(now, before)
        return False

    def _wishes(self, patient: str) -> list[JointCourse]:
        """Return the courses known of a patient that are better than the one they have."""
        course = self.courses[patient]
        return [one for one in self.known[patient] if course is None or one.cost < course.cost]

    def _wish(self, patient: str) -> JointCourse | None:
        """Return the course for which a patient who is taken out asks; ``None`` where no better one is known."""
        wishes = self._wishes(patient)
        if not wishes:
            return None
        closed = [
            sum(not self.timetable.may_open(day, ask) for day, _, ask in self.timetable.asks.of_course(wish))
            for wish in wishes
        ]
        ranked = sorted(range(len(wishes)), key=lambda place: (closed[place], place))
        other = not self.chance.randrange(OTHERWISE)
        return wishes[ranked[self.chance.randrange(min(OTHERWISE, len(ranked))) if other else 0]]

    def _make_room(
        self, wish: JointCourse, before: dict[str, JointCourse | None], now: dict[str, JointCourse | None], most: int
    ) -> bool:
        """Enter a course and place those anew who are in its way; return whether the courses may be better so.

        At ``most`` so many patients make room on one day. ``before`` gets the courses that are given up, ``now`` those
        that are entered.
        """
        now[wish.patient] = wish
        self.timetable.add(wish)
        for day in self.timetable.crowded(wish):
            for _ in range(most):
                if self.timetable.holds(day):  # whoever made room on another day may have done so here
                    break
                other = self._in_the_way(day, wish.patient, most)
                if other is None:
                    return False
                before[other] = self.courses[other]
                self._enter({other: self.courses[other]}, {})
            if not self.timetable.holds(day):
                return False
        for patient in [patient for patient in before if patient != wish.patient]:
            if not self._may_be_better(before, now):
                return False
            course = now[patient] = self.timetable.best(self.by_patient[patient])
            self._enter({}, {patient: course})
        return True

    def _in_the_way(self, day: int, patient: str, most: int) -> str | None:
        """Return somebody else of a day, by chance: one without whose visits it would hold, if there is one.

        Else, where several may make room, anybody.
        """
        others = sorted({key.patient for key in self.timetable.days[day]} - {patient})
        self.chance.shuffle(others)
        enough = (other for other in others if self.timetable.holds(day, without=other))
        return next(enough, others[0] if others and most > 1 else None)

    def _may_be_better(self, before: Courses, now: Courses) -> bool:
        """Return whether courses are better so, if all who are not entered again yet could have theirs alone."""
        least = total(now.get(patient, self.alone[patient]) for patient in before)
        return least[:2] <= total(before.values())[:2]
