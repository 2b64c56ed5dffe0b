"""Every visit says why: its window, its slack, what kept it off its target, each as the rules and calendars have it."""

from __future__ import annotations

from datetime import date

import pytest
from support.cases import MONDAY, clinic_of, free_on, plan_of

from kapplan.model.clinic import Away, Closure
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.regimen import TimingRule
from kapplan.planning.phrases.timing import timing_words

DOSES = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 3
gap = { min = 3, target = 7, max = 14 }
"""


def texts(visit: PlannedVisit) -> str:
    """Return all reasons of a visit as one text."""
    return "\n".join(reason.text for reason in visit.because)


def test_the_window_is_what_the_rules_allow_given_the_anchors() -> None:
    """The window counts from where the anchors stand, whatever day the visit took in it."""
    dose = plan_of(DOSES).visit("dosing-2")
    assert (dose.earliest, dose.latest) == (date(2027, 1, 7), date(2027, 1, 18))


def test_slack_is_how_far_the_visit_alone_could_move() -> None:
    """Slack counts to the furthest open day that breaks no rule while every other visit stays."""
    dose = plan_of(DOSES).visit("dosing-2")
    assert (dose.slack_earlier, dose.slack_later) == (4, 4)


def test_slack_is_bounded_by_the_visits_that_count_from_it() -> None:
    """A visit cannot move further than those after it allow."""
    tight = DOSES.replace("max = 14", "max = 8").replace("min = 3", "min = 6")
    dose = plan_of(tight).visit("dosing-2")
    assert (dose.slack_earlier, dose.slack_later) == (0, 1)


def test_a_holiday_that_kept_a_visit_off_its_target_is_named() -> None:
    """What closed the days nearer to the target is in the reasons, with the day."""
    dose = plan_of(DOSES, clinic=clinic_of(holidays="US")).visit("dosing-3")
    assert dose.start.date() != date(2027, 1, 18)
    assert dose.deviation_days == 1
    assert "Mon 18 Jan 2027 (Martin Luther King Jr. Day)" in texts(dose)


def test_a_reason_says_by_how_many_days_and_on_which_side() -> None:
    """How far off its target a visit is stands beside the words, later above zero and earlier below, and agrees."""
    plan = plan_of(DOSES, clinic=clinic_of(holidays="US"), availability=free_on("wed"))
    told = [(visit, reason) for visit in plan.visits for reason in visit.because if reason.short]
    assert told
    for visit, reason in told:
        assert reason.off is not None
        days, side = abs(reason.off), "later" if reason.off > 0 else "earlier"
        assert (reason.short or "").startswith(f"{days} day{'s' * (days > 1)} {side} than ideal")
        assert days == visit.deviation_days
    assert all(reason.off is None for visit in plan.visits for reason in visit.because if not reason.short)


@pytest.mark.parametrize(
    ("clinic", "availability", "cause"),
    [
        (clinic_of(closed=(Closure(on=date(2027, 1, 11), why="painters"),)), None, "Mon 11 Jan 2027 (painters)"),
        (clinic_of(), free_on("tue wed thu fri"), "the patient is not available on Mondays"),
        (
            clinic_of(),
            free_on("mon tue wed thu fri", away=(Away(from_=date(2027, 1, 11), until=date(2027, 1, 11), why="court"),)),
            "the patient is away on Mon 11 Jan 2027",
        ),
    ],
)  # fmt: skip
def test_causes_are_told_and_private_reasons_are_not(clinic: object, availability: object, cause: str) -> None:
    """A closure, a weekday, an absence are named; why the patient is away is nobody's business."""
    plan = plan_of(DOSES, clinic=clinic, availability=availability)  # type: ignore[arg-type]
    told = "\n".join(texts(visit) for visit in plan.visits)
    assert cause in told
    assert "court" not in told


def test_a_visit_on_target_says_nothing_of_deviation() -> None:
    """Where every rule is met, no reason speaks of a deviation."""
    plan = plan_of(DOSES)
    assert [visit.deviation_days for visit in plan.visits] == [0, 0, 0]
    assert not any("than ideal" in texts(visit) for visit in plan.visits)


def test_every_timing_rule_of_a_visit_is_among_its_reasons() -> None:
    """Each rule is there as a sentence with its level; one that no source states is not verified."""
    dose = plan_of(DOSES).visit("dosing-2")
    (reason,) = dose.because
    assert reason.text == "3 to 14 days after dose 1, ideally 7 days"
    assert (reason.level, reason.source, reason.verified) == ("default", None, False)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"min": 1, "target": (2, 7), "max": 10}, "1 to 10 days after dose 1, ideally 2 to 7 days"),
        ({"min": 1}, "After dose 1"),
        ({"min": 3}, "At least 3 days after dose 1"),
        ({"max": 4}, "At most 4 days after dose 1"),
        ({"min": 0, "target": (0, 0), "max": 0}, "On the day of dose 1, ideally the same day"),
        ({"min": -21, "target": (-14, -14), "max": -14}, "14 to 21 days before dose 1, ideally 14 days"),
        ({"target": (7, 13)}, "Ideally 7 to 13 days after dose 1"),
        ({"target": (-7, -1)}, "Ideally 1 to 7 days before dose 1"),
        (
            {"min": -7, "target": (-3, 3), "max": 7, "months": 4},
            "4 calendar months after dose 1, ideally within 3 days of that day, at most 7 days from it",
        ),
        ({"min": 0, "target": (0, 0), "max": 7}, "0 to 7 days after dose 1, ideally the same day"),
    ],
)
def test_rules_read_as_sentences(rule: dict[str, object], words: str) -> None:
    """A timing rule reads as a person would say it."""
    assert timing_words(TimingRule(rule="r", visit="review-1", after="dosing-1", **rule)) == words  # type: ignore[arg-type]


def _shared_day_reason(plan: Plan) -> str:
    return texts(plan.visit("review-1"))


def test_another_visit_on_the_day_is_named() -> None:
    """Where one visit a day keeps a visit off its target, the other visit is named."""
    plan = plan_of(
        DOSES
        + """
[[phases]]
id = "end"
[[phases.series]]
visit = "review"
after = { visit = "dosing", number = 1 }
gap = { min = 0, target = 7, max = 20 }
"""
    )
    review, dose = plan.visit("review-1"), plan.visit("dosing-2")
    assert review.deviation_days + dose.deviation_days == 1
    assert "dose 2 is on that day" in _shared_day_reason(plan)


def test_the_start_says_why_it_is_late() -> None:
    """A first visit later than asked says what was closed."""
    plan = plan_of(DOSES, availability=free_on("wed"))
    assert plan.visit("dosing-1").start.date() == date(2027, 1, 6)
    assert f"asked (Mon {MONDAY.day} Jan 2027)" in texts(plan.visit("dosing-1"))
