"""Extending: a course is laid out further from where it stands, in the place of visits that are called off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from kapplan.dataclass import replace
from kapplan.dates import treatment_week
from kapplan.model.plan import Plan
from kapplan.model.protocol import Phase, Series, VisitType
from kapplan.model.regimen import Limit, Regimen, RegimenVisit
from kapplan.model.review import Basis
from kapplan.model.terms import DOSES
from kapplan.planning.amend.replacements import next_number
from kapplan.planning.regimen.branches import phases_from
from kapplan.planning.regimen.layout import add_phases, awaits_of, limits_of, regimen_visit
from kapplan.planning.regimen.nominal import nominal_days
from kapplan.planning.regimen.same_day import one_visit_a_day
from kapplan.planning.regimen.series import Layout, Node, fixed_doses_of


def extend(
    plan: Plan, basis: Basis, target: str, *, gate_phase: str | None, cancelled: Collection[str], today: date
) -> Regimen:
    """Return the plan's regimen with the phases that ``target`` leads to, laid out from where the course stands.

    ``target`` is a phase, or ``continue`` (the phases after ``gate_phase``). Visits of ``cancelled`` bind nothing any
    more; their numbers are not given again. Weeks are counted on from the last dose that was or will be given.
    """
    way = _through_maintenance(phases_from(basis.protocol, target, gate_phase))
    layout = _standing(plan, basis, cancelled)
    shifted = _shifted(plan, way, cancelled)
    layout.fixed_doses = fixed_doses_of(basis.protocol, shifted)
    _maintain(layout, plan, cancelled, today)
    add_phases(layout, [phase for phase in shifted if not phase.follow_up])
    add_phases(layout, [phase for phase in shifted if phase.follow_up])
    return _joined(plan, basis, layout, shifted, cancelled=cancelled, today=today)


def _through_maintenance(way: Sequence[Phase]) -> tuple[Phase, ...]:
    """Return the phases through the first that goes on to the end of the maintenance: nothing comes after it."""
    lasting = (
        place
        for place, phase in enumerate(way)
        if any(series.weeks is not None and series.weeks.until == "maintenance" for series in phase.series)
    )
    return tuple(way[: next(lasting, len(way)) + 1])


# What stands


def _standing(plan: Plan, basis: Basis, cancelled: Collection[str]) -> Layout:
    """Return a layout of what stands: visits that were held or will be, by their days."""
    out = {visit.id for visit in plan.visits if visit.status in {"cancelled", "omitted"}} | set(cancelled)
    out |= {visit.replaces for visit in plan.regimen.visits if visit.replaces is not None}
    days = {visit.id: (visit.start, place) for place, visit in enumerate(plan.visits)}
    visits = [visit for visit in plan.regimen.visits if visit.id not in out and visit.id in days]
    kinds = dict.fromkeys(visit.kind for visit in plan.regimen.visits)
    taken = {kind: next_number(plan, kind) - 1 for kind in kinds}
    nodes = [_node(visit, basis) for visit in sorted(visits, key=lambda visit: days[visit.id])]
    return Layout(protocol=basis.protocol, treatment=basis.profile.treatment, nodes=nodes, taken=taken)


def _node(visit: RegimenVisit, basis: Basis) -> Node:
    phases = (phase for phase in basis.protocol.phases if phase.id == visit.phase)
    phase = next(phases, Phase(id=visit.phase, follow_up=visit.tier == "follow-up"))
    series = next((series for series in phase.series if series.visit == visit.type), Series(visit=visit.type))
    visit_type = basis.protocol.visits.get(visit.type, VisitType(kind=visit.kind))
    return Node(
        phase=phase, series=series, type=visit_type, kind=visit.kind, tier=visit.tier, index=0, number=visit.number,
        standing=True,
    )  # fmt: skip


def _shifted(plan: Plan, way: Sequence[Phase], cancelled: Collection[str]) -> tuple[Phase, ...]:
    """Return the phases with their treatment weeks counted on from the last dose that was or will be given."""
    first = plan.first_dose
    weeks = [series.weeks for phase in way[:1] for series in phase.series if series.weeks is not None]
    standing = [visit for visit in plan.visits if visit.id not in cancelled and not visit.is_lost]
    doses = [visit.day for visit in standing if visit.kind in DOSES]
    if first is None or not weeks or not doses:
        return tuple(way)
    shift = treatment_week(first, max(doses)) + weeks[0].every - weeks[0].from_
    return tuple(
        replace(phase, series=tuple(_later(series, shift) for series in phase.series)) if shift else phase
        for phase in way
    )


def _stands(visit_id: str, plan: Plan, cancelled: Collection[str]) -> bool:
    return visit_id not in cancelled and plan.visit(visit_id).status not in {"cancelled", "omitted"}


def _later(series: Series, weeks: int) -> Series:
    if series.weeks is None:
        return series
    until = series.weeks.until
    moved = replace(
        series.weeks,
        from_=series.weeks.from_ + weeks,
        until=until if isinstance(until, str) else until + weeks,
    )
    return replace(series, weeks=moved)


def _maintain(layout: Layout, plan: Plan, cancelled: Collection[str], today: date) -> None:
    """Count the maintenance from the last dose of the active course, or from today where it has run out."""
    first = plan.first_dose
    if first is None:
        return
    course = [
        visit.day
        for visit in plan.visits
        if visit.kind in DOSES and visit.tier == "course" and _stands(visit.id, plan, cancelled)
    ]
    planned = {visit.start.date() for visit in plan.visits if visit.tier == "follow-up"}
    last = max(course, default=first)
    if max(planned, default=today) <= today:
        last = today
    layout.last_dose = (last - first).days


# What comes out


def _joined(
    plan: Plan, basis: Basis, layout: Layout, way: tuple[Phase, ...], *, cancelled: Collection[str], today: date
) -> Regimen:
    new = [node for node in layout.nodes if not node.standing]
    known = {node.id for node in new}
    among = [rule for rule in layout.timing if rule.visit in known and rule.after in known]
    relative = nominal_days([node.id for node in new], among)
    base = _days_so_far(plan, cancelled, today) + 1
    nominal = {node.id: base + relative[node.id] for node in new}
    awaits = awaits_of(layout, way, nominal)
    held_up, out = _still_awaited(plan, cancelled), set(cancelled)
    order = sorted(range(len(new)), key=lambda n: (nominal[new[n].id], n))
    visits = [regimen_visit(new[n], basis.clinic, nominal[new[n].id], (*held_up, *awaits[new[n].id])) for n in order]
    return replace(
        plan.regimen,
        visits=(*plan.regimen.visits, *visits),
        timing=(*(one for one in plan.regimen.timing if not {one.visit, one.after} & out), *layout.timing),
        limits=tuple(_limits(plan.regimen.limits, layout, cancelled)),
    )


def _days_so_far(plan: Plan, cancelled: Collection[str], today: date) -> int:
    """Return how many days from the first visit the course has come, as it stands."""
    first = min((visit.day for visit in plan.visits), default=today)
    ahead = [visit.nominal for visit in plan.regimen.visits if visit.id not in cancelled]
    return max((today - first).days, *ahead, 0)


def _still_awaited(plan: Plan, cancelled: Collection[str]) -> tuple[str, ...]:
    """Return the gates that the visits called off were waiting for and that are still to be held."""
    gates = {visit.id for visit in plan.regimen.visits if visit.gate is not None}
    waiting = [gate for visit in plan.visits if visit.id in cancelled for gate in visit.awaits]
    return tuple(
        gate for gate in dict.fromkeys(waiting) if gate in gates and gate not in cancelled and plan.visit(gate).open
    )


def _limits(before: Sequence[Limit], layout: Layout, cancelled: Collection[str]) -> list[Limit]:
    """Return the limits as they bind what stands and what is new; those that were there keep their own visits too."""
    now = [*one_visit_a_day(layout.nodes), *limits_of(layout, layout.nodes)]
    named = {limit.rule for limit in now}
    kept = [replace(limit, visits=tuple(one for one in limit.visits if one not in cancelled)) for limit in before]
    caps = {limit.rule: limit for limit in kept if limit.max is not None}
    merged = [_with_both(limit, None if limit.max is None else caps.get(limit.rule)) for limit in now]
    return [*merged, *(limit for limit in kept if limit.rule not in named and limit.visits)]


def _with_both(limit: Limit, before: Limit | None) -> Limit:
    if before is None:
        return limit
    return replace(limit, visits=tuple(dict.fromkeys((*before.visits, *limit.visits))), anchor=before.anchor)
