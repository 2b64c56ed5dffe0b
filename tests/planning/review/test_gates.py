"""Gates of every built-in protocol: each is reached, read from the scores, and leads both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from support.library_data import IDS, protocol
from support.reviews import BASELINE, Course, course

from kapplan.model.regimen import RegimenVisit
from kapplan.model.visits import Gate
from kapplan.planning.amend import record as recording
from kapplan.planning.review.gates import denser, gates_held, interval_of, read_gate

GATED = [
    name for name in IDS if any(series.gate is not None for phase in protocol(name).phases for series in phase.series)
]
ASSUMPTIONS = ("responds", "no-response")


def gates_of(made: Course) -> Iterator[tuple[RegimenVisit, Gate]]:
    """Yield the gates of a course with their visits."""
    for visit in made.plan.regimen.visits:
        if visit.gate is not None:
            yield visit, visit.gate


def scores_for(gate: Gate, *, passing: bool) -> dict[str, int]:
    """Return a score that just passes a gate, or just does not."""
    if gate.measure is None:
        return {}
    bounds = [] if gate.at_most is None else [gate.at_most]
    if gate.response is not None:
        baseline = BASELINE[gate.measure]
        bounds.append(max(score for score in range(baseline) if (baseline - score) >= gate.response * baseline))
    return {gate.measure: min(bounds) if passing else min(bounds) + 1}


MEASURED = [
    (name, visit.id)
    for name in GATED
    for visit, gate in gates_of(course(name))
    if gate.measure is not None
]  # fmt: skip
UNMEASURED = [
    (name, visit.id) for name in GATED for visit, gate in gates_of(course(name)) if gate.measure is None
]  # fmt: skip


def gate_at(made: Course, visit_id: str) -> Gate:
    """Return a gate of a course."""
    return next(gate for visit, gate in gates_of(made) if visit.id == visit_id)


@pytest.mark.parametrize("name", GATED)
def test_every_gate_of_the_protocol_is_laid_out(name: str) -> None:
    """Every series with a gate is reached: from the start, or through the branch that the test below goes."""
    there = {visit.phase for assume in ASSUMPTIONS for visit, _ in gates_of(course(name, assume=assume))}
    gated = {phase.id for phase in protocol(name).phases if any(series.gate for series in phase.series)}
    assert gated - there <= {"weekly-on", "four-weekly"}


@pytest.mark.parametrize(("madrs", "effect"), [(13, "confirm-following"), (12, "branch:two-weekly")])
def test_the_gate_of_a_branch_leads_both_ways(madrs: int, effect: str) -> None:
    """Esketamine's weekly branch is decided anew after four doses: it goes on, or thins out to every two weeks."""
    weekly = course("esketamine-trd").held("review-2").scored(madrs=13).went_on("branch:weekly-on")
    first = next(visit.id for visit in weekly.plan.visits if visit.phase == "weekly-on" and visit.kind == "review")
    made = weekly.held(first).scored(madrs=madrs)
    assert made.effects() == [effect]
    revision = made.revised(made.accepted(effect))
    assert revision.placed
    doses = [visit for visit in revision.plan.visits if visit.kind == "dosing" and visit.open]
    last = max(visit.start for visit in made.plan.visits if visit.kind == "dosing" and visit.status == "completed")
    assert (doses[0].start.date() - last.date()).days == (14 if madrs == 12 else 7)


@pytest.mark.parametrize(
    ("score", "effects"),
    [(3, ["confirm-following", "branch:four-weekly"]), (4, ["branch:weekly-on"])],
)
def test_what_is_left_to_judgement_is_proposed_beside_the_rule(score: int, effects: list[str]) -> None:
    """On two-weekly doses a CGI-S of 3 goes on, or by judgement every four weeks; a 4 goes back to weekly."""
    made = course("sustain-3").held("review-3").scored(cgi_s=score)
    asked = [one for one in made.proposals() if one.visit == "review-3"]
    assert [one.effect for one in asked] == effects
    if len(effects) > 1:
        done = made.accepted(effects[1])
        assert {visit.phase for visit in made.revised(done).plan.visits if visit.open} == {"four-weekly"}
        fortnightly = {visit.id for visit in made.plan.visits if visit.phase == "two-weekly" and visit.open}
        assert fortnightly <= set(done.cancelled)


@pytest.mark.parametrize(("name", "visit_id"), MEASURED)
@pytest.mark.parametrize("passing", [True, False])
def test_a_measured_gate_leads_both_ways(name: str, visit_id: str, *, passing: bool) -> None:
    """The score that just keeps the threshold passes, one point more does not; each leads where the protocol says."""
    before = course(name)
    gate = gate_at(before, visit_id)
    made = before.held(visit_id).scored(**scores_for(gate, passing=passing))
    reading = read_gate(made.plan, made.basis, gate, made.plan.visit(visit_id))
    assert reading.outcome == ("passes" if passing else "fails")
    assert reading.target == (gate.then if passing else gate.otherwise)
    assert reading.proxy is None


@pytest.mark.parametrize(("name", "visit_id"), MEASURED)
@pytest.mark.parametrize("passing", [True, False])
def test_a_gate_s_proposal_can_be_accepted_and_dated(name: str, visit_id: str, *, passing: bool) -> None:
    """What a gate proposes cites its source; once accepted nothing waits for it: all has a date or is called off."""
    before = course(name)
    gate = gate_at(before, visit_id)
    made = before.held(visit_id).scored(**scores_for(gate, passing=passing))
    found = [one for one in made.proposals() if one.visit == visit_id and one.effect != "note"]
    waiting = [visit for visit in made.plan.visits if visit_id in visit.awaits]
    assert found or not waiting
    for one in found:
        assert one.source
        done = made.accepted(one.effect)
        assert all(visit_id not in visit.awaits for visit in done.plan.visits if visit.open)
        assert all(visit_id not in visit.awaits for visit in done.regimen.visits)
        revision = made.revised(done)
        assert revision.placed
        placed = {visit.id for visit in revision.plan.visits}
        assert {visit.id for visit in done.regimen.visits} <= placed
        assert all(revision.plan.visit(visit).status == "cancelled" for visit in done.cancelled)


@pytest.mark.parametrize(("name", "visit_id"), UNMEASURED)
def test_a_gate_that_measures_nothing_opens_when_it_is_held(name: str, visit_id: str) -> None:
    """It passes by being recorded, and leads where the protocol says."""
    made = course(name).held(visit_id)
    gate = gate_at(made, visit_id)
    reading = read_gate(made.plan, made.basis, gate, made.plan.visit(visit_id))
    assert (reading.outcome, reading.target) == ("passes", gate.then)


@pytest.mark.parametrize(("name", "visit_id"), MEASURED)
def test_without_a_score_the_score_is_asked_for(name: str, visit_id: str) -> None:
    """A gate whose measure was not recorded decides nothing and names the measure."""
    made = course(name).held(visit_id)
    gate = gate_at(made, visit_id)
    (asked,) = [one for one in made.proposals() if one.visit == visit_id]
    assert asked.effect == "note"
    assert gate.measure is not None
    assert f"({gate.measure})" in asked.text


def test_a_gate_not_yet_held_is_not_read() -> None:
    """Nothing is proposed of a review that still lies ahead, whatever is scored before it."""
    made = course("esketamine-trd").held("dosing-6").scored(madrs=10)
    assert list(gates_held(made.plan)) == []
    assert made.proposals() == ()


@pytest.mark.parametrize(
    ("phq9", "outcome"),
    [(10, "passes"), (11, "fails")],
)
def test_a_response_can_be_judged_by_proxy(phq9: int, outcome: str) -> None:
    """Where only the PHQ-9 is known the same fraction of it counts, and the proposal says that it is a proxy."""
    made = course("esketamine-trd").held("review-1").scored(phq9=phq9)
    reading = read_gate(made.plan, made.basis, gate_at(made, "review-1"), made.plan.visit("review-1"))
    assert reading.outcome == outcome
    assert reading.proxy is not None
    (found,) = [one for one in made.proposals() if one.visit == "review-1"]
    assert found.text.startswith("Proxy: PHQ-9")
    assert "proxy" in (found.source or "")
    assert not found.verified


@pytest.mark.parametrize(
    ("before", "phq9", "target"),
    [(9, 4, "two-weekly"), (9, 5, "weekly-on"), (9, 9, "weekly-on"), (9, 10, "weekly-on"), (3, 8, "weekly-on")],
)
def test_an_interval_is_judged_by_proxy(before: int, phq9: int, target: str) -> None:
    """Below 5 the interval grows, from 5 to 9 it stays as it is, 10 or more or 5 points worse keep it short."""
    made = course("esketamine-trd").held("review-1").scored(phq9=before).held("review-2").scored(phq9=phq9)
    reading = read_gate(made.plan, made.basis, gate_at(made, "review-2"), made.plan.visit("review-2"))
    assert reading.target == target
    assert reading.proxy is not None


@pytest.mark.parametrize(
    ("review", "cgi", "target"),
    [("review-2", 3, "two-weekly"), ("review-2", 4, "weekly-on"), ("review-3", 3, "two-weekly"),
     ("review-3", 4, "weekly-on")],
)  # fmt: skip
def test_an_interval_is_judged_by_the_cgi_s(review: str, cgi: int, target: str) -> None:
    """Without a MADRS the CGI-S decides as in SUSTAIN-3, before a PHQ-9: 3 or less every two weeks, above 3 weekly."""
    made = course("esketamine-trd").held(review).scored(cgi_s=cgi, phq9=20 if cgi == 3 else 2)
    reading = read_gate(made.plan, made.basis, gate_at(made, review), made.plan.visit(review))
    assert reading.target == target
    assert reading.proxy is not None
    assert reading.proxy.measure == "cgi_s"
    (found,) = [one for one in made.proposals() if one.visit == review]
    assert "SUSTAIN-3" in found.text
    assert "Johnson & Johnson" in (found.source or "")


def test_the_cgi_s_tells_no_response() -> None:
    """How severe an illness is says nothing of how much was lost: the benefit evaluation waits for another measure."""
    made = course("esketamine-trd").held("review-1").scored(cgi_s=2)
    reading = read_gate(made.plan, made.basis, gate_at(made, "review-1"), made.plan.visit("review-1"))
    assert (reading.outcome, reading.wanted) == ("missing", "madrs")


def test_a_rule_for_a_stand_in_can_be_turned_off() -> None:
    """Without the rules for the CGI-S a review waits for the protocol's own measure."""
    made = course("esketamine-trd").held("review-2").scored(cgi_s=2)
    profile = made.basis.profile
    without = replace(profile.tailoring, without=("cgi-s-lengthen", "cgi-s-shorten"))
    basis = replace(made.basis, profile=replace(profile, tailoring=without))
    reading = read_gate(made.plan, basis, gate_at(made, "review-2"), made.plan.visit("review-2"))
    assert (reading.outcome, reading.wanted) == ("missing", "madrs")


def test_a_stand_in_that_stays_between_keeps_the_longer_interval_too() -> None:
    """From 5 to 9 on doses every two weeks the course stays with those."""
    made = course("esketamine-trd").held("review-3").scored(phq9=7)
    reading = read_gate(made.plan, made.basis, gate_at(made, "review-3"), made.plan.visit("review-3"))
    assert reading.target == "two-weekly"


def test_a_stand_in_that_stays_between_decides_nothing_where_no_interval_is_meant() -> None:
    """R-107 goes on or ends: a PHQ-9 from 5 to 9 that responds leaves that open until the MADRS is known."""
    made = course("r107-2024").held("review-1").scored(phq9=8)
    reading = read_gate(made.plan, made.basis, gate_at(made, "review-1"), made.plan.visit("review-1"))
    assert (reading.outcome, reading.wanted) == ("missing", "madrs")
    stopped = course("r107-2024").held("review-1").scored(phq9=15)
    reading = read_gate(stopped.plan, stopped.basis, gate_at(stopped, "review-1"), stopped.plan.visit("review-1"))
    assert reading.target == "stop"


def test_the_gate_s_own_measure_comes_before_a_stand_in() -> None:
    """Where both are known the protocol's measure decides."""
    made = course("esketamine-trd").held("review-1").scored(phq9=4, madrs=30)
    assert made.effects() == ["stop"]


@pytest.mark.parametrize(("days", "read"), [(-8, False), (-7, True), (0, True), (3, True), (4, False)])
def test_a_score_counts_near_its_review_only(days: int, *, read: bool) -> None:
    """A score a week before the review, or three days after it, is that review's; an older or later one is not."""
    held = course("esketamine-trd").held("review-1")
    made = held.later(days).scored(madrs=10)
    reading = read_gate(made.plan, made.basis, gate_at(made, "review-1"), made.plan.visit("review-1"))
    assert (reading.outcome == "passes") is read


def test_both_conditions_of_a_gate_must_hold() -> None:
    """R-107 asks for 12 or less and for half of the baseline: from 20, 11 is no response; from 32, 13 is too much."""
    for baseline, now, passes in ((20, 11, False), (20, 10, True), (32, 13, False), (32, 12, True)):
        start = course("r107-2024")
        made = start.held("dosing-1").scored(madrs=baseline).held("review-1").scored(madrs=now)
        reading = read_gate(made.plan, made.basis, gate_at(made, "review-1"), made.plan.visit("review-1"))
        assert (reading.outcome == "passes") is passes


def test_a_review_names_the_baseline_that_it_misses() -> None:
    """A score from before the first dose is asked for, and the profile's score without a day is named."""
    made = course("esketamine-trd")
    undated = replace(made.basis.profile, symptoms=replace(made.basis.profile.symptoms, on=None))
    bare = replace(made, plan=replace(made.plan, scores=()), basis=replace(made.basis, profile=undated))
    scored = bare.held("review-1").scored(madrs=10)
    [asked] = [one for one in scored.proposals() if one.visit == "review-1"]
    assert "kapplan score PLAN madrs=N --on DAY" in asked.text
    assert "the profile's 32 has no day" in asked.text
    late = replace(scored, plan=recording.score(scored.plan, date(2026, 12, 28), {"madrs": 32}))
    reading = read_gate(late.plan, late.basis, gate_at(late, "review-1"), late.plan.visit("review-1"))
    assert reading.outcome == "passes"


def test_one_step_back_is_the_next_denser_schedule() -> None:
    """Every two weeks goes back to weekly, weekly to twice a week, monthly to every two weeks; the densest to none."""
    esketamine, canbind = protocol("esketamine-trd"), protocol("canbind-2020")
    steps = {phase: found.id for phase in ("two-weekly", "weekly-on", "weekly") if (found := denser(esketamine, phase))}
    assert steps == {"two-weekly": "weekly-on", "weekly-on": "induction", "weekly": "induction"}
    back = denser(canbind, "monthly")
    assert back is not None
    assert back.id == "two-weekly"
    assert denser(esketamine, "induction") is None
    assert denser(esketamine, "benefit") is None
    assert interval_of(esketamine, "no such phase") is None
