"""The tasks of a plan after a change: what was done stays so, what is open is due by the dates as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from kapplan.dataclass import replace
from kapplan.model.plan import Finding, Plan, PlannedVisit, Task, begins_course
from kapplan.planning.schedule.draft import course_tasks, doable, tasks_of
from kapplan.planning.schedule.home_measures import baseline_before, is_baseline


def tasks_after(plan: Plan, visits: Sequence[PlannedVisit], findings: Sequence[Finding], today: date) -> Iterator[Task]:
    """Return the tasks of a revised plan: what was done stays so, what is open is due by the new dates.

    What is asked for anew is due no sooner than it can be done, and what once was put off for that stays put off. What
    was dropped with a visit is asked for again where an open one needs it. What comes before the first dose is asked
    for before the one with which the course begins now, and before no other, unless it was done already.
    """
    known = {task.id: task for task in plan.tasks}
    by_id = {visit.id: visit for visit in visits}
    planned = {visit.id: visit for visit in plan.visits}
    days = {visit.id: visit.start.date() for visit in visits}
    first = begins_course(visits)
    there = {visit.id for visit in plan.regimen.visits}
    standing = [visit for visit in visits if visit.id in there]
    asked = [*tasks_of(plan.regimen, standing, findings, plan.authorizations)]
    once = _asked_once(plan, visits, findings)
    if first is not None:
        asked += _before_first(plan, findings, first, once)
    tasks: dict[str, Task] = {}
    for task in asked:
        was, at = known.get(task.id), by_id[task.visit or ""]
        if was is None or was.status == "dropped":
            tasks[task.id] = doable(task, days, today) if at.open else task
        elif at.open:
            due = _due(task, was, planned.get(was.visit or ""), at, today)
            tasks[task.id] = replace(task, due=due, status=was.status, done=was.done)
        else:
            tasks[task.id] = was if was.visit == at.id else replace(task, status=was.status, done=was.done)
    of_findings = {f"{kind}-{finding.rule}" for finding in plan.findings for kind in ("settle", "screening")}
    for task in plan.tasks:
        if task.id in tasks:
            continue
        visit = by_id.get(task.visit or "")
        if first is not None and is_baseline(task) and _is_asked_of(task, first):
            asked_anew = baseline_before(task, first)
            tasks[task.id] = doable(asked_anew, days, today) if first.open else asked_anew
        elif first is not None and task.id in once:
            tasks[task.id] = task if task.status != "open" else replace(task, status="dropped")
        elif visit is not None and visit.open and task.id not in of_findings and task.status == "open":
            tasks[task.id] = _moved_with(task, planned.get(visit.id), visit)
        else:
            tasks[task.id] = _no_longer_told(task, visit)
    return iter(sorted(tasks.values(), key=lambda task: (task.due, task.id)))


def _asked_once(plan: Plan, visits: Sequence[PlannedVisit], findings: Sequence[Finding]) -> Mapping[str, str]:
    """Return what each task that a course asks for once is about, by the ids that it has before each of the visits."""
    rules = (rule for rule in plan.regimen.tasks if not rule.reauthorization)
    of_course = {f"{rule.id}-{visit.id}": rule.id for rule in rules for visit in visits}
    of_findings = {
        name: name for finding in findings if finding.task is not None for name in [f"screening-{finding.rule}"]
    }
    return {**of_course, **of_findings}


def _before_first(
    plan: Plan, findings: Sequence[Finding], first: PlannedVisit, once: Mapping[str, str]
) -> Iterator[Task]:
    """Yield what is asked for once, before the dose with which the course begins; once that was held, nothing new."""
    had = [task for task in plan.tasks if task.id in once]
    done = {once[task.id] for task in had if task.status == "done" and task.visit != first.id}
    asked = {once[task.id] for task in had if task.status == "open" or task.visit == first.id}
    for task in course_tasks(plan.regimen, findings, first):
        about = once[task.id]
        if about not in done and (first.open or about in asked):
            yield task


def _is_asked_of(task: Task, first: PlannedVisit) -> bool:
    """Tell whether a baseline is to be asked for before the dose with which the course begins and is not yet."""
    if task.visit == first.id:
        return task.status == "dropped"
    return task.status == "open" or (task.status == "dropped" and first.open)


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
