"""Reviews: what the rules propose by scores and by what was missed. Nothing of it happens until it is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from kapplan.dataclass import replace
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Plan
from kapplan.model.review import Basis
from kapplan.planning.review.calendar_proposals import calendar_drafts
from kapplan.planning.review.gate_proposals import gate_drafts
from kapplan.planning.review.missed_doses import missed_drafts
from kapplan.planning.review.proposals import Draft, key_of
from kapplan.planning.review.rule_proposals import rule_drafts
from kapplan.planning.review.safety import hold_drafts

SETTLED = frozenset({"accepted", "declined"})


def proposals(plan: Plan, basis: Basis, today: date) -> tuple[Proposal, ...]:
    """Return every proposal of a plan: those known, with their states, and what the rules propose now.

    One that is proposed again keeps its number and its text; an open one that no rule proposes any more has lapsed;
    one that was accepted or declined is not made again. Numbers are never given twice.
    """
    drafts = {key_of(draft): draft for draft in _drafts(plan, basis, today)}
    known: list[Proposal] = []
    for old in plan.proposals:
        draft = drafts.get(key_of(old))
        if old.state in SETTLED:
            drafts.pop(key_of(old), None)
            known.append(old)
        elif old.state == "open" and draft is not None:
            drafts.pop(key_of(old))
            known.append(old)
        else:
            known.append(replace(old, state="lapsed"))
    first = max((old.number for old in plan.proposals), default=0) + 1
    return (*known, *(draft.numbered(number) for number, draft in enumerate(drafts.values(), start=first)))


def reviewed(plan: Plan, basis: Basis, today: date) -> Plan:
    """Return the plan with its proposals brought up to date."""
    return replace(plan, proposals=proposals(plan, basis, today))


def open_proposals(proposed: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Return the proposals that wait for an answer."""
    return tuple(proposal for proposal in proposed if proposal.state == "open")


def _drafts(plan: Plan, basis: Basis, today: date) -> Iterator[Draft]:
    """Yield what the rules propose now, what is about safety first."""
    yield from hold_drafts(plan, basis, today)
    at_gates = list(gate_drafts(plan, basis))
    yield from at_gates
    weighing = [plan.visit(draft.visit).day for draft in at_gates if draft.effect != "note" and draft.visit]
    until = max(weighing) + timedelta(days=basis.book.scores.days_after) if weighing else None
    yield from missed_drafts(plan, basis, today, weighed_until=until)
    yield from rule_drafts(plan, basis, today)
    yield from calendar_drafts(plan, today)
