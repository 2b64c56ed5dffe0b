"""The history of a plan: ``log``, ``undo``, ``redo``, ``diff``, ``report``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.casework.change import Settings, Step, change, changing, show_difference
from kapplan.cli.casework.standing import basis_of, refuse_doubted, see, seen
from kapplan.cli.session.audit import refuse_other_names
from kapplan.cli.session.book import save_changed
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import find, for_each_plan, read_plan
from kapplan.cli.session.views import ShowFormat, show_listed, show_records
from kapplan.cli.typed.days import as_it_stood
from kapplan.cli.typed.plans import PlanArgument
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan

StepsOption = Annotated[int, typer.Option("--steps", min=1, help="How many changes.")]


@command("log")
def log(
    edge: Edge,
    plan: PlanArgument,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List every change of a plan: when, who, what, why.

    Example: kapplan log river
    """
    from kapplan.output.views.log import log_records

    show_records(edge, log_records(read_plan(edge, plan)), form)


@changing("undo")
def undo(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    *,
    steps: StepsOption = 1,
    revision: Annotated[
        int | None, typer.Option("--revision", min=2, help="One older change alone, if nothing later depends on it.")
    ] = None,
    rest: Annotated[
        bool, typer.Option("--rest", help="Of a change of many plans: in those that were not changed since.")
    ] = False,
) -> None:
    """Take back the last change, or one older one, as a new revision; what it takes back is shown.

    In place of a PLAN the id of a change of many plans takes it back in all of them, or in none where one was changed
    since; with --rest in the others.

    Example: kapplan undo river
    """
    from kapplan.cli.casework.whole_book import is_change_id, undo_everywhere

    if is_change_id(plan):
        undo_everywhere(edge, settings, plan, rest=rest)
        return
    if rest:
        raise UsageError("--rest is of a change of many plans", hint="kapplan undo ID --rest")
    if revision is not None:
        _take_back(edge, settings, plan, revision)
        return
    from kapplan.planning.journal.undo import undo as taken_back

    _go(edge, settings, plan, taken_back, steps)


@changing("redo")
def redo(edge: Edge, settings: Settings, plan: PlanArgument, *, steps: StepsOption = 1) -> None:
    """Make the change again that was taken back last.

    Example: kapplan redo river
    """
    from kapplan.planning.journal.undo import redo as made_again

    _go(edge, settings, plan, made_again, steps)


def _take_back(edge: Edge, settings: Settings, name: str, revision: int) -> None:
    """Take back one older change; what is open is dated anew with the least change."""

    def without(current: Plan, _: datetime) -> Step:
        from kapplan.planning.replan.take_back import without_change

        entries = {entry.revision: entry.text for entry in current.history}
        return Step(without_change(current, revision), f"took back revision {revision}: {entries.get(revision, '')}")

    change(edge, settings, name, "take-back", without)


def _go(edge: Edge, settings: Settings, name: str, go: Callable[..., Plan], steps: int) -> None:
    """Go back or forth in the history of a plan, and show what that changes."""
    from kapplan.files.book.book import TakenError
    from kapplan.files.plans.format import sound
    from kapplan.output.views.change import PlanChange
    from kapplan.planning.replan.request import Revision

    stored = find(edge, name)
    refuse_doubted(stored)
    refuse_other_names(edge, stored.plan, edge.author(settings.by))
    now = edge.now_in(stored.plan.timezone)
    after = sound(go(stored.plan, at=now, by=edge.author(settings.by), steps=steps, why=settings.why))
    if not settings.dry_run:
        try:
            save_changed(edge, stored, after)
        except TakenError as error:
            raise TakenError(error.overlaps, hint="somebody was given that time since: move one of the two") from None
    shown_before, shown_after = seen(edge, stored), seen(edge, stored, after)
    shown = PlanChange(
        before=shown_before,
        after=shown_after,
        revision=Revision(plan=after),
        name=str(stored.path or stored.name or ""),
        dry_run=settings.dry_run,
    )
    show_difference(edge, settings, shown)


@command("diff")
def diff(
    edge: Edge,
    before: Annotated[str, typer.Argument(metavar="A", help="A plan, or one of its revisions: river@3.")],
    after: Annotated[str, typer.Argument(metavar="B", help="A plan, or one of its revisions.")],
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """Show what is different between two plans, or two revisions of one.

    Example: kapplan diff river@1 river
    """
    from kapplan.output.views.change import PlanChange
    from kapplan.planning.replan.request import Revision

    one, other = _at(edge, before), _at(edge, after)
    show_difference(
        edge,
        Settings(form=form, one_by_one=True),
        PlanChange(before=one, after=other, revision=Revision(plan=other), saved=False),
    )


def _at(edge: Edge, name: str) -> Plan:
    """Return the plan of a name, as it stood at the revision or on the day after ``@``."""
    start, _, when = name.rpartition("@")
    return as_it_stood(edge, read_plan(edge, start), when) if start else see(edge, name)


@command("report")
def report(
    edge: Edge,
    plan: PlanArgument,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """Compare what was planned with what was done: windows kept, drift, deviations with reasons, scores over time.

    Of a folder it does so plan by plan. Example: kapplan report river
    """
    for_each_plan(edge, [plan], "reported on", lambda name: _report(edge, name, form))


def _report(edge: Edge, name: str, form: ShowFormat | None) -> None:
    from kapplan.output.views.report import ReportView, report_records
    from kapplan.planning.reports.adherence import report as report_of

    stored = find(edge, name)
    plan_now = seen(edge, stored)
    made = report_of(plan_now, edge.today_of(plan_now.timezone), basis_of(stored, plan_now))
    show_listed(edge, form, lambda: ReportView(made), lambda: report_records(made))
