"""Visits whose day has passed without a record: whether they were held is asked, and never taken for granted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from kapplan.cli.session.environment import Edge
from kapplan.planning.phrases.words import day_words, visit_words

if TYPE_CHECKING:
    from kapplan.model.plan import Plan, PlannedVisit

ASKING = frozenset({"hold", "resume", "refresh", "away", "cease"})
"""Commands that look at a course as a whole, after which what passed without a record would be forgotten."""


def asked_about(edge: Edge, name: str, before: Plan, plan: Plan, now: datetime) -> tuple[Plan, list[str]]:
    """Return a plan with what somebody on a terminal says of visits that passed without a record, and that in words.

    ``before`` is the plan as it was read. Nobody at hand, or no answer, leaves a visit as it is; that is said with the
    commands that record it, whose plan's name is ``name``.
    """
    from kapplan.planning.amend.record import complete, miss

    said = []
    for visit in _unrecorded(before, plan, now):
        words = f"{visit_words(visit.id)} of {day_words(visit.start.date())}"
        answer = _answer(edge, words) if edge.interactive else ""
        if answer == "y":
            plan = complete(plan, visit.id, actual=visit.start)
            said.append(f"{words} was held")
        elif answer == "n":
            plan = miss(plan, visit.id)
            said.append(f"{words} was missed")
        else:
            edge.note(f"Nothing is recorded of {words}. To record that it was")
            edge.note(f"- held: kapplan done {name} {visit.id} {visit.start.date()}")
            edge.note(f"- missed: kapplan missed {name} {visit.id}")
    return plan, said


def tell_next(edge: Edge, name: str, plan: Plan) -> None:
    """Say what is to be done next with a plan that is typed as ``name``, with the command that does it."""
    from kapplan.output.records.words import count

    now = edge.now_in(plan.timezone)
    late = list(_unrecorded(plan, plan, now))
    if plan.held:
        edge.hint(f"The course is on hold. To go on: kapplan resume {name}")
    elif late:
        more = f" (and {count(len(late) - 1, 'more visit')})" if len(late) > 1 else ""
        oldest = late[0]
        edge.hint(f"Next: record {visit_words(oldest.id)} of {day_words(oldest.day)}{more}.")
        edge.hint(f"- held: kapplan done {name} {oldest.id} {oldest.day}")
        edge.hint(f"- missed: kapplan missed {name} {oldest.id}")
    elif (ahead := plan.next_visit) is not None:
        edge.hint(f"Next: {visit_words(ahead.id)}, {day_words(ahead.day)}. Once held: kapplan done {name} {ahead.id}")
    if any(proposal.state == "open" for proposal in plan.proposals):
        edge.hint(f"Proposals wait for an answer: kapplan review {name}")


def _unrecorded(before: Plan, plan: Plan, now: datetime) -> Iterator[PlannedVisit]:
    """Yield the visits that stood and have passed; those that stood in a hold were not held, and nobody is asked."""
    from kapplan.planning.residual.happened import is_past

    there = {visit.id for visit in plan.visits if visit.open}
    for visit in sorted(before.visits, key=lambda one: one.start):
        if visit.id in there and is_past(before, visit, now):
            yield visit


def _answer(edge: Edge, words: str) -> str:
    """Return ``y``, ``n``, or nothing."""
    edge.note(f"Nothing is recorded of {words}. Was it held? [y/n, Enter: not known]: ", end="")
    return edge.read_line().strip().casefold()[:1]
