"""What in a plan names something else in it, and whether that is there: a rule its visits, a target its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.regimen import RegimenVisit, TimingRule


def reference_faults(plan: Plan) -> Iterator[Fault]:
    """Yield the names of visits that the plan does not have, and targets that lie outside their own bounds.

    A visit that was held or called off stays, though the course may no longer have it, and so may its tasks; what is
    open is of the course, and so is whatever its rules name.
    """
    if not plan.regimen.visits:
        return
    course = {visit.id for visit in plan.regimen.visits}
    known = course | {visit.id for visit in (*plan.visits, *plan.withdrawn)}
    for index, visit in enumerate(plan.visits):
        if visit.open and visit.id not in course:
            message = f"`{visit.id}` is open, and the course has no such visit"
            yield Fault(("visits", index, "id"), message, nearest=nearest_of(visit.id, course))
    for path, name in _names_in_rules(plan):
        if name not in course:
            yield Fault(path, f"the course has no visit `{name}`", nearest=nearest_of(name, course))
    for index, task in enumerate(plan.tasks):
        if task.visit is not None and task.visit not in known:
            message = f"the plan has no visit `{task.visit}`"
            yield Fault(("tasks", index, "visit"), message, nearest=nearest_of(task.visit, known))
    for index, rule in enumerate(plan.regimen.timing):
        if not _in_order(rule):
            message = f"the target of `{rule.rule}` is not within its bounds"
            yield Fault(("regimen", "timing", index, "target"), message, "min <= target <= max")


def twice(path: Path, visits: Sequence[PlannedVisit | RegimenVisit]) -> Iterator[Fault]:
    """Yield each visit that has the id of one before it in the same list."""
    seen: set[str] = set()
    for index, visit in enumerate(visits):
        if visit.id in seen:
            yield Fault((*path, index, "id"), f"two visits have the id `{visit.id}`")
        seen.add(visit.id)


def _names_in_rules(plan: Plan) -> Iterator[tuple[Path, str]]:
    for index, rule in enumerate(plan.regimen.timing):
        yield ("regimen", "timing", index, "visit"), rule.visit
        yield ("regimen", "timing", index, "after"), rule.after
    for index, limit in enumerate(plan.regimen.limits):
        for number, name in enumerate(limit.visits):
            yield ("regimen", "limits", index, "visits", number), name
        if limit.anchor is not None:
            yield ("regimen", "limits", index, "anchor"), limit.anchor


def _in_order(rule: TimingRule) -> bool:
    low, high = rule.target if rule.target is not None else (rule.min, rule.max)
    bounds = [bound for bound in (rule.min, low, high, rule.max) if bound is not None]
    return bounds == sorted(bounds)
