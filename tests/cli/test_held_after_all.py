"""A visit for which another stands in, and that was held after all: its rules come back, and nothing dangles."""

from __future__ import annotations

import pytest
from support.safe_lives import Life

from kapplan.model.plan import Plan


def check(life: Life) -> Plan:
    """Hold a plan to its course, and to what is read again of its file."""
    plan, course = life.plan, {visit.id for visit in life.plan.regimen.visits}
    assert {visit.id for visit in plan.visits if visit.open} <= course
    assert all(rule.visit != rule.after for rule in plan.regimen.timing)
    assert all(len(set(limit.visits)) == len(limit.visits) for limit in plan.regimen.limits)
    life.end()
    return plan


def missed_and_replaced(life: Life) -> str:
    """Miss the second dose; return the dose that stands in for it."""
    dose = life.plan.visit("dosing-2")
    life.live((dose.day - life.today).days + 1, "missed", "p", dose.id)
    return next(visit.id for visit in life.plan.regimen.visits if visit.replaces == dose.id)


def given_in_part(life: Life) -> str:
    """Give the second dose in part, and again; return the dose that is given instead."""
    dose = life.plan.visit("dosing-2")
    life.live((dose.day - life.today).days + 1, "done", "p", dose.id, "--partial", "stopped")
    number = next(one.number for one in life.plan.proposals if one.state == "open")
    life.live(0, "accept", "p", str(number))
    instead = next(visit.id for visit in life.plan.regimen.visits if visit.replaces == dose.id)
    life.live(0, "correct", "p", dose.id, "--reopen")
    return instead


BEGUN = {"missed": ("kap-standard", missed_and_replaced), "in part": ("abbar-2022", given_in_part)}


@pytest.mark.parametrize("how", BEGUN)
def test_what_stands_in_goes_where_it_is_still_ahead(how: str) -> None:
    """It is called off, and the course has the rules that it had before anything was missed."""
    protocol, begin = BEGUN[how]
    life = Life(protocol)
    before = life.plan.regimen
    instead = begin(life)
    life.live(0, "done", "p", "dosing-2")
    plan = check(life)
    assert plan.visit(instead).status == "cancelled"
    assert {(one.rule, one.visit, one.after) for one in plan.regimen.timing} == {
        (one.rule, one.visit, one.after) for one in before.timing
    }


@pytest.mark.parametrize("said", ["done", "missed", "omit"])
@pytest.mark.parametrize("how", BEGUN)
def test_what_stands_in_and_has_passed_is_asked_about(how: str, said: str) -> None:
    """It stays until it is recorded; whatever is recorded of it, no further dose is planned for it."""
    protocol, begin = BEGUN[how]
    life = Life(protocol)
    doses = sum(visit.kind == "dosing" for visit in life.plan.visits)
    instead = begin(life)
    assert life.plan.visit(instead).open
    life.live((life.plan.visit(instead).day - life.today).days + 2, "done", "p", "dosing-2")
    assert check(life).visit(instead).open, "it passed, and nothing is recorded of it"
    life.live(1, said, "p", instead)
    plan = check(life)
    assert not plan.visit(instead).open
    assert sum(visit.kind == "dosing" for visit in plan.visits) == doses + 1


@pytest.mark.parametrize("again", ["missed", "omit"])
@pytest.mark.parametrize("said", [None, "done", "missed"])
def test_what_was_held_after_all_can_be_lost_again(said: str | None, again: str) -> None:
    """Whatever became of what stood in for it: the record was wrong after all, and the course goes on."""
    life = Life("kap-standard")
    instead = missed_and_replaced(life)
    life.live((life.plan.visit(instead).day - life.today).days + 2, "done", "p", "dosing-2")
    if said is not None:
        life.live(0, said, "p", instead)
    life.live(0, "correct", "p", "dosing-2", "--reopen")
    life.live(0, again, "p", "dosing-2")
    assert check(life).visit("dosing-2").is_lost


@pytest.mark.parametrize("protocol", ["esketamine-trd", "canbind-2020"])
def test_a_review_that_was_held_after_all_is_read(protocol: str) -> None:
    """Its scores lead to what the protocol proposes, though another review stood in for it and has passed."""
    life = Life(protocol)
    life.live((life.plan.visit("review-1").day - life.today).days + 1, "missed", "p", "review-1")
    (instead,) = (visit.id for visit in life.plan.regimen.visits if visit.replaces == "review-1")
    life.live((life.plan.visit(instead).day - life.today).days + 1, "done", "p", "review-1", "phq9=5", "madrs=8")
    assert any(one.visit == "review-1" for one in life.plan.proposals)
    life.live(0, "missed", "p", instead)
    assert check(life).proposals
