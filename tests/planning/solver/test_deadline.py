"""A deadline ends the search: what is found keeps all limits, its bound is true, and the clock is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.builtin_problems import builtin_demand
from support.crowded_courses import crowded_course

from kapplan.errors import UndecidedError
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.objective import evaluate
from kapplan.planning.problem.problem import Problem
from kapplan.planning.schedule.course import set_up
from kapplan.planning.solver.cost_network import Network
from kapplan.planning.solver.optimum import DEFAULT, Placement, place
from kapplan.planning.solver.prices import LagrangianBound, plain
from kapplan.planning.solver.start_days import rank


def after(looks: int) -> Callable[[], bool]:
    """Return a clock that has run out once it was looked at so often: no time is measured."""
    left = iter(range(looks))
    return lambda: next(left, None) is None


def hurried(problem: Problem, looks: int) -> Placement | UndecidedError | None:
    """Return what a search comes to whose time is up after so many looks at the clock."""
    try:
        return place(problem, effort=replace(DEFAULT, deadline=Deadline(after(looks))))
    except UndecidedError as error:
        return error


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("looks", [0, 30, 2_000])
def test_what_is_found_by_the_deadline_is_no_worse_than_is_said(seed: int, looks: int) -> None:
    """The optimum lies between the bound and the answer, and an answer that is not proven was ended by the deadline."""
    problem = crowded_course(seed)
    best, found = place(problem), hurried(problem, looks)
    if isinstance(found, UndecidedError):
        assert best is None
        assert found.out_of_time
        return
    assert (best is None) == (found is None)
    if best is None or found is None:
        return
    assert evaluate(problem, found.days) == found.objective
    assert tuple(best.objective.values()) <= tuple(found.objective.values())
    if found.proven:
        assert (found.days, found.ended) == (best.days, None)
    else:
        assert found.ended == "deadline"
        assert tuple(found.bound.values()) <= tuple(best.objective.values())


def test_once_the_deadline_is_over_a_start_takes_no_branches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each start then has any course that is at hand: no bound is worked out for each day of one of its visits."""
    made: list[Network] = []

    def counted(network: Network) -> LagrangianBound | None:
        made.append(network)
        return plain(network)

    monkeypatch.setattr("kapplan.planning.solver.search.plain", counted)
    demand = builtin_demand("glue-2018")
    asked = set_up(replace(demand, situation=replace(demand.situation, start_within=30)), None).problem
    starts = rank(asked, 30, replace(DEFAULT, deadline=Deadline(lambda: True)))
    assert len(made) <= 2 * len(starts)
    assert not any(start.proven for start in starts)


def test_without_a_deadline_work_ends_a_search() -> None:
    """An answer that is not proven for want of work says so; a deadline that is far away changes nothing."""
    answers = [_hasty(None), _hasty(Deadline(lambda: False))]
    assert answers[0] == answers[1]
    assert answers[0].ended == "work"


def _hasty(deadline: Deadline | None) -> Placement:
    effort = replace(DEFAULT, steps=50, deadline=deadline)
    answers = (place(crowded_course(seed), effort=effort) for seed in range(25))
    return next(found for found in answers if found is not None and not found.proven)


def test_a_deadline_that_has_come_does_not_go() -> None:
    """Once it is over it stays over, whatever the clock says."""
    ticks = iter([False, True, False])
    deadline = Deadline(lambda: next(ticks))
    assert [deadline.is_over() for _ in range(4)] == [False, True, True, True]
    assert deadline.over
