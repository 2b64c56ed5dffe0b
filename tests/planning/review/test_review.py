"""What reviews propose beside gates: missed doses, worsening, lapses, little improvement; and how proposals live."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from support.library_data import IDS, protocol
from support.reviews import Course, course

from kapplan.files.library.rules import built_in, built_in_review
from kapplan.model.plan import Plan
from kapplan.planning.amend import record as recording
from kapplan.planning.review.accept import accept, decline
from kapplan.planning.review.proposals import effect_of
from kapplan.planning.review.review import proposals, reviewed


def weekly() -> Course:
    """Return esketamine in its weekly phase: the benefit is shown, dose 9 is next."""
    return course("esketamine-trd").held("review-1").scored(madrs=12, phq9=8).went_on("confirm-following")


def test_nothing_is_proposed_of_a_fresh_plan() -> None:
    """A course in which nothing has happened needs no answer, whatever the protocol."""
    for name in IDS:
        assert course(name).proposals() == ()


# Missed doses


def test_a_dose_missed_in_the_induction_adds_nothing() -> None:
    """Esketamine, first four weeks: the schedule goes on, never doubled, and nothing is asked."""
    made = course("esketamine-trd").held("dosing-3").missed("dosing-4")
    assert made.proposals() == ()


def test_a_dose_that_the_protocol_replaces_is_no_question() -> None:
    """The general course gives a missed session later by itself."""
    assert course("kap-standard").held("dosing-2").missed("dosing-3").proposals() == ()


@pytest.mark.parametrize("name", [name for name in IDS if any(r.then == "ask" for r in protocol(name).missed.values())])
def test_where_the_protocol_is_silent_somebody_is_asked(name: str) -> None:
    """A missed dose of such a phase can be given later, or not: accepting lays one visit out in its place."""
    start = course(name)
    rules = protocol(name).missed
    dose = next(
        visit for visit in start.plan.visits
        if visit.kind == "dosing" and visit.phase in rules and rules[visit.phase].then == "ask"
    )  # fmt: skip
    before = [visit for visit in start.plan.visits if visit.start < dose.start]
    made = (start.held(before[-1].id) if before else start).missed(dose.id)
    asked = made.of(f"replace:{dose.id}")
    assert (asked.source is None) == (rules[dose.phase].source is None)
    done = made.accepted("replace")
    assert len(done.added) == 1
    assert done.regimen.visit(done.added[0]).replaces == dose.id
    assert "replace" not in [effect_of(effect)[0] for effect in replace(made, plan=done.plan).effects()]
    assert made.declined("replace").effects() == []


def test_a_dose_missed_in_maintenance_asks_for_the_score_that_tells_whether_it_is_worse() -> None:
    """Without a PHQ-9 since the missed dose nobody knows whether the patient is worse."""
    made = weekly().missed("dosing-9")
    (asked,) = made.proposals()
    assert asked.effect == "note"
    assert "phq9" in asked.text
    assert made.later(1).scored(phq9=9).proposals() == ()


@pytest.mark.parametrize(("phq9", "worse"), [(12, False), (13, True)])
def test_worse_after_a_missed_dose_goes_one_step_back(phq9: int, *, worse: bool) -> None:
    """Five points more on the PHQ-9 propose the schedule before; four do not."""
    made = weekly().missed("dosing-9").later(1).scored(phq9=phq9)
    assert made.effects() == (["branch:induction"] if worse else [])


def test_a_step_back_is_one_level_for_the_rest_of_the_course() -> None:
    """From every two weeks it is weekly doses, laid out in the place of what follows, from the week after the last."""
    two_weekly = weekly().held("review-2").scored(madrs=8, phq9=6).went_on("confirm-following")
    made = two_weekly.held("dosing-13").missed("dosing-14").later(1).scored(phq9=12)
    done = made.accepted("branch:weekly-on")
    assert all(done.plan.visit(visit).status == "cancelled" for visit in done.cancelled)
    revision = made.revised(done)
    assert revision.placed
    doses = [visit for visit in revision.plan.visits if visit.kind == "dosing" and visit.open]
    assert {visit.phase for visit in doses} == {"weekly-on"}
    gaps = {(b.start.date() - a.start.date()).days for a, b in pairwise(doses)}
    assert gaps == {7}
    assert len({visit.id for visit in revision.plan.visits}) == len(revision.plan.visits)


def test_two_steps_are_never_taken_on_one_score() -> None:
    """While a review judges a worse score nothing else is proposed of it, nor after the review was answered."""
    made = weekly().held("review-2").scored(madrs=8, phq9=6).went_on("confirm-following")
    worse = made.held("review-3").scored(madrs=20, phq9=14)
    assert worse.effects() == ["branch:weekly-on"]
    assert worse.went_on("branch:weekly-on").proposals() == ()
    missed = made.held("dosing-13").missed("dosing-14").later(1).scored(phq9=14)
    assert missed.went_on("branch:weekly-on").proposals() == ()


def test_worse_in_the_densest_schedule_is_a_remark() -> None:
    """Where the course has no denser schedule worsening changes nothing by itself, but is said."""
    made = course("murrough-2013").held("dosing-2").scored(phq9=26)
    assert made.effects() == ["note"]


def test_nobody_is_worse_before_the_first_dose() -> None:
    """Scores before the first dose propose nothing."""
    assert course("kap-standard").held("screening-1").scored(phq9=27).proposals() == ()


# Lapses


def lapsed() -> Course:
    """Return a weekly course without a dose for more than 28 days."""
    return weekly().missed("dosing-9", "dosing-10", "dosing-11", "dosing-12").later(3)


def test_after_a_lapse_a_clinician_chooses() -> None:
    """After more than 28 days both ways are offered: to resume, and to begin anew."""
    assert lapsed().effects() == ["note", "branch:induction"]
    assert all(one.source for one in lapsed().proposals())


def test_one_way_after_a_lapse_declines_the_other() -> None:
    """Resuming is the end of the question, and so is beginning anew."""
    made = lapsed()
    for effect in ("note", "branch:induction"):
        done = made.accepted(effect)
        assert replace(made, plan=done.plan).effects() == []


def test_beginning_anew_is_a_full_induction() -> None:
    """Eight doses twice a week, an evaluation, and what follows it as provisional."""
    made = lapsed()
    revision = made.revised(made.accepted("branch:induction"))
    assert revision.placed
    ahead = [visit for visit in revision.plan.visits if visit.open]
    induction = [visit for visit in ahead if visit.phase == "induction"]
    assert len(induction) == 8
    assert not any(visit.provisional for visit in induction)
    review = next(visit for visit in ahead if visit.phase == "benefit")
    assert all(review.id in visit.awaits for visit in ahead if visit.phase == "weekly")


def test_a_missed_dose_is_no_lapse_while_the_next_comes_in_time() -> None:
    """A gap of 28 days or fewer asks nothing of the kind."""
    made = weekly().missed("dosing-9", "dosing-10")
    assert "branch:induction" not in made.effects()


# Rules that are weighed


@pytest.mark.parametrize(("madrs", "little"), [(26, True), (25, False)])
def test_little_improvement_after_four_infusions(madrs: int, *, little: bool) -> None:
    """Less than a fifth off 32 after the fourth infusion proposes to leave out the rest; a fifth does not."""
    made = course("canbind-2020").held("dosing-4").later(1).scored(madrs=madrs)
    assert made.effects() == (["drop:dosing-5,dosing-6,dosing-7,dosing-8,dosing-9"] if little else [])


def test_never_stopped_after_one_or_two() -> None:
    """However little one or two infusions did, nothing is proposed."""
    made = course("canbind-2020").held("dosing-1").later(1).scored(madrs=32).held("dosing-2").later(1).scored(madrs=32)
    assert made.proposals() == ()


@pytest.mark.parametrize(("second", "little"), [(30, True), (20, False)])
def test_little_improvement_after_each_of_three(second: int, *, little: bool) -> None:
    """Less than a fifth after each of the first three infusions is a question; one better score between is not."""
    made = course("canbind-2020")
    for dose, score in (("dosing-1", 31), ("dosing-2", second), ("dosing-3", 30)):
        made = made.held(dose).later(1).scored(madrs=score)
    assert any(one.rule == "little-after-each-of-three" for one in made.proposals()) is little


def test_leaving_out_doses_leaves_out_what_goes_with_them() -> None:
    """An omitted dose takes the integration that only it has with it; both stay in the plan as left out."""
    made = course("kap-standard", route="iv").held("screening-1").held("dosing-4").later(1).scored(phq9=20, madrs=32)
    done = made.accepted("drop:dosing-5,dosing-6")
    omitted = {visit.id for visit in done.plan.visits if visit.status == "omitted"}
    assert {"dosing-5", "dosing-6", "integration-5", "integration-6"} == omitted


def test_a_good_response_finishes_the_course() -> None:
    """Half better after two infusions is a remark that the planned number is given, until there is nothing ahead."""
    made = course("canbind-2020").held("dosing-2").later(1).scored(madrs=16)
    (remark,) = made.proposals()
    assert (remark.rule, remark.effect) == ("finish-the-course", "note")


def test_a_rule_turned_off_by_the_profile_is_silent() -> None:
    """`without` counts for reviews as it does for new plans."""
    made = course("canbind-2020").held("dosing-2").later(1).scored(madrs=16)
    profile = made.basis.profile
    off = replace(profile, tailoring=replace(profile.tailoring, without=("finish-the-course",)))
    assert replace(made, basis=replace(made.basis, profile=off)).proposals() == ()


@pytest.mark.parametrize(
    ("scores", "offered"),
    [((9, 14), True), ((9, 13), True), ((9, 9), False), ((4, 9), True), ((4, 8), False), ((11, 16), False)],
)
def test_a_booster_is_offered_to_who_responded_and_is_worse(scores: tuple[int, int], *, offered: bool) -> None:
    """After a half was lost, 5 points more or a PHQ-9 of 10 at a check-in offers a booster, with its reason."""
    first, then = scores
    made = course("kap-standard").held("review-1").scored(phq9=first).held("check-in-1").scored(phq9=then)
    found = [one for one in made.proposals() if one.rule == "booster-when-worse"]
    assert bool(found) is offered
    assert all("`kapplan add PLAN booster`" in one.text and one.effect == "note" for one in found)


def test_a_booster_is_not_offered_where_somebody_declined() -> None:
    """Declined by the clinician it is not asked again on the same scores; turned off in the profile it never is."""
    made = course("kap-standard").held("review-1").scored(phq9=9).held("check-in-1").scored(phq9=14)
    (found,) = [one for one in made.proposals() if one.rule == "booster-when-worse"]
    assert "booster-when-worse" not in [one.rule for one in made.turned_down(found).proposals()]
    profile = made.basis.profile
    off = replace(profile, tailoring=replace(profile.tailoring, without=("booster-when-worse",)))
    assert "booster-when-worse" not in [
        one.rule for one in replace(made, basis=replace(made.basis, profile=off)).proposals()
    ]


def test_check_ins_thin_out_where_the_scores_are_low() -> None:
    """A PHQ-9 below 5 at a check-in proposes to leave out every other one; 10 or more asks for another."""
    made = course("kap-standard").held("check-in-1")
    few = made.scored(phq9=3)
    assert few.effects() == ["drop:check-in-2,check-in-4,check-in-6"]
    assert "proxy" in few.proposals()[0].text
    many = made.scored(phq9=12)
    assert many.effects() == ["note"]
    assert "check-in" in many.proposals()[0].text
    assert made.scored(phq9=7).proposals() == ()


def test_remission_that_lasts_may_thin_out_to_every_four_weeks() -> None:
    """Twelve weeks of remission on doses every two weeks are a remark."""
    made = course("esketamine-trd").held("review-2").scored(madrs=8).went_on("confirm-following")
    made = made.held("review-3").scored(madrs=8).went_on("confirm-following").held("dosing-15")
    assert "monthly-doses" not in [one.rule for one in made.proposals()]
    made = made.held("review-4").scored(madrs=8).went_on("confirm-following").held("dosing-18").held("review-5")
    assert "monthly-doses" in [one.rule for one in made.scored(madrs=8).proposals()]


# Data


def test_every_rule_that_leads_somewhere_is_a_rule() -> None:
    """What `review.toml` names is among the rules that reviews use, and each source it names is given."""
    book = built_in_review()
    known = {rule.id for rule in (*built_in().tailoring, *book.rules) if rule.used_by == "review"}
    assert book.proposes.keys() <= known
    named = {book.scores.source, book.ask_again.source, book.escort.source}
    named |= {one.source for one in book.proxies} | {one.source for one in book.metrics}
    named |= {one.source for one in book.rules}
    assert named == book.sources.keys()


# How proposals live


def stopped() -> tuple[Course, Plan]:
    """Return a review that proposes to stop, and its plan with the proposal written into it."""
    made = course("esketamine-trd").held("review-1").scored(madrs=30)
    return made, reviewed(made.plan, made.basis, made.today)


def test_a_proposal_keeps_its_number() -> None:
    """What is proposed again is the same proposal, day after day."""
    made, plan = stopped()
    again = proposals(plan, made.basis, made.later(1).today)
    assert again == plan.proposals
    assert [one.number for one in again] == [1]


def test_a_proposal_lapses_with_its_reason() -> None:
    """Another score makes another proposal with a number of its own; the old one is kept as lapsed."""
    made, plan = stopped()
    better = recording.score(plan, made.today, {"madrs": 10})
    first, second = proposals(better, made.basis, made.today)
    assert (first.number, first.state, first.effect) == (1, "lapsed", "stop")
    assert (second.number, second.state, second.effect) == (2, "open", "confirm-following")


def test_a_declined_proposal_leaves_the_other_ways_to_the_clinician() -> None:
    """Once the rule's way is declined the others are offered, marked as nobody's rule; none is a dead end."""
    made, _ = stopped()
    after = made.declined("stop")
    (other,) = after.proposals()
    assert other.effect == "confirm-following"
    assert other.source is None
    assert not other.verified
    done = after.accepted("confirm-following")
    assert done.settled == ("review-1",)
    assert replace(after, plan=done.plan).proposals() == ()


def test_a_review_without_its_score_can_be_decided_all_the_same() -> None:
    """Who declines to record the score may go either way."""
    made = course("esketamine-trd").held("review-1").declined("note")
    assert sorted(made.effects()) == ["confirm-following", "stop"]


def test_a_declined_proposal_can_still_be_accepted() -> None:
    """Minds change: a declined proposal is accepted by its number."""
    made, _ = stopped()
    declined = decline(made.plan, 1, made.basis, made.today)
    assert accept(declined, 1, made.basis, made.today).proposal.effect == "stop"


def test_what_was_answered_is_not_asked_again() -> None:
    """An accepted proposal is not made again, nor accepted again."""
    made, plan = stopped()
    done = accept(plan, 1, made.basis, made.today)
    assert replace(made, plan=done.plan).proposals() == ()
    with pytest.raises(Exception, match="was accepted"):
        accept(done.plan, 1, made.basis, made.today)


def test_unknown_numbers_are_refused() -> None:
    """The error says which numbers are open."""
    made, plan = stopped()
    with pytest.raises(Exception, match="no proposal 7") as caught:
        decline(plan, 7, made.basis, made.today)
    assert getattr(caught.value, "hint", None) == "open are 1"
    fresh = course("kap-standard")
    with pytest.raises(Exception, match="no proposal 1"):
        accept(fresh.plan, 1, fresh.basis, fresh.today)


def test_accepting_changes_nothing_but_what_it_says() -> None:
    """Going on leaves every visit at its time: only what waited for the review alone is planned now."""
    made = course("esketamine-trd").held("review-1").scored(madrs=10)
    done = made.accepted("confirm-following")
    moved = [a.id for a, b in zip(made.plan.visits, done.plan.visits, strict=True) if a.start != b.start]
    freed = [
        a.id for a, b in zip(made.plan.visits, done.plan.visits, strict=True) if a.provisional and not b.provisional
    ]
    assert moved == []
    assert freed == ["dosing-9", "dosing-10", "dosing-11", "dosing-12", "review-2"]
    assert done.regimen.timing == made.plan.regimen.timing


def test_stopping_calls_off_what_waited() -> None:
    """A stop cancels what waited for the review, on nobody's account, and drops its open tasks."""
    made, plan = stopped()
    done = accept(plan, 1, made.basis, made.today)
    called_off = [visit for visit in done.plan.visits if visit.status == "cancelled"]
    assert tuple(visit.id for visit in called_off) == done.cancelled
    assert {visit.cancelled_by for visit in called_off} == {None}
    assert not any(task.status == "open" for task in done.plan.tasks if task.visit in done.cancelled)
    assert not any(visit.open for visit in done.plan.visits)


def test_the_last_review_of_a_maintenance_extends_it() -> None:
    """Where nothing is laid out any more the same interval goes on for as long as the profile asks."""
    made = course("esketamine-trd", maintenance_months=2)
    for review, score in (("review-1", 12), ("review-2", 10)):
        made = made.held(review).scored(madrs=score).went_on("confirm-following")
    last = made.plan.visits[-1]
    while any(visit.open for visit in made.plan.visits):
        made = made.held(made.plan.visits[-1].id)
    if last.kind == "review":
        made = made.scored(madrs=9)
        done = made.accepted("branch:two-weekly")
        assert done.cancelled == ()
        assert done.added
        assert made.revised(done).placed


def test_a_missed_review_is_held_another_time() -> None:
    """What waits for a review that was missed stays provisional, and the review is asked for."""
    made = course("esketamine-trd").held("dosing-8").missed("review-1")
    (asked,) = made.proposals()
    assert asked.effect == "note"
    assert "missed" in asked.text


def test_no_proposal_is_without_source_unless_it_says_so() -> None:
    """An effect is always of the closed vocabulary."""
    made, plan = stopped()
    for one in plan.proposals:
        effect_of(one.effect)
    with pytest.raises(ValueError, match="no effect"):
        effect_of("explode")
    assert made.today == date(2027, 1, 29)


def test_another_measure_tells_that_the_patient_is_worse() -> None:
    """A response by the MADRS that is lost again proposes the step back, by the measure's own data and source."""
    made = course("esketamine-trd").held("dosing-9").scored(madrs=12)
    worse = made.later(7).scored(madrs=28)
    (found,) = [one for one in worse.proposals() if one.rule == "worse.madrs"]
    assert "12 to 28" in found.text
    assert found.source


def test_the_next_dose_repeats_no_proposal() -> None:
    """A worse score is one proposal, with one number, also once a further dose is given."""
    made = weekly().held("dosing-9").later(2).scored(madrs=28)
    first = replace(made, plan=reviewed(made.plan, made.basis, made.today))
    given = first.held("dosing-10").proposals()
    assert [one.number for one in given if one.rule == "worse.madrs"] == [
        one.number for one in first.proposals() if one.rule == "worse.madrs"
    ]


def test_a_review_that_nobody_answered_hides_no_later_score() -> None:
    """While a review's proposal is open its own scores are its to weigh; one from after its days speaks for itself."""
    held = course("esketamine-trd").held("review-1").scored(madrs=12)
    waiting = replace(held, plan=reviewed(held.plan, held.basis, held.today)).held("dosing-9")
    for days, told in ((3, False), (4, True)):
        later = replace(waiting, today=held.today + timedelta(days=days)).scored(madrs=28)
        assert ("worse.madrs" in {one.rule for one in later.proposals()}) is told
        assert "review-1" in {one.visit for one in later.proposals()}


def test_after_a_missed_dose_the_score_that_the_course_goes_by_is_asked_for() -> None:
    """A course that knows the MADRS alone asks for the MADRS, and has its answer in it."""
    made = weekly().held("dosing-9")
    scores = tuple(score for score in made.plan.scores if score.measure == "madrs")
    missed = replace(made, plan=replace(made.plan, scores=scores)).missed("dosing-10")
    (asked,) = [one for one in missed.proposals() if one.visit == "dosing-10"]
    assert "(madrs)" in asked.text
    assert not [one for one in missed.scored(madrs=12).proposals() if one.visit == "dosing-10"]


def test_a_proposal_keeps_its_number_and_its_text() -> None:
    """What was proposed reads the same for as long as it stands."""
    made = course("esketamine-trd").held("dosing-9").scored(madrs=12).later(7).scored(madrs=28)
    first = made.proposals()
    kept = replace(made, plan=reviewed(made.plan, made.basis, made.today)).later(9).proposals()
    assert {(one.number, one.text) for one in first} <= {(one.number, one.text) for one in kept}
