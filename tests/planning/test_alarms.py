"""Safety: the latest scores are screened afresh, and what refuses the course proposes to hold it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from support.reviews import Course, course

from kapplan.model.decisions import Override
from kapplan.model.plan import Finding
from kapplan.planning.review.safety import safety_notices


def notices(made: Course) -> list[Finding]:
    """Return what the scores say of safety today."""
    return list(safety_notices(made.plan, made.basis, made.today))


def under_way() -> Course:
    """Return the general course after its first dose."""
    return course("kap-standard").held("dosing-1")


@pytest.mark.parametrize(("answer", "told"), [(0, False), (1, True), (3, True)])
def test_item_nine_comes_first_whatever_the_total(answer: int, *, told: bool) -> None:
    """An answer of 1 or more is a safety notice even where the total is low."""
    found = notices(under_way().scored(phq9=2, phq9_item9=answer))
    assert any(one.safety for one in found) is told
    assert not told or str(answer) in found[0].text


def test_a_total_without_item_nine_is_flagged() -> None:
    """A PHQ-9 whose item 9 is not given, or older, is told as not screened."""
    (found,) = notices(under_way().scored(phq9=14))
    assert found.not_screened
    old = under_way().scored(phq9=14, phq9_item9=0).later(7).scored(phq9=12)
    assert [one.not_screened for one in notices(old)] == [True]
    assert notices(under_way().scored(phq9=14, phq9_item9=0)) == []


def test_a_total_alone_clears_no_notice() -> None:
    """A PHQ-9 without item 9 leaves an earlier answer of it standing, and is flagged beside it."""
    found = notices(under_way().scored(phq9=14, phq9_item9=2).later(7).scored(phq9=8))
    assert [one.safety for one in found] == [True, False]
    assert found[1].not_screened


def test_a_notice_stands_until_the_question_is_answered_again() -> None:
    """Days later it is still there; a new answer takes its place."""
    made = under_way().scored(phq9=14, phq9_item9=2)
    assert any(one.safety for one in notices(made.later(30)))
    assert not any(one.safety for one in notices(made.later(1).scored(phq9=9, phq9_item9=0)))


@pytest.mark.parametrize(
    ("scores", "holds"),
    [
        ({"cssrs": "method"}, False),
        ({"cssrs": "intent"}, True),
        ({"cssrs": "intent-with-plan"}, True),
        ({"cssrs": "none", "cssrs_behaviour": "past"}, False),
        ({"cssrs": "none", "cssrs_behaviour": "last-3-months"}, True),
    ],
)
def test_intent_plan_or_recent_behaviour_proposes_to_hold(scores: dict[str, str], *, holds: bool) -> None:
    """The proposal comes before all others, cites the screening rule, and holds the whole course when accepted."""
    made = under_way().scored(**scores)
    assert (made.effects() == ["hold"]) is holds
    if holds:
        done = made.accepted("hold")
        assert done.plan.held
        assert {visit.status for visit in done.plan.visits if visit.open} == {"unresolved"}
        assert replace(made, plan=done.plan).proposals() == ()


def test_a_hold_that_was_lifted_is_proposed_again() -> None:
    """A new answer of intent is a new proposal, whatever became of an earlier one."""
    made = under_way().scored(cssrs="intent").declined("hold")
    assert made.proposals() == ()
    assert made.later(3).scored(cssrs="intent").effects() == ["hold"]


def test_where_the_course_is_for_acute_risk_intent_is_told_and_does_not_hold() -> None:
    """The label's course for acute suicidal ideation is not barred by what it treats, but the notice comes first."""
    made = course("esketamine-mdsi").held("dosing-1").scored(cssrs="intent")
    assert made.effects() == []
    assert notices(made)[0].safety


def test_an_override_by_a_clinician_is_no_proposal_any_more() -> None:
    """Who overrode the rule by name is not asked to hold the course."""
    made = under_way().scored(cssrs="intent")
    override = Override(rule="suicidal-intent", by="Dr. Okafor", on=date(2027, 1, 20), why="seen today")
    assert replace(made, plan=replace(made.plan, overrides=(override,))).proposals() == ()


def test_scores_still_ahead_say_nothing_today() -> None:
    """A score dated after today is not read."""
    made = under_way().later(5).scored(cssrs="intent").later(-3)
    assert not any(one.safety for one in notices(made))
