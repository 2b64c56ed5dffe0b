"""The independent oracle of joint planning: all patients of a small clinic as one OR-Tools CP-SAT model.

Reads the specification of the clinic and the JSON documents of the patients' problems, and shares no code with the
program: every course whose days keep the rules is a choice, every start on the quarter hour with every room and person
another, and no quarter of an hour of anything is given out more often than it has places.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ortools.sat.python import cp_model
from support.brute_force import is_legal, value
from support.random_clinics import LENGTHS, NEEDS, PatientSpec, Spec

Document = dict[str, Any]
QUARTER = 15


class Best(NamedTuple):
    """The fewest patients without a course, and the least deviation of the others, by weight."""

    unplaced: int
    deviation: int


class Slot(NamedTuple):
    """A way to hold a visit: the minute, and what it takes."""

    start: int
    takes: tuple[str, ...]


def best_together(spec: Spec, documents: Mapping[str, Mapping[str | None, Document]]) -> Best:
    """Return the joint optimum; ``documents`` are by patient and therapist."""
    model = cp_model.CpModel()
    taken: dict[tuple[str, date, int], list[Any]] = defaultdict(list)
    unplaced, deviation = [], []
    for patient in spec.patients:
        chosen = []
        on: dict[tuple[str, str | None, date], list[Any]] = defaultdict(list)
        for therapist, document in documents[patient.name].items():
            origin = date.fromisoformat(document["origin"])
            for days in courses(document):
                here = model.new_bool_var("")
                chosen.append(here)
                deviation.append(patient.weight * value(document, days)["deviation"] * here)
                for visit, number in days.items():
                    on[visit, therapist, origin + timedelta(days=number)].append(here)
        for (visit, therapist, day), literals in on.items():
            own = []
            for slot in slots(spec, patient, visit, therapist, day):
                here = model.new_bool_var("")
                own.append(here)
                kind = visit.rpartition("-")[0]
                for resource in slot.takes:
                    for minute in range(slot.start, slot.start + LENGTHS[kind], QUARTER):
                        taken[resource, day, minute].append(here)
            model.add(sum(own) == sum(literals))
        left_out = model.new_bool_var("")
        model.add_exactly_one([*chosen, left_out])
        unplaced.append(left_out)
    for (resource, _, _), users in taken.items():
        model.add(sum(users) <= capacity(spec, resource))
    fewest = _least(model, sum(unplaced))
    model.add(sum(unplaced) == fewest)
    return Best(fewest, _least(model, sum(deviation)))


def _least(model: cp_model.CpModel, goal: Any) -> int:
    if isinstance(goal, int):
        return goal
    model.minimize(goal)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    if solver.solve(model) != cp_model.OPTIMAL:
        raise TimeoutError("CP-SAT found no proof")
    return round(solver.objective_value)


def courses(document: Document) -> Iterator[dict[str, int]]:
    """Yield every choice of days that keeps the rules."""

    def further(days: dict[str, int], left: Sequence[Document]) -> Iterator[dict[str, int]]:
        if not left:
            yield dict(days)
            return
        for day, *_ in left[0]["days"]:
            with_it = {**days, left[0]["id"]: day}
            if is_legal(document, with_it):
                yield from further(with_it, left[1:])

    yield from further({}, document["visits"])


def slots(spec: Spec, patient: PatientSpec, visit: str, therapist: str | None, day: date) -> Iterator[Slot]:
    """Yield every way to hold a visit on a day."""
    kind = visit.rpartition("-")[0]
    length, weekday = LENGTHS[kind], day.weekday()
    choices = []
    for need in NEEDS[kind]:
        if need == "room":
            choices.append([f"room:{name}" for name in spec.rooms])
        else:
            fit = [name for name, one in spec.staff.items() if need in one.roles]
            choices.append([f"staff:{name}" for name in fit if need != "therapist" or name == therapist])
    for start in range(0, 24 * 60, QUARTER):
        for chosen in itertools.product(*choices):
            hours = [spec.hours, patient.hours]
            hours += [spec.staff[one.partition(":")[2]].hours for one in chosen if one.startswith("staff:")]
            spans = [one.get(weekday, (0, 0)) for one in hours]
            if all(begin <= start and start + length <= end for begin, end in spans):
                yield Slot(start, tuple(dict.fromkeys((*chosen, f"patient:{patient.name}"))))


def capacity(spec: Spec, resource: str) -> int:
    """Return how many visits a resource can have at a time."""
    kind, _, name = resource.partition(":")
    if kind == "room":
        return spec.rooms[name]
    return spec.staff[name].capacity if kind == "staff" else 1
