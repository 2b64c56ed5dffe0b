"""Placement by hand: each rule of the problem's meaning on cases small enough to check in one's head."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.courses import MONDAY, after, cap, distinct, not_together, problem, usual_course, visit
from support.random_courses import course_problem
from support.random_problems import small_problem
from support.steps import calls_of

from kapplan.planning.problem.problem import RE_PLAN, Problem
from kapplan.planning.solver.optimum import Placement, evaluate, place


def days_of(asked: Problem) -> list[int] | None:
    """Return the days of the answer in the order of the visits."""
    placed = place(asked)
    return None if placed is None else list(placed.days.values())


def placed(asked: Problem) -> Placement:
    """Return the answer, which must exist."""
    answer = place(asked)
    assert answer is not None
    return answer


DATES = range(40)

TIMING = {
    "a visit without rules takes its earliest day": (problem(visit("a", [3, 5])), [3]),
    "the days need not be listed in order": (problem(visit("a", [9, 5, 7])), [5]),
    "a rule counts from a day": (problem(visit("a", DATES), timing=[after("a", 4, 2, 3, 5)]), [7]),
    "a min is never crossed": (
        problem(visit("a", [0]), visit("b", [1, 2, 9]), timing=[after("b", "a", 3, 0)]), [0, 9],
    ),
    "a max is never crossed": (
        problem(visit("a", [0, 4]), visit("b", [8]), timing=[after("b", "a", None, None, 5)]), [4, 8],
    ),
    "deviation outweighs a later day": (
        problem(visit("a", [0, 4]), visit("b", [11]), timing=[after("b", "a", 1, 7, 20)]), [4, 11],
    ),
    "a heavier rule wins over a lighter one": (
        problem(visit("a", [0]), visit("b", DATES), visit("c", [20]), timing=[
            after("b", "a", 1, 5, weight=8), after("c", "b", 1, 5, weight=4)]), [0, 5, 20],
    ),
    "inside a target range nothing is paid": (
        problem(visit("a", [0]), visit("b", [6, 7, 8]), timing=[after("b", "a", 1, (6, 8))]), [0, 6],
    ),
    "early and late cost the same": (
        problem(visit("a", [0]), visit("b", [5, 9]), timing=[after("b", "a", 1, 7)]), [0, 5],
    ),
    "offsets may be negative": (
        problem(visit("talk", DATES), visit("dose", [20]), timing=[after("talk", "dose", -10, (-8, -7), -3)]), [12, 20],
    ),
    "a visit may be listed before its anchor": (
        problem(visit("talk", [2, 9]), visit("dose", [10, 17]), timing=[after("talk", "dose", -9, -8, -1)]), [2, 10],
    ),
    "several rules of two visits all hold": (
        problem(visit("a", [0, 1]), visit("b", DATES), timing=[
            after("b", "a", 2), after("b", "a", None, None, 9), after("a", "b", -9, -6, -1)]), [0, 6],
    ),
    "rules may run both ways round a circle": (
        problem(visit("a", DATES), visit("b", DATES), visit("c", DATES), timing=[
            after("b", "a", 2), after("c", "b", 2), after("a", "c", None, None, -6)]), [0, 2, 6],
    ),
    "a rule of weight nothing only bounds": (
        problem(visit("a", [0]), visit("b", DATES), timing=[after("b", "a", 1, 7, 9, weight=0)]), [0, 1],
    ),
    "a day of the follow-up never buys a day of the course": (
        problem(visit("a", [0]), visit("b", [7, 9]), visit("c", [39], tier="follow-up"), timing=[
            after("b", "a", 1, 7), after("c", "b", 1, 30, weight=99)]), [0, 7, 39],
    ),
    "preference is weighed after deviation": (
        problem(visit("a", [0]), visit("b", [(7, 9), 8]), timing=[after("b", "a", 1, 7)]), [0, 7],
    ),
    "preference is weighed before an earlier day": (problem(visit("a", [(7, 1), 30])), [30]),
    "rules within a contradiction leave no placement": (
        problem(visit("a", DATES), visit("b", DATES), timing=[after("b", "a", 1), after("a", "b", 1)]), None,
    ),
    "a visit without open days cannot be placed": (problem(visit("a", [])), None),
    "no visit at all is placed at once": (problem(), []),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), TIMING.values(), ids=TIMING.keys())
def test_timing_rules(asked: Problem, expected: list[int] | None) -> None:
    """Timing rules mean what the problem's description says."""
    assert days_of(asked) == expected


def month_problem(dose: date, months: int, *, low: int = -7, high: int = 7) -> Problem:
    """Return a dose on a date and a check-in so many months later, on any day about then."""
    day = (dose - MONDAY).days
    near = range(day + 28 * months - 40, day + 31 * months + 40)
    timing = [after("check-in", "dose", low, 0, high, months=months)]
    return problem(visit("dose", [day]), visit("check-in", near, tier="follow-up"), timing=timing)


MONTHS = {
    "clipped to the end of February": (date(2027, 1, 31), 1, date(2027, 2, 28)),
    "clipped to a leap day": (date(2028, 1, 31), 1, date(2028, 2, 29)),
    "counted from the anchor and never chained": (date(2027, 1, 31), 2, date(2027, 3, 31)),
    "clipped to a month of 30 days": (date(2027, 3, 31), 1, date(2027, 4, 30)),
    "over the end of a year": (date(2027, 11, 30), 3, date(2028, 2, 29)),
    "the same day of the month": (date(2027, 2, 10), 12, date(2028, 2, 10)),
    "back": (date(2027, 3, 31), -1, date(2027, 2, 28)),
}


@pytest.mark.parametrize(("dose", "months", "expected"), MONTHS.values(), ids=MONTHS.keys())
def test_months(dose: date, months: int, expected: date) -> None:
    """Calendar months count from the anchor and are clipped to the month's end."""
    days = days_of(month_problem(dose, months))
    assert days is not None
    assert MONDAY + timedelta(days=days[1]) == expected


def test_month_bounds_are_days_around_the_calendar_day() -> None:
    """With months, min and max count from the clipped calendar day."""
    asked = month_problem(date(2027, 1, 31), 1, low=3, high=5)
    days = days_of(asked)
    assert days is not None
    assert MONDAY + timedelta(days=days[1]) == date(2027, 3, 3)


def test_months_pull_at_their_anchor() -> None:
    """Where only some days fit a month's rule, the anchor moves to meet them."""
    timing = [after("check-in", "dose", 0, 0, 0, months=1)]
    march = [(date(2027, 3, day) - MONDAY).days for day in (10, 12)]
    asked = problem(visit("dose", range(30, 60)), visit("check-in", march), timing=timing)
    days = days_of(asked)
    assert days is not None
    assert [MONDAY + timedelta(days=day) for day in days] == [date(2027, 2, 10), date(2027, 3, 10)]


def test_months_may_count_from_a_visit_listed_later() -> None:
    """A rule of months holds as well where its visit is listed before its anchor."""
    timing = [after("check-in", "dose", -1, 0, 1, months=1)]
    days = days_of(problem(visit("check-in", range(80)), visit("dose", [20]), timing=timing))
    assert days is not None
    assert MONDAY + timedelta(days=days[0]) == date(2027, 2, 24)


HISTORY = {
    "rules among fixed visits are not enforced": (
        problem(visit("a", fixed=0), visit("b", fixed=1), visit("c", [5]), timing=[after("b", "a", 7, 7, 7)]),
        [0, 1, 5], {"deviation": 0, "sooner": 5},
    ),
    "a rule of a fixed visit from a day is not counted": (
        problem(visit("a", fixed=9), visit("b", [10]), timing=[after("a", 0, 0, 0, 0, weight=8)]),
        [9, 10], {"deviation": 0},
    ),
    "a rule from a fixed visit is enforced and counted": (
        problem(visit("a", fixed=-3), visit("b", [2, 9]), timing=[after("b", "a", 6, 7, 13)]),
        [-3, 9], {"deviation": 5},
    ),
    "a rule of a fixed visit from an open one is enforced and counted": (
        problem(visit("a", [2, 5, 9]), visit("b", fixed=12), timing=[after("b", "a", 1, 8, 9, weight=4)]),
        [5, 12], {"deviation": 4},
    ),
    "fixed visits stay on closed days": (problem(visit("a", [4], fixed=3)), [3], {"sooner": 0}),
    "a day held by a fixed visit is taken": (
        problem(visit("a", fixed=5), visit("b", [5, 6]), limits=[distinct("a", "b")]), [5, 6], {"sooner": 6},
    ),
    "fixed visits may share a day that is forbidden to them": (
        problem(visit("a", fixed=5), visit("b", fixed=5), visit("c", [6]), limits=[distinct("a", "b", "c")]),
        [5, 5, 6], {},
    ),
    "fixed visits fill a block": (
        problem(visit("a", fixed=0), visit("b", fixed=3), visit("c", [5, 8]),
                limits=[cap("abc", 2, anchor="a", every=7)]), [0, 3, 8], {},
    ),
    "a block overfull of fixed visits takes no more but is no error": (
        problem(visit("a", fixed=0), visit("b", fixed=3), visit("c", [5, 8]),
                limits=[cap("abc", 1, anchor="a", every=7)]), [0, 3, 8], {},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "expected", "terms"), HISTORY.values(), ids=HISTORY.keys())
def test_history(asked: Problem, expected: list[int], terms: dict[str, int]) -> None:
    """What is fixed never makes a placement impossible by itself, but binds what is still open."""
    answer = placed(asked)
    assert list(answer.days.values()) == expected
    assert dict(answer.objective).items() >= terms.items()


LIMITS = {
    "a cap counts blocks from its anchor": (
        problem(visit("a", [2]), visit("b", [3]), visit("c", [5, 8, 9]),
                limits=[cap("abc", 2, anchor="a", every=7)]), [2, 3, 9],
    ),
    "blocks before the anchor count too": (
        problem(visit("a", [0, 1]), visit("b", [1, 6]), visit("c", [7]),
                limits=[cap("ab", 1, anchor="c", every=7)]), None,
    ),
    "a block before the anchor ends the day before it": (
        problem(visit("a", [1]), visit("b", [6, 7]), visit("c", [7]), limits=[cap("ab", 1, anchor="c", every=7)]),
        [1, 7, 7],
    ),
    "the anchor moves to keep a cap": (
        problem(visit("a", [0, 1]), visit("b", [6]), visit("c", [7]), limits=[cap("bc", 1, anchor="a", every=7)]),
        [0, 6, 7],
    ),
    "a cap counts from a day": (
        problem(visit("a", [1, 2]), visit("b", [3]), limits=[cap("ab", 1, anchor=3, every=7)]), [1, 3],
    ),
    "several caps with anchors of their own": (
        problem(visit("a", [0]), visit("b", [2]), visit("c", [4, 8, 9]),
                limits=[cap("abc", 2, anchor="a", every=7), cap("bc", 1, anchor="b", every=7)]), [0, 2, 9],
    ),
    "a cap within bounds counts only the days between": (
        problem(visit("a", [1]), visit("b", [3, 9]), visit("c", [4, 11]), limits=[cap("abc", 1, first=2, last=10)]),
        [1, 3, 11],
    ),
    "a cap of none closes its days": (
        problem(visit("a", [1, 9]), visit("b", [2]), limits=[cap("a", 0, first=0, last=8)]), [9, 2],
    ),
    "distinct days": (problem(visit("a", [1, 2]), visit("b", [1, 2]), limits=[distinct("a", "b")]), [1, 2]),
    "distinct days of more visits than days": (
        problem(visit("a", [1, 2]), visit("b", [1, 2]), visit("c", [1, 2]), limits=[distinct("a", "b", "c")]), None,
    ),
    "without a limit visits share a day": (problem(visit("a", [1, 2]), visit("b", [1, 2])), [1, 1]),
    "not together only where two slots do not fit": (
        problem(visit("a", [1]), visit("b", [1, 3]), visit("c", [2]), visit("d", [2, 4]),
                limits=[not_together("abcd", [1])]), [1, 3, 2, 2],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), LIMITS.values(), ids=LIMITS.keys())
def test_limits(asked: Problem, expected: list[int] | None) -> None:
    """Caps, distinct days and days that fit only one are kept."""
    assert days_of(asked) == expected


TIES = {
    "the first listed visit is early": (
        problem(visit("a", [1, 2]), visit("b", [1, 2]), limits=[distinct("a", "b")]), [1, 2],
    ),
    "in the order listed, not in that of the rules": (
        problem(visit("b", [1, 2]), visit("a", [1, 2]), timing=[after("a", 0, 1)], limits=[distinct("a", "b")]), [1, 2],
    ),
    "over states that meet again": (
        problem(visit("a", [1, 3]), visit("b", [1, 3]), visit("c", [5]), visit("d", [4, 6]),
                limits=[distinct("a", "b"), distinct("c", "d")]), [1, 3, 5, 4],
    ),
    "where nothing but the order tells two answers apart": (
        problem(visit("a", [0, 2]), visit("b", [0, 2]), visit("c", [1]), objective=("deviation", "ties"), timing=[
            after("c", "a", None, 0), after("c", "b", None, 0)]), [0, 0, 1],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), TIES.values(), ids=TIES.keys())
def test_ties(asked: Problem, expected: list[int]) -> None:
    """Of equal placements the one wins that is earlier at the first visit where they differ."""
    assert days_of(asked) == expected


REPLANS = {
    "a confirmed visit stays where its neighbours must pay": (
        problem(visit("a", [0, 5], announced=5, confirmed=True), visit("b", [7, 12], announced=7),
                timing=[after("b", "a", 7, 7)], objective=RE_PLAN),
        [5, 12], {"confirmed_moves": 0, "disturbance": 8, "days_moved": 5},
    ),
    "an announced visit stays where that costs less deviation than its move": (
        problem(visit("a", [0]), visit("b", [7, 9], announced=9), timing=[after("b", "a", 1, 7)], objective=RE_PLAN),
        [0, 9], {"disturbance": 2},
    ),
    "a visit moves where it would stand further off its target": (
        problem(visit("a", [0]), visit("b", [7, 9], announced=9, moved=1), timing=[after("b", "a", 1, 7)],
                objective=RE_PLAN),
        [0, 7], {"disturbance": 1},
    ),
    "deviation is weighed before the days moved": (
        problem(visit("a", [0]), visit("b", [3, 7], announced=2), timing=[after("b", "a", 1, 7)], objective=RE_PLAN),
        [0, 7], {"disturbance": 8, "days_moved": 5},
    ),
    "few days moved go before preference": (
        problem(visit("a", [(4, 3), 9], announced=5), objective=RE_PLAN),
        [4], {"days_moved": 1, "preference": 3},
    ),
    "another time of the same day is a move of no days": (
        problem(visit("a", [(5, 0, 1), 8], announced=5), objective=RE_PLAN),
        [5], {"disturbance": 8, "days_moved": 0},
    ),
    "a visit that nobody was told of moves freely": (
        problem(visit("a", [3, (5, 0, 1)]), objective=RE_PLAN),
        [3], {"confirmed_moves": 0, "days_moved": 0},
    ),
    "moves count for nothing where the objective leaves them out": (
        problem(visit("a", [3, 5], announced=5)), [3], {"sooner": 3},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "expected", "terms"), REPLANS.values(), ids=REPLANS.keys())
def test_replanning(asked: Problem, expected: list[int], terms: dict[str, int]) -> None:
    """A re-plan weighs moves of what was told to the patient in the order of the objective."""
    answer = placed(asked)
    assert list(answer.days.values()) == expected
    assert dict(answer.objective).items() >= terms.items()


def test_only_the_terms_asked_for_are_told() -> None:
    """The objective of an answer has the terms of the problem's, in its order, less the ties."""
    asked = problem(visit("a", [3]), objective=("preference", "sooner", "ties"))
    assert list(placed(asked).objective.items()) == [("preference", 0), ("sooner", 3)]


FAR = {
    "where holidays push a dose by weeks": ([*range(14, 60)], 1, 60),
    "where the clinic is shut for months": ([*range(3, 200)], 1, 200),
}


@pytest.mark.parametrize(("closed", "target", "expected"), FAR.values(), ids=FAR.keys())
def test_a_course_far_from_its_targets(closed: list[int], target: int, expected: int) -> None:
    """However far from the targets the calendar forces a course, the best is found."""
    open_days = [day for day in range(300) if day not in closed]
    timing = [after("b", "a", 2, target, weight=8), after("c", "b", 12, 12, weight=8)]
    asked = problem(visit("a", [2]), visit("b", open_days[10:]), visit("c", open_days), timing=timing)
    late = problem(visit("a", [2]), visit("b", [day for day in open_days if day >= expected]), timing=timing[:1])
    assert days_of(late) == [2, expected]
    answer = placed(asked)
    assert dict(answer.objective) == evaluate(asked, answer.days)


def test_the_follow_up_may_be_bought_dearly() -> None:
    """A follow-up that can only be far off its target is placed as near as the calendar allows."""
    open_days = [*range(20), *range(90, 200)]
    timing = [after("b", "a", 1, 7, weight=1), after("c", "b", 1, 7, weight=2)]
    follow_ups = [visit(name, open_days, tier="follow-up") for name in "bc"]
    limits = [cap("bc", 1, first=0, last=60)]
    asked = problem(visit("a", [0]), *follow_ups, timing=timing, limits=limits)
    assert days_of(asked) == [0, 90, 97]


def test_a_late_follow_up_does_not_hide_a_better_course() -> None:
    """The least deviation of the course is found where only a far-off follow-up lets the course keep its targets."""
    timing = [after("b", "a", 1, 7, 14, weight=8), after("c", "b", 1, 7, weight=1), after("c", "a", 20)]
    limits = [not_together(["b", "c"], [7])]
    b, c = visit("b", [7, 8]), visit("c", [15, 90], tier="follow-up")
    asked = problem(visit("a", [0]), b, c, timing=timing, limits=limits)
    answer = placed(asked)
    assert list(answer.days.values()) == [0, 7, 90]
    assert dict(answer.objective) == {"deviation": 0, "follow_up_deviation": 76, "preference": 0, "sooner": 97}


def test_an_answer_is_checked_by_plain_reading() -> None:
    """Evaluation tells the terms of given days, and ``None`` where a hard limit is broken."""
    asked = problem(
        visit("a", [0, 1]), visit("b", [(6, 2), 7, 8]),
        timing=[after("b", "a", 6, 7, 8, weight=4)], limits=[distinct("a", "b"), cap("ab", 1, anchor="a", every=7)],
    )  # fmt: skip
    assert evaluate(asked, {"a": 0, "b": 8}) == {
        "deviation": 4, "follow_up_deviation": 0, "preference": 0, "sooner": 8,
    }  # fmt: skip
    assert evaluate(asked, {"a": 1, "b": 6}) is None
    assert evaluate(asked, {"a": 0, "b": 6}) is None
    assert evaluate(asked, {"a": 0, "b": 9}) is None


def test_evaluation_keeps_fixed_visits_fixed() -> None:
    """Days that move a fixed visit are no placement."""
    asked = problem(visit("a", fixed=3), visit("b", [4]))
    assert evaluate(asked, {"a": 3, "b": 4}) is not None
    assert evaluate(asked, {"a": 2, "b": 4}) is None


@settings(max_examples=150)
@given(st.integers(0, 10**6))
def test_the_objective_is_what_the_days_cost(seed: int) -> None:
    """Whatever the problem, the terms of an answer are those that a plain reading of its days gives."""
    asked = small_problem(seed)
    answer = place(asked)
    if answer is not None:
        assert evaluate(asked, answer.days) == answer.objective
        assert list(answer.days) == [one.id for one in asked.visits]


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_order_of_rules_and_days_does_not_matter(seed: int, shuffle: int) -> None:
    """Rules, limits and open days may stand in any order; only that of the visits counts."""
    random, asked = Random(shuffle), small_problem(seed)
    visits = [replace(one, days=tuple(random.sample(one.days, len(one.days)))) for one in asked.visits]
    timing = tuple(random.sample(asked.timing, len(asked.timing)))
    limits = tuple(random.sample(asked.limits, len(asked.limits)))
    shuffled = replace(asked, visits=tuple(visits), timing=timing, limits=limits)
    assert place(shuffled) == place(asked)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(-9, 9))
def test_a_course_moves_with_its_calendar(seed: int, weeks: int) -> None:
    """Where no rule speaks of months, the same weeks later give the same course."""
    asked = small_problem(seed)
    if all(rule.months is None for rule in asked.timing):
        moved = replace(asked, origin=asked.origin + timedelta(weeks=weeks))
        assert place(moved) == place(asked)


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_a_rule_more_is_never_better(seed: int) -> None:
    """Leaving out a limit never makes the best placement worse."""
    asked = small_problem(seed)
    best, freer = place(asked), place(replace(asked, limits=asked.limits[1:]))
    if best is not None:
        assert freer is not None
        assert list(freer.objective.values()) <= list(best.objective.values())


@pytest.mark.parametrize("seed", range(0, 36, 5))
def test_an_answer_is_the_same_every_time(seed: int) -> None:
    """The same problem always gives the same days."""
    assert place(course_problem(seed)) == place(course_problem(seed))


def test_the_usual_course() -> None:
    """A course that nothing disturbs keeps every target, its doses a week apart, and begins on the day asked for."""
    asked = usual_course()
    answer = placed(asked)
    assert answer.objective["deviation"] == 0
    assert answer.objective["follow_up_deviation"] == 0
    assert answer.days["screening"] == 0
    doses = [answer.days[f"dosing-{number}"] for number in range(1, 7)]
    assert [later - earlier for earlier, later in pairwise(doses)] == [7] * 5


def test_holidays_move_the_whole_course() -> None:
    """Where the clinic is shut for a week, no dose stands there, and only one gap is longer than a week."""
    undisturbed = placed(usual_course())
    third = undisturbed.days["dosing-3"]
    closed = range(third - third % 7, third - third % 7 + 7)
    answer = placed(usual_course(closed=closed))
    doses = [answer.days[f"dosing-{number}"] for number in range(1, 7)]
    assert not set(answer.days.values()) & set(closed)
    assert sorted(later - earlier for earlier, later in pairwise(doses))[:4] == [7] * 4


@pytest.mark.parametrize("within", [0, 60])
def test_a_course_that_cannot_be_is_told_soon(within: int) -> None:
    """A gap in the calendar that no dose can bridge is found out in few steps, however many courses there are."""
    shut = usual_course(closed=range(40 + within, 70 + within), within=within)
    tight = replace(
        shut, timing=(*shut.timing, *(after(f"dosing-{n + 1}", f"dosing-{n}", 3, None, 8) for n in range(1, 6)))
    )
    impossible = replace(tight, timing=(*tight.timing, after("dosing-6", 0, 80 + within)))
    assert place(impossible) is None
    assert calls_of(lambda: place(impossible)) < 20_000


def test_a_long_course_takes_little_memory() -> None:
    """A course of 80 doses and as many integrations is placed in less than 10 MB."""
    asked = usual_course(doses=80, months=2)
    tracemalloc.start()
    try:
        assert place(asked) is not None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000
