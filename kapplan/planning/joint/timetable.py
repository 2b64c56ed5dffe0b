"""Who has a visit on which day of a clinic, and a patient's best days among the others'.

Only days are kept: a day is open for a visit where it fits beside the others of that day, whatever has to change of
their times. So the best days of one patient are exact, given the days of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kapplan.dataclass import replace
from kapplan.errors import UndecidedError
from kapplan.planning.availability.calendar import Shape
from kapplan.planning.joint.asks import SlotAsk, Way, ask_of
from kapplan.planning.joint.candidates import NEVER, Candidate, Cost, JointCourse, course_on
from kapplan.planning.joint.day_packing import DayPacking, Places, Spot, UnknownError, Used
from kapplan.planning.problem.problem import OpenDay, Problem
from kapplan.planning.solver.optimum import DayPrices, Effort, place

EFFORT = Effort(steps=150_000, labels=50_000)
"""The work that one placement of one patient may take here, where there are thousands of them."""
KEPT = 20_000
"""Of how many days what was found out is kept, which bounds the memory."""
_TRIES = 40
"""How often a patient is placed again whose visits turn out not to fit their days."""


class VisitKey(NamedTuple):
    """A visit of a patient, with the therapist of one of their settings."""

    patient: str
    setting: int
    visit: str


class Asks:
    """What visits ask of days, each worked out once; those that can be held in the same ways share them.

    ``least`` is what a patient's course with the therapist of a setting costs without any others, where that is known.
    """

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.by_patient = {candidate.patient: candidate for candidate in candidates}
        self.least: dict[tuple[str, int], Cost] = {}
        self._known: dict[tuple[str, int, Shape, int], SlotAsk] = {}
        self._alike: dict[tuple[str, int, Shape, object], SlotAsk] = {}
        self._ways: dict[tuple[Way, ...], tuple[Way, ...]] = {}

    def shape(self, patient: str, setting: int, visit: str) -> Shape:
        """Return the shape of a visit with the therapist of a setting."""
        return self.by_patient[patient].settings[setting].shapes[visit]

    def of(self, patient: str, setting: int, shape: Shape, day: int) -> SlotAsk:
        """Return what a visit of a shape asks of an ordinal day."""
        key = patient, setting, shape, day
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._of_alike_days(patient, setting, shape, day)
        return found

    def _of_alike_days(self, patient: str, setting: int, shape: Shape, day: int) -> SlotAsk:
        """Return what is asked of a day, which is the same on all that are alike."""
        own = self.by_patient[patient].settings[setting]
        kind = None if own.calendar.is_past(day) else own.calendar.kinds.kind(day)
        key = patient, setting, shape, kind
        found = self._alike.get(key)
        if found is None:
            found = ask_of(own, shape, day, patient)
            found = self._alike[key] = found._replace(ways=self._ways.setdefault(found.ways, found.ways))
        return found

    def of_course(self, course: JointCourse) -> Iterator[tuple[int, VisitKey, SlotAsk]]:
        """Yield the visits of a course that are not fixed, each with its day, an ordinal, and what it asks."""
        candidate = self.by_patient[course.patient]
        setting = candidate.settings[course.setting]
        origin = setting.problem.origin.toordinal()
        for visit in setting.problem.visits:
            if visit.fixed is None:
                day = origin + course.days[visit.id]
                key = VisitKey(course.patient, course.setting, visit.id)
                yield day, key, self.of(course.patient, course.setting, setting.shapes[visit.id], day)


class SharedClinic(NamedTuple):
    """What all patients share: the places of rooms and people, and what is used of those with several, by day."""

    places: Places
    used: Mapping[int, Used] = {}

    def packing(self, day: int) -> DayPacking:
        """Return a day with what stands already."""
        return DayPacking(self.places, self.used.get(day))


class Packed(NamedTuple):
    """The visits of a day with a spot for each, and what they leave of the day."""

    packing: DayPacking
    spots: Mapping[VisitKey, Spot]


class Timetable:
    """The visits of several patients by day."""

    def __init__(self, asks: Asks, clinic: SharedClinic) -> None:
        self.asks, self.clinic = asks, clinic
        self.days: dict[int, dict[VisitKey, SlotAsk]] = {}
        self._names: dict[int, frozenset[VisitKey]] = {}
        self._fits: dict[tuple[int, frozenset[VisitKey]], dict[int, bool]] = {}
        self._packed: dict[tuple[int, frozenset[VisitKey]], Packed | None] = {}

    def anew(self) -> Timetable:
        """Return an empty one that knows what this one found out of days."""
        other = Timetable(self.asks, self.clinic)
        other._fits, other._packed = self._fits, self._packed
        return other

    def tidy(self) -> None:
        """Forget what was found out of days with other visits than they have now, where that is much.

        Others that know what this one does are not to be used any more.
        """
        if len(self._packed) > KEPT:
            now = {self._visits(day) for day in self.days}
            for name in self._packed.keys() - now:
                del self._packed[name]
            for name in self._fits.keys() - now:
                del self._fits[name]

    def enter(self, course: JointCourse) -> bool:
        """Enter a course if it is known to fit, and return whether it did."""
        self.add(course)
        if self.crowded(course):
            self.remove(course)
            return False
        return True

    def add(self, course: JointCourse) -> None:
        """Enter a course, whether or not it fits."""
        for day, key, ask in self.asks.of_course(course):
            self.days.setdefault(day, {})[key] = ask
            self._names.pop(day, None)

    def remove(self, course: JointCourse) -> None:
        """Take a course out."""
        for day, key, _ in self.asks.of_course(course):
            before = self._packed.get(self._visits(day))
            self.days[day].pop(key, None)
            self._names.pop(day, None)
            if before is not None and self._packed.get(self._visits(day)) is None:
                self._packed[self._visits(day)] = self._without(day, before)

    def _without(self, day: int, before: Packed) -> Packed:
        """Return the packing of a day of which a visit was taken out: what is left fits as it stands."""
        packing, spots = self.clinic.packing(day), {key: before.spots[key] for key in self.days[day]}
        for spot in spots.values():
            packing.take(spot)
        return Packed(packing, spots)

    def _visits(self, day: int) -> tuple[int, frozenset[VisitKey]]:
        """Return what tells a day with its visits from any other."""
        found = self._names.get(day)
        if found is None:
            found = self._names[day] = frozenset(self.days.get(day, ()))
        return day, found

    def holds(self, day: int, *, without: str | None = None) -> bool:
        """Return whether the visits of a day, or those of all but one patient, are known to fit."""
        if without is None:
            return self._fitting(day) is not None
        visits = {key: ask for key, ask in self.days.get(day, {}).items() if key.patient != without}
        name = day, frozenset(visits)
        if name not in self._packed:
            self._packed[name] = self._from_the_start(day, visits)
        return self._packed[name] is not None

    def crowded(self, course: JointCourse) -> list[int]:
        """Return the days on which a course that is entered does not fit, or is not known to."""
        return [day for day in sorted({day for day, _, _ in self.asks.of_course(course)}) if not self.holds(day)]

    def may_open(self, day: int, ask: SlotAsk) -> bool:
        """Return whether a visit may fit beside those of a day, as far as that is told at a glance."""
        if not ask.ways:
            return False
        if not self.days.get(day):
            return True
        fits = self._fits.setdefault(self._visits(day), {})
        found = fits.get(id(ask.ways))
        if found is None:
            found = fits[id(ask.ways)] = self._glance(day, ask)
        return found

    def _glance(self, day: int, ask: SlotAsk) -> bool:
        fitting = self._fitting(day)
        if fitting is None:
            return False
        if fitting.packing.first_spot(ask) is not None:
            return True
        return not self.clinic.packing(day).is_overfull(list(self.days[day].values()), ask)

    def close(self, day: int, ask: SlotAsk) -> None:
        """Note that a visit does not fit beside those of a day."""
        self._fits.setdefault(self._visits(day), {})[id(ask.ways)] = False

    def _fitting(self, day: int) -> Packed | None:
        """Return the packing of a day's visits; ``None`` where they are not known to fit."""
        key = self._visits(day)
        if key not in self._packed:
            self._packed[key] = self._with_one_more(day) or self._from_the_start(day, self.days.get(day, {}))
        return self._packed[key]

    def _with_one_more(self, day: int) -> Packed | None:
        """Return the packing of all but the last visit with a spot for that one, where this is known and there is one.

        One visit alone is left to be packed; a patient with several on the day, too: they can be at one at a time.
        """
        visits = self.days.get(day, {})
        if not visits:
            return None
        last = next(reversed(visits))
        before = self._packed.get((day, self._visits(day)[1] - {last}))
        if before is None or any(key.patient == last.patient for key in before.spots):
            return None
        spot = before.packing.first_spot(visits[last])
        if spot is None:
            return None
        packing = before.packing.copy()
        packing.take(spot)
        return Packed(packing, {**before.spots, last: spot})

    def _from_the_start(self, day: int, visits: Mapping[VisitKey, SlotAsk]) -> Packed | None:
        packing = self.clinic.packing(day)
        spots = known_fit(packing, list(visits.values()))
        for spot in spots or ():
            packing.take(spot)
        return None if spots is None else Packed(packing, dict(zip(visits, spots, strict=True)))

    def spots(self, day: int) -> Mapping[VisitKey, Spot]:
        """Return when the visits of a day stand; ``UnknownError`` where they are not known to fit."""
        packed = self._fitting(day)
        if packed is None:
            raise UnknownError
        return packed.spots

    # -- a patient among the others ------------------------------------------------------------------------------

    def best(self, candidate: Candidate, prices: Sequence[DayPrices] | None = None) -> JointCourse | None:
        """Return the best course of a patient who is not entered beside all who are; ``None`` where there is none.

        With ``prices``, for each setting, it is the best one when what its days cost is counted.
        """
        best: tuple[int, JointCourse] | None = None
        for number in sorted(range(len(candidate.settings)), key=lambda one: self._least(candidate, one)):
            if best is not None and self._least(candidate, number) >= (best[0], *best[1].cost[1:]):
                continue
            course = self._best(candidate, number, None if prices is None else prices[number])
            if course is not None:
                paid = course.deviation if prices is None else _paid(course, prices)
                if best is None or (paid, course.cost) < (best[0], best[1].cost):
                    best = paid, course
        return None if best is None else best[1]

    def _least(self, candidate: Candidate, number: int) -> Cost:
        return self.asks.least.get((candidate.patient, number), (0, 0, 0, 0))

    def alone(self, candidate: Candidate, days: Sequence[Mapping[str, int] | None]) -> JointCourse | None:
        """Return the best course of a patient in an empty timetable, and note what that costs with each therapist.

        ``days`` are the best with each as far as the search tells, ``None`` where it knows of none.
        """
        found = [None if own is None else self._alone(candidate, number, own) for number, own in enumerate(days)]
        for number, course in enumerate(found):
            self.asks.least[candidate.patient, number] = NEVER if course is None else course.cost
        return min((course for course in found if course is not None), key=lambda course: course.cost, default=None)

    def _alone(self, candidate: Candidate, number: int, days: Mapping[str, int]) -> JointCourse | None:
        course = course_on(candidate, number, days)
        if course is not None and self.enter(course):
            self.remove(course)
            return course
        return self._best(candidate, number, None)

    def _best(self, candidate: Candidate, number: int, prices: DayPrices | None) -> JointCourse | None:
        for _ in range(_TRIES):
            problem = self.left_for(candidate, number)
            try:
                placement = place(problem, prices=prices, effort=EFFORT)
            except UndecidedError:
                return None
            if placement is None:
                return None
            course = course_on(candidate, number, placement.days)
            if course is None:
                raise AssertionError("the search broke a hard limit")
            self.add(course)
            crowded = self.crowded(course)
            self.remove(course)
            if not crowded:
                return course
            for day, _, ask in self.asks.of_course(course):
                if day in crowded:
                    self.close(day, ask)
        return None

    def left_for(self, candidate: Candidate, number: int) -> Problem:
        """Return a patient's problem with the days that the others leave open."""
        setting, problem = candidate.settings[number], candidate.problems[number]
        origin = problem.origin.toordinal()
        known: dict[tuple[Shape, int], tuple[OpenDay, ...]] = {}
        visits = []
        for visit in problem.visits:
            if visit.fixed is None:
                shape = setting.shapes[visit.id]
                key = shape, id(visit.days)
                if key not in known:
                    known[key] = tuple(
                        choice
                        for choice in visit.days
                        if self.may_open(
                            origin + choice.day, self.asks.of(candidate.patient, number, shape, origin + choice.day)
                        )
                    )
                visits.append(replace(visit, days=known[key]))
            else:
                visits.append(visit)
        return replace(problem, visits=tuple(visits))


def known_fit(packing: DayPacking, asks: Sequence[SlotAsk]) -> tuple[Spot, ...] | None:
    """Return spots for visits; ``None`` where they do not fit, or it is too much work to tell."""
    try:
        return packing.fit(asks)
    except UnknownError:
        return None


def _paid(course: JointCourse, prices: Sequence[DayPrices]) -> int:
    own = prices[course.setting]
    return course.deviation + sum(days.get(course.days[visit], 0) for visit, days in own.items())
