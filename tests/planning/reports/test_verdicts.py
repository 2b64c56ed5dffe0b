"""The verdict on a record: what a person should look at, and nothing of a record that is as it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.reviews import course

from kapplan.model.plan import Plan
from kapplan.planning.amend.record import complete
from kapplan.planning.reports.verdicts import newly_recorded, verdict_words, verdicts

PLAN = course("kap-standard").plan


def held(plan: Plan, *visits: str, **later: int) -> Plan:
    """Return a plan in which visits were held where they stood, and others some days later."""
    for name in visits:
        plan = complete(plan, name)
    for name, days in later.items():
        visit = plan.visit(name.replace("_", "-"))
        plan = complete(plan, visit.id, actual=visit.start + timedelta(days=days))
    return plan


def judged(plan: Plan, visit: str) -> list[str]:
    """Return the judgements of a record."""
    return [one.judgement for one in verdicts(plan, visit)]


NEXT_DAY = (PLAN.visit("dosing-1").start.date() - PLAN.visit("dosing-2").start.date()).days + 1
BEFORE = [visit.id for visit in PLAN.visits if visit.start < PLAN.visit("dosing-1").start]


def test_a_record_as_it_should_be_is_valid_and_says_nothing() -> None:
    """All that comes before was held, and the dose on its day."""
    plan = held(PLAN, *BEFORE, "dosing-1")
    assert judged(plan, "dosing-1") == ["valid"]
    assert verdict_words(verdicts(plan, "dosing-1")) == ()
    assert verdicts(plan, "dosing-2") == ()


@pytest.mark.parametrize(
    ("days", "judgement"), [(0, "valid"), (NEXT_DAY, "too early"), (90, "too late"), (349, "too late"), (350, "date"),
                            (380, "date"), (381, "too late")],
)  # fmt: skip
def test_a_dose_is_judged_by_its_day(days: int, judgement: str) -> None:
    """Before its least distance it is too early, past its greatest too late, and about a year off it looks wrong."""
    plan = held(PLAN, *BEFORE, "dosing-1", "integration-1", dosing_2=days)
    assert judged(plan, "dosing-2")[0] == judgement


@pytest.mark.parametrize("days", [365, -365])
def test_the_year_that_is_meant_is_the_planned_one(days: int) -> None:
    """A date a year too late or too early is asked about with the day of the year for which it was planned."""
    (asked,) = [one.text for one in verdicts(held(PLAN, dosing_2=days), "dosing-2") if one.judgement == "date"]
    assert "2027 meant?" in asked


def test_two_doses_of_one_day_are_told_and_two_sessions_are_not() -> None:
    """Only doses may not share a day."""
    doses = held(PLAN, "dosing-1")
    doses = complete(doses, "dosing-2", actual=doses.visit("dosing-1").start)
    assert "date" in judged(doses, "dosing-2")
    others = held(PLAN, "preparation-1")
    others = complete(others, "preparation-2", actual=others.visit("preparation-1").start)
    assert "date" not in judged(others, "preparation-2")
    assert "date" not in judged(held(PLAN, "dosing-1", "dosing-2"), "dosing-2")


def test_a_dose_before_one_that_nobody_recorded_is_out_of_order() -> None:
    """It is out of order while the one before it is open, and once that was held later; not once that was lost."""
    assert "out of order" in judged(held(PLAN, "dosing-2"), "dosing-2")
    assert "out of order" in judged(held(PLAN, "dosing-2", dosing_1=40), "dosing-2")
    assert "out of order" not in judged(held(PLAN, "dosing-1", "dosing-2"), "dosing-2")


def test_a_visit_before_its_gate_says_which() -> None:
    """It waited for a review: not held, held after it, held before it; and for what was never settled."""
    waiting = PLAN.visit("check-in-1")
    assert waiting.awaits == ("review-1",)
    assert "before its gate" in judged(held(PLAN, "check-in-1"), "check-in-1")
    assert "before its gate" in judged(held(PLAN, "check-in-1", review_1=60), "check-in-1")
    unsettled = replace(waiting, awaits=("pregnancy",))
    plan = replace(PLAN, visits=tuple(unsettled if one.id == waiting.id else one for one in PLAN.visits))
    (told,) = [one for one in verdicts(held(plan, "check-in-1"), "check-in-1") if one.judgement == "before its gate"]
    assert told.text == "pregnancy was not settled"


def test_a_change_tells_the_records_that_it_made() -> None:
    """What was held before and is as it was is no news; held on another day, or in part, it is."""
    before = held(PLAN, "screening-1")
    assert newly_recorded(PLAN, before) == ("screening-1",)
    assert newly_recorded(before, before) == ()
    assert newly_recorded(before, held(before, screening_1=1)) == ("screening-1",)
    assert newly_recorded(before, complete(before, "screening-1", partial="left early")) == ("screening-1",)
