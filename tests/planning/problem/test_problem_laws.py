"""The laws of the problem against readings of their own: what an answer costs, calendar months, bounds of limits."""

from __future__ import annotations

import calendar
import json
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import brute_force
from support.random_problems import medium_problem, small_problem

from kapplan.model.regimen import Limit, Regimen, RegimenVisit, TimingRule
from kapplan.model.visits import Minutes
from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.months import earliest_anchor, months_after
from kapplan.planning.problem.objective import evaluate
from kapplan.planning.problem.temporal_network import closed

ORIGIN = date(2027, 1, 31)


@pytest.mark.parametrize("batch", range(4))
def test_an_answer_costs_what_the_oracle_reads(batch: int) -> None:
    """On random days every term is that of the plain oracle, and ``None`` where a hard rule or limit is broken."""
    legal = 0
    for seed in range(batch * 150, (batch + 1) * 150):
        random = Random(seed)
        problem = (small_problem, medium_problem)[seed % 3 == 0](seed)
        document = json.loads(json.dumps(problem_document(problem)))
        candidates = {visit["id"]: brute_force.candidates(visit) for visit in document["visits"]}
        best = brute_force.optimum(document) if seed % 3 and all(candidates.values()) else None
        for number in range(12):
            days = {name: random.choice(own or [0]) for name, own in candidates.items()}
            if best is not None and number % 2:
                moved = random.choice(list(days))
                days = {**best.days, moved: days[moved]}
            found, expected = evaluate(problem, days), None
            if brute_force.is_legal(document, days):
                expected = brute_force.value(document, days)
                legal += 1
            assert (None if found is None else dict(found)) == expected, (seed, days)
    assert legal > 100


def by_the_calendar(day: date, months: int) -> date:
    """Return a day moved by months, month by month on the wall calendar, clipped at the end alone."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        year, month = (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@given(st.integers(-800, 1600), st.integers(-30, 30))
def test_months_are_counted_from_the_anchor_and_clipped(day: int, months: int) -> None:
    """So many months on is the same day of the month, or the last one there is; never chained."""
    there = ORIGIN + timedelta(days=months_after(ORIGIN.toordinal(), day, months))
    assert there == by_the_calendar(ORIGIN + timedelta(days=day), months)


@given(st.integers(-800, 1600), st.integers(0, 30))
def test_the_earliest_anchor_is_the_first_that_reaches_a_day(day: int, months: int) -> None:
    """From it so many months on is not before the day; from the day before it, it is."""
    origin = ORIGIN.toordinal()
    anchor = earliest_anchor(origin, day, months)
    assert months_after(origin, anchor, months) >= day
    assert months_after(origin, anchor - 1, months) < day


def regimen_of(rules: tuple[TimingRule, ...], *limits: Limit) -> Regimen:
    """Return a course of four doses and an integration with these rules and limits."""
    names = ("dosing-1", "dosing-2", "dosing-3", "dosing-4", "integration-1")
    visits = tuple(
        RegimenVisit(
            id=name, kind="dosing" if name.startswith("dosing") else "integration", number=int(name[-1]), type="visit",
            title="", phase="doses", tier="course", place="clinic", minutes=Minutes(),
        )
        for name in names
    )  # fmt: skip
    return Regimen(protocol="made-up", visits=visits, timing=rules, limits=limits)


ROW = tuple(
    TimingRule(rule="gap", visit=f"dosing-{number + 1}", after=f"dosing-{number}", min=1, max=30)
    for number in range(1, 4)
)
"""Doses that come one after the other."""
DOSES = tuple(f"dosing-{number}" for number in range(1, 5))


@pytest.mark.parametrize(("most", "days"), [(1, (7, 14, 21)), (2, (1, 7, 8)), (3, (1, 2, 7)), (4, (1, 2, 3))])
def test_a_cap_keeps_a_row_of_visits_apart(most: int, days: tuple[int, ...]) -> None:
    """Of doses in a row as many fall into a treatment week as its cap allows; the next one lies in the week after."""
    cap = Limit(rule="weekly", type="cap", visits=DOSES, anchor="dosing-1", every=7, max=most)
    least = closed(regimen_of(ROW, cap)).least
    assert least is not None
    assert tuple(least["dosing-1", dose] for dose in DOSES[1:]) == days


def test_a_cap_says_nothing_of_visits_whose_order_is_open() -> None:
    """Where a dose might come before the one before it, the ones behind it are not held to later weeks."""
    loose = (*ROW[:1], TimingRule(rule="gap", visit="dosing-4", after="dosing-3", min=1))
    cap = Limit(rule="weekly", type="cap", visits=DOSES, anchor="dosing-1", every=7, max=1)
    least = closed(regimen_of(loose, cap)).least
    assert least is not None
    assert least["dosing-1", "dosing-2"] == 7
    assert ("dosing-1", "dosing-4") not in least


def test_visits_of_settled_order_that_never_share_a_day_lie_a_day_apart() -> None:
    """An integration no earlier than its dose falls on a later day where the two are kept apart, and not before it."""
    rule = TimingRule(rule="gap", visit="integration-1", after="dosing-1", min=0, max=5)
    apart = Limit(rule="apart", type="distinct_days", visits=("dosing-1", "integration-1"))
    with_it, without = closed(regimen_of((rule,), apart)).least, closed(regimen_of((rule,))).least
    assert with_it is not None
    assert without is not None
    assert (with_it["dosing-1", "integration-1"], without["dosing-1", "integration-1"]) == (1, 0)


def test_rules_that_a_cap_makes_impossible_are_told_with_it() -> None:
    """Four doses a week apart at most, one of them each week, within two weeks: the cap is part of the circle."""
    last = TimingRule(rule="soon", visit="dosing-4", after="dosing-1", max=14)
    cap = Limit(rule="weekly", type="cap", visits=DOSES, anchor="dosing-1", every=7, max=1)
    assert not closed(regimen_of((*ROW, last))).circle
    circle = closed(regimen_of((*ROW, last), cap)).circle
    assert {bound.cause.rule for bound in circle} == {"soon", "weekly"}
