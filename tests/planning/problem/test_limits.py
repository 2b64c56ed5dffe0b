"""Limits are counted alike wherever they are asked: placement, reasons, refusals, against an oracle of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from random import Random

import pytest
from support import brute_force
from support.cases import NOW, answer_of, clinic_of, drafted
from support.courses import cap, distinct, not_together
from support.library_data import protocol
from support.protocols import profile_of
from support.random_problems import medium_problem, small_problem

from kapplan.model.profile import Given
from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.limits import Blocks, is_broken, shared_days
from kapplan.planning.problem.objective import evaluate
from kapplan.planning.problem.problem import ProblemLimit

WEEKLY = cap("abc", 2, anchor="a", every=7)
OVERFULL = {"a": 0, "b": 1, "c": 3}
"""Three visits in a week that takes two."""


@pytest.mark.parametrize(("held", "room"), [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_a_block_has_room_for_what_is_left_and_never_for_less_than_nothing(held: int, room: int) -> None:
    """What history put into a block beyond its cap takes nothing away from others."""
    assert Blocks(2, 7).room(held) == room


@pytest.mark.parametrize(
    ("limit", "days", "fixed", "broken"),
    [
        (WEEKLY, OVERFULL, "", True),
        (WEEKLY, {**OVERFULL, "c": 7}, "", False),
        (WEEKLY, OVERFULL, "abc", False),
        (WEEKLY, OVERFULL, "ab", True),
        (cap("abcd", 2, anchor="a", every=7), {**OVERFULL, "d": 6}, "abc", True),
        (cap("abcd", 2, anchor="a", every=7), {**OVERFULL, "d": 7}, "abc", False),
        (WEEKLY, {"b": 1, "c": 3}, "", False),
        (WEEKLY, {"a": 0, "c": 3}, "", False),
        (cap("bcd", 1, anchor="a", every=7), {"a": 0, "b": -1, "c": -7}, "", True),
        (cap("ab", 1, anchor=3, every=7), {"a": 2, "b": 3}, "", False),
        (cap("ab", 1, first=5, last=9), {"a": 5, "b": 9}, "", True),
        (cap("ab", 1, first=5, last=9), {"a": 4, "b": 9}, "", False),
        (cap("ab", 1, first=5, last=9), {"a": 5, "b": 10}, "", False),
        (cap("ab", 0, first=5), {"a": 5}, "", True),
        (cap("aab", 2), {"a": 5, "b": 6}, "", False),
        (distinct("a", "b"), {"a": 4, "b": 4}, "", True),
        (distinct("a", "b"), {"a": 4, "b": 4}, "a", True),
        (distinct("a", "b"), {"a": 4, "b": 4}, "ab", False),
        (distinct("a", "a", "b"), {"a": 4, "b": 5}, "", False),
        (distinct("a", "b", "c"), {"a": 4, "b": 4, "c": 4}, "ab", True),
        (not_together("ab", [4]), {"a": 4, "b": 4}, "", True),
        (not_together("ab", [4]), {"a": 4, "b": 4}, "b", True),
        (not_together("ab", [5]), {"a": 4, "b": 4}, "", False),
    ],
)
def test_what_breaks_a_limit(limit: ProblemLimit, days: dict[str, int], fixed: str, broken: bool) -> None:
    """A limit counts what has a day; history neither breaks it nor makes room in it."""
    assert is_broken(limit, days, fixed) is broken


def test_a_cap_without_a_number_is_none() -> None:
    """A cap that names no number is never broken."""
    assert not is_broken(replace(WEEKLY, max=None), OVERFULL, "")


@pytest.mark.parametrize("batch", range(4))
def test_limits_are_broken_as_the_oracle_counts_them(batch: int) -> None:
    """On random limits and random days, of all visits or of some, the count is that of the plain oracle."""
    broken = 0
    for seed in range(batch * 400, (batch + 1) * 400):
        random = Random(seed)
        problem = (small_problem, medium_problem)[seed % 2](seed)
        limits = json.loads(json.dumps(problem_document(problem)))["limits"]
        days = {visit.id: random.randint(-8, 12) for visit in problem.visits if random.random() < 0.9}
        days |= {visit: day for visit, day in problem.fixed.items() if visit in days}
        for limit, document in zip(problem.limits, limits, strict=True):
            expected = brute_force.limit_broken(document, days, frozenset(problem.fixed))
            assert is_broken(limit, days, problem.fixed) is expected, (seed, limit.rule)
            broken += expected
    assert broken > 20


@pytest.mark.parametrize(("before", "days"), [(0, 0), (1, 0), (2, 7), (3, 7), (4, 14)])
def test_a_row_of_visits_fills_block_after_block(before: int, days: int) -> None:
    """Behind as many visits as a block takes, the next one lies in the next block."""
    assert Blocks(2, 7).least_days(before) == days


def test_blocks_can_be_counted_from_another_day() -> None:
    """Days counted from another day one lie in the same blocks once the bounds are shifted as they are."""
    blocks = Blocks(2, None, 3, 9)
    assert [blocks.shifted(10).counts(day + 10) for day in range(13)] == [blocks.counts(day) for day in range(13)]


def test_a_day_is_shared_with_a_fixed_visit_too() -> None:
    """An open visit shares a day with an open or with a fixed one; two fixed ones are nobody's concern."""
    assert shared_days([4, 5, 5, 6], {4, 9}) == {4, 5}
    assert shared_days([4, 5, 5, 6], {4, 9}, among=[5, 6]) == {5}


# Slack after a week that holds more than its cap


GIVEN = (date(2026, 12, 21), date(2026, 12, 22), date(2026, 12, 24))
"""Three doses in a treatment week that takes two."""


@pytest.mark.parametrize("holidays", [None, "US"])
@pytest.mark.parametrize("weekdays", ["mon tue wed thu fri", "mon tue wed thu fri sat sun", "mon wed fri"])
@pytest.mark.parametrize("day", [24, 26, 28])
def test_slack_forgives_history_as_placement_does(day: int, weekdays: str, holidays: str | None) -> None:
    """After an overfull week every later visit can move to just the days that keep the problem solved."""
    given, clinic = protocol("montreal-2023"), clinic_of(weekdays, holidays=holidays)
    profile = replace(profile_of(start_within=14), given=tuple(Given(kind="dosing", on=on) for on in GIVEN))
    now = datetime(2026, 12, day, 18, tzinfo=NOW.tzinfo)
    answer = answer_of(given, profile, clinic, now)
    plan = drafted(answer, given, profile, clinic, now)
    problem, days = answer.setting.problem, answer.placement.days
    for visit in problem.visits:
        legal = [
            choice.day - days[visit.id]
            for choice in visit.days
            if visit.fixed is None and evaluate(problem, {**days, visit.id: choice.day}) is not None
        ]
        planned = plan.visit(visit.id)
        assert (-planned.slack_earlier, planned.slack_later) == (min(legal, default=0), max(legal, default=0))


def test_a_dose_after_an_overfull_week_can_move() -> None:
    """With all weekdays free, doses given on 21, 22 and 24 December leave dose 5 its days on either side."""
    given, clinic = protocol("montreal-2023"), clinic_of()
    profile = replace(profile_of(start_within=14), given=tuple(Given(kind="dosing", on=on) for on in GIVEN))
    now = datetime(2026, 12, 24, 18, tzinfo=NOW.tzinfo)
    plan = drafted(answer_of(given, profile, clinic, now), given, profile, clinic, now)
    dose = plan.visit("dosing-5")
    assert dose.start.date() == date(2027, 1, 4)
    assert (dose.slack_earlier, dose.slack_later) == (3, 4)
