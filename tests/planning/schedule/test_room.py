"""Room to move is what the rules leave where those after a visit move along: checked against every choice of days."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cases import clinic_of, free_on, plan_of

from kapplan.planning.problem.problem import OpenDay, Problem, ProblemTiming, ProblemVisit
from kapplan.planning.schedule.total_float import rooms

NAMES = ("a", "b", "c", "d")
ORIGIN = date(2027, 1, 25)
DOSES = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 3
gap = { min = 5, target = 7, max = 10 }
"""


def _base(problem: Problem, rule: ProblemTiming, days: dict[str, int]) -> int:
    from datetime import timedelta

    from kapplan.dates import add_months

    day = rule.after if isinstance(rule.after, int) else days[rule.after]
    if rule.months is None:
        return day
    return (add_months(problem.origin + timedelta(days=day), rule.months) - problem.origin).days


def kept(problem: Problem, days: dict[str, int]) -> bool:
    """Tell whether days keep every timing rule."""
    for rule in problem.timing:
        offset = days[rule.visit] - _base(problem, rule, days)
        if (rule.min is not None and offset < rule.min) or (rule.max is not None and offset > rule.max):
            return False
    return True


def by_hand(problem: Problem, days: dict[str, int], visit: str) -> tuple[int, int]:
    """Return the room of a visit by looking at every choice of days of it and of those after it."""
    order = sorted(NAMES, key=lambda name: (days[name], NAMES.index(name)))
    free = order[order.index(visit) :]
    open_days = {each.id: [choice.day for choice in each.days] for each in problem.visits}
    reached = [days[visit]]
    for chosen in product(*(open_days[name] for name in free)):
        moved = {**days, **dict(zip(free, chosen, strict=True))}
        if kept(problem, moved):
            reached.append(moved[visit])
    return days[visit] - min(reached), max(reached) - days[visit]


@st.composite
def placed(draw: st.DrawFn) -> tuple[Problem, dict[str, int]]:
    """Draw days and rules that they keep; one rule is of a calendar month across the end of January."""
    days = {name: draw(st.integers(0, 8)) for name in NAMES}
    if draw(st.booleans()):
        days["d"] += 31
    visits = tuple(
        ProblemVisit(
            id=name,
            tier="course",
            days=tuple(
                OpenDay(day)
                for day in sorted({
                    days[name],
                    *draw(st.lists(st.integers(days[name] - 5, days[name] + 5), max_size=4)),
                })
            ),
        )
        for name in NAMES
    )
    timing = [ProblemTiming(rule="start", role="start", visit="a", after=0, min=0, max=10)]
    problem = Problem(origin=ORIGIN, horizon=60, visits=visits)
    for number in range(draw(st.integers(0, 5))):
        visit, after = draw(st.permutations(NAMES))[:2]
        months = 1 if visit == "d" and days["d"] > 20 and draw(st.booleans()) else None
        bare = ProblemTiming(rule=f"r{number}", visit=visit, after=after, months=months)
        offset = days[visit] - _base(problem, bare, days)
        low = draw(st.one_of(st.none(), st.integers(offset - 3, offset)))
        high = draw(st.one_of(st.none(), st.integers(offset, offset + 3)))
        timing.append(ProblemTiming(rule=bare.rule, visit=visit, after=after, months=months, min=low, max=high))
    return Problem(origin=ORIGIN, horizon=60, visits=visits, timing=tuple(timing)), days


@given(placed())
def test_room_against_every_choice_of_days(case: tuple[Problem, dict[str, int]]) -> None:
    """A visit's room is the farthest that some choice of days of it and of those after it allows."""
    problem, days = case
    found = rooms(problem, days)
    for name in NAMES:
        assert found[name] == by_hand(problem, days, name)


def test_a_chain_moves_along() -> None:
    """A dose that alone could move two days can move as far as its own rule goes if the next one moves along."""
    plan = plan_of(DOSES)
    dose = plan.visit("dosing-2")
    assert (dose.slack_earlier, dose.slack_later) == (0, 2)
    assert (dose.room_earlier, dose.room_later) == (0, 3)


def test_days_that_are_not_open_count() -> None:
    """Where only Mondays are open, room is in whole weeks."""
    plan = plan_of(DOSES.replace("max = 10", "max = 14"), availability=free_on("mon"))
    assert [(visit.room_earlier, visit.room_later) for visit in plan.visits] == [(0, 14), (0, 7), (0, 7)]


@pytest.mark.parametrize("days", ["mon tue wed thu fri", "mon thu", "tue fri"])
def test_room_is_never_less_than_slack(days: str) -> None:
    """Whatever a visit can do alone it can do where others may move along."""
    for visit in plan_of(DOSES, clinic=clinic_of(days)).visits:
        assert visit.room_earlier >= visit.slack_earlier
        assert visit.room_later >= visit.slack_later


def test_what_is_fixed_has_no_room() -> None:
    """A visit that is held stays; those after it count from it."""
    fixed = ProblemVisit(id="a", tier="course", fixed=0)
    free = ProblemVisit(id="b", tier="course", days=(OpenDay(3), OpenDay(7), OpenDay(9)))
    rule = ProblemTiming(rule="gap", visit="b", after="a", min=2, max=8)
    problem = Problem(origin=ORIGIN, horizon=20, visits=(fixed, free), timing=(rule,))
    assert rooms(problem, {"a": 0, "b": 7}) == {"a": (0, 0), "b": (4, 0)}


def test_broken_history_takes_nothing_away() -> None:
    """Where a visit stands outside of a rule already, it can at least stay."""
    one = ProblemVisit(id="a", tier="course", fixed=0)
    other = ProblemVisit(id="b", tier="course", days=(OpenDay(5), OpenDay(12)))
    rule = ProblemTiming(rule="gap", visit="b", after="a", min=2, max=3)
    problem = Problem(origin=ORIGIN, horizon=20, visits=(one, other), timing=(rule,))
    assert rooms(problem, {"a": 0, "b": 5})["b"] == (0, 0)
