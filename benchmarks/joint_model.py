"""A clinic's patients as one CP-SAT model, times and all: what a general solver makes of the same question.

Every patient has a course on days that keep the rules of the patient's own problem, and every visit a start on the
15-minute grid with rooms and people that nobody else has then. The deviation of the courses, summed, is minimised.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ortools.sat.python import cp_model
from support.cpsat import Model, new_solver

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.availability.minute_masks import STEP, minutes
from kapplan.planning.joint.asks import SlotAsk, whole
from kapplan.planning.joint.candidates import Candidate
from kapplan.planning.joint.timetable import Asks, SharedClinic

QUARTERS = 24 * 60 // STEP
UNBOUNDED = 1e9
OFTEN = 0.2
"""After so many seconds it is looked again whether the time is up."""


class Reached(NamedTuple):
    """The best deviation that was found, ``None`` where none was, and what none can be below."""

    value: int | None
    bound: int


def reached(candidates: Sequence[Candidate], clinic: SharedClinic, seconds: float) -> Reached:
    """Return how far CP-SAT comes in so many seconds of the processor, on one thread."""
    cp = cp_model.CpModel()
    origin = min(one.settings[0].problem.origin.toordinal() for one in candidates)
    taken: dict[str, list[Any]] = defaultdict(list)
    goals = [_entered(cp, one, Asks([one]), origin, taken) for one in candidates]
    for resource, intervals in taken.items():
        places = clinic.places.get(resource, 1)
        if places == 1:
            cp.add_no_overlap(intervals)
        else:
            cp.add_cumulative(intervals, [1] * len(intervals), places)
    cp.minimize(sum(goals))
    solver = new_solver(UNBOUNDED, probing=True)
    with _stopped_after(solver, seconds):
        status = solver.solve(cp)
    found = status in {cp_model.OPTIMAL, cp_model.FEASIBLE}
    return Reached(round(solver.objective_value) if found else None, max(round(solver.best_objective_bound), 0))


@contextmanager
def _stopped_after(solver: cp_model.CpSolver, seconds: float) -> Iterator[None]:
    """Have a search end after so many seconds of the processor, however busy the machine is."""
    begun, ended = time.process_time(), threading.Event()

    def watch() -> None:
        while not ended.wait(OFTEN):
            if time.process_time() - begun > seconds:
                solver.stop_search()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _entered(cp: cp_model.CpModel, one: Candidate, asks: Asks, origin: int, taken: dict[str, list[Any]]) -> Any:
    """Enter a patient with what they take, and return what their days off target cost."""
    documents = [problem_document(setting.problem) for setting in one.settings]
    if any(document != documents[0] for document in documents):
        raise ValueError("with each therapist the days must be the same")
    model = Model(documents[0], cp)
    whom = [cp.new_bool_var("") for _ in one.settings]
    cp.add_exactly_one(whom)
    own = one.settings[0].problem.origin.toordinal()
    visits = []
    for visit in one.settings[0].problem.visits:
        days = model.domain[visit.id]
        found = [
            {day: asks.of(one.patient, number, setting.shapes[visit.id], own + day) for day in days}
            for number, setting in enumerate(one.settings)
        ]
        start = cp.new_int_var_from_domain(cp_model.Domain.from_values(sorted(_starts(found, own - origin))), "")
        quarter = cp.new_int_var(0, QUARTERS - 1, "")
        cp.add(start == (model.day[visit.id] + own - origin) * QUARTERS + quarter)
        length = -(-max(ask.minutes for by_day in found for ask in by_day.values()) // STEP)
        visits.append(cp.new_fixed_size_interval_var(start, length, ""))
        _enter_ways(cp, found, whom, start, taken)
    cp.add_no_overlap(visits)
    return model.terms["deviation"]


def _starts(found: Sequence[dict[int, SlotAsk]], later: int) -> set[int]:
    """Return the quarters, from the first day of all, at which a visit can begin in any way."""
    return {
        (day + later) * QUARTERS + minute // STEP
        for by_day in found
        for day, ask in by_day.items()
        for way in ask.ways
        for minute in minutes(way.starts)
    }


def _enter_ways(
    cp: cp_model.CpModel,
    found: Sequence[dict[int, SlotAsk]],
    whom: Sequence[Any],
    start: Any,
    taken: dict[str, list[Any]],
) -> None:
    """Enter what a visit takes: one of the ways that the therapist's days have, whichever starts these allow."""
    using: dict[tuple[str, tuple[int, int]], list[Any]] = defaultdict(list)
    for with_whom, by_day in zip(whom, found, strict=True):
        ways = sorted({way.takes for ask in by_day.values() for way in ask.ways})
        literals = [cp.new_bool_var("") for _ in ways]
        cp.add(sum(literals) == with_whom)
        for takes, literal in zip(ways, literals, strict=True):
            for resource, stretches in takes:
                for stretch in stretches:
                    using[resource, whole(stretch)].append(literal)
    for (resource, (begin, end)), literals in using.items():
        used = cp.new_bool_var("")
        cp.add(sum(literals) == used)
        first, size = begin // STEP, (end - begin) // STEP
        taken[resource].append(cp.new_optional_fixed_size_interval_var(start + first, size, used, ""))
