"""The search without costs: it finds days that keep every rule exactly where there are some."""

from __future__ import annotations

import random
from datetime import date

import pytest
from support.rules_oracle import keeps_rules, random_problem, solvable

from kapplan.planning.feasibility.feasibility import feasible
from kapplan.planning.problem.problem import OpenDay, Problem, ProblemLimit, ProblemTiming, ProblemVisit


def problem(
    days: dict[str, list[int] | int],
    *timing: ProblemTiming,
    limits: tuple[ProblemLimit, ...] = (),
    origin: date = date(2027, 1, 4),
) -> Problem:
    """Return a problem from the open days (a list) or the fixed day (a number) of each visit."""
    visits = tuple(
        ProblemVisit(id=name, tier="course", fixed=own)
        if isinstance(own, int)
        else ProblemVisit(id=name, tier="course", days=tuple(map(OpenDay, own)))
        for name, own in days.items()
    )
    return Problem(origin=origin, horizon=400, visits=visits, timing=timing, limits=limits)


def check_against_brute_force(seeds: range, *, visits: int = 4) -> None:
    """Assert that the search and brute force agree on random problems, and that what is found keeps the rules."""
    for seed in seeds:
        made = random_problem(random.Random(seed), visits=visits)
        found = feasible(made)
        assert (found is not None) == solvable(made), seed
        assert found is None or keeps_rules(made, found), seed


def test_agrees_with_brute_force() -> None:
    """Random problems with every kind of rule have an answer exactly if brute force finds one."""
    check_against_brute_force(range(3000))


def test_agrees_with_brute_force_on_crowded_courses() -> None:
    """So do problems with more visits."""
    check_against_brute_force(range(500), visits=6)


@pytest.mark.thorough
def test_agrees_with_brute_force_at_length() -> None:
    """So do many more."""
    check_against_brute_force(range(10_000, 60_000), visits=5)


AFTER = ProblemTiming(rule="gap", visit="dosing-2", after="dosing-1", min=2, max=4)
MONTH = ProblemTiming(rule="month", visit="check-in-1", after="dosing-1", months=1, min=0, max=0)
WEEKLY = ProblemLimit(
    rule="weekly", type="cap", visits=("dosing-1", "dosing-2", "dosing-3"), anchor="dosing-1", every=7, max=2
)
ONE_A_DAY = ProblemLimit(rule="one-a-day", type="distinct_days", visits=("dosing-1", "dosing-2"))
NO_ROOM_FOR_BOTH = ProblemLimit(rule="times", type="not_together", visits=("dosing-1", "dosing-2"), days=(3,))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(
            problem({"dosing-1": [0], "dosing-2": [1, 3, 9]}, AFTER), {"dosing-1": 0, "dosing-2": 3}, id="gap"
        ),
        pytest.param(problem({"dosing-1": [0], "dosing-2": [1, 5]}, AFTER), None, id="gap with no open day"),
        pytest.param(problem({"dosing-1": []}), None, id="a visit without open days"),
        pytest.param(problem({}), {}, id="no visits"),
        pytest.param(problem({"dosing-1": 0, "dosing-2": 1}, AFTER), {"dosing-1": 0, "dosing-2": 1}, id="history"),
        pytest.param(
            problem({"dosing-2": [0, 3], "dosing-1": 2}, AFTER), None, id="a fixed anchor is as good as an open one"
        ),
        pytest.param(
            problem({"dosing-1": [27], "check-in-1": list(range(30, 60))}, MONTH),
            {"dosing-1": 27, "check-in-1": 55},
            id="31 January and a month is 28 February",
        ),
        pytest.param(
            problem({"dosing-1": list(range(20, 40)), "check-in-1": [55]}, MONTH),
            {"dosing-1": 24, "check-in-1": 55},
            id="the earliest day a month before 28 February is 28 January",
        ),
        pytest.param(
            problem({"dosing-1": [0], "dosing-2": [2], "dosing-3": [6, 7]}, limits=(WEEKLY,)),
            {"dosing-1": 0, "dosing-2": 2, "dosing-3": 7},
            id="weeks count from the first dose",
        ),
        pytest.param(
            problem({"dosing-1": [0], "dosing-2": [2], "dosing-3": [6]}, limits=(WEEKLY,)), None, id="a full week"
        ),
        pytest.param(
            problem({"dosing-1": 0, "dosing-2": 2, "dosing-3": 6}, limits=(WEEKLY,)),
            {"dosing-1": 0, "dosing-2": 2, "dosing-3": 6},
            id="a week too full in history is no matter",
        ),
        pytest.param(problem({"dosing-1": [3], "dosing-2": [3]}, limits=(ONE_A_DAY,)), None, id="one a day"),
        pytest.param(
            problem({"dosing-1": [3], "dosing-2": [3]}, limits=(NO_ROOM_FOR_BOTH,)), None, id="no time for two"
        ),
        pytest.param(
            problem({"dosing-1": [4], "dosing-2": [4]}, limits=(NO_ROOM_FOR_BOTH,)),
            {"dosing-1": 4, "dosing-2": 4},
            id="time for two on another day",
        ),
    ],
)
def test_reads_rules_as_documented(made: Problem, expected: dict[str, int] | None) -> None:
    """Each kind of rule means what the problem's documentation says."""
    assert feasible(made) == expected
