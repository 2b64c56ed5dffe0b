"""One after the other: patients placed in some order, each beside those before; the scarcest openings first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from kapplan.planning.joint.candidates import Candidate, Courses, JointCourse, total
from kapplan.planning.joint.timetable import Timetable
from kapplan.planning.solver.optimum import DayPrices

Prices = Mapping[str, Sequence[DayPrices]]
"""What days cost each patient's visits beside their deviation, for each of the patient's settings."""


def one_by_one(
    order: Sequence[Candidate],
    timetable: Timetable,
    prices: Prices | None = None,
    *,
    heed: Callable[[], None] = lambda: None,
) -> dict[str, JointCourse | None]:
    """Return the best course of each patient beside those entered and those before; all are entered.

    ``heed`` is called before each patient and may raise to end it.
    """
    found: dict[str, JointCourse | None] = {}
    for candidate in order:
        heed()
        course = timetable.best(candidate, None if prices is None else prices[candidate.patient])
        if course is not None:
            timetable.add(course)
        found[candidate.patient] = course
    return found


def scarcest_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return patients in the order of how few days they have open for each visit, by priority."""

    def openings(candidate: Candidate) -> tuple[float, str]:
        free = [[visit for visit in setting.problem.visits if visit.fixed is None] for setting in candidate.settings]
        scarce = min(sum(1 / max(len(visit.days), 1) for visit in visits) for visits in free)
        return -scarce * candidate.weight, candidate.patient

    return sorted(candidates, key=openings)


def orders_of(candidates: Sequence[Candidate], alone: Courses) -> list[list[Candidate]]:
    """Return a few orders, no two alike: scarcest first, by priority, dearest alone first, as given."""
    scarce = scarcest_first(candidates)
    urgent = sorted(scarce, key=lambda one: -one.weight)
    dear = sorted(candidates, key=lambda one: -_deviation(alone.get(one.patient)))
    found: dict[tuple[str, ...], list[Candidate]] = {}
    for order in (scarce, urgent, dear, list(candidates)):
        found.setdefault(tuple(one.patient for one in order), order)
    return list(found.values())


def _deviation(course: JointCourse | None) -> int:
    return 0 if course is None else course.deviation


def best_of(tried: Iterable[dict[str, JointCourse | None]]) -> dict[str, JointCourse | None]:
    """Return the courses that cost least together."""
    return min(tried, key=lambda courses: total(courses.values()))
