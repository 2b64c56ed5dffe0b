"""What is left of a course's rules once something of it has happened."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support.protocols import course_of

from kapplan.model.regimen import TimingRule
from kapplan.planning.residual.happened import Happened
from kapplan.planning.residual.remaining import remaining

COURSE = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 2
gap = { min = 3, target = 7, max = 14 }
[[phases.series]]
id = "intake"
visit = "screening"
after = { first = "dosing" }
lead = { min = -28, target = [-14, -1], max = -1 }
[[phases.series]]
visit = "review"
after = { last = "dosing" }
lead = { min = 1, target = 2, max = 4 }
"""
DAY = date(2027, 1, 7)


def left(**given: int) -> list[TimingRule]:
    """Return the rules that bind what is open once visits were held, each so many days after a day."""
    days = {name.replace("_", "-"): DAY + timedelta(days=after) for name, after in given.items()}
    return list(remaining(course_of(COURSE), Happened(given=days, lost={})).timing)


def test_a_screening_that_was_held_keeps_its_dose_near() -> None:
    """The first dose falls as many days after it as it was to fall before the dose: no fewer, no more."""
    (rule,) = [one for one in left(screening_1=0) if one.after == "screening-1"]
    assert (rule.visit, rule.min, rule.target, rule.max) == ("dosing-1", 1, (1, 14), 28)


@pytest.mark.parametrize("given", [{"screening_1": 0, "dosing_1": 3}, {"dosing_1": 0, "screening_1": 3}])
def test_two_that_were_held_do_not_bind_each_other(given: dict[str, int]) -> None:
    """What happened is not asked to have happened otherwise."""
    assert all("screening-1" not in {one.visit, one.after} for one in left(**given))


def test_what_was_held_too_soon_does_not_bind_what_it_was_to_follow() -> None:
    """A review held before the last dose does not ask that dose to have come before it."""
    assert all("review-1" not in {one.visit, one.after} for one in left(review_1=0))
