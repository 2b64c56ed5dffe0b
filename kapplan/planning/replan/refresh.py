"""Refreshing: a plan takes over a changed profile, clinic or protocol, and keeps its history.

The regimen of the sources it was made from is compared with that of the new ones, row by row: what neither changes
stays as the plan has it, replacements, added visits and overridden limits among it. Under another protocol the visits
that were held count as the first ones of their kind; what was open is called off, and what the new protocol asks for
has new ids.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from kapplan.dataclass import replace
from kapplan.model.decisions import Override
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.regimen import Limit, Regimen, RegimenVisit, TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.amend.replacements import next_number
from kapplan.planning.phrases.words import parts_of_id
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.replan.request import Sources
from kapplan.planning.residual.arrivals import without_past
from kapplan.planning.residual.happened import is_past
from kapplan.planning.schedule.draft import card_of, protocol_ref

Row = TypeVar("Row", RegimenVisit, TimingRule, Limit)


def refreshed(
    plan: Plan, old: Sources, new: Sources, *, count_doses: bool | None = None, now: datetime | None = None
) -> Plan:
    """Return the plan as it follows from changed sources, still with its old dates; the next revision dates it.

    ``old`` are the sources that the plan was made from. Visits that the course no longer has are called off then, but
    for those whose time has come by ``now``, a moment with a zone, without a record: they may have been held.
    Under another protocol doses given count towards its number where ``count_doses`` says so, else where the drug is
    the same.
    """
    before, after = regimen_of(old), regimen_of(new)
    if new.protocol.id != plan.protocol.id:
        counted = new.protocol.drug == plan.protocol.drug if count_doses is None else count_doses
        regimen = _of_other_protocol(plan, after, doses=counted)
    elif before == after:
        regimen = plan.regimen
    else:
        regimen = _merged(plan, before, after)
    return replace(
        plan,
        name=new.profile.patient.name,
        timezone=new.clinic.timezone or plan.timezone,
        protocol=protocol_ref(new.protocol, new.profile, off_label=new.off_label),
        clinic=card_of(new.clinic),
        therapist=new.profile.treatment.therapist or plan.therapist,
        inputs=plan.inputs if new.inputs is None else new.inputs,
        regimen=regimen if now is None else _with_unrecorded(plan, regimen, now),
        findings=plan.findings if new.findings is None else new.findings,
        overrides=_overrides(plan, old, new),
        widenings=new.profile.widen,
        tailoring=plan.tailoring if new.tailoring is None else new.tailoring,
        authorizations=new.profile.authorization,
        snapshot=plan.snapshot if new.snapshot is None else new.snapshot,
    )


def _with_unrecorded(plan: Plan, regimen: Regimen, now: datetime) -> Regimen:
    """Return a course with what has passed without a record in its history."""
    there = {visit.id for visit in regimen.visits}
    waiting = {visit.id for visit in plan.visits if visit.id not in there and is_past(plan, visit, now)}
    history = tuple(visit for visit in plan.regimen.visits if visit.id in waiting)
    return replace(regimen, visits=(*history, *regimen.visits)) if history else regimen


def regimen_of(sources: Sources) -> Regimen:
    """Return the course that sources lay out, without what came before a patient who arrived in mid-course."""
    regimen = lay_out(sources.protocol, sources.profile, sources.clinic)
    return without_past(regimen, sources.profile)[0]


def _overrides(plan: Plan, old: Sources, new: Sources) -> tuple[Override, ...]:
    """Return the overrides of the new profile and those that were made on the plan itself."""
    own = (one for one in plan.overrides if one not in old.profile.override and one not in new.profile.override)
    return (*new.profile.override, *own)


# The same protocol, changed


def _merged(plan: Plan, before: Regimen, after: Regimen) -> Regimen:
    """Return the plan's regimen with what changed between two layouts; what is the plan's own stays."""
    mine = plan.regimen
    before, after = _stood_in(mine, before), _stood_in(mine, after)
    behind = {visit.id for visit in plan.visits if not visit.open}
    visits = _merge(mine.visits, before.visits, _not_behind(plan, before, after), lambda visit: visit.id)
    kept = {visit.id for visit in visits}
    visits += [visit for visit in mine.visits if visit.id in behind and visit.id not in kept]
    there = {visit.id for visit in visits}
    timing = _merge(mine.timing, before.timing, after.timing, lambda rule: (rule.rule, rule.visit, rule.after))
    limits = _merge(mine.limits, before.limits, after.limits, _limit_key, _limit)
    return replace(
        after,
        visits=tuple(sorted((_with_gates(visit, there) for visit in visits), key=lambda visit: visit.nominal)),
        timing=tuple(rule for rule in timing if {rule.visit, rule.after} <= there),
        limits=tuple(_only(limits, there)),
    )


def _stood_in(mine: Regimen, laid_out: Regimen) -> Regimen:
    """Return a layout in which visits that others stand in for bind nothing: the rules are those of the stand-ins."""
    names = {visit.replaces: visit.id for visit in mine.visits if visit.replaces is not None}

    def name(visit: str) -> str:
        while visit in names:
            visit = names[visit]
        return visit

    return _bound_to(laid_out, name)


def _bound_to(regimen: Regimen, name: Callable[[str], str]) -> Regimen:
    """Return a course in which gates, rules and limits speak of visits by other ids."""
    return replace(
        regimen,
        visits=tuple(replace(one, awaits=tuple(map(name, one.awaits))) for one in regimen.visits),
        timing=tuple(replace(one, visit=name(one.visit), after=name(one.after)) for one in regimen.timing),
        limits=tuple(
            replace(one, visits=tuple(map(name, one.visits)), anchor=None if one.anchor is None else name(one.anchor))
            for one in regimen.limits
        ),
    )


def _not_behind(plan: Plan, before: Regimen, after: Regimen) -> list[RegimenVisit]:
    """Return the visits of a new layout without those that it adds before one that was already held."""
    known = {visit.id for visit in before.visits} | {visit.id for visit in plan.regimen.visits}
    held = {visit.id for visit in plan.visits if visit.status == "completed"}
    reached = max((visit.nominal for visit in after.visits if visit.id in held), default=-1)
    return [visit for visit in after.visits if visit.id in known or visit.nominal > reached]


def _with_gates(visit: RegimenVisit, there: Collection[str]) -> RegimenVisit:
    """Return a visit that waits for no gate that the course does not have."""
    return replace(visit, awaits=tuple(gate for gate in visit.awaits if gate in there))


def _limit_key(limit: Limit) -> Hashable:
    return limit.rule, limit.type, limit.visits[:1]


def _limit(mine: Limit, before: Limit, after: Limit) -> Limit:
    """Return a limit that both the plan and the new layout changed: its new visits and the plan's own."""
    own = [visit for visit in mine.visits if visit not in before.visits]
    taken = set(before.visits) - set(mine.visits)
    return replace(after, visits=(*(visit for visit in after.visits if visit not in taken), *own))


def _merge(
    mine: Sequence[Row],
    before: Sequence[Row],
    after: Sequence[Row],
    key: Callable[[Row], Hashable],
    both: Callable[[Row, Row, Row], Row] = lambda mine, before, after: after,  # noqa: ARG005  # the new one
) -> list[Row]:
    """Return rows merged three ways: the plan's own changes stay, the rest is as the new layout has it.

    ``both`` decides of rows that both have changed.
    """
    was = {key(row): row for row in before}
    now = {key(row): row for row in after}
    own = {key(row): row for row in mine}
    merged = [row for name, row in own.items() if name not in was and name not in now]
    for name, row in now.items():
        if name not in was:
            merged.append(row)
        elif name in own:
            merged.append(own[name] if row == was[name] else both(own[name], was[name], row))
    return merged


def _only(limits: Sequence[Limit], there: set[str]) -> Iterator[Limit]:
    for limit in limits:
        visits = tuple(visit for visit in limit.visits if visit in there)
        if visits and (limit.anchor is None or limit.anchor in there):
            yield replace(limit, visits=visits)


# Another protocol


def _of_other_protocol(plan: Plan, after: Regimen, *, doses: bool) -> Regimen:
    """Return the course of another protocol in which the visits held are the first ones of their kind.

    Without ``doses`` those that were given do not count towards its number; they stand in its history, and gaps and
    caps count from them. What was held after fewer counting doses than the new course has before its like (a review, an
    integration) is history too: it would end that course before it began.
    """
    counting = (one for one in plan.visits if one.status == "completed" and (doses or one.kind not in DOSES))
    held = sorted(counting, key=lambda one: one.actual or one.start)
    names: dict[str, str] = {}
    for kind in dict.fromkeys(visit.kind for visit in after.visits):
        wanted = [visit for visit in after.visits if visit.kind == kind]
        given = _taken_over(after, wanted, held)
        names |= given
        names |= _new_names(plan, kind, [visit.id for visit in wanted if visit.id not in given])
    given_ids = {visit.id for visit in held} & set(names.values())
    named = _bound_to(after, names.__getitem__)
    visits = (replace(one, id=names[one.id], number=int(parts_of_id(names[one.id])[1])) for one in named.visits)
    named = replace(named, visits=tuple(visits))
    reached = max((visit.nominal for visit in named.visits if visit.id in given_ids), default=-1)
    past = {visit.id for visit in named.visits if visit.nominal < reached and visit.id not in given_ids}
    there = {visit.id for visit in named.visits} - past
    behind = {visit.id for visit in plan.visits if not visit.open}
    history = tuple(visit for visit in plan.regimen.visits if visit.id in behind and visit.id not in there)
    return replace(
        named,
        visits=(*history, *(_with_gates(visit, there) for visit in named.visits if visit.id in there)),
        timing=tuple(rule for rule in named.timing if {rule.visit, rule.after} <= there),
        limits=tuple(_only(named.limits, there)),
    )


def _taken_over(after: Regimen, wanted: Sequence[RegimenVisit], held: Sequence[PlannedVisit]) -> dict[str, str]:
    """Return the visits of a kind that were held already, by the first of the new course that they can stand for."""
    names: dict[str, str] = {}
    ahead = list(wanted)
    for number, visit in enumerate(held):
        if not ahead or visit.kind != ahead[0].kind:
            continue
        doses = sum(one.kind in DOSES for one in held[:number])
        before = sum(one.kind in DOSES and one.nominal < ahead[0].nominal for one in after.visits)
        if visit.kind in DOSES or doses >= before:
            names[ahead.pop(0).id] = visit.id
    return names


def _new_names(plan: Plan, kind: str, wanted: Sequence[str]) -> dict[str, str]:
    """Return ids that were never used for visits of a kind, in their order."""
    first = next_number(plan, kind)
    return {name: f"{kind}-{number}" for number, name in enumerate(wanted, start=first)}
