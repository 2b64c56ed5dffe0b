"""The network of timing rules says no more and no less than they do: checked against all placements of a few days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise, permutations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kapplan.dates import add_months
from kapplan.model.regimen import Limit, Regimen, RegimenVisit, TimingRule
from kapplan.model.visits import Minutes
from kapplan.planning.problem.months import month_days
from kapplan.planning.problem.temporal_network import Bound, Least, bounds_of, closed, impossible

VISITS = ("dosing-1", "dosing-2", "review-1")
DAYS = range(9)


@st.composite
def rules(draw: st.DrawFn) -> TimingRule:
    """Draw a rule between two different visits, of few days."""
    visit, after = draw(st.permutations(VISITS))[:2]
    low = draw(st.one_of(st.none(), st.integers(-3, 3)))
    high = draw(st.one_of(st.none(), st.integers(low if low is not None else -3, 3)))
    return TimingRule(rule=f"{visit}.{after}", visit=visit, after=after, min=low, max=high)


def kept(bounds: list[Bound]) -> list[dict[str, int]]:
    """Return every placement within a few days that keeps the bounds."""
    placements = (dict(zip(VISITS, days, strict=True)) for days in product(DAYS, repeat=len(VISITS)))
    return [days for days in placements if all(days[bound.visit] - days[bound.after] >= bound.days for bound in bounds)]


@given(st.lists(rules(), max_size=5))
def test_least_days_and_circles_against_all_placements(some: list[TimingRule]) -> None:
    """The least days between two visits are those of some placement; what is impossible has none."""
    bounds = list(bounds_of(some))
    circle = impossible(VISITS, bounds)
    placements = kept(bounds)
    assert bool(circle) == (not placements)
    if circle:
        assert sum(bound.days for bound in circle) > 0
        assert all(later.after == sooner.visit for sooner, later in pairwise(reversed(circle)))
        return
    least = Least(VISITS, bounds)
    for one, other in product(VISITS, repeat=2):
        found = min(days[other] - days[one] for days in placements)
        if (one, other) in least:
            assert least[one, other] == found
    assert len(least) == len(list(least))


def test_a_circle_needs_each_of_its_bounds() -> None:
    """Without any one bound of a circle the others can hold."""
    some = [
        TimingRule(rule="a", visit="dosing-2", after="dosing-1", min=3),
        TimingRule(rule="b", visit="dosing-3", after="dosing-2", min=3),
        TimingRule(rule="c", visit="dosing-3", after="dosing-1", min=1, max=5),
        TimingRule(rule="d", visit="review-1", after="dosing-3", min=1, max=5),
    ]
    visits = (*VISITS, "dosing-3")
    bounds = list(bounds_of(some))
    circle = impossible(visits, bounds)
    assert sorted(bound.cause.rule for bound in circle) == ["a", "b", "c"]
    for bound in circle:
        assert not impossible(visits, [other for other in bounds if other != bound])


def test_months_are_as_wide_as_they_can_be() -> None:
    """So many calendar months are never fewer nor more days than said, on any day of many years."""
    assert month_days(1) == (28, 31)
    assert month_days(12) == (365, 366)
    for start in (date(2020, 1, 1) + timedelta(days=n) for n in range(3000)):
        for months in (1, 2, 3, 6):
            low, high = month_days(months)
            assert low <= (add_months(start, months) - start).days <= high


def test_a_bound_speaks_of_the_visit_that_waits_or_must_come_soon() -> None:
    """A minimum holds its own visit back; a maximum is broken by it too, though it bounds the anchor from below."""
    low, high = bounds_of([TimingRule(rule="a", visit="review-1", after="dosing-1", min=2, max=5)])
    assert (low.visit, low.after, low.days, low.subject) == ("review-1", "dosing-1", 2, "review-1")
    assert (high.visit, high.after, high.days, high.subject) == ("dosing-1", "review-1", -5, "review-1")


def test_a_rule_in_months_is_bounded_as_wide_as_months_can_be() -> None:
    """From two calendar months less a week to two and two weeks: 59 - 7 to 62 + 14 days."""
    rule = TimingRule(rule="a", visit="review-1", after="dosing-1", months=2, min=-7, max=14)
    assert [bound.days for bound in bounds_of([rule])] == [59 - 7, -(62 + 14)]


def course(names: Sequence[str], timing: Sequence[TimingRule], limits: Sequence[Limit] = ()) -> Regimen:
    """Return a course of visits that need nothing."""
    visits = tuple(
        RegimenVisit(
            id=name, kind=name.split("-")[0], number=int(name.split("-")[1]), type="visit", title="", phase="p",
            tier="course", place="clinic", minutes=Minutes(),
        )
        for name in names
    )  # fmt: skip
    return Regimen(protocol="p", visits=visits, timing=tuple(timing), limits=tuple(limits))


def limit(dice: Random, names: Sequence[str]) -> Limit:
    """Draw a limit over some visits."""
    some = tuple(sorted(dice.sample(names, dice.randint(2, len(names)))))
    if dice.random() < 0.5:
        return Limit(rule="apart", type="distinct_days", visits=some)
    return Limit(
        rule="cap", type="cap", visits=some, anchor=dice.choice(names), every=dice.randint(2, 4), max=dice.randint(1, 2)
    )


def keeps(limit: Limit, days: dict[str, int]) -> bool:
    """Return whether a placement keeps a limit, counted day by day."""
    if limit.type == "distinct_days":
        return len({days[name] for name in limit.visits}) == len(limit.visits)
    assert limit.anchor is not None
    assert limit.every is not None
    assert limit.max is not None
    blocks = [(days[name] - days[limit.anchor]) // limit.every for name in limit.visits]
    return all(blocks.count(block) <= limit.max for block in blocks)


@pytest.mark.parametrize("seed", range(60))
def test_what_limits_add_holds_in_every_placement(seed: int) -> None:
    """Whatever keeps the rules and the limits keeps each bound; where bounds go round in a circle, nothing does."""
    dice = Random(seed)
    timing = []
    for visit, after in combinations(reversed(VISITS), 2):
        if dice.random() < 0.8:
            low = dice.randint(-2, 2)
            timing.append(
                TimingRule(rule=f"{visit}.{after}", visit=visit, after=after, min=low, max=dice.randint(max(low, 0), 4))
            )
    limits = [limit(dice, VISITS) for _ in range(dice.randint(1, 2))]
    found = closed(course(VISITS, timing, limits))
    legal = [days for days in kept(list(bounds_of(timing))) if all(keeps(one, days) for one in limits)]
    for bound in found.bounds:
        assert all(days[bound.visit] - days[bound.after] >= bound.days for days in legal)
    if found.circle:
        assert not legal
        assert set(found.circle) <= set(found.bounds)
        assert sum(bound.days for bound in found.circle) > 0
        return
    assert found.least is not None
    for one, other in found.least:
        assert all(days[other] - days[one] >= found.least[one, other] for days in legal)
    for apart in limits:
        if apart.type == "distinct_days":
            for one, other in permutations(apart.visits, 2):
                assert found.least.get((one, other)) != 0


def test_of_a_very_long_course_only_the_rules_are_looked_at() -> None:
    """Up to 120 visits all pairs are compared; of more, a contradiction of rules is still found."""
    names = [f"dosing-{number}" for number in range(1, 122)]
    row = [TimingRule(rule="gap", visit=later, after=before, min=1) for before, later in pairwise(names)]
    compared = closed(course(names[:120], row[:119])).least
    assert compared is not None
    assert compared["dosing-1", "dosing-120"] == 119
    assert closed(course(names, row)).least is None
    soon = TimingRule(rule="soon", visit="dosing-121", after="dosing-1", max=119)
    assert closed(course(names, [*row, soon])).circle


def test_visits_that_may_share_a_day_are_in_a_row_too() -> None:
    """A dose no earlier than the one before it, one a week at most, falls a week later."""
    rule = TimingRule(rule="gap", visit="dosing-2", after="dosing-1", min=0, max=30)
    cap = Limit(rule="weekly", type="cap", visits=VISITS[:2], anchor="dosing-1", every=7, max=1)
    least = closed(course(VISITS, [rule], [cap])).least
    assert least is not None
    assert least["dosing-1", "dosing-2"] == 7
