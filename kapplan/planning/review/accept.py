"""Taking a proposal or not: the changed plan as values, to be dated anew by ``revising``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, time

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UsageError
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Regimen
from kapplan.model.review import Basis
from kapplan.model.terms import INTEGRATIONS
from kapplan.planning.amend import record as recording
from kapplan.planning.amend.extend import extend
from kapplan.planning.amend.replacements import replace_missed
from kapplan.planning.availability.timezones import zone
from kapplan.planning.regimen.timing import rule_name
from kapplan.planning.review.proposals import effect_of, open_visits
from kapplan.planning.review.review import reviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A plan with a proposal settled, before it is dated anew.

    ``regimen`` is the plan's own: visits of it that ``plan.visits`` has not are new and need a date. ``cancelled``
    visits are called off in the plan, ``settled`` gates are awaited no more, neither there nor in the regimen.
    """

    plan: Plan
    proposal: Proposal
    regimen: Regimen
    cancelled: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What was accepted, in words."""
        return self.proposal.text

    @property
    def added(self) -> tuple[str, ...]:
        """The visits that have no date yet."""
        known = {visit.id for visit in self.plan.visits}
        return tuple(visit.id for visit in self.regimen.visits if visit.id not in known)


def accept(plan: Plan, number: int, basis: Basis, today: date) -> Accepted:
    """Return the plan with a proposal taken; one that was declined may still be.

    Proposals that were alternatives to it are declined. ``UsageError`` where there is no such proposal, or it was
    accepted already or has lapsed.
    """
    current = reviewed(plan, basis, today)
    proposal = _found(current, number, {"open", "declined"})
    current = replace(current, proposals=tuple(_answered(current.proposals, proposal)))
    name, about = effect_of(proposal.effect)
    done = _EFFECTS[name](_Case(current, basis, today, proposal), about)
    return replace(done, plan=replace(done.plan, regimen=done.regimen))


def decline(plan: Plan, number: int, basis: Basis, today: date) -> Plan:
    """Return the plan with a proposal turned down; ``UsageError`` where there is no open one of the number."""
    current = reviewed(plan, basis, today)
    proposal = _found(current, number, {"open"})
    settled = replace(proposal, state="declined")
    return replace(current, proposals=tuple(settled if one.number == number else one for one in current.proposals))


def _found(plan: Plan, number: int, states: Collection[str]) -> Proposal:
    for proposal in plan.proposals:
        if proposal.number == number:
            if proposal.state not in states:
                raise UsageError(f"proposal {number} was {proposal.state}", hint=_open_ones(plan))
            return proposal
    raise UsageError(f"there is no proposal {number}", hint=_open_ones(plan))


def _open_ones(plan: Plan) -> str:
    numbers = [str(proposal.number) for proposal in plan.proposals if proposal.state == "open"]
    return f"open are {', '.join(numbers)}" if numbers else "no proposal is open"


def _answered(proposals: Iterable[Proposal], taken: Proposal) -> Iterable[Proposal]:
    about = (taken.answers, taken.visit)
    for one in proposals:
        if one.number == taken.number:
            yield replace(one, state="accepted")
        elif one.state == "open" and (one.answers, one.visit) == about:
            yield replace(one, state="declined")
        else:
            yield one


# What each effect does


@dataclass(frozen=True, slots=True)
class _Case:
    plan: Plan
    basis: Basis
    today: date
    proposal: Proposal

    @property
    def gate(self) -> str | None:
        """The gate that the proposal is about."""
        gates = {visit.id for visit in self.plan.regimen.visits if visit.gate is not None}
        return self.proposal.visit if self.proposal.visit in gates else None

    def accepted(self, plan: Plan, cancelled: tuple[str, ...] = (), settled: tuple[str, ...] = ()) -> Accepted:
        return Accepted(
            plan=plan, proposal=replace(self.proposal, state="accepted"), regimen=plan.regimen, cancelled=cancelled,
            settled=settled,
        )  # fmt: skip


def _confirm(case: _Case, _: str) -> Accepted:
    settled = () if case.gate is None else (case.gate,)
    return case.accepted(_settled(case.plan, settled), settled=settled)


def _stop(case: _Case, _: str) -> Accepted:
    following = _following(case, stops=True)
    settled = () if case.gate is None else (case.gate,)
    return case.accepted(_settled(_called_off(case, following), settled), cancelled=following, settled=settled)


def _branch(case: _Case, target: str) -> Accepted:
    following = _following(case, stops=False)
    settled = () if case.gate is None else (case.gate,)
    gate_phase = case.plan.regimen.visit(case.gate).phase if case.gate is not None else None
    plan = _settled(_called_off(case, following), settled)
    regimen = extend(plan, case.basis, target, gate_phase=gate_phase, cancelled=following, today=case.today)
    return replace(case.accepted(plan, cancelled=following, settled=settled), regimen=regimen)


def _drop(case: _Case, about: str) -> Accepted:
    named = [visit.id for visit in open_visits(case.plan) if visit.id in about.split(",")]
    plan = case.plan
    for visit_id in (*named, *_company(plan, case.basis.protocol, named)):
        plan = recording.omit(plan, visit_id, note=case.proposal.text)
    return case.accepted(plan)


def _replace(case: _Case, about: str) -> Accepted:
    return case.accepted(replace_missed(case.plan, about))


def _hold(case: _Case, _: str) -> Accepted:
    here = zone(case.plan.timezone)
    return case.accepted(recording.hold(case.plan, datetime.combine(case.today, time.min, tzinfo=here)))


def _cancel(case: _Case, about: str) -> Accepted:
    return case.accepted(recording.cancel(case.plan, about, note=case.proposal.text))


def _note(case: _Case, _: str) -> Accepted:
    return case.accepted(case.plan)


_EFFECTS: dict[str, Callable[[_Case, str], Accepted]] = {
    "confirm-following": _confirm,
    "stop": _stop,
    "branch": _branch,
    "drop": _drop,
    "replace": _replace,
    "hold": _hold,
    "note": _note,
    "cancel": _cancel,
    "move": _note,  # what it asks for beyond the records is in ``calendar_proposals.wish_of``
    "close": _note,
}


def _following(case: _Case, *, stops: bool) -> tuple[str, ...]:
    """Return the open visits that a change of course calls off: what waits for the gate, else what is still ahead.

    A stop at a gate that holds nothing, or some kinds only, calls off all that is ahead. Without a gate it is what
    comes from the next dose on, with the reviews that it waits for.
    """
    ahead = [visit for visit in open_visits(case.plan) if visit.start.date() >= case.today]
    gate = case.gate
    if gate is not None:
        awaiting = [visit for visit in open_visits(case.plan) if gate in visit.awaits]
        partly = case.plan.regimen.visit(gate).gate
        whole = stops and (not awaiting or (partly is not None and partly.holds is not None))
        return tuple(visit.id for visit in (ahead if whole else awaiting))
    doses = [visit for visit in ahead if visit.kind == "dosing"]
    if not doses:
        return ()
    tiers = {doses[0].tier, "follow-up"}
    from_there = [visit for visit in ahead if visit.tier in tiers and visit.start >= doses[0].start]
    awaited = {gate for visit in from_there for gate in visit.awaits}
    overdue = [visit for visit in open_visits(case.plan) if visit.kind == "review" and visit.id in awaited]
    return tuple(dict.fromkeys(visit.id for visit in (*overdue, *from_there)))


def _company(plan: Plan, protocol: Protocol, dropped: Collection[str]) -> list[str]:
    """Return the open visits that only accompany doses that are left out, such as their integrations."""
    bound: dict[str, set[str]] = {}
    gaps = {rule_name(phase, series, "gap") for phase in protocol.phases for series in phase.series}
    kinds = {visit.id: visit.kind for visit in plan.regimen.visits}
    for rule in plan.regimen.timing:
        if kinds.get(rule.visit) in INTEGRATIONS and rule.rule in gaps:
            bound.setdefault(rule.visit, set()).add(rule.after)
    names = set(dropped)
    return [visit.id for visit in open_visits(plan) if bound.get(visit.id) and bound[visit.id] <= names]


def _called_off(case: _Case, following: Collection[str]) -> Plan:
    """Return the plan with visits called off by what was accepted."""
    plan = case.plan
    for visit_id in following:
        plan = recording.cancel(plan, visit_id, note=case.proposal.text)
    return plan


def _settled(plan: Plan, gates: Collection[str]) -> Plan:
    """Return the plan with gates passed: nothing waits for them any more."""

    def passed(awaits: Iterable[str]) -> tuple[str, ...]:
        return tuple(one for one in awaits if one not in gates)

    def without(visit: PlannedVisit) -> PlannedVisit:
        left = passed(visit.awaits)
        return visit if left == visit.awaits or not visit.open else replace(visit, awaits=left, provisional=bool(left))

    regimen = replace(
        plan.regimen,
        visits=tuple(replace(visit, awaits=passed(visit.awaits)) for visit in plan.regimen.visits),
    )
    return replace(plan, regimen=regimen, visits=tuple(without(visit) for visit in plan.visits))
