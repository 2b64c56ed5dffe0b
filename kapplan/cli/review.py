"""What the rules propose: ``review`` lists it, ``accept`` takes it, ``decline`` does not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.changing import Settings, Step, change, changing, proposed
from kapplan.cli.commands import command
from kapplan.cli.edge import Edge
from kapplan.cli.plans import PlanArgument, read_plan
from kapplan.cli.showing import ShowFormat, show_records

if TYPE_CHECKING:
    from kapplan.model.plan import Plan

NumberArgument = Annotated[int, typer.Argument(metavar="N", help="The proposal's number, as review lists it.")]


@command("review")
def review(
    edge: Edge,
    plan: PlanArgument,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List what the rules propose now, each with its rule and source; nothing happens until somebody accepts it.

    Example: kapplan review river
    """
    from kapplan.output.review_view import review_records
    from kapplan.planning.zones import zone

    found = read_plan(edge, plan)
    current = proposed(found, edge.now(zone(found.timezone)))
    show_records(edge, review_records(current), form)


@changing("accept")
def accept(edge: Edge, settings: Settings, plan: PlanArgument, number: NumberArgument) -> None:
    """Accept a proposal: what it says is done, and the rest is dated anew with the least change.

    Example: kapplan accept river 1
    """

    def accepted(current: Plan, now: datetime) -> Step:
        import kapplan
        from kapplan.files.snapshots import inputs_of
        from kapplan.planning.review import accept as taken

        inputs = inputs_of(current)
        taken_in = taken(
            proposed(current, now), number, inputs.protocol, inputs.profile, kapplan.read_measures(), now=now
        )
        return Step(taken_in.plan, f"proposal {number} accepted: {taken_in.text}")

    change(edge, settings, plan, "accept", accepted)


@changing("decline")
def decline(edge: Edge, settings: Settings, plan: PlanArgument, number: NumberArgument) -> None:
    """Decline a proposal: it stays on record as declined.

    Example: kapplan decline river 1 --why "patient prefers the present interval"
    """

    def declined(current: Plan, now: datetime) -> Step:
        from kapplan.planning.review import decline as turned_down

        changed = turned_down(proposed(current, now), number)
        return Step(changed, f"proposal {number} declined", replan=False)

    change(edge, settings, plan, "decline", declined)
