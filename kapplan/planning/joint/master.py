"""Choosing among known courses: one for each patient, what is scarce not given twice, at the least cost.

Linear and whole, by HiGHS (extra ``clinic``), which is imported here alone. Nothing that it returns is believed: prices
are rounded and what they prove is worked out anew, and a choice is looked at day by day before it is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kapplan.planning.joint.candidates import JointCourse
from kapplan.planning.joint.rows import Row, by_day, counted
from kapplan.planning.joint.timetable import Asks

NODES = 3_000
"""How many nodes of its tree a whole choice may look at, which ends it on every machine alike."""
_HALF = 0.5
_BEFORE = 1 << 10
"""A unit of the course's deviation counts as so many of the follow-up's, which is compared after it."""


def is_there() -> bool:
    """Return whether the solver is installed."""
    try:
        import highspy  # noqa: F401
    except ImportError:
        return False
    return True


class Duals(NamedTuple):
    """What a linear choice says: a price for each row, and each course's share."""

    prices: Mapping[Row, float]
    shares: Sequence[float]


class Master:
    """The courses known of each patient, and the rows known."""

    def __init__(self, patients: Sequence[str], asks: Asks) -> None:
        self.patients, self.asks = tuple(patients), asks
        self.columns: list[JointCourse] = []
        self.rows: dict[Row, int] = {}
        self._keys: set[object] = set()

    def add(self, courses: Sequence[JointCourse]) -> int:
        """Add courses that are not known yet, and return how many there were."""
        before = len(self.columns)
        for course in courses:
            key = course.patient, course.key
            if key not in self._keys:
                self._keys.add(key)
                self.columns.append(course)
        return len(self.columns) - before

    def linear(self, *, unplaced: int, count_only: bool) -> Duals | None:
        """Choose shares of courses; ``None`` where no choice leaves so few ``unplaced``.

        With ``count_only`` days off target cost nothing and patients without a course 1.
        """
        solver, numbers = self._model(whole=False, count_only=count_only, unplaced=unplaced)
        solver.run()
        solution = solver.getSolution()
        if "Optimal" not in str(solver.getModelStatus()) or not solution.dual_valid:
            return None
        duals = solution.row_dual
        prices = {row: max(-duals[number], 0.0) for row, number in numbers.items() if isinstance(row, Row)}
        return Duals(prices, solution.col_value[: len(self.columns)])

    def whole(self, *, weight: int) -> dict[str, JointCourse | None] | None:
        """Choose a course for each patient, ``None`` for whom it leaves out; ``None`` where no choice was found.

        A patient without a course costs as much as ``weight`` of deviation.
        """
        solver, _ = self._model(whole=True, count_only=False, unplaced=len(self.patients), weight=weight)
        solver.run()
        values = solver.getSolution().col_value
        if not len(values):
            return None
        chosen: dict[str, JointCourse | None] = dict.fromkeys(self.patients)
        for course, value in zip(self.columns, values, strict=False):
            if value > _HALF:
                chosen[course.patient] = course
        return chosen

    def _model(
        self, *, whole: bool, count_only: bool, unplaced: int, weight: int = 1
    ) -> tuple[Any, dict[Row | str, int]]:
        import highspy
        import numpy as np

        solver = highspy._Highs()  # type: ignore[attr-defined]  # noqa: SLF001  # its wrapper prints a name
        for option, value in (
            ("output_flag", False),
            ("random_seed", 0),
            ("threads", 1),
            ("mip_max_nodes", NODES),
            ("mip_rel_gap", 0.0),
        ):
            solver.setOptionValue(option, value)
        count = len(self.columns) + len(self.patients)
        costs = [0.0 if count_only else self._cost(course, whole) for course in self.columns]
        costs += [1.0 if count_only else float(weight * _BEFORE) if whole else 0.0] * len(self.patients)
        numbers = np.arange(count, dtype=np.int32)
        solver.addVars(count, np.zeros(count), np.ones(count))
        solver.changeColsCost(count, numbers, np.array(costs))
        if whole:
            solver.changeColsIntegrality(count, numbers, np.full(count, highspy.HighsVarType.kInteger))
        found: dict[Row | str, int] = {}
        for number, (name, low, high, terms) in enumerate(self._constraints(unplaced)):
            found[name] = number
            solver.addRow(low, high, len(terms), np.array(list(terms), dtype=np.int32), np.array(list(terms.values())))
        return solver, found

    @staticmethod
    def _cost(course: JointCourse, whole: bool) -> float:
        return float(course.cost[0] * _BEFORE + min(course.cost[1], _BEFORE - 1)) if whole else float(course.cost[0])

    def _constraints(self, unplaced: int) -> list[tuple[Row | str, float, float, dict[int, float]]]:
        """Return each constraint: its name, its bounds, and the columns with how often they count."""
        of_patient: dict[str, dict[int, float]] = {patient: {} for patient in self.patients}
        of_row: dict[Row, dict[int, float]] = defaultdict(dict)
        days = by_day(self.rows)
        for number, course in enumerate(self.columns):
            of_patient[course.patient][number] = 1.0
            for row, times in counted(course, self.asks, days).items():
                of_row[row][number] = float(times)
        slack = range(len(self.columns), len(self.columns) + len(self.patients))
        for number, patient in zip(slack, self.patients, strict=True):
            of_patient[patient][number] = 1.0
        infinite = float("inf")
        return [
            *((f"patient {patient}", 1.0, infinite, terms) for patient, terms in of_patient.items()),
            ("unplaced", -infinite, float(unplaced), dict.fromkeys(slack, 1.0)),
            *((row, -infinite, float(self.rows[row]), terms) for row, terms in of_row.items()),
        ]
