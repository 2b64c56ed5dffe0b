"""What a rule asks of days, against all that keep it; what rules ask together, against all placements."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kapplan.dates import add_months
from kapplan.model.regimen import TimingRule
from kapplan.planning.problem.bounds import earliest_steps, latest_steps, settled

ORIGIN = date(2027, 1, 29)
VISITS = ("a", "b", "c")
DAYS = range(8)


def holds(rule: TimingRule, visit: int, anchor: int) -> bool:
    """Tell whether a rule holds of two days, read from its definition."""
    counted = ORIGIN + timedelta(days=anchor)
    counted = counted if rule.months is None else add_months(counted, rule.months)
    off = (ORIGIN + timedelta(days=visit) - counted).days
    return (rule.min is None or off >= rule.min) and (rule.max is None or off <= rule.max)


@pytest.mark.parametrize("months", [None, 1, 3])
@pytest.mark.parametrize(("least", "most"), [(0, 0), (-2, 3), (5, None), (None, 4)])
def test_a_rule_lets_one_visit_be_as_early_and_as_late_as_its_days_say(
    months: int | None, least: int | None, most: int | None
) -> None:
    """The steps of a rule give the first and the last day that keeps it, whichever of its two visits is given."""
    rule = TimingRule(rule="r", visit="b", after="a", min=least, max=most, months=months)
    origin = ORIGIN.toordinal()
    around = range(-120, 180)
    for day in range(-3, 70):
        visits = [other for other in around if holds(rule, other, day)]
        anchors = [other for other in around if holds(rule, day, other)]
        for step in earliest_steps(rule, origin):
            first = min(visits if step.visit == "b" else anchors, default=None)
            assert first is None or first == step.day(day)
        for step in latest_steps(rule, origin):
            last = max(visits if step.visit == "b" else anchors, default=None)
            assert last is None or last == step.day(day)


@st.composite
def rules(draw: st.DrawFn) -> TimingRule:
    """Draw a rule between two different visits, of few days."""
    visit, after = draw(st.permutations(VISITS))[:2]
    low = draw(st.one_of(st.none(), st.integers(-2, 2)))
    high = draw(st.one_of(st.none(), st.integers(low if low is not None else -2, 2)))
    return TimingRule(rule="r", visit=visit, after=after, min=low, max=high)


@given(st.lists(rules(), max_size=4))
def test_what_rules_ask_together_is_what_all_placements_leave(some: list[TimingRule]) -> None:
    """Within some days the earliest and latest day of each visit are those of some placement that keeps every rule."""
    placements = [
        dict(zip(VISITS, days, strict=True))
        for days in product(DAYS, repeat=len(VISITS))
        if all(holds(rule, days[VISITS.index(rule.visit)], days[VISITS.index(rule.after)]) for rule in some)
    ]
    if not placements:
        return
    low = settled(dict.fromkeys(VISITS, DAYS[0]), [step for rule in some for step in earliest_steps(rule, 1)])
    high = settled(
        dict.fromkeys(VISITS, DAYS[-1]), [step for rule in some for step in latest_steps(rule, 1)], latest=True
    )
    for visit in VISITS:
        assert low[visit] == min(days[visit] for days in placements)
        assert high[visit] == max(days[visit] for days in placements)


def test_steps_that_chase_one_another_come_to_an_end() -> None:
    """Rules that can never hold together are followed for a while, and no longer."""
    some = [TimingRule(rule="r", visit="a", after="b", min=1), TimingRule(rule="s", visit="b", after="a", min=1)]
    found = settled({"a": 0, "b": 0}, [step for rule in some for step in earliest_steps(rule, 1)])
    assert max(found.values()) <= 2 * (len(VISITS) + 1)


def test_days_next_to_those_asked_for_are_taken() -> None:
    """A visit that is moved goes to the day that it has next, and what follows it counts from there."""
    some = [TimingRule(rule="r", visit="b", after="a", min=1), TimingRule(rule="s", visit="c", after="b", min=1)]
    steps = [step for rule in some for step in earliest_steps(rule, 1)]
    assert settled(dict.fromkeys(VISITS, 0), steps, nearest=lambda _, day: day + day % 2) == {"a": 0, "b": 2, "c": 4}
