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
from typing import Any, NamedTuple, cast

from ortools.sat.python import cp_model
from support.brute_force import is_legal, value
from support.random_clinics import LENGTHS, NEEDS, PatientSpec, Spec

Document = dict[str, Any]
QUARTER = 15
TERMS = ("deviation", "preference", "sooner")
MOST = 1 << 20
"""More than one patient's deviation ever is here."""


class Best(NamedTuple):
    """The fewest patients without a course, and the least deviation of the others, by weight."""

    unplaced: int
    deviation: int


class Slot(NamedTuple):
    """A way to hold a visit: the minute, and what it takes."""

    start: int
    takes: tuple[str, ...]


class Goals(NamedTuple):
    """All that plans of several patients are compared by, in order: as a model says it, or in numbers."""

    unplaced: Any
    deviation: Any
    preference: Any
    sooner: Any
    largest: Any


def best_together(spec: Spec, documents: Mapping[str, Mapping[str | None, Document]]) -> Best:
    """Return the joint optimum; ``documents`` are by patient and therapist."""
    model, goals = _model(spec, documents)
    return Best(*(_settled(model, goal) for goal in goals[:2]))


def best_in_all(spec: Spec, documents: Mapping[str, Mapping[str | None, Document]]) -> Goals:
    """Return the joint optimum in all that plans are compared by; the courses have no follow-up."""
    model, goals = _model(spec, documents)
    return Goals(*(_settled(model, goal) for goal in goals))


def _settled(model: cp_model.CpModel, goal: Any) -> int:
    """Return the least of a goal, and keep to it from now on."""
    least = _least(model, goal)
    model.add(goal <= least)
    return least


def _model(spec: Spec, documents: Mapping[str, Mapping[str | None, Document]]) -> tuple[cp_model.CpModel, Goals]:
    model = cp_model.CpModel()
    taken: dict[tuple[str, date, int], list[Any]] = defaultdict(list)
    costs, unplaced, largest = list[dict[str, Any]](), list[Any](), model.new_int_var(0, MOST, "")
    for patient in spec.patients:
        cost, chosen = dict.fromkeys(TERMS, cast("Any", 0)), list[Any]()
        for therapist, document in documents[patient.name].items():
            on: dict[tuple[str, date], list[Any]] = defaultdict(list)
            for days in courses(document):
                here = model.new_bool_var("")
                chosen.append(here)
                own = value(document, days)
                for term in TERMS:
                    cost[term] += own[term] * here * (1 if term == "preference" else patient.weight)
                for visit, number in days.items():
                    on[visit, date.fromisoformat(document["origin"]) + timedelta(days=number)].append(here)
            for (visit, day), literals in on.items():
                spots = _spots(model, taken, visit, day, slots(spec, patient, visit, therapist, day))
                model.add(sum(spots) == sum(literals))
        unplaced.append(model.new_bool_var(""))
        model.add_exactly_one([*chosen, unplaced[-1]])
        model.add(cost["deviation"] <= largest)
        costs.append(cost)
    for (resource, _, _), users in taken.items():
        model.add(sum(users) <= capacity(spec, resource))
    deviation, preference, sooner = (sum(cost[term] for cost in costs) for term in TERMS)
    return model, Goals(sum(unplaced), deviation, preference, sooner, largest)


def _spots(
    model: cp_model.CpModel,
    taken: dict[tuple[str, date, int], list[Any]],
    visit: str,
    day: date,
    ways: Iterator[Slot],
) -> list[Any]:
    """Return a choice for each way to hold a visit on a day, entered with all that it takes."""
    spots = []
    for slot in ways:
        here = model.new_bool_var("")
        spots.append(here)
        for resource in slot.takes:
            for minute in range(slot.start, slot.start + LENGTHS[visit.rpartition("-")[0]], QUARTER):
                taken[resource, day, minute].append(here)
    return spots


def _least(model: cp_model.CpModel, goal: Any) -> int:
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
