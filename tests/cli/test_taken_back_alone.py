"""One older change taken back by itself: all that it said is unsaid, whatever it was, and nothing dangles."""

from __future__ import annotations

import pytest
from support.safe_lives import Life

from kapplan.model.plan import Plan

CHANGES = (
    ("pin", "p", "dosing-2"), ("freeze", "p", "5d"), ("hold", "p", "--until", "2027-03-01"),
    ("away", "p", "2027-02-10..2027-02-11"), ("away", "p", "2027-02-10..2027-02-11", "--who", "clinic"),
    ("note", "p", "medication", "lithium", "600"), ("note", "p", "pregnancy", "possible"),
    ("score", "p", "phq9_item9=2"), ("add", "p", "booster"),
    ("omit", "p", "dosing-2"), ("cancel", "p", "dosing-2", "--party", "patient"), ("missed", "p", "next"),
    ("done", "p", "next"), ("done", "p", "next", "--partial", "stopped"), ("confirm", "p", "dosing-1"),
    ("add", "p", "dosing"), ("add", "p", "check-in"), ("add", "p", "preparation"), ("extend", "p", "2"),
    ("move", "p", "dosing-2", "1w", "later"), ("defer", "p", "dosing-2", "1w", "later", "--carry", "all"),
    ("move", "p", "dosing-2", "2027-01-23", "--override", "closed", "--why", "agreed"),
    ("cease", "p", "--why", "moved away"),
)  # fmt: skip


def said(plan: Plan) -> tuple[object, ...]:
    """Return all that people say of a plan, without what is worked out of it."""
    visits = {
        one.id: (one.status, one.actual, one.note, one.cancelled_by, one.partial, one.pinned) for one in plan.visits
    }
    rules = {(one.rule, one.visit, one.after): one for one in plan.regimen.timing}
    limits = {(one.rule, one.type, frozenset(one.visits)) for one in plan.regimen.limits}
    return (visits, plan.absences, plan.freeze_days, plan.held, plan.held_until, plan.not_before, plan.noted,
            plan.overrides, plan.settlements, rules, limits, {one.id for one in plan.regimen.visits})  # fmt: skip


@pytest.mark.parametrize("words", CHANGES, ids=" ".join)
def test_what_one_change_said_is_unsaid(words: tuple[str, ...]) -> None:
    """Something else is recorded after it; the change is taken back alone, and what it said is as if never said."""
    life = Life("kap-standard")
    before = said(life.plan)
    life.live(3, *words)
    changed = life.plan.revision
    assert changed == 2
    life.live(0, "score", "p", "gad7=5")
    life.live(1, "undo", "p", "--revision", str(changed))
    assert said(life.plan) == before


def test_a_visit_that_was_added_alone_leaves_nothing_behind() -> None:
    """A dose that was added, and after which more was laid out: taken back alone, no rule and no limit names it."""
    life = Life("r107-2024")
    life.live(21, "add", "p", "dosing")
    (new,) = {one.id for one in life.plan.visits if one.number == 30 and one.kind == "dosing"}
    life.live(5, "note", "p", "pregnancy", "possible")
    life.live(1, "accept", "p", "1")
    life.live(2, "undo", "p", "--revision", "2")
    left = life.plan.regimen
    assert new not in {one.id for one in left.visits}
    assert all(new not in {rule.visit, rule.after} for rule in left.timing)
    assert all(new not in limit.visits for limit in left.limits)


def test_what_was_laid_out_from_it_depends_on_it() -> None:
    """A dose added after another one that was added is counted from it: that one is not taken back alone."""
    life = Life("kap-standard")
    life.live(1, "extend", "p", "1")
    life.live(1, "extend", "p", "1")
    ran = life.run("undo", "p", "--revision", "2")
    assert ran.code == 2
    assert "take back what came after it first" in ran.err


def test_rules_that_were_laid_out_anew_since_are_a_later_change() -> None:
    """A take-back cannot be undone by itself once a visit of the rules that it gave back has a stand-in."""
    life = Life("kap-standard")
    life.live(40, "missed", "p", "dosing-1")
    life.live(5, "undo", "p", "--revision", "2")
    life.live(13, "missed", "p", "preparation-3")
    stood = life.plan
    ran = life.run("undo", "p", "--revision", "3")
    assert ran.code == 2
    assert "4 (preparation 3 missed)" in ran.err
    assert life.plan == stood
    life.live(0, "undo", "p", "--revision", "4")
    life.live(0, "undo", "p", "--revision", "3")
