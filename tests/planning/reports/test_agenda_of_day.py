"""The day's list: who comes, what is due, what is overdue, over many plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from support.plans import SAFETY, plan_in_course, sample_plan
from support.reviews import course

from kapplan.model.decisions import Authorization, Proposal
from kapplan.model.plan import Plan, Task
from kapplan.model.profile import Travel
from kapplan.planning.reports.day_list import DayList, Item, due
from kapplan.planning.review.standing import screened

DOSE_1 = date(2027, 1, 21)


def texts(listed: DayList, *sorts: str) -> list[str]:
    """Return the sentences of some sorts."""
    return [item.text for item in listed.items if item.sort in sorts]


def keys(listed: DayList, sort: str) -> list[str | None]:
    """Return the ids of a sort."""
    return [item.key for item in listed.items if item.sort == sort]


def other() -> Plan:
    """Return a plan of another patient, an hour later each day."""
    plan = sample_plan()
    visits = tuple(
        replace(visit, start=visit.start.replace(hour=8), end=visit.end.replace(hour=12)) for visit in plan.visits
    )
    return replace(plan, id="another", patient="birch-7", visits=visits)


def test_who_comes_stands_in_the_order_of_the_day() -> None:
    """Visits of all plans are listed by their times, with room and staff."""
    listed = due([sample_plan(), other()], DOSE_1)
    visits = [item for item in listed.items if item.sort == "visit"]
    assert [item.patient for item in visits] == ["birch-7", "river-0412"]
    assert [item.visit.room if item.visit else None for item in visits] == ["blue", "blue"]


def test_a_week_is_seven_days() -> None:
    """The list of a week begins with the day asked for and ends six days later."""
    listed = due([sample_plan()], date(2027, 1, 4), week=True)
    assert (listed.first, listed.last) == (date(2027, 1, 4), date(2027, 1, 10))
    assert keys(listed, "visit") == ["screening-1", "preparation-1"]
    assert keys(due([sample_plan()], date(2027, 1, 4)), "visit") == ["screening-1"]


def test_what_will_not_be_held_is_not_listed() -> None:
    """Missed, cancelled and omitted visits are left out; what was held today stays."""
    plan = plan_in_course()
    days = {visit.id: visit.start.date() for visit in plan.visits}
    assert keys(due([plan], days["integration-1"]), "visit") == []
    assert keys(due([plan], days["dosing-1"]), "visit") == ["dosing-1"]


def test_visits_in_the_past_without_a_record_are_overdue() -> None:
    """Each open visit of an earlier day is asked for."""
    listed = due([sample_plan()], date(2027, 1, 8))
    assert keys(listed, "overdue") == ["preparation-1", "screening-1"]
    assert keys(due([sample_plan()], date(2027, 1, 7)), "overdue") == ["screening-1"]


def test_tasks_and_measures_are_due_until_they_are_done() -> None:
    """A task is listed on its day and, with how late it is, on every later one; measures have their own sort."""
    measure = Task(id="measure-phq9-1", due=date(2027, 1, 11), text="PHQ-9 from home", measure="phq9")
    plan = replace(sample_plan(), tasks=(*sample_plan().tasks, measure))
    listed = due([plan], date(2027, 1, 13))
    assert keys(listed, "measure") == ["measure-phq9-1"]
    assert "2 days late" in texts(listed, "measure")[0]
    assert keys(listed, "task") == ["labs-screening-1"]
    assert keys(due([plan], date(2027, 1, 10)), "task") == []
    assert keys(due([plan], date(2027, 1, 10), week=True), "task") == ["labs-screening-1"]


def test_escorts_are_confirmed_ahead_unless_they_are_arranged() -> None:
    """Two days ahead of a dose its escort is asked for, where the profile does not say that one is arranged."""
    made = course("kap-standard")
    day = made.plan.visit("dosing-1").start.date()
    bases = {made.plan.id: made.basis}
    ahead = [keys(due([made.plan], date.fromordinal(day.toordinal() - n), bases=bases), "escort") for n in (3, 2, 0)]
    assert ahead == [[], ["dosing-1"], ["dosing-1"]]
    arranged = replace(made.basis, profile=replace(made.basis.profile, travel=Travel(escort="arranged")))
    assert keys(due([made.plan], day, bases={made.plan.id: arranged}), "escort") == []


def test_an_authorization_that_runs_out_is_told_in_time() -> None:
    """From two weeks before the first dose that it does not cover, with the reason."""
    made = course("esketamine-trd")
    plan = replace(made.plan, authorizations=(Authorization(visits=6),))
    first = plan.visit("dosing-7").start.date()
    bases = {plan.id: made.basis}
    in_time = due([plan], date.fromordinal(first.toordinal() - 14), bases=bases)
    assert len(texts(in_time, "authorization")) == 1
    assert "dose 7" in texts(in_time, "authorization")[0]
    assert "no more visits" in texts(in_time, "authorization")[0]
    assert texts(due([plan], date.fromordinal(first.toordinal() - 15), bases=bases), "authorization") == []


def test_proposals_wait_until_they_are_answered() -> None:
    """A plan's own open proposals are listed; with what they stand on they are made afresh."""
    plan = replace(sample_plan(), proposals=(Proposal(number=3, rule="r", text="Ask."),))
    assert texts(due([plan], DOSE_1), "proposal") == ["Proposal 3: Ask."]
    made = course("esketamine-trd").held("review-1").scored(madrs=30)
    listed = due([made.plan], made.today, bases={made.plan.id: made.basis})
    assert keys(listed, "proposal") == ["1"]


def test_a_held_course_is_told_and_its_visits_are_not() -> None:
    """Nobody comes of a course on hold."""
    listed = due([replace(sample_plan(), held=True)], DOSE_1)
    assert texts(listed, "held")
    assert keys(listed, "visit") == keys(listed, "overdue") == []


def test_safety_comes_before_anything_else() -> None:
    """A safety notice of any plan is the first item of the list."""
    listed = due([other(), replace(sample_plan(), findings=(SAFETY,))], DOSE_1)
    assert listed.items[0].sort == "safety"
    assert [item.patient for item in listed.safety] == ["river-0412"]
    made = course("kap-standard").held("dosing-1").scored(phq9=3, phq9_item9=1)
    fresh = due([screened(made.plan, made.basis, made.today)], made.today, bases={made.plan.id: made.basis})
    assert fresh.items[0].sort == "safety"


def test_no_plans_make_an_empty_list() -> None:
    """Without plans nothing is due."""
    items: tuple[Item, ...] = ()
    assert due([], DOSE_1) == DayList(first=DOSE_1, last=DOSE_1, items=items)
