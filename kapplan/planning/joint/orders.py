"""One after the other: patients placed in some order, each beside those before; the scarcest openings first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from kapplan.planning.joint.candidates import Candidate, JointCourse
from kapplan.planning.joint.timetable import Timetable
from kapplan.planning.solver.optimum import DayPrices

Prices = Mapping[str, Sequence[DayPrices]]
"""What days cost each patient's visits beside their deviation, for each of the patient's settings."""


def placed(
    order: Sequence[Candidate],
    timetable: Timetable,
    prices: Prices | None = None,
    *,
    heed: Callable[[], None] = lambda: None,
) -> Iterator[tuple[str, JointCourse | None]]:
    """Yield each patient with their best course beside those entered and those before; all are entered.

    ``heed`` is called before each patient and may raise to end it.
    """
    for candidate in order:
        heed()
        course = timetable.best(candidate, None if prices is None else prices[candidate.patient])
        if course is not None:
            timetable.add(course)
        yield candidate.patient, course


def one_by_one(
    order: Sequence[Candidate], timetable: Timetable, prices: Prices | None = None
) -> dict[str, JointCourse | None]:
    """Return the course of each patient as ``placed`` yields them."""
    return dict(placed(order, timetable, prices))


def rounded(
    candidates: Iterable[Candidate],
    wished: Mapping[str, Sequence[JointCourse]],
    timetable: Timetable,
    prices: Prices | None,
    *,
    heed: Callable[[], None] = lambda: None,
) -> dict[str, JointCourse | None]:
    """Return courses of all patients: of those ``wished``, in their order, the first that fits beside those before.

    Patients come in the order of ``wished``; those for whom nothing that is wished fits come last, scarcest first.
    """
    found: dict[str, JointCourse | None] = {}
    for patient, courses in wished.items():
        course = next((course for course in courses if timetable.enter(course)), None)
        if course is not None:
            found[patient] = course
    left = scarcest_first(one for one in candidates if one.patient not in found)
    return found | dict(placed(left, timetable, prices, heed=heed))


def scarcest_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return patients in the order of how few days they have open for each visit, by priority."""

    def openings(candidate: Candidate) -> tuple[float, str]:
        free = [[visit for visit in setting.problem.visits if visit.fixed is None] for setting in candidate.settings]
        scarce = min(sum(1 / max(len(visit.days), 1) for visit in visits) for visits in free)
        return -scarce * candidate.weight, candidate.patient

    return sorted(candidates, key=openings)
