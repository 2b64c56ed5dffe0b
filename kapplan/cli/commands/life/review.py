"""What the rules propose: ``review`` lists it, ``accept`` takes it, ``decline`` does not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kapplan.cli.casework.change import Settings, Step, change_stored, changing
from kapplan.cli.casework.standing import basis_of, seen
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import LeftOut, command
from kapplan.cli.session.plans import find
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.cli.typed.plans import PlanArgument
from kapplan.cli.typed.questions import chosen
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan


def _asked_number(edge: Edge, typed: Mapping[str, Any]) -> int:
    """Ask which of the proposals is meant that wait for an answer; raise ``UsageError`` where none does."""
    waiting = [one for one in _reviewed(edge, find(edge, typed["plan"])).proposals if one.state == "open"]
    if not waiting:
        raise UsageError("no proposal waits for an answer")
    place = chosen(edge, "Which proposal?", [f"{one.number}. {one.text}" for one in waiting], likeliest=None)
    if place is None:
        raise UsageError("no proposal is answered")
    return waiting[place].number


def _reviewed(edge: Edge, stored: StoredPlan) -> Plan:
    from kapplan.planning.review.review import reviewed

    today, basis = edge.today_of(stored.plan.timezone), basis_of(stored, stored.plan)
    return reviewed(seen(edge, stored), basis, today)


NumberArgument = Annotated[
    int, typer.Argument(metavar="N", help="The proposal's number, as review lists it."), LeftOut(_asked_number)
]


@command("review")
def review(
    edge: Edge,
    plan: PlanArgument,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List what the rules propose now, each with its rule and source; nothing happens until somebody accepts it.

    Example: kapplan review river
    """
    from kapplan.output.views.review import review_records
    from kapplan.planning.review.standing import notices

    stored = find(edge, plan)
    current = _reviewed(edge, stored)
    name = quote(stored.known_as or current.patient)
    show_records(edge, review_records(current, notices(current), name=name), form)


@changing("accept")
def accept(edge: Edge, settings: Settings, plan: PlanArgument, number: NumberArgument) -> None:
    """Accept a proposal: what it says is done, and the rest is dated anew with the least change.

    Example: kapplan accept river 1
    """
    stored = find(edge, plan)

    def accepted(current: Plan, now: datetime) -> Step:
        from kapplan.cli.casework.absences import as_wished
        from kapplan.planning.review.accept import accept as taken

        done = taken(current, number, basis_of(stored, current), now.date())
        again = ("accept", "PLAN", str(number)) if done.added else None
        step = Step(done.plan, f"proposal {number} accepted: {done.text}", again=again)
        return as_wished(step, done.proposal.effect)

    change_stored(edge, settings, stored, "accept", accepted)


@changing("decline")
def decline(edge: Edge, settings: Settings, plan: PlanArgument, number: NumberArgument) -> None:
    """Decline a proposal: it stays on record as declined.

    Example: kapplan decline river 1 --why "patient prefers the present interval"
    """
    stored = find(edge, plan)

    def declined(current: Plan, now: datetime) -> Step:
        from kapplan.planning.review.accept import decline as turned_down

        changed = turned_down(current, number, basis_of(stored, current), now.date())
        return Step(changed, f"proposal {number} declined", replan=False)

    change_stored(edge, settings, stored, "decline", declined)
