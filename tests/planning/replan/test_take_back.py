"""One older change taken back: what other changes said stays, to the last field, and what depends on it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import permutations
from typing import Any

import pytest
from support.lives import newborn

from kapplan.errors import UsageError
from kapplan.model.decisions import Absence, AppliedRule, Authorization, Noted, Override, Proposal, Settlement
from kapplan.model.plan import Plan, Task
from kapplan.model.regimen import Limit, TimingRule
from kapplan.planning.amend.record import cancel, complete, confirm, finish_task, miss, pin, reopen, score
from kapplan.planning.journal.undo import undo, with_entry
from kapplan.planning.replan.take_back import DependsError, without_change

Edit = Callable[[Plan], Plan]
DAY = date(2027, 1, 20)
RULE = "dosing.dosing.gap"


def born() -> Plan:
    """Return a plan with something of everything that a change can touch."""
    plan = newborn().plan
    return replace(
        plan,
        tasks=(Task(id="call", due=DAY, text="Call"), Task(id="ask", due=DAY, text="Ask")),
        proposals=(Proposal(number=1, rule="a", text="A"), Proposal(number=2, rule="b", text="B")),
        snapshot=replace(plan.snapshot, profile="profile", clinic="clinic", protocol="protocol"),
    )


def stated(**values: Any) -> Edit:
    """Return the change that says some values of a plan as a whole."""
    return lambda plan: replace(plan, **values)


def more(name: str, *rows: Any) -> Edit:
    """Return the change that adds rows of a kind."""

    def longer(plan: Plan) -> Plan:
        values: dict[str, Any] = {name: (*getattr(plan, name), *rows)}
        return replace(plan, **values)

    return longer


def snapshot(**texts: Any) -> Edit:
    """Return the change that reads a file anew."""
    return lambda plan: replace(plan, snapshot=replace(plan.snapshot, **texts))


def answered(number: int, state: Any) -> Edit:
    """Return the change that answers a proposal."""
    return lambda plan: replace(
        plan, proposals=tuple(replace(one, state=state) if one.number == number else one for one in plan.proposals)
    )


def ruled(rule: str, visit: str, **values: Any) -> Edit:
    """Return the change that binds one visit otherwise by a timing rule."""
    return lambda plan: replace(plan, regimen=replace(plan.regimen, timing=tuple(
        replace(one, **values) if (one.rule, one.visit) == (rule, visit) else one for one in plan.regimen.timing
    )))  # fmt: skip


def timed(*new: TimingRule, without: str = "") -> Edit:
    """Return the change that adds timing rules, or takes away those of a name."""
    return lambda plan: replace(plan, regimen=replace(plan.regimen, timing=tuple(
        one for one in (*plan.regimen.timing, *new) if one.rule != without
    )))  # fmt: skip


def limited(change: Callable[[Limit], Limit | None], *new: Limit) -> Edit:
    """Return the change of limits; those of which nothing is left go."""
    return lambda plan: replace(plan, regimen=replace(plan.regimen, limits=tuple(
        made for one in (*plan.regimen.limits, *new) if (made := change(one)) is not None
    )))  # fmt: skip


def freed(limit: Limit) -> Limit:
    """Return the weekly cap without the second dose."""
    if limit.rule != "two-doses-a-week":
        return limit
    return replace(limit, visits=tuple(visit for visit in limit.visits if visit != "dosing-2"))


def with_visit(plan: Plan, status: Any = "planned") -> Plan:
    """Return the plan with a visit more, or with what became of that."""
    new = replace(plan.visit("check-in-2"), id="check-in-9", status=status)
    return replace(plan, visits=(*(one for one in plan.visits if one.id != new.id), new))


def laid_out(plan: Plan) -> Plan:
    """Return the plan with a visit more in its course, which the weekly cap binds too."""
    course = plan.regimen
    limits = tuple(
        replace(one, visits=(*one.visits, "check-in-9")) if one.rule == "two-doses-a-week" else one
        for one in course.limits
    )
    new = replace(course.visits[-1], id="check-in-9", number=9)
    return replace(plan, regimen=replace(course, visits=(*course.visits, new), limits=limits))


def renumbered(plan: Plan) -> Plan:
    """Return the plan with one visit of its course named otherwise."""
    first, *others = plan.regimen.visits
    return replace(plan, regimen=replace(plan.regimen, visits=(replace(first, number=7), *others)))


NEXT = TimingRule(rule="next", visit="dosing-3", after="dosing-1", min=5)
OWN = Limit(rule="own", type="cap", visits=("dosing-1", "dosing-3"), max=1)
NOTED = Noted(on=DAY, about="condition", value="asthma")
OVERRIDE = Override(rule=RULE, by="N", on=DAY, why="once")
EDITS: dict[str, Edit] = {
    "held": lambda plan: complete(plan, "preparation-1", note="fine"),
    "missed": lambda plan: miss(plan, "preparation-2"),
    "cancelled": lambda plan: cancel(plan, "dosing-1", party="patient", note="ill"),
    "confirmed": lambda plan: confirm(plan, ["dosing-2"]),
    "pinned": lambda plan: pin(plan, ["dosing-3"]),
    "moved": lambda plan: replace(plan, visits=tuple(
        replace(one, start=one.start + timedelta(days=1), end=one.end + timedelta(days=1)) if one.id == "review-1"
        else one for one in plan.visits
    )),
    "added": with_visit,
    "scored": lambda plan: score(plan, DAY, {"phq9": 9}),
    "noted": more("noted", NOTED),
    "settled": more("settlements", Settlement(rule="c", by="N", on=DAY, why="seen")),
    "overridden": more("overrides", OVERRIDE),
    "away": more("absences", Absence(who="patient", from_=DAY, until=DAY)),
    "done": lambda plan: finish_task(plan, "call", DAY),
    "task": more("tasks", Task(id="new", due=DAY, text="New")),
    "accepted": answered(1, "accepted"),
    "declined": answered(2, "declined"),
    "on hold": stated(held=True, held_until=DAY),
    "later": stated(not_before=DAY),
    "frozen": stated(freeze_days=5),
    "tailored": more("tailoring", AppliedRule(rule="r", effect="e", text="t", source="s")),
    "approved": more("authorizations", Authorization(visits=6)),
    "profile": snapshot(profile="another"),
    "clinic's file": snapshot(clinic="another"),
    "protocol's file": snapshot(protocol="another"),
    "looser": ruled(RULE, "dosing-3", max=None),
    "rule": timed(NEXT),
    "no rule": timed(without="dosing.integration.before-next"),
    "laid out": laid_out,
    "renumbered": renumbered,
    "cap": limited(freed),
    "new cap": limited(lambda one: one, OWN),
    "no cap": limited(lambda one: None if one.rule == "one-visit-a-day" else one),
}  # fmt: skip
"""Changes of which each touches something that no other one does."""


def after(plan: Plan, *edits: Edit) -> Plan:
    """Return the plan after changes, each a revision."""
    for edit in edits:
        plan = with_entry(plan, edit(plan), at=plan.revised + timedelta(hours=1), by="N", command="change", text="it")
    return plan


def told(plan: Plan) -> Plan:
    """Return what a plan says, without how it came to it; rows in one order."""
    limits = sorted((replace(one, visits=tuple(sorted(one.visits))) for one in plan.regimen.limits), key=repr)
    return replace(
        plan,
        revision=0, revised=plan.created, history=(), objective=newborn().plan.objective,
        visits=tuple(replace(one, sequence=0, revised=plan.created) for one in plan.visits),
        regimen=replace(plan.regimen, limits=tuple(limits), timing=tuple(sorted(plan.regimen.timing, key=repr))),
    )  # fmt: skip


@cache
def said(name: str) -> Plan:
    """Return what the plan says after one change."""
    return told(after(born(), EDITS[name]))


@pytest.mark.parametrize("one", EDITS)
def test_a_change_taken_back_is_as_if_it_had_not_been(one: str) -> None:
    """What came after it and touches other things stays as it was said: each change meets three others."""
    plan, names = born(), list(EDITS)
    for apart in (1, 4, 11):
        other = names[(names.index(one) + apart) % len(names)]
        both = after(plan, EDITS[one], EDITS[other])
        assert told(without_change(both, 2)) == said(other), other
    assert told(without_change(after(plan, EDITS[one]), 2)) == told(plan)


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [*permutations(["held", "scored", "cap"]), *permutations(["confirmed", "accepted", "later"])],
)
def test_a_change_in_the_middle_is_taken_back_too(first: str, second: str, third: str) -> None:
    """Of three changes the second goes, and the first and the third stay."""
    plan = born()
    left = without_change(after(plan, EDITS[first], EDITS[second], EDITS[third]), 3)
    assert told(left) == told(after(plan, EDITS[first], EDITS[third]))


@pytest.mark.parametrize("what", ["no cap", "no rule"])
def test_what_came_back_since_is_there_once(what: str) -> None:
    """A limit or rule that one change took away and a later one brought back stays as that one made it."""
    plan = born()
    back: Edit = lambda now: replace(now, regimen=plan.regimen)  # noqa: E731
    assert told(without_change(after(plan, EDITS[what], back), 2)) == told(plan)


def test_limits_of_one_name_are_told_apart() -> None:
    """Of two limits of a rule that differ in what they allow each is merged by itself."""
    two = limited(lambda one: one, OWN, replace(OWN, max=2))
    looser = limited(lambda one: replace(one, max=3) if (one.rule, one.max) == ("own", 2) else one)
    assert told(without_change(after(born(), two, looser, EDITS["held"]), 3)) == told(after(born(), two, EDITS["held"]))


AGAIN: dict[str, tuple[Edit, Edit, str]] = {
    "a visit": (EDITS["missed"], lambda plan: reopen(plan, "preparation-2"), "preparation 2"),
    "a value": (EDITS["frozen"], stated(freeze_days=7), "the frozen days"),
    "a hold": (EDITS["on hold"], stated(held=False), "the hold"),
    "a task": (
        EDITS["done"], lambda plan: replace(plan, tasks=(replace(plan.tasks[0], text="x"), *plan.tasks[1:])), "call",
    ),
    "a new row": (
        EDITS["noted"], lambda plan: replace(plan, noted=(replace(NOTED, ended=True),)),
        f"({DAY!r}, 'condition', 'asthma')",
    ),
    "a new rule": (EDITS["rule"], timed(without="next"), "dose 3"),
    "a new visit": (with_visit, lambda plan: with_visit(plan, "completed"), "check-in 9"),
    "a file": (EDITS["profile"], snapshot(profile="a third"), "the profile"),
    "a rule": (EDITS["looser"], ruled(RULE, "dosing-3", max=30), f"('{RULE}', 'dosing-3', 'dosing-2')"),
}  # fmt: skip
"""Changes, what was changed again of them, and how that is named."""


@pytest.mark.parametrize("what", AGAIN)
def test_what_was_changed_again_is_not_taken_back_alone(what: str) -> None:
    """The refusal names what was changed since, and which changes to take back first."""
    first, again, name = AGAIN[what]
    with pytest.raises(DependsError) as refused:
        without_change(after(born(), first, again), 2)
    assert str(refused.value) == f"revision 2 cannot be taken back by itself: {name} was changed again since"
    assert refused.value.hint == "take back what came after it first: 3 (it)"


def test_only_the_last_three_later_changes_are_named_and_no_undo() -> None:
    """Of many later changes the hint tells the last; going back and forth is none of them."""
    plan = after(born(), EDITS["frozen"], stated(freeze_days=7), *(EDITS[name] for name in ("held", "scored", "cap")))
    with pytest.raises(DependsError) as refused:
        without_change(undo(plan, at=plan.revised + timedelta(hours=1), by="N"), 2)
    assert refused.value.hint == "take back what came after it first: 4 (it), 5 (it), 6 (it)"


@pytest.mark.parametrize("revision", [0, 1, 3, 9])
def test_only_a_change_that_stands_is_taken_back(revision: int) -> None:
    """The first revision, one that is not there and one that was undone are no changes to take back."""
    plan = after(born(), EDITS["held"], EDITS["scored"])
    plan = undo(plan, at=plan.revised + timedelta(hours=1), by="N")
    with pytest.raises(UsageError, match=f"^revision {revision} is no change that could be taken back"):
        without_change(plan, revision)


def test_a_confirmation_is_taken_back_from_what_it_became() -> None:
    """A visit that was confirmed and is unresolved since goes back to what it was before it was confirmed."""
    plan = after(born(), EDITS["confirmed"])
    unsettled = after(plan, lambda one: replace(one, visits=tuple(
        replace(visit, status="unresolved", before="confirmed") if visit.id == "dosing-2" else visit
        for visit in one.visits
    )))  # fmt: skip
    for now, status, before in ((plan, "planned", None), (unsettled, "unresolved", "planned")):
        visit = without_change(now, 2).visit("dosing-2")
        assert (visit.status, visit.before) == (status, before)


def test_a_visit_stays_where_a_later_change_put_it() -> None:
    """Dates of a change that a later one moved again are those of the later one."""

    def later(days: int) -> Edit:
        return lambda plan: replace(plan, visits=tuple(
            replace(one, start=one.start + timedelta(days=days), end=one.end + timedelta(days=days))
            if one.id == "review-1" else one for one in plan.visits
        ))  # fmt: skip

    plan = after(born(), later(1), later(2))
    assert without_change(plan, 2).visit("review-1").start == plan.visit("review-1").start


def test_a_visit_that_is_longer_since_stays_too() -> None:
    """It begins where the change that is taken back had put it, but a later one looked at it again."""

    def made(**more: timedelta) -> Edit:
        return lambda plan: replace(plan, visits=tuple(
            replace(one, **{name: getattr(one, name) + longer for name, longer in more.items()})
            if one.id == "review-1" else one for one in plan.visits
        ))  # fmt: skip

    day = timedelta(days=1)
    plan = after(born(), made(start=day, end=day), made(end=timedelta(minutes=10)))
    assert without_change(plan, 2).visit("review-1") == plan.visit("review-1")
