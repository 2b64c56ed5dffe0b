"""Choosing among known courses: one for each patient, what is scarce not given twice, at the least cost.

Linear and whole, by HiGHS (extra ``clinic``), which is imported here alone. Nothing that it returns is believed: prices
are rounded and what they prove is worked out anew, and a choice is looked at day by day before it is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from kapplan.planning.joint.asks import SlotAsk
from kapplan.planning.joint.candidates import JointCourse
from kapplan.planning.joint.rows import Row
from kapplan.planning.joint.timetable import Asks

NODES = 300
"""How many nodes of its tree a whole choice may look at, which ends it on every machine alike."""
_HALF = 0.5
_BEFORE = 1 << 10
"""A unit of the course's deviation counts as so many of the follow-up's, which is compared after it."""
_INFINITE = float("inf")


def is_there() -> bool:
    """Return whether the solver is installed."""
    try:
        import highspy  # noqa: F401
    except ImportError:
        return False
    return True


class Duals(NamedTuple):
    """What a linear choice says: what it costs, a price for each row, each course's share and how much it is too dear.

    A course that is too dear by more than a whole choice may cost beyond the linear one is in none that is better.
    """

    cost: float
    prices: Mapping[Row, float]
    shares: Sequence[float]
    too_dear: Sequence[float]


class Master:
    """The courses known of each patient, and the rows known, with how often a course is counted by a row.

    The linear choice goes on from the last one; columns and rows only ever join it.
    """

    def __init__(self, patients: Sequence[str], asks: Asks) -> None:
        self.patients, self.asks = tuple(patients), asks
        self.columns: list[JointCourse] = []
        self.of_patient: dict[str, list[JointCourse]] = {patient: [] for patient in self.patients}
        self.rows: dict[Row, int] = {}
        self.counts: list[dict[Row, int]] = []
        self._visits: dict[int, list[tuple[int, SlotAsk]]] = defaultdict(list)
        self._by_day: dict[int, list[Row]] = defaultdict(list)
        self.number = {patient: number for number, patient in enumerate(self.patients)}
        self._keys: set[object] = set()
        self._linear: _Linear | None = None

    def add(self, courses: Sequence[JointCourse]) -> int:
        """Add courses that are not known yet, and return how many there were."""
        before = len(self.columns)
        for course in courses:
            key = course.patient, course.key
            if key not in self._keys:
                self._keys.add(key)
                self._add(course)
        return len(self.columns) - before

    def _add(self, course: JointCourse) -> None:
        counts: dict[Row, int] = {}
        for day, _, ask in self.asks.of_course(course):
            self._visits[day].append((len(self.columns), ask))
            for row in self._by_day.get(day, ()):
                if times := row.counts(ask):
                    counts[row] = counts.get(row, 0) + times
        self.columns.append(course)
        self.of_patient[course.patient].append(course)
        self.counts.append(counts)

    def keep(self, rows: Mapping[Row, int]) -> bool:
        """Keep rows, each with how much it allows, from now on; return whether any of them is new."""
        new = {row: most for row, most in rows.items() if row not in self.rows}
        for row, most in new.items():
            self.rows[row] = most
            self._by_day[row.day].append(row)
            for number, ask in self._visits.get(row.day, ()):
                if times := row.counts(ask):
                    self.counts[number][row] = self.counts[number].get(row, 0) + times
        return bool(new)

    def linear(self, *, unplaced: int, count_only: bool) -> Duals | None:
        """Choose shares of courses; ``None`` where no choice leaves so few ``unplaced``.

        With ``count_only`` days off target cost nothing and patients without a course 1.
        """
        if self._linear is None:
            self._linear = _Linear(self)
        return self._linear.choose(unplaced, count_only=count_only)

    def whole(self, among: Collection[int], *, weight: int) -> dict[str, JointCourse | None] | None:
        """Choose a course for each patient, ``None`` for whom it leaves out; ``None`` where no choice was found.

        It looks ``among`` the columns of some numbers. A patient without a course costs as much as ``weight`` of
        deviation.
        """
        import highspy
        import numpy as np

        taken = sorted(among)
        count = len(taken) + len(self.patients)
        costs = [float(self.columns[number].cost[0] * _BEFORE + min(self.columns[number].cost[1], _BEFORE - 1))
                 for number in taken]  # fmt: skip
        costs += [float(weight * _BEFORE)] * len(self.patients)
        solver, numbers = _solver(), np.arange(count, dtype=np.int32)
        solver.addVars(count, np.zeros(count), np.ones(count))
        solver.changeColsCost(count, numbers, np.array(costs))
        solver.changeColsIntegrality(count, numbers, np.full(count, highspy.HighsVarType.kInteger))
        of_patient: list[list[int]] = [[len(taken) + number] for number in range(len(self.patients))]
        of_row: dict[Row, dict[int, float]] = defaultdict(dict)
        for here, number in enumerate(taken):
            of_patient[self.number[self.columns[number].patient]].append(here)
            for row, times in self.counts[number].items():
                of_row[row][here] = float(times)
        for own in of_patient:
            solver.addRow(1.0, _INFINITE, len(own), np.array(own, dtype=np.int32), np.ones(len(own)))
        for row, terms in of_row.items():
            if sum(terms.values()) > self.rows[row]:
                solver.addRow(-_INFINITE, float(self.rows[row]), len(terms), np.array(list(terms), dtype=np.int32),
                              np.array(list(terms.values())))  # fmt: skip
        solver.run()
        values = solver.getSolution().col_value
        if not len(values):
            return None
        chosen: dict[str, JointCourse | None] = dict.fromkeys(self.patients)
        for number, value in zip(taken, values, strict=False):
            if value > _HALF:
                chosen[self.columns[number].patient] = self.columns[number]
        return chosen


class _Linear:
    """The linear choice, kept from one to the next: whoever is left out first, then the columns, in their order."""

    def __init__(self, master: Master) -> None:
        import numpy as np

        self.master, self.solver = master, _solver()
        count = len(master.patients)
        self.columns, self.rows = 0, list[Row]()
        self.solver.addVars(count, np.zeros(count), np.ones(count))
        for number in range(count):
            self._add_row(1.0, _INFINITE, {number: 1.0})
        self._add_row(-_INFINITE, float(count), dict.fromkeys(range(count), 1.0))
        self._row_of: dict[Row, int] = {}

    def choose(self, unplaced: int, *, count_only: bool) -> Duals | None:
        import numpy as np

        self._catch_up()
        master, count = self.master, len(self.master.patients)
        costs = [float(count_only)] * count
        costs += [0.0 if count_only else float(column.cost[0]) for column in master.columns]
        self.solver.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), np.array(costs))
        self.solver.changeRowBounds(count, -_INFINITE, float(unplaced))
        self.solver.run()
        solution = self.solver.getSolution()
        if "Optimal" not in str(self.solver.getModelStatus()) or not solution.dual_valid:
            return None
        duals = solution.row_dual
        prices = {row: max(-duals[number], 0.0) for row, number in self._row_of.items()}
        cost = self.solver.getInfo().objective_function_value
        return Duals(cost, prices, solution.col_value[count:], solution.col_dual[count:])

    def _catch_up(self) -> None:
        """Take in the columns and the rows that are new."""
        import numpy as np

        master, count = self.master, len(self.master.patients)
        for number in range(self.columns, len(master.columns)):
            terms = {master.number[master.columns[number].patient]: 1.0}
            terms |= {self._row_of[row]: float(times) for row, times in master.counts[number].items()
                      if row in self._row_of}  # fmt: skip
            self.solver.addCol(0.0, 0.0, _INFINITE, len(terms), np.array(list(terms), dtype=np.int32),
                               np.array(list(terms.values())))  # fmt: skip
        self.columns = len(master.columns)
        new = {row: dict[int, float]() for row in master.rows if row not in self._row_of}
        for number, counts in enumerate(master.counts) if new else ():
            for row, times in counts.items():
                if row in new:
                    new[row][count + number] = float(times)
        for row, terms in new.items():
            self._row_of[row] = count + 1 + len(self._row_of)
            self._add_row(-_INFINITE, float(master.rows[row]), terms)

    def _add_row(self, low: float, high: float, terms: Mapping[int, float]) -> None:
        import numpy as np

        self.solver.addRow(
            low, high, len(terms), np.array(list(terms), dtype=np.int32), np.array(list(terms.values()), dtype=float)
        )


def _solver() -> Any:
    import highspy

    solver = highspy._Highs()  # type: ignore[attr-defined]  # noqa: SLF001  # its wrapper prints a name
    for option, value in (
        ("output_flag", False),
        ("random_seed", 0),
        ("threads", 1),
        ("mip_max_nodes", NODES),
        ("mip_rel_gap", 0.0),
    ):
        solver.setOptionValue(option, value)
    return solver
