"""What a problem means, case by case, worked out by hand from docs/problem-format.md.

Placement and the oracles all give the answer that the page leads to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from support import brute_force, cpsat

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.problem import (
    NEW_PLAN,
    RE_PLAN,
    OpenDay,
    Problem,
    ProblemLimit,
    ProblemTiming,
    ProblemVisit,
    Term,
)
from kapplan.planning.solver.optimum import place

Outcome = dict[str, int] | None


@dataclass(frozen=True)
class Case:
    """A problem of a few visits, the days expected of it (``None``: no answer) and some of the terms expected."""

    says: str
    visits: tuple[ProblemVisit, ...]
    expected: Outcome
    timing: tuple[ProblemTiming, ...] = ()
    limits: tuple[ProblemLimit, ...] = ()
    terms: tuple[tuple[Term, int], ...] = ()
    origin: date = date(2027, 1, 4)
    objective: tuple[Term, ...] = NEW_PLAN

    def problem(self) -> Problem:
        """Return the problem itself."""
        return Problem(
            origin=self.origin,
            horizon=500,
            visits=self.visits,
            timing=self.timing,
            limits=self.limits,
            objective=self.objective,
        )


def free(visit: str, *days: int | tuple[int, int, int, int], **more: Any) -> ProblemVisit:
    """Return a visit to place, on days of no cost or given as (day, preference, disturbance, move)."""
    opened = tuple(OpenDay(day) if isinstance(day, int) else OpenDay(*day) for day in days)
    return ProblemVisit(id=visit, tier=more.pop("tier", "course"), days=opened, **more)


def held(visit: str, day: int, **more: Any) -> ProblemVisit:
    """Return a visit that stays where it is."""
    return ProblemVisit(id=visit, tier=more.pop("tier", "course"), fixed=day, **more)


def rule(visit: str, after: str | int, **bounds: Any) -> ProblemTiming:
    """Return a timing rule."""
    return ProblemTiming(rule=f"{visit} after {after}", visit=visit, after=after, **bounds)


def cap(*visits: str, **more: Any) -> ProblemLimit:
    """Return a cap over some visits."""
    return ProblemLimit(rule="cap", type="cap", visits=visits, **more)


def distinct(*visits: str) -> ProblemLimit:
    """Return a limit that keeps visits on different days."""
    return ProblemLimit(rule="distinct", type="distinct_days", visits=visits)


WEEK = tuple(range(7))

CASES = (
    Case(
        "nothing but the days: the earliest of each",
        (free("a", 3, 5), free("b", 2, 4)),
        {"a": 3, "b": 2},
        terms=(("sooner", 5),),
    ),
    Case("a visit without an open day", (free("a", 1), free("b")), None),
    Case(
        "min and max are hard, both ends included",
        (held("a", 0), free("b", 1, 2, 4, 5)),
        {"a": 0, "b": 2},
        (rule("b", "a", min=2, max=4),),
    ),
    Case("no open day within min and max", (held("a", 0), free("b", 1, 5)), None, (rule("b", "a", min=2, max=4),)),
    Case(
        "a day outside the target costs its weight, nearer is better than sooner",
        (held("a", 0), free("b", 1, 9)),
        {"a": 0, "b": 9},
        (rule("b", "a", target=(4, 7), weight=8),),
        terms=(("deviation", 16), ("sooner", 9)),
    ),
    Case(
        "within the target all days are alike, and the sooner one wins",
        (held("a", 0), free("b", 1, 4, 7)),
        {"a": 0, "b": 4},
        (rule("b", "a", target=(4, 7), weight=8),),
        terms=(("deviation", 0),),
    ),
    Case(
        "both ends move: the anchor waits so that the visit meets its target",
        (free("a", 0, 3), free("b", 10)),
        {"a": 3, "b": 10},
        (rule("b", "a", target=(7, 7), weight=1),),
    ),
    Case(
        "bounds below zero put a visit before its anchor",
        (free("a", *WEEK), held("b", 6)),
        {"a": 3, "b": 6},
        (rule("a", "b", min=-3, max=-1),),
    ),
    Case(
        "a rule may count from a day",
        (free("a", *WEEK),),
        {"a": 4},
        (rule("a", -2, min=6),),
    ),
    Case(
        "the course's deviation comes before that of the follow-up, whatever the weights",
        (free("a", 0, 1), held("b", 0), free("c", 8, tier="follow-up")),
        {"a": 1, "b": 0, "c": 8},
        (rule("a", "b", target=(1, 1), weight=1), rule("c", "a", target=(8, 8), weight=100)),
        terms=(("deviation", 0), ("follow_up_deviation", 100)),
    ),
    Case(
        "a rule counts to the tier of its visit, not of its anchor",
        (free("a", 0, tier="follow-up"), free("b", 3)),
        {"a": 0, "b": 3},
        (rule("b", "a", target=(1, 1), weight=2),),
        terms=(("deviation", 4), ("follow_up_deviation", 0)),
    ),
    Case(
        "preference comes after deviation and before sooner",
        (held("a", 0), free("b", (1, 2, 0, 0), (2, 1, 0, 0), (9, 0, 0, 0))),
        {"a": 0, "b": 2},
        (rule("b", "a", target=(0, 2), weight=1),),
        terms=(("preference", 1),),
    ),
    Case(
        "a month from 31 January ends on 28 February",
        (held("a", 30), free("b", 57, 58, 59)),
        {"a": 30, "b": 58},
        (rule("b", "a", months=1, min=0, max=1),),
        origin=date(2027, 1, 1),
    ),
    Case(
        "two months from 31 January are 31 March, not chained",
        (held("a", 30), free("b", *range(85, 95))),
        {"a": 30, "b": 89},
        (rule("b", "a", months=2, min=0, max=0),),
        origin=date(2027, 1, 1),
    ),
    Case(
        "29 February where the year has one",
        (held("a", 30), free("b", 58, 59, 60)),
        {"a": 30, "b": 59},
        (rule("b", "a", months=1, target=(0, 0), weight=1),),
        origin=date(2028, 1, 1),
    ),
    Case(
        "different anchors may clip to the same day",
        (free("a", 29, 30), free("b", 61)),
        {"a": 29, "b": 61},
        (rule("b", "a", months=1, min=3, max=3),),
        origin=date(2027, 1, 1),
    ),
    Case(
        "months back, into the year before",
        (free("a", -33, -31, -30), held("b", 0)),
        {"a": -31, "b": 0},
        (rule("a", "b", months=-1, min=0),),
        origin=date(2027, 1, 4),
    ),
    Case(
        "a cap counts blocks from its anchor, not calendar weeks",
        (free("a", 3), free("b", *range(4, 12)), free("c", *range(4, 12))),
        {"a": 3, "b": 4, "c": 10},
        (rule("c", "b", min=1),),
        (cap("a", "b", "c", anchor="a", every=7, max=2),),
    ),
    Case(
        "blocks before the anchor are capped too",
        (free("a", *WEEK), free("b", *WEEK), held("c", 6)),
        {"a": 0, "b": 3, "c": 6},
        (rule("b", "a", min=1),),
        (cap("a", "b", anchor="c", every=3, max=1),),
    ),
    Case(
        "an anchor outside the cap is not counted",
        (held("a", 0), free("b", *WEEK)),
        {"a": 0, "b": 0},
        limits=(cap("b", anchor="a", every=7, max=1),),
    ),
    Case(
        "an anchor inside the cap is counted",
        (held("a", 0), free("b", *range(9))),
        {"a": 0, "b": 7},
        limits=(cap("a", "b", anchor="a", every=7, max=1),),
    ),
    Case(
        "an anchor that moves takes its blocks along",
        (free("a", 0, 1), held("b", 7), held("c", 8), free("d", 2)),
        {"a": 1, "b": 7, "c": 8, "d": 2},
        (rule("d", "a", target=(1, 1), weight=1),),
        (cap("a", "d", "b", anchor="a", every=7, max=3),),
    ),
    Case(
        "the days from and until are one block where there is no every",
        (free("a", *WEEK), free("b", *WEEK), free("c", *WEEK)),
        {"a": 0, "b": 0, "c": 5},
        (rule("c", "a", min=1),),
        (cap("a", "b", "c", from_=0, until=4, max=2),),
    ),
    Case(
        "outside from and until nothing is counted, in blocks either",
        (free("a", *WEEK), free("b", *WEEK)),
        {"a": 0, "b": 0},
        limits=(cap("a", "b", anchor=0, every=7, from_=1, max=1),),
    ),
    Case(
        "a block that history overfilled is full, not broken",
        (held("a", 0), held("b", 1), held("c", 2), free("d", *range(3, 9))),
        {"a": 0, "b": 1, "c": 2, "d": 7},
        limits=(cap("a", "b", "c", "d", anchor="a", every=7, max=2),),
    ),
    Case(
        "rules among what was held neither forbid nor cost",
        (held("a", 0), held("b", 0), free("c", 5)),
        {"a": 0, "b": 0, "c": 5},
        (rule("b", "a", min=3, target=(7, 7), weight=8), rule("a", 40, min=0, target=(0, 0), weight=8)),
        (distinct("a", "b"),),
        terms=(("deviation", 0),),
    ),
    Case(
        "a rule between what was held and what was not does",
        (held("a", 0), free("b", 1, 3)),
        {"a": 0, "b": 3},
        (rule("b", "a", min=2),),
    ),
    Case(
        "a visit that was held stays, open day or not, and costs no preference",
        (held("a", -3, days=(OpenDay(-3, 5, 8, 1),), confirmed=True, announced=-9), free("b", 1)),
        {"a": -3, "b": 1},
        terms=(("confirmed_moves", 0), ("disturbance", 0), ("days_moved", 0), ("preference", 0), ("sooner", 1)),
        objective=RE_PLAN,
    ),
    Case(
        "no two on one day, and the first listed goes first",
        (free("b", 1, 2), free("a", 1, 2)),
        {"b": 1, "a": 2},
        limits=(distinct("a", "b"),),
    ),
    Case(
        "a day on which two cannot be together is open to each alone",
        (free("a", 1, 2), free("b", 1, 2), free("c", 2)),
        {"a": 1, "b": 2, "c": 2},
        limits=(ProblemLimit(rule="slots", type="not_together", visits=("a", "b"), days=(1,)),),
    ),
    Case(
        "a confirmed visit moves last, even at the price of many announced ones",
        (
            free("a", (1, 0, 0, 0), (2, 0, 8, 1), announced=1, confirmed=True),
            free("b", (1, 0, 0, 0), (3, 0, 8, 1), announced=1),
            free("c", (1, 0, 0, 0), (4, 0, 24, 1), announced=1),
        ),
        {"a": 1, "b": 3, "c": 4},
        limits=(distinct("a", "b", "c"),),
        terms=(("confirmed_moves", 0), ("disturbance", 32), ("days_moved", 5)),
        objective=RE_PLAN,
    ),
    Case(
        "an announced day whose time is taken is a move of no days",
        (free("a", (5, 0, 8, 1), (6, 0, 8, 1), announced=5),),
        {"a": 5},
        terms=(("disturbance", 8), ("days_moved", 0)),
        objective=RE_PLAN,
    ),
    Case(
        "once a visit moves, deviation decides where to, before the days moved",
        (held("a", 0), free("b", (9, 0, 8, 1), (7, 0, 8, 1), announced=10)),
        {"a": 0, "b": 7},
        (rule("b", "a", target=(7, 7), weight=1),),
        terms=(("disturbance", 8), ("days_moved", 3)),
        objective=RE_PLAN,
    ),
    Case(
        "a visit moves where that brings the course nearer to its targets by more than the move costs",
        (held("a", 0), free("b", (7, 0, 8, 1), (10, 0, 0, 0), announced=10)),
        {"a": 0, "b": 7},
        (rule("b", "a", target=(7, 7), weight=4),),
        terms=(("confirmed_moves", 0), ("disturbance", 8)),
        objective=RE_PLAN,
    ),
    Case(
        "a visit stays where its move would cost more than the days off target",
        (held("a", 0), free("b", (7, 0, 24, 1), (10, 0, 0, 0), announced=10)),
        {"a": 0, "b": 10},
        (rule("b", "a", target=(7, 7), weight=4),),
        terms=(("confirmed_moves", 0), ("disturbance", 12)),
        objective=RE_PLAN,
    ),
    Case(
        "moves of the follow-up never buy a day of the course",
        (
            held("a", 0),
            free("b", (7, 0, 0, 0), (8, 0, 0, 0)),
            free("c", (20, 0, 0, 0), (21, 0, 5, 1), announced=20, tier="follow-up"),
        ),
        {"a": 0, "b": 7, "c": 21},
        (rule("b", "a", target=(7, 7), weight=4), rule("c", "b", min=14)),
        terms=(("disturbance", 0), ("follow_up_disturbance", 5)),
        objective=RE_PLAN,
    ),
    Case(
        "the move of a visit that nobody was told of does not count",
        (free("a", (1, 0, 0, 1), (2, 0, 0, 0)),),
        {"a": 1},
        terms=(("confirmed_moves", 0), ("disturbance", 0), ("days_moved", 0)),
        objective=RE_PLAN,
    ),
    Case(
        "terms that are not in the objective do not count",
        (free("a", (1, 0, 8, 1), (2, 0, 0, 0), announced=2, confirmed=True),),
        {"a": 1},
    ),
)


def from_json(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as a reader of its text has it."""
    read: dict[str, Any] = json.loads(json.dumps(document))
    return read


def by_placement(problem: Problem) -> tuple[dict[str, int], dict[str, int]] | None:
    """Return days and terms as kapplan has them."""
    found = place(problem)
    return None if found is None else (dict(found.days), {str(term): n for term, n in found.objective.items()})


def by_brute_force(problem: Problem) -> tuple[dict[str, int], dict[str, int]] | None:
    """Return days and terms as brute force has them."""
    found = brute_force.optimum(from_json(problem_document(problem)))
    return None if found is None else (found.days, found.objective)


def by_enumeration(problem: Problem) -> tuple[dict[str, int], dict[str, int]] | None:
    """Return days and terms as plain enumeration has them."""
    found = brute_force.optimum_by_product(from_json(problem_document(problem)))
    return None if found is None else (found.days, found.objective)


def by_cpsat(problem: Problem) -> tuple[dict[str, int], dict[str, int]] | None:
    """Return days and terms as CP-SAT has them."""
    found = cpsat.solve(from_json(problem_document(problem)), ties=True)
    return None if found is None else (found.days, found.objective)


@pytest.mark.parametrize("solver", [by_placement, by_brute_force, by_enumeration, by_cpsat])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_a_problem_means_what_the_page_says(
    case: Case, solver: Callable[[Problem], tuple[dict[str, int], dict[str, int]] | None]
) -> None:
    """Each solver gives the days that the page's words lead to, and the terms."""
    found = solver(case.problem())
    if case.expected is None:
        assert found is None
        return
    assert found is not None
    days, terms = found
    assert days == case.expected
    assert {term: terms.get(term, 0) for term, _ in case.terms} == dict(case.terms)
