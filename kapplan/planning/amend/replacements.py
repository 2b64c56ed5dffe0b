"""Visits that a course did not have: those that stand in for missed ones, and those that somebody adds.

They enter the regimen, with an id that goes on from the highest number of their kind and never one used before; the
next revision dates them.
"""

from __future__ import annotations

from datetime import datetime

from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Regimen, RegimenVisit
from kapplan.model.terms import DOSES
from kapplan.planning.residual.happened import is_past
from kapplan.planning.residual.remaining import members, rows

PREREQUISITES = frozenset({"screening", "preparation", "integration", "psychotherapy"})
"""Kinds of visits without which a dose that waits for them is not given."""
NOT_GIVEN = frozenset({"missed", "cancelled"})


def next_number(plan: Plan, kind: str) -> int:
    """Return the number that a new visit of a kind gets: one more than the highest that was ever used."""
    used = [visit.number for visit in (*plan.visits, *plan.withdrawn) if visit.kind == kind]
    used += [visit.number for visit in plan.regimen.visits if visit.kind == kind]
    return max(used, default=0) + 1


# In place of a missed one


def with_replacements(plan: Plan, protocol: Protocol, now: datetime) -> Plan:
    """Return the plan with a visit in its regimen for each missed one that the protocol's data gives later.

    A missed gate is always held later: what waits for it would wait for ever. So is what a dose waits for. What was
    left out on purpose, called off by nobody in particular (a course that a review stopped), or is part of the course
    no more, is not replaced. ``now`` is a moment with a zone.
    """
    plan = _without_needless(plan, now)
    for visit in plan.visits:
        if _is_to_be_replaced(plan, protocol, visit):
            plan = replace_missed(plan, visit.id)
    return plan


def _without_needless(plan: Plan, now: datetime) -> Plan:
    """Return the plan in which whatever was held after all has its rules back from what stands in for it.

    What stood in and has passed, with a record or without one, stays in the course, stands in for nothing and is bound
    by nothing; what is still ahead goes.
    """
    by_id = {visit.id: visit for visit in plan.visits}
    for new in sorted(plan.regimen.visits, key=lambda visit: visit.number, reverse=True):
        own = by_id.get(new.id)
        if new.replaces is None or (own is not None and own.status == "completed") or not _is_held(plan, new.replaces):
            continue
        regimen = _taken_over(plan.regimen, new, plan.regimen.visit(new.replaces))
        changed = {visit.id: visit for visit in regimen.visits}
        changed[new.id] = replace(changed[new.id], replaces=None, gate=None)
        goes = own is None or (own.open and not is_past(plan, own, now))
        visits = (changed[visit.id] for visit in plan.regimen.visits if visit.id != new.id or not goes)
        plan = replace(plan, regimen=replace(regimen, visits=tuple(visits)))
    return plan


def _is_held(plan: Plan, visit_id: str) -> bool:
    """Tell whether a visit was held as a whole, or stood in for one that was, by way of others that were not held."""
    visit = next((one for one in plan.visits if one.id == visit_id), None)
    if visit is None or visit.status == "completed":
        return visit is not None and visit.partial is None
    before = next((one.replaces for one in plan.regimen.visits if one.id == visit_id), None)
    return visit.is_lost and before is not None and _is_held(plan, before)


def _is_to_be_replaced(plan: Plan, protocol: Protocol, visit: PlannedVisit) -> bool:
    rule = protocol.missed.get(visit.phase)
    if visit.status == "completed" and visit.partial is not None and rule is not None and rule.partial == "replace":
        return not _has_stand_in(plan, visit)
    if visit.status not in NOT_GIVEN or (visit.status == "cancelled" and visit.cancelled_by is None):
        return False
    known = next((one for one in plan.regimen.visits if one.id == visit.id), None)
    if known is None or _has_stand_in(plan, visit):
        return False
    if not any(visit.id in {rule.visit, rule.after} for rule in plan.regimen.timing):
        return False
    if visit.kind in PREREQUISITES and _is_waited_for(plan, visit.id):
        return True
    doses = any(one.phase == visit.phase and one.kind in DOSES for one in plan.regimen.visits)
    given_later = rule is not None and rule.then == "replace" and (visit.kind in DOSES or not doses)
    return given_later or known.gate is not None


def _is_waited_for(plan: Plan, visit_id: str) -> bool:
    """Tell whether an open dose waits for a visit, by itself or by way of another that it waits for."""
    by_id = {visit.id: visit for visit in plan.visits}
    for rule in plan.regimen.timing:
        if rule.after != visit_id or rule.min is None or rule.min < 0 or rule.visit not in by_id:
            continue
        following = by_id[rule.visit]
        if following.open and following.kind in DOSES:
            return True
        if following.open and following.kind in PREREQUISITES and _is_waited_for(plan, following.id):
            return True
    return False


def _has_stand_in(plan: Plan, visit: PlannedVisit) -> bool:
    return any(one.replaces == visit.id for one in plan.regimen.visits)


def replace_missed(plan: Plan, visit_id: str) -> Plan:
    """Return the plan with a new visit in its regimen that takes over the rules of one that was missed.

    One that was given in part keeps its rules: the new one comes after it in their row. ``KeyError`` where the course
    has no such visit, ``UsageError`` where another stands in for it already.
    """
    missed = plan.regimen.visit(visit_id)
    if any(visit.replaces == visit_id for visit in plan.regimen.visits):
        raise UsageError(f"another visit stands in for {visit_id} already")
    number = next_number(plan, missed.kind)
    new = replace(missed, id=f"{missed.kind}-{number}", number=number, replaces=visit_id)
    in_part = any(visit.id == visit_id and visit.status == "completed" for visit in plan.visits)
    change = _repeated if in_part else _taken_over
    return replace(plan, regimen=change(plan.regimen, missed, new))


def _repeated(regimen: Regimen, first: RegimenVisit, new: RegimenVisit) -> Regimen:
    """Return the regimen with a visit once more, behind its first try in their row and under the same limits."""
    row = next((row for row in rows(regimen) if first.id in members(row)), ())
    template = next((rule for rule in row if rule.after == first.id), row[-1] if row else None)
    timing = [
        replace(rule, after=new.id) if rule in row and rule.after == first.id else rule for rule in regimen.timing
    ]
    if template is not None:
        timing.append(replace(template, visit=new.id, after=first.id))
    return replace(
        regimen,
        visits=tuple(one for visit in regimen.visits for one in ((visit, new) if visit.id == first.id else (visit,))),
        timing=tuple(timing),
        limits=tuple(
            replace(limit, visits=(*limit.visits, new.id)) if first.id in limit.visits else limit
            for limit in regimen.limits
        ),
    )


def _taken_over(regimen: Regimen, missed: RegimenVisit, new: RegimenVisit) -> Regimen:
    """Return the regimen in which one visit has the rules of another; what bound the two to each other goes."""

    def name(visit: str) -> str:
        return new.id if visit == missed.id else visit

    def waiting(visit: RegimenVisit) -> RegimenVisit:
        return replace(visit, awaits=tuple(map(name, visit.awaits))) if missed.id in visit.awaits else visit

    return replace(
        regimen,
        visits=tuple(
            waiting(one) for visit in regimen.visits for one in ((visit, new) if visit.id == missed.id else (visit,))
        ),
        timing=tuple(
            replace(rule, visit=name(rule.visit), after=name(rule.after))
            if missed.id in {rule.visit, rule.after}
            else rule
            for rule in regimen.timing
            if {rule.visit, rule.after} != {missed.id, new.id}
        ),
        limits=tuple(
            replace(
                limit,
                visits=tuple(dict.fromkeys(map(name, limit.visits))),
                anchor=name(limit.anchor) if limit.anchor else None,
            )
            if missed.id in {*limit.visits, limit.anchor}
            else limit
            for limit in regimen.limits
        ),
    )


# An extra one
