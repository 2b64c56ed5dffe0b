"""The difference: each way in which two plans can differ is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from support.lives import newborn

from kapplan.model.decisions import Proposal
from kapplan.model.plan import Finding, Plan, Task
from kapplan.planning.amend.record import cancel, complete, confirm
from kapplan.planning.journal.diff import Move, OffTarget, Turn, difference


def with_visit(plan: Plan, name: str, **changes: object) -> Plan:
    """Return a plan with one visit changed."""
    return replace(
        plan,
        visits=tuple(replace(visit, **changes) if visit.id == name else visit for visit in plan.visits),  # type: ignore[arg-type]
    )


def test_a_plan_does_not_differ_from_itself() -> None:
    """All open visits are kept, and nothing else is told."""
    plan = newborn().plan
    same = difference(plan, plan)
    assert same.nothing
    assert same.kept == len(plan.visits)


def test_a_moved_visit_says_from_where_to_where() -> None:
    """A move has both moments and the days between them, and says whether the visit had been confirmed."""
    plan = confirm(newborn().plan, ["dosing-2"])
    start = plan.visit("dosing-2").start
    moved = with_visit(
        plan, "dosing-2", start=start + timedelta(days=2), end=plan.visit("dosing-2").end + timedelta(days=2)
    )
    told = difference(plan, moved)
    assert told.moved == (Move(visit="dosing-2", from_=start, to=start + timedelta(days=2), days=2, confirmed=True),)
    assert told.kept == len(plan.visits) - 1


def test_another_time_on_the_same_day_is_a_move_of_no_days() -> None:
    """A later hour is told, with 0 days."""
    plan = newborn().plan
    later = with_visit(plan, "dosing-2", start=plan.visit("dosing-2").start + timedelta(minutes=30))
    assert [move.days for move in difference(plan, later).moved] == [0]


def test_visits_that_come_and_go_are_told() -> None:
    """New visits, those called off and those no longer there; a visit that was over before is none of them."""
    plan = complete(newborn().plan, "preparation-1")
    gone = replace(
        plan, visits=tuple(visit for visit in plan.visits if visit.id not in {"check-in-2", "preparation-1"})
    )
    after = cancel(gone, "dosing-4")
    told = difference(plan, after)
    assert {visit.id for visit in told.cancelled} == {"check-in-2", "dosing-4"}
    assert [visit.id for visit in difference(after, plan).added] == ["preparation-1", "check-in-2"]
    assert told.turned == (Turn(visit="dosing-4", from_="planned", to="cancelled"),)


def test_what_is_further_off_target_is_told() -> None:
    """A visit that deviates more than before is told with both numbers; one that deviates less is not."""
    plan = with_visit(newborn().plan, "dosing-3", deviation_days=2)
    after = with_visit(with_visit(plan, "dosing-2", deviation_days=4), "dosing-3", deviation_days=1)
    assert difference(plan, after).newly_off_target == (OffTarget(visit="dosing-2", before=0, after=4),)


def test_provisional_visits_that_are_settled_are_told() -> None:
    """What a review settles, and what becomes provisional again, are told apart."""
    plan = newborn().plan
    after = with_visit(plan, "check-in-1", provisional=False)
    assert difference(plan, after).settled == ("check-in-1",)
    assert difference(after, plan).provisional == ("check-in-1",)


def test_new_findings_tasks_and_proposals_are_told() -> None:
    """Only what the plan did not say before."""
    plan = newborn().plan
    finding = Finding(rule="phq9-item9", level="warn", text="Ask today", source="rule", safety=True)
    task = Task(id="call", due=date(2027, 1, 5), text="Call")
    proposal = Proposal(number=1, rule="lapse", text="Resume or begin anew")
    after = replace(plan, findings=(finding,), tasks=(*plan.tasks, task), proposals=(proposal,))
    told = difference(plan, after)
    assert (told.new_findings, told.tasks, told.proposals) == ((finding,), (task,), (proposal,))
    assert not told.nothing
