"""The tasks of a plan after a change: what was done stays so, what is open is due by the dates as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from kapplan.dataclass import replace
from kapplan.model.plan import Finding, Plan, PlannedVisit, Task
from kapplan.model.terms import DOSES
from kapplan.model.visits import TaskRule
from kapplan.planning.schedule.draft import doable, tasks_of


def tasks_after(plan: Plan, visits: Sequence[PlannedVisit], findings: Sequence[Finding], today: date) -> Iterator[Task]:
    """Return the tasks of a revised plan: what was done or dropped stays so, what is open is due by the new dates.

    What is asked for anew is due no sooner than it can be done, and what once was put off for that stays put off. What
    comes before the first dose is asked for before the one that is the first now, unless it was done already.
    """
    known = {task.id: task for task in plan.tasks}
    by_id = {visit.id: visit for visit in visits}
    planned = {visit.id: visit for visit in plan.visits}
    days = {visit.id: visit.start.date() for visit in visits}
    of_findings = {
        name for finding in plan.findings for name in (f"settle-{finding.rule}", f"screening-{finding.rule}")
    }
    begun = any(visit.kind in DOSES and visit.status == "completed" for visit in visits)
    of_course = {
        f"{rule.id}-{visit.id}" for rule in plan.regimen.tasks if begun or _is_done(plan, rule) for visit in visits
    }
    there = {visit.id for visit in plan.regimen.visits}
    tasks: dict[str, Task] = {}
    standing = [visit for visit in visits if visit.id in there]
    for task in tasks_of(plan.regimen, standing, findings, plan.authorizations):
        if task.id in known:
            was = known[task.id]
            due = _due(task, was, planned.get(was.visit or ""), by_id[task.visit or ""], today)
            tasks[task.id] = replace(task, due=due, status=was.status, done=was.done)
        elif task.id not in of_course:
            tasks[task.id] = doable(task, days, today)
    first = next((visit for visit in visits if visit.kind in DOSES and visit.open), None)
    for task in plan.tasks:
        if task.id not in tasks:
            visit = by_id.get(task.visit or "")
            if first is not None and not begun and _is_asked_again(task, visit):
                asked = replace(task, visit=first.id, status="open")
                tasks[task.id] = _moved_with(asked, planned.get(task.visit or ""), first)
                continue
            stays = visit is not None and visit.open and task.id not in of_findings
            if visit is not None and stays and task.status == "open":
                tasks[task.id] = _moved_with(task, planned.get(visit.id), visit)
            else:
                tasks[task.id] = _no_longer_told(task, visit)
    return iter(sorted(tasks.values(), key=lambda task: (task.due, task.id)))


def _is_asked_again(task: Task, visit: PlannedVisit | None) -> bool:
    """Tell whether a task asks for a measure from home before a first dose that is lost: it is due before the next."""
    lost = visit is None or (visit.is_lost and visit.kind in DOSES)
    return lost and task.visit is not None and task.measure is not None and task.status != "done"


def _is_done(plan: Plan, rule: TaskRule) -> bool:
    """Tell whether a task of the course was done already, for a first dose that was lost since too."""
    return any(task.status == "done" and task.id == f"{rule.id}-{task.visit}" for task in plan.tasks)


def _due(task: Task, was: Task, before: PlannedVisit | None, now: PlannedVisit, today: date) -> date:
    """Return when a task that the plan had is due by its visit's date now.

    Nothing is due in the past because its visit came nearer.
    """
    moved = (now.start.date() - (now if before is None else before).start.date()).days
    if was.due > task.due - timedelta(days=moved):
        return max(task.due, min(was.due, now.start.date()))
    return doable(task, {now.id: now.start.date()}, today).due if moved else task.due


def _moved_with(task: Task, was: PlannedVisit | None, now: PlannedVisit) -> Task:
    """Return a task that somebody gave an open visit, such as a baseline from home, due by the visit's date now."""
    days = 0 if was is None else (now.start.date() - was.start.date()).days
    return replace(task, due=task.due + timedelta(days=days))


def _no_longer_told(task: Task, visit: PlannedVisit | None) -> Task:
    """Return a task that no open visit has: it stands where its visit was held, and is dropped where it was not."""
    held = visit is None or visit.status == "completed"
    return task if task.status != "open" or held else replace(task, status="dropped")
