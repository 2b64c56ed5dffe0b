"""The tasks of a plan after a change: what was done stays so, what is open is due by the dates as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from kapplan.model.plan import Finding, Plan, PlannedVisit, Task
from kapplan.planning.schedule.draft import tasks_of


def tasks_after(plan: Plan, visits: Sequence[PlannedVisit], findings: Sequence[Finding]) -> Iterator[Task]:
    """Return the tasks of a revised plan: what was done or dropped stays so, what is open is due by the new dates."""
    known = {task.id: task for task in plan.tasks}
    by_id = {visit.id: visit for visit in visits}
    planned = {visit.id: visit for visit in plan.visits}
    of_findings = {
        name for finding in plan.findings for name in (f"settle-{finding.rule}", f"screening-{finding.rule}")
    }
    begun = any(visit.kind == "dosing" and visit.status == "completed" for visit in visits)
    of_course = {f"{rule.id}-{visit.id}" for rule in plan.regimen.tasks for visit in visits} if begun else set()
    there = {visit.id for visit in plan.regimen.visits}
    tasks: dict[str, Task] = {}
    standing = [visit for visit in visits if visit.id in there]
    for task in tasks_of(plan.regimen, standing, findings, plan.authorizations):
        if task.id in known:
            tasks[task.id] = replace(task, status=known[task.id].status, done=known[task.id].done)
        elif task.id not in of_course:
            tasks[task.id] = task
    for task in plan.tasks:
        if task.id not in tasks:
            visit = by_id.get(task.visit or "")
            stays = visit is not None and visit.open and task.id not in of_findings
            if visit is not None and stays and task.status == "open":
                tasks[task.id] = _moved_with(task, planned.get(visit.id), visit)
            else:
                tasks[task.id] = _no_longer_told(task, visit)
    return iter(sorted(tasks.values(), key=lambda task: (task.due, task.id)))


def _moved_with(task: Task, was: PlannedVisit | None, now: PlannedVisit) -> Task:
    """Return a task that somebody gave an open visit, such as a baseline from home, due by the visit's date now."""
    days = 0 if was is None else (now.start.date() - was.start.date()).days
    return replace(task, due=task.due + timedelta(days=days))


def _no_longer_told(task: Task, visit: PlannedVisit | None) -> Task:
    """Return a task that no open visit has: it stands where its visit was held, and is dropped where it was not."""
    held = visit is None or visit.status == "completed"
    return task if task.status != "open" or held else replace(task, status="dropped")
