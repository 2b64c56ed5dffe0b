"""The network of timing rules says no more and no less than they do: checked against all placements of a few days."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from kapplan.dates import add_months
from kapplan.model.regimen import TimingRule
from kapplan.planning.problem.months import month_days
from kapplan.planning.problem.temporal_network import Bound, Least, bounds_of, impossible

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
