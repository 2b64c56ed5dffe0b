"""Whom to call: patients whose visits are not where they were last told, or who were told of none yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from kapplan.dataclass import dataclass, replace
from kapplan.model.plan import Plan, PlannedVisit


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a patient must be told of a visit: where it was as far as they know, and where it is now.

    ``was`` is ``None`` where they were told nothing of it, ``now`` where it will not be held.
    """

    patient: str
    visit: str
    was: datetime | None
    now: datetime | None


def calls_of(plan: Plan, at: datetime) -> tuple[Call, ...]:
    """Return what a patient must be told, the next visit first; what lies before the moment ``at`` no more."""
    return tuple(sorted(_calls(plan, at), key=lambda call: (call.now or call.was or at, call.visit)))


def _calls(plan: Plan, at: datetime) -> Iterator[Call]:
    there = {visit.id: visit for visit in plan.visits}
    for visit_id, was in plan.told.items():
        visit = there.get(visit_id)
        if was > at and (visit is None or visit.is_lost):
            yield Call(patient=plan.patient, visit=visit_id, was=was, now=None)
    for visit in plan.visits:
        if is_told_of(plan, visit, at) and plan.told.get(visit.id) != visit.start:
            yield Call(patient=plan.patient, visit=visit.id, was=plan.told.get(visit.id), now=visit.start)


def is_told_of(plan: Plan, visit: PlannedVisit, at: datetime) -> bool:
    """Return whether a patient is told of a visit: it lies ahead, is settled or asked for, and the course is not held.

    A provisional visit is spoken of too once its day was told.
    """
    ahead = visit.open and visit.status != "unresolved" and visit.start > at
    return ahead and not plan.held and (not visit.provisional or visit.asked or visit.id in plan.told)


def told(plan: Plan, at: datetime, only: Collection[str] = ()) -> Plan:
    """Return a plan whose patient was told of every call, or of those about the visits ``only``."""
    known = dict(plan.told)
    for call in calls_of(plan, at):
        if only and call.visit not in only:
            continue
        if call.now is None:
            known.pop(call.visit, None)
        else:
            known[call.visit] = call.now
    return replace(plan, told=known)
