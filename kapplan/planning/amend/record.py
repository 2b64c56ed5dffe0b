"""What happened to a course, written into its plan: nothing here is ever refused for the schedule's sake.

Only statuses, scores and tasks change; dates follow in ``revising``, and the history in ``history``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from kapplan.dataclass import replace
from kapplan.model.plan import Plan, PlannedVisit, Score, Task
from kapplan.planning.availability.timezones import zone
from kapplan.planning.residual.happened import is_past

Party = Literal["patient", "clinic"]


def complete(
    plan: Plan,
    visit_id: str,
    *,
    actual: datetime | None = None,
    scores: Mapping[str, int | str] | None = None,
    note: str | None = None,
    partial: str | None = None,
) -> Plan:
    """Return the plan with a visit held, at its planned time where no ``actual`` moment (with a zone) is given.

    What was planned stays beside what was: ``start`` is not touched. ``partial`` says why only a part was given. Where
    the visit was recorded on another day before, its scores come along. ``KeyError`` where there is no such visit.
    """
    visit = plan.visit(visit_id)
    held = visit.start if actual is None else actual.astimezone(zone(plan.timezone))
    done = replace(
        visit, status="completed", actual=held, cancelled_by=None, note=note or visit.note, partial=partial, before=None
    )  # fmt: skip
    changed = _with(_scores_moved(plan, visit, held.date()), done)
    changed = replace(changed, tasks=tuple(_counted_from(held.date(), done, task) for task in changed.tasks))
    return changed if not scores else score(changed, held.date(), scores, visit_id=visit_id)


def _scores_moved(plan: Plan, visit: PlannedVisit, day: date) -> Plan:
    """Return the plan with the scores that were taken at a visit on the day on which it is now said to have been."""
    if visit.actual is None or visit.actual.date() == day:
        return plan
    taken = {one.measure: one.value for one in plan.scores if one.visit == visit.id}
    others = tuple(one for one in plan.scores if one.visit != visit.id)
    return score(replace(plan, scores=others), day, taken, visit_id=visit.id) if taken else plan


def reopen(plan: Plan, visit_id: str) -> Plan:
    """Return the plan with a visit as if nothing had been recorded of it; the scores taken at it are withdrawn.

    ``KeyError`` where there is no such visit.
    """
    visit = plan.visit(visit_id)
    bare = replace(visit, status="planned", actual=None, cancelled_by=None, partial=None, before=None)
    tasks = (
        replace(task, status="open") if task.visit == visit_id and task.status == "dropped" else task
        for task in plan.tasks
    )
    scores = tuple(one for one in plan.scores if one.visit != visit_id)
    return replace(_with(plan, bare), tasks=tuple(tasks), scores=scores)


def withdraw(plan: Plan, on: date, measures: Iterable[str]) -> Plan:
    """Return the plan without the scores of some measures of a day; ``KeyError`` for one that was not recorded then."""
    named = set(measures)
    there = {one.measure for one in plan.scores if one.on == on}
    for measure in sorted(named - there):
        raise KeyError(measure)
    kept = tuple(one for one in plan.scores if one.on != on or one.measure not in named)
    return replace(plan, scores=kept)


def _counted_from(held: date, visit: PlannedVisit, task: Task) -> Task:
    """Return an open task of a visit with its due date counted from the day on which the visit was held."""
    if task.visit != visit.id or task.status != "open":
        return task
    return replace(task, due=task.due + timedelta(days=(held - visit.start.date()).days))


def miss(plan: Plan, visit_id: str, *, note: str | None = None, on: date | None = None) -> Plan:
    """Return the plan with a visit to which the patient did not come, ``on`` another day than it has where given."""
    visit = _not_held(plan, visit_id, note)
    moved = timedelta(days=0 if on is None else (on - visit.start.date()).days)
    return _ended(plan, replace(visit, status="missed", start=visit.start + moved, end=visit.end + moved))


def cancel(plan: Plan, visit_id: str, *, party: Party | None = None, note: str | None = None) -> Plan:
    """Return the plan with a visit called off, by the patient or the clinic."""
    return _ended(plan, replace(_not_held(plan, visit_id, note), status="cancelled", cancelled_by=party))


def omit(plan: Plan, visit_id: str, *, note: str | None = None) -> Plan:
    """Return the plan with a visit left out on purpose: it is neither held nor given later."""
    return _ended(plan, replace(_not_held(plan, visit_id, note), status="omitted"))


def _not_held(plan: Plan, visit_id: str, note: str | None) -> PlannedVisit:
    visit = plan.visit(visit_id)
    return replace(visit, actual=None, cancelled_by=None, note=note or visit.note, partial=None)


def _ended(plan: Plan, visit: PlannedVisit) -> Plan:
    """Return the plan with a visit that will not be held, its open tasks dropped."""
    changed = _with(plan, visit)
    tasks = (
        replace(task, status="dropped") if task.visit == visit.id and task.status == "open" else task
        for task in changed.tasks
    )
    return replace(changed, tasks=tuple(tasks))


def confirm(plan: Plan, visit_ids: Iterable[str]) -> Plan:
    """Return the plan with open visits confirmed by the patient; others stay as they are."""
    confirmed = set(visit_ids)
    for visit_id in confirmed:
        plan.visit(visit_id)
    return replace(
        plan,
        visits=tuple(
            replace(visit, status="confirmed") if visit.id in confirmed and visit.status == "planned" else visit
            for visit in plan.visits
        ),
    )


def finish_task(plan: Plan, task_id: str, on: date) -> Plan:
    """Return the plan with a task done; ``KeyError`` where there is no such task."""
    if all(task.id != task_id for task in plan.tasks):
        raise KeyError(task_id)
    return replace(
        plan,
        tasks=tuple(replace(task, status="done", done=on) if task.id == task_id else task for task in plan.tasks),
    )


def score(plan: Plan, on: date, values: Mapping[str, int | str], *, visit_id: str | None = None) -> Plan:
    """Return the plan with scores of one day; a measure scored again on that day has the new value."""
    kept = (old for old in plan.scores if not (old.on == on and old.measure in values))
    new = (Score(on=on, measure=measure, value=value, visit=visit_id) for measure, value in values.items())
    return replace(plan, scores=tuple(sorted((*kept, *new), key=lambda one: one.on)))


def hold(plan: Plan, now: datetime | None = None, until: date | None = None) -> Plan:
    """Return the plan with the whole course held: its open visits are unresolved until it is resumed.

    ``until`` is the day on which it is meant to go on; nothing happens by itself then.

    A visit whose time has come and of which nothing was recorded keeps its date: whether it was held is asked about.
    """
    plan = plan if now is None else as_it_passed(plan, now)
    ahead = (unresolved(visit) if visit.open and (now is None or visit.start > now) else visit for visit in plan.visits)
    return replace(plan, held=True, held_until=until, visits=tuple(ahead))


def as_it_passed(plan: Plan, now: datetime) -> Plan:
    """Return a plan whose unresolved visits that have passed since have the status that they had before.

    They are like all others of which nothing was recorded: they may have been held. ``now`` is a moment with a zone.
    """
    return replace(
        plan,
        visits=tuple(
            replace(visit, status=visit.before or "planned", before=None)
            if visit.status == "unresolved" and is_past(plan, visit, now)
            else visit
            for visit in plan.visits
        ),
    )


def unresolved(visit: PlannedVisit) -> PlannedVisit:
    """Return an open visit as one whose date does not stand; its status comes back once a date is found."""
    before = visit.before if visit.status == "unresolved" else visit.status
    return replace(visit, status="unresolved", before=before)


def resume(plan: Plan, now: datetime, on: date | None = None) -> Plan:
    """Return the plan as no longer held; its open visits are dated anew by the next revision, not before ``on``.

    What would have been while the course was held was not: such visits have no status to go back to.
    """
    visits = tuple(
        replace(visit, before=None) if plan.held and visit.status == "unresolved" and visit.start <= now else visit
        for visit in plan.visits
    )
    return replace(plan, held=False, held_until=None, not_before=on, visits=visits)


def pin(plan: Plan, visit_ids: Iterable[str], *, pinned: bool = True) -> Plan:
    """Return the plan with open visits pinned where they stand, or not pinned any more.

    ``KeyError`` where there is no such visit.
    """
    named = {plan.visit(visit_id).id for visit_id in visit_ids}
    return replace(
        plan,
        visits=tuple(
            replace(visit, pinned=pinned) if visit.id in named and visit.open else visit for visit in plan.visits
        ),
    )


def cease(plan: Plan, why: str, now: datetime) -> Plan:
    """Return the plan of a course that ends: all that is ahead is called off but the next review, which stays.

    What has passed without a record may have been held: it is left to be recorded.
    """
    ahead = [one for one in plan.visits if one.open and not is_past(plan, one, now)]
    reviews = sorted((one for one in ahead if one.kind == "review"), key=lambda one: one.start)
    kept = {one.id for one in reviews[:1]}
    for visit in ahead:
        if visit.id not in kept:
            plan = cancel(plan, visit.id, note=why)
    return replace(plan, held=False, held_until=None)


def shifted(plan: Plan, visit_ids: Iterable[str], days: int) -> Plan:
    """Return the plan with open visits so many days later than they were, for the next revision to date them near."""
    named, later = set(visit_ids), timedelta(days=days)
    return replace(
        plan,
        visits=tuple(
            replace(visit, start=visit.start + later, end=visit.end + later) if visit.id in named else visit
            for visit in plan.visits
        ),
    )


def _with(plan: Plan, visit: PlannedVisit) -> Plan:
    return replace(plan, visits=tuple(visit if old.id == visit.id else old for old in plan.visits))
