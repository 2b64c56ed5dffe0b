"""``kapplan calls`` and ``kapplan told``: who must be told what, and that they were."""

from __future__ import annotations

from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.casework.change import Settings, Step, change, changing
from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import book_at, left_out_words, named_book
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import find, in_database, typed_again
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.cli.typed.plans import PlanArgument, complete_plan
from kapplan.cli.typed.visits import visits_of
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import visit_words

if TYPE_CHECKING:
    from kapplan.model.plan import Plan


@command("calls")
def calls(
    edge: Edge,
    plans: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PLAN...]", help="Plans; all of the book without any.", autocompletion=complete_plan),
    ] = None,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Every visit of a course that is told for the first time.")
    ] = False,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List who must be told what since they were last told: the old date and the new one.

    Example: kapplan calls
    """
    from kapplan.output.clinic.calls import calls_records
    from kapplan.planning.clinic.calls import calls_of

    read = _plans(edge, plans)
    found = [call for plan in read for call in calls_of(plan, edge.now_in(plan.timezone))]
    show_records(edge, calls_records(found, full=full), form)
    if undated := [plan.patient for plan in read if plan.lacks_dates]:
        edge.note(f"Not to be called before their dates are settled (unresolved visits): {', '.join(undated)}.")


def _plans(edge: Edge, names: list[str] | None) -> list[Plan]:
    """Return the plans that are named, else all of the book; those that cannot be read are said and left out."""
    from kapplan.files.plans.store import StoredPlan

    if names:
        return [find(edge, name).plan for name in names]
    found: list[Plan] = []
    book = book_at(edge, named_book(edge) or ".")
    for stored in book.plans():
        if isinstance(stored, StoredPlan):
            found.append(stored.plan)
        else:
            edge.note(left_out_words(book, stored.name))
    log_access(edge, *(plan.patient for plan in found))
    return sorted(found, key=lambda plan: plan.patient)


@changing("told")
def told(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visits: Annotated[
        list[str] | None, typer.Argument(metavar="[VISIT...]", help="Only of these visits; else of all.")
    ] = None,
) -> None:
    """Note that a patient was told where the visits are now: calls speaks of them again when they move.

    Example: kapplan told river
    """

    def noted(current: Plan, now: datetime) -> Step:
        from kapplan.output.records.words import count
        from kapplan.planning.clinic.calls import calls_of
        from kapplan.planning.clinic.calls import told as told_of

        only = [visit.id for visit in visits_of(current, visits or ())]
        due = [call for call in calls_of(current, now) if not only or call.visit in only]
        if not due and current.lacks_dates:
            name = current.patient if in_database(edge, plan) is None else typed_again(edge, plan)
            hint = f"date them first: kapplan resume {quote(name)}"
            raise UsageError(f"the dates of {current.patient} are not settled (unresolved visits)", hint=hint)
        if not due:
            raise UsageError(f"{current.patient} has been told of everything", hint="`kapplan calls` lists who has not")
        named = ", ".join(visit_words(call.visit) for call in due) if only else count(len(due), "visit")
        return Step(told_of(current, now, only), f"the patient was told of {named}", replan=False)

    change(edge, settings, plan, "told", noted)
