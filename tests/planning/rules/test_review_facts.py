"""What only a review knows of a course: reckoned from its scores and the days of its doses."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support.reviews import BASELINE, Course, course

from kapplan.model.plan import Plan
from kapplan.planning.amend.record import complete, score
from kapplan.planning.rules.recorded_scores import readings, review_facts

SCORES = (12, 4, 3)
"""PHQ-9 the day after each of the first three doses; 4 and less is remission."""


def after_three_doses() -> tuple[Course, Plan]:
    """Return the general course and its plan with three doses held and scored."""
    life = course("kap-standard")
    plan = life.plan
    for number, value in enumerate(SCORES, start=1):
        plan = complete(plan, f"dosing-{number}")
        plan = score(plan, plan.visit(f"dosing-{number}").day + timedelta(days=1), {"phq9": value})
    return life, plan


@pytest.mark.parametrize("later", [3, 10, 31])
def test_a_review_knows_doses_weeks_and_how_far_scores_moved(later: int) -> None:
    """Weeks count from the first dose given, days between doses to the next that stands, percents from the baseline."""
    life, plan = after_three_doses()
    days = [plan.visit(f"dosing-{number}").day for number in (1, 2, 3, 4)]
    today = days[2] + timedelta(days=later)
    facts = review_facts(plan, life.basis, today)
    before = int(str(BASELINE["phq9"]))
    assert facts["review.doses"] == len(SCORES)
    assert facts["review.weeks"] == (today - days[0]).days // 7
    assert facts["review.every_days"] == (days[3] - days[2]).days
    assert facts["review.phq9"] == SCORES[-1]
    assert facts["review.worse_points"] == 0
    assert facts["review.improved_percent"] == (before - SCORES[-1]) * 100 // before
    assert facts["review.best_percent"] == (before - min(SCORES)) * 100 // before
    assert facts["review.scored_doses"] == len(SCORES)
    assert facts["review.weeks_in_remission"] == (today - days[1] - timedelta(days=1)).days // 7


def test_a_review_knows_nothing_that_was_not_recorded() -> None:
    """Before any dose there are no weeks, and without a score after the baseline nothing has moved."""
    life = course("kap-standard")
    facts = review_facts(life.plan, life.basis, date(2027, 1, 4))
    assert facts["review.doses"] == 0
    assert "review.weeks" not in facts
    assert "review.improved_percent" not in facts
    assert "review.weeks_in_remission" not in facts


def test_worse_is_against_the_score_before() -> None:
    """The last score alone against the one before it, in points; getting better is none."""
    life, plan = after_three_doses()
    last = plan.visit("dosing-3").day + timedelta(days=8)
    worse = score(plan, last, {"phq9": SCORES[-1] + 6})
    assert review_facts(worse, life.basis, last)["review.worse_points"] == 6
    assert review_facts(worse, life.basis, last)["review.weeks_in_remission"] == 0
    assert [one.value for one in readings(worse, life.basis.measures, "phq9", last - timedelta(days=1))][-1] == SCORES[
        -1
    ]
    assert readings(worse, life.basis.measures, "no-such-measure") == []
