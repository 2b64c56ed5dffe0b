"""Days to begin on: the same courses as placing one by one would give, ranked by what they deviate."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builtin_problems import builtin_demand
from support.courses import after, cap, distinct, problem, usual_course, visit
from support.crowded_courses import crowded_course
from support.random_courses import course_problem
from support.random_problems import small_problem

from kapplan.dates import Weekday
from kapplan.planning.problem.problem import NEW_PLAN, Problem
from kapplan.planning.schedule.course import set_up
from kapplan.planning.solver import start_days
from kapplan.planning.solver.label_setting import Meter
from kapplan.planning.solver.optimum import Placement, Solver, place
from kapplan.planning.solver.start_days import Start, rank


def one_by_one(asked: Problem, within: int) -> dict[int, Placement]:
    """Return the best course of each start, each placed by itself."""
    first, *others = asked.visits
    timing = tuple(rule for rule in asked.timing if rule.rule != "start")
    found = {}
    for choice in first.days:
        if first.fixed is None and 0 <= choice.day <= within:
            visits = (replace(first, days=(choice,)), *others)
            placed = place(replace(asked, visits=visits, timing=timing))
            if placed is not None:
                found[choice.day] = placed
    return found


@settings(max_examples=80)
@given(st.integers(0, 10**6))
def test_starts_are_what_placing_one_by_one_gives(seed: int) -> None:
    """On small problems of every kind, each start has the days that placing it alone gives."""
    asked = small_problem(seed)
    starts = {start.day: dict(start.days) for start in rank(asked, 10)}
    assert starts == {day: dict(placed.days) for day, placed in one_by_one(asked, 10).items()}


@pytest.mark.parametrize("seed", [0, 5, 14, 16, 28])
def test_starts_of_whole_courses(seed: int) -> None:
    """On whole courses too, each start has the days that placing it alone gives."""
    asked = course_problem(seed)
    starts = {start.day: dict(start.days) for start in rank(asked, 14)}
    assert starts == {day: dict(placed.days) for day, placed in one_by_one(asked, 14).items()}


def _branched(asked: Problem, within: int) -> tuple[Start, ...]:
    """Return the starts where each day of the junction is looked at by itself from the first start on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(start_days, "BRANCH_STEPS", 0)
        return rank(asked, within)


@pytest.mark.parametrize("batch", range(3))
def test_starts_are_the_same_by_the_day_of_the_junction(batch: int) -> None:
    """What is found on each day of the junction, for all starts at once, are the courses that each start has alone."""
    for seed in range(batch * 80, batch * 80 + 80):
        asked = small_problem(seed)
        assert _branched(asked, 12) == rank(asked, 12), f"small_problem({seed})"


@pytest.mark.parametrize("seed", [0, 5, 14])
def test_starts_of_whole_courses_are_the_same_by_the_day_of_the_junction(seed: int) -> None:
    """On whole courses, crowded ones among them, the days of the junction give the same starts, too."""
    for asked in (course_problem(seed), crowded_course(seed)):
        assert _branched(asked, 14) == rank(asked, 14)


def test_what_follows_the_junction_may_go_by_the_first_visit_too() -> None:
    """On one day of the junction, a visit bound to the first one also stands on other days for other starts."""
    asked = problem(
        visit("a", range(8)), visit("b", [14, 21]), visit("c", range(24, 44)), visit("d", range(30, 60)),
        timing=[
            after("b", "a", 7, 14, 20),
            after("c", "b", 3, 10, 22),
            after("c", "a", 20, 24, 40, weight=8),
            after("d", "b", 10, 20, 40, weight=4),
            after("d", "c", 3, 9, 30, weight=4),
        ],
    )  # fmt: skip
    branched = {start.day: dict(start.days) for start in _branched(asked, 10)}
    assert branched == {day: dict(placed.days) for day, placed in one_by_one(asked, 10).items()}
    assert len({days["c"] for days in branched.values() if days["b"] == 14}) > 1


def test_what_follows_the_junction_may_go_by_blocks_that_the_first_visit_begins() -> None:
    """On one day of the junction, visits of which a week takes one stand elsewhere where the weeks begin elsewhere."""
    timing = [
        after("b", "a", 1, 7, 14),
        after("c", "b", 1, 3, 20),
        after("d", "b", 1, 6, 20),
        after("d", "c", 1, 2, 20),
    ]
    asked = problem(
        visit("a", range(7)), visit("b", [9, 14]), visit("c", range(10, 40)), visit("d", range(10, 40)),
        timing=timing, limits=[cap("bcd", 1, anchor="a", every=7)],
    )  # fmt: skip
    branched = {start.day: dict(start.days) for start in _branched(asked, 10)}
    assert branched == {day: dict(placed.days) for day, placed in one_by_one(asked, 10).items()}
    assert len({(days["c"], days["d"]) for days in branched.values() if days["b"] == 9}) > 1


LONG_SEARCHES: dict[str, tuple[Weekday, ...]] = {
    "glue-2018": (),
    "montreal-2023": ("tue", "wed", "thu"),
    "singh-2016-thrice": ("mon", "tue", "thu"),
}


@pytest.mark.parametrize("protocol", LONG_SEARCHES)
def test_what_lies_behind_the_junction_is_looked_for_once(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty days of starts take less than a third of the steps that they take one after the other, and are the same."""
    demand = builtin_demand(protocol, weekdays=LONG_SEARCHES[protocol])
    asked = set_up(replace(demand, situation=replace(demand.situation, start_within=60)), None).problem
    made: list[Meter] = []
    counted = Solver.meter

    def meter(solver: Solver) -> Meter:
        made.append(counted(solver))
        return made[-1]

    monkeypatch.setattr(Solver, "meter", meter)
    together, steps = rank(asked, 60), sum(one.spent for one in made)
    made.clear()
    monkeypatch.setattr(start_days, "BRANCH_STEPS", 10**6)
    monkeypatch.setattr(start_days, "DOUBTED", 10**6)
    assert rank(asked, 60) == together
    assert steps * 3 < sum(one.spent for one in made)


@pytest.mark.parametrize("seed", range(0, 400, 8))
def test_starts_that_cost_more_than_is_asked_for_may_be_left_out(seed: int) -> None:
    """What costs no more than is asked for is found as ever; what costs more is left out or the same."""
    asked = replace(small_problem(seed), objective=NEW_PLAN)
    every = {start.day: start for start in rank(asked, 12)}
    costs = sorted(start.compared for start in every.values())
    for most in (costs[:1], costs[len(costs) // 2 :][:1]):
        found = {start.day: start for start in rank(asked, 12, most={day: cost for day in range(13) for cost in most})}
        assert found.items() <= every.items()
        assert {day for day, start in every.items() if start.compared <= most[0]} <= found.keys()


def test_the_best_course_comes_first() -> None:
    """Starts are ranked by deviation, then that of the follow-up, then preference, then the earlier day."""
    timing = [
        after("b", "a", 1, 7, weight=8),
        after("c", "b", 1, 30, weight=1),
    ]
    asked = problem(
        visit("a", [0, 1, 2, (3, 1), 4]),
        visit("b", [8, 9, 10, 11]),
        visit("c", [38, 39, 40], tier="follow-up"),
        timing=timing,
    )
    starts = rank(asked, 10)
    keys = [
        (start.objective["deviation"], start.objective["follow_up_deviation"], start.objective["preference"], start.day)
        for start in starts
    ]
    assert keys == [(0, 0, 0, 1), (0, 0, 0, 2), (0, 0, 1, 3), (0, 1, 0, 4), (8, 0, 0, 0)]


def test_the_delay_does_not_count() -> None:
    """The rule named start neither bounds nor prices a start."""
    asked = problem(visit("a", [0, 5, 9]), timing=[after("a", 0, 0, 0, 5, weight=8, rule="start", role="start")])
    starts = rank(asked, 10)
    assert [(start.day, start.objective["deviation"]) for start in starts] == [(0, 0), (5, 0), (9, 0)]


def test_sooner_counts_from_the_start() -> None:
    """How late the other visits are counts from the day of the first."""
    asked = problem(visit("a", [0, 7]), visit("b", range(30)), timing=[after("b", "a", 3)])
    assert [dict(start.objective)["sooner"] for start in rank(asked, 10)] == [3, 3]


BOUNDS = {
    "only days within reach": (problem(visit("a", [-2, 0, 3, 4])), 3, [0, 3]),
    "only days on which a course can begin": (
        problem(visit("a", [0, 1, 2]), visit("b", [9]), timing=[after("b", "a", None, None, 8)]), 10, [1, 2],
    ),
    "only days that keep the limits": (
        problem(visit("a", [0, 1]), visit("b", [1]), limits=[distinct("a", "b")]), 10, [0],
    ),
    "only days that keep the caps": (
        problem(visit("a", [0, 1]), visit("b", [6]), visit("c", [7]), limits=[cap("bc", 1, anchor="a", every=7)]),
        10, [0],
    ),
    "none where nothing fits": (
        problem(visit("a", [0]), visit("b", [0]), limits=[distinct("a", "b")]), 10, [],
    ),
    "none where the first visit was held": (problem(visit("a", fixed=0), visit("b", [3])), 10, []),
    "none of no visits": (problem(), 10, []),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "within", "expected"), BOUNDS.values(), ids=BOUNDS.keys())
def test_which_days_are_starts(asked: Problem, within: int, expected: list[int]) -> None:
    """A start is an open day of the first visit, within reach, from which a whole course can be placed."""
    assert sorted(start.day for start in rank(asked, within)) == expected


def test_a_wider_search_finds_what_a_narrow_one_finds() -> None:
    """The courses of the first fortnight are the same whether or not later starts are looked at."""
    asked = usual_course(doses=3, months=2, closed=[21, 22, 35])
    near = {start.day: start for start in rank(asked, 14)}
    far = {start.day: start for start in rank(asked, 40)}
    assert len(far) > len(near)
    assert near == {day: start for day, start in far.items() if day <= 14}
