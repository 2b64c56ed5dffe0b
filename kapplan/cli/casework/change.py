"""How every command changes a plan: read, change, date anew, show the difference, and only then write.

A command says what it changes as a function from the plan to a ``Step``; the rest is the same for all of them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kapplan.cli.casework import standing
from kapplan.cli.casework.unrecorded import ASKING, asked_about
from kapplan.cli.casework.ways_out import MoveRefused, OnHold, Unresolved, name_of, ways_after, ways_out
from kapplan.cli.session.audit import refuse_other_names
from kapplan.cli.session.book import book_of, busy_around, placed_again, reason_of, save_changed
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import WITHIN, command, days_of, shared_option
from kapplan.cli.session.plans import find, warn_of_doubt
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.dataclass import dataclass, replace
from kapplan.errors import InvalidFileError, MachineError, UsageError

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan
    from kapplan.model.review import Basis
    from kapplan.output.views.change import PlanChange
    from kapplan.planning.problem.deadline import Deadline
    from kapplan.planning.replan.request import Asked, Options, Revision, Sources


@dataclass(frozen=True)
class Settings:
    """The options that every command has that changes a plan."""

    dry_run: bool = False
    why: str | None = None
    by: str | None = None
    override: tuple[str, ...] = ()
    refit: bool = False
    keep: tuple[str, ...] = ()
    freeze: str | None = None
    one_by_one: bool = False
    form: str | None = None
    effort: int = 1
    every_clash: bool = False
    within: float | None = None


@dataclass(frozen=True)
class Step:
    """What a command makes of a plan before it is dated anew.

    ``text`` says it in words for the history. ``asked`` is a visit wanted by name on a day; with ``sources`` the plan
    is dated from those instead of what it was made from; without ``replan`` nothing is dated anew. ``doses`` says that
    it gives doses or lets them go on: what refuses them is told first, even where somebody has settled it. One with
    ``again``, its command's words with ``PLAN`` for the plan's name, is refused where no dates keep every rule; one not
    ``while_held`` is refused while the course is. Visits of ``keep`` stay where they are.
    """

    plan: Plan
    text: str
    asked: Asked | None = None
    sources: Sources | None = None
    replan: bool = True
    doses: bool = False
    again: tuple[str, ...] | None = None
    keep: tuple[str, ...] = ()
    while_held: bool = True


Make = Callable[["Plan", datetime], Step]

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "dry_run": (
        Annotated[bool, typer.Option("-n", "--dry-run", help="Show the difference and write nothing.")],
        False,
    ),
    "why": (Annotated[str | None, typer.Option(help="Why, for the plan's history.")], None),
    "by": (Annotated[str | None, typer.Option(help="Who does it (else $KAPPLAN_BY, else the login).")], None),
    "override": (
        Annotated[
            list[str] | None, typer.Option(metavar="RULE", help="Break this rule, by your name and for your --why.")
        ],
        None,
    ),
    "refit": (Annotated[bool, typer.Option("--refit", help="Place afresh, as if nothing had been told.")], False),
    "keep": (Annotated[list[str] | None, typer.Option(metavar="VISIT", help="A visit that must not move.")], None),
    "freeze": (Annotated[str | None, typer.Option(metavar="SPAN", help="Leave the next days alone: 3d.")], None),
    "effort": (
        Annotated[int, typer.Option(min=1, help="So many times the usual work may be spent on the best dates.")],
        1,
    ),
    "within": (WITHIN, None),
    "every_clash": (
        Annotated[bool, typer.Option("--all", help="Where no dates keep every rule: show every clash, not one.")],
        False,
    ),
    "one_by_one": (Annotated[bool, typer.Option("--list", help="Show every move, also where there are many.")], False),
    "form": (Annotated[ShowFormat | None, typer.Option("--format", help="How to print the difference.")], None),
}


def changing(name: str, **settings: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command that changes a plan; its second parameter, ``settings``, holds the options that all share.

    A command with a ``deadline`` of its own has no other.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        own = [parameter for key, parameter in signature.parameters.items() if key != "settings"]
        options = {
            key: option for key, option in _OPTIONS.items() if key != "within" or "deadline" not in signature.parameters
        }
        shared = [
            shared_option(key, default, annotation, "Options of every change")
            for key, (annotation, default) in options.items()
        ]

        @functools.wraps(function)
        def run(edge: Edge, **values: Any) -> None:
            given = {key: values.pop(key) for key in options}
            given["override"] = tuple(given["override"] or ())
            given["keep"] = tuple(given["keep"] or ())
            function(edge, Settings(**given), **values)

        run.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        command(name, **settings)(run)
        return function

    return register


def change(edge: Edge, settings: Settings, name: str, what: str, make: Make, *, records: bool = False) -> None:
    """Change the plan of a name: show what is different, and write it unless ``--dry-run`` is given.

    ``records`` marks what happened, which is kept whatever it means for the schedule. Raises ``ChangedMeanwhileError``
    where somebody else wrote the plan, and ``NoScheduleError`` where a visit cannot be where it was asked for, or where
    what is recorded leaves no course that keeps the rules (the record is saved then).
    """
    change_stored(edge, settings, find(edge, name, quiet=True), what, make, records=records)


def change_stored(
    edge: Edge,
    settings: Settings,
    stored: StoredPlan,
    what: str,
    make: Make,
    *,
    records: bool = False,
    tell: Callable[[PlanChange], None] | None = None,
) -> None:
    """Change a plan that is already read; see ``change``. ``tell`` shows what was done in another way.

    What is to be said beside the change comes after it: safety notices come first.
    """
    now = edge.now_in(stored.plan.timezone)
    step = make(stored.plan, now)
    if not step.while_held and stored.plan.held:
        raise OnHold(stored)
    if not records:
        standing.refuse_doubted(stored)
    show, held = tell or functools.partial(show_difference, edge, settings), edge.holding_notes()
    warn_of_doubt(held, stored)
    standing.tell_of_clock(held, stored, now)
    if what in ASKING:
        step = _with_answers(edge if edge.interactive else held, stored, step, now)
    try:
        _change(held, settings, stored, step, now, what, records, show)
    finally:
        edge.release_notes(held)


def _with_answers(edge: Edge, stored: StoredPlan, step: Step, now: datetime) -> Step:
    """Return a step with what somebody says of visits that passed without a record, where any did."""
    plan, said = asked_about(edge, quote(name_of(stored)), stored.plan, step.plan, now)
    return replace(step, plan=plan, text="; ".join((step.text, *said)))


def _change(  # noqa: PLR0917  # all that a change is made of
    edge: Edge,
    settings: Settings,
    stored: StoredPlan,
    step: Step,
    now: datetime,
    what: str,
    records: bool,
    show: Callable[[PlanChange], None],
) -> None:
    from kapplan.output.views.change import PlanChange
    from kapplan.planning.review.standing import refusals

    by = edge.author(settings.by)
    refuse_other_names(edge, stored.plan, by)
    options = options_of(settings, now, by)
    options = replace(options, keep=options.keep | set(step.keep), deadline=edge.deadline(settings.within))
    basis = standing.basis_of_record(edge, stored, step.plan) if records else standing.basis_of(stored, step.plan)
    step = replace(step, plan=standing.screened_afresh(stored, step.plan, basis, now.date()))

    attempt = _Attempt(edge, settings, stored, step, basis, now, options, what, records)
    revision, after = placed_again(edge, attempt.dated, else_=attempt.as_it_stands if records else None)
    notices = refusals(after) if step.doses else ()
    ways = () if revision.placed else ways_after(stored, after, attempt.sources, revision, now)
    clashes = revision.clashes(every=settings.every_clash)
    done = PlanChange(
        before=stored.plan, after=after, revision=revision, notices=notices, remedies=ways, clashes=clashes,
        name="" if stored.path is None and stored.name is None else stored.typed, dry_run=settings.dry_run,
        protocol=None if basis is None else basis.protocol, today=now.date(),
    )  # fmt: skip
    show(done)
    if not revision.placed:
        raise Unresolved(after, clashes, ways, saved=not settings.dry_run)


class _Attempt:
    """One change that is dated and saved, or dated again around what others were quicker to book."""

    def __init__(  # noqa: PLR0917  # all that a change is made of
        self,
        edge: Edge,
        settings: Settings,
        stored: StoredPlan,
        step: Step,
        basis: Basis | None,
        now: datetime,
        options: Options,
        what: str,
        records: bool,
    ) -> None:
        self.edge, self.settings, self.stored, self.step, self.basis = edge, settings, stored, step, basis
        self.now, self.options, self.what, self.records = now, options, what, records
        self.tried = False

    def sources(self) -> Sources:
        """Return what the plan is dated from."""
        return self.step.sources or sources_of(self.edge, self.stored, self.step.plan, self.options.deadline)

    def dated(self) -> tuple[Revision, Plan]:
        """Date the plan around what is booked now, and save it."""
        step = self._around_now() if self.tried else self.step
        self.tried = True
        return self._saved(revised(self.edge, self.stored, step, self.now, self.options, records=self.records))

    def as_it_stands(self) -> tuple[Revision, Plan]:
        """Save what happened without looking at the dates of what is open."""
        from kapplan.planning.replan.request import Revision

        said = "The dates were not looked at: others were quicker each time."
        self.edge.note(f"{said} To date the plan: kapplan refresh {quote(name_of(self.stored))}")
        return self._saved(Revision(plan=self.step.plan))

    def _around_now(self) -> Step:
        if (sources := self.step.sources) is None:
            return self.step
        busy = busy_of(self.edge, self.stored, sources.clinic, self.options.deadline)
        return replace(self.step, sources=replace(sources, busy=busy))

    def _saved(self, revision: Revision) -> tuple[Revision, Plan]:
        from kapplan.planning.journal.undo import with_entry
        from kapplan.planning.review.review import reviewed

        stored, step, now, settings = self.stored, self.step, self.now, self.settings
        if revision.refused is not None:
            raise MoveRefused(stored, step.plan, self.sources(), revision, now)
        if step.again is not None and not revision.placed:
            ways = ways_out(stored, step.plan, self.sources(), revision, now, again=step.again)
            raise Unresolved(step.plan, revision.clashes(every=settings.every_clash), ways, saved=None)
        current = revision.plan
        if current.overrides != step.plan.overrides:
            current = standing.screened_afresh(stored, current, self.basis, now.date())
        plan = current if self.basis is None else reviewed(current, self.basis, now.date())
        by = self.edge.author(settings.by)
        after = with_entry(stored.plan, plan, at=now, by=by, command=self.what, text=step.text, why=settings.why)
        if not settings.dry_run:
            clinic = None if self.basis is None else self.basis.clinic
            with standing.safety_told(self.edge, after):
                save_changed(self.edge, stored, after, clinic, records=self.records)
        return revision, after


def revised(
    edge: Edge, stored: StoredPlan, step: Step, now: datetime, options: Options, *, records: bool = False
) -> Revision:
    """Return a step's plan dated anew, where the step asks for that; nothing is written."""
    from kapplan.planning.replan.replan import revise
    from kapplan.planning.replan.request import Revision

    if not step.replan or step.plan.held:
        return Revision(plan=step.plan)
    try:
        sources = step.sources or sources_of(edge, stored, step.plan, options.deadline)
    except (UsageError, InvalidFileError, MachineError) as error:
        if not records:
            raise
        again = f"`kapplan refresh {quote(name_of(stored))}` tries again"
        edge.note_once(f"The dates were not looked at: {reason_of(error).rstrip('.')}. {again}.")
        return Revision(plan=step.plan)
    return revise(step.plan, sources, now, options, asked=step.asked)


def sources_of(edge: Edge, stored: StoredPlan, plan: Plan, deadline: Deadline | None = None) -> Sources:
    """Return what a plan is dated from: its own snapshot with the absences that it knows, and what is booked now."""
    return replace(made := made_from_of(plan), busy=busy_of(edge, stored, made.clinic, deadline))


def made_from_of(plan: Plan) -> Sources:
    """Return what a plan was made from with the absences that it knows, without what is booked."""
    from kapplan.files.library.rules import built_in_review
    from kapplan.files.plans.snapshots import inputs_of
    from kapplan.planning.amend.absences import profile_with
    from kapplan.planning.availability.closures import clinic_with
    from kapplan.planning.replan.request import Sources

    made_from = inputs_of(plan)
    return Sources(
        moving=built_in_review().moving,
        profile=profile_with(made_from.profile, plan.absences),
        protocol=made_from.protocol,
        clinic=clinic_with(made_from.clinic, plan.absences),
    )


def busy_of(edge: Edge, stored: StoredPlan, clinic: Any, deadline: Deadline | None = None) -> Any:
    """Return what is booked at a clinic, the plan's own visits left out, as servers tell before a ``deadline``."""
    from kapplan.planning.availability.timezones import zone
    from kapplan.planning.journal.calendar_identity import calendar_uids

    plan, here = stored.plan, zone(stored.plan.timezone)
    first, book = edge.now(here).date(), book_of(edge, stored, clinic)
    return busy_around(
        edge, clinic, stored.base, here, first, book=book, patient=plan.patient, plan=plan.id,
        uids=calendar_uids(plan), absences=plan.absences, deadline=deadline,
    )  # fmt: skip


def options_of(settings: Settings, now: datetime, by: str) -> Options:
    """Return how the plan is dated anew, as the command's options ask."""
    from kapplan.model.decisions import Override
    from kapplan.planning.replan.request import Options

    if settings.override and not settings.why:
        raise UsageError("--override needs a reason", hint="add --why and say why the rule may be broken")
    return Options(
        refit=settings.refit,
        effort=settings.effort,
        keep=frozenset(settings.keep),
        freeze_days=None if settings.freeze is None else days_of(settings.freeze, "--freeze"),
        overrides=tuple(
            Override(rule=rule, by=by, on=now.date(), why=settings.why or "") for rule in settings.override
        ),
    )


def show_difference(edge: Edge, settings: Settings, change: PlanChange) -> None:
    """Print what a change did: safety notices first, then the difference, then what ``--refit`` would give."""
    from kapplan.output.records.json_records import json_text
    from kapplan.output.views.change import change_document, change_records, change_view

    chosen = edge.format(settings.form)
    if chosen == "json":
        edge.write(json_text(change_document(change)))
    elif chosen == "table":
        import kapplan

        edge.show(change_view(change, measures=kapplan.read_measures().names, one_by_one=settings.one_by_one))
    else:
        for notice in change.safety:
            edge.note(f"SAFETY: {notice.text}")
        for notice in change.notices:
            if not notice.safety:
                edge.note(f"Note: {notice.text}")
        show_records(
            edge,
            change_records(change.difference, change.after.patient, change.verdicts, change.revision.released),
            chosen,
        )
