"""Safety stands: all that was recorded is screened afresh, and a notice stays until somebody settles it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from support.reviews import Course, course
from support.rule_cases import SCREENING, RuleCase, profile, protocol_with

from kapplan.model.clinic import ClinicAlert
from kapplan.model.decisions import Override
from kapplan.model.plan import Finding
from kapplan.model.profile import Medication, Patient
from kapplan.model.rules import Condition, ScreeningRule
from kapplan.planning.amend.record import score
from kapplan.planning.review.standing import notices as unsettled
from kapplan.planning.review.standing import refusals, screened, settled, standing_findings
from kapplan.planning.rules.screening import screen


def notices(made: Course) -> list[Finding]:
    """Return what nobody has settled today."""
    return [finding for finding in standing_findings(made.plan, made.basis, made.today) if finding.safety]


def not_screened(made: Course) -> list[str]:
    """Return the symptoms that are not screened today."""
    found = standing_findings(made.plan, made.basis, made.today)
    return [finding.key or "" for finding in found if finding.not_screened and (finding.key or "").startswith("symp")]


def stands(made: Course) -> Course:
    """Return the course screened as of today."""
    return replace(made, plan=screened(made.plan, made.basis, made.today))


def seen_to(made: Course, rule: str) -> Course:
    """Return the course with the notices of a rule settled."""
    made = stands(made)
    return stands(replace(made, plan=settled(made.plan, rule, by="Dr. Okafor", on=made.today, why="seen today")))


def under_way() -> Course:
    """Return the general course after its first dose."""
    return course("kap-standard").held("dosing-1")


@pytest.mark.parametrize("case", [case for cases in SCREENING.values() for case in cases])
def test_whatever_a_rule_was_read_from_is_told_with_its_value(case: RuleCase) -> None:
    """In mid-course every rule of screening can speak, also one that holds since something is not stated."""
    begun = course(case.protocol)
    made = begun.held(begun.plan.visits[0].id)
    asked = protocol_with(case.protocol, case.change)
    made = replace(made, basis=replace(made.basis, profile=profile(case.fires), protocol=asked))
    told = standing_findings(made.plan, made.basis, made.today)
    at_first = screen(made.basis.profile, asked, made.today, made.basis.rules, made.basis.clinic)
    assert {finding.rule for finding in at_first} <= {finding.rule for finding in told}
    assert all(one.key and one.value for finding in told for one in finding.evidence)


@pytest.mark.parametrize(("answer", "told"), [(0, False), (1, True), (3, True)])
def test_item_nine_comes_first_whatever_the_total(answer: int, *, told: bool) -> None:
    """An answer of 1 or more is a safety notice even where the total is low."""
    found = notices(under_way().scored(phq9=2, phq9_item9=answer))
    assert any(one.safety for one in found) is told
    assert not told or str(answer) in found[0].text


@pytest.mark.parametrize(("value", "told"), [(91, True), (92, False), (98, False)])
def test_a_clinic_sets_its_own_threshold(value: int, *, told: bool) -> None:
    """No source gives a threshold of oxygen saturation: there is no alert but the clinic's own, which stands."""
    made = course("esketamine-trd").held("dosing-1")
    assert not [one for one in notices(made.scored(spo2=value)) if one.rule == "alert-spo2"]
    clinic = replace(made.basis.clinic, alerts=(ClinicAlert(measure="spo2", below=92, text="Stop and look."),))
    own = replace(made, basis=replace(made.basis, clinic=clinic)).scored(spo2=value)
    found = [one for one in notices(own) if one.rule == "alert-spo2"]
    assert bool(found) is told
    for one in found:
        assert "Stop and look. The clinic's own threshold is below 92%." in one.text
        assert one.source == "the clinic's file"
        assert [each.rule for each in notices(own.later(3).scored(spo2=98))].count("alert-spo2") == 1
        assert "alert-spo2" not in [each.rule for each in notices(seen_to(own, "alert-spo2"))]


@pytest.mark.parametrize(("value", "told"), [(15, True), (14, False)])
def test_a_clinic_may_add_a_threshold_to_any_score(value: int, *, told: bool) -> None:
    """`at_least` is for scores that are worse where they are higher."""
    made = under_way()
    clinic = replace(made.basis.clinic, alerts=(ClinicAlert(measure="gad7", at_least=15),))
    found = notices(replace(made, basis=replace(made.basis, clinic=clinic)).scored(gad7=value))
    assert any("GAD-7 15" in one.text for one in found) is told


def test_a_total_without_item_nine_is_flagged() -> None:
    """A PHQ-9 whose item 9 is not given, or older, is told as not screened; asked once, it holds nothing."""
    item = "symptoms.phq9_item9"
    assert item in not_screened(under_way().scored(phq9=14))
    assert item not in not_screened(under_way().scored(phq9=14, phq9_item9=0))
    old = under_way().scored(phq9=14, phq9_item9=0).later(7).scored(phq9=12)
    assert item in not_screened(old)
    (found,) = [one for one in standing_findings(old.plan, old.basis, old.today) if one.key == item]
    assert found.holds == ()


def test_a_total_alone_clears_no_notice() -> None:
    """A PHQ-9 without item 9 leaves an earlier answer of it standing, and is flagged beside it."""
    made = under_way().scored(phq9=14, phq9_item9=2).later(7).scored(phq9=8)
    assert [one.rule for one in notices(made)] == ["phq9-item9"]
    assert "symptoms.phq9_item9" in not_screened(made)


def test_a_notice_stands_until_somebody_settles_it() -> None:
    """Neither time nor a calmer answer silences it; who saw to it does, by name, and only what was read till then."""
    made = under_way().scored(phq9=14, phq9_item9=2)
    assert [one.rule for one in notices(made.later(30))] == ["phq9-item9"]
    calmer = made.later(7).scored(phq9=9, phq9_item9=0)
    assert [one.rule for one in notices(calmer)] == ["phq9-item9"]
    assert "2" in notices(calmer)[0].text
    done = seen_to(calmer, "phq9-item9")
    assert notices(done) == []
    assert notices(done.later(60)) == []


def test_a_new_answer_speaks_again() -> None:
    """A settlement covers the readings that stood then: the same answer a week later is a notice of its own."""
    done = seen_to(under_way().scored(phq9=14, phq9_item9=2), "phq9-item9")
    assert notices(done) == []
    again = done.later(7).scored(phq9=14, phq9_item9=2)
    assert [one.rule for one in notices(again)] == ["phq9-item9"]
    assert notices(seen_to(again, "phq9-item9")) == []


def test_a_corrected_answer_takes_its_notice_away() -> None:
    """The same question of the same day recorded anew leaves nothing of what was wrong."""
    made = under_way().scored(phq9=14, phq9_item9=2)
    assert notices(replace(made, plan=score(made.plan, made.today, {"phq9_item9": 0}))) == []


def test_to_settle_lifts_no_refusal() -> None:
    """Intent that was acknowledged comes first no more, but doses stay provisional and holding stays proposed."""
    made = seen_to(under_way().scored(cssrs="intent"), "suicidal-intent")
    assert notices(made) == []
    assert [one.rule for one in refusals(made.plan)] == ["suicidal-intent"]
    assert made.effects() == ["hold"]
    ahead = [visit for visit in made.plan.visits if visit.open and visit.kind == "dosing"]
    assert ahead
    assert all(visit.provisional and "suicidal-intent" in visit.awaits for visit in ahead)


def test_doses_wait_no_more_when_the_refusal_is_gone() -> None:
    """A later answer of none lifts the refusal; its notice stands until it is settled."""
    made = stands(under_way().scored(cssrs="intent")).later(3)
    after = stands(made.scored(cssrs="none"))
    waiting = [visit.id for visit in after.plan.visits if "suicidal-intent" in visit.awaits]
    assert waiting == []
    assert [one.rule for one in unsettled(after.plan)] == ["suicidal-intent"]
    assert refusals(after.plan) == ()


@pytest.mark.parametrize(("measure", "value"), [("bp", "150/95"), ("luts", "yes"), ("ymrs", 8), ("cssrs", "intent")])
def test_every_alert_of_the_measures_is_a_notice(measure: str, value: int | str) -> None:
    """Whatever the measures' data ask somebody to act on stands until it is settled, not only what is for that day."""
    made = under_way().scored(**{measure: value})
    told = notices(made)
    assert told
    assert all(any(one.on == made.today for one in notice.evidence) for notice in told)
    for rule in {notice.rule for notice in told}:
        made = seen_to(made, rule)
    assert notices(made) == []


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


NINETY = timedelta(days=90)
CHANGES = {
    "nothing is counted": (Patient(id="river"), None, None),
    "a finding that tells an age": (Patient(id="river", birth_date=date(2009, 2, 1)), None, date(2027, 1, 4)),
    "a birthday that changes nothing": (Patient(id="river", birth_date=date(1987, 2, 1)), None, None),
    "a drug that is new": (Patient(id="river"), date(2027, 1, 1), date(2027, 1, 4)),
    "a drug of long ago": (Patient(id="river"), date(2024, 1, 1), None),
    "a drug that is begun later": (Patient(id="river"), date(2027, 3, 1), date(2027, 1, 4)),
}


@pytest.mark.parametrize(("patient", "since", "until"), CHANGES.values(), ids=CHANGES)
def test_findings_stay_what_they_are_for_as_long_as_is_said(
    patient: Patient, since: date | None, until: date | None
) -> None:
    """Until the day that a plan names nothing screened is another; where nothing changes, that is ninety days on."""
    made = course("zarate-2006")
    taken = () if since is None else (Medication(name="sertraline", since=since),)
    history = replace(made.basis.profile.history, medications=taken)
    basis = replace(made.basis, profile=replace(made.basis.profile, patient=patient, history=history))
    plan = screened(made.plan, basis, made.today)
    assert plan.screened is not None
    assert plan.screened.until == (until or made.today + NINETY)
    day = made.today
    while day <= plan.screened.until:
        assert [one.rule for one in standing_findings(plan, basis, day)] == [one.rule for one in plan.findings]
        day += timedelta(days=1)


@pytest.mark.parametrize("limits", [{"is_": 29}, {"in_": (28, 30)}, {"at_least": 28, "at_most": 31}, {"above": 40}])
def test_the_day_is_found_on_which_a_count_first_means_another_thing(limits: dict[str, Any]) -> None:
    """Halving finds the same day as asking every day, also where a rule speaks for a few days only."""
    made = course("zarate-2006")
    drug = Medication(name="sertraline", since=made.today - timedelta(days=9))
    history = replace(made.basis.profile.history, medications=(drug,))
    source = next(iter(made.basis.rules.sources))
    rule = ScreeningRule(
        id="counted", level="clinic", outcome="warn", text="It is counted.", source=source,
        when=Condition(field="medications.days_since_start.antidepressant", **limits),
    )  # fmt: skip
    rules = replace(made.basis.rules, screening=(rule,))
    basis = replace(made.basis, profile=replace(made.basis.profile, history=history), rules=rules)
    days = [made.today + timedelta(days=count) for count in range(91)]
    told = [any(one.rule == "counted" for one in standing_findings(made.plan, basis, day)) for day in days]
    assert not told[0]
    plan = screened(made.plan, basis, made.today)
    assert plan.screened is not None
    assert plan.screened.until == days[told.index(True) - 1]
