"""Every built-in protocol against CP-SAT, on the calendars of a clinic and a patient."""

from __future__ import annotations

import json

import pytest
from support import brute_force, cpsat
from support.builtin_problems import builtin_problem

import kapplan
from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.problem import Problem
from kapplan.planning.solver.optimum import place


def check(problem: Problem) -> None:
    """Compare terms and ties with CP-SAT, which has nothing but the JSON."""
    document = json.loads(json.dumps(problem_document(problem)))
    best, found = cpsat.solve(document), place(problem)
    assert (found is None) == (best is None)
    if found is not None and best is not None:
        assert dict(found.objective) == best.objective
        assert brute_force.is_legal(document, found.days)
        assert brute_force.value(document, found.days) == best.objective
        assert cpsat.earlier_tie(document, best.objective, dict(found.days)) is None


@pytest.mark.parametrize("protocol", kapplan.protocol_ids())
def test_a_builtin_protocol_is_placed_as_by_cpsat(protocol: str) -> None:
    """The plan of every built-in protocol has the terms of CP-SAT's answer, and of all such plans is the first."""
    check(builtin_problem(protocol, months=3))


@pytest.mark.parametrize("protocol", ["kap-standard", "esketamine-trd", "journey-clinical", "canbind-2020"])
def test_a_builtin_protocol_is_placed_as_by_cpsat_around_a_patients_week(protocol: str) -> None:
    """So has that of a patient who is free on some weekdays only and prefers one of them."""
    check(builtin_problem(protocol, weekdays=("mon", "wed", "thu"), prefer=("thu",), months=3))


@pytest.mark.thorough
@pytest.mark.parametrize("weekday", ["mon", "tue", "wed", "thu", "fri"])
@pytest.mark.parametrize("protocol", kapplan.protocol_ids())
def test_builtin_protocols_are_placed_as_by_cpsat_around_any_day_off(protocol: str, weekday: str) -> None:
    """With any weekday taken away, a plan still has the terms of CP-SAT's answer, or there is none in both."""
    week = [day for day in ("mon", "tue", "wed", "thu", "fri") if day != weekday]
    check(builtin_problem(protocol, weekdays=week, prefer=week[:2], months=12))  # type: ignore[arg-type]
